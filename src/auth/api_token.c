/* api_token.c -- see api_token.h. */
#include "auth/api_token.h"

#include "base/limits.h"
#include "cache/cache.h"
#include "store/store.h"
#include <sodium.h>
#include <string.h>

static const char prefix[] = "sai_";
enum {
        PREFIX = sizeof prefix - 1,
        TOKEN_BYTES = 12 + SECRET_BYTES,
        TOKEN_CACHE_MS = 5000,
        TOUCH_MS = 10 * 60 * 1000,
        TOKEN_KEY = 13
};

static struct cache_key token_key(struct sai_id id, uint8_t bytes[TOKEN_KEY])
{
        bytes[0] = 'a';
        memcpy(bytes + 1, id.bytes, sizeof id.bytes);
        return (struct cache_key) { .data = bytes, .len = TOKEN_KEY };
}

/* -- Making ------------------------------------------------------------------------------------------------------------ */

/* Two requests at once may both find room for the last one: a cap against heaps need not be exact. */
static sai_status check_room(const struct auth *auth, struct sai_id user_id, struct sai_arena *arena, struct sai_err *err)
{
        struct api_token *tokens;
        size_t count;
        sai_status status = store_api_token_list(auth->store, user_id, arena, &tokens, &count, err);
        if (status == SAI_OK && count >= SAI_MAX_API_TOKENS_PER_USER)
                return sai_fail(err, SAI_CONFLICT, "there are %d tokens already: revoke one first", SAI_MAX_API_TOKENS_PER_USER);
        return status;
}

sai_status api_token_make(const struct auth *auth, struct sai_id user_id, struct api_token *token, struct sai_arena *arena,
                          const char **ret_text, struct sai_err *err)
{
        sai_status status = check_room(auth, user_id, arena, err);
        char *text = sai_arena_alloc(arena, PREFIX + SAI_BASE64_SIZE(TOKEN_BYTES));
        uint8_t *hash = sai_arena_alloc(arena, 32);
        if (status != SAI_OK)
                return status;
        if (!text || !hash)
                return sai_fail(err, SAI_NO_MEMORY, "token");
        uint8_t bytes[TOKEN_BYTES];
        token->id = store_new_id(auth->store);
        token->user_id = user_id;
        token->created_at.ms = sai_now_ms(&auth->clock);
        token->last_used_at = (struct sai_opt_instant) { 0 };
        token->revision = 0;
        memcpy(bytes, token->id.bytes, sizeof token->id.bytes);
        sai_random_fill(&auth->random, bytes + 12, SECRET_BYTES);
        crypto_generichash(hash, 32, bytes + 12, SECRET_BYTES, NULL, 0);
        token->secret_hash = (struct sai_secret) { hash, 32 };
        memcpy(text, prefix, PREFIX);
        sai_base64url_encode(bytes, sizeof bytes, text + PREFIX);
        sodium_memzero(bytes, sizeof bytes);
        *ret_text = text;
        return store_api_token_put(auth->store, token, err);
}

/* -- Finding ------------------------------------------------------------------------------------------------------------- */

/* What a check needs, copied out of the row into the cache. */
struct known_token {
        struct sai_id user_id;
        uint32_t scopes;
        int64_t expires_ms; /* INT64_MAX: never */
        uint8_t secret_hash[32];
};

struct load {
        const struct auth *auth;
        struct sai_id id;
        struct known_token known;
};

static sai_status wrong(struct sai_err *err) { return sai_fail(err, SAI_TOKEN_INVALID, "the API token is not one of ours"); }

/* The last use is for the athlete to see which token lies idle: ten minutes are exact enough, and a write a request would cost more than the
 * rest of it. A lost race means that another request noted it. */
static void touch(const struct auth *auth, struct api_token *token, int64_t now)
{
        if (SAI_HAS(token->last_used_at) && now - token->last_used_at.value.ms < TOUCH_MS)
                return;
        token->last_used_at = SAI_SOME(sai_opt_instant, ((struct sai_instant) { now }));
        struct sai_err err;
        sai_status status = store_api_token_put(auth->store, token, &err);
        if (status != SAI_OK && status != SAI_CONFLICT)
                sai_log(auth->log, SAI_LOG_WARN, "api_token.touch_failed", SAI_LOG_ID("token_id", token->id),
                        SAI_LOG_TEXT("reason", err.detail));
}

