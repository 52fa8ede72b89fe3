/* shard.c -- see the header. */
#include "cache/shard.h"

#include <stdlib.h>

#include "base/limits.h"

enum { FIRST_BUCKETS = 256 };

bool shard_init(struct shard *shard, size_t max_bytes)
{
        *shard = (struct shard) { .max_bytes = max_bytes, .bucket_mask = FIRST_BUCKETS - 1 };
        shard->buckets = calloc(FIRST_BUCKETS, sizeof(struct item *));
        if (!shard->buckets)
                return false;
        if (pthread_mutex_init(&shard->lock, NULL) == 0)
                return true;
        free(shard->buckets);
        shard->buckets = NULL;
        return false;
}

void shard_done(struct shard *shard)
{
        if (!shard->buckets)
                return;
        struct item *next;
        for (struct item *item = shard->youngest; item; item = next) {
                next = item->older;
                cache_entry_release(&item->entry);
        }
        free(shard->buckets);
        pthread_mutex_destroy(&shard->lock);
}

/* -- Items -------------------------------------------------------------------------------------------------------- */
static void drop_item(struct cache_entry *entry)
{
        struct item *item = (struct item *)entry;
        if (item->destroy) {
                void *data; /* the maker gave it with its destructor: here it is the owner's again */
                memcpy(&data, &entry->data, sizeof data);
                item->destroy(data);
        }
        free(item);
}

static void destroy_value(const struct cache_value *value)
{
        if (value->destroy) {
                void *data;
                memcpy(&data, &value->data, sizeof data);
                value->destroy(data);
        }
}

struct item *item_new(struct cache_key key, const struct cache_value *value)
{
        size_t copied = value->destroy ? 0 : value->len;
        uint32_t key_len = key.len <= SAI_MAX_CACHE_KEY ? key.len : 0; /* a longer key is never kept, so never compared */
        struct item *item = copied < SIZE_MAX - sizeof *item - key_len ? malloc(sizeof *item + key_len + copied) : NULL;
        if (!item) {
                destroy_value(value);
                return NULL;
        }
        *item = (struct item) { .entry = { .data = value->data, .len = value->len, .references = 1, .drop = drop_item },
                                .destroy = value->destroy,
                                .key_len = key_len };
        size_t occupied = value->cost > value->len ? value->cost : value->len;
        item->cost = sizeof *item + key_len + occupied;
        memcpy(item->key, key.data, key_len);
        if (!value->destroy) {
                if (copied > 0)
                        memcpy(item->key + key_len, value->data, copied);
                item->entry.data = item->key + key_len;
        }
        return item;
}

void items_release(struct item *dead)
{
        while (dead) {
                struct item *next = dead->chain;
                cache_entry_release(&dead->entry);
                dead = next;
        }
}

/* -- Queue and buckets -------------------------------------------------------------------------------------------- */
static void unlink_from_queue(struct shard *shard, struct item *item)
{
        if (shard->hand == item)
                shard->hand = item->younger;
        if (item->younger)
                item->younger->older = item->older;
        else
                shard->youngest = item->older;
        if (item->older)
                item->older->younger = item->younger;
        else
                shard->oldest = item->younger;
}

/* `link` is what points at the item in its bucket. */
static void take_out(struct shard *shard, struct item **link, struct item **dead)
{
        struct item *item = *link;
        *link = item->chain;
        unlink_from_queue(shard, item);
        shard->count--;
        shard->bytes -= item->cost;
        item->chain = *dead;
        *dead = item;
}

static struct item **link_of(struct shard *shard, const struct item *item)
{
        struct item **link = &shard->buckets[item->hash & shard->bucket_mask];
        while (*link != item)
                link = &(*link)->chain;
        return link;
}

static struct item **find_link(struct shard *shard, struct cache_key key, uint64_t hash)
{
        struct item **link = &shard->buckets[hash & shard->bucket_mask];
        for (; *link; link = &(*link)->chain) {
                if ((*link)->hash == hash && (*link)->key_len == key.len && memcmp((*link)->key, key.data, key.len) == 0)
                        return link;
        }
        return NULL;
}

struct item *shard_find(struct shard *shard, struct cache_key key, uint64_t hash, uint32_t generation, int64_t now_ms,
                        struct item **dead)
{
        struct item **link = find_link(shard, key, hash);
        if (!link)
                return NULL;
        struct item *item = *link;
        if (item->generation == generation && (item->expires_ms == 0 || now_ms < item->expires_ms)) {
                item->visited = true;
                return item;
        }
        shard->stats.expired++;
        take_out(shard, link, dead);
        return NULL;
}

void shard_remove(struct shard *shard, struct cache_key key, uint64_t hash, struct item **dead)
{
        struct item **link = find_link(shard, key, hash);
        if (link)
                take_out(shard, link, dead);
}

/* Twice the buckets when chains get long. Without memory they stay long, which is slower and right. */
static void grow(struct shard *shard)
{
        size_t count = (shard->bucket_mask + 1) * 2;
        struct item **buckets = calloc(count, sizeof *buckets);
        if (!buckets)
                return;
        for (struct item *item = shard->youngest; item; item = item->older) {
                item->chain = buckets[item->hash & (count - 1)];
                buckets[item->hash & (count - 1)] = item;
        }
        free(shard->buckets);
        shard->buckets = buckets;
        shard->bucket_mask = count - 1;
}

static void evict_one(struct shard *shard, struct item **dead)
{
        struct item *victim = shard->hand ? shard->hand : shard->oldest;
        while (victim->visited) {
                victim->visited = false;
                victim = victim->younger ? victim->younger : shard->oldest;
        }
        shard->hand = victim; /* take_out moves it on to the next younger */
        take_out(shard, link_of(shard, victim), dead);
        shard->stats.evictions++;
}

void shard_insert(struct shard *shard, struct item *item, struct item **dead)
{
        shard_remove(shard, (struct cache_key) { .data = item->key, .len = item->key_len }, item->hash, dead);
        while (shard->count > 0 && item->cost > shard->max_bytes - shard->bytes)
                evict_one(shard, dead);
        if (shard->count > shard->bucket_mask)
                grow(shard);

        struct item **bucket = &shard->buckets[item->hash & shard->bucket_mask];
        item->chain = *bucket;
        *bucket = item;
        item->visited = false;
        item->younger = NULL;
        item->older = shard->youngest;
        if (shard->youngest)
                shard->youngest->younger = item;
        else
                shard->oldest = item;
        shard->youngest = item;
        shard->count++;
        shard->bytes += item->cost;
        shard->stats.puts++;
        cache_entry_ref(&item->entry);
}
