/* openapi_paths.c -- the operations of the OpenAPI document: one for each row of the route tables.
 *
 * Which problems an operation can answer with follows from its row (it takes a body: 413, 415; it wants somebody: 401; …) and from the codes
 * that the row adds. What the gate refuses before a route is known is the `default` answer. */
#include "http/openapi_internal.h"

#include <string.h>

/* -- Parameters ----------------------------------------------------------------------------------------------------- */
static void write_path(struct sai_buf *buf, const char *path)
{
        openapi_next(buf);
        sai_buf_char(buf, '"');
        for (bool inside = false; *path || inside; path++) {
                if (inside && (*path == '/' || *path == '\0')) {
                        sai_buf_char(buf, '}');
                        inside = false;
                        if (*path == '\0')
                                break;
                }
                if (*path == ':') {
                        sai_buf_char(buf, '{');
                        inside = true;
                } else {
                        sai_buf_char(buf, *path);
                }
        }
        sai_buf_text(buf, "\":");
}

static void write_path_parameters(struct sai_buf *buf, const char *path)
{
        for (const char *at = strchr(path, ':'); at; at = strchr(at + 1, ':')) {
                size_t len = strcspn(at + 1, "/");
                bool id = (len == 2 && memcmp(at + 1, "id", 2) == 0) || (len > 3 && memcmp(at + len - 2, "_id", 3) == 0);
                openapi_next(buf);
                sai_buf_text(buf, "{\"name\":");
                sai_json_string(buf, at + 1, len);
                sai_buf_text(buf, ",\"in\":\"path\",\"required\":true,");
                if (id)
                        sai_buf_text(buf,
                                     "\"description\":\"Id, 24 lower-case hexadecimal digits\",\"schema\":{\"type\":\"string\","
                                     "\"pattern\":\"^[0-9a-f]{24}$\"},\"example\":\"665f1b2c3d4e5f6071829304\"}");
                else
                        sai_buf_text(buf, "\"description\":\"Name of the "
                                          "resource\",\"schema\":{\"type\":\"string\",\"minLength\":1}}");
        }
}

static void write_query_parameter(struct sai_buf *buf, const struct sai_field *field)
{
        struct sai_field plain = *field;
        plain.flags |= SAI_F_NO_CLEAR; /* a query string has no null */
        plain.doc = NULL; /* said by the parameter itself */
        plain.unit = NULL;
        openapi_next(buf);
        sai_buf_char(buf, '{');
        openapi_member(buf, "name", field->name);
        openapi_member(buf, "in", "query");
        openapi_key(buf, "required");
        sai_buf_text(buf, field->flags & SAI_F_REQUIRED ? "true" : "false");
        if (field->flags & SAI_F_DEPRECATED)
                sai_buf_text(buf, ",\"deprecated\":true");
        if (field->doc) {
                const char *unit = field->unit && field->unit[0] ? field->unit : NULL;
                char text[1024];
                (void)snprintf(text, sizeof text, "%s%s%s%s", field->doc, unit ? " (" : "", unit ? unit : "", unit ? ")" : "");
                openapi_member(buf, "description", text);
        }
        openapi_key(buf, "schema");
        sai_field_schema(buf, &plain, true);
        sai_buf_char(buf, '}');
}

static bool has_etag(const struct sai_route *route)
{
        bool cached = route->cache == SAI_CACHE_PRIVATE || route->cache == SAI_CACHE_PUBLIC || route->cache == SAI_CACHE_ROW;
        return cached && strcmp(route->method, "GET") == 0;
}

static void write_parameters(struct sai_buf *buf, const struct sai_route *route)
{
        openapi_key(buf, "parameters");
        sai_buf_char(buf, '[');
        write_path_parameters(buf, route->path);
        for (size_t i = 0; route->query && i < route->query->field_count; i++)
                if (!(route->query->fields[i].flags & (SAI_F_INTERNAL | SAI_F_PATH)))
                        write_query_parameter(buf, &route->query->fields[i]);
        if (has_etag(route)) {
                openapi_next(buf);
                sai_buf_text(buf, "{\"$ref\":\"#/components/parameters/IfNoneMatch\"}");
        }
        sai_buf_char(buf, ']');
}

/* -- Body ----------------------------------------------------------------------------------------------------------- */
static bool requires_member(const struct sai_model *model)
{
        for (size_t i = 0; i < model->field_count; i++)
                if (model->fields[i].flags & SAI_F_REQUIRED)
                        return true;
        return false;
}

