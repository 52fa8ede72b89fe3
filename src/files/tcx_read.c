/* tcx_read.c -- Garmin's Training Center XML.
 *
 * An <Activity> is a session; laps carry what the device summed up, and their sums are the session's summary. Speed, watts and running
 * cadence come in the TPX extension of a point, averages in the LX extension of a lap. Some writers leave a point's position out when the
 * receiver had none; the point counts all the same. */
#include "files/formats.h"

#include "files/points.h"
#include "files/sport_text.h"
#include "files/xml.h"
#include <math.h>
#include <strings.h>

enum tcx_tag {
        TAG_ACTIVITY = 1,
        TAG_TRANSITION,
        TAG_ID,
        TAG_NOTES,
        TAG_CREATOR,
        TAG_NAME,
        TAG_LAP,
        TAG_TRACKPOINT,
        TAG_TIME,
        TAG_VALUE,
        TAG_LATITUDE,
        TAG_LONGITUDE,
        TAG_ALTITUDE,
        TAG_DISTANCE,
        TAG_HEARTRATE,
        TAG_CADENCE,
        TAG_SPEED,
        TAG_WATTS,
        TAG_LAP_SECONDS,
        TAG_LAP_MAX_SPEED,
        TAG_LAP_CALORIES,
        TAG_LAP_AVERAGE_HEARTRATE,
        TAG_LAP_MAX_HEARTRATE,
        TAG_LAP_AVERAGE_WATTS,
        TAG_LAP_MAX_WATTS,
        TAG_LAP_AVERAGE_CADENCE,
};

static const struct xml_name tcx_names[] = {
        { "Activity", TAG_ACTIVITY },
        { "Transition", TAG_TRANSITION },
        { "Id", TAG_ID },
        { "Notes", TAG_NOTES },
        { "Creator", TAG_CREATOR },
        { "Name", TAG_NAME },
        { "Lap", TAG_LAP },
        { "Trackpoint", TAG_TRACKPOINT },
        { "Time", TAG_TIME },
        { "Value", TAG_VALUE },
        { "LatitudeDegrees", TAG_LATITUDE },
        { "LongitudeDegrees", TAG_LONGITUDE },
        { "AltitudeMeters", TAG_ALTITUDE },
        { "DistanceMeters", TAG_DISTANCE },
        { "HeartRateBpm", TAG_HEARTRATE },
        { "Cadence", TAG_CADENCE },
        { "RunCadence", TAG_CADENCE },
        { "Speed", TAG_SPEED },
        { "Watts", TAG_WATTS },
        { "TotalTimeSeconds", TAG_LAP_SECONDS },
        { "MaximumSpeed", TAG_LAP_MAX_SPEED },
        { "Calories", TAG_LAP_CALORIES },
        { "AverageHeartRateBpm", TAG_LAP_AVERAGE_HEARTRATE },
        { "MaximumHeartRateBpm", TAG_LAP_MAX_HEARTRATE },
        { "AvgWatts", TAG_LAP_AVERAGE_WATTS },
        { "MaxWatts", TAG_LAP_MAX_WATTS },
        { "AvgRunCadence", TAG_LAP_AVERAGE_CADENCE },
        { NULL, 0 },
};

struct tcx {
        struct sai_arena *arena;
        struct recording *recording;
        struct recording_session *session; /* of the activity being read, or NULL */
        struct points points;
        struct point point;
        struct recording_lap lap;
        struct sai_opt_f64 lap_calories, lap_max_watts;
        bool in_lap, lap_has_start;
        size_t lap_capacity, lap_total; /* room in this session; laps of all sessions */
        const char **reason;
        size_t earlier, untimed;
        struct sai_opt_instant id_time; /* <Id> of the activity, which is its start */
};

/* ---- elements that open and close a level --------------------------------------------------------------------- */

static sai_status open_activity(struct tcx *tcx, bool transition, const char **attributes, struct sai_err *err)
{
        struct recording *recording = tcx->recording;
        if (recording->session_count == SAI_MAX_RECORDING_SESSIONS) {
                *tcx->reason = "too_large";
                return sai_fail(err, SAI_INVALID, "the file has more than %d activities", SAI_MAX_RECORDING_SESSIONS);
        }
        struct recording_session *session = tcx->session = &recording->sessions[recording->session_count];
        *session = (struct recording_session) { .sport = SPORT_WORKOUT, .transition = transition };
        const char *sport = xml_attribute(attributes, "Sport");
        if (sport)
                session->sport_known = sport_from_text(sai_text_of(sport), &session->sport, &session->indoor);
        tcx->points = (struct points) { 0 };
        tcx->lap_capacity = 0;
        tcx->id_time = (struct sai_opt_instant) { 0 };
        return SAI_OK;
}

