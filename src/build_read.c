/*
 * build_read.c
 *	  Runs a source's query and converts its rows to events.
 *
 * The query goes through the executor, so views, partitions, row-level
 * security and foreign tables work; its rows come into a DestReceiver, are
 * converted at once and leave in batches.  No expression is evaluated and
 * nothing is palloc'd per row here: numeric digits become scaled integers
 * directly, moments become local days.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/plannodes.h"
#include "parser/parse_coerce.h"
#include "tcop/dest.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/timestamp.h"

#include "alias.h"
#include "build_read.h"
#include "collect.h"
#include "localday.h"
#include "progress.h"
#include "scaled.h"

typedef struct EventReader
{
	DestReceiver pub;
	const LedgerBuild *build;
	const CustomerKeyType *key_type;
	LabelDictionary *labels;
	EventConsumer consumer;
	void *argument;
	LedgerBuildResult *result;

	/* columns of the query */
	int dimension_column; /* -1: none */
	int purchase_column;
	int first_measure_column;
	Oid time_type;
	Oid measure_type[LEDGER_MAX_MEASURES];

	LocalDay *calendar;
	MemoryContext row_context; /* what detoasting leaves behind; reset per batch */
	EventBatch *batch;
	char *key_bytes; /* by-reference keys of the batch */
	Size key_bytes_used;
	Size key_bytes_size;
} EventReader;

static void
raise_column_type(const LedgerBuild *build, int column, Oid type, const char *expected)
{
	ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
					errmsg("column %d of the query of source \"%s\" is of type %s", column + 1,
						   build->source_name, format_type_be(type)),
					errdetail("Expected: %s.", expected), errhint("Cast the column in the mapping.")));
}

static Oid
column_type(TupleDesc columns, int column)
{
	return getBaseType(TupleDescAttr(columns, column)->atttypid);
}

static void
check_measure_column(const LedgerBuild *build, int column, Oid type)
{
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case NUMERICOID:
		case FLOAT4OID:
		case FLOAT8OID:
			return;
		default:
			raise_column_type(build, column, type,
							  "smallint, integer, bigint, numeric, real or double precision");
	}
}

static void
check_key_column(const LedgerBuild *build, Oid type)
{
	if (!IsBinaryCoercible(type, build->key_type))
		raise_column_type(build, 0, type, format_type_be(build->key_type));
}

static void
check_time_column(const LedgerBuild *build, Oid type)
{
	if (type != DATEOID && type != TIMESTAMPOID && type != TIMESTAMPTZOID)
		raise_column_type(build, 1, type, "date, timestamp or timestamptz");
}

static void
check_column_count(const LedgerBuild *build, int found, int expected)
{
	if (found != expected)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("query of source \"%s\" has %d columns instead of %d", build->source_name, found,
						expected),
				 errdetail("Expected: the key, occurred_at, the dimension and purchase where there are "
						   "any, and one column for each measure.")));
}

static void
reader_startup(DestReceiver *self, int operation, TupleDesc columns)
{
	EventReader *reader = (EventReader *) self;
	const LedgerBuild *build = reader->build;
	int column = 2;

	reader->dimension_column = build->shape.has_dimension ? column++ : -1;
	reader->purchase_column = build->has_purchase ? column++ : -1;
	reader->first_measure_column = column;
	check_column_count(build, columns->natts, column + build->shape.nmeasures);

	check_key_column(build, column_type(columns, 0));
	reader->time_type = column_type(columns, 1);
	check_time_column(build, reader->time_type);
	if (build->shape.has_dimension &&
		!IsBinaryCoercible(column_type(columns, reader->dimension_column), TEXTOID))
		raise_column_type(build, reader->dimension_column, column_type(columns, reader->dimension_column),
						  "text");
	if (build->has_purchase && column_type(columns, reader->purchase_column) != BOOLOID)
		raise_column_type(build, reader->purchase_column, column_type(columns, reader->purchase_column),
						  "boolean");
	for (int i = 0; i < build->shape.nmeasures; i++)
	{
		reader->measure_type[i] = column_type(columns, column + i);
		check_measure_column(build, column + i, reader->measure_type[i]);
	}
}