static void write_body(struct openapi *doc, const struct sai_route *route)
{
        struct sai_buf *buf = doc->buf;
        if (route->body == SAI_BODY_UPLOAD) {
                openapi_key(buf, "requestBody");
                sai_buf_text(buf, "{\"required\":true,\"content\":{\"multipart/"
                                  "form-data\":{\"schema\":{\"type\":\"object\",\"properties\":{"
                                  "\"file\":{\"type\":\"string\",\"format\":\"binary\",\"description\":\"The file, as it is\"}},"
                                  "\"required\":[\"file\"],\"additionalProperties\":false}}}}");
        } else if (route->body == SAI_BODY_RAW) {
                openapi_key(buf, "requestBody");
                sai_buf_text(buf, "{\"required\":false,\"content\":{\"*/*\":{\"schema\":{}}}}");
        } else if (route->in) {
                openapi_key(buf, "requestBody");
                sai_buf_printf(buf,
                               "{\"required\":%s,\"content\":{\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/",
                               requires_member(route->in) ? "true" : "false");
                openapi_schema_name(doc, route->in, true, buf);
                sai_buf_text(buf, "\"},\"example\":");
                sai_model_example(buf, route->in, true);
                sai_buf_text(buf, "}}}");
        }
}

/* -- Answers -------------------------------------------------------------------------------------------------------- */
static void write_header(struct sai_buf *buf, const char *name, const char *component)
{
        openapi_next(buf);
        sai_buf_printf(buf, "\"%s\":{\"$ref\":\"#/components/headers/%s\"}", name, component);
}

static void write_rate_headers(struct sai_buf *buf, const struct sai_route *route)
{
        if (route->rate == SAI_RATE_NONE)
                return;
        write_header(buf, "RateLimit-Policy", "RateLimitPolicy");
        write_header(buf, "RateLimit", "RateLimit");
        write_header(buf, "RateLimit-Limit", "RateLimitLimit");
        write_header(buf, "RateLimit-Remaining", "RateLimitRemaining");
        write_header(buf, "RateLimit-Reset", "RateLimitReset");
}

static void write_content(struct openapi *doc, const struct sai_route *route)
{
        struct sai_buf *buf = doc->buf;
        openapi_key(buf, "content");
        if (route->out && route->out_list) {
                sai_buf_printf(buf,
                               "{\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/"
                               "%sList\"},\"example\":{\"items\":[",
                               route->out->name);
                sai_model_example(buf, route->out, false);
                sai_buf_text(buf, "],\"next_cursor\":null}}}");
        } else if (route->out) {
                size_t type_len = route->out_type ? strcspn(route->out_type, ";") : 0;
                sai_buf_char(buf, '{');
                if (type_len)
                        sai_json_string(buf, route->out_type, type_len);
                else
                        sai_buf_text(buf, "\"application/json\"");
                sai_buf_printf(buf, ":{\"schema\":{\"$ref\":\"#/components/schemas/%s\"},\"example\":", route->out->name);
                sai_model_example(buf, route->out, false);
                sai_buf_text(buf, "}}");
        } else {
                size_t len = strcspn(route->out_type, ";");
                bool json = len >= 4 && memcmp(route->out_type + len - 4, "json", 4) == 0;
                bool text = strncmp(route->out_type, "text/", 5) == 0;
                sai_buf_char(buf, '{');
                sai_json_string(buf, route->out_type, len);
                sai_buf_printf(buf, ":{\"schema\":{%s}}}",
                               json ? "\"type\":\"object\""
                                    : (text ? "\"type\":\"string\"" : "\"type\":\"string\",\"format\":\"binary\""));
        }
}

static void write_success(struct openapi *doc, const struct sai_route *route, int status)
{
        struct sai_buf *buf = doc->buf;
        openapi_next(buf);
        sai_buf_printf(buf, "\"%d\":{", status);
        openapi_member(buf, "description",
                       status == 201 ? "Made"
                                     : (status == 202 ? "Accepted; a job does it" : (status == 204 ? "Done" : "Success")));
        sai_buf_text(buf, ",\"headers\":{");
        write_header(buf, "X-Request-Id", "XRequestId");
        write_rate_headers(buf, route);
        if (has_etag(route))
                write_header(buf, "ETag", "ETag");
        if (route->out_list)
                write_header(buf, "Link", "Link");
        if (status == 201 || status == 202)
                write_header(buf, "Location", "Location");
        sai_buf_char(buf, '}');
        if (status != 204 && (route->out || route->out_type))
                write_content(doc, route);
        sai_buf_char(buf, '}');
}

