/* schema.c -- the tables as JSON Schema 2020-12, for the OpenAPI 3.1 document.
 *
 * The text depends on the tables alone, member by member in their order, so that a generated document can be compared byte by byte. */
#include <math.h>

#include "base/number.h"
#include "json/json_internal.h"

/* Models nest three deep; one that refers to itself ends here. */
enum { EXAMPLE_DEPTH = 8 };

static bool is_shown(const struct sai_field *field, bool input)
{
        if ((field->flags & SAI_F_INTERNAL) || field->kind == SAI_K_SECRET)
                return false;
        return !input || (!(field->flags & (SAI_F_READONLY | SAI_F_DERIVED | SAI_F_PATH)) && field->kind != SAI_K_JSON);
}

static bool is_nullable(const struct sai_field *field, bool input)
{
        bool nullable = field->optional || (field->flags & SAI_F_NULLABLE) || field->kind == SAI_K_JSON;
        return nullable && !(input && (field->flags & SAI_F_NO_CLEAR));
}

static void put_string(struct sai_buf *buf, const char *text) { sai_json_string(buf, text, strlen(text)); }

static void put_key(struct sai_buf *buf, const char *key)
{
        if (buf->len > 0 && buf->data[buf->len - 1] != '{')
                sai_buf_char(buf, ',');
        put_string(buf, key);
        sai_buf_char(buf, ':');
}

static void put_member(struct sai_buf *buf, const char *key, const char *text)
{
        put_key(buf, key);
        put_string(buf, text);
}

static void put_type(struct sai_buf *buf, const char *type, bool nullable)
{
        put_key(buf, "type");
        if (nullable)
                sai_buf_text(buf, "[");
        put_string(buf, type);
        if (nullable)
                sai_buf_text(buf, ",\"null\"]");
}

static void put_bounds(struct sai_buf *buf, const struct sai_field *field)
{
        if (json_has_min(field)) {
                put_key(buf, "minimum");
                sai_buf_f64(buf, field->min);
        }
        if (json_has_max(field)) {
                put_key(buf, "maximum");
                sai_buf_f64(buf, field->max);
        }
}

static void put_lengths(struct sai_buf *buf, const struct sai_field *field, bool input)
{
        if (field->min > 0) {
                put_key(buf, "minLength");
                sai_buf_f64(buf, field->min);
        }
        if (input || json_has_max(field)) {
                put_key(buf, "maxLength");
                sai_buf_i64(buf, (int64_t)json_max_length(field));
        }
}

static void put_enum_values(struct sai_buf *buf, const struct sai_enumeration *enumeration, bool nullable)
{
        put_key(buf, "enum");
        sai_buf_char(buf, '[');
        for (size_t i = 0; enumeration->values[i]; i++) {
                if (i > 0)
                        sai_buf_char(buf, ',');
                put_string(buf, enumeration->values[i]);
        }
        sai_buf_text(buf, nullable ? ",null]" : "]");
}

static void put_scalar(struct sai_buf *buf, const struct sai_field *field, enum sai_kind kind, bool nullable, bool input)
{
        static const char *const formats[SAI_KIND_COUNT] = {
                [SAI_K_I64] = "int64", [SAI_K_F64] = "double", [SAI_K_INSTANT] = "date-time", [SAI_K_DAY] = "date"
        };
        static const char *const patterns[SAI_KIND_COUNT] = {
                [SAI_K_ID] = "^[0-9a-f]{24}$",
                [SAI_K_LOCAL] = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?$",
        };
        const char *type = kind == SAI_K_BOOL  ? "boolean"
                           : kind == SAI_K_I64 ? "integer"
                           : kind == SAI_K_F64 ? "number"
                                               : "string";
        put_type(buf, type, nullable);
        if (formats[kind])
                put_member(buf, "format", formats[kind]);
        if (patterns[kind])
                put_member(buf, "pattern", patterns[kind]);
        if (kind == SAI_K_I64 || kind == SAI_K_F64)
                put_bounds(buf, field);
        if (kind == SAI_K_STR)
                put_lengths(buf, field, input);
        if (kind == SAI_K_BYTES)
                put_member(buf, "contentEncoding", "base64");
        if (kind == SAI_K_ENUM)
                put_enum_values(buf, field->enumeration, nullable);
}

/* What lies within a body has a schema of its own, `NameInput`: it takes fewer members than an answer has, and requires others. */
static void put_reference(struct sai_buf *buf, const struct sai_model *model, bool input)
{
        put_key(buf, "$ref");
        sai_buf_text(buf, "\"#/components/schemas/");
        sai_buf_text(buf, model->name);
        sai_buf_text(buf, input ? "Input\"" : "\"");
}

