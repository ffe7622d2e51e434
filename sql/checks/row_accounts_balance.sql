-- Files whose rows are not all accounted for. When it fails rows were lost or counted twice: nothing is published.
--
-- severity: error

select *
from ops.row_accounts
where rows_read <> rows_loaded + rows_duplicate + rows_superseded + rows_quarantined
