/* metric.h -- every number this engine derives, once: its id, unit, algorithm version and why it may be absent.
 *
 * A derived value is stored with its id and the version of the algorithm that made it; a value of an older version is stale and
 * computed again. The sections are those of the project's metrics reference (rules 0-20). A metric whose inputs are missing is
 * absent with a reason code and never 0 or NaN (0.2). All tables are constant. */
#ifndef SAI_ANALYTICS_METRIC_H
#define SAI_ANALYTICS_METRIC_H

#include <stddef.h>
#include <stdint.h>

/* clang-format off */
/*        enum               code on the wire */
#define REASON_LIST(X)                            \
        X(NONE,              "none")              \
        X(NO_TIME,           "no_time")           \
        X(NO_STREAMS,        "no_streams")        \
        X(NO_DISTANCE,       "no_distance")       \
        X(NO_ALTITUDE,       "no_altitude")       \
        X(NO_HR,             "no_hr")             \
        X(BAD_HR_PARAMS,     "bad_hr_params")     \
        X(NO_ZONES,          "no_zones")          \
        X(NO_CADENCE,        "no_cadence")        \
        X(NO_POWER,          "no_power")          \
        X(ESTIMATED_POWER,   "estimated_power")   \
        X(NO_THRESHOLD,      "no_threshold")      \
        X(NO_WEIGHT,         "no_weight")         \
        X(NO_AGE,            "no_age")            \
        X(NO_SEX,            "no_sex")            \
        X(TOO_SHORT,         "too_short")         \
        X(PARTIAL_HR,        "partial_hr")        \
        X(UNTRUSTED_HR,      "untrusted_hr")      \
        X(NOT_STEADY,        "not_steady")        \
        X(NO_HISTORY,        "no_history")        \
        X(NO_LOAD,           "no_load")           \
        X(LOW_CHRONIC,       "low_chronic")       \
        X(TOO_FEW,           "too_few")           \
        X(NOT_APPLICABLE,    "not_applicable")
/* clang-format on */

enum reason {
#define X(name, code) REASON_##name,
        REASON_LIST(X)
#undef X
                REASON_COUNT
};
const char *reason_code(enum reason reason); /* "no_hr" */

/* clang-format off */
/*        enum                  id                       unit       version section  reasons it may be absent for */
#define METRIC_LIST(X)                                                                                                       \
        X(ELAPSED_TIME,         "elapsed_time",          "s",         1, "2.1",   "no_time")                                 \
        X(MOVING_TIME,          "moving_time",           "s",         1, "2.1",   "no_time")                                 \
        X(DISTANCE,             "distance",              "m",         1, "0.4",   "no_distance")                             \
        X(AVERAGE_SPEED,        "average_speed",         "m/s",       1, "2.2",   "no_distance,no_time")                     \
        X(MAX_SPEED,            "max_speed",             "m/s",       1, "0.6",   "no_streams,no_distance")                             \
        X(PACE,                 "pace",                  "s/km",      1, "2.2",   "no_distance,no_time")                     \
        X(PACE_100M,            "pace_100m",             "s/100 m",   1, "2.2",   "no_distance,no_time,not_applicable")              \
        X(ELEVATION_GAIN,       "total_elevation_gain",  "m",         1, "4.1",   "no_altitude")                             \
        X(AVERAGE_HEARTRATE,    "average_heartrate",     "bpm",       1, "0.3",   "no_hr,too_short")                                   \
        X(MAX_HEARTRATE,        "max_heartrate",         "bpm",       1, "5.4",   "no_streams,no_hr,too_short")                                   \
        X(AVERAGE_CADENCE,      "average_cadence",       "rpm",       1, "0.3",   "no_cadence")                              \
        X(AVERAGE_WATTS,        "average_watts",         "W",         1, "9.1",   "no_power")                                \
        X(KILOJOULES,           "kilojoules",            "kJ",        1, "6.3",   "no_power")                                \
        X(NP,                   "np",                    "W",         1, "9.2",   "no_power,estimated_power,too_short")      \
        X(INTENSITY,            "intensity",             "",          1, "9.2",   "no_streams,no_power,estimated_power,no_distance,no_altitude,no_threshold,too_short,not_applicable") \
        X(VARIABILITY_INDEX,    "variability_index",     "",          1, "9.2",   "no_power,estimated_power,too_short")      \
        X(TRAINING_LOAD,        "training_load",         "",          1, "7.6",   "no_streams,no_hr,no_threshold,bad_hr_params,partial_hr,untrusted_hr") \
        X(HEART_RATE_ZONES,     "heart_rate_zones",      "s",         1, "5.3",   "no_streams,no_hr,no_zones,too_short,untrusted_hr")   \
        X(POWER_ZONES,          "power_zones",           "s",         1, "9.4",   "no_power,estimated_power,no_threshold,not_applicable") \
        X(PACE_ZONES,           "pace_zones",            "s",         1, "5.3",   "no_streams,no_distance,no_threshold,not_applicable") \
        X(CALORIES,             "calories",              "kcal",      1, "6.4",   "no_weight,no_age,no_sex,no_time")         \
        X(GRADE_ADJUSTED_PACE,  "grade_adjusted_pace",   "s/km",      1, "8.2",   "no_streams,no_altitude,no_distance,not_applicable")  \
        X(EFFICIENCY_FACTOR,    "efficiency_factor",     "W/bpm, m/min/bpm", 1, "10.1", "no_streams,no_hr,no_power,estimated_power,no_distance,no_altitude,too_short,not_steady,untrusted_hr,no_threshold,not_applicable") \
        X(DECOUPLING,           "decoupling",            "%",         1, "10.2",  "no_streams,no_hr,no_power,estimated_power,no_distance,no_altitude,too_short,not_steady,untrusted_hr,no_threshold,not_applicable") \
        X(EFFICIENCY_SCORE,     "efficiency_score",      "%",         1, "10.4",  "no_history,not_steady,no_hr,too_short")   \
        X(FITNESS,              "fitness",               "load/day",  1, "13.1",  "no_load")                                 \
        X(MONOTONY,             "monotony",              "",          1, "13.2",  "no_load")                                 \
        X(ACWR,                 "acwr",                  "",          1, "13.3",  "no_load,low_chronic")                     \
        X(POLARIZATION_INDEX,   "polarization_index",    "",          1, "13.4",  "no_zones")                                \
        X(TREND,                "trend",                 "unit/week", 1, "18.1",  "too_few")
/* clang-format on */

enum metric {
#define X(name, id, unit, version, section, reasons) METRIC_##name,
        METRIC_LIST(X)
#undef X
                METRIC_COUNT
};

struct metric_info {
        const char *id;
        const char *unit;
        int version; /* raise it when the same inputs give another number */
        const char *section; /* of the metrics reference */
        const char *reasons; /* reason codes, with commas */
};
extern const struct metric_info metric_infos[METRIC_COUNT];

/* Changes whenever any row's version does: kept with an activity's metrics to find the stale ones. */
uint32_t metrics_version(void);

struct metric_absence {
        int metric; /* enum metric */
        int reason; /* enum reason */
};

#endif
