-- +goose Up
-- The file tells with which SQL it was made, so that lineage and catalog need no tree beside it.
alter table ops.sql_files add column sql varchar;

comment on column ops.sql_files.sql is 'the file itself, as it was run';

-- +goose Down
alter table ops.sql_files drop column sql;
