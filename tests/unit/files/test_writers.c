/* test_writers.c -- what is written reads back. */
#include "sample_recording.h"

typedef sai_status writer_fn(const struct recording *recording, struct sai_buf *out, struct sai_err *err);

static struct reading *round_trip(writer_fn *write, const struct recording *recording)
{
        struct sai_buf out;
        struct sai_err err = { 0 };
        sai_buf_init(&out, SAI_MIB(16));
        sai_status status = write(recording, &out, &err);
        if (status)
                fail_msg("%s", err.detail);
        struct reading *reading = read_bytes(out.data, out.len);
        sai_buf_done(&out);
        assert_reads(reading);
        return reading;
}

static void assert_same_channel(const struct recording_session *a, const struct recording_session *b, enum stream_channel channel,
                                double tolerance)
{
        assert_int_equal(a->streams.count, b->streams.count);
        assert_non_null(b->streams.channel[channel]);
        for (size_t i = 0; i < a->streams.count; i++) {
                double x = a->streams.channel[channel][i], y = b->streams.channel[channel][i];
                if (isnan(x) != isnan(y) || fabs(x - y) > tolerance)
                        fail_msg("%s[%zu]: %.9g became %.9g", stream_infos[channel].key, i, x, y);
        }
}

static void assert_same_opt(struct sai_opt_f64 a, struct sai_opt_f64 b, double tolerance, const char *what)
{
        assert_int_equal(SAI_HAS(a), SAI_HAS(b));
        if (SAI_HAS(a))
                assert_close(b.value, a.value, tolerance, what);
}

static void assert_same_laps(const struct recording_session *a, const struct recording_session *b)
{
        assert_int_equal(a->lap_count, b->lap_count);
        for (size_t i = 0; i < a->lap_count; i++) {
                assert_int_equal(a->laps[i].start.ms, b->laps[i].start.ms);
                assert_same_opt(a->laps[i].timer_s, b->laps[i].timer_s, 1e-3, "lap timer");
                assert_same_opt(a->laps[i].distance_m, b->laps[i].distance_m, 0.01, "lap distance");
                assert_same_opt(a->laps[i].average_heartrate, b->laps[i].average_heartrate, 0, "lap heart rate");
                assert_same_opt(a->laps[i].max_heartrate, b->laps[i].max_heartrate, 0, "lap max heart rate");
                assert_same_opt(a->laps[i].average_watts, b->laps[i].average_watts, 0, "lap watts");
                assert_same_opt(a->laps[i].max_speed, b->laps[i].max_speed, 1e-3, "lap speed");
        }
}

static void assert_same_fit_session(const struct recording_session *a, const struct recording_session *b)
{
        static const struct {
                enum stream_channel channel;
                double tolerance;
        } channels[] = {
                { STREAM_TIME, 0 },         { STREAM_DISTANCE, 0.0051 }, { STREAM_LATITUDE, 5e-8 }, { STREAM_LONGITUDE, 5e-8 },
                { STREAM_ALTITUDE, 0.101 }, { STREAM_VELOCITY, 0.0006 }, { STREAM_HEARTRATE, 0 },   { STREAM_CADENCE, 0.01 },
                { STREAM_WATTS, 0 },        { STREAM_TEMP, 0 },
        };
        assert_int_equal(a->sport, b->sport);
        assert_int_equal(a->transition, b->transition);
        assert_int_equal(a->indoor, b->indoor);
        assert_int_equal(a->start.value.ms, b->start.value.ms);
        assert_int_equal(a->utc_offset_s.value, b->utc_offset_s.value);
        assert_int_equal(a->point_count, b->point_count);
        for (size_t i = 0; i < SAI_COUNT(channels); i++)
                assert_same_channel(a, b, channels[i].channel, channels[i].tolerance);
        assert_same_opt(a->elapsed_s, b->elapsed_s, 1e-3, "elapsed");
        assert_same_opt(a->timer_s, b->timer_s, 1e-3, "timer");
        assert_same_opt(a->distance_m, b->distance_m, 0.0051, "distance");
        assert_same_opt(a->calories_kcal, b->calories_kcal, 0, "calories");
        assert_same_opt(a->ascent_m, b->ascent_m, 0, "ascent");
        assert_same_opt(a->descent_m, b->descent_m, 0, "descent");
        assert_same_opt(a->max_speed, b->max_speed, 1e-3, "max speed");
        assert_same_opt(a->average_heartrate, b->average_heartrate, 0, "average heart rate");
        assert_same_opt(a->max_heartrate, b->max_heartrate, 0, "max heart rate");
        assert_same_opt(a->average_cadence, b->average_cadence, 0.01, "average cadence");
        assert_same_opt(a->average_watts, b->average_watts, 0, "average watts");
        assert_same_opt(a->max_watts, b->max_watts, 0, "max watts");
        assert_same_opt(a->pool_length_m, b->pool_length_m, 0.01, "pool length");
        assert_same_laps(a, b);
        assert_int_equal(a->pause_count, b->pause_count);
        for (size_t i = 0; i < a->pause_count; i++) {
                assert_close(b->pauses[i].stop_s, a->pauses[i].stop_s, 0, "stop");
                assert_close(b->pauses[i].start_s, a->pauses[i].start_s, 0, "start");
        }
}

