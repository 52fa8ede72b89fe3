/* test_recordings.c -- real files are served with what the device recorded, each workout once. */
#include "sim_client.h"

#include <math.h>

#include "sim_shapes.h"
#include "support/shared_data.h"

struct fixture {
        struct world world;
        char access[64];
        json_t *all; /* every summary */
};

static int setup(void **state)
{
        struct fixture *f = calloc(1, sizeof *f);
        const char *folder = shared_data();
        *state = f;
        if (!folder)
                return 0;
        world_start(&f->world,
                    (struct sim_config) { .auto_consent = true, .recordings = folder, .seed = 1, .limits = { .none = true } });
        sign_in(&f->world, 1, "read,profile:read_all,activity:read_all", f->access);
        f->all = json_array();
        for (int page = 1; page < 50; page++) {
                char target[96];
                snprintf(target, sizeof target, "/api/v3/athlete/activities?per_page=200&page=%d", page);
                struct answer a = get(&f->world, target, f->access);
                bool more = json_array_size(a.json) > 0;
                json_array_extend(f->all, a.json);
                answer_done(&a);
                if (!more)
                        break;
        }
        return 0;
}

static int teardown(void **state)
{
        struct fixture *f = *state;
        json_decref(f->all);
        sim_stop(f->world.sim);
        free(f);
        return 0;
}

/* Activities whose external id is the file's name. */
static size_t of_file(const struct fixture *f, const char *file, const json_t **ret_first)
{
        size_t count = 0;
        for (size_t i = 0; i < json_array_size(f->all); i++) {
                const json_t *item = json_array_get(f->all, i);
                const char *external = json_string_value(json_object_get(item, "external_id"));
                if (external && strcmp(external, file) == 0) {
                        if (count++ == 0)
                                *ret_first = item;
                }
        }
        return count;
}

static double number(const json_t *object, const char *name) { return json_number_value(json_object_get(object, name)); }

static void another_recording_is_added_on_request_but_no_other_file(void **state)
{
        struct fixture *f = *state;
        shared_data_or_skip();
        struct answer outside =
                ask(&f->world, SAI_POST, "/sim/activities", NULL, "{\"athlete\":1,\"file\":\"../data/fit/empty.fit\"}");
        struct answer absolute = ask(&f->world, SAI_POST, "/sim/activities", NULL, "{\"athlete\":1,\"file\":\"/etc/passwd\"}");
        struct answer broken = ask(&f->world, SAI_POST, "/sim/activities", NULL, "{\"athlete\":1,\"file\":\"fit/empty.fit\"}");
        struct answer added =
                ask(&f->world, SAI_POST, "/sim/activities", NULL, "{\"athlete\":1,\"file\":\"fit/walk-fenix5-1min.fit\"}");
        assert_int_equal(outside.status, 422);
        assert_int_equal(absolute.status, 422);
        assert_int_equal(broken.status, 422);
        assert_int_equal(added.status, 200);
        char target[64];
        snprintf(target, sizeof target, "/api/v3/activities/%lld",
                 (long long)json_integer_value(json_object_get(added.json, "id")));
        struct answer detail = get(&f->world, target, f->access);
        assert_near(number(detail.json, "distance"), 67.8, 0.2);
        answer_done(&outside);
        answer_done(&absolute);
        answer_done(&broken);
        answer_done(&added);
        answer_done(&detail);
}

