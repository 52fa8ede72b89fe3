/* The answers over an athlete's history: columns, ranges, summary, fitness and zones. */
#include "analytics/fitness.h"
#include "analytics/summary.h"
#include "analytics/zones.h"
#include "base/limits.h"
#include "history.h"

static struct sai_opt_enum period_of(enum analytics_period period) { return SAI_SOME(sai_opt_enum, (int)period); }

static void rows_are_sorted_whatever_the_order_of_import(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct column_row rows[50];
        for (int i = 0; i < 50; i++) {
                rows[i] = row_on((struct sai_day) { 20000 + i * 37 % 50 }, SPORT_RUN, 1000.0 + i * 37 % 50, 300);
                rows[i].heartrate_zone_s[0] = i * 37 % 50;
        }
        struct athlete_columns *c = columns_of(rows, 50, arena);
        for (size_t i = 0; i < 50; i++) {
                assert_int_equal(c->day[i].number, 20000 + (int)i);
                expect("distance moved along", c->distance[i], 1000.0 + (double)i);
                assert_int_equal(c->heartrate_zone_ms[i][0], i * 1000);
        }
        assert_int_equal(columns_lower_bound(c, (struct sai_day) { 20010 }), 10);
        assert_int_equal(columns_lower_bound(c, (struct sai_day) { 30000 }), 50);
        struct athlete_columns *none;
        assert_int_equal(columns_begin(SAI_MAX_ATHLETE_ACTIVITIES + 1, arena, &none, NULL), SAI_TOO_LARGE);
}

static void five_thousand_activities_take_under_a_megabyte(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct athlete_columns *c;
        assert_int_equal(columns_begin(5000, arena, &c, NULL), SAI_OK);
        assert_true(columns_bytes(c) < 1000000);
}

static void AGG_1_pace_is_weighted_by_distance(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct sai_day day = day_of(2026, 3, 4);
        struct column_row rows[] = { row_on(day, SPORT_RUN, 5000, 1500), row_on(day, SPORT_RUN, 10000, 3300),
                                     row_on((struct sai_day) { day.number + 1 }, SPORT_RUN, 2000, 900) };
        rows[0].average_heartrate = 150;
        rows[1].average_heartrate = 140;
        struct athlete_columns *c = columns_of(rows, 3, arena);
        struct summary_query query = { .range = { day, { day.number + 6 } }, .today = { day.number + 6 } };
        struct summary s;
        assert_int_equal(summary_compute(c, &query, arena, &s), SAI_OK);
        expect("AGG-1", s.totals.average_pace.value, 335.294118);
        expect("heart rate by time", s.totals.average_heartrate.value, (150 * 1500.0 + 140 * 3300) / 4800);
        expect("distance", s.totals.distance.value, 17000);
        assert_int_equal(s.totals.count, 3);
        assert_int_equal(s.totals.active_days, 2);
        expect("longest", s.longest->distance.value, 10000);
        /* Nobody measured climbing: that is not 0 m. */
        assert_false(SAI_HAS(s.totals.elevation_gain));
        assert_null(s.change);
        assert_int_equal(s.by_sport.count, 1);
}

static void an_empty_range_sums_to_zero_and_means_nothing(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct athlete_columns *c = columns_of(NULL, 0, arena);
        struct summary_query query = { .range = { { 20000 }, { 20006 } }, .today = { 20006 }, .compare_previous = true };
        struct summary s;
        assert_int_equal(summary_compute(c, &query, arena, &s), SAI_OK);
        expect("distance", s.totals.distance.value, 0);
        assert_true(SAI_HAS(s.totals.distance) && SAI_HAS(s.totals.elevation_gain));
        assert_false(SAI_HAS(s.totals.average_pace));
        assert_null(s.longest);
        assert_false(SAI_HAS(s.last_active_day));
        assert_false(SAI_HAS(s.data_quality.share));
        expect("change", s.change->distance.absolute.value, 0);
        assert_false(SAI_HAS(s.change->distance.percentage));
}

