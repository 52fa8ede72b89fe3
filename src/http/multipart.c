/* multipart.c -- multipart/form-data (RFC 7578) as a stream, as strict as an upload of one file allows.
 *
 * libmicrohttpd's own post processor forgives much and needed a patch against denial of service, and a file of two gigabytes must not
 * pass through memory. This parser takes pieces cut anywhere, holds at most one header block, and looks at each byte once:
 * the delimiter begins with CR, which no boundary may hold, so a failed match can only start again at the byte that failed. */
#include "http/http_internal.h"

#include <string.h>

enum state { BEFORE_FIRST, AFTER_DELIMITER, HEADER, BODY, DONE };
enum { MAX_BOUNDARY = 70, MAX_NAME = 256 };

struct http_multipart {
        struct http_multipart_sink sink;
        enum state state;
        char delimiter[4 + MAX_BOUNDARY + 2]; /* CR LF - - boundary */
        size_t delimiter_len;
        size_t matched; /* bytes of the delimiter seen so far */
        char after[2]; /* the two bytes behind a delimiter */
        size_t after_len;
        size_t epilogue;
        struct sai_buf header;
        unsigned files;
};

static bool is_boundary(const char *text, size_t len)
{
        if (len == 0 || len > MAX_BOUNDARY || text[len - 1] == ' ')
                return false;
        for (size_t i = 0; i < len; i++) {
                char c = text[i];
                bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
                if (!plain && (c == '\0' || !strchr("'()+_,-./:=? ", c)))
                        return false;
        }
        return true;
}

sai_status http_multipart_new(struct sai_text content_type, struct http_multipart_sink sink,
                              struct http_multipart **ret_multipart, struct sai_err *err)
{
        char boundary[MAX_BOUNDARY + 2];
        size_t len = 0;
        bool foreign_charset;
        if (!sai_text_equal_ignoring_case(http_media_type(content_type, &foreign_charset), SAI_TEXT("multipart/form-data")))
                return sai_fail(err, SAI_UNSUPPORTED_MEDIA, "the body must be multipart/form-data");
        if (!http_media_parameter(content_type, "boundary", boundary, sizeof boundary, &len) || !is_boundary(boundary, len))
                return sai_fail(err, SAI_UNSUPPORTED_MEDIA, "multipart/form-data without a usable boundary");
        struct http_multipart *multipart = calloc(1, sizeof *multipart);
        if (!multipart)
                return sai_fail(err, SAI_NO_MEMORY, "upload");
        multipart->sink = sink;
        (void)snprintf(multipart->delimiter, sizeof multipart->delimiter, "\r\n--%s", boundary);
        multipart->delimiter_len = 4 + len;
        multipart->matched = 2; /* the first delimiter stands at the very start, without its CR LF */
        sai_buf_init(&multipart->header, SAI_MAX_PART_HEADER);
        *ret_multipart = multipart;
        return SAI_OK;
}

void http_multipart_free(struct http_multipart *multipart)
{
        if (multipart)
                sai_buf_done(&multipart->header);
        free(multipart);
}

/* What follows the last separator of any system, without control bytes; "" when it cannot be shown. */
static size_t plain_file_name(char *name, size_t len)
{
        size_t start = 0;
        for (size_t i = 0; i < len; i++) {
                if (name[i] == '/' || name[i] == '\\')
                        start = i + 1;
                if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
                        name[i] = '_';
        }
        len -= start;
        memmove(name, name + start, len);
        return len <= 255 && sai_utf8_valid(name, len) ? len : 0;
}

