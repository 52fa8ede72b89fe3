/* sample_recording.h -- a made-up recording with everything in it, for the writers and for damage. */
#ifndef SAMPLE_RECORDING_H
#define SAMPLE_RECORDING_H

#include "files/writer.h"
#include "files_testing.h"

enum { SAMPLE_START_S = 1750000000 }; /* 2025-06-15T15:06:40Z */

static inline void fill_sample_session(struct recording_session *session, enum sport sport, size_t points, int64_t start_s,
                                       struct sai_arena *arena)
{
        *session = (struct recording_session) {
                .sport = sport,
                .sport_known = true,
                .start = SAI_SOME(sai_opt_instant, ((struct sai_instant) { start_s * 1000 })),
                .utc_offset_s = SAI_SOME(sai_opt_i64, 7200),
                .elapsed_s = SAI_SOME(sai_opt_f64, (double)points + 10.5),
                .timer_s = SAI_SOME(sai_opt_f64, (double)points - 0.25),
                .calories_kcal = SAI_SOME(sai_opt_f64, 321),
                .ascent_m = SAI_SOME(sai_opt_f64, 45),
                .descent_m = SAI_SOME(sai_opt_f64, 44),
                .max_speed = SAI_SOME(sai_opt_f64, 4.321),
                .average_heartrate = SAI_SOME(sai_opt_f64, 145),
                .max_heartrate = SAI_SOME(sai_opt_f64, 178),
                .average_cadence = SAI_SOME(sai_opt_f64, 86.5),
                .average_watts = SAI_SOME(sai_opt_f64, 250),
                .max_watts = SAI_SOME(sai_opt_f64, 612),
                .point_count = points,
                .streams.count = points,
        };
        for (enum stream_channel c = STREAM_TIME; c <= STREAM_TEMP; c++)
                assert_non_null(streams_channel(&session->streams, c, arena));
        double *const *channel = session->streams.channel;
        for (size_t i = 0; i < points; i++) {
                double t = (double)i;
                channel[STREAM_TIME][i] = i < points / 2 ? t : t + 10;
                channel[STREAM_DISTANCE][i] = 2.75 * t;
                channel[STREAM_LATITUDE][i] = 48.1 + 2.4e-5 * t;
                channel[STREAM_LONGITUDE][i] = 11.5 + 1e-6 * t;
                channel[STREAM_ALTITUDE][i] = 520.2 + (double)(i % 40) * 0.2;
                channel[STREAM_VELOCITY][i] = 2.75 + 0.125 * (double)(i % 3);
                channel[STREAM_HEARTRATE][i] = i % 7 == 3 ? (double)NAN : 120 + (double)(i % 50);
                channel[STREAM_CADENCE][i] = 85 + 0.5 * (double)(i % 4);
                channel[STREAM_WATTS][i] = 240 + (double)(i % 20);
                channel[STREAM_TEMP][i] = -3 + (double)(i / 100);
        }
        session->distance_m = SAI_SOME(sai_opt_f64, 2.75 * (double)(points - 1));
        session->pauses = SAI_NEW(arena, struct recording_pause);
        session->pause_count = 1;
        session->pauses[0] = (struct recording_pause) { (double)(points / 2) - 1, (double)(points / 2) + 10 };
        session->laps = SAI_NEW_ARRAY(arena, struct recording_lap, 2);
        session->lap_count = 2;
        for (size_t i = 0; i < 2; i++) {
                session->laps[i] = (struct recording_lap) {
                        .start = { (start_s + (int64_t)(i * (points / 2 + 10))) * 1000 },
                        .elapsed_s = SAI_SOME(sai_opt_f64, (double)(points / 2)),
                        .timer_s = SAI_SOME(sai_opt_f64, (double)(points / 2)),
                        .distance_m = SAI_SOME(sai_opt_f64, session->distance_m.value / 2),
                        .average_heartrate = SAI_SOME(sai_opt_f64, 140 + (double)i),
                        .max_heartrate = SAI_SOME(sai_opt_f64, 160 + (double)i),
                        .average_cadence = SAI_SOME(sai_opt_f64, 86),
                        .average_watts = SAI_SOME(sai_opt_f64, 249 + (double)i * 2),
                        .max_speed = SAI_SOME(sai_opt_f64, 4.321),
                };
        }
}

/* One session for one sport, or several one after the other with a gap of a minute. */
static inline void make_sample(struct recording *recording, const enum sport *sports, size_t session_count, size_t points,
                               struct sai_arena *arena)
{
        *recording = (struct recording) { .name = "Zw\xC3\xB6lf <km> & \"mehr\"", .device = "Testwerk 3000" };
        recording->sessions = SAI_NEW_ARRAY(arena, struct recording_session, session_count);
        recording->session_count = session_count;
        int64_t start = SAMPLE_START_S;
        for (size_t i = 0; i < session_count; i++) {
                fill_sample_session(&recording->sessions[i], sports[i], points, start, arena);
                start += (int64_t)points + 10 + 60;
        }
}

#endif
