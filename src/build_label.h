/*
 * build_label.h
 *	  Dictionary of the dimension labels met in one build.
 */
#ifndef SEGMENT_BUILD_LABEL_H
#define SEGMENT_BUILD_LABEL_H

#include "postgres.h"

#define BUILD_MAX_LABELS 60000

typedef struct LabelDictionary
{
	MemoryContext context;
	const char *source_name;
	const char **label; /* by number, terminated */
	uint32 *hash;       /* by number */
	uint32 nlabels;
	uint32 max_labels;
	uint32 *slot; /* number + 1 */
	uint32 nslots;
} LabelDictionary;

extern LabelDictionary *label_dictionary_create(const char *source_name);
extern int label_number(LabelDictionary *labels, const char *text, Size length);

#endif /* SEGMENT_BUILD_LABEL_H */
