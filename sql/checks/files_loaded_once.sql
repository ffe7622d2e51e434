-- Files of which more than one version counts. When it fails their rows would be counted twice: nothing is published.
--
-- severity: error

select
    table_name,
    file_name,
    count(*) as row_count
from ops.files
where state <> 'replaced'
group by table_name, file_name
having count(*) > 1
