/* once.c -- see once.h. */
#include "auth/once.h"

#include "base/buf.h"
#include "base/limits.h"
#include "store/store.h"

static const struct sai_field payload_fields[] = {
        SAI_FIELD(struct once_payload, redirect_uri),
        SAI_FIELD(struct once_payload, browser),
        SAI_FIELD(struct once_payload, user_id),
        SAI_FIELD(struct once_payload, revision),
};
static const struct sai_model payload_model = SAI_MODEL_OF(struct once_payload, payload_fields, "OncePayload");

sai_status once_put(const struct auth *auth, enum once_kind kind, const struct once_payload *payload, int64_t life_ms,
                    struct sai_arena *arena, const char **ret_secret, struct sai_err *err)
{
        char secret[SECRET_TEXT], key[65];
        auth_new_secret(auth, secret);
        auth_hash_text(secret, strlen(secret), key);
        struct sai_buf buf;
        sai_buf_init(&buf, SAI_KIB(8));
        sai_model_encode(&buf, &payload_model, payload, 0);
        sai_status status = sai_buf_status(&buf, err);
        if (status == SAI_OK)
                status = store_once_put(auth->store, key, kind, buf.data,
                                        (struct sai_instant) { sai_now_ms(&auth->clock) + life_ms }, err);
        sai_buf_done(&buf);
        *ret_secret = sai_arena_strdup(arena, secret);
        if (status == SAI_OK && !*ret_secret)
                status = sai_fail(err, SAI_NO_MEMORY, "secret");
        return status;
}

sai_status once_take(const struct auth *auth, enum once_kind kind, const char *secret, size_t len, struct sai_arena *arena,
                     struct once_payload *ret_payload, struct sai_err *err)
{
        /* Decoding touches only what was kept: without a redirect_uri there is none. */
        *ret_payload = (struct once_payload) { 0 };
        if (len == 0 || len >= SECRET_TEXT)
                return sai_fail(err, SAI_BAD_STATE, "%s", sai_status_text(SAI_BAD_STATE));
        char key[65];
        struct once once;
        auth_hash_text(secret, len, key);
        sai_status status = store_once_take(auth->store, key, kind, arena, &once, err);
        if (status == SAI_NOT_FOUND)
                return sai_fail(err, SAI_BAD_STATE, "%s", sai_status_text(SAI_BAD_STATE));
        if (status != SAI_OK)
                return status;
        return sai_model_decode(&payload_model, once.payload, strlen(once.payload), arena, ret_payload, err);
}
