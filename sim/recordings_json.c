/* recordings_json.c -- Strava's own recorded answers as activities.
 *
 * Recognised by their content: lists of recorded exchanges (of which GET /athlete/activities and GET /activities/{id} count), bare detailed
 * activities, and streams keyed by type whose file name holds the id of an activity. The answers go out as they came in, only owned by the
 * first athlete; so their text is kept and not the members. Where a detail and a summary of one activity are there, both are kept. */
#include "sim/sim_internal.h"

#include <jansson.h>
#include <math.h>

#include "sim/strava_json.h"

enum { MAX_JSON_FILE_MIB = 64, JSON_DEPTH = 24, MAX_JSON_BODY_MIB = 8 };

static char *written(const json_t *value)
{
        struct sai_buf buf;
        sai_buf_init(&buf, SAI_MIB(MAX_JSON_BODY_MIB));
        strava_rewrite(&buf, value, JSON_DEPTH);
        char *text = sai_buf_take(&buf, NULL);
        sai_buf_done(&buf);
        return text;
}

static const char *text_of(const json_t *object, const char *name)
{
        const char *text = json_string_value(json_object_get(object, name));
        return text ? text : "";
}

static double number_of(const json_t *object, const char *name) { return json_number_value(json_object_get(object, name)); }

/* Bodies of 2021 and before have no sport_type and no visibility. Everything else stays as it was recorded. */
static sai_status adopt(const struct sim *sim, json_t *object, struct sai_err *err)
{
        json_t *owner = json_pack("{s:I,s:i}", "id", (json_int_t)sim->athletes[0].id, "resource_state", 1);
        if (!owner || json_object_set_new(object, "athlete", owner) != 0)
                return sai_fail(err, SAI_NO_MEMORY, "recorded activity");
        if (!json_object_get(object, "sport_type") &&
            json_object_set_new(object, "sport_type", json_string(text_of(object, "type"))) != 0)
                return sai_fail(err, SAI_NO_MEMORY, "recorded activity");
        return SAI_OK;
}

static struct sim_activity *by_id(struct sim *sim, int64_t id)
{
        for (size_t i = 0; i < sim->athletes[0].count; i++)
                if (sim->athletes[0].activities[i]->id == id)
                        return sim->athletes[0].activities[i];
        return NULL;
}

/* The members that the simulator itself reads: order, statistics, visibility. */
static void read_members(struct sim_activity *a, const json_t *object)
{
        struct strava_activity *s = &a->summary;
        enum sport sport;
        sport_find(text_of(object, "sport_type"), strlen(text_of(object, "sport_type")), &sport);
        s->sport_type = sport_name(sport);
        s->type = sport_legacy_type(sport);
        s->distance = number_of(object, "distance");
        s->moving_time = (int64_t)number_of(object, "moving_time");
        s->elapsed_time = (int64_t)number_of(object, "elapsed_time");
        s->total_elevation_gain = number_of(object, "total_elevation_gain");
        s->has_heartrate = json_is_true(json_object_get(object, "has_heartrate"));
        s->max_heartrate = SAI_SOME(sai_opt_f64, number_of(object, "max_heartrate"));
        s->manual = json_is_true(json_object_get(object, "manual"));
        a->elapsed_s = (double)s->elapsed_time;
        a->only_me = json_is_true(json_object_get(object, "private")) || strcmp(text_of(object, "visibility"), "only_me") == 0;
        a->summary.start_date = (struct sai_instant) { a->start_ms };
        a->summary.start_date_local = (struct sai_instant) { a->start_ms + (int64_t)number_of(object, "utc_offset") * 1000 };
        a->ready = true;
}

