/* fold.h -- whether a text is part of another without regard to case, the same for every back end.
 *
 * Databases disagree about case outside ASCII (SQLite knows none, MongoDB's collations know languages), and a list must not depend on
 * the database. Folded here by rule: the letters of Latin, Greek, Cyrillic and Armenian, one code point to one. */
#ifndef SAI_STORE_FOLD_H
#define SAI_STORE_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

uint32_t fold_code_point(uint32_t c);
/* Bytes that are not UTF-8 match only themselves. An empty part is in every text. Takes time of the product of both lengths at worst,
 * which are bounded (SAI_MAX_SEARCH_TEXT, a name). */
bool fold_contains(const char *text, size_t text_len, const char *part, size_t part_len);

#endif
