-- A generated shop: customers who buy at rates of their own and drop out,
-- orders with items, returns, tickets, surveys and campaigns.
--
--   psql -v customers=20000 -v months=30 -v as_of=2026-10-31 -v seed=1 -f demo/shop.sql
--
-- Same variables, same shop: every random number is a hash of (seed, id, use).
-- The model is that of the literature (Fader, Hardie & Lee 2005): a customer
-- buys as a Poisson process whose rate is gamma distributed over customers, and
-- drops out after each purchase with a beta distributed probability.  Growth
-- and seasons bend the calendar: purchases are drawn on a clock that runs
-- faster in busy weeks.
\set ON_ERROR_STOP on
\if :{?customers} \else \set customers 20000 \endif
\if :{?months}    \else \set months 30          \endif
\if :{?as_of}     \else \set as_of 2026-10-31   \endif
\if :{?seed}      \else \set seed 1             \endif
SET client_min_messages = warning;
SET timezone = 'Europe/Paris';
SET synchronous_commit = off;
SET work_mem = '64MB';

BEGIN;
DROP SCHEMA IF EXISTS shop CASCADE;
CREATE SCHEMA shop;

-- A number in (0, 1) for the given use of the given id.
CREATE FUNCTION pg_temp.u(id bigint, use int) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ((hashint8extended(id, :seed * 1000003::bigint + use) & 4503599627370495) + 0.5) / 4503599627370496;

-- ---- the calendar: a clock that runs faster on busy days ----

CREATE TEMP TABLE calendar AS
SELECT row_number() OVER (ORDER BY day)::int AS day_no, day::date AS day,
       sum(pace) OVER (ORDER BY day) AS clock
FROM (SELECT day,
             (ARRAY[0.9, 0.8, 0.9, 0.95, 1.0, 1.0, 0.9, 0.8, 1.0, 1.0, 1.25, 1.75])[extract(month FROM day)::int]
             * (ARRAY[0.9, 0.9, 0.9, 1.0, 1.2, 1.3, 0.8])[extract(isodow FROM day)::int] AS pace
      FROM generate_series(:'as_of'::date - make_interval(months => :months) + interval '1 day',
                           :'as_of'::date, interval '1 day') AS day) AS paced;

-- The readings at the ends of days, to look a day up by.  A constant, because
-- an array from a table would be decompressed for every row.
SELECT max(clock) AS end_of_clock, array_agg(clock ORDER BY day_no) AS dial, min(day) AS first_day FROM calendar \gset

-- ---- customers ----

CREATE TABLE shop.customers (
    id bigint NOT NULL,
    email text NOT NULL,
    region text NOT NULL,
    acquired_through text NOT NULL,
    birth_year int,
    consent boolean NOT NULL,
    signed_up_at timestamptz NOT NULL
);
COMMENT ON TABLE shop.customers IS 'who may buy; consent is to direct marketing';

-- What the customers do not know of themselves: purchases per day of the clock,
-- purchases until they drop out, and when they came.
CREATE TEMP TABLE temper AS
SELECT id,
       -- gamma of shape 1/2 (half a squared normal) plus a little: many slow, few fast buyers
       0.002 + 0.024 * (-ln(pg_temp.u(id, 1)) * cos(2 * pi() * pg_temp.u(id, 2)) ^ 2) AS rate,
       -- geometric with p ~ beta(1, 5): p = 1 - (1 - u)^(1/5)
       1 + floor(ln(pg_temp.u(id, 3)) / (ln(pg_temp.u(id, 4)) / 5))::int AS purchases_in_life,
       -- more come every month than the month before
       :end_of_clock * ((id - pg_temp.u(id, 5)) / :customers) ^ 0.75 AS came,
       10 + 60 * pg_temp.u(id, 6) ^ 2 AS wealth,
       (ARRAY['web', 'web', 'web', 'app', 'app', 'store'])[1 + floor(6 * pg_temp.u(id, 7))::int] AS channel,
       1 + floor(8 * pg_temp.u(id, 8))::int AS category_no,
       pg_temp.u(id, 9) AS contentment
FROM generate_series(1::bigint, :customers) AS id;
ANALYZE temper;

