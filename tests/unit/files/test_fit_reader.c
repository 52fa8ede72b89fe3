/* test_fit_reader.c -- the odd corners of FIT, from files made byte by byte. */
#include "fit_bytes.h"

static const struct recording_session *only_session(const struct reading *reading)
{
        assert_reads(reading);
        assert_int_equal(reading->recording.session_count, 1);
        return &reading->recording.sessions[0];
}

/* One record with every base type that matters, in the order given; then the same decoded. */
static void record_of_all_channels(struct fit_bytes *fit)
{
        FIT_DEFINE(fit, 2, FIT_RECORD, 253, 4, FIT_UINT32, 0, 4, FIT_SINT32, 1, 4, FIT_SINT32, 2, 2, FIT_UINT16, 3, 1, FIT_UINT8,
                   4, 1, FIT_UINT8, 5, 4, FIT_UINT32, 6, 2, FIT_UINT16, 7, 2, FIT_UINT16, 13, 1, FIT_SINT8, 53, 1, FIT_UINT8);
        fit_u8(fit, 2);
        fit_number32(fit, FIT_T0 + 5);
        fit_number32(fit, 607129829);
        fit_number32(fit, (uint32_t)-1073741824);
        fit_number16(fit, 3003);
        fit_u8(fit, 142);
        fit_u8(fit, 88);
        fit_number32(fit, 1234);
        fit_number16(fit, 3456);
        fit_number16(fit, 287);
        fit_u8(fit, (uint8_t)-7);
        fit_u8(fit, 64);
}

static void both_byte_orders_read_the_same(void **state)
{
        (void)state;
        for (int big_endian = 0; big_endian < 2; big_endian++) {
                struct fit_bytes fit;
                fit_begin(&fit);
                fit.big_endian = big_endian;
                fit_file_id(&fit, FIT_FILE_TYPE_ACTIVITY);
                record_of_all_channels(&fit);
                fit_session(&fit, 0, 60, 2, 8);
                READING *reading = fit_read_closed(&fit, big_endian ? 12 : 14);
                const struct recording_session *session = only_session(reading);
                assert_int_equal(reading->recording.warning_count, 0);
                assert_int_equal(session->sport, SPORT_MOUNTAIN_BIKE_RIDE);
                assert_int_equal(session->start.value.ms, FIT_T0_UNIX_MS);
                static const struct {
                        enum stream_channel channel;
                        double value;
                } expected[] = {
                        { STREAM_TIME, 5 },         { STREAM_LATITUDE, 50.8890344 }, { STREAM_LONGITUDE, -90 },
                        { STREAM_ALTITUDE, 100.6 }, { STREAM_HEARTRATE, 142 },       { STREAM_CADENCE, 88.5 },
                        { STREAM_DISTANCE, 12.34 }, { STREAM_VELOCITY, 3.456 },      { STREAM_WATTS, 287 },
                        { STREAM_TEMP, -7 },
                };
                assert_int_equal(session->streams.count, 1);
                for (size_t i = 0; i < SAI_COUNT(expected); i++) {
                        assert_non_null(session->streams.channel[expected[i].channel]);
                        assert_close(session->streams.channel[expected[i].channel][0], expected[i].value, 5e-8,
                                     stream_infos[expected[i].channel].key);
                }
        }
}

static void invalid_values_are_absent_not_numbers(void **state)
{
        (void)state;
        struct fit_bytes fit;
        fit_begin(&fit);
        fit_file_id(&fit, FIT_FILE_TYPE_ACTIVITY);
        record_of_all_channels(&fit);
        fit_u8(&fit, 2);
        fit_number32(&fit, FIT_T0 + 6);
        fit_number32(&fit, 0x7FFFFFFF);
        fit_number32(&fit, 0x7FFFFFFF);
        fit_number16(&fit, 0xFFFF);
        fit_u8(&fit, 0xFF);
        fit_u8(&fit, 0xFF);
        fit_number32(&fit, 0xFFFFFFFF);
        fit_number16(&fit, 0xFFFF);
        fit_number16(&fit, 0xFFFF);
        fit_u8(&fit, 0x7F);
        fit_u8(&fit, 0xFF);
        fit_session(&fit, 0, 60, 1, 0);
        READING *reading = fit_read_closed(&fit, 14);
        const struct recording_session *session = only_session(reading);
        assert_int_equal(session->streams.count, 2);
        for (enum stream_channel c = STREAM_DISTANCE; c < STREAM_CHANNELS; c++) {
                if (session->streams.channel[c])
                        assert_true(isnan(session->streams.channel[c][1]));
        }
        assert_int_equal(session->streams.channel[STREAM_TIME][1], 6);
}

