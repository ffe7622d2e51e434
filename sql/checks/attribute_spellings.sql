-- Markets, platforms, channels, divisions and categories that differ from another one in case, blanks or hyphens only. A
-- report by them shows one group as two: ask the sender which spelling counts.
--
-- severity: warn

with attributes as (
    select distinct
        'market' as attribute,
        market as spelling
    from gold.dim_customers
    union all
    select distinct
        'platform' as attribute,
        platform as spelling
    from gold.dim_customers
    union all
    select distinct
        'channel' as attribute,
        channel as spelling
    from gold.dim_customers
    union all
    select distinct
        'division' as attribute,
        division as spelling
    from gold.dim_products
    union all
    select distinct
        'category' as attribute,
        category as spelling
    from gold.dim_products
)

select
    attribute,
    spelling
from attributes
where spelling is not null
qualify count(*) over (partition by attribute, lower(replace(replace(spelling, ' ', ''), '-', ''))) > 1
