/* jobs.c -- the queue: rows with a lease.
 *
 * A dedupe key is a claim on the job's id. Three steps make such a job, none of them in one transaction with another: the row is
 * written but not live, the claim is taken, the row is made live. Whoever meets a claim whose row is not live yet finishes the last step
 * for the one who has not come to it (or died before), so there is never a second job and never a lost one. A claim whose job has
 * ended, or is gone, is left from a crash before the release: it is released and the key tried again. */
#include "store/store_internal.h"

enum { CLAIM_KEY = 512, CLAIM_ROUNDS = 8 };

static sai_status claim_key(const char *dedupe_key, char out[CLAIM_KEY], struct sai_err *err)
{
        int len = snprintf(out, CLAIM_KEY, "job:%s", dedupe_key);
        if (len < 0 || len >= CLAIM_KEY)
                return sai_fail(err, SAI_INVALID, "the job's dedupe key is too long");
        return SAI_OK;
}

static void fill_new(struct store *store, struct job *job)
{
        if (sai_id_is_zero(job->id))
                job->id = store_new_id(store);
        if (job->created_at.ms == 0)
                job->created_at.ms = sai_now_ms(&store->clock);
        if (job->priority == 0)
                job->priority = job_kind_priority((enum job_kind)job->kind);
        job->lease_owner = NULL;
        job->lease_until.ms = 0;
        job->fencing = 0;
        job->settled = SAI_SOME(sai_opt_i64, 0);
        job->revision = 1;
}

static sai_status insert(struct store *store, struct job *job, bool live, struct sai_err *err)
{
        job->live = live;
        return store->backend->ops->insert(store->backend, COLLECTION_JOBS, job, err);
}

/* Live when it was made and not ended: false tells that it ended in the meantime. */
static sai_status enliven(struct store *store, struct sai_id id, struct sai_err *err)
{
        const struct request request = {
                .query = QUERY_JOB_ENLIVEN,
                .values = VALUES(V_ID(id), V_INTEGER(0), V_NONE, V_INTEGER(1)),
        };
        sai_status status = store->backend->ops->change(store->backend, &request, NULL, NULL, err);
        return status == SAI_NOT_FOUND ? SAI_OK : status;
}

static sai_status drop_prepared(struct store *store, struct sai_id id, struct sai_err *err)
{
        return store_remove(store, QUERY_JOB_DROP, VALUES(V_ID(id), V_INTEGER(0)), NULL, err);
}

/* The job that holds the key, when it is one that lives (or is made to live now); SAI_NOT_FOUND when the claim is a dead one's. */
static sai_status holder_job(struct store *store, struct sai_id holder, struct sai_arena *arena, struct job *ret_job,
                             struct sai_err *err)
{
        sai_status status = store_get(store, QUERY_JOB_BY_ID, VALUES(V_ID(holder)), arena, ret_job, err);
        if (status != SAI_OK)
                return status;
        if (SAI_HAS(ret_job->finished_at))
                return sai_fail(err, SAI_NOT_FOUND, "the job has ended");
        if (ret_job->live)
                return SAI_OK;
        ret_job->live = true;
        return enliven(store, holder, err);
}

static sai_status add_unique(struct store *store, struct job *job, struct sai_arena *arena, bool *ret_existing,
                             struct sai_err *err)
{
        char key[CLAIM_KEY];
        sai_status status = claim_key(job->dedupe_key, key, err);
        if (status == SAI_OK)
                status = insert(store, job, false, err);
        if (status != SAI_OK)
                return status;
        for (int i = 0; i < CLAIM_ROUNDS; i++) {
                struct sai_id holder;
                struct job existing;
                status = store_claim(store, key, job->id, &holder, err);
                if (status == SAI_OK) {
                        job->live = true;
                        return enliven(store, job->id, err);
                }
                if (status == SAI_CONFLICT)
                        status = holder_job(store, holder, arena, &existing, err);
                if (status == SAI_OK) {
                        status = drop_prepared(store, job->id, err);
                        *job = existing;
                        *ret_existing = true;
                        return status;
                }
                if (status == SAI_NOT_FOUND)
                        status = store_release(store, key, holder, err);
                if (status != SAI_OK)
                        return status;
        }
        return sai_fail(err, SAI_UNAVAILABLE, "the job's key changes hands too often");
}

