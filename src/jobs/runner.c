/* runner.c -- claims, runs and ends jobs; see jobs.h for the rules. */
#include "jobs/jobs_internal.h"

#include "base/limits.h"
#include <errno.h>
#include <time.h>

enum {
        POLL_MS = 1000, /* how often an idle worker looks for jobs that other processes added */
        FOLLOW_MS = 200, /* how often one that waits for a job looks at it */
};

static const job_function functions[JOB_KIND_COUNT] = {
        [JOB_SYNC] = job_sync,     [JOB_IMPORT] = job_import,         [JOB_METRICS] = job_metrics, [JOB_INSIGHT] = job_insight,
        [JOB_EXPIRY] = job_expiry, [JOB_RESET_MAIL] = job_reset_mail, [JOB_UNLINK] = job_unlink,
};

/* What a kind does when its job has given up, so that nobody waits for what will not come; most have nothing that waits. */
static void (*const given_up[JOB_KIND_COUNT])(struct run *run) = { [JOB_INSIGHT] = job_insight_given_up };

/* -- What a job function may do --------------------------------------------------------------------------------------------- */

bool run_stopping(const struct run *run)
{
        pthread_mutex_lock(&run->jobs->lock);
        bool stopping = run->jobs->stopping;
        pthread_mutex_unlock(&run->jobs->lock);
        return stopping;
}

sai_status run_save(struct run *run, struct sai_err *err)
{
        if (run_stopping(run))
                return sai_fail(err, SAI_UNAVAILABLE, "the service is stopping");
        run->job->settled = SAI_SOME(sai_opt_i64, run->job->fencing);
        sai_status status = store_job_save(run->jobs->config.store, run->job, SAI_JOB_LEASE_MS, err);
        run->lost = status == SAI_CONFLICT;
        return status;
}

void run_progress(struct run *run, int64_t done, struct sai_opt_i64 total)
{
        run->job->progress.done = done;
        run->job->progress.total = total;
        run->job->progress.percentage = (struct sai_opt_f64) { 0 };
        if (SAI_HAS(total) && total.value > 0) {
                double share = 100.0 * (double)done / (double)total.value;
                run->job->progress.percentage = SAI_SOME(sai_opt_f64, share > 100 ? 100 : share);
        }
}

static sai_status encode(const struct sai_model *model, const void *object, struct sai_arena *arena, struct sai_json *ret,
                         struct sai_err *err)
{
        struct sai_buf buf;
        sai_buf_init(&buf, SAI_MIB(8));
        sai_model_encode(&buf, model, object, 0);
        sai_status status = sai_buf_status(&buf, err);
        if (status == SAI_OK) {
                *ret = (struct sai_json) { sai_arena_strndup(arena, buf.data, buf.len), buf.len };
                if (!ret->data)
                        status = sai_fail(err, SAI_NO_MEMORY, "job");
        }
        sai_buf_done(&buf);
        return status;
}

sai_status run_encode(struct run *run, const struct sai_model *model, const void *object, struct sai_json *ret,
                      struct sai_err *err)
{
        return encode(model, object, run->arena, ret, err);
}

/* -- Ends -------------------------------------------------------------------------------------------------------------------- */

/* What a failed job shows: the members of a problem document. */
struct job_problem {
        const char *type, *title;
        int64_t status;
        const char *detail;
};
static const struct sai_field job_problem_fields[] = {
        SAI_FIELD(struct job_problem, type),
        SAI_FIELD(struct job_problem, title),
        SAI_FIELD(struct job_problem, status),
        SAI_FIELD(struct job_problem, detail),
};
static const struct sai_model job_problem_model = SAI_MODEL_OF(struct job_problem, job_problem_fields, "JobProblem");

static sai_status fail_job(struct run *run, sai_status code, const struct sai_err *why, struct sai_err *err)
{
        struct job_problem problem = { sai_arena_printf(run->arena, "/problems/%s", sai_status_slug(code)), sai_status_text(code),
                                       sai_status_http(code), why->detail[0] ? why->detail : sai_status_text(code) };
        sai_status status = run_encode(run, &job_problem_model, &problem, &run->job->error, err);
        if (status != SAI_OK)
                return status;
        run->job->status = JOB_FAILED;
        run->job->finished_at = SAI_SOME(sai_opt_instant, ((struct sai_instant) { sai_now_ms(&run->jobs->config.clock) }));
        atomic_fetch_add(&run->jobs->count_failed, 1);
        sai_log(run->jobs->config.log, SAI_LOG_WARN, "job.failed", SAI_LOG_ID("job_id", run->job->id),
                SAI_LOG_TEXT("kind", job_kind_names.values[run->job->kind]), SAI_LOG_TEXT("reason", problem.detail));
        status = store_job_finish(run->jobs->config.store, run->job, err);
        if (status == SAI_OK && given_up[run->job->kind])
                given_up[run->job->kind](run);
        return status;
}

