/* openapi.c -- the OpenAPI 3.1 document, written from the route and model tables.
 *
 * Nothing is said twice: what the router checks is what the document says, because both read the same rows. The text depends on
 * the tables alone, so that the generated file can be compared byte by byte. This half writes what operations refer to (schemas,
 * headers, examples, security schemes); openapi_paths.c writes the operations. */
#include "http/openapi_internal.h"

#include <string.h>

void openapi_next(struct sai_buf *buf)
{
        if (buf->len && buf->data[buf->len - 1] != '{' && buf->data[buf->len - 1] != '[')
                sai_buf_char(buf, ',');
}

void openapi_key(struct sai_buf *buf, const char *key)
{
        openapi_next(buf);
        sai_json_string(buf, key, strlen(key));
        sai_buf_char(buf, ':');
}

void openapi_member(struct sai_buf *buf, const char *key, const char *text)
{
        openapi_key(buf, key);
        sai_json_string(buf, text, strlen(text));
}

/* -- Which schemas there are ---------------------------------------------------------------------------------------- */
struct openapi_schema *openapi_find(struct openapi *doc, const struct sai_model *model)
{
        for (size_t i = 0; i < doc->schema_count; i++)
                if (doc->schemas[i].model == model)
                        return &doc->schemas[i];
        return NULL;
}

static sai_status collect_model(struct openapi *doc, const struct sai_model *model, bool input, int depth, struct sai_err *err)
{
        struct openapi_schema *schema = openapi_find(doc, model);
        if (schema && input && depth > 0)
                schema->nested_in = true;
        if (schema && (input ? schema->in : schema->out))
                return SAI_OK;
        if (depth > OPENAPI_MAX_DEPTH)
                return sai_fail(err, SAI_INTERNAL, "model %s nests too deep", model->name);
        if (!schema) {
                for (size_t i = 0; i < doc->schema_count; i++)
                        if (strcmp(doc->schemas[i].model->name, model->name) == 0)
                                return sai_fail(err, SAI_INTERNAL, "two models are called %s", model->name);
                if (doc->schema_count == OPENAPI_MAX_MODELS)
                        return sai_fail(err, SAI_INTERNAL, "too many models");
                schema = &doc->schemas[doc->schema_count++];
                schema->model = model;
                schema->nested_in = input && depth > 0;
        }
        if (input)
                schema->in = true;
        else
                schema->out = true;
        for (size_t i = 0; i < model->field_count; i++) {
                const struct sai_field *field = &model->fields[i];
                if (!field->model || (field->flags & SAI_F_INTERNAL) || (input && (field->flags & SAI_F_READONLY)))
                        continue;
                sai_status rc = collect_model(doc, field->model, input, depth + 1, err);
                if (rc != SAI_OK)
                        return rc;
        }
        return SAI_OK;
}

static sai_status collect_route(struct openapi *doc, const struct sai_route *route, struct sai_err *err)
{
        if (!route->operation || !route->tag || !route->summary)
                return sai_fail(err, SAI_INTERNAL, "route %s %s has no operation, tag or summary", route->method, route->path);
        if (route->in) {
                sai_status rc = collect_model(doc, route->in, true, 0, err);
                if (rc != SAI_OK)
                        return rc;
                openapi_find(doc, route->in)->in_itself = true;
        }
        if (!route->out)
                return SAI_OK;
        sai_status rc = collect_model(doc, route->out, false, 0, err);
        if (rc == SAI_OK && route->out_list)
                openapi_find(doc, route->out)->list = true;
        return rc;
}

static sai_status collect(struct openapi *doc, struct sai_err *err)
{
        const struct sai_route *const *tables = sai_router_tables(doc->router);
        for (size_t t = 0; tables[t]; t++) {
                for (const struct sai_route *route = tables[t]; route->method; route++) {
                        sai_status rc = collect_route(doc, route, err);
                        if (rc != SAI_OK)
                                return rc;
                }
        }
        return SAI_OK;
}

void openapi_schema_name(const struct openapi *doc, const struct sai_model *model, bool input, struct sai_buf *buf)
{
        sai_buf_text(buf, model->name);
        for (size_t i = 0; input && i < doc->schema_count; i++)
                if (doc->schemas[i].model == model && (doc->schemas[i].out || doc->schemas[i].nested_in))
                        sai_buf_text(buf, "Input");
}

