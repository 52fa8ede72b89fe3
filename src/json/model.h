/* model.h -- one table per model, and the engines that walk it.
 *
 * A model is a plain struct and beside it one array of fields. That array is the only place that knows the entity: JSON in
 * (types, ranges, required, unknown members refused), JSON out, SQL columns and binding, BSON, OpenAPI and CSV are engines that
 * walk it, so adding a field is one row. The row macro takes the kind from the member's C type with _Generic: change the member
 * and the build stops or follows, it cannot disagree.
 *
 *   struct activity { struct sai_id id; const char *name; struct sai_opt_f64 distance; … };
 *   static const struct sai_field activity_fields[] = {
 *           SAI_FIELD(struct activity, id, .flags = SAI_F_KEY | SAI_F_READONLY, .doc = "Id of the activity here"),
 *           SAI_FIELD(struct activity, name, .flags = SAI_F_REQUIRED, .min = 1, .max = 255, .doc = "Title"),
 *           SAI_FIELD(struct activity, distance, .unit = "m", .min = 0, .max = 1e7, .decimals = 1, .doc = "Distance covered"),
 *           SAI_MODEL(struct activity, map, &activity_map_model, .doc = "…"),          nested struct
 *           SAI_LIST(struct activity, laps, &lap_model, .max_items = 1000, .doc = "…"), array of models
 *           SAI_ARRAY(struct activity, start_latlng, SAI_K_F64, .max_items = 2),        array of scalars
 *   };
 *   const struct sai_model activity_model = SAI_MODEL_OF(struct activity, activity_fields, "Activity");
 *
 * Tables are constant; every function here is safe from several threads. */
#ifndef SAI_JSON_MODEL_H
#define SAI_JSON_MODEL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/calendar.h"
#include "base/id.h"
#include "base/optional.h"
#include "base/text.h"
#include <stddef.h>

struct sai_bytes {
        const uint8_t *data;
        size_t len;
};
struct sai_secret {
        const uint8_t *data;
        size_t len;
}; /* stored, never in JSON, a log or an error */
/* An array member. `items` points at `count` elements: structs of the field's model, or scalars of its item kind
 * (bool, int64_t, double, const char *, struct sai_instant, struct sai_day, struct sai_id, int for enums). */
struct sai_list {
        void *items;
        size_t count;
};
/* JSON that another writer made and that goes out as it is (a finished nested document); NULL data is null. Never read. */
struct sai_json {
        const char *data;
        size_t len;
};

enum sai_kind {
        SAI_K_BOOL,
        SAI_K_I64,
        SAI_K_F64,
        SAI_K_STR,
        SAI_K_INSTANT,
        SAI_K_LOCAL,
        SAI_K_DAY,
        SAI_K_ID,
        SAI_K_ENUM,
        SAI_K_BYTES,
        SAI_K_SECRET,
        SAI_K_JSON,
        SAI_K_MODEL,
        SAI_K_ARRAY,
        SAI_K_LIST,
        SAI_KIND_COUNT
};
/* What _Generic gives for an optional type: its kind plus this bit. */
#define SAI_K_OPTIONAL 0x100

#define SAI_KIND_OF(T, m)                                                                                                        \
        _Generic(((T *)0)->m,                                                         \
        bool: SAI_K_BOOL, int64_t: SAI_K_I64, double: SAI_K_F64, const char *: SAI_K_STR,               \
        struct sai_instant: SAI_K_INSTANT, struct sai_local: SAI_K_LOCAL, struct sai_day: SAI_K_DAY,    \
        struct sai_id: SAI_K_ID, int: SAI_K_ENUM, struct sai_bytes: SAI_K_BYTES,                        \
        struct sai_secret: SAI_K_SECRET, struct sai_json: SAI_K_JSON,                                   \
        struct sai_opt_bool: SAI_K_BOOL | SAI_K_OPTIONAL, struct sai_opt_i64: SAI_K_I64 | SAI_K_OPTIONAL, \
        struct sai_opt_f64: SAI_K_F64 | SAI_K_OPTIONAL, struct sai_opt_str: SAI_K_STR | SAI_K_OPTIONAL, \
        struct sai_opt_instant: SAI_K_INSTANT | SAI_K_OPTIONAL, struct sai_opt_local: SAI_K_LOCAL | SAI_K_OPTIONAL, \
        struct sai_opt_day: SAI_K_DAY | SAI_K_OPTIONAL, struct sai_opt_id: SAI_K_ID | SAI_K_OPTIONAL,   \
        struct sai_opt_enum: SAI_K_ENUM | SAI_K_OPTIONAL)

