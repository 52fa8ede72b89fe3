/* session.c -- opening, finding and ending sessions; refresh.c rotates their tokens. */
#include "auth/session_internal.h"

#include "base/limits.h"
#include "cache/cache.h"
#include "store/store.h"
#include <sodium.h>
#include <stdio.h>

enum { SESSION_CACHE_MS = 5000, COOKIE_BYTES = 12 + SECRET_BYTES, DEVICE_TEXT_MAX = 255 };

/* What a check needs of a session, copied out of the row into the cache. */
struct known_session {
        struct sai_id user_id;
        int kind;
        int64_t expires_ms;
        uint8_t secret_hash[32];
};

/* -- Opening ----------------------------------------------------------------------------------------------------------- */

const char *session_device_text(const char *text, struct sai_arena *arena)
{
        if (!text)
                return "";
        size_t len = strnlen(text, DEVICE_TEXT_MAX);
        return sai_utf8_valid(text, len) ? sai_arena_strndup(arena, text, len) : "";
}

/* Makes room for one more: the least recently used sessions go, and a cli session replaces the one before. */
static sai_status make_room(const struct auth *auth, struct sai_id user_id, enum session_kind kind, struct sai_arena *arena,
                            struct sai_err *err)
{
        struct session *sessions;
        size_t count;
        sai_status status = store_session_list(auth->store, user_id, arena, &sessions, &count, err);
        if (status != SAI_OK)
                return status;
        size_t left = count;
        for (size_t i = 0; i < count && status == SAI_OK; i++) {
                bool replaced = kind == SESSION_CLI && sessions[i].kind == SESSION_CLI;
                if (replaced || left >= SAI_MAX_SESSIONS_PER_USER) {
                        status = session_end(auth, user_id, sessions[i].id, err);
                        left--;
                }
        }
        return status;
}

static sai_status begin(const struct auth *auth, struct sai_id user_id, enum session_kind kind, struct session_device device,
                        struct sai_arena *arena, struct session *ret, struct sai_err *err)
{
        sai_status status = make_room(auth, user_id, kind, arena, err);
        int64_t now = sai_now_ms(&auth->clock);
        *ret = (struct session) {
                .id = store_new_id(auth->store),
                .user_id = user_id,
                .kind = (int)kind,
                .created_at = { now },
                .last_used_at = { now },
                .expires_at = { now + auth->refresh_life_ms },
                .idle_expires_at = { now + auth->refresh_idle_ms },
                .user_agent = session_device_text(device.user_agent, arena),
                .ip = session_device_text(device.ip, arena),
        };
        return status;
}

sai_status session_open(const struct auth *auth, struct sai_id user_id, enum session_kind kind, struct session_device device,
                        struct sai_arena *arena, struct token_pair *ret_tokens, struct sai_err *err)
{
        struct session session;
        sai_status status = begin(auth, user_id, kind, device, arena, &session, err);
        if (status == SAI_OK)
                status = store_session_put(auth->store, &session, err);
        if (status == SAI_OK)
                status = session_issue(auth, &session, arena, ret_tokens, err);
        return status;
}

sai_status session_open_page(const struct auth *auth, struct sai_id user_id, struct session_device device,
                             struct sai_arena *arena, const char **ret_cookie, struct sai_err *err)
{
        struct session session;
        sai_status status = begin(auth, user_id, SESSION_PAGE, device, arena, &session, err);
        if (status != SAI_OK)
                return status;
        uint8_t cookie[COOKIE_BYTES], hash[32];
        memcpy(cookie, session.id.bytes, sizeof session.id.bytes);
        sai_random_fill(&auth->random, cookie + 12, SECRET_BYTES);
        crypto_generichash(hash, sizeof hash, cookie + 12, SECRET_BYTES, NULL, 0);
        session.secret_hash = (struct sai_secret) { hash, sizeof hash };
        char *text = sai_arena_alloc(arena, SAI_BASE64_SIZE(COOKIE_BYTES));
        if (!text)
                return sai_fail(err, SAI_NO_MEMORY, "cookie");
        sai_base64url_encode(cookie, sizeof cookie, text);
        sodium_memzero(cookie, sizeof cookie);
        *ret_cookie = text;
        return store_session_put(auth->store, &session, err);
}

