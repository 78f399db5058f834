/*
 * bridge.c
 *	  What of a change in value comes from numbers and what from values per head.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/fmgrprotos.h"

#include "bridge.h"

static Numeric
number(int64 value)
{
	return int64_to_numeric(value);
}

static Numeric
binary(PGFunction operation, Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(operation, NumericGetDatum(a), NumericGetDatum(b)));
}

/* Digits of a quotient beyond any money's; what is left out is in the part that is the rest. */
#define DECIMALS 8

static Numeric
rounded(Numeric a)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_round, NumericGetDatum(a), Int32GetDatum(DECIMALS)));
}

#define plus(a, b) binary(numeric_add, a, b)
#define minus(a, b) binary(numeric_sub, a, b)
#define times(a, b) binary(numeric_mul, a, b)
#define over(a, b) binary(numeric_div, a, b)

static Numeric
change(const BridgeSide *before, const BridgeSide *after)
{
	return minus(after->value, before->value);
}

Numeric
bridge_migration(const BridgeSide *before, const BridgeSide *after)
{
	Numeric mean;

	if (before->customers == 0 && after->customers == 0)
		return number(0);
	if (before->customers == 0 || after->customers == 0)
		return change(before, after);
	mean = plus(over(before->value, number(before->customers)), over(after->value, number(after->customers)));
	return rounded(over(times(number(after->customers - before->customers), mean), number(2)));
}

static Numeric
rate(const BridgeSide *before, const BridgeSide *after)
{
	if (before->customers == 0)
		return after->customers == 0 ? change(before, after) : number(0);
	return rounded(
		minus(after->value, over(times(number(after->customers), before->value), number(before->customers))));
}

BridgeParts
bridge_parts(const BridgeSide *before, const BridgeSide *after, int64 all_before, int64 all_after)
{
	BridgeParts parts;

	if (before->customers == 0 || all_before == 0)
		parts.volume = number(0);
	else
		parts.volume =
			rounded(over(times(before->value, number(all_after - all_before)), number(all_before)));
	parts.rate = rate(before, after);
	parts.mix = minus(minus(change(before, after), parts.volume), parts.rate);
	return parts;
}
