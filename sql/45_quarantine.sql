/* Customers whose data fail. */

CREATE TABLE segment.quarantine (
    population_id   int NOT NULL REFERENCES segment.population ON DELETE CASCADE,
    key             text NOT NULL,
    phase           text NOT NULL CHECK (phase OPERATOR(pg_catalog.=) 'ledger' OR phase OPERATOR(pg_catalog.=) 'evaluation'),
    source          text NOT NULL DEFAULT '',
    feature         text,
    scheme          text,
    sqlstate        text NOT NULL,
    message         text NOT NULL,
    hint            text,
    since           timestamptz NOT NULL DEFAULT pg_catalog.now(),
    last_seen       timestamptz NOT NULL DEFAULT pg_catalog.now(),
    PRIMARY KEY (population_id, key, phase, source)
);
COMMENT ON TABLE segment.quarantine IS 'customers whose data fail: a refresh leaves their ledger, features and segments as they were and goes on with the others; readers have the view segment.quarantined';
COMMENT ON COLUMN segment.quarantine.key IS 'the customer''s key as text';
COMMENT ON COLUMN segment.quarantine.phase IS 'ledger: an event cannot be counted, so that the source''s ledger is kept as it was and the customer is not evaluated; evaluation: a feature or a rule fails';
COMMENT ON COLUMN segment.quarantine.source IS 'whose events fail; empty for an evaluation';
COMMENT ON COLUMN segment.quarantine.feature IS 'the feature that fails, where that could be found';
COMMENT ON COLUMN segment.quarantine.scheme IS 'the scheme of which a rule or a score fails, where that could be found';
COMMENT ON COLUMN segment.quarantine.since IS 'start of the refresh that found it';
COMMENT ON COLUMN segment.quarantine.last_seen IS 'start of the last refresh that found it again';

CREATE VIEW segment.quarantined WITH (security_barrier) AS
SELECT p.name AS population, q.key AS customer, q.phase, nullif(q.source, '') AS source, q.feature, q.scheme, q.sqlstate, q.message, q.hint, q.since, q.last_seen
  FROM segment.quarantine q
  JOIN segment.population p ON p.population_id OPERATOR(pg_catalog.=) q.population_id
  JOIN pg_class c ON c.oid OPERATOR(pg_catalog.=) p.anchor
 WHERE pg_has_role(current_user, c.relowner, 'MEMBER');
COMMENT ON VIEW segment.quarantined IS 'customers whose data fail, each with the error''s SQLSTATE, message and hint, of the populations whose owner the reader is a member of: they keep the segments they had; they are tried again when their data or the definitions change, and every new day';
GRANT SELECT ON segment.quarantined TO PUBLIC;
