/* sync.c -- brings in an athlete's activities from Strava.
 *
 * Three phases, each resumable from the checkpoint: profile and zones; the list, oldest first, by time (a page begins where the last one ended, so
 * activities that appear meanwhile shift nothing) ; then the streams, newest first, because the athlete looks at those first. Each activity
 * is a source upserted by its Strava id, so a repeat repeats nothing. Limits are obeyed by waiting as a job, not as a thread. A 401 is answered with
 * one refresh; a second one means that the athlete must connect again. Activities that cannot be read are counted and left out, never the page.
 *
 * Data from the API may be kept for 7 days: a listing of everything renews what is still there, and streams older than a day are fetched
 * again with it. What Strava does not list any more is not renewed and expires. */
#include "jobs/sync_internal.h"

#include "base/limits.h"
#include "training/convert.h"

enum {
        PAGE = 200,
        OVERLAP_S = 7 * 24 * 3600, /* late uploads: look a week back (reference 6.1) */
        RELIST_MS = 3 * 24 * 3600 * 1000, /* list everything again after so long: well before 7 days */
        STREAMS_FRESH_MS = 24 * 3600 * 1000,
        STREAMS_BATCH = 10, /* activities between two data versions: the page shows them coming in */
        SAME_SECOND = 16, /* activities of one athlete that begin in one second: two devices, or a mistake */
};

enum phase { PHASE_PROFILE, PHASE_LIST, PHASE_STREAMS, PHASE_DONE };

static const struct sai_field argument_fields[] = {
        SAI_FIELD(struct sync_argument, full),
        SAI_FIELD(struct sync_argument, after),
};
static const struct sai_model argument_model = SAI_MODEL_OF(struct sync_argument, argument_fields, "SyncArgument");

static const struct sai_field state_fields[] = {
        SAI_FIELD(struct sync_state, phase),
        SAI_FIELD(struct sync_state, everything),
        SAI_FIELD(struct sync_state, after_s),
        SAI_FIELD(struct sync_state, last_s),
        SAI_FIELD(struct sync_state, listed),
        SAI_FIELD(struct sync_state, created),
        SAI_FIELD(struct sync_state, updated),
        SAI_FIELD(struct sync_state, joined),
        SAI_FIELD(struct sync_state, refused),
        SAI_FIELD(struct sync_state, streams),
        SAI_FIELD(struct sync_state, without_streams),
        SAI_FIELD(struct sync_state, streams_total),
        SAI_ARRAY(struct sync_state, last_ids, SAI_K_I64),
};
static const struct sai_model state_model = SAI_MODEL_OF(struct sync_state, state_fields, "SyncState");

struct sync_result {
        int64_t fetched, created, updated, joined, refused, streams, without_streams;
};
static const struct sai_field result_fields[] = {
        SAI_FIELD(struct sync_result, fetched),         SAI_FIELD(struct sync_result, created),
        SAI_FIELD(struct sync_result, updated),         SAI_FIELD(struct sync_result, joined),
        SAI_FIELD(struct sync_result, refused),         SAI_FIELD(struct sync_result, streams),
        SAI_FIELD(struct sync_result, without_streams),
};
static const struct sai_model result_model = SAI_MODEL_OF(struct sync_result, result_fields, "SyncResult");

static sai_status save(struct sync *sync, struct sai_err *err)
{
        struct sync_state *s = &sync->state;
        struct sai_opt_i64 total = { 0 };
        if (s->phase >= PHASE_STREAMS)
                total = SAI_SOME(sai_opt_i64, s->listed + s->streams_total);
        run_progress(sync->run, s->listed + s->streams + s->without_streams, total);
        sai_status status = run_encode(sync->run, &state_model, s, &sync->run->job->checkpoint, err);
        return status == SAI_OK ? run_save(sync->run, err) : status;
}

/* -- The list -------------------------------------------------------------------------------------------------------------------- */

struct page_step {
        struct strava_list list;
        struct strava_page page;
};

static sai_status step_page(struct sync *sync, const struct strava_call *call, void *context, struct strava_error *reterr)
{
        struct page_step *step = context;
        return strava_list_activities(sync->run->jobs->config.strava, call, &step->list, sync->arena, &step->page, reterr);
}