static sai_status begin_part(struct http_multipart *multipart, struct sai_text disposition, struct sai_err *err)
{
        char name[MAX_NAME], file_name[MAX_NAME];
        size_t name_len = 0, file_len = 0;
        bool foreign_charset;
        if (!sai_text_equal_ignoring_case(http_media_type(disposition, &foreign_charset), SAI_TEXT("form-data")) ||
            !http_media_parameter(disposition, "name", name, sizeof name, &name_len))
                return sai_fail(err, SAI_BAD_REQUEST, "a part without Content-Disposition: form-data and a name");
        if (name_len != 4 || memcmp(name, "file", 4) != 0)
                return sai_fail_field(err, SAI_INVALID, "/", "only one part called `file` is taken");
        if (multipart->files++)
                return sai_fail_field(err, SAI_INVALID, "/file", "one file at a time");
        if (http_media_parameter(disposition, "filename", file_name, sizeof file_name, &file_len))
                file_len = plain_file_name(file_name, file_len);
        return multipart->sink.begin(multipart->sink.context, (struct sai_text) { file_name, file_len }, err);
}

/* One line of a part's header. */
static sai_status read_line(struct sai_text line, struct sai_text *disposition, struct sai_err *err)
{
        const char *colon = memchr(line.data, ':', line.len);
        if (!colon || colon == line.data)
                return sai_fail(err, SAI_BAD_REQUEST, "a part's header has a line without a name");
        struct sai_text name = { line.data, (size_t)(colon - line.data) };
        struct sai_text value = { colon + 1, line.len - name.len - 1 };
        for (size_t i = 0; i < name.len; i++)
                if (!http_is_token_byte((unsigned char)name.data[i]))
                        return sai_fail(err, SAI_BAD_REQUEST, "a part's header has a name that is no token");
        while (value.len && (value.data[0] == ' ' || value.data[0] == '\t')) {
                value.data++;
                value.len--;
        }
        if (memchr(value.data, '\0', value.len) || memchr(value.data, '\r', value.len) || memchr(value.data, '\n', value.len))
                return sai_fail(err, SAI_BAD_REQUEST, "a part's header holds a control byte");
        if (sai_text_equal_ignoring_case(name, SAI_TEXT("content-disposition"))) {
                if (disposition->data)
                        return sai_fail(err, SAI_BAD_REQUEST, "a part with two Content-Disposition headers");
                *disposition = value;
        }
        if (sai_text_equal_ignoring_case(name, SAI_TEXT("content-transfer-encoding")) &&
            !sai_text_equal_ignoring_case(value, SAI_TEXT("binary")) && !sai_text_equal_ignoring_case(value, SAI_TEXT("8bit")) &&
            !sai_text_equal_ignoring_case(value, SAI_TEXT("7bit")))
                return sai_fail(err, SAI_UNSUPPORTED_MEDIA, "parts must come as they are, without a transfer encoding");
        return SAI_OK;
}

static sai_status finish_header(struct http_multipart *multipart, struct sai_err *err)
{
        struct sai_text disposition = { NULL, 0 };
        const char *at = multipart->header.data, *end = at + multipart->header.len - 2; /* without the empty line */
        while (at < end) {
                const char *stop = memmem(at, (size_t)(end - at), "\r\n", 2);
                if (!stop)
                        stop = end;
                sai_status rc = read_line((struct sai_text) { at, (size_t)(stop - at) }, &disposition, err);
                if (rc != SAI_OK)
                        return rc;
                at = stop + 2;
        }
        multipart->state = BODY;
        return begin_part(multipart, disposition, err);
}

static sai_status feed_header(struct http_multipart *multipart, const char *bytes, size_t len, size_t *used, struct sai_err *err)
{
        struct sai_buf *header = &multipart->header;
        for (size_t i = 0; i < len; i++) {
                sai_buf_char(header, bytes[i]);
                if (header->failed)
                        return sai_fail(err, SAI_BAD_REQUEST, "a part's header is too long");
                bool ends = header->len >= 4 && memcmp(header->data + header->len - 4, "\r\n\r\n", 4) == 0;
                if (ends || (header->len == 2 && memcmp(header->data, "\r\n", 2) == 0)) {
                        *used = i + 1;
                        return finish_header(multipart, err);
                }
        }
        *used = len;
        return SAI_OK;
}

