/* series.c -- cleaning: what comes out of a sensor becomes a series that sums may trust (0.3, 0.4, 0.6). */
#include "analytics/series.h"

#include "analytics/analytics_internal.h"
#include <math.h>
#include <stdlib.h>

const struct plausible_window plausible_heartrate = { 30, 230 };
const struct plausible_window plausible_power = { 0, 2500 };
const struct plausible_window plausible_cadence = { 0, 254 };
const struct plausible_window plausible_altitude = { -500, 9000 };
const struct plausible_window plausible_temperature = { -40, 60 };

#define RESTART_DROP_M 5.0 /* a smaller fall of distance is rounding in the device, a larger one a restart */

double max_plausible_speed(enum sport_family family)
{
        switch (family) {
        case FAMILY_RUN:
                return 12.5;
        case FAMILY_SWIM:
                return 2.7;
        case FAMILY_WALK:
                return 5.0;
        case FAMILY_RIDE:
        case FAMILY_OTHER: /* skiing and sailing reach what cycling reaches */
                break;
        }
        return 35.0;
}

double moving_threshold(enum sport_family family)
{
        switch (family) {
        case FAMILY_RUN:
                return 1609.344 / 1800;
        case FAMILY_RIDE:
                return 1.11;
        case FAMILY_SWIM:
                return 0.14;
        case FAMILY_WALK:
        case FAMILY_OTHER:
                break;
        }
        return 0.3;
}

struct sample_key {
        double t;
        size_t index;
};

static int compare_keys(const void *a, const void *b)
{
        const struct sample_key *x = a, *y = b;
        if (x->t != y->t)
                return x->t < y->t ? -1 : 1;
        return x->index < y->index ? -1 : x->index > y->index;
}

/* The samples to keep, in order of time; of equal times the last. Returns how many. */
static size_t order_samples(const double *t, size_t count, struct sample_key *keys)
{
        size_t n = 0;
        bool sorted = true;
        for (size_t i = 0; i < count; i++) {
                double at = t ? t[i] : (double)i;
                if (!isfinite(at))
                        continue;
                if (n > 0 && keys[n - 1].t > at)
                        sorted = false;
                keys[n++] = (struct sample_key) { at, i };
        }
        if (!sorted)
                qsort(keys, n, sizeof *keys, compare_keys);

        size_t kept = 0;
        for (size_t i = 0; i < n; i++) {
                if (kept > 0 && keys[kept - 1].t == keys[i].t)
                        kept--;
                keys[kept++] = keys[i];
        }
        return kept;
}

sai_status series_clean(const struct streams *streams, struct sai_arena *arena, struct streams *ret_clean)
{
        *ret_clean = (struct streams) { 0 };
        if (!streams || streams->count == 0)
                return SAI_OK;
        struct sample_key *keys = SAI_NEW_ARRAY(arena, struct sample_key, streams->count);
        if (!keys)
                return SAI_NO_MEMORY;
        size_t n = order_samples(streams->channel[STREAM_TIME], streams->count, keys);
        if (n == 0)
                return SAI_OK;
        ret_clean->count = n;
        for (int c = 0; c < STREAM_CHANNELS; c++) {
                const double *from = streams->channel[c];
                if (!from && c != STREAM_TIME)
                        continue;
                double *to = SAI_NEW_ARRAY(arena, double, n);
                if (!to)
                        return SAI_NO_MEMORY;
                for (size_t i = 0; i < n; i++) {
                        double x = c == STREAM_TIME ? keys[i].t : from[keys[i].index];
                        to[i] = isfinite(x) ? x : ABSENT;
                }
                ret_clean->channel[c] = to;
        }
        return SAI_OK;
}

size_t series_restrict(double *x, size_t n, struct plausible_window window)
{
        size_t outside = 0;
        for (size_t i = 0; i < n; i++) {
                if (x[i] < window.min || x[i] > window.max) {
                        x[i] = ABSENT;
                        outside++;
                }
        }
        return outside;
}

size_t distance_make_monotone(double *d, size_t n)
{
        size_t restarts = 0;
        double total = ABSENT, offset = 0;
        for (size_t i = 0; i < n; i++) {
                if (isnan(d[i])) {
                        d[i] = total;
                        continue;
                }
                if (isnan(total)) {
                        total = d[i];
                        continue;
                }
                double value = d[i] + offset;
                if (value < total - RESTART_DROP_M) {
                        /* The device began again: its next increments go on top of what was there. */
                        offset = total - d[i];
                        restarts++;
                } else if (value > total) {
                        total = value;
                }
                d[i] = total;
        }
        /* Before the first value nothing had been covered that we know of. */
        size_t first = 0;
        while (first < n && isnan(d[first]))
                first++;
        for (size_t i = 0; i < first && first < n; i++)
                d[i] = d[first];
        return restarts;
}
