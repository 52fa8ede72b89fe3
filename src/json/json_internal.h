/* json_internal.h -- what the engines of this folder share. */
#ifndef SAI_JSON_INTERNAL_H
#define SAI_JSON_INTERNAL_H

#include <jansson.h>

#include "base/limits.h"
#include "json/model.h"

/* Bytes of one value of a kind: of the member itself, of the value in an optional, of an array's element. 0 for nested kinds. */
size_t json_kind_size(enum sai_kind kind);

/* The `has` byte of an optional member; its struct is the value and that byte. */
static inline uint8_t *json_has(const struct sai_field *field, void *object)
{
        return (uint8_t *)object + field->offset + json_kind_size((enum sai_kind)field->kind);
}

/* The struct of a nested model, or NULL when it is a pointer that points nowhere. */
static inline const void *json_nested(const struct sai_field *field, const void *object)
{
        const void *at = sai_field_of(field, object);
        if (field->flags & SAI_F_POINTER) {
                const void *pointed;
                memcpy(&pointed, at, sizeof pointed);
                return pointed;
        }
        return at;
}

/* The name of an enum's value, or NULL when it has none. */
const char *json_enum_name(const struct sai_enumeration *enumeration, int value);

/* Whether numbers have a lower and an upper bound: both 0 is none, and a maximum below the minimum is a minimum alone. */
static inline bool json_has_min(const struct sai_field *field) { return field->min != 0 || field->max != 0; }
static inline bool json_has_max(const struct sai_field *field) { return json_has_min(field) && field->max >= field->min; }
/* The longest text a member takes, in code points. */
size_t json_max_length(const struct sai_field *field);
size_t json_max_items(const struct sai_field *field);

/* -- Strings ---------------------------------------------------------------------------------------------------------------- */

/* What goes into a string as it is: everything but quote, backslash, control characters, and what is not ASCII (that is
 * checked). */
static inline bool json_is_plain(unsigned char c) { return c >= 0x20 && c < 0x80 && c != '"' && c != '\\'; }

/* Eight bytes at once: the classic tests for "has a byte less than n", "has a byte equal to n" and "has a high bit". */
static inline bool json_all_plain(const char *at)
{
        const uint64_t ones = UINT64_C(0x0101010101010101), highs = UINT64_C(0x8080808080808080);
        uint64_t word;
        memcpy(&word, at, sizeof word);
        uint64_t quote = word ^ (ones * '"'), slash = word ^ (ones * '\\');
        uint64_t control = word - ones * 0x20;
        return ((word | control | (quote - ones) | (slash - ones)) & highs) == 0;
}

/* How many bytes from the start are plain. */
static inline size_t json_plain_run(const char *text, size_t len)
{
        size_t i = 0;
        while (len - i >= 8 && json_all_plain(text + i))
                i += 8;
        while (i < len && json_is_plain((unsigned char)text[i]))
                i++;
        return i;
}

/* -- Parsing ---------------------------------------------------------------------------------------------------------------- */

/* Scan and parse, before any model: an object or array as jansson's tree (json_decref). SAI_MALFORMED_JSON or SAI_NO_MEMORY. */
sai_status json_parse(const char *json, size_t len, json_t **ret_root, struct sai_err *err) SAI_MUST_USE;

/* -- Reading values: what bodies and query strings have in common --------------------------------------------------------- */

/* Where a value is; the chain is on the stack and becomes text only when there is something to report. */
struct json_path {
        const struct json_path *up;
        const char *name; /* a member, or NULL: an element */
        size_t name_len;
        size_t index;
        bool query; /* `?name` instead of a pointer */
};

struct json_reader {
        struct sai_arena *arena;
        struct sai_errors *errors;
};

void json_report(struct sai_errors *errors, const struct json_path *path, const char *code, const char *format, ...)
        __attribute__((format(printf, 4, 5)));

/* These check one value against its row and store it at `out`. SAI_OK, SAI_INVALID (reported), SAI_NO_MEMORY. */
sai_status json_take_i64(struct json_reader *reader, const struct json_path *path, const struct sai_field *field, int64_t value,
                         void *out) SAI_MUST_USE;
sai_status json_take_f64(struct json_reader *reader, const struct json_path *path, const struct sai_field *field, double value,
                         void *out) SAI_MUST_USE;
/* For the kinds that are texts on the wire. */
sai_status json_take_text(struct json_reader *reader, const struct json_path *path, const struct sai_field *field,
                          enum sai_kind kind, const char *text, size_t len, void *out) SAI_MUST_USE;
/* The row's own check, if it has one; `value` points at the value (not at the optional around it: they begin alike). */
sai_status json_run_check(struct json_reader *reader, const struct json_path *path, const struct sai_field *field,
                          const void *value) SAI_MUST_USE;

#endif
