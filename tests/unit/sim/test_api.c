/* test_api.c -- lists, streams, limits, faults and errors as section 3 to 7 of the Strava reference tells them. */
#include "sim_client.h"

#include "sim_shapes.h"

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

#define ALL_SCOPES "read,profile:read_all,activity:read_all"

static void a_missing_scope_names_the_permission(void **state)
{
        char access[64];
        sign_in(*state, 1, "read", access);
        struct answer a = get(*state, "/api/v3/athlete/activities", access);
        assert_fault(&a, 401, "AccessToken", "activity:read_permission", "missing");
        struct answer zones = get(*state, "/api/v3/athlete/zones", access);
        assert_int_equal(zones.status, 401);
        struct answer athlete = get(*state, "/api/v3/athlete", access);
        assert_int_equal(json_integer_value(json_object_get(athlete.json, "resource_state")), 2);
        answer_done(&a);
        answer_done(&zones);
        answer_done(&athlete);
}

static void no_token_is_401(void **state)
{
        struct answer a = get(*state, "/api/v3/athlete", NULL),
                      b = get(*state, "/api/v3/athlete", "0123456789012345678901234567890123456789");
        assert_fault(&a, 401, "Athlete", "access_token", "invalid");
        assert_fault(&b, 401, "Athlete", "access_token", "invalid");
        answer_done(&a);
        answer_done(&b);
}

static void what_the_simulator_lacks_is_missing_in_stravas_words(void **state)
{
        static const char *const targets[] = { "/api/v3/gear/b1",
                                               "/api/v3/clubs",
                                               "/api/v3/activities/5/zones",
                                               "/api/v3/activities/x",
                                               "/api/v3/activities/99999999999999999999",
                                               "/api/v3/activities/5/laps" };
        char access[64];
        sign_in(*state, 1, ALL_SCOPES, access);
        for (size_t i = 0; i < SAI_COUNT(targets); i++) {
                struct answer a = get(*state, targets[i], access);
                assert_int_equal(a.status, 404);
                assert_true(json_is_array(json_object_get(a.json, "errors")));
                answer_done(&a);
        }
}

static bool ordered(const json_t *list, bool ascending)
{
        for (size_t i = 1; i < json_array_size(list); i++) {
                int order = strcmp(json_string_value(json_object_get(json_array_get(list, i - 1), "start_date")),
                                   json_string_value(json_object_get(json_array_get(list, i), "start_date")));
                if (ascending ? order > 0 : order < 0)
                        return false;
        }
        return true;
}

static void lists_are_newest_first_unless_only_after_is_given(void **state)
{
        char access[64], target[128];
        sign_in(*state, 1, ALL_SCOPES, access);
        struct answer plain = get(*state, "/api/v3/athlete/activities", access);
        struct answer after = get(*state, "/api/v3/athlete/activities?after=0&per_page=10", access);
        snprintf(target, sizeof target, "/api/v3/athlete/activities?after=0&before=%lld&per_page=10", (long long)(NOW_MS / 1000));
        struct answer both = get(*state, target, access);
        assert_int_equal(json_array_size(plain.json), 30);
        assert_int_equal(json_array_size(after.json), 10);
        assert_true(ordered(plain.json, false));
        assert_true(ordered(after.json, true));
        assert_true(ordered(both.json, false));
        assert_true(id_at(plain.json, 0) == id_at(both.json, 0));
        answer_done(&plain);
        answer_done(&after);
        answer_done(&both);
}

static void pages_cover_all_once_and_end_with_an_empty_one(void **state)
{
        char access[64], target[128];
        struct world *w = *state;
        size_t total = 0;
        int64_t last = 0;
        sign_in(w, 2, ALL_SCOPES, access);
        for (int page = 1; page < 100; page++) {
                snprintf(target, sizeof target, "/api/v3/athlete/activities?after=%lld&per_page=500&page=%d",
                         (long long)(NOW_MS / 1000 - 2 * 365 * 86400), page);
                struct answer a = get(w, target, access);
                size_t count = json_array_size(a.json);
                assert_true(count <= 200); /* more is cut */
                for (size_t i = 0; i < count; i++) {
                        assert_true(id_at(a.json, i) > last); /* ids grow with time here */
                        last = id_at(a.json, i);
                }
                total += count;
                answer_done(&a);
                if (count == 0)
                        break;
        }
        assert_true(total > 400);
        struct answer far = get(w, "/api/v3/athlete/activities?page=9223372036854775807", access);
        assert_int_equal(far.status, 200);
        assert_int_equal(json_array_size(far.json), 0);
        answer_done(&far);
}