/*
 * A row that cannot be counted is its customer's failure, where failures are
 * gathered; else, and without a customer, it is an error.
 */
static void
bad_row(const EventReader *reader, const Datum *value, const bool *is_null, const Failure *failure)
{
	Datum key = value[0];

	if (reader->build->failures == NULL || is_null[0])
		ereport(ERROR,
				(errcode(failure->sqlstate), errmsg("%s", failure->message), errhint("%s", failure->hint)));
	if (reader->key_type->length == -1)
		key = PointerGetDatum(PG_DETOAST_DATUM_PACKED(key));
	failures_add(reader->build->failures, alias_survivor(reader->build->aliases, key), failure);
}

static void
bad_time(const EventReader *reader, const Datum *value, const bool *is_null)
{
	Failure failure = {.sqlstate = ERRCODE_DATETIME_VALUE_OUT_OF_RANGE,
					   .hint = "Correct the rows, or leave them out by the source's filter."};

	failure.message =
		psprintf("occurred_at of source \"%s\" is infinite or out of range", reader->build->source_name);
	bad_row(reader, value, is_null, &failure);
}

static inline bool
time_is_finite(const EventReader *reader, Datum value)
{
	if (reader->time_type == DATEOID)
		return !DATE_NOT_FINITE(DatumGetDateADT(value));
	return !TIMESTAMP_NOT_FINITE(DatumGetTimestamp(value));
}

static inline DateADT
event_day(const EventReader *reader, Datum value)
{
	if (reader->time_type == DATEOID)
		return DatumGetDateADT(value);
	if (reader->time_type == TIMESTAMPTZOID)
		return local_day(reader->calendar, DatumGetTimestampTz(value));
	return day_of_timestamp(DatumGetTimestamp(value));
}

static void
bad_value(const EventReader *reader, const Datum *value, const bool *is_null, int measure,
		  ScaledStatus status)
{
	const char *name = reader->build->measure_name[measure];
	const char *source = reader->build->source_name;
	int scale = reader->build->shape.scale[measure];
	Failure failure = {.sqlstate = ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE};

	if (status == SCALED_TOO_MANY_DIGITS)
	{
		failure.message =
			psprintf("a value of measure \"%s\" of source \"%s\" has more than %d decimal digits", name,
					 source, scale);
		failure.hint =
			psprintf("Map round(expression, %d), or declare a larger scale for the measure.", scale);
	}
	else if (status == SCALED_NOT_FINITE)
	{
		failure.message =
			psprintf("a value of measure \"%s\" of source \"%s\" is not a finite number", name, source);
		failure.hint = "Map nullif(expression, 'NaN'), or leave such rows out by the source's filter.";
	}
	else
	{
		failure.message =
			psprintf("a value of measure \"%s\" of source \"%s\" is out of range", name, source);
		failure.hint = psprintf("With %d decimal digits it does not fit a scaled 64-bit integer. Correct the "
								"rows, or declare a smaller scale for the measure.",
								scale);
	}
	bad_row(reader, value, is_null, &failure);
}

/* Without a call where there is nothing to detoast, as in nearly every row. */
static inline Numeric
plain_numeric(Datum value)
{
	struct varlena *stored = (struct varlena *) DatumGetPointer(value);

	return (Numeric) (VARATT_IS_EXTENDED(stored) && !VARATT_IS_SHORT(stored) ? pg_detoast_datum_packed(stored)
																			 : stored);
}

static inline ScaledStatus
measure_value(const EventReader *reader, int measure, Datum value, int64 *result)
{
	int scale = reader->build->shape.scale[measure];

	switch (reader->measure_type[measure])
	{
		case NUMERICOID:
			return scaled_from_numeric(plain_numeric(value), scale, result);
		case INT8OID:
			return scaled_from_int64(DatumGetInt64(value), scale, result);
		case INT4OID:
			return scaled_from_int64(DatumGetInt32(value), scale, result);
		case INT2OID:
			return scaled_from_int64(DatumGetInt16(value), scale, result);
		case FLOAT4OID:
			return scaled_from_float8(DatumGetFloat4(value), scale, result);
		default:
			return scaled_from_float8(DatumGetFloat8(value), scale, result);
	}
}

