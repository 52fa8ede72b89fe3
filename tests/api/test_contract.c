/* test_contract.c -- conventions that hold for every route: order of checks, strangers' objects, unknown members, caching, CORS; the profile,
 * analytics' parameters, what operators see, and secrets that must not get out (checklist O1, O2, H10 to H14, L4). */
#include "auth/session.h"
#include "support_service.h"

static struct test_service *s;
static struct athlete athlete, stranger;
static char activity_id[25], job_id[25];

static int start(void **state)
{
        (void)state;
        s = service_start(NULL);
        sign_in(s, 1, &athlete);
        add_athlete(s, "Stranger", &stranger);
        REPLY jobs = call_as(s, athlete.access, "GET", "/api/v1/jobs?kind=sync", NULL);
        snprintf(job_id, sizeof job_id, "%s", text_at(jobs.json, "items.0.id"));
        REPLY job = run_job(s, &athlete, job_id, NULL);
        REPLY list = call_as(s, athlete.access, "GET", "/api/v1/activities", NULL);
        snprintf(activity_id, sizeof activity_id, "%s", text_at(list.json, "items.0.id"));
        return strcmp(text_at(job.json, "status"), "done") != 0;
}
static int stop(void **state)
{
        (void)state;
        service_stop(s);
        return 0;
}

static struct reply get(const char *target) { return call_as(s, athlete.access, "GET", target, NULL); }

static struct reply get_with(const char *target, const char *name, const char *value)
{
        char authorization[1400];
        snprintf(authorization, sizeof authorization, "Bearer %s", athlete.access);
        const char *const headers[] = { "Authorization", authorization, name, value, NULL };
        return call(s, "GET", target, headers, NULL);
}

/* -- Over all routes ---------------------------------------------------------------------------------------------------------------- */

typedef void (*route_visitor)(const struct sai_route *route, const char *target);

/* Each row with its parameters filled by `id`. */
static void for_each_route(const char *id, route_visitor visit)
{
        for (const struct sai_route *const *table = sai_router_tables(s->service.router); *table; table++) {
                for (const struct sai_route *route = *table; route->method; route++) {
                        char target[256] = "";
                        for (const char *at = route->path; *at;) {
                                size_t len = strlen(target);
                                if (*at == ':') {
                                        snprintf(target + len, sizeof target - len, "%s", id);
                                        at += strcspn(at, "/");
                                } else {
                                        snprintf(target + len, sizeof target - len, "%c", *at++);
                                }
                        }
                        visit(route, target);
                }
        }
}

static void refuse_unsigned(const struct sai_route *route, const char *target)
{
        char challenge[1024];
        if (route->auth != SAI_AUTH_USER)
                return;
        REPLY reply = call(s, route->method, target, NULL, NULL);
        assert_problem(&reply, 401, "unauthenticated");
        assert_string_equal(header_of(&reply, "WWW-Authenticate", challenge), "Bearer realm=\"stravaai\"");
        REPLY wrong = call_as(s, "nonsense", route->method, target, NULL);
        assert_problem(&wrong, 401, "token-invalid");
        assert_non_null(strstr(header_of(&wrong, "WWW-Authenticate", challenge), "error=\"invalid_token\""));
        REPLY refresh = call_as(s, athlete.refresh, route->method, target, NULL);
        assert_problem(&refresh, 401, "token-invalid");
}

static void every_route_of_an_athlete_wants_one(void **state)
{
        (void)state;
        for_each_route("665f1b2c3d4e5f6071829304", refuse_unsigned);
}

/* A body that fits, so that the request gets as far as the look for the object. */
static const char *body_for(const struct sai_route *route)
{
        if (strcmp(route->method, "POST") == 0 && strstr(route->path, "feedback"))
                return "{\"rating\":3}";
        return NULL;
}

static size_t strangers_asked;

