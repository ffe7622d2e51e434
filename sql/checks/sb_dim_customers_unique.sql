-- Keys of gold.sb_dim_customers that stand in more than one row. When it fails child facts joined to it would be counted twice: nothing is published.
--
-- severity: error

select
    customer_code,
    count(*) as row_count
from gold.sb_dim_customers
group by customer_code
having count(*) > 1
