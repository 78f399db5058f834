# Incremental = full: random writers, refreshes among them, crashes, and after
# every round a comparison of everything the extension keeps with the tables.
#
#   SEGMENT_STATEMENTS   how many statements at least (10000; SEGMENT_LONG=1: 1000000)
#   SEGMENT_CRASHES      how many crashes at least (10; 100)
#   SEGMENT_SEED         of the writers; printed, so that a run can be repeated
#   SEGMENT_CONSENT      1: the population asks for consent, 0: it does not (odd seeds do)
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use Time::HiRes qw(sleep time);
use PostgreSQL::Test::Utils;
use Test::More;
use RandomOwner;
use RandomShop;
use SegmentDiff;
use SegmentTest;
use SegmentTruth;

my $long = $ENV{SEGMENT_LONG} ? 1 : 0;
my $wanted = $ENV{SEGMENT_STATEMENTS} // ($long ? 1_000_000 : 10_000);
my $crashes_wanted = $ENV{SEGMENT_CRASHES} // ($long ? 100 : 10);
my $seed = $ENV{SEGMENT_SEED} || int(time) % 1_000_000;
my $consent = $ENV{SEGMENT_CONSENT} // $seed % 2 ? q{consent AND region <> 'west'} : '';
my $writers = 4;
my $per_round = $wanted > 100_000 ? 4000 : 230;
# seconds in which the writers of a round have hardly finished
my $crash_within = $wanted > 100_000 ? 13 : 0.3;

my $node = start_cluster('differential', settings => "track_commit_timestamp = on\n");
my $shop = RandomShop->new(node => $node, seed => $seed, writers => $writers);
my $owner = RandomOwner->new(node => $node, prelude => \&clock);
my $day = 0;
my $moments = 0;
my $today = '2025-06-25';
my ($crashes, $round, $refreshes, $refused) = (0, 0, 0, 0);

diag("seed $seed: repeat with SEGMENT_SEED=$seed");
create_shop($node, seed => $seed);
$shop->install_trace;
map_shop($node, 'shop', consent => $consent);
$node->safe_psql('shop', q{SELECT segment.alter_population('customer', settle => '1 day')});
$node->safe_psql('shop', clock() . refresh_sql(today()));
$node->safe_psql('shop', clock() . "SELECT segment.activate('$_', comment => 'test', backfill => true)") foreach qw(value activity);
$node->safe_psql('shop', clock() . q{SELECT segment.create_breakdown('region')});
$node->safe_psql('shop', 'CREATE TABLE shop.published (scheme text, moment timestamptz, period_start date, is_final boolean, hash text)');
$node->safe_psql('shop', 'CREATE TABLE shop.erased (at timestamptz DEFAULT now())');
my $captures = has_capture($node);
my $debug = has_debug_points($node);
my $chooses = $node->safe_psql('shop', q{LOAD 'segment'; SELECT current_setting('segment.bulk_fraction', true) IS NOT NULL}) eq 't';
note($captures ? 'changes are captured: refreshes are incremental' : 'no capture yet: every refresh recomputes all');

sub today
{
    return $today;
}

sub next_day
{
    my ($days) = @_;
    return if $days == 0;
    keep_published($node, 'shop', moment());
    $day += $days;
    $today = $node->safe_psql('shop', "SELECT '2025-06-25'::date + $day");
    $RandomShop::today = $today;
    return;
}

# Every act has a moment of its own, on the day the shop is at.
sub moment
{
    return sprintf '%s 06:00:00.%06d Europe/Paris', $today, ++$moments;
}

sub clock
{
    return sprintf "SET segment.clock = '%s';\n", moment();
}

# What a refresh may meet among writers and crashes, and nothing else.
my %expected = map { $_ => 1 } '', qw(lost 55P03 40P01 40001 57014 57P01 57P02 57P03);

