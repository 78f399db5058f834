\set ECHO none
-- What users will get wrong: each error says what, and its hint says how.
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SELECT plan(91);
DROP EXTENSION segment CASCADE;
CREATE EXTENSION segment;

CREATE SCHEMA errors_shop;
SET search_path = errors_shop, public;
CREATE TABLE customers AS SELECT n AS id, 'c' || n AS name, timestamptz '2024-01-01' AS scored_at FROM generate_series(1, 20) n;
CREATE TABLE orders AS SELECT n AS customer_id, '2024-01-01'::date + n AS day, 10.5 * n AS total, 'x' AS note, n::float8 AS weight FROM generate_series(1, 15) n;
CREATE TYPE pair AS (a int, b int);
CREATE TABLE odd AS SELECT n AS id, ROW(n, n)::pair AS pair, point(n, n) AS point FROM generate_series(1, 3) n;
CREATE FUNCTION error_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    message text;
    hint text;
    detail text;
BEGIN
    EXECUTE statement;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT, detail = PG_EXCEPTION_DETAIL;
    RETURN concat_ws(' | ', SQLSTATE, message, nullif(detail, ''), nullif(hint, ''));
END$$;
SELECT segment.create_population('customer', 'customers', key => 'id', timezone => 'UTC'),
       segment.create_source('orders', 'orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": {"expression": "total", "scale": 2}}') \g /dev/null
SELECT segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue'), segment.create_feature('name', attribute => 'name') \g /dev/null
SELECT segment.create_scheme('worth', objective => 'Grow') \g /dev/null
SELECT segment.create_segment('worth', 'Good', rule => 'revenue > 50'), segment.create_scheme('empty', objective => 'Grow') \g /dev/null

-- populations
SELECT is(error_of($q$SELECT segment.create_population('customer', 'customers', key => 'id')$q$),
          '42710 | population "customer" exists already | Choose another name, or drop it with segment.drop_population.', $q$create_population('customer', 'customers', key => 'id')$q$);
SELECT is(error_of($q$SELECT segment.create_population('people', 'customers', key => 'nr')$q$),
          $q$42703 | column "nr" of relation "errors_shop.customers", the population's key, does not exist | The relation's columns are: id, name, scored_at.$q$, $q$create_population('people', 'customers', key => 'nr')$q$);
SELECT is(error_of($q$SELECT segment.create_population('people', 'nowhere', key => 'id')$q$),
          '42P01 | relation "nowhere" does not exist', $q$create_population('people', 'nowhere', key => 'id')$q$);
SELECT is(error_of($q$SELECT segment.create_population('people', 'customers', key => 'id', timezone => 'Mars')$q$),
          '22023 | time zone "Mars" is not known | SELECT name FROM pg_timezone_names lists the time zones there are.', $q$create_population('people', 'customers', key => 'id', timezone => 'Mars')$q$);