/* Converts the row's measures; false when one of them is bad. */
static inline bool
convert_measures(const EventReader *reader, const Datum *value, const bool *is_null, int64 *to)
{
	for (int i = 0; i < reader->build->shape.nmeasures; i++)
	{
		int column = reader->first_measure_column + i;
		ScaledStatus status;

		to[i] = 0;
		if (is_null[column])
			continue;
		status = measure_value(reader, i, value[column], &to[i]);
		if (unlikely(status != SCALED_OK))
		{
			bad_value(reader, value, is_null, i, status);
			return false;
		}
	}
	return true;
}

/* A by-reference key must outlive the row: its place in key_bytes, until the batch is full. */
static Datum
keep_key(EventReader *reader, Datum key)
{
	Size size;
	Size at = reader->key_bytes_used;

	if (reader->key_type->length < 0)
		key = PointerGetDatum(PG_DETOAST_DATUM_PACKED(key));
	size = key_size(reader->key_type, key);
	if (at + size > reader->key_bytes_size)
	{
		reader->key_bytes_size = 2 * (at + size);
		reader->key_bytes = repalloc_huge(reader->key_bytes, reader->key_bytes_size);
	}
	memcpy(reader->key_bytes + at, DatumGetPointer(key), size);
	reader->key_bytes_used = MAXALIGN(at + size);
	return (Datum) at;
}

/* Whose event it is, in what is left of the row's memory. */
static Datum
event_key(EventReader *reader, Datum key)
{
	if (reader->build->aliases != NULL)
	{
		if (reader->key_type->length == -1)
			key = PointerGetDatum(PG_DETOAST_DATUM_PACKED(key));
		key = alias_survivor(reader->build->aliases, key);
	}
	return reader->key_type->by_value ? key : keep_key(reader, key);
}

static int
event_label(EventReader *reader, Datum value)
{
	text *label = DatumGetTextPP(value);

	return label_number(reader->labels, VARDATA_ANY(label), VARSIZE_ANY_EXHDR(label));
}

static void
flush_batch(EventReader *reader)
{
	EventBatch *batch = reader->batch;

	CHECK_FOR_INTERRUPTS();
	if (!reader->key_type->by_value)
	{
		for (int i = 0; i < batch->nrows; i++)
			batch->key[i] = PointerGetDatum(reader->key_bytes + batch->key[i]);
	}
	if (batch->nrows > 0)
		reader->consumer(batch, reader->argument);
	batch->nrows = 0;
	reader->key_bytes_used = 0;
	MemoryContextReset(reader->row_context);
	progress_done(reader->result->rows);
}

/* Makes the row the batch's next event; false when it is bad, which leaves nothing in the batch. */
static inline bool
convert_row(EventReader *reader, const Datum *value, const bool *is_null)
{
	EventBatch *batch = reader->batch;
	int row = batch->nrows;
	int dimension = reader->dimension_column;
	int purchase = reader->purchase_column;
	int64 *event = event_value(batch, row);

	if (unlikely(!time_is_finite(reader, value[1])))
	{
		bad_time(reader, value, is_null);
		return false;
	}
	if (unlikely(!convert_measures(reader, value, is_null, event + 1)))
		return false;
	batch->day[row] = event_day(reader, value[1]);
	reader->result->last_day = Max(reader->result->last_day, batch->day[row]);
	batch->key_is_null[row] = is_null[0];
	batch->key[row] = (Datum) 0;
	if (!is_null[0])
		batch->key[row] = event_key(reader, value[0]);
	batch->label[row] = LEDGER_NO_LABEL;
	if (dimension >= 0 && !is_null[dimension])
		batch->label[row] = event_label(reader, value[dimension]);
	event[0] = purchase < 0 || (!is_null[purchase] && DatumGetBool(value[purchase]));
	batch->nrows++;
	return true;
}