static sai_status give(struct http_multipart *multipart, const char *bytes, size_t len, struct sai_err *err)
{
        return len ? multipart->sink.data(multipart->sink.context, bytes, len, err) : SAI_OK;
}

/* Goes on with a match begun in this or an earlier piece; *used bytes were looked at. */
static sai_status match_delimiter(struct http_multipart *multipart, const char *bytes, size_t len, size_t *used,
                                  struct sai_err *err)
{
        size_t i = 0;
        while (i < len && multipart->matched < multipart->delimiter_len && bytes[i] == multipart->delimiter[multipart->matched]) {
                multipart->matched++;
                i++;
        }
        *used = i;
        if (multipart->matched == multipart->delimiter_len) {
                multipart->state = AFTER_DELIMITER;
                multipart->matched = multipart->after_len = 0;
                return SAI_OK;
        }
        if (i == len)
                return SAI_OK;
        if (multipart->state == BEFORE_FIRST)
                return sai_fail(err, SAI_BAD_REQUEST, "the body does not begin with its boundary");
        /* It was data after all; the bytes are those of the delimiter. */
        size_t held = multipart->matched;
        multipart->matched = 0;
        return give(multipart, multipart->delimiter, held, err);
}

static sai_status feed_body(struct http_multipart *multipart, const char *bytes, size_t len, size_t *used, struct sai_err *err)
{
        if (multipart->matched)
                return match_delimiter(multipart, bytes, len, used, err);
        const char *cr = memchr(bytes, '\r', len);
        *used = cr ? (size_t)(cr - bytes) + 1 : len;
        multipart->matched = cr ? 1 : 0;
        return give(multipart, bytes, cr ? *used - 1 : len, err);
}

static sai_status feed_after(struct http_multipart *multipart, char byte, struct sai_err *err)
{
        multipart->after[multipart->after_len++] = byte;
        if (multipart->after_len < 2)
                return SAI_OK;
        if (memcmp(multipart->after, "\r\n", 2) == 0) {
                multipart->state = HEADER;
                sai_buf_clear(&multipart->header);
                return SAI_OK;
        }
        if (memcmp(multipart->after, "--", 2) != 0)
                return sai_fail(err, SAI_BAD_REQUEST, "a boundary is followed by neither a line break nor --");
        multipart->state = DONE;
        return SAI_OK;
}

sai_status http_multipart_feed(struct http_multipart *multipart, const char *bytes, size_t len, struct sai_err *err)
{
        sai_status rc = SAI_OK;
        for (size_t at = 0; at < len && rc == SAI_OK;) {
                size_t used = 1;
                switch (multipart->state) {
                case BEFORE_FIRST:
                        rc = match_delimiter(multipart, bytes + at, len - at, &used, err);
                        break;
                case AFTER_DELIMITER:
                        rc = feed_after(multipart, bytes[at], err);
                        break;
                case HEADER:
                        rc = feed_header(multipart, bytes + at, len - at, &used, err);
                        break;
                case BODY:
                        rc = feed_body(multipart, bytes + at, len - at, &used, err);
                        break;
                case DONE:
                        /* Some clients end with a line break; anything more is not what the boundary promised. */
                        if (multipart->epilogue >= 2 || bytes[at] != "\r\n"[multipart->epilogue])
                                rc = sai_fail(err, SAI_BAD_REQUEST, "bytes behind the last boundary");
                        multipart->epilogue++;
                        break;
                }
                at += used;
        }
        return rc;
}

sai_status http_multipart_end(struct http_multipart *multipart, struct sai_err *err)
{
        if (multipart->state != DONE)
                return sai_fail(err, SAI_BAD_REQUEST, "the body ends before its last boundary");
        if (multipart->files == 0)
                return sai_fail_field(err, SAI_INVALID, "/file", "a part called `file` is required");
        return SAI_OK;
}
