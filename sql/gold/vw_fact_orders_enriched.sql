-- The sales with all that is known of them: one row is one month, product and customer.
-- The one view for dashboards and questions. A fact without a price keeps a null amount: no price is guessed.
--
-- task: fact_processing_orders
-- load: view
-- key: date, product_code, customer_code
-- columns:
--   date: first day of the month
--   product_code: product code
--   customer_code: customer number
--   date_key: year and month, 202507
--   year: year
--   month_name: July
--   month_short_name: Jul
--   quarter: Q3
--   year_quarter: 2025-Q3
--   customer: name; of the child's customers with their city
--   market: country sold to
--   platform: kind of shop
--   channel: way of selling
--   division: division of the product
--   category: category of the product
--   product: name of the product without its variant
--   variant: size or kind
--   sold_quantity: pieces
--   price_inr: list price of the product in that year, INR
--   total_amount_inr: sold_quantity × price_inr, null without a price

select
    fact_orders.date,
    fact_orders.product_code,
    fact_orders.customer_code,
    dim_date.date_key,
    dim_date.year,
    dim_date.month_name,
    dim_date.month_short_name,
    dim_date.quarter,
    dim_date.year_quarter,
    dim_customers.customer,
    dim_customers.market,
    dim_customers.platform,
    dim_customers.channel,
    dim_products.division,
    dim_products.category,
    dim_products.product,
    dim_products.variant,
    fact_orders.sold_quantity,
    dim_gross_price.price_inr,
    cast(fact_orders.sold_quantity as decimal(19, 0)) * dim_gross_price.price_inr as total_amount_inr
from gold.fact_orders as fact_orders
left join gold.dim_date as dim_date on fact_orders.date = dim_date.month_start_date
left join gold.dim_customers as dim_customers on fact_orders.customer_code = dim_customers.customer_code
left join gold.dim_products as dim_products on fact_orders.product_code = dim_products.product_code
left join gold.dim_gross_price as dim_gross_price
    on fact_orders.product_code = dim_gross_price.product_code and dim_date.year = dim_gross_price.year
