/*
 * worker.c
 *	  What launcher, schedulers and job workers have in common.
 *
 * They run as the bootstrap superuser, so that no role needs LOGIN; what reads
 * users' tables switches to the population's owner in a restricted operation,
 * as in a session.  Commits wait for the local flush, never for a standby:
 * results and cursor travel in the same WAL, so a standby that lags has both
 * or neither, and a fast stop is not held up by a standby that is not there.
 */
#include "postgres.h"

#include <signal.h>

#include "access/xact.h"
#include "catalog/pg_extension.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "storage/pmsignal.h"
#include "storage/proc.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"

#include "clock.h"
#include "compat.h"
#include "sql.h"
#include "worker.h"

/* As pmsignal.c has it. */
#ifdef SIGINFO
#define POSTMASTER_DEATH_SIGNAL SIGINFO
#else
#define POSTMASTER_DEATH_SIGNAL SIGPWR
#endif

#define EPISODE_FIRST_DELAY 1000
#define EPISODE_LONGEST_DELAY 60000

/* By WorkerKind. */
static const struct
{
	const char *type;
	const char *function;
} kinds[] = {{"segment launcher", "segment_launcher_main"},
			 {"segment scheduler", "segment_scheduler_main"},
			 {"segment job", "segment_job_main"}};

/* Whatever a database or the bootstrap superuser is set to: runs have limits of their own, and must write. */
static const char *const settings[][2] = {
	{"synchronous_commit", "local"},
	{"statement_timeout", "0"},
	{"idle_in_transaction_session_timeout", "0"},
	{"default_transaction_read_only", "off"},
	{"default_transaction_isolation", "read committed"},
};

static volatile sig_atomic_t terminated = false;
static volatile sig_atomic_t sleeping = false;

/* ---- starting ---- */

void
worker_describe(BackgroundWorker *worker, WorkerKind kind, const WorkerArgument *argument)
{
	memset(worker, 0, sizeof(BackgroundWorker));
	worker->bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker->bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker->bgw_restart_time = BGW_NEVER_RESTART;
	strlcpy(worker->bgw_library_name, "segment", sizeof(worker->bgw_library_name));
	strlcpy(worker->bgw_function_name, kinds[kind].function, BGW_MAXLEN);
	strlcpy(worker->bgw_type, kinds[kind].type, BGW_MAXLEN);
	if (kind == WORKER_LAUNCHER)
		strlcpy(worker->bgw_name, kinds[kind].type, BGW_MAXLEN);
	else if (kind == WORKER_SCHEDULER)
		snprintf(worker->bgw_name, BGW_MAXLEN, "%s of database %u", kinds[kind].type, argument->database);
	else
		snprintf(worker->bgw_name, BGW_MAXLEN, "%s %d of database %u", kinds[kind].type, argument->job_id,
				 argument->database);
	StaticAssertStmt(sizeof(WorkerArgument) <= BGW_EXTRALEN, "argument of a worker does not fit");
	memcpy(worker->bgw_extra, argument, sizeof(WorkerArgument));
}

BackgroundWorkerHandle *
worker_start(WorkerKind kind, const WorkerArgument *argument)
{
	BackgroundWorker worker;
	BackgroundWorkerHandle *handle;

	worker_describe(&worker, kind, argument);
	worker.bgw_notify_pid = MyProcPid;
	return RegisterDynamicBackgroundWorker(&worker, &handle) ? handle : NULL;
}

/* ---- being started ---- */

/* Every stop of the server ends them: one that sleeps says nothing about it. */
static void
terminate(SIGNAL_ARGS)
{
	int save_errno = errno;

	terminated = true;
	if (sleeping)
		SetLatch(MyLatch);
	else
		die(postgres_signal_arg);
	errno = save_errno;
}

bool
worker_was_terminated(void)
{
	return terminated;
}

