/* One real ride as a file against what Strava computed from it (2019-09-29). The analytics know no file format, so that the track is
 * picked out of the GPX by its words. */
#include "analytics/activity_metrics.h"
#include "base/calendar.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "expect.h"
#include "support/shared_data.h"
#include <stdio.h>

/* What Strava says of it: strava-json/activity-detail-ride-3122164560.json. */
static const double strava_distance = 50235.6, strava_moving = 6474, strava_elapsed = 6594, strava_climbing = 355.9;
static const double strava_heartrate = 164.8, strava_max_heartrate = 186, strava_cadence = 75.6, strava_max_speed = 18.6;

/* The text after `mark` up to `end`, searched from *at on, which moves behind it. */
static struct sai_text between(const char **at, const char *mark, char end)
{
        const char *from = *at ? strstr(*at, mark) : NULL;
        *at = from;
        if (!from)
                return (struct sai_text) { NULL, 0 };
        from += strlen(mark);
        const char *to = strchr(from, end);
        *at = to;
        return (struct sai_text) { from, to ? (size_t)(to - from) : 0 };
}

static double number(struct sai_text text)
{
        double value;
        return sai_parse_f64(text.data, text.len, &value) ? value : (double)NAN;
}

static void read_track(const char *gpx, struct streams *streams, struct sai_arena *arena)
{
        streams->count = 0;
        for (const char *at = gpx; (at = strstr(at, "<trkpt")) != NULL; at++)
                streams->count++;
        static const struct {
                enum stream_channel channel;
                const char *mark;
                char end;
        } parts[] = { { STREAM_LATITUDE, "lat=\"", '"' }, { STREAM_LONGITUDE, "lon=\"", '"' }, { STREAM_ALTITUDE, "<ele>", '<' },
                      { STREAM_TIME, "<time>", '<' },     { STREAM_HEARTRATE, ":hr>", '<' },   { STREAM_CADENCE, ":cad>", '<' } };
        int64_t start = 0;
        const char *at = gpx;
        for (size_t i = 0; i < streams->count; i++) {
                at = strstr(at, "<trkpt");
                for (size_t p = 0; p < SAI_COUNT(parts); p++) {
                        double *column = streams_channel(streams, parts[p].channel, arena);
                        assert_non_null(column);
                        struct sai_text text = between(&at, parts[p].mark, parts[p].end);
                        assert_non_null(at);
                        struct sai_instant instant;
                        if (parts[p].channel != STREAM_TIME) {
                                column[i] = number(text);
                        } else {
                                assert_true(sai_instant_parse(text.data, text.len, &instant));
                                start = i == 0 ? instant.ms : start;
                                column[i] = (double)(instant.ms - start) / 1000;
                        }
                }
        }
}

static void the_ride_of_2019_09_29_agrees_with_strava(void **state)
{
        (void)state;
        char path[4096];
        snprintf(path, sizeof path, "%s/gpx/ride-garmin-20190929.gpx", shared_data_or_skip());
        char *gpx = read_whole_file(path, &(size_t) { 0 });
        assert_non_null(gpx);
        WITH_ARENA(arena);
        struct streams streams = { 0 };
        read_track(gpx, &streams, arena);
        free(gpx);
        assert_int_equal(streams.count, 1817);

        struct activity_input in = { .sport = SPORT_RIDE, .streams = &streams, .athlete.sex = SEX_UNKNOWN };
        struct activity_metrics m;
        assert_int_equal(activity_metrics_compute(&in, arena, &m), SAI_OK);
        expect_within("distance", m.distance.value, strava_distance, 0.01 * strava_distance);
        expect_within("elapsed", m.elapsed_time.value, strava_elapsed, 40);
        expect_within("moving", m.moving_time.value, strava_moving, 0.02 * strava_moving);
        /* One altitude in it stands 107 m too high for a single sample, which Strava kept and the filter takes out. */
        expect_within("climbing", m.total_elevation_gain.value, strava_climbing, 0.15 * strava_climbing);
        expect_within("heart rate", m.average_heartrate.value, strava_heartrate, 0.5);
        expect_within("highest", m.max_heartrate.value, strava_max_heartrate, 1);
        expect_within("cadence", m.average_cadence.value, strava_cadence, 1.5);
        expect_within("fastest", m.max_speed.value, strava_max_speed, 0.5);
        assert_false(SAI_HAS(m.np) || SAI_HAS(m.training_load));
        assert_int_equal(activity_metrics_reason(&m, METRIC_TRAINING_LOAD), REASON_NO_THRESHOLD);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_ride_of_2019_09_29_agrees_with_strava),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
