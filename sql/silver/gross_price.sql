-- The child's prices, typed: one row is the price of one product in one month.
-- A price below zero is a sign error: its absolute value is taken and flagged.
-- The newest file wins for a product and month given twice; within one file the first row wins.
--
-- task: dim_processing_prices
-- load: replace
-- key: product_code, month
-- columns:
--   product_code: key in gold, SB and the product_id
--   month: first day of the month
--   price_inr: list price in INR, above zero
--   is_sign_corrected: the price was delivered below zero
--   file_name: file in bronze
--   line: record in that file
--   outcome: loaded, duplicate, superseded or quarantined
--   reason: missing_price (not a number, or zero), unparsable_month or unknown_product

with gross_price as (
    select
        nullif(trim(product_id, e' \t\r\n'), '') as product_id,
        trim(month, e' \t\r\n') as month_text,
        trim(gross_price, e' \t\r\n') as price_text,
        file_name,
        line
    from bronze.gross_price
),

files as (
    select
        file_name,
        date_trunc('second', last_modified) as delivered_at
    from ops.files
    where table_name = 'gross_price' and state = 'loaded'
),

products as (
    select product_code from silver.products
),

typed as (
    select
        'SB' || gross_price.product_id as product_code,
        case
            when regexp_full_match(month_text, '[0-9]{4}-[0-9]{2}-[0-9]{2}') then cast(try_strptime(month_text, '%Y-%m-%d') as date)
            when regexp_full_match(month_text, '[0-9]{4}/[0-9]{2}/[0-9]{2}') then cast(try_strptime(month_text, '%Y/%m/%d') as date)
            when regexp_full_match(month_text, '[0-9]{2}/[0-9]{2}/[0-9]{4}') then cast(try_strptime(month_text, '%d/%m/%Y') as date)
            when regexp_full_match(month_text, '[0-9]{2}-[0-9]{2}-[0-9]{4}') then cast(try_strptime(month_text, '%d-%m-%Y') as date)
        end as day,
        case
            when regexp_full_match(price_text, '[+-]?[0-9]{1,16}([.][0-9]+)?') then try_cast(price_text as decimal(18, 2))
        end as price,
        gross_price.file_name,
        gross_price.line,
        files.delivered_at
    from gross_price
    inner join files on gross_price.file_name = files.file_name
),

judged as (
    select
        typed.product_code,
        case when year(day) between 2000 and 2100 then make_date(year(day), month(day), 1) end as month,
        abs(price) as price_inr,
        price < 0 as is_sign_corrected,
        typed.file_name,
        typed.line,
        typed.delivered_at,
        case
            when coalesce(price = 0, true) then 'missing_price'
            when coalesce(year(day) not between 2000 and 2100, true) then 'unparsable_month'
            when products.product_code is null then 'unknown_product'
        end as reason
    from typed
    left join products on typed.product_code = products.product_code
),

ranked as (
    select
        *,
        row_number() over (partition by product_code, month, file_name, reason order by line) as place_in_file,
        row_number() over (partition by product_code, month, reason order by delivered_at desc, file_name desc, line) as place
    from judged
)

select
    product_code,
    month,
    price_inr,
    is_sign_corrected,
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
