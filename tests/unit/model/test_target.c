/* Targets: what is understood, how the distance decides, and what is left alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/target.h"

struct example {
        const char *text;
        enum sport_family family;
        double distance; /* 0: not known */
        double time, pace; /* 0: none */
};

static void assert_reads(const struct example *e)
{
        struct target target;
        struct sai_opt_f64 distance = { 0 };
        if (e->distance > 0)
                distance = SAI_SOME(sai_opt_f64, e->distance);
        bool understood = target_read(e->text, e->family, distance, &target);
        double time = SAI_HAS(target.time) ? target.time.value : 0, pace = SAI_HAS(target.pace) ? target.pace.value : 0;
        if (understood != (e->time > 0 || e->pace > 0) || fabs(time - e->time) > 1e-6 || fabs(pace - e->pace) > 1e-6)
                fail_msg("\"%s\" over %g m: %d, %g s, %g s/km", e->text, e->distance, understood, time, pace);
}
#define ASSERT_ALL(examples)                                                                                                     \
        for (size_t i = 0; i < sizeof(examples) / sizeof(examples)[0]; i++)                                                      \
        assert_reads(&(examples)[i])

static void times_are_understood(void **state)
{
        (void)state;
        static const struct example examples[] = {
                { "sub-2:30", FAMILY_SWIM, 5000, 9000, 0 },     { "under 45 min", FAMILY_RUN, 10000, 2700, 0 },
                { "Sub 3 hours", FAMILY_RUN, 42195, 10800, 0 }, { "< 3h", FAMILY_RUN, 0, 10800, 0 },
                { "3:15:00", FAMILY_RUN, 42195, 11700, 0 },     { "2h30", FAMILY_SWIM, 0, 9000, 0 },
                { "2 h 30 min", FAMILY_SWIM, 0, 9000, 0 },      { "1h 2m 3s", FAMILY_RUN, 0, 3723, 0 },
                { "  in 19:59 ", FAMILY_RUN, 5000, 1199, 0 },   { "90 s", FAMILY_RUN, 400, 90, 0 },
                { "1.5 hours", FAMILY_RUN, 0, 5400, 0 },        { "below 12:00:00", FAMILY_OTHER, 0, 43200, 0 },
        };
        ASSERT_ALL(examples);
}

static void paces_are_understood(void **state)
{
        (void)state;
        static const struct example examples[] = {
                { "4:30/km", FAMILY_RUN, 0, 0, 270 },
                { "4:30 / km", FAMILY_RUN, 10000, 0, 270 },
                { "1:45/100m", FAMILY_SWIM, 0, 0, 1050 },
                { "1:45 /100 m", FAMILY_SWIM, 5000, 0, 1050 },
                { "8:00/mi", FAMILY_RUN, 0, 0, 480 / 1.609344 },
                { "sub 8 min/mile", FAMILY_RUN, 0, 0, 480 / 1.609344 },
                { "95 s/100m", FAMILY_SWIM, 0, 0, 950 },
        };
        ASSERT_ALL(examples);
}

static void the_distance_says_whether_a_colon_stands_behind_hours_or_minutes(void **state)
{
        (void)state;
        static const struct example examples[] = {
                { "2:30", FAMILY_SWIM, 5000, 9000, 0 },  { "2:30", FAMILY_RUN, 1000, 150, 0 },
                { "2:30", FAMILY_RUN, 42195, 9000, 0 },  { "1:05", FAMILY_SWIM, 100, 65, 0 },
                { "45:00", FAMILY_RUN, 10000, 2700, 0 }, { "5:00", FAMILY_RIDE, 180000, 18000, 0 },
                { "2:30", FAMILY_RUN, 0, 0, 0 }, /* nobody said how far */
                { "2:30", FAMILY_RUN, 1e7, 0, 0 }, /* neither is possible */
        };
        ASSERT_ALL(examples);
}

static void to_finish_is_a_target_without_a_time(void **state)
{
        (void)state;
        struct target target;
        assert_true(target_read("Finish", FAMILY_RUN, (struct sai_opt_f64) { 0 }, &target));
        assert_true(target.finish && !SAI_HAS(target.time) && !SAI_HAS(target.pace));
        assert_false(target_read("finish first", FAMILY_RUN, (struct sai_opt_f64) { 0 }, &target));
        assert_false(target_read("finished", FAMILY_RUN, (struct sai_opt_f64) { 0 }, &target));
}

static void what_is_not_understood_is_never_guessed(void **state)
{
        (void)state;
        static const struct example examples[] = {
                { "", FAMILY_RUN, 5000, 0, 0 },           { "fast", FAMILY_RUN, 5000, 0, 0 },
                { "20", FAMILY_RUN, 5000, 0, 0 },         { "2:3", FAMILY_RUN, 5000, 0, 0 },
                { "2:60", FAMILY_RUN, 5000, 0, 0 },       { "2:300", FAMILY_RUN, 5000, 0, 0 },
                { "1:2:3", FAMILY_RUN, 5000, 0, 0 },      { "20:00 or so", FAMILY_RUN, 5000, 0, 0 },
                { "-20:00", FAMILY_RUN, 5000, 0, 0 },     { "20:00/", FAMILY_RUN, 5000, 0, 0 },
                { "4:30/kg", FAMILY_RUN, 5000, 0, 0 },    { "4:30/200m", FAMILY_SWIM, 0, 0, 0 },
                { "1:04:30/km", FAMILY_RUN, 5000, 0, 0 }, { "0:00", FAMILY_RUN, 5000, 0, 0 },
                { "0 min", FAMILY_RUN, 5000, 0, 0 },      { "999 h", FAMILY_RUN, 0, 0, 0 },
                { "3 apples", FAMILY_RUN, 5000, 0, 0 },   { "30 min 1 h", FAMILY_RUN, 0, 0, 0 },
                { "12345 s", FAMILY_RUN, 0, 0, 0 },       { "sub", FAMILY_RUN, 5000, 0, 0 },
                { "PB", FAMILY_RUN, 5000, 0, 0 },         { "subway 20 min", FAMILY_RUN, 0, 0, 0 },
                { "0:01/km", FAMILY_RUN, 0, 0, 0 },
        };
        ASSERT_ALL(examples);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(times_are_understood),
                cmocka_unit_test(paces_are_understood),
                cmocka_unit_test(the_distance_says_whether_a_colon_stands_behind_hours_or_minutes),
                cmocka_unit_test(to_finish_is_a_target_without_a_time),
                cmocka_unit_test(what_is_not_understood_is_never_guessed),
        };
        return cmocka_run_group_tests_name("model/target", tests, NULL, NULL);
}
