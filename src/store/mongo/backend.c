/* backend.c -- opening and closing the MongoDB back end, and the table of what it does. */
#include <stdlib.h>

#include "store/mongo/mongo.h"

static void close_backend(struct backend *backend)
{
        struct mongo *mongo = (struct mongo *)backend;
        if (mongo->pool)
                mongoc_client_pool_destroy(mongo->pool);
        free(mongo);
}

/* Clients go back after each call: a thread holds none. */
static void thread_done(struct backend *backend) { (void)backend; }

static const char *describe(const struct backend *backend) { return ((const struct mongo *)backend)->description; }

static void stats(const struct backend *backend, struct store_stats *ret_stats)
{
        const struct mongo *mongo = (const struct mongo *)backend;
        int64_t writes = atomic_load_explicit(&mongo->writes, memory_order_relaxed);
        *ret_stats = (struct store_stats) {
                .reads = atomic_load_explicit(&mongo->reads, memory_order_relaxed),
                .writes = writes,
                .commits = writes, /* each write is acknowledged by itself */
                .busy = atomic_load_explicit(&mongo->busy, memory_order_relaxed),
        };
}

static const struct backend_ops mongo_ops = {
        .remote = true,
        .close = close_backend,
        .thread_done = thread_done,
        .check = mongo_check,
        .describe = describe,
        .stats = stats,
        .insert = mongo_insert,
        .upsert = mongo_upsert,
        .replace = mongo_replace,
        .change = mongo_change,
        .take = mongo_take,
        .remove = mongo_remove,
        .get = mongo_get,
        .find = mongo_find,
        .visit = mongo_visit,
        .count = mongo_count,
};

static sai_status open_parts(struct mongo *mongo, const struct store_config *config, struct sai_err *err)
{
        sai_status status = SAI_OK;
        for (size_t i = 0; i < COLLECTIONS && status == SAI_OK; i++)
                status = layout_make((enum collection)i, &mongo->backend.layouts[i], err);
        if (status == SAI_OK)
                status = mongo_connect(mongo, config, err);
        return status == SAI_OK ? mongo_schema_open(mongo, config->migrate, err) : status;
}

sai_status mongo_backend_open(const struct store_config *config, struct backend **ret_backend, struct sai_err *err)
{
        struct mongo *mongo = calloc(1, sizeof *mongo);
        if (!mongo)
                return sai_fail(err, SAI_NO_MEMORY, "a database");
        mongo->backend.ops = &mongo_ops;
        mongo->log = config->log;
        sai_status status = open_parts(mongo, config, err);
        if (status != SAI_OK) {
                close_backend(&mongo->backend);
                return status;
        }
        *ret_backend = &mongo->backend;
        return SAI_OK;
}
