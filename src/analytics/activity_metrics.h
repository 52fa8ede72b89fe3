/* activity_metrics.h -- all the numbers of one activity, from its streams or, without streams, from what its source wrote down.
 *
 * The order of trust is fixed here, so that a file, Strava's streams and a manual entry give comparable activities: what the device
 * measured itself (timer, wheel or pool distance) before what can be derived from positions, streams before summaries, and a value
 * that nobody measured stays absent with its reason. Pure: the input is read only, memory comes from the arena. */
#ifndef SAI_ANALYTICS_ACTIVITY_METRICS_H
#define SAI_ANALYTICS_ACTIVITY_METRICS_H

#include "analytics/athlete.h"
#include "analytics/metric.h"
#include "base/arena.h"
#include "base/optional.h"
#include "model/activity.h"
#include "model/sport.h"
#include "model/streams.h"

/* The timer stood still from `stop_s` to `start_s`, seconds since the start. */
struct activity_pause {
        double stop_s, start_s;
};

/* One length of a pool swim; not active: rest at the wall. */
struct activity_length {
        double elapsed_s;
        bool active;
        struct sai_opt_f64 strokes;
};

/* What the source itself says of the whole activity. All may be absent. */
struct activity_recorded {
        struct sai_opt_f64 elapsed_time, timer_time; /* s; timer: without the device's pauses */
        struct sai_opt_f64 moving_time; /* s; the platform's own */
        struct sai_opt_f64 distance; /* m; device or platform */
        struct sai_opt_f64 elevation_gain; /* m */
        struct sai_opt_f64 calories; /* kcal */
        struct sai_opt_f64 average_speed, max_speed; /* m/s */
        struct sai_opt_f64 average_heartrate, max_heartrate, average_cadence;
        struct sai_opt_f64 average_watts, max_watts, weighted_average_watts;
        struct sai_opt_f64 kilojoules;
};

enum altitude_sensor { ALTITUDE_UNKNOWN, ALTITUDE_BAROMETER, ALTITUDE_GPS };

struct activity_input {
        enum sport sport;
        struct sai_day day; /* local day of the start: dates the evidence */
        bool indoor;
        const struct streams *streams; /* borrowed; NULL or count 0: none */
        const struct activity_pause *pauses; /* in order, borrowed */
        size_t pause_count;
        const struct activity_length *lengths; /* borrowed */
        size_t length_count;
        struct sai_opt_f64 pool_length; /* m */
        struct activity_recorded recorded;
        bool distance_by_device; /* recorded.distance was measured (wheel, foot pod, pool, device); wins over GPS */
        struct sai_opt_bool device_watts; /* false: power is estimated; absent: measured when a file has the channel */
        enum altitude_sensor altitude_sensor;
        struct athlete_parameters athlete; /* of the activity's local day */
};

/* clang-format off */
/*        enum              method or source on the wire */
#define CALORIES_METHOD_LIST(X)                   \
        X(NONE,             "none")               \
        X(POWER,            "power")              \
        X(RECORDED,         "recorded")           \
        X(HEARTRATE,        "heartrate")          \
        X(RUNNING_COST,     "running_cost")       \
        X(MET,              "met")
#define ELEVATION_SOURCE_LIST(X)                  \
        X(NONE,             "none")               \
        X(BAROMETER,        "barometer")          \
        X(GPS,              "gps")                \
        X(ALTITUDE,         "altitude")           \
        X(RECORDED,         "recorded")
/*        enum              flag in quality.flags */
#define QUALITY_FLAG_LIST(X)                      \
        X(GPS_SPIKES_REMOVED, "gps_spikes_removed") \
        X(TELEPORT,         "teleport")           \
        X(CADENCE_LOCK,     "cadence_lock")       \
        X(PARTIAL_HR,       "partial_hr")         \
        X(HR_IMPLAUSIBLE,   "hr_implausible")     \
        X(SPEED_IMPLAUSIBLE, "speed_implausible") \
        X(POWER_IMPLAUSIBLE, "power_implausible") \
        X(ALTITUDE_IMPLAUSIBLE, "altitude_implausible") \
        X(ESTIMATED_POWER,  "estimated_power")    \
        X(DISTANCE_FROM_GPS, "distance_from_gps") \
        X(DEVICE_RESTART,   "device_restart")     \
        X(GAPS,             "gaps")               \
        X(NO_STREAMS,       "no_streams")         \
        X(SHORT_NP,         "short_np")           \
        X(ASSUMED_PARAMETERS, "assumed_parameters") \
        X(SEX_UNKNOWN,      "sex_unknown")        \
        X(LOW_TRUST_CALORIES, "low_trust_calories")
