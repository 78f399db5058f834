/*
 * 0.1 to 0.2: what changed of the objects 0.1 has.  The parts from 70 on, which are new, follow this.
 */

\echo Use "ALTER EXTENSION segment UPDATE" to load this file. \quit

SET LOCAL search_path = pg_catalog, pg_temp;
