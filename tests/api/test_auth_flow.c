/* test_auth_flow.c -- signing in with Strava, through the routes: state, codes, cookies, refusals (checklist A6 to A9, A16). */
#include "support_service.h"

#include <pthread.h>

static struct test_service *s;

static int start(void **state)
{
        (void)state;
        s = service_start(NULL);
        return 0;
}
static int stop(void **state)
{
        (void)state;
        service_stop(s);
        return 0;
}

static struct reply callback(const char *target, const char *cookie)
{
        const char *const headers[] = { "Cookie", cookie, NULL };
        return call(s, "GET", target, cookie ? headers : NULL, NULL);
}

static void json_form_gives_tokens_and_starts_a_sync(void **state)
{
        (void)state;
        struct athlete athlete;
        sign_in(s, 1, &athlete);
        REPLY user = call_as(s, athlete.access, "GET", "/api/v1/auth/user", NULL);
        assert_status(user, 200);
        assert_string_equal(text_at(user.json, "strava_status"), "connected");
        REPLY profile = call_as(s, athlete.access, "GET", "/api/v1/users/profile", NULL);
        assert_true(json_equal(user.json, profile.json));
        REPLY jobs = call_as(s, athlete.access, "GET", "/api/v1/jobs?kind=sync", NULL);
        assert_int_equal(json_array_size(value_at(jobs.json, "items")), 1);
}

static void link_form_redirects_with_a_state_cookie(void **state)
{
        (void)state;
        char location[1024], cookie[1024];
        REPLY reply = call(s, "GET", "/api/v1/auth/strava/authorize?redirect_uri=/", NULL, NULL);
        assert_status(reply, 303);
        assert_non_null(strstr(header_of(&reply, "Location", location), "/oauth/authorize?"));
        assert_non_null(strstr(location, "scope=read%2Cprofile%3Aread_all%2Cactivity%3Aread_all"));
        assert_null(strstr(location, TEST_CLIENT_SECRET));
        assert_non_null(header_of(&reply, "Set-Cookie", cookie));
        assert_memory_equal(cookie, "stravaai_state=", 15);
        assert_non_null(strstr(cookie, "HttpOnly"));
        assert_non_null(strstr(cookie, "SameSite=Lax"));
        assert_non_null(strstr(cookie, "Path=/"));
        assert_non_null(strstr(cookie, "Max-Age=600"));
        assert_null(strstr(cookie, "Secure"));
}

static void redirect_gives_a_code_that_works_once(void **state)
{
        (void)state;
        char target[2048], cookie[256], location[1024], body[256];
        begin_sign_in(s, 1, TEST_REDIRECT, target, cookie);
        REPLY back = callback(target, cookie);
        assert_status(back, 303);
        assert_memory_equal(header_of(&back, "Location", location), TEST_REDIRECT "?code=", strlen(TEST_REDIRECT "?code="));
        snprintf(body, sizeof body, "{\"code\":\"%.200s\"}", location + strlen(TEST_REDIRECT "?code="));
        REPLY tokens = call(s, "POST", "/api/v1/auth/token", NULL, body);
        assert_status(tokens, 200);
        REPLY again = call(s, "POST", "/api/v1/auth/token", NULL, body);
        assert_problem(&again, 400, "bad-state");
}

static void code_of_a_redirect_lives_a_minute(void **state)
{
        (void)state;
        char target[2048], cookie[256], location[1024], body[256];
        begin_sign_in(s, 1, TEST_REDIRECT, target, cookie);
        REPLY back = callback(target, cookie);
        snprintf(body, sizeof body, "{\"code\":\"%.200s\"}", strstr(header_of(&back, "Location", location), "code=") + 5);
        clock_advance(s, 60001);
        REPLY late = call(s, "POST", "/api/v1/auth/token", NULL, body);
        assert_problem(&late, 400, "bad-state");
}

