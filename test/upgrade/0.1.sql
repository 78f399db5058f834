/*
 * A small shop mapped by 0.1, as its pg_dump wrote it, without comments, empty lines and owners: what an upgrade
 * finds.  Made with the library of 0.1; never made again by a later one.
 */
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
CREATE EXTENSION segment VERSION '0.1';
COMMENT ON EXTENSION segment IS 'customer segmentation: ledgers, features, schemes, history and scorecards';
CREATE SCHEMA shop;
SET default_table_access_method = heap;
CREATE TABLE segment_data.activity_facts (
    period_start date NOT NULL,
    segment text NOT NULL,
    source text NOT NULL,
    dimension text NOT NULL,
    measure text NOT NULL,
    value numeric NOT NULL,
    is_final boolean NOT NULL,
    computed_at timestamp with time zone NOT NULL
);
COMMENT ON TABLE segment_data.activity_facts IS 'facts of scheme "activity" per period: every value is additive; segment is where customers opened the period, or new, or unassigned';
COMMENT ON COLUMN segment_data.activity_facts.period_start IS 'first day of the calendar month';
COMMENT ON COLUMN segment_data.activity_facts.source IS 'source of the events; empty for counts of customers';
COMMENT ON COLUMN segment_data.activity_facts.dimension IS 'dimension label of the events; empty without one';
COMMENT ON COLUMN segment_data.activity_facts.measure IS 'a measure, <source>_events (their number), or opening, acquired, moved_in, moved_out, removed, closing';
COMMENT ON COLUMN segment_data.activity_facts.is_final IS 'the period is settled: only a restatement changes it';
CREATE MATERIALIZED VIEW segment_data.activity_scorecard AS
 SELECT f.period_start,
    (((f.period_start + '1 mon'::interval))::date - 1) AS period_end,
    f.segment,
    f.source,
    f.dimension,
    f.measure AS metric,
    f.value,
    f.is_final,
    f.computed_at
   FROM segment_data.activity_facts f
  WITH NO DATA;
ALTER MATERIALIZED VIEW segment_data.activity_scorecard DEPENDS ON EXTENSION segment;
COMMENT ON MATERIALIZED VIEW segment_data.activity_scorecard IS 'scorecard of scheme "activity", long: one additive value per period, segment, source, dimension label and metric; refreshed after the facts';
CREATE TABLE segment_data.value_facts (
    period_start date NOT NULL,
    segment text NOT NULL,
    source text NOT NULL,
    dimension text NOT NULL,
    measure text NOT NULL,
    value numeric NOT NULL,
    is_final boolean NOT NULL,
    computed_at timestamp with time zone NOT NULL
);
COMMENT ON TABLE segment_data.value_facts IS 'facts of scheme "value" per period: every value is additive; segment is where customers opened the period, or new, or unassigned';
COMMENT ON COLUMN segment_data.value_facts.period_start IS 'first day of the calendar month';
COMMENT ON COLUMN segment_data.value_facts.source IS 'source of the events; empty for counts of customers';
COMMENT ON COLUMN segment_data.value_facts.dimension IS 'dimension label of the events; empty without one';
COMMENT ON COLUMN segment_data.value_facts.measure IS 'a measure, <source>_events (their number), or opening, acquired, moved_in, moved_out, removed, closing';
COMMENT ON COLUMN segment_data.value_facts.is_final IS 'the period is settled: only a restatement changes it';
CREATE MATERIALIZED VIEW segment_data.value_scorecard AS
 SELECT f.period_start,
    (((f.period_start + '1 mon'::interval))::date - 1) AS period_end,
    f.segment,
    f.source,
    f.dimension,
    f.measure AS metric,
    f.value,
    f.is_final,
    f.computed_at
   FROM segment_data.value_facts f
  WITH NO DATA;
ALTER MATERIALIZED VIEW segment_data.value_scorecard DEPENDS ON EXTENSION segment;
COMMENT ON MATERIALIZED VIEW segment_data.value_scorecard IS 'scorecard of scheme "value", long: one additive value per period, segment, source, dimension label and metric; refreshed after the facts';
CREATE VIEW segment.scorecard AS
 SELECT p.scheme,
    p.segment,
    p.period_start,
    p.period_end,
    p.opening,
    p.acquired,
    p.moved_in,
    p.moved_out,
    p.removed,
    p.closing,
    p.revenue,
    p.cogs,
    p.pieces,
    p.handling,
    p.pages,
    p.orders_events,
    p.items_events,
    p.tickets_events,
    p.visits_events,
    round(((p.closing)::numeric / NULLIF(sum(p.closing) OVER period, (0)::numeric)), 4) AS share_of_customers,
    round((p.revenue / NULLIF(sum(p.revenue) OVER period, (0)::numeric)), 4) AS share_of_revenue,
    g.owner,
    p.is_final,
    p.computed_at
   FROM ((( SELECT l.scheme,
            l.segment,
            l.period_start,
            l.period_end,
            (sum(l.value) FILTER (WHERE (l.metric = 'opening'::text)))::bigint AS opening,
            (sum(l.value) FILTER (WHERE (l.metric = 'acquired'::text)))::bigint AS acquired,
            (sum(l.value) FILTER (WHERE (l.metric = 'moved_in'::text)))::bigint AS moved_in,
            (sum(l.value) FILTER (WHERE (l.metric = 'moved_out'::text)))::bigint AS moved_out,
            (sum(l.value) FILTER (WHERE (l.metric = 'removed'::text)))::bigint AS removed,
            (sum(l.value) FILTER (WHERE (l.metric = 'closing'::text)))::bigint AS closing,
            sum(l.value) FILTER (WHERE (l.metric = 'revenue'::text)) AS revenue,
            sum(l.value) FILTER (WHERE (l.metric = 'cogs'::text)) AS cogs,
            sum(l.value) FILTER (WHERE (l.metric = 'pieces'::text)) AS pieces,
            sum(l.value) FILTER (WHERE (l.metric = 'handling'::text)) AS handling,
            sum(l.value) FILTER (WHERE (l.metric = 'pages'::text)) AS pages,
            sum(l.value) FILTER (WHERE (l.metric = 'orders_events'::text)) AS orders_events,
            sum(l.value) FILTER (WHERE (l.metric = 'items_events'::text)) AS items_events,
            sum(l.value) FILTER (WHERE (l.metric = 'tickets_events'::text)) AS tickets_events,
            sum(l.value) FILTER (WHERE (l.metric = 'visits_events'::text)) AS visits_events,
            bool_and(l.is_final) AS is_final,
            max(l.computed_at) AS computed_at
           FROM ( SELECT 'value'::text AS scheme,
                    c.segment,
                    c.period_start,
                    c.period_end,
                    c.metric,
                    c.value,
                    c.is_final,
                    c.computed_at
                   FROM segment_data.value_scorecard c
                UNION ALL
                 SELECT 'activity'::text AS scheme,
                    c.segment,
                    c.period_start,
                    c.period_end,
                    c.metric,
                    c.value,
                    c.is_final,
                    c.computed_at
                   FROM segment_data.activity_scorecard c) l
          GROUP BY l.scheme, l.segment, l.period_start, l.period_end) p
     LEFT JOIN segment.scheme s ON (((s.name)::text = p.scheme)))
     LEFT JOIN segment.version_segment g ON (((g.scheme_id = s.scheme_id) AND (g.version = s.version) AND (g.name = p.segment))))
  WINDOW period AS (PARTITION BY p.scheme, p.period_start)
  ORDER BY p.scheme, p.period_start, (p.segment = ANY (ARRAY['new'::text, 'unassigned'::text])), g.priority, p.segment;
COMMENT ON VIEW segment.scorecard IS 'scorecard of all schemes: one row per segment and month; events count for the segment in which the customer opened it; columns are only ever appended';
COMMENT ON COLUMN segment.scorecard.scheme IS 'name of the scheme';
COMMENT ON COLUMN segment.scorecard.segment IS 'where customers opened the period; new: customers in their first period; unassigned: no customer, or one from before any history';
COMMENT ON COLUMN segment.scorecard.period_start IS 'first day of the period, a calendar month';
COMMENT ON COLUMN segment.scorecard.period_end IS 'last day of the period';
COMMENT ON COLUMN segment.scorecard.opening IS 'customers at the end of the day before the period';
COMMENT ON COLUMN segment.scorecard.acquired IS 'customers whose entry day is in the period, by the segment in which they closed it';
COMMENT ON COLUMN segment.scorecard.moved_in IS 'customers who opened the period in another segment and closed it in this one';
COMMENT ON COLUMN segment.scorecard.moved_out IS 'customers who opened the period in this segment and closed it in another';
COMMENT ON COLUMN segment.scorecard.removed IS 'customers who opened the period and were gone at its close';
COMMENT ON COLUMN segment.scorecard.closing IS 'customers at the end of the period, or so far: opening + acquired + moved_in - moved_out - removed';
COMMENT ON COLUMN segment.scorecard.revenue IS '"revenue" of the events in the period, over all sources; NULL where no source had any';
COMMENT ON COLUMN segment.scorecard.cogs IS '"cogs" of the events in the period, over all sources; NULL where no source had any';
COMMENT ON COLUMN segment.scorecard.pieces IS '"pieces" of the events in the period, over all sources; NULL where no source had any';
COMMENT ON COLUMN segment.scorecard.handling IS '"handling" of the events in the period, over all sources; NULL where no source had any';
COMMENT ON COLUMN segment.scorecard.pages IS '"pages" of the events in the period, over all sources; NULL where no source had any';
COMMENT ON COLUMN segment.scorecard.orders_events IS '"orders_events" of the events in the period, over all sources; NULL where no source had any';
COMMENT ON COLUMN segment.scorecard.items_events IS '"items_events" of the events in the period, over all sources; NULL where no source had any';
COMMENT ON COLUMN segment.scorecard.tickets_events IS '"tickets_events" of the events in the period, over all sources; NULL where no source had any';
COMMENT ON COLUMN segment.scorecard.visits_events IS '"visits_events" of the events in the period, over all sources; NULL where no source had any';
COMMENT ON COLUMN segment.scorecard.share_of_customers IS 'the row''s share of all rows of its period, 0 to 1, of closing';
COMMENT ON COLUMN segment.scorecard.share_of_revenue IS 'the row''s share of all rows of its period, 0 to 1, of revenue';
COMMENT ON COLUMN segment.scorecard.owner IS 'who answers for the segment, in the version in force';
COMMENT ON COLUMN segment.scorecard.is_final IS 'the period is settled: only a restatement changes it';
COMMENT ON COLUMN segment.scorecard.computed_at IS 'when the latest of the row''s facts was written; what stays as it is is not written again';
CREATE TABLE segment_data.activity_history (
    customer_id integer NOT NULL,
    segment text NOT NULL,
    valid daterange NOT NULL,
    version integer NOT NULL,
    cause text NOT NULL
);
COMMENT ON TABLE segment_data.activity_history IS 'segment of every customer in scheme activity by day, at the end of the day: no gap, no overlap';
COMMENT ON COLUMN segment_data.activity_history.valid IS 'from the day the customer was in the segment at its end, to the day it no longer was';
CREATE VIEW segment_data.activity_scorecard_wide AS
 SELECT p.scheme,
    p.segment,
    p.period_start,
    p.period_end,
    p.opening,
    p.acquired,
    p.moved_in,
    p.moved_out,
    p.removed,
    p.closing,
    p.revenue,
    p.cogs,
    p.pieces,
    p.handling,
    p.pages,
    p.orders_events,
    p.items_events,
    p.tickets_events,
    p.visits_events,
    round(((p.closing)::numeric / NULLIF(sum(p.closing) OVER period, (0)::numeric)), 4) AS share_of_customers,
    round((p.revenue / NULLIF(sum(p.revenue) OVER period, (0)::numeric)), 4) AS share_of_revenue,
    g.owner,
    p.is_final,
    p.computed_at
   FROM ((( SELECT l.scheme,
            l.segment,
            l.period_start,
            l.period_end,
            (sum(l.value) FILTER (WHERE (l.metric = 'opening'::text)))::bigint AS opening,
            (sum(l.value) FILTER (WHERE (l.metric = 'acquired'::text)))::bigint AS acquired,
            (sum(l.value) FILTER (WHERE (l.metric = 'moved_in'::text)))::bigint AS moved_in,
            (sum(l.value) FILTER (WHERE (l.metric = 'moved_out'::text)))::bigint AS moved_out,
            (sum(l.value) FILTER (WHERE (l.metric = 'removed'::text)))::bigint AS removed,
            (sum(l.value) FILTER (WHERE (l.metric = 'closing'::text)))::bigint AS closing,
            sum(l.value) FILTER (WHERE (l.metric = 'revenue'::text)) AS revenue,
            sum(l.value) FILTER (WHERE (l.metric = 'cogs'::text)) AS cogs,
            sum(l.value) FILTER (WHERE (l.metric = 'pieces'::text)) AS pieces,
            sum(l.value) FILTER (WHERE (l.metric = 'handling'::text)) AS handling,
            sum(l.value) FILTER (WHERE (l.metric = 'pages'::text)) AS pages,
            sum(l.value) FILTER (WHERE (l.metric = 'orders_events'::text)) AS orders_events,
            sum(l.value) FILTER (WHERE (l.metric = 'items_events'::text)) AS items_events,
            sum(l.value) FILTER (WHERE (l.metric = 'tickets_events'::text)) AS tickets_events,
            sum(l.value) FILTER (WHERE (l.metric = 'visits_events'::text)) AS visits_events,
            bool_and(l.is_final) AS is_final,
            max(l.computed_at) AS computed_at
           FROM ( SELECT 'activity'::text AS scheme,
                    c.segment,
                    c.period_start,
                    c.period_end,
                    c.metric,
                    c.value,
                    c.is_final,
                    c.computed_at
                   FROM segment_data.activity_scorecard c) l
          GROUP BY l.scheme, l.segment, l.period_start, l.period_end) p
     LEFT JOIN segment.scheme s ON (((s.name)::text = p.scheme)))
     LEFT JOIN segment.version_segment g ON (((g.scheme_id = s.scheme_id) AND (g.version = s.version) AND (g.name = p.segment))))
  WINDOW period AS (PARTITION BY p.scheme, p.period_start)
  ORDER BY p.scheme, p.period_start, (p.segment = ANY (ARRAY['new'::text, 'unassigned'::text])), g.priority, p.segment;
COMMENT ON VIEW segment_data.activity_scorecard_wide IS 'scorecard of scheme "activity": one row per segment and month; events count for the segment in which the customer opened it; columns are only ever appended';
COMMENT ON COLUMN segment_data.activity_scorecard_wide.scheme IS 'name of the scheme';
COMMENT ON COLUMN segment_data.activity_scorecard_wide.segment IS 'where customers opened the period; new: customers in their first period; unassigned: no customer, or one from before any history';
COMMENT ON COLUMN segment_data.activity_scorecard_wide.period_start IS 'first day of the period, a calendar month';
COMMENT ON COLUMN segment_data.activity_scorecard_wide.period_end IS 'last day of the period';
COMMENT ON COLUMN segment_data.activity_scorecard_wide.opening IS 'customers at the end of the day before the period';
COMMENT ON COLUMN segment_data.activity_scorecard_wide.acquired IS 'customers whose entry day is in the period, by the segment in which they closed it';
COMMENT ON COLUMN segment_data.activity_scorecard_wide.moved_in IS 'customers who opened the period in another segment and closed it in this one';
COMMENT ON COLUMN segment_data.activity_scorecard_wide.moved_out IS 'customers who opened the period in this segment and closed it in another';
COMMENT ON COLUMN segment_data.activity_scorecard_wide.removed IS 'customers who opened the period and were gone at its close';
COMMENT ON COLUMN segment_data.activity_scorecard_wide.closing IS 'customers at the end of the period, or so far: opening + acquired + moved_in - moved_out - removed';
COMMENT ON COLUMN segment_data.activity_scorecard_wide.revenue IS '"revenue" of the events in the period, over all sources; NULL where no source had any';
COMMENT ON COLUMN segment_data.activity_scorecard_wide.cogs IS '"cogs" of the events in the period, over all sources; NULL where no source had any';
COMMENT ON COLUMN segment_data.activity_scorecard_wide.pieces IS '"pieces" of the events in the period, over all sources; NULL where no source had any';
COMMENT ON COLUMN segment_data.activity_scorecard_wide.handling IS '"handling" of the events in the period, over all sources; NULL where no source had any';
COMMENT ON COLUMN segment_data.activity_scorecard_wide.pages IS '"pages" of the events in the period, over all sources; NULL where no source had any';
COMMENT ON COLUMN segment_data.activity_scorecard_wide.orders_events IS '"orders_events" of the events in the period, over all sources; NULL where no source had any';
COMMENT ON COLUMN segment_data.activity_scorecard_wide.items_events IS '"items_events" of the events in the period, over all sources; NULL where no source had any';
COMMENT ON COLUMN segment_data.activity_scorecard_wide.tickets_events IS '"tickets_events" of the events in the period, over all sources; NULL where no source had any';
COMMENT ON COLUMN segment_data.activity_scorecard_wide.visits_events IS '"visits_events" of the events in the period, over all sources; NULL where no source had any';
COMMENT ON COLUMN segment_data.activity_scorecard_wide.share_of_customers IS 'the row''s share of all rows of its period, 0 to 1, of closing';
COMMENT ON COLUMN segment_data.activity_scorecard_wide.share_of_revenue IS 'the row''s share of all rows of its period, 0 to 1, of revenue';
COMMENT ON COLUMN segment_data.activity_scorecard_wide.owner IS 'who answers for the segment, in the version in force';
COMMENT ON COLUMN segment_data.activity_scorecard_wide.is_final IS 'the period is settled: only a restatement changes it';
COMMENT ON COLUMN segment_data.activity_scorecard_wide.computed_at IS 'when the latest of the row''s facts was written; what stays as it is is not written again';
CREATE TABLE segment_data.activity_transition (
    seq bigint NOT NULL,
    customer_id integer NOT NULL,
    from_segment text,
    to_segment text,
    day date NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    cause text NOT NULL,
    version integer NOT NULL,
    inputs jsonb
);
COMMENT ON TABLE segment_data.activity_transition IS 'every move between segments of scheme activity, with its cause and the values it was decided on; from_segment NULL: entered, to_segment NULL: left';
COMMENT ON COLUMN segment_data.activity_transition.inputs IS 'features and scores the rules read; NULL for moves found by backfill, which segment.explain() computes from the ledgers';
ALTER TABLE segment_data.activity_transition ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME segment_data.activity_transition_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE segment_data.customer_feature (
    customer_id integer NOT NULL,
    as_of date,
    since date,
    entry_day date,
    days_since_last integer,
    active_days integer,
    revenue numeric,
    revenue_90 numeric,
    revenue_month numeric,
    web_revenue numeric,
    cogs numeric,
    favourite text,
    tickets_365 bigint,
    pages_30 numeric,
    margin numeric,
    region text
)
WITH (fillfactor='50');
COMMENT ON TABLE segment_data.customer_feature IS 'population "customer": every customer''s features, attributes as the owner sees them';
COMMENT ON COLUMN segment_data.customer_feature.as_of IS 'the day at whose end the features hold';
COMMENT ON COLUMN segment_data.customer_feature.since IS 'customer since, as mapped';
COMMENT ON COLUMN segment_data.customer_feature.entry_day IS 'the earlier of since and the first event';
CREATE TABLE segment_data.customer_segment (
    customer_id integer NOT NULL,
    value text,
    value_raw text,
    value_since date,
    value_version integer,
    value_override boolean,
    activity text,
    activity_raw text,
    activity_since date,
    activity_version integer,
    activity_override boolean
)
WITH (fillfactor='70');
COMMENT ON TABLE segment_data.customer_segment IS 'population "customer": every customer''s segment in every scheme';
COMMENT ON COLUMN segment_data.customer_segment.value_override IS 'true while the segment is an override''s, else NULL';
COMMENT ON COLUMN segment_data.customer_segment.activity_override IS 'true while the segment is an override''s, else NULL';
CREATE VIEW segment_data.customer AS
 SELECT s.customer_id,
    f.days_since_last,
    f.active_days,
    f.revenue,
    f.revenue_90,
    f.revenue_month,
    f.web_revenue,
    f.cogs,
    f.favourite,
    f.tickets_365,
    f.pages_30,
    f.margin,
    f.region,
    s.value,
    s.value_since,
    s.activity,
    s.activity_since
   FROM (segment_data.customer_segment s
     LEFT JOIN segment_data.customer_feature f ON ((f.customer_id = s.customer_id)));
COMMENT ON VIEW segment_data.customer IS 'population "customer": every customer''s key, segments and features; columns are only ever appended';
CREATE TABLE segment_data.customer_alias (
    duplicate integer NOT NULL,
    survivor integer NOT NULL,
    merged boolean DEFAULT true NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    author name NOT NULL,
    changed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);
COMMENT ON TABLE segment_data.customer_alias IS 'population "customer": customers that are the same as another; written by segment.merge_customer and segment.unmerge_customer';
COMMENT ON COLUMN segment_data.customer_alias.merged IS 'false: parted again';
COMMENT ON COLUMN segment_data.customer_alias.xid IS 'the transaction that merged or parted them';
CREATE VIEW segment_data.customer_anchor AS
 SELECT 'customer'::text AS population;