static void put_nested(struct sai_buf *buf, const struct sai_field *field, bool nullable, bool input)
{
        if (!nullable) {
                put_reference(buf, field->model, input);
                return;
        }
        put_key(buf, "anyOf");
        sai_buf_text(buf, "[{");
        put_reference(buf, field->model, input);
        sai_buf_text(buf, "},{\"type\":\"null\"}]");
}

static void put_array(struct sai_buf *buf, const struct sai_field *field, bool nullable, bool input)
{
        put_type(buf, "array", nullable);
        if (input || field->max_items) {
                put_key(buf, "maxItems");
                sai_buf_i64(buf, (int64_t)json_max_items(field));
        }
        put_key(buf, "items");
        sai_buf_char(buf, '{');
        if (field->kind == SAI_K_LIST)
                put_reference(buf, field->model, input);
        else
                put_scalar(buf, field, field->item, false, input);
        sai_buf_char(buf, '}');
}

/* Whether the text of a default is a value of the kind; else it is told in words ("today"). */
static bool default_is_value(const struct sai_field *field)
{
        const char *text = field->default_text;
        int64_t integer;
        double real;
        struct sai_day day;
        switch ((enum sai_kind)field->kind) {
        case SAI_K_BOOL:
                return strcmp(text, "true") == 0 || strcmp(text, "false") == 0;
        case SAI_K_I64:
                return sai_parse_i64(text, strlen(text), &integer);
        case SAI_K_F64:
                return sai_parse_f64(text, strlen(text), &real);
        case SAI_K_STR:
                return true;
        case SAI_K_DAY:
                return sai_day_parse(text, strlen(text), &day);
        case SAI_K_ENUM:
                return sai_enumeration_find(field->enumeration, text, strlen(text)) >= 0;
        default:
                return false;
        }
}

static void put_words(struct sai_buf *buf, const struct sai_field *field)
{
        bool default_in_words = field->default_text && !default_is_value(field);
        if (field->doc || field->unit || default_in_words) {
                char text[1024];
                const char *before_default = field->doc ? "; default: " : "Default: ";
                const char *unit = field->unit && field->unit[0] ? field->unit : NULL;
                snprintf(text, sizeof text, "%s%s%s%s%s%s", field->doc ? field->doc : "", unit ? " (" : "", unit ? unit : "",
                         unit ? ")" : "", default_in_words ? before_default : "", default_in_words ? field->default_text : "");
                put_member(buf, "description", text);
        }
        if (field->default_text && !default_in_words) {
                bool bare = field->kind == SAI_K_BOOL || field->kind == SAI_K_I64 || field->kind == SAI_K_F64;
                put_key(buf, "default");
                if (bare)
                        sai_buf_text(buf, field->default_text);
                else
                        put_string(buf, field->default_text);
        }
        if (field->flags & SAI_F_DEPRECATED) {
                put_key(buf, "deprecated");
                sai_buf_text(buf, "true");
        }
}

static void put_example(struct sai_buf *buf, const struct sai_field *field, bool input, int depth);

void sai_field_schema(struct sai_buf *buf, const struct sai_field *field, bool input)
{
        bool nullable = is_nullable(field, input);
        sai_buf_char(buf, '{');
        if (field->kind == SAI_K_MODEL || (field->kind == SAI_K_JSON && field->model))
                put_nested(buf, field, nullable, input);
        else if (field->kind == SAI_K_ARRAY || field->kind == SAI_K_LIST)
                put_array(buf, field, nullable, input);
        else if (field->kind != SAI_K_JSON)
                put_scalar(buf, field, (enum sai_kind)field->kind, nullable, input);
        put_words(buf, field);
        if (!input && (field->flags & SAI_F_READONLY)) {
                put_key(buf, "readOnly");
                sai_buf_text(buf, "true");
        }
        if (field->kind != SAI_K_MODEL && field->kind != SAI_K_LIST && field->kind != SAI_K_JSON) {
                put_key(buf, "examples");
                sai_buf_char(buf, '[');
                put_example(buf, field, input, 0);
                sai_buf_char(buf, ']');
        }
        sai_buf_char(buf, '}');
}