static void ask_as_stranger(const struct sai_route *route, const char *target)
{
        if (route->auth != SAI_AUTH_USER || !strstr(route->path, ":id"))
                return;
        const char *real = strstr(route->path, "/jobs/") ? job_id : activity_id;
        char foreign[256], missing[256];
        const char *placeholder = strstr(target, "@@@@@@@@@@@@@@@@@@@@@@@@");
        assert_non_null(placeholder);
        int before = (int)(placeholder - target);
        snprintf(foreign, sizeof foreign, "%.*s%s%s", before, target, real, placeholder + 24);
        snprintf(missing, sizeof missing, "%.*s%s%s", before, target, "665f1b2c3d4e5f6071829304", placeholder + 24);
        REPLY theirs = call_as(s, stranger.access, route->method, foreign, body_for(route));
        REPLY none = call_as(s, stranger.access, route->method, missing, body_for(route));
        assert_problem(&theirs, 404, "not-found");
        assert_problem(&none, 404, "not-found");
        json_object_del(theirs.json, "instance");
        json_object_del(none.json, "instance");
        if (!json_equal(theirs.json, none.json))
                fail_msg("%s: %s / %s", target, theirs.body, none.body);
        assert_string_equal(text_at(theirs.json, "detail"), text_at(none.json, "detail"));
        strangers_asked++;
        /* What is no id is 404 as well, before anybody is asked who they are. */
        snprintf(missing, sizeof missing, "%.*s%s%s", before, target, "665F1B2C3D4E5F6071829304", placeholder + 24);
        REPLY bad = call(s, route->method, missing, NULL, NULL);
        assert_problem(&bad, 404, "not-found");
}

static void strangers_object_is_one_that_does_not_exist(void **state)
{
        (void)state;
        for_each_route("@@@@@@@@@@@@@@@@@@@@@@@@", ask_as_stranger);
        assert_true(strangers_asked >= 5);
}

/* Ids of others are nothing in bodies as well. */
static void strangers_id_in_a_body_is_one_that_does_not_exist(void **state)
{
        (void)state;
        char body[128];
        snprintf(body, sizeof body, "{\"kind\":\"activity\",\"activity_id\":\"%s\",\"wait\":0}", activity_id);
        REPLY theirs = call_as(s, stranger.access, "POST", "/api/v1/insights", body);
        REPLY none = call_as(s, stranger.access, "POST", "/api/v1/insights",
                             "{\"kind\":\"activity\",\"activity_id\":\"665f1b2c3d4e5f6071829304\",\"wait\":0}");
        assert_int_equal(theirs.status, none.status);
        assert_true(theirs.status >= 400);
        assert_string_equal(theirs.body, none.body);
        REPLY list = call_as(s, stranger.access, "GET", "/api/v1/insights", NULL);
        assert_int_equal(json_array_size(value_at(list.json, "items")), 0);
}

static void ask_with_unknown(const struct sai_route *route, const char *target)
{
        char longer[300];
        if (route->auth != SAI_AUTH_USER || route->body == SAI_BODY_UPLOAD)
                return;
        snprintf(longer, sizeof longer, "%s?nobody_knows=1", target);
        REPLY query = call_as(s, athlete.access, route->method, longer, NULL);
        assert_pointer(&query, "?nobody_knows");
        if (strcmp(route->method, "GET") == 0)
                return;
        REPLY body = call_as(s, athlete.access, route->method, target, "{\"nobody_knows\":1}");
        assert_pointer(&body, "/nobody_knows");
        REPLY list = call_as(s, athlete.access, route->method, target, "[]");
        assert_problem(&list, 400, "malformed-json");
        REPLY cut = call_as(s, athlete.access, route->method, target, "{\"a\":");
        assert_problem(&cut, 400, "malformed-json");
        char authorization[1400];
        snprintf(authorization, sizeof authorization, "Bearer %s", athlete.access);
        const char *const plain[] = { "Authorization", authorization, "Content-Type", "text/plain", NULL };
        REPLY type = call(s, route->method, target, plain, "{}");
        assert_problem(&type, 415, "unsupported-media-type");
}

static void unknown_members_and_parameters_are_422_and_write_nothing(void **state)
{
        (void)state;
        REPLY before = get("/api/v1/users/profile");
        for_each_route(activity_id, ask_with_unknown);
        REPLY after = get("/api/v1/users/profile");
        assert_string_equal(before.body, after.body);
}

static void ask_with_wrong_method(const struct sai_route *route, const char *target)
{
        char allow[1024];
        (void)route;
        REPLY trace = call(s, "TRACE", target, NULL, NULL);
        assert_problem(&trace, 405, "method-not-allowed");
        assert_non_null(strstr(header_of(&trace, "Allow", allow), route->method));
        REPLY unknown = call(s, "BREW", target, NULL, NULL);
        assert_problem(&unknown, 501, "not-implemented");
}

static void wrong_methods_are_405_with_allow(void **state)
{
        (void)state;
        for_each_route(activity_id, ask_with_wrong_method);
        REPLY unknown = call(s, "GET", "/api/v1/nothing", NULL, NULL);
        assert_problem(&unknown, 404, "not-found");
        REPLY bad = call(s, "GET", "/api/v1/%zz", NULL, NULL);
        assert_int_equal(bad.status, 400);
}

/* -- Caching -------------------------------------------------------------------------------------------------------------------------------- */

