/* text.c -- see text.h. Nothing here depends on the locale. */
#include "base/text.h"

#include <math.h>
#include <stdlib.h>

bool sai_text_is(struct sai_text text, const char *word) { return sai_text_equal(text, sai_text_of(word)); }

static unsigned char lower(char c)
{
        unsigned char u = (unsigned char)c;
        return u >= 'A' && u <= 'Z' ? (unsigned char)(u + ('a' - 'A')) : u;
}

bool sai_text_equal_ignoring_case(struct sai_text a, struct sai_text b)
{
        if (a.len != b.len)
                return false;
        for (size_t i = 0; i < a.len; i++)
                if (lower(a.data[i]) != lower(b.data[i]))
                        return false;
        return true;
}

/* Length of the valid sequence at `at`, or 0 (RFC 3629: no overlong forms, no surrogates, nothing past U+10FFFF). */
static size_t sequence(const unsigned char *at, size_t left)
{
        unsigned char first = at[0];
        if (first < 0x80)
                return 1;
        size_t need = first >= 0xc2 && first <= 0xdf ? 2 : (first & 0xf0) == 0xe0 ? 3 : first >= 0xf0 && first <= 0xf4 ? 4 : 0;
        if (need == 0 || left < need)
                return 0;
        unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
        unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
        if (at[1] < low || at[1] > high)
                return 0;
        for (size_t i = 2; i < need; i++)
                if ((at[i] & 0xc0) != 0x80)
                        return 0;
        return need;
}

size_t sai_utf8_prefix(const char *data, size_t len)
{
        const unsigned char *at = (const unsigned char *)data;
        size_t i = 0;
        while (i < len) {
                uint64_t word;
                if (len - i >= sizeof word) {
                        memcpy(&word, at + i, sizeof word);
                        if ((word & UINT64_C(0x8080808080808080)) == 0) {
                                i += sizeof word;
                                continue;
                        }
                }
                size_t step = sequence(at + i, len - i);
                if (step == 0)
                        return i;
                i += step;
        }
        return len;
}

bool sai_utf8_valid(const char *data, size_t len) { return sai_utf8_prefix(data, len) == len; }

