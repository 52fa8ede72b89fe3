/* track_measure.c -- the distance of a track of positions.
 *
 * A receiver that loses the sky puts a fix hundreds of metres away and comes back, and one that stands still wanders. Both add
 * distance that nobody covered. So: a fix (or two) that could not be reached from the one before, and from which the next could not
 * be reached either, is left out if the track goes on where it was; if it goes on at the new place, the jump is real (a tunnel, a
 * ferry, a device carried on) but its length is not the athlete's. An athlete who simply is faster than the sport's bound, because
 * the sport is wrong, keeps every metre. While standing, steps add only once they amount to 2 m. */
#include "files/track.h"

#include <math.h>

#define EARTH_RADIUS_M 6371008.8
#define RADIANS(deg)   ((deg) * (M_PI / 180.0))

enum { LOOK_AHEAD = 2, SCATTER_M = 2 };

struct fixes {
        const double *time, *latitude, *longitude;
        const uint32_t *rows; /* samples that have a position */
        size_t count;
        double reachable; /* m/s */
        double resting; /* m/s: not faster is standing */
};

double track_haversine(double latitude_a, double longitude_a, double latitude_b, double longitude_b)
{
        double u = sin(RADIANS(latitude_b - latitude_a) / 2), v = sin(RADIANS(longitude_b - longitude_a) / 2);
        double a = u * u + cos(RADIANS(latitude_a)) * cos(RADIANS(latitude_b)) * v * v;
        return 2 * EARTH_RADIUS_M * asin(fmin(1, sqrt(a)));
}

static double step(const struct fixes *fixes, size_t a, size_t b)
{
        uint32_t i = fixes->rows[a], j = fixes->rows[b];
        return track_haversine(fixes->latitude[i], fixes->longitude[i], fixes->latitude[j], fixes->longitude[j]);
}

static bool reaches(const struct fixes *fixes, size_t a, size_t b)
{
        double seconds = fixes->time[fixes->rows[b]] - fixes->time[fixes->rows[a]];
        return step(fixes, a, b) <= fixes->reachable * seconds;
}

/* How many fixes from `at` on are spikes: the track goes on from `last` behind them. 0 when none. */
static size_t spike_length(const struct fixes *fixes, size_t last, size_t at)
{
        for (size_t k = 1; k <= LOOK_AHEAD && at + k < fixes->count; k++) {
                if (reaches(fixes, last, at + k))
                        return reaches(fixes, at + k - 1, at + k) ? 0 : k;
        }
        return 0;
}

/* The track goes on at a place that cannot be reached from `last`, at a speed that can. The last fix of all has nothing after it:
 * it is believed if the track was as fast before. */
static bool is_teleport(const struct fixes *fixes, size_t last, size_t at, bool was_fast)
{
        if (at + 1 == fixes->count)
                return !was_fast;
        for (size_t k = 1; k <= LOOK_AHEAD; k++) {
                if (at + k >= fixes->count)
                        break;
                if (reaches(fixes, last, at + k) || !reaches(fixes, at + k - 1, at + k))
                        return false;
        }
        return true;
}

static size_t measure(const struct fixes *fixes, double *distance, size_t sample_count)
{
        double total = 0;
        size_t rejected = 0, last = 0, anchor = 0, row = 0;
        bool was_fast = false;
        for (size_t i = 1; i < fixes->count; i++) {
                bool fast = !reaches(fixes, last, i);
                if (fast) {
                        size_t spikes = spike_length(fixes, last, i);
                        if (spikes) {
                                rejected += spikes;
                                i += spikes - 1;
                                continue;
                        }
                        if (is_teleport(fixes, last, i, was_fast)) {
                                was_fast = false;
                                rejected++;
                                last = anchor = i;
                                continue;
                        }
                }
                double seconds = fixes->time[fixes->rows[i]] - fixes->time[fixes->rows[last]];
                double hop = step(fixes, last, i), moved = anchor == last ? hop : step(fixes, anchor, i);
                bool resting = hop <= fixes->resting * seconds;
                last = i;
                was_fast = fast;
                if (resting && moved < SCATTER_M)
                        continue;
                for (; row < fixes->rows[i]; row++)
                        distance[row] = total;
                total += moved;
                anchor = i;
        }
        for (; row < sample_count; row++)
                distance[row] = total;
        return rejected;
}

static double reachable_speed(enum sport_family family)
{
        static const double speeds[] = {
                [FAMILY_RUN] = 12.5, [FAMILY_RIDE] = 35, [FAMILY_SWIM] = 2.7, [FAMILY_WALK] = 5, [FAMILY_OTHER] = 35,
        };
        return speeds[family];
}

static double resting_speed(enum sport_family family)
{
        static const double speeds[] = {
                [FAMILY_RUN] = 1609.344 / 1800, [FAMILY_RIDE] = 1.11, [FAMILY_SWIM] = 0.14, [FAMILY_WALK] = 0.3,
                [FAMILY_OTHER] = 0.3,
        };
        return speeds[family];
}

sai_status track_measure(struct streams *samples, enum sport_family family, struct sai_arena *arena, size_t *ret_rejected,
                         struct sai_err *err)
{
        double *distance = streams_channel(samples, STREAM_DISTANCE, arena);
        uint32_t *rows = SAI_NEW_ARRAY(arena, uint32_t, samples->count ? samples->count : 1);
        if (!distance || !rows)
                return sai_fail(err, SAI_NO_MEMORY, "measuring %zu samples", samples->count);
        struct fixes fixes = { .time = samples->channel[STREAM_TIME],
                               .latitude = samples->channel[STREAM_LATITUDE],
                               .longitude = samples->channel[STREAM_LONGITUDE],
                               .rows = rows,
                               .reachable = reachable_speed(family),
                               .resting = resting_speed(family) };
        for (size_t i = 0; i < samples->count; i++) {
                if (!isnan(fixes.latitude[i]))
                        rows[fixes.count++] = (uint32_t)i;
        }
        *ret_rejected = measure(&fixes, distance, samples->count);
        return SAI_OK;
}
