/* What is done with a segment: the value proposition and the next action in force, dated; and milestones. */

CREATE TABLE segment.segment_treatment (
    scheme_id      int NOT NULL REFERENCES segment.scheme ON DELETE CASCADE,
    segment        segment.label NOT NULL,
    since          date NOT NULL,
    proposition    text,
    next_action    text,
    channel        text,
    budget         numeric,
    comment        text,
    set_by         name NOT NULL DEFAULT SESSION_USER,
    set_at         timestamptz NOT NULL DEFAULT pg_catalog.now(),
    PRIMARY KEY (scheme_id, segment, since)
);
COMMENT ON TABLE segment.segment_treatment IS 'from which day on what is offered to a segment and done with it, until the next row''s day; see the view segment.treatment';
COMMENT ON COLUMN segment.segment_treatment.budget IS 'money set aside for it, in the currency of the measures';

CREATE VIEW segment.treatment AS
SELECT s.name::text COLLATE pg_catalog."default" AS scheme, t.segment::text COLLATE pg_catalog."default" AS segment, t.valid, t.valid OPERATOR(pg_catalog.@>) d.day AS in_force,
       t.proposition, t.next_action, t.channel, t.budget, t.comment, t.set_by, t.set_at
  FROM (SELECT t.*, pg_catalog.daterange(t.since, pg_catalog.lead(t.since) OVER (PARTITION BY t.scheme_id, t.segment ORDER BY t.since)) AS valid
          FROM segment.segment_treatment t) t
  JOIN segment.scheme s ON s.scheme_id OPERATOR(pg_catalog.=) t.scheme_id
  JOIN segment.business_day d ON d.population_id OPERATOR(pg_catalog.=) s.population_id;
COMMENT ON VIEW segment.treatment IS 'the value proposition and next action of each segment and when: valid is a range of days, of which no two of a segment overlap; in_force: today';

CREATE FUNCTION segment.set_treatment(scheme text, segment text, proposition text DEFAULT NULL, next_action text DEFAULT NULL,
    since date DEFAULT NULL, channel text DEFAULT NULL, budget numeric DEFAULT NULL, comment text DEFAULT NULL)
RETURNS void LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_set_treatment' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.set_treatment(text, text, text, text, date, text, numeric, text) IS
'what a segment is offered and what is done next, from a day on (default: today), until the day of the next row; what is left NULL is carried over from the treatment in force on that day, an empty text ends it; the same day again edits that row. budget in the currency of the measures. Errors: 42704 no such scheme or segment, 22023 nothing given, infinite day or negative budget, 42501 not a member of the population''s owner';

CREATE TABLE segment.milestone (
    scheme_id      int NOT NULL REFERENCES segment.scheme ON DELETE CASCADE,
    segment        text NOT NULL,
    what           text NOT NULL CHECK (what OPERATOR(pg_catalog.~) '[^[:space:]]'),
    due            date NOT NULL,
    done_on        date,
    set_by         name NOT NULL DEFAULT SESSION_USER,
    set_at         timestamptz NOT NULL DEFAULT pg_catalog.now(),
    PRIMARY KEY (scheme_id, segment, what)
);
COMMENT ON TABLE segment.milestone IS 'what is to be done about a segment (empty: about the whole scheme) by when; see the view segment.milestone_status';

