# Capture and what only a server of one's own can show: prepared transactions
# over a crash, unlogged tables after one, logical apply, and a dump.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('capture');
$node->init(allows_streaming => 'logical');
$node->append_conf('postgresql.conf', "max_prepared_transactions = 5\nautovacuum = off");
$node->start;

sub sql
{
	my ($statement, $database) = @_;
	return $node->safe_psql($database // 'postgres', $statement);
}

# Keys that transactions not visible in a snapshot changed.
sub changed
{
	my ($last, $source, $database) = @_;
	return sql("SELECT coalesce(string_agg(CASE WHEN everything THEN 'everything' ELSE coalesce(key, 'null') END, ' '), '') "
		  . "FROM segment.changed_keys('$last', nullif('$source', ''))",
		$database);
}

my $tables = q{
	CREATE SCHEMA shop;
	CREATE TABLE shop.customers (id int PRIMARY KEY);
	CREATE TABLE shop.orders (id int PRIMARY KEY, customer_id int, ordered_at date);
	CREATE UNLOGGED TABLE shop.visits (customer_id int, at date);
};
my $mapping = q{
	CREATE EXTENSION segment;
	SELECT segment.create_population('customer', 'shop.customers', key => 'id', timezone => 'UTC');
	SELECT segment.create_source('orders', 'shop.orders', customer => 'customer_id', occurred_at => 'ordered_at');
	SELECT segment.create_source('visits', 'shop.visits', customer => 'customer_id', occurred_at => 'at');
};
sql($tables . $mapping);

# Prepared transactions: invisible until committed, whatever happens between.
my $last = sql('SELECT pg_current_snapshot()');
sql(q{BEGIN; INSERT INTO shop.orders VALUES (1, 10, '2020-01-01'); PREPARE TRANSACTION 'p'});
sql(q{BEGIN; INSERT INTO shop.orders VALUES (2, 20, '2020-01-01'); PREPARE TRANSACTION 'q'});
my $middle = sql('SELECT pg_current_snapshot()');
is(changed($last, 'orders'), '', 'a prepared transaction is not seen');
sql(q{CALL segment.rotate_logs('customer')});
my $fingerprint = sql(q{SELECT segment.relation_fingerprint('visits')});
my $logged = sql(q{SELECT segment.relation_fingerprint('orders')});
is(sql(q{SELECT segment.relation_fingerprint('visits')}), $fingerprint, 'the fingerprint of an unlogged table is steady');
$node->stop('immediate');
$node->start;
sql(q{COMMIT PREPARED 'p'; ROLLBACK PREPARED 'q'});
is(changed($middle, 'orders'), '10', 'until it is committed, after a crash too');

# Unlogged sources
isnt(sql(q{SELECT segment.relation_fingerprint('visits')}), $fingerprint, 'a crash changes the fingerprint of an unlogged table');
is(sql(q{SELECT segment.relation_fingerprint('orders')}), $logged, 'and of no other');
$fingerprint = sql(q{SELECT segment.relation_fingerprint('visits')});
$node->restart;
is(sql(q{SELECT segment.relation_fingerprint('visits')}), $fingerprint, 'an orderly restart does not');

# Logical apply, the initial copy included, into a mapped table of another database
sql('CREATE DATABASE apply');
sql($tables . $mapping, 'apply');
sql('CREATE PUBLICATION shop FOR TABLE shop.orders; INSERT INTO shop.orders VALUES (3, 30, now())');
$last = sql('SELECT pg_current_snapshot()', 'apply');
sql(q{SELECT pg_create_logical_replication_slot('apply', 'pgoutput')});
my $connection = $node->connstr('postgres');
sql("CREATE SUBSCRIPTION apply CONNECTION \$c\$$connection\$c\$ PUBLICATION shop WITH (create_slot = false, slot_name = 'apply')", 'apply');
$node->poll_query_until('apply', q{SELECT count(*) = 1 FROM pg_subscription_rel WHERE srsubstate IN ('r', 's')});
is(changed($last, 'orders', 'apply'), '10 30', 'the initial copy is captured');
$last = sql('SELECT pg_current_snapshot()', 'apply');
sql(q{UPDATE shop.orders SET customer_id = 31 WHERE id = 3; DELETE FROM shop.orders WHERE id = 1; INSERT INTO shop.orders VALUES (4, 40, now())});
$node->wait_for_catchup('apply');
is(changed($last, 'orders', 'apply'), '10 30 31 40', 'and so are replicated rows');
$last = sql('SELECT pg_current_snapshot()', 'apply');
sql('TRUNCATE shop.orders');
$node->wait_for_catchup('apply');
is(changed($last, 'orders', 'apply'), 'everything', 'and a replicated TRUNCATE');
sql('DROP SUBSCRIPTION apply', 'apply');

# Dump and restore: triggers come back at work, cursors do not.
sql(q{INSERT INTO segment.cursor SELECT population_id, NULL, pg_current_snapshot(), '{}' FROM segment.population});
my $dump = $node->basedir . '/dump.sql';
$node->command_ok([ 'pg_dump', '--no-sync', '-f', $dump, '-d', $node->connstr('postgres'), '--no-publications' ], 'pg_dump');
sql('CREATE DATABASE restored');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $dump, '-d', $node->connstr('restored') ], 'restore');
is(sql('SELECT count(*) FROM segment.cursor', 'restored'), '0', 'cursors are not restored');
is(sql('SELECT bool_and(captured) FROM segment.capture_status()', 'restored'), 't', 'capture is at work after a restore');
$last = sql('SELECT pg_current_snapshot()', 'restored');
sql(q{INSERT INTO shop.orders VALUES (5, 50, now())}, 'restored');
is(changed($last, 'orders', 'restored'), '50', 'and logs');
$node->safe_psql('restored', q{CALL segment.rotate_logs('customer')});
is(changed('1:1:', 'orders', 'restored'), '', 'rotation empties the logs when nobody has a cursor');

# A role that may read the shop dumps it without being stopped by anything of ours.
sql('CREATE ROLE shopkeeper LOGIN; GRANT USAGE ON SCHEMA shop TO shopkeeper; GRANT SELECT ON ALL TABLES IN SCHEMA shop TO shopkeeper');
$node->command_ok([ 'pg_dump', '--no-sync', '-f', $dump, '-n', 'shop', '-U', 'shopkeeper', '-d', $node->connstr('postgres') ],
	'the shop alone is dumped by an ordinary role');

is(sql(q{SELECT count(*) FROM pg_trigger t WHERE tgname ~ '^segment' AND NOT EXISTS (SELECT FROM pg_depend d
		WHERE d.classid = 'pg_trigger'::regclass AND d.objid = t.oid AND d.deptype = 'x')}, 'restored'),
	'0', 'restored triggers still go with the extension');

$node->stop;
done_testing();
