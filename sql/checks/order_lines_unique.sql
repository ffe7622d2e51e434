-- Order lines that are loaded more than once, in the months that the run touched (all months when run by hand). When
-- it fails sales would be counted twice: nothing is published.
--
-- severity: error
-- variables: months (first days of the months to look at, null for all)

select
    order_id,
    date,
    customer_code,
    product_code,
    sold_quantity,
    count(*) as row_count
from silver.orders
where coalesce(list_contains(getvariable('months'), month), true)
group by order_id, date, customer_code, product_code, sold_quantity
having count(*) > 1
