\set ECHO none
-- Facts brought up to date by the customers that changed = facts computed from everyone, row by row.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;
CREATE SCHEMA delta;
SET search_path = delta, public;
SELECT plan(56);
-- Only a refresh may write results, so the install script has no such function.
CREATE FUNCTION follow(scheme text, keys anyarray, change text) RETURNS boolean AS '$libdir/segment', 'segment_follow_facts' LANGUAGE C STRICT;

-- A shop with keys of text, a source with a dimension and one without, events of nobody and of strangers.
SELECT setseed(0.5) \g /dev/null
CREATE TABLE customers AS SELECT 'c' || n AS id, '2023-11-01'::date + (random() * 140)::int AS joined, n % 20 = 0 AS vip FROM generate_series(1, 150) n;
CREATE TABLE orders AS
SELECT o AS id, CASE WHEN o % 60 = 0 THEN NULL ELSE 'c' || 1 + (random() * 155)::int END AS customer, '2023-11-10'::date + (random() * 160)::int AS day,
       (ARRAY['web', 'shop', NULL])[1 + (random() * 2)::int] AS channel, round((random() * 100 - 20)::numeric, 2) AS total FROM generate_series(1, 900) o;
CREATE TABLE visits AS SELECT 'c' || 1 + (random() * 155)::int AS customer, '2023-12-15'::date + (random() * 120)::int AS day, (random() * 9)::int AS minutes FROM generate_series(1, 300);
SELECT segment.create_population('shopper', 'customers', key => 'id', key_name => 'Shopper', timezone => 'UTC', since => 'joined', settle => '5 days'),
       segment.create_source('orders', 'orders', customer => 'customer', occurred_at => 'day', measures => '{"revenue": "total"}', dimension => 'channel'),
       segment.create_source('visits', 'visits', customer => 'customer', occurred_at => 'day', measures => '{"minutes": "minutes"}'),
       segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue', absent => 0),
       segment.create_feature('recent', aggregate => 'sum', source => 'orders', measure => 'revenue', within => '30 days', absent => 0),
       segment.create_feature('vip', attribute => 'vip'),
       segment.create_scheme('worth', objective => 'Keep the good ones', default_segment => 'Rest') \g /dev/null
SELECT segment.create_segment('worth', 'VIP', rule => 'vip'), segment.create_segment('worth', 'Old', rule => 'recent <= 0 AND revenue > 100'),
       segment.create_segment('worth', 'High', rule => 'revenue > 150'), segment.create_segment('worth', 'Warm', rule => 'recent > 20') \g /dev/null
CALL segment.refresh('shopper', as_of => '2024-03-04');
SELECT segment.activate('worth') \g /dev/null
SELECT segment.drop_segment('worth', 'Old'), segment.activate('worth') \g /dev/null
CALL segment.refresh('shopper', as_of => '2024-04-02');

CREATE VIEW present AS SELECT period_start, segment, source, dimension, measure, value, is_final FROM segment_data.worth_facts;
SELECT results_eq('SELECT period_start, bool_and(is_final) FROM present WHERE period_start >= $$2024-02-01$$ GROUP BY 1 ORDER BY 1',
                  $$VALUES ('2024-02-01'::date, true), ('2024-03-01', false), ('2024-04-01', false)$$, 'two periods are open');
SELECT ok(EXISTS (SELECT FROM present WHERE segment = 'Old' AND period_start = '2024-03-01') AND NOT EXISTS (SELECT FROM present WHERE segment = 'Old' AND period_start = '2024-04-01'),
          'a retired segment is a row of one of them');

-- What a refresh of one day does to results, undone and done again around the delta.
CREATE TABLE result (name text);
INSERT INTO result VALUES ('shopper_feature'), ('shopper_orders_ledger'), ('shopper_visits_ledger'), ('shopper_segment'), ('worth_history');
SELECT format('CREATE TABLE before_%1$s (LIKE segment_data.%1$s); CREATE TABLE after_%1$s (LIKE segment_data.%1$s)', name) FROM result UNION ALL
SELECT 'CREATE TABLE before_worth_facts (LIKE segment_data.worth_facts); CREATE TABLE full_facts (LIKE segment_data.worth_facts);
 CREATE TABLE before_worth_breakdown (LIKE segment_data.worth_breakdown)' \gexec
