/* Where a parameter comes from: given, Strava, estimated, assumed, absent, in that order and dated (5.2, 11.4). */
#include "analytics/athlete.h"

#include "base/cleanup.h"
#include "expect.h"

static const struct sai_day today = { 20500 };

static struct athlete_evidence seen(int32_t days_ago, double peak)
{
        double none = (double)NAN;
        return (struct athlete_evidence) { { today.number - days_ago }, peak, none, none, none, none };
}

static struct athlete_parameters on(const struct athlete_history *history, struct sai_day day, struct sai_arena *arena)
{
        struct athlete_parameters p;
        assert_int_equal(athlete_parameters_on(history, day, arena, &p), SAI_OK);
        return p;
}

static void nothing_known_is_nothing_but_a_resting_rate(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct athlete_history history = { .sex = SEX_UNKNOWN };
        struct athlete_parameters p = on(&history, today, arena);
        for (int id = 0; id < PARAMETER_COUNT; id++)
                assert_int_equal(p.values[id].known, id == PARAMETER_RESTING_HEARTRATE);
        expect("assumed", parameter_value(&p, PARAMETER_RESTING_HEARTRATE), 60);
        assert_int_equal(p.values[PARAMETER_RESTING_HEARTRATE].source, PARAMETER_ASSUMED);
        expect_absent("ftp", parameter_value(&p, PARAMETER_FTP));
}

static void age_gives_an_assumed_maximum(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        int year, month, d;
        sai_day_to_civil(today, &year, &month, &d);
        struct athlete_history history = { .sex = SEX_UNKNOWN, .birth_year = SAI_SOME(sai_opt_i64, year - 38) };
        struct athlete_parameters p = on(&history, today, arena);
        expect("Tanaka", parameter_value(&p, PARAMETER_MAX_HEARTRATE), 181);
        assert_int_equal(p.values[PARAMETER_MAX_HEARTRATE].source, PARAMETER_ASSUMED);
        expect("threshold", parameter_value(&p, PARAMETER_THRESHOLD_HEARTRATE), 60 + 0.85 * 121);
        assert_int_equal(p.values[PARAMETER_THRESHOLD_HEARTRATE].source, PARAMETER_ASSUMED);
}

static void one_slipped_strap_is_no_maximum(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct athlete_evidence evidence[] = { seen(10, 229), seen(20, 188),  seen(30, 185),  seen(40, 184),
                                               seen(50, 150), seen(800, 200), seen(801, 200), seen(802, 200),
                                               seen(0, 210),  seen(-5, 210),  seen(-6, 210) };
        struct athlete_history history = { .sex = SEX_UNKNOWN, .evidence = evidence, .evidence_count = SAI_COUNT(evidence) };
        struct athlete_parameters p = on(&history, today, arena);
        expect("three within 5 bpm", parameter_value(&p, PARAMETER_MAX_HEARTRATE), 188);
        assert_int_equal(p.values[PARAMETER_MAX_HEARTRATE].source, PARAMETER_ESTIMATED);
        history.evidence_count = 3; /* 229, 188, 185: no three together */
        p = on(&history, today, arena);
        assert_false(parameter_known(&p, PARAMETER_MAX_HEARTRATE));
}

static void a_given_value_holds_until_the_next_and_before_the_first(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        const struct athlete_dated dated[] = { { PARAMETER_FTP, PARAMETER_GIVEN, { 20400 }, 260 },
                                               { PARAMETER_FTP, PARAMETER_GIVEN, { 20200 }, 240 },
                                               { PARAMETER_FTP, PARAMETER_STRAVA, { 20300 }, 300 },
                                               { PARAMETER_WEIGHT, PARAMETER_STRAVA, { 20300 }, 71 },
                                               { PARAMETER_MAX_HEARTRATE, PARAMETER_GIVEN, { 20300 }, 20 } };
        struct athlete_history history = { .sex = SEX_UNKNOWN, .dated = dated, .dated_count = SAI_COUNT(dated) };
        static const struct {
                int32_t day;
                double ftp;
        } cases[] = { { 20500, 260 }, { 20400, 260 }, { 20399, 240 }, { 20200, 240 }, { 19000, 240 } };
        for (size_t i = 0; i < SAI_COUNT(cases); i++) {
                struct athlete_parameters p = on(&history, (struct sai_day) { cases[i].day }, arena);
                expect("ftp", parameter_value(&p, PARAMETER_FTP), cases[i].ftp);
                assert_int_equal(p.values[PARAMETER_FTP].source, PARAMETER_GIVEN);
                assert_int_equal(p.values[PARAMETER_WEIGHT].source, PARAMETER_STRAVA);
                /* 20 bpm is no maximum whoever says it. */
                assert_false(parameter_known(&p, PARAMETER_MAX_HEARTRATE));
        }
}

static void thresholds_are_estimated_from_the_last_90_days(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct athlete_evidence evidence[] = { seen(10, 150), seen(20, 150), seen(100, 150) };
        evidence[0].power_20min = 280;
        evidence[1].hour_speed = 4;
        evidence[1].swim_200 = 202;
        evidence[0].swim_400 = 430;
        evidence[2].power_20min = 400; /* too long ago */
        struct athlete_history history = { .sex = SEX_MALE, .evidence = evidence, .evidence_count = 3 };
        struct athlete_parameters p = on(&history, today, arena);
        expect("FTP20", parameter_value(&p, PARAMETER_FTP), 266);
        expect("threshold pace", parameter_value(&p, PARAMETER_THRESHOLD_PACE), 250);
        expect("CSS-1", parameter_value(&p, PARAMETER_CSS_PACE_100M), 114);
        assert_int_equal(p.values[PARAMETER_CSS_PACE_100M].source, PARAMETER_ESTIMATED);
}

static void CSS_1_and_the_hour_of_riegel(void **state)
{
        (void)state;
        expect("CSS-1", critical_swim_speed(430, 202), 0.877192982);
        expect_absent("no reserve", critical_swim_speed(400, 200));
        /* 5 km in 20:00 is 14.09 km in the hour: 5000 (3600/1200)^(1/1.06). */
        double speed = hour_speed(5000, 1200);
        expect("Riegel there and back", 1200 * pow(speed * 3600 / 5000, 1.06), 3600);
        expect_absent("too short", hour_speed(1000, 200));
        expect_absent("too fast to be true", hour_speed(5000, 100));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(nothing_known_is_nothing_but_a_resting_rate),
                cmocka_unit_test(age_gives_an_assumed_maximum),
                cmocka_unit_test(one_slipped_strap_is_no_maximum),
                cmocka_unit_test(a_given_value_holds_until_the_next_and_before_the_first),
                cmocka_unit_test(thresholds_are_estimated_from_the_last_90_days),
                cmocka_unit_test(CSS_1_and_the_hour_of_riegel),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
