-- Products of the child whose division is neither one of category_divisions nor Other, or whose number is none. When it fails
-- sales by division would not add up to those of the company: nothing is published.
--
-- severity: error

with divisions as (
    select division from silver.category_divisions
    union
    select 'Other' as division
)

select sb_dim_products.*
from gold.sb_dim_products as sb_dim_products
left join divisions on sb_dim_products.division = divisions.division
where divisions.division is null or not coalesce(regexp_full_match(sb_dim_products.product_id, '[0-9]+'), false)
