-- What a query is made of: CTEs, stars, aliases, sub-queries, distinct rows, unions, groups.
with sales as (
    select * from (values ('a', 1, true), ('b', 2, false), ('b', 3, null), (null, 4, true)) as t (code, pieces, is_new)
),

doubled as (
    select
        sales.*,
        pieces * 2 as twice,
        pieces + 1 as next
    from sales
    where pieces >= 1 and (code is not null or is_new) and not pieces = 9
),

codes as (
    select distinct code from doubled
)

select
    codes.code,
    doubled.pieces,
    doubled.twice - doubled.next as difference,
    (select max(inner_sales.pieces) from sales as inner_sales) as most,
    (
        select count(*) from sales as others
        where others.pieces = 1
    ) as ones,
    'x' as constant,
    cast(null as varchar) as nothing
from codes
left join doubled on codes.code = doubled.code
where doubled.pieces <> 7 or doubled.pieces is null;

-- Unions: with and without repetition; nulls are equal to each other.
with sales as (
    select * from (values ('a', 1), ('b', 2), ('b', 2), (null, null)) as t (code, pieces)
)

select code, pieces from sales
union all
select code, pieces from sales
union all
select 'z' as code, 0 as pieces
union all
select code, pieces from (select code, pieces from sales union select code, pieces from sales) as once;

-- Groups: nulls are a group, aggregates leave nulls out, a filter and a condition on the group.
with sales as (
    select * from (values ('a', 1, date '2025-07-05'), ('b', 2, date '2025-07-06'), ('b', null, null), (null, 4, null), (null, 4, null)) as t (code, pieces, day)
)

select
    code,
    count(*) as row_count,
    count(distinct pieces) as different,
    sum(pieces) as pieces,
    min(pieces) as least,
    max(pieces) as most,
    min(day) as first_day,
    max(day) as last_day
from sales
group by code
having count(*) >= 1 and count(*) > 0;

-- An aggregate over no row is one row.
with sales as (
    select * from (values (1, date '2025-07-05')) as t (pieces, day)
    where pieces > 1
)

select
    count(*) as row_count,
    sum(pieces) as pieces,
    min(year(day)) as first_year,
    max(year(day)) as last_year
from sales;

-- What is missing, of each kind.
select
    a is null as no_text,
    n is null as no_number,
    d is null as no_decimal,
    d is not null as a_decimal,
    day is null as no_day,
    stamp is not null as a_time
from (values ('x', 1, cast(1.50 as decimal(18, 2)), date '2025-07-05', timestamp '2025-07-05 10:00:00'), (null, null, null, null, null)) as v (a, n, d, day, stamp);
