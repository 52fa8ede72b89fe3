/* row.c -- a row of a result into a struct.
 *
 * The document first, the columns after it: columns are what queries compare and change, so where both know a member the column is right.
 * What lies in the file is input: an id of another length, an enum that has no name or a day that is none makes the row unreadable. */
#include "store/sqlite/lite.h"

struct text_out {
        const char *data;
        size_t len;
};

static bool take_text(const struct lite_reading *reading, sqlite3_value *in, struct text_out *out)
{
        *out = (struct text_out) { 0 };
        if (reading->texts == TEXTS_LEFT_OUT)
                return true;
        const char *data = sqlite3_value_type(in) == SQLITE_BLOB ? sqlite3_value_blob(in) : (const char *)sqlite3_value_text(in);
        out->len = (size_t)sqlite3_value_bytes(in);
        out->data = reading->texts == TEXTS_COPIED ? sai_arena_strndup(reading->arena, data, data ? out->len : 0) : data;
        return out->data || out->len == 0;
}

static sai_status damaged(const struct layout *layout, struct sai_err *err)
{
        return sai_fail(err, SAI_INTERNAL, "a row of %s cannot be read", layout->name);
}

static sai_status read_text(const struct lite_reading *reading, const struct column *column, sqlite3_value *in, void *value,
                            struct sai_err *err)
{
        struct text_out text;
        if (!take_text(reading, in, &text))
                return sai_fail(err, SAI_NO_MEMORY, "rows of %s", reading->layout->name);
        switch (column->field->kind) {
        case SAI_K_STR:
                *(const char **)value = text.data;
                return SAI_OK;
        case SAI_K_JSON:
                *(struct sai_json *)value = (struct sai_json) { text.data, text.len };
                return SAI_OK;
        case SAI_K_BYTES:
                *(struct sai_bytes *)value = (struct sai_bytes) { (const uint8_t *)text.data, text.len };
                return SAI_OK;
        default:
                *(struct sai_secret *)value = (struct sai_secret) { (const uint8_t *)text.data, text.len };
                return SAI_OK;
        }
}

static sai_status read_integer(const struct layout *layout, const struct column *column, int64_t in, void *value,
                               struct sai_err *err)
{
        switch (column->field->kind) {
        case SAI_K_BOOL:
                *(bool *)value = in != 0;
                return SAI_OK;
        case SAI_K_ENUM:
                if (in < 0 || in >= column->enum_count)
                        return damaged(layout, err);
                *(int *)value = (int)in;
                return SAI_OK;
        case SAI_K_DAY:
                if (in < INT32_MIN || in > INT32_MAX)
                        return damaged(layout, err);
                ((struct sai_day *)value)->number = (int32_t)in;
                return SAI_OK;
        default:
                *(int64_t *)value = in;
                return SAI_OK;
        }
}

static sai_status read_value(const struct lite_reading *reading, const struct column *column, sqlite3_value *in, void *value,
                             struct sai_err *err)
{
        int type = sqlite3_value_type(in);
        switch (column->field->kind) {
        case SAI_K_F64:
                if (type != SQLITE_FLOAT && type != SQLITE_INTEGER)
                        return damaged(reading->layout, err);
                *(double *)value = sqlite3_value_double(in);
                return SAI_OK;
        case SAI_K_STR:
        case SAI_K_JSON:
                return type == SQLITE_TEXT ? read_text(reading, column, in, value, err) : damaged(reading->layout, err);
        case SAI_K_BYTES:
        case SAI_K_SECRET:
                return type == SQLITE_BLOB ? read_text(reading, column, in, value, err) : damaged(reading->layout, err);
        case SAI_K_ID:
                if (type != SQLITE_BLOB || sqlite3_value_bytes(in) != sizeof(struct sai_id))
                        return damaged(reading->layout, err);
                memcpy(value, sqlite3_value_blob(in), sizeof(struct sai_id));
                return SAI_OK;
        default:
                return type == SQLITE_INTEGER ? read_integer(reading->layout, column, sqlite3_value_int64(in), value, err)
                                              : damaged(reading->layout, err);
        }
}

