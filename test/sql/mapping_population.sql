-- Populations: keys of every kind, owners, generated relations, and what is refused how.
\set ECHO none
\pset format unaligned
\pset tuples_only true
SET client_min_messages = warning;
SET DateStyle = 'ISO, YMD';
SET IntervalStyle = 'postgres';
SET TimeZone = 'America/New_York';
CREATE SCHEMA mp;
CREATE FUNCTION mp.refusal(statement text) RETURNS text LANGUAGE plpgsql AS
$$
DECLARE
	state text; message text; detail text; hint text;
BEGIN
	EXECUTE statement;
	RETURN 'nothing refused';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', state, message, nullif(detail, ''), nullif(hint, ''));
END
$$;
CREATE FUNCTION mp.column_type(relation text, name text) RETURNS text LANGUAGE sql AS
$$ SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = relation::regclass AND attname = name $$;
CREATE DOMAIN mp.customer_no AS bigint CHECK (VALUE > 0);
CREATE TYPE mp.tier AS ENUM ('gold', 'silver');
CREATE TYPE mp.pair AS (a int, b int);
CREATE TABLE mp.c_int (id int PRIMARY KEY, joined timestamptz, note text, xy point, p mp.pair, a int[], j json);
CREATE TABLE mp.c_big (id bigint PRIMARY KEY);
CREATE TABLE mp.c_uuid (id uuid PRIMARY KEY);
CREATE TABLE mp.c_text (id text PRIMARY KEY);
CREATE TABLE mp.c_char (id char(5) PRIMARY KEY);
CREATE TABLE mp.c_domain (id mp.customer_no PRIMARY KEY);
CREATE TABLE mp.c_enum (id mp.tier PRIMARY KEY);
CREATE TABLE mp.c_part (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE mp.c_part1 PARTITION OF mp.c_part FOR VALUES FROM (0) TO (100);
CREATE VIEW mp.c_view AS SELECT id, note FROM mp.c_int;
CREATE MATERIALIZED VIEW mp.c_matview AS SELECT id, note FROM mp.c_int;
CREATE SEQUENCE mp.c_sequence;
CREATE TABLE mp."Odd ""name" (customer_no int PRIMARY KEY, "Since ""day" date);

SELECT plan(68);

-- What is made.
SELECT ok(segment.create_population('mp_int', 'mp.c_int', key => 'id', since => 'joined') > 0, 'an int key is mapped');
SELECT is(timezone || ' ' || settle || ' ' || key_name || ' ' || key_type, 'America/New_York 3 days mp_int_id integer',
		  'time zone of the session, three days to settle, key named after the population') FROM segment.population WHERE name = 'mp_int';
SELECT is(mp.column_type('segment_data.mp_int_feature', 'mp_int_id'), 'integer', 'the feature table has the key');
SELECT is(mp.column_type('segment_data.mp_int_feature', 'as_of'), 'date', '... as_of');
SELECT is(mp.column_type('segment_data.mp_int_feature', 'since'), 'date', '... since');
SELECT is(mp.column_type('segment_data.mp_int_feature', 'entry_day'), 'date', '... entry_day');
SELECT is(mp.column_type('segment_data.mp_int_segment', 'mp_int_id'), 'integer', 'the segment table has the key');
SELECT is(reloptions, '{fillfactor=50}', 'features leave room for updates') FROM pg_class WHERE oid = 'segment_data.mp_int_feature'::regclass;
SELECT is(reloptions, '{fillfactor=70}', 'segments leave room for updates') FROM pg_class WHERE oid = 'segment_data.mp_int_segment'::regclass;
SELECT col_is_pk('segment_data', 'mp_int_feature', 'mp_int_id', 'the key is the primary key of features');
SELECT col_is_pk('segment_data', 'mp_int_segment', 'mp_int_id', 'the key is the primary key of segments');
SELECT is(mp.column_type('segment_data.mp_int', 'mp_int_id'), 'integer', 'the join view has the key');
SELECT is(count(*), (SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'v') AND oid::regclass::text ~ '^segment_data[.]mp_int(_|$)'),
          'every generated relation goes with the extension')
  FROM pg_depend WHERE deptype = 'x' AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'segment')
   AND objid::regclass::text ~ '^segment_data[.]mp_int(_|$)';
