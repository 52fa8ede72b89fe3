/* athlete.h -- what is known of the athlete's body on one day, and where each value comes from.
 *
 * A threshold is dated: an activity uses the value that held on its own local day, not today's (0.8). Where the athlete gave none,
 * Strava's is taken, else one estimated from the athlete's own efforts, else an assumption, else nothing (5.2); the source stays
 * with the value so that every answer can say which it was. Pure; nothing is kept between calls. */
#ifndef SAI_ANALYTICS_ATHLETE_H
#define SAI_ANALYTICS_ATHLETE_H

#include "base/arena.h"
#include "base/optional.h"
#include "base/status.h"
#include "model/sport.h"
#include "model/user.h"
#include <stddef.h>

enum { SEX_UNKNOWN = -1 }; /* beside enum sex of model/user.h */

/* clang-format off */
/*        enum                 name (the contract's)   unit        plausible: lowest, highest */
#define PARAMETER_LIST(X)                                                          \
        X(MAX_HEARTRATE,       max_heartrate,          "bpm",      100, 230)       \
        X(RESTING_HEARTRATE,   resting_heartrate,      "bpm",      25,  120)       \
        X(THRESHOLD_HEARTRATE, threshold_heartrate,    "bpm",      60,  225)       \
        X(FTP,                 ftp,                    "W",        30,  700)       \
        X(THRESHOLD_PACE,      threshold_pace,         "s/km",     120, 900)       \
        X(CSS_PACE_100M,       css_pace_100m,          "s/100 m",  50,  300)       \
        X(WEIGHT,              weight,                 "kg",       20,  400)
/* clang-format on */

enum athlete_parameter_id {
#define X(name, member, unit, lo, hi) PARAMETER_##name,
        PARAMETER_LIST(X)
#undef X
                PARAMETER_COUNT
};
const char *athlete_parameter_name(enum athlete_parameter_id id); /* "max_heartrate" */

struct athlete_parameter {
        bool known;
        double value; /* meaningless unless known, as all below */
        enum parameter_source source;
        struct sai_day since; /* the day it holds from; the asked day for estimates and assumptions */
};

/* The lowest value of each zone; the zone of x is the count of minima <= x, so nothing lies outside (5.2). */
enum { ZONES_MAX = 8 };
struct zone_table {
        int count; /* 0: no table */
        double min[ZONES_MAX]; /* min[0] = 0, rising */
};

/* Valid for one day. */
struct athlete_parameters {
        struct athlete_parameter values[PARAMETER_COUNT];
        int sex; /* enum sex or SEX_UNKNOWN */
        struct sai_opt_f64 age; /* years on that day */
        struct zone_table heartrate_zones; /* custom zones of the platform (5); count 0: derived from max_heartrate */
};
static inline bool parameter_known(const struct athlete_parameters *p, enum athlete_parameter_id id)
{
        return p->values[id].known;
}
/* NaN when it is not known. */
static inline double parameter_value(const struct athlete_parameters *p, enum athlete_parameter_id id)
{
        return parameter_known(p, id) ? p->values[id].value : (double)NAN;
}

/* One value that the athlete gave or that came from Strava, and the day it holds from. */
struct athlete_dated {
        enum athlete_parameter_id parameter;
        enum parameter_source source; /* PARAMETER_GIVEN or PARAMETER_STRAVA */
        struct sai_day from;
        double value;
};

/* What one activity says about the athlete's limits; activity_metrics_compute fills it, the caller keeps it with the activity.
 * NaN where the activity says nothing. */
struct athlete_evidence {
        struct sai_day day;
        double peak_heartrate; /* bpm: highest 5-s mean, without streams the recorded maximum */
        double power_20min; /* W: best 20 minutes of measured power on a ride */
        double hour_speed; /* m/s: best running effort of 3-21.1 km brought to one hour (Riegel, 14.1) */
        double swim_200, swim_400; /* s: best efforts inside a swim */
};

/* The weaker evidence of an activity without streams: the recorded maximum, and a run's average speed as an effort. Absent values are
 * NaN; metres, seconds. */
struct athlete_evidence athlete_evidence_from_summary(enum sport sport, struct sai_day day, double max_heartrate, double distance,
                                                      double moving_time);

struct athlete_history {
        const struct athlete_dated *dated; /* any order */
        size_t dated_count;
        const struct athlete_evidence *evidence; /* any order; only what lies before the asked day is used */
        size_t evidence_count;
        struct sai_opt_i64 birth_year;
        int sex; /* enum sex or SEX_UNKNOWN */
        struct zone_table heartrate_zones; /* custom zones from Strava, or count 0 */
};

/* The parameters of `day` by the order of 5.2. A dated value holds from its day until the next, and the first also
 * before its day. Estimates: HRmax from the 24 months before (highest peak that 3 activities came within 5 bpm of), FTP (0.95 of the
 * best 20 minutes), threshold pace and CSS from the 90 days before. Assumptions: resting HR 60, HRmax from age (Tanaka).
 * SAI_NO_MEMORY when the arena is full (it needs 8 bytes an evidence row). Deterministic, thread-safe. */
sai_status athlete_parameters_on(const struct athlete_history *history, struct sai_day day, struct sai_arena *arena,
                                 struct athlete_parameters *ret_parameters) SAI_MUST_USE;

/* Maximum heart rate by age (5.1), bpm. */
enum max_heartrate_formula { HRMAX_FOX, HRMAX_TANAKA, HRMAX_GELLISH, HRMAX_NES, HRMAX_ARENA, HRMAX_ASTRAND };
double max_heartrate_by_age(enum max_heartrate_formula formula, double age);

/* Threshold heart rate from reserve: rest + 0.85 (max - rest) (5.2). */
double threshold_heartrate_from_reserve(double resting, double max);

/* A running effort of 3-21.1 km brought to one hour by Riegel's law, m/s; NaN outside that. */
double hour_speed(double distance_m, double time_s);

/* Critical swim speed from two trials (11.4), m/s; NaN when t400 <= 2 t200. */
double critical_swim_speed(double t400_s, double t200_s);

#endif
