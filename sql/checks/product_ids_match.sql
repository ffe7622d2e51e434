-- Lines of corrections/product_ids.csv that correct nothing: no row of the product master was delivered with that name and
-- that in place of its number, or what was confirmed is no number either. What they were meant for stays in quarantine.
--
-- severity: warn

with products as (
    select distinct
        nullif(trim(product_name, e' \t\r\n'), '') as product_name,
        nullif(trim(product_id, e' \t\r\n'), '') as delivered_id
    from bronze.products
)

select
    product_ids.product_name,
    product_ids.delivered_id,
    product_ids.product_id
from silver.product_ids as product_ids
left join products
    on product_ids.product_name = products.product_name and product_ids.delivered_id is not distinct from products.delivered_id
where products.product_name is null or not coalesce(regexp_full_match(product_ids.product_id, '[0-9]+'), false)