COMMENT ON VIEW segment_data.customer_anchor IS 'population "customer": the owner of this view is the population''s owner, as whom the mapped relations are read';
CREATE TABLE segment_data.customer_items_ledger (
    customer_id integer,
    ledger segment.ledger NOT NULL
)
WITH (toast_tuple_target='8160');
COMMENT ON TABLE segment_data.customer_items_ledger IS 'source "items" of population "customer": one ledger per key; NULL: events without a customer';
CREATE TABLE segment_data.customer_orders_ledger (
    customer_id integer,
    ledger segment.ledger NOT NULL
)
WITH (toast_tuple_target='8160');
COMMENT ON TABLE segment_data.customer_orders_ledger IS 'source "orders" of population "customer": one ledger per key; NULL: events without a customer';
CREATE TABLE segment_data.customer_override (
    customer_id integer NOT NULL,
    scheme_id integer NOT NULL,
    segment text NOT NULL,
    since date NOT NULL,
    until date,
    reason text NOT NULL,
    author name NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    lifted_on date,
    lifted_at timestamp with time zone,
    lifted_by name
);
COMMENT ON TABLE segment_data.customer_override IS 'population "customer": customers put into a segment by hand, by whom and why; written by segment.override and segment.lift_override';
COMMENT ON COLUMN segment_data.customer_override.until IS 'the last day at whose end it holds; NULL: until lifted';
COMMENT ON COLUMN segment_data.customer_override.lifted_on IS 'the first day at whose end it no longer holds, or another override took its place';
CREATE TABLE segment_data.customer_tickets_ledger (
    customer_id integer,
    ledger segment.ledger NOT NULL
)
WITH (toast_tuple_target='8160');
COMMENT ON TABLE segment_data.customer_tickets_ledger IS 'source "tickets" of population "customer": one ledger per key; NULL: events without a customer';
CREATE TABLE segment_data.customer_visits_ledger (
    customer_id integer,
    ledger segment.ledger NOT NULL
)
WITH (toast_tuple_target='8160');
COMMENT ON TABLE segment_data.customer_visits_ledger IS 'source "visits" of population "customer": one ledger per key; NULL: events without a customer';
CREATE VIEW segment_data.customer_evaluation AS
 SELECT evaluation.customer_id,
    evaluation.as_of,
    evaluation.since,
    evaluation.entry_day,
    evaluation.days_since_last,
    evaluation.active_days,
    evaluation.revenue,
    evaluation.revenue_90,
    evaluation.revenue_month,
    evaluation.web_revenue,
    evaluation.cogs,
    evaluation.favourite,
    evaluation.tickets_365,
    evaluation.pages_30,
    evaluation.margin,
    evaluation.region,
    evaluation.value,
    evaluation."value.raw",
    evaluation."value.m",
    evaluation."value.r",
    evaluation.activity,
    evaluation."activity.raw"
   FROM ( SELECT level.customer_id,
            level.as_of,
            level.since,
            level.entry_day,
            level.days_since_last,
            level.active_days,
            level.revenue,
            level.revenue_90,
            level.revenue_month,
            level.web_revenue,
            level.cogs,
            level.favourite,
            level.tickets_365,
            level.pages_30,
            level.region,
            level.feature_tid,
            level.segment_tid,
            level.data_changed,
            level."old.as_of",
            level."old.entry_day",
            level."old.days_since_last",
            level."old.active_days",
            level."old.revenue",
            level."old.revenue_90",
            level."old.revenue_month",
            level."old.web_revenue",
            level."old.cogs",
            level."old.favourite",
            level."old.tickets_365",
            level."old.pages_30",
            level."old.margin",
            level."old.value",
            level."old.value.raw",
            level."old.value.since",
            level."old.value.version",
            level."old.value.override",
            level."old.activity",
            level."old.activity.raw",
            level."old.activity.since",
            level."old.activity.version",
            level."old.activity.override",
            level."value.override",
            level.margin,
            level."value.m",
            level."value.r",
            level."value.raw",
            level.value,
            level."value.overridden",
            level."value.manual",
            level."activity.raw",
            segment.step(level."activity.predecessor", level."activity.predecessor_since", level."activity.raw", level.as_of, '5 days'::interval) AS activity
           FROM ( SELECT level_1.customer_id,
                    level_1.as_of,
                    level_1.since,
                    level_1.entry_day,
                    level_1.days_since_last,
                    level_1.active_days,
                    level_1.revenue,
                    level_1.revenue_90,
                    level_1.revenue_month,
                    level_1.web_revenue,
                    level_1.cogs,
                    level_1.favourite,
                    level_1.tickets_365,
                    level_1.pages_30,
                    level_1.region,
                    level_1.feature_tid,
                    level_1.segment_tid,
                    level_1.data_changed,
                    level_1."old.as_of",
                    level_1."old.entry_day",
                    level_1."old.days_since_last",
                    level_1."old.active_days",
                    level_1."old.revenue",
                    level_1."old.revenue_90",
                    level_1."old.revenue_month",
                    level_1."old.web_revenue",
                    level_1."old.cogs",
                    level_1."old.favourite",
                    level_1."old.tickets_365",
                    level_1."old.pages_30",
                    level_1."old.margin",
                    level_1."old.value",
                    level_1."old.value.raw",
                    level_1."old.value.since",
                    level_1."old.value.version",
                    level_1."old.value.override",
                    level_1."old.activity",
                    level_1."old.activity.raw",
                    level_1."old.activity.since",
                    level_1."old.activity.version",
                    level_1."old.activity.override",
                    level_1."value.override",
                    level_1.margin,
                    level_1."value.m",
                    level_1."value.r",
                    level_1."value.raw",
                    level_1.value,
                    level_1."value.overridden",
                    level_1."value.manual",
                    level_1."activity.raw",
                        CASE
                            WHEN ((level_1."old.activity.since" < level_1.as_of) IS NOT TRUE) THEN ( SELECT past.segment
                               FROM segment_data.activity_history past
                              WHERE ((past.customer_id = level_1.customer_id) AND (upper(past.valid) = level_1.as_of)))
                            ELSE level_1."old.activity"
                        END AS "activity.predecessor",
                        CASE
                            WHEN ((level_1."old.activity.since" < level_1.as_of) IS NOT TRUE) THEN ( SELECT lower(past.valid) AS lower
                               FROM segment_data.activity_history past
                              WHERE ((past.customer_id = level_1.customer_id) AND (upper(past.valid) = level_1.as_of)))
                            ELSE level_1."old.activity.since"
                        END AS "activity.predecessor_since"
                   FROM ( SELECT level_2.customer_id,
                            level_2.as_of,
                            level_2.since,
                            level_2.entry_day,
                            level_2.days_since_last,
                            level_2.active_days,
                            level_2.revenue,
                            level_2.revenue_90,
                            level_2.revenue_month,
                            level_2.web_revenue,
                            level_2.cogs,
                            level_2.favourite,
                            level_2.tickets_365,
                            level_2.pages_30,
                            level_2.region,
                            level_2.feature_tid,
                            level_2.segment_tid,
                            level_2.data_changed,
                            level_2."old.as_of",
                            level_2."old.entry_day",
                            level_2."old.days_since_last",
                            level_2."old.active_days",
                            level_2."old.revenue",
                            level_2."old.revenue_90",
                            level_2."old.revenue_month",
                            level_2."old.web_revenue",
                            level_2."old.cogs",
                            level_2."old.favourite",
                            level_2."old.tickets_365",
                            level_2."old.pages_30",
                            level_2."old.margin",
                            level_2."old.value",
                            level_2."old.value.raw",
                            level_2."old.value.since",
                            level_2."old.value.version",
                            level_2."old.value.override",
                            level_2."old.activity",
                            level_2."old.activity.raw",
                            level_2."old.activity.since",
                            level_2."old.activity.version",
                            level_2."old.activity.override",
                            level_2."value.override",
                            level_2.margin,
                            level_2."value.m",
                            level_2."value.r",
                            level_2."value.raw",
                            level_2.value,
                            level_2."value.overridden",
                            level_2."value.manual",
                                CASE
                                    WHEN ((level_2.pages_30 >= (10)::numeric) AND (level_2.revenue_month <= (0)::numeric)) THEN 'Browsing'::text
                                    WHEN ((level_2.revenue_90 > (50)::numeric) OR ((level_2.region = 'north'::text) AND (level_2.margin > (400)::numeric))) THEN 'Buying'::text
                                    WHEN (level_2.tickets_365 > 1) THEN 'Troubled'::text
                                    ELSE 'Quiet'::text
                                END AS "activity.raw"
                           FROM ( SELECT level_3.customer_id,
                                    level_3.as_of,
                                    level_3.since,
                                    level_3.entry_day,
                                    level_3.days_since_last,
                                    level_3.active_days,
                                    level_3.revenue,
                                    level_3.revenue_90,
                                    level_3.revenue_month,
                                    level_3.web_revenue,
                                    level_3.cogs,
                                    level_3.favourite,
                                    level_3.tickets_365,
                                    level_3.pages_30,
                                    level_3.region,
                                    level_3.feature_tid,
                                    level_3.segment_tid,
                                    level_3.data_changed,
                                    level_3."old.as_of",
                                    level_3."old.entry_day",
                                    level_3."old.days_since_last",
                                    level_3."old.active_days",
                                    level_3."old.revenue",
                                    level_3."old.revenue_90",
                                    level_3."old.revenue_month",
                                    level_3."old.web_revenue",
                                    level_3."old.cogs",
                                    level_3."old.favourite",
                                    level_3."old.tickets_365",
                                    level_3."old.pages_30",
                                    level_3."old.margin",
                                    level_3."old.value",
                                    level_3."old.value.raw",
                                    level_3."old.value.since",
                                    level_3."old.value.version",
                                    level_3."old.value.override",
                                    level_3."old.activity",
                                    level_3."old.activity.raw",
                                    level_3."old.activity.since",
                                    level_3."old.activity.version",
                                    level_3."old.activity.override",
                                    level_3."value.override",
                                    level_3.margin,
                                    level_3."value.m",
                                    level_3."value.r",
                                    level_3."value.raw",
                                    segment.step(NULL::text, NULL::date, level_3."value.raw", level_3.as_of, '00:00:00'::interval, level_3."value.override") AS value,
CASE
 WHEN (level_3."value.override" IS NOT NULL) THEN true
 ELSE NULL::boolean
END AS "value.overridden",
                                    ((level_3."value.override" IS NOT NULL) OR (level_3."old.value.override" IS NOT NULL)) AS "value.manual"
                                   FROM ( SELECT level_4.customer_id,
    level_4.as_of,
    level_4.since,
    level_4.entry_day,
    level_4.days_since_last,
    level_4.active_days,
    level_4.revenue,
    level_4.revenue_90,
    level_4.revenue_month,
    level_4.web_revenue,
    level_4.cogs,
    level_4.favourite,
    level_4.tickets_365,
    level_4.pages_30,
    level_4.region,
    level_4.feature_tid,
    level_4.segment_tid,
    level_4.data_changed,
    level_4."old.as_of",
    level_4."old.entry_day",
    level_4."old.days_since_last",
    level_4."old.active_days",
    level_4."old.revenue",
    level_4."old.revenue_90",
    level_4."old.revenue_month",
    level_4."old.web_revenue",
    level_4."old.cogs",
    level_4."old.favourite",
    level_4."old.tickets_365",
    level_4."old.pages_30",
    level_4."old.margin",
    level_4."old.value",
    level_4."old.value.raw",
    level_4."old.value.since",
    level_4."old.value.version",
    level_4."old.value.override",
    level_4."old.activity",
    level_4."old.activity.raw",
    level_4."old.activity.since",
    level_4."old.activity.version",
    level_4."old.activity.override",
    level_4."value.override",
    level_4.margin,
    level_4.m AS "value.m",
    level_4.r AS "value.r",
  CASE
   WHEN ((level_4.r >= 3) AND (level_4.m >= 3)) THEN 'Best'::text
   WHEN ((level_4.r <= 2) AND (level_4.m >= 3)) THEN 'Leaving'::text
   WHEN ((level_4.active_days <= 1) AND (level_4.r = 4)) THEN 'New'::text
   ELSE 'Rest'::text
  END AS "value.raw"
   FROM ( SELECT level_5.customer_id,
      level_5.as_of,
      level_5.since,
      level_5.entry_day,
      level_5.days_since_last,
      level_5.active_days,
      level_5.revenue,
      level_5.revenue_90,
      level_5.revenue_month,
      level_5.web_revenue,
      level_5.cogs,
      level_5.favourite,
      level_5.tickets_365,
      level_5.pages_30,
      level_5.region,
      level_5.feature_tid,
      level_5.segment_tid,
      level_5.data_changed,
      level_5."old.as_of",
      level_5."old.entry_day",
      level_5."old.days_since_last",
      level_5."old.active_days",
      level_5."old.revenue",
      level_5."old.revenue_90",
      level_5."old.revenue_month",
      level_5."old.web_revenue",
      level_5."old.cogs",
      level_5."old.favourite",
      level_5."old.tickets_365",
      level_5."old.pages_30",
      level_5."old.margin",
      level_5."old.value",
      level_5."old.value.raw",
      level_5."old.value.since",
      level_5."old.value.version",
      level_5."old.value.override",
      level_5."old.activity",
      level_5."old.activity.raw",
      level_5."old.activity.since",
      level_5."old.activity.version",
      level_5."old.activity.override",
      level_5."value.override",
      level_5.margin,
      segment.score(level_5.revenue, '{72.075,219.395,716.11}'::numeric[], false) AS m,
      segment.score((level_5.days_since_last)::double precision, '{5,11,28.5}'::double precision[], true) AS r
     FROM ( SELECT level_6.customer_id,
        level_6.as_of,
        level_6.since,
        level_6.entry_day,
        level_6.days_since_last,
        level_6.active_days,
        level_6.revenue,
        level_6.revenue_90,
        level_6.revenue_month,
        level_6.web_revenue,
        level_6.cogs,
        level_6.favourite,
        level_6.tickets_365,
        level_6.pages_30,
        level_6.region,
        level_6.feature_tid,
        level_6.segment_tid,
        level_6.data_changed,
        level_6."old.as_of",
        level_6."old.entry_day",
        level_6."old.days_since_last",
        level_6."old.active_days",
        level_6."old.revenue",
        level_6."old.revenue_90",
        level_6."old.revenue_month",
        level_6."old.web_revenue",
        level_6."old.cogs",
        level_6."old.favourite",
        level_6."old.tickets_365",
        level_6."old.pages_30",
        level_6."old.margin",
        level_6."old.value",
        level_6."old.value.raw",
        level_6."old.value.since",
        level_6."old.value.version",
        level_6."old.value.override",
        level_6."old.activity",
        level_6."old.activity.raw",
        level_6."old.activity.since",
        level_6."old.activity.version",
        level_6."old.activity.override",
        level_6."value.override",
        (level_6.revenue - level_6.cogs) AS margin
       FROM ( SELECT the_customer.customer_id,
          the_day.day AS as_of,
          the_customer.since,
          LEAST(the_customer.since, segment.first_event_day(orders.ledger), segment.first_event_day(items.ledger), segment.first_event_day(tickets.ledger), segment.first_event_day(visits.ledger)) AS entry_day,
          segment.days_since_last(orders.ledger, the_day.day) AS days_since_last,
          COALESCE(segment.active_days(orders.ledger, '-infinity'::date, the_day.day), 0) AS active_days,
          COALESCE(segment.total(orders.ledger, 1, '-infinity'::date, the_day.day), '0'::numeric) AS revenue,
          segment.total(orders.ledger, 1, (the_day.day - 89), the_day.day) AS revenue_90,
          COALESCE(segment.total(orders.ledger, 1, (((the_day.day - '1 mon'::interval))::date + 1), the_day.day), '0'::numeric) AS revenue_month,
          segment.total(orders.ledger, 1, '-infinity'::date, the_day.day, 'web'::text) AS web_revenue,
          COALESCE(segment.total(items.ledger, 1, '-infinity'::date, the_day.day), '0'::numeric) AS cogs,
          segment.top_dimension(items.ledger, '-infinity'::date, the_day.day) AS favourite,
          COALESCE(segment.event_count(tickets.ledger, (the_day.day - 364), the_day.day), '0'::bigint) AS tickets_365,
          COALESCE(segment.total(visits.ledger, 1, (the_day.day - 29), the_day.day), '0'::numeric) AS pages_30,
          the_customer.region,
          the_customer.ctid AS feature_tid,
          the_segment.ctid AS segment_tid,
          (segment.written_here(the_customer.xmin) OR segment.written_here(orders.xmin) OR segment.written_here(items.xmin) OR segment.written_here(tickets.xmin) OR segment.written_here(visits.xmin)) AS data_changed,
          the_customer.as_of AS "old.as_of",
          the_customer.entry_day AS "old.entry_day",
          the_customer.days_since_last AS "old.days_since_last",
          the_customer.active_days AS "old.active_days",
          the_customer.revenue AS "old.revenue",
          the_customer.revenue_90 AS "old.revenue_90",
          the_customer.revenue_month AS "old.revenue_month",
          the_customer.web_revenue AS "old.web_revenue",
          the_customer.cogs AS "old.cogs",
          the_customer.favourite AS "old.favourite",
          the_customer.tickets_365 AS "old.tickets_365",
          the_customer.pages_30 AS "old.pages_30",
          the_customer.margin AS "old.margin",
          the_segment.value AS "old.value",
          the_segment.value_raw AS "old.value.raw",
          the_segment.value_since AS "old.value.since",
          the_segment.value_version AS "old.value.version",
          the_segment.value_override AS "old.value.override",
          the_segment.activity AS "old.activity",
          the_segment.activity_raw AS "old.activity.raw",
          the_segment.activity_since AS "old.activity.since",
          the_segment.activity_version AS "old.activity.version",
          the_segment.activity_override AS "old.activity.override",
        CASE
         WHEN (("value.override".since <= the_day.day) AND (("value.override".until IS NULL) OR ("value.override".until >= the_day.day))) THEN "value.override".segment
         ELSE NULL::text
        END AS "value.override"
         FROM (((((((segment_data.customer_feature the_customer
           LEFT JOIN segment_data.customer_orders_ledger orders ON ((orders.customer_id = the_customer.customer_id)))
           LEFT JOIN segment_data.customer_items_ledger items ON ((items.customer_id = the_customer.customer_id)))
           LEFT JOIN segment_data.customer_tickets_ledger tickets ON ((tickets.customer_id = the_customer.customer_id)))
           LEFT JOIN segment_data.customer_visits_ledger visits ON ((visits.customer_id = the_customer.customer_id)))
           LEFT JOIN segment_data.customer_segment the_segment ON ((the_segment.customer_id = the_customer.customer_id)))
           LEFT JOIN segment_data.customer_override "value.override" ON ((("value.override".customer_id = the_customer.customer_id) AND ("value.override".scheme_id = 1) AND ("value.override".lifted_on IS NULL) AND ("value.override".segment = ANY (ARRAY['Rest'::text, 'Best'::text, 'Leaving'::text, 'New'::text])))))
           CROSS JOIN ( SELECT p.as_of
           FROM segment.population p
          WHERE (p.population_id = 1)) the_day(day))
       OFFSET '0'::bigint) level_6
     OFFSET '0'::bigint) level_5
   OFFSET '0'::bigint) level_4
 OFFSET '0'::bigint) level_3
                                 OFFSET '0'::bigint) level_2
                         OFFSET '0'::bigint) level_1
                 OFFSET '0'::bigint) level
         OFFSET 0) evaluation;
COMMENT ON VIEW segment_data.customer_evaluation IS 'population "customer": all features and active schemes as a refresh would evaluate them now, at the last as_of; made anew whenever definitions change, so build nothing upon it';
CREATE TABLE segment_data.customer_items_log_0 (
    xid xid8 NOT NULL,
    key bigint,
    everything boolean NOT NULL
);
COMMENT ON TABLE segment_data.customer_items_log_0 IS 'population "customer": changed keys of shop.items, slot 0 of 4';
CREATE TABLE segment_data.customer_items_log_1 (
    xid xid8 NOT NULL,
    key bigint,
    everything boolean NOT NULL
);
COMMENT ON TABLE segment_data.customer_items_log_1 IS 'population "customer": changed keys of shop.items, slot 1 of 4';
CREATE TABLE segment_data.customer_items_log_2 (
    xid xid8 NOT NULL,
    key bigint,
    everything boolean NOT NULL
);
COMMENT ON TABLE segment_data.customer_items_log_2 IS 'population "customer": changed keys of shop.items, slot 2 of 4';
CREATE TABLE segment_data.customer_items_log_3 (
    xid xid8 NOT NULL,
    key bigint,
    everything boolean NOT NULL
);
COMMENT ON TABLE segment_data.customer_items_log_3 IS 'population "customer": changed keys of shop.items, slot 3 of 4';
CREATE TABLE segment_data.customer_log_0 (
    xid xid8 NOT NULL,
    key integer,
    everything boolean NOT NULL
);
COMMENT ON TABLE segment_data.customer_log_0 IS 'population "customer": changed keys of shop.customers, slot 0 of 4';
CREATE TABLE segment_data.customer_log_1 (
    xid xid8 NOT NULL,
    key integer,
    everything boolean NOT NULL
);
COMMENT ON TABLE segment_data.customer_log_1 IS 'population "customer": changed keys of shop.customers, slot 1 of 4';
CREATE TABLE segment_data.customer_log_2 (
    xid xid8 NOT NULL,
    key integer,
    everything boolean NOT NULL
);
COMMENT ON TABLE segment_data.customer_log_2 IS 'population "customer": changed keys of shop.customers, slot 2 of 4';
CREATE TABLE segment_data.customer_log_3 (
    xid xid8 NOT NULL,
    key integer,
    everything boolean NOT NULL
);
COMMENT ON TABLE segment_data.customer_log_3 IS 'population "customer": changed keys of shop.customers, slot 3 of 4';
CREATE TABLE segment_data.customer_orders_log_0 (
    xid xid8 NOT NULL,
    key integer,
    everything boolean NOT NULL
);
COMMENT ON TABLE segment_data.customer_orders_log_0 IS 'population "customer": changed keys of shop.orders, slot 0 of 4';
CREATE TABLE segment_data.customer_orders_log_1 (
    xid xid8 NOT NULL,
    key integer,
    everything boolean NOT NULL
);
COMMENT ON TABLE segment_data.customer_orders_log_1 IS 'population "customer": changed keys of shop.orders, slot 1 of 4';
CREATE TABLE segment_data.customer_orders_log_2 (
    xid xid8 NOT NULL,
    key integer,
    everything boolean NOT NULL
);
COMMENT ON TABLE segment_data.customer_orders_log_2 IS 'population "customer": changed keys of shop.orders, slot 2 of 4';
CREATE TABLE segment_data.customer_orders_log_3 (
    xid xid8 NOT NULL,
    key integer,
    everything boolean NOT NULL
);
COMMENT ON TABLE segment_data.customer_orders_log_3 IS 'population "customer": changed keys of shop.orders, slot 3 of 4';
CREATE TABLE segment_data.customer_tickets_log_0 (
    xid xid8 NOT NULL,
    key integer,
    everything boolean NOT NULL
);
COMMENT ON TABLE segment_data.customer_tickets_log_0 IS 'population "customer": changed keys of shop.tickets, slot 0 of 4';
CREATE TABLE segment_data.customer_tickets_log_1 (
    xid xid8 NOT NULL,
    key integer,
    everything boolean NOT NULL
);
COMMENT ON TABLE segment_data.customer_tickets_log_1 IS 'population "customer": changed keys of shop.tickets, slot 1 of 4';
CREATE TABLE segment_data.customer_tickets_log_2 (
    xid xid8 NOT NULL,
    key integer,
    everything boolean NOT NULL
);
COMMENT ON TABLE segment_data.customer_tickets_log_2 IS 'population "customer": changed keys of shop.tickets, slot 2 of 4';
CREATE TABLE segment_data.customer_tickets_log_3 (
    xid xid8 NOT NULL,
    key integer,
    everything boolean NOT NULL
);
COMMENT ON TABLE segment_data.customer_tickets_log_3 IS 'population "customer": changed keys of shop.tickets, slot 3 of 4';
CREATE TABLE segment_data.customer_visits_log_0 (
    xid xid8 NOT NULL,
    key integer,
    everything boolean NOT NULL
);
COMMENT ON TABLE segment_data.customer_visits_log_0 IS 'population "customer": changed keys of shop.visits, slot 0 of 4';
CREATE TABLE segment_data.customer_visits_log_1 (
    xid xid8 NOT NULL,
    key integer,
    everything boolean NOT NULL
);
COMMENT ON TABLE segment_data.customer_visits_log_1 IS 'population "customer": changed keys of shop.visits, slot 1 of 4';
CREATE TABLE segment_data.customer_visits_log_2 (
    xid xid8 NOT NULL,
    key integer,
    everything boolean NOT NULL
);
COMMENT ON TABLE segment_data.customer_visits_log_2 IS 'population "customer": changed keys of shop.visits, slot 2 of 4';
CREATE TABLE segment_data.customer_visits_log_3 (
    xid xid8 NOT NULL,
    key integer,
    everything boolean NOT NULL
);
COMMENT ON TABLE segment_data.customer_visits_log_3 IS 'population "customer": changed keys of shop.visits, slot 3 of 4';
CREATE TABLE segment_data.value_history (
    customer_id integer NOT NULL,
    segment text NOT NULL,
    valid daterange NOT NULL,
    version integer NOT NULL,
    cause text NOT NULL
);
COMMENT ON TABLE segment_data.value_history IS 'segment of every customer in scheme value by day, at the end of the day: no gap, no overlap';
COMMENT ON COLUMN segment_data.value_history.valid IS 'from the day the customer was in the segment at its end, to the day it no longer was';
CREATE VIEW segment_data.value_scorecard_wide AS
 SELECT p.scheme,
    p.segment,
    p.period_start,
    p.period_end,
    p.opening,
    p.acquired,
    p.moved_in,
    p.moved_out,
    p.removed,
    p.closing,
    p.revenue,
    p.cogs,
    p.pieces,
    p.handling,
    p.pages,
    p.orders_events,
    p.items_events,
    p.tickets_events,
    p.visits_events,
    round(((p.closing)::numeric / NULLIF(sum(p.closing) OVER period, (0)::numeric)), 4) AS share_of_customers,
    round((p.revenue / NULLIF(sum(p.revenue) OVER period, (0)::numeric)), 4) AS share_of_revenue,
    g.owner,
    p.is_final,
    p.computed_at
   FROM ((( SELECT l.scheme,
            l.segment,
            l.period_start,
            l.period_end,
            (sum(l.value) FILTER (WHERE (l.metric = 'opening'::text)))::bigint AS opening,
            (sum(l.value) FILTER (WHERE (l.metric = 'acquired'::text)))::bigint AS acquired,
            (sum(l.value) FILTER (WHERE (l.metric = 'moved_in'::text)))::bigint AS moved_in,
            (sum(l.value) FILTER (WHERE (l.metric = 'moved_out'::text)))::bigint AS moved_out,
            (sum(l.value) FILTER (WHERE (l.metric = 'removed'::text)))::bigint AS removed,
            (sum(l.value) FILTER (WHERE (l.metric = 'closing'::text)))::bigint AS closing,
            sum(l.value) FILTER (WHERE (l.metric = 'revenue'::text)) AS revenue,
            sum(l.value) FILTER (WHERE (l.metric = 'cogs'::text)) AS cogs,
            sum(l.value) FILTER (WHERE (l.metric = 'pieces'::text)) AS pieces,
            sum(l.value) FILTER (WHERE (l.metric = 'handling'::text)) AS handling,
            sum(l.value) FILTER (WHERE (l.metric = 'pages'::text)) AS pages,
            sum(l.value) FILTER (WHERE (l.metric = 'orders_events'::text)) AS orders_events,
            sum(l.value) FILTER (WHERE (l.metric = 'items_events'::text)) AS items_events,
            sum(l.value) FILTER (WHERE (l.metric = 'tickets_events'::text)) AS tickets_events,
            sum(l.value) FILTER (WHERE (l.metric = 'visits_events'::text)) AS visits_events,
            bool_and(l.is_final) AS is_final,
            max(l.computed_at) AS computed_at
           FROM ( SELECT 'value'::text AS scheme,
                    c.segment,
                    c.period_start,
                    c.period_end,
                    c.metric,
                    c.value,
                    c.is_final,
                    c.computed_at
                   FROM segment_data.value_scorecard c) l
          GROUP BY l.scheme, l.segment, l.period_start, l.period_end) p
     LEFT JOIN segment.scheme s ON (((s.name)::text = p.scheme)))
     LEFT JOIN segment.version_segment g ON (((g.scheme_id = s.scheme_id) AND (g.version = s.version) AND (g.name = p.segment))))
  WINDOW period AS (PARTITION BY p.scheme, p.period_start)
  ORDER BY p.scheme, p.period_start, (p.segment = ANY (ARRAY['new'::text, 'unassigned'::text])), g.priority, p.segment;
