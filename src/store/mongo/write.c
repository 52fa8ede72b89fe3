/* write.c -- the changes. Each is one command on one document (a remove on many), acknowledged by a majority from its journal: that is the
 * pool's write concern. What a cut connection leaves unknown is an error; the steps of store/<thing>.c may be repeated. */
#include "store/mongo/mongo.h"

/* Bytes were checked by bson_out.c; the driver need not look at them again. */
static bool options_init(bson_t *options, bool upsert)
{
        return bson_append_bool(options, "validate", -1, false) && (!upsert || bson_append_bool(options, "upsert", -1, true));
}

static sai_status short_of_room(const struct layout *layout, struct sai_err *err)
{
        return sai_fail(err, SAI_TOO_LARGE, "a row of %s is too large", layout->name);
}

static sai_status begin(struct backend *backend, const struct layout *layout, struct mongo_call *ret_call, struct sai_err *err)
{
        struct mongo *mongo = (struct mongo *)backend;
        atomic_fetch_add_explicit(&mongo->writes, 1, memory_order_relaxed);
        return mongo_call_begin(mongo, layout->name, ret_call, err);
}

static int64_t reply_number(const bson_t *reply, const char *name)
{
        bson_iter_t at;
        return bson_iter_init_find(&at, reply, name) ? bson_iter_as_int64(&at) : 0;
}

sai_status mongo_insert(struct backend *backend, enum collection collection, const void *row, struct sai_err *err)
{
        const struct layout *layout = &backend->layouts[collection];
        MONGO_DOCUMENT(document);
        MONGO_DOCUMENT(options);
        MONGO_CALL(call);
        sai_status status = mongo_write_row(layout, row, &document, err);
        if (status == SAI_OK && !options_init(&options, false))
                status = short_of_room(layout, err);
        if (status == SAI_OK)
                status = begin(backend, layout, &call, err);
        bson_error_t error;
        if (status == SAI_OK && !mongoc_collection_insert_one(call.collection, &document, &options, NULL, &error))
                status = mongo_fail(call.mongo, &error, err);
        return status;
}

/* The row's key, and its user where it has one: what an upsert may replace. */
static sai_status identity(const struct layout *layout, const bson_t *document, bson_t *out, struct sai_err *err)
{
        const size_t members[] = { layout->key, layout->user };
        for (size_t i = 0; i < SAI_COUNT(members) && members[i] < layout->count; i++) {
                struct mongo_name name;
                bson_iter_t at;
                sai_status status = mongo_name_of(layout, layout->columns[members[i]].offset, &name, err);
                if (status != SAI_OK)
                        return status;
                if (!bson_iter_init_find(&at, document, name.path) || !bson_append_iter(out, name.path, -1, &at))
                        return sai_fail(err, SAI_INVALID, "a row of %s has no key", layout->name);
        }
        return SAI_OK;
}

/* Two that upsert one new key at once can both find nothing and both insert; the one refused finds the row the second time. A row that is
 * another user's is refused each time. */
enum { UPSERT_TRIES = 3 };

sai_status mongo_upsert(struct backend *backend, enum collection collection, const void *row, struct sai_err *err)
{
        const struct layout *layout = &backend->layouts[collection];
        MONGO_DOCUMENT(document);
        MONGO_DOCUMENT(filter);
        MONGO_DOCUMENT(options);
        MONGO_CALL(call);
        sai_status status = mongo_write_row(layout, row, &document, err);
        if (status == SAI_OK)
                status = identity(layout, &document, &filter, err);
        if (status == SAI_OK && !options_init(&options, true))
                status = short_of_room(layout, err);
        if (status == SAI_OK)
                status = begin(backend, layout, &call, err);
        if (status != SAI_OK)
                return status;
        for (int i = 0; i < UPSERT_TRIES; i++) {
                bson_error_t error;
                if (mongoc_collection_replace_one(call.collection, &filter, &document, &options, NULL, &error))
                        return SAI_OK;
                status = mongo_fail(call.mongo, &error, err);
                if (status != SAI_CONFLICT)
                        break;
        }
        return status;
}

static bool has_kept(const struct layout *layout)
{
        for (size_t i = 0; i < layout->count; i++)
                if (layout->columns[i].kept)
                        return true;
        return false;
}

static sai_status replacement(const struct layout *layout, const void *row, bson_t *out, struct sai_err *err)
{
        if (!has_kept(layout))
                return mongo_write_row(layout, row, out, err);
        MONGO_DOCUMENT(set);
        MONGO_DOCUMENT(unset);
        sai_status status = mongo_write_row_as_change(layout, row, &set, &unset, err);
        bool good = (bson_empty(&set) || bson_append_document(out, "$set", -1, &set)) &&
                    (bson_empty(&unset) || bson_append_document(out, "$unset", -1, &unset));
        return status == SAI_OK && !good ? short_of_room(layout, err) : status;
}

sai_status mongo_replace(struct backend *backend, const struct request *request, const void *row, struct sai_err *err)
{
        const struct layout *layout = &backend->layouts[queries[request->query].collection];
        MONGO_DOCUMENT(filter);
        MONGO_DOCUMENT(document);
        MONGO_DOCUMENT(options);
        __attribute__((cleanup(bson_destroy))) bson_t reply = BSON_INITIALIZER;
        MONGO_CALL(call);
        sai_status status = mongo_filter(layout, request, &filter, err);
        if (status == SAI_OK)
                status = replacement(layout, row, &document, err);
        if (status == SAI_OK && !options_init(&options, false))
                status = short_of_room(layout, err);
        if (status == SAI_OK)
                status = begin(backend, layout, &call, err);
        if (status != SAI_OK)
                return status;
        bson_error_t error;
        bson_destroy(&reply); /* the driver makes it anew, also when it fails */
        bool done = has_kept(layout)
                            ? mongoc_collection_update_one(call.collection, &filter, &document, &options, &reply, &error)
                            : mongoc_collection_replace_one(call.collection, &filter, &document, &options, &reply, &error);
        if (!done)
                return mongo_fail(call.mongo, &error, err);
        if (reply_number(&reply, "matchedCount") == 0)
                return sai_fail(err, SAI_CONFLICT, "the row in %s was changed by another", layout->name);
        return SAI_OK;
}