/* The page's session: the cookie that the callback sets. */
static void open_page(char cookie[256])
{
        char target[2048], state_cookie[256], value[1024];
        begin_sign_in(s, 1, "/", target, state_cookie);
        REPLY back = callback(target, state_cookie);
        assert_status(back, 303);
        assert_string_equal(header_of(&back, "Location", value), "/");
        assert_non_null(header_of(&back, "Set-Cookie", value));
        assert_memory_equal(value, "stravaai_session=", 17);
        assert_non_null(strstr(value, "HttpOnly"));
        snprintf(cookie, 256, "%.*s", (int)strcspn(value, ";"), value);
        assert_int_equal(back.len, 0);
}

static struct reply with_cookie(const char *cookie, const char *method, const char *target, const char *name, const char *value,
                                const char *body)
{
        const char *const headers[] = { "Cookie", cookie, name, value, NULL };
        return call(s, method, target, headers, body);
}

static void page_session_reads_and_writes_from_its_own_pages_only(void **state)
{
        (void)state;
        static const char put[] = "{\"name\":\"Page\"}";
        char cookie[256];
        open_page(cookie);
        REPLY read = with_cookie(cookie, "GET", "/api/v1/users/profile", "Sec-Fetch-Site", "cross-site", NULL);
        assert_status(read, 200);
        REPLY own = with_cookie(cookie, "PUT", "/api/v1/users/profile", "Sec-Fetch-Site", "same-origin", put);
        assert_status(own, 200);
        REPLY old = with_cookie(cookie, "PUT", "/api/v1/users/profile", "Origin", TEST_PUBLIC_URL, put);
        assert_status(old, 200);
        static const char *const foreign[][2] = { { "Sec-Fetch-Site", "cross-site" },
                                                  { "Sec-Fetch-Site", "same-site" },
                                                  { "Sec-Fetch-Site", "none" },
                                                  { "Origin", "http://evil.example" },
                                                  { "Origin", "null" },
                                                  { "Origin", TEST_PUBLIC_URL "0" },
                                                  { "X-Nothing", "1" } };
        for (size_t i = 0; i < SAI_COUNT(foreign); i++) {
                REPLY reply = with_cookie(cookie, "PUT", "/api/v1/users/profile", foreign[i][0], foreign[i][1], put);
                assert_problem(&reply, 403, "cross-site");
        }
        const char *const both[] = { "Cookie", cookie, "Sec-Fetch-Site", "cross-site", "Origin", TEST_PUBLIC_URL, NULL };
        REPLY contradicting = call(s, "PUT", "/api/v1/users/profile", both, put);
        assert_problem(&contradicting, 403, "cross-site");
}

static void page_logout_clears_the_cookie_and_ends_the_session(void **state)
{
        (void)state;
        char cookie[256], value[1024];
        open_page(cookie);
        REPLY out = with_cookie(cookie, "POST", "/api/v1/auth/logout", "Sec-Fetch-Site", "same-origin", NULL);
        assert_status(out, 200);
        assert_non_null(strstr(header_of(&out, "Set-Cookie", value), "stravaai_session=;"));
        assert_non_null(strstr(value, "Max-Age=0"));
        REPLY after = with_cookie(cookie, "GET", "/api/v1/users/profile", "Accept", "*/*", NULL);
        assert_problem(&after, 401, "token-invalid");
        /* A dead cookie must not keep anybody from signing in again. */
        REPLY again = with_cookie(cookie, "POST", "/api/v1/auth/strava/authorize", "Accept", "application/json", NULL);
        assert_status(again, 200);
}

static void cookie_does_not_refresh(void **state)
{
        (void)state;
        char cookie[256];
        open_page(cookie);
        REPLY reply = with_cookie(cookie, "POST", "/api/v1/auth/refresh", "Sec-Fetch-Site", "same-origin", NULL);
        assert_problem(&reply, 401, "unauthenticated");
}

