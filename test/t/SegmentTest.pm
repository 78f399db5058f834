# A private cluster with the extension, a shop mapped on it, and what tests of
# crashes and concurrency need: the sources as an independent reader writes
# them down, SQLSTATEs, and waiting at debug points.
package SegmentTest;

use strict;
use warnings;
use Exporter 'import';
use Time::HiRes qw(sleep time);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(start_cluster has_debug_points has_capture create_shop map_shop activate_schemes declare_everything
  refresh_sql sqlstate_of wait_for_waiting wait_until_up shop_sources);

# Rows that count, with their key, local day, dimension, purchase and measures.
my %sources = (
    orders => {
        measures => ['revenue'],
        rows => q{SELECT customer_id AS key, (ordered_at AT TIME ZONE 'Europe/Paris')::date AS day,
                         channel AS dimension, total > 0 AS purchase, ARRAY[total]::numeric[] AS measures
                    FROM shop.orders WHERE status <> 'draft'},
    },
    items => {
        measures => [ 'cogs', 'pieces' ],
        rows => q{SELECT o.customer_id AS key, (o.ordered_at AT TIME ZONE 'Europe/Paris')::date AS day,
                         i.category AS dimension, true AS purchase,
                         ARRAY[i.unit_cost * i.quantity, i.quantity]::numeric[] AS measures
                    FROM shop.items i JOIN shop.orders o ON o.id = i.order_id WHERE o.status <> 'draft'},
    },
    tickets => {
        measures => ['handling'],
        rows => q{SELECT customer_id AS key, opened_on AS day, NULL::text AS dimension, true AS purchase,
                         ARRAY[handling]::numeric[] AS measures FROM shop.tickets},
    },
    visits => {
        measures => ['pages'],
        rows => q{SELECT customer_id AS key, visited_at::date AS day, NULL::text AS dimension, true AS purchase,
                         ARRAY[pages]::numeric[] AS measures FROM shop.visits},
    },
);

sub shop_sources
{
    return %sources;
}