static void get_twice(const struct sai_route *route, const char *target)
{
        char etag[1024], other[1024], vary[1024], control[1024];
        bool tagged = route->cache == SAI_CACHE_PRIVATE || route->cache == SAI_CACHE_ROW;
        if (route->auth != SAI_AUTH_USER || strcmp(route->method, "GET") != 0 || !tagged)
                return;
        REPLY first = get(target);
        if (first.status != 200)
                return;
        if (!header_of(&first, "ETag", etag))
                fail_msg("%s has no ETag", target);
        assert_true(etag[0] == '"');
        assert_string_equal(header_of(&first, "Cache-Control", control), "private, no-cache");
        assert_non_null(strstr(header_of(&first, "Vary", vary), "Authorization, Cookie, Accept-Encoding"));
        REPLY second = get(target);
        assert_string_equal(header_of(&second, "ETag", other), etag);
        assert_int_equal(first.len, second.len);
        assert_memory_equal(first.body, second.body, first.len);
        REPLY unchanged = get_with(target, "If-None-Match", etag);
        assert_status(unchanged, 304);
        assert_int_equal(unchanged.len, 0);
        assert_string_equal(header_of(&unchanged, "ETag", other), etag);
        assert_non_null(header_of(&unchanged, "Vary", vary));
        assert_string_equal(header_of(&unchanged, "Cache-Control", control), "private, no-cache");
        REPLY head = call_as(s, athlete.access, "HEAD", target, NULL);
        assert_status(head, 200);
        assert_string_equal(header_of(&head, "ETag", other), etag);
        REPLY gzip = get_with(target, "Accept-Encoding", "gzip");
        assert_status(gzip, 200);
        if (header_of(&gzip, "Content-Encoding", other)) {
                assert_true(first.len > SAI_GZIP_MIN);
                assert_string_not_equal(header_of(&gzip, "ETag", other), etag);
        }
        REPLY theirs = call_as(s, stranger.access, "GET", target, NULL);
        if (header_of(&theirs, "ETag", other) && strcmp(theirs.body, first.body) != 0)
                assert_string_not_equal(other, etag);
}

static void every_get_has_a_strong_tag_that_answers_304(void **state)
{
        (void)state;
        for_each_route(activity_id, get_twice);
        for_each_route(job_id, get_twice);
}

static void tag_changes_with_the_data_and_the_day(void **state)
{
        (void)state;
        char before[1024], after[1024];
        REPLY first = get("/api/v1/analytics/summary");
        assert_non_null(header_of(&first, "ETag", before));
        REPLY put = call_as(s, athlete.access, "PUT", "/api/v1/users/profile", "{\"preferences\":{\"units\":\"imperial\"}}");
        assert_status(put, 200);
        REPLY second = get("/api/v1/analytics/summary");
        assert_non_null(header_of(&second, "ETag", after));
        assert_string_not_equal(before, after);
        REPLY one = get("/api/v1/activities?limit=1");
        assert_non_null(strstr(text_at(one.json, "items.0.display.distance"), "mi"));
        REPLY back = call_as(s, athlete.access, "PUT", "/api/v1/users/profile", "{\"preferences\":{\"units\":\"metric\"}}");
        assert_status(back, 200);
        REPLY again = get("/api/v1/activities?limit=1");
        assert_non_null(strstr(text_at(again.json, "items.0.display.distance"), "km"));
}

/* -- CORS (H12) --------------------------------------------------------------------------------------------------------------------------------- */

static void allowed_origin_is_named_and_no_other(void **state)
{
        (void)state;
        char value[1024];
        REPLY good = get_with("/api/v1/activities", "Origin", TEST_ORIGIN);
        assert_string_equal(header_of(&good, "Access-Control-Allow-Origin", value), TEST_ORIGIN);
        assert_string_equal(header_of(&good, "Access-Control-Expose-Headers", value),
                            "ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id, X-Cache");
        assert_non_null(strstr(header_of(&good, "Vary", value), "Origin"));
        static const char *const foreign[] = {
                "null", "http://localhost:3001", "http://localhost:3000.evil.example", "HTTP://LOCALHOST:3000", "*", ""
        };
        for (size_t i = 0; i < SAI_COUNT(foreign); i++) {
                REPLY reply = get_with("/api/v1/activities", "Origin", foreign[i]);
                assert_status(reply, 200);
                assert_null(strstr(reply.header_text, "Access-Control"));
        }
        const char *const headers[] = { "Origin", TEST_ORIGIN, "Access-Control-Request-Method", "PUT", NULL };
        REPLY preflight = call(s, "OPTIONS", "/api/v1/users/profile", headers, NULL);
        assert_status(preflight, 204);
        assert_non_null(strstr(header_of(&preflight, "Access-Control-Allow-Methods", value), "PUT"));
        assert_string_equal(header_of(&preflight, "Access-Control-Allow-Headers", value),
                            "Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, X-Request-Id");
        assert_string_equal(header_of(&preflight, "Access-Control-Max-Age", value), "600");
        const char *const evil[] = { "Origin", "http://evil.example", "Access-Control-Request-Method", "PUT", NULL };
        REPLY refused = call(s, "OPTIONS", "/api/v1/users/profile", evil, NULL);
        assert_null(strstr(refused.header_text, "Access-Control"));
}

