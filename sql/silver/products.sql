-- The child's products, cleaned: one row is one product_id.
-- "Protien" is "Protein" in names and categories; the division of a category is data (category_divisions),
-- and so is the number confirmed for a row delivered without one (product_ids).
-- The newest file wins for a product_id given twice; within one file the first row wins.
--
-- task: dim_processing_products
-- load: replace
-- key: product_id
-- columns:
--   product_code: key in gold, SB and the product_id
--   product_id: product number as delivered, or as confirmed
--   division: division of the category, Other when it has none
--   category: category in title case
--   product: name without its last parentheses
--   variant: text in the last parentheses of the name, null without any
--   file_name: file in bronze
--   line: record in that file
--   outcome: loaded, duplicate, superseded or quarantined
--   reason: missing_key or invalid_product_id (not a number)

with products as (
    select
        nullif(trim(product_id, e' \t\r\n'), '') as delivered_id,
        nullif(trim(product_name, e' \t\r\n'), '') as delivered_name,
        regexp_replace(nullif(trim(category, e' \t\r\n'), ''), 'protien', 'Protein', 'gi') as category_text,
        file_name,
        line
    from bronze.products
),

files as (
    select
        file_name,
        date_trunc('second', last_modified) as delivered_at
    from ops.files
    where table_name = 'products' and state = 'loaded'
),

category_divisions as (
    select * from silver.category_divisions
),

product_ids as (
    select * from silver.product_ids
),

identified as (
    select
        coalesce(product_ids.product_id, products.delivered_id) as product_id,
        regexp_replace(products.delivered_name, 'protien', 'Protein', 'gi') as product_name,
        products.category_text,
        products.file_name,
        products.line
    from products
    left join product_ids
        on products.delivered_name = product_ids.product_name and products.delivered_id is not distinct from product_ids.delivered_id
),

cleaned as (
    select
        identified.product_id,
        array_to_string(
            list_transform(string_split(category_text, ' '), lambda word: upper(substr(word, 1, 1)) || lower(substr(word, 2))), ' '
        ) as category,
        nullif(trim(regexp_replace(product_name, '^(.*)\([^()]*\)', '\1', 's'), e' \t\r\n'), '') as product,
        nullif(trim(regexp_extract(product_name, '^.*\(([^()]*)\)', 1, 's'), e' \t\r\n'), '') as variant,
        identified.file_name,
        identified.line,
        files.delivered_at,
        case
            when product_id is null then 'missing_key'
            when not regexp_full_match(product_id, '[0-9]+') then 'invalid_product_id'
        end as reason
    from identified
    inner join files on identified.file_name = files.file_name
),

ranked as (
    select
        *,
        row_number() over (partition by product_id, file_name, reason order by line) as place_in_file,
        row_number() over (partition by product_id, reason order by delivered_at desc, file_name desc, line) as place
    from cleaned
)

select
    'SB' || ranked.product_id as product_code,
    ranked.product_id,
    coalesce(category_divisions.division, 'Other') as division,
    ranked.category,
    ranked.product,
    ranked.variant,
    ranked.file_name,
    ranked.line,
    case
        when ranked.reason is not null then 'quarantined'
        when ranked.place_in_file > 1 then 'duplicate'
        when ranked.place > 1 then 'superseded'
        else 'loaded'
    end as outcome,
    ranked.reason
from ranked
left join category_divisions on ranked.category = category_divisions.category
