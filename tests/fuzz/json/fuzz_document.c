/* fuzz_document.c -- any bytes as a stored document: what decodes must encode to a document that decodes to the same. */
#include <stdlib.h>

#include "../../unit/json/every_kind.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct sai_arena *arena = sai_arena_new((size_t)64 << 20);
        struct sai_err err;
        struct every object = { 0 }, again = { 0 };
        if (sai_model_decode(&every_model, (const char *)data, size, arena, &object, &err) == SAI_OK) {
                struct sai_buf first, second;
                sai_buf_init(&first, (size_t)64 << 20);
                sai_buf_init(&second, (size_t)64 << 20);
                sai_model_encode(&first, &every_model, &object, 0);
                if (sai_model_decode(&every_model, first.data, first.len, arena, &again, &err) != SAI_OK)
                        abort();
                sai_model_encode(&second, &every_model, &again, 0);
                if (first.len != second.len || memcmp(first.data, second.data, first.len) != 0)
                        abort();
                sai_buf_done(&first);
                sai_buf_done(&second);
        }
        sai_arena_free(arena);
        return 0;
}