static void bounds_are_exclusive_and_the_future_is_refused(void **state)
{
        char access[64], target[128];
        sign_in(*state, 1, ALL_SCOPES, access);
        struct answer newest = get(*state, "/api/v3/athlete/activities?per_page=1", access);
        struct sai_instant start;
        const char *text = json_string_value(json_object_get(json_array_get(newest.json, 0), "start_date"));
        assert_true(sai_instant_parse(text, strlen(text), &start));
        snprintf(target, sizeof target, "/api/v3/athlete/activities?after=%lld", (long long)(start.ms / 1000));
        struct answer none = get(*state, target, access);
        assert_int_equal(json_array_size(none.json), 0);
        snprintf(target, sizeof target, "/api/v3/athlete/activities?after=%lld", (long long)NOW_MS);
        struct answer future = get(*state, target, access);
        assert_fault(&future, 400, "Application", "after", "future");
        struct answer nonsense = get(*state, "/api/v3/athlete/activities?per_page=x", access);
        assert_fault(&nonsense, 400, "Application", "per_page", "invalid");
        answer_done(&newest);
        answer_done(&none);
        answer_done(&future);
        answer_done(&nonsense);
}

static void only_me_activities_need_read_all(void **state)
{
        char few[64], all[64], target[64];
        sign_in(*state, 1, "read,activity:read", few);
        sign_in(*state, 1, ALL_SCOPES, all);
        int64_t hidden = 0;
        for (int page = 1; page < 20 && !hidden; page++) {
                char list[96];
                snprintf(list, sizeof list, "/api/v3/athlete/activities?per_page=200&page=%d", page);
                struct answer a = get(*state, list, all);
                for (size_t i = 0; i < json_array_size(a.json); i++)
                        if (json_is_true(json_object_get(json_array_get(a.json, i), "private")))
                                hidden = id_at(a.json, i);
                answer_done(&a);
        }
        assert_true(hidden > 0);
        snprintf(target, sizeof target, "/api/v3/activities/%lld", (long long)hidden);
        struct answer refused = get(*state, target, few), shown = get(*state, target, all);
        assert_fault(&refused, 404, "Activity", "", "not found");
        assert_int_equal(shown.status, 200);
        answer_done(&refused);
        answer_done(&shown);
}

/* The first activity of the list that has a track. */
static json_t *with_track(struct world *w, const char *access, struct answer *list)
{
        *list = get(w, "/api/v3/athlete/activities?per_page=60", access);
        for (size_t i = 0; i < json_array_size(list->json); i++) {
                json_t *item = json_array_get(list->json, i);
                if (json_array_size(json_object_get(item, "start_latlng")) == 2)
                        return item;
        }
        fail_msg("no activity with a track");
        return NULL;
}

