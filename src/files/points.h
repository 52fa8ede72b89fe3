/* points.h -- samples that arrive one at a time, from formats that do not say how many there will be.
 *
 * Columns in the arena that double when full; a channel exists from its first value on. Internal to src/files. */
#ifndef SAI_FILES_POINTS_H
#define SAI_FILES_POINTS_H

#include "files/notes.h"
#include "files/recording.h"
#include "files/xml.h"

struct points {
        struct streams samples; /* TIME holds Unix seconds until the session is closed */
        size_t capacity;
};

/* One sample's values, NaN where absent. */
struct point {
        double value[STREAM_CHANNELS];
};

void point_clear(struct point *point);
/* SAI_INVALID with reason too_large beyond SAI_MAX_RECORDING_POINTS - `already`. */
sai_status points_add(struct points *points, const struct point *point, size_t already, struct sai_arena *arena,
                      const char **reterr_reason, struct sai_err *err) SAI_MUST_USE;

/* Times as GPX and TCX write them: with a zone, or without and then UTC. `ret_offset_s` is set when an offset other than 0 was
 * written. False on anything else. */
bool point_time(struct sai_text text, struct sai_instant *ret, struct sai_opt_i64 *ret_offset_s);
/* A number that a measurement can be (STREAMS_LARGEST), or NaN. */
double point_number(struct sai_text text);

/* Orders, cleans and measures the samples of a session: sets point_count, start (if absent), streams and what follows from them.
 * The pauses, in Unix seconds until then, become relative. */
sai_status points_close(struct points *points, struct recording_session *session, struct sai_arena *arena,
                        struct sai_err *err) SAI_MUST_USE;

/* What a document without sessions, or a damaged one, comes to: a refusal, or a note. */
sai_status points_verdict(const struct recording *recording, enum xml_damage damage, size_t line, bool untimed,
                          struct notes *notes, const char **reterr_reason, struct sai_err *err) SAI_MUST_USE;

#endif
