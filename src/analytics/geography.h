/* geography.h -- positions: distances, polylines, spikes, simplification (3).
 *
 * Degrees are WGS84, distances metres on a sphere of the mean earth radius (0.5 % from the ellipsoid at most). A fix that is missing is
 * NaN in both columns. */
#ifndef SAI_ANALYTICS_GEOGRAPHY_H
#define SAI_ANALYTICS_GEOGRAPHY_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EARTH_RADIUS_M 6371008.8

double haversine(double lat1, double lng1, double lat2, double lng2); /* m */
double degrees_from_semicircles(int32_t semicircles); /* FIT; NaN for 0x7fffffff */

/* Google's encoded polyline, precision 5 (3.1). Missing fixes are skipped. */
void polyline_encode(const double *lat, const double *lng, size_t n, struct sai_buf *buf);
/* Decodes into the arena. SAI_INVALID (with the offset in `err`) when the text ends inside a number, a number is longer than 6 groups,
 * a character lies outside 63-126 or a sum outside the earth; SAI_NO_MEMORY. */
sai_status polyline_decode(const char *text, size_t len, struct sai_arena *arena, double **ret_lat, double **ret_lng,
                           size_t *ret_n, struct sai_err *err) SAI_MUST_USE;

/* Fixes that no athlete could reach (3.3). `keep[i]` is FIX_REJECTED for missing, impossible and spike fixes, FIX_TELEPORT for an
 * accepted fix whose step from the one before must not count, else FIX_OK. */
enum fix_state { FIX_REJECTED, FIX_OK, FIX_TELEPORT };
struct spike_report {
        size_t missing, removed, teleports;
};
struct spike_report spikes_find(const double *t, const double *lat, const double *lng, size_t n, double max_speed, uint8_t *keep);
/* Cumulative metres over the accepted fixes; between and outside them the value before. `moving` may be NULL; where it is 0, steps
 * under 2 m are scatter and add nothing. Returns the total. */
double distance_from_fixes(const double *lat, const double *lng, const double *moving, const uint8_t *keep, size_t n,
                           double *distance);

/* Ramer-Douglas-Peucker on a plane (x, y in metres): keeps points further than `epsilon` from the segment. Writes rising indices
 * (room for n), returns how many, 0 without memory. No recursion; time linear in n whatever the track. */
size_t simplify_plane(const double *x, const double *y, size_t n, double epsilon, struct sai_arena *arena, size_t *ret_indices);
/* The same for fixes (none missing), in a local plane. */
size_t simplify_fixes(const double *lat, const double *lng, size_t n, double epsilon_m, struct sai_arena *arena,
                      size_t *ret_indices);

#endif
