/* catalogue.c -- athletes and their activities in memory: summaries and where the rest comes from, never samples.
 *
 * A generated activity is measured when it is first shown, because measuring ten years of samples would make every start take a second;
 * the calendar alone (start, sport, plan) is ready at once. The measured summary is published under the lock; two threads that measure the
 * same one get the same result, and the second throws its own away. */
#include "sim/sim_internal.h"

#include <math.h>

#include "files/recording.h"
#include "sim/measure.h"
#include "sim/polyline.h"

enum { SUMMARY_POINTS = 120, STREAM_ARENA_MIB = 96 };

/* Two devices' idea of when one workout began. */
static const int64_t TWIN_START_MS = 120000;

struct sim_activity *catalogue_activity_new(struct sim *sim, int athlete, enum sim_source source)
{
        struct sim_activity *a = calloc(1, sizeof *a);
        if (!a)
                return NULL;
        a->athlete = athlete;
        a->source = source;
        a->summary.athlete = (struct strava_meta) { .id = sim->athletes[athlete].id, .resource_state = 1 };
        return a;
}

void catalogue_activity_free(struct sim_activity *a)
{
        if (!a)
                return;
        free(a->name);
        free(a->polyline);
        free(a->device);
        free(a->path);
        free(a->summary_json);
        free(a->detail_json);
        free(a);
}