static void streams_come_in_both_forms_and_distance_always(void **state)
{
        char access[64], target[160];
        struct answer list;
        sign_in(*state, 1, ALL_SCOPES, access);
        const json_t *item = with_track(*state, access, &list);
        long long id = json_integer_value(json_object_get(item, "id"));
        snprintf(target, sizeof target, "/api/v3/activities/%lld/streams?keys=time,latlng,moving,nonsense&key_by_type=true", id);
        struct answer keyed = get(*state, target, access);
        assert_int_equal(keyed.status, 200);
        assert_string_equal(keyed.usage, "");
        assert_int_equal(json_object_size(keyed.json), 4);
        const json_t *time = json_object_get(json_object_get(keyed.json, "time"), "data");
        const json_t *distance = json_object_get(json_object_get(keyed.json, "distance"), "data");
        size_t count = json_array_size(time);
        assert_true(count > 100 && json_array_size(distance) == count);
        assert_int_equal(json_array_size(json_object_get(json_object_get(keyed.json, "latlng"), "data")), count);
        assert_true(json_is_boolean(json_array_get(json_object_get(json_object_get(keyed.json, "moving"), "data"), 0)));
        /* The summary is what the streams say. */
        assert_int_equal(json_integer_value(json_array_get(time, count - 1)),
                         json_integer_value(json_object_get(item, "elapsed_time")));
        assert_true(json_is_real(json_array_get(distance, count - 1)));
        assert_near(json_number_value(json_array_get(distance, count - 1)), json_number_value(json_object_get(item, "distance")),
                    0.05);
        for (size_t i = 1; i < count; i++)
                assert_true(json_integer_value(json_array_get(time, i)) > json_integer_value(json_array_get(time, i - 1)));
        snprintf(target, sizeof target, "/api/v3/activities/%lld/streams", id);
        struct answer bare = get(*state, target, access);
        assert_int_equal(json_array_size(bare.json), 1);
        assert_string_equal(json_string_value(json_object_get(json_array_get(bare.json, 0), "type")), "distance");
        snprintf(target, sizeof target, "/api/v3/activities/%lld/streams?resolution=all", id);
        struct answer refused = get(*state, target, access);
        assert_fault(&refused, 400, "Application", "resolution", "invalid");
        answer_done(&list);
        answer_done(&keyed);
        answer_done(&bare);
        answer_done(&refused);
}

static void privacy_zone_points_need_read_all(void **state)
{
        char few[64], all[64], target[96];
        struct answer list;
        sign_in(*state, 1, ALL_SCOPES, all);
        const json_t *item = with_track(*state, all, &list);
        snprintf(target, sizeof target, "/api/v3/activities/%lld/streams?key_by_type=true",
                 (long long)json_integer_value(json_object_get(item, "id")));
        struct answer whole = get(*state, target, all);
        sign_in(*state, 1, "activity:read", few);
        struct answer cut = get(*state, target, few);
        size_t whole_count = json_array_size(json_object_get(json_object_get(whole.json, "distance"), "data"));
        size_t cut_count = json_array_size(json_object_get(json_object_get(cut.json, "distance"), "data"));
        assert_true(cut_count > 0 && cut_count < whole_count);
        answer_done(&list);
        answer_done(&whole);
        answer_done(&cut);
}

static void manual_activities_have_no_streams(void **state)
{
        char access[64], target[96];
        bool found = false;
        for (int athlete = 1; athlete <= 3 && !found; athlete++) {
                sign_in(*state, athlete, ALL_SCOPES, access);
                for (int page = 1; page < 20 && !found; page++) {
                        snprintf(target, sizeof target, "/api/v3/athlete/activities?per_page=200&page=%d", page);
                        struct answer list = get(*state, target, access);
                        for (size_t i = 0; i < json_array_size(list.json) && !found; i++) {
                                const json_t *item = json_array_get(list.json, i);
                                if (!json_is_true(json_object_get(item, "manual")))
                                        continue;
                                found = true;
                                assert_true(json_is_null(json_object_get(item, "upload_id")));
                                assert_null(json_object_get(item, "upload_id_str"));
                                snprintf(target, sizeof target, "/api/v3/activities/%lld/streams",
                                         (long long)id_at(list.json, i));
                                struct answer none = get(*state, target, access);
                                assert_int_equal(none.status, 404);
                                assert_int_equal(json_array_size(json_object_get(none.json, "errors")), 0);
                                answer_done(&none);
                        }
                        answer_done(&list);
                }
        }
        assert_true(found);
}

