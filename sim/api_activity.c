/* api_activity.c -- one activity in detail, and its laps. */
#include "sim/api_activity.h"

#include <jansson.h>
#include <math.h>

#include "sim/polyline.h"
#include "sim/strava_json.h"

enum { RECORDED_DEPTH = 24 };

struct sim_activity *api_activity_find(struct api_call *call)
{
        int64_t id = 0;
        struct sai_text text = call->request->params[0];
        struct sim_activity *a = sai_parse_i64(text.data, text.len, &id) ? catalogue_find(call->sim, id) : NULL;
        bool all = (call->token.scopes & SCOPE_ACTIVITY_READ_ALL) != 0;
        if (a && a->athlete == call->token.athlete && (all || !a->only_me))
                return a;
        api_not_found(call->reply, "Activity");
        return NULL;
}

/* Energy from heart rate where there is one (Keytel's regression without oxygen uptake), else from time: a plausible figure. */
static double calories_of(const struct strava_activity *s, const struct persona *p, int age)
{
        double minutes = (double)s->moving_time / 60.0, per_minute = 8.5;
        if (s->has_heartrate) {
                double beats = s->average_heartrate.value;
                per_minute = p->sex[0] == 'F' ? (-20.4022 + 0.4472 * beats - 0.1263 * p->weight_kg + 0.074 * age) / 4.184
                                              : (-55.0969 + 0.6309 * beats + 0.1988 * p->weight_kg + 0.2017 * age) / 4.184;
        }
        return fmax(0.0, round(minutes * fmax(2.0, per_minute)));
}

static const char *track_of(struct sai_arena *arena, const struct streams *s)
{
        struct sai_buf buf;
        if (!s->channel[STREAM_LATITUDE] || s->count == 0)
                return "";
        sai_buf_init(&buf, SAI_MIB(8));
        polyline_append(&buf, s->channel[STREAM_LATITUDE], s->channel[STREAM_LONGITUDE], s->count);
        const char *text = sai_arena_strndup(arena, buf.data ? buf.data : "", buf.len);
        sai_buf_done(&buf);
        return text ? text : "";
}

static void write_detail(struct sai_buf *buf, const struct strava_activity *summary, const struct strava_detail *detail,
                         const struct strava_detail_map *map)
{
        bool first = true;
        sai_buf_char(buf, '{');
        strava_write_members(buf, &sim_activity_model, summary, "map", &first);
        sai_buf_text(buf, ",\"map\":");
        strava_write(buf, &strava_detail_map_model, map);
        strava_write_members(buf, &strava_detail_model, detail, NULL, &first);
        sai_buf_char(buf, '}');
}

static sai_status measured_detail(struct api_call *call, struct sim_activity *a, struct sai_err *err)
{
        static const struct strava_visibility shown[] = {
                { "heart_rate", "everyone" }, { "pace", "everyone" },     { "power", "everyone" },
                { "speed", "everyone" },      { "calories", "everyone" },
        };
        static const char *const zones[] = { "heartrate", "pace" };
        struct sai_arena *arena = call->request->arena;
        struct strava_activity summary;
        struct streams streams;
        const struct recording_session *session = NULL;
        sai_status status = catalogue_summary(call->sim, a, &summary, err);
        if (status == SAI_OK)
                status = catalogue_streams(call->sim, a, arena, &streams, &session, err);
        if (status != SAI_OK)
                return status;
        char embed[TOKEN_HEX + 1];
        uint64_t token[3] = { sai_hash(&a->id, sizeof a->id, 1), sai_hash(&a->id, sizeof a->id, 2),
                              sai_hash(&a->id, sizeof a->id, 3) };
        sai_hex_encode(token, TOKEN_HEX / 2, embed);
        const struct persona *p = &call->athlete->persona;
        int age = (int)(1970 + a->start_ms / 31556952000LL) - p->birth_year;
        struct strava_detail detail = {
                .calories = calories_of(&summary, p, age),
                .photos = { .count = 0 },
                .stats_visibility = { (void *)(uintptr_t)shown, SAI_COUNT(shown) },
                .embed_token = embed,
                .available_zones = { (void *)(uintptr_t)zones, summary.has_heartrate ? 2 : 0 },
        };
        status = laps_make(arena, &summary, &streams, session, &detail.laps, err);
        if (status == SAI_OK)
                status = splits_make(arena, &streams, &detail.splits_metric, err);
        if (status != SAI_OK)
                return status;
        struct strava_detail_map map = { .id = summary.map.id,
                                         .polyline = track_of(arena, &streams),
                                         .resource_state = 3,
                                         .summary_polyline = summary.map.summary_polyline };
        summary.resource_state = 3;
        write_detail(&call->reply->body, &summary, &detail, &map);
        return SAI_OK;
}