SELECT is(error_of($q$SELECT segment.create_population('people', 'customers', key => 'id', since => 'name')$q$),
          $q$42804 | column "name" of relation "errors_shop.customers", the population's since, is of type text | Name a column of type date, timestamp or timestamp with time zone.$q$, $q$create_population('people', 'customers', key => 'id', since => 'name')$q$);
SELECT is(error_of($q$SELECT segment.create_population('people', 'odd', key => 'point')$q$),
          $q$0A000 | column "point" of relation "errors_shop.odd", the population's key, is of type point, which cannot be stored | Map a view over the relation that selects point::text AS point.$q$, $q$create_population('people', 'odd', key => 'point')$q$);
SELECT is(error_of($q$SELECT segment.create_population('people', 'odd', key => 'pair')$q$),
          $q$0A000 | column "pair" of relation "errors_shop.odd", the population's key, is of type errors_shop.pair, which cannot be stored | Map a view over the relation that selects pair::text AS pair.$q$, $q$create_population('people', 'odd', key => 'pair')$q$);
SELECT is(error_of($q$SELECT segment.create_population('a name that is a good deal longer than 40', 'customers', key => 'id')$q$),
          '42622 | the name of population "a name that is a good deal longer than 40" is too long | Names are 1 to 40 bytes: generated relations carry them.', $q$create_population('a name that is a good deal longer than 40', 'customers', key => 'id')$q$);

-- sources
SELECT is(error_of($q$SELECT segment.create_source('orders', 'orders', customer => 'customer_id', occurred_at => 'day')$q$),
          '42710 | source "orders" of population "customer" exists already | Choose another name, change it with segment.alter_source, or say if_not_exists => true.', $q$create_source('orders', 'orders', customer => 'customer_id', occurred_at => 'day')$q$);
SELECT is(error_of($q$SELECT segment.create_source('more', 'orders', customer => 'buyer', occurred_at => 'day')$q$),
          $q$42703 | column "buyer" of relation "errors_shop.orders", the source's customer, does not exist | The relation's columns are: customer_id, day, total, note, weight.$q$, $q$create_source('more', 'orders', customer => 'buyer', occurred_at => 'day')$q$);
SELECT is(error_of($q$SELECT segment.create_source('more', 'orders', customer => 'note', occurred_at => 'day')$q$),
          '42804 | column "note" of source "more" is of type text, but the key of population "customer" is of type integer | Map a view over the relation that selects note::integer AS note.', $q$create_source('more', 'orders', customer => 'note', occurred_at => 'day')$q$);
SELECT is(error_of($q$SELECT segment.create_source('more', 'orders', customer => 'customer_id', occurred_at => 'note')$q$),
          $q$42804 | column "note" of relation "errors_shop.orders", the source's occurred_at, is of type text | Name a column of type date, timestamp or timestamp with time zone.$q$, $q$create_source('more', 'orders', customer => 'customer_id', occurred_at => 'note')$q$);
SELECT is(error_of($q$SELECT segment.create_source('more', 'orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "note"}')$q$),
          '42804 | measure "revenue" of source "more" is of type text, not a number | Name a numeric column, or write an expression that gives a number.', $q$create_source('more', 'orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "note"}')$q$);
SELECT is(error_of($q$SELECT segment.create_source('more', 'orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "weight"}')$q$),
          '22023 | measure "revenue" of source "more" is a floating-point number without a declared scale | Say how many decimal digits to keep: {"revenue": {"expression": "…", "scale": 2}}.', $q$create_source('more', 'orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "weight"}')$q$);
SELECT is(error_of($q$SELECT segment.create_source('more', 'orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "price"}')$q$),
          '42703 | column "price" does not exist | Available names: customer_id, day, total, note, weight.', $q$create_source('more', 'orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "price"}')$q$);
SELECT is(error_of($q$SELECT segment.create_source('more', 'orders', customer => 'customer_id', occurred_at => 'day', measures => '["total"]')$q$),
          '22023 | the measures of source "more" cannot be understood | They are not a JSON object. | Write {"revenue": "total"} or {"cogs": {"expression": "unit_cost * quantity", "scale": 4}}.', $q$create_source('more', 'orders', customer => 'customer_id', occurred_at => 'day', measures => '["total"]')$q$);
SELECT is(error_of($q$SELECT segment.create_source('more', 'orders', customer => 'customer_id', occurred_at => 'day', filter => 'total')$q$),
          '42804 | expression is of type numeric, but boolean is due | Write a condition, such as a comparison with a number or a text.', $q$create_source('more', 'orders', customer => 'customer_id', occurred_at => 'day', filter => 'total')$q$);
SELECT is(error_of($q$SELECT segment.create_source('more', 'orders', customer => 'customer_id')$q$),
          '22023 | source "more" does not say whose its events are, or says it twice | Give either customer => and occurred_at =>, or parent => and parent_key =>.', $q$create_source('more', 'orders', customer => 'customer_id')$q$);
SELECT is(error_of($q$SELECT segment.create_source('more', 'orders', parent => 'none', parent_key => 'customer_id')$q$),
          '42704 | source "none" of population "customer" does not exist | SELECT name FROM segment.source lists the sources there are; segment.create_source maps another.', $q$create_source('more', 'orders', parent => 'none', parent_key => 'customer_id')$q$);
SELECT is(error_of($q$SELECT segment.create_source('more', 'orders', customer => 'customer_id', occurred_at => 'day', population => 'people')$q$),
          '42704 | population "people" does not exist | SELECT name FROM segment.population lists the populations there are.', $q$create_source('more', 'orders', customer => 'customer_id', occurred_at => 'day', population => 'people')$q$);

-- features
SELECT is(error_of($q$SELECT segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue')$q$),
          '42710 | feature "revenue" already exists in population "customer" | Schemes, features and scores share one name space per population; choose another name.', $q$create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue')$q$);
SELECT is(error_of($q$SELECT segment.create_feature('worth', aggregate => 'count', source => 'orders')$q$),
          '42710 | scheme "worth" already exists in population "customer" | Schemes, features and scores share one name space per population; choose another name.', $q$create_feature('worth', aggregate => 'count', source => 'orders')$q$);
SELECT is(error_of($q$SELECT segment.create_feature('as_of', aggregate => 'count', source => 'orders')$q$),
          '42939 | name "as_of" is reserved | Generated relations have a column of that name; choose another.', $q$create_feature('as_of', aggregate => 'count', source => 'orders')$q$);
SELECT is(error_of($q$SELECT segment.create_feature('customer_id', aggregate => 'count', source => 'orders')$q$),
          $q$42939 | name "customer_id" is the key column's | Choose another name.$q$, $q$create_feature('customer_id', aggregate => 'count', source => 'orders')$q$);
SELECT is(error_of($q$SELECT segment.create_feature('value')$q$),
          $q$22023 | feature "value" needs exactly one of aggregate, expression, attribute and scheme | For example aggregate => 'sum', source => 'orders', measure => 'revenue'; or expression => 'revenue - cogs'.$q$, $q$create_feature('value')$q$);
SELECT is(error_of($q$SELECT segment.create_feature('value', aggregate => 'total', source => 'orders')$q$),
          '42704 | aggregate "total" does not exist | The aggregates are count, sum, mean, active_days, first_day, last_day, days_since_first, days_since_last, repeat_days, t_x, tenure, mean_repeat_value, interpurchase_mean, interpurchase_median, interpurchase_sd, longest_gap, trend, distinct_dimensions, top_dimension.', $q$create_feature('value', aggregate => 'total', source => 'orders')$q$);
SELECT is(error_of($q$SELECT segment.create_feature('value', aggregate => 'sum', source => 'orders')$q$),
          $q$22023 | aggregate "sum" needs a measure | Name one of the source's measures with measure => ….$q$, $q$create_feature('value', aggregate => 'sum', source => 'orders')$q$);
SELECT is(error_of($q$SELECT segment.create_feature('value', aggregate => 'sum', source => 'order', measure => 'revenue')$q$),
          '42704 | source "order" of population "customer" does not exist | SELECT name FROM segment.source lists the sources there are; segment.create_source maps another.', $q$create_feature('value', aggregate => 'sum', source => 'order', measure => 'revenue')$q$);
SELECT is(error_of($q$SELECT segment.create_feature('value', aggregate => 'sum', source => 'orders', measure => 'profit')$q$),
          '42704 | source "orders" has no measure "profit" | SELECT name FROM segment.measure lists the measures there are.', $q$create_feature('value', aggregate => 'sum', source => 'orders', measure => 'profit')$q$);
SELECT is(error_of($q$SELECT segment.create_feature('value', aggregate => 'count', source => 'orders', within => '-3 days')$q$),
          $q$22023 | window of feature "value" is not a positive number of days or calendar months | Time is a day: for example within => '90 days' or '1 month'.$q$, $q$create_feature('value', aggregate => 'count', source => 'orders', within => '-3 days')$q$);
SELECT is(error_of($q$SELECT segment.create_feature('value', aggregate => 'count', source => 'orders', within => '3 hours')$q$),
          $q$22023 | window of feature "value" is not a positive number of days or calendar months | Time is a day: for example within => '90 days' or '1 month'.$q$, $q$create_feature('value', aggregate => 'count', source => 'orders', within => '3 hours')$q$);
SELECT is(error_of($q$SELECT segment.create_feature('value', aggregate => 'tenure', source => 'orders', within => '3 days')$q$),
          '0A000 | aggregate "tenure" takes no window | It is defined over all time; leave out within.', $q$create_feature('value', aggregate => 'tenure', source => 'orders', within => '3 days')$q$);
SELECT is(error_of($q$SELECT segment.create_feature('value', aggregate => 'count', source => 'orders', dimension => 'web')$q$),
          $q$22023 | source "orders" has no dimension | Map one with segment.create_source(…, dimension => 'column').$q$, $q$create_feature('value', aggregate => 'count', source => 'orders', dimension => 'web')$q$);
SELECT is(error_of($q$SELECT segment.create_feature('value', aggregate => 'count')$q$),
          '22023 | feature "value" needs a source | Name the source whose ledger it aggregates with source => ….', $q$create_feature('value', aggregate => 'count')$q$);
SELECT is(error_of($q$SELECT segment.create_feature('value', attribute => 'colour')$q$),
          $q$42703 | column "colour" of relation "errors_shop.customers", attribute of feature "value", does not exist | The relation's columns are: id, name, scored_at.$q$, $q$create_feature('value', attribute => 'colour')$q$);
SELECT is(error_of($q$SELECT segment.create_feature('value', attribute => 'name', dated_by => 'scored_at')$q$),
          $q$22023 | a dated attribute needs both dated_by and valid_for | For example dated_by => 'scored_at', valid_for => '90 days'.$q$, $q$create_feature('value', attribute => 'name', dated_by => 'scored_at')$q$);
SELECT is(error_of($q$SELECT segment.create_feature('value', expression => 'revenue + profit')$q$),
          '42703 | column "profit" does not exist | Available names: revenue, name.', $q$create_feature('value', expression => 'revenue + profit')$q$);
SELECT is(error_of($q$SELECT segment.create_feature('value', expression => 'revenue + name')$q$),
          '42883 | operator does not exist: numeric + text | No operator matches the given name and argument types. You might need to add explicit type casts.', $q$create_feature('value', expression => 'revenue + name')$q$);
SELECT is(error_of($q$SELECT segment.create_feature('value', expression => 'revenue +')$q$),
          '42601 | syntax error at end of input', $q$create_feature('value', expression => 'revenue +')$q$);
SELECT is(error_of($q$SELECT segment.create_feature('value', expression => 'sum(revenue)')$q$),
          '42803 | aggregates are not allowed in an expression | An expression sees one row: declare a feature that aggregates.', $q$create_feature('value', expression => 'sum(revenue)')$q$);
SELECT is(error_of($q$SELECT segment.create_feature('value', scheme => 'nothing')$q$),
          '42704 | scheme "nothing" does not exist | SELECT name FROM segment.scheme lists the schemes there are; segment.create_scheme makes another.', $q$create_feature('value', scheme => 'nothing')$q$);

-- schemes
SELECT is(error_of($q$SELECT segment.create_scheme('worth', objective => 'Again')$q$),
          '42710 | scheme "worth" already exists | Scheme names are unique in a database: generated relations carry them.', $q$create_scheme('worth', objective => 'Again')$q$);
SELECT is(error_of($q$SELECT segment.create_scheme('care', objective => '')$q$),
          $q$22023 | scheme "care" has no objective | Say what business end it serves, for example objective => 'Grow margin 8 % next year'; a segmentation without one cannot be judged.$q$, $q$create_scheme('care', objective => '')$q$);
SELECT is(error_of($q$SELECT segment.create_scheme('care', objective => 'Care', min_dwell => '3 hours')$q$),
          $q$22023 | min_dwell is not a number of days or calendar months | Time is a day: for example min_dwell => '14 days'.$q$, $q$create_scheme('care', objective => 'Care', min_dwell => '3 hours')$q$);
SELECT is(error_of($q$SELECT segment.create_scheme('care', objective => 'Care', population => 'people')$q$),
          '42704 | population "people" does not exist | SELECT name FROM segment.population lists the populations there are.', $q$create_scheme('care', objective => 'Care', population => 'people')$q$);
SELECT is(error_of($q$SELECT segment.create_segment('worth', 'Good', rule => 'revenue > 5')$q$),
          '42710 | segment "Good" already exists in scheme "worth" | Change it with segment.alter_segment; the default segment has no rule.', $q$create_segment('worth', 'Good', rule => 'revenue > 5')$q$);
SELECT is(error_of($q$SELECT segment.create_segment('worth', 'Others', rule => 'revenue > 5')$q$),
          '42710 | segment "Others" already exists in scheme "worth" | Change it with segment.alter_segment; the default segment has no rule.', $q$create_segment('worth', 'Others', rule => 'revenue > 5')$q$);
SELECT is(error_of($q$SELECT segment.create_segment('worth', 'new', rule => 'revenue > 5')$q$),
          '42939 | segment name "new" is reserved | Scorecards have rows of that name for money without an opening segment; choose another.', $q$create_segment('worth', 'new', rule => 'revenue > 5')$q$);
SELECT is(error_of($q$SELECT segment.create_segment('worth', 'Bad', rule => 'revenue > 5', priority => 10)$q$),
          '42710 | priority 10 of scheme "worth" is that of segment "Good" | Choose another number; left out, the segment comes after all there are.', $q$create_segment('worth', 'Bad', rule => 'revenue > 5', priority => 10)$q$);
SELECT is(error_of($q$SELECT segment.alter_scheme('worth', default_segment => 'Good')$q$),
          '42710 | segment "Good" of scheme "worth" has a rule | The default segment has none: choose another name, or drop the segment first.', $q$alter_scheme('worth', default_segment => 'Good')$q$);
SELECT is(error_of($q$SELECT segment.create_segment('nothing', 'Bad', rule => 'revenue > 5')$q$),
          '42704 | scheme "nothing" does not exist | SELECT name FROM segment.scheme lists the schemes there are; segment.create_scheme makes another.', $q$create_segment('nothing', 'Bad', rule => 'revenue > 5')$q$);
SELECT is(error_of($q$SELECT segment.alter_segment('worth', 'Bad', rule => 'revenue > 5')$q$),
          '42704 | scheme "worth" has no segment "Bad" with a rule | SELECT name, priority, rule FROM segment.segment lists the draft.', $q$alter_segment('worth', 'Bad', rule => 'revenue > 5')$q$);
SELECT is(error_of($q$SELECT segment.create_rfm_scheme('rfm', objective => '')$q$),
          $q$22023 | scheme "rfm" has no objective | Say what business end it serves, for example objective => 'Grow margin 8 % next year'; a segmentation without one cannot be judged.$q$, $q$create_rfm_scheme('rfm', objective => '')$q$);
SELECT is(error_of($q$SELECT segment.create_rfm_scheme('worth', objective => 'Grow')$q$),
          '42710 | scheme "worth" already exists | Scheme names are unique in a database: generated relations carry them.', $q$create_rfm_scheme('worth', objective => 'Grow')$q$);

-- rules
SELECT is(error_of($q$SELECT segment.create_segment('worth', 'Bad', rule => 'revenues > 5')$q$),
          '42703 | column "revenues" does not exist | Did you mean revenue?', $q$create_segment('worth', 'Bad', rule => 'revenues > 5')$q$);
SELECT is(error_of($q$SELECT segment.create_segment('worth', 'Bad', rule => 'name > 5')$q$),
          '42883 | operator does not exist: text > integer | No operator matches the given name and argument types. You might need to add explicit type casts.', $q$create_segment('worth', 'Bad', rule => 'name > 5')$q$);
SELECT is(error_of($q$SELECT segment.create_segment('worth', 'Bad', rule => 'revenue > ''a lot''')$q$),
          '22P02 | invalid input syntax for type numeric: "a lot"', $q$create_segment('worth', 'Bad', rule => 'revenue > ''a lot''')$q$);
SELECT is(error_of($q$SELECT segment.create_segment('worth', 'Bad', rule => 'revenue')$q$),
          '42804 | expression is of type numeric, but boolean is due | Write a condition, such as a comparison with a number or a text.', $q$create_segment('worth', 'Bad', rule => 'revenue')$q$);
SELECT is(error_of($q$SELECT segment.create_segment('worth', 'Bad', rule => '')$q$),
          '42601 | expression is empty | Write a single SQL expression over the columns.', $q$create_segment('worth', 'Bad', rule => '')$q$);
SELECT is(error_of($q$SELECT segment.create_segment('worth', 'Bad', rule => 'revenue > (SELECT 1)')$q$),
          '0A000 | a subquery is not allowed in an expression | Use columns, constants, operators, CASE and immutable built-in functions.', $q$create_segment('worth', 'Bad', rule => 'revenue > (SELECT 1)')$q$);
SELECT is(error_of($q$SELECT segment.create_segment('worth', 'Bad', rule => 'random() > 0.5')$q$),
          '42P17 | function random() is volatile, not immutable | Only functions whose result depends on nothing but their arguments may be used.', $q$create_segment('worth', 'Bad', rule => 'random() > 0.5')$q$);
SELECT is(error_of($q$SELECT segment.create_segment('worth', 'Bad', rule => 'true; DROP TABLE orders')$q$),
          '42601 | syntax error at or near ";"', $q$create_segment('worth', 'Bad', rule => 'true; DROP TABLE orders')$q$);

-- scores
SELECT is(error_of($q$SELECT segment.create_score('worth', 'n', 'name')$q$),
          '42804 | feature "name" is text, not a number | A score bins a number; use the feature itself in a rule.', $q$create_score('worth', 'n', 'name')$q$);
SELECT is(error_of($q$SELECT segment.create_score('worth', 'm', 'revenue', bins => 1)$q$),
          '22023 | a score has 2 to 100 bins, not 1 | Quintiles, the default, are bins => 5.', $q$create_score('worth', 'm', 'revenue', bins => 1)$q$);
SELECT is(error_of($q$SELECT segment.create_score('worth', 'm', 'revenue', cuts => '{3, 2}')$q$),
          $q$22023 | cut points are not in ascending order | A value's score is 1 + the number of cut points below it.$q$, $q$create_score('worth', 'm', 'revenue', cuts => '{3, 2}')$q$);
SELECT is(error_of($q$SELECT segment.create_score('worth', 'revenue', 'revenue')$q$),
          '42710 | feature "revenue" already exists in population "customer" | Schemes, features and scores share one name space per population; choose another name.', $q$create_score('worth', 'revenue', 'revenue')$q$);
SELECT is(error_of($q$SELECT segment.create_score('worth', 'm', 'profit')$q$),
          '42704 | feature "profit" of population "customer" does not exist | SELECT name FROM segment.feature lists the features there are; segment.create_feature declares another.', $q$create_score('worth', 'm', 'profit')$q$);

-- before the first refresh, and before activation
SELECT is(error_of($q$SELECT segment.preview('worth')$q$),
          $q$55000 | population "customer" has not been refreshed yet | Build its ledgers and features with CALL segment.refresh('customer').$q$, $q$preview('worth')$q$);
SELECT is(error_of($q$SELECT segment.activate('worth')$q$),
          $q$55000 | population "customer" has not been refreshed yet | Build its ledgers and features with CALL segment.refresh('customer').$q$, $q$activate('worth')$q$);
SELECT is(error_of($q$SELECT segment.recut('worth')$q$),
          $q$55000 | scheme "worth" is not active | Put it in force with segment.activate('worth').$q$, $q$recut('worth')$q$);
SELECT is(error_of($q$SELECT segment.retire('worth')$q$),
          $q$55000 | scheme "worth" is not active | Put it in force with segment.activate('worth').$q$, $q$retire('worth')$q$);
SELECT is(error_of($q$SELECT segment.activate('nothing')$q$),
          '42704 | scheme "nothing" does not exist | SELECT name FROM segment.scheme lists the schemes there are; segment.create_scheme makes another.', $q$activate('nothing')$q$);

-- what something uses
SELECT is(error_of($q$SELECT segment.drop_population('customer')$q$),
          '2BP01 | population "customer" cannot be dropped because something uses it | In use by: source orders, feature name, feature revenue, scheme worth, scheme empty. | Drop those first.', $q$drop_population('customer')$q$);
SELECT is(error_of($q$SELECT segment.drop_source('orders')$q$),
          '2BP01 | source "orders" cannot be dropped because something uses it | In use by: feature revenue. | Drop those first.', $q$drop_source('orders')$q$);
SELECT is(error_of($q$SELECT segment.drop_feature('revenue')$q$),
          '2BP01 | cannot drop feature "revenue" because other definitions use it | It is used by segment Good of scheme worth. | Drop or change those first; versions of a scheme keep what they were decided on.', $q$drop_feature('revenue')$q$);

-- a default segment
SELECT is(error_of($q$SELECT segment.alter_scheme('worth', default_segment => 'unassigned')$q$),
          '42939 | segment name "unassigned" is reserved | Scorecards have rows of that name for money without an opening segment; choose another.', $q$alter_scheme('worth', default_segment => 'unassigned')$q$);
SELECT is(error_of($q$SELECT segment.create_scheme('care', objective => 'Care', default_segment => 'new')$q$),
          '42939 | segment name "new" is reserved | Scorecards have rows of that name for money without an opening segment; choose another.', $q$create_scheme('care', objective => 'Care', default_segment => 'new')$q$);

-- procedures: a mistyped population, a day that is none, a table that has gone
\set VERBOSITY terse
CALL segment.refresh('customers');
SELECT is(:'LAST_ERROR_SQLSTATE' || ' ' || :'LAST_ERROR_MESSAGE', '42704 population "customers" does not exist', 'a mistyped population');
CALL segment.refresh('customer', as_of => 'infinity');
SELECT is(:'LAST_ERROR_SQLSTATE' || ' ' || :'LAST_ERROR_MESSAGE', '22008 as_of is not a day', 'a day that is none');
CALL segment.refresh('customer', as_of => '2024-01-31');
CALL segment.refresh('customer', as_of => '2024-01-30');
SELECT is(:'LAST_ERROR_SQLSTATE' || ' ' || :'LAST_ERROR_MESSAGE', '22023 population "customer" has been refreshed as of 2024-01-31, which is after 2024-01-30', 'a day before the last');
SET segment.clock = '2024-01-29 12:00:00+00';
CALL segment.refresh('customer');
SELECT is(as_of, '2024-01-31', 'a clock that was set back is no error') FROM segment.population;
RESET segment.clock;
SELECT is(error_of($q$SELECT segment.activate('empty')$q$),
          $q$55000 | scheme "empty" has no segments | Add at least one with segment.create_segment('empty', 'name', 'rule').$q$, 'nothing to activate');
SELECT is(error_of($q$SELECT segment.preview('empty')$q$),
          $q$55000 | scheme "empty" has no segments | Add at least one with segment.create_segment('empty', 'name', 'rule').$q$, 'nothing to preview');
SELECT segment.create_feature('late', aggregate => 'sum', source => 'orders', measure => 'revenue', within => '1 day'), segment.create_score('empty', 'm', 'late'),
       segment.create_segment('empty', 'Some', rule => 'm > 1') \g /dev/null
SELECT is(error_of($q$SELECT segment.activate('empty')$q$),
          '55000 | score "m" of scheme "empty" has no cut points: feature "late" is NULL for every customer | Refresh the population if the feature is new, or give the cut points with cuts => ….', 'a feature without values');
SELECT is(error_of($q$SELECT segment.drop_score('empty', 'm')$q$), '42703 | column "m" does not exist | Available names: revenue, name, late.', 'a score that a rule reads');
SELECT segment.activate('worth') \g /dev/null
SELECT is(error_of($q$SELECT segment.drop_scheme('worth')$q$),
          $q$55000 | scheme "worth" has been activated and cannot be dropped | Its history is kept; take it out of use with segment.retire('worth').$q$, 'a scheme with a past');
CREATE VIEW on_worth AS SELECT customer_id, worth FROM segment_data.customer;
SELECT is(error_of('DROP VIEW segment_data.customer'), '2BP01 | cannot drop view segment_data.customer because other objects depend on it | view segment_data.customer_customer_scorecard depends on view segment_data.customer' || chr(10) || 'view segment.customer_scorecard depends on view segment_data.customer_customer_scorecard' || chr(10) || 'view on_worth depends on view segment_data.customer | Use DROP ... CASCADE to drop the dependent objects too.', 'a view of the user''s');
ALTER TABLE customers DROP COLUMN name;
CALL segment.refresh('customer', as_of => '2024-01-31');
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '42703', 'an attribute''s column has gone');
ALTER TABLE customers ADD COLUMN name text;
DROP TABLE orders;
CALL segment.refresh('customer', as_of => '2024-01-31');
SELECT is(:'LAST_ERROR_SQLSTATE' || ' ' || :'LAST_ERROR_MESSAGE', '42P01 the relation source "orders" is mapped on no longer exists', 'a source''s table has gone');
DROP TABLE customers;
CALL segment.refresh('customer', as_of => '2024-01-31');
SELECT is(:'LAST_ERROR_SQLSTATE' || ' ' || :'LAST_ERROR_MESSAGE', '42P01 the relation population "customer" is mapped on no longer exists', 'the population''s too');
SELECT is((SELECT count(worth) FROM segment_data.customer), 20::bigint, 'results are kept as they were');

RESET search_path;
DROP SCHEMA errors_shop CASCADE;
DROP EXTENSION segment;
CREATE EXTENSION segment;
SELECT * FROM finish();
