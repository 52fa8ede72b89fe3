/* test_real_recordings.c -- every real recording against what other decoders read from it (facts.json). */
#include "files_testing.h"
#include <jansson.h>

/* What differs from the facts on purpose. */
static const struct {
        const char *file;
        enum stream_channel channel;
        int more;
} differences[] = {
        /* 0 bpm is no contact. */
        { "fit/ride-bad-speed.fit", STREAM_HEARTRATE, -5220 },
        { "fit/virtual-ride-zwift-power.fit", STREAM_HEARTRATE, -1808 },
        { "fit/virtual-ride-zwift-double-fields.fit", STREAM_HEARTRATE, -3 },
        /* At 0,0 before the first fix. */
        { "fit/ride-srm-power-noroeste.fit", STREAM_LATITUDE, -7 },
        /* The rowing machine's own speed and power, as developer fields that stand in for the profile's. */
        { "fit/indoor-row-vivoactive.fit", STREAM_VELOCITY, 1641 },
        { "fit/indoor-row-vivoactive.fit", STREAM_WATTS, 1641 },
        /* A foot pod's power, likewise. */
        { "fit/run-fr945-sloatsburg.fit", STREAM_WATTS, 4988 },
        { "fit/treadmill-run-fr945.fit", STREAM_WATTS, 3101 },
};

static const struct {
        const char *in_file;
        enum sport sport;
        bool known, transition, indoor;
} sports[] = {
        { "running/generic", SPORT_RUN, true, false, false },
        { "running/-", SPORT_RUN, true, false, false },
        { "running/trail", SPORT_TRAIL_RUN, true, false, false },
        { "running/treadmill", SPORT_RUN, true, false, true },
        { "cycling/generic", SPORT_RIDE, true, false, false },
        { "cycling/-", SPORT_RIDE, true, false, false },
        { "cycling/road", SPORT_RIDE, true, false, false },
        { "cycling/commuting", SPORT_RIDE, true, false, false },
        { "cycling/virtual_activity", SPORT_VIRTUAL_RIDE, true, false, true },
        { "walking/generic", SPORT_WALK, true, false, false },
        { "fitness_equipment/indoor_rowing", SPORT_ROWING, true, false, true },
        { "swimming/lap_swimming", SPORT_SWIM, true, false, true },
        { "swimming/open_water", SPORT_SWIM, true, false, false },
        { "transition/generic", SPORT_WORKOUT, true, true, false },
        { "cycling", SPORT_RIDE, true, false, false },
        { "road_biking", SPORT_RIDE, true, false, false },
        { "1", SPORT_RIDE, true, false, false },
        { "9", SPORT_RUN, true, false, false },
        { "16", SPORT_SWIM, true, false, false },
        { "Running", SPORT_RUN, true, false, false },
        { "Biking", SPORT_RIDE, true, false, false },
        { "Other", SPORT_WORKOUT, false, false, false },
};

static void check_sport(const struct recording_session *session, const char *in_file)
{
        for (size_t i = 0; i < SAI_COUNT(sports); i++) {
                if (strcmp(sports[i].in_file, in_file) == 0) {
                        assert_int_equal(session->sport, sports[i].sport);
                        assert_int_equal(session->sport_known, sports[i].known);
                        assert_int_equal(session->transition, sports[i].transition);
                        assert_int_equal(session->indoor, sports[i].indoor);
                        return;
                }
        }
        fail_msg("no expectation for sport %s", in_file);
}

static void check_start(const struct recording_session *session, const json_t *expected, const json_t *local)
{
        struct sai_instant instant;
        if (local) {
                struct sai_local wall;
                assert_false(SAI_HAS(session->start));
                assert_true(sai_local_parse(json_string_value(local), json_string_length(local), &wall));
                assert_true(SAI_HAS(session->start_local));
                assert_int_equal(session->start_local.value.ms, wall.ms);
                return;
        }
        const char *text = json_string_value(expected);
        assert_true(SAI_HAS(session->start));
        assert_true(sai_instant_parse(text, strlen(text), &instant));
        assert_int_equal(session->start.value.ms / 1000, instant.ms / 1000);
}

static void check_opt(struct sai_opt_f64 value, const json_t *expected, const char *what)
{
        if (json_is_number(expected)) {
                assert_true(SAI_HAS(value));
                assert_close(value.value, json_number_value(expected), 1e-9, what);
        }
}