SELECT is(count(*), (SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'v') AND oid::regclass::text ~ '^segment_data[.]mp_int(_|$)'),
          'every generated relation has a comment')
  FROM pg_class WHERE relnamespace = 'segment_data'::regnamespace AND relname ~ '^mp_int(_|$)' AND relkind IN ('r', 'v') AND obj_description(oid, 'pg_class') <> '';
SELECT is(count(*), 0::bigint, 'nobody else has a privilege on them') FROM pg_class
 WHERE relnamespace = 'segment_data'::regnamespace AND relname ~ '^mp_int(_|$)' AND relacl IS NOT NULL;

-- Kinds of keys and relations.
SELECT ok(segment.create_population('mp_big', 'mp.c_big', 'id') > 0, 'bigint');
SELECT ok(segment.create_population('mp_uuid', 'mp.c_uuid', 'id') > 0, 'uuid');
SELECT ok(segment.create_population('mp_text', 'mp.c_text', 'id') > 0, 'text');
SELECT ok(segment.create_population('mp_char', 'mp.c_char', 'id') > 0, 'char(n)');
SELECT ok(segment.create_population('mp_domain', 'mp.c_domain', 'id') > 0, 'domain');
SELECT ok(segment.create_population('mp_enum', 'mp.c_enum', 'id') > 0, 'enum');
SELECT ok(segment.create_population('mp_part', 'mp.c_part', 'id') > 0, 'partitioned table');
SELECT ok(segment.create_population('mp_view', 'mp.c_view', 'id') > 0, 'view');
SELECT ok(segment.create_population('mp_matview', 'mp.c_matview', 'id') > 0, 'materialized view');
SELECT is(mp.column_type('segment_data.mp_uuid', 'mp_uuid_id'), 'uuid', 'a uuid stays one');
SELECT is(mp.column_type('segment_data.mp_char', 'mp_char_id'), 'bpchar', 'char(n) is not cut to one character');
SELECT is(mp.column_type('segment_data.mp_domain', 'mp_domain_id'), 'bigint', 'a domain is stored as its base type');
SELECT is(mp.column_type('segment_data.mp_enum', 'mp_enum_id'), 'text', 'an enum is stored as text');
SELECT ok(segment.create_population('mp_odd', 'mp."Odd ""name"', 'customer_no', since => 'Since "day', key_name => 'customer_no',
									timezone => 'Europe/Paris', settle => '5 days') > 0, 'odd names');
SELECT is(mp.column_type('segment_data.mp_odd', 'customer_no'), 'integer', 'key_name names the key');
SELECT is(segment.population_query('mp_odd'),
		  'SELECT (r.customer_no)::integer, (r."Since ""day")::date FROM mp."Odd ""name" AS r', 'names are quoted in the statement');
SELECT is(segment.population_query('mp_int'),
		  'SELECT (r.id)::integer, (pg_catalog.timezone(''America/New_York''::text, (r.joined)::timestamptz))::date FROM mp.c_int AS r',
		  'a moment becomes a day in the population''s time zone');

-- Refusals, each with what and how.
SELECT is(mp.refusal($$SELECT segment.create_population('mp_int', 'mp.c_int', 'id')$$),
		  '42710 | population "mp_int" exists already | Choose another name, or drop it with segment.drop_population.', 'name taken');
SELECT is(mp.refusal($$SELECT segment.create_population('mp_x', 'mp.c_int', 'nr')$$),
		  '42703 | column "nr" of relation "mp.c_int", the population''s key, does not exist | The relation''s columns are: id, joined, note, xy, p, a, j.', 'no such key');
SELECT is(mp.refusal($$SELECT segment.create_population('mp_x', 'mp.c_int', 'id', since => 'note')$$),
		  '42804 | column "note" of relation "mp.c_int", the population''s since, is of type text | Name a column of type date, timestamp or timestamp with time zone.', 'since is no time');
SELECT is(mp.refusal($$SELECT segment.create_population('mp_x', 'mp.c_int', 'xy')$$),
		  '0A000 | column "xy" of relation "mp.c_int", the population''s key, is of type point, which cannot be stored | Map a view over the relation that selects xy::text AS xy.', 'a type without an order');
