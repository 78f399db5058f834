/*
 * definition.c
 *	  Helpers that defining populations and sources share: arguments, names
 *	  of generated relations, refusals.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "miscadmin.h"
#include "pgtime.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "args.h"
#include "catalog.h"
#include "definition.h"
#include "sql.h"

void
require_arguments(FunctionCallInfo fcinfo, int count, const char *const *names)
{
	for (int i = 0; i < count; i++)
	{
		if (PG_ARGISNULL(i))
			ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
							errmsg("argument \"%s\" is null", names[i]), errhint("Give it a value.")));
	}
}

char *
new_data_name(const char *base, const char *suffix)
{
	char *name = psprintf("%s%s", base, suffix);

	if (strlen(name) >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_NAME_TOO_LONG), errmsg("the generated name \"%s\" is too long", name),
				 errhint("Choose shorter names: a generated name has at most %d bytes.", NAMEDATALEN - 1)));
	if (OidIsValid(get_relname_relid(name, get_namespace_oid("segment_data", false))))
		ereport(ERROR, (errcode(ERRCODE_DUPLICATE_TABLE),
						errmsg("relation \"segment_data.%s\" exists already", name),
						errhint("Choose another name, or drop what generated that relation.")));
	return data_name(base, suffix);
}

void
refuse_when_used(const char *object, const char *names_query)
{
	uint64 found = sql_query("%s", names_query);
	StringInfoData names;

	if (found == 0)
		return;
	initStringInfo(&names);
	for (uint64 row = 0; row < found; row++)
		appendStringInfo(&names, "%s%s", row > 0 ? ", " : "", cell_text(row, 1));
	ereport(ERROR, (errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
					errmsg("%s cannot be dropped because something uses it", object),
					errdetail("In use by: %s.", names.data), errhint("Drop those first.")));
}

void
require_timezone(const char *timezone)
{
	pg_tz *zone = pg_tzset(timezone);

	if (zone == NULL || !pg_tz_acceptable(zone))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("time zone \"%s\" is not known", timezone),
				 errhint("SELECT name FROM pg_timezone_names lists the time zones there are.")));
}

void
require_membership(Oid caller, Oid owner)
{
	if (!has_privs_of_role(caller, owner))
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
						errmsg("role \"%s\" is not a member of role \"%s\"", GetUserNameFromId(caller, false),
							   GetUserNameFromId(owner, false)),
						errhint("Name an owner whose member you are, or ask for membership in \"%s\".",
								GetUserNameFromId(owner, false))));
}

/*
 * A view or policy that a refresh reads could call us in the middle of it,
 * with what it is at work on still in memory.
 */
void
refuse_when_restricted(void)
{
	if (InSecurityRestrictedOperation())
		ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
						errmsg("definitions cannot be changed within a security-restricted operation"),
						errhint("Call this outside of what a refresh, a view's REFRESH or an index runs.")));
}
