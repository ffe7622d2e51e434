-- The parent's prices, typed: one row is the price of one product in one year.
-- The newest file wins for a product and year given twice; within one file the first row wins.
--
-- task: dim_processing_prices
-- load: replace
-- key: product_code, year
-- columns:
--   product_code: product code
--   year: year the price holds for
--   price_inr: list price in INR, above zero
--   file_name: file in bronze
--   line: record in that file
--   outcome: loaded, duplicate, superseded or quarantined
--   reason: missing_key, unparsable_date (no year from 2000 to 2100) or invalid_price

with gross_price as (
    select
        nullif(trim(product_code, e' \t\r\n'), '') as product_code,
        nullif(trim(year, e' \t\r\n'), '') as year_text,
        trim(price_inr, e' \t\r\n') as price_text,
        file_name,
        line
    from bronze.parent_dim_gross_price
),

files as (
    select
        file_name,
        date_trunc('second', last_modified) as delivered_at
    from ops.files
    where table_name = 'parent_dim_gross_price' and state = 'loaded'
),

typed as (
    select
        product_code,
        year_text,
        cast(case when regexp_full_match(year_text, '20[0-9]{2}|2100') then year_text end as integer) as year,
        case
            when regexp_full_match(price_text, '[+-]?[0-9]{1,16}([.][0-9]+)?') then try_cast(price_text as decimal(18, 2))
        end as price_inr,
        gross_price.file_name,
        line,
        delivered_at
    from gross_price
    inner join files on gross_price.file_name = files.file_name
),

judged as (
    select
        *,
        case
            when product_code is null or year_text is null then 'missing_key'
            when year is null then 'unparsable_date'
            when coalesce(price_inr <= 0, true) then 'invalid_price'
        end as reason
    from typed
),

ranked as (
    select
        *,
        row_number() over (partition by product_code, year, file_name, reason order by line) as place_in_file,
        row_number() over (partition by product_code, year, reason order by delivered_at desc, file_name desc, line) as place
    from judged
)

select
    product_code,
    year,
    price_inr,
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