sai_status store_job_add(struct store *store, struct job *job, struct sai_arena *arena, bool *ret_existing, struct sai_err *err)
{
        if (job->kind < 0 || job->kind >= JOB_KIND_COUNT)
                return sai_fail(err, SAI_INVALID, "no such kind of job");
        fill_new(store, job);
        *ret_existing = false;
        if (job->dedupe_key)
                return add_unique(store, job, arena, ret_existing, err);
        return insert(store, job, true, err);
}

sai_status store_job_claim(struct store *store, uint32_t kinds, const char *owner, int64_t lease_ms, struct sai_arena *arena,
                           struct job *ret_job, struct sai_err *err)
{
        int64_t kind[JOB_KIND_COUNT];
        size_t count = 0;
        for (int i = 0; i < JOB_KIND_COUNT; i++)
                if (kinds & (1u << i))
                        kind[count++] = i;
        if (count == 0)
                return sai_fail(err, SAI_NOT_FOUND, "no kind of job was asked for");
        int64_t now = sai_now_ms(&store->clock);
        const struct request request = {
                .query = QUERY_JOB_CLAIM,
                .values = VALUES(V_INTEGER(1), { .kind = VALUE_INTEGERS, .count = count, .integers = kind }, V_INTEGER(now),
                                 V_INTEGER(now), V_TEXT(owner), V_INTEGER(now + lease_ms), V_INTEGER(JOB_RUNNING), V_INTEGER(1),
                                 V_INTEGER(1)),
        };
        return store->backend->ops->change(store->backend, &request, arena, ret_job, err);
}

/* Writes the job when the fencing number is still its own. A failure leaves *job as it was. */
static sai_status replace(struct store *store, struct job *job, const struct job *next, struct sai_err *err)
{
        const struct request request = {
                .query = QUERY_JOB_REPLACE,
                .values = VALUES(V_ID(job->id), V_INTEGER(job->fencing), V_INTEGER(1)),
        };
        sai_status status = store->backend->ops->replace(store->backend, &request, next, err);
        if (status == SAI_OK)
                *job = *next;
        return status;
}

sai_status store_job_save(struct store *store, struct job *job, int64_t lease_ms, struct sai_err *err)
{
        struct job next = *job;
        next.live = true;
        next.lease_until.ms = sai_now_ms(&store->clock) + lease_ms;
        next.revision++;
        return replace(store, job, &next, err);
}

sai_status store_job_renew(struct store *store, struct sai_id user_id, struct sai_id id, const char *owner, int64_t lease_ms,
                           struct sai_err *err)
{
        const struct request request = {
                .query = QUERY_JOB_RENEW,
                .values = VALUES(V_ID(id), V_ID(user_id), V_INTEGER(1), V_TEXT(owner),
                                 V_INTEGER(sai_now_ms(&store->clock) + lease_ms)),
        };
        sai_status status = store->backend->ops->change(store->backend, &request, NULL, NULL, err);
        return status == SAI_NOT_FOUND ? sai_fail(err, SAI_CONFLICT, "the job's lease went to another") : status;
}

sai_status store_job_release(struct store *store, struct job *job, struct sai_err *err)
{
        struct job next = *job;
        next.live = true;
        next.lease_owner = NULL;
        next.lease_until.ms = 0;
        next.revision++;
        return replace(store, job, &next, err);
}

