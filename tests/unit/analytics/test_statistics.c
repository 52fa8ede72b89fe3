/* Lines, ranks, change points, outliers, curves, load, down-sampling and texts: worked examples of 1, 12, 13, 17 to 20. */
#include "analytics/chart.h"
#include "analytics/curves.h"
#include "analytics/format.h"
#include "analytics/load.h"
#include "analytics/trend.h"
#include "base/calendar.h"
#include "base/cleanup.h"
#include "expect.h"

static const double ols_x[] = { 0, 7, 14, 21, 28, 35, 42, 49, 56, 63 };
static const double ols_y[] = { 332, 330, 331, 326, 327, 324, 325, 320, 321, 318 };

static void TCDF_student(void **state)
{
        (void)state;
        expect("F(1;1)", student_t_cdf(1, 1), 0.75);
        expect("F(2;10)", student_t_cdf(2, 10), 0.963305983);
        expect("F(-1.5;3)", student_t_cdf(-1.5, 3), 0.115291933);
        static const struct {
                double df, t;
        } cases[] = { { 1, 12.706205 }, { 2, 4.302653 },  { 3, 3.182446 },  { 4, 2.776445 },   { 5, 2.570582 },  { 6, 2.446912 },
                      { 7, 2.364624 },  { 8, 2.306004 },  { 9, 2.262157 },  { 10, 2.228139 },  { 12, 2.178813 }, { 15, 2.131450 },
                      { 20, 2.085963 }, { 30, 2.042272 }, { 60, 2.000298 }, { 120, 1.979930 }, { 1e9, 1.959964 } };
        for (size_t i = 0; i < SAI_COUNT(cases); i++)
                expect_within("t(0.975)", student_t_quantile(0.975, cases[i].df), cases[i].t, 5.1e-7);
        expect("lower half", student_t_quantile(0.025, 8), -student_t_quantile(0.975, 8));
}

static void OLS_slope_with_interval(void **state)
{
        (void)state;
        struct fitted_line line;
        assert_true(line_fit(ols_x, ols_y, 10, &line));
        expect("OLS b", line.slope, -0.216450216);
        expect_within("OLS a", line.intercept, 332.2181818, 5e-8);
        expect_within("OLS se_b", line.slope_se, 0.021540875, 5e-10);
        expect_within("OLS lo", line.lo, -0.266123563, 5e-10);
        expect_within("OLS hi", line.hi, -0.166776870, 5e-10);
        expect_within("OLS-eta, days after the last", (300 - line.intercept) / line.slope - 63, 85.848, 5e-4);
        struct line_prediction at = line_predict(&line, 84);
        expect_within("PI s", line.s, 1.369582993, 5e-10);
        expect_within("PI y", at.y, 314.0363636, 5e-8);
        expect_within("PI se", at.se, 1.828184606, 5e-10);
        expect_within("PI lo", at.lo, 309.8205624, 5e-8);
        expect_within("PI hi", at.hi, 318.2521649, 5e-8);
        expect_within("PI-prob", line_probability_at_most(&line, 84, 315), 0.693788178, 5e-10);
}

static void a_line_keeps_its_digits_far_from_zero(void **state)
{
        (void)state;
        double x[10];
        for (int i = 0; i < 10; i++)
                x[i] = ols_x[i] + 2e7;
        struct fitted_line line;
        assert_true(line_fit(x, ols_y, 10, &line));
        expect("slope", line.slope, -0.216450216);
        double same[] = { 3, 3, 3, 3 };
        assert_false(line_fit(same, ols_y, 4, &line));
        assert_false(line_fit(ols_x, ols_y, 2, &line));
}

static void TS_and_MK_robust_trends(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct robust_line line;
        struct mann_kendall mk;
        assert_int_equal(theil_sen(ols_x, ols_y, 10, arena, &line), SAI_OK);
        expect("TS slope", line.slope, -0.214285714);
        expect("TS intercept", line.intercept, 331.75);
        assert_int_equal(mann_kendall(ols_y, 10, arena, &mk), SAI_OK);
        expect("MK S", mk.s, -37);
        expect("MK var", mk.variance, 125);
        expect("MK z", mk.z, -3.219937888);
        expect_within("MK p", mk.p, 0.001282184, 5e-10);
        double ties[] = { 5, 5, 6, 7, 7, 7, 9, 8, 10, 10 };
        assert_int_equal(mann_kendall(ties, 10, arena, &mk), SAI_OK);
        expect("MK2 S", mk.s, 38);
        expect("MK2 var", mk.variance, 119.3333333);
        expect("MK2 z", mk.z, 3.387043997);
        expect_within("MK2 p", mk.p, 0.000706501, 5e-10);
}

