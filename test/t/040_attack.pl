# Attacks that need logins, settings of roles, signals and the server's log:
# poisoned roles, an owner's code that kills the session it runs in, and what
# errors and the log tell about customers.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('attack');
$node->init;
$node->append_conf('postgresql.conf', "log_statement = none\nautovacuum = off");
$node->start;

sub sql
{
	my ($statement) = @_;
	return $node->safe_psql('postgres', $statement);
}

# As a role that logs in; returns its SQLSTATE, '' when all went well, 'lost' when the server hung up, and the output.
sub login
{
	my ($role, $statement) = @_;
	my ($out, $err) = ('', '');
	my $status = $node->psql('postgres', "\\set VERBOSITY verbose\n$statement", stdout => \$out, stderr => \$err,
		on_error_stop => 1, extra_params => [ '-U', $role ]);
	my ($state) = $err =~ /(?:ERROR|FATAL):\s+([0-9A-Z]{5}):/;

	return ($status == 0 ? '' : $state // 'lost', $out, $err);
}

# A digest of everything a refresh writes, but of when it was.
sub results
{
	my ($population) = @_;
	return sql(join ';', map { "SELECT md5(coalesce(string_agg(t::text, ' ' ORDER BY t::text), '')) FROM ($_) AS t" }
		  "SELECT customer_id, as_of, entry_day, revenue, seen, region, favourite FROM segment_data.${population}_feature",
		"SELECT customer_id, ledger::text FROM segment_data.${population}_orders_ledger",
		"SELECT customer_id, segment, valid, version, cause FROM segment_data.${population}_value_history",
		"SELECT customer_id, from_segment, to_segment, day, cause, inputs FROM segment_data.${population}_value_transition",
		"SELECT period_start, segment, dimension, measure, value FROM segment_data.${population}_value_facts");
}

# ---- a shop, mapped twice, whose orders are a view full of the owner's code ----

sql(<<'SETUP');
CREATE EXTENSION segment;
CREATE ROLE seg_attack_owner NOLOGIN IN ROLE pg_signal_backend;
CREATE ROLE seg_attack_poisoned LOGIN IN ROLE seg_attack_owner;
CREATE ROLE seg_attack_clean LOGIN IN ROLE seg_attack_owner;
GRANT USAGE ON SCHEMA segment, segment_data TO seg_attack_owner;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA segment TO seg_attack_owner;
CREATE SCHEMA shop AUTHORIZATION seg_attack_owner;
SET SESSION AUTHORIZATION seg_attack_owner;
CREATE TABLE shop.customers (id text PRIMARY KEY, region text, joined timestamptz);
CREATE TABLE shop.orders_table (id int PRIMARY KEY, customer_id text, at timestamptz, total numeric(20, 2), channel text);
INSERT INTO shop.customers SELECT 'secret-' || i, CASE i % 3 WHEN 0 THEN '\' WHEN 1 THEN 'north' END, '2023-12-31 23:30+00' FROM generate_series(1, 30) AS i;
INSERT INTO shop.orders_table SELECT i, 'secret-' || i % 30 + 1, '2024-01-01 23:30+00'::timestamptz + i * interval '5 hours', i, CASE i % 2 WHEN 0 THEN 'web' ELSE 'NULL' END
  FROM generate_series(1, 300) AS i;
CREATE TABLE shop.mode (mode text);
INSERT INTO shop.mode VALUES ('quiet');
CREATE TABLE shop.seen (what text);
CREATE FUNCTION shop.look() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	what text := (SELECT mode FROM shop.mode);
BEGIN
	IF what = 'cancel' THEN PERFORM pg_cancel_backend(pg_backend_pid()); PERFORM pg_sleep(5);
	ELSIF what = 'terminate' THEN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5);
	ELSIF what = 'sleep' THEN PERFORM pg_sleep(5);
	ELSIF what = 'raise' THEN RAISE EXCEPTION 'of the owner''s' USING ERRCODE = 'ZZ001';
	END IF;
	RETURN true;
END
$$;
CREATE FUNCTION shop.look_once() RETURNS boolean LANGUAGE sql STABLE AS 'SELECT shop.look()';
CREATE VIEW shop.orders AS SELECT * FROM shop.orders_table WHERE (SELECT shop.look_once());
SETUP