static void zero_heart_rate_is_no_heart_rate(void **state)
{
        (void)state;
        struct fit_bytes fit;
        fit_begin(&fit);
        fit_file_id(&fit, FIT_FILE_TYPE_ACTIVITY);
        FIT_DEFINE(&fit, 2, FIT_RECORD, 253, 4, FIT_UINT32, 3, 1, FIT_UINT8, 7, 2, FIT_UINT16);
        for (uint32_t i = 0; i < 3; i++) {
                fit_u8(&fit, 2);
                fit_number32(&fit, FIT_T0 + i);
                fit_u8(&fit, i == 1 ? 60 : 0);
                fit_number16(&fit, 0);
        }
        fit_session(&fit, 0, 2, 1, 0);
        READING *reading = fit_read_closed(&fit, 14);
        const struct recording_session *session = only_session(reading);
        assert_int_equal(count_values(&session->streams, STREAM_HEARTRATE), 1);
        assert_int_equal(count_values(&session->streams, STREAM_WATTS), 3);
}

static void enhanced_fields_win_over_plain_ones(void **state)
{
        (void)state;
        struct fit_bytes fit;
        fit_begin(&fit);
        fit_file_id(&fit, FIT_FILE_TYPE_ACTIVITY);
        FIT_DEFINE(&fit, 2, FIT_RECORD, 73, 4, FIT_UINT32, 6, 2, FIT_UINT16, 78, 4, FIT_UINT32, 2, 2, FIT_UINT16, 253, 4,
                   FIT_UINT32);
        fit_u8(&fit, 2);
        fit_number32(&fit, 70000);
        fit_number16(&fit, 65000);
        fit_number32(&fit, 47500);
        fit_number16(&fit, 0xFFFE);
        fit_number32(&fit, FIT_T0);
        fit_u8(&fit, 2);
        fit_number32(&fit, 0xFFFFFFFF);
        fit_number16(&fit, 1500);
        fit_number32(&fit, 0xFFFFFFFF);
        fit_number16(&fit, 2500);
        fit_number32(&fit, FIT_T0 + 1);
        fit_session(&fit, 0, 2, 2, 0);
        READING *reading = fit_read_closed(&fit, 14);
        const struct recording_session *session = only_session(reading);
        assert_close(session->streams.channel[STREAM_VELOCITY][0], 70, 1e-9, "enhanced speed");
        assert_close(session->streams.channel[STREAM_ALTITUDE][0], 9000, 1e-9, "enhanced altitude");
        assert_close(session->streams.channel[STREAM_VELOCITY][1], 1.5, 1e-9, "plain speed");
        assert_close(session->streams.channel[STREAM_ALTITUDE][1], 0, 1e-9, "plain altitude");
}

static void compressed_timestamps_count_on_and_roll_over(void **state)
{
        (void)state;
        struct fit_bytes fit;
        fit_begin(&fit);
        fit_file_id(&fit, FIT_FILE_TYPE_ACTIVITY);
        FIT_DEFINE(&fit, 3, FIT_EVENT, 253, 4, FIT_UINT32, 0, 1, FIT_ENUM, 1, 1, FIT_ENUM);
        fit_u8(&fit, 3);
        fit_number32(&fit, FIT_T0);
        fit_u8(&fit, 0);
        fit_u8(&fit, 0);
        FIT_DEFINE(&fit, 2, FIT_RECORD, 3, 1, FIT_UINT8);
        static const uint32_t seconds[] = { 1, 5, 30, 31, 33, 60, 62, 93 };
        for (size_t i = 0; i < SAI_COUNT(seconds); i++) {
                fit_u8(&fit, 0x80 | 2 << 5 | ((FIT_T0 + seconds[i]) & 0x1F));
                fit_u8(&fit, 100 + (unsigned)i);
        }
        fit_session(&fit, 0, 93, 1, 0);
        READING *reading = fit_read_closed(&fit, 14);
        const struct recording_session *session = only_session(reading);
        assert_int_equal(session->streams.count, SAI_COUNT(seconds));
        for (size_t i = 0; i < SAI_COUNT(seconds); i++) {
                assert_close(session->streams.channel[STREAM_TIME][i], seconds[i], 0, "time");
                assert_close(session->streams.channel[STREAM_HEARTRATE][i], 100 + (double)i, 0, "heart rate");
        }
}

