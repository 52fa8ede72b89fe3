/* test_sync.c -- bringing activities in from Strava, with all that Strava does on bad days (checklist C1 to C6, J1). */
#include "support_service.h"

#define DAY_MS (24LL * 3600 * 1000)

static struct test_service *s;

static int start(void **state)
{
        (void)state;
        s = service_start(&(struct test_options) { .recordings = 4 });
        return 0;
}
static int stop(void **state)
{
        (void)state;
        service_stop(s);
        return 0;
}

/* -- Helpers ---------------------------------------------------------------------------------------------------------------------- */

static void fault(const char *path, int status, const char *body, int times)
{
        struct sai_err err = { 0 };
        struct sim_fault add = { .path = path, .status = status, .body = body, .times = times };
        assert_int_equal(sim_fault_add(s->sim, &add, &err), SAI_OK);
}

/* The sync that signing in has begun. */
static struct reply first_sync(struct athlete *athlete, struct job_watch *watch)
{
        sign_in(s, 1, athlete);
        REPLY jobs = call_as(s, athlete->access, "GET", "/api/v1/jobs?kind=sync", NULL);
        assert_status(jobs, 200);
        return run_job(s, athlete, text_at(jobs.json, "items.0.id"), watch);
}

static void fresh_access(const struct athlete *athlete, char access[1200])
{
        struct athlete again;
        sign_in(s, 1, &again);
        assert_true(sai_id_equal(again.id, athlete->id));
        snprintf(access, 1200, "%s", again.access);
}

static struct reply get_with(const char *access, const char *target)
{
        struct reply reply = call_as(s, access, "GET", target, NULL);
        assert_status(reply, 200);
        return reply;
}

static void assert_done(const struct reply *job)
{
        if (strcmp(text_at(job->json, "status"), "done") != 0)
                fail_msg("%s", job->body);
}

static size_t item_count(const char *access, const char *target)
{
        REPLY list = get_with(access, target);
        return json_array_size(value_at(list.json, "items"));
}

static int64_t total_of(struct athlete *athlete)
{
        int64_t count;
        struct sai_err err;
        assert_int_equal(store_activity_count(s->service.store, athlete->id, &count, &err), SAI_OK);
        return count;
}

/* -- Good days ------------------------------------------------------------------------------------------------------------------------ */

static void first_sync_brings_everything_with_streams(void **state)
{
        (void)state;
        struct athlete athlete;
        REPLY job = first_sync(&athlete, NULL);
        assert_done(&job);
        assert_true(number_at(job.json, "result.created") == 4);
        assert_true(number_at(job.json, "result.streams") == 4);
        assert_true(number_at(job.json, "progress.percentage") == 100);
        REPLY list = get_with(athlete.access, "/api/v1/activities");
        const json_t *items = value_at(list.json, "items");
        assert_int_equal(json_array_size(items), 4);
        for (size_t i = 0; i < 4; i++) {
                const json_t *item = json_array_get(items, i);
                assert_string_equal(text_at(item, "source"), "strava_api");
                assert_true(json_is_integer(value_at(item, "strava_activity_id")));
                assert_non_null(strstr(text_at(item, "attribution"), "Strava"));
                assert_true(json_is_string(value_at(item, "expires_at")));
                assert_true(json_is_null(value_at(item, "file")));
                if (i > 0)
                        assert_true(strcmp(text_at(item, "start_date"), text_at(json_array_get(items, i - 1), "start_date")) < 0);
        }
        char path[128];
        snprintf(path, sizeof path, "/api/v1/activities/%s/original", text_at(list.json, "items.0.id"));
        REPLY original = call_as(s, athlete.access, "GET", path, NULL);
        assert_problem(&original, 404, "not-found");
        REPLY state_now = get_with(athlete.access, "/api/v1/activities/sync");
        assert_string_equal(text_at(state_now.json, "status"), "done");
        assert_string_equal(text_at(state_now.json, "job_id"), text_at(job.json, "id"));
        REPLY profile = get_with(athlete.access, "/api/v1/users/profile");
        assert_true(json_is_string(value_at(profile.json, "last_activity_sync")));
}

