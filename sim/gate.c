/* gate.c -- the one way into the API: every route passes here, in the order in which Strava's front refuses.
 *
 * Fault on request, token, deactivated application, rate limit, scope, then the handler. The table has one row a route; the rows of the
 * HTTP layer are made from it, so a route cannot be there without its access rule. */
#include "sim/sim_internal.h"

#include <inttypes.h>

#include "sim/strava_json.h"

enum { ROUTE_DEADLINE_MS = 90000, FORM_MAX = 64 * 1024 };
enum { ROUTE_COUNTED = 1, ROUTE_PLAIN = 2, ROUTE_ZERO_USAGE = 4 }; /* PLAIN: counted, but answers without the headers */

#define ACTIVITY_SCOPES (SCOPE_ACTIVITY_READ | SCOPE_ACTIVITY_READ_ALL)
#define ANY_SCOPE       0u

/*        method    path                                   handler                 access         scopes (any)  flags */
#define API_ROUTES(X)                                                                                                            \
        X("GET", "/oauth/authorize", oauth_authorize, ACCESS_OPEN, ANY_SCOPE, 0, "text/html")                                    \
        X("GET", "/oauth/mobile/authorize", oauth_authorize, ACCESS_OPEN, ANY_SCOPE, 0, "text/html")                             \
        X("POST", "/oauth/authorize", oauth_decide, ACCESS_OPEN, ANY_SCOPE, 0, "text/html")                                      \
        X("POST", "/oauth/token", oauth_token, ACCESS_OPEN, ANY_SCOPE, 0, NULL)                                                  \
        X("POST", "/api/v3/oauth/token", oauth_token, ACCESS_OPEN, ANY_SCOPE, 0, NULL)                                           \
        X("POST", "/oauth/revoke", oauth_revoke, ACCESS_OPEN, ANY_SCOPE, 0, NULL)                                                \
        X("POST", "/oauth/deauthorize", oauth_deauthorize, ACCESS_TOKEN, ANY_SCOPE, ROUTE_COUNTED, NULL)                         \
        X("GET", "/api/v3/athlete", api_athlete, ACCESS_TOKEN, SCOPE_READ | SCOPE_PROFILE_READ_ALL, ROUTE_COUNTED, NULL)         \
        X("GET", "/api/v3/athlete/zones", api_athlete_zones, ACCESS_TOKEN, SCOPE_PROFILE_READ_ALL, ROUTE_COUNTED, NULL)          \
        X("GET", "/api/v3/athlete/activities", api_activities, ACCESS_TOKEN, ACTIVITY_SCOPES, ROUTE_COUNTED, NULL)               \
        X("GET", "/api/v3/athletes/:athlete/stats", api_athlete_stats, ACCESS_TOKEN, SCOPE_READ, ROUTE_COUNTED, NULL)            \
        X("GET", "/api/v3/activities/:activity", api_activity, ACCESS_TOKEN, ACTIVITY_SCOPES, ROUTE_COUNTED, NULL)               \
        X("GET", "/api/v3/activities/:activity/laps", api_activity_laps, ACCESS_TOKEN, ACTIVITY_SCOPES, ROUTE_COUNTED, NULL)     \
        X("GET", "/api/v3/activities/:activity/streams", api_activity_streams, ACCESS_TOKEN, ACTIVITY_SCOPES,                    \
          ROUTE_COUNTED | ROUTE_PLAIN, NULL)                                                                                     \
        X("GET", "/api/v3/activities/:activity/:part", api_missing, ACCESS_TOKEN, ANY_SCOPE, ROUTE_COUNTED, NULL)                \
        X("GET", "/api/v3/:kind", api_missing, ACCESS_TOKEN, ANY_SCOPE, ROUTE_COUNTED, NULL)                                     \
        X("GET", "/api/v3/:kind/:part", api_missing, ACCESS_TOKEN, ANY_SCOPE, ROUTE_COUNTED, NULL)                               \
        X("POST", "/api/v3/push_subscriptions", api_subscription_create, ACCESS_CLIENT, ANY_SCOPE, ROUTE_ZERO_USAGE, NULL)       \
        X("GET", "/api/v3/push_subscriptions", api_subscriptions, ACCESS_CLIENT, ANY_SCOPE, ROUTE_ZERO_USAGE, NULL)              \
        X("DELETE", "/api/v3/push_subscriptions/:subscription", api_subscription_delete, ACCESS_CLIENT, ANY_SCOPE,               \
          ROUTE_ZERO_USAGE, NULL)

