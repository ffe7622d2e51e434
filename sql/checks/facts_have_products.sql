-- Facts of the parent whose product no master has. They are loaded with null attributes: reports by product lack a
-- name for them until dim_products delivers it.
--
-- severity: warn

select fact_orders.*
from gold.fact_orders as fact_orders
left join gold.dim_products as dim_products on fact_orders.product_code = dim_products.product_code
where dim_products.product_code is null
