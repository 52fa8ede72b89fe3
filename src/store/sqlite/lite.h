/* lite.h -- what the files of the SQLite back end share.
 *
 * One connection writes, on a thread of its own (writer.c); every other thread that reads has a connection to itself (connection.c).
 * Statements are made from queries.h (sql.c), kept prepared on their connection (statement.c), bound (bind.c) and read (row.c).
 *
 * A collection is a table: `_row INTEGER PRIMARY KEY`, the key as UNIQUE, the other columns, and last `_document`. A wide collection has
 * its documents in a table of its own under the same _row, so that a scan of the columns touches only pages that hold columns, and all
 * its columns once more in `_packed` (pack.c). Its rows are inserted, replaced, read and removed, not changed in part. */
#ifndef SAI_STORE_SQLITE_LITE_H
#define SAI_STORE_SQLITE_LITE_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

#include "base/limits.h"
#include "store/backend.h"

/* -- Statements ---------------------------------------------------------------------------------------------------- */
enum lite_form {
        FORM_SELECT,
        FORM_COUNT,
        FORM_CHANGE, /* UPDATE of the first row found, RETURNING it */
        FORM_TAKE, /* DELETE of the first row found, RETURNING it */
        FORM_REMOVE,
        FORM_REMOVE_DOCUMENTS, /* of a wide collection, before its rows */
        FORM_REPLACE, /* UPDATE of all columns, RETURNING _row */
        FORM_INSERT,
        FORM_UPSERT,
        FORM_PUT_DOCUMENT, /* the document of a wide row */
        FORM_ROW_COLUMNS, /* the columns of one row, by _row */
        FORM_BEGIN,
        FORM_COMMIT,
        FORM_ROLLBACK,
        FORM_SAVEPOINT,
        FORM_SAVEPOINT_ROLLBACK,
        FORM_SAVEPOINT_RELEASE,
        FORM_CHECK_READ,
        FORM_CHECK_WRITE,
};

/* What a statement's text depends on; two shapes are equal when all members are. */
struct lite_shape {
        uint16_t form;
        uint16_t target; /* query, or collection for inserts */
        uint32_t asked; /* bit i: condition i is part of it */
        uint16_t list; /* number of places in the list of CONDITION_IN */
        uint16_t descending;
        uint32_t limited;
};

struct lite_statement {
        struct lite_shape shape;
        sqlite3_stmt *stmt;
        bool busy; /* between take and give back */
        bool kept; /* in the cache; else finalized when given back */
        uint16_t next; /* in its bucket, +1; 0 ends */
};

enum { STATEMENT_BUCKETS = 128 };

struct lite;

struct lite_connection {
        struct lite *lite;
        sqlite3 *db;
        struct lite_statement statements[SAI_MAX_STATEMENTS];
        size_t statement_count, hand;
        uint16_t buckets[STATEMENT_BUCKETS];
        struct lite_connection *next; /* in lite->readers */
};

/* -- Writes -------------------------------------------------------------------------------------------------------- */
/* Runs on the writer's thread inside a transaction. A failure undoes what it did. */
typedef sai_status (*lite_writing)(struct lite_connection *connection, void *context, struct sai_err *err);

struct lite_write;

struct lite_writer {
        pthread_t thread;
        pthread_mutex_t lock; /* guards what follows */
        pthread_cond_t wake;
        struct lite_write *first, **last;
        size_t waiting;
        bool stop;
        bool started;
};

/* -- The back end -------------------------------------------------------------------------------------------------- */
struct lite {
        struct backend backend; /* first */
        char *path;
        struct sai_clock clock;
        struct sai_log *log;
        struct lite_connection *writing;
        struct lite_writer writer;
        uint64_t stamps[COLLECTIONS]; /* of wide layouts (pack.c) */
        pthread_key_t key; /* a thread's own lite_connection */
        bool has_key;
        pthread_mutex_t lock; /* guards readers */
        struct lite_connection *readers;
        atomic_bool failed; /* a page is bad or a sync was refused: nothing is done any more */
        atomic_int_least64_t reads, writes, commits, busy;
        char description[64];
};

/* connection.c */
sai_status lite_connect(struct lite *lite, bool writes, struct lite_connection **ret_connection,
                        struct sai_err *err) SAI_MUST_USE;
void lite_disconnect(struct lite_connection *connection);
/* The calling thread's own connection, made at its first read. */
sai_status lite_reader(struct lite *lite, struct lite_connection **ret_connection, struct sai_err *err) SAI_MUST_USE;
void lite_reader_done(struct lite *lite);
void lite_readers_close(struct lite *lite);
sai_status lite_execute(struct lite_connection *connection, const char *sql, struct sai_err *err) SAI_MUST_USE;

/* errors.c: turns SQLite's code into ours; its own texts stay here. Never gives SAI_OK. */
sai_status lite_fail(struct lite *lite, sqlite3 *db, int code, struct sai_err *err);

