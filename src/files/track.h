/* track.h -- what all readers do with samples once they have them: order, clean, measure.
 *
 * The rules are those of the metrics reference: samples in ascending time with one per instant, a distance that never falls, and a
 * distance from positions only after fixes that no athlete could reach were left out. Positions themselves stay as recorded. Linear
 * in the samples, but for the sort of a file that is out of order. Internal to src/files. */
#ifndef SAI_FILES_TRACK_H
#define SAI_FILES_TRACK_H

#include "files/recording.h"

/* Nothing that is measured comes near it in any unit; larger numbers are damage, and could add up to infinity. */
#define STREAMS_LARGEST 1e9

/* Drops samples without a time and brings the others into ascending order, stable. SAI_NO_MEMORY. */
sai_status track_sort(struct streams *samples, struct sai_arena *arena, struct sai_err *err) SAI_MUST_USE;

/* Makes time strictly increasing: of several samples with one time the last value of each channel stays. */
void track_merge(struct streams *samples);

/* The samples [from, to) in place, without the channels that have no value there. */
struct streams track_slice(const struct streams *samples, size_t from, size_t to);
/* First sample at or after `time`. */
size_t track_find(const struct streams *samples, double time);

/* Positions outside the globe, and 0,0, become absent. */
void track_drop_impossible(struct streams *samples);

/* A device's cumulative distance made non-decreasing: small steps back are noise, large ones a restart from 0. */
void track_mend_distance(struct streams *samples);

/* Great-circle distance in metres (haversine, mean earth radius). */
double track_haversine(double latitude_a, double longitude_a, double latitude_b, double longitude_b);

/* Builds DISTANCE from the positions; `ret_rejected` counts fixes left out. Needs strictly increasing time. */
sai_status track_measure(struct streams *samples, enum sport_family family, struct sai_arena *arena, size_t *ret_rejected,
                         struct sai_err *err) SAI_MUST_USE;

/* Last value of a channel that is there, or NaN. */
double track_last(const struct streams *samples, enum stream_channel channel);

/* What is common to every session at the end: cleans positions and distance, measures when there is no distance, and fills
 * elapsed, timer and distance from the samples where the file did not say. Samples must be merged, TIME from the session's start. */
sai_status track_complete(struct recording_session *session, struct sai_arena *arena, struct sai_err *err) SAI_MUST_USE;

#endif
