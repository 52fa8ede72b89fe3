/* refresh.c -- refresh tokens: derived, used once, reuse detected.
 *
 * A token is session id, counter and a 256-bit tag: the keyed hash of the two under a key that is derived from a data key. The row holds
 * the counter alone. Presenting the token of the current counter moves the counter in one compare-and-set, so of two at once exactly one wins.
 * A token of an older counter was used before: its session ends, unless it is the immediate predecessor within the grace time and its
 * successor was never presented (a client that lost the answer), which gets the very same successor again. Each data key of the ring is
 * tried, so a changed key does not sign anybody out. */
#include "auth/event.h"
#include "auth/session_internal.h"

#include "base/limits.h"
#include "store/store.h"
#include <sodium.h>

enum { TAG = 32, TOKEN_BYTES = 12 + 8 + TAG };

static void write_be64(uint8_t out[8], uint64_t value)
{
        for (int i = 7; i >= 0; i--, value >>= 8)
                out[i] = (uint8_t)value;
}

static uint64_t read_be64(const uint8_t bytes[8])
{
        uint64_t value = 0;
        for (int i = 0; i < 8; i++)
                value = value << 8 | bytes[i];
        return value;
}

static void derive_tag(const struct data_key *key, const uint8_t head[20], uint8_t tag[TAG])
{
        uint8_t subkey[crypto_kdf_KEYBYTES];
        crypto_kdf_derive_from_key(subkey, sizeof subkey, 1, "refresh\0", key->secret);
        crypto_generichash(tag, TAG, head, 20, subkey, sizeof subkey);
        sodium_memzero(subkey, sizeof subkey);
}

sai_status session_issue(const struct auth *auth, const struct session *session, struct sai_arena *arena,
                         struct token_pair *ret_tokens, struct sai_err *err)
{
        uint8_t token[TOKEN_BYTES];
        memcpy(token, session->id.bytes, 12);
        write_be64(token + 12, (uint64_t)session->counter);
        derive_tag(&auth->data_keys.keys[0], token, token + 20);
        char *refresh = sai_arena_alloc(arena, SAI_BASE64_SIZE(TOKEN_BYTES));
        char *access = sai_arena_alloc(arena, JWT_TOKEN_MAX);
        if (!refresh || !access)
                return sai_fail(err, SAI_NO_MEMORY, "tokens");
        sai_base64url_encode(token, sizeof token, refresh);
        sodium_memzero(token, sizeof token);

        int64_t now_s = sai_now_ms(&auth->clock) / 1000;
        struct jwt_rules rules = auth_jwt_rules(auth);
        struct jwt_claims claims = { session->user_id, session->id, now_s, now_s + rules.life_s };
        sai_status status = jwt_sign(&rules, &claims, store_new_id(auth->store), access, err);
        *ret_tokens = (struct token_pair) { session->user_id, access, refresh, { claims.expires_at * 1000 } };
        return status;
}

/* Whether any data key derives this token's tag. */
static bool tag_is_ours(const struct auth *auth, const uint8_t token[TOKEN_BYTES])
{
        bool ours = false;
        for (size_t i = 0; i < auth->data_keys.count; i++) {
                uint8_t tag[TAG];
                derive_tag(&auth->data_keys.keys[i], token, tag);
                ours |= sodium_memcmp(tag, token + 20, TAG) == 0;
        }
        return ours;
}

static sai_status end_family(const struct auth *auth, const struct session *session, struct sai_err *err)
{
        struct session_device device = { session->user_agent, session->ip };
        auth_event_add(auth, session->user_id, EVENT_REFRESH_TOKEN_REUSED, device, "the session of this device has ended");
        sai_status status = session_end(auth, session->user_id, session->id, err);
        return status == SAI_OK ? sai_fail(err, SAI_REFRESH_REUSED, "the refresh token was used before; its session has ended")
                                : status;
}

/* The token of the current counter: moves the counter on. SAI_CONFLICT: somebody was faster. */
static sai_status rotate(const struct auth *auth, struct session *session, int64_t now, struct sai_err *err)
{
        session->counter++;
        session->rotated_at = SAI_SOME(sai_opt_instant, ((struct sai_instant) { now }));
        session->last_used_at.ms = now;
        session->idle_expires_at.ms = now + auth->refresh_idle_ms;
        return store_session_put(auth->store, session, err);
}

static bool within_grace(const struct auth *auth, const struct session *session, int64_t counter, int64_t now)
{
        return counter == session->counter - 1 && SAI_HAS(session->rotated_at) &&
               now - session->rotated_at.value.ms < auth->refresh_grace_ms;
}

static sai_status use(const struct auth *auth, struct session *session, int64_t counter, int64_t now, struct sai_arena *arena,
                      struct token_pair *ret_tokens, struct sai_err *err)
{
        if (counter > session->counter)
                return sai_fail(err, SAI_TOKEN_INVALID, "the refresh token is not one of ours");
        sai_status status = SAI_OK;
        if (counter == session->counter)
                status = rotate(auth, session, now, err);
        else if (!within_grace(auth, session, counter, now))
                return end_family(auth, session, err);
        return status == SAI_OK ? session_issue(auth, session, arena, ret_tokens, err) : status;
}

sai_status session_refresh(const struct auth *auth, const char *token, size_t len, struct sai_arena *arena,
                           struct token_pair *ret_tokens, struct sai_err *err)
{
        uint8_t bytes[TOKEN_BYTES];
        size_t bytes_len = 0;
        if (!sai_base64url_decode(token, len, bytes, sizeof bytes, &bytes_len) || bytes_len != TOKEN_BYTES ||
            !tag_is_ours(auth, bytes))
                return sai_fail(err, SAI_TOKEN_INVALID, "the refresh token is not one of ours");
        struct sai_id id;
        memcpy(id.bytes, bytes, sizeof id.bytes);
        int64_t counter = (int64_t)read_be64(bytes + 12);
        int64_t now = sai_now_ms(&auth->clock);
        sai_status status;
        /* A lost race means that the same token was used at the same moment: read again, and it is a used one now. */
        do {
                struct session session;
                status = store_session_get(auth->store, id, arena, &session, err);
                if (status == SAI_NOT_FOUND)
                        return sai_fail(err, SAI_TOKEN_INVALID, "the session has ended");
                if (status != SAI_OK)
                        return status;
                if (session.kind == SESSION_PAGE)
                        return sai_fail(err, SAI_TOKEN_INVALID, "the refresh token is not one of ours");
                if (session.expires_at.ms <= now || session.idle_expires_at.ms <= now)
                        return sai_fail(err, SAI_TOKEN_EXPIRED, "the session has ended");
                status = use(auth, &session, counter, now, arena, ret_tokens, err);
        } while (status == SAI_CONFLICT);
        return status;
}
