-- +goose Up
create schema if not exists bronze;
create schema if not exists silver;
create schema if not exists gold;

-- +goose Down
drop schema gold cascade;
drop schema silver cascade;
drop schema bronze cascade;
