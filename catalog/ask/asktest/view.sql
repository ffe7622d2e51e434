-- A published file in small: the view with names like the company's, figures made up from hashes, from January 2024 to
-- November 2025. Football and Basketball are a division and a category of it; Sports Bar is new in July 2025; March 2024
-- is weak and November 2025 strong; some customers and products come and go.
create schema gold;
create schema ops;
create table gold.vw_fact_orders_enriched as
with
products as (
    select *, row_number() over () as p from (values
        ('A1001', 'Cricket', 'Cricket Bat', 'KX Blaze Kashmir Willow Cricket Bat', 'Junior', 1800), ('A1002', 'Cricket', 'Cricket Bat', 'KX Blaze Kashmir Willow Cricket Bat', 'Senior', 2100),
        ('A1003', 'Cricket', 'Cricket Ball', 'SR Strike Leather Cricket Ball', 'Red 142g', 900), ('A1004', 'Cricket', 'Cricket Pads', 'NX Pro Cricket Leg Guards', 'Youth', 1500),
        ('A1005', 'Football', 'Football', 'VX Match Premier Football', 'Size 5', 1300), ('A1006', 'Football', 'Football Shoes', 'RX Sprint Football Boots', 'UK 8', 2600),
        ('A1007', 'Football', 'Goalkeeper Gloves', 'GK Defender Grip Gloves', 'Large', 1100), ('A1008', 'Basketball', 'Basketball', 'BX Grip Indoor Basketball', 'Size 7', 1250),
        ('A1009', 'Basketball', 'Basketball Hoop', 'HX Portable Basketball Hoop', 'Standard Height', 5200), ('A1010', 'Yoga', 'Yoga Mat', 'YX Comfort Yoga Mat', '6mm', 700),
        ('A1011', 'Yoga', 'Yoga Block', 'AX Foam Yoga Block', 'Standard', 350), ('A1012', 'Archery', 'Bow', 'AX Precision Recurve Bow', 'Right Hand', 4100),
        ('A1013', 'Archery', 'Arrows', 'PX Carbon Arrow Set', '12 Pack', 800), ('A1014', 'Boxing', 'Boxing Gloves', 'BX Pro Boxing Gloves', '12 oz', 1600),
        ('A1015', 'Swimming', 'Swim Caps', 'PX Silicone Swim Cap', 'Blue', 150), ('A1016', 'Swimming', 'Swimming Goggles', 'SX ClearView Swim Goggles', 'Anti-Fog', 400),
        ('A1017', 'Hiking', 'Backpacks', 'TX Mountain Trek Backpack', '60L', 3100), ('A1018', 'Hiking', 'Hiking Shoes', 'HX TrailGrip Hiking Shoes', 'EU 42', 2900),
        ('A1019', 'Camping', 'Tent', 'CX QuickPitch Tent', '4 Person', 6400), ('A1020', 'Camping', 'Lantern', 'LX BrightGlow LED Lantern', 'Rechargeable', 950),
        ('A1021', 'Weight Lifting', 'Dumbbells', 'WL Hex Dumbbell', '10 kg', 2200), ('A1022', 'Skating', 'Helmet', 'AX Skate Safety Helmet', 'M', 1050),
        ('B2001', 'Nutrition Bars', 'Energy Bars', 'SportsBar Energy Bar Choco Fudge', '60g', 45), ('B2002', 'Nutrition Bars', 'Protein Bars', 'SportsBar Protein Bar Peanut Crunch', '80g', 60),
        ('B2003', 'Breakfast Foods', 'Granola & Cereals', 'SportsBar Granola Crunch Honey Almond', '400g', 190), ('B2004', 'Healthy Snacks', 'Healthy Snacks', 'SportsBar Oats Cookie Bites ChocoChip', '110g', 80)
    ) as list(product_code, division, category, product, variant, price)
),
customers as (
    select *, row_number() over () as c from (values
        ('700001', 'Atlikon Essentials', 'E-Commerce', 'Direct'), ('700002', 'Atlikon Official', 'Brick & Mortar', 'Direct'), ('700003', 'Atlikon Superstore', 'Brick & Mortar', 'Retailer'),
        ('700004', 'SportsHub', 'E-Commerce', 'Retailer'), ('700005', 'FitnessWorld', 'Brick & Mortar', 'Retailer'), ('700006', 'SportsMart', 'E-Commerce', 'Retailer'),
        ('700007', 'Prime Sports', 'Brick & Mortar', 'Retailer'), ('700008', 'Winning Gear', 'Brick & Mortar', 'Direct'), ('700009', 'Unknown', 'E-Commerce', 'Retailer'),
        ('700010', 'Fitness Mania', 'E-Commerce', 'Direct'), ('700011', 'PowerPlay Sports', 'Brick & Mortar', 'Retailer'), ('700012', 'Active Gear', 'Brick & Mortar', 'Retailer'),
        ('800001', 'EliteAthlete Nutrition-Hyderabad', 'Sports Bar', 'Acquisition'), ('800002', 'StaminaX Store-New Delhi', 'Sports Bar', 'Acquisition'),
        ('800003', 'Endurance Foods-Bengaluru', 'Sports Bar', 'Acquisition'), ('800004', 'FitFuel Market-Bengaluru', 'Sports Bar', 'Acquisition')
    ) as list(customer_code, customer, platform, channel)
),
months as (select cast(m as date) as date from generate_series(date '2024-01-01', date '2025-11-01', interval 1 month) as series(m)),
sold as (
    select
        date, products.*, customers.*,
        cast((1000 + hash(date, p, c) % 9000) * (1 + month(date) / 12.0) * case date when date '2024-03-01' then 0.1 when date '2025-11-01' then 4 else 1 end * (1 + c / 7.0) * (1 + p / 9.0) as bigint) as sold_quantity
    from months, products, customers
    where (platform = 'Sports Bar') = (product_code like 'B%')
        and (platform <> 'Sports Bar' or date >= date '2025-07-01')
        and hash(p, c) % 5 > 0
        and (customer <> 'Active Gear' or date < date '2025-10-01')
        and (customer <> 'PowerPlay Sports' or date >= date '2024-09-01')
        and (customer <> 'Winning Gear' or date <> date '2024-12-01')
        and (product_code <> 'A1022' or year(date) = 2024)
        and (division <> 'Archery' or customer <> 'FitnessWorld')
)
select
    date, product_code, customer_code, year(date) * 100 + month(date) as date_key, cast(year(date) as integer) as year, monthname(date) as month_name, substr(monthname(date), 1, 3) as month_short_name,
    'Q' || quarter(date) as quarter, year(date) || '-Q' || quarter(date) as year_quarter, customer, 'India' as market, platform, channel, division, category, product, variant, sold_quantity,
    cast(price * (1 + (year(date) - 2024) / 10.0) as decimal(18, 2)) as price_inr,
    cast(sold_quantity as decimal(19, 0)) * cast(price * (1 + (year(date) - 2024) / 10.0) as decimal(18, 2)) as total_amount_inr
from sold;
create table ops.freshness as select '20251201T000000000Z-000001' as run_id, timestamp '2025-12-01 06:00:00' as refreshed_at;
