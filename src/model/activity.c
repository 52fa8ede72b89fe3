/* clang-format off */
/* activity.c -- the tables of activity.h.
 *
 * Two models share one struct and one list of rows: the list shows an activity without its laps and best efforts, the single view with
 * them, the store keeps all. */
#include "model/activity.h"

static const char *const source_kind_values[] = { "strava_api", "file", NULL };
const struct sai_enumeration source_kind_names = { "ActivitySource", source_kind_values };
static const char *const load_method_values[] = { "none", "power", "pace", "swim", "heart_rate", "hr_mean", NULL };
const struct sai_enumeration load_method_names = { "TrainingLoadMethod", load_method_values };

#define ZONE_TIME(m) SAI_FIELD(struct zone_times, m, .unit = "s", .flags = SAI_F_COLUMN | SAI_F_INTERNAL)
static const struct sai_field zone_times_fields[] = { ZONE_TIME(z1), ZONE_TIME(z2), ZONE_TIME(z3), ZONE_TIME(z4),
                                                      ZONE_TIME(z5), ZONE_TIME(z6), ZONE_TIME(z7) };
static const struct sai_model zone_times_model = SAI_MODEL_OF(struct zone_times, zone_times_fields, "ZoneTimes");

#define EVIDENCE(m, of) SAI_FIELD(struct limit_evidence, m, .unit = of, .flags = SAI_F_COLUMN | SAI_F_INTERNAL)
static const struct sai_field limit_evidence_fields[] = { EVIDENCE(peak_heartrate, "bpm"), EVIDENCE(power_20min, "W"), EVIDENCE(hour_speed, "m/s"),
                                                          EVIDENCE(swim_200, "s"), EVIDENCE(swim_400, "s") };
static const struct sai_model limit_evidence_model = SAI_MODEL_OF(struct limit_evidence, limit_evidence_fields, "LimitEvidence");

static const struct sai_field zone_share_fields[] = {
        SAI_FIELD(struct zone_share, zone, .min = 1, .max = 7, .doc = "Number of the zone, from 1"),
        SAI_FIELD(struct zone_share, time, .unit = "s", .decimals = 1, .doc = "Time in the zone"),
        SAI_FIELD(struct zone_share, percentage, .min = 0, .max = 100, .decimals = 2, .doc = "Share of the time in all zones"),
};
static const struct sai_model zone_share_model = SAI_MODEL_OF(struct zone_share, zone_share_fields, "ZoneShare");

static const struct sai_field map_fields[] = {
        SAI_FIELD(struct activity_map, summary_polyline, .flags = SAI_F_NULLABLE, .example = "\"_p~iF~ps|U_ulLnnqC_mqNvxq`@\"",
                  .doc = "Encoded polyline, precision 5, simplified"),
        SAI_FIELD(struct activity_map, resource_state, .doc = "2: summary"),
};
static const struct sai_model map_model = SAI_MODEL_OF(struct activity_map, map_fields, "ActivityMap");

