-- Text that is known to be a number becomes one; what does not fit is null, or rounded half up.
select
    case when regexp_full_match(t, '[+-]?[0-9]{1,16}([.][0-9]+)?') then try_cast(t as decimal(18, 2)) end as price,
    cast(case when regexp_full_match(t, '20[0-9]{2}|2100') then t end as integer) as year,
    cast(nullif(regexp_extract(t, '^0*([0-9]{1,13})([.]0+)?$', 1), '') as bigint) as quantity
from (
    values ('12.345'), ('12.344'), ('-12.345'), ('+0.005'), ('9999999999999999'), ('2025'), ('1999'), ('156.0'), ('0001'), ('9999999999999'), ('99999999999999'),
    ('x'), (''), (null)
) as v (t);

-- A fraction is rounded when it becomes a whole number, and text too.
select
    cast(d as integer) as whole,
    cast(d as bigint) as large,
    cast(t as integer) as of_text,
    cast(n as bigint) as of_integer,
    cast(n as integer) as of_integer_small,
    cast(n as varchar) as as_text,
    cast(sum(n) over (partition by n) as bigint) as total
from (values (1.50, '12', 1), (2.50, '-7', 2), (-0.50, '0', 3), (0.49, ' 5 ', null), (null, null, null)) as v (d, t, n);

-- Arithmetic.
select
    abs(d) as absolute,
    abs(n) as absolute_integer,
    d < 0 as is_negative,
    d = 0 as is_zero,
    d <= 0 as is_not_positive,
    coalesce(d = 0, true) as is_missing,
    coalesce(d <= 0, true) as is_invalid,
    n * 100 + m as joined,
    n - m as difference,
    cast(n as decimal(19, 0)) * d as amount
from (
    values (cast(-1.25 as decimal(18, 2)), 2, 3), (cast(0 as decimal(18, 2)), -7, 1), (null, null, 1), (cast(12345678.99 as decimal(18, 2)), 1000000000000, 5)
) as v (d, n, m);

-- A sum keeps all its digits.
select cast(sum(n) as bigint) as total
from (values (1000000000000), (999999999999), (null)) as v (n);

select abs(n - m) > 7 as is_far
from (values (1, 9), (9, 1), (1, 2), (null, 1)) as v (n, m);