static void second_sync_adds_what_is_new_and_repeats_nothing(void **state)
{
        (void)state;
        struct athlete athlete;
        struct sai_err err;
        int64_t id;
        REPLY first = first_sync(&athlete, NULL);
        assert_done(&first);
        clock_advance(s, 3600 * 1000);
        assert_int_equal(sim_activity_add(s->sim, 1, NULL, &id, &err), SAI_OK);
        size_t streams_before = requests_to(s, "/streams");
        REPLY second = sync_now(s, &athlete, NULL, NULL);
        assert_done(&second);
        assert_true(number_at(second.json, "result.created") == 1);
        assert_int_equal(total_of(&athlete), 5);
        /* Streams of the others are fresh enough: one call, and one more at most where the new one has none. */
        assert_true(requests_to(s, "/streams") - streams_before <= 1);
}

static void a_second_call_gets_the_first_ones_job(void **state)
{
        (void)state;
        struct athlete athlete;
        sign_in(s, 1, &athlete);
        REPLY jobs = get_with(athlete.access, "/api/v1/jobs?kind=sync");
        REPLY again = call_as(s, athlete.access, "POST", "/api/v1/activities/sync", "{}");
        assert_status(again, 202);
        assert_string_equal(text_at(again.json, "id"), text_at(jobs.json, "items.0.id"));
}

static void streams_come_newest_first(void **state)
{
        (void)state;
        struct athlete athlete;
        REPLY job = first_sync(&athlete, NULL);
        assert_done(&job);
        static struct sim_request_entry entries[4096];
        size_t count = sim_requests(s->sim, 0, entries, SAI_COUNT(entries));
        REPLY list = get_with(athlete.access, "/api/v1/activities?sort=-start_date");
        size_t next = 0;
        for (size_t i = 0; i < count; i++) {
                char expected[64];
                if (!strstr(entries[i].path, "/streams"))
                        continue;
                snprintf(expected, sizeof expected, "/activities/%lld/",
                         (long long)json_integer_value(
                                 value_at(json_array_get(value_at(list.json, "items"), next), "strava_activity_id")));
                if (!strstr(entries[i].path, expected))
                        fail_msg("call %zu is %s, expected %s", next, entries[i].path, expected);
                next++;
        }
        assert_int_equal(next, 4);
}

static void after_limits_the_list(void **state)
{
        (void)state;
        struct athlete athlete;
        sign_in(s, 1, &athlete);
        /* End the first one before it has listed anything. */
        fault("/athlete/activities", 200, "[]", 1);
        REPLY jobs = get_with(athlete.access, "/api/v1/jobs?kind=sync");
        REPLY first = run_job(s, &athlete, text_at(jobs.json, "items.0.id"), NULL);
        assert_done(&first);
        assert_int_equal(total_of(&athlete), 0);
        REPLY second = sync_now(s, &athlete, "{\"after\":\"2026-11-16T00:00:00Z\"}", NULL);
        assert_done(&second);
        assert_int_equal(total_of(&athlete), 2);
        REPLY bad = call_as(s, athlete.access, "POST", "/api/v1/activities/sync", "{\"after\":\"yesterday\"}");
        assert_pointer(&bad, "/after");
}

static void two_activities_of_one_second_both_come(void **state)
{
        (void)state;
        struct athlete athlete;
        sign_in(s, 1, &athlete);
        /* The page ends between two that began in the same second. */
        static const char item[] =
                "{\"id\":%d,\"name\":\"A\",\"sport_type\":\"Run\",\"start_date\":\"2026-11-0%dT08:00:00Z\",\"start_date_local\":"
                "\"2026-11-0%dT09:00:00Z\",\"distance\":%d,\"elapsed_time\":600,\"moving_time\":600,\"manual\":true}";
        char one[300], two[300], three[300];
        snprintf(one, sizeof one, item, 701, 1, 1, 2000);
        snprintf(two, sizeof two, item, 702, 2, 2, 2000);
        snprintf(three, sizeof three, item, 703, 2, 2, 9000);
        char pages[2][700];
        snprintf(pages[0], sizeof pages[0], "[%s,%s]", one, two);
        snprintf(pages[1], sizeof pages[1], "[%s,%s]", two, three);
        fault("/athlete/activities", 200, pages[0], 1);
        fault("/athlete/activities", 200, pages[1], 1);
        fault("/athlete/activities", 200, "[]", 1);
        REPLY jobs = get_with(athlete.access, "/api/v1/jobs?kind=sync");
        REPLY job = run_job(s, &athlete, text_at(jobs.json, "items.0.id"), NULL);
        assert_done(&job);
        assert_int_equal(total_of(&athlete), 3);
        assert_true(number_at(job.json, "result.created") == 3);
        assert_true(number_at(job.json, "result.fetched") == 3);
}

