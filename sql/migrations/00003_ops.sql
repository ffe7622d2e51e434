-- +goose Up
-- Ops is the warehouse's memory of itself (law 1): what was read, what was set aside, what ran.
-- Schema ops exists already: goose keeps its own table there.
create table ops.files (
    source varchar not null,
    table_name varchar not null,
    uri varchar not null,
    file_name varchar not null,
    file_size bigint not null,
    last_modified timestamp not null,
    etag varchar not null,
    state varchar not null check (state in ('loaded', 'replaced', 'rejected', 'withdrawn')),
    rows_read bigint not null,
    run_id varchar not null,
    loaded_at timestamp not null,
    reason varchar
);

comment on table ops.files is 'The ledger: one row is one version of a delivered file; at most one version of a file is loaded, rejected or withdrawn, the others are replaced';
comment on column ops.files.source is 'parent or child';
comment on column ops.files.table_name is 'bronze table the file belongs to';
comment on column ops.files.uri is 'where the file lay when it was read';
comment on column ops.files.file_name is 'identity of the file: base name of an order file, else path within the lake';
comment on column ops.files.file_size is 'size in bytes';
comment on column ops.files.last_modified is 'last modified, UTC';
comment on column ops.files.etag is 'version tag of the store, says whether to look again';
comment on column ops.files.state is 'loaded, replaced by a newer version, rejected whole, or withdrawn by hand';
comment on column ops.files.rows_read is 'records read, refused ones included, the header not';
comment on column ops.files.run_id is 'run that read it';
comment on column ops.files.loaded_at is 'when it was read, UTC';
comment on column ops.files.reason is 'why it was rejected or withdrawn, or what was left out of it';

create table ops.quarantine (
    table_name varchar not null,
    file_name varchar not null,
    line bigint not null,
    reason varchar not null,
    row json,
    run_id varchar not null,
    quarantined_at timestamp not null,
    month date,
    lookup_value varchar
);

comment on table ops.quarantine is 'One row is one delivered row that did not pass; it is judged again in each refresh that touches its month';
comment on column ops.quarantine.table_name is 'bronze table of the row';
comment on column ops.quarantine.file_name is 'file of the row';
comment on column ops.quarantine.line is 'number of the record in its file, the header being 1';
comment on column ops.quarantine.reason is 'the first reason that applies, in the order of the business rules';
comment on column ops.quarantine.row is 'the row as delivered; for malformed_line its raw text';
comment on column ops.quarantine.run_id is 'run that set it aside';
comment on column ops.quarantine.quarantined_at is 'when, UTC';
comment on column ops.quarantine.month is 'month the row would count in, null where no date can be read or the table has none';
comment on column ops.quarantine.lookup_value is 'what the row was looked up by (its product code), so that a late master row finds it again';

create table ops.outcomes (
    table_name varchar not null,
    file_name varchar not null,
    month date,
    rows_loaded bigint not null,
    rows_duplicate bigint not null,
    rows_superseded bigint not null
);

comment on table ops.outcomes is 'What became of the rows that were not quarantined, by file and month: one row is one file and month. Summed up in ops.row_accounts; says also which files to read when a month is judged anew';
comment on column ops.outcomes.table_name is 'bronze table of the rows';
comment on column ops.outcomes.file_name is 'file of the rows';
comment on column ops.outcomes.month is 'first day of the month the rows count in, null where the table has no months';
comment on column ops.outcomes.rows_loaded is 'rows in silver';
comment on column ops.outcomes.rows_duplicate is 'rows left out because the same row is loaded already';
comment on column ops.outcomes.rows_superseded is 'rows left out because a newer file gives another value for their key';

create table ops.runs (
    run_id varchar not null primary key,
    job varchar not null,
    trigger varchar not null,
    started_by varchar not null,
    parameters json not null,
    version varchar not null,
    state varchar not null,
    started_at timestamp not null,
    finished_at timestamp,
    files_loaded bigint not null,
    rows_read bigint not null,
    rows_quarantined bigint not null,
    error_code varchar,
    error varchar
);

comment on table ops.runs is 'The published runs: one row is one run whose result became the warehouse. Runs that failed or found nothing new are in the journal beside the file';
comment on column ops.runs.run_id is 'UTC start and a random part; names the release folder too';
comment on column ops.runs.job is 'name of the job';
comment on column ops.runs.trigger is 'what started it: the command';
comment on column ops.runs.started_by is 'user and host';
comment on column ops.runs.parameters is 'lake, flags and what was taken from the environment; never a secret';
comment on column ops.runs.version is 'version of the program';
comment on column ops.runs.state is 'succeeded: all checks of severity error held';
comment on column ops.runs.started_at is 'UTC';
comment on column ops.runs.finished_at is 'UTC, just before publishing';
comment on column ops.runs.files_loaded is 'files read in this run';
comment on column ops.runs.rows_read is 'records read in this run, refused ones included';
comment on column ops.runs.rows_quarantined is 'rows in quarantine when it ended';
comment on column ops.runs.error_code is 'null for a published run';
comment on column ops.runs.error is 'null for a published run';

create table ops.run_tasks (
    run_id varchar not null,
    task varchar not null,
    state varchar not null,
    started_at timestamp,
    finished_at timestamp,
    rows_read bigint not null,
    rows_written bigint not null,
    error varchar
);

comment on table ops.run_tasks is 'The tasks of the published runs: one row is one task of one run';
comment on column ops.run_tasks.run_id is 'run';
comment on column ops.run_tasks.task is 'task of the job; publish_checks is the checking before publishing';
comment on column ops.run_tasks.state is 'succeeded, or up to date where the task had nothing to do';
comment on column ops.run_tasks.started_at is 'UTC, null where nothing was done';
comment on column ops.run_tasks.finished_at is 'UTC, null where nothing was done';
comment on column ops.run_tasks.rows_read is 'records read from the lake';
comment on column ops.run_tasks.rows_written is 'rows written to the tables of the task';
comment on column ops.run_tasks.error is 'null for a published run';

create table ops.check_results (
    run_id varchar not null,
    check_name varchar not null,
    severity varchar not null,
    state varchar not null,
    failing_rows bigint not null
);

comment on table ops.check_results is 'The checks of the published runs: one row is one check of one run';
comment on column ops.check_results.run_id is 'run';
comment on column ops.check_results.check_name is 'file name in sql/checks';
comment on column ops.check_results.severity is 'error stops the publishing, warn does not';
comment on column ops.check_results.state is 'held or failed';
comment on column ops.check_results.failing_rows is 'rows the check returned';

create table ops.sql_files (
    path varchar not null primary key,
    sha256 varchar not null
);

comment on table ops.sql_files is 'The SQL this file was made with: one row is one model of the SQL tree';
comment on column ops.sql_files.path is 'path in the SQL tree';
comment on column ops.sql_files.sha256 is 'hash of the file, with the correction file it reads';

-- +goose Down
drop table ops.sql_files;
drop table ops.check_results;
drop table ops.run_tasks;
drop table ops.runs;
drop table ops.outcomes;
drop table ops.quarantine;
drop table ops.files;
