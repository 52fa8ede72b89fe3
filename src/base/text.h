/* text.h -- pieces of text from outside, and the few questions we ask of them.
 *
 * Text from a socket or a file is a pointer and a length and may hold NUL bytes until something has checked. */
#ifndef SAI_BASE_TEXT_H
#define SAI_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct sai_text {
        const char *data;
        size_t len;
}; /* borrows */

#define SAI_TEXT(literal) ((struct sai_text) { (literal), sizeof(literal) - 1 })
static inline struct sai_text sai_text_of(const char *text) { return (struct sai_text) { text, text ? strlen(text) : 0 }; }
static inline bool sai_text_equal(struct sai_text a, struct sai_text b)
{
        return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}
bool sai_text_is(struct sai_text text, const char *word);
bool sai_text_equal_ignoring_case(struct sai_text a, struct sai_text b); /* ASCII */
bool sai_utf8_valid(const char *data, size_t len);
size_t sai_utf8_prefix(const char *data, size_t len); /* how many bytes from the start are valid */
/* Number of code points; the text must be valid UTF-8. */
size_t sai_utf8_length(const char *data, size_t len);

/* Decimal numbers, the whole text, no sign tricks, no locale; false on anything else and on overflow. */
bool sai_parse_i64(const char *data, size_t len, int64_t *ret);
bool sai_parse_f64(const char *data, size_t len, double *ret); /* finite only */

/* Base64 (RFC 4648): standard with padding, and url-safe without. Decoders are strict: no white space, canonical bits.
 * Encoders write a NUL; the output must have room for SAI_BASE64_SIZE(len). Decoders return false or set *ret_len. */
#define SAI_BASE64_SIZE(n) (((n) + 2) / 3 * 4 + 1)
size_t sai_base64_encode(const void *data, size_t len, char *out);
size_t sai_base64url_encode(const void *data, size_t len, char *out);
bool sai_base64_decode(const char *text, size_t len, uint8_t *out, size_t out_size, size_t *ret_len);
bool sai_base64url_decode(const char *text, size_t len, uint8_t *out, size_t out_size, size_t *ret_len);

void sai_hex_encode(const void *data, size_t len, char *out); /* 2*len digits and a NUL */
bool sai_hex_decode(const char *text, size_t len, uint8_t *out); /* lower case only; writes len/2 bytes */

/* 64-bit FNV-1a with a final mix: for hash tables and cache keys, not against attackers who choose the input. */
uint64_t sai_hash(const void *data, size_t len, uint64_t seed);

#endif
