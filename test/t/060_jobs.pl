# Jobs without any worker: a runner that is killed, told to end, or stopped with
# the server; what is told of it and how often; two runners at once; dump and
# restore.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use IPC::Run ();
use Time::HiRes qw(sleep time);
use PostgreSQL::Test::Utils;
use Test::More;
use SegmentTest;

my $node = start_cluster('jobs', debug => 0);

$node->safe_psql('shop', <<'END');
CREATE SCHEMA shop;
CREATE TABLE shop.customers (id int PRIMARY KEY);
INSERT INTO shop.customers SELECT generate_series(1, 50);
SELECT segment.create_population('customer', 'shop.customers', key => 'id', timezone => 'UTC');
SELECT segment.schedule('refresh', 'customer', every => '1 hour');
SELECT segment.schedule('scorecards', 'customer', every => '1 hour');
SELECT segment.schedule('maintain', 'customer', every => '1 day', at => '04:00', max_runtime => '10 minutes');
END

sub session
{
    my ($sql) = @_;
    my $session = { out => '', err => '' };
    $session->{run} = IPC::Run::start([ 'psql', '-X', '-At', '-d', $node->connstr('shop'), map { ('-c', $_) } ref $sql ? @$sql : $sql ],
        '<', '/dev/null', '>', \$session->{out}, '2>', \$session->{err});
    return $session;
}

# Ends a session, whatever it says.
sub done
{
    my ($session) = @_;
    eval { IPC::Run::finish($session->{run}) };
    return $session->{err};
}

sub wait_for
{
    my ($what) = @_;
    foreach (1 .. 400)
    {
        my ($out, $err) = ('', '');
        $node->psql('shop', "SELECT $what", stdout => \$out, stderr => \$err);
        return $out if $out ne '' && $out ne 'f';
        sleep 0.03;
    }
    return '';
}

# A run that waits for a lock: its process, its session, and that of who holds the lock.
sub waiting_run
{
    my $locker = session(['BEGIN', 'LOCK TABLE shop.customers IN ACCESS EXCLUSIVE MODE', 'SELECT pg_sleep(60)']);
    wait_for(q{EXISTS (SELECT FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 'shop.customers'::regclass AND granted)});
    my $runner = session('CALL segment.run_job(1)');
    my $pid = wait_for(q{(SELECT r.pid FROM segment.job_runner r JOIN pg_locks l ON l.pid = r.pid AND NOT l.granted WHERE r.job_id = 1)});
    return ($pid, $runner, $locker);
}

sub stop_locker
{
    my ($locker) = @_;
    $node->psql('shop', q{SELECT pg_terminate_backend(pid) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 'shop.customers'::regclass});
    done($locker);
    return;
}

sub state_of
{
    return $node->safe_psql('shop', "SELECT concat_ws(' ', state, last_state, failures, active) FROM segment.job_status WHERE job = $_[0]");
}

sub make_due
{
    $node->safe_psql('shop', q{UPDATE segment.job_state SET next_run = '-infinity' WHERE job_id < 3});
    return;
}

$node->safe_psql('shop', 'CALL segment.run_due_jobs()');
is(state_of(1), 'waiting succeeded 0 t', 'a run that succeeds');

# Told to end: recorded by the process itself, no crash.
my ($pid, $runner, $locker) = waiting_run();
is(state_of(1), 'running succeeded 0 t', 'start is committed before the work');
$node->safe_psql('shop', "SELECT pg_terminate_backend($pid)");
done($runner);
stop_locker($locker);
is(state_of(1), 'waiting cancelled 0 t', 'a process told to end has recorded it');

($pid, $runner, $locker) = waiting_run();
my $began = time;
$node->stop('fast');
ok(time - $began < 5, 'a fast stop does not wait for a run');
done($_) foreach ($runner, $locker);
$node->start;
is(state_of(1), 'waiting cancelled 0 t', 'a fast stop is no crash');

# Lost: immediate stop, kill -9.
($pid, $runner, $locker) = waiting_run();
$node->stop('immediate');
done($_) foreach ($runner, $locker);
$node->start;
is(state_of(1), 'running cancelled 0 t', 'after an immediate stop it looks as if it ran');
$node->safe_psql('shop', 'CALL segment.run_due_jobs()');
is(state_of(1), 'failing crashed 1 t', 'which is found out');

my $log_start = -s $node->logfile;
foreach my $crash (2, 3)
{
    ($pid, $runner, $locker) = waiting_run();
    kill 'KILL', $pid;
    done($_) foreach ($runner, $locker);
    wait_until_up($node);
    $node->safe_psql('shop', 'CALL segment.run_due_jobs()');
    is(state_of(1), $crash == 2 ? 'failing crashed 2 t' : 'disabled crashed 3 f', "F10 kill -9: crash $crash");
}
make_due();
$node->safe_psql('shop', 'CALL segment.run_due_jobs()');
is(state_of(2), 'skipped skipped 0 t', 'what depends on it is skipped while it is disabled');
my $log = slurp_file($node->logfile, $log_start);
is(scalar(() = $log =~ /WARNING:  segment job 1/g), 1, 'of three crashes in a row, the end is warned of again, not the middle');

