/* test_auth_tokens.c -- signed-in devices, API tokens, and the trail of security events (checklist A12, A14, O1, O9). */
#include "support_service.h"

#include "auth/event.h"

static struct test_service *s;
static struct athlete kim, other;

static int start(void **state)
{
        (void)state;
        s = service_start(&(struct test_options) { .no_strava = true });
        add_athlete(s, "Kim", &kim);
        add_athlete(s, "Other", &other);
        return 0;
}
static int stop(void **state)
{
        (void)state;
        service_stop(s);
        return 0;
}

/* -- Sessions -------------------------------------------------------------------------------------------------------------- */

static void open_session(const struct athlete *athlete, const char *agent, char access[1200])
{
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(1));
        struct sai_err err = { 0 };
        struct token_pair tokens;
        assert_int_equal(session_open(&s->service.auth, athlete->id, SESSION_TOKEN,
                                      (struct session_device) { agent, "192.0.2.7" }, arena, &tokens, &err),
                         SAI_OK);
        snprintf(access, 1200, "%s", tokens.access_token);
}

static const json_t *find_item(const json_t *items, const char *member, const char *value)
{
        for (size_t i = 0; i < json_array_size(items); i++)
                if (strcmp(text_at(json_array_get(items, i), member), value) == 0)
                        return json_array_get(items, i);
        return NULL;
}

static void devices_are_listed_with_the_one_at_hand_marked(void **state)
{
        (void)state;
        char phone[1200];
        open_session(&kim, "phone", phone);
        REPLY list = call_as(s, phone, "GET", "/api/v1/auth/sessions", NULL);
        assert_status(list, 200);
        const json_t *items = value_at(list.json, "items"), *mine = find_item(items, "user_agent", "phone");
        assert_non_null(mine);
        assert_true(json_is_true(json_object_get(mine, "current")));
        assert_string_equal(text_at(mine, "ip"), "192.0.2.7");
        assert_string_equal(text_at(mine, "kind"), "token");
        const json_t *first = find_item(items, "user_agent", "test");
        assert_non_null(first);
        assert_true(json_is_false(json_object_get(first, "current")));
        char header[1024];
        assert_string_equal(header_of(&list, "Cache-Control", header), "no-store");
}

static void ending_a_device_ends_its_tokens_at_once(void **state)
{
        (void)state;
        char lost[1200], path[128];
        open_session(&kim, "lost", lost);
        REPLY before = call_as(s, lost, "GET", "/api/v1/auth/user", NULL);
        assert_status(before, 200);
        REPLY list = call_as(s, kim.access, "GET", "/api/v1/auth/sessions", NULL);
        const json_t *item = find_item(value_at(list.json, "items"), "user_agent", "lost");
        assert_non_null(item);
        snprintf(path, sizeof path, "/api/v1/auth/sessions/%s", text_at(item, "id"));
        /* Somebody else's session does not exist. */
        REPLY foreign = call_as(s, other.access, "DELETE", path, NULL);
        assert_problem(&foreign, 404, "not-found");
        REPLY still = call_as(s, lost, "GET", "/api/v1/auth/user", NULL);
        assert_status(still, 200);
        REPLY ended = call_as(s, kim.access, "DELETE", path, NULL);
        assert_status(ended, 200);
        REPLY after = call_as(s, lost, "GET", "/api/v1/auth/user", NULL);
        assert_problem(&after, 401, "token-invalid");
        REPLY again = call_as(s, kim.access, "DELETE", path, NULL);
        assert_problem(&again, 404, "not-found");
}

/* -- API tokens -------------------------------------------------------------------------------------------------------------- */

struct made {
        char id[32], token[128];
};
static struct made make_token(const struct athlete *athlete, const char *body)
{
        struct made made;
        REPLY reply = call_as(s, athlete->access, "POST", "/api/v1/auth/tokens", body);
        assert_status(reply, 201);
        snprintf(made.id, sizeof made.id, "%s", text_at(reply.json, "id"));
        snprintf(made.token, sizeof made.token, "%s", text_at(reply.json, "token"));
        return made;
}
static void revoke(const struct athlete *athlete, const struct made *made)
{
        char path[128];
        snprintf(path, sizeof path, "/api/v1/auth/tokens/%s", made->id);
        REPLY reply = call_as(s, athlete->access, "DELETE", path, NULL);
        assert_status(reply, 200);
}

