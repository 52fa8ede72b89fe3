/* schema_check.c -- see schema_check.h. */
#include "support/schema_check.h"

#include <regex.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { DEPTH = 32 };

struct check {
        const json_t *document;
        char path[512];
        char *why;
        size_t why_size;
        int depth;
};

static bool check_value(struct check *check, const json_t *schema, const json_t *value);

__attribute__((format(printf, 2, 3))) static bool refuse(struct check *check, const char *format, ...)
{
        int len = snprintf(check->why, check->why_size, "%s: ", check->path[0] ? check->path : "/");
        va_list arguments;
        va_start(arguments, format);
        if (len > 0 && (size_t)len < check->why_size)
                vsnprintf(check->why + len, check->why_size - (size_t)len, format, arguments);
        va_end(arguments);
        return false;
}

static const json_t *resolve(const struct check *check, const char *reference)
{
        const json_t *at = check->document;
        char copy[256], *save = NULL;
        if (strncmp(reference, "#/", 2) != 0)
                return NULL;
        snprintf(copy, sizeof copy, "%s", reference + 2);
        for (char *word = strtok_r(copy, "/", &save); word && at; word = strtok_r(NULL, "/", &save))
                at = json_object_get(at, word);
        return at;
}

static bool type_is(const char *type, const json_t *value)
{
        return (strcmp(type, "object") == 0 && json_is_object(value)) || (strcmp(type, "array") == 0 && json_is_array(value)) ||
               (strcmp(type, "string") == 0 && json_is_string(value)) || (strcmp(type, "number") == 0 && json_is_number(value)) ||
               (strcmp(type, "integer") == 0 && json_is_integer(value)) ||
               (strcmp(type, "boolean") == 0 && json_is_boolean(value)) || (strcmp(type, "null") == 0 && json_is_null(value));
}

static bool check_type(struct check *check, const json_t *type, const json_t *value)
{
        if (json_is_string(type))
                return type_is(json_string_value(type), value) || refuse(check, "is not of type %s", json_string_value(type));
        for (size_t i = 0; i < json_array_size(type); i++)
                if (type_is(json_string_value(json_array_get(type, i)), value))
                        return true;
        return refuse(check, "is of none of the types");
}

static bool check_enum(struct check *check, const json_t *values, const json_t *value)
{
        for (size_t i = 0; i < json_array_size(values); i++)
                if (json_equal(json_array_get(values, i), value))
                        return true;
        return refuse(check, "is not in the enum");
}

static bool matches(const char *pattern, const char *text)
{
        regex_t regex;
        if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
                return false;
        bool good = regexec(&regex, text, 0, NULL, 0) == 0;
        regfree(&regex);
        return good;
}

static size_t code_points(const char *text)
{
        size_t count = 0;
        for (; *text; text++)
                count += ((unsigned char)*text & 0xc0) != 0x80;
        return count;
}

static bool check_format(struct check *check, const char *format, const json_t *value)
{
        const char *text = json_string_value(value);
        if (!text || strcmp(format, "uri-reference") == 0)
                return true;
        if (strcmp(format, "date") == 0)
                return matches("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", text) || refuse(check, "\"%s\" is no day", text);
        if (strcmp(format, "date-time") == 0)
                return matches("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?Z$", text) ||
                       refuse(check, "\"%s\" is no instant in UTC", text);
        return refuse(check, "format %s is not known here", format);
}

static bool check_bound(struct check *check, const char *word, double bound, const json_t *value)
{
        const char *text = json_string_value(value);
        double number = json_number_value(value);
        if (strcmp(word, "minimum") == 0)
                return !json_is_number(value) || number >= bound || refuse(check, "%g is below %g", number, bound);
        if (strcmp(word, "maximum") == 0)
                return !json_is_number(value) || number <= bound || refuse(check, "%g is above %g", number, bound);
        if (strcmp(word, "minLength") == 0)
                return !text || (double)code_points(text) >= bound || refuse(check, "is shorter than %g", bound);
        if (strcmp(word, "maxLength") == 0)
                return !text || (double)code_points(text) <= bound || refuse(check, "is longer than %g", bound);
        return !json_is_array(value) || (double)json_array_size(value) <= bound || refuse(check, "has more than %g items", bound);
}

static bool descend(struct check *check, const char *step, const json_t *schema, const json_t *value)
{
        size_t len = strlen(check->path);
        snprintf(check->path + len, sizeof check->path - len, "/%s", step);
        bool good = check_value(check, schema, value);
        if (good)
                check->path[len] = '\0';
        return good;
}

