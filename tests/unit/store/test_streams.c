/* Streams and blobs: columns come back to their decimals, channels by themselves, bytes of any length whole or not at all. */
#include "suite.h"

static struct streams *new_streams(void **state, size_t count)
{
        struct streams *streams = SAI_NEW(ARENA(state), struct streams);
        streams->count = count;
        return streams;
}

static double *channel(void **state, struct streams *streams, enum stream_channel which)
{
        double *column = streams_channel(streams, which, ARENA(state));
        assert_non_null(column);
        return column;
}

/* A ride as devices record one: a missing second now and then, heart rate lost for a while. */
static struct streams *ride(void **state, size_t count)
{
        struct streams *streams = new_streams(state, count);
        double *time = channel(state, streams, STREAM_TIME), *distance = channel(state, streams, STREAM_DISTANCE);
        double *latitude = channel(state, streams, STREAM_LATITUDE), *longitude = channel(state, streams, STREAM_LONGITUDE);
        double *heart = channel(state, streams, STREAM_HEARTRATE), *temperature = channel(state, streams, STREAM_TEMP);
        for (size_t i = 0; i < count; i++) {
                double t = (double)i;
                time[i] = t + (double)(i / 100);
                distance[i] = t * 8.25 + 3 * sin(t / 30);
                latitude[i] = 47.3769 + t * 1e-5;
                longitude[i] = -8.5417 - 0.01 * sin(t / 300);
                if (i % 97 > 11)
                        heart[i] = floor(140 + 20 * sin(t / 60));
                temperature[i] = -5.5 + floor(t / 50) / 10;
        }
        return streams;
}

static void assert_same_column(const double *a, const double *b, size_t count, int decimals)
{
        double tolerance = 0.5000001 * pow(10, -decimals);
        for (size_t i = 0; i < count; i++) {
                if (isnan(a[i]) || isnan(b[i]))
                        assert_true(isnan(a[i]) && isnan(b[i]));
                else
                        assert_true(fabs(a[i] - b[i]) <= tolerance);
        }
}

static void streams_come_back_to_their_decimals(void **state)
{
        struct sai_id user = new_id(state), id = new_id(state);
        struct streams *streams = ride(state, 5000), back;
        assert_ok(store_streams_put(STORE(state), user, id, streams, ERR));
        assert_ok(store_streams_get(STORE(state), user, id, 0, ARENA(state), &back, ERR));
        assert_int_equal(back.count, 5000);
        for (int c = 0; c < STREAM_CHANNELS; c++) {
                assert_int_equal(back.channel[c] != NULL, streams->channel[c] != NULL);
                if (back.channel[c])
                        assert_same_column(back.channel[c], streams->channel[c], 5000, stream_infos[c].decimals);
        }
        /* What was read is what is kept: written again it is the same to the bit. */
        struct sai_id second = new_id(state);
        struct streams again;
        assert_ok(store_streams_put(STORE(state), user, second, &back, ERR));
        assert_ok(store_streams_get(STORE(state), user, second, 0, ARENA(state), &again, ERR));
        for (int c = 0; c < STREAM_CHANNELS; c++)
                if (back.channel[c])
                        assert_memory_equal(again.channel[c], back.channel[c], 5000 * sizeof(double));
}

static void channels_are_read_by_themselves(void **state)
{
        struct sai_id user = new_id(state), id = new_id(state);
        struct streams *streams = ride(state, 300), back;
        assert_ok(store_streams_put(STORE(state), user, id, streams, ERR));
        assert_ok(
                store_streams_get(STORE(state), user, id, 1u << STREAM_HEARTRATE | 1u << STREAM_WATTS, ARENA(state), &back, ERR));
        for (int c = 0; c < STREAM_CHANNELS; c++)
                assert_int_equal(back.channel[c] != NULL, c == STREAM_HEARTRATE);
        assert_same_column(back.channel[STREAM_HEARTRATE], streams->channel[STREAM_HEARTRATE], 300, 0);
}