#define METRIC(m, ...) SAI_FIELD(struct activity_metrics_row, m, __VA_ARGS__)
static const struct sai_field metrics_fields[] = {
        METRIC(pace, .unit = "s/km", .decimals = 3, .doc = "Average pace over moving time"),
        METRIC(pace_100m, .unit = "s/100m", .decimals = 3, .doc = "The same per 100 m; null unless it is a swim"),
        SAI_LIST(struct activity_metrics_row, heart_rate_zones, &zone_share_model, .flags = SAI_F_DERIVED, .max_items = 5,
                 .doc = "Time in each heart-rate zone; empty without heart rate"),
        METRIC(calories, .unit = "kcal", .decimals = 1, .flags = SAI_F_COLUMN, .doc = "Energy spent"),
        METRIC(efficiency_score, .unit = "%", .decimals = 2, .flags = SAI_F_COLUMN,
               .doc = "Efficiency factor against the median of comparable activities of the 90 days before; 100 is usual"),
        METRIC(training_load, .decimals = 2, .flags = SAI_F_COLUMN, .doc = "Load; 100 is one hour at threshold"),
        METRIC(training_load_method, .enumeration = &load_method_names, .flags = SAI_F_COLUMN, .doc = "What the load was computed from"),
        METRIC(intensity, .decimals = 4, .flags = SAI_F_COLUMN, .doc = "Intensity factor: normalized output against threshold"),
        METRIC(variability_index, .decimals = 4, .doc = "Normalized against average power"),
        METRIC(decoupling, .unit = "%", .decimals = 2, .flags = SAI_F_COLUMN, .doc = "Aerobic decoupling: loss of output per heartbeat in the second half"),
        METRIC(grade_adjusted_pace, .unit = "s/km", .decimals = 3, .flags = SAI_F_COLUMN, .doc = "Pace on the flat at the same effort"),
        METRIC(np, .unit = "W", .decimals = 1, .flags = SAI_F_COLUMN, .doc = "Normalized power"),
        METRIC(efficiency_factor, .flags = SAI_F_INTERNAL | SAI_F_COLUMN),
        METRIC(load_reason, .flags = SAI_F_INTERNAL | SAI_F_NULLABLE | SAI_F_COLUMN),
        SAI_MODEL(struct activity_metrics_row, hr_time, &zone_times_model, .flags = SAI_F_INTERNAL),
        SAI_MODEL(struct activity_metrics_row, intensity_time, &zone_times_model, .flags = SAI_F_INTERNAL),
        SAI_MODEL(struct activity_metrics_row, output_time, &zone_times_model, .flags = SAI_F_INTERNAL),
        SAI_MODEL(struct activity_metrics_row, evidence, &limit_evidence_model, .flags = SAI_F_INTERNAL),
        METRIC(parameters_hash, .flags = SAI_F_INTERNAL | SAI_F_COLUMN),
        METRIC(version, .flags = SAI_F_INTERNAL | SAI_F_COLUMN),
};
static const struct sai_model metrics_model = SAI_MODEL_OF(struct activity_metrics_row, metrics_fields, "ActivityMetrics");

static const struct sai_field quality_fields[] = {
        SAI_ARRAY(struct activity_quality, flags, SAI_K_STR, .max_items = 32, .example = "[\"partial_heartrate\"]",
                  .doc = "What is known to be wrong or estimated in this recording"),
};
static const struct sai_model quality_model = SAI_MODEL_OF(struct activity_quality, quality_fields, "ActivityQuality");

static const struct sai_field source_ref_fields[] = {
        SAI_FIELD(struct activity_source_ref, key, .example = "\"strava:16543210987\"", .doc = "Where it came from"),
        SAI_FIELD(struct activity_source_ref, kind, .enumeration = &source_kind_names, .doc = "Kind of source"),
        SAI_FIELD(struct activity_source_ref, fetched_at, .doc = "When it was fetched or uploaded"),
        SAI_FIELD(struct activity_source_ref, expires_at, .doc = "When it must be fetched again or erased"),
};
static const struct sai_model source_ref_model = SAI_MODEL_OF(struct activity_source_ref, source_ref_fields, "ActivitySourceReference");

static const struct sai_field file_fields[] = {
        SAI_FIELD(struct activity_file, name, .flags = SAI_F_NULLABLE, .example = "\"morning.fit\"", .doc = "File name as uploaded"),
        SAI_FIELD(struct activity_file, session, .doc = "Index of the session in the file, from 0"),
};
static const struct sai_model file_model = SAI_MODEL_OF(struct activity_file, file_fields, "ActivityFile");

#define SHOWN(m, ex, ...) SAI_FIELD(struct activity_display, m, .flags = SAI_F_NULLABLE, .example = ex, __VA_ARGS__)
static const struct sai_field display_fields[] = {
        SHOWN(distance, "\"10.02 km\"", .doc = "Distance"),
        SHOWN(moving_time, "\"49:46\"", .doc = "Moving time"),
        SHOWN(elapsed_time, "\"51:10\"", .doc = "Elapsed time"),
        SHOWN(pace, "\"4:58 /km\"", .doc = "Pace, for runs, walks and swims"),
        SHOWN(speed, "\"12.1 km/h\"", .doc = "Average speed"),
        SHOWN(elevation_gain, "\"84 m\"", .doc = "Climbing"),
        SHOWN(heart_rate, "\"151 bpm\"", .doc = "Average heart rate"),
        SHOWN(power, "\"214 W\"", .doc = "Average power"),
        SHOWN(calories, "\"640 kcal\"", .doc = "Energy"),
        SHOWN(training_load, "\"72\"", .doc = "Training load"),
};
const struct sai_model activity_display_model = SAI_MODEL_OF(struct activity_display, display_fields, "ActivityDisplay",
                                                             .doc = "What a person reads, in the athlete's units");

