/* columns.h -- one athlete's whole history as a structure of arrays.
 *
 * Every answer about many activities is arithmetic on these columns; they are built once per data version and cached. A row is about
 * 190 bytes, so 5,000 activities are under 1 MB. NaN is absent. Rows are sorted by local start, then id, so that the order of import
 * never matters. Read-only after columns_finish: safe to share between threads. */
#ifndef SAI_ANALYTICS_COLUMNS_H
#define SAI_ANALYTICS_COLUMNS_H

#include "analytics/activity_metrics.h"
#include "base/arena.h"
#include "base/calendar.h"
#include "base/id.h"
#include "model/sport.h"

/* clang-format off */
/*        member              unit and meaning */
#define COLUMN_LIST(X)                                                                        \
        X(distance)           /* m */                                                         \
        X(moving_time)        /* s */                                                         \
        X(elapsed_time)       /* s */                                                         \
        X(elevation_gain)     /* m */                                                         \
        X(average_heartrate)  /* bpm */                                                       \
        X(max_heartrate)      /* bpm */                                                       \
        X(average_cadence)    /* rpm */                                                       \
        X(average_watts)      /* W, measured only; NaN when estimated */                      \
        X(calories)           /* kcal */                                                      \
        X(training_load)                                                                      \
        X(efficiency_factor)                                                                  \
        X(efficiency_score)   /* % */
/* clang-format on */

enum column_flag { COLUMN_FROM_FILE = 1 << 0, COLUMN_FROM_STRAVA = 1 << 1, COLUMN_INDOOR = 1 << 2 };

enum { OUTPUT_ZONES = 7 };

struct athlete_columns {
        size_t count;
        struct sai_id *id;
        int64_t *start_local; /* ms of the local wall clock */
        struct sai_day *day; /* local day of the start */
        uint8_t *sport; /* enum sport */
        uint8_t *load_method; /* enum load_method */
        uint8_t *load_reason; /* enum reason; why training_load is absent */
        uint8_t *flags; /* enum column_flag */
#define X(name) double *name;
        COLUMN_LIST(X)
#undef X
        uint32_t (*heartrate_zone_ms)[HEART_RATE_ZONES]; /* all 0: not known */
        uint32_t (*intensity_ms)[3]; /* three-zone model */
        uint32_t (*output_zone_ms)[OUTPUT_ZONES]; /* power zones of rides, pace zones of runs and swims */
};

/* One activity, as the builder takes it. Members as in the columns; NaN is absent. */
struct column_row {
        struct sai_id id;
        struct sai_local start_local;
        enum sport sport;
        enum load_method load_method;
        enum reason load_reason;
        unsigned flags; /* enum column_flag */
#define X(name) double name;
        COLUMN_LIST(X)
#undef X
        double heartrate_zone_s[HEART_RATE_ZONES]; /* all 0: not known */
        double intensity_s[3];
        double output_zone_s[OUTPUT_ZONES];
};

/* A row in which every number is absent. */
void column_row_clear(struct column_row *row);
/* The row's numbers from freshly computed metrics (id, start, sport, flags are the caller's). */
void column_row_set_metrics(struct column_row *row, const struct activity_metrics *metrics);

/* Room for up to `count` rows in the arena. SAI_TOO_LARGE beyond SAI_MAX_ATHLETE_ACTIVITIES, SAI_NO_MEMORY. */
sai_status columns_begin(size_t count, struct sai_arena *arena, struct athlete_columns **ret_columns,
                         struct sai_err *err) SAI_MUST_USE;
/* Sets row `index` (each index once, in any order). What is not finite becomes NaN. */
void columns_set(struct athlete_columns *columns, size_t index, const struct column_row *row);
/* Cuts to the first `count` rows (<= the count begun with) and sorts. Scratch comes from the arena. */
sai_status columns_finish(struct athlete_columns *columns, size_t count, struct sai_arena *arena,
                          struct sai_err *err) SAI_MUST_USE;

/* First row whose day is >= `day`; count when none is. */
size_t columns_lower_bound(const struct athlete_columns *columns, struct sai_day day);
size_t columns_bytes(const struct athlete_columns *columns); /* memory the arrays take */

/* Which sports count: a bit for each enum sport. All bits 0 means all sports. */
struct sport_set {
        uint64_t bits;
};
static inline struct sport_set sport_set_add(struct sport_set set, enum sport sport)
{
        return (struct sport_set) { set.bits | (UINT64_C(1) << sport) };
}
static inline bool sport_set_has(struct sport_set set, enum sport sport) { return set.bits == 0 || (set.bits >> sport & 1) != 0; }

/* 100 * EF / median EF of the comparable ones (10.4): same sport, previous 90 days, distance within 0.5-2 times. An efficiency factor is
 * there only for steady aerobic work (10.1), so what has one is comparable. */
struct efficiency_score {
        struct sai_opt_f64 score; /* absent: fewer than 5 comparable, or no efficiency factor itself */
        struct sai_opt_f64 median;
        int64_t n; /* comparable activities */
        int reason; /* enum reason when absent */
};
/* Of row `index`; `scratch` needs room for `index` doubles. */
struct efficiency_score efficiency_score(const struct athlete_columns *columns, size_t index, double *scratch);
/* Recomputes the whole column, as after a late import that changes what later activities are compared with. */
sai_status columns_score_efficiency(struct athlete_columns *columns, struct sai_arena *arena) SAI_MUST_USE;

#endif