static void a_fit_file_holds_the_whole_recording(void **state)
{
        (void)state;
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(16));
        struct recording recording;
        make_sample(&recording, (const enum sport[]) { SPORT_RUN }, 1, 600, arena);
        READING *reading = round_trip(recording_write_fit, &recording);
        assert_int_equal(reading->recording.format, RECORDING_FIT);
        assert_int_equal(reading->recording.warning_count, 0);
        assert_string_equal(reading->recording.name, recording.name);
        assert_string_equal(reading->recording.device, recording.device);
        assert_int_equal(reading->recording.session_count, 1);
        assert_same_fit_session(&recording.sessions[0], &reading->recording.sessions[0]);
}

static void a_fit_file_holds_several_sports(void **state)
{
        (void)state;
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(16));
        struct recording recording;
        make_sample(&recording, (const enum sport[]) { SPORT_SWIM, SPORT_WORKOUT, SPORT_RIDE, SPORT_WORKOUT, SPORT_RUN }, 5, 200,
                    arena);
        recording.sessions[1].transition = recording.sessions[3].transition = true;
        READING *reading = round_trip(recording_write_fit, &recording);
        assert_int_equal(reading->recording.session_count, 5);
        assert_int_equal(reading->recording.warning_count, 0);
        for (size_t i = 0; i < 5; i++)
                assert_same_fit_session(&recording.sessions[i], &reading->recording.sessions[i]);
}

static void pool_lengths_survive(void **state)
{
        (void)state;
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(16));
        struct recording recording;
        make_sample(&recording, (const enum sport[]) { SPORT_SWIM }, 1, 100, arena);
        struct recording_session *session = &recording.sessions[0];
        struct recording_length lengths[4];
        for (size_t i = 0; i < 4; i++)
                lengths[i] = (struct recording_length) { .start = { (SAMPLE_START_S + (int64_t)i * 25) * 1000 },
                                                         .elapsed_s = 24.125,
                                                         .active = i != 2,
                                                         .strokes = SAI_SOME(sai_opt_f64, 14 + (double)i) };
        session->lengths = lengths;
        session->length_count = 4;
        session->indoor = true;
        session->pool_length_m = SAI_SOME(sai_opt_f64, 25);
        READING *reading = round_trip(recording_write_fit, &recording);
        const struct recording_session *back = &reading->recording.sessions[0];
        assert_same_fit_session(session, back);
        assert_int_equal(back->length_count, 4);
        for (size_t i = 0; i < 4; i++) {
                assert_int_equal(back->lengths[i].start.ms, lengths[i].start.ms);
                assert_close(back->lengths[i].elapsed_s, 24.125, 1e-9, "length");
                assert_int_equal(back->lengths[i].active, i != 2);
                assert_same_opt(lengths[i].strokes, back->lengths[i].strokes, 0, "strokes");
        }
}

static void a_recording_without_a_clock_stays_local(void **state)
{
        (void)state;
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(16));
        struct recording recording;
        make_sample(&recording, (const enum sport[]) { SPORT_RUN }, 1, 100, arena);
        struct recording_session *session = &recording.sessions[0];
        session->start = (struct sai_opt_instant) { 0 };
        session->utc_offset_s = (struct sai_opt_i64) { 0 };
        session->start_local = SAI_SOME(sai_opt_local, ((struct sai_local) { INT64_C(1000) * SAMPLE_START_S }));
        READING *reading = round_trip(recording_write_fit, &recording);
        const struct recording_session *back = &reading->recording.sessions[0];
        assert_false(SAI_HAS(back->start));
        assert_true(SAI_HAS(back->start_local));
        assert_int_equal(back->start_local.value.ms, session->start_local.value.ms);
        assert_same_channel(session, back, STREAM_TIME, 0);
        assert_same_laps(session, back);
}