/* What Strava has and the simulator does not (gear, comments, zones of an activity) is missing in Strava's own words. */
static sai_status api_missing(struct api_call *call, struct sai_err *err)
{
        (void)err;
        api_fault(call->reply, 404, "Record Not Found", NULL, NULL, NULL);
        return SAI_OK;
}

/* Strava's parameters are read by hand: what it answers to a bad one is a form of its own, not a problem document. */
const struct sai_route api_routes[] = {
#define X(verb, where, inner, who, any, flag, type)                                                                              \
        { .method = (verb),                                                                                                      \
          .path = (where),                                                                                                       \
          .handler = api_gate,                                                                                                   \
          .auth = SAI_AUTH_NONE,                                                                                                 \
          .run = SAI_RUN_WORKER,                                                                                                 \
          .body = SAI_BODY_RAW,                                                                                                  \
          .cache = SAI_CACHE_NONE,                                                                                               \
          .rate = SAI_RATE_NONE,                                                                                                 \
          .lenient_query = true,                                                                                                 \
          .body_max = FORM_MAX,                                                                                                  \
          .deadline_ms = ROUTE_DEADLINE_MS,                                                                                      \
          .operation = #inner,                                                                                                   \
          .out_type = (type) },
        API_ROUTES(X)
#undef X
                { 0 },
};

struct api_route {
        api_handler handler;
        enum api_access access;
        uint32_t scopes;
        unsigned flags;
};
static const struct api_route rules[] = {
#define X(verb, where, inner, who, any, flag, type) { inner, who, any, flag },
        API_ROUTES(X)
#undef X
};

void api_reply_json(struct sai_reply *reply, int status)
{
        reply->status = status;
        reply->content_type = "application/json; charset=utf-8";
        reply->cache_control = "max-age=0, private, must-revalidate";
}

void api_fault(struct sai_reply *reply, int status, const char *message, const char *resource, const char *field,
               const char *code)
{
        struct strava_fault_error error = { .resource = resource, .field = field, .code = code };
        struct strava_fault fault = { .message = message, .errors = { .items = &error, .count = resource ? 1 : 0 } };
        sai_buf_clear(&reply->body);
        strava_write(&reply->body, &strava_fault_model, &fault);
        api_reply_json(reply, status);
        reply->cache_control = "no-cache";
}

void api_not_found(struct sai_reply *reply, const char *resource)
{
        api_fault(reply, 404, "Resource Not Found", resource, "", "not found");
}

struct sai_text api_query(const struct sai_request *request, const char *name)
{
        for (size_t i = 0; i < request->query_count; i++)
                if (sai_text_is(request->query[i].name, name))
                        return request->query[i].value;
        return SAI_TEXT("");
}

