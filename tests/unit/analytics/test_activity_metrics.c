/* The metrics of one activity: which source wins, what is absent and why, and what bad data may not do. */
#include "analytics/activity_metrics.h"

#include "analytics/columns.h"
#include "base/cleanup.h"
#include "expect.h"

enum { N = 3601 };

/* An hour at one sample a second. */
struct hour {
        double t[N], d[N], hr[N], watts[N], altitude[N], cadence[N];
        struct streams streams;
};

static struct hour *hour_new(struct sai_arena *arena, double speed, double hr, double watts)
{
        struct hour *h = SAI_NEW(arena, struct hour);
        assert_non_null(h);
        for (int i = 0; i < N; i++) {
                h->t[i] = i;
                h->d[i] = speed * i;
                h->hr[i] = hr;
                h->watts[i] = watts;
                h->altitude[i] = 100;
                h->cadence[i] = 85;
        }
        h->streams.count = N;
        h->streams.channel[STREAM_TIME] = h->t;
        return h;
}

static void know(struct activity_input *in, enum athlete_parameter_id id, double value)
{
        in->athlete.values[id] = (struct athlete_parameter) { true, value, PARAMETER_GIVEN, { 20000 } };
}

static struct activity_input input_of(enum sport sport, const struct streams *streams)
{
        struct activity_input in = { .sport = sport, .streams = streams, .day = { 20500 } };
        in.athlete.sex = SEX_MALE;
        in.athlete.age = SAI_SOME(sai_opt_f64, 38);
        know(&in, PARAMETER_MAX_HEARTRATE, 190);
        know(&in, PARAMETER_RESTING_HEARTRATE, 50);
        know(&in, PARAMETER_THRESHOLD_HEARTRATE, 168);
        know(&in, PARAMETER_FTP, 250);
        know(&in, PARAMETER_THRESHOLD_PACE, 270);
        know(&in, PARAMETER_CSS_PACE_100M, 114);
        know(&in, PARAMETER_WEIGHT, 72);
        return in;
}

static struct activity_metrics compute(const struct activity_input *in, struct sai_arena *arena)
{
        struct activity_metrics m;
        assert_int_equal(activity_metrics_compute(in, arena, &m), SAI_OK);
        /* Whatever is absent says so once, for a reason that the table of metrics names. */
        for (size_t i = 0; i < m.absent_count; i++) {
                const struct metric_info *info = &metric_infos[m.absent[i].metric];
                if (!strstr(info->reasons, reason_code((enum reason)m.absent[i].reason)))
                        fail_msg("%s is absent for %s, which its row does not name", info->id,
                                 reason_code((enum reason)m.absent[i].reason));
                for (size_t k = 0; k < i; k++)
                        assert_int_not_equal(m.absent[i].metric, m.absent[k].metric);
        }
        return m;
}

