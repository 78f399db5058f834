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

static void
raise_bad_time(const EventReader *reader)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
			 errmsg("occurred_at of source \"%s\" is infinite or out of range", reader->build->source_name),
			 errhint("Correct the rows, or leave them out by the source's filter.")));
}

static inline DateADT
event_day(EventReader *reader, Datum value)
{
	if (reader->time_type == DATEOID)
	{
		DateADT day = DatumGetDateADT(value);

		if (DATE_NOT_FINITE(day))
			raise_bad_time(reader);
		return day;
	}
	if (TIMESTAMP_NOT_FINITE(DatumGetTimestamp(value)))
		raise_bad_time(reader);
	if (reader->time_type == TIMESTAMPTZOID)
		return local_day(reader->calendar, DatumGetTimestampTz(value));
	return day_of_timestamp(DatumGetTimestamp(value));
}

static void
raise_bad_value(const EventReader *reader, int measure, ScaledStatus status)
{
	const char *name = reader->build->measure_name[measure];
	const char *source = reader->build->source_name;
	int scale = reader->build->shape.scale[measure];

	if (status == SCALED_TOO_MANY_DIGITS)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("a value of measure \"%s\" of source \"%s\" has more than %d decimal digits", name,
						source, scale),
				 errhint("Map round(expression, %d), or declare a larger scale for the measure.", scale)));
	if (status == SCALED_NOT_FINITE)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("a value of measure \"%s\" of source \"%s\" is not a finite number", name, source),
				 errhint("Map nullif(expression, 'NaN'), or leave such rows out by the source's filter.")));
	ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					errmsg("a value of measure \"%s\" of source \"%s\" is out of range", name, source),
					errdetail("With %d decimal digits it does not fit a scaled 64-bit integer.", scale),
					errhint("Correct the rows, or declare a smaller scale for the measure.")));
}

/* Without a call where there is nothing to detoast, as in nearly every row. */
static inline Numeric
plain_numeric(Datum value)
{
	struct varlena *stored = (struct varlena *) DatumGetPointer(value);

	return (Numeric) (VARATT_IS_EXTENDED(stored) && !VARATT_IS_SHORT(stored) ? pg_detoast_datum_packed(stored)
																			 : stored);
}

static inline int64
measure_value(const EventReader *reader, int measure, Datum value)
{
	int scale = reader->build->shape.scale[measure];
	ScaledStatus status;
	int64 result = 0;

	switch (reader->measure_type[measure])
	{
		case NUMERICOID:
			status = scaled_from_numeric(plain_numeric(value), scale, &result);
			break;
		case INT8OID:
			status = scaled_from_int64(DatumGetInt64(value), scale, &result);
			break;
		case INT4OID:
			status = scaled_from_int64(DatumGetInt32(value), scale, &result);
			break;
		case INT2OID:
			status = scaled_from_int64(DatumGetInt16(value), scale, &result);
			break;
		case FLOAT4OID:
			status = scaled_from_float8(DatumGetFloat4(value), scale, &result);
			break;
		default:
			status = scaled_from_float8(DatumGetFloat8(value), scale, &result);
			break;
	}
	if (unlikely(status != SCALED_OK))
		raise_bad_value(reader, measure, status);
	return result;
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

static inline void
convert_row(EventReader *reader, const Datum *value, const bool *is_null)
{
	EventBatch *batch = reader->batch;
	int row = batch->nrows;
	int nmeasures = reader->build->shape.nmeasures;
	int dimension = reader->dimension_column;
	int purchase = reader->purchase_column;
	int64 *event = event_value(batch, row);

	batch->day[row] = event_day(reader, value[1]);
	batch->key_is_null[row] = is_null[0];
	batch->key[row] = (Datum) 0;
	if (!is_null[0])
		batch->key[row] = event_key(reader, value[0]);
	batch->label[row] = LEDGER_NO_LABEL;
	if (dimension >= 0 && !is_null[dimension])
		batch->label[row] = event_label(reader, value[dimension]);
	event[0] = purchase < 0 || (!is_null[purchase] && DatumGetBool(value[purchase]));
	for (int i = 0; i < nmeasures; i++)
	{
		int column = reader->first_measure_column + i;

		event[1 + i] = is_null[column] ? 0 : measure_value(reader, i, value[column]);
	}
	batch->nrows++;
}

static bool
reader_receive(TupleTableSlot *slot, DestReceiver *self)
{
	EventReader *reader = (EventReader *) self;
	MemoryContext caller;

	slot_getallattrs(slot);
	reader->result->rows++;
	if (slot->tts_isnull[1])
		reader->result->undated++;
	else
	{
		caller = MemoryContextSwitchTo(reader->row_context);
		convert_row(reader, slot->tts_values, slot->tts_isnull);
		MemoryContextSwitchTo(caller);
	}
	if (reader->batch->nrows == EVENT_BATCH_ROWS)
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

	reader->labels = labels;
	reader->consumer = consumer;
	reader->argument = argument;
	reader->result = result;

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
}
