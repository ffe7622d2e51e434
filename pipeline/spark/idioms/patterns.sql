-- Some of the texts here hold characters that cannot be seen: line ends that are not \n (U+0085, U+2028), and a wide blank.

-- The whole text matches.
select
    regexp_full_match(t, '[0-9]+') as digits,
    regexp_full_match(t, '[+-]?[0-9]{1,16}([.][0-9]+)?') as price,
    regexp_full_match(t, '20[0-9]{2}|2100') as year,
    regexp_full_match(t, '[A-Za-z]+ [0-9]{2}, [0-9]{4}') as day,
    coalesce(not regexp_full_match(t, '[0-9]+'), true) as no_digits
from (
    values ('123'), ('12.50'), ('+1.5'), ('-.5'), ('2025'), ('2100'), ('2101'), ('July 05, 2025'), (' 1'), (e'1\n'), ('1 '), (''), (null), ('１２'), ('1a')
) as v (t);

-- The first group of the first match; the empty text where nothing matches. $ is the very end.
select
    regexp_extract(t, 'orders_([0-9]{4}_[0-9]{2}_[0-9]{2})', 1) as day,
    regexp_extract(t, '^0*([0-9]{1,13})([.]0+)?$', 1) as quantity,
    nullif(regexp_extract(t, '^0*([0-9]{1,13})([.]0+)?$', 1), '') as quantity_given,
    nullif(trim(regexp_extract(t, '^.*\(([^()]*)\)', 1, 's'), e' \t\r\n'), '') as variant,
    regexp_extract(t, '^.*\(([^()]*)\)', 1) as variant_of_line
from (
    values ('orders_2025_07_05.csv'), ('x orders_2025_07_05 orders_2026_07_05'), ('156.0'), ('000156.000'), (e'156\n'), ('156'), ('1.5'),
    ('00'), ('Bar (60g)'), ('Bar (a) (b) x'), (e'Bar\n(60g)'), (e'Bar (6\n0g)'), (e'a\r(b)'), ('()'), (''), (null)
) as v (t);

-- Replacement: of all matches, of one at the beginning, with groups, whatever the case.
select
    regexp_replace(t, 'protien', 'Protein', 'gi') as protein,
    regexp_replace(t, '^(mon|tues|wednes|thurs|fri|satur|sun)day,\s*', '', 'gi') as day,
    regexp_replace(t, '^(.*)\([^()]*\)', '\1', 's') as name
from (
    values ('PROTIEN protien'), ('Saturday, July 05, 2025'), ('SUNDAY,  July 06, 2025'), (e'sunday,\t\n x'), ('monday,x'), ('tueſday, x'),
    ('Monday, Monday, x'), ('Bar (a) (b) x'), (e'Bar\n(60g) $1'), ('a (b'), (''), (null)
) as v (t);

-- A day within a text of another kind matches nothing.
select
    t,
    case when regexp_full_match(t, '[0-9]+') then t else '999999' end as code
from (values ('1'), ('x1'), (null)) as v (t);
