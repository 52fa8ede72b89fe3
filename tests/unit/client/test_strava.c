/* The Strava client against a scripted Strava: what it sends, and what it makes of each answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "client/strava/strava.h"
#include "support/script_server.h"

struct fixture {
        struct script_server *server;
        struct http_client *http;
        struct strava *strava;
        struct sai_arena *arena;
        struct sai_fake_clock clock;
        struct sai_seeded seeded;
        struct strava_error error;
        char api[128], oauth[128];
};

static const int64_t start = INT64_C(1795342020000); /* 2026-11-22T10:07:00Z */
static const int64_t quarter_end = INT64_C(1795342500000);
static const struct strava_call as_athlete = { .access_token = "tok-1", .priority = STRAVA_BACKGROUND };

static void no_wait(void *context, int64_t ms) { (void)context, (void)ms; }

static int setup(void **state)
{
        struct fixture *f = calloc(1, sizeof *f);
        f->server = script_server_new();
        f->clock = (struct sai_fake_clock) { .wall_ms = start, .monotonic_ms = 1 };
        const char *url = script_server_url(f->server);
        struct http_client_config http = { .clock = sai_clock_fake(&f->clock),
                                           .random = sai_random_seeded(&f->seeded),
                                           .user_agent = "t",
                                           .trusted_urls = &url,
                                           .trusted_count = 1,
                                           .wait = no_wait };
        f->http = http_client_new(&http);
        snprintf(f->api, sizeof f->api, "%s/api/v3/", url);
        snprintf(f->oauth, sizeof f->oauth, "%s/oauth", url);
        struct strava_config config = { .api_url = f->api,
                                        .oauth_url = f->oauth,
                                        .client_id = "77",
                                        .client_secret = "s&cret",
                                        .clock = sai_clock_fake(&f->clock),
                                        .reserve_percent = 10 };
        f->strava = strava_new(&config, f->http);
        f->arena = sai_arena_new(SAI_MIB(32));
        *state = f;
        return f->strava && f->arena ? 0 : -1;
}

static int teardown(void **state)
{
        struct fixture *f = *state;
        strava_free(f->strava);
        http_client_free(f->http);
        sai_arena_free(f->arena);
        script_server_free(f->server);
        free(f);
        return 0;
}

static void answer(struct fixture *f, int status, const char *body)
{
        script_server_push(f->server, (struct script_answer) { .status = status, .body = body });
}

static const char *sent(struct fixture *f, size_t n)
{
        const char *text = script_server_request(f->server, n);
        assert_non_null(text);
        return text;
}

#define SENT(f, n, part) assert_non_null(strstr(sent((f), (n)), (part)))

/* -- OAuth -------------------------------------------------------------------------------------------------------- */
static void the_consent_url_holds_what_strava_wants(void **state)
{
        struct fixture *f = *state;
        struct sai_buf url;
        char expected[512];
        sai_buf_init(&url, 4096);
        strava_authorize_url(f->strava, "https://a.example/cb?x=1", "read,activity:read_all", "st/ate", false, &url);
        snprintf(expected, sizeof expected,
                 "%s/"
                 "authorize?client_id=77&redirect_uri=https%%3A%%2F%%2Fa.example%%2Fcb%%3Fx%%3D1&response_type=code&approval_"
                 "prompt=auto"
                 "&scope=read%%2Cactivity%%3Aread_all&state=st%%2Fate",
                 f->oauth);
        assert_string_equal(url.data, expected);
        sai_buf_done(&url);
}

static void a_code_is_exchanged_once(void **state)
{
        struct fixture *f = *state;
        struct strava_token token;
        answer(f, 200, "{\"access_token\":\"a\",\"refresh_token\":\"r\",\"expires_at\":1795363620,\"athlete\":{\"id\":9}}");
        assert_int_equal(strava_exchange_code(f->strava, "c+de", 0, f->arena, &token, &f->error), SAI_OK);
        assert_int_equal(f->error.class, STRAVA_OK);
        assert_true(token.athlete->id == 9 && token.expires_at.ms == INT64_C(1795363620000));
        SENT(f, 0, "POST /oauth/token HTTP/1.1");
        SENT(f, 0, "\r\n\r\nclient_id=77&client_secret=s%26cret&grant_type=authorization_code&code=c%2Bde");

        answer(f, 503, "");
        assert_int_equal(strava_exchange_code(f->strava, "c", 0, f->arena, &token, &f->error), SAI_UNAVAILABLE);
        assert_int_equal(f->error.class, STRAVA_TRANSIENT);
        assert_int_equal(script_server_requests(f->server), 2);
}

