/* fuzz_query_string.c -- any bytes as a request target: decoding never reads or writes outside, and what is decoded and encoded again decodes
 * to the same. */
#include <stdint.h>
#include <stdlib.h>

#include "http/http_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_pair(struct sai_text text)
{
        struct sai_buf buf;
        size_t len = 0;
        if (!sai_utf8_valid(text.data, text.len))
                abort();
        sai_buf_init(&buf, SAI_KIB(64));
        http_percent_encode(&buf, text);
        char *back = malloc(buf.len + 1);
        if (back && !buf.failed && buf.len) {
                if (!http_percent_decode(buf.data, buf.len, true, back, &len) || len != text.len ||
                    memcmp(back, text.data, len) != 0)
                        abort();
        }
        free(back);
        sai_buf_done(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct sai_arena *arena = sai_arena_new(SAI_MIB(1));
        char *copy = malloc(size ? size : 1);
        if (!arena || !copy || size > SAI_MAX_TARGET) {
                sai_arena_free(arena);
                free(copy);
                return 0;
        }
        memcpy(copy, data, size);
        struct sai_request request = { .method = SAI_GET, .target = { copy, size }, .arena = arena };
        struct sai_err err;
        if (http_parse_path(&request, &err) == SAI_OK) {
                check_pair(request.path);
                if (http_parse_query(&request, &err) == SAI_OK)
                        for (size_t i = 0; i < request.query_count; i++) {
                                check_pair(request.query[i].name);
                                check_pair(request.query[i].value);
                        }
        }
        sai_arena_free(arena);
        free(copy);
        return 0;
}
