/* api_streams.c -- /activities/{id}/streams in both forms.
 *
 * What clients trip over is kept: `distance` comes whether it was asked for or not, and alone when nothing was; types the activity lacks
 * are left out; a manual activity is a 404; without activity:read_all the points near home are missing at both ends. */
#include "sim/api_activity.h"

#include <math.h>

#include "sim/strava_json.h"

static const double PRIVACY_RADIUS_M = 200.0;

struct stream_cut {
        const struct streams *s;
        size_t *index; /* samples that go out */
        size_t count;
};

static bool wanted(struct sai_text keys, const char *key)
{
        for (size_t at = 0; at < keys.len;) {
                size_t end = at;
                while (end < keys.len && keys.data[end] != ',')
                        end++;
                if (sai_text_is((struct sai_text) { keys.data + at, end - at }, key))
                        return true;
                at = end + 1;
        }
        return false;
}

static bool near(const struct streams *s, size_t i, size_t anchor)
{
        const double *lat = s->channel[STREAM_LATITUDE], *lng = s->channel[STREAM_LONGITUDE];
        double north = (lat[i] - lat[anchor]) * 111320.0;
        double east = (lng[i] - lng[anchor]) * 111320.0 * cos(lat[anchor] * M_PI / 180.0);
        return isnan(north) || isnan(east) || hypot(north, east) < PRIVACY_RADIUS_M;
}

/* Strava's times are whole seconds: of samples that fall into one, the first goes out. */
static sai_status choose(const struct streams *s, bool private_ends, struct sai_arena *arena, struct stream_cut *ret,
                         struct sai_err *err)
{
        size_t first = 0, end = s->count;
        if (private_ends && s->channel[STREAM_LATITUDE] && s->count > 0) {
                size_t last = s->count - 1;
                while (first < end && near(s, first, 0))
                        first++;
                while (end > first && near(s, end - 1, last))
                        end--;
        }
        *ret = (struct stream_cut) { .s = s, .index = SAI_NEW_ARRAY(arena, size_t, s->count + 1) };
        if (!ret->index)
                return sai_fail(err, SAI_NO_MEMORY, "streams");
        const double *time = s->channel[STREAM_TIME];
        double last_s = -1.0;
        for (size_t i = first; i < end; i++) {
                if (time && floor(time[i]) <= last_s && i > first)
                        continue;
                last_s = time ? floor(time[i]) : 0.0;
                ret->index[ret->count++] = i;
        }
        return SAI_OK;
}

/* Holes take the value before them, those at the beginning the first one; only watts may hold nulls. */
static double first_value(const double *column, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (!isnan(column[i]))
                        return column[i];
        return 0.0;
}

static void write_sample(struct sai_buf *buf, enum stream_channel channel, double value)
{
        switch (channel) {
        case STREAM_TIME:
                sai_buf_i64(buf, (int64_t)floor(value));
                break;
        case STREAM_HEARTRATE:
        case STREAM_CADENCE:
        case STREAM_WATTS:
        case STREAM_TEMP:
                sai_buf_i64(buf, (int64_t)llround(value));
                break;
        case STREAM_MOVING:
                sai_buf_text(buf, value > 0.0 ? "true" : "false");
                break;
        case STREAM_LATITUDE:
        case STREAM_LONGITUDE:
                strava_write_float(buf, value, 6);
                break;
        case STREAM_VELOCITY:
                strava_write_float(buf, value, 3);
                break;
        case STREAM_DISTANCE:
        case STREAM_ALTITUDE:
        case STREAM_GRADE:
        case STREAM_CHANNELS:
                strava_write_float(buf, value, 1);
                break;
        }
}