static void detail_has_laps_splits_and_the_whole_track(void **state)
{
        char access[64], target[96];
        struct answer list;
        sign_in(*state, 1, ALL_SCOPES, access);
        const json_t *item = with_track(*state, access, &list);
        snprintf(target, sizeof target, "/api/v3/activities/%lld", (long long)json_integer_value(json_object_get(item, "id")));
        struct answer detail = get(*state, target, access);
        assert_int_equal(json_integer_value(json_object_get(detail.json, "resource_state")), 3);
        const json_t *map = json_object_get(detail.json, "map"), *laps = json_object_get(detail.json, "laps");
        assert_true(json_string_length(json_object_get(map, "polyline")) >
                    json_string_length(json_object_get(map, "summary_polyline")));
        int64_t sum = 0;
        for (size_t i = 0; i < json_array_size(laps); i++)
                sum += json_integer_value(json_object_get(json_array_get(laps, i), "elapsed_time"));
        int64_t elapsed = json_integer_value(json_object_get(item, "elapsed_time"));
        assert_true(sum >= elapsed - (int64_t)json_array_size(laps) && sum <= elapsed + (int64_t)json_array_size(laps));
        strncat(target, "/laps", sizeof target - strlen(target) - 1);
        struct answer alone = get(*state, target, access);
        assert_true(json_equal(alone.json, laps));
        answer_done(&list);
        answer_done(&detail);
        answer_done(&alone);
}

static void numbers_are_written_as_strava_writes_them(void **state)
{
        char access[64];
        struct answer list;
        sign_in(*state, 1, ALL_SCOPES, access);
        const json_t *item = with_track(*state, access, &list);
        assert_true(json_is_real(json_object_get(item, "distance")));
        assert_true(json_is_real(json_object_get(item, "utc_offset")));
        assert_true(json_is_integer(json_object_get(item, "moving_time")));
        assert_true(json_is_integer(json_object_get(item, "id")));
        assert_null(json_object_get(item, "weighted_average_watts")); /* absent, not null */
        assert_true(json_is_null(json_object_get(item, "gear_id")));
        const char *local = json_string_value(json_object_get(item, "start_date_local"));
        assert_int_equal(local[strlen(local) - 1], 'Z');
        answer_done(&list);
}

static void stats_add_up_for_the_athlete_alone(void **state)
{
        char access[64];
        sign_in(*state, 2, ALL_SCOPES, access);
        struct answer stats = get(*state, "/api/v3/athletes/9100002/stats", access);
        const json_t *all = json_object_get(stats.json, "all_swim_totals"),
                     *recent = json_object_get(stats.json, "recent_swim_totals");
        assert_true(json_integer_value(json_object_get(all, "count")) > 500);
        assert_true(json_integer_value(json_object_get(recent, "count")) < 30);
        assert_non_null(json_object_get(recent, "achievement_count"));
        assert_null(json_object_get(all, "achievement_count"));
        struct shapes *shapes = shapes_open();
        if (shapes) {
                shapes_check(shapes, "ActivityStats", stats.json);
                shapes_close(shapes);
        }
        struct answer other = get(*state, "/api/v3/athletes/9100001/stats", access);
        assert_int_equal(other.status, 403);
        answer_done(&stats);
        answer_done(&other);
}

static void both_buckets_count_refuse_and_reset_with_the_clock(void **state)
{
        struct world *w = *state;
        char access[64];
        sign_in(w, 1, ALL_SCOPES, access);
        sim_set_limits(w->sim, (struct sim_limits) { .short_term = 4, .day = 100, .read_short = 2, .read_day = 6 });
        struct answer a = get(w, "/api/v3/athlete", access);
        assert_string_equal(a.usage, "1,1");
        assert_string_equal(a.limit, "4,100");
        answer_done(&a);
        a = get(w, "/api/v3/athlete", access);
        assert_string_equal(a.read_usage, "2,2");
        answer_done(&a);
        a = get(w, "/api/v3/athlete", access);
        assert_fault(&a, 429, "Application", "read rate limit", "exceeded");
        assert_string_equal(a.read_usage, "3,3");
        answer_done(&a);
        sim_set_limits(w->sim, (struct sim_limits) { .short_term = 3, .day = 100, .read_short = 100, .read_day = 6 });
        a = get(w, "/api/v3/athlete", access);
        assert_fault(&a, 429, "Application", "overall rate limit", "exceeded");
        answer_done(&a);
        sim_clock_advance(w->sim, 900); /* the next quarter of an hour; refused calls still counted for the day */
        a = get(w, "/api/v3/athlete", access);
        assert_int_equal(a.status, 200);
        assert_string_equal(a.read_usage, "1,5");
        answer_done(&a);
        a = get(w, "/api/v3/athlete", access);
        answer_done(&a);
        a = get(w, "/api/v3/athlete", access);
        assert_int_equal(a.status, 429);
        answer_done(&a);
        sim_clock_advance(w->sim, 86400);
        sign_in(w, 1, ALL_SCOPES, access); /* tokens live six hours */
        a = get(w, "/api/v3/athlete", access);
        assert_string_equal(a.usage, "1,1");
        answer_done(&a);
}

