/* redis.c -- the cache of several processes: the in-process one in front, Redis behind it for what may be shared.
 *
 * An athlete's shared entries are the fields of one hash, `PREFIX:SCOPE`: reading one is one round trip, and deleting a scope, which erasure needs, is
 * one command whatever lies there. Versions of before stay in the hash until it has SAI_MAX_REDIS_FIELDS or nobody has added to it for
 * SAI_REDIS_LIFE_MS; then it goes as a whole.
 *
 * Redis is not trusted with what an answer says: each value carries a keyed hash over its own key and bytes (BLAKE2b, 128 bits), so that what was
 * damaged, forged or moved to another athlete's key is a miss. Not encrypted: it holds what the pages show, and belongs into the same private
 * network as the store.
 *
 * Redis gone, hung, full or talking nonsense is a miss, never a failure. Only finished bytes without a life of their own are shared: what must be forgotten in
 * seconds (sessions) and objects stay in the process. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "cache/redis_link.h"

enum { TAG = 16, PREFIX = 64, NAME = PREFIX + 2 * 64 + 2 };

struct shared {
        struct cache cache; /* first: a cache is its back end */
        struct cache *front;
        struct redis_link *link;
        uint8_t secret[CACHE_SECRET];
        char prefix[PREFIX];
        uint64_t hits, misses, failures; /* atomic */
};

static struct shared *shared_of(struct cache *cache) { return (struct shared *)cache; }

static void count(uint64_t *counter) { __atomic_add_fetch(counter, 1, __ATOMIC_RELAXED); }

static bool is_shared(const struct cache_key *key)
{
        return key->shared && key->scope_len > 0 && key->scope_len < key->len && key->len <= SAI_MAX_CACHE_KEY;
}

/* The name of a scope's hash; 0 when it does not fit, and then nothing of it is shared. */
static size_t hash_name(const struct shared *shared, const void *scope, size_t len, char name[NAME])
{
        size_t prefix = strlen(shared->prefix);
        if (prefix + 1 + 2 * len + 1 > NAME)
                return 0;
        memcpy(name, shared->prefix, prefix);
        name[prefix] = ':';
        sodium_bin2hex(name + prefix + 1, 2 * len + 1, scope, len);
        return prefix + 1 + 2 * len;
}

static void make_tag(const struct shared *shared, const struct cache_key *key, const void *data, size_t len, uint8_t tag[TAG])
{
        crypto_generichash_state state;
        crypto_generichash_init(&state, shared->secret, sizeof shared->secret, TAG);
        crypto_generichash_update(&state, (const uint8_t *)&key->len, sizeof key->len);
        crypto_generichash_update(&state, key->data, key->len);
        crypto_generichash_update(&state, data, len);
        crypto_generichash_final(&state, tag, TAG);
}

static bool ask(struct shared *shared, const struct redis_command *commands, size_t n, redisReply **replies)
{
        enum redis_outcome outcome = redis_link_call(shared->link, commands, n, replies);
        if (outcome == REDIS_FAILED)
                count(&shared->failures);
        return outcome == REDIS_ANSWERED;
}

static void tell(struct shared *shared, const struct redis_command *commands, size_t n)
{
        redisReply *replies[REDIS_COMMANDS];
        if (!ask(shared, commands, n, replies))
                return;
        for (size_t i = 0; i < n; i++)
                freeReplyObject(replies[i]);
}

static const char *field_of(const struct cache_key *key) { return (const char *)key->data + key->scope_len; }

/* -- Reading -------------------------------------------------------------------------------------------------------- */

static bool is_genuine(const struct shared *shared, const struct cache_key *key, const redisReply *reply)
{
        if (reply->type != REDIS_REPLY_STRING || (size_t)reply->len < TAG)
                return false;
        uint8_t tag[TAG];
        make_tag(shared, key, reply->str + TAG, (size_t)reply->len - TAG, tag);
        return sodium_memcmp(tag, reply->str, TAG) == 0;
}