void sai_model_schema(struct sai_buf *buf, const struct sai_model *model, bool input)
{
        sai_buf_text(buf, "{\"type\":\"object\"");
        if (model->doc)
                put_member(buf, "description", model->doc);
        sai_buf_text(buf, ",\"properties\":{");
        for (size_t i = 0; i < model->field_count; i++) {
                const struct sai_field *field = &model->fields[i];
                if (!is_shown(field, input))
                        continue;
                put_key(buf, field->name);
                sai_field_schema(buf, field, input);
        }
        sai_buf_char(buf, '}');

        bool any = false;
        for (size_t i = 0; i < model->field_count; i++) {
                const struct sai_field *field = &model->fields[i];
                if (!is_shown(field, input) || (input && !(field->flags & SAI_F_REQUIRED)))
                        continue;
                sai_buf_text(buf, any ? "," : ",\"required\":[");
                any = true;
                put_string(buf, field->name);
        }
        if (any)
                sai_buf_char(buf, ']');
        if (input)
                sai_buf_text(buf, ",\"additionalProperties\":false");
        sai_buf_char(buf, '}');
}

/* -- Examples --------------------------------------------------------------------------------------------------------------- */

static void put_number_example(struct sai_buf *buf, const struct sai_field *field, double usual)
{
        if (json_has_min(field) && usual < field->min)
                usual = field->min;
        if (json_has_max(field) && usual > field->max)
                usual = field->max;
        sai_buf_f64(buf, usual == 0 ? 0.0 : usual);
}

static void put_text_example(struct sai_buf *buf, const struct sai_field *field)
{
        static const char words[] = "text and more text, as long as it has to be for this";
        size_t len = 4;
        if (field->min > (double)len)
                len = field->min < (double)sizeof words ? (size_t)field->min : sizeof words - 1;
        if (json_max_length(field) < len)
                len = json_max_length(field);
        sai_json_string(buf, words, len);
}

static void put_scalar_example(struct sai_buf *buf, const struct sai_field *field, enum sai_kind kind)
{
        switch (kind) {
        case SAI_K_BOOL:
                sai_buf_text(buf, "true");
                return;
        case SAI_K_I64:
                put_number_example(buf, field, 1);
                return;
        case SAI_K_F64:
                put_number_example(buf, field, 1.5);
                return;
        case SAI_K_INSTANT:
                sai_buf_text(buf, "\"2026-11-22T08:15:30Z\"");
                return;
        case SAI_K_LOCAL:
                sai_buf_text(buf, "\"2026-11-22T09:15:30\"");
                return;
        case SAI_K_DAY:
                sai_buf_text(buf, "\"2026-11-22\"");
                return;
        case SAI_K_ID:
                sai_buf_text(buf, "\"6921716ae4b0a1b2c3d4e5f6\"");
                return;
        case SAI_K_ENUM:
                put_string(buf, field->enumeration->values[0]);
                return;
        case SAI_K_BYTES:
                sai_buf_text(buf, "\"AAECAw==\"");
                return;
        case SAI_K_STR:
                put_text_example(buf, field);
                return;
        default:
                sai_buf_text(buf, "null");
                return;
        }
}

static void put_model_example(struct sai_buf *buf, const struct sai_model *model, bool input, int depth)
{
        sai_buf_char(buf, '{');
        for (size_t i = 0; i < model->field_count; i++) {
                const struct sai_field *field = &model->fields[i];
                if (!is_shown(field, input))
                        continue;
                put_key(buf, field->name);
                put_example(buf, field, input, depth);
        }
        sai_buf_char(buf, '}');
}

static void put_example(struct sai_buf *buf, const struct sai_field *field, bool input, int depth)
{
        bool is_list = field->kind == SAI_K_LIST, is_array = field->kind == SAI_K_ARRAY || is_list;
        bool nested = is_list || field->kind == SAI_K_MODEL || (field->kind == SAI_K_JSON && field->model);
        if (field->example) {
                sai_buf_text(buf, field->example);
                return;
        }
        if (nested && depth >= EXAMPLE_DEPTH) {
                sai_buf_text(buf, is_list ? "[]" : "null");
                return;
        }
        if (is_array)
                sai_buf_char(buf, '[');
        if (nested)
                put_model_example(buf, field->model, input, depth + 1);
        else
                put_scalar_example(buf, field, field->kind == SAI_K_ARRAY ? field->item : (enum sai_kind)field->kind);
        if (is_array)
                sai_buf_char(buf, ']');
}

void sai_model_example(struct sai_buf *buf, const struct sai_model *model, bool input)
{
        put_model_example(buf, model, input, 0);
}
