/* Who holds how much of revenue and profit, and which segments are worth being strong in. */

CREATE FUNCTION segment.concentration(measure text, scheme text DEFAULT NULL, population text DEFAULT NULL, within interval DEFAULT NULL,
    OUT segment text, OUT customers bigint, OUT total numeric, OUT share_of_customers numeric, OUT share_of_total numeric,
    OUT gini double precision, OUT top_1 double precision, OUT top_10 double precision, OUT top_20 double precision,
    OUT negative bigint, OUT peak numeric, OUT peak_customers bigint, OUT note text)
RETURNS SETOF record LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_concentration' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.concentration(text, text, text, interval) IS
'how much of a measure few customers hold, at the last refresh: of the whole population (segment NULL) and, with a scheme, of each segment. measure: an expression over the population''s measures, such as revenue, or revenue - cogs for profit; within: of the window before the last refresh, all time when left out. A customer without events counts as 0. total in the measure''s unit; shares 0 to 1; gini 0 (equal) to 1, NULL with negative values, where it has no meaning; top_1, top_10, top_20: the share of total that the first 1, 10, 20 % of the customers hold (rounded up to whole ones); negative: customers who cost more than they bring; peak, peak_customers: where the whale curve is highest: the total of the best customers before losses eat it up, and how many they are. Errors: 42704 no such scheme or population, those of segment.check_expression, 55000 never refreshed or scheme not active, 22023 within is not positive, 42501 not a member of the population''s owner';

CREATE FUNCTION segment.concentration_curve(measure text, population text DEFAULT NULL, within interval DEFAULT NULL, points int DEFAULT 100,
    OUT share_of_customers numeric, OUT customers bigint, OUT running_total numeric, OUT share_of_total numeric)
RETURNS SETOF record LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_concentration_curve' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.concentration_curve(text, text, interval, int) IS
'the curve behind segment.concentration, the best customers first, at so many points (2 to 10000): the Lorenz curve of revenue, turned round; the whale curve of profit, which rises above 1 and comes down again. Errors as there';

CREATE FUNCTION segment.spend_and_margin(scheme text, spend text DEFAULT 'revenue', margin text DEFAULT 'revenue - cogs', within interval DEFAULT '1 year',
    OUT segment text, OUT customers bigint, OUT spend numeric, OUT margin numeric, OUT share_of_customers numeric, OUT share_of_spend numeric,
    OUT share_of_margin numeric, OUT margin_rate numeric, OUT index numeric)
RETURNS SETOF record LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_spend_and_margin' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.spend_and_margin(text, text, text, interval) IS
'each segment''s share of spend against its share of margin, by who is in it now: spend and margin are expressions over measures; shares 0 to 1, index = share of margin / share of spend x 100. Errors as of segment.concentration';

CREATE FUNCTION segment.profit_deciles(scheme text, measure text DEFAULT 'revenue - cogs', within interval DEFAULT '1 year',
    OUT decile int, OUT segment text, OUT customers bigint, OUT total numeric, OUT share_of_decile numeric)
RETURNS SETOF record LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_profit_deciles' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.profit_deciles(text, text, interval) IS
'customers in tenths by profit, 1 the best, and which segments they are in: customers, their profit and their share of the tenth (0 to 1). Tenths are by cut points, so customers of equal profit share one, and some may be empty. Errors as of segment.concentration';

CREATE FUNCTION segment.attractiveness(scheme text, weights jsonb, period date DEFAULT NULL, scaled_by date DEFAULT NULL,
    OUT segment text, OUT axis text, OUT metric text, OUT weight numeric, OUT value numeric, OUT lowest numeric, OUT highest numeric, OUT score numeric)
RETURNS SETOF record LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'segment_attractiveness' SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION segment.attractiveness(text, jsonb, date, date) IS
'a matrix of strength and attractiveness with its weights in sight. weights: {"attractiveness": {"metric": weight, ...}, "strength": {...}}, weights above 0, relative to each other within an axis. period: first day of a month, by default the last final one. Each metric is scaled from its lowest (0) to its highest (100) value over the segments of the period scaled_by, by default the same: give one to compare periods by one scale, which a final period keeps for good; a metric whose direction is down scales the other way. Rows: one per segment, axis and metric, and with metric NULL the axis'' weighted mean, score 0 to 100 (beyond with another scaled_by), NULL where a metric is missing. Errors: 42704 no such scheme or metric, 22023 weights of another shape or a month without facts, 42501 not a member of the population''s owner';

REVOKE ALL ON FUNCTION segment.concentration(text, text, text, interval), segment.concentration_curve(text, text, interval, int),
    segment.spend_and_margin(text, text, text, interval), segment.profit_deciles(text, text, interval),
    segment.attractiveness(text, jsonb, date, date) FROM PUBLIC;
