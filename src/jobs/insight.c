/* insight.c -- words an insight that was asked for without waiting.
 *
 * The facts were gathered when it was asked for and wait with it, so the job needs nothing else and gives what a request that waited would have
 * given. */
#include "jobs/jobs_internal.h"

#include "jobs/insight_make.h"

struct insight_work {
        struct sai_id insight_id;
};
static const struct sai_field work_fields[] = { SAI_FIELD(struct insight_work, insight_id) };
static const struct sai_model work_model = SAI_MODEL_OF(struct insight_work, work_fields, "InsightWork");

/* Nobody should wait for ever for what will not come. */
static void mark_failed(struct run *run, struct insight *insight)
{
        struct store *store = run->jobs->config.store;
        struct sai_err err = { 0 };
        insight->status = INSIGHT_FAILED;
        sai_status status = store_insight_put(store, insight, &err);
        if (status == SAI_OK)
                status = store_user_touch(store, insight->user_id, &err);
        if (status != SAI_OK)
                sai_log(run->jobs->config.log, SAI_LOG_WARN, "insight.not_marked", SAI_LOG_ID("insight_id", insight->id),
                        SAI_LOG_TEXT("reason", err.detail));
}

static sai_status word(struct run *run, struct insight *insight, struct sai_err *err)
{
        sai_status status = insight_finish(run->jobs->config.training, run->arena, insight, err);
        /* A request that waited was faster: it is there. */
        if (status == SAI_CONFLICT)
                return SAI_OK;
        return status;
}

static sai_status find_insight(struct run *run, struct insight_work *ret_work, struct insight *ret_insight, struct sai_err *err)
{
        sai_status status =
                sai_model_decode(&work_model, run->job->argument.data, run->job->argument.len, run->arena, ret_work, err);
        return status == SAI_OK ? store_insight_get(run->jobs->config.store, run->job->user_id, ret_work->insight_id, run->arena,
                                                    ret_insight, err)
                                : status;
}

void job_insight_given_up(struct run *run)
{
        struct insight_work work = { 0 };
        struct insight *insight = SAI_NEW(run->arena, struct insight);
        struct sai_err err = { 0 };
        if (insight && find_insight(run, &work, insight, &err) == SAI_OK && insight->status != INSIGHT_DONE)
                mark_failed(run, insight);
}

sai_status job_insight(struct run *run, struct sai_err *err)
{
        struct insight_work work = { 0 };
        struct insight *insight = SAI_NEW(run->arena, struct insight);
        if (!insight)
                return sai_fail(err, SAI_NO_MEMORY, "insight");
        sai_status status = find_insight(run, &work, insight, err);
        /* It expired or was deleted before its turn came: nobody waits for it. */
        if (status == SAI_NOT_FOUND)
                run->final = true;
        if (status == SAI_OK && insight->status != INSIGHT_DONE)
                status = word(run, insight, err);
        return status == SAI_OK ? run_encode(run, &work_model, &work, &run->job->result, err) : status;
}

sai_status jobs_add_insight(struct jobs *jobs, struct sai_id user_id, struct sai_id insight_id, struct sai_arena *arena,
                            struct job *ret_job, struct sai_err *err)
{
        bool existing;
        char hex[SAI_ID_HEX + 1];
        struct insight_work work = { insight_id };
        sai_id_format(insight_id, hex);
        *ret_job = (struct job) { .kind = JOB_INSIGHT,
                                  .user_id = user_id,
                                  .dedupe_key = sai_arena_printf(arena, "insight:%s", hex) };
        return jobs_add(jobs, ret_job, &work_model, &work, arena, &existing, err);
}
