/* training.h -- an athlete's training: from sources to activities to columns.
 *
 * Between the store, which keeps rows, and jobs and API, which move and show them, stands what the product is about: a workout that comes in
 * from a place is matched with what is already there, the shown activity is derived from all its places, its metrics are computed with the
 * athlete's parameters of that day, and the whole history is held as columns for every answer about many activities.
 *
 * Blocking (store); safe from several threads. */
#ifndef SAI_TRAINING_TRAINING_H
#define SAI_TRAINING_TRAINING_H

#include "analytics/athlete.h"
#include "analytics/columns.h"
#include "base/log.h"
#include "base/settings.h"
#include "cache/cache.h"
#include "store/store.h"
#include <pthread.h>

enum { TRAINING_LOCKS = 64 };

struct training {
        struct store *store;
        struct cache *cache;
        struct sai_clock clock;
        struct sai_log *log;
        enum sai_data_policy policy;
        /* One ingestion an athlete at a time in this process: two places bringing the same workout at the same moment must find each other. */
        pthread_mutex_t locks[TRAINING_LOCKS];
};
void training_init(struct training *training, struct store *store, struct cache *cache, struct sai_clock clock,
                   struct sai_log *log, enum sai_data_policy policy);
void training_done(struct training *training);

/* -- Ingestion ------------------------------------------------------------------------------------------------------ */
/* What a place says of one workout. */
struct incoming {
        const char *key; /* "strava:<id>" or "file:<sha256>#<session>" */
        int kind; /* enum activity_source_kind */
        struct activity document; /* its own fields; start_date is needed */
        struct source_recording recording;
        const struct streams *streams; /* NULL: none (yet) */
        bool streams_pending; /* they are to be fetched */
        const void *original; /* raw answer or file; NULL when original_id is given */
        size_t original_len;
        struct sai_opt_id original_id; /* a blob that is already kept */
        const char *original_name;
};
enum ingest_outcome { INGEST_CREATED, INGEST_UPDATED, INGEST_JOINED, INGEST_DUPLICATE };
/* Keeps the source, matches it, derives the activity. `data version` is not touched: the caller does, once a batch.
 * Repeatable: after a crash the same call ends in the same state. */
sai_status training_ingest(struct training *training, struct sai_id user_id, const struct incoming *incoming,
                           struct sai_arena *arena, struct sai_id *ret_activity_id, enum ingest_outcome *ret_outcome,
                           struct sai_err *err) SAI_MUST_USE;
/* The streams of a source that was ingested without them; NULL: it turned out to have none. */
sai_status training_add_streams(struct training *training, struct source *source, const struct streams *streams,
                                struct sai_arena *arena, struct sai_err *err) SAI_MUST_USE;
/* Takes a source away; the activity is derived from what remains, or goes with it. */
sai_status training_remove_source(struct training *training, const struct source *source, struct sai_arena *arena,
                                  struct sai_err *err) SAI_MUST_USE;
/* Computes again every activity whose parameters or algorithms changed, then efficiency scores. `progress` may be NULL and may fail to stop. */
typedef sai_status (*training_progress)(void *context, int64_t done, int64_t total, struct sai_err *err);
sai_status training_refresh(struct training *training, struct sai_id user_id, training_progress progress, void *context,
                            int64_t *ret_changed, struct sai_err *err) SAI_MUST_USE;

/* -- The athlete's data, cached by (user, data version) ------------------------------------------------------------------ */
struct athlete_data {
        struct sai_arena *arena;
        struct athlete_columns *columns;
        struct athlete_history history;
        int64_t data_version;
};
/* A reference to the data of the user's data_version; release it with cache_entry_release. */
sai_status training_data(struct training *training, const struct user *user, int64_t deadline_ms, struct cache_entry **ret_entry,
                         const struct athlete_data **ret_data, struct sai_err *err) SAI_MUST_USE;

#endif
