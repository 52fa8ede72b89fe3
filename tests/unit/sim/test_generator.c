/* test_generator.c -- invented athletes are repeatable and plausible. */
#include "sim_client.h"

#include <dirent.h>
#include <math.h>
#include <unistd.h>

#include "files/recording.h"
#include "sim/generator.h"
#include "sim/measure.h"
#include "sim/polyline.h"
#include "sim/strava_json.h"
#include "support/shared_data.h"

enum { TODAY = (int)(NOW_MS / 86400000) };

static struct workout *calendar(const struct persona *persona, size_t *ret_count)
{
        struct workout *workouts = NULL;
        struct sai_err err;
        assert_int_equal(generator_calendar(persona, (struct sai_day) { TODAY }, NOW_MS / 1000, &workouts, ret_count, &err),
                         SAI_OK);
        return workouts;
}

static void same_seed_gives_the_same_athletes_and_samples(void **state)
{
        (void)state;
        size_t counts[2];
        struct persona a = persona_make(11, 2), b = persona_make(11, 2), other = persona_make(12, 2);
        struct workout *first = calendar(&a, &counts[0]), *second = calendar(&b, &counts[1]);
        assert_int_equal(counts[0], counts[1]);
        assert_memory_equal(first, second, counts[0] * sizeof *first);
        assert_true(other.seed != a.seed);
        struct sai_arena *arena = sai_arena_new(SAI_MIB(64));
        struct streams x, y;
        struct sai_err err;
        assert_int_equal(generator_streams(&a, &first[counts[0] - 1], arena, &x, &err), SAI_OK);
        assert_int_equal(generator_streams(&b, &second[counts[0] - 1], arena, &y, &err), SAI_OK);
        assert_int_equal(x.count, y.count);
        for (int c = 0; c < STREAM_CHANNELS; c++) {
                assert_true((x.channel[c] != NULL) == (y.channel[c] != NULL));
                if (x.channel[c])
                        assert_memory_equal(x.channel[c], y.channel[c], x.count * sizeof(double));
        }
        sai_arena_free(arena);
        free(first);
        free(second);
}

static void ten_years_have_seasons_races_a_break_and_missing_heart_rate(void **state)
{
        (void)state;
        for (int number = 1; number <= 3; number++) {
                size_t count, races = 0, without_heart = 0, open_water = 0;
                int64_t longest_gap = 0;
                struct persona p = persona_make(3, number);
                struct workout *w = calendar(&p, &count);
                assert_true(count > 1500 && count < 3700);
                assert_true(w[count - 1].start_s > NOW_MS / 1000 - 14 * 86400);
                assert_true(w[0].start_s < NOW_MS / 1000 - (int64_t)(9.8 * 365 * 86400));
                for (size_t i = 0; i < count; i++) {
                        races += w[i].distance_m > 0.0;
                        without_heart += !w[i].heartrate;
                        open_water += w[i].kind == WORKOUT_OPEN_WATER && strncmp(w[i].name, "Oceanman", 8) == 0;
                        if (i > 0) {
                                assert_true(w[i].start_s > w[i - 1].start_s);
                                longest_gap = w[i].start_s - w[i - 1].start_s > longest_gap ? w[i].start_s - w[i - 1].start_s
                                                                                            : longest_gap;
                        }
                }
                assert_true(races >= 15 && races <= 50);
                assert_true(longest_gap > 30 * 86400 && longest_gap < 90 * 86400);
                assert_true(without_heart > count / 50);
                assert_true(number == 3 || open_water >= 5);
                free(w);
        }
}

/* Every kind of workout: samples in their bounds, columns aligned, time ascending. */
static void samples_are_plausible(void **state)
{
        (void)state;
        static const struct {
                enum stream_channel channel;
                double low, high;
        } bounds[] = {
                { STREAM_HEARTRATE, 40, 200 }, { STREAM_CADENCE, 0, 130 },   { STREAM_WATTS, 0, 900 },
                { STREAM_TEMP, -25, 45 },      { STREAM_VELOCITY, 0, 25 },   { STREAM_ALTITUDE, -20, 3500 },
                { STREAM_GRADE, -45, 45 },     { STREAM_LATITUDE, -60, 70 },
        };
        for (int number = 1; number <= 3; number++) {
                size_t count;
                struct persona p = persona_make(3, number);
                struct workout *w = calendar(&p, &count);
                for (size_t i = 0; i < count; i += 23) {
                        struct sai_arena *arena = sai_arena_new(SAI_MIB(64));
                        struct streams s;
                        struct sai_err err;
                        assert_int_equal(generator_streams(&p, &w[i], arena, &s, &err), SAI_OK);
                        assert_true((s.count > 0) == (w[i].kind != WORKOUT_MANUAL));
                        for (size_t k = 1; k < s.count; k++)
                                assert_true(s.channel[STREAM_TIME][k] > s.channel[STREAM_TIME][k - 1]);
                        for (size_t b = 0; b < SAI_COUNT(bounds); b++)
                                for (size_t k = 0; s.channel[bounds[b].channel] && k < s.count; k++)
                                        assert_true(s.channel[bounds[b].channel][k] >= bounds[b].low &&
                                                    s.channel[bounds[b].channel][k] <= bounds[b].high);
                        if (w[i].distance_m > 0.0)
                                assert_near(s.channel[STREAM_DISTANCE][s.count - 1], w[i].distance_m, 40.0);
                        assert_true(!w[i].indoor || !s.channel[STREAM_LATITUDE]);
                        sai_arena_free(arena);
                }
                free(w);
        }
}

