/* fuzz_settings.c -- any bytes as stravaai.env: read or refused with a key, never anything else; and what was read prints. */
#include <stdlib.h>

#include "base/settings.h"

struct input {
        const uint8_t *data;
        size_t size;
};

static sai_status give(void *context, const char *path, bool secret, struct sai_arena *arena, const char **ret_data,
                       size_t *ret_len)
{
        const struct input *input = context;
        (void)secret;
        if (strcmp(path, "stravaai.env") != 0)
                return SAI_NOT_FOUND;
        *ret_data = sai_arena_strndup(arena, (const char *)input->data, input->size);
        *ret_len = input->size;
        return *ret_data ? SAI_OK : SAI_NO_MEMORY;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char *const environment[] = { NULL };
        struct input input = { data, size };
        struct sai_arena *arena = sai_arena_new((size_t)64 << 20);
        struct sai_settings settings;
        struct sai_err err = { 0 };
        sai_status status = sai_settings_load(environment, (struct sai_settings_reader) { give, &input }, arena, &settings, &err);
        if (status == SAI_OK) {
                struct sai_buf text;
                sai_buf_init(&text, (size_t)8 << 20);
                sai_settings_print(&text, &settings, false);
                sai_settings_print(&text, &settings, true);
                if (sai_buf_status(&text, NULL) != SAI_OK)
                        abort();
                sai_buf_done(&text);
                if (sai_settings_check(&settings, &err) == SAI_INVALID && err.field[0] == '\0')
                        abort();
        } else if (err.code != status || err.detail[0] == '\0') {
                abort();
        }
        sai_arena_free(arena);
        return 0;
}
