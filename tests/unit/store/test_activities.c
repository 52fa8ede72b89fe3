/* Activities: the whole row comes back, and every sort pages through every row once, ties and absent values among them. */
#include "suite.h"

static void an_activity_comes_back_as_it_was_put(void **state)
{
        struct sai_id user = new_id(state);
        struct activity activity = new_activity(state, user, 5), back;
        struct activity_lap laps[2] = { { .lap_index = 1, .distance = SOME(1000) }, { .lap_index = 2 } };
        struct activity_source_ref refs[1] = { { .key = "strava:1", .kind = SOURCE_FILE, .fetched_at = { 9 } } };
        struct activity_file file = { .name = "morning.fit", .session = 1 };
        double start[2] = { 47.3769, -8.5417 };
        const char *flags[1] = { "partial_heartrate" };
        activity.strava_activity_id = SAI_SOME(sai_opt_i64, 16543210987);
        activity.distance = SOME(10020.25);
        activity.moving_time = SOME(0); /* nothing is not absent */
        activity.device_watts = SAI_SOME(sai_opt_bool, false);
        activity.metrics.training_load_method = SAI_SOME(sai_opt_enum, LOAD_HEART_RATE);
        activity.metrics.variability_index = SOME(1.0625);
        activity.metrics.hr_time.z1 = SOME(61);
        activity.metrics.output_time.z6 = SOME(3.5);
        activity.map.summary_polyline = "_p~iF~ps|U_ulLnnqC_mqNvxq`@\\\"";
        activity.laps = (struct sai_list) { laps, 2 };
        activity.sources = (struct sai_list) { refs, 1 };
        activity.quality.flags = (struct sai_list) { flags, 1 };
        activity.start_latlng = (struct sai_list) { start, 2 };
        activity.file = &file;
        activity.absent = (struct sai_json) { "{\"np\":\"no_power\"}", 17 };
        activity.source = SOURCE_FILE;
        activity.has_gps = true;
        activity.streams_id = SAI_SOME(sai_opt_id, new_id(state));
        assert_ok(store_activity_put(STORE(state), &activity, ERR));
        assert_ok(store_activity_get(STORE(state), user, activity.id, ARENA(state), &back, ERR));

        assert_int_equal(back.strava_activity_id.value, 16543210987);
        assert_string_equal(back.sport_type, "TrailRun");
        assert_true(back.distance.value == 10020.25 && SAI_HAS(back.moving_time) && back.moving_time.value == 0);
        assert_false(SAI_HAS(back.elapsed_time));
        assert_true(SAI_HAS(back.device_watts) && !back.device_watts.value);
        assert_true(SAI_HAS(back.metrics.training_load_method) && back.metrics.training_load_method.value == LOAD_HEART_RATE);
        assert_true(back.metrics.variability_index.value == 1.0625 && back.metrics.hr_time.z1.value == 61);
        assert_true(back.metrics.output_time.z6.value == 3.5 && !SAI_HAS(back.metrics.output_time.z5));
        assert_string_equal(back.map.summary_polyline, activity.map.summary_polyline);
        assert_int_equal(back.laps.count, 2);
        assert_true(((const struct activity_lap *)back.laps.items)[0].distance.value == 1000);
        assert_string_equal(((const struct activity_source_ref *)back.sources.items)->key, "strava:1");
        assert_int_equal(((const struct activity_source_ref *)back.sources.items)->kind, SOURCE_FILE);
        assert_string_equal(*(const char *const *)back.quality.flags.items, "partial_heartrate");
        assert_true(((const double *)back.start_latlng.items)[1] == -8.5417);
        assert_string_equal(back.file->name, "morning.fit");
        assert_memory_equal(back.absent.data, activity.absent.data, 17);
        assert_true(back.source == SOURCE_FILE && back.has_gps && !back.has_power);
        assert_same_id(back.streams_id.value, activity.streams_id.value);
        assert_int_equal(back.start_date_local.ms, activity.start_date_local.ms);
        assert_int_equal(back.revision, 1);
}

