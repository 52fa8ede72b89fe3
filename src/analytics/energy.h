/* energy.h -- energy (6). kcal, kg, minutes. Accuracy is about ±15-20 % without a power meter: the method goes with the number. */
#ifndef SAI_ANALYTICS_ENERGY_H
#define SAI_ANALYTICS_ENERGY_H

#include "analytics/athlete.h"
#include "model/sport.h"
#include <stddef.h>

/* Keytel 2005; clamped to >= 0. Sex unknown: NaN. `vo2max` NaN: the form without it. */
double keytel(int sex, double heartrate, double weight, double age, double vo2max, double minutes);
/* Mean of both sexes, for when the sex is unknown; the caller marks it. */
double keytel_both(double heartrate, double weight, double age, double minutes);
double met_energy(double met, double weight, double minutes);
/* A MET value of the compendium for the sport at that speed (m/s, NaN when unknown). NaN for sports without one. */
double met_of(enum sport sport, double speed);
double work_energy(double kilojoules, double efficiency);
/* Cost of running over a graded course (6.2, 8.1): d rising metres, grade fractions (NaN counts as flat). */
double running_energy(const double *d, const double *grade, size_t n, double weight);

#endif
