/* generator.h -- athletes that never were: ten years of plausible training from a seed.
 *
 * An athlete is a persona (what they train, how good they are, where they live); the calendar turns it into workouts up to the
 * simulator's today; a workout turns into streams, second by second, only when somebody asks. Everything follows from (seed, athlete,
 * start of the workout), so the same call gives the same samples for ever and only specifications are kept in memory. Pure. */
#ifndef SIM_GENERATOR_H
#define SIM_GENERATOR_H

#include "base/arena.h"
#include "base/calendar.h"
#include "model/sport.h"
#include "model/streams.h"
#include <stdbool.h>
#include <stdint.h>

/* splitmix64: small, repeatable on every machine, and a seed made by hashing gives an independent stream. */
struct rng {
        uint64_t state;
};
struct rng rng_of(uint64_t seed, uint64_t a, uint64_t b);
uint64_t rng_next(struct rng *rng);
double rng_unit(struct rng *rng); /* [0, 1) */
double rng_range(struct rng *rng, double low, double high);
double rng_normal(struct rng *rng); /* mean 0, deviation 1 (sum of uniforms, tails cut at 3.5) */
bool rng_chance(struct rng *rng, double probability);

struct place {
        const char *city, *country, *zone;
        double latitude, longitude, altitude, hills, temp_mean, temp_swing;
        double sea_latitude, sea_longitude; /* where the open-water swims are */
};

enum persona_kind { PERSONA_RUNNER, PERSONA_SWIMMER, PERSONA_CYCLIST, PERSONA_KINDS };

struct persona {
        enum persona_kind kind;
        uint64_t seed;
        int number; /* from 1 */
        const char *first_name, *last_name, *sex;
        const struct place *home;
        double weight_kg, max_heartrate, rest_heartrate;
        double run_threshold, ride_power, swim_threshold; /* m/s, W, m/s at full fitness */
        double week_hours;
        int birth_year;
};
struct persona persona_make(uint64_t seed, int number);

enum workout_kind {
        WORKOUT_EASY,
        WORKOUT_LONG,
        WORKOUT_TEMPO,
        WORKOUT_INTERVALS,
        WORKOUT_RACE,
        WORKOUT_POOL,
        WORKOUT_OPEN_WATER,
        WORKOUT_INDOOR,
        WORKOUT_STRENGTH,
        WORKOUT_MANUAL
};

struct workout {
        int64_t start_s; /* Unix time, UTC */
        int32_t offset_s; /* local time is start + offset */
        uint64_t seed;
        enum workout_kind kind;
        enum sport sport;
        double duration_s; /* planned; a race ends at its distance */
        double distance_m; /* 0: ends by duration */
        double intensity; /* of threshold speed or power, main part */
        double fitness; /* share of the persona's best, 0.8 to 1.02 */
        double temp; /* degrees Celsius */
        uint8_t repeats; /* intervals */
        uint16_t repeat_s;
        uint8_t route; /* which of the athlete's loops */
        uint8_t step_s; /* recording interval of the device of that time */
        bool indoor, heartrate, power, private;
        char name[48];
};

/* All workouts from ten years before `today` until and with `today`, oldest first. The array is allocated with malloc: free() it.
 * `until_s` cuts those that end after it (nobody has finished them yet). */
sai_status generator_calendar(const struct persona *persona, struct sai_day today, int64_t until_s, struct workout **ret_workouts,
                              size_t *ret_count, struct sai_err *err) SAI_MUST_USE;
/* One more, ending just before `now_s`: what an athlete adds when a test asks for it. */
struct workout generator_extra(const struct persona *persona, int64_t now_s, uint64_t ordinal);

/* The streams of a workout, derived channels included. None (count 0) for manual entries. */
sai_status generator_streams(const struct persona *persona, const struct workout *workout, struct sai_arena *arena,
                             struct streams *ret_streams, struct sai_err *err) SAI_MUST_USE;

#endif
