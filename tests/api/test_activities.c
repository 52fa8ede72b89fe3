/* test_activities.c -- the list against a plain reading of all activities, pages, samples, map, and files coming in. */
#include <zlib.h>

#include "support_service.h"

enum { FILES = 24 };

static struct test_service *s;
static struct athlete athlete, other;
static json_t *everything; /* items of the whole list, newest first */

static struct reply get(const char *target) { return call_as(s, athlete.access, "GET", target, NULL); }

static struct workout_file workout_at(int i)
{
        static const enum sport sports[] = { SPORT_RUN, SPORT_RIDE, SPORT_WALK, SPORT_TRAIL_RUN };
        return (struct workout_file) { .sport = sports[i % 4],
                                       .start_s = TEST_NOW_MS / 1000 - 86400 * (1 + i * 3 / 2) - (i % 5) * 3600,
                                       .points = 200 + (size_t)(i % 6) * 50,
                                       .speed = 2 + i % 3,
                                       .heartrate = i % 2 == 0,
                                       .power = i % 3 == 0,
                                       .gps = i % 5 != 0 };
}

static int start(void **state)
{
        (void)state;
        s = service_start(&(struct test_options) { .no_strava = true });
        add_athlete(s, "Reader", &athlete);
        add_athlete(s, "Other", &other);
        for (int i = 0; i < FILES; i++) {
                struct workout_file workout = workout_at(i);
                size_t len;
                void *data = make_file(FILE_FIT, &workout, 1, &len);
                REPLY job = import_now(s, &athlete, "one.fit", data, len);
                free(data);
                if (number_at(job.json, "result.created") != 1)
                        fail_msg("%s", job.body);
        }
        REPLY all = get("/api/v1/activities?limit=200");
        everything = json_incref((json_t *)(uintptr_t)value_at(all.json, "items"));
        return json_array_size(everything) != FILES;
}

static int stop(void **state)
{
        (void)state;
        json_decref(everything);
        service_stop(s);
        return 0;
}

/* -- The list ----------------------------------------------------------------------------------------------------------------------- */

typedef bool (*keep_function)(const json_t *item);

static double number_or(const json_t *item, const char *name, double otherwise)
{
        const json_t *value = value_at(item, name);
        return json_is_number(value) ? json_number_value(value) : otherwise;
}

static bool is_run(const json_t *i) { return strcmp(text_at(i, "sport_type"), "Run") == 0; }
static bool is_run_or_ride(const json_t *i) { return is_run(i) || strcmp(text_at(i, "sport_type"), "Ride") == 0; }
static bool is_type_run(const json_t *i) { return strcmp(text_at(i, "type"), "Run") == 0; }
static bool has_heartrate(const json_t *i) { return json_is_number(value_at(i, "average_heartrate")); }
static bool has_power(const json_t *i) { return json_is_number(value_at(i, "average_watts")); }
static bool has_gps(const json_t *i) { return json_array_size(value_at(i, "start_latlng")) == 2; }
static bool has_all(const json_t *i) { return has_heartrate(i) && has_power(i) && has_gps(i); }
static bool is_far(const json_t *i) { return number_or(i, "distance", -1) >= 800; }
static bool is_near(const json_t *i)
{
        double d = number_or(i, "distance", -1);
        return d >= 0 && d <= 800;
}
static bool is_long(const json_t *i) { return number_or(i, "moving_time", -1) >= 300; }
static bool is_after_day(const json_t *i) { return strcmp(text_at(i, "start_date_local"), "2026-11-05") >= 0; }
static bool is_before_day(const json_t *i) { return strcmp(text_at(i, "start_date_local"), "2026-11-05") < 0; }
static bool is_after_instant(const json_t *i) { return strcmp(text_at(i, "start_date"), "2026-11-05T10:00:00Z") >= 0; }
static bool is_before_instant(const json_t *i) { return strcmp(text_at(i, "start_date"), "2026-11-05T10:00:00Z") < 0; }
static bool is_morning(const json_t *i) { return strstr(text_at(i, "name"), "Morning") != NULL; }
static bool nothing(const json_t *i)
{
        (void)i;
        return false;
}
static bool all(const json_t *i)
{
        (void)i;
        return true;
}