static void sports_survive_where_the_format_knows_them(void **state)
{
        (void)state;
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(64));
        struct recording recording;
        static const enum sport fit_sports[] = { SPORT_RUN,         SPORT_TRAIL_RUN, SPORT_VIRTUAL_RUN, SPORT_RIDE,
                                                 SPORT_GRAVEL_RIDE, SPORT_WALK,      SPORT_HIKE,        SPORT_YOGA,
                                                 SPORT_NORDIC_SKI,  SPORT_ROWING,    SPORT_E_BIKE_RIDE, SPORT_PADEL };
        for (size_t i = 0; i < SAI_COUNT(fit_sports); i++) {
                make_sample(&recording, &fit_sports[i], 1, 10, arena);
                READING *fit = round_trip(recording_write_fit, &recording);
                assert_int_equal(fit->recording.sessions[0].sport, fit_sports[i]);
        }
        for (enum sport sport = 0; sport < SPORT_COUNT; sport++) {
                make_sample(&recording, &sport, 1, 10, arena);
                READING *gpx = round_trip(recording_write_gpx, &recording);
                assert_int_equal(gpx->recording.sessions[0].sport, sport);
                assert_true(gpx->recording.sessions[0].sport_known);
        }
}

static void a_gpx_file_holds_the_points(void **state)
{
        (void)state;
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(16));
        struct recording recording;
        make_sample(&recording, (const enum sport[]) { SPORT_TRAIL_RUN, SPORT_RIDE }, 2, 600, arena);
        READING *reading = round_trip(recording_write_gpx, &recording);
        assert_int_equal(reading->recording.format, RECORDING_GPX);
        assert_int_equal(reading->recording.warning_count, 0);
        assert_string_equal(reading->recording.name, recording.name);
        assert_string_equal(reading->recording.device, recording.device);
        assert_int_equal(reading->recording.session_count, 2);
        for (size_t i = 0; i < 2; i++) {
                const struct recording_session *a = &recording.sessions[i], *b = &reading->recording.sessions[i];
                assert_int_equal(a->sport, b->sport);
                assert_int_equal(a->start.value.ms, b->start.value.ms);
                assert_same_channel(a, b, STREAM_TIME, 0);
                assert_same_channel(a, b, STREAM_LATITUDE, 1e-7);
                assert_same_channel(a, b, STREAM_LONGITUDE, 1e-7);
                assert_same_channel(a, b, STREAM_ALTITUDE, 0.005);
                assert_same_channel(a, b, STREAM_HEARTRATE, 0);
                assert_same_channel(a, b, STREAM_CADENCE, 0.05);
                assert_same_channel(a, b, STREAM_WATTS, 0);
                assert_same_channel(a, b, STREAM_TEMP, 0);
                assert_int_equal(b->pause_count, 1);
                assert_close(b->pauses[0].stop_s, a->pauses[0].stop_s, 0, "stop");
                assert_close(b->pauses[0].start_s, a->pauses[0].start_s, 0, "start");
        }
}

