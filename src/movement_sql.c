/*
 * movement_sql.c
 *	  The queries by which moves are read.
 *
 * The formulas are functions in C (bridge.c); what is here sums and names.
 */
#include "postgres.h"

#include "facts.h"
#include "movement_sql.h"

/* Views keep this text as a parsed tree, but it is read with whatever operators there are. */
#define EQ " OPERATOR(pg_catalog.=) "
#define NE " OPERATOR(pg_catalog.<>) "
#define PLUS " OPERATOR(pg_catalog.+) "
#define MINUS " OPERATOR(pg_catalog.-) "
#define TIMES " OPERATOR(pg_catalog.*) "
#define OVER " OPERATOR(pg_catalog./) "
#define SUM "pg_catalog.sum"
#define NEW "'" FACTS_ROW_NEW "'::text"

const char *const migration_columns[][2] = {
	{"from_segment", "where the customers were at the end of the day before; new: not there yet; unassigned: "
					 "no customer, or one from before any history"},
	{"to_segment", "where they were at the end of the last day; removed: gone"},
	{"customers", "how many"},
	{"probability", "their share, 0 to 1, of those who began in from_segment"},
	{"behaviour", "of them, moved by what they did or did not do: any move of theirs by data or time"},
	{"definition", "moved by new rules or cut points alone, or because the scheme began or ended"},
	{"manual", "moved by overrides"},
	{"merge", "merged with another customer, or parted"},
	{"value_before", "what these customers were worth before"},
	{"value_after", "what the same customers are worth after"},
	{"impact", "value_after - value_before"},
	{"behaviour_impact", "the same of those moved by their behaviour"},
	{NULL, NULL}};

char *
migration_query(const char *rows)
{
	return psprintf(
		"SELECT g.scheme, g.period_start, g.period_end, g.from_segment, g.to_segment, g.customers, "
		"(g.customers" OVER "NULLIF(" SUM "(g.customers) OVER w, 0))::double precision AS probability, "
		"g.behaviour, g.definition, g.manual, g.merge, g.value_before, g.value_after, "
		"g.value_after" MINUS "g.value_before AS impact, g.behaviour_impact, "
		"g.measure, g.is_final, g.computed_at "
		"FROM (SELECT r.scheme, r.period_start, r.period_end, r.from_segment, r.to_segment, " SUM
		"(r.customers)::bigint AS customers, "
		"COALESCE(" SUM "(r.customers) FILTER (WHERE r.cause" EQ "'behaviour'), 0)::bigint AS behaviour, "
		"COALESCE(" SUM "(r.customers) FILTER (WHERE r.cause" EQ "'definition'), 0)::bigint AS definition, "
		"COALESCE(" SUM "(r.customers) FILTER (WHERE r.cause" EQ "'manual'), 0)::bigint AS manual, "
		"COALESCE(" SUM "(r.customers) FILTER (WHERE r.cause" EQ "'merge'), 0)::bigint AS merge, " SUM
		"(r.value_before) AS value_before, " SUM "(r.value_after) AS value_after, " SUM
		"((r.value_after" MINUS "r.value_before)" TIMES "(r.cause" EQ
		"'behaviour')::int::numeric) AS behaviour_impact, "
		"pg_catalog.max(r.measure) AS measure, pg_catalog.bool_and(r.is_final) AS is_final, "
		"pg_catalog.max(r.computed_at) AS computed_at "
		"FROM (%s) r GROUP BY r.scheme, r.period_start, r.period_end, r.from_segment, r.to_segment) g "
		"WINDOW w AS (PARTITION BY g.scheme, g.period_start, g.from_segment) "
		"ORDER BY g.scheme, g.period_start, g.from_segment, g.to_segment",
		rows);
}

const char *const value_bridge_columns[][2] = {
	{"segment", "where customers began (customers_before to value_after) or ended (customers_after to "
				"removed); new: came; removed: gone; unassigned: no customer"},
	{"customers_before", "who began here"},
	{"value_before", "what they were worth"},
	{"lapsed", "value_before of those who have none after"},
	{"contraction", "by how much others have less after"},
	{"expansion", "by how much others have more after"},
	{"acquired", "value of those who were not there before"},
	{"other", "change of what belongs to no customer"},
	{"value_after",
	 "value_before - lapsed - contraction + expansion + acquired + other: what those who began "
	 "here are worth after, wherever they are"},
	{"upgrade", "of those who moved on to segments of more value per customer: the difference at the values "
				"before"},
	{"downgrade", "of those who moved on to segments of less value per customer; negative"},
	{"customers_after", "who ended here"},
	{"closing_value", "what they are worth: value_before + migration + within_segment + landed - removed"},
	{"migration",
	 "of who was there throughout: change in number, at the mean of value per customer before and "
	 "after"},
	{"within_segment", "the same customers: change in value per customer, at the mean number"},
	{"landed", "value of those who came, where they ended"},
	{"removed", "value before of those who are gone"},
	{"volume", "of closing_value - value_before: as many customers more, in the old proportions"},
	{"mix", "other proportions, at the values before"},
	{"rate", "other values per customer"},
	{NULL, NULL}};