static void api_token_is_shown_once_and_kept_as_a_hash(void **state)
{
        (void)state;
        struct made made = make_token(&kim, "{\"name\":\"backup\",\"scopes\":[\"read\"]}");
        assert_memory_equal(made.token, "sai_", 4);
        REPLY list = call_as(s, kim.access, "GET", "/api/v1/auth/tokens", NULL);
        const json_t *item = find_item(value_at(list.json, "items"), "id", made.id);
        assert_non_null(item);
        assert_string_equal(text_at(item, "scopes.0"), "read");
        assert_true(json_is_null(json_object_get(item, "last_used_at")));
        assert_true(json_is_null(json_object_get(item, "expires_at")));
        assert_null(strstr(list.body, made.token));
        assert_null(strstr(list.body, "hash"));
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(1));
        struct api_token row;
        struct sai_id id;
        struct sai_err err;
        assert_true(sai_id_parse(made.id, strlen(made.id), &id));
        assert_int_equal(store_api_token_get(s->service.store, id, arena, &row, &err), SAI_OK);
        assert_int_equal(row.secret_hash.len, 32);
        assert_null(memmem(made.token, strlen(made.token), row.secret_hash.data, 16));
        char *log = log_text(s);
        assert_null(strstr(log, made.token));
        free(log);
        revoke(&kim, &made);
}

static void api_token_opens_what_its_scopes_name_and_no_more(void **state)
{
        (void)state;
        struct made reads = make_token(&kim, "{\"name\":\"r\",\"scopes\":[\"read\"]}");
        struct made writes = make_token(&kim, "{\"name\":\"w\",\"scopes\":[\"write\"]}");
        struct made both = make_token(&kim, "{\"name\":\"rw\",\"scopes\":[\"read\",\"write\"]}");
        const char *const put = "{\"city\":1}"; /* refused for what it says, once it is allowed to be read */
        REPLY read = call_as(s, reads.token, "GET", "/api/v1/users/profile", NULL);
        assert_status(read, 200);
        assert_string_equal(text_at(read.json, "name"), "Kim");
        REPLY head = call_as(s, reads.token, "HEAD", "/api/v1/users/profile", NULL);
        assert_status(head, 200);
        REPLY write = call_as(s, reads.token, "PUT", "/api/v1/users/profile", put);
        assert_problem(&write, 403, "insufficient-scope");
        REPLY no_read = call_as(s, writes.token, "GET", "/api/v1/users/profile", NULL);
        assert_problem(&no_read, 403, "insufficient-scope");
        REPLY may_write = call_as(s, writes.token, "PUT", "/api/v1/users/profile", put);
        assert_status(may_write, 422);
        REPLY both_read = call_as(s, both.token, "GET", "/api/v1/users/profile", NULL);
        assert_status(both_read, 200);
        REPLY both_write = call_as(s, both.token, "PUT", "/api/v1/users/profile", put);
        assert_status(both_write, 422);
        revoke(&kim, &reads);
        revoke(&kim, &writes);
        revoke(&kim, &both);
}

/* Scope is looked at after path and method, and before type, syntax and content of the body. */
static void scope_is_checked_where_the_contract_says(void **state)
{
        (void)state;
        struct made reads = make_token(&kim, "{\"name\":\"r\",\"scopes\":[\"read\"]}");
        char authorization[200];
        snprintf(authorization, sizeof authorization, "Bearer %s", reads.token);
        const char *const text[] = { "Authorization", authorization, "Content-Type", "text/plain", NULL };
        REPLY path = call(s, "PUT", "/api/v1/users/nothing", text, "{");
        assert_problem(&path, 404, "not-found");
        REPLY method = call(s, "DELETE", "/api/v1/users/profile", text, NULL);
        assert_problem(&method, 405, "method-not-allowed");
        REPLY scope = call(s, "PUT", "/api/v1/users/profile?unknown=1", text, "{");
        assert_problem(&scope, 403, "insufficient-scope");
        revoke(&kim, &reads);
}

