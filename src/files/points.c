/* points.c -- growing columns, and turning them into a session. */
#include "files/points.h"

#include "base/limits.h"
#include "base/text.h"
#include "files/track.h"
#include <math.h>

enum { FIRST_CAPACITY = 1024 };

void point_clear(struct point *point)
{
        for (int c = 0; c < STREAM_CHANNELS; c++)
                point->value[c] = (double)NAN;
}

static double *grown(const double *column, size_t count, size_t capacity, struct sai_arena *arena)
{
        double *larger = SAI_NEW_ARRAY(arena, double, capacity);
        if (!larger)
                return NULL;
        if (column)
                memcpy(larger, column, count * sizeof *larger);
        for (size_t i = column ? count : 0; i < capacity; i++)
                larger[i] = (double)NAN;
        return larger;
}

static bool grow(struct points *points, struct sai_arena *arena)
{
        size_t capacity = points->capacity ? points->capacity * 2 : FIRST_CAPACITY;
        for (int c = 0; c < STREAM_CHANNELS; c++) {
                double **column = &points->samples.channel[c];
                if (!*column)
                        continue;
                *column = grown(*column, points->samples.count, capacity, arena);
                if (!*column)
                        return false;
        }
        points->capacity = capacity;
        return true;
}

sai_status points_add(struct points *points, const struct point *point, size_t already, struct sai_arena *arena,
                      const char **reterr_reason, struct sai_err *err)
{
        struct streams *samples = &points->samples;
        if (already + samples->count >= SAI_MAX_RECORDING_POINTS) {
                *reterr_reason = "too_large";
                return sai_fail(err, SAI_INVALID, "the file has more than %d points", SAI_MAX_RECORDING_POINTS);
        }
        if (samples->count == points->capacity && !grow(points, arena))
                return sai_fail(err, SAI_NO_MEMORY, "%zu points", samples->count);
        for (int c = 0; c < STREAM_CHANNELS; c++) {
                double **column = &samples->channel[c];
                if (!*column && (c == STREAM_TIME || !isnan(point->value[c]))) {
                        *column = grown(NULL, 0, points->capacity, arena);
                        if (!*column)
                                return sai_fail(err, SAI_NO_MEMORY, "%zu points", samples->count);
                }
                if (*column)
                        (*column)[samples->count] = point->value[c];
        }
        samples->count++;
        return SAI_OK;
}

bool point_time(struct sai_text text, struct sai_instant *ret, struct sai_opt_i64 *ret_offset_s)
{
        struct sai_local local;
        if (sai_instant_parse(text.data, text.len, ret)) {
                /* What the wall clock showed is the text without its zone, "+hh:mm". "+00:00" is another way to write "Z". */
                size_t zone = strlen("+hh:mm");
                if (text.data[text.len - 1] != 'Z' && sai_local_parse(text.data, text.len - zone, &local) && local.ms != ret->ms)
                        *ret_offset_s = SAI_SOME(sai_opt_i64, (local.ms - ret->ms) / 1000);
                return true;
        }
        if (!sai_local_parse(text.data, text.len, &local))
                return false;
        ret->ms = local.ms;
        return true;
}

double point_number(struct sai_text text)
{
        double value;
        if (text.len > 1 && text.data[0] == '+') {
                text.data++;
                text.len--;
        }
        return sai_parse_f64(text.data, text.len, &value) && fabs(value) <= STREAMS_LARGEST ? value : (double)NAN;
}

/* 0 bpm is a strap without contact. */
static void drop_zero_heartrate(struct streams *samples)
{
        double *rate = samples->channel[STREAM_HEARTRATE];
        for (size_t i = 0; rate && i < samples->count; i++) {
                if (!(rate[i] > 0 && rate[i] < 255))
                        rate[i] = (double)NAN;
        }
}

sai_status points_close(struct points *points, struct recording_session *session, struct sai_arena *arena, struct sai_err *err)
{
        struct streams *samples = &points->samples;
        session->point_count = samples->count;
        drop_zero_heartrate(samples);
        sai_status status = track_sort(samples, arena, err);
        if (status)
                return status;
        session->streams = track_slice(samples, 0, samples->count);
        track_merge(&session->streams);
        if (session->streams.count) {
                double *time = session->streams.channel[STREAM_TIME], start = time[0];
                session->start = SAI_SOME(sai_opt_instant, ((struct sai_instant) { (int64_t)llround(start * 1000) }));
                /* Milliseconds are exact in the file; subtracting must not leave 1e-7 of a second behind. */
                for (size_t i = 0; i < session->streams.count; i++)
                        time[i] = round((time[i] - start) * 1000) / 1000;
                for (size_t i = 0; i < session->pause_count; i++) {
                        session->pauses[i].stop_s -= start;
                        session->pauses[i].start_s -= start;
                }
        }
        return track_complete(session, arena, err);
}

sai_status points_verdict(const struct recording *recording, enum xml_damage damage, size_t line, bool untimed,
                          struct notes *notes, const char **reterr_reason, struct sai_err *err)
{
        const char *what = damage == XML_CUT ? "ends early" : "is not well-formed";
        if (recording->session_count > 0) {
                if (damage != XML_WHOLE)
                        notes_add(notes, "the document %s at line %zu; what came before was read", what, line);
                return SAI_OK;
        }
        if (damage != XML_WHOLE) {
                *reterr_reason = damage == XML_CUT ? "truncated" : "bad_xml";
                return sai_fail(err, SAI_INVALID, "line %zu: the document %s", line, what);
        }
        *reterr_reason = untimed ? "no_start_time" : "no_points";
        return sai_fail(err, SAI_INVALID, untimed ? "no point has a time" : "the file has no track points");
}
