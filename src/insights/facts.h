/* facts.h -- what is known about one activity or one week, as numbers with their context, before anybody words it.
 *
 * A sentence about training is only as good as the figure behind it and what that figure is compared with. So an insight begins here: each
 * fact has a value, the text a person reads for it in their own units, how it compares with the athlete's own 28 and 90 days (or 4 and 12
 * weeks) before, how much data stands behind it and where that data came from. What is missing is a fact too, with its reason. Whoever
 * words an insight (rules here, a language model later) takes numbers from the texts of this document and from nowhere else.
 *
 * Nothing that an athlete typed is in it (names, notes): what leaves this document cannot carry somebody's instructions.
 *
 * Pure: no clock, no store; the same columns give the same document byte for byte, so it can be hashed. Memory comes from the arena. */
#ifndef SAI_INSIGHTS_FACTS_H
#define SAI_INSIGHTS_FACTS_H

#include "analytics/athlete.h"
#include "analytics/columns.h"
#include "model/activity.h"
#include "model/insight.h"

/* Raise it when the same training gives another document: it is part of the document, so old insights are not taken for new ones. */
enum { FACTS_VERSION = 1, FACTS_MAX = 64, COMPARISONS_MAX = 2 };

/* What a fact is about: two findings about one subject say the same thing twice. */
enum fact_topic {
        TOPIC_CONTEXT, /* never a finding by itself */
        TOPIC_LENGTH,
        TOPIC_SPEED,
        TOPIC_HEARTRATE,
        TOPIC_LOAD,
        TOPIC_POWER,
        TOPIC_EFFICIENCY,
        TOPIC_DURABILITY,
        TOPIC_CLIMB,
        TOPIC_INTENSITY,
        TOPIC_FORM,
        TOPIC_RHYTHM,
        TOPIC_TREND,
        TOPIC_BEST,
        TOPIC_MISSING,
        TOPIC_COUNT
};

/* How a value is written. */
enum fact_shape {
        SHAPE_DATE,
        SHAPE_DISTANCE, /* m, as the sport is told */
        SHAPE_DURATION, /* s, "49:46" */
        SHAPE_SPAN, /* s, "5 h 12 min" */
        SHAPE_SPEED, /* m/s, as the sport is told: pace or speed */
        SHAPE_PACE, /* s/km */
        SHAPE_ELEVATION,
        SHAPE_BPM,
        SHAPE_WATTS,
        SHAPE_WHOLE,
        SHAPE_DECIMAL,
        SHAPE_PERCENT, /* whole */
        SHAPE_DAYS,
};

