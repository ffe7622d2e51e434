-- Corrections that are given more than once. When it fails a row would be corrected in two ways and counted twice: nothing
-- is published. Mend the file of that name in corrections/.
--
-- severity: error

select
    'city_typos.csv' as file_name,
    typo as corrected,
    count(*) as row_count
from silver.city_typos
group by typo
having count(*) > 1
union all
select
    'customer_cities.csv' as file_name,
    customer_id as corrected,
    count(*) as row_count
from silver.customer_cities
group by customer_id
having count(*) > 1
union all
select
    'category_divisions.csv' as file_name,
    category as corrected,
    count(*) as row_count
from silver.category_divisions
group by category
having count(*) > 1
union all
select
    'product_ids.csv' as file_name,
    product_name || coalesce(', ' || delivered_id, '') as corrected,
    count(*) as row_count
from silver.product_ids
group by product_name, delivered_id
having count(*) > 1
