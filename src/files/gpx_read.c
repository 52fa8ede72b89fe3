/* gpx_read.c -- GPX 1.0 and 1.1 tracks, with the extensions that recordings carry.
 *
 * A <trk> is a session, a gap between its segments a pause. Heart rate and the like come in Garmin's TrackPointExtension (v1, v2),
 * in Cluetrust's gpxdata, or as bare tags; all are told by their local name. GPX has no summary and mostly no distance: both are
 * made from the points. Waypoints and routes are plans, not recordings, and are not read. */
#include "files/formats.h"

#include "files/points.h"
#include "files/sport_text.h"
#include "files/xml.h"
#include <math.h>

enum gpx_tag {
        TAG_GPX = 1,
        TAG_TRACK,
        TAG_SEGMENT,
        TAG_POINT,
        TAG_TIME,
        TAG_NAME,
        TAG_TYPE,
        TAG_ELEVATION,
        TAG_HEARTRATE,
        TAG_CADENCE,
        TAG_TEMP,
        TAG_WATTS,
        TAG_SPEED,
        TAG_DISTANCE,
};

static const struct xml_name gpx_names[] = {
        { "gpx", TAG_GPX },
        { "trk", TAG_TRACK },
        { "trkseg", TAG_SEGMENT },
        { "trkpt", TAG_POINT },
        { "time", TAG_TIME },
        { "name", TAG_NAME },
        { "type", TAG_TYPE },
        { "ele", TAG_ELEVATION },
        { "hr", TAG_HEARTRATE },
        { "heartrate", TAG_HEARTRATE },
        { "heart_rate", TAG_HEARTRATE },
        { "cad", TAG_CADENCE },
        { "cadence", TAG_CADENCE },
        { "runcadence", TAG_CADENCE },
        { "atemp", TAG_TEMP },
        { "temp", TAG_TEMP },
        { "temperature", TAG_TEMP },
        { "power", TAG_WATTS },
        { "watts", TAG_WATTS },
        { "powerinwatts", TAG_WATTS },
        { "speed", TAG_SPEED },
        { "distance", TAG_DISTANCE },
        { NULL, 0 },
};

struct gpx {
        struct sai_arena *arena;
        struct recording *recording;
        struct recording_session *session; /* of the track being read */
        struct points points; /* its samples */
        struct point point;
        const char **reason;
        size_t earlier; /* points of the tracks before */
        size_t untimed; /* points left out for having no time */
        size_t pause_capacity;
        double segment_end; /* time of the last point before this segment, or NaN */
        bool segment_begins;
};

static sai_status open_track(struct gpx *gpx, struct sai_err *err)
{
        struct recording *recording = gpx->recording;
        if (recording->session_count == SAI_MAX_RECORDING_SESSIONS) {
                *gpx->reason = "too_large";
                return sai_fail(err, SAI_INVALID, "the file has more than %d tracks", SAI_MAX_RECORDING_SESSIONS);
        }
        gpx->session = &recording->sessions[recording->session_count];
        *gpx->session = (struct recording_session) { .sport = SPORT_WORKOUT };
        gpx->points = (struct points) { 0 };
        gpx->pause_capacity = 0;
        gpx->segment_end = (double)NAN;
        return SAI_OK;
}

static sai_status close_track(struct gpx *gpx, struct sai_err *err)
{
        gpx->earlier += gpx->points.samples.count;
        if (gpx->points.samples.count == 0) {
                gpx->session = NULL;
                return SAI_OK;
        }
        sai_status status = points_close(&gpx->points, gpx->session, gpx->arena, err);
        gpx->session = NULL;
        gpx->recording->session_count++;
        return status;
}

static void open_point(struct gpx *gpx, const char **attributes)
{
        point_clear(&gpx->point);
        const char *latitude = xml_attribute(attributes, "lat"), *longitude = xml_attribute(attributes, "lon");
        gpx->point.value[STREAM_LATITUDE] = point_number(sai_text_of(latitude));
        gpx->point.value[STREAM_LONGITUDE] = point_number(sai_text_of(longitude));
}

/* Doubles the list when it is full; segments are bounded by the points in them. */
static sai_status add_pause(struct gpx *gpx, double stop, double start, struct sai_err *err)
{
        struct recording_session *session = gpx->session;
        if (session->pause_count == SAI_MAX_RECORDING_PAUSES)
                return SAI_OK;
        if (session->pause_count == gpx->pause_capacity) {
                size_t capacity = gpx->pause_capacity ? gpx->pause_capacity * 2 : 8;
                struct recording_pause *larger = SAI_NEW_ARRAY(gpx->arena, struct recording_pause, capacity);
                if (!larger)
                        return sai_fail(err, SAI_NO_MEMORY, "pauses of a track");
                if (session->pause_count)
                        memcpy(larger, session->pauses, session->pause_count * sizeof *larger);
                session->pauses = larger;
                gpx->pause_capacity = capacity;
        }
        session->pauses[session->pause_count++] = (struct recording_pause) { stop, start };
        return SAI_OK;
}

