/* api.h -- the resources of the contract: handlers and their route tables.
 *
 * A handler gets a validated request, asks the domain and fills a reply. It knows no SQL, no curl and no HTTP library. Everything it may use is in
 * `struct api`, made once in main. Each resource is a file with its route table; `api_route_tables` gives the whole service. */
#ifndef SAI_API_API_H
#define SAI_API_API_H

#include "auth/auth.h"
#include "base/settings.h"
#include "cache/cache.h"
#include "http/http.h"
#include "jobs/jobs.h"
#include "training/training.h"
#include <stdatomic.h>

struct api {
        const struct sai_settings *settings;
        struct store *store;
        struct cache *cache;
        struct auth *auth;
        struct training *training;
        struct jobs *jobs;
        struct strava *strava;
        struct http_client *http_client;
        struct sai_server *server; /* set once it listens; NULL in handler tests */
        struct sai_clock clock;
        struct sai_random random;
        struct sai_log *log;
        const struct sai_router *router;
        const char *version, *commit, *build_id;
        bool secure_cookies; /* PUBLIC_URL is https */
        uint8_t cursor_key[32]; /* MAC of cursors, derived from a data key */
        int64_t started_ms; /* monotonic */
        struct api_metrics *metrics;
        struct sai_buf openapi; /* the document, made once */
        atomic_bool draining; /* not ready any more: the process is about to stop */
};

/* The public routes; metrics are among them unless an admin address serves them. */
const struct sai_route *const *api_route_tables(bool admin_is_separate);
const struct sai_route *const *api_admin_tables(void);

/* The program's own Content-Security-Policy of pages. */
extern const char api_page_csp[];

struct sai_authenticator api_authenticator(struct api *api);
sai_status api_prepare(struct api *api, struct sai_err *err) SAI_MUST_USE; /* cursor key, metrics; before the first request */
void api_release(struct api *api);
void api_observe(void *app, const struct sai_route *route, int status, int64_t duration_us, size_t bytes);
void api_thread_done(void *app);
/* The OpenAPI document, for the program's own `docs/` and the route. */
sai_status api_openapi(const struct api *api, struct sai_buf *buf, struct sai_err *err) SAI_MUST_USE;

#endif