static void a_steady_ride_with_power_has_its_load_from_power(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct hour *h = hour_new(arena, 8, 140, 200);
        h->streams.channel[STREAM_DISTANCE] = h->d;
        h->streams.channel[STREAM_HEARTRATE] = h->hr;
        h->streams.channel[STREAM_WATTS] = h->watts;
        h->streams.channel[STREAM_ALTITUDE] = h->altitude;
        h->streams.channel[STREAM_CADENCE] = h->cadence;
        struct activity_input in = input_of(SPORT_RIDE, &h->streams);
        struct activity_metrics m = compute(&in, arena);
        expect("elapsed", m.elapsed_time.value, 3600);
        expect("moving", m.moving_time.value, 3600);
        expect("distance", m.distance.value, 28800);
        expect("np", m.np.value, 200);
        expect("intensity", m.intensity.value, 0.8);
        expect("load", m.training_load.value, 64);
        assert_int_equal(m.training_load_method, LOAD_POWER);
        assert_true(SAI_HAS(m.load_hr)); /* the alternative is kept */
        expect("WORK", m.calories.value, 717.017208);
        assert_int_equal(m.calories_method, CALORIES_POWER);
        expect("kJ", m.kilojoules.value, 720);
        expect("vi", m.variability_index.value, 1);
        expect("ef", m.efficiency_factor.value, 200.0 / 140);
        expect_within("decoupling", m.decoupling.value, 0, 1e-9);
        expect("climb", m.total_elevation_gain.value, 0);
        expect("cadence", m.average_cadence.value, 85);
        const struct zone_share *zones = m.heart_rate_zones.items;
        assert_int_equal(m.heart_rate_zones.count, 5);
        expect("zone 2", zones[1].time, 3600);
        expect("zone 2 share", zones[1].percentage, 100);
        expect("three zones", m.intensity_times[0], 3600);
        assert_int_equal(m.power_zones.count, 7);
        assert_int_equal(m.pace_zones.count, 0);
        assert_int_equal(activity_metrics_reason(&m, METRIC_GRADE_ADJUSTED_PACE), REASON_NOT_APPLICABLE);
        expect("peak", m.evidence.peak_heartrate, 140);
        expect("20 min", m.evidence.power_20min, 200);
        assert_int_equal(m.quality, 0);
        assert_int_equal(m.version, metrics_version());
}

static void estimated_power_is_shown_but_feeds_nothing(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct hour *h = hour_new(arena, 8, 140, 200);
        h->streams.channel[STREAM_DISTANCE] = h->d;
        h->streams.channel[STREAM_WATTS] = h->watts;
        struct activity_input in = input_of(SPORT_RIDE, &h->streams);
        in.device_watts = SAI_SOME(sai_opt_bool, false);
        struct activity_metrics m = compute(&in, arena);
        expect("shown", m.average_watts.value, 200);
        assert_true(SAI_HAS(m.device_watts) && !m.device_watts.value);
        assert_false(SAI_HAS(m.np) || SAI_HAS(m.training_load));
        assert_int_equal(activity_metrics_reason(&m, METRIC_NP), REASON_ESTIMATED_POWER);
        assert_int_equal(activity_metrics_reason(&m, METRIC_TRAINING_LOAD), REASON_NO_HR);
        expect_absent("no evidence", m.evidence.power_20min);
        assert_true(m.quality & QUALITY_ESTIMATED_POWER);
        assert_int_equal(m.calories_method, CALORIES_MET);
        struct column_row row;
        column_row_clear(&row);
        column_row_set_metrics(&row, &m);
        expect_absent("nor a column", row.average_watts);
        expect("distance goes along", row.distance, 28800);
}

static void a_run_with_altitude_has_its_load_from_graded_pace(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct hour *h = hour_new(arena, 3.5, 150, 0);
        h->streams.channel[STREAM_DISTANCE] = h->d;
        h->streams.channel[STREAM_HEARTRATE] = h->hr;
        struct activity_input in = input_of(SPORT_RUN, &h->streams);
        struct activity_metrics m = compute(&in, arena);
        /* No altitude: plain pace is not graded pace. */
        assert_false(SAI_HAS(m.grade_adjusted_pace));
        assert_int_equal(activity_metrics_reason(&m, METRIC_GRADE_ADJUSTED_PACE), REASON_NO_ALTITUDE);
        assert_int_equal(m.training_load_method, LOAD_HEART_RATE);
        expect_within("hour pace", m.evidence.hour_speed, 3.5, 0.1);
        h->streams.channel[STREAM_ALTITUDE] = h->altitude;
        m = compute(&in, arena);
        expect("flat", m.grade_adjusted_pace.value, 1000 / 3.5);
        expect("if", m.intensity.value, 3.5 * 270 / 1000);
        expect("load", m.training_load.value, 100 * 3.5 * 270 / 1000 * 3.5 * 270 / 1000);
        assert_int_equal(m.training_load_method, LOAD_PACE);
        expect("ef m/min per bpm", m.efficiency_factor.value, 210.0 / 150);
        assert_int_equal(m.pace_zones.count, 6);
        for (int i = 0; i < N; i++)
                h->altitude[i] = 100 + 0.05 * h->d[i];
        m = compute(&in, arena);
        assert_true(m.grade_adjusted_pace.value < m.pace.value);
        expect_within("+5 %", m.pace.value / m.grade_adjusted_pace.value, 1.191, 2e-3);
        expect_within("climb", m.total_elevation_gain.value, 0.05 * 3.5 * 3600, 2.5);
}