sub refresh
{
    my ($settings) = @_;
    # by key, in bulk, or as the cost decides
    my $fraction = (1, 1, 0, 0.05)[rand 4];
    my $patience = $consent eq '' ? '3s' : '700ms';
    $settings = ($settings // '') . ($chooses ? "SET segment.bulk_fraction = $fraction;\n" : '');
    my $state = sqlstate_of($node, 'shop', clock() . $settings . "SET lock_timeout = '$patience';\n" . refresh_sql(today()));
    $refreshes++ if $state eq '';
    $refused++ if $state ne '';
    fail("refresh failed with $state in round $round") unless $expected{$state};
    if ($consent ne '')
    {
        report('in consent', check_opt_outs($node, 'shop', $consent)) if $state eq '';
        # a transaction in doubt may withdraw consent; a writer may be faster to settle it
        eval { $shop->settle_prepared } if $state eq '55P03';
    }
    return $state;
}

# Crash one way or another, among writers and perhaps in a refresh.
sub crash
{
    my $way = $crashes++ % 3;
    if ($way == 0 && $debug)
    {
        # the refresh itself dies, at the n-th boundary of its steps
        refresh(sprintf "SET segment.inject = '*:kill:%d';\n", 1 + int rand 40);
    }
    elsif ($way == 1)
    {
        my $pid = $node->safe_psql('postgres',
            q{SELECT pid FROM pg_stat_activity WHERE datname = 'shop' AND backend_type = 'client backend' ORDER BY random() LIMIT 1});
        # kill -9 of a writer takes all other processes along
        kill 'KILL', $pid if $pid;
    }
    else
    {
        $node->stop('immediate', fail_ok => 1);
        $node->start;
    }
    wait_until_up($node) or BAIL_OUT('the server did not come back');
    return;
}

sub play_round
{
    my $crash_now = $crashes < $crashes_wanted && $round % 6 != 5;
    # every other round refreshes evaluate none but whose rows have changed
    $shop->alter_tables($round % 2);
    $node->safe_psql('shop', q{SELECT segment.repair_capture('customer')}) if $round % 2 == 0;
    $shop->start($per_round);
    my $crash_at = time + rand $crash_within;
    while ($shop->is_running)
    {
        if ($crash_now && time > $crash_at)
        {
            crash();
            last;
        }
        refresh();
        owner_acts() if rand() < 0.3;
        owner_acts('erase') if rand() < 0.2;
        sleep rand 0.1;
    }
    $shop->finish;
    wait_until_up($node);
    return;
}

sub owner_acts
{
    my $unexpected = $owner->act(@_);
    fail("round $round: $unexpected") if $unexpected ne '';
    return;
}

sub report
{
    my ($what, @found) = @_;
    is(scalar(@found), 0, "round $round: no difference $what") or diag(describe($node, 'shop', @found));
    return @found == 0;
}

# Final periods keep the sums of whom they counted: computed anew, all agrees again.
sub restate_after_erasing
{
    my $clock = clock();
    $node->safe_psql('shop', "$clock SELECT segment.restate(p.scheme, p.period_start, 'erased') FROM (" . join(' UNION ',
        map { "SELECT '$_' AS scheme, period_start FROM segment_data.${_}_facts WHERE is_final" } qw(value activity)) . ") p
        WHERE EXISTS (SELECT FROM shop.erased); TRUNCATE shop.erased");
    return;
}

# Ledgers must be right also while a prepared transaction is left in doubt;
# a copy of the database can only be made when none is.
sub check_round
{
    $shop->repair;
    $shop->settle_prepared if $consent ne '';
    # on a new day everyone is evaluated, whoever was forgotten
    next_day((0, 0, 1, 2, 4)[rand 5]);
    is(refresh(), '', "round $round: refresh on quiet tables") or return 0;
    my @found = (check_ledgers($node, 'shop'), check_history($node, 'shop'));
    if ($shop->settle_prepared)
    {
        refresh();
    }
    restate_after_erasing();
    push @found, check_all($node, 'shop', today()), check_settled($node, 'shop', clock() . refresh_sql(today()));
    push @found, check_periods($node, 'shop', clock()), check_reconciled($node, 'shop'), check_published($node, 'shop');
    report('from the tables', @found) or return 0;
    $node->safe_psql('shop', 'TRUNCATE shop.trace');
    return 1;
}

# After restating what is stale nothing is late any more; then few things
# happen, so that one that marks nothing is not hidden by another that does.
sub check_calm
{
    $node->safe_psql('shop', clock() . q{SELECT segment.restate(s.name, p.period_start, 'late') FROM segment.stale_period p JOIN segment.scheme s USING (scheme_id)});
    report('after restating', check_reconciled($node, 'shop', restated => 1), check_periods($node, 'shop', clock())) or return 0;
    $node->safe_psql('shop', q{SELECT segment.repair_capture('customer')});
    is(refresh(), '', "round $round: refresh with all captured") or return 0;
    foreach (1 .. 3)
    {
        $node->safe_psql('shop', 'TRUNCATE shop.trace');
        $shop->one(qw(change_customer change_customer change_consent change_consent delete_customer insert_customer renumber_customer change_order delete_order insert_order)) foreach 0 .. rand 3;
        $shop->one('expect_customer') if rand() < 0.5;
        owner_acts(qw(override lift merge unmerge)) if rand() < 0.4;
        next_day((0, 1, 1)[rand 3]);
        is(refresh(), '', "round $round: refresh in calm") or return 0;
        is($node->safe_psql('shop', clock() . q{SELECT mismatched FROM segment.verify('customer')}), '0', "round $round: no difference by verify") or return 0;
        report('in calm', check_periods($node, 'shop', clock()), check_reconciled($node, 'shop')) or return 0;
        $node->safe_psql('shop', clock() . q{SELECT segment.restate(s.name, p.period_start, 'late') FROM segment.stale_period p JOIN segment.scheme s USING (scheme_id)});
    }
    return 1;
}

my $started = time;
while ($shop->{statements} < $wanted || $crashes < $crashes_wanted)
{
    $round++;
    play_round();
    check_round() or last;
    $round % 2 == 0 || check_calm() or last;
    # new cut points from time to time: everyone is assigned again, as "definition"
    $node->safe_psql('shop', clock() . q{SELECT segment.recut('value')}) if $round % 5 == 0;
    note(sprintf 'round %d: %d statements, %d crashes, %d refreshes, %.0f s', $round, $shop->{statements}, $crashes, $refreshes, time - $started);
}
cmp_ok($shop->{statements}, '>=', $wanted, "$shop->{statements} statements of $writers writers");
cmp_ok($crashes, '>=', $crashes_wanted, "$crashes crashes");
diag(sprintf 'seed %d: %d rounds, %d statements, %d crashes, %d refreshes (%d gave way), %.0f s', $seed, $round, $shop->{statements},
    $crashes, $refreshes, $refused, time - $started);
diag('the owner: ' . join ', ', map { "$_ x $owner->{acts}{$_}" } sort keys %{ $owner->{acts} });
diag('writers met: ' . join ', ', map { "$_ x $shop->{errors}{$_}" } sort keys %{ $shop->{errors} // {} });
$node->stop;
done_testing();
