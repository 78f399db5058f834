-- Checking what is mapped --------------------------------------------------------------------------------------------

CREATE FUNCTION segment.check_sources(population text DEFAULT NULL)
    RETURNS TABLE (source text, severity text, problem text, rows bigint, remedy text)
    AS 'MODULE_PATHNAME', 'segment_check_sources' LANGUAGE C VOLATILE;
COMMENT ON FUNCTION segment.check_sources(text) IS
'what is wrong with the mapped relations: no rows when all is fine. source: the source''s name, or the population''s for its own relation; '
'severity: error (the next refresh fails or counts wrongly), warning (works slowly, or leaves rows out), note (works at a price); rows: how many '
'are concerned, NULL where none were counted; remedy: the statement that cures it, or shows the rows. Reads every mapped relation as the '
'population''s owner. Without a population: all those whose owner the caller is a member of. Errors: 42704 no such population, 42501 not a member';
