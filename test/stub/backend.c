/*
 * backend.c
 *	  As much of the backend as the ledger's pure C needs, so that unit tests and
 *	  the fuzzer run without a server, under sanitizers.
 *
 * Every allocation is its own malloc, so that AddressSanitizer sees its ends.
 * A header before it keeps the list to free by, and in its last word the
 * memory context, where GetMemoryChunkContext looks up to PostgreSQL 15 and
 * the one of chunk.c does.
 */
#include "postgres.h"

#include <stdarg.h>

#include "backend.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/datetime.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#undef vsnprintf

typedef struct Chunk
{
	struct Chunk *previous;
	struct Chunk *next;
	bool lasting;
	MemoryContext context;
} Chunk;

sigjmp_buf stub_error;
int stub_sqlstate;
char stub_message[1024];

static MemoryContextData transient = {.type = T_AllocSetContext};
static MemoryContextData lasting = {.type = T_AllocSetContext};
static Chunk chunks = {&chunks, &chunks};

MemoryContext CurrentMemoryContext = &transient;
MemoryContext TopMemoryContext = &lasting;
volatile sig_atomic_t InterruptPending = false;

const int day_tab[2][13] = {{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 0},
							{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 0}};

void
ProcessInterrupts(void)
{
}

void *
MemoryContextAllocHuge(MemoryContext context, Size size)
{
	Chunk *chunk = malloc(sizeof(Chunk) + size);

	if (chunk == NULL)
		abort();
	chunk->lasting = context == &lasting;
	chunk->context = context;
	chunk->previous = &chunks;
	chunk->next = chunks.next;
	chunks.next->previous = chunk;
	chunks.next = chunk;
	return chunk + 1;
}

void *
palloc(Size size)
{
	return MemoryContextAllocHuge(CurrentMemoryContext, size);
}

void *
palloc0(Size size)
{
	return memset(palloc(size), 0, size);
}

void
pfree(void *pointer)
{
	Chunk *chunk = (Chunk *) pointer - 1;

	chunk->previous->next = chunk->next;
	chunk->next->previous = chunk->previous;
	free(chunk);
}

void
stub_free_all(void)
{
	for (Chunk *chunk = chunks.next; chunk != &chunks;)
	{
		Chunk *next = chunk->next;

		if (!chunk->lasting)
			pfree(chunk + 1);
		chunk = next;
	}
}

MemoryContext
AllocSetContextCreateInternal(MemoryContext parent, const char *name, Size minimum, Size initial,
							  Size maximum)
{
	return &lasting;
}

bool
errstart(int elevel, const char *domain)
{
	return true;
}

bool
errstart_cold(int elevel, const char *domain)
{
	return true;
}

int
errcode(int sqlstate)
{
	stub_sqlstate = sqlstate;
	return 0;
}

int
errmsg(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(stub_message, sizeof(stub_message), format, arguments);
	va_end(arguments);
	return 0;
}

int
errdetail(const char *format, ...)
{
	return 0;
}

int
errhint(const char *format, ...)
{
	return 0;
}

void
errfinish(const char *filename, int lineno, const char *funcname)
{
	siglongjmp(stub_error, 1);
}

void
initStringInfo(StringInfo to)
{
	to->maxlen = 64;
	to->data = palloc(to->maxlen);
	to->len = 0;
	to->cursor = 0;
	to->data[0] = '\0';
}

static void
append_bytes(StringInfo to, const char *data, int length)
{
	if (to->len + length >= to->maxlen)
	{
		char *larger = palloc(2 * (to->maxlen + length));

		memcpy(larger, to->data, to->len);
		pfree(to->data);
		to->data = larger;
		to->maxlen = 2 * (to->maxlen + length);
	}
	memcpy(to->data + to->len, data, length);
	to->len += length;
	to->data[to->len] = '\0';
}

void
appendStringInfoString(StringInfo to, const char *text)
{
	append_bytes(to, text, strlen(text));
}

void
appendStringInfoChar(StringInfo to, char c)
{
	append_bytes(to, &c, 1);
}

void
appendStringInfo(StringInfo to, const char *format, ...)
{
	char text[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	appendStringInfoString(to, text);
}

void
pg_qsort(void *base, size_t n, size_t width, int (*compare)(const void *, const void *))
{
#undef qsort
	qsort(base, n, width, compare);
}

int
pg_strncasecmp(const char *a, const char *b, size_t n)
{
	return strncasecmp(a, b, n);
}

/* Julian days, as in the backend's datetime.c. */
int
date2j(int year, int month, int day)
{
	int julian;
	int century;

	if (month > 2)
	{
		month += 1;
		year += 4800;
	}
	else
	{
		month += 13;
		year += 4799;
	}
	century = year / 100;
	julian = year * 365 - 32167;
	julian += year / 4 - century + century / 4;
	julian += 7834 * month / 256 + day;
	return julian;
}

void
j2date(int julian_day, int *year, int *month, int *day)
{
	unsigned int julian = julian_day;
	unsigned int quad;
	unsigned int extra;
	int y;

	julian += 32044;
	quad = julian / 146097;
	extra = (julian - quad * 146097) * 4 + 3;
	julian += 60 + quad * 3 + extra / 146097;
	quad = julian / 1461;
	julian -= quad * 1461;
	y = julian * 4 / 1461;
	julian = ((y != 0) ? ((julian + 305) % 365) : ((julian + 306) % 366)) + 123;
	y += quad * 4;
	*year = y - 4800;
	quad = julian * 2141 / 65536;
	*day = julian - 7834 * quad / 256;
	*month = (quad + 10) % 12 + 1;
}

int
GetDatabaseEncoding(void)
{
	return PG_SQL_ASCII;
}

bool
pg_verify_mbstr(int encoding, const char *text, int length, bool no_error)
{
	return true;
}

/* Only SQL functions need it, and they are not here. */
Numeric
int64_div_fast_to_numeric(int64 value, int scale)
{
	abort();
}
