/* jobs.h -- work that outlives a request: workers that claim rows, and the kinds of work there are.
 *
 * A worker claims a job for a lease and a fencing number; a heart-beat thread renews the leases of all running jobs at a third of their time, so
 * that a job may take long while a dead process is noticed soon. The same beat gives back the jobs of processes of this machine that are
 * certainly gone (auth/lease_owner.h), so that a restart after a crash goes on at once. What a job function returns decides what becomes of it: done, again
 * later (a transient failure: backoff with full jitter, at most SAI_MAX_TRIES), again at a time (a rate limit: no try is counted), or
 * failed with the reason. Every kind is safe to run twice from any point.
 *
 * Periodic work (expiry, sweeping) is enqueued under a dedupe key that names the period, so that it happens once over all processes. */
#ifndef SAI_JOBS_JOBS_H
#define SAI_JOBS_JOBS_H

#include "auth/auth.h"
#include "base/settings.h"
#include "client/strava/strava.h"
#include "training/training.h"
#include <stdatomic.h>

struct jobs;

struct jobs_config {
        struct store *store;
        struct training *training;
        const struct auth *auth;
        struct strava *strava;
        struct sai_clock clock;
        struct sai_random random;
        struct sai_log *log;
        const char *worker_name; /* unique to this process: owner of leases */
        unsigned threads; /* 0: enqueue only */
};

sai_status jobs_start(const struct jobs_config *config, struct jobs **ret_jobs, struct sai_err *err) SAI_MUST_USE;
/* Lets running jobs save their checkpoint, gives their leases back, joins. Accepts NULL. */
void jobs_stop(struct jobs *jobs);

/* -- Enqueueing: each gives the job, or the live one that already does it -------------------------------------------------- */
sai_status jobs_add_sync(struct jobs *jobs, struct sai_id user_id, bool full, struct sai_opt_instant after,
                         struct sai_arena *arena, struct job *ret_job, bool *ret_existing, struct sai_err *err) SAI_MUST_USE;
/* One uploaded file, kept already as a blob. */
sai_status jobs_add_import(struct jobs *jobs, struct sai_id user_id, struct sai_id blob_id, const char *file_name,
                           struct sai_arena *arena, struct job *ret_job, struct sai_err *err) SAI_MUST_USE;
/* The same with a file of this machine, which is kept first and may go afterwards. SAI_NOT_FOUND when it cannot be opened, SAI_TOO_LARGE when it is no
 * plain file of at most SAI_MAX_RECORDING_FILE. */
sai_status jobs_add_import_file(struct jobs *jobs, struct sai_id user_id, const char *path, const char *file_name,
                                struct sai_arena *arena, struct job *ret_job, struct sai_err *err) SAI_MUST_USE;
sai_status jobs_add_metrics(struct jobs *jobs, struct sai_id user_id, struct sai_arena *arena, struct job *ret_job,
                            struct sai_err *err) SAI_MUST_USE;
sai_status jobs_add_insight(struct jobs *jobs, struct sai_id user_id, struct sai_id insight_id, struct sai_arena *arena,
                            struct job *ret_job, struct sai_err *err) SAI_MUST_USE;

/* Erases what came from Strava's API so far, as the policy says. */
sai_status jobs_add_unlink(struct jobs *jobs, struct sai_id user_id, struct sai_arena *arena, struct sai_err *err) SAI_MUST_USE;
/* A token to set a new password, mailed; for a zero id nothing happens, at the same cost. */
sai_status jobs_add_reset_mail(struct jobs *jobs, struct sai_id user_id, struct sai_arena *arena,
                               struct sai_err *err) SAI_MUST_USE;

/* Runs jobs on the calling thread until `job_id` has ended (for the command line); workers need not run. */
sai_status jobs_run_until_done(struct jobs *jobs, struct sai_id user_id, struct sai_id job_id,
                               void (*progress)(void *context, const struct job *job), void *context, struct sai_arena *arena,
                               struct job *ret_job, struct sai_err *err) SAI_MUST_USE;

struct jobs_stats {
        int64_t running, done, failed, retried;
};
void jobs_stats(const struct jobs *jobs, struct jobs_stats *ret_stats);

#endif
