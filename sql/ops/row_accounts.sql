-- One account for each delivered file: one row is one file, and rows_read = rows_loaded + rows_duplicate +
-- rows_superseded + rows_quarantined (check row_accounts_balance). Each figure is counted where its rows are.
--
-- task: fact_processing_orders
-- load: view
-- columns:
--   table_name: bronze table of the file
--   file_name: the file
--   rows_read: records in the file, refused ones included
--   rows_loaded: rows in silver
--   rows_duplicate: rows left out because the same row is loaded already
--   rows_superseded: rows left out because a newer file gives another value for their key
--   rows_quarantined: rows in ops.quarantine

with files as (
    select * from ops.files
    where state in ('loaded', 'rejected')
),

outcomes as (
    select
        table_name,
        file_name,
        sum(rows_loaded) as rows_loaded,
        sum(rows_duplicate) as rows_duplicate,
        sum(rows_superseded) as rows_superseded
    from ops.outcomes
    group by table_name, file_name
),

quarantine as (
    select
        table_name,
        file_name,
        count(*) as rows_quarantined
    from ops.quarantine
    group by table_name, file_name
)

select
    files.table_name,
    files.file_name,
    files.rows_read,
    cast(coalesce(outcomes.rows_loaded, 0) as bigint) as rows_loaded,
    cast(coalesce(outcomes.rows_duplicate, 0) as bigint) as rows_duplicate,
    cast(coalesce(outcomes.rows_superseded, 0) as bigint) as rows_superseded,
    cast(coalesce(quarantine.rows_quarantined, 0) as bigint) as rows_quarantined
from files
left join outcomes on files.table_name = outcomes.table_name and files.file_name = outcomes.file_name
left join quarantine on files.table_name = quarantine.table_name and files.file_name = quarantine.file_name
