-- The parent's products: one row is one product_code.
-- The newest file wins for a product_code given twice; within one file the first row wins.
--
-- task: dim_processing_products
-- load: replace
-- key: product_code
-- columns:
--   product_code: product code
--   division: division
--   category: category
--   product: name
--   variant: size or kind
--   file_name: file in bronze
--   line: record in that file
--   outcome: loaded, duplicate, superseded or quarantined
--   reason: missing_key

with products as (
    select
        nullif(trim(product_code, e' \t\r\n'), '') as product_code,
        nullif(trim(division, e' \t\r\n'), '') as division,
        nullif(trim(category, e' \t\r\n'), '') as category,
        nullif(trim(product, e' \t\r\n'), '') as product,
        nullif(trim(variant, e' \t\r\n'), '') as variant,
        file_name,
        line
    from bronze.parent_dim_products
),

files as (
    select
        file_name,
        date_trunc('second', last_modified) as delivered_at
    from ops.files
    where table_name = 'parent_dim_products' and state = 'loaded'
),

ranked as (
    select
        products.*,
        row_number() over (partition by product_code, products.file_name order by line) as place_in_file,
        row_number() over (partition by product_code order by files.delivered_at desc, products.file_name desc, line) as place
    from products
    inner join files on products.file_name = files.file_name
)

select
    product_code,
    division,
    category,
    product,
    variant,
    file_name,
    line,
    case
        when product_code is null then 'quarantined'
        when place_in_file > 1 then 'duplicate'
        when place > 1 then 'superseded'
        else 'loaded'
    end as outcome,
    case when product_code is null then 'missing_key' end as reason
from ranked
