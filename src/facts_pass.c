/*
 * facts_pass.c
 *	  One pass over history, members and ledgers: the facts of all periods.
 *
 * Reads the extension's own tables below SQL: a table of customers' states is
 * built from members and history, then each ledger adds to the row its
 * customer's states say.  The same can be said in SQL with the aggregates of
 * facts_agg.c; that groups and joins all customers, which costs more.
 *
 * The pass may be over some customers only, whose rows are then found by
 * index.  Facts are sums over customers, so the passes over the parts of any
 * partition of the customers add up to the pass over everyone.
 *
 * Memory is bounded by maintenance_work_mem: when the states of all customers
 * do not fit, customers are taken in parts by the hash of their key, each
 * part in a pass of its own.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "optimizer/plancat.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "build_key.h"
#include "compat.h"
#include "facts_customers.h"
#include "facts_pass.h"
#include "facts_scan.h"
#include "sql.h"

#define CUSTOMERS_PER_CHECK 1024 /* for interrupts */
#define PARTS_MAX 1024

/* Ledgers whose customers were not where they were guessed, to be looked for together. */
typedef struct Waiting
{
	MemoryContext context;
	Datum key[CUSTOMERS_PREFETCHED]; /* copies */
	Ledger *ledger[CUSTOMERS_PREFETCHED];
	int count;
} Waiting;

typedef struct PassState
{
	FactsPass *pass;
	CustomerKeyType key_type;
	CustomerTable customers;
	Size kept_at; /* what is kept of a customer's moves */
	int part;
	int16 *states;           /* of one customer, finished */
	AttrNumber cause_column; /* of the history */
	FactsTrace trace;
	Waiting waiting;
} PassState;

/* Of what all schemes read: rows another scheme's pass may have kept. */
static void
begin_common_scan(const PassState *state, FactsScan *scan, Oid relid)
{
	facts_scan_begin(scan, relid, state->pass->key_name, state->pass->keys, state->pass->rows);
}

/* The current row's key; false when it is NULL or of another part. */
static bool
key_of_part(PassState *state, FactsScan *scan, Datum *key)
{
	bool isnull;

	*key = slot_getattr(scan->slot, scan->key_column, &isnull);
	if (isnull)
		return false;
	if (state->key_type.length == -1)
		*key = PointerGetDatum(facts_scan_varlena(scan, *key));
	return state->pass->parts == 1 ||
		   (key_hash(&state->key_type, *key, false) >> 48) % state->pass->parts == state->part;
}

static void *
kept_of(const PassState *state, const Customer *customer)
{
	return customer == NULL ? NULL : (char *) customer + state->kept_at;
}

static void
add_history(PassState *state, FactsScan *scan, Datum key, Datum segment, DaySpan span)
{
	Customer *customer = customers_obtain(&state->customers, key);
	bool isnull;
	Datum cause;

	states_add_history(&customer->states, &state->pass->frame, (text *) facts_scan_varlena(scan, segment),
					   span);
	/* few stays begin in the periods at hand */
	if (state->pass->movement == NULL || span.from <= state->pass->frame.days[0])
		return;
	cause = slot_getattr(scan->slot, state->cause_column, &isnull);
	movement_add_stay(&state->pass->frame, kept_of(state, customer), span.from,
					  (text *) facts_scan_varlena(scan, cause));
}

/* The current row is of a stay that covers all days: true, and then its history has no more to say. */
static bool
add_long_stay(PassState *state, FactsScan *scan, Datum key, AttrNumber segment_column,
			  AttrNumber since_column)
{
	DaySpan span = {0, DATEVAL_NOEND};
	bool isnull;
	Datum segment = slot_getattr(scan->slot, segment_column, &isnull);

	if (isnull)
		return false;
	span.from = DatumGetDateADT(slot_getattr(scan->slot, since_column, &isnull));
	if (isnull || span.from > state->pass->frame.days[0])
		return false;
	add_history(state, scan, key, segment, span);
	return true;
}

/*
 * Of some customers, most have been where they are for longer than the periods
 * at hand: one row has this for all schemes, and is read sooner or later, while
 * a history is long.  Returns those whose history has to be read.
 */
static KeySet *
read_assigned(PassState *state)
{
	const FactsPass *pass = state->pass;
	KeySet *settled = keyset_create(state->key_type.type, state->key_type.collation);
	KeySet *others = keyset_create(state->key_type.type, state->key_type.collation);
	FactsScan scan;
	AttrNumber segment_column;
	AttrNumber since_column;

	begin_common_scan(state, &scan, pass->assigned);
	segment_column = facts_scan_column(&scan, pass->assigned_column);
	since_column = facts_scan_column(&scan, psprintf("%s_since", pass->assigned_column));
	while (facts_scan_next(&scan))
	{
		Datum key;

		if (key_of_part(state, &scan, &key) && add_long_stay(state, &scan, key, segment_column, since_column))
			keyset_add(settled, key, false);
	}
	facts_scan_end(&scan);
	for (uint32 i = 0; i < pass->keys->nkeys; i++)
		if (!keyset_contains(settled, pass->keys->keys[i], false))
			keyset_add(others, pass->keys->keys[i], false);
	return others;
}

