# Dump and restore: definitions, assignments and history come back, what belongs
# to the old cluster does not, and a full refresh then adds nothing to history.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Utils;
use Test::More;
use SegmentDiff;
use SegmentTest;

my $node = start_cluster('dump', debug => 0);
my $folder = $PostgreSQL::Test::Utils::tmp_check;
my $day = '2025-06-20';

create_shop($node, customers => 80);
map_shop($node, 'shop', consent => 'consent');
$node->safe_psql('shop', refresh_sql($day));
activate_schemes($node, 'shop', 'true');
# a second version and a day's moves, so that history holds more than a backfill
$node->safe_psql('shop', q{SELECT segment.recut('value');
    UPDATE shop.orders SET total = total + 300 WHERE id % 7 = 0;
    UPDATE shop.customers SET consent = false WHERE id = 3;
    INSERT INTO shop.orders SELECT 500000 + i, i, '2025-06-20', 400, 'web' FROM generate_series(1, 20) i});
$node->safe_psql('shop', refresh_sql('2025-06-21'));
$day = '2025-06-21';

declare_everything($node, 'shop');
$node->safe_psql('shop', q{INSERT INTO segment.alert (scheme_id, segment, kind, period_start, last_period, baseline, deviation, observed, threshold, k)
    SELECT scheme_id, 'Best', 'customers', '2025-05-01', '2025-05-01', 1, 1, 9, 4, 3 FROM segment.scheme WHERE name = 'value'});
$node->safe_psql('shop', refresh_sql($day));
my %contents = contents($node, 'shop');
# but of backfills that were stopped, and of the one view that needs planned costs
is(join(' ', grep { $contents{$_} =~ /^0 / && $_ !~ /^segment_data/ } sort keys %contents), 'segment.backfill_run segment.margin_variance', 'there are rows in all tables that a dump carries');

my %kept = (
    definitions => q{SELECT name, relation::text, key_name, as_of FROM segment.population
        UNION ALL SELECT name, consent, consent_sql, NULL FROM segment.population
        UNION ALL SELECT name, relation::text, customer, NULL FROM segment.source
        UNION ALL SELECT name, kind, expression, NULL FROM segment.feature
        UNION ALL SELECT name, state, version::text, history_since FROM segment.scheme
        UNION ALL SELECT name, version::text, rule, NULL FROM segment.version_segment
        UNION ALL SELECT name, version::text, cuts::text, NULL FROM segment.version_score ORDER BY 1, 2, 3},
    assignments => 'SELECT * FROM segment_data.customer_segment ORDER BY 1',
    history => q{SELECT 'value', * FROM segment_data.value_history UNION ALL SELECT 'activity', * FROM segment_data.activity_history ORDER BY 1, 2, 4},
    transitions => q{SELECT * FROM segment_data.value_transition ORDER BY 1},
    facts => 'SELECT * FROM segment_data.value_facts ORDER BY 1, 2, 3, 4, 5',
    scorecard => 'SELECT scheme, segment, period_start, opening, acquired, moved_in, moved_out, removed, closing FROM segment.scorecard ORDER BY 1, 2, 3',
    'join view' => 'SELECT * FROM segment_data.customer ORDER BY 1',
);

sub same
{
    my ($what, $database, $name) = @_;
    is($node->safe_psql($database, $kept{$what}), $node->safe_psql('shop', $kept{$what}), "$name: $what");
    return;
}

# What is never dumped: cursors and change logs belong to this cluster's transactions.
sub cursors
{
    my ($database) = @_;
    return $node->safe_psql($database, q{SELECT coalesce((xpath('/row/n/text()', query_to_xml(
        CASE WHEN to_regclass('segment.cursor') IS NOT NULL THEN 'SELECT count(*) AS n FROM segment.cursor' ELSE 'SELECT 0 AS n' END,
        false, true, '')))[1]::text, '0')});
}

sub history_rows
{
    my ($database) = @_;
    return $node->safe_psql($database, q{SELECT (SELECT count(*) FROM segment_data.value_history), (SELECT count(*) FROM segment_data.activity_history),
        (SELECT count(*) FROM segment_data.value_transition), (SELECT count(*) FROM segment_data.activity_transition)});
}

sub check_restored
{
    my ($database, $name) = @_;
    same($_, $database, $name) foreach sort keys %kept;
    my %restored = contents($node, $database);
    is(differing(\%restored, \%contents), '', "$name: every table, view and sequence");
    is(cursors($database), '0', "$name: no cursors");
    is($node->safe_psql($database, q{SELECT (SELECT count(*) FROM segment.job_run) + (SELECT count(*) FROM segment.job_state) + (SELECT count(*) FROM segment.refresh_log)}), '0',
        "$name: nor runs of jobs and refreshes");
    my $before = history_rows($database);
    is(sqlstate_of($node, $database, refresh_sql($day)), '', "$name: a refresh works");
    is(history_rows($database), $before, "$name: a full refresh adds nothing to history");
    my %refreshed = contents($node, $database);
    is(differing(\%refreshed, \%contents), 'segment.population segment.source', "$name: nor anything but when it was");
    is(scalar(check_ledgers($node, $database)), 0, "$name: ledgers equal the tables");
    is(scalar(check_history($node, $database)), 0, "$name: history is sound");
    $node->safe_psql($database, q{INSERT INTO shop.orders SELECT 600000 + i, i, '2025-06-21', 900, 'web' FROM generate_series(1, 30) i});
    is(sqlstate_of($node, $database, refresh_sql($day)), '', "$name: a refresh after changes works");
    my @found = (check_ledgers($node, $database), check_history($node, $database), check_facts($node, $database));
    is(scalar(@found), 0, "$name: and equals the tables") or diag(describe($node, $database, @found));
    return;
}