/* Per segment: sums of who began and of who ended there, and of both the part that was there throughout. */
static char *
segment_sums(void)
{
	return pstrdup("SELECT m.scheme, m.period_start, m.period_end, x.segment, " SUM "(m.customers" TIMES
				   "x.began" TIMES "(m.from_segment" NE NEW ")::int)::bigint AS customers_before, " SUM
				   "(m.value_before" TIMES "x.began) AS value_before, " SUM "(m.lapsed" TIMES
				   "x.began) AS lapsed, " SUM "(m.contraction" TIMES "x.began) AS contraction, " SUM
				   "(m.expansion" TIMES "x.began) AS expansion, " SUM "(m.acquired" TIMES
				   "x.began) AS acquired, " SUM "(m.value_after" TIMES "x.began) AS value_after, " SUM
				   "(m.customers" TIMES "x.ended" TIMES "(NOT m.gone)::int)::bigint AS customers_after, " SUM
				   "(m.value_after" TIMES "x.ended) AS closing_value, " SUM "(m.customers" TIMES
				   "x.began" TIMES "m.kept)::bigint AS kept_customers_before, " SUM "(m.value_before" TIMES
				   "x.began" TIMES "m.kept) AS kept_before, " SUM "(m.customers" TIMES "x.ended" TIMES
				   "m.kept)::bigint AS kept_customers_after, " SUM "(m.value_after" TIMES "x.ended" TIMES
				   "m.kept) AS kept_after, "
				   "pg_catalog.max(m.measure) AS measure, pg_catalog.bool_and(m.is_final) AS is_final, "
				   "pg_catalog.max(m.computed_at) AS computed_at "
				   "FROM m CROSS JOIN LATERAL (VALUES (m.from_segment, 1, 0), (m.to_segment, 0, 1)) "
				   "AS x(segment, began, ended) GROUP BY m.scheme, m.period_start, m.period_end, x.segment");
}

/* What moving on is worth: at the segments' values per customer before, or after where nobody was before. */
static char *
segment_shifts(void)
{
	static const char gain[] = "m.customers" TIMES "(t.each" MINUS "f.each)";

	return psprintf("SELECT m.scheme, m.period_start, m.from_segment AS segment, "
					"pg_catalog.round(pg_catalog.sum(GREATEST(%s, 0)), 8) AS upgrade, "
					"pg_catalog.round(pg_catalog.sum(LEAST(%s, 0)), 8) AS downgrade "
					"FROM m JOIN each f ON f.scheme" EQ "m.scheme AND f.period_start" EQ "m.period_start "
					"AND f.segment" EQ "m.from_segment "
					"JOIN each t ON t.scheme" EQ "m.scheme AND t.period_start" EQ "m.period_start "
					"AND t.segment" EQ "m.to_segment WHERE m.kept" EQ "1 "
					"GROUP BY m.scheme, m.period_start, m.from_segment",
					gain, gain);
}

char *
value_bridge_query(const char *rows)
{
	return psprintf(
		"WITH m AS (SELECT r.*, (r.from_segment" NE NEW " AND NOT r.gone)::int AS kept FROM (%s) r), "
		"s AS (%s), "
		"each AS (SELECT s.scheme, s.period_start, s.segment, COALESCE(s.kept_before" OVER
		"NULLIF(s.kept_customers_before, 0), s.kept_after" OVER "NULLIF(s.kept_customers_after, 0)) "
		"AS each FROM s), "
		"shift AS (%s) "
		"SELECT s.scheme, s.period_start, s.period_end, s.segment, s.customers_before, s.value_before, "
		"s.lapsed, "
		"s.contraction, s.expansion, s.acquired, "
		"s.value_after" MINUS "s.value_before" PLUS "s.lapsed" PLUS "s.contraction" MINUS "s.expansion" MINUS
		"s.acquired AS other, s.value_after, "
		"COALESCE(shift.upgrade, 0" TIMES "s.value_before) AS upgrade, "
		"COALESCE(shift.downgrade, 0" TIMES "s.value_before) AS downgrade, "
		"s.customers_after, s.closing_value, p.migration, "
		"s.kept_after" MINUS "s.kept_before" MINUS "p.migration AS within_segment, "
		"s.closing_value" MINUS "s.kept_after AS landed, s.value_before" MINUS "s.kept_before AS removed, "
		"v.volume, v.mix, v.rate, s.measure, s.is_final, s.computed_at "
		"FROM s LEFT JOIN shift ON shift.scheme" EQ "s.scheme AND shift.period_start" EQ "s.period_start "
		"AND shift.segment" EQ "s.segment "
		"CROSS JOIN LATERAL (SELECT " SUM "(a.customers_before)::bigint AS before, " SUM
		"(a.customers_after)::bigint AS after FROM s a WHERE a.scheme" EQ "s.scheme "
		"AND a.period_start" EQ "s.period_start) a "
		"CROSS JOIN LATERAL segment.midpoint_effect(s.kept_customers_before, s.kept_before, "
		"s.kept_customers_after, s.kept_after) AS p(migration) "
		"CROSS JOIN LATERAL segment.volume_mix_rate(s.customers_before, s.value_before, s.customers_after, "
		"s.closing_value, a.before, a.after) AS v "
		"ORDER BY s.scheme, s.period_start, s.segment",
		rows, segment_sums(), segment_shifts());
}
