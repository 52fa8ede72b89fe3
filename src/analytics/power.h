/* power.h -- power (9). W, seconds, one value a second where it says 1 Hz. */
#ifndef SAI_ANALYTICS_POWER_H
#define SAI_ANALYTICS_POWER_H

#include <stddef.h>

/* Fourth-power mean of the 30-s rolling mean, first value once 30 are there; NaN under 30 samples. */
double normalized_power(const double *watts_1hz, size_t n);
double xpower(const double *watts, size_t n, double dt); /* 25-s exponential form */
double intensity_factor(double np, double ftp);
double training_stress(double seconds, double np, double ftp); /* TSS */
double ftp_from_20min(double watts);

struct ride_model {
        double mass, cda, crr, air_density, loss, wind;
};
struct ride_model ride_model_default(double rider_kg);
double estimated_power(const struct ride_model *model, double speed, double grade, double acceleration);

#endif
