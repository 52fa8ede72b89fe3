/* Query strings by the same tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/limits.h"
#include "every_kind.h"

static struct sai_arena *arena;
static struct sai_errors errors;
static struct every_query query;

static int setup(void **state)
{
        (void)state;
        arena = sai_arena_new(SAI_MIB(1));
        return arena == NULL;
}

static int teardown(void **state)
{
        (void)state;
        sai_arena_free(arena);
        return 0;
}

/* name, value, name, value, …, NULL */
static sai_status read_pairs(const char *const *texts)
{
        struct sai_pair pairs[100];
        size_t count = 0;
        for (; texts[2 * count]; count++)
                pairs[count] = (struct sai_pair) { sai_text_of(texts[2 * count]), sai_text_of(texts[2 * count + 1]) };
        sai_errors_init(&errors, arena);
        return sai_model_read_query(&every_query_model, pairs, count, arena, &query, &errors);
}
#define READ(...) read_pairs((const char *const[]) { __VA_ARGS__ __VA_OPT__(, ) NULL })

static void refuses(const char *const *texts, const char *pointer, const char *code)
{
        if (read_pairs(texts) != SAI_INVALID)
                fail_msg("%s=%s was taken", texts[0], texts[1]);
        if (strcmp(errors.items[0].pointer, pointer) != 0 || strcmp(errors.items[0].code, code) != 0)
                fail_msg("%s=%s: %s %s", texts[0], texts[1], errors.items[0].pointer, errors.items[0].code);
}
#define REFUSES(pointer, code, ...) refuses((const char *const[]) { __VA_ARGS__, NULL }, pointer, code)

static void every_kind_is_read_from_text(void **state)
{
        (void)state;
        assert_int_equal(READ("flag", "false", "limit", "200", "ratio", "0.25", "q", "h\xc3\xbcgel", "since",
                              "1970-01-01T00:00:01Z", "from", "1970-01-02", "gear", "0123456789abcdef01234567", "colour",
                              "green"),
                         SAI_OK);
        assert_true(SAI_HAS(query.flag) && !query.flag.value);
        assert_true(SAI_HAS(query.limit) && query.limit.value == 200);
        assert_true(query.ratio.value == 0.25);
        assert_string_equal(query.q.value, "h\xc3\xbcgel");
        assert_true(query.since.value.ms == 1000);
        assert_int_equal(query.from.value.number, 1);
        assert_int_equal(query.gear.value.bytes[0], 1);
        assert_int_equal(query.colour.value, GREEN);
        assert_int_equal(READ(), SAI_OK);
        assert_int_equal(query.limit.has, SAI_ABSENT);
        assert_int_equal(query.colours.count, 0);
}

static void a_repeatable_parameter_takes_repeats_and_commas(void **state)
{
        (void)state;
        assert_int_equal(READ("colours", "red,green", "words", "a", "colours", "dark_blue", "words", "b,c"), SAI_OK);
        assert_int_equal(query.colours.count, 3);
        assert_int_equal(((int *)query.colours.items)[2], DARK_BLUE);
        assert_int_equal(query.words.count, 3);
        assert_string_equal(((const char **)query.words.items)[2], "c");
        REFUSES("?colours", "too_many", "colours", "red,red,red", "colours", "red,red");
        REFUSES("?colours", "bad_format", "colours", "red,,green");
        REFUSES("?colours", "bad_format", "colours", "");
        REFUSES("?colours", "bad_format", "colours", "red,");
        REFUSES("?colours", "not_allowed", "colours", "red,pink");
}

static void any_other_is_given_once(void **state)
{
        (void)state;
        REFUSES("?limit", "too_many", "limit", "1", "limit", "1");
        assert_int_equal(READ("numbers", "1,2"), SAI_OK);
        REFUSES("?numbers", "too_many", "numbers", "1", "numbers", "2");
}