static const struct {
        const char *query;
        keep_function keep;
} filters[] = {
        { "", all },
        { "sport_type=Run", is_run },
        { "sport_type=Run&sport_type=Ride", is_run_or_ride },
        { "sport_type=Yodel", nothing },
        { "type=Run", is_type_run },
        { "has=heartrate", has_heartrate },
        { "has=power", has_power },
        { "has=gps", has_gps },
        { "has=heartrate,power,gps", has_all },
        { "min_distance=800", is_far },
        { "max_distance=800", is_near },
        { "min_duration=300", is_long },
        { "after=2026-11-05", is_after_day },
        { "before=2026-11-05", is_before_day },
        { "after=2026-11-05T10:00:00Z", is_after_instant },
        { "before=2026-11-05T10:00:00Z", is_before_instant },
        { "q=Morning", is_morning },
        { "q=%25", nothing },
        { "q=_", nothing },
        { "q=%5C", nothing },
        { "q=%27%20OR%201%3D1", nothing },
};

static bool holds(const json_t *items, const char *id)
{
        for (size_t i = 0; i < json_array_size(items); i++)
                if (strcmp(text_at(json_array_get(items, i), "id"), id) == 0)
                        return true;
        return false;
}

static void every_filter_keeps_exactly_what_it_says(void **state)
{
        (void)state;
        size_t told_apart = 0;
        for (size_t f = 0; f < SAI_COUNT(filters); f++) {
                char target[256];
                size_t expected = 0;
                snprintf(target, sizeof target, "/api/v1/activities?limit=200%s%s", filters[f].query[0] ? "&" : "",
                         filters[f].query);
                REPLY list = get(target);
                assert_status(list, 200);
                for (size_t i = 0; i < json_array_size(everything); i++) {
                        const json_t *item = json_array_get(everything, i);
                        bool keep = filters[f].keep(item), there = holds(value_at(list.json, "items"), text_at(item, "id"));
                        expected += keep;
                        if (keep != there)
                                fail_msg("%s: %s is %s", filters[f].query, text_at(item, "id"), there ? "there" : "missing");
                }
                assert_int_equal(json_array_size(value_at(list.json, "items")), expected);
                told_apart += expected > 0 && expected < FILES;
        }
        assert_true(told_apart >= 12); /* the data tells the filters apart */
}

static void collect_pages(const char *query, int limit, json_t *items)
{
        char target[1024], cursor[600] = "";
        for (int page = 0; page < 100; page++) {
                snprintf(target, sizeof target, "/api/v1/activities?limit=%d%s%s%s%s", limit, query[0] ? "&" : "", query,
                         cursor[0] ? "&cursor=" : "", cursor);
                REPLY list = get(target);
                assert_status(list, 200);
                assert_true(json_array_size(value_at(list.json, "items")) <= (size_t)limit);
                json_array_extend(items, (json_t *)(uintptr_t)value_at(list.json, "items"));
                const json_t *next = value_at(list.json, "next_cursor");
                char link[1024];
                assert_int_equal(json_is_null(next), header_of(&list, "Link", link) == NULL);
                if (json_is_null(next))
                        return;
                assert_non_null(strstr(link, "rel=\"next\""));
                assert_non_null(strstr(link, json_string_value(next)));
                snprintf(cursor, sizeof cursor, "%s", json_string_value(next));
        }
        fail_msg("the pages do not end");
}

static void every_sort_pages_through_everything_exactly_once(void **state)
{
        (void)state;
        static const char *const sorts[] = { "start_date",           "distance",     "moving_time", "average_speed",
                                             "total_elevation_gain", "training_load" };
        for (size_t k = 0; k < SAI_COUNT(sorts) * 2; k++) {
                char query[64], member[64];
                bool down = k % 2;
                snprintf(query, sizeof query, "sort=%s%s", down ? "-" : "", sorts[k / 2]);
                snprintf(member, sizeof member, "%s%s", strcmp(sorts[k / 2], "training_load") == 0 ? "metrics." : "",
                         sorts[k / 2]);
                json_t *items = json_array();
                collect_pages(query, 7, items);
                assert_int_equal(json_array_size(items), FILES);
                for (size_t i = 0; i < FILES; i++) {
                        const json_t *item = json_array_get(items, i);
                        assert_true(holds(everything, text_at(item, "id")));
                        for (size_t j = 0; j < i; j++)
                                assert_string_not_equal(text_at(item, "id"), text_at(json_array_get(items, j), "id"));
                        if (i == 0)
                                continue;
                        const json_t *before = value_at(json_array_get(items, i - 1), member), *now = value_at(item, member);
                        if (json_is_null(now))
                                continue;
                        if (json_is_null(before))
                                fail_msg("%s: what has no value is not last", query);
                        double order = json_is_string(now) ? (double)strcmp(json_string_value(now), json_string_value(before))
                                                           : json_number_value(now) - json_number_value(before);
                        if (down ? order > 0 : order < 0)
                                fail_msg("%s: item %zu is out of order", query, i);
                }
                json_decref(items);
        }
}

