# The launcher and its schedulers: which databases have one, and what happens
# to it when a database comes, goes, is renamed or copied, and when somebody
# kills it.  Names are those of the failure model.
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

my $terminated = 'terminating background worker "segment \w+" due to administrator command';

# ---- F18: the library, and no extension anywhere ----

my $node = PostgreSQL::Test::Cluster->new('worker');
$node->init(extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ]);
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'segment'\nsegment.naptime = 1\nlog_line_prefix = '%m [%p] '\nrestart_after_crash = on\nallow_in_place_tablespaces = on\n");
$node->start;
within(5, 'F18 the launcher is up', sub { worker_pid($node, 'launcher') ne '' });
sleep 1.5;
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE backend_type IN ('segment scheduler', 'segment job')}), '0',
    'F18 no extension: nothing but the launcher');
is(odd_lines($node), '', 'F18 and not a word in the log');

# ---- CREATE EXTENSION, DROP EXTENSION, rolled back or not ----

$node->safe_psql('postgres', "CREATE DATABASE $_") foreach qw(shop other);
$node->safe_psql('shop', 'BEGIN; CREATE EXTENSION segment; ROLLBACK');
$node->safe_psql('shop', 'CREATE EXTENSION segment');
within(1.5, 'a scheduler after CREATE EXTENSION', sub { has_scheduler($node, 'shop') });
$node->safe_psql('other', 'CREATE EXTENSION segment');
within(1.5, 'and in another database', sub { has_scheduler($node, 'other', 'shop') });
is($node->safe_psql('shop', q{SELECT string_agg(DISTINCT application_name, ',' ORDER BY application_name) FROM pg_stat_activity WHERE backend_type LIKE 'segment%'}),
    'segment launcher,segment scheduler', 'their names in pg_stat_activity');
is($node->safe_psql('shop', q{SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'segment%' AND (backend_xmin IS NOT NULL OR xact_start IS NOT NULL)}),
    '0', 'idle without a transaction and without a snapshot');

my $pid = worker_pid($node, 'scheduler', 'shop');
my $session = $node->background_psql('shop');
$session->query_safe('BEGIN');
$session->query_safe('DROP EXTENSION segment');
sleep 1.3;
$session->query_safe('ROLLBACK');
$session->quit;
is(worker_pid($node, 'scheduler', 'shop'), $pid, 'F19 the scheduler survives DROP EXTENSION that is rolled back');
$node->safe_psql('shop', 'DROP EXTENSION segment');
within(1, 'it leaves after DROP EXTENSION', sub { worker_pid($node, 'scheduler', 'shop') eq '' });
$node->safe_psql('shop', 'CREATE EXTENSION segment');
within(1.5, 'and is back after CREATE EXTENSION', sub { has_scheduler($node, 'shop') });
$node->safe_psql('shop', 'BEGIN; DROP EXTENSION segment; CREATE EXTENSION segment; COMMIT');
sleep 1.2;
within(2, 'there after both in one transaction', sub { has_scheduler($node, 'shop') });
is(odd_lines($node), '', 'and the log has nothing odd');

# ---- F12: DROP DATABASE ----

sub add_database
{
    my ($name) = @_;
    $node->safe_psql('postgres', "CREATE DATABASE $name");
    $node->safe_psql($name, 'CREATE EXTENSION segment');
    return defined seconds_until(sub { has_scheduler($node, $name, 'shop') }, 5);
}

