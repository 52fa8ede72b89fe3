/* fit_beats.h -- heart rate that a strap stored under water and sent afterwards.
 *
 * `hr` messages hold single beats with times of their own, 1/1024 s of the strap's clock, mostly packed into twelve bits; now and then
 * a message carries the watch's time too and ties the two. Internal to src/files. */
#ifndef SAI_FILES_FIT_BEATS_H
#define SAI_FILES_FIT_BEATS_H

#include "base/arena.h"
#include "base/status.h"
#include "files/fit_frame.h"
#include "model/streams.h"

struct fit_beat {
        double time, rate;
}; /* FIT seconds, bpm */

struct fit_beats {
        struct fit_beat *items;
        size_t count, capacity;
        uint32_t ticks, anchor_ticks; /* of the last beat; of the last tie */
        double anchor_time;
        bool has_ticks, has_anchor;
        size_t first_untied; /* beats from here on have ticks for a time */
};

/* Reads one message; beats beyond the capacity are dropped. */
void fit_beats_take(struct fit_beats *beats, const struct fit_message *message);
/* A part of the file ended: the next counts anew. */
void fit_beats_end_part(struct fit_beats *beats);
/* Brings all into order of time, once they are complete. */
void fit_beats_sort(struct fit_beats *beats);
/* Gives each sample without a heart rate the mean of the beats since the sample before, or a recent one. TIME in FIT seconds. */
sai_status fit_beats_join(const struct fit_beats *beats, struct streams *samples, struct sai_arena *arena,
                          struct sai_err *err) SAI_MUST_USE;

#endif
