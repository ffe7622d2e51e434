-- Days between the first and the last order file for which there is no file. Its sales are missing until it comes.
--
-- severity: warn

with files as (
    select distinct cast(try_strptime(regexp_extract(file_name, 'orders_([0-9]{4}_[0-9]{2}_[0-9]{2})', 1), '%Y_%m_%d') as date) as day
    from ops.files
    where table_name = 'orders' and state = 'loaded'
),

span as (
    select
        min(day) as first_day,
        max(day) as last_day
    from files
),

days as (
    select cast(unnest(generate_series(first_day, last_day, interval 1 day)) as date) as day
    from span
)

select days.day as missing_day
from days
left join files on days.day = files.day
where files.day is null