static void check_session(const struct recording_session *session, const json_t *facts)
{
        const char *sport = json_string_value(json_object_get(facts, "sport"));
        const char *sub_sport = json_string_value(json_object_get(facts, "sub_sport"));
        char both[64];
        snprintf(both, sizeof both, "%s/%s", sport, sub_sport ? sub_sport : "-");
        check_sport(session, both);
        check_start(session, json_object_get(facts, "start_utc"), json_object_get(facts, "start_local"));
        check_opt(session->elapsed_s, json_object_get(facts, "elapsed_s"), "elapsed");
        check_opt(session->timer_s, json_object_get(facts, "timer_s"), "timer");
        check_opt(session->distance_m, json_object_get(facts, "distance_m"), "distance");
        check_opt(session->ascent_m, json_object_get(facts, "ascent_m"), "ascent");
        if (json_number_value(json_object_get(facts, "avg_heart_rate")) > 0)
                check_opt(session->average_heartrate, json_object_get(facts, "avg_heart_rate"), "average heart rate");
        else
                assert_false(SAI_HAS(session->average_heartrate));
        check_opt(session->average_watts, json_object_get(facts, "avg_power"), "average power");
}

/* GPX and TCX have no session in the facts: the first point and the span are the expectation. */
static void check_points_session(const char *file, const struct recording_session *session, const json_t *facts)
{
        check_sport(session, json_string_value(json_object_get(facts, "sport")));
        double span = json_number_value(json_object_get(facts, "span_s"));
        assert_close(session->elapsed_s.value, span, fmax(3, span * 0.005), file);
        /* Offsets in the facts are as written. */
        check_start(session, json_object_get(facts, "first_point_utc"), NULL);
}

static size_t total(const struct recording *recording, enum stream_channel channel)
{
        size_t count = 0;
        for (size_t i = 0; i < recording->session_count; i++)
                count += count_values(&recording->sessions[i].streams, channel);
        return count;
}

static void check_channels(const char *file, const struct recording *recording, const json_t *facts, size_t points)
{
        static const struct {
                const char *name;
                enum stream_channel channel;
        } names[] = {
                { "latlng", STREAM_LATITUDE }, { "altitude", STREAM_ALTITUDE },    { "distance", STREAM_DISTANCE },
                { "speed", STREAM_VELOCITY },  { "heart rate", STREAM_HEARTRATE }, { "cadence", STREAM_CADENCE },
                { "power", STREAM_WATTS },     { "temperature", STREAM_TEMP },
        };
        const json_t *counts = json_object_get(facts, "channel_counts");
        json_int_t merged = (json_int_t)(points - total(recording, STREAM_TIME));
        for (size_t i = 0; i < SAI_COUNT(names); i++) {
                json_int_t expected = json_integer_value(json_object_get(counts, names[i].name));
                /* Written twice in each record. */
                if (expected > (json_int_t)points)
                        expected = (json_int_t)points;
                for (size_t d = 0; d < SAI_COUNT(differences); d++) {
                        if (names[i].channel == differences[d].channel && strcmp(differences[d].file, file) == 0)
                                expected += differences[d].more;
                }
                bool joined =
                        names[i].channel == STREAM_HEARTRATE && json_integer_value(json_object_get(facts, "hr_messages")) > 0;
                bool made = names[i].channel == STREAM_DISTANCE && expected == 0;
                json_int_t got = (json_int_t)total(recording, names[i].channel);
                /* Samples of one second are one sample. */
                if (!joined && !made && (got > expected || got < expected - merged))
                        fail_msg("%s: %lld values of %s, expected %lld", file, (long long)got, names[i].name,
                                 (long long)expected);
        }
}

static void check_streams(const struct recording_session *session)
{
        const struct streams *streams = &session->streams;
        if (streams->count == 0)
                return;
        assert_non_null(streams->channel[STREAM_TIME]);
        assert_null(streams->channel[STREAM_GRADE]);
        assert_null(streams->channel[STREAM_MOVING]);
        double distance = 0;
        for (size_t i = 0; i < streams->count; i++) {
                assert_true(streams->channel[STREAM_TIME][i] >= 0);
                assert_true(i == 0 || streams->channel[STREAM_TIME][i] > streams->channel[STREAM_TIME][i - 1]);
                if (streams->channel[STREAM_DISTANCE] && !isnan(streams->channel[STREAM_DISTANCE][i])) {
                        assert_true(streams->channel[STREAM_DISTANCE][i] >= distance);
                        distance = streams->channel[STREAM_DISTANCE][i];
                }
        }
        /* The device's total and its last record agree, in a file of several sports too. */
        if (distance > 0 && SAI_HAS(session->distance_m) && session->distance_m.value > 0 && !session->transition)
                assert_close(distance, session->distance_m.value, fmax(30, 0.02 * distance), "last distance");
}

