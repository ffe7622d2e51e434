-- The sales of parent and child: one row is one month, product and customer.
--
-- task: fact_processing_orders
-- load: by month (date)
-- key: date, product_code, customer_code
-- variables: months (first days of the months to keep, null for all)
-- columns:
--   date: first day of the month
--   product_code: product code
--   customer_code: customer number
--   sold_quantity: pieces

with child_orders as (
    select * from silver.orders
    where coalesce(list_contains(getvariable('months'), month), true)
),

parent_facts as (
    select * from silver.parent_fact_orders
    where coalesce(list_contains(getvariable('months'), month), true)
),

sales as (
    select
        month,
        product_code,
        customer_code,
        sold_quantity
    from parent_facts
    union all
    select
        month,
        product_code,
        customer_code,
        sold_quantity
    from child_orders
)

select
    month as date,
    product_code,
    customer_code,
    cast(sum(sold_quantity) as bigint) as sold_quantity
from sales
group by month, product_code, customer_code
