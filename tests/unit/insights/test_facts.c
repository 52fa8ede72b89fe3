/* The numbers of the facts, on columns small enough to work out by hand, and what ranking makes of them. */
#include "generated.h"

#include "insights/rank.h"

#define WITH_ARENA(name) SAI_CLEANUP(sai_arena_free_p) struct sai_arena *name = sai_arena_new((size_t)64 << 20)

static struct activity *add(struct generated *g, struct sai_day day, enum sport sport, double distance, double moving)
{
        size_t i = g->count++;
        put_activity(g, i, day, 8, sport, false);
        set_some(&g->activities[i].distance, distance);
        set_some(&g->activities[i].moving_time, moving);
        return &g->activities[i];
}

static void done(struct generated *g, struct sai_arena *arena)
{
        for (size_t i = 0; i < g->count; i++)
                add_row(g, i);
        end_generated(g, arena);
}

static struct facts *of_activity(const struct generated *g, size_t i, enum unit_system units, struct sai_arena *arena)
{
        struct facts *facts = NULL;
        struct facts_input input = {
                .columns = g->columns, .history = &g->history, .activity = &g->activities[i], .units = units
        };
        assert_int_equal(facts_of_activity(&input, arena, &facts, NULL), SAI_OK);
        return facts;
}

static struct facts *of_week(const struct generated *g, struct sai_day day, struct sai_day today, struct sai_arena *arena)
{
        struct facts *facts = NULL;
        struct facts_input input = { .columns = g->columns, .history = &g->history, .week = day, .today = today };
        assert_int_equal(facts_of_week(&input, arena, &facts, NULL), SAI_OK);
        return facts;
}

static const struct sai_day monday = { 18687 }; /* 2021-03-01 */

static void an_activity_is_held_against_comparable_ones_before_it(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct generated g;
        begin_generated(&g, 20, arena);
        /* Outside of 90 days, of 28, of the distance, of the sport; and one after it, which was not known then. */
        add(&g, (struct sai_day) { monday.number - 91 }, SPORT_RUN, 10000, 1000);
        for (int i = 0; i < 5; i++)
                add(&g, (struct sai_day) { monday.number - 40 - i }, SPORT_RUN, 10000, 4000);
        for (int i = 0; i < 5; i++)
                add(&g, (struct sai_day) { monday.number - 10 - i }, SPORT_RUN, 10000, 3000 + 100 * i);
        add(&g, (struct sai_day) { monday.number - 5 }, SPORT_RUN, 25000, 9000);
        add(&g, (struct sai_day) { monday.number - 4 }, SPORT_RIDE, 10000, 1200);
        add(&g, monday, SPORT_RUN, 10000, 3100);
        add(&g, (struct sai_day) { monday.number + 1 }, SPORT_RUN, 10000, 900);
        done(&g, arena);
        struct facts *facts = of_activity(&g, 13, UNITS_METRIC, arena);
        const struct fact *speed = facts_find(facts, FACT_AVERAGE_SPEED), *distance = facts_find(facts, FACT_DISTANCE);
        const struct fact_comparison *c = speed->comparisons.items, *d = distance->comparisons.items;
        assert_string_equal(speed->display, "5:10 /km");
        assert_int_equal(speed->comparisons.count, 2);
        assert_int_equal(c[0].n, 5);
        assert_int_equal(c[1].n, 10);
        assert_true(fabs(c[0].center - 10000.0 / 3200) < 1e-12);
        assert_true(fabs(c[0].delta - (10000.0 / 3100 - 10000.0 / 3200)) < 1e-12);
        assert_string_equal(c[0].delta_display, "10 s/km");
        assert_string_equal(c[0].center_display, "5:20 /km");
        assert_int_equal(c[0].direction, DIRECTION_BETTER);
        assert_int_equal(c[0].from.value.number, monday.number - 28);
        assert_int_equal(c[0].to.value.number, monday.number - 1);
        /* Length is held against all runs, so the long one counts there. */
        assert_int_equal(d[0].n, 6);
        assert_null(d[0].delta_display);
        assert_int_equal(facts_find(facts, FACT_DAYS_SINCE_LAST)->value.value, 4);
        assert_string_equal(facts_find(facts, FACT_WEEK_COUNT)->display, "1");
        assert_string_equal(facts_find(facts, FACT_DATE)->display, "1 March 2021");
}

