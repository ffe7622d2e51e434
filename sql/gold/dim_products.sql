-- The products of parent and child: one row is one product_code. Where both know a code the parent's row counts.
--
-- task: dim_processing_products
-- load: replace
-- key: product_code
-- columns:
--   product_code: product code
--   division: division
--   category: category
--   product: name
--   variant: size or kind

with parent_products as (
    select * from silver.parent_dim_products
),

child_products as (
    select * from gold.sb_dim_products
)

select
    product_code,
    division,
    category,
    product,
    variant
from parent_products
union all
select
    child_products.product_code,
    child_products.division,
    child_products.category,
    child_products.product,
    child_products.variant
from child_products
left join parent_products on child_products.product_code = parent_products.product_code
where parent_products.product_code is null
