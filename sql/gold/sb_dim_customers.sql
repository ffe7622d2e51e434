-- The child's customers: one row is one customer_code.
-- Besides the master it has the unknown member 999999, and a member inferred for each number that lines were
-- loaded under and no master has, so that every fact has its customer; it is gone when a master delivers it.
--
-- task: fact_processing_orders
-- load: replace
-- key: customer_code
-- columns:
--   customer_code: customer number
--   customer_name: name without its city
--   city: city, null when unknown
--   customer: name and city
--   market: country sold to
--   platform: kind of shop
--   channel: way of selling

with customers as (
    select * from silver.customers
    where customer_code <> '999999'
),

parent_customers as (
    select customer_code from silver.parent_dim_customers
),

products as (
    select product_code from silver.products
),

sold_to as (
    select distinct fact_orders.customer_code
    from gold.fact_orders as fact_orders
    inner join products on fact_orders.product_code = products.product_code
),

inferred as (
    select sold_to.customer_code
    from sold_to
    left join customers on sold_to.customer_code = customers.customer_code
    left join parent_customers on sold_to.customer_code = parent_customers.customer_code
    where customers.customer_code is null and parent_customers.customer_code is null and sold_to.customer_code <> '999999'
)

select
    customer_code,
    customer_name,
    city,
    customer,
    market,
    platform,
    channel
from customers
union all
select
    '999999' as customer_code,
    'Unknown' as customer_name,
    cast(null as varchar) as city,
    'Unknown' as customer,
    'India' as market,
    'Sports Bar' as platform,
    'Acquisition' as channel
union all
select
    customer_code,
    'Unknown ' || customer_code as customer_name,
    cast(null as varchar) as city,
    'Unknown ' || customer_code as customer,
    'India' as market,
    'Sports Bar' as platform,
    'Acquisition' as channel
from inferred
