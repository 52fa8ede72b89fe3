/* generator_calendar.c -- ten years of weeks: rhythm, seasons, races, breaks, and what they do to fitness.
 *
 * A week is a template of seven slots, scaled by the season (build, peak, taper, recovery; every fourth week is light), interrupted by
 * injuries and holidays. Load is tracked as training theory does it (an average over 42 days), and fitness follows load and age, so that
 * a break shows in the paces after it. */
#include "sim/generator.h"

#include <math.h>

#include "base/buf.h"

enum { DAYS = 3653, MAX_WORKOUTS = 8000 }; /* ten years; two a day are more than any template plans */

struct slot {
        enum workout_kind kind;
        enum sport sport;
        double share; /* of the week's hours */
        double intensity;
        double probability;
};

static const struct slot weeks[PERSONA_KINDS][7] = {
        [PERSONA_RUNNER] = {
                { WORKOUT_STRENGTH, SPORT_WEIGHT_TRAINING, 0.09, 0.40, 0.30 },
                { WORKOUT_INTERVALS, SPORT_RUN, 0.15, 1.06, 0.85 },
                { WORKOUT_EASY, SPORT_RIDE, 0.19, 0.62, 0.55 },
                { WORKOUT_TEMPO, SPORT_RUN, 0.15, 0.95, 0.85 },
                { WORKOUT_POOL, SPORT_SWIM, 0.11, 0.92, 0.50 },
                { WORKOUT_EASY, SPORT_RUN, 0.12, 0.76, 0.85 },
                { WORKOUT_LONG, SPORT_RUN, 0.26, 0.79, 0.90 },
        },
        [PERSONA_SWIMMER] = {
                { WORKOUT_POOL, SPORT_SWIM, 0.14, 0.92, 0.85 },
                { WORKOUT_EASY, SPORT_RUN, 0.12, 0.76, 0.70 },
                { WORKOUT_POOL, SPORT_SWIM, 0.16, 1.00, 0.90 },
                { WORKOUT_EASY, SPORT_RIDE, 0.18, 0.64, 0.45 },
                { WORKOUT_POOL, SPORT_SWIM, 0.14, 0.94, 0.80 },
                { WORKOUT_OPEN_WATER, SPORT_SWIM, 0.17, 0.90, 0.80 },
                { WORKOUT_LONG, SPORT_RUN, 0.18, 0.78, 0.60 },
        },
        [PERSONA_CYCLIST] = {
                { WORKOUT_STRENGTH, SPORT_WEIGHT_TRAINING, 0.07, 0.40, 0.35 },
                { WORKOUT_INTERVALS, SPORT_RIDE, 0.15, 1.06, 0.85 },
                { WORKOUT_EASY, SPORT_RIDE, 0.14, 0.62, 0.60 },
                { WORKOUT_TEMPO, SPORT_RIDE, 0.16, 0.90, 0.85 },
                { WORKOUT_EASY, SPORT_RUN, 0.07, 0.75, 0.30 },
                { WORKOUT_LONG, SPORT_RIDE, 0.38, 0.68, 0.90 },
                { WORKOUT_EASY, SPORT_RIDE, 0.18, 0.64, 0.70 },
        },
};

/* On the n-th Sunday of a month. */
struct race {
        int month, sunday;
        const char *name;
        enum sport sport;
        double distance_m, intensity;
};

static const struct race races[PERSONA_KINDS][4] = {
        [PERSONA_RUNNER] = {
                { 3, 2, "Spring 5K", SPORT_RUN, 5030.0, 1.06 },
                { 6, 4, "Oceanman 5K", SPORT_SWIM, 5080.0, 0.93 },
                { 9, 3, "Half Marathon", SPORT_RUN, 21190.0, 0.965 },
                { 11, 1, "Marathon", SPORT_RUN, 42440.0, 0.915 },
        },
        [PERSONA_SWIMMER] = {
                { 4, 3, "City 10K", SPORT_RUN, 10060.0, 1.01 },
                { 6, 4, "Oceanman 5K", SPORT_SWIM, 5060.0, 0.96 },
                { 8, 3, "Bay Swim 3K", SPORT_SWIM, 3040.0, 0.97 },
                { 10, 1, "Oceanman 10K", SPORT_SWIM, 10130.0, 0.91 },
        },
        [PERSONA_CYCLIST] = {
                { 4, 4, "Time Trial 40K", SPORT_RIDE, 40200.0, 0.99 },
                { 6, 2, "Gran Fondo", SPORT_RIDE, 121500.0, 0.80 },
                { 8, 4, "Hill Classic", SPORT_RIDE, 84300.0, 0.85 },
                { 10, 2, "Autumn 10K", SPORT_RUN, 10050.0, 1.0 },
        },
};