static bool check_members(struct check *check, const json_t *properties, const json_t *value)
{
        if (!json_is_object(value))
                return true;
        void *iterator = json_object_iter((json_t *)(uintptr_t)value);
        for (; iterator; iterator = json_object_iter_next((json_t *)(uintptr_t)value, iterator)) {
                const char *name = json_object_iter_key(iterator);
                const json_t *schema = json_object_get(properties, name);
                if (!schema)
                        return refuse(check, "has a member `%s` that the schema does not name", name);
                if (!descend(check, name, schema, json_object_iter_value(iterator)))
                        return false;
        }
        return true;
}

static bool check_required(struct check *check, const json_t *names, const json_t *value)
{
        for (size_t i = 0; json_is_object(value) && i < json_array_size(names); i++)
                if (!json_object_get(value, json_string_value(json_array_get(names, i))))
                        return refuse(check, "lacks `%s`", json_string_value(json_array_get(names, i)));
        return true;
}

static bool check_items(struct check *check, const json_t *schema, const json_t *value)
{
        for (size_t i = 0; json_is_array(value) && i < json_array_size(value); i++) {
                char step[24];
                snprintf(step, sizeof step, "%zu", i);
                if (!descend(check, step, schema, json_array_get(value, i)))
                        return false;
        }
        return true;
}

static bool check_any(struct check *check, const json_t *schemas, const json_t *value)
{
        size_t len = strlen(check->path);
        for (size_t i = 0; i < json_array_size(schemas); i++) {
                if (check_value(check, json_array_get(schemas, i), value))
                        return true;
                /* The first of them says most: the others are `null`. */
                if (i == 0 && !json_is_null(value))
                        return false;
                check->path[len] = '\0';
        }
        return refuse(check, "fits none of the alternatives");
}

static bool check_word(struct check *check, const char *word, const json_t *rule, const json_t *value)
{
        static const char *const said[] = { "description", "default",  "examples",        "example",
                                            "deprecated",  "readOnly", "contentEncoding", "additionalProperties",
                                            NULL };
        static const char *const bounds[] = { "minimum", "maximum", "minLength", "maxLength", "maxItems", NULL };
        for (size_t i = 0; said[i]; i++)
                if (strcmp(word, said[i]) == 0)
                        return true;
        for (size_t i = 0; bounds[i]; i++)
                if (strcmp(word, bounds[i]) == 0)
                        return check_bound(check, word, json_number_value(rule), value);
        if (strcmp(word, "type") == 0)
                return check_type(check, rule, value);
        if (strcmp(word, "enum") == 0)
                return check_enum(check, rule, value);
        if (strcmp(word, "properties") == 0)
                return check_members(check, rule, value);
        if (strcmp(word, "required") == 0)
                return check_required(check, rule, value);
        if (strcmp(word, "items") == 0)
                return check_items(check, rule, value);
        if (strcmp(word, "anyOf") == 0)
                return check_any(check, rule, value);
        if (strcmp(word, "format") == 0)
                return json_is_number(value) || check_format(check, json_string_value(rule), value);
        if (strcmp(word, "pattern") == 0)
                return !json_is_string(value) || matches(json_string_value(rule), json_string_value(value)) ||
                       refuse(check, "does not match %s", json_string_value(rule));
        return refuse(check, "the schema word %s is not known here", word);
}

static bool check_value(struct check *check, const json_t *schema, const json_t *value)
{
        if (check->depth >= DEPTH)
                return refuse(check, "is nested too deep");
        const json_t *reference = json_object_get(schema, "$ref");
        bool good = true;
        check->depth++;
        if (reference) {
                const json_t *target = resolve(check, json_string_value(reference));
                good = target ? check_value(check, target, value)
                              : refuse(check, "%s leads nowhere", json_string_value(reference));
        } else if (schema) {
                void *iterator = json_object_iter((json_t *)(uintptr_t)schema);
                for (; good && iterator; iterator = json_object_iter_next((json_t *)(uintptr_t)schema, iterator))
                        good = check_word(check, json_object_iter_key(iterator), json_object_iter_value(iterator), value);
        }
        check->depth--;
        return good;
}

bool schema_check(const json_t *document, const json_t *schema, const json_t *value, char *why, size_t why_size)
{
        struct check check = { .document = document, .why = why, .why_size = why_size };
        return check_value(&check, schema, value);
}