static void packed_speed_and_distance_unwrap(void **state)
{
        (void)state;
        struct fit_bytes fit;
        fit_begin(&fit);
        fit_file_id(&fit, FIT_FILE_TYPE_ACTIVITY);
        FIT_DEFINE(&fit, 2, FIT_RECORD, 253, 4, FIT_UINT32, 8, 3, FIT_BYTE);
        unsigned distance = 0;
        for (uint32_t i = 0; i < 40; i++) {
                fit_u8(&fit, 2);
                fit_number32(&fit, FIT_T0 + i * 5);
                unsigned speed = 250, packed = distance & 0xFFF;
                fit_u8(&fit, speed & 0xFF);
                fit_u8(&fit, speed >> 8 | (packed & 0xF) << 4);
                fit_u8(&fit, packed >> 4);
                distance += 200; /* 12.5 m */
        }
        fit_session(&fit, 0, 200, 1, 0);
        READING *reading = fit_read_closed(&fit, 14);
        const struct recording_session *session = only_session(reading);
        for (size_t i = 0; i < 40; i++) {
                assert_close(session->streams.channel[STREAM_DISTANCE][i], 12.5 * (double)i, 1e-9, "distance");
                assert_close(session->streams.channel[STREAM_VELOCITY][i], 2.5, 1e-9, "speed");
        }
}

static void describe_power(struct fit_bytes *fit, unsigned native_message, unsigned native_field)
{
        FIT_DEFINE(fit, 4, FIT_FIELD_DESCRIPTION, 0, 1, FIT_UINT8, 1, 1, FIT_UINT8, 2, 1, FIT_UINT8, 3, 6, FIT_STRING, 14, 2,
                   FIT_UINT16, 15, 1, FIT_UINT8);
        fit_u8(fit, 4);
        fit_u8(fit, 3);
        fit_u8(fit, 9);
        fit_u8(fit, FIT_UINT16);
        sai_buf_append(&fit->body, "Power", 6);
        fit_number16(fit, native_message);
        fit_u8(fit, native_field);
}

static void define_with_developer_field(struct fit_bytes *fit)
{
        static const uint8_t fields[] = { 253, 4, FIT_UINT32, 7, 2, FIT_UINT16 };
        fit_define_with(fit, 0x60 | 2, FIT_RECORD, fields, sizeof fields);
        fit_u8(fit, 2);
        static const uint8_t developer[] = { 1, 5, 3, 9, 2, 3 };
        sai_buf_append(&fit->body, developer, sizeof developer);
}

static void record_with_developer_power(struct fit_bytes *fit, uint32_t time, unsigned native, unsigned developer)
{
        fit_u8(fit, 2);
        fit_number32(fit, FIT_T0 + time);
        fit_number16(fit, native);
        sai_buf_append(&fit->body, "other", 5);
        fit_number16(fit, developer);
}

static void a_developer_field_stands_in_for_a_missing_native_one(void **state)
{
        (void)state;
        struct fit_bytes fit;
        fit_begin(&fit);
        fit_file_id(&fit, FIT_FILE_TYPE_ACTIVITY);
        describe_power(&fit, FIT_RECORD, 7);
        define_with_developer_field(&fit);
        record_with_developer_power(&fit, 0, 0xFFFF, 321);
        record_with_developer_power(&fit, 1, 200, 322);
        record_with_developer_power(&fit, 2, 0xFFFF, 0xFFFF);
        fit_session(&fit, 0, 3, 1, 0);
        READING *reading = fit_read_closed(&fit, 14);
        const double *watts = only_session(reading)->streams.channel[STREAM_WATTS];
        assert_non_null(watts);
        assert_close(watts[0], 321, 0, "developer's");
        assert_close(watts[1], 200, 0, "native");
        assert_true(isnan(watts[2]));
}

static void developer_fields_of_other_messages_are_skipped_by_size(void **state)
{
        (void)state;
        struct fit_bytes fit;
        fit_begin(&fit);
        fit_file_id(&fit, FIT_FILE_TYPE_ACTIVITY);
        describe_power(&fit, FIT_LAP, 7);
        define_with_developer_field(&fit);
        record_with_developer_power(&fit, 0, 0xFFFF, 321);
        record_with_developer_power(&fit, 1, 200, 322);
        fit_session(&fit, 0, 3, 1, 0);
        READING *reading = fit_read_closed(&fit, 14);
        const struct recording_session *session = only_session(reading);
        assert_true(isnan(session->streams.channel[STREAM_WATTS][0]));
        assert_close(session->streams.channel[STREAM_WATTS][1], 200, 0, "native");
}

