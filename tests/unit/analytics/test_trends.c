/* Trends: buckets, the direction and its sign, and when nothing may be said. */
#include "analytics/trends.h"

#include "history.h"

static const struct sai_day monday = { 20514 }; /* 2026-03-02 */

static struct trends compute(const struct athlete_columns *c, enum trend_metric metric, enum analytics_bucket bucket, int weeks,
                             struct sai_arena *arena)
{
        struct trends_query query = { .range = { monday, { monday.number + 7 * weeks - 1 } },
                                      .metric = metric,
                                      .bucket = bucket };
        struct trends t;
        assert_int_equal(trends_compute(c, &query, arena, &t), SAI_OK);
        return t;
}

/* The series of OLS: one 10-km run a week at these paces. */
static struct athlete_columns *ols_runs(struct sai_arena *arena)
{
        static const double pace[] = { 332, 330, 331, 326, 327, 324, 325, 320, 321, 318 };
        struct column_row rows[10];
        for (int i = 0; i < 10; i++)
                rows[i] = row_on((struct sai_day) { monday.number + 7 * i }, SPORT_RUN, 10000, 10 * pace[i]);
        return columns_of(rows, 10, arena);
}

static void OLS_a_falling_pace_is_an_improvement(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct trends t = compute(ols_runs(arena), TREND_METRIC_PACE, BUCKET_WEEK, 10, arena);
        assert_int_equal(t.trend.direction, TREND_IMPROVING);
        expect("slope", t.trend.slope_per_week.value, 7 * -0.216450216);
        const double *ci = t.trend.ci95.items;
        expect("lo", ci[0], 7 * -0.266123563);
        expect("hi", ci[1], 7 * -0.166776870);
        assert_int_equal(t.trend.n, 10);
        assert_string_equal(t.trend.method, "ols");
        assert_string_equal(t.unit, "s/km");
        assert_true(t.trend.p_value.value > 0 && t.trend.p_value.value < 1e-4);
        t = compute(ols_runs(arena), TREND_METRIC_SPEED, BUCKET_WEEK, 10, arena);
        assert_int_equal(t.trend.direction, TREND_IMPROVING);
        t = compute(ols_runs(arena), TREND_METRIC_DISTANCE, BUCKET_WEEK, 10, arena);
        assert_int_equal(t.trend.direction, TREND_STABLE);
}

static void empty_buckets_are_zero_for_sums_and_null_for_means(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct column_row rows[] = { row_on(monday, SPORT_RUN, 10000, 3300),
                                     row_on((struct sai_day) { monday.number + 3 }, SPORT_RUN, 5000, 1500),
                                     row_on((struct sai_day) { monday.number + 14 }, SPORT_RUN, 8000, 2400) };
        rows[0].calories = 700;
        struct athlete_columns *c = columns_of(rows, 3, arena);
        struct trends t = compute(c, TREND_METRIC_DISTANCE, BUCKET_WEEK, 4, arena);
        const struct trend_point *p = t.points.items;
        assert_int_equal(t.points.count, 4);
        expect("week 1", p[0].value.value, 15000);
        assert_int_equal(p[0].n, 2);
        assert_true(SAI_HAS(p[1].value));
        expect("week 2", p[1].value.value, 0);
        assert_int_equal(t.trend.direction, TREND_INSUFFICIENT_DATA);
        assert_false(SAI_HAS(t.trend.slope_per_week));
        assert_int_equal(t.trend.ci95.count, 0);
        t = compute(c, TREND_METRIC_PACE, BUCKET_WEEK, 4, arena);
        p = t.points.items;
        expect("weighted", p[0].value.value, 4800 / 15.0);
        assert_false(SAI_HAS(p[1].value));
        /* A week with activities of which none has the value is not 0 either. */
        t = compute(c, TREND_METRIC_CALORIES, BUCKET_WEEK, 4, arena);
        p = t.points.items;
        assert_true(SAI_HAS(p[0].value) && SAI_HAS(p[1].value));
        assert_false(SAI_HAS(p[2].value));
        assert_int_equal(t.data_quality.with_inputs, 1);
}

static void buckets_cut_by_the_range_are_shown_but_not_fitted(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct column_row rows[70];
        for (int i = 0; i < 70; i++)
                rows[i] = row_on((struct sai_day) { monday.number + i }, SPORT_RUN, 5000, 1500);
        struct athlete_columns *c = columns_of(rows, 70, arena);
        /* From a Wednesday to a Tuesday: both ends are half weeks. */
        struct trends_query query = { .range = { { monday.number + 2 }, { monday.number + 57 } },
                                      .metric = TREND_METRIC_DISTANCE,
                                      .bucket = BUCKET_WEEK };
        struct trends t;
        assert_int_equal(trends_compute(c, &query, arena, &t), SAI_OK);
        const struct trend_point *p = t.points.items;
        assert_int_equal(t.points.count, 9);
        assert_int_equal(p[0].date.number, monday.number + 2);
        assert_int_equal(p[1].date.number, monday.number + 7);
        expect("first", p[0].value.value, 25000);
        expect("last", p[8].value.value, 10000);
        assert_int_equal(t.trend.n, 7);
        assert_int_equal(t.trend.direction, TREND_STABLE);
}

