/* laps.c -- laps and kilometre splits, cut out of the streams. */
#include "sim/api_activity.h"

#include <math.h>

#include "sim/measure.h"

enum { MAX_LAPS = 2000 };

/* First sample at or after a distance (or time), from `from` on. */
static size_t sample_at(const double *column, size_t count, size_t from, double value)
{
        while (from < count && !(column[from] >= value))
                from++;
        return from;
}

/* Ends of the parts every `step` metres; the last one may be short. Gives their number. */
static size_t cut_by_distance(const struct streams *s, double step, size_t *ends, size_t max)
{
        const double *distance = s->channel[STREAM_DISTANCE];
        size_t count = 0, at = 0;
        for (size_t part = 1; distance && count < max && at < s->count; part++) {
                size_t next = sample_at(distance, s->count, at, step * (double)part);
                if (next <= at && next < s->count)
                        continue;
                ends[count++] = next;
                at = next;
                if (distance[s->count - 1] < step * (double)part)
                        break;
        }
        return count;
}

static size_t cut_by_device(const struct streams *s, const struct recording_session *session, size_t *ends, size_t max)
{
        const double *time = s->channel[STREAM_TIME];
        size_t count = 0, at = 0;
        /* Without a start in UTC the laps' starts are wall clocks too. */
        int64_t start_ms = SAI_HAS(session->start) ? session->start.value.ms : session->start_local.value.ms;
        for (size_t i = 1; i < session->lap_count && count + 1 < max; i++) {
                double start_s = (double)(session->laps[i].start.ms - start_ms) / 1000.0;
                size_t next = sample_at(time, s->count, at, start_s);
                if (next > at && next < s->count) {
                        ends[count++] = next;
                        at = next;
                }
        }
        ends[count++] = s->count;
        return count;
}

static void fill_lap(struct strava_lap *lap, const struct strava_activity *a, const struct streams *s, size_t index, size_t from,
                     size_t end, struct sai_arena *arena)
{
        struct measure m = measure_range(s, from, end);
        int64_t start_ms = (int64_t)(s->channel[STREAM_TIME][from]) * 1000;
        *lap = (struct strava_lap) {
                .id = a->id * 4 + (int64_t)index + 1,
                .resource_state = 2,
                .name = sai_arena_printf(arena, "Lap %zu", index + 1),
                .activity = { .id = a->id, .resource_state = 1 },
                .athlete = a->athlete,
                .elapsed_time = (int64_t)llround(m.elapsed_s),
                .moving_time = (int64_t)llround(m.moving_s),
                .start_date = { a->start_date.ms + start_ms },
                .start_date_local = { a->start_date_local.ms + start_ms },
                .distance = m.distance,
                .average_speed = m.moving_s > 0.0 ? m.distance / m.moving_s : 0.0,
                .max_speed = m.max_speed,
                .lap_index = (int64_t)index + 1,
                .split = (int64_t)index + 1,
                .start_index = (int64_t)from,
                .end_index = (int64_t)end - 1,
                .total_elevation_gain = m.gain_m,
                .average_cadence = sai_opt_from_nan(m.average_cadence),
                .average_watts = sai_opt_from_nan(m.average_watts),
                .device_watts = SAI_SOME(sai_opt_bool, !isnan(m.average_watts)),
                .average_heartrate = sai_opt_from_nan(m.average_heartrate),
                .max_heartrate = sai_opt_from_nan(m.max_heartrate),
        };
}

sai_status laps_make(struct sai_arena *arena, const struct strava_activity *summary, const struct streams *s,
                     const struct recording_session *session, struct sai_list *ret_laps, struct sai_err *err)
{
        *ret_laps = (struct sai_list) { 0 };
        if (s->count == 0 || !s->channel[STREAM_TIME])
                return SAI_OK;
        size_t *ends = SAI_NEW_ARRAY(arena, size_t, MAX_LAPS);
        if (!ends)
                return sai_fail(err, SAI_NO_MEMORY, "laps");
        enum sport sport;
        sport_find(summary->sport_type, strlen(summary->sport_type), &sport);
        size_t count = 0;
        if (session)
                count = cut_by_device(s, session, ends, MAX_LAPS);
        else
                count = cut_by_distance(s, sport_family(sport) == FAMILY_RIDE ? 5000.0 : 1000.0, ends, MAX_LAPS);
        if (count == 0)
                ends[count++] = s->count;
        struct strava_lap *laps = SAI_NEW_ARRAY(arena, struct strava_lap, count);
        if (!laps)
                return sai_fail(err, SAI_NO_MEMORY, "laps");
        for (size_t i = 0, from = 0; i < count; from = ends[i++])
                fill_lap(&laps[i], summary, s, i, from, ends[i], arena);
        *ret_laps = (struct sai_list) { laps, count };
        return SAI_OK;
}

sai_status splits_make(struct sai_arena *arena, const struct streams *s, struct sai_list *ret_splits, struct sai_err *err)
{
        *ret_splits = (struct sai_list) { 0 };
        if (s->count == 0 || !s->channel[STREAM_DISTANCE] || !s->channel[STREAM_LATITUDE])
                return SAI_OK;
        size_t *ends = SAI_NEW_ARRAY(arena, size_t, MAX_LAPS);
        struct strava_split *splits = SAI_NEW_ARRAY(arena, struct strava_split, MAX_LAPS);
        if (!ends || !splits)
                return sai_fail(err, SAI_NO_MEMORY, "splits");
        size_t count = cut_by_distance(s, 1000.0, ends, MAX_LAPS);
        const double *altitude = s->channel[STREAM_ALTITUDE];
        for (size_t i = 0, from = 0; i < count; from = ends[i++]) {
                struct measure m = measure_range(s, from, ends[i]);
                double rise = altitude ? altitude[ends[i] - 1] - altitude[from] : 0.0;
                splits[i] = (struct strava_split) {
                        .distance = m.distance,
                        .elapsed_time = (int64_t)llround(m.elapsed_s),
                        .elevation_difference = isnan(rise) ? 0.0 : rise,
                        .moving_time = (int64_t)llround(m.moving_s),
                        .split = (int64_t)i + 1,
                        .average_speed = m.moving_s > 0.0 ? m.distance / m.moving_s : 0.0,
                        .average_heartrate = sai_opt_from_nan(m.average_heartrate),
                };
        }
        *ret_splits = (struct sai_list) { splits, count };
        return SAI_OK;
}
