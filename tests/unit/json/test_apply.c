/* PUT and PATCH onto a row, look-ups, and the schemas that the tables become. */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "every_kind.h"

struct target {
        const char *name;
        double weight;
        struct sai_opt_i64 count;
        struct sai_opt_f64 ratio;
        struct sai_opt_str note;
        struct inner place;
        struct inner *pointed;
        struct sai_list words;
        int64_t kept;
};
static const struct sai_field target_fields[] = {
        SAI_FIELD(struct target, name),
        SAI_FIELD(struct target, weight),
        SAI_FIELD(struct target, count),
        SAI_FIELD(struct target, ratio),
        SAI_FIELD(struct target, note),
        SAI_MODEL(struct target, place, &inner_model),
        SAI_MODEL_POINTER(struct target, pointed, &inner_model),
        SAI_ARRAY(struct target, words, SAI_K_STR),
        SAI_FIELD(struct target, kept),
};
static const struct sai_model target_model = SAI_MODEL_OF(struct target, target_fields, "Target");

struct inner_change {
        struct sai_opt_f64 x;
        struct sai_opt_i64 n;
        struct sai_opt_str label;
};
static const struct sai_field inner_change_fields[] = {
        SAI_FIELD(struct inner_change, x),
        SAI_FIELD(struct inner_change, n),
        SAI_FIELD(struct inner_change, label),
};
static const struct sai_model inner_change_model = SAI_MODEL_OF(struct inner_change, inner_change_fields, "InnerChange");

struct change {
        struct sai_opt_str name;
        struct sai_opt_f64 weight;
        struct sai_opt_i64 count;
        struct sai_opt_f64 ratio;
        struct sai_opt_i64 note; /* of another kind than the target's: the caller's business */
        struct inner_change *place;
        struct inner *pointed;
        struct sai_list words;
        struct sai_opt_i64 elsewhere;
};
static const struct sai_field change_fields[] = {
        SAI_FIELD(struct change, name),
        SAI_FIELD(struct change, weight),
        SAI_FIELD(struct change, count),
        SAI_FIELD(struct change, ratio),
        SAI_FIELD(struct change, note),
        SAI_MODEL_POINTER(struct change, place, &inner_change_model),
        SAI_MODEL_POINTER(struct change, pointed, &inner_model),
        SAI_ARRAY(struct change, words, SAI_K_STR),
        SAI_FIELD(struct change, elsewhere),
};
static const struct sai_model change_model = SAI_MODEL_OF(struct change, change_fields, "Change");

static struct target row(void)
{
        static const char *words[] = { "old" };
        return (struct target) { .name = "old",
                                 .weight = 70,
                                 .count = SAI_SOME(sai_opt_i64, 1),
                                 .ratio = SAI_SOME(sai_opt_f64, 0.5),
                                 .note = SAI_SOME(sai_opt_str, "n"),
                                 .place = { .x = 1, .n = SAI_SOME(sai_opt_i64, 2), .label = "here" },
                                 .words = { words, 1 },
                                 .kept = 7 };
}

static void what_a_body_left_out_stays(void **state)
{
        (void)state;
        struct target target = row();
        struct change nothing = { 0 };
        sai_model_apply(&change_model, &nothing, &target_model, &target);
        struct target before = row();
        assert_string_equal(target.name, before.name);
        assert_true(target.weight == 70 && target.count.value == 1 && SAI_HAS(target.ratio) && target.kept == 7);
        assert_true(target.place.x == 1 && target.words.count == 1 && target.pointed == NULL);
}

static void values_go_in_and_null_clears(void **state)
{
        (void)state;
        struct target target = row();
        struct change change = { .name = SAI_SOME(sai_opt_str, "new"),
                                 .weight = SAI_SOME(sai_opt_f64, 71.5),
                                 .count = SAI_SOME(sai_opt_i64, 9),
                                 .ratio.has = SAI_NULL,
                                 .note = SAI_SOME(sai_opt_i64, 5),
                                 .elsewhere = SAI_SOME(sai_opt_i64, 5) };
        sai_model_apply(&change_model, &change, &target_model, &target);
        assert_string_equal(target.name, "new");
        assert_true(target.weight == 71.5);
        assert_true(SAI_HAS(target.count) && target.count.value == 9);
        assert_int_equal(target.ratio.has, SAI_NULL);
        assert_true(target.ratio.value == 0);
        assert_string_equal(target.note.value, "n");
        change = (struct change) { .name.has = SAI_NULL };
        sai_model_apply(&change_model, &change, &target_model, &target);
        assert_null(target.name);
}

