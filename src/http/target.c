/* target.c -- the request target: path and query, decoded exactly once.
 *
 * Decoding twice, or decoding leniently, is how `%252e` and `%00` get past a check that looked at other bytes than the handler
 * later uses. So the path and each parameter are decoded once, strictly, into the request's arena, and everything after
 * sees only the result. Only the origin form ("/path?query") is taken: a target with a host in it would be a second
 * opinion about the Host header. */
#include "http/http_internal.h"

#include <string.h>

static int hex_digit(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        return -1;
}

bool http_percent_decode(const char *text, size_t len, bool plus, char *out, size_t *ret_len)
{
        size_t n = 0;
        for (size_t i = 0; i < len; i++) {
                char c = text[i];
                if (c == '%') {
                        if (len - i < 3)
                                return false;
                        int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
                        if (high < 0 || low < 0)
                                return false;
                        c = (char)(high * 16 + low);
                        i += 2;
                } else if (c == '+' && plus) {
                        c = ' ';
                }
                if (c == '\0')
                        return false;
                out[n++] = c;
        }
        *ret_len = n;
        return true;
}

void http_percent_encode(struct sai_buf *buf, struct sai_text text)
{
        static const char digits[] = "0123456789ABCDEF";
        for (size_t i = 0; i < text.len; i++) {
                unsigned char c = (unsigned char)text.data[i];
                bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
                             c == '.' || c == '~';
                if (plain) {
                        sai_buf_char(buf, (char)c);
                        continue;
                }
                sai_buf_char(buf, '%');
                sai_buf_char(buf, digits[c >> 4]);
                sai_buf_char(buf, digits[c & 15]);
        }
}

/* A piece of the target, decoded into the arena; texts without an escape are used where they are. */
static sai_status decode(struct sai_request *request, struct sai_text raw, bool plus, const char *what, struct sai_text *ret,
                         struct sai_err *err)
{
        if (!memchr(raw.data, '%', raw.len) && !(plus && memchr(raw.data, '+', raw.len))) {
                *ret = raw;
        } else {
                char *out = sai_arena_alloc(request->arena, raw.len + 1);
                if (!out)
                        return sai_fail(err, SAI_NO_MEMORY, "request target");
                if (!http_percent_decode(raw.data, raw.len, plus, out, &ret->len))
                        return sai_fail(err, SAI_BAD_REQUEST, "the %s has a bad percent escape", what);
                ret->data = out;
        }
        if (!sai_utf8_valid(ret->data, ret->len))
                return sai_fail(err, SAI_BAD_REQUEST, "the %s is not UTF-8", what);
        return SAI_OK;
}

static size_t count_parameters(struct sai_text query)
{
        size_t count = 0;
        for (size_t start = 0; start < query.len; count++) {
                const char *end = memchr(query.data + start, '&', query.len - start);
                start = end ? (size_t)(end - query.data) + 1 : query.len;
        }
        return count;
}

/* One "name=value" piece. */
static sai_status parse_pair(struct sai_request *request, struct sai_text piece, struct sai_err *err)
{
        struct sai_pair *pair = &request->query[request->query_count];
        const char *equals = memchr(piece.data, '=', piece.len);
        size_t name_len = equals ? (size_t)(equals - piece.data) : piece.len;
        sai_status rc = decode(request, (struct sai_text) { piece.data, name_len }, true, "query", &pair->name, err);
        if (rc != SAI_OK)
                return rc;
        struct sai_text value = equals ? (struct sai_text) { equals + 1, piece.len - name_len - 1 } : SAI_TEXT("");
        rc = decode(request, value, true, "query", &pair->value, err);
        if (rc == SAI_OK)
                request->query_count++;
        return rc;
}

sai_status http_parse_query(struct sai_request *request, struct sai_err *err)
{
        const char *question = memchr(request->target.data, '?', request->target.len);
        request->query = NULL;
        request->query_count = 0;
        if (!question)
                return SAI_OK;
        struct sai_text query = { question + 1, request->target.len - (size_t)(question - request->target.data) - 1 };
        size_t count = count_parameters(query);
        if (count > SAI_MAX_QUERY_PARAMETERS)
                return sai_fail_field(err, SAI_INVALID, "?", "at most %d parameters", SAI_MAX_QUERY_PARAMETERS);
        if (count == 0)
                return SAI_OK;
        request->query = SAI_NEW_ARRAY(request->arena, struct sai_pair, count);
        if (!request->query)
                return sai_fail(err, SAI_NO_MEMORY, "query parameters");

        for (size_t start = 0; start < query.len;) {
                const char *end = memchr(query.data + start, '&', query.len - start);
                size_t len = (end ? (size_t)(end - query.data) : query.len) - start;
                sai_status rc = len ? parse_pair(request, (struct sai_text) { query.data + start, len }, err) : SAI_OK;
                if (rc != SAI_OK)
                        return rc;
                start += len + 1;
        }
        return SAI_OK;
}

sai_status http_parse_path(struct sai_request *request, struct sai_err *err)
{
        struct sai_text target = request->target;
        request->path = SAI_TEXT("/");
        if (target.len == 0 || (target.data[0] != '/' && !(request->method == SAI_OPTIONS && sai_text_is(target, "*"))))
                return sai_fail(err, SAI_BAD_REQUEST, "the target must be a path");
        for (size_t i = 0; i < target.len; i++) {
                unsigned char c = (unsigned char)target.data[i];
                /* Bytes that no URI holds as they are; a blank here would have been read as the end of the target by others. */
                if (c <= 0x20 || c == 0x7f || c == '#' || c == '"' || c == '<' || c == '>' || c == '\\')
                        return sai_fail(err, SAI_BAD_REQUEST, "the target holds a byte that must be escaped");
        }
        const char *question = memchr(target.data, '?', target.len);
        struct sai_text path = { target.data, question ? (size_t)(question - target.data) : target.len };
        return decode(request, path, false, "path", &request->path, err);
}