/* -- Limits ------------------------------------------------------------------------------------------------------------------------------ */

static void used_up_limit_is_waited_for_and_told(void **state)
{
        (void)state;
        struct athlete athlete;
        struct job_watch watch = { 0 };
        sign_in(s, 1, &athlete);
        sim_set_limits(s->sim, (struct sim_limits) { .short_term = 6, .day = 1000, .read_short = 6, .read_day = 1000 });
        int64_t before = atomic_load(&s->clock.wall_ms);
        REPLY jobs = get_with(athlete.access, "/api/v1/jobs?kind=sync");
        REPLY job = run_job(s, &athlete, text_at(jobs.json, "items.0.id"), &watch);
        assert_done(&job);
        assert_true(watch.waits >= 1);
        assert_int_equal(watch.retries, 0); /* waiting is no failure */
        int64_t window = 15 * 60 * 1000;
        assert_true(watch.limited_until_ms >= before / window * window + window);
        assert_true(json_is_null(value_at(job.json, "rate_limited_until")));
        assert_int_equal(total_of(&athlete), 4);
        sim_set_limits(s->sim, (struct sim_limits) { .none = true });
}

static void waiting_job_says_until_when(void **state)
{
        (void)state;
        struct athlete athlete;
        struct sai_err err;
        sign_in(s, 1, &athlete);
        fault("/athlete", 429, NULL, 1);
        /* One look, without moving the clock: the job waits. */
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(64));
        struct job *items;
        size_t count;
        assert_int_equal(store_job_list(s->service.store, athlete.id, JOB_SYNC, -1, (struct sai_id) { 0 }, 1, arena, &items,
                                        &count, &err),
                         SAI_OK);
        assert_int_equal(count, 1);
        struct job_watch watch = { 0 };
        char id[25];
        sai_id_format(items[0].id, id);
        REPLY job = run_job(s, &athlete, id, &watch);
        assert_done(&job);
        assert_int_equal(watch.waits, 1);
        assert_true(watch.limited_until_ms > TEST_NOW_MS);
}

/* -- Tokens -------------------------------------------------------------------------------------------------------------------------------- */

static void one_401_is_answered_with_one_refresh(void **state)
{
        (void)state;
        struct athlete athlete;
        sign_in(s, 1, &athlete);
        size_t before = requests_to(s, "/oauth/token");
        fault("/athlete/zones", 401, NULL, 1);
        REPLY jobs = get_with(athlete.access, "/api/v1/jobs?kind=sync");
        REPLY job = run_job(s, &athlete, text_at(jobs.json, "items.0.id"), NULL);
        assert_done(&job);
        assert_int_equal(requests_to(s, "/oauth/token") - before, 1);
}

static void second_401_means_connecting_again(void **state)
{
        (void)state;
        struct athlete athlete;
        sign_in(s, 1, &athlete);
        size_t before = requests_to(s, "/oauth/token");
        fault("/athlete", 401, NULL, 2);
        REPLY jobs = get_with(athlete.access, "/api/v1/jobs?kind=sync");
        REPLY job = run_job(s, &athlete, text_at(jobs.json, "items.0.id"), NULL);
        assert_string_equal(text_at(job.json, "status"), "failed");
        assert_string_equal(text_at(job.json, "error.type"), "/problems/strava-not-connected");
        assert_int_equal(requests_to(s, "/oauth/token") - before, 1);
        REPLY profile = get_with(athlete.access, "/api/v1/users/profile");
        assert_string_equal(text_at(profile.json, "strava_status"), "reconnect_needed");
        REPLY refused = call_as(s, athlete.access, "POST", "/api/v1/activities/sync", NULL);
        assert_problem(&refused, 409, "strava-not-connected");
        /* Signing in again repairs it. */
        char access[1200];
        fresh_access(&athlete, access);
        REPLY again = sync_now(s, &athlete, NULL, NULL);
        assert_done(&again);
}

