/* test_auth_strava.c -- linking Strava to an account and taking the link away, two people at one browser, and an authorization server that
 * answers the callback with whatever it likes (checklist A6, A8, A9, S13). */
#include "support_service.h"

static struct test_service *s;

static int start(void **state)
{
        (void)state;
        s = service_start(&(struct test_options) {
                .extra = { "STRAVAAI_LOCAL_ACCOUNTS=on", "STRAVAAI_ARGON2_MEMORY=8", "STRAVAAI_ARGON2_PASSES=1" } });
        return 0;
}
static int stop(void **state)
{
        (void)state;
        service_stop(s);
        return 0;
}

#define PASSWORD "a long password"

static void sign_up(const char *email, struct athlete *ret)
{
        char body[256];
        snprintf(body, sizeof body, "{\"email\":\"%s\",\"password\":\"" PASSWORD "\",\"name\":\"Kim\"}", email);
        REPLY reply = call(s, "POST", "/api/v1/auth/register", NULL, body);
        assert_status(reply, 200);
        const char *id = text_at(reply.json, "user_id");
        assert_true(sai_id_parse(id, strlen(id), &ret->id));
        snprintf(ret->access, sizeof ret->access, "%s", text_at(reply.json, "access_token"));
        snprintf(ret->refresh, sizeof ret->refresh, "%s", text_at(reply.json, "refresh_token"));
}

/* begin_sign_in as somebody who is signed in. */
static void begin_link(const char *access, int number, char target[2048], char cookie[256])
{
        /* The simulator answers by number; so the plain beginning gives the code, and the state is of the one that was begun signed in. */
        char plain[2048], plain_cookie[256], authorization[1400], value[1024];
        begin_sign_in(s, number, NULL, plain, plain_cookie);
        snprintf(authorization, sizeof authorization, "Bearer %s", access);
        const char *const headers[] = { "Authorization", authorization, "Accept", "application/json", NULL };
        REPLY begun = call(s, "POST", "/api/v1/auth/strava/authorize", headers, NULL);
        assert_status(begun, 200);
        snprintf(cookie, 256, "%.*s", (int)strcspn(header_of(&begun, "Set-Cookie", value), ";"), value);
        char *code = strstr(plain, "code=");
        assert_non_null(code);
        snprintf(target, 2048, "/api/v1/auth/strava/callback?%.*s&scope=read,activity:read_all&state=%s", (int)strcspn(code, "&"),
                 code, text_at(begun.json, "state"));
}

static struct reply back(const char *target, const char *cookie, const char *access)
{
        char authorization[1400];
        snprintf(authorization, sizeof authorization, "Bearer %s", access ? access : "");
        const char *const headers[] = { "Cookie", cookie, access ? "Authorization" : NULL, authorization, NULL };
        return call(s, "GET", target, headers, NULL);
}

static const char *event_of(const struct athlete *athlete, char out[64])
{
        REPLY events = call_as(s, athlete->access, "GET", "/api/v1/users/security-events", NULL);
        snprintf(out, 64, "%s", text_at(events.json, "items.0.event"));
        return out;
}

static struct reply unlink_as(const struct athlete *athlete)
{
        return call_as(s, athlete->access, "DELETE", "/api/v1/auth/strava", NULL);
}

static void run_unlink(const struct athlete *athlete)
{
        REPLY jobs = call_as(s, athlete->access, "GET", "/api/v1/jobs?kind=unlink", NULL);
        REPLY done = run_job(s, athlete, text_at(jobs.json, "items.0.id"), NULL);
        assert_string_equal(text_at(done.json, "status"), "done");
}

/* -- Linking ------------------------------------------------------------------------------------------------------------------- */

