-- The cities and how they are mistyped: one row is one spelling. A spelling that is not here is an unknown city.
-- A decision of the business, kept as data: change a line of corrections/city_typos.csv to correct it.
--
-- task: dim_processing_customer
-- load: replace
-- key: typo
-- variables: corrections (folder of the correction files)
-- columns:
--   typo: spelling as delivered
--   city: the city meant
--   reason: why it was decided so

select
    typo,
    city,
    reason
from read_csv(
    getvariable('corrections') || '/city_typos.csv',
    columns = {'typo': 'varchar', 'city': 'varchar', 'reason': 'varchar'},
    header = true,
    auto_detect = false
)
