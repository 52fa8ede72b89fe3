/* curves.h -- mean-maximal curves and best efforts (12). */
#ifndef SAI_ANALYTICS_CURVES_H
#define SAI_ANALYTICS_CURVES_H

#include "base/arena.h"
#include "base/status.h"
#include "model/sport.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Highest mean over `seconds` of 1-Hz values; NaN when longer than the data. */
double mean_max(const double *values, size_t n, size_t seconds);

extern const int curve_durations[]; /* s, rising */
extern const size_t curve_duration_count;
/* The whole curve into out[curve_duration_count]. */
sai_status mean_max_curve(const double *values, size_t n, struct sai_arena *arena, double *out) SAI_MUST_USE;

/* Distances of best efforts, metres, rising. `ret_count` is 0 for families without a table. */
const double *best_effort_distances(enum sport_family family, size_t *ret_count);

struct best_effort {
        double time; /* s; NaN when the distance was not covered or every window is refused */
        double start, end; /* s */
};
/* Shortest time over `length` metres (12.2), interpolated. `d` is monotone; `teleport` may be NULL, else 1 where the interval
 * that ends there must not lie inside. Windows with an interval over 60 s in which distance jumps more than three times
 * the speed around it, and windows faster than `max_speed`, are refused. */
struct best_effort best_effort(const double *t, const double *d, const uint8_t *teleport, size_t n, double length,
                               double max_speed);
/* Sample-aligned: smallest t[j]-t[i] with d[j]-d[i] >= length. */
double best_effort_aligned(const double *t, const double *d, size_t n, double length);

#endif
