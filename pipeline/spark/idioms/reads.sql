-- The delivered files of a table, as the runner reads them. Run by the tests of whole lakes.
select
    order_id,
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
    force_not_null = ['order_id'],
    auto_detect = false,
    hive_partitioning = false,
    store_rejects = true,
    rejects_table = getvariable('rejects_table'),
    rejects_scan = getvariable('rejects_scan')
);

-- A correction file. Run by the tests of whole lakes.
select typo
from read_csv(
    getvariable('corrections') || '/city_typos.csv',
    columns = {'typo': 'varchar', 'city': 'varchar', 'reason': 'varchar'},
    header = true,
    auto_detect = false
);
