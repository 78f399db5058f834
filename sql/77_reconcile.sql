/* Would an auditor agree with the totals? */

CREATE FUNCTION segment.reconcile(period date DEFAULT NULL, scheme text DEFAULT NULL)
RETURNS TABLE (source text, measure text, scorecards numeric, tables numeric, difference numeric, reason text, scheme_name text, period_start date)
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'segment_reconcile' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.reconcile(date, text) IS
'scorecards against your own tables, read now as the population''s owner, in one snapshot: per scheme, period, source and measure (in the measure''s unit and scale; <source>_events counts rows) the sum over all rows of the scorecard, the sum of the table, difference = scorecards - tables, and why they differ, each reason with its amount: events of days after the last refresh, changes not yet refreshed, customers in quarantine, late facts of a stale period; tables NULL: rows of it fail in the source''s query; scorecards NULL: the period is from before the scheme''s history. reason NULL: nothing differs. period: any day of it, by default every period that has a scorecard; scheme: by default all of the populations whose owner the caller is a member of. Rows that the mapping leaves out (filter, no date) are on neither side. Errors: 22023 the period had not begun at the last refresh, 25001 the transaction has changed mapped relations itself, 55000 no scorecard, 42704 no such scheme, 42501 not a member of the population''s owner';
REVOKE ALL ON FUNCTION segment.reconcile(date, text) FROM PUBLIC;
