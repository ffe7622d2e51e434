-- Keys of gold.dim_customers that stand in more than one row. When it fails facts would be counted twice in the view: nothing is published.
--
-- severity: error

select
    customer_code,
    count(*) as row_count
from gold.dim_customers
group by customer_code
having count(*) > 1
