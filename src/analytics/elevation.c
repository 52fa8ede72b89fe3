/* elevation.c -- climbing: hysteresis instead of raw sums, which overstate GPS altitude by 20 to 100 % (4). */
#include "analytics/elevation.h"

#include "analytics/analytics_internal.h"
#include "analytics/trend.h"
#include <math.h>

#define ALTITUDE_HAMPEL_HALF  5
#define ALTITUDE_HAMPEL_FLOOR 2.0 /* barometers count in steps, which would all be outliers at MAD 0 */
#define GRADE_MAX             0.45
#define GRADE_MIN_WINDOW_M    10.0

struct elevation elevation_gain(const double *altitude, size_t n, double hysteresis_m)
{
        struct elevation e = { 0, 0 };
        double ref = ABSENT;
        size_t values = 0;
        for (size_t i = 0; i < n; i++) {
                double a = altitude[i];
                if (isnan(a))
                        continue;
                values++;
                if (isnan(ref)) {
                        ref = a;
                } else if (a - ref > hysteresis_m) {
                        e.gain += a - ref;
                        ref = a;
                } else if (ref - a > hysteresis_m) {
                        e.loss += ref - a;
                        ref = a;
                }
        }
        return values >= 2 ? e : (struct elevation) { ABSENT, ABSENT };
}

sai_status elevation_smooth(const double *altitude, const double *d, size_t n, double width_m, struct sai_arena *arena,
                            double *out)
{
        double *clean = SAI_NEW_ARRAY(arena, double, n ? n : 1);
        if (!clean)
                return SAI_NO_MEMORY;
        hampel(altitude, n, ALTITUDE_HAMPEL_HALF, ALTITUDE_HAMPEL_FLOOR, clean);

        /* A window that slides over distance: both ends only ever move forward. */
        size_t lo = 0, hi = 0, count = 0;
        double sum = 0;
        for (size_t i = 0; i < n; i++) {
                double at = d ? d[i] : (double)i, half = d ? width_m / 2 : 2;
                while (hi < n && (d ? d[hi] : (double)hi) <= at + half) {
                        if (!isnan(clean[hi])) {
                                sum += clean[hi];
                                count++;
                        }
                        hi++;
                }
                while (lo < hi && (d ? d[lo] : (double)lo) < at - half) {
                        if (!isnan(clean[lo])) {
                                sum -= clean[lo];
                                count--;
                        }
                        lo++;
                }
                out[i] = isnan(altitude[i]) || count == 0 ? ABSENT : sum / (double)count;
        }
        return SAI_OK;
}

void grades(const double *smooth_altitude, const double *d, size_t n, double window_m, double *out)
{
        size_t lo = 0, hi = 0;
        for (size_t i = 0; i < n; i++) {
                out[i] = ABSENT;
                if (isnan(d[i]))
                        continue;
                while (lo + 1 < i && d[lo + 1] <= d[i] - window_m / 2)
                        lo++;
                if (hi < i)
                        hi = i;
                while (hi + 1 < n && d[hi] < d[i] + window_m / 2)
                        hi++;
                double run = d[hi] - d[lo], rise = smooth_altitude[hi] - smooth_altitude[lo];
                if (run >= GRADE_MIN_WINDOW_M && !isnan(rise))
                        out[i] = clamp(rise / run, -GRADE_MAX, GRADE_MAX);
        }
}

double climbing_speed(double gain_m, double seconds) { return seconds > 0 ? gain_m / (seconds / 3600) : ABSENT; }
