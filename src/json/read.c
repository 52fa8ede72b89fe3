/* read.c -- a request body into a struct, by its table.
 *
 * Nothing is guessed or converted: an integer member takes JSON integers, a number member both kinds, texts have one spelling, and
 * a member that the table does not have is an error. Reading goes on after an error, so that a client sees all of them at once. */
#include "json/json_internal.h"

static const char *type_name(enum sai_kind kind)
{
        switch (kind) {
        case SAI_K_BOOL:
                return "true or false";
        case SAI_K_I64:
                return "an integer";
        case SAI_K_F64:
                return "a number";
        case SAI_K_MODEL:
                return "an object";
        case SAI_K_ARRAY:
        case SAI_K_LIST:
                return "an array";
        default:
                return "a string";
        }
}

static sai_status wrong_type(struct json_reader *reader, const struct json_path *path, enum sai_kind kind)
{
        json_report(reader->errors, path, "wrong_type", "must be %s", type_name(kind));
        return SAI_INVALID;
}

/* Of a value that was refused (reported) and one that was taken, the first is kept; no memory ends the reading. */
static sai_status worse(sai_status a, sai_status b) { return a == SAI_NO_MEMORY || b == SAI_OK ? a : b; }

static sai_status read_scalar(struct json_reader *reader, const struct json_path *path, const struct sai_field *field,
                              enum sai_kind kind, const json_t *json, void *out)
{
        bool flag;
        switch (kind) {
        case SAI_K_BOOL:
                if (!json_is_boolean(json))
                        return wrong_type(reader, path, kind);
                flag = json_is_true(json);
                memcpy(out, &flag, sizeof flag);
                return SAI_OK;
        case SAI_K_I64:
                if (!json_is_integer(json))
                        return wrong_type(reader, path, kind);
                return json_take_i64(reader, path, field, json_integer_value(json), out);
        case SAI_K_F64:
                if (!json_is_number(json))
                        return wrong_type(reader, path, kind);
                return json_take_f64(reader, path, field, json_number_value(json), out);
        default:
                if (!json_is_string(json))
                        return wrong_type(reader, path, kind);
                return json_take_text(reader, path, field, kind, json_string_value(json), json_string_length(json), out);
        }
}

static sai_status read_object(struct json_reader *reader, const struct json_path *path, const struct sai_model *model,
                              json_t *json, void *object);

static sai_status read_items(struct json_reader *reader, const struct json_path *path, const struct sai_field *field,
                             const json_t *json, struct sai_list *ret_list)
{
        if (!json_is_array(json))
                return wrong_type(reader, path, SAI_K_ARRAY);
        size_t count = json_array_size(json);
        if (count > json_max_items(field)) {
                json_report(reader->errors, path, "too_many", "must have at most %zu elements", json_max_items(field));
                return SAI_INVALID;
        }
        size_t size = field->kind == SAI_K_LIST ? field->model->size : json_kind_size(field->item);
        char *items = sai_arena_calloc(reader->arena, count, size);
        if (!items)
                return SAI_NO_MEMORY;

        sai_status status = SAI_OK;
        for (size_t i = 0; i < count && status != SAI_NO_MEMORY; i++) {
                struct json_path here = { .up = path, .index = i };
                json_t *item = json_array_get(json, i);
                void *out = items + i * size;
                status = worse(status, field->kind == SAI_K_LIST ? read_object(reader, &here, field->model, item, out)
                                                                 : read_scalar(reader, &here, field, field->item, item, out));
        }
        *ret_list = (struct sai_list) { .items = items, .count = count };
        return status;
}

static sai_status read_nested(struct json_reader *reader, const struct json_path *path, const struct sai_field *field,
                              json_t *json, void *at)
{
        if (!(field->flags & SAI_F_POINTER))
                return read_object(reader, path, field->model, json, at);
        void *nested = sai_arena_alloc(reader->arena, field->model->size);
        if (!nested)
                return SAI_NO_MEMORY;
        memcpy(at, &nested, sizeof nested);
        return read_object(reader, path, field->model, json, nested);
}

static sai_status read_null(struct json_reader *reader, const struct json_path *path, const struct sai_field *field, void *object)
{
        bool nullable = field->optional || (field->flags & SAI_F_NULLABLE);
        if (!nullable || (field->flags & SAI_F_NO_CLEAR)) {
                json_report(reader->errors, path, "not_nullable", "must not be null");
                return SAI_INVALID;
        }
        if (field->optional)
                *json_has(field, object) = SAI_NULL;
        return SAI_OK;
}

static bool is_read_only(const struct sai_field *field) { return field->flags & (SAI_F_READONLY | SAI_F_DERIVED); }

