/* elevation.h -- climbing and grade (4). Metres; NaN altitude is skipped. */
#ifndef SAI_ANALYTICS_ELEVATION_H
#define SAI_ANALYTICS_ELEVATION_H

#include "base/arena.h"
#include "base/status.h"
#include <stddef.h>

#define HYSTERESIS_BAROMETER_M 3.0
#define HYSTERESIS_GPS_M       5.0
/* Where nobody says what measured the altitude: against the ascents that seven devices wrote themselves, 1 m after smoothing stays within
 * 10 % (one flat run: 12 m), 3 m falls 5-12 % short. */
#define HYSTERESIS_UNKNOWN_M 1.0
#define SMOOTH_BAROMETER_M   20.0
#define SMOOTH_GPS_M         50.0

struct elevation {
        double gain, loss;
}; /* NaN with fewer than two values */
/* Gain and loss with hysteresis, strict comparison (4.1); hysteresis 0 is the raw sum. */
struct elevation elevation_gain(const double *altitude, size_t n, double hysteresis_m);

/* Hampel filter (±5 samples, floor 2 m), then a moving average over `width_m` of distance (4.2). `d` rising; NULL: over 5 samples.
 * Writes n values; SAI_NO_MEMORY. */
sai_status elevation_smooth(const double *altitude, const double *d, size_t n, double width_m, struct sai_arena *arena,
                            double *out) SAI_MUST_USE;

/* Grade as a fraction over a centred window of at least `window_m` (4.3), clamped to ±0.45; NaN where the window has under 10 m. */
void grades(const double *smooth_altitude, const double *d, size_t n, double window_m, double *out);

double climbing_speed(double gain_m, double seconds); /* VAM, m/h */

#endif
