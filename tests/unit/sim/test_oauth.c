/* test_oauth.c -- the simulator's sign-in keeps the rules that clients get wrong. */
#include "sim_client.h"

#include <unistd.h>

static int setup(void **state)
{
        struct world *w = calloc(1, sizeof *w);
        world_start(w, (struct sim_config) { .auto_consent = true, .athletes = 3, .seed = 5, .limits = { .none = true } });
        *state = w;
        return 0;
}

static int teardown(void **state)
{
        struct world *w = *state;
        sim_stop(w->sim);
        free(w);
        return 0;
}

static void consent_gives_code_scope_and_state(void **state)
{
        struct answer a = get(*state,
                              "/oauth/authorize?client_id=1&redirect_uri=http://localhost:3/"
                              "x?y=1&response_type=code&scope=read,activity:read&state=a%20b",
                              NULL);
        char value[64];
        assert_int_equal(a.status, 302);
        assert_int_equal(strncmp(a.location, "http://localhost:3/x?y=1&", 25), 0);
        parameter(a.location, "state", value, sizeof value);
        assert_string_equal(value, "a%20b");
        parameter(a.location, "scope", value, sizeof value);
        assert_string_equal(value, "read,activity:read");
        answer_done(&a);
}

static void bad_consent_requests_are_400_faults(void **state)
{
        static const struct {
                const char *query, *resource, *field;
        } cases[] = {
                { "redirect_uri=http://localhost/&response_type=code&scope=read", "Application", "client_id" },
                { "client_id=1&redirect_uri=javascript:alert(1)&response_type=code&scope=read", "Application", "redirect_uri" },
                { "client_id=1&redirect_uri=http://localhost@evil.example/&response_type=code&scope=read", "Application",
                  "redirect_uri" },
                { "client_id=1&redirect_uri=http://localhost/&response_type=code&scope=read,read", "Authorize", "scope" },
                { "client_id=1&redirect_uri=http://localhost/&response_type=code&scope=everything", "Authorize", "scope" },
                { "client_id=1&redirect_uri=http://localhost/&response_type=code", "Authorize", "scope" },
        };
        for (size_t i = 0; i < SAI_COUNT(cases); i++) {
                char target[256];
                snprintf(target, sizeof target, "/oauth/authorize?%s", cases[i].query);
                struct answer a = get(*state, target, NULL);
                assert_fault(&a, 400, cases[i].resource, cases[i].field, "invalid");
                answer_done(&a);
        }
}

static void code_is_single_use(void **state)
{
        char code[64];
        consent_code(*state, 2, "read", code);
        struct answer first = exchange(*state, code), second = exchange(*state, code);
        assert_int_equal(first.status, 200);
        assert_string_equal(text_at(&first, "token_type"), "Bearer");
        assert_int_equal(json_integer_value(json_object_get(first.json, "expires_in")), 21600);
        assert_int_equal(json_integer_value(json_object_get(json_object_get(first.json, "athlete"), "id")), 9100002);
        assert_fault(&second, 400, "AuthorizationCode", "code", "invalid");
        assert_string_equal(first.usage, ""); /* token answers carry no rate-limit headers */
        answer_done(&first);
        answer_done(&second);
}

static void code_dies_soon_and_belongs_to_its_client(void **state)
{
        struct world *w = *state;
        char code[64], body[256];
        consent_code(w, 1, "read", code);
        snprintf(body, sizeof body, "client_id=2&client_secret=s&grant_type=authorization_code&code=%s", code);
        struct answer other = post(w, "/oauth/token", body);
        assert_fault(&other, 400, "AuthorizationCode", "code", "invalid");
        sim_clock_advance(w->sim, 601);
        struct answer late = exchange(w, code);
        assert_fault(&late, 400, "AuthorizationCode", "code", "invalid");
        answer_done(&other);
        answer_done(&late);
}