static void bad_states_never_reach_strava(void **state)
{
        (void)state;
        char target[2048], cookie[256], other_target[2048], other_cookie[256], changed[2048];
        begin_sign_in(s, 1, NULL, target, cookie);
        begin_sign_in(s, 1, NULL, other_target, other_cookie);
        size_t before = requests_to(s, "/token");

        REPLY missing = callback("/api/v1/auth/strava/callback?code=abc&scope=read,activity:read_all", cookie);
        assert_problem(&missing, 400, "bad-state");
        REPLY wrong = callback("/api/v1/auth/strava/"
                               "callback?code=abc&scope=read,activity:read_all&state=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                               cookie);
        assert_problem(&wrong, 400, "bad-state");
        REPLY oversize =
                callback("/api/v1/auth/strava/callback?code=abc&scope=read,activity:read_all&state="
                         "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                         cookie);
        assert_problem(&oversize, 400, "bad-state");
        REPLY no_browser = callback(target, NULL);
        assert_problem(&no_browser, 400, "bad-state");
        REPLY other_browser = callback(other_target, cookie);
        assert_problem(&other_browser, 400, "bad-state");
        /* The state is spent by the attempt. */
        REPLY spent = callback(other_target, other_cookie);
        assert_problem(&spent, 400, "bad-state");

        begin_sign_in(s, 1, NULL, changed, cookie);
        clock_advance(s, 10 * 60 * 1000 + 1);
        REPLY expired = callback(changed, cookie);
        assert_problem(&expired, 400, "bad-state");
        assert_int_equal(requests_to(s, "/token"), before);
}

static void state_works_once(void **state)
{
        (void)state;
        char target[2048], cookie[256];
        begin_sign_in(s, 1, NULL, target, cookie);
        REPLY first = callback(target, cookie);
        assert_status(first, 200);
        size_t before = requests_to(s, "/token");
        REPLY second = callback(target, cookie);
        assert_problem(&second, 400, "bad-state");
        assert_int_equal(requests_to(s, "/token"), before);
}

static void refusal_and_missing_scope_are_403_and_spend_no_code(void **state)
{
        (void)state;
        char target[2048], cookie[256], changed[2048];
        size_t before = requests_to(s, "/token");
        begin_sign_in(s, 1, NULL, target, cookie);
        const char *state_at = strstr(target, "state=");
        snprintf(changed, sizeof changed, "/api/v1/auth/strava/callback?error=access_denied&%.*s", (int)strcspn(state_at, "&"),
                 state_at);
        REPLY denied = callback(changed, cookie);
        assert_problem(&denied, 403, "access-denied");

        begin_sign_in(s, 1, NULL, target, cookie);
        char *scope = strstr(target, "scope=");
        assert_non_null(scope);
        snprintf(changed, sizeof changed, "%.*sscope=read", (int)(scope - target), target);
        REPLY missing = callback(changed, cookie);
        assert_problem(&missing, 403, "missing-scope");
        assert_int_equal(requests_to(s, "/token"), before);
}

static void wrong_code_is_no_failure_of_ours(void **state)
{
        (void)state;
        char target[2048], cookie[256], changed[2048];
        begin_sign_in(s, 1, NULL, target, cookie);
        const char *state_at = strstr(target, "state=");
        snprintf(changed, sizeof changed,
                 "/api/v1/auth/strava/callback?%.*s&code=0123456789012345678901234567890123456789&scope=activity:read",
                 (int)strcspn(state_at, "&"), state_at);
        REPLY reply = callback(changed, cookie);
        assert_int_equal(reply.status, 400);
}

static void strava_down_is_502_or_503_and_the_state_stays_used(void **state)
{
        (void)state;
        char target[2048], cookie[256];
        struct sai_err err;
        begin_sign_in(s, 1, NULL, target, cookie);
        struct sim_fault fault = { .path = "/oauth/token", .status = 503, .times = 1 };
        assert_int_equal(sim_fault_add(s->sim, &fault, &err), SAI_OK);
        REPLY down = callback(target, cookie);
        assert_true(down.status == 502 || down.status == 503);
        assert_null(strstr(down.body, "127.0.0.1"));
        REPLY again = callback(target, cookie);
        assert_problem(&again, 400, "bad-state");
        fault = (struct sim_fault) { .path = "/oauth/token", .status = 200, .body = "<html>hello</html>", .times = 1 };
        assert_int_equal(sim_fault_add(s->sim, &fault, &err), SAI_OK);
        begin_sign_in(s, 1, NULL, target, cookie);
        REPLY nonsense = callback(target, cookie);
        assert_true(nonsense.status == 502 || nonsense.status == 503);
}

static void redirects_are_byte_equal_to_the_list(void **state)
{
        (void)state;
        static const char *const bad[] = { "http://localhost:3000/back/",
                                           "http://localhost:3000/BACK",
                                           "http://localhost:3000/back%3Fx=1",
                                           "http://evil.example/",
                                           "//evil.example",
                                           "/users",
                                           "",
                                           "/%00",
                                           "http://localhost:3000/back%20",
                                           "javascript:alert(1)" };
        for (size_t i = 0; i < SAI_COUNT(bad); i++) {
                char path[256];
                snprintf(path, sizeof path, "/api/v1/auth/strava/authorize?redirect_uri=%s", bad[i]);
                REPLY reply = call(s, "POST", path, NULL, NULL);
                if (bad[i][0] && strcmp(bad[i], "/%00") != 0)
                        assert_pointer(&reply, "?redirect_uri");
                else
                        assert_true(reply.status == 422 || reply.status == 400);
        }
        REPLY unknown = call(s, "POST", "/api/v1/auth/strava/authorize?redirect=/", NULL, NULL);
        assert_pointer(&unknown, "?redirect");
}

struct racer {
        char target[2048], cookie[256];
        int status;
        char user_id[64];
};

static void *race(void *argument)
{
        struct racer *racer = argument;
        REPLY reply = callback(racer->target, racer->cookie);
        racer->status = reply.status;
        snprintf(racer->user_id, sizeof racer->user_id, "%s", reply.status == 200 ? text_at(reply.json, "user_id") : "");
        store_thread_done(s->service.store);
        return NULL;
}

static void two_callbacks_at_once_are_one_user(void **state)
{
        (void)state;
        struct racer racers[2] = { 0 };
        pthread_t threads[2];
        for (int i = 0; i < 2; i++)
                begin_sign_in(s, 2, NULL, racers[i].target, racers[i].cookie);
        for (int i = 0; i < 2; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
        for (int i = 0; i < 2; i++)
                pthread_join(threads[i], NULL);
        assert_int_equal(racers[0].status, 200);
        assert_int_equal(racers[1].status, 200);
        assert_string_equal(racers[0].user_id, racers[1].user_id);
}

static void athlete_of_another_user_is_a_conflict(void **state)
{
        (void)state;
        struct athlete first, second;
        char target[2048], cookie[256], authorization[1400];
        sign_in(s, 1, &first);
        add_athlete(s, "Second", &second);
        begin_sign_in(s, 1, NULL, target, cookie);
        snprintf(authorization, sizeof authorization, "Bearer %s", second.access);
        const char *const headers[] = { "Cookie", cookie, "Authorization", authorization, NULL };
        REPLY reply = call(s, "GET", target, headers, NULL);
        assert_problem(&reply, 409, "strava-already-linked");
}

/* A browser that still holds the page of one athlete, in which another signs in at Strava: their data must not become one. */
static void second_athlete_never_takes_over_the_account_of_the_first(void **state)
{
        (void)state;
        char page[256], target[2048], cookie[256], cookies[600];
        open_page(page);
        REPLY before = with_cookie(page, "GET", "/api/v1/users/profile", "Accept", "*/*", NULL);
        begin_sign_in(s, 2, "/", target, cookie);
        snprintf(cookies, sizeof cookies, "%s; %s", page, cookie);
        REPLY reply = callback(target, cookies);
        assert_problem(&reply, 409, "strava-already-linked");
        REPLY after = with_cookie(page, "GET", "/api/v1/users/profile", "Accept", "*/*", NULL);
        assert_true(json_equal(value_at(before.json, "strava_id"), value_at(after.json, "strava_id")));
}

static void user_without_strava_connects_while_signed_in(void **state)
{
        (void)state;
        struct test_service *own = service_start(NULL);
        struct test_service *shared = s;
        struct athlete athlete;
        char target[2048], cookie[256], authorization[1400];
        s = own;
        add_athlete(s, "Local", &athlete);
        begin_sign_in(s, 1, NULL, target, cookie);
        snprintf(authorization, sizeof authorization, "Bearer %s", athlete.access);
        const char *const headers[] = { "Cookie", cookie, "Authorization", authorization, NULL };
        REPLY reply = call(s, "GET", target, headers, NULL);
        assert_status(reply, 200);
        REPLY profile = call_as(s, athlete.access, "GET", "/api/v1/users/profile", NULL);
        assert_string_equal(text_at(reply.json, "user_id"), text_at(profile.json, "id"));
        assert_string_equal(text_at(profile.json, "name"), "Local");
        s = shared;
        service_stop(own);
}

static void callback_ignores_what_strava_adds(void **state)
{
        (void)state;
        char target[2048], cookie[256], longer[2200];
        begin_sign_in(s, 1, NULL, target, cookie);
        snprintf(longer, sizeof longer, "%s&new_thing=1&another=", target);
        REPLY reply = callback(longer, cookie);
        assert_status(reply, 200);
}

/* Behind TLS the cookies' names promise what they are. */
static void cookies_over_https_are_host_cookies(void **state)
{
        (void)state;
        struct test_service *shared = s;
        char target[2048], cookie[256], value[1024], page[256];
        s = service_start(&(struct test_options) { .public_url = "https://coach.example" });
        begin_sign_in(s, 1, "/", target, cookie);
        assert_memory_equal(cookie, "__Host-stravaai_state=", 22);
        REPLY back = callback(target, cookie);
        assert_status(back, 303);
        assert_memory_equal(header_of(&back, "Set-Cookie", value), "__Host-stravaai_session=", 24);
        assert_non_null(strstr(value, "Secure"));
        assert_non_null(strstr(value, "Path=/"));
        assert_null(strstr(value, "Domain"));
        snprintf(page, sizeof page, "%.*s", (int)strcspn(value, ";"), value);
        REPLY read = callback("/api/v1/users/profile", page);
        assert_status(read, 200);
        /* Under the name without the prefix it is nothing: any subdomain could have set that. */
        REPLY plain = callback("/api/v1/users/profile", page + strlen("__Host-"));
        assert_problem(&plain, 401, "unauthenticated");
        service_stop(s);
        s = shared;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(json_form_gives_tokens_and_starts_a_sync),
                cmocka_unit_test(link_form_redirects_with_a_state_cookie),
                cmocka_unit_test(redirect_gives_a_code_that_works_once),
                cmocka_unit_test(code_of_a_redirect_lives_a_minute),
                cmocka_unit_test(page_session_reads_and_writes_from_its_own_pages_only),
                cmocka_unit_test(page_logout_clears_the_cookie_and_ends_the_session),
                cmocka_unit_test(cookie_does_not_refresh),
                cmocka_unit_test(bad_states_never_reach_strava),
                cmocka_unit_test(state_works_once),
                cmocka_unit_test(refusal_and_missing_scope_are_403_and_spend_no_code),
                cmocka_unit_test(wrong_code_is_no_failure_of_ours),
                cmocka_unit_test(strava_down_is_502_or_503_and_the_state_stays_used),
                cmocka_unit_test(redirects_are_byte_equal_to_the_list),
                cmocka_unit_test(two_callbacks_at_once_are_one_user),
                cmocka_unit_test(athlete_of_another_user_is_a_conflict),
                cmocka_unit_test(second_athlete_never_takes_over_the_account_of_the_first),
                cmocka_unit_test(user_without_strava_connects_while_signed_in),
                cmocka_unit_test(callback_ignores_what_strava_adds),
                cmocka_unit_test(cookies_over_https_are_host_cookies),
        };
        int failed = SERVICE_RUN("auth flow", tests, start, stop);
        report_coverage("test_auth_flow");
        return failed;
}
