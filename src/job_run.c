/*
 * job_run.c
 *	  Running a job: claim, work, what became of it, each in transactions of
 *	  their own.
 *
 * A run is committed as running before the work begins, and the session holds
 * the job's run lock from before that until after the end is recorded, so that
 * a run whose process has died is told from one that takes long.  The work
 * commits on its way, so that its error cannot be caught in a subtransaction:
 * the whole transaction is rolled back, as a procedure's ROLLBACK does, and
 * with it every connection of SPI's that the work had opened.  For that, ours
 * must be the first: the procedures refuse to be called by others.
 */
#include "postgres.h"

#include "access/xact.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/pmsignal.h"
#include "tcop/pquery.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/portal.h"
#include "utils/snapmgr.h"
#include "utils/timeout.h"

#include "clock.h"
#include "compat.h"
#include "debug.h"
#include "guc.h"
#include "job_record.h"
#include "job_work.h"
#include "procedure.h"
#include "sql.h"

PG_FUNCTION_INFO_V1(segment_run_job);
PG_FUNCTION_INFO_V1(segment_run_if_due);
PG_FUNCTION_INFO_V1(segment_run_due_jobs);

typedef enum Claim
{
	CLAIM_RUNNING, /* ours to run */
	CLAIM_TAKEN,   /* somebody else runs it */
	CLAIM_NOT_DUE  /* nothing to do any more */
} Claim;

typedef struct Run
{
	Job *job; /* as it was when claimed */
	int64 run_id;
	JobOutcome outcome;
	ErrorData *error; /* NULL: it succeeded */
	bool timed_out;
} Run;

/* Of the run under way in this backend, for its end by FATAL. */
static Run *run_under_way = NULL;

/* max_runtime. */

static TimeoutId runtime_timeout = MAX_TIMEOUTS;
static volatile sig_atomic_t runtime_exceeded = false;

/* As StatementCancelHandler, which not every process has. */
static void
on_runtime_timeout(void)
{
	runtime_exceeded = true;
	InterruptPending = true;
	QueryCancelPending = true;
	SetLatch(MyLatch);
}

/* In milliseconds; 0: no limit. */
static int
runtime_limit(const Job *job)
{
	int limit = (int) Min(job->max_runtime_ms, PG_INT32_MAX);

	if (segment_job_max_runtime > 0 && (limit == 0 || segment_job_max_runtime < limit))
		return segment_job_max_runtime;
	return limit;
}

static void
start_timeout(const Job *job)
{
	int limit = runtime_limit(job);

	runtime_exceeded = false;
	if (limit == 0)
		return;
	if (runtime_timeout == MAX_TIMEOUTS)
		runtime_timeout = RegisterTimeout(USER_TIMEOUT, on_runtime_timeout);
	enable_timeout_after(runtime_timeout, limit);
}

/* A cancellation that came when the work was done already cancels nothing else. */
static bool
stop_timeout(void)
{
	if (runtime_timeout == MAX_TIMEOUTS)
		return false;
	disable_timeout(runtime_timeout, false);
	if (runtime_exceeded)
		QueryCancelPending = false;
	return runtime_exceeded;
}

/* A process told to end records that: it is no crash. */

static void
record_exit(int code, Datum ignored)
{
	JobOutcome outcome = {
		.state = "cancelled", .sqlstate = "57P01", .message = "the process that ran it was told to end"};
	Run *run = run_under_way;
	Job *now;
	ApiCall call;

	run_under_way = NULL;
	if (run == NULL || !PostmasterIsAlive())
		return;
	AbortOutOfAnyTransaction();
	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	/* A fast stop does not wait for a standby that may be gone. */
	synchronous_commit = SYNCHRONOUS_COMMIT_LOCAL_FLUSH;
	api_begin(&call);
	now = job_by_id(run->job->id, true);
	if (now != NULL && now->run_id == run->run_id)
		job_finished(now, run->run_id, &outcome);
	api_end(&call);
	PopActiveSnapshot();
	CommitTransactionCommand();
}

static void
watch_exit(Run *run)
{
	static bool registered = false;

	if (!registered)
		before_shmem_exit(record_exit, (Datum) 0);
	registered = true;
	run_under_way = run;
}

/* Claiming. */

static bool
is_due(const Job *job)
{
	return job->active && job->next_run <= clock_now();
}

/* With the run lock: what is recorded as under way is dead. */
static Claim
claim_locked(Run *run, bool forced)
{
	char *blocked;

	if (run->job->run_id != 0)
		job_crashed(run->job);
	if (!forced && (run->job->run_id != 0 || !is_due(run->job)))
		return CLAIM_NOT_DUE;
	blocked = forced ? NULL : job_blocked_by(run->job);
	if (blocked != NULL)
	{
		job_skipped(run->job, blocked);
		return CLAIM_NOT_DUE;
	}
	run->run_id = job_started(run->job);
	return CLAIM_RUNNING;
}