/* Of these customers; NULL: everyone's. */
static void
read_history(PassState *state, const KeySet *keys)
{
	StatesFrame *frame = &state->pass->frame;
	DateADT last = frame->days[frame->ndays - 1];
	FactsScan scan;
	AttrNumber segment_column;
	AttrNumber valid_column;

	facts_scan_begin(&scan, state->pass->history, state->pass->key_name, keys, NULL);
	segment_column = facts_scan_column(&scan, "segment");
	valid_column = facts_scan_column(&scan, "valid");
	if (state->pass->movement != NULL)
		state->cause_column = facts_scan_column(&scan, "cause");
	while (facts_scan_next(&scan))
	{
		bool isnull;
		Datum valid = slot_getattr(scan.slot, valid_column, &isnull);
		DaySpan span;
		Datum key;

		if (isnull || !states_read_span(facts_scan_varlena(&scan, valid), &span))
			continue;
		if (span.until > frame->days[0] && span.from <= last && key_of_part(state, &scan, &key))
			add_history(state, &scan, key, slot_getattr(scan.slot, segment_column, &isnull), span);
		/* what ended before the first day says nothing, and stays do not overlap */
		if (span.from <= frame->days[0])
			facts_scan_skip_earlier(&scan);
	}
	facts_scan_end(&scan);
}

/* Who is gone, and as far as has been read came within the periods at hand. */
static KeySet *
customers_gone_again(PassState *state)
{
	KeySet *gone = keyset_create(state->key_type.type, state->key_type.collation);

	for (uint32 i = 0; i < state->customers.ncustomers; i++)
	{
		const Customer *customer = customers_at(&state->customers, i);

		if (!customer->states.is_member && customer->states.began > 0)
			keyset_add(gone, customer->key, false);
	}
	return gone;
}

/* Had it come before, stays that ended before the first day are the only ones to say so. */
static void
read_first_stays(PassState *state)
{
	KeySet *gone = customers_gone_again(state);
	AttrNumber valid_column;
	FactsScan scan;

	if (gone->nkeys == 0)
		return;
	facts_scan_begin(&scan, state->pass->history, state->pass->key_name, gone, NULL);
	valid_column = facts_scan_column(&scan, "valid");
	while (facts_scan_next(&scan))
	{
		bool isnull;
		Datum valid = slot_getattr(scan.slot, valid_column, &isnull);
		DaySpan span;
		Datum key;

		if (isnull || !states_read_span(facts_scan_varlena(&scan, valid), &span) ||
			span.from > state->pass->frame.days[0] || !key_of_part(state, &scan, &key))
			continue;
		customers_find(&state->customers, key)->states.began = 0;
		facts_scan_skip_earlier(&scan);
	}
	facts_scan_end(&scan);
}

/* A column of the members' table whose values are a breakdown's labels. */
typedef struct LabelColumn
{
	AttrNumber number;
	bool is_text;
	FmgrInfo output;
} LabelColumn;

static LabelColumn *
label_columns(const PassState *state, const FactsScan *scan)
{
	LabelColumn *columns = palloc0(state->pass->ndetails * sizeof(LabelColumn));

	for (int i = 1; i < state->pass->ndetails; i++)
	{
		Oid type;
		Oid output;
		bool varlena;

		columns[i].number = facts_scan_column(scan, state->pass->details[i].column);
		type = TupleDescAttr(RelationGetDescr(scan->rel), columns[i].number - 1)->atttypid;
		columns[i].is_text = type == TEXTOID;
		getTypeOutputInfo(type, &output, &varlena);
		fmgr_info(output, &columns[i].output);
	}
	return columns;
}

static int
read_label(FactsDetail *detail, LabelColumn *column, FactsScan *scan)
{
	bool isnull;
	Datum value = slot_getattr(scan->slot, column->number, &isnull);
	MemoryContext caller;
	char *text;
	int label;

	if (isnull)
		return 0;
	if (column->is_text)
	{
		struct varlena *varlena = facts_scan_varlena(scan, value);

		return breakdown_label(detail, VARDATA_ANY(varlena), (int) VARSIZE_ANY_EXHDR(varlena));
	}
	caller = MemoryContextSwitchTo(scan->row_context);
	text = OutputFunctionCall(&column->output, value);
	MemoryContextSwitchTo(caller);
	label = breakdown_label(detail, text, (int) strlen(text));
	return label;
}

