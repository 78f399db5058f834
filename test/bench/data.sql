-- A shop's orders to measure on: psql variables customers and orders.
--
-- Orders come in the order of time, their customers in no order at all: few buy
-- often, many seldom.  Everything is a hash of the order's number.
\set ON_ERROR_STOP on
SET timezone = 'Europe/Paris';
CREATE SCHEMA bench;

CREATE TABLE bench.customers AS
SELECT id, (ARRAY['north', 'south', 'east', 'west'])[1 + (hashint8extended(id, 7) & 3)] AS region
FROM generate_series(1::bigint, :customers) AS id;

CREATE TABLE bench.orders AS
SELECT id,
       -- the odd multiplier scatters the frequent buyers over the keys
       1 + (floor(:customers * ((h & 16777215) / 16777216.0::float8) ^ 1.5)::bigint * 7368787) % :customers AS customer_id,
       timestamptz '2023-11-01' + ((id - 0.5)::float8 / :orders) * interval '1095 days' AS ordered_at,
       (ARRAY['web', 'web', 'app', 'store'])[1 + ((h >> 24) & 3)] AS channel,
       (500 + ((h >> 32) & 16383))::numeric(12,0) / 100 AS total
FROM (SELECT id, hashint8extended(id, 1) AS h FROM generate_series(1::bigint, :orders) AS id) AS hashed;

ALTER TABLE bench.orders ALTER total TYPE numeric(12,2);
ALTER TABLE bench.customers ADD PRIMARY KEY (id);
ALTER TABLE bench.orders ADD PRIMARY KEY (id);
CREATE INDEX ON bench.orders (customer_id);
VACUUM ANALYZE bench.customers;
VACUUM ANALYZE bench.orders;
CHECKPOINT;