/* The value with memory of its own, or SAI_NOT_FOUND. */
static sai_status fetch(struct shared *shared, const struct cache_key *key, struct cache_value *ret_value)
{
        char name[NAME];
        size_t name_len = hash_name(shared, key->data, key->scope_len, name);
        const struct redis_command command = { 3, { "HGET", name, field_of(key) }, { 4, name_len, key->len - key->scope_len } };
        redisReply *reply = NULL;
        if (!name_len || !ask(shared, &command, 1, &reply))
                return SAI_NOT_FOUND;
        sai_status status = SAI_NOT_FOUND;
        if (is_genuine(shared, key, reply)) {
                size_t len = (size_t)reply->len - TAG;
                char *copy = malloc(len ? len : 1);
                if (copy) {
                        memcpy(copy, reply->str + TAG, len);
                        *ret_value = (struct cache_value) { .data = copy, .len = len, .destroy = free };
                        status = SAI_OK;
                }
        }
        count(status == SAI_OK ? &shared->hits : &shared->misses);
        freeReplyObject(reply);
        return status;
}

struct reading {
        struct shared *shared;
        struct cache_key key;
        cache_make_fn make; /* NULL: only look */
        void *context;
};

static void send_value(struct shared *shared, const struct cache_key *key, const struct cache_value *value);

static sai_status read_or_make(void *context, struct cache_value *ret_value, struct sai_err *err)
{
        struct reading *reading = context;
        sai_status status = fetch(reading->shared, &reading->key, ret_value);
        if (status == SAI_OK || !reading->make)
                return status;
        status = reading->make(reading->context, ret_value, err);
        if (status == SAI_OK)
                send_value(reading->shared, &reading->key, ret_value);
        return status;
}

/* Through the front's single flight: who asks at once for the same is one question to Redis, and what is deleted meanwhile is not kept. */
static struct cache_entry *shared_get(struct cache *cache, struct cache_key key)
{
        struct shared *shared = shared_of(cache);
        struct cache_entry *entry = cache_get(shared->front, key);
        if (entry || !is_shared(&key) || !redis_link_up(shared->link))
                return entry;
        struct reading reading = { .shared = shared, .key = key };
        return cache_get_or_make(shared->front, key, 0, read_or_make, &reading, &entry, NULL) == SAI_OK ? entry : NULL;
}

static sai_status shared_get_or_make(struct cache *cache, struct cache_key key, int64_t deadline_ms, cache_make_fn make,
                                     void *context, struct cache_entry **ret_entry, struct sai_err *err)
{
        struct shared *shared = shared_of(cache);
        if (!is_shared(&key))
                return cache_get_or_make(shared->front, key, deadline_ms, make, context, ret_entry, err);
        struct reading reading = { shared, key, make, context };
        return cache_get_or_make(shared->front, key, deadline_ms, read_or_make, &reading, ret_entry, err);
}

/* -- Writing -------------------------------------------------------------------------------------------------------- */

static void delete_scope(struct shared *shared, const void *scope, size_t len)
{
        char name[NAME];
        size_t name_len = hash_name(shared, scope, len, name);
        const struct redis_command command = { 2, { "DEL", name }, { 3, name_len } };
        if (name_len)
                tell(shared, &command, 1);
}

static void send_value(struct shared *shared, const struct cache_key *key, const struct cache_value *value)
{
        char name[NAME], life[24];
        size_t name_len = hash_name(shared, key->data, key->scope_len, name);
        bool fits = value->len > 0 && value->len + TAG <= SAI_MAX_REDIS_VALUE;
        if (!fits || value->life_ms > 0 || value->transient || !name_len || !redis_link_up(shared->link))
                return;
        char *tagged = malloc(TAG + value->len);
        if (!tagged)
                return;
        make_tag(shared, key, value->data, value->len, (uint8_t *)tagged);
        memcpy(tagged + TAG, value->data, value->len);
        size_t life_len = (size_t)snprintf(life, sizeof life, "%d", SAI_REDIS_LIFE_MS);
        const struct redis_command commands[] = {
                { 4, { "HSET", name, field_of(key), tagged }, { 4, name_len, key->len - key->scope_len, TAG + value->len } },
                { 3, { "PEXPIRE", name, life }, { 7, name_len, life_len } },
                { 2, { "HLEN", name }, { 4, name_len } },
        };
        redisReply *replies[SAI_COUNT(commands)];
        bool answered = ask(shared, commands, SAI_COUNT(commands), replies);
        free(tagged);
        if (!answered)
                return;
        if (replies[0]->type == REDIS_REPLY_ERROR)
                count(&shared->failures); /* full, read-only, or another's key of that name */
        bool crowded = replies[2]->type == REDIS_REPLY_INTEGER && replies[2]->integer > SAI_MAX_REDIS_FIELDS;
        for (size_t i = 0; i < SAI_COUNT(commands); i++)
                freeReplyObject(replies[i]);
        if (crowded)
                delete_scope(shared, key->data, key->scope_len);
}

