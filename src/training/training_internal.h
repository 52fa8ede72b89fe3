/* training_internal.h -- what the files of this folder share. */
#ifndef SAI_TRAINING_TRAINING_INTERNAL_H
#define SAI_TRAINING_TRAINING_INTERNAL_H

#include "training/training.h"

/* What is about to be done to a source, and is derived as if it were: the source's own row is written after the activity. */
struct pending_change {
        const struct source *replaced, *removed; /* NULL: none */
};
/* Derives the shown activity of `activity_id` from its sources and writes it; without any source the activity goes. `data` gives the
 * parameters of the day. The caller holds the athlete's lock. */
sai_status training_derive(struct training *training, struct sai_id user_id, struct sai_id activity_id,
                           struct pending_change change, const struct athlete_data *data, struct sai_arena *arena,
                           struct sai_err *err) SAI_MUST_USE;

/* Takes the lock under which an athlete's activities are changed in this process, and gives it to be unlocked. */
pthread_mutex_t *training_lock(struct training *training, struct sai_id user_id);
/* SAI_CONFLICT (another process wrote one of the rows meanwhile, the whole may be done again) as SAI_UNAVAILABLE: to a job the first would mean
 * that its lease is lost. */
sai_status training_transient(sai_status status, struct sai_err *err) SAI_MUST_USE;

/* A number that changes whenever the parameters or the algorithms do. */
int64_t training_parameters_hash(const struct athlete_parameters *parameters);

/* Fills `activity` with what `metrics` computed; the streams are those the metrics came from. */
sai_status training_apply_metrics(struct activity *activity, const struct activity_metrics *metrics, int64_t parameters_hash,
                                  struct sai_arena *arena, struct sai_err *err) SAI_MUST_USE;
sai_status training_best_efforts(struct activity *activity, enum sport sport, const struct streams *streams,
                                 struct sai_arena *arena, struct sai_err *err) SAI_MUST_USE;
/* The input of the metrics: what the document says, the streams and the recording's own marks. */
sai_status training_metrics_input(const struct activity *document, const struct source_recording *recording, int kind,
                                  const struct streams *streams, const struct athlete_parameters *parameters,
                                  struct sai_arena *arena, struct activity_input *ret_input, struct sai_err *err) SAI_MUST_USE;
/* A title for what came without one: "Morning Run". */
const char *training_default_name(const struct activity *activity, struct sai_arena *arena);
enum sport training_sport(const struct activity *activity);

#endif
