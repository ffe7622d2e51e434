-- Keys of gold.dim_products that stand in more than one row. When it fails facts would be counted twice in the view: nothing is published.
--
-- severity: error

select
    product_code,
    count(*) as row_count
from gold.dim_products
group by product_code
having count(*) > 1