static void another_athletes_activity_does_not_exist(void **state)
{
        struct sai_id user = new_id(state), other = new_id(state);
        struct activity activity = new_activity(state, user, 0), back, *items;
        assert_ok(store_activity_put(STORE(state), &activity, ERR));
        assert_status(SAI_NOT_FOUND, store_activity_get(STORE(state), other, activity.id, ARENA(state), &back, ERR));
        assert_status(SAI_NOT_FOUND, store_activity_delete(STORE(state), other, activity.id, ERR));
        struct activity stolen = activity;
        stolen.user_id = other;
        assert_status(SAI_CONFLICT, store_activity_put(STORE(state), &stolen, ERR));
        stolen.revision = 0;
        assert_status(SAI_CONFLICT, store_activity_put(STORE(state), &stolen, ERR));
        size_t count;
        int64_t number;
        assert_ok(store_activity_list(STORE(state), other, NULL, SORT_START_DATE, true, NULL, 9, ARENA(state), &items, &count,
                                      ERR));
        assert_int_equal(count, 0);
        assert_ok(store_activity_count(STORE(state), other, &number, ERR));
        assert_int_equal(number, 0);
        assert_ok(store_activity_count(STORE(state), user, &number, ERR));
        assert_int_equal(number, 1);
        assert_ok(store_activity_delete(STORE(state), user, activity.id, ERR));
        assert_status(SAI_NOT_FOUND, store_activity_get(STORE(state), user, activity.id, ARENA(state), &back, ERR));
        assert_status(SAI_NOT_FOUND, store_activity_delete(STORE(state), user, activity.id, ERR));
}

static void a_replaced_activity_is_all_new(void **state)
{
        struct sai_id user = new_id(state);
        struct activity activity = new_activity(state, user, 0), back;
        activity.distance = SOME(5);
        activity.notes = "before";
        assert_ok(store_activity_put(STORE(state), &activity, ERR));
        activity.distance.has = SAI_ABSENT;
        activity.notes = NULL;
        activity.gear_id = "g1";
        assert_ok(store_activity_put(STORE(state), &activity, ERR));
        assert_ok(store_activity_get(STORE(state), user, activity.id, ARENA(state), &back, ERR));
        assert_false(SAI_HAS(back.distance));
        assert_null(back.notes);
        assert_string_equal(back.gear_id, "g1");
        assert_int_equal(back.revision, 2);
}

/* -- Pages ------------------------------------------------------------------------------------------------------------- */

enum { ROWS = 60 };

/* Few different values, so that most rows tie; every fifth has none; the start ties too. */
static void fill(void **state, struct sai_id user, struct activity rows[ROWS])
{
        for (int i = 0; i < ROWS; i++) {
                struct activity activity = new_activity(state, user, (i * 7) % 20);
                double value = ((i * 13) % 11) * 100.0 - 300;
                if (i % 5) {
                        activity.distance = SOME(value);
                        activity.moving_time = SOME(value + 0.5);
                        activity.average_speed = SOME(value / 7);
                        activity.total_elevation_gain = SOME(-value);
                        activity.metrics.training_load = SOME(value * 1e9);
                }
                assert_ok(store_activity_put(STORE(state), &activity, ERR));
                rows[i] = activity;
        }
}

/* The order that the store promises, worked out by itself. */
static int compare_positions(struct activity_position a, struct activity_position b, bool descending)
{
        int sign = descending ? -1 : 1;
        if (SAI_HAS(a.value) != SAI_HAS(b.value))
                return SAI_HAS(a.value) ? -1 : 1;
        if (SAI_HAS(a.value) && a.value.value != b.value.value)
                return a.value.value < b.value.value ? -sign : sign;
        return sign * sai_id_compare(a.id, b.id);
}

static void check_pages(void **state, struct sai_id user, enum activity_sort sort, bool descending, size_t limit, size_t expected)
{
        struct activity_position last = { 0 };
        size_t seen = 0, count;
        do {
                struct activity *page;
                assert_ok(store_activity_list(STORE(state), user, NULL, sort, descending, seen ? &last : NULL, limit,
                                              ARENA(state), &page, &count, ERR));
                assert_true(count <= limit);
                for (size_t i = 0; i < count; i++, seen++) {
                        struct activity_position position = activity_position_of(&page[i], sort);
                        if (seen)
                                assert_true(compare_positions(last, position, descending) < 0);
                        last = position;
                }
        } while (count == limit);
        assert_int_equal(seen, expected);
}

