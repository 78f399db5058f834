/*
 * ledger_test.c
 *	  Unit tests of number coding, exact scaling and the ledger's bytes.
 */
#include "postgres.h"

#include <math.h>

#include "backend.h"
#include "ledger_state.h"
#include "ledger_view.h"
#include "scaled.h"
#include "varint.h"

#undef printf

static int tests = 0;
static int failures = 0;

static void
ok(bool passed, const char *what)
{
	tests++;
	failures += !passed;
	printf("%sok %d - %s\n", passed ? "" : "not ", tests, what);
}

/* Seeded, so that a failure can be looked at again. */
static uint64
next_random(void)
{
	static uint64 state = UINT64CONST(0x9E3779B97F4A7C15);

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static bool
varint_round_trips(uint64 value)
{
	uint8 bytes[VARINT_MAX_BYTES];
	uint8 *end = varint_put(bytes, value);
	uint64 back = ~value;

	if (varint_get(bytes, end, &back) != end || back != value)
		return false;
	/* one byte less must be noticed */
	return varint_get(bytes, end - 1, &back) == NULL;
}

static void
test_varint(void)
{
	static const uint8 overlong[] = {0x80, 0x00};
	static const uint8 too_wide[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02};
	static const uint8 endless[] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01};
	bool round_trip = varint_round_trips(0) && varint_round_trips(PG_UINT64_MAX);
	bool zigzag = zigzag_fold(-1) == 1 && zigzag_unfold(zigzag_fold(PG_INT64_MIN)) == PG_INT64_MIN &&
				  zigzag_unfold(zigzag_fold(PG_INT64_MAX)) == PG_INT64_MAX;
	uint64 value;

	for (int i = 0; i < 10000; i++)
	{
		uint64 number = next_random() >> (next_random() % 64);

		round_trip = round_trip && varint_round_trips(number);
		zigzag = zigzag && zigzag_unfold(zigzag_fold((int64) number)) == (int64) number;
	}
	ok(round_trip, "varints round-trip and notice a missing byte");
	ok(zigzag, "zigzag round-trips");
	ok(varint_get(overlong, overlong + 2, &value) == NULL, "a varint not in its shortest form is refused");
	ok(varint_get(too_wide, too_wide + 10, &value) == NULL, "a varint beyond 64 bits is refused");
	ok(varint_get(endless, endless + 12, &value) == NULL, "a varint of too many bytes is refused");
}

static bool
text_gives(const char *text, int scale, ScaledStatus status, int64 expected)
{
	const char *end;
	int64 value = 0;

	return scaled_from_text(text, scale, &value, &end) == status &&
		   (status != SCALED_OK || value == expected) && *end == '\0';
}

static bool
text_round_trips(int64 value, int scale)
{
	char text[SCALED_MAX_TEXT];

	return scaled_to_text(value, scale, text) == (int) strlen(text) &&
		   text_gives(text, scale, SCALED_OK, value);
}

static void
test_scaled_text(void)
{
	bool round_trip = true;
	char text[SCALED_MAX_TEXT];

	for (int i = 0; i < 10000; i++)
		round_trip = round_trip && text_round_trips((int64) next_random() >> (next_random() % 64),
													next_random() % (SCALED_MAX_SCALE + 1));
	for (int scale = 0; scale <= SCALED_MAX_SCALE; scale++)
		round_trip = round_trip && text_round_trips(PG_INT64_MIN, scale) &&
					 text_round_trips(PG_INT64_MAX, scale) && text_round_trips(0, scale);
	ok(round_trip, "scaled integers round-trip through text");
	scaled_to_text(-5, 2, text);
	ok(strcmp(text, "-0.05") == 0, "leading zeros are written");
	ok(text_gives("12.5", 2, SCALED_OK, 1250) && text_gives("12.500", 2, SCALED_OK, 1250),
	   "missing and zero digits");
	ok(text_gives("12.501", 2, SCALED_TOO_MANY_DIGITS, 0), "digits beyond the scale are refused");
	ok(text_gives("9223372036854775807", 0, SCALED_OK, PG_INT64_MAX) &&
		   text_gives("9223372036854775808", 0, SCALED_OVERFLOW, 0) &&
		   text_gives("-9223372036854775808", 0, SCALED_OK, PG_INT64_MIN) &&
		   text_gives("-9223372036854775809", 0, SCALED_OVERFLOW, 0) &&
		   text_gives("92233720368547758.08", 2, SCALED_OVERFLOW, 0),
	   "the ends of 64 bits");
}

