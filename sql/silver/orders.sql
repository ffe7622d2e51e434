-- The child's order lines, cleaned and typed: one row is one order line, each counted once.
-- A slash date that reads both ways is decided by the file's own date, else day first: a month-first reading
-- once moved 19 million INR of sales into months before the first file.
-- A customer_id that is not a number counts under the unknown member 999999.
-- Of equal lines (order, day, customer, product, quantity) the one with the least file name, then line, is loaded.
--
-- task: fact_processing_orders
-- load: by month
-- key: file_name, line
-- lookup: silver.products (product_code)
-- variables: files (names of the files to read, null for all), months (first days of the months to keep, null for all)
-- columns:
--   order_id: order number
--   date: day of the order
--   month: first day of its month
--   product_code: SB and the product number
--   customer_code: customer number, 999999 when it is not a number
--   sold_quantity: pieces
--   file_name: file in bronze
--   line: record in that file
--   outcome: loaded, duplicate or quarantined
--   reason: missing_order_id, unparsable_date, missing_quantity, invalid_quantity or unknown_product

with orders as (
    select
        nullif(trim(order_id, e' \t\r\n'), '') as order_id,
        regexp_replace(
            trim(order_placement_date, e' \t\r\n'), '^(mon|tues|wednes|thurs|fri|satur|sun)day,\s*', '', 'gi'
        ) as day_text,
        cast(try_strptime(regexp_extract(file_name, 'orders_([0-9]{4}_[0-9]{2}_[0-9]{2})', 1), '%Y_%m_%d') as date) as file_date,
        trim(customer_id, e' \t\r\n') as customer_id,
        trim(product_id, e' \t\r\n') as product_id,
        nullif(trim(order_qty, e' \t\r\n'), '') as quantity_text,
        file_name,
        line
    from bronze.orders
    where coalesce(list_contains(getvariable('files'), file_name), true)
),

products as (
    select product_code from silver.products
),

parsed as (
    select
        *,
        case
            when regexp_full_match(day_text, '[0-9]{4}/[0-9]{2}/[0-9]{2}') then try_strptime(day_text, '%Y/%m/%d')
            when regexp_full_match(day_text, '[0-9]{4}-[0-9]{2}-[0-9]{2}') then try_strptime(day_text, '%Y-%m-%d')
            when regexp_full_match(day_text, '[0-9]{2}-[0-9]{2}-[0-9]{4}') then try_strptime(day_text, '%d-%m-%Y')
            when regexp_full_match(day_text, '[A-Za-z]+ [0-9]{2}, [0-9]{4}') then try_strptime(day_text, '%B %d, %Y')
            when regexp_full_match(day_text, '[0-9]{2}/[0-9]{2}/[0-9]{4}') then try_strptime(day_text, '%d/%m/%Y')
        end as day_first,
        case
            when regexp_full_match(day_text, '[0-9]{2}/[0-9]{2}/[0-9]{4}') then try_strptime(day_text, '%m/%d/%Y')
        end as month_first
    from orders
),

dated as (
    select
        *,
        cast(case when day_first is not null and cast(month_first as date) = file_date then month_first else day_first end as date) as day
    from parsed
),

typed as (
    select
        order_id,
        case when year(day) between 2000 and 2100 then day end as date,
        'SB' || product_id as product_code,
        case when regexp_full_match(customer_id, '[0-9]+') then customer_id else '999999' end as customer_code,
        quantity_text,
        cast(nullif(regexp_extract(quantity_text, '^0*([0-9]{1,13})([.]0+)?$', 1), '') as bigint) as quantity,
        file_name,
        line
    from dated
),

judged as (
    select
        typed.order_id,
        typed.date,
        make_date(year(typed.date), month(typed.date), 1) as month,
        typed.product_code,
        typed.customer_code,
        typed.quantity as sold_quantity,
        typed.file_name,
        typed.line,
        case
            when typed.order_id is null then 'missing_order_id'
            when typed.date is null then 'unparsable_date'
            when typed.quantity_text is null then 'missing_quantity'
            when coalesce(typed.quantity not between 1 and 1000000000000, true) then 'invalid_quantity'
            when products.product_code is null then 'unknown_product'
        end as reason
    from typed
    left join products on typed.product_code = products.product_code
),

ranked as (
    select
        *,
        row_number() over (
            partition by order_id, date, customer_code, product_code, sold_quantity, reason
            order by file_name, line
        ) as place
    from judged
    where month is null or coalesce(list_contains(getvariable('months'), month), true)
)

select
    order_id,
    date,
    month,
    product_code,
    customer_code,
    sold_quantity,
    file_name,
    line,
    case
        when reason is not null then 'quarantined'
        when place > 1 then 'duplicate'
        else 'loaded'
    end as outcome,
    reason
from ranked
