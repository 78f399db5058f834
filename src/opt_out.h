/*
 * opt_out.h
 *	  No result is committed after an opt-out that has the customer in it.
 *
 * What is written is of one snapshot; who withdraws consent after it would
 * still be assigned when it is committed.  So before that whoever writes
 * assignments waits until every writer of the population's table whose commit
 * has begun has ended, and keeps off those whose commit has not: both write
 * the table's change log as they commit, and one lock on it does.  Then a newer
 * snapshot says who has withdrawn since the last refresh; they are taken out
 * as if their rows had gone.  The cursor stays where it is: the next refresh
 * finds their changes in the log, and nothing left to do.
 *
 * Where changes are not captured (views, foreign tables, row-level security)
 * there is no log to lock, and everyone's consent is read by the newer
 * snapshot: an opt-out committed during that reading is left to the next refresh.
 */
#ifndef SEGMENT_OPT_OUT_H
#define SEGMENT_OPT_OUT_H

#include "postgres.h"

#include "catalog.h"

/*
 * Both want the population lock, and results and facts as of the last refresh,
 * this one's included; nothing happens without a consent condition.  The first
 * at any time, against opt-outs known by now; the other when all is written.
 */
extern void opt_outs_take_out(int population_id);
extern void opt_outs_take_out_last(int population_id);

#endif /* SEGMENT_OPT_OUT_H */