static void faults_hit_their_path_so_many_times(void **state)
{
        struct world *w = *state;
        char access[64];
        sign_in(w, 1, ALL_SCOPES, access);
        struct answer made =
                ask(w, SAI_POST, "/sim/faults", NULL, "{\"path\":\"/athlete/activities\",\"status\":503,\"times\":2}");
        assert_int_equal(made.status, 204);
        answer_done(&made);
        for (int i = 0; i < 3; i++) {
                struct answer other = get(w, "/api/v3/athlete", access), hit = get(w, "/api/v3/athlete/activities", access);
                assert_int_equal(other.status, 200);
                assert_int_equal(hit.status, i < 2 ? 503 : 200);
                assert_true(i == 2 || hit.text[0] == '<');
                answer_done(&other);
                answer_done(&hit);
        }
        struct answer bad = ask(w, SAI_POST, "/sim/faults", NULL, "{\"path\":\"/athlete\",\"cut\":\"middle\",\"times\":1}");
        assert_int_equal(bad.status, 422);
        answer_done(&bad);
}

static void a_cut_after_the_work_has_used_the_code(void **state)
{
        struct world *w = *state;
        struct sai_err err;
        char code[64];
        consent_code(w, 1, "read", code);
        assert_int_equal(sim_fault_add(w->sim, &(struct sim_fault) { .path = "/oauth/token", .cut = SIM_CUT_BEFORE, .times = 1 },
                                       &err),
                         SAI_OK);
        assert_int_equal(sim_fault_add(w->sim, &(struct sim_fault) { .path = "/oauth/token", .cut = SIM_CUT_AFTER, .times = 1 },
                                       &err),
                         SAI_OK);
        struct answer before = exchange(w, code), after = exchange(w, code), late = exchange(w, code);
        assert_int_equal(before.status, 1); /* what the server cannot send: it closes */
        assert_int_equal(after.status, 1);
        assert_int_equal(late.status, 400);
        answer_done(&before);
        answer_done(&after);
        answer_done(&late);
}

static void inactive_is_403_for_data_but_not_for_tokens(void **state)
{
        struct world *w = *state;
        char access[64];
        sign_in(w, 1, ALL_SCOPES, access);
        struct answer on = ask(w, SAI_POST, "/sim/athletes/1/inactive", NULL, NULL);
        assert_int_equal(on.status, 204);
        struct answer a = get(w, "/api/v3/athlete", access);
        assert_fault(&a, 403, "Application", "Status", "Inactive");
        char again[64];
        sign_in(w, 1, "read", again);
        struct answer nobody = ask(w, SAI_POST, "/sim/athletes/9/inactive", NULL, NULL);
        assert_int_equal(nobody.status, 404);
        answer_done(&on);
        answer_done(&a);
        answer_done(&nobody);
}

static void an_activity_appears_on_request_and_the_log_shows_the_calls(void **state)
{
        struct world *w = *state;
        char access[64];
        sign_in(w, 1, ALL_SCOPES, access);
        struct answer added = ask(w, SAI_POST, "/sim/activities", NULL, "{\"athlete\":1}");
        assert_int_equal(added.status, 200);
        struct answer list = get(w, "/api/v3/athlete/activities?per_page=1", access);
        assert_true(id_at(list.json, 0) == json_integer_value(json_object_get(added.json, "id")));
        struct sim_request_entry entries[8];
        size_t count = sim_requests(w->sim, 0, entries, 8);
        assert_int_equal(count, 3); /* consent, token, list: the controls are not in it */
        assert_string_equal(entries[2].path, "/api/v3/athlete/activities");
        assert_int_equal(entries[2].athlete, 1);
        struct answer log = get(w, "/sim/requests?since=2", NULL);
        assert_int_equal(json_array_size(json_object_get(log.json, "items")), 1);
        struct answer moved = ask(w, SAI_POST, "/sim/clock", NULL, "{\"advance_s\":10}");
        assert_int_equal(moved.status, 200);
        assert_true(sim_now_ms(w->sim) == NOW_MS + 10000);
        answer_done(&added);
        answer_done(&list);
        answer_done(&log);
        answer_done(&moved);
}

