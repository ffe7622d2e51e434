-- Files with order lines dated more than 7 days away from the file's own date. A date read the wrong way round moves
-- sales into another month: ask the sender.
--
-- severity: warn

with orders as (
    select
        file_name,
        date,
        cast(try_strptime(regexp_extract(file_name, 'orders_([0-9]{4}_[0-9]{2}_[0-9]{2})', 1), '%Y_%m_%d') as date) as file_date
    from silver.orders
)

select
    file_name,
    file_date,
    min(date) as first_order_day,
    max(date) as last_order_day,
    count(*) as order_lines
from orders
where abs(date_diff('day', file_date, date)) > 7
group by file_name, file_date