static void every_sort_pages_through_every_row_once(void **state)
{
        struct sai_id user = new_id(state);
        struct activity rows[ROWS];
        fill(state, user, rows);
        static const size_t limits[] = { 1, 7, 48, 200 };
        for (int sort = 0; sort < ACTIVITY_SORTS; sort++)
                for (size_t i = 0; i < SAI_COUNT(limits); i++) {
                        check_pages(state, user, (enum activity_sort)sort, false, limits[i], ROWS);
                        check_pages(state, user, (enum activity_sort)sort, true, limits[i], ROWS);
                }
}

/* Between two pages a row before, a row after, and the very row the page ended with come and go: the others still come once. */
static void pages_hold_while_rows_come_and_go(void **state)
{
        for (int sort = 0; sort < ACTIVITY_SORTS; sort++) {
                struct sai_id user = new_id(state);
                struct activity rows[ROWS];
                fill(state, user, rows);
                int seen[ROWS] = { 0 };
                struct activity_position last;
                bool begun = false;
                size_t count;
                do {
                        struct activity *page;
                        assert_ok(store_activity_list(STORE(state), user, NULL, (enum activity_sort)sort, true,
                                                      begun ? &last : NULL, 7, ARENA(state), &page, &count, ERR));
                        for (size_t i = 0; i < count; i++)
                                for (int r = 0; r < ROWS; r++)
                                        seen[r] += sai_id_equal(rows[r].id, page[i].id);
                        if (count == 0)
                                break;
                        last = activity_position_of(&page[count - 1], (enum activity_sort)sort);
                        begun = true;
                        for (int r = 0; r < ROWS; r++)
                                if (sai_id_equal(rows[r].id, page[count - 1].id)) {
                                        assert_ok(store_activity_delete(STORE(state), user, rows[r].id, ERR));
                                }
                        struct activity extra = new_activity(state, user, 10);
                        extra.distance = extra.moving_time = extra.average_speed = extra.metrics.training_load = SOME(1);
                        assert_ok(store_activity_put(STORE(state), &extra, ERR));
                } while (count == 7);
                for (int r = 0; r < ROWS; r++)
                        assert_int_equal(seen[r], 1);
        }
}

/* -- Filters ------------------------------------------------------------------------------------------------------------ */

static size_t count_of(void **state, struct sai_id user, const struct activity_filter *filter)
{
        struct activity *items;
        size_t by_start, by_distance;
        assert_ok(store_activity_list(STORE(state), user, filter, SORT_START_DATE, true, NULL, 200, ARENA(state), &items,
                                      &by_start, ERR));
        assert_ok(store_activity_list(STORE(state), user, filter, SORT_DISTANCE, false, NULL, 200, ARENA(state), &items,
                                      &by_distance, ERR));
        assert_int_equal(by_start, by_distance);
        return by_start;
}

