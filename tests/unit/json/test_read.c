/* Bodies: what is taken, what is refused, and with which pointer and code. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/limits.h"
#include "every_kind.h"

static struct sai_arena *arena;
static struct sai_errors errors;
static struct sai_err err;
static struct every object;

static int setup(void **state)
{
        (void)state;
        arena = sai_arena_new(SAI_MIB(64));
        return arena == NULL;
}

static int teardown(void **state)
{
        (void)state;
        sai_arena_free(arena);
        return 0;
}

static sai_status read_as(const struct sai_model *model, const char *json, void *out)
{
        sai_errors_init(&errors, arena);
        memset(&err, 0, sizeof err);
        return sai_model_read(model, json, strlen(json), arena, out, &errors, &err);
}

static sai_status body(const char *json) { return read_as(&every_model, json, &object); }

/* The body has exactly this one error. */
static void refuses(const char *json, const char *pointer, const char *code)
{
        sai_status status = body(json);
        if (status != SAI_INVALID || errors.count != 1)
                fail_msg("%s: status %d, %zu errors (%s)", json, status, errors.count, err.detail);
        if (strcmp(errors.items[0].pointer, pointer) != 0 || strcmp(errors.items[0].code, code) != 0)
                fail_msg("%s: %s %s, expected %s %s", json, errors.items[0].pointer, errors.items[0].code, pointer, code);
        assert_true(errors.items[0].message[0]);
        assert_int_equal(err.code, SAI_INVALID);
        assert_string_equal(err.field, pointer);
}

static void malformed(const char *json, const char *why)
{
        if (body(json) != SAI_MALFORMED_JSON)
                fail_msg("%s was taken", json);
        if (!strstr(err.detail, why))
                fail_msg("%s: \"%s\" does not say \"%s\"", json, err.detail, why);
        assert_int_equal(errors.count, 0);
}

static void every_kind_is_read(void **state)
{
        (void)state;
        assert_int_equal(body("{\"id\":\"0123456789abcdef01234567\",\"flag\":true,\"count\":-9223372036854775808,\"ratio\":2.5,"
                              "\"name\":\"Zo\\u00eb\\ud83d\\ude00\\n\",\"at\":\"2026-11-22T08:15:30Z\",\"local\":\"2026-11-22T09:"
                              "15:30\",\"day\":\"2026-11-22\","
                              "\"colour\":\"dark_blue\",\"blob\":\"AAECAw==\",\"nested\":{\"x\":1},\"pointed\":{\"x\":-2.5,\"n\":"
                              "7,\"label\":\"l\"},"
                              "\"numbers\":[1,2.5],\"words\":[\"a\",\"\"],\"flags\":[true],\"counts\":[1,2,3],\"colours\":["
                              "\"red\",\"green\"],"
                              "\"ids\":[\"0123456789abcdef01234567\"],\"days\":[\"1970-01-02\"],\"instants\":[\"1970-01-01T00:00:"
                              "01Z\"],\"items\":[{\"x\":1},{\"x\":2}]}"),
                         SAI_OK);
        assert_int_equal(object.id.bytes[1], 0x23);
        assert_true(object.flag);
        assert_true(object.count == INT64_MIN);
        assert_true(object.ratio == 2.5);
        assert_string_equal(object.name, "Zo\xc3\xab\xf0\x9f\x98\x80\n");
        assert_true(object.at.ms == 1795335330000);
        assert_true(object.local.ms == 1795338930000);
        assert_int_equal(object.day.number, 20779);
        assert_int_equal(object.colour, DARK_BLUE);
        assert_int_equal(object.blob.len, 4);
        assert_memory_equal(object.blob.data, "\0\1\2\3", 4);
        assert_true(object.nested.x == 1 && object.nested.n.has == SAI_ABSENT);
        assert_true(object.pointed->n.value == 7 && object.pointed->n.has == SAI_VALUE);
        assert_string_equal(object.pointed->label, "l");
        assert_true(((double *)object.numbers.items)[1] == 2.5);
        assert_string_equal(((const char **)object.words.items)[1], "");
        assert_int_equal(object.flags.count, 1);
        assert_true(((int64_t *)object.counts.items)[2] == 3);
        assert_int_equal(((int *)object.colours.items)[1], GREEN);
        assert_int_equal(((struct sai_id *)object.ids.items)[0].bytes[0], 0x01);
        assert_int_equal(((struct sai_day *)object.days.items)[0].number, 1);
        assert_true(((struct sai_instant *)object.instants.items)[0].ms == 1000);
        assert_true(((struct inner *)object.items.items)[1].x == 2);
}

