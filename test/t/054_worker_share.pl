# What a database is set to must not stop its worker, and one with more to do
# than there are workers must not keep them from another.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use Time::HiRes qw(sleep time);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use SegmentTest;
use SegmentWorker;
use Test::More;

my $node = start_worker_cluster('share', debug => 0, settings => "segment.max_workers = 1\n");
# Sessions of the test are not what is tested.
$ENV{PGOPTIONS} = '-c role=none -c default_transaction_read_only=off -c statement_timeout=0 -c search_path=public';

sub runs
{
    my ($database, $condition) = @_;
    return $node->safe_psql($database, "SELECT count(*) FROM segment.job_run WHERE $condition");
}

sub map_customers
{
    my ($database, $customers) = @_;
    $node->safe_psql($database, qq{
        CREATE TABLE customers (id int PRIMARY KEY, region text);
        INSERT INTO customers SELECT i, 'north' FROM generate_series(1, $customers) i});
    return;
}

# ---- settings of a database and of the bootstrap superuser ----

map_customers('shop', 100);
my $superuser = $node->safe_psql('shop', 'SELECT rolname FROM pg_roles WHERE oid = 10');
my $job = $node->safe_psql('shop', q{
    SELECT segment.create_population('customer', 'customers', key => 'id', timezone => 'UTC') IS NULL;
    SELECT segment.schedule('refresh', 'customer', every => '1 second', target_lag => '10 minutes')});
($job) = $job =~ /(\d+)$/;
$node->safe_psql('postgres', 'CREATE ROLE weak');
mark_log($node);
foreach my $setting ("DATABASE shop SET role = 'weak'", 'DATABASE shop SET default_transaction_read_only = on', "DATABASE shop SET statement_timeout = '1ms'",
    "DATABASE shop SET idle_in_transaction_session_timeout = '1ms'", "DATABASE shop SET idle_session_timeout = '100ms'", "DATABASE shop SET search_path = 'nosuch'",
    "DATABASE shop SET default_transaction_isolation = 'serializable'", 'DATABASE shop CONNECTION LIMIT 0', "ROLE \"$superuser\" SET role = 'weak'")
{
    $node->safe_psql('postgres', "ALTER $setting");
    my $old = worker_pid($node, 'scheduler', 'shop');
    $node->safe_psql('postgres', "SELECT pg_terminate_backend($old)");
    # There are runs by then that began with it.
    ok(defined seconds_until(sub { has_scheduler($node, 'shop') && worker_pid($node, 'scheduler', 'shop') ne $old }, 10), "a scheduler under ALTER $setting");
    my $now = $node->safe_psql('shop', 'SELECT clock_timestamp()');
    $node->safe_psql('shop', q{UPDATE customers SET region = region || '.' WHERE id = 5});
    within(6, "a run succeeds under ALTER $setting", sub { runs('shop', "state = 'succeeded' AND started_at > '$now'") > 0 });
}
# (Autovacuum does get the role, and says what it may not do.)
is(odd_lines($node, 'terminating background worker', 'skipping "'), '', 'and not a word in the log');

# What the scheduler itself writes: that a run has crashed.
$node->safe_psql('postgres', 'ALTER DATABASE shop RESET idle_in_transaction_session_timeout');
my $locker = $node->background_psql('shop', on_error_stop => 0);
$locker->query_safe('BEGIN; LOCK TABLE customers IN ACCESS EXCLUSIVE MODE');
my $pid;
ok(defined seconds_until(sub { $pid = $node->safe_psql('postgres', q{SELECT pid FROM pg_stat_activity WHERE backend_type = 'segment job' AND wait_event_type = 'Lock'}) }, 10), 'a run waits for a lock');
kill 'KILL', $pid;
eval { $locker->quit };
sleep 0.2;
ok(wait_until_up($node), 'killed');
within(5, 'the crash is recorded under default_transaction_read_only', sub { runs('shop', "state = 'crashed' AND pid = $pid") == 1 });
$node->safe_psql('postgres', 'ALTER DATABASE shop RESET ALL');
$node->safe_psql('postgres', 'ALTER DATABASE shop CONNECTION LIMIT -1');
$node->safe_psql('postgres', "ALTER ROLE \"$superuser\" RESET ALL");

# ---- no event trigger of a database owner's gets in the way ----

$node->safe_psql('shop', q{
    CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no % here'', tg_tag; END';
    SELECT segment.schedule('maintain', 'customer', every => '1 second');
    CREATE EVENT TRIGGER refuse ON ddl_command_start EXECUTE FUNCTION refuse();
    CREATE EVENT TRIGGER refuse_drop ON sql_drop EXECUTE FUNCTION refuse()});
my $now = $node->safe_psql('shop', 'SELECT clock_timestamp()');
$node->safe_psql('shop', "UPDATE segment.job_state SET next_run = now() WHERE job_id = $job");
within(6, 'both kinds of jobs run under event triggers that refuse all DDL', sub { runs('shop', "state = 'succeeded' AND started_at > '$now'") >= 2
      && $node->safe_psql('shop', "SELECT count(DISTINCT job_id) FROM segment.job_run WHERE state = 'succeeded' AND started_at > '$now'") eq '2' });
is(runs('shop', "state = 'failed' AND started_at > '$now'"), '0', 'and none fails');

# ---- one database with more to do than one worker can, and another ----

$node->safe_psql('postgres', 'CREATE DATABASE busy');
$node->safe_psql('busy', 'CREATE EXTENSION segment');
map_customers('busy', 20_000);
$node->safe_psql('busy', q{
    SET client_min_messages = warning;
    DO $$BEGIN
        FOR i IN 1 .. 20 LOOP
            PERFORM segment.create_population('p' || i, 'customers', key => 'id', timezone => 'UTC');
            PERFORM segment.schedule('verify', 'p' || i, every => '1 second', target_lag => '1 hour');
            PERFORM segment.schedule('refresh', 'p' || i, every => '1 second', target_lag => '1 hour');
        END LOOP;
    END$$});
within(20, 'the busy database is busy', sub { runs('busy', 'true') > 20 });
my $before = runs('shop', "job_id = $job");
my $busy_before = runs('busy', 'true');
sleep 6;
my $made = runs('shop', "job_id = $job") - $before;
my $busy_made = runs('busy', 'true') - $busy_before;
cmp_ok($busy_made, '>', 6, "one worker is always busy ($busy_made runs in 6 s)");
cmp_ok($made, '>=', 4, "the other database has its turn each second ($made in 6 s)");

# A worker that is free goes to who waits, and none stays kept for nobody.
$node->safe_psql('busy', 'SELECT segment.alter_job(job_id, active => false) FROM segment.job');
$before = runs('shop', "job_id = $job");
sleep 4;
cmp_ok(runs('shop', "job_id = $job") - $before, '>=', 3, 'and all turns when it is alone');
is(odd_lines($node, 'terminating background worker', 'terminated by signal 9', 'terminating any other', 'connection', 'crash', 'is late', 'skipping "'), '', 'nothing odd in the log');

$node->stop;
done_testing();