static void only_the_sports_asked_for_count(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct sai_day day = day_of(2026, 3, 4);
        struct column_row rows[] = { row_on(day, SPORT_RUN, 5000, 1500), row_on(day, SPORT_RIDE, 40000, 5400),
                                     row_on(day, SPORT_SWIM, 1500, 1800) };
        struct athlete_columns *c = columns_of(rows, 3, arena);
        struct summary_query query = { .range = { day, day }, .today = day };
        query.sports = sport_set_add(sport_set_add(query.sports, SPORT_RUN), SPORT_SWIM);
        struct summary s;
        assert_int_equal(summary_compute(c, &query, arena, &s), SAI_OK);
        expect("distance", s.totals.distance.value, 6500);
        assert_int_equal(s.by_sport.count, 2);
        assert_string_equal(((struct summary_sport *)s.by_sport.items)[0].sport_type, "Swim");
        assert_int_equal(s.data_quality.activities, 2);
        assert_string_equal(((struct quality_reason *)s.data_quality.missing.items)[0].reason, "no_hr");
}

static void a_running_period_is_compared_with_as_many_days(void **state)
{
        (void)state;
        static const struct {
                int from[3], to[3], today[3];
                int period; /* -1: given by from */
                int want_from[3], want_to[3];
        } cases[] = {
                /* Tuesday: two days of this week against two of the last. */
                { { 2026, 11, 23 }, { 2026, 11, 24 }, { 2026, 11, 24 }, PERIOD_WEEK, { 2026, 11, 16 }, { 2026, 11, 17 } },
                { { 2026, 11, 16 }, { 2026, 11, 22 }, { 2026, 11, 24 }, PERIOD_WEEK, { 2026, 11, 9 }, { 2026, 11, 15 } },
                /* A whole March against the whole February; 30 days of March against no more than February has. */
                { { 2026, 3, 1 }, { 2026, 3, 31 }, { 2026, 4, 9 }, PERIOD_MONTH, { 2026, 2, 1 }, { 2026, 2, 28 } },
                { { 2026, 3, 1 }, { 2026, 3, 30 }, { 2026, 3, 30 }, PERIOD_MONTH, { 2026, 2, 1 }, { 2026, 2, 28 } },
                { { 2026, 3, 1 }, { 2026, 3, 10 }, { 2026, 3, 10 }, PERIOD_MONTH, { 2026, 2, 1 }, { 2026, 2, 10 } },
                { { 2026, 1, 1 }, { 2026, 11, 24 }, { 2026, 11, 24 }, PERIOD_YEAR, { 2025, 1, 1 }, { 2025, 11, 24 } },
                { { 2026, 3, 5 }, { 2026, 3, 14 }, { 2026, 11, 24 }, -1, { 2026, 2, 23 }, { 2026, 3, 4 } },
        };
        for (size_t i = 0; i < SAI_COUNT(cases); i++) {
                struct analytics_range range = { day_of(cases[i].from[0], cases[i].from[1], cases[i].from[2]),
                                                 day_of(cases[i].to[0], cases[i].to[1], cases[i].to[2]) };
                struct sai_opt_enum period = { 0 };
                if (cases[i].period >= 0)
                        period = period_of((enum analytics_period)cases[i].period);
                struct analytics_range got =
                        summary_previous_range(range, period, day_of(cases[i].today[0], cases[i].today[1], cases[i].today[2]));
                char from[SAI_DAY_TEXT], to[SAI_DAY_TEXT];
                sai_day_format(got.from, from);
                sai_day_format(got.to, to);
                if (got.from.number != day_of(cases[i].want_from[0], cases[i].want_from[1], cases[i].want_from[2]).number ||
                    got.to.number != day_of(cases[i].want_to[0], cases[i].want_to[1], cases[i].want_to[2]).number)
                        fail_msg("case %zu: %s to %s", i, from, to);
        }
}

