/* The buffer: limits, sticky failure, and numbers as text. */
#include "base/buf.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"

static void appends_up_to_the_limit_and_no_byte_more(void **state)
{
        (void)state;
        struct sai_buf buf;
        sai_buf_init(&buf, 1000);
        for (int i = 0; i < 1000; i++)
                sai_buf_char(&buf, 'x');
        assert_int_equal(sai_buf_status(&buf, NULL), SAI_OK);
        assert_int_equal(buf.len, 1000);
        assert_int_equal(buf.data[1000], '\0');
        sai_buf_char(&buf, 'y');
        struct sai_err err;
        assert_int_equal(sai_buf_status(&buf, &err), SAI_TOO_LARGE);
        assert_int_equal(err.code, SAI_TOO_LARGE);
        assert_int_equal(buf.len, 1000);
        sai_buf_done(&buf);
}

static void failure_is_sticky_until_cleared(void **state)
{
        (void)state;
        struct sai_buf buf;
        size_t len = 9;
        sai_buf_init(&buf, 10);
        sai_buf_text(&buf, "12345");
        sai_buf_text(&buf, "1234567");
        assert_true(buf.failed);
        sai_buf_text(&buf, "1");
        sai_buf_printf(&buf, "%d", 1);
        assert_false(sai_buf_reserve(&buf, 0));
        assert_int_equal(buf.len, 5);
        assert_null(sai_buf_take(&buf, &len));
        assert_int_equal(len, 0);
        sai_buf_text(&buf, "1234567890");
        assert_int_equal(sai_buf_status(&buf, NULL), SAI_OK);
        sai_buf_text(&buf, "1");
        sai_buf_clear(&buf);
        sai_buf_text(&buf, "ok");
        assert_int_equal(sai_buf_status(&buf, NULL), SAI_OK);
        assert_string_equal(buf.data, "ok");
        sai_buf_done(&buf);
}

static void nothing_can_be_appended_from_nowhere(void **state)
{
        (void)state;
        struct sai_buf buf;
        sai_buf_init(&buf, 10);
        sai_buf_append(&buf, NULL, 0);
        assert_int_equal(buf.len, 0);
        assert_null(sai_buf_take(&buf, NULL));
        sai_buf_done(&buf);
}

static void reserve_makes_room_to_write_into(void **state)
{
        (void)state;
        struct sai_buf buf;
        sai_buf_init(&buf, 100000);
        for (size_t n = 1; n < 3000; n += 71) {
                assert_true(sai_buf_reserve(&buf, n));
                memset(buf.data + buf.len, 'a', n);
                buf.len += n;
        }
        assert_true(buf.len > 60000);
        assert_false(sai_buf_reserve(&buf, 100000));
        sai_buf_done(&buf);
}

static void formats_of_any_length(void **state)
{
        (void)state;
        struct sai_buf buf;
        sai_buf_init(&buf, 100000);
        sai_buf_printf(&buf, "%s|%05000d|%s", "a", 42, "b");
        assert_int_equal(buf.len, 5004);
        assert_memory_equal(buf.data + 4998, "0042|b", 7);
        size_t len;
        char *taken = sai_buf_take(&buf, &len);
        assert_int_equal(len, 5004);
        assert_null(buf.data);
        free(taken);
        sai_buf_done(&buf);
}

static const char *real(double value)
{
        static struct sai_buf buf;
        if (buf.max == 0)
                sai_buf_init(&buf, 1000);
        sai_buf_clear(&buf);
        sai_buf_f64(&buf, value);
        return buf.data;
}

static void integers_are_written_to_their_limits(void **state)
{
        (void)state;
        static const struct {
                int64_t value;
                const char *text;
        } cases[] = {
                { 0, "0" },
                { 7, "7" },
                { -7, "-7" },
                { 10, "10" },
                { 99, "99" },
                { 100, "100" },
                { -12345, "-12345" },
                { INT64_MAX, "9223372036854775807" },
                { INT64_MIN, "-9223372036854775808" },
        };
        for (size_t i = 0; i < SAI_COUNT(cases); i++) {
                struct sai_buf buf;
                sai_buf_init(&buf, 100);
                sai_buf_i64(&buf, cases[i].value);
                assert_string_equal(buf.data, cases[i].text);
                sai_buf_done(&buf);
        }
}

static void reals_have_their_shortest_text(void **state)
{
        (void)state;
        assert_string_equal(real(0.0), "0");
        assert_string_equal(real(-0.0), "-0");
        assert_string_equal(real(1), "1");
        assert_string_equal(real(-42), "-42");
        assert_string_equal(real(0.1), "0.1");
        assert_string_equal(real(0.1 + 0.2), "0.30000000000000004");
        assert_string_equal(real(-273.15), "-273.15");
        assert_string_equal(real(8.5417), "8.5417");
        assert_string_equal(real(1e21), "1e+21");
        assert_string_equal(real(5e-324), "4.94065645841247e-324");
        assert_string_equal(real(1.7976931348623157e308), "1.7976931348623157e+308");
        assert_string_equal(real((double)NAN), "null");
        assert_string_equal(real((double)INFINITY), "null");
        assert_string_equal(real(-(double)INFINITY), "null");
}

static void every_real_reads_back_as_itself(void **state)
{
        (void)state;
        struct sai_seeded seed = { 20261122 };
        struct sai_random random = sai_random_seeded(&seed);
        for (int i = 0; i < 200000; i++) {
                uint64_t bits;
                double value;
                sai_random_fill(&random, &bits, sizeof bits);
                if (i % 2)
                        value = (double)(int64_t)(bits % 2000000000) / 1e4 - 1e5; /* what measurements look like */
                else
                        memcpy(&value, &bits, sizeof value);
                if (!isfinite(value))
                        continue;
                double again = strtod(real(value), NULL);
                assert_memory_equal(&again, &value, sizeof value);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(appends_up_to_the_limit_and_no_byte_more),
                cmocka_unit_test(failure_is_sticky_until_cleared),
                cmocka_unit_test(nothing_can_be_appended_from_nowhere),
                cmocka_unit_test(reserve_makes_room_to_write_into),
                cmocka_unit_test(formats_of_any_length),
                cmocka_unit_test(integers_are_written_to_their_limits),
                cmocka_unit_test(reals_have_their_shortest_text),
                cmocka_unit_test(every_real_reads_back_as_itself),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
