-- The customers of parent and child: one row is one customer_code.
-- Where both know a code the parent's row counts. A customer of parent facts that no master has gets an inferred member.
--
-- task: fact_processing_orders
-- load: replace
-- key: customer_code
-- columns:
--   customer_code: customer number
--   customer: name; of the child's customers with their city
--   market: country sold to
--   platform: kind of shop
--   channel: way of selling

with parent_customers as (
    select * from silver.parent_dim_customers
),

child_customers as (
    select * from gold.sb_dim_customers
),

sold_to as (
    select distinct customer_code from gold.fact_orders
)

select
    customer_code,
    customer,
    market,
    platform,
    channel
from parent_customers
union all
select
    child_customers.customer_code,
    child_customers.customer,
    child_customers.market,
    child_customers.platform,
    child_customers.channel
from child_customers
left join parent_customers on child_customers.customer_code = parent_customers.customer_code
where parent_customers.customer_code is null
union all
select
    sold_to.customer_code,
    'Unknown ' || sold_to.customer_code as customer,
    'Unknown' as market,
    'Unknown' as platform,
    'Unknown' as channel
from sold_to
left join parent_customers on sold_to.customer_code = parent_customers.customer_code
left join child_customers on sold_to.customer_code = child_customers.customer_code
where parent_customers.customer_code is null and child_customers.customer_code is null