static void units_follow_the_athlete_and_the_sport(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct generated g;
        begin_generated(&g, 4, arena);
        add(&g, monday, SPORT_RUN, 8046.72, 2400);
        add(&g, monday, SPORT_SWIM, 1500, 1650);
        add(&g, monday, SPORT_RIDE, 36000, 3600);
        done(&g, arena);
        assert_string_equal(facts_find(of_activity(&g, 0, UNITS_IMPERIAL, arena), FACT_AVERAGE_SPEED)->display, "8:00 /mi");
        assert_string_equal(facts_find(of_activity(&g, 0, UNITS_IMPERIAL, arena), FACT_DISTANCE)->display, "5.00 mi");
        assert_string_equal(facts_find(of_activity(&g, 1, UNITS_METRIC, arena), FACT_AVERAGE_SPEED)->display, "1:50 /100 m");
        assert_string_equal(facts_find(of_activity(&g, 1, UNITS_METRIC, arena), FACT_DISTANCE)->display, "1500 m");
        assert_string_equal(facts_find(of_activity(&g, 2, UNITS_METRIC, arena), FACT_AVERAGE_SPEED)->display, "36.0 km/h");
        /* The values stay SI whatever is shown. */
        assert_true(fabs(facts_find(of_activity(&g, 0, UNITS_IMPERIAL, arena), FACT_DISTANCE)->value.value - 8046.72) < 1e-9);
}

static void what_is_missing_is_a_fact_with_its_reason(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct generated g;
        begin_generated(&g, 2, arena);
        struct activity *a = add(&g, monday, SPORT_RUN, 5000, 1500);
        a->metrics.load_reason = "no_hr";
        done(&g, arena);
        struct facts *facts = of_activity(&g, 0, UNITS_METRIC, arena);
        assert_null(facts_find(facts, FACT_AVERAGE_HEARTRATE));
        assert_string_equal(facts_absent(facts, FACT_AVERAGE_HEARTRATE)->absent, "no_hr");
        assert_string_equal(facts_absent(facts, FACT_TRAINING_LOAD)->absent, "no_hr");
        assert_string_equal(facts_find(facts, FACT_COMPARABLES)->display, "0");
}

static void provenance_is_the_union_of_all_inputs(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct generated g;
        begin_generated(&g, 8, arena);
        for (int i = 0; i < 4; i++)
                add(&g, (struct sai_day) { monday.number - 9 + i }, SPORT_RUN, 5000, 1500)->source =
                        i == 2 ? SOURCE_STRAVA_API : SOURCE_FILE;
        add(&g, monday, SPORT_RUN, 5000, 1500);
        done(&g, arena);
        const struct facts *facts = of_activity(&g, 4, UNITS_METRIC, arena);
        assert_int_equal(facts_find(facts, FACT_AVERAGE_SPEED)->sources.count, 2);
        assert_int_equal(facts_find(facts, FACT_DATE)->sources.count, 1);
}

/* Four weeks of 1, 2, 3 and 4 hours, on Mondays and Thursdays in halves, then one of 5. */
static void five_weeks(struct generated *g, struct sai_arena *arena)
{
        begin_generated(g, 16, arena);
        for (int k = 0; k < 5; k++) {
                add(g, (struct sai_day) { monday.number + 7 * k }, SPORT_RUN, 5000.0 * (k + 1), 1800.0 * (k + 1));
                add(g, (struct sai_day) { monday.number + 7 * k + 3 }, SPORT_RIDE, 15000.0 * (k + 1), 1800.0 * (k + 1));
        }
        done(g, arena);
}

static void a_week_is_held_against_the_mean_of_the_weeks_before(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct generated g;
        five_weeks(&g, arena);
        struct sai_day last = { monday.number + 4 * 7 };
        const struct facts *facts = of_week(&g, last, (struct sai_day) { last.number + 20 }, arena);
        const struct fact *time = facts_find(facts, FACT_WEEK_TIME);
        const struct fact_comparison *c = time->comparisons.items;
        assert_int_equal(time->comparisons.count, 1);
        assert_true(fabs(c->center - 9000) < 1e-9);
        assert_int_equal(c->n, 4);
        assert_string_equal(time->display, "5 h");
        assert_string_equal(c->center_display, "2 h 30 min");
        assert_string_equal(c->delta_display, "2 h 30 min");
        assert_string_equal(c->window_display, "4 weeks");
        assert_int_equal(facts_find(facts, FACT_WEEK_COUNT)->value.value, 2);
        assert_int_equal(facts_find(facts, FACT_WEEK_ACTIVE_DAYS)->value.value, 2);
        assert_int_equal(facts->week.value.number, last.number);
}

