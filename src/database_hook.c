/*
 * database_hook.c
 *	  Statements the worker must know of before, or as soon as, they are done.
 *
 * DROP and RENAME DATABASE, SET TABLESPACE and use as a template fail while
 * somebody is connected: the server waits five seconds for autovacuum to
 * leave, and knows nothing of our schedulers.  So before such a statement of
 * the database's owner its processes are asked to leave, and kept away until
 * the transaction ends.  CREATE, ALTER and DROP EXTENSION wake the launcher
 * as they commit; ALTER EXTENSION waits for the jobs that run and keeps others
 * away, which the server itself does for DROP alone.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_database.h"
#include "catalog/pg_extension.h"
#include "commands/dbcommands.h"
#include "commands/defrem.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/lmgr.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/wait_event.h"

#include "compat.h"
#include "database_hook.h"
#include "shmem.h"

#define POLL_MILLISECONDS 10
#define INSIST_AFTER 1500
#define GIVE_UP_AFTER 4500

static ProcessUtility_hook_type next_hook = NULL;
/* What to do when this transaction has committed. */
static bool wake_launcher = false;
static bool extension_changes = false;
static bool poke_scheduler = false;

/* ---- holding a database ---- */

/* Past the wait, the statement itself reports who is still there. */
static void
empty_database(Oid database)
{
	for (int waited = 0; waited < GIVE_UP_AFTER; waited += POLL_MILLISECONDS)
	{
		if (slots_stop(database, waited == INSIST_AFTER) == 0)
			return;
		(void) WaitLatch(MyLatch, WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, POLL_MILLISECONDS, PG_WAIT_EXTENSION);
		CHECK_FOR_INTERRUPTS();
	}
}

/* Who may not do this to the database may not disturb its worker either. */
static void
hold_database(const char *name)
{
	Oid database = name == NULL ? InvalidOid : get_database_oid(name, true);

	if (!OidIsValid(database) || !segment_owns_database(database, GetUserId()))
		return;
	(void) hold_begin(database);
	empty_database(database);
}

static const char *
string_option(List *options, const char *name)
{
	ListCell *cell;

	foreach (cell, options)
	{
		DefElem *option = lfirst(cell);

		if (strcmp(option->defname, name) == 0 && option->arg != NULL)
			return defGetString(option);
	}
	return NULL;
}

/* ---- extensions ---- */

/* Jobs hold this lock for their whole run, in share mode. */
static void
wait_for_jobs(const AlterExtensionStmt *statement)
{
	Oid extension;

	if (strcmp(statement->extname, "segment") != 0)
		return;
	extension = get_extension_oid("segment", true);
	if (OidIsValid(extension) && superuser())
		LockDatabaseObject(ExtensionRelationId, extension, 0, AccessExclusiveLock);
}

static void
before_statement(Node *statement)
{
	switch (nodeTag(statement))
	{
		case T_DropdbStmt:
			hold_database(castNode(DropdbStmt, statement)->dbname);
			break;
		case T_RenameStmt:
			if (castNode(RenameStmt, statement)->renameType == OBJECT_DATABASE)
				hold_database(castNode(RenameStmt, statement)->subname);
			break;
		case T_CreatedbStmt:
			hold_database(string_option(castNode(CreatedbStmt, statement)->options, "template"));
			wake_launcher = true;
			break;
		case T_AlterDatabaseStmt:
			if (string_option(castNode(AlterDatabaseStmt, statement)->options, "tablespace") != NULL)
				hold_database(castNode(AlterDatabaseStmt, statement)->dbname);
			wake_launcher = true;
			break;
		case T_AlterExtensionStmt:
			wait_for_jobs(castNode(AlterExtensionStmt, statement));
			extension_changes = true;
			break;
		case T_CreateExtensionStmt:
			extension_changes = true;
			break;
		case T_DropStmt:
			if (castNode(DropStmt, statement)->removeType == OBJECT_EXTENSION)
				scheduler_poke_at_commit();
			break;
		default:
			break;
	}
}

static void
segment_process_utility(PlannedStmt *statement, const char *query, bool read_only_tree,
						ProcessUtilityContext context, ParamListInfo params, QueryEnvironment *environment,
						DestReceiver *destination, QueryCompletion *completion)
{
	ProcessUtility_hook_type process = next_hook ? next_hook : standard_ProcessUtility;

	if (shmem_available() && !RecoveryInProgress())
		before_statement(statement->utilityStmt);
	process(statement, query, read_only_tree, context, params, environment, destination, completion);
}

/* ---- the transaction's end ---- */

static void
at_transaction_end(XactEvent event, void *arg)
{
	if (event != XACT_EVENT_COMMIT && event != XACT_EVENT_ABORT && event != XACT_EVENT_PREPARE)
		return;
	holds_end();
	if (extension_changes && event == XACT_EVENT_COMMIT)
		launcher_poke(MyDatabaseId);
	else if (wake_launcher && event == XACT_EVENT_COMMIT)
		launcher_wake();
	if (poke_scheduler && event == XACT_EVENT_COMMIT)
		scheduler_poke(MyDatabaseId);
	wake_launcher = extension_changes = poke_scheduler = false;
}

void
scheduler_poke_at_commit(void)
{
	poke_scheduler = shmem_available();
}

void
database_hook_install(void)
{
	next_hook = ProcessUtility_hook;
	ProcessUtility_hook = segment_process_utility;
	RegisterXactCallback(at_transaction_end, NULL);
}