static void theil_sen_of_many_points_takes_a_sample_of_pairs(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        enum { N = 5000 };
        double *x = SAI_NEW_ARRAY(arena, double, N), *y = SAI_NEW_ARRAY(arena, double, N);
        assert_non_null(y);
        for (int i = 0; i < N; i++) {
                x[i] = i;
                y[i] = 3 - 0.25 * i + (i % 17 == 0 ? 100 : 0);
        }
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *large = sai_arena_new((size_t)256 << 20);
        struct robust_line line;
        assert_int_equal(theil_sen(x, y, N, large, &line), SAI_OK);
        expect_within("slope", line.slope, -0.25, 1e-3);
}

static void CHG_one_change_point(void **state)
{
        (void)state;
        double y[] = { 50, 52, 49, 51, 50, 53, 60, 62, 59, 61, 63, 60 };
        struct change_point point;
        assert_true(change_point_find(y, 12, &point));
        assert_int_equal(point.index, 6);
        expect("CHG sse", point.sse, 21.6666667);
        expect("CHG total", point.sse_total, 321.6666667);
        expect("CHG gain", point.gain, 27.4030767);
        assert_true(point.accepted);
        double flat[] = { 5, 5, 5, 5, 5, 5 }, step[] = { 1, 1, 1, 2, 2, 2 };
        assert_true(change_point_find(flat, 6, &point) && !point.accepted);
        assert_true(change_point_find(step, 6, &point) && point.accepted && point.index == 3 && point.sse == 0);
        assert_false(change_point_find(y, 3, &point));
}

static void several_changes_are_found_in_order(void **state)
{
        (void)state;
        double y[60];
        for (int i = 0; i < 60; i++)
                y[i] = (i < 20 ? 10 : i < 40 ? 30 : 20) + (i * 7 % 5) * 0.1;
        struct change_point found[8];
        assert_int_equal(change_points(y, 60, found, 8), 2);
        assert_int_equal(found[0].index, 20);
        assert_int_equal(found[1].index, 40);
        expect_within("level", found[1].before, 30.2, 1e-9);
}

static void PCT_percentiles_and_ranks(void **state)
{
        (void)state;
        double v[] = { 12, 7, 3, 9, 15, 21, 4, 8 };
        expect("PRANK-1", percent_rank(v, 8, 10), 62.5);
        expect("PRANK-2", percent_rank(v, 8, 9), 56.25);
        sort_doubles(v, 8);
        expect("p25", percentile_sorted(v, 8, 0.25), 6.25);
        expect("p50", percentile_sorted(v, 8, 0.5), 8.5);
        expect("p90", percentile_sorted(v, 8, 0.9), 16.8);
}

static void median_agrees_with_sorting(void **state)
{
        (void)state;
        uint32_t seed = 1;
        for (size_t n = 1; n < 200; n++) {
                double a[200], b[200];
                for (size_t i = 0; i < n; i++) {
                        seed = seed * 1664525u + 1013904223u;
                        a[i] = b[i] = (double)(seed >> 24) / (n % 3 ? 1 : 32); /* with and without ties */
                        if (n % 5 == 0)
                                a[i] = b[i] = (double)i;
                }
                sort_doubles(b, n);
                expect("median", median_of(a, n), percentile_sorted(b, n, 0.5));
        }
}

static void MAD_IQR_and_HAMPEL_outliers(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        double v[] = { 301, 299, 305, 298, 302, 300, 420, 303, 297 };
        struct robust_center center;
        assert_int_equal(robust_center(v, 9, arena, &center), SAI_OK);
        expect("median", center.median, 301);
        expect("MAD", center.mad, 2);
        expect("z", robust_z(&center, 420), 40.13275);
        sort_doubles(v, 9);
        struct fences fences = iqr_fences(v, 9);
        expect("IQR lo", fences.lo, 293);
        expect("IQR hi", fences.hi, 309);
        double x[] = { 140, 141, 142, 190, 143, 144, 143, 145, 146, 90, 147, 148 }, out[12];
        assert_int_equal(hampel(x, 12, 2, 0, out), 2);
        for (int i = 0; i < 12; i++)
                expect("HAMPEL", out[i], i == 3 ? 143 : i == 9 ? 146 : x[i]);
}

