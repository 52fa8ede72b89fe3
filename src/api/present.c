/* present.c -- what a person reads: display strings in the athlete's units, and zone shares made from the stored times. */
#include "api/api_internal.h"

#include "analytics/format.h"
#include <string.h>

static const char *keep(const char *text, size_t len, struct sai_arena *arena)
{
        return len ? sai_arena_strndup(arena, text, len) : NULL;
}

static const char *with_unit(struct sai_opt_f64 value, int decimals, const char *unit, struct sai_arena *arena)
{
        char text[FORMAT_TEXT];
        if (!SAI_HAS(value) || !format_decimal(value.value, decimals, text))
                return NULL;
        size_t len = strlen(text), unit_len = strlen(unit), blank = unit_len != 0;
        char *out = sai_arena_alloc(arena, len + blank + unit_len + 1);
        if (!out)
                return NULL;
        memcpy(out, text, len);
        out[len] = unit_len ? ' ' : '\0';
        memcpy(out + len + blank, unit, unit_len + 1);
        return out;
}

static sai_status share_zones(struct activity *activity, struct sai_arena *arena, struct sai_err *err)
{
        const struct zone_times *times = &activity->metrics.hr_time;
        const struct sai_opt_f64 *zones[HEART_RATE_ZONES] = { &times->z1, &times->z2, &times->z3, &times->z4, &times->z5 };
        double total = 0;
        for (int i = 0; i < HEART_RATE_ZONES; i++) {
                if (!SAI_HAS(*zones[i]))
                        return SAI_OK;
                total += zones[i]->value;
        }
        struct zone_share *shares = SAI_NEW_ARRAY(arena, struct zone_share, HEART_RATE_ZONES);
        if (!shares)
                return sai_fail(err, SAI_NO_MEMORY, "zones");
        for (int i = 0; i < HEART_RATE_ZONES; i++)
                shares[i] = (struct zone_share) { i + 1, zones[i]->value, total > 0 ? 100 * zones[i]->value / total : 0 };
        activity->metrics.heart_rate_zones = (struct sai_list) { shares, HEART_RATE_ZONES };
        return SAI_OK;
}

sai_status api_present_activity(struct activity *a, const struct user *user, struct sai_arena *arena, struct sai_err *err)
{
        enum unit_system units = user ? (enum unit_system)user->preferences.units : UNITS_METRIC;
        enum sport sport = SPORT_WORKOUT;
        if (a->sport_type)
                (void)sport_find(a->sport_type, strlen(a->sport_type), &sport);
        enum sport_family family = sport_family(sport);
        char text[FORMAT_TEXT];
        struct activity_display *d = &a->display;
        if (SAI_HAS(a->distance))
                d->distance = keep(text, format_sport_distance(family, a->distance.value, units, text), arena);
        if (SAI_HAS(a->moving_time))
                d->moving_time = keep(text, format_duration(a->moving_time.value, text), arena);
        if (SAI_HAS(a->elapsed_time))
                d->elapsed_time = keep(text, format_duration(a->elapsed_time.value, text), arena);
        if (SAI_HAS(a->average_speed)) {
                d->speed = keep(text, format_speed(a->average_speed.value, units, text), arena);
                if (family == FAMILY_SWIM)
                        d->pace = keep(text, format_swim_pace(a->average_speed.value, units, text), arena);
                else
                        d->pace = keep(text, format_pace(a->average_speed.value, units, text), arena);
        }
        if (SAI_HAS(a->total_elevation_gain))
                d->elevation_gain = keep(text, format_elevation(a->total_elevation_gain.value, units, text), arena);
        d->heart_rate = with_unit(a->average_heartrate, 0, "bpm", arena);
        d->power = with_unit(a->average_watts, 0, "W", arena);
        d->calories = with_unit(a->metrics.calories, 0, "kcal", arena);
        d->training_load = with_unit(a->metrics.training_load, 0, "", arena);
        return share_zones(a, arena, err);
}