static void STSS_1_a_swim_counts_its_lengths(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct activity_length lengths[120];
        for (int i = 0; i < 120; i++) {
                bool wall = i % 6 == 5;
                lengths[i] = (struct activity_length) { .elapsed_s = wall ? 30 : 45, .active = !wall };
        }
        struct activity_input in = input_of(SPORT_SWIM, NULL);
        in.lengths = lengths;
        in.length_count = 120;
        in.pool_length = SAI_SOME(sai_opt_f64, 50);
        in.recorded.elapsed_time = SAI_SOME(sai_opt_f64, 5100);
        in.recorded.distance = SAI_SOME(sai_opt_f64, 5000);
        in.distance_by_device = true;
        struct activity_metrics m = compute(&in, arena);
        expect("moving", m.moving_time.value, 4500);
        expect("pace", m.pace_100m.value, 90);
        assert_int_equal(m.training_load_method, LOAD_SWIM);
        expect("stss", m.training_load.value, pow(114.0 / 90, 3) * 4500 / 3600 * 100);
        expect("200", m.evidence.swim_200, 180);
        assert_false(SAI_HAS(m.total_elevation_gain));
        assert_true(m.quality & QUALITY_NO_STREAMS);
        assert_int_equal(m.pace_zones.count, 6);
}

static void a_manual_entry_lives_from_its_summary(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct activity_input in = input_of(SPORT_RUN, NULL);
        in.recorded = (struct activity_recorded) { .elapsed_time = SAI_SOME(sai_opt_f64, 2700),
                                                   .moving_time = SAI_SOME(sai_opt_f64, 2500),
                                                   .distance = SAI_SOME(sai_opt_f64, 8000),
                                                   .average_heartrate = SAI_SOME(sai_opt_f64, 150) };
        struct activity_metrics m = compute(&in, arena);
        expect("pace", m.pace.value, 312.5);
        assert_int_equal(m.training_load_method, LOAD_HEART_RATE_MEAN);
        assert_true(m.training_load.value > 0);
        assert_int_equal(activity_metrics_reason(&m, METRIC_HEART_RATE_ZONES), REASON_NO_STREAMS);
        assert_int_equal(m.heart_rate_zones.count, 0);
        struct activity_input empty = { .sport = SPORT_WORKOUT, .athlete.sex = SEX_UNKNOWN };
        m = compute(&empty, arena);
        assert_false(SAI_HAS(m.distance) || SAI_HAS(m.moving_time) || SAI_HAS(m.calories) || SAI_HAS(m.training_load));
        assert_int_equal(activity_metrics_reason(&m, METRIC_MOVING_TIME), REASON_NO_TIME);
        assert_int_equal(activity_metrics_reason(&m, METRIC_CALORIES), REASON_NO_WEIGHT);
}

static void device_pauses_win_over_the_speed_rule(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct hour *h = hour_new(arena, 3, 150, 0);
        for (int i = 1001; i < N; i++)
                h->d[i] = i <= 1500 ? h->d[1000] : h->d[1000] + 3.0 * (i - 1500);
        h->streams.channel[STREAM_DISTANCE] = h->d;
        struct activity_input in = input_of(SPORT_RUN, &h->streams);
        expect("by speed", compute(&in, arena).moving_time.value, 3100);
        struct activity_pause pause = { 2000, 2120 };
        in.pauses = &pause;
        in.pause_count = 1;
        struct activity_metrics m = compute(&in, arena);
        expect("timer", m.timer_time.value, 3480);
        expect("moving", m.moving_time.value, 3480);
        in.recorded.timer_time = SAI_SOME(sai_opt_f64, 3475);
        expect("device's timer", compute(&in, arena).moving_time.value, 3475);
}

