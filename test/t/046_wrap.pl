# Transaction ids that come to the end of their 32 bits (F40): the slot of a log
# follows from 64 bits, and so does what is newer.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use SegmentDiff;
use SegmentTest;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('wrap');
$node->init(extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ]);
$node->append_conf('postgresql.conf', "autovacuum = off\nfsync = off");
# A fresh cluster a few hundred transactions before the end of epoch 3: by leaps of less than half the ids, between
# which everything is frozen.
foreach my $xid (1_500_000_000, 3_000_000_000, 4294967296 - 700)
{
	$node->start;
	$node->safe_psql('postgres', 'UPDATE pg_database SET datallowconn = true');
	$node->command_ok([ 'vacuumdb', '--all', '--freeze', '--quiet', '--maintenance-db', $node->connstr('postgres') ], "F40 frozen before $xid");
	$node->stop('fast');
	append_to_file(sprintf('%s/pg_xact/%04X', $node->data_dir, int($xid / 1048576)), "\0" x 262144);
	command_ok([ $node->installed_command('pg_resetwal'), '-x', $xid, '-e', '3', '-D', $node->data_dir ], "F40 pg_resetwal -x $xid");
}
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE shop');
$node->safe_psql('shop', 'CREATE EXTENSION segment');
create_shop($node, customers => 60);
map_shop($node, 'shop');
$node->safe_psql('shop', refresh_sql('2025-06-20'));
activate_schemes($node, 'shop', 'false');

sub xid
{
	return $node->safe_psql('shop', 'SELECT pg_current_xact_id()::text::numeric');
}

sub change_shop
{
	my ($n) = @_;
	$node->safe_psql('shop', qq{
		INSERT INTO shop.orders VALUES (20000000 + $n, 1 + $n % 60, '2025-06-19', 250, 'web');
		UPDATE shop.orders SET customer_id = 1 + ($n * 13) % 60 WHERE id % 59 = $n % 59 AND id > 59;
		DELETE FROM shop.items WHERE id % 101 = $n % 101});
	return;
}

cmp_ok(xid(), '<', 4 * 4294967296, 'F40 it begins in the old epoch');
my $old_slot = (xid() >> 20) & 3;
# A writer from before the end, which commits long after it.
my $late = $node->background_psql('shop');
$late->query_safe(q{BEGIN; INSERT INTO shop.orders VALUES (30000000, 5, '2025-06-18', 77, 'web'); UPDATE shop.orders SET customer_id = 6 WHERE id = 5});
my $n = 0;
my $differences = 0;
while (xid() < 4 * 4294967296 + 50)
{
	$n++;
	change_shop($n);
	$node->safe_psql('shop', refresh_sql('2025-06-20'));
	$differences += scalar(check_ledgers($node, 'shop')) if $n % 5 == 0;
}
is($differences, 0, "F40 $n refreshes up to the new epoch: ledgers equal the tables");
is($node->safe_psql('shop', q{SELECT count(*) > 0 FROM segment.changed_keys('1:1:', 'orders')}), 't', 'F40 logs keep what the late writer has to come before');
$late->query_safe('COMMIT');
$late->quit;
$node->safe_psql('shop', refresh_sql('2025-06-20'));
my @found = check_all($node, 'shop', '2025-06-20');
is(scalar(@found), 0, 'F40 the late writer of the old epoch is not lost') || diag(describe($node, 'shop', @found));
change_shop(++$n);
$node->safe_psql('shop', refresh_sql('2025-06-20'));
isnt((xid() >> 20) & 3, $old_slot, 'F40 another slot is written to');
is($node->safe_psql('shop', q{SELECT count(*) FROM segment.changed_keys('1:1:', 'orders')}), '0', 'F40 and all slots have been emptied');
is($node->safe_psql('shop', q{SELECT mismatched FROM segment.verify('customer')}), '0', 'F40 verify finds nothing');

# F41: the counter of another history: cursors lie ahead of it, so everything is read anew.
my $cursor = $node->safe_psql('shop', q{SELECT min(pg_snapshot_xmax(last)::text::numeric) FROM segment.cursor});
$node->safe_psql('shop', 'CHECKPOINT');
$node->stop('fast');
command_ok([ $node->installed_command('pg_resetwal'), '-e', '2', '-D', $node->data_dir ], 'F41 the epoch goes back');
$node->start;
cmp_ok(xid(), '<', $cursor, 'F41 the counter is behind the cursors');
change_shop(++$n);
my $before = $node->safe_psql('shop', 'SELECT max(refresh_id) FROM segment.refresh_log');
$node->safe_psql('shop', refresh_sql('2025-06-20'));
is($node->safe_psql('shop', "SELECT customers >= 60 FROM segment.refresh_log WHERE refresh_id > $before"), 't', 'F41 it is noticed: everyone is read');
cmp_ok($node->safe_psql('shop', q{SELECT max(pg_snapshot_xmax(last)::text::numeric) FROM segment.cursor}), '<', $cursor, 'F41 and cursors are of this history');
@found = check_all($node, 'shop', '2025-06-20');
is(scalar(@found), 0, 'F41 equal to the tables') || diag(describe($node, 'shop', @found));
$node->stop;
done_testing();