static void pages_of_a_filter_hold_what_the_filter_keeps(void **state)
{
        (void)state;
        json_t *items = json_array();
        collect_pages("has=heartrate&sort=distance&sport_type=Run&sport_type=Walk", 1, items);
        size_t expected = 0;
        for (size_t i = 0; i < FILES; i++) {
                const json_t *item = json_array_get(everything, i);
                bool walk = strcmp(text_at(item, "sport_type"), "Walk") == 0;
                expected += has_heartrate(item) && (is_run(item) || walk);
        }
        assert_int_equal(json_array_size(items), expected);
        json_decref(items);
}

static void newest_come_first_and_thirty_by_default(void **state)
{
        (void)state;
        REPLY list = get("/api/v1/activities");
        const json_t *items = value_at(list.json, "items");
        assert_int_equal(json_array_size(items), FILES);
        for (size_t i = 1; i < json_array_size(items); i++)
                assert_true(strcmp(text_at(json_array_get(items, i), "start_date"),
                                   text_at(json_array_get(items, i - 1), "start_date")) <= 0);
}

static void bad_parameters_are_all_named(void **state)
{
        (void)state;
        static const struct {
                const char *query, *pointer;
        } bad[] = {
                { "limit=0", "?limit" },
                { "limit=201", "?limit" },
                { "limit=x", "?limit" },
                { "limit=", "?limit" },
                { "limit=1&limit=2", "?limit" },
                { "sort=name", "?sort" },
                { "sort=--distance", "?sort" },
                { "has=legs", "?has" },
                { "after=soon", "?after" },
                { "before=2026-02-30", "?before" },
                { "after=2026-11-22T08:00", "?after" },
                { "min_distance=-1", "?min_distance" },
                { "min_distance=nan", "?min_distance" },
                { "max_distance=1e999", "?max_distance" },
                { "min_duration=-5", "?min_duration" },
                { "unknown=1", "?unknown" },
                { "Limit=3", "?Limit" },
                { "after=2026-11-20&before=2026-11-10", "?before" },
                { "min_distance=10&max_distance=5", "?max_distance" },
                { "after=2026-11-20T00:00:00Z&before=2026-11-10T00:00:00Z", "?before" },
        };
        for (size_t i = 0; i < SAI_COUNT(bad); i++) {
                char target[256];
                snprintf(target, sizeof target, "/api/v1/activities?%s", bad[i].query);
                REPLY reply = get(target);
                if (reply.status != 422)
                        fail_msg("%s: %d %s", bad[i].query, reply.status, reply.body);
                assert_pointer(&reply, bad[i].pointer);
        }
        REPLY several = get("/api/v1/activities?limit=0&sort=name&unknown=1");
        assert_int_equal(json_array_size(value_at(several.json, "errors")), 3);
        char target[900] = "/api/v1/activities?q=";
        memset(target + strlen(target), 'x', 201);
        REPLY search = get(target);
        assert_pointer(&search, "?q");
}

/* -- Cursors (O7) -------------------------------------------------------------------------------------------------------------------------- */

static void take_cursor(const char *target, char cursor[600])
{
        REPLY list = get(target);
        assert_status(list, 200);
        snprintf(cursor, 600, "%s", text_at(list.json, "next_cursor"));
}

static void assert_bad_cursor(const char *access, const char *query, const char *cursor)
{
        char target[900];
        snprintf(target, sizeof target, "/api/v1/activities?%s&cursor=%s", query, cursor);
        REPLY reply = call_as(s, access, "GET", target, NULL);
        assert_problem(&reply, 400, "bad-cursor");
}