/* -- Order of checks ------------------------------------------------------------------------------------------------------------------------------ */

static void what_is_checked_first_wins(void **state)
{
        (void)state;
        char authorization[1400];
        snprintf(authorization, sizeof authorization, "Bearer %s", athlete.access);
        const char *const plain[] = { "Content-Type", "text/plain", NULL };
        const char *const signed_plain[] = { "Authorization", authorization, "Content-Type", "text/plain", NULL };
        REPLY path = call(s, "TRACE", "/api/v1/activities/xyz", plain, "{");
        assert_problem(&path, 404, "not-found");
        REPLY method = call(s, "TRACE", "/api/v1/users/profile", plain, "{");
        assert_problem(&method, 405, "method-not-allowed");
        REPLY who = call(s, "PUT", "/api/v1/users/profile?x=1", plain, "{");
        assert_problem(&who, 401, "unauthenticated");
        REPLY type = call(s, "PUT", "/api/v1/users/profile?x=1", signed_plain, "{");
        assert_problem(&type, 415, "unsupported-media-type");
        REPLY syntax = call_as(s, athlete.access, "PUT", "/api/v1/users/profile?x=1", "{");
        assert_problem(&syntax, 400, "malformed-json");
        REPLY content =
                call_as(s, athlete.access, "GET", "/api/v1/activities/665f1b2c3d4e5f6071829304/streams?resolution=x", NULL);
        assert_problem(&content, 422, "validation-failed");
        REPLY existence = call_as(s, athlete.access, "GET", "/api/v1/activities/665f1b2c3d4e5f6071829304/streams", NULL);
        assert_problem(&existence, 404, "not-found");
        REPLY state_last = call_as(s, stranger.access, "POST", "/api/v1/activities/sync", "{\"full\":7}");
        assert_pointer(&state_last, "/full");
        REPLY conflict = call_as(s, stranger.access, "POST", "/api/v1/activities/sync", NULL);
        assert_problem(&conflict, 409, "strava-not-connected");
}

static void request_id_is_taken_when_it_is_sane(void **state)
{
        (void)state;
        REPLY reply = call(s, "GET", "/api/v1/nothing", NULL, NULL);
        assert_true(strlen(text_at(reply.json, "request_id")) > 0);
        assert_string_equal(text_at(reply.json, "instance"), "/api/v1/nothing");
}

/* -- The profile -------------------------------------------------------------------------------------------------------------------------------------- */

static struct reply put_profile(const char *body) { return call_as(s, stranger.access, "PUT", "/api/v1/users/profile", body); }

static void each_member_has_its_bounds(void **state)
{
        (void)state;
        static const struct {
                const char *name;
                double min, max, outside;
        } members[] = {
                { "age", 13, 120, 1 },
                { "weight", 20, 400, 0.1 },
                { "max_heartrate", 30, 250, 0.5 },
                { "resting_heartrate", 30, 250, 0.5 },
                { "threshold_heartrate", 30, 250, 0.5 },
                { "ftp", 30, 700, 0.5 },
                { "threshold_pace", 120, 900, 0.5 },
                { "css_pace_100m", 50, 300, 0.5 },
        };
        for (size_t i = 0; i < SAI_COUNT(members); i++) {
                char body[128], pointer[64];
                snprintf(pointer, sizeof pointer, "/%s", members[i].name);
                const double good[] = { members[i].min, members[i].max },
                             bad[] = { members[i].min - members[i].outside, members[i].max + members[i].outside };
                for (size_t k = 0; k < 2; k++) {
                        snprintf(body, sizeof body, "{\"%s\":%g}", members[i].name, good[k]);
                        REPLY accepted = put_profile(body);
                        assert_status(accepted, 200);
                        assert_true(number_at(accepted.json, members[i].name) == good[k]);
                        snprintf(body, sizeof body, "{\"%s\":%g}", members[i].name, bad[k]);
                        REPLY refused = put_profile(body);
                        assert_pointer(&refused, pointer);
                }
                snprintf(body, sizeof body, "{\"%s\":\"50\"}", members[i].name);
                REPLY text = put_profile(body);
                assert_pointer(&text, pointer);
                snprintf(body, sizeof body, "{\"%s\":{\"$ne\":null}}", members[i].name);
                REPLY operator_ = put_profile(body);
                assert_pointer(&operator_, pointer);
                snprintf(body, sizeof body, "{\"%s\":null}", members[i].name);
                REPLY cleared = put_profile(body);
                assert_status(cleared, 200);
                if (strcmp(members[i].name, "age") == 0)
                        assert_true(json_is_null(value_at(cleared.json, "age")));
                else
                        assert_true(
                                json_is_null(value_at(cleared.json, members[i].name)) ||
                                strcmp(text_at(json_object_get(value_at(cleared.json, "parameters"), members[i].name), "source"),
                                       "given") != 0);
        }
}