static void all_number_types_scale_alike(void **state)
{
        (void)state;
        static const struct {
                uint8_t type, size;
                uint64_t bits;
                double value;
        } rows[] = {
                { FIT_UINT8Z, 1, 77, 77 },
                { FIT_UINT16Z, 2, 777, 777 },
                { FIT_SINT16, 2, (uint16_t)-3, -3 },
                { FIT_UINT32Z, 4, 70000, 70000 },
                { FIT_FLOAT32, 4, 0x40490FDB, 3.14159274 },
                { FIT_FLOAT64, 8, 0x400921FB54442D18, M_PI },
                { FIT_UINT8Z, 1, 0, (double)NAN },
                { FIT_UINT16Z, 2, 0, (double)NAN },
                { FIT_SINT16, 2, 0x7FFF, (double)NAN },
                { FIT_FLOAT32, 4, 0xFFFFFFFF, (double)NAN },
                { FIT_FLOAT64, 8, UINT64_MAX, (double)NAN },
                { FIT_SINT8, 1, 0x7F, (double)NAN },
                { FIT_SINT8, 1, 0x80, -128 },
        };
        for (size_t i = 0; i < SAI_COUNT(rows); i++) {
                for (int big_endian = 0; big_endian < 2; big_endian++) {
                        struct fit_bytes fit;
                        fit_begin(&fit);
                        fit.big_endian = big_endian;
                        fit_file_id(&fit, FIT_FILE_TYPE_ACTIVITY);
                        FIT_DEFINE(&fit, 2, FIT_RECORD, 253, 4, FIT_UINT32, 13, rows[i].size, rows[i].type, 3, 1, FIT_UINT8);
                        fit_u8(&fit, 2);
                        fit_number32(&fit, FIT_T0);
                        fit_raw_number(&fit.body, rows[i].bits, rows[i].size, big_endian);
                        fit_u8(&fit, 99);
                        READING *reading = fit_read_closed(&fit, 14);
                        const struct recording_session *session = only_session(reading);
                        assert_close(session->streams.channel[STREAM_HEARTRATE][0], 99, 0, "the field after");
                        if (isnan(rows[i].value))
                                assert_null(session->streams.channel[STREAM_TEMP]);
                        else
                                assert_close(session->streams.channel[STREAM_TEMP][0], rows[i].value, 1e-7, "temperature");
                }
        }
}

static void chained_files_are_one_recording(void **state)
{
        (void)state;
        struct sai_buf out;
        sai_buf_init(&out, SAI_MIB(1));
        struct fit_bytes fit;
        for (uint32_t part = 0; part < 2; part++) {
                fit_begin(&fit);
                fit_file_id(&fit, FIT_FILE_TYPE_ACTIVITY);
                record_of_all_channels(&fit);
                fit_session(&fit, part * 1000, 60, part ? 1 : 2, 0);
                fit_close(&fit, part ? 12 : 14, &out);
        }
        READING *reading = read_bytes(out.data, out.len);
        sai_buf_done(&out);
        assert_reads(reading);
        assert_int_equal(reading->recording.warning_count, 0);
        assert_int_equal(reading->recording.session_count, 2);
        assert_int_equal(reading->recording.sessions[0].sport, SPORT_RIDE);
        assert_int_equal(reading->recording.sessions[1].sport, SPORT_RUN);
        assert_int_equal(reading->recording.sessions[0].point_count, 2);
        assert_int_equal(reading->recording.sessions[0].streams.count, 1);
}

static void a_definition_does_not_outlive_its_part(void **state)
{
        (void)state;
        struct sai_buf out;
        sai_buf_init(&out, SAI_MIB(1));
        struct fit_bytes fit;
        fit_begin(&fit);
        fit_file_id(&fit, FIT_FILE_TYPE_ACTIVITY);
        record_of_all_channels(&fit);
        fit_close(&fit, 14, &out);
        fit_begin(&fit);
        fit_u8(&fit, 2);
        fit_close(&fit, 14, &out);
        READING *reading = read_bytes(out.data, out.len);
        sai_buf_done(&out);
        assert_int_equal(only_session(reading)->point_count, 1);
        assert_true(has_warning(&reading->recording, "undefined message"));
}