enum sai_field_flags {
        SAI_F_KEY = 1 << 0, /* the entity's id: primary key in the stores */
        SAI_F_REQUIRED = 1 << 1, /* must be in a request body */
        SAI_F_READONLY = 1 << 2, /* refused in a request body */
        SAI_F_INTERNAL = 1 << 3, /* stored, never in JSON in or out, nor in the OpenAPI document */
        SAI_F_NULLABLE = 1 << 4, /* a pointer kind (string, nested model by pointer) that may be null; optionals always may */
        SAI_F_POINTER = 1 << 5, /* nested model: the member is a pointer to the struct */
        SAI_F_NO_CLEAR = 1 << 6, /* in a PUT or PATCH null is refused: the member cannot be cleared */
        SAI_F_PATH = 1 << 7, /* a request model's member that comes from the path */
        SAI_F_COLUMN = 1 << 8, /* stores: a column of its own (indexed, filtered, sorted); others may share one document */
        SAI_F_REPEATED = 1 << 9, /* query models: the parameter may be given several times, or as a list with commas */
        SAI_F_DEPRECATED = 1 << 10,
        SAI_F_DERIVED = 1 << 12, /* in answers, never stored: computed when the answer is made (`display`) */
        SAI_F_MULTILINE = 1 << 11, /* strings: line breaks and tabs are allowed (other control characters never are) */
};

/* Names of an enum's values, in order from 0; ends with NULL. On the wire an enum is its name. */
struct sai_enumeration {
        const char *name;
        const char *const *values;
};

struct sai_model;

struct sai_field {
        const char *name;
        uint16_t name_len;
        uint16_t kind; /* enum sai_kind, without the optional bit */
        bool optional;
        uint32_t flags;
        size_t offset;
        const struct sai_model *model; /* SAI_K_MODEL, SAI_K_LIST */
        const struct sai_enumeration *enumeration; /* SAI_K_ENUM, or array of enums */
        enum sai_kind item; /* SAI_K_ARRAY */
        double min, max; /* numbers: inclusive bounds, strings: length in code points; both 0: none (strings: SAI_MAX_STRING) */
        uint32_t max_items; /* arrays and lists; 0: SAI_MAX_LIST_ITEMS */
        int8_t decimals; /* numbers out: rounded to so many (half away from zero) when > 0; -1: to whole numbers; 0: as it is */
        const char *unit;
        const char *doc;
        const char *example; /* JSON text for the OpenAPI document; NULL: one is made from kind and bounds */
        const char *default_text; /* query models: what an absent parameter means, as text for the document */
        /* A check of this one value beyond kind and bounds; gives NULL or why it is refused (a static text). */
        const char *(*check)(const struct sai_field *field, const void *value);
};

struct sai_errors;

struct sai_model {
        const char *name; /* schema name in the OpenAPI document, table name in the stores: see `collection` */
        const char *collection; /* name of its table or collection; NULL: not stored by itself */
        const struct sai_field *fields;
        size_t field_count;
        size_t size; /* sizeof the struct */
        const char *doc;
        /* A rule over several fields of a body that was read without error; reports with sai_errors_add. May be NULL. */
        void (*check)(const void *object, struct sai_errors *errors);
};

#define SAI_FIELD(T, m, ...)                                                                                                     \
        {                                                                                                                        \
                .name = #m, .name_len = sizeof(#m) - 1, .kind = SAI_KIND_OF(T, m) & 0xff,                                        \
                .optional = (SAI_KIND_OF(T, m) & SAI_K_OPTIONAL) != 0, .offset = offsetof(T, m), __VA_ARGS__                     \
        }