static void deauthorized_athlete_is_asked_to_connect_and_never_polled(void **state)
{
        (void)state;
        struct athlete athlete;
        struct sai_err err;
        REPLY first = first_sync(&athlete, NULL);
        assert_done(&first);
        assert_int_equal(sim_deauthorize(s->sim, 1, &err), SAI_OK);
        REPLY job = sync_now(s, &athlete, NULL, NULL);
        assert_string_equal(text_at(job.json, "status"), "failed");
        REPLY profile = get_with(athlete.access, "/api/v1/users/profile");
        assert_string_equal(text_at(profile.json, "strava_status"), "reconnect_needed");
        REPLY refused = call_as(s, athlete.access, "POST", "/api/v1/activities/sync", NULL);
        assert_problem(&refused, 409, "strava-not-connected");
}

static void inactive_application_stops_the_sync(void **state)
{
        (void)state;
        struct athlete athlete;
        struct sai_err err;
        sign_in(s, 1, &athlete);
        assert_int_equal(sim_set_inactive(s->sim, 1, true, &err), SAI_OK);
        size_t before = requests_to(s, "/athlete");
        REPLY jobs = get_with(athlete.access, "/api/v1/jobs?kind=sync");
        REPLY job = run_job(s, &athlete, text_at(jobs.json, "items.0.id"), NULL);
        assert_string_equal(text_at(job.json, "status"), "failed");
        assert_true(requests_to(s, "/athlete") - before <= 1);
        REPLY profile = get_with(athlete.access, "/api/v1/users/profile");
        assert_string_equal(text_at(profile.json, "strava_status"), "inactive");
        assert_int_equal(sim_set_inactive(s->sim, 1, false, &err), SAI_OK);
}

static void logout_with_deauthorize_revokes_and_forgets(void **state)
{
        (void)state;
        struct athlete athlete;
        struct sai_err err;
        sign_in(s, 1, &athlete);
        REPLY out = call_as(s, athlete.access, "POST", "/api/v1/auth/logout", "{\"deauthorize\":true,\"everywhere\":true}");
        assert_status(out, 200);
        assert_true(requests_to(s, "/oauth/revoke") + requests_to(s, "/oauth/deauthorize") >= 1);
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(4));
        struct strava_link link;
        assert_int_equal(store_link_get(s->service.store, athlete.id, arena, &link, &err), SAI_NOT_FOUND);
        REPLY after = call_as(s, athlete.access, "GET", "/api/v1/users/profile", NULL);
        assert_problem(&after, 401, "token-invalid");
}

/* -- Bad answers ------------------------------------------------------------------------------------------------------------------------------ */

static void broken_items_are_refused_and_the_page_is_not(void **state)
{
        (void)state;
        struct athlete athlete;
        static const char page[] =
                "[{\"id\":801,\"name\":\"Good\",\"sport_type\":\"Run\",\"start_date\":\"2026-11-01T08:00:00Z\",\"start_date_"
                "local\":\"2026-11-01T09:00:00Z\","
                "\"distance\":5000,\"elapsed_time\":1500,\"moving_time\":1500,\"manual\":true,\"unknown\":{\"a\":[1]}},"
                "{\"id\":\"802\",\"start_date\":12},{\"name\":\"no id\"},{\"id\":803,\"start_date\":\"never\"},7,null,"
                "{\"id\":804,\"name\":\"\\u0000\",\"sport_type\":\"Yodelling\",\"start_date\":\"2026-11-02T08:00:00Z\","
                "\"distance\":-5,"
                "\"elapsed_time\":1500,\"manual\":true}]";
        sign_in(s, 1, &athlete);
        fault("/athlete/activities", 200, page, 1);
        fault("/athlete/activities", 200, "[]", 1);
        REPLY jobs = get_with(athlete.access, "/api/v1/jobs?kind=sync");
        REPLY job = run_job(s, &athlete, text_at(jobs.json, "items.0.id"), NULL);
        assert_done(&job);
        assert_true(number_at(job.json, "result.refused") >= 5);
        REPLY list = get_with(athlete.access, "/api/v1/activities?q=Good");
        assert_int_equal(json_array_size(value_at(list.json, "items")), 1);
}

