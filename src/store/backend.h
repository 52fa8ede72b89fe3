/* backend.h -- the few things that a database must be able to do for the store; store/sqlite/ does them, others may.
 *
 * Rows are structs of the model tables, questions are rows of queries.h with values for their conditions. Everything that the service
 * means by a user, a job or a page is built from these in store/<thing>.c, once for all back ends. Each write is atomic by itself and
 * durable when it returns SAI_OK; nothing spans two of them.
 *
 * Values of a call: one for each condition of the query in order (VALUE_NONE where an optional condition is not asked, and for
 * CONDITION_ABSENT), then one for each change. All functions are safe from several threads; rows come back in `arena`. */
#ifndef SAI_STORE_BACKEND_H
#define SAI_STORE_BACKEND_H

#include "base/arena.h"
#include "store/queries.h"
#include "store/store.h"

enum value_kind { VALUE_NONE, VALUE_INTEGER, VALUE_REAL, VALUE_TEXT, VALUE_ID, VALUE_TEXTS, VALUE_INTEGERS };

struct value {
        enum value_kind kind;
        size_t count; /* of the lists, at most SAI_MAX_FILTER_VALUES */
        union {
                int64_t integer; /* also bools, enums, instants (ms), days */
                double real;
                const char *text;
                struct sai_id id;
                const char *const *texts;
                const int64_t *integers;
        };
};
#define V_NONE       ((struct value) { .kind = VALUE_NONE })
#define V_INTEGER(v) ((struct value) { .kind = VALUE_INTEGER, .integer = (v) })
#define V_REAL(v)    ((struct value) { .kind = VALUE_REAL, .real = (v) })
#define V_TEXT(v)    ((struct value) { .kind = VALUE_TEXT, .text = (v) })
#define V_ID(v)      ((struct value) { .kind = VALUE_ID, .id = (v) })

struct request {
        enum query_id query;
        const struct value *values;
        const struct value *after; /* keyset queries: the position, one value for each member of the sort */
        bool descending; /* the whole sort turned round */
        size_t limit; /* at most so many rows; 0: all (visits and removes only) */
};

/* `row` is valid for the call: its texts are the back end's memory. */
typedef sai_status (*row_visitor)(void *context, const void *row, struct sai_err *err);

struct backend;
struct backend_ops {
        bool remote; /* behind a network */
        void (*close)(struct backend *backend);
        void (*thread_done)(struct backend *backend);
        /* SAI_OK when a row could be read and written just now. */
        sai_status (*check)(struct backend *backend, struct sai_err *err);
        const char *(*describe)(const struct backend *backend);
        void (*stats)(const struct backend *backend, struct store_stats *ret_stats);

        /* SAI_CONFLICT when the key, or another unique one, is taken. */
        sai_status (*insert)(struct backend *backend, enum collection collection, const void *row, struct sai_err *err);
        /* Inserts the row or replaces the one of its key; SAI_CONFLICT when that belongs to another user. */
        sai_status (*upsert)(struct backend *backend, enum collection collection, const void *row, struct sai_err *err);
        /* Replaces the row that the conditions find, all but its key and kept members; SAI_CONFLICT when there is none. */
        sai_status (*replace)(struct backend *backend, const struct request *request, const void *row, struct sai_err *err);
        /* Makes the query's changes in the first row found and gives it as it is then (`ret_row` may be NULL); SAI_NOT_FOUND. */
        sai_status (*change)(struct backend *backend, const struct request *request, struct sai_arena *arena, void *ret_row,
                             struct sai_err *err);
        /* Deletes the first row found and gives it: exactly one caller gets it; SAI_NOT_FOUND. */
        sai_status (*take)(struct backend *backend, const struct request *request, struct sai_arena *arena, void *ret_row,
                           struct sai_err *err);
        /* Deletes what is found; `ret_count` may be NULL. */
        sai_status (*remove)(struct backend *backend, const struct request *request, int64_t *ret_count, struct sai_err *err);

        /* Reads the first row; SAI_NOT_FOUND. Without an arena texts and bytes stay NULL. */
        sai_status (*get)(struct backend *backend, const struct request *request, struct sai_arena *arena, void *ret_row,
                          struct sai_err *err);
        /* Reads up to `limit` rows as an array of the collection's structs. */
        sai_status (*find)(struct backend *backend, const struct request *request, struct sai_arena *arena, void **ret_rows,
                           size_t *ret_count, struct sai_err *err);
        /* Calls `visit` for each row until it fails, and gives its status then. The documents' texts live in `arena`, which may be
         * NULL for queries that read columns only. */
        sai_status (*visit)(struct backend *backend, const struct request *request, struct sai_arena *arena, row_visitor visit,
                            void *context, struct sai_err *err);
        sai_status (*count)(struct backend *backend, const struct request *request, int64_t *ret_count, struct sai_err *err);
};

/* A back end's own struct begins with this. */
struct backend {
        const struct backend_ops *ops;
        struct layout layouts[COLLECTIONS]; /* constant once open */
};

/* SQLite at a path (sqlite/backend.c). */
sai_status sqlite_backend_open(const struct store_config *config, const char *path, struct backend **ret_backend,
                               struct sai_err *err) SAI_MUST_USE;
/* MongoDB at a URI (mongo/backend.c). */
sai_status mongo_backend_open(const struct store_config *config, struct backend **ret_backend, struct sai_err *err) SAI_MUST_USE;

#endif
