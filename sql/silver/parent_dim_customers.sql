-- The parent's customers: one row is one customer_code.
-- The newest file wins for a customer_code given twice; within one file the first row wins.
--
-- task: dim_processing_customer
-- load: replace
-- key: customer_code
-- columns:
--   customer_code: customer number
--   customer: name
--   market: country sold to
--   platform: kind of shop
--   channel: way of selling
--   file_name: file in bronze
--   line: record in that file
--   outcome: loaded, duplicate, superseded or quarantined
--   reason: missing_key

with customers as (
    select
        nullif(trim(customer_code, e' \t\r\n'), '') as customer_code,
        nullif(trim(customer, e' \t\r\n'), '') as customer,
        nullif(trim(market, e' \t\r\n'), '') as market,
        nullif(trim(platform, e' \t\r\n'), '') as platform,
        nullif(trim(channel, e' \t\r\n'), '') as channel,
        file_name,
        line
    from bronze.parent_dim_customers
),

files as (
    select
        file_name,
        date_trunc('second', last_modified) as delivered_at
    from ops.files
    where table_name = 'parent_dim_customers' and state = 'loaded'
),

ranked as (
    select
        customers.*,
        row_number() over (partition by customer_code, customers.file_name order by line) as place_in_file,
        row_number() over (partition by customer_code order by files.delivered_at desc, customers.file_name desc, line) as place
    from customers
    inner join files on customers.file_name = files.file_name
)

select
    customer_code,
    customer,
    market,
    platform,
    channel,
    file_name,
    line,
    case
        when customer_code is null then 'quarantined'
        when place_in_file > 1 then 'duplicate'
        when place > 1 then 'superseded'
        else 'loaded'
    end as outcome,
    case when customer_code is null then 'missing_key' end as reason
from ranked