static sai_status read_member(struct json_reader *reader, const struct json_path *path, const struct sai_field *field,
                              json_t *json, void *object)
{
        void *at = sai_field_at(field, object);
        sai_status status;
        if (is_read_only(field)) {
                json_report(reader->errors, path, "read_only", "cannot be set");
                return SAI_INVALID;
        }
        if (json_is_null(json))
                return read_null(reader, path, field, object);
        if (field->kind == SAI_K_MODEL)
                status = read_nested(reader, path, field, json, at);
        else if (field->kind == SAI_K_ARRAY || field->kind == SAI_K_LIST)
                status = read_items(reader, path, field, json, at);
        else
                status = read_scalar(reader, path, field, (enum sai_kind)field->kind, json, at);
        if (status != SAI_OK)
                return status;
        if (field->optional)
                *json_has(field, object) = SAI_VALUE;
        return json_run_check(reader, path, field, field->kind == SAI_K_MODEL ? json_nested(field, object) : at);
}

/* Members that a body may not even name: the answer must not tell that they exist. */
static bool is_hidden(const struct sai_field *field)
{
        return (field->flags & (SAI_F_INTERNAL | SAI_F_PATH)) || field->kind == SAI_K_SECRET || field->kind == SAI_K_JSON;
}

static void report_unknown(struct json_reader *reader, const struct json_path *path, const struct sai_model *model, json_t *json)
{
        for (void *at = json_object_iter(json); at && reader->errors->count < SAI_MAX_FIELD_ERRORS;
             at = json_object_iter_next(json, at)) {
                const char *name = json_object_iter_key(at);
                struct json_path here = { .up = path, .name = name, .name_len = strlen(name) };
                const struct sai_field *field = sai_model_field(model, name, here.name_len);
                if (!field || is_hidden(field))
                        json_report(reader->errors, &here, "unknown_member", "is not a member of %s", model->name);
        }
}

/* A model's own rule names its members from its own root. */
static void run_model_check(struct json_reader *reader, const struct json_path *path, const struct sai_model *model,
                            const void *object)
{
        struct sai_errors *errors = reader->errors;
        struct sai_errors own;
        sai_errors_init(&own, reader->arena);
        model->check(object, &own);
        for (size_t i = 0; i < own.count; i++) {
                size_t before = errors->count;
                json_report(errors, path, own.items[i].code, "%s", own.items[i].message);
                if (errors->count == before)
                        break;
                const char *whole = sai_arena_printf(errors->arena, "%s%s", errors->items[before].pointer, own.items[i].pointer);
                if (whole)
                        errors->items[before].pointer = whole;
        }
}

static sai_status read_object(struct json_reader *reader, const struct json_path *path, const struct sai_model *model,
                              json_t *json, void *object)
{
        if (!json_is_object(json))
                return wrong_type(reader, path, SAI_K_MODEL);
        size_t errors_before = reader->errors->count, taken = 0;
        for (size_t i = 0; i < model->field_count; i++) {
                const struct sai_field *field = &model->fields[i];
                if (is_hidden(field))
                        continue;
                struct json_path here = { .up = path, .name = field->name, .name_len = field->name_len };
                json_t *value = json_object_get(json, field->name);
                if (value) {
                        taken++;
                        if (read_member(reader, &here, field, value, object) == SAI_NO_MEMORY)
                                return SAI_NO_MEMORY;
                } else if ((field->flags & SAI_F_REQUIRED) && !is_read_only(field)) {
                        json_report(reader->errors, &here, "required", "is missing");
                }
        }
        if (taken < json_object_size(json))
                report_unknown(reader, path, model, json);
        if (reader->errors->count == errors_before && model->check)
                run_model_check(reader, path, model, object);
        return reader->errors->count == errors_before ? SAI_OK : SAI_INVALID;
}

static void json_free(json_t *root) { json_decref(root); }
SAI_DEFINE_CLEANUP(json_t, json_free)

sai_status sai_model_read(const struct sai_model *model, const char *json, size_t len, struct sai_arena *arena, void *object,
                          struct sai_errors *errors, struct sai_err *err)
{
        SAI_CLEANUP(json_free_p) json_t *root = NULL;
        memset(object, 0, model->size);
        if (len == 0) {
                json = "{}";
                len = 2;
        }
        sai_status status = json_parse(json, len, &root, err);
        if (status != SAI_OK)
                return status;
        if (!json_is_object(root))
                return sai_fail(err, SAI_MALFORMED_JSON, "the body must be a JSON object");

        struct json_reader reader = { .arena = arena, .errors = errors };
        status = read_object(&reader, NULL, model, root, object);
        if (status == SAI_NO_MEMORY)
                return sai_fail(err, SAI_NO_MEMORY, "no memory for the values of a body of %zu bytes", len);
        if (status == SAI_OK && errors->count == 0)
                return SAI_OK;
        if (errors->count == 0)
                return sai_fail(err, SAI_INVALID, "the body was refused");
        return sai_fail_field(err, SAI_INVALID, errors->items[0].pointer, "%s", errors->items[0].message);
}
