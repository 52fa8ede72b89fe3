/* xml_write.c -- recordings as GPX and TCX. */
#include "files/writer.h"

#include <math.h>

static int64_t start_ms(const struct recording_session *session)
{
        return SAI_HAS(session->start) ? session->start.value.ms : session->start_local.value.ms;
}

/* Text inside an element or an attribute; what XML cannot hold becomes a blank. */
static void put_text(struct sai_buf *out, const char *text)
{
        for (; *text; text++) {
                switch (*text) {
                case '&':
                        sai_buf_text(out, "&amp;");
                        break;
                case '<':
                        sai_buf_text(out, "&lt;");
                        break;
                case '>':
                        sai_buf_text(out, "&gt;");
                        break;
                case '"':
                        sai_buf_text(out, "&quot;");
                        break;
                default:
                        sai_buf_char(out, (unsigned char)*text < ' ' ? ' ' : *text);
                }
        }
}

static void put_time(struct sai_buf *out, int64_t ms)
{
        char text[SAI_INSTANT_TEXT];
        sai_instant_format((struct sai_instant) { ms }, text);
        sai_buf_text(out, text);
}

static void put_rounded(struct sai_buf *out, double value, double scale) { sai_buf_f64(out, round(value * scale) / scale); }

/* <name>value</name>, or nothing when the value is absent. */
static void put_number(struct sai_buf *out, const char *name, double value, double scale)
{
        if (isnan(value))
                return;
        sai_buf_printf(out, "<%s>", name);
        put_rounded(out, value, scale);
        sai_buf_printf(out, "</%s>", name);
}

static double sample(const struct streams *streams, enum stream_channel channel, size_t i)
{
        return streams->channel[channel] ? streams->channel[channel][i] : (double)NAN;
}

static int64_t sample_ms(const struct recording_session *session, size_t i)
{
        return start_ms(session) + llround(session->streams.channel[STREAM_TIME][i] * 1000);
}

static sai_status check_sessions(const struct recording *recording, struct sai_err *err)
{
        if (recording->session_count == 0)
                return sai_fail(err, SAI_INVALID, "a recording without sessions");
        for (size_t i = 0; i < recording->session_count; i++) {
                const struct recording_session *session = &recording->sessions[i];
                if (!SAI_HAS(session->start) && !SAI_HAS(session->start_local))
                        return sai_fail(err, SAI_INVALID, "session %zu has no start", i + 1);
        }
        return SAI_OK;
}

/* ---- GPX ------------------------------------------------------------------------------------------------------ */

static void gpx_point(struct sai_buf *out, const struct recording_session *session, size_t i)
{
        const struct streams *streams = &session->streams;
        double latitude = sample(streams, STREAM_LATITUDE, i), longitude = sample(streams, STREAM_LONGITUDE, i);
        double rate = sample(streams, STREAM_HEARTRATE, i), cadence = sample(streams, STREAM_CADENCE, i);
        double temp = sample(streams, STREAM_TEMP, i), watts = sample(streams, STREAM_WATTS, i);
        if (isnan(latitude) || isnan(longitude))
                return;
        sai_buf_text(out, "<trkpt lat=\"");
        put_rounded(out, latitude, 1e7);
        sai_buf_text(out, "\" lon=\"");
        put_rounded(out, longitude, 1e7);
        sai_buf_text(out, "\">");
        put_number(out, "ele", sample(streams, STREAM_ALTITUDE, i), 100);
        sai_buf_text(out, "<time>");
        put_time(out, sample_ms(session, i));
        sai_buf_text(out, "</time>");
        if (!isnan(rate) || !isnan(cadence) || !isnan(temp) || !isnan(watts)) {
                sai_buf_text(out, "<extensions>");
                put_number(out, "power", watts, 1);
                sai_buf_text(out, "<gpxtpx:TrackPointExtension>");
                put_number(out, "gpxtpx:atemp", temp, 10);
                put_number(out, "gpxtpx:hr", rate, 1);
                put_number(out, "gpxtpx:cad", cadence, 10);
                sai_buf_text(out, "</gpxtpx:TrackPointExtension></extensions>");
        }
        sai_buf_text(out, "</trkpt>\n");
}

