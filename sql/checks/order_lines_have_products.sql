-- Products of loaded order lines that the child's master lacks. Lines of unknown products are quarantined, so when it
-- fails a law is broken: nothing is published.
--
-- severity: error

select
    orders.product_code,
    count(*) as order_lines
from silver.orders as orders
left join gold.sb_dim_products as sb_dim_products on orders.product_code = sb_dim_products.product_code
where sb_dim_products.product_code is null
group by orders.product_code