sub statement_within
{
    my ($limit, $statement, $name) = @_;
    my $begun = time;
    my ($out, $err) = ('', '');
    my $status = $node->psql('postgres', $statement, stdout => \$out, stderr => \$err);
    my $took = time - $begun;
    ok($status == 0 && $took <= $limit, $name // "$statement within $limit s") or diag("status $status, $took s: $err");
    note(sprintf '%s: %.2f s', $statement, $took);
    return;
}

mark_log($node);
foreach my $statement ('DROP DATABASE gone', 'DROP DATABASE gone WITH (FORCE)')
{
    ok(add_database('gone'), 'a database with a scheduler');
    statement_within(5, $statement, "F12 $statement");
}
# Both at once, so that one comes while the scheduler of the other starts.
foreach (1 .. 5)
{
    $node->safe_psql('postgres', "CREATE DATABASE gone TEMPLATE shop");
    statement_within(5, 'DROP DATABASE gone', 'F12 as its scheduler starts');
}
within(5, 'the scheduler of the template is back', sub { has_scheduler($node, 'shop') });

# ---- F14: RENAME, TEMPLATE, TABLESPACE ----

statement_within(5, 'ALTER DATABASE other RENAME TO renamed', 'F14 RENAME');
within(2, 'F14 a scheduler under the new name', sub { has_scheduler($node, 'renamed', 'shop') });
statement_within(5, 'CREATE DATABASE copy TEMPLATE renamed', 'F14 use as template');
within(3, 'F14 the copy has a scheduler', sub { has_scheduler($node, 'copy', 'shop') });
within(3, 'F14 the original has its own again', sub { has_scheduler($node, 'renamed', 'shop') });
$node->safe_psql('postgres', q{CREATE TABLESPACE elsewhere LOCATION ''});
statement_within(5, 'ALTER DATABASE copy SET TABLESPACE elsewhere', 'F14 SET TABLESPACE');
within(3, 'F14 a scheduler there', sub { has_scheduler($node, 'copy', 'shop') });

# Who may not drop it may not disturb it.
$pid = worker_pid($node, 'scheduler', 'copy');
$node->safe_psql('postgres', 'CREATE ROLE nobody_special CREATEDB');
foreach my $statement ('DROP DATABASE copy', 'ALTER DATABASE copy RENAME TO mine', 'CREATE DATABASE mine TEMPLATE copy')
{
    isnt($node->psql('postgres', "SET ROLE nobody_special; $statement", stderr => \my $error), 0, "refused: $statement");
}
is(worker_pid($node, 'scheduler', 'copy'), $pid, 'a role without rights on the database leaves its scheduler alone');
isnt($node->psql('postgres', 'BEGIN; DROP DATABASE copy', stderr => \my $refusal), 0, 'in a transaction block it fails');
within(3, 'and the scheduler is back', sub { has_scheduler($node, 'copy', 'shop') });

# ---- F13: a barrier, which DROP DATABASE of another database waits for ----

$node->safe_psql('postgres', 'CREATE DATABASE unrelated');
sleep 0.3;
statement_within(1, 'DROP DATABASE unrelated', 'F13 an unrelated database, workers idle');

# ---- databases that want none ----

$node->safe_psql('postgres', 'ALTER DATABASE copy ALLOW_CONNECTIONS false');
within(2, 'none where connections are not allowed', sub { worker_pid($node, 'scheduler', 'copy') eq '' });
$node->safe_psql('postgres', 'ALTER DATABASE copy ALLOW_CONNECTIONS true IS_TEMPLATE true');
sleep 0.5;
is(worker_pid($node, 'scheduler', 'copy'), '', 'none in a template');
$node->safe_psql('postgres', 'ALTER DATABASE copy IS_TEMPLATE false');
within(2, 'again when it is none', sub { worker_pid($node, 'scheduler', 'copy') ne '' });
is(odd_lines($node, 'must be owner', 'permission denied', 'cannot run inside a transaction block'), '', 'nothing odd in the log of all this');

# ---- F11: settings while it runs ----

mark_log($node);
$node->safe_psql('postgres', q{ALTER SYSTEM SET segment.databases = 'shop, "renamed"'});
$node->safe_psql('postgres', q{SELECT pg_reload_conf()});
within(1, 'F11 segment.databases leaves one out', sub { worker_pid($node, 'scheduler', 'copy') eq '' });
ok(has_scheduler($node, 'renamed', 'shop'), 'F11 and keeps the others');
is($node->safe_psql('shop', q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'segment scheduler'}), '2', 'F11 two schedulers');
$node->safe_psql('postgres', q{ALTER SYSTEM RESET segment.databases});
$node->safe_psql('postgres', q{SELECT pg_reload_conf()});
within(2, 'F11 and takes it back', sub { has_scheduler($node, 'copy', 'shop') });
isnt($node->psql('postgres', q{ALTER SYSTEM SET segment.databases = 'a, "b'}, stderr => \my $bad), 0, 'a list that is none is refused');

sub passes
{
    return $node->safe_psql('shop', q{SELECT passes FROM segment.worker WHERE kind = 'scheduler' AND database = 'shop'});
}
$node->safe_psql('postgres', q{ALTER SYSTEM SET segment.naptime = 3600});
$node->safe_psql('postgres', q{SELECT pg_reload_conf()});
sleep 1.2;
my $before = passes();
sleep 1.5;
is(passes(), $before, 'F11 a long naptime: no passes');
$node->safe_psql('postgres', q{ALTER SYSTEM SET segment.naptime = 1});
$node->safe_psql('postgres', q{SELECT pg_reload_conf()});
within(1, 'F11 a short one is in force', sub { passes() > $before });

# ---- F06, F01: somebody ends them ----

foreach my $kind ('launcher', 'scheduler')
{
    foreach my $turn (1 .. 3)
    {
        my $database = $kind eq 'scheduler' ? 'shop' : undef;
        my $old = worker_pid($node, $kind, $database);
        is($node->safe_psql('postgres', "SELECT pg_terminate_backend($old)"), 't', "F06 the $kind terminated");
        within(5, "F06 the $kind is back", sub { my $new = worker_pid($node, $kind, $database); $new ne '' && $new ne $old });
    }
    $node->safe_psql('postgres', 'SELECT pg_cancel_backend(' . worker_pid($node, $kind, $kind eq 'scheduler' ? 'shop' : undef) . ')');
}
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'segment scheduler' AND datname = 'renamed'}), '1',
    'F06 a new launcher starts no second scheduler');