/* A detail without the members of a summary to list it by: the detail's own, in the summary's state. */
static char *summary_of_detail(const json_t *detail)
{
        static const char *const beyond[] = { "description",
                                              "calories",
                                              "segment_efforts",
                                              "splits_metric",
                                              "splits_standard",
                                              "laps",
                                              "best_efforts",
                                              "gear",
                                              "photos",
                                              "stats_visibility",
                                              "embed_token",
                                              "available_zones",
                                              "similar_activities",
                                              "private_note",
                                              "perceived_exertion",
                                              "prefer_perceived_exertion",
                                              "highlighted_kudosers",
                                              "segment_leaderboard_opt_out",
                                              "leaderboard_opt_out" };
        json_t *copy = json_copy((json_t *)(uintptr_t)detail), *map = json_copy(json_object_get(detail, "map"));
        char *text = NULL;
        for (size_t i = 0; copy && i < SAI_COUNT(beyond); i++)
                json_object_del(copy, beyond[i]);
        if (copy && map) {
                json_object_del(map, "polyline");
                json_object_set_new(map, "resource_state", json_integer(2));
                json_object_set(copy, "map", map);
                json_object_set_new(copy, "resource_state", json_integer(2));
                text = written(copy);
        }
        json_decref(map);
        json_decref(copy);
        return text;
}

static sai_status add_new(struct sim *sim, int64_t id, int64_t start_ms, json_t *object, bool detail, struct sai_err *err)
{
        struct sim_activity *a = catalogue_activity_new(sim, 0, SIM_JSON);
        if (!a)
                return sai_fail(err, SAI_NO_MEMORY, "recorded activity");
        a->id = id;
        a->start_ms = start_ms;
        a->name = strdup(text_of(object, "name"));
        a->summary_json = detail ? summary_of_detail(object) : written(object);
        a->detail_json = detail ? written(object) : NULL;
        read_members(a, object);
        if (!a->name || !a->summary_json || (detail && !a->detail_json)) {
                catalogue_activity_free(a);
                return sai_fail(err, SAI_NO_MEMORY, "recorded activity");
        }
        return catalogue_add(sim, a, err);
}

static sai_status add_activity(struct sim *sim, json_t *object, bool detail, struct sai_err *err)
{
        int64_t id = json_integer_value(json_object_get(object, "id"));
        const char *start_text = text_of(object, "start_date");
        struct sai_instant start;
        if (id <= 0 || !sai_instant_parse(start_text, strlen(start_text), &start))
                return sai_fail(err, SAI_INVALID, "an activity without id or start");
        sai_status status = adopt(sim, object, err);
        if (status != SAI_OK)
                return status;
        struct sim_activity *known = by_id(sim, id);
        if (known) {
                if (detail && !known->detail_json && known->source == SIM_JSON)
                        known->detail_json = written(object);
                return SAI_OK;
        }
        if (catalogue_twin(&sim->athletes[0], start.ms, number_of(object, "elapsed_time"))) {
                sim->report.duplicates++;
                return SAI_OK;
        }
        return add_new(sim, id, start.ms, object, detail, err);
}

static bool is_activity(const json_t *value)
{
        return json_is_object(value) && json_object_get(value, "moving_time") && json_object_get(value, "start_date");
}

/* One recorded exchange; others than the two of interest are passed over. */
static sai_status add_exchange(struct sim *sim, const json_t *exchange, size_t *found, struct sai_err *err)
{
        const json_t *request = json_object_get(exchange, "request"), *response = json_object_get(exchange, "response");
        json_t *body = json_object_get(response, "json");
        if (strcmp(text_of(request, "method"), "GET") != 0 || json_integer_value(json_object_get(response, "status")) != 200)
                return SAI_OK;
        if (is_activity(body)) {
                ++*found;
                return add_activity(sim, body, true, err);
        }
        if (!strstr(text_of(request, "url"), "/athlete/activities"))
                return SAI_OK;
        sai_status status = SAI_OK;
        for (size_t i = 0; i < json_array_size(body) && status == SAI_OK; i++) {
                json_t *item = json_array_get(body, i);
                if (is_activity(item)) {
                        ++*found;
                        status = add_activity(sim, item, false, err);
                }
        }
        return status;
}

/* The digits of the file's name that are an activity's id. */
static struct sim_activity *activity_named(struct sim *sim, const char *path)
{
        const char *slash = strrchr(path, '/');
        for (const char *p = slash ? slash + 1 : path; *p;) {
                size_t digits = strspn(p, "0123456789");
                int64_t id;
                struct sim_activity *a = digits >= 6 && sai_parse_i64(p, digits, &id) ? by_id(sim, id) : NULL;
                if (a)
                        return a;
                p += digits ? digits : 1;
        }
        return NULL;
}

