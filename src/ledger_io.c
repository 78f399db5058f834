/*
 * ledger_io.c
 *	  Text and binary forms of the ledger type.
 *
 *	  (2,4;d){2024-01-05 "web" x1 12.50 3.1200, 2024-01-07 x2 5.00 0.0000}
 *
 * In parentheses the measures' scales, and ";d" if entries may have a label;
 * then the entries: day, label, x and the count, the measures.  Days are ISO
 * whatever DateStyle says, so that a dump means the same everywhere.
 */
#include "postgres.h"

#include "ledger_format.h"
#include "ledger_state.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "scaled.h"
#include "utils/datetime.h"

#define MAX_YEAR 5874897
#define MAX_YEAR_BC 4714

typedef struct Parser
{
	const char *text;
	const char *at;
	LedgerShape shape;
	LedgerState *state;
} Parser;

static void
raise_malformed(const Parser *parser, const char *expected)
{
	ereport(
		ERROR,
		(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION), errmsg("malformed ledger"),
		 errdetail("Expected %s at character %d.", expected, (int) (parser->at - parser->text) + 1),
		 errhint(
			 "Write a ledger like (2;d){2024-01-05 \"web\" x1 12.50}: scales, then entries of day, label, "
			 "count and measures.")));
}

static void
skip_space(Parser *parser)
{
	while (*parser->at == ' ' || *parser->at == '\t' || *parser->at == '\n' || *parser->at == '\r')
		parser->at++;
}

static bool
accept(Parser *parser, char c)
{
	skip_space(parser);
	if (*parser->at != c)
		return false;
	parser->at++;
	return true;
}

static void
expect(Parser *parser, char c, const char *expected)
{
	if (!accept(parser, c))
		raise_malformed(parser, expected);
}

/* Up to seven digits, so that it cannot overflow. */
static int
parse_digits(Parser *parser, int least, const char *expected)
{
	const char *start = parser->at;
	int number = 0;

	while (*parser->at >= '0' && *parser->at <= '9' && parser->at - start < 7)
		number = number * 10 + (*parser->at++ - '0');
	if (parser->at - start < least || (*parser->at >= '0' && *parser->at <= '9'))
		raise_malformed(parser, expected);
	return number;
}

static void
parse_scale(Parser *parser)
{
	int scale;

	skip_space(parser);
	scale = parse_digits(parser, 1, "a scale");
	if (scale > LEDGER_MAX_SCALE)
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("ledger scale %d is out of range", scale),
						errhint("A measure's scale is between 0 and %d.", LEDGER_MAX_SCALE)));
	if (parser->shape.nmeasures == LEDGER_MAX_MEASURES)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("a ledger cannot have more than %d measures", LEDGER_MAX_MEASURES),
						errhint("Split the measures over several ledgers.")));
	parser->shape.scale[parser->shape.nmeasures++] = (uint8) scale;
}

static void
parse_header(Parser *parser)
{
	expect(parser, '(', "\"(\"");
	skip_space(parser);
	if (*parser->at >= '0' && *parser->at <= '9')
	{
		do
			parse_scale(parser);
		while (accept(parser, ','));
	}
	if (accept(parser, ';'))
	{
		expect(parser, 'd', "\"d\"");
		parser->shape.has_dimension = true;
	}
	expect(parser, ')', "\")\"");
}

static bool
is_infinity(const char *text)
{
	return pg_strncasecmp(text + (*text == '-' || *text == '+'), "infinity", 8) == 0;
}

static void
raise_day(void)
{
	ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("ledger day out of range"),
					errhint("A ledger's days are finite dates.")));
}

static void
expect_dash(Parser *parser)
{
	if (*parser->at != '-')
		raise_malformed(parser, "a day like 2024-01-05");
	parser->at++;
}

static DateADT
parse_day(Parser *parser)
{
	int year;
	int month;
	int day;
	bool bc;

	skip_space(parser);
	if (is_infinity(parser->at))
		raise_day();
	year = parse_digits(parser, 4, "a day like 2024-01-05");
	expect_dash(parser);
	month = parse_digits(parser, 2, "a day like 2024-01-05");
	expect_dash(parser);
	day = parse_digits(parser, 2, "a day like 2024-01-05");
	bc = strncmp(parser->at, " BC", 3) == 0;
	if (bc)
		parser->at += 3;
	if (year < 1 || year > (bc ? MAX_YEAR_BC : MAX_YEAR))
		raise_day();
	if (bc)
		year = 1 - year;
	if (month < 1 || month > 12 || day < 1 || day > day_tab[isleap(year)][month - 1])
		raise_day();
	day = date2j(year, month, day) - POSTGRES_EPOCH_JDATE;
	if (day < LEDGER_MIN_DAY || day > LEDGER_MAX_DAY)
		raise_day();
	return day;
}

