-- Products of the child that have no price for some month between their first and their last one. The year's latest price
-- counts for all its months, so revenue is whole; but a price was not delivered, or is in quarantine as missing_price.
--
-- severity: warn

with prices as (
    select
        product_code,
        min(month) as first_month,
        max(month) as last_month,
        count(distinct month) as months_priced
    from silver.gross_price
    group by product_code
)

select
    product_code,
    first_month,
    last_month,
    date_diff('month', first_month, last_month) + 1 - months_priced as months_missing
from prices
where date_diff('month', first_month, last_month) + 1 > months_priced