is(odd_lines($node, $terminated, 'invalid value for parameter'), '', 'F06 nothing but that they were terminated');

foreach my $kind ('launcher', 'scheduler')
{
    my $old = worker_pid($node, $kind, $kind eq 'scheduler' ? 'shop' : undef);
    kill 'KILL', $old;
    sleep 0.2;
    ok(wait_until_up($node), "F01 the $kind killed: the server is up again");
    within(5, "F01 the $kind is back", sub { worker_pid($node, 'launcher') ne '' && has_scheduler($node, 'shop') });
}
like($node->safe_psql('shop', q{SELECT count(*) FROM segment.worker WHERE kind = 'scheduler'}), qr/^[123]$/, 'schedulers after the crash');

# ---- F05: the postmaster dies ----

my $postmaster = (split /\n/, slurp_file($node->data_dir . '/postmaster.pid'))[0];
my @ours = processes_of($postmaster, 'segment');
cmp_ok(scalar(@ours), '>=', 2, 'F05 launcher and schedulers run');
kill 'KILL', $postmaster;
within(1, 'F05 they end with the postmaster', sub { !grep { is_alive($_) } @ours });
$node->{_pid} = undef;
# Dead, but perhaps not buried: its lock file then looks valid.
seconds_until(sub { !kill 0, $postmaster }, 5) // unlink $node->data_dir . '/postmaster.pid';
$node->start;
within(5, 'F05 and are there in the next one', sub { has_scheduler($node, 'shop') });

# ---- F09: no worker slot ----

$node->append_conf('postgresql.conf', "max_worker_processes = 2\n");
mark_log($node);
$node->restart;
within(5, 'F09 the launcher has a slot, as the launcher of replication has', sub { worker_pid($node, 'launcher') ne '' });
sleep 4;
my $warnings = () = log_since($node) =~ /WARNING:  no background worker can be started/g;
is($warnings, 1, 'F09 one WARNING, not one a second');
like(log_since($node), qr/HINT:  Raise max_worker_processes/, 'F09 with what to do');
$node->append_conf('postgresql.conf', "max_worker_processes = 8\n");

# ---- F20, F21: library and SQL of different versions ----

$node->restart;
within(5, 'a scheduler again', sub { has_scheduler($node, 'shop') });
$node->safe_psql('postgres', 'CREATE DATABASE old');
mark_log($node);
$node->safe_psql('old', q{
    CREATE EXTENSION segment VERSION '0.1';
    CREATE TABLE customers (id int PRIMARY KEY)});
is(sqlstate_of($node, 'old', q{SELECT segment.create_population('customer', 'customers', key => 'id', timezone => 'UTC')}), '55000',
    'F20 nothing is declared in tables of another version');
sleep 2.5;
is(worker_pid($node, 'scheduler', 'old'), '', 'F20 no scheduler where the SQL is older than the library');
$warnings = () = log_since($node) =~ /WARNING:  no jobs run in database "old": its extension segment is version 0\.1/g;
is($warnings, 1, 'F20 it says so once');
like(log_since($node), qr/HINT:  ALTER EXTENSION segment UPDATE/, 'F20 with what to do');
$node->safe_psql('old', 'INSERT INTO customers SELECT generate_series(1, 10)');
is($node->safe_psql('old', 'SELECT count(*) FROM customers'), '10', 'F20 the tables can be written');
$node->safe_psql('old', 'ALTER EXTENSION segment UPDATE');
mark_log($node);
within(2, 'F20 a scheduler once it is updated', sub { has_scheduler($node, 'old') });
$node->safe_psql('old', q{UPDATE pg_extension SET extversion = '99.0' WHERE extname = 'segment'});
within(3, 'F21 none where the SQL is newer than the library', sub { worker_pid($node, 'scheduler', 'old') eq '' });
like(log_since($node), qr/is version 99\.0, the library/, 'F21 and it says so');
is($node->safe_psql('old', 'SELECT 1'), '1', 'F21 the server is up');

# ---- F07: fast stop though a synchronous standby is absent ----

$node->append_conf('postgresql.conf', "synchronous_standby_names = 'x'\n");
$node->reload;
sleep 1;
my $stopping = time;
$node->stop('fast');
cmp_ok(time - $stopping, '<=', 5, 'F07 fast stop within 5 s');
# but for what PostgreSQL says where a process is stopped at work
is(odd_lines($node, $terminated, 'no jobs run in database "old"'), '', 'and without a word');

done_testing();
