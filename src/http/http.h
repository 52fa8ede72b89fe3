/* http.h -- requests, replies and routes, as handlers see them.
 *
 * A handler gets a validated request, calls the domain and fills a reply; it knows no socket and no HTTP library. A route is one
 * row: method, path, models in and out, authentication, limits, deadline, documentation and where it runs. Dispatch,
 * validation, metrics labels and the OpenAPI document all read that row, so a route cannot exist without them.
 *
 * A request and its reply belong to one thread at a time: an event thread, then, unless the row says SAI_RUN_INLINE, one worker. */
#ifndef SAI_HTTP_HTTP_H
#define SAI_HTTP_HTTP_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/rate_limits.h"
#include "base/status.h"
#include "base/text.h"
#include "json/model.h"
#include <stdbool.h>
#include <stddef.h>

/* -- Request ------------------------------------------------------------------------------------------------------ */
enum sai_method {
        SAI_GET,
        SAI_HEAD,
        SAI_POST,
        SAI_PUT,
        SAI_PATCH,
        SAI_DELETE,
        SAI_OPTIONS,
        SAI_TRACE, /* TRACE and CONNECT: HTTP knows them, no route serves them (405) */
        SAI_METHOD_OTHER, /* 501 */
};

struct sai_header {
        struct sai_text name, value;
};

enum { SAI_SCOPE_READ = 1 << 0, SAI_SCOPE_WRITE = 1 << 1 };

/* Who asks: filled by the authenticator (section "Authentication") before the handler runs. */
struct sai_principal {
        bool signed_in;
        struct sai_id user_id, session_id;
        bool by_cookie; /* page session: unsafe methods had their origin checked */
        int64_t data_version; /* of the athlete's data: goes into ETags */
        bool by_api_token; /* neither a session's access token nor its cookie */
        uint32_t scopes; /* SAI_SCOPE_…; all ones for sessions */
        const void *user; /* the api layer's cached user record; owned by the request's arena or cache */
};

/* A file part of a multipart upload, staged outside the request. */
struct sai_upload {
        struct sai_text file_name; /* as sent, valid UTF-8, no path, at most 255 bytes; "" when none */
        const char *path; /* staged file in DATA_DIR; removed when the request ends unless taken */
        uint64_t size;
        bool taken; /* set by the handler that takes the file over */
};

struct sai_route;
struct sai_server;
struct sai_server_config;

struct sai_request {
        enum sai_method method;
        struct sai_text target; /* as sent: path and query */
        struct sai_text path; /* decoded once */
        struct sai_pair *query; /* decoded parameters in order */
        size_t query_count;
        const struct sai_header *headers;
        size_t header_count;
        struct sai_text body;
        struct sai_upload *upload; /* SAI_BODY_UPLOAD routes; NULL when there is none */
        const char *request_id;
        const char *client_address; /* after TRUSTED_PROXIES */
        bool https; /* the client came by TLS (trusted proxy said so) */
        int64_t started_ms; /* monotonic */
        int64_t deadline_ms; /* monotonic; give what remains to store and client calls */
        struct sai_arena *arena;

        const struct sai_route *route;
        struct sai_id ids[4]; /* path parameters `:id`, in order */
        struct sai_text params[4]; /* path parameters as text, in order (also the ids) */
        void *in; /* body, read into route->in; NULL when the route takes none */
        void *params_in; /* query, read into route->query; NULL when the route takes none */
        struct sai_principal principal;
        void *app; /* what the server was given: the api layer's context */
        const struct sai_server_config *config; /* filled by the server and by sai_dispatch; NULL only in hand-made requests */
};

/* NULL data when there is no such header; first one wins. Name is compared without case. */
struct sai_text sai_request_header(const struct sai_request *request, const char *name);
struct sai_text sai_request_cookie(const struct sai_request *request, const char *name);

/* -- Reply -------------------------------------------------------------------------------------------------------- */
struct sai_reply {
        int status; /* 200 unless set */
        const char *content_type; /* NULL: application/json */
        struct sai_buf body; /* limit SAI_MAX_REPLY_BODY */
        /* A body that lives elsewhere (cache entry, embedded asset) and is sent without a copy; `release(arg)` runs when it was sent. */
        struct sai_text shared_body;
        void (*release)(void *arg);
        void *release_arg;
        bool shared_is_gzip; /* shared_body is already gzip-coded (only when the client takes gzip) */
        struct sai_header headers[40]; /* the server adds up to 22 of its own */
        size_t header_count;
        char etag[48]; /* without quotes; "" none. Set by the router from route->etag before the handler runs */
        const char *cache_control; /* NULL: what the route's class asks for */
        bool close; /* close the connection after this reply */
        bool broken; /* a header was refused (control byte, or too many): the answer becomes a 500 */
};

