/*
 * build_label.c
 *	  Numbers the dimension labels of a build in order of appearance.
 *
 * Raw entries hold a label's number; a ledger keeps the text of the few labels
 * it uses.  The dictionary is small by definition of a dimension, so it stays
 * in memory when groups are spilled.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "utils/memutils.h"

#include "build_label.h"

static void
place_label(LabelDictionary *labels, uint32 number)
{
	uint32 at = labels->hash[number] & (labels->nslots - 1);

	while (labels->slot[at] != 0)
		at = (at + 1) & (labels->nslots - 1);
	labels->slot[at] = number + 1;
}

static void
grow_slots(LabelDictionary *labels, uint32 nslots)
{
	if (labels->slot)
		pfree(labels->slot);
	labels->slot = MemoryContextAllocZero(labels->context, nslots * sizeof(uint32));
	labels->nslots = nslots;
	for (uint32 i = 0; i < labels->nlabels; i++)
		place_label(labels, i);
}

LabelDictionary *
label_dictionary_create(const char *source_name)
{
	LabelDictionary *labels = palloc0(sizeof(LabelDictionary));

	labels->context =
		AllocSetContextCreate(CurrentMemoryContext, "ledger build labels", ALLOCSET_SMALL_SIZES);
	labels->source_name = source_name;
	labels->max_labels = 32;
	labels->label = MemoryContextAlloc(labels->context, labels->max_labels * sizeof(char *));
	labels->hash = MemoryContextAlloc(labels->context, labels->max_labels * sizeof(uint32));
	grow_slots(labels, 2 * labels->max_labels);
	return labels;
}

static int
add_label(LabelDictionary *labels, const char *text, Size length, uint32 hash)
{
	char *copy;

	if (labels->nlabels >= BUILD_MAX_LABELS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("dimension of source \"%s\" has more than %d labels", labels->source_name,
						BUILD_MAX_LABELS),
				 errhint("A dimension must have few distinct labels, like a channel or a category; map a "
						 "coarser expression.")));
	if (labels->nlabels == labels->max_labels)
	{
		labels->max_labels *= 2;
		labels->label = repalloc(labels->label, labels->max_labels * sizeof(char *));
		labels->hash = repalloc(labels->hash, labels->max_labels * sizeof(uint32));
		grow_slots(labels, 2 * labels->max_labels);
	}
	copy = MemoryContextAlloc(labels->context, length + 1);
	memcpy(copy, text, length);
	copy[length] = '\0';
	labels->label[labels->nlabels] = copy;
	labels->hash[labels->nlabels] = hash;
	place_label(labels, labels->nlabels);
	return labels->nlabels++;
}

/* The number of a label, which is added when new.  Raises 54000 past BUILD_MAX_LABELS. */
int
label_number(LabelDictionary *labels, const char *text, Size length)
{
	uint32 hash = hash_bytes((const unsigned char *) text, (int) length);
	uint32 at = hash & (labels->nslots - 1);

	while (labels->slot[at] != 0)
	{
		int number = labels->slot[at] - 1;
		if (labels->hash[number] == hash && strncmp(labels->label[number], text, length) == 0 &&
			labels->label[number][length] == '\0')
			return number;
		at = (at + 1) & (labels->nslots - 1);
	}
	return add_label(labels, text, length, hash);
}
