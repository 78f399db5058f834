# Incremental = full for what periods hold: facts, breakdowns, moves, what was
# published, and which final periods are marked stale.
#
# The full computation is the extension's own (update_facts, restate) in a
# transaction that is rolled back; customers' states and the sums of tables are
# told by plain SQL beside it.  Every check returns mismatches as SegmentDiff
# does.  Writers must be quiet and everything refreshed.
package SegmentTruth;

use strict;
use warnings;
use Exporter 'import';
use SegmentDiff;
use SegmentTest;

our @EXPORT = qw(check_periods check_reconciled check_published keep_published);

my @schemes = qw(value activity);

# All that is kept of periods, as one relation.
sub kept_sql
{
    return join "\n    UNION ALL ", map { qq{
        SELECT '$_' AS scheme, 'facts' AS kind, period_start, is_final, ARRAY[segment, source, dimension, measure] AS name, ARRAY[value] AS numbers
          FROM segment_data.${_}_facts
        UNION ALL SELECT '$_', 'breakdown', period_start, is_final, ARRAY[segment, source, dimension, measure, breakdown], ARRAY[value]
          FROM segment_data.${_}_breakdown
        UNION ALL SELECT '$_', 'movement', period_start, is_final, ARRAY[from_segment, to_segment, cause, measure],
               ARRAY[customers, value_before, value_after, lapsed, contraction, expansion, acquired] FROM segment_data.${_}_movement} } @schemes;
}

# Where every customer stood at the end of the day before a period and of its last day.
sub states_sql
{
    return join "\n    UNION ALL ", map { qq{
        SELECT '$_' AS scheme, d.period_start, c.key,
               CASE WHEN c.entry_day IS NULL OR c.entry_day > d.opened THEN 'new' WHEN o.segment IS NOT NULL THEN o.segment
                    WHEN d.opened < s.history_since THEN 'unassigned' ELSE 'new' END AS from_segment,
               CASE WHEN c.entry_day IS NULL OR c.entry_day > d.closed THEN NULL WHEN e.segment IS NOT NULL THEN e.segment
                    WHEN d.closed < s.history_since THEN 'unassigned' ELSE 'removed' END AS to_segment
          FROM (SELECT period_start, period_start - 1 AS opened, least((period_start + interval '1 month')::date - 1, p.as_of) AS closed
                  FROM (SELECT DISTINCT period_start FROM segment_data.${_}_facts) f, segment.population p) d
         CROSS JOIN (SELECT coalesce(f.customer_id, h.customer_id) AS key,
                            CASE WHEN f.customer_id IS NOT NULL THEN f.entry_day WHEN h.began <= s.history_since THEN '-infinity' ELSE h.began END AS entry_day
                       FROM segment_data.customer_feature f
                       FULL JOIN (SELECT customer_id, min(lower(valid)) AS began FROM segment_data.${_}_history GROUP BY 1) h ON h.customer_id = f.customer_id
                      CROSS JOIN (SELECT history_since FROM segment.scheme WHERE name = '$_') s) c
          JOIN segment.scheme s ON s.name = '$_'
          LEFT JOIN segment_data.${_}_history o ON o.customer_id = c.key AND o.valid @> d.opened
          LEFT JOIN segment_data.${_}_history e ON e.customer_id = c.key AND e.valid @> d.closed} } @schemes;
}

# What every customer, and nobody, is worth in the twelve months to both ends of a period.
my $worth = q{
    SELECT p.scheme, p.period_start, m.key, coalesce(sum(m.amount) FILTER (WHERE m.day BETWEEN p.period_start - interval '12 months' AND p.period_start - 1), 0) AS before,
           coalesce(sum(m.amount) FILTER (WHERE m.day BETWEEN p.period_start - interval '11 months' AND least((p.period_start + interval '1 month')::date - 1, u.as_of)), 0) AS after
      FROM (SELECT l.customer_id AS key, e.day, e.measures[1] AS amount FROM segment_data.customer_orders_ledger l CROSS JOIN LATERAL segment.entries(l.ledger) e) m
     CROSS JOIN (SELECT DISTINCT scheme, period_start FROM truth.kept) p CROSS JOIN segment.population u GROUP BY 1, 2, 3};