static void days_are_fitted_by_the_week(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct column_row rows[70];
        for (int i = 0; i < 70; i++)
                rows[i] = row_on((struct sai_day) { monday.number + i }, SPORT_RUN, 5000 + 100.0 * (i / 7), 1500);
        struct athlete_columns *c = columns_of(rows, 70, arena);
        struct trends t = compute(c, TREND_METRIC_DISTANCE, BUCKET_DAY, 10, arena);
        assert_int_equal(t.points.count, 70);
        assert_string_equal(t.trend.method, "ols_weekly");
        assert_int_equal(t.trend.n, 10);
        expect("slope", t.trend.slope_per_week.value, 700);
        assert_int_equal(t.trend.direction, TREND_IMPROVING);
}

static void weeks_before_the_first_activity_are_no_training(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct column_row rows[6];
        for (int i = 0; i < 6; i++)
                rows[i] = row_on((struct sai_day) { monday.number + 7 * (i + 20) }, SPORT_RUN, 10000, 3000);
        struct trends t = compute(columns_of(rows, 6, arena), TREND_METRIC_DISTANCE, BUCKET_WEEK, 26, arena);
        assert_int_equal(t.points.count, 26);
        assert_int_equal(t.trend.n, 6);
        assert_int_equal(t.trend.direction, TREND_STABLE);
}

static void smoothing_looks_back_only_and_leaves_the_line_alone(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct athlete_columns *c = ols_runs(arena);
        struct trends_query query = {
                .range = { monday, { monday.number + 69 } }, .metric = TREND_METRIC_PACE, .bucket = BUCKET_WEEK, .smooth = 3
        };
        struct trends t;
        assert_int_equal(trends_compute(c, &query, arena, &t), SAI_OK);
        const struct trend_point *p = t.points.items;
        expect("first", p[0].value.value, 332);
        expect("third", p[2].value.value, (332 + 330 + 331) / 3.0);
        expect("raw", p[2].raw.value, 331);
        expect("slope", t.trend.slope_per_week.value, 7 * -0.216450216);
}

static void a_change_of_level_is_dated(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        static const double km[] = { 50, 52, 49, 51, 50, 53, 60, 62, 59, 61, 63, 60 };
        struct column_row rows[12];
        for (int i = 0; i < 12; i++)
                rows[i] = row_on((struct sai_day) { monday.number + 7 * i }, SPORT_RIDE, 1000 * km[i], 7200);
        struct trends t = compute(columns_of(rows, 12, arena), TREND_METRIC_DISTANCE, BUCKET_WEEK, 12, arena);
        const struct trend_change_point *p = t.change_points.items;
        assert_int_equal(t.change_points.count, 1);
        assert_int_equal(p[0].date.number, monday.number + 42);
        expect("before", p[0].before, 1000 * 305 / 6.0);
        expect("after", p[0].after, 1000 * 365 / 6.0);
}

static void months_follow_the_calendar(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct column_row rows[] = { row_on(day_of(2024, 1, 31), SPORT_RUN, 1000, 300),
                                     row_on(day_of(2024, 2, 29), SPORT_RUN, 2000, 600),
                                     row_on(day_of(2024, 3, 1), SPORT_RUN, 4000, 1200) };
        struct athlete_columns *c = columns_of(rows, 3, arena);
        struct trends_query query = { .range = { day_of(2024, 1, 1), day_of(2024, 3, 31) },
                                      .metric = TREND_METRIC_DISTANCE,
                                      .bucket = BUCKET_MONTH };
        struct trends t;
        assert_int_equal(trends_compute(c, &query, arena, &t), SAI_OK);
        const struct trend_point *p = t.points.items;
        assert_int_equal(t.points.count, 3);
        for (int i = 0; i < 3; i++)
                expect("month", p[i].value.value, 1000 << i);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(OLS_a_falling_pace_is_an_improvement),
                cmocka_unit_test(empty_buckets_are_zero_for_sums_and_null_for_means),
                cmocka_unit_test(buckets_cut_by_the_range_are_shown_but_not_fitted),
                cmocka_unit_test(days_are_fitted_by_the_week),
                cmocka_unit_test(weeks_before_the_first_activity_are_no_training),
                cmocka_unit_test(smoothing_looks_back_only_and_leaves_the_line_alone),
                cmocka_unit_test(a_change_of_level_is_dated),
                cmocka_unit_test(months_follow_the_calendar),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
