-- How fresh this file is: one row. An open session stays on the release it opened; this says which run that is.
--
-- task: fact_processing_orders
-- load: view
-- columns:
--   run_id: run that published this release
--   refreshed_at: when that run ended, UTC
--   data_through: last month with sales
--   last_order_day: last day with order lines of the child
--   files_loaded: files of the lake that are in the warehouse
--   rows_quarantined: rows in quarantine

with last_run as (
    select
        run_id,
        finished_at,
        rows_quarantined
    from ops.runs
    qualify row_number() over (order by finished_at desc, run_id desc) = 1
)

select
    last_run.run_id,
    last_run.finished_at as refreshed_at,
    (select max(fact_orders.date) from gold.fact_orders as fact_orders) as data_through,
    (select max(orders.date) from silver.orders as orders) as last_order_day,
    (
        select count(*) from ops.files as files
        where files.state = 'loaded'
    ) as files_loaded,
    last_run.rows_quarantined
from last_run
