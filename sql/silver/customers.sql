-- The child's customers, cleaned: one row is one customer_id.
-- Typos of cities and the cities confirmed for customers without one are data (city_typos, customer_cities).
-- The newest file wins for a customer_id given twice; within one file the first row wins.
--
-- task: dim_processing_customer
-- load: replace
-- key: customer_id
-- columns:
--   customer_id: customer number as delivered
--   customer_code: key in gold, equal to customer_id
--   customer_name: name with the first letter of each word in upper case, null when missing
--   city: city, null when unknown
--   customer: name and city, "Unknown" for an unknown city
--   market: always India
--   platform: always Sports Bar
--   channel: always Acquisition
--   file_name: file in bronze
--   line: record in that file
--   outcome: loaded, duplicate, superseded or quarantined
--   reason: missing_key where there is no customer number

with customers as (
    select
        nullif(trim(customer_id, e' \t\r\n'), '') as customer_id,
        nullif(trim(customer_name, e' \t\r\n'), '') as name_text,
        nullif(trim(city, e' \t\r\n'), '') as city_text,
        file_name,
        line
    from bronze.customers
),

files as (
    select
        file_name,
        date_trunc('second', last_modified) as delivered_at
    from ops.files
    where table_name = 'customers' and state = 'loaded'
),

city_typos as (
    select * from silver.city_typos
),

customer_cities as (
    select * from silver.customer_cities
),

cleaned as (
    select
        customers.customer_id,
        array_to_string(
            list_transform(string_split(customers.name_text, ' '), lambda word: upper(substr(word, 1, 1)) || substr(word, 2)), ' '
        ) as customer_name,
        coalesce(city_typos.city, customer_cities.city) as city,
        customers.file_name,
        customers.line,
        files.delivered_at,
        case when coalesce(not regexp_full_match(customers.customer_id, '[0-9]+'), true) then 'missing_key' end as reason
    from customers
    inner join files on customers.file_name = files.file_name
    left join city_typos on customers.city_text = city_typos.typo
    left join customer_cities on customers.customer_id = customer_cities.customer_id
),

ranked as (
    select
        *,
        row_number() over (partition by customer_id, file_name, reason order by line) as place_in_file,
        row_number() over (partition by customer_id, reason order by delivered_at desc, file_name desc, line) as place
    from cleaned
)

select
    customer_id,
    customer_id as customer_code,
    customer_name,
    city,
    coalesce(customer_name, 'Unknown') || '-' || coalesce(city, 'Unknown') as customer,
    'India' as market,
    'Sports Bar' as platform,
    'Acquisition' as channel,
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