static sai_status finish_job(struct run *run, struct sai_err *err)
{
        struct job *job = run->job;
        job->status = JOB_DONE;
        job->rate_limited_until = (struct sai_opt_instant) { 0 };
        job->finished_at = SAI_SOME(sai_opt_instant, ((struct sai_instant) { sai_now_ms(&run->jobs->config.clock) }));
        if (SAI_HAS(job->progress.total))
                job->progress.percentage = SAI_SOME(sai_opt_f64, 100.0);
        atomic_fetch_add(&run->jobs->count_done, 1);
        return store_job_finish(run->jobs->config.store, job, err);
}

/* Full jitter: uniform in [0, base * 2^tries], so that many that failed together do not come back together. */
static int64_t backoff_ms(const struct jobs *jobs, int64_t tries)
{
        int64_t most = SAI_JOB_BACKOFF_BASE_MS;
        for (int64_t i = 0; i < tries && most < SAI_JOB_BACKOFF_MAX_MS; i++)
                most *= 2;
        return (int64_t)sai_random_below(&jobs->config.random, (uint64_t)most + 1);
}

static sai_status release_job(struct run *run, int64_t run_after_ms, enum job_status status, struct sai_err *err)
{
        run->job->status = (int)status;
        run->job->settled = SAI_SOME(sai_opt_i64, run->job->fencing);
        run->job->run_after.ms = run_after_ms;
        run->job->rate_limited_until = status == JOB_WAITING ? SAI_SOME(sai_opt_instant, ((struct sai_instant) { run_after_ms }))
                                                             : (struct sai_opt_instant) { 0 };
        return store_job_release(run->jobs->config.store, run->job, err);
}

static sai_status end_job(struct run *run, sai_status outcome, const struct sai_err *why, struct sai_err *err)
{
        int64_t now = sai_now_ms(&run->jobs->config.clock);
        if (outcome == SAI_OK)
                return finish_job(run, err);
        if (outcome == SAI_RATE_LIMITED && run->retry_at_ms)
                return release_job(run, run->retry_at_ms, JOB_WAITING, err);
        if (run_stopping(run))
                return release_job(run, now, JOB_QUEUED, err);
        run->job->tries++;
        if (run->final || run->job->tries >= SAI_MAX_TRIES)
                return fail_job(run, outcome, why, err);
        atomic_fetch_add(&run->jobs->count_retried, 1);
        sai_log(run->jobs->config.log, SAI_LOG_INFO, "job.retry", SAI_LOG_ID("job_id", run->job->id),
                SAI_LOG_INT("tries", run->job->tries), SAI_LOG_TEXT("reason", why->detail));
        return release_job(run, now + backoff_ms(run->jobs, run->job->tries), JOB_QUEUED, err);
}

/* -- Running one --------------------------------------------------------------------------------------------------------------- */

static void list_add(struct jobs *jobs, struct running *entry)
{
        pthread_mutex_lock(&jobs->lock);
        entry->next = jobs->running;
        jobs->running = entry;
        pthread_mutex_unlock(&jobs->lock);
}

static void list_remove(struct jobs *jobs, struct running *entry)
{
        pthread_mutex_lock(&jobs->lock);
        for (struct running **at = &jobs->running; *at; at = &(*at)->next) {
                if (*at == entry) {
                        *at = entry->next;
                        break;
                }
        }
        pthread_mutex_unlock(&jobs->lock);
}

/* A job that takes its process down, or stalls it beyond its lease, cannot say so: its claims grow in number without one of them having saved
 * progress or given the job back. Rows of before that was counted begin to be counted now. */
static sai_status run_unless_deadly(struct run *run, struct sai_err *why)
{
        struct job *job = run->job;
        if (!SAI_HAS(job->settled))
                job->settled = SAI_SOME(sai_opt_i64, job->fencing - 1);
        int64_t deaths = job->fencing - job->settled.value - 1;
        if (deaths >= SAI_MAX_JOB_DEATHS) {
                run->final = true;
                return sai_fail(why, SAI_INTERNAL, "%lld processes in a row died or stalled while they ran it",
                                (long long)deaths);
        }
        sai_status status = store_job_save(run->jobs->config.store, job, SAI_JOB_LEASE_MS, why);
        run->lost = status == SAI_CONFLICT;
        return status == SAI_OK ? functions[job->kind](run, why) : status;
}

