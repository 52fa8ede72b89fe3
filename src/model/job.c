/* job.c -- the table of job.h. */
#include "model/job.h"

static const char *const job_kind_values[] = {
#define X(kind, name, priority) name,
        JOB_KIND_LIST(X)
#undef X
                NULL
};
const struct sai_enumeration job_kind_names = { "JobKind", job_kind_values };

static const int64_t job_kind_priorities[] = {
#define X(kind, name, priority) priority,
        JOB_KIND_LIST(X)
#undef X
};

int64_t job_kind_priority(enum job_kind kind) { return job_kind_priorities[kind]; }

static const char *const job_status_values[] = { "queued", "running", "waiting", "done", "failed", "cancelled", NULL };
const struct sai_enumeration job_status_names = { "JobStatus", job_status_values };

static const struct sai_field progress_fields[] = {
        SAI_FIELD(struct job_progress, done, .doc = "Steps done"),
        SAI_FIELD(struct job_progress, total, .doc = "Steps in all, where known"),
        SAI_FIELD(struct job_progress, percentage, .min = 0, .max = 100, .decimals = 1, .doc = "Share done"),
};
static const struct sai_model progress_model = SAI_MODEL_OF(struct job_progress, progress_fields, "JobProgress");

#define ROW(m, ...) SAI_FIELD(struct job, m, __VA_ARGS__)
static const struct sai_field job_fields[] = {
        ROW(id, .flags = SAI_F_KEY | SAI_F_COLUMN, .doc = "Id of the job"),
        ROW(kind, .enumeration = &job_kind_names, .flags = SAI_F_COLUMN, .doc = "What it does"),
        ROW(status, .enumeration = &job_status_names, .flags = SAI_F_COLUMN,
            .doc = "`waiting` is for a rate limit; a job that gave up after its last try is `failed`"),
        SAI_MODEL(struct job, progress, &progress_model, .doc = "How far it is"),
        ROW(result, .doc = "What came of it, by kind; null until done", .example = "null"),
        ROW(error, .doc = "Problem document of a failed job", .example = "null"),
        ROW(rate_limited_until, .doc = "When Strava's limit ends that it waits for"),
        ROW(created_at, .flags = SAI_F_COLUMN, .doc = "When it was asked for"),
        ROW(started_at, .doc = "When it first ran"),
        ROW(finished_at, .flags = SAI_F_COLUMN, .doc = "When it ended"),
        ROW(user_id, .flags = SAI_F_INTERNAL | SAI_F_COLUMN),
        ROW(dedupe_key, .flags = SAI_F_INTERNAL | SAI_F_NULLABLE),
        ROW(argument, .flags = SAI_F_INTERNAL),
        ROW(checkpoint, .flags = SAI_F_INTERNAL),
        ROW(priority, .flags = SAI_F_INTERNAL | SAI_F_COLUMN),
        ROW(tries, .flags = SAI_F_INTERNAL | SAI_F_COLUMN),
        ROW(run_after, .flags = SAI_F_INTERNAL | SAI_F_COLUMN),
        ROW(lease_owner, .flags = SAI_F_INTERNAL | SAI_F_NULLABLE),
        ROW(lease_until, .flags = SAI_F_INTERNAL | SAI_F_COLUMN),
        ROW(fencing, .flags = SAI_F_INTERNAL | SAI_F_COLUMN),
        ROW(settled, .flags = SAI_F_INTERNAL),
        ROW(live, .flags = SAI_F_INTERNAL | SAI_F_COLUMN),
        ROW(revision, .flags = SAI_F_INTERNAL | SAI_F_COLUMN),
};
const struct sai_model job_model =
        SAI_MODEL_OF(struct job, job_fields, "Job", .collection = "jobs", .doc = "Work that outlives a request");
