# What a population's owner does beside the writers: overrides, merges, erasures,
# restatements, new cut points, backfills.  Seeded by the shop's writers.
package RandomOwner;

use strict;
use warnings;
use SegmentTest;

sub new
{
    my ($class, %option) = @_;
    return bless { node => $option{node}, database => $option{database} // 'shop', prelude => $option{prelude}, acts => {} }, $class;
}

sub pick
{
    return $_[ int rand @_ ];
}

# Now and then nobody is in the population under this number; then there is nothing to do.
my $somebody = q{(SELECT customer_id FROM segment_data.customer_feature ORDER BY random() LIMIT 1)};
my $other = q{(SELECT customer_id FROM segment_data.customer_feature ORDER BY random() LIMIT 1 OFFSET 1)};

my %act = (
    override => sub {
        return sprintf q{SELECT segment.override('activity', %s, '%s', reason => 'test', until => (SELECT as_of + %d FROM segment.population))}, $somebody,
          pick(qw(Buying Troubled Quiet)), 1 + int rand 20;
    },
    override_for_good => sub { return "SELECT segment.override('activity', $somebody, 'Browsing', reason => 'test')" },
    lift => sub {
        return q{SELECT segment.lift_override('activity', customer) FROM segment.overrides('activity') WHERE in_force ORDER BY random() LIMIT 1};
    },
    merge => sub { return "SELECT segment.merge_customer($somebody, $other)" },
    unmerge => sub { return q{SELECT segment.unmerge_customer(duplicate) FROM segment_data.customer_alias WHERE merged ORDER BY random() LIMIT 1} },
    restate => sub {
        return sprintf q{SELECT segment.restate('%s', period_start, 'test') FROM (SELECT DISTINCT period_start FROM segment_data.%1$s_facts WHERE is_final) p ORDER BY random() LIMIT 2},
          pick(qw(value activity));
    },
    recut => sub { return q{SELECT segment.recut('value')} },
    backfill => sub {
        my ($since, $until, $step) = @{ pick([ '2024-08-31', '2024-10-31', '1 month' ], [ '2025-02-03', '2025-03-20', '7 days' ], [ '2025-04-30', '2025-05-31', '1 month' ]) };
        return sprintf q{CALL segment.backfill('%s', since => '%s', until => '%s', step => '%s')}, pick(qw(value activity)), $since, $until, $step;
    },
);
# Everything of somebody's goes, before or after erasing; or a part, or nothing
# at all; or the erasing is thought better of.  Final periods are left as they
# were without a mark: shop.erased says that they will differ.
sub erase_sql
{
    my $erase = 'PERFORM * FROM segment.erase(k)';
    my %delete = (
        items => 'DELETE FROM shop.items WHERE order_id IN (SELECT id FROM shop.orders WHERE customer_id = k)',
        orders => 'DELETE FROM shop.orders WHERE customer_id = k',
        visits => 'DELETE FROM shop.visits WHERE customer_id = k',
        customers => 'DELETE FROM shop.customers WHERE id = k');
    my @all = @delete{qw(items orders visits customers)};
    my $steps = join ";\n", @{ pick([ @all, $erase ], [ @all, $erase ], [ @all, $erase ], [ $erase, @all ], [ @all[0, 1], $erase, @all[2, 3] ], [$erase],
        [ $delete{ pick(sort keys %delete) }, $erase ], [ @all, "BEGIN $erase; RAISE 'no'; EXCEPTION WHEN raise_exception THEN NULL; END" ],
        [ @all, "BEGIN $erase; EXCEPTION WHEN raise_exception THEN NULL; END" ]) };
    return "DO \$do\$ DECLARE k int := $somebody; BEGIN IF k IS NOT NULL THEN $steps; INSERT INTO shop.erased DEFAULT VALUES; END IF; END \$do\$";
}
$act{erase} = \&erase_sql;
# Writers switch triggers off and on, which leaves them so that every refresh reads everything.
$act{repair} = sub { q{SELECT segment.repair_capture('customer')} };

my %weight = (erase => 2, repair => 5, override => 4, override_for_good => 1, lift => 2, merge => 2, unmerge => 1, restate => 2, recut => 0.5, backfill => 0.5);

# What may come of acting among writers and crashes: names that are gone, merged or locked.
my %refused = map { $_ => 1 } qw(02000 42710 22023 42704 55P03 40P01 40001 57014 lost 57P01 57P02 57P03 22004);

# One act, of these kinds or any; returns an unexpected SQLSTATE, or ''.
sub act
{
    my ($self, @kinds) = @_;
    @kinds = sort keys %act unless @kinds;
    my $total = 0;
    $total += $weight{$_} foreach @kinds;
    my $at = rand $total;
    my $kind = $kinds[0];
    foreach (@kinds)
    {
        $kind = $_;
        last if ($at -= $weight{$_}) < 0;
    }
    # rows of somebody may be a prepared transaction's, which nobody settles meanwhile
    my $state = sqlstate_of($self->{node}, $self->{database}, q{SET lock_timeout = '5s'; } . $self->{prelude}->() . $act{$kind}->());
    $self->{acts}{ $state eq '' ? $kind : "$kind refused $state" }++;
    return $state eq '' || $refused{$state} ? '' : "$kind: $state";
}

1;
