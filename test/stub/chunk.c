/*
 * chunk.c
 *	  Whose memory a chunk is.  c6e0fe1f2a08 (PostgreSQL 16) made it a function;
 *	  before, memutils.h has its body, so that this file stays away from that
 *	  header, and nobody calls what is here.
 */
#include "postgres.h"

extern MemoryContext GetMemoryChunkContext(void *pointer);

/* The word before the chunk, where backend.c has put it. */
MemoryContext
GetMemoryChunkContext(void *pointer)
{
	return ((MemoryContext *) pointer)[-1];
}