static void nested_bodies_change_members_of_their_own(void **state)
{
        (void)state;
        struct target target = row();
        struct inner_change place = { .x = SAI_SOME(sai_opt_f64, 3), .n.has = SAI_NULL };
        struct inner pointed = { .x = 4 }, other = { .x = 5, .label = "o" };
        struct change change = { .place = &place, .pointed = &pointed };
        sai_model_apply(&change_model, &change, &target_model, &target);
        assert_true(target.place.x == 3);
        assert_int_equal(target.place.n.has, SAI_NULL);
        assert_string_equal(target.place.label, "here");
        assert_ptr_equal(target.pointed, &pointed);
        change.pointed = &other;
        sai_model_apply(&change_model, &change, &target_model, &target);
        assert_ptr_equal(target.pointed, &pointed);
        assert_true(pointed.x == 5);
        assert_string_equal(pointed.label, "o");
}

static void an_empty_list_clears_and_an_absent_one_does_not(void **state)
{
        (void)state;
        static const char *none[1];
        struct target target = row();
        struct change change = { .words = { none, 0 } };
        sai_model_apply(&change_model, &change, &target_model, &target);
        assert_int_equal(target.words.count, 0);
        assert_ptr_equal(target.words.items, none);
}

static void names_are_looked_up_whole(void **state)
{
        (void)state;
        assert_ptr_equal(sai_model_field(&every_model, "count", 5), &every_fields[2]);
        assert_null(sai_model_field(&every_model, "coun", 4));
        assert_null(sai_model_field(&every_model, "counts ", 7));
        assert_int_equal(sai_enumeration_find(&colour_names, "green", 5), GREEN);
        assert_int_equal(sai_enumeration_find(&colour_names, "gree", 4), -1);
        assert_int_equal(sai_enumeration_find(&colour_names, "Green", 5), -1);
        assert_int_equal(sai_enumeration_find(&colour_names, "", 0), -1);
}

/* -- Schemas ---------------------------------------------------------------------------------------------------------------- */

static json_t *schema(const struct sai_model *model, bool input)
{
        struct sai_buf buf;
        sai_buf_init(&buf, SAI_MIB(1));
        sai_model_schema(&buf, model, input);
        json_error_t error;
        json_t *json = json_loadb(buf.data, buf.len, JSON_REJECT_DUPLICATES, &error);
        if (!json)
                fail_msg("%s: %s", error.text, buf.data);
        sai_buf_done(&buf);
        return json;
}

static void has(json_t *schema_json, const char *name, const char *expected)
{
        json_t *property = json_object_get(json_object_get(schema_json, "properties"), name);
        char *text = property ? json_dumps(property, JSON_COMPACT) : NULL;
        if (!text || strcmp(text, expected) != 0)
                fail_msg("%s: %s", name, text ? text : "is not there");
        free(text);
}

static void an_answers_schema_has_every_member_required(void **state)
{
        (void)state;
        json_t *json = schema(&every_model, false);
        json_t *properties = json_object_get(json, "properties");
        assert_string_equal(json_string_value(json_object_get(json, "description")), "One of each");
        assert_int_equal(json_object_size(properties), SAI_COUNT(every_fields) - 2);
        assert_int_equal(json_array_size(json_object_get(json, "required")), SAI_COUNT(every_fields) - 2);
        assert_null(json_object_get(properties, "secret"));
        assert_null(json_object_get(properties, "hidden"));
        has(json, "id",
            "{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{24}$\",\"description\":\"Its "
            "id\",\"examples\":[\"6921716ae4b0a1b2c3d4e5f6\"]}");
        has(json, "maybe_count",
            "{\"type\":[\"integer\",\"null\"],\"format\":\"int64\",\"minimum\":-5,\"maximum\":5,\"examples\":[1]}");
        has(json, "at", "{\"type\":\"string\",\"format\":\"date-time\",\"examples\":[\"2026-11-22T08:15:30Z\"]}");
        has(json, "maybe_day", "{\"type\":[\"string\",\"null\"],\"format\":\"date\",\"examples\":[\"2026-11-22\"]}");
        has(json, "colour", "{\"type\":\"string\",\"enum\":[\"red\",\"green\",\"dark_blue\"],\"examples\":[\"red\"]}");
        has(json, "maybe_colour",
            "{\"type\":[\"string\",\"null\"],\"enum\":[\"red\",\"green\",\"dark_blue\",null],\"examples\":[\"red\"]}");
        has(json, "nested", "{\"$ref\":\"#/components/schemas/Inner\"}");
        has(json, "pointed", "{\"anyOf\":[{\"$ref\":\"#/components/schemas/Inner\"},{\"type\":\"null\"}]}");
        has(json, "items", "{\"type\":\"array\",\"maxItems\":3,\"items\":{\"$ref\":\"#/components/schemas/Inner\"}}");
        has(json, "words", "{\"type\":[\"array\",\"null\"],\"items\":{\"type\":\"string\"},\"examples\":[[\"text\"]]}");
        has(json, "maybe_name", "{\"type\":[\"string\",\"null\"],\"minLength\":1,\"maxLength\":5,\"examples\":[\"text\"]}");
        json_decref(json);
        json = schema(&inner_model, false);
        has(json, "x",
            "{\"type\":\"number\",\"format\":\"double\",\"minimum\":-10,\"maximum\":10,\"description\":\"A place "
            "(m)\",\"examples\":[1.5]}");
        json_decref(json);
}

