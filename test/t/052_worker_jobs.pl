# Jobs run by the worker: on time, once at a time, through crashes, stops and
# DDL on the extension.  Names are those of the failure model.
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

my $node = start_worker_cluster('jobs', settings => "segment.databases = 'shop, moved, copy'\n");
# (The comparison with a fresh copy of the shop wants that copy for itself.)
plan skip_all => 'the library was not made with DEBUG=1' unless has_debug_points($node);

my $n = 0;
create_shop($node, customers => 60);
map_shop($node, 'shop');
my $today = $node->safe_psql('shop', q{SELECT segment.today('Europe/Paris')});
$node->safe_psql('shop', refresh_sql($today));
activate_schemes($node, 'shop', 'false');

sub change_shop
{
    $n++;
    $node->safe_psql('shop', qq{
        INSERT INTO shop.orders SELECT 20000000 + $n * 100 + i, 1 + (i * 7 + $n) % 60, now() - interval '2 days', 250, 'web' FROM generate_series(1, 15) i;
        UPDATE shop.orders SET customer_id = 1 + ($n * 13) % 60 WHERE id % 59 = $n % 59;
        DELETE FROM shop.items WHERE id % 101 = $n % 101;
        UPDATE shop.customers SET region = CASE region WHEN 'north' THEN 'east' ELSE 'north' END WHERE id % 10 = $n % 10});
    return;
}

sub runs
{
    my ($job, $condition) = @_;
    return $node->safe_psql('shop', "SELECT count(*) FROM segment.job_run WHERE job_id = $job AND ($condition)");
}

# A run that began after now has succeeded: it has seen everything there is.
# No test waits for the pause after a failure.
sub next_success
{
    my ($name, $job) = @_;
    my $now = $node->safe_psql('shop', 'SELECT clock_timestamp()');
    $node->safe_psql('shop', "UPDATE segment.job_state SET next_run = now() WHERE job_id = $job AND run_id IS NULL AND next_run > now() + interval '1 second'");
    return within(20, $name, sub { runs($job, "state = 'succeeded' AND started_at > '$now'") > 0 });
}

sub is_equal
{
    my ($name, $job) = @_;
    next_success("$name: the next run", $job);
    my @found = check_all($node, 'shop', $today);
    return is(scalar(@found), 0, "$name: equal to the tables") || diag(describe($node, 'shop', @found));
}

sub configure
{
    my ($assignment) = @_;
    $node->safe_psql('postgres', "ALTER SYSTEM $assignment");
    $node->safe_psql('postgres', 'SELECT pg_reload_conf()');
    return;
}

# ---- on time ----

ok(defined seconds_until(sub { has_scheduler($node, 'shop') }, 10), 'a scheduler');
configure('SET segment.naptime = 60');
sleep 0.5;
my $job = $node->safe_psql('shop', q{SELECT segment.schedule('refresh', 'customer', every => '1 second', target_lag => '10 minutes')});
within(3, 'schedule() wakes the scheduler', sub { runs($job, "state = 'succeeded'") > 0 });
configure('SET segment.naptime = 1');
is_equal('a job every second', $job);
my $begun = runs($job, 'true');
sleep 5;
my $made = runs($job, 'true') - $begun;
ok($made >= 3 && $made <= 6, "one run a second ($made in 5 s)");
is($node->safe_psql('shop', q{SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'segment%' AND (query ~ '[0-9]{3}' OR application_name !~ '^segment (launcher|scheduler|job)$')}),
    '0', 'no keys in what pg_stat_activity shows');
is(odd_lines($node), '', 'nothing odd in the log');

# ---- F01, F02: a job worker killed ----

sub job_waiting_at
{
    my ($point) = @_;
    my $pid = wait_for_waiting($node, $point);
    ok(defined $pid, "a job waits at $point") or return undef;
    is($node->safe_psql('shop', "SELECT backend_type FROM pg_stat_activity WHERE pid = $pid"), 'segment job', "it is a worker's");
    return $pid;
}

foreach my $case ([ 'F01', 'build-after-read' ], [ 'F02', 'refresh-before-commit' ])
{
    my ($name, $point) = @$case;
    my $holder = $node->background_psql('shop', on_error_stop => 0);
    $holder->query_safe("SELECT segment.waitpoint_hold('$point')");
    change_shop();
    my $pid = job_waiting_at($point);
    my $cursor = $node->safe_psql('shop', 'SELECT md5(string_agg(c::text, chr(10) ORDER BY c::text)) FROM segment.cursor c');
    mark_log($node);
    kill 'KILL', $pid;
    eval { $holder->quit };
    sleep 0.2;
    my $died = time;
    ok(wait_until_up($node), "$name the server is up again");
    within(5, "$name a scheduler is back", sub { has_scheduler($node, 'shop') });
    within(5, "$name the run is marked crashed", sub { runs($job, "state = 'crashed' AND pid = $pid") == 1 });
    is_equal($name, $job);
    my $warnings = () = log_since($node) =~ /WARNING:  segment job $job .*crashed/g;
    is($warnings, 1, "$name one WARNING");
}

