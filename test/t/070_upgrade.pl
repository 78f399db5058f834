# Upgrades: from every release that is kept to the newest, as a catalog and as a
# database with data; and a library and SQL of different versions.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Utils;
use Test::More;
use SegmentDiff;
use SegmentTest;

my $folder = "$FindBin::RealBin/../upgrade";
my $node = start_cluster('upgrade', debug => 0);
my $share = $node->config_data('--sharedir');
my @releases = map { m{/segment--([\d.]+)\.sql$} ? $1 : () } sort glob "$share/extension/segment--*.sql";
my $newest = $node->safe_psql('shop', q{SELECT extversion FROM pg_extension WHERE extname = 'segment'});
@releases = grep { $_ ne $newest } @releases;
my $day = '2025-06-21';

sub lines_of
{
    my ($database, $query) = @_;
    my ($out, $err);
    my $status = $node->psql($database, '', extra_params => [ '-f', "$folder/$query.sql" ], stdout => \$out, stderr => \$err);
    die $err if $status;
    return split /\n/, $out;
}

# Two lists of lines are the same; says what is not.
sub same_lines
{
    my ($found, $wanted, $name) = @_;
    my %found = map { $_ => 1 } @$found;
    my %wanted = map { $_ => 1 } @$wanted;
    my @differences = ((map { "only here:  $_" } grep { !$wanted{$_} } @$found), (map { "only there: $_" } grep { !$found{$_} } @$wanted));
    ok(!@differences && @$found, $name) or diag(join "\n", map { substr $_, 0, 400 } splice @differences, 0, 20);
    return;
}

sub run_file
{
    my ($database, $file) = @_;
    $node->safe_psql('postgres', "CREATE DATABASE $database");
    return $node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-d', $node->connstr($database), '-f', $file ], "$database: made by $file");
}

# Differences between results and tables; what merged customers have, of which the independent reader knows nothing, is left to verify().
sub differences
{
    my ($database) = @_;
    return grep { $_->{key} !~ /^[56]$/ } (check_ledgers($node, $database), check_history($node, $database));
}

sub error_of
{
    my ($database, $sql) = @_;
    my ($out, $err) = ('', '');
    $node->psql($database, "\\set VERBOSITY verbose\n$sql", stdout => \$out, stderr => \$err, on_error_stop => 1);
    return $err;
}

# ---- F23: every release that is kept, upgraded, is the newest ----

ok(scalar(@releases), 'releases are kept: ' . join ' ', @releases);
my @fresh = lines_of('shop', 'catalog');
foreach my $release (@releases)
{
    (my $database = "from_$release") =~ tr/./_/;
    $node->safe_psql('postgres', "CREATE DATABASE $database");
    $node->safe_psql($database, "CREATE EXTENSION segment VERSION '$release'");
    is(sqlstate_of($node, $database, 'ALTER EXTENSION segment UPDATE'), '', "F23 $release is upgraded");
    same_lines([ lines_of($database, 'catalog') ], \@fresh, "F23 $release upgraded is the same as $newest installed");
}

# ---- what every release must keep to: user data are dumped, nothing else is ----

is($node->safe_psql('shop', q{
    SELECT string_agg(c.relname, ' ' ORDER BY c.relname) FROM pg_class c JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
      JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND e.oid = d.refobjid AND e.extname = 'segment'
     WHERE c.relkind IN ('r', 'S') AND c.oid <> ALL (e.extconfig)}),
    'crash_witness cursor definition_change definition_generation job_run job_run_run_id_seq job_state quarantine refresh_log refresh_log_refresh_id_seq scorecard_state',
    'a dump has every table but those that belong to the cluster or are made again');
is($node->safe_psql('shop', q{
    SELECT string_agg(c::regclass::text, ' ') FROM pg_extension, unnest(extconfig) c
     WHERE extname = 'segment' AND (SELECT relkind FROM pg_class WHERE oid = c) = 'r'
       AND query_to_xml('SELECT FROM ' || c::regclass, false, true, '')::text <> ''}),
    '', 'a new extension has no rows that a restore would meet');

