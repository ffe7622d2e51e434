-- Products and customers that both masters have. The parent's row counts in gold; a code used for two things would
-- mix their sales.
--
-- severity: warn

select
    'product' as kind,
    parent.product_code as code
from silver.parent_dim_products as parent
inner join silver.products as child on parent.product_code = child.product_code
union all
select
    'customer' as kind,
    parent.customer_code as code
from silver.parent_dim_customers as parent
inner join silver.customers as child on parent.customer_code = child.customer_code
