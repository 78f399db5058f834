# The worker and recovery: a standby has none and writes nothing, a promoted
# one and one recovered to a point in time go on from the cursor in their WAL.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use Time::HiRes qw(sleep time);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use SegmentDiff;
use SegmentTest;
use SegmentWorker;
use Test::More;

my $node = start_worker_cluster('primary', debug => 0, settings => "segment.databases = 'shop'\n", init => { allows_streaming => 1, has_archiving => 1 });
create_shop($node, customers => 60);
map_shop($node, 'shop');
my $today = $node->safe_psql('shop', q{SELECT segment.today('Europe/Paris')});
$node->safe_psql('shop', refresh_sql($today));
activate_schemes($node, 'shop', 'false');
# Due again in an hour: what is done before that is done because somebody was late.
my $job = $node->safe_psql('shop', q{SELECT segment.schedule('refresh', 'customer', every => '1 hour')});

sub runs
{
    my ($on, $condition) = @_;
    return $on->safe_psql('shop', "SELECT count(*) FROM segment.job_run WHERE job_id = $job AND $condition");
}

sub change_shop
{
    my ($on, $n) = @_;
    $on->safe_psql('shop', qq{
        INSERT INTO shop.orders SELECT 20000000 + $n * 100 + i, 1 + (i * 7 + $n) % 60, now() - interval '2 days', 250, 'web' FROM generate_series(1, 15) i;
        UPDATE shop.orders SET customer_id = 1 + ($n * 13) % 60 WHERE id % 59 = $n;
        DELETE FROM shop.items WHERE id % 101 = $n});
    return;
}

# Due now, by the table: the interval is long so that a test decides when.
my $due = "UPDATE segment.job_state SET next_run = now() WHERE job_id = $job";

within(10, 'the first run', sub { runs($node, "state = 'succeeded'") >= 1 });
$node->backup('base');

# ---- F15: a hot standby ----

my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
change_shop($node, 1);
$node->safe_psql('shop', $due);
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
sleep 2;
is($standby->safe_psql('shop', q{SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'segment%'}), '0', 'F15 no worker on a standby');
is($standby->safe_psql('shop', 'SELECT count(*) FROM segment.worker'), '0', 'F15 and it says so');
foreach my $statement ("CALL segment.run_job($job)", 'CALL segment.run_due_jobs()', "CALL segment.refresh('customer')",
    q{SELECT segment.schedule('verify', 'customer', every => '1 day')})
{
    is(sqlstate_of($standby, 'shop', $statement), '25006', "F15 a clear error: $statement");
}
is(odd_lines($standby, 'cannot execute', 'recovery', 'read-only'), '', 'F15 nothing odd in its log');

# ---- F16: promotion with changes that no refresh has seen ----

# The primary's worker must not be there first.
$node->safe_psql('postgres', 'ALTER SYSTEM SET segment.max_workers = 0');
$node->safe_psql('postgres', 'SELECT pg_reload_conf()');
sleep 0.5;
seconds_until(sub { $node->safe_psql('shop', q{SELECT count(*) FROM segment.worker WHERE kind = 'job'}) eq '0' }, 10);
change_shop($node, 2);
$node->safe_psql('shop', $due);
$node->safe_psql('postgres', q{SELECT pg_create_restore_point('between')});
my $lsn = $node->lsn('insert');
$node->safe_psql('postgres', 'SELECT pg_switch_wal()');
$node->wait_for_catchup($standby, 'replay', $lsn);
my $before = runs($standby, "state = 'succeeded'");
my $everyone = 60;
$standby->promote;
within(5, 'F16 a scheduler after promotion', sub { has_scheduler($standby, 'shop') });
within(15, 'F16 the pending changes are worked off', sub { runs($standby, "state = 'succeeded'") > $before });
my @found = check_all($standby, 'shop', $today);
is(scalar(@found), 0, 'F16 equal to the tables') || diag(describe($standby, 'shop', @found));
cmp_ok($standby->safe_psql('shop', 'SELECT customers FROM segment.refresh_log ORDER BY refresh_id DESC LIMIT 1'), '<', $everyone, 'F16 from the cursor, not everyone');
$standby->stop;

# ---- F17: recovered to a moment between the log and its refresh ----

my $past = PostgreSQL::Test::Cluster->new('past');
$past->init_from_backup($node, 'base', has_restoring => 1, standby => 0);
$past->append_conf('postgresql.conf', "recovery_target_name = 'between'\nrecovery_target_action = promote\nsegment.max_workers = 2\n");
$past->start;
$past->poll_query_until('postgres', 'SELECT NOT pg_is_in_recovery()');
within(15, 'F17 the worker goes on', sub { runs($past, "state = 'succeeded'") > $before });
@found = check_all($past, 'shop', $today);
is(scalar(@found), 0, 'F17 equal to the tables') || diag(describe($past, 'shop', @found));
cmp_ok($past->safe_psql('shop', 'SELECT customers FROM segment.refresh_log ORDER BY refresh_id DESC LIMIT 1'), '<', $everyone, 'F17 from the cursor, not everyone');

$_->stop foreach $past, $node;
done_testing();