static void filters_narrow_the_list(void **state)
{
        struct sai_id user = new_id(state);
        static const struct {
                const char *name, *sport;
                double distance;
                bool heart, gps;
        } rows[] = {
                { "Morgenlauf Z\xC3\x9CRICH", "Run", 10000, true, true },
                { "Evening Ride", "Ride", 40000, true, false },
                { "Swim 100%_x", "Swim", 2000, false, false },
                { "\xD0\x9B\xD1\x8B\xD0\xB6\xD0\xB8", "NordicSki", 15000, false, true },
        };
        for (size_t i = 0; i < SAI_COUNT(rows); i++) {
                struct activity activity = new_activity(state, user, (int64_t)i * 1440);
                activity.name = rows[i].name;
                activity.sport_type = rows[i].sport;
                activity.type = i == 0 ? "Run" : "Other";
                activity.distance = SOME(rows[i].distance);
                activity.moving_time = SOME(1000 * (double)i);
                activity.has_heartrate = rows[i].heart;
                activity.has_gps = rows[i].gps;
                assert_ok(store_activity_put(STORE(state), &activity, ERR));
        }
        assert_int_equal(count_of(state, user, NULL), 4);
        const char *sports[] = { "Run", "Swim", "Kitesurf" };
        assert_int_equal(count_of(state, user, &(struct activity_filter) { .sport_types = sports, .sport_type_count = 3 }), 2);
        assert_int_equal(count_of(state, user, &(struct activity_filter) { .sport_types = sports + 2, .sport_type_count = 1 }),
                         0);
        assert_int_equal(count_of(state, user, &(struct activity_filter) { .type = "Run" }), 1);
        struct sai_opt_instant second = { { 1767225600000 + 86400000 }, SAI_VALUE };
        assert_int_equal(count_of(state, user, &(struct activity_filter) { .after = second }), 3);
        assert_int_equal(count_of(state, user, &(struct activity_filter) { .before = second }), 1);
        struct sai_opt_local local = { { 1767225600000 + 3600000 + 86400000 }, SAI_VALUE };
        assert_int_equal(count_of(state, user, &(struct activity_filter) { .after_local = local }), 3);
        assert_int_equal(count_of(state, user, &(struct activity_filter) { .before_local = local }), 1);
        assert_int_equal(count_of(state, user, &(struct activity_filter) { .text = "z\xC3\xBCrich" }), 1);
        assert_int_equal(count_of(state, user, &(struct activity_filter) { .text = "\xD0\x9B\xD0\xAB\xD0\x96" }), 1);
        assert_int_equal(count_of(state, user, &(struct activity_filter) { .text = "%_" }), 1);
        assert_int_equal(count_of(state, user, &(struct activity_filter) { .text = "%" }), 1);
        assert_int_equal(count_of(state, user, &(struct activity_filter) { .text = "'; --" }), 0);
        assert_int_equal(count_of(state, user, &(struct activity_filter) { .text = "" }), 4);
        assert_int_equal(count_of(state, user,
                                  &(struct activity_filter) { .min_distance = SOME(10000), .max_distance = SOME(15000) }),
                         2);
        assert_int_equal(count_of(state, user, &(struct activity_filter) { .min_moving_time = SOME(2000) }), 2);
        assert_int_equal(count_of(state, user, &(struct activity_filter) { .has_heartrate = true }), 2);
        assert_int_equal(count_of(state, user, &(struct activity_filter) { .has_heartrate = true, .has_gps = true }), 1);
        assert_int_equal(count_of(state, user, &(struct activity_filter) { .has_power = true }), 0);
}

/* A bound that is a day asks the local time, whatever zone the athlete was in. */
static void days_bound_a_list_by_the_local_time(void **state)
{
        static const int hours[] = { -12, 0, 14 };
        const int64_t day_ms = 86400000, first_ms = 1767225600000;
        struct sai_id user = new_id(state);
        for (int day = 0; day < 6; day++)
                for (size_t i = 0; i < SAI_COUNT(hours); i++) {
                        struct activity activity = new_activity(state, user, 0);
                        activity.start_date.ms = first_ms + day * day_ms;
                        activity.start_date_local.ms = activity.start_date.ms + hours[i] * 3600000;
                        assert_ok(store_activity_put(STORE(state), &activity, ERR));
                }
        for (int day = 0; day < 6; day++) {
                struct sai_opt_local midnight = { { first_ms + day * day_ms }, SAI_VALUE };
                size_t before = (size_t)(3 * day) + 1; /* all of the days before, and of this day's the western one */
                assert_int_equal(count_of(state, user, &(struct activity_filter) { .before_local = midnight }), before);
                assert_int_equal(count_of(state, user, &(struct activity_filter) { .after_local = midnight }), 18 - before);
        }
}

static void a_list_has_all_but_laps_and_best_efforts(void **state)
{
        struct sai_id user = new_id(state);
        struct activity_lap lap = { .lap_index = 1 };
        struct activity_best_effort effort = { .name = "5k", .origin = "computed" };
        struct activity activity = new_activity(state, user, 0), *items;
        activity.notes = "all of it";
        activity.laps = (struct sai_list) { &lap, 1 };
        activity.best_efforts = (struct sai_list) { &effort, 1 };
        assert_ok(store_activity_put(STORE(state), &activity, ERR));
        size_t count;
        assert_ok(
                store_activity_list(STORE(state), user, NULL, SORT_START_DATE, true, NULL, 2, ARENA(state), &items, &count, ERR));
        assert_int_equal(count, 1);
        assert_string_equal(items[0].notes, "all of it");
        assert_int_equal(items[0].updated_at.ms, activity.updated_at.ms);
        assert_int_equal(items[0].laps.count, 0);
        assert_int_equal(items[0].best_efforts.count, 0);
}