static void refresh_with_more_than_an_hour_left_gives_the_same_pair(void **state)
{
        struct world *w = *state;
        char code[64];
        consent_code(w, 1, "read", code);
        struct answer first = exchange(w, code);
        sim_clock_advance(w->sim, 3600);
        struct answer again = refresh(w, text_at(&first, "refresh_token"));
        assert_int_equal(again.status, 200);
        assert_string_equal(text_at(&again, "access_token"), text_at(&first, "access_token"));
        assert_string_equal(text_at(&again, "refresh_token"), text_at(&first, "refresh_token"));
        assert_int_equal(json_integer_value(json_object_get(again.json, "expires_in")), 18000);
        assert_null(json_object_get(again.json, "athlete"));
        answer_done(&first);
        answer_done(&again);
}

static void refresh_near_the_end_rotates_and_kills_the_old_refresh_token(void **state)
{
        struct world *w = *state;
        char code[64];
        consent_code(w, 1, "read", code);
        struct answer first = exchange(w, code);
        sim_clock_advance(w->sim, 18000);
        struct answer second = refresh(w, text_at(&first, "refresh_token"));
        assert_string_not_equal(text_at(&second, "access_token"), text_at(&first, "access_token"));
        assert_string_not_equal(text_at(&second, "refresh_token"), text_at(&first, "refresh_token"));
        struct answer dead = refresh(w, text_at(&first, "refresh_token"));
        assert_fault(&dead, 400, "RefreshToken", "refresh_token", "invalid");
        /* The old access token lives out its time. */
        struct answer old = get(w, "/api/v3/athlete", text_at(&first, "access_token"));
        assert_int_equal(old.status, 200);
        sim_clock_advance(w->sim, 3600);
        struct answer expired = get(w, "/api/v3/athlete", text_at(&first, "access_token"));
        assert_fault(&expired, 401, "Athlete", "access_token", "invalid");
        answer_done(&first);
        answer_done(&second);
        answer_done(&dead);
        answer_done(&old);
        answer_done(&expired);
}

static void rotate_always_rotates(void **state)
{
        struct world *w = *state;
        char code[64];
        consent_code(w, 1, "read", code);
        struct answer first = exchange(w, code);
        sim_set_rotate_always(w->sim, true);
        struct answer second = refresh(w, text_at(&first, "refresh_token"));
        assert_int_equal(second.status, 200);
        assert_string_not_equal(text_at(&second, "refresh_token"), text_at(&first, "refresh_token"));
        answer_done(&first);
        answer_done(&second);
}

static void revocation_ends_every_token(void **state)
{
        struct world *w = *state;
        char code[64], body[128];
        consent_code(w, 1, "read", code);
        struct answer tokens = exchange(w, code);
        snprintf(body, sizeof body, "token=%s", text_at(&tokens, "refresh_token"));
        struct answer nobody = ask(w, SAI_POST, "/oauth/revoke", NULL, body);
        assert_int_equal(nobody.status, 401);
        struct answer revoked = ask(w, SAI_POST, "/oauth/revoke", "Basic MTpz", body); /* 1:s */
        assert_int_equal(revoked.status, 200);
        struct answer again = ask(w, SAI_POST, "/oauth/revoke", "Basic MTpz", body);
        assert_int_equal(again.status, 200);
        struct answer call = get(w, "/api/v3/athlete", text_at(&tokens, "access_token"));
        assert_int_equal(call.status, 401);
        struct answer late = refresh(w, text_at(&tokens, "refresh_token"));
        assert_int_equal(late.status, 400);
        answer_done(&tokens);
        answer_done(&nobody);
        answer_done(&revoked);
        answer_done(&again);
        answer_done(&call);
        answer_done(&late);
}

static void deauthorize_repeats_the_token_and_ends_it(void **state)
{
        struct world *w = *state;
        char access[64], header[80];
        sign_in(w, 1, "read", access);
        snprintf(header, sizeof header, "Bearer %s", access);
        struct answer a = ask(w, SAI_POST, "/oauth/deauthorize", header, NULL);
        assert_int_equal(a.status, 200);
        assert_string_equal(text_at(&a, "access_token"), access);
        assert_string_not_equal(a.usage, "");
        struct answer call = get(w, "/api/v3/athlete", access);
        assert_int_equal(call.status, 401);
        answer_done(&a);
        answer_done(&call);
}

