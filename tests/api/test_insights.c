/* test_insights.c -- asking for an insight and reading the history, through the routes. */
#include "support_service.h"

static struct test_service *s;
static struct athlete athlete, stranger;

static int start(void **state)
{
        (void)state;
        s = service_start(NULL);
        sign_in(s, 1, &athlete);
        REPLY synced = sync_now(s, &athlete, NULL, NULL);
        assert_string_equal(text_at(synced.json, "status"), "done");
        add_athlete(s, "Nobody", &stranger);
        return 0;
}

static int stop(void **state)
{
        (void)state;
        service_stop(s);
        return 0;
}

/* The newest activity of the athlete. */
static void newest_activity(char out[SAI_ID_HEX + 1])
{
        REPLY list = call_as(s, athlete.access, "GET", "/api/v1/activities?limit=1", NULL);
        assert_status(list, 200);
        snprintf(out, SAI_ID_HEX + 1, "%s", text_at(list.json, "items.0.id"));
}

static struct reply ask_activity(const char *token, const char *id, const char *more)
{
        char body[256];
        snprintf(body, sizeof body, "{\"kind\":\"activity\",\"activity_id\":\"%s\"%s}", id, more);
        return call_as(s, token, "POST", "/api/v1/insights", body);
}

static void assert_kept(const char *id, const char *more, const char *insight_id)
{
        char header[1024];
        REPLY kept = ask_activity(athlete.access, id, more);
        assert_status(kept, 200);
        assert_string_equal(header_of(&kept, "X-Cache", header), "hit");
        assert_string_equal(text_at(kept.json, "id"), insight_id);
}

static void an_insight_comes_at_once_with_its_evidence(void **state)
{
        (void)state;
        char id[SAI_ID_HEX + 1], header[1024];
        newest_activity(id);
        REPLY made = ask_activity(athlete.access, id, "");
        assert_status(made, 201);
        assert_string_equal(text_at(made.json, "status"), "done");
        assert_string_equal(text_at(made.json, "provider"), "rules");
        assert_string_equal(text_at(made.json, "activity_id"), id);
        assert_true(json_array_size(value_at(made.json, "findings")) >= 1);
        assert_true(json_array_size(value_at(made.json, "findings.0.evidence")) >= 1);
        assert_int_equal(json_array_size(value_at(made.json, "recommendations")), 1);
        assert_true(json_is_null(value_at(made.json, "fallback_reason")));
        assert_non_null(header_of(&made, "Location", header));
        REPLY got = call_as(s, athlete.access, "GET", header, NULL);
        assert_status(got, 200);
        assert_true(json_equal(got.json, made.json));
        /* The same again is the same insight. */
        assert_kept(id, "", text_at(made.json, "id"));
        assert_kept(id, ",\"wait\":0", text_at(made.json, "id"));
}

static void who_does_not_wait_gets_it_later(void **state)
{
        (void)state;
        char header[1024];
        REPLY queued = call_as(s, athlete.access, "POST", "/api/v1/insights", "{\"kind\":\"weekly\",\"wait\":0}");
        assert_status(queued, 202);
        assert_string_equal(text_at(queued.json, "status"), "queued");
        assert_true(json_is_null(value_at(queued.json, "title")));
        assert_non_null(header_of(&queued, "Location", header));
        REPLY jobs = call_as(s, athlete.access, "GET", "/api/v1/jobs?kind=insight", NULL);
        assert_status(jobs, 200);
        REPLY job = run_job(s, &athlete, text_at(jobs.json, "items.0.id"), NULL);
        assert_string_equal(text_at(job.json, "status"), "done");
        REPLY done = call_as(s, athlete.access, "GET", header, NULL);
        assert_status(done, 200);
        assert_string_equal(text_at(done.json, "status"), "done");
        assert_non_null(strstr(text_at(done.json, "title"), "Week of "));
}

