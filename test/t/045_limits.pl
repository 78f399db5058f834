# What is large or scarce: millions of keys in one transaction (F39), and a
# backend that really gets no more memory (F34).
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use SegmentDiff;
use SegmentTest;
use Test::More;

my $keys = $ENV{SEGMENT_MANY_KEYS} // 5_000_000;
my $node = start_cluster('limits', debug => 0, settings => "fsync = off\nmax_wal_size = 4GB\nautovacuum = off\nmaintenance_work_mem = 64MB");

sub sql
{
	return $node->safe_psql('shop', shift);
}

# F39: a hash of keys that is bounded, then one row that says everything.
sql(q{
	CREATE SCHEMA shop;
	CREATE TABLE shop.customers (id int PRIMARY KEY);
	INSERT INTO shop.customers SELECT generate_series(1, 1000);
	CREATE TABLE shop.orders (customer_id int, at date NOT NULL DEFAULT '2025-06-01');
	CREATE INDEX ON shop.orders (customer_id);
	CREATE TABLE shop.visits (customer text, at date NOT NULL DEFAULT '2025-06-01');
	SELECT segment.create_population('customer', 'shop.customers', key => 'id', timezone => 'UTC');
	SELECT segment.create_source('orders', 'shop.orders', customer => 'customer_id', occurred_at => 'at');
	SELECT segment.create_population('visitor', 'shop.visits', key => 'customer', timezone => 'UTC');
	SELECT segment.create_feature('orders', aggregate => 'count', source => 'orders', population => 'customer');
	CALL segment.refresh('customer', '2025-06-20');
});
my $last = sql('SELECT pg_current_snapshot()');
# PostgreSQL 18 says by a path of numbers whose child a context is, before that it is the parent's name.
my $memory = q{WITH c AS MATERIALIZED (SELECT name, total_bytes, to_jsonb(m) AS j FROM pg_backend_memory_contexts m)
	SELECT sum(total_bytes) FROM c WHERE name IN ('TopTransactionContext', 'change log batch') OR j ->> 'parent' = 'TopTransactionContext'
	    OR j -> 'path' @> (SELECT t.j -> 'path' -> -1 FROM c t WHERE t.name = 'TopTransactionContext')};
my $cost = sql(qq{
	\\set QUIET on
	BEGIN;
	COPY shop.orders (customer_id) FROM PROGRAM 'seq 1 99999';
	$memory;
	COPY shop.orders (customer_id) FROM PROGRAM 'seq 100000 $keys';
	$memory;
	COMMIT;});
my ($most, $end) = split /\n/, $cost;
cmp_ok($most, '<', 16 * 1024 * 1024, "F39 the keys of a transaction take no more than 16 MB");
cmp_ok($end, '<', 4 * 1024 * 1024, 'F39 and little once there are too many');
note(sprintf 'F39: %.1f MB for 99,999 keys, %.1f MB after %d', $most / 1048576, $end / 1048576, $keys);
is(sql("SELECT count(*), bool_and(everything), count(key) FROM segment.changed_keys('$last', 'orders', 'customer')"), '1|t|0', 'F39 one row says everything');
is(sql(q{SELECT count(*) FROM (TABLE segment_data.customer_orders_log_0 UNION ALL TABLE segment_data.customer_orders_log_1 UNION ALL
	TABLE segment_data.customer_orders_log_2 UNION ALL TABLE segment_data.customer_orders_log_3) l}), '1', 'F39 and the log has no other');
my $peak = sql(qq{
	\\set QUIET on
	CALL segment.refresh('customer', '2025-06-20');
	SELECT (regexp_match(pg_read_file('/proc/' || pg_backend_pid() || '/status'), 'VmHWM:\\s+(\\d+)'))[1]::int
	     - (regexp_match(pg_read_file('/proc/' || pg_backend_pid() || '/status'), 'RssShmem:\\s+(\\d+)'))[1]::int});
