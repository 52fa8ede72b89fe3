/* reply.c -- what handlers fill.
 *
 * One writer for headers, so that one place decides what may stand in them. A control byte in a value would let whoever chose the value
 * write headers or a whole answer of their own; it is a programming error, turned into a 500 rather than sent. */
#include "http/http_internal.h"

#include <string.h>

void http_reply_init(struct sai_reply *reply)
{
        *reply = (struct sai_reply) { .status = 0 };
        sai_buf_init(&reply->body, SAI_MAX_REPLY_BODY);
}

void http_reply_release(struct sai_reply *reply)
{
        void (*release)(void *) = reply->release;
        reply->release = NULL;
        reply->shared_body = (struct sai_text) { NULL, 0 };
        reply->shared_is_gzip = false;
        if (release)
                release(reply->release_arg);
}

void http_reply_reset(struct sai_reply *reply)
{
        struct sai_buf body = reply->body;
        http_reply_release(reply);
        sai_buf_clear(&body);
        *reply = (struct sai_reply) { .body = body };
}

void sai_reply_done(struct sai_reply *reply)
{
        http_reply_release(reply);
        sai_buf_done(&reply->body);
}

static bool is_sendable(const char *text)
{
        for (; *text; text++) {
                unsigned char c = (unsigned char)*text;
                if ((c < 0x20 && c != '\t') || c == 0x7f)
                        return false;
        }
        return true;
}

void sai_reply_header(struct sai_reply *reply, const char *name, const char *value)
{
        if (!name || !value || !is_sendable(value) || reply->header_count == SAI_COUNT(reply->headers)) {
                reply->broken = true;
                return;
        }
        reply->headers[reply->header_count++] = (struct sai_header) { sai_text_of(name), sai_text_of(value) };
}

const char *http_reply_find(const struct sai_reply *reply, const char *name)
{
        struct sai_text wanted = sai_text_of(name);
        for (size_t i = 0; i < reply->header_count; i++)
                if (sai_text_equal_ignoring_case(reply->headers[i].name, wanted))
                        return reply->headers[i].value.data;
        return NULL;
}

sai_status sai_reply_model(struct sai_reply *reply, const struct sai_model *model, const void *object, struct sai_err *err)
{
        sai_buf_clear(&reply->body);
        sai_model_write(&reply->body, model, object);
        return sai_buf_status(&reply->body, err);
}

/* The request's own target with another cursor, as a relative reference. */
static sai_status next_link(const struct sai_request *request, struct sai_reply *reply, const char *next_cursor,
                            struct sai_err *err)
{
        struct sai_buf link;
        sai_buf_init(&link, SAI_MAX_TARGET * 4);
        sai_buf_char(&link, '<');
        struct sai_text path = request->target;
        const char *question = memchr(path.data, '?', path.len);
        sai_buf_append(&link, path.data, question ? (size_t)(question - path.data) : path.len);
        sai_buf_char(&link, '?');
        for (size_t i = 0; i < request->query_count; i++) {
                if (sai_text_is(request->query[i].name, "cursor"))
                        continue;
                http_percent_encode(&link, request->query[i].name);
                sai_buf_char(&link, '=');
                http_percent_encode(&link, request->query[i].value);
                sai_buf_char(&link, '&');
        }
        sai_buf_text(&link, "cursor=");
        http_percent_encode(&link, sai_text_of(next_cursor));
        sai_buf_text(&link, ">; rel=\"next\"");
        sai_status rc = sai_buf_status(&link, err);
        const char *text = rc == SAI_OK ? sai_arena_strndup(request->arena, link.data, link.len) : NULL;
        sai_buf_done(&link);
        if (rc != SAI_OK)
                return rc;
        if (!text)
                return sai_fail(err, SAI_NO_MEMORY, "Link header");
        sai_reply_header(reply, "Link", text);
        return SAI_OK;
}

sai_status sai_reply_list(const struct sai_request *request, struct sai_reply *reply, const struct sai_model *model,
                          const void *items, size_t count, const char *next_cursor, struct sai_err *err)
{
        struct sai_buf *body = &reply->body;
        sai_buf_clear(body);
        sai_buf_text(body, "{\"items\":[");
        for (size_t i = 0; i < count; i++) {
                if (i)
                        sai_buf_char(body, ',');
                sai_model_write(body, model, (const char *)items + i * model->size);
        }
        sai_buf_text(body, "],\"next_cursor\":");
        if (next_cursor)
                sai_json_string(body, next_cursor, strlen(next_cursor));
        else
                sai_buf_text(body, "null");
        sai_buf_char(body, '}');
        if (next_cursor) {
                sai_status rc = next_link(request, reply, next_cursor, err);
                if (rc != SAI_OK)
                        return rc;
        }
        return sai_buf_status(body, err);
}

sai_status sai_reply_redirect(struct sai_reply *reply, struct sai_arena *arena, const char *location, struct sai_err *err)
{
        const char *copy = sai_arena_strdup(arena, location);
        if (!copy)
                return sai_fail(err, SAI_NO_MEMORY, "Location header");
        reply->status = 303;
        sai_buf_clear(&reply->body);
        sai_reply_header(reply, "Location", copy);
        return SAI_OK;
}

sai_status sai_reply_cookie(struct sai_reply *reply, struct sai_arena *arena, const char *name, const char *value,
                            int64_t max_age_s, bool secure, struct sai_err *err)
{
        for (const char *at = value; *at; at++)
                if (*at <= 0x20 || *at == '"' || *at == ',' || *at == ';' || *at == '\\' || *at == 0x7f)
                        return sai_fail(err, SAI_INTERNAL, "a cookie value that no cookie may have");
        char age[40] = "";
        if (max_age_s >= 0)
                snprintf(age, sizeof age, "; Max-Age=%lld", (long long)max_age_s);
        const char *text =
                sai_arena_printf(arena, "%s=%s; Path=/; HttpOnly; SameSite=Lax%s%s", name, value, secure ? "; Secure" : "", age);
        if (!text)
                return sai_fail(err, SAI_NO_MEMORY, "Set-Cookie header");
        sai_reply_header(reply, "Set-Cookie", text);
        return SAI_OK;
}
