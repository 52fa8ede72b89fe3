/* test_fit_crc.c -- the CRC of FIT against its definition, bit by bit. */
#include "files/fit_crc.h"
#include "files_testing.h"

static uint16_t bit_by_bit(const uint8_t *data, size_t len)
{
        unsigned crc = 0;
        for (size_t i = 0; i < len; i++) {
                crc ^= data[i];
                for (int bit = 0; bit < 8; bit++)
                        crc = crc & 1 ? crc >> 1 ^ 0xA001 : crc >> 1;
        }
        return (uint16_t)crc;
}

static void eight_bytes_a_step_give_what_one_bit_a_step_gives(void **state)
{
        (void)state;
        uint8_t data[1024];
        uint32_t seed = 12345;
        for (size_t i = 0; i < sizeof data; i++) {
                seed = seed * 1664525 + 1013904223;
                data[i] = (uint8_t)(seed >> 24);
        }
        for (size_t from = 0; from < 16; from++) {
                for (size_t len = 0; from + len <= 300; len++)
                        assert_int_equal(fit_crc(0, data + from, len), bit_by_bit(data + from, len));
        }
        assert_int_equal(fit_crc(0, data, sizeof data), bit_by_bit(data, sizeof data));
}

static void the_known_check_value_and_continuation_hold(void **state)
{
        (void)state;
        /* The check value of CRC-16/ARC. */
        assert_int_equal(fit_crc(0, "123456789", 9), 0xBB3D);
        assert_int_equal(fit_crc(fit_crc(0, "1234", 4), "56789", 5), 0xBB3D);
        assert_int_equal(fit_crc(0, "123456789\x3D\xBB", 11), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(eight_bytes_a_step_give_what_one_bit_a_step_gives),
                cmocka_unit_test(the_known_check_value_and_continuation_hold),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
