-- Expressions: what a user's text would become.

CREATE FUNCTION segment.check_expression(
	expression text,
	columns jsonb,
	safe_division boolean DEFAULT true,
	wanted regtype DEFAULT NULL,
	OUT checked text,
	OUT type regtype,
	OUT used text[])
LANGUAGE C STABLE PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'segment_check_expression';
COMMENT ON FUNCTION segment.check_expression(text, jsonb, boolean, regtype) IS
'What would this text become? Checks a measure, filter, feature or rule text over columns such as {"revenue": "numeric"} and returns one row: the SQL that would run, its type, and the names used, in the order of columns. Allowed are columns, constants, CASE, IN, casts, and the immutable functions and operators of pg_catalog but repeat, lpad, rpad and factorial, on built-in value types; a domain counts as its base type, an enum as text. wanted is the type that is due (boolean for a rule), coerced as in an assignment; NULL takes any. With safe_division (the default) a / b means a / NULLIF(b, 0). Errors, with the position in the text: 42601 no single expression, 42703 unknown column, 42P17 depends on more than its arguments, 0A000 not allowed, 42883 no such function, 42804 wrong type, 22007 constant that depends on settings, 54000 longer than 10240 bytes.';
