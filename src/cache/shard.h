/* shard.h -- one part of the in-process cache: a hash table in SIEVE order under one lock.
 *
 * SIEVE (Zhang et al., NSDI 2024): entries stand in a queue by age; a hit only sets a mark; when room is needed a hand walks from the oldest to the
 * youngest, takes marks away and evicts the first entry without one. It keeps what is used about as well as LRU's better descendants, and a hit
 * writes one flag instead of moving list nodes.
 *
 * Every function wants the shard's lock held, but for init, done and the making of items. Items that leave the shard are collected on `dead`, because their destructors must not
 * run under a lock. */
#ifndef SAI_CACHE_SHARD_H
#define SAI_CACHE_SHARD_H

#include <pthread.h>
#include <stdbool.h>

#include "cache/cache.h"

struct item {
        struct cache_entry entry; /* first: an entry is its item */
        struct item *chain; /* next in the bucket; also links the dead */
        struct item *younger, *older; /* queue */
        uint64_t hash;
        size_t cost; /* with the item itself */
        int64_t expires_ms; /* 0: never */
        uint32_t generation; /* of its scope, when its making began */
        uint32_t key_len;
        bool visited;
        void (*destroy)(void *data); /* NULL: the bytes follow the key in this allocation */
        unsigned char key[];
};

/* A making in progress. */
struct flight {
        struct flight *next;
        struct cache_key key; /* borrowed from the maker, who stays until the flight has left the list */
        uint64_t hash;
        uint32_t generation;
        uint32_t waiting;
        bool listed, done;
        pthread_cond_t landed;
        sai_status status;
        struct sai_err err;
        struct cache_entry *entry; /* one reference for the maker; each who waits takes its own */
};

struct shard {
        pthread_mutex_t lock;
        struct item **buckets;
        size_t bucket_mask;
        struct item *youngest, *oldest, *hand;
        size_t count, bytes, max_bytes;
        struct flight *flights;
        struct cache_stats stats;
};

bool shard_init(struct shard *shard, size_t max_bytes);
/* The caller is the only one left. */
void shard_done(struct shard *shard);

/* Makes an item with one reference, taking the value; NULL without memory, and then the value was destroyed. */
struct item *item_new(struct cache_key key, const struct cache_value *value);
/* Releases the cache's reference of each. Without the lock. */
void items_release(struct item *dead);

/* The live item of the key, marked as used; stale and expired ones are taken out on the way. */
struct item *shard_find(struct shard *shard, struct cache_key key, uint64_t hash, uint32_t generation, int64_t now_ms,
                        struct item **dead);
void shard_remove(struct shard *shard, struct cache_key key, uint64_t hash, struct item **dead);
/* Puts the item in, in place of another of its key, and evicts until all fits. Takes one reference. */
void shard_insert(struct shard *shard, struct item *item, struct item **dead);

#endif