# Rows (what, key, text) of what does not agree within itself.
my $agreement = q{
    SELECT 'breakdown of ' || b.scheme, b.period_start::text, format('%s %s %s %s: sums over its values to %s, facts %s', b.breakdown, b.segment, b.source, b.measure, b.sum, f.sum)
      FROM (SELECT scheme, period_start, name[5] AS breakdown, name[1] AS segment, name[2] AS source, name[4] AS measure, sum(numbers[1])
              FROM truth.kept WHERE kind = 'breakdown' AND name[5] <> '' GROUP BY 1, 2, 3, 4, 5, 6) b
      LEFT JOIN (SELECT scheme, period_start, name[1] AS segment, name[2] AS source, name[4] AS measure, sum(numbers[1]) FROM truth.kept WHERE kind = 'facts' GROUP BY 1, 2, 3, 4, 5
                 UNION ALL SELECT scheme, period_start, name[1], '', name[4], sum(numbers[1]) FROM truth.kept WHERE kind = 'breakdown' AND name[5] = '' GROUP BY 1, 2, 3, 5) f
        USING (scheme, period_start, segment, source, measure) WHERE coalesce(f.sum, 0) <> b.sum
    UNION ALL
    SELECT 'facts without breakdown of ' || f.scheme, f.period_start::text, format('%s %s %s', f.name[1], f.name[2], f.name[4])
      FROM truth.kept f WHERE kind = 'facts' AND numbers[1] <> 0 AND NOT EXISTS (SELECT FROM truth.kept b
           WHERE b.kind = 'breakdown' AND b.name[5] = 'region' AND b.scheme = f.scheme AND b.period_start = f.period_start AND (b.name[1], b.name[2], b.name[4]) = (f.name[1], f.name[2], f.name[4]))
       AND (SELECT sum(numbers[1]) FROM truth.kept o WHERE o.kind = 'facts' AND o.scheme = f.scheme AND o.period_start = f.period_start AND (o.name[1], o.name[2], o.name[4]) = (f.name[1], f.name[2], f.name[4])) <> 0
    UNION ALL
    SELECT 'moves of ' || scheme, period_start::text, format('%s to %s: moves %s, customers %s', from_segment, to_segment, m.sum, s.count)
      FROM (SELECT scheme, period_start, from_segment, to_segment, sum(n) AS count
              FROM (SELECT scheme, period_start, from_segment, to_segment, 1 AS n FROM truth.states
                     WHERE to_segment IS NOT NULL AND NOT (from_segment = 'new' AND to_segment = 'removed')
                    UNION ALL SELECT scheme, period_start, from_segment, to_segment, customers FROM truth.erased) m GROUP BY 1, 2, 3, 4) s
      FULL JOIN (SELECT scheme, period_start, name[1] AS from_segment, name[2] AS to_segment, sum(numbers[1]) FROM truth.kept WHERE kind = 'movement' GROUP BY 1, 2, 3, 4 HAVING sum(numbers[1]) <> 0) m
        USING (scheme, period_start, from_segment, to_segment)
     WHERE s.count IS DISTINCT FROM m.sum AND (ASKED)
    UNION ALL
    SELECT 'worth of moves of ' || scheme, period_start::text, format('%s to %s: moves %s to %s, ledgers %s to %s', from_segment, to_segment, m.before, m.after, w.before, w.after)
      FROM (SELECT w.scheme, w.period_start, CASE WHEN t.key IS NULL THEN 'unassigned' ELSE t.from_segment END AS from_segment,
                   CASE WHEN t.key IS NULL THEN 'unassigned' ELSE t.to_segment END AS to_segment, sum(w.before) AS before, sum(w.after) AS after
              FROM truth.worth w
              LEFT JOIN (SELECT * FROM truth.states WHERE to_segment IS NOT NULL AND NOT (from_segment = 'new' AND to_segment = 'removed')) t USING (scheme, period_start, key)
             GROUP BY 1, 2, 3, 4) w
      FULL JOIN (SELECT scheme, period_start, name[1] AS from_segment, name[2] AS to_segment, sum(numbers[2]) AS before, sum(numbers[3]) AS after FROM truth.kept WHERE kind = 'movement' GROUP BY 1, 2, 3, 4) m
        USING (scheme, period_start, from_segment, to_segment)
     WHERE (coalesce(w.before, 0), coalesce(w.after, 0)) <> (coalesce(m.before, 0), coalesce(m.after, 0)) AND (ASKED)
    UNION ALL
    SELECT 'bridge of moves of ' || scheme, period_start::text, format('%s: %s', name, numbers)
      FROM truth.kept WHERE kind = 'movement' AND name[1] <> 'unassigned' AND numbers[2] - numbers[4] - numbers[5] + numbers[6] + numbers[7] <> numbers[3]
};