static void html_500_and_cut_connections_are_tried_again(void **state)
{
        (void)state;
        struct athlete athlete;
        struct sai_err err;
        sign_in(s, 1, &athlete);
        fault("/athlete/zones", 500, NULL, 1);
        fault("/athlete/activities", 200, "<html>sorry</html>", 1);
        struct sim_fault cut = { .path = "/activities/", .cut = SIM_CUT_BEFORE, .times = 1 };
        assert_int_equal(sim_fault_add(s->sim, &cut, &err), SAI_OK);
        cut.cut = SIM_CUT_AFTER;
        assert_int_equal(sim_fault_add(s->sim, &cut, &err), SAI_OK);
        REPLY jobs = get_with(athlete.access, "/api/v1/jobs?kind=sync");
        REPLY job = run_job(s, &athlete, text_at(jobs.json, "items.0.id"), NULL);
        assert_done(&job);
        assert_int_equal(total_of(&athlete), 4);
        assert_int_equal(item_count(athlete.access, "/api/v1/activities?has=heartrate"), 4);
}

static void job_that_always_fails_is_parked_with_its_reason(void **state)
{
        (void)state;
        struct athlete athlete;
        struct job_watch watch = { 0 };
        sign_in(s, 1, &athlete);
        fault("/athlete/activities", 200, "<html>sorry</html>", 100);
        REPLY jobs = get_with(athlete.access, "/api/v1/jobs?kind=sync");
        REPLY job = run_job(s, &athlete, text_at(jobs.json, "items.0.id"), &watch);
        assert_string_equal(text_at(job.json, "status"), "failed");
        assert_true(json_is_string(value_at(job.json, "error.detail")));
        assert_null(strstr(text_at(job.json, "error.detail"), "127.0.0.1"));
        assert_true(watch.retries >= 3);
}

static void missing_streams_do_not_hold_up_the_others(void **state)
{
        (void)state;
        struct athlete athlete;
        sign_in(s, 1, &athlete);
        fault("/activities/", 404, NULL, 1);
        REPLY jobs = get_with(athlete.access, "/api/v1/jobs?kind=sync");
        REPLY job = run_job(s, &athlete, text_at(jobs.json, "items.0.id"), NULL);
        assert_done(&job);
        assert_true(number_at(job.json, "result.streams") == 3);
        assert_true(number_at(job.json, "result.without_streams") == 1);
}

static void interrupted_sync_goes_on_where_it_was(void **state)
{
        (void)state;
        struct athlete athlete;
        struct job_watch watch = { 0 };
        sign_in(s, 1, &athlete);
        fault("/activities/", 429, NULL, 1); /* at the first stream: the list is done */
        REPLY jobs = get_with(athlete.access, "/api/v1/jobs?kind=sync");
        REPLY job = run_job(s, &athlete, text_at(jobs.json, "items.0.id"), &watch);
        assert_done(&job);
        assert_int_equal(watch.waits, 1);
        assert_true(number_at(job.json, "result.created") == 4);
        assert_true(number_at(job.json, "result.streams") == 4);
        /* The profile was asked for once: what is done is not done again. */
        assert_int_equal(requests_to(s, "/athlete/zones"), 1);
}

/* -- What may be kept how long ------------------------------------------------------------------------------------------------------------------ */

static void run_expiry(struct athlete *athlete)
{
        /* Any job of the athlete moves the queue; the expiry job is added here as the heart-beat does. */
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(64));
        struct sai_err err = { 0 };
        bool existing;
        struct job expiry = { .kind = JOB_EXPIRY, .dedupe_key = "expiry" }, done;
        assert_int_equal(store_job_add(s->service.store, &expiry, arena, &existing, &err), SAI_OK);
        (void)athlete;
        assert_int_equal(jobs_run_until_done(s->service.jobs, expiry.user_id, expiry.id, NULL, NULL, arena, &done, &err), SAI_OK);
        assert_int_equal(done.status, JOB_DONE);
}