CREATE PROCEDURE keep(prefix text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE (SELECT string_agg(format('TRUNCATE %1$s_%2$s; INSERT INTO %1$s_%2$s SELECT * FROM segment_data.%2$s', prefix, name), ';') FROM result);
END$$;
CREATE FUNCTION put_back(prefix text) RETURNS text LANGUAGE sql AS
$$SELECT string_agg(format('DELETE FROM segment_data.%2$s; INSERT INTO segment_data.%2$s SELECT * FROM delta.%1$s_%2$s', prefix, name), ';') FROM result$$;
-- those any of whose rows differ
CREATE FUNCTION changed_keys() RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    keys text[];
BEGIN
    EXECUTE (SELECT 'SELECT array_agg(DISTINCT key) FROM (' || string_agg(format('SELECT coalesce(b."Shopper", a."Shopper") FROM before_%1$s b FULL JOIN after_%1$s a
        ON to_jsonb(a) = to_jsonb(b) WHERE b IS NULL OR a IS NULL', name), ' UNION ALL ') || ') u (key)' FROM result) INTO keys;
    RETURN keys;
END$$;

CREATE VIEW differences AS
(TABLE present EXCEPT SELECT period_start, segment, source, dimension, measure, value, is_final FROM full_facts) UNION ALL
(SELECT period_start, segment, source, dimension, measure, value, is_final FROM full_facts EXCEPT TABLE present);
CREATE PROCEDURE compute_in_full() LANGUAGE plpgsql AS $$
BEGIN
    CREATE TEMPORARY TABLE followed ON COMMIT DROP AS TABLE segment_data.worth_facts;
    DELETE FROM segment_data.worth_facts WHERE NOT is_final;
    PERFORM segment.update_facts('worth');
    TRUNCATE full_facts;
    INSERT INTO full_facts TABLE segment_data.worth_facts;
    DELETE FROM segment_data.worth_facts;
    INSERT INTO segment_data.worth_facts TABLE followed;
END$$;
-- Says what is wrong after facts were followed from the kept ones.
CREATE FUNCTION wrong(changed boolean) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT format('differs: %s', d) FROM differences d
    UNION ALL SELECT 'the facts cannot be followed' WHERE changed IS NULL
    UNION ALL SELECT format('says %s', changed) WHERE changed IS DISTINCT FROM EXISTS (
        SELECT FROM before_worth_facts b FULL JOIN present p USING (period_start, segment, source, dimension, measure) WHERE b.value IS DISTINCT FROM p.value)
    UNION ALL SELECT format('written, though it is the same: %s', b) FROM before_worth_facts b JOIN segment_data.worth_facts f USING (period_start, segment, source, dimension, measure)
               WHERE b.value = f.value AND b.computed_at <> f.computed_at
    UNION ALL SELECT format('not written: %s', b) FROM before_worth_facts b JOIN segment_data.worth_facts f USING (period_start, segment, source, dimension, measure)
               WHERE b.value <> f.value AND b.computed_at = f.computed_at $$;

-- Changes as a shop makes them.
CREATE PROCEDURE trade(round int) LANGUAGE plpgsql AS $$
BEGIN
    IF round % 4 = 1 THEN -- few, so that some rounds move nobody
        UPDATE orders SET total = total + 1 WHERE id = 13 * round;
        RETURN;
    END IF;
    INSERT INTO orders SELECT 1000 * round + n, CASE WHEN n = 1 THEN NULL ELSE 'c' || 1 + (random() * 170)::int END, '2024-02-10'::date + (random() * 60)::int,
           (ARRAY['web', 'shop', 'phone ' || round])[1 + (random() * 2)::int], round((random() * 100)::numeric, 2) FROM generate_series(1, 12) n;
    UPDATE orders SET total = -total WHERE random() < 0.01;
    UPDATE orders SET customer = 'c' || 1 + (random() * 160)::int, channel = 'shop' WHERE random() < 0.01;
    UPDATE orders SET day = day + (random() * 40 - 20)::int WHERE random() < 0.01;
    DELETE FROM orders WHERE random() < 0.02 OR channel = 'phone ' || round - 2;
    DELETE FROM visits WHERE random() < 0.03;
    INSERT INTO visits SELECT 'c' || 1 + (random() * 160)::int, '2024-04-01'::date - (random() * 20)::int, 1 FROM generate_series(1, 3);
    DELETE FROM customers WHERE random() < 0.02;
    INSERT INTO customers SELECT 'c' || n, '2024-04-02'::date - (random() * 60)::int, false FROM generate_series(150 + round, 153 + round) n ON CONFLICT DO NOTHING;
    INSERT INTO customers SELECT 'c' || n, NULL, true FROM generate_series(1, 150) n WHERE random() < 0.01 ON CONFLICT DO NOTHING; -- some come back
    UPDATE customers SET vip = NOT vip WHERE random() < 0.02;
    UPDATE customers SET joined = '2024-03-10' WHERE random() < 0.02;
END$$;
ALTER TABLE customers ADD PRIMARY KEY (id);
CREATE INDEX ON orders (customer);
CREATE INDEX ON visits (customer);
CREATE PROCEDURE begin_round() LANGUAGE plpgsql AS $$
BEGIN
    CALL delta.keep('before');
    TRUNCATE before_worth_facts;
    INSERT INTO before_worth_facts TABLE segment_data.worth_facts;
    TRUNCATE before_worth_breakdown;
    INSERT INTO before_worth_breakdown TABLE segment_data.worth_breakdown;
END$$;
CREATE TABLE done (what text, changed boolean, keys int);
CREATE PROCEDURE end_round(what text, unchanged text[]) LANGUAGE plpgsql AS $$
DECLARE
    keys text[];
    changed boolean;
BEGIN
    CALL delta.keep('after');
    keys := changed_keys() || unchanged;
    EXECUTE put_back('before');
    DELETE FROM segment_data.worth_facts;
    INSERT INTO segment_data.worth_facts TABLE before_worth_facts;
    DELETE FROM segment_data.worth_breakdown;
    INSERT INTO segment_data.worth_breakdown TABLE before_worth_breakdown;
    changed := follow('worth', keys, put_back('after'));
    INSERT INTO done VALUES (what, changed, cardinality(keys));
END$$;
-- In statements of their own: a refresh is a transaction.
CREATE FUNCTION rounds(first int, last int, day date) RETURNS TABLE (a text, b text, c text, d text, e text, f text) LANGUAGE sql AS $$
    SELECT 'CALL begin_round()', format('CALL trade(%s)', n), format('CALL segment.refresh(''shopper'', as_of => %L)', day),
           format('CALL end_round(%L, ARRAY[%L, ''c3'', ''nobody''])', n, CASE WHEN n % 3 = 0 THEN NULL ELSE 'c5' END), 'CALL compute_in_full()',
           format('SELECT is_empty(''SELECT wrong(changed) FROM done WHERE what = %s::text'', %L)', n, format('%s, round %s: followed = in full', day, n))
      FROM generate_series(first, last) n $$;
SELECT * FROM rounds(1, 16, '2024-04-02') \gexec
CALL segment.refresh('shopper', as_of => '2024-04-20');
SELECT results_eq('SELECT DISTINCT period_start FROM present WHERE NOT is_final', $$VALUES ('2024-04-01'::date)$$, 'the next day one period is open');
SELECT * FROM rounds(17, 28, '2024-04-20') \gexec
SELECT ok(count(*) FILTER (WHERE changed) > 15 AND max(keys) < 100, 'customers changed, most did not') FROM done;
SELECT ok(EXISTS (SELECT FROM present WHERE NOT is_final AND measure = 'removed' AND value > 0) AND EXISTS (SELECT FROM present WHERE NOT is_final AND measure = 'acquired' AND value > 0)
          AND EXISTS (SELECT FROM present WHERE NOT is_final AND measure = 'revenue' AND segment = 'unassigned' AND value <> 0), 'some came, some left, some are nobody''s');

-- Changes as nobody makes them, which take whole rows of facts away, and bring them back.
CREATE FUNCTION by_hand(what text, keys text[], change text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    changed boolean;
BEGIN
    CALL begin_round();
    changed := follow('worth', keys, change);
    DROP TABLE IF EXISTS followed;
    CALL compute_in_full();
    RETURN QUERY SELECT is_empty(format('SELECT wrong(%L)', changed), what);
END$$;
CREATE FUNCTION everyone() RETURNS text[] LANGUAGE sql AS $$
    SELECT array_agg("Shopper") FROM (SELECT "Shopper" FROM segment_data.shopper_orders_ledger UNION SELECT "Shopper" FROM segment_data.shopper_visits_ledger UNION
                                      SELECT "Shopper" FROM segment_data.shopper_feature UNION SELECT "Shopper" FROM segment_data.worth_history UNION
                                      SELECT "Shopper" FROM delta.after_shopper_orders_ledger UNION SELECT "Shopper" FROM delta.after_shopper_feature) u $$;
-- A segment by an expression for these, in their history and where they are now.
CREATE FUNCTION moved(keys text[], expression text) RETURNS text LANGUAGE sql AS $$
    SELECT format('UPDATE segment_data.worth_history SET segment = %1$s WHERE upper_inf(valid) AND "Shopper" = ANY (%3$L);
                   UPDATE segment_data.shopper_segment SET worth = %2$s WHERE "Shopper" = ANY (%3$L)',
                  replace(expression, '?', 'segment'), replace(expression, '?', 'worth'), keys) $$;
CALL keep('after');
SELECT by_hand('nothing', everyone(), 'SELECT');
SELECT by_hand('some moved', ARRAY['c1', 'c2', 'c3', 'c4', 'c6', 'c7'], moved(ARRAY['c1', 'c2', 'c3', 'c4', 'c6', 'c7'], '''Warm'''));
SELECT by_hand('some in a retired segment', ARRAY['c1', 'c2'], moved(ARRAY['c1', 'c2'], '''Old'''));
SELECT ok(EXISTS (SELECT FROM present WHERE segment = 'Old' AND NOT is_final), 'it is a row');
SELECT by_hand('out of it again', ARRAY['c1', 'c2'], moved(ARRAY['c1', 'c2'], '''Rest'''));
SELECT ok(NOT EXISTS (SELECT FROM present WHERE segment = 'Old' AND NOT is_final), 'it is none');
SELECT by_hand('a source empties', everyone(), 'DELETE FROM segment_data.shopper_visits_ledger');
SELECT ok(NOT EXISTS (SELECT FROM present WHERE source = 'visits' AND NOT is_final), 'it has no rows');
SELECT by_hand('and fills', everyone(), 'INSERT INTO segment_data.shopper_visits_ledger TABLE delta.after_shopper_visits_ledger');
SELECT by_hand('nobody''s events go', ARRAY[NULL]::text[], 'DELETE FROM segment_data.shopper_orders_ledger WHERE "Shopper" IS NULL');
SELECT by_hand('many ledgers double', everyone(), 'UPDATE segment_data.shopper_orders_ledger SET ledger = ledger OPERATOR(segment.+) ledger WHERE "Shopper" < ''c2''');
SELECT by_hand('all of a label goes', everyone(), $$UPDATE segment_data.shopper_orders_ledger o SET ledger = e.ledger FROM (SELECT "Shopper", segment.ledger(day, NULL::text, measures[1]) AS ledger
    FROM segment_data.shopper_orders_ledger, segment.entries(ledger) GROUP BY 1) e WHERE e."Shopper" = o."Shopper"$$);
SELECT by_hand('members without an entry day', ARRAY['c8', 'c9'], $$UPDATE segment_data.shopper_feature SET entry_day = NULL WHERE "Shopper" IN ('c8', 'c9')$$);
SELECT by_hand('nearly everyone goes', everyone(), 'DELETE FROM segment_data.shopper_feature WHERE "Shopper" <> ''c1''; DELETE FROM segment_data.worth_history WHERE "Shopper" > ''c2''; DELETE FROM segment_data.shopper_segment WHERE "Shopper" > ''c2''');
SELECT by_hand('and is back', everyone(), put_back('after'));
SELECT format('DROP INDEX %s', indexrelid::regclass) FROM pg_index WHERE indrelid = 'segment_data.worth_history'::regclass AND indpred IS NULL \gexec
SELECT by_hand('where no index finds them', ARRAY['c1', 'c2', NULL], moved(ARRAY['c1', 'c2'], 'CASE ? WHEN ''VIP'' THEN ''High'' ELSE ''VIP'' END'));
SELECT follow('worth', ARRAY['c1'], moved(ARRAY['c1', 'c3'], 'CASE ? WHEN ''VIP'' THEN ''High'' ELSE ''VIP'' END')) \g /dev/null
CALL compute_in_full();
SELECT isnt_empty('TABLE differences', 'a customer who is not among the keys is missed');

-- When it does not apply.
SELECT segment.update_facts('worth') \g /dev/null
SELECT is(follow('worth', ARRAY['c1'], 'SELECT'), false, 'facts of today can be followed');
CREATE FUNCTION refused(change text, why text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer boolean;
BEGIN
    BEGIN
        EXECUTE change;
        answer := follow('worth', ARRAY['c1'], 'SELECT');
        RAISE EXCEPTION USING errcode = 'P0099';
    EXCEPTION WHEN SQLSTATE 'P0099' THEN
        RETURN is(answer, NULL, why);
    END;
END$$;
SELECT refused($$UPDATE segment.population SET as_of = as_of + 1 WHERE name = 'shopper'$$, 'not on another day');
SELECT refused($$UPDATE segment.population SET settle = '-1 month' WHERE name = 'shopper'$$, 'nor when a period is due to become final');
SELECT refused($$DELETE FROM segment_data.worth_facts WHERE NOT is_final$$, 'nor without facts of a period');
SELECT refused($$UPDATE segment_data.worth_facts SET measure = 'gone' WHERE measure = 'minutes' AND NOT is_final$$, 'nor with facts of what is not defined');
SELECT refused($$SELECT segment.update_facts('worth', as_of => '2024-04-19')$$, 'nor after facts computed by hand as of a day');
SELECT * FROM finish();