sub map_population
{
	my ($name, $role) = @_;
	my ($state, undef, $err) = login($role, <<MAPPING);
SELECT segment.create_population('$name', 'shop.customers', key => 'id', key_name => 'customer_id', timezone => 'Europe/Paris', since => 'joined', owner => 'seg_attack_owner');
SELECT segment.create_source('orders', 'shop.orders', customer => 'customer_id', occurred_at => 'at', measures => '{"revenue": "total"}',
	filter => \$\$channel <> 'x' OR channel IS NULL\$\$, dimension => 'channel', population => '$name');
SELECT segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue', within => '40 days', absent => 0, population => '$name'),
	segment.create_feature('seen', aggregate => 'active_days', source => 'orders', population => '$name'),
	segment.create_feature('favourite', aggregate => 'top_dimension', source => 'orders', population => '$name'),
	segment.create_feature('region', attribute => 'region', population => '$name');
SELECT segment.create_scheme('${name}_value', objective => 'Keep', population => '$name'),
	segment.create_segment('${name}_value', 'Slash', \$\$region = '\\' AND revenue > 900\$\$), segment.create_segment('${name}_value', 'Null', 'region = NULL'),
	segment.create_segment('${name}_value', 'Big', 'revenue > 700');
CALL segment.refresh('$name', as_of => '2024-02-28');
SELECT segment.activate('${name}_value');
CALL segment.refresh('$name', as_of => '2024-03-03');
MAPPING
	is($state, '', "mapped and refreshed by $role") or diag($err);
	return;
}

# ---- T13: what ALTER ROLE … SET and ALTER ROLE … IN DATABASE … SET can poison ----

my %poison = (
	'standard_conforming_strings' => 'off', 'backslash_quote' => 'on', 'array_nulls' => 'off', 'transform_null_equals' => 'on',
	'TimeZone' => "'Pacific/Auckland'", 'DateStyle' => "'SQL, DMY'", 'IntervalStyle' => 'sql_standard', 'extra_float_digits' => '-15',
	'bytea_output' => 'escape', 'quote_all_identifiers' => 'on', 'row_security' => 'off', 'search_path' => 'shop, pg_temp, public',
	'default_transaction_isolation' => 'serializable', 'default_transaction_read_only' => 'on', 'default_transaction_deferrable' => 'on',
	'work_mem' => "'64kB'", 'maintenance_work_mem' => "'1MB'", 'temp_buffers' => "'800kB'", 'statement_timeout' => "'60s'", 'lock_timeout' => "'10s'",
	'idle_in_transaction_session_timeout' => "'60s'", 'enable_seqscan' => 'off', 'enable_hashjoin' => 'off', 'enable_hashagg' => 'off', 'jit_above_cost' => '0',
	'plan_cache_mode' => 'force_generic_plan', 'constraint_exclusion' => 'on', 'default_toast_compression' => 'pglz', 'client_encoding' => 'LATIN1',
	'synchronous_commit' => 'off', 'check_function_bodies' => 'off', 'xmloption' => 'document');
my $poisoned_by = 0;
foreach my $name (sort keys %poison)
{
	my $where = $poisoned_by++ % 2 ? ' IN DATABASE postgres' : '';
	sql("ALTER ROLE seg_attack_poisoned$where SET $name = $poison{$name}");
}
map_population('clean', 'seg_attack_clean');
sql('ALTER ROLE seg_attack_poisoned IN DATABASE postgres RESET default_transaction_read_only; ALTER ROLE seg_attack_poisoned RESET default_transaction_read_only');
map_population('poisoned', 'seg_attack_poisoned');
sql('ALTER ROLE seg_attack_poisoned SET default_transaction_read_only = on');
is((login('seg_attack_poisoned', 'SHOW standard_conforming_strings; SHOW TimeZone; SHOW default_transaction_read_only'))[1], "off\nPacific/Auckland\non", 'the role is poisoned');
is(results('poisoned'), results('clean'), 'results are the same whoever mapped and refreshed');
sql(q{SET SESSION AUTHORIZATION seg_attack_owner; UPDATE shop.orders_table SET total = total + 500 WHERE id % 11 = 0; UPDATE shop.customers SET region = '\\' WHERE id LIKE '%7'});
foreach my $day ('2024-03-03', '2024-03-20')
{
	is((login('seg_attack_clean', "CALL segment.refresh('poisoned', '$day')"))[0], '', "the one refreshes the other's, $day");
	is((login('seg_attack_poisoned', "CALL segment.refresh('clean', '$day')"))[0], '', 'and the other way round, where transactions are read only');
	is(results('poisoned'), results('clean'), 'results are the same');
}
is(sql("SELECT count(DISTINCT segment) FROM segment_data.clean_value_history"), 3, 'of which there are three segments');

# ---- T15, F29: cancelled, terminated, timed out, failed by the owner's own code ----

