/* row.c -- a row of a result into a struct.
 *
 * The document first, the columns after it: columns are what queries compare and change, so where both know a member the column is right.
 * What lies in the file is input: an id of another length, an enum that has no name or a day that is none makes the row unreadable. */
#include "store/sqlite/lite.h"

/* Optionals are a value and a byte that says it is there; the byte's place depends on the value's type alone. */
static void mark_present(const struct sai_field *field, void *value)
{
        switch (field->kind) {
        case SAI_K_BOOL:
                ((struct sai_opt_bool *)value)->has = SAI_VALUE;
                break;
        case SAI_K_I64:
                ((struct sai_opt_i64 *)value)->has = SAI_VALUE;
                break;
        case SAI_K_F64:
                ((struct sai_opt_f64 *)value)->has = SAI_VALUE;
                break;
        case SAI_K_STR:
                ((struct sai_opt_str *)value)->has = SAI_VALUE;
                break;
        case SAI_K_INSTANT:
                ((struct sai_opt_instant *)value)->has = SAI_VALUE;
                break;
        case SAI_K_LOCAL:
                ((struct sai_opt_local *)value)->has = SAI_VALUE;
                break;
        case SAI_K_DAY:
                ((struct sai_opt_day *)value)->has = SAI_VALUE;
                break;
        case SAI_K_ID:
                ((struct sai_opt_id *)value)->has = SAI_VALUE;
                break;
        default:
                ((struct sai_opt_enum *)value)->has = SAI_VALUE;
        }
}

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
        if (status == SAI_OK && column->field->optional)
                mark_present(column->field, value);
        return status;
}

static sai_status read_document(const struct lite_reading *reading, sqlite3_stmt *stmt, void *row, struct sai_err *err)
{
        const struct layout *layout = reading->layout;
        const char *text = (const char *)sqlite3_column_text(stmt, (int)layout->count);
        if (!text || !reading->arena)
                return SAI_OK;
        struct sai_err inner = { 0 };
        sai_status status = sai_model_decode(layout->model, text, (size_t)sqlite3_column_bytes(stmt, (int)layout->count),
                                             reading->arena, row, &inner);
        if (status == SAI_OK)
                return SAI_OK;
        if (status == SAI_NO_MEMORY)
                return sai_fail(err, status, "rows of %s", layout->name);
        return sai_fail(err, SAI_INTERNAL, "a row of %s cannot be read: %.100s", layout->name, inner.detail);
}

sai_status lite_read_row(const struct lite_reading *reading, sqlite3_stmt *stmt, void *row, struct sai_err *err)
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
        for (size_t i = 0; i < layout->count && status == SAI_OK; i++)
                status = read_column(reading, &layout->columns[i], stmt, (int)i, row, err);
        return status;
}
