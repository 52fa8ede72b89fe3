/* etag.c -- strong validators that are known before the answer is.
 *
 * An answer is a function of the program, the athlete's data, the local day, the target and the coding. A keyless hash of those is
 * therefore a strong ETag, and a client that still has it gets its 304 without a single row being read. Each part is
 * preceded by its length, so that no two different lists of parts hash alike. */
#include "http/http_internal.h"

#include <sodium.h>
#include <string.h>

enum { TAG_BYTES = 18 }; /* 144 bits, 24 characters: nobody finds two answers with one tag by chance */

static void add(crypto_generichash_state *state, const void *data, size_t len)
{
        uint64_t size = len;
        crypto_generichash_update(state, (const unsigned char *)&size, sizeof size);
        crypto_generichash_update(state, data, len);
}

void http_etag_make(const struct sai_server_config *config, const struct sai_request *request, bool gzip, char out[48])
{
        const struct sai_principal *principal = &request->principal;
        const struct sai_route *route = request->route;
        bool of_build = route->cache == SAI_CACHE_PUBLIC;
        unsigned char tag[TAG_BYTES];
        crypto_generichash_state state;
        crypto_generichash_init(&state, NULL, 0, sizeof tag);
        add(&state, config->build_id ? config->build_id : "", config->build_id ? strlen(config->build_id) : 0);
        add(&state, route->path, strlen(route->path));
        add(&state, request->target.data, request->target.len);
        add(&state, gzip ? "gzip" : "", gzip ? 4 : 0);
        if (!of_build) {
                const struct sai_authenticator *who = &config->authenticator;
                int32_t today = who->today ? who->today(who->context, request) : 0;
                add(&state, principal->user_id.bytes, sizeof principal->user_id.bytes);
                add(&state, &principal->data_version, sizeof principal->data_version);
                add(&state, &today, sizeof today);
        }
        crypto_generichash_final(&state, tag, sizeof tag);
        sai_base64url_encode(tag, sizeof tag, out);
}

bool http_etag_listed(struct sai_text if_none_match, const char *etag, bool star)
{
        struct sai_text element, wanted = sai_text_of(etag);
        for (size_t cursor = 0; http_next_element(if_none_match, &cursor, &element);) {
                if (sai_text_is(element, "*")) {
                        if (star)
                                return true;
                        continue;
                }
                /* If-None-Match compares weakly (RFC 9110, 13.1.2): W/ in front does not matter. */
                if (element.len > 2 && element.data[0] == 'W' && element.data[1] == '/') {
                        element.data += 2;
                        element.len -= 2;
                }
                if (wanted.len && element.len == wanted.len + 2 && element.data[0] == '"' &&
                    element.data[element.len - 1] == '"' && memcmp(element.data + 1, wanted.data, wanted.len) == 0)
                        return true;
        }
        return false;
}
