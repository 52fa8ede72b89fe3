/* proxy.c -- who the client is when a reverse proxy stands in front.
 *
 * X-Forwarded-For is believed only when the peer itself is a trusted proxy, and then only its right-most entry that no trusted proxy
 * could have written: everything left of that the client may have made up. The result keys rate limits and logs, so a
 * header from outside must never be able to change it. */
#include "http/http_internal.h"

#include <arpa/inet.h>
#include <string.h>

/* Addresses as 16 bytes; IPv4 as ::ffff:a.b.c.d, so that one comparison serves both. */
struct range {
        unsigned char address[16];
        unsigned bits;
};

struct http_proxies {
        size_t count;
        struct range ranges[];
};

static bool parse_address(struct sai_text text, unsigned char out[16], bool *ret_v4)
{
        char copy[INET6_ADDRSTRLEN];
        if (text.len == 0 || text.len >= sizeof copy)
                return false;
        memcpy(copy, text.data, text.len);
        copy[text.len] = '\0';
        unsigned char v4[4];
        *ret_v4 = inet_pton(AF_INET, copy, v4) == 1;
        if (*ret_v4) {
                static const unsigned char prefix[12] = { [10] = 0xff, [11] = 0xff };
                memcpy(out, prefix, sizeof prefix);
                memcpy(out + 12, v4, sizeof v4);
                return true;
        }
        return inet_pton(AF_INET6, copy, out) == 1;
}

static bool parse_range(const char *text, struct range *range)
{
        bool v4;
        const char *slash = strchr(text, '/');
        struct sai_text address = { text, slash ? (size_t)(slash - text) : strlen(text) };
        if (!parse_address(address, range->address, &v4))
                return false;
        int64_t bits = v4 ? 32 : 128;
        if (slash && (!sai_parse_i64(slash + 1, strlen(slash + 1), &bits) || bits < 0 || bits > (v4 ? 32 : 128)))
                return false;
        range->bits = (unsigned)bits + (v4 ? 96 : 0);
        return true;
}

sai_status http_proxies_new(const char *const *list, struct http_proxies **ret_proxies, struct sai_err *err)
{
        size_t count = 0;
        while (list && list[count])
                count++;
        struct http_proxies *proxies = calloc(1, sizeof *proxies + count * sizeof proxies->ranges[0]);
        if (!proxies)
                return sai_fail(err, SAI_NO_MEMORY, "trusted proxies");
        for (; proxies->count < count; proxies->count++) {
                if (!parse_range(list[proxies->count], &proxies->ranges[proxies->count])) {
                        sai_status rc = sai_fail(err, SAI_INVALID, "trusted proxy %.60s is no address or CIDR range",
                                                 list[proxies->count]);
                        free(proxies);
                        return rc;
                }
        }
        *ret_proxies = proxies;
        return SAI_OK;
}

void http_proxies_free(struct http_proxies *proxies) { free(proxies); }

static bool in_range(const struct range *range, const unsigned char address[16])
{
        size_t whole = range->bits / 8, rest = range->bits % 8;
        if (memcmp(range->address, address, whole) != 0)
                return false;
        unsigned mask = 0xff00u >> rest & 0xff;
        return rest == 0 || ((range->address[whole] ^ address[whole]) & mask) == 0;
}

bool http_proxies_trust(const struct http_proxies *proxies, struct sai_text address)
{
        unsigned char bytes[16];
        bool v4;
        if (!proxies || proxies->count == 0 || !parse_address(address, bytes, &v4))
                return false;
        for (size_t i = 0; i < proxies->count; i++)
                if (in_range(&proxies->ranges[i], bytes))
                        return true;
        return false;
}

/* Right to left through one header's list. True when an entry that is not a trusted proxy was found (or the list is nonsense there). */
static bool scan_list(const struct http_proxies *proxies, struct sai_text list, char buffer[46])
{
        size_t end = list.len;
        for (;;) {
                size_t start = end;
                while (start > 0 && list.data[start - 1] != ',')
                        start--;
                struct sai_text entry = { list.data + start, end - start };
                while (entry.len && (entry.data[0] == ' ' || entry.data[0] == '\t')) {
                        entry.data++;
                        entry.len--;
                }
                while (entry.len && (entry.data[entry.len - 1] == ' ' || entry.data[entry.len - 1] == '\t'))
                        entry.len--;
                unsigned char bytes[16];
                bool v4;
                if (!parse_address(entry, bytes, &v4))
                        return true;
                memcpy(buffer, entry.data, entry.len);
                buffer[entry.len] = '\0';
                if (!http_proxies_trust(proxies, entry))
                        return true;
                if (start == 0)
                        return false;
                end = start - 1;
        }
}

void http_proxies_resolve(const struct http_proxies *proxies, const char *peer, struct sai_request *request, char buffer[46])
{
        request->client_address = peer;
        request->https = false;
        if (!http_proxies_trust(proxies, sai_text_of(peer)))
                return;
        request->https = sai_text_equal_ignoring_case(sai_request_header(request, "x-forwarded-proto"), SAI_TEXT("https"));
        buffer[0] = '\0';
        /* Several headers are one list, the last header being its end. */
        for (size_t i = request->header_count; i > 0; i--) {
                const struct sai_header *header = &request->headers[i - 1];
                if (sai_text_equal_ignoring_case(header->name, SAI_TEXT("x-forwarded-for")) &&
                    scan_list(proxies, header->value, buffer))
                        break;
        }
        if (buffer[0])
                request->client_address = buffer;
}