static void gpx_track(struct sai_buf *out, const struct recording_session *session, const char *name)
{
        sai_buf_text(out, "<trk>");
        if (name) {
                sai_buf_text(out, "<name>");
                put_text(out, name);
                sai_buf_text(out, "</name>");
        }
        if (session->sport_known)
                sai_buf_printf(out, "<type>%s</type>", sport_name(session->sport));
        sai_buf_text(out, "<trkseg>\n");
        for (size_t i = 0, pause = 0; i < session->streams.count && !out->failed; i++) {
                double time = session->streams.channel[STREAM_TIME][i];
                bool paused = false;
                for (; pause < session->pause_count && session->pauses[pause].start_s <= time; pause++)
                        paused = i > 0;
                if (paused)
                        sai_buf_text(out, "</trkseg><trkseg>\n");
                gpx_point(out, session, i);
        }
        sai_buf_text(out, "</trkseg></trk>\n");
}

sai_status recording_write_gpx(const struct recording *recording, struct sai_buf *out, struct sai_err *err)
{
        sai_status status = check_sessions(recording, err);
        if (status)
                return status;
        sai_buf_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<gpx version=\"1.1\" creator=\"");
        put_text(out, recording->device ? recording->device : "");
        sai_buf_text(out, "\" xmlns=\"http://www.topografix.com/GPX/1/1\""
                          " xmlns:gpxtpx=\"http://www.garmin.com/xmlschemas/TrackPointExtension/v1\">\n<metadata><time>");
        put_time(out, start_ms(&recording->sessions[0]));
        sai_buf_text(out, "</time></metadata>\n");
        for (size_t i = 0; i < recording->session_count; i++)
                gpx_track(out, &recording->sessions[i], i == 0 ? recording->name : NULL);
        sai_buf_text(out, "</gpx>\n");
        return sai_buf_status(out, err);
}

/* ---- TCX ------------------------------------------------------------------------------------------------------ */

static const char *tcx_sport(enum sport sport)
{
        switch (sport_family(sport)) {
        case FAMILY_RUN:
                return "Running";
        case FAMILY_RIDE:
                return "Biking";
        default:
                return "Other";
        }
}

static void tcx_point(struct sai_buf *out, const struct recording_session *session, size_t i)
{
        const struct streams *streams = &session->streams;
        double latitude = sample(streams, STREAM_LATITUDE, i), longitude = sample(streams, STREAM_LONGITUDE, i);
        double rate = sample(streams, STREAM_HEARTRATE, i), cadence = sample(streams, STREAM_CADENCE, i);
        double speed = sample(streams, STREAM_VELOCITY, i), watts = sample(streams, STREAM_WATTS, i);
        bool running = sport_family(session->sport) == FAMILY_RUN;
        sai_buf_text(out, "<Trackpoint><Time>");
        put_time(out, sample_ms(session, i));
        sai_buf_text(out, "</Time>");
        if (!isnan(latitude) && !isnan(longitude)) {
                sai_buf_text(out, "<Position>");
                put_number(out, "LatitudeDegrees", latitude, 1e7);
                put_number(out, "LongitudeDegrees", longitude, 1e7);
                sai_buf_text(out, "</Position>");
        }
        put_number(out, "AltitudeMeters", sample(streams, STREAM_ALTITUDE, i), 100);
        put_number(out, "DistanceMeters", sample(streams, STREAM_DISTANCE, i), 100);
        if (!isnan(rate)) {
                sai_buf_text(out, "<HeartRateBpm>");
                put_number(out, "Value", rate, 1);
                sai_buf_text(out, "</HeartRateBpm>");
        }
        if (!running)
                put_number(out, "Cadence", cadence, 1);
        if (!isnan(speed) || !isnan(watts) || (running && !isnan(cadence))) {
                sai_buf_text(out, "<Extensions><TPX xmlns=\"http://www.garmin.com/xmlschemas/ActivityExtension/v2\">");
                put_number(out, "Speed", speed, 1000);
                if (running)
                        put_number(out, "RunCadence", cadence, 1);
                put_number(out, "Watts", watts, 1);
                sai_buf_text(out, "</TPX></Extensions>");
        }
        sai_buf_text(out, "</Trackpoint>\n");
}

