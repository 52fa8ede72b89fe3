/* support_files.c -- recordings for tests, written by our own writers. */
#include "support_internal.h"

static void fill_session(struct recording_session *session, const struct workout_file *w, struct sai_arena *arena)
{
        *session = (struct recording_session) {
                .sport = w->sport,
                .sport_known = true,
                .start = SAI_SOME(sai_opt_instant, ((struct sai_instant) { w->start_s * 1000 })),
                .utc_offset_s = SAI_SOME(sai_opt_i64, 3600),
                .elapsed_s = SAI_SOME(sai_opt_f64, (double)(w->points - 1)),
                .timer_s = SAI_SOME(sai_opt_f64, (double)(w->points - 1)),
                .distance_m = SAI_SOME(sai_opt_f64, w->speed * (double)(w->points - 1)),
                .point_count = w->points,
                .streams.count = w->points,
        };
        const bool wanted[STREAM_CHANNELS] = { [STREAM_TIME] = true,
                                               [STREAM_DISTANCE] = true,
                                               [STREAM_ALTITUDE] = w->gps,
                                               [STREAM_LATITUDE] = w->gps,
                                               [STREAM_LONGITUDE] = w->gps,
                                               [STREAM_VELOCITY] = true,
                                               [STREAM_HEARTRATE] = w->heartrate,
                                               [STREAM_WATTS] = w->power };
        for (int c = 0; c < STREAM_CHANNELS; c++)
                if (wanted[c])
                        assert_non_null(streams_channel(&session->streams, (enum stream_channel)c, arena));
        for (size_t i = 0; i < w->points; i++) {
                double t = (double)i;
                double *const *channel = session->streams.channel;
                channel[STREAM_TIME][i] = t;
                channel[STREAM_DISTANCE][i] = w->speed * t;
                channel[STREAM_VELOCITY][i] = w->speed;
                if (w->gps) {
                        channel[STREAM_LATITUDE][i] = 47.37 + w->speed * t / 111195.0;
                        channel[STREAM_LONGITUDE][i] = 8.54;
                        channel[STREAM_ALTITUDE][i] = 400 + 20 * sin(t / 200);
                }
                if (w->heartrate)
                        channel[STREAM_HEARTRATE][i] = 130 + floor(20 * sin(t / 90));
                if (w->power)
                        channel[STREAM_WATTS][i] = 200 + floor(40 * sin(t / 60));
        }
}

void *make_file(enum file_format format, const struct workout_file *workouts, size_t count, size_t *ret_len)
{
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(64));
        struct recording recording = { .device = "Test watch", .session_count = count };
        struct sai_err err = { 0 };
        struct sai_buf buf;
        recording.sessions = SAI_NEW_ARRAY(arena, struct recording_session, count);
        assert_non_null(recording.sessions);
        for (size_t i = 0; i < count; i++)
                fill_session(&recording.sessions[i], &workouts[i], arena);
        sai_buf_init(&buf, SAI_MIB(32));
        sai_status status = format == FILE_FIT   ? recording_write_fit(&recording, &buf, &err)
                            : format == FILE_GPX ? recording_write_gpx(&recording, &buf, &err)
                                                 : recording_write_tcx(&recording, &buf, &err);
        if (status != SAI_OK)
                fail_msg("writer: %s", err.detail);
        void *data = malloc(buf.len);
        assert_non_null(data);
        memcpy(data, buf.data, buf.len);
        *ret_len = buf.len;
        sai_buf_done(&buf);
        return data;
}
