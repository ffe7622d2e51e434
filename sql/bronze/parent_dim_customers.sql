-- The parent's customers as delivered: one row is one record of a file parent/dim_customers*.csv.
-- Nothing is judged here: silver types and judges, and its rows point back here by file_name and line.
-- Records that the CSV parser refuses are in ops.quarantine as malformed_line.
--
-- task: dim_processing_customer
-- load: by file
-- variables: uri, file_name, file_size, columns (the file's own header, all varchar), read_timestamp, rejects_table and rejects_scan (names for the engine's tables of refused records)
-- columns:
--   customer_code: customer number
--   customer: name
--   market: country sold to
--   platform: kind of shop
--   channel: way of selling
--   read_timestamp: when the record was read, UTC
--   file_name: the file: base name of an order file, else path within the lake
--   file_size: size of the file in bytes
--   line: number of the record in its file, the header being 1, refused records counted

select
    customer_code,
    customer,
    market,
    platform,
    channel,
    cast(getvariable('read_timestamp') as timestamp) as read_timestamp,
    cast(getvariable('file_name') as varchar) as file_name,
    cast(getvariable('file_size') as bigint) as file_size,
    1 + row_number() over () as line
from read_csv(
    getvariable('uri'),
    columns = getvariable('columns'),
    header = true,
    delim = ',',
    quote = '"',
    escape = '"',
    force_not_null = ['customer_code', 'customer', 'market', 'platform', 'channel'],
    auto_detect = false,
    hive_partitioning = false,
    store_rejects = true,
    rejects_table = getvariable('rejects_table'),
    rejects_scan = getvariable('rejects_scan')
)