/* Every code that can follow from the row. */
static void mark_problems(const struct sai_route *route, bool marked[SAI_STATUS_COUNT])
{
        bool takes_json = route->in != NULL,
             takes_body = takes_json || route->body == SAI_BODY_UPLOAD || route->body == SAI_BODY_RAW;
        bool wants_user = route->auth == SAI_AUTH_USER || route->auth == SAI_AUTH_BEARER;
        bool safe = strcmp(route->method, "GET") == 0;
        marked[SAI_BAD_REQUEST] = true;
        marked[SAI_MALFORMED_JSON] = takes_json;
        marked[SAI_UNAUTHENTICATED] = marked[SAI_TOKEN_INVALID] = marked[SAI_TOKEN_EXPIRED] = wants_user;
        marked[SAI_HTTPS_REQUIRED] = strncmp(route->path, "/health/", 8) != 0;
        marked[SAI_INSUFFICIENT_SCOPE] =
                route->auth == SAI_AUTH_USER || (route->auth == SAI_AUTH_OPTIONAL && route->sessions_only);
        marked[SAI_CROSS_SITE] = route->auth == SAI_AUTH_USER && !safe;
        marked[SAI_NOT_FOUND] = strchr(route->path, ':') != NULL;
        marked[SAI_NOT_ACCEPTABLE] = !route->redirect;
        marked[SAI_TOO_LARGE] = takes_body;
        marked[SAI_UNSUPPORTED_MEDIA] = true; /* also a body where none is taken */
        marked[SAI_INVALID] = !route->lenient_query || takes_json;
        marked[SAI_RATE_LIMITED] = route->rate != SAI_RATE_NONE;
        marked[SAI_INTERNAL] = true;
        marked[SAI_BUSY] = marked[SAI_TIMEOUT] = route->run == SAI_RUN_WORKER;
        marked[SAI_DISK_FULL] = route->body == SAI_BODY_UPLOAD;
        for (const sai_status *code = route->problems; code && *code != SAI_OK; code++)
                marked[*code] = true;
}

static void write_problem(struct openapi *doc, const struct sai_route *route, int status, const bool marked[SAI_STATUS_COUNT])
{
        struct sai_buf *buf = doc->buf;
        char description[512] = "";
        size_t len = 0;
        for (int code = SAI_OK + 1; code < SAI_STATUS_COUNT && len < sizeof description; code++)
                if (marked[code] && sai_status_http((sai_status)code) == status)
                        len += (size_t)snprintf(description + len, sizeof description - len, "%s%s", len ? "; " : "",
                                                sai_status_text((sai_status)code));
        openapi_next(buf);
        sai_buf_printf(buf, "\"%d\":{", status);
        openapi_member(buf, "description", description);
        sai_buf_text(buf, ",\"headers\":{");
        write_header(buf, "X-Request-Id", "XRequestId");
        if (status == 429)
                write_rate_headers(buf, route);
        if (status == 401)
                write_header(buf, "WWW-Authenticate", "WWWAuthenticate");
        if (status == 429 || status == 503)
                write_header(buf, "Retry-After", "RetryAfter");
        sai_buf_text(buf, "},\"content\":{\"application/problem+json\":{\"schema\":{\"$ref\":\"#/components/schemas/"
                          "Problem\"},\"examples\":{");
        for (int code = SAI_OK + 1; code < SAI_STATUS_COUNT; code++) {
                if (!marked[code] || sai_status_http((sai_status)code) != status)
                        continue;
                const char *slug = sai_status_slug((sai_status)code);
                openapi_next(buf);
                sai_buf_printf(buf, "\"%s\":{\"$ref\":\"#/components/examples/%s\"}", slug, slug);
                doc->problems[code] = true;
        }
        sai_buf_text(buf, "}}}}");
}

static bool answers_with(const struct sai_route *route, int status)
{
        for (size_t i = 0; i < SAI_COUNT(route->also); i++)
                if (route->also[i] == status)
                        return true;
        return false;
}

