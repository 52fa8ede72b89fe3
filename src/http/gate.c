/* gate.c -- refuses requests whose framing two programs could read in two ways.
 *
 * libmicrohttpd 0.9.75 is lenient: it takes the first of two Content-Length headers, any Transfer-Encoding beside one, blanks
 * before a colon, control bytes in values. A proxy that reads the same bytes otherwise would let a client smuggle a
 * second request past it, so everything doubtful is refused here and the connection closed (security checklist H1-H3).
 * Pure: takes what the library showed, says yes or no; one pass over the headers, no allocation. */
#include "http/http_internal.h"

#include <string.h>

static const bool token_bytes[256] = {
        ['!'] = true, ['#'] = true, ['$'] = true, ['%'] = true,         ['&'] = true,         ['\''] = true,
        ['*'] = true, ['+'] = true, ['-'] = true, ['.'] = true,         ['^'] = true,         ['_'] = true,
        ['`'] = true, ['|'] = true, ['~'] = true, ['0' ... '9'] = true, ['a' ... 'z'] = true, ['A' ... 'Z'] = true,
};

bool http_is_token_byte(unsigned char c) { return token_bytes[c]; }

enum sai_method http_method_of(const char *name, size_t len)
{
        static const struct {
                struct sai_text name;
                enum sai_method method;
        } methods[] = {
                { { "GET", 3 }, SAI_GET },         { { "POST", 4 }, SAI_POST },   { { "HEAD", 4 }, SAI_HEAD },
                { { "PUT", 3 }, SAI_PUT },         { { "PATCH", 5 }, SAI_PATCH }, { { "DELETE", 6 }, SAI_DELETE },
                { { "OPTIONS", 7 }, SAI_OPTIONS }, { { "TRACE", 5 }, SAI_TRACE }, { { "CONNECT", 7 }, SAI_TRACE },
        };
        for (size_t i = 0; i < SAI_COUNT(methods); i++)
                if (sai_text_equal(methods[i].name, (struct sai_text) { name, len }))
                        return methods[i].method;
        return SAI_METHOD_OTHER;
}

static bool is_name(struct sai_text name)
{
        if (name.len == 0)
                return false;
        for (size_t i = 0; i < name.len; i++)
                if (!token_bytes[(unsigned char)name.data[i]])
                        return false;
        return true;
}

static bool is_value(struct sai_text value)
{
        for (size_t i = 0; i < value.len; i++) {
                unsigned char c = (unsigned char)value.data[i];
                if ((c < 0x20 && c != '\t') || c == 0x7f)
                        return false;
        }
        return true;
}

/* host [":" port]: enough to tell a name or address from something that another parser could read as more than that. */
static bool is_host(struct sai_text host)
{
        if (host.len == 0 || host.len > 255)
                return false;
        bool bracketed = host.data[0] == '[';
        size_t name_end = 0;
        if (bracketed) {
                const char *close = memchr(host.data, ']', host.len);
                if (!close || close - host.data < 3)
                        return false;
                name_end = (size_t)(close - host.data) + 1;
                for (size_t i = 1; i + 1 < name_end; i++)
                        if (!strchr("0123456789abcdefABCDEF:.", host.data[i]))
                                return false;
        } else {
                while (name_end < host.len && host.data[name_end] != ':') {
                        char c = host.data[name_end];
                        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
                        if (!plain && c != '.' && c != '-' && c != '_')
                                return false;
                        name_end++;
                }
                if (name_end == 0)
                        return false;
        }
        if (name_end == host.len)
                return true;
        if (host.data[name_end] != ':' || host.len - name_end > 6)
                return false;
        for (size_t i = name_end + 1; i < host.len; i++)
                if (host.data[i] < '0' || host.data[i] > '9')
                        return false;
        return true;
}

/* [0-9]{1,19}, nothing else: no sign, no blank, no list, no hexadecimal. */
static bool read_length(struct sai_text text, uint64_t *ret)
{
        if (text.len == 0 || text.len > 19)
                return false;
        uint64_t value = 0;
        for (size_t i = 0; i < text.len; i++) {
                if (text.data[i] < '0' || text.data[i] > '9')
                        return false;
                value = value * 10 + (uint64_t)(text.data[i] - '0');
        }
        *ret = value;
        return true;
}