/* -- Finding ------------------------------------------------------------------------------------------------------------ */

enum { SESSION_KEY = 13 };
static struct cache_key session_key(struct sai_id id, uint8_t bytes[SESSION_KEY])
{
        bytes[0] = 's';
        memcpy(bytes + 1, id.bytes, sizeof id.bytes);
        return (struct cache_key) { .data = bytes, .len = SESSION_KEY };
}

/* Each use of a page session moves its idle end, but a write a request would cost more than the rest of it: once in ten minutes is enough
 * for a life of days. A lost race means that another request moved it. */
enum { TOUCH_MS = 10 * 60 * 1000 };
static void touch(const struct auth *auth, struct session *session, int64_t now)
{
        if (session->kind != SESSION_PAGE || now - session->last_used_at.ms < TOUCH_MS)
                return;
        session->last_used_at.ms = now;
        session->idle_expires_at.ms = now + auth->refresh_idle_ms;
        struct sai_err err;
        sai_status status = store_session_put(auth->store, session, &err);
        if (status != SAI_OK && status != SAI_CONFLICT)
                sai_log(auth->log, SAI_LOG_WARN, "session.touch_failed", SAI_LOG_ID("session_id", session->id),
                        SAI_LOG_TEXT("reason", err.detail));
}

struct load {
        const struct auth *auth;
        struct sai_id id;
        struct known_session known;
};

static sai_status load_session(void *context, struct cache_value *ret_value, struct sai_err *err)
{
        struct load *load = context;
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_KIB(64));
        if (!arena)
                return sai_fail(err, SAI_NO_MEMORY, "session");
        struct session session;
        sai_status status = store_session_get(load->auth->store, load->id, arena, &session, err);
        if (status == SAI_NOT_FOUND)
                return sai_fail(err, SAI_TOKEN_INVALID, "the session has ended");
        if (status != SAI_OK)
                return status;
        int64_t now = sai_now_ms(&load->auth->clock);
        if (session.expires_at.ms <= now || session.idle_expires_at.ms <= now)
                return sai_fail(err, SAI_TOKEN_INVALID, "the session has ended");
        touch(load->auth, &session, now);
        int64_t end = session.expires_at.ms < session.idle_expires_at.ms ? session.expires_at.ms : session.idle_expires_at.ms;
        load->known = (struct known_session) { .user_id = session.user_id, .kind = session.kind, .expires_ms = end };
        if (session.secret_hash.len == sizeof load->known.secret_hash)
                memcpy(load->known.secret_hash, session.secret_hash.data, sizeof load->known.secret_hash);
        *ret_value = (struct cache_value) { .data = &load->known, .len = sizeof load->known, .life_ms = SESSION_CACHE_MS };
        return SAI_OK;
}

static sai_status find(const struct auth *auth, struct sai_id id, struct known_session *ret, struct sai_err *err)
{
        uint8_t bytes[SESSION_KEY];
        struct load load = { .auth = auth, .id = id };
        SAI_CLEANUP(cache_entry_release_p) struct cache_entry *entry = NULL;
        sai_status status = cache_get_or_make(auth->cache, session_key(id, bytes), 0, load_session, &load, &entry, err);
        if (status != SAI_OK)
                return status;
        memcpy(ret, entry->data, sizeof *ret);
        if (ret->expires_ms <= sai_now_ms(&auth->clock))
                return sai_fail(err, SAI_TOKEN_INVALID, "the session has ended");
        return SAI_OK;
}

/* The claims of a token that was found right before, under its hash: form and signature cannot change while the keys are those of this
 * process, so only the times are looked at again. The hash is cryptographic: the token itself is in no cache, and no other has its key. */
enum { TOKEN_HASH = 32, TOKEN_CACHE_MS = 300000 };

