-- The last day with order lines, where it is more than 3 days before the newest file was delivered. The files come,
-- but what they hold is old.
--
-- severity: warn

with delivered as (
    select max(last_modified) as delivered_at
    from ops.files
    where table_name = 'orders' and state = 'loaded'
),

sold as (
    select max(date) as last_order_day
    from silver.orders
)

select
    sold.last_order_day,
    delivered.delivered_at
from sold
cross join delivered
where date_diff('day', sold.last_order_day, delivered.delivered_at) > 3