static sai_status shared_put(struct cache *cache, struct cache_key key, const struct cache_value *value,
                             struct cache_entry **ret_entry, struct sai_err *err)
{
        struct shared *shared = shared_of(cache);
        if (is_shared(&key))
                send_value(shared, &key, value);
        return cache_put(shared->front, key, value, ret_entry, err);
}

static void shared_remove(struct cache *cache, struct cache_key key)
{
        struct shared *shared = shared_of(cache);
        cache_remove(shared->front, key);
        char name[NAME];
        if (!is_shared(&key))
                return;
        size_t name_len = hash_name(shared, key.data, key.scope_len, name);
        const struct redis_command command = { 3, { "HDEL", name, field_of(&key) }, { 4, name_len, key.len - key.scope_len } };
        if (name_len)
                tell(shared, &command, 1);
}

static void shared_remove_scope(struct cache *cache, struct sai_text scope)
{
        struct shared *shared = shared_of(cache);
        cache_remove_scope(shared->front, scope);
        delete_scope(shared, scope.data, scope.len);
}

/* -- The rest ------------------------------------------------------------------------------------------------------- */

static void shared_stats(struct cache *cache, struct cache_stats *ret_stats)
{
        struct shared *shared = shared_of(cache);
        *ret_stats = cache_stats(shared->front);
        ret_stats->remote_hits = __atomic_load_n(&shared->hits, __ATOMIC_RELAXED);
        ret_stats->remote_misses = __atomic_load_n(&shared->misses, __ATOMIC_RELAXED);
        ret_stats->remote_failures = __atomic_load_n(&shared->failures, __ATOMIC_RELAXED);
}

static void shared_health(struct cache *cache, struct cache_health *ret_health)
{
        struct shared *shared = shared_of(cache);
        bool up = redis_link_up(shared->link);
        *ret_health = (struct cache_health) { .shared = true, .up = up };
        snprintf(ret_health->detail, sizeof ret_health->detail,
                 up ? "in process and redis" : "in process; redis does not answer");
}

static void shared_free(struct cache *cache)
{
        struct shared *shared = shared_of(cache);
        redis_link_free(shared->link);
        cache_free(shared->front);
        sodium_memzero(shared->secret, sizeof shared->secret);
        free(shared);
}

static const struct cache_ops shared_ops = {
        .get = shared_get,
        .put = shared_put,
        .get_or_make = shared_get_or_make,
        .remove = shared_remove,
        .remove_scope = shared_remove_scope,
        .stats = shared_stats,
        .health = shared_health,
        .free = shared_free,
};

sai_status cache_redis_new(const struct cache_redis_config *config, struct cache **ret_cache, struct sai_err *err)
{
        struct redis_address address;
        const char *wrong = redis_address_parse(config->url, &address);
        struct shared *shared = wrong ? NULL : calloc(1, sizeof *shared);
        if (!shared) {
                cache_free(config->front);
                return wrong ? sai_fail(err, SAI_INVALID, "the cache's address %s", wrong)
                             : sai_fail(err, SAI_NO_MEMORY, "cache");
        }
        shared->cache.ops = &shared_ops;
        shared->front = config->front;
        memcpy(shared->secret, config->secret, sizeof shared->secret);
        snprintf(shared->prefix, sizeof shared->prefix, "%s", config->prefix);
        sai_status status =
                redis_link_new(&address, config->password, config->budget_ms ? config->budget_ms : SAI_REDIS_BUDGET_MS,
                               config->log, &shared->link, err);
        if (status != SAI_OK) {
                shared_free(&shared->cache);
                return status;
        }
        *ret_cache = &shared->cache;
        return SAI_OK;
}