static void api_data_goes_after_seven_days_and_files_stay(void **state)
{
        (void)state;
        struct athlete athlete;
        char access[1200];
        size_t len;
        REPLY first = first_sync(&athlete, NULL);
        assert_done(&first);
        /* The same workout as Strava's newest, from a file, and one that Strava does not have. */
        struct workout_file same = { .sport = SPORT_RUN,
                                     .start_s = TEST_NOW_MS / 1000 - 86400,
                                     .points = 600,
                                     .speed = 3,
                                     .heartrate = true,
                                     .gps = true };
        struct workout_file own = {
                .sport = SPORT_RIDE, .start_s = TEST_NOW_MS / 1000 - 20 * 86400, .points = 900, .speed = 9, .power = true
        };
        void *data = make_file(FILE_TCX, &same, 1, &len);
        REPLY joined = import_now(s, &athlete, "same.tcx", data, len);
        free(data);
        assert_done(&joined);
        assert_true(number_at(joined.json, "result.updated") == 1);
        data = make_file(FILE_FIT, &own, 1, &len);
        REPLY created = import_now(s, &athlete, "own.fit", data, len);
        free(data);
        assert_true(number_at(created.json, "result.created") == 1);
        assert_int_equal(total_of(&athlete), 5);

        clock_advance(s, 7 * DAY_MS - 60000);
        run_expiry(&athlete);
        assert_int_equal(total_of(&athlete), 5);
        clock_advance(s, 120000);
        run_expiry(&athlete);
        assert_int_equal(total_of(&athlete), 2);
        fresh_access(&athlete, access);
        REPLY list = get_with(access, "/api/v1/activities");
        for (size_t i = 0; i < 2; i++) {
                const json_t *item = json_array_get(value_at(list.json, "items"), i);
                assert_string_equal(text_at(item, "source"), "file");
                assert_true(json_is_null(value_at(item, "strava_activity_id")));
                assert_true(json_is_null(value_at(item, "expires_at")));
                assert_true(json_is_null(value_at(item, "strava_url")));
                assert_int_equal(json_array_size(value_at(item, "sources")), 1);
        }
}

static void file_without_an_offset_takes_the_wall_clock_that_the_api_knows(void **state)
{
        (void)state;
        struct athlete athlete;
        char access[1200];
        size_t len;
        REPLY first = first_sync(&athlete, NULL);
        assert_done(&first);
        REPLY moved =
                call_as(s, athlete.access, "PUT", "/api/v1/users/profile", "{\"preferences\":{\"timezone\":\"Asia/Kathmandu\"}}");
        assert_int_equal(moved.status, 200);
        REPLY api = get_with(athlete.access, "/api/v1/activities");
        assert_string_not_equal(text_at(api.json, "items.0.timezone"), "Asia/Kathmandu");
        /* A TCX file has no offset to say. */
        struct workout_file same = { .sport = SPORT_RUN,
                                     .start_s = TEST_NOW_MS / 1000 - 86400,
                                     .points = 600,
                                     .speed = 3,
                                     .heartrate = true,
                                     .gps = true };
        void *data = make_file(FILE_TCX, &same, 1, &len);
        REPLY joined = import_now(s, &athlete, "same.tcx", data, len);
        free(data);
        assert_done(&joined);
        assert_true(number_at(joined.json, "result.updated") == 1);
        REPLY both = get_with(athlete.access, "/api/v1/activities");
        assert_string_equal(text_at(both.json, "items.0.source"), "file");
        assert_string_equal(text_at(both.json, "items.0.timezone"), text_at(api.json, "items.0.timezone"));
        assert_string_equal(text_at(both.json, "items.0.start_date_local"), text_at(api.json, "items.0.start_date_local"));

        /* What only the API knew goes with it. */
        clock_advance(s, 7 * DAY_MS + 60000);
        run_expiry(&athlete);
        fresh_access(&athlete, access);
        REPLY left = get_with(access, "/api/v1/activities");
        assert_string_equal(text_at(left.json, "items.0.timezone"), "Asia/Kathmandu");
        assert_string_not_equal(text_at(left.json, "items.0.start_date_local"), text_at(api.json, "items.0.start_date_local"));
}