# ---- a database of 0.1 with data ----

$node->safe_psql('postgres', 'CREATE ROLE keeper LOGIN');
run_file('old', "$folder/0.1.sql");

# F20: the library is newer than the SQL
my @calls = (
    q{CALL segment.refresh('customer')}, q{CALL segment.rebuild('orders')}, q{SELECT * FROM segment.preview('value')}, q{SELECT segment.activate('value')},
    q{SELECT segment.create_population('more', 'shop.customers', key => 'id', timezone => 'UTC')},
    q{SELECT segment.create_source('more', 'shop.tickets', customer => 'customer_id', occurred_at => 'opened_on')},
    q{SELECT segment.create_feature('more', expression => 'revenue')}, q{SELECT segment.drop_feature('region')},
    q{SELECT segment.create_scheme('more', objective => 'More', default_segment => 'Rest')}, q{SELECT segment.recut('value')},
    q{SELECT segment.override('value', 3, 'Best', reason => 'why not')}, q{SELECT segment.merge_customer(7, 8)},
    q{SELECT * FROM segment.explain('value', 3)}, q{SELECT * FROM segment.verify()}, q{SELECT * FROM segment.check_sources()},
    q{SELECT segment.repair_capture('customer')}, q{SELECT * FROM segment.features_as_of('customer', '2025-06-01')});
foreach my $call (@calls)
{
    my ($name) = $call =~ /(segment\.\w+)/;
    like(error_of('old', $call), qr/ERROR:  55000: .*is version 0\.1 in this database.*HINT:  Run ALTER EXTENSION segment UPDATE/s, "F20 $name refuses");
}
my $logged = q{SELECT count(*) FROM (SELECT key FROM segment_data.customer_orders_log_0 UNION ALL SELECT key FROM segment_data.customer_orders_log_1
    UNION ALL SELECT key FROM segment_data.customer_orders_log_2 UNION ALL SELECT key FROM segment_data.customer_orders_log_3) l WHERE key = 3};
my $before = $node->safe_psql('old', $logged);
$node->safe_psql('old', q{INSERT INTO shop.orders VALUES (800001, 3, '2025-06-21', 77, 'web', 'paid'); UPDATE shop.customers SET region = region WHERE id = 3;
    DELETE FROM shop.orders WHERE id = (SELECT min(id) FROM shop.orders WHERE customer_id = 4)});
is($node->safe_psql('old', $logged), $before + 1, 'F20 users write, and it is logged');
cmp_ok($node->safe_psql('old', 'SELECT count(*) FROM segment_data.customer JOIN segment.scorecard ON value = segment'), '>', 0, 'F20 results can be read');
is(sqlstate_of($node, 'old', 'BEGIN; DROP EXTENSION segment CASCADE; ROLLBACK'), '', 'F20 and the extension dropped');

# the same database as a dump that does not say its version: on a server of today it is restored as the newest
(my $dump = slurp_file("$folder/0.1.sql")) =~ s/CREATE EXTENSION segment VERSION '0.1'/CREATE EXTENSION segment/;
append_to_file("$PostgreSQL::Test::Utils::tmp_check/unversioned.sql", $dump);
run_file('restored', "$PostgreSQL::Test::Utils::tmp_check/unversioned.sql");
$node->safe_psql('restored', q{INSERT INTO shop.orders VALUES (800001, 3, '2025-06-21', 77, 'web', 'paid');
    DELETE FROM shop.orders WHERE id = (SELECT min(id) FROM shop.orders WHERE customer_id = 4)});

# definitions as in the fixture, made by the newest
$node->safe_psql('postgres', 'CREATE DATABASE made');
$node->safe_psql('made', 'CREATE EXTENSION segment');
create_shop($node, database => 'made', customers => 24);
map_shop($node, 'made', map { split /\|/ } split /\n/, $node->safe_psql('old', q{SELECT name, cuts FROM segment.version_score WHERE version = 2}));
$node->safe_psql('made', refresh_sql('2025-06-20'));
activate_schemes($node, 'made', 'true');
$node->safe_psql('made', q{SELECT segment.override('value', 4, 'Best', reason => 'contract'); SELECT segment.merge_customer(5, 6)});
$node->safe_psql('made', refresh_sql($day));
my @made = lines_of('made', 'generated');