static void api_token_opens_nothing_that_guards_the_account(void **state)
{
        (void)state;
        struct made both = make_token(&kim, "{\"name\":\"rw\",\"scopes\":[\"read\",\"write\"]}");
        static const char *const closed[][3] = {
                { "GET", "/api/v1/auth/user", NULL },
                { "GET", "/api/v1/auth/sessions", NULL },
                { "DELETE", "/api/v1/auth/sessions/665f1b2c3d4e5f6071829304", NULL },
                { "GET", "/api/v1/auth/tokens", NULL },
                { "POST", "/api/v1/auth/tokens", "{\"name\":\"more\",\"scopes\":[\"write\"]}" },
                { "DELETE", "/api/v1/auth/tokens/665f1b2c3d4e5f6071829304", NULL },
                { "POST", "/api/v1/auth/logout", NULL },
                { "POST", "/api/v1/auth/strava/authorize", NULL },
                { "GET", "/api/v1/users/security-events", NULL },
        };
        for (size_t i = 0; i < SAI_COUNT(closed); i++) {
                REPLY reply = call_as(s, both.token, closed[i][0], closed[i][1], closed[i][2]);
                assert_problem(&reply, 403, "insufficient-scope");
        }
        REPLY refresh = call_as(s, both.token, "POST", "/api/v1/auth/refresh", NULL);
        assert_problem(&refresh, 401, "token-invalid");
        revoke(&kim, &both);
}

static void revoked_expired_and_made_up_api_tokens_are_refused(void **state)
{
        (void)state;
        struct made made = make_token(&kim, "{\"name\":\"r\",\"scopes\":[\"read\"]}");
        REPLY works = call_as(s, made.token, "GET", "/api/v1/users/profile", NULL);
        assert_status(works, 200);
        char path[128], changed[128];
        snprintf(path, sizeof path, "/api/v1/auth/tokens/%s", made.id);
        REPLY foreign = call_as(s, other.access, "DELETE", path, NULL);
        assert_problem(&foreign, 404, "not-found");
        /* Each character counts; with the cached row as with the store's. */
        for (size_t i = 4; i < strlen(made.token); i += 7) {
                snprintf(changed, sizeof changed, "%s", made.token);
                changed[i] = changed[i] == 'A' ? 'B' : 'A';
                REPLY wrong = call_as(s, changed, "GET", "/api/v1/users/profile", NULL);
                assert_problem(&wrong, 401, "token-invalid");
        }
        static const char *const bad[] = { "sai_", "sai_A", "sai_%00", "SAI_AAAA",
                                           "sai_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" };
        for (size_t i = 0; i < SAI_COUNT(bad); i++) {
                REPLY wrong = call_as(s, bad[i], "GET", "/api/v1/users/profile", NULL);
                assert_problem(&wrong, 401, "token-invalid");
        }
        revoke(&kim, &made);
        REPLY revoked = call_as(s, made.token, "GET", "/api/v1/users/profile", NULL);
        assert_problem(&revoked, 401, "token-invalid");

        struct made brief = make_token(&kim, "{\"name\":\"day\",\"scopes\":[\"read\"],\"expires_in_days\":1}");
        clock_advance(s, 86400000 - 1);
        REPLY last = call_as(s, brief.token, "GET", "/api/v1/users/profile", NULL);
        assert_status(last, 200);
        clock_advance(s, 1);
        REPLY expired = call_as(s, brief.token, "GET", "/api/v1/users/profile", NULL);
        assert_problem(&expired, 401, "token-expired");
        open_session(&kim, "test", kim.access);
        open_session(&other, "test", other.access);
}

static void last_use_of_an_api_token_is_shown(void **state)
{
        (void)state;
        struct made made = make_token(&kim, "{\"name\":\"r\",\"scopes\":[\"read\"]}");
        REPLY use = call_as(s, made.token, "GET", "/api/v1/users/profile", NULL);
        assert_status(use, 200);
        REPLY list = call_as(s, kim.access, "GET", "/api/v1/auth/tokens", NULL);
        const json_t *item = find_item(value_at(list.json, "items"), "id", made.id);
        assert_true(json_is_string(json_object_get(item, "last_used_at")));
        /* A try with the right id and a wrong secret is no use. */
        struct made idle = make_token(&kim, "{\"name\":\"idle\",\"scopes\":[\"read\"]}");
        size_t len = strlen(idle.token);
        char wrong[128];
        snprintf(wrong, sizeof wrong, "%s", idle.token);
        wrong[len - 3] = wrong[len - 3] == 'A' ? 'B' : 'A';
        REPLY refused = call_as(s, wrong, "GET", "/api/v1/users/profile", NULL);
        assert_problem(&refused, 401, "token-invalid");
        REPLY after = call_as(s, kim.access, "GET", "/api/v1/auth/tokens", NULL);
        assert_true(json_is_null(json_object_get(find_item(value_at(after.json, "items"), "id", idle.id), "last_used_at")));
        revoke(&kim, &made);
        revoke(&kim, &idle);
}