/* A member whose name on the wire is not a C identifier or differs from the member ("hub.challenge", "default"). */
#define SAI_FIELD_AS(T, m, wire, ...)                                                                                            \
        {                                                                                                                        \
                .name = wire, .name_len = sizeof(wire) - 1, .kind = SAI_KIND_OF(T, m) & 0xff,                                    \
                .optional = (SAI_KIND_OF(T, m) & SAI_K_OPTIONAL) != 0, .offset = offsetof(T, m), __VA_ARGS__                     \
        }
#define SAI_MODEL(T, m, nested, ...)                                                                                             \
        {                                                                                                                        \
                .name = #m, .name_len = sizeof(#m) - 1, .kind = SAI_K_MODEL, .offset = offsetof(T, m),                           \
                .model = (nested)__VA_OPT__(, ) __VA_ARGS__                                                                      \
        }
#define SAI_MODEL_POINTER(T, m, nested, ...)                                                                                     \
        {                                                                                                                        \
                .name = #m, .name_len = sizeof(#m) - 1, .kind = SAI_K_MODEL, .offset = offsetof(T, m), .model = (nested),        \
                .flags = SAI_F_POINTER | SAI_F_NULLABLE __VA_OPT__(, ) __VA_ARGS__                                               \
        }
#define SAI_LIST(T, m, nested, ...)                                                                                              \
        {                                                                                                                        \
                .name = #m, .name_len = sizeof(#m) - 1, .kind = SAI_K_LIST, .offset = offsetof(T, m),                            \
                .model = (nested)__VA_OPT__(, ) __VA_ARGS__                                                                      \
        }
#define SAI_ARRAY(T, m, item_kind, ...)                                                                                          \
        {                                                                                                                        \
                .name = #m, .name_len = sizeof(#m) - 1, .kind = SAI_K_ARRAY, .offset = offsetof(T, m),                           \
                .item = (item_kind)__VA_OPT__(, ) __VA_ARGS__                                                                    \
        }
#define SAI_MODEL_OF(T, table, schema, ...)                                                                                      \
        {                                                                                                                        \
                .name = (schema), .fields = (table), .field_count = sizeof(table) / sizeof((table)[0]),                          \
                .size = sizeof(T) __VA_OPT__(, ) __VA_ARGS__                                                                     \
        }

/* -- Errors of one body, all of them ------------------------------------------------------------------------------ */
struct sai_field_error {
        const char *pointer; /* JSON Pointer (RFC 6901), or `?name` for a query parameter */
        const char *
                code; /* stable: required, unknown_member, unknown_parameter, wrong_type, too_small, too_large, too_short, too_long, too_many,
                                  not_allowed, read_only, not_nullable, bad_format, not_consistent, bad_text */
        const char *message;
};
struct sai_errors {
        struct sai_arena *arena;
        struct sai_field_error items[64];
        size_t count; /* more are dropped */
};
void sai_errors_init(struct sai_errors *errors, struct sai_arena *arena);
void sai_errors_add(struct sai_errors *errors, const char *pointer, const char *code, const char *format, ...)
        __attribute__((format(printf, 4, 5)));

/* -- JSON in ------------------------------------------------------------------------------------------------------ */
/* Reads a body into `object` (of model->size, zeroed here); texts live in the arena.
 * Returns SAI_OK; SAI_MALFORMED_JSON (not UTF-8, BOM, NUL, too deep, duplicate member, number out of range, trailing bytes, no object;
 * err says where); SAI_INVALID with every error in `errors`; SAI_NO_MEMORY. An empty body reads as {}. */
sai_status sai_model_read(const struct sai_model *model, const char *json, size_t len, struct sai_arena *arena, void *object,
                          struct sai_errors *errors, struct sai_err *err) SAI_MUST_USE;

/* The same for the parameters of a query string, already percent-decoded. Pointers in errors are `?name`. */
struct sai_pair {
        struct sai_text name, value;
};
sai_status sai_model_read_query(const struct sai_model *model, const struct sai_pair *pairs, size_t count,
                                struct sai_arena *arena, void *object, struct sai_errors *errors) SAI_MUST_USE;

/* Depth, UTF-8, NUL and byte-order checks before jansson sees a text; linear, no allocation. */
sai_status sai_json_scan(const char *json, size_t len, size_t max_depth, struct sai_err *err) SAI_MUST_USE;

