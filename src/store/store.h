/* store.h -- what the service keeps, in the words of the service.
 *
 * Users, activities, sources, streams, blobs, jobs, sessions and insights; never SQL, never BSON. Behind it stand a back end (store/backend.h,
 * SQLite or MongoDB) and one implementation of everything below over that back end, so that both stores behave alike because
 * most of the code is the same code.
 *
 * Rules that hold for every function:
 *  - The user id is part of every query. Another athlete's row is a row that does not exist: SAI_NOT_FOUND.
 *  - A unit of work is one document, or steps that may be repeated with the one that makes them visible last. Nothing here needs a
 *    transaction over several documents.
 *  - A write that returned SAI_OK is durable (SQLite: WAL, synchronous=FULL; several callers share one commit).
 *  - Rows carry a `revision`; a replace names the one it read and fails with SAI_CONFLICT when somebody was faster. Insert with revision 0.
 *  - What must be unique is a claim: claimed first, released last.
 *  - Rows and texts that come back live in the given arena.
 *  - Failures: SAI_NOT_FOUND, SAI_CONFLICT where stated; SAI_UNAVAILABLE (cannot be reached or locked for too long), SAI_DISK_FULL,
 *    SAI_TIMEOUT, SAI_INTERNAL (a row that cannot be read; the text names the collection, never the SQL).
 *  - `deadline_ms` is monotonic; 0: the store's own limit.
 *
 * Safe from several threads; each thread has its own read connection, given back by store_thread_done. */
#ifndef SAI_STORE_STORE_H
#define SAI_STORE_STORE_H

#include "base/log.h"
#include "model/account.h"
#include "model/activity.h"
#include "model/insight.h"
#include "model/job.h"
#include "model/security.h"
#include "model/streams.h"
#include "model/user.h"

struct store;

/* -- Life --------------------------------------------------------------------------------------------------------- */
struct store_config {
        const char *url; /* "sqlite:PATH", "mongodb://HOST/DATABASE", "mongodb+srv://HOST/DATABASE" */
        struct sai_clock clock;
        struct sai_random random;
        struct sai_log *log;
        bool migrate; /* bring the schema up to date at open; else an older schema is refused. A newer one always is */
        unsigned threads; /* how many may ask at once: connections that are kept to a server; 0: not known */
};
sai_status store_open(const struct store_config *config, struct store **ret_store, struct sai_err *err) SAI_MUST_USE;
void store_close(struct store *store);
void store_thread_done(struct store *store);
struct sai_id store_new_id(struct store *store);
/* Whether it can be read and written now, with the time it took. */
sai_status store_check(struct store *store, int64_t *ret_latency_us, struct sai_err *err) SAI_MUST_USE;
bool store_is_remote(const struct store *store); /* behind a network: a call may wait, so event threads must not make it */
const char *store_describe(const struct store *store); /* "sqlite 3.40.1, schema 3" */
struct store_stats {
        int64_t reads, writes, commits, busy;
};
void store_stats(const struct store *store, struct store_stats *ret_stats);

/* -- Claims: unique keys ------------------------------------------------------------------------------------------- */
/* SAI_OK when the key is now (or was already) held by `holder`; SAI_CONFLICT with *ret_holder set when another holds it. */
sai_status store_claim(struct store *store, const char *key, struct sai_id holder, struct sai_id *ret_holder,
                       struct sai_err *err) SAI_MUST_USE;
sai_status store_claim_holder(struct store *store, const char *key, struct sai_id *ret_holder, struct sai_err *err) SAI_MUST_USE;
/* Releases a key that `holder` holds; SAI_OK also when it does not. */
/* The keys that one holder has, at most `room`; in the arena. */
sai_status store_claims_of(struct store *store, struct sai_id holder, struct sai_arena *arena, const char **ret_keys, size_t room,
                           size_t *ret_count, struct sai_err *err) SAI_MUST_USE;
sai_status store_release(struct store *store, const char *key, struct sai_id holder, struct sai_err *err) SAI_MUST_USE;

/* -- Users --------------------------------------------------------------------------------------------------------- */
sai_status store_user_get(struct store *store, struct sai_id id, struct sai_arena *arena, struct user *ret_user,
                          struct sai_err *err) SAI_MUST_USE;
/* Inserts (revision 0) or replaces; increments user->revision. Never changes data_version. */
sai_status store_user_put(struct store *store, struct user *user, struct sai_err *err) SAI_MUST_USE;
/* One small read for every signed-in request: what the caches are keyed by. */
struct user_stamp {
        int64_t revision, data_version;
        struct sai_opt_instant data_committed_at;
};
sai_status store_user_stamp(struct store *store, struct sai_id id, struct user_stamp *ret_stamp,
                            struct sai_err *err) SAI_MUST_USE;
