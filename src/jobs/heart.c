/* heart.c -- the thread that keeps this process's jobs its own, finds those of the dead, and adds what is due periodically.
 *
 * Leases are renewed at a third of their time. A job that is taken back keeps the count of its claims without progress: that is how a job that kills its
 * process is found out (runner.c). */
#include "jobs/jobs_internal.h"

#include "auth/lease_owner.h"
#include "base/limits.h"

enum { PERIOD_MS = 15 * 60 * 1000 }; /* of the expiry job */

static void add_periodic(struct jobs *jobs)
{
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(1));
        if (!arena)
                return;
        int64_t now = sai_now_ms(&jobs->config.clock);
        struct job job = { .kind = JOB_EXPIRY, .dedupe_key = "expiry", .run_after = { now - now % PERIOD_MS + PERIOD_MS } };
        struct sai_err err;
        bool existing;
        if (jobs_add(jobs, &job, NULL, NULL, arena, &existing, &err) != SAI_OK)
                sai_log(jobs->config.log, SAI_LOG_WARN, "job.periodic_not_added", SAI_LOG_TEXT("reason", err.detail));
}

/* Jobs of processes of this machine that are gone run again at once instead of when their lease ends. */
static sai_status take_back(struct jobs *jobs, struct sai_arena *arena, bool *ret_any, struct sai_err *err)
{
        struct job *leased;
        size_t count;
        sai_status status = store_job_leased(jobs->config.store, SAI_MAX_LEASED_JOBS, arena, &leased, &count, err);
        for (size_t i = 0; status == SAI_OK && i < count; i++) {
                if (!lease_owner_is_gone(leased[i].lease_owner))
                        continue;
                leased[i].status = JOB_QUEUED;
                status = store_job_release(jobs->config.store, &leased[i], err);
                if (status == SAI_OK)
                        sai_log(jobs->config.log, SAI_LOG_WARN, "job.taken_back", SAI_LOG_ID("job_id", leased[i].id),
                                SAI_LOG_TEXT("kind", job_kind_names.values[leased[i].kind]));
                *ret_any |= status == SAI_OK;
                if (status == SAI_CONFLICT)
                        status = SAI_OK; /* another process was faster */
        }
        return status;
}

static void look_for_the_gone(struct jobs *jobs)
{
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MAX_JOB_ARENA);
        struct sai_err err = { 0 };
        bool any = false;
        sai_status status = arena ? take_back(jobs, arena, &any, &err) : sai_fail(&err, SAI_NO_MEMORY, "jobs");
        if (status != SAI_OK)
                sai_log(jobs->config.log, SAI_LOG_WARN, "job.take_back_failed", SAI_LOG_TEXT("reason", err.detail));
        if (any)
                jobs_wake(jobs);
}

static void renew_leases(struct jobs *jobs)
{
        struct sai_id ids[SAI_MAX_WORKER_THREADS], users[SAI_MAX_WORKER_THREADS];
        size_t count = 0;
        pthread_mutex_lock(&jobs->lock);
        for (struct running *r = jobs->running; r && count < SAI_COUNT(ids); r = r->next) {
                ids[count] = r->job_id;
                users[count++] = r->user_id;
        }
        pthread_mutex_unlock(&jobs->lock);
        for (size_t i = 0; i < count; i++) {
                struct sai_err err;
                sai_status status =
                        store_job_renew(jobs->config.store, users[i], ids[i], jobs->config.worker_name, SAI_JOB_LEASE_MS, &err);
                if (status != SAI_OK && status != SAI_CONFLICT && status != SAI_NOT_FOUND)
                        sai_log(jobs->config.log, SAI_LOG_WARN, "job.renew_failed", SAI_LOG_TEXT("reason", err.detail));
        }
}

void *jobs_beat(void *argument)
{
        struct jobs *jobs = argument;
        uint64_t seen;
        int64_t next_period = 0;
        while (!jobs_stopping(jobs, &seen)) {
                int64_t now = sai_monotonic_ms(&jobs->config.clock);
                if (jobs->thread_count && now >= next_period) {
                        add_periodic(jobs);
                        next_period = now + PERIOD_MS / 4;
                }
                renew_leases(jobs);
                look_for_the_gone(jobs);
                jobs_rest(jobs, SAI_JOB_LEASE_MS / 3);
        }
        store_thread_done(jobs->config.store);
        return NULL;
}
