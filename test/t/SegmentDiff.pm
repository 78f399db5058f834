# The differential check: what the extension keeps against what plain SQL says
# of the tables now, and against a build from nothing in a copy of the database.
#
# Every check returns a list of mismatches, each a hash with what, key and
# text; an empty list is agreement.
package SegmentDiff;

use strict;
use warnings;
use Exporter 'import';
use SegmentTest;

our @EXPORT = qw(check_all check_ledgers check_against_fresh check_history check_facts check_opt_outs check_settled describe contents differing);

my @schemes = qw(value activity);
my $separator = "\x1f";

sub rows
{
    my ($node, $database, $sql) = @_;
    my $out = $node->safe_psql($database, $sql, extra_params => [ '-F', $separator ]);
    return map { [ split /$separator/, $_, -1 ] } split /\n/, $out;
}

sub mismatches
{
    my ($what, @rows) = @_;
    return map { { what => $what, key => $_->[0], text => $_->[1] } } @rows;
}

# Rows that say what differs themselves.
sub named
{
    return map { { what => $_->[0], key => $_->[1], text => $_->[2] } } @_;
}

# (a) Ledgers: entry by entry, from plain SQL over the tables.
sub ledger_query
{
    my ($name, $rows, $n) = @_;
    my $sums = join ', ', map { "coalesce(sum(measures[$_]), 0)" } 1 .. $n;
    my $zero = join ' AND ', 'n = 0', map { "totals[$_] = 0" } 1 .. $n;

    return qq{
        WITH expected AS (
            SELECT * FROM (SELECT key, day, dimension, count(*) FILTER (WHERE purchase) AS n, ARRAY[$sums] AS totals
                             FROM (SELECT coalesce(a.survivor, e.key) AS key, e.day, e.dimension, e.purchase, e.measures
                                     FROM ($rows) e LEFT JOIN segment_data.customer_alias a ON a.duplicate = e.key AND a.merged) r
                            WHERE day IS NOT NULL GROUP BY 1, 2, 3) g
             WHERE NOT ($zero)),
        stored AS (
            SELECT l.customer_id AS key, e.day, e.dimension, e.count AS n, e.measures AS totals
              FROM segment_data.customer_${name}_ledger l CROSS JOIN LATERAL segment.entries(l.ledger) e),
        different AS (
            (SELECT 'missing' AS side, m.* FROM (SELECT * FROM expected EXCEPT SELECT * FROM stored) m)
            UNION ALL
            (SELECT 'too much', m.* FROM (SELECT * FROM stored EXCEPT SELECT * FROM expected) m)
            UNION ALL
            SELECT 'row twice', customer_id, NULL, NULL, count(*), NULL FROM segment_data.customer_${name}_ledger
             GROUP BY customer_id HAVING count(*) > 1)
        SELECT coalesce(key::text, 'NULL'), format('%s: day %s, dimension %s, n %s, totals %s', side, day, dimension, n, totals)
          FROM different ORDER BY key, day LIMIT 20};
}

sub check_ledgers
{
    my ($node, $database) = @_;
    my %sources = shop_sources();

    return map {
        mismatches("ledger of $_",
            rows($node, $database, ledger_query($_, $sources{$_}{rows}, scalar @{ $sources{$_}{measures} })))
    } sort keys %sources;
}

# (b) Features and raw segments, by key: a pure function of tables, definitions
# and day, so a full build in a copy of the database must say the same.  Writers
# must be quiet, prepared transactions settled.
my $state_sql = q{
    SELECT coalesce(f.customer_id, s.customer_id), (to_jsonb(f) - 'as_of')::text || ' ' ||
           jsonb_build_object('value', s.value, 'value raw', s.value_raw, 'activity raw', s.activity_raw)::text
      FROM segment_data.customer_feature f FULL JOIN segment_data.customer_segment s ON s.customer_id = f.customer_id ORDER BY 1};

sub cut_points
{
    my ($node, $database) = @_;
    return map { @$_ } rows($node, $database, q{
        SELECT c.score, c.cuts::text FROM segment.cut_point c JOIN segment.scheme s ON s.name = c.scheme AND s.version = c.version
         WHERE c.scheme = 'value'});
}

# Of the population with a condition: whom it has though they had withdrawn consent
# when it was last written.  Commits are in the order of their timestamps, as
# the two exclude each other.
sub check_opt_outs
{
    my ($node, $database, $consent) = @_;
    return mismatches('assigned after the opt-out', rows($node, $database, qq{
        SELECT c.id, format('%s, opted out at %s, population written at %s', s.value, pg_xact_commit_timestamp(c.xmin), p.at)
          FROM (SELECT pg_xact_commit_timestamp(xmin) AS at FROM segment.population) p, shop.customers c
          JOIN segment_data.customer_segment s ON s.customer_id = c.id
         WHERE ($consent) IS NOT TRUE AND pg_xact_commit_timestamp(c.xmin) < p.at}));
}

