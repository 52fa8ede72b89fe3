/* cursor.c -- where the next page begins, in a form that only we can make.
 *
 * A cursor carries the sort value and id of the last row shown, and a MAC over them, the user and the query: one that was made for another
 * athlete or another filter is refused (400, checklist O7), so that it can be neither forged nor misused to skip what a filter hides. */
#include "api/api_internal.h"

#include "base/limits.h"
#include <sodium.h>
#include <string.h>

enum { MAC = 16, CURSOR_BYTES = 1 + 8 + 12 + MAC };

static void seal(const struct api *api, struct sai_id user_id, struct sai_text filter, uint8_t bytes[CURSOR_BYTES],
                 uint8_t mac[MAC])
{
        crypto_generichash_state state;
        crypto_generichash_init(&state, api->cursor_key, sizeof api->cursor_key, MAC);
        crypto_generichash_update(&state, user_id.bytes, sizeof user_id.bytes);
        crypto_generichash_update(&state, bytes, CURSOR_BYTES - MAC);
        crypto_generichash_update(&state, (const unsigned char *)filter.data, filter.len);
        crypto_generichash_final(&state, mac, MAC);
}

const char *cursor_make(const struct api *api, struct sai_id user_id, struct sai_text filter, struct cursor cursor,
                        struct sai_arena *arena)
{
        uint8_t bytes[CURSOR_BYTES];
        bytes[0] = SAI_HAS(cursor.value);
        double value = SAI_HAS(cursor.value) ? cursor.value.value : 0;
        memcpy(bytes + 1, &value, 8);
        memcpy(bytes + 9, cursor.id.bytes, 12);
        seal(api, user_id, filter, bytes, bytes + 21);
        char *text = sai_arena_alloc(arena, SAI_BASE64_SIZE(CURSOR_BYTES));
        if (text)
                sai_base64url_encode(bytes, sizeof bytes, text);
        return text;
}

sai_status cursor_read(const struct api *api, struct sai_id user_id, struct sai_text filter, const char *text,
                       struct cursor *ret_cursor, struct sai_err *err)
{
        uint8_t bytes[CURSOR_BYTES], mac[MAC];
        size_t len = 0;
        *ret_cursor = (struct cursor) { 0 };
        if (!sai_base64url_decode(text, strlen(text), bytes, sizeof bytes, &len) || len != CURSOR_BYTES)
                return sai_fail_field(err, SAI_BAD_CURSOR, "?cursor", "%s", sai_status_text(SAI_BAD_CURSOR));
        seal(api, user_id, filter, bytes, mac);
        if (sodium_memcmp(mac, bytes + 21, MAC) != 0)
                return sai_fail_field(err, SAI_BAD_CURSOR, "?cursor", "%s", sai_status_text(SAI_BAD_CURSOR));
        double value;
        memcpy(&value, bytes + 1, 8);
        if (bytes[0])
                ret_cursor->value = SAI_SOME(sai_opt_f64, value);
        memcpy(ret_cursor->id.bytes, bytes + 9, 12);
        return SAI_OK;
}

struct sai_text cursor_filter(const struct sai_request *request)
{
        struct sai_buf buf;
        sai_buf_init(&buf, SAI_MAX_TARGET * 2 + SAI_MAX_QUERY_PARAMETERS * 32);
        sai_buf_append(&buf, request->path.data, request->path.len);
        for (size_t i = 0; i < request->query_count; i++) {
                const struct sai_pair *pair = &request->query[i];
                if (sai_text_is(pair->name, "cursor") || sai_text_is(pair->name, "limit"))
                        continue;
                /* With its lengths: a value may hold any byte, a separator too. */
                sai_buf_printf(&buf, "\n%zu %zu ", pair->name.len, pair->value.len);
                sai_buf_append(&buf, pair->name.data, pair->name.len);
                sai_buf_append(&buf, pair->value.data, pair->value.len);
        }
        char *text = buf.failed ? NULL : sai_arena_strndup(request->arena, buf.data, buf.len);
        struct sai_text filter = { text, text ? buf.len : 0 };
        sai_buf_done(&buf);
        return filter;
}
