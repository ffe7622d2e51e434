-- Facts whose customer is in no dimension. Customers that no master has get an inferred member, so when it fails a law
-- is broken and sales by customer would not add up: nothing is published.
--
-- severity: error

select fact_orders.*
from gold.fact_orders as fact_orders
left join gold.dim_customers as dim_customers on fact_orders.customer_code = dim_customers.customer_code
where dim_customers.customer_code is null
