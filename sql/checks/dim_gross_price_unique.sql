-- Keys of gold.dim_gross_price that stand in more than one row. When it fails facts would be counted twice in the view: nothing is published.
--
-- severity: error

select
    product_code,
    year,
    count(*) as row_count
from gold.dim_gross_price
group by product_code, year
having count(*) > 1