SELECT alike(mp.refusal($$SELECT segment.create_population('mp_x', 'mp.c_int', 'p')$$), '0A000 | %selects p::text AS p.', 'a composite type');
SELECT alike(mp.refusal($$SELECT segment.create_population('mp_x', 'mp.c_int', 'a')$$), '0A000 | %', 'an array');
SELECT alike(mp.refusal($$SELECT segment.create_population('mp_x', 'mp.c_int', 'j')$$), '0A000 | %', 'json');
SELECT is(mp.refusal($$SELECT segment.create_population('mp_x', 'mp.c_int', 'id', timezone => 'Mars/Base')$$),
		  '22023 | time zone "Mars/Base" is not known | SELECT name FROM pg_timezone_names lists the time zones there are.', 'unknown time zone');
SELECT is(mp.refusal($$SELECT segment.create_population('mp_x', 'mp.c_int', 'id', settle => '-1 day')$$),
		  '22023 | settle is negative | It is how long after its end a period stays open: ''3 days''.', 'negative settle');
SELECT is(mp.refusal($$SELECT segment.create_population('mp_x', 'mp.c_int', 'id', key_name => 'as_of')$$),
		  '42939 | the key cannot be called "as_of" in generated relations | Give another name with key_name => ''…''.', 'reserved key name');
SELECT is(mp.refusal($$SELECT segment.create_population('mp_x', 'mp.c_sequence', 'last_value')$$),
		  '42809 | population "mp_x" cannot be mapped on "mp.c_sequence" | Map a table, partitioned table, view, materialized view or foreign table.', 'a sequence');
SELECT is(mp.refusal($$SELECT segment.create_population(NULL, 'mp.c_int', 'id')$$), '22004 | argument "name" is null | Give it a value.', 'no name');
SELECT is(mp.refusal(format($$SELECT segment.create_population(%L, 'mp.c_int', 'id')$$, repeat('x', 41))),
		  '42622 | the name of population "' || repeat('x', 41) || '" is too long | Names are 1 to 40 bytes: generated relations carry them.', 'name too long');
SELECT alike(mp.refusal($$SELECT segment.create_population('', 'mp.c_int', 'id')$$), '42602 | %', 'empty name');
CREATE TABLE segment_data.mp_taken_feature ();
SELECT is(mp.refusal($$SELECT segment.create_population('mp_taken', 'mp.c_int', 'id')$$),
		  '42P07 | relation "segment_data.mp_taken_feature" exists already | Choose another name, or drop what generated that relation.', 'generated name taken');
DROP TABLE segment_data.mp_taken_feature;
CREATE TEMPORARY TABLE mp_temporary (id int);
SELECT alike(mp.refusal($$SELECT segment.create_population('mp_x', 'mp_temporary', 'id')$$), '0A000 | population "mp_x" cannot be mapped on temporary relation%', 'a temporary table');
SELECT is(mp.refusal($$SELECT segment.alter_population('mp_nobody')$$),
		  '42704 | population "mp_nobody" does not exist | SELECT name FROM segment.population lists the populations there are.', 'unknown population');

-- Owners.
CREATE ROLE mp_team NOLOGIN;
CREATE ROLE mp_member NOLOGIN IN ROLE mp_team;
CREATE ROLE mp_stranger NOLOGIN;
GRANT USAGE ON SCHEMA segment, mp TO mp_team, mp_stranger;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA segment TO mp_team, mp_stranger;
CREATE TABLE mp.theirs (id int PRIMARY KEY, day date);
SELECT is(mp.refusal($$SELECT segment.create_population('mp_team', 'mp.theirs', 'id', owner => 'mp_team')$$),
		  '42501 | role mp_team, as which population "mp_team" is read, may not read "mp.theirs" | GRANT SELECT ON mp.theirs TO mp_team;', 'the owner must be able to read');
ALTER TABLE mp.theirs OWNER TO mp_team;
SELECT is(mp.refusal($$SELECT segment.create_population('mp_super', 'mp.theirs', 'id')$$),
		  '42501 | relation "mp.theirs" does not belong to a superuser, but the population does | Map it on a population of an ordinary role: owner => ''the role that reads it''.', 'a superuser''s population reads superusers'' relations only');
