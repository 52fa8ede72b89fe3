/* slice.h -- walks JSON as slices of its own text, without a tree.
 *
 * Two things need the text itself and not a tree of it: an item's original bytes are kept as its provenance, and one item that cannot
 * be read must not take its page along, which a whole-document parser would do. And a stream of numbers becomes a column without a heap
 * object for each. Slicing only finds where a value ends; whoever reads a slice checks it (jansson, or the number parser).
 *
 * Before the first use the document has passed sai_json_scan, which bounds its depth. Linear, allocates nothing; pure. */
#ifndef SAI_CLIENT_STRAVA_SLICE_H
#define SAI_CLIENT_STRAVA_SLICE_H

#include <stdbool.h>

#include "base/text.h"

struct slice_walk {
        struct sai_text rest;
        char close;
        bool first, done, bad;
};

/* The text without white space around it. */
struct sai_text slice_trim(struct sai_text text);

/* Begins with an array or an object; false when the text is neither (`open` is '[' or '{'). */
bool slice_begin(struct slice_walk *walk, struct sai_text text, char open);
/* The next element, or member. False at the end, and then `bad` tells whether the text was broken. A key is given as it is written
 * between its quotes. */
bool slice_next(struct slice_walk *walk, struct sai_text *ret_value);
bool slice_next_member(struct slice_walk *walk, struct sai_text *ret_key, struct sai_text *ret_value);

/* The member of that name, or {NULL, 0}. */
struct sai_text slice_member(struct sai_text object, const char *name);
/* Number of elements of an array; 0 also when it is none or is broken. */
size_t slice_count(struct sai_text array);

#endif
