/* job.h -- work that outlives a request: a row with a lease.
 *
 * A worker claims a job for a while (the lease) under a fencing number that grows with every claim; each write of the job's end names the
 * number, so a worker that lost its lease cannot write. Every kind is safe to run twice. */
#ifndef SAI_MODEL_JOB_H
#define SAI_MODEL_JOB_H

#include "json/model.h"

/* clang-format off */
/*        enum      name       priority: lower runs first */
#define JOB_KIND_LIST(X)            \
        X(SYNC,     "sync",     20) \
        X(IMPORT,   "import",   10) \
        X(METRICS,  "metrics",  30) \
        X(INSIGHT,  "insight",  15) \
        X(EXPIRY,   "expiry",   40) \
        X(RESET_MAIL, "reset_mail", 5) \
        X(UNLINK, "unlink", 12)
/* clang-format on */

enum job_kind {
#define X(kind, name, priority) JOB_##kind,
        JOB_KIND_LIST(X)
#undef X
                JOB_KIND_COUNT
};
extern const struct sai_enumeration job_kind_names;
int64_t job_kind_priority(enum job_kind kind);

enum job_status { JOB_QUEUED, JOB_RUNNING, JOB_WAITING, JOB_DONE, JOB_FAILED, JOB_CANCELLED };
extern const struct sai_enumeration job_status_names;

struct job_progress {
        int64_t done;
        struct sai_opt_i64 total;
        struct sai_opt_f64 percentage;
};

struct job {
        struct sai_id id;
        int kind; /* enum job_kind */
        int status; /* enum job_status; waiting: for a rate limit */
        struct job_progress progress;
        struct sai_json result; /* of a job that is done; null before */
        struct sai_json error; /* problem document of a job that failed */
        struct sai_opt_instant rate_limited_until;
        struct sai_instant created_at;
        struct sai_opt_instant started_at, finished_at;
        /* internal */
        struct sai_id user_id; /* zero: the service's own */
        const char *dedupe_key; /* one live job a key: claim `job:<key>` */
        struct sai_json argument; /* what to do, made and read by the job's own file */
        struct sai_json checkpoint; /* where a killed run goes on */
        int64_t priority;
        int64_t tries;
        struct sai_instant run_after; /* not before */
        const char *lease_owner;
        struct sai_instant lease_until; /* zero: nobody has it */
        int64_t fencing;
        struct sai_opt_i64
                settled; /* fencing number of the last claim that saved progress or gave the job back; those after it died */
        bool live; /* queued, running or waiting: what a worker looks for */
        int64_t revision;
};
extern const struct sai_model job_model;

#endif