static void all_errors_come_at_once_and_nothing_is_written(void **state)
{
        (void)state;
        REPLY before = call_as(s, stranger.access, "GET", "/api/v1/users/profile", NULL);
        REPLY reply = put_profile("{\"name\":\"\",\"age\":5,\"weight\":\"x\",\"ftp\":9999,\"sex\":\"Q\",\"id\":\"1\",\"email\":"
                                  "\"a@b\",\"preferences\":{\"units\":\"furlong\","
                                  "\"timezone\":\"Mars/Olympus\",\"language\":7,\"theme\":1}}");
        static const char *const pointers[] = { "/name",
                                                "/age",
                                                "/weight",
                                                "/ftp",
                                                "/sex",
                                                "/id",
                                                "/email",
                                                "/preferences/units",
                                                "/preferences/timezone",
                                                "/preferences/language",
                                                "/preferences/theme" };
        for (size_t i = 0; i < SAI_COUNT(pointers); i++)
                assert_pointer(&reply, pointers[i]);
        REPLY after = call_as(s, stranger.access, "GET", "/api/v1/users/profile", NULL);
        assert_string_equal(before.body, after.body);
}

static void what_may_not_be_cleared_is_422(void **state)
{
        (void)state;
        static const char *const bodies[][2] = { { "{\"name\":null}", "/name" },
                                                 { "{\"preferences\":{\"units\":null}}", "/preferences/units" },
                                                 { "{\"preferences\":{\"timezone\":null}}", "/preferences/timezone" } };
        for (size_t i = 0; i < SAI_COUNT(bodies); i++) {
                REPLY reply = put_profile(bodies[i][0]);
                assert_pointer(&reply, bodies[i][1]);
        }
        REPLY inconsistent = put_profile("{\"max_heartrate\":120,\"resting_heartrate\":130}");
        assert_pointer(&inconsistent, "/max_heartrate");
}

static void member_left_out_stays(void **state)
{
        (void)state;
        REPLY first =
                put_profile("{\"name\":\"Zo\xC3\xAB \\u0026 "
                            "<b>\",\"weight\":61.25,\"preferences\":{\"timezone\":\"Europe/Zurich\",\"units\":\"imperial\"}}");
        assert_status(first, 200);
        REPLY second = put_profile("{\"preferences\":{\"language\":\"de\"}}");
        assert_status(second, 200);
        assert_string_equal(text_at(second.json, "name"), "Zo\xC3\xAB & <b>");
        assert_true(number_at(second.json, "weight") == 61.25);
        assert_string_equal(text_at(second.json, "preferences.timezone"), "Europe/Zurich");
        assert_string_equal(text_at(second.json, "preferences.units"), "imperial");
        assert_string_equal(text_at(second.json, "preferences.language"), "de");
        REPLY empty = put_profile(NULL);
        assert_status(empty, 200);
        assert_string_equal(text_at(empty.json, "name"), "Zo\xC3\xAB & <b>");
        REPLY nul = put_profile("{\"name\":\"a\\u0000b\"}");
        assert_true(nul.status == 422 || nul.status == 400);
}

/* -- Analytics ------------------------------------------------------------------------------------------------------------------------------------------- */