static bool is_streams(const json_t *value)
{
        void *first = json_object_iter((json_t *)(uintptr_t)value);
        return first && json_object_get(json_object_iter_value(first), "series_type");
}

static sai_status attach_streams(struct sim *sim, const char *path, struct sai_err *err)
{
        struct sim_activity *a = activity_named(sim, path);
        if (!a || a->source != SIM_JSON)
                return sai_fail(err, SAI_INVALID, "streams of no activity here");
        free(a->path);
        a->path = strdup(path);
        return a->path ? SAI_OK : sai_fail(err, SAI_NO_MEMORY, "recorded streams");
}

static json_t *parse(const char *path, struct sai_err *err)
{
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(MAX_JSON_FILE_MIB + 1));
        struct sai_text bytes = { 0 };
        if (!arena) {
                (void)sai_fail(err, SAI_NO_MEMORY, "recorded answers");
                return NULL;
        }
        if (recordings_slurp(path, SAI_MIB(MAX_JSON_FILE_MIB), arena, &bytes, err) != SAI_OK)
                return NULL;
        json_error_t error;
        json_t *root = NULL;
        if (sai_json_scan(bytes.data, bytes.len, JSON_DEPTH, err) == SAI_OK) {
                root = json_loadb(bytes.data, bytes.len, JSON_REJECT_DUPLICATES, &error);
                if (!root)
                        (void)sai_fail(err, SAI_MALFORMED_JSON, "line %d: %.100s", error.line, error.text);
        }
        return root;
}

sai_status recordings_load_json(struct sim *sim, const char *path, struct sai_err *err)
{
        json_t *root = parse(path, err);
        if (!root)
                return SAI_INVALID;
        size_t found = 0;
        sai_status status = SAI_OK;
        json_t *wrapped = json_object_get(root, "activity");
        if (is_activity(root) || is_activity(wrapped)) {
                found = 1;
                status = add_activity(sim, is_activity(root) ? root : wrapped, true, err);
        } else if (json_is_array(root)) {
                for (size_t i = 0; i < json_array_size(root) && status == SAI_OK; i++)
                        status = add_exchange(sim, json_array_get(root, i), &found, err);
        } else if (is_streams(root)) {
                found = 1;
                status = attach_streams(sim, path, err);
        }
        json_decref(root);
        if (status == SAI_OK && found == 0)
                return sai_fail(err, SAI_INVALID, "no recorded answer about activities");
        return status;
}

static sai_status fill_channel(struct streams *s, enum stream_channel channel, const json_t *data, struct sai_arena *arena,
                               struct sai_err *err)
{
        double *column = streams_channel(s, channel, arena);
        if (!column)
                return sai_fail(err, SAI_NO_MEMORY, "recorded streams");
        for (size_t i = 0; i < s->count; i++) {
                const json_t *item = json_array_get(data, i);
                if (channel == STREAM_LATITUDE || channel == STREAM_LONGITUDE)
                        item = json_array_get(item, channel == STREAM_LONGITUDE);
                if (json_is_number(item))
                        column[i] = json_number_value(item);
                else if (json_is_boolean(item))
                        column[i] = json_is_true(item) ? 1.0 : 0.0;
        }
        return SAI_OK;
}

sai_status recordings_json_streams(const struct sim_activity *activity, struct sai_arena *arena, struct streams *ret_streams,
                                   struct sai_err *err)
{
        json_t *root = parse(activity->path, err);
        if (!root)
                return SAI_INTERNAL;
        sai_status status = SAI_OK;
        for (int c = 0; c < STREAM_CHANNELS && status == SAI_OK; c++) {
                const json_t *data = json_object_get(json_object_get(root, stream_infos[c].key), "data");
                if (!json_is_array(data))
                        continue;
                if (ret_streams->count == 0)
                        ret_streams->count = json_array_size(data);
                if (json_array_size(data) == ret_streams->count)
                        status = fill_channel(ret_streams, (enum stream_channel)c, data, arena, err);
        }
        json_decref(root);
        return status;
}