INSERT INTO shop.customers
SELECT id,
       'customer' || id || '@example.com',
       (ARRAY['Paris', 'North', 'South', 'East', 'West'])[1 + floor(5 * pg_temp.u(id, 11) ^ 1.4)::int],
       (ARRAY['search', 'social', 'friend', 'advert', 'store'])[1 + floor(5 * pg_temp.u(id, 12) ^ 1.2)::int],
       CASE WHEN pg_temp.u(id, 13) < 0.85 THEN 1945 + floor(60 * (pg_temp.u(id, 14) + pg_temp.u(id, 15)) / 2)::int END,
       pg_temp.u(id, 16) < 0.62,
       (:'first_day'::date + width_bucket(came, :'dial'::float8[]))::timestamp + make_interval(secs => 25200 * pg_temp.u(id, 17))
FROM temper
ORDER BY id;

-- ---- purchases, guests' and strangers' among them ----

CREATE TEMP TABLE visit AS
SELECT customer, nth, clock_reading
FROM (SELECT t.id AS customer, nth,
             t.came + coalesce(sum(-ln(pg_temp.u(t.id * 1000 + nth, 21)) / t.rate)
                               FILTER (WHERE nth > 1) OVER (PARTITION BY t.id ORDER BY nth), 0) AS clock_reading
      FROM temper AS t,
           generate_series(1, least(t.purchases_in_life, 999,
                                    10 + (2 * t.rate * (:end_of_clock - t.came))::int)) AS nth) AS arrivals
WHERE clock_reading < :end_of_clock;

-- Three in a hundred sales have no customer, two in a thousand one that the
-- shop deleted years ago.
INSERT INTO visit
SELECT CASE WHEN pg_temp.u(n, 22) < 0.94 THEN NULL ELSE 10 * :customers + n END, 1, :end_of_clock * pg_temp.u(n, 23)
FROM generate_series(1, (SELECT count(*) * 0.032 FROM visit)::bigint) AS n;

CREATE TEMP TABLE sale AS
SELECT row_number() OVER (ORDER BY ordered_at, customer, nth, clock_reading) AS sale_no, sales.*
FROM (SELECT v.customer, v.nth, v.clock_reading, coalesce(t.wealth, 25) AS wealth, t.category_no, t.contentment,
             CASE WHEN t.channel IS NULL OR pg_temp.u(hashfloat8(v.clock_reading), 24) < 0.25
                  THEN (ARRAY['web', 'app', 'store'])[1 + floor(3 * pg_temp.u(hashfloat8(v.clock_reading), 25))::int]
                  ELSE t.channel END AS channel,
             (:'first_day'::date + width_bucket(v.clock_reading, :'dial'::float8[]))::timestamp
             + make_interval(secs => 28800 + floor(50400 * pg_temp.u(hashfloat8(v.clock_reading), 26))) AS ordered_at
      FROM visit AS v LEFT JOIN temper AS t ON t.id = v.customer) AS sales;

-- Seven in a hundred sales come back within three weeks, in whole or in part.
CREATE TEMP TABLE receipt AS
SELECT row_number() OVER (ORDER BY ordered_at, sale_no, is_return) AS id, r.*
FROM (SELECT sale_no, customer, wealth, category_no, contentment, channel, ordered_at, false AS is_return FROM sale
      UNION ALL
      SELECT sale_no, customer, wealth, category_no, contentment, channel,
             ordered_at + make_interval(secs => 86400 * (2 + 19 * pg_temp.u(sale_no, 32))::int), true
      FROM sale WHERE pg_temp.u(sale_no, 31) < 0.07) AS r
WHERE ordered_at < :'as_of'::date + 1;
ANALYZE receipt;

-- ---- products and items ----

CREATE TABLE shop.products (
    id int NOT NULL,
    name text NOT NULL,
    category text NOT NULL,
    price numeric(10,2) NOT NULL,
    cost numeric(12,4) NOT NULL
);
COMMENT ON TABLE shop.products IS 'the range: list price and what a piece costs the shop';

INSERT INTO shop.products
SELECT id, category || ' ' || id, category, price, round(price * (0.42 + 0.35 * pg_temp.u(id, 41))::numeric, 4)
FROM (SELECT id, (ARRAY['books', 'games', 'garden', 'home', 'kitchen', 'music', 'sport', 'toys'])[1 + id % 8] AS category,
             (floor(3 + 90 * pg_temp.u(id, 42) ^ 2.5) + 0.99)::numeric(10,2) AS price
      FROM generate_series(1, 240) AS id) AS range;

CREATE TABLE shop.order_items (
    id bigint NOT NULL,
    order_id bigint NOT NULL,
    product_id int NOT NULL,
    category text NOT NULL,
    quantity int NOT NULL,
    unit_price numeric(10,2) NOT NULL,
    unit_cost numeric(12,4) NOT NULL
);
COMMENT ON TABLE shop.order_items IS 'what was bought: a return has negative quantities; prices after discount';

