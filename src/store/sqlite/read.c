/* read.c -- questions, answered on the calling thread's own connection. A statement is given back before the answer is: while it stands
 * at a row it holds a snapshot, and a snapshot held for long keeps the log from being folded into the file. */
#include "store/sqlite/lite.h"

struct asking {
        struct lite *lite;
        struct lite_connection *connection;
        struct lite_statement *statement;
        struct lite_reading reading;
};

static sai_status ask(struct backend *backend, enum lite_form form, const struct request *request, struct asking *asking,
                      struct sai_err *err)
{
        struct lite *lite = (struct lite *)backend;
        const struct query_row *query = &queries[request->query];
        const struct lite_shape shape = lite_shape_of(form, request);
        *asking = (struct asking) { .lite = lite, .reading = { .layout = &backend->layouts[query->collection], .query = query } };
        if (query->until)
                asking->reading.until = layout_field(&backend->layouts[query->collection], query->until);
        sai_status status = lite_reader(lite, &asking->connection, err);
        if (status == SAI_OK)
                status = lite_statement_take(asking->connection, &shape, &asking->statement, err);
        if (status != SAI_OK)
                return status;
        asking->reading.connection = asking->connection;
        atomic_fetch_add_explicit(&lite->reads, 1, memory_order_relaxed);
        struct lite_binding binding = { .stmt = asking->statement->stmt, .at = 1 };
        lite_bind_request(&binding, asking->reading.layout, request, &shape);
        status = lite_bind_status(lite, &binding, asking->connection->db, err);
        if (status != SAI_OK)
                lite_statement_give_back(&asking->statement);
        return status;
}

static void asked(struct asking *asking)
{
        lite_reading_done(&asking->reading);
        lite_statement_give_back(&asking->statement);
}

/* SAI_OK with *ret_more false at the end. */
static sai_status next(struct asking *asking, bool *ret_more, struct sai_err *err)
{
        int code = sqlite3_step(asking->statement->stmt);
        *ret_more = code == SQLITE_ROW;
        if (code == SQLITE_ROW || code == SQLITE_DONE)
                return SAI_OK;
        return lite_fail(asking->lite, asking->connection->db, code, err);
}

sai_status lite_get(struct backend *backend, const struct request *request, struct sai_arena *arena, void *ret_row,
                    struct sai_err *err)
{
        struct asking asking;
        bool more;
        sai_status status = ask(backend, FORM_SELECT, request, &asking, err);
        if (status != SAI_OK)
                return status;
        asking.reading.arena = arena;
        asking.reading.texts = arena ? TEXTS_COPIED : TEXTS_LEFT_OUT;
        status = next(&asking, &more, err);
        if (status == SAI_OK)
                status = more ? lite_read_row(&asking.reading, asking.statement->stmt, ret_row, err)
                              : sai_fail(err, SAI_NOT_FOUND, "not in %s", asking.reading.layout->name);
        asked(&asking);
        return status;
}

enum { FIRST_ROWS = 32 };

struct rows {
        char *items;
        size_t count, room, size;
};

/* Room for one more row: pages are small, so the array begins at a page's size and doubles up to the limit. */
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
        return rows->items + rows->count++ * rows->size;
}

sai_status lite_find(struct backend *backend, const struct request *request, struct sai_arena *arena, void **ret_rows,
                     size_t *ret_count, struct sai_err *err)
{
        if (request->limit == 0) {
                *ret_rows = NULL;
                *ret_count = 0;
                return SAI_OK;
        }
        struct asking asking;
        bool more;
        sai_status status = ask(backend, FORM_SELECT, request, &asking, err);
        if (status != SAI_OK)
                return status;
        asking.reading.arena = arena;
        asking.reading.texts = TEXTS_COPIED;
        struct rows rows = { .size = asking.reading.layout->model->size };
        for (status = next(&asking, &more, err); status == SAI_OK && more; status = next(&asking, &more, err)) {
                void *row = room_for_one(&rows, request->limit, arena);
                if (!row)
                        status = sai_fail(err, SAI_NO_MEMORY, "rows of %s", asking.reading.layout->name);
                else
                        status = lite_read_row(&asking.reading, asking.statement->stmt, row, err);
                if (status != SAI_OK)
                        break;
        }
        asked(&asking);
        if (status == SAI_OK) {
                *ret_rows = rows.items;
                *ret_count = rows.count;
        }
        return status;
}

sai_status lite_visit(struct backend *backend, const struct request *request, struct sai_arena *arena, row_visitor visit,
                      void *context, struct sai_err *err)
{
        struct asking asking;
        bool more;
        sai_status status = ask(backend, FORM_SELECT, request, &asking, err);
        if (status != SAI_OK)
                return status;
        asking.reading.arena = arena;
        asking.reading.texts = TEXTS_BORROWED;
        /* One row's struct for all: the largest model is under the size of this. */
        _Alignas(max_align_t) char row[8192];
        if (asking.reading.layout->model->size > sizeof row)
                status = sai_fail(err, SAI_INTERNAL, "rows of %s are too large", asking.reading.layout->name);
        while (status == SAI_OK) {
                status = next(&asking, &more, err);
                if (status != SAI_OK || !more)
                        break;
                status = lite_read_row(&asking.reading, asking.statement->stmt, row, err);
                if (status == SAI_OK)
                        status = visit(context, row, err);
        }
        asked(&asking);
        return status;
}

sai_status lite_count(struct backend *backend, const struct request *request, int64_t *ret_count, struct sai_err *err)
{
        struct asking asking;
        bool more;
        sai_status status = ask(backend, FORM_COUNT, request, &asking, err);
        if (status != SAI_OK)
                return status;
        status = next(&asking, &more, err);
        if (status == SAI_OK)
                *ret_count = sqlite3_column_int64(asking.statement->stmt, 0);
        asked(&asking);
        return status;
}
