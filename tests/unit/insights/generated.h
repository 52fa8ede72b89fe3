/* generated.h -- made-up athletes: a seed gives years of plausible and of broken training, the same every time. */
#ifndef SAI_TESTS_INSIGHTS_GENERATED_H
#define SAI_TESTS_INSIGHTS_GENERATED_H

#include "insights/facts.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { GENERATED_MOST = 400 };

struct generated {
        struct activity *activities;
        struct athlete_evidence *evidence;
        struct athlete_columns *columns;
        struct athlete_history history;
        size_t count;
};

static inline double chance(struct sai_random *random) { return (double)sai_random_below(random, 1000000) / 1e6; }
static inline double between(struct sai_random *random, double lo, double hi) { return lo + (hi - lo) * chance(random); }

static inline void set_some(struct sai_opt_f64 *to, double value) { *to = SAI_SOME(sai_opt_f64, value); }

/* What the API keeps of a workout, and its row in the columns. */
static inline void put_activity(struct generated *g, size_t i, struct sai_day day, int hour, enum sport sport, bool indoor)
{
        struct activity *a = &g->activities[i];
        *a = (struct activity) { .sport_type = sport_name(sport), .trainer = indoor, .source = SOURCE_FILE };
        uint32_t number = (uint32_t)i + 1;
        memcpy(a->id.bytes, &number, sizeof number);
        a->start_date_local.ms = ((int64_t)day.number * 24 + hour) * 3600000;
        g->evidence[i] = (struct athlete_evidence) { day, (double)NAN, (double)NAN, (double)NAN, (double)NAN, (double)NAN };
}

static inline void add_row(struct generated *g, size_t i)
{
        const struct activity *a = &g->activities[i];
        struct column_row row;
        column_row_clear(&row);
        row.id = a->id;
        row.start_local = a->start_date_local;
        (void)sport_find(a->sport_type, strlen(a->sport_type), &row.sport);
        row.flags = (a->source == SOURCE_FILE ? COLUMN_FROM_FILE : COLUMN_FROM_STRAVA) | (a->trainer ? COLUMN_INDOOR : 0);
        row.distance = sai_opt_or_nan(a->distance);
        row.moving_time = sai_opt_or_nan(a->moving_time);
        row.elapsed_time = row.moving_time;
        row.elevation_gain = sai_opt_or_nan(a->total_elevation_gain);
        row.average_heartrate = sai_opt_or_nan(a->average_heartrate);
        row.average_watts = sai_opt_or_nan(a->average_watts);
        row.training_load = sai_opt_or_nan(a->metrics.training_load);
        row.efficiency_factor = sai_opt_or_nan(a->metrics.efficiency_factor);
        const struct zone_times *z = &a->metrics.intensity_time;
        row.intensity_s[0] = SAI_HAS(z->z1) ? z->z1.value : 0;
        row.intensity_s[1] = SAI_HAS(z->z2) ? z->z2.value : 0;
        row.intensity_s[2] = SAI_HAS(z->z3) ? z->z3.value : 0;
        columns_set(g->columns, i, &row);
}

static inline void begin_generated(struct generated *g, size_t most, struct sai_arena *arena)
{
        *g = (struct generated) { .activities = SAI_NEW_ARRAY(arena, struct activity, most),
                                  .evidence = SAI_NEW_ARRAY(arena, struct athlete_evidence, most) };
        assert_non_null(g->activities);
        assert_non_null(g->evidence);
        assert_int_equal(columns_begin(most, arena, &g->columns, NULL), SAI_OK);
}

static inline void end_generated(struct generated *g, struct sai_arena *arena)
{
        assert_int_equal(columns_finish(g->columns, g->count, arena, NULL), SAI_OK);
        g->history = (struct athlete_history) { .evidence = g->evidence, .evidence_count = g->count };
}