# Of the final periods so many are computed anew, of those that are not marked first.
my $doubted = 16;

# What was kept in the open periods must be what the full computation says; what
# it says otherwise of a final one must have been marked.
my $comparison = q{
    SELECT format('%s of %s followed', kind, scheme), period_start::text, format('%s: kept %s, computed anew %s', name, w.numbers, k.numbers)
      FROM truth.was w FULL JOIN truth.updated k USING (scheme, kind, period_start, is_final, name) WHERE w.numbers IS DISTINCT FROM k.numbers
    UNION ALL
    SELECT format('%s of %s not marked stale', kind, scheme), period_start::text, format('%s: published %s, computed anew %s', name, w.numbers, k.numbers)
      FROM truth.was w FULL JOIN truth.kept k USING (scheme, kind, period_start, is_final, name)
     WHERE w.numbers IS DISTINCT FROM k.numbers AND kind = 'facts' AND is_final
       AND (scheme, period_start) IN (SELECT d.scheme, d.period_start FROM truth.doubted d)
       AND NOT EXISTS (SELECT FROM truth.stale s WHERE (s.name, s.period_start) = (scheme, period_start))
};

sub check_periods
{
    my ($node, $database, $clock) = @_;
    my $update = join ', ', map { "segment.update_facts('$_')" } @schemes;
    my ($kept, $states) = (kept_sql(), states_sql());
    my $open = $agreement =~ s/ASKED/(scheme, period_start) NOT IN (SELECT c.scheme, c.period_start FROM truth.closed c)/gr;
    my $all = $agreement =~ s/ASKED/(scheme, period_start) IN (SELECT d.scheme, d.period_start FROM truth.doubted d)/gr;

    return SegmentDiff::named(SegmentDiff::rows($node, $database, qq{
        SET client_min_messages = error;
        $clock
        BEGIN;
        CREATE SCHEMA truth; SET LOCAL search_path = pg_catalog;
        CREATE VIEW truth.kept AS $kept;
        CREATE VIEW truth.states AS $states;
        CREATE TABLE truth.worth AS $worth;
        CREATE TABLE truth.erased AS SELECT s.name AS scheme, e.period_start, CASE e.from_segment WHEN '' THEN 'new' ELSE e.from_segment END AS from_segment,
               CASE e.to_segment WHEN '' THEN 'removed' ELSE e.to_segment END AS to_segment, e.customers
          FROM segment.erased_move e JOIN segment.scheme s USING (scheme_id) WHERE (s.name, e.period_start) IN (SELECT k.scheme, k.period_start FROM truth.kept k);
        CREATE TABLE truth.was AS TABLE truth.kept;
        CREATE TABLE truth.stale AS SELECT s.name, p.period_start FROM segment.stale_period p JOIN segment.scheme s USING (scheme_id);
        CREATE TABLE truth.closed AS SELECT DISTINCT scheme, period_start FROM truth.was WHERE is_final;
        CREATE TABLE truth.doubted AS SELECT scheme, period_start FROM truth.closed
         ORDER BY (scheme, period_start) IN (SELECT s.name, s.period_start FROM truth.stale s), random() LIMIT $doubted;
        CREATE TABLE truth.found (what text, key text, said text);
        INSERT INTO truth.found SELECT * FROM ($open) a (what, key, said) LIMIT 10;
        DO \$do\$ BEGIN PERFORM $update; END \$do\$;
        CREATE TABLE truth.updated AS TABLE truth.kept;
        DO \$do\$ BEGIN PERFORM segment.restate(p.scheme, p.period_start, 'as if') FROM truth.doubted p; END \$do\$;
        INSERT INTO truth.found SELECT * FROM ($comparison) a (what, key, said) LIMIT 20;
        INSERT INTO truth.found SELECT 'restated: ' || what, key, said FROM ($all) a (what, key, said) LIMIT 10;
        SELECT what, key, said FROM truth.found;
        ROLLBACK}));
}