static void check_file(const char *folder, const char *file, const json_t *facts)
{
        READING *reading = read_shared(folder, file);
        const struct recording *recording = &reading->recording;
        const json_t *sessions = json_object_get(facts, "sessions");
        if (reading->status)
                fail_msg("%s: %s: %s", file, reading->reason, reading->err.detail);
        size_t expected = json_array_size(sessions) ? json_array_size(sessions) : 1;
        assert_int_equal(recording->session_count, expected);
        size_t points = 0, laps = 0, lengths = 0;
        for (size_t i = 0; i < recording->session_count; i++) {
                const struct recording_session *session = &recording->sessions[i];
                points += session->point_count;
                laps += session->lap_count;
                lengths += session->length_count;
                check_streams(session);
                if (json_array_size(sessions))
                        check_session(session, json_array_get(sessions, i));
                else
                        check_points_session(file, session, facts);
        }
        if (points != (size_t)json_integer_value(json_object_get(facts, "points")))
                fail_msg("%s: %zu points", file, points);
        if (laps != (size_t)json_integer_value(json_object_get(facts, "laps")))
                fail_msg("%s: %zu laps", file, laps);
        if (lengths != (size_t)json_integer_value(json_object_get(facts, "pool_lengths")))
                fail_msg("%s: %zu lengths", file, lengths);
        check_channels(file, recording, facts, points);
}

static void every_recording_reads_as_other_decoders_read_it(void **state)
{
        (void)state;
        const char *folder = shared_data_or_skip();
        struct sai_buf text;
        load_file(folder, "facts.json", &text);
        json_t *facts = json_loadb(text.data, text.len, 0, NULL);
        sai_buf_done(&text);
        assert_non_null(facts);
        const char *file;
        json_t *entry;
        size_t checked = 0;
        json_object_foreach(facts, file, entry)
        {
                if (json_integer_value(json_object_get(entry, "points")) == 0)
                        continue;
                check_file(folder, file, entry);
                checked++;
        }
        json_decref(facts);
        assert_true(checked >= 35);
}

static void files_that_hold_no_activity_are_refused_with_a_reason(void **state)
{
        (void)state;
        const char *folder = shared_data_or_skip();
        static const struct {
                const char *file, *reason;
        } rows[] = {
                { "fit/empty.fit", "empty" },
                { "fit/not-activity-settings.fit", "not_an_activity" },
                { "gpx/bad-empty-trkseg.gpx", "no_points" },
        };
        for (size_t i = 0; i < SAI_COUNT(rows); i++) {
                READING *reading = read_shared(folder, rows[i].file);
                assert_refused(reading, rows[i].reason);
        }
}

static void damaged_files_are_read_with_a_warning(void **state)
{
        (void)state;
        const char *folder = shared_data_or_skip();
        READING *crc = read_shared(folder, "fit/bad-file-crc.fit");
        assert_reads(crc);
        assert_true(has_warning(&crc->recording, "CRC is wrong"));
        READING *cut = read_shared(folder, "fit/bad-unexpected-eof.fit");
        assert_reads(cut);
        assert_true(has_warning(&cut->recording, "file ends at byte 768"));
        assert_int_equal(cut->recording.sessions[0].point_count, 14);
        READING *sound = read_shared(folder, "fit/walk-fenix5-1min.fit");
        assert_reads(sound);
        assert_int_equal(sound->recording.warning_count, 0);
}

static void one_run_in_two_formats_agrees(void **state)
{
        (void)state;
        const char *folder = shared_data_or_skip();
        READING *fit = read_shared(folder, "fit/run-fr945-sloatsburg.fit");
        READING *tcx = read_shared(folder, "tcx/run-fr945-sloatsburg.tcx");
        assert_reads(fit);
        assert_reads(tcx);
        const struct recording_session *a = &fit->recording.sessions[0], *b = &tcx->recording.sessions[0];
        assert_int_equal(a->sport, b->sport);
        assert_int_equal(a->start.value.ms, b->start.value.ms);
        assert_close(a->distance_m.value, b->distance_m.value, 0.5, "distance");
        assert_close(a->elapsed_s.value, b->elapsed_s.value, 1, "elapsed");
        assert_close(a->calories_kcal.value, b->calories_kcal.value, 1, "calories");
        assert_int_equal(a->lap_count, b->lap_count);
        for (size_t i = 0; i < a->lap_count; i++) {
                assert_int_equal(a->laps[i].start.ms, b->laps[i].start.ms);
                assert_close(a->laps[i].distance_m.value, b->laps[i].distance_m.value, 0.5, "lap distance");
        }
        for (size_t i = 0, j = 0; i < a->streams.count && j < b->streams.count;) {
                double at = a->streams.channel[STREAM_TIME][i], bt = b->streams.channel[STREAM_TIME][j];
                if (at != bt) {
                        i += at < bt;
                        j += bt < at;
                        continue;
                }
                double difference = a->streams.channel[STREAM_DISTANCE][i] - b->streams.channel[STREAM_DISTANCE][j];
                assert_true(fabs(difference) < 0.01);
                if (!isnan(a->streams.channel[STREAM_LATITUDE][i]))
                        assert_true(fabs(a->streams.channel[STREAM_LATITUDE][i] - b->streams.channel[STREAM_LATITUDE][j]) < 1e-6);
                i++;
                j++;
        }
        assert_string_equal(fit->recording.device, "Garmin Forerunner 945");
}