static void a_lost_code_is_told_apart(void **state)
{
        struct fixture *f = *state;
        struct strava_token token;
        static const char *const bodies[] = {
                "{\"message\":\"Bad "
                "Request\",\"errors\":[{\"resource\":\"AuthorizationCode\",\"field\":\"code\",\"code\":\"invalid\"}]}",
                "{\"message\":\"Bad "
                "Request\",\"errors\":[{\"resource\":\"RequestToken\",\"field\":\"code\",\"code\":\"invalid\"}]}",
        };
        for (size_t i = 0; i < SAI_COUNT(bodies); i++) {
                answer(f, 400, bodies[i]);
                assert_int_equal(strava_exchange_code(f->strava, "c", 0, f->arena, &token, &f->error), SAI_BAD_STATE);
                assert_int_equal(f->error.class, STRAVA_CODE_INVALID);
        }
        answer(f, 400, "{\"errors\":[{\"resource\":\"Application\",\"field\":\"client_id\",\"code\":\"invalid\"}]}");
        assert_int_equal(strava_exchange_code(f->strava, "c", 0, f->arena, &token, &f->error), SAI_INTERNAL);
        assert_int_equal(f->error.class, STRAVA_BAD_REQUEST);
        assert_string_equal(f->error.resource, "Application");
        assert_string_equal(f->error.field, "client_id");
}

static void a_refresh_is_repeated_and_a_dead_token_is_final(void **state)
{
        struct fixture *f = *state;
        struct strava_token token;
        answer(f, 502, "<html>");
        answer(f, 200, "{\"access_token\":\"a2\",\"refresh_token\":\"r2\",\"expires_in\":21600}");
        assert_int_equal(strava_refresh(f->strava, "r1", 0, f->arena, &token, &f->error), SAI_OK);
        assert_string_equal(token.refresh_token, "r2");
        assert_true(token.expires_at.ms == start + 21600000);
        SENT(f, 1, "grant_type=refresh_token&refresh_token=r1");

        answer(f, 400, "{\"errors\":[{\"resource\":\"RefreshToken\",\"field\":\"refresh_token\",\"code\":\"invalid\"}]}");
        assert_int_equal(strava_refresh(f->strava, "r1", 0, f->arena, &token, &f->error), SAI_STRAVA_NOT_CONNECTED);
        assert_int_equal(f->error.class, STRAVA_REFRESH_TOKEN_DEAD);
        assert_int_equal(script_server_requests(f->server), 3);
}

static void a_token_is_revoked_with_our_credentials(void **state)
{
        struct fixture *f = *state;
        answer(f, 200, "");
        assert_int_equal(strava_revoke(f->strava, &as_athlete, f->arena, &f->error), SAI_OK);
        SENT(f, 0, "POST /oauth/revoke HTTP/1.1");
        SENT(f, 0, "Authorization: Basic Nzc6cyZjcmV0\r\n"); /* 77:s&cret */
        SENT(f, 0, "\r\n\r\ntoken=tok-1&token_type_hint=access_token");
}

static void where_revoke_is_unknown_the_older_way_is_taken(void **state)
{
        struct fixture *f = *state;
        answer(f, 404, "");
        answer(f, 200, "{\"access_token\":\"tok-1\"}");
        assert_int_equal(strava_revoke(f->strava, &as_athlete, f->arena, &f->error), SAI_OK);
        SENT(f, 1, "POST /oauth/deauthorize HTTP/1.1");
        SENT(f, 1, "Authorization: Bearer tok-1\r\n");
        answer(f, 405, "");
        answer(f, 401, ""); /* gone already */
        assert_int_equal(strava_revoke(f->strava, &as_athlete, f->arena, &f->error), SAI_OK);
        assert_int_equal(f->error.class, STRAVA_OK);
        answer(f, 404, "");
        answer(f, 403, "");
        assert_int_equal(strava_revoke(f->strava, &as_athlete, f->arena, &f->error), SAI_FORBIDDEN);
}

/* -- Data --------------------------------------------------------------------------------------------------------- */
static void a_list_asks_for_what_it_was_told(void **state)
{
        struct fixture *f = *state;
        struct strava_page page;
        struct strava_list list = {
                .after = SAI_SOME(sai_opt_i64, 0), .before = SAI_SOME(sai_opt_i64, 1700000000), .page = 3, .per_page = 50
        };
        answer(f, 200, "[{\"id\":5,\"name\":\"n\",\"start_date\":\"2026-01-02T03:04:05Z\"},{\"id\":null}]");
        answer(f, 200, "[]");
        assert_int_equal(strava_list_activities(f->strava, &as_athlete, &list, f->arena, &page, &f->error), SAI_OK);
        assert_int_equal(page.count, 1);
        assert_int_equal(page.received, 2);
        SENT(f, 0, "GET /api/v3/athlete/activities?page=3&per_page=50&before=1700000000&after=0 HTTP/1.1");
        SENT(f, 0, "Authorization: Bearer tok-1\r\n");
        list = (struct strava_list) { .per_page = 5000 };
        assert_int_equal(strava_list_activities(f->strava, &as_athlete, &list, f->arena, &page, &f->error), SAI_OK);
        SENT(f, 1, "GET /api/v3/athlete/activities?page=1&per_page=200 HTTP/1.1");
}