static int hex_value(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        c = (char)(c | 0x20);
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One name or value of a form; a percent sign that begins no escape stands for itself, as browsers read it. */
static struct sai_text form_decode(struct sai_arena *arena, const char *data, size_t len)
{
        char *out = sai_arena_alloc(arena, len + 1);
        size_t n = 0;
        if (!out)
                return SAI_TEXT("");
        for (size_t i = 0; i < len; i++) {
                bool escape = data[i] == '%' && i + 2 < len && hex_value(data[i + 1]) >= 0 && hex_value(data[i + 2]) >= 0;
                if (escape) {
                        out[n++] = (char)(hex_value(data[i + 1]) * 16 + hex_value(data[i + 2]));
                        i += 2;
                } else {
                        out[n++] = data[i] == '+' ? ' ' : data[i];
                }
        }
        return (struct sai_text) { out, n };
}

size_t api_form_all(const struct sai_request *request, struct sai_pair *pairs, size_t max)
{
        const char *at = request->body.data, *end = at + request->body.len;
        size_t count = 0;
        while (at && at < end && count < max) {
                const char *amp = memchr(at, '&', (size_t)(end - at));
                const char *stop = amp ? amp : end;
                const char *equal = memchr(at, '=', (size_t)(stop - at));
                const char *name_end = equal ? equal : stop;
                pairs[count].name = form_decode(request->arena, at, (size_t)(name_end - at));
                pairs[count++].value = equal ? form_decode(request->arena, equal + 1, (size_t)(stop - equal - 1)) : SAI_TEXT("");
                at = stop + 1;
        }
        return count;
}

struct sai_text api_form(const struct sai_request *request, const char *name)
{
        struct sai_pair pairs[32];
        size_t count = api_form_all(request, pairs, SAI_COUNT(pairs));
        for (size_t i = 0; i < count; i++)
                if (sai_text_is(pairs[i].name, name))
                        return pairs[i].value;
        return SAI_TEXT("");
}

const char *api_text(struct sai_arena *arena, struct sai_text text, size_t max)
{
        if (text.len > max || (text.len && memchr(text.data, '\0', text.len)))
                return NULL;
        return sai_arena_strndup(arena, text.data ? text.data : "", text.len);
}

void api_sleep(struct sim *sim, int ms)
{
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += ms / 1000;
        until.tv_nsec += (long)(ms % 1000) * 1000000;
        if (until.tv_nsec >= 1000000000) {
                until.tv_sec++;
                until.tv_nsec -= 1000000000;
        }
        pthread_mutex_lock(&sim->lock);
        while (!sim->stopping && pthread_cond_timedwait(&sim->wake, &sim->lock, &until) == 0)
                continue;
        pthread_mutex_unlock(&sim->lock);
}

/* A status that no HTTP library sends: the connection is closed instead. */
static void cut(struct sai_reply *reply)
{
        sai_buf_clear(&reply->body);
        reply->status = 1;
        reply->close = true;
}

/* What Strava's front shows when something behind it fails: HTML, not JSON. */
static void answer_fault(struct sai_reply *reply, const struct fault_slot *fault)
{
        sai_buf_clear(&reply->body);
        api_reply_json(reply, fault->status);
        if (fault->has_body) {
                sai_buf_text(&reply->body, fault->body);
                if (fault->body[0] == '<')
                        reply->content_type = "text/html; charset=utf-8";
        } else if (fault->status == 429) {
                api_fault(reply, 429, "Rate Limit Exceeded", "Application", "overall rate limit", "exceeded");
        } else if (fault->status >= 500) {
                reply->content_type = "text/html; charset=utf-8";
                sai_buf_printf(&reply->body,
                               "<html><head><title>%d</title></head><body><h1>%d</h1><p>Strava is temporarily "
                               "unavailable.</p></body></html>\n",
                               fault->status, fault->status);
        } else if (fault->status >= 400) {
                api_fault(reply, fault->status, fault->status == 401 ? "Authorization Error" : "Bad Request", NULL, NULL, NULL);
        }
}

static struct sai_text bearer(const struct sai_request *request)
{
        struct sai_text header = sai_request_header(request, "authorization");
        static const char scheme[] = "bearer ";
        if (header.data && header.len > sizeof scheme - 1 &&
            sai_text_equal_ignoring_case((struct sai_text) { header.data, sizeof scheme - 1 }, SAI_TEXT("bearer ")))
                return (struct sai_text) { header.data + sizeof scheme - 1, header.len - (sizeof scheme - 1) };
        struct sai_text form = api_form(request, "access_token");
        return form.len ? form : api_query(request, "access_token");
}

/* Whose token it is; answers 401 or 403 and gives false otherwise. */
static bool identify(struct api_call *call)
{
        struct sim *sim = call->sim;
        struct sai_text token = bearer(call->request);
        pthread_mutex_lock(&sim->lock);
        bool known = token_check(sim->tokens, token, sim_now_locked(sim) / 1000, &call->token) &&
                     (size_t)call->token.athlete < sim->athlete_count;
        bool inactive = known && sim->athletes[call->token.athlete].inactive;
        pthread_mutex_unlock(&sim->lock);
        if (!known) {
                api_fault(call->reply, 401, "Authorization Error", "Athlete", "access_token", "invalid");
                return false;
        }
        call->athlete = &sim->athletes[call->token.athlete];
        if (inactive)
                api_fault(call->reply, 403, "Forbidden", "Application", "Status", "Inactive");
        return !inactive;
}

static bool within_limits(struct api_call *call)
{
        struct sim *sim = call->sim;
        pthread_mutex_lock(&sim->lock);
        enum limit_verdict verdict = limit_count(&sim->limits, call->token.client, sim_now_locked(sim), &call->usage);
        pthread_mutex_unlock(&sim->lock);
        call->counted = true;
        if (verdict == LIMIT_OK)
                return true;
        api_fault(call->reply, 429, "Rate Limit Exceeded", "Application",
                  verdict == LIMIT_OVERALL ? "overall rate limit" : "read rate limit", "exceeded");
        return false;
}

static bool has_scope(struct api_call *call, uint32_t any)
{
        if (any == ANY_SCOPE || (call->token.scopes & any))
                return true;
        const char *missing = any & SCOPE_ACTIVITY_READ ? "activity:read" : any & SCOPE_READ ? "read" : "profile:read_all";
        const char *field = sai_arena_printf(call->request->arena, "%s_permission", missing);
        api_fault(call->reply, 401, "Authorization Error", "AccessToken", field, "missing");
        return false;
}

static void add_usage(struct api_call *call, const struct api_route *rule)
{
        struct sai_reply *reply = call->reply;
        struct sai_arena *arena = call->request->arena;
        bool zero = (rule->flags & ROUTE_ZERO_USAGE) != 0;
        if ((!call->counted && !zero) || reply->status == 401 || reply->status == 404 ||
            ((rule->flags & ROUTE_PLAIN) && reply->status != 429))
                return;
        pthread_mutex_lock(&call->sim->lock);
        struct sim_limits l = call->sim->limits.limits;
        pthread_mutex_unlock(&call->sim->lock);
        if (l.none)
                l = (struct sim_limits) { 1000000000, 1000000000, 1000000000, 1000000000, true };
        const struct limit_usage *u = &call->usage;
        const int64_t pairs[4][2] = {
                { l.short_term, l.day },
                { u->short_all, u->day_all },
                { l.read_short, l.read_day },
                { u->short_read, u->day_read },
        };
        static const char *const names[4] = { "X-Ratelimit-Limit", "X-Ratelimit-Usage", "X-Readratelimit-Limit",
                                              "X-Readratelimit-Usage" };
        for (int i = 0; i < (zero ? 2 : 4); i++) {
                const char *value = sai_arena_printf(arena, "%" PRId64 ",%" PRId64, pairs[i][0], pairs[i][1]);
                if (value)
                        sai_reply_header(reply, names[i], value);
        }
}

static void add_etag(struct api_call *call)
{
        struct sai_reply *reply = call->reply;
        if (reply->status != 200 || reply->body.len == 0)
                return;
        const char *tag =
                sai_arena_printf(call->request->arena, "W/\"%016" PRIx64 "%016" PRIx64 "\"",
                                 sai_hash(reply->body.data, reply->body.len, 1), sai_hash(reply->body.data, reply->body.len, 2));
        if (tag)
                sai_reply_header(reply, "ETag", tag);
}

static sai_status answer(struct api_call *call, const struct api_route *rule, struct sai_err *err)
{
        if (rule->access == ACCESS_TOKEN && !identify(call))
                return SAI_OK;
        if ((rule->flags & ROUTE_COUNTED) && !within_limits(call))
                return SAI_OK;
        return has_scope(call, rule->scopes) ? rule->handler(call, err) : SAI_OK;
}

/* The path as faults name it: without the API's prefix. */
static struct sai_text fault_path(struct sai_text path)
{
        static const char prefix[] = "/api/v3";
        size_t len = sizeof prefix - 1;
        return path.len > len && memcmp(path.data, prefix, len) == 0 ? (struct sai_text) { path.data + len, path.len - len }
                                                                     : path;
}

sai_status api_gate(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        struct sim *sim = request->app;
        const struct api_route *rule = &rules[request->route - api_routes];
        struct api_call call = { .sim = sim, .request = request, .reply = reply };
        struct fault_slot *fault = SAI_NEW(request->arena, struct fault_slot);
        if (!fault)
                return sai_fail(err, SAI_NO_MEMORY, "fault");
        bool hit = fault_take(sim, fault_path(request->path), fault);
        if (hit && fault->delay_ms > 0)
                api_sleep(sim, fault->delay_ms);

        sai_status status = SAI_OK;
        if (hit && fault->cut == SIM_CUT_BEFORE)
                cut(reply);
        else if (hit && fault->status != 0 && fault->cut == SIM_CUT_NONE)
                answer_fault(reply, fault);
        else
                status = answer(&call, rule, err);
        if (hit && fault->cut == SIM_CUT_AFTER)
                cut(reply);
        if (status == SAI_OK && reply->status != 1) {
                add_usage(&call, rule);
                add_etag(&call);
        }
        int seen = status != SAI_OK ? sai_status_http(status) : reply->status == 1 ? 0 : reply->status ? reply->status : 200;
        request_log_add(sim, request, call.athlete ? (int)(call.athlete - sim->athletes) + 1 : 0, seen);
        return status;
}