static sai_status read_column(const struct lite_reading *reading, const struct column *column, sqlite3_stmt *stmt, int place,
                              void *row, struct sai_err *err)
{
        sqlite3_value *in = sqlite3_column_value(stmt, place);
        if (sqlite3_value_type(in) == SQLITE_NULL)
                return SAI_OK;
        void *value = (char *)row + column->offset;
        sai_status status = read_value(reading, column, in, value, err);
        if (status == SAI_OK && column->has)
                ((uint8_t *)value)[column->has] = SAI_VALUE;
        return status;
}

enum { WIDE_PACKED, WIDE_ROW, WIDE_DOCUMENT }; /* what is selected of a wide row */

static sai_status read_columns(const struct lite_reading *reading, sqlite3_stmt *stmt, void *row, struct sai_err *err)
{
        sai_status status = SAI_OK;
        for (size_t i = 0; i < reading->layout->count && status == SAI_OK; i++)
                status = read_column(reading, &reading->layout->columns[i], stmt, (int)i, row, err);
        return status;
}

/* The columns of a wide row: from its copy, or where that is of another layout, from themselves, in the snapshot that `stmt` holds. That
 * statement stays at its row until the next: borrowed texts are its memory. */
static sai_status read_wide(struct lite_reading *reading, sqlite3_stmt *stmt, void *row, struct sai_err *err)
{
        struct lite *lite = reading->connection->lite;
        size_t collection = (size_t)(reading->layout - lite->backend.layouts);
        sqlite3_value *packed = sqlite3_column_value(stmt, WIDE_PACKED);
        if (lite_packed_fits(packed, reading->layout, lite->stamps[collection]))
                return lite_unpack(reading, packed, row, err);
        const struct lite_shape shape = { .form = FORM_ROW_COLUMNS, .target = (uint16_t)collection };
        lite_reading_done(reading);
        sai_status status = lite_statement_take(reading->connection, &shape, &reading->columns, err);
        if (status != SAI_OK)
                return status;
        sqlite3_bind_int64(reading->columns->stmt, 1, sqlite3_column_int64(stmt, WIDE_ROW));
        int code = sqlite3_step(reading->columns->stmt);
        return code == SQLITE_ROW ? read_columns(reading, reading->columns->stmt, row, err)
                                  : lite_fail(lite, reading->connection->db, code, err);
}

void lite_reading_done(struct lite_reading *reading) { lite_statement_give_back(&reading->columns); }

static sai_status read_document(const struct lite_reading *reading, sqlite3_stmt *stmt, void *row, struct sai_err *err)
{
        const struct layout *layout = reading->layout;
        int place = layout->wide ? WIDE_DOCUMENT : (int)layout->count;
        const char *text = (const char *)sqlite3_column_text(stmt, place);
        if (!text || !reading->arena)
                return SAI_OK;
        struct sai_err inner = { 0 };
        sai_status status = sai_model_decode_until(layout->model, reading->until, text, (size_t)sqlite3_column_bytes(stmt, place),
                                                   reading->arena, row, &inner);
        if (status == SAI_OK)
                return SAI_OK;
        if (status == SAI_NO_MEMORY)
                return sai_fail(err, status, "rows of %s", layout->name);
        return sai_fail(err, SAI_INTERNAL, "a row of %s cannot be read: %.100s", layout->name, inner.detail);
}

sai_status lite_read_row(struct lite_reading *reading, sqlite3_stmt *stmt, void *row, struct sai_err *err)
{
        const struct layout *layout = reading->layout;
        const struct query_row *query = reading->query;
        memset(row, 0, layout->model->size);
        sai_status status = SAI_OK;
        for (size_t i = 0; i < query->field_count && status == SAI_OK; i++)
                status = read_column(reading, layout_column(layout, query->fields[i]), stmt, (int)i, row, err);
        if (query->field_count)
                return status;
        if (layout->document && !query->columns_only)
                status = read_document(reading, stmt, row, err);
        if (status == SAI_OK)
                status = layout->wide ? read_wide(reading, stmt, row, err) : read_columns(reading, stmt, row, err);
        return status;
}