static void requests_for_a_token_are_checked_member_by_member(void **state)
{
        (void)state;
        static const char *const bad[][2] = {
                { "{\"scopes\":[\"read\"]}", "/name" },
                { "{\"name\":\"\",\"scopes\":[\"read\"]}", "/name" },
                { "{\"name\":\"x\"}", "/scopes" },
                { "{\"name\":\"x\",\"scopes\":[]}", "/scopes" },
                { "{\"name\":\"x\",\"scopes\":[\"admin\"]}", "/scopes/0" },
                { "{\"name\":\"x\",\"scopes\":[\"read\",\"read\"]}", "/scopes/1" },
                { "{\"name\":\"x\",\"scopes\":\"read\"}", "/scopes" },
                { "{\"name\":\"x\",\"scopes\":[\"read\"],\"expires_in_days\":0}", "/expires_in_days" },
                { "{\"name\":\"x\",\"scopes\":[\"read\"],\"expires_in_days\":3651}", "/expires_in_days" },
                { "{\"name\":\"x\",\"scopes\":[\"read\"],\"token\":\"sai_\"}", "/token" }
        };
        for (size_t i = 0; i < SAI_COUNT(bad); i++) {
                REPLY reply = call_as(s, kim.access, "POST", "/api/v1/auth/tokens", bad[i][0]);
                assert_pointer(&reply, bad[i][1]);
        }
}

static void there_is_an_end_to_api_tokens(void **state)
{
        (void)state;
        struct athlete many;
        add_athlete(s, "Many", &many);
        for (int i = 0; i < SAI_MAX_API_TOKENS_PER_USER; i++)
                (void)make_token(&many, "{\"name\":\"n\",\"scopes\":[\"read\"]}");
        REPLY over = call_as(s, many.access, "POST", "/api/v1/auth/tokens", "{\"name\":\"n\",\"scopes\":[\"read\"]}");
        assert_problem(&over, 409, "conflict");
        /* Another's tokens are not counted. */
        struct made made = make_token(&kim, "{\"name\":\"n\",\"scopes\":[\"read\"]}");
        revoke(&kim, &made);
}

/* -- The trail ---------------------------------------------------------------------------------------------------------------- */

static void the_trail_tells_the_athlete_alone_what_happened(void **state)
{
        (void)state;
        struct athlete lee;
        add_athlete(s, "Lee", &lee);
        struct made made = make_token(&lee, "{\"name\":\"n\",\"scopes\":[\"read\"]}");
        revoke(&lee, &made);
        REPLY events = call_as(s, lee.access, "GET", "/api/v1/users/security-events", NULL);
        assert_status(events, 200);
        assert_int_equal(json_array_size(value_at(events.json, "items")), 2);
        assert_string_equal(text_at(events.json, "items.0.event"), "api_token_revoked");
        assert_string_equal(text_at(events.json, "items.1.event"), "api_token_created");
        assert_string_equal(text_at(events.json, "items.1.ip"), "127.0.0.1");
        REPLY page = call_as(s, lee.access, "GET", "/api/v1/users/security-events?limit=1", NULL);
        char path[700];
        snprintf(path, sizeof path, "/api/v1/users/security-events?limit=1&cursor=%s", text_at(page.json, "next_cursor"));
        REPLY second = call_as(s, lee.access, "GET", path, NULL);
        assert_string_equal(text_at(second.json, "items.0.event"), "api_token_created");
        REPLY foreign = call_as(s, kim.access, "GET", path, NULL);
        assert_problem(&foreign, 400, "bad-cursor");
}