static size_t fill(double *q, size_t n, size_t count, double watts)
{
        for (size_t i = 0; i < count; i++)
                q[n++] = watts;
        return n;
}

static void MMP_curve(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        double q[570];
        size_t n = fill(q, 0, 90, 120);
        for (int k = 0; k < 3; k++)
                n = fill(q, fill(q, n, 45, 320), 75, 140);
        n = fill(q, n, 120, 160);
        assert_int_equal(n, 570);
        static const struct {
                size_t seconds;
                double watts;
        } cases[] = { { 1, 320 },          { 45, 320 },  { 46, 316.086957 }, { 120, 207.5 },
                      { 165, 238.181818 }, { 300, 221 }, { 570, 183.684211 } };
        for (size_t i = 0; i < SAI_COUNT(cases); i++)
                expect("MMP", mean_max(q, n, cases[i].seconds), cases[i].watts);
        expect_absent("longer than the data", mean_max(q, n, 571));
        double curve[64];
        assert_true(curve_duration_count <= 64);
        assert_int_equal(mean_max_curve(q, n, arena, curve), SAI_OK);
        for (size_t k = 0; k < curve_duration_count; k++) {
                double want = mean_max(q, n, (size_t)curve_durations[k]);
                if (isnan(want))
                        expect_absent("curve", curve[k]);
                else
                        expect("curve", curve[k], want);
        }
}

static void BE_1_is_interpolated(void **state)
{
        (void)state;
        double t[] = { 0, 10, 20, 30, 40, 50, 60 }, d[] = { 0, 25, 60, 100, 130, 175, 200 };
        struct best_effort best = best_effort(t, d, NULL, 7, 100, 12.5);
        expect("BE-1", best.time, 26.25);
        expect("BE-1 aligned", best_effort_aligned(t, d, 7, 100), 30);
        expect_absent("not covered", best_effort(t, d, NULL, 7, 201, 12.5).time);
}

static void best_efforts_never_lie_inside_a_teleport_or_a_jump(void **state)
{
        (void)state;
        double t[] = { 0, 10, 20, 30, 40, 50, 60 }, d[] = { 0, 30, 60, 360, 390, 420, 450 };
        uint8_t teleport[] = { 0, 0, 0, 1, 0, 0, 0 };
        expect("after it", best_effort(t, d, teleport, 7, 90, 50).time, 30);
        expect("slower than the limit only", best_effort(t, d, NULL, 7, 90, 12.5).time, 30);
        double gap_t[] = { 0, 10, 20, 120, 130, 140, 150 }, gap_d[] = { 0, 30, 60, 1360, 1390, 1420, 1450 };
        expect("hole with a jump", best_effort(gap_t, gap_d, NULL, 7, 90, 50).time, 30);
        double pause_d[] = { 0, 30, 60, 60, 90, 120, 150 };
        expect("a pause counts as time", best_effort(gap_t, pause_d, NULL, 7, 150, 50).time, 150);
}

static void PMC_table(void **state)
{
        (void)state;
        static const double loads[] = { 100, 0, 50, 120, 0, 80, 0 };
        static const double want[][3] = { { 0, 2.352831335, 13.31221002 },
                                          { -10.95937869, 2.297473182, 11.54006067 },
                                          { -9.242587486, 3.419833180, 16.65992857 },
                                          { -13.24009539, 6.162767875, 30.41677592 },
                                          { -24.25400804, 6.017768342, 26.36763082 },
                                          { -20.34986248, 7.758445470, 33.50728445 },
                                          { -25.74883898, 7.575902334, 29.04672437 } };
        struct load_state s = { 0, 0 };
        for (int i = 0; i < 7; i++) {
                double tsb;
                s = load_step(s, loads[i], &tsb);
                expect("PMC TSB", tsb, want[i][0]);
                expect("PMC CTL", s.ctl, want[i][1]);
                expect("PMC ATL", s.atl, want[i][2]);
        }
        double tsb;
        struct load_state c42 = { 0, 0 }, rest = { 60, 80 }, alternating = { 0, 0 };
        for (int i = 0; i < 42; i++)
                c42 = load_step(c42, 100, &tsb);
        expect("PMC-c42 CTL", c42.ctl, 63.2120559);
        expect("PMC-c42 ATL", c42.atl, 99.7521248);
        for (int i = 0; i < 14; i++)
                rest = load_step(rest, 0, &tsb);
        expect("PMC-d CTL", rest.ctl, 42.9918786);
        expect("PMC-d ATL", rest.atl, 10.8268227);
        for (int i = 0; i < 4000; i++)
                alternating = load_step(alternating, i % 2 ? 0 : 100, &tsb);
        expect("ALT-ctl", alternating.ctl, 49.4047900);
}