/* Of most recorded activities only the list's answer is there: it is the detail too, without what nobody recorded. */
static void recorded_detail(struct sai_buf *buf, const struct sim_activity *a)
{
        static const char head[] = "{\"resource_state\":2,";
        if (a->detail_json) {
                sai_buf_text(buf, a->detail_json);
                return;
        }
        size_t len = strlen(a->summary_json);
        const char *rest = a->summary_json + 1;
        if (strncmp(a->summary_json, head, sizeof head - 1) == 0)
                rest = a->summary_json + sizeof head - 1;
        sai_buf_text(buf, "{\"resource_state\":3,");
        sai_buf_append(buf, rest, (size_t)(a->summary_json + len - 1 - rest));
        sai_buf_text(buf, ",\"description\":null,\"calories\":0.0,\"segment_efforts\":[],\"laps\":[],\"photos\":{\"primary\":"
                          "null,\"count\":0}}");
}

sai_status api_activity(struct api_call *call, struct sai_err *err)
{
        struct sim_activity *a = api_activity_find(call);
        if (!a)
                return SAI_OK;
        sai_status status = SAI_OK;
        if (a->source == SIM_JSON)
                recorded_detail(&call->reply->body, a);
        else
                status = measured_detail(call, a, err);
        if (status == SAI_OK)
                api_reply_json(call->reply, 200);
        return status;
}

static void recorded_laps(struct sai_buf *buf, const struct sim_activity *a)
{
        json_t *detail = a->detail_json ? json_loads(a->detail_json, 0, NULL) : NULL;
        json_t *laps = json_object_get(detail, "laps");
        if (laps)
                strava_rewrite(buf, laps, RECORDED_DEPTH);
        else
                sai_buf_text(buf, "[]");
        json_decref(detail);
}

static sai_status measured_laps(struct api_call *call, struct sim_activity *a, struct sai_err *err)
{
        struct strava_activity summary;
        struct streams streams;
        struct sai_list laps;
        const struct recording_session *session = NULL;
        sai_status status = catalogue_summary(call->sim, a, &summary, err);
        if (status == SAI_OK)
                status = catalogue_streams(call->sim, a, call->request->arena, &streams, &session, err);
        if (status == SAI_OK)
                status = laps_make(call->request->arena, &summary, &streams, session, &laps, err);
        if (status != SAI_OK)
                return status;
        const struct strava_lap *items = laps.items;
        struct sai_buf *buf = &call->reply->body;
        sai_buf_char(buf, '[');
        for (size_t i = 0; i < laps.count; i++) {
                if (i > 0)
                        sai_buf_char(buf, ',');
                strava_write(buf, &sim_lap_model, &items[i]);
        }
        sai_buf_char(buf, ']');
        return SAI_OK;
}

sai_status api_activity_laps(struct api_call *call, struct sai_err *err)
{
        struct sim_activity *a = api_activity_find(call);
        if (!a)
                return SAI_OK;
        sai_status status = SAI_OK;
        if (a->source == SIM_JSON)
                recorded_laps(&call->reply->body, a);
        else
                status = measured_laps(call, a, err);
        if (status == SAI_OK)
                api_reply_json(call->reply, 200);
        return status;
}
