/* api.c -- the whole service as tables, and what is made once before the first request. */
#include "api/api_internal.h"

#include "base/limits.h"
#include <sodium.h>
#include <string.h>

static const struct sai_route *const public_tables[] = { auth_routes,
                                                         auth_session_routes,
                                                         auth_token_routes,
                                                         auth_local_routes,
                                                         auth_strava_routes,
                                                         user_routes,
                                                         milestone_routes,
                                                         activity_routes,
                                                         activity_data_routes,
                                                         sync_routes,
                                                         job_routes,
                                                         analytics_routes,
                                                         insight_routes,
                                                         operation_routes,
                                                         page_routes,
                                                         metrics_routes,
                                                         NULL };
/* The same without what an admin address takes over. */
static const struct sai_route *const public_tables_without_admin[] = {
        auth_routes,          auth_session_routes, auth_token_routes, auth_local_routes,
        auth_strava_routes,   user_routes,         milestone_routes,  activity_routes,
        activity_data_routes, sync_routes,         job_routes,        analytics_routes,
        insight_routes,       operation_routes,    page_routes,       NULL
};
static const struct sai_route *const admin_tables[] = { admin_routes, NULL };

const struct sai_route *const *api_route_tables(bool admin_is_separate)
{
        return admin_is_separate ? public_tables_without_admin : public_tables;
}
const struct sai_route *const *api_admin_tables(void) { return admin_tables; }

static const char *const tags[][2] = {
        { "auth", "Signing in, tokens, devices, signing out" },
        { "users", "The athlete's profile and parameters" },
        { "activities", "Workouts, their samples, and bringing them in" },
        { "analytics", "What the training means" },
        { "insights", "What stands out, in words, with evidence" },
        { "jobs", "Work that outlives a request" },
        { "operations", "For operators and monitors" },
        { "pages", "The dashboard" },
        { NULL, NULL },
};

sai_status api_openapi(const struct api *api, struct sai_buf *buf, struct sai_err *err)
{
        struct sai_openapi_info info = {
                .title = "StravaAI",
                .version = api->version,
                .description = "Signs athletes in with Strava, brings in their activities, computes what the training means, and "
                               "says it in words with the evidence. "
                               "Numbers are SI; what a person reads is in `display`. Errors are RFC 9457 problem documents.",
                .server_url = api->settings->public_url,
                .license_name = "MIT",
                .contact_url = api->settings->public_url,
                .tags = tags,
        };
        return sai_openapi_write(api->router, &info, buf, err);
}

sai_status api_prepare(struct api *api, struct sai_err *err)
{
        crypto_kdf_derive_from_key(api->cursor_key, sizeof api->cursor_key, 2, "cursors\0", api->auth->data_keys.keys[0].secret);
        api->secure_cookies = strncmp(api->settings->public_url, "https://", 8) == 0;
        api->started_ms = sai_monotonic_ms(&api->clock);
        api->metrics = api_metrics_new(sai_router_tables(api->router));
        if (!api->metrics)
                return sai_fail(err, SAI_NO_MEMORY, "metrics");
        sai_buf_init(&api->openapi, SAI_MIB(8));
        return api_openapi(api, &api->openapi, err);
}

void api_release(struct api *api)
{
        sai_buf_done(&api->openapi);
        api_metrics_free(api->metrics);
        sodium_memzero(api->cursor_key, sizeof api->cursor_key);
}

void api_thread_done(void *app) { store_thread_done(((struct api *)app)->store); }