static void cursor_is_bound_to_user_filter_and_position(void **state)
{
        (void)state;
        char cursor[600], forged[600];
        take_cursor("/api/v1/activities?limit=3&sport_type=Run", cursor);
        REPLY good = get("/api/v1/activities?limit=3&sport_type=Run");
        assert_status(good, 200);
        assert_bad_cursor(other.access, "limit=3&sport_type=Run", cursor);
        assert_bad_cursor(athlete.access, "limit=3", cursor);
        assert_bad_cursor(athlete.access, "limit=3&sport_type=Ride", cursor);
        assert_bad_cursor(athlete.access, "limit=3&sport_type=Run&sort=distance", cursor);
        for (size_t i = 0; i < strlen(cursor); i++) {
                snprintf(forged, sizeof forged, "%s", cursor);
                forged[i] = forged[i] == 'A' ? 'B' : 'A';
                assert_bad_cursor(athlete.access, "limit=3&sport_type=Run", forged);
        }
        assert_bad_cursor(athlete.access, "limit=3&sport_type=Run", "AAAA");
        /* Another size of page is the same list. */
        char target[900];
        snprintf(target, sizeof target, "/api/v1/activities?limit=5&sport_type=Run&cursor=%s", cursor);
        REPLY longer = get(target);
        assert_status(longer, 200);
}

static void separator_in_a_value_does_not_fake_a_filter(void **state)
{
        (void)state;
        char cursor[600], target[900];
        take_cursor("/api/v1/activities?limit=1&q=Morning&type=Run", cursor);
        assert_bad_cursor(athlete.access, "limit=1&q=Morning%26type%3DRun", cursor);
        snprintf(target, sizeof target, "/api/v1/activities?limit=1&q=Morning%%0Atype%%3DRun&cursor=%s", cursor);
        REPLY reply = get(target);
        assert_pointer(&reply, "?q"); /* a line break is no text to look for */
}

static void cursor_of_jobs_is_none_of_activities(void **state)
{
        (void)state;
        REPLY jobs = get("/api/v1/jobs?limit=2");
        assert_status(jobs, 200);
        assert_bad_cursor(athlete.access, "limit=2", text_at(jobs.json, "next_cursor"));
        REPLY list = get("/api/v1/activities?limit=2");
        char target[900];
        snprintf(target, sizeof target, "/api/v1/jobs?limit=2&cursor=%s", text_at(list.json, "next_cursor"));
        REPLY reply = get(target);
        assert_problem(&reply, 400, "bad-cursor");
}

static void jobs_page_through_all_exactly_once(void **state)
{
        (void)state;
        char target[900] = "/api/v1/jobs?limit=7&kind=import";
        size_t seen = 0;
        for (int page = 0; page < 20; page++) {
                REPLY list = get(target);
                assert_status(list, 200);
                seen += json_array_size(value_at(list.json, "items"));
                const char *next = json_string_value(value_at(list.json, "next_cursor"));
                if (!next)
                        break;
                snprintf(target, sizeof target, "/api/v1/jobs?limit=7&kind=import&cursor=%s", next);
        }
        assert_int_equal(seen, FILES);
}

/* -- One activity ----------------------------------------------------------------------------------------------------------------------------- */

static const char *id_with(keep_function keep)
{
        for (size_t i = 0; i < json_array_size(everything); i++)
                if (keep(json_array_get(everything, i)))
                        return text_at(json_array_get(everything, i), "id");
        fail_msg("no such activity");
        return NULL;
}

static bool has_no_gps(const json_t *i) { return !has_gps(i); }

static struct reply get_part(const char *id, const char *part)
{
        char target[256];
        snprintf(target, sizeof target, "/api/v1/activities/%s%s", id, part);
        return get(target);
}

static void one_activity_is_the_list_item_with_laps(void **state)
{
        (void)state;
        const json_t *item = json_array_get(everything, 0);
        REPLY one = get_part(text_at(item, "id"), "");
        assert_status(one, 200);
        const char *name;
        json_t *value;
        json_object_foreach((json_t *)(uintptr_t)item, name, value) if (!json_equal(value, json_object_get(one.json, name)))
                fail_msg("%s differs", name);
        assert_true(json_is_array(value_at(one.json, "laps")));
        assert_true(json_is_array(value_at(one.json, "best_efforts")));
}

