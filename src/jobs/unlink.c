/* unlink.c -- erases what came from Strava's API for an athlete who withdrew the authorization, with all that derives from it.
 *
 * Strava's policy asks for it (section 7.4); files that the athlete uploaded stay. A sync that still runs may keep some more before it
 * notices that its token is gone, so the erasure waits for its end. What a later link brings in is newer than the argument, and stays. */
#include "jobs/jobs_internal.h"

#include "base/limits.h"
#include "training/policy.h"

enum { BATCH = 50 };

struct unlink_argument {
        struct sai_instant until; /* fetched by then */
};
static const struct sai_field argument_fields[] = { SAI_FIELD(struct unlink_argument, until) };
static const struct sai_model argument_model = SAI_MODEL_OF(struct unlink_argument, argument_fields, "UnlinkArgument");

struct unlink_result {
        int64_t sources, insights;
};
static const struct sai_field result_fields[] = {
        SAI_FIELD(struct unlink_result, sources),
        SAI_FIELD(struct unlink_result, insights),
};
static const struct sai_model result_model = SAI_MODEL_OF(struct unlink_result, result_fields, "UnlinkResult");

static sai_status erase_sources(struct run *run, struct sai_instant until, struct sai_arena *arena, int64_t *ret_count,
                                struct sai_err *err)
{
        const struct jobs_config *config = &run->jobs->config;
        for (;;) {
                struct source *sources;
                size_t count;
                sai_arena_reset(arena);
                sai_status status = store_source_fetched(config->store, run->job->user_id, SOURCE_STRAVA_API, until, BATCH, arena,
                                                         &sources, &count, err);
                if (status != SAI_OK || count == 0)
                        return status;
                for (size_t i = 0; i < count && status == SAI_OK; i++) {
                        status = training_remove_source(config->training, &sources[i], arena, err);
                        *ret_count += status == SAI_OK;
                }
                if (status == SAI_OK)
                        status = store_user_touch(config->store, run->job->user_id, err);
                if (status == SAI_OK)
                        status = run_save(run, err);
                if (status != SAI_OK)
                        return status;
        }
}

/* Those that API data went into carry its expiry. */
static sai_status erase_insights(struct run *run, struct sai_instant until, struct sai_arena *arena, int64_t *ret_count,
                                 struct sai_err *err)
{
        struct store *store = run->jobs->config.store;
        struct sai_id after = { 0 };
        for (;;) {
                struct insight *insights;
                size_t count;
                sai_arena_reset(arena);
                sai_status status =
                        store_insight_list(store, run->job->user_id, NULL, after, BATCH, arena, &insights, &count, err);
                if (status != SAI_OK || count == 0)
                        return status;
                after = insights[count - 1].id;
                for (size_t i = 0; i < count; i++) {
                        if (!SAI_HAS(insights[i].expires_at) || insights[i].created_at.ms > until.ms)
                                continue;
                        status = store_insight_delete(store, run->job->user_id, insights[i].id, err);
                        if (status != SAI_OK && status != SAI_NOT_FOUND)
                                return status;
                        *ret_count += status == SAI_OK;
                }
                status = run_save(run, err);
                if (status != SAI_OK)
                        return status;
        }
}

static sai_status check_no_sync_runs(struct run *run, struct sai_arena *arena, struct sai_err *err)
{
        struct job *syncs;
        size_t count;
        sai_status status = store_job_list(run->jobs->config.store, run->job->user_id, JOB_SYNC, JOB_RUNNING,
                                           (struct sai_id) { 0 }, 1, arena, &syncs, &count, err);
        if (status == SAI_OK && count > 0)
                return sai_fail(err, SAI_UNAVAILABLE, "a sync is still ending");
        return status;
}

sai_status job_unlink(struct run *run, struct sai_err *err)
{
        struct unlink_argument argument = { 0 };
        struct unlink_result result = { 0 };
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MAX_JOB_ARENA);
        if (!arena)
                return sai_fail(err, SAI_NO_MEMORY, "unlinking");
        sai_status status =
                sai_model_decode(&argument_model, run->job->argument.data, run->job->argument.len, run->arena, &argument, err);
        bool keeps = policy_allows(run->jobs->config.training->policy, SOURCE_STRAVA_API, POLICY_KEEP);
        if (status == SAI_OK && !keeps)
                status = check_no_sync_runs(run, arena, err);
        if (status == SAI_OK && !keeps)
                status = erase_sources(run, argument.until, arena, &result.sources, err);
        if (status == SAI_OK && !keeps)
                status = erase_insights(run, argument.until, arena, &result.insights, err);
        return status == SAI_OK ? run_encode(run, &result_model, &result, &run->job->result, err) : status;
}

sai_status jobs_add_unlink(struct jobs *jobs, struct sai_id user_id, struct sai_arena *arena, struct sai_err *err)
{
        bool existing;
        struct job job = { .kind = JOB_UNLINK, .user_id = user_id };
        struct unlink_argument argument = { { sai_now_ms(&jobs->config.clock) } };
        return jobs_add(jobs, &job, &argument_model, &argument, arena, &existing, err);
}