static void add_to(struct sai_opt_f64 *sum, struct sai_opt_f64 value)
{
        if (SAI_HAS(value))
                *sum = SAI_SOME(sai_opt_f64, (SAI_HAS(*sum) ? sum->value : 0) + value.value);
}

static void raise_to(struct sai_opt_f64 *most, struct sai_opt_f64 value)
{
        if (SAI_HAS(value) && (!SAI_HAS(*most) || value.value > most->value))
                *most = value;
}

/* Laps' averages weigh by their time. */
static struct sai_opt_f64 lap_mean(const struct recording_session *session, size_t member)
{
        double sum = 0, weight = 0;
        for (size_t i = 0; i < session->lap_count; i++) {
                const struct recording_lap *lap = &session->laps[i];
                struct sai_opt_f64 value;
                memcpy(&value, (const char *)lap + member, sizeof value);
                if (SAI_HAS(value) && SAI_HAS(lap->timer_s)) {
                        sum += value.value * lap->timer_s.value;
                        weight += lap->timer_s.value;
                }
        }
        return sai_opt_from_nan(weight > 0 ? sum / weight : (double)NAN);
}

static void sum_laps(struct recording_session *session)
{
        for (size_t i = 0; i < session->lap_count; i++) {
                const struct recording_lap *lap = &session->laps[i];
                add_to(&session->timer_s, lap->timer_s);
                add_to(&session->distance_m, lap->distance_m);
                raise_to(&session->max_speed, lap->max_speed);
                raise_to(&session->max_heartrate, lap->max_heartrate);
        }
        session->average_heartrate = lap_mean(session, offsetof(struct recording_lap, average_heartrate));
        session->average_cadence = lap_mean(session, offsetof(struct recording_lap, average_cadence));
        session->average_watts = lap_mean(session, offsetof(struct recording_lap, average_watts));
}

static void open_lap(struct tcx *tcx, const char **attributes)
{
        const char *start = xml_attribute(attributes, "StartTime");
        tcx->lap = (struct recording_lap) { 0 };
        tcx->lap_calories = tcx->lap_max_watts = (struct sai_opt_f64) { 0 };
        tcx->lap_has_start = start && point_time(sai_text_of(start), &tcx->lap.start, &tcx->session->utc_offset_s);
        tcx->in_lap = true;
}

static sai_status close_lap(struct tcx *tcx, struct sai_err *err)
{
        struct recording_session *session = tcx->session;
        tcx->in_lap = false;
        if (tcx->lap_total == SAI_MAX_RECORDING_LAPS) {
                *tcx->reason = "too_large";
                return sai_fail(err, SAI_INVALID, "the file has more than %d laps", SAI_MAX_RECORDING_LAPS);
        }
        if (!tcx->lap_has_start && SAI_HAS(tcx->id_time))
                tcx->lap.start = tcx->id_time.value;
        else if (!tcx->lap_has_start)
                return SAI_OK;
        if (session->lap_count == tcx->lap_capacity) {
                size_t capacity = tcx->lap_capacity ? tcx->lap_capacity * 2 : 16;
                struct recording_lap *larger = SAI_NEW_ARRAY(tcx->arena, struct recording_lap, capacity);
                if (!larger)
                        return sai_fail(err, SAI_NO_MEMORY, "laps");
                if (session->lap_count)
                        memcpy(larger, session->laps, session->lap_count * sizeof *larger);
                session->laps = larger;
                tcx->lap_capacity = capacity;
        }
        /* TotalTimeSeconds runs while the timer does. */
        tcx->lap.elapsed_s = tcx->lap.timer_s;
        session->laps[session->lap_count++] = tcx->lap;
        add_to(&session->calories_kcal, tcx->lap_calories);
        raise_to(&session->max_watts, tcx->lap_max_watts);
        tcx->lap_total++;
        return SAI_OK;
}