static void odd_columns_come_back(void **state)
{
        struct sai_id user = new_id(state);
        static const double edges[] = { 9007199254740992.0, -9007199254740992.0, 0, 1, -1, 9007199254740991.0 };
        static const size_t counts[] = { 0, 1, 2, 6 };
        for (size_t n = 0; n < SAI_COUNT(counts); n++) {
                struct sai_id id = new_id(state);
                struct streams *streams = new_streams(state, counts[n]), back;
                double *watts = channel(state, streams, STREAM_WATTS), *moving = channel(state, streams, STREAM_MOVING);
                channel(state, streams, STREAM_CADENCE); /* nothing but missing samples */
                for (size_t i = 0; i < counts[n]; i++) {
                        watts[i] = edges[i];
                        moving[i] = i == 0 || i == 4 ? (double)NAN : 1;
                }
                assert_ok(store_streams_put(STORE(state), user, id, streams, ERR));
                assert_ok(store_streams_get(STORE(state), user, id, 0, ARENA(state), &back, ERR));
                assert_int_equal(back.count, counts[n]);
                assert_non_null(back.channel[STREAM_CADENCE]);
                assert_null(back.channel[STREAM_TIME]);
                assert_same_column(back.channel[STREAM_WATTS], watts, counts[n], 0);
                assert_same_column(back.channel[STREAM_MOVING], moving, counts[n], 0);
                assert_same_column(back.channel[STREAM_CADENCE], streams->channel[STREAM_CADENCE], counts[n], 1);
        }
        struct sai_id empty = new_id(state);
        struct streams back;
        assert_ok(store_streams_put(STORE(state), user, empty, new_streams(state, 0), ERR));
        assert_ok(store_streams_get(STORE(state), user, empty, 0, ARENA(state), &back, ERR));
}

static void values_that_do_not_fit_are_refused(void **state)
{
        struct sai_id user = new_id(state), id = new_id(state);
        static const double bad[] = { 1e16, -1e16, 9007199254740992.0 / 1e6, (double)INFINITY, -(double)INFINITY };
        for (size_t i = 0; i < SAI_COUNT(bad); i++) {
                struct streams *streams = new_streams(state, 2), back;
                double *latitude = channel(state, streams, STREAM_LATITUDE);
                latitude[0] = 1;
                latitude[1] = bad[i];
                assert_status(SAI_INVALID, store_streams_put(STORE(state), user, id, streams, ERR));
                assert_status(SAI_NOT_FOUND, store_streams_get(STORE(state), user, id, 0, ARENA(state), &back, ERR));
        }
        struct streams *many = new_streams(state, SAI_MAX_RECORDING_POINTS + 1);
        assert_status(SAI_INVALID, store_streams_put(STORE(state), user, id, many, ERR));
}

/* Noise does not get shorter: more than one row can hold. */
static void very_long_streams_take_several_rows(void **state)
{
        struct sai_id user = new_id(state), id = new_id(state);
        struct streams *streams = new_streams(state, SAI_MAX_RECORDING_POINTS), back;
        double *watts = channel(state, streams, STREAM_WATTS);
        struct sai_seeded seeded = { 7 };
        struct sai_random random = sai_random_seeded(&seeded);
        for (size_t i = 0; i < streams->count; i++)
                watts[i] = (double)(sai_random_below(&random, 1ull << 52)) - 0x1p51;
        assert_ok(store_streams_put(STORE(state), user, id, streams, ERR));
        assert_ok(store_streams_get(STORE(state), user, id, 0, ARENA(state), &back, ERR));
        assert_int_equal(back.count, streams->count);
        assert_memory_equal(back.channel[STREAM_WATTS], watts, streams->count * sizeof *watts);
        assert_ok(store_streams_delete(STORE(state), user, id, ERR));
        assert_status(SAI_NOT_FOUND, store_streams_get(STORE(state), user, id, 0, ARENA(state), &back, ERR));
}