sub build_fresh
{
    my ($node, $database, $day) = @_;
    my %cuts = (cut_points($node, $database), consent => $node->safe_psql($database, q{SELECT consent FROM segment.population WHERE name = 'customer'}));

    $node->safe_psql('postgres', "DROP DATABASE IF EXISTS fresh WITH (FORCE)");
    $node->safe_psql('postgres', "CREATE DATABASE fresh TEMPLATE $database");
    $node->safe_psql('fresh', 'CREATE TABLE shop.merged AS TABLE segment_data.customer_alias');
    $node->safe_psql('fresh', 'DROP EXTENSION segment');
    $node->safe_psql('fresh', 'CREATE EXTENSION segment');
    map_shop($node, 'fresh', %cuts);
    $node->safe_psql('fresh', 'INSERT INTO segment_data.customer_alias TABLE shop.merged');
    $node->safe_psql('fresh', refresh_sql($day));
    activate_schemes($node, 'fresh', 'false');
    return;
}

sub check_against_fresh
{
    my ($node, $database, $day) = @_;
    my %stored = map { $_->[0] => $_->[1] } rows($node, $database, $state_sql);
    my @found;

    build_fresh($node, $database, $day);
    foreach my $row (rows($node, 'fresh', $state_sql))
    {
        my ($key, $text) = @$row;
        my $was = delete $stored{$key} // 'nothing';
        push @found, [ $key, "stored $was\n        but should be $text" ] if $was ne $text;
    }
    push @found, map { [ $_, "stored $stored{$_}\n        but is no customer" ] } sort keys %stored;
    $node->safe_psql('postgres', 'DROP DATABASE fresh');
    return mismatches('features or segments', @found);
}

# (c) History: no gap, overlap or duplicate, and of one mind with the current
# segments and the transitions.  A gap is right only where a customer was away.
sub history_query
{
    my ($s) = @_;
    return qq{
        WITH h AS MATERIALIZED (
            SELECT customer_id AS key, segment, valid, lag(valid) OVER w AS before, lag(segment) OVER w AS segment_before
              FROM segment_data.${s}_history WINDOW w AS (PARTITION BY customer_id ORDER BY lower(valid))),
        t AS MATERIALIZED (
            SELECT customer_id AS key, from_segment, to_segment, day, seq, cause, row_number() OVER w AS n,
                   lag(to_segment) OVER w AS reached
              FROM segment_data.${s}_transition WINDOW w AS (PARTITION BY customer_id ORDER BY day, seq)),
        last AS (SELECT DISTINCT ON (key) * FROM t ORDER BY key, day DESC, seq DESC),
        s AS (SELECT customer_id AS key, $s AS segment, ${s}_since AS since FROM segment_data.customer_segment),
        wrong (key, what) AS (
        SELECT key, 'overlap at ' || lower(valid) FROM h WHERE before && valid
        UNION ALL SELECT key, 'gap before ' || lower(valid) FROM h WHERE upper(before) < lower(valid)
            AND NOT EXISTS (SELECT FROM t WHERE t.key = h.key AND t.to_segment IS NULL AND t.day = upper(h.before))
        UNION ALL SELECT key, 'row twice at ' || lower(valid) || ' though nothing moved' FROM h
            WHERE segment = segment_before AND upper(before) = lower(valid)
        UNION ALL SELECT key, 'empty range' FROM h WHERE isempty(valid)
        UNION ALL SELECT coalesce(s.key, h.key),
               format('current %s since %s, open history %s of %s', s.segment, s.since, h.segment, h.valid)
            FROM s FULL JOIN (SELECT * FROM h WHERE upper_inf(valid)) h ON h.key = s.key
            WHERE s.segment IS DISTINCT FROM h.segment OR s.since IS DISTINCT FROM lower(h.valid)
        UNION ALL SELECT key, format('transition %s leaves %s but %s had been reached', seq, from_segment, reached) FROM t
            WHERE n > 1 AND from_segment IS DISTINCT FROM reached
        UNION ALL SELECT key, format('transition %s goes nowhere', seq) FROM t WHERE from_segment IS NOT DISTINCT FROM to_segment
        UNION ALL SELECT last.key, format('last transition reached %s, current is %s', last.to_segment, s.segment)
            FROM last LEFT JOIN s ON s.key = last.key WHERE last.to_segment IS DISTINCT FROM s.segment
        UNION ALL SELECT h.key, format('history moves to %s on %s without a transition', h.segment, lower(h.valid)) FROM h
            WHERE before IS NOT NULL AND NOT EXISTS
            (SELECT FROM t WHERE t.key = h.key AND t.day = lower(h.valid) AND t.to_segment = h.segment)
        UNION ALL SELECT key, 'cause ' || cause FROM t
            WHERE cause NOT IN ('data', 'time', 'definition', 'manual', 'merge', 'erasure'))
        SELECT key, what FROM wrong ORDER BY 1, 2 LIMIT 20};
}

