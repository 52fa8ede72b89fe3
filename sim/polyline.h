/* polyline.h -- Google's encoded polyline, as Strava's maps carry it: full, and thinned for the summary. */
#ifndef SIM_POLYLINE_H
#define SIM_POLYLINE_H

#include "base/arena.h"
#include "base/buf.h"

/* Appends the points (degrees; NaN pairs are skipped), precision 5, latitude first. */
void polyline_append(struct sai_buf *buf, const double *latitude, const double *longitude, size_t count);

/* Thins a track to at most about `wanted` points that keep its shape: a point stays when it lies farther than a tolerance from the
 * line between its kept neighbours; the tolerance grows until few enough remain. Gives the count; out arrays have room for `count`. */
size_t polyline_thin(const double *latitude, const double *longitude, size_t count, size_t wanted, double *out_latitude,
                     double *out_longitude);

#endif