static sai_status load_token(void *context, struct cache_value *ret_value, struct sai_err *err)
{
        struct load *load = context;
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_KIB(64));
        if (!arena)
                return sai_fail(err, SAI_NO_MEMORY, "token");
        struct api_token token;
        sai_status status = store_api_token_get(load->auth->store, load->id, arena, &token, err);
        if (status == SAI_NOT_FOUND || (status == SAI_OK && token.secret_hash.len != sizeof load->known.secret_hash))
                return wrong(err);
        if (status != SAI_OK)
                return status;
        load->known = (struct known_token) { .user_id = token.user_id,
                                             .expires_ms = SAI_HAS(token.expires_at) ? token.expires_at.value.ms : INT64_MAX };
        for (size_t i = 0; i < token.scopes.count; i++)
                load->known.scopes |= 1u << ((const int *)token.scopes.items)[i];
        memcpy(load->known.secret_hash, token.secret_hash.data, sizeof load->known.secret_hash);
        *ret_value = (struct cache_value) { .data = &load->known, .len = sizeof load->known, .life_ms = TOKEN_CACHE_MS };
        return SAI_OK;
}

/* Only a use that was right is a use: the row is looked at again when the cached one is new, after the secret has been compared. */
static sai_status note_use(const struct auth *auth, struct sai_id id, struct sai_err *err)
{
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_KIB(64));
        if (!arena)
                return sai_fail(err, SAI_NO_MEMORY, "token");
        struct api_token token;
        sai_status status = store_api_token_get(auth->store, id, arena, &token, err);
        if (status == SAI_OK)
                touch(auth, &token, sai_now_ms(&auth->clock));
        return status == SAI_NOT_FOUND ? wrong(err) : status;
}

bool api_token_looks_like_one(const char *text, size_t len) { return len > PREFIX && memcmp(text, prefix, PREFIX) == 0; }

sai_status api_token_check(const struct auth *auth, const char *text, size_t len, struct api_token_identity *ret,
                           struct sai_err *err)
{
        uint8_t bytes[TOKEN_BYTES], hash[32], key[TOKEN_KEY];
        size_t bytes_len = 0;
        if (!api_token_looks_like_one(text, len) ||
            !sai_base64url_decode(text + PREFIX, len - PREFIX, bytes, sizeof bytes, &bytes_len) || bytes_len != TOKEN_BYTES)
                return wrong(err);
        struct load load = { .auth = auth };
        memcpy(load.id.bytes, bytes, sizeof load.id.bytes);
        crypto_generichash(hash, sizeof hash, bytes + 12, SECRET_BYTES, NULL, 0);
        SAI_CLEANUP(cache_entry_release_p) struct cache_entry *entry = cache_get(auth->cache, token_key(load.id, key));
        bool fresh = !entry;
        sai_status status =
                entry ? SAI_OK : cache_get_or_make(auth->cache, token_key(load.id, key), 0, load_token, &load, &entry, err);
        if (status != SAI_OK)
                return status;
        struct known_token known;
        memcpy(&known, entry->data, sizeof known);
        if (sodium_memcmp(hash, known.secret_hash, sizeof hash) != 0)
                return wrong(err);
        if (known.expires_ms <= sai_now_ms(&auth->clock))
                return sai_fail(err, SAI_TOKEN_EXPIRED, "the API token has expired");
        *ret = (struct api_token_identity) { known.user_id, load.id, known.scopes };
        return fresh ? note_use(auth, load.id, err) : SAI_OK;
}

sai_status api_token_revoke(const struct auth *auth, struct sai_id user_id, struct sai_id id, struct sai_err *err)
{
        uint8_t bytes[TOKEN_KEY];
        sai_status status = store_api_token_delete(auth->store, user_id, id, err);
        if (status == SAI_OK)
                cache_remove(auth->cache, token_key(id, bytes));
        return status;
}
