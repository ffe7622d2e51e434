-- Blanks: only those that are named, at both ends.
select
    trim(t, e' \t\r\n') as trimmed,
    nullif(trim(t, e' \t\r\n'), '') as given
from (values ('  a b '), (e'\t\r\n x \n'), ('   '), (''), (null), (' no-break '), (' em')) as v (t);

-- Pieces of a text are counted in characters; a place beyond the end gives the empty text.
select
    substr(t, 1, 1) as first_letter,
    substr(t, 2) as rest,
    substr(t, 1, 3) as three
from (values ('abcdef'), ('é'), ('😀x'), (''), (null)) as v (t);

-- Text put together; null makes null. Numbers are written as such.
select
    a || '-' || b as joined,
    'SB' || a as code,
    'Q' || n as numbered,
    n || '-' || a as number_first,
    cast(n as varchar) || '-Q' as cast_first,
    replace(a, 'x', 'yy') as replaced,
    lower(a) as small
from (values ('x', 'y', 1), ('X x', null, 2), (null, 'y', null), ('', '$1', -3)) as v (a, b, n);

-- The first letter of each word.
select
    array_to_string(list_transform(string_split(t, ' '), lambda word: upper(substr(word, 1, 1)) || substr(word, 2)), ' ') as capital,
    array_to_string(list_transform(string_split(t, ' '), lambda word: upper(substr(word, 1, 1)) || lower(substr(word, 2))), ' ') as title
from (values ('energy bars'), ('ENERGY  BARS '), (' a.b c'), ('élan vital'), ('granola & cereals'), ('żółw ąę'), ('ßa ǆb'), (''), (null)) as v (t);