/* Says that what the athlete sees has changed: data_version grows by one, data_committed_at becomes now. The last step of every change. */
sai_status store_user_touch(struct store *store, struct sai_id id, struct sai_err *err) SAI_MUST_USE;
/* For operators and start-up: pages by id. */
sai_status store_user_list(struct store *store, struct sai_id after, size_t limit, struct sai_arena *arena,
                           struct user **ret_users, size_t *ret_count, struct sai_err *err) SAI_MUST_USE;

/* -- Thresholds: dated parameters ----------------------------------------------------------------------------------- */
sai_status store_threshold_list(struct store *store, struct sai_id user_id, struct sai_arena *arena, struct threshold **ret_items,
                                size_t *ret_count, struct sai_err *err) SAI_MUST_USE; /* by day, ascending; at most 1,000 */
sai_status store_threshold_put(struct store *store, struct threshold *threshold, struct sai_err *err) SAI_MUST_USE;

/* -- Activities ----------------------------------------------------------------------------------------------------- */
enum activity_sort {
        SORT_START_DATE,
        SORT_DISTANCE,
        SORT_MOVING_TIME,
        SORT_AVERAGE_SPEED,
        SORT_ELEVATION_GAIN,
        SORT_TRAINING_LOAD,
        ACTIVITY_SORTS
};
extern const struct sai_enumeration activity_sort_names; /* as the contract writes them, without `-` */

struct activity_filter {
        const char *const *sport_types;
        size_t sport_type_count;
        const char *type;
        struct sai_opt_instant after; /* start_date >= */
        struct sai_opt_instant before; /* start_date < */
        struct sai_opt_local after_local; /* start_date_local >= : for bounds that are days */
        struct sai_opt_local before_local; /* start_date_local < */
        const char *text; /* literal part of the name, without case */
        struct sai_opt_f64 min_distance, max_distance, min_moving_time;
        bool has_heartrate, has_power, has_gps; /* true: must have */
};
/* Where the next page begins: the sort value (absent values sort last in both directions) and id of the last row shown. */
struct activity_position {
        struct sai_opt_f64 value;
        struct sai_id id;
};

sai_status store_activity_get(struct store *store, struct sai_id user_id, struct sai_id id, struct sai_arena *arena,
                              struct activity *ret_activity, struct sai_err *err) SAI_MUST_USE;
/* Up to `limit` rows after `after` (NULL: from the start), one query by an index of the sort. start_date counts in ms as a double. Laps and
 * best efforts are left out: a list does not show them, and they are most of a document. */
sai_status store_activity_list(struct store *store, struct sai_id user_id, const struct activity_filter *filter,
                               enum activity_sort sort, bool descending, const struct activity_position *after, size_t limit,
                               struct sai_arena *arena, struct activity **ret_items, size_t *ret_count,
                               struct sai_err *err) SAI_MUST_USE;
struct activity_position activity_position_of(const struct activity *activity, enum activity_sort sort);
sai_status store_activity_put(struct store *store, struct activity *activity, struct sai_err *err) SAI_MUST_USE;
sai_status store_activity_delete(struct store *store, struct sai_id user_id, struct sai_id id, struct sai_err *err) SAI_MUST_USE;
/* Every activity of an athlete in order of start, with only the SAI_F_COLUMN members filled (the rest zero): what the athlete's columns
 * are built from. `row` is valid for the call. A callback that fails ends the scan with its status. */
typedef sai_status (*activity_visitor)(void *context, const struct activity *row, struct sai_err *err);
sai_status store_activity_scan(struct store *store, struct sai_id user_id, activity_visitor visit, void *context,
                               struct sai_err *err) SAI_MUST_USE;
sai_status store_activity_count(struct store *store, struct sai_id user_id, int64_t *ret_count, struct sai_err *err) SAI_MUST_USE;
/* Activities that start within [from, to], for matching one workout from two places; at most 50. */
sai_status store_activity_near(struct store *store, struct sai_id user_id, struct sai_instant from, struct sai_instant to,
                               struct sai_arena *arena, struct activity **ret_items, size_t *ret_count,
                               struct sai_err *err) SAI_MUST_USE;

/* -- Sources -------------------------------------------------------------------------------------------------------- */
sai_status store_source_get(struct store *store, struct sai_id user_id, const char *key, struct sai_arena *arena,
                            struct source *ret_source, struct sai_err *err) SAI_MUST_USE;
