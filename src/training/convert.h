/* convert.h -- what Strava or a file says of a workout, as a struct activity: only what they say, nothing derived. */
#ifndef SAI_TRAINING_CONVERT_H
#define SAI_TRAINING_CONVERT_H

#include "client/strava/objects.h"
#include "files/recording.h"
#include "training/training.h"

/* Fills document, kind, key, streams_pending and original (the raw item). SAI_INVALID when it has no usable start. */
sai_status incoming_from_strava(const struct strava_activity *activity, struct sai_arena *arena, struct incoming *ret_incoming,
                                struct sai_err *err) SAI_MUST_USE;

/* One session of a file. `digest` is the hex SHA-256 of the bytes as uploaded; `zone` resolves a start that is only local and gives the local
 * start where the file says no offset. */
sai_status incoming_from_session(const struct recording *recording, size_t index, const char *digest, const char *file_name,
                                 const struct sai_zone *zone, struct sai_arena *arena, struct incoming *ret_incoming,
                                 struct sai_err *err) SAI_MUST_USE;

#endif
