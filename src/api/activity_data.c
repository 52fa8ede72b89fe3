/* activity_data.c -- an activity's samples: streams, map, the file it came from.
 *
 * Streams are columns of different kinds (numbers, pairs, booleans) whose length is the recording's, so they are written straight into the buffer by
 * the channel table instead of through a model; the schema that the document shows is made of the same table's keys. */
#include "api/api_internal.h"

#include "analytics/chart.h"
#include "base/limits.h"
#include <string.h>

/* -- Query ------------------------------------------------------------------------------------------------------------------------- */

static const char *const resolution_values[] = { "low", "medium", "high", "full", NULL };
static const struct sai_enumeration resolution_names = { "StreamResolution", resolution_values };
static const size_t resolution_points[] = { 100, 1000, 10000, SIZE_MAX };

/* The keys of the API: latlng is two channels. */
static const char *const key_values[] = { "time",    "distance", "latlng", "altitude", "velocity_smooth", "heartrate",
                                          "cadence", "watts",    "temp",   "moving",   "grade_smooth",    NULL };
static const struct sai_enumeration key_names = { "StreamKey", key_values };

struct streams_query {
        struct sai_list keys;
        struct sai_opt_enum resolution;
};
static const struct sai_field streams_query_fields[] = {
        SAI_ARRAY(struct streams_query, keys, SAI_K_ENUM, .enumeration = &key_names, .flags = SAI_F_REPEATED, .max_items = 11,
                  .example = "[\"time\",\"heartrate\"]", .default_text = "all", .doc = "Channels, with commas"),
        SAI_FIELD(struct streams_query, resolution, .enumeration = &resolution_names, .default_text = "medium",
                  .doc = "100, 1,000 or 10,000 points that keep the shape, or all"),
};
static const struct sai_model streams_query_model = SAI_MODEL_OF(struct streams_query, streams_query_fields, "StreamsQuery");

/* For the document only. A model's members are all there in an answer, and `series` holds those that were asked for: so it is shown as free JSON. */
struct streams_answer {
        struct sai_list keys;
        int64_t original_size;
        struct sai_json series;
};
static const struct sai_field streams_answer_fields[] = {
        SAI_ARRAY(struct streams_answer, keys, SAI_K_STR, .max_items = 11, .example = "[\"time\",\"heartrate\"]",
                  .doc = "Keys in `series`"),
        SAI_FIELD(struct streams_answer, original_size, .doc = "Points of the recording; 0 without streams"),
        SAI_FIELD(struct streams_answer, series, .example = "{\"time\":[0,1],\"heartrate\":[120,121]}",
                  .doc = "An object with the keys that were asked for, lined up by index: time (s), distance (m), altitude (m), "
                         "velocity_smooth (m/s), "
                         "heartrate (bpm), cadence (rpm), watts (W), temp (°C) and grade_smooth (%) are arrays of numbers, "
                         "latlng of pairs of latitude and "
                         "longitude, moving of booleans; null where a sample is missing, null as a whole where the activity has "
                         "no such channel"),
};
static const struct sai_model streams_answer_model =
        SAI_MODEL_OF(struct streams_answer, streams_answer_fields, "Streams", .doc = "Samples of an activity");

/* -- Streams ------------------------------------------------------------------------------------------------------------------------- */

static uint32_t channels_of(const char *key)
{
        uint32_t mask = 0;
        for (int c = 0; c < STREAM_CHANNELS; c++) {
                if (strcmp(stream_infos[c].key, key) == 0)
                        mask |= 1u << c;
        }
        return mask;
}

static void write_sample(struct sai_buf *buf, const struct streams *s, uint32_t mask, size_t i)
{
        if (mask == ((1u << STREAM_LATITUDE) | (1u << STREAM_LONGITUDE))) {
                double lat = s->channel[STREAM_LATITUDE][i], lng = s->channel[STREAM_LONGITUDE][i];
                if (isnan(lat) || isnan(lng)) {
                        sai_buf_append(buf, "null", 4);
                        return;
                }
                sai_buf_char(buf, '[');
                sai_json_number(buf, lat, stream_infos[STREAM_LATITUDE].decimals);
                sai_buf_char(buf, ',');
                sai_json_number(buf, lng, stream_infos[STREAM_LONGITUDE].decimals);
                sai_buf_char(buf, ']');
                return;
        }
        int channel = __builtin_ctz(mask);
        double value = s->channel[channel][i];
        if (isnan(value))
                sai_buf_append(buf, "null", 4);
        else if (channel == STREAM_MOVING)
                sai_buf_text(buf, value != 0 ? "true" : "false");
        else
                sai_json_number(buf, value, stream_infos[channel].decimals > 0 ? stream_infos[channel].decimals : -1);
}

