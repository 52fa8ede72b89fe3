/* JSON out, and the stores' documents: what is written, and that it comes back. */
#include <jansson.h>
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
static struct sai_buf buf;

static int setup(void **state)
{
        (void)state;
        arena = sai_arena_new(SAI_MIB(64));
        sai_buf_init(&buf, SAI_MIB(16));
        return arena == NULL;
}

static int teardown(void **state)
{
        (void)state;
        sai_arena_free(arena);
        sai_buf_done(&buf);
        return 0;
}

static const char *number(double value, int decimals)
{
        sai_buf_clear(&buf);
        sai_json_number(&buf, value, decimals);
        return buf.data;
}

static const char *string(const char *text, size_t len)
{
        sai_buf_clear(&buf);
        sai_json_string(&buf, text, len);
        return buf.data;
}

static void numbers_are_rounded_half_away_from_zero(void **state)
{
        (void)state;
        static const struct {
                double value;
                int decimals;
                const char *text;
        } cases[] = {
                { 0.5, -1, "1" },
                { -0.5, -1, "-1" },
                { 0.49999999999999994, -1, "0" },
                { 2.5, -1, "3" },
                { -2.5, -1, "-3" },
                { 1234.5678, 2, "1234.57" },
                { -1234.5678, 2, "-1234.57" },
                { 1.25, 1, "1.3" },
                { 0.004, 2, "0" },
                { -0.004, 2, "0" },
                { 10, 3, "10" },
                { 1.5, 3, "1.5" },
                { 100.10, 2, "100.1" },
                { -0.0, 2, "0" },
                { -0.0, 0, "0" },
                { 8.54171234, 7, "8.5417123" },
                { 0.05, 2, "0.05" },
                { 1e300, 2, "1e+300" },
                { 9007199254740993.0, 2, "9007199254740992" },
                { 0.1 + 0.2, 0, "0.30000000000000004" },
                { (double)NAN, 2, "null" },
                { (double)INFINITY, -1, "null" },
                { -(double)INFINITY, 0, "null" },
                { 123456, -1, "123456" },
        };
        for (size_t i = 0; i < SAI_COUNT(cases); i++)
                if (strcmp(number(cases[i].value, cases[i].decimals), cases[i].text) != 0)
                        fail_msg("%.17g with %d: %s, expected %s", cases[i].value, cases[i].decimals, buf.data, cases[i].text);
}

static void rounded_numbers_are_as_near_as_they_say(void **state)
{
        (void)state;
        struct sai_seeded seed = { 11 };
        struct sai_random random = sai_random_seeded(&seed);
        for (int i = 0; i < 100000; i++) {
                int decimals = 1 + (int)sai_random_below(&random, 7);
                double value = ((double)sai_random_below(&random, 2000000000) - 1e9) / 997.0;
                const char *text = number(value, decimals), *point = strchr(text, '.');
                double back = strtod(text, NULL);
                assert_true(fabs(back - value) <= 0.5 * pow(10, -decimals) + 1e-9);
                if (point) {
                        assert_true(strlen(point + 1) <= (size_t)decimals);
                        assert_true(text[strlen(text) - 1] != '0');
                }
        }
}