static void streams_hold_the_keys_asked_for(void **state)
{
        (void)state;
        const char *id = id_with(has_all);
        REPLY two = get_part(id, "/streams?keys=time,heartrate&resolution=full");
        assert_status(two, 200);
        assert_int_equal(json_object_size(value_at(two.json, "series")), 2);
        assert_int_equal(json_array_size(value_at(two.json, "series.time")), (size_t)number_at(two.json, "original_size"));
        assert_int_equal(json_array_size(value_at(two.json, "series.heartrate")), (size_t)number_at(two.json, "original_size"));
        REPLY every = get_part(id, "/streams");
        assert_int_equal(json_object_size(value_at(every.json, "series")), 11);
        assert_int_equal(json_array_size(value_at(every.json, "keys")), 11);
        assert_int_equal(json_array_size(value_at(every.json, "series.latlng.0")), 2);
        assert_true(json_is_boolean(value_at(every.json, "series.moving.0")));
        REPLY none = get_part(id_with(has_no_gps), "/streams?keys=latlng,time");
        assert_true(json_is_null(value_at(none.json, "series.latlng")));
        REPLY bad = get_part(id, "/streams?keys=time,legs");
        assert_pointer(&bad, "?keys");
        /* A key that is asked for twice must not make a member that is there twice. */
        REPLY twice = get_part(id, "/streams?keys=time,time");
        assert_true(twice.status == 422 || (twice.json && json_array_size(value_at(twice.json, "keys")) == 1));
        REPLY resolution = get_part(id, "/streams?resolution=best");
        assert_pointer(&resolution, "?resolution");
}

static void resolutions_keep_the_ends_and_the_shape(void **state)
{
        (void)state;
        struct workout_file workout = { .sport = SPORT_RUN,
                                        .start_s = TEST_NOW_MS / 1000 - 200 * 86400,
                                        .points = 12000,
                                        .speed = 3,
                                        .heartrate = true,
                                        .gps = true };
        struct athlete own;
        size_t len;
        char target[256];
        add_athlete(s, "Long", &own);
        void *data = make_file(FILE_FIT, &workout, 1, &len);
        REPLY job = import_now(s, &own, "long.fit", data, len);
        free(data);
        static const struct {
                const char *name;
                size_t points;
        } resolutions[] = { { "low", 100 }, { "medium", 1000 }, { "high", 10000 }, { "full", 12000 } };
        for (size_t i = 0; i < SAI_COUNT(resolutions); i++) {
                snprintf(target, sizeof target, "/api/v1/activities/%s/streams?resolution=%s",
                         text_at(job.json, "result.activity_ids.0"), resolutions[i].name);
                REPLY reply = call_as(s, own.access, "GET", target, NULL);
                assert_status(reply, 200);
                const json_t *time = value_at(reply.json, "series.time");
                size_t count = json_array_size(time);
                assert_true(count <= resolutions[i].points && count + 2 >= resolutions[i].points);
                assert_true(number_at(reply.json, "original_size") == 12000);
                assert_true(json_number_value(json_array_get(time, 0)) == 0);
                assert_true(json_number_value(json_array_get(time, count - 1)) == 11999);
                for (size_t k = 1; k < count; k++)
                        assert_true(json_number_value(json_array_get(time, k)) > json_number_value(json_array_get(time, k - 1)));
        }
}

static void map_is_geojson_and_null_without_gps(void **state)
{
        (void)state;
        char type[1024];
        REPLY map = get_part(id_with(has_gps), "/map");
        assert_status(map, 200);
        assert_memory_equal(header_of(&map, "Content-Type", type), "application/geo+json", 20);
        assert_string_equal(text_at(map.json, "type"), "Feature");
        assert_string_equal(text_at(map.json, "geometry.type"), "LineString");
        double lng = number_at(map.json, "geometry.coordinates.0.0"), lat = number_at(map.json, "geometry.coordinates.0.1");
        assert_true(fabs(lng - 8.54) < 0.001 && fabs(lat - 47.37) < 0.001);
        REPLY none = get_part(id_with(has_no_gps), "/map");
        assert_status(none, 200);
        assert_true(json_is_null(value_at(none.json, "geometry")));
        char authorization[1400], target[256];
        snprintf(authorization, sizeof authorization, "Bearer %s", athlete.access);
        snprintf(target, sizeof target, "/api/v1/activities/%s/map", id_with(has_gps));
        const char *const headers[] = { "Authorization", authorization, "Accept", "application/json", NULL };
        REPLY as_json = call(s, "GET", target, headers, NULL);
        assert_status(as_json, 200);
        const char *const wrong[] = { "Authorization", authorization, "Accept", "text/html", NULL };
        REPLY refused = call(s, "GET", target, wrong, NULL);
        assert_problem(&refused, 406, "not-acceptable");
}

