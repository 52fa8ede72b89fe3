/* dispatch.c -- the walk of a request from its target to its answer, in the order that the contract promises.
 *
 * "What is checked first wins": path and ids (404), method (405, 501), HTTPS, authentication (401), scope (403), rate (429), size
 * and types (413, 415, 406), syntax (400), content (422), then whatever the handler finds. The order is what a client sees of our
 * insides, so it is in one file.
 * Nothing here knows a socket; the server calls the three steps as the bytes come in, sai_dispatch calls them in one go. */
#include "http/http_internal.h"

#include <sodium.h>
#include <string.h>

static const struct sai_model empty_model = { .name = "Empty", .size = 1 };

bool http_refuse(struct http_call *call, sai_status code, const struct sai_err *err)
{
        sai_reply_problem(call->request, call->reply, code, err, NULL);
        return true;
}

uint64_t http_body_max(const struct sai_route *route)
{
        if (route->body_max)
                return route->body_max;
        return route->body == SAI_BODY_UPLOAD ? SAI_MAX_IMPORT_BODY : SAI_MAX_JSON_BODY;
}

/* -- Target, route, method ------------------------------------------------------------------------------------------ */
bool http_start(struct http_call *call)
{
        struct sai_request *request = call->request;
        struct sai_err err = { 0 };
        struct http_match match;
        sai_status rc = http_parse_path(request, &err);
        if (rc != SAI_OK)
                return http_refuse(call, rc, &err);
        if (request->method == SAI_OPTIONS && sai_text_is(request->path, "*")) {
                http_cors_preflight(call->config, request, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS", call->reply);
                return true;
        }
        http_router_match(call->router, request, &match);
        if (!match.allow)
                return http_refuse(call, SAI_NOT_FOUND, NULL);
        if (request->method == SAI_METHOD_OTHER)
                return http_refuse(call, SAI_NOT_IMPLEMENTED, NULL);
        if (request->method == SAI_OPTIONS) {
                http_cors_preflight(call->config, request, match.allow, call->reply);
                return true;
        }
        if (!match.route) {
                sai_reply_header(call->reply, "Allow", match.allow);
                return http_refuse(call, SAI_METHOD_NOT_ALLOWED, NULL);
        }
        request->route = match.route;
        int64_t deadline = match.route->deadline_ms ? match.route->deadline_ms : SAI_REQUEST_DEADLINE_MS;
        request->deadline_ms = request->started_ms + deadline;
        call->prefers_gzip = http_accepts_gzip(sai_request_header(request, "accept-encoding"));
        return false;
}

/* -- What the headers decide ---------------------------------------------------------------------------------------- */
static bool needs_https(const struct http_call *call)
{
        static const char exempt[] = "/health/";
        struct sai_text path = call->request->path;
        if (!call->config->require_https || call->request->https)
                return false;
        return path.len < sizeof exempt - 1 || memcmp(path.data, exempt, sizeof exempt - 1) != 0;
}

/* What an API token may do: what only reads, or what changes something; and nothing where only a session will do. */
static sai_status check_scope(const struct sai_request *request, struct sai_err *err)
{
        const struct sai_principal *who = &request->principal;
        if (!who->signed_in)
                return SAI_OK;
        if (request->route->sessions_only && who->by_api_token)
                return sai_fail(err, SAI_INSUFFICIENT_SCOPE, "API tokens do not open this call: sign in");
        bool reads = request->method == SAI_GET || request->method == SAI_HEAD;
        if (who->scopes & (reads ? SAI_SCOPE_READ : SAI_SCOPE_WRITE))
                return SAI_OK;
        return sai_fail(err, SAI_INSUFFICIENT_SCOPE, "the token's scopes lack `%s`", reads ? "read" : "write");
}

static sai_status authenticate(const struct http_call *call, struct sai_err *err)
{
        const struct sai_authenticator *who = &call->config->authenticator;
        struct sai_request *request = call->request;
        enum sai_auth auth = request->route->auth;
        if (auth == SAI_AUTH_NONE)
                return SAI_OK;
        sai_status rc = who->authenticate ? who->authenticate(who->context, request, err) : SAI_OK;
        if (auth == SAI_AUTH_OPTIONAL && rc != SAI_OK && sai_status_http(rc) == 401) {
                request->principal = (struct sai_principal) { 0 };
                return SAI_OK;
        }
        if (rc == SAI_OK && auth != SAI_AUTH_OPTIONAL && !request->principal.signed_in)
                return sai_fail(err, SAI_UNAUTHENTICATED, "this call needs a signed-in athlete");
        return rc == SAI_OK ? check_scope(request, err) : rc;
}

static sai_status check_body_type(const struct sai_request *request, struct sai_err *err)
{
        bool foreign_charset;
        struct sai_text header = sai_request_header(request, "content-type");
        if (request->route->body == SAI_BODY_RAW)
                return SAI_OK;
        const char *wanted = request->route->body == SAI_BODY_UPLOAD ? "multipart/form-data" : "application/json";
        struct sai_text type = http_media_type(header, &foreign_charset);
        if (!sai_text_equal_ignoring_case(type, sai_text_of(wanted)))
                return sai_fail(err, SAI_UNSUPPORTED_MEDIA, "the body must be %s", wanted);
        if (foreign_charset)
                return sai_fail(err, SAI_UNSUPPORTED_MEDIA, "the body must be UTF-8");
        return SAI_OK;
}

static sai_status check_body_headers(const struct http_call *call, struct sai_err *err)
{
        const struct sai_request *request = call->request;
        if (call->framing.length > http_body_max(request->route))
                return sai_fail(err, SAI_TOO_LARGE, "at most %llu bytes", (unsigned long long)http_body_max(request->route));
        if (sai_request_header(request, "content-encoding").data)
                return sai_fail(err, SAI_UNSUPPORTED_MEDIA, "bodies must come without a content coding");
        /* A chunked body may turn out empty; http_run looks at its type once it is known not to be. */
        return call->framing.length ? check_body_type(request, err) : SAI_OK;
}

static bool is_acceptable(const struct sai_request *request)
{
        struct sai_text accept = sai_request_header(request, "accept");
        const char *type = request->route->out_type ? request->route->out_type : "application/json";
        char plain[80];
        if (!accept.data || request->route->redirect)
                return true;
        size_t len = strcspn(type, "; ");
        if (len >= sizeof plain)
                return true;
        memcpy(plain, type, len);
        plain[len] = '\0';
        /* A structured JSON type is JSON for those who ask for no more. */
        bool is_json = len > 5 && strcmp(plain + len - 5, "+json") == 0;
        return http_accepts(accept, plain) || (is_json && http_accepts(accept, "application/json"));
}

/* The bucket by the user, else by the address. With a cost of 0 it is only looked at. */
static void ask_limiter(struct http_call *call, enum sai_rate_class rate, unsigned cost)
{
        const struct sai_principal *who = &call->request->principal;
        struct sai_rate_limiter *limiter = call->config->rate_limiter;
        unsigned char address[17];
        if (!limiter || http_rate_limits(limiter)->off)
                return;
        const void *key = who->user_id.bytes;
        size_t len = sizeof who->user_id.bytes;
        if (!who->signed_in) {
                key = address;
                len = http_rate_address_key(call->request->client_address, address);
        }
        call->rate = http_rate_take(limiter, rate, key, len, cost, sai_monotonic_ms(&call->config->clock));
}

static sai_status check_rate(struct http_call *call, struct sai_err *err)
{
        const struct sai_route *route = call->request->route;
        enum sai_rate_class rate = route->rate;
        if (rate == SAI_RATE_NONE)
                return SAI_OK;
        if (!call->request->principal.signed_in && rate != SAI_RATE_AUTH)
                rate = SAI_RATE_UNSIGNED;
        ask_limiter(call, rate, route->cost ? route->cost : 1);
        if (!call->rate.known || call->rate.allowed)
                return SAI_OK;
        /* Who was turned away together must not come back together: up to a fifth more. */
        int64_t wait_ms = call->rate.retry_ms;
        if (call->config->random.fill)
                wait_ms += (int64_t)sai_random_below(&call->config->random, (uint64_t)wait_ms / 5 + 1);
        const char *text = sai_arena_printf(call->request->arena, "%lld", (long long)(wait_ms + 999) / 1000);
        sai_reply_header(call->reply, "Retry-After", text ? text : "60");
        return sai_fail(err, SAI_RATE_LIMITED, "too many calls of the class `%s`", sai_rate_class_name(rate));
}

/* Also an answer that was not counted (401, 404, a preflight) says how things stand. */
void http_rate_look(struct http_call *call)
{
        static const char base[] = "/api/";
        const struct sai_request *request = call->request;
        enum sai_rate_class rate = SAI_RATE_UNSIGNED;
        if (call->rate.known || request->path.len < sizeof base - 1 || memcmp(request->path.data, base, sizeof base - 1) != 0)
                return;
        if (request->route && (request->principal.signed_in || request->route->rate == SAI_RATE_AUTH))
                rate = request->route->rate;
        if (rate != SAI_RATE_NONE)
                ask_limiter(call, rate, 0);
}

bool http_admit(struct http_call *call)
{
        struct sai_err err = { 0 };
        if (needs_https(call))
                return http_refuse(call, SAI_HTTPS_REQUIRED, NULL);
        sai_status rc = authenticate(call, &err);
        if (rc == SAI_OK)
                rc = check_rate(call, &err);
        if (rc == SAI_OK)
                rc = check_body_headers(call, &err);
        if (rc == SAI_OK && !is_acceptable(call->request))
                rc = sai_fail(&err, SAI_NOT_ACCEPTABLE, "this call answers in another media type");
        return rc == SAI_OK ? false : http_refuse(call, rc, &err);
}

/* -- Body, parameters, condition, handler ---------------------------------------------------------------------------- */
static sai_status read_body(struct http_call *call, struct sai_errors *errors, struct sai_err *err)
{
        struct sai_request *request = call->request;
        const struct sai_route *route = request->route;
        if (route->body == SAI_BODY_UPLOAD && !request->upload)
                return sai_fail_field(err, SAI_INVALID, "/file", "a part called `file` is required");
        if (route->body == SAI_BODY_UPLOAD || route->body == SAI_BODY_RAW)
                return SAI_OK;
        if (request->body.len > http_body_max(route))
                return sai_fail(err, SAI_TOO_LARGE, "at most %llu bytes", (unsigned long long)http_body_max(route));
        if (request->body.len && !call->framing.length) {
                sai_status rc = check_body_type(request, err);
                if (rc != SAI_OK)
                        return rc;
        }
        if (!request->body.len && !route->in)
                return SAI_OK;
        const struct sai_model *model = route->in ? route->in : &empty_model;
        void *object = sai_arena_alloc(request->arena, model->size);
        if (!object)
                return sai_fail(err, SAI_NO_MEMORY, "request body");
        sai_status rc = sai_model_read(model, request->body.data, request->body.len, request->arena, object, errors, err);
        request->in = route->in ? object : NULL;
        return rc == SAI_INVALID && errors->count ? SAI_OK : rc; /* reported with the parameters' errors, all at once */
}

/* For what Strava sends: parameters the model does not name are dropped before it is read. */
static sai_status read_known(struct sai_request *request, const struct sai_model *model, void *object, struct sai_errors *errors)
{
        struct sai_pair known[SAI_MAX_QUERY_PARAMETERS];
        size_t count = 0;
        for (size_t i = 0; i < request->query_count; i++) {
                struct sai_text name = request->query[i].name;
                if (request->route->query && sai_model_field(request->route->query, name.data, name.len))
                        known[count++] = request->query[i];
        }
        return sai_model_read_query(model, known, count, request->arena, object, errors);
}

static sai_status read_query(struct sai_request *request, struct sai_errors *errors, struct sai_err *err)
{
        const struct sai_route *route = request->route;
        const struct sai_model *model = route->query ? route->query : &empty_model;
        if (!route->query && (request->query_count == 0 || route->lenient_query))
                return SAI_OK;
        void *object = sai_arena_alloc(request->arena, model->size);
        if (!object)
                return sai_fail(err, SAI_NO_MEMORY, "query parameters");
        sai_status rc = route->lenient_query ? read_known(request, model, object, errors)
                                             : sai_model_read_query(model, request->query, request->query_count, request->arena,
                                                                    object, errors);
        request->params_in = route->query ? object : NULL;
        if (rc == SAI_INVALID && route->lenient_query && errors->count)
                return sai_fail(err, SAI_BAD_REQUEST, "%.40s: %.120s", errors->items[0].pointer, errors->items[0].message);
        return rc == SAI_INVALID && errors->count ? SAI_OK : rc;
}

/* True when the request is answered already. */
static bool read_input(struct http_call *call)
{
        struct sai_request *request = call->request;
        struct sai_errors errors;
        struct sai_err err = { 0 };
        sai_errors_init(&errors, request->arena);
        sai_status rc = http_parse_query(request, &err);
        if (rc == SAI_OK)
                rc = read_body(call, &errors, &err);
        if (rc == SAI_OK)
                rc = read_query(request, &errors, &err);
        if (rc != SAI_OK)
                return http_refuse(call, rc, &err);
        if (errors.count) {
                (void)sai_fail(&err, SAI_INVALID, "%zu error%s; see `errors`", errors.count, errors.count == 1 ? "" : "s");
                sai_reply_problem(request, call->reply, SAI_INVALID, &err, &errors);
                return true;
        }
        return false;
}

/* Sets the tag where it is known beforehand; true when the client has that answer already. */
static bool is_unchanged(struct http_call *call)
{
        struct sai_request *request = call->request;
        enum sai_cache_class class = request->route->cache;
        if (request->method != SAI_GET && request->method != SAI_HEAD)
                return false;
        if (class != SAI_CACHE_PRIVATE && class != SAI_CACHE_PUBLIC)
                return false;
        http_etag_make(call->config, request, call->prefers_gzip, call->reply->etag);
        /* `*` asks whether there is such a thing at all: only the handler knows. */
        struct sai_text sent = sai_request_header(request, "if-none-match");
        if (!sent.data || !http_etag_listed(sent, call->reply->etag, false))
                return false;
        call->reply->status = 304;
        return true;
}

void http_run(struct http_call *call)
{
        struct sai_request *request = call->request;
        struct sai_err err = { 0 };
        if (read_input(call) || is_unchanged(call))
                return;
        if (sai_monotonic_ms(&call->config->clock) > request->deadline_ms) {
                (void)http_refuse(call, SAI_TIMEOUT, NULL); /* it waited too long for a worker; nobody listens any more */
                return;
        }
        sai_status rc = request->route->handler(request, call->reply, &err);
        if (rc == SAI_OK)
                return;
        if (sai_status_http(rc) >= 500)
                sai_log(call->config->log, SAI_LOG_ERROR, "http.handler_failed", SAI_LOG_TEXT("route", request->route->path),
                        SAI_LOG_TEXT("problem", sai_status_slug(rc)), SAI_LOG_TEXT("detail", err.detail));
        (void)http_refuse(call, rc, &err);
}

void sai_dispatch(const struct sai_server_config *config, const struct sai_router *router, struct sai_request *request,
                  struct sai_reply *reply)
{
        struct http_gzip *gzip = NULL;
        struct http_call call = { .config = config, .router = router, .request = request, .reply = reply, .gzip = &gzip };
        call.framing.length = request->body.len;
        call.framing.has_body = request->body.len > 0;
        request->config = config;
        request->app = config->app;
        request->started_ms = sai_monotonic_ms(&config->clock);
        if (!request->request_id)
                request->request_id = "dispatch";
        if (!request->client_address)
                request->client_address = "127.0.0.1";
        http_reply_init(reply);
        if (sodium_init() < 0)
                (void)http_refuse(&call, SAI_INTERNAL, NULL);
        else if (!http_start(&call) && !http_admit(&call))
                http_run(&call);
        http_finish(&call);
        http_gzip_free(gzip);
}
