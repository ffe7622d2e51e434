-- Customers of the child outside India, Sports Bar and Acquisition, or in a city that no correction names. When it fails the
-- child's sales would be spread over groups that do not exist: nothing is published.
--
-- severity: error

with cities as (
    select city from silver.city_typos
    union
    select city from silver.customer_cities
)

select sb_dim_customers.*
from gold.sb_dim_customers as sb_dim_customers
left join cities on sb_dim_customers.city = cities.city
where
    sb_dim_customers.market is distinct from 'India'
    or sb_dim_customers.platform is distinct from 'Sports Bar'
    or sb_dim_customers.channel is distinct from 'Acquisition'
    or (sb_dim_customers.city is not null and cities.city is null)