-- Half of what a customer buys is of a favourite category; a return repeats
-- the first line of its sale and some of the others, with the opposite sign.
INSERT INTO shop.order_items
SELECT row_number() OVER (ORDER BY r.id, line), r.id, p.id, p.category,
       CASE WHEN r.is_return THEN -1 ELSE 1 END
       * (1 + floor(3 * pg_temp.u(r.sale_no * 16 + line, 51) ^ 3 * r.wealth / 40))::int,
       round(p.price * (1 - 0.1 * floor(4 * pg_temp.u(r.sale_no, 52) ^ 3))::numeric, 2), p.cost
FROM receipt AS r
CROSS JOIN LATERAL generate_series(1, 1 + floor(4 * pg_temp.u(r.sale_no, 53) ^ 2)::int) AS line
CROSS JOIN LATERAL (SELECT 1 + floor(30 * pg_temp.u(r.sale_no * 16 + line, 54) ^ 1.5)::int AS rank,
                           CASE WHEN r.category_no IS NULL OR pg_temp.u(r.sale_no * 16 + line, 55) < 0.5
                                THEN floor(8 * pg_temp.u(r.sale_no * 16 + line, 56))::int
                                ELSE r.category_no - 1 END AS category_no) AS choice
JOIN shop.products AS p ON p.id = choice.rank * 8 - choice.category_no
WHERE NOT r.is_return OR line = 1 OR pg_temp.u(r.sale_no * 16 + line, 57) < 0.5;

-- ---- orders ----

CREATE TABLE shop.orders (
    id bigint NOT NULL,
    customer_id bigint,
    ordered_at timestamptz NOT NULL,
    channel text NOT NULL,
    status text NOT NULL,
    total numeric(12,2) NOT NULL
);
COMMENT ON TABLE shop.orders IS 'sales and returns: total is the sum of the items, negative for a return; no customer for a guest';

INSERT INTO shop.orders
SELECT r.id, r.customer, r.ordered_at, r.channel, CASE WHEN r.is_return THEN 'returned' ELSE 'sold' END, i.total
FROM receipt AS r
JOIN (SELECT order_id, sum(quantity * unit_price) AS total FROM shop.order_items GROUP BY 1) AS i ON i.order_id = r.id
ORDER BY r.id;

-- ---- service, surveys ----

CREATE TABLE shop.tickets (
    id bigint NOT NULL,
    customer_id bigint NOT NULL,
    opened_at timestamptz NOT NULL,
    minutes int NOT NULL,
    cost numeric(10,2) NOT NULL
);
COMMENT ON TABLE shop.tickets IS 'calls to the service: minutes and what they cost the shop';

INSERT INTO shop.tickets
SELECT row_number() OVER (ORDER BY opened_at, sale_no), customer, opened_at, minutes, round(minutes * 0.85, 2)
FROM (SELECT sale_no, customer, ordered_at + make_interval(secs => 86400 * 12 * pg_temp.u(sale_no, 61)) AS opened_at,
             ceil(-9 * ln(pg_temp.u(sale_no, 62)))::int AS minutes
      FROM receipt
      WHERE customer <= :customers AND pg_temp.u(id, 63) < CASE WHEN is_return THEN 0.35 ELSE 0.09 - 0.07 * contentment END) AS calls
WHERE opened_at < :'as_of'::date + 1;

CREATE TABLE shop.surveys (
    id bigint NOT NULL,
    customer_id bigint NOT NULL,
    answered_at timestamptz NOT NULL,
    score int NOT NULL
);
COMMENT ON TABLE shop.surveys IS 'answers to "would you recommend us?", 0 to 10';

INSERT INTO shop.surveys
SELECT row_number() OVER (ORDER BY answered_at, sale_no), customer, answered_at, score
FROM (SELECT sale_no, customer, ordered_at + make_interval(secs => 86400 * (1 + 6 * pg_temp.u(sale_no, 71))) AS answered_at,
             greatest(0, least(10, round(5 + 5 * contentment + 3 * (pg_temp.u(sale_no, 72) - 0.5)
                                         - CASE WHEN is_return THEN 2.5 ELSE 0 END)))::int AS score
      FROM receipt WHERE customer <= :customers AND pg_temp.u(id, 73) < 0.11) AS answers
WHERE answered_at < :'as_of'::date + 1;

