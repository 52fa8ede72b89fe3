/* objects.c -- the tables of Strava's objects, and the few things that a table cannot say: where the zone's name is, which sport a name means. */
#include "client/strava/objects.h"

#include "base/limits.h"
#include "client/strava/lenient.h"
#include "client/strava/slice.h"

#define KEY              (SAI_F_KEY | SAI_F_REQUIRED)
#define ATHLETE(m, ...)  SAI_FIELD(struct strava_athlete, m __VA_OPT__(, ) __VA_ARGS__)
#define ACTIVITY(m, ...) SAI_FIELD(struct strava_activity, m __VA_OPT__(, ) __VA_ARGS__)
#define LAP(m, ...)      SAI_FIELD(struct strava_lap, m __VA_OPT__(, ) __VA_ARGS__)
#define EFFORT(m, ...)   SAI_FIELD(struct strava_effort, m __VA_OPT__(, ) __VA_ARGS__)

/* Bounds keep nonsense out of sums, not unusual athletes: an ultra race lasts days, a sea journey is long. */
#define DURATION .unit = "s", .min = 0, .max = 3e7
#define METRES   .unit = "m", .min = 0, .max = 1e8
#define ALTITUDE .unit = "m", .min = -1e4, .max = 1e5
#define SPEED    .unit = "m/s", .min = 0, .max = 1e3
#define BPM      .unit = "bpm", .min = 1, .max = 300
#define WATTS    .unit = "W", .min = 0, .max = 1e5
#define CADENCE  .unit = "rpm", .min = 0, .max = 1e3
#define INDEX    .min = 0, .max = 1e9

static const struct sai_field athlete_fields[] = {
        ATHLETE(id, .flags = KEY, .min = 1, .max = 9.2e18),
        ATHLETE(resource_state),
        ATHLETE(username),
        ATHLETE(firstname),
        ATHLETE(lastname),
        ATHLETE(city),
        ATHLETE(state),
        ATHLETE(country),
        ATHLETE(sex),
        ATHLETE(weight, .unit = "kg", .min = 1, .max = 1000),
        ATHLETE(ftp, .unit = "W", .min = 1, .max = 5000),
        ATHLETE(measurement_preference),
        ATHLETE(profile),
        ATHLETE(created_at),
        ATHLETE(updated_at),
};
const struct sai_model strava_athlete_model = SAI_MODEL_OF(struct strava_athlete, athlete_fields, "strava athlete");

static const struct sai_field zone_fields[] = {
        SAI_FIELD(struct strava_zone, min),
        SAI_FIELD(struct strava_zone, max),
};
static const struct sai_model zone_model = SAI_MODEL_OF(struct strava_zone, zone_fields, "strava zone");
static const struct sai_field zone_set_fields[] = {
        SAI_FIELD(struct strava_zone_set, custom_zones),
        SAI_LIST(struct strava_zone_set, zones, &zone_model, .max_items = 32),
};
static const struct sai_model zone_set_model = SAI_MODEL_OF(struct strava_zone_set, zone_set_fields, "strava zone set");
static const struct sai_field zones_fields[] = {
        SAI_MODEL(struct strava_zones, heart_rate, &zone_set_model),
        SAI_MODEL(struct strava_zones, power, &zone_set_model),
};
const struct sai_model strava_zones_model = SAI_MODEL_OF(struct strava_zones, zones_fields, "strava zones");

static const struct sai_field lap_fields[] = {
        LAP(id, .flags = SAI_F_KEY),
        LAP(lap_index, INDEX),
        LAP(elapsed_time, DURATION),
        LAP(moving_time, DURATION),
        LAP(start_index, INDEX),
        LAP(end_index, INDEX),
        LAP(name),
        LAP(start_date),
        LAP(start_date_local),
        LAP(distance, METRES),
        LAP(average_speed, SPEED),
        LAP(max_speed, SPEED),
        LAP(total_elevation_gain, METRES),
        LAP(average_cadence, CADENCE),
        LAP(average_watts, WATTS),
        LAP(average_heartrate, BPM),
        LAP(max_heartrate, BPM),
};
const struct sai_model strava_lap_model = SAI_MODEL_OF(struct strava_lap, lap_fields, "strava lap");