static void each_session_has_its_own_records_laps_and_distance(void **state)
{
        (void)state;
        struct fit_bytes fit;
        fit_begin(&fit);
        fit_file_id(&fit, FIT_FILE_TYPE_ACTIVITY);
        /* Summary first, and not in order. */
        fit_session(&fit, 20, 10, 1, 0);
        fit_session(&fit, 0, 10, 5, 18);
        fit_session(&fit, 10, 10, 3, 0);
        FIT_DEFINE(&fit, 4, FIT_LAP, 2, 4, FIT_UINT32, 7, 4, FIT_UINT32);
        for (uint32_t i = 0; i < 6; i++) {
                fit_u8(&fit, 4);
                fit_number32(&fit, FIT_T0 + i * 5);
                fit_number32(&fit, 5000);
        }
        FIT_DEFINE(&fit, 2, FIT_RECORD, 253, 4, FIT_UINT32, 5, 4, FIT_UINT32);
        for (uint32_t i = 0; i < 30; i++) {
                fit_u8(&fit, 2);
                fit_number32(&fit, FIT_T0 + i);
                fit_number32(&fit, i * 300);
        }
        READING *reading = fit_read_closed(&fit, 14);
        assert_reads(reading);
        assert_int_equal(reading->recording.session_count, 3);
        static const enum sport sports[] = { SPORT_SWIM, SPORT_WORKOUT, SPORT_RUN };
        for (size_t i = 0; i < 3; i++) {
                const struct recording_session *session = &reading->recording.sessions[i];
                assert_int_equal(session->sport, sports[i]);
                assert_int_equal(session->transition, i == 1);
                assert_int_equal(session->start.value.ms, FIT_T0_UNIX_MS + (int64_t)i * 10000);
                assert_int_equal(session->streams.count, 10);
                assert_int_equal(session->lap_count, 2);
                assert_close(session->streams.channel[STREAM_TIME][0], 0, 0, "first time");
                assert_close(session->streams.channel[STREAM_DISTANCE][9], i ? 30 : 27, 1e-9, "distance of the session alone");
        }
}

static void timer_events_become_pauses(void **state)
{
        (void)state;
        struct fit_bytes fit;
        fit_begin(&fit);
        fit_file_id(&fit, FIT_FILE_TYPE_ACTIVITY);
        static const struct {
                uint32_t time;
                unsigned event, type;
        } events[] = { { 0, 0, 0 },  { 10, 0, 4 }, { 12, 38, 3 }, { 25, 0, 0 },
                       { 30, 0, 1 }, { 31, 0, 4 }, { 33, 0, 0 },  { 60, 0, 9 } };
        FIT_DEFINE(&fit, 3, FIT_EVENT, 253, 4, FIT_UINT32, 0, 1, FIT_ENUM, 1, 1, FIT_ENUM);
        for (size_t i = 0; i < SAI_COUNT(events); i++) {
                fit_u8(&fit, 3);
                fit_number32(&fit, FIT_T0 + events[i].time);
                fit_u8(&fit, events[i].event);
                fit_u8(&fit, events[i].type);
        }
        fit_session(&fit, 0, 60, 1, 0);
        READING *reading = fit_read_closed(&fit, 14);
        const struct recording_session *session = only_session(reading);
        assert_int_equal(session->pause_count, 2);
        assert_close(session->pauses[0].stop_s, 10, 0, "stop");
        assert_close(session->pauses[0].start_s, 25, 0, "start");
        assert_close(session->pauses[1].stop_s, 30, 0, "stop");
        assert_close(session->pauses[1].start_s, 33, 0, "start");
}

static void samples_out_of_order_are_sorted_and_merged(void **state)
{
        (void)state;
        struct fit_bytes fit;
        fit_begin(&fit);
        fit_file_id(&fit, FIT_FILE_TYPE_ACTIVITY);
        FIT_DEFINE(&fit, 2, FIT_RECORD, 253, 4, FIT_UINT32, 3, 1, FIT_UINT8, 7, 2, FIT_UINT16);
        static const struct {
                uint32_t time;
                unsigned rate, watts;
        } rows[] = { { 3, 103, 3 }, { 1, 101, 1 }, { 2, 90, 2 }, { 2, 0xFF, 22 }, { 2, 102, 0xFFFF } };
        for (size_t i = 0; i < SAI_COUNT(rows); i++) {
                fit_u8(&fit, 2);
                fit_number32(&fit, FIT_T0 + rows[i].time);
                fit_u8(&fit, rows[i].rate);
                fit_number16(&fit, rows[i].watts);
        }
        fit_session(&fit, 0, 4, 1, 0);
        READING *reading = fit_read_closed(&fit, 14);
        const struct recording_session *session = only_session(reading);
        assert_int_equal(session->point_count, 5);
        assert_int_equal(session->streams.count, 3);
        static const double watts[] = { 1, 22, 3 };
        for (size_t i = 0; i < 3; i++) {
                assert_close(session->streams.channel[STREAM_TIME][i], 1 + (double)i, 0, "time");
                assert_close(session->streams.channel[STREAM_HEARTRATE][i], 101 + (double)i, 0, "last heart rate");
                assert_close(session->streams.channel[STREAM_WATTS][i], watts[i], 0, "last watts");
        }
}

static void relative_times_without_a_tie_are_refused(void **state)
{
        (void)state;
        struct fit_bytes fit;
        fit_begin(&fit);
        fit_file_id(&fit, FIT_FILE_TYPE_ACTIVITY);
        FIT_DEFINE(&fit, 2, FIT_RECORD, 253, 4, FIT_UINT32, 3, 1, FIT_UINT8);
        fit_u8(&fit, 2);
        fit_number32(&fit, 5000);
        fit_u8(&fit, 100);
        READING *reading = fit_read_closed(&fit, 14);
        assert_refused(reading, "no_start_time");
}

