/* derive.c -- the shown activity, computed from the places it came from.
 *
 * File before API, and of two of a kind the one with streams, then the older: the order decides field by field, so that a file's measured
 * distance and Strava's title can stand together, and each goes when its place goes. Metrics are computed with the streams of the first place
 * that has some. The row that exists keeps what only it knows: id, notes, when it came. */
#include "training/training_internal.h"

#include "analytics/activity_metrics.h"
#include "analytics/geography.h"
#include "base/limits.h"
#include "training/policy.h"
#include <stdlib.h>

#define OUTLINE_EPSILON_M 10.0

static int by_trust(const void *a, const void *b)
{
        const struct source *x = a, *y = b;
        if (x->kind != y->kind)
                return x->kind == SOURCE_FILE ? -1 : 1;
        if (SAI_HAS(x->streams_id) != SAI_HAS(y->streams_id))
                return SAI_HAS(x->streams_id) ? -1 : 1;
        if (x->fetched_at.ms != y->fetched_at.ms)
                return x->fetched_at.ms < y->fetched_at.ms ? -1 : 1;
        return sai_id_compare(x->id, y->id);
}

/* Members that say when and where belong together: they come from the first source as one, never mixed. Flags without a "not known" do too. */
static void fill_from(struct activity *to, const struct activity *from)
{
        for (size_t i = 0; i < activity_model.field_count; i++) {
                const struct sai_field *field = &activity_model.fields[i];
                bool plain = field->kind == SAI_K_BOOL || field->kind == SAI_K_INSTANT || field->kind == SAI_K_LOCAL ||
                             field->kind == SAI_K_ENUM || field->kind == SAI_K_ID || field->kind == SAI_K_I64 ||
                             field->kind == SAI_K_MODEL;
                if (plain && !field->optional)
                        continue;
                if (sai_field_present(field, to) || !sai_field_present(field, from))
                        continue;
                size_t size = 0;
                switch (field->kind) {
                case SAI_K_F64:
                        size = sizeof(struct sai_opt_f64);
                        break;
                case SAI_K_BOOL:
                        size = sizeof(struct sai_opt_bool);
                        break;
                case SAI_K_I64:
                        size = sizeof(struct sai_opt_i64);
                        break;
                case SAI_K_STR:
                        size = sizeof(const char *);
                        break;
                case SAI_K_ARRAY:
                case SAI_K_LIST:
                        size = sizeof(struct sai_list);
                        break;
                default:
                        continue; /* what only derivation fills */
                }
                memcpy(sai_field_at(field, to), sai_field_of(field, from), size);
        }
        if (!SAI_HAS(to->metrics.calories))
                to->metrics.calories = from->metrics.calories;
        if (!to->map.summary_polyline)
                to->map.summary_polyline = from->map.summary_polyline;
        to->commute = to->commute || from->commute;
}

static sai_status list_sources(struct activity *activity, const struct source *sources, size_t count, struct sai_arena *arena)
{
        struct activity_source_ref *refs = SAI_NEW_ARRAY(arena, struct activity_source_ref, count);
        if (!refs)
                return SAI_NO_MEMORY;
        bool has_file = false;
        struct sai_opt_instant latest = { 0 };
        for (size_t i = 0; i < count; i++) {
                refs[i] = (struct activity_source_ref) { sources[i].key, sources[i].kind, sources[i].fetched_at,
                                                         sources[i].expires_at };
                has_file |= sources[i].kind == SOURCE_FILE;
                if (SAI_HAS(sources[i].expires_at) && (!SAI_HAS(latest) || sources[i].expires_at.value.ms > latest.value.ms))
                        latest = sources[i].expires_at;
        }
        activity->sources = (struct sai_list) { refs, count };
        activity->expires_at = has_file ? (struct sai_opt_instant) { 0 } : latest;
        activity->source = sources[0].kind;
        return SAI_OK;
}

/* A file without an offset was given the athlete's own zone (its `timezone` says so; one with an offset names none). Where the API
 * recorded the same workout it knows the wall clock of the place: the athlete may have been travelling. */
static void correct_local_start(const struct source *sources, size_t count, struct activity *activity)
{
        if (sources[0].kind != SOURCE_FILE || !sources[0].document.timezone)
                return;
        for (size_t i = 1; i < count; i++) {
                const struct activity *other = &sources[i].document;
                if (sources[i].kind != SOURCE_STRAVA_API || !other->timezone)
                        continue;
                activity->start_date_local.ms = activity->start_date.ms + (other->start_date_local.ms - other->start_date.ms);
                activity->timezone = other->timezone;
                return;
        }
}

/* The document that the metrics are made from, with everything that the sources say. */
static sai_status merge(const struct source *sources, size_t count, struct sai_arena *arena, struct activity *ret)
{
        *ret = sources[0].document;
        for (size_t i = 1; i < count; i++)
                fill_from(ret, &sources[i].document);
        correct_local_start(sources, count, ret);
        for (size_t i = 0; i < count; i++) {
                if (SAI_HAS(sources[i].streams_id)) {
                        ret->streams_id = sources[i].streams_id;
                        break;
                }
        }
        for (size_t i = 0; i < count; i++) {
                if (sources[i].kind == SOURCE_FILE && SAI_HAS(sources[i].original_id)) {
                        ret->original_id = sources[i].original_id;
                        ret->original_name = sources[i].original_name;
                        break;
                }
        }
        return list_sources(ret, sources, count, arena);
}

static const struct source *source_of_streams(const struct source *sources, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                if (SAI_HAS(sources[i].streams_id))
                        return &sources[i];
        }
        return &sources[0];
}