/* Claims and runs one job. SAI_NOT_FOUND: there is none now. */
static sai_status run_one(struct jobs *jobs, uint32_t kinds, struct sai_arena *arena, struct sai_err *err)
{
        struct job *job = SAI_NEW(arena, struct job);
        if (!job)
                return sai_fail(err, SAI_NO_MEMORY, "job");
        sai_status status =
                store_job_claim(jobs->config.store, kinds, jobs->config.worker_name, SAI_JOB_LEASE_MS, arena, job, err);
        if (status != SAI_OK)
                return status;
        struct run run = { .jobs = jobs, .job = job, .arena = arena };
        struct running entry = { .job_id = job->id, .user_id = job->user_id };
        struct sai_err why = { 0 };
        atomic_fetch_add(&jobs->count_running, 1);
        list_add(jobs, &entry);
        job->status = JOB_RUNNING;
        if (!SAI_HAS(job->started_at))
                job->started_at = SAI_SOME(sai_opt_instant, ((struct sai_instant) { sai_now_ms(&jobs->config.clock) }));
        status = run_unless_deadly(&run, &why);
        list_remove(jobs, &entry);
        atomic_fetch_sub(&jobs->count_running, 1);
        status = run.lost ? SAI_CONFLICT : end_job(&run, status, &why, err);
        if (status == SAI_CONFLICT) {
                sai_log(jobs->config.log, SAI_LOG_WARN, "job.lease_lost", SAI_LOG_ID("job_id", job->id));
                status = SAI_OK;
        }
        return status;
}

static struct timespec time_after(int64_t ms)
{
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += ms / 1000;
        until.tv_nsec += (ms % 1000) * 1000000;
        if (until.tv_nsec >= 1000000000) {
                until.tv_sec++;
                until.tv_nsec -= 1000000000;
        }
        return until;
}

static void wait_for_work(struct jobs *jobs, uint64_t seen, int64_t ms)
{
        struct timespec until = time_after(ms);
        pthread_mutex_lock(&jobs->lock);
        while (!jobs->stopping && jobs->added == seen) {
                if (pthread_cond_timedwait(&jobs->wake, &jobs->lock, &until) == ETIMEDOUT)
                        break;
        }
        pthread_mutex_unlock(&jobs->lock);
}

void jobs_rest(struct jobs *jobs, int64_t ms)
{
        struct timespec until = time_after(ms);
        pthread_mutex_lock(&jobs->lock);
        while (!jobs->stopping) {
                if (pthread_cond_timedwait(&jobs->stopped, &jobs->lock, &until) == ETIMEDOUT)
                        break;
        }
        pthread_mutex_unlock(&jobs->lock);
}

void jobs_wake(struct jobs *jobs)
{
        pthread_mutex_lock(&jobs->lock);
        jobs->added++;
        pthread_cond_broadcast(&jobs->wake);
        pthread_mutex_unlock(&jobs->lock);
}

bool jobs_stopping(struct jobs *jobs, uint64_t *ret_seen)
{
        pthread_mutex_lock(&jobs->lock);
        bool stopping = jobs->stopping;
        *ret_seen = jobs->added;
        pthread_mutex_unlock(&jobs->lock);
        return stopping;
}

static void *work(void *argument)
{
        struct jobs *jobs = argument;
        struct sai_arena *arena = sai_arena_new(SAI_MAX_JOB_ARENA);
        uint64_t seen;
        while (arena && !jobs_stopping(jobs, &seen)) {
                struct sai_err err = { 0 };
                sai_status status = run_one(jobs, UINT32_MAX, arena, &err);
                sai_arena_reset(arena);
                if (status == SAI_NOT_FOUND) {
                        wait_for_work(jobs, seen, POLL_MS);
                } else if (status != SAI_OK) {
                        sai_log(jobs->config.log, SAI_LOG_ERROR, "job.worker_failed", SAI_LOG_TEXT("reason", err.detail));
                        wait_for_work(jobs, seen, POLL_MS);
                }
        }
        sai_arena_free(arena);
        store_thread_done(jobs->config.store);
        return NULL;
}

/* -- Life ------------------------------------------------------------------------------------------------------------------------ */

static bool start_heart(struct jobs *jobs)
{
        if (!jobs->heart_runs)
                jobs->heart_runs = pthread_create(&jobs->heart, NULL, jobs_beat, jobs) == 0;
        return jobs->heart_runs;
}

