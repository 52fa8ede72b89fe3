/* test_damage.c -- damaged files: partial results with a warning, refusals with a reason, never anything else. */
#include "fit_bytes.h"
#include "sample_recording.h"

typedef sai_status writer_fn(const struct recording *recording, struct sai_buf *out, struct sai_err *err);

static void write_sample(writer_fn *write, size_t points, struct sai_buf *ret)
{
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(16));
        struct recording recording;
        make_sample(&recording, (const enum sport[]) { SPORT_RUN, SPORT_RIDE }, 2, points, arena);
        sai_buf_init(ret, SAI_MIB(16));
        assert_int_equal(write(&recording, ret, NULL), SAI_OK);
}

static void assert_sane(const struct reading *reading)
{
        if (reading->status) {
                assert_int_equal(reading->status, SAI_INVALID);
                assert_non_null(reading->reason);
                return;
        }
        assert_true(reading->recording.session_count > 0);
        for (size_t i = 0; i < reading->recording.session_count; i++) {
                const struct streams *streams = &reading->recording.sessions[i].streams;
                for (size_t k = 1; k < streams->count; k++)
                        assert_true(streams->channel[STREAM_TIME][k] > streams->channel[STREAM_TIME][k - 1]);
        }
}

static void files_cut_anywhere_are_read_as_far_as_they_go(void **state)
{
        (void)state;
        static writer_fn *const writers[] = { recording_write_fit, recording_write_gpx, recording_write_tcx };
        for (size_t w = 0; w < SAI_COUNT(writers); w++) {
                struct sai_buf whole;
                write_sample(writers[w], 12, &whole);
                size_t last_points = 0;
                for (size_t len = 0; len < whole.len; len++) {
                        READING *reading = read_bytes(whole.data, len);
                        assert_sane(reading);
                        size_t points = 0;
                        for (size_t i = 0; !reading->status && i < reading->recording.session_count; i++)
                                points += reading->recording.sessions[i].point_count;
                        /* More bytes never give fewer points, and a cut file says that it is cut. */
                        assert_true(points >= last_points);
                        assert_true(reading->status || reading->recording.warning_count > 0 || len + 2 >= whole.len);
                        last_points = points;
                }
                assert_int_equal(last_points, 24);
                sai_buf_done(&whole);
        }
}

static void any_byte_may_be_wrong(void **state)
{
        (void)state;
        static writer_fn *const writers[] = { recording_write_fit, recording_write_gpx, recording_write_tcx };
        static const uint8_t masks[] = { 0x01, 0x40, 0x80, 0xFF };
        for (size_t w = 0; w < SAI_COUNT(writers); w++) {
                struct sai_buf whole;
                write_sample(writers[w], 3, &whole);
                for (size_t at = 0; at < whole.len; at++) {
                        for (size_t m = 0; m < SAI_COUNT(masks); m++) {
                                whole.data[at] = (char)(whole.data[at] ^ masks[m]);
                                READING *reading = read_bytes(whole.data, whole.len);
                                assert_sane(reading);
                                /* A FIT file's CRC covers every byte of it. */
                                assert_true(writers[w] != recording_write_fit || reading->status ||
                                            reading->recording.warning_count > 0);
                                whole.data[at] = (char)(whole.data[at] ^ masks[m]);
                        }
                }
                sai_buf_done(&whole);
        }
}

static void a_wrong_crc_is_a_warning(void **state)
{
        (void)state;
        struct sai_buf whole;
        write_sample(recording_write_fit, 50, &whole);
        whole.data[whole.len - 1] = (char)(whole.data[whole.len - 1] ^ 0x55);
        READING *reading = read_bytes(whole.data, whole.len);
        assert_reads(reading);
        assert_true(has_warning(&reading->recording, "CRC is wrong"));
        assert_int_equal(reading->recording.sessions[1].point_count, 50);
        sai_buf_done(&whole);
}

static void a_file_that_was_never_closed_is_read(void **state)
{
        (void)state;
        struct sai_buf whole;
        write_sample(recording_write_fit, 50, &whole);
        memset(whole.data + 4, 0, 4);
        READING *reading = read_bytes(whole.data, whole.len);
        assert_reads(reading);
        assert_true(has_warning(&reading->recording, "not closed"));
        assert_int_equal(reading->recording.session_count, 2);
        assert_int_equal(reading->recording.sessions[1].point_count, 50);
        sai_buf_done(&whole);
}

static void bytes_after_the_end_are_a_warning(void **state)
{
        (void)state;
        struct sai_buf whole;
        write_sample(recording_write_fit, 10, &whole);
        sai_buf_text(&whole, "and then some text");
        READING *reading = read_bytes(whole.data, whole.len);
        assert_reads(reading);
        assert_true(has_warning(&reading->recording, "not a FIT header"));
        sai_buf_done(&whole);
}

static void the_part_after_a_damaged_one_is_read(void **state)
{
        (void)state;
        struct sai_buf out;
        sai_buf_init(&out, SAI_MIB(1));
        struct fit_bytes fit;
        fit_begin(&fit);
        fit_file_id(&fit, FIT_FILE_TYPE_ACTIVITY);
        fit_u8(&fit, 7); /* a message that nobody defined */
        sai_buf_append(&fit.body, "garbage", 7);
        fit_close(&fit, 14, &out);
        fit_begin(&fit);
        fit_session(&fit, 0, 100, 1, 0);
        fit_close(&fit, 14, &out);
        READING *reading = read_bytes(out.data, out.len);
        assert_reads(reading);
        assert_int_equal(reading->recording.session_count, 1);
        assert_true(has_warning(&reading->recording, "undefined message"));
        sai_buf_done(&out);
}

static void warnings_are_bounded(void **state)
{
        (void)state;
        struct sai_buf out;
        sai_buf_init(&out, SAI_MIB(1));
        struct fit_bytes fit;
        fit_begin(&fit);
        fit_file_id(&fit, FIT_FILE_TYPE_ACTIVITY);
        fit_session(&fit, 0, 100, 1, 0);
        fit_close(&fit, 14, &out);
        for (int i = 0; i < 500; i++) {
                fit_begin(&fit);
                fit_file_id(&fit, FIT_FILE_TYPE_ACTIVITY);
                fit_close(&fit, 14, &out);
                out.data[out.len - 1] = (char)(out.data[out.len - 1] ^ 1);
        }
        READING *reading = read_bytes(out.data, out.len);
        assert_reads(reading);
        assert_in_range(reading->recording.warning_count, 1, 32);
        sai_buf_done(&out);
}

static void endless_chains_are_refused(void **state)
{
        (void)state;
        struct sai_buf out;
        sai_buf_init(&out, SAI_MIB(1));
        for (int i = 0; i <= SAI_MAX_FIT_PARTS; i++) {
                struct fit_bytes fit;
                fit_begin(&fit);
                fit_file_id(&fit, FIT_FILE_TYPE_ACTIVITY);
                fit_close(&fit, 12, &out);
        }
        READING *reading = read_bytes(out.data, out.len);
        assert_refused(reading, "too_large");
        sai_buf_done(&out);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(files_cut_anywhere_are_read_as_far_as_they_go),
                cmocka_unit_test(any_byte_may_be_wrong),
                cmocka_unit_test(a_wrong_crc_is_a_warning),
                cmocka_unit_test(a_file_that_was_never_closed_is_read),
                cmocka_unit_test(bytes_after_the_end_are_a_warning),
                cmocka_unit_test(the_part_after_a_damaged_one_is_read),
                cmocka_unit_test(warnings_are_bounded),
                cmocka_unit_test(endless_chains_are_refused),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