#define LAP(m, ...) SAI_FIELD(struct activity_lap, m, __VA_ARGS__)
static const struct sai_field lap_fields[] = {
        LAP(lap_index, .min = 1, .doc = "Number of the lap, from 1"),
        LAP(start_date, .doc = "When it began"),
        LAP(elapsed_time, .unit = "s", .decimals = 2, .doc = "Elapsed time"),
        LAP(moving_time, .unit = "s", .decimals = 2, .doc = "Moving time"),
        LAP(distance, .unit = "m", .decimals = 2, .doc = "Distance"),
        LAP(average_speed, .unit = "m/s", .decimals = 3, .doc = "Average speed"),
        LAP(max_speed, .unit = "m/s", .decimals = 3, .doc = "Highest speed"),
        LAP(average_heartrate, .unit = "bpm", .decimals = 1, .doc = "Average heart rate"),
        LAP(max_heartrate, .unit = "bpm", .decimals = 1, .doc = "Highest heart rate"),
        LAP(average_cadence, .unit = "rpm", .decimals = 1, .doc = "Average cadence"),
        LAP(average_watts, .unit = "W", .decimals = 1, .doc = "Average power"),
        LAP(total_elevation_gain, .unit = "m", .decimals = 1, .doc = "Climbing"),
};
const struct sai_model activity_lap_model = SAI_MODEL_OF(struct activity_lap, lap_fields, "Lap", .doc = "One lap as recorded");

#define EFFORT(m, ...) SAI_FIELD(struct activity_best_effort, m, __VA_ARGS__)
static const struct sai_field best_effort_fields[] = {
        EFFORT(name, .example = "\"5k\"", .doc = "Name of the distance"),
        EFFORT(distance, .unit = "m", .decimals = 3, .doc = "Distance"),
        EFFORT(time, .unit = "s", .decimals = 2, .doc = "Shortest elapsed time over it"),
        EFFORT(pace, .unit = "s/km", .decimals = 3, .doc = "Pace of it"),
        EFFORT(start, .unit = "s", .decimals = 1, .doc = "Where it begins, from the start of the activity"),
        EFFORT(origin, .example = "\"computed\"", .doc = "`computed` from the streams, or `strava`"),
};
const struct sai_model activity_best_effort_model =
        SAI_MODEL_OF(struct activity_best_effort, best_effort_fields, "BestEffort", .doc = "Fastest stretch of a standard distance");