sai_status store_job_finish(struct store *store, struct job *job, struct sai_err *err)
{
        if (job->status != JOB_DONE && job->status != JOB_FAILED && job->status != JOB_CANCELLED)
                return sai_fail(err, SAI_INVALID, "a job ends done, failed or cancelled");
        char key[CLAIM_KEY];
        if (job->dedupe_key) {
                sai_status status = claim_key(job->dedupe_key, key, err);
                if (status != SAI_OK)
                        return status;
        }
        struct job next = *job;
        next.live = false;
        next.lease_owner = NULL;
        next.lease_until.ms = 0;
        if (!SAI_HAS(next.finished_at))
                next.finished_at = (struct sai_opt_instant) { .value.ms = sai_now_ms(&store->clock), .has = SAI_VALUE };
        next.revision++;
        sai_status status = replace(store, job, &next, err);
        if (status == SAI_OK && job->dedupe_key)
                status = store_release(store, key, job->id, err);
        return status;
}

sai_status store_job_leased(struct store *store, size_t limit, struct sai_arena *arena, struct job **ret_items, size_t *ret_count,
                            struct sai_err *err)
{
        const struct request request = { .query = QUERY_JOB_LEASED,
                                         .values = VALUES(V_INTEGER(1), V_INTEGER(0)),
                                         .limit = limit };
        return store_find(store, &request, arena, (void **)ret_items, ret_count, err);
}

sai_status store_job_get(struct store *store, struct sai_id user_id, struct sai_id id, struct sai_arena *arena,
                         struct job *ret_job, struct sai_err *err)
{
        return store_get(store, QUERY_JOB_GET, VALUES(V_ID(id), V_ID(user_id)), arena, ret_job, err);
}

sai_status store_job_list(struct store *store, struct sai_id user_id, int kind, int status, struct sai_id after, size_t limit,
                          struct sai_arena *arena, struct job **ret_items, size_t *ret_count, struct sai_err *err)
{
        const struct request request = {
                .query = QUERY_JOB_LIST,
                .values = VALUES(V_ID(user_id), kind < 0 ? V_NONE : V_INTEGER(kind), status < 0 ? V_NONE : V_INTEGER(status)),
                .after = VALUES(V_ID(sai_id_is_zero(after) ? store_edge_id(true) : after)),
                .descending = true,
                .limit = limit,
        };
        return store_find(store, &request, arena, (void **)ret_items, ret_count, err);
}

/* -- For operators -------------------------------------------------------------------------------------------------- */

sai_status store_job_by_id(struct store *store, struct sai_id id, struct sai_arena *arena, struct job *ret_job,
                           struct sai_err *err)
{
        return store_get(store, QUERY_JOB_BY_ID, VALUES(V_ID(id)), arena, ret_job, err);
}

static bool lives(enum job_status status) { return status == JOB_QUEUED || status == JOB_RUNNING || status == JOB_WAITING; }

sai_status store_job_of_status(struct store *store, enum job_status status, const struct job *after, size_t limit,
                               struct sai_arena *arena, struct job **ret_items, size_t *ret_count, struct sai_err *err)
{
        const struct request request = {
                .query = QUERY_JOB_OF_STATUS,
                .values = VALUES(V_INTEGER(status), V_INTEGER(lives(status))),
                .after = VALUES(V_INTEGER(after ? after->created_at.ms : INT64_MIN),
                                V_ID(after ? after->id : store_edge_id(false))),
                .limit = limit,
        };
        return store_find(store, &request, arena, (void **)ret_items, ret_count, err);
}

/* Replaces the job where fencing number and liveness are still those that were read. */
static sai_status replace_as_read(struct store *store, struct job *job, const struct job *next, struct sai_err *err)
{
        const struct request request = {
                .query = QUERY_JOB_REPLACE,
                .values = VALUES(V_ID(job->id), V_INTEGER(job->fencing), V_INTEGER(job->live)),
        };
        sai_status status = store->backend->ops->replace(store->backend, &request, next, err);
        if (status == SAI_OK)
                *job = *next;
        return status;
}