# Cured: it runs, and what waited for it.
$node->safe_psql('shop', 'SELECT segment.alter_job(1, active => true)');
make_due();
$node->safe_psql('shop', 'CALL segment.run_due_jobs()');
is(state_of(1) . ', ' . state_of(2), 'waiting succeeded 0 t, waiting succeeded 0 t', 'made active again it runs, and what depends on it');

# An episode of failures: one warning and one notification at its begin, one at its end.
$log_start = -s $node->logfile;
$node->safe_psql('shop', 'ALTER TABLE shop.customers RENAME COLUMN id TO number');
my $told = '';
$told .= $node->safe_psql('shop', join ";\n", 'LISTEN segment_job', map { "UPDATE segment.job_state SET next_run = '-infinity';\nCALL segment.run_due_jobs()" } 1 .. 3);
$node->safe_psql('shop', 'ALTER TABLE shop.customers RENAME COLUMN number TO id');
$told .= $node->safe_psql('shop', "LISTEN segment_job;\nUPDATE segment.job_state SET next_run = '-infinity';\nCALL segment.run_due_jobs();");
$log = slurp_file($node->logfile, $log_start);
is(scalar(() = $log =~ /WARNING:  segment job 1 .*failed/g), 1, 'three failures in a row, one warning');
like($log, qr/LOG:  segment job 1 \(refresh customer\) succeeds again after 3 failures/, 'and a line when they are over');
is(join(' ', $told =~ /"event" : "(\w+)", "job" : 1,/g), 'failed recovered', 'a notification of each');

# Two callers at once share the jobs and run none twice.
make_due();
my $before = $node->safe_psql('shop', 'SELECT max(run_id) FROM segment.job_run');
my @callers = map { session('CALL segment.run_due_jobs()') } 1 .. 4;
is(join('', map { done($_) } @callers), '', 'four callers at once: no error');
is($node->safe_psql('shop', "SELECT string_agg(job_id || ' ' || state, ', ' ORDER BY run_id) FROM segment.job_run WHERE run_id > $before"),
    '1 succeeded, 2 succeeded', 'each job ran once');

# A job that runs when the extension is dropped: the drop waits or the run ends quietly.
$node->safe_psql('postgres', 'CREATE DATABASE dropping TEMPLATE shop');
my $errors = '';
foreach my $round (1 .. 5)
{
    my ($out, $err) = ('', '');
    my $session = IPC::Run::start([ 'psql', '-X', '-d', $node->connstr('dropping'), '-c', 'CALL segment.run_job(1)' ], '<', '/dev/null', '>', \$out, '2>', \$err);
    $node->psql('dropping', 'BEGIN; DROP EXTENSION segment; ROLLBACK');
    eval { IPC::Run::finish($session) };
    # The run may be the one that gives way, then it is tried again like any other.
    $errors .= $1 if $err =~ /(ERROR.*)/ && $err !~ /deadlock detected/;
}
is($errors, '', 'F19 a drop that is rolled back disturbs no run');
$node->safe_psql('dropping', 'DROP EXTENSION segment; CREATE EXTENSION segment');
is($node->safe_psql('dropping', 'SELECT count(*) FROM segment.job'), '0', 'dropped, no job is left');

# Dump and restore: jobs come back, and are due; their state and runs stay behind.
my $dump = "$PostgreSQL::Test::Utils::tmp_check/jobs.dump";
$node->command_ok([ 'pg_dump', '-Fc', '-f', $dump, $node->connstr('shop') ], 'dump');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'pg_restore', '-d', $node->connstr('restored'), $dump ], 'restore');
is($node->safe_psql('restored', q{SELECT string_agg(concat_ws(' ', kind, target, every, at, max_runtime, state, last_state), ', ' ORDER BY job) FROM segment.job_status}),
    'refresh customer 01:00:00 waiting, scorecards customer 01:00:00 waiting, maintain customer 1 day 04:00:00 00:10:00 waiting',
    'F24 jobs are restored, as if they had never run');
$node->safe_psql('restored', 'CALL segment.run_due_jobs()');
is($node->safe_psql('restored', q{SELECT string_agg(job_id || ' ' || state, ', ' ORDER BY run_id) FROM segment.job_run}),
    '1 succeeded, 2 succeeded, 3 succeeded', 'and due at once');
is($node->safe_psql('restored', q{SELECT segment.schedule('verify', 'customer', every => '1 day')}), '4', 'new jobs get new numbers');

# The log names no customer and repeats no warning.
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|was terminated by signal 11/, 'nothing odd in the log');
$node->stop;
done_testing();