/* Where an id is, or would be. */
static size_t position_of(const struct sim *sim, int64_t id)
{
        size_t low = 0, high = sim->activity_count;
        while (low < high) {
                size_t middle = low + (high - low) / 2;
                if (sim->by_id[middle]->id < id)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static bool make_room(struct sim_activity ***list, size_t count, size_t *room)
{
        if (count < *room)
                return true;
        size_t wanted = *room ? *room * 2 : 256;
        struct sim_activity **grown = realloc(*list, wanted * sizeof *grown);
        if (!grown)
                return false;
        *list = grown;
        *room = wanted;
        return true;
}

static void insert(struct sim_activity **list, size_t count, size_t at, struct sim_activity *activity)
{
        memmove(list + at + 1, list + at, (count - at) * sizeof *list);
        list[at] = activity;
}

sai_status catalogue_add(struct sim *sim, struct sim_activity *a, struct sai_err *err)
{
        struct sim_athlete *athlete = &sim->athletes[a->athlete];
        if (sim->activity_count >= SAI_MAX_ATHLETE_ACTIVITIES * sim->athlete_count ||
            !make_room(&sim->by_id, sim->activity_count, &sim->activity_room) ||
            !make_room(&athlete->activities, athlete->count, &athlete->room)) {
                catalogue_activity_free(a);
                return sai_fail(err, SAI_NO_MEMORY, "one more activity");
        }
        size_t at = position_of(sim, a->id);
        for (; at < sim->activity_count && sim->by_id[at]->id == a->id; at++)
                a->id++;
        insert(sim->by_id, sim->activity_count++, at, a);
        at = athlete->count;
        while (at > 0 && athlete->activities[at - 1]->start_ms > a->start_ms)
                at--;
        insert(athlete->activities, athlete->count++, at, a);
        catalogue_summary_base(a);
        return SAI_OK;
}

struct sim_activity *catalogue_find(struct sim *sim, int64_t id)
{
        pthread_mutex_lock(&sim->lock);
        size_t at = position_of(sim, id);
        struct sim_activity *found = at < sim->activity_count && sim->by_id[at]->id == id ? sim->by_id[at] : NULL;
        if (found && found->deleted)
                found = NULL;
        pthread_mutex_unlock(&sim->lock);
        return found;
}

struct sim_activity *catalogue_twin(const struct sim_athlete *athlete, int64_t start_ms, double elapsed_s)
{
        for (size_t i = 0; i < athlete->count; i++) {
                struct sim_activity *a = athlete->activities[i];
                if (llabs(a->start_ms - start_ms) <= TWIN_START_MS &&
                    fabs(a->elapsed_s - elapsed_s) <= 0.05 * fmax(elapsed_s, 60.0))
                        return a;
        }
        return NULL;
}

/* The names of zones whose offset is not whole hours; the others have a fixed-offset name of their own. */
static const char *zone_of_offset(int64_t offset_s, char *buffer, size_t size)
{
        static const struct {
                int64_t offset_s;
                const char *zone;
        } odd[] = {
                { 12600, "Asia/Tehran" },        { 16200, "Asia/Kabul" },        { 19800, "Asia/Kolkata" },
                { 20700, "Asia/Kathmandu" },     { 23400, "Asia/Yangon" },       { 34200, "Australia/Darwin" },
                { 37800, "Australia/Adelaide" }, { -12600, "America/St_Johns" },
        };
        for (size_t i = 0; i < SAI_COUNT(odd); i++)
                if (odd[i].offset_s == offset_s)
                        return odd[i].zone;
        if (offset_s == 0 || offset_s % 3600 != 0)
                return "Etc/GMT";
        /* POSIX counts the other way: Etc/GMT-1 is one hour east. */
        snprintf(buffer, size, "Etc/GMT%+d", (int)(-offset_s / 3600));
        return buffer;
}

void catalogue_timezone(struct sim_activity *a, int64_t offset_s, const char *zone, int64_t standard_offset_s)
{
        char buffer[32];
        int64_t minutes = llabs(standard_offset_s) / 60;
        snprintf(a->timezone, sizeof a->timezone, "(GMT%c%02d:%02d) %s", standard_offset_s < 0 ? '-' : '+', (int)(minutes / 60),
                 (int)(minutes % 60), zone ? zone : zone_of_offset(offset_s, buffer, sizeof buffer));
        a->summary.timezone = a->timezone;
        a->summary.utc_offset = (double)offset_s;
        a->summary.start_date = (struct sai_instant) { a->start_ms / 1000 * 1000 };
        a->summary.start_date_local = (struct sai_instant) { a->summary.start_date.ms + offset_s * 1000 };
}

void catalogue_summary_base(struct sim_activity *a)
{
        struct strava_activity *s = &a->summary;
        s->id = a->id;
        s->resource_state = 2;
        s->name = a->name;
        snprintf(a->map_id, sizeof a->map_id, "a%lld", (long long)a->id);
        s->map = (struct strava_map) { .id = a->map_id, .summary_polyline = a->polyline ? a->polyline : "", .resource_state = 2 };
        s->private = a->only_me;
        s->visibility = a->only_me ? "only_me" : "everyone";
        s->athlete_count = 1;
        s->display_hide_heartrate_option = s->has_heartrate;
        if (!s->manual) {
                s->upload_id = SAI_SOME(sai_opt_i64, a->id + 1067000000);
                snprintf(a->upload_text, sizeof a->upload_text, "%lld", (long long)s->upload_id.value);
                s->upload_id_str = SAI_SOME(sai_opt_str, a->upload_text);
                s->external_id = a->external[0] ? a->external : NULL;
        }
        if (a->device)
                s->device_name = SAI_SOME(sai_opt_str, a->device);
}

sai_status catalogue_polyline(struct sim_activity *a, const struct streams *s, struct sai_arena *arena, struct sai_err *err)
{
        const double *lat = s->channel[STREAM_LATITUDE], *lng = s->channel[STREAM_LONGITUDE];
        if (!lat || !lng)
                return SAI_OK;
        double *thin_lat = SAI_NEW_ARRAY(arena, double, s->count), *thin_lng = SAI_NEW_ARRAY(arena, double, s->count);
        if (!thin_lat || !thin_lng)
                return sai_fail(err, SAI_NO_MEMORY, "polyline");
        struct sai_buf buf;
        sai_buf_init(&buf, SAI_MIB(1));
        polyline_append(&buf, thin_lat, thin_lng, polyline_thin(lat, lng, s->count, SUMMARY_POINTS, thin_lat, thin_lng));
        a->polyline = sai_buf_take(&buf, NULL);
        sai_buf_done(&buf);
        return SAI_OK;
}

static void estimate_ride_power(struct strava_activity *s, const struct persona *p)
{
        if (SAI_HAS(s->average_watts) || s->moving_time <= 0)
                return;
        double v = s->average_speed;
        double watts = v * ((p->weight_kg + 9.0) * 9.81 * 0.0045 + 0.5 * 1.2 * 0.34 * v * v);
        s->average_watts = SAI_SOME(sai_opt_f64, watts);
        s->device_watts = SAI_SOME(sai_opt_bool, false);
        s->kilojoules = SAI_SOME(sai_opt_f64, watts * (double)s->moving_time / 1000.0);
}

/* A manual entry is what the athlete typed: round figures. */
static void measure_manual(struct sim_activity *a)
{
        struct strava_activity *s = &a->summary;
        s->manual = true;
        s->moving_time = s->elapsed_time = (int64_t)(a->workout.duration_s / 60.0) * 60;
        double speed = sport_family(a->workout.sport) == FAMILY_RIDE ? 7.5 : 2.8;
        s->distance = round((double)s->moving_time * speed / 500.0) * 500.0;
        s->average_speed = s->moving_time ? s->distance / (double)s->moving_time : 0.0;
}

static void describe_generated(struct sim_activity *a, const struct sim_athlete *athlete)
{
        const struct workout *w = &a->workout;
        struct strava_activity *s = &a->summary;
        enum sport_family family = sport_family(w->sport);
        s->sport_type = sport_name(w->sport);
        s->type = sport_legacy_type(w->sport);
        s->trainer = w->indoor && w->kind != WORKOUT_POOL;
        int64_t type = w->distance_m > 0.0                                        ? 1
                       : w->kind == WORKOUT_LONG                                  ? 2
                       : w->kind == WORKOUT_INTERVALS || w->kind == WORKOUT_TEMPO ? 3
                                                                                  : 0;
        if (family == FAMILY_RIDE)
                type = type == 1 ? 11 : type == 3 ? 12 : 10;
        if (family == FAMILY_RUN || family == FAMILY_RIDE)
                s->workout_type = SAI_SOME(sai_opt_i64, type);
        if (family == FAMILY_RIDE)
                estimate_ride_power(s, &athlete->persona);
        if (s->has_heartrate) {
                double share = s->average_heartrate.value / athlete->persona.max_heartrate;
                s->suffer_score = SAI_SOME(sai_opt_f64, round((double)s->moving_time / 60.0 * pow(share, 5.0) * 3.0));
        }
        s->kudos_count = (int64_t)(w->seed % 14);
}

static sai_status measure_generated(struct sim *sim, struct sim_activity *copy, struct sai_err *err)
{
        const struct sim_athlete *athlete = &sim->athletes[copy->athlete];
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(STREAM_ARENA_MIB));
        if (!arena)
                return sai_fail(err, SAI_NO_MEMORY, "streams");
        struct streams streams;
        sai_status status = generator_streams(&athlete->persona, &copy->workout, arena, &streams, err);
        if (status != SAI_OK)
                return status;
        if (copy->workout.kind == WORKOUT_MANUAL)
                measure_manual(copy);
        else
                measure_fill(&copy->summary, &streams, sport_family(copy->workout.sport));
        describe_generated(copy, athlete);
        return catalogue_polyline(copy, &streams, arena, err);
}

/* The texts that a summary points at are the activity's own, so a copy of the struct must be bound to them anew. */
static void publish(struct sim_activity *a, struct sim_activity *measured)
{
        a->summary = measured->summary;
        a->polyline = SAI_TAKE(measured->polyline);
        a->elapsed_s = (double)a->summary.elapsed_time;
        a->summary.timezone = a->timezone;
        measure_bind_positions(&a->summary);
        catalogue_summary_base(a);
        a->ready = true;
}

sai_status catalogue_summary(struct sim *sim, struct sim_activity *a, struct strava_activity *ret_summary, struct sai_err *err)
{
        pthread_mutex_lock(&sim->lock);
        bool ready = a->ready;
        struct sim_activity measured = *a;
        pthread_mutex_unlock(&sim->lock);
        if (!ready) {
                measured.polyline = NULL;
                sai_status status = measure_generated(sim, &measured, err);
                if (status != SAI_OK) {
                        free(measured.polyline);
                        return status;
                }
                pthread_mutex_lock(&sim->lock);
                if (!a->ready)
                        publish(a, &measured);
                pthread_mutex_unlock(&sim->lock);
                free(measured.polyline);
        }
        pthread_mutex_lock(&sim->lock);
        *ret_summary = a->summary;
        pthread_mutex_unlock(&sim->lock);
        measure_bind_positions(ret_summary);
        return SAI_OK;
}

static sai_status file_streams(const struct sim_activity *a, struct sai_arena *arena, struct streams *ret_streams,
                               const struct recording_session **ret_session, struct sai_err *err)
{
        struct sai_text bytes = { 0 };
        sai_status status = recordings_slurp(a->path, SAI_MAX_RECORDING_FILE, arena, &bytes, err);
        if (status != SAI_OK)
                return status;
        struct recording recording;
        const char *reason = NULL;
        status = recording_read(bytes.data, bytes.len, arena, &recording, &reason, err);
        if (status != SAI_OK)
                return status;
        if (a->session >= recording.session_count)
                return sai_fail(err, SAI_INTERNAL, "the recording has changed");
        struct recording_session *session = &recording.sessions[a->session];
        *ret_session = session;
        status = measure_derive(&session->streams, sport_family(session->sport), arena, err);
        *ret_streams = session->streams;
        return status;
}

sai_status catalogue_streams(struct sim *sim, const struct sim_activity *a, struct sai_arena *arena, struct streams *ret_streams,
                             const struct recording_session **ret_session, struct sai_err *err)
{
        *ret_streams = (struct streams) { 0 };
        *ret_session = NULL;
        switch (a->source) {
        case SIM_GENERATED:
                return generator_streams(&sim->athletes[a->athlete].persona, &a->workout, arena, ret_streams, err);
        case SIM_FILE:
                return file_streams(a, arena, ret_streams, ret_session, err);
        case SIM_JSON:
                break;
        }
        return a->path ? recordings_json_streams(a, arena, ret_streams, err) : SAI_OK;
}

void catalogue_free(struct sim *sim)
{
        for (size_t i = 0; i < sim->activity_count; i++)
                catalogue_activity_free(sim->by_id[i]);
        for (size_t i = 0; sim->athletes && i < sim->athlete_count; i++)
                free(sim->athletes[i].activities);
        free(sim->by_id);
        free(sim->athletes);
}
