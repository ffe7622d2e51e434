-- Numbers of rows: nulls come last in both directions, texts are ordered by their bytes.
with delivered as (
    select * from (
        values ('a', 'f2.csv', 3, timestamp '2025-07-05 10:00:00'), ('a', 'f1.csv', 2, timestamp '2025-07-05 10:00:00'),
        ('a', 'F1.csv', 1, null), ('b', 'é.csv', 1, timestamp '2025-07-06 10:00:00'), ('b', 'z.csv', null, timestamp '2025-07-06 10:00:00'),
        (null, 'z.csv', 4, timestamp '2025-07-06 10:00:01'), (null, null, 5, null)
    ) as t (code, file_name, line, delivered_at)
)

select
    *,
    row_number() over (partition by code, file_name order by line) as place_in_file,
    row_number() over (partition by code order by delivered_at desc, file_name desc, line) as place,
    row_number() over (order by file_name, line) as overall,
    count(*) over (partition by code) as of_code
from delivered;

-- The first row of each group.
with prices as (
    select * from (
        values ('a', date '2025-01-01', 10.50), ('a', date '2025-03-01', 12.25), ('a', date '2024-03-01', 9.00), ('b', date '2025-01-01', null), (null, null, 1.00)
    ) as t (code, month, price)
)

select
    code,
    price,
    cast(year(month) as integer) as year
from prices
qualify row_number() over (partition by code, year(month) order by month desc) = 1;

-- The rows of groups that have several.
with attributes as (
    select * from (values ('x-y'), ('X y'), ('z'), (null)) as t (spelling)
)

select spelling
from attributes
where spelling is not null
qualify count(*) over (partition by lower(replace(replace(spelling, ' ', ''), '-', ''))) > 1;

-- A median of the rows before.
with days as (
    select * from (values (1, 10), (2, 20), (3, 40), (4, 80), (5, null), (6, 7)) as t (day, lines)
)

select
    day,
    median(lines) over (order by day rows between 3 preceding and 1 preceding) as usual,
    count(*) over (order by day rows between 3 preceding and 1 preceding) as days_before
from days;

-- The median, compared.
with days as (
    select * from (values (date '2025-07-01', 10), (date '2025-07-02', 200), (date '2025-07-03', 4), (date '2025-07-04', 80)) as t (day, lines)
),

compared as (
    select
        day,
        lines,
        median(lines) over (order by day rows between 28 preceding and 1 preceding) as usual
    from days
)

select day from compared
where lines * 10 < usual or lines > usual * 10;
