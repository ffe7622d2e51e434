-- The kinds of joins; null equals nothing, unless it is asked for.
with a as (
    select * from (values (1, 'x'), (2, null), (3, 'z'), (null, 'n')) as t (id, name)
),

b as (
    select * from (values (1, 'X'), (2, null), (2, 'y'), (null, 'N'), (5, 'v')) as t (id, name)
)

select 'inner' as kind, a.id, a.name, b.name as other from a inner join b on a.id = b.id
union all
select 'left' as kind, a.id, a.name, b.name as other from a left join b on a.id = b.id and a.name is not distinct from b.name
union all
select 'full' as kind, coalesce(a.id, b.id) as id, a.name, b.name as other from a full outer join b on a.id = b.id
union all
select 'cross' as kind, a.id, a.name, b.name as other from a cross join b;

-- Comparison with null, which equals null where it is asked for.
select
    a,
    b,
    a = b as equal,
    a <> b as different,
    a is distinct from b as is_distinct,
    a is not distinct from b as is_same,
    coalesce(a, b, 'none') as first_of,
    nullif(a, b) as unless
from (values ('x', 'x'), ('x', 'y'), ('x', null), (null, 'y'), (null, null)) as t (a, b);

-- Comparison of numbers and days.
select
    n,
    m,
    n = m as equal,
    n <> m as different,
    n < m as less,
    n <= m as at_most,
    n > m as more,
    n >= m as at_least,
    n is distinct from m as is_distinct,
    n is not distinct from m as is_same,
    coalesce(n not between 1 and 1000000000000, true) as outside,
    n between 2 and 3 as inside,
    coalesce(n, m, 0) as first_of,
    day = other as same_day,
    day is distinct from other as is_other_day,
    day is not distinct from other as is_same_day,
    coalesce(day, other) as first_day
from (
    values (1, 1, date '2025-07-05', date '2025-07-05'), (1, 2, date '2025-07-05', null), (4, 3, null, null),
    (null, 1, null, date '2024-02-29'), (1000000000001, null, date '2025-01-01', date '2024-12-31')
) as t (n, m, day, other);

-- True, false and unknown.
select
    p,
    q,
    p and q as both_of,
    p or q as one_of,
    not p as neither,
    coalesce(p, true) as or_true,
    coalesce(not p, false) as not_p,
    case when p then 'p' when q then 'q' else 'none' end as which,
    case when p then 'p' end as only_p
from (values (true, true), (true, false), (true, null), (false, true), (false, false), (false, null), (null, true), (null, null)) as t (p, q);

-- A list of values.
select
    a,
    a in ('x', 'y') as listed,
    coalesce(a not in ('x', 'y'), true) as unlisted
from (values ('x'), ('z'), (null)) as t (a);
