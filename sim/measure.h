/* measure.h -- what Strava computes from an activity's streams: the derived channels and the summary's figures.
 *
 * Generated activities have no other source for their summary than this, so summary and streams of one activity always agree. */
#ifndef SIM_MEASURE_H
#define SIM_MEASURE_H

#include "model/sport.h"
#include "model/streams.h"
#include "sim/strava_model.h"

/* Adds the channels that can be computed: distance from positions, velocity, moving, grade. Zero heart rates become missing (straps
 * write 0 when they lose contact), and channels without a single value are dropped. */
sai_status measure_derive(struct streams *streams, enum sport_family family, struct sai_arena *arena,
                          struct sai_err *err) SAI_MUST_USE;

/* Figures of the samples from `first` up to and without `end`. Time runs to the sample `end` where there is one, so that laps add up. */
struct measure {
        double distance, elapsed_s, moving_s, gain_m, max_speed;
        double average_heartrate, max_heartrate, average_cadence, average_watts, max_watts, weighted_watts, temp;
        double elev_high, elev_low; /* NaN where there is no channel */
};
struct measure measure_range(const struct streams *streams, size_t first, size_t end);

/* Fills the summary's figures from all of the streams (derived before); texts and names are the caller's. */
void measure_fill(struct strava_activity *activity, const struct streams *streams, enum sport_family family);

/* Sets one pair of start and end positions; the lists point into the activity itself, so call it again after moving the struct. */
void measure_positions(struct strava_activity *activity, const struct streams *streams);
void measure_bind_positions(struct strava_activity *activity);

#endif