struct calendar {
        const struct persona *persona;
        const struct sai_zone *zone;
        struct workout *workouts;
        size_t count, room;
        int32_t first; /* day number of the first day */
        double load; /* 42-day average of the daily load */
        int injury_at[2], injury_days[2];
        int strap_broken_at;
        int rest_until; /* holiday or illness, day index */
};

static const struct race *race_of(const struct persona *p, struct sai_day day)
{
        int year, month, dom;
        sai_day_to_civil(day, &year, &month, &dom);
        for (size_t i = 0; i < SAI_COUNT(races[0]); i++) {
                const struct race *race = &races[p->kind][i];
                struct rng rng = rng_of(p->seed, (uint64_t)year, i);
                if (race->month == month && sai_day_weekday(day) == 6 && (dom - 1) / 7 + 1 == race->sunday &&
                    rng_chance(&rng, 0.85))
                        return race;
        }
        return NULL;
}

static bool injured(const struct calendar *c, int index)
{
        return (index >= c->injury_at[0] && index < c->injury_at[0] + c->injury_days[0]) ||
               (index >= c->injury_at[1] && index < c->injury_at[1] + c->injury_days[1]);
}

static double season_factor(const struct calendar *c, int index, struct sai_day day)
{
        int year, month, dom;
        sai_day_to_civil(day, &year, &month, &dom);
        /* Long days, long weeks; southern seasons run the other way, as their temperatures do. */
        double summer =
                sin(2.0 * M_PI * ((month - 1) * 30.4 + dom - 100.0) / 365.0) * (c->persona->home->temp_swing < 0 ? -1.0 : 1.0);
        double factor = 0.95 + 0.17 * summer;
        if (sai_day_week_start(day).number / 7 % 4 == 3)
                factor *= 0.72;
        for (int ahead = 1; ahead <= 12; ahead++) {
                const struct race *race = race_of(c->persona, (struct sai_day) { day.number + ahead });
                if (race && race->distance_m / (race->sport == SPORT_SWIM   ? 0.3
                                                : race->sport == SPORT_RIDE ? 3.5
                                                                            : 1.0) >
                                    15000.0)
                        factor *= ahead <= 6 ? 0.5 : 0.7;
                if (ahead <= 8 && race_of(c->persona, (struct sai_day) { day.number - ahead }))
                        factor *= 0.75;
        }
        for (int i = 0; i < 2; i++)
                if (index >= c->injury_at[i] && index < c->injury_at[i] + c->injury_days[i] + 35)
                        factor *= 0.6;
        double year_of_training = index / 365.25;
        return factor * (0.78 + 0.05 * fmin(5.0, year_of_training)) * (year_of_training > 8.0 ? 0.94 : 1.0);
}

static double fitness_at(const struct calendar *c, int index)
{
        double years = index / 365.25;
        double grown = 0.895 + 0.017 * fmin(years, 6.0) - 0.006 * fmax(0.0, years - 7.0);
        return grown * (0.90 + 0.10 * (1.0 - exp(-c->load / 32.0)));
}

static double temperature_at(const struct place *place, struct sai_day day, int hour, struct rng *rng)
{
        int year, month, dom;
        sai_day_to_civil(day, &year, &month, &dom);
        double season = sin(2.0 * M_PI * ((month - 1) * 30.4 + dom - 110.0) / 365.0);
        double time_of_day = hour < 9 ? -3.0 : hour < 16 ? 2.5 : 0.0;
        return place->temp_mean + place->temp_swing * season + time_of_day + 2.6 * rng_normal(rng);
}

static void name_workout(struct workout *w, int hour)
{
        const char *part = hour < 11 ? "Morning" : hour < 14 ? "Lunch" : hour < 17 ? "Afternoon" : "Evening";
        const char *noun = w->sport == SPORT_WEIGHT_TRAINING       ? "Strength"
                           : sport_family(w->sport) == FAMILY_RIDE ? "Ride"
                           : sport_family(w->sport) == FAMILY_SWIM ? "Swim"
                                                                   : "Run";
        if (w->kind == WORKOUT_INTERVALS)
                snprintf(w->name, sizeof w->name, "%u x %u min", w->repeats, w->repeat_s / 60u);
        else if (w->kind == WORKOUT_LONG || w->kind == WORKOUT_TEMPO)
                snprintf(w->name, sizeof w->name, "%s %s", w->kind == WORKOUT_LONG ? "Long" : "Tempo", noun);
        else if (w->kind == WORKOUT_OPEN_WATER)
                snprintf(w->name, sizeof w->name, "%s Sea Swim", part);
        else
                snprintf(w->name, sizeof w->name, "%s %s", part, noun);
}