static void analytics_defaults_are_those_of_the_contract(void **state)
{
        (void)state;
        static const struct {
                const char *call, *from;
        } defaults[] = {
                { "summary", "2026-11-16" },
                { "trends", "2026-05-25" },
                { "zones", "2026-08-21" },
                { "fitness", "2026-05-23" },
                { "summary?period=month", "2026-11-01" },
                { "summary?period=year", "2026-01-01" },
                { "summary?to=2026-11-10", "2026-11-09" },
                { "trends?bucket=day", "2026-10-24" },
                { "trends?bucket=month", "2024-10-01" },
        };
        for (size_t i = 0; i < SAI_COUNT(defaults); i++) {
                char target[128];
                snprintf(target, sizeof target, "/api/v1/analytics/%s", defaults[i].call);
                REPLY reply = get(target);
                assert_status(reply, 200);
                if (strcmp(text_at(reply.json, "from"), defaults[i].from) != 0)
                        fail_msg("%s: from %s, expected %s", defaults[i].call, text_at(reply.json, "from"), defaults[i].from);
                assert_string_equal(text_at(reply.json, "to"), strstr(defaults[i].call, "to=") ? "2026-11-10" : "2026-11-18");
                assert_string_equal(text_at(reply.json, "last_active_day"), "2026-11-17");
                assert_true(json_is_string(value_at(reply.json, "computed_at")));
                assert_true(json_is_object(value_at(reply.json, "data_quality")));
        }
        REPLY trends = get("/api/v1/analytics/trends");
        assert_int_equal(json_array_size(value_at(trends.json, "points")), 26);
        assert_string_equal(text_at(trends.json, "metric"), "distance");
}

static void bad_ranges_are_422(void **state)
{
        (void)state;
        static const struct {
                const char *call, *pointer;
        } bad[] = {
                { "summary?from=2026-01-02&to=2026-01-01", "?to" },
                { "summary?from=2026-01-01&period=week", "?period" },
                { "trends?metric=mood", "?metric" },
                { "trends?bucket=year", "?bucket" },
                { "zones?kind=colour", "?kind" },
                { "fitness?from=yesterday", "?from" },
                { "summary?period=decade", "?period" },
                { "fitness?to=2026-13-01", "?to" },
                { "summary?compare=next", "?compare" },
                { "trends?smooth=-1", "?smooth" },
        };
        for (size_t i = 0; i < SAI_COUNT(bad); i++) {
                char target[128];
                snprintf(target, sizeof target, "/api/v1/analytics/%s", bad[i].call);
                REPLY reply = get(target);
                if (reply.status != 422)
                        fail_msg("%s: %d", bad[i].call, reply.status);
                if (strstr(bad[i].call, "from=2026") == NULL)
                        assert_pointer(&reply, bad[i].pointer);
        }
        static const char *const calls[] = { "summary", "trends", "zones", "fitness" };
        for (size_t i = 0; i < SAI_COUNT(calls); i++) {
                char target[128];
                snprintf(target, sizeof target, "/api/v1/analytics/%s?from=2000-01-01&to=2026-01-01", calls[i]);
                REPLY reply = get(target);
                assert_int_equal(reply.status, 422);
        }
}

static void athlete_without_activities_gets_answers_too(void **state)
{
        (void)state;
        static const char *const calls[] = { "summary?compare=previous",
                                             "trends",
                                             "zones",
                                             "zones?kind=power",
                                             "zones?kind=pace",
                                             "fitness",
                                             "summary?period=all",
                                             "trends?metric=pace&bucket=month&smooth=3" };
        for (size_t i = 0; i < SAI_COUNT(calls); i++) {
                char target[128];
                snprintf(target, sizeof target, "/api/v1/analytics/%s", calls[i]);
                REPLY reply = call_as(s, stranger.access, "GET", target, NULL);
                assert_status(reply, 200);
                assert_true(json_is_null(value_at(reply.json, "last_active_day")));
        }
}

static void summary_adds_up_what_the_list_shows(void **state)
{
        (void)state;
        double distance = 0;
        REPLY list = get("/api/v1/activities?after=2026-11-16");
        REPLY summary = get("/api/v1/analytics/summary?compare=previous");
        const json_t *items = value_at(list.json, "items");
        for (size_t i = 0; i < json_array_size(items); i++)
                distance += number_at(json_array_get(items, i), "distance");
        assert_true(json_array_size(items) > 0);
        assert_true(number_at(summary.json, "count") == (double)json_array_size(items));
        assert_true(fabs(number_at(summary.json, "distance") - distance) < 0.5);
        assert_true(json_is_object(value_at(summary.json, "change")));
}

/* -- Operations -------------------------------------------------------------------------------------------------------------------------------------------- */