note(sprintf 'F39: the refresh took at most %.0f MB of its own', $peak / 1024);
cmp_ok($peak, '<', 160 * 1024, 'F39 the refresh stays near maintenance_work_mem');
is(sql(q{SELECT count(*), min(segment.event_count(ledger)), max(segment.event_count(ledger)) FROM segment_data.customer_orders_ledger}), "$keys|1|1", 'F39 then every ledger is there');
is(sql(q{SELECT count(*) FROM segment_data.customer WHERE orders = 1}), '1000', 'F39 and every feature');
is(sql(q{SELECT mismatched FROM segment.verify('customer', sample => 500)}), '0', 'F39 equal to the tables');
# Long keys are bounded in bytes.
my $long = sql(qq{
	\\set QUIET on
	BEGIN;
	INSERT INTO shop.visits (customer) SELECT repeat(md5(n::text), 30) || n FROM generate_series(1, 60000) n;
	$memory;
	ROLLBACK;});
cmp_ok($long, '<', 32 * 1024 * 1024, sprintf 'F39 so are keys of a kilobyte each (%.1f MB)', $long / 1048576);
sql(q{SELECT segment.drop_population('visitor')});
sql(q{SELECT segment.drop_feature('orders', 'customer')});
sql(q{SELECT segment.drop_source('orders', 'customer')});
sql(q{SELECT segment.drop_population('customer'); DROP SCHEMA shop CASCADE});

# F34: a limit on the address space, a little above what the backend has.
SKIP:
{
	skip 'F34: no prlimit', 1 if system('prlimit --version > /dev/null 2>&1') != 0;
	create_shop($node, customers => 3000);
	map_shop($node, 'shop');
	sql(refresh_sql('2025-06-20'));
	activate_schemes($node, 'shop', 'false');
	my $since = sql('SELECT pg_postmaster_start_time()');
	my ($failed, $done, $round) = (0, 0, 0);
	foreach my $kilobytes (0, 64, 256, 512, 1024, 2048, 3072, 4096, 6144, 8192, 12288, 16384, 24576, 32768, 65536, 131072)
	{
		my $session = $node->background_psql('shop', on_error_stop => 0);
		my $pid = $session->query_safe('SELECT pg_backend_pid()');

		$round++;
		sql(qq{UPDATE shop.orders SET total = total + 1 WHERE id % 7 = $round % 7; UPDATE shop.visits SET pages = pages + 1 WHERE id % 11 = $round % 11});
		$session->query('SET segment.bulk_fraction = 0; SET work_mem = \'32MB\'; SELECT 1');
		my ($size) = slurp_file("/proc/$pid/status") =~ /VmSize:\s+(\d+)/;
		system_or_bail('prlimit', '--pid', $pid, '--as=' . ($size + $kilobytes) * 1024);
		$session->query(refresh_sql('2025-06-20'));
		my $error = $session->{stderr};
		eval { $session->quit };
		# a time zone that cannot be loaded for want of memory is called invalid
		if ($error =~ /out of memory|could not load|cannot allocate memory|invalid value for parameter "TimeZone"/i) { $failed++ }
		elsif ($error eq '') { $done++ }
		else { fail("F34 with $kilobytes kB: $error") }
		unlike($error, qr/PANIC|server closed|terminat/, "F34 with $kilobytes kB more");
	}
	note("F34: $failed refreshes ran out of memory, $done were done");
	cmp_ok($failed, '>', 2, 'F34 memory was short');
	cmp_ok($done, '>', 0, 'F34 and then enough');
	is(sql('SELECT pg_postmaster_start_time()'), $since, 'F34 the server is the same');
	is(index(slurp_file($node->logfile), 'PANIC'), -1, 'F34 nothing panicked');
	sql(refresh_sql('2025-06-20'));
	is(sql(q{SELECT mismatched FROM segment.verify('customer')}), '0', 'F34 and the next refresh makes all equal');
}

$node->stop;
done_testing();
