/* number.c -- see number.h. printf costs ten times as much as the division loop, and lists are mostly numbers. */
#include "base/number.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const char digit_pairs[] =
        "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748"
        "49505152535455565758596061626364656667686970717273747576777879808182838485868788899091929394959697"
        "9899";

/* Writes the digits so that they end before `end`; returns where they begin. */
static char *digits_before(char *end, uint64_t value)
{
        while (value >= 100) {
                end -= 2;
                memcpy(end, digit_pairs + value % 100 * 2, 2);
                value /= 100;
        }
        if (value >= 10) {
                end -= 2;
                memcpy(end, digit_pairs + value * 2, 2);
        } else {
                *--end = (char)('0' + value);
        }
        return end;
}

static uint64_t magnitude(int64_t value) { return value < 0 ? ~(uint64_t)value + 1 : (uint64_t)value; }

size_t sai_i64_text(int64_t value, char *out)
{
        char text[SAI_NUMBER_TEXT], *end = text + sizeof text;
        char *begin = digits_before(end, magnitude(value));
        if (value < 0)
                *--begin = '-';
        memcpy(out, begin, (size_t)(end - begin));
        return (size_t)(end - begin);
}

size_t sai_fixed_text(int64_t value, int decimals, char *out)
{
        uint64_t rest = magnitude(value);
        while (decimals > 0 && rest % 10 == 0) {
                rest /= 10;
                decimals--;
        }
        char text[SAI_NUMBER_TEXT], *end = text + sizeof text, *begin = end;
        for (int i = 0; i < decimals; i++) {
                *--begin = (char)('0' + rest % 10);
                rest /= 10;
        }
        if (decimals > 0)
                *--begin = '.';
        begin = digits_before(begin, rest);
        if (value < 0)
                *--begin = '-';
        memcpy(out, begin, (size_t)(end - begin));
        return (size_t)(end - begin);
}

/* Most numbers here have few decimals. value = m / 10^d is then exact in one correctly rounded division, which is what reading
 * the text back does too, so equality proves the round trip; the smallest such d gives the shortest text. */
static size_t few_decimals(double value, char *out)
{
        static const double powers[] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8 };
        const double exact = 2251799813685248.0; /* 2^51: below it the product is within half of the true digit */

        for (size_t d = 0; d < sizeof powers / sizeof powers[0]; d++) {
                double scaled = value * powers[d];
                if (!(fabs(scaled) < exact))
                        return 0;
                int64_t rounded = (int64_t)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
                if ((double)rounded / powers[d] == value)
                        return sai_fixed_text(rounded, (int)d, out);
        }
        return 0;
}

size_t sai_f64_text(double value, char *out)
{
        if (!isfinite(value)) {
                memcpy(out, "null", 4);
                return 4;
        }
        if (value == 0) {
                memcpy(out, "-0", 2);
                if (signbit(value))
                        return 2;
                out[0] = '0';
                return 1;
        }
        size_t len = few_decimals(value, out);
        if (len)
                return len;

        char text[SAI_NUMBER_TEXT];
        for (int precision = 15; precision <= 17; precision++) {
                len = (size_t)snprintf(text, sizeof text, "%.*g", precision, value);
                double back;
                if (precision == 17 || (sai_parse_f64(text, len, &back) && back == value))
                        break;
        }
        memcpy(out, text, len);
        return len;
}
