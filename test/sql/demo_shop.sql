\set ECHO none
-- The generated shop: what its tables promise, for a small one.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(16);

\set customers 600
\i demo/shop.sql
\unset ON_ERROR_STOP

SELECT is((SELECT count(*) FROM shop.customers), 600::bigint, 'as many customers as asked for');
SELECT is_empty($$SELECT id FROM shop.orders AS o
                  WHERE total IS DISTINCT FROM (SELECT sum(quantity * unit_price) FROM shop.order_items WHERE order_id = o.id)$$,
                'an order''s total is the sum of its items');
SELECT is_empty($$SELECT id FROM shop.orders WHERE (total < 0) IS DISTINCT FROM (status = 'returned')$$,
                'returns, and only they, are negative');
SELECT isnt_empty($$SELECT id FROM shop.orders WHERE status = 'returned'$$, 'some orders come back');
SELECT isnt_empty($$SELECT id FROM shop.orders WHERE customer_id IS NULL$$, 'some buy as guests');
SELECT isnt_empty($$SELECT id FROM shop.orders WHERE customer_id > 600$$, 'some orders are of customers who are no more');
SELECT is_empty($$SELECT o.id FROM shop.orders AS o JOIN shop.customers AS c ON c.id = customer_id
                  WHERE ordered_at < signed_up_at$$, 'nobody buys before signing up');
SELECT is_empty($$SELECT c.id FROM shop.customers AS c
                  WHERE NOT EXISTS (SELECT FROM shop.orders WHERE customer_id = c.id AND total > 0)$$,
                'everybody has bought');
SELECT is((SELECT min(ordered_at) >= '2024-05-01' AND max(ordered_at) < '2026-11-01' FROM shop.orders), true,
          'orders are of the thirty months to the end of October 2026');
SELECT is((SELECT extract(month FROM ordered_at)::int FROM shop.orders
           WHERE ordered_at >= '2025-01-01' AND ordered_at < '2026-01-01' GROUP BY 1 ORDER BY count(*) DESC LIMIT 1),
          12, 'December is the busiest month');
SELECT is((SELECT count(*) FROM shop.orders WHERE ordered_at < '2025-05-01')
          < (SELECT count(*) FROM shop.orders WHERE ordered_at >= '2025-11-01'), true, 'the shop grows');
SELECT is((SELECT max(score) <= 10 AND min(score) >= 0 FROM shop.surveys), true, 'surveys score from 0 to 10');
SELECT is_empty($$SELECT k.id FROM shop.campaign_contacts AS k JOIN shop.customers AS c ON c.id = customer_id WHERE NOT consent$$,
                'nobody is approached without consent');
SELECT is((SELECT count(*) FROM shop.campaigns), 30::bigint, 'one campaign a month');

CREATE TEMP TABLE first_shop AS
SELECT md5(string_agg(o::text, ',' ORDER BY id)) AS orders FROM shop.orders AS o;
\i demo/shop.sql
\unset ON_ERROR_STOP
SELECT is((SELECT md5(string_agg(o::text, ',' ORDER BY id)) FROM shop.orders AS o), orders,
          'same seed, same shop') FROM first_shop;
\set seed 2
\i demo/shop.sql
\unset ON_ERROR_STOP
SELECT isnt((SELECT md5(string_agg(o::text, ',' ORDER BY id)) FROM shop.orders AS o), orders,
            'another seed, another shop') FROM first_shop;
DROP SCHEMA shop CASCADE;
SELECT * FROM finish();
