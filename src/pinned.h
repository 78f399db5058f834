/*
 * pinned.h
 *	  Settings under which statements of ours run, whoever calls.
 */
#ifndef SEGMENT_PINNED_H
#define SEGMENT_PINNED_H

#include "postgres.h"

/* At the current GUC nest level: all that could change a result, or turn text into code. */
extern void pin_settings(void);

extern void pin_setting(const char *name, const char *value);

#endif /* SEGMENT_PINNED_H */
