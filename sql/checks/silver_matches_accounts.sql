-- Tables of silver that do not hold as many rows as their accounts say were loaded. When it fails rows were lost or
-- counted twice between judging and writing: nothing is published.
--
-- severity: error

with accounts as (
    select
        table_name,
        sum(rows_loaded) as rows_loaded
    from ops.row_accounts
    group by table_name
),

silver as (
    select
        'customers' as table_name,
        count(*) as rows_found
    from silver.customers
    union all
    select
        'products' as table_name,
        count(*) as rows_found
    from silver.products
    union all
    select
        'gross_price' as table_name,
        count(*) as rows_found
    from silver.gross_price
    union all
    select
        'orders' as table_name,
        count(*) as rows_found
    from silver.orders
    union all
    select
        'parent_dim_customers' as table_name,
        count(*) as rows_found
    from silver.parent_dim_customers
    union all
    select
        'parent_dim_products' as table_name,
        count(*) as rows_found
    from silver.parent_dim_products
    union all
    select
        'parent_dim_gross_price' as table_name,
        count(*) as rows_found
    from silver.parent_dim_gross_price
    union all
    select
        'parent_fact_orders' as table_name,
        count(*) as rows_found
    from silver.parent_fact_orders
)

select
    silver.table_name,
    silver.rows_found,
    coalesce(accounts.rows_loaded, 0) as rows_loaded
from silver
left join accounts on silver.table_name = accounts.table_name
where silver.rows_found <> coalesce(accounts.rows_loaded, 0)
