/* base64.c -- RFC 4648 as text.h declares it.
 *
 * Decoding is strict because signatures and cursors are compared as text: two texts for the same bytes would be two names for
 * one thing. So left-over bits must be zero and padding must be there (standard) or absent (url). */
#include "base/text.h"

static const char standard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static size_t encode(const char *alphabet, bool padded, const uint8_t *in, size_t len, char *out)
{
        char *at = out;
        for (; len >= 3; in += 3, len -= 3) {
                uint32_t v = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2];
                *at++ = alphabet[v >> 18];
                *at++ = alphabet[v >> 12 & 63];
                *at++ = alphabet[v >> 6 & 63];
                *at++ = alphabet[v & 63];
        }
        if (len > 0) {
                uint32_t v = (uint32_t)in[0] << 16 | (len == 2 ? (uint32_t)in[1] << 8 : 0);
                *at++ = alphabet[v >> 18];
                *at++ = alphabet[v >> 12 & 63];
                if (len == 2)
                        *at++ = alphabet[v >> 6 & 63];
                for (size_t i = len; padded && i < 3; i++)
                        *at++ = '=';
        }
        *at = '\0';
        return (size_t)(at - out);
}

static int value_of(const char *alphabet, char c)
{
        if (c >= 'A' && c <= 'Z')
                return c - 'A';
        if (c >= 'a' && c <= 'z')
                return c - 'a' + 26;
        if (c >= '0' && c <= '9')
                return c - '0' + 52;
        return c == alphabet[62] ? 62 : c == alphabet[63] ? 63 : -1;
}

/* `len` is without padding. */
static bool decode(const char *alphabet, const char *text, size_t len, uint8_t *out, size_t out_size, size_t *ret_len)
{
        size_t rest = len % 4, size = len / 4 * 3 + (rest ? rest - 1 : 0);
        if (rest == 1 || size > out_size)
                return false;
        uint32_t bits = 0;
        size_t at = 0;
        for (size_t i = 0; i < len; i++) {
                int v = value_of(alphabet, text[i]);
                if (v < 0)
                        return false;
                bits = bits << 6 | (uint32_t)v;
                if (i % 4 != 0)
                        out[at++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
        }
        if ((rest == 2 && (bits & 15)) || (rest == 3 && (bits & 3)))
                return false;
        *ret_len = size;
        return true;
}

size_t sai_base64_encode(const void *data, size_t len, char *out) { return encode(standard, true, data, len, out); }
size_t sai_base64url_encode(const void *data, size_t len, char *out) { return encode(url, false, data, len, out); }

bool sai_base64_decode(const char *text, size_t len, uint8_t *out, size_t out_size, size_t *ret_len)
{
        if (len % 4)
                return false;
        for (int i = 0; i < 2 && len > 0 && text[len - 1] == '='; i++)
                len--;
        return decode(standard, text, len, out, out_size, ret_len);
}

bool sai_base64url_decode(const char *text, size_t len, uint8_t *out, size_t out_size, size_t *ret_len)
{
        return decode(url, text, len, out, out_size, ret_len);
}