static void write_responses(struct openapi *doc, const struct sai_route *route)
{
        struct sai_buf *buf = doc->buf;
        bool marked[SAI_STATUS_COUNT] = { false };
        openapi_key(buf, "responses");
        sai_buf_char(buf, '{');
        if (!route->redirect || route->out || route->out_type)
                write_success(doc, route, route->status ? route->status : 200);
        for (size_t i = 0; i < SAI_COUNT(route->also) && route->also[i]; i++)
                write_success(doc, route, route->also[i]);
        if (route->redirect)
                sai_buf_printf(buf,
                               "%s\"303\":{\"description\":\"Elsewhere\",\"headers\":{\"Location\":{\"$ref\":\"#/components/"
                               "headers/Location\"}}}",
                               buf->data[buf->len - 1] == '{' ? "" : ",");
        if (has_etag(route))
                sai_buf_text(buf, ",\"304\":{\"description\":\"The client has it "
                                  "already\",\"headers\":{\"ETag\":{\"$ref\":\"#/components/headers/ETag\"}}}");
        mark_problems(route, marked);
        /* A status that is an answer of its own (an unready service says why in its own form) is described once. */
        for (int status = 400; status < 600; status++)
                for (int code = SAI_OK + 1; code < SAI_STATUS_COUNT; code++)
                        if (marked[code] && !answers_with(route, status) && sai_status_http((sai_status)code) == status) {
                                write_problem(doc, route, status, marked);
                                break;
                        }
        sai_buf_text(buf, ",\"default\":{\"$ref\":\"#/components/responses/Problem\"}}");
}

/* -- Operations ----------------------------------------------------------------------------------------------------- */
static void write_security(struct sai_buf *buf, enum sai_auth auth)
{
        static const char *const texts[] = {
                [SAI_AUTH_NONE] = "[]",
                [SAI_AUTH_OPTIONAL] = "[{},{\"bearer\":[]},{\"session\":[]}]",
                [SAI_AUTH_USER] = "[{\"bearer\":[]},{\"session\":[]}]",
                [SAI_AUTH_BEARER] = "[{\"bearer\":[]}]",
        };
        openapi_key(buf, "security");
        sai_buf_text(buf, texts[auth]);
}

static void write_operation(struct openapi *doc, const struct sai_route *route)
{
        struct sai_buf *buf = doc->buf;
        char method[8];
        size_t len = strlen(route->method);
        for (size_t i = 0; i <= len && i < sizeof method; i++)
                method[i] = (char)(route->method[i] | (route->method[i] ? 0x20 : 0));
        openapi_key(buf, method);
        sai_buf_char(buf, '{');
        openapi_key(buf, "tags");
        sai_buf_char(buf, '[');
        sai_json_string(buf, route->tag, strlen(route->tag));
        sai_buf_char(buf, ']');
        openapi_member(buf, "operationId", route->operation);
        openapi_member(buf, "summary", route->summary);
        openapi_member(buf, "description", route->doc ? route->doc : route->summary);
        write_security(buf, route->auth);
        write_parameters(buf, route);
        write_body(doc, route);
        write_responses(doc, route);
        sai_buf_char(buf, '}');
}

/* The index of a row over all tables; NULL at the end. */
static const struct sai_route *row_at(const struct sai_route *const *tables, size_t index)
{
        for (size_t t = 0; tables[t]; t++)
                for (const struct sai_route *route = tables[t]; route->method; route++)
                        if (index-- == 0)
                                return route;
        return NULL;
}

void openapi_paths(struct openapi *doc)
{
        const struct sai_route *const *tables = sai_router_tables(doc->router);
        const struct sai_route *route, *other;
        openapi_key(doc->buf, "paths");
        sai_buf_char(doc->buf, '{');
        for (size_t i = 0; (route = row_at(tables, i)) != NULL; i++) {
                bool seen = false;
                for (size_t k = 0; k < i && !seen; k++)
                        seen = strcmp(row_at(tables, k)->path, route->path) == 0;
                if (seen)
                        continue;
                write_path(doc->buf, route->path);
                sai_buf_char(doc->buf, '{');
                for (size_t k = i; (other = row_at(tables, k)) != NULL; k++)
                        if (strcmp(other->path, route->path) == 0)
                                write_operation(doc, other);
                sai_buf_char(doc->buf, '}');
        }
        sai_buf_char(doc->buf, '}');
}