static void operators_routes_answer_without_credentials(void **state)
{
        (void)state;
        char value[1024];
        static const char *const targets[] = {
                "/health/live", "/health/ready", "/metrics", "/version", "/openapi.json", "/docs"
        };
        for (size_t i = 0; i < SAI_COUNT(targets); i++) {
                REPLY reply = call(s, "GET", targets[i], NULL, NULL);
                assert_status(reply, 200);
        }
        REPLY metrics = call(s, "GET", "/metrics", NULL, NULL);
        assert_memory_equal(header_of(&metrics, "Content-Type", value), "text/plain; version=0.0.4", 25);
        assert_null(strstr(metrics.body, activity_id));
        REPLY document = call(s, "GET", "/openapi.json", NULL, NULL);
        assert_string_equal(text_at(document.json, "openapi"), "3.1.0");
        assert_non_null(header_of(&document, "ETag", value));
        REPLY page = call(s, "GET", "/", NULL, NULL);
        assert_status(page, 200);
        assert_non_null(header_of(&page, "Content-Security-Policy", value));
        assert_null(strstr(value, "unsafe-inline"));
        /* What the page names is there. */
        const char *asset = strstr(page.body, "/assets/");
        assert_non_null(asset);
        char target[256];
        snprintf(target, sizeof target, "%.*s", (int)strcspn(asset, "\"'> "), asset);
        REPLY script = call(s, "GET", target, NULL, NULL);
        assert_status(script, 200);
        assert_true(script.len > 0);
        REPLY missing = call(s, "GET", "/assets/nothing.js", NULL, NULL);
        assert_problem(&missing, 404, "not-found");
        REPLY file = call(s, "GET", "/../../etc/passwd", NULL, NULL);
        assert_true(file.status == 404 || file.status == 400);
}

/* -- Sign-out and refresh through the routes ------------------------------------------------------------------------------------------------------------------- */

static void refresh_rotates_and_reuse_ends_the_session(void **state)
{
        (void)state;
        struct athlete own;
        add_athlete(s, "Rotating", &own);
        REPLY first = call_as(s, own.refresh, "POST", "/api/v1/auth/refresh", NULL);
        assert_status(first, 200);
        assert_string_equal(text_at(first.json, "token_type"), "Bearer");
        REPLY reused = call_as(s, own.refresh, "POST", "/api/v1/auth/refresh", NULL);
        assert_problem(&reused, 401, "refresh-token-reused");
        REPLY dead = call_as(s, text_at(first.json, "access_token"), "GET", "/api/v1/auth/user", NULL);
        assert_problem(&dead, 401, "token-invalid");
        REPLY access = call_as(s, athlete.access, "POST", "/api/v1/auth/refresh", NULL);
        assert_problem(&access, 401, "token-invalid");
        REPLY none = call(s, "POST", "/api/v1/auth/refresh", NULL, NULL);
        assert_problem(&none, 401, "unauthenticated");
}

static void expired_access_token_is_told_so(void **state)
{
        (void)state;
        struct athlete own;
        add_athlete(s, "Late", &own);
        clock_advance(s, 16 * 60 * 1000);
        REPLY late = call_as(s, own.access, "GET", "/api/v1/auth/user", NULL);
        assert_problem(&late, 401, "token-expired");
        REPLY next = call_as(s, own.refresh, "POST", "/api/v1/auth/refresh", NULL);
        assert_status(next, 200);
        sign_in(s, 1, &athlete); /* for the tests that follow */
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(4));
        struct token_pair tokens;
        struct sai_err err;
        assert_int_equal(session_open(&s->service.auth, stranger.id, SESSION_TOKEN, (struct session_device) { 0 }, arena, &tokens,
                                      &err),
                         SAI_OK);
        snprintf(stranger.access, sizeof stranger.access, "%s", tokens.access_token);
}

static void logout_everywhere_ends_all_and_logout_one(void **state)
{
        (void)state;
        struct athlete own;
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(4));
        struct token_pair second, third;
        struct sai_err err;
        add_athlete(s, "Leaving", &own);
        assert_int_equal(session_open(&s->service.auth, own.id, SESSION_TOKEN, (struct session_device) { 0 }, arena, &second,
                                      &err),
                         SAI_OK);
        assert_int_equal(session_open(&s->service.auth, own.id, SESSION_TOKEN, (struct session_device) { 0 }, arena, &third,
                                      &err),
                         SAI_OK);
        REPLY one = call_as(s, own.access, "POST", "/api/v1/auth/logout", NULL);
        assert_status(one, 200);
        REPLY gone = call_as(s, own.access, "GET", "/api/v1/auth/user", NULL);
        assert_problem(&gone, 401, "token-invalid");
        REPLY still = call_as(s, second.access_token, "GET", "/api/v1/auth/user", NULL);
        assert_status(still, 200);
        REPLY all = call_as(s, second.access_token, "POST", "/api/v1/auth/logout", "{\"everywhere\":true}");
        assert_status(all, 200);
        REPLY also = call_as(s, third.access_token, "GET", "/api/v1/auth/user", NULL);
        assert_problem(&also, 401, "token-invalid");
}