static void
read_labels(PassState *state, Customer *customer, LabelColumn *columns, FactsScan *scan)
{
	int16 *labels = customer_labels(customer);

	for (int i = 1; i < state->pass->ndetails; i++)
		labels[i - 1] = (int16) read_label(&state->pass->details[i], &columns[i], scan);
}

/* Before the history: a member has one row, so nobody is looked for. */
static void
read_members(PassState *state)
{
	FactsScan scan;
	AttrNumber entry_column;
	LabelColumn *columns;

	begin_common_scan(state, &scan, state->pass->members);
	columns = label_columns(state, &scan);
	entry_column = facts_scan_column(&scan, "entry_day");
	while (facts_scan_next(&scan))
	{
		Datum key;
		bool isnull;
		Datum entry_day;
		Customer *customer;

		if (!key_of_part(state, &scan, &key))
			continue;
		entry_day = slot_getattr(scan.slot, entry_column, &isnull);
		customer = customers_add(&state->customers, key);
		states_add_member(&customer->states, &state->pass->frame,
						  isnull ? DATEVAL_NOEND : DatumGetDateADT(entry_day));
		read_labels(state, customer, columns, &scan);
	}
	facts_scan_end(&scan);
}

static void
count_customers(PassState *state)
{
	FactsPass *pass = state->pass;

	for (uint32 i = 0; i < state->customers.ncustomers; i++)
	{
		const Customer *customer;

		if (i % CUSTOMERS_PER_CHECK == 0)
			CHECK_FOR_INTERRUPTS();
		customer = customers_at(&state->customers, i);
		states_finish(&customer->states, state->states);
		cells_count_customer(pass->counts, state->states);
		for (int d = 1; d < pass->ndetails; d++)
			detail_count_customer(&pass->details[d], customer_labels(customer)[d - 1], state->states);
	}
}

static int
landing_measure(const FactsPass *pass, int source)
{
	return pass->landing != NULL && pass->ndetails > 0 ? pass->landing[source] : 0;
}

/* What the ledger just read amounts to, beside its source's own cells. */
static void
add_details(PassState *state, int source, const Customer *customer, const int16 *states)
{
	FactsPass *pass = state->pass;
	int segments = pass->frame.nsegments;

	for (int d = 0; d < pass->ndetails; d++)
	{
		int label = d == 0 || customer == NULL ? 0 : customer_labels(customer)[d - 1];

		if (source == pass->main_source)
			detail_add_activity(&pass->details[d], label, states, &state->trace, segments);
		if (states != NULL && landing_measure(pass, source) > 0)
			detail_add_landing(&pass->details[d], label, states, &state->trace, pass->landing[source],
							   segments);
		if (d > 0)
			detail_add_totals(&pass->details[d], label, source, states, &state->trace, segments);
	}
}

/* customer NULL: nobody's. */
static void
add_ledger(PassState *state, int source, const Customer *customer, const Ledger *ledger)
{
	FactsPass *pass = state->pass;
	FactsCells **totals = &pass->totals[source];
	bool traced = source == pass->main_source || pass->ndetails > 1 || landing_measure(pass, source) > 0;
	LedgerIterator it;

	ledger_iterate(ledger, &it);
	if (*totals == NULL)
		*totals = cells_for_ledgers(pass->frame.ndays - 1, pass->frame.nsegments, &it.shape);
	if (customer != NULL)
		states_finish(&customer->states, state->states);
	*totals = cells_add_ledger(*totals, customer != NULL ? state->states : NULL, &it, pass->frame.days,
							   traced ? &state->trace : NULL);
	if (traced)
		add_details(state, source, customer, customer != NULL ? state->states : NULL);
	if (pass->movement != NULL && movement_wants(pass->movement, source))
		movement_add_ledger(pass->movement, &pass->frame, source, kept_of(state, customer), ledger);
}

static void
add_waiting(PassState *state, int source)
{
	Waiting *waiting = &state->waiting;

	customers_prefetch(&state->customers, waiting->key, waiting->count);
	for (int i = 0; i < waiting->count; i++)
		add_ledger(state, source, customers_find(&state->customers, waiting->key[i]), waiting->ledger[i]);
	waiting->count = 0;
	MemoryContextReset(waiting->context);
}

/* The row they are in is soon gone. */
static void
wait_for_customer(PassState *state, int source, Datum key, const Ledger *ledger)
{
	Waiting *waiting = &state->waiting;
	MemoryContext caller = MemoryContextSwitchTo(waiting->context);

	waiting->key[waiting->count] = datumCopy(key, state->key_type.by_value, state->key_type.length);
	waiting->ledger[waiting->count] = palloc(VARSIZE_ANY(ledger));
	memcpy(waiting->ledger[waiting->count++], ledger, VARSIZE_ANY(ledger));
	MemoryContextSwitchTo(caller);
	if (waiting->count == CUSTOMERS_PREFETCHED)
		add_waiting(state, source);
}

