/* trends.h -- one metric over time, in buckets, and whether it really changes.
 *
 * Empty buckets are 0 for sums and absent for means. The straight line is fitted to buckets (daily ones are joined to weeks
 * first, because days are autocorrelated, 18.2); buckets before the athlete's first activity and buckets that the range cuts are
 * shown but not fitted. The slope counts as real only when its 95 % interval excludes 0. */
#ifndef SAI_ANALYTICS_TRENDS_H
#define SAI_ANALYTICS_TRENDS_H

#include "analytics/range.h"

/* clang-format off */
/*        enum               name                 unit      kind (how a bucket is made)   falling is better */
#define TREND_METRIC_LIST(X)                                                                     \
        X(DISTANCE,          "distance",          "m",      SUM,                          false) \
        X(MOVING_TIME,       "moving_time",       "s",      SUM,                          false) \
        X(PACE,              "pace",              "s/km",   PACE,                         true)  \
        X(SPEED,             "speed",             "m/s",    SPEED,                        false) \
        X(HEARTRATE,         "heartrate",         "bpm",    MEAN,                         true)  \
        X(EFFICIENCY_SCORE,  "efficiency_score",  "%",      MEAN,                         false) \
        X(ELEVATION_GAIN,    "elevation_gain",    "m",      SUM,                          false) \
        X(TRAINING_LOAD,     "training_load",     "",       SUM,                          false) \
        X(CALORIES,          "calories",          "kcal",   SUM,                          false) \
        X(CADENCE,           "cadence",           "rpm",    MEAN,                         false) \
        X(POWER,             "power",             "W",      MEAN,                         false)
/* clang-format on */

enum trend_metric {
#define X(name, text, unit, kind, falling) TREND_METRIC_##name,
        TREND_METRIC_LIST(X)
#undef X
                TREND_METRIC_COUNT
};
enum trend_direction { TREND_INSUFFICIENT_DATA, TREND_IMPROVING, TREND_DECLINING, TREND_STABLE };
extern const struct sai_enumeration trend_metric_enumeration;
extern const struct sai_enumeration trend_direction_enumeration; /* insufficient_data improving declining stable */

struct trend_point {
        struct sai_day date; /* first day of the bucket, or of the range in a cut first bucket */
        struct sai_opt_f64 value; /* smoothed when asked for */
        struct sai_opt_f64 raw; /* before smoothing */
        int64_t n; /* activities that have the value */
};

struct trend_line {
        int direction; /* enum trend_direction */
        struct sai_opt_f64 slope_per_week;
        struct sai_list ci95; /* of double: lowest and highest slope per week; empty when insufficient */
        struct sai_opt_f64 p_value;
        const char *method; /* "ols", or "ols_weekly" for daily buckets */
        int64_t n; /* buckets fitted */
};

struct trend_change_point {
        struct sai_day date; /* first bucket of the new level */
        double before, after; /* means on both sides */
};

struct trends {
        struct sai_day from, to;
        struct sai_opt_day last_active_day;
        struct data_quality data_quality;
        int metric; /* enum trend_metric */
        const char *unit;
        struct sai_list points; /* of struct trend_point, every bucket of the range */
        struct trend_line trend;
        struct sai_list change_points; /* of struct trend_change_point, in order of date */
};

enum { TREND_MIN_POINTS = 5, TREND_SMOOTH_MAX = 52 };

struct trends_query {
        struct analytics_range range;
        struct sport_set sports;
        enum trend_metric metric;
        enum analytics_bucket bucket;
        int64_t smooth; /* buckets of the trailing mean; 0 or 1: none, at most TREND_SMOOTH_MAX */
};
sai_status trends_compute(const struct athlete_columns *columns, const struct trends_query *query, struct sai_arena *arena,
                          struct trends *ret_trends) SAI_MUST_USE;

#endif
