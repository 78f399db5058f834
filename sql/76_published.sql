/* Scorecards as they were believed at a moment. */

CREATE FUNCTION segment.scorecard_as_published(scheme text, published_at timestamptz)
RETURNS TABLE (period_start date, period_end date, segment text, source text, dimension text, metric text, value numeric, is_final boolean, computed_at timestamptz)
LANGUAGE C STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'segment_scorecard_as_published' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.scorecard_as_published(text, timestamptz) IS
'the long scorecard as it was believed at a moment, in the columns of segment_data.<scheme>_scorecard, which is the same as known now. A period that was final by then: exactly what was published then. One that was open: what was published last on that day of the population''s time zone, since an open period keeps one state a day. What was computed by 0.1 is known from its last change on. Errors: 42704 no such scheme, 55000 it has no facts, 42501 not a member of the population''s owner';
REVOKE ALL ON FUNCTION segment.scorecard_as_published(text, timestamptz) FROM PUBLIC;

CREATE FUNCTION segment.breakdown_as_published(scheme text, published_at timestamptz)
RETURNS TABLE (period_start date, period_end date, segment text, breakdown text, source text, label text, metric text, value numeric, is_final boolean, computed_at timestamptz)
LANGUAGE C STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'segment_breakdown_as_published' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.breakdown_as_published(text, timestamptz) IS
'what segment_data.<scheme>_breakdown was believed to be at a moment: activity against the month before (breakdown '''') as segment.scorecard_as_published has the facts; facts by attributes of customers (breakdown its name, label its value) of the periods that were final by then, as attributes were when these were computed. Errors: 42704 no such scheme, 55000 it has no facts, 42501 not a member of the population''s owner';
REVOKE ALL ON FUNCTION segment.breakdown_as_published(text, timestamptz) FROM PUBLIC;
