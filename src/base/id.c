/* id.c -- see id.h.
 *
 * Seconds and counter are one 56-bit number that only grows: a second with more than 2^24 ids borrows from the next, and a clock
 * that is set back is ignored until it has caught up. So ids of one source always sort in the order they were made; the 40
 * random bits keep the sources of several processes apart. */
#include "base/id.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/text.h"

struct sai_id_source {
        struct sai_clock clock;
        uint8_t unique[5];
        _Atomic uint64_t last; /* seconds << 24 | counter */
};

struct sai_id_source *sai_id_source_new(struct sai_clock clock, struct sai_random random)
{
        struct sai_id_source *source = calloc(1, sizeof *source);
        if (!source)
                return NULL;
        source->clock = clock;
        sai_random_fill(&random, source->unique, sizeof source->unique);
        return source;
}

void sai_id_source_free(struct sai_id_source *source) { free(source); }

struct sai_id sai_id_make(struct sai_id_source *source)
{
        uint64_t now = (uint64_t)(sai_now_ms(&source->clock) / 1000) << 24;
        uint64_t last = atomic_load(&source->last), next;
        do {
                next = now > last ? now : last + 1;
        } while (!atomic_compare_exchange_weak(&source->last, &last, next));

        struct sai_id id;
        uint32_t seconds = (uint32_t)(next >> 24);
        for (int i = 0; i < 4; i++)
                id.bytes[i] = (uint8_t)(seconds >> (24 - 8 * i));
        memcpy(id.bytes + 4, source->unique, sizeof source->unique);
        for (int i = 0; i < 3; i++)
                id.bytes[9 + i] = (uint8_t)(next >> (16 - 8 * i));
        return id;
}

bool sai_id_parse(const char *text, size_t len, struct sai_id *ret_id)
{
        struct sai_id id;
        if (len != SAI_ID_HEX || !sai_hex_decode(text, len, id.bytes))
                return false;
        *ret_id = id;
        return true;
}

void sai_id_format(struct sai_id id, char out[SAI_ID_HEX + 1]) { sai_hex_encode(id.bytes, sizeof id.bytes, out); }
