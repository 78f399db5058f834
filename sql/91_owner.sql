/*
 * Who answers for a segment, dated; what a segment is for; and the reviews of a scheme.
 * Rows say since when, never until when: so that no two can overlap, nor a gap come by mistake.
 */

CREATE VIEW segment.business_day AS
SELECT d.population_id,
       CASE WHEN d.as_of OPERATOR(pg_catalog.>) d.today
              OR d.as_of OPERATOR(pg_catalog.<) (d.today OPERATOR(pg_catalog.-)
                 COALESCE(pg_catalog.current_setting('segment.catch_up_days', true), '31')::int)
            THEN d.as_of ELSE d.today END AS day
  FROM (SELECT p.population_id, p.as_of, segment.today(p.timezone) AS today FROM segment.population p) d;
COMMENT ON VIEW segment.business_day IS 'the day by which things are in force or overdue, per population: today in its time zone, or the day of its last refresh where that is further back than segment.catch_up_days (data of the past)';

CREATE TABLE segment.segment_owner (
    scheme_id      int NOT NULL REFERENCES segment.scheme ON DELETE CASCADE,
    segment        segment.label NOT NULL,
    since          date NOT NULL,
    owner          text NOT NULL CHECK (owner OPERATOR(pg_catalog.~) '[^[:space:]]'),
    comment        text,
    set_by         name NOT NULL DEFAULT SESSION_USER,
    set_at         timestamptz NOT NULL DEFAULT pg_catalog.now(),
    PRIMARY KEY (scheme_id, segment, since)
);
COMMENT ON TABLE segment.segment_owner IS 'from which day on who answers for a segment, until the next row''s day; see the view segment.owner';

CREATE VIEW segment.owner AS
SELECT s.name::text COLLATE pg_catalog."default" AS scheme, o.segment::text COLLATE pg_catalog."default" AS segment, o.owner, o.valid, o.valid OPERATOR(pg_catalog.@>) d.day AS in_force,
       o.comment, o.set_by, o.set_at
  FROM (SELECT o.*, pg_catalog.daterange(o.since, pg_catalog.lead(o.since) OVER (PARTITION BY o.scheme_id, o.segment ORDER BY o.since)) AS valid
          FROM segment.segment_owner o) o
  JOIN segment.scheme s ON s.scheme_id OPERATOR(pg_catalog.=) o.scheme_id
  JOIN segment.business_day d ON d.population_id OPERATOR(pg_catalog.=) s.population_id;
COMMENT ON VIEW segment.owner IS 'who answers for each segment and when: valid is a range of days, of which no two of a segment overlap; in_force: today';

CREATE FUNCTION segment.set_owner(scheme text, segment text, owner text, since date DEFAULT NULL, comment text DEFAULT NULL)
RETURNS void LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_set_owner' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.set_owner(text, text, text, date, text) IS
'who answers for a segment from a day on (default: today, or the day of the last refresh where the data are of the past), until the day of the next row; the same day again replaces that row. Later rows stay. owner: a person or role, any text. Scorecards show the owner of a period''s last day. Errors: 42704 no such scheme or segment, 22004 an argument is null (an active segment is never without an owner: name the next), 22023 empty owner or infinite day, 42501 not a member of the population''s owner';

CREATE TABLE segment.segment_role (
    scheme_id      int NOT NULL REFERENCES segment.scheme ON DELETE CASCADE,
    segment        segment.label NOT NULL,
    role           text NOT NULL CHECK (role OPERATOR(pg_catalog.=) ANY (ARRAY['target', 'maintain', 'harvest', 'watch'])),
    set_by         name NOT NULL DEFAULT SESSION_USER,
    set_at         timestamptz NOT NULL DEFAULT pg_catalog.now(),
    PRIMARY KEY (scheme_id, segment)
);
COMMENT ON TABLE segment.segment_role IS 'what a segment is to the business: target (invest), maintain, harvest, watch; none said: no row';

CREATE FUNCTION segment.set_segment_role(scheme text, segment text, role text)
RETURNS void LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_set_segment_role' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.set_segment_role(text, text, text) IS
'what a segment is to the business: target, maintain, harvest or watch; NULL takes the role away. Errors: 42704 no such scheme or segment, 22023 no such role, 42501 not a member of the population''s owner';

CREATE TABLE segment.scheme_review (
    scheme_id      int NOT NULL REFERENCES segment.scheme ON DELETE CASCADE,
    reviewed_on    date NOT NULL,
    reviewed_at    timestamptz NOT NULL DEFAULT pg_catalog.now(),
    version        int,
    comment        text NOT NULL CHECK (comment OPERATOR(pg_catalog.~) '[^[:space:]]'),
    reviewed_by    name NOT NULL DEFAULT SESSION_USER
);
CREATE INDEX ON segment.scheme_review (scheme_id, reviewed_on);
COMMENT ON TABLE segment.scheme_review IS 'every review of a scheme: when, by whom, of which version, with what result';

CREATE FUNCTION segment.review(scheme text, comment text)
RETURNS date LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_review' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.review(text, text) IS
'record that a scheme was reviewed today, with the result; returns the day the next review is due by its review_every, NULL without one. Errors: 42704 no such scheme, 22004 or 22023 no comment, 42501 not a member of the population''s owner';

CREATE VIEW segment.review_due AS
SELECT s.name::text COLLATE pg_catalog."default" AS scheme, s.objective, s.review_every, r.reviews, r.last_review, r.reviewed_by, r.comment, n.due,
       n.due OPERATOR(pg_catalog.<) d.day AS overdue
  FROM segment.scheme s
  JOIN segment.business_day d ON d.population_id OPERATOR(pg_catalog.=) s.population_id
 CROSS JOIN LATERAL (
     SELECT pg_catalog.count(*) AS reviews, pg_catalog.max(r.reviewed_on) AS last_review,
            (pg_catalog.array_agg(r.reviewed_by ORDER BY r.reviewed_at DESC))[1] AS reviewed_by,
            (pg_catalog.array_agg(r.comment ORDER BY r.reviewed_at DESC))[1] AS comment
       FROM segment.scheme_review r WHERE r.scheme_id OPERATOR(pg_catalog.=) s.scheme_id) r
  LEFT JOIN LATERAL (
     SELECT pg_catalog.min(v.as_of) AS as_of FROM segment.scheme_version v WHERE v.scheme_id OPERATOR(pg_catalog.=) s.scheme_id) v ON true
 CROSS JOIN LATERAL (
     SELECT (COALESCE(r.last_review, v.as_of) OPERATOR(pg_catalog.+) s.review_every)::date AS due) n
 WHERE s.state OPERATOR(pg_catalog.=) 'active';
COMMENT ON VIEW segment.review_due IS 'active schemes and their reviews: due is review_every after the last review, or after the first activation; NULL without review_every; overdue: that day is past';

REVOKE ALL ON FUNCTION segment.set_owner(text, text, text, date, text), segment.set_segment_role(text, text, text),
    segment.review(text, text) FROM PUBLIC;

SELECT pg_catalog.pg_extension_config_dump('segment.segment_owner', '');
SELECT pg_catalog.pg_extension_config_dump('segment.segment_role', '');
SELECT pg_catalog.pg_extension_config_dump('segment.scheme_review', '');

COMMENT ON COLUMN segment.segment.owner IS 'named in the draft: takes over when it is activated, then NULL; who answers is in segment.owner';
COMMENT ON COLUMN segment.segment.proposition IS 'named in the draft: in force when it is activated, then NULL; see segment.treatment';
COMMENT ON COLUMN segment.version_segment.owner IS 'who answered for it when the version was put in force';
