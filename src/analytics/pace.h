/* pace.h -- slope, graded pace and load from pace (8). m/s, s, grade as a fraction unless it says percent. */
#ifndef SAI_ANALYTICS_PACE_H
#define SAI_ANALYTICS_PACE_H

#include "base/arena.h"
#include "base/status.h"
#include <stddef.h>

double minetti_run(double grade); /* J/kg/m, clamped to ±0.45 */
double minetti_walk(double grade);
double graded_factor(double grade_percent); /* HR fit, the default; clamped to -32…+34 */
double graded_factor_minetti(double grade); /* C(i)/C(0) */

struct graded {
        double speed;
        double ngp_speed;
        double seconds;
}; /* m/s; NaN when nothing was covered */
/* Graded speed over moving intervals (8.2) and the 30-s fourth-power mean of it (8.3, NaN under 120 s). `moving` holds 0 or 1. */
sai_status graded_speed(const double *t, const double *d, const double *grade, const double *moving, size_t n,
                        struct sai_arena *arena, struct graded *ret) SAI_MUST_USE;

double rtss(double seconds, double ngp_speed, double threshold_speed);
double stss(double seconds, double speed, double css_speed);
double swim_power(double speed, double weight); /* Skiba, W */
double swim_speed(double watts, double weight);

#endif
