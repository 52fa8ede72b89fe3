/* streams.c -- Strava's stream answers into columns.
 *
 * A long ride is several MB of numbers: they go from the text straight into the columns, without a tree of them. Which keys there are and
 * what they hold is the table of model/streams.h; types that it does not know are left out. */
#include <math.h>

#include "base/limits.h"
#include "client/strava/objects.h"
#include "client/strava/slice.h"

static sai_status broken(struct sai_err *err, const char *key, const char *what)
{
        return sai_fail_field(err, SAI_UPSTREAM, key, "stream %s: %s", key, what);
}

static bool parse_sample(struct sai_text text, bool flag, double *ret)
{
        *ret = (double)NAN;
        if (sai_text_is(text, "null"))
                return true;
        if (flag && (sai_text_is(text, "true") || sai_text_is(text, "false"))) {
                *ret = *text.data == 't';
                return true;
        }
        return sai_parse_f64(text.data, text.len, ret);
}

static bool read_column(struct sai_text data, bool flag, double *column, size_t count)
{
        struct slice_walk walk;
        struct sai_text sample;
        size_t i = 0;
        if (!slice_begin(&walk, data, '['))
                return false;
        while (slice_next(&walk, &sample)) {
                if (i == count || !parse_sample(sample, flag, &column[i++]))
                        return false;
        }
        return !walk.bad && i == count;
}

/* One position; null and [] are a point without one, and so is what lies outside the globe. */
static bool read_position(struct sai_text text, double *latitude, double *longitude)
{
        double pair[2] = { (double)NAN, (double)NAN };
        bool none = sai_text_is(text, "null") || sai_text_is(text, "[]");
        if (!none && !read_column(text, false, pair, 2))
                return false;
        bool on_earth = fabs(pair[0]) <= 90 && fabs(pair[1]) <= 180;
        *latitude = on_earth ? pair[0] : (double)NAN;
        *longitude = on_earth ? pair[1] : (double)NAN;
        return true;
}

static bool read_positions(struct sai_text data, double *latitude, double *longitude, size_t count)
{
        struct slice_walk walk;
        struct sai_text position;
        size_t i = 0;
        if (!slice_begin(&walk, data, '['))
                return false;
        while (slice_next(&walk, &position)) {
                if (i == count || !read_position(position, &latitude[i], &longitude[i]))
                        return false;
                i++;
        }
        return !walk.bad && i == count;
}

static int find_channel(struct sai_text key)
{
        for (int i = 0; i < STREAM_CHANNELS; i++) {
                if (sai_text_is(key, stream_infos[i].key))
                        return i;
        }
        return -1;
}

/* The first stream decides how many points there are. */
static sai_status settle_count(struct streams *streams, struct sai_text data, bool first, const char *key, struct sai_err *err)
{
        size_t count = slice_count(data);
        if (count == 0 && slice_trim(data).len != 2) {
                struct slice_walk walk;
                struct sai_text none;
                if (!slice_begin(&walk, data, '[') || slice_next(&walk, &none) || walk.bad)
                        return broken(err, key, "its data is not an array");
        }
        if (count > SAI_MAX_RECORDING_POINTS)
                return broken(err, key, "too many points");
        if (first)
                streams->count = count;
        return count == streams->count ? SAI_OK : broken(err, key, "its length differs from the others'");
}

static sai_status read_stream(struct streams *streams, struct sai_text type, struct sai_text object, bool *any,
                              struct sai_arena *arena, struct sai_err *err)
{
        int channel = find_channel(type);
        if (channel < 0)
                return SAI_OK;
        const char *key = stream_infos[channel].key;
        struct sai_text data = slice_member(object, "data");
        if (streams->channel[channel])
                return broken(err, key, "is there twice");
        if (!data.data)
                return broken(err, key, "has no data");
        sai_status status = settle_count(streams, data, !*any, key, err);
        if (status != SAI_OK)
                return status;
        *any = true;

        double *column = streams_channel(streams, (enum stream_channel)channel, arena);
        double *second = channel == STREAM_LATITUDE ? streams_channel(streams, STREAM_LONGITUDE, arena) : column;
        if (!column || !second)
                return sai_fail(err, SAI_NO_MEMORY, "no memory for streams");
        bool ok = channel == STREAM_LATITUDE ? read_positions(data, column, second, streams->count)
                                             : read_column(data, channel == STREAM_MOVING, column, streams->count);
        return ok ? SAI_OK : broken(err, key, "has a sample of another type");
}

static sai_status read_keyed(struct sai_text body, struct streams *streams, struct sai_arena *arena, struct sai_err *err)
{
        struct slice_walk walk;
        struct sai_text key, object;
        bool any = false;
        sai_status status = SAI_OK;
        slice_begin(&walk, body, '{');
        while (status == SAI_OK && slice_next_member(&walk, &key, &object))
                status = read_stream(streams, key, object, &any, arena, err);
        return status == SAI_OK && walk.bad ? sai_fail(err, SAI_UPSTREAM, "streams: broken JSON") : status;
}

static sai_status read_listed(struct sai_text body, struct streams *streams, struct sai_arena *arena, struct sai_err *err)
{
        struct slice_walk walk;
        struct sai_text object;
        bool any = false;
        sai_status status = SAI_OK;
        slice_begin(&walk, body, '[');
        while (status == SAI_OK && slice_next(&walk, &object)) {
                struct sai_text type = slice_member(object, "type");
                if (type.len < 2 || *type.data != '"')
                        return sai_fail(err, SAI_UPSTREAM, "streams: one has no type");
                type = (struct sai_text) { type.data + 1, type.len - 2 };
                status = read_stream(streams, type, object, &any, arena, err);
        }
        return status == SAI_OK && walk.bad ? sai_fail(err, SAI_UPSTREAM, "streams: broken JSON") : status;
}

/* Columns promise a time that goes forward. Points that repeat a second, go back or have no time are dropped from every channel. */
static void drop_points_out_of_order(struct streams *streams)
{
        const double *time = streams->channel[STREAM_TIME];
        double last = (double)-INFINITY;
        size_t kept = 0;
        if (!time)
                return;
        for (size_t i = 0; i < streams->count; i++) {
                if (!(time[i] > last))
                        continue;
                last = time[i];
                for (int c = 0; c < STREAM_CHANNELS; c++) {
                        if (streams->channel[c])
                                streams->channel[c][kept] = streams->channel[c][i];
                }
                kept++;
        }
        streams->count = kept;
}

sai_status strava_read_streams(struct sai_text body, struct sai_arena *arena, struct streams *ret, struct sai_err *err)
{
        body = slice_trim(body);
        *ret = (struct streams) { 0 };
        if (body.len < 2 || (*body.data != '{' && *body.data != '['))
                return sai_fail(err, SAI_UPSTREAM, "streams: neither object nor array");
        if (sai_json_scan(body.data, body.len, SAI_MAX_JSON_DEPTH, NULL) != SAI_OK)
                return sai_fail(err, SAI_UPSTREAM, "streams: not JSON");
        sai_status status = *body.data == '{' ? read_keyed(body, ret, arena, err) : read_listed(body, ret, arena, err);
        if (status == SAI_OK)
                drop_points_out_of_order(ret);
        return status;
}