static void
read_ledgers(PassState *state, int source)
{
	FactsScan scan;
	AttrNumber ledger_column;

	begin_common_scan(state, &scan, state->pass->ledgers[source]);
	state->trace.measure = source == state->pass->main_source ? state->pass->main_measure : 0;
	ledger_column = facts_scan_column(&scan, "ledger");
	while (facts_scan_next(&scan))
	{
		bool of_part;
		Datum key;
		bool isnull;
		const Customer *customer;
		const Ledger *ledger;

		of_part = key_of_part(state, &scan, &key);
		if (!of_part && (!slot_attisnull(scan.slot, scan.key_column) || state->part > 0))
			continue;
		ledger = facts_scan_varlena(&scan, slot_getattr(scan.slot, ledger_column, &isnull));
		customer = of_part ? customers_guess(&state->customers, key) : NULL;
		if (of_part && customer == NULL)
			wait_for_customer(state, source, key, ledger);
		else
			add_ledger(state, source, customer, ledger);
	}
	add_waiting(state, source);
	facts_scan_end(&scan);
}

static Oid
key_type_of(Oid relid, const char *key_name, Oid *collation)
{
	Oid type;
	int32 typmod;

	get_atttypetypmodcoll(relid, get_attnum(relid, key_name), &type, &typmod, collation);
	return type;
}

static double
estimated_customers(const FactsPass *pass)
{
	Relation rel;
	BlockNumber pages;
	double tuples;
	double visible;

	if (pass->keys != NULL)
		return pass->keys->nkeys;
	rel = table_open(pass->members, AccessShareLock);
	estimate_rel_size(rel, NULL, &pages, &tuples, &visible);
	table_close(rel, AccessShareLock);
	return tuples;
}

static Size
kept_size(const FactsPass *pass)
{
	return pass->movement == NULL ? 0 : movement_kept_size(&pass->frame);
}

/* So many that the states of one fit: a customer's own, its key's copy, and up to four slots. */
static int
choose_parts(const FactsPass *pass, const CustomerKeyType *key_type)
{
	double size =
		customer_size(&pass->frame) + kept_size(pass) + 4 * sizeof(uint64) + (key_type->by_value ? 0 : 32);

	return (int) Min(PARTS_MAX, 1 + estimated_customers(pass) * size / (maintenance_work_mem * 1024.0));
}

static void
begin_details(FactsPass *pass)
{
	for (int i = 1; i < pass->ndetails; i++)
	{
		pass->details[i].counts = cells_for_counts(pass->frame.ndays - 1, pass->frame.nsegments);
		pass->details[i].labels = palloc0(sizeof(BreakdownLabels));
	}
}

void
facts_pass(FactsPass *pass)
{
	PassState state = {.pass = pass};
	Oid collation;
	Oid type = key_type_of(pass->members, pass->key_name, &collation);

	key_type_init(&state.key_type, type, collation);
	customers_init(&state.customers, &pass->frame, &state.key_type, kept_size(pass));
	state.kept_at = customer_size(&pass->frame);
	state.waiting.context =
		AllocSetContextCreate(CurrentMemoryContext, "segment ledgers waiting", ALLOCSET_DEFAULT_SIZES);
	state.states = palloc(pass->frame.ndays * sizeof(int16));
	pass->counts = cells_for_counts(pass->frame.ndays - 1, pass->frame.nsegments);
	pass->totals = palloc0(Max(pass->nsources, 1) * sizeof(FactsCells *));
	begin_details(pass);
	trace_init(&state.trace, pass->before, pass->frame.ndays - 1);
	pass->parts = choose_parts(pass, &state.key_type);

	CommandCounterIncrement();
	/* As statements read (sql.h): who waited for the population lock must see what its holder committed. */
	PushCopiedSnapshot(api_reads_by_snapshot() ? GetActiveSnapshot() : GetTransactionSnapshot());
	UpdateActiveSnapshotCommandId();
	for (state.part = 0; state.part < pass->parts; state.part++)
	{
		customers_reset(&state.customers);
		read_members(&state);
		read_history(&state, pass->keys != NULL ? read_assigned(&state) : NULL);
		read_first_stays(&state);
		count_customers(&state);
		for (int source = 0; source < pass->nsources; source++)
			read_ledgers(&state, source);
		if (pass->movement != NULL)
			movement_count(pass->movement, &pass->frame, &state.customers);
	}
	PopActiveSnapshot();
	MemoryContextDelete(state.customers.context);
	MemoryContextDelete(state.waiting.context);
}
