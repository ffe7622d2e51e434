-- Yearly prices that are not above zero, or not of a year from 2000 to 2100. When it fails revenue would be too low: nothing
-- is published.
--
-- severity: error

select *
from gold.dim_gross_price
where coalesce(price_inr <= 0, true) or coalesce(year not between 2000 and 2100, true)