static void a_hole_is_flagged_unless_the_device_paused(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct hour *h = hour_new(arena, 3, 150, 0);
        for (int i = 2000; i < N; i++)
                h->t[i] += 300;
        h->streams.channel[STREAM_DISTANCE] = h->d;
        h->streams.channel[STREAM_HEARTRATE] = h->hr;
        struct activity_input in = input_of(SPORT_RUN, &h->streams);
        struct activity_metrics m = compute(&in, arena);
        assert_true(m.quality & QUALITY_GAPS);
        expect("no sum counts it", m.heartrate_gap_time.value, 301);
        struct activity_pause pause = { 1999, 2300 };
        in.pauses = &pause;
        in.pause_count = 1;
        m = compute(&in, arena);
        assert_false(m.quality & QUALITY_GAPS);
        expect("nor moving", m.moving_time.value, 3599);
}

static void codes_for_no_contact_are_absent_and_not_zero(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct hour *h = hour_new(arena, 8, 0, 0);
        h->streams.channel[STREAM_DISTANCE] = h->d;
        h->streams.channel[STREAM_HEARTRATE] = h->hr; /* all 0 */
        h->streams.channel[STREAM_WATTS] = h->watts; /* all 0 */
        struct activity_input in = input_of(SPORT_RIDE, &h->streams);
        struct activity_metrics m = compute(&in, arena);
        assert_false(SAI_HAS(m.average_heartrate) || SAI_HAS(m.average_watts) || SAI_HAS(m.np) || SAI_HAS(m.device_watts));
        assert_int_equal(activity_metrics_reason(&m, METRIC_AVERAGE_HEARTRATE), REASON_NO_HR);
        assert_false(m.quality & QUALITY_HR_IMPLAUSIBLE);
        for (int i = 0; i < N; i++)
                h->hr[i] = i % 2 ? 140 : i % 3 ? 255 : 20;
        m = compute(&in, arena);
        expect("plausible beats only", m.average_heartrate.value, 140);
        assert_true(m.quality & QUALITY_HR_IMPLAUSIBLE);
}

static void heart_rate_for_part_of_the_time_is_scaled_or_refused(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct hour *h = hour_new(arena, 3, 150, 0);
        h->streams.channel[STREAM_DISTANCE] = h->d;
        h->streams.channel[STREAM_HEARTRATE] = h->hr;
        struct activity_input in = input_of(SPORT_RUN, &h->streams);
        double whole = compute(&in, arena).training_load.value;
        for (int i = 2161; i < N; i++)
                h->hr[i] = (double)NAN; /* 60 % are left */
        struct activity_metrics m = compute(&in, arena);
        expect("scaled", m.training_load.value, whole);
        assert_true(m.quality & QUALITY_PARTIAL_HR);
        for (int i = 1441; i < N; i++)
                h->hr[i] = (double)NAN; /* 40 % */
        m = compute(&in, arena);
        assert_false(SAI_HAS(m.training_load));
        assert_int_equal(activity_metrics_reason(&m, METRIC_TRAINING_LOAD), REASON_PARTIAL_HR);
}

