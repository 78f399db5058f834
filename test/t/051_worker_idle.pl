# What idle workers cost: memory over many cycles (F38), and processor time.
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

# SEGMENT_CYCLES=100000 is the long run; a leak of 100 bytes a cycle shows in these.
my $cycles = $ENV{SEGMENT_CYCLES} // 10_000;
my $warmup = 2000;
my $allowed_kb = 1024 * $cycles / 100_000 + 128;

my $node = start_worker_cluster('idle');
plan skip_all => 'the library was not made with DEBUG=1' unless has_debug_points($node);

# Jobs to look at, none of them due.
$node->safe_psql('shop', q{
    CREATE TABLE customers (id int PRIMARY KEY);
    SELECT segment.create_population('customer', 'customers', key => 'id', timezone => 'UTC');
    SELECT segment.schedule('refresh', 'customer', every => '10 years')});
ok(defined seconds_until(sub { has_scheduler($node, 'shop') }, 10), 'a scheduler');
sleep 3;

my %pid = (launcher => worker_pid($node, 'launcher'), scheduler => worker_pid($node, 'scheduler', 'shop'));

sub passes
{
    my ($kind) = @_;
    return $node->safe_psql('shop', "SELECT coalesce(max(passes), -1) FROM segment.worker WHERE kind = '$kind'");
}

# Memory of its own, in kB, and processor time, in seconds.
sub memory
{
    my ($pid) = @_;
    my ($kb) = slurp_file("/proc/$pid/status") =~ /^RssAnon:\s+(\d+) kB/m;
    return $kb;
}

sub processor_time
{
    my ($pid) = @_;
    my @fields = split / /, slurp_file("/proc/$pid/stat") =~ s/^.*\) //r;
    return ($fields[11] + $fields[12]) / 100;
}

# Idle as they are: a second's naptime, ten times as often as by default.
my %before = map { $_ => [ processor_time($pid{$_}), passes($_) ] } keys %pid;
sleep 5;
foreach my $kind (sort keys %pid)
{
    my $used = processor_time($pid{$kind}) - $before{$kind}[0];
    my $made = passes($kind) - $before{$kind}[1];
    cmp_ok($made, '<=', 9, "$kind: a pass a second ($made in 5)");
    cmp_ok($used, '<=', 0.05, "$kind: no processor time to speak of");
    note(sprintf '%s: %d passes in 5 s, %.3f s of processor time', $kind, $made, $used);
}

# Waits take no time: the scheduler and the launcher go through their cycles as fast as they can.
sub run_ahead
{
    my ($value) = @_;
    $node->safe_psql('postgres', "ALTER SYSTEM SET segment.clock_runs_ahead = $value");
    $node->safe_psql('postgres', 'SELECT pg_reload_conf()');
    return;
}

run_ahead('on');
foreach my $kind ('scheduler', 'launcher')
{
    ok(defined seconds_until(sub { passes($kind) > $warmup }, 120), "$kind: warm");
    my ($from, $kb) = (passes($kind), memory($pid{$kind}));
    ok(defined seconds_until(sub { passes($kind) > $from + $cycles }, 900 + $cycles / 50), "$kind: $cycles cycles");
    my $grown = memory($pid{$kind}) - $kb;
    my $made = passes($kind) - $from;
    cmp_ok($grown, '<=', $allowed_kb, "F38 $kind: memory does not grow");
    note("$kind: $made cycles, $kb kB, then $grown kB more");
}
run_ahead('off');
is(worker_pid($node, 'scheduler', 'shop'), $pid{scheduler}, 'F38 the same scheduler all the while');
is(worker_pid($node, 'launcher'), $pid{launcher}, 'F38 and the same launcher');
is(odd_lines($node), '', 'F38 and nothing in the log');

$node->stop;
done_testing();
