/* cache.c -- the calls through the interface, and references, which are the same for every back end. */
#include "cache/cache.h"

struct cache_entry *cache_get(struct cache *cache, struct cache_key key) { return cache->ops->get(cache, key); }

sai_status cache_put(struct cache *cache, struct cache_key key, const struct cache_value *value, struct cache_entry **ret_entry,
                     struct sai_err *err)
{
        return cache->ops->put(cache, key, value, ret_entry, err);
}

sai_status cache_get_or_make(struct cache *cache, struct cache_key key, int64_t deadline_ms, cache_make_fn make, void *context,
                             struct cache_entry **ret_entry, struct sai_err *err)
{
        return cache->ops->get_or_make(cache, key, deadline_ms, make, context, ret_entry, err);
}

void cache_remove(struct cache *cache, struct cache_key key) { cache->ops->remove(cache, key); }
void cache_remove_scope(struct cache *cache, struct sai_text scope) { cache->ops->remove_scope(cache, scope); }

struct cache_stats cache_stats(struct cache *cache)
{
        struct cache_stats stats = { 0 };
        cache->ops->stats(cache, &stats);
        return stats;
}

struct cache_health cache_health(struct cache *cache)
{
        struct cache_health health = { 0 };
        cache->ops->health(cache, &health);
        return health;
}

void cache_free(struct cache *cache)
{
        if (cache)
                cache->ops->free(cache);
}

struct cache_entry *cache_entry_ref(struct cache_entry *entry)
{
        __atomic_add_fetch(&entry->references, 1, __ATOMIC_RELAXED);
        return entry;
}

void cache_entry_release(struct cache_entry *entry)
{
        /* Release before, acquire after: what other holders read happens before the last one destroys it. */
        if (entry && __atomic_sub_fetch(&entry->references, 1, __ATOMIC_ACQ_REL) == 0)
                entry->drop(entry);
}
