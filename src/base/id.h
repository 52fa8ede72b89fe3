/* id.h -- the ids of this service: 12 bytes, written as 24 lower-case hexadecimal digits.
 *
 * The layout is MongoDB's ObjectId (4 bytes of Unix seconds, 5 random bytes, a 3-byte counter), so that a row keeps its id
 * when it moves from SQLite to MongoDB and ids made in time order sort in time order. */
#ifndef SAI_BASE_ID_H
#define SAI_BASE_ID_H

#include "base/clock.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct sai_id {
        uint8_t bytes[12];
};

enum { SAI_ID_HEX = 24 };

struct sai_id_source; /* makes ids; safe from several threads */
struct sai_id_source *sai_id_source_new(struct sai_clock clock, struct sai_random random);
void sai_id_source_free(struct sai_id_source *source);
struct sai_id sai_id_make(struct sai_id_source *source);

/* True when `text` is exactly 24 lower-case hex digits. */
bool sai_id_parse(const char *text, size_t len, struct sai_id *ret_id);
/* Writes 24 digits and a NUL. */
void sai_id_format(struct sai_id id, char out[SAI_ID_HEX + 1]);

static inline bool sai_id_equal(struct sai_id a, struct sai_id b) { return memcmp(a.bytes, b.bytes, sizeof a.bytes) == 0; }
static inline int sai_id_compare(struct sai_id a, struct sai_id b) { return memcmp(a.bytes, b.bytes, sizeof a.bytes); }
static inline bool sai_id_is_zero(struct sai_id a)
{
        static const struct sai_id zero;
        return sai_id_equal(a, zero);
}

#endif