/* -- Files coming in ------------------------------------------------------------------------------------------------------------------------------ */

static struct athlete importer(void)
{
        struct athlete fresh;
        add_athlete(s, "Importer", &fresh);
        return fresh;
}

static void original_comes_back_byte_for_byte(void **state)
{
        (void)state;
        static const struct {
                enum file_format format;
                const char *name, *shown;
        } files[] = {
                { FILE_FIT, "my ride.fit", "my_ride.fit" },
                { FILE_GPX, "Z\xC3\xBCrich.gpx", "Z__rich.gpx" },
                { FILE_TCX, "a\";x=\".tcx", "a__x__.tcx" },
        };
        for (size_t i = 0; i < SAI_COUNT(files); i++) {
                struct athlete own = importer();
                struct workout_file workout = {
                        .sport = SPORT_RUN, .start_s = TEST_NOW_MS / 1000 - 86400, .points = 400, .speed = 3, .gps = true
                };
                size_t len;
                char target[256], header[1024], shown[128];
                void *data = make_file(files[i].format, &workout, 1, &len);
                REPLY job = import_now(s, &own, files[i].name, data, len);
                assert_true(number_at(job.json, "result.created") == 1);
                snprintf(target, sizeof target, "/api/v1/activities/%s/original", text_at(job.json, "result.activity_ids.0"));
                REPLY original = call_as(s, own.access, "GET", target, NULL);
                assert_status(original, 200);
                assert_int_equal(original.len, len);
                assert_memory_equal(original.body, data, len);
                snprintf(shown, sizeof shown, "filename=\"%s\"", files[i].shown);
                assert_non_null(strstr(header_of(&original, "Content-Disposition", header), shown));
                free(data);
        }
}

static void gzip_is_opened_and_kept_as_it_was_sent(void **state)
{
        (void)state;
        struct athlete own = importer();
        struct workout_file workout = {
                .sport = SPORT_RUN, .start_s = TEST_NOW_MS / 1000 - 86400, .points = 400, .speed = 3, .gps = true
        };
        size_t len;
        char target[256];
        void *data = make_file(FILE_GPX, &workout, 1, &len);
        z_stream z = { 0 };
        static unsigned char packed[1 << 20];
        assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
        z.next_in = data;
        z.avail_in = (uInt)len;
        z.next_out = packed;
        z.avail_out = sizeof packed;
        assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
        size_t packed_len = z.total_out;
        deflateEnd(&z);
        free(data);
        REPLY job = import_now(s, &own, "run.gpx.gz", packed, packed_len);
        assert_true(number_at(job.json, "result.created") == 1);
        snprintf(target, sizeof target, "/api/v1/activities/%s/original", text_at(job.json, "result.activity_ids.0"));
        REPLY original = call_as(s, own.access, "GET", target, NULL);
        assert_int_equal(original.len, packed_len);
        assert_memory_equal(original.body, packed, packed_len);
}