/* Streams that were fetched within a day serve on; older ones are fetched again with the summary, so that no part is kept too long. */
static sai_status keep_recent_streams(struct sync *sync, struct incoming *incoming, struct sai_err *err)
{
        struct source before;
        sai_status status = store_source_get(sync->store, sync->user_id, incoming->key, sync->arena, &before, err);
        if (status == SAI_NOT_FOUND)
                return SAI_OK;
        if (status != SAI_OK)
                return status;
        int64_t age = sai_now_ms(&sync->run->jobs->config.clock) - before.fetched_at.ms;
        if (age < STREAMS_FRESH_MS && incoming->streams_pending && !sync->argument.full)
                incoming->streams_pending = before.streams_pending;
        return SAI_OK;
}

/* Whether the page before brought it already: pages overlap by a second. */
static bool is_taken(const struct sync *sync, int64_t id)
{
        const int64_t *ids = sync->state.last_ids.items;
        for (size_t i = 0; i < sync->state.last_ids.count; i++)
                if (ids[i] == id)
                        return true;
        return false;
}

static sai_status take_activity(struct sync *sync, const struct strava_activity *activity, struct sai_err *err)
{
        struct incoming incoming;
        struct sai_id activity_id;
        enum ingest_outcome outcome;
        if (is_taken(sync, activity->id))
                return SAI_OK;
        if (incoming_from_strava(activity, sync->arena, &incoming, err) != SAI_OK) {
                sync->state.refused++;
                return SAI_OK;
        }
        sai_status status = keep_recent_streams(sync, &incoming, err);
        if (status != SAI_OK)
                return status;
        status = training_ingest(sync->training, sync->user_id, &incoming, sync->arena, &activity_id, &outcome, err);
        if (status != SAI_OK)
                return status;
        sync->state.created += outcome == INGEST_CREATED;
        sync->state.updated += outcome == INGEST_UPDATED;
        sync->state.joined += outcome == INGEST_JOINED;
        sync->state.listed++;
        return SAI_OK;
}

/* Keeps which activities began in the last second of the page: they come again with the next one. */
static sai_status remember_last(struct sync *sync, const struct strava_page *page, int64_t last_s)
{
        int64_t *ids = SAI_NEW_ARRAY(sync->run->arena, int64_t, SAME_SECOND);
        size_t count = 0;
        if (!ids)
                return SAI_NO_MEMORY;
        for (size_t i = 0; i < page->count && count < SAME_SECOND; i++)
                if (page->items[i].start_date.ms / 1000 == last_s)
                        ids[count++] = page->items[i].id;
        sync->state.last_s = last_s;
        sync->state.last_ids = (struct sai_list) { ids, count };
        return SAI_OK;
}

/* One page. `after` is exclusive and counts seconds: the next page asks from before the last second of this one, in case two activities share it;
 * a page that brings nothing beyond that second ends the list. */
static sai_status sync_page(struct sync *sync, bool *ret_more, struct sai_err *err)
{
        struct page_step *step = SAI_NEW(sync->arena, struct page_step);
        if (!step)
                return sai_fail(err, SAI_NO_MEMORY, "page");
        int64_t last_s = sync->state.last_s;
        step->list = (struct strava_list) { .after = SAI_SOME(sai_opt_i64, last_s ? last_s - 1 : sync->state.after_s),
                                            .per_page = PAGE };
        sai_status status = sync_call(sync, step_page, step, err);
        if (status != SAI_OK)
                return status;
        for (size_t i = 0; i < step->page.count && status == SAI_OK; i++) {
                int64_t start_s = step->page.items[i].start_date.ms / 1000;
                if (start_s > last_s)
                        last_s = start_s;
                status = take_activity(sync, &step->page.items[i], err);
                if (status == SAI_OK && run_stopping(sync->run))
                        status = sai_fail(err, SAI_UNAVAILABLE, "the service is stopping");
        }
        sync->state.refused += (int64_t)step->page.refused_count;
        *ret_more = step->page.received > 0 && last_s > sync->state.last_s;
        if (status == SAI_OK && *ret_more && remember_last(sync, &step->page, last_s) != SAI_OK)
                status = sai_fail(err, SAI_NO_MEMORY, "page");
        return status;
}