COMMENT ON VIEW segment_data.value_scorecard_wide IS 'scorecard of scheme "value": one row per segment and month; events count for the segment in which the customer opened it; columns are only ever appended';
COMMENT ON COLUMN segment_data.value_scorecard_wide.scheme IS 'name of the scheme';
COMMENT ON COLUMN segment_data.value_scorecard_wide.segment IS 'where customers opened the period; new: customers in their first period; unassigned: no customer, or one from before any history';
COMMENT ON COLUMN segment_data.value_scorecard_wide.period_start IS 'first day of the period, a calendar month';
COMMENT ON COLUMN segment_data.value_scorecard_wide.period_end IS 'last day of the period';
COMMENT ON COLUMN segment_data.value_scorecard_wide.opening IS 'customers at the end of the day before the period';
COMMENT ON COLUMN segment_data.value_scorecard_wide.acquired IS 'customers whose entry day is in the period, by the segment in which they closed it';
COMMENT ON COLUMN segment_data.value_scorecard_wide.moved_in IS 'customers who opened the period in another segment and closed it in this one';
COMMENT ON COLUMN segment_data.value_scorecard_wide.moved_out IS 'customers who opened the period in this segment and closed it in another';
COMMENT ON COLUMN segment_data.value_scorecard_wide.removed IS 'customers who opened the period and were gone at its close';
COMMENT ON COLUMN segment_data.value_scorecard_wide.closing IS 'customers at the end of the period, or so far: opening + acquired + moved_in - moved_out - removed';
COMMENT ON COLUMN segment_data.value_scorecard_wide.revenue IS '"revenue" of the events in the period, over all sources; NULL where no source had any';
COMMENT ON COLUMN segment_data.value_scorecard_wide.cogs IS '"cogs" of the events in the period, over all sources; NULL where no source had any';
COMMENT ON COLUMN segment_data.value_scorecard_wide.pieces IS '"pieces" of the events in the period, over all sources; NULL where no source had any';
COMMENT ON COLUMN segment_data.value_scorecard_wide.handling IS '"handling" of the events in the period, over all sources; NULL where no source had any';
COMMENT ON COLUMN segment_data.value_scorecard_wide.pages IS '"pages" of the events in the period, over all sources; NULL where no source had any';
COMMENT ON COLUMN segment_data.value_scorecard_wide.orders_events IS '"orders_events" of the events in the period, over all sources; NULL where no source had any';
COMMENT ON COLUMN segment_data.value_scorecard_wide.items_events IS '"items_events" of the events in the period, over all sources; NULL where no source had any';
COMMENT ON COLUMN segment_data.value_scorecard_wide.tickets_events IS '"tickets_events" of the events in the period, over all sources; NULL where no source had any';
COMMENT ON COLUMN segment_data.value_scorecard_wide.visits_events IS '"visits_events" of the events in the period, over all sources; NULL where no source had any';
COMMENT ON COLUMN segment_data.value_scorecard_wide.share_of_customers IS 'the row''s share of all rows of its period, 0 to 1, of closing';
COMMENT ON COLUMN segment_data.value_scorecard_wide.share_of_revenue IS 'the row''s share of all rows of its period, 0 to 1, of revenue';
COMMENT ON COLUMN segment_data.value_scorecard_wide.owner IS 'who answers for the segment, in the version in force';
COMMENT ON COLUMN segment_data.value_scorecard_wide.is_final IS 'the period is settled: only a restatement changes it';
COMMENT ON COLUMN segment_data.value_scorecard_wide.computed_at IS 'when the latest of the row''s facts was written; what stays as it is is not written again';
CREATE TABLE segment_data.value_transition (
    seq bigint NOT NULL,
    customer_id integer NOT NULL,
    from_segment text,
    to_segment text,
    day date NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    cause text NOT NULL,
    version integer NOT NULL,
    inputs jsonb
);
COMMENT ON TABLE segment_data.value_transition IS 'every move between segments of scheme value, with its cause and the values it was decided on; from_segment NULL: entered, to_segment NULL: left';
COMMENT ON COLUMN segment_data.value_transition.inputs IS 'features and scores the rules read; NULL for moves found by backfill, which segment.explain() computes from the ledgers';
ALTER TABLE segment_data.value_transition ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME segment_data.value_transition_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE shop.customers (
    id integer NOT NULL,
    name text,
    region text,
    joined date,
    consent boolean DEFAULT true NOT NULL
);
CREATE TABLE shop.items (
    id bigint NOT NULL,
    order_id bigint,
    category text,
    quantity integer DEFAULT 1 NOT NULL,
    unit_cost numeric(10,4)
);
CREATE TABLE shop.orders (
    id bigint NOT NULL,
    customer_id integer,
    ordered_at timestamp with time zone,
    total numeric(12,2),
    channel text,
    status text DEFAULT 'paid'::text NOT NULL
);
CREATE TABLE shop.tickets (
    id bigint NOT NULL,
    customer_id integer,
    opened_on date,
    handling numeric(8,2)
);
CREATE TABLE shop.visits (
    id bigint,
    customer_id integer,
    visited_at timestamp without time zone,
    pages integer,
    site integer NOT NULL
)
PARTITION BY LIST (site);
CREATE TABLE shop.visits_1 (
    id bigint,
    customer_id integer,
    visited_at timestamp without time zone,
    pages integer,
    site integer NOT NULL
);
CREATE TABLE shop.visits_2 (
    id bigint,
    customer_id integer,
    visited_at timestamp without time zone,
    pages integer,
    site integer NOT NULL
);
CREATE TABLE shop.visits_3 (
    id bigint,
    customer_id integer,
    visited_at timestamp without time zone,
    pages integer,
    site integer NOT NULL
);
CREATE TABLE shop.visits_other (
    id bigint,
    customer_id integer,
    visited_at timestamp without time zone,
    pages integer,
    site integer NOT NULL
);
ALTER TABLE ONLY shop.visits ATTACH PARTITION shop.visits_1 FOR VALUES IN (1);
ALTER TABLE ONLY shop.visits ATTACH PARTITION shop.visits_2 FOR VALUES IN (2);
ALTER TABLE ONLY shop.visits ATTACH PARTITION shop.visits_3 FOR VALUES IN (3);
ALTER TABLE ONLY shop.visits ATTACH PARTITION shop.visits_other DEFAULT;
COPY segment.population (population_id, name, relation, key_column, key_name, key_type, since_column, timezone, settle, anchor, as_of, refreshed_at, customers, evaluated_generation, created_by, created_at) FROM stdin;
1	customer	shop.customers	id	customer_id	integer	joined	Europe/Paris	3 days	segment_data.customer_anchor	2025-06-21	2026-11-22 17:17:03.93808+00	23	19	postgres	2026-11-22 17:17:03.221859+00
\.
COPY segment.scheme (scheme_id, population_id, name, objective, default_segment, min_dwell, review_every, smallest_share, largest_share, state, version, history_since, facts_as_of, facts_generation, created_by, created_at) FROM stdin;
1	1	value	Grow margin	Rest	00:00:00	\N	0.01	0.60	active	2	2023-06-30	2025-06-21	1	postgres	2026-11-22 17:17:03.446725+00
2	1	activity	Bring back	Quiet	5 days	\N	0.01	0.60	active	1	2025-06-20	2025-06-21	1	postgres	2026-11-22 17:17:03.462429+00
\.
COPY segment.source (source_id, population_id, name, relation, customer, occurred_at, parent_id, parent_key, parent_column, filter, filter_sql, purchase, purchase_sql, dimension, dimension_sql, events, undated, built_at) FROM stdin;
1	1	orders	shop.orders	customer_id	ordered_at	\N	\N	\N	status <> 'draft'	(status <> 'draft'::text)	total > 0	(total > (0)::numeric)	channel	channel	139	1	2026-11-22 17:17:03.495557+00
2	1	items	shop.items	\N	\N	1	order_id	id	\N	\N	\N	\N	category	category	278	2	2026-11-22 17:17:03.496892+00
3	1	tickets	shop.tickets	customer_id	opened_on	\N	\N	\N	\N	\N	\N	\N	\N	\N	24	0	2026-11-22 17:17:03.49747+00
4	1	visits	shop.visits	customer_id	visited_at	\N	\N	\N	\N	\N	\N	\N	\N	\N	72	0	2026-11-22 17:17:03.498167+00
\.
COPY segment.feature (feature_id, population_id, name, kind, type, aggregate, source_id, measure, within, dimension, absent, expression, expression_sql, attribute, dated_by, valid_for, scheme_id) FROM stdin;
1	1	days_since_last	aggregate	integer	days_since_last	1	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N
2	1	active_days	aggregate	integer	active_days	1	\N	\N	\N	0	\N	\N	\N	\N	\N	\N
3	1	revenue	aggregate	numeric	sum	1	revenue	\N	\N	0	\N	\N	\N	\N	\N	\N
4	1	revenue_90	aggregate	numeric	sum	1	revenue	90 days	\N	\N	\N	\N	\N	\N	\N	\N
5	1	revenue_month	aggregate	numeric	sum	1	revenue	1 mon	\N	0	\N	\N	\N	\N	\N	\N
6	1	web_revenue	aggregate	numeric	sum	1	revenue	\N	web	\N	\N	\N	\N	\N	\N	\N
7	1	cogs	aggregate	numeric	sum	2	cogs	\N	\N	0	\N	\N	\N	\N	\N	\N
8	1	favourite	aggregate	text	top_dimension	2	\N	\N	\N	\N	\N	\N	\N	\N	\N	\N
9	1	tickets_365	aggregate	bigint	count	3	\N	365 days	\N	0	\N	\N	\N	\N	\N	\N
10	1	pages_30	aggregate	numeric	sum	4	pages	30 days	\N	0	\N	\N	\N	\N	\N	\N
11	1	margin	expression	numeric	\N	\N	\N	\N	\N	\N	revenue - cogs	(revenue - cogs)	\N	\N	\N	\N
12	1	region	attribute	text	\N	\N	\N	\N	\N	\N	\N	\N	region	\N	\N	\N
\.
COPY segment.feature_dependency (feature_id, uses_feature_id) FROM stdin;
11	3
11	7
\.
COPY segment.measure (source_id, "position", name, expression, expression_sql, scale) FROM stdin;
1	1	revenue	total	total	2
2	1	cogs	unit_cost * quantity	(unit_cost * (quantity)::numeric)	4
2	2	pieces	quantity	quantity	0
3	1	handling	handling	handling	2
4	1	pages	pages	pages	0
\.
COPY segment.scheme_version (scheme_id, version, activated_at, activated_by, comment, as_of, default_segment, min_dwell) FROM stdin;
1	1	2026-11-22 17:17:03.510461+00	postgres	test	2025-06-20	Rest	00:00:00
2	1	2026-11-22 17:17:03.62967+00	postgres	test	2025-06-20	Quiet	5 days
1	2	2026-11-22 17:17:03.766734+00	postgres	recut	2025-06-20	Rest	00:00:00
\.
COPY segment.score (scheme_id, name, feature_id, bins, cuts, descending) FROM stdin;
1	r	1	4	\N	t
1	m	3	4	\N	f
\.
COPY segment.segment (scheme_id, name, priority, rule, rule_sql, owner, proposition) FROM stdin;
1	Best	10	r >= 3 AND m >= 3	((r >= 3) AND (m >= 3))	Anna	First pick
1	Leaving	20	r <= 2 AND m >= 3	((r <= 2) AND (m >= 3))	\N	\N
1	New	30	active_days <= 1 AND r = 4	((active_days <= 1) AND (r = 4))	\N	\N
2	Browsing	10	pages_30 >= 10 AND revenue_month <= 0	((pages_30 >= (10)::numeric) AND (revenue_month <= (0)::numeric))	\N	\N
2	Buying	20	revenue_90 > 50 OR region = 'north' AND margin > 400	((revenue_90 > (50)::numeric) OR ((region = 'north'::text) AND (margin > (400)::numeric)))	\N	\N
2	Troubled	30	tickets_365 > 1	(tickets_365 > 1)	\N	\N
\.
COPY segment.segment_dependency (scheme_id, segment, uses_feature_id) FROM stdin;
1	New	2
2	Browsing	5
2	Browsing	10
2	Buying	4
2	Buying	11
2	Buying	12
2	Troubled	9
\.
COPY segment.version_dependency (scheme_id, version, uses_feature_id) FROM stdin;
1	1	3
1	1	1
1	1	2
2	1	4
2	1	5
2	1	9
2	1	10
2	1	3
2	1	7
2	1	11
2	1	12
1	2	3
1	2	1
1	2	2
\.
COPY segment.version_score (scheme_id, version, name, feature_id, bins, cuts, fixed, descending) FROM stdin;
1	1	m	3	4	{72.075,219.395,716.11}	f	f
1	1	r	1	4	{5,11,28.5}	f	t
1	2	m	3	4	{72.075,219.395,716.11}	f	f
1	2	r	1	4	{5,11,28.5}	f	t
\.
COPY segment.version_segment (scheme_id, version, name, priority, rule, rule_sql, owner, proposition) FROM stdin;
1	1	Best	10	r >= 3 AND m >= 3	((r >= 3) AND (m >= 3))	Anna	First pick
1	1	Leaving	20	r <= 2 AND m >= 3	((r <= 2) AND (m >= 3))	\N	\N
1	1	New	30	active_days <= 1 AND r = 4	((active_days <= 1) AND (r = 4))	\N	\N
2	1	Browsing	10	pages_30 >= 10 AND revenue_month <= 0	((pages_30 >= (10)::numeric) AND (revenue_month <= (0)::numeric))	\N	\N
2	1	Buying	20	revenue_90 > 50 OR region = 'north' AND margin > 400	((revenue_90 > (50)::numeric) OR ((region = 'north'::text) AND (margin > (400)::numeric)))	\N	\N
2	1	Troubled	30	tickets_365 > 1	(tickets_365 > 1)	\N	\N
1	2	Best	10	r >= 3 AND m >= 3	((r >= 3) AND (m >= 3))	Anna	First pick
1	2	Leaving	20	r <= 2 AND m >= 3	((r <= 2) AND (m >= 3))	\N	\N
1	2	New	30	active_days <= 1 AND r = 4	((active_days <= 1) AND (r = 4))	\N	\N
\.
COPY segment_data.activity_facts (period_start, segment, source, dimension, measure, value, is_final, computed_at) FROM stdin;
2025-06-01	new			opening	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	new			acquired	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	new			moved_in	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	new			moved_out	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	new			removed	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	new			closing	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	unassigned			opening	24	f	2026-11-22 17:17:03.62967+00
2025-06-01	unassigned			acquired	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	unassigned			moved_in	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	unassigned			closing	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Browsing			opening	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Browsing			acquired	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Browsing			moved_in	5	f	2026-11-22 17:17:03.62967+00
2025-06-01	Browsing			moved_out	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Browsing			removed	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Browsing			closing	5	f	2026-11-22 17:17:03.62967+00
2025-06-01	Buying			opening	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Buying			acquired	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Buying			moved_out	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Buying			removed	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Troubled			opening	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Troubled			acquired	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Troubled			moved_in	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Troubled			moved_out	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Troubled			removed	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Troubled			closing	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Quiet			opening	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Quiet			acquired	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Quiet			moved_in	4	f	2026-11-22 17:17:03.62967+00
2025-06-01	Quiet			moved_out	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Quiet			removed	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Quiet			closing	4	f	2026-11-22 17:17:03.62967+00
2025-06-01	new	orders		orders_events	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	new	orders		revenue	0.00	f	2026-11-22 17:17:03.62967+00
2025-06-01	unassigned	orders		orders_events	7	f	2026-11-22 17:17:03.62967+00
2025-06-01	unassigned	orders		revenue	487.67	f	2026-11-22 17:17:03.62967+00
2025-06-01	Browsing	orders		orders_events	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Browsing	orders		revenue	0.00	f	2026-11-22 17:17:03.62967+00
2025-06-01	Buying	orders		orders_events	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Buying	orders		revenue	0.00	f	2026-11-22 17:17:03.62967+00
2025-06-01	Troubled	orders		orders_events	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Troubled	orders		revenue	0.00	f	2026-11-22 17:17:03.62967+00
2025-06-01	Quiet	orders		orders_events	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Quiet	orders		revenue	0.00	f	2026-11-22 17:17:03.62967+00
2025-06-01	unassigned	orders	store	orders_events	10	f	2026-11-22 17:17:03.62967+00
2025-06-01	new	items		items_events	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	new	items		cogs	0.0000	f	2026-11-22 17:17:03.62967+00
2025-06-01	new	items		pieces	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	unassigned	items		items_events	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	unassigned	items		cogs	0.0000	f	2026-11-22 17:17:03.62967+00
2025-06-01	unassigned	items		pieces	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Browsing	items		items_events	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Browsing	items		cogs	0.0000	f	2026-11-22 17:17:03.62967+00
2025-06-01	Browsing	items		pieces	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Buying	items		items_events	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Buying	items		cogs	0.0000	f	2026-11-22 17:17:03.62967+00
2025-06-01	Buying	items		pieces	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Troubled	items		items_events	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Troubled	items		cogs	0.0000	f	2026-11-22 17:17:03.62967+00
2025-06-01	Troubled	items		pieces	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Quiet	items		items_events	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Quiet	items		cogs	0.0000	f	2026-11-22 17:17:03.62967+00
2025-06-01	Quiet	items		pieces	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	unassigned	items	bags	items_events	16	f	2026-11-22 17:17:03.62967+00
2025-06-01	unassigned	items	bags	cogs	284.7826	f	2026-11-22 17:17:03.62967+00
2025-06-01	unassigned	items	bags	pieces	30	f	2026-11-22 17:17:03.62967+00
2025-06-01	unassigned	items	hats	items_events	14	f	2026-11-22 17:17:03.62967+00
2025-06-01	unassigned	items	hats	cogs	330.5525	f	2026-11-22 17:17:03.62967+00
2025-06-01	unassigned	items	hats	pieces	26	f	2026-11-22 17:17:03.62967+00
2025-06-01	unassigned	items	shoes	items_events	18	f	2026-11-22 17:17:03.62967+00
2025-06-01	unassigned	items	shoes	cogs	379.6132	f	2026-11-22 17:17:03.62967+00
2025-06-01	unassigned	items	shoes	pieces	34	f	2026-11-22 17:17:03.62967+00
2025-06-01	unassigned	items	socks	items_events	16	f	2026-11-22 17:17:03.62967+00
2025-06-01	unassigned	items	socks	cogs	261.7905	f	2026-11-22 17:17:03.62967+00
2025-06-01	unassigned	items	socks	pieces	32	f	2026-11-22 17:17:03.62967+00
2025-06-01	new	tickets		tickets_events	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	new	tickets		handling	0.00	f	2026-11-22 17:17:03.62967+00
2025-06-01	unassigned	tickets		tickets_events	2	f	2026-11-22 17:17:03.62967+00
2025-06-01	unassigned	tickets		handling	32.02	f	2026-11-22 17:17:03.62967+00
2025-06-01	Browsing	tickets		tickets_events	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Browsing	tickets		handling	0.00	f	2026-11-22 17:17:03.62967+00
2025-06-01	Buying	tickets		tickets_events	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Buying	tickets		handling	0.00	f	2026-11-22 17:17:03.62967+00
2025-06-01	Troubled	tickets		tickets_events	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Troubled	tickets		handling	0.00	f	2026-11-22 17:17:03.62967+00
2025-06-01	Quiet	tickets		tickets_events	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Quiet	tickets		handling	0.00	f	2026-11-22 17:17:03.62967+00
2025-06-01	new	visits		visits_events	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	new	visits		pages	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	unassigned	visits		visits_events	13	f	2026-11-22 17:17:03.62967+00
2025-06-01	unassigned	visits		pages	54	f	2026-11-22 17:17:03.62967+00
2025-06-01	Browsing	visits		visits_events	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Browsing	visits		pages	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Buying	visits		visits_events	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Buying	visits		pages	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Troubled	visits		visits_events	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Troubled	visits		pages	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Quiet	visits		visits_events	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	Quiet	visits		pages	0	f	2026-11-22 17:17:03.62967+00
2025-06-01	unassigned			moved_out	23	f	2026-11-22 17:17:03.887899+00
2025-06-01	unassigned			removed	1	f	2026-11-22 17:17:03.887899+00
2025-06-01	Buying			moved_in	14	f	2026-11-22 17:17:03.887899+00
2025-06-01	Buying			closing	14	f	2026-11-22 17:17:03.887899+00
2025-06-01	unassigned	orders	store	revenue	1033.80	f	2026-11-22 17:17:03.887899+00
2025-06-01	unassigned	orders	web	orders_events	18	f	2026-11-22 17:17:03.887899+00
2025-06-01	unassigned	orders	web	revenue	4362.50	f	2026-11-22 17:17:03.887899+00
\.
COPY segment_data.activity_history (customer_id, segment, valid, version, cause) FROM stdin;
20	Browsing	[2025-06-20,)	1	definition
11	Buying	[2025-06-20,)	1	definition
17	Buying	[2025-06-20,)	1	definition
12	Browsing	[2025-06-20,)	1	definition
10	Buying	[2025-06-20,)	1	definition
18	Quiet	[2025-06-20,)	1	definition
2	Buying	[2025-06-20,)	1	definition
15	Buying	[2025-06-20,)	1	definition
13	Buying	[2025-06-20,)	1	definition
21	Buying	[2025-06-20,)	1	definition
5	Buying	[2025-06-20,)	1	definition
19	Browsing	[2025-06-20,)	1	definition
24	Quiet	[2025-06-20,)	1	definition
8	Buying	[2025-06-20,)	1	definition
16	Browsing	[2025-06-20,)	1	definition
4	Buying	[2025-06-20,)	1	definition
23	Quiet	[2025-06-20,)	1	definition
1	Buying	[2025-06-20,)	1	definition
22	Quiet	[2025-06-20,)	1	definition
3	Buying	[2025-06-20,)	1	definition
14	Browsing	[2025-06-20,)	1	definition
9	Buying	[2025-06-20,)	1	definition
7	Buying	[2025-06-20,)	1	definition
6	Buying	[2025-06-20,2025-06-21)	1	definition
\.
COPY segment_data.activity_transition (seq, customer_id, from_segment, to_segment, day, at, cause, version, inputs) FROM stdin;
2	6	Buying	\N	2025-06-21	2026-11-22 17:17:03.902243+00	merge	1	\N
\.
COPY segment_data.customer_alias (duplicate, survivor, merged, xid, author, changed_at) FROM stdin;
6	5	t	1225	postgres	2026-11-22 17:17:03.884835+00
\.
COPY segment_data.customer_feature (customer_id, as_of, since, entry_day, days_since_last, active_days, revenue, revenue_90, revenue_month, web_revenue, cogs, favourite, tickets_365, pages_30, margin, region) FROM stdin;
20	2025-06-21	2025-05-30	2025-04-01	\N	0	0	\N	0	\N	0	\N	1	15	0	east
11	2025-06-21	2025-03-28	2025-03-28	7	1	78.10	78.10	78.10	78.10	75.1720	hats	1	0	2.9280	east
17	2025-06-21	2025-05-09	2025-03-09	6	3	163.26	163.26	163.26	110.49	114.0743	bags	1	0	49.1857	east
12	2025-06-21	2025-04-04	2025-04-04	42	1	108.29	108.29	0	-21.57	67.3628	shoes	1	12	40.9272	north
10	2025-06-21	2025-03-21	2025-03-18	18	5	1053.24	1053.24	102.36	408.07	313.3430	hats	1	0	739.8970	south
18	2025-06-21	2025-05-16	2025-03-22	\N	0	0	\N	0	\N	0	\N	1	6	0	north
2	2025-06-21	2025-01-24	2025-01-24	1	17	2055.91	2055.91	1566.29	1222.88	698.8948	bags	1	0	1357.0152	east
15	2025-06-21	2025-04-25	2025-04-02	27	1	112.53	112.53	112.53	\N	12.2102	shoes	1	12	100.3198	north
13	2025-06-21	2025-04-11	2025-04-11	24	4	730.84	730.84	405.55	\N	298.0916	hats	1	0	432.7484	south
21	2025-06-21	2025-06-06	2025-04-02	50	1	106.74	106.74	0	106.74	28.2456	bags	1	0	78.4944	north
5	2025-06-21	2025-02-14	2025-02-14	1	20	3964.93	3964.93	1624.26	1723.22	884.2620	shoes	2	9	3080.6680	east
19	2025-06-21	2025-05-23	2025-04-04	65	1	113.35	113.35	-48.53	-48.53	97.3597	bags	1	14	15.9903	south
24	2025-06-21	2025-01-28	2025-01-28	\N	0	0	\N	0	\N	0	\N	1	0	0	north
8	2025-06-21	2025-03-07	2025-03-07	1	4	1004.86	1004.86	550.97	476.54	128.8637	bags	1	2	875.9963	east
16	2025-06-21	2025-05-02	2025-04-01	62	1	54.00	54.00	0	54.00	65.2352	socks	1	13	-11.2352	south
4	2025-06-21	2025-02-07	2025-02-07	1	12	1374.21	1374.21	813.82	667.13	596.9591	hats	1	8	777.2509	south
23	2025-06-21	2025-01-21	2025-01-21	\N	0	0	\N	0	\N	0	\N	1	5	0	east
1	2025-06-21	2025-01-17	2025-01-17	1	13	2088.48	2088.48	905.43	773.03	511.3697	bags	1	8	1577.1103	south
22	2025-06-21	2025-01-14	2025-01-14	\N	0	0	\N	0	\N	0	\N	1	6	0	south
3	2025-06-21	2025-01-31	2025-01-31	1	13	2072.76	2072.76	1062.30	524.01	448.4319	shoes	1	9	1624.3281	north
14	2025-06-21	2025-04-18	2025-04-03	32	4	875.53	875.53	0	355.13	273.8746	socks	1	12	601.6554	east
9	2025-06-21	2025-03-14	2025-03-05	4	9	1355.74	1355.74	376.80	747.45	479.2879	shoes	1	1	876.4521	north
7	2025-06-21	2025-02-28	2025-02-28	1	9	1525.64	1525.64	616.57	717.95	198.0197	bags	1	0	1327.6203	south
\.
COPY segment_data.customer_items_ledger (customer_id, ledger) FROM stdin;
\N	(4,0;d){2025-04-11 "shoes" x2 14.3751 6, 2025-05-25 "bags" x2 31.2892 2}
12	(4,0;d){2025-04-13 "socks" x2 15.1766 4, 2025-05-10 "shoes" x2 52.1862 6}
4	(4,0;d){2025-04-14 "hats" x2 27.3866 4, 2025-04-21 "bags" x2 21.2367 6, 2025-04-30 "shoes" x2 66.9399 6, 2025-05-06 "socks" x2 52.2726 6, 2025-05-08 "bags" x2 50.3955 6, 2025-05-17 "socks" x2 62.0358 4, 2025-05-19 "socks" x2 76.6155 6, 2025-05-27 "hats" x2 23.6608 4, 2025-05-29 "hats" x2 12.5424 4, 2025-06-07 "shoes" x2 15.2300 2, 2025-06-09 "hats" x2 87.8640 6, 2025-06-16 "shoes" x2 100.7793 6}
3	(4,0;d){2025-04-10 "socks" x2 14.0280 6, 2025-04-15 "socks" x2 16.0010 2, 2025-04-29 "hats" x2 20.1692 2, 2025-05-02 "bags" x2 22.5913 2, 2025-05-03 "bags" x2 38.5196 4, 2025-05-05 "bags" x2 30.4118 4, 2025-05-05 "hats" x2 7.2990 4, 2025-05-12 "hats" x2 14.2557 2, 2025-05-14 "shoes" x2 77.6175 6, 2025-05-22 "shoes" x2 31.0815 6, 2025-05-25 "shoes" x2 93.3363 6, 2025-06-04 "socks" x2 17.2718 4, 2025-06-11 "socks" x2 13.9478 4, 2025-06-15 "shoes" x2 10.5848 2, 2025-06-16 "shoes" x2 41.3166 4}
16	(4,0;d){2025-04-20 "socks" x2 65.2352 4}
13	(4,0;d){2025-04-13 "bags" x2 69.7899 6, 2025-04-28 "hats" x2 16.4054 2, 2025-05-19 "hats" x2 102.8337 6, 2025-05-28 "socks" x2 22.2105 2, 2025-06-17 "shoes" x2 86.8521 6}
9	(4,0;d){2025-04-12 "socks" x2 95.8995 6, 2025-04-16 "shoes" x2 51.7376 4, 2025-04-23 "shoes" x2 24.2686 4, 2025-05-01 "hats" x2 71.7123 6, 2025-05-07 "shoes" x2 57.4792 4, 2025-05-20 "socks" x2 43.2970 4, 2025-06-10 "bags" x2 2.2665 2, 2025-06-10 "hats" x2 9.2483 2, 2025-06-16 "shoes" x2 56.0505 6, 2025-06-16 "socks" x2 30.1222 4, 2025-06-17 "bags" x2 37.2062 4}
7	(4,0;d){2025-04-18 "bags" x2 11.3910 2, 2025-04-20 "socks" x2 6.6570 2, 2025-04-22 "hats" x2 62.3520 6, 2025-05-21 "shoes" x2 63.2836 4, 2025-05-24 "bags" x2 5.5395 2, 2025-06-01 "shoes" x2 21.2955 2, 2025-06-05 "socks" x2 9.7103 2, 2025-06-16 "hats" x2 17.7908 2}
15	(4,0;d){2025-05-25 "shoes" x2 12.2102 2}
21	(4,0;d){2025-05-02 "bags" x2 28.2456 4}
19	(4,0;d){2025-04-17 "bags" x2 18.6613 2, 2025-06-01 "bags" x2 50.0970 4, 2025-06-06 "bags" x2 28.6014 4}
11	(4,0;d){2025-06-14 "hats" x2 75.1720 4}
900141	(4,0;d){2025-05-18 "shoes" x2 35.8300 4}
10	(4,0;d){2025-04-18 "hats" x2 29.3628 6, 2025-04-21 "bags" x2 52.6858 4, 2025-04-21 "hats" x2 78.0321 6, 2025-05-08 "hats" x2 14.8558 2, 2025-05-14 "socks" x2 55.7202 6, 2025-06-03 "hats" x2 82.6863 6}
1	(4,0;d){2025-04-10 "shoes" x2 27.2527 2, 2025-04-13 "bags" x2 62.3337 6, 2025-04-22 "hats" x2 38.5995 6, 2025-05-02 "bags" x2 69.3084 6, 2025-05-03 "socks" x2 11.5905 2, 2025-05-04 "hats" x2 20.4475 2, 2025-05-08 "shoes" x2 35.9316 6, 2025-05-20 "socks" x2 30.6924 4, 2025-05-25 "hats" x2 60.6228 4, 2025-05-27 "bags" x4 68.6592 8, 2025-05-27 "shoes" x2 13.0820 2, 2025-05-28 "hats" x2 23.6436 2, 2025-06-09 "socks" x2 49.2058 4}
17	(4,0;d){2025-05-27 "bags" x2 75.0820 4, 2025-05-28 "socks" x2 19.0642 4, 2025-06-15 "hats" x2 19.9281 2}
900047	(4,0;d){2025-05-20 "socks" x2 25.0896 6}
900094	(4,0;d){2025-05-25 "bags" x2 22.1531 2}
2	(4,0;d){2025-04-12 "hats" x2 43.7145 6, 2025-04-13 "hats" x2 18.1058 4, 2025-04-24 "bags" x2 34.3611 6, 2025-04-27 "shoes" x2 6.6768 6, 2025-05-04 "shoes" x2 29.4410 4, 2025-05-14 "socks" x2 23.7625 2, 2025-05-20 "bags" x2 78.3438 6, 2025-05-24 "hats" x2 64.0014 6, 2025-05-28 "socks" x2 22.1889 2, 2025-05-30 "bags" x2 32.7750 6, 2025-05-30 "shoes" x2 77.7747 6, 2025-06-02 "socks" x2 55.0233 6, 2025-06-04 "bags" x2 39.6496 4, 2025-06-04 "socks" x2 55.3779 6, 2025-06-05 "hats" x2 37.8630 4, 2025-06-07 "shoes" x2 35.4978 4, 2025-06-10 "bags" x2 35.6308 4, 2025-06-15 "bags" x2 8.7069 2}
8	(4,0;d){2025-04-21 "hats" x2 36.4900 4, 2025-05-08 "bags" x2 7.1417 2, 2025-05-10 "bags" x2 54.1006 4, 2025-06-02 "socks" x2 31.1314 2}
14	(4,0;d){2025-04-10 "socks" x2 80.4750 6, 2025-04-20 "socks" x2 111.9828 6, 2025-04-21 "hats" x2 52.6788 4, 2025-05-20 "socks" x2 28.7380 2}
5	(4,0;d){2025-04-11 "shoes" x4 69.9746 6, 2025-04-13 "shoes" x2 21.7367 2, 2025-04-13 "socks" x2 22.4116 4, 2025-04-14 "shoes" x2 27.2351 2, 2025-04-15 "bags" x2 17.5532 4, 2025-04-16 "hats" x2 66.5880 6, 2025-04-18 "bags" x2 67.3464 6, 2025-04-18 "hats" x2 50.0658 4, 2025-04-18 "socks" x2 88.0803 6, 2025-04-22 "hats" x2 15.7529 2, 2025-04-25 "shoes" x2 10.5047 2, 2025-04-28 "socks" x2 43.3074 6, 2025-04-30 "socks" x2 34.6861 2, 2025-05-03 "shoes" x2 14.4522 4, 2025-05-04 "hats" x2 29.1092 2, 2025-05-17 "hats" x2 32.1294 6, 2025-05-20 "bags" x2 10.5847 2, 2025-05-21 "shoes" x2 25.1920 4, 2025-05-22 "socks" x2 15.9579 2, 2025-05-24 "bags" x2 9.7626 2, 2025-05-29 "socks" x2 47.8412 4, 2025-05-30 "hats" x2 69.3592 4, 2025-06-14 "bags" x2 82.6242 6, 2025-06-17 "shoes" x2 12.0066 2}
\.
COPY segment_data.customer_items_log_0 (xid, key, everything) FROM stdin;
\.
COPY segment_data.customer_items_log_1 (xid, key, everything) FROM stdin;
\.
COPY segment_data.customer_items_log_2 (xid, key, everything) FROM stdin;
\.
COPY segment_data.customer_items_log_3 (xid, key, everything) FROM stdin;
\.
COPY segment_data.customer_log_0 (xid, key, everything) FROM stdin;
\.
COPY segment_data.customer_log_1 (xid, key, everything) FROM stdin;
\.
COPY segment_data.customer_log_2 (xid, key, everything) FROM stdin;
\.
COPY segment_data.customer_log_3 (xid, key, everything) FROM stdin;
\.
COPY segment_data.customer_orders_ledger (customer_id, ledger) FROM stdin;
\N	(2;d){2025-04-11 x1 46.02, 2025-05-25 "store" x1 57.73}
12	(2;d){2025-04-13 "web" x0 -21.57, 2025-05-10 x1 129.86}
16	(2;d){2025-04-20 "web" x1 54.00}
15	(2;d){2025-05-25 "store" x1 112.53}
21	(2;d){2025-05-02 "web" x1 106.74}
19	(2;d){2025-04-17 "store" x1 161.88, 2025-06-01 "web" x0 -22.58, 2025-06-06 "web" x0 -25.95}
11	(2;d){2025-06-14 "web" x1 78.10}
900141	(2;d){2025-05-18 "web" x1 73.24}
17	(2;d){2025-05-27 "web" x1 25.03, 2025-05-28 "web" x1 85.46, 2025-06-15 "store" x1 52.77}
900047	(2;d){2025-05-20 x1 73.22}
900094	(2;d){2025-05-25 "store" x1 76.80}
4	(2;d){2025-04-14 "web" x1 22.56, 2025-04-21 x0 -19.85, 2025-04-30 x1 107.63, 2025-05-06 x1 122.46, 2025-05-08 x1 33.14, 2025-05-17 "web" x1 137.47, 2025-05-19 x1 156.98, 2025-05-27 "web" x1 1.27, 2025-05-29 "web" x1 105.83, 2025-06-07 "store" x1 56.01, 2025-06-09 x1 129.90, 2025-06-16 x1 120.81, 2025-06-20 "web" x1 400.00}
3	(2;d){2025-04-10 x1 6.34, 2025-04-15 "store" x1 468.81, 2025-04-29 "store" x1 65.59, 2025-05-02 "store" x1 105.93, 2025-05-03 "web" x1 57.82, 2025-05-05 "web" x1 -15.23, 2025-05-12 "store" x1 332.25, 2025-05-14 x0 -11.05, 2025-05-22 x1 66.10, 2025-05-25 x1 384.49, 2025-06-04 "web" x1 40.24, 2025-06-11 "web" x1 64.37, 2025-06-15 "store" x1 130.29, 2025-06-16 "web" x0 -23.19, 2025-06-20 "web" x1 400.00}
13	(2;d){2025-04-13 x1 111.60, 2025-04-28 "store" x1 55.03, 2025-05-19 x1 158.66, 2025-05-28 "store" x1 426.96, 2025-06-17 x0 -21.41}
9	(2;d){2025-04-12 x1 132.09, 2025-04-16 "web" x1 373.51, 2025-04-23 "web" x1 60.87, 2025-05-01 x1 355.38, 2025-05-07 "web" x1 44.70, 2025-05-20 "web" x1 12.39, 2025-06-10 "store" x1 118.47, 2025-06-16 x1 2.35, 2025-06-16 "web" x1 154.83, 2025-06-17 "web" x1 101.15}
7	(2;d){2025-04-18 "store" x1 87.48, 2025-04-20 "store" x1 110.32, 2025-04-22 x1 393.32, 2025-05-21 "web" x1 317.95, 2025-05-24 "store" x1 37.47, 2025-06-01 "store" x1 48.22, 2025-06-05 "store" x1 89.23, 2025-06-16 "store" x1 41.65, 2025-06-20 "web" x1 400.00}
10	(2;d){2025-04-18 x1 73.64, 2025-04-21 x1 34.42, 2025-04-21 "web" x1 408.07, 2025-05-08 "store" x1 316.31, 2025-05-14 x1 118.44, 2025-06-03 x1 102.36}
1	(2;d){2025-04-10 "store" x1 84.24, 2025-04-13 x1 294.68, 2025-04-22 x1 64.55, 2025-05-02 x1 352.13, 2025-05-03 "store" x1 162.14, 2025-05-04 "store" x1 11.84, 2025-05-08 x1 164.12, 2025-05-20 "web" x1 49.35, 2025-05-25 "web" x1 161.44, 2025-05-27 x1 34.14, 2025-05-27 "store" x1 127.78, 2025-05-28 "store" x1 19.83, 2025-06-09 "web" x1 162.24, 2025-06-20 "web" x1 400.00}
2	(2;d){2025-04-12 x1 59.16, 2025-04-13 "web" x1 146.20, 2025-04-24 x1 29.71, 2025-04-27 x1 114.35, 2025-05-04 "web" x1 43.39, 2025-05-14 "store" x1 12.31, 2025-05-20 x1 84.50, 2025-05-24 x1 159.14, 2025-05-28 "store" x1 134.27, 2025-05-30 x1 129.76, 2025-06-02 x1 16.29, 2025-06-04 x1 87.90, 2025-06-04 "web" x1 74.31, 2025-06-05 "web" x1 3.12, 2025-06-07 "web" x1 142.64, 2025-06-10 "web" x1 413.22, 2025-06-15 "store" x1 5.64, 2025-06-20 "web" x1 400.00}
5	(2;d){2025-04-11 "store" x1 435.64, 2025-04-11 "web" x1 30.26, 2025-04-13 "store" x1 128.13, 2025-04-13 "web" x1 281.57, 2025-04-14 "store" x1 113.87, 2025-04-15 "web" x1 84.84, 2025-04-16 x1 145.50, 2025-04-18 x2 500.19, 2025-04-18 "web" x1 168.78, 2025-04-22 "store" x1 15.90, 2025-04-25 "store" x1 94.74, 2025-04-28 x1 135.21, 2025-04-30 "store" x1 96.32, 2025-05-03 "web" x1 4.34, 2025-05-04 "store" x0 -17.23, 2025-05-17 x1 79.39, 2025-05-20 "store" x0 -19.46, 2025-05-21 "web" x1 62.68, 2025-05-22 "store" x1 18.30, 2025-05-24 "store" x1 125.19, 2025-05-29 "web" x1 163.54, 2025-05-30 "web" x1 127.21, 2025-06-14 x1 49.47, 2025-06-17 "store" x1 340.55, 2025-06-20 "web" x2 800.00}
8	(2;d){2025-04-21 "web" x0 -2.10, 2025-05-08 "store" x1 377.35, 2025-05-10 "web" x1 78.64, 2025-06-02 "store" x1 150.97, 2025-06-20 "web" x1 400.00}
14	(2;d){2025-04-10 x1 460.93, 2025-04-20 x1 27.75, 2025-04-21 "web" x1 355.13, 2025-05-20 "store" x1 31.72}
\.
COPY segment_data.customer_orders_log_0 (xid, key, everything) FROM stdin;
\.
COPY segment_data.customer_orders_log_1 (xid, key, everything) FROM stdin;
\.
COPY segment_data.customer_orders_log_2 (xid, key, everything) FROM stdin;
\.
COPY segment_data.customer_orders_log_3 (xid, key, everything) FROM stdin;
\.
COPY segment_data.customer_override (customer_id, scheme_id, segment, since, until, reason, author, created_at, lifted_on, lifted_at, lifted_by) FROM stdin;
4	1	Best	2025-06-21	2026-01-01	contract	postgres	2026-11-22 17:17:03.86445+00	\N	\N	\N
\.
COPY segment_data.customer_segment (customer_id, value, value_raw, value_since, value_version, value_override, activity, activity_raw, activity_since, activity_version, activity_override) FROM stdin;
8	Best	Best	2025-06-21	2	\N	Buying	Buying	2025-06-20	1	\N
4	Best	Best	2025-05-31	2	t	Buying	Buying	2025-06-20	1	\N
20	Rest	Rest	2025-04-30	2	\N	Browsing	Browsing	2025-06-20	1	\N
11	Rest	Rest	2025-03-31	2	\N	Buying	Buying	2025-06-20	1	\N
17	Rest	Rest	2025-03-31	2	\N	Buying	Buying	2025-06-20	1	\N
12	Rest	Rest	2025-04-30	2	\N	Browsing	Browsing	2025-06-20	1	\N
10	Leaving	Leaving	2025-05-31	2	\N	Buying	Buying	2025-06-20	1	\N
18	Rest	Rest	2025-03-31	2	\N	Quiet	Quiet	2025-06-20	1	\N
2	Best	Best	2025-04-30	2	\N	Buying	Buying	2025-06-20	1	\N
15	Rest	Rest	2025-04-30	2	\N	Buying	Buying	2025-06-20	1	\N
13	Leaving	Leaving	2025-06-20	2	\N	Buying	Buying	2025-06-20	1	\N
21	Rest	Rest	2025-04-30	2	\N	Buying	Buying	2025-06-20	1	\N
5	Best	Best	2025-04-30	2	\N	Buying	Buying	2025-06-20	1	\N
19	Rest	Rest	2025-04-30	2	\N	Browsing	Browsing	2025-06-20	1	\N
24	Rest	Rest	2025-01-31	2	\N	Quiet	Quiet	2025-06-20	1	\N
16	Rest	Rest	2025-04-30	2	\N	Browsing	Browsing	2025-06-20	1	\N
23	Rest	Rest	2025-01-31	2	\N	Quiet	Quiet	2025-06-20	1	\N
1	Best	Best	2025-05-31	2	\N	Buying	Buying	2025-06-20	1	\N
22	Rest	Rest	2025-01-31	2	\N	Quiet	Quiet	2025-06-20	1	\N
3	Best	Best	2025-04-30	2	\N	Buying	Buying	2025-06-20	1	\N
14	Leaving	Leaving	2025-06-20	2	\N	Browsing	Browsing	2025-06-20	1	\N
9	Best	Best	2025-04-30	2	\N	Buying	Buying	2025-06-20	1	\N
7	Best	Best	2025-04-30	2	\N	Buying	Buying	2025-06-20	1	\N
\.
COPY segment_data.customer_tickets_ledger (customer_id, ledger) FROM stdin;
12	(2){2025-04-13 x1 22.07}
4	(2){2025-04-09 x1 6.40}
3	(2){2025-03-27 x1 8.10}
16	(2){2025-06-04 x1 28.52}
13	(2){2025-04-26 x1 20.96}
9	(2){2025-03-05 x1 22.14}
7	(2){2025-05-18 x1 22.57}
15	(2){2025-05-22 x1 15.12}
21	(2){2025-04-30 x1 8.32}
24	(2){2025-06-08 x1 3.50}
19	(2){2025-04-04 x1 28.63}
11	(2){2025-03-31 x1 2.93}
20	(2){2025-04-17 x1 23.33}
10	(2){2025-03-18 x1 8.85}
1	(2){2025-03-13 x1 26.00}
17	(2){2025-03-09 x1 12.18}
2	(2){2025-03-14 x1 12.07}
18	(2){2025-03-22 x1 24.45}
8	(2){2025-05-31 x1 3.24}
14	(2){2025-05-09 x1 18.64}
22	(2){2025-05-13 x1 20.49}
23	(2){2025-05-26 x1 27.72}
5	(2){2025-04-22 x1 14.81, 2025-05-05 x1 26.77}
\.
COPY segment_data.customer_tickets_log_0 (xid, key, everything) FROM stdin;
\.
COPY segment_data.customer_tickets_log_1 (xid, key, everything) FROM stdin;
\.
COPY segment_data.customer_tickets_log_2 (xid, key, everything) FROM stdin;
\.
COPY segment_data.customer_tickets_log_3 (xid, key, everything) FROM stdin;
\.
COPY segment_data.customer_visits_ledger (customer_id, ledger) FROM stdin;
12	(0){2025-04-24 x1 2, 2025-04-28 x1 9, 2025-05-10 x1 3, 2025-06-06 x1 5, 2025-06-07 x1 7}
4	(0){2025-04-05 x1 8, 2025-05-29 x1 8}
3	(0){2025-04-10 x1 4, 2025-05-23 x1 9}
16	(0){2025-04-01 x1 7, 2025-05-27 x2 11, 2025-05-31 x1 2}
13	(0){2025-05-03 x1 1, 2025-05-06 x1 3, 2025-05-09 x1 3, 2025-05-11 x1 7}
9	(0){2025-04-02 x1 2, 2025-04-10 x1 7, 2025-05-13 x1 5, 2025-06-08 x1 1}
15	(0){2025-04-02 x1 3, 2025-05-21 x1 1, 2025-05-24 x1 4, 2025-05-27 x1 8}
21	(0){2025-04-02 x1 3, 2025-05-21 x1 6}
19	(0){2025-04-12 x1 6, 2025-04-28 x2 13, 2025-05-31 x1 8, 2025-06-07 x1 6}
11	(0){2025-04-20 x1 9, 2025-05-02 x1 4}
20	(0){2025-04-01 x1 9, 2025-04-13 x1 1, 2025-04-29 x1 5, 2025-05-25 x1 9, 2025-06-04 x1 6}
10	(0){2025-04-13 x1 9, 2025-04-23 x1 1, 2025-04-24 x1 2}
1	(0){2025-05-11 x1 5, 2025-05-31 x1 7, 2025-06-04 x1 1}
17	(0){2025-05-03 x1 9, 2025-05-04 x1 6}
2	(0){2025-04-17 x1 3, 2025-04-27 x1 3, 2025-05-06 x1 6}
18	(0){2025-05-10 x1 8, 2025-05-16 x1 7, 2025-05-18 x1 7, 2025-05-26 x1 4, 2025-06-03 x1 2}
8	(0){2025-05-05 x1 5, 2025-05-28 x1 2}
14	(0){2025-04-03 x2 10, 2025-06-06 x1 4, 2025-06-07 x1 8}
22	(0){2025-04-29 x2 9, 2025-06-01 x1 1, 2025-06-03 x1 5}
23	(0){2025-05-02 x1 9, 2025-05-18 x1 2, 2025-05-27 x1 4, 2025-06-03 x1 1}
5	(0){2025-05-20 x1 6, 2025-05-27 x1 2, 2025-06-02 x1 7}
\.
COPY segment_data.customer_visits_log_0 (xid, key, everything) FROM stdin;
\.
COPY segment_data.customer_visits_log_1 (xid, key, everything) FROM stdin;
\.
COPY segment_data.customer_visits_log_2 (xid, key, everything) FROM stdin;
\.
COPY segment_data.customer_visits_log_3 (xid, key, everything) FROM stdin;
\.
COPY segment_data.value_facts (period_start, segment, source, dimension, measure, value, is_final, computed_at) FROM stdin;
2023-06-01	new			opening	0	t	2026-11-22 17:17:03.510461+00
2023-06-01	new			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-06-01	new			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-06-01	new			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-06-01	new			removed	0	t	2026-11-22 17:17:03.510461+00
2023-06-01	new			closing	0	t	2026-11-22 17:17:03.510461+00
2023-06-01	unassigned			opening	0	t	2026-11-22 17:17:03.510461+00
2023-06-01	unassigned			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-06-01	unassigned			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-06-01	unassigned			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-06-01	unassigned			removed	0	t	2026-11-22 17:17:03.510461+00
2023-06-01	unassigned			closing	0	t	2026-11-22 17:17:03.510461+00
2023-06-01	Best			opening	0	t	2026-11-22 17:17:03.510461+00
2023-06-01	Best			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-06-01	Best			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-06-01	Best			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-06-01	Best			removed	0	t	2026-11-22 17:17:03.510461+00
2023-06-01	Best			closing	0	t	2026-11-22 17:17:03.510461+00
2023-06-01	Leaving			opening	0	t	2026-11-22 17:17:03.510461+00
2023-06-01	Leaving			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-06-01	Leaving			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-06-01	Leaving			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-06-01	Leaving			removed	0	t	2026-11-22 17:17:03.510461+00
2023-06-01	Leaving			closing	0	t	2026-11-22 17:17:03.510461+00
2023-06-01	New			opening	0	t	2026-11-22 17:17:03.510461+00
2023-06-01	New			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-06-01	New			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-06-01	New			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-06-01	New			removed	0	t	2026-11-22 17:17:03.510461+00
2023-06-01	New			closing	0	t	2026-11-22 17:17:03.510461+00
2023-06-01	Rest			opening	0	t	2026-11-22 17:17:03.510461+00
2023-06-01	Rest			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-06-01	Rest			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-06-01	Rest			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-06-01	Rest			removed	0	t	2026-11-22 17:17:03.510461+00
2023-06-01	Rest			closing	0	t	2026-11-22 17:17:03.510461+00
2023-07-01	new			opening	0	t	2026-11-22 17:17:03.510461+00
2023-07-01	new			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-07-01	new			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-07-01	new			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-07-01	new			removed	0	t	2026-11-22 17:17:03.510461+00
2023-07-01	new			closing	0	t	2026-11-22 17:17:03.510461+00
2023-07-01	unassigned			opening	0	t	2026-11-22 17:17:03.510461+00
2023-07-01	unassigned			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-07-01	unassigned			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-07-01	unassigned			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-07-01	unassigned			removed	0	t	2026-11-22 17:17:03.510461+00
2023-07-01	unassigned			closing	0	t	2026-11-22 17:17:03.510461+00
2023-07-01	Best			opening	0	t	2026-11-22 17:17:03.510461+00
2023-07-01	Best			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-07-01	Best			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-07-01	Best			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-07-01	Best			removed	0	t	2026-11-22 17:17:03.510461+00
2023-07-01	Best			closing	0	t	2026-11-22 17:17:03.510461+00
2023-07-01	Leaving			opening	0	t	2026-11-22 17:17:03.510461+00
2023-07-01	Leaving			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-07-01	Leaving			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-07-01	Leaving			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-07-01	Leaving			removed	0	t	2026-11-22 17:17:03.510461+00
2023-07-01	Leaving			closing	0	t	2026-11-22 17:17:03.510461+00
2023-07-01	New			opening	0	t	2026-11-22 17:17:03.510461+00
2023-07-01	New			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-07-01	New			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-07-01	New			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-07-01	New			removed	0	t	2026-11-22 17:17:03.510461+00
2023-07-01	New			closing	0	t	2026-11-22 17:17:03.510461+00
2023-07-01	Rest			opening	0	t	2026-11-22 17:17:03.510461+00
2023-07-01	Rest			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-07-01	Rest			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-07-01	Rest			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-07-01	Rest			removed	0	t	2026-11-22 17:17:03.510461+00
2023-07-01	Rest			closing	0	t	2026-11-22 17:17:03.510461+00
2023-08-01	new			opening	0	t	2026-11-22 17:17:03.510461+00
2023-08-01	new			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-08-01	new			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-08-01	new			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-08-01	new			removed	0	t	2026-11-22 17:17:03.510461+00
2023-08-01	new			closing	0	t	2026-11-22 17:17:03.510461+00
2023-08-01	unassigned			opening	0	t	2026-11-22 17:17:03.510461+00
2023-08-01	unassigned			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-08-01	unassigned			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-08-01	unassigned			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-08-01	unassigned			removed	0	t	2026-11-22 17:17:03.510461+00
2023-08-01	unassigned			closing	0	t	2026-11-22 17:17:03.510461+00
2023-08-01	Best			opening	0	t	2026-11-22 17:17:03.510461+00
2023-08-01	Best			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-08-01	Best			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-08-01	Best			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-08-01	Best			removed	0	t	2026-11-22 17:17:03.510461+00
2023-08-01	Best			closing	0	t	2026-11-22 17:17:03.510461+00
2023-08-01	Leaving			opening	0	t	2026-11-22 17:17:03.510461+00
2023-08-01	Leaving			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-08-01	Leaving			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-08-01	Leaving			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-08-01	Leaving			removed	0	t	2026-11-22 17:17:03.510461+00
2023-08-01	Leaving			closing	0	t	2026-11-22 17:17:03.510461+00
2023-08-01	New			opening	0	t	2026-11-22 17:17:03.510461+00
2023-08-01	New			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-08-01	New			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-08-01	New			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-08-01	New			removed	0	t	2026-11-22 17:17:03.510461+00
2023-08-01	New			closing	0	t	2026-11-22 17:17:03.510461+00
2023-08-01	Rest			opening	0	t	2026-11-22 17:17:03.510461+00
2023-08-01	Rest			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-08-01	Rest			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-08-01	Rest			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-08-01	Rest			removed	0	t	2026-11-22 17:17:03.510461+00
2023-08-01	Rest			closing	0	t	2026-11-22 17:17:03.510461+00
2023-09-01	new			opening	0	t	2026-11-22 17:17:03.510461+00
2023-09-01	new			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-09-01	new			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-09-01	new			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-09-01	new			removed	0	t	2026-11-22 17:17:03.510461+00
2023-09-01	new			closing	0	t	2026-11-22 17:17:03.510461+00
2023-09-01	unassigned			opening	0	t	2026-11-22 17:17:03.510461+00
2023-09-01	unassigned			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-09-01	unassigned			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-09-01	unassigned			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-09-01	unassigned			removed	0	t	2026-11-22 17:17:03.510461+00
2023-09-01	unassigned			closing	0	t	2026-11-22 17:17:03.510461+00
2023-09-01	Best			opening	0	t	2026-11-22 17:17:03.510461+00
2023-09-01	Best			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-09-01	Best			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-09-01	Best			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-09-01	Best			removed	0	t	2026-11-22 17:17:03.510461+00
2023-09-01	Best			closing	0	t	2026-11-22 17:17:03.510461+00
2023-09-01	Leaving			opening	0	t	2026-11-22 17:17:03.510461+00
2023-09-01	Leaving			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-09-01	Leaving			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-09-01	Leaving			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-09-01	Leaving			removed	0	t	2026-11-22 17:17:03.510461+00
2023-09-01	Leaving			closing	0	t	2026-11-22 17:17:03.510461+00
2023-09-01	New			opening	0	t	2026-11-22 17:17:03.510461+00
2023-09-01	New			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-09-01	New			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-09-01	New			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-09-01	New			removed	0	t	2026-11-22 17:17:03.510461+00
2023-09-01	New			closing	0	t	2026-11-22 17:17:03.510461+00
2023-09-01	Rest			opening	0	t	2026-11-22 17:17:03.510461+00
2023-09-01	Rest			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-09-01	Rest			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-09-01	Rest			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-09-01	Rest			removed	0	t	2026-11-22 17:17:03.510461+00
2023-09-01	Rest			closing	0	t	2026-11-22 17:17:03.510461+00
2023-10-01	new			opening	0	t	2026-11-22 17:17:03.510461+00
2023-10-01	new			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-10-01	new			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-10-01	new			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-10-01	new			removed	0	t	2026-11-22 17:17:03.510461+00
2023-10-01	new			closing	0	t	2026-11-22 17:17:03.510461+00
2023-10-01	unassigned			opening	0	t	2026-11-22 17:17:03.510461+00
2023-10-01	unassigned			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-10-01	unassigned			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-10-01	unassigned			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-10-01	unassigned			removed	0	t	2026-11-22 17:17:03.510461+00
2023-10-01	unassigned			closing	0	t	2026-11-22 17:17:03.510461+00
2023-10-01	Best			opening	0	t	2026-11-22 17:17:03.510461+00
2023-10-01	Best			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-10-01	Best			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-10-01	Best			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-10-01	Best			removed	0	t	2026-11-22 17:17:03.510461+00
2023-10-01	Best			closing	0	t	2026-11-22 17:17:03.510461+00
2023-10-01	Leaving			opening	0	t	2026-11-22 17:17:03.510461+00
2023-10-01	Leaving			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-10-01	Leaving			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-10-01	Leaving			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-10-01	Leaving			removed	0	t	2026-11-22 17:17:03.510461+00
2023-10-01	Leaving			closing	0	t	2026-11-22 17:17:03.510461+00
2023-10-01	New			opening	0	t	2026-11-22 17:17:03.510461+00
2023-10-01	New			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-10-01	New			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-10-01	New			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-10-01	New			removed	0	t	2026-11-22 17:17:03.510461+00
2023-10-01	New			closing	0	t	2026-11-22 17:17:03.510461+00
2023-10-01	Rest			opening	0	t	2026-11-22 17:17:03.510461+00
2023-10-01	Rest			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-10-01	Rest			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-10-01	Rest			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-10-01	Rest			removed	0	t	2026-11-22 17:17:03.510461+00
2023-10-01	Rest			closing	0	t	2026-11-22 17:17:03.510461+00
2023-11-01	new			opening	0	t	2026-11-22 17:17:03.510461+00
2023-11-01	new			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-11-01	new			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-11-01	new			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-11-01	new			removed	0	t	2026-11-22 17:17:03.510461+00
2023-11-01	new			closing	0	t	2026-11-22 17:17:03.510461+00
2023-11-01	unassigned			opening	0	t	2026-11-22 17:17:03.510461+00
2023-11-01	unassigned			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-11-01	unassigned			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-11-01	unassigned			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-11-01	unassigned			removed	0	t	2026-11-22 17:17:03.510461+00
2023-11-01	unassigned			closing	0	t	2026-11-22 17:17:03.510461+00
2023-11-01	Best			opening	0	t	2026-11-22 17:17:03.510461+00
2023-11-01	Best			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-11-01	Best			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-11-01	Best			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-11-01	Best			removed	0	t	2026-11-22 17:17:03.510461+00
2023-11-01	Best			closing	0	t	2026-11-22 17:17:03.510461+00
2023-11-01	Leaving			opening	0	t	2026-11-22 17:17:03.510461+00
2023-11-01	Leaving			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-11-01	Leaving			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-11-01	Leaving			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-11-01	Leaving			removed	0	t	2026-11-22 17:17:03.510461+00
2023-11-01	Leaving			closing	0	t	2026-11-22 17:17:03.510461+00
2023-11-01	New			opening	0	t	2026-11-22 17:17:03.510461+00
2023-11-01	New			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-11-01	New			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-11-01	New			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-11-01	New			removed	0	t	2026-11-22 17:17:03.510461+00
2023-11-01	New			closing	0	t	2026-11-22 17:17:03.510461+00
2023-11-01	Rest			opening	0	t	2026-11-22 17:17:03.510461+00
2023-11-01	Rest			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-11-01	Rest			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-11-01	Rest			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-11-01	Rest			removed	0	t	2026-11-22 17:17:03.510461+00
2023-11-01	Rest			closing	0	t	2026-11-22 17:17:03.510461+00
2023-12-01	new			opening	0	t	2026-11-22 17:17:03.510461+00
2023-12-01	new			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-12-01	new			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-12-01	new			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-12-01	new			removed	0	t	2026-11-22 17:17:03.510461+00
2023-12-01	new			closing	0	t	2026-11-22 17:17:03.510461+00
2023-12-01	unassigned			opening	0	t	2026-11-22 17:17:03.510461+00
2023-12-01	unassigned			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-12-01	unassigned			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-12-01	unassigned			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-12-01	unassigned			removed	0	t	2026-11-22 17:17:03.510461+00
2023-12-01	unassigned			closing	0	t	2026-11-22 17:17:03.510461+00
2023-12-01	Best			opening	0	t	2026-11-22 17:17:03.510461+00
2023-12-01	Best			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-12-01	Best			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-12-01	Best			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-12-01	Best			removed	0	t	2026-11-22 17:17:03.510461+00
2023-12-01	Best			closing	0	t	2026-11-22 17:17:03.510461+00
2023-12-01	Leaving			opening	0	t	2026-11-22 17:17:03.510461+00
2023-12-01	Leaving			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-12-01	Leaving			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-12-01	Leaving			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-12-01	Leaving			removed	0	t	2026-11-22 17:17:03.510461+00
2023-12-01	Leaving			closing	0	t	2026-11-22 17:17:03.510461+00
2023-12-01	New			opening	0	t	2026-11-22 17:17:03.510461+00
2023-12-01	New			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-12-01	New			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-12-01	New			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-12-01	New			removed	0	t	2026-11-22 17:17:03.510461+00
2023-12-01	New			closing	0	t	2026-11-22 17:17:03.510461+00
2023-12-01	Rest			opening	0	t	2026-11-22 17:17:03.510461+00
2023-12-01	Rest			acquired	0	t	2026-11-22 17:17:03.510461+00
2023-12-01	Rest			moved_in	0	t	2026-11-22 17:17:03.510461+00
2023-12-01	Rest			moved_out	0	t	2026-11-22 17:17:03.510461+00
2023-12-01	Rest			removed	0	t	2026-11-22 17:17:03.510461+00
2023-12-01	Rest			closing	0	t	2026-11-22 17:17:03.510461+00
2024-01-01	new			opening	0	t	2026-11-22 17:17:03.510461+00
2024-01-01	new			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-01-01	new			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-01-01	new			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-01-01	new			removed	0	t	2026-11-22 17:17:03.510461+00
2024-01-01	new			closing	0	t	2026-11-22 17:17:03.510461+00
2024-01-01	unassigned			opening	0	t	2026-11-22 17:17:03.510461+00
2024-01-01	unassigned			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-01-01	unassigned			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-01-01	unassigned			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-01-01	unassigned			removed	0	t	2026-11-22 17:17:03.510461+00
2024-01-01	unassigned			closing	0	t	2026-11-22 17:17:03.510461+00
2024-01-01	Best			opening	0	t	2026-11-22 17:17:03.510461+00
2024-01-01	Best			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-01-01	Best			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-01-01	Best			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-01-01	Best			removed	0	t	2026-11-22 17:17:03.510461+00
2024-01-01	Best			closing	0	t	2026-11-22 17:17:03.510461+00
2024-01-01	Leaving			opening	0	t	2026-11-22 17:17:03.510461+00
2024-01-01	Leaving			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-01-01	Leaving			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-01-01	Leaving			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-01-01	Leaving			removed	0	t	2026-11-22 17:17:03.510461+00
2024-01-01	Leaving			closing	0	t	2026-11-22 17:17:03.510461+00
2024-01-01	New			opening	0	t	2026-11-22 17:17:03.510461+00
2024-01-01	New			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-01-01	New			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-01-01	New			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-01-01	New			removed	0	t	2026-11-22 17:17:03.510461+00
2024-01-01	New			closing	0	t	2026-11-22 17:17:03.510461+00
2024-01-01	Rest			opening	0	t	2026-11-22 17:17:03.510461+00
2024-01-01	Rest			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-01-01	Rest			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-01-01	Rest			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-01-01	Rest			removed	0	t	2026-11-22 17:17:03.510461+00
2024-01-01	Rest			closing	0	t	2026-11-22 17:17:03.510461+00
2024-02-01	new			opening	0	t	2026-11-22 17:17:03.510461+00
2024-02-01	new			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-02-01	new			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-02-01	new			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-02-01	new			removed	0	t	2026-11-22 17:17:03.510461+00
2024-02-01	new			closing	0	t	2026-11-22 17:17:03.510461+00
2024-02-01	unassigned			opening	0	t	2026-11-22 17:17:03.510461+00
2024-02-01	unassigned			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-02-01	unassigned			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-02-01	unassigned			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-02-01	unassigned			removed	0	t	2026-11-22 17:17:03.510461+00
2024-02-01	unassigned			closing	0	t	2026-11-22 17:17:03.510461+00
2024-02-01	Best			opening	0	t	2026-11-22 17:17:03.510461+00
2024-02-01	Best			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-02-01	Best			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-02-01	Best			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-02-01	Best			removed	0	t	2026-11-22 17:17:03.510461+00
2024-02-01	Best			closing	0	t	2026-11-22 17:17:03.510461+00
2024-02-01	Leaving			opening	0	t	2026-11-22 17:17:03.510461+00
2024-02-01	Leaving			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-02-01	Leaving			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-02-01	Leaving			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-02-01	Leaving			removed	0	t	2026-11-22 17:17:03.510461+00
2024-02-01	Leaving			closing	0	t	2026-11-22 17:17:03.510461+00
2024-02-01	New			opening	0	t	2026-11-22 17:17:03.510461+00
2024-02-01	New			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-02-01	New			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-02-01	New			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-02-01	New			removed	0	t	2026-11-22 17:17:03.510461+00
2024-02-01	New			closing	0	t	2026-11-22 17:17:03.510461+00
2024-02-01	Rest			opening	0	t	2026-11-22 17:17:03.510461+00
2024-02-01	Rest			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-02-01	Rest			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-02-01	Rest			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-02-01	Rest			removed	0	t	2026-11-22 17:17:03.510461+00
2024-02-01	Rest			closing	0	t	2026-11-22 17:17:03.510461+00
2024-03-01	new			opening	0	t	2026-11-22 17:17:03.510461+00
2024-03-01	new			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-03-01	new			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-03-01	new			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-03-01	new			removed	0	t	2026-11-22 17:17:03.510461+00
2024-03-01	new			closing	0	t	2026-11-22 17:17:03.510461+00
2024-03-01	unassigned			opening	0	t	2026-11-22 17:17:03.510461+00
2024-03-01	unassigned			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-03-01	unassigned			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-03-01	unassigned			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-03-01	unassigned			removed	0	t	2026-11-22 17:17:03.510461+00
2024-03-01	unassigned			closing	0	t	2026-11-22 17:17:03.510461+00
2024-03-01	Best			opening	0	t	2026-11-22 17:17:03.510461+00
2024-03-01	Best			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-03-01	Best			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-03-01	Best			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-03-01	Best			removed	0	t	2026-11-22 17:17:03.510461+00
2024-03-01	Best			closing	0	t	2026-11-22 17:17:03.510461+00
2024-03-01	Leaving			opening	0	t	2026-11-22 17:17:03.510461+00
2024-03-01	Leaving			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-03-01	Leaving			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-03-01	Leaving			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-03-01	Leaving			removed	0	t	2026-11-22 17:17:03.510461+00
2024-03-01	Leaving			closing	0	t	2026-11-22 17:17:03.510461+00
2024-03-01	New			opening	0	t	2026-11-22 17:17:03.510461+00
2024-03-01	New			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-03-01	New			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-03-01	New			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-03-01	New			removed	0	t	2026-11-22 17:17:03.510461+00
2024-03-01	New			closing	0	t	2026-11-22 17:17:03.510461+00
2024-03-01	Rest			opening	0	t	2026-11-22 17:17:03.510461+00
2024-03-01	Rest			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-03-01	Rest			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-03-01	Rest			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-03-01	Rest			removed	0	t	2026-11-22 17:17:03.510461+00
2024-03-01	Rest			closing	0	t	2026-11-22 17:17:03.510461+00
2024-04-01	new			opening	0	t	2026-11-22 17:17:03.510461+00
2024-04-01	new			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-04-01	new			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-04-01	new			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-04-01	new			removed	0	t	2026-11-22 17:17:03.510461+00
2024-04-01	new			closing	0	t	2026-11-22 17:17:03.510461+00
2024-04-01	unassigned			opening	0	t	2026-11-22 17:17:03.510461+00
2024-04-01	unassigned			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-04-01	unassigned			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-04-01	unassigned			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-04-01	unassigned			removed	0	t	2026-11-22 17:17:03.510461+00
2024-04-01	unassigned			closing	0	t	2026-11-22 17:17:03.510461+00
2024-04-01	Best			opening	0	t	2026-11-22 17:17:03.510461+00
2024-04-01	Best			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-04-01	Best			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-04-01	Best			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-04-01	Best			removed	0	t	2026-11-22 17:17:03.510461+00
2024-04-01	Best			closing	0	t	2026-11-22 17:17:03.510461+00
2024-04-01	Leaving			opening	0	t	2026-11-22 17:17:03.510461+00
2024-04-01	Leaving			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-04-01	Leaving			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-04-01	Leaving			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-04-01	Leaving			removed	0	t	2026-11-22 17:17:03.510461+00
2024-04-01	Leaving			closing	0	t	2026-11-22 17:17:03.510461+00
2024-04-01	New			opening	0	t	2026-11-22 17:17:03.510461+00
2024-04-01	New			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-04-01	New			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-04-01	New			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-04-01	New			removed	0	t	2026-11-22 17:17:03.510461+00
2024-04-01	New			closing	0	t	2026-11-22 17:17:03.510461+00
2024-04-01	Rest			opening	0	t	2026-11-22 17:17:03.510461+00
2024-04-01	Rest			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-04-01	Rest			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-04-01	Rest			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-04-01	Rest			removed	0	t	2026-11-22 17:17:03.510461+00
2024-04-01	Rest			closing	0	t	2026-11-22 17:17:03.510461+00
2024-05-01	new			opening	0	t	2026-11-22 17:17:03.510461+00
2024-05-01	new			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-05-01	new			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-05-01	new			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-05-01	new			removed	0	t	2026-11-22 17:17:03.510461+00
2024-05-01	new			closing	0	t	2026-11-22 17:17:03.510461+00
2024-05-01	unassigned			opening	0	t	2026-11-22 17:17:03.510461+00
2024-05-01	unassigned			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-05-01	unassigned			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-05-01	unassigned			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-05-01	unassigned			removed	0	t	2026-11-22 17:17:03.510461+00
2024-05-01	unassigned			closing	0	t	2026-11-22 17:17:03.510461+00
2024-05-01	Best			opening	0	t	2026-11-22 17:17:03.510461+00
2024-05-01	Best			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-05-01	Best			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-05-01	Best			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-05-01	Best			removed	0	t	2026-11-22 17:17:03.510461+00
2024-05-01	Best			closing	0	t	2026-11-22 17:17:03.510461+00
2024-05-01	Leaving			opening	0	t	2026-11-22 17:17:03.510461+00
2024-05-01	Leaving			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-05-01	Leaving			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-05-01	Leaving			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-05-01	Leaving			removed	0	t	2026-11-22 17:17:03.510461+00
2024-05-01	Leaving			closing	0	t	2026-11-22 17:17:03.510461+00
2024-05-01	New			opening	0	t	2026-11-22 17:17:03.510461+00
2024-05-01	New			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-05-01	New			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-05-01	New			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-05-01	New			removed	0	t	2026-11-22 17:17:03.510461+00
2024-05-01	New			closing	0	t	2026-11-22 17:17:03.510461+00
2024-05-01	Rest			opening	0	t	2026-11-22 17:17:03.510461+00
2024-05-01	Rest			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-05-01	Rest			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-05-01	Rest			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-05-01	Rest			removed	0	t	2026-11-22 17:17:03.510461+00
2024-05-01	Rest			closing	0	t	2026-11-22 17:17:03.510461+00
2024-06-01	new			opening	0	t	2026-11-22 17:17:03.510461+00
2024-06-01	new			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-06-01	new			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-06-01	new			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-06-01	new			removed	0	t	2026-11-22 17:17:03.510461+00
2024-06-01	new			closing	0	t	2026-11-22 17:17:03.510461+00
2024-06-01	unassigned			opening	0	t	2026-11-22 17:17:03.510461+00
2024-06-01	unassigned			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-06-01	unassigned			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-06-01	unassigned			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-06-01	unassigned			removed	0	t	2026-11-22 17:17:03.510461+00
2024-06-01	unassigned			closing	0	t	2026-11-22 17:17:03.510461+00
2024-06-01	Best			opening	0	t	2026-11-22 17:17:03.510461+00
2024-06-01	Best			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-06-01	Best			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-06-01	Best			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-06-01	Best			removed	0	t	2026-11-22 17:17:03.510461+00
2024-06-01	Best			closing	0	t	2026-11-22 17:17:03.510461+00
2024-06-01	Leaving			opening	0	t	2026-11-22 17:17:03.510461+00
2024-06-01	Leaving			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-06-01	Leaving			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-06-01	Leaving			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-06-01	Leaving			removed	0	t	2026-11-22 17:17:03.510461+00
2024-06-01	Leaving			closing	0	t	2026-11-22 17:17:03.510461+00
2024-06-01	New			opening	0	t	2026-11-22 17:17:03.510461+00
2024-06-01	New			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-06-01	New			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-06-01	New			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-06-01	New			removed	0	t	2026-11-22 17:17:03.510461+00
2024-06-01	New			closing	0	t	2026-11-22 17:17:03.510461+00
2024-06-01	Rest			opening	0	t	2026-11-22 17:17:03.510461+00
2024-06-01	Rest			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-06-01	Rest			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-06-01	Rest			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-06-01	Rest			removed	0	t	2026-11-22 17:17:03.510461+00
2024-06-01	Rest			closing	0	t	2026-11-22 17:17:03.510461+00
2024-07-01	new			opening	0	t	2026-11-22 17:17:03.510461+00
2024-07-01	new			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-07-01	new			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-07-01	new			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-07-01	new			removed	0	t	2026-11-22 17:17:03.510461+00
2024-07-01	new			closing	0	t	2026-11-22 17:17:03.510461+00
2024-07-01	unassigned			opening	0	t	2026-11-22 17:17:03.510461+00
2024-07-01	unassigned			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-07-01	unassigned			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-07-01	unassigned			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-07-01	unassigned			removed	0	t	2026-11-22 17:17:03.510461+00
2024-07-01	unassigned			closing	0	t	2026-11-22 17:17:03.510461+00
2024-07-01	Best			opening	0	t	2026-11-22 17:17:03.510461+00
2024-07-01	Best			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-07-01	Best			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-07-01	Best			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-07-01	Best			removed	0	t	2026-11-22 17:17:03.510461+00
2024-07-01	Best			closing	0	t	2026-11-22 17:17:03.510461+00
2024-07-01	Leaving			opening	0	t	2026-11-22 17:17:03.510461+00
2024-07-01	Leaving			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-07-01	Leaving			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-07-01	Leaving			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-07-01	Leaving			removed	0	t	2026-11-22 17:17:03.510461+00
2024-07-01	Leaving			closing	0	t	2026-11-22 17:17:03.510461+00
2024-07-01	New			opening	0	t	2026-11-22 17:17:03.510461+00
2024-07-01	New			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-07-01	New			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-07-01	New			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-07-01	New			removed	0	t	2026-11-22 17:17:03.510461+00
2024-07-01	New			closing	0	t	2026-11-22 17:17:03.510461+00
2024-07-01	Rest			opening	0	t	2026-11-22 17:17:03.510461+00
2024-07-01	Rest			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-07-01	Rest			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-07-01	Rest			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-07-01	Rest			removed	0	t	2026-11-22 17:17:03.510461+00
2024-07-01	Rest			closing	0	t	2026-11-22 17:17:03.510461+00
2024-08-01	new			opening	0	t	2026-11-22 17:17:03.510461+00
2024-08-01	new			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-08-01	new			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-08-01	new			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-08-01	new			removed	0	t	2026-11-22 17:17:03.510461+00
2024-08-01	new			closing	0	t	2026-11-22 17:17:03.510461+00
2024-08-01	unassigned			opening	0	t	2026-11-22 17:17:03.510461+00
2024-08-01	unassigned			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-08-01	unassigned			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-08-01	unassigned			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-08-01	unassigned			removed	0	t	2026-11-22 17:17:03.510461+00
2024-08-01	unassigned			closing	0	t	2026-11-22 17:17:03.510461+00
2024-08-01	Best			opening	0	t	2026-11-22 17:17:03.510461+00
2024-08-01	Best			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-08-01	Best			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-08-01	Best			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-08-01	Best			removed	0	t	2026-11-22 17:17:03.510461+00
2024-08-01	Best			closing	0	t	2026-11-22 17:17:03.510461+00
2024-08-01	Leaving			opening	0	t	2026-11-22 17:17:03.510461+00
2024-08-01	Leaving			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-08-01	Leaving			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-08-01	Leaving			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-08-01	Leaving			removed	0	t	2026-11-22 17:17:03.510461+00
2024-08-01	Leaving			closing	0	t	2026-11-22 17:17:03.510461+00
2024-08-01	New			opening	0	t	2026-11-22 17:17:03.510461+00
2024-08-01	New			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-08-01	New			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-08-01	New			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-08-01	New			removed	0	t	2026-11-22 17:17:03.510461+00
2024-08-01	New			closing	0	t	2026-11-22 17:17:03.510461+00
2024-08-01	Rest			opening	0	t	2026-11-22 17:17:03.510461+00
2024-08-01	Rest			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-08-01	Rest			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-08-01	Rest			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-08-01	Rest			removed	0	t	2026-11-22 17:17:03.510461+00
2024-08-01	Rest			closing	0	t	2026-11-22 17:17:03.510461+00
2024-09-01	new			opening	0	t	2026-11-22 17:17:03.510461+00
2024-09-01	new			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-09-01	new			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-09-01	new			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-09-01	new			removed	0	t	2026-11-22 17:17:03.510461+00
2024-09-01	new			closing	0	t	2026-11-22 17:17:03.510461+00
2024-09-01	unassigned			opening	0	t	2026-11-22 17:17:03.510461+00
2024-09-01	unassigned			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-09-01	unassigned			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-09-01	unassigned			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-09-01	unassigned			removed	0	t	2026-11-22 17:17:03.510461+00
2024-09-01	unassigned			closing	0	t	2026-11-22 17:17:03.510461+00
2024-09-01	Best			opening	0	t	2026-11-22 17:17:03.510461+00
2024-09-01	Best			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-09-01	Best			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-09-01	Best			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-09-01	Best			removed	0	t	2026-11-22 17:17:03.510461+00
2024-09-01	Best			closing	0	t	2026-11-22 17:17:03.510461+00
2024-09-01	Leaving			opening	0	t	2026-11-22 17:17:03.510461+00
2024-09-01	Leaving			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-09-01	Leaving			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-09-01	Leaving			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-09-01	Leaving			removed	0	t	2026-11-22 17:17:03.510461+00
2024-09-01	Leaving			closing	0	t	2026-11-22 17:17:03.510461+00
2024-09-01	New			opening	0	t	2026-11-22 17:17:03.510461+00
2024-09-01	New			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-09-01	New			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-09-01	New			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-09-01	New			removed	0	t	2026-11-22 17:17:03.510461+00
2024-09-01	New			closing	0	t	2026-11-22 17:17:03.510461+00
2024-09-01	Rest			opening	0	t	2026-11-22 17:17:03.510461+00
2024-09-01	Rest			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-09-01	Rest			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-09-01	Rest			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-09-01	Rest			removed	0	t	2026-11-22 17:17:03.510461+00
2024-09-01	Rest			closing	0	t	2026-11-22 17:17:03.510461+00
2024-10-01	new			opening	0	t	2026-11-22 17:17:03.510461+00
2024-10-01	new			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-10-01	new			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-10-01	new			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-10-01	new			removed	0	t	2026-11-22 17:17:03.510461+00
2024-10-01	new			closing	0	t	2026-11-22 17:17:03.510461+00
2024-10-01	unassigned			opening	0	t	2026-11-22 17:17:03.510461+00
2024-10-01	unassigned			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-10-01	unassigned			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-10-01	unassigned			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-10-01	unassigned			removed	0	t	2026-11-22 17:17:03.510461+00
2024-10-01	unassigned			closing	0	t	2026-11-22 17:17:03.510461+00
2024-10-01	Best			opening	0	t	2026-11-22 17:17:03.510461+00
2024-10-01	Best			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-10-01	Best			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-10-01	Best			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-10-01	Best			removed	0	t	2026-11-22 17:17:03.510461+00
2024-10-01	Best			closing	0	t	2026-11-22 17:17:03.510461+00
2024-10-01	Leaving			opening	0	t	2026-11-22 17:17:03.510461+00
2024-10-01	Leaving			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-10-01	Leaving			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-10-01	Leaving			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-10-01	Leaving			removed	0	t	2026-11-22 17:17:03.510461+00
2024-10-01	Leaving			closing	0	t	2026-11-22 17:17:03.510461+00
2024-10-01	New			opening	0	t	2026-11-22 17:17:03.510461+00
2024-10-01	New			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-10-01	New			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-10-01	New			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-10-01	New			removed	0	t	2026-11-22 17:17:03.510461+00
2024-10-01	New			closing	0	t	2026-11-22 17:17:03.510461+00
2024-10-01	Rest			opening	0	t	2026-11-22 17:17:03.510461+00
2024-10-01	Rest			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-10-01	Rest			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-10-01	Rest			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-10-01	Rest			removed	0	t	2026-11-22 17:17:03.510461+00
2024-10-01	Rest			closing	0	t	2026-11-22 17:17:03.510461+00
2024-11-01	new			opening	0	t	2026-11-22 17:17:03.510461+00
2024-11-01	new			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-11-01	new			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-11-01	new			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-11-01	new			removed	0	t	2026-11-22 17:17:03.510461+00
2024-11-01	new			closing	0	t	2026-11-22 17:17:03.510461+00
2024-11-01	unassigned			opening	0	t	2026-11-22 17:17:03.510461+00
2024-11-01	unassigned			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-11-01	unassigned			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-11-01	unassigned			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-11-01	unassigned			removed	0	t	2026-11-22 17:17:03.510461+00
2024-11-01	unassigned			closing	0	t	2026-11-22 17:17:03.510461+00
2024-11-01	Best			opening	0	t	2026-11-22 17:17:03.510461+00
2024-11-01	Best			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-11-01	Best			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-11-01	Best			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-11-01	Best			removed	0	t	2026-11-22 17:17:03.510461+00
2024-11-01	Best			closing	0	t	2026-11-22 17:17:03.510461+00
2024-11-01	Leaving			opening	0	t	2026-11-22 17:17:03.510461+00
2024-11-01	Leaving			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-11-01	Leaving			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-11-01	Leaving			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-11-01	Leaving			removed	0	t	2026-11-22 17:17:03.510461+00
2024-11-01	Leaving			closing	0	t	2026-11-22 17:17:03.510461+00
2024-11-01	New			opening	0	t	2026-11-22 17:17:03.510461+00
2024-11-01	New			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-11-01	New			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-11-01	New			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-11-01	New			removed	0	t	2026-11-22 17:17:03.510461+00
2024-11-01	New			closing	0	t	2026-11-22 17:17:03.510461+00
2024-11-01	Rest			opening	0	t	2026-11-22 17:17:03.510461+00
2024-11-01	Rest			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-11-01	Rest			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-11-01	Rest			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-11-01	Rest			removed	0	t	2026-11-22 17:17:03.510461+00
2024-11-01	Rest			closing	0	t	2026-11-22 17:17:03.510461+00
2024-12-01	new			opening	0	t	2026-11-22 17:17:03.510461+00
2024-12-01	new			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-12-01	new			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-12-01	new			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-12-01	new			removed	0	t	2026-11-22 17:17:03.510461+00
2024-12-01	new			closing	0	t	2026-11-22 17:17:03.510461+00
2024-12-01	unassigned			opening	0	t	2026-11-22 17:17:03.510461+00
2024-12-01	unassigned			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-12-01	unassigned			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-12-01	unassigned			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-12-01	unassigned			removed	0	t	2026-11-22 17:17:03.510461+00
2024-12-01	unassigned			closing	0	t	2026-11-22 17:17:03.510461+00
2024-12-01	Best			opening	0	t	2026-11-22 17:17:03.510461+00
2024-12-01	Best			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-12-01	Best			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-12-01	Best			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-12-01	Best			removed	0	t	2026-11-22 17:17:03.510461+00
2024-12-01	Best			closing	0	t	2026-11-22 17:17:03.510461+00
2024-12-01	Leaving			opening	0	t	2026-11-22 17:17:03.510461+00
2024-12-01	Leaving			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-12-01	Leaving			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-12-01	Leaving			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-12-01	Leaving			removed	0	t	2026-11-22 17:17:03.510461+00
2024-12-01	Leaving			closing	0	t	2026-11-22 17:17:03.510461+00
2024-12-01	New			opening	0	t	2026-11-22 17:17:03.510461+00
2024-12-01	New			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-12-01	New			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-12-01	New			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-12-01	New			removed	0	t	2026-11-22 17:17:03.510461+00
2024-12-01	New			closing	0	t	2026-11-22 17:17:03.510461+00
2024-12-01	Rest			opening	0	t	2026-11-22 17:17:03.510461+00
2024-12-01	Rest			acquired	0	t	2026-11-22 17:17:03.510461+00
2024-12-01	Rest			moved_in	0	t	2026-11-22 17:17:03.510461+00
2024-12-01	Rest			moved_out	0	t	2026-11-22 17:17:03.510461+00
2024-12-01	Rest			removed	0	t	2026-11-22 17:17:03.510461+00
2024-12-01	Rest			closing	0	t	2026-11-22 17:17:03.510461+00
2025-01-01	new			opening	0	t	2026-11-22 17:17:03.510461+00
2025-01-01	new			acquired	0	t	2026-11-22 17:17:03.510461+00
2025-01-01	new			moved_in	0	t	2026-11-22 17:17:03.510461+00
2025-01-01	new			moved_out	0	t	2026-11-22 17:17:03.510461+00
2025-01-01	new			removed	0	t	2026-11-22 17:17:03.510461+00
2025-01-01	new			closing	0	t	2026-11-22 17:17:03.510461+00
2025-01-01	unassigned			opening	0	t	2026-11-22 17:17:03.510461+00
2025-01-01	unassigned			acquired	0	t	2026-11-22 17:17:03.510461+00
2025-01-01	unassigned			moved_in	0	t	2026-11-22 17:17:03.510461+00
2025-01-01	unassigned			moved_out	0	t	2026-11-22 17:17:03.510461+00
2025-01-01	unassigned			removed	0	t	2026-11-22 17:17:03.510461+00
2025-01-01	unassigned			closing	0	t	2026-11-22 17:17:03.510461+00
2025-01-01	Best			opening	0	t	2026-11-22 17:17:03.510461+00
2025-01-01	Best			acquired	0	t	2026-11-22 17:17:03.510461+00
2025-01-01	Best			moved_in	0	t	2026-11-22 17:17:03.510461+00
2025-01-01	Best			moved_out	0	t	2026-11-22 17:17:03.510461+00
2025-01-01	Best			removed	0	t	2026-11-22 17:17:03.510461+00
2025-01-01	Best			closing	0	t	2026-11-22 17:17:03.510461+00
2025-01-01	Leaving			opening	0	t	2026-11-22 17:17:03.510461+00
2025-01-01	Leaving			acquired	0	t	2026-11-22 17:17:03.510461+00
2025-01-01	Leaving			moved_in	0	t	2026-11-22 17:17:03.510461+00
2025-01-01	Leaving			moved_out	0	t	2026-11-22 17:17:03.510461+00
2025-01-01	Leaving			removed	0	t	2026-11-22 17:17:03.510461+00
2025-01-01	Leaving			closing	0	t	2026-11-22 17:17:03.510461+00
2025-01-01	New			opening	0	t	2026-11-22 17:17:03.510461+00
2025-01-01	New			acquired	0	t	2026-11-22 17:17:03.510461+00
2025-01-01	New			moved_in	0	t	2026-11-22 17:17:03.510461+00
2025-01-01	New			moved_out	0	t	2026-11-22 17:17:03.510461+00
2025-01-01	New			removed	0	t	2026-11-22 17:17:03.510461+00
2025-01-01	New			closing	0	t	2026-11-22 17:17:03.510461+00
2025-01-01	Rest			opening	0	t	2026-11-22 17:17:03.510461+00
2025-01-01	Rest			acquired	6	t	2026-11-22 17:17:03.510461+00
2025-01-01	Rest			moved_in	0	t	2026-11-22 17:17:03.510461+00
2025-01-01	Rest			moved_out	0	t	2026-11-22 17:17:03.510461+00
2025-01-01	Rest			removed	0	t	2026-11-22 17:17:03.510461+00
2025-01-01	Rest			closing	6	t	2026-11-22 17:17:03.510461+00
2025-02-01	new			opening	0	t	2026-11-22 17:17:03.510461+00
2025-02-01	new			acquired	0	t	2026-11-22 17:17:03.510461+00
2025-02-01	new			moved_in	0	t	2026-11-22 17:17:03.510461+00
2025-02-01	new			moved_out	0	t	2026-11-22 17:17:03.510461+00
2025-02-01	new			removed	0	t	2026-11-22 17:17:03.510461+00
2025-02-01	new			closing	0	t	2026-11-22 17:17:03.510461+00
2025-02-01	unassigned			opening	0	t	2026-11-22 17:17:03.510461+00
2025-02-01	unassigned			acquired	0	t	2026-11-22 17:17:03.510461+00
2025-02-01	unassigned			moved_in	0	t	2026-11-22 17:17:03.510461+00
2025-02-01	unassigned			moved_out	0	t	2026-11-22 17:17:03.510461+00
2025-02-01	unassigned			removed	0	t	2026-11-22 17:17:03.510461+00
2025-02-01	unassigned			closing	0	t	2026-11-22 17:17:03.510461+00
2025-02-01	Best			opening	0	t	2026-11-22 17:17:03.510461+00
2025-02-01	Best			acquired	0	t	2026-11-22 17:17:03.510461+00
2025-02-01	Best			moved_in	0	t	2026-11-22 17:17:03.510461+00
2025-02-01	Best			moved_out	0	t	2026-11-22 17:17:03.510461+00
2025-02-01	Best			removed	0	t	2026-11-22 17:17:03.510461+00
2025-02-01	Best			closing	0	t	2026-11-22 17:17:03.510461+00
2025-02-01	Leaving			opening	0	t	2026-11-22 17:17:03.510461+00
2025-02-01	Leaving			acquired	0	t	2026-11-22 17:17:03.510461+00
2025-02-01	Leaving			moved_in	0	t	2026-11-22 17:17:03.510461+00
2025-02-01	Leaving			moved_out	0	t	2026-11-22 17:17:03.510461+00
2025-02-01	Leaving			removed	0	t	2026-11-22 17:17:03.510461+00
2025-02-01	Leaving			closing	0	t	2026-11-22 17:17:03.510461+00
2025-02-01	New			opening	0	t	2026-11-22 17:17:03.510461+00
2025-02-01	New			acquired	0	t	2026-11-22 17:17:03.510461+00
2025-02-01	New			moved_in	0	t	2026-11-22 17:17:03.510461+00
2025-02-01	New			moved_out	0	t	2026-11-22 17:17:03.510461+00
2025-02-01	New			removed	0	t	2026-11-22 17:17:03.510461+00
2025-02-01	New			closing	0	t	2026-11-22 17:17:03.510461+00
2025-02-01	Rest			opening	6	t	2026-11-22 17:17:03.510461+00
2025-02-01	Rest			acquired	4	t	2026-11-22 17:17:03.510461+00
2025-02-01	Rest			moved_in	0	t	2026-11-22 17:17:03.510461+00
2025-02-01	Rest			moved_out	0	t	2026-11-22 17:17:03.510461+00
2025-02-01	Rest			removed	0	t	2026-11-22 17:17:03.510461+00
2025-02-01	Rest			closing	10	t	2026-11-22 17:17:03.510461+00
2025-03-01	new			opening	0	t	2026-11-22 17:17:03.510461+00
2025-03-01	new			acquired	0	t	2026-11-22 17:17:03.510461+00
2025-03-01	new			moved_in	0	t	2026-11-22 17:17:03.510461+00
2025-03-01	new			moved_out	0	t	2026-11-22 17:17:03.510461+00
2025-03-01	new			removed	0	t	2026-11-22 17:17:03.510461+00
2025-03-01	new			closing	0	t	2026-11-22 17:17:03.510461+00
2025-03-01	unassigned			opening	0	t	2026-11-22 17:17:03.510461+00
2025-03-01	unassigned			acquired	0	t	2026-11-22 17:17:03.510461+00
2025-03-01	unassigned			moved_in	0	t	2026-11-22 17:17:03.510461+00
2025-03-01	unassigned			moved_out	0	t	2026-11-22 17:17:03.510461+00
2025-03-01	unassigned			removed	0	t	2026-11-22 17:17:03.510461+00
2025-03-01	unassigned			closing	0	t	2026-11-22 17:17:03.510461+00
2025-03-01	Best			opening	0	t	2026-11-22 17:17:03.510461+00
2025-03-01	Best			acquired	0	t	2026-11-22 17:17:03.510461+00
2025-03-01	Best			moved_in	0	t	2026-11-22 17:17:03.510461+00
2025-03-01	Best			moved_out	0	t	2026-11-22 17:17:03.510461+00
2025-03-01	Best			removed	0	t	2026-11-22 17:17:03.510461+00
2025-03-01	Best			closing	0	t	2026-11-22 17:17:03.510461+00
2025-03-01	Leaving			opening	0	t	2026-11-22 17:17:03.510461+00
2025-03-01	Leaving			acquired	0	t	2026-11-22 17:17:03.510461+00
2025-03-01	Leaving			moved_in	0	t	2026-11-22 17:17:03.510461+00
2025-03-01	Leaving			moved_out	0	t	2026-11-22 17:17:03.510461+00
2025-03-01	Leaving			removed	0	t	2026-11-22 17:17:03.510461+00
2025-03-01	Leaving			closing	0	t	2026-11-22 17:17:03.510461+00
2025-03-01	New			opening	0	t	2026-11-22 17:17:03.510461+00
2025-03-01	New			acquired	0	t	2026-11-22 17:17:03.510461+00
2025-03-01	New			moved_in	0	t	2026-11-22 17:17:03.510461+00
2025-03-01	New			moved_out	0	t	2026-11-22 17:17:03.510461+00
2025-03-01	New			removed	0	t	2026-11-22 17:17:03.510461+00
2025-03-01	New			closing	0	t	2026-11-22 17:17:03.510461+00
2025-03-01	Rest			opening	10	t	2026-11-22 17:17:03.510461+00
2025-03-01	Rest			acquired	6	t	2026-11-22 17:17:03.510461+00
2025-03-01	Rest			moved_in	0	t	2026-11-22 17:17:03.510461+00
2025-03-01	Rest			moved_out	0	t	2026-11-22 17:17:03.510461+00
2025-03-01	Rest			removed	0	t	2026-11-22 17:17:03.510461+00
2025-03-01	Rest			closing	16	t	2026-11-22 17:17:03.510461+00
2025-04-01	new			opening	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	new			acquired	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	new			moved_in	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	new			moved_out	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	new			removed	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	new			closing	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	unassigned			opening	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	unassigned			acquired	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	unassigned			moved_in	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	unassigned			moved_out	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	unassigned			removed	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	unassigned			closing	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	Best			opening	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	Best			acquired	1	t	2026-11-22 17:17:03.510461+00
2025-04-01	Best			moved_in	6	t	2026-11-22 17:17:03.510461+00
2025-04-01	Best			moved_out	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	Best			removed	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	Best			closing	7	t	2026-11-22 17:17:03.510461+00
2025-04-01	Leaving			opening	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	Leaving			acquired	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	Leaving			moved_in	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	Leaving			moved_out	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	Leaving			removed	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	Leaving			closing	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	New			opening	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	New			acquired	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	New			moved_in	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	New			moved_out	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	New			removed	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	New			closing	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	Rest			opening	16	t	2026-11-22 17:17:03.510461+00
2025-04-01	Rest			acquired	7	t	2026-11-22 17:17:03.510461+00
2025-04-01	Rest			moved_in	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	Rest			moved_out	6	t	2026-11-22 17:17:03.510461+00
2025-04-01	Rest			removed	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	Rest			closing	17	t	2026-11-22 17:17:03.510461+00
2025-05-01	new			opening	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	new			acquired	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	new			moved_in	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	new			moved_out	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	new			removed	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	new			closing	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	unassigned			opening	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	unassigned			acquired	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	unassigned			moved_in	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	unassigned			moved_out	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	unassigned			removed	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	unassigned			closing	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	Best			opening	7	t	2026-11-22 17:17:03.510461+00
2025-05-01	Best			acquired	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	Best			moved_in	3	t	2026-11-22 17:17:03.510461+00
2025-05-01	Best			moved_out	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	Best			removed	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	Best			closing	10	t	2026-11-22 17:17:03.510461+00
2025-05-01	Leaving			opening	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	Leaving			acquired	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	Leaving			moved_in	1	t	2026-11-22 17:17:03.510461+00
2025-05-01	Leaving			moved_out	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	Leaving			removed	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	Leaving			closing	1	t	2026-11-22 17:17:03.510461+00
2025-05-01	New			opening	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	New			acquired	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	New			moved_in	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	New			moved_out	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	New			removed	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	New			closing	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	Rest			opening	17	t	2026-11-22 17:17:03.510461+00
2025-05-01	Rest			acquired	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	Rest			moved_in	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	Rest			moved_out	4	t	2026-11-22 17:17:03.510461+00
2025-05-01	Rest			removed	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	Rest			closing	13	t	2026-11-22 17:17:03.510461+00
2025-06-01	new			opening	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	new			acquired	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	new			moved_in	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	new			moved_out	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	new			removed	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	new			closing	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	unassigned			opening	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	unassigned			acquired	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	unassigned			moved_in	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	unassigned			moved_out	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	unassigned			removed	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	unassigned			closing	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	Best			opening	10	f	2026-11-22 17:17:03.510461+00
2025-06-01	Best			acquired	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	Best			moved_out	2	f	2026-11-22 17:17:03.510461+00
2025-06-01	Best			closing	8	f	2026-11-22 17:17:03.510461+00
2025-06-01	Leaving			opening	1	f	2026-11-22 17:17:03.510461+00
2025-06-01	Leaving			acquired	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	Leaving			moved_out	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	Leaving			removed	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	New			opening	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	New			acquired	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	New			moved_in	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	New			moved_out	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	New			removed	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	New			closing	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	Rest			opening	13	f	2026-11-22 17:17:03.510461+00
2025-06-01	Rest			acquired	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	Rest			moved_in	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	Rest			moved_out	1	f	2026-11-22 17:17:03.510461+00
2025-06-01	Rest			removed	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	Rest			closing	12	f	2026-11-22 17:17:03.510461+00
2025-04-01	new	orders		orders_events	3	t	2026-11-22 17:17:03.510461+00
2025-04-01	new	orders		revenue	300.28	t	2026-11-22 17:17:03.510461+00
2025-04-01	unassigned	orders		orders_events	1	t	2026-11-22 17:17:03.510461+00
2025-04-01	unassigned	orders		revenue	46.02	t	2026-11-22 17:17:03.510461+00
2025-04-01	Best	orders		orders_events	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	Best	orders		revenue	0.00	t	2026-11-22 17:17:03.510461+00
2025-04-01	Leaving	orders		orders_events	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	Leaving	orders		revenue	0.00	t	2026-11-22 17:17:03.510461+00
2025-04-01	New	orders		orders_events	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	New	orders		revenue	0.00	t	2026-11-22 17:17:03.510461+00
2025-04-01	Rest	orders		orders_events	14	t	2026-11-22 17:17:03.510461+00
2025-04-01	Rest	orders		revenue	1170.94	t	2026-11-22 17:17:03.510461+00
2025-05-01	new	orders		orders_events	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	new	orders		revenue	0.00	t	2026-11-22 17:17:03.510461+00
2025-05-01	unassigned	orders		orders_events	1	t	2026-11-22 17:17:03.510461+00
2025-05-01	unassigned	orders		revenue	73.22	t	2026-11-22 17:17:03.510461+00
2025-05-01	Best	orders		orders_events	7	t	2026-11-22 17:17:03.510461+00
2025-05-01	Best	orders		revenue	647.71	t	2026-11-22 17:17:03.510461+00
2025-05-01	Leaving	orders		orders_events	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	Leaving	orders		revenue	0.00	t	2026-11-22 17:17:03.510461+00
2025-05-01	New	orders		orders_events	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	New	orders		revenue	0.00	t	2026-11-22 17:17:03.510461+00
2025-05-01	Rest	orders		orders_events	9	t	2026-11-22 17:17:03.510461+00
2025-05-01	Rest	orders		revenue	969.93	t	2026-11-22 17:17:03.510461+00
2025-06-01	new	orders		orders_events	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	new	orders		revenue	0.00	f	2026-11-22 17:17:03.510461+00
2025-06-01	unassigned	orders		orders_events	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	unassigned	orders		revenue	0.00	f	2026-11-22 17:17:03.510461+00
2025-06-01	Best	orders		orders_events	6	f	2026-11-22 17:17:03.510461+00
2025-06-01	Best	orders		revenue	385.31	f	2026-11-22 17:17:03.510461+00
2025-06-01	Leaving	orders		orders_events	1	f	2026-11-22 17:17:03.510461+00
2025-06-01	Leaving	orders		revenue	102.36	f	2026-11-22 17:17:03.510461+00
2025-06-01	New	orders		orders_events	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	New	orders		revenue	0.00	f	2026-11-22 17:17:03.510461+00
2025-06-01	Rest	orders		orders_events	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	Rest	orders		revenue	0.00	f	2026-11-22 17:17:03.510461+00
2025-04-01	new	orders	store	orders_events	2	t	2026-11-22 17:17:03.510461+00
2025-04-01	new	orders	store	revenue	216.91	t	2026-11-22 17:17:03.510461+00
2025-04-01	Rest	orders	store	orders_events	11	t	2026-11-22 17:17:03.510461+00
2025-04-01	Rest	orders	store	revenue	1101.04	t	2026-11-22 17:17:03.510461+00
2025-05-01	unassigned	orders	store	orders_events	2	t	2026-11-22 17:17:03.510461+00
2025-05-01	unassigned	orders	store	revenue	134.53	t	2026-11-22 17:17:03.510461+00
2025-05-01	Best	orders	store	orders_events	8	t	2026-11-22 17:17:03.510461+00
2025-05-01	Best	orders	store	revenue	460.75	t	2026-11-22 17:17:03.510461+00
2025-05-01	Rest	orders	store	orders_events	8	t	2026-11-22 17:17:03.510461+00
2025-05-01	Rest	orders	store	revenue	654.74	t	2026-11-22 17:17:03.510461+00
2025-06-01	Best	orders	store	orders_events	8	f	2026-11-22 17:17:03.510461+00
2025-06-01	Rest	orders	store	orders_events	2	f	2026-11-22 17:17:03.510461+00
2025-06-01	Rest	orders	store	revenue	203.74	f	2026-11-22 17:17:03.510461+00
2025-04-01	new	orders	web	orders_events	2	t	2026-11-22 17:17:03.510461+00
2025-04-01	new	orders	web	revenue	87.56	t	2026-11-22 17:17:03.510461+00
2025-04-01	Rest	orders	web	orders_events	8	t	2026-11-22 17:17:03.510461+00
2025-04-01	Rest	orders	web	revenue	674.56	t	2026-11-22 17:17:03.510461+00
2025-05-01	unassigned	orders	web	orders_events	1	t	2026-11-22 17:17:03.510461+00
2025-05-01	unassigned	orders	web	revenue	73.24	t	2026-11-22 17:17:03.510461+00
2025-05-01	Best	orders	web	orders_events	10	t	2026-11-22 17:17:03.510461+00
2025-05-01	Best	orders	web	revenue	518.79	t	2026-11-22 17:17:03.510461+00
2025-05-01	Rest	orders	web	orders_events	9	t	2026-11-22 17:17:03.510461+00
2025-05-01	Rest	orders	web	revenue	751.23	t	2026-11-22 17:17:03.510461+00
2025-04-01	new	items		items_events	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	new	items		cogs	0.0000	t	2026-11-22 17:17:03.510461+00
2025-04-01	new	items		pieces	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	unassigned	items		items_events	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	unassigned	items		cogs	0.0000	t	2026-11-22 17:17:03.510461+00
2025-04-01	unassigned	items		pieces	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	Best	items		items_events	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	Best	items		cogs	0.0000	t	2026-11-22 17:17:03.510461+00
2025-04-01	Best	items		pieces	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	Leaving	items		items_events	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	Leaving	items		cogs	0.0000	t	2026-11-22 17:17:03.510461+00
2025-04-01	Leaving	items		pieces	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	New	items		items_events	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	New	items		cogs	0.0000	t	2026-11-22 17:17:03.510461+00
2025-04-01	New	items		pieces	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	Rest	items		items_events	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	Rest	items		cogs	0.0000	t	2026-11-22 17:17:03.510461+00
2025-04-01	Rest	items		pieces	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	new	items		items_events	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	new	items		cogs	0.0000	t	2026-11-22 17:17:03.510461+00
2025-05-01	new	items		pieces	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	unassigned	items		items_events	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	unassigned	items		cogs	0.0000	t	2026-11-22 17:17:03.510461+00
2025-05-01	unassigned	items		pieces	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	Best	items		items_events	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	Best	items		cogs	0.0000	t	2026-11-22 17:17:03.510461+00
2025-05-01	Best	items		pieces	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	Leaving	items		items_events	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	Leaving	items		cogs	0.0000	t	2026-11-22 17:17:03.510461+00
2025-05-01	Leaving	items		pieces	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	New	items		items_events	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	New	items		cogs	0.0000	t	2026-11-22 17:17:03.510461+00
2025-05-01	New	items		pieces	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	Rest	items		items_events	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	Rest	items		cogs	0.0000	t	2026-11-22 17:17:03.510461+00
2025-05-01	Rest	items		pieces	0	t	2026-11-22 17:17:03.510461+00
2025-06-01	new	items		items_events	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	new	items		cogs	0.0000	f	2026-11-22 17:17:03.510461+00
2025-06-01	new	items		pieces	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	unassigned	items		items_events	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	unassigned	items		cogs	0.0000	f	2026-11-22 17:17:03.510461+00
2025-06-01	unassigned	items		pieces	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	Best	items		items_events	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	Best	items		cogs	0.0000	f	2026-11-22 17:17:03.510461+00
2025-06-01	Best	items		pieces	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	Leaving	items		items_events	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	Leaving	items		cogs	0.0000	f	2026-11-22 17:17:03.510461+00
2025-06-01	Leaving	items		pieces	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	New	items		items_events	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	New	items		cogs	0.0000	f	2026-11-22 17:17:03.510461+00
2025-06-01	New	items		pieces	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	Rest	items		items_events	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	Rest	items		cogs	0.0000	f	2026-11-22 17:17:03.510461+00
2025-06-01	Rest	items		pieces	0	f	2026-11-22 17:17:03.510461+00
2025-04-01	unassigned	items	shoes	items_events	2	t	2026-11-22 17:17:03.510461+00
2025-04-01	unassigned	items	shoes	cogs	14.3751	t	2026-11-22 17:17:03.510461+00
2025-04-01	unassigned	items	shoes	pieces	6	t	2026-11-22 17:17:03.510461+00
2025-04-01	Rest	items	shoes	items_events	20	t	2026-11-22 17:17:03.510461+00
2025-04-01	Rest	items	shoes	cogs	306.3267	t	2026-11-22 17:17:03.510461+00
2025-04-01	Rest	items	shoes	pieces	34	t	2026-11-22 17:17:03.510461+00
2025-05-01	unassigned	items	shoes	items_events	2	t	2026-11-22 17:17:03.510461+00
2025-05-01	unassigned	items	shoes	cogs	35.8300	t	2026-11-22 17:17:03.510461+00
2025-05-01	unassigned	items	shoes	pieces	4	t	2026-11-22 17:17:03.510461+00
2025-05-01	Best	items	shoes	items_events	18	t	2026-11-22 17:17:03.510461+00
2025-05-01	Best	items	shoes	cogs	469.6580	t	2026-11-22 17:17:03.510461+00
2025-05-01	Best	items	shoes	pieces	44	t	2026-11-22 17:17:03.510461+00
2025-05-01	Rest	items	shoes	items_events	8	t	2026-11-22 17:17:03.510461+00
2025-05-01	Rest	items	shoes	cogs	113.4100	t	2026-11-22 17:17:03.510461+00
2025-05-01	Rest	items	shoes	pieces	16	t	2026-11-22 17:17:03.510461+00
2025-06-01	Best	items	shoes	items_events	18	f	2026-11-22 17:17:03.510461+00
2025-06-01	Best	items	shoes	cogs	379.6132	f	2026-11-22 17:17:03.510461+00
2025-06-01	Best	items	shoes	pieces	34	f	2026-11-22 17:17:03.510461+00
2025-04-01	new	items	bags	items_events	4	t	2026-11-22 17:17:03.510461+00
2025-04-01	new	items	bags	cogs	88.4512	t	2026-11-22 17:17:03.510461+00
2025-04-01	new	items	bags	pieces	8	t	2026-11-22 17:17:03.510461+00
2025-04-01	Rest	items	bags	items_events	14	t	2026-11-22 17:17:03.510461+00
2025-04-01	Rest	items	bags	cogs	266.9079	t	2026-11-22 17:17:03.510461+00
2025-04-01	Rest	items	bags	pieces	34	t	2026-11-22 17:17:03.510461+00
2025-05-01	unassigned	items	bags	items_events	4	t	2026-11-22 17:17:03.510461+00
2025-05-01	unassigned	items	bags	cogs	53.4423	t	2026-11-22 17:17:03.510461+00
2025-05-01	unassigned	items	bags	pieces	4	t	2026-11-22 17:17:03.510461+00
2025-05-01	Best	items	bags	items_events	16	t	2026-11-22 17:17:03.510461+00
2025-05-01	Best	items	bags	cogs	228.5283	t	2026-11-22 17:17:03.510461+00
2025-05-01	Best	items	bags	pieces	28	t	2026-11-22 17:17:03.510461+00
2025-05-01	Rest	items	bags	items_events	16	t	2026-11-22 17:17:03.510461+00
2025-05-01	Rest	items	bags	cogs	352.9330	t	2026-11-22 17:17:03.510461+00
2025-05-01	Rest	items	bags	pieces	34	t	2026-11-22 17:17:03.510461+00
2025-06-01	Best	items	bags	items_events	12	f	2026-11-22 17:17:03.510461+00
2025-06-01	Best	items	bags	cogs	206.0842	f	2026-11-22 17:17:03.510461+00
2025-06-01	Best	items	bags	pieces	22	f	2026-11-22 17:17:03.510461+00
2025-06-01	Rest	items	bags	items_events	4	f	2026-11-22 17:17:03.510461+00
2025-06-01	Rest	items	bags	cogs	78.6984	f	2026-11-22 17:17:03.510461+00
2025-06-01	Rest	items	bags	pieces	8	f	2026-11-22 17:17:03.510461+00
2025-04-01	new	items	socks	items_events	8	t	2026-11-22 17:17:03.510461+00
2025-04-01	new	items	socks	cogs	272.8696	t	2026-11-22 17:17:03.510461+00
2025-04-01	new	items	socks	pieces	20	t	2026-11-22 17:17:03.510461+00
2025-04-01	Rest	items	socks	items_events	16	t	2026-11-22 17:17:03.510461+00
2025-04-01	Rest	items	socks	cogs	321.0709	t	2026-11-22 17:17:03.510461+00
2025-04-01	Rest	items	socks	pieces	34	t	2026-11-22 17:17:03.510461+00
2025-05-01	unassigned	items	socks	items_events	2	t	2026-11-22 17:17:03.510461+00
2025-05-01	unassigned	items	socks	cogs	25.0896	t	2026-11-22 17:17:03.510461+00
2025-05-01	unassigned	items	socks	pieces	6	t	2026-11-22 17:17:03.510461+00
2025-05-01	Best	items	socks	items_events	12	t	2026-11-22 17:17:03.510461+00
2025-05-01	Best	items	socks	cogs	181.7855	t	2026-11-22 17:17:03.510461+00
2025-05-01	Best	items	socks	pieces	16	t	2026-11-22 17:17:03.510461+00
2025-05-01	Rest	items	socks	items_events	16	t	2026-11-22 17:17:03.510461+00
2025-05-01	Rest	items	socks	cogs	330.2017	t	2026-11-22 17:17:03.510461+00
2025-05-01	Rest	items	socks	pieces	34	t	2026-11-22 17:17:03.510461+00
2025-06-01	Best	items	socks	items_events	14	f	2026-11-22 17:17:03.510461+00
2025-06-01	Best	items	socks	cogs	230.6591	f	2026-11-22 17:17:03.510461+00
2025-06-01	Best	items	socks	pieces	30	f	2026-11-22 17:17:03.510461+00
2025-06-01	Rest	items	socks	items_events	2	f	2026-11-22 17:17:03.510461+00
2025-06-01	Rest	items	socks	cogs	31.1314	f	2026-11-22 17:17:03.510461+00
2025-06-01	Rest	items	socks	pieces	2	f	2026-11-22 17:17:03.510461+00
2025-04-01	new	items	hats	items_events	4	t	2026-11-22 17:17:03.510461+00
2025-04-01	new	items	hats	cogs	69.0842	t	2026-11-22 17:17:03.510461+00
2025-04-01	new	items	hats	pieces	6	t	2026-11-22 17:17:03.510461+00
2025-04-01	Rest	items	hats	items_events	24	t	2026-11-22 17:17:03.510461+00
2025-04-01	Rest	items	hats	cogs	486.6192	t	2026-11-22 17:17:03.510461+00
2025-04-01	Rest	items	hats	pieces	56	t	2026-11-22 17:17:03.510461+00
2025-05-01	Best	items	hats	items_events	14	t	2026-11-22 17:17:03.510461+00
2025-05-01	Best	items	hats	cogs	287.8662	t	2026-11-22 17:17:03.510461+00
2025-05-01	Best	items	hats	pieces	30	t	2026-11-22 17:17:03.510461+00
2025-05-01	Rest	items	hats	items_events	14	t	2026-11-22 17:17:03.510461+00
2025-05-01	Rest	items	hats	cogs	258.6066	t	2026-11-22 17:17:03.510461+00
2025-05-01	Rest	items	hats	pieces	24	t	2026-11-22 17:17:03.510461+00
2025-06-01	Best	items	hats	items_events	8	f	2026-11-22 17:17:03.510461+00
2025-06-01	Best	items	hats	cogs	152.7661	f	2026-11-22 17:17:03.510461+00
2025-06-01	Best	items	hats	pieces	14	f	2026-11-22 17:17:03.510461+00
2025-06-01	Leaving	items	hats	items_events	2	f	2026-11-22 17:17:03.510461+00
2025-06-01	Leaving	items	hats	cogs	82.6863	f	2026-11-22 17:17:03.510461+00
2025-06-01	Leaving	items	hats	pieces	6	f	2026-11-22 17:17:03.510461+00
2025-06-01	Rest	items	hats	items_events	4	f	2026-11-22 17:17:03.510461+00
2025-06-01	Rest	items	hats	cogs	95.1001	f	2026-11-22 17:17:03.510461+00
2025-06-01	Rest	items	hats	pieces	6	f	2026-11-22 17:17:03.510461+00
2025-03-01	new	tickets		tickets_events	5	t	2026-11-22 17:17:03.510461+00
2025-03-01	new	tickets		handling	70.55	t	2026-11-22 17:17:03.510461+00
2025-03-01	unassigned	tickets		tickets_events	0	t	2026-11-22 17:17:03.510461+00
2025-03-01	unassigned	tickets		handling	0.00	t	2026-11-22 17:17:03.510461+00
2025-03-01	Best	tickets		tickets_events	0	t	2026-11-22 17:17:03.510461+00
2025-03-01	Best	tickets		handling	0.00	t	2026-11-22 17:17:03.510461+00
2025-03-01	Leaving	tickets		tickets_events	0	t	2026-11-22 17:17:03.510461+00
2025-03-01	Leaving	tickets		handling	0.00	t	2026-11-22 17:17:03.510461+00
2025-03-01	New	tickets		tickets_events	0	t	2026-11-22 17:17:03.510461+00
2025-03-01	New	tickets		handling	0.00	t	2026-11-22 17:17:03.510461+00
2025-03-01	Rest	tickets		tickets_events	3	t	2026-11-22 17:17:03.510461+00
2025-03-01	Rest	tickets		handling	46.17	t	2026-11-22 17:17:03.510461+00
2025-04-01	new	tickets		tickets_events	5	t	2026-11-22 17:17:03.510461+00
2025-04-01	new	tickets		handling	103.31	t	2026-11-22 17:17:03.510461+00
2025-04-01	unassigned	tickets		tickets_events	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	unassigned	tickets		handling	0.00	t	2026-11-22 17:17:03.510461+00
2025-04-01	Best	tickets		tickets_events	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	Best	tickets		handling	0.00	t	2026-11-22 17:17:03.510461+00
2025-04-01	Leaving	tickets		tickets_events	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	Leaving	tickets		handling	0.00	t	2026-11-22 17:17:03.510461+00
2025-04-01	New	tickets		tickets_events	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	New	tickets		handling	0.00	t	2026-11-22 17:17:03.510461+00
2025-04-01	Rest	tickets		tickets_events	2	t	2026-11-22 17:17:03.510461+00
2025-04-01	Rest	tickets		handling	21.21	t	2026-11-22 17:17:03.510461+00
2025-05-01	new	tickets		tickets_events	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	new	tickets		handling	0.00	t	2026-11-22 17:17:03.510461+00
2025-05-01	unassigned	tickets		tickets_events	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	unassigned	tickets		handling	0.00	t	2026-11-22 17:17:03.510461+00
2025-05-01	Best	tickets		tickets_events	3	t	2026-11-22 17:17:03.510461+00
2025-05-01	Best	tickets		handling	67.98	t	2026-11-22 17:17:03.510461+00
2025-05-01	Leaving	tickets		tickets_events	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	Leaving	tickets		handling	0.00	t	2026-11-22 17:17:03.510461+00
2025-05-01	New	tickets		tickets_events	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	New	tickets		handling	0.00	t	2026-11-22 17:17:03.510461+00
2025-05-01	Rest	tickets		tickets_events	4	t	2026-11-22 17:17:03.510461+00
2025-05-01	Rest	tickets		handling	66.57	t	2026-11-22 17:17:03.510461+00
2025-06-01	new	tickets		tickets_events	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	new	tickets		handling	0.00	f	2026-11-22 17:17:03.510461+00
2025-06-01	unassigned	tickets		tickets_events	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	unassigned	tickets		handling	0.00	f	2026-11-22 17:17:03.510461+00
2025-06-01	Best	tickets		tickets_events	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	Best	tickets		handling	0.00	f	2026-11-22 17:17:03.510461+00
2025-06-01	Leaving	tickets		tickets_events	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	Leaving	tickets		handling	0.00	f	2026-11-22 17:17:03.510461+00
2025-06-01	New	tickets		tickets_events	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	New	tickets		handling	0.00	f	2026-11-22 17:17:03.510461+00
2025-06-01	Rest	tickets		tickets_events	2	f	2026-11-22 17:17:03.510461+00
2025-06-01	Rest	tickets		handling	32.02	f	2026-11-22 17:17:03.510461+00
2025-04-01	new	visits		visits_events	13	t	2026-11-22 17:17:03.510461+00
2025-04-01	new	visits		pages	68	t	2026-11-22 17:17:03.510461+00
2025-04-01	unassigned	visits		visits_events	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	unassigned	visits		pages	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	Best	visits		visits_events	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	Best	visits		pages	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	Leaving	visits		visits_events	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	Leaving	visits		pages	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	New	visits		visits_events	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	New	visits		pages	0	t	2026-11-22 17:17:03.510461+00
2025-04-01	Rest	visits		visits_events	12	t	2026-11-22 17:17:03.510461+00
2025-04-01	Rest	visits		pages	57	t	2026-11-22 17:17:03.510461+00
2025-05-01	new	visits		visits_events	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	new	visits		pages	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	unassigned	visits		visits_events	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	unassigned	visits		pages	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	Best	visits		visits_events	5	t	2026-11-22 17:17:03.510461+00
2025-05-01	Best	visits		pages	28	t	2026-11-22 17:17:03.510461+00
2025-05-01	Leaving	visits		visits_events	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	Leaving	visits		pages	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	New	visits		visits_events	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	New	visits		pages	0	t	2026-11-22 17:17:03.510461+00
2025-05-01	Rest	visits		visits_events	29	t	2026-11-22 17:17:03.510461+00
2025-05-01	Rest	visits		pages	153	t	2026-11-22 17:17:03.510461+00
2025-06-01	new	visits		visits_events	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	new	visits		pages	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	unassigned	visits		visits_events	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	unassigned	visits		pages	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	Best	visits		visits_events	5	f	2026-11-22 17:17:03.510461+00
2025-06-01	Best	visits		pages	21	f	2026-11-22 17:17:03.510461+00
2025-06-01	Leaving	visits		visits_events	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	Leaving	visits		pages	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	New	visits		visits_events	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	New	visits		pages	0	f	2026-11-22 17:17:03.510461+00
2025-06-01	Rest	visits		visits_events	8	f	2026-11-22 17:17:03.510461+00
2025-06-01	Rest	visits		pages	33	f	2026-11-22 17:17:03.510461+00
2025-06-01	Best			moved_in	1	f	2026-11-22 17:17:03.887899+00
2025-06-01	Best			removed	1	f	2026-11-22 17:17:03.887899+00
2025-06-01	Leaving			moved_in	2	f	2026-11-22 17:17:03.887899+00
2025-06-01	Leaving			closing	3	f	2026-11-22 17:17:03.887899+00
2025-06-01	Best	orders	store	revenue	830.06	f	2026-11-22 17:17:03.887899+00
2025-06-01	Best	orders	web	orders_events	16	f	2026-11-22 17:17:03.887899+00
2025-06-01	Best	orders	web	revenue	3932.93	f	2026-11-22 17:17:03.887899+00
2025-06-01	Rest	orders	web	orders_events	2	f	2026-11-22 17:17:03.887899+00
2025-06-01	Rest	orders	web	revenue	429.57	f	2026-11-22 17:17:03.887899+00
\.
COPY segment_data.value_history (customer_id, segment, valid, version, cause) FROM stdin;
20	Rest	[2025-04-30,)	1	data
11	Rest	[2025-03-31,)	1	data
17	Rest	[2025-03-31,)	1	data
12	Rest	[2025-04-30,)	1	data
10	Rest	[2025-03-31,2025-05-31)	1	data
10	Leaving	[2025-05-31,)	1	data
18	Rest	[2025-03-31,)	1	data
2	Rest	[2025-01-31,2025-04-30)	1	data
2	Best	[2025-04-30,)	1	data
15	Rest	[2025-04-30,)	1	data
13	Rest	[2025-04-30,2025-05-31)	1	data
13	Best	[2025-05-31,2025-06-20)	1	data
13	Leaving	[2025-06-20,)	1	data
21	Rest	[2025-04-30,)	1	data
5	Rest	[2025-02-28,2025-04-30)	1	data
5	Best	[2025-04-30,)	1	data
19	Rest	[2025-04-30,)	1	data
24	Rest	[2025-01-31,)	1	data
8	Rest	[2025-03-31,2025-06-20)	1	data
6	Rest	[2025-02-28,2025-04-30)	1	data
16	Rest	[2025-04-30,)	1	data
4	Rest	[2025-02-28,2025-05-31)	1	data
4	Best	[2025-05-31,)	1	data
23	Rest	[2025-01-31,)	1	data
1	Rest	[2025-01-31,2025-05-31)	1	data
1	Best	[2025-05-31,)	1	data
22	Rest	[2025-01-31,)	1	data
3	Rest	[2025-01-31,2025-04-30)	1	data
3	Best	[2025-04-30,)	1	data
14	Best	[2025-04-30,2025-06-20)	1	data
14	Leaving	[2025-06-20,)	1	data
9	Rest	[2025-03-31,2025-04-30)	1	data
9	Best	[2025-04-30,)	1	data
7	Rest	[2025-02-28,2025-04-30)	1	data
7	Best	[2025-04-30,)	1	data
6	Best	[2025-04-30,2025-06-21)	1	data
8	Leaving	[2025-06-20,2025-06-21)	1	data
8	Best	[2025-06-21,)	2	data
\.
COPY segment_data.value_transition (seq, customer_id, from_segment, to_segment, day, at, cause, version, inputs) FROM stdin;
1	20	\N	Rest	2025-04-30	2026-11-22 17:17:03.54999+00	data	1	\N
2	11	\N	Rest	2025-03-31	2026-11-22 17:17:03.549999+00	data	1	\N
3	17	\N	Rest	2025-03-31	2026-11-22 17:17:03.550002+00	data	1	\N
4	12	\N	Rest	2025-04-30	2026-11-22 17:17:03.550004+00	data	1	\N
5	10	\N	Rest	2025-03-31	2026-11-22 17:17:03.550005+00	data	1	\N
6	10	Rest	Leaving	2025-05-31	2026-11-22 17:17:03.550006+00	data	1	\N
7	18	\N	Rest	2025-03-31	2026-11-22 17:17:03.550011+00	data	1	\N
8	2	\N	Rest	2025-01-31	2026-11-22 17:17:03.550013+00	data	1	\N
9	2	Rest	Best	2025-04-30	2026-11-22 17:17:03.550014+00	data	1	\N
10	15	\N	Rest	2025-04-30	2026-11-22 17:17:03.550015+00	data	1	\N
11	13	\N	Rest	2025-04-30	2026-11-22 17:17:03.550017+00	data	1	\N
12	13	Rest	Best	2025-05-31	2026-11-22 17:17:03.550017+00	data	1	\N
13	13	Best	Leaving	2025-06-20	2026-11-22 17:17:03.550018+00	data	1	\N
14	21	\N	Rest	2025-04-30	2026-11-22 17:17:03.550019+00	data	1	\N
15	5	\N	Rest	2025-02-28	2026-11-22 17:17:03.55002+00	data	1	\N
16	5	Rest	Best	2025-04-30	2026-11-22 17:17:03.550021+00	data	1	\N
17	19	\N	Rest	2025-04-30	2026-11-22 17:17:03.550022+00	data	1	\N
18	24	\N	Rest	2025-01-31	2026-11-22 17:17:03.550024+00	data	1	\N
19	8	\N	Rest	2025-03-31	2026-11-22 17:17:03.550025+00	data	1	\N
20	8	Rest	Leaving	2025-06-20	2026-11-22 17:17:03.550026+00	data	1	\N
21	6	\N	Rest	2025-02-28	2026-11-22 17:17:03.550027+00	data	1	\N
22	6	Rest	Best	2025-04-30	2026-11-22 17:17:03.550028+00	data	1	\N
23	16	\N	Rest	2025-04-30	2026-11-22 17:17:03.550029+00	data	1	\N
24	4	\N	Rest	2025-02-28	2026-11-22 17:17:03.55003+00	data	1	\N
25	4	Rest	Best	2025-05-31	2026-11-22 17:17:03.550031+00	data	1	\N
26	23	\N	Rest	2025-01-31	2026-11-22 17:17:03.550032+00	data	1	\N
27	1	\N	Rest	2025-01-31	2026-11-22 17:17:03.550033+00	data	1	\N
28	1	Rest	Best	2025-05-31	2026-11-22 17:17:03.550034+00	data	1	\N
29	22	\N	Rest	2025-01-31	2026-11-22 17:17:03.550035+00	data	1	\N
30	3	\N	Rest	2025-01-31	2026-11-22 17:17:03.550036+00	data	1	\N
31	3	Rest	Best	2025-04-30	2026-11-22 17:17:03.550037+00	data	1	\N
32	14	\N	Best	2025-04-30	2026-11-22 17:17:03.55004+00	data	1	\N
33	14	Best	Leaving	2025-06-20	2026-11-22 17:17:03.55004+00	data	1	\N
34	9	\N	Rest	2025-03-31	2026-11-22 17:17:03.550042+00	data	1	\N
35	9	Rest	Best	2025-04-30	2026-11-22 17:17:03.550042+00	data	1	\N
36	7	\N	Rest	2025-02-28	2026-11-22 17:17:03.550044+00	data	1	\N
37	7	Rest	Best	2025-04-30	2026-11-22 17:17:03.550044+00	data	1	\N
38	6	Best	\N	2025-06-21	2026-11-22 17:17:03.901364+00	merge	2	\N
39	8	Leaving	Best	2025-06-21	2026-11-22 17:17:03.926546+00	data	2	{"m": 4, "r": 4, "revenue": 1004.86, "active_days": 4, "days_since_last": 1}
\.
COPY shop.customers (id, name, region, joined, consent) FROM stdin;
1	c1	south	2025-01-17	t
2	c2	east	2025-01-24	t
3	c3	north	2025-01-31	t
4	c4	south	2025-02-07	t
5	c5	east	2025-02-14	t
6	c6	north	2025-02-21	t
7	c7	south	2025-02-28	t
8	c8	east	2025-03-07	t
9	c9	north	2025-03-14	t
10	c10	south	2025-03-21	t
11	c11	east	2025-03-28	t
12	c12	north	2025-04-04	t
13	c13	south	2025-04-11	t
14	c14	east	2025-04-18	t
15	c15	north	2025-04-25	t
16	c16	south	2025-05-02	t
17	c17	east	2025-05-09	t
18	c18	north	2025-05-16	t
19	c19	south	2025-05-23	t
20	c20	east	2025-05-30	t
21	c21	north	2025-06-06	t
22	c22	south	2025-01-14	t
23	c23	east	2025-01-21	t
24	c24	north	2025-01-28	t
\.
COPY shop.items (id, order_id, category, quantity, unit_cost) FROM stdin;
1	144	hats	2	14.6088
2	143	socks	3	9.8751
3	142	bags	1	1.6473
4	141	shoes	2	0.1653
5	140	hats	3	15.5572
6	139	socks	1	0.7145
7	138	bags	2	12.4296
8	137	shoes	3	12.2586
9	136	hats	1	18.7371
10	135	socks	2	17.5586
11	134	bags	3	14.0160
12	133	shoes	1	5.2092
13	132	hats	2	4.2597
14	131	socks	3	9.4817
15	130	bags	1	3.6065
16	129	shoes	2	15.5127
17	128	hats	3	2.6446
18	127	socks	1	14.8716
19	126	bags	2	8.1085
20	125	shoes	3	15.7880
21	124	hats	1	4.0997
22	123	socks	2	8.6902
23	122	bags	3	7.3952
24	121	shoes	1	13.5532
25	120	hats	2	16.5853
26	119	socks	3	15.0008
27	118	bags	1	0.7259
28	117	shoes	2	9.8531
29	116	hats	3	16.2084
30	115	socks	1	14.8414
31	114	bags	2	13.0917
32	113	shoes	3	9.2330
33	112	hats	1	10.0232
34	111	socks	2	2.3596
35	110	bags	3	1.7104
36	109	shoes	1	1.1184
37	108	hats	2	13.2651
38	107	socks	3	19.8026
39	106	bags	1	12.7934
40	105	shoes	2	18.7274
41	104	hats	3	11.2414
42	103	socks	1	0.1681
43	102	bags	2	5.5128
44	101	shoes	3	2.7692
45	100	hats	1	15.3442
46	99	socks	2	6.0269
47	98	bags	3	6.0901
48	97	shoes	1	9.5928
49	96	hats	2	0.3750
50	95	socks	3	1.3585
51	94	bags	1	19.8021
52	93	shoes	2	18.4245
53	92	hats	3	19.1424
54	91	socks	1	4.1453
55	90	bags	2	3.7947
56	89	shoes	3	2.0250
57	88	hats	1	3.6849
58	87	socks	2	0.5989
59	86	bags	3	12.9214
60	85	shoes	1	15.9001
61	84	hats	2	6.5916
62	83	socks	3	14.8033
63	82	bags	1	10.9247
64	81	shoes	2	11.3561
65	80	hats	3	2.9120
66	79	socks	1	14.6000
67	78	bags	2	0.4840
68	77	shoes	3	13.0771
69	76	hats	1	12.5007
70	75	socks	2	2.7447
71	74	bags	3	12.8511
72	73	shoes	1	6.5345
73	72	hats	2	5.3752
74	71	socks	3	19.5944
75	70	bags	1	5.6337
76	69	shoes	2	8.6204
77	68	hats	3	13.5055
78	67	socks	1	12.1847
79	66	bags	2	2.7080
80	65	shoes	3	15.5704
81	64	hats	1	7.2183
82	63	socks	2	6.5162
83	62	bags	3	17.4296
84	61	shoes	1	8.2081
85	60	hats	2	19.3472
86	59	socks	3	15.9073
87	58	bags	1	1.9617
88	57	shoes	2	6.8820
89	56	hats	3	14.8984
90	55	socks	1	3.7528
91	54	bags	2	5.3763
92	53	shoes	3	2.1881
93	52	hats	1	19.8220
94	51	socks	2	10.4190
95	50	bags	3	9.7741
96	49	shoes	1	7.7597
97	48	hats	2	3.8717
98	47	socks	3	3.3007
99	46	bags	1	4.4977
100	45	shoes	2	9.0030
101	44	hats	3	3.3561
102	43	socks	1	4.4476
103	42	bags	2	0.1631
104	41	shoes	3	5.7919
105	40	hats	1	2.7239
106	39	socks	2	8.9040
107	38	bags	3	7.7994
108	37	shoes	1	18.3344
109	36	hats	2	9.7681
110	35	socks	3	19.0388
111	34	bags	1	15.8693
112	33	shoes	2	2.6660
113	32	hats	3	6.1798
114	31	socks	1	17.2098
115	30	bags	2	19.2426
116	29	shoes	3	6.9055
117	28	hats	1	12.6306
118	27	socks	2	13.2503
119	26	bags	3	7.7422
120	25	shoes	1	9.9433
121	24	hats	2	0.5028
122	23	socks	3	0.8819
123	22	bags	1	5.7589
124	21	shoes	2	19.1891
125	20	hats	3	15.2590
126	19	socks	1	16.2568
127	18	bags	2	12.9320
128	17	shoes	3	9.5369
129	16	hats	1	8.6488
130	15	socks	2	15.1421
131	14	bags	3	5.0122
132	13	shoes	1	2.9694
133	12	hats	2	7.2601
134	11	socks	3	2.4088
135	10	bags	1	3.8459
136	9	shoes	2	15.1421
137	8	hats	3	5.3120
138	7	socks	1	18.7239
139	6	bags	2	11.0563
140	5	shoes	3	6.9250
141	4	hats	1	13.5982
142	3	socks	2	18.5520
143	2	bags	3	1.8495
144	1	shoes	1	3.6348
145	144	hats	2	15.7026
146	143	socks	3	8.4660
147	142	bags	1	8.1153
148	141	shoes	2	17.7497
149	140	hats	3	5.2268
150	139	socks	1	5.9425
151	138	bags	2	14.6207
152	137	shoes	3	13.6663
153	136	hats	1	10.3721
154	135	socks	2	7.0443
155	134	bags	3	8.4328
156	133	shoes	1	7.0488
157	132	hats	2	2.0115
158	131	socks	3	9.0917
159	130	bags	1	1.9330
160	129	shoes	2	5.1456
161	128	hats	3	18.6892
162	127	socks	1	19.8145
163	126	bags	2	18.2344
164	125	shoes	3	13.1627
165	124	hats	1	3.8774
166	123	socks	2	6.3709
167	122	bags	3	15.8681
168	121	shoes	1	13.6995
169	120	hats	2	18.0943
170	119	socks	3	14.3593
171	118	bags	1	7.9810
172	117	shoes	2	19.0052
173	116	hats	3	13.0796
174	115	socks	1	8.9211
175	114	bags	2	1.2090
176	113	shoes	3	16.6395
177	112	hats	1	4.8326
178	111	socks	2	7.1725
179	110	bags	3	9.7433
180	109	shoes	1	9.4664
181	108	hats	2	11.7678
182	107	socks	3	5.7359
183	106	bags	1	18.4958
184	105	shoes	2	12.9144
185	104	hats	3	16.3207
186	103	socks	1	11.4224
187	102	bags	2	9.6931
188	101	shoes	3	15.9143
189	100	hats	1	0.4087
190	99	socks	2	2.6090
191	98	bags	3	14.6878
192	97	shoes	1	2.2973
193	96	hats	2	17.8700
194	95	socks	3	13.0773
195	94	bags	1	2.3510
196	93	shoes	2	7.1614
197	92	hats	3	15.1355
198	91	socks	1	11.8557
199	90	bags	2	4.9819
200	89	shoes	3	0.2006
201	88	hats	1	16.7626
202	87	socks	2	6.3750
203	86	bags	3	3.8771
204	85	shoes	1	5.3954
205	84	hats	2	19.7478
206	83	socks	3	3.6560
207	82	bags	1	11.6666
208	81	shoes	2	3.3644
209	80	hats	3	7.7978
210	79	socks	1	16.5314
211	78	bags	2	18.7758
212	77	shoes	3	18.0350
213	76	hats	1	11.1429
214	75	socks	2	4.8436
215	74	bags	3	13.2635
216	73	shoes	1	15.2022
217	72	hats	2	3.6777
218	71	socks	3	17.7332
219	70	bags	1	1.5080
220	69	shoes	2	3.5139
221	68	hats	3	12.5052
222	67	socks	1	16.5533
223	66	bags	2	17.1168
224	65	shoes	3	18.0227
225	64	hats	1	10.5725
226	63	socks	2	4.6896
227	62	bags	3	1.2738
228	61	shoes	1	4.0021
229	60	hats	2	18.2388
230	59	socks	3	16.0592
231	58	bags	1	0.3048
232	57	shoes	2	0.3441
233	56	hats	3	9.0057
234	55	socks	1	12.2051
235	54	bags	2	19.6722
236	53	shoes	3	2.6036
237	52	hats	1	0.1061
238	51	socks	2	13.5016
239	50	bags	3	2.1003
240	49	shoes	1	4.2469
241	48	hats	2	15.0598
242	47	socks	3	5.0625
243	46	bags	1	14.1636
244	45	shoes	2	8.7459
245	44	hats	3	9.5104
246	43	socks	1	5.2627
247	42	bags	2	17.6523
248	41	shoes	3	16.5214
249	40	hats	1	6.5244
250	39	socks	2	6.4422
251	38	bags	3	3.1256
252	37	shoes	1	8.9007
253	36	hats	2	3.9252
254	35	socks	3	7.7862
255	34	bags	1	17.1667
256	33	shoes	2	9.9300
257	32	hats	3	8.3917
258	31	socks	1	3.6035
259	30	bags	2	18.2984
260	29	shoes	3	10.4899
261	28	hats	1	1.6251
262	27	socks	2	17.7676
263	26	bags	3	19.7992
264	25	shoes	1	3.1387
265	24	hats	2	3.1467
266	23	socks	3	3.7941
267	22	bags	1	5.6321
268	21	shoes	2	6.6797
269	20	hats	3	6.9370
270	19	socks	1	5.9321
271	18	bags	2	5.6711
272	17	shoes	3	2.4403
273	16	hats	1	7.7566
274	15	socks	2	6.5064
275	14	bags	3	18.0906
276	13	shoes	1	12.2606
277	12	hats	2	4.5703
278	11	socks	3	15.0154
279	10	bags	1	6.7388
280	9	shoes	2	13.5975
281	8	hats	3	4.4756
282	7	socks	1	3.4866
283	6	bags	2	3.0665
284	5	shoes	3	3.4355
285	4	hats	1	6.5710
286	3	socks	2	14.0656
287	2	bags	3	5.2294
288	1	shoes	1	6.8699
\.
COPY shop.orders (id, customer_id, ordered_at, total, channel, status) FROM stdin;
1	5	2025-04-25 05:11:35.871093+00	94.74	store	paid
2	4	2025-04-21 01:56:04.78506+00	-19.85	\N	paid
3	16	2025-04-20 06:52:46.810607+00	54.00	web	paid
4	3	2025-04-29 10:40:13.770215+00	65.59	store	paid
5	3	2025-05-21 23:55:39.48135+00	66.10	\N	paid
6	21	2025-05-02 09:00:17.448562+00	106.74	web	paid
8	10	2025-04-18 10:11:42.55467+00	73.64	\N	paid
9	9	2025-05-06 22:32:08.997411+00	44.70	web	paid
10	6	2025-05-20 07:57:04.587418+00	-19.46	store	paid
11	4	2025-05-06 15:30:16.086466+00	122.46	\N	paid
12	4	2025-05-27 14:18:32.817319+00	1.27	web	paid
13	4	2025-06-07 07:35:40.344004+00	56.01	store	paid
15	9	2025-05-20 00:55:54.077754+00	12.39	web	paid
16	13	2025-04-28 01:50:42.828893+00	55.03	store	paid
17	1	2025-05-08 02:43:45.494289+00	164.12	\N	paid
18	9	2025-06-16 23:26:27.158396+00	101.15	web	paid
19	2	2025-05-28 17:52:54.47614+00	134.27	store	paid
20	5	2025-04-16 02:55:26.295946+00	145.50	\N	paid
22	7	2025-04-18 19:03:55.015083+00	87.48	store	paid
23	3	2025-04-09 23:46:01.300454+00	6.34	\N	paid
24	3	2025-05-04 23:10:09.606272+00	-15.79	web	paid
25	1	2025-05-27 04:48:48.947594+00	145.65	store	paid
26	6	2025-06-13 22:17:52.115733+00	49.47	\N	paid
27	4	2025-05-17 11:43:38.192424+00	137.47	web	paid
29	12	2025-05-10 04:23:53.030419+00	129.86	\N	paid
30	17	2025-05-27 18:01:26.316697+00	25.03	web	paid
31	15	2025-04-12 17:07:21.140784+00	-8.05	store	draft
32	2	2025-04-12 17:27:46.014317+00	59.16	\N	paid
33	6	2025-05-21 01:43:18.485854+00	62.68	web	paid
34	1	2025-05-27 05:30:17.790951+00	-17.87	store	paid
36	4	2025-04-14 21:20:54.847925+00	22.56	web	paid
37	5	2025-04-13 22:07:17.457677+00	113.87	store	paid
38	2	2025-05-30 15:05:25.414629+00	-28.92	\N	paid
39	1	2025-05-20 08:48:50.102794+00	49.35	web	paid
40	9	2025-06-10 08:35:03.595512+00	119.71	store	paid
41	4	2025-04-30 06:59:09.80649+00	107.63	\N	paid
43	7	2025-06-05 16:52:25.52923+00	89.23	store	paid
44	1	2025-04-21 22:17:30.277193+00	64.55	\N	paid
45	2	2025-06-06 23:49:24.87905+00	142.64	web	paid
46	19	2025-04-16 23:41:58.022674+00	161.88	store	paid
47	900047	2025-05-20 14:08:48.487393+00	73.22	\N	paid
48	2	2025-06-05 15:19:39.13426+00	3.12	web	paid
50	1	2025-05-27 15:28:39.090387+00	34.14	\N	paid
51	5	2025-05-29 01:34:18.139277+00	163.54	web	paid
52	17	2025-06-15 17:34:08.211631+00	52.77	store	paid
53	\N	2025-04-11 03:55:04.551312+00	46.02	\N	paid
54	19	2025-06-01 10:59:10.940378+00	-22.58	web	paid
55	6	2025-05-22 01:28:26.860372+00	18.30	store	paid
57	6	2025-05-03 01:25:16.728463+00	4.34	web	paid
58	9	2025-06-10 02:47:32.209551+00	-1.24	store	paid
59	9	2025-04-12 07:31:29.683502+00	132.09	\N	paid
60	11	2025-06-14 20:30:14.98129+00	78.10	web	paid
61	15	2025-05-25 18:11:33.371909+00	112.53	store	paid
62	6	2025-05-13 11:23:30.172706+00	114.90	\N	draft
64	7	2025-06-16 00:27:27.596098+00	41.65	store	paid
65	4	2025-06-16 01:09:18.020129+00	120.81	\N	paid
66	2	2025-06-04 16:54:59.47708+00	74.31	web	paid
67	14	2025-05-20 18:53:54.130595+00	31.72	store	paid
68	10	2025-04-21 03:06:52.472702+00	34.42	\N	paid
69	9	2025-04-22 23:10:02.916267+00	60.87	web	paid
71	14	2025-04-20 07:18:16.993021+00	27.75	\N	paid
72	2	2025-04-13 05:28:35.091292+00	146.20	web	paid
73	6	2025-04-13 13:56:50.921372+00	128.13	store	paid
74	2	2025-05-19 22:31:20.988945+00	84.50	\N	paid
75	12	2025-04-13 08:59:25.977728+00	-21.57	web	paid
76	1	2025-05-28 13:11:42.500253+00	19.83	store	paid
78	3	2025-05-03 09:41:05.064713+00	57.82	web	paid
79	8	2025-06-02 17:34:06.794956+00	150.97	store	paid
80	5	2025-05-17 07:27:29.187763+00	79.39	\N	paid
81	2	2025-05-04 05:13:07.932245+00	43.39	web	paid
82	3	2025-05-02 12:54:38.817559+00	105.93	store	paid
83	2	2025-06-04 07:31:50.975459+00	87.90	\N	paid
85	7	2025-06-01 11:51:04.743638+00	48.22	store	paid
86	4	2025-05-08 15:21:32.771973+00	33.14	\N	paid
87	3	2025-06-11 17:00:48.394034+00	64.37	web	paid
88	1	2025-05-03 22:04:25.162538+00	11.84	store	paid
89	2	2025-04-27 09:12:24.507596+00	114.35	\N	paid
90	5	2025-04-15 14:38:09.409693+00	84.84	web	paid
92	13	2025-05-19 11:07:26.631849+00	158.66	\N	paid
93	3	2025-05-01 00:50:14.632674+00	20.41	web	draft
94	900094	2025-05-24 22:23:28.970968+00	76.80	store	paid
95	6	2025-04-27 23:52:53.624576+00	135.21	\N	paid
96	8	2025-04-21 05:01:04.287047+00	-2.10	web	paid
97	6	\N	51.05	store	paid
99	3	2025-06-04 17:13:11.272376+00	40.24	web	paid
100	5	2025-04-22 02:03:41.15256+00	15.90	store	paid
101	9	2025-06-16 06:05:19.404793+00	2.35	\N	paid
102	3	2025-05-05 03:59:47.627894+00	0.56	web	paid
103	1	2025-05-02 23:29:59.173941+00	162.14	store	paid
104	10	2025-06-03 14:36:04.011329+00	102.36	\N	paid
106	\N	2025-05-25 15:47:54.639136+00	57.73	store	paid
107	4	2025-05-19 16:02:07.873227+00	156.98	\N	paid
108	6	2025-04-18 10:01:36.944646+00	168.78	web	paid
109	3	2025-06-15 21:33:25.296671+00	130.29	store	paid
110	2	2025-04-24 12:59:31.21921+00	29.71	\N	paid
111	17	2025-05-27 22:01:29.002203+00	85.46	web	paid
113	3	2025-05-14 00:47:02.434392+00	-11.05	\N	paid
114	19	2025-06-06 21:24:53.824276+00	-25.95	web	paid
115	2	2025-05-13 23:05:16.181699+00	12.31	store	paid
116	4	2025-06-09 06:23:56.711815+00	129.90	\N	paid
117	6	2025-04-11 16:32:33.306417+00	30.26	web	paid
118	2	2025-06-15 19:17:49.421945+00	5.64	store	paid
120	5	2025-05-29 23:53:44.898755+00	127.21	web	paid
121	1	2025-04-10 02:34:19.212889+00	84.24	store	paid
122	13	2025-04-13 09:07:59.259806+00	111.60	\N	paid
123	9	2025-06-16 12:57:28.913856+00	154.83	web	paid
124	5	2025-04-18 12:27:32.987978+00	49.57	store	draft
125	13	2025-06-17 09:27:01.421481+00	-21.41	\N	paid
127	5	2025-04-30 02:33:56.49325+00	96.32	store	paid
128	2	2025-05-24 18:21:51.428751+00	159.14	\N	paid
129	3	2025-06-16 01:14:33.494524+00	-23.19	web	paid
130	7	2025-05-24 16:40:02.016502+00	37.47	store	paid
131	10	2025-05-14 10:46:40.157618+00	118.44	\N	paid
132	4	2025-05-28 22:21:44.374864+00	105.83	web	paid
134	5	2025-04-18 11:55:32.380228+00	120.34	\N	paid
135	1	2025-06-08 23:40:51.8235+00	162.24	web	paid
136	5	2025-05-04 14:40:37.698554+00	-17.23	store	paid
137	2	2025-05-30 02:43:18.647201+00	158.68	\N	paid
138	8	2025-05-10 13:20:56.611895+00	78.64	web	paid
139	7	2025-04-19 22:00:59.361969+00	110.32	store	paid
141	900141	2025-05-18 05:05:30.634838+00	73.24	web	paid
142	6	2025-05-24 09:01:46.668409+00	125.19	store	paid
143	2	2025-06-01 23:42:33.932061+00	16.29	\N	paid
144	1	2025-05-25 02:29:34.74025+00	161.44	web	paid
7	13	2025-05-28 09:43:00.293127+00	426.96	store	paid
14	1	2025-05-02 16:49:38.383302+00	352.13	\N	paid
21	9	2025-04-16 21:17:02.511044+00	373.51	web	paid
28	3	2025-05-12 18:30:42.291738+00	332.25	store	paid
35	14	2025-04-10 03:06:54.71805+00	460.93	\N	paid
42	2	2025-06-10 17:58:10.187704+00	413.22	web	paid
49	5	2025-06-17 21:00:24.758014+00	340.55	store	paid
56	9	2025-05-01 12:03:46.318767+00	355.38	\N	paid
63	5	2025-04-13 08:17:25.692826+00	281.57	web	paid
70	8	2025-05-08 02:30:18.795918+00	377.35	store	paid
77	3	2025-05-25 02:32:52.096037+00	384.49	\N	paid
84	14	2025-04-21 06:08:03.421616+00	355.13	web	paid
91	3	2025-04-15 10:09:59.739357+00	468.81	store	paid
98	1	2025-04-13 12:33:08.667396+00	294.68	\N	paid
105	7	2025-05-21 10:15:23.972543+00	317.95	web	paid
112	10	2025-05-08 11:27:50.647678+00	316.31	store	paid
119	5	2025-04-18 21:37:45.143085+00	379.85	\N	paid
126	10	2025-04-21 12:23:38.754044+00	408.07	web	paid
133	5	2025-04-10 23:25:57.454211+00	435.64	store	paid
140	7	2025-04-22 02:31:03.814449+00	393.32	\N	paid
500001	1	2025-06-20 00:00:00+00	400.00	web	paid
500002	2	2025-06-20 00:00:00+00	400.00	web	paid
500003	3	2025-06-20 00:00:00+00	400.00	web	paid
500004	4	2025-06-20 00:00:00+00	400.00	web	paid
500005	5	2025-06-20 00:00:00+00	400.00	web	paid
500006	6	2025-06-20 00:00:00+00	400.00	web	paid
500007	7	2025-06-20 00:00:00+00	400.00	web	paid
500008	8	2025-06-20 00:00:00+00	400.00	web	paid
\.
COPY shop.tickets (id, customer_id, opened_on, handling) FROM stdin;
1	2	2025-03-14	12.07
2	3	2025-03-27	8.10
3	4	2025-04-09	6.40
4	5	2025-04-22	14.81
5	6	2025-05-05	26.77
6	7	2025-05-18	22.57
7	8	2025-05-31	3.24
8	9	2025-03-05	22.14
9	10	2025-03-18	8.85
10	11	2025-03-31	2.93
11	12	2025-04-13	22.07
12	13	2025-04-26	20.96
13	14	2025-05-09	18.64
14	15	2025-05-22	15.12
15	16	2025-06-04	28.52
16	17	2025-03-09	12.18
17	18	2025-03-22	24.45
18	19	2025-04-04	28.63
19	20	2025-04-17	23.33
20	21	2025-04-30	8.32
21	22	2025-05-13	20.49
22	23	2025-05-26	27.72
23	24	2025-06-08	3.50
24	1	2025-03-13	26.00
\.
COPY shop.visits_1 (id, customer_id, visited_at, pages, site) FROM stdin;
5	14	2025-04-03 20:35:36.47444	6	1
10	10	2025-04-24 21:16:49.053944	2	1
15	9	2025-04-10 13:32:09.227778	7	1
20	2	2025-04-27 00:51:35.501916	3	1
25	4	2025-04-05 20:25:48.033842	8	1
30	14	2025-04-03 11:08:52.490767	4	1
35	20	2025-04-01 14:53:17.078607	9	1
40	20	2025-04-29 02:54:22.412062	5	1
45	1	2025-06-04 21:55:41.436818	1	1
50	2	2025-05-06 00:50:57.872689	6	1
55	18	2025-06-03 01:01:22.078103	2	1
60	12	2025-06-07 22:18:36.549814	7	1
65	15	2025-04-02 22:49:50.645997	3	1
70	18	2025-05-10 04:51:12.427019	8	1
\.
COPY shop.visits_2 (id, customer_id, visited_at, pages, site) FROM stdin;
1	8	2025-05-28 03:57:26.655886	2	2
6	5	2025-06-02 04:11:57.263041	7	2
11	2	2025-04-17 01:12:44.216483	3	2
16	19	2025-05-31 10:04:43.480085	8	2
21	23	2025-05-27 07:59:53.960651	4	2
26	23	2025-05-02 03:55:22.210697	9	2
31	9	2025-05-13 16:47:17.887159	5	2
36	20	2025-04-13 03:34:07.056478	1	2
41	5	2025-05-20 07:57:53.164462	6	2
46	23	2025-05-18 02:32:24.721454	2	2
51	13	2025-05-11 12:04:55.295648	7	2
56	12	2025-05-10 15:45:22.632112	3	2
61	15	2025-05-27 13:19:27.862776	8	2
66	14	2025-06-06 10:42:07.33434	4	2
71	11	2025-04-20 10:05:46.002166	9	2
\.
COPY shop.visits_3 (id, customer_id, visited_at, pages, site) FROM stdin;
2	16	2025-05-27 10:32:00.133363	3	3
7	14	2025-06-07 11:17:19.980859	8	3
12	15	2025-05-24 11:51:31.212396	4	3
17	17	2025-05-03 23:34:12.068437	9	3
22	8	2025-05-05 20:31:37.327055	5	3
27	23	2025-06-03 01:25:57.567809	1	3
32	17	2025-05-04 16:48:22.12081	6	3
37	6	2025-05-27 08:54:03.571323	2	3
42	1	2025-05-31 16:59:04.485725	7	3
47	21	2025-04-02 01:58:39.84231	3	3
52	4	2025-05-29 16:22:08.24116	8	3
57	3	2025-04-10 04:00:52.521964	4	3
62	12	2025-04-28 07:50:28.46199	9	3
67	22	2025-04-29 05:48:08.538752	5	3
72	10	2025-04-23 12:19:12.422199	1	3
\.
COPY shop.visits_other (id, customer_id, visited_at, pages, site) FROM stdin;
3	22	2025-04-29 19:12:41.465251	4	4
4	1	2025-05-11 08:19:39.768199	5	5
8	10	2025-04-13 17:35:12.843507	9	4
9	22	2025-06-01 04:01:58.364688	1	5
13	22	2025-06-03 06:01:09.417873	5	4
14	21	2025-05-21 13:41:54.345851	6	5
18	9	2025-06-08 01:21:03.173512	1	4
19	16	2025-05-31 15:03:20.340431	2	5
23	20	2025-06-04 17:54:20.791751	6	4
24	18	2025-05-16 09:05:36.995419	7	5
28	12	2025-04-24 17:58:25.454816	2	4
29	13	2025-05-09 18:39:11.71773	3	5
33	16	2025-04-01 10:51:38.13206	7	4
34	19	2025-04-28 03:16:20.915728	8	5
38	13	2025-05-06 03:55:14.036445	3	4
39	11	2025-05-02 14:40:01.651365	4	5
43	16	2025-05-27 11:30:51.300674	8	4
44	3	2025-05-23 20:23:42.378304	9	5
48	18	2025-05-26 09:16:12.189256	4	4
49	12	2025-06-06 07:56:44.262201	5	5
53	20	2025-05-25 04:42:23.83171	9	4
54	15	2025-05-21 22:19:42.760342	1	5
58	19	2025-04-28 04:00:59.202061	5	4
59	19	2025-04-12 05:10:16.195871	6	5
63	13	2025-05-03 20:16:56.846733	1	4
64	9	2025-04-02 22:14:48.439402	2	5
68	19	2025-06-07 20:58:49.19715	6	4
69	18	2025-05-18 19:38:02.682209	7	5
\.
SELECT pg_catalog.setval('segment.feature_feature_id_seq', 12, true);
SELECT pg_catalog.setval('segment.population_population_id_seq', 1, true);
SELECT pg_catalog.setval('segment.scheme_scheme_id_seq', 2, true);
SELECT pg_catalog.setval('segment.source_source_id_seq', 4, true);
SELECT pg_catalog.setval('segment_data.activity_transition_seq_seq', 2, true);
SELECT pg_catalog.setval('segment_data.value_transition_seq_seq', 39, true);
ALTER TABLE ONLY segment_data.activity_facts
    ADD CONSTRAINT activity_facts_pkey PRIMARY KEY (period_start, segment, source, measure, dimension);
