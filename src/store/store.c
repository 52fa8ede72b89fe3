/* store.c -- opening and closing, and the shapes that the other files share. */
#include "store/store.h"

#include <stdlib.h>

#include "store/store_internal.h"

static sai_status backend_open(const struct store_config *config, struct backend **ret_backend, struct sai_err *err)
{
        static const char scheme[] = "sqlite:";
        if (strncmp(config->url, scheme, sizeof scheme - 1) == 0)
                return sqlite_backend_open(config, config->url + sizeof scheme - 1, ret_backend, err);
        if (strncmp(config->url, "mongodb://", 10) == 0 || strncmp(config->url, "mongodb+srv://", 14) == 0)
                return mongo_backend_open(config, ret_backend, err);
        return sai_fail(err, SAI_INVALID,
                        "the database URL names no store that this program knows (sqlite:PATH, mongodb://HOST/DATABASE)");
}

SAI_DEFINE_CLEANUP(struct store, store_close)

sai_status store_open(const struct store_config *config, struct store **ret_store, struct sai_err *err)
{
        SAI_CLEANUP(store_close_p) struct store *store = calloc(1, sizeof *store);
        if (!store)
                return sai_fail(err, SAI_NO_MEMORY, "store");
        store->clock = config->clock;
        store->log = config->log;
        store->ids = sai_id_source_new(config->clock, config->random);
        if (!store->ids)
                return sai_fail(err, SAI_NO_MEMORY, "store");
        sai_status status = backend_open(config, &store->backend, err);
        if (status != SAI_OK)
                return status;
        *ret_store = SAI_TAKE(store);
        return SAI_OK;
}

void store_close(struct store *store)
{
        if (!store)
                return;
        if (store->backend)
                store->backend->ops->close(store->backend);
        sai_id_source_free(store->ids);
        free(store);
}

void store_thread_done(struct store *store) { store->backend->ops->thread_done(store->backend); }

struct sai_id store_new_id(struct store *store) { return sai_id_make(store->ids); }

sai_status store_check(struct store *store, int64_t *ret_latency_us, struct sai_err *err)
{
        int64_t started = sai_monotonic_ms(&store->clock);
        sai_status status = store->backend->ops->check(store->backend, err);
        if (status == SAI_OK)
                *ret_latency_us = (sai_monotonic_ms(&store->clock) - started) * 1000;
        return status;
}

bool store_is_remote(const struct store *store) { return store->backend->ops->remote; }

const char *store_describe(const struct store *store) { return store->backend->ops->describe(store->backend); }

void store_stats(const struct store *store, struct store_stats *ret_stats)
{
        store->backend->ops->stats(store->backend, ret_stats);
}

struct sai_id store_edge_id(bool descending)
{
        struct sai_id id;
        memset(id.bytes, descending ? 0xFF : 0, sizeof id.bytes);
        return id;
}

sai_status store_get(struct store *store, enum query_id query, const struct value *values, struct sai_arena *arena, void *ret_row,
                     struct sai_err *err)
{
        const struct request request = { .query = query, .values = values, .limit = 1 };
        return store->backend->ops->get(store->backend, &request, arena, ret_row, err);
}

sai_status store_find(struct store *store, const struct request *request, struct sai_arena *arena, void **ret_rows,
                      size_t *ret_count, struct sai_err *err)
{
        return store->backend->ops->find(store->backend, request, arena, ret_rows, ret_count, err);
}

sai_status store_remove(struct store *store, enum query_id query, const struct value *values, int64_t *ret_count,
                        struct sai_err *err)
{
        const struct request request = { .query = query, .values = values };
        return store->backend->ops->remove(store->backend, &request, ret_count, err);
}

sai_status store_put(struct store *store, enum query_id replace, const struct value *values, void *row, int64_t *revision,
                     struct sai_err *err)
{
        int64_t before = *revision;
        *revision = before + 1;
        sai_status status;
        if (before == 0) {
                status = store->backend->ops->insert(store->backend, queries[replace].collection, row, err);
        } else {
                const struct request request = { .query = replace, .values = values };
                status = store->backend->ops->replace(store->backend, &request, row, err);
        }
        if (status != SAI_OK)
                *revision = before;
        return status;
}