static void MONO_monotony_strain_and_ACWR(void **state)
{
        (void)state;
        static const struct {
                double loads[7], monotony, strain;
        } cases[] = { { { 40, 0, 60, 30, 0, 90, 20 }, 1.136432937, 272.7439049 },
                      { { 55, 60, 50, 65, 70, 0, 80 }, 2.264875829, 860.6528151 },
                      { { 60, 0, 90, 45, 120, 0, 30 }, 1.189301687, 410.3090820 } };
        for (size_t i = 0; i < SAI_COUNT(cases); i++) {
                expect("MONO", load_monotony(cases[i].loads).value, cases[i].monotony);
                expect("strain", load_strain(cases[i].loads, load_monotony(cases[i].loads)).value, cases[i].strain);
        }
        double same[] = { 50, 50, 50, 50, 50, 50, 50 }, none[28] = { 0 }, month[28], ewma[34];
        expect("identical days", load_monotony(same).value, 10);
        assert_false(SAI_HAS(load_monotony(none)));
        for (int i = 0; i < 28; i++)
                month[i] = i < 21 ? 300.0 / 7 : 400.0 / 7;
        expect("ACWR-1", acwr_coupled(month).value, 1.230769231);
        expect("ACWR-2", acwr_uncoupled(month).value, 1.333333333);
        for (int i = 0; i < 34; i++)
                ewma[i] = i < 27 ? 50 : 80;
        expect("ACWR-e", acwr_ewma(ewma, 34, 50).value, 1.229542191);
        assert_false(SAI_HAS(acwr_coupled(none)));
}

static void LTTB_indices(void **state)
{
        (void)state;
        double y[] = { 0, 10, 2, 3, 50, 4, 5, 6, 7, 8, 1, 0 };
        size_t got[12], want[] = { 0, 3, 4, 7, 11 };
        assert_int_equal(chart_lttb(NULL, y, 12, 5, got), 5);
        assert_memory_equal(got, want, sizeof want);
        assert_int_equal(chart_lttb(NULL, y, 12, 12, got), 12);
        assert_int_equal(chart_lttb(NULL, y, 12, 2, got), 2);
        assert_int_equal(got[1], 11);
}

static void gaps_survive_down_sampling(void **state)
{
        (void)state;
        double y[300];
        for (int i = 0; i < 300; i++)
                y[i] = i >= 100 && i < 200 ? (double)NAN : i % 13;
        size_t got[30], nulls = 0;
        assert_int_equal(chart_lttb(NULL, y, 300, 30, got), 30);
        for (int i = 0; i < 30; i++) {
                nulls += isnan(y[got[i]]) ? 1 : 0;
                assert_true(i == 0 || got[i] > got[i - 1]);
        }
        assert_in_range(nulls, 8, 12);
}

static void ISO_weeks(void **state)
{
        (void)state;
        static const struct {
                int y, m, d, year, week;
        } cases[] = { { 2026, 1, 1, 2026, 1 }, { 2027, 1, 1, 2026, 53 }, { 2021, 1, 3, 2020, 53 }, { 2024, 12, 30, 2025, 1 } };
        for (size_t i = 0; i < SAI_COUNT(cases); i++) {
                int year, week;
                sai_day_iso_week(sai_day_from_civil(cases[i].y, cases[i].m, cases[i].d), &year, &week);
                assert_int_equal(year, cases[i].year);
                assert_int_equal(week, cases[i].week);
        }
}