static sai_status claims_of(const struct auth *auth, const char *token, size_t len, struct jwt_claims *ret, struct sai_err *err)
{
        struct jwt_rules rules = auth_jwt_rules(auth);
        int64_t now_s = sai_now_ms(&auth->clock) / 1000;
        uint8_t bytes[1 + TOKEN_HASH] = { 't' };
        crypto_generichash(bytes + 1, TOKEN_HASH, (const unsigned char *)token, len, NULL, 0);
        struct cache_key key = { .data = bytes, .len = sizeof bytes };
        SAI_CLEANUP(cache_entry_release_p) struct cache_entry *entry = cache_get(auth->cache, key);
        if (entry) {
                memcpy(ret, entry->data, sizeof *ret);
                return jwt_check_times(&rules, ret, now_s, err);
        }
        sai_status status = jwt_verify(&rules, token, len, now_s, ret, err);
        struct cache_value value = { .data = ret, .len = sizeof *ret, .life_ms = TOKEN_CACHE_MS };
        if (status == SAI_OK)
                (void)!cache_put(auth->cache, key, &value, NULL, NULL); /* without memory the next use verifies again */
        return status;
}

sai_status session_of_access_token(const struct auth *auth, const char *token, size_t len, struct session_identity *ret,
                                   struct sai_err *err)
{
        struct jwt_claims claims;
        sai_status status = claims_of(auth, token, len, &claims, err);
        if (status != SAI_OK)
                return status;
        struct known_session known;
        status = find(auth, claims.session, &known, err);
        if (status != SAI_OK)
                return status;
        if (!sai_id_equal(known.user_id, claims.subject) || known.kind == SESSION_PAGE)
                return sai_fail(err, SAI_TOKEN_INVALID, "the token names another's session");
        *ret = (struct session_identity) { known.user_id, claims.session, known.kind };
        return SAI_OK;
}

sai_status session_of_cookie(const struct auth *auth, const char *cookie, size_t len, struct session_identity *ret,
                             struct sai_err *err)
{
        uint8_t bytes[COOKIE_BYTES], hash[32];
        size_t bytes_len = 0;
        if (!sai_base64url_decode(cookie, len, bytes, sizeof bytes, &bytes_len) || bytes_len != COOKIE_BYTES)
                return sai_fail(err, SAI_TOKEN_INVALID, "the session cookie is not one of ours");
        struct sai_id id;
        memcpy(id.bytes, bytes, sizeof id.bytes);
        struct known_session known;
        sai_status status = find(auth, id, &known, err);
        if (status != SAI_OK)
                return status;
        crypto_generichash(hash, sizeof hash, bytes + 12, SECRET_BYTES, NULL, 0);
        if (known.kind != SESSION_PAGE || sodium_memcmp(hash, known.secret_hash, sizeof hash) != 0)
                return sai_fail(err, SAI_TOKEN_INVALID, "the session cookie is not one of ours");
        *ret = (struct session_identity) { known.user_id, id, known.kind };
        return SAI_OK;
}

/* -- Ending ------------------------------------------------------------------------------------------------------------- */

sai_status session_end(const struct auth *auth, struct sai_id user_id, struct sai_id session_id, struct sai_err *err)
{
        uint8_t bytes[SESSION_KEY];
        sai_status status = store_session_delete(auth->store, user_id, session_id, err);
        cache_remove(auth->cache, session_key(session_id, bytes));
        return status == SAI_NOT_FOUND ? SAI_OK : status;
}

sai_status session_end_others(const struct auth *auth, struct sai_id user_id, struct sai_id kept, struct sai_err *err)
{
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(1));
        if (!arena)
                return sai_fail(err, SAI_NO_MEMORY, "sessions");
        struct session *sessions;
        size_t count;
        sai_status status = store_session_list(auth->store, user_id, arena, &sessions, &count, err);
        for (size_t i = 0; i < count && status == SAI_OK; i++)
                status = sai_id_equal(sessions[i].id, kept) ? SAI_OK : session_end(auth, user_id, sessions[i].id, err);
        return status;
}

/* No session has the zero id. */
sai_status session_end_all(const struct auth *auth, struct sai_id user_id, struct sai_err *err)
{
        return session_end_others(auth, user_id, (struct sai_id) { 0 }, err);
}
