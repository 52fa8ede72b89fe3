/* Text from outside: UTF-8, numbers, base64, hex. */
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/status.h"

static void utf8_is_what_rfc_3629_says(void **state)
{
        (void)state;
        static const char *const good[] = { "",
                                            "plain ascii text longer than eight",
                                            "\xc2\x80",
                                            "\xdf\xbf",
                                            "\xe0\xa0\x80",
                                            "\xed\x9f\xbf",
                                            "\xee\x80\x80",
                                            "\xef\xbf\xbf",
                                            "\xf0\x90\x80\x80",
                                            "\xf4\x8f\xbf\xbf",
                                            "12345678\xc3\xa9xyz" };
        static const char *const bad[] = { "\x80",
                                           "\xbf",
                                           "\xc0\x80",
                                           "\xc1\xbf",
                                           "\xc2",
                                           "\xe0\x9f\xbf",
                                           "\xed\xa0\x80",
                                           "\xed\xbf\xbf",
                                           "\xe2\x82",
                                           "\xf0\x8f\xbf\xbf",
                                           "\xf4\x90\x80\x80",
                                           "\xf5\x80\x80\x80",
                                           "\xff",
                                           "1234567\xc3",
                                           "12345678\xc3(" };
        for (size_t i = 0; i < SAI_COUNT(good); i++)
                assert_true(sai_utf8_valid(good[i], strlen(good[i])));
        for (size_t i = 0; i < SAI_COUNT(bad); i++)
                assert_false(sai_utf8_valid(bad[i], strlen(bad[i])));
        assert_int_equal(sai_utf8_prefix("ab\xff", 3), 2);
        assert_int_equal(sai_utf8_length("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 10), 4);
}

static void case_is_ascii_only(void **state)
{
        (void)state;
        assert_true(sai_text_equal_ignoring_case(SAI_TEXT("Content-Type"), SAI_TEXT("cONTENT-tYPE")));
        assert_false(sai_text_equal_ignoring_case(SAI_TEXT("a["), SAI_TEXT("a{")));
        assert_false(sai_text_equal_ignoring_case(SAI_TEXT("\xc3\x84"), SAI_TEXT("\xc3\xa4")));
        assert_false(sai_text_equal_ignoring_case(SAI_TEXT("a"), SAI_TEXT("ab")));
        assert_true(sai_text_is(SAI_TEXT("abc"), "abc"));
        assert_true(sai_text_equal(sai_text_of(NULL), SAI_TEXT("")));
}

static bool integer(const char *text, int64_t *ret) { return sai_parse_i64(text, strlen(text), ret); }

static void integers_are_the_whole_text(void **state)
{
        (void)state;
        int64_t value = 5;
        assert_true(integer("0", &value) && value == 0);
        assert_true(integer("-17", &value) && value == -17);
        assert_true(integer("9223372036854775807", &value) && value == INT64_MAX);
        assert_true(integer("-9223372036854775808", &value) && value == INT64_MIN);
        value = 5;
        static const char *const bad[] = { "",
                                           "-",
                                           "+1",
                                           " 1",
                                           "1 ",
                                           "1.0",
                                           "1e3",
                                           "0x1",
                                           "--1",
                                           "9223372036854775808",
                                           "-9223372036854775809",
                                           "99999999999999999999" };
        for (size_t i = 0; i < SAI_COUNT(bad); i++)
                assert_false(integer(bad[i], &value));
        assert_false(sai_parse_i64("1\0002", 3, &value));
        assert_int_equal(value, 5);
}

static void reals_are_the_whole_text_and_finite(void **state)
{
        (void)state;
        double value = 5;
        static const char *const bad[] = { "",    "-",   ".",  "1.", ".5",  "+1",    "1e",     "1e+",   "0x1p3",
                                           "inf", "nan", "1 ", " 1", "1,5", "1e999", "-1e999", "1.5.2", "1ee3" };
        for (size_t i = 0; i < SAI_COUNT(bad); i++)
                assert_false(sai_parse_f64(bad[i], strlen(bad[i]), &value));
        assert_true(value == 5);
        static const char *const good[] = { "0",
                                            "-0",
                                            "1.5",
                                            "-273.15",
                                            "1e3",
                                            "1E-3",
                                            "1.25e+2",
                                            "007.50",
                                            "123456789012345678",
                                            "0.1",
                                            "5e-324",
                                            "1.7976931348623157e308",
                                            "9007199254740993",
                                            "0.30000000000000004",
                                            "2.2250738585072014e-308",
                                            "1e-400",
                                            "179769313486231570000000000000000000000.5" };
        for (size_t i = 0; i < SAI_COUNT(good); i++) {
                double expected = strtod(good[i], NULL);
                assert_true(sai_parse_f64(good[i], strlen(good[i]), &value));
                assert_memory_equal(&value, &expected, sizeof value);
        }
}

/* To the last bit: == would take a lost minus of zero for right. */
static uint64_t bits_of(double value)
{
        uint64_t bits;
        memcpy(&bits, &value, sizeof bits);
        return bits;
}

/* strtod is the judge, over every count of digits and place of the point. */
static void reals_are_correctly_rounded(void **state)
{
        (void)state;
        struct sai_seeded seed = { 7 };
        struct sai_random random = sai_random_seeded(&seed);
        for (int i = 0; i < 300000; i++) {
                char text[64], *at = text;
                size_t digits = 1 + sai_random_below(&random, 20), point = sai_random_below(&random, 20);
                if (i & 1)
                        *at++ = '-';
                for (size_t d = 0; d < digits; d++) {
                        if (d == point && d > 0)
                                *at++ = '.';
                        *at++ = (char)('0' + sai_random_below(&random, 10));
                }
                if (i % 3 == 0)
                        at += snprintf(at, 8, "e%d", (int)sai_random_below(&random, 60) - 30);
                *at = '\0';
                double value, expected = strtod(text, NULL);
                assert_true(sai_parse_f64(text, (size_t)(at - text), &value));
                if (bits_of(value) != bits_of(expected))
                        fail_msg("%s: %.17g, expected %.17g", text, value, expected);
        }
        /* Exactly between two doubles: to the even one. */
        static const char *const halves[] = { "4503599627370496.5", "4503599627370497.5", "900719925474099.25",
                                              "9007199254740993.0", "0.500000000000000055511151231257827" };
        for (size_t i = 0; i < SAI_COUNT(halves); i++) {
                double value, expected = strtod(halves[i], NULL);
                assert_true(sai_parse_f64(halves[i], strlen(halves[i]), &value));
                assert_memory_equal(&value, &expected, sizeof value);
        }
}

static void base64_gives_the_vectors_of_rfc_4648(void **state)
{
        (void)state;
        static const struct {
                const char *plain, *standard, *url;
        } cases[] = {
                { "", "", "" },
                { "f", "Zg==", "Zg" },
                { "fo", "Zm8=", "Zm8" },
                { "foo", "Zm9v", "Zm9v" },
                { "foob", "Zm9vYg==", "Zm9vYg" },
                { "fooba", "Zm9vYmE=", "Zm9vYmE" },
                { "foobar", "Zm9vYmFy", "Zm9vYmFy" },
                { "\xfb\xff\xfe", "+//+", "-__-" },
        };
        for (size_t i = 0; i < SAI_COUNT(cases); i++) {
                char text[32];
                uint8_t back[32];
                size_t len, plain = strlen(cases[i].plain);
                assert_int_equal(sai_base64_encode(cases[i].plain, plain, text), strlen(cases[i].standard));
                assert_string_equal(text, cases[i].standard);
                assert_true(sai_base64_decode(text, strlen(text), back, sizeof back, &len));
                assert_int_equal(len, plain);
                assert_memory_equal(back, cases[i].plain, plain);
                sai_base64url_encode(cases[i].plain, plain, text);
                assert_string_equal(text, cases[i].url);
                assert_true(sai_base64url_decode(text, strlen(text), back, sizeof back, &len));
                assert_int_equal(len, plain);
                assert_memory_equal(back, cases[i].plain, plain);
        }
}

static void base64_takes_one_spelling_only(void **state)
{
        (void)state;
        uint8_t out[32];
        size_t len;
        static const char *const bad[] = { "Zg",       "Zg=",      "Z===", "Zh==", "Zm9=", "Zm9v\n", " Zm9v",
                                           "Zm9v====", "Zg==Zg==", "-__-", "====", "Zm=v", "Z",      "\xc3\xa9==" };
        static const char *const bad_url[] = { "Zg==", "Zh", "Zm9", "Z", "+//+", "Zm9v ", "Zm9v=" };
        for (size_t i = 0; i < SAI_COUNT(bad); i++)
                assert_false(sai_base64_decode(bad[i], strlen(bad[i]), out, sizeof out, &len));
        for (size_t i = 0; i < SAI_COUNT(bad_url); i++)
                assert_false(sai_base64url_decode(bad_url[i], strlen(bad_url[i]), out, sizeof out, &len));
        assert_false(sai_base64_decode("Zm9v", 4, out, 2, &len));
        assert_true(sai_base64_decode("Zm9v", 4, out, 3, &len));
}

static void hex_is_lower_case_and_even(void **state)
{
        (void)state;
        uint8_t bytes[4] = { 0 };
        char text[9];
        sai_hex_encode("\x00\xab\xff\x10", 4, text);
        assert_string_equal(text, "00abff10");
        assert_true(sai_hex_decode(text, 8, bytes));
        assert_memory_equal(bytes, "\x00\xab\xff\x10", 4);
        assert_false(sai_hex_decode("AB", 2, bytes));
        assert_false(sai_hex_decode("abc", 3, bytes));
        assert_false(sai_hex_decode("0g", 2, bytes));
}

static void hashes_differ_by_seed_and_content(void **state)
{
        (void)state;
        assert_true(sai_hash("a", 1, 0) == sai_hash("a", 1, 0));
        assert_true(sai_hash("a", 1, 0) != sai_hash("b", 1, 0));
        assert_true(sai_hash("a", 1, 0) != sai_hash("a", 1, 1));
}

static void each_status_has_one_answer(void **state)
{
        (void)state;
        assert_int_equal(sai_status_http(SAI_INVALID), 422);
        assert_string_equal(sai_status_slug(SAI_NOT_FOUND), "not-found");
        assert_string_equal(sai_status_text(SAI_BUSY), "try again later");
        assert_int_equal(sai_status_http((sai_status)9999), 500);
        struct sai_err err;
        assert_int_equal(sai_fail(&err, SAI_CONFLICT, "held by %d", 7), SAI_CONFLICT);
        assert_string_equal(err.detail, "held by 7");
        assert_string_equal(err.field, "");
        assert_int_equal(sai_fail_field(&err, SAI_INVALID, "/a", "%0300d", 1), SAI_INVALID);
        assert_string_equal(err.field, "/a");
        assert_int_equal(strlen(err.detail), sizeof err.detail - 1);
        assert_int_equal(sai_fail(NULL, SAI_BUSY, "x"), SAI_BUSY);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(utf8_is_what_rfc_3629_says),        cmocka_unit_test(case_is_ascii_only),
                cmocka_unit_test(integers_are_the_whole_text),       cmocka_unit_test(reals_are_the_whole_text_and_finite),
                cmocka_unit_test(reals_are_correctly_rounded),       cmocka_unit_test(base64_gives_the_vectors_of_rfc_4648),
                cmocka_unit_test(base64_takes_one_spelling_only),    cmocka_unit_test(hex_is_lower_case_and_even),
                cmocka_unit_test(hashes_differ_by_seed_and_content), cmocka_unit_test(each_status_has_one_answer),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