static void PACE_texts_round_before_they_split(void **state)
{
        (void)state;
        char out[FORMAT_TEXT];
        expect("PACE-1 km", pace_per_km(3), 333.333333333);
        expect("PACE-1 mi", pace_per_mile(3), 536.448);
        expect("PACE-1 100 yd", pace_per_100yd(3), 30.48);
        expect("PACE-2 mi", pace_per_mile(11.7 / 3.6), 495.182769);
        expect("PACE-3", pace_per_100m(5000.0 / 9000), 180);
        static const struct {
                double seconds;
                const char *text;
        } paces[] = { { 333.333333, "5:33" }, { 536.448, "8:56" },     { 307.692308, "5:08" }, { 495.182769, "8:15" },
                      { 239.6, "4:00" },      { 5999.4, "99:59" },     { 5999.6, "" },         { 0, "" },
                      { (double)NAN, "" },    { (double)INFINITY, "" } };
        for (size_t i = 0; i < SAI_COUNT(paces); i++) {
                assert_int_equal(format_pace_time(paces[i].seconds, out), strlen(paces[i].text));
                assert_string_equal(out, paces[i].text);
        }
        static const struct {
                double seconds;
                const char *text;
        } durations[] = { { 2986, "49:46" }, { 3599.5, "1:00:00" }, { 3723, "1:02:03" },
                          { 59.4, "0:59" },  { 0, "0:00" },         { -1, "" } };
        for (size_t i = 0; i < SAI_COUNT(durations); i++) {
                format_duration(durations[i].seconds, out);
                assert_string_equal(out, durations[i].text);
        }
}

static void values_carry_the_unit_of_the_athlete(void **state)
{
        (void)state;
        char out[FORMAT_TEXT];
        assert_int_equal(format_distance(10018, UNITS_METRIC, out), 8);
        assert_string_equal(out, "10.02 km");
        format_distance(10018, UNITS_IMPERIAL, out);
        assert_string_equal(out, "6.22 mi");
        format_pace(10018.0 / 2986, UNITS_METRIC, out);
        assert_string_equal(out, "4:58 /km");
        format_sport_pace(FAMILY_SWIM, 5000.0 / 9000, UNITS_IMPERIAL, out);
        assert_string_equal(out, "2:45 /100 yd");
        format_sport_pace(FAMILY_RIDE, 7.75, UNITS_METRIC, out);
        assert_string_equal(out, "27.9 km/h");
        format_sport_distance(FAMILY_SWIM, 1500, UNITS_METRIC, out);
        assert_string_equal(out, "1500 m");
        format_elevation(356.4, UNITS_IMPERIAL, out);
        assert_string_equal(out, "1169 ft");
        format_decimal(-0.125, 2, out);
        assert_string_equal(out, "-0.13");
        format_decimal(12, 0, out);
        assert_string_equal(out, "12");
        assert_int_equal(format_decimal(1e300, 2, out), 0);
        assert_int_equal(format_pace(0, UNITS_METRIC, out), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(TCDF_student),
                cmocka_unit_test(OLS_slope_with_interval),
                cmocka_unit_test(a_line_keeps_its_digits_far_from_zero),
                cmocka_unit_test(TS_and_MK_robust_trends),
                cmocka_unit_test(theil_sen_of_many_points_takes_a_sample_of_pairs),
                cmocka_unit_test(CHG_one_change_point),
                cmocka_unit_test(several_changes_are_found_in_order),
                cmocka_unit_test(PCT_percentiles_and_ranks),
                cmocka_unit_test(median_agrees_with_sorting),
                cmocka_unit_test(MAD_IQR_and_HAMPEL_outliers),
                cmocka_unit_test(MMP_curve),
                cmocka_unit_test(BE_1_is_interpolated),
                cmocka_unit_test(best_efforts_never_lie_inside_a_teleport_or_a_jump),
                cmocka_unit_test(PMC_table),
                cmocka_unit_test(MONO_monotony_strain_and_ACWR),
                cmocka_unit_test(LTTB_indices),
                cmocka_unit_test(gaps_survive_down_sampling),
                cmocka_unit_test(ISO_weeks),
                cmocka_unit_test(PACE_texts_round_before_they_split),
                cmocka_unit_test(values_carry_the_unit_of_the_athlete),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
