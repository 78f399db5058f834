# F27: pg_upgrade, from a cluster of 15 to a new one, as core's own test does
# it.  Files are taken over as they are, so nothing is lost: results, history,
# cursors and what the logs have not been read of.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use SegmentDiff;
use SegmentTest;

my $old = start_cluster('before', debug => 0);
my $day = '2025-06-21';

create_shop($old, customers => 60);
map_shop($old, 'shop');
$old->safe_psql('shop', refresh_sql('2025-06-20'));
activate_schemes($old, 'shop', 'true');
declare_everything($old, 'shop');
$old->safe_psql('shop', refresh_sql($day));
# a second database, of the former release, must not stand in the way
$old->safe_psql('postgres', 'CREATE ROLE keeper');
$old->safe_psql('postgres', 'CREATE DATABASE older');
$old->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-d', $old->connstr('older'), '-f', "$FindBin::RealBin/../upgrade/0.1.sql" ],
    'a database of 0.1');
my %contents = contents($old, 'shop');
my $cursors = $old->safe_psql('shop', 'SELECT count(*) FROM segment.cursor');
# changes that no refresh has read
$old->safe_psql('shop', q{UPDATE shop.orders SET total = total + 500 WHERE id % 11 = 0; UPDATE shop.customers SET region = 'west' WHERE id = 7});
my $pending = q{SELECT sum(pending) FROM segment.freshness WHERE scheme IS NULL};
my $waiting = $old->safe_psql('shop', $pending);
cmp_ok($waiting, '>', 0, 'changes wait');
my $runs = q{SELECT (SELECT count(*) FROM segment.refresh_log), (SELECT count(*) FROM segment.job_run)};
my $ran = $old->safe_psql('shop', $runs);
$old->stop;

my $new = PostgreSQL::Test::Cluster->new('after');
$new->init(extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ]);
my $bindir = $new->config_data('--bindir');
chdir $PostgreSQL::Test::Utils::tmp_check;
# While pg_upgrade works in them neither cluster may run the job that is due.
$_->append_conf('postgresql.conf', "shared_preload_libraries = 'segment'\nsegment.naptime = 1\n") foreach $old, $new;
my @upgrade = ('pg_upgrade', '--no-sync', '-d', $old->data_dir, '-D', $new->data_dir, '-b', $bindir, '-B', $bindir,
    '-s', $new->host, '-p', $old->port, '-P', $new->port);
$new->command_ok(\@upgrade, 'F27 pg_upgrade');
$new->append_conf('postgresql.conf', "shared_preload_libraries = ''\n");
$new->start;

is($new->safe_psql('shop', $runs), $ran, 'F27 nothing ran meanwhile');
my %upgraded = contents($new, 'shop');
is(differing(\%upgraded, \%contents), '', 'F27 every table, view and sequence is as it was');
is($new->safe_psql('shop', 'SELECT count(*) FROM segment.cursor'), $cursors, 'F27 cursors too');
is($new->safe_psql('shop', $pending), $waiting, 'F27 and the changes that wait');
my $moves = q{SELECT count(*) FROM segment_data.value_transition WHERE cause NOT IN ('data', 'manual') AND day > '2025-06-20'};
my $before = $new->safe_psql('shop', $moves);
is(sqlstate_of($new, 'shop', refresh_sql($day)), '', 'F27 a refresh works');
is($new->safe_psql('shop', $moves), $before, 'F27 nobody moved but by what changed');
my @found = (check_ledgers($new, 'shop'), check_history($new, 'shop'), check_facts($new, 'shop'));
is(scalar(@found), 0, 'F27 and its results equal the tables') or diag(describe($new, 'shop', @found));
is($new->safe_psql('shop', q{SELECT string_agg(DISTINCT captured::text, ' ') FROM segment.capture_status('customer')}), 'true', 'F27 everything is captured');
is($new->safe_psql('shop', $pending), '0', 'F27 nothing waits');
$new->safe_psql('shop', q{INSERT INTO shop.orders SELECT 600000 + i, i, '2025-06-21', 900, 'web' FROM generate_series(1, 10) i});
is(sqlstate_of($new, 'shop', refresh_sql($day)), '', 'F27 a refresh after changes works');
cmp_ok($new->safe_psql('shop', 'SELECT customers FROM segment.refresh_log ORDER BY refresh_id DESC LIMIT 1'), '<=', 10, 'F27 of those that changed alone');
@found = (check_ledgers($new, 'shop'), check_history($new, 'shop'), check_facts($new, 'shop'));
is(scalar(@found), 0, 'F27 and equals the tables') or diag(describe($new, 'shop', @found));
is(sqlstate_of($new, 'shop', 'DROP EXTENSION segment'), '', 'F27 DROP EXTENSION needs no CASCADE');

is(sqlstate_of($new, 'older', refresh_sql($day)), '55000', 'F27 a database of 0.1 is one still');
is(sqlstate_of($new, 'older', 'ALTER EXTENSION segment UPDATE;' . refresh_sql($day)), '', 'F27 and is upgraded there');

$new->stop;
done_testing();