static void heart_rate_locked_to_the_steps_is_not_believed(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct hour *h = hour_new(arena, 3, 150, 0);
        for (int i = 0; i < N; i++) {
                h->cadence[i] = 80 + 4 * sin(i / 40.0);
                h->hr[i] = 2 * h->cadence[i] + (i % 3) - 1;
        }
        h->streams.channel[STREAM_DISTANCE] = h->d;
        h->streams.channel[STREAM_HEARTRATE] = h->hr;
        h->streams.channel[STREAM_CADENCE] = h->cadence;
        struct activity_input in = input_of(SPORT_RUN, &h->streams);
        struct activity_metrics m = compute(&in, arena);
        assert_true(m.quality & QUALITY_CADENCE_LOCK);
        assert_int_equal(activity_metrics_reason(&m, METRIC_TRAINING_LOAD), REASON_UNTRUSTED_HR);
        assert_int_equal(activity_metrics_reason(&m, METRIC_HEART_RATE_ZONES), REASON_UNTRUSTED_HR);
        assert_int_equal(m.calories_method, CALORIES_RUNNING_COST);
        expect_absent("no evidence", m.evidence.peak_heartrate);
}

static void gps_alone_gives_distance_without_its_spikes(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct hour *h = hour_new(arena, 0, 0, 0);
        double *lat = h->watts, *lng = h->altitude;
        for (int i = 0; i < N; i++) {
                lat[i] = 47 + i * 2.7e-5; /* 3.002 m a second */
                lng[i] = 8;
        }
        lat[700] += 0.05;
        lat[1500] = (double)NAN;
        h->streams.channel[STREAM_LATITUDE] = lat;
        h->streams.channel[STREAM_LONGITUDE] = lng;
        struct activity_input in = input_of(SPORT_RUN, &h->streams);
        struct activity_metrics m = compute(&in, arena);
        expect_within("distance", m.distance.value, 3600 * 2.7e-5 * M_PI / 180 * 6371008.8, 0.5);
        assert_int_equal(m.removed_fixes, 1);
        assert_true((m.quality & QUALITY_GPS_SPIKES_REMOVED) && (m.quality & QUALITY_DISTANCE_FROM_GPS));
        expect_within("no faster than it was", m.max_speed.value, 3.0022, 1e-3);
        in.recorded.distance = SAI_SOME(sai_opt_f64, 11000);
        in.distance_by_device = true;
        expect("the device's own wins", compute(&in, arena).distance.value, 11000);
}

static void missing_channels_are_filled_and_recorded_ones_kept(void **state)
{
        (void)state;
        WITH_ARENA(arena);
        struct hour *h = hour_new(arena, 4, 0, 0);
        double velocity[N];
        for (int i = 0; i < N; i++) {
                h->altitude[i] = 100 + 0.03 * h->d[i];
                velocity[i] = 4.5;
        }
        h->streams.channel[STREAM_DISTANCE] = h->d;
        h->streams.channel[STREAM_ALTITUDE] = h->altitude;
        h->streams.channel[STREAM_VELOCITY] = velocity;
        struct activity_input in = input_of(SPORT_RUN, &h->streams);
        struct streams filled = h->streams;
        assert_int_equal(activity_fill_channels(&in, &filled, arena), SAI_OK);
        assert_ptr_equal(filled.channel[STREAM_VELOCITY], velocity);
        assert_non_null(filled.channel[STREAM_MOVING]);
        expect_within("grade in percent", filled.channel[STREAM_GRADE][1800], 3, 1e-6);
        expect("moving", filled.channel[STREAM_MOVING][10], 1);
        assert_null(filled.channel[STREAM_WATTS]);
        filled = h->streams;
        filled.channel[STREAM_VELOCITY] = NULL;
        in.streams = &filled;
        assert_int_equal(activity_fill_channels(&in, &filled, arena), SAI_OK);
        expect_within("speed", filled.channel[STREAM_VELOCITY][1800], 4, 1e-9);
}

/* Noise of every kind in every channel: nothing may come out that is not finite, negative where that means nothing, or beyond the
 * windows. */
