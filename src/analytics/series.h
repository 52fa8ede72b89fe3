/* series.h -- the rules every sum over a stream follows (0.3-0.6).
 *
 * A sample covers the interval that ends at it: interval i is (t[i-1], t[i]], its value x[i]. Intervals longer than the cap are gaps:
 * they count for nothing and are reported. NaN is absent. Times are seconds and strictly rising after series_clean. */
#ifndef SAI_ANALYTICS_SERIES_H
#define SAI_ANALYTICS_SERIES_H

#include "base/arena.h"
#include "base/status.h"
#include "model/sport.h"
#include "model/streams.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GAP_CAP_HEARTRATE_S 10.0 /* also cadence and zone time */
#define GAP_CAP_POWER_S     30.0
#define GAP_CAP_NONE        ((double)INFINITY)

/* Plausibility windows (0.6); inclusive. */
struct plausible_window {
        double min, max;
};
extern const struct plausible_window plausible_heartrate, plausible_power, plausible_cadence, plausible_altitude,
        plausible_temperature;
double max_plausible_speed(enum sport_family family); /* m/s */
double moving_threshold(enum sport_family family); /* m/s, 2.1 */

/* A copy in the arena whose times are finite and strictly rising (stable sort, the last of equal times wins) and whose values are
 * finite or NaN. Channels that are missing stay NULL; without TIME the samples count as one a second. */
sai_status series_clean(const struct streams *streams, struct sai_arena *arena, struct streams *ret_clean) SAI_MUST_USE;

/* Replaces what lies outside the window by NaN; returns how many did. */
size_t series_restrict(double *x, size_t n, struct plausible_window window);

/* Rule 0.4 in place; NaN is bridged. Returns how many device restarts (falls of more than 5 m) there were. */
size_t distance_make_monotone(double *d, size_t n);

struct weighted_mean {
        double mean; /* NaN when nothing was covered */
        double covered; /* s with a value */
        double gap; /* s in intervals over the cap */
        double max; /* NaN when none */
};
struct weighted_mean series_weighted_mean(const double *t, const double *x, size_t n, double cap);
double series_plain_mean(const double *x, size_t n);

/* Highest time-weighted mean over any window of `seconds` (5.4, 12.1); NaN when the covered data is shorter. */
double series_peak_mean(const double *t, const double *x, size_t n, double seconds, double cap);

/* One value a second: second s (1…T) takes the interval that contains its end. Gap seconds take `gap_value` (0 for power, NaN for
 * heart rate). Gives T = floor(t[n-1] - t[0]) values; capped at SAI_MAX_RECORDING_POINTS seconds (the rest is dropped). */
sai_status series_resample_1hz(const double *t, const double *x, size_t n, double cap, double gap_value, struct sai_arena *arena,
                               double **ret_values, size_t *ret_n) SAI_MUST_USE;
/* Linear interpolation at `at` of a rising x; outside it the end's value. */
double series_interpolate(const double *x, const double *y, size_t n, double at);

/* Sums seconds into the zones of `table`: times[table->count]. Returns the gap seconds. */
struct zone_table;
double series_time_in_zones(const double *t, const double *x, size_t n, double cap, const struct zone_table *table,
                            double *times);

/* Moving seconds by speed (2.1): intervals with (d[i]-d[i-1])/dt > threshold, or by the platform's `moving` flag when it is given.
 * `ret_moving` (may be NULL) gets 1 or 0 for each sample. */
double series_moving_time(const double *t, const double *d, const double *flag, size_t n, double threshold, double *ret_moving);

/* Splits of `length` metres by interpolation (2.3). Returns how many were written; the last may be partial. */
struct split {
        double distance, time;
        bool partial;
};
size_t series_splits(const double *t, const double *d, size_t n, double length, struct split *out, size_t room);
double series_negative_split(const double *t, const double *d, size_t n); /* %, NaN without distance */
double series_variation(const double *x, size_t n); /* %, coefficient, population form */

#endif