static inline void fill_activity(struct generated *g, size_t i, struct sai_random *r, double shape)
{
        static const char *const flags[] = { "partial_hr", "cadence_lock", "assumed_parameters", "teleport" };
        struct activity *a = &g->activities[i];
        enum sport sport;
        (void)sport_find(a->sport_type, strlen(a->sport_type), &sport);
        enum sport_family family = sport_family(sport);
        double speed = family == FAMILY_RIDE   ? between(r, 5, 11)
                       : family == FAMILY_SWIM ? between(r, 0.6, 1.4)
                                               : between(r, 1.5, 4.5);
        double time = chance(r) < 0.02 ? between(r, 1, 59) : between(r, 900, 9000) * shape;
        if (chance(r) > 0.03)
                set_some(&a->moving_time, time);
        if (chance(r) > 0.08)
                set_some(&a->distance, chance(r) < 0.02 ? 0 : time * speed);
        if (chance(r) > 0.2)
                set_some(&a->total_elevation_gain, between(r, 0, 900));
        a->source = chance(r) < 0.5 ? SOURCE_FILE : SOURCE_STRAVA_API;
        if (chance(r) > 0.25) {
                set_some(&a->average_heartrate, between(r, 95, 185));
                set_some(&a->metrics.intensity_time.z1, chance(r) < 0.1 ? 0 : time * chance(r));
                set_some(&a->metrics.intensity_time.z2, time * chance(r));
                set_some(&a->metrics.intensity_time.z3, chance(r) < 0.3 ? 0 : time * chance(r));
                if (chance(r) > 0.3)
                        set_some(&a->metrics.efficiency_factor, between(r, 0.9, 1.8));
                if (chance(r) > 0.5)
                        set_some(&a->metrics.decoupling, between(r, -6, 18));
        } else {
                a->metrics.load_reason = chance(r) < 0.5 ? "no_hr" : "no_threshold";
        }
        if (SAI_HAS(a->average_heartrate) && chance(r) > 0.1) {
                set_some(&a->metrics.training_load, time / 36 * between(r, 0.3, 1.1));
                a->metrics.training_load_method = SAI_SOME(sai_opt_enum, LOAD_HEART_RATE);
        }
        if (family == FAMILY_RIDE && chance(r) > 0.4) {
                set_some(&a->average_watts, between(r, 90, 320));
                a->device_watts = SAI_SOME(sai_opt_bool, chance(r) > 0.2);
                set_some(&a->metrics.np, a->average_watts.value * between(r, 1, 1.2));
                g->evidence[i].power_20min = between(r, 120, 360);
                set_some(&a->metrics.evidence.power_20min, g->evidence[i].power_20min);
        }
        if (family == FAMILY_SWIM && chance(r) > 0.4) {
                g->evidence[i].swim_400 = between(r, 300, 700);
                set_some(&a->metrics.evidence.swim_400, g->evidence[i].swim_400);
        }
        if (family == FAMILY_RUN && chance(r) > 0.3)
                set_some(&a->metrics.grade_adjusted_pace, 1000 / speed * between(r, 0.85, 1.05));
        if (chance(r) < 0.15)
                a->quality.flags = (struct sai_list) { (void *)(uintptr_t)&flags[sai_random_below(r, 4)], 1 };
}

/* Some train daily, some for a month a year; each has a usual size and a spread of sports. */
static inline void generate_athlete(struct generated *g, uint64_t seed, struct sai_arena *arena)
{
        static const enum sport sports[] = { SPORT_RUN,         SPORT_RIDE,      SPORT_SWIM,
                                             SPORT_WALK,        SPORT_TRAIL_RUN, SPORT_VIRTUAL_RIDE,
                                             SPORT_ROWING,      SPORT_HIKE,      SPORT_WEIGHT_TRAINING,
                                             SPORT_E_BIKE_RIDE, SPORT_WORKOUT,   SPORT_ALPINE_SKI };
        struct sai_seeded seeded = { seed };
        struct sai_random random = sai_random_seeded(&seeded);
        double activity = between(&random, 0.02, 0.95), single = chance(&random);
        size_t main_sport = (size_t)sai_random_below(&random, SAI_COUNT(sports)),
               most = 1 + (size_t)sai_random_below(&random, GENERATED_MOST);
        struct sai_day day = sai_day_from_civil(2019, 1, 1 + (int)sai_random_below(&random, 28));
        begin_generated(g, GENERATED_MOST, arena);
        while (g->count < most && day.number < sai_day_from_civil(2022, 1, 1).number) {
                if (chance(&random) < 0.01)
                        day.number += (int32_t)sai_random_below(&random, 60);
                day.number++;
                if (chance(&random) > activity)
                        continue;
                bool other = chance(&random) > single;
                enum sport sport = sports[other ? (size_t)sai_random_below(&random, SAI_COUNT(sports)) : main_sport];
                put_activity(g, g->count, day, (int)sai_random_below(&random, 24), sport, chance(&random) < 0.1);
                fill_activity(g, g->count, &random, chance(&random) < 0.05 ? 3 : 1);
                add_row(g, g->count++);
        }
        end_generated(g, arena);
}

#endif
