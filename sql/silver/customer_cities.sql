-- The cities of customers delivered without one: one row is one customer.
-- A decision of the business, kept as data: change a line of corrections/customer_cities.csv to correct it.
--
-- task: dim_processing_customer
-- load: replace
-- key: customer_id
-- variables: corrections (folder of the correction files)
-- columns:
--   customer_id: customer number
--   city: the city, confirmed
--   reason: why it was decided so

select
    customer_id,
    city,
    reason
from read_csv(
    getvariable('corrections') || '/customer_cities.csv',
    columns = {'customer_id': 'varchar', 'city': 'varchar', 'reason': 'varchar'},
    header = true,
    auto_detect = false
)