#ifdef USE_POSTMASTER_DEATH_SIGNAL
/* Where the kernel tells: a process that computes would notice at its next wait only. */
static void
postmaster_died(SIGNAL_ARGS)
{
	int save_errno = errno;

	postmaster_possibly_dead = true;
	InterruptPending = true;
	ProcDiePending = true;
	SetLatch(MyLatch);
	errno = save_errno;
}
#endif

void
worker_begin(WorkerKind kind, WorkerArgument *argument)
{
	memcpy(argument, MyBgworkerEntry->bgw_extra, sizeof(WorkerArgument));
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	/* A job records its end on the way out. */
	pqsignal(SIGTERM, terminate);
	/* Cancelling is for jobs: the others have nothing to cancel. */
	if (kind != WORKER_JOB)
		pqsignal(SIGINT, SIG_IGN);
#ifdef USE_POSTMASTER_DEATH_SIGNAL
	pqsignal(POSTMASTER_DEATH_SIGNAL, postmaster_died);
#endif
	BackgroundWorkerUnblockSignals();
	if (!slot_claim(kind, argument))
		proc_exit(0);
}

static void
set_for_process(const char *name, const char *value)
{
	SetConfigOption(name, value, PGC_SUSET, PGC_S_OVERRIDE);
}

void
worker_connect(WorkerKind kind, const WorkerArgument *argument)
{
	if (kind == WORKER_LAUNCHER)
		BackgroundWorkerInitializeConnection(NULL, NULL, 0);
	else
		BackgroundWorkerInitializeConnectionByOid(argument->database, InvalidOid, 0);
	for (int i = 0; i < lengthof(settings); i++)
		set_for_process(settings[i][0], settings[i][1]);
	if (has_transaction_timeout)
		set_for_process("transaction_timeout", "0");
	set_for_process("application_name", kinds[kind].type);
	/* The launcher has looked up no roles, and has no settings of a database. */
	if (kind != WORKER_LAUNCHER)
		set_for_process("role", "none");
	pgstat_report_activity(STATE_IDLE, NULL);
}

void
worker_sleep(long milliseconds)
{
	sleeping = true;
	if (!terminated)
		clock_wait(milliseconds);
	/* Not 0, with which the postmaster would never start a launcher again. */
	if (terminated)
		proc_exit(1);
	sleeping = false;
	CHECK_FOR_INTERRUPTS();
}

bool
worker_reload(void)
{
	if (!ConfigReloadPending)
		return false;
	ConfigReloadPending = false;
	ProcessConfigFile(PGC_SIGHUP);
	return true;
}

/* ---- the extension ---- */

ExtensionState
extension_lock(bool wait, char **version)
{
	Oid extension = get_extension_oid("segment", true);

	*version = NULL;
	if (!OidIsValid(extension))
		return EXTENSION_ABSENT;
	if (wait)
		LockDatabaseObject(ExtensionRelationId, extension, 0, AccessShareLock);
	else if (!ConditionalLockDatabaseObject(ExtensionRelationId, extension, 0, AccessShareLock))
		return EXTENSION_BUSY;
	/* Dropped, perhaps created anew, while we waited. */
	*version = extension_version(extension);
	if (*version == NULL)
		return EXTENSION_ABSENT;
	return strcmp(*version, SEGMENT_VERSION) == 0 ? EXTENSION_HERE : EXTENSION_OTHER_VERSION;
}

/* Nothing else does this for locks of a session. */
static void
release_session_locks(int code, Datum arg)
{
	LockReleaseAll(DEFAULT_LOCKMETHOD, true);
}

void
extension_lock_for_session(void)
{
	LOCKTAG tag;

	before_shmem_exit(release_session_locks, (Datum) 0);
	SET_LOCKTAG_OBJECT(tag, MyDatabaseId, ExtensionRelationId, get_extension_oid("segment", false), 0);
	(void) LockAcquire(&tag, AccessShareLock, true, false);
}

/* ---- trouble ---- */

bool
episode_continues(Episode *episode)
{
	bool first = episode->delay == 0;

	episode->delay = first ? EPISODE_FIRST_DELAY : Min(2 * episode->delay, EPISODE_LONGEST_DELAY);
	return first;
}
