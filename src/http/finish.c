/* finish.c -- what every answer gets, whoever wrote it: validators, coding, caching and security headers.
 *
 * Runs last, on the thread that ran the handler, so that with and without a socket the same headers come out. The security headers
 * (checklist H13) are constant; the rest follows from the route's row. */
#include "http/http_internal.h"

#include <string.h>

static bool is_success(int status) { return status >= 200 && status < 300; }
static bool has_no_body(int status) { return status == 204 || status == 304; }

static struct sai_text body_of(const struct sai_reply *reply)
{
        if (reply->shared_body.data)
                return reply->shared_body;
        return (struct sai_text) { reply->body.data, reply->body.len };
}

static void drop_body(struct sai_reply *reply)
{
        http_reply_release(reply);
        sai_buf_clear(&reply->body);
}

/* A handler that failed half-way, or a header that may not be sent, must not leave with a 200. */
static void replace_broken(struct http_call *call)
{
        struct sai_err err = { 0 };
        sai_status rc = sai_buf_status(&call->reply->body, &err);
        if (call->reply->broken)
                rc = sai_fail(&err, SAI_INTERNAL, "a header that cannot be sent");
        if (rc != SAI_OK) {
                const char *route = call->request->route ? call->request->route->path : "";
                sai_log(call->config->log, SAI_LOG_ERROR, "http.reply_broken", SAI_LOG_TEXT("route", route),
                        SAI_LOG_TEXT("detail", err.detail));
                (void)http_refuse(call, SAI_INTERNAL, &err);
        }
}

/* 304 for answers whose tag is known only now: rows with a revision of their own, and `If-None-Match: *`. */
static void revalidate(struct http_call *call)
{
        struct sai_reply *reply = call->reply;
        if (reply->status != 200 || !reply->etag[0])
                return;
        struct sai_text sent = sai_request_header(call->request, "if-none-match");
        if (sent.data && http_etag_listed(sent, reply->etag, true)) {
                reply->status = 304;
                drop_body(reply);
        }
}

static bool is_compressible(const char *type)
{
        static const char *const types[] = { "application/json",         "application/geo+json",
                                             "application/problem+json", "application/javascript",
                                             "application/openapi+json", "application/gpx+xml",
                                             "application/xml",          "image/svg+xml" };
        if (strncmp(type, "text/", 5) == 0)
                return true;
        for (size_t i = 0; i < SAI_COUNT(types); i++)
                if (strncmp(type, types[i], strlen(types[i])) == 0)
                        return true;
        return false;
}

static void code(struct http_call *call, const char *type)
{
        struct sai_reply *reply = call->reply;
        if (reply->shared_is_gzip) {
                sai_reply_header(reply, "Content-Encoding", "gzip");
                return;
        }
        struct sai_text body = body_of(reply);
        if (!call->prefers_gzip || !call->gzip || body.len <= SAI_GZIP_MIN || !is_compressible(type) ||
            http_reply_find(reply, "Content-Encoding"))
                return;
        if (!*call->gzip)
                *call->gzip = http_gzip_new();
        if (!*call->gzip || http_gzip_code(*call->gzip, body, &reply->body) != SAI_OK)
                return; /* uncoded is always right */
        http_reply_release(reply);
        sai_reply_header(reply, "Content-Encoding", "gzip");
}

static const char *cache_control(const struct sai_route *route)
{
        switch (route ? route->cache : SAI_CACHE_NONE) {
        case SAI_CACHE_PRIVATE:
        case SAI_CACHE_ROW:
                return "private, no-cache";
        case SAI_CACHE_PUBLIC:
                return "public, no-cache";
        case SAI_CACHE_NO_STORE:
        case SAI_CACHE_NONE:
        default:
                return "no-store";
        }
}

