/* fuzz_json.c -- any bytes as a body of a model of all kinds. What is read must be writable, and what was written must read again
 * as the same bytes. */
#include <stdio.h>
#include <stdlib.h>

#include "../../unit/json/every_kind.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct sai_arena *arena = sai_arena_new((size_t)64 << 20);
        struct sai_errors errors;
        struct sai_err err;
        struct every object;
        sai_errors_init(&errors, arena);
        sai_status status = sai_model_read(&every_model, (const char *)data, size, arena, &object, &errors, &err);
        if (status == SAI_OK) {
                struct sai_buf json, document;
                struct every again = { 0 };
                sai_buf_init(&json, (size_t)64 << 20);
                sai_buf_init(&document, (size_t)64 << 20);
                sai_model_write(&json, &every_model, &object);
                sai_model_csv_row(&json, &every_model, &object);
                sai_model_encode(&document, &every_model, &object, 0);
                if (sai_model_decode(&every_model, document.data, document.len, arena, &again, &err) != SAI_OK) {
                        fprintf(stderr, "%s\n%s\n", err.detail, document.data);
                        abort();
                }
                size_t len = json.len;
                sai_model_write(&json, &every_model, &again);
                sai_model_csv_row(&json, &every_model, &again);
                if (json.len != 2 * len || memcmp(json.data, json.data + len, len) != 0)
                        abort();
                sai_buf_done(&document);
                sai_buf_done(&json);
        } else if (status == SAI_INVALID && errors.count == 0) {
                abort();
        }
        sai_arena_free(arena);
        return 0;
}
