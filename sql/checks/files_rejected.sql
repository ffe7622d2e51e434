-- Files of the lake that could not be read as their table at all. Nothing of them is in the warehouse: ask the sender
-- for a good one, which replaces it.
--
-- severity: warn

select
    table_name,
    file_name,
    reason
from ops.files
where state = 'rejected'