sai_status jobs_start(const struct jobs_config *config, struct jobs **ret_jobs, struct sai_err *err)
{
        struct jobs *jobs = calloc(1, sizeof *jobs);
        if (!jobs)
                return sai_fail(err, SAI_NO_MEMORY, "jobs");
        jobs->config = *config;
        pthread_mutex_init(&jobs->lock, NULL);
        pthread_cond_init(&jobs->wake, NULL);
        pthread_cond_init(&jobs->stopped, NULL);
        jobs->threads = calloc(config->threads ? config->threads : 1, sizeof *jobs->threads);
        bool started = jobs->threads != NULL;
        while (started && jobs->thread_count < config->threads) {
                started = pthread_create(&jobs->threads[jobs->thread_count], NULL, work, jobs) == 0;
                jobs->thread_count += started;
        }
        if (started && config->threads)
                started = start_heart(jobs);
        if (!started) {
                jobs_stop(jobs);
                return sai_fail(err, SAI_NO_MEMORY, "job threads cannot be started");
        }
        *ret_jobs = jobs;
        return SAI_OK;
}

void jobs_stop(struct jobs *jobs)
{
        if (!jobs)
                return;
        pthread_mutex_lock(&jobs->lock);
        jobs->stopping = true;
        pthread_cond_broadcast(&jobs->wake);
        pthread_cond_broadcast(&jobs->stopped);
        pthread_mutex_unlock(&jobs->lock);
        for (unsigned i = 0; i < jobs->thread_count; i++)
                pthread_join(jobs->threads[i], NULL);
        if (jobs->heart_runs)
                pthread_join(jobs->heart, NULL);
        pthread_cond_destroy(&jobs->wake);
        pthread_cond_destroy(&jobs->stopped);
        pthread_mutex_destroy(&jobs->lock);
        free(jobs->threads);
        free(jobs);
}

void jobs_stats(const struct jobs *jobs, struct jobs_stats *ret_stats)
{
        *ret_stats = (struct jobs_stats) { atomic_load(&jobs->count_running), atomic_load(&jobs->count_done),
                                           atomic_load(&jobs->count_failed), atomic_load(&jobs->count_retried) };
}

/* -- Adding --------------------------------------------------------------------------------------------------------------------- */

sai_status jobs_add(struct jobs *jobs, struct job *job, const struct sai_model *argument_model, const void *argument,
                    struct sai_arena *arena, bool *ret_existing, struct sai_err *err)
{
        sai_status status = SAI_OK;
        if (argument_model)
                status = encode(argument_model, argument, arena, &job->argument, err);
        if (status == SAI_OK)
                status = store_job_add(jobs->config.store, job, arena, ret_existing, err);
        if (status != SAI_OK)
                return status;
        jobs_wake(jobs);
        return SAI_OK;
}

static bool ended(const struct job *job)
{
        return job->status == JOB_DONE || job->status == JOB_FAILED || job->status == JOB_CANCELLED;
}

sai_status jobs_run_until_done(struct jobs *jobs, struct sai_id user_id, struct sai_id job_id,
                               void (*progress)(void *context, const struct job *job), void *context, struct sai_arena *arena,
                               struct job *ret_job, struct sai_err *err)
{
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *scratch = sai_arena_new(SAI_MAX_JOB_ARENA);
        if (!scratch)
                return sai_fail(err, SAI_NO_MEMORY, "job");
        /* Without workers this thread is one, and its leases need the beat too. */
        if (!start_heart(jobs))
                return sai_fail(err, SAI_UNAVAILABLE, "the heart-beat cannot be started");
        for (;;) {
                uint64_t seen;
                if (jobs_stopping(jobs, &seen))
                        return sai_fail(err, SAI_UNAVAILABLE, "the service is stopping");
                sai_status status = store_job_get(jobs->config.store, user_id, job_id, scratch, ret_job, err);
                if (status != SAI_OK)
                        return status;
                if (progress)
                        progress(context, ret_job);
                if (ended(ret_job))
                        return store_job_get(jobs->config.store, user_id, job_id, arena, ret_job, err);
                sai_arena_reset(scratch);
                if (jobs->thread_count == 0) {
                        status = run_one(jobs, UINT32_MAX, scratch, err);
                        sai_arena_reset(scratch);
                        if (status == SAI_OK)
                                continue;
                        if (status != SAI_NOT_FOUND)
                                return status;
                }
                wait_for_work(jobs, seen, FOLLOW_MS);
        }
}