static void ranges_have_the_defaults_of_the_contract(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct sai_opt_day none = { 0 };
        struct sai_day today = day_of(2026, 11, 24); /* a Tuesday */
        struct column_row rows[] = { row_on(day_of(2019, 5, 6), SPORT_RUN, 5000, 1500) };
        struct athlete_columns *c = columns_of(rows, 1, arena);
        struct analytics_range r;
        assert_int_equal(analytics_range_summary(none, none, PERIOD_WEEK, today, c, &r, NULL), SAI_OK);
        assert_int_equal(r.from.number, day_of(2026, 11, 23).number);
        assert_int_equal(analytics_range_summary(none, none, PERIOD_ALL, today, c, &r, NULL), SAI_OK);
        assert_int_equal(r.from.number, day_of(2019, 5, 6).number);
        assert_int_equal(analytics_range_fitness(none, none, today, &r, NULL), SAI_OK);
        assert_int_equal(r.from.number, today.number - 179);
        assert_int_equal(analytics_range_zones(none, none, today, &r, NULL), SAI_OK);
        assert_int_equal(r.from.number, today.number - 89);
        assert_int_equal(analytics_range_trends(none, none, BUCKET_WEEK, today, &r, NULL), SAI_OK);
        assert_int_equal(r.from.number, day_of(2026, 11, 23).number - 25 * 7);
        assert_int_equal(analytics_range_trends(none, none, BUCKET_MONTH, today, &r, NULL), SAI_OK);
        assert_int_equal(r.from.number, day_of(2024, 10, 1).number);
        struct sai_err err = { 0 };
        struct sai_opt_day later = SAI_SOME(sai_opt_day, ((struct sai_day) { today.number + 1 }));
        assert_int_equal(analytics_range_zones(later, none, today, &r, &err), SAI_INVALID);
        assert_string_equal(err.field, "?from");
        struct sai_opt_day ancient = SAI_SOME(sai_opt_day, ((struct sai_day) { today.number - SAI_MAX_RANGE_DAYS }));
        assert_int_equal(analytics_range_zones(ancient, none, today, &r, NULL), SAI_INVALID);
        ancient.value.number++;
        assert_int_equal(analytics_range_zones(ancient, none, today, &r, NULL), SAI_OK);
}

static struct athlete_columns *loads_from(struct sai_day first, const double *loads, size_t n, struct sai_arena *arena)
{
        struct column_row rows[64];
        size_t count = 0;
        for (size_t i = 0; i < n; i++) {
                if (!(loads[i] > 0))
                        continue;
                rows[count] = row_on((struct sai_day) { first.number + (int32_t)i }, SPORT_RIDE, 20000, 3600);
                rows[count++].training_load = loads[i];
        }
        return columns_of(rows, count, arena);
}

static void PMC_1_to_7_day_by_day(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        const double loads[] = { 100, 0, 50, 120, 0, 80, 0 };
        struct sai_day first = day_of(2026, 3, 2), today = { first.number + 6 };
        struct athlete_columns *c = loads_from(first, loads, 7, arena);
        struct fitness_query query = { .range = { { first.number - 100 }, today }, .today = today };
        struct fitness f;
        assert_int_equal(fitness_compute(c, &query, arena, &f), SAI_OK);
        const struct fitness_point *points = f.points.items;
        assert_int_equal(f.points.count, 7); /* nothing before the first load */
        expect("PMC-7 CTL", points[6].ctl, 7.575902334);
        expect("PMC-4 TSB", points[3].tsb, -13.24009539);
        expect("PMC-2 ATL", points[1].atl, 11.54006067);
        assert_true(points[6].warming_up);
        assert_false(SAI_HAS(points[6].ramp_rate));
        assert_false(SAI_HAS(points[5].monotony));
        assert_true(SAI_HAS(points[6].monotony));
        assert_false(SAI_HAS(points[6].acwr));
        assert_int_equal(f.today->date.number, today.number);
        expect("today", f.today->ctl, points[6].ctl);
        const struct fitness_forecast *forecast = f.forecast.items;
        assert_int_equal(f.forecast.count, 28);
        assert_int_equal(forecast[0].date.number, today.number + 1);
        expect("forecast decays", forecast[13].ctl, points[6].ctl * exp(-14.0 / 42));
        expect("form of the first morning", forecast[0].tsb, points[6].ctl - points[6].atl);
}