static void absent_null_and_value_are_told_apart(void **state)
{
        (void)state;
        assert_int_equal(body("{\"maybe_count\":null,\"maybe_flag\":false,\"words\":null,\"pointed\":null,\"name\":null}"),
                         SAI_OK);
        assert_int_equal(object.maybe_count.has, SAI_NULL);
        assert_int_equal(object.maybe_flag.has, SAI_VALUE);
        assert_false(object.maybe_flag.value);
        assert_int_equal(object.maybe_ratio.has, SAI_ABSENT);
        assert_null(object.words.items);
        assert_null(object.pointed);
        assert_null(object.name);
        assert_int_equal(body("{\"words\":[]}"), SAI_OK);
        assert_non_null(object.words.items);
        assert_int_equal(object.words.count, 0);
        assert_int_equal(body(""), SAI_OK);
        assert_int_equal(body("{}"), SAI_OK);
}

static void types_are_not_converted(void **state)
{
        (void)state;
        refuses("{\"count\":1.0}", "/count", "wrong_type");
        refuses("{\"count\":1e2}", "/count", "wrong_type");
        refuses("{\"count\":\"1\"}", "/count", "wrong_type");
        refuses("{\"count\":true}", "/count", "wrong_type");
        refuses("{\"flag\":1}", "/flag", "wrong_type");
        refuses("{\"flag\":\"true\"}", "/flag", "wrong_type");
        refuses("{\"ratio\":\"1\"}", "/ratio", "wrong_type");
        refuses("{\"name\":1}", "/name", "wrong_type");
        refuses("{\"name\":{\"$ne\":null}}", "/name", "wrong_type");
        refuses("{\"nested\":[]}", "/nested", "wrong_type");
        refuses("{\"items\":{}}", "/items", "wrong_type");
        refuses("{\"items\":[1]}", "/items/0", "wrong_type");
        refuses("{\"numbers\":[1,\"2\"]}", "/numbers/1", "wrong_type");
        refuses("{\"counts\":[1.5]}", "/counts/0", "wrong_type");
        refuses("{\"at\":1}", "/at", "wrong_type");
        refuses("{\"numbers\":[null]}", "/numbers/0", "wrong_type");
}

static void each_rule_has_its_code(void **state)
{
        (void)state;
        refuses("{\"maybe_count\":-6}", "/maybe_count", "too_small");
        refuses("{\"maybe_count\":6}", "/maybe_count", "too_large");
        assert_int_equal(body("{\"maybe_count\":-5}"), SAI_OK);
        refuses("{\"nested\":{\"x\":10.001}}", "/nested/x", "too_large");
        assert_non_null(strstr(errors.items[0].message, "10 m"));
        refuses("{\"maybe_name\":\"\"}", "/maybe_name", "too_short");
        refuses("{\"maybe_name\":\"abcdef\"}", "/maybe_name", "too_long");
        assert_int_equal(body("{\"maybe_name\":\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"
                              "ab\"}"),
                         SAI_OK); /* five characters, eleven bytes */
        refuses("{\"items\":[{\"x\":1},{\"x\":1},{\"x\":1},{\"x\":1}]}", "/items", "too_many");
        refuses("{\"colour\":\"blue\"}", "/colour", "not_allowed");
        assert_non_null(strstr(errors.items[0].message, "red, green, dark_blue"));
        refuses("{\"id\":\"0123456789ABCDEF01234567\"}", "/id", "bad_format");
        refuses("{\"day\":\"2026-02-30\"}", "/day", "bad_format");
        refuses("{\"at\":\"2026-11-22T08:15:30\"}", "/at", "bad_format");
        refuses("{\"local\":\"2026-11-22T08:15:30Z\"}", "/local", "bad_format");
        refuses("{\"blob\":\"AA\"}", "/blob", "bad_format");
        refuses("{\"maybe_day\":null}", "/maybe_day", "not_nullable");
        refuses("{\"count\":null}", "/count", "not_nullable");
        refuses("{\"nested\":null}", "/nested", "not_nullable");
        refuses("{\"items\":null}", "/items", "not_nullable");
        refuses("{\"items\":[{}]}", "/items/0/x", "required");
        refuses("{\"maybe_name\":\"a\\nb\"}", "/maybe_name", "bad_text");
        refuses("{\"maybe_name\":\"a\\u007fb\"}", "/maybe_name", "bad_text");
        refuses("{\"maybe_name\":\"a\\u0085b\"}", "/maybe_name", "bad_text");
        refuses("{\"name\":\"a\\u0008b\"}", "/name", "bad_text");
        assert_int_equal(body("{\"name\":\"a\\n\\t\\rb\"}"), SAI_OK);
}

