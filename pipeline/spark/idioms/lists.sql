-- What a run hands over: the files and months to look at, null for all.
select
    file_name,
    month
from (values ('a.csv', date '2025-07-01'), ('b.csv', null), ('c.csv', date '2025-08-01'), (null, date '2025-07-01')) as v (file_name, month)
where coalesce(list_contains(getvariable('files'), file_name), true) and (month is null or coalesce(list_contains(getvariable('months'), month), true));

-- Numbers in a row, the last left out; none where the first is beyond the last, or either is null.
with span as (
    select * from (values (2023, 2025), (2025, 2025), (2026, 2025), (null, 2025), (2025, null)) as v (first_year, last_year)
),

years as (
    select unnest(range(first_year, last_year + 1)) as year
    from span
)

select
    years.year,
    numbers.month,
    make_date(years.year, numbers.month, 1) as month_start,
    cast(years.year * 100 + numbers.month as integer) as date_key,
    cast(years.year as integer) as whole,
    cast(years.year as varchar) as text
from years
cross join (select unnest(range(1, 13)) as month) as numbers;

-- The days from one to another, both included.
with span as (
    select * from (
        values (date '2025-02-27', date '2025-03-02'), (date '2025-03-01', date '2025-03-01'), (date '2025-03-02', date '2025-03-01'), (null, date '2025-03-01')
    ) as v (first_day, last_day)
)

select cast(unnest(generate_series(first_day, last_day, interval 1 day)) as date) as day
from span;
