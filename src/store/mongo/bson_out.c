/* bson_out.c -- the engine that writes a struct as a document, by its model's table.
 *
 * What json/encode.c is for SQLite's documents, with BSON's own types in place of numbers and hex: whole numbers stay int64 and fractions
 * double, so that both come back as they were. Of numbers that are none, columns are refused (they have no place in an index); elsewhere
 * they are kept as NaN, as the other store does. */
#include <math.h>

#include "store/mongo/mongo.h"

struct writer {
        const char *problem; /* a value that cannot be kept */
        bool full; /* the driver could not append */
};

enum { DAY_MS = 24 * 3600 * 1000, DOCUMENT_MAX = (16 << 20) - (16 << 10) }; /* the server's limit, less what a command adds */

static void put_text(struct writer *w, bson_t *out, const char *name, const char *data, size_t len)
{
        if (!sai_utf8_valid(data, len))
                w->problem = "a text is not UTF-8";
        else if (len > DOCUMENT_MAX || !bson_append_utf8(out, name, -1, data, (int)len))
                w->full = true;
}

static void put_bytes(struct writer *w, bson_t *out, const char *name, const uint8_t *data, size_t len)
{
        if (len > DOCUMENT_MAX || !bson_append_binary(out, name, -1, BSON_SUBTYPE_BINARY, data, (uint32_t)len))
                w->full = true;
}

static void put_real(struct writer *w, bson_t *out, const char *name, double value, bool column)
{
        if (column && !isfinite(value))
                w->problem = "a number is not finite";
        else if (!bson_append_double(out, name, -1, isfinite(value) ? value : (double)NAN))
                w->full = true;
}

static void put_id(struct writer *w, bson_t *out, const char *name, const struct sai_id *id)
{
        bson_oid_t oid;
        bson_oid_init_from_data(&oid, id->bytes);
        w->full |= !bson_append_oid(out, name, -1, &oid);
}

static void put_enum(struct writer *w, bson_t *out, const char *name, const struct sai_enumeration *enumeration, int value)
{
        const char *text = sai_enumeration_name(enumeration, value);
        if (text)
                put_text(w, out, name, text, strlen(text));
}

static void put_scalar(struct writer *w, bson_t *out, const char *name, const struct sai_field *field, enum sai_kind kind,
                       const void *at, bool column)
{
        switch (kind) {
        case SAI_K_BOOL:
                w->full |= !bson_append_bool(out, name, -1, *(const bool *)at);
                return;
        case SAI_K_I64:
                w->full |= !bson_append_int64(out, name, -1, *(const int64_t *)at);
                return;
        case SAI_K_F64:
                put_real(w, out, name, *(const double *)at, column);
                return;
        case SAI_K_STR: {
                const char *text = *(const char *const *)at;
                if (text)
                        put_text(w, out, name, text, strlen(text));
                return;
        }
        case SAI_K_INSTANT:
        case SAI_K_LOCAL:
                w->full |= !bson_append_date_time(out, name, -1, *(const int64_t *)at);
                return;
        case SAI_K_DAY:
                w->full |= !bson_append_date_time(out, name, -1, (int64_t)((const struct sai_day *)at)->number * DAY_MS);
                return;
        case SAI_K_ID:
                put_id(w, out, name, at);
                return;
        case SAI_K_ENUM:
                put_enum(w, out, name, field->enumeration, *(const int *)at);
                return;
        case SAI_K_BYTES:
                put_bytes(w, out, name, ((const struct sai_bytes *)at)->data, ((const struct sai_bytes *)at)->len);
                return;
        case SAI_K_SECRET:
                put_bytes(w, out, name, ((const struct sai_secret *)at)->data, ((const struct sai_secret *)at)->len);
                return;
        case SAI_K_JSON:
                /* Text that another writer finished and whose bytes are compared and hashed: kept as it is. */
                put_text(w, out, name, ((const struct sai_json *)at)->data, ((const struct sai_json *)at)->len);
                return;
        default:
                w->problem = "a member has no scalar kind";
        }
}

/* Whether a struct inside another has anything that would be written. */
static bool has_any(const struct sai_model *model, const void *object)
{
        for (size_t i = 0; i < model->field_count; i++) {
                const struct sai_field *field = &model->fields[i];
                if ((field->flags & SAI_F_DERIVED) || !sai_field_present(field, object))
                        continue;
                bool inside = field->kind == SAI_K_MODEL && !(field->flags & SAI_F_POINTER);
                if (!inside || has_any(field->model, sai_field_nested(field, object)))
                        return true;
        }
        return false;
}

