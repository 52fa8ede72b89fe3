/* cache.h -- keeps what was expensive to make, bounded in bytes, and makes it once.
 *
 * Three promises. A hit costs well under a microsecond and copies nothing: it gives a reference to an immutable entry, which stays whole until
 * the last holder releases it, also when it is evicted or deleted meanwhile. Many callers who miss the same key at once cause one
 * making; the others wait for it. What was deleted does not come back from a making that had begun before.
 *
 * A key is a byte string whose first `scope_len` bytes are its scope (a user's id): all keys of a scope can be deleted at once, at the cost
 * of one increment. Values are bytes, which any back end can keep, or objects, which exist in this process only: a back end
 * shared by processes holds the bytes and leaves objects to the in-process cache before it. Nothing that matters lives only here: losing every
 * entry is always correct.
 *
 * A key may be `shared`: then processes that were given the same Redis serve each other what one of them made (redis.c). Only what follows from its
 * key alone may be shared, because nothing tells the others when it changes: the version of what it was made of is part of such a key.
 *
 * Safe from several threads. Expiry and deadlines are monotonic ms of the clock that was given. */
#ifndef SAI_CACHE_CACHE_H
#define SAI_CACHE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/status.h"
#include "base/text.h"

struct cache;

/* One value. Read-only and shared; embedded by the back end in what it allocates. */
struct cache_entry {
        const void *data; /* bytes, or the object */
        size_t len; /* of bytes; 0 for an object */
        uint32_t references; /* atomic, the back end's */
        void (*drop)(struct cache_entry *entry); /* called once, when the last reference goes */
};

struct cache_key {
        const void *data;
        uint32_t len; /* up to SAI_MAX_CACHE_KEY; a longer key is never kept */
        uint32_t scope_len; /* 0: no scope, only deleted by key */
        bool shared; /* with other processes, where there is something to share by; needs a scope */
};

/* What a maker hands over. Set `destroy` to give the cache memory of your own (an object, or bytes from malloc with free); without it
 * `data` is copied before the maker's caller goes on, and only borrowed. */
struct cache_value {
        const void *data;
        size_t len; /* bytes; 0 for an object */
        size_t cost; /* bytes that it really occupies; 0: len */
        void (*destroy)(void *data); /* takes: runs once, outside all locks, on whichever thread drops it */
        int64_t life_ms; /* 0: until evicted */
        bool transient; /* give it to those who wait, but do not keep it */
};
typedef sai_status (*cache_make_fn)(void *context, struct cache_value *ret_value, struct sai_err *err);

struct cache_stats {
        uint64_t hits, misses, puts, evictions, expired, refused; /* refused: too large to keep */
        uint64_t waits; /* callers who were given another's making */
        uint64_t entries, bytes, max_bytes;
        uint64_t remote_hits, remote_misses,
                remote_failures; /* of the shared back end; failures: calls that it did not answer in time */
};

/* Where it is kept, and whether that answers: `shared` false is the process's own memory, which always does. */
struct cache_health {
        bool shared, up;
        char detail[96];
};

/* The interface a back end fulfils; callers use the functions below. */
struct cache_ops {
        struct cache_entry *(*get)(struct cache *cache, struct cache_key key);
        sai_status (*put)(struct cache *cache, struct cache_key key, const struct cache_value *value,
                          struct cache_entry **ret_entry, struct sai_err *err);
        sai_status (*get_or_make)(struct cache *cache, struct cache_key key, int64_t deadline_ms, cache_make_fn make,
                                  void *context, struct cache_entry **ret_entry, struct sai_err *err);
        void (*remove)(struct cache *cache, struct cache_key key);
        void (*remove_scope)(struct cache *cache, struct sai_text scope);
        void (*stats)(struct cache *cache, struct cache_stats *ret_stats);
        void (*health)(struct cache *cache, struct cache_health *ret_health);
        void (*free)(struct cache *cache);
};
struct cache {
        const struct cache_ops *ops;
};

/* A reference to the entry (release it), or NULL. */
struct cache_entry *cache_get(struct cache *cache, struct cache_key key);

/* Keeps a value, in place of what the key had. With `ret_entry` (may be NULL) gives a reference too, also when the value was too large
 * to keep. The value is taken whatever the outcome: on failure it was destroyed. SAI_OK or SAI_NO_MEMORY. */
sai_status cache_put(struct cache *cache, struct cache_key key, const struct cache_value *value, struct cache_entry **ret_entry,
                     struct sai_err *err) SAI_MUST_USE;

/* The entry, or what `make` gives, which one caller runs while others who want the key wait until `deadline_ms` (0: as long as it takes).
 * `make` must not ask for the same key. Its failure is everybody's who waits, and is not kept.
 * SAI_OK with a reference; what `make` returned; SAI_TIMEOUT while waiting; SAI_NO_MEMORY. */
sai_status cache_get_or_make(struct cache *cache, struct cache_key key, int64_t deadline_ms, cache_make_fn make, void *context,
                             struct cache_entry **ret_entry, struct sai_err *err) SAI_MUST_USE;

void cache_remove(struct cache *cache, struct cache_key key);
/* All keys whose scope is exactly this; constant time. Rarely another scope's go with them (they share a counter). */
void cache_remove_scope(struct cache *cache, struct sai_text scope);
struct cache_stats cache_stats(struct cache *cache);
struct cache_health cache_health(struct cache *cache);

/* One more reference, for handing on; and the end of one. Both accept any thread, release also NULL. */
struct cache_entry *cache_entry_ref(struct cache_entry *entry);
void cache_entry_release(struct cache_entry *entry);
SAI_DEFINE_CLEANUP(struct cache_entry, cache_entry_release)

/* Entries that are still held stay whole after this. */
void cache_free(struct cache *cache);
SAI_DEFINE_CLEANUP(struct cache, cache_free)

/* -- The in-process back end ------------------------------------------------------------------------------------- */
struct cache_memory_config {
        size_t max_bytes; /* with all bookkeeping; 0: SAI_CACHE_BYTES */
        struct sai_clock clock;
        struct sai_random random; /* seeds the hash, so that nobody outside can choose colliding keys */
};
/* NULL without memory. An entry over SAI_MAX_CACHE_ENTRY or an eighth of max_bytes is given but not kept. */
struct cache *cache_memory_new(const struct cache_memory_config *config);

/* -- The back end shared by processes: Redis behind the in-process one -------------------------------------------- */
enum { CACHE_SECRET = 32 };
struct cache_redis_config {
        struct cache *front; /* takes: the in-process cache that stands before it, freed also on failure */
        const char *url; /* "redis://HOST[:PORT][/DB]" */
        const char *password; /* NULL or "": none */
        const char *prefix; /* of this build's keys: other builds word their answers otherwise */
        int budget_ms; /* of one call; 0: SAI_REDIS_BUDGET_MS */
        uint8_t secret[CACHE_SECRET]; /* what values are authenticated with: the same in all processes */
        struct sai_log *log;
};
/* Starts a thread that keeps connections; a Redis that is not there is no failure: the cache works without it and uses it once it comes.
 * SAI_INVALID for a URL that is none, SAI_NO_MEMORY. A call waits at most its budget for Redis, so keep it off threads that must
 * never wait. */
sai_status cache_redis_new(const struct cache_redis_config *config, struct cache **ret_cache, struct sai_err *err) SAI_MUST_USE;

#endif