size_t sai_utf8_length(const char *data, size_t len)
{
        size_t count = 0;
        for (size_t i = 0; i < len; i++)
                count += ((unsigned char)data[i] & 0xc0) != 0x80;
        return count;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool sai_parse_i64(const char *data, size_t len, int64_t *ret)
{
        bool negative = len > 0 && data[0] == '-';
        size_t i = negative;
        if (i == len)
                return false;
        int64_t value = 0; /* grows downwards: the smallest number has no positive twin */
        for (; i < len; i++) {
                if (!is_digit(data[i]) || __builtin_mul_overflow(value, 10, &value) ||
                    __builtin_sub_overflow(value, data[i] - '0', &value))
                        return false;
        }
        if (!negative && value == INT64_MIN)
                return false;
        *ret = negative ? value : -value;
        return true;
}

struct decimal {
        bool negative;
        bool exact; /* all digits are in `mantissa` */
        int64_t mantissa;
        int point; /* digits after the decimal point, less the exponent */
};

/* -?digits(.digits)?([eE][+-]?digits)? and nothing else. */
static bool scan_decimal(const char *data, size_t len, struct decimal *ret)
{
        struct decimal d = { .exact = true };
        size_t i = 0, digits = 0;
        if (i < len && data[i] == '-') {
                d.negative = true;
                i++;
        }
        for (int part = 0; part < 2; part++) {
                size_t begin = i;
                for (; i < len && is_digit(data[i]); i++) {
                        digits += digits > 0 || data[i] != '0';
                        if (digits > 18)
                                d.exact = false;
                        else
                                d.mantissa = d.mantissa * 10 + (data[i] - '0');
                        d.point += part;
                }
                if (i == begin)
                        return false;
                if (part == 0 && i < len && data[i] == '.')
                        i++;
                else
                        break;
        }
        if (i < len && (data[i] == 'e' || data[i] == 'E')) {
                bool minus = ++i < len && data[i] == '-';
                if (i < len && (data[i] == '-' || data[i] == '+'))
                        i++;
                if (i == len)
                        return false;
                int exponent = 0;
                for (; i < len && is_digit(data[i]); i++)
                        exponent = exponent < 100000 ? exponent * 10 + (data[i] - '0') : exponent;
                d.point += minus ? exponent : -exponent;
        }
        *ret = d;
        return i == len;
}

/* dividend / divisor, correctly rounded: 64 bits or more of the quotient, and whether anything is left over. strtod would do the
 * same in three times the time, and computed figures have 17 digits each. */
static double divide(uint64_t dividend, uint64_t divisor)
{
        int shift = __builtin_clzll(dividend);
        unsigned __int128 numerator = (unsigned __int128)(dividend << shift) << 64;
        unsigned __int128 quotient = numerator / divisor;
        bool left_over = numerator % divisor != 0;
        uint64_t high = (uint64_t)(quotient >> 64);
        int bits = high ? 128 - __builtin_clzll(high) : 64; /* the numerator has its top bit set, so 64 is the least */
        int drop = bits - 53;
        uint64_t kept = (uint64_t)(quotient >> drop);
        unsigned __int128 rest = quotient - ((unsigned __int128)kept << drop), half = (unsigned __int128)1 << (drop - 1);
        if (rest > half || (rest == half && (left_over || (kept & 1))))
                kept++;
        return ldexp((double)kept, drop - shift - 64);
}

enum { LONGEST_NUMBER = 1024 }; /* longer numbers are no measurements */

/* Out of line: hardened builds clear every buffer on the stack, and clearing this one took longer than reading the usual number. */
__attribute__((noinline)) static bool parse_any_f64(const char *data, size_t len, double *ret)
{
        char copy[LONGEST_NUMBER];
        memcpy(copy, data, len);
        copy[len] = '\0';
        double value = strtod(copy, NULL);
        if (!isfinite(value))
                return false;
        *ret = value;
        return true;
}

bool sai_parse_f64(const char *data, size_t len, double *ret)
{
        static const double powers[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                         1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
        static const uint64_t integers[] = { 1,
                                             10,
                                             100,
                                             1000,
                                             10000,
                                             100000,
                                             1000000,
                                             10000000,
                                             100000000,
                                             1000000000,
                                             10000000000,
                                             100000000000,
                                             1000000000000,
                                             10000000000000,
                                             100000000000000,
                                             1000000000000000,
                                             10000000000000000,
                                             100000000000000000,
                                             1000000000000000000 };
        const int64_t exact = INT64_C(1) << 53;
        struct decimal d;
        if (len >= LONGEST_NUMBER || !scan_decimal(data, len, &d))
                return false;

        /* Both factors are exact doubles, so one correctly rounded operation gives what strtod would. */
        if (d.exact && d.mantissa <= exact && d.point >= -22 && d.point <= 22) {
                double m = (double)d.mantissa;
                m = d.point >= 0 ? m / powers[d.point] : m * powers[-d.point];
                *ret = d.negative ? -m : m;
                return true;
        }
        if (d.exact && d.mantissa > 0 && d.point > 0 && d.point < (int)(sizeof integers / sizeof integers[0])) {
                double value = divide((uint64_t)d.mantissa, integers[d.point]);
                *ret = d.negative ? -value : value;
                return true;
        }
        return parse_any_f64(data, len, ret);
}

void sai_hex_encode(const void *data, size_t len, char *out)
{
        static const char digits[] = "0123456789abcdef";
        const uint8_t *bytes = data;
        for (size_t i = 0; i < len; i++) {
                out[2 * i] = digits[bytes[i] >> 4];
                out[2 * i + 1] = digits[bytes[i] & 15];
        }
        out[2 * len] = '\0';
}

static int hex_value(char c)
{
        if (is_digit(c))
                return c - '0';
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool sai_hex_decode(const char *text, size_t len, uint8_t *out)
{
        if (len % 2)
                return false;
        for (size_t i = 0; i < len; i += 2) {
                int high = hex_value(text[i]), low = hex_value(text[i + 1]);
                if (high < 0 || low < 0)
                        return false;
                out[i / 2] = (uint8_t)(high << 4 | low);
        }
        return true;
}

uint64_t sai_hash(const void *data, size_t len, uint64_t seed)
{
        const uint8_t *bytes = data;
        uint64_t h = UINT64_C(0xcbf29ce484222325) ^ seed;
        for (size_t i = 0; i < len; i++)
                h = (h ^ bytes[i]) * UINT64_C(0x100000001b3);
        h = (h ^ (h >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        h = (h ^ (h >> 27)) * UINT64_C(0x94d049bb133111eb);
        return h ^ (h >> 31);
}