static void pass_time(void *context, const struct job *job)
{
        (void)context;
        (void)job;
        clock_advance(s, 1200000);
}

static void one_source_that_cannot_go_keeps_no_other_past_its_time(void **state)
{
        (void)state;
        struct athlete athlete;
        size_t len, count;
        REPLY first = first_sync(&athlete, NULL);
        assert_done(&first);
        struct workout_file same = { .sport = SPORT_RUN,
                                     .start_s = TEST_NOW_MS / 1000 - 86400,
                                     .points = 600,
                                     .speed = 3,
                                     .heartrate = true,
                                     .gps = true };
        void *data = make_file(FILE_TCX, &same, 1, &len);
        REPLY joined = import_now(s, &athlete, "same.tcx", data, len);
        free(data);
        assert_done(&joined);
        /* The file's streams are lost: what remains without the API's source cannot be derived. */
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(64));
        struct sai_err err = { 0 };
        struct sai_id activity;
        REPLY list = get_with(athlete.access, "/api/v1/activities");
        const char *id = text_at(list.json, "items.0.id");
        assert_true(sai_id_parse(id, strlen(id), &activity));
        struct source *sources;
        assert_int_equal(store_source_list(s->service.store, athlete.id, activity, arena, &sources, &count, &err), SAI_OK);
        assert_int_equal(count, 2);
        for (size_t i = 0; i < count; i++) {
                if (sources[i].kind == SOURCE_FILE)
                        assert_int_equal(store_streams_delete(s->service.store, athlete.id, sources[i].streams_id.value, &err),
                                         SAI_OK);
        }
        clock_advance(s, 7 * DAY_MS + 60000);
        struct sai_instant past = { atomic_load(&s->clock.wall_ms) - 1 };
        assert_int_equal(store_once_put(s->service.store, "used-up", ONCE_OAUTH_STATE, "", past, &err), SAI_OK);
        bool existing;
        struct job expiry = { .kind = JOB_EXPIRY, .dedupe_key = "expiry" }, done;
        assert_int_equal(store_job_add(s->service.store, &expiry, arena, &existing, &err), SAI_OK);
        assert_int_equal(jobs_run_until_done(s->service.jobs, expiry.user_id, expiry.id, pass_time, NULL, arena, &done, &err),
                         SAI_OK);
        assert_int_equal(total_of(&athlete), 1);
        assert_int_equal(done.status, JOB_FAILED);
        /* Nor does it keep what has nothing to do with it. */
        int64_t left = -1;
        assert_int_equal(store_once_sweep(s->service.store, (struct sai_instant) { past.ms + 1 }, &left, &err), SAI_OK);
        assert_int_equal(left, 0);
}

static void sync_renews_what_strava_still_lists(void **state)
{
        (void)state;
        struct athlete athlete;
        REPLY first = first_sync(&athlete, NULL);
        assert_done(&first);
        clock_advance(s, 5 * DAY_MS);
        REPLY again = sync_now(s, &athlete, NULL, NULL);
        assert_done(&again);
        clock_advance(s, 5 * DAY_MS);
        run_expiry(&athlete);
        assert_int_equal(total_of(&athlete), 4);
}

/* A sync every twenty hours never fetches streams that it takes for fresh: then they must not live longer by it. */
static void frequent_syncs_do_not_keep_streams_beyond_seven_days(void **state)
{
        (void)state;
        struct athlete athlete;
        struct sai_err err;
        REPLY first = first_sync(&athlete, NULL);
        assert_done(&first);
        size_t before = requests_to(s, "/streams");
        for (int i = 0; i < 10; i++) {
                clock_advance(s, 20LL * 3600 * 1000);
                REPLY again = sync_now(s, &athlete, "{\"after\":\"2026-11-01\"}", NULL);
                assert_done(&again);
        }
        assert_true(requests_to(s, "/streams") - before >= 4); /* each once at least, in eight days */
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(64));
        struct source *sources;
        size_t count;
        struct sai_instant far = { TEST_NOW_MS + 1000 * DAY_MS };
        assert_int_equal(store_source_expired(s->service.store, far, 50, arena, &sources, &count, &err), SAI_OK);
        assert_int_equal(count, 4);
        for (size_t i = 0; i < count; i++)
                assert_true(sources[i].expires_at.value.ms - sources[i].fetched_at.ms == 7 * DAY_MS);
}

