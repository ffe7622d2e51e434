-- The yearly prices of parent and child: one row is one product and year. Where both have one the parent's counts.
--
-- task: dim_processing_prices
-- load: replace
-- key: product_code, year
-- columns:
--   product_code: product code
--   price_inr: list price in INR
--   year: year the price holds for

with parent_prices as (
    select * from silver.parent_dim_gross_price
),

child_prices as (
    select * from gold.sb_dim_gross_price
)

select
    product_code,
    price_inr,
    year
from parent_prices
union all
select
    child_prices.product_code,
    child_prices.price_inr,
    child_prices.year
from child_prices
left join parent_prices on child_prices.product_code = parent_prices.product_code and child_prices.year = parent_prices.year
where parent_prices.product_code is null
