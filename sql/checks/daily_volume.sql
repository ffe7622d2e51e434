-- Days with less than a tenth or more than ten times the usual number of order lines (median of the 28 days before), those
-- whose file brought none included. A file may be cut short or delivered twice: look at it before the figures are quoted.
--
-- severity: warn

with orders as (
    select
        date,
        count(*) as order_lines
    from silver.orders
    group by date
),

files as (
    select distinct cast(try_strptime(regexp_extract(file_name, 'orders_([0-9]{4}_[0-9]{2}_[0-9]{2})', 1), '%Y_%m_%d') as date) as date
    from ops.files
    where table_name = 'orders' and state = 'loaded'
),

days as (
    select
        coalesce(orders.date, files.date) as date,
        coalesce(orders.order_lines, 0) as order_lines
    from orders
    full outer join files on orders.date = files.date
),

compared as (
    select
        date,
        order_lines,
        median(order_lines) over (order by date rows between 28 preceding and 1 preceding) as usual_order_lines,
        count(*) over (order by date rows between 28 preceding and 1 preceding) as days_before
    from days
    where date is not null
)

select
    date,
    order_lines,
    usual_order_lines
from compared
where days_before >= 7 and (order_lines * 10 < usual_order_lines or order_lines > usual_order_lines * 10)