/* clang-format off */
/*        enum                  metric id                     unit       shape      topic       importance  better: 1 higher, -1 lower, 0 neither */
#define FACT_METRIC_LIST(X)                                                                                   \
        X(DATE,                 "date",                       "",        DATE,      CONTEXT,    0.0,  0)      \
        X(DISTANCE,             "distance",                   "m",       DISTANCE,  LENGTH,     1.0,  0)      \
        X(MOVING_TIME,          "moving_time",                "s",       DURATION,  LENGTH,     0.9,  0)      \
        X(AVERAGE_SPEED,        "average_speed",              "m/s",     SPEED,     SPEED,      1.0,  1)      \
        X(AVERAGE_HEARTRATE,    "average_heartrate",          "bpm",     BPM,       HEARTRATE,  0.8,  0)      \
        X(TRAINING_LOAD,        "training_load",              "",        WHOLE,     LOAD,       0.9,  0)      \
        X(AVERAGE_WATTS,        "average_watts",              "W",       WATTS,     POWER,      1.0,  1)      \
        X(NORMALIZED_POWER,     "np",                         "W",       WATTS,     POWER,      0.6,  0)      \
        X(POWER_20MIN,          "power_20min",                "W",       WATTS,     BEST,       1.1,  1)      \
        X(SWIM_400,             "swim_400",                   "s",       DURATION,  BEST,       1.1, -1)      \
        X(EFFICIENCY,           "efficiency_factor",          "",        DECIMAL,   EFFICIENCY, 1.1,  1)      \
        X(DECOUPLING,           "decoupling",                 "%",       DECIMAL,   DURABILITY, 1.0, -1)      \
        X(ELEVATION_GAIN,       "total_elevation_gain",       "m",       ELEVATION, CLIMB,      0.8,  0)      \
        X(GRADE_ADJUSTED_PACE,  "grade_adjusted_pace",        "s/km",    PACE,      CLIMB,      0.8,  0)      \
        X(EASY_SHARE,           "share_below_threshold_1",    "%",       PERCENT,   INTENSITY,  0.7,  0)      \
        X(MIDDLE_SHARE,         "share_between_thresholds",   "%",       PERCENT,   CONTEXT,    0.0,  0)      \
        X(HARD_SHARE,           "share_above_threshold_2",    "%",       PERCENT,   INTENSITY,  0.7,  0)      \
        X(CTL,                  "ctl",                        "load/day", WHOLE,    FORM,       0.7,  0)      \
        X(ATL,                  "atl",                        "load/day", WHOLE,    CONTEXT,    0.0,  0)      \
        X(TSB,                  "tsb",                        "load/day", WHOLE,    FORM,       0.6,  0)      \
        X(RAMP_RATE,            "ramp_rate",                  "load/day", DECIMAL,  FORM,       0.9,  0)      \
        X(MONOTONY,             "monotony",                   "",        DECIMAL,   RHYTHM,     0.8,  0)      \
        X(STRAIN,               "strain",                     "",        WHOLE,     CONTEXT,    0.0,  0)      \
        X(DAYS_SINCE_LAST,      "days_since_last",            "days",    DAYS,      RHYTHM,     0.9,  0)      \
        X(COMPARABLES,          "comparable_activities",      "",        WHOLE,     MISSING,    0.7,  0)      \
        X(WEEK_COUNT,           "week_activities",            "",        WHOLE,     RHYTHM,     0.6,  0)      \
        X(WEEK_ACTIVE_DAYS,     "week_active_days",           "days",    DAYS,      RHYTHM,     0.7,  0)      \
        X(WEEK_TIME,            "week_moving_time",           "s",       SPAN,      LENGTH,     1.0,  0)      \
        X(WEEK_DISTANCE,        "week_distance",              "m",       DISTANCE,  LENGTH,     0.7,  0)      \
        X(WEEK_LOAD,            "week_training_load",         "",        WHOLE,     LOAD,       1.0,  0)      \
        X(WEEK_ELEVATION,       "week_elevation_gain",        "m",       ELEVATION, CLIMB,      0.7,  0)      \
        X(WEEK_LONGEST,         "week_longest",               "s",       SPAN,      BEST,       0.9,  0)      \
        X(WEEK_TREND,           "week_moving_time_trend",     "s/week",  SPAN,      TREND,      1.0,  0)      \
        X(POLARIZATION,         "polarization_index",         "",        DECIMAL,   CONTEXT,    0.0,  0)      \
        X(WITHOUT_LOAD,         "activities_without_load",    "",        WHOLE,     MISSING,    0.9,  0)      \
        X(LAST_DAYS_OF_WEEK,    "week_days_elapsed",          "days",    DAYS,      CONTEXT,    0.0,  0)
/* clang-format on */

enum fact_metric {
#define X(name, id, unit, shape, topic, importance, better) FACT_##name,
        FACT_METRIC_LIST(X)
#undef X
                FACT_METRIC_COUNT
};
struct fact_metric_info {
        const char *id, *unit;
        enum fact_shape shape;
        enum fact_topic topic;
        double importance;
        int better;
};
extern const struct fact_metric_info fact_metric_infos[FACT_METRIC_COUNT];

enum fact_direction { DIRECTION_NEUTRAL, DIRECTION_BETTER, DIRECTION_WORSE };
enum fact_extreme { EXTREME_NONE, EXTREME_HIGHEST, EXTREME_LOWEST };

