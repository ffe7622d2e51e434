-- The months: one row is one month of the years that the facts touch.
--
-- task: fact_processing_orders
-- load: replace
-- key: month_start_date
-- columns:
--   month_start_date: first day of the month
--   date_key: year and month, 202507
--   year: year
--   month_name: July
--   month_short_name: Jul
--   quarter: Q3
--   year_quarter: 2025-Q3

with span as (
    select
        min(year(date)) as first_year,
        max(year(date)) as last_year
    from gold.fact_orders
),

years as (
    select unnest(range(first_year, last_year + 1)) as year
    from span
),

months as (
    select
        make_date(years.year, numbers.month, 1) as month_start_date,
        years.year,
        numbers.month
    from years
    cross join (select unnest(range(1, 13)) as month) as numbers
)

select
    month_start_date,
    cast(year * 100 + month as integer) as date_key,
    cast(year as integer) as year,
    strftime(month_start_date, '%B') as month_name,
    strftime(month_start_date, '%b') as month_short_name,
    'Q' || cast(quarter(month_start_date) as varchar) as quarter,
    cast(year as varchar) || '-Q' || cast(quarter(month_start_date) as varchar) as year_quarter
from months