CREATE FUNCTION segment.set_milestone(scheme text, segment text, what text, due date DEFAULT NULL, done_on date DEFAULT NULL)
RETURNS void LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_set_milestone' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.set_milestone(text, text, text, date, date) IS
'something to be done about a segment ('''' or NULL: the whole scheme) by a day; the same text again moves its day or marks it done. Errors: 42704 no such scheme or segment, 22004 no text, or a new milestone without a day, 22023 empty text or infinite day, 42501 not a member of the population''s owner';

CREATE FUNCTION segment.drop_milestone(scheme text, segment text, what text)
RETURNS void LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_drop_milestone' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.drop_milestone(text, text, text) IS
'take back a milestone. Errors: 42704 no such scheme or milestone, 42501 not a member of the population''s owner';

CREATE VIEW segment.milestone_status AS
SELECT s.name::text COLLATE pg_catalog."default" AS scheme, m.segment, m.what, m.due, m.done_on,
       CASE WHEN m.done_on OPERATOR(pg_catalog.<=) m.due THEN 'done'
            WHEN m.done_on IS NOT NULL THEN 'done late'
            WHEN m.due OPERATOR(pg_catalog.<) d.day THEN 'overdue'
            ELSE 'due' END AS status,
       COALESCE(m.done_on, d.day) OPERATOR(pg_catalog.-) m.due AS days_late,
       o.owner, m.set_by, m.set_at
  FROM segment.milestone m
  JOIN segment.scheme s ON s.scheme_id OPERATOR(pg_catalog.=) m.scheme_id
  JOIN segment.business_day d ON d.population_id OPERATOR(pg_catalog.=) s.population_id
  LEFT JOIN LATERAL (
      SELECT o.owner FROM segment.segment_owner o WHERE o.scheme_id OPERATOR(pg_catalog.=) m.scheme_id
         AND o.segment::text OPERATOR(pg_catalog.=) m.segment AND o.since OPERATOR(pg_catalog.<=) d.day ORDER BY o.since DESC LIMIT 1) o ON true;
COMMENT ON VIEW segment.milestone_status IS 'milestones: done, done late, due or overdue; days_late: done, or today, minus due, negative while there is time; owner: who answers for the segment today';

CREATE VIEW segment.segment_status AS
SELECT s.name::text COLLATE pg_catalog."default" AS scheme, g.name AS segment, g.priority, o.owner, r.role,
       COALESCE(r.role OPERATOR(pg_catalog.=) 'target', false) AS is_target, t.proposition, t.next_action, m.next_due, m.overdue
  FROM segment.scheme s
  JOIN segment.business_day d ON d.population_id OPERATOR(pg_catalog.=) s.population_id
 CROSS JOIN LATERAL (
     SELECT v.name, v.priority FROM segment.version_segment v
      WHERE v.scheme_id OPERATOR(pg_catalog.=) s.scheme_id AND v.version OPERATOR(pg_catalog.=) s.version
     UNION ALL SELECT v.default_segment, NULL FROM segment.scheme_version v
      WHERE v.scheme_id OPERATOR(pg_catalog.=) s.scheme_id AND v.version OPERATOR(pg_catalog.=) s.version) g
  LEFT JOIN LATERAL (
      SELECT o.owner FROM segment.segment_owner o WHERE o.scheme_id OPERATOR(pg_catalog.=) s.scheme_id
         AND o.segment::text OPERATOR(pg_catalog.=) g.name AND o.since OPERATOR(pg_catalog.<=) d.day ORDER BY o.since DESC LIMIT 1) o ON true
  LEFT JOIN segment.segment_role r ON r.scheme_id OPERATOR(pg_catalog.=) s.scheme_id AND r.segment::text OPERATOR(pg_catalog.=) g.name
  LEFT JOIN LATERAL (
      SELECT t.proposition, t.next_action FROM segment.segment_treatment t WHERE t.scheme_id OPERATOR(pg_catalog.=) s.scheme_id
         AND t.segment::text OPERATOR(pg_catalog.=) g.name AND t.since OPERATOR(pg_catalog.<=) d.day ORDER BY t.since DESC LIMIT 1) t ON true
 CROSS JOIN LATERAL (
      SELECT pg_catalog.min(m.due) AS next_due, pg_catalog.count(*) FILTER (WHERE m.due OPERATOR(pg_catalog.<) d.day) AS overdue
        FROM segment.milestone m WHERE m.scheme_id OPERATOR(pg_catalog.=) s.scheme_id AND m.segment OPERATOR(pg_catalog.=) g.name
         AND m.done_on IS NULL) m
 WHERE s.state OPERATOR(pg_catalog.=) 'active';
COMMENT ON VIEW segment.segment_status IS 'every segment in force: who answers for it, its role and whether it is a target, the proposition and next action of today, its next open milestone and how many are overdue; the default segment has no priority';

REVOKE ALL ON FUNCTION segment.set_treatment(text, text, text, text, date, text, numeric, text),
    segment.set_milestone(text, text, text, date, date), segment.drop_milestone(text, text, text) FROM PUBLIC;

SELECT pg_catalog.pg_extension_config_dump('segment.segment_treatment', '');
SELECT pg_catalog.pg_extension_config_dump('segment.milestone', '');