ALTER TABLE mp.c_part1 OWNER TO mp_team;
SELECT alike(mp.refusal($$SELECT segment.create_population('mp_super', 'mp.c_part', 'id')$$), '42501 | relation "mp.c_part1" does not belong%', '... partitions included');
SET ROLE mp_stranger;
SELECT is(mp.refusal($$SELECT segment.create_population('mp_team', 'mp.theirs', 'id', owner => 'mp_team')$$),
		  '42501 | role "mp_stranger" is not a member of role "mp_team" | Name an owner whose member you are, or ask for membership in "mp_team".', 'a stranger cannot map for others');
SET ROLE mp_member;
SELECT ok(segment.create_population('mp_team', 'mp.theirs', 'id', owner => 'mp_team') > 0, 'a member maps for a role that cannot log in');
RESET ROLE;
SELECT is(pg_get_userbyid(relowner)::text, 'mp_team', 'the anchor belongs to the owner') FROM pg_class WHERE oid = 'segment_data.mp_team_anchor'::regclass;
SELECT is(pg_get_userbyid(relowner)::text, pg_get_userbyid((SELECT extowner FROM pg_extension WHERE extname = 'segment'))::text,
		  'results belong to the extension''s owner') FROM pg_class WHERE oid = 'segment_data.mp_team_feature'::regclass;
SET ROLE mp_stranger;
SELECT is(mp.refusal($$SELECT segment.alter_population('mp_team', settle => '1 day')$$),
		  '42501 | permission denied for population "mp_team" | Only members of role "mp_team", its owner, may do this.', 'a stranger cannot change it');
SELECT alike(mp.refusal($$SELECT segment.drop_population('mp_team')$$), '42501 | permission denied for population "mp_team"%', '... or drop it');
RESET ROLE;
SELECT alike(mp.refusal('DROP ROLE mp_team'), '2BP01 | role "mp_team" cannot be dropped%', 'DROP ROLE sees the population');

-- Changing and dropping.
SELECT lives_ok($$SELECT segment.alter_population('mp_team', timezone => 'Asia/Tokyo', since => 'day')$$, 'a population is altered');
SELECT is(timezone || ' ' || settle || ' ' || since_column, 'Asia/Tokyo 3 days day', 'what is given changes, the rest stays') FROM segment.population WHERE name = 'mp_team';
ALTER TABLE mp.c_big ALTER id TYPE text;
SELECT is(mp.refusal($$SELECT segment.alter_population('mp_big', settle => '1 day')$$),
		  '42804 | the key of population "mp_big" is of type text now, but was mapped as bigint | Map a view that selects id::bigint AS id, or drop the population and map it again.', 'a key that was altered is noticed');
CREATE VIEW mp.report AS SELECT * FROM segment_data.mp_int;
SELECT is(mp.refusal($$SELECT segment.drop_population('mp_int')$$),
		  '2BP01 | cannot drop view segment_data.mp_int because other objects depend on it | view mp.report depends on view segment_data.mp_int | Use DROP ... CASCADE to drop the dependent objects too.',
		  'a view of the user''s keeps the population');
DROP VIEW mp.report;
INSERT INTO segment.source (population_id, name, relation, customer, occurred_at)
SELECT population_id, 'orders', 'mp.theirs', 'id', 'day' FROM segment.population WHERE name = 'mp_int';
SELECT is(mp.refusal($$SELECT segment.drop_population('mp_int')$$),
		  '2BP01 | population "mp_int" cannot be dropped because something uses it | In use by: source orders. | Drop those first.', 'a source keeps the population');
DELETE FROM segment.source WHERE name = 'orders' AND relation = 'mp.theirs'::regclass;
DROP OWNED BY mp_team;
SELECT alike(mp.refusal($$SELECT segment.alter_population('mp_team')$$), '42704 | the owner view of population "mp_team" is gone%', 'a population whose owner is gone says so');
SELECT lives_ok($$SELECT segment.drop_population(name) FROM segment.population WHERE name LIKE 'mp\_%' ORDER BY name$$, 'all are dropped');
SELECT is(count(*), 0::bigint, 'nothing generated stays') FROM pg_class WHERE relnamespace = 'segment_data'::regnamespace AND relname LIKE 'mp\_%';
SELECT is(count(*), 0::bigint, 'no definition stays') FROM segment.population WHERE name LIKE 'mp\_%';

DROP SCHEMA mp CASCADE;
DROP OWNED BY mp_team, mp_stranger;
DROP ROLE mp_member, mp_stranger, mp_team;
SELECT * FROM finish();
