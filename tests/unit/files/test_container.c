/* test_container.c -- which format a file is, and gzip around it. */
#include <zlib.h>

#include "sample_recording.h"

static void compress_as(const void *data, size_t len, struct sai_buf *out)
{
        z_stream stream = { 0 };
        assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 9, Z_DEFAULT_STRATEGY), Z_OK);
        size_t bound = deflateBound(&stream, len);
        unsigned char *copy = malloc(len + 1), *packed = malloc(bound);
        assert_non_null(copy);
        assert_non_null(packed);
        memcpy(copy, data, len);
        stream.next_in = copy;
        stream.avail_in = (uInt)len;
        stream.next_out = packed;
        stream.avail_out = (uInt)bound;
        assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
        sai_buf_append(out, packed, bound - stream.avail_out);
        deflateEnd(&stream);
        free(copy);
        free(packed);
}

static void sample_gpx(struct sai_buf *ret, size_t points)
{
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(16));
        struct recording recording;
        make_sample(&recording, (const enum sport[]) { SPORT_RUN }, 1, points, arena);
        sai_buf_init(ret, SAI_MIB(16));
        assert_int_equal(recording_write_gpx(&recording, ret, NULL), SAI_OK);
}

static void formats_are_told_by_their_content(void **state)
{
        (void)state;
        static const struct {
                const char *start;
                enum recording_format format;
        } rows[] = {
                { "<gpx>", RECORDING_GPX },
                { "<?xml version='1.0'?>\n<!-- a > b --><gpx version=\"1.1\">", RECORDING_GPX },
                { "\xEF\xBB\xBF<?xml version='1.0'?><x:gpx xmlns:x='y'>", RECORDING_GPX },
                { "  \n<TrainingCenterDatabase xmlns=''>", RECORDING_TCX },
                { "<!DOCTYPE gpx><gpx/>", RECORDING_GPX },
                { "<kml>", RECORDING_UNKNOWN },
                { "<!-- <gpx> -->", RECORDING_UNKNOWN },
                { "{\"gpx\": 1}", RECORDING_UNKNOWN },
                { "PK\x03\x04", RECORDING_UNKNOWN },
                { "", RECORDING_UNKNOWN },
                { "<", RECORDING_UNKNOWN },
                { "<?", RECORDING_UNKNOWN },
        };
        for (size_t i = 0; i < SAI_COUNT(rows); i++)
                assert_int_equal(recording_sniff(rows[i].start, strlen(rows[i].start)), rows[i].format);
        assert_int_equal(recording_sniff("\x0E\x10\x00\x00\x00\x00\x00\x00.FIT\x00\x00", 14), RECORDING_FIT);
        assert_int_equal(recording_sniff("\x0E\x10\x00\x00\x00\x00\x00\x00.FIT", 11), RECORDING_UNKNOWN);
}

static void unknown_and_empty_content_is_refused(void **state)
{
        (void)state;
        READING *unknown = read_text("hello, world");
        assert_refused(unknown, "unknown_format");
        READING *blank = read_text("  \n\t ");
        assert_refused(blank, "empty");
        READING *nothing = read_bytes(NULL, 0);
        assert_refused(nothing, "empty");
}

static void gzip_is_opened(void **state)
{
        (void)state;
        struct sai_buf plain, packed;
        sample_gpx(&plain, 500);
        sai_buf_init(&packed, SAI_MIB(16));
        compress_as(plain.data, plain.len, &packed);
        assert_int_equal(recording_sniff(packed.data, packed.len), RECORDING_GPX);
        READING *reading = read_bytes(packed.data, packed.len);
        assert_reads(reading);
        assert_int_equal(reading->recording.sessions[0].point_count, 500);
        assert_int_equal(reading->recording.warning_count, 0);
        sai_buf_done(&plain);
        sai_buf_done(&packed);
}

static void gzip_members_are_joined(void **state)
{
        (void)state;
        struct sai_buf plain, packed;
        sample_gpx(&plain, 500);
        sai_buf_init(&packed, SAI_MIB(16));
        compress_as(plain.data, plain.len / 3, &packed);
        compress_as(plain.data + plain.len / 3, plain.len - plain.len / 3, &packed);
        READING *reading = read_bytes(packed.data, packed.len);
        assert_reads(reading);
        assert_int_equal(reading->recording.sessions[0].point_count, 500);
        sai_buf_done(&plain);
        sai_buf_done(&packed);
}

static void cut_gzip_gives_what_it_holds(void **state)
{
        (void)state;
        struct sai_buf plain, packed;
        sample_gpx(&plain, 500);
        sai_buf_init(&packed, SAI_MIB(16));
        compress_as(plain.data, plain.len, &packed);
        READING *reading = read_bytes(packed.data, packed.len / 2);
        assert_reads(reading);
        assert_in_range(reading->recording.sessions[0].point_count, 1, 499);
        assert_true(has_warning(&reading->recording, "gzip ends early"));
        for (size_t len = 0; len < packed.len; len += 7) {
                READING *cut = read_bytes(packed.data, len);
                assert_true(cut->status == SAI_OK || (cut->status == SAI_INVALID && cut->reason));
        }
        sai_buf_done(&plain);
        sai_buf_done(&packed);
}

static void gzip_in_gzip_is_not_opened(void **state)
{
        (void)state;
        struct sai_buf plain, once, twice;
        sample_gpx(&plain, 100);
        sai_buf_init(&once, SAI_MIB(16));
        sai_buf_init(&twice, SAI_MIB(16));
        compress_as(plain.data, plain.len, &once);
        compress_as(once.data, once.len, &twice);
        assert_int_equal(recording_sniff(twice.data, twice.len), RECORDING_UNKNOWN);
        READING *reading = read_bytes(twice.data, twice.len);
        assert_refused(reading, "unknown_format");
        sai_buf_done(&plain);
        sai_buf_done(&once);
        sai_buf_done(&twice);
}

static void a_gzip_bomb_is_refused(void **state)
{
        (void)state;
        size_t len = SAI_MIB(24);
        char *zeros = calloc(1, len);
        assert_non_null(zeros);
        memset(zeros, ' ', len);
        struct sai_buf packed;
        sai_buf_init(&packed, SAI_MIB(16));
        compress_as(zeros, len, &packed);
        free(zeros);
        assert_true(packed.len * SAI_MAX_DECOMPRESSION_RATIO < len);
        READING *reading = read_bytes(packed.data, packed.len);
        assert_refused(reading, "too_large");
        sai_buf_done(&packed);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(formats_are_told_by_their_content),
                cmocka_unit_test(unknown_and_empty_content_is_refused),
                cmocka_unit_test(gzip_is_opened),
                cmocka_unit_test(gzip_members_are_joined),
                cmocka_unit_test(cut_gzip_gives_what_it_holds),
                cmocka_unit_test(gzip_in_gzip_is_not_opened),
                cmocka_unit_test(a_gzip_bomb_is_refused),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
