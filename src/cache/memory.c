/* memory.c -- the cache of this process: shards, generations of scopes, and makings in flight.
 *
 * A scope is deleted by raising its generation, one of a table of counters found by hash: entries remember the generation that held when
 * their making began, and one with another generation is as good as gone. So deleting costs the same whatever there is to delete, and what was
 * being made while its scope was deleted is given to those who asked before, and never kept.
 *
 * Locks: one a shard, never two at once, and nothing of others runs under one: makers and destructors are called outside. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/limits.h"
#include "cache/cache.h"
#include "cache/shard.h"

enum { SHARDS = 8, GENERATIONS = 4096 };

struct memory {
        struct cache cache; /* first: a cache is its back end */
        struct sai_clock clock;
        uint64_t seed;
        size_t max_bytes;
        struct shard shards[SHARDS];
        uint32_t generations[GENERATIONS]; /* atomic */
        uint32_t unscoped; /* the counter of keys without a scope, which nobody raises */
};

static struct memory *memory_of(struct cache *cache) { return (struct memory *)cache; }

/* Where a key belongs. */
struct place {
        struct shard *shard;
        uint64_t hash;
        uint32_t *generation;
};

static uint32_t *generation_of(struct memory *memory, const void *scope, size_t len)
{
        return &memory->generations[sai_hash(scope, len, memory->seed) % GENERATIONS];
}

static uint32_t read_generation(const uint32_t *generation) { return __atomic_load_n(generation, __ATOMIC_ACQUIRE); }

static struct place place_of(struct memory *memory, struct cache_key key)
{
        struct place place = { .hash = sai_hash(key.data, key.len, memory->seed), .generation = &memory->unscoped };
        place.shard = &memory->shards[place.hash >> 61];
        if (key.scope_len > 0)
                place.generation = generation_of(memory, key.data, key.scope_len <= key.len ? key.scope_len : key.len);
        return place;
}

static int64_t now_ms(struct memory *memory) { return sai_monotonic_ms(&memory->clock); }

/* -- Get ---------------------------------------------------------------------------------------------------------- */
static struct cache_entry *find_locked(struct memory *memory, const struct place *place, struct cache_key key, struct item **dead)
{
        struct item *item = shard_find(place->shard, key, place->hash, read_generation(place->generation), now_ms(memory), dead);
        if (!item) {
                place->shard->stats.misses++;
                return NULL;
        }
        place->shard->stats.hits++;
        return cache_entry_ref(&item->entry);
}

static struct cache_entry *memory_get(struct cache *cache, struct cache_key key)
{
        struct memory *memory = memory_of(cache);
        struct place place = place_of(memory, key);
        struct item *dead = NULL;
        pthread_mutex_lock(&place.shard->lock);
        struct cache_entry *entry = find_locked(memory, &place, key, &dead);
        pthread_mutex_unlock(&place.shard->lock);
        items_release(dead);
        return entry;
}

/* -- Put ---------------------------------------------------------------------------------------------------------- */
static bool may_keep(const struct memory *memory, const struct cache_key *key, const struct cache_value *value,
                     const struct item *item)
{
        return !value->transient && key->len <= SAI_MAX_CACHE_KEY && item->cost <= SAI_MAX_CACHE_ENTRY &&
               item->cost <= memory->max_bytes / SHARDS;
}

/* Makes the item of a value that was made under `generation`; life counts from now. */
static struct item *prepare(struct memory *memory, const struct place *place, struct cache_key key,
                            const struct cache_value *value, uint32_t generation)
{
        struct item *item = item_new(key, value);
        if (!item)
                return NULL;
        item->hash = place->hash;
        item->generation = generation;
        if (value->life_ms > 0)
                item->expires_ms = now_ms(memory) + value->life_ms;
        return item;
}

/* Lock held. What was deleted while it was made is not kept. */
static void keep_locked(struct memory *memory, const struct place *place, const struct cache_key *key,
                        const struct cache_value *value, struct item *item, struct item **dead)
{
        if (!may_keep(memory, key, value, item))
                place->shard->stats.refused += !value->transient;
        else if (read_generation(place->generation) == item->generation)
                shard_insert(place->shard, item, dead);
}

static sai_status memory_put(struct cache *cache, struct cache_key key, const struct cache_value *value,
                             struct cache_entry **ret_entry, struct sai_err *err)
{
        struct memory *memory = memory_of(cache);
        struct place place = place_of(memory, key);
        struct item *item = prepare(memory, &place, key, value, read_generation(place.generation)), *dead = NULL;
        if (!item)
                return sai_fail(err, SAI_NO_MEMORY, "no memory for a cache entry");
        pthread_mutex_lock(&place.shard->lock);
        keep_locked(memory, &place, &key, value, item, &dead);
        pthread_mutex_unlock(&place.shard->lock);
        items_release(dead);
        if (ret_entry)
                *ret_entry = &item->entry;
        else
                cache_entry_release(&item->entry);
        return SAI_OK;
}