# Scorecards against the tables: a difference has a reason, and the amounts of its reasons add up.
sub check_reconciled
{
    my ($node, $database, %option) = @_;
    my $late = $option{restated} ? 'false' : q{reason LIKE 'late facts, the period is stale since %'};

    return SegmentDiff::named(SegmentDiff::rows($node, $database, qq{
        SELECT 'reconcile of ' || scheme_name, period_start, format('%s %s: scorecard %s, tables %s: %s', source, measure, scorecards, tables, coalesce(reason, 'no reason'))
          FROM segment.reconcile() r
         WHERE (difference <> 0 OR difference IS NULL OR reason IS NOT NULL)
           AND ((reason LIKE 'days after the last refresh%' OR $late)
            AND difference = (SELECT sum(m[1]::numeric) FROM regexp_matches(reason, ': (-?[0-9.]+)(?:;|\$)', 'g') m)) IS NOT TRUE LIMIT 10}));
}

# What is published now, to be compared with what is said of it later.
sub published_sql
{
    my ($scheme, $moment) = @_;
    return qq{
        SELECT '$scheme' AS scheme, '$moment'::timestamptz AS moment, period_start, bool_and(is_final) AS is_final,
               md5(string_agg(concat_ws(' ', segment, source, dimension, metric, value, is_final, computed_at AT TIME ZONE 'UTC'), E'\\n'
                              ORDER BY segment COLLATE "C", source COLLATE "C", dimension COLLATE "C", metric COLLATE "C")) AS hash};
}

sub keep_published
{
    my ($node, $database, $moment) = @_;

    foreach my $scheme (@schemes)
    {
        $node->safe_psql($database, 'INSERT INTO shop.published ' . published_sql($scheme, $moment) . qq{
            FROM (SELECT period_start, segment, source, dimension, measure AS metric, value, is_final, computed_at FROM segment_data.${scheme}_facts) f GROUP BY period_start});
    }
    return;
}

sub compare_published
{
    my ($node, $database, $scheme, $moment) = @_;
    my $said = published_sql($scheme, $moment) . " FROM segment.scorecard_as_published('$scheme', '$moment') GROUP BY period_start";

    return SegmentDiff::named(SegmentDiff::rows($node, $database, qq{
        SELECT 'as published at $moment in $scheme', period_start, format('final then %s, now said %s: %s', p.is_final, s.is_final, CASE WHEN p.hash IS NULL THEN 'was not there' WHEN s.hash IS NULL THEN 'is not there' ELSE 'differs' END)
          FROM (SELECT * FROM shop.published WHERE scheme = '$scheme' AND moment = '$moment') p
          FULL JOIN ($said) s USING (scheme, moment, period_start) WHERE p.hash IS DISTINCT FROM s.hash}));
}

# Some moments of the past, and now.
sub check_published
{
    my ($node, $database) = @_;
    my @moments = SegmentDiff::rows($node, $database, q{
        (SELECT moment FROM shop.published GROUP BY 1 ORDER BY random() LIMIT 2) UNION SELECT max(moment) FROM shop.published HAVING count(*) > 0});

    return map { my $moment = $_->[0]; map { compare_published($node, $database, $_, $moment) } @schemes } @moments;
}

1;
