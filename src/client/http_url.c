/* http_url.c -- URLs apart and together. Parsing is curl's own, so that what was checked is what is called. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "client/http_internal.h"

static bool url_part_present(CURLU *url, CURLUPart part)
{
        char *text = NULL;
        bool present = curl_url_get(url, part, &text, 0) == CURLUE_OK;
        curl_free(text);
        return present;
}

static bool write_origin(CURLU *url, char *origin)
{
        char *scheme = NULL, *host = NULL, *port = NULL;
        bool ok = curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                  curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
                  curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
                  (strcmp(scheme, "https") == 0 || strcmp(scheme, "http") == 0);
        if (ok) {
                int len = snprintf(origin, HTTP_ORIGIN_SIZE, "%s://%s:%s", scheme, host, port);
                ok = len > 0 && len < HTTP_ORIGIN_SIZE;
        }
        for (char *c = origin; ok && *c != '\0'; c++)
                *c = (char)tolower((unsigned char)*c);
        curl_free(scheme);
        curl_free(host);
        curl_free(port);
        return ok;
}

CURLU *http_url_parse(const char *text, char ret_origin[HTTP_ORIGIN_SIZE])
{
        CURLU *url = curl_url();
        if (!url)
                return NULL;
        if (curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK && !url_part_present(url, CURLUPART_USER) &&
            !url_part_present(url, CURLUPART_PASSWORD) && write_origin(url, ret_origin))
                return url;
        curl_url_cleanup(url);
        return NULL;
}

void http_encode(struct sai_buf *buf, const char *text, size_t len)
{
        static const char digits[] = "0123456789ABCDEF";
        for (size_t i = 0; i < len; i++) {
                unsigned char c = (unsigned char)text[i];
                bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '.' ||
                             c == '_' || c == '~';
                if (plain) {
                        sai_buf_char(buf, (char)c);
                } else {
                        char escaped[3] = { '%', digits[c >> 4], digits[c & 15] };
                        sai_buf_append(buf, escaped, sizeof escaped);
                }
        }
}

void http_form_add(struct sai_buf *buf, const char *name, const char *value)
{
        if (buf->len > 0 && buf->data[buf->len - 1] != '?')
                sai_buf_char(buf, '&');
        http_encode(buf, name, strlen(name));
        sai_buf_char(buf, '=');
        http_encode(buf, value, strlen(value));
}