static void hostile_streams_give_sane_numbers_or_none(void **state)
{
        (void)state;
        static const double odd[] = {
                (double)NAN, (double)INFINITY, -(double)INFINITY, 0, -1, 1e308, -1e308, 65535, 255, 1e-300, 180, 47
        };
        uint32_t seed = 7;
        for (int round = 0; round < 300; round++) {
                WITH_ARENA(arena);
                size_t n = (size_t)round % 90;
                struct streams streams = { .count = n };
                for (int c = 0; c < STREAM_CHANNELS; c++) {
                        seed = seed * 1664525u + 1013904223u;
                        if (seed >> 30 == 0)
                                continue;
                        double *x = streams_channel(&streams, (enum stream_channel)c, arena);
                        for (size_t i = 0; i < n; i++) {
                                seed = seed * 1664525u + 1013904223u;
                                x[i] = seed >> 28 < 5 ? odd[(seed >> 8) % SAI_COUNT(odd)] : (double)(seed >> 20) / 10;
                        }
                }
                struct activity_input in = input_of((enum sport)(round % SPORT_COUNT), &streams);
                struct activity_metrics m = compute(&in, arena);
                const struct sai_opt_f64 checked[] = { m.elapsed_time,
                                                       m.moving_time,
                                                       m.distance,
                                                       m.average_speed,
                                                       m.max_speed,
                                                       m.total_elevation_gain,
                                                       m.average_heartrate,
                                                       m.max_heartrate,
                                                       m.average_cadence,
                                                       m.average_watts,
                                                       m.np,
                                                       m.training_load,
                                                       m.calories,
                                                       m.intensity,
                                                       m.pace,
                                                       m.grade_adjusted_pace };
                for (size_t i = 0; i < SAI_COUNT(checked); i++) {
                        if (SAI_HAS(checked[i]) && !(isfinite(checked[i].value) && checked[i].value >= 0))
                                fail_msg("round %d value %zu: %g", round, i, checked[i].value);
                }
                if (SAI_HAS(m.max_heartrate))
                        assert_true(m.max_heartrate.value <= 230);
                struct streams filled = streams;
                assert_int_equal(activity_fill_channels(&in, &filled, arena), SAI_OK);
        }
}

static void a_full_arena_is_reported(void **state)
{
        (void)state;
        WITH_ARENA(source);
        struct hour *h = hour_new(source, 8, 140, 200);
        h->streams.channel[STREAM_DISTANCE] = h->d;
        h->streams.channel[STREAM_HEARTRATE] = h->hr;
        h->streams.channel[STREAM_WATTS] = h->watts;
        h->streams.channel[STREAM_ALTITUDE] = h->altitude;
        struct activity_input in = input_of(SPORT_RIDE, &h->streams);
        size_t limit = 4096;
        sai_status status = SAI_NO_MEMORY;
        for (; limit < ((size_t)4 << 20) && status != SAI_OK; limit += 8192) {
                SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(limit);
                struct activity_metrics m;
                status = activity_metrics_compute(&in, arena, &m);
                assert_true(status == SAI_OK || status == SAI_NO_MEMORY);
        }
        assert_int_equal(status, SAI_OK);
        assert_true(limit / N < 260); /* bytes a sample */
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_steady_ride_with_power_has_its_load_from_power),
                cmocka_unit_test(estimated_power_is_shown_but_feeds_nothing),
                cmocka_unit_test(a_run_with_altitude_has_its_load_from_graded_pace),
                cmocka_unit_test(STSS_1_a_swim_counts_its_lengths),
                cmocka_unit_test(a_manual_entry_lives_from_its_summary),
                cmocka_unit_test(device_pauses_win_over_the_speed_rule),
                cmocka_unit_test(a_hole_is_flagged_unless_the_device_paused),
                cmocka_unit_test(codes_for_no_contact_are_absent_and_not_zero),
                cmocka_unit_test(heart_rate_for_part_of_the_time_is_scaled_or_refused),
                cmocka_unit_test(heart_rate_locked_to_the_steps_is_not_believed),
                cmocka_unit_test(gps_alone_gives_distance_without_its_spikes),
                cmocka_unit_test(missing_channels_are_filled_and_recorded_ones_kept),
                cmocka_unit_test(hostile_streams_give_sane_numbers_or_none),
                cmocka_unit_test(a_full_arena_is_reported),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