static bool
reader_receive(TupleTableSlot *slot, DestReceiver *self)
{
	EventReader *reader = (EventReader *) self;
	MemoryContext caller;
	bool good = true;

	slot_getallattrs(slot);
	reader->result->rows++;
	if (slot->tts_isnull[1])
		reader->result->undated++;
	else
	{
		caller = MemoryContextSwitchTo(reader->row_context);
		good = convert_row(reader, slot->tts_values, slot->tts_isnull);
		MemoryContextSwitchTo(caller);
	}
	/* What a bad row left behind goes at once: there may be a great many of them. */
	if (reader->batch->nrows == EVENT_BATCH_ROWS || !good)
		flush_batch(reader);
	return true;
}

static void
reader_no_op(DestReceiver *self)
{
}

static EventReader *
reader_create(const LedgerBuild *build, const CustomerKeyType *key_type)
{
	EventReader *reader = palloc0(sizeof(EventReader));

	reader->pub.receiveSlot = reader_receive;
	reader->pub.rStartup = reader_startup;
	reader->pub.rShutdown = reader_no_op;
	reader->pub.rDestroy = reader_no_op;
	reader->pub.mydest = DestTuplestore;
	reader->build = build;
	reader->key_type = key_type;
	reader->calendar = local_day_create(build->timezone ? build->timezone : "UTC");
	reader->row_context =
		AllocSetContextCreate(CurrentMemoryContext, "ledger build rows", ALLOCSET_DEFAULT_SIZES);
	reader->key_bytes_size = 1024;
	reader->key_bytes = palloc(reader->key_bytes_size);
	reader->batch = event_batch_create(build->shape.nmeasures);
	return reader;
}

static SPIPlanPtr
plan_query(const LedgerBuild *build, int64 *estimated_rows)
{
	Oid keys_type = build->keys ? keyset_array_type(build->keys) : InvalidOid;
	SPIPlanPtr plan;
	CachedPlan *cached;
	PlannedStmt *statement;

	plan = SPI_prepare_cursor(build->query, build->keys ? 1 : 0, &keys_type, CURSOR_OPT_PARALLEL_OK);
	cached = plan ? SPI_plan_get_cached_plan(plan) : NULL;
	if (cached == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("query of source \"%s\" is not a single statement", build->source_name),
						errhint("Give one SELECT.")));
	statement = linitial_node(PlannedStmt, cached->stmt_list);
	*estimated_rows = statement->planTree ? (int64) Min(statement->planTree->plan_rows, 1e15) : 0;
	/* Not saved, so no resource owner holds it. */
	ReleaseCachedPlan(cached, NULL);
	return plan;
}

/* Whatever fails in the owner's query, also in a view of theirs, says which source it was. */
static void
say_which_source(void *build)
{
	errcontext("reading source \"%s\"", ((const LedgerBuild *) build)->source_name);
}

/*
 * Runs the query and gives its dated rows to "consumer", a batch at a time;
 * counts rows in "result".  To be called as the owner, restricted.
 */
void
read_events(const LedgerBuild *build, const CustomerKeyType *key_type, LabelDictionary *labels,
			EventConsumer consumer, void *argument, LedgerBuildResult *result)
{
	EventReader *reader = reader_create(build, key_type);
	SPIExecuteOptions options = {0};
	SPIPlanPtr plan = build->plan;
	int64 estimated_rows = 0;
	ErrorContextCallback context = {error_context_stack, say_which_source, unconstify(LedgerBuild *, build)};

	reader->labels = labels;
	reader->consumer = consumer;
	reader->argument = argument;
	reader->result = result;

	error_context_stack = &context;
	SPI_connect();
	if (plan == NULL)
		plan = plan_query(build, &estimated_rows);
	progress_phase(PROGRESS_READING_EVENTS, estimated_rows);
	options.read_only = true;
	options.must_return_tuples = true;
	options.dest = &reader->pub;
	options.params = build->keys ? keys_parameter(build->keys) : NULL;
	if (SPI_execute_plan_extended(plan, &options) < 0)
		elog(ERROR, "could not run the query of source \"%s\"", build->source_name);
	SPI_finish();
	flush_batch(reader);
	error_context_stack = context.previous;
}
