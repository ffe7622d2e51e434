-- The parent's monthly sales, typed: one row is one month, product and customer.
-- Facts delivered again replace: the newest file's value counts, the older row is superseded.
--
-- task: fact_processing_orders
-- load: by month
-- key: month, product_code, customer_code
-- variables: files (names of the files to read, null for all), months (first days of the months to keep, null for all)
-- columns:
--   month: first day of the month
--   product_code: product code
--   customer_code: customer number
--   sold_quantity: pieces
--   file_name: file in bronze
--   line: record in that file
--   outcome: loaded, duplicate, superseded or quarantined
--   reason: missing_key, unparsable_date, missing_quantity or invalid_quantity

with facts as (
    select
        nullif(trim(date, e' \t\r\n'), '') as date_text,
        regexp_replace(trim(date, e' \t\r\n'), '^(mon|tues|wednes|thurs|fri|satur|sun)day,\s*', '', 'gi') as day_text,
        nullif(trim(product_code, e' \t\r\n'), '') as product_code,
        nullif(trim(customer_code, e' \t\r\n'), '') as customer_code,
        nullif(trim(sold_quantity, e' \t\r\n'), '') as quantity_text,
        file_name,
        line
    from bronze.parent_fact_orders
    where coalesce(list_contains(getvariable('files'), file_name), true)
),

files as (
    select
        file_name,
        date_trunc('second', last_modified) as delivered_at
    from ops.files
    where table_name = 'parent_fact_orders' and state = 'loaded'
),

dated as (
    select
        *,
        cast(
            case
                when regexp_full_match(day_text, '[0-9]{4}/[0-9]{2}/[0-9]{2}') then try_strptime(day_text, '%Y/%m/%d')
                when regexp_full_match(day_text, '[0-9]{4}-[0-9]{2}-[0-9]{2}') then try_strptime(day_text, '%Y-%m-%d')
                when regexp_full_match(day_text, '[0-9]{2}-[0-9]{2}-[0-9]{4}') then try_strptime(day_text, '%d-%m-%Y')
                when regexp_full_match(day_text, '[A-Za-z]+ [0-9]{2}, [0-9]{4}') then try_strptime(day_text, '%B %d, %Y')
                when regexp_full_match(day_text, '[0-9]{2}/[0-9]{2}/[0-9]{4}') then try_strptime(day_text, '%d/%m/%Y')
            end as date
        ) as day
    from facts
),

typed as (
    select
        date_text,
        case when year(day) between 2000 and 2100 then make_date(year(day), month(day), 1) end as month,
        product_code,
        customer_code,
        quantity_text,
        cast(nullif(regexp_extract(quantity_text, '^0*([0-9]{1,13})([.]0+)?$', 1), '') as bigint) as sold_quantity,
        file_name,
        line
    from dated
),

judged as (
    select
        *,
        case
            when date_text is null or product_code is null or customer_code is null then 'missing_key'
            when month is null then 'unparsable_date'
            when quantity_text is null then 'missing_quantity'
            when coalesce(sold_quantity not between 1 and 1000000000000, true) then 'invalid_quantity'
        end as reason
    from typed
    where month is null or coalesce(list_contains(getvariable('months'), month), true)
),

ranked as (
    select
        judged.*,
        row_number() over (partition by month, product_code, customer_code, judged.file_name, reason order by line) as place_in_file,
        row_number() over (
            partition by month, product_code, customer_code, reason
            order by files.delivered_at desc, judged.file_name desc, line
        ) as place
    from judged
    inner join files on judged.file_name = files.file_name
)

select
    month,
    product_code,
    customer_code,
    sold_quantity,
    file_name,
    line,
    case
        when reason is not null then 'quarantined'
        when place_in_file > 1 then 'duplicate'
        when place > 1 then 'superseded'
        else 'loaded'
    end as outcome,
    reason
from ranked