/* The browser that comes back from Strava carries no Bearer token: the state knows who began. */
static void account_with_a_password_links_strava_and_keeps_its_files_after_unlinking(void **state)
{
        (void)state;
        struct athlete kim;
        char target[2048], cookie[256], event[64];
        sign_up("link@example.org", &kim);
        begin_link(kim.access, 1, target, cookie);
        REPLY linked = back(target, cookie, NULL);
        assert_status(linked, 200);
        REPLY me = call_as(s, kim.access, "GET", "/api/v1/auth/user", NULL);
        assert_string_equal(text_at(me.json, "id"), text_at(linked.json, "user_id"));
        assert_string_equal(text_at(me.json, "strava_status"), "connected");
        assert_string_equal(text_at(me.json, "name"), "Kim");
        REPLY synced = sync_now(s, &kim, NULL, NULL);
        assert_string_equal(text_at(synced.json, "status"), "done");
        size_t len;
        struct workout_file workout = {
                .sport = SPORT_SWIM, .start_s = TEST_NOW_MS / 1000 - 90 * 86400, .points = 300, .speed = 1
        };
        void *data = make_file(FILE_FIT, &workout, 1, &len);
        REPLY imported = import_now(s, &kim, "swim.fit", data, len);
        free(data);
        assert_string_equal(text_at(imported.json, "status"), "done");
        REPLY before = call_as(s, kim.access, "GET", "/api/v1/activities", NULL);
        assert_true(json_array_size(value_at(before.json, "items")) > 1);

        REPLY unlinked = unlink_as(&kim);
        assert_status(unlinked, 200);
        assert_string_equal(event_of(&kim, event), "strava_unlinked");
        assert_true(requests_to(s, "/oauth/deauthorize") > 0 || requests_to(s, "/oauth/revoke") > 0);
        run_unlink(&kim);
        REPLY after = call_as(s, kim.access, "GET", "/api/v1/activities", NULL);
        assert_int_equal(json_array_size(value_at(after.json, "items")), 1);
        assert_string_equal(text_at(after.json, "items.0.source"), "file");
        REPLY profile = call_as(s, kim.access, "GET", "/api/v1/users/profile", NULL);
        assert_string_equal(text_at(profile.json, "strava_status"), "none");
        assert_true(json_is_null(value_at(profile.json, "strava_id")));
        assert_true(json_is_null(value_at(profile.json, "firstname")));
        assert_string_equal(text_at(profile.json, "name"), "Kim");
        REPLY again = unlink_as(&kim);
        assert_problem(&again, 409, "strava-not-connected");
}

/* What was given back is free: the athlete may sign in anew, as a user of its own. */
static void unlinked_athlete_is_free_to_be_linked_again(void **state)
{
        (void)state;
        struct athlete kim, fresh;
        char target[2048], cookie[256];
        sign_up("free@example.org", &kim);
        begin_link(kim.access, 1, target, cookie);
        REPLY linked = back(target, cookie, NULL);
        assert_status(linked, 200);
        struct athlete other;
        char other_target[2048], other_cookie[256];
        sign_up("other@example.org", &other);
        begin_link(other.access, 1, other_target, other_cookie);
        REPLY taken = back(other_target, other_cookie, NULL);
        assert_problem(&taken, 409, "strava-already-linked");
        REPLY unlinked = unlink_as(&kim);
        assert_status(unlinked, 200);
        sign_in(s, 1, &fresh);
        assert_false(sai_id_equal(fresh.id, kim.id));
}

static void the_only_way_to_sign_in_cannot_be_taken_away(void **state)
{
        (void)state;
        struct athlete athlete;
        size_t before = requests_to(s, "/oauth/deauthorize") + requests_to(s, "/oauth/revoke");
        sign_in(s, 2, &athlete);
        REPLY reply = unlink_as(&athlete);
        assert_problem(&reply, 409, "conflict");
        assert_int_equal(requests_to(s, "/oauth/deauthorize") + requests_to(s, "/oauth/revoke"), before);
        REPLY profile = call_as(s, athlete.access, "GET", "/api/v1/users/profile", NULL);
        assert_string_equal(text_at(profile.json, "strava_status"), "connected");
}

/* Somebody begins to link, leaves, and another signs in at the same browser before Strava sends it back. */
static void link_begun_by_one_is_not_ended_by_another(void **state)
{
        (void)state;
        struct athlete kim, lee;
        char target[2048], cookie[256];
        sign_up("kim2@example.org", &kim);
        sign_up("lee2@example.org", &lee);
        begin_link(kim.access, 1, target, cookie);
        REPLY reply = back(target, cookie, lee.access);
        assert_problem(&reply, 400, "bad-state");
        REPLY profile = call_as(s, lee.access, "GET", "/api/v1/users/profile", NULL);
        assert_string_equal(text_at(profile.json, "strava_status"), "none");
}

