/*
 * compat.h
 *	  The only file that knows PostgreSQL versions apart.  Each difference
 *	  names the upstream commit it answers to.
 */
#ifndef SEGMENT_COMPAT_H
#define SEGMENT_COMPAT_H

#include "utils/guc.h"
#include "utils/regproc.h"

/* 88103567cb8f (PostgreSQL 15) renamed EmitWarningsOnPlaceholders. */
#if PG_VERSION_NUM < 150000
#define MarkGUCPrefixReserved(prefix) EmitWarningsOnPlaceholders(prefix)
#endif

#endif							/* SEGMENT_COMPAT_H */