static bool named(struct sai_text name, const char *word, size_t len)
{
        return name.len == len && sai_text_equal_ignoring_case(name, (struct sai_text) { word, len });
}
#define NAMED(name, word) named((name), (word), sizeof(word) - 1)

/* The headers that say where the request ends, and how often each came. */
struct framing_headers {
        unsigned hosts, lengths, codings;
        struct sai_text host, length, coding;
};

static sai_status collect(const struct http_head *head, struct framing_headers *found, struct http_framing *framing,
                          struct sai_err *err)
{
        for (size_t i = 0; i < head->header_count; i++) {
                const struct sai_header *header = &head->headers[i];
                if (!is_name(header->name))
                        return sai_fail(err, SAI_BAD_REQUEST, "header %zu has a name that is no token", i + 1);
                if (!is_value(header->value))
                        return sai_fail(err, SAI_BAD_REQUEST, "header %zu holds a control byte", i + 1);
                if (NAMED(header->name, "host")) {
                        found->hosts++;
                        found->host = header->value;
                } else if (NAMED(header->name, "content-length")) {
                        found->lengths++;
                        found->length = header->value;
                } else if (NAMED(header->name, "transfer-encoding")) {
                        found->codings++;
                        found->coding = header->value;
                } else if (NAMED(header->name, "expect")) {
                        framing->expects_continue = NAMED(header->value, "100-continue");
                }
        }
        return SAI_OK;
}

static sai_status judge_body(const struct framing_headers *found, bool http10, struct http_framing *framing, struct sai_err *err)
{
        if (found->lengths > 1 || found->codings > 1)
                return sai_fail(err, SAI_BAD_FRAMING, "Content-Length or Transfer-Encoding is there twice");
        if (found->lengths && found->codings)
                return sai_fail(err, SAI_BAD_FRAMING, "both Content-Length and Transfer-Encoding");
        if (found->lengths && !read_length(found->length, &framing->length))
                return sai_fail(err, SAI_BAD_FRAMING, "Content-Length is not a number");
        if (found->codings) {
                if (http10)
                        return sai_fail(err, SAI_BAD_FRAMING, "HTTP/1.0 has no Transfer-Encoding");
                if (!NAMED(found->coding, "chunked"))
                        return sai_fail(err, SAI_NOT_IMPLEMENTED, "no transfer coding but chunked");
                framing->chunked = true;
        }
        framing->has_body = framing->chunked || framing->length > 0;
        return SAI_OK;
}

sai_status http_gate_check(const struct http_head *head, struct http_framing *ret_framing, struct sai_err *err)
{
        *ret_framing = (struct http_framing) { 0 };
        if (strncmp(head->version, "HTTP/1.", 7) != 0 || head->version[7] < '0' || head->version[7] > '9' ||
            head->version[8] != '\0')
                return sai_fail(err, SAI_BAD_VERSION, "HTTP/1.1 and HTTP/1.0 only");
        if (head->target.len > SAI_MAX_TARGET)
                return sai_fail(err, SAI_URI_TOO_LONG, "at most %zu bytes", SAI_MAX_TARGET);
        if (head->header_count > SAI_MAX_HEADER_FIELDS)
                return sai_fail(err, SAI_HEADER_TOO_LARGE, "at most %d fields", SAI_MAX_HEADER_FIELDS);
        if (head->section_bytes > SAI_MAX_HEADER_SECTION)
                return sai_fail(err, SAI_HEADER_TOO_LARGE, "at most %zu bytes", SAI_MAX_HEADER_SECTION);

        struct framing_headers found = { 0 };
        sai_status rc = collect(head, &found, ret_framing, err);
        if (rc != SAI_OK)
                return rc;

        bool http10 = head->version[7] == '0';
        rc = judge_body(&found, http10, ret_framing, err);
        if (rc != SAI_OK)
                return rc;
        if (found.hosts > 1 || (found.hosts == 0 && !http10))
                return sai_fail(err, SAI_BAD_REQUEST, "exactly one Host header");
        if (found.hosts && !is_host(found.host))
                return sai_fail(err, SAI_BAD_REQUEST, "the Host header is malformed");
        return SAI_OK;
}