/* -- Making ------------------------------------------------------------------------------------------------------- */
static bool same_key(const struct flight *flight, struct cache_key key, uint64_t hash)
{
        return flight->hash == hash && flight->key.len == key.len && memcmp(flight->key.data, key.data, key.len) == 0;
}

/* A making that began before its scope was deleted is not for those who ask after it. */
static struct flight *find_flight(const struct place *place, struct cache_key key)
{
        for (struct flight *flight = place->shard->flights; flight; flight = flight->next) {
                if (same_key(flight, key, place->hash) && flight->generation == read_generation(place->generation))
                        return flight;
        }
        return NULL;
}

static void unlist(struct shard *shard, struct flight *flight)
{
        if (!flight->listed)
                return;
        struct flight **link = &shard->flights;
        while (*link != flight)
                link = &(*link)->next;
        *link = flight->next;
        flight->listed = false;
}

static struct flight *new_flight(const struct place *place, struct cache_key key)
{
        struct flight *flight = calloc(1, sizeof *flight);
        pthread_condattr_t attributes;
        if (!flight)
                return NULL;
        pthread_condattr_init(&attributes);
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        int failed = pthread_cond_init(&flight->landed, &attributes);
        pthread_condattr_destroy(&attributes);
        if (failed) {
                free(flight);
                return NULL;
        }
        flight->key = key;
        flight->hash = place->hash;
        flight->generation = read_generation(place->generation);
        return flight;
}

static void free_flight(struct flight *flight)
{
        pthread_cond_destroy(&flight->landed);
        cache_entry_release(flight->entry);
        free(flight);
}

static struct timespec real_time_in(int64_t ms)
{
        struct timespec at;
        clock_gettime(CLOCK_MONOTONIC, &at);
        int64_t ns = at.tv_nsec + ms % 1000 * 1000000;
        at.tv_sec += (time_t)(ms / 1000 + ns / 1000000000);
        at.tv_nsec = (long)(ns % 1000000000);
        return at;
}

/* Lock held; waits for another's making. The last one out of a finished flight frees it. */
static sai_status wait_for(struct memory *memory, struct shard *shard, struct flight *flight, int64_t deadline_ms,
                           struct cache_entry **ret_entry, struct sai_err *err)
{
        int64_t left_ms = deadline_ms ? deadline_ms - now_ms(memory) : 0;
        struct timespec until = real_time_in(left_ms > 0 ? left_ms : 0);
        int failed = deadline_ms && left_ms <= 0 ? ETIMEDOUT : 0;

        flight->waiting++;
        while (!flight->done && failed == 0)
                failed = deadline_ms ? pthread_cond_timedwait(&flight->landed, &shard->lock, &until)
                                     : pthread_cond_wait(&flight->landed, &shard->lock);
        flight->waiting--;
        sai_status status = SAI_OK;
        if (!flight->done) {
                status = sai_fail(err, SAI_TIMEOUT, "the deadline passed while another request made the same answer");
        } else if (flight->status == SAI_OK) {
                shard->stats.waits++;
                *ret_entry = cache_entry_ref(flight->entry);
        } else {
                status = flight->status;
                if (err)
                        *err = flight->err;
        }
        bool last = flight->done && flight->waiting == 0;
        pthread_mutex_unlock(&shard->lock);
        if (last)
                free_flight(flight);
        return status;
}

/* Without the lock: the maker runs, then everyone gets what came of it. */
static sai_status make_for_all(struct memory *memory, const struct place *place, struct flight *flight, cache_make_fn make,
                               void *context, struct cache_entry **ret_entry, struct sai_err *err)
{
        struct shard *shard = place->shard;
        struct cache_value value = { 0 };
        struct item *item = NULL, *dead = NULL;
        sai_status status = make(context, &value, &flight->err);
        if (status == SAI_OK) {
                item = prepare(memory, place, flight->key, &value, flight->generation);
                if (!item)
                        status = sai_fail(&flight->err, SAI_NO_MEMORY, "no memory for a cache entry");
        }
        if (status == SAI_OK)
                *ret_entry = cache_entry_ref(&item->entry);
        else if (err)
                *err = flight->err;

        pthread_mutex_lock(&shard->lock);
        if (item && flight->listed)
                keep_locked(memory, place, &flight->key, &value, item, &dead);
        unlist(shard, flight);
        flight->status = status;
        flight->entry = item ? &item->entry : NULL;
        flight->done = true;
        bool last = flight->waiting == 0;
        pthread_cond_broadcast(&flight->landed);
        pthread_mutex_unlock(&shard->lock);
        items_release(dead);
        if (last)
                free_flight(flight);
        return status;
}