/* Whatever a value is held against. The texts are what sentences are made of; NULL where there is nothing to say (a difference that
 * rounds to nothing). */
struct fact_comparison {
        const char *against; /* "28_days", "90_days", "4_weeks", "12_weeks", "threshold" */
        struct sai_opt_day from, to;
        const char *measure; /* "median", "mean", "threshold" */
        double center;
        int64_t n; /* values it is the centre of; 0 for a threshold */
        double delta; /* value - centre, in the fact's unit */
        struct sai_opt_f64 percent, z; /* robust z (19.1); for a threshold, how far from it */
        int direction; /* enum fact_direction */
        int extreme; /* enum fact_extreme: beyond every one of the n */
        const char *center_display, *delta_display, *percent_display, *n_display, *window_display;
};

struct fact {
        const char *id; /* "f1", in order */
        int metric; /* enum fact_metric */
        struct sai_opt_f64 value; /* SI; absent: see `absent` */
        const char *unit, *display;
        const char *scope; /* "activity", "day", "week" */
        struct sai_opt_day from, to;
        const char *absent; /* reason code (analytics/metric.h), or NULL */
        struct sai_list comparisons; /* struct fact_comparison */
        int64_t sample_size; /* activities, days or weeks behind value and comparison */
        double confidence; /* 0-1, of n and of the quality of the recording */
        struct sai_list sources; /* const char *: "strava_api", "file"; the union over all inputs */
};

struct facts {
        int64_t version;
        int kind; /* enum insight_kind */
        struct sai_opt_id activity_id;
        struct sai_opt_day week; /* Monday */
        const char *sport_type; /* of the activity, or of most of the week's time; NULL: none */
        int units; /* enum unit_system of the texts */
        struct sai_list items; /* struct fact */
        enum sport sport; /* of sport_type; not a member of the document */
};
extern const struct sai_model facts_model;

struct facts_input {
        const struct athlete_columns *columns;
        const struct athlete_history *history; /* evidence of best efforts */
        const struct activity *activity; /* kind activity */
        struct sai_day week; /* kind weekly: any day of it */
        struct sai_day today; /* a week that still runs is compared with as many days of the others */
        enum unit_system units;
};
/* SAI_OK; SAI_NO_MEMORY; for a week before the first activity or without any history SAI_NOT_FOUND. */
sai_status facts_of_activity(const struct facts_input *input, struct sai_arena *arena, struct facts **ret_facts,
                             struct sai_err *err) SAI_MUST_USE;
sai_status facts_of_week(const struct facts_input *input, struct sai_arena *arena, struct facts **ret_facts,
                         struct sai_err *err) SAI_MUST_USE;

/* The document as it is kept and hashed (sai_model_encode): members in the order of the tables, one form for one content; and back. What
 * was decoded words exactly as what was encoded. SAI_INTERNAL for what is not such a document, SAI_NO_MEMORY. */
void facts_encode(const struct facts *facts, struct sai_buf *buf);
sai_status facts_decode(const char *json, size_t len, struct sai_arena *arena, struct facts *ret_facts,
                        struct sai_err *err) SAI_MUST_USE;

/* The first fact of a metric that has a value; NULL when there is none. facts_absent: one that says why there is none. */
const struct fact *facts_find(const struct facts *facts, enum fact_metric metric);
const struct fact *facts_absent(const struct facts *facts, enum fact_metric metric);
/* The comparison that says most: the 28 days (4 weeks) when enough lies in them, else the 90 (12); NULL when there is none. */
const struct fact_comparison *fact_compared(const struct fact *fact);
/* The comparison by which the value is an extreme, or NULL. */
const struct fact_comparison *fact_extreme(const struct fact *fact);

/* What a fact's name has of numbers: "20 min" of the best 20 minutes, "400 m"; NULL for the others. */
const char *fact_label(const struct fact *fact);

#endif
