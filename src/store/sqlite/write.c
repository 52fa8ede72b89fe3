/* write.c -- the changes, each prepared on the caller's thread as far as that goes (documents are encoded there) and run on the writer's. */
#include "store/sqlite/lite.h"

struct writing {
        enum lite_form form;
        const struct layout *layout;
        const struct request *request; /* NULL for inserts */
        enum collection collection;
        const void *row;
        struct sai_buf document, packed; /* of wide rows */
        struct sai_arena *arena;
        void *ret_row;
        int64_t affected;
};

static struct lite_shape shape_of(const struct writing *writing, enum lite_form form)
{
        if (writing->request)
                return lite_shape_of(form, writing->request);
        return (struct lite_shape) { .form = (uint16_t)form, .target = (uint16_t)writing->collection };
}

/* Takes a statement and binds row and conditions. */
static sai_status make_ready(struct lite_connection *connection, const struct writing *writing, enum lite_form form,
                             struct lite_statement **ret_statement, struct sai_err *err)
{
        const struct lite_shape shape = shape_of(writing, form);
        sai_status status = lite_statement_take(connection, &shape, ret_statement, err);
        if (status != SAI_OK)
                return status;
        struct lite_binding binding = { .stmt = (*ret_statement)->stmt, .at = 1 };
        if (writing->row) {
                lite_bind_columns(&binding, writing->layout, writing->row, form == FORM_REPLACE);
                if (writing->layout->wide)
                        lite_bind_bytes(&binding, writing->packed.data, writing->packed.len);
                else if (writing->layout->document)
                        lite_bind_text(&binding, writing->document.data, writing->document.len);
        }
        if (writing->request)
                lite_bind_request(&binding, writing->layout, writing->request, &shape);
        status = lite_bind_status(connection->lite, &binding, connection->db, err);
        if (status != SAI_OK)
                lite_statement_give_back(ret_statement);
        return status;
}

static sai_status put_document(struct lite_connection *connection, const struct writing *writing, int64_t row_number,
                               struct sai_err *err)
{
        const struct lite_shape shape = { .form = FORM_PUT_DOCUMENT,
                                          .target = (uint16_t)(writing->layout - connection->lite->backend.layouts) };
        struct lite_statement *statement;
        sai_status status = lite_statement_take(connection, &shape, &statement, err);
        if (status != SAI_OK)
                return status;
        struct lite_binding binding = { .stmt = statement->stmt, .at = 1 };
        lite_bind_integer(&binding, row_number);
        lite_bind_text(&binding, writing->document.data, writing->document.len);
        status = lite_bind_status(connection->lite, &binding, connection->db, err);
        if (status == SAI_OK) {
                int code = sqlite3_step(statement->stmt);
                if (code != SQLITE_DONE)
                        status = lite_fail(connection->lite, connection->db, code, err);
        }
        lite_statement_give_back(&statement);
        return status;
}

/* Inserts, upserts and replaces: one row goes in, and its number comes back when it did. */
static sai_status write_row(struct lite_connection *connection, void *context, struct sai_err *err)
{
        struct writing *writing = context;
        struct lite_statement *statement;
        sai_status status = make_ready(connection, writing, writing->form, &statement, err);
        if (status != SAI_OK)
                return status;
        int code = sqlite3_step(statement->stmt);
        int64_t row_number = code == SQLITE_ROW ? sqlite3_column_int64(statement->stmt, 0) : 0;
        if (code == SQLITE_DONE)
                status = sai_fail(err, SAI_CONFLICT, "the row in %s was changed by another", writing->layout->name);
        else if (code != SQLITE_ROW || (code = sqlite3_step(statement->stmt)) != SQLITE_DONE)
                status = lite_fail(connection->lite, connection->db, code, err);
        lite_statement_give_back(&statement);
        if (status == SAI_OK && writing->layout->wide)
                status = put_document(connection, writing, row_number, err);
        return status;
}

/* Changes and takes: the row that was found comes back. */
static sai_status change_row(struct lite_connection *connection, void *context, struct sai_err *err)
{
        struct writing *writing = context;
        struct lite_statement *statement;
        sai_status status = make_ready(connection, writing, writing->form, &statement, err);
        if (status != SAI_OK)
                return status;
        int code = sqlite3_step(statement->stmt);
        if (code == SQLITE_DONE) {
                status = sai_fail(err, SAI_NOT_FOUND, "not in %s", writing->layout->name);
        } else if (code != SQLITE_ROW) {
                status = lite_fail(connection->lite, connection->db, code, err);
        } else if (writing->ret_row) {
                struct lite_reading reading = { .layout = writing->layout,
                                                .query = &queries[writing->request->query],
                                                .arena = writing->arena,
                                                .texts = writing->arena ? TEXTS_COPIED : TEXTS_LEFT_OUT };
                status = lite_read_row(&reading, statement->stmt, writing->ret_row, err);
        }
        lite_statement_give_back(&statement);
        return status;
}