static void bad_files_are_results_with_name_and_reason(void **state)
{
        (void)state;
        struct athlete own = importer();
        static const struct {
                const char *name, *data;
        } bad[] = {
                { "empty.fit", "" },
                { "text.txt", "hello" },
                { "half.gpx", "<?xml version=\"1.0\"?><gpx><trk><trkseg><trkpt lat=\"1\"" },
                { "bomb.gpx", "<?xml version=\"1.0\"?><!DOCTYPE g [<!ENTITY a \"aaaa\">]><gpx>&a;</gpx>" },
                { "none.gpx", "<?xml version=\"1.0\"?><gpx></gpx>" },
                { "fit.fit", "\x0e\x10\x64\x08\xff\xff\x01.FIT" },
        };
        for (size_t i = 0; i < SAI_COUNT(bad); i++) {
                REPLY job = import_now(s, &own, bad[i].name, bad[i].data, strlen(bad[i].data));
                assert_string_equal(text_at(job.json, "status"), "done");
                assert_int_equal(json_array_size(value_at(job.json, "result.failed")), 1);
                assert_string_equal(text_at(job.json, "result.failed.0.name"), bad[i].name);
                assert_true(strlen(text_at(job.json, "result.failed.0.reason")) > 2);
                assert_true(number_at(job.json, "result.created") == 0);
        }
        REPLY list = call_as(s, own.access, "GET", "/api/v1/activities", NULL);
        assert_int_equal(json_array_size(value_at(list.json, "items")), 0);
}

static void same_file_twice_is_one_activity(void **state)
{
        (void)state;
        struct athlete own = importer();
        struct workout_file workout = {
                .sport = SPORT_RIDE, .start_s = TEST_NOW_MS / 1000 - 86400, .points = 400, .speed = 8, .power = true
        };
        size_t len;
        void *data = make_file(FILE_FIT, &workout, 1, &len);
        REPLY first = import_now(s, &own, "one.fit", data, len);
        REPLY second = import_now(s, &own, "copy.fit", data, len);
        free(data);
        assert_true(number_at(second.json, "result.duplicates") == 1);
        assert_string_equal(text_at(first.json, "result.activity_ids.0"), text_at(second.json, "result.activity_ids.0"));
        REPLY list = call_as(s, own.access, "GET", "/api/v1/activities", NULL);
        assert_int_equal(json_array_size(value_at(list.json, "items")), 1);
        assert_string_equal(text_at(list.json, "items.0.file.name"), "one.fit");
        char target[256];
        snprintf(target, sizeof target, "/api/v1/activities/%s/original", text_at(first.json, "result.activity_ids.0"));
        REPLY original = call_as(s, own.access, "GET", target, NULL);
        assert_status(original, 200);
}

static void one_workout_in_two_formats_is_one_activity(void **state)
{
        (void)state;
        struct athlete own = importer();
        struct workout_file workout = { .sport = SPORT_RUN,
                                        .start_s = TEST_NOW_MS / 1000 - 86400,
                                        .points = 900,
                                        .speed = 3,
                                        .heartrate = true,
                                        .gps = true };
        static const enum file_format formats[] = { FILE_FIT, FILE_TCX, FILE_GPX };
        for (size_t i = 0; i < SAI_COUNT(formats); i++) {
                size_t len;
                void *data = make_file(formats[i], &workout, 1, &len);
                REPLY job = import_now(s, &own, "run", data, len);
                free(data);
                assert_true(number_at(job.json, i ? "result.updated" : "result.created") == 1);
        }
        REPLY list = call_as(s, own.access, "GET", "/api/v1/activities", NULL);
        assert_int_equal(json_array_size(value_at(list.json, "items")), 1);
        assert_int_equal(json_array_size(value_at(list.json, "items.0.sources")), 3);
}

static void each_leg_of_a_triathlon_is_an_activity_of_the_one_file(void **state)
{
        (void)state;
        struct athlete own = importer();
        int64_t at = TEST_NOW_MS / 1000 - 86400;
        struct workout_file legs[] = {
                { .sport = SPORT_SWIM, .start_s = at, .points = 900, .speed = 1 },
                { .sport = SPORT_RIDE, .start_s = at + 1000, .points = 1800, .speed = 9, .power = true, .gps = true },
                { .sport = SPORT_RUN, .start_s = at + 3000, .points = 1200, .speed = 3.5, .gps = true }
        };
        size_t len;
        void *data = make_file(FILE_FIT, legs, 3, &len);
        REPLY job = import_now(s, &own, "tri.fit", data, len);
        assert_true(number_at(job.json, "result.created") == 3);
        REPLY list = call_as(s, own.access, "GET", "/api/v1/activities?sort=start_date", NULL);
        assert_int_equal(json_array_size(value_at(list.json, "items")), 3);
        for (size_t i = 0; i < 3; i++) {
                char target[256];
                const json_t *item = json_array_get(value_at(list.json, "items"), i);
                assert_string_equal(text_at(item, "file.name"), "tri.fit");
                assert_int_equal(json_is_null(value_at(item, "metrics.pace_100m")), i != 0);
                snprintf(target, sizeof target, "/api/v1/activities/%s/original", text_at(item, "id"));
                REPLY original = call_as(s, own.access, "GET", target, NULL);
                assert_int_equal(original.len, len);
                assert_memory_equal(original.body, data, len);
        }
        free(data);
}