my %kept = (
    history => q{SELECT 'value', * FROM segment_data.value_history UNION ALL SELECT 'activity', * FROM segment_data.activity_history ORDER BY 1, 2, 4},
    transitions => 'SELECT * FROM segment_data.value_transition ORDER BY 1',
    overrides => 'SELECT * FROM segment_data.customer_override ORDER BY 1',
    aliases => 'SELECT * FROM segment_data.customer_alias ORDER BY 1',
    'final facts' => 'SELECT * FROM segment_data.value_facts WHERE is_final ORDER BY 1, 2, 3, 4, 5',
    'final scorecard' => q{SELECT scheme, segment, period_start, opening, acquired, moved_in, moved_out, removed, closing, revenue, cogs
        FROM segment.scorecard WHERE is_final ORDER BY 1, 2, 3},
    versions => 'SELECT name, version, rule FROM segment.version_segment ORDER BY 1, 2',
    'cut points' => 'SELECT name, version, cuts FROM segment.version_score ORDER BY 1, 2',
);
my %old = map { $_ => $node->safe_psql('old', $kept{$_}) } keys %kept;
is(sqlstate_of($node, 'old', 'ALTER EXTENSION segment UPDATE'), '', 'a database of 0.1 is upgraded');

foreach my $database ('old', 'restored')
{
    my $name = $database eq 'old' ? 'upgraded' : 'restored as the newest';
    is(sqlstate_of($node, $database, refresh_sql($day)), '', "$name: a refresh works");
    foreach my $what (sort keys %kept)
    {
        is($node->safe_psql($database, $kept{$what}), $old{$what}, "$name: $what unchanged");
    }
    my @found = differences($database);
    is(scalar(@found), 0, "$name: results equal the tables") or diag(describe($node, $database, @found));
    is($node->safe_psql($database, 'SELECT mismatched FROM segment.verify()'), '0', "$name: verify() agrees");
    same_lines([ lines_of($database, 'generated') ], \@made, "$name: what is generated is what a new one has");
    same_lines([ lines_of($database, 'catalog') ], \@fresh, "$name: and so is the extension");
    is($node->safe_psql($database, q{SELECT string_agg(concat_ws(' ', scheme, segment, owner, lower(valid)), ', ' ORDER BY scheme DESC, segment) FROM segment.owner WHERE segment IN ('Best', 'Rest')}),
        'value Best Anna 2023-06-30, value Rest postgres 2023-06-30', "$name: owners are those the version named, else who put it in force");
    is($node->safe_psql($database, q{SELECT string_agg(segment || ' ' || proposition, ',') FROM segment.segment_treatment}), 'Best First pick', "$name: propositions too");
    is($node->safe_psql($database, q{SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'segment_data.customer_anchor'::regclass}), 'keeper', "$name: the population has its owner");
    is($node->safe_psql($database, 'SELECT count(*) FROM segment.job'), '0', "$name: no jobs");
    is($node->safe_psql($database, q{SELECT sum(opening) + sum(acquired) + sum(moved_in) - sum(moved_out) - sum(removed) - sum(closing) FROM segment.scorecard}), '0', "$name: counts add up");

    # what 0.1 did not have works on what it left
    is(sqlstate_of($node, $database, q{
        SET segment.clock = '2025-06-21 12:00+02';
        SELECT segment.schedule('refresh', 'customer', every => '1 hour');
        CALL segment.run_job(1)}), '', "$name: a job");
    is(sqlstate_of($node, $database, q{
        SELECT segment.set_owner('value', 'Best', 'Bert', since => '2025-06-21');
        SELECT segment.create_metric('sales', 'revenue');
        SELECT segment.set_target('value', 'Best', 'sales', '2025-07', 1000)}), '', "$name: owners and targets");
    is(sqlstate_of($node, $database, q{SELECT * FROM segment.migration; SELECT * FROM segment.value_bridge; SELECT * FROM segment.pnl;
        SELECT * FROM segment.plan_vs_actual; SELECT * FROM segment.freshness; SELECT * FROM segment.health_check(); SELECT * FROM segment.reconcile('2025-05-01')}), '',
        "$name: every view");
    is(sqlstate_of($node, $database, q{INSERT INTO shop.orders SELECT 810000 + i, i, '2025-06-21', 300, 'web', 'paid' FROM generate_series(10, 20) i;} . refresh_sql($day)), '',
        "$name: a refresh after changes");
    @found = differences($database);
    is(scalar(@found), 0, "$name: and it equals the tables") or diag(describe($node, $database, @found));
    is(sqlstate_of($node, $database, q{SELECT segment.restate('value', '2025-05-01', 'late orders')}), '', "$name: a restatement");
    is(sqlstate_of($node, $database, 'DROP EXTENSION segment'), '', "$name: DROP EXTENSION needs no CASCADE");
}