/* Adds a header; name and value must live until the reply is sent (the request's arena). A control byte in a value is a programming
 * error: the reply becomes a 500 and the header is not sent. */
void sai_reply_header(struct sai_reply *reply, const char *name, const char *value);
/* 200 (or the status set before) with the object as JSON. */
sai_status sai_reply_model(struct sai_reply *reply, const struct sai_model *model, const void *object,
                           struct sai_err *err) SAI_MUST_USE;
/* {"items":[…],"next_cursor":…} with the Link header for the next page; cursor may be NULL. */
sai_status sai_reply_list(const struct sai_request *request, struct sai_reply *reply, const struct sai_model *model,
                          const void *items, size_t count, const char *next_cursor, struct sai_err *err) SAI_MUST_USE;
/* 303 to a URL that does not come from the request. */
sai_status sai_reply_redirect(struct sai_reply *reply, struct sai_arena *arena, const char *location,
                              struct sai_err *err) SAI_MUST_USE;
/* HttpOnly; SameSite=Lax; Path=/. The caller gives the whole name, with `__Host-` where `secure` is set. Life in seconds: 0 deletes the
 * cookie, negative lasts as long as the browser does. */
sai_status sai_reply_cookie(struct sai_reply *reply, struct sai_arena *arena, const char *name, const char *value,
                            int64_t max_age_s, bool secure, struct sai_err *err) SAI_MUST_USE;
/* Turns the reply into a problem document (RFC 9457) for a status and its details; errors may be NULL. */
void sai_reply_problem(const struct sai_request *request, struct sai_reply *reply, sai_status code, const struct sai_err *err,
                       const struct sai_errors *errors);

/* -- Routes ------------------------------------------------------------------------------------------------------- */
/* A handler returns SAI_OK with a filled reply, or a failure that becomes a problem document. For several field errors at once it may
 * call sai_reply_problem itself and return SAI_OK. */
typedef sai_status (*sai_handler)(struct sai_request *request, struct sai_reply *reply, struct sai_err *err);

enum sai_auth {
        SAI_AUTH_NONE,
        SAI_AUTH_OPTIONAL, /* signed in when a good credential came along */
        SAI_AUTH_USER, /* Bearer access token, API token or page session */
        SAI_AUTH_BEARER, /* Bearer access token only: /auth/refresh reads its own */
};
enum sai_run { SAI_RUN_WORKER, SAI_RUN_INLINE }; /* inline: never blocks (memory, one SQLite read) */
enum sai_body { SAI_BODY_JSON, SAI_BODY_NONE, SAI_BODY_UPLOAD, SAI_BODY_RAW };
enum sai_cache_class {
        SAI_CACHE_PRIVATE, /* `private, no-cache`, strong ETag from user, build, data version, local day, target, encoding */
        SAI_CACHE_NO_STORE, /* /auth: `no-store`, no ETag */
        SAI_CACHE_NONE, /* health, metrics: `no-store`, no ETag */
        SAI_CACHE_PUBLIC, /* the build's own assets and documents: ETag from the build */
        SAI_CACHE_ROW, /* changes without the athlete's data (jobs, sync): the handler sets reply->etag from the row's revision */
};

/* A parameter is typed when it is called `id` or ends in `_id`: 24 hex digits or 404. Any other is text of one segment. A literal segment
 * wins over a parameter; two parameters at one place must have the same name. */
struct sai_route {
        const char *method; /* "GET" serves HEAD too */
        const char *path; /* "/api/v1/activities/:id/streams"; `:id` is typed (24 hex), `:name` is text of one segment */
        sai_handler handler;
        enum sai_auth auth;
        bool sessions_only; /* an API token does not open it: signing in and what guards the account */
        enum sai_run run;
        enum sai_body body;
        enum sai_cache_class cache;
        enum sai_rate_class rate;
        unsigned cost; /* calls of its class that one counts as; 0: 1 */
        const struct sai_model *in; /* body; NULL: none is taken */
        const struct sai_model *query; /* query parameters; NULL: none are taken */
        const struct sai_model *out; /* answer of `status`; NULL: see out_type */
        bool out_list; /* the answer is a page of `out` */
        int status; /* of success; 0: 200 */
        int also[3]; /* further statuses whose answer has the same form (202, a kept 200, an unready 503); ends with 0 */
        const char *out_type; /* content type when it is not JSON of `out`: "text/csv", "text/html" … */
        bool lenient_query; /* Strava's callback and webhook: unknown parameters are ignored */
        uint64_t body_max; /* 0: SAI_MAX_JSON_BODY */
        int deadline_ms; /* 0: 10 000 */
        const char *tag; /* group in the document */
        const char *operation; /* operationId */
        const char *summary; /* one line */
        const char *doc; /* paragraph; may be NULL */
        const sai_status *problems; /* codes beyond the ones that follow from the row itself; ends with SAI_OK; may be NULL */
        bool redirect; /* success is a 303 as well */
};