/* Every session of facts.json that is a workout: start to the second, distance within 0.5 % or 5 m, elapsed within 0.5 % or 3 s. */
static void sessions_are_served_as_the_device_recorded_them(void **state)
{
        const struct fixture *f = *state;
        const char *folder = shared_data_or_skip();
        char path[512];
        snprintf(path, sizeof path, "%s/facts.json", folder);
        json_t *facts = json_load_file(path, 0, NULL);
        const char *name;
        json_t *fact;
        size_t compared = 0;
        json_object_foreach(facts, name, fact)
        {
                const char *file = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
                const json_t *sessions = json_object_get(fact, "sessions");
                for (size_t i = 0; i < json_array_size(sessions); i++) {
                        const json_t *session = json_array_get(sessions, i), *served = NULL;
                        const char *start = json_string_value(json_object_get(session, "start_utc"));
                        if (!start || strcmp(json_string_value(json_object_get(session, "sport")), "transition") == 0)
                                continue;
                        for (size_t k = 0; k < json_array_size(f->all) && !served; k++) {
                                const json_t *item = json_array_get(f->all, k);
                                const char *external = json_string_value(json_object_get(item, "external_id"));
                                if (external && strcmp(external, file) == 0 &&
                                    strcmp(json_string_value(json_object_get(item, "start_date")), start) == 0)
                                        served = item;
                        }
                        if (!served && strcmp(file, "bad-unexpected-eof.fit") == 0)
                                continue; /* the same workout as bad-file-crc.fit */
                        if (!served)
                                fail_msg("%s session %zu at %s is not served", file, i, start);
                        double distance = number(session, "distance_m"), elapsed = number(session, "elapsed_s");
                        if (fabs(number(served, "distance") - distance) > fmax(5.0, 0.005 * distance))
                                fail_msg("%s: %f m, not %f", file, number(served, "distance"), distance);
                        if (fabs(number(served, "elapsed_time") - elapsed) > fmax(3.0, 0.005 * elapsed))
                                fail_msg("%s: %f s, not %f", file, number(served, "elapsed_time"), elapsed);
                        compared++;
                }
        }
        assert_true(compared >= 25);
        json_decref(facts);
}

static void a_workout_that_is_there_twice_is_served_once_from_the_better_file(void **state)
{
        const struct fixture *f = *state;
        const json_t *item = NULL;
        shared_data_or_skip();
        assert_int_equal(of_file(f, "run-fr945-sloatsburg.fit", &item), 1);
        assert_int_equal(of_file(f, "run-fr945-sloatsburg.tcx", &item), 0);
        for (size_t i = 0; i < json_array_size(f->all); i++)
                assert_true(id_at(f->all, i) != 3122164560);
        assert_true(sim_load(f->world.sim)->duplicates >= 2);
}

static void the_ride_agrees_with_what_strava_made_of_it(void **state)
{
        const struct fixture *f = *state;
        const char *folder = shared_data_or_skip();
        const json_t *file = NULL;
        char path[512];
        snprintf(path, sizeof path, "%s/strava-json/activity-detail-ride-3122164560.json", folder);
        json_t *strava = json_load_file(path, 0, NULL);
        assert_int_equal(of_file(f, "ride-garmin-20190929.gpx", &file), 1);
        assert_near(number(file, "distance"), number(strava, "distance"), 0.01 * number(strava, "distance"));
        assert_near(number(file, "elapsed_time"), number(strava, "elapsed_time"), 40.0);
        assert_near(number(file, "moving_time"), number(strava, "moving_time"), 0.02 * number(strava, "moving_time"));
        assert_near(number(file, "total_elevation_gain"), number(strava, "total_elevation_gain"),
                    0.15 * number(strava, "total_elevation_gain"));
        assert_near(number(file, "average_heartrate"), number(strava, "average_heartrate"), 2.0);
        json_decref(strava);
}

static void a_triathlon_is_three_activities(void **state)
{
        const struct fixture *f = *state;
        const json_t *item = NULL;
        shared_data_or_skip();
        assert_int_equal(of_file(f, "triathlon-fr255-summary-first.fit", &item), 3);
}

static void broken_files_are_reported_and_left_out(void **state)
{
        const struct fixture *f = *state;
        shared_data_or_skip();
        const struct sim_load_report *report = sim_load(f->world.sim);
        static const char *const broken[] = { "empty.fit", "not-activity-settings.fit", "bad-empty-trkseg.gpx" };
        for (size_t i = 0; i < SAI_COUNT(broken); i++) {
                bool found = false;
                for (size_t k = 0; k < report->left_out_count; k++)
                        found = found || (strcmp(report->left_out[k].file, broken[i]) == 0 && report->left_out[k].reason[0]);
                assert_true(found);
        }
        assert_int_equal(report->activities, json_array_size(f->all));
}

