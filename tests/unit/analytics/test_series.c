/* Sums over irregular samples, splits and the moving rule (0.3-0.6, 2). */
#include "analytics/series.h"

#include "analytics/zones.h"
#include "base/cleanup.h"
#include "expect.h"

static const double wm_t[] = { 0, 1, 2, 5, 9, 10, 40, 41, 45 };
static const double wm_hr[] = { 100, 120, 130, 150, 152, 160, 170, 165, 140 };
enum { WM_N = SAI_COUNT(wm_t) };

static void WM_1_mean_is_weighted_by_time(void **state)
{
        (void)state;
        struct weighted_mean mean = series_weighted_mean(wm_t, wm_hr, WM_N, 10);
        expect("WM-1", mean.mean, 146.2);
        expect("WM-1 covered", mean.covered, 15);
        expect("WM-1 gap", mean.gap, 30);
        expect("WM-2", series_plain_mean(wm_hr, WM_N), 143.0);
}

static void mean_of_nothing_is_absent_and_not_zero(void **state)
{
        (void)state;
        double t[] = { 0, 1, 2 }, none[] = { (double)NAN, (double)NAN, (double)NAN };
        expect_absent("mean", series_weighted_mean(t, none, 3, 10).mean);
        expect_absent("mean of one sample", series_weighted_mean(t, wm_hr, 1, 10).mean);
        expect_absent("plain", series_plain_mean(none, 3));
}

static void TIZ_gaps_add_to_no_zone(void **state)
{
        (void)state;
        struct zone_table table = zones_from_max_heartrate(190);
        double want_capped[] = { 1, 12, 2, 0, 0 }, want_open[] = { 1, 12, 2, 30, 0 }, times[5] = { 0 }, open[5] = { 0 };
        expect("TIZ gap", series_time_in_zones(wm_t, wm_hr, WM_N, 10, &table, times), 30);
        expect("TIZB gap", series_time_in_zones(wm_t, wm_hr, WM_N, GAP_CAP_NONE, &table, open), 0);
        for (int i = 0; i < 5; i++) {
                expect("TIZ", times[i], want_capped[i]);
                expect("TIZB", open[i], want_open[i]);
        }
}

static void MOVE_1_rest_is_not_moving_but_its_distance_counts(void **state)
{
        (void)state;
        double t[] = { 0, 10, 20, 30, 90, 100, 110, 120 }, d[] = { 0, 30, 60, 62, 62, 92, 122, 150 }, moving[8];
        double seconds = series_moving_time(t, d, NULL, 8, 0.89408, moving);
        expect("MOVE-1", seconds, 50);
        expect("MOVE-1 speed", d[7] / seconds, 3.0);
        assert_true(moving[3] == 0 && moving[4] == 0 && moving[5] == 1);
        expect("run threshold", moving_threshold(FAMILY_RUN), 0.89408);
}

static void SPL_boundaries_are_interpolated(void **state)
{
        (void)state;
        double t[] = { 0, 100, 220, 330, 450, 600 }, d[] = { 0, 400, 900, 1300, 1800, 2400 };
        struct split s[4];
        assert_int_equal(series_splits(t, d, 6, 1000, s, 4), 3);
        expect("SPL km 1", s[0].time, 247.5);
        expect("SPL km 2", s[1].time, 252.5);
        expect("SPL rest", s[2].time / s[2].distance * 1000, 250);
        assert_true(s[2].partial && !s[1].partial);
        expect("SPL halves", series_negative_split(t, d, 6), -1.652892562);
        double km[] = { 295, 300, 305, 310, 290 };
        expect("CV-1", series_variation(km, 5), 2.35702260);
}

static void cleaning_sorts_and_keeps_the_last_of_equal_times(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        double t[] = { 0, 2, 1, 2, (double)INFINITY, 3 }, hr[] = { 100, 102, 101, 202, 7, (double)INFINITY };
        struct streams raw = { .count = 6, .channel = { [STREAM_TIME] = t, [STREAM_HEARTRATE] = hr } }, clean;
        assert_int_equal(series_clean(&raw, arena, &clean), SAI_OK);
        assert_int_equal(clean.count, 4);
        double want[] = { 100, 101, 202 };
        for (size_t i = 0; i < 3; i++)
                expect("clean", clean.channel[STREAM_HEARTRATE][i], want[i]);
        expect_absent("infinite is absent", clean.channel[STREAM_HEARTRATE][3]);
        assert_null(clean.channel[STREAM_WATTS]);
}

static void distance_goes_on_after_a_device_restart(void **state)
{
        (void)state;
        double d[] = { 0, 100, 98, 200, 0, 50, 120 }, want[] = { 0, 100, 100, 200, 200, 250, 320 };
        assert_int_equal(distance_make_monotone(d, 7), 1);
        for (int i = 0; i < 7; i++)
                expect("0.4", d[i], want[i]);
}

static void resampling_gives_each_second_its_interval(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        double t[] = { 0, 2, 3, 40, 41 }, w[] = { 5, 100, 200, 300, 400 }, *by_second;
        size_t n;
        assert_int_equal(series_resample_1hz(t, w, 5, 30, 0, arena, &by_second, &n), SAI_OK);
        assert_int_equal(n, 41);
        expect("second 1", by_second[0], 100);
        expect("second 2", by_second[1], 100);
        expect("second 3", by_second[2], 200);
        expect("gap", by_second[20], 0);
        expect("second 40 still gap", by_second[39], 0);
        expect("second 41", by_second[40], 400);
}

static void peak_looks_at_both_alignments_of_the_window(void **state)
{
        (void)state;
        /* The best 5 s start at a sample (t=3) and end inside the interval (5, 9]. */
        double t[] = { 0, 3, 5, 9 }, x[] = { 0, 10, 100, 90 };
        expect("peak", series_peak_mean(t, x, 4, 5, 10), (2 * 100 + 3 * 90) / 5.0);
        expect_absent("longer than the data", series_peak_mean(t, x, 4, 10, 10));
        double gap[] = { 0, 3, 33, 36 };
        expect_absent("not across a gap", series_peak_mean(gap, x, 4, 5, 10));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(WM_1_mean_is_weighted_by_time),
                cmocka_unit_test(mean_of_nothing_is_absent_and_not_zero),
                cmocka_unit_test(TIZ_gaps_add_to_no_zone),
                cmocka_unit_test(MOVE_1_rest_is_not_moving_but_its_distance_counts),
                cmocka_unit_test(SPL_boundaries_are_interpolated),
                cmocka_unit_test(cleaning_sorts_and_keeps_the_last_of_equal_times),
                cmocka_unit_test(distance_goes_on_after_a_device_restart),
                cmocka_unit_test(resampling_gives_each_second_its_interval),
                cmocka_unit_test(peak_looks_at_both_alignments_of_the_window),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
