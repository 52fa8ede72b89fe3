/* request.c -- the questions that handlers ask a request about its headers. */
#include "http/http.h"

#include <string.h>

struct sai_text sai_request_header(const struct sai_request *request, const char *name)
{
        struct sai_text wanted = sai_text_of(name);
        for (size_t i = 0; i < request->header_count; i++) {
                const struct sai_header *header = &request->headers[i];
                if (header->name.len == wanted.len && sai_text_equal_ignoring_case(header->name, wanted))
                        return header->value;
        }
        return (struct sai_text) { NULL, 0 };
}

/* One "a=b; c=d" header. */
static bool find_cookie(struct sai_text header, struct sai_text name, struct sai_text *ret_value)
{
        const char *at = header.data, *end = header.data + header.len;
        while (at < end) {
                const char *stop = memchr(at, ';', (size_t)(end - at));
                if (!stop)
                        stop = end;
                while (at < stop && (*at == ' ' || *at == '\t'))
                        at++;
                size_t len = (size_t)(stop - at);
                if (len > name.len && at[name.len] == '=' && memcmp(at, name.data, name.len) == 0) {
                        *ret_value = (struct sai_text) { at + name.len + 1, len - name.len - 1 };
                        return true;
                }
                at = stop + 1;
        }
        return false;
}

struct sai_text sai_request_cookie(const struct sai_request *request, const char *name)
{
        struct sai_text wanted = sai_text_of(name), value;
        for (size_t i = 0; i < request->header_count; i++) {
                const struct sai_header *header = &request->headers[i];
                if (header->name.len == 6 && sai_text_equal_ignoring_case(header->name, SAI_TEXT("cookie")) &&
                    find_cookie(header->value, wanted, &value))
                        return value;
        }
        return (struct sai_text) { NULL, 0 };
}