static const struct sai_field effort_fields[] = {
        EFFORT(id, .flags = SAI_F_KEY),
        EFFORT(elapsed_time, DURATION),
        EFFORT(moving_time, DURATION),
        EFFORT(start_index, INDEX),
        EFFORT(end_index, INDEX),
        EFFORT(pr_rank),
        EFFORT(name, .flags = SAI_F_REQUIRED),
        EFFORT(start_date),
        EFFORT(distance, METRES),
};
const struct sai_model strava_effort_model = SAI_MODEL_OF(struct strava_effort, effort_fields, "strava best effort");

static const struct sai_field map_fields[] = {
        SAI_FIELD(struct strava_map, id),
        SAI_FIELD(struct strava_map, summary_polyline),
        SAI_FIELD(struct strava_map, polyline),
};
static const struct sai_model map_model = SAI_MODEL_OF(struct strava_map, map_fields, "strava map");
static const struct sai_field meta_fields[] = { SAI_FIELD(struct strava_meta, id, .flags = KEY) };
static const struct sai_model meta_model = SAI_MODEL_OF(struct strava_meta, meta_fields, "strava athlete id");
static const struct sai_field gear_fields[] = {
        SAI_FIELD(struct strava_gear, id),
        SAI_FIELD(struct strava_gear, name),
};
static const struct sai_model gear_model = SAI_MODEL_OF(struct strava_gear, gear_fields, "strava gear");

static const struct sai_field activity_fields[] = {
        ACTIVITY(id, .flags = KEY, .min = 1, .max = 9.2e18),
        ACTIVITY(resource_state),
        SAI_MODEL_POINTER(struct strava_activity, athlete, &meta_model),
        ACTIVITY(name, .flags = SAI_F_REQUIRED),
        ACTIVITY(distance, METRES),
        ACTIVITY(total_elevation_gain, METRES),
        ACTIVITY(moving_time, DURATION),
        ACTIVITY(elapsed_time, DURATION),
        ACTIVITY(type),
        ACTIVITY(sport_type),
        ACTIVITY(workout_type),
        ACTIVITY(start_date, .flags = SAI_F_REQUIRED),
        ACTIVITY(start_date_local),
        ACTIVITY(timezone),
        ACTIVITY(utc_offset, .unit = "s", .min = -86400, .max = 86400),
        ACTIVITY(location_city),
        ACTIVITY(location_state),
        ACTIVITY(location_country),
        SAI_MODEL(struct strava_activity, map, &map_model),
        ACTIVITY(trainer),
        ACTIVITY(commute),
        ACTIVITY(manual),
        ACTIVITY(private),
        ACTIVITY(flagged),
        ACTIVITY(device_watts),
        ACTIVITY(has_heartrate),
        ACTIVITY(visibility),
        ACTIVITY(gear_id),
        SAI_ARRAY(struct strava_activity, start_latlng, SAI_K_F64, .max_items = 2),
        SAI_ARRAY(struct strava_activity, end_latlng, SAI_K_F64, .max_items = 2),
        ACTIVITY(average_speed, SPEED),
        ACTIVITY(max_speed, SPEED),
        ACTIVITY(average_cadence, CADENCE),
        ACTIVITY(average_temp, .unit = "degC", .min = -100, .max = 100),
        ACTIVITY(average_watts, WATTS),
        ACTIVITY(max_watts, WATTS),
        ACTIVITY(weighted_average_watts, WATTS),
        ACTIVITY(kilojoules, .unit = "kJ", .min = 0, .max = 1e7),
        ACTIVITY(average_heartrate, BPM),
        ACTIVITY(max_heartrate, BPM),
        ACTIVITY(elev_high, ALTITUDE),
        ACTIVITY(elev_low, ALTITUDE),
        ACTIVITY(suffer_score, .min = 0, .max = 1e6),
        ACTIVITY(upload_id, .flags = SAI_F_KEY),
        ACTIVITY(external_id),
        ACTIVITY(device_name),
        ACTIVITY(description),
        ACTIVITY(calories, .unit = "kcal", .min = 0, .max = 1e6),
        ACTIVITY(perceived_exertion, .min = 0, .max = 10),
        SAI_MODEL_POINTER(struct strava_activity, gear, &gear_model),
        SAI_LIST(struct strava_activity, laps, &strava_lap_model, .max_items = SAI_MAX_RECORDING_LAPS),
        SAI_LIST(struct strava_activity, best_efforts, &strava_effort_model, .max_items = 100),
};
const struct sai_model strava_activity_model = SAI_MODEL_OF(struct strava_activity, activity_fields, "strava activity");

