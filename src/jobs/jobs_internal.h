/* jobs_internal.h -- what a kind of job sees of the machinery that runs it. */
#ifndef SAI_JOBS_JOBS_INTERNAL_H
#define SAI_JOBS_JOBS_INTERNAL_H

#include "jobs/jobs.h"
#include <pthread.h>

/* A claimed job on the list that the heart-beat renews. */
struct running {
        struct running *next;
        struct sai_id job_id, user_id;
};

struct jobs {
        struct jobs_config config;
        pthread_t *threads;
        unsigned thread_count;
        pthread_t heart;
        bool heart_runs;
        pthread_mutex_t lock; /* guards what stands below it */
        pthread_cond_t wake; /* there is work, or the end has come */
        pthread_cond_t stopped; /* the end has come: the heart-beat rests on this one */
        struct running *running; /* jobs of this process, for the heart-beat */
        bool stopping;
        uint64_t added; /* grows with each enqueue here: a worker that saw it change looks again at once */
        _Atomic int64_t count_running, count_done, count_failed, count_retried;
};

/* One job while it runs. */
struct run {
        struct jobs *jobs;
        struct job *job; /* in `arena` */
        struct sai_arena *arena; /* of the run; results and checkpoints may live here */
        int64_t retry_at_ms; /* set with SAI_RATE_LIMITED: wall clock */
        bool final; /* set with any failure: do not try again */
        bool lost; /* set by run_save: another worker has the lease. Any other SAI_CONFLICT is about data, and tried again */
};

/* SAI_OK: done (job->result is kept). SAI_RATE_LIMITED: again at retry_at_ms. Else, unless `final`: again later; after the last try failed. */
typedef sai_status (*job_function)(struct run *run, struct sai_err *err);
sai_status job_sync(struct run *run, struct sai_err *err);
sai_status job_import(struct run *run, struct sai_err *err);
sai_status job_metrics(struct run *run, struct sai_err *err);
sai_status job_insight(struct run *run, struct sai_err *err);
sai_status job_expiry(struct run *run, struct sai_err *err);
sai_status job_unlink(struct run *run, struct sai_err *err);
sai_status job_reset_mail(struct run *run, struct sai_err *err);
/* After the job has failed for good: what it was for is marked failed too. */
void job_insight_given_up(struct run *run);

/* The heart-beat's thread (heart.c), and what it shares with the workers: waking them; resting until the time is over or the process ends; whether it ends,
 * with the count of jobs added so far. */
void *jobs_beat(void *jobs);
void jobs_wake(struct jobs *jobs);
void jobs_rest(struct jobs *jobs, int64_t ms);
bool jobs_stopping(struct jobs *jobs, uint64_t *ret_seen);

/* Saves progress and checkpoint and renews the lease. SAI_CONFLICT: the lease is lost, stop at once and write nothing; SAI_UNAVAILABLE with `stopping`:
 * the process ends, return it and the job goes on elsewhere. */
sai_status run_save(struct run *run, struct sai_err *err) SAI_MUST_USE;
void run_progress(struct run *run, int64_t done, struct sai_opt_i64 total);
bool run_stopping(const struct run *run);
/* Encodes a struct into JSON that lives in the run's arena. */
sai_status run_encode(struct run *run, const struct sai_model *model, const void *object, struct sai_json *ret,
                      struct sai_err *err) SAI_MUST_USE;

sai_status jobs_add(struct jobs *jobs, struct job *job, const struct sai_model *argument_model, const void *argument,
                    struct sai_arena *arena, bool *ret_existing, struct sai_err *err) SAI_MUST_USE;

#endif