static void a_bodys_schema_refuses_what_the_reader_refuses(void **state)
{
        (void)state;
        json_t *json = schema(&every_model, true);
        json_t *properties = json_object_get(json, "properties");
        assert_true(json_is_false(json_object_get(json, "additionalProperties")));
        assert_null(json_object_get(json, "required"));
        assert_null(json_object_get(properties, "raw"));
        assert_null(json_object_get(properties, "secret"));
        has(json, "maybe_day", "{\"type\":\"string\",\"format\":\"date\",\"examples\":[\"2026-11-22\"]}"); /* cannot be cleared */
        has(json, "name", "{\"type\":[\"string\",\"null\"],\"maxLength\":70000,\"examples\":[\"text\"]}");
        has(json, "flags", "{\"type\":\"array\",\"maxItems\":1000,\"items\":{\"type\":\"boolean\"},\"examples\":[[true]]}");
        json_decref(json);
        json = schema(&inner_model, true);
        json_t *required = json_object_get(json, "required");
        assert_int_equal(json_array_size(required), 1);
        assert_string_equal(json_string_value(json_array_get(required, 0)), "x");
        json_decref(json);
}

/* A parameter is there or not, never null: whoever documents one takes the optional off the row. */
static void parameter(const char *name, const char *expected)
{
        struct sai_field plain = *sai_model_field(&every_query_model, name, strlen(name));
        plain.optional = false;
        struct sai_buf buf;
        sai_buf_init(&buf, SAI_MIB(1));
        sai_field_schema(&buf, &plain, true);
        assert_string_equal(buf.data, expected);
        sai_buf_done(&buf);
}

static void a_parameter_has_its_default_and_bounds(void **state)
{
        (void)state;
        parameter("limit",
                  "{\"type\":\"integer\",\"format\":\"int64\",\"minimum\":1,\"maximum\":200,\"default\":30,\"examples\":[1]}");
        parameter("from",
                  "{\"type\":\"string\",\"format\":\"date\",\"description\":\"Default: today\",\"examples\":[\"2026-11-22\"]}");
        parameter("colours", "{\"type\":\"array\",\"maxItems\":4,\"items\":{\"type\":\"string\",\"enum\":[\"red\",\"green\","
                             "\"dark_blue\"]},\"examples\":[[\"red\"]]}");
}

/* What the document shows as an example must be a body that is taken. */
static void the_example_of_a_body_is_read_without_an_error(void **state)
{
        (void)state;
        struct sai_arena *arena = sai_arena_new(SAI_MIB(1));
        struct sai_errors errors;
        struct sai_err err;
        struct every object;
        struct sai_buf buf;
        sai_buf_init(&buf, SAI_MIB(1));
        sai_model_example(&buf, &every_model, true);
        sai_errors_init(&errors, arena);
        if (sai_model_read(&every_model, buf.data, buf.len, arena, &object, &errors, &err) != SAI_OK)
                fail_msg("%s %s: %s", err.field, err.detail, buf.data);
        assert_int_equal(object.items.count, 1);
        sai_buf_clear(&buf);
        sai_model_example(&buf, &every_model, false);
        json_t *json = json_loadb(buf.data, buf.len, JSON_REJECT_DUPLICATES, NULL);
        assert_int_equal(json_object_size(json), SAI_COUNT(every_fields) - 2);
        json_decref(json);
        sai_buf_done(&buf);
        sai_arena_free(arena);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_a_body_left_out_stays),
                cmocka_unit_test(values_go_in_and_null_clears),
                cmocka_unit_test(nested_bodies_change_members_of_their_own),
                cmocka_unit_test(an_empty_list_clears_and_an_absent_one_does_not),
                cmocka_unit_test(names_are_looked_up_whole),
                cmocka_unit_test(an_answers_schema_has_every_member_required),
                cmocka_unit_test(a_bodys_schema_refuses_what_the_reader_refuses),
                cmocka_unit_test(a_parameter_has_its_default_and_bounds),
                cmocka_unit_test(the_example_of_a_body_is_read_without_an_error),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
