/*
 * database_hook.h
 *	  Statements the worker must know of before, or as soon as, they are done.
 */
#ifndef SEGMENT_DATABASE_HOOK_H
#define SEGMENT_DATABASE_HOOK_H

/* From _PG_init of a preloaded library. */
extern void database_hook_install(void);

/* At the commit of this transaction, have the scheduler of this database look at its jobs again. */
extern void scheduler_poke_at_commit(void);

#endif /* SEGMENT_DATABASE_HOOK_H */
