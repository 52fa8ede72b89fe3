/* connection.c -- opening the database file, and a connection for each thread that reads.
 *
 * A connection of its own means that a reader waits for nobody: no lock in the process, and in WAL mode none in the file. Threads that
 * end give theirs back (the key's destructor, or store_thread_done); store_close closes the rest. */
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "store/fold.h"
#include "store/sqlite/lite.h"

enum { READER_CACHE_KIB = 1024, WRITER_CACHE_KIB = 8192, BUSY_STEP_MS = 5 };

/* Waits for another process, a little longer each time and never for ever. */
static int wait_busy(void *context, int tries)
{
        struct lite *lite = context;
        atomic_fetch_add_explicit(&lite->busy, 1, memory_order_relaxed);
        if (tries * BUSY_STEP_MS >= SAI_SQLITE_BUSY_MS)
                return 0;
        nanosleep(&(struct timespec) { .tv_nsec = BUSY_STEP_MS * 1000000L }, NULL);
        return 1;
}

static void contains(sqlite3_context *context, int count, sqlite3_value **values)
{
        (void)count;
        const char *text = (const char *)sqlite3_value_text(values[0]);
        const char *part = (const char *)sqlite3_value_text(values[1]);
        if (!text || !part) {
                sqlite3_result_int(context, 0);
                return;
        }
        sqlite3_result_int(context, fold_contains(text, (size_t)sqlite3_value_bytes(values[0]), part,
                                                  (size_t)sqlite3_value_bytes(values[1])));
}

sai_status lite_execute(struct lite_connection *connection, const char *sql, struct sai_err *err)
{
        int code = sqlite3_exec(connection->db, sql, NULL, NULL, NULL);
        return code == SQLITE_OK ? SAI_OK : lite_fail(connection->lite, connection->db, code, err);
}

/* Athletes' data: for the owner's eyes. SQLite gives the files beside it the same mode. */
static sai_status make_private_file(const char *path, struct sai_err *err)
{
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (fd < 0)
                return sai_fail(err, SAI_UNAVAILABLE, "the database file cannot be opened");
        close(fd);
        return SAI_OK;
}

/* Turning the log on takes the whole file for a moment, and SQLite does not ask the busy handler then: of several processes that make one
 * new file together, all but one must try again. */
static sai_status use_log(struct lite_connection *connection, struct sai_err *err)
{
        for (int tries = 0;; tries++) {
                int code = sqlite3_exec(connection->db, "PRAGMA journal_mode=WAL", NULL, NULL, NULL);
                int kind = code & 0xff;
                if (code == SQLITE_OK)
                        return SAI_OK;
                bool another_has_it = kind == SQLITE_BUSY || kind == SQLITE_LOCKED || kind == SQLITE_PROTOCOL;
                if (!another_has_it || !wait_busy(connection->lite, tries))
                        return lite_fail(connection->lite, connection->db, code, err);
        }
}

static sai_status set_up(struct lite_connection *connection, bool writes, struct sai_err *err)
{
        char text[512];
        snprintf(text, sizeof text,
                 "PRAGMA synchronous=FULL; PRAGMA foreign_keys=OFF; PRAGMA trusted_schema=OFF;"
                 "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-%d; PRAGMA mmap_size=%llu; PRAGMA journal_size_limit=%llu; PRAGMA "
                 "query_only=%d;",
                 writes ? WRITER_CACHE_KIB : READER_CACHE_KIB, (unsigned long long)SAI_SQLITE_MMAP,
                 (unsigned long long)SAI_SQLITE_WAL, !writes);
        sai_status status = use_log(connection, err);
        if (status == SAI_OK)
                status = lite_execute(connection, text, err);
        if (status != SAI_OK)
                return status;
        /* A name in quotes that is no column is an error, not a text. */
        sqlite3_db_config(connection->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
        sqlite3_db_config(connection->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
        sqlite3_db_config(connection->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        int code = sqlite3_create_function_v2(connection->db, "sai_contains", 2,
                                              SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, NULL, contains, NULL, NULL,
                                              NULL);
        return code == SQLITE_OK ? SAI_OK : lite_fail(connection->lite, connection->db, code, err);
}

sai_status lite_connect(struct lite *lite, bool writes, struct lite_connection **ret_connection, struct sai_err *err)
{
        if (writes) {
                sai_status status = make_private_file(lite->path, err);
                if (status != SAI_OK)
                        return status;
        }
        struct lite_connection *connection = calloc(1, sizeof *connection);
        if (!connection)
                return sai_fail(err, SAI_NO_MEMORY, "a database connection");
        connection->lite = lite;
        /* A connection belongs to one thread at a time: SQLite's own locks would only cost. */
        int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_PRIVATECACHE;
        int code = sqlite3_open_v2(lite->path, &connection->db, flags, NULL);
        sai_status status = SAI_OK;
        if (code != SQLITE_OK) {
                status = lite_fail(lite, connection->db, code, err);
        } else {
                sqlite3_busy_handler(connection->db, wait_busy, lite);
                status = set_up(connection, writes, err);
        }
        if (status != SAI_OK) {
                lite_disconnect(connection);
                return status;
        }
        *ret_connection = connection;
        return SAI_OK;
}

void lite_disconnect(struct lite_connection *connection)
{
        if (!connection)
                return;
        lite_statements_close(connection);
        sqlite3_close_v2(connection->db);
        free(connection);
}

sai_status lite_reader(struct lite *lite, struct lite_connection **ret_connection, struct sai_err *err)
{
        if (atomic_load_explicit(&lite->failed, memory_order_relaxed))
                return sai_fail(err, SAI_UNAVAILABLE, "the database cannot be used");
        struct lite_connection *connection = pthread_getspecific(lite->key);
        if (connection) {
                *ret_connection = connection;
                return SAI_OK;
        }
        sai_status status = lite_connect(lite, false, &connection, err);
        if (!connection)
                return status;
        if (pthread_setspecific(lite->key, connection) != 0) {
                lite_disconnect(connection);
                return sai_fail(err, SAI_NO_MEMORY, "a thread's database connection");
        }
        pthread_mutex_lock(&lite->lock);
        connection->next = lite->readers;
        lite->readers = connection;
        pthread_mutex_unlock(&lite->lock);
        *ret_connection = connection;
        return SAI_OK;
}

static void forget(struct lite *lite, struct lite_connection *connection)
{
        pthread_mutex_lock(&lite->lock);
        for (struct lite_connection **at = &lite->readers; *at; at = &(*at)->next) {
                if (*at == connection) {
                        *at = connection->next;
                        break;
                }
        }
        pthread_mutex_unlock(&lite->lock);
        lite_disconnect(connection);
}

void lite_reader_done(struct lite *lite)
{
        struct lite_connection *connection = pthread_getspecific(lite->key);
        if (!connection)
                return;
        pthread_setspecific(lite->key, NULL);
        forget(lite, connection);
}

void lite_readers_close(struct lite *lite)
{
        while (lite->readers) {
                struct lite_connection *connection = lite->readers;
                lite->readers = connection->next;
                lite_disconnect(connection);
        }
}