static void streams_belong_to_their_athlete(void **state)
{
        struct sai_id user = new_id(state), other = new_id(state), id = new_id(state);
        struct streams *streams = ride(state, 100), back;
        assert_ok(store_streams_put(STORE(state), user, id, streams, ERR));
        assert_ok(store_streams_put(STORE(state), user, id, streams, ERR)); /* a step that is repeated */
        assert_status(SAI_CONFLICT, store_streams_put(STORE(state), other, id, streams, ERR));
        assert_status(SAI_NOT_FOUND, store_streams_get(STORE(state), other, id, 0, ARENA(state), &back, ERR));
        assert_status(SAI_NOT_FOUND, store_streams_delete(STORE(state), other, id, ERR));
        assert_ok(store_streams_delete(STORE(state), user, id, ERR));
        assert_status(SAI_NOT_FOUND, store_streams_get(STORE(state), user, id, 0, ARENA(state), &back, ERR));
}

/* -- Blobs ------------------------------------------------------------------------------------------------------------- */

static uint8_t *noise(void **state, size_t len)
{
        uint8_t *bytes = sai_arena_alloc(ARENA(state), len);
        assert_non_null(bytes);
        struct sai_seeded seeded = { 42 };
        struct sai_random random = sai_random_seeded(&seeded);
        sai_random_fill(&random, bytes, len);
        return bytes;
}

static void blobs_of_any_length_come_back(void **state)
{
        static const size_t lengths[] = {
                0, 1, 4096, SAI_MAX_BLOB_CHUNK - 1, SAI_MAX_BLOB_CHUNK, SAI_MAX_BLOB_CHUNK + 1, 3 * SAI_MAX_BLOB_CHUNK + 7
        };
        struct sai_id user = new_id(state);
        for (size_t i = 0; i < SAI_COUNT(lengths); i++) {
                for (int compressible = 0; compressible < 2; compressible++) {
                        struct sai_id id = new_id(state);
                        uint8_t *bytes = noise(state, lengths[i]);
                        for (size_t b = 0; compressible && b < lengths[i]; b++)
                                bytes[b] = (uint8_t)(b % 251);
                        assert_ok(store_blob_put(STORE(state), user, id, bytes, lengths[i], ERR));
                        struct sai_bytes back;
                        assert_ok(store_blob_get(STORE(state), user, id, ARENA(state), &back, ERR));
                        assert_int_equal(back.len, lengths[i]);
                        assert_true(lengths[i] == 0 || memcmp(back.data, bytes, lengths[i]) == 0);
                        assert_status(SAI_NOT_FOUND, store_blob_get(STORE(state), new_id(state), id, ARENA(state), &back, ERR));
                        assert_ok(store_blob_delete(STORE(state), user, id, ERR));
                        assert_status(SAI_NOT_FOUND, store_blob_get(STORE(state), user, id, ARENA(state), &back, ERR));
                        sai_arena_reset(ARENA(state));
                }
        }
}

static void a_repeated_put_replaces_the_blob(void **state)
{
        struct sai_id user = new_id(state), id = new_id(state);
        uint8_t *bytes = noise(state, 2 * SAI_MAX_BLOB_CHUNK);
        struct sai_bytes back;
        assert_ok(store_blob_put(STORE(state), user, id, bytes, 2 * SAI_MAX_BLOB_CHUNK, ERR));
        assert_ok(store_blob_put(STORE(state), user, id, bytes, 2 * SAI_MAX_BLOB_CHUNK, ERR));
        assert_ok(store_blob_get(STORE(state), user, id, ARENA(state), &back, ERR));
        assert_memory_equal(back.data, bytes, back.len);
        assert_status(SAI_TOO_LARGE, store_blob_put(STORE(state), user, id, bytes, SAI_MAX_BLOB + 1, ERR));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                SUITE_TEST(streams_come_back_to_their_decimals),
                SUITE_TEST(channels_are_read_by_themselves),
                SUITE_TEST(odd_columns_come_back),
                SUITE_TEST(values_that_do_not_fit_are_refused),
                SUITE_TEST(very_long_streams_take_several_rows),
                SUITE_TEST(streams_belong_to_their_athlete),
                SUITE_TEST(blobs_of_any_length_come_back),
                SUITE_TEST(a_repeated_put_replaces_the_blob),
        };
        return SUITE_RUN(tests);
}
