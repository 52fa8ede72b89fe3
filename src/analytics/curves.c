/* curves.c -- mean-maximal curves and best efforts, both linear in the samples (12.1, 12.2). */
#include "analytics/curves.h"

#include "analytics/analytics_internal.h"
#include "base/cleanup.h"
#include <math.h>

#define EFFORT_GAP_S      60.0 /* a longer interval is trusted only when its distance fits the speed around it */
#define EFFORT_JUMP_RATIO 3.0
#define POOL_LENGTH_MAX_M 50.0 /* pool swims rightly jump a length at once */

const int curve_durations[] = { 1,    2,    3,    5,    8,    10,   15,   20,    30,    45,    60,
                                90,   120,  180,  240,  300,  360,  480,  600,   720,   900,   1200,
                                1500, 1800, 2400, 2700, 3600, 5400, 7200, 10800, 14400, 18000, 21600 };
const size_t curve_duration_count = SAI_COUNT(curve_durations);

double mean_max(const double *values, size_t n, size_t seconds)
{
        if (seconds == 0 || seconds > n)
                return ABSENT;
        double sum = 0;
        for (size_t i = 0; i < seconds; i++)
                sum += values[i];
        double best = sum;
        for (size_t i = seconds; i < n; i++) {
                sum += values[i] - values[i - seconds];
                if (sum > best)
                        best = sum;
        }
        return best / (double)seconds;
}

sai_status mean_max_curve(const double *values, size_t n, struct sai_arena *arena, double *out)
{
        double *prefix = SAI_NEW_ARRAY(arena, double, n + 1);
        if (!prefix)
                return SAI_NO_MEMORY;
        for (size_t i = 0; i < n; i++)
                prefix[i + 1] = prefix[i] + values[i];
        for (size_t k = 0; k < curve_duration_count; k++) {
                size_t seconds = (size_t)curve_durations[k];
                out[k] = ABSENT;
                if (seconds > n)
                        continue;
                double best = prefix[seconds];
                for (size_t i = seconds + 1; i <= n; i++)
                        best = fmax(best, prefix[i] - prefix[i - seconds]);
                out[k] = best / (double)seconds;
        }
        return SAI_OK;
}

static const double run_distances[] = { 400,   804.672,  1000,  1609.344, 3000,  3218.688, 5000, 10000,
                                        15000, 16093.44, 20000, 21097.5,  30000, 42195,    50000 };
static const double ride_distances[] = { 5000, 10000, 20000, 40000, 50000, 80000, 90000, 100000, 180000 };
static const double swim_distances[] = { 100, 200, 400, 750, 800, 1000, 1500, 1900, 2000, 3000, 3800, 5000, 10000 };

const double *best_effort_distances(enum sport_family family, size_t *ret_count)
{
        switch (family) {
        case FAMILY_RUN:
                *ret_count = SAI_COUNT(run_distances);
                return run_distances;
        case FAMILY_RIDE:
                *ret_count = SAI_COUNT(ride_distances);
                return ride_distances;
        case FAMILY_SWIM:
                *ret_count = SAI_COUNT(swim_distances);
                return swim_distances;
        case FAMILY_WALK:
        case FAMILY_OTHER:
                break;
        }
        *ret_count = 0;
        return NULL;
}

/* Whether interval i (from sample i-1 to i) must not lie inside an effort: a teleport, a jump no athlete makes, or a long hole over
 * which distance grows faster than around it. */
static bool interval_refused(const double *t, const double *d, const uint8_t *teleport, size_t n, size_t i, double max_speed)
{
        if (teleport && teleport[i])
                return true;
        double dt = t[i] - t[i - 1], step = d[i] - d[i - 1];
        if (step > POOL_LENGTH_MAX_M && step > max_speed * dt)
                return true;
        if (!(dt > EFFORT_GAP_S))
                return false;
        double speed = step / dt, around = 0;
        if (i >= 2)
                around = (d[i - 1] - d[i - 2]) / (t[i - 1] - t[i - 2]);
        if (i + 1 < n)
                around = fmax(around, (d[i + 1] - d[i]) / (t[i + 1] - t[i]));
        return speed > EFFORT_JUMP_RATIO * around;
}

static void offer(struct best_effort *best, double start, double end, double length, double max_speed)
{
        double time = end - start;
        if (time > 0 && length / time <= max_speed && !(time >= best->time))
                *best = (struct best_effort) { time, start, end };
}

/* Within samples a…b, none of whose intervals is refused. */
static void effort_in(const double *t, const double *d, size_t a, size_t b, double length, double max_speed,
                      struct best_effort *best)
{
        /* Windows that end at sample j: the start is the last moment at distance d[j] - length. */
        for (size_t j = a + 1, i = a; j <= b; j++) {
                double from = d[j] - length;
                if (from < d[a])
                        continue;
                while (i + 1 <= j && d[i + 1] <= from)
                        i++;
                double start = d[i] < from ? t[i] + (t[i + 1] - t[i]) * (from - d[i]) / (d[i + 1] - d[i]) : t[i];
                offer(best, start, t[j], length, max_speed);
        }
        /* Windows that start at sample i: the end is the first moment at distance d[i] + length. */
        for (size_t i = a, j = a; i < b; i++) {
                double to = d[i] + length;
                if (to > d[b])
                        break;
                while (d[j] < to)
                        j++;
                double end = t[j];
                if (d[j] > to)
                        end = t[j - 1] + (t[j] - t[j - 1]) * (to - d[j - 1]) / (d[j] - d[j - 1]);
                offer(best, t[i], end, length, max_speed);
        }
}

struct best_effort best_effort(const double *t, const double *d, const uint8_t *teleport, size_t n, double length,
                               double max_speed)
{
        struct best_effort best = { ABSENT, ABSENT, ABSENT };
        if (!(length > 0))
                return best;
        size_t a = 0;
        for (size_t i = 1; i <= n; i++) {
                if (i < n && !interval_refused(t, d, teleport, n, i, max_speed))
                        continue;
                if (i - 1 > a)
                        effort_in(t, d, a, i - 1, length, max_speed, &best);
                a = i;
        }
        return best;
}

double best_effort_aligned(const double *t, const double *d, size_t n, double length)
{
        double best = ABSENT;
        for (size_t j = 0, i = 0; j < n; j++) {
                while (i < j && d[j] - d[i + 1] >= length)
                        i++;
                if (d[j] - d[i] >= length && !(t[j] - t[i] >= best))
                        best = t[j] - t[i];
        }
        return best;
}