static void unknown_and_hidden_members_look_alike(void **state)
{
        (void)state;
        refuses("{\"nope\":1}", "/nope", "unknown_member");
        refuses("{\"hidden\":1}", "/hidden", "unknown_member");
        refuses("{\"secret\":\"AAAA\"}", "/secret", "unknown_member");
        refuses("{\"raw\":{}}", "/raw", "unknown_member");
        refuses("{\"nested\":{\"x\":1,\"y\":2}}", "/nested/y", "unknown_member");
        refuses("{\"a/b~c\":1}", "/a~1b~0c", "unknown_member");
        refuses("{\"\":1}", "/", "unknown_member");
        refuses("{\"a\\u0001b\":1}", "/a?b", "unknown_member");
        refuses("{\"Flag\":true}", "/Flag", "unknown_member");
}

static void all_errors_come_at_once(void **state)
{
        (void)state;
        assert_int_equal(body("{\"count\":\"x\",\"flag\":3,\"nope\":1,\"items\":[{\"x\":99},3],\"maybe_name\":\"\"}"),
                         SAI_INVALID);
        static const char *const pointers[] = { "/flag", "/count", "/maybe_name", "/items/0/x", "/items/1", "/nope" };
        assert_int_equal(errors.count, SAI_COUNT(pointers));
        for (size_t i = 0; i < SAI_COUNT(pointers); i++)
                assert_string_equal(errors.items[i].pointer, pointers[i]);
}

static void errors_are_capped(void **state)
{
        (void)state;
        struct sai_buf json;
        sai_buf_init(&json, SAI_MIB(1));
        for (int i = 0; i < 5000; i++)
                sai_buf_printf(&json, "%c\"unknown%d\":1", i ? ',' : '{', i);
        sai_buf_char(&json, '}');
        assert_int_equal(body(json.data), SAI_INVALID);
        assert_int_equal(errors.count, SAI_MAX_FIELD_ERRORS);
        sai_buf_done(&json);
}

static void broken_json_says_where(void **state)
{
        (void)state;
        malformed("[]", "object");
        malformed("{", "too early");
        malformed("{\"a\":1,\"a\":2}", "twice");
        malformed("{\"nested\":{\"x\":1,\"x\":1}}", "twice");
        malformed("{} {}", "follows the end");
        malformed("{}x", "follows the end");
        malformed("{\"count\":9223372036854775808}", "out of range");
        malformed("{\"ratio\":1e999}", "out of range");
        malformed("{\"name\":\"\\u0000\"}", "NUL");
        malformed("{\"ratio\":NaN}", "line 1");
        malformed("{'a':1}", "line 1");
        malformed("null", "JSON");
        malformed("\"x\"", "JSON");
        malformed("  ", "early");
        malformed("{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}", "deeper");
        sai_errors_init(&errors, arena);
        assert_int_equal(sai_model_read(&every_model, "{}\0", 3, arena, &object, &errors, &err), SAI_MALFORMED_JSON);
        assert_int_equal(sai_model_read(&every_model, "\xef\xbb\xbf{}", 5, arena, &object, &errors, NULL), SAI_MALFORMED_JSON);
}

static void a_long_text_is_taken_to_its_bound(void **state)
{
        (void)state;
        char *json = malloc(80000);
        assert_non_null(json);
        int at = snprintf(json, 80000, "{\"name\":\"");
        memset(json + at, 'x', 70001);
        memcpy(json + at + 70000, "\"}", 3);
        assert_int_equal(body(json), SAI_OK);
        assert_int_equal(strlen(object.name), 70000);
        memcpy(json + at + 70000, "x\"}", 4);
        refuses(json, "/name", "too_long");
        free(json);
}

/* -- Flags and checks on a model of their own ------------------------------------------------------------------------------ */

struct change {
        const char *title;
        struct sai_opt_i64 number;
        int64_t made;
        const char *derived;
        struct sai_id from_path;
        struct sai_opt_i64 low, high;
};

static const char *even_only(const struct sai_field *field, const void *value)
{
        (void)field;
        return *(const int64_t *)value % 2 ? "must be even" : NULL;
}

static void in_order(const void *value, struct sai_errors *into)
{
        const struct change *change = value;
        if (SAI_HAS(change->low) && SAI_HAS(change->high) && change->low.value > change->high.value)
                sai_errors_add(into, "/low", "not_consistent", "must be at most %d", (int)change->high.value);
}

#define CHANGE(m, ...) SAI_FIELD(struct change, m, __VA_ARGS__)
static const struct sai_field change_fields[] = {
        CHANGE(title, .flags = SAI_F_REQUIRED),
        CHANGE(number, .check = even_only),
        CHANGE(made, .flags = SAI_F_READONLY | SAI_F_REQUIRED),
        CHANGE(derived, .flags = SAI_F_DERIVED),
        CHANGE(from_path, .flags = SAI_F_PATH | SAI_F_REQUIRED),
        CHANGE(low, .min = 1),
        CHANGE(high, .flags = 0),
};
static const struct sai_model change_model = SAI_MODEL_OF(struct change, change_fields, "Change", .check = in_order);
struct outer {
        struct change inner;
};
static const struct sai_field outer_fields[] = { SAI_MODEL(struct outer, inner, &change_model) };
static const struct sai_model outer_model = SAI_MODEL_OF(struct outer, outer_fields, "Outer");

