-- Keys of gold.sb_dim_gross_price that stand in more than one row. When it fails child facts joined to it would be counted twice: nothing is published.
--
-- severity: error

select
    product_code,
    year,
    count(*) as row_count
from gold.sb_dim_gross_price
group by product_code, year
having count(*) > 1