static void each_object_has_its_path(void **state)
{
        struct fixture *f = *state;
        struct strava_athlete athlete;
        struct strava_zones zones;
        struct strava_activity activity;
        struct streams streams;
        struct sai_text raw;
        answer(f, 200, "{\"id\":9}");
        answer(f, 200, "{\"heart_rate\":{\"zones\":[{\"min\":0,\"max\":-1}]}}");
        answer(f, 200, "{\"id\":5,\"name\":\"n\",\"start_date\":\"2026-01-02T03:04:05Z\"}");
        answer(f, 200, "{\"time\":{\"data\":[0,1]}}");
        assert_int_equal(strava_get_athlete(f->strava, &as_athlete, f->arena, &athlete, &f->error), SAI_OK);
        assert_int_equal(strava_get_zones(f->strava, &as_athlete, f->arena, &zones, &f->error), SAI_OK);
        assert_int_equal(strava_get_activity(f->strava, &as_athlete, INT64_C(16000000001), f->arena, &activity, &f->error),
                         SAI_OK);
        assert_int_equal(strava_get_streams(f->strava, &as_athlete, 5, f->arena, &streams, &raw, &f->error), SAI_OK);
        assert_true(athlete.id == 9 && zones.heart_rate.zones.count == 1 && activity.id == 5 && streams.count == 2);
        assert_true(sai_text_is(raw, "{\"time\":{\"data\":[0,1]}}"));
        SENT(f, 0, "GET /api/v3/athlete HTTP/1.1");
        SENT(f, 1, "GET /api/v3/athlete/zones HTTP/1.1");
        SENT(f, 2, "GET /api/v3/activities/16000000001 HTTP/1.1");
        SENT(f, 3,
             "GET "
             "/api/v3/activities/5/streams?key_by_type=true&keys=time,distance,latlng,altitude,velocity_smooth,heartrate,cadence,"
             "watts,temp,moving,grade_smooth HTTP/1.1");
}

struct failure {
        int status;
        const char *body;
        enum strava_class class;
        sai_status returned;
};

static void each_failure_has_its_class(void **state)
{
        struct fixture *f = *state;
        static const struct failure failures[] = {
                { 401, "{\"errors\":[{\"resource\":\"Athlete\",\"field\":\"access_token\",\"code\":\"invalid\"}]}",
                  STRAVA_UNAUTHORIZED, SAI_TOKEN_INVALID },
                { 401, "{\"errors\":[{\"resource\":\"Application\",\"field\":\"\",\"code\":\"invalid\"}]}", STRAVA_UNAUTHORIZED,
                  SAI_TOKEN_INVALID },
                { 401, "", STRAVA_UNAUTHORIZED, SAI_TOKEN_INVALID },
                { 401,
                  "{\"errors\":[{\"resource\":\"AccessToken\",\"field\":\"activity:read_permission\",\"code\":\"missing\"}]}",
                  STRAVA_MISSING_SCOPE, SAI_MISSING_SCOPE },
                { 403, "{\"errors\":[{\"resource\":\"Application\",\"field\":\"Status\",\"code\":\"Inactive\"}]}",
                  STRAVA_INACTIVE, SAI_UNAVAILABLE },
                { 403, "{\"errors\":\"Forbidden\"}", STRAVA_FORBIDDEN, SAI_FORBIDDEN },
                { 402, "", STRAVA_FORBIDDEN, SAI_FORBIDDEN },
                { 404, "{\"message\":\"Resource Not Found\",\"errors\":[]}", STRAVA_NOT_FOUND, SAI_NOT_FOUND },
                { 404, "", STRAVA_NOT_FOUND, SAI_NOT_FOUND },
                { 400, "{\"errors\":[{\"resource\":\"Application\",\"field\":\"after\",\"code\":\"future\"}]}",
                  STRAVA_BAD_REQUEST, SAI_INTERNAL },
                { 302, "", STRAVA_PROTOCOL, SAI_UPSTREAM },
                { 204, "", STRAVA_PROTOCOL, SAI_UPSTREAM },
                { 200, "{\"id\":\"nine\"}", STRAVA_PROTOCOL, SAI_UPSTREAM },
                { 200, "", STRAVA_PROTOCOL, SAI_UPSTREAM },
                { 200, "<html>maintenance</html>", STRAVA_TRANSIENT, SAI_UPSTREAM },
        };
        struct strava_athlete athlete;
        for (size_t i = 0; i < SAI_COUNT(failures); i++) {
                answer(f, failures[i].status, failures[i].body);
                assert_int_equal(strava_get_athlete(f->strava, &as_athlete, f->arena, &athlete, &f->error), failures[i].returned);
                assert_int_equal(f->error.class, failures[i].class);
                assert_int_equal(f->error.http_status, failures[i].status);
                assert_true(f->error.err.detail[0] != '\0');
        }
        assert_int_equal(script_server_requests(f->server), SAI_COUNT(failures)); /* none was repeated */
}