/* The outline where no source brought one. */
static sai_status draw_outline(struct activity *activity, const struct streams *streams, struct sai_arena *arena)
{
        const double *lat = streams->channel[STREAM_LATITUDE], *lng = streams->channel[STREAM_LONGITUDE];
        if (activity->map.summary_polyline || !lat || !lng)
                return SAI_OK;
        double *x = SAI_NEW_ARRAY(arena, double, streams->count), *y = SAI_NEW_ARRAY(arena, double, streams->count);
        size_t *kept = SAI_NEW_ARRAY(arena, size_t, streams->count), n = 0;
        if (!x || !y || !kept)
                return SAI_NO_MEMORY;
        for (size_t i = 0; i < streams->count; i++) {
                if (!isnan(lat[i]) && !isnan(lng[i])) {
                        x[n] = lat[i];
                        y[n++] = lng[i];
                }
        }
        size_t count = n ? simplify_fixes(x, y, n, OUTLINE_EPSILON_M, arena, kept) : 0;
        for (size_t i = 0; i < count; i++) {
                x[i] = x[kept[i]];
                y[i] = y[kept[i]];
        }
        struct sai_buf buf;
        sai_buf_init(&buf, SAI_MIB(1));
        polyline_encode(x, y, count, &buf);
        if (count && sai_buf_status(&buf, NULL) == SAI_OK)
                activity->map.summary_polyline = sai_arena_strndup(arena, buf.data, buf.len);
        sai_buf_done(&buf);
        return SAI_OK;
}

static sai_status compute(struct training *training, const struct source *sources, size_t count, const struct athlete_data *data,
                          struct activity *activity, struct sai_arena *arena, struct sai_err *err)
{
        const struct source *from = source_of_streams(sources, count);
        struct streams streams = { 0 };
        sai_status status = SAI_OK;
        if (SAI_HAS(activity->streams_id)) {
                status = store_streams_get(training->store, activity->user_id, activity->streams_id.value, 0, arena, &streams,
                                           err);
                if (status != SAI_OK)
                        return status;
        }
        struct athlete_parameters parameters;
        status = athlete_parameters_on(&data->history, sai_local_day(activity->start_date_local), arena, &parameters);
        if (status != SAI_OK)
                return sai_fail(err, status, "parameters");
        struct activity_input input;
        status = training_metrics_input(activity, &from->recording, from->kind, streams.count ? &streams : NULL, &parameters,
                                        arena, &input, err);
        if (status != SAI_OK)
                return status;
        struct activity_metrics *metrics = SAI_NEW(arena, struct activity_metrics);
        if (!metrics || activity_metrics_compute(&input, arena, metrics) != SAI_OK)
                return sai_fail(err, SAI_NO_MEMORY, "metrics");
        status = training_apply_metrics(activity, metrics, training_parameters_hash(&parameters), arena, err);
        if (status == SAI_OK)
                status = training_best_efforts(activity, input.sport, streams.count ? &streams : NULL, arena, err);
        if (status == SAI_OK && draw_outline(activity, &streams, arena) != SAI_OK)
                status = sai_fail(err, SAI_NO_MEMORY, "outline");
        activity->has_heartrate = SAI_HAS(activity->average_heartrate);
        activity->has_power =
                SAI_HAS(activity->average_watts) && !(SAI_HAS(activity->device_watts) && !activity->device_watts.value);
        activity->has_gps = streams.channel[STREAM_LATITUDE] != NULL || activity->start_latlng.count == 2;
        return status;
}

static size_t apply_change(struct source *sources, size_t count, struct pending_change change)
{
        size_t kept = 0;
        for (size_t i = 0; i < count; i++) {
                if (change.removed && sai_id_equal(sources[i].id, change.removed->id))
                        continue;
                bool replaced = change.replaced && sai_id_equal(sources[i].id, change.replaced->id);
                sources[kept++] = replaced ? *change.replaced : sources[i];
        }
        return kept;
}

sai_status training_derive(struct training *training, struct sai_id user_id, struct sai_id activity_id,
                           struct pending_change change, const struct athlete_data *data, struct sai_arena *arena,
                           struct sai_err *err)
{
        struct source *sources;
        size_t count;
        sai_status status = store_source_list(training->store, user_id, activity_id, arena, &sources, &count, err);
        if (status != SAI_OK)
                return status;
        count = apply_change(sources, count, change);
        if (count == 0) {
                status = store_activity_delete(training->store, user_id, activity_id, err);
                return status == SAI_NOT_FOUND ? SAI_OK : status;
        }
        qsort(sources, count, sizeof *sources, by_trust);
        struct activity before, activity;
        status = store_activity_get(training->store, user_id, activity_id, arena, &before, err);
        bool exists = status == SAI_OK;
        if (status != SAI_OK && status != SAI_NOT_FOUND)
                return status;
        if (merge(sources, count, arena, &activity) != SAI_OK)
                return sai_fail(err, SAI_NO_MEMORY, "activity");
        int64_t now = sai_now_ms(&training->clock);
        activity.id = activity_id;
        activity.user_id = user_id;
        activity.updated_at.ms = now;
        activity.created_at.ms = exists ? before.created_at.ms : now;
        activity.revision = exists ? before.revision : 0;
        activity.notes = exists ? before.notes : NULL;
        if (exists)
                activity.metrics.efficiency_score = before.metrics.efficiency_score;
        if (!activity.name)
                activity.name = training_default_name(&activity, arena);
        status = compute(training, sources, count, data, &activity, arena, err);
        return status == SAI_OK ? store_activity_put(training->store, &activity, err) : status;
}