/* -- Components ----------------------------------------------------------------------------------------------------- */
static void write_list_schema(struct sai_buf *buf, const struct sai_model *model)
{
        openapi_next(buf);
        sai_buf_printf(buf,
                       "\"%sList\":{\"type\":\"object\",\"description\":\"A page of a "
                       "list\",\"properties\":{\"items\":{\"type\":\"array\","
                       "\"items\":{\"$ref\":\"#/components/schemas/%s\"}},\"next_cursor\":{\"type\":[\"string\",\"null\"],"
                       "\"description\":\"`cursor` of the next page; null on the "
                       "last\"}},\"required\":[\"items\",\"next_cursor\"]}",
                       model->name, model->name);
}

static const char problem_schema[] =
        "\"Problem\":{\"type\":\"object\",\"description\":\"What went wrong (RFC 9457)\",\"properties\":{"
        "\"type\":{\"type\":\"string\",\"format\":\"uri-reference\",\"description\":\"Which kind of problem; stable\"},"
        "\"title\":{\"type\":\"string\",\"description\":\"The kind in words\"},"
        "\"status\":{\"type\":\"integer\",\"minimum\":400,\"maximum\":599,\"description\":\"The HTTP status\"},"
        "\"detail\":{\"type\":\"string\",\"description\":\"This case, for people\"},"
        "\"instance\":{\"type\":\"string\",\"description\":\"The path that was asked\"},"
        "\"request_id\":{\"type\":\"string\",\"description\":\"As in the X-Request-Id header\"},"
        "\"errors\":{\"type\":\"array\",\"description\":\"422 only: every member that was refused\","
        "\"items\":{\"$ref\":\"#/components/schemas/FieldError\"}}},"
        "\"required\":[\"type\",\"title\",\"status\",\"detail\",\"instance\",\"request_id\"]},"
        "\"FieldError\":{\"type\":\"object\",\"description\":\"One refused member\",\"properties\":{"
        "\"pointer\":{\"type\":\"string\",\"description\":\"JSON Pointer of the member, or `?name` of a query parameter\"},"
        "\"code\":{\"type\":\"string\",\"description\":\"Why; stable\"},"
        "\"message\":{\"type\":\"string\",\"description\":\"Why, for people\"}},"
        "\"required\":[\"pointer\",\"code\",\"message\"]}";

static void write_schemas(struct openapi *doc)
{
        struct sai_buf *buf = doc->buf;
        openapi_key(buf, "schemas");
        sai_buf_char(buf, '{');
        for (size_t i = 0; i < doc->schema_count; i++) {
                const struct openapi_schema *schema = &doc->schemas[i];
                if (schema->out || !schema->nested_in) {
                        openapi_key(buf, schema->model->name);
                        sai_model_schema(buf, schema->model, !schema->out);
                }
                if ((schema->out && schema->in_itself) || schema->nested_in) {
                        openapi_next(buf);
                        sai_buf_printf(buf, "\"%sInput\":", schema->model->name);
                        sai_model_schema(buf, schema->model, true);
                }
                if (schema->list)
                        write_list_schema(buf, schema->model);
        }
        openapi_next(buf);
        sai_buf_text(buf, problem_schema);
        sai_buf_char(buf, '}');
}

static void write_examples(struct openapi *doc)
{
        struct sai_buf *buf = doc->buf;
        openapi_key(buf, "examples");
        sai_buf_char(buf, '{');
        for (int code = SAI_OK + 1; code < SAI_STATUS_COUNT; code++) {
                if (!doc->problems[code])
                        continue;
                const char *slug = sai_status_slug((sai_status)code), *title = sai_status_text((sai_status)code);
                openapi_key(buf, slug);
                sai_buf_char(buf, '{');
                openapi_member(buf, "summary", title);
                sai_buf_printf(buf, ",\"value\":{\"type\":\"/problems/%s\"", slug);
                openapi_member(buf, "title", title);
                sai_buf_printf(buf, ",\"status\":%d", sai_status_http((sai_status)code));
                openapi_member(buf, "detail", title);
                sai_buf_text(buf, ",\"instance\":\"/api/v1/activities\",\"request_id\":\"8f14e45fceea167a\"");
                if (sai_status_http((sai_status)code) == 422)
                        sai_buf_text(buf,
                                     ",\"errors\":[{\"pointer\":\"?limit\",\"code\":\"too_large\",\"message\":\"at most 200\"}]");
                sai_buf_text(buf, "}}");
        }
        sai_buf_char(buf, '}');
}