sai_status store_source_list(struct store *store, struct sai_id user_id, struct sai_id activity_id, struct sai_arena *arena,
                             struct source **ret_items, size_t *ret_count, struct sai_err *err) SAI_MUST_USE;
sai_status store_source_put(struct store *store, struct source *source, struct sai_err *err) SAI_MUST_USE;
sai_status store_source_delete(struct store *store, struct sai_id user_id, struct sai_id id, struct sai_err *err) SAI_MUST_USE;
/* Sources whose streams are still to be fetched, newest activity first. */
sai_status store_source_pending(struct store *store, struct sai_id user_id, size_t limit, struct sai_arena *arena,
                                struct source **ret_items, size_t *ret_count, struct sai_err *err) SAI_MUST_USE;
/* Sources of all athletes that expired before `at`, oldest first. */
sai_status store_source_expired(struct store *store, struct sai_instant at, size_t limit, struct sai_arena *arena,
                                struct source **ret_items, size_t *ret_count, struct sai_err *err) SAI_MUST_USE;

/* An athlete's sources of a kind that were fetched by `until`. */
sai_status store_source_fetched(struct store *store, struct sai_id user_id, enum activity_source_kind kind,
                                struct sai_instant until, size_t limit, struct sai_arena *arena, struct source **ret_items,
                                size_t *ret_count, struct sai_err *err) SAI_MUST_USE;

/* -- Streams and blobs ----------------------------------------------------------------------------------------------- */
/* Columns, delta-coded and compressed, under an id of their own that an activity or a source names. Immutable: a new version gets a new id;
 * write it first, then the row that names it, then delete the old one. Values are kept to the decimals of stream_infos. */
sai_status store_streams_put(struct store *store, struct sai_id user_id, struct sai_id id, const struct streams *streams,
                             struct sai_err *err) SAI_MUST_USE;
/* `channels` is a mask of (1 << enum stream_channel): only those columns are read back; 0 means all. */
sai_status store_streams_get(struct store *store, struct sai_id user_id, struct sai_id id, uint32_t channels,
                             struct sai_arena *arena, struct streams *ret_streams, struct sai_err *err) SAI_MUST_USE;
sai_status store_streams_delete(struct store *store, struct sai_id user_id, struct sai_id id, struct sai_err *err) SAI_MUST_USE;

/* Originals: compressed where that helps, in chunks; the last step of the put makes them whole. */
sai_status store_blob_put(struct store *store, struct sai_id user_id, struct sai_id id, const void *data, size_t len,
                          struct sai_err *err) SAI_MUST_USE;
sai_status store_blob_get(struct store *store, struct sai_id user_id, struct sai_id id, struct sai_arena *arena,
                          struct sai_bytes *ret_data, struct sai_err *err) SAI_MUST_USE;
sai_status store_blob_delete(struct store *store, struct sai_id user_id, struct sai_id id, struct sai_err *err) SAI_MUST_USE;

/* -- Jobs ------------------------------------------------------------------------------------------------------------ */
/* Adds a job (id, created_at, priority, status and revision are filled here where zero). With a dedupe key that a live job holds, nothing
 * is added and *job becomes that job (SAI_OK, *ret_existing true). */
sai_status store_job_add(struct store *store, struct job *job, struct sai_arena *arena, bool *ret_existing,
                         struct sai_err *err) SAI_MUST_USE;
/* The next job that may run now (free or lease over, run_after past), by priority, then age; leased to `owner` until now + lease_ms with a new
 * fencing number. `kinds` is a mask of (1 << enum job_kind). SAI_NOT_FOUND when there is none. One atomic step. */
sai_status store_job_claim(struct store *store, uint32_t kinds, const char *owner, int64_t lease_ms, struct sai_arena *arena,
                           struct job *ret_job, struct sai_err *err) SAI_MUST_USE;
/* These name job->fencing and fail with SAI_CONFLICT when the lease went to another worker.
 * save: progress, checkpoint, status running or waiting, rate_limited_until; renews the lease.
 * release: gives it back to run at job->run_after (retry, waiting), clears the lease.
 * finish: done or failed with result or error; clears the dedupe claim last. */
sai_status store_job_save(struct store *store, struct job *job, int64_t lease_ms, struct sai_err *err) SAI_MUST_USE;
sai_status store_job_release(struct store *store, struct job *job, struct sai_err *err) SAI_MUST_USE;
sai_status store_job_finish(struct store *store, struct job *job, struct sai_err *err) SAI_MUST_USE;
/* The heart-beat: moves lease_until of a job that `owner` holds; touches nothing else (nor the revision or the fencing number), so that it never
 * meets the job's own writes. SAI_CONFLICT when another holds it. */
