/* pace.c -- what a slope costs, and load from graded pace (8). */
#include "analytics/pace.h"

#include "analytics/analytics_internal.h"
#include "analytics/power.h"
#include "analytics/series.h"
#include <math.h>
#include <stdint.h>

#define NGP_MIN_SECONDS 120

double minetti_run(double grade)
{
        double i = clamp(grade, -0.45, 0.45);
        return ((((155.4 * i - 30.4) * i - 43.3) * i + 46.3) * i + 19.5) * i + 3.6;
}

double minetti_walk(double grade)
{
        double i = clamp(grade, -0.45, 0.45);
        return ((((280.5 * i - 58.7) * i - 76.8) * i + 51.9) * i + 19.6) * i + 2.5;
}

double graded_factor(double grade_percent)
{
        double g = clamp(grade_percent, -32, 34);
        return 1 + g * (0.029290920646623777 +
                        g * (0.0018083953212790634 +
                             g * (4.0662425671715924e-7 + g * (-3.686186584867523e-7 + g * -2.6628107325930747e-9))));
}

double graded_factor_minetti(double grade) { return minetti_run(grade) / minetti_run(0); }

sai_status graded_speed(const double *t, const double *d, const double *grade, const double *moving, size_t n,
                        struct sai_arena *arena, struct graded *ret)
{
        *ret = (struct graded) { ABSENT, ABSENT, 0 };
        /* Moving seconds on a clock of their own: standing at a light is not slow running. */
        double *clock = SAI_NEW_ARRAY(arena, double, n ? n : 1), *speed = SAI_NEW_ARRAY(arena, double, n ? n : 1);
        if (!clock || !speed)
                return SAI_NO_MEMORY;
        double meters = 0, seconds = 0;
        size_t count = n > 0;
        for (size_t i = 1; i < n; i++) {
                double dt = t[i] - t[i - 1];
                if (!(moving[i] > 0) || isnan(grade[i]))
                        continue;
                double v = (d[i] - d[i - 1]) / dt * graded_factor(100 * grade[i]);
                meters += v * dt;
                seconds += dt;
                clock[count] = seconds;
                speed[count++] = v;
        }
        if (!(seconds > 0))
                return SAI_OK;
        ret->speed = meters / seconds;
        ret->seconds = seconds;
        double *by_second;
        size_t length;
        sai_status status = series_resample_1hz(clock, speed, count, GAP_CAP_NONE, 0, arena, &by_second, &length);
        if (status == SAI_OK && length >= NGP_MIN_SECONDS)
                ret->ngp_speed = normalized_power(by_second, length);
        return status;
}

double rtss(double seconds, double ngp_speed, double threshold_speed)
{
        double intensity = ngp_speed / threshold_speed;
        return seconds / 3600 * intensity * intensity * 100;
}

double stss(double seconds, double speed, double css_speed)
{
        double intensity = speed / css_speed;
        return intensity * intensity * intensity * seconds / 3600 * 100;
}

double swim_power(double speed, double weight) { return (0.35 * weight + 2) / 0.6 * speed * speed * speed; }

double swim_speed(double watts, double weight) { return cbrt(watts * 0.6 / (0.35 * weight + 2)); }