static void the_range_does_not_change_the_recurrence(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        double loads[60];
        for (int i = 0; i < 60; i++)
                loads[i] = i % 3 ? 60 : 0;
        loads[0] = 40;
        struct sai_day first = day_of(2026, 1, 5), today = { first.number + 80 };
        struct athlete_columns *c = loads_from(first, loads, 60, arena);
        struct fitness all, part;
        struct fitness_query query = { .range = { first, today }, .today = today };
        assert_int_equal(fitness_compute(c, &query, arena, &all), SAI_OK);
        query.range = (struct analytics_range) { { first.number + 50 }, { first.number + 55 } };
        assert_int_equal(fitness_compute(c, &query, arena, &part), SAI_OK);
        const struct fitness_point *a = all.points.items, *p = part.points.items;
        assert_int_equal(part.points.count, 6);
        expect("same state", p[0].ctl, a[50].ctl);
        expect("ramp", p[0].ramp_rate.value, a[50].ctl - a[43].ctl);
        assert_true(SAI_HAS(p[0].acwr));
        assert_int_equal(part.today->date.number, today.number);
        assert_false(p[0].warming_up);
        /* The days after today are shown, and marked. */
        query.range = (struct analytics_range) { today, { today.number + 3 } };
        assert_int_equal(fitness_compute(c, &query, arena, &part), SAI_OK);
        p = part.points.items;
        assert_false(p[0].projected);
        assert_true(p[1].projected);
}

static void without_load_there_is_no_fitness(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct column_row row = row_on(day_of(2026, 1, 5), SPORT_RUN, 5000, 1500);
        row.load_reason = REASON_NO_HR;
        struct athlete_columns *c = columns_of(&row, 1, arena);
        struct fitness_query query = { .range = { day_of(2026, 1, 1), day_of(2026, 2, 1) }, .today = day_of(2026, 2, 1) };
        struct fitness f;
        assert_int_equal(fitness_compute(c, &query, arena, &f), SAI_OK);
        assert_int_equal(f.points.count, 0);
        assert_null(f.today);
        assert_int_equal(f.data_quality.with_inputs, 0);
        assert_string_equal(((struct quality_reason *)f.data_quality.missing.items)[0].reason, "no_hr");
}

static void zones_show_todays_bounds_and_the_times_of_then(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct sai_day day = day_of(2026, 3, 4);
        struct column_row rows[] = { row_on(day, SPORT_RUN, 5000, 1500), row_on(day, SPORT_RIDE, 40000, 5400),
                                     row_on(day, SPORT_RUN, 5000, 1500) };
        for (int i = 0; i < 5; i++)
                rows[0].heartrate_zone_s[i] = 100 * (i + 1);
        rows[1].average_heartrate = 140; /* but no zones */
        struct athlete_columns *c = columns_of(rows, 3, arena);
        struct zones_query query = { .range = { day, day }, .kind = ZONE_KIND_HEARTRATE };
        query.athlete.values[PARAMETER_MAX_HEARTRATE] = (struct athlete_parameter) { true, 190, PARAMETER_GIVEN, day };
        struct zones z;
        assert_int_equal(zones_compute(c, &query, arena, &z), SAI_OK);
        const struct zone_band *bands = z.zones.items;
        assert_int_equal(z.zones.count, 5);
        expect("zone 1 ends", bands[0].max.value, 124);
        expect("zone 2 begins", bands[1].min.value, 125);
        assert_false(SAI_HAS(bands[4].max));
        expect("time", bands[4].time, 500);
        expect("share", bands[4].percentage.value, 100 * 500.0 / 1500);
        assert_int_equal(z.source.value, PARAMETER_GIVEN);
        assert_int_equal(z.data_quality.with_inputs, 1);
        assert_int_equal(z.data_quality.missing.count, 2);
        /* Hard time is more than easy time here: the index has no meaning. */
        assert_false(SAI_HAS(z.polarization_index));
}

