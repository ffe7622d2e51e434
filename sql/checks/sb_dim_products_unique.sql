-- Keys of gold.sb_dim_products that stand in more than one row. When it fails child facts joined to it would be counted twice: nothing is published.
--
-- severity: error

select
    product_code,
    count(*) as row_count
from gold.sb_dim_products
group by product_code
having count(*) > 1
