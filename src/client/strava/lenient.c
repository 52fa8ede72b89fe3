/* lenient.c -- a walk over field table and jansson tree side by side. Depth is bounded by the tables, not by the input. */
#include "client/strava/lenient.h"

#include <jansson.h>
#include <math.h>

#include "base/calendar.h"
#include "base/limits.h"

struct reader {
        struct sai_arena *arena;
        size_t refused_parts;
        struct sai_err *err;
};

static sai_status read_object(struct reader *r, const struct sai_model *model, const json_t *json, void *object);

static sai_status wrong(struct reader *r, const struct sai_field *field, const char *what)
{
        return sai_fail_field(r->err, SAI_UPSTREAM, field->name, "%s: %s", field->name, what);
}

/* 2^53: above it a float cannot tell neighbouring integers apart, and an id that was rounded is another id. */
static const double exact_integers = 9007199254740992.0;

static bool integer_of(const json_t *json, bool exact, int64_t *ret)
{
        if (json_is_integer(json)) {
                *ret = json_integer_value(json);
                return true;
        }
        if (!json_is_real(json))
                return false;
        double value = json_real_value(json);
        if (!(fabs(value) < exact_integers) || (exact && value != trunc(value)))
                return false;
        *ret = llround(value);
        return true;
}

static bool within(const struct sai_field *field, double value)
{
        return (field->min == 0 && field->max == 0) || (value >= field->min && value <= field->max);
}

/* -- Scalars: `at` points at the value itself -------------------------------------------------------------------------- */
enum reading { READ_OK, READ_WRONG_TYPE, READ_OUT_OF_BOUNDS, READ_NO_MEMORY };

static enum reading read_number(const struct sai_field *field, enum sai_kind kind, const json_t *json, void *at)
{
        int64_t integer = 0;
        if (kind == SAI_K_I64) {
                if (!integer_of(json, (field->flags & SAI_F_KEY) != 0, &integer))
                        return READ_WRONG_TYPE;
                if (!within(field, (double)integer))
                        return READ_OUT_OF_BOUNDS;
                *(int64_t *)at = integer;
                return READ_OK;
        }
        if (!json_is_number(json))
                return READ_WRONG_TYPE;
        double value = json_number_value(json);
        if (!within(field, value))
                return READ_OUT_OF_BOUNDS;
        *(double *)at = value;
        return READ_OK;
}

static enum reading read_string(struct reader *r, const struct sai_field *field, const json_t *json, void *at)
{
        if (!json_is_string(json))
                return READ_WRONG_TYPE;
        size_t len = json_string_length(json);
        if (field->max > 0 && (double)len > field->max * 4) /* bytes of so many code points */
                return READ_OUT_OF_BOUNDS;
        const char *copy = sai_arena_strndup(r->arena, json_string_value(json), len);
        if (!copy)
                return READ_NO_MEMORY;
        *(const char **)at = copy;
        return READ_OK;
}

static enum reading read_time(enum sai_kind kind, const json_t *json, void *at)
{
        if (!json_is_string(json))
                return READ_WRONG_TYPE;
        const char *text = json_string_value(json);
        size_t len = json_string_length(json);
        if (kind == SAI_K_INSTANT)
                return sai_instant_parse(text, len, at) ? READ_OK : READ_WRONG_TYPE;
        if (len > 0 && text[len - 1] == 'Z')
                len--;
        return sai_local_parse(text, len, at) ? READ_OK : READ_WRONG_TYPE;
}

static enum reading read_scalar(struct reader *r, const struct sai_field *field, enum sai_kind kind, const json_t *json, void *at)
{
        switch (kind) {
        case SAI_K_BOOL:
                if (!json_is_boolean(json))
                        return READ_WRONG_TYPE;
                *(bool *)at = json_is_true(json);
                return READ_OK;
        case SAI_K_I64:
        case SAI_K_F64:
                return read_number(field, kind, json, at);
        case SAI_K_STR:
                return read_string(r, field, json, at);
        case SAI_K_INSTANT:
        case SAI_K_LOCAL:
                return read_time(kind, json, at);
        default:
                return READ_WRONG_TYPE; /* no table of Strava's objects has another kind */
        }
}

static size_t scalar_size(enum sai_kind kind)
{
        switch (kind) {
        case SAI_K_BOOL:
                return sizeof(bool);
        case SAI_K_STR:
                return sizeof(const char *);
        default:
                return sizeof(int64_t); /* int64, double, instants and locals alike */
        }
}

/* The mark behind an optional value: all sai_opt_ structs are a value and then `has`. */
static void set_present(const struct sai_field *field, void *object)
{
        unsigned char *at = sai_field_at(field, object);
        at[scalar_size(field->kind)] = SAI_VALUE;
}

_Static_assert(offsetof(struct sai_opt_bool, has) == sizeof(bool) && offsetof(struct sai_opt_i64, has) == sizeof(int64_t) &&
                       offsetof(struct sai_opt_f64, has) == sizeof(double) &&
                       offsetof(struct sai_opt_str, has) == sizeof(char *) &&
                       offsetof(struct sai_opt_instant, has) == sizeof(int64_t) &&
                       offsetof(struct sai_opt_local, has) == sizeof(int64_t),
               "set_present knows where `has` lies");

