/* read.c -- questions. Each is one `find` (or one `aggregate` for a count) whose cursor ends before the call does. */
#include "store/mongo/mongo.h"

struct asking {
        const struct layout *layout;
        const struct request *request;
        struct mongo_call call;
        mongoc_cursor_t *cursor;
        bool contains;
};

static void asked(struct asking *asking)
{
        mongoc_cursor_destroy(asking->cursor);
        mongo_call_end(&asking->call);
}

static sai_status options_of(const struct asking *asking, bson_t *options, struct sai_err *err)
{
        MONGO_DOCUMENT(sort);
        sai_status status = mongo_sort(asking->layout, asking->request, &sort, err);
        bool good = status == SAI_OK && (bson_empty(&sort) || bson_append_document(options, "sort", -1, &sort));
        /* Rows that a text is searched in are sorted out here, so how many the server must send is not known. */
        if (good && asking->request->limit && !asking->contains)
                good = bson_append_int64(options, "limit", -1, (int64_t)asking->request->limit);
        if (status == SAI_OK && !good)
                return sai_fail(err, SAI_INTERNAL, "a question to %s is too large", asking->layout->name);
        return status == SAI_OK ? mongo_projection(asking->layout, &queries[asking->request->query], options, err) : status;
}

static sai_status ask(struct backend *backend, const struct request *request, struct asking *asking, struct sai_err *err)
{
        struct mongo *mongo = (struct mongo *)backend;
        *asking = (struct asking) { .layout = &backend->layouts[queries[request->query].collection],
                                    .request = request,
                                    .contains = mongo_has_contains(request) };
        MONGO_DOCUMENT(filter);
        MONGO_DOCUMENT(options);
        sai_status status = mongo_filter(asking->layout, request, &filter, err);
        if (status == SAI_OK)
                status = options_of(asking, &options, err);
        if (status == SAI_OK)
                status = mongo_call_begin(mongo, asking->layout->name, &asking->call, err);
        if (status != SAI_OK)
                return status;
        atomic_fetch_add_explicit(&mongo->reads, 1, memory_order_relaxed);
        asking->cursor = mongoc_collection_find_with_opts(asking->call.collection, &filter, &options, NULL);
        return SAI_OK;
}

/* SAI_OK with *ret_document NULL at the end. */
static sai_status next(struct asking *asking, const bson_t **ret_document, struct sai_err *err)
{
        bson_error_t error;
        *ret_document = NULL;
        if (mongoc_cursor_next(asking->cursor, ret_document))
                return SAI_OK;
        *ret_document = NULL;
        return mongoc_cursor_error(asking->cursor, &error) ? mongo_fail(asking->call.mongo, &error, err) : SAI_OK;
}

sai_status mongo_get(struct backend *backend, const struct request *request, struct sai_arena *arena, void *ret_row,
                     struct sai_err *err)
{
        struct request first = *request;
        first.limit = 1;
        struct asking asking;
        const bson_t *document;
        sai_status status = ask(backend, &first, &asking, err);
        if (status != SAI_OK)
                return status;
        status = next(&asking, &document, err);
        if (status == SAI_OK)
                status = document ? mongo_read_row(asking.layout, document, arena, false, ret_row, err)
                                  : sai_fail(err, SAI_NOT_FOUND, "not in %s", asking.layout->name);
        asked(&asking);
        return status;
}

enum { FIRST_ROWS = 32 };

struct rows {
        char *items;
        size_t count, room, size;
};

static void *room_for_one(struct rows *rows, size_t limit, struct sai_arena *arena)
{
        if (rows->count == rows->room) {
                size_t room = rows->room ? rows->room * 2 : FIRST_ROWS;
                if (room > limit)
                        room = limit;
                char *items = sai_arena_calloc(arena, room, rows->size);
                if (!items)
                        return NULL;
                if (rows->count)
                        memcpy(items, rows->items, rows->count * rows->size);
                rows->items = items;
                rows->room = room;
        }
        return rows->items + rows->count * rows->size;
}

sai_status mongo_find(struct backend *backend, const struct request *request, struct sai_arena *arena, void **ret_rows,
                      size_t *ret_count, struct sai_err *err)
{
        if (request->limit == 0) {
                *ret_rows = NULL;
                *ret_count = 0;
                return SAI_OK;
        }
        struct asking asking;
        sai_status status = ask(backend, request, &asking, err);
        if (status != SAI_OK)
                return status;
        struct rows rows = { .size = asking.layout->model->size };
        while (status == SAI_OK && rows.count < request->limit) {
                const bson_t *document;
                status = next(&asking, &document, err);
                if (status != SAI_OK || !document)
                        break;
                void *row = room_for_one(&rows, request->limit, arena);
                status = row ? mongo_read_row(asking.layout, document, arena, false, row, err)
                             : sai_fail(err, SAI_NO_MEMORY, "rows of %s", asking.layout->name);
                if (status == SAI_OK && mongo_row_passes(request, row))
                        rows.count++;
        }
        asked(&asking);
        if (status == SAI_OK) {
                *ret_rows = rows.items;
                *ret_count = rows.count;
        }
        return status;
}

sai_status mongo_visit(struct backend *backend, const struct request *request, struct sai_arena *arena, row_visitor visit,
                       void *context, struct sai_err *err)
{
        struct asking asking;
        sai_status status = ask(backend, request, &asking, err);
        if (status != SAI_OK)
                return status;
        /* One row's struct for all: the largest model is under the size of this. */
        _Alignas(max_align_t) char row[8192];
        if (asking.layout->model->size > sizeof row)
                status = sai_fail(err, SAI_INTERNAL, "rows of %s are too large", asking.layout->name);
        for (size_t seen = 0; status == SAI_OK && (request->limit == 0 || seen < request->limit);) {
                const bson_t *document;
                status = next(&asking, &document, err);
                if (status != SAI_OK || !document)
                        break;
                status = mongo_read_row(asking.layout, document, arena, true, row, err);
                if (status != SAI_OK || !mongo_row_passes(request, row))
                        continue;
                status = visit(context, row, err);
                seen++;
        }
        asked(&asking);
        return status;
}

sai_status mongo_count(struct backend *backend, const struct request *request, int64_t *ret_count, struct sai_err *err)
{
        struct mongo *mongo = (struct mongo *)backend;
        const struct layout *layout = &backend->layouts[queries[request->query].collection];
        if (mongo_has_contains(request))
                return sai_fail(err, SAI_INTERNAL, "rows of %s cannot be counted so", layout->name);
        MONGO_DOCUMENT(filter);
        MONGO_CALL(call);
        sai_status status = mongo_filter(layout, request, &filter, err);
        if (status == SAI_OK)
                status = mongo_call_begin(mongo, layout->name, &call, err);
        if (status != SAI_OK)
                return status;
        bson_error_t error;
        atomic_fetch_add_explicit(&mongo->reads, 1, memory_order_relaxed);
        int64_t count = mongoc_collection_count_documents(call.collection, &filter, NULL, NULL, NULL, &error);
        if (count < 0)
                return mongo_fail(mongo, &error, err);
        *ret_count = count;
        return SAI_OK;
}
