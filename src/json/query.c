/* query.c -- the parameters of a query string into a struct, by the same tables as bodies. */
#include "json/json_internal.h"

static sai_status take_value(struct json_reader *reader, const struct json_path *path, const struct sai_field *field,
                             enum sai_kind kind, struct sai_text text, void *out)
{
        int64_t integer;
        double real;
        bool flag;
        switch (kind) {
        case SAI_K_BOOL:
                flag = sai_text_is(text, "true");
                if (!flag && !sai_text_is(text, "false")) {
                        json_report(reader->errors, path, "bad_format", "must be true or false");
                        return SAI_INVALID;
                }
                memcpy(out, &flag, sizeof flag);
                return SAI_OK;
        case SAI_K_I64:
                if (!sai_parse_i64(text.data, text.len, &integer)) {
                        json_report(reader->errors, path, "bad_format", "must be an integer");
                        return SAI_INVALID;
                }
                return json_take_i64(reader, path, field, integer, out);
        case SAI_K_F64:
                if (!sai_parse_f64(text.data, text.len, &real)) {
                        json_report(reader->errors, path, "bad_format", "must be a number");
                        return SAI_INVALID;
                }
                return json_take_f64(reader, path, field, real, out);
        default:
                return json_take_text(reader, path, field, kind, text.data, text.len, out);
        }
}

static size_t max_values(const struct sai_field *field) { return field->max_items ? field->max_items : SAI_MAX_FILTER_VALUES; }

/* Adds the values of one occurrence; the array was made for as many as are allowed. */
static sai_status take_list(struct json_reader *reader, const struct json_path *path, const struct sai_field *field,
                            struct sai_text text, struct sai_list *list)
{
        size_t size = json_kind_size(field->item), most = max_values(field);
        if (!list->items)
                list->items = sai_arena_calloc(reader->arena, most, size);
        if (!list->items)
                return SAI_NO_MEMORY;
        const char *at = text.data, *end = text.data + text.len;
        for (;;) {
                const char *comma = at < end ? memchr(at, ',', (size_t)(end - at)) : NULL;
                struct sai_text value = { at, (size_t)((comma ? comma : end) - at) };
                if (list->count == most) {
                        json_report(reader->errors, path, "too_many", "must have at most %zu values", most);
                        return SAI_INVALID;
                }
                if (value.len == 0) {
                        json_report(reader->errors, path, "bad_format", "has an empty value");
                        return SAI_INVALID;
                }
                sai_status status = take_value(reader, path, field, field->item, value, (char *)list->items + list->count * size);
                if (status != SAI_OK)
                        return status;
                list->count++;
                if (!comma)
                        return SAI_OK;
                at = comma + 1;
        }
}

static sai_status take_pair(struct json_reader *reader, const struct json_path *path, const struct sai_field *field,
                            struct sai_text value, bool seen, void *object)
{
        void *at = sai_field_at(field, object);
        sai_status status;
        if (seen && !(field->flags & SAI_F_REPEATED)) {
                json_report(reader->errors, path, "too_many", "may be given once");
                return SAI_INVALID;
        }
        if (field->kind == SAI_K_ARRAY)
                status = take_list(reader, path, field, value, at);
        else
                status = take_value(reader, path, field, (enum sai_kind)field->kind, value, at);
        if (status != SAI_OK)
                return status;
        if (field->optional)
                *json_has(field, object) = SAI_VALUE;
        return json_run_check(reader, path, field, at);
}

static bool is_parameter(const struct sai_field *field) { return field && !(field->flags & (SAI_F_PATH | SAI_F_INTERNAL)); }

static bool given(const struct sai_field *field, const struct sai_pair *pairs, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (pairs[i].name.data && sai_text_equal(pairs[i].name, (struct sai_text) { field->name, field->name_len }))
                        return true;
        return false;
}

sai_status sai_model_read_query(const struct sai_model *model, const struct sai_pair *pairs, size_t count,
                                struct sai_arena *arena, void *object, struct sai_errors *errors)
{
        struct json_reader reader = { .arena = arena, .errors = errors };
        memset(object, 0, model->size);
        if (count > SAI_MAX_QUERY_PARAMETERS) {
                sai_errors_add(errors, "?", "too_many", "at most %d parameters", SAI_MAX_QUERY_PARAMETERS);
                return SAI_INVALID;
        }
        for (size_t i = 0; i < count; i++) {
                struct json_path path = { .name = pairs[i].name.data ? pairs[i].name.data : "",
                                          .name_len = pairs[i].name.len,
                                          .query = true };
                const struct sai_field *field = sai_model_field(model, path.name, path.name_len);
                if (!is_parameter(field)) {
                        json_report(errors, &path, "unknown_parameter", "is not a parameter here");
                        continue;
                }
                struct sai_text value = { pairs[i].value.data ? pairs[i].value.data : "", pairs[i].value.len };
                if (take_pair(&reader, &path, field, value, given(field, pairs, i), object) == SAI_NO_MEMORY)
                        return SAI_NO_MEMORY;
        }
        for (size_t i = 0; i < model->field_count; i++) {
                const struct sai_field *field = &model->fields[i];
                struct json_path path = { .name = field->name, .name_len = field->name_len, .query = true };
                if (is_parameter(field) && (field->flags & SAI_F_REQUIRED) && !given(field, pairs, count))
                        json_report(errors, &path, "required", "is missing");
        }
        if (errors->count == 0 && model->check)
                model->check(object, errors);
        return errors->count == 0 ? SAI_OK : SAI_INVALID;
}