static void more_filter_values_than_the_limit_are_refused(void **state)
{
        const char *sports[SAI_MAX_FILTER_VALUES * 2];
        for (size_t i = 0; i < SAI_COUNT(sports); i++)
                sports[i] = "Run";
        struct activity *items;
        size_t count;
        struct activity_filter filter = { .sport_types = sports, .sport_type_count = SAI_MAX_FILTER_VALUES };
        assert_ok(store_activity_list(STORE(state), new_id(state), &filter, SORT_START_DATE, true, NULL, 9, ARENA(state), &items,
                                      &count, ERR));
        filter.sport_type_count = SAI_COUNT(sports);
        assert_status(SAI_INVALID, store_activity_list(STORE(state), new_id(state), &filter, SORT_START_DATE, true, NULL, 9,
                                                       ARENA(state), &items, &count, ERR));
}

/* -- Scan, near ---------------------------------------------------------------------------------------------------------- */

struct seen {
        int64_t last;
        size_t count, stop_at;
};

static sai_status look(void *context, const struct activity *row, struct sai_err *err)
{
        struct seen *seen = context;
        assert_true(row->start_date.ms >= seen->last);
        assert_string_equal(row->name, "Morning Run");
        assert_null(row->notes); /* not a column */
        seen->last = row->start_date.ms;
        return ++seen->count == seen->stop_at ? sai_fail(err, SAI_BUSY, "enough") : SAI_OK;
}

static void a_scan_gives_the_columns_in_order_of_start(void **state)
{
        struct sai_id user = new_id(state);
        static const int minutes[] = { 50, 10, 30, 20, 40 };
        for (size_t i = 0; i < SAI_COUNT(minutes); i++) {
                struct activity activity = new_activity(state, user, minutes[i]);
                activity.notes = "long";
                assert_ok(store_activity_put(STORE(state), &activity, ERR));
        }
        struct seen seen = { .stop_at = 99 };
        assert_ok(store_activity_scan(STORE(state), user, look, &seen, ERR));
        assert_int_equal(seen.count, 5);
        seen = (struct seen) { .stop_at = 2 };
        assert_status(SAI_BUSY, store_activity_scan(STORE(state), user, look, &seen, ERR));
        assert_int_equal(seen.count, 2);
}

struct nested {
        void **state;
        struct sai_id user;
        int64_t rows;
};

static sai_status count_inner(void *context, const struct activity *row, struct sai_err *err)
{
        (void)row;
        (void)err;
        ((struct nested *)context)->rows++;
        return SAI_OK;
}

static sai_status scan_inner(void *context, const struct activity *row, struct sai_err *err)
{
        (void)row;
        struct nested *nested = context;
        return store_activity_scan(STORE(nested->state), nested->user, count_inner, nested, err);
}

static void a_visitor_may_use_the_store(void **state)
{
        struct sai_id user = new_id(state);
        for (int i = 0; i < 4; i++) {
                struct activity activity = new_activity(state, user, i);
                assert_ok(store_activity_put(STORE(state), &activity, ERR));
        }
        struct nested nested = { .state = state, .user = user };
        assert_ok(store_activity_scan(STORE(state), user, scan_inner, &nested, ERR));
        assert_int_equal(nested.rows, 16);
}

static void near_activities_are_within_the_bounds(void **state)
{
        struct sai_id user = new_id(state);
        struct activity rows[4], *items;
        for (int i = 0; i < 4; i++) {
                rows[i] = new_activity(state, user, i * 10);
                assert_ok(store_activity_put(STORE(state), &rows[i], ERR));
        }
        size_t count;
        assert_ok(store_activity_near(STORE(state), user, rows[1].start_date, rows[2].start_date, ARENA(state), &items, &count,
                                      ERR));
        assert_int_equal(count, 2);
        assert_same_id(items[0].id, rows[1].id);
        assert_same_id(items[1].id, rows[2].id);
}

/* -- Edges --------------------------------------------------------------------------------------------------------------- */

