-- The child's products: one row is one product_code.
--
-- task: dim_processing_products
-- load: replace
-- key: product_code
-- columns:
--   product_code: SB and the product number
--   product_id: product number
--   division: division of the parent's scheme
--   category: category
--   product: name without its variant
--   variant: size, null when the name has none

select
    product_code,
    product_id,
    division,
    category,
    product,
    variant
from silver.products