sai_status store_job_renew(struct store *store, struct sai_id user_id, struct sai_id id, const char *owner, int64_t lease_ms,
                           struct sai_err *err) SAI_MUST_USE;
/* Live jobs that somebody holds, whose lease is over or not, at most `limit`: for finding those whose owner is gone. */
sai_status store_job_leased(struct store *store, size_t limit, struct sai_arena *arena, struct job **ret_items, size_t *ret_count,
                            struct sai_err *err) SAI_MUST_USE;
sai_status store_job_get(struct store *store, struct sai_id user_id, struct sai_id id, struct sai_arena *arena,
                         struct job *ret_job, struct sai_err *err) SAI_MUST_USE;
/* Newest first, after `after` (zero id: from the newest); kind and status -1: any. */
sai_status store_job_list(struct store *store, struct sai_id user_id, int kind, int status, struct sai_id after, size_t limit,
                          struct sai_arena *arena, struct job **ret_items, size_t *ret_count, struct sai_err *err) SAI_MUST_USE;
/* -- For operators, over all users -- */
sai_status store_job_by_id(struct store *store, struct sai_id id, struct sai_arena *arena, struct job *ret_job,
                           struct sai_err *err) SAI_MUST_USE;
/* Oldest first, after `after` (NULL: from the oldest). */
sai_status store_job_of_status(struct store *store, enum job_status status, const struct job *after, size_t limit,
                               struct sai_arena *arena, struct job **ret_items, size_t *ret_count,
                               struct sai_err *err) SAI_MUST_USE;
/* A job that failed or was cancelled is queued again, its tries forgotten. SAI_CONFLICT when it is live, or another live job has its dedupe key;
 * SAI_INVALID when it is done. */
sai_status store_job_retry(struct store *store, struct job *job, struct sai_err *err) SAI_MUST_USE;
/* A live job is cancelled, whoever holds it: its worker can write nothing more. One that has ended is deleted. SAI_CONFLICT when it was claimed
 * or ended in this moment. */
sai_status store_job_drop(struct store *store, struct job *job, struct sai_err *err) SAI_MUST_USE;

struct job_counts {
        int64_t queued, running, waiting, failed, oldest_age_ms;
};
sai_status store_job_counts(struct store *store, struct job_counts *ret_counts, struct sai_err *err) SAI_MUST_USE;
/* Deletes jobs that ended before `before`; gives how many. */
sai_status store_job_sweep(struct store *store, struct sai_instant before, int64_t *ret_count, struct sai_err *err) SAI_MUST_USE;

/* -- Sessions, Strava links, single-use things ------------------------------------------------------------------------- */
sai_status store_session_get(struct store *store, struct sai_id id, struct sai_arena *arena, struct session *ret_session,
                             struct sai_err *err) SAI_MUST_USE;
/* Insert or compare-and-set by revision (SAI_CONFLICT). */
sai_status store_session_put(struct store *store, struct session *session, struct sai_err *err) SAI_MUST_USE;
sai_status store_session_delete(struct store *store, struct sai_id user_id, struct sai_id id, struct sai_err *err) SAI_MUST_USE;
/* By last use, oldest first; at most 200. */
sai_status store_session_list(struct store *store, struct sai_id user_id, struct sai_arena *arena, struct session **ret_items,
                              size_t *ret_count, struct sai_err *err) SAI_MUST_USE;
sai_status store_session_sweep(struct store *store, struct sai_instant now, int64_t *ret_count, struct sai_err *err) SAI_MUST_USE;

sai_status store_link_get(struct store *store, struct sai_id user_id, struct sai_arena *arena, struct strava_link *ret_link,
                          struct sai_err *err) SAI_MUST_USE;
sai_status store_link_put(struct store *store, struct strava_link *link,
                          struct sai_err *err) SAI_MUST_USE; /* compare-and-set by revision */
/* Takes the refresh lease when it is free or over: fencing grows by one and the row comes back; SAI_CONFLICT while another holds it. */
sai_status store_link_lease(struct store *store, struct sai_id user_id, const char *owner, int64_t lease_ms,
                            struct sai_arena *arena, struct strava_link *ret_link, struct sai_err *err) SAI_MUST_USE;
/* For operators: pages by id. */
sai_status store_link_list(struct store *store, struct sai_id after, size_t limit, struct sai_arena *arena,
                           struct strava_link **ret_items, size_t *ret_count, struct sai_err *err) SAI_MUST_USE;
sai_status store_link_delete(struct store *store, struct sai_id user_id, struct sai_err *err) SAI_MUST_USE;

