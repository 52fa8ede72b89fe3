/* write_files.c -- generated activities as FIT, GPX and TCX files: material for import tests that nobody has to give away. */
#include "sim/sim_internal.h"

#include <math.h>

#include "files/writer.h"
#include "sim/measure.h"

enum { FILE_MAX_MIB = 64 };

static const struct {
        const char *extension;
        sai_status (*write)(const struct recording *recording, struct sai_buf *out, struct sai_err *err);
} formats[] = {
        { "fit", recording_write_fit },
        { "gpx", recording_write_gpx },
        { "tcx", recording_write_tcx },
};

/* The session that a device would have written. */
static void describe(const struct workout *w, const struct streams *streams, struct recording_session *ret)
{
        struct measure m = measure_range(streams, 0, streams->count);
        *ret = (struct recording_session) {
                .sport = w->sport,
                .sport_known = true,
                .indoor = w->indoor,
                .start = SAI_SOME(sai_opt_instant, ((struct sai_instant) { w->start_s * 1000 })),
                .utc_offset_s = SAI_SOME(sai_opt_i64, w->offset_s),
                .elapsed_s = SAI_SOME(sai_opt_f64, m.elapsed_s),
                .timer_s = SAI_SOME(sai_opt_f64, m.moving_s),
                .distance_m = SAI_SOME(sai_opt_f64, m.distance),
                .ascent_m = SAI_SOME(sai_opt_f64, round(m.gain_m)),
                .average_heartrate = sai_opt_from_nan(m.average_heartrate),
                .max_heartrate = sai_opt_from_nan(m.max_heartrate),
                .average_watts = sai_opt_from_nan(m.average_watts),
                .streams = *streams,
        };
}

static sai_status save(const char *directory, const struct workout *w, const char *extension, const struct sai_buf *bytes,
                       struct sai_err *err)
{
        char *path = NULL;
        if (asprintf(&path, "%s/%lld-%s.%s", directory, (long long)w->start_s, sport_name(w->sport), extension) < 0)
                return sai_fail(err, SAI_NO_MEMORY, "file name");
        FILE *file = fopen(path, "we");
        bool good = file && fwrite(bytes->data, 1, bytes->len, file) == bytes->len;
        if (file && fclose(file) != 0)
                good = false;
        free(path);
        return good ? SAI_OK : sai_fail(err, SAI_UNAVAILABLE, "a file cannot be written");
}

/* SAI_NOT_FOUND for a workout that the format cannot hold (GPX has only positions) or that has no samples. */
static sai_status write_one(const char *directory, const struct persona *persona, const struct workout *w, size_t format,
                            struct sai_err *err)
{
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(FILE_MAX_MIB));
        struct recording_session session;
        struct recording recording = { .name = w->name, .device = "strava-sim", .sessions = &session, .session_count = 1 };
        struct streams streams;
        struct sai_buf bytes;
        if (!arena)
                return sai_fail(err, SAI_NO_MEMORY, "generated file");
        sai_status status = generator_streams(persona, w, arena, &streams, err);
        if (status != SAI_OK)
                return status;
        if (streams.count == 0 || (formats[format].write == recording_write_gpx && !streams.channel[STREAM_LATITUDE]))
                return SAI_NOT_FOUND;
        describe(w, &streams, &session);
        sai_buf_init(&bytes, SAI_MIB(FILE_MAX_MIB));
        status = formats[format].write(&recording, &bytes, err);
        if (status == SAI_OK)
                status = save(directory, w, formats[format].extension, &bytes, err);
        sai_buf_done(&bytes);
        return status;
}

sai_status sim_write_files(const char *directory, int count, uint64_t seed, struct sai_clock clock, int *ret_written,
                           struct sai_err *err)
{
        struct persona persona = persona_make(seed, 1);
        struct workout *workouts = NULL;
        size_t available = 0;
        int64_t now_s = sai_now_ms(&clock) / 1000;
        *ret_written = 0;
        sai_status status =
                generator_calendar(&persona, (struct sai_day) { (int32_t)(now_s / 86400) }, now_s, &workouts, &available, err);
        /* The newest first; a workout that the format in turn cannot hold is passed over. */
        for (size_t i = available; i-- > 0 && *ret_written < count && status == SAI_OK;) {
                status = write_one(directory, &persona, &workouts[i], (size_t)*ret_written % SAI_COUNT(formats), err);
                if (status == SAI_OK)
                        ++*ret_written;
                else if (status == SAI_NOT_FOUND)
                        status = SAI_OK;
        }
        free(workouts);
        return status;
}
