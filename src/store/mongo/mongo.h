/* mongo.h -- what the files of the MongoDB back end share.
 *
 * A row is one document, nested as its model is: the key under `_id`, ids as ObjectId, instants, wall clocks and days (at midnight) as
 * dates, enums by name, bytes as binary. What is absent is not there; nulls are never written. Names come from the models' tables and from
 * nowhere else: names.c turns the offset that a query has into the path that the document has.
 *
 * Each call takes a client from the driver's pool and gives it back; a row that comes from the server is input like any other. */
#ifndef SAI_STORE_MONGO_H
#define SAI_STORE_MONGO_H

#include <mongoc/mongoc.h>
#include <stdatomic.h>

#include "base/limits.h"
#include "store/backend.h"

struct mongo {
        struct backend backend;
        struct sai_log *log;
        mongoc_client_pool_t *pool;
        char database[64];
        char description[160];
        _Atomic int64_t reads, writes, busy;
};

/* Documents of our own, freed at the end of their scope. The driver's bson_t needs its space zeroed or inited before. */
#define MONGO_DOCUMENT(name) __attribute__((cleanup(bson_destroy))) bson_t name = BSON_INITIALIZER

/* names.c -------------------------------------------------------------------------------------------------------------- */
enum { MONGO_PATH = 128 };
struct mongo_name {
        char path[MONGO_PATH]; /* "metrics.training_load"; the key's is "_id" */
        const struct sai_field *field;
};
/* The name under which a member of the outermost struct is kept. */
const char *mongo_field_name(const struct sai_field *field, bool outermost);
/* SAI_INTERNAL for an offset that names no stored scalar: a fault of a table. */
sai_status mongo_name_of(const struct layout *layout, size_t offset, struct mongo_name *ret_name,
                         struct sai_err *err) SAI_MUST_USE;

/* bson_out.c, bson_in.c ------------------------------------------------------------------------------------------------ */
/* Appends the members of a row. SAI_INVALID: a column that is not finite, a text that is not UTF-8; SAI_TOO_LARGE. */
sai_status mongo_write_row(const struct layout *layout, const void *row, bson_t *out, struct sai_err *err) SAI_MUST_USE;
/* The same as a change of everything but the key and the collection's kept members: `set` gets what is there, `unset` the rest. */
sai_status mongo_write_row_as_change(const struct layout *layout, const void *row, bson_t *set, bson_t *unset,
                                     struct sai_err *err) SAI_MUST_USE;
/* SAI_INTERNAL when the document is not what mongo_write_row writes. With an arena texts are copied into it and lists are read; without,
 * there are no lists and texts are the document's (`borrow`) or NULL. */
sai_status mongo_read_row(const struct layout *layout, const bson_t *document, struct sai_arena *arena, bool borrow, void *row,
                          struct sai_err *err) SAI_MUST_USE;

/* filter.c ------------------------------------------------------------------------------------------------------------- */
/* The conditions and the position of a request as a filter. CONDITION_CONTAINS is not in it: mongo_row_passes decides that. */
sai_status mongo_filter(const struct layout *layout, const struct request *request, bson_t *out,
                        struct sai_err *err) SAI_MUST_USE;
sai_status mongo_sort(const struct layout *layout, const struct request *request, bson_t *out, struct sai_err *err) SAI_MUST_USE;
sai_status mongo_changes(const struct layout *layout, const struct request *request, bson_t *out,
                         struct sai_err *err) SAI_MUST_USE;
/* Appends "projection" when the query reads less than all. */
sai_status mongo_projection(const struct layout *layout, const struct query_row *query, bson_t *options,
                            struct sai_err *err) SAI_MUST_USE;
bool mongo_has_contains(const struct request *request);
bool mongo_row_passes(const struct request *request, const void *row);

/* connect.c, schema.c, errors.c ---------------------------------------------------------------------------------------- */
sai_status mongo_connect(struct mongo *mongo, const struct store_config *config, struct sai_err *err) SAI_MUST_USE;
sai_status mongo_schema_open(struct mongo *mongo, bool migrate, struct sai_err *err) SAI_MUST_USE;
/* What the driver or the server said, in our words; theirs reach neither clients nor the log (they may name addresses and values). */
sai_status mongo_fail(struct mongo *mongo, const bson_error_t *error, struct sai_err *err);

/* A client and a collection for one call. */
struct mongo_call {
        struct mongo *mongo;
        mongoc_client_t *client;
        mongoc_collection_t *collection;
};
sai_status mongo_call_begin(struct mongo *mongo, const char *collection, struct mongo_call *ret_call,
                            struct sai_err *err) SAI_MUST_USE;
void mongo_call_end(struct mongo_call *call);
#define MONGO_CALL(name) __attribute__((cleanup(mongo_call_end))) struct mongo_call name = { 0 }

/* read.c, write.c ------------------------------------------------------------------------------------------------------ */
sai_status mongo_get(struct backend *backend, const struct request *request, struct sai_arena *arena, void *ret_row,
                     struct sai_err *err);
sai_status mongo_find(struct backend *backend, const struct request *request, struct sai_arena *arena, void **ret_rows,
                      size_t *ret_count, struct sai_err *err);
sai_status mongo_visit(struct backend *backend, const struct request *request, struct sai_arena *arena, row_visitor visit,
                       void *context, struct sai_err *err);
sai_status mongo_count(struct backend *backend, const struct request *request, int64_t *ret_count, struct sai_err *err);
sai_status mongo_insert(struct backend *backend, enum collection collection, const void *row, struct sai_err *err);
sai_status mongo_upsert(struct backend *backend, enum collection collection, const void *row, struct sai_err *err);
sai_status mongo_replace(struct backend *backend, const struct request *request, const void *row, struct sai_err *err);
sai_status mongo_change(struct backend *backend, const struct request *request, struct sai_arena *arena, void *ret_row,
                        struct sai_err *err);
sai_status mongo_take(struct backend *backend, const struct request *request, struct sai_arena *arena, void *ret_row,
                      struct sai_err *err);
sai_status mongo_remove(struct backend *backend, const struct request *request, int64_t *ret_count, struct sai_err *err);
sai_status mongo_check(struct backend *backend, struct sai_err *err);

#endif
