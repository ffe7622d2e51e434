-- A date of a known form; one that the calendar does not have is null.
select
    cast(
        case
            when regexp_full_match(t, '[0-9]{4}/[0-9]{2}/[0-9]{2}') then try_strptime(t, '%Y/%m/%d')
            when regexp_full_match(t, '[0-9]{4}-[0-9]{2}-[0-9]{2}') then try_strptime(t, '%Y-%m-%d')
            when regexp_full_match(t, '[0-9]{2}-[0-9]{2}-[0-9]{4}') then try_strptime(t, '%d-%m-%Y')
            when regexp_full_match(t, '[A-Za-z]+ [0-9]{2}, [0-9]{4}') then try_strptime(t, '%B %d, %Y')
            when regexp_full_match(t, '[0-9]{2}/[0-9]{2}/[0-9]{4}') then try_strptime(t, '%d/%m/%Y')
        end as date
    ) as day,
    case when regexp_full_match(t, '[0-9]{2}/[0-9]{2}/[0-9]{4}') then try_strptime(t, '%m/%d/%Y') end as month_first,
    case when regexp_full_match(t, '[0-9]{4}-[0-9]{2}-[0-9]{2}') then cast(try_strptime(t, '%Y-%m-%d') as date) end as iso,
    cast(try_strptime(regexp_extract(t, 'orders_([0-9]{4}_[0-9]{2}_[0-9]{2})', 1), '%Y_%m_%d') as date) as file_day
from (
    values ('2025/07/05'), ('2025-07-05'), ('05-07-2025'), ('05/07/2025'), ('13/07/2025'), ('07/13/2025'), ('2025-02-29'), ('2024-02-29'), ('31-11-2025'),
    ('2025-00-10'), ('2025-13-10'), ('0001-01-01'), ('1582-10-10'), ('9999-12-31'), ('1900-02-29'),
    ('January 01, 2025'), ('february 02, 2025'), ('MARCH 03, 2025'), ('April 04, 2025'), ('May 05, 2025'), ('June 06, 2025'), ('July 07, 2025'),
    ('August 08, 2025'), ('September 09, 2025'), ('October 10, 2025'), ('November 11, 2025'), ('December 12, 2025'),
    ('Jul 05, 2025'), ('Sept 05, 2025'), ('Juli 05, 2025'), ('February 30, 2025'), ('July 00, 2025'),
    ('orders_2025_07_05.csv'), ('orders_2025_13_45.csv'), ('orders_2025_7_5.csv'), (''), (null)
) as v (t);

-- Which of two readings.
select cast(case when a is not null and cast(b as date) = c then b else a end as date) as day
from (
    values (timestamp '2025-07-05 00:00:00', timestamp '2025-05-07 00:00:00', date '2025-05-07'),
    (timestamp '2025-07-05 00:00:00', null, date '2025-05-07'), (null, timestamp '2025-05-07 00:00:00', date '2025-05-07'),
    (timestamp '2025-07-05 00:00:00', timestamp '2025-05-07 00:00:00', null)
) as v (a, b, c);

-- The parts of a date, and a date of parts.
select
    year(day) as year,
    month(day) as month,
    day(day) as day,
    quarter(day) as quarter,
    make_date(year(day), month(day), 1) as month_start,
    case when year(day) between 2000 and 2100 then day end as accepted,
    case when year(day) between 2000 and 2100 then make_date(year(day), month(day), 1) end as month_accepted,
    coalesce(year(day) not between 2000 and 2100, true) as is_out,
    year(day) not between 2000 and 2100 as is_outside,
    day(day) <> 1 as is_within,
    strftime(day, '%B') as month_name,
    strftime(day, '%b') as month_short_name,
    cast(year(day) * 100 + month(day) as integer) as date_key,
    'Q' || quarter(day) as quarter_name,
    year(day) || '-' || 'Q1' as year_quarter,
    cast(year(day) as varchar) || '-Q' || cast(quarter(day) as varchar) as year_quarter_cast,
    year(day) is distinct from 2025 as is_other_year
from (
    values (date '2025-01-31'), (date '2025-02-28'), (date '2024-02-29'), (date '2025-03-01'), (date '2025-04-30'), (date '2025-05-15'), (date '2025-06-15'),
    (date '2025-07-15'), (date '2025-08-15'), (date '2025-09-15'), (date '2025-10-15'), (date '2025-11-15'), (date '2025-12-31'), (date '1999-12-31'),
    (date '2101-01-01'), (null)
) as v (day);

-- Times are cut to the second, and become days.
select
    date_trunc('second', stamp) as to_the_second,
    cast(stamp as date) as day,
    max(stamp) over (partition by stamp) as latest
from (values (timestamp '2025-07-05 10:11:12.999999'), (timestamp '1969-12-31 23:59:59.5'), (null)) as v (stamp);

-- How many days or months lie between two.
select
    date_diff('day', a, b) as days,
    date_diff('month', a, b) as months,
    date_diff('month', a, b) + 1 - n as months_missing,
    date_diff('month', a, b) + 1 > n as is_missing,
    abs(date_diff('day', a, b)) > 7 as is_far,
    date_diff('day', a, stamp) > 3 as is_late
from (
    values (date '2025-07-05', date '2025-07-06', 1, timestamp '2025-07-09 23:59:59'), (date '2025-01-31', date '2025-02-01', 2, timestamp '2025-02-03 00:00:00'),
    (date '2025-02-01', date '2024-01-31', 0, null), (null, date '2025-01-01', 1, null), (date '2024-02-29', date '2025-02-28', 13, timestamp '2024-03-04 00:00:00')
) as v (a, b, n, stamp);

-- The latest of times and days.
select
    max(stamp) as latest,
    max(day) as last_day
from (values (timestamp '2025-07-05 10:11:12', date '2025-07-05'), (null, null)) as v (stamp, day);