static void a_running_week_is_compared_with_as_many_days(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct generated g;
        five_weeks(&g, arena);
        struct sai_day last = { monday.number + 4 * 7 };
        /* On Tuesday only the Mondays have happened: half of each week. */
        const struct facts *facts = of_week(&g, last, (struct sai_day) { last.number + 1 }, arena);
        const struct fact *time = facts_find(facts, FACT_WEEK_TIME);
        const struct fact_comparison *c = time->comparisons.items;
        assert_string_equal(time->display, "2 h 30 min");
        assert_true(fabs(c->center - 4500) < 1e-9);
        assert_string_equal(facts_find(facts, FACT_LAST_DAYS_OF_WEEK)->display, "2 days");
}

static void weeks_without_a_history_are_refused(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct generated g;
        struct facts *facts;
        begin_generated(&g, 1, arena);
        end_generated(&g, arena);
        g.columns->count = 0;
        struct facts_input input = { .columns = g.columns, .week = monday, .today = monday };
        assert_int_equal(facts_of_week(&input, arena, &facts, NULL), SAI_NOT_FOUND);
        five_weeks(&g, arena);
        input = (struct facts_input) { .columns = g.columns, .week = { monday.number - 1 }, .today = { monday.number + 100 } };
        assert_int_equal(facts_of_week(&input, arena, &facts, NULL), SAI_NOT_FOUND);
        input.week.number = monday.number + 200;
        assert_int_equal(facts_of_week(&input, arena, &facts, NULL), SAI_NOT_FOUND);
}

static void an_empty_week_in_a_history_is_told(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct generated g;
        five_weeks(&g, arena);
        struct sai_day after = { monday.number + 5 * 7 };
        const struct facts *facts = of_week(&g, after, (struct sai_day) { after.number + 20 }, arena);
        assert_int_equal(facts_find(facts, FACT_WEEK_TIME)->value.value, 0);
        assert_null(facts->sport_type);
}

static void what_surprises_comes_first(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct generated g;
        begin_generated(&g, 16, arena);
        for (int i = 0; i < 12; i++) {
                struct activity *a =
                        add(&g, (struct sai_day) { monday.number - 25 + 2 * i }, SPORT_RUN, 8000 + 10 * i, 2600 + 40 * (i % 4));
                set_some(&a->average_heartrate, 140 + i % 3);
        }
        struct activity *last = add(&g, monday, SPORT_RUN, 8050, 2660);
        set_some(&last->average_heartrate, 165);
        done(&g, arena);
        struct ranked ranked[FACTS_MAX];
        size_t n = facts_rank(of_activity(&g, 12, UNITS_METRIC, arena), ranked);
        assert_true(n >= 1);
        assert_int_equal(ranked[0].fact->metric, FACT_AVERAGE_HEARTRATE);
        assert_int_equal(fact_extreme(ranked[0].fact)->extreme, EXTREME_HIGHEST);
        for (size_t i = 1; i < n; i++)
                assert_true(ranked[i - 1].score >= ranked[i].score);
}

static void few_values_are_trusted_less(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct generated few, many;
        begin_generated(&few, 40, arena);
        begin_generated(&many, 40, arena);
        for (int i = 0; i < 24; i++) {
                struct sai_day day = { monday.number - 1 - i };
                add(&many, day, SPORT_RUN, 8000, 2600);
                if (i < 4)
                        add(&few, day, SPORT_RUN, 8000, 2600);
        }
        add(&few, monday, SPORT_RUN, 8000, 2000);
        add(&many, monday, SPORT_RUN, 8000, 2000);
        done(&few, arena);
        done(&many, arena);
        double little = facts_find(of_activity(&few, 4, UNITS_METRIC, arena), FACT_AVERAGE_SPEED)->confidence;
        double much = facts_find(of_activity(&many, 24, UNITS_METRIC, arena), FACT_AVERAGE_SPEED)->confidence;
        assert_true(fabs(little - 4.0 / 7) < 1e-9);
        assert_true(fabs(much - 24.0 / 27) < 1e-9);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_activity_is_held_against_comparable_ones_before_it),
                cmocka_unit_test(units_follow_the_athlete_and_the_sport),
                cmocka_unit_test(what_is_missing_is_a_fact_with_its_reason),
                cmocka_unit_test(provenance_is_the_union_of_all_inputs),
                cmocka_unit_test(a_week_is_held_against_the_mean_of_the_weeks_before),
                cmocka_unit_test(a_running_week_is_compared_with_as_many_days),
                cmocka_unit_test(weeks_without_a_history_are_refused),
                cmocka_unit_test(an_empty_week_in_a_history_is_told),
                cmocka_unit_test(what_surprises_comes_first),
                cmocka_unit_test(few_values_are_trusted_less),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