/* A worker was killed after it had brought the file in and before it could say so. */
static void repeated_import_run_keeps_the_original(void **state)
{
        (void)state;
        struct athlete own = importer();
        struct workout_file workout = { .sport = SPORT_RIDE, .start_s = TEST_NOW_MS / 1000 - 86400, .points = 400, .speed = 8 };
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(64));
        struct sai_err err = { 0 };
        struct job first, second;
        struct sai_id blob = store_new_id(s->service.store);
        size_t len;
        void *data = make_file(FILE_FIT, &workout, 1, &len);
        assert_int_equal(store_blob_put(s->service.store, own.id, blob, data, len, &err), SAI_OK);
        assert_int_equal(jobs_add_import(s->service.jobs, own.id, blob, "one.fit", arena, &first, &err), SAI_OK);
        assert_int_equal(jobs_add_import(s->service.jobs, own.id, blob, "one.fit", arena, &second, &err), SAI_OK);
        char id[25], target[256];
        sai_id_format(first.id, id);
        REPLY one = run_job(s, &own, id, NULL);
        sai_id_format(second.id, id);
        REPLY two = run_job(s, &own, id, NULL);
        assert_true(number_at(two.json, "result.duplicates") == 1);
        snprintf(target, sizeof target, "/api/v1/activities/%s/original", text_at(one.json, "result.activity_ids.0"));
        REPLY original = call_as(s, own.access, "GET", target, NULL);
        assert_status(original, 200);
        assert_int_equal(original.len, len);
        free(data);
}

static void import_without_a_file_is_422(void **state)
{
        (void)state;
        char authorization[1400];
        snprintf(authorization, sizeof authorization, "Bearer %s", athlete.access);
        const char *const headers[] = { "Authorization", authorization, "Content-Type", "multipart/form-data; boundary=x", NULL };
        REPLY none = call(s, "POST", "/api/v1/activities/import", headers, NULL);
        assert_pointer(&none, "/file");
        const char *const json[] = { "Authorization", authorization, "Content-Type", "application/json", NULL };
        REPLY type = call(s, "POST", "/api/v1/activities/import", json, "{}");
        assert_problem(&type, 415, "unsupported-media-type");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_filter_keeps_exactly_what_it_says),
                cmocka_unit_test(every_sort_pages_through_everything_exactly_once),
                cmocka_unit_test(pages_of_a_filter_hold_what_the_filter_keeps),
                cmocka_unit_test(newest_come_first_and_thirty_by_default),
                cmocka_unit_test(bad_parameters_are_all_named),
                cmocka_unit_test(cursor_is_bound_to_user_filter_and_position),
                cmocka_unit_test(separator_in_a_value_does_not_fake_a_filter),
                cmocka_unit_test(cursor_of_jobs_is_none_of_activities),
                cmocka_unit_test(jobs_page_through_all_exactly_once),
                cmocka_unit_test(one_activity_is_the_list_item_with_laps),
                cmocka_unit_test(streams_hold_the_keys_asked_for),
                cmocka_unit_test(resolutions_keep_the_ends_and_the_shape),
                cmocka_unit_test(map_is_geojson_and_null_without_gps),
                cmocka_unit_test(original_comes_back_byte_for_byte),
                cmocka_unit_test(gzip_is_opened_and_kept_as_it_was_sent),
                cmocka_unit_test(bad_files_are_results_with_name_and_reason),
                cmocka_unit_test(same_file_twice_is_one_activity),
                cmocka_unit_test(one_workout_in_two_formats_is_one_activity),
                cmocka_unit_test(each_leg_of_a_triathlon_is_an_activity_of_the_one_file),
                cmocka_unit_test(repeated_import_run_keeps_the_original),
                cmocka_unit_test(import_without_a_file_is_422),
        };
        int failed = SERVICE_RUN("activities", tests, start, stop);
        report_coverage("test_activities");
        return failed;
}