static void write_series(struct sai_buf *buf, const struct streams *s, const char *key, const size_t *indices, size_t count)
{
        uint32_t mask = channels_of(key);
        bool there = s->count > 0;
        for (int c = 0; c < STREAM_CHANNELS; c++)
                there = there && (!(mask >> c & 1) || s->channel[c]);
        sai_buf_char(buf, '"');
        sai_buf_text(buf, key);
        sai_buf_text(buf, "\":");
        if (!there) {
                sai_buf_text(buf, "null");
                return;
        }
        sai_buf_char(buf, '[');
        for (size_t i = 0; i < count; i++) {
                if (i)
                        sai_buf_char(buf, ',');
                write_sample(buf, s, mask, indices ? indices[i] : i);
        }
        sai_buf_char(buf, ']');
}

enum { KEYS = SAI_COUNT(key_values) - 1 };

/* The keys asked for, in their order, each once: a member that is there twice is no JSON. None asked for: all. */
static size_t asked_keys(const struct streams_query *query, const char *keys[KEYS])
{
        const int *asked = query->keys.items;
        uint32_t seen = 0;
        size_t count = 0;
        for (size_t i = 0; i < (query->keys.count ? query->keys.count : KEYS); i++) {
                int key = query->keys.count ? asked[i] : (int)i;
                if (!(seen >> key & 1))
                        keys[count++] = key_values[key];
                seen |= 1u << key;
        }
        return count;
}

/* The keys asked for, and those that the choice of points is made on. */
static sai_status load_streams(struct sai_request *request, const struct activity *activity, struct streams *ret,
                               struct sai_err *err)
{
        *ret = (struct streams) { 0 };
        if (!SAI_HAS(activity->streams_id))
                return SAI_OK;
        return store_streams_get(api_of(request)->store, activity->user_id, activity->streams_id.value, 0, request->arena, ret,
                                 err);
}

static sai_status get_streams(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        const struct streams_query *query = request->params_in;
        if (api_cached_reply(request, reply))
                return SAI_OK;
        struct activity activity;
        struct streams streams;
        sai_status status = store_activity_get(api_of(request)->store, request->principal.user_id, request->ids[0],
                                               request->arena, &activity, err);
        if (status == SAI_OK)
                status = load_streams(request, &activity, &streams, err);
        if (status != SAI_OK)
                return status;
        size_t points = resolution_points[SAI_HAS(query->resolution) ? query->resolution.value : 1], count = streams.count;
        size_t *indices = NULL;
        if (streams.count > points && chart_indices(&streams, points, request->arena, &indices, &count) != SAI_OK)
                return sai_fail(err, SAI_NO_MEMORY, "streams");
        const char *keys[KEYS];
        size_t key_count = asked_keys(query, keys);
        struct sai_buf *buf = &reply->body;
        sai_buf_text(buf, "{\"keys\":[");
        for (size_t i = 0; i < key_count; i++)
                sai_buf_printf(buf, "%s\"%s\"", i ? "," : "", keys[i]);
        sai_buf_printf(buf, "],\"original_size\":%zu,\"series\":{", streams.count);
        for (size_t i = 0; i < key_count; i++) {
                if (i)
                        sai_buf_char(buf, ',');
                write_series(buf, &streams, keys[i], indices, count);
        }
        sai_buf_text(buf, "}}");
        status = sai_buf_status(buf, err);
        if (status == SAI_OK)
                api_keep_reply(request, reply);
        return status;
}

/* -- Map: GeoJSON (RFC 7946) ---------------------------------------------------------------------------------------------------------- */

enum { MAP_POINTS = 5000 };