/* -- Members ---------------------------------------------------------------------------------------------------------- */
static sai_status read_list(struct reader *r, const struct sai_field *field, const json_t *json, struct sai_list *list)
{
        size_t count = json_array_size(json);
        if (count > (field->max_items ? field->max_items : SAI_MAX_LIST_ITEMS))
                return wrong(r, field, "too many items");
        if (count == 0)
                return SAI_OK;
        char *items = sai_arena_calloc(r->arena, count, field->model->size);
        if (!items)
                return sai_fail(r->err, SAI_NO_MEMORY, "no memory for %s", field->name);
        list->items = items;
        struct reader part = { .arena = r->arena }; /* what is wrong with a part is no error of the whole */
        for (size_t i = 0; i < count; i++) {
                sai_status status =
                        read_object(&part, field->model, json_array_get(json, i), items + list->count * field->model->size);
                if (status == SAI_NO_MEMORY)
                        return sai_fail(r->err, SAI_NO_MEMORY, "no memory for %s", field->name);
                if (status == SAI_OK)
                        list->count++;
        }
        r->refused_parts += part.refused_parts + count - list->count;
        return SAI_OK;
}

static sai_status read_array(struct reader *r, const struct sai_field *field, const json_t *json, struct sai_list *list)
{
        size_t count = json_array_size(json), size = scalar_size(field->item);
        if (count > (field->max_items ? field->max_items : SAI_MAX_LIST_ITEMS))
                return wrong(r, field, "too many items");
        if (count == 0)
                return SAI_OK;
        char *items = sai_arena_calloc(r->arena, count, size);
        if (!items)
                return sai_fail(r->err, SAI_NO_MEMORY, "no memory for %s", field->name);
        for (size_t i = 0; i < count; i++) {
                enum reading reading = read_scalar(r, field, field->item, json_array_get(json, i), items + i * size);
                if (reading == READ_NO_MEMORY)
                        return sai_fail(r->err, SAI_NO_MEMORY, "no memory for %s", field->name);
                if (reading != READ_OK)
                        return wrong(r, field, "an item has another type than it should");
        }
        *list = (struct sai_list) { .items = items, .count = count };
        return SAI_OK;
}

static sai_status read_nested(struct reader *r, const struct sai_field *field, const json_t *json, void *object)
{
        void *at = sai_field_at(field, object);
        if ((field->flags & SAI_F_POINTER) == 0)
                return read_object(r, field->model, json, at);
        void *nested = sai_arena_alloc(r->arena, field->model->size);
        if (!nested)
                return sai_fail(r->err, SAI_NO_MEMORY, "no memory for %s", field->name);
        memcpy(at, &nested, sizeof nested);
        return read_object(r, field->model, json, nested);
}

static sai_status read_plain(struct reader *r, const struct sai_field *field, const json_t *json, void *object)
{
        switch (read_scalar(r, field, field->kind, json, sai_field_at(field, object))) {
        case READ_OK:
                if (field->optional)
                        set_present(field, object);
                return SAI_OK;
        case READ_OUT_OF_BOUNDS:
                return field->flags & SAI_F_REQUIRED ? wrong(r, field, "out of bounds") : SAI_OK;
        case READ_NO_MEMORY:
                return sai_fail(r->err, SAI_NO_MEMORY, "no memory for %s", field->name);
        default:
                return wrong(r, field, "has another type than it should");
        }
}

static sai_status read_member(struct reader *r, const struct sai_field *field, const json_t *json, void *object)
{
        if (!json || json_is_null(json))
                return field->flags & SAI_F_REQUIRED ? wrong(r, field, "is missing") : SAI_OK;
        switch (field->kind) {
        case SAI_K_MODEL:
                return read_nested(r, field, json, object);
        case SAI_K_LIST:
        case SAI_K_ARRAY:
                if (!json_is_array(json))
                        return wrong(r, field, "is not an array");
                return field->kind == SAI_K_LIST ? read_list(r, field, json, sai_field_at(field, object))
                                                 : read_array(r, field, json, sai_field_at(field, object));
        default:
                return read_plain(r, field, json, object);
        }
}

static sai_status read_object(struct reader *r, const struct sai_model *model, const json_t *json, void *object)
{
        memset(object, 0, model->size);
        if (!json_is_object(json))
                return sai_fail(r->err, SAI_UPSTREAM, "%s: not an object", model->name);
        for (size_t i = 0; i < model->field_count; i++) {
                const struct sai_field *field = &model->fields[i];
                sai_status status = read_member(r, field, json_object_get(json, field->name), object);
                if (status != SAI_OK)
                        return status;
        }
        return SAI_OK;
}

sai_status lenient_read(const struct sai_model *model, struct sai_text text, struct sai_arena *arena, void *object,
                        size_t *refused_parts, struct sai_err *err)
{
        struct reader r = { .arena = arena, .err = err };
        json_error_t at;
        if (sai_json_scan(text.data, text.len, SAI_MAX_JSON_DEPTH, NULL) != SAI_OK)
                return sai_fail(err, SAI_UPSTREAM, "%s: not JSON", model->name);
        json_t *json = json_loadb(text.data, text.len, 0, &at);
        if (!json)
                return sai_fail(err, json_error_code(&at) == json_error_out_of_memory ? SAI_NO_MEMORY : SAI_UPSTREAM,
                                "%s: %s at byte %d", model->name,
                                json_error_code(&at) == json_error_out_of_memory ? "no memory" : "not JSON", at.position);
        sai_status status = read_object(&r, model, json, object);
        json_decref(json);
        if (refused_parts)
                *refused_parts += r.refused_parts;
        return status;
}