sai_status store_once_put(struct store *store, const char *key, enum once_kind kind, const char *payload,
                          struct sai_instant expires_at, struct sai_err *err) SAI_MUST_USE;
/* Exactly one caller ever gets it; SAI_NOT_FOUND for the others, and when it has expired. */
sai_status store_once_take(struct store *store, const char *key, enum once_kind kind, struct sai_arena *arena,
                           struct once *ret_once, struct sai_err *err) SAI_MUST_USE;
sai_status store_once_sweep(struct store *store, struct sai_instant now, int64_t *ret_count, struct sai_err *err) SAI_MUST_USE;

/* -- API tokens, passwords, counters of tries, the security trail --------------------------------------------------------- */
sai_status store_api_token_get(struct store *store, struct sai_id id, struct sai_arena *arena, struct api_token *ret_token,
                               struct sai_err *err) SAI_MUST_USE;
/* Insert or compare-and-set by revision (SAI_CONFLICT). */
sai_status store_api_token_put(struct store *store, struct api_token *token, struct sai_err *err) SAI_MUST_USE;
/* Oldest first; at most SAI_MAX_API_TOKENS_PER_USER + 1. */
sai_status store_api_token_list(struct store *store, struct sai_id user_id, struct sai_arena *arena, struct api_token **ret_items,
                                size_t *ret_count, struct sai_err *err) SAI_MUST_USE;
sai_status store_api_token_delete(struct store *store, struct sai_id user_id, struct sai_id id, struct sai_err *err) SAI_MUST_USE;

sai_status store_credential_get(struct store *store, struct sai_id user_id, struct sai_arena *arena,
                                struct credential *ret_credential, struct sai_err *err) SAI_MUST_USE;
/* Insert or compare-and-set by revision (SAI_CONFLICT). */
sai_status store_credential_put(struct store *store, struct credential *credential, struct sai_err *err) SAI_MUST_USE;

/* One more of `key` in its window, which begins with the first and lasts `window_ms`: gives which one this was, and when the window ends.
 * Exact with any number of callers. */
sai_status store_throttle_add(struct store *store, const char *key, int64_t window_ms, int64_t *ret_count,
                              struct sai_instant *ret_end, struct sai_err *err) SAI_MUST_USE;
sai_status store_throttle_forget(struct store *store, const char *key, struct sai_err *err) SAI_MUST_USE;

/* Adds an event (id filled here); beyond SAI_MAX_SECURITY_EVENTS_PER_USER the oldest go. */
sai_status store_security_event_add(struct store *store, struct security_event *event, struct sai_err *err) SAI_MUST_USE;
/* Newest first, after `after` (zero id: from the newest). */
sai_status store_security_event_list(struct store *store, struct sai_id user_id, struct sai_id after, size_t limit,
                                     struct sai_arena *arena, struct security_event **ret_items, size_t *ret_count,
                                     struct sai_err *err) SAI_MUST_USE;
/* Tokens, counters and events whose time is over; gives how many rows went. */
sai_status store_security_sweep(struct store *store, struct sai_instant now, int64_t *ret_count,
                                struct sai_err *err) SAI_MUST_USE;

/* -- Insights ---------------------------------------------------------------------------------------------------------- */
sai_status store_insight_get(struct store *store, struct sai_id user_id, struct sai_id id, struct sai_arena *arena,
                             struct insight *ret_insight, struct sai_err *err) SAI_MUST_USE;
sai_status store_insight_put(struct store *store, struct insight *insight, struct sai_err *err) SAI_MUST_USE;
sai_status store_insight_delete(struct store *store, struct sai_id user_id, struct sai_id id, struct sai_err *err) SAI_MUST_USE;
/* The newest of the same facts, or SAI_NOT_FOUND. */
sai_status store_insight_by_facts(struct store *store, struct sai_id user_id, const char *facts_hash, struct sai_arena *arena,
                                  struct insight *ret_insight, struct sai_err *err) SAI_MUST_USE;
struct insight_filter {
        int kind;
        struct sai_opt_id activity_id;
        struct sai_opt_f64 min_score;
}; /* kind -1: any */
sai_status store_insight_list(struct store *store, struct sai_id user_id, const struct insight_filter *filter,
                              struct sai_id after, size_t limit, struct sai_arena *arena, struct insight **ret_items,
                              size_t *ret_count, struct sai_err *err) SAI_MUST_USE;
/* Insights of all athletes whose API inputs expired; gives how many were deleted. */
sai_status store_insight_sweep(struct store *store, struct sai_instant at, int64_t *ret_count, struct sai_err *err) SAI_MUST_USE;

#endif