static sai_status get_map(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        struct activity activity;
        struct streams streams;
        sai_status status = store_activity_get(api_of(request)->store, request->principal.user_id, request->ids[0],
                                               request->arena, &activity, err);
        if (status == SAI_OK)
                status = load_streams(request, &activity, &streams, err);
        if (status != SAI_OK)
                return status;
        size_t *indices = NULL, count = streams.count;
        if (count > MAP_POINTS && chart_indices(&streams, MAP_POINTS, request->arena, &indices, &count) != SAI_OK)
                return sai_fail(err, SAI_NO_MEMORY, "map");
        const double *lat = streams.channel[STREAM_LATITUDE], *lng = streams.channel[STREAM_LONGITUDE];
        char id[SAI_ID_HEX + 1];
        sai_id_format(activity.id, id);
        struct sai_buf *buf = &reply->body;
        sai_buf_printf(buf, "{\"type\":\"Feature\",\"id\":\"%s\",\"properties\":{\"name\":", id);
        sai_json_string(buf, activity.name ? activity.name : "", activity.name ? strlen(activity.name) : 0);
        sai_buf_text(buf, ",\"sport_type\":");
        sai_json_string(buf, activity.sport_type, strlen(activity.sport_type));
        sai_buf_text(buf, "},\"geometry\":");
        size_t start = buf->len, written = 0;
        sai_buf_text(buf, "{\"type\":\"LineString\",\"coordinates\":[");
        for (size_t k = 0; lat && lng && k < count; k++) {
                size_t i = indices ? indices[k] : k;
                if (isnan(lat[i]) || isnan(lng[i]))
                        continue;
                sai_buf_text(buf, written++ ? ",[" : "[");
                sai_json_number(buf, lng[i], 6);
                sai_buf_char(buf, ',');
                sai_json_number(buf, lat[i], 6);
                sai_buf_char(buf, ']');
        }
        sai_buf_text(buf, "]}");
        /* A line needs two positions (RFC 7946 section 3.1.4). */
        if (written < 2 && !buf->failed) {
                buf->len = start;
                sai_buf_text(buf, "null");
        }
        sai_buf_char(buf, '}');
        reply->content_type = "application/geo+json";
        return sai_buf_status(buf, err);
}

/* -- The original ------------------------------------------------------------------------------------------------------------------------ */

/* RFC 8187: an ASCII name for old readers, the real one percent-encoded. The name was the client's: only letters, digits and a few marks pass. */
static const char *disposition(const char *name, struct sai_arena *arena)
{
        struct sai_buf buf;
        sai_buf_init(&buf, SAI_KIB(4));
        sai_buf_text(&buf, "attachment; filename=\"");
        for (const char *c = name; *c; c++)
                sai_buf_char(&buf, strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.", *c) ? *c : '_');
        sai_buf_text(&buf, "\"; filename*=UTF-8''");
        for (const unsigned char *c = (const unsigned char *)name; *c; c++) {
                if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.", *c))
                        sai_buf_char(&buf, (char)*c);
                else
                        sai_buf_printf(&buf, "%%%02X", *c);
        }
        char *text = buf.failed ? NULL : sai_arena_strndup(arena, buf.data, buf.len);
        sai_buf_done(&buf);
        return text;
}

static sai_status get_original(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        struct store *store = api_of(request)->store;
        struct activity activity;
        struct sai_bytes original;
        sai_status status =
                store_activity_get(store, request->principal.user_id, request->ids[0], request->arena, &activity, err);
        if (status == SAI_OK && !SAI_HAS(activity.original_id))
                return sai_fail(err, SAI_NOT_FOUND, "the activity has no uploaded file");
        if (status == SAI_OK)
                status = store_blob_get(store, activity.user_id, activity.original_id.value, request->arena, &original, err);
        if (status != SAI_OK)
                return status;
        const char *name = activity.original_name && activity.original_name[0] ? activity.original_name : "activity";
        const char *header = disposition(name, request->arena);
        if (!header)
                return sai_fail(err, SAI_NO_MEMORY, "original");
        sai_reply_header(reply, "Content-Disposition", header);
        reply->content_type = "application/octet-stream";
        reply->shared_body = (struct sai_text) { (const char *)original.data, original.len }; /* lives in the request's arena */
        return SAI_OK;
}

static const sai_status original_problems[] = { SAI_UNAVAILABLE, SAI_OK };

const struct sai_route activity_data_routes[] = {
        { "GET", "/api/v1/activities/:id/streams", get_streams, .auth = SAI_AUTH_USER, .rate = SAI_RATE_READ,
          .query = &streams_query_model, .out = &streams_answer_model, .tag = "activities", .operation = "getActivityStreams",
          .summary = "Samples of an activity" },
        { "GET", "/api/v1/activities/:id/map", get_map, .auth = SAI_AUTH_USER, .rate = SAI_RATE_READ,
          .out_type = "application/geo+json", .tag = "activities", .operation = "getActivityMap",
          .summary = "The track as a GeoJSON feature; geometry is null without GPS" },
        { "GET", "/api/v1/activities/:id/original", get_original, .auth = SAI_AUTH_USER, .rate = SAI_RATE_READ, .cost = 10,
          .out_type = "application/octet-stream", .tag = "activities", .operation = "getActivityOriginal",
          .summary = "The uploaded file, byte for byte", .problems = original_problems },
        { 0 },
};