ALTER TABLE ONLY segment_data.activity_transition
    ADD CONSTRAINT activity_transition_pkey PRIMARY KEY (seq);
ALTER TABLE ONLY segment_data.customer_alias
    ADD CONSTRAINT customer_alias_pkey PRIMARY KEY (duplicate);
ALTER TABLE ONLY segment_data.customer_feature
    ADD CONSTRAINT customer_feature_pkey PRIMARY KEY (customer_id);
ALTER TABLE ONLY segment_data.customer_segment
    ADD CONSTRAINT customer_segment_pkey PRIMARY KEY (customer_id);
ALTER TABLE ONLY segment_data.value_facts
    ADD CONSTRAINT value_facts_pkey PRIMARY KEY (period_start, segment, source, measure, dimension);
ALTER TABLE ONLY segment_data.value_transition
    ADD CONSTRAINT value_transition_pkey PRIMARY KEY (seq);
ALTER TABLE ONLY shop.customers
    ADD CONSTRAINT customers_pkey PRIMARY KEY (id);
ALTER TABLE ONLY shop.items
    ADD CONSTRAINT items_pkey PRIMARY KEY (id);
ALTER TABLE ONLY shop.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (id);
ALTER TABLE ONLY shop.tickets
    ADD CONSTRAINT tickets_pkey PRIMARY KEY (id);