/* Returns the label's length, or -1 if the entry has none. */
static int
parse_label(Parser *parser, char *label)
{
	int length = 0;

	if (!accept(parser, '"'))
		return -1;
	if (!parser->shape.has_dimension)
	{
		parser->at--;
		raise_malformed(parser, "no label, as the header has no \";d\",");
	}
	while (*parser->at != '"')
	{
		if (*parser->at == '\\')
			parser->at++;
		if (*parser->at == '\0')
			raise_malformed(parser, "the label's closing quote");
		if (length == LEDGER_MAX_LABEL_LENGTH)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("a dimension label cannot be longer than %d bytes", LEDGER_MAX_LABEL_LENGTH),
					 errhint("Use a short code as the dimension.")));
		label[length++] = *parser->at++;
	}
	parser->at++;
	return length;
}

static int64
parse_number(Parser *parser, int scale, const char *expected)
{
	const char *end;
	int64 value = 0;
	ScaledStatus status = scaled_from_text(parser->at, scale, &value, &end);

	if (end == parser->at)
		raise_malformed(parser, expected);
	if (status == SCALED_TOO_MANY_DIGITS)
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("ledger value has more than %d digits after the decimal point", scale),
						errhint("Raise the measure's scale in the header.")));
	if (status != SCALED_OK)
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE), errmsg("ledger value out of range"),
						errhint("Values are 64-bit integers after scaling.")));
	parser->at = end;
	return value;
}

static void
parse_entry(Parser *parser)
{
	int64 measure[LEDGER_MAX_MEASURES];
	char label[LEDGER_MAX_LABEL_LENGTH];
	DateADT day = parse_day(parser);
	int length = parse_label(parser, label);
	int64 count;

	expect(parser, 'x', "\"x\" and a count");
	count = parse_number(parser, 0, "a count");
	for (int i = 0; i < parser->shape.nmeasures; i++)
	{
		skip_space(parser);
		measure[i] = parse_number(parser, parser->shape.scale[i], "a measure");
	}
	parser->state =
		ledger_state_add_event(parser->state, day, length < 0 ? NULL : label, length, count, measure);
}

Ledger *
ledger_parse(const char *text)
{
	Parser parser = {.text = text, .at = text};

	parse_header(&parser);
	parser.state = ledger_state_create(&parser.shape);
	expect(&parser, '{', "\"{\"");
	if (!accept(&parser, '}'))
	{
		do
			parse_entry(&parser);
		while (accept(&parser, ','));
		expect(&parser, '}', "\",\" or \"}\"");
	}
	skip_space(&parser);
	if (*parser.at != '\0')
		raise_malformed(&parser, "the end");
	return ledger_state_finish(parser.state);
}

static void
print_header(StringInfo out, const LedgerShape *shape)
{
	appendStringInfoChar(out, '(');
	for (int i = 0; i < shape->nmeasures; i++)
		appendStringInfo(out, i == 0 ? "%d" : ",%d", shape->scale[i]);
	appendStringInfoString(out, shape->has_dimension ? ";d){" : "){");
}

static void
print_label(StringInfo out, const char *label, int length)
{
	appendStringInfoString(out, " \"");
	for (int i = 0; i < length; i++)
	{
		if (label[i] == '"' || label[i] == '\\')
			appendStringInfoChar(out, '\\');
		appendStringInfoChar(out, label[i]);
	}
	appendStringInfoChar(out, '"');
}

static void
print_entry(StringInfo out, const LedgerIterator *it)
{
	char number[SCALED_MAX_TEXT];
	int year;
	int month;
	int day;

	j2date(it->day + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	appendStringInfo(out, "%04d-%02d-%02d%s", year > 0 ? year : 1 - year, month, day, year > 0 ? "" : " BC");
	if (it->label != LEDGER_NO_LABEL)
		print_label(out, it->label_text[it->label], it->label_length[it->label]);
	scaled_to_text(it->count, 0, number);
	appendStringInfo(out, " x%s", number);
	for (int i = 0; i < it->shape.nmeasures; i++)
	{
		scaled_to_text(it->measure[i], it->shape.scale[i], number);
		appendStringInfo(out, " %s", number);
	}
}

char *
ledger_print(const Ledger *ledger)
{
	StringInfoData out;
	LedgerIterator it;

	initStringInfo(&out);
	ledger_iterate(ledger, &it);
	print_header(&out, &it.shape);
	while (ledger_next(&it))
	{
		print_entry(&out, &it);
		if (it.remaining > 0)
			appendStringInfoString(&out, ", ");
	}
	appendStringInfoChar(&out, '}');
	return out.data;
}

static void
check_label_encoding(const Ledger *ledger)
{
	LedgerIterator it;

	ledger_iterate(ledger, &it);
	for (int i = 0; i < it.nlabels; i++)
		pg_verify_mbstr(GetDatabaseEncoding(), it.label_text[i], it.label_length[i], false);
}

Ledger *
ledger_receive(const char *bytes, int length)
{
	const char *problem = ledger_problem((const uint8 *) bytes, length);
	Ledger *ledger;

	if (problem != NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("malformed binary ledger: %s", problem),
						errhint("Send what segment.ledger_send wrote, from the same format version.")));
	ledger = palloc(length + VARHDRSZ);
	SET_VARSIZE(ledger, length + VARHDRSZ);
	memcpy(VARDATA(ledger), bytes, length);
	check_label_encoding(ledger);
	return ledger;
}
