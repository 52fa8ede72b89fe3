/* model.c -- look-ups in the tables, and the list of errors. */
#include "json/model.h"

#include <stdio.h>

#include "json/json_internal.h"

#define SAME_PLACE(type, value_type)                                                                                             \
        _Static_assert(offsetof(struct type, value) == 0 && offsetof(struct type, has) == sizeof(value_type), #type)
SAME_PLACE(sai_opt_bool, bool);
SAME_PLACE(sai_opt_i64, int64_t);
SAME_PLACE(sai_opt_f64, double);
SAME_PLACE(sai_opt_str, const char *);
SAME_PLACE(sai_opt_instant, struct sai_instant);
SAME_PLACE(sai_opt_local, struct sai_local);
SAME_PLACE(sai_opt_day, struct sai_day);
SAME_PLACE(sai_opt_id, struct sai_id);
SAME_PLACE(sai_opt_enum, int);

size_t json_kind_size(enum sai_kind kind)
{
        static const uint8_t sizes[SAI_KIND_COUNT] = {
                [SAI_K_BOOL] = sizeof(bool),
                [SAI_K_I64] = sizeof(int64_t),
                [SAI_K_F64] = sizeof(double),
                [SAI_K_STR] = sizeof(const char *),
                [SAI_K_INSTANT] = sizeof(struct sai_instant),
                [SAI_K_LOCAL] = sizeof(struct sai_local),
                [SAI_K_DAY] = sizeof(struct sai_day),
                [SAI_K_ID] = sizeof(struct sai_id),
                [SAI_K_ENUM] = sizeof(int),
                [SAI_K_BYTES] = sizeof(struct sai_bytes),
                [SAI_K_SECRET] = sizeof(struct sai_secret),
                [SAI_K_JSON] = sizeof(struct sai_json),
                [SAI_K_ARRAY] = sizeof(struct sai_list),
                [SAI_K_LIST] = sizeof(struct sai_list),
        };
        return sizes[kind];
}

size_t json_max_length(const struct sai_field *field)
{
        return json_has_max(field) && field->max < SAI_MAX_JSON_BODY ? (size_t)field->max : SAI_MAX_STRING;
}

size_t json_max_items(const struct sai_field *field) { return field->max_items ? field->max_items : SAI_MAX_LIST_ITEMS; }

const struct sai_field *sai_model_field(const struct sai_model *model, const char *name, size_t len)
{
        for (size_t i = 0; i < model->field_count; i++) {
                const struct sai_field *field = &model->fields[i];
                if (field->name_len == len && memcmp(field->name, name, len) == 0)
                        return field;
        }
        return NULL;
}

int sai_enumeration_find(const struct sai_enumeration *enumeration, const char *name, size_t len)
{
        for (int i = 0; enumeration->values[i]; i++)
                if (strlen(enumeration->values[i]) == len && memcmp(enumeration->values[i], name, len) == 0)
                        return i;
        return -1;
}

const char *json_enum_name(const struct sai_enumeration *enumeration, int value)
{
        if (value < 0)
                return NULL;
        /* Step by step: a value from a damaged row must not be read past the end. */
        for (int i = 0; enumeration->values[i]; i++)
                if (i == value)
                        return enumeration->values[i];
        return NULL;
}

bool sai_field_present(const struct sai_field *field, const void *object)
{
        const char *at = sai_field_of(field, object);
        if (field->optional)
                return (uint8_t)at[json_kind_size((enum sai_kind)field->kind)] == SAI_VALUE;
        switch ((enum sai_kind)field->kind) {
        case SAI_K_STR:
                return *(const char *const *)(const void *)at != NULL;
        case SAI_K_BYTES:
                return ((const struct sai_bytes *)(const void *)at)->data != NULL;
        case SAI_K_SECRET:
                return ((const struct sai_secret *)(const void *)at)->data != NULL;
        case SAI_K_JSON:
                return ((const struct sai_json *)(const void *)at)->data != NULL;
        case SAI_K_MODEL:
                return json_nested(field, object) != NULL;
        case SAI_K_ARRAY:
        case SAI_K_LIST:
                return ((const struct sai_list *)(const void *)at)->items != NULL;
        default:
                return true;
        }
}

size_t sai_kind_size(enum sai_kind kind) { return json_kind_size(kind); }

uint8_t *sai_field_has(const struct sai_field *field, void *object) { return json_has(field, object); }

const void *sai_field_nested(const struct sai_field *field, const void *object) { return json_nested(field, object); }

const char *sai_enumeration_name(const struct sai_enumeration *enumeration, int value)
{
        return json_enum_name(enumeration, value);
}

/* -- Errors --------------------------------------------------------------------------------------------------------------- */

_Static_assert(sizeof((struct sai_errors *)0)->items / sizeof(struct sai_field_error) == SAI_MAX_FIELD_ERRORS, "one limit");

void sai_errors_init(struct sai_errors *errors, struct sai_arena *arena)
{
        errors->arena = arena;
        errors->count = 0;
}

static void add(struct sai_errors *errors, const char *pointer, const char *code, const char *format, va_list args)
        __attribute__((format(printf, 4, 0)));
static void add(struct sai_errors *errors, const char *pointer, const char *code, const char *format, va_list args)
{
        if (errors->count >= SAI_MAX_FIELD_ERRORS)
                return;
        char message[256];
        vsnprintf(message, sizeof message, format, args);
        const char *kept_pointer = sai_arena_strdup(errors->arena, pointer);
        const char *kept_message = sai_arena_strdup(errors->arena, message);
        /* Without memory the error is still counted: the request must not pass. */
        errors->items[errors->count++] = (struct sai_field_error) {
                .pointer = kept_pointer ? kept_pointer : "",
                .code = code,
                .message = kept_message ? kept_message : code,
        };
}

void sai_errors_add(struct sai_errors *errors, const char *pointer, const char *code, const char *format, ...)
{
        va_list args;
        va_start(args, format);
        add(errors, pointer, code, format, args);
        va_end(args);
}

/* Appends what fits of a reference token (RFC 6901: ~ and / are escaped); never a part of a character. */
static size_t put_token(char *out, size_t room, const char *name, size_t len, bool query)
{
        size_t at = 0;
        for (size_t i = 0; i < len;) {
                const char *text = name + i;
                size_t size = 1, step = 1;
                unsigned char c = (unsigned char)name[i];
                if (!query && (c == '~' || c == '/')) {
                        text = c == '~' ? "~0" : "~1";
                        size = 2;
                } else if (c < 0x20 || c == 0x7f) {
                        text = "?";
                } else if (c >= 0x80) {
                        size = step = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
                        if (step > len - i || !sai_utf8_valid(text, step)) {
                                text = "\xef\xbf\xbd";
                                size = 3;
                                step = 1;
                        }
                }
                if (size > room - at)
                        break;
                memcpy(out + at, text, size);
                at += size;
                i += step;
        }
        return at;
}

/* The text of a path, cut at the end of the buffer. */
static size_t put_path(char *out, size_t room, const struct json_path *path)
{
        if (!path)
                return 0;
        size_t at = put_path(out, room, path->up);
        if (room - at < 24)
                return at;
        if (path->query && !path->name)
                return at;
        out[at++] = path->query ? '?' : '/';
        if (!path->name)
                return at + (size_t)snprintf(out + at, room - at, "%zu", path->index);
        return at + put_token(out + at, room - at, path->name, path->name_len, path->query);
}

void json_report(struct sai_errors *errors, const struct json_path *path, const char *code, const char *format, ...)
{
        if (errors->count >= SAI_MAX_FIELD_ERRORS)
                return;
        char pointer[256];
        pointer[put_path(pointer, sizeof pointer - 1, path)] = '\0';
        va_list args;
        va_start(args, format);
        add(errors, pointer, code, format, args);
        va_end(args);
}