# The segment is one step from the end of the day before, however many refreshes
# the day has seen.
sub fold_query
{
    my ($s) = @_;
    return qq{
        SELECT c.customer_id, format('%s now, but from %s since %s, raw %s, the step leads to %s', c.$s, h.segment, lower(h.valid), c.${s}_raw, step)
          FROM segment.population p JOIN segment.scheme s ON s.population_id = p.population_id AND s.name = '$s'
          JOIN segment.scheme_version v ON v.scheme_id = s.scheme_id AND v.version = s.version
         CROSS JOIN segment_data.customer_segment c
          LEFT JOIN segment_data.${s}_history h ON h.customer_id = c.customer_id AND h.valid @> p.as_of - 1
                   LEFT JOIN segment.overrides('$s') o ON o.customer = c.customer_id::text AND o.since <= p.as_of AND coalesce(o.until >= p.as_of, true)
               AND coalesce(o.lifted_on > p.as_of, true)
         CROSS JOIN LATERAL segment.step(h.segment, lower(h.valid), c.${s}_raw, p.as_of, v.min_dwell, o.segment) step
         WHERE c.$s IS DISTINCT FROM step LIMIT 20};
}

sub check_history
{
    my ($node, $database) = @_;
    return map {
        mismatches("history of $_", rows($node, $database, history_query($_))),
          mismatches("fold of $_", rows($node, $database, fold_query($_)))
    } @schemes;
}

# (d) Facts of open periods: to the cent what the tables say, all rows together;
# and the customers' bridge closes in every row.
sub facts_query
{
    my ($scheme, $name, $rows, @measures) = @_;
    my $sums = join ', ', map { "coalesce(sum(measures[$_]), 0) AS m$_" } 1 .. @measures;
    my $pairs = join ', ', "('${name}_events', r.n)", map { "('$measures[$_ - 1]', r.m$_)" } 1 .. @measures;

    return qq{
        WITH open AS (SELECT DISTINCT period_start FROM segment_data.${scheme}_facts WHERE NOT is_final),
        tables AS (
            SELECT o.period_start, v.measure, v.value
              FROM open o
             CROSS JOIN LATERAL (
                   SELECT count(*) FILTER (WHERE purchase)::numeric AS n, $sums
                     FROM ($rows) r, segment.population p
                    WHERE p.name = 'customer' AND day >= o.period_start
                      AND day < o.period_start + interval '1 month' AND day <= p.as_of) r
             CROSS JOIN LATERAL (VALUES $pairs) v (measure, value)),
        facts AS (
            SELECT period_start, measure, sum(value) AS value FROM segment_data.${scheme}_facts
             WHERE source = '$name' GROUP BY 1, 2)
        SELECT t.period_start, format('%s %s: facts %s, tables %s', '$name', t.measure, f.value, t.value)
          FROM tables t LEFT JOIN facts f ON f.period_start = t.period_start AND f.measure = t.measure
         WHERE coalesce(f.value, 0) <> t.value};
}