static void a_refresh_token_used_twice_is_on_the_trail(void **state)
{
        (void)state;
        struct athlete lee;
        char fresh[1200];
        add_athlete(s, "Lee", &lee);
        REPLY once = call_as(s, lee.refresh, "POST", "/api/v1/auth/refresh", NULL);
        assert_status(once, 200);
        REPLY twice = call_as(s, lee.refresh, "POST", "/api/v1/auth/refresh", NULL);
        assert_problem(&twice, 401, "refresh-token-reused");
        open_session(&lee, "again", fresh);
        REPLY events = call_as(s, fresh, "GET", "/api/v1/users/security-events", NULL);
        assert_string_equal(text_at(events.json, "items.0.event"), "refresh_token_reused");
}

static void the_trail_is_bounded_and_the_oldest_goes(void **state)
{
        (void)state;
        struct athlete lee;
        add_athlete(s, "Lee", &lee);
        struct session_device device = { "flood", "192.0.2.1" };
        auth_event_add(&s->service.auth, lee.id, EVENT_SIGNED_IN, device, "first");
        for (int i = 0; i < SAI_MAX_SECURITY_EVENTS_PER_USER; i++)
                auth_event_add(&s->service.auth, lee.id, EVENT_SIGN_IN_REFUSED, device, NULL);
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(8));
        struct security_event *items;
        size_t count;
        struct sai_err err;
        assert_int_equal(store_security_event_list(s->service.store, lee.id, (struct sai_id) { 0 },
                                                   SAI_MAX_SECURITY_EVENTS_PER_USER + 10, arena, &items, &count, &err),
                         SAI_OK);
        assert_int_equal(count, SAI_MAX_SECURITY_EVENTS_PER_USER);
        assert_int_equal(items[count - 1].event, EVENT_SIGN_IN_REFUSED);
}

static void what_is_over_is_swept(void **state)
{
        (void)state;
        struct athlete lee;
        add_athlete(s, "Lee", &lee);
        (void)make_token(&lee, "{\"name\":\"n\",\"scopes\":[\"read\"],\"expires_in_days\":30}");
        int64_t swept = 0;
        struct sai_err err;
        clock_advance(s, SAI_SECURITY_EVENT_LIFE_MS + 1);
        struct sai_instant now = { s->clock.wall_ms };
        assert_int_equal(store_security_sweep(s->service.store, now, &swept, &err), SAI_OK);
        assert_true(swept >= 2);
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(1));
        struct api_token *tokens;
        struct security_event *events;
        size_t token_count, event_count;
        assert_int_equal(store_api_token_list(s->service.store, lee.id, arena, &tokens, &token_count, &err), SAI_OK);
        assert_int_equal(token_count, 0);
        assert_int_equal(store_security_event_list(s->service.store, lee.id, (struct sai_id) { 0 }, 10, arena, &events,
                                                   &event_count, &err),
                         SAI_OK);
        assert_int_equal(event_count, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(devices_are_listed_with_the_one_at_hand_marked),
                cmocka_unit_test(ending_a_device_ends_its_tokens_at_once),
                cmocka_unit_test(api_token_is_shown_once_and_kept_as_a_hash),
                cmocka_unit_test(api_token_opens_what_its_scopes_name_and_no_more),
                cmocka_unit_test(scope_is_checked_where_the_contract_says),
                cmocka_unit_test(api_token_opens_nothing_that_guards_the_account),
                cmocka_unit_test(revoked_expired_and_made_up_api_tokens_are_refused),
                cmocka_unit_test(last_use_of_an_api_token_is_shown),
                cmocka_unit_test(requests_for_a_token_are_checked_member_by_member),
                cmocka_unit_test(there_is_an_end_to_api_tokens),
                cmocka_unit_test(the_trail_tells_the_athlete_alone_what_happened),
                cmocka_unit_test(a_refresh_token_used_twice_is_on_the_trail),
                cmocka_unit_test(the_trail_is_bounded_and_the_oldest_goes),
                cmocka_unit_test(what_is_over_is_swept), /* last: it moves the clock past every session */
        };
        int failed = SERVICE_RUN("auth tokens", tests, start, stop);
        report_coverage("test_auth_tokens");
        return failed;
}
