-- Products with a price that no master has. Their sales, if any, are shown without a name until dim_products delivers it.
--
-- severity: warn

select dim_gross_price.*
from gold.dim_gross_price as dim_gross_price
left join gold.dim_products as dim_products on dim_gross_price.product_code = dim_products.product_code
where dim_products.product_code is null