my $before = results('clean');
my $as_of = sql("SELECT as_of FROM segment.population WHERE name = 'clean'");
my $transactions = sql(q{SELECT count(*) FROM segment.refresh_log});
sql(q{UPDATE shop.orders_table SET total = total + 10 WHERE id % 5 = 0});
foreach my $case ([ 'cancel', '57014', '' ], [ 'terminate', '57P01', '' ], [ 'sleep', '57014', "SET statement_timeout = '200ms'; " ], [ 'raise', 'ZZ001', '' ])
{
	my ($mode, $expected, $prepare) = @$case;
	sql("UPDATE shop.mode SET mode = '$mode'");
	my ($state) = login('seg_attack_clean', "SET ROLE seg_attack_owner; ${prepare}CALL segment.refresh('clean', '2024-04-15')");
	$state = '57P01' if $state eq 'lost';
	is($state, $expected, "$mode ends a refresh");
	is(results('clean'), $before, 'which leaves everything as it was');
	is(sql("SELECT as_of FROM segment.population WHERE name = 'clean'"), $as_of, 'the day too');
	is(sql(q{SELECT count(*) FROM pg_locks AS l WHERE locktype = 'relation' AND relation IN (SELECT oid FROM pg_class WHERE relnamespace = 'segment_data'::regnamespace)}),
		0, 'and no lock');
}
is(sql('SELECT count(*) FROM segment.refresh_log'), $transactions, 'none of them is logged as done');
sql("UPDATE shop.mode SET mode = 'quiet'");
is((login('seg_attack_poisoned', "CALL segment.refresh('poisoned', '2024-04-15')"))[0], '', 'one that was not disturbed');
is((login('seg_attack_clean', "CALL segment.refresh('clean', '2024-04-15')"))[0], '', 'and the one tried again');
is(results('clean'), results('poisoned'), 'come to the same');

# The code runs as the owner: a superuser's session is not its to kill.
foreach my $mode ('cancel', 'terminate')
{
	sql("UPDATE shop.mode SET mode = '$mode'");
	my ($state) = login(scalar(sql('SELECT current_user')), "CALL segment.refresh('clean', '2024-04-16')");
	is($state, '42501', "in a superuser's session the code may not $mode");
}
sql("UPDATE shop.mode SET mode = 'quiet'");

# ---- T12: no customer's key in errors and the log ----

my $offset = -s $node->logfile;
my %message;
sub provoke
{
	my ($what, $change, $statement, $undo) = @_;
	sql($change);
	my ($state, undef, $err) = login('seg_attack_clean', $statement);
	$message{$what} = "$state $err";
	sql($undo);
	return;
}
my $refresh = "CALL segment.refresh('clean', '2024-04-20')";
sql('SET SESSION AUTHORIZATION seg_attack_owner; CREATE TABLE shop.twice AS SELECT * FROM shop.customers UNION ALL SELECT * FROM shop.customers');
provoke('a column that is gone', 'ALTER TABLE shop.customers RENAME region TO place', $refresh, 'ALTER TABLE shop.customers RENAME place TO region');
provoke('infinity', q{UPDATE shop.orders_table SET at = 'infinity' WHERE id = 4}, $refresh, q{UPDATE shop.orders_table SET at = '2024-01-02' WHERE id = 4});
provoke('NaN', q{UPDATE shop.orders_table SET total = 'NaN' WHERE id = 4}, $refresh, q{UPDATE shop.orders_table SET total = 4 WHERE id = 4});
like($message{'infinity'}, qr/quarantined: 1/, 'an infinite time quarantines its customer');
like($message{'NaN'}, qr/^\s*$/, 'who stays there for NaN, and is not told of again');
my ($state, undef, $err) = login('seg_attack_clean', "SELECT segment.create_population('twice', 'shop.twice', key => 'id', timezone => 'UTC', owner => 'seg_attack_owner'); CALL segment.refresh('twice', '2024-04-20')");
is($state, '23505', 'a key that occurs twice is an error');
unlike($err, qr/secret-\d/, 'that does not say which');
unlike($message{$_}, qr/secret-\d/, "$_ does not say whose") foreach sort keys %message;
my $log = substr(slurp_file($node->logfile), $offset);
like($log, qr/more than once/, 'the log has them');
unlike($log, qr/secret-\d/, 'and names no customer either');
is((login('seg_attack_clean', 'CALL segment.refresh(\'clean\', \'2024-04-21\'); SHOW application_name'))[1], (login('seg_attack_clean', 'SHOW application_name'))[1], 'application_name is the session\'s');

$node->stop;
done_testing();
