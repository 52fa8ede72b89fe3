/* test_track.c -- cleaning and measuring, by the examples of the metrics reference. */
#include "files/track.h"
#include "files_testing.h"

struct fix {
        double time, latitude, longitude;
};

static double measured(const struct fix *fixes, size_t count, enum sport_family family, size_t *ret_rejected)
{
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(16));
        struct streams samples = { .count = count };
        double *time = streams_channel(&samples, STREAM_TIME, arena);
        double *latitude = streams_channel(&samples, STREAM_LATITUDE, arena);
        double *longitude = streams_channel(&samples, STREAM_LONGITUDE, arena);
        for (size_t i = 0; i < count; i++) {
                time[i] = fixes[i].time;
                latitude[i] = fixes[i].latitude;
                longitude[i] = fixes[i].longitude;
        }
        track_drop_impossible(&samples);
        assert_int_equal(track_measure(&samples, family, arena, ret_rejected, NULL), SAI_OK);
        const double *distance = samples.channel[STREAM_DISTANCE];
        for (size_t i = 1; i < count; i++)
                assert_true(distance[i] >= distance[i - 1]);
        return distance[count - 1];
}

static void great_circles_have_their_length(void **state)
{
        (void)state;
        assert_close(track_haversine(48.8566, 2.3522, 52.52, 13.405), 877464.5379, 1e-3, "HAV-1");
        assert_close(track_haversine(0, 0, 0, 1), 111195.0802, 1e-3, "HAV-2");
        assert_close(track_haversine(-16.98, 179.98, -17.46, -179.14), 107631.1289, 1e-3, "HAV-3");
        assert_close(track_haversine(0, 0, 0, 180), M_PI * 6371008.8, 1e-3, "antipodes");
}

static void a_spike_is_left_out_of_the_distance(void **state)
{
        (void)state;
        /* SPK */
        static const struct fix fixes[] = {
                { 0, 47.0, 8 }, { 5, 47.0001, 8 }, { 10, 47.005, 8 }, { 15, 47.0003, 8 }, { 20, 47.0004, 8 }
        };
        size_t rejected;
        assert_close(measured(fixes, SAI_COUNT(fixes), FAMILY_RUN, &rejected), 44.4780321, 1e-6, "SPK");
        assert_int_equal(rejected, 1);
        assert_close(measured(fixes, SAI_COUNT(fixes), FAMILY_OTHER, &rejected), 44.4780321, 1e-6, "SPK as another sport");
}

static void two_wrong_fixes_in_a_row_are_left_out(void **state)
{
        (void)state;
        static const struct fix fixes[] = { { 0, 47.0, 8 },     { 5, 47.0001, 8 },  { 10, 47.005, 8 },
                                            { 15, 47.0051, 8 }, { 20, 47.0004, 8 }, { 25, 47.0005, 8 } };
        size_t rejected;
        assert_close(measured(fixes, SAI_COUNT(fixes), FAMILY_RUN, &rejected), 55.5975, 1e-3, "length");
        assert_int_equal(rejected, 2);
}

static void a_real_jump_goes_on_but_does_not_count(void **state)
{
        (void)state;
        static const struct fix fixes[] = { { 0, 47.0, 8 },     { 5, 47.0001, 8 },  { 10, 47.05, 8 },  { 15, 47.0501, 8 },
                                            { 20, 47.0502, 8 }, { 25, 47.0503, 8 }, { 30, 47.0504, 8 } };
        size_t rejected;
        assert_close(measured(fixes, SAI_COUNT(fixes), FAMILY_RUN, &rejected), 55.5975, 1e-3, "length");
        assert_int_equal(rejected, 1);
}

static void a_ride_recorded_as_a_walk_keeps_its_distance(void **state)
{
        (void)state;
        struct fix fixes[100];
        for (size_t i = 0; i < 100; i++)
                fixes[i] = (struct fix) { (double)i, 47 + 8e-5 * (double)i, 8 }; /* 8.9 m/s */
        size_t rejected;
        assert_close(measured(fixes, 100, FAMILY_WALK, &rejected), 99 * 8e-5 * 111195.08, 0.01, "length");
        assert_int_equal(rejected, 0);
}

static void standing_still_adds_no_distance(void **state)
{
        (void)state;
        struct fix fixes[600];
        for (size_t i = 0; i < 600; i++)
                fixes[i] = (struct fix) { (double)i, 47 + (i % 2 ? 3e-6 : 0), 8 }; /* 0.33 m to and fro */
        size_t rejected;
        assert_close(measured(fixes, 600, FAMILY_RUN, &rejected), 0, 1e-9, "scatter");
        /* But slow is not still. */
        for (size_t i = 0; i < 600; i++)
                fixes[i].latitude = 47 + 5e-6 * (double)i; /* 0.56 m/s */
        assert_close(measured(fixes, 600, FAMILY_RUN, &rejected), 599 * 5e-6 * 111195.08, 2.5, "strolling");
}

static void impossible_positions_are_absent(void **state)
{
        (void)state;
        static const struct fix fixes[] = { { 0, 0, 0 },        { 1, 47.0, 8 },   { 2, 91, 8 },
                                            { 3, 47.00005, 8 }, { 4, 47, 180.5 }, { 5, 47.0001, 8 } };
        size_t rejected;
        assert_close(measured(fixes, SAI_COUNT(fixes), FAMILY_RUN, &rejected), 11.1195, 1e-3, "length");
        assert_int_equal(rejected, 0);
}

static void a_distance_never_falls(void **state)
{
        (void)state;
        double distance[] = { 0, 10, 20, 18, 30, (double)NAN, 40, 0, 5, 12 };
        static const double mended[] = { 0, 10, 20, 20, 30, (double)NAN, 40, 40, 45, 52 };
        struct streams samples = { .count = SAI_COUNT(distance), .channel[STREAM_DISTANCE] = distance };
        track_mend_distance(&samples);
        for (size_t i = 0; i < SAI_COUNT(distance); i++) {
                if (isnan(mended[i]))
                        assert_true(isnan(distance[i]));
                else
                        assert_close(distance[i], mended[i], 1e-12, "distance");
        }
}

static void sorting_is_stable_and_drops_what_has_no_time(void **state)
{
        (void)state;
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(1));
        double time[] = { 3, 1, (double)NAN, 2, 1, (double)INFINITY, 2 }, rate[] = { 30, 10, 99, 20, 11, 99, (double)NAN };
        struct streams samples = { .count = SAI_COUNT(time), .channel = { [STREAM_TIME] = time, [STREAM_HEARTRATE] = rate } };
        assert_int_equal(track_sort(&samples, arena, NULL), SAI_OK);
        assert_int_equal(samples.count, 5);
        track_merge(&samples);
        assert_int_equal(samples.count, 3);
        static const double rates[] = { 11, 20, 30 };
        for (size_t i = 0; i < 3; i++) {
                assert_close(time[i], (double)i + 1, 0, "time");
                assert_close(rate[i], rates[i], 0, "rate");
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(great_circles_have_their_length),
                cmocka_unit_test(a_spike_is_left_out_of_the_distance),
                cmocka_unit_test(two_wrong_fixes_in_a_row_are_left_out),
                cmocka_unit_test(a_real_jump_goes_on_but_does_not_count),
                cmocka_unit_test(a_ride_recorded_as_a_walk_keeps_its_distance),
                cmocka_unit_test(standing_still_adds_no_distance),
                cmocka_unit_test(impossible_positions_are_absent),
                cmocka_unit_test(a_distance_never_falls),
                cmocka_unit_test(sorting_is_stable_and_drops_what_has_no_time),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
