/*
 * backend.h
 *	  What the stand-alone tests use of the stubs: catching errors, giving
 *	  memory back.
 */
#ifndef SEGMENT_TEST_BACKEND_H
#define SEGMENT_TEST_BACKEND_H

#include <setjmp.h>

/* Where ereport(ERROR) lands; set it before calling code that may raise. */
extern sigjmp_buf stub_error;
extern int stub_sqlstate;
extern char stub_message[1024];

/* Frees everything palloc'd since the last call. */
extern void stub_free_all(void);

/* True if the statement ran to its end, false if it raised. */
#define STUB_TRY(statement) (sigsetjmp(stub_error, 0) == 0 ? ((statement), true) : false)

#endif /* SEGMENT_TEST_BACKEND_H */
