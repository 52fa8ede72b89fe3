/* efficiency.h -- output for heartbeats (10), and VO2max estimates (16). NaN when it cannot be said. */
#ifndef SAI_ANALYTICS_EFFICIENCY_H
#define SAI_ANALYTICS_EFFICIENCY_H

#include <stddef.h>

double efficiency_factor(double output, double heartrate);
double decoupling(double output1, double heartrate1, double output2, double heartrate2); /* % */
/* Over a stream: moving time in two halves by time, the first 10 min dropped when 60 min or more; NaN under 40 min moving.
 * `output` and `hr` have a value a sample; intervals over `cap`, not moving, or without both are left out. */
double decoupling_stream(const double *t, const double *output, const double *hr, const double *moving, size_t n, double cap);
double beats_per_km(double heartrate, double moving_seconds, double meters);

/* ml/kg/min; speeds in m/min, grade a fraction. */
double vo2max_uth(double max_heartrate, double resting_heartrate);
double vo2_running(double speed, double grade);
double vo2_cycling(double watts, double weight);
double vo2max_share_swain(double max_heartrate_percent); /* % of VO2max */
double vo2max_from_heartrate(double speed, double heartrate, double max_heartrate);
double vo2max_from_reserve(double cost, double heartrate, double resting, double max);
double vo2max_cooper(double meters_in_12_min);
double vdot_velocity_cost(double speed); /* Daniels-Gilbert VO2 of a velocity */
double weighted_average(const double *values, const double *weights, size_t n);

#endif