static void a_file_cut_before_its_session_is_still_read(void **state)
{
        (void)state;
        struct fit_bytes fit;
        fit_begin(&fit);
        fit_file_id(&fit, FIT_FILE_TYPE_ACTIVITY);
        FIT_DEFINE(&fit, 5, FIT_SPORT, 0, 1, FIT_ENUM, 1, 1, FIT_ENUM);
        fit_u8(&fit, 5);
        fit_u8(&fit, 1);
        fit_u8(&fit, 3);
        FIT_DEFINE(&fit, 2, FIT_RECORD, 253, 4, FIT_UINT32, 5, 4, FIT_UINT32);
        for (uint32_t i = 0; i < 100; i++) {
                fit_u8(&fit, 2);
                fit_number32(&fit, FIT_T0 + i);
                fit_number32(&fit, i * 300);
        }
        READING *reading = fit_read_closed(&fit, 14);
        const struct recording_session *session = only_session(reading);
        assert_true(has_warning(&reading->recording, "no session"));
        assert_int_equal(session->sport, SPORT_TRAIL_RUN);
        assert_close(session->elapsed_s.value, 99, 0, "elapsed");
        assert_close(session->distance_m.value, 297, 1e-9, "distance");
}

static void a_session_without_records_is_a_workout_all_the_same(void **state)
{
        (void)state;
        struct fit_bytes fit;
        fit_begin(&fit);
        fit_file_id(&fit, FIT_FILE_TYPE_ACTIVITY);
        fit_session(&fit, 0, 1800, 10, 20);
        READING *reading = fit_read_closed(&fit, 14);
        const struct recording_session *session = only_session(reading);
        assert_int_equal(session->sport, SPORT_WEIGHT_TRAINING);
        assert_int_equal(session->streams.count, 0);
        assert_close(session->elapsed_s.value, 1800, 0, "elapsed");
}

static void other_kinds_of_fit_file_are_not_activities(void **state)
{
        (void)state;
        struct fit_bytes fit;
        fit_begin(&fit);
        fit_file_id(&fit, 6); /* a course: records, but nobody's */
        record_of_all_channels(&fit);
        READING *reading = fit_read_closed(&fit, 14);
        assert_refused(reading, "not_an_activity");
}

static void zero_sized_fields_are_refused(void **state)
{
        (void)state;
        struct fit_bytes fit;
        fit_begin(&fit);
        fit_file_id(&fit, FIT_FILE_TYPE_ACTIVITY);
        FIT_DEFINE(&fit, 2, FIT_RECORD, 253, 0, FIT_UINT32);
        fit_u8(&fit, 2);
        READING *reading = fit_read_closed(&fit, 14);
        assert_refused(reading, "corrupt");
}

static void too_many_points_sessions_and_laps_are_refused(void **state)
{
        (void)state;
        static const struct {
                unsigned message;
                size_t limit;
        } rows[] = {
                { FIT_RECORD, SAI_MAX_RECORDING_POINTS },
                { FIT_SESSION, SAI_MAX_RECORDING_SESSIONS },
                { FIT_LAP, SAI_MAX_RECORDING_LAPS },
                { FIT_LENGTH, SAI_MAX_RECORDING_LENGTHS },
        };
        for (size_t i = 0; i < SAI_COUNT(rows); i++) {
                struct fit_bytes fit;
                fit_begin(&fit);
                fit_file_id(&fit, FIT_FILE_TYPE_ACTIVITY);
                FIT_DEFINE(&fit, 2, rows[i].message, 200, 1, FIT_UINT8);
                for (size_t k = 0; k <= rows[i].limit; k++)
                        sai_buf_append(&fit.body, "\x02\x00", 2);
                READING *reading = fit_read_closed(&fit, 14);
                assert_refused(reading, "too_large");
        }
}

static void a_small_arena_is_an_error_not_a_crash(void **state)
{
        (void)state;
        struct fit_bytes fit;
        struct sai_buf out;
        sai_buf_init(&out, SAI_MIB(1));
        fit_begin(&fit);
        fit_file_id(&fit, FIT_FILE_TYPE_ACTIVITY);
        for (int i = 0; i < 50; i++)
                record_of_all_channels(&fit);
        fit_session(&fit, 0, 60, 1, 0);
        fit_close(&fit, 14, &out);
        sai_status status = SAI_NO_MEMORY;
        for (size_t limit = 64; status == SAI_NO_MEMORY; limit += 512) {
                struct sai_arena *arena = sai_arena_new(limit);
                struct recording recording;
                const char *reason = NULL;
                status = recording_read(out.data, out.len, arena, &recording, &reason, NULL);
                assert_true(status == SAI_NO_MEMORY || status == SAI_OK);
                sai_arena_free(arena);
                assert_true(limit < SAI_MIB(4));
        }
        sai_buf_done(&out);
}

