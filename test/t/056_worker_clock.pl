# F56 through the scheduler: on the days on which clocks change, and when the
# clock jumps, no turn is run twice and none is left out.
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

my $node = start_worker_cluster('clock', debug => 0, settings => "segment.job_run_days = 3650\n");

# In new sessions and in every process of the worker.
sub set_clock
{
    my ($moment) = @_;
    $node->safe_psql('postgres', "ALTER SYSTEM SET segment.clock = '$moment'");
    $node->safe_psql('postgres', 'SELECT pg_reload_conf()');
    return;
}

sub runs
{
    my ($job) = @_;
    return $node->safe_psql('shop', "SELECT count(*) FROM segment.job_run WHERE job_id = $job AND state = 'succeeded'");
}

sub passes
{
    return $node->safe_psql('shop', q{SELECT passes FROM segment.worker WHERE kind = 'scheduler'});
}

# The library has to be there for its setting to be known.
$node->safe_psql('shop', 'CREATE TABLE customers (id int PRIMARY KEY)');
set_clock('2026-10-24 12:00:00+00');
my $schedule = q{SELECT segment.schedule('%s', 'customer', %s, target_lag => '10 years')};
$node->safe_psql('shop', q{SELECT segment.create_population('customer', 'customers', key => 'id', timezone => 'Europe/Paris')});
my $daily = $node->safe_psql('shop', sprintf $schedule, 'maintain', q{every => '1 day', at => '02:30'});
my $hourly = $node->safe_psql('shop', sprintf $schedule, 'refresh', q{every => '1 hour'});
within(10, 'the hourly job runs at once', sub { runs($hourly) == 1 });

# Each moment, and how often the daily and the hourly job have run by then.
my @moments = (
    [ '2026-10-25 00:29:59+00', 0, 2, 'before half past two; one turn for twelve hours missed' ],
    [ '2026-10-25 00:30:01+00', 1, 2, 'half past two, summer time' ],
    [ '2026-10-25 01:00:01+00', 1, 3, 'two again, an hour by any clock' ],
    [ '2026-10-25 01:30:01+00', 1, 3, 'half past two again, winter time: not a second time' ],
    [ '2026-10-26 01:29:59+00', 1, 4, 'the next day' ],
    [ '2026-10-26 01:30:01+00', 2, 4, 'once a day' ],
    [ '2027-03-27 12:00:00+00', 3, 5, 'five months ahead: one turn' ],
    [ '2027-03-28 00:59:59+00', 3, 6, 'the last second of winter time' ],
    [ '2027-03-28 01:00:01+00', 4, 7, 'half past two does not exist: three' ],
    [ '2027-03-28 01:30:01+00', 4, 7, 'and not again that day' ],
    [ '2027-03-29 00:29:59+00', 4, 8, 'the next day' ],
    [ '2027-03-29 00:30:01+00', 5, 8, 'at half past two, summer time' ],
    [ '2027-03-28 12:00:00+00', 5, 8, 'half a day back: nothing that was run is run again' ],
    [ '2027-03-29 00:30:02+00', 5, 8, 'and forth' ],
    [ '2027-03-30 00:30:01+00', 6, 9, 'all goes on' ]);
foreach my $case (@moments)
{
    my ($moment, $days, $hours, $name) = @$case;
    set_clock($moment);
    seconds_until(sub { runs($daily) == $days && runs($hourly) == $hours }, 10);
    # Two more looks at it.
    my $passes = passes();
    seconds_until(sub { passes() >= $passes + 2 }, 10);
    is(runs($daily) . ' ' . runs($hourly), "$days $hours", "F56 $moment: $name");
}
is(odd_lines($node), '', 'F56 nothing odd in the log');

$node->stop;
done_testing();
