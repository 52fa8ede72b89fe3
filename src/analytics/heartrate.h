/* heartrate.h -- load and signals from heart rate (5.3-5.4, 7). bpm, seconds; NaN is absent. */
#ifndef SAI_ANALYTICS_HEARTRATE_H
#define SAI_ANALYTICS_HEARTRATE_H

#include "analytics/athlete.h"
#include <stdbool.h>
#include <stddef.h>

/* Banister's TRIMP of a time at one heart rate. Sex unknown: the male constants. NaN when max <= rest + 20. */
double trimp(double minutes, double heartrate, double resting, double max, int sex);
/* Summed over a stream; gaps add nothing. */
double trimp_stream(const double *t, const double *hr, size_t n, double cap, double resting, double max, int sex);
/* 100 is one hour at threshold (7.4). */
double hrtss(double trimp_value, double resting, double max, double threshold, int sex);
double trimp_edwards(const double minutes[5]);
double trimp_lucia(const double minutes[3]);
double session_rpe(double rating, double minutes);

double heartrate_drift(double first_half, double second_half); /* % */
double heartrate_recovery(double at_end, double after_60s); /* bpm */

/* The sensor follows the steps: |HR - cadence| <= 3 for 60 % of the time and correlation >= 0.9. Cadence in steps a minute. */
bool cadence_lock(const double *t, const double *hr, const double *steps, size_t n, double cap);

#endif