#define ROW(m, ...) SAI_FIELD(struct activity, m, __VA_ARGS__)
#define ACTIVITY_ROWS(detail_flags)                                                                                             \
        ROW(id, .flags = SAI_F_KEY | SAI_F_COLUMN | SAI_F_READONLY, .doc = "Id of the activity here"),                          \
        ROW(strava_activity_id, .doc = "Id at Strava; null when no API source is left"),                                        \
        ROW(name, .flags = SAI_F_COLUMN, .min = 1, .max = 255, .example = "\"Morning Run\"", .doc = "Title"),                   \
        ROW(type, .flags = SAI_F_COLUMN, .example = "\"Run\"", .doc = "Strava's older, coarser sport"),                         \
        ROW(sport_type, .flags = SAI_F_COLUMN, .example = "\"TrailRun\"", .doc = "Sport, in Strava's vocabulary"),              \
        ROW(distance, .unit = "m", .decimals = 2, .flags = SAI_F_COLUMN, .doc = "Distance"),                                    \
        ROW(moving_time, .unit = "s", .decimals = 2, .flags = SAI_F_COLUMN, .doc = "Moving time"),                              \
        ROW(elapsed_time, .unit = "s", .decimals = 2, .flags = SAI_F_COLUMN, .doc = "Elapsed time"),                            \
        ROW(total_elevation_gain, .unit = "m", .decimals = 2, .flags = SAI_F_COLUMN, .doc = "Climbing"),                        \
        ROW(average_speed, .unit = "m/s", .decimals = 4, .flags = SAI_F_COLUMN, .doc = "Distance over moving time"),            \
        ROW(max_speed, .unit = "m/s", .decimals = 3, .doc = "Highest speed"),                                                   \
        ROW(average_heartrate, .unit = "bpm", .decimals = 2, .flags = SAI_F_COLUMN, .doc = "Time-weighted mean heart rate"),    \
        ROW(max_heartrate, .unit = "bpm", .decimals = 1, .flags = SAI_F_COLUMN, .doc = "Highest heart rate"),                   \
        ROW(average_cadence, .unit = "rpm", .decimals = 2, .flags = SAI_F_COLUMN, .doc = "Mean cadence; one leg for foot sports"), \
        ROW(average_watts, .unit = "W", .decimals = 2, .flags = SAI_F_COLUMN, .doc = "Mean power, zeros included"),             \
        ROW(device_watts, .flags = SAI_F_COLUMN, .doc = "Whether the power was measured; false: estimated"),                    \
        ROW(weighted_average_watts, .unit = "W", .decimals = 1, .doc = "Normalized power"),                                     \
        ROW(kilojoules, .unit = "kJ", .decimals = 2, .doc = "Mechanical work"),                                                 \
        ROW(start_date, .flags = SAI_F_COLUMN, .doc = "Start, UTC"),                                                            \
        ROW(start_date_local, .flags = SAI_F_COLUMN, .doc = "Start by the clock where the activity was"),                       \
        ROW(timezone, .flags = SAI_F_NULLABLE, .example = "\"Europe/Berlin\"", .doc = "Where known, the zone of the start"),    \
        ROW(location_city, .flags = SAI_F_NULLABLE, .doc = "City of the start"),                                                \
        ROW(location_state, .flags = SAI_F_NULLABLE, .doc = "State of the start"),                                              \
        ROW(location_country, .flags = SAI_F_NULLABLE, .doc = "Country of the start"),                                          \
        SAI_ARRAY(struct activity, start_latlng, SAI_K_F64, .max_items = 2, .example = "[47.3769,8.5417]",                      \
                  .doc = "Latitude and longitude of the start; empty without GPS"),                                             \
        ROW(trainer, .flags = SAI_F_COLUMN, .doc = "Indoors"),                                                                  \
        ROW(commute, .doc = "A way to work"),                                                                                   \
        ROW(gear_id, .flags = SAI_F_NULLABLE, .doc = "Strava's id of the gear"),                                                \
        SAI_MODEL(struct activity, map, &map_model, .doc = "Outline of the track"),                                             \
        SAI_MODEL(struct activity, metrics, &metrics_model, .doc = "What was computed"),                                        \
        ROW(source, .enumeration = &source_kind_names, .flags = SAI_F_COLUMN, .doc = "Where the values shown come from"),       \
        SAI_LIST(struct activity, sources, &source_ref_model, .max_items = 50, .doc = "All places this workout came from"),     \
        ROW(expires_at, .doc = "When the last API source must be fetched again or erased; null with a file"),                   \
        SAI_MODEL(struct activity, quality, &quality_model, .doc = "What is known to be wrong"),                                \
        ROW(absent, .example = "{\"decoupling\":\"too_short\"}", .doc = "Why a metric is null: {metric: reason code}"),         \
        SAI_MODEL(struct activity, display, &activity_display_model, .flags = SAI_F_DERIVED, .doc = "Texts in the athlete's units"), \
        ROW(attribution, .flags = SAI_F_NULLABLE, .example = "\"Powered by Strava\"", .doc = "To be shown with the data"),      \
        ROW(strava_url, .flags = SAI_F_NULLABLE, .doc = "Link \"View on Strava\""),                                             \
        ROW(notes, .flags = SAI_F_NULLABLE | SAI_F_MULTILINE, .max = 10000, .doc = "The athlete's own notes"),                  \
        SAI_MODEL_POINTER(struct activity, file, &file_model, .doc = "The file whose values are shown"),                        \
        ROW(created_at, .doc = "When it first came in"),                                                                        \
        ROW(updated_at, .doc = "When it last changed"),                                                                         \
        ROW(user_id, .flags = SAI_F_INTERNAL | SAI_F_COLUMN),                                                                   \
        ROW(revision, .flags = SAI_F_INTERNAL | SAI_F_COLUMN),                                                                  \
        ROW(streams_id, .flags = SAI_F_INTERNAL),                                                                               \
        ROW(original_id, .flags = SAI_F_INTERNAL),                                                                              \
        ROW(original_name, .flags = SAI_F_INTERNAL),                                                                            \
        ROW(has_heartrate, .flags = SAI_F_INTERNAL | SAI_F_COLUMN),                                                             \
        ROW(has_power, .flags = SAI_F_INTERNAL | SAI_F_COLUMN),                                                                 \
        ROW(has_gps, .flags = SAI_F_INTERNAL | SAI_F_COLUMN),                                                                   \
        SAI_LIST(struct activity, laps, &activity_lap_model, .flags = (detail_flags), .max_items = 20000, .doc = "Laps as recorded"), \
        SAI_LIST(struct activity, best_efforts, &activity_best_effort_model, .flags = (detail_flags), .max_items = 64,          \
                 .doc = "Fastest stretches of the standard distances")