/* The track of the positions is as long as the distance says. */
static void the_track_is_as_long_as_the_distance(void **state)
{
        (void)state;
        size_t count;
        struct persona p = persona_make(3, 1);
        struct workout *w = calendar(&p, &count);
        for (size_t i = count - 1, seen = 0; i > 0 && seen < 5; i--) {
                struct sai_arena *arena = sai_arena_new(SAI_MIB(64));
                struct streams s;
                struct sai_err err;
                assert_int_equal(generator_streams(&p, &w[i], arena, &s, &err), SAI_OK);
                if (s.channel[STREAM_LATITUDE]) {
                        double length = 0.0, step = 30;
                        for (size_t k = (size_t)step; k < s.count; k += (size_t)step) {
                                double north =
                                        (s.channel[STREAM_LATITUDE][k] - s.channel[STREAM_LATITUDE][k - (size_t)step]) * 111320.0;
                                double east = (s.channel[STREAM_LONGITUDE][k] - s.channel[STREAM_LONGITUDE][k - (size_t)step]) *
                                              111320.0 * cos(s.channel[STREAM_LATITUDE][k] * M_PI / 180.0);
                                length += hypot(north, east);
                        }
                        assert_near(length, s.channel[STREAM_DISTANCE][s.count - 1], 0.05 * length + 150.0);
                        seen++;
                }
                sai_arena_free(arena);
        }
        free(w);
}

/* The example of the format's documentation. */
static void polylines_are_encoded_as_documented(void **state)
{
        (void)state;
        const double lat[] = { 38.5, 40.7, 43.252 }, lng[] = { -120.2, -120.95, -126.453 };
        struct sai_buf buf;
        sai_buf_init(&buf, 1024);
        polyline_append(&buf, lat, lng, 3);
        assert_string_equal(buf.data, "_p~iF~ps|U_ulLnnqC_mqNvxq`@");
        sai_buf_done(&buf);
}

static void floats_have_a_fraction_and_no_more_digits_than_asked(void **state)
{
        (void)state;
        static const struct {
                double value;
                int decimals;
                const char *text;
        } cases[] = {
                { 0.0, 1, "0.0" },     { 187.0, 1, "187.0" }, { -18000.0, 0, "-18000.0" },       { 3.1449, 3, "3.145" },
                { -0.04, 1, "0.0" },   { -0.05, 1, "-0.1" },  { 45.199618, 6, "45.199618" },     { -105.2705, 6, "-105.2705" },
                { 99.95, 1, "100.0" }, { 1.5, 6, "1.5" },     { 1e15, 1, "1000000000000000.0" }, { 12.125, 0, "12.125" },
        };
        for (size_t i = 0; i < SAI_COUNT(cases); i++) {
                struct sai_buf buf;
                sai_buf_init(&buf, 64);
                strava_write_float(&buf, cases[i].value, cases[i].decimals);
                assert_string_equal(buf.data, cases[i].text);
                sai_buf_done(&buf);
        }
}

static void thinning_keeps_the_ends_and_the_corners(void **state)
{
        (void)state;
        double lat[200], lng[200], out_lat[200], out_lng[200];
        for (int i = 0; i < 200; i++) { /* a right angle */
                lat[i] = i < 100 ? 0.0 : (i - 99) * 1e-4;
                lng[i] = i < 100 ? i * 1e-4 : 99e-4;
        }
        size_t kept = polyline_thin(lat, lng, 200, 20, out_lat, out_lng);
        assert_true(kept >= 3 && kept <= 6);
        assert_near(out_lng[0], lng[0], 1e-12);
        assert_near(out_lat[kept - 1], lat[199], 1e-12);
}

static void written_files_read_back_as_the_same_workouts(void **state)
{
        (void)state;
        char directory[] = P_tmpdir "/sim-files-XXXXXX";
        struct sai_fake_clock fake = { .wall_ms = NOW_MS };
        struct sai_err err = { 0 };
        int written = 0, read = 0;
        assert_non_null(mkdtemp(directory));
        sai_status status = sim_write_files(directory, 6, 3, sai_clock_fake(&fake), &written, &err);
        if (status != SAI_OK)
                fail_msg("%s", err.detail);
        assert_int_equal(written, 6);
        DIR *dir = opendir(directory);
        for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
                char path[512];
                size_t len = 0;
                if (entry->d_name[0] == '.')
                        continue;
                snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
                char *data = read_whole_file(path, &len);
                struct sai_arena *arena = sai_arena_new(SAI_MIB(64));
                struct recording recording;
                const char *reason = NULL;
                if (recording_read(data, len, arena, &recording, &reason, &err) != SAI_OK)
                        fail_msg("%s: %s", entry->d_name, err.detail);
                int64_t start_s = 0;
                assert_true(sai_parse_i64(entry->d_name, strcspn(entry->d_name, "-"), &start_s));
                assert_int_equal(recording.session_count, 1);
                assert_true(llabs(recording.sessions[0].start.value.ms / 1000 - start_s) <= 1);
                assert_true(recording.sessions[0].streams.count > 10);
                read++;
                sai_arena_free(arena);
                free(data);
                unlink(path);
        }
        closedir(dir);
        rmdir(directory);
        assert_int_equal(read, 6);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(same_seed_gives_the_same_athletes_and_samples),
                cmocka_unit_test(ten_years_have_seasons_races_a_break_and_missing_heart_rate),
                cmocka_unit_test(samples_are_plausible),
                cmocka_unit_test(the_track_is_as_long_as_the_distance),
                cmocka_unit_test(polylines_are_encoded_as_documented),
                cmocka_unit_test(floats_have_a_fraction_and_no_more_digits_than_asked),
                cmocka_unit_test(thinning_keeps_the_ends_and_the_corners),
                cmocka_unit_test(written_files_read_back_as_the_same_workouts),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