sub check_facts
{
    my ($node, $database) = @_;
    my %sources = shop_sources();
    my @found;

    foreach my $scheme (@schemes)
    {
        push @found, mismatches("facts of $scheme", rows($node, $database,
            facts_query($scheme, $_, $sources{$_}{rows}, @{ $sources{$_}{measures} })))
          foreach sort keys %sources;
        push @found, mismatches("facts of $scheme", rows($node, $database, qq{
            SELECT period_start, format('bridge of %s does not close: %s', segment, jsonb_object_agg(measure, value))
              FROM segment_data.${scheme}_facts WHERE source = '' GROUP BY period_start, segment
            HAVING sum(CASE WHEN measure IN ('moved_out', 'removed', 'closing') THEN -value ELSE value END) <> 0}));
        push @found, mismatches("facts of $scheme", rows($node, $database, qq{
            SELECT max(period_start), format('closing %s of the open period, customers assigned %s', sum(value), max(n))
              FROM segment_data.${scheme}_facts f, (SELECT count(*) AS n FROM segment_data.customer_segment WHERE $scheme IS NOT NULL) s
             WHERE source = '' AND measure = 'closing'
               AND period_start = (SELECT max(period_start) FROM segment_data.${scheme}_facts)
             HAVING sum(value) > max(n)}));
        push @found, mismatches("scorecard of $scheme", rows($node, $database, qq{
            SELECT period_start, format('%s %s %s %s: facts %s, scorecard %s', segment, source, dimension, metric, f.f, s.s)
              FROM (SELECT period_start, segment, source, dimension, measure AS metric, (value, is_final, computed_at)::text AS f FROM segment_data.${scheme}_facts) f
              FULL JOIN (SELECT period_start, segment, source, dimension, metric, (value, is_final, computed_at)::text AS s FROM segment_data.${scheme}_scorecard) s
             USING (period_start, segment, source, dimension, metric) WHERE f.f IS DISTINCT FROM s.s}));
    }
    return @found;
}

# A second refresh of the same day finds nothing to write; it need not even log that.
sub check_settled
{
    my ($node, $database, $refresh) = @_;
    my $last = $node->safe_psql($database, 'SELECT coalesce(max(refresh_id), 0) FROM segment.refresh_log');

    $node->safe_psql($database, $refresh);
    return mismatches('a refresh with nothing to do', rows($node, $database, qq{
        SELECT 'all', format('wrote %s features, %s segments, %s transitions', features_written, segments_written, transitions)
          FROM segment.refresh_log WHERE refresh_id > $last AND features_written + segments_written + transitions > 0}));
}

sub check_all
{
    my ($node, $database, $day) = @_;
    return (
        check_ledgers($node, $database), check_history($node, $database),
        check_facts($node, $database), check_against_fresh($node, $database, $day));
}

# Whatever is worth keeping: relation => its rows, as a checksum.  Tables a dump carries, their sequences, and all
# that is generated but for logs; views of definitions, which are read through their tables, apart.
sub contents
{
    my ($node, $database) = @_;
    my $relations = $node->safe_psql($database, q{
        SELECT c.oid::regclass, c.relkind FROM pg_class c
         WHERE c.relkind IN ('r', 'S', 'v', 'm') AND c.relnamespace IN ('segment'::regnamespace, 'segment_data'::regnamespace)
           AND c.relname !~ '_log_[0-3]$'
           AND (c.oid = ANY ((SELECT extconfig FROM pg_extension WHERE extname = 'segment')::oid[])
                OR NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))
         ORDER BY 1});
    my @queries = map {
        my ($name, $kind) = split /\|/;
        $kind eq 'S' ? "SELECT '$name', last_value::text || is_called FROM $name"
          : "SELECT '$name', count(*) || ' ' || md5(coalesce(string_agg(r::text, E'\\n' ORDER BY r::text COLLATE \"C\"), '')) FROM $name r"
    } split /\n/, $relations;
    return map { $_->[0] => $_->[1] } rows($node, $database, join ' UNION ALL ', @queries);
}

# Names of relations in which two such contents differ.
sub differing
{
    my ($one, $other) = @_;
    my %names = (%$one, %$other);
    return join ' ', grep { ($one->{$_} // 'missing') ne ($other->{$_} // 'missing') } sort keys %names;
}

# The last statements that touched a customer, from the shop's own trace.
sub last_statements
{
    my ($node, $database, $key) = @_;
    my $is_key = $key eq 'NULL' ? 'IS NULL' : "= $key";

    return rows($node, $database, qq{
        SELECT format('%s xid %s: %s %s by: %s', at::time, xid, op, tab, replace(query, E'\\n', ' '))
          FROM shop.trace
         WHERE customer $is_key OR order_id IN (SELECT order_id FROM shop.trace WHERE tab = 'orders' AND customer $is_key)
         ORDER BY at DESC LIMIT 8});
}

# Mismatches as text.
sub describe
{
    my ($node, $database, @found) = @_;
    my $text = scalar(@found) . " mismatches\n";
    my ($traced) = rows($node, $database, q{SELECT to_regclass('shop.trace') IS NOT NULL});

    splice @found, 10 if @found > 10;
    foreach my $found (@found)
    {
        $text .= "$found->{what}, $found->{key}: $found->{text}\n";
        next unless $traced->[0] eq 't' && $found->{key} =~ /^(\d+|NULL)$/;
        $text .= join '', map { "    $_->[0]\n" } last_statements($node, $database, $found->{key});
    }
    return $text;
}

1;