static void tcx_heartrate(struct sai_buf *out, const char *name, struct sai_opt_f64 rate)
{
        if (SAI_HAS(rate))
                sai_buf_printf(out, "<%s><Value>%lld</Value></%s>", name, llround(rate.value), name);
}

/* The samples from *at on that begin before `until_ms`. */
static void tcx_lap(struct sai_buf *out, const struct recording_session *session, const struct recording_lap *lap,
                    struct sai_opt_f64 calories, int64_t until_ms, size_t *at)
{
        sai_buf_text(out, "<Lap StartTime=\"");
        put_time(out, lap->start.ms);
        sai_buf_text(out, "\">");
        double seconds = sai_opt_or_nan(SAI_HAS(lap->timer_s) ? lap->timer_s : lap->elapsed_s);
        put_number(out, "TotalTimeSeconds", isnan(seconds) ? 0 : seconds, 1000);
        put_number(out, "DistanceMeters", SAI_HAS(lap->distance_m) ? lap->distance_m.value : 0, 100);
        put_number(out, "MaximumSpeed", sai_opt_or_nan(lap->max_speed), 1000);
        put_number(out, "Calories", SAI_HAS(calories) ? calories.value : 0, 1);
        tcx_heartrate(out, "AverageHeartRateBpm", lap->average_heartrate);
        tcx_heartrate(out, "MaximumHeartRateBpm", lap->max_heartrate);
        sai_buf_text(out, "<Intensity>Active</Intensity>");
        put_number(out, "Cadence", sai_opt_or_nan(lap->average_cadence), 1);
        sai_buf_text(out, "<TriggerMethod>Manual</TriggerMethod><Track>\n");
        for (; *at < session->streams.count && sample_ms(session, *at) < until_ms && !out->failed; ++*at)
                tcx_point(out, session, *at);
        sai_buf_text(out, "</Track>");
        if (SAI_HAS(lap->average_watts)) {
                sai_buf_text(out, "<Extensions><LX xmlns=\"http://www.garmin.com/xmlschemas/ActivityExtension/v2\">");
                put_number(out, "AvgWatts", lap->average_watts.value, 1);
                sai_buf_text(out, "</LX></Extensions>");
        }
        sai_buf_text(out, "</Lap>\n");
}

static void tcx_activity(struct sai_buf *out, const struct recording_session *session, const char *name, const char *device)
{
        const struct recording_lap whole = {
                .start = { start_ms(session) },
                .elapsed_s = session->elapsed_s,
                .timer_s = session->timer_s,
                .distance_m = session->distance_m,
                .average_heartrate = session->average_heartrate,
                .max_heartrate = session->max_heartrate,
                .average_cadence = session->average_cadence,
                .average_watts = session->average_watts,
                .max_speed = session->max_speed,
        };
        const struct recording_lap *laps = session->lap_count ? session->laps : &whole;
        size_t lap_count = session->lap_count ? session->lap_count : 1, at = 0;
        sai_buf_printf(out, "<Activity Sport=\"%s\"><Id>", tcx_sport(session->sport));
        put_time(out, start_ms(session));
        sai_buf_text(out, "</Id>\n");
        for (size_t i = 0; i < lap_count && !out->failed; i++)
                tcx_lap(out, session, &laps[i], i == 0 ? session->calories_kcal : (struct sai_opt_f64) { 0 },
                        i + 1 < lap_count ? laps[i + 1].start.ms : INT64_MAX, &at);
        if (name) {
                sai_buf_text(out, "<Notes>");
                put_text(out, name);
                sai_buf_text(out, "</Notes>");
        }
        if (device) {
                sai_buf_text(out, "<Creator><Name>");
                put_text(out, device);
                sai_buf_text(out, "</Name></Creator>");
        }
        sai_buf_text(out, "</Activity>\n");
}

sai_status recording_write_tcx(const struct recording *recording, struct sai_buf *out, struct sai_err *err)
{
        sai_status status = check_sessions(recording, err);
        if (status)
                return status;
        sai_buf_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<TrainingCenterDatabase"
                          " xmlns=\"http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2\"><Activities>\n");
        for (size_t i = 0; i < recording->session_count; i++)
                tcx_activity(out, &recording->sessions[i], i == 0 ? recording->name : NULL, recording->device);
        sai_buf_text(out, "</Activities></TrainingCenterDatabase>\n");
        return sai_buf_status(out, err);
}
