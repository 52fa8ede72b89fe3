/* efficiency.c -- output for heartbeats, and what it says of the lungs (10, 16). */
#include "analytics/efficiency.h"

#include "analytics/analytics_internal.h"
#include <math.h>

#define DECOUPLING_MIN_S (40 * 60.0)
#define WARM_UP_S        (10 * 60.0)
#define WARM_UP_FROM_S   (60 * 60.0) /* shorter efforts have no warm-up to spare */

double efficiency_factor(double output, double heartrate) { return heartrate > 0 ? output / heartrate : ABSENT; }

double decoupling(double output1, double heartrate1, double output2, double heartrate2)
{
        double first = efficiency_factor(output1, heartrate1), second = efficiency_factor(output2, heartrate2);
        return first > 0 ? 100 * (first - second) / first : ABSENT;
}

struct half {
        double seconds, output, heartrate;
};

double decoupling_stream(const double *t, const double *output, const double *hr, const double *moving, size_t n, double cap)
{
        double total = 0;
        for (int pass = 0; pass < 2; pass++) {
                struct half halves[2] = { { 0 } };
                double clock = 0, from = total >= WARM_UP_FROM_S ? WARM_UP_S : 0, middle = from + (total - from) / 2;
                for (size_t i = 1; i < n; i++) {
                        double dt = t[i] - t[i - 1];
                        if (dt > cap || !(moving[i] > 0) || isnan(output[i]) || isnan(hr[i]))
                                continue;
                        clock += dt;
                        if (clock <= from)
                                continue;
                        struct half *half = &halves[clock > middle];
                        half->seconds += dt;
                        half->output += dt * output[i];
                        half->heartrate += dt * hr[i];
                }
                /* The first pass only finds out how long the whole is, because the halves depend on it. */
                if (pass == 0) {
                        total = clock;
                        if (total < DECOUPLING_MIN_S)
                                return ABSENT;
                } else if (halves[0].seconds > 0 && halves[1].seconds > 0) {
                        return decoupling(halves[0].output / halves[0].seconds, halves[0].heartrate / halves[0].seconds,
                                          halves[1].output / halves[1].seconds, halves[1].heartrate / halves[1].seconds);
                }
        }
        return ABSENT;
}

double beats_per_km(double heartrate, double moving_seconds, double meters)
{
        return meters > 0 ? heartrate * moving_seconds / 60 / (meters / 1000) : ABSENT;
}

double vo2max_uth(double max_heartrate, double resting_heartrate)
{
        return resting_heartrate > 0 ? 15.3 * max_heartrate / resting_heartrate : ABSENT;
}

double vo2_running(double speed, double grade) { return 0.2 * speed + 0.9 * speed * grade + 3.5; }

double vo2_cycling(double watts, double weight) { return weight > 0 ? 10.8 * watts / weight + 7 : ABSENT; }

double vo2max_share_swain(double max_heartrate_percent) { return (max_heartrate_percent - 37) / 0.64; }

double vdot_velocity_cost(double speed) { return -4.60 + 0.182258 * speed + 0.000104 * speed * speed; }

double vo2max_from_heartrate(double speed, double heartrate, double max_heartrate)
{
        double share = exp((heartrate / max_heartrate - 1.00466) / 0.68725);
        return vdot_velocity_cost(speed / share);
}

double vo2max_from_reserve(double cost, double heartrate, double resting, double max)
{
        double share = (heartrate - resting) / (max - resting);
        return share > 0 ? (cost - 3.5) / share + 3.5 : ABSENT;
}

double vo2max_cooper(double meters_in_12_min) { return (meters_in_12_min - 504.9) / 44.73; }

double weighted_average(const double *values, const double *weights, size_t n)
{
        double sum = 0, weight = 0;
        for (size_t i = 0; i < n; i++) {
                sum += values[i] * weights[i];
                weight += weights[i];
        }
        return weight > 0 ? sum / weight : ABSENT;
}
