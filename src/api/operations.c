/* operations.c -- what operators and monitors ask: alive, ready, version, metrics, the API's own document.
 *
 * With an admin address, metrics and the details of readiness are served there and not in public. */
#include "api/api_internal.h"

#include "client/http_client.h"
#include <curl/curl.h>
#include <jansson.h>
#include <microhttpd.h>
#include <sodium.h>
#include <sqlite3.h>

/* -- Health ------------------------------------------------------------------------------------------------------------------------ */

struct alive {
        const char *status;
};
static const struct sai_field alive_fields[] = { SAI_FIELD(struct alive, status, .example = "\"ok\"",
                                                           .doc = "Always ok: the process answers") };
static const struct sai_model alive_model = SAI_MODEL_OF(struct alive, alive_fields, "Alive", .doc = "The process answers");

static sai_status live(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        (void)request;
        return sai_reply_model(reply, &alive_model, &(struct alive) { "ok" }, err);
}

static const char *const state_values[] = { "ok", "degraded", "down", NULL };
static const struct sai_enumeration state_names = { "HealthState", state_values };
enum { STATE_OK, STATE_DEGRADED, STATE_DOWN };

struct dependency {
        const char *name;
        int state;
        bool needed;
        struct sai_opt_f64 latency_ms;
        const char *detail;
};
static const struct sai_field dependency_fields[] = {
        SAI_FIELD(struct dependency, name, .example = "\"store\"", .doc = "What is depended on"),
        SAI_FIELD(struct dependency, state, .enumeration = &state_names, .doc = "How it is"),
        SAI_FIELD(struct dependency, needed, .doc = "Whether the service is unready without it"),
        SAI_FIELD(struct dependency, latency_ms, .decimals = 3, .doc = "Time of the check"),
        SAI_FIELD(struct dependency, detail, .flags = SAI_F_NULLABLE, .doc = "What it is, or what is wrong"),
};
static const struct sai_model dependency_model = SAI_MODEL_OF(struct dependency, dependency_fields, "Dependency");

struct readiness {
        int status;
        struct sai_list dependencies;
};
static const struct sai_field readiness_fields[] = {
        SAI_FIELD(struct readiness, status, .enumeration = &state_names, .doc = "ok when all that is needed works"),
        SAI_LIST(struct readiness, dependencies, &dependency_model, .max_items = 16,
                 .doc = "Each dependency; empty in public where an admin address is set"),
};
static const struct sai_model readiness_model =
        SAI_MODEL_OF(struct readiness, readiness_fields, "Readiness", .doc = "Whether requests can be served");

static struct dependency check_store(struct api *api)
{
        int64_t latency_us = 0;
        struct sai_err err = { 0 };
        sai_status status = store_check(api->store, &latency_us, &err);
        return (struct dependency) { "store", status == SAI_OK ? STATE_OK : STATE_DOWN, true,
                                     SAI_SOME(sai_opt_f64, (double)latency_us / 1000),
                                     status == SAI_OK ? store_describe(api->store) : "cannot be read and written" };
}

/* The circuit to Strava tells how it is without a call. */
static struct dependency check_strava(struct api *api)
{
        struct http_host_state hosts[8];
        size_t count = http_client_hosts(api->http_client, hosts, SAI_COUNT(hosts));
        for (size_t i = 0; i < count && i < SAI_COUNT(hosts); i++) {
                if (hosts[i].open)
                        return (struct dependency) { .name = "strava",
                                                     .state = STATE_DEGRADED,
                                                     .detail = "calls fail and are held back for now" };
        }
        return (struct dependency) { .name = "strava", .state = STATE_OK };
}

/* Work that was given up is not the service's unreadiness, but whoever looks wants to see it. */
static struct dependency check_jobs(struct api *api, struct sai_arena *arena)
{
        struct job_counts counts;
        struct sai_err err = { 0 };
        if (store_job_counts(api->store, &counts, &err) != SAI_OK)
                return (struct dependency) { .name = "jobs", .state = STATE_DOWN, .detail = "cannot be counted" };
        const char *detail =
                sai_arena_printf(arena, "%lld queued, the oldest for %lld s; %lld running, %lld waiting, %lld parked",
                                 (long long)counts.queued, (long long)counts.oldest_age_ms / 1000, (long long)counts.running,
                                 (long long)counts.waiting, (long long)counts.failed);
        return (struct dependency) { .name = "jobs", .state = STATE_OK, .detail = detail };
}

static sai_status answer_readiness(struct sai_request *request, struct sai_reply *reply, bool details, struct sai_err *err)
{
        struct api *api = api_of(request);
        struct cache_health cache = cache_health(api->cache);
        struct dependency dependencies[] = {
                check_store(api),
                check_strava(api),
                { .name = "cache", .state = cache.up ? STATE_OK : STATE_DEGRADED, .detail = cache.detail },
                check_jobs(api, request->arena)
        };
        struct readiness answer = { STATE_OK, { dependencies, details ? SAI_COUNT(dependencies) : 0 } };
        for (size_t i = 0; i < SAI_COUNT(dependencies); i++) {
                if (dependencies[i].state == STATE_DOWN && dependencies[i].needed)
                        answer.status = STATE_DOWN;
                else if (dependencies[i].state != STATE_OK && answer.status == STATE_OK)
                        answer.status = STATE_DEGRADED;
        }
        if (atomic_load(&api->draining))
                answer.status = STATE_DOWN;
        reply->status = answer.status == STATE_DOWN ? 503 : 200;
        if (reply->status == 503)
                sai_reply_header(reply, "Retry-After", "1");
        return sai_reply_model(reply, &readiness_model, &answer, err);
}