/* The token answer as it is on the wire. */
struct token_answer {
        const char *access_token, *refresh_token;
        struct sai_opt_i64 expires_at, expires_in;
        struct sai_opt_str scope;
};
static const struct sai_field token_fields[] = {
        SAI_FIELD(struct token_answer, access_token, .flags = SAI_F_REQUIRED, .max = SAI_MAX_TOKEN),
        SAI_FIELD(struct token_answer, refresh_token, .flags = SAI_F_REQUIRED, .max = SAI_MAX_TOKEN),
        SAI_FIELD(struct token_answer, expires_at, .unit = "s", .min = 0, .max = 1e11),
        SAI_FIELD(struct token_answer, expires_in, .unit = "s", .min = 0, .max = 1e9),
        SAI_FIELD(struct token_answer, scope),
};
static const struct sai_model token_model = SAI_MODEL_OF(struct token_answer, token_fields, "strava token");

/* -- Readers ------------------------------------------------------------------------------------------------------ */
sai_status strava_read_athlete(struct sai_text body, struct sai_arena *arena, struct strava_athlete *ret, struct sai_err *err)
{
        body = slice_trim(body);
        sai_status status = lenient_read(&strava_athlete_model, body, arena, ret, NULL, err);
        if (status == SAI_OK)
                ret->raw = body;
        return status;
}

sai_status strava_read_zones(struct sai_text body, struct sai_arena *arena, struct strava_zones *ret, struct sai_err *err)
{
        body = slice_trim(body);
        sai_status status = lenient_read(&strava_zones_model, body, arena, ret, NULL, err);
        if (status == SAI_OK)
                ret->raw = body;
        return status;
}

/* "(GMT-05:00) America/New_York": the name is what follows the bracket. */
static const char *zone_of(const struct sai_opt_str *text)
{
        if (!SAI_HAS(*text))
                return NULL;
        const char *end = strstr(text->value, ") ");
        const char *name = end ? end + 2 : text->value;
        return *name != '\0' && *name != '(' ? name : NULL;
}

static void keep_positions(struct sai_list *latlng)
{
        const double *items = latlng->items;
        if (latlng->count != 2 || !(items[0] >= -90 && items[0] <= 90 && items[1] >= -180 && items[1] <= 180))
                *latlng = (struct sai_list) { 0 };
}

static void derive(struct strava_activity *activity)
{
        const struct sai_opt_str *names[] = { &activity->sport_type, &activity->type };
        activity->sport = SPORT_WORKOUT;
        for (size_t i = 0; i < SAI_COUNT(names); i++) {
                if (SAI_HAS(*names[i]) && sport_find(names[i]->value, strlen(names[i]->value), &activity->sport))
                        break;
        }
        activity->zone = zone_of(&activity->timezone);
        keep_positions(&activity->start_latlng);
        keep_positions(&activity->end_latlng);
}

sai_status strava_read_activity(struct sai_text body, struct sai_arena *arena, struct strava_activity *ret, struct sai_err *err)
{
        size_t refused_parts = 0;
        body = slice_trim(body);
        sai_status status = lenient_read(&strava_activity_model, body, arena, ret, &refused_parts, err);
        if (status != SAI_OK)
                return status;
        derive(ret);
        ret->refused_parts = refused_parts;
        ret->raw = body;
        return SAI_OK;
}