static void recorded_answers_are_served_as_they_were(void **state)
{
        struct fixture *f = *state;
        shared_data_or_skip();
        struct answer streams = get(&f->world, "/api/v3/activities/1946417534/streams?keys=time&key_by_type=true", f->access);
        assert_int_equal(streams.status, 200);
        assert_int_equal(json_object_size(streams.json), 1);
        assert_int_equal(json_array_size(json_object_get(json_object_get(streams.json, "distance"), "data")), 13129);
        struct answer detail = get(&f->world, "/api/v3/activities/1946417534", f->access);
        assert_near(number(detail.json, "distance"), 42268.1, 1e-6);
        assert_true(json_array_size(json_object_get(detail.json, "segment_efforts")) == 53);
        assert_true(json_integer_value(json_object_get(json_object_get(detail.json, "athlete"), "id")) == 9100001);
        struct answer laps = get(&f->world, "/api/v3/activities/1946417534/laps", f->access);
        assert_int_equal(json_array_size(laps.json), 1);
        struct answer manual = get(&f->world, "/api/v3/activities/5002496450/streams", f->access);
        assert_int_equal(manual.status, 404);
        struct answer newest = get(&f->world, "/api/v3/activities/16195505756", f->access);
        assert_int_equal(json_integer_value(json_object_get(newest.json, "resource_state")), 3);
        answer_done(&streams);
        answer_done(&detail);
        answer_done(&laps);
        answer_done(&manual);
        answer_done(&newest);
}

static void every_activity_has_the_shape_and_its_streams_line_up(void **state)
{
        struct fixture *f = *state;
        shared_data_or_skip();
        struct shapes *shapes = shapes_open();
        size_t with_streams = 0;
        for (size_t i = 0; i < json_array_size(f->all); i++) {
                const json_t *item = json_array_get(f->all, i);
                const char *external = json_string_value(json_object_get(item, "external_id"));
                if (shapes)
                        shapes_check(shapes, "SummaryActivity", item);
                bool file = external && json_integer_value(json_object_get(item, "id")) >= 11000000000 &&
                            !strchr(external, '_') &&
                            (strstr(external, ".fit") || strstr(external, ".gpx") || strstr(external, ".tcx"));
                if (!file || strstr(external, "activity.fit"))
                        continue;
                char target[192];
                snprintf(target, sizeof target,
                         "/api/v3/activities/%lld/"
                         "streams?keys=time,latlng,heartrate,cadence,watts,altitude,moving&key_by_type=true",
                         (long long)id_at(f->all, i));
                struct answer streams = get(&f->world, target, f->access);
                if (streams.status != 200)
                        fail_msg("%s: %d %s", external, streams.status, streams.text);
                const char *key;
                json_t *stream;
                size_t count = json_array_size(json_object_get(json_object_get(streams.json, "time"), "data"));
                json_object_foreach(streams.json, key, stream)
                        assert_int_equal(json_array_size(json_object_get(stream, "data")), count);
                snprintf(target, sizeof target, "/api/v3/activities/%lld", (long long)id_at(f->all, i));
                struct answer detail = get(&f->world, target, f->access);
                assert_int_equal(detail.status, 200);
                if (shapes)
                        shapes_check(shapes, "DetailedActivity", detail.json);
                with_streams++;
                answer_done(&streams);
                answer_done(&detail);
        }
        assert_true(with_streams >= 30);
        if (shapes)
                shapes_close(shapes);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(sessions_are_served_as_the_device_recorded_them),
                cmocka_unit_test(a_workout_that_is_there_twice_is_served_once_from_the_better_file),
                cmocka_unit_test(the_ride_agrees_with_what_strava_made_of_it),
                cmocka_unit_test(a_triathlon_is_three_activities),
                cmocka_unit_test(broken_files_are_reported_and_left_out),
                cmocka_unit_test(recorded_answers_are_served_as_they_were),
                cmocka_unit_test(another_recording_is_added_on_request_but_no_other_file),
                cmocka_unit_test(every_activity_has_the_shape_and_its_streams_line_up),
        };
        return cmocka_run_group_tests(tests, setup, teardown);
}