static const char fixed_components[] =
        "\"headers\":{"
        "\"ETag\":{\"description\":\"Strong validator, for If-None-Match\",\"schema\":{\"type\":\"string\"}},"
        "\"Link\":{\"description\":\"The next page, rel=next; absent on the last\",\"schema\":{\"type\":\"string\"}},"
        "\"Location\":{\"description\":\"Where the result is, or will "
        "be\",\"schema\":{\"type\":\"string\",\"format\":\"uri-reference\"}},"
        "\"RateLimitPolicy\":{\"description\":\"Class, calls (q) and seconds (w) of the "
        "limit\",\"schema\":{\"type\":\"string\"}},"
        "\"RateLimit\":{\"description\":\"Class, calls that could be made now (r) and seconds until all can "
        "(t)\",\"schema\":{\"type\":\"string\"}},"
        "\"RateLimitLimit\":{\"description\":\"q of RateLimit-Policy\",\"schema\":{\"type\":\"integer\"}},"
        "\"RateLimitRemaining\":{\"description\":\"r of RateLimit\",\"schema\":{\"type\":\"integer\"}},"
        "\"RateLimitReset\":{\"description\":\"t of RateLimit\",\"schema\":{\"type\":\"integer\"}},"
        "\"RetryAfter\":{\"description\":\"Seconds until a new try makes "
        "sense\",\"schema\":{\"type\":\"integer\",\"minimum\":1}},"
        "\"WWWAuthenticate\":{\"description\":\"How to sign in\",\"schema\":{\"type\":\"string\"}},"
        "\"XRequestId\":{\"description\":\"Names this request in our log\",\"schema\":{\"type\":\"string\"}}},"
        "\"parameters\":{"
        "\"IfNoneMatch\":{\"name\":\"If-None-Match\",\"in\":\"header\",\"required\":false,"
        "\"description\":\"ETags the client has; 304 when one still holds\",\"schema\":{\"type\":\"string\"}}},"
        "\"responses\":{"
        "\"Problem\":{\"description\":\"Any other "
        "problem\",\"headers\":{\"X-Request-Id\":{\"$ref\":\"#/components/headers/XRequestId\"}},"
        "\"content\":{\"application/problem+json\":{\"schema\":{\"$ref\":\"#/components/schemas/Problem\"}}}}},"
        "\"securitySchemes\":{"
        "\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\",\"bearerFormat\":\"JWT\",\"description\":\"Access token of the "
        "sign-in\"},"
        "\"session\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"stravaai_session\","
        "\"description\":\"Session of the service's own pages (`__Host-` in front over HTTPS)\"}}";

/* -- The document --------------------------------------------------------------------------------------------------- */
static void write_info(struct sai_buf *buf, const struct sai_openapi_info *info)
{
        openapi_key(buf, "info");
        sai_buf_char(buf, '{');
        openapi_member(buf, "title", info->title);
        openapi_member(buf, "version", info->version);
        openapi_member(buf, "description", info->description);
        openapi_key(buf, "contact");
        sai_buf_char(buf, '{');
        openapi_member(buf, "name", info->title);
        openapi_member(buf, "url", info->contact_url);
        sai_buf_text(buf, "},\"license\":{");
        openapi_member(buf, "name", info->license_name);
        openapi_member(buf, "identifier", info->license_name);
        sai_buf_text(buf, "}}");

        openapi_key(buf, "servers");
        sai_buf_text(buf, "[{");
        openapi_member(buf, "url", info->server_url);
        openapi_member(buf, "description", "This service");
        sai_buf_text(buf, "}]");

        openapi_key(buf, "tags");
        sai_buf_char(buf, '[');
        for (size_t i = 0; info->tags && info->tags[i][0]; i++) {
                openapi_next(buf);
                sai_buf_char(buf, '{');
                openapi_member(buf, "name", info->tags[i][0]);
                openapi_member(buf, "description", info->tags[i][1]);
                sai_buf_char(buf, '}');
        }
        sai_buf_char(buf, ']');
}

sai_status sai_openapi_write(const struct sai_router *router, const struct sai_openapi_info *info, struct sai_buf *buf,
                             struct sai_err *err)
{
        struct openapi doc = { .router = router, .buf = buf };
        sai_status rc = collect(&doc, err);
        if (rc != SAI_OK)
                return rc;
        sai_buf_char(buf, '{');
        openapi_member(buf, "openapi", "3.1.0");
        write_info(buf, info);
        openapi_paths(&doc);
        openapi_key(buf, "components");
        sai_buf_char(buf, '{');
        write_schemas(&doc);
        write_examples(&doc);
        openapi_next(buf);
        sai_buf_text(buf, fixed_components);
        sai_buf_text(buf, "}}");
        return sai_buf_status(buf, err);
}
