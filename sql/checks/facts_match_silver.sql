-- Months whose quantity in gold differs from the lines and parent facts in silver. When it fails managers would see
-- sums that no order explains: nothing is published.
--
-- severity: error

with silver as (
    select
        month,
        sum(sold_quantity) as sold_quantity
    from (
        select
            month,
            sold_quantity
        from silver.orders
        union all
        select
            month,
            sold_quantity
        from silver.parent_fact_orders
    ) as lines
    group by month
),

gold as (
    select
        date as month,
        sum(sold_quantity) as sold_quantity
    from gold.fact_orders
    group by date
)

select
    coalesce(silver.month, gold.month) as month,
    silver.sold_quantity as silver_quantity,
    gold.sold_quantity as gold_quantity
from silver
full outer join gold on silver.month = gold.month
where silver.sold_quantity is distinct from gold.sold_quantity
