/*
 * guc.h
 *	  Every setting of the extension, one table.
 */
#ifndef SEGMENT_GUC_H
#define SEGMENT_GUC_H

/* The clock the extension believes in: empty for the real one, else a timestamptz (superuser). */
extern char *segment_clock;

extern void segment_define_settings(void);

#endif							/* SEGMENT_GUC_H */