static void answers_have_the_shapes_of_the_api_definition(void **state)
{
        char access[64], target[96];
        struct shapes *shapes = shapes_open();
        if (!shapes) {
                printf("SKIPPED: the API definition is not beside the repository\n");
                skip();
        }
        struct answer list;
        sign_in(*state, 3, ALL_SCOPES, access);
        const json_t *item = with_track(*state, access, &list);
        long long id = json_integer_value(json_object_get(item, "id"));
        for (size_t i = 0; i < json_array_size(list.json); i++)
                shapes_check(shapes, "SummaryActivity", json_array_get(list.json, i));
        snprintf(target, sizeof target, "/api/v3/activities/%lld", id);
        struct answer detail = get(*state, target, access), athlete = get(*state, "/api/v3/athlete", access);
        struct answer zones = get(*state, "/api/v3/athlete/zones", access);
        shapes_check(shapes, "DetailedActivity", detail.json);
        shapes_check(shapes, "DetailedAthlete", athlete.json);
        shapes_check(shapes, "Zones", zones.json);
        snprintf(target, sizeof target, "/api/v3/activities/%lld/streams?keys=time,heartrate,watts,latlng&key_by_type=true", id);
        struct answer streams = get(*state, target, access);
        shapes_check(shapes, "StreamSet", streams.json);
        assert_true(shapes_checked(shapes) > 100);
        answer_done(&list);
        answer_done(&detail);
        answer_done(&athlete);
        answer_done(&zones);
        answer_done(&streams);
        shapes_close(shapes);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(a_missing_scope_names_the_permission, setup, teardown),
                cmocka_unit_test_setup_teardown(no_token_is_401, setup, teardown),
                cmocka_unit_test_setup_teardown(what_the_simulator_lacks_is_missing_in_stravas_words, setup, teardown),
                cmocka_unit_test_setup_teardown(lists_are_newest_first_unless_only_after_is_given, setup, teardown),
                cmocka_unit_test_setup_teardown(pages_cover_all_once_and_end_with_an_empty_one, setup, teardown),
                cmocka_unit_test_setup_teardown(bounds_are_exclusive_and_the_future_is_refused, setup, teardown),
                cmocka_unit_test_setup_teardown(only_me_activities_need_read_all, setup, teardown),
                cmocka_unit_test_setup_teardown(streams_come_in_both_forms_and_distance_always, setup, teardown),
                cmocka_unit_test_setup_teardown(privacy_zone_points_need_read_all, setup, teardown),
                cmocka_unit_test_setup_teardown(manual_activities_have_no_streams, setup, teardown),
                cmocka_unit_test_setup_teardown(detail_has_laps_splits_and_the_whole_track, setup, teardown),
                cmocka_unit_test_setup_teardown(numbers_are_written_as_strava_writes_them, setup, teardown),
                cmocka_unit_test_setup_teardown(stats_add_up_for_the_athlete_alone, setup, teardown),
                cmocka_unit_test_setup_teardown(both_buckets_count_refuse_and_reset_with_the_clock, setup, teardown),
                cmocka_unit_test_setup_teardown(faults_hit_their_path_so_many_times, setup, teardown),
                cmocka_unit_test_setup_teardown(a_cut_after_the_work_has_used_the_code, setup, teardown),
                cmocka_unit_test_setup_teardown(inactive_is_403_for_data_but_not_for_tokens, setup, teardown),
                cmocka_unit_test_setup_teardown(an_activity_appears_on_request_and_the_log_shows_the_calls, setup, teardown),
                cmocka_unit_test_setup_teardown(answers_have_the_shapes_of_the_api_definition, setup, teardown),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