static void strings_escape_what_rfc_8259_says_and_no_more(void **state)
{
        (void)state;
        assert_string_equal(string("", 0), "\"\"");
        assert_string_equal(string("a\"b\\c/d", 7), "\"a\\\"b\\\\c/d\"");
        assert_string_equal(string("\b\f\n\r\t\x01\x1f\x7f", 8), "\"\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"");
        assert_string_equal(string("a\0b", 3), "\"a\\u0000b\"");
        assert_string_equal(string("\xe2\x80\xa8\xf0\x9f\x98\x80", 7), "\"\xe2\x80\xa8\xf0\x9f\x98\x80\""); /* U+2028 as it is */
        assert_string_equal(string("a\xff"
                                   "b\xc3",
                                   4),
                            "\"a\xef\xbf\xbd"
                            "b\xef\xbf\xbd\"");
        assert_string_equal(string("\xed\xa0\x80", 3), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
        assert_string_equal(string("1234567\"12345678\\1234567", 24), "\"1234567\\\"12345678\\\\1234567\"");
}

/* jansson reads back every string of every alignment, whatever is in it. */
static void any_string_reads_back(void **state)
{
        (void)state;
        struct sai_seeded seed = { 5 };
        struct sai_random random = sai_random_seeded(&seed);
        static const char *const pieces[] = {
                "a",    "bcdefgh",         "\"", "\\", "\n", "\x01", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", " ", "/",
                "\x7f", "0123456789abcdef"
        };
        for (int i = 0; i < 20000; i++) {
                char text[512];
                size_t len = 0;
                for (size_t n = sai_random_below(&random, 20); n > 0; n--) {
                        const char *piece = pieces[sai_random_below(&random, SAI_COUNT(pieces))];
                        memcpy(text + len, piece, strlen(piece));
                        len += strlen(piece);
                }
                string(text, len);
                json_t *json = json_loadb(buf.data, buf.len, JSON_DECODE_ANY, NULL);
                assert_non_null(json);
                assert_int_equal(json_string_length(json), len);
                assert_memory_equal(json_string_value(json), text, len);
                json_decref(json);
        }
}

/* Every plane of Unicode, first and last character. */
static size_t put_code_point(char *out, uint32_t c)
{
        if (c < 0x80) {
                out[0] = (char)c;
                return 1;
        }
        size_t size = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        for (size_t i = size - 1; i > 0; i--, c >>= 6)
                out[i] = (char)(0x80 | (c & 0x3f));
        out[0] = (char)((0xf00 >> size) | c);
        return size;
}

static char *all_planes(void)
{
        char *text = sai_arena_alloc(arena, 256);
        size_t len = 0;
        assert_non_null(text);
        for (uint32_t plane = 0; plane <= 16; plane++) {
                len += put_code_point(text + len, plane ? plane << 16 : 1);
                len += put_code_point(text + len, (plane << 16) + 0xfffd);
        }
        assert_true(sai_utf8_valid(text, len));
        return text;
}

static struct every *full(void)
{
        struct every *e = SAI_NEW(arena, struct every);
        assert_non_null(e);
        memset(e->id.bytes, 0xab, 12);
        e->flag = true;
        e->count = INT64_MIN;
        e->ratio = 5e-324;
        e->name = all_planes();
        e->at.ms = -1;
        e->local.ms = 1763802930000;
        e->day.number = -25567;
        e->colour = DARK_BLUE;
        e->blob = (struct sai_bytes) { (const uint8_t *)"\0\xff", 2 };
        e->secret = (struct sai_secret) { (const uint8_t *)"hush", 4 };
        e->raw = (struct sai_json) { "{\"a\":[1,\"x\\n\"]}", 15 };
        e->maybe_flag = SAI_SOME(sai_opt_bool, false);
        e->maybe_count = SAI_SOME(sai_opt_i64, INT64_MAX);
        e->maybe_ratio = SAI_SOME(sai_opt_f64, -1.7976931348623157e308);
        e->maybe_name = SAI_SOME(sai_opt_str, "");
        e->maybe_at = (struct sai_opt_instant) { .value.ms = 1, .has = SAI_VALUE };
        e->maybe_local = (struct sai_opt_local) { .value.ms = 2, .has = SAI_VALUE };
        e->maybe_day = (struct sai_opt_day) { .value.number = 3, .has = SAI_VALUE };
        e->maybe_id = (struct sai_opt_id) { .value.bytes = { 9 }, .has = SAI_VALUE };
        e->maybe_colour = SAI_SOME(sai_opt_enum, GREEN);
        e->nested = (struct inner) { .x = -0.125, .n = SAI_SOME(sai_opt_i64, 4), .label = "in" };
        e->pointed = SAI_NEW(arena, struct inner);
        e->pointed->x = 0.1 + 0.2;
        static double numbers[] = { 0.0, -0.0, 2.2250738585072014e-308, 1e21 };
        static const char *words[] = { "", "a\"b" };
        static bool flags[] = { true, false };
        static int64_t counts[] = { INT64_MAX, INT64_MIN };
        static int colours[] = { RED, DARK_BLUE };
        static struct sai_id ids[] = { { { 1 } } };
        static struct sai_day days[] = { { 0 }, { -1 } };
        static struct sai_instant instants[] = { { 0 } };
        static struct inner items[] = { { .x = 1 }, { .x = 2, .label = "two" } };
#define ITEMS(array) ((struct sai_list) { (array), SAI_COUNT(array) })
        e->numbers = ITEMS(numbers);
        e->words = ITEMS(words);
        e->flags = ITEMS(flags);
        e->counts = ITEMS(counts);
        e->colours = ITEMS(colours);
        e->ids = ITEMS(ids);
        e->days = ITEMS(days);
        e->instants = ITEMS(instants);
        e->items = ITEMS(items);
        e->hidden = 77;
        return e;
}

static json_t *written(const struct every *e)
{
        sai_buf_clear(&buf);
        sai_model_write(&buf, &every_model, e);
        json_error_t error;
        json_t *json = json_loadb(buf.data, buf.len, JSON_REJECT_DUPLICATES, &error);
        if (!json)
                fail_msg("%s: %s", error.text, buf.data);
        return json;
}

static void every_member_is_written_but_internal_and_secret_ones(void **state)
{
        (void)state;
        struct every *e = full();
        json_t *json = written(e);
        assert_int_equal(json_object_size(json), SAI_COUNT(every_fields) - 2);
        assert_null(json_object_get(json, "secret"));
        assert_null(json_object_get(json, "hidden"));
        assert_null(strstr(buf.data, "hush"));
        assert_string_equal(json_string_value(json_object_get(json, "id")), "abababababababababababab");
        assert_true(json_integer_value(json_object_get(json, "count")) == INT64_MIN);
        assert_string_equal(json_string_value(json_object_get(json, "name")), e->name);
        assert_string_equal(json_string_value(json_object_get(json, "at")), "1969-12-31T23:59:59.999Z");
        assert_string_equal(json_string_value(json_object_get(json, "local")), "2025-11-22T09:15:30");
        assert_string_equal(json_string_value(json_object_get(json, "day")), "1900-01-01");
        assert_string_equal(json_string_value(json_object_get(json, "colour")), "dark_blue");
        assert_string_equal(json_string_value(json_object_get(json, "blob")), "AP8=");
        assert_int_equal(json_array_size(json_object_get(json_object_get(json, "raw"), "a")), 2);
        assert_true(json_is_false(json_object_get(json, "maybe_flag")));
        assert_non_null(strstr(buf.data, "\"nested\":{\"x\":-0.13,\"n\":4,\"label\":\"in\"}"));
        assert_non_null(strstr(buf.data, "\"pointed\":{\"x\":0.3,\"n\":null,\"label\":null}"));
        assert_non_null(strstr(buf.data, "\"words\":[\"\",\"a\\\"b\"]"));
        assert_non_null(
                strstr(buf.data, "\"items\":[{\"x\":1,\"n\":null,\"label\":null},{\"x\":2,\"n\":null,\"label\":\"two\"}]"));
        json_decref(json);
}

static void unknown_is_null_and_never_left_out(void **state)
{
        (void)state;
        struct every e = { .ratio = (double)NAN, .colour = 99, .maybe_count.has = SAI_NULL };
        json_t *json = written(&e);
        assert_int_equal(json_object_size(json), SAI_COUNT(every_fields) - 2);
        static const char *const nulls[] = { "ratio",      "name",        "colour",       "blob",       "raw",
                                             "maybe_flag", "maybe_count", "maybe_ratio",  "maybe_name", "maybe_at",
                                             "maybe_day",  "maybe_id",    "maybe_colour", "pointed",    "words" };
        for (size_t i = 0; i < SAI_COUNT(nulls); i++)
                if (!json_is_null(json_object_get(json, nulls[i])))
                        fail_msg("%s is not null", nulls[i]);
        assert_int_equal(json_array_size(json_object_get(json, "numbers")), 0);
        assert_true(json_is_array(json_object_get(json, "items")));
        json_decref(json);
        sai_buf_clear(&buf);
        sai_field_write(&buf, sai_model_field(&every_model, "day", 3), &e);
        assert_string_equal(buf.data, "\"1970-01-01\"");
}

static void a_full_buffer_ends_the_writing(void **state)
{
        (void)state;
        struct every *e = full();
        sai_model_write(&buf, &every_model, e);
        size_t whole = buf.len;
        for (size_t max = 0; max < whole; max++) {
                struct sai_buf small;
                sai_buf_init(&small, max);
                sai_model_write(&small, &every_model, e);
                sai_model_encode(&small, &every_model, e, 0);
                sai_model_csv_row(&small, &every_model, e);
                assert_int_equal(sai_buf_status(&small, NULL), SAI_TOO_LARGE);
                assert_true(small.len <= max);
                sai_buf_done(&small);
        }
}

/* -- Documents -------------------------------------------------------------------------------------------------------------- */

static sai_status decode(const char *json, size_t len, struct every *out, struct sai_err *err)
{
        memset(out, 0, sizeof *out);
        return sai_model_decode(&every_model, json, len, arena, out, err);
}

static char *encoded(const struct every *e, uint32_t without, size_t *ret_len)
{
        struct sai_buf document;
        sai_buf_init(&document, SAI_MIB(16));
        sai_model_encode(&document, &every_model, e, without);
        assert_int_equal(sai_buf_status(&document, NULL), SAI_OK);
        *ret_len = document.len;
        char *copy = sai_arena_strndup(arena, document.data, document.len);
        sai_buf_done(&document);
        return copy;
}

static void a_document_comes_back_bit_by_bit(void **state)
{
        (void)state;
        struct every *e = full(), again;
        struct sai_err err;
        size_t len, len_again;
        char *document = encoded(e, 0, &len);
        if (decode(document, len, &again, &err) != SAI_OK)
                fail_msg("%s", err.detail);
        assert_true(again.count == INT64_MIN && again.ratio == 5e-324 && again.hidden == 77);
        assert_true(again.maybe_ratio.value == -1.7976931348623157e308 && again.maybe_ratio.has == SAI_VALUE);
        assert_string_equal(again.name, e->name);
        assert_int_equal(again.secret.len, 4);
        assert_memory_equal(again.secret.data, "hush", 4);
        assert_int_equal(again.raw.len, 15);
        assert_memory_equal(again.raw.data, e->raw.data, 15);
        assert_true(again.maybe_name.has == SAI_VALUE && again.maybe_name.value[0] == '\0');
        assert_true(again.pointed->x == 0.1 + 0.2);
        assert_true(signbit(((double *)again.numbers.items)[1]));
        assert_true(((double *)again.numbers.items)[2] == 2.2250738585072014e-308);
        assert_int_equal(again.items.count, 2);
        assert_string_equal(((struct inner *)again.items.items)[1].label, "two");
        char *second = encoded(&again, 0, &len_again);
        assert_int_equal(len, len_again);
        assert_memory_equal(document, second, len);
}

static void absent_members_are_left_out_and_empty_ones_are_not(void **state)
{
        (void)state;
        const char *none[1] = { NULL };
        struct every e = { .name = "", .maybe_count.has = SAI_NULL, .words = { none, 0 } }, again;
        size_t len;
        struct sai_err err;
        char *document = encoded(&e, 0, &len);
        assert_null(strstr(document, "maybe_count"));
        assert_null(strstr(document, "pointed"));
        assert_null(strstr(document, "blob"));
        assert_non_null(strstr(document, "\"name\":\"\""));
        assert_non_null(strstr(document, "\"words\":[]"));
        assert_int_equal(decode(document, len, &again, &err), SAI_OK);
        assert_int_equal(again.maybe_count.has, SAI_ABSENT);
        assert_non_null(again.words.items);
        assert_null(again.numbers.items);
        assert_string_equal(again.name, "");
}

static void nan_is_never_written_and_comes_back_as_nan(void **state)
{
        (void)state;
        double numbers[] = { 1, (double)NAN, (double)INFINITY };
        struct every e = { .ratio = (double)NAN, .maybe_ratio = SAI_SOME(sai_opt_f64, (double)NAN), .numbers = { numbers, 3 } },
                     again;
        size_t len;
        struct sai_err err;
        char *document = encoded(&e, 0, &len);
        assert_non_null(strstr(document, "\"numbers\":[1,null,null]"));
        assert_null(strstr(document, "nan"));
        assert_int_equal(decode(document, len, &again, &err), SAI_OK);
        assert_true(isnan(again.ratio) && isnan(((double *)again.numbers.items)[1]));
        assert_int_equal(again.maybe_ratio.has, SAI_NULL);
}

static void what_has_a_column_of_its_own_is_left_out(void **state)
{
        (void)state;
        struct every *e = full();
        static struct inner items[] = { { .x = 1, .n = { 7, SAI_VALUE } } };
        e->items = (struct sai_list) { items, 1 };
        e->pointed->n = SAI_SOME(sai_opt_i64, 8);
        size_t len;
        char *document = encoded(e, SAI_F_COLUMN | SAI_F_INTERNAL, &len);
        assert_null(strstr(document, "hidden"));
        assert_non_null(strstr(document, "\"nested\":{\"x\":-0.125,\"label\":\"in\"}")); /* inside the row: a column */
        assert_non_null(strstr(document, "\"items\":[{\"x\":1,\"n\":7}]")); /* in a list there is none */
        assert_non_null(strstr(document, "\"n\":8"));
}

static void a_document_of_64_kib_strings_comes_back(void **state)
{
        (void)state;
        char *text = sai_arena_alloc(arena, SAI_MAX_STRING + 1);
        for (size_t i = 0; i < SAI_MAX_STRING; i++)
                text[i] = "a\\\"\n\x01z"[i % 6];
        struct every e = { .name = text }, again;
        size_t len;
        struct sai_err err;
        char *document = encoded(&e, 0, &len);
        assert_int_equal(decode(document, len, &again, &err), SAI_OK);
        assert_string_equal(again.name, text);
}

static void unknown_members_are_skipped_whatever_they_hold(void **state)
{
        (void)state;
        static const char *const documents[] = {
                "{\"new\":1,\"count\":5}",
                "{\"new\":\"}]\\\"\",\"count\":5}",
                "{\"count\":5,\"new\":{\"a\":[1,2,{\"b\":\"]}\"}]}}",
                "{\"new\":[],\"count\":5,\"other\":null}",
                "{\"n\\u0065w\":true,\"count\":5}",
                "{\"hidden\":1,\"count\":5,\"flag\":true}",
        };
        for (size_t i = 0; i < SAI_COUNT(documents); i++) {
                struct every e;
                struct sai_err err;
                if (decode(documents[i], strlen(documents[i]), &e, &err) != SAI_OK || e.count != 5)
                        fail_msg("%s", documents[i]);
        }
}

static void damage_is_refused_with_the_member(void **state)
{
        (void)state;
        static const struct {
                const char *json, *member;
        } cases[] = {
                { "{\"count\":\"5\"}", "Every.count" },
                { "{\"count\":1.5}", "Every.count" },
                { "{\"count\":9223372036854775808}", "Every.count" },
                { "{\"count\":}", "Every.count" },
                { "{\"flag\":1}", "Every.flag" },
                { "{\"flag\":tru}", "Every.flag" },
                { "{\"id\":\"0\"}", "Every.id" },
                { "{\"ratio\":1e999}", "Every.ratio" },
                { "{\"ratio\":--1}", "Every.ratio" },
                { "{\"name\":\"\xff\"}", "Every.name" },
                { "{\"name\":\"a\nb\"}", "Every.name" },
                { "{\"name\":\"\\u0000\"}", "Every.name" },
                { "{\"name\":\"\\x\"}", "Every.name" },
                { "{\"name\":\"abc", "Every.name" },
                { "{\"name\":\"abc\\", "Every.name" },
                { "{\"name\":\"\\u00", "Every.name" },
                { "{\"day\":2147483648}", "Every.day" },
                { "{\"colour\":\"pink\"}", "Every.colour" },
                { "{\"blob\":\"A\"}", "Every.blob" },
                { "{\"blob\":\"AA==\\n\"}", "Every.blob" },
                { "{\"numbers\":[1,]}", "Every.numbers" },
                { "{\"numbers\":[1", "Every.numbers" },
                { "{\"items\":[{\"x\":true}]}", "Inner.x" },
                { "{\"nested\":[]}", "Every.nested" },
                { "{\"items\":{}}", "Every.items" },
                { "", "Every.its start" },
                { "{", "Every.its start" },
                { "{}x", "Every.its start" },
                { "[]", "Every.its start" },
                { "{\"count\":1,}", "Every.count" },
                { "{\"count\":1", "Every.count" },
                { "{ }", "Every.its start" },
                { "{\"new\":[}", "Every.its start" },
                { "{\"new\":", "Every.its start" },
                { "{\"count\" :1}", "Every.its start" },
        };
        for (size_t i = 0; i < SAI_COUNT(cases); i++) {
                struct every e;
                struct sai_err err = { 0 };
                size_t len = strlen(cases[i].json);
                char *exact = malloc(len + 1); /* no NUL to lean on */
                memcpy(exact, cases[i].json, len);
                if (decode(exact, len, &e, &err) != SAI_INTERNAL || !strstr(err.detail, cases[i].member))
                        fail_msg("%s: %s", cases[i].json, err.detail);
                free(exact);
        }
}

static void every_cut_of_a_document_is_refused(void **state)
{
        (void)state;
        size_t len;
        char *document = encoded(full(), 0, &len);
        for (size_t cut = 0; cut < len; cut++) {
                struct every e;
                char *exact = malloc(cut + 1);
                char *start = exact + 1; /* the end of the document is the end of the allocation */
                memcpy(start, document, cut);
                assert_int_equal(decode(start, cut, &e, NULL), SAI_INTERNAL);
                free(exact);
        }
}

static void every_arena_limit_is_survived(void **state)
{
        (void)state;
        size_t len;
        char *document = encoded(full(), 0, &len);
        sai_status status = SAI_NO_MEMORY;
        for (size_t limit = 0; status == SAI_NO_MEMORY; limit += 3) {
                struct every e = { 0 };
                struct sai_arena *small = sai_arena_new(limit);
                status = sai_model_decode(&every_model, document, len, small, &e, NULL);
                assert_true(status == SAI_OK || status == SAI_NO_MEMORY);
                sai_arena_free(small);
        }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        const struct CMUnitTest tests[] = {
                TEST(numbers_are_rounded_half_away_from_zero),
                TEST(rounded_numbers_are_as_near_as_they_say),
                TEST(strings_escape_what_rfc_8259_says_and_no_more),
                TEST(any_string_reads_back),
                TEST(every_member_is_written_but_internal_and_secret_ones),
                TEST(unknown_is_null_and_never_left_out),
                TEST(a_full_buffer_ends_the_writing),
                TEST(a_document_comes_back_bit_by_bit),
                TEST(absent_members_are_left_out_and_empty_ones_are_not),
                TEST(nan_is_never_written_and_comes_back_as_nan),
                TEST(what_has_a_column_of_its_own_is_left_out),
                TEST(a_document_of_64_kib_strings_comes_back),
                TEST(unknown_members_are_skipped_whatever_they_hold),
                TEST(damage_is_refused_with_the_member),
                TEST(every_cut_of_a_document_is_refused),
                TEST(every_arena_limit_is_survived),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