/* clang-format on */

static const struct sai_field activity_fields[] = { ACTIVITY_ROWS(SAI_F_INTERNAL) };
static const struct sai_field activity_detail_fields[] = { ACTIVITY_ROWS(0) };

const struct sai_model activity_model = SAI_MODEL_OF(struct activity, activity_fields, "Activity", .collection = "activities",
                                                     .doc = "One workout: one sport session");
const struct sai_model activity_detail_model =
        SAI_MODEL_OF(struct activity, activity_detail_fields, "ActivityDetail", .collection = "activities",
                     .doc = "One workout with laps and best efforts");

static const struct sai_field pause_fields[] = {
        SAI_FIELD(struct source_pause, stop, .unit = "s"),
        SAI_FIELD(struct source_pause, start, .unit = "s"),
};
static const struct sai_model pause_model = SAI_MODEL_OF(struct source_pause, pause_fields, "SourcePause");

static const struct sai_field length_fields[] = {
        SAI_FIELD(struct source_length, time, .unit = "s"),
        SAI_FIELD(struct source_length, active),
        SAI_FIELD(struct source_length, strokes),
};
static const struct sai_model length_model = SAI_MODEL_OF(struct source_length, length_fields, "SourceLength");

static const struct sai_field recording_fields[] = {
        SAI_FIELD(struct source_recording, indoor),
        SAI_FIELD(struct source_recording, distance_by_device),
        SAI_FIELD(struct source_recording, timer_time, .unit = "s"),
        SAI_FIELD(struct source_recording, pool_length, .unit = "m"),
        SAI_FIELD(struct source_recording, device),
        SAI_LIST(struct source_recording, pauses, &pause_model, .max_items = 20000),
        SAI_LIST(struct source_recording, lengths, &length_model, .max_items = 20000),
};
static const struct sai_model recording_model = SAI_MODEL_OF(struct source_recording, recording_fields, "SourceRecording");

#define SOURCE(m, ...) SAI_FIELD(struct source, m, __VA_ARGS__)
static const struct sai_field source_fields[] = {
        SOURCE(id, .flags = SAI_F_KEY | SAI_F_COLUMN),
        SOURCE(user_id, .flags = SAI_F_COLUMN),
        SOURCE(activity_id, .flags = SAI_F_COLUMN),
        SOURCE(key, .flags = SAI_F_COLUMN),
        SOURCE(kind, .enumeration = &source_kind_names, .flags = SAI_F_COLUMN),
        SOURCE(fetched_at, .flags = SAI_F_COLUMN),
        SOURCE(expires_at, .flags = SAI_F_COLUMN),
        SOURCE(streams_id),
        SOURCE(streams_pending, .flags = SAI_F_COLUMN),
        SOURCE(original_id),
        SOURCE(original_name),
        SAI_MODEL(struct source, document, &activity_model),
        SAI_MODEL(struct source, recording, &recording_model),
        SOURCE(revision, .flags = SAI_F_COLUMN),
};
const struct sai_model source_model = SAI_MODEL_OF(struct source, source_fields, "Source", .collection = "sources");
