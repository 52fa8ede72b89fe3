/* schema.c -- the indexes of indexes.c in the database: compared at every open, made at `migrate`.
 *
 * Collections make themselves, documents need no columns; so what a schema is here is its indexes. One that differs under its name is
 * reported and left: rebuilding an index on a large collection is an operator's decision. */
#include "store/mongo/mongo.h"

static sai_status keys_of(const struct layout *layout, const struct index_row *index, bson_t *out, struct sai_err *err)
{
        for (size_t i = 0; i < index->count; i++) {
                struct mongo_name name;
                sai_status status = mongo_name_of(layout, index->fields[i], &name, err);
                if (status != SAI_OK)
                        return status;
                if (!bson_append_int32(out, name.path, -1, 1))
                        return sai_fail(err, SAI_INTERNAL, "the index %s is too large", index->name);
        }
        return SAI_OK;
}

/* Servers give directions as int32, int64 or double. */
static bool same_keys(const bson_t *expected, const bson_iter_t *found)
{
        bson_iter_t a, b;
        if (!BSON_ITER_HOLDS_DOCUMENT(found) || !bson_iter_init(&a, expected) || !bson_iter_recurse(found, &b))
                return false;
        while (bson_iter_next(&a))
                if (!bson_iter_next(&b) || strcmp(bson_iter_key(&a), bson_iter_key(&b)) != 0 || bson_iter_as_int64(&b) != 1)
                        return false;
        return !bson_iter_next(&b);
}

static bool is_same(const struct index_row *index, const bson_t *keys, const bson_t *found)
{
        bson_iter_t key, unique;
        bool is_unique = bson_iter_init_find(&unique, found, "unique") && bson_iter_as_bool(&unique);
        return bson_iter_init_find(&key, found, "key") && same_keys(keys, &key) && is_unique == index->unique;
}

struct comparing {
        struct mongo *mongo;
        enum collection collection;
        bool there[INDEXES];
};

static sai_status compare_one(struct comparing *comparing, const bson_t *found, struct sai_err *err)
{
        bson_iter_t at;
        if (!bson_iter_init_find(&at, found, "name") || !BSON_ITER_HOLDS_UTF8(&at))
                return SAI_OK;
        const char *name = bson_iter_utf8(&at, NULL);
        for (size_t i = INDEX_KEY + 1; i < INDEXES; i++) {
                const struct index_row *index = &indexes[i];
                if (index->collection != comparing->collection || strcmp(index->name, name) != 0)
                        continue;
                MONGO_DOCUMENT(keys);
                sai_status status = keys_of(&comparing->mongo->backend.layouts[index->collection], index, &keys, err);
                if (status != SAI_OK)
                        return status;
                comparing->there[i] = true;
                if (!is_same(index, &keys, found))
                        sai_log(comparing->mongo->log, SAI_LOG_WARN, "store.index_differs", SAI_LOG_TEXT("index", index->name));
        }
        return SAI_OK;
}

static sai_status compare(struct comparing *comparing, struct mongo_call *call, struct sai_err *err)
{
        mongoc_cursor_t *cursor = mongoc_collection_find_indexes_with_opts(call->collection, NULL);
        const bson_t *found;
        bson_error_t error;
        sai_status status = SAI_OK;
        while (status == SAI_OK && mongoc_cursor_next(cursor, &found))
                status = compare_one(comparing, found, err);
        if (status == SAI_OK && mongoc_cursor_error(cursor, &error))
                status = mongo_fail(call->mongo, &error, err);
        mongoc_cursor_destroy(cursor);
        return status;
}

static sai_status append_spec(const struct layout *layout, const struct index_row *index, bson_t *list, uint32_t place,
                              struct sai_err *err)
{
        char space[16];
        const char *key;
        bson_t spec;
        MONGO_DOCUMENT(keys);
        sai_status status = keys_of(layout, index, &keys, err);
        if (status != SAI_OK)
                return status;
        bson_uint32_to_string(place, &key, space, sizeof space);
        bool good = bson_append_document_begin(list, key, -1, &spec) && bson_append_document(&spec, "key", -1, &keys) &&
                    bson_append_utf8(&spec, "name", -1, index->name, -1) &&
                    (!index->unique || bson_append_bool(&spec, "unique", -1, true)) && bson_append_document_end(list, &spec);
        return good ? SAI_OK : sai_fail(err, SAI_INTERNAL, "the index %s is too large", index->name);
}

static sai_status make_missing(const struct comparing *comparing, struct mongo_call *call, struct sai_err *err)
{
        const struct layout *layout = &comparing->mongo->backend.layouts[comparing->collection];
        MONGO_DOCUMENT(command);
        MONGO_DOCUMENT(list);
        uint32_t count = 0;
        for (size_t i = INDEX_KEY + 1; i < INDEXES; i++) {
                if (indexes[i].collection != comparing->collection || comparing->there[i])
                        continue;
                sai_status status = append_spec(layout, &indexes[i], &list, count++, err);
                if (status != SAI_OK)
                        return status;
        }
        if (count == 0)
                return SAI_OK;
        if (!bson_append_utf8(&command, "createIndexes", -1, layout->name, -1) ||
            !bson_append_array(&command, "indexes", -1, &list))
                return sai_fail(err, SAI_INTERNAL, "the indexes of %s are too large", layout->name);
        bson_error_t error;
        if (!mongoc_client_write_command_with_opts(call->client, call->mongo->database, &command, NULL, NULL, &error))
                return mongo_fail(call->mongo, &error, err);
        return SAI_OK;
}

static bool is_complete(const struct comparing *comparing)
{
        for (size_t i = INDEX_KEY + 1; i < INDEXES; i++)
                if (indexes[i].collection == comparing->collection && !comparing->there[i])
                        return false;
        return true;
}

sai_status mongo_schema_open(struct mongo *mongo, bool migrate, struct sai_err *err)
{
        sai_status status = SAI_OK;
        for (size_t i = 0; i < COLLECTIONS && status == SAI_OK; i++) {
                struct comparing comparing = { .mongo = mongo, .collection = (enum collection)i };
                MONGO_CALL(call);
                status = mongo_call_begin(mongo, mongo->backend.layouts[i].name, &call, err);
                if (status == SAI_OK)
                        status = compare(&comparing, &call, err);
                if (status != SAI_OK || is_complete(&comparing))
                        continue;
                status = migrate ? make_missing(&comparing, &call, err)
                                 : sai_fail(err, SAI_CONFLICT, "the database lacks indexes of this program: migrate it first");
        }
        return status;
}