# Another shop of 0.1, in which a measure is called as a column of today's scorecards is: final periods are not computed
# anew, so the name is changed in them.  Nothing else changed: what 0.1 did not keep is computed nevertheless.
(my $clashing = slurp_file("$folder/0.1.sql")) =~ s/\bpages\b/lapsed/g;
append_to_file("$PostgreSQL::Test::Utils::tmp_check/clashing.sql", $clashing);
run_file('clashing', "$PostgreSQL::Test::Utils::tmp_check/clashing.sql");
my $lapsed = q{SELECT period_start, segment, sum(%s) FROM segment.scorecard WHERE scheme = 'value' GROUP BY 1, 2 ORDER BY 1, 2};
my $said = $node->safe_psql('clashing', sprintf $lapsed, 'lapsed');
$node->safe_psql('clashing', 'ALTER EXTENSION segment UPDATE');
is(sqlstate_of($node, 'clashing', q{SELECT segment.restate('value', '2025-04-01', 'to see it work at once')}), '', 'clashing: a restatement before the first refresh');
is(sqlstate_of($node, 'clashing', refresh_sql($day)), '', 'clashing: a refresh');
is($node->safe_psql('clashing', sprintf $lapsed, 'lapsed_sum'), $said, 'clashing: the measure has another name, the same figures');
is($node->safe_psql('clashing', q{SELECT count(DISTINCT period_start) FROM segment_data.value_movement WHERE is_final}), '5', 'clashing: moves of final periods are there');
is($node->safe_psql('clashing', q{SELECT count(*) FROM segment.reconcile('2025-05-01', 'value') WHERE measure LIKE 'lapsed%' AND difference <> 0}), '0', 'clashing: and it reconciles');
$node->safe_psql('clashing', 'DROP TABLE segment_data.activity_movement, segment_data.activity_breakdown CASCADE');
$node->safe_psql('clashing', refresh_sql($day));
is($node->safe_psql('clashing', q{SELECT count(*) > 0 FROM segment.migration WHERE scheme = 'activity'}), 't', 'clashing: what is missing is computed though nothing has changed');

# ---- F21: the SQL is newer than the library ----

my $future = '99.1';
$node->safe_psql('made', "UPDATE pg_extension SET extversion = '$future' WHERE extname = 'segment'");
foreach my $call (q{CALL segment.refresh('customer')}, q{SELECT * FROM segment.preview('value')}, q{SELECT segment.activate('value')})
{
    like(error_of('made', $call), qr/ERROR:  55000: .*version \Q$future\E in this database, its library is version \Q$newest\E.*HINT:  Connect again/s, "F21 $call");
}
is(sqlstate_of($node, 'made', q{CREATE FUNCTION segment.of_tomorrow() RETURNS void LANGUAGE C AS '$libdir/segment', 'segment_of_tomorrow'}), '42883', 'F21 a function of tomorrow');
is(sqlstate_of($node, 'made', 'INSERT INTO shop.orders VALUES (800002, 3)'), '', 'F21 users write');
is($node->safe_psql('made', 'SELECT 1'), '1', 'F21 the server is up');

$node->stop;
done_testing();
