/* chart.h -- fewer points, same shape (20).
 *
 * Indices are chosen on one channel and reused for the others, so that all channels of an answer line up. */
#ifndef SAI_ANALYTICS_CHART_H
#define SAI_ANALYTICS_CHART_H

#include "base/arena.h"
#include "base/status.h"
#include "model/streams.h"
#include <stddef.h>
#include <stdint.h>

/* Largest triangle, three buckets. `x` NULL: the index. NaN in y counts as no height but can be chosen, so that gaps survive.
 * Writes rising indices (room for min(n, max(m, 2))) and returns how many: n when m >= n, the two ends when m < 3. */
size_t chart_lttb(const double *x, const double *y, size_t n, size_t m, size_t *ret_indices);

/* The indices for one activity's streams at `points`, chosen on the channel that tells its shape best: altitude, else heart rate, watts,
 * velocity, distance, else evenly. SAI_OK or SAI_NO_MEMORY. */
sai_status chart_indices(const struct streams *streams, size_t points, struct sai_arena *arena, size_t **ret_indices,
                         size_t *ret_count) SAI_MUST_USE;

/* Time-weighted histogram: bucket b holds values in [b*width, (b+1)*width); adds dt[i] of sample i to bins[floor(y/width) - first].
 * What lies outside the bins, NaN and gaps (dt > cap) are skipped; returns the seconds counted. */
double chart_histogram(const double *t, const double *y, size_t n, double width, double cap, int64_t first, double *bins,
                       size_t bin_count);

#endif
