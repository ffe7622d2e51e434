-- Rows that are in quarantine more than once. When it fails the accounts would hide a row that was lost: nothing is published.
--
-- severity: error

select
    table_name,
    file_name,
    line,
    count(*) as row_count
from ops.quarantine
group by table_name, file_name, line
having count(*) > 1