/* -- One browser ------------------------------------------------------------------------------------------------------------------- */

/* The later of two tabs has the browser's cookie: the earlier sign-in is refused, and the later one works. */
static void of_two_tabs_the_later_signs_in(void **state)
{
        (void)state;
        char first[2048], first_cookie[256], second[2048], second_cookie[256];
        begin_sign_in(s, 2, "/", first, first_cookie);
        begin_sign_in(s, 2, "/", second, second_cookie);
        REPLY earlier = back(first, second_cookie, NULL);
        assert_problem(&earlier, 400, "bad-state");
        REPLY later = back(second, second_cookie, NULL);
        assert_status(later, 303);
}

/* Fixation: whatever session cookie the browser came with, the one after the sign-in is new and the old one is dead. */
static void sign_in_gives_a_new_page_session_and_ends_the_old(void **state)
{
        (void)state;
        char target[2048], cookie[256], value[1024], page[256], both[600], made_up[400];
        begin_sign_in(s, 2, "/", target, cookie);
        REPLY once = back(target, cookie, NULL);
        assert_status(once, 303);
        snprintf(page, sizeof page, "%.*s", (int)strcspn(header_of(&once, "Set-Cookie", value), ";"), value);
        begin_sign_in(s, 2, "/", target, cookie);
        snprintf(both, sizeof both, "%s; %s", cookie, page);
        REPLY twice = back(target, both, NULL);
        assert_status(twice, 303);
        assert_non_null(header_of(&twice, "Set-Cookie", value));
        assert_null(strstr(value, page));
        REPLY old = back("/api/v1/users/profile", page, NULL);
        assert_problem(&old, 401, "token-invalid");
        /* One that an attacker planted is no session and becomes none. */
        begin_sign_in(s, 2, "/", target, cookie);
        snprintf(made_up, sizeof made_up, "%s; stravaai_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                 cookie);
        REPLY planted = back(target, made_up, NULL);
        assert_status(planted, 303);
        assert_null(strstr(header_of(&planted, "Set-Cookie", value), "AAAAAAAAAAAAAAAAAAAAAAAA"));
}

/* A sibling host can set cookies for the parent domain, but none whose name begins with __Host-. */
static void cookie_of_a_sibling_host_counts_for_nothing(void **state)
{
        (void)state;
        struct test_service *shared = s;
        char target[2048], cookie[256], tossed[300];
        s = service_start(&(struct test_options) { .public_url = "https://coach.example" });
        begin_sign_in(s, 1, "/", target, cookie);
        /* The attacker's own state, under the name that a sibling can set: the victim's browser has no __Host- cookie. */
        snprintf(tossed, sizeof tossed, "%s", cookie + strlen("__Host-"));
        REPLY reply = back(target, tossed, NULL);
        assert_problem(&reply, 400, "bad-state");
        service_stop(s);
        s = shared;
}

static void logout_of_the_page_forgets_a_sign_in_under_way(void **state)
{
        (void)state;
        char target[2048], cookie[256], value[1024], page[256];
        begin_sign_in(s, 2, "/", target, cookie);
        REPLY in = back(target, cookie, NULL);
        snprintf(page, sizeof page, "%.*s", (int)strcspn(header_of(&in, "Set-Cookie", value), ";"), value);
        const char *const headers[] = { "Cookie", page, "Sec-Fetch-Site", "same-origin", NULL };
        REPLY out = call(s, "POST", "/api/v1/auth/logout", headers, NULL);
        assert_status(out, 200);
        assert_non_null(strstr(out.header_text, "stravaai_session=;"));
        assert_non_null(strstr(out.header_text, "stravaai_state=;"));
}

/* -- A hostile authorization server ---------------------------------------------------------------------------------------------------- */

/* Whatever Strava's token endpoint says, the callback ends with a problem that tells nothing of our insides, nobody is made or signed in, and
 * the state is spent. */
static void nonsense_of_the_authorization_server_signs_nobody_in(void **state)
{
        (void)state;
#define TOKENS                                                                                                                   \
        "\"token_type\":\"Bearer\",\"access_token\":\"canary-a\",\"refresh_token\":\"canary-r\",\"expires_at\":1795020000,"      \
        "\"expires_in\":21600"
        static const struct {
                int status;
                const char *body;
        } answers[] = {
                { 200, "" },
                { 200, "null" },
                { 200, "[]" },
                { 200, "\"ok\"" },
                { 200, "{" },
                { 200, "{}" },
                { 200, "{" TOKENS "}" },
                { 200, "{" TOKENS ",\"athlete\":null}" },
                { 200, "{" TOKENS ",\"athlete\":{}}" },
                { 200, "{" TOKENS ",\"athlete\":{\"id\":0}}" },
                { 200, "{" TOKENS ",\"athlete\":{\"id\":-5}}" },
                { 200, "{" TOKENS ",\"athlete\":{\"id\":\"5\"}}" },
                { 200, "{" TOKENS ",\"athlete\":{\"id\":1e300}}" },
                { 200, "{\"athlete\":{\"id\":5}}" },
                { 200, "{\"access_token\":\"\",\"refresh_token\":\"\",\"expires_at\":1795020000,\"athlete\":{\"id\":5}}" },
                { 200,
                  "{\"access_token\":\"a\\u0000b\",\"refresh_token\":\"r\",\"expires_at\":1795020000,\"athlete\":{\"id\":5}}" },
                { 200, "{\"access_token\":[],\"refresh_token\":{},\"expires_at\":\"soon\",\"athlete\":{\"id\":5}}" },
                { 200, "<html>{}</html>" },
                { 302, "" },
                { 401, "{\"message\":\"Authorization Error\"}" },
                { 403, "{\"message\":\"Forbidden\"}" },
                { 404, "not here" },
                { 429, "{\"message\":\"Rate Limit Exceeded\"}" },
                { 500, "canary stack trace" },
                { 503, "" },
        };
        char target[2048], cookie[256], value[1024];
        for (size_t i = 0; i < SAI_COUNT(answers); i++) {
                struct sai_err err;
                begin_sign_in(s, 2, NULL, target, cookie);
                struct sim_fault fault = {
                        .path = "/oauth/token", .status = answers[i].status, .body = answers[i].body, .times = 1
                };
                assert_int_equal(sim_fault_add(s->sim, &fault, &err), SAI_OK);
                REPLY reply = back(target, cookie, NULL);
                if (reply.status < 400 || reply.status == 500)
                        fail_msg("answer %zu: status %d: %.300s", i, reply.status, reply.body);
                assert_non_null(strstr(text_at(reply.json, "type"), "/problems/"));
                assert_null(strstr(reply.body, "canary"));
                assert_null(strstr(reply.body, "127.0.0.1"));
                assert_null(header_of(&reply, "Set-Cookie", value));
                REPLY spent = back(target, cookie, NULL);
                assert_problem(&spent, 400, "bad-state");
                clock_advance(s, 16 * 60 * 1000); /* past what a 429 or a run of failures makes us wait for */
        }
        char *log = log_text(s);
        assert_null(strstr(log, "canary"));
        free(log);
        begin_sign_in(s, 2, NULL, target, cookie);
        REPLY well = back(target, cookie, NULL);
        assert_status(well, 200);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(account_with_a_password_links_strava_and_keeps_its_files_after_unlinking),
                cmocka_unit_test(unlinked_athlete_is_free_to_be_linked_again),
                cmocka_unit_test(the_only_way_to_sign_in_cannot_be_taken_away),
                cmocka_unit_test(link_begun_by_one_is_not_ended_by_another),
                cmocka_unit_test(of_two_tabs_the_later_signs_in),
                cmocka_unit_test(sign_in_gives_a_new_page_session_and_ends_the_old),
                cmocka_unit_test(cookie_of_a_sibling_host_counts_for_nothing),
                cmocka_unit_test(logout_of_the_page_forgets_a_sign_in_under_way),
                cmocka_unit_test(nonsense_of_the_authorization_server_signs_nobody_in),
        };
        int failed = SERVICE_RUN("auth and Strava", tests, start, stop);
        report_coverage("test_auth_strava");
        return failed;
}