-- ---- campaigns ----

CREATE TABLE shop.campaigns (
    id int NOT NULL,
    name text NOT NULL,
    channel text NOT NULL,
    started_on date NOT NULL,
    spend numeric(12,2) NOT NULL
);
COMMENT ON TABLE shop.campaigns IS 'one a month: spend is what it cost to make, contacts come on top';

INSERT INTO shop.campaigns
SELECT n, to_char(month, 'YYYY-MM ') || channel, channel, month::date,
       round((400 + :customers * 0.02 * (0.5 + pg_temp.u(n, 81)))::numeric, 2)
FROM (SELECT n, date_trunc('month', :'as_of'::timestamp) - make_interval(months => :months - n) AS month,
             (ARRAY['email', 'post', 'phone'])[1 + n % 3] AS channel
      FROM generate_series(1, :months) AS n) AS months;

CREATE TABLE shop.campaign_contacts (
    id bigint NOT NULL,
    campaign_id int NOT NULL,
    customer_id bigint NOT NULL,
    contacted_at timestamptz NOT NULL,
    cost numeric(10,4) NOT NULL,
    responded boolean NOT NULL
);
COMMENT ON TABLE shop.campaign_contacts IS 'who was approached, with consent: cost of the contact, and whether it was answered';

INSERT INTO shop.campaign_contacts
SELECT row_number() OVER (ORDER BY contacted_at, customer_id), campaign_id, customer_id, contacted_at, cost,
       pg_temp.u(customer_id * 1000 + campaign_id, 84) < 0.02 + 3 * least(rate, 0.05)
FROM (SELECT k.id AS campaign_id, c.id AS customer_id, t.rate,
             k.started_on + make_interval(days => 3, secs => 36000 * (1 + pg_temp.u(c.id * 1000 + k.id, 83))) AS contacted_at,
             CASE k.channel WHEN 'email' THEN 0.0150 WHEN 'post' THEN 0.6200 ELSE 2.4000 END AS cost
      FROM shop.campaigns AS k
      JOIN shop.customers AS c ON c.consent AND pg_temp.u(c.id * 1000 + k.id, 82) < 0.12
      JOIN temper AS t ON t.id = c.id
      WHERE c.signed_up_at < k.started_on) AS contacts
WHERE contacted_at < :'as_of'::date + 1;

-- ---- keys and indexes, as a shop has them ----

ALTER TABLE shop.customers ADD PRIMARY KEY (id);
ALTER TABLE shop.products ADD PRIMARY KEY (id);
ALTER TABLE shop.orders ADD PRIMARY KEY (id);
ALTER TABLE shop.order_items ADD PRIMARY KEY (id);
ALTER TABLE shop.tickets ADD PRIMARY KEY (id);
ALTER TABLE shop.surveys ADD PRIMARY KEY (id);
ALTER TABLE shop.campaigns ADD PRIMARY KEY (id);
ALTER TABLE shop.campaign_contacts ADD PRIMARY KEY (id);

CREATE INDEX ON shop.orders (customer_id);
CREATE INDEX ON shop.orders (ordered_at);
CREATE INDEX ON shop.order_items (order_id);
CREATE INDEX ON shop.tickets (customer_id);
CREATE INDEX ON shop.surveys (customer_id);
CREATE INDEX ON shop.campaign_contacts (customer_id);

ALTER TABLE shop.order_items
    ADD FOREIGN KEY (order_id) REFERENCES shop.orders,
    ADD FOREIGN KEY (product_id) REFERENCES shop.products;
-- Old orders may be of customers who are no more: from now on they may not.
ALTER TABLE shop.orders ADD FOREIGN KEY (customer_id) REFERENCES shop.customers NOT VALID;
ALTER TABLE shop.tickets ADD FOREIGN KEY (customer_id) REFERENCES shop.customers;
ALTER TABLE shop.surveys ADD FOREIGN KEY (customer_id) REFERENCES shop.customers;
ALTER TABLE shop.campaign_contacts
    ADD FOREIGN KEY (customer_id) REFERENCES shop.customers,
    ADD FOREIGN KEY (campaign_id) REFERENCES shop.campaigns;

DROP TABLE calendar, temper, visit, sale, receipt;
DROP FUNCTION pg_temp.u(bigint, int);
COMMIT;
ANALYZE shop.customers, shop.products, shop.orders, shop.order_items, shop.tickets, shop.surveys,
        shop.campaigns, shop.campaign_contacts;
