-- Facts whose month is not in dim_date. When it fails sales by quarter would not add up: nothing is published.
--
-- severity: error

select fact_orders.*
from gold.fact_orders as fact_orders
left join gold.dim_date as dim_date on fact_orders.date = dim_date.month_start_date
where dim_date.month_start_date is null
