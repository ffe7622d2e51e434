-- The child's order lines as delivered: one row is one record of a daily order file.
-- Nothing is judged here: silver types and judges, and its rows point back here by file_name and line.
-- Records that the CSV parser refuses are in ops.quarantine as malformed_line.
--
-- task: fact_processing_orders
-- load: by file
-- variables: uri, file_name, file_size, columns (the file's own header, all varchar), read_timestamp, rejects_table and rejects_scan (names for the engine's tables of refused records)
-- columns:
--   order_id: order number
--   order_placement_date: day of the order, in one of five forms
--   customer_id: customer number
--   product_id: product number
--   order_qty: pieces ordered, often written 156.0
--   read_timestamp: when the record was read, UTC
--   file_name: the file: base name of an order file, else path within the lake
--   file_size: size of the file in bytes
--   line: number of the record in its file, the header being 1, refused records counted

select
    order_id,
    order_placement_date,
    customer_id,
    product_id,
    order_qty,
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
    force_not_null = ['order_id', 'order_placement_date', 'customer_id', 'product_id', 'order_qty'],
    auto_detect = false,
    hive_partitioning = false,
    store_rejects = true,
    rejects_table = getvariable('rejects_table'),
    rejects_scan = getvariable('rejects_scan')
)