static sai_status memory_get_or_make(struct cache *cache, struct cache_key key, int64_t deadline_ms, cache_make_fn make,
                                     void *context, struct cache_entry **ret_entry, struct sai_err *err)
{
        struct memory *memory = memory_of(cache);
        struct place place = place_of(memory, key);
        struct shard *shard = place.shard;
        struct item *dead = NULL;

        pthread_mutex_lock(&shard->lock);
        struct cache_entry *entry = find_locked(memory, &place, key, &dead);
        struct flight *flight = entry ? NULL : find_flight(&place, key);
        if (flight) {
                sai_status status = wait_for(memory, shard, flight, deadline_ms, ret_entry, err); /* unlocks */
                items_release(dead);
                return status;
        }
        if (!entry) {
                flight = new_flight(&place, key);
                if (flight) {
                        flight->listed = true;
                        flight->next = shard->flights;
                        shard->flights = flight;
                }
        }
        pthread_mutex_unlock(&shard->lock);
        items_release(dead);
        if (entry) {
                *ret_entry = entry;
                return SAI_OK;
        }
        if (!flight)
                return sai_fail(err, SAI_NO_MEMORY, "no memory to make a cache entry");
        return make_for_all(memory, &place, flight, make, context, ret_entry, err);
}

/* -- The rest ----------------------------------------------------------------------------------------------------- */
static void memory_remove(struct cache *cache, struct cache_key key)
{
        struct memory *memory = memory_of(cache);
        struct place place = place_of(memory, key);
        struct item *dead = NULL;
        struct flight *next;
        pthread_mutex_lock(&place.shard->lock);
        shard_remove(place.shard, key, place.hash, &dead);
        for (struct flight *flight = place.shard->flights; flight; flight = next) {
                next = flight->next;
                if (same_key(flight, key, place.hash))
                        unlist(place.shard, flight); /* it lands for those who wait, and is not kept */
        }
        pthread_mutex_unlock(&place.shard->lock);
        items_release(dead);
}

static void memory_remove_scope(struct cache *cache, struct sai_text scope)
{
        __atomic_add_fetch(generation_of(memory_of(cache), scope.data, scope.len), 1, __ATOMIC_ACQ_REL);
}

static void memory_stats(struct cache *cache, struct cache_stats *ret_stats)
{
        struct memory *memory = memory_of(cache);
        struct cache_stats sum = { .max_bytes = memory->max_bytes };
        for (size_t i = 0; i < SHARDS; i++) {
                struct shard *shard = &memory->shards[i];
                pthread_mutex_lock(&shard->lock);
                sum.hits += shard->stats.hits;
                sum.misses += shard->stats.misses;
                sum.puts += shard->stats.puts;
                sum.evictions += shard->stats.evictions;
                sum.expired += shard->stats.expired;
                sum.refused += shard->stats.refused;
                sum.waits += shard->stats.waits;
                sum.entries += shard->count;
                sum.bytes += shard->bytes;
                pthread_mutex_unlock(&shard->lock);
        }
        *ret_stats = sum;
}

static void memory_health(struct cache *cache, struct cache_health *ret_health)
{
        (void)cache;
        *ret_health = (struct cache_health) { .up = true, .detail = "in process" };
}

static void memory_free(struct cache *cache)
{
        struct memory *memory = memory_of(cache);
        for (size_t i = 0; i < SHARDS; i++)
                shard_done(&memory->shards[i]);
        free(memory);
}

static const struct cache_ops memory_ops = {
        .get = memory_get,
        .put = memory_put,
        .get_or_make = memory_get_or_make,
        .remove = memory_remove,
        .remove_scope = memory_remove_scope,
        .stats = memory_stats,
        .health = memory_health,
        .free = memory_free,
};

struct cache *cache_memory_new(const struct cache_memory_config *config)
{
        struct memory *memory = calloc(1, sizeof *memory);
        if (!memory)
                return NULL;
        memory->cache.ops = &memory_ops;
        memory->clock = config->clock;
        memory->max_bytes = config->max_bytes ? config->max_bytes : SAI_CACHE_BYTES;
        sai_random_fill(&config->random, &memory->seed, sizeof memory->seed);
        for (size_t i = 0; i < SHARDS; i++) {
                if (!shard_init(&memory->shards[i], memory->max_bytes / SHARDS)) {
                        memory_free(&memory->cache);
                        return NULL;
                }
        }
        return &memory->cache;
}
