-- The child's sales by day: one row is one order line. A view: the lines are stored once, in silver.
--
-- task: fact_processing_orders
-- load: view
-- columns:
--   order_id: order number
--   date: day of the order
--   product_code: SB and the product number
--   customer_code: customer number
--   sold_quantity: pieces

select
    order_id,
    date,
    product_code,
    customer_code,
    sold_quantity
from silver.orders