/* An activity without points is one all the same if its laps say when and how long. */
static sai_status close_activity(struct tcx *tcx, struct sai_err *err)
{
        struct recording_session *session = tcx->session;
        if (tcx->in_lap) {
                sai_status status = close_lap(tcx, err);
                if (status)
                        return status;
        }
        tcx->session = NULL;
        tcx->earlier += tcx->points.samples.count;
        sum_laps(session);
        if (tcx->points.samples.count == 0) {
                session->elapsed_s = session->timer_s;
                session->start = session->lap_count ? SAI_SOME(sai_opt_instant, session->laps[0].start) : tcx->id_time;
                if (!SAI_HAS(session->timer_s) || !SAI_HAS(session->start))
                        return SAI_OK;
        }
        /* Writers that know no distance put 0 into the laps; then the points decide. */
        if (SAI_HAS(session->distance_m) && session->distance_m.value <= 0)
                session->distance_m = (struct sai_opt_f64) { 0 };
        sai_status status = points_close(&tcx->points, session, tcx->arena, err);
        if (!status && SAI_HAS(session->elapsed_s) && SAI_HAS(session->timer_s) && session->streams.count &&
            session->timer_s.value > session->elapsed_s.value)
                session->timer_s = session->elapsed_s;
        tcx->recording->session_count++;
        return status;
}

static sai_status close_point(struct tcx *tcx, struct sai_err *err)
{
        if (isnan(tcx->point.value[STREAM_TIME])) {
                tcx->untimed++;
                return SAI_OK;
        }
        return points_add(&tcx->points, &tcx->point, tcx->earlier, tcx->arena, tcx->reason, err);
}

/* ---- values --------------------------------------------------------------------------------------------------- */

static void point_value(struct tcx *tcx, int tag, int parent, struct sai_text text)
{
        static const enum stream_channel channels[] = {
                [TAG_LATITUDE] = STREAM_LATITUDE, [TAG_LONGITUDE] = STREAM_LONGITUDE, [TAG_ALTITUDE] = STREAM_ALTITUDE,
                [TAG_DISTANCE] = STREAM_DISTANCE, [TAG_HEARTRATE] = STREAM_HEARTRATE, [TAG_CADENCE] = STREAM_CADENCE,
                [TAG_SPEED] = STREAM_VELOCITY,    [TAG_WATTS] = STREAM_WATTS,
        };
        struct sai_instant time;
        if (tag == TAG_TIME && parent == TAG_TRACKPOINT) {
                if (point_time(text, &time, &tcx->session->utc_offset_s))
                        tcx->point.value[STREAM_TIME] = (double)time.ms / 1000;
        } else if (tag == TAG_VALUE && parent == TAG_HEARTRATE) {
                tcx->point.value[STREAM_HEARTRATE] = point_number(text);
        } else if (tag >= TAG_LATITUDE && tag <= TAG_WATTS && tag != TAG_HEARTRATE) {
                tcx->point.value[channels[tag]] = point_number(text);
        }
}

static void lap_value(struct tcx *tcx, int tag, int parent, struct sai_text text)
{
        /* Faster than any sport; some exports write numbers without a meaning here. */
        const double max_speed = 100;
        struct sai_opt_f64 value = sai_opt_from_nan(point_number(text));
        if (!SAI_HAS(value) || value.value < 0)
                return;
        switch (tag == TAG_VALUE ? parent : tag) {
        case TAG_LAP_SECONDS:
                tcx->lap.timer_s = value;
                break;
        case TAG_DISTANCE:
                tcx->lap.distance_m = value;
                break;
        case TAG_LAP_MAX_SPEED:
                if (value.value <= max_speed)
                        tcx->lap.max_speed = value;
                break;
        case TAG_LAP_CALORIES:
                tcx->lap_calories = value;
                break;
        case TAG_LAP_AVERAGE_HEARTRATE:
                tcx->lap.average_heartrate = value;
                break;
        case TAG_LAP_MAX_HEARTRATE:
                tcx->lap.max_heartrate = value;
                break;
        case TAG_LAP_AVERAGE_WATTS:
                tcx->lap.average_watts = value;
                break;
        case TAG_LAP_MAX_WATTS:
                tcx->lap_max_watts = value;
                break;
        case TAG_CADENCE:
        case TAG_LAP_AVERAGE_CADENCE:
                tcx->lap.average_cadence = value;
                break;
        default:
                break;
        }
}