static void numbers_of_the_wrong_sign_or_size_are_ignored(void **state)
{
        (void)state;
        struct fit_bytes fit;
        fit_begin(&fit);
        fit_file_id(&fit, FIT_FILE_TYPE_ACTIVITY);
        /* A description whose indices are negative. */
        FIT_DEFINE(&fit, 4, FIT_FIELD_DESCRIPTION, 0, 1, FIT_SINT8, 1, 1, FIT_SINT8, 2, 1, FIT_SINT8, 15, 1, FIT_SINT8);
        sai_buf_append(&fit.body, "\x04\xFF\xFE\xFF\xFD", 5);
        FIT_DEFINE(&fit, 2, FIT_RECORD, 253, 4, FIT_UINT32, 5, 8, FIT_FLOAT64, 3, 1, FIT_SINT8);
        static const uint64_t huge = 0x7FE0000000000000;
        for (uint32_t i = 0; i < 3; i++) {
                fit_u8(&fit, 2);
                fit_number32(&fit, FIT_T0 + i);
                fit_raw_number(&fit.body, i == 1 ? 0x40C3880000000000 /* 10000 */ : huge, 8, false);
                fit_u8(&fit, (uint8_t)-9);
        }
        /* A session with a negative sport and a duration beyond all numbers. */
        FIT_DEFINE(&fit, 1, FIT_SESSION, 2, 4, FIT_UINT32, 5, 1, FIT_SINT8, 7, 8, FIT_FLOAT64, 9, 4, FIT_SINT32);
        fit_u8(&fit, 1);
        fit_number32(&fit, FIT_T0);
        fit_u8(&fit, (uint8_t)-1);
        fit_raw_number(&fit.body, huge, 8, false);
        fit_number32(&fit, (uint32_t)-100);
        READING *reading = fit_read_closed(&fit, 14);
        const struct recording_session *session = only_session(reading);
        assert_false(session->sport_known);
        assert_close(session->elapsed_s.value, 2, 0, "elapsed from the records");
        assert_int_equal(count_values(&session->streams, STREAM_DISTANCE), 1);
        assert_close(session->streams.channel[STREAM_DISTANCE][1], 100, 0, "distance");
        fit_begin(&fit);
        FIT_DEFINE(&fit, 0, FIT_FILE_ID, 0, 1, FIT_SINT8);
        sai_buf_append(&fit.body, "\x00\xFF", 2);
        READING *id = fit_read_closed(&fit, 14);
        assert_refused(id, "not_an_activity");
}

static void write_early_records(struct fit_bytes *fit, uint32_t early, uint32_t count)
{
        fit_begin(fit);
        fit_file_id(fit, FIT_FILE_TYPE_ACTIVITY);
        FIT_DEFINE(fit, 2, FIT_RECORD, 253, 4, FIT_UINT32, 3, 1, FIT_UINT8);
        for (uint32_t i = 0; i < count; i++) {
                fit_u8(fit, 2);
                fit_number32(fit, FIT_T0 + i - early);
                fit_u8(fit, 100);
        }
        fit_session(fit, 0, 100, 1, 0);
}

static void a_record_or_two_before_the_start_are_left_out(void **state)
{
        (void)state;
        struct fit_bytes fit;
        write_early_records(&fit, 2, 100);
        READING *reading = fit_read_closed(&fit, 14);
        const struct recording_session *session = only_session(reading);
        assert_int_equal(session->start.value.ms, FIT_T0_UNIX_MS);
        assert_int_equal(session->point_count, 100);
        assert_int_equal(session->streams.count, 98);
        assert_close(session->streams.channel[STREAM_TIME][0], 0, 0, "first time");
}

static void a_start_that_most_records_contradict_is_moved(void **state)
{
        (void)state;
        struct fit_bytes fit;
        write_early_records(&fit, 60, 100);
        READING *reading = fit_read_closed(&fit, 14);
        const struct recording_session *session = only_session(reading);
        assert_int_equal(session->start.value.ms, FIT_T0_UNIX_MS - 60000);
        assert_int_equal(session->streams.count, 100);
        assert_close(session->elapsed_s.value, 99, 0, "elapsed");
        assert_true(has_warning(&reading->recording, "before their session"));
}

