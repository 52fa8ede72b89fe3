/* activity.h -- one workout as the athlete sees it, and the sources it is derived from.
 *
 * An activity is derived from its sources (the API's answer, an uploaded file): each source keeps its own fields, streams, original and
 * provenance; the shown activity is computed from those it has, file before API. When a source expires or is erased, the activity is
 * derived again from what remains. Numbers are SI; a value that is not known is absent and says why in `absent`. */
#ifndef SAI_MODEL_ACTIVITY_H
#define SAI_MODEL_ACTIVITY_H

#include "json/model.h"

enum activity_source_kind { SOURCE_STRAVA_API, SOURCE_FILE };
extern const struct sai_enumeration source_kind_names;

enum load_method { LOAD_NONE, LOAD_POWER, LOAD_PACE, LOAD_SWIM, LOAD_HEART_RATE, LOAD_HEART_RATE_MEAN };
extern const struct sai_enumeration load_method_names;

enum { HEART_RATE_ZONES = 5, POWER_ZONES = 7, PACE_ZONES = 6, INTENSITY_ZONES = 3 };

/* Seconds in each zone; members that the kind does not have stay absent. Columns in the stores, because the zones of a season are a
 * sum over activities. */
struct zone_times {
        struct sai_opt_f64 z1, z2, z3, z4, z5, z6, z7;
};

/* What one activity says about the athlete's limits: estimates of thresholds are made from the evidence of the months before. */
struct limit_evidence {
        struct sai_opt_f64 peak_heartrate, power_20min, hour_speed, swim_200, swim_400;
};

struct zone_share {
        int64_t zone;
        double time, percentage;
};

struct activity_map {
        const char *summary_polyline;
        int64_t resource_state;
};

struct activity_metrics_row {
        struct sai_opt_f64 pace, pace_100m;
        struct sai_list heart_rate_zones; /* struct zone_share; derived from hr_time */
        struct sai_opt_f64 calories, efficiency_score, training_load;
        struct sai_opt_enum training_load_method; /* enum load_method */
        struct sai_opt_f64 intensity, variability_index, decoupling, grade_adjusted_pace, np;
        /* internal, from here on */
        struct sai_opt_f64 efficiency_factor; /* efficiency_score compares it with the 90 days before */
        const char *load_reason; /* why training_load is absent; NULL when it is there */
        struct zone_times hr_time; /* five heart-rate zones */
        struct zone_times intensity_time; /* below, between and above the two thresholds */
        struct zone_times output_time; /* power zones of rides, pace zones of runs and swims */
        struct limit_evidence evidence;
        int64_t parameters_hash; /* of the parameters that went in: when they change the metrics are computed again */
        int64_t version; /* of the algorithms that made them: older ones are computed again */
};

struct activity_quality {
        struct sai_list flags; /* const char * */
};

struct activity_source_ref {
        const char *key;
        int kind;
        struct sai_instant fetched_at;
        struct sai_opt_instant expires_at;
};

struct activity_file {
        const char *name;
        int64_t session;
};

struct activity_display {
        const char *distance, *moving_time, *elapsed_time, *pace, *speed, *elevation_gain, *heart_rate, *power, *calories,
                *training_load;
};

struct activity {
        struct sai_id id;
        struct sai_opt_i64 strava_activity_id;
        const char *name, *type, *sport_type;
        struct sai_opt_f64 distance, moving_time, elapsed_time, total_elevation_gain, average_speed, max_speed;
        struct sai_opt_f64 average_heartrate, max_heartrate, average_cadence, average_watts;
        struct sai_opt_bool device_watts;
        struct sai_opt_f64 weighted_average_watts, kilojoules;
        struct sai_instant start_date;
        struct sai_local start_date_local;
        const char *timezone, *location_city, *location_state, *location_country;
        struct sai_list start_latlng; /* double, 0 or 2 */
        bool trainer, commute;
        const char *gear_id;
        struct activity_map map;
        struct activity_metrics_row metrics;
        int source; /* enum activity_source_kind: of the values shown */
        struct sai_list sources; /* struct activity_source_ref */
        struct sai_opt_instant expires_at;
        struct activity_quality quality;
        struct sai_json absent; /* {metric: reason code} */
        struct activity_display display;
        const char *attribution, *strava_url, *notes;
        struct activity_file *file; /* the file source that is shown */
        struct sai_instant created_at, updated_at;
        /* internal */
        struct sai_id user_id;
        int64_t revision;
        struct sai_opt_id streams_id; /* blob of columns that the shown values come from */
        struct sai_opt_id original_id; /* blob of the uploaded file */
        const char *original_name;
        bool has_heartrate, has_power, has_gps;
        struct sai_list laps, best_efforts; /* shown with one activity only */
};

struct activity_lap {
        int64_t lap_index;
        struct sai_instant start_date;
        struct sai_opt_f64 elapsed_time, moving_time, distance, average_speed, max_speed, average_heartrate, max_heartrate,
                average_cadence, average_watts, total_elevation_gain;
};

struct activity_best_effort {
        const char *name;
        double distance, time, pace, start;
        const char *origin;
};

/* What a recording says beyond an activity's own members; kept so that metrics can be computed again without the file. */
struct source_pause {
        double stop, start;
}; /* seconds since the start */
struct source_length {
        double time;
        bool active;
        struct sai_opt_f64 strokes;
};
struct source_recording {
        bool indoor, distance_by_device;
        struct sai_opt_f64 timer_time, pool_length;
        const char *device;
        struct sai_list pauses; /* struct source_pause */
        struct sai_list lengths; /* struct source_length */
};

/* One place a workout came from. `document` holds what that place said, as a struct activity of its own (fields that only derivation
 * fills stay absent). */
struct source {
        struct sai_id id;
        struct sai_id user_id;
        struct sai_id activity_id;
        const char *key; /* "strava:<id>" or "file:<sha256>#<session>" */
        int kind; /* enum activity_source_kind */
        struct sai_instant fetched_at;
        struct sai_opt_instant expires_at;
        struct sai_opt_id streams_id; /* columns of this source */
        bool streams_pending; /* summary is here, streams are not yet */
        struct sai_opt_id original_id; /* raw Strava answer, or the uploaded file */
        const char *original_name;
        struct activity document; /* its own fields */
        struct source_recording recording;
        int64_t revision;
};

extern const struct sai_model activity_model; /* list and one, as stored and shown */
extern const struct sai_model activity_detail_model; /* the same struct with laps and best_efforts shown */
extern const struct sai_model source_model;
extern const struct sai_model activity_lap_model, activity_best_effort_model, activity_display_model;

#endif