static void write_positions(struct sai_buf *buf, const struct stream_cut *cut)
{
        const double *lat = cut->s->channel[STREAM_LATITUDE], *lng = cut->s->channel[STREAM_LONGITUDE];
        double held[2] = { first_value(lat, cut->s->count), first_value(lng, cut->s->count) };
        for (size_t i = 0; i < cut->count; i++) {
                size_t at = cut->index[i];
                if (!isnan(lat[at]) && !isnan(lng[at])) {
                        held[0] = lat[at];
                        held[1] = lng[at];
                }
                sai_buf_append(buf, i ? ",[" : "[", i ? 2 : 1);
                write_sample(buf, STREAM_LATITUDE, held[0]);
                sai_buf_char(buf, ',');
                write_sample(buf, STREAM_LONGITUDE, held[1]);
                sai_buf_char(buf, ']');
        }
}

static void write_column(struct sai_buf *buf, const struct stream_cut *cut, enum stream_channel channel)
{
        const double *column = cut->s->channel[channel];
        double held = first_value(column, cut->s->count);
        for (size_t i = 0; i < cut->count; i++) {
                double value = column[cut->index[i]];
                if (i > 0)
                        sai_buf_char(buf, ',');
                if (isnan(value) && channel == STREAM_WATTS) {
                        sai_buf_append(buf, "null", 4);
                        continue;
                }
                held = isnan(value) ? held : value;
                write_sample(buf, channel, held);
        }
}

static void write_stream(struct sai_buf *buf, const struct stream_cut *cut, enum stream_channel channel, bool by_type, bool first)
{
        const char *key = stream_infos[channel].key;
        if (!first)
                sai_buf_char(buf, ',');
        if (by_type)
                sai_buf_printf(buf, "\"%s\":{\"data\":[", key);
        else
                sai_buf_printf(buf, "{\"type\":\"%s\",\"data\":[", key);
        if (channel == STREAM_LATITUDE)
                write_positions(buf, cut);
        else
                write_column(buf, cut, channel);
        sai_buf_printf(buf, "],\"series_type\":\"distance\",\"original_size\":%zu,\"resolution\":\"high\"}", cut->count);
}

static bool has_values(const struct streams *s, enum stream_channel channel)
{
        const double *column = s->channel[channel];
        for (size_t i = 0; column && i < s->count; i++)
                if (!isnan(column[i]))
                        return true;
        return false;
}

sai_status api_activity_streams(struct api_call *call, struct sai_err *err)
{
        struct sim_activity *a = api_activity_find(call);
        if (!a)
                return SAI_OK;
        if (sai_text_is(api_query(call->request, "resolution"), "all")) {
                api_fault(call->reply, 400, "Bad Request", "Application", "resolution", "invalid");
                return SAI_OK;
        }
        struct streams streams;
        const struct recording_session *session = NULL;
        sai_status status = catalogue_streams(call->sim, a, call->request->arena, &streams, &session, err);
        if (status != SAI_OK)
                return status;
        if (streams.count == 0) {
                api_fault(call->reply, 404, "Resource Not Found", NULL, NULL, NULL);
                return SAI_OK;
        }
        struct stream_cut cut;
        bool trimmed = a->source == SIM_GENERATED && !(call->token.scopes & SCOPE_ACTIVITY_READ_ALL);
        status = choose(&streams, trimmed, call->request->arena, &cut, err);
        if (status != SAI_OK)
                return status;
        struct sai_text keys = api_query(call->request, "keys");
        bool by_type = sai_text_is(api_query(call->request, "key_by_type"), "true"), first = true;
        struct sai_buf *buf = &call->reply->body;
        sai_buf_char(buf, by_type ? '{' : '[');
        for (int c = 0; c < STREAM_CHANNELS; c++) {
                if (c == STREAM_LONGITUDE || !has_values(&streams, (enum stream_channel)c) ||
                    (c != STREAM_DISTANCE && !wanted(keys, stream_infos[c].key)))
                        continue;
                write_stream(buf, &cut, (enum stream_channel)c, by_type, first);
                first = false;
        }
        sai_buf_char(buf, by_type ? '}' : ']');
        api_reply_json(call->reply, 200);
        return SAI_OK;
}
