/* fuzz_request.c -- any bytes as a request: cut into lines as a lenient parser would, then through gate, router and dispatch. Whatever comes
 * in, an answer comes out, no header of it holds a control byte, errors are problem documents, and nothing is a 500. */
#include <stdint.h>
#include <stdlib.h>

#include "http/http_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct thing {
        const char *name;
        struct sai_opt_i64 count;
        struct sai_opt_str note;
};
static const struct sai_field thing_fields[] = {
        SAI_FIELD(struct thing, name, .flags = SAI_F_REQUIRED, .min = 1, .max = 50),
        SAI_FIELD(struct thing, count, .min = 0, .max = 100),
        SAI_FIELD(struct thing, note, .max = 20),
};
static const struct sai_model thing_model = SAI_MODEL_OF(struct thing, thing_fields, "Thing");
struct thing_query {
        struct sai_opt_i64 limit;
        struct sai_opt_str cursor;
};
static const struct sai_field query_fields[] = {
        SAI_FIELD(struct thing_query, limit, .min = 1, .max = 200),
        SAI_FIELD(struct thing_query, cursor, .max = 512),
};
static const struct sai_model query_model = SAI_MODEL_OF(struct thing_query, query_fields, "ThingQuery");

static sai_status show(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        struct thing thing = { .name = "x" };
        return sai_reply_list(request, reply, &thing_model, &thing, 1, "next", err);
}
static sai_status add(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        return sai_reply_model(reply, &thing_model, request->in, err);
}
static sai_status name(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        (void)err;
        sai_json_string(&reply->body, request->params[0].data, request->params[0].len);
        return SAI_OK;
}
static const struct sai_route routes[] = {
        { .method = "GET", .path = "/t", .handler = show, .query = &query_model, .body = SAI_BODY_NONE },
        { .method = "POST", .path = "/t", .handler = add, .in = &thing_model, .status = 201 },
        { .method = "GET", .path = "/t/:id", .handler = show, .body = SAI_BODY_NONE, .out_type = "application/geo+json" },
        { .method = "GET",
          .path = "/n/:name",
          .handler = name,
          .auth = SAI_AUTH_OPTIONAL,
          .cache = SAI_CACHE_PUBLIC,
          .body = SAI_BODY_NONE },
        { .method = "PUT", .path = "/u", .handler = add, .in = &thing_model, .auth = SAI_AUTH_USER, .lenient_query = true },
        { 0 },
};
static const struct sai_route *const tables[] = { routes, NULL };
static const char *const origins[] = { "https://a.example", NULL };

static sai_status authenticate(void *context, struct sai_request *request, struct sai_err *err)
{
        (void)context;
        (void)sai_request_cookie(request, "session");
        struct sai_text token = sai_request_header(request, "authorization");
        request->principal.signed_in = token.len > 3;
        request->principal.scopes = UINT32_MAX;
        return token.len == 1 ? sai_fail(err, SAI_TOKEN_INVALID, "short") : SAI_OK;
}

/* Lines of "name:value" after the request line, without their line ends; at most 120. */
static size_t split(char *text, size_t len, struct sai_header *headers, size_t room, struct sai_text *method,
                    struct sai_text *target, const char **version, struct sai_text *body)
{
        char *line = text, *end = text + len;
        size_t count = 0;
        *body = (struct sai_text) { end, 0 };
        for (int number = 0; line < end; number++) {
                char *stop = memchr(line, '\n', (size_t)(end - line));
                char *next = stop ? stop + 1 : end;
                if (!stop)
                        stop = end;
                if (stop == line) {
                        *body = (struct sai_text) { next, (size_t)(end - next) };
                        break;
                }
                if (number == 0) {
                        char *first = memchr(line, ' ', (size_t)(stop - line));
                        char *second = first ? memchr(first + 1, ' ', (size_t)(stop - first - 1)) : NULL;
                        if (!second)
                                return SIZE_MAX;
                        *method = (struct sai_text) { line, (size_t)(first - line) };
                        *target = (struct sai_text) { first + 1, (size_t)(second - first - 1) };
                        *stop = '\0'; /* there is always one byte behind the text */
                        *version = second + 1;
                } else if (count < room) {
                        char *colon = memchr(line, ':', (size_t)(stop - line));
                        if (!colon)
                                return SIZE_MAX;
                        headers[count++] = (struct sai_header) { { line, (size_t)(colon - line) },
                                                                 { colon + 1, (size_t)(stop - colon - 1) } };
                }
                line = next;
        }
        return count;
}

static void check_reply(const struct sai_reply *reply)
{
        if (reply->status < 200 || reply->status > 599 || (reply->status == 500 && !reply->broken))
                abort();
        for (size_t i = 0; i < reply->header_count; i++)
                for (size_t k = 0; k < reply->headers[i].value.len; k++)
                        if ((unsigned char)reply->headers[i].value.data[k] < 0x20 && reply->headers[i].value.data[k] != '\t')
                                abort();
        struct sai_err err;
        const char *type = http_reply_find(reply, "Content-Type"), *coding = http_reply_find(reply, "Content-Encoding");
        if (reply->status >= 400 && !coding && reply->status != 304) {
                if (!type || strcmp(type, "application/problem+json") != 0 ||
                    sai_json_scan(reply->body.data, reply->body.len, SAI_MAX_JSON_DEPTH, &err) != SAI_OK)
                        abort();
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct sai_router *router; /* made once: the fuzzer runs millions of inputs in one process */
        struct sai_header headers[120];
        struct sai_text method = { NULL, 0 }, target = { NULL, 0 }, body;
        const char *version = "";
        struct sai_err err;
        if (size > SAI_KIB(32) || (!router && sai_router_new(tables, &router, &err) != SAI_OK))
                return 0;
        char *text = malloc(size + 1);
        struct sai_arena *arena = sai_arena_new(SAI_MIB(8));
        if (!text || !arena)
                abort();
        memcpy(text, data, size);
        text[size] = '\0';
        struct sai_seeded seed = { .state = 7 };
        struct sai_fake_clock clock = { .wall_ms = 1, .monotonic_ms = 1 };
        struct sai_server_config config = { .build_id = "b",
                                            .cors_origins = origins,
                                            .clock = sai_clock_fake(&clock),
                                            .random = sai_random_seeded(&seed),
                                            .authenticator = { .authenticate = authenticate } };
        size_t count = split(text, size, headers, SAI_COUNT(headers), &method, &target, &version, &body);
        struct http_framing framing;
        if (count != SIZE_MAX) {
                struct http_head head = { .version = version, .target = target, .headers = headers, .header_count = count };
                if (http_gate_check(&head, &framing, &err) == SAI_OK) {
                        struct sai_request request = { .method = http_method_of(method.data, method.len),
                                                       .target = target,
                                                       .headers = headers,
                                                       .header_count = count,
                                                       .body = body,
                                                       .arena = arena };
                        struct sai_reply reply;
                        char client[46];
                        const char *const trusted[] = { "10.0.0.0/8", "::1", NULL };
                        struct http_proxies *proxies = NULL;
                        if (http_proxies_new(trusted, &proxies, &err) != SAI_OK)
                                abort();
                        http_proxies_resolve(proxies, "10.1.2.3", &request, client);
                        sai_dispatch(&config, router, &request, &reply);
                        check_reply(&reply);
                        sai_reply_done(&reply);
                        http_proxies_free(proxies);
                }
        }
        sai_arena_free(arena);
        free(text);
        return 0;
}
