/*
 * job_work.h
 *	  What a job of each kind does.
 */
#ifndef SEGMENT_JOB_WORK_H
#define SEGMENT_JOB_WORK_H

#include "postgres.h"

#include "job_table.h"

/* Where transactions may be ended (procedure.h); what there is to say of it in "context", or NULL. */
extern char *job_work(const Job *job, MemoryContext context);

#endif /* SEGMENT_JOB_WORK_H */