static sai_status sync_list(struct sync *sync, struct sai_err *err)
{
        bool more = true;
        while (more) {
                sai_arena_reset(sync->arena);
                sai_status status = sync_page(sync, &more, err);
                /* Whatever ended the page: what it has brought must be seen. */
                sai_status touched = store_user_touch(sync->store, sync->user_id, status == SAI_OK ? err : NULL);
                if (status == SAI_OK)
                        status = touched;
                if (status == SAI_OK)
                        status = save(sync, err);
                if (status != SAI_OK)
                        return status;
        }
        return SAI_OK;
}

/* -- Streams --------------------------------------------------------------------------------------------------------------------- */

struct streams_step {
        int64_t id;
        struct streams streams;
};

static sai_status step_streams(struct sync *sync, const struct strava_call *call, void *context, struct strava_error *reterr)
{
        struct streams_step *step = context;
        return strava_get_streams(sync->run->jobs->config.strava, call, step->id, sync->arena, &step->streams, NULL, reterr);
}

static sai_status take_streams(struct sync *sync, struct source *source, struct sai_err *err)
{
        struct streams_step step = { .id = source->document.strava_activity_id.value };
        sai_status status = sync_call(sync, step_streams, &step, err);
        bool none = status == SAI_NOT_FOUND || (status == SAI_OK && step.streams.count == 0);
        if (status != SAI_OK && !none)
                return status;
        status = training_add_streams(sync->training, source, none ? NULL : &step.streams, sync->arena, err);
        sync->state.streams += !none;
        sync->state.without_streams += none;
        return status;
}

static sai_status count_pending(struct sync *sync, struct sai_err *err)
{
        struct source *sources;
        size_t count;
        sai_arena_reset(sync->arena);
        sai_status status =
                store_source_pending(sync->store, sync->user_id, SAI_MAX_ATHLETE_ACTIVITIES, sync->arena, &sources, &count, err);
        if (status == SAI_OK)
                sync->state.streams_total = (int64_t)count + sync->state.streams + sync->state.without_streams;
        return status;
}

static sai_status sync_streams(struct sync *sync, struct sai_err *err)
{
        sai_status status = count_pending(sync, err);
        while (status == SAI_OK) {
                struct source *sources;
                size_t count;
                sai_arena_reset(sync->arena);
                status = store_source_pending(sync->store, sync->user_id, STREAMS_BATCH, sync->arena, &sources, &count, err);
                if (status != SAI_OK || count == 0)
                        return status;
                for (size_t i = 0; i < count && status == SAI_OK; i++) {
                        status = take_streams(sync, &sources[i], err);
                        if (status == SAI_OK && run_stopping(sync->run))
                                status = sai_fail(err, SAI_UNAVAILABLE, "the service is stopping");
                }
                sai_status touched = store_user_touch(sync->store, sync->user_id, status == SAI_OK ? err : NULL);
                sai_status saved = status == SAI_OK ? touched : status;
                status = saved == SAI_OK ? save(sync, err) : saved;
        }
        return status;
}

/* -- The whole ---------------------------------------------------------------------------------------------------------------------- */

static sai_status begin_list(struct sync *sync, struct sai_err *err)
{
        struct user user;
        sai_status status = store_user_get(sync->store, sync->user_id, sync->arena, &user, err);
        if (status != SAI_OK)
                return status;
        int64_t now = sai_now_ms(&sync->run->jobs->config.clock);
        bool stale = !SAI_HAS(user.last_full_listing) || now - user.last_full_listing.value.ms > RELIST_MS;
        sync->state.everything =
                !SAI_HAS(sync->argument.after) && (sync->argument.full || stale || !SAI_HAS(user.last_activity_sync));
        /* Counted from the sync before, not from the newest activity: that may be a file's, of today or of a watch that is ahead of its time. */
        if (sync->state.everything)
                sync->state.after_s = 0;
        else if (SAI_HAS(sync->argument.after))
                sync->state.after_s = sync->argument.after.value.ms / 1000;
        else
                sync->state.after_s = user.last_activity_sync.value.ms / 1000 - OVERLAP_S;
        if (sync->state.after_s < 0)
                sync->state.after_s = 0;
        sync->state.phase = PHASE_LIST;
        return save(sync, err);
}

