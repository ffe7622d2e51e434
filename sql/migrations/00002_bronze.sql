-- +goose Up
-- Bronze holds what was delivered, all text; its rows enter by file (sql/bronze), replaced when a file is delivered anew.
create table bronze.customers (
    customer_id varchar,
    customer_name varchar,
    city varchar,
    read_timestamp timestamp not null,
    file_name varchar not null,
    file_size bigint not null,
    line bigint not null
);

create table bronze.products (
    product_name varchar,
    product_id varchar,
    category varchar,
    read_timestamp timestamp not null,
    file_name varchar not null,
    file_size bigint not null,
    line bigint not null
);

create table bronze.gross_price (
    product_id varchar,
    month varchar,
    gross_price varchar,
    read_timestamp timestamp not null,
    file_name varchar not null,
    file_size bigint not null,
    line bigint not null
);

create table bronze.orders (
    order_id varchar,
    order_placement_date varchar,
    customer_id varchar,
    product_id varchar,
    order_qty varchar,
    read_timestamp timestamp not null,
    file_name varchar not null,
    file_size bigint not null,
    line bigint not null
);

create table bronze.parent_dim_customers (
    customer_code varchar,
    customer varchar,
    market varchar,
    platform varchar,
    channel varchar,
    read_timestamp timestamp not null,
    file_name varchar not null,
    file_size bigint not null,
    line bigint not null
);

create table bronze.parent_dim_products (
    product_code varchar,
    division varchar,
    category varchar,
    product varchar,
    variant varchar,
    read_timestamp timestamp not null,
    file_name varchar not null,
    file_size bigint not null,
    line bigint not null
);

create table bronze.parent_dim_gross_price (
    product_code varchar,
    price_inr varchar,
    year varchar,
    read_timestamp timestamp not null,
    file_name varchar not null,
    file_size bigint not null,
    line bigint not null
);

create table bronze.parent_fact_orders (
    date varchar,
    product_code varchar,
    customer_code varchar,
    sold_quantity varchar,
    read_timestamp timestamp not null,
    file_name varchar not null,
    file_size bigint not null,
    line bigint not null
);

-- +goose Down
drop table bronze.customers;
drop table bronze.products;
drop table bronze.gross_price;
drop table bronze.orders;
drop table bronze.parent_dim_customers;
drop table bronze.parent_dim_products;
drop table bronze.parent_dim_gross_price;
drop table bronze.parent_fact_orders;
