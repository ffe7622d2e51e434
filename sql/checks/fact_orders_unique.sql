-- Keys of gold.fact_orders that stand in more than one row. When it fails a month, product and customer would be counted twice: nothing is published.
--
-- severity: error

select
    date,
    product_code,
    customer_code,
    count(*) as row_count
from gold.fact_orders
group by date, product_code, customer_code
having count(*) > 1