/* What the athlete's devices could record at that time: a watch that thins its points first, a bike meter later, wrist heart rate in
 * the water last. */
static void equip(const struct calendar *c, struct workout *w, int index, struct rng *rng)
{
        double years = index / 365.25;
        enum sport_family family = sport_family(w->sport);
        w->step_s = years < 2.5 ? 4 : 1;
        w->heartrate = rng_chance(rng, years < 1.0 ? 0.6 : 0.94);
        if (index >= c->strap_broken_at && index < c->strap_broken_at + 20)
                w->heartrate = false;
        if (family == FAMILY_SWIM)
                w->heartrate = w->heartrate && years > 5.0 && rng_chance(rng, 0.7);
        w->power = family == FAMILY_RIDE && (w->indoor || (c->persona->kind == PERSONA_CYCLIST && years > 2.0));
        w->private = rng_chance(rng, 0.015);
        w->route = (uint8_t)(rng_next(rng) % 6);
}

static void move_indoors(struct workout *w, struct rng *rng)
{
        enum sport_family family = sport_family(w->sport);
        bool winter = w->temp < 3.0;
        if (family == FAMILY_RIDE && rng_chance(rng, winter ? 0.85 : 0.08)) {
                w->sport = SPORT_VIRTUAL_RIDE;
                w->indoor = true;
                w->duration_s = fmin(w->duration_s, 5400.0);
        } else if (family == FAMILY_RUN && w->kind != WORKOUT_LONG && rng_chance(rng, winter ? 0.2 : 0.02)) {
                w->indoor = true;
        } else if (w->kind == WORKOUT_OPEN_WATER && w->temp < 14.0) {
                w->kind = WORKOUT_POOL;
        }
        if (w->kind == WORKOUT_POOL)
                w->indoor = true;
}

static void shape_intervals(struct workout *w, struct rng *rng)
{
        static const uint16_t lengths[] = { 60, 120, 180, 240, 300, 480 };
        w->repeat_s = lengths[rng_next(rng) % SAI_COUNT(lengths)];
        double main_s = rng_range(rng, 1100.0, 1700.0) * (sport_family(w->sport) == FAMILY_RIDE ? 1.3 : 1.0);
        w->repeats = (uint8_t)fmax(3.0, fmin(16.0, round(main_s / w->repeat_s)));
        w->intensity += 0.05 * (1.0 - fmin(1.0, w->repeat_s / 300.0));
        w->duration_s = 900.0 + 600.0 + w->repeats * (w->repeat_s + fmax(60.0, w->repeat_s * 0.5));
}

static double distance_pace(const struct persona *p, const struct workout *w)
{
        enum sport_family family = sport_family(w->sport);
        double speed = family == FAMILY_SWIM   ? p->swim_threshold * w->intensity
                       : family == FAMILY_RIDE ? 8.6 * cbrt(p->ride_power * w->intensity / 200.0)
                                               : p->run_threshold * w->intensity;
        return speed * w->fitness;
}

static void plan_race(struct calendar *c, const struct race *race, struct workout *w)
{
        w->kind = race->sport == SPORT_SWIM ? WORKOUT_OPEN_WATER : WORKOUT_RACE;
        w->sport = race->sport;
        w->intensity = race->intensity;
        w->distance_m = race->distance_m;
        w->duration_s = race->distance_m / distance_pace(c->persona, w);
        w->route = 200; /* a course of its own */
        snprintf(w->name, sizeof w->name, "%s", race->name);
}

static void plan_training(const struct calendar *c, const struct slot *slot, int index, struct sai_day day, int hour,
                          struct workout *w, struct rng *rng)
{
        w->kind = slot->kind;
        w->sport = slot->sport;
        w->intensity = slot->intensity * rng_range(rng, 0.98, 1.02);
        double hours = c->persona->week_hours * slot->share * season_factor(c, index, day) * rng_range(rng, 0.85, 1.2);
        w->duration_s = fmax(1500.0, round(hours * 3600.0 / 60.0) * 60.0 + rng_range(rng, -60.0, 60.0));
        if (w->kind == WORKOUT_LONG && w->sport == SPORT_RUN && rng_chance(rng, 0.12))
                w->sport = SPORT_TRAIL_RUN;
        if (w->kind == WORKOUT_INTERVALS)
                shape_intervals(w, rng);
        move_indoors(w, rng);
        if (rng_chance(rng, 0.004) && w->kind == WORKOUT_EASY)
                w->kind = WORKOUT_MANUAL;
        name_workout(w, hour);
}