static sai_status remove_with(struct lite_connection *connection, struct writing *writing, enum lite_form form,
                              struct sai_err *err)
{
        struct lite_statement *statement;
        sai_status status = make_ready(connection, writing, form, &statement, err);
        if (status != SAI_OK)
                return status;
        int code = sqlite3_step(statement->stmt);
        if (code != SQLITE_DONE)
                status = lite_fail(connection->lite, connection->db, code, err);
        else
                writing->affected = sqlite3_changes64(connection->db);
        lite_statement_give_back(&statement);
        return status;
}

static sai_status remove_rows(struct lite_connection *connection, void *context, struct sai_err *err)
{
        struct writing *writing = context;
        sai_status status = SAI_OK;
        if (writing->layout->wide)
                status = remove_with(connection, writing, FORM_REMOVE_DOCUMENTS, err);
        return status == SAI_OK ? remove_with(connection, writing, FORM_REMOVE, err) : status;
}

static sai_status put(struct backend *backend, struct writing *writing, struct sai_err *err)
{
        struct lite *lite = (struct lite *)backend;
        writing->layout = &backend->layouts[writing->collection];
        sai_buf_init(&writing->document, SAI_MAX_DOCUMENT);
        sai_buf_init(&writing->packed, SAI_MAX_DOCUMENT);
        sai_status status = SAI_OK;
        if (writing->layout->document) {
                layout_encode(writing->layout, writing->row, &writing->document);
                status = sai_buf_status(&writing->document, err);
        }
        if (status == SAI_OK && writing->layout->wide) {
                lite_pack(writing->layout, lite->stamps[writing->collection], writing->row, &writing->packed);
                status = sai_buf_status(&writing->packed, err);
        }
        if (status == SAI_OK)
                status = lite_write(lite, write_row, writing, err);
        sai_buf_done(&writing->packed);
        sai_buf_done(&writing->document);
        return status;
}

sai_status lite_insert(struct backend *backend, enum collection collection, const void *row, struct sai_err *err)
{
        struct writing writing = { .form = FORM_INSERT, .collection = collection, .row = row };
        return put(backend, &writing, err);
}

sai_status lite_upsert(struct backend *backend, enum collection collection, const void *row, struct sai_err *err)
{
        struct writing writing = { .form = FORM_UPSERT, .collection = collection, .row = row };
        return put(backend, &writing, err);
}

sai_status lite_replace(struct backend *backend, const struct request *request, const void *row, struct sai_err *err)
{
        struct writing writing = {
                .form = FORM_REPLACE, .collection = queries[request->query].collection, .request = request, .row = row
        };
        return put(backend, &writing, err);
}

static sai_status ask_to_change(struct backend *backend, enum lite_form form, const struct request *request,
                                struct sai_arena *arena, void *ret_row, struct sai_err *err)
{
        struct writing writing = { .form = form,
                                   .layout = &backend->layouts[queries[request->query].collection],
                                   .request = request,
                                   .arena = arena,
                                   .ret_row = ret_row };
        return lite_write((struct lite *)backend, change_row, &writing, err);
}

sai_status lite_change(struct backend *backend, const struct request *request, struct sai_arena *arena, void *ret_row,
                       struct sai_err *err)
{
        return ask_to_change(backend, FORM_CHANGE, request, arena, ret_row, err);
}

sai_status lite_take(struct backend *backend, const struct request *request, struct sai_arena *arena, void *ret_row,
                     struct sai_err *err)
{
        return ask_to_change(backend, FORM_TAKE, request, arena, ret_row, err);
}

sai_status lite_remove(struct backend *backend, const struct request *request, int64_t *ret_count, struct sai_err *err)
{
        struct writing writing = { .layout = &backend->layouts[queries[request->query].collection], .request = request };
        sai_status status = lite_write((struct lite *)backend, remove_rows, &writing, err);
        if (status == SAI_OK && ret_count)
                *ret_count = writing.affected;
        return status;
}

static sai_status check_write(struct lite_connection *connection, void *context, struct sai_err *err)
{
        (void)context;
        return lite_statement_run(connection, FORM_CHECK_WRITE, err);
}

sai_status lite_check(struct backend *backend, struct sai_err *err)
{
        struct lite *lite = (struct lite *)backend;
        struct lite_connection *reader;
        sai_status status = lite_reader(lite, &reader, err);
        if (status == SAI_OK)
                status = lite_statement_run(reader, FORM_CHECK_READ, err);
        return status == SAI_OK ? lite_write(lite, check_write, NULL, err) : status;
}
