-- Facts without a price for their year. Their amount is null, so revenue is too low by them until a price is delivered.
--
-- severity: warn

select
    date,
    product_code,
    customer_code,
    sold_quantity
from gold.vw_fact_orders_enriched
where price_inr is null