static void add_day(struct calendar *c, int index, int64_t until_s)
{
        const struct persona *p = c->persona;
        struct sai_day day = { c->first + index };
        struct rng rng = rng_of(p->seed, (uint64_t)day.number, 0x646179);
        int weekday = sai_day_weekday(day);
        const struct slot *slot = &weeks[p->kind][weekday];
        const struct race *race = injured(c, index) ? NULL : race_of(p, day);
        bool trains =
                rng_chance(&rng, slot->probability * (index < 200 ? 0.8 : 1.0)) && !injured(c, index) && index >= c->rest_until;
        if (rng_chance(&rng, 0.0045))
                c->rest_until = index + 4 + (int)(rng_next(&rng) % 6);
        double load = 0.0;
        if ((trains || race) && c->count < c->room) {
                int hour = race || weekday >= 5 ? 8 + (int)(rng_next(&rng) % 2) : rng_chance(&rng, 0.55) ? 6 : 17;
                if (slot->kind == WORKOUT_POOL && rng_chance(&rng, 0.4))
                        hour = 12;
                int64_t wall_s = (int64_t)day.number * 86400 + hour * 3600 + (int64_t)(rng_next(&rng) % 3300);
                struct sai_instant start = sai_zone_instant(c->zone, (struct sai_local) { wall_s * 1000 });
                struct workout w = { .start_s = start.ms / 1000, .seed = rng_next(&rng), .fitness = fitness_at(c, index) };
                w.offset_s = sai_zone_offset(c->zone, start);
                w.temp = temperature_at(p->home, day, hour, &rng);
                if (race)
                        plan_race(c, race, &w);
                else
                        plan_training(c, slot, index, day, hour, &w, &rng);
                equip(c, &w, index, &rng);
                if (race)
                        w.route = 200;
                load = w.duration_s / 36.0 * w.intensity * w.intensity;
                if (w.start_s + (int64_t)(w.duration_s * 1.5) < until_s)
                        c->workouts[c->count++] = w;
        }
        c->load += (load - c->load) / 42.0;
}

sai_status generator_calendar(const struct persona *persona, struct sai_day today, int64_t until_s, struct workout **ret_workouts,
                              size_t *ret_count, struct sai_err *err)
{
        struct rng rng = rng_of(persona->seed, 1, 0x63616c);
        struct calendar c = { .persona = persona, .room = MAX_WORKOUTS, .first = today.number - DAYS + 1, .load = 22.0 };
        c.zone = sai_zone_find(persona->home->zone);
        if (!c.zone)
                c.zone = sai_zone_find("UTC");
        c.injury_at[0] = (int)rng_range(&rng, 3.6 * 365, 4.8 * 365);
        c.injury_days[0] = (int)rng_range(&rng, 35, 52);
        c.injury_at[1] = (int)rng_range(&rng, 7.4 * 365, 8.4 * 365);
        c.injury_days[1] = (int)rng_range(&rng, 17, 28);
        c.strap_broken_at = (int)rng_range(&rng, 5.5 * 365, 9.5 * 365);
        c.workouts = calloc(c.room, sizeof *c.workouts);
        if (!c.workouts)
                return sai_fail(err, SAI_NO_MEMORY, "a training calendar");
        for (int index = 0; index < DAYS; index++)
                add_day(&c, index, until_s);
        struct workout *fitted = realloc(c.workouts, (c.count ? c.count : 1) * sizeof *fitted);
        *ret_workouts = fitted ? fitted : c.workouts;
        *ret_count = c.count;
        return SAI_OK;
}

struct workout generator_extra(const struct persona *persona, int64_t now_s, uint64_t ordinal)
{
        struct rng rng = rng_of(persona->seed, (uint64_t)now_s, 0x657874 + ordinal);
        const struct sai_zone *zone = sai_zone_find(persona->home->zone);
        struct workout w = {
                .kind = WORKOUT_EASY,
                .sport = persona->kind == PERSONA_CYCLIST ? SPORT_RIDE : SPORT_RUN,
                .duration_s = round(rng_range(&rng, 1800.0, 3300.0)),
                .intensity = rng_range(&rng, 0.72, 0.82),
                .fitness = 0.95,
                .temp = persona->home->temp_mean + rng_range(&rng, -4.0, 4.0),
                .seed = rng_next(&rng),
                .step_s = 1,
                .heartrate = true,
                .power = persona->kind == PERSONA_CYCLIST,
                .route = (uint8_t)(rng_next(&rng) % 6),
        };
        /* A ride or run with traffic lights may last longer than planned: it must have ended by now. */
        w.start_s = now_s - (int64_t)(w.duration_s * 1.4) - 120;
        w.offset_s = zone ? sai_zone_offset(zone, (struct sai_instant) { w.start_s * 1000 }) : 0;
        name_workout(&w, (int)((w.start_s + w.offset_s) / 3600 % 24));
        return w;
}