/* Reads the row that findAndModify gives as `value`. */
static sai_status read_reply(const struct layout *layout, const bson_t *reply, struct sai_arena *arena, void *ret_row,
                             struct sai_err *err)
{
        bson_iter_t at;
        if (!bson_iter_init_find(&at, reply, "value") || BSON_ITER_HOLDS_NULL(&at))
                return sai_fail(err, SAI_NOT_FOUND, "not in %s", layout->name);
        if (!ret_row)
                return SAI_OK;
        const uint8_t *data = NULL;
        uint32_t len = 0;
        bson_t document;
        if (BSON_ITER_HOLDS_DOCUMENT(&at))
                bson_iter_document(&at, &len, &data);
        if (!data || !bson_init_static(&document, data, len))
                return sai_fail(err, SAI_INTERNAL, "a row of %s cannot be read", layout->name);
        return mongo_read_row(layout, &document, arena, false, ret_row, err);
}

static sai_status modify(struct backend *backend, const struct request *request, bool take, struct sai_arena *arena,
                         void *ret_row, struct sai_err *err)
{
        const struct layout *layout = &backend->layouts[queries[request->query].collection];
        MONGO_DOCUMENT(filter);
        MONGO_DOCUMENT(sort);
        MONGO_DOCUMENT(changes);
        MONGO_CALL(call);
        sai_status status = mongo_has_contains(request)
                                    ? sai_fail(err, SAI_INTERNAL, "rows of %s cannot be changed so", layout->name)
                                    : mongo_filter(layout, request, &filter, err);
        if (status == SAI_OK)
                status = mongo_sort(layout, request, &sort, err);
        if (status == SAI_OK && !take)
                status = mongo_changes(layout, request, &changes, err);
        if (status == SAI_OK)
                status = begin(backend, layout, &call, err);
        if (status != SAI_OK)
                return status;
        mongoc_find_and_modify_opts_t *options = mongoc_find_and_modify_opts_new();
        mongoc_find_and_modify_opts_set_flags(options, take ? MONGOC_FIND_AND_MODIFY_REMOVE : MONGOC_FIND_AND_MODIFY_RETURN_NEW);
        mongoc_find_and_modify_opts_set_sort(options, &sort);
        if (!take)
                mongoc_find_and_modify_opts_set_update(options, &changes);
        bson_t reply;
        bson_error_t error;
        if (mongoc_collection_find_and_modify_with_opts(call.collection, &filter, options, &reply, &error))
                status = read_reply(layout, &reply, arena, ret_row, err);
        else
                status = mongo_fail(call.mongo, &error, err);
        bson_destroy(&reply);
        mongoc_find_and_modify_opts_destroy(options);
        return status;
}

sai_status mongo_change(struct backend *backend, const struct request *request, struct sai_arena *arena, void *ret_row,
                        struct sai_err *err)
{
        return modify(backend, request, false, arena, ret_row, err);
}

sai_status mongo_take(struct backend *backend, const struct request *request, struct sai_arena *arena, void *ret_row,
                      struct sai_err *err)
{
        return modify(backend, request, true, arena, ret_row, err);
}

sai_status mongo_remove(struct backend *backend, const struct request *request, int64_t *ret_count, struct sai_err *err)
{
        const struct layout *layout = &backend->layouts[queries[request->query].collection];
        MONGO_DOCUMENT(filter);
        MONGO_CALL(call);
        sai_status status = mongo_has_contains(request)
                                    ? sai_fail(err, SAI_INTERNAL, "rows of %s cannot be removed so", layout->name)
                                    : mongo_filter(layout, request, &filter, err);
        if (status == SAI_OK)
                status = begin(backend, layout, &call, err);
        if (status != SAI_OK)
                return status;
        bson_t reply;
        bson_error_t error;
        if (!mongoc_collection_delete_many(call.collection, &filter, NULL, &reply, &error))
                status = mongo_fail(call.mongo, &error, err);
        else if (ret_count)
                *ret_count = reply_number(&reply, "deletedCount");
        bson_destroy(&reply);
        return status;
}

/* The one document that is nobody's row: counted up to see that a majority writes. */
static const char health_collection[] = "health", health_count[] = "checks";

sai_status mongo_check(struct backend *backend, struct sai_err *err)
{
        MONGO_DOCUMENT(filter);
        MONGO_DOCUMENT(changes);
        MONGO_DOCUMENT(options);
        MONGO_CALL(call);
        bson_t add;
        bool good = bson_append_utf8(&filter, "_id", -1, health_collection, -1) && options_init(&options, true) &&
                    bson_append_document_begin(&changes, "$inc", -1, &add) && bson_append_int64(&add, health_count, -1, 1) &&
                    bson_append_document_end(&changes, &add);
        if (!good)
                return sai_fail(err, SAI_NO_MEMORY, "a check of the database");
        sai_status status = mongo_call_begin((struct mongo *)backend, health_collection, &call, err);
        bson_error_t error;
        if (status == SAI_OK && !mongoc_collection_update_one(call.collection, &filter, &changes, &options, NULL, &error))
                status = mongo_fail(call.mongo, &error, err);
        return status;
}