static void pace_zones_run_from_slow_to_fast(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct athlete_columns *c = columns_of(NULL, 0, arena);
        struct zones_query query = { .range = { { 20000 }, { 20001 } }, .kind = ZONE_KIND_PACE };
        query.athlete.values[PARAMETER_THRESHOLD_PACE] = (struct athlete_parameter) { true, 270, PARAMETER_ESTIMATED, { 20000 } };
        struct zones z;
        assert_int_equal(zones_compute(c, &query, arena, &z), SAI_OK);
        const struct zone_band *bands = z.zones.items;
        assert_int_equal(z.zones.count, 6);
        assert_false(SAI_HAS(bands[0].max));
        assert_false(SAI_HAS(bands[5].min));
        expect("threshold pace begins zone 5", bands[4].max.value, 270 / 1.0);
        assert_true(bands[1].max.value > bands[1].min.value && bands[1].min.value == bands[2].max.value);
        assert_false(SAI_HAS(bands[0].percentage));
        query.kind = ZONE_KIND_POWER;
        assert_int_equal(zones_compute(c, &query, arena, &z), SAI_OK);
        assert_int_equal(z.zones.count, 7);
        assert_false(SAI_HAS(z.source)); /* no FTP: no bounds, and it says so */
        assert_false(SAI_HAS(((const struct zone_band *)z.zones.items)[0].max));
}

static void EFS_1_score_against_the_median(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct column_row rows[9];
        const double ef[] = { 1.30, 1.33, 1.35, 1.37, 1.40, 9.9, 9.9, 9.9, 1.418918919 };
        struct sai_day day = day_of(2026, 3, 1);
        for (int i = 0; i < 9; i++) {
                rows[i] = row_on((struct sai_day) { day.number + i }, SPORT_RIDE, 30000, 3600);
                rows[i].efficiency_factor = ef[i];
        }
        rows[5].sport = SPORT_RUN; /* another sport */
        rows[6].distance = 80000; /* too long to compare */
        rows[7].start_local.ms -= INT64_C(86400000) * 200; /* too long ago */
        struct athlete_columns *c = columns_of(rows, 9, arena);
        double scratch[9];
        struct efficiency_score score = efficiency_score(c, 8, scratch);
        assert_int_equal(score.n, 5);
        expect("median", score.median.value, 1.35);
        expect("EFS-1", score.score.value, 105.105105);
        assert_int_equal(efficiency_score(c, 4, scratch).reason, REASON_NO_HISTORY);
        assert_int_equal(columns_score_efficiency(c, arena), SAI_OK);
        expect("column", c->efficiency_score[8], 105.105105);
        expect_absent("column", c->efficiency_score[4]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(rows_are_sorted_whatever_the_order_of_import),
                cmocka_unit_test(five_thousand_activities_take_under_a_megabyte),
                cmocka_unit_test(AGG_1_pace_is_weighted_by_distance),
                cmocka_unit_test(an_empty_range_sums_to_zero_and_means_nothing),
                cmocka_unit_test(only_the_sports_asked_for_count),
                cmocka_unit_test(a_running_period_is_compared_with_as_many_days),
                cmocka_unit_test(ranges_have_the_defaults_of_the_contract),
                cmocka_unit_test(PMC_1_to_7_day_by_day),
                cmocka_unit_test(the_range_does_not_change_the_recurrence),
                cmocka_unit_test(without_load_there_is_no_fitness),
                cmocka_unit_test(zones_show_todays_bounds_and_the_times_of_then),
                cmocka_unit_test(pace_zones_run_from_slow_to_fast),
                cmocka_unit_test(EFS_1_score_against_the_median),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