static void a_ride_measured_from_positions_matches_what_strava_computed(void **state)
{
        (void)state;
        const char *folder = shared_data_or_skip();
        READING *reading = read_shared(folder, "gpx/ride-garmin-20190929.gpx");
        assert_reads(reading);
        const struct recording_session *session = &reading->recording.sessions[0];
        assert_close(session->distance_m.value, 50235.6, 502.356, "distance");
        assert_close(session->elapsed_s.value, 6594, 40, "elapsed");
        assert_string_equal(reading->recording.name, "Meylan Road Cycling");
        assert_string_equal(reading->recording.device, "Garmin Connect");
}

static void heart_rate_sent_apart_is_joined_into_the_swim(void **state)
{
        (void)state;
        const char *folder = shared_data_or_skip();
        static const char *const files[] = { "fit/pool-swim-fr735xt-hr-messages.fit", "fit/pool-swim-fr935-b.fit",
                                             "fit/triathlon-fr920xt-multiple-headers.fit" };
        for (size_t f = 0; f < SAI_COUNT(files); f++) {
                READING *reading = read_shared(folder, files[f]);
                assert_reads(reading);
                const struct recording_session *session = &reading->recording.sessions[0];
                double sum = 0, most = 0;
                size_t count = count_values(&session->streams, STREAM_HEARTRATE);
                for (size_t i = 0; i < session->streams.count; i++) {
                        double rate = session->streams.channel[STREAM_HEARTRATE][i];
                        assert_true(isnan(rate) || (rate > 30 && rate < 230));
                        sum += isnan(rate) ? 0 : rate;
                        most = fmax(most, rate);
                }
                assert_true(count * 10 > session->streams.count * 9);
                assert_close(most, session->max_heartrate.value, 2, files[f]);
                /* The device's mean leaves the rests at the wall out. */
                assert_close(sum / (double)count, session->average_heartrate.value - 3.5, 4, files[f]);
        }
}

static void times_without_a_clock_stay_local(void **state)
{
        (void)state;
        const char *folder = shared_data_or_skip();
        READING *reading = read_shared(folder, "fit/run-fr70-compressed-speed-distance.fit");
        assert_reads(reading);
        const struct recording_session *session = &reading->recording.sessions[0];
        char text[SAI_INSTANT_TEXT];
        assert_true(SAI_HAS(session->start_local));
        assert_false(SAI_HAS(session->start));
        assert_false(SAI_HAS(session->utc_offset_s));
        sai_local_format(session->start_local.value, text);
        assert_string_equal(text, "2012-02-13T11:16:16");
        assert_int_equal(session->laps[0].start.ms, session->start_local.value.ms);
        /* Packed speed and distance: the records end where the session's total says. */
        assert_close(session->streams.channel[STREAM_DISTANCE][session->streams.count - 1], 10248.67, 5, "packed distance");
        assert_int_equal(session->pause_count, 1);
}

static void the_wall_clock_is_told_where_the_file_tells_it(void **state)
{
        (void)state;
        const char *folder = shared_data_or_skip();
        READING *summer = read_shared(folder, "fit/ride-edge1000-power-first.fit");
        assert_reads(summer);
        assert_int_equal(summer->recording.sessions[0].utc_offset_s.value, 7200);
        double paused = 0;
        const struct recording_session *ride = &summer->recording.sessions[0];
        for (size_t i = 0; i < ride->pause_count; i++)
                paused += ride->pauses[i].start_s - ride->pauses[i].stop_s;
        assert_int_equal(ride->pause_count, 6);
        assert_close(paused, ride->elapsed_s.value - ride->timer_s.value, 1, "pauses");
        READING *york = read_shared(folder, "tcx/run-fitbit-17611540601.tcx");
        assert_reads(york);
        assert_int_equal(york->recording.sessions[0].utc_offset_s.value, -4 * 3600);
        READING *zwift = read_shared(folder, "fit/virtual-ride-zwift-power.fit");
        assert_reads(zwift);
        assert_false(SAI_HAS(zwift->recording.sessions[0].utc_offset_s));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_recording_reads_as_other_decoders_read_it),
                cmocka_unit_test(files_that_hold_no_activity_are_refused_with_a_reason),
                cmocka_unit_test(damaged_files_are_read_with_a_warning),
                cmocka_unit_test(one_run_in_two_formats_agrees),
                cmocka_unit_test(a_ride_measured_from_positions_matches_what_strava_computed),
                cmocka_unit_test(heart_rate_sent_apart_is_joined_into_the_swim),
                cmocka_unit_test(times_without_a_clock_stay_local),
                cmocka_unit_test(the_wall_clock_is_told_where_the_file_tells_it),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