/* In a transaction of its own, committed; the run lock is kept if the job is ours to run. */
static Claim
claim(int job_id, bool forced, Run *run, MemoryContext context)
{
	Claim result = CLAIM_NOT_DUE;
	ApiCall call;

	transaction_begin(&call, false);
	run->job = forced ? job_by_id(job_id, false) : job_by_id(job_id, true);
	if (run->job != NULL)
	{
		job_check_access(run->job, call.caller);
		result = job_lock(job_id) ? CLAIM_RUNNING : CLAIM_TAKEN;
	}
	if (result == CLAIM_RUNNING)
	{
		PG_TRY();
		{
			/* As it is now that nobody else can start it. */
			run->job = job_by_id(job_id, true);
			result = run->job != NULL ? claim_locked(run, forced) : CLAIM_NOT_DUE;
			if (run->job != NULL)
				run->job = job_copy(run->job, context);
			transaction_end(&call, false);
		}
		PG_CATCH();
		{
			job_unlock(job_id);
			PG_RE_THROW();
		}
		PG_END_TRY();
		if (result != CLAIM_RUNNING)
			job_unlock(job_id);
		return result;
	}
	transaction_end(&call, false);
	return result;
}

/* The work, and its error. */

/*
 * Back to where the run began: out of all subtransactions, SPI's connections
 * and the transaction.  What SPI's first connection kept is gone.
 */
static void
recover(MemoryContext context)
{
	while (GetCurrentTransactionNestLevel() > 1)
		RollbackAndReleaseCurrentSubTransaction();
	while (SPI_finish() == SPI_OK_FINISH)
		;
	/* SPI's rollback knows of the portal's own snapshot alone. */
	while (ActiveSnapshotSet() && GetActiveSnapshot() != ActivePortal->portalSnapshot)
		PopActiveSnapshot();
	MemoryContextSwitchTo(context);
	if (SPI_connect_ext(SPI_OPT_NONATOMIC) != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	SPI_rollback();
	MemoryContextSwitchTo(context);
}

static void
describe_error(Run *run)
{
	const ErrorData *error = run->error;
	JobOutcome *outcome = &run->outcome;

	outcome->state = error->sqlerrcode == ERRCODE_QUERY_CANCELED && !run->timed_out ? "cancelled" : "failed";
	outcome->sqlstate = pstrdup(unpack_sql_state(error->sqlerrcode));
	outcome->message = error->message ? error->message : pstrdup("no message");
	outcome->hint = error->hint;
	/* There rows and keys are in the details. */
	if (!job_error_may_name_customer(outcome->sqlstate))
		outcome->detail = error->detail;
	if (!run->timed_out)
		return;
	outcome->message = pstrdup("it took longer than its max_runtime and was cancelled");
	outcome->hint =
		psprintf("SELECT segment.alter_job(%d, max_runtime => '…') gives it longer.", run->job->id);
	if (runtime_limit(run->job) == run->job->max_runtime_ms)
		return;
	outcome->message = pstrdup("it took longer than segment.job_max_runtime and was cancelled");
	outcome->hint = "Raise the setting, or have the job do less.";
}

static void
work(Run *run, MemoryContext context)
{
	run->outcome.state = "succeeded";
	PG_TRY();
	{
		start_timeout(run->job);
		DEBUG_POINT("job-before-work");
		run->outcome.result = job_work(run->job, context);
		DEBUG_POINT("job-after-work");
		(void) stop_timeout();
	}
	PG_CATCH();
	{
		run->timed_out = stop_timeout();
		MemoryContextSwitchTo(context);
		run->error = CopyErrorData();
		FlushErrorState();
		recover(context);
		describe_error(run);
	}
	PG_END_TRY();
}

/* By the job as it is now: it may have been altered, or unscheduled. */
static void
finish(Run *run)
{
	Job *now;
	ApiCall call;

	transaction_begin(&call, false);
	now = job_by_id(run->job->id, true);
	if (now != NULL)
		job_finished(now, run->run_id, &run->outcome);
	transaction_end(&call, false);
}

/* DROP EXTENSION may have been faster. */
static bool
extension_is_there(void)
{
	SPI_commit();
	SPI_start_transaction();
	return OidIsValid(get_extension_oid("segment", true));
}

/* Between procedure_begin() and procedure_end(); the error, when there is one, in "context". */
static Claim
run_job(int job_id, bool forced, MemoryContext context, ErrorData **error)
{
	Run *run = MemoryContextAllocZero(context, sizeof(Run));
	Claim result = claim(job_id, forced, run, context);

	*error = NULL;
	if (result != CLAIM_RUNNING)
		return result;
	PG_TRY();
	{
		watch_exit(run);
		work(run, context);
		if (extension_is_there())
			finish(run);
	}
	PG_FINALLY();
	{
		run_under_way = NULL;
		job_unlock(job_id);
	}
	PG_END_TRY();
	*error = run->error;
	return result;
}

/* The procedures. */

/* Lives as long as the CALL. */
static MemoryContext
begin_alone(FunctionCallInfo fcinfo, const char *name)
{
	if (SPI_inside_nonatomic_context())
		ereport(
			ERROR,
			(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
			 errmsg("segment.%s cannot run inside another procedure", name),
			 errhint("It recovers from errors of its own transactions: CALL it as a statement of its own.")));
	procedure_begin(fcinfo, name);
	return AllocSetContextCreate(PortalContext, "segment job", ALLOCSET_DEFAULT_SIZES);
}

Datum
segment_run_job(PG_FUNCTION_ARGS)
{
	MemoryContext context = begin_alone(fcinfo, "run_job");
	ErrorData *error;
	int job_id;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("job must not be null"),
				 errhint("SELECT job, kind, target FROM segment.job_status lists the jobs there are.")));
	job_id = PG_GETARG_INT32(0);
	if (run_job(job_id, true, context, &error) == CLAIM_TAKEN)
		ereport(ERROR, (errcode(ERRCODE_LOCK_NOT_AVAILABLE), errmsg("job %d is running", job_id),
						errhint("SELECT * FROM segment.job_status says since when; segment.cancel_job(%d) "
								"cancels it.",
								job_id)));
	if (error != NULL)
		ReThrowError(error);
	procedure_end();
	PG_RETURN_VOID();
}

