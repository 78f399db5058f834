# Erasing against refreshes (F61): customers are erased with their rows, one
# transaction each, by two sessions, while refreshes follow one another and
# others change the very customers.  Nothing with the key of one comes back, at
# any time after its erasure has committed.
#
#   SEGMENT_RACES   how many are erased (1000)
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;
use SegmentTest;

my $races = $ENV{SEGMENT_RACES} // 1000;
my $node = start_cluster('erase');
my $day = '2025-06-20';

$node->safe_psql('shop', <<END);
CREATE SCHEMA shop;
CREATE TABLE shop.customers (id text PRIMARY KEY, region text, joined date DEFAULT '2025-01-01');
CREATE TABLE shop.orders (id int PRIMARY KEY, customer_id text, day date, total int);
INSERT INTO shop.customers (id, region) SELECT 'erase-me-' || n, 'north' FROM generate_series(1, $races) n UNION ALL SELECT 'keep-' || n, 'south' FROM generate_series(1, 200) n;
INSERT INTO shop.orders SELECT row_number() OVER (), id, '$day'::date - (random() * 100)::int, 20 FROM shop.customers, generate_series(1, 3);
CREATE INDEX ON shop.orders (customer_id);
CREATE SEQUENCE shop.victim;
CREATE TABLE shop.reappeared (relation text);
ANALYZE;
SELECT segment.create_population('customer', 'shop.customers', key => 'id', timezone => 'UTC', since => 'joined');
SELECT segment.create_source('orders', 'shop.orders', customer => 'customer_id', occurred_at => 'day', measures => '{"revenue": "total"}');
SELECT segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue', absent => 0);
SELECT segment.create_feature('region', attribute => 'region');
SELECT segment.create_scheme('value', objective => 'Grow', default_segment => 'Small');
SELECT segment.create_segment('value', 'Big', 'revenue > 65');
-- what of a customer is held anywhere
CREATE FUNCTION shop.holding(needle text) RETURNS SETOF text LANGUAGE plpgsql AS \$\$
DECLARE r regclass; n bigint;
BEGIN
    FOR r IN SELECT c.oid FROM pg_class c WHERE c.relkind IN ('r', 'm') AND c.relnamespace IN ('segment'::regnamespace, 'segment_data'::regnamespace)
    LOOP
        EXECUTE format('SELECT count(*) FROM %s x WHERE x::text LIKE %L', r, '%' || needle || '%') INTO n;
        IF n > 0 THEN RETURN NEXT r::text; END IF;
    END LOOP;
END \$\$;
END
$node->safe_psql('shop', refresh_sql($day));
$node->safe_psql('shop', q{SELECT segment.activate('value')});
$node->safe_psql('shop', q{SELECT segment.create_breakdown('region')});
$node->safe_psql('shop', refresh_sql($day));
cmp_ok($node->safe_psql('shop', q{SELECT count(*) FROM shop.holding('erase-me-1')}), '>=', 5, 'customers are in many relations');

my $folder = PostgreSQL::Test::Utils::tempdir();
append_to_file("$folder/refresh.sql", refresh_sql($day) . ";\n");
append_to_file("$folder/change.sql", <<"END");
\\set n random(1, $races)
UPDATE shop.orders SET total = total + 1 WHERE customer_id = 'erase-me-' || :n;
UPDATE shop.customers SET region = CASE region WHEN 'north' THEN 'east' ELSE 'north' END WHERE id = 'erase-me-' || :n;
UPDATE shop.orders SET total = total + 1 WHERE customer_id = 'keep-' || (:n % 200 + 1);
END
append_to_file("$folder/erase.sql", <<"END");
SELECT nextval('shop.victim') AS n \\gset
BEGIN;
DELETE FROM shop.orders WHERE customer_id = 'erase-me-' || :n;
DELETE FROM shop.customers WHERE id = 'erase-me-' || :n;
SELECT sum(remaining) FROM segment.erase('erase-me-' || :n);
END;
INSERT INTO shop.reappeared SELECT 'feature' FROM segment_data.customer_feature WHERE customer_id = 'erase-me-' || :n
    UNION ALL SELECT 'history' FROM segment_data.value_history WHERE customer_id = 'erase-me-' || :n
    UNION ALL SELECT 'ledger' FROM segment_data.customer_orders_ledger WHERE customer_id = 'erase-me-' || :n;
END

sub bench
{
    my ($script, @options) = @_;
    my ($out, $err) = ('', '');
    my @command = ('pgbench', '-n', @options, '-f', "$folder/$script.sql", '-h', $node->host, '-p', $node->port, 'shop');
    return { out => \$out, err => \$err, run => IPC::Run::start(\@command, '>', \$out, '2>', \$err) };
}

my $refreshes = bench('refresh', '-T', 3600);
my $changes = bench('change', '-T', 3600, '-R', 60);
my $half = int $races / 2;
my $erasures = bench('erase', '-c', 2, '-t', $half);
$erasures->{run}->finish;
is(${ $erasures->{err} } =~ s/^pgbench \(.*\n//r, '', 'no erasure fails');
ok($refreshes->{run}->pumpable && $changes->{run}->pumpable, 'nor do refreshes and writers beside them');
$_->{run}->kill_kill foreach $changes, $refreshes;
$node->poll_query_until('shop', q{SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = 'pgbench'});

my $done = 2 * $half;
is($node->safe_psql('shop', 'SELECT last_value FROM shop.victim'), $done, "$done customers were erased");
cmp_ok($node->safe_psql('shop', 'SELECT count(*) FROM segment.refresh_log'), '>', 20, 'with refreshes between that had something to do');
is($node->safe_psql('shop', 'SELECT count(*) FROM shop.reappeared'), '0', 'nothing of one was there after its erasure');
is($node->safe_psql('shop', q{SELECT string_agg(h, ' ') FROM shop.holding('erase-me') h}), '', 'nor is anything at the end, logs and all');
$node->safe_psql('shop', refresh_sql($day));
is($node->safe_psql('shop', q{SELECT string_agg(h, ' ') FROM shop.holding('erase-me') h}), '', 'nor after another refresh');
is($node->safe_psql('shop', q{SELECT mismatched FROM segment.verify('customer')}), '0', 'the others are as they should be');
is($node->safe_psql('shop', q{SELECT customers FROM segment.population}), '200', 'and counted');

my $facts = q{SELECT md5(string_agg(concat_ws(' ', period_start, segment, source, dimension, measure, value), ',' ORDER BY period_start, segment, source, dimension, measure)) FROM segment_data.value_facts};
my $followed = $node->safe_psql('shop', $facts);
$node->safe_psql('shop', q{SELECT segment.update_facts('value')});
is($node->safe_psql('shop', $facts), $followed, 'open periods are what a full computation says');
is($node->safe_psql('shop', q{SELECT sum(removed) FROM segment.scorecard WHERE scheme = 'value' AND period_start = '2025-06-01'}), $done, 'and say that so many are gone');
$node->stop;
done_testing();
