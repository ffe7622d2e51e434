-- Facts that are not of the first day of a month from 2000 to 2100, or not of 1 piece or more. The rows that could make such
-- facts are quarantined, so when it fails a law is broken: nothing is published.
--
-- severity: error

select *
from gold.fact_orders
where day(date) <> 1 or year(date) not between 2000 and 2100 or sold_quantity < 1 or date is null or sold_quantity is null