Datum
segment_run_if_due(PG_FUNCTION_ARGS)
{
	MemoryContext context = begin_alone(fcinfo, "run_if_due");
	ErrorData *error;

	if (!PG_ARGISNULL(0))
		(void) run_job(PG_GETARG_INT32(0), !PG_ARGISNULL(1) && PG_GETARG_BOOL(1), context, &error);
	procedure_end();
	PG_RETURN_VOID();
}

/* The first job due that has not had its turn in this call. */
static int
next_of_call(const List *done)
{
	int result = 0;
	ListCell *lc;
	ApiCall call;

	transaction_begin(&call, false);
	foreach (lc, jobs_due_for(call.caller, clock_now()))
	{
		int job_id = ((Job *) lfirst(lc))->id;

		if (list_member_int(done, job_id))
			continue;
		result = job_id;
		break;
	}
	transaction_end(&call, false);
	return result;
}

static void
look_after(void (*what)(void))
{
	ApiCall call;

	transaction_begin(&call, false);
	what();
	transaction_end(&call, false);
}

/* A turn each: a job that is due again before the call ends waits for the next one. */
Datum
segment_run_due_jobs(PG_FUNCTION_ARGS)
{
	MemoryContext context = begin_alone(fcinfo, "run_due_jobs");
	MemoryContext job_context = AllocSetContextCreate(context, "segment job run", ALLOCSET_DEFAULT_SIZES);
	List *done = NIL;
	int job_id;

	look_after(reap_dead_runs);
	while ((job_id = next_of_call(done)) != 0)
	{
		MemoryContext old = MemoryContextSwitchTo(context);
		ErrorData *error;

		done = lappend_int(done, job_id);
		MemoryContextSwitchTo(old);
		CHECK_FOR_INTERRUPTS();
		(void) run_job(job_id, false, job_context, &error);
		/* Who cancels, cancels the call, not a job of it. */
		if (error != NULL && error->sqlerrcode == ERRCODE_QUERY_CANCELED && !runtime_exceeded)
			ReThrowError(error);
		MemoryContextReset(job_context);
	}
	look_after(note_late_jobs);
	procedure_end();
	PG_RETURN_VOID();
}

/* In a worker: the same procedure, as the statement of a portal. */

static List *
plan_call(const char *query)
{
	RawStmt *raw = linitial_node(RawStmt, pg_parse_query(query));
	List *plans;

	PushActiveSnapshot(GetTransactionSnapshot());
	plans = pg_plan_queries(segment_analyze(raw, query), query, CURSOR_OPT_PARALLEL_OK, NULL);
	PopActiveSnapshot();
	return plans;
}

static void
run_call(const char *query, MemoryContext context)
{
	Portal portal;

	StartTransactionCommand();
	MemoryContextSwitchTo(context); /* the plan outlives the transaction */
	portal = CreatePortal("", true, true);
	portal->visible = false;
	PortalDefineQuery(portal, NULL, query, CMDTAG_CALL, plan_call(query), NULL);
	PortalStart(portal, NULL, 0, InvalidSnapshot);
	(void) segment_portal_run(portal, None_Receiver);
	PortalDrop(portal, false);
	CommitTransactionCommand();
}

void
job_execute(int32 job_id, bool forced)
{
	MemoryContext old = CurrentMemoryContext;
	MemoryContext context =
		AllocSetContextCreate(TopMemoryContext, "segment job call", ALLOCSET_DEFAULT_SIZES);

	run_call(MemoryContextStrdup(
				 context, psprintf("CALL segment.run_if_due(%d, %s)", job_id, forced ? "true" : "false")),
			 context);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}
