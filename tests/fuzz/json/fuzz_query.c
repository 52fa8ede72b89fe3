/* fuzz_query.c -- any bytes as query parameters: name=value pairs by &, as they are after percent-decoding (NUL and all). */
#include <stdlib.h>

#include "../../unit/json/every_kind.h"
#include "base/limits.h"

enum { MOST = SAI_MAX_QUERY_PARAMETERS + 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct sai_pair pairs[MOST];
        size_t count = 0;
        const char *at = (const char *)data, *end = at + size;
        while (at < end && count < MOST) {
                const char *next = memchr(at, '&', (size_t)(end - at));
                const char *stop = next ? next : end, *equals = memchr(at, '=', (size_t)(stop - at));
                pairs[count].name = (struct sai_text) { at, (size_t)((equals ? equals : stop) - at) };
                pairs[count].value =
                        equals ? (struct sai_text) { equals + 1, (size_t)(stop - equals) - 1 } : (struct sai_text) { 0 };
                count++;
                at = next ? next + 1 : end;
        }

        struct sai_arena *arena = sai_arena_new((size_t)16 << 20);
        struct sai_errors errors;
        struct every_query query;
        sai_errors_init(&errors, arena);
        sai_status status = sai_model_read_query(&every_query_model, pairs, count, arena, &query, &errors);
        if ((status == SAI_OK) != (errors.count == 0))
                abort();
        for (size_t i = 0; i < errors.count; i++)
                if (!sai_utf8_valid(errors.items[i].pointer, strlen(errors.items[i].pointer)))
                        abort();
        sai_arena_free(arena);
        return 0;
}
