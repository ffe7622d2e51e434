-- The product numbers that the business confirmed for rows of the master delivered without a number: one row is one such
-- row, known by its name and what stands in place of the number, both as delivered.
-- A decision of the business, kept as data: add a line to corrections/product_ids.csv once a number is confirmed.
--
-- task: dim_processing_products
-- load: replace
-- key: product_name, delivered_id
-- variables: corrections (folder of the correction files)
-- columns:
--   product_name: name as delivered
--   delivered_id: what was delivered as the number, null for nothing
--   product_id: the product number, confirmed
--   reason: why it was decided so

select
    product_name,
    delivered_id,
    product_id,
    reason
from read_csv(
    getvariable('corrections') || '/product_ids.csv',
    columns = {'product_name': 'varchar', 'delivered_id': 'varchar', 'product_id': 'varchar', 'reason': 'varchar'},
    header = true,
    auto_detect = false
)