# ---- what the database limits its users to ----

{
    my $limit = $node->safe_psql('shop', q{SELECT max(name) FROM pg_settings WHERE name IN ('statement_timeout', 'transaction_timeout')});
    my $holder = $node->background_psql('shop', on_error_stop => 0);
    $holder->query_safe(q{SELECT segment.waitpoint_hold('refresh-before-commit')});
    $node->safe_psql('shop', "ALTER DATABASE shop SET $limit = '2s'");
    change_shop();
    my $pid = job_waiting_at('refresh-before-commit');
    sleep 3;
    ok(is_alive($pid), 'a run outlives a time limit of the database');
    $node->safe_psql('postgres', "ALTER DATABASE shop RESET $limit");
    eval { $holder->quit };
    within(5, 'and succeeds', sub { runs($job, "state = 'succeeded' AND pid = $pid") == 1 });
    is_equal('a time limit of the database', $job);
}

# ---- F04: immediate stop; stop fast; both in the middle of a run ----

foreach my $mode ('immediate', 'fast')
{
    my $holder = $node->background_psql('shop', on_error_stop => 0);
    $holder->query_safe(q{SELECT segment.waitpoint_hold('assign-after-write')});
    change_shop();
    my $pid = job_waiting_at('assign-after-write');
    my $stopping = time;
    $node->stop($mode);
    cmp_ok(time - $stopping, '<=', 5, "F04 stop $mode in the middle of a run within 5 s");
    eval { $holder->quit };
    $node->start;
    my $state = $mode eq 'fast' ? 'cancelled' : 'crashed';
    within(5, "F04 after stop $mode the run is $state", sub { runs($job, "state = '$state' AND pid = $pid") == 1 });
    is_equal("F04 stop $mode", $job);
}

# ---- F05: the postmaster gone in the middle of a run ----

{
    my $holder = $node->background_psql('shop', on_error_stop => 0);
    $holder->query_safe(q{SELECT segment.waitpoint_hold('build-after-write')});
    change_shop();
    my $pid = job_waiting_at('build-after-write');
    my $postmaster = (split /\n/, slurp_file($node->data_dir . '/postmaster.pid'))[0];
    kill 'KILL', $postmaster;
    within(1, 'F05 a job ends with the postmaster', sub { !is_alive($pid) });
    eval { $holder->quit };
    $node->{_pid} = undef;
    seconds_until(sub { !kill 0, $postmaster }, 5) // unlink $node->data_dir . '/postmaster.pid';
    $node->start;
    is_equal('F05', $job);
}

# ---- pg_terminate_backend, pg_cancel_backend, cancel_job ----

foreach my $way ('pg_terminate_backend', 'pg_cancel_backend', 'cancel_job')
{
    my $holder = $node->background_psql('shop', on_error_stop => 0);
    $holder->query_safe(q{SELECT segment.waitpoint_hold('refresh-before-commit')});
    change_shop();
    my $pid = job_waiting_at('refresh-before-commit');
    $node->safe_psql('shop', $way eq 'cancel_job' ? "SELECT segment.cancel_job($job)" : "SELECT $way($pid)");
    $holder->quit;
    within(5, "the run is cancelled by $way", sub { runs($job, "state = 'cancelled' AND pid = $pid") == 1 });
    is_equal($way, $job);
}

# ---- F07: no standby to wait for ----

configure(q{SET synchronous_standby_names = 'x'});
change_shop();
next_success('F07 a run with the synchronous standby absent', $job);
my $stopping = time;
$node->stop('fast');
cmp_ok(time - $stopping, '<=', 5, 'F07 fast stop within 5 s');
$node->append_conf('postgresql.auto.conf', "synchronous_standby_names = ''\n");
$node->start;
next_success('F07 after the start', $job);

# ---- F12, F14: the database goes, or moves, under a run ----

foreach my $statement ('CREATE DATABASE copy TEMPLATE shop', 'ALTER DATABASE shop RENAME TO moved')
{
    change_shop();
    my $began = time;
    my $status = $node->psql('postgres', $statement, stderr => \my $said);
    is($status, 0, "F14 $statement under a job every second") or diag($said);
    cmp_ok(time - $began, '<=', 5, 'F14 within 5 s');
}
my $error;
is($node->psql('postgres', 'ALTER DATABASE moved RENAME TO shop', stderr => \$error), 0, 'F14 and back') or diag($error);
is($node->psql('postgres', 'DROP DATABASE copy', stderr => \$error), 0, 'F12 DROP DATABASE under a job every second') or diag($error);
is_equal('F12, F14', $job);

# ---- F13: an unrelated database goes while a job computes ----

$node->safe_psql('shop', q{
    INSERT INTO shop.orders SELECT 50000000 + i, 1 + i % 60, now() - i % 700 * interval '1 day', 10, 'web' FROM generate_series(1, 600000) i});