static void put_members(struct writer *w, bson_t *out, const struct sai_model *model, const void *object, bool columns);

static void put_nested(struct writer *w, bson_t *out, const char *name, const struct sai_model *model, const void *object,
                       bool columns)
{
        bson_t child;
        if (!bson_append_document_begin(out, name, -1, &child)) {
                w->full = true;
                return;
        }
        put_members(w, &child, model, object, columns);
        w->full |= !bson_append_document_end(out, &child);
}

static void put_list(struct writer *w, bson_t *out, const struct sai_field *field, const struct sai_list *list)
{
        size_t size = field->kind == SAI_K_LIST ? field->model->size : sai_kind_size(field->item);
        const char *item = list->items;
        bson_t child;
        if (!bson_append_array_begin(out, field->name, field->name_len, &child)) {
                w->full = true;
                return;
        }
        for (uint32_t i = 0; i < list->count; i++, item += size) {
                char space[16];
                const char *key;
                bson_uint32_to_string(i, &key, space, sizeof space);
                if (field->kind == SAI_K_LIST)
                        put_nested(w, &child, key, field->model, item, false);
                else
                        put_scalar(w, &child, key, field, field->item, item, false);
        }
        w->full |= !bson_append_array_end(out, &child);
}

static void put_member(struct writer *w, bson_t *out, const char *name, const struct sai_field *field, const void *object,
                       bool columns)
{
        if (field->kind == SAI_K_MODEL) {
                const void *nested = sai_field_nested(field, object);
                bool inside = !(field->flags & SAI_F_POINTER);
                if (!inside || has_any(field->model, nested))
                        put_nested(w, out, name, field->model, nested, columns && inside && !field->model->collection);
        } else if (field->kind == SAI_K_ARRAY || field->kind == SAI_K_LIST) {
                put_list(w, out, field, sai_field_of(field, object));
        } else {
                put_scalar(w, out, name, field, (enum sai_kind)field->kind, sai_field_of(field, object),
                           columns && (field->flags & SAI_F_COLUMN));
        }
}

/* The depth is that of our own tables, which hold no cycle of structs by value; lists and pointers end where the row's do. */
static void put_members(struct writer *w, bson_t *out, const struct sai_model *model, const void *object, bool columns)
{
        for (size_t i = 0; i < model->field_count && !w->problem && !w->full; i++) {
                const struct sai_field *field = &model->fields[i];
                if (!(field->flags & SAI_F_DERIVED) && sai_field_present(field, object))
                        put_member(w, out, field->name, field, object, columns);
        }
}

static sai_status result(const struct writer *w, size_t len, const struct layout *layout, struct sai_err *err)
{
        if (w->problem)
                return sai_fail(err, SAI_INVALID, "%s", w->problem);
        if (w->full || len > DOCUMENT_MAX)
                return sai_fail(err, SAI_TOO_LARGE, "a row of %s is too large", layout->name);
        return SAI_OK;
}

sai_status mongo_write_row(const struct layout *layout, const void *row, bson_t *out, struct sai_err *err)
{
        struct writer w = { 0 };
        for (size_t i = 0; i < layout->model->field_count && !w.problem && !w.full; i++) {
                const struct sai_field *field = &layout->model->fields[i];
                if (!(field->flags & SAI_F_DERIVED) && sai_field_present(field, row))
                        put_member(&w, out, mongo_field_name(field, true), field, row, true);
        }
        return result(&w, out->len, layout, err);
}

static bool is_kept(const struct layout *layout, const struct sai_field *field)
{
        const struct column *column = layout_column(layout, field->offset);
        return (field->flags & SAI_F_KEY) || (column && column->kept);
}

sai_status mongo_write_row_as_change(const struct layout *layout, const void *row, bson_t *set, bson_t *unset,
                                     struct sai_err *err)
{
        struct writer w = { 0 };
        for (size_t i = 0; i < layout->model->field_count && !w.problem && !w.full; i++) {
                const struct sai_field *field = &layout->model->fields[i];
                if ((field->flags & SAI_F_DERIVED) || is_kept(layout, field))
                        continue;
                uint32_t before = set->len;
                if (sai_field_present(field, row))
                        put_member(&w, set, field->name, field, row, true);
                if (set->len == before)
                        w.full |= !bson_append_bool(unset, field->name, field->name_len, true);
        }
        return result(&w, (size_t)set->len + unset->len, layout, err);
}