static sai_status ready(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        return answer_readiness(request, reply, !api_of(request)->settings->admin_listen[0], err);
}

static sai_status ready_detailed(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        return answer_readiness(request, reply, true, err);
}

/* -- Version -------------------------------------------------------------------------------------------------------------------------- */

struct library {
        const char *name, *version;
};
static const struct sai_field library_fields[] = {
        SAI_FIELD(struct library, name, .example = "\"sqlite\"", .doc = "Library"),
        SAI_FIELD(struct library, version, .example = "\"3.40.1\"", .doc = "Version in use"),
};
static const struct sai_model library_model = SAI_MODEL_OF(struct library, library_fields, "Library");

struct version {
        const char *name, *version, *commit, *brand, *notice, *store;
        struct sai_list libraries;
};
static const struct sai_field version_fields[] = {
        SAI_FIELD(struct version, name, .example = "\"stravaai\"", .doc = "The program"),
        SAI_FIELD(struct version, version, .example = "\"0.1.0\"", .doc = "Its version"),
        SAI_FIELD(struct version, commit, .example = "\"0123abcd\"", .doc = "The commit it was built from"),
        SAI_FIELD(struct version, brand, .flags = SAI_F_NULLABLE, .doc = "What the operator calls it"),
        SAI_FIELD(struct version, notice, .flags = SAI_F_NULLABLE, .doc = "A line that pages show"),
        SAI_FIELD(struct version, store, .flags = SAI_F_NULLABLE, .doc = "Where data is kept"),
        SAI_LIST(struct version, libraries, &library_model, .max_items = 32, .doc = "Libraries in use"),
};
static const struct sai_model version_model = SAI_MODEL_OF(struct version, version_fields, "Version", .doc = "What runs here");

static const char *text_or_null(const char *text) { return text[0] ? text : NULL; }

static sai_status version(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        const struct api *api = api_of(request);
        struct library libraries[] = {
                { "libmicrohttpd", MHD_get_version() },
                { "sqlite", sqlite3_libversion() },
                { "libcurl", curl_version_info(CURLVERSION_NOW)->version },
                { "libsodium", sodium_version_string() },
                { "jansson", jansson_version_str() },
        };
        struct version answer = { "stravaai",
                                  api->version,
                                  api->commit,
                                  text_or_null(api->settings->brand),
                                  text_or_null(api->settings->notice),
                                  store_describe(api->store),
                                  { libraries, SAI_COUNT(libraries) } };
        return sai_reply_model(reply, &version_model, &answer, err);
}

/* -- Documents ---------------------------------------------------------------------------------------------------------------------------- */

static sai_status metrics(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        api_metrics_write(api_of(request), &reply->body);
        reply->content_type = "text/plain; version=0.0.4; charset=utf-8";
        return sai_buf_status(&reply->body, err);
}

static sai_status openapi(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        const struct api *api = api_of(request);
        (void)err;
        reply->shared_body = (struct sai_text) { api->openapi.data, api->openapi.len };
        return SAI_OK;
}

#define OPERATION(path_, handler_, run_, cache_, out_, type_, id, text)                                                          \
        {                                                                                                                        \
                "GET", path_, handler_, .run = run_, .cache = cache_, .rate = SAI_RATE_NONE, .out = out_, .out_type = type_,     \
                                        .tag = "operations", .operation = id, .summary = text                                    \
        }
static const sai_status ready_problems[] = { SAI_UNAVAILABLE, SAI_OK };

const struct sai_route operation_routes[] = {
        OPERATION("/health/live", live, SAI_RUN_INLINE, SAI_CACHE_NONE, &alive_model, NULL, "getLive",
                  "Whether the process answers"),
        { "GET", "/health/ready", ready, .cache = SAI_CACHE_NONE, .rate = SAI_RATE_NONE, .out = &readiness_model,
          .tag = "operations", .operation = "getReady", .summary = "Whether requests can be served", .problems = ready_problems,
          .also = { 503 } },
        OPERATION("/version", version, SAI_RUN_INLINE, SAI_CACHE_PUBLIC, &version_model, NULL, "getVersion", "What runs here"),
        OPERATION("/openapi.json", openapi, SAI_RUN_INLINE, SAI_CACHE_PUBLIC, NULL, "application/json", "getOpenApi",
                  "This document"),
        { 0 },
};

const struct sai_route metrics_routes[] = {
        OPERATION("/metrics", metrics, SAI_RUN_WORKER, SAI_CACHE_NONE, NULL, "text/plain", "getMetrics",
                  "Metrics for Prometheus"),
        { 0 },
};

const struct sai_route admin_routes[] = {
        OPERATION("/health/live", live, SAI_RUN_INLINE, SAI_CACHE_NONE, &alive_model, NULL, "getAdminLive",
                  "Whether the process answers"),
        { "GET", "/health/ready", ready_detailed, .cache = SAI_CACHE_NONE, .rate = SAI_RATE_NONE, .out = &readiness_model,
          .tag = "operations", .operation = "getAdminReady", .summary = "Each dependency", .problems = ready_problems,
          .also = { 503 } },
        OPERATION("/metrics", metrics, SAI_RUN_WORKER, SAI_CACHE_NONE, NULL, "text/plain", "getAdminMetrics",
                  "Metrics for Prometheus"),
        { 0 },
};
