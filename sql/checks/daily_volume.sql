-- Days with less than a tenth or more than ten times the usual number of order lines (median of the 28 days before).
-- A file may be cut short or delivered twice: look at it before the figures are quoted.
--
-- severity: warn

with days as (
    select
        date,
        count(*) as order_lines
    from silver.orders
    group by date
),

compared as (
    select
        date,
        order_lines,
        median(order_lines) over (order by date rows between 28 preceding and 1 preceding) as usual_order_lines,
        count(*) over (order by date rows between 28 preceding and 1 preceding) as days_before
    from days
)

select
    date,
    order_lines,
    usual_order_lines
from compared
where days_before >= 7 and (order_lines * 10 < usual_order_lines or order_lines > usual_order_lines * 10)