static sai_status close_point(struct gpx *gpx, struct sai_err *err)
{
        double time = gpx->point.value[STREAM_TIME];
        if (isnan(time)) {
                gpx->untimed++;
                return SAI_OK;
        }
        if (gpx->segment_begins && time > gpx->segment_end) {
                sai_status status = add_pause(gpx, gpx->segment_end, time, err);
                if (status)
                        return status;
        }
        gpx->segment_begins = false;
        gpx->segment_end = time;
        return points_add(&gpx->points, &gpx->point, gpx->earlier, gpx->arena, gpx->reason, err);
}

static sai_status on_open(struct xml *xml, int tag, const char **attributes)
{
        struct gpx *gpx = xml->context;
        if (tag == TAG_GPX && xml->depth == 1) {
                const char *creator = xml_attribute(attributes, "creator");
                if (creator && *creator && !gpx->recording->device) {
                        gpx->recording->device = sai_arena_strndup(gpx->arena, creator, strnlen(creator, SAI_MAX_XML_TEXT));
                        if (!gpx->recording->device)
                                return sai_fail(xml->err, SAI_NO_MEMORY, "creator");
                }
        } else if (tag == TAG_TRACK && !gpx->session) {
                return open_track(gpx, xml->err);
        } else if (tag == TAG_SEGMENT) {
                gpx->segment_begins = true;
        } else if (tag == TAG_POINT) {
                open_point(gpx, attributes);
        }
        return SAI_OK;
}

static sai_status close_track_text(struct gpx *gpx, int tag, struct sai_text text, struct sai_err *err)
{
        if (tag == TAG_TYPE) {
                struct recording_session *session = gpx->session;
                session->sport_known = sport_from_text(text, &session->sport, &session->indoor);
        } else if (tag == TAG_NAME && text.len && !gpx->recording->name) {
                gpx->recording->name = sai_arena_strndup(gpx->arena, text.data, text.len);
                if (!gpx->recording->name)
                        return sai_fail(err, SAI_NO_MEMORY, "name");
        }
        return SAI_OK;
}

static void close_point_text(struct gpx *gpx, int tag, struct sai_text text)
{
        static const enum stream_channel channels[] = {
                [TAG_ELEVATION] = STREAM_ALTITUDE, [TAG_HEARTRATE] = STREAM_HEARTRATE, [TAG_CADENCE] = STREAM_CADENCE,
                [TAG_TEMP] = STREAM_TEMP,          [TAG_WATTS] = STREAM_WATTS,         [TAG_SPEED] = STREAM_VELOCITY,
                [TAG_DISTANCE] = STREAM_DISTANCE,
        };
        struct sai_instant time;
        if (tag == TAG_TIME) {
                if (point_time(text, &time, &gpx->session->utc_offset_s))
                        gpx->point.value[STREAM_TIME] = (double)time.ms / 1000;
        } else if (tag >= TAG_ELEVATION) {
                gpx->point.value[channels[tag]] = point_number(text);
        }
}

static sai_status on_close(struct xml *xml, int tag, struct sai_text text)
{
        struct gpx *gpx = xml->context;
        if (!gpx->session)
                return SAI_OK;
        if (tag == TAG_TRACK && xml->depth == 2)
                return close_track(gpx, xml->err);
        if (tag == TAG_POINT && xml_parent(xml) == TAG_SEGMENT)
                return close_point(gpx, xml->err);
        if (xml_parent(xml) == TAG_TRACK)
                return close_track_text(gpx, tag, text, xml->err);
        if (xml_inside(xml, TAG_POINT))
                close_point_text(gpx, tag, text);
        return SAI_OK;
}

sai_status gpx_read(const void *data, size_t len, struct sai_arena *arena, struct notes *notes, struct recording *ret_recording,
                    const char **reterr_reason, struct sai_err *err)
{
        struct recording recording = { .format = RECORDING_GPX };
        struct gpx gpx = { .arena = arena, .recording = &recording, .reason = reterr_reason };
        struct xml xml = { .context = &gpx, .names = gpx_names, .open = on_open, .close = on_close };
        recording.sessions = SAI_NEW_ARRAY(arena, struct recording_session, SAI_MAX_RECORDING_SESSIONS);
        if (!recording.sessions)
                return sai_fail(err, SAI_NO_MEMORY, "tracks");
        enum xml_damage damage;
        size_t line;
        sai_status status = xml_read(&xml, data, len, &damage, &line, reterr_reason, err);
        /* A cut file ends inside its last track. */
        if (!status && gpx.session)
                status = close_track(&gpx, err);
        if (status)
                return status;
        if (gpx.untimed)
                notes_add(notes, "%zu points without a time are left out", gpx.untimed);
        status = points_verdict(&recording, damage, line, gpx.untimed > 0, notes, reterr_reason, err);
        if (!status)
                *ret_recording = recording;
        return status;
}
