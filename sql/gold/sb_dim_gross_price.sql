-- The child's yearly prices: one row is one product and year, the price of the latest month of that year that has one.
--
-- task: dim_processing_prices
-- load: replace
-- key: product_code, year
-- columns:
--   product_code: SB and the product number
--   price_inr: list price in INR
--   year: year the price holds for

select
    product_code,
    price_inr,
    cast(year(month) as integer) as year
from silver.gross_price
qualify row_number() over (partition by product_code, year(month) order by month desc) = 1
