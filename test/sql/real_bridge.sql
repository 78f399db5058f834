\set ECHO none
-- CDNOW's second quarter of 1998 in money, and the published chain of Pfeifer & Carraway, against the reference.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(9);
\set shared ''
\getenv shared SEGMENT_SHARED
SELECT :'shared' <> '' AS present \gset
\if :present

DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
CREATE SCHEMA bridged;
CREATE TABLE bridged.purchases (customer_id int, day date, cds int, dollar_value numeric(8, 2));
\copy bridged.purchases from program 'zcat "$SEGMENT_SHARED/data/cdnow_master.csv.gz"' with (format csv, header)
CREATE TABLE bridged.customers AS SELECT DISTINCT customer_id AS id FROM bridged.purchases;
CREATE TABLE bridged.line (line text);
\copy bridged.line from program 'tr -d "\n" < "$SEGMENT_SHARED/reference/scorecard.json"' with (format csv, delimiter e'\x01', quote e'\x02')
CREATE FUNCTION bridged.reference(VARIADIC path text[]) RETURNS float8 LANGUAGE sql AS $$SELECT (line::jsonb #>> path)::float8 FROM bridged.line$$;
CREATE FUNCTION bridged.close(a float8, b float8) RETURNS boolean LANGUAGE sql AS $$SELECT abs(a - b) <= 1e-9 * greatest(abs(b), 1)$$;
SELECT segment.create_population('customer', 'bridged.customers', key => 'id', timezone => 'UTC'),
       segment.create_source('orders', 'bridged.purchases', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "dollar_value"}') \g /dev/null
CALL segment.refresh('customer', as_of => '1998-03-31');
SELECT segment.create_rfm_scheme('value', objective => 'See what moves are worth') \g /dev/null
SELECT segment.activate('value', backfill => false) \g /dev/null
SET segment.catch_up_days = 0;
CALL segment.refresh('customer', as_of => '1998-06-30');
ANALYZE;
CREATE TABLE bridged.bridge AS SELECT * FROM segment.value_bridge('value', '1998-03-31', within => '3 months');

SELECT ok(bridged.close(sum(value_before), bridged.reference('migration', 'v0')) AND bridged.close(sum(closing_value), bridged.reference('migration', 'v1')), 'the two quarters') FROM bridged.bridge;
SELECT ok(bridged.close(sum(migration), bridged.reference('decomposition', 'midpoint', 'migration')) AND bridged.close(sum(within_segment), bridged.reference('decomposition', 'midpoint', 'within')),
          'midpoint: migration and within') FROM bridged.bridge;
SELECT ok(bridged.close(sum(volume), bridged.reference('decomposition', 'volume_mix_rate', 'volume')) AND bridged.close(sum(mix), bridged.reference('decomposition', 'volume_mix_rate', 'mix'))
          AND bridged.close(sum(rate), bridged.reference('decomposition', 'volume_mix_rate', 'rate')), 'volume, mix and rate') FROM bridged.bridge;
SELECT ok(bridged.close(sum(upgrade), bridged.reference('decomposition', 'customer_level', 'upgrade')) AND bridged.close(sum(downgrade), bridged.reference('decomposition', 'customer_level', 'downgrade')),
          'upgrades and downgrades') FROM bridged.bridge;
SELECT is_empty('SELECT * FROM bridged.bridge WHERE value_before - lapsed - contraction + expansion + acquired + other <> value_after OR value_before + migration + within_segment + landed - removed <> closing_value
    OR value_before + volume + mix + rate <> closing_value', 'to the last digit');
SELECT results_eq('SELECT sum(lapsed), sum(contraction), sum(expansion), sum(value_after) FROM bridged.bridge',
    $$SELECT sum(before) FILTER (WHERE after = 0), sum(before - after) FILTER (WHERE after > 0 AND after < before), sum(after - before) FILTER (WHERE after > before), sum(after) FROM
      (SELECT coalesce(sum(dollar_value) FILTER (WHERE day < '1998-04-01'), 0) AS before, coalesce(sum(dollar_value) FILTER (WHERE day >= '1998-04-01'), 0) AS after
         FROM bridged.purchases WHERE day BETWEEN '1998-01-01' AND '1998-06-30' GROUP BY customer_id) c$$, 'lapsed, less and more, from the tables');
SELECT results_eq('SELECT sum(customers)::bigint, sum(more)::bigint, sum(less)::bigint, sum(expansion) FROM segment.spend_shift(''value'', ''1998-03-31'', within => ''3 months'')',
    $$SELECT count(*), count(*) FILTER (WHERE after > before), count(*) FILTER (WHERE after < before), sum(greatest(after - before, 0)) FROM segment_data.value_history b JOIN segment_data.value_history e USING (customer_id, segment)
        JOIN (SELECT customer_id, coalesce(sum(dollar_value) FILTER (WHERE day BETWEEN '1998-01-01' AND '1998-03-31'), 0) AS before, coalesce(sum(dollar_value) FILTER (WHERE day BETWEEN '1998-04-01' AND '1998-06-30'), 0) AS after
                FROM bridged.purchases GROUP BY 1) v USING (customer_id)
       WHERE b.valid @> '1998-03-31'::date AND e.valid @> '1998-06-30'::date$$, 'more and less without a move');

CREATE TABLE bridged.chain AS SELECT (SELECT array_agg(ARRAY(SELECT x::float8 FROM jsonb_array_elements_text(r) x)) FROM jsonb_array_elements(line::jsonb #> '{pfeifer_carraway,P}') r) AS p,
    ARRAY(SELECT x::float8 FROM jsonb_array_elements_text(line::jsonb #> '{pfeifer_carraway,R}') x) AS r FROM bridged.line;
SELECT is_empty($$SELECT * FROM bridged.line, bridged.chain, unnest(segment.markov_value(p, r, bridged.reference('pfeifer_carraway', 'd'))) WITH ORDINALITY v(v, n)
    WHERE NOT bridged.close(v, (line::jsonb #>> ARRAY['pfeifer_carraway', 'V_inf', (n - 1)::text])::float8)$$, 'the value of a customer by recency');
SELECT is_empty($$SELECT * FROM bridged.line, bridged.chain, unnest(segment.markov_value(p, r, bridged.reference('pfeifer_carraway', 'd'), 4)) WITH ORDINALITY v(v, n)
    WHERE NOT bridged.close(v, (line::jsonb #>> ARRAY['pfeifer_carraway', 'V_T4', (n - 1)::text])::float8)$$, 'and in four periods');

DROP SCHEMA bridged CASCADE;
DROP EXTENSION segment;
CREATE EXTENSION segment;
\else
SELECT skip('no ../shared/data', 9);
\endif
SELECT * FROM finish();