static void one_error(const struct sai_model *model, const char *json, const char *pointer, const char *code)
{
        struct outer out;
        assert_int_equal(read_as(model, json, &out), SAI_INVALID);
        if (errors.count < 1 || strcmp(errors.items[0].pointer, pointer) != 0 || strcmp(errors.items[0].code, code) != 0)
                fail_msg("%s: %s %s", json, errors.items[0].pointer, errors.items[0].code);
}

static void flags_say_who_sets_a_member(void **state)
{
        (void)state;
        one_error(&change_model, "{}", "/title", "required");
        one_error(&change_model, "", "/title", "required");
        one_error(&change_model, "{\"title\":\"t\",\"made\":1}", "/made", "read_only");
        one_error(&change_model, "{\"title\":\"t\",\"derived\":\"x\"}", "/derived", "read_only");
        one_error(&change_model, "{\"title\":\"t\",\"from_path\":\"0123456789abcdef01234567\"}", "/from_path", "unknown_member");
        one_error(&change_model, "{\"title\":null}", "/title", "not_nullable");
        one_error(&change_model, "{\"title\":\"t\",\"low\":0}", "/low", "too_small");
        struct change change;
        assert_int_equal(read_as(&change_model, "{\"title\":\"t\",\"low\":900}", &change),
                         SAI_OK); /* a minimum alone is no maximum */
}

static void checks_run_on_values_and_on_whole_bodies(void **state)
{
        (void)state;
        struct change change;
        one_error(&change_model, "{\"title\":\"t\",\"number\":3}", "/number", "not_allowed");
        assert_string_equal(errors.items[0].message, "must be even");
        assert_int_equal(read_as(&change_model, "{\"title\":\"t\",\"number\":4,\"low\":1,\"high\":2}", &change), SAI_OK);
        one_error(&change_model, "{\"title\":\"t\",\"low\":3,\"high\":2}", "/low", "not_consistent");
        assert_string_equal(errors.items[0].message, "must be at most 2");
        one_error(&outer_model, "{\"inner\":{\"title\":\"t\",\"low\":3,\"high\":2}}", "/inner/low", "not_consistent");
        /* Not before each member stands for itself. */
        assert_int_equal(read_as(&change_model, "{\"low\":3,\"high\":2}", &change), SAI_INVALID);
        assert_int_equal(errors.count, 1);
        assert_string_equal(errors.items[0].code, "required");
}

static void every_arena_limit_is_survived(void **state)
{
        (void)state;
        static const char json[] = "{\"name\":\"some "
                                   "text\",\"blob\":\"AAECAw==\",\"pointed\":{\"x\":1},\"numbers\":[1,2,3],\"words\":[\"a\","
                                   "\"b\"],\"items\":[{\"x\":1},{\"x\":2}]}";
        bool enough = false;
        for (size_t limit = 0; limit < 2000 && !enough; limit++) {
                struct sai_arena *small = sai_arena_new(limit);
                sai_errors_init(&errors, small);
                sai_status status = sai_model_read(&every_model, json, sizeof json - 1, small, &object, &errors, &err);
                assert_true(status == SAI_OK || status == SAI_NO_MEMORY);
                enough = status == SAI_OK;
                sai_arena_free(small);
        }
        assert_true(enough);
        struct sai_arena *none = sai_arena_new(0);
        sai_errors_init(&errors, none);
        assert_int_equal(sai_model_read(&every_model, "{\"count\":\"x\"}", 13, none, &object, &errors, &err), SAI_INVALID);
        assert_int_equal(errors.count, 1);
        assert_string_equal(errors.items[0].code, "wrong_type");
        sai_arena_free(none);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        const struct CMUnitTest tests[] = {
                TEST(every_kind_is_read),
                TEST(absent_null_and_value_are_told_apart),
                TEST(types_are_not_converted),
                TEST(each_rule_has_its_code),
                TEST(unknown_and_hidden_members_look_alike),
                TEST(all_errors_come_at_once),
                TEST(errors_are_capped),
                TEST(broken_json_says_where),
                TEST(a_long_text_is_taken_to_its_bound),
                TEST(flags_say_who_sets_a_member),
                TEST(checks_run_on_values_and_on_whole_bodies),
                TEST(every_arena_limit_is_survived),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