/* -- JSON out ----------------------------------------------------------------------------------------------------- */
/* Appends `object` as a JSON object: every field but internal and secret ones, absent and null as null. */
void sai_model_write(struct sai_buf *buf, const struct sai_model *model, const void *object);
/* One field's value, as in the object. */
void sai_field_write(struct sai_buf *buf, const struct sai_field *field, const void *object);
/* A JSON string with its quotes; invalid UTF-8 becomes U+FFFD. */
void sai_json_string(struct sai_buf *buf, const char *text, size_t len);
/* A number rounded as a field's `decimals` says. */
void sai_json_number(struct sai_buf *buf, double value, int decimals);

/* -- The whole of a model, internal and secret members too: what the stores keep in a document column ------------- */
/* Writes the fields for which (flags & without) == 0 as a JSON object, leaving out what is absent or null; instants as ms, days as
 * numbers, ids as hex, secrets and bytes as base64. sai_model_decode reads exactly that; unknown members (of a newer or older
 * schema) are ignored, wrong types are SAI_INTERNAL with the member named. `without` holds for structs inside the struct too, but
 * SAI_F_COLUMN only there: what is behind a pointer or in a list has no columns. NaN and infinity come back as NaN. Decoding touches
 * only the members that the document has, so start from a zeroed object (or one whose columns were read before). */
void sai_model_encode(struct sai_buf *buf, const struct sai_model *model, const void *object, uint32_t without);
sai_status sai_model_decode(const struct sai_model *model, const char *json, size_t len, struct sai_arena *arena, void *object,
                            struct sai_err *err) SAI_MUST_USE;
/* The same without what the document has from the member `until` (a row of this model) on: for readers of many rows that need no list at
 * their end. What is not read is not checked either. NULL: everything. */
sai_status sai_model_decode_until(const struct sai_model *model, const struct sai_field *until, const char *json, size_t len,
                                  struct sai_arena *arena, void *object, struct sai_err *err) SAI_MUST_USE;

/* -- CSV ---------------------------------------------------------------------------------------------------------- */
void sai_model_csv_header(struct sai_buf *buf, const struct sai_model *model);
void sai_model_csv_row(struct sai_buf *buf, const struct sai_model *model, const void *object);

/* -- Look-ups ----------------------------------------------------------------------------------------------------- */
const struct sai_field *sai_model_field(const struct sai_model *model, const char *name, size_t len);
int sai_enumeration_find(const struct sai_enumeration *enumeration, const char *name, size_t len); /* -1: none */
/* Whether a value is there (not absent, not null). */
bool sai_field_present(const struct sai_field *field, const void *object);
/* For engines outside this folder. The bytes of a scalar's C type; the byte that says whether an optional member is there; the struct of a
 * nested model, NULL when it is a pointer that points nowhere; the name of an enum's value, NULL when it has none. */
size_t sai_kind_size(enum sai_kind kind);
uint8_t *sai_field_has(const struct sai_field *field, void *object);
const void *sai_field_nested(const struct sai_field *field, const void *object);
const char *sai_enumeration_name(const struct sai_enumeration *enumeration, int value);
static inline void *sai_field_at(const struct sai_field *field, void *object) { return (char *)object + field->offset; }
static inline const void *sai_field_of(const struct sai_field *field, const void *object)
{
        return (const char *)object + field->offset;
}
/* For PUT and PATCH: every field of `change` that the body had (value or null) goes into the field of the same name of `target`,
 * whose kind must be the same. Fields that the target lacks are left to the caller. */
void sai_model_apply(const struct sai_model *change_model, const void *change, const struct sai_model *target_model,
                     void *target);

/* -- OpenAPI ------------------------------------------------------------------------------------------------------ */
/* The JSON Schema (2020-12, as OpenAPI 3.1 takes it) of a model. `input` leaves out read-only members and sets `required` from the flags;
 * for output every member is required. References other models as #/components/schemas/<name>. */
void sai_model_schema(struct sai_buf *buf, const struct sai_model *model, bool input);
/* The schema of one member alone, as a query parameter or a path parameter needs it. */
void sai_field_schema(struct sai_buf *buf, const struct sai_field *field, bool input);
/* An example object made from the rows' examples. */
void sai_model_example(struct sai_buf *buf, const struct sai_model *model, bool input);

#endif
