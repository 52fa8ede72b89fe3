/* heartrate.c -- load from heart rate (7), and the signals it carries (5.4). */
#include "analytics/heartrate.h"

#include "analytics/analytics_internal.h"
#include <math.h>

#define RESERVE_MIN_BPM   20.0 /* a smaller reserve is a wrong parameter, not an athlete */
#define LOCK_DISTANCE_BPM 3.0
#define LOCK_SHARE        0.6
#define LOCK_CORRELATION  0.9
#define LOCK_MIN_SECONDS  60.0

double trimp(double minutes, double heartrate, double resting, double max, int sex)
{
        if (!(max > resting + RESERVE_MIN_BPM))
                return ABSENT;
        double x = clamp((heartrate - resting) / (max - resting), 0, 1);
        bool female = sex == SEX_FEMALE;
        return minutes * x * (female ? 0.86 : 0.64) * exp((female ? 1.67 : 1.92) * x);
}

double trimp_stream(const double *t, const double *hr, size_t n, double cap, double resting, double max, int sex)
{
        if (!(max > resting + RESERVE_MIN_BPM))
                return ABSENT;
        double sum = 0;
        for (size_t i = 1; i < n; i++) {
                double dt = t[i] - t[i - 1];
                if (dt <= cap && !isnan(hr[i]))
                        sum += trimp(dt / 60, hr[i], resting, max, sex);
        }
        return sum;
}

double hrtss(double trimp_value, double resting, double max, double threshold, int sex)
{
        double hour = trimp(60, threshold, resting, max, sex);
        return hour > 0 ? 100 * trimp_value / hour : ABSENT;
}

double trimp_edwards(const double minutes[5])
{
        double sum = 0;
        for (int zone = 0; zone < 5; zone++)
                sum += minutes[zone] * (zone + 1);
        return sum;
}

double trimp_lucia(const double minutes[3]) { return minutes[0] + 2 * minutes[1] + 3 * minutes[2]; }

double session_rpe(double rating, double minutes) { return rating * minutes; }

double heartrate_drift(double first_half, double second_half)
{
        return first_half > 0 ? 100 * (second_half - first_half) / first_half : ABSENT;
}

double heartrate_recovery(double at_end, double after_60s) { return at_end - after_60s; }

/* Time-weighted moments of the two series where both have a value. */
struct moments {
        double w, x, y, xx, yy, xy, near;
};

static struct moments moments_of(const double *t, const double *hr, const double *steps, size_t n, double cap)
{
        struct moments m = { 0 };
        for (size_t i = 1; i < n; i++) {
                double dt = t[i] - t[i - 1];
                if (dt > cap || isnan(hr[i]) || !(steps[i] > 0))
                        continue;
                /* Centred near both means, so that the differences below keep their digits. */
                double x = hr[i] - 150, y = steps[i] - 150;
                m.w += dt;
                m.x += dt * x;
                m.y += dt * y;
                m.xx += dt * x * x;
                m.yy += dt * y * y;
                m.xy += dt * x * y;
                if (fabs(hr[i] - steps[i]) <= LOCK_DISTANCE_BPM)
                        m.near += dt;
        }
        return m;
}

bool cadence_lock(const double *t, const double *hr, const double *steps, size_t n, double cap)
{
        struct moments m = moments_of(t, hr, steps, n, cap);
        if (m.w < LOCK_MIN_SECONDS || m.near < LOCK_SHARE * m.w)
                return false;
        double vx = m.xx - m.x * m.x / m.w, vy = m.yy - m.y * m.y / m.w, cov = m.xy - m.x * m.y / m.w;
        return vx > 0 && vy > 0 && cov >= LOCK_CORRELATION * sqrt(vx * vy);
}
