# Opt-outs against refreshes and new cut points in a loop: nothing that was
# committed after an opt-out has the customer in it.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use IPC::Run;
use PostgreSQL::Test::Utils;
use SegmentDiff;
use SegmentTest;
use SegmentTruth;
use Test::More;

my $day = '2025-06-20';
my $node = start_cluster('opt_out', debug => 0, settings => "track_commit_timestamp = on\nfsync = off\n");
my $folder = $PostgreSQL::Test::Utils::tmp_check;
my $writers = 3;
my $transactions = 1500;

create_shop($node, customers => 200);
map_shop($node, 'shop', consent => 'consent');
$node->safe_psql('shop', refresh_sql($day));
activate_schemes($node, 'shop', 'true');
$node->safe_psql('shop', q{SELECT segment.create_breakdown('region')});
$node->safe_psql('shop', refresh_sql($day));
my $activated = $node->safe_psql('shop', 'SELECT max(seq) FROM segment_data.value_transition');
my $logged = $node->safe_psql('shop', 'SELECT max(refresh_id) FROM segment.refresh_log');

append_to_file("$folder/opt.sql", <<'END');
\set id random(1, 200)
UPDATE shop.customers SET consent = NOT consent WHERE id = :id;
UPDATE shop.orders SET total = total + 1 WHERE id = :id * 5;
END
my $output = '';
my $pgbench = IPC::Run::start([ $node->installed_command('pgbench'), '-n', '-c', $writers, '-t', $transactions, '-f', "$folder/opt.sql",
    '-R', 150, $node->connstr('shop') ], '>', \$output, '2>&1');
my ($refreshes, $failed, @found) = (0, 0);
while ($pgbench->pumpable)
{
    my $state = sqlstate_of($node, 'shop', refresh_sql($day));
    $failed++ if $state ne '';
    $refreshes++;
    push @found, check_opt_outs($node, 'shop', 'consent');
    $node->safe_psql('shop', q{SELECT segment.recut('value')}) if $refreshes % 7 == 0;
    push @found, check_opt_outs($node, 'shop', 'consent');
    $pgbench->pump_nb;
}
$pgbench->finish;
like($output, qr/transactions actually processed: @{[$writers * $transactions]}/, 'writers come through') or diag($output);
cmp_ok($refreshes, '>', 20, "$refreshes refreshes among them");
is($failed, 0, 'which all succeed');
is(scalar(@found), 0, 'nobody is assigned after the opt-out') or diag(describe($node, 'shop', @found));
cmp_ok($node->safe_psql('shop', qq{SELECT count(*) - (SELECT sum(transitions) FROM segment.refresh_log WHERE refresh_id > $logged)
    FROM segment_data.value_transition WHERE seq > $activated AND cause <> 'definition'}) + 0, '!=', 0, 'some opted out just before a commit');

$node->safe_psql('shop', refresh_sql($day));
is($node->safe_psql('shop', q{SELECT mismatched FROM segment.verify()}), 0, 'the next refresh leaves nothing to be found');
is(scalar(check_all($node, 'shop', $day)), 0, 'all is as built anew');
@found = (check_periods($node, 'shop', ''), check_reconciled($node, 'shop'));
is(scalar(@found), 0, 'and as computed anew') or diag(describe($node, 'shop', @found));
$node->stop;
done_testing();