static void unknown_parameters_are_named(void **state)
{
        (void)state;
        REFUSES("?nope", "unknown_parameter", "nope", "1");
        REFUSES("?", "unknown_parameter", "", "1");
        REFUSES("?Limit", "unknown_parameter", "Limit", "1");
        REFUSES("?a\xef\xbf\xbd?b", "unknown_parameter", "a\xff\nb", "1");
}

static void values_are_checked_as_in_bodies(void **state)
{
        (void)state;
        REFUSES("?flag", "bad_format", "flag", "1");
        REFUSES("?limit", "bad_format", "limit", "ten");
        REFUSES("?limit", "bad_format", "limit", "");
        REFUSES("?limit", "bad_format", "limit", "+5");
        REFUSES("?limit", "bad_format", "limit", "5.0");
        REFUSES("?limit", "too_small", "limit", "0");
        REFUSES("?limit", "too_large", "limit", "201");
        REFUSES("?ratio", "bad_format", "ratio", "nan");
        REFUSES("?ratio", "too_large", "ratio", "1.0001");
        REFUSES("?q", "too_long", "q", "12345678901");
        REFUSES("?q", "bad_text", "q", "a\nb");
        REFUSES("?q", "bad_text", "q", "\xff");
        REFUSES("?since", "bad_format", "since", "yesterday");
        REFUSES("?from", "bad_format", "from", "today");
        REFUSES("?gear", "bad_format", "gear", "b12345");
        struct sai_pair nul = { SAI_TEXT("q"), { "a\0b", 3 } };
        sai_errors_init(&errors, arena);
        assert_int_equal(sai_model_read_query(&every_query_model, &nul, 1, arena, &query, &errors), SAI_INVALID);
        assert_string_equal(errors.items[0].code, "bad_text");
}

static void all_errors_come_at_once(void **state)
{
        (void)state;
        assert_int_equal(READ("limit", "0", "nope", "1", "flag", "x"), SAI_INVALID);
        assert_int_equal(errors.count, 3);
}

static void the_number_of_parameters_is_bounded(void **state)
{
        (void)state;
        struct sai_pair pairs[SAI_MAX_QUERY_PARAMETERS + 1];
        for (size_t i = 0; i < SAI_COUNT(pairs); i++)
                pairs[i] = (struct sai_pair) { SAI_TEXT("words"), SAI_TEXT("a") };
        sai_errors_init(&errors, arena);
        assert_int_equal(sai_model_read_query(&every_query_model, pairs, SAI_COUNT(pairs), arena, &query, &errors), SAI_INVALID);
        assert_int_equal(errors.count, 1);
        assert_string_equal(errors.items[0].code, "too_many");
        sai_errors_init(&errors, arena);
        assert_int_equal(sai_model_read_query(&every_query_model, pairs, SAI_MAX_FILTER_VALUES, arena, &query, &errors), SAI_OK);
        assert_int_equal(sai_model_read_query(&every_query_model, pairs, SAI_MAX_FILTER_VALUES + 1, arena, &query, &errors),
                         SAI_INVALID);
}

struct wanted {
        const char *code;
};
static const struct sai_field wanted_fields[] = { SAI_FIELD(struct wanted, code, .flags = SAI_F_REQUIRED) };
static const struct sai_model wanted_model = SAI_MODEL_OF(struct wanted, wanted_fields, "Wanted");

static void a_required_parameter_must_be_there(void **state)
{
        (void)state;
        struct wanted wanted;
        sai_errors_init(&errors, arena);
        assert_int_equal(sai_model_read_query(&wanted_model, NULL, 0, arena, &wanted, &errors), SAI_INVALID);
        assert_string_equal(errors.items[0].pointer, "?code");
        assert_string_equal(errors.items[0].code, "required");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        const struct CMUnitTest tests[] = {
                TEST(every_kind_is_read_from_text),
                TEST(a_repeatable_parameter_takes_repeats_and_commas),
                TEST(any_other_is_given_once),
                TEST(unknown_parameters_are_named),
                TEST(values_are_checked_as_in_bodies),
                TEST(all_errors_come_at_once),
                TEST(the_number_of_parameters_is_bounded),
                TEST(a_required_parameter_must_be_there),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
