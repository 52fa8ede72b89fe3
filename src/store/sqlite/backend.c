/* backend.c -- opening and closing the SQLite back end, and the table of what it does. */
#include <stdlib.h>

#include "store/sqlite/lite.h"

static void close_backend(struct backend *backend)
{
        struct lite *lite = (struct lite *)backend;
        lite_writer_stop(lite);
        if (lite->has_key)
                pthread_key_delete(lite->key);
        lite_readers_close(lite);
        /* The last connection folds the log into the file and removes it. */
        lite_disconnect(lite->writing);
        pthread_mutex_destroy(&lite->lock);
        free(lite->path);
        free(lite);
}

static void thread_done(struct backend *backend) { lite_reader_done((struct lite *)backend); }

static const char *describe(const struct backend *backend) { return ((const struct lite *)backend)->description; }

static void stats(const struct backend *backend, struct store_stats *ret_stats)
{
        const struct lite *lite = (const struct lite *)backend;
        *ret_stats = (struct store_stats) {
                .reads = atomic_load_explicit(&lite->reads, memory_order_relaxed),
                .writes = atomic_load_explicit(&lite->writes, memory_order_relaxed),
                .commits = atomic_load_explicit(&lite->commits, memory_order_relaxed),
                .busy = atomic_load_explicit(&lite->busy, memory_order_relaxed),
        };
}

static const struct backend_ops lite_ops = {
        .close = close_backend,
        .thread_done = thread_done,
        .check = lite_check,
        .describe = describe,
        .stats = stats,
        .insert = lite_insert,
        .upsert = lite_upsert,
        .replace = lite_replace,
        .change = lite_change,
        .take = lite_take,
        .remove = lite_remove,
        .get = lite_get,
        .find = lite_find,
        .visit = lite_visit,
        .count = lite_count,
};

/* The key's destructor: the thread ends and gives its connection back. */
static void thread_ends(void *value)
{
        struct lite_connection *connection = value;
        pthread_setspecific(connection->lite->key, connection);
        lite_reader_done(connection->lite);
}

static sai_status open_parts(struct lite *lite, bool migrate, struct sai_err *err)
{
        for (size_t i = 0; i < COLLECTIONS; i++) {
                sai_status status = layout_make((enum collection)i, &lite->backend.layouts[i], err);
                if (status != SAI_OK)
                        return status;
                lite->stamps[i] = lite_stamp(&lite->backend.layouts[i]);
        }
        if (pthread_key_create(&lite->key, thread_ends) != 0)
                return sai_fail(err, SAI_NO_MEMORY, "a database");
        lite->has_key = true;
        sai_status status = lite_connect(lite, true, &lite->writing, err);
        if (status == SAI_OK)
                status = lite_schema_open(lite, migrate, err);
        return status == SAI_OK ? lite_writer_start(lite, err) : status;
}

sai_status sqlite_backend_open(const struct store_config *config, const char *path, struct backend **ret_backend,
                               struct sai_err *err)
{
        /* A database in memory belongs to one connection and would be another one for each thread. */
        if (*path == '\0' || strcmp(path, ":memory:") == 0)
                return sai_fail(err, SAI_INVALID, "the database URL names no file (sqlite:PATH)");
        struct lite *lite = calloc(1, sizeof *lite);
        if (!lite)
                return sai_fail(err, SAI_NO_MEMORY, "a database");
        lite->backend.ops = &lite_ops;
        lite->clock = config->clock;
        lite->log = config->log;
        lite->path = strdup(path);
        pthread_mutex_init(&lite->lock, NULL);
        snprintf(lite->description, sizeof lite->description, "sqlite %s, schema %d", sqlite3_libversion(),
                 lite_schema_version());
        sai_status status = lite->path ? open_parts(lite, config->migrate, err) : sai_fail(err, SAI_NO_MEMORY, "a database");
        if (status != SAI_OK) {
                close_backend(&lite->backend);
                return status;
        }
        *ret_backend = &lite->backend;
        return SAI_OK;
}