static void an_insight_goes_with_the_api_data_it_rests_on(void **state)
{
        (void)state;
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(8));
        struct insight *items;
        size_t count;
        int64_t swept = 0;
        struct store *store = s->service.store;
        assert_int_equal(store_insight_list(store, athlete.id, NULL, (struct sai_id) { 0 }, 10, arena, &items, &count, NULL),
                         SAI_OK);
        assert_true(count >= 2);
        for (size_t i = 0; i < count; i++) {
                /* All that the simulator gave came through the API: seven days from the sync, not from the wording. */
                assert_true(SAI_HAS(items[i].expires_at));
                assert_true(items[i].expires_at.value.ms <= items[i].created_at.ms + 7LL * 86400000);
                assert_non_null(strstr(items[i].facts.data, "strava_api"));
        }
        assert_int_equal(store_insight_sweep(store, (struct sai_instant) { items[0].created_at.ms + 8LL * 86400000 }, &swept,
                                             NULL),
                         SAI_OK);
        assert_int_equal(swept, (int64_t)count);
}

static void the_history_is_listed_and_filtered(void **state)
{
        (void)state;
        char id[SAI_ID_HEX + 1], target[128];
        newest_activity(id);
        REPLY all = call_as(s, athlete.access, "GET", "/api/v1/insights?limit=1", NULL);
        assert_status(all, 200);
        assert_int_equal(json_array_size(value_at(all.json, "items")), 1);
        snprintf(target, sizeof target, "/api/v1/insights?limit=1&cursor=%s", text_at(all.json, "next_cursor"));
        REPLY next = call_as(s, athlete.access, "GET", target, NULL);
        assert_status(next, 200);
        assert_string_not_equal(text_at(next.json, "items.0.id"), text_at(all.json, "items.0.id"));
        snprintf(target, sizeof target, "/api/v1/insights?kind=activity&activity_id=%s&min_score=0.1", id);
        REPLY some = call_as(s, athlete.access, "GET", target, NULL);
        assert_status(some, 200);
        assert_int_equal(json_array_size(value_at(some.json, "items")), 1);
        assert_string_equal(text_at(some.json, "items.0.activity_id"), id);
        REPLY none = call_as(s, stranger.access, "GET", "/api/v1/insights", NULL);
        assert_status(none, 200);
        assert_int_equal(json_array_size(value_at(none.json, "items")), 0);
}

static void what_is_lacking_is_said(void **state)
{
        (void)state;
        char id[SAI_ID_HEX + 1];
        newest_activity(id);
        REPLY lacking = call_as(s, athlete.access, "POST", "/api/v1/insights", "{\"kind\":\"activity\"}");
        assert_pointer(&lacking, "/activity_id");
        REPLY unknown = call_as(s, athlete.access, "POST", "/api/v1/insights", "{\"kind\":\"weekly\",\"milestone_id\":null}");
        assert_pointer(&unknown, "/milestone_id");
        REPLY long_wait = call_as(s, athlete.access, "POST", "/api/v1/insights", "{\"kind\":\"weekly\",\"wait\":31}");
        assert_pointer(&long_wait, "/wait");
        REPLY before = call_as(s, athlete.access, "POST", "/api/v1/insights", "{\"kind\":\"weekly\",\"date\":\"1990-01-01\"}");
        assert_pointer(&before, "/date");
        REPLY empty = call_as(s, stranger.access, "POST", "/api/v1/insights", "{\"kind\":\"weekly\"}");
        assert_problem(&empty, 409, "conflict");
        REPLY other = ask_activity(stranger.access, id, "");
        assert_problem(&other, 404, "not-found");
}

static void an_insight_is_its_athletes_alone(void **state)
{
        (void)state;
        char target[128];
        REPLY list = call_as(s, athlete.access, "GET", "/api/v1/insights?limit=1", NULL);
        snprintf(target, sizeof target, "/api/v1/insights/%s", text_at(list.json, "items.0.id"));
        REPLY own = call_as(s, athlete.access, "GET", target, NULL);
        assert_status(own, 200);
        REPLY other = call_as(s, stranger.access, "GET", target, NULL);
        assert_problem(&other, 404, "not-found");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_insight_comes_at_once_with_its_evidence),
                cmocka_unit_test(who_does_not_wait_gets_it_later),
                cmocka_unit_test(the_history_is_listed_and_filtered),
                cmocka_unit_test(what_is_lacking_is_said),
                cmocka_unit_test(an_insight_is_its_athletes_alone),
                cmocka_unit_test(an_insight_goes_with_the_api_data_it_rests_on),
        };
        int failed = SERVICE_RUN("insights", tests, start, stop);
        report_coverage("test_insights");
        return failed;
}