# F24: the whole database, in each of pg_dump's ways.
foreach my $format ('plain', 'custom', 'directory')
{
    my $file = "$folder/shop.$format";
    my $database = "restored_$format";
    $node->command_ok([ 'pg_dump', '-F', $format, '-f', $file, $node->connstr('shop') ], "F24 $format: dump");
    $node->safe_psql('postgres', "CREATE DATABASE $database");
    # Jobs of pg_restore know nothing of the order that foreign keys between an extension's tables want.
    local $ENV{PGOPTIONS} = $format eq 'directory' ? '-c session_replication_role=replica' : '';
    my @jobs = $format eq 'directory' ? ('-j', '2') : ();
    $node->command_ok($format eq 'plain'
        ? [ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr($database), '-f', $file ]
        : [ 'pg_restore', '-e', @jobs, '-d', $node->connstr($database), $file ], "F24 $format: restore");
    delete $ENV{PGOPTIONS};
    check_restored($database, "F24 $format");
    # a dump carries no dependency of generated relations on the extension: the first refresh records it again
    is(sqlstate_of($node, $database, 'DROP EXTENSION segment'), '', "F24 $format: DROP EXTENSION needs no CASCADE");
    is($node->safe_psql($database, q{SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'segment%'}), '0', "F24 $format: and leaves nothing");
}

# F25: data alone, over a database that has the definitions already; no trigger fires.
{
    $node->safe_psql('postgres', 'CREATE DATABASE data_only TEMPLATE shop');
    my %before = (segments => $node->safe_psql('data_only', $kept{assignments}), history => history_rows('data_only'));
    $node->command_ok([ 'pg_dump', '-a', '-n', 'shop', '-F', 'custom', '-f', "$folder/shop.data", $node->connstr('shop') ], 'F25 dump of data');
    $node->safe_psql('data_only', 'TRUNCATE shop.customers, shop.orders, shop.items, shop.tickets, shop.visits');
    $node->safe_psql('data_only', refresh_sql($day));
    $node->command_ok([ 'pg_restore', '-e', '-a', '--disable-triggers', '-d', $node->connstr('data_only'), "$folder/shop.data" ], 'F25 restore of data');
    is(sqlstate_of($node, 'data_only', refresh_sql($day)), '', 'F25 a refresh works');
    my @found = (check_ledgers($node, 'data_only'), check_history($node, 'data_only'), check_facts($node, 'data_only'));
    is(scalar(@found), 0, 'F25 and equals the tables') or diag(describe($node, 'data_only', @found));
    is($node->safe_psql('data_only', 'SELECT customer_id, value_raw, activity_raw FROM segment_data.customer_segment ORDER BY 1'),
        $node->safe_psql('shop', 'SELECT customer_id, value_raw, activity_raw FROM segment_data.customer_segment ORDER BY 1'),
        'F25 the customers are what they were');
}

# F26: the shop's owner, who has no privilege on anything of ours.
$node->safe_psql('shop', q{
    CREATE ROLE keeper LOGIN;
    ALTER SCHEMA shop OWNER TO keeper;
    ALTER TABLE shop.customers OWNER TO keeper;
    ALTER TABLE shop.orders OWNER TO keeper;
    ALTER TABLE shop.items OWNER TO keeper;
    ALTER TABLE shop.tickets OWNER TO keeper;
    ALTER TABLE shop.visits OWNER TO keeper;
    ALTER TABLE shop.visits_1 OWNER TO keeper;
    ALTER TABLE shop.visits_2 OWNER TO keeper;
    ALTER TABLE shop.visits_3 OWNER TO keeper;
    ALTER TABLE shop.visits_other OWNER TO keeper});
$node->command_ok([ 'pg_dump', '-n', 'shop', '-U', 'keeper', '-f', "$folder/keeper.sql", $node->connstr('shop') ],
    'F26 the unprivileged owner dumps the shop');
$node->safe_psql('postgres', 'CREATE DATABASE keeper OWNER keeper');
my ($out, $err);
# Triggers name a function of ours: who restores them must be able to look it up.
$node->safe_psql('keeper', 'CREATE EXTENSION segment; GRANT USAGE ON SCHEMA segment TO keeper') if has_capture($node);
is($node->psql('keeper', '', extra_params => [ '-U', 'keeper', '-q', '-v', 'ON_ERROR_STOP=1', '-f', "$folder/keeper.sql" ], stdout => \$out, stderr => \$err), 0,
    'F26 and restores it') or diag($err);
is($node->safe_psql('keeper', 'SELECT count(*) FROM shop.orders'), $node->safe_psql('shop', 'SELECT count(*) FROM shop.orders'), 'F26 all rows are there');
is($node->psql('keeper', q{INSERT INTO shop.orders VALUES (700000, 1, now(), 5)}, extra_params => [ '-U', 'keeper' ], stdout => \$out, stderr => \$err), 0,
    'F26 and its tables can be written') or diag($err);

$node->stop;
done_testing();