static void values_at_the_edges_come_back_exactly(void **state)
{
        struct sai_id user = new_id(state);
        static const double numbers[] = {
                0.0, -0.0, 5e-324, 1.7976931348623157e308, -1.7976931348623157e308, 0.1, 9007199254740993.0, 1e15 + 0.3
        };
        static const int64_t integers[] = { INT64_MAX, INT64_MIN, 0, -1, 4102444800000, 9007199254740993 };
        for (size_t i = 0; i < SAI_COUNT(numbers); i++) {
                struct activity activity = new_activity(state, user, 0), back;
                activity.distance = activity.max_speed = SOME(numbers[i]); /* a column, and in the document */
                activity.start_date.ms = activity.strava_activity_id.value = integers[i % SAI_COUNT(integers)];
                activity.strava_activity_id.has = SAI_VALUE;
                assert_ok(store_activity_put(STORE(state), &activity, ERR));
                assert_ok(store_activity_get(STORE(state), user, activity.id, ARENA(state), &back, ERR));
                assert_true(back.distance.value == numbers[i] && back.max_speed.value == numbers[i]);
                assert_int_equal(back.start_date.ms, activity.start_date.ms);
                assert_int_equal(back.strava_activity_id.value, activity.start_date.ms);
        }
        check_pages(state, user, SORT_DISTANCE, false, 3, SAI_COUNT(numbers));
        check_pages(state, user, SORT_DISTANCE, true, 3, SAI_COUNT(numbers));
}

static void numbers_that_are_none_are_refused(void **state)
{
        struct activity activity = new_activity(state, new_id(state), 0), back;
        activity.distance = SOME((double)NAN);
        assert_status(SAI_INVALID, store_activity_put(STORE(state), &activity, ERR));
        activity.distance = SOME((double)INFINITY);
        assert_status(SAI_INVALID, store_activity_put(STORE(state), &activity, ERR));
        assert_int_equal(activity.revision, 0);
        assert_status(SAI_NOT_FOUND, store_activity_get(STORE(state), activity.user_id, activity.id, ARENA(state), &back, ERR));
}

static void texts_of_every_kind_come_back(void **state)
{
        struct sai_id user = new_id(state);
        char *large = sai_arena_alloc(ARENA(state), 65537);
        memset(large, 'x', 65536);
        const char *texts[] = { "",
                                large,
                                "\x01\x1f\x7f\t\n\r\b\f\\/\"'",
                                "\xC2\x80 \xE0\xA0\x80 \xEF\xBF\xBD \xF0\x90\x80\x80 \xF4\x8F\xBF\xBF",
                                "\xE2\x80\xA8\xE2\x80\xAE",
                                "null",
                                "{\"a\":[1]}" };
        for (size_t i = 0; i < SAI_COUNT(texts); i++) {
                struct activity activity = new_activity(state, user, 0), back;
                activity.name = activity.notes = texts[i];
                assert_ok(store_activity_put(STORE(state), &activity, ERR));
                assert_ok(store_activity_get(STORE(state), user, activity.id, ARENA(state), &back, ERR));
                assert_string_equal(back.name, texts[i]);
                assert_string_equal(back.notes, texts[i]);
        }
}

static void an_arena_that_is_too_small_says_so(void **state)
{
        struct activity activity = new_activity(state, new_id(state), 0), back, *items;
        assert_ok(store_activity_put(STORE(state), &activity, ERR));
        struct sai_arena *small = sai_arena_new(16);
        size_t count;
        assert_status(SAI_NO_MEMORY, store_activity_get(STORE(state), activity.user_id, activity.id, small, &back, ERR));
        assert_status(SAI_NO_MEMORY, store_activity_list(STORE(state), activity.user_id, NULL, SORT_START_DATE, true, NULL, 9,
                                                         small, &items, &count, ERR));
        sai_arena_free(small);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                SUITE_TEST(an_activity_comes_back_as_it_was_put),
                SUITE_TEST(another_athletes_activity_does_not_exist),
                SUITE_TEST(a_replaced_activity_is_all_new),
                SUITE_TEST(every_sort_pages_through_every_row_once),
                SUITE_TEST(pages_hold_while_rows_come_and_go),
                SUITE_TEST(filters_narrow_the_list),
                SUITE_TEST(days_bound_a_list_by_the_local_time),
                SUITE_TEST(a_list_has_all_but_laps_and_best_efforts),
                SUITE_TEST(more_filter_values_than_the_limit_are_refused),
                SUITE_TEST(a_scan_gives_the_columns_in_order_of_start),
                SUITE_TEST(a_visitor_may_use_the_store),
                SUITE_TEST(near_activities_are_within_the_bounds),
                SUITE_TEST(values_at_the_edges_come_back_exactly),
                SUITE_TEST(numbers_that_are_none_are_refused),
                SUITE_TEST(texts_of_every_kind_come_back),
                SUITE_TEST(an_arena_that_is_too_small_says_so),
        };
        return SUITE_RUN(tests);
}