/* The key first, the row that lives last: a claim whose job has not come to life is released by whoever meets it. */
sai_status store_job_retry(struct store *store, struct job *job, struct sai_err *err)
{
        if (job->live)
                return sai_fail(err, SAI_CONFLICT, "the job is %s", job_status_names.values[job->status]);
        if (job->status != JOB_FAILED && job->status != JOB_CANCELLED)
                return sai_fail(err, SAI_INVALID, "the job is %s: there is nothing to try again",
                                job_status_names.values[job->status]);
        if (job->dedupe_key) {
                char key[CLAIM_KEY];
                struct sai_id holder;
                sai_status status = claim_key(job->dedupe_key, key, err);
                if (status == SAI_OK)
                        status = store_claim(store, key, job->id, &holder, err);
                if (status == SAI_CONFLICT)
                        return sai_fail(err, SAI_CONFLICT, "another job does this already");
                if (status != SAI_OK)
                        return status;
        }
        struct job next = *job;
        next.live = true;
        next.status = JOB_QUEUED;
        next.tries = 0;
        next.fencing++; /* a worker that was dropped and does not know it yet holds the old number */
        next.settled = SAI_SOME(sai_opt_i64, next.fencing);
        next.run_after.ms = sai_now_ms(&store->clock);
        next.finished_at = (struct sai_opt_instant) { 0 };
        next.rate_limited_until = (struct sai_opt_instant) { 0 };
        next.error = (struct sai_json) { 0 };
        next.revision++;
        return replace_as_read(store, job, &next, err);
}

sai_status store_job_drop(struct store *store, struct job *job, struct sai_err *err)
{
        if (job->live) {
                struct job cancelled = *job;
                cancelled.status = JOB_CANCELLED;
                sai_status status = store_job_finish(store, &cancelled, err);
                if (status == SAI_OK)
                        *job = cancelled;
                return status;
        }
        int64_t count = 0;
        sai_status status = store_remove(store, QUERY_JOB_DROP, VALUES(V_ID(job->id), V_INTEGER(0)), &count, err);
        return status == SAI_OK && count == 0 ? sai_fail(err, SAI_CONFLICT, "the job is live again") : status;
}

static sai_status count_status(struct store *store, enum job_status status, bool live, int64_t *ret_count, struct sai_err *err)
{
        const struct request request = { .query = QUERY_JOB_STATUS, .values = VALUES(V_INTEGER(status), V_INTEGER(live)) };
        return store->backend->ops->count(store->backend, &request, ret_count, err);
}

sai_status store_job_counts(struct store *store, struct job_counts *ret_counts, struct sai_err *err)
{
        struct job_counts counts = { 0 };
        sai_status status = count_status(store, JOB_QUEUED, true, &counts.queued, err);
        if (status == SAI_OK)
                status = count_status(store, JOB_RUNNING, true, &counts.running, err);
        if (status == SAI_OK)
                status = count_status(store, JOB_WAITING, true, &counts.waiting, err);
        if (status == SAI_OK)
                status = count_status(store, JOB_FAILED, false, &counts.failed, err);
        if (status != SAI_OK)
                return status;
        struct job oldest;
        status = store_get(store, QUERY_JOB_OLDEST, VALUES(V_INTEGER(JOB_QUEUED), V_INTEGER(1)), NULL, &oldest, NULL);
        if (status == SAI_OK)
                counts.oldest_age_ms = sai_now_ms(&store->clock) - oldest.created_at.ms;
        else if (status != SAI_NOT_FOUND)
                return sai_fail(err, status, "the oldest job cannot be read");
        *ret_counts = counts;
        return SAI_OK;
}

sai_status store_job_sweep(struct store *store, struct sai_instant before, int64_t *ret_count, struct sai_err *err)
{
        int64_t ended = 0;
        sai_status status = store_remove(store, QUERY_JOB_ENDED, VALUES(V_INTEGER(before.ms), V_INTEGER(0)), &ended, err);
        /* What died between the first and the second step of an add. */
        if (status == SAI_OK)
                status = store_remove(store, QUERY_JOB_STILLBORN,
                                      VALUES(V_INTEGER(JOB_QUEUED), V_INTEGER(0), V_INTEGER(before.ms), V_NONE), NULL, err);
        if (status == SAI_OK)
                *ret_count = ended;
        return status;
}
