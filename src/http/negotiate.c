/* negotiate.c -- the headers in which client and server agree on form: Accept, Accept-Encoding, Content-Type (RFC 9110, 8.3 and 12.5).
 *
 * All of them are lists of elements with parameters, so one splitter serves all. Linear in the header's length. */
#include "http/http_internal.h"

#include <string.h>

static struct sai_text trim(struct sai_text text)
{
        while (text.len && (text.data[0] == ' ' || text.data[0] == '\t')) {
                text.data++;
                text.len--;
        }
        while (text.len && (text.data[text.len - 1] == ' ' || text.data[text.len - 1] == '\t'))
                text.len--;
        return text;
}

/* The next piece up to `separator` outside a quoted string. */
static bool next_piece(struct sai_text list, char separator, size_t *cursor, struct sai_text *ret)
{
        if (*cursor > list.len || list.len == 0)
                return false;
        size_t start = *cursor, i = start;
        for (bool quoted = false; i < list.len && (quoted || list.data[i] != separator); i++) {
                if (quoted && list.data[i] == '\\' && i + 1 < list.len)
                        i++;
                else if (list.data[i] == '"')
                        quoted = !quoted;
        }
        *cursor = i + 1;
        *ret = trim((struct sai_text) { list.data + start, i - start });
        return true;
}

bool http_next_element(struct sai_text list, size_t *cursor, struct sai_text *ret_element)
{
        while (next_piece(list, ',', cursor, ret_element))
                if (ret_element->len)
                        return true;
        return false;
}

/* qvalue in thousandths: 0, 0.5, 1.000; anything else counts as 1, as most servers do. */
static int quality_of(struct sai_text value)
{
        if (value.len == 0 || value.len > 5 || (value.data[0] != '0' && value.data[0] != '1'))
                return 1000;
        if (value.len > 1 && value.data[1] != '.')
                return 1000;
        int thousandths = (value.data[0] - '0') * 1000;
        for (size_t i = 2, unit = 100; i < value.len; i++, unit /= 10) {
                if (value.data[i] < '0' || value.data[i] > '9')
                        return 1000;
                thousandths += (value.data[i] - '0') * (int)unit;
        }
        return thousandths > 1000 ? 1000 : thousandths;
}

/* Splits "text/html;level=1;q=0.7" into the name and its quality. */
static struct sai_text split_quality(struct sai_text element, int *ret_quality)
{
        size_t cursor = 0;
        struct sai_text name = SAI_TEXT(""), parameter;
        *ret_quality = 1000;
        if (!next_piece(element, ';', &cursor, &name))
                return name;
        while (next_piece(element, ';', &cursor, &parameter))
                if (parameter.len >= 2 && (parameter.data[0] == 'q' || parameter.data[0] == 'Q') && parameter.data[1] == '=')
                        *ret_quality = quality_of((struct sai_text) { parameter.data + 2, parameter.len - 2 });
        return name;
}

/* How closely a range names the type: 3 the type itself, 2 "type/ *", 1 anything, 0 not. */
static int range_matches(struct sai_text range, struct sai_text type)
{
        if (sai_text_is(range, "*/*") || sai_text_is(range, "*"))
                return 1;
        if (sai_text_equal_ignoring_case(range, type))
                return 3;
        if (range.len < 3 || range.data[range.len - 1] != '*' || range.data[range.len - 2] != '/' || type.len < range.len)
                return 0;
        struct sai_text head = { type.data, range.len - 1 };
        return sai_text_equal_ignoring_case((struct sai_text) { range.data, range.len - 1 }, head) ? 2 : 0;
}

bool http_accepts(struct sai_text accept, const char *type)
{
        struct sai_text wanted = sai_text_of(type), element;
        int best = 0, quality = 0;
        size_t cursor = 0, elements = 0;
        while (http_next_element(accept, &cursor, &element)) {
                int q, closeness = range_matches(split_quality(element, &q), wanted);
                elements++;
                if (closeness > best || (closeness == best && closeness && q > quality)) {
                        best = closeness;
                        quality = q;
                }
        }
        return elements == 0 || quality > 0;
}

bool http_accepts_gzip(struct sai_text accept_encoding)
{
        int gzip = -1, identity = -1, any = -1;
        struct sai_text element;
        for (size_t cursor = 0; http_next_element(accept_encoding, &cursor, &element);) {
                int q;
                struct sai_text name = split_quality(element, &q);
                if (sai_text_equal_ignoring_case(name, SAI_TEXT("gzip")) ||
                    sai_text_equal_ignoring_case(name, SAI_TEXT("x-gzip")))
                        gzip = q;
                else if (sai_text_equal_ignoring_case(name, SAI_TEXT("identity")))
                        identity = q;
                else if (sai_text_is(name, "*"))
                        any = q;
        }
        if (gzip < 0)
                gzip = any;
        /* identity without a mention is acceptable, but a client that names gzip wants it. */
        return gzip > 0 && gzip >= identity;
}

struct sai_text http_media_type(struct sai_text content_type, bool *ret_foreign_charset)
{
        char charset[16];
        size_t len, cursor = 0;
        struct sai_text type = SAI_TEXT("");
        *ret_foreign_charset = false;
        (void)next_piece(content_type, ';', &cursor, &type);
        if (http_media_parameter(content_type, "charset", charset, sizeof charset, &len)) {
                struct sai_text named = { charset, len };
                *ret_foreign_charset = !sai_text_equal_ignoring_case(named, SAI_TEXT("utf-8")) &&
                                       !sai_text_equal_ignoring_case(named, SAI_TEXT("utf8"));
        }
        return type;
}

/* Copies a token or a quoted string without its quotes. */
static bool unquote(struct sai_text value, char *out, size_t out_size, size_t *ret_len)
{
        size_t n = 0;
        bool quoted = value.len >= 2 && value.data[0] == '"' && value.data[value.len - 1] == '"';
        size_t end = quoted ? value.len - 1 : value.len;
        for (size_t i = quoted ? 1 : 0; i < end; i++) {
                if (quoted && value.data[i] == '\\' && i + 1 < end)
                        i++;
                else if (!quoted && !http_is_token_byte((unsigned char)value.data[i]))
                        return false;
                if (n + 1 >= out_size)
                        return false;
                out[n++] = value.data[i];
        }
        out[n] = '\0';
        *ret_len = n;
        return true;
}

bool http_media_parameter(struct sai_text content_type, const char *name, char *out, size_t out_size, size_t *ret_len)
{
        struct sai_text parameter, wanted = sai_text_of(name);
        size_t cursor = 0;
        if (!next_piece(content_type, ';', &cursor, &parameter))
                return false;
        while (next_piece(content_type, ';', &cursor, &parameter)) {
                const char *equals = memchr(parameter.data, '=', parameter.len);
                if (!equals)
                        continue;
                size_t name_len = (size_t)(equals - parameter.data);
                if (!sai_text_equal_ignoring_case((struct sai_text) { parameter.data, name_len }, wanted))
                        continue;
                struct sai_text value = { equals + 1, parameter.len - name_len - 1 };
                if (!unquote(value, out, out_size, ret_len)) {
                        *ret_len = 0;
                        out[0] = '\0';
                }
                return true;
        }
        return false;
}