/* sql.c */
void lite_sql(const struct lite *lite, const struct lite_shape *shape, struct sai_buf *buf);
void lite_quote(struct sai_buf *buf, const char *name);

/* statement.c */
struct lite_shape lite_shape_of(enum lite_form form, const struct request *request);
sai_status lite_statement_take(struct lite_connection *connection, const struct lite_shape *shape,
                               struct lite_statement **ret_statement, struct sai_err *err) SAI_MUST_USE;
void lite_statement_give_back(struct lite_statement **statement);
void lite_statements_close(struct lite_connection *connection);
/* Takes, runs to the end and gives back a statement without values. */
sai_status lite_statement_run(struct lite_connection *connection, enum lite_form form, struct sai_err *err) SAI_MUST_USE;

/* bind.c: `at` is the place that is bound next, from 1. */
struct lite_binding {
        sqlite3_stmt *stmt;
        int at;
        int code; /* the first failure of SQLite */
        bool not_finite;
        bool too_many;
};
void lite_bind_request(struct lite_binding *binding, const struct layout *layout, const struct request *request,
                       const struct lite_shape *shape);
void lite_bind_columns(struct lite_binding *binding, const struct layout *layout, const void *row, bool replace);
void lite_bind_text(struct lite_binding *binding, const char *data, size_t len);
void lite_bind_bytes(struct lite_binding *binding, const void *data, size_t len);
void lite_bind_integer(struct lite_binding *binding, int64_t value);
sai_status lite_bind_status(struct lite *lite, const struct lite_binding *binding, sqlite3 *db, struct sai_err *err) SAI_MUST_USE;

/* row.c: reads the row that a statement stands at. `fields` and `field_count` as in query_row. Without an arena, texts are SQLite's. */
enum row_texts { TEXTS_BORROWED, TEXTS_COPIED, TEXTS_LEFT_OUT };
struct lite_reading {
        struct lite_connection *connection;
        const struct layout *layout;
        const struct query_row *query;
        const struct sai_field *until; /* the document is read up to this member; NULL: to its end */
        struct sai_arena *arena;
        enum row_texts texts;
        struct lite_statement *columns; /* of a wide row that is read by its columns; given back by lite_reading_done */
};
void lite_reading_done(struct lite_reading *reading);
sai_status lite_read_row(struct lite_reading *reading, sqlite3_stmt *stmt, void *row, struct sai_err *err) SAI_MUST_USE;

/* pack.c: all columns of a wide row in one value. */
uint64_t lite_stamp(const struct layout *layout);
void lite_pack(const struct layout *layout, uint64_t stamp, const void *row, struct sai_buf *buf);
bool lite_packed_fits(sqlite3_value *packed, const struct layout *layout, uint64_t stamp);
sai_status lite_unpack(const struct lite_reading *reading, sqlite3_value *packed, void *row, struct sai_err *err) SAI_MUST_USE;

/* writer.c */
sai_status lite_writer_start(struct lite *lite, struct sai_err *err) SAI_MUST_USE;
void lite_writer_stop(struct lite *lite);
sai_status lite_write(struct lite *lite, lite_writing run, void *context, struct sai_err *err) SAI_MUST_USE;

/* schema.c */
sai_status lite_schema_open(struct lite *lite, bool migrate, struct sai_err *err) SAI_MUST_USE;
int lite_schema_version(void);

/* read.c, write.c: the functions of backend_ops */
sai_status lite_get(struct backend *backend, const struct request *request, struct sai_arena *arena, void *ret_row,
                    struct sai_err *err);
sai_status lite_find(struct backend *backend, const struct request *request, struct sai_arena *arena, void **ret_rows,
                     size_t *ret_count, struct sai_err *err);
sai_status lite_visit(struct backend *backend, const struct request *request, struct sai_arena *arena, row_visitor visit,
                      void *context, struct sai_err *err);
sai_status lite_count(struct backend *backend, const struct request *request, int64_t *ret_count, struct sai_err *err);
sai_status lite_insert(struct backend *backend, enum collection collection, const void *row, struct sai_err *err);
sai_status lite_upsert(struct backend *backend, enum collection collection, const void *row, struct sai_err *err);
sai_status lite_replace(struct backend *backend, const struct request *request, const void *row, struct sai_err *err);
sai_status lite_change(struct backend *backend, const struct request *request, struct sai_arena *arena, void *ret_row,
                       struct sai_err *err);
sai_status lite_take(struct backend *backend, const struct request *request, struct sai_arena *arena, void *ret_row,
                     struct sai_err *err);
sai_status lite_remove(struct backend *backend, const struct request *request, int64_t *ret_count, struct sai_err *err);
sai_status lite_check(struct backend *backend, struct sai_err *err);

#endif
