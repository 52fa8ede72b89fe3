/* geography.c -- distances on the sphere, and fixes that cannot be true (3.2, 3.3). */
#include "analytics/geography.h"

#include "analytics/analytics_internal.h"
#include <math.h>

#define RADIANS         (M_PI / 180)
#define SCATTER_M       2.0 /* steps of someone who stands still */
#define REAL_JUMP_FIXES 3 /* so many impossible fixes in a row are a real change of place */

double haversine(double lat1, double lng1, double lat2, double lng2)
{
        double phi1 = lat1 * RADIANS, phi2 = lat2 * RADIANS;
        double s = sin((phi2 - phi1) / 2), c = sin((lng2 - lng1) * RADIANS / 2);
        double a = s * s + cos(phi1) * cos(phi2) * c * c;
        /* The minimum guards rounding at antipodes. */
        return 2 * EARTH_RADIUS_M * asin(fmin(1, sqrt(a)));
}

double degrees_from_semicircles(int32_t semicircles)
{
        return semicircles == INT32_MAX ? ABSENT : semicircles * (180 / 2147483648.0);
}

static bool fix_possible(double lat, double lng)
{
        /* Exactly (0, 0) is what receivers say before they know anything. */
        return fabs(lat) <= 90 && fabs(lng) <= 180 && !(fabs(lat) < 1e-9 && fabs(lng) < 1e-9);
}

/* m/s between two fixes; infinite when no time passed. */
static double speed_between(const double *t, const double *lat, const double *lng, size_t a, size_t b)
{
        double seconds = t[b] - t[a];
        return seconds > 0 ? haversine(lat[a], lng[a], lat[b], lng[b]) / seconds : (double)INFINITY;
}

struct spike_report spikes_find(const double *t, const double *lat, const double *lng, size_t n, double max_speed, uint8_t *keep)
{
        struct spike_report report = { 0 };
        for (size_t i = 0; i < n; i++) {
                keep[i] = fix_possible(lat[i], lng[i]) ? FIX_OK : FIX_REJECTED;
                if (isnan(lat[i]) || isnan(lng[i]))
                        report.missing++;
                else if (keep[i] == FIX_REJECTED)
                        report.removed++;
        }
        size_t last = n; /* the last accepted fix; n: none yet */
        size_t doubted[REAL_JUMP_FIXES], doubts = 0;
        for (size_t i = 0; i < n; i++) {
                if (keep[i] == FIX_REJECTED)
                        continue;
                if (last == n || speed_between(t, lat, lng, last, i) <= max_speed) {
                        last = i;
                        doubts = 0;
                        continue;
                }
                /* Out of reach of the last good fix. If the track comes back it was a spike; if it stays, the place is real. */
                doubted[doubts++] = i;
                if (doubts < REAL_JUMP_FIXES) {
                        keep[i] = FIX_REJECTED;
                        report.removed++;
                        continue;
                }
                for (size_t k = 0; k + 1 < doubts; k++) {
                        keep[doubted[k]] = FIX_OK;
                        report.removed--;
                }
                keep[doubted[0]] = FIX_TELEPORT;
                report.teleports++;
                last = i;
                doubts = 0;
        }
        return report;
}

double distance_from_fixes(const double *lat, const double *lng, const double *moving, const uint8_t *keep, size_t n,
                           double *distance)
{
        double total = 0;
        size_t last = n;
        for (size_t i = 0; i < n; i++) {
                if (keep[i] != FIX_REJECTED) {
                        if (last < n && keep[i] != FIX_TELEPORT) {
                                double step = haversine(lat[last], lng[last], lat[i], lng[i]);
                                bool resting = moving && !(moving[i] > 0);
                                if (!resting || step >= SCATTER_M)
                                        total += step;
                        }
                        last = i;
                }
                distance[i] = total;
        }
        return total;
}