static void what_strava_deleted_is_not_renewed(void **state)
{
        (void)state;
        struct athlete athlete;
        struct sai_err err;
        char access[1200];
        REPLY first = first_sync(&athlete, NULL);
        assert_done(&first);
        REPLY list = get_with(athlete.access, "/api/v1/activities");
        int64_t id = json_integer_value(value_at(list.json, "items.0.strava_activity_id"));
        assert_int_equal(sim_activity_delete(s->sim, id, &err), SAI_OK);
        clock_advance(s, 5 * DAY_MS);
        REPLY again = sync_now(s, &athlete, NULL, NULL);
        assert_done(&again);
        clock_advance(s, 3 * DAY_MS);
        run_expiry(&athlete);
        fresh_access(&athlete, access);
        assert_int_equal(item_count(access, "/api/v1/activities"), 3);
}

static void sync_never_overwrites_what_the_athlete_set(void **state)
{
        (void)state;
        struct athlete athlete;
        sign_in(s, 1, &athlete);
        REPLY put = call_as(s, athlete.access, "PUT", "/api/v1/users/profile",
                            "{\"name\":\"My name\",\"weight\":66.5,\"ftp\":301,\"sex\":\"F\"}");
        assert_status(put, 200);
        REPLY jobs = get_with(athlete.access, "/api/v1/jobs?kind=sync");
        REPLY job = run_job(s, &athlete, text_at(jobs.json, "items.0.id"), NULL);
        assert_done(&job);
        char access[1200];
        fresh_access(&athlete, access);
        REPLY profile = get_with(access, "/api/v1/users/profile");
        assert_string_equal(text_at(profile.json, "name"), "My name");
        assert_true(number_at(profile.json, "weight") == 66.5);
        assert_true(number_at(profile.json, "ftp") == 301);
        assert_string_equal(text_at(profile.json, "sex"), "F");
        assert_string_equal(text_at(profile.json, "parameters.ftp.source"), "given");
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
        const struct CMUnitTest tests[] = {
                EACH(first_sync_brings_everything_with_streams),
                EACH(second_sync_adds_what_is_new_and_repeats_nothing),
                EACH(a_second_call_gets_the_first_ones_job),
                EACH(streams_come_newest_first),
                EACH(after_limits_the_list),
                EACH(two_activities_of_one_second_both_come),
                EACH(used_up_limit_is_waited_for_and_told),
                EACH(waiting_job_says_until_when),
                EACH(one_401_is_answered_with_one_refresh),
                EACH(second_401_means_connecting_again),
                EACH(deauthorized_athlete_is_asked_to_connect_and_never_polled),
                EACH(inactive_application_stops_the_sync),
                EACH(logout_with_deauthorize_revokes_and_forgets),
                EACH(broken_items_are_refused_and_the_page_is_not),
                EACH(html_500_and_cut_connections_are_tried_again),
                EACH(job_that_always_fails_is_parked_with_its_reason),
                EACH(missing_streams_do_not_hold_up_the_others),
                EACH(interrupted_sync_goes_on_where_it_was),
                EACH(api_data_goes_after_seven_days_and_files_stay),
                EACH(one_source_that_cannot_go_keeps_no_other_past_its_time),
                EACH(file_without_an_offset_takes_the_wall_clock_that_the_api_knows),
                EACH(sync_renews_what_strava_still_lists),
                EACH(frequent_syncs_do_not_keep_streams_beyond_seven_days),
                EACH(what_strava_deleted_is_not_renewed),
                EACH(sync_never_overwrites_what_the_athlete_set),
        };
        int failed = SERVICE_RUN("sync", tests, NULL, NULL);
        report_coverage("test_sync");
        return failed;
}