/* -- Canaries (L4) ------------------------------------------------------------------------------------------------------------------------------------------------ */

static void no_secret_is_ever_logged_or_answered(void **state)
{
        (void)state;
        struct athlete own;
        char target[2048], cookie[256];
        sign_in(s, 1, &own);
        begin_sign_in(s, 1, TEST_REDIRECT, target, cookie);
        REPLY bad =
                call(s, "GET", "/api/v1/auth/strava/callback?code=canary-code-55&state=canary-state-66&scope=read", NULL, NULL);
        assert_int_equal(bad.status, 400);
        REPLY wrong = call_as(s, "canary-token-77", "GET", "/api/v1/auth/user", NULL);
        assert_int_equal(wrong.status, 401);
        REPLY reused = call_as(s, own.refresh, "POST", "/api/v1/auth/refresh", NULL);
        assert_status(reused, 200);
        REPLY again = call_as(s, own.refresh, "POST", "/api/v1/auth/refresh", NULL);
        assert_int_equal(again.status, 401);

        char *log = log_text(s);
        REPLY metrics = call(s, "GET", "/metrics", NULL, NULL);
        REPLY document = call(s, "GET", "/openapi.json", NULL, NULL);
        REPLY profile = call_as(s, stranger.access, "GET", "/api/v1/users/profile", NULL);
        REPLY version = call(s, "GET", "/version", NULL, NULL);
        assert_non_null(strstr(log, "\"security.event\"")); /* the log is there at all */
        assert_non_null(strstr(log, "\"refresh_token_reused\""));
        const char *const secrets[] = { TEST_CLIENT_SECRET,      "canary-code-55", "canary-state-66",
                                        "canary-token-77",       own.access,       own.refresh,
                                        strstr(cookie, "=") + 1, athlete.access,   athlete.refresh };
        const char *const texts[] = { log,          metrics.body, document.body, profile.body,
                                      version.body, bad.body,     wrong.body,    again.body };
        for (size_t i = 0; i < SAI_COUNT(secrets); i++)
                for (size_t k = 0; k < SAI_COUNT(texts); k++)
                        if (strstr(texts[k], secrets[i]))
                                fail_msg("secret %zu is in text %zu", i, k);
        /* Nor the keys that the service made for itself. */
        static const char *const files[] = { "jwt.key", "data.key" };
        for (size_t i = 0; i < SAI_COUNT(files); i++) {
                char path[256], text[256] = "";
                snprintf(path, sizeof path, "%s/data/%s", s->directory, files[i]);
                FILE *file = fopen(path, "r");
                assert_non_null(file);
                assert_non_null(fgets(text, sizeof text, file));
                fclose(file);
                text[strcspn(text, "\n")] = '\0';
                assert_null(strstr(log, strrchr(text, ':') + 1));
        }
        free(log);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_route_of_an_athlete_wants_one),
                cmocka_unit_test(strangers_object_is_one_that_does_not_exist),
                cmocka_unit_test(strangers_id_in_a_body_is_one_that_does_not_exist),
                cmocka_unit_test(unknown_members_and_parameters_are_422_and_write_nothing),
                cmocka_unit_test(wrong_methods_are_405_with_allow),
                cmocka_unit_test(every_get_has_a_strong_tag_that_answers_304),
                cmocka_unit_test(tag_changes_with_the_data_and_the_day),
                cmocka_unit_test(allowed_origin_is_named_and_no_other),
                cmocka_unit_test(what_is_checked_first_wins),
                cmocka_unit_test(request_id_is_taken_when_it_is_sane),
                cmocka_unit_test(athlete_without_activities_gets_answers_too),
                cmocka_unit_test(each_member_has_its_bounds),
                cmocka_unit_test(all_errors_come_at_once_and_nothing_is_written),
                cmocka_unit_test(what_may_not_be_cleared_is_422),
                cmocka_unit_test(member_left_out_stays),
                cmocka_unit_test(analytics_defaults_are_those_of_the_contract),
                cmocka_unit_test(bad_ranges_are_422),
                cmocka_unit_test(summary_adds_up_what_the_list_shows),
                cmocka_unit_test(operators_routes_answer_without_credentials),
                cmocka_unit_test(refresh_rotates_and_reuse_ends_the_session),
                cmocka_unit_test(expired_access_token_is_told_so),
                cmocka_unit_test(logout_everywhere_ends_all_and_logout_one),
                cmocka_unit_test(no_secret_is_ever_logged_or_answered),
        };
        int failed = SERVICE_RUN("contract", tests, start, stop);
        report_coverage("test_contract");
        return failed;
}
