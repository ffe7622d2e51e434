-- Months of gold.dim_date that are not named as they should be. When it fails sales by month or quarter would stand under
-- another one: nothing is published.
--
-- severity: error

select *
from gold.dim_date
where
    day(month_start_date) <> 1
    or year is distinct from year(month_start_date)
    or date_key is distinct from year(month_start_date) * 100 + month(month_start_date)
    or month_short_name is distinct from substr(month_name, 1, 3)
    or coalesce(quarter not in ('Q1', 'Q2', 'Q3', 'Q4'), true)
    or quarter is distinct from 'Q' || quarter(month_start_date)
    or year_quarter is distinct from year(month_start_date) || '-' || quarter