static void add_caching(struct http_call *call)
{
        struct sai_reply *reply = call->reply;
        const struct sai_route *route = call->request->route;
        bool validated = reply->etag[0] && (is_success(reply->status) || reply->status == 304);
        sai_reply_header(reply, "Cache-Control", reply->cache_control ? reply->cache_control : cache_control(route));
        if (route && route->cache == SAI_CACHE_NO_STORE)
                sai_reply_header(reply, "Pragma", "no-cache"); /* for caches of HTTP/1.0, as the OAuth specification asks */
        if (validated) {
                const char *quoted = sai_arena_printf(call->request->arena, "\"%s\"", reply->etag);
                if (quoted)
                        sai_reply_header(reply, "ETag", quoted);
        }
        bool cors = call->config->cors_origins && call->config->cors_origins[0];
        if (route && route->auth != SAI_AUTH_NONE)
                sai_reply_header(reply, "Vary",
                                 cors ? "Authorization, Cookie, Accept-Encoding, Origin"
                                      : "Authorization, Cookie, Accept-Encoding");
        else if (cors)
                sai_reply_header(reply, "Vary", "Accept-Encoding, Origin");
        else if (validated || body_of(reply).len > SAI_GZIP_MIN || reply->shared_is_gzip)
                sai_reply_header(reply, "Vary", "Accept-Encoding");
}

static void add_security(struct http_call *call, const char *type)
{
        struct sai_reply *reply = call->reply;
        bool page = strncmp(type, "text/html", 9) == 0 && call->config->page_csp;
        sai_reply_header(reply, "X-Content-Type-Options", "nosniff");
        sai_reply_header(reply, "X-Frame-Options", "DENY");
        sai_reply_header(reply, "Referrer-Policy", "no-referrer");
        sai_reply_header(reply, "Content-Security-Policy",
                         page ? call->config->page_csp : "default-src 'none'; frame-ancestors 'none'");
        sai_reply_header(reply, "Cross-Origin-Resource-Policy", "same-origin");
        if (call->request->https)
                sai_reply_header(reply, "Strict-Transport-Security", "max-age=31536000; includeSubDomains");
}

/* The current form and the one that older clients know; seconds are rounded up. */
static void add_rate(struct http_call *call)
{
        struct sai_arena *arena = call->request->arena;
        http_rate_look(call);
        if (!call->rate.known)
                return;
        const struct http_rate_verdict *rate = &call->rate;
        const struct sai_rate_limits *limits = http_rate_limits(call->config->rate_limiter);
        const char *name = sai_rate_class_name(rate->rate);
        long long count = limits->of[rate->rate].count, seconds = limits->of[rate->rate].seconds;
        long long remaining = rate->remaining, reset = (rate->full_ms + 999) / 1000;
        const struct {
                const char *name, *value;
        } headers[] = {
                { "RateLimit-Policy", sai_arena_printf(arena, "\"%s\";q=%lld;w=%lld", name, count, seconds) },
                { "RateLimit", sai_arena_printf(arena, "\"%s\";r=%lld;t=%lld", name, remaining, reset) },
                { "RateLimit-Limit", sai_arena_printf(arena, "%lld", count) },
                { "RateLimit-Remaining", sai_arena_printf(arena, "%lld", remaining) },
                { "RateLimit-Reset", sai_arena_printf(arena, "%lld", reset) },
        };
        for (size_t i = 0; i < SAI_COUNT(headers); i++)
                if (headers[i].value)
                        sai_reply_header(call->reply, headers[i].name, headers[i].value);
}

void http_finish(struct http_call *call)
{
        struct sai_reply *reply = call->reply;
        const struct sai_route *route = call->request->route;
        replace_broken(call);
        if (reply->status == 0)
                reply->status = route && route->status ? route->status : 200;
        revalidate(call);

        const char *type = reply->content_type;
        if (!type)
                type = route && route->out_type ? route->out_type : "application/json";
        if (has_no_body(reply->status)) {
                drop_body(reply);
        } else {
                code(call, type);
                if (body_of(reply).len)
                        sai_reply_header(reply, "Content-Type", type);
        }
        add_caching(call);
        add_security(call, type);
        add_rate(call);
        http_cors_add(call->config, call->request, reply);
        sai_reply_header(reply, "X-Request-Id", call->request->request_id);
}
