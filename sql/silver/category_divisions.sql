-- The division of each category of the child: one row is one category. A category that is not here is in Other.
-- A decision of the business, kept as data: change a line of corrections/category_divisions.csv to correct it.
--
-- task: dim_processing_products
-- load: replace
-- key: category
-- variables: corrections (folder of the correction files)
-- columns:
--   category: category after cleaning
--   division: division of the parent's scheme
--   reason: why it was decided so

select
    category,
    division,
    reason
from read_csv(
    getvariable('corrections') || '/category_divisions.csv',
    columns = {'category': 'varchar', 'division': 'varchar', 'reason': 'varchar'},
    header = true,
    auto_detect = false
)
