# A backfill that was killed, cancelled or stopped with the server goes on after
# the last slice it committed, and comes to what one that ran through wrote.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Utils;
use Test::More;
use SegmentDiff;
use SegmentTest;

my $node = start_cluster('resume');
plan skip_all => 'the library was not made with DEBUG=1' unless has_debug_points($node);

my $day = '2025-06-20';
create_shop($node, customers => 60);
map_shop($node, 'shop');
$node->safe_psql('shop', refresh_sql($day));
activate_schemes($node, 'shop', 'false');
$node->safe_psql('shop', refresh_sql('2025-06-24'));

# Slices of seven customers, so that there are some before the failure and some after.
my $backfill = "SET segment.backfill_slice = 7; SET client_min_messages = error;\nCALL segment.backfill('activity', '2023-06-30', step => '1 month')";
my $state = q{SELECT jsonb_agg(t ORDER BY t) FROM (
    SELECT customer_id::text AS customer, segment AS a, valid::text AS b, version::text AS c, cause AS d FROM segment_data.activity_history
    UNION ALL SELECT customer_id::text, from_segment, to_segment || day, version::text, cause FROM segment_data.activity_transition
    UNION ALL SELECT customer_id::text, activity, activity_raw, activity_since::text, activity_version::text FROM segment_data.customer_segment
    UNION ALL SELECT period_start::text, segment, source || measure, dimension, value::text || is_final FROM segment_data.activity_facts
    UNION ALL SELECT period_start::text, segment, source || metric, dimension, value::text || is_final FROM segment_data.activity_scorecard) t};

$node->safe_psql('shop', 'CHECKPOINT');
$node->safe_psql('postgres', 'CREATE DATABASE through TEMPLATE shop');
$node->safe_psql('through', "SET client_min_messages = error;\nCALL segment.backfill('activity', '2023-06-30')");
my $through = $node->safe_psql('through', $state);
is(scalar(check_history($node, 'through')), 0, 'run through, history is whole');

sub done { return $node->safe_psql($_[0], 'SELECT done FROM segment.backfill_run') }

# point, action, at which passing: the second slice is on its way, or was just committed
foreach my $failure ([ 'backfill-after-clear', 'kill', 2 ], [ 'backfill-after-write', '53200', 2 ], [ 'backfill-before-commit', 'kill', 2 ],
    [ 'slice-after-commit', 'kill', 3 ], [ 'slice-after-commit', '57014', 4 ], [ 'facts-after-insert', 'kill', 1 ])
{
    my ($point, $action, $n) = @$failure;
    my $name = "$action at $point, $n";
    my $database = 'stopped';

    $node->safe_psql('postgres', 'DROP DATABASE IF EXISTS stopped');
    $node->safe_psql('postgres', 'CREATE DATABASE stopped TEMPLATE shop');
    my $result = sqlstate_of($node, $database, "SET segment.inject = '$point:$action:$n';\n$backfill");
    is($result, $action eq 'kill' ? 'lost' : $action, $name);
    ok(wait_until_up($node), "$name: the server is up");
    cmp_ok(done($database), '>=', 7, "$name: a slice was done");
    is(done($database) % 7 == 0 || done($database) == 60, 1, "$name: whole slices");
    is(scalar(check_history($node, $database)), 0, "$name: every customer's history is whole");
    is(sqlstate_of($node, $database, refresh_sql('2025-06-24')), '', "$name: a refresh in between");
    my ($out, $err);
    $node->psql($database, $backfill =~ s/error/notice/r, stdout => \$out, stderr => \$err);
    like($err, qr/goes on where it stopped/, "$name: it goes on");
    is(done($database), '', "$name: and is done");
    ok($node->safe_psql($database, $state) eq $through, "$name: all is as if it had run through");
}

# While a slice is written, a refresh waits for that slice alone.
my $holder = $node->background_psql('shop');
my $runner = $node->background_psql('shop', on_error_stop => 0);
$holder->query_safe(q{SELECT segment.waitpoint_hold('slice-after-commit')});
$runner->{stdin} .= "$backfill;\n";
$runner->{run}->pump_nb;
ok(defined wait_for_waiting($node, 'slice-after-commit'), 'a backfill between two slices');
is(sqlstate_of($node, 'shop', "SET lock_timeout = '2s';\n" . refresh_sql('2025-06-25')), '', 'does not keep a refresh out');
# another backfill of the scheme takes over; the first one says so
is(sqlstate_of($node, 'shop', "SET segment.backfill_slice = 7;\nSET segment.inject = 'backfill-before-commit:57014';\nCALL segment.backfill('activity', '2023-07-31')"), '57014', 'another call');
$holder->quit;
$runner->query('SELECT 1');
like($runner->{stderr}, qr/was overtaken/, 'the first is told that it was overtaken');
$runner->quit;
is(sqlstate_of($node, 'shop', "SET client_min_messages = error;\nCALL segment.backfill('activity', '2023-07-31')"), '', 'and the other can be finished');
is(scalar(check_history($node, 'shop')), 0, 'history is whole');

done_testing();