my $worst = 0;
foreach (1 .. 3)
{
    $node->safe_psql('postgres', 'CREATE DATABASE unrelated');
    $node->safe_psql('shop', "UPDATE shop.customers SET name = name || '.'; TRUNCATE shop.tickets") if $_ == 1;
    seconds_until(sub { $node->safe_psql('shop', q{SELECT count(*) FROM segment.worker WHERE kind = 'job'}) eq '1' }, 5);
    my $began = time;
    $node->safe_psql('postgres', 'DROP DATABASE unrelated');
    $worst = time - $began if time - $began > $worst;
}
cmp_ok($worst, '<=', 1.5, 'F13 DROP DATABASE of another waits for no job');
note(sprintf 'F13 worst %.2f s', $worst);
$node->safe_psql('shop', 'DELETE FROM shop.orders WHERE id > 50000000');
is_equal('F13', $job);

# ---- F19, F22: DROP and ALTER EXTENSION while a job runs ----

foreach my $statement ('DROP EXTENSION segment', 'ALTER EXTENSION segment UPDATE')
{
    my $holder = $node->background_psql('shop', on_error_stop => 0);
    my $ddl = $node->background_psql('shop', on_error_stop => 0);
    $holder->query_safe(q{SELECT segment.waitpoint_hold('refresh-before-commit')});
    change_shop();
    my $pid = job_waiting_at('refresh-before-commit');
    my $scheduler = worker_pid($node, 'scheduler', 'shop');
    $ddl->{stdin} .= "BEGIN; $statement;\n";
    $ddl->{run}->pump_nb;
    ok($node->poll_query_until('shop', "SELECT count(*) > 0 FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE NOT l.granted AND a.query LIKE '%$statement%' AND a.pid <> pg_backend_pid()"),
        "F19, F22 $statement waits for the run");
    $holder->query_safe(q{SELECT segment.waitpoint_release('refresh-before-commit')});
    $ddl->query('ROLLBACK');
    $ddl->quit;
    is(runs($job, "state = 'succeeded' AND pid = $pid"), '1', 'F19, F22 and the run has ended well');
    $holder->quit;
    is(worker_pid($node, 'scheduler', 'shop'), $scheduler, 'F19 the scheduler survives');
    is_equal($statement, $job);
}

# ---- two jobs never more than max_workers; a job's process is one ----

is($node->safe_psql('shop', qq{SELECT count(*) FROM segment.job_run a JOIN segment.job_run b ON a.job_id = b.job_id AND a.run_id < b.run_id
    WHERE a.state <> 'skipped' AND b.state <> 'skipped' AND b.started_at < coalesce(a.finished_at, 'infinity') AND a.state <> 'crashed'}), '0', 'no two runs of a job at a time');

# ---- F10: a job that crashes every time ----

my $other = $node->safe_psql('shop', q{SELECT segment.schedule('maintain', 'customer', every => '1 second')});
mark_log($node);
configure(q{SET segment.inject = 'refresh-before-commit:kill'});
# the first crash may come before this has ended
eval { change_shop() };
within(60, 'F10 disabled after three crashes', sub {
    change_shop();
    $node->safe_psql('shop', "UPDATE segment.job_state SET next_run = now() WHERE job_id = $job AND run_id IS NULL");
    $node->safe_psql('shop', "SELECT active FROM segment.job WHERE job_id = $job") eq 'f'
});
configure(q{SET segment.inject = ''});
isnt($node->safe_psql('shop', "SELECT disabled_reason FROM segment.job WHERE job_id = $job"), '', 'F10 with a reason');
cmp_ok(runs($job, "state = 'crashed'"), '>=', 3, 'F10 three crashes on record');
next_success('F10 the other job runs', $other);
like(log_since($node), qr/is disabled/, 'F10 it is in the log');
$node->safe_psql('shop', "SELECT segment.alter_job($job, active => true)");
is_equal('F10 activated again', $job);

# ---- F09: no worker for jobs ----

configure('SET max_worker_processes = 3');
$node->restart;
within(5, 'F09 a scheduler has the last slot', sub { has_scheduler($node, 'shop') });
mark_log($node);
my $last = runs($job, 'true');
sleep 4;
my $warnings = () = log_since($node) =~ /WARNING:  no background worker can be started/g;
cmp_ok($warnings, '<=', 1, 'F09 not one WARNING a second');
is(runs($job, 'true'), $last, 'F09 nothing ran');
$node->safe_psql('shop', 'CALL segment.run_due_jobs()');
cmp_ok(runs($job, 'true'), '>', $last, 'F09 by hand it does');
configure('RESET max_worker_processes');
$node->restart;
is_equal('F09 with slots', $job);

# ---- max_workers ----

configure('SET segment.max_workers = 0');
sleep 1.5;
$last = runs($job, 'true');
sleep 2;
is(runs($job, 'true'), $last, 'max_workers 0: nothing is started');
configure('SET segment.max_workers = 1');
is_equal('max_workers 1', $job);

$node->stop;
done_testing();
