/* expiry.c -- what may not be kept any longer goes: API sources past their time with all that derives from them, ended sessions, used-up
 * states and codes, ended API tokens and old security events, jobs that nobody asks for any more. Periodic; each step may be repeated. */
#include "jobs/jobs_internal.h"

#include "base/limits.h"

enum { BATCH = 50 };
#define JOB_KEEP_MS (30LL * 24 * 3600 * 1000)

struct expiry_result {
        int64_t sources, insights, sessions, once, jobs, security;
};
static const struct sai_field result_fields[] = {
        SAI_FIELD(struct expiry_result, sources),  SAI_FIELD(struct expiry_result, insights),
        SAI_FIELD(struct expiry_result, sessions), SAI_FIELD(struct expiry_result, once),
        SAI_FIELD(struct expiry_result, jobs),     SAI_FIELD(struct expiry_result, security),
};
static const struct sai_model result_model = SAI_MODEL_OF(struct expiry_result, result_fields, "ExpiryResult");

/* A source that cannot be taken away must not keep those behind it: the others go, and the job ends with the first failure and is tried again. */
static sai_status expire_sources(struct run *run, struct sai_instant now, int64_t *ret_count, struct sai_err *err)
{
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MAX_JOB_ARENA);
        if (!arena)
                return sai_fail(err, SAI_NO_MEMORY, "expiry");
        for (;;) {
                struct source *sources;
                size_t count;
                sai_arena_reset(arena);
                sai_status status = store_source_expired(run->jobs->config.store, now, BATCH, arena, &sources, &count, err);
                if (status != SAI_OK || count == 0)
                        return status;
                int64_t gone = 0;
                sai_status failed = SAI_OK;
                for (size_t i = 0; i < count; i++) {
                        struct sai_err why = { 0 };
                        status = training_remove_source(run->jobs->config.training, &sources[i], arena, &why);
                        if (status == SAI_OK)
                                status = store_user_touch(run->jobs->config.store, sources[i].user_id, &why);
                        gone += status == SAI_OK;
                        if (status != SAI_OK && failed == SAI_OK) {
                                failed = status;
                                *err = why;
                        }
                }
                *ret_count += gone;
                if (gone == 0)
                        return failed;
                struct sai_err why = { 0 };
                status = run_save(run, &why);
                if (status != SAI_OK) {
                        *err = why;
                        return status;
                }
        }
}

/* Each sweep is its own: one that fails leaves the others to run, and the job ends with the first failure. */
static void note(sai_status status, const struct sai_err *why, sai_status *first, struct sai_err *err)
{
        if (status == SAI_OK || *first != SAI_OK)
                return;
        *first = status;
        *err = *why;
}

sai_status job_expiry(struct run *run, struct sai_err *err)
{
        struct store *store = run->jobs->config.store;
        struct sai_instant now = { sai_now_ms(&run->jobs->config.clock) };
        struct expiry_result result = { 0 };
        struct sai_err why = { 0 };
        sai_status first = SAI_OK;
        note(expire_sources(run, now, &result.sources, &why), &why, &first, err);
        if (run->lost || run_stopping(run))
                return first; /* another's by now, or to be gone on with */
        note(store_insight_sweep(store, now, &result.insights, &why), &why, &first, err);
        note(store_session_sweep(store, now, &result.sessions, &why), &why, &first, err);
        note(store_once_sweep(store, now, &result.once, &why), &why, &first, err);
        note(store_security_sweep(store, now, &result.security, &why), &why, &first, err);
        note(store_job_sweep(store, (struct sai_instant) { now.ms - JOB_KEEP_MS }, &result.jobs, &why), &why, &first, err);
        return first == SAI_OK ? run_encode(run, &result_model, &result, &run->job->result, err) : first;
}
