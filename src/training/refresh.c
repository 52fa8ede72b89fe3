/* refresh.c -- computes again what has become stale.
 *
 * A late import changes what the athlete's limits were estimated from, a new threshold changes every load after its day, a new version of a formula
 * changes everything: an activity whose parameters' hash differs from the one it was computed with is derived again. Evidence does not
 * depend on parameters, so one pass is enough. Efficiency scores compare with the 90 days before and come last. */
#include "training/training_internal.h"

#include "base/limits.h"

struct stale_row {
        struct sai_id id;
        struct sai_day day;
        int64_t hash;
};
struct collect {
        struct stale_row *rows;
        size_t count, capacity;
};

static sai_status collect_row(void *context, const struct activity *activity, struct sai_err *err)
{
        struct collect *collect = context;
        (void)err;
        if (collect->count < collect->capacity)
                collect->rows[collect->count++] = (struct stale_row) { activity->id, sai_local_day(activity->start_date_local),
                                                                       activity->metrics.parameters_hash };
        return SAI_OK;
}

/* Always from the store: the cached columns may be of a version that is not touched yet. */
static sai_status fresh_data(struct training *training, struct sai_id user_id, struct sai_arena *arena,
                             struct cache_entry **ret_entry, const struct athlete_data **ret_data, struct sai_err *err)
{
        struct user user;
        sai_status status = store_user_touch(training->store, user_id, err);
        if (status == SAI_OK)
                status = store_user_get(training->store, user_id, arena, &user, err);
        return status == SAI_OK ? training_data(training, &user, 0, ret_entry, ret_data, err) : status;
}

static sai_status refresh_row(struct training *training, struct sai_id user_id, const struct stale_row *row,
                              const struct athlete_data *data, struct sai_arena *arena, int64_t *changed, struct sai_err *err)
{
        struct athlete_parameters parameters;
        if (athlete_parameters_on(&data->history, row->day, arena, &parameters) != SAI_OK)
                return sai_fail(err, SAI_NO_MEMORY, "parameters");
        if (training_parameters_hash(&parameters) == row->hash)
                return SAI_OK;
        ++*changed;
        pthread_mutex_t *lock = training_lock(training, user_id);
        sai_status status = training_derive(training, user_id, row->id, (struct pending_change) { 0 }, data, arena, err);
        pthread_mutex_unlock(lock);
        return status;
}

static bool same_score(double computed, struct sai_opt_f64 kept)
{
        return isnan(computed) ? !SAI_HAS(kept) : SAI_HAS(kept) && fabs(computed - kept.value) < 1e-9;
}

static sai_status write_score(struct training *training, struct sai_id user_id, struct sai_id id, struct sai_opt_f64 score,
                              struct sai_err *err)
{
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MAX_REQUEST_ARENA);
        if (!arena)
                return sai_fail(err, SAI_NO_MEMORY, "scores");
        struct activity activity;
        pthread_mutex_t *lock = training_lock(training, user_id);
        sai_status status = store_activity_get(training->store, user_id, id, arena, &activity, err);
        if (status == SAI_OK) {
                activity.metrics.efficiency_score = score;
                status = store_activity_put(training->store, &activity, err);
        }
        pthread_mutex_unlock(lock);
        return status == SAI_NOT_FOUND ? SAI_OK : status;
}

static sai_status write_scores(struct training *training, struct sai_id user_id, int64_t *changed, struct sai_err *err)
{
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MAX_REQUEST_ARENA);
        SAI_CLEANUP(cache_entry_release_p) struct cache_entry *entry = NULL;
        const struct athlete_data *data;
        if (!arena)
                return sai_fail(err, SAI_NO_MEMORY, "scores");
        sai_status status = fresh_data(training, user_id, arena, &entry, &data, err);
        if (status != SAI_OK)
                return status;
        const struct athlete_columns *columns = data->columns;
        double *scratch = SAI_NEW_ARRAY(arena, double, columns->count + 1);
        if (!scratch)
                return sai_fail(err, SAI_NO_MEMORY, "scores");
        for (size_t i = 0; i < columns->count && status == SAI_OK; i++) {
                struct efficiency_score score = efficiency_score(columns, i, scratch);
                struct sai_opt_f64 kept = sai_opt_from_nan(columns->efficiency_score[i]);
                if (same_score(sai_opt_or_nan(score.score), kept))
                        continue;
                status = write_score(training, user_id, columns->id[i], score.score, err);
                ++*changed;
        }
        return status;
}

sai_status training_refresh(struct training *training, struct sai_id user_id, training_progress progress, void *context,
                            int64_t *ret_changed, struct sai_err *err)
{
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MAX_REQUEST_ARENA);
        SAI_CLEANUP(cache_entry_release_p) struct cache_entry *entry = NULL;
        const struct athlete_data *data;
        *ret_changed = 0;
        if (!arena)
                return sai_fail(err, SAI_NO_MEMORY, "refresh");
        sai_status status = fresh_data(training, user_id, arena, &entry, &data, err);
        if (status != SAI_OK)
                return status;
        struct collect collect = { .capacity = data->columns->count };
        collect.rows = SAI_NEW_ARRAY(arena, struct stale_row, collect.capacity + 1);
        if (!collect.rows)
                return sai_fail(err, SAI_NO_MEMORY, "refresh");
        status = store_activity_scan(training->store, user_id, collect_row, &collect, err);
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *row_arena = sai_arena_new(SAI_MAX_REQUEST_ARENA);
        if (!row_arena)
                return sai_fail(err, SAI_NO_MEMORY, "refresh");
        for (size_t i = 0; i < collect.count && status == SAI_OK; i++) {
                sai_arena_reset(row_arena);
                status = refresh_row(training, user_id, &collect.rows[i], data, row_arena, ret_changed, err);
                if (status == SAI_OK && progress)
                        status = progress(context, (int64_t)i + 1, (int64_t)collect.count, err);
        }
        if (status == SAI_OK)
                status = write_scores(training, user_id, ret_changed, err);
        if (status == SAI_OK)
                status = store_user_touch(training->store, user_id, err);
        return training_transient(status, err);
}