/* Where the athlete trains is where their days begin and end, until they say otherwise: the zone of the newest activity that names one. */
static sai_status take_zone(struct sync *sync, struct user *user, struct sai_err *err)
{
        struct activity *newest;
        size_t count;
        const struct activity_filter all = { 0 };
        if (user->timezone_given)
                return SAI_OK;
        sai_status status = store_activity_list(sync->store, sync->user_id, &all, SORT_START_DATE, true, NULL, 1, sync->arena,
                                                &newest, &count, err);
        if (status == SAI_OK && count == 1 && newest[0].timezone && sai_zone_find(newest[0].timezone))
                user->preferences.timezone = newest[0].timezone;
        return status;
}

static sai_status change_synced(struct sync *sync, struct user *user, void *context)
{
        sai_status status = take_zone(sync, user, context);
        if (status != SAI_OK)
                return status;
        struct sai_instant now = { sai_now_ms(&sync->run->jobs->config.clock) };
        user->last_activity_sync = SAI_SOME(sai_opt_instant, now);
        if (sync->state.everything)
                user->last_full_listing = SAI_SOME(sai_opt_instant, now);
        return SAI_OK;
}

static sai_status finish(struct sync *sync, struct sai_err *err)
{
        const struct sync_state *s = &sync->state;
        struct sync_result result = { s->listed, s->created, s->updated, s->joined, s->refused, s->streams, s->without_streams };
        sai_arena_reset(sync->arena);
        sai_status status = sync_change_user(sync, change_synced, err, err);
        int64_t changed;
        if (status == SAI_OK)
                status = training_refresh(sync->training, sync->user_id, NULL, NULL, &changed, err);
        if (status == SAI_OK)
                status = run_encode(sync->run, &result_model, &result, &sync->run->job->result, err);
        if (status == SAI_OK)
                sai_log(sync->run->jobs->config.log, SAI_LOG_INFO, "sync.done", SAI_LOG_ID("user_id", sync->user_id),
                        SAI_LOG_INT("listed", s->listed), SAI_LOG_INT("created", s->created), SAI_LOG_INT("streams", s->streams));
        return status;
}

static sai_status run_phases(struct sync *sync, struct sai_err *err)
{
        sai_status status = sync->state.phase == PHASE_PROFILE ? SAI_OK : sync_learn_limits(sync, err);
        if (status == SAI_OK && sync->state.phase == PHASE_PROFILE) {
                status = sync_profile(sync, err);
                if (status == SAI_OK)
                        status = begin_list(sync, err);
        }
        if (status == SAI_OK && sync->state.phase == PHASE_LIST) {
                status = sync_list(sync, err);
                sync->state.phase = status == SAI_OK ? PHASE_STREAMS : PHASE_LIST;
        }
        if (status == SAI_OK && sync->state.phase == PHASE_STREAMS)
                status = sync_streams(sync, err);
        return status == SAI_OK ? finish(sync, err) : status;
}

sai_status job_sync(struct run *run, struct sai_err *err)
{
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MAX_JOB_ARENA);
        if (!arena)
                return sai_fail(err, SAI_NO_MEMORY, "sync");
        struct sync sync = { .run = run,
                             .training = run->jobs->config.training,
                             .store = run->jobs->config.store,
                             .user_id = run->job->user_id,
                             .arena = arena };
        sai_status status = SAI_OK;
        if (run->job->argument.data)
                status = sai_model_decode(&argument_model, run->job->argument.data, run->job->argument.len, run->arena,
                                          &sync.argument, err);
        if (status == SAI_OK && run->job->checkpoint.data)
                status = sai_model_decode(&state_model, run->job->checkpoint.data, run->job->checkpoint.len, run->arena,
                                          &sync.state, err);
        return status == SAI_OK ? run_phases(&sync, err) : status;
}

sai_status jobs_add_sync(struct jobs *jobs, struct sai_id user_id, bool full, struct sai_opt_instant after,
                         struct sai_arena *arena, struct job *ret_job, bool *ret_existing, struct sai_err *err)
{
        char hex[SAI_ID_HEX + 1];
        sai_id_format(user_id, hex);
        struct sync_argument argument = { full, after };
        *ret_job = (struct job) { .kind = JOB_SYNC, .user_id = user_id, .dedupe_key = sai_arena_printf(arena, "sync:%s", hex) };
        return jobs_add(jobs, ret_job, &argument_model, &argument, arena, ret_existing, err);
}