static void a_tcx_file_holds_points_and_laps(void **state)
{
        (void)state;
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(16));
        struct recording recording;
        make_sample(&recording, (const enum sport[]) { SPORT_RUN, SPORT_RIDE }, 2, 600, arena);
        recording.sessions[0].streams.channel[STREAM_LATITUDE][5] = (double)NAN;
        recording.sessions[0].streams.channel[STREAM_LONGITUDE][5] = (double)NAN;
        READING *reading = round_trip(recording_write_tcx, &recording);
        assert_int_equal(reading->recording.format, RECORDING_TCX);
        assert_string_equal(reading->recording.name, recording.name);
        assert_string_equal(reading->recording.device, recording.device);
        assert_int_equal(reading->recording.session_count, 2);
        for (size_t i = 0; i < 2; i++) {
                const struct recording_session *a = &recording.sessions[i], *b = &reading->recording.sessions[i];
                assert_int_equal(a->sport, b->sport);
                assert_int_equal(a->start.value.ms, b->start.value.ms);
                assert_same_channel(a, b, STREAM_TIME, 0);
                assert_same_channel(a, b, STREAM_DISTANCE, 0.005);
                assert_same_channel(a, b, STREAM_LATITUDE, 1e-7);
                assert_same_channel(a, b, STREAM_VELOCITY, 0.0005);
                assert_same_channel(a, b, STREAM_HEARTRATE, 0);
                assert_same_channel(a, b, STREAM_CADENCE, 0.5);
                assert_same_channel(a, b, STREAM_WATTS, 0);
                assert_same_laps(a, b);
                assert_close(b->distance_m.value, a->distance_m.value, 0.02, "distance");
                assert_close(b->calories_kcal.value, 321, 0, "calories");
                assert_close(b->max_heartrate.value, 161, 0, "max heart rate of the laps");
                assert_close(b->average_watts.value, 250, 1e-9, "mean of the laps");
        }
}

static void recordings_that_are_none_are_refused(void **state)
{
        (void)state;
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(16));
        static writer_fn *const writers[] = { recording_write_fit, recording_write_gpx, recording_write_tcx };
        for (size_t i = 0; i < SAI_COUNT(writers); i++) {
                struct recording recording = { 0 };
                struct sai_buf out;
                sai_buf_init(&out, SAI_MIB(1));
                assert_int_equal(writers[i](&recording, &out, NULL), SAI_INVALID);
                make_sample(&recording, (const enum sport[]) { SPORT_RUN }, 1, 10, arena);
                recording.sessions[0].start = (struct sai_opt_instant) { 0 };
                assert_int_equal(writers[i](&recording, &out, NULL), SAI_INVALID);
                sai_buf_done(&out);
        }
}

static void times_that_fit_cannot_hold_are_refused(void **state)
{
        (void)state;
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(16));
        static const struct {
                int64_t start_s;
                double elapsed_s;
        } rows[] = { { 500000000, 60 }, { 4926032900, 60 }, { 4926032894, 60 }, { SAMPLE_START_S, 4e9 } };
        for (size_t i = 0; i < SAI_COUNT(rows); i++) {
                for (int local = 0; local < 2; local++) {
                        struct recording recording;
                        struct sai_buf out;
                        make_sample(&recording, (const enum sport[]) { SPORT_RUN }, 1, 10, arena);
                        struct recording_session *session = &recording.sessions[0];
                        session->start.value.ms = session->start_local.value.ms = rows[i].start_s * 1000;
                        session->elapsed_s.value = rows[i].elapsed_s;
                        if (local) {
                                session->start.has = SAI_ABSENT;
                                session->start_local.has = SAI_VALUE;
                        }
                        sai_buf_init(&out, SAI_MIB(1));
                        assert_int_equal(recording_write_fit(&recording, &out, NULL), SAI_INVALID);
                        assert_int_equal(out.len, 0);
                        sai_buf_done(&out);
                }
        }
}

static void a_full_buffer_is_reported(void **state)
{
        (void)state;
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(16));
        static writer_fn *const writers[] = { recording_write_fit, recording_write_gpx, recording_write_tcx };
        struct recording recording;
        make_sample(&recording, (const enum sport[]) { SPORT_RUN }, 1, 1000, arena);
        for (size_t i = 0; i < SAI_COUNT(writers); i++) {
                for (size_t limit = 1; limit < 20000; limit = limit * 2 + 1) {
                        struct sai_buf out;
                        sai_buf_init(&out, limit);
                        assert_int_not_equal(writers[i](&recording, &out, NULL), SAI_OK);
                        sai_buf_done(&out);
                }
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_fit_file_holds_the_whole_recording),
                cmocka_unit_test(a_fit_file_holds_several_sports),
                cmocka_unit_test(pool_lengths_survive),
                cmocka_unit_test(a_recording_without_a_clock_stays_local),
                cmocka_unit_test(sports_survive_where_the_format_knows_them),
                cmocka_unit_test(a_gpx_file_holds_the_points),
                cmocka_unit_test(a_tcx_file_holds_points_and_laps),
                cmocka_unit_test(recordings_that_are_none_are_refused),
                cmocka_unit_test(times_that_fit_cannot_hold_are_refused),
                cmocka_unit_test(a_full_buffer_is_reported),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