/* clang-format on */

#define X(name, text) CALORIES_##name,
enum calories_method { CALORIES_METHOD_LIST(X) CALORIES_METHOD_COUNT };
#undef X
#define X(name, text) ELEVATION_##name,
enum elevation_source { ELEVATION_SOURCE_LIST(X) ELEVATION_SOURCE_COUNT };
#undef X
#define X(name, text) QUALITY_BIT_##name,
enum quality_bit { QUALITY_FLAG_LIST(X) QUALITY_BIT_COUNT };
#undef X
#define X(name, text) QUALITY_##name = 1u << QUALITY_BIT_##name,
enum quality_flag { QUALITY_FLAG_LIST(X) };
#undef X

extern const struct sai_enumeration calories_method_enumeration;
extern const struct sai_enumeration elevation_source_enumeration;
const char *quality_flag_name(enum quality_bit bit); /* "cadence_lock" */

struct activity_metrics {
        /* Shown fields of the activity (SI); absent where unknown. */
        struct sai_opt_f64 elapsed_time, moving_time; /* s */
        struct sai_opt_f64 timer_time; /* s */
        struct sai_opt_f64 distance; /* m */
        struct sai_opt_f64 average_speed, max_speed; /* m/s */
        struct sai_opt_f64 total_elevation_gain, elevation_loss; /* m */
        int elevation_source; /* enum elevation_source */
        struct sai_opt_f64 average_heartrate, max_heartrate; /* bpm; max: highest 5-s mean, as the platform shows whole beats */
        struct sai_opt_f64 average_cadence; /* rpm; running: per leg, as Strava has it */
        struct sai_opt_f64 average_watts, max_watts; /* W */
        struct sai_opt_f64 weighted_average_watts; /* W: NP of measured power, else what the platform says */
        struct sai_opt_f64 kilojoules;
        struct sai_opt_bool device_watts;

        /* `metrics` of the contract. */
        struct sai_opt_f64 pace; /* s/km */
        struct sai_opt_f64 pace_100m; /* s/100 m, swims only */
        struct sai_list heart_rate_zones; /* of struct zone_share (percentages of the zones' total, 5.3), 5 or none */
        struct sai_list power_zones; /* 7 or none; rides with measured power */
        struct sai_list pace_zones; /* 6 or none; runs and swims */
        double intensity_times[3]; /* s below LT1, between, above LT2 (three-zone model); all 0 without HR */
        struct sai_opt_f64 calories; /* kcal */
        int calories_method; /* enum calories_method */
        struct sai_opt_f64 training_load;
        int training_load_method; /* enum load_method */
        struct sai_opt_f64 load_power, load_pace, load_swim, load_hr; /* the alternatives (7.6) */
        struct sai_opt_f64 trimp; /* Banister */
        struct sai_opt_f64 intensity; /* IF of the method: NP/FTP, NGP speed/threshold, v/CSS */
        struct sai_opt_f64 np, variability_index;
        struct sai_opt_f64 grade_adjusted_pace; /* s/km; HR-fit model (8.2) */
        struct sai_opt_f64 normalized_graded_pace; /* s/km (8.3) */
        struct sai_opt_f64 efficiency_factor; /* ride W/bpm, else m/min per bpm; steady aerobic work only (10.1) */
        struct sai_opt_f64 decoupling; /* % */
        struct sai_opt_f64 heartrate_gap_time; /* s of gaps that no heart-rate sum counts */

        struct athlete_evidence evidence;
        uint32_t quality; /* bits of enum quality_flag */
        int64_t removed_fixes; /* GPS fixes taken out as spikes */
        struct metric_absence absent[METRIC_COUNT];
        size_t absent_count;
        uint32_t version; /* metrics_version() */
};

/* Computes everything that the input allows. Works for any input, however bad: implausible samples are marked and left out.
 * SAI_OK or SAI_NO_MEMORY. Time linear in the samples; the arena takes up to 200 bytes a sample. */
sai_status activity_metrics_compute(const struct activity_input *input, struct sai_arena *arena,
                                    struct activity_metrics *ret_metrics) SAI_MUST_USE;

/* Fills the channels DISTANCE, VELOCITY, MOVING and GRADE of `streams` where they are missing and can be derived (NULL they stay
 * otherwise); recorded channels are never changed. `streams` should be the input's. SAI_OK or SAI_NO_MEMORY. */
sai_status activity_fill_channels(const struct activity_input *input, struct streams *streams,
                                  struct sai_arena *arena) SAI_MUST_USE;

/* The reason a metric is absent; REASON_NONE when it is there. */
enum reason activity_metrics_reason(const struct activity_metrics *metrics, enum metric metric);

#endif
