/* problem.c -- every error answer of the service: RFC 9457 documents made from one list of codes.
 *
 * `detail` is what the failing layer wrote for people; where something failed inside (5xx) it is left out, because a text written
 * for a log may name a table, a file or a host. Headers that belong to an error (WWW-Authenticate, Retry-After, no-store) are set
 * here as well, so that no handler can forget them. */
#include "http/http_internal.h"

#include <string.h>

static void add_member(struct sai_buf *buf, const char *name, const char *text)
{
        sai_buf_char(buf, ',');
        sai_json_string(buf, name, strlen(name));
        sai_buf_char(buf, ':');
        sai_json_string(buf, text, strlen(text));
}

static void add_error(struct sai_buf *buf, const char *pointer, const char *code, const char *message)
{
        sai_buf_text(buf, "{\"pointer\":");
        sai_json_string(buf, pointer, strlen(pointer));
        add_member(buf, "code", code);
        add_member(buf, "message", message);
        sai_buf_char(buf, '}');
}

static void add_errors(struct sai_buf *buf, const struct sai_err *err, const struct sai_errors *errors)
{
        sai_buf_text(buf, ",\"errors\":[");
        if (errors && errors->count) {
                for (size_t i = 0; i < errors->count; i++) {
                        if (i)
                                sai_buf_char(buf, ',');
                        add_error(buf, errors->items[i].pointer, errors->items[i].code, errors->items[i].message);
                }
        } else if (err && err->field[0]) {
                add_error(buf, err->field, "not_allowed", err->detail);
        }
        sai_buf_char(buf, ']');
}

/* Seconds until a try makes sense, before jitter; 0: no header. */
static unsigned retry_after(sai_status code)
{
        switch (code) {
        case SAI_BUSY:
        case SAI_IDEMPOTENCY_RUNNING:
                return 1;
        case SAI_UNAVAILABLE:
        case SAI_TIMEOUT:
                return 5;
        case SAI_RATE_LIMITED:
                return 60;
        default:
                return 0;
        }
}

static void add_retry_after(const struct sai_request *request, struct sai_reply *reply, sai_status code)
{
        unsigned seconds = retry_after(code);
        if (!seconds)
                return;
        /* Clients that were turned away together must not come back together. */
        if (seconds >= 5 && request->config && request->config->random.fill)
                seconds += (unsigned)sai_random_below(&request->config->random, seconds / 5 + 1);
        const char *text = sai_arena_printf(request->arena, "%u", seconds);
        sai_reply_header(reply, "Retry-After", text ? text : "5");
}

static void add_challenge(const struct sai_request *request, struct sai_reply *reply, sai_status code)
{
        bool token_sent =
                (code != SAI_UNAUTHENTICATED && code != SAI_BAD_CREDENTIALS) || sai_request_header(request, "authorization").data;
        sai_reply_header(reply, "WWW-Authenticate",
                         token_sent ? "Bearer realm=\"stravaai\", error=\"invalid_token\"" : "Bearer realm=\"stravaai\"");
}

/* What a handler had set that an error keeps: when to come back (rate limiter), and cookies that end a session. */
static size_t keep_headers(const struct sai_reply *reply, struct sai_header kept[], size_t room)
{
        static const char *const names[] = { "Retry-After",         "Set-Cookie",       "Allow",
                                             "RateLimit",           "RateLimit-Policy", "RateLimit-Limit",
                                             "RateLimit-Remaining", "RateLimit-Reset" };
        size_t count = 0;
        for (size_t i = 0; i < reply->header_count && count < room; i++)
                for (size_t n = 0; n < SAI_COUNT(names); n++)
                        if (sai_text_equal_ignoring_case(reply->headers[i].name, sai_text_of(names[n])))
                                kept[count++] = reply->headers[i];
        return count;
}

static void write_document(const struct sai_request *request, struct sai_buf *body, sai_status code, const struct sai_err *err,
                           const struct sai_errors *errors)
{
        int status = sai_status_http(code);
        sai_buf_printf(body, "{\"type\":\"/problems/%s\"", sai_status_slug(code));
        add_member(body, "title", sai_status_text(code));
        sai_buf_printf(body, ",\"status\":%d", status);
        add_member(body, "detail", status < 500 && err && err->detail[0] ? err->detail : sai_status_text(code));
        sai_buf_text(body, ",\"instance\":");
        sai_json_string(body, request->path.data ? request->path.data : "", request->path.data ? request->path.len : 0);
        add_member(body, "request_id", request->request_id ? request->request_id : "");
        if (status == 422)
                add_errors(body, err, errors);
        sai_buf_char(body, '}');
}

void sai_reply_problem(const struct sai_request *request, struct sai_reply *reply, sai_status code, const struct sai_err *err,
                       const struct sai_errors *errors)
{
        struct sai_header kept[8];
        size_t kept_count = keep_headers(reply, kept, SAI_COUNT(kept));
        bool close = reply->close;
        if (code == SAI_OK || code >= SAI_STATUS_COUNT)
                code = SAI_INTERNAL;
        http_reply_reset(reply);
        reply->close = close;
        reply->status = sai_status_http(code);
        reply->content_type = "application/problem+json";
        reply->cache_control = "no-store";
        for (size_t i = 0; i < kept_count; i++)
                reply->headers[reply->header_count++] = kept[i];

        write_document(request, &reply->body, code, err, errors);
        if (reply->status == 401)
                add_challenge(request, reply, code);
        if (!http_reply_find(reply, "Retry-After"))
                add_retry_after(request, reply, code);
}
