-- Keys of gold.dim_date that stand in more than one row. When it fails facts would be counted twice in the view: nothing is published.
--
-- severity: error

select
    month_start_date,
    count(*) as row_count
from gold.dim_date
group by month_start_date
having count(*) > 1