/* A numeric as numeric.c stores it, in its long form or, with "packed", in the short one. */
static Numeric
make_numeric(bool packed, bool negative, int weight, int dscale, int ndigits, const uint16 *digit)
{
	char *bytes = palloc0(64);
	char *data = bytes + (packed ? VARHDRSZ_SHORT : VARHDRSZ);
	uint16 head[2];
	int head_length = packed ? 2 : 4;

	head[0] = packed ? (uint16) (0x8000 | (negative ? 0x2000 : 0) | dscale << 7 | (weight < 0 ? 0x40 : 0) |
								 (weight & 0x3f))
					 : (uint16) ((negative ? 0x4000 : 0) | dscale);
	head[1] = (uint16) weight;
	memcpy(data, head, head_length);
	memcpy(data + head_length, digit, ndigits * sizeof(uint16));
	if (packed)
		SET_VARSIZE_SHORT(bytes, VARHDRSZ_SHORT + head_length + ndigits * sizeof(uint16));
	else
		SET_VARSIZE(bytes, VARHDRSZ + head_length + ndigits * sizeof(uint16));
	return (Numeric) bytes;
}

static void
test_scaled_numeric(void)
{
	static const uint16 amount[] = {1, 2345, 6700};
	static const uint16 tiny[] = {1};
	static const uint16 special = 0xC000;
	Numeric nan = palloc0(16);
	int64 value = 0;
	bool both = true;

	for (int packed = 0; packed <= 1; packed++)
	{
		Numeric number = make_numeric(packed, true, 1, 2, 3, amount);

		both = both && scaled_from_numeric(number, 2, &value) == SCALED_OK && value == -1234567;
		both =
			both && scaled_from_numeric(number, 5, &value) == SCALED_OK && value == INT64CONST(-1234567000);
		both = both && scaled_from_numeric(number, 1, &value) == SCALED_TOO_MANY_DIGITS;
		both = both && scaled_from_numeric(number, 18, &value) == SCALED_OVERFLOW &&
			   scaled_display_scale(number) == 2;
	}
	ok(both, "numeric digits are read in long and short form");
	ok(scaled_from_numeric(make_numeric(true, false, -2, 8, 1, tiny), 2, &value) == SCALED_TOO_MANY_DIGITS,
	   "a number below the scale is refused");
	ok(scaled_from_numeric(make_numeric(true, false, -2, 8, 1, tiny), 8, &value) == SCALED_OK && value == 1,
	   "a number at the scale is exact");
	ok(scaled_from_numeric(make_numeric(false, false, 30000, 0, 1, tiny), 0, &value) == SCALED_OVERFLOW,
	   "a huge number overflows");
	for (int i = 0; i < 10000; i++)
	{
		int64 number = (int64) next_random() >> (10 + next_random() % 54);
		int scale = next_random() % (SCALED_MAX_SCALE + 1);
		Numeric made = scaled_to_numeric(number, scale);

		both = both && scaled_from_numeric(made, scale, &value) == SCALED_OK && value == number &&
			   scaled_display_scale(made) == scale;
	}
	ok(both, "numerics are written as they are read");
	SET_VARSIZE(nan, VARHDRSZ + sizeof(special));
	memcpy(VARDATA(nan), &special, sizeof(special));
	ok(scaled_from_numeric(nan, 0, &value) == SCALED_NOT_FINITE, "NaN is refused");
	stub_free_all();
}

static void
test_scaled_float(void)
{
	int64 value = 0;

	ok(scaled_from_float8(2.5, 0, &value) == SCALED_OK && value == 3, "floats round half away from zero");
	ok(scaled_from_float8(-2.5, 0, &value) == SCALED_OK && value == -3, "negative floats too");
	ok(scaled_from_float8(NAN, 2, &value) == SCALED_NOT_FINITE &&
		   scaled_from_float8(INFINITY, 2, &value) == SCALED_NOT_FINITE,
	   "floats that are not finite are refused");
	ok(scaled_from_float8(9223372036854775808.0, 0, &value) == SCALED_OVERFLOW &&
		   scaled_from_float8(-9223372036854775808.0, 0, &value) == SCALED_OK,
	   "floats at the ends of 64 bits");
	ok(scaled_from_int64(PG_INT64_MAX / 100, 2, &value) == SCALED_OK &&
		   scaled_from_int64(PG_INT64_MAX / 100 + 1, 2, &value) == SCALED_OVERFLOW,
	   "integers are scaled or overflow");
}

static const char *const label_text[] = {"web", "shop", "", "phone"};

static LedgerState *
random_state(const LedgerShape *shape, int n)
{
	LedgerState *state = ledger_state_create(shape);

	for (int i = 0; i < n; i++)
	{
		const char *label =
			next_random() % 5 == 0 || !shape->has_dimension ? NULL : label_text[next_random() % 4];
		int64 measure[LEDGER_MAX_MEASURES];

		for (int m = 0; m < shape->nmeasures; m++)
			measure[m] = (int64) (next_random() % 2001) - 1000;
		state = ledger_state_add_event(state, (DateADT) (next_random() % 60) - 30, label,
									   label ? strlen(label) : 0, (int64) (next_random() % 3) - 1, measure);
	}
	return state;
}