static void beats_sent_afterwards_reach_their_seconds(void **state)
{
        (void)state;
        struct fit_bytes fit;
        fit_begin(&fit);
        fit_file_id(&fit, FIT_FILE_TYPE_ACTIVITY);
        FIT_DEFINE(&fit, 2, FIT_RECORD, 253, 4, FIT_UINT32, 3, 1, FIT_UINT8);
        for (uint32_t i = 0; i < 20; i++) {
                fit_u8(&fit, 2);
                fit_number32(&fit, FIT_T0 + i);
                fit_u8(&fit, i == 0 ? 66 : 0xFF);
        }
        fit_session(&fit, 0, 20, 5, 18);
        /* The strap's clock is about to wrap; a beat each half second, 12 bits at a time. */
        const uint32_t first = UINT32_MAX - 1000;
        FIT_DEFINE(&fit, 9, FIT_HR, 253, 4, FIT_UINT32, 0, 2, FIT_UINT16, 9, 4, FIT_UINT32, 6, 1, FIT_UINT8);
        fit_u8(&fit, 9);
        fit_number32(&fit, FIT_T0);
        fit_number16(&fit, 16384); /* half a second */
        fit_number32(&fit, first);
        fit_u8(&fit, 80);
        FIT_DEFINE(&fit, 10, FIT_HR, 6, 8, FIT_UINT8, 10, 12, FIT_BYTE);
        for (uint32_t m = 0; m < 3; m++) {
                uint32_t ticks[8];
                fit_u8(&fit, 10);
                for (uint32_t k = 0; k < 8; k++) {
                        ticks[k] = (first + (m * 8 + k + 1) * 512) & 0xFFF;
                        fit_u8(&fit, 81 + m * 8 + k);
                }
                for (uint32_t k = 0; k < 8; k += 2) {
                        fit_u8(&fit, ticks[k] & 0xFF);
                        fit_u8(&fit, ticks[k] >> 8 | (ticks[k + 1] & 0xF) << 4);
                        fit_u8(&fit, ticks[k + 1] >> 4);
                }
        }
        READING *reading = fit_read_closed(&fit, 14);
        const struct recording_session *session = only_session(reading);
        const double *rate = session->streams.channel[STREAM_HEARTRATE];
        assert_non_null(rate);
        assert_close(rate[0], 66, 0, "the record's own");
        /* Beats 80 and 81 lie at 0.5 and 1.0 s, 82 and 83 at 1.5 and 2.0, … the last, 104, at 12.5 s. */
        for (size_t i = 1; i <= 12; i++)
                assert_close(rate[i], 78.5 + 2 * (double)i, 1e-9, "mean of two beats");
        assert_close(rate[13], 104, 1e-9, "the last beat");
        assert_close(rate[17], 104, 1e-9, "held for a while");
        assert_true(isnan(rate[18]));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(both_byte_orders_read_the_same),
                cmocka_unit_test(invalid_values_are_absent_not_numbers),
                cmocka_unit_test(zero_heart_rate_is_no_heart_rate),
                cmocka_unit_test(enhanced_fields_win_over_plain_ones),
                cmocka_unit_test(compressed_timestamps_count_on_and_roll_over),
                cmocka_unit_test(packed_speed_and_distance_unwrap),
                cmocka_unit_test(a_developer_field_stands_in_for_a_missing_native_one),
                cmocka_unit_test(developer_fields_of_other_messages_are_skipped_by_size),
                cmocka_unit_test(all_number_types_scale_alike),
                cmocka_unit_test(chained_files_are_one_recording),
                cmocka_unit_test(a_definition_does_not_outlive_its_part),
                cmocka_unit_test(each_session_has_its_own_records_laps_and_distance),
                cmocka_unit_test(timer_events_become_pauses),
                cmocka_unit_test(samples_out_of_order_are_sorted_and_merged),
                cmocka_unit_test(relative_times_without_a_tie_are_refused),
                cmocka_unit_test(a_file_cut_before_its_session_is_still_read),
                cmocka_unit_test(a_session_without_records_is_a_workout_all_the_same),
                cmocka_unit_test(other_kinds_of_fit_file_are_not_activities),
                cmocka_unit_test(zero_sized_fields_are_refused),
                cmocka_unit_test(too_many_points_sessions_and_laps_are_refused),
                cmocka_unit_test(a_small_arena_is_an_error_not_a_crash),
                cmocka_unit_test(numbers_of_the_wrong_sign_or_size_are_ignored),
                cmocka_unit_test(a_record_or_two_before_the_start_are_left_out),
                cmocka_unit_test(a_start_that_most_records_contradict_is_moved),
                cmocka_unit_test(beats_sent_afterwards_reach_their_seconds),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
