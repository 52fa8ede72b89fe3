/* test_doors.c -- every route of an athlete, from the route table, tried with each credential that must not open it: one that has expired, one
 * that another service signed, and an API token whose scopes do not suffice (checklist A1 to A3, O1). A new route is tried by itself. */
#include "support_service.h"

static struct test_service *s, *other;
static struct athlete athlete, foreign;

static int start(void **state)
{
        (void)state;
        s = service_start(&(struct test_options) { .no_strava = true });
        other = service_start(&(struct test_options) { .no_strava = true });
        add_athlete(s, "Kim", &athlete);
        add_athlete(other, "Kim", &foreign);
        return 0;
}

static int stop(void **state)
{
        (void)state;
        service_stop(s);
        service_stop(other);
        return 0;
}

typedef void (*door)(const struct sai_route *route, const char *target, const void *credential);

static size_t for_each_athletes_route(door try, const void *credential)
{
        size_t count = 0;
        for (const struct sai_route *const *table = sai_router_tables(s->service.router); *table; table++) {
                for (const struct sai_route *route = *table; route->method; route++) {
                        char target[256] = "";
                        for (const char *at = route->path; *at;) {
                                size_t len = strlen(target);
                                bool parameter = *at == ':';
                                snprintf(target + len, sizeof target - len, "%.*s", parameter ? 24 : 1,
                                         parameter ? "665f1b2c3d4e5f6071829304" : at);
                                at += parameter ? strcspn(at, "/") : 1;
                        }
                        if (route->auth != SAI_AUTH_USER)
                                continue;
                        try(route, target, credential);
                        count++;
                }
        }
        return count;
}

static void is_expired(const struct sai_route *route, const char *target, const void *token)
{
        REPLY reply = call_as(s, token, route->method, target, NULL);
        assert_problem(&reply, 401, "token-expired");
}

static void is_invalid(const struct sai_route *route, const char *target, const void *token)
{
        REPLY reply = call_as(s, token, route->method, target, NULL);
        assert_problem(&reply, 401, "token-invalid");
}

struct scoped {
        char token[128];
        bool reads;
};

/* What the token's scope does not cover is 403, whatever else the request lacks. What it covers goes further, except where
 * only a session will do. */
static void obeys_scope(const struct sai_route *route, const char *target, const void *credential)
{
        const struct scoped *scoped = credential;
        REPLY reply = call_as(s, scoped->token, route->method, target, NULL);
        bool closed = strncmp(route->path, "/api/v1/auth/", 13) == 0 || route->sessions_only;
        bool reads = strcmp(route->method, "GET") == 0;
        if (closed || reads != scoped->reads)
                assert_problem(&reply, 403, "insufficient-scope");
        else if (reply.status == 401 || reply.status == 403)
                fail_msg("%s %s: %d %.300s", route->method, target, reply.status, reply.body);
}

static void make_scoped(const char *scope, struct scoped *ret)
{
        char body[128];
        snprintf(body, sizeof body, "{\"name\":\"%s\",\"scopes\":[\"%s\"]}", scope, scope);
        REPLY made = call_as(s, athlete.access, "POST", "/api/v1/auth/tokens", body);
        assert_status(made, 201);
        snprintf(ret->token, sizeof ret->token, "%s", text_at(made.json, "token"));
        ret->reads = strcmp(scope, "read") == 0;
}

static void token_of_another_service_opens_no_route(void **state)
{
        (void)state;
        assert_true(for_each_athletes_route(is_invalid, foreign.access) > 20);
}

static void api_token_opens_only_what_its_scope_covers(void **state)
{
        (void)state;
        struct scoped reader, writer;
        make_scoped("read", &reader);
        make_scoped("write", &writer);
        (void)for_each_athletes_route(obeys_scope, &reader);
        (void)for_each_athletes_route(obeys_scope, &writer);
}

static void expired_token_opens_no_route(void **state)
{
        (void)state;
        clock_advance(s, s->service.settings.access_token_life_ms + 31000);
        assert_true(for_each_athletes_route(is_expired, athlete.access) > 20);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(token_of_another_service_opens_no_route),
                cmocka_unit_test(api_token_opens_only_what_its_scope_covers),
                cmocka_unit_test(expired_token_opens_no_route),
        };
        int failed = SERVICE_RUN("doors", tests, start, stop);
        report_coverage("test_doors");
        return failed;
}
