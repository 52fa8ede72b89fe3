/* every_kind.h -- a model with a member of every kind, for the tests and the fuzz targets of the engines. */
#ifndef TESTS_UNIT_JSON_EVERY_KIND_H
#define TESTS_UNIT_JSON_EVERY_KIND_H

#include "json/model.h"

enum colour { RED, GREEN, DARK_BLUE };
static const char *const colour_values[] = { "red", "green", "dark_blue", NULL };
static const struct sai_enumeration colour_names = { "Colour", colour_values };

struct inner {
        double x;
        struct sai_opt_i64 n;
        const char *label;
};
static const struct sai_field inner_fields[] = {
        SAI_FIELD(struct inner, x, .flags = SAI_F_REQUIRED, .min = -10, .max = 10, .unit = "m", .decimals = 2, .doc = "A place"),
        SAI_FIELD(struct inner, n, .flags = SAI_F_COLUMN),
        SAI_FIELD(struct inner, label, .flags = SAI_F_NULLABLE, .max = 8),
};
static const struct sai_model inner_model = SAI_MODEL_OF(struct inner, inner_fields, "Inner");

struct every {
        struct sai_id id;
        bool flag;
        int64_t count;
        double ratio;
        const char *name;
        struct sai_instant at;
        struct sai_local local;
        struct sai_day day;
        int colour;
        struct sai_bytes blob;
        struct sai_secret secret;
        struct sai_json raw;
        struct sai_opt_bool maybe_flag;
        struct sai_opt_i64 maybe_count;
        struct sai_opt_f64 maybe_ratio;
        struct sai_opt_str maybe_name;
        struct sai_opt_instant maybe_at;
        struct sai_opt_local maybe_local;
        struct sai_opt_day maybe_day;
        struct sai_opt_id maybe_id;
        struct sai_opt_enum maybe_colour;
        struct inner nested;
        struct inner *pointed;
        struct sai_list numbers;
        struct sai_list words;
        struct sai_list flags;
        struct sai_list counts;
        struct sai_list colours;
        struct sai_list ids;
        struct sai_list days;
        struct sai_list instants;
        struct sai_list items;
        int64_t hidden;
};

#define EVERY(m, ...) SAI_FIELD(struct every, m, __VA_ARGS__)
static const struct sai_field every_fields[] = {
        EVERY(id, .doc = "Its id"),
        EVERY(flag, .flags = 0),
        EVERY(count, .flags = 0),
        EVERY(ratio, .flags = 0),
        EVERY(name, .max = 70000, .flags = SAI_F_NULLABLE | SAI_F_MULTILINE),
        EVERY(at, .flags = 0),
        EVERY(local, .flags = 0),
        EVERY(day, .flags = 0),
        EVERY(colour, .enumeration = &colour_names),
        EVERY(blob, .flags = SAI_F_NULLABLE),
        EVERY(secret, .flags = 0),
        EVERY(raw, .flags = 0),
        EVERY(maybe_flag, .flags = 0),
        EVERY(maybe_count, .min = -5, .max = 5),
        EVERY(maybe_ratio, .decimals = 2),
        EVERY(maybe_name, .min = 1, .max = 5),
        EVERY(maybe_at, .flags = 0),
        EVERY(maybe_local, .flags = 0),
        EVERY(maybe_day, .flags = SAI_F_NO_CLEAR),
        EVERY(maybe_id, .flags = 0),
        EVERY(maybe_colour, .enumeration = &colour_names),
        SAI_MODEL(struct every, nested, &inner_model),
        SAI_MODEL_POINTER(struct every, pointed, &inner_model),
        SAI_ARRAY(struct every, numbers, SAI_K_F64, .max_items = 100),
        SAI_ARRAY(struct every, words, SAI_K_STR, .flags = SAI_F_NULLABLE),
        SAI_ARRAY(struct every, flags, SAI_K_BOOL),
        SAI_ARRAY(struct every, counts, SAI_K_I64),
        SAI_ARRAY(struct every, colours, SAI_K_ENUM, .enumeration = &colour_names),
        SAI_ARRAY(struct every, ids, SAI_K_ID),
        SAI_ARRAY(struct every, days, SAI_K_DAY),
        SAI_ARRAY(struct every, instants, SAI_K_INSTANT),
        SAI_LIST(struct every, items, &inner_model, .max_items = 3),
        EVERY(hidden, .flags = SAI_F_INTERNAL),
};
static const struct sai_model every_model = SAI_MODEL_OF(struct every, every_fields, "Every", .doc = "One of each");

/* Query parameters of every kind that can be one. */
struct every_query {
        struct sai_opt_bool flag;
        struct sai_opt_i64 limit;
        struct sai_opt_f64 ratio;
        struct sai_opt_str q;
        struct sai_opt_instant since;
        struct sai_opt_day from;
        struct sai_opt_id gear;
        struct sai_opt_enum colour;
        struct sai_list colours;
        struct sai_list words;
        struct sai_list numbers;
};
#define PARAMETER(m, ...) SAI_FIELD(struct every_query, m, __VA_ARGS__)
static const struct sai_field every_query_fields[] = {
        PARAMETER(flag, .flags = 0),
        PARAMETER(limit, .min = 1, .max = 200, .default_text = "30"),
        PARAMETER(ratio, .min = 0, .max = 1),
        PARAMETER(q, .max = 10),
        PARAMETER(since, .flags = 0),
        PARAMETER(from, .default_text = "today"),
        PARAMETER(gear, .flags = 0),
        PARAMETER(colour, .enumeration = &colour_names),
        SAI_ARRAY(struct every_query, colours, SAI_K_ENUM, .enumeration = &colour_names, .flags = SAI_F_REPEATED, .max_items = 4),
        SAI_ARRAY(struct every_query, words, SAI_K_STR, .flags = SAI_F_REPEATED),
        SAI_ARRAY(struct every_query, numbers, SAI_K_I64),
};
static const struct sai_model every_query_model = SAI_MODEL_OF(struct every_query, every_query_fields, "EveryQuery");

#endif