static void a_server_fault_is_repeated_and_then_transient(void **state)
{
        struct fixture *f = *state;
        struct strava_athlete athlete;
        script_server_push(f->server, (struct script_answer) { .status = 597, .body = "<html>", .times = -1 });
        assert_int_equal(strava_get_athlete(f->strava, &as_athlete, f->arena, &athlete, &f->error), SAI_UNAVAILABLE);
        assert_int_equal(f->error.class, STRAVA_TRANSIENT);
        assert_int_equal(script_server_requests(f->server), SAI_MAX_TRIES);
        assert_int_equal(strava_limits_view(strava_rate_limits(f->strava)).read.short_used, SAI_MAX_TRIES);
}

static void after_a_429_nothing_is_sent_but_tokens(void **state)
{
        struct fixture *f = *state;
        struct strava_athlete athlete;
        struct strava_token token;
        struct strava_call waiting = { .access_token = "t", .priority = STRAVA_INTERACTIVE };
        script_server_push(f->server,
                           (struct script_answer) { .status = 429,
                                                    .headers = "x-ratelimit-limit: 200,2000\r\nx-ratelimit-usage: 201,300\r\n",
                                                    .body = "{\"errors\":\"Rate Limit Exceeded\",\"status\":429}" });
        assert_int_equal(strava_get_athlete(f->strava, &as_athlete, f->arena, &athlete, &f->error), SAI_RATE_LIMITED);
        assert_true(f->error.until_ms == quarter_end && f->error.class == STRAVA_RATE_LIMITED);
        f->clock.wall_ms = quarter_end - 1;
        assert_int_equal(strava_get_athlete(f->strava, &waiting, f->arena, &athlete, &f->error), SAI_RATE_LIMITED);
        assert_true(f->error.until_ms == quarter_end && f->error.http_status == 0);
        assert_int_equal(script_server_requests(f->server), 1);

        answer(f, 200, "{\"access_token\":\"a\",\"refresh_token\":\"r\",\"expires_in\":21600}");
        assert_int_equal(strava_refresh(f->strava, "r", 0, f->arena, &token, &f->error), SAI_OK);
        f->clock.wall_ms = quarter_end;
        answer(f, 200, "{\"id\":9}");
        assert_int_equal(strava_get_athlete(f->strava, &as_athlete, f->arena, &athlete, &f->error), SAI_OK);
}

static void a_deadline_that_has_passed_sends_nothing(void **state)
{
        struct fixture *f = *state;
        struct strava_athlete athlete;
        struct strava_call late = { .access_token = "t", .deadline_ms = 1 };
        assert_int_equal(strava_get_athlete(f->strava, &late, f->arena, &athlete, &f->error), SAI_TIMEOUT);
        assert_int_equal(f->error.class, STRAVA_TRANSIENT);
        assert_int_equal(script_server_requests(f->server), 0);
}

static void classes_have_names(void **state)
{
        (void)state;
        assert_string_equal(strava_class_name(STRAVA_RATE_LIMITED), "rate_limited");
        assert_string_equal(strava_class_name(STRAVA_REFRESH_TOKEN_DEAD), "refresh_token_dead");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(the_consent_url_holds_what_strava_wants),
                TEST(a_code_is_exchanged_once),
                TEST(a_lost_code_is_told_apart),
                TEST(a_refresh_is_repeated_and_a_dead_token_is_final),
                TEST(a_token_is_revoked_with_our_credentials),
                TEST(where_revoke_is_unknown_the_older_way_is_taken),
                TEST(a_list_asks_for_what_it_was_told),
                TEST(each_object_has_its_path),
                TEST(each_failure_has_its_class),
                TEST(a_server_fault_is_repeated_and_then_transient),
                TEST(after_a_429_nothing_is_sent_but_tokens),
                TEST(a_deadline_that_has_passed_sends_nothing),
                cmocka_unit_test(classes_have_names),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
