/* power.c -- normalized power and its kin, and power nobody measured (9). */
#include "analytics/power.h"

#include "analytics/analytics_internal.h"
#include <math.h>

#define ROLLING_S     30
#define XPOWER_TIME_S 25.0
#define GRAVITY       9.80665

static double fourth(double x) { return x * x * x * x; }

double normalized_power(const double *watts_1hz, size_t n)
{
        if (n < ROLLING_S)
                return ABSENT;
        double window = 0, sum = 0;
        for (size_t i = 0; i < n; i++) {
                window += watts_1hz[i];
                if (i >= ROLLING_S)
                        window -= watts_1hz[i - ROLLING_S];
                if (i + 1 >= ROLLING_S)
                        sum += fourth(window / ROLLING_S);
        }
        return sqrt(sqrt(sum / (double)(n - ROLLING_S + 1)));
}

double xpower(const double *watts, size_t n, double dt)
{
        if (n == 0)
                return ABSENT;
        double average = 0, sum = 0;
        for (size_t i = 0; i < n; i++) {
                average += (watts[i] - average) * dt / (XPOWER_TIME_S + dt);
                sum += fourth(average);
        }
        return sqrt(sqrt(sum / (double)n));
}

double intensity_factor(double np, double ftp) { return ftp > 0 ? np / ftp : ABSENT; }

double training_stress(double seconds, double np, double ftp)
{
        double intensity = intensity_factor(np, ftp);
        return 100 * seconds / 3600 * intensity * intensity;
}

double ftp_from_20min(double watts) { return 0.95 * watts; }

struct ride_model ride_model_default(double rider_kg)
{
        return (struct ride_model) { .mass = rider_kg + 9, .cda = 0.32, .crr = 0.005, .air_density = 1.226, .loss = 0.02 };
}

double estimated_power(const struct ride_model *model, double speed, double grade, double acceleration)
{
        double angle = atan(grade), air = speed + model->wind;
        double force = model->mass * GRAVITY * (sin(angle) + cos(angle) * model->crr) +
                       0.5 * model->air_density * model->cda * air * fabs(air) + model->mass * acceleration;
        double watts = force * speed / (1 - model->loss);
        return watts > 0 ? watts : 0;
}