/* -- Authentication ----------------------------------------------------------------------------------------------- */
/* Given by the api layer. Fills request->principal; SAI_OK also for nobody (then signed_in stays false and the server answers 401 where the
 * route wants somebody). Must not block when route->run is SAI_RUN_INLINE beyond one SQLite read. */
struct sai_authenticator {
        sai_status (*authenticate)(void *context, struct sai_request *request, struct sai_err *err);
        /* The local day of the athlete (part of the ETag); days since 1970. */
        int32_t (*today)(void *context, const struct sai_request *request);
        void *context;
};

/* -- Rate limits -------------------------------------------------------------------------------------------------- */
struct sai_rate_limiter;
sai_status sai_rate_limiter_new(const struct sai_rate_limits *limits, const struct sai_clock *clock,
                                const struct sai_random *random, struct sai_rate_limiter **ret_limiter,
                                struct sai_err *err) SAI_MUST_USE;
void sai_rate_limiter_free(struct sai_rate_limiter *limiter);

/* -- Server ------------------------------------------------------------------------------------------------------- */
struct sai_server_config {
        const char *listen; /* "127.0.0.1:8000", "[::1]:0"; port 0 takes a free one */
        unsigned event_threads; /* 0: number of cores, at most 8 */
        unsigned worker_threads; /* 0: 4 */
        const char *build_id; /* goes into ETags */
        const char *public_url;
        const char *staging_dir; /* uploads; must exist */
        const char *const *cors_origins; /* ends with NULL; may be NULL */
        const char *const *trusted_proxies; /* addresses or CIDR; ends with NULL; may be NULL */
        bool require_https; /* production */
        bool remote; /* store or cache lie behind a network: no handler that may ask them runs on an event thread, whatever its row says */
        const char *page_csp; /* Content-Security-Policy of text/html answers */
        struct sai_rate_limiter *rate_limiter; /* borrowed; NULL: no limits */
        struct sai_authenticator authenticator;
        void *app;
        struct sai_clock clock;
        struct sai_random random;
        struct sai_log *log;
        /* Called after each answer with the route (NULL: none matched), status, duration and bytes; from any thread; may be NULL. */
        void (*observe)(void *app, const struct sai_route *route, int status, int64_t duration_us, size_t bytes);
        /* Called when a thread that runs handlers ends (per-thread store connections); may be NULL. */
        void (*thread_done)(void *app);
};

/* Tables of routes, each ending with a row whose method is NULL; the list ends with NULL. They must outlive the server. */
struct sai_router;
sai_status sai_router_new(const struct sai_route *const *tables, struct sai_router **ret_router,
                          struct sai_err *err) SAI_MUST_USE;
void sai_router_free(struct sai_router *router);
const struct sai_route *const *sai_router_tables(const struct sai_router *router);

/* Starts listening. Gives the server; stop and free with sai_server_stop. */
sai_status sai_server_start(const struct sai_server_config *config, const struct sai_router *router,
                            struct sai_server **ret_server, struct sai_err *err) SAI_MUST_USE;
unsigned sai_server_port(const struct sai_server *server);
/* Refuse new connections, answer what was accepted (at most `drain_ms`), resume what is suspended, join, close, free. */
void sai_server_stop(struct sai_server *server, int drain_ms);

struct sai_server_stats {
        int64_t connections, in_flight, queued, refused, requests;
};
void sai_server_stats(const struct sai_server *server, struct sai_server_stats *ret_stats);

/* -- The same path without a socket (handler tests) ---------------------------------------------------------------- */
/* Routes, authenticates, validates and runs one request as the server does after its gate: 404, 405, 401, 304, problems and all.
 * The caller gives method, target, headers, body and arena in `request` (the rest is filled here). The reply's buffers live until
 * sai_reply_done. */
void sai_dispatch(const struct sai_server_config *config, const struct sai_router *router, struct sai_request *request,
                  struct sai_reply *reply);
void sai_reply_done(struct sai_reply *reply);

/* -- OpenAPI ------------------------------------------------------------------------------------------------------ */
struct sai_openapi_info {
        const char *title, *version, *description, *server_url, *license_name, *contact_url;
        const char *const (*tags)[2]; /* {name, description}; ends with {NULL, NULL} */
};
/* The OpenAPI 3.1 document of all routes; lints clean with Redocly's and Spectral's recommended rules. */
sai_status sai_openapi_write(const struct sai_router *router, const struct sai_openapi_info *info, struct sai_buf *buf,
                             struct sai_err *err) SAI_MUST_USE;

#endif
