/* metrics.c -- computes again what a changed parameter, a late import or a newer formula has made stale. */
#include "jobs/jobs_internal.h"

struct metrics_result {
        int64_t changed;
};
static const struct sai_field result_fields[] = { SAI_FIELD(struct metrics_result, changed) };
static const struct sai_model result_model = SAI_MODEL_OF(struct metrics_result, result_fields, "MetricsResult");

enum { SAVE_EVERY = 100 };

static sai_status progress(void *context, int64_t done, int64_t total, struct sai_err *err)
{
        struct run *run = context;
        if (done % SAVE_EVERY != 0)
                return SAI_OK;
        run_progress(run, done, SAI_SOME(sai_opt_i64, total));
        return run_save(run, err);
}

sai_status job_metrics(struct run *run, struct sai_err *err)
{
        struct metrics_result result = { 0 };
        sai_status status = training_refresh(run->jobs->config.training, run->job->user_id, progress, run, &result.changed, err);
        return status == SAI_OK ? run_encode(run, &result_model, &result, &run->job->result, err) : status;
}

sai_status jobs_add_metrics(struct jobs *jobs, struct sai_id user_id, struct sai_arena *arena, struct job *ret_job,
                            struct sai_err *err)
{
        bool existing;
        char hex[SAI_ID_HEX + 1];
        sai_id_format(user_id, hex);
        *ret_job = (struct job) { .kind = JOB_METRICS,
                                  .user_id = user_id,
                                  .dedupe_key = sai_arena_printf(arena, "metrics:%s", hex) };
        return jobs_add(jobs, ret_job, NULL, NULL, arena, &existing, err);
}