static sai_status keep_text(struct tcx *tcx, struct sai_text text, const char **member, struct sai_err *err)
{
        if (!text.len || *member)
                return SAI_OK;
        *member = sai_arena_strndup(tcx->arena, text.data, text.len);
        return *member ? SAI_OK : sai_fail(err, SAI_NO_MEMORY, "text of an activity");
}

static sai_status activity_value(struct tcx *tcx, int tag, int parent, struct sai_text text, struct sai_err *err)
{
        if (tag == TAG_NAME && parent == TAG_CREATOR)
                return keep_text(tcx, text, &tcx->recording->device, err);
        if (tag == TAG_NOTES && parent == TAG_ACTIVITY)
                return keep_text(tcx, text, &tcx->recording->name, err);
        if (tag == TAG_ID && parent == TAG_ACTIVITY && point_time(text, &tcx->id_time.value, &tcx->session->utc_offset_s))
                tcx->id_time.has = SAI_VALUE;
        return SAI_OK;
}

/* ---- reading -------------------------------------------------------------------------------------------------- */

static sai_status on_open(struct xml *xml, int tag, const char **attributes)
{
        struct tcx *tcx = xml->context;
        if (!tcx->session) {
                if (tag != TAG_ACTIVITY && tag != TAG_TRANSITION)
                        return SAI_OK;
                sai_status status = open_activity(tcx, tag == TAG_TRANSITION, attributes, xml->err);
                /* A transition between two sports is a lap by itself. */
                if (!status && tag == TAG_TRANSITION)
                        open_lap(tcx, attributes);
                return status;
        }
        if (tag == TAG_LAP && !tcx->in_lap)
                open_lap(tcx, attributes);
        else if (tag == TAG_TRACKPOINT)
                point_clear(&tcx->point);
        return SAI_OK;
}

/* Whether an activity or transition is around the one that closes: hostile nesting, not a session of its own. */
static bool nested_activity(const struct xml *xml)
{
        for (size_t i = 0; i + 1 < xml->depth; i++) {
                if (xml->path[i] == TAG_ACTIVITY || xml->path[i] == TAG_TRANSITION)
                        return true;
        }
        return false;
}

static sai_status on_close(struct xml *xml, int tag, struct sai_text text)
{
        struct tcx *tcx = xml->context;
        if (!tcx->session)
                return SAI_OK;
        int parent = xml_parent(xml);
        switch (tag) {
        case TAG_ACTIVITY:
        case TAG_TRANSITION:
                return nested_activity(xml) ? SAI_OK : close_activity(tcx, xml->err);
        case TAG_LAP:
                return tcx->in_lap && parent == TAG_ACTIVITY ? close_lap(tcx, xml->err) : SAI_OK;
        case TAG_TRACKPOINT:
                return close_point(tcx, xml->err);
        default:
                break;
        }
        if (xml_inside(xml, TAG_TRACKPOINT))
                point_value(tcx, tag, parent, text);
        else if (tcx->in_lap)
                lap_value(tcx, tag, parent, text);
        else
                return activity_value(tcx, tag, parent, text, xml->err);
        return SAI_OK;
}

sai_status tcx_read(const void *data, size_t len, struct sai_arena *arena, struct notes *notes, struct recording *ret_recording,
                    const char **reterr_reason, struct sai_err *err)
{
        struct recording recording = { .format = RECORDING_TCX };
        struct tcx tcx = { .arena = arena, .recording = &recording, .reason = reterr_reason };
        struct xml xml = { .context = &tcx, .names = tcx_names, .open = on_open, .close = on_close };
        recording.sessions = SAI_NEW_ARRAY(arena, struct recording_session, SAI_MAX_RECORDING_SESSIONS);
        if (!recording.sessions)
                return sai_fail(err, SAI_NO_MEMORY, "activities");
        enum xml_damage damage;
        size_t line;
        sai_status status = xml_read(&xml, data, len, &damage, &line, reterr_reason, err);
        /* A cut file ends inside its last lap. */
        if (!status && tcx.session)
                status = close_activity(&tcx, err);
        if (status)
                return status;
        if (tcx.untimed)
                notes_add(notes, "%zu points without a time are left out", tcx.untimed);
        status = points_verdict(&recording, damage, line, tcx.untimed > 0, notes, reterr_reason, err);
        if (!status)
                *ret_recording = recording;
        return status;
}