static void the_page_lets_the_athlete_trim_and_refuse(void **state)
{
        (void)state;
        struct world w;
        char value[64];
        world_start(&w, (struct sim_config) { .seed = 5 });
        struct answer page = get(&w,
                                 "/oauth/authorize?client_id=%3Cb%3E&redirect_uri=http://localhost/"
                                 "&response_type=code&scope=read,activity:read_all&state=q",
                                 NULL);
        assert_int_equal(page.status, 200);
        assert_non_null(strstr(page.text, "value=\"activity:read_all\" checked"));
        assert_null(strstr(page.text, "<b>")); /* what comes from outside is escaped */
        static const char form[] = "client_id=1&redirect_uri=http%3A%2F%2Flocalhost%2F&response_type=code&scope=read%2Cactivity%"
                                   "3Aread_all&state=q&athlete=1";
        char body[512];
        snprintf(body, sizeof body, "%s&grant=read&decision=authorize", form);
        struct answer granted = post(&w, "/oauth/authorize", body);
        assert_int_equal(granted.status, 302);
        parameter(granted.location, "scope", value, sizeof value);
        assert_string_equal(value, "read");
        snprintf(body, sizeof body, "%s&decision=refuse", form);
        struct answer refused = post(&w, "/oauth/authorize", body);
        parameter(refused.location, "error", value, sizeof value);
        assert_string_equal(value, "access_denied");
        parameter(refused.location, "code", value, sizeof value);
        assert_string_equal(value, "");
        answer_done(&page);
        answer_done(&granted);
        answer_done(&refused);
        sim_stop(w.sim);
}

static void tokens_survive_a_restart(void **state)
{
        (void)state;
        struct world w;
        char directory[] = P_tmpdir "/sim-state-XXXXXX", access[64], path[64], code[64];
        assert_non_null(mkdtemp(directory));
        struct sim_config config = { .auto_consent = true, .seed = 5, .state_dir = directory };
        world_start(&w, config);
        sign_in(&w, 1, "read", access);
        consent_code(&w, 1, "read", code);
        struct answer used = exchange(&w, code);
        sim_stop(w.sim);
        world_start(&w, config);
        struct answer a = get(&w, "/api/v3/athlete", access);
        assert_int_equal(a.status, 200);
        struct answer again = exchange(&w, code);
        assert_int_equal(again.status, 400);
        sim_stop(w.sim);
        answer_done(&used);
        answer_done(&a);
        answer_done(&again);
        snprintf(path, sizeof path, "%s/tokens.log", directory);
        unlink(path);
        rmdir(directory);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(consent_gives_code_scope_and_state, setup, teardown),
                cmocka_unit_test_setup_teardown(bad_consent_requests_are_400_faults, setup, teardown),
                cmocka_unit_test_setup_teardown(code_is_single_use, setup, teardown),
                cmocka_unit_test_setup_teardown(code_dies_soon_and_belongs_to_its_client, setup, teardown),
                cmocka_unit_test_setup_teardown(refresh_with_more_than_an_hour_left_gives_the_same_pair, setup, teardown),
                cmocka_unit_test_setup_teardown(refresh_near_the_end_rotates_and_kills_the_old_refresh_token, setup, teardown),
                cmocka_unit_test_setup_teardown(rotate_always_rotates, setup, teardown),
                cmocka_unit_test_setup_teardown(revocation_ends_every_token, setup, teardown),
                cmocka_unit_test_setup_teardown(deauthorize_repeats_the_token_and_ends_it, setup, teardown),
                cmocka_unit_test(the_page_lets_the_athlete_trim_and_refuse),
                cmocka_unit_test(tokens_survive_a_restart),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