static bool
is_canonical(const Ledger *ledger)
{
	Ledger *parsed = ledger_parse(ledger_print(ledger));
	Ledger *received = ledger_receive(VARDATA_ANY(ledger), VARSIZE_ANY_EXHDR(ledger));

	return ledger_equal(ledger, parsed) && ledger_equal(ledger, received);
}

static LedgerShape
random_shape(void)
{
	LedgerShape shape = {.nmeasures = next_random() % 4, .has_dimension = next_random() % 2};

	for (int m = 0; m < shape.nmeasures; m++)
		shape.scale[m] = next_random() % 5;
	return shape;
}

static void
test_random_ledgers(void)
{
	bool canonical = true;
	bool combines = true;

	for (int i = 0; i < 500; i++)
	{
		LedgerShape shape = random_shape();
		LedgerState *a = random_state(&shape, next_random() % 80);
		LedgerState *b = random_state(&shape, next_random() % 80);
		Ledger *ledger = ledger_state_finish(a);
		LedgerState *forth =
			ledger_state_add_state(ledger_state_add_state(ledger_state_create(&shape), a), b);
		LedgerState *back =
			ledger_state_add_ledger(ledger_state_add_state(ledger_state_create(&shape), b), ledger, false);

		canonical = canonical && is_canonical(ledger);
		combines = combines && ledger_equal(ledger_state_finish(forth), ledger_state_finish(back));
		stub_free_all();
	}
	ok(canonical, "random ledgers round-trip through text and binary");
	ok(combines, "states combine in any order");
}

static Ledger *
receive_or_null(const char *bytes, int length)
{
	Ledger *volatile ledger = NULL;

	if (!STUB_TRY(ledger = ledger_receive(bytes, length)))
		return NULL;
	return ledger;
}

/* Whatever is accepted must be the one form of its value. */
static void
test_damaged_ledgers(void)
{
	Ledger *ledger =
		ledger_parse("(2;d){2024-01-05 \"shop\" x2 12.50, 2024-01-05 \"web\" x1 -3, 2024-03-09 x0 7}");
	int length = VARSIZE_ANY_EXHDR(ledger);
	bool sound = true;
	int refused = 0;

	for (int i = 0; i < length; i++)
	{
		for (int byte = 0; byte < 256; byte++)
		{
			char *damaged = palloc(length);
			Ledger *accepted;

			memcpy(damaged, VARDATA_ANY(ledger), length);
			damaged[i] = (char) byte;
			accepted = receive_or_null(damaged, length);
			if (accepted != NULL)
				sound = sound && is_canonical(accepted);
			else
				refused += stub_sqlstate == ERRCODE_INVALID_BINARY_REPRESENTATION;
			pfree(damaged);
		}
	}
	ok(sound, "a damaged ledger is refused or is canonical");
	ok(refused > length, "most damage is refused");
	for (int cut = 0; cut < length; cut++)
		sound = sound && ledger_problem((const uint8 *) VARDATA_ANY(ledger), cut) != NULL;
	ok(sound, "a ledger cut off anywhere is refused");
	stub_free_all();
}

static void
test_compaction(void)
{
	LedgerShape shape = {.nmeasures = 1};
	LedgerState *state = ledger_state_create(&shape);
	Ledger *ledger;
	LedgerIterator it;

	for (int64 i = 0; i < 200000; i++)
		state = ledger_state_add_event(state, (DateADT) (i % 7), NULL, 0, 1, &i);
	ok(VARSIZE(state) <= 1 << 17, "a state with many events per day stays small");
	ledger = ledger_state_finish(state);
	ledger_iterate(ledger, &it);
	ok(ledger_next(&it) && it.count == 28572 && it.remaining == 6, "and counts them all");
	stub_free_all();
}

static void
test_overflow(void)
{
	LedgerShape shape = {.nmeasures = 1};
	int64 most = PG_INT64_MAX;
	int64 least = -5;
	LedgerState *state = ledger_state_add_event(ledger_state_create(&shape), 1, NULL, 0, 1, &most);

	state = ledger_state_add_event(state, 1, NULL, 0, 1, &most);
	ok(!STUB_TRY(ledger_state_finish(state)) && stub_sqlstate == ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
	   "a total past 64 bits is an error");
	most = -most;
	state = ledger_state_add_event(state, 1, NULL, 0, 1, &most);
	state = ledger_state_add_event(state, 1, NULL, 0, 1, &least);
	ok(STUB_TRY(ledger_state_finish(state)), "but not one that only passes them on the way");
	stub_free_all();
}

int
main(void)
{
	test_varint();
	test_scaled_text();
	test_scaled_numeric();
	test_scaled_float();
	test_random_ledgers();
	test_damaged_ledgers();
	test_compaction();
	test_overflow();
	printf("1..%d\n", tests);
	return failures > 0;
}
