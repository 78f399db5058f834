/*
 * movement_sql.h
 *	  The queries by which moves are read: the same for the views over all
 *	  schemes and for the functions about any two days.
 */
#ifndef SEGMENT_MOVEMENT_SQL_H
#define SEGMENT_MOVEMENT_SQL_H

#include "postgres.h"

/*
 * "rows" is a query of moves: scheme, period_start, period_end, gone (whether
 * to_segment stands for nobody's), measure, is_final, computed_at and the
 * columns of movement_rows.h.  The results begin with scheme, period_start and
 * period_end and end with measure, is_final and computed_at.
 */
extern char *migration_query(const char *rows);
extern char *value_bridge_query(const char *rows);

/* The columns between, each with a comment: two strings each, then NULL. */
extern const char *const migration_columns[][2];
extern const char *const value_bridge_columns[][2];

#endif /* SEGMENT_MOVEMENT_SQL_H */
