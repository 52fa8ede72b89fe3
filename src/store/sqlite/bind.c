/* bind.c -- values into the places of a statement, in the order in which sql.c wrote them. Texts are borrowed: they outlive the step. */
#include <math.h>

#include "store/sqlite/lite.h"

static void note(struct lite_binding *binding, int code)
{
        if (code != SQLITE_OK && binding->code == SQLITE_OK)
                binding->code = code;
        binding->at++;
}

void lite_bind_integer(struct lite_binding *binding, int64_t value)
{
        note(binding, sqlite3_bind_int64(binding->stmt, binding->at, value));
}

void lite_bind_text(struct lite_binding *binding, const char *data, size_t len)
{
        if (data)
                note(binding, sqlite3_bind_text64(binding->stmt, binding->at, data, len, SQLITE_STATIC, SQLITE_UTF8));
        else
                note(binding, sqlite3_bind_null(binding->stmt, binding->at));
}

void lite_bind_bytes(struct lite_binding *binding, const void *data, size_t len)
{
        /* A pointer that is NULL would be bound as null; empty bytes are bytes. */
        note(binding, sqlite3_bind_blob64(binding->stmt, binding->at, data ? data : "", len, SQLITE_STATIC));
}

/* A number that is none has no order and no place in an index: refused, never stored as null. */
static void bind_real(struct lite_binding *binding, double value, bool any)
{
        if (!any && !isfinite(value))
                binding->not_finite = true;
        note(binding, sqlite3_bind_double(binding->stmt, binding->at, value));
}

static void bind_value(struct lite_binding *binding, const struct value *value)
{
        switch (value->kind) {
        case VALUE_INTEGER:
                lite_bind_integer(binding, value->integer);
                break;
        case VALUE_REAL:
                bind_real(binding, value->real, !isnan(value->real));
                break;
        case VALUE_TEXT:
                lite_bind_text(binding, value->text, value->text ? strlen(value->text) : 0);
                break;
        case VALUE_ID:
                lite_bind_bytes(binding, value->id.bytes, sizeof value->id.bytes);
                break;
        default:
                note(binding, sqlite3_bind_null(binding->stmt, binding->at));
        }
}

static void bind_list(struct lite_binding *binding, const struct value *value, size_t places)
{
        if (value->count > places || value->count == 0)
                binding->too_many = true;
        for (size_t i = 0; i < places && !binding->too_many; i++) {
                size_t item = i < value->count ? i : value->count - 1;
                if (value->kind == VALUE_INTEGERS)
                        lite_bind_integer(binding, value->integers[item]);
                else
                        lite_bind_text(binding, value->texts[item], strlen(value->texts[item]));
        }
}

static void bind_changes(struct lite_binding *binding, const struct layout *layout, const struct query_row *query,
                         const struct value *values)
{
        size_t count = query_change_count(query);
        for (size_t i = 0; i < count; i++)
                if (layout_column(layout, query->changes[i].field))
                        bind_value(binding, &values[i]);
        for (size_t i = 0; i < count; i++)
                if (!layout_column(layout, query->changes[i].field))
                        bind_value(binding, &values[i]);
}

void lite_bind_request(struct lite_binding *binding, const struct layout *layout, const struct request *request,
                       const struct lite_shape *shape)
{
        const struct query_row *query = &queries[request->query];
        if (shape->form == FORM_CHANGE)
                bind_changes(binding, layout, query, request->values + query_condition_count(query));
        for (size_t i = 0; i < QUERY_CONDITIONS; i++) {
                if (!(shape->asked & (1u << i)) || query->conditions[i].op == CONDITION_ABSENT)
                        continue;
                if (query->conditions[i].op == CONDITION_IN)
                        bind_list(binding, &request->values[i], shape->list);
                else
                        bind_value(binding, &request->values[i]);
        }
        for (size_t i = 0; query->keyset && i < query->sort_count; i++)
                bind_value(binding, &request->after[i]);
        if (shape->form == FORM_SELECT && shape->limited)
                lite_bind_integer(binding, request->limit > INT64_MAX ? INT64_MAX : (int64_t)request->limit);
}

/* One column of a row. Each case knows the C type that SAI_KIND_OF gave the kind for. */
static void bind_column(struct lite_binding *binding, const struct column *column, const void *row)
{
        const void *value = (const char *)row + column->offset;
        switch (column->field->kind) {
        case SAI_K_BOOL:
                lite_bind_integer(binding, *(const bool *)value);
                break;
        case SAI_K_I64:
        case SAI_K_INSTANT:
        case SAI_K_LOCAL:
                lite_bind_integer(binding, *(const int64_t *)value);
                break;
        case SAI_K_DAY:
                lite_bind_integer(binding, ((const struct sai_day *)value)->number);
                break;
        case SAI_K_ENUM:
                lite_bind_integer(binding, *(const int *)value);
                break;
        case SAI_K_F64:
                bind_real(binding, *(const double *)value, false);
                break;
        case SAI_K_STR: {
                const char *text = *(const char *const *)value;
                lite_bind_text(binding, text, text ? strlen(text) : 0);
                break;
        }
        case SAI_K_JSON:
                lite_bind_text(binding, ((const struct sai_json *)value)->data, ((const struct sai_json *)value)->len);
                break;
        case SAI_K_ID:
                lite_bind_bytes(binding, value, sizeof(struct sai_id));
                break;
        case SAI_K_BYTES:
        case SAI_K_SECRET:
                lite_bind_bytes(binding, ((const struct sai_bytes *)value)->data, ((const struct sai_bytes *)value)->len);
                break;
        default:
                note(binding, sqlite3_bind_null(binding->stmt, binding->at));
        }
}

void lite_bind_columns(struct lite_binding *binding, const struct layout *layout, const void *row, bool replace)
{
        for (size_t i = 0; i < layout->count; i++) {
                const struct column *column = &layout->columns[i];
                if (replace && (i == layout->key || column->kept))
                        continue;
                if (!column_present(column, row))
                        note(binding, sqlite3_bind_null(binding->stmt, binding->at));
                else
                        bind_column(binding, column, row);
        }
}

sai_status lite_bind_status(struct lite *lite, const struct lite_binding *binding, sqlite3 *db, struct sai_err *err)
{
        if (binding->not_finite)
                return sai_fail(err, SAI_INVALID, "a number is not finite");
        if (binding->too_many)
                return sai_fail(err, SAI_INVALID, "too many values");
        return binding->code == SQLITE_OK ? SAI_OK : lite_fail(lite, db, binding->code, err);
}