CREATE UNIQUE INDEX activity_history_customer_id_idx ON segment_data.activity_history USING btree (customer_id) WHERE upper_inf(valid);
CREATE UNIQUE INDEX activity_history_customer_id_lower_idx ON segment_data.activity_history USING btree (customer_id, lower(valid));
CREATE UNIQUE INDEX activity_scorecard_period_start_segment_source_metric_dimen_idx ON segment_data.activity_scorecard USING btree (period_start, segment, source, metric, dimension);
CREATE INDEX activity_transition_customer_id_day_idx ON segment_data.activity_transition USING btree (customer_id, day);
CREATE UNIQUE INDEX customer_items_ledger_customer_id_idx ON segment_data.customer_items_ledger USING btree (customer_id);
CREATE UNIQUE INDEX customer_orders_ledger_customer_id_idx ON segment_data.customer_orders_ledger USING btree (customer_id);
CREATE UNIQUE INDEX customer_override_customer_id_scheme_id_idx ON segment_data.customer_override USING btree (customer_id, scheme_id) WHERE (lifted_on IS NULL);
CREATE UNIQUE INDEX customer_tickets_ledger_customer_id_idx ON segment_data.customer_tickets_ledger USING btree (customer_id);
CREATE UNIQUE INDEX customer_visits_ledger_customer_id_idx ON segment_data.customer_visits_ledger USING btree (customer_id);
CREATE UNIQUE INDEX value_history_customer_id_idx ON segment_data.value_history USING btree (customer_id) WHERE upper_inf(valid);
CREATE UNIQUE INDEX value_history_customer_id_lower_idx ON segment_data.value_history USING btree (customer_id, lower(valid));
CREATE UNIQUE INDEX value_scorecard_period_start_segment_source_metric_dimensio_idx ON segment_data.value_scorecard USING btree (period_start, segment, source, metric, dimension);
CREATE INDEX value_transition_customer_id_day_idx ON segment_data.value_transition USING btree (customer_id, day);
CREATE INDEX items_order_id_idx ON shop.items USING btree (order_id);
CREATE INDEX orders_customer_id_idx ON shop.orders USING btree (customer_id);
CREATE INDEX tickets_customer_id_idx ON shop.tickets USING btree (customer_id);
CREATE INDEX visits_customer_id_idx ON ONLY shop.visits USING btree (customer_id);
CREATE INDEX visits_1_customer_id_idx ON shop.visits_1 USING btree (customer_id);
CREATE INDEX visits_2_customer_id_idx ON shop.visits_2 USING btree (customer_id);
CREATE INDEX visits_3_customer_id_idx ON shop.visits_3 USING btree (customer_id);
CREATE INDEX visits_other_customer_id_idx ON shop.visits_other USING btree (customer_id);
ALTER INDEX shop.visits_customer_id_idx ATTACH PARTITION shop.visits_1_customer_id_idx;
ALTER INDEX shop.visits_customer_id_idx ATTACH PARTITION shop.visits_2_customer_id_idx;
ALTER INDEX shop.visits_customer_id_idx ATTACH PARTITION shop.visits_3_customer_id_idx;
ALTER INDEX shop.visits_customer_id_idx ATTACH PARTITION shop.visits_other_customer_id_idx;
CREATE TRIGGER segment_capture AFTER INSERT OR DELETE OR UPDATE ON shop.customers FOR EACH ROW EXECUTE FUNCTION segment.capture();
ALTER TRIGGER segment_capture ON shop.customers DEPENDS ON EXTENSION segment;
ALTER TABLE shop.customers ENABLE ALWAYS TRIGGER segment_capture;
CREATE TRIGGER segment_capture AFTER INSERT OR DELETE OR UPDATE ON shop.items FOR EACH ROW EXECUTE FUNCTION segment.capture();
ALTER TRIGGER segment_capture ON shop.items DEPENDS ON EXTENSION segment;
ALTER TABLE shop.items ENABLE ALWAYS TRIGGER segment_capture;
CREATE TRIGGER segment_capture AFTER INSERT OR DELETE OR UPDATE ON shop.orders FOR EACH ROW EXECUTE FUNCTION segment.capture();
ALTER TRIGGER segment_capture ON shop.orders DEPENDS ON EXTENSION segment;
ALTER TABLE shop.orders ENABLE ALWAYS TRIGGER segment_capture;
CREATE TRIGGER segment_capture AFTER INSERT OR DELETE OR UPDATE ON shop.tickets FOR EACH ROW EXECUTE FUNCTION segment.capture();
ALTER TRIGGER segment_capture ON shop.tickets DEPENDS ON EXTENSION segment;
ALTER TABLE shop.tickets ENABLE ALWAYS TRIGGER segment_capture;
CREATE TRIGGER segment_capture AFTER INSERT OR DELETE OR UPDATE ON shop.visits FOR EACH ROW EXECUTE FUNCTION segment.capture();
ALTER TRIGGER segment_capture ON shop.visits DEPENDS ON EXTENSION segment;
ALTER TABLE shop.visits ENABLE ALWAYS TRIGGER segment_capture;
CREATE TRIGGER segment_capture_truncate AFTER TRUNCATE ON shop.customers FOR EACH STATEMENT EXECUTE FUNCTION segment.capture_truncate();
ALTER TRIGGER segment_capture_truncate ON shop.customers DEPENDS ON EXTENSION segment;
ALTER TABLE shop.customers ENABLE ALWAYS TRIGGER segment_capture_truncate;
CREATE TRIGGER segment_capture_truncate AFTER TRUNCATE ON shop.items FOR EACH STATEMENT EXECUTE FUNCTION segment.capture_truncate();
ALTER TRIGGER segment_capture_truncate ON shop.items DEPENDS ON EXTENSION segment;
ALTER TABLE shop.items ENABLE ALWAYS TRIGGER segment_capture_truncate;
CREATE TRIGGER segment_capture_truncate AFTER TRUNCATE ON shop.orders FOR EACH STATEMENT EXECUTE FUNCTION segment.capture_truncate();
ALTER TRIGGER segment_capture_truncate ON shop.orders DEPENDS ON EXTENSION segment;
ALTER TABLE shop.orders ENABLE ALWAYS TRIGGER segment_capture_truncate;
CREATE TRIGGER segment_capture_truncate AFTER TRUNCATE ON shop.tickets FOR EACH STATEMENT EXECUTE FUNCTION segment.capture_truncate();
ALTER TRIGGER segment_capture_truncate ON shop.tickets DEPENDS ON EXTENSION segment;
ALTER TABLE shop.tickets ENABLE ALWAYS TRIGGER segment_capture_truncate;
CREATE TRIGGER segment_capture_truncate AFTER TRUNCATE ON shop.visits FOR EACH STATEMENT EXECUTE FUNCTION segment.capture_truncate();
ALTER TRIGGER segment_capture_truncate ON shop.visits DEPENDS ON EXTENSION segment;
ALTER TABLE shop.visits ENABLE ALWAYS TRIGGER segment_capture_truncate;
CREATE TRIGGER segment_capture_truncate AFTER TRUNCATE ON shop.visits_1 FOR EACH STATEMENT EXECUTE FUNCTION segment.capture_truncate();
ALTER TRIGGER segment_capture_truncate ON shop.visits_1 DEPENDS ON EXTENSION segment;
ALTER TABLE shop.visits_1 ENABLE ALWAYS TRIGGER segment_capture_truncate;
CREATE TRIGGER segment_capture_truncate AFTER TRUNCATE ON shop.visits_2 FOR EACH STATEMENT EXECUTE FUNCTION segment.capture_truncate();
ALTER TRIGGER segment_capture_truncate ON shop.visits_2 DEPENDS ON EXTENSION segment;
ALTER TABLE shop.visits_2 ENABLE ALWAYS TRIGGER segment_capture_truncate;
CREATE TRIGGER segment_capture_truncate AFTER TRUNCATE ON shop.visits_3 FOR EACH STATEMENT EXECUTE FUNCTION segment.capture_truncate();
ALTER TRIGGER segment_capture_truncate ON shop.visits_3 DEPENDS ON EXTENSION segment;
ALTER TABLE shop.visits_3 ENABLE ALWAYS TRIGGER segment_capture_truncate;
CREATE TRIGGER segment_capture_truncate AFTER TRUNCATE ON shop.visits_other FOR EACH STATEMENT EXECUTE FUNCTION segment.capture_truncate();
ALTER TRIGGER segment_capture_truncate ON shop.visits_other DEPENDS ON EXTENSION segment;
ALTER TABLE shop.visits_other ENABLE ALWAYS TRIGGER segment_capture_truncate;
ALTER TABLE ONLY segment_data.customer_override
    ADD CONSTRAINT customer_override_scheme_id_fkey FOREIGN KEY (scheme_id) REFERENCES segment.scheme(scheme_id) ON DELETE CASCADE;
ALTER TABLE ONLY shop.items
    ADD CONSTRAINT items_order_id_fkey FOREIGN KEY (order_id) REFERENCES shop.orders(id) ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE ONLY shop.tickets
    ADD CONSTRAINT tickets_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES shop.customers(id) ON UPDATE CASCADE ON DELETE CASCADE;
REFRESH MATERIALIZED VIEW segment_data.activity_scorecard;
REFRESH MATERIALIZED VIEW segment_data.value_scorecard;
ALTER SCHEMA shop OWNER TO keeper;
ALTER TABLE shop.customers OWNER TO keeper;
ALTER TABLE shop.orders OWNER TO keeper;
ALTER TABLE shop.items OWNER TO keeper;
ALTER TABLE shop.tickets OWNER TO keeper;
ALTER TABLE shop.visits OWNER TO keeper;
ALTER TABLE shop.visits_1 OWNER TO keeper;
ALTER TABLE shop.visits_2 OWNER TO keeper;
ALTER TABLE shop.visits_3 OWNER TO keeper;
ALTER TABLE shop.visits_other OWNER TO keeper;
ALTER VIEW segment_data.customer_anchor OWNER TO keeper;