static sai_status refuse_item(struct strava_page *page, struct sai_text raw, const struct sai_err *why, struct sai_arena *arena,
                              struct sai_err *err)
{
        const char *reason = sai_arena_strdup(arena, why->detail);
        if (!reason)
                return sai_fail(err, SAI_NO_MEMORY, "no memory for a page of activities");
        page->refused[page->refused_count++] = (struct strava_refused) { .index = page->received, .reason = reason, .raw = raw };
        return SAI_OK;
}

static sai_status read_items(struct slice_walk *walk, struct sai_arena *arena, struct strava_page *page, struct sai_err *err)
{
        struct sai_text item;
        while (slice_next(walk, &item)) {
                struct sai_err why = { 0 };
                sai_status status = strava_read_activity(item, arena, &page->items[page->count], &why);
                if (status == SAI_OK)
                        page->count++;
                else if (status == SAI_UPSTREAM)
                        status = refuse_item(page, item, &why, arena, err);
                else
                        sai_fail(err, status, "%s", why.detail);
                if (status != SAI_OK)
                        return status;
                page->received++;
        }
        return SAI_OK;
}

sai_status strava_read_page(struct sai_text body, struct sai_arena *arena, struct strava_page *ret, struct sai_err *err)
{
        struct slice_walk walk;
        size_t count = slice_count(body);
        *ret = (struct strava_page) { 0 };
        if (!slice_begin(&walk, body, '['))
                return sai_fail(err, SAI_UPSTREAM, "the page is not an array");
        if (count > SAI_MAX_LIST_ITEMS)
                return sai_fail(err, SAI_UPSTREAM, "the page has %zu items", count);
        if (count == 0) {
                struct sai_text none;
                return slice_next(&walk, &none) || walk.bad ? sai_fail(err, SAI_UPSTREAM, "the page is broken JSON") : SAI_OK;
        }
        ret->items = SAI_NEW_ARRAY(arena, struct strava_activity, count);
        ret->refused = SAI_NEW_ARRAY(arena, struct strava_refused, count);
        if (!ret->items || !ret->refused)
                return sai_fail(err, SAI_NO_MEMORY, "no memory for a page of activities");
        return read_items(&walk, arena, ret, err);
}

/* What goes into a header as it is: visible ASCII, and something of it. An empty token must never be kept, let alone sent. */
static bool is_sendable(const char *token)
{
        const char *c = token;
        while (*c > ' ' && *c < 0x7f)
                c++;
        return c > token && *c == '\0';
}

sai_status strava_read_token(struct sai_text body, int64_t now_ms, struct sai_arena *arena, struct strava_token *ret,
                             struct sai_err *err)
{
        struct token_answer answer;
        sai_status status = lenient_read(&token_model, body, arena, &answer, NULL, err);
        if (status != SAI_OK)
                return status;
        if (!is_sendable(answer.access_token) || !is_sendable(answer.refresh_token))
                return sai_fail(err, SAI_UPSTREAM, "the token is none that could be sent");
        if (!SAI_HAS(answer.expires_at) && !SAI_HAS(answer.expires_in))
                return sai_fail(err, SAI_UPSTREAM, "the token has no expiry");
        *ret = (struct strava_token) { .access_token = answer.access_token,
                                       .refresh_token = answer.refresh_token,
                                       .scope = answer.scope };
        ret->expires_at.ms =
                SAI_HAS(answer.expires_at) ? answer.expires_at.value * 1000 : now_ms + answer.expires_in.value * 1000;

        struct sai_text athlete = slice_member(body, "athlete");
        if (!athlete.data || sai_text_is(athlete, "null"))
                return SAI_OK;
        ret->athlete = SAI_NEW(arena, struct strava_athlete);
        if (!ret->athlete)
                return sai_fail(err, SAI_NO_MEMORY, "no memory for the athlete");
        return strava_read_athlete(athlete, arena, ret->athlete, err);
}
