/* cors.c -- which pages of other origins may read answers: those configured, byte for byte, and nobody else.
 *
 * For any other origin, `null` included, the answer is the same without the Access-Control headers, so that the list
 * cannot be probed. Credentials are allowed for a configured origin only, hence never together with a wildcard. */
#include "http/http_internal.h"

static const char allow_headers[] = "Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, X-Request-Id";
static const char expose_headers[] = "ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id, X-Cache";

/* The configured origin that the request names; NULL when none. */
static const char *allowed_origin(const struct sai_server_config *config, const struct sai_request *request)
{
        if (!config->cors_origins)
                return NULL;
        struct sai_text origin = sai_request_header(request, "origin");
        if (!origin.data)
                return NULL;
        for (size_t i = 0; config->cors_origins[i]; i++)
                if (sai_text_is(origin, config->cors_origins[i]))
                        return config->cors_origins[i];
        return NULL;
}

void http_cors_add(const struct sai_server_config *config, const struct sai_request *request, struct sai_reply *reply)
{
        const char *origin = allowed_origin(config, request);
        if (!origin)
                return;
        sai_reply_header(reply, "Access-Control-Allow-Origin", origin);
        sai_reply_header(reply, "Access-Control-Allow-Credentials", "true");
        if (request->method != SAI_OPTIONS)
                sai_reply_header(reply, "Access-Control-Expose-Headers", expose_headers);
}

void http_cors_preflight(const struct sai_server_config *config, const struct sai_request *request, const char *allow,
                         struct sai_reply *reply)
{
        reply->status = 204;
        sai_reply_header(reply, "Allow", allow);
        if (!allowed_origin(config, request) || !sai_request_header(request, "access-control-request-method").data)
                return;
        sai_reply_header(reply, "Access-Control-Allow-Methods", allow);
        sai_reply_header(reply, "Access-Control-Allow-Headers", allow_headers);
        sai_reply_header(reply, "Access-Control-Max-Age", "600");
}