# A running server with the extension in database "shop".  debug => 0 takes the
# library users get; the default has the points of debug.h.
sub start_cluster
{
    my ($name, %option) = @_;
    my $prefix = ($option{debug} // 1) ? $ENV{SEGMENT_DEBUG_PREFIX} : undef;
    my $node = PostgreSQL::Test::Cluster->new($name, $prefix ? (install_path => $prefix) : ());

    $node->init(extra => [ '--encoding=UTF8', '--locale=C.UTF-8' ], %{ $option{init} // {} });
    # Test clusters stay down after a crash unless told otherwise.
    $node->append_conf('postgresql.conf', <<'END');
restart_after_crash = on
max_prepared_transactions = 10
max_connections = 40
deadlock_timeout = 200ms
log_statement = none
log_line_prefix = '%m [%p] %q%a '
END
    $node->append_conf('postgresql.conf', $option{settings}) if $option{settings};
    $node->start;
    $node->safe_psql('postgres', 'CREATE DATABASE shop');
    $node->safe_psql('shop', 'CREATE EXTENSION segment');
    return $node;
}

sub has_debug_points
{
    my ($node) = @_;
    return $node->safe_psql('shop', q{SELECT to_regclass('segment.waitpoint') IS NOT NULL}) eq 't';
}

# Whether changes of the shop's orders are captured: then a refresh is incremental.
sub has_capture
{
    my ($node) = @_;
    return $node->safe_psql('shop', q{
        SELECT EXISTS (SELECT FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
                        WHERE p.pronamespace = 'segment'::regnamespace AND t.tgrelid = to_regclass('shop.orders'))}) eq 't';
}

# Orders, items through their orders, tickets that follow their customer, and
# visits in partitions.  Some rows have no customer, no known one, or no day.
sub create_shop
{
    my ($node, %option) = @_;
    my $customers = $option{customers} // 300;
    my $orders = $customers * 6;
    my $seed = ($option{seed} // 1) % 1000 / 1000;

    $node->safe_psql($option{database} // 'shop', <<END);
CREATE SCHEMA shop;
CREATE TABLE shop.customers (id int PRIMARY KEY, name text, region text, joined date, consent boolean NOT NULL DEFAULT true);
CREATE TABLE shop.orders (id bigint PRIMARY KEY, customer_id int, ordered_at timestamptz, total numeric(12,2), channel text,
    status text NOT NULL DEFAULT 'paid');
CREATE TABLE shop.items (id bigint PRIMARY KEY, order_id bigint REFERENCES shop.orders ON UPDATE CASCADE ON DELETE CASCADE,
    category text, quantity int NOT NULL DEFAULT 1, unit_cost numeric(10,4));
CREATE TABLE shop.tickets (id bigint PRIMARY KEY, customer_id int REFERENCES shop.customers ON UPDATE CASCADE ON DELETE CASCADE,
    opened_on date, handling numeric(8,2));
CREATE TABLE shop.visits (id bigint, customer_id int, visited_at timestamp, pages int, site int NOT NULL)
    PARTITION BY LIST (site);
CREATE TABLE shop.visits_1 PARTITION OF shop.visits FOR VALUES IN (1);
CREATE TABLE shop.visits_2 PARTITION OF shop.visits FOR VALUES IN (2);
CREATE TABLE shop.visits_3 PARTITION OF shop.visits FOR VALUES IN (3);
CREATE TABLE shop.visits_other PARTITION OF shop.visits DEFAULT;
WITH seed AS MATERIALIZED (SELECT setseed($seed)) SELECT count(*) FROM seed;
INSERT INTO shop.customers SELECT i, 'c' || i, (ARRAY['north','south','east'])[1 + i % 3], '2023-06-01'::date + (i * 7) % 700
  FROM generate_series(1, $customers) i;
INSERT INTO shop.orders SELECT i, CASE WHEN i % 53 = 0 THEN NULL WHEN i % 47 = 0 THEN 900000 + i ELSE 1 + (random() * random() * ($customers - 1))::int END,
       CASE WHEN i % 97 > 0 THEN '2023-06-10 00:30+02'::timestamptz + random() * interval '740 days' END, round((random() * 200 - 30)::numeric, 2),
       (ARRAY['web','store',NULL])[1 + i % 3], CASE WHEN i % 31 = 0 THEN 'draft' ELSE 'paid' END FROM generate_series(1, $orders) i;
INSERT INTO shop.items SELECT i, 1 + (i * 7919::bigint) % $orders, (ARRAY['shoes','hats','socks','bags'])[1 + i % 4], 1 + i % 3, round((random() * 20)::numeric, 4)
  FROM generate_series(1, 2 * $orders) i;
INSERT INTO shop.tickets SELECT i, 1 + i % $customers, '2024-01-01'::date + (i * 13) % 500, round((random() * 30)::numeric, 2)
  FROM generate_series(1, $customers) i;
INSERT INTO shop.visits SELECT i, 1 + (random() * ($customers - 1))::int, '2024-03-01'::timestamp + random() * interval '450 days', 1 + i % 9, 1 + i % 5
  FROM generate_series(1, 3 * $customers) i;
CREATE INDEX ON shop.orders (customer_id);
CREATE INDEX ON shop.items (order_id);
CREATE INDEX ON shop.tickets (customer_id);
CREATE INDEX ON shop.visits (customer_id);
ANALYZE;
END
    return;
}

# Declare the population, its sources, features and two schemes; cut points of
# the scores are computed, or taken from %cuts (score => array literal).
sub map_shop
{
    my ($node, $database, %cuts) = @_;
    my $consent = $cuts{consent} ? ", consent => '" . $cuts{consent} =~ s/'/''/gr . q{'} : '';
    my %given = map { $_ => $cuts{$_} ? ", cuts => '$cuts{$_}'" : '' } qw(r m);

    $node->safe_psql($database, <<END);
SELECT segment.create_population('customer', 'shop.customers', key => 'id', timezone => 'Europe/Paris', since => 'joined'$consent);
SELECT segment.create_source('orders', 'shop.orders', customer => 'customer_id', occurred_at => 'ordered_at',
    measures => '{"revenue": "total"}', filter => 'status <> ''draft''', purchase => 'total > 0', dimension => 'channel');
SELECT segment.create_source('items', 'shop.items', parent => 'orders', parent_key => 'order_id',
    measures => '{"cogs": {"expression": "unit_cost * quantity", "scale": 4}, "pieces": "quantity"}', dimension => 'category');
SELECT segment.create_source('tickets', 'shop.tickets', customer => 'customer_id', occurred_at => 'opened_on',
    measures => '{"handling": "handling"}');
SELECT segment.create_source('visits', 'shop.visits', customer => 'customer_id', occurred_at => 'visited_at',
    measures => '{"pages": "pages"}');
SELECT segment.create_feature('days_since_last', aggregate => 'days_since_last', source => 'orders');
SELECT segment.create_feature('active_days', aggregate => 'active_days', source => 'orders', absent => 0);
SELECT segment.create_feature('revenue', aggregate => 'sum', source => 'orders', measure => 'revenue', absent => 0);
SELECT segment.create_feature('revenue_90', aggregate => 'sum', source => 'orders', measure => 'revenue', within => '90 days');
SELECT segment.create_feature('revenue_month', aggregate => 'sum', source => 'orders', measure => 'revenue', within => '1 month', absent => 0);
SELECT segment.create_feature('web_revenue', aggregate => 'sum', source => 'orders', measure => 'revenue', dimension => 'web');
SELECT segment.create_feature('cogs', aggregate => 'sum', source => 'items', measure => 'cogs', absent => 0);
SELECT segment.create_feature('favourite', aggregate => 'top_dimension', source => 'items');
SELECT segment.create_feature('tickets_365', aggregate => 'count', source => 'tickets', within => '365 days', absent => 0);
SELECT segment.create_feature('pages_30', aggregate => 'sum', source => 'visits', measure => 'pages', within => '30 days', absent => 0);
SELECT segment.create_feature('margin', expression => 'revenue - cogs');
SELECT segment.create_feature('region', attribute => 'region');
SELECT segment.create_scheme('value', objective => 'Grow margin', default_segment => 'Rest');
SELECT segment.create_score('value', 'r', 'days_since_last', bins => 4, descending => true $given{r});
SELECT segment.create_score('value', 'm', 'revenue', bins => 4 $given{m});
SELECT segment.create_segment('value', 'Best', 'r >= 3 AND m >= 3');
SELECT segment.create_segment('value', 'Leaving', 'r <= 2 AND m >= 3');
SELECT segment.create_segment('value', 'New', 'active_days <= 1 AND r = 4');
SELECT segment.create_scheme('activity', objective => 'Bring back', default_segment => 'Quiet', min_dwell => '5 days');
SELECT segment.create_segment('activity', 'Browsing', 'pages_30 >= 10 AND revenue_month <= 0');
SELECT segment.create_segment('activity', 'Buying', 'revenue_90 > 50 OR region = ''north'' AND margin > 400');
SELECT segment.create_segment('activity', 'Troubled', 'tickets_365 > 1');
END
    return;
}

sub activate_schemes
{
    my ($node, $database, $backfill) = @_;
    $node->safe_psql($database, "SELECT segment.activate('value', comment => 'test', backfill => $backfill);
        SELECT segment.activate('activity', comment => 'test', backfill => $backfill)");
    return;
}

# What else may be declared about the shop's schemes, some of each, as of the day of the last refresh; and jobs.
sub declare_everything
{
    my ($node, $database) = @_;
    $node->safe_psql($database, <<'END');
SELECT segment.override('value', 9, 'Best', reason => 'contract');
SELECT segment.set_owner('value', 'Best', 'Anna', since => '2025-01-01'), segment.set_segment_role('value', 'Best', 'target');
SELECT segment.set_treatment('value', 'Best', 'First pick', since => '2025-01-01', budget => 100);
SELECT segment.set_milestone('value', 'Best', 'call them', due => '2025-07-01');
SELECT segment.review('value', 'still sound');
SELECT segment.create_metric('gross', 'revenue - cogs', direction => 'up');
SELECT segment.set_target('value', 'Best', 'gross', '2025-05', 1000), segment.set_benchmark('value', 'Best', 'gross', '2025-05', 900);
SELECT segment.create_breakdown('region');
SELECT segment.create_allocation('rent', 'revenue');
SELECT segment.set_allocation_amount('rent', '2025-05-01', 500);
SELECT segment.restate('value', '2025-05-01', 'late invoices');
SELECT segment.schedule('refresh', 'customer', every => '1 hour'), segment.schedule('maintain', 'customer', every => '7 days', active => false);
END
    return;
}

sub refresh_sql
{
    my ($day) = @_;
    return "CALL segment.refresh('customer', '$day')";
}

# Run SQL in a session of its own; returns the SQLSTATE of its first error, ''
# when there was none, and 'lost' when the server went away.
sub sqlstate_of
{
    my ($node, $database, $sql) = @_;
    my ($out, $err) = ('', '');
    my $status = $node->psql($database, "\\set VERBOSITY sqlstate\n$sql", stdout => \$out, stderr => \$err, on_error_stop => 1);

    return '' if $status == 0;
    return 'lost' if $err =~ /server closed|connection to server|terminating connection|57P0[123]/;
    return $err =~ /(?:ERROR|FATAL|PANIC):\s+([0-9A-Z]{5})\b/ ? $1 : "unknown: $err";
}

# Until a process waits at a debug point: its pid, or undef.
sub wait_for_waiting
{
    my ($node, $point) = @_;
    foreach (1 .. 400)
    {
        my $pid = $node->safe_psql('shop', "SELECT pid FROM segment.waitpoint WHERE name = '$point' AND NOT granted LIMIT 1");
        return $pid if $pid ne '';
        sleep 0.03;
    }
    return undef;
}

# After a crash of one process the postmaster restarts everything.
sub wait_until_up
{
    my ($node) = @_;
    foreach (1 .. 600)
    {
        my ($out, $err);
        return 1 if $node->psql('postgres', 'SELECT 1', stdout => \$out, stderr => \$err) == 0;
        sleep 0.05;
    }
    return 0;
}

1;
