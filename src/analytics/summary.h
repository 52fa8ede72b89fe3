/* summary.h -- totals and averages of a range of days, and how they changed.
 *
 * Sums of a range without activities are 0; a sum is absent only when activities are there and none of them has the value (0.2).
 * Averages are weighted: pace by distance, speed, heart rate by moving time (2.2). Members are named as the contract names them. */
#ifndef SAI_ANALYTICS_SUMMARY_H
#define SAI_ANALYTICS_SUMMARY_H

#include "analytics/range.h"

/* clang-format off */
/*        member                of struct summary_totals that change is reported for */
#define SUMMARY_CHANGE_LIST(X)    \
        X(count)                  \
        X(distance)               \
        X(moving_time)            \
        X(elapsed_time)           \
        X(elevation_gain)         \
        X(training_load)          \
        X(average_pace)           \
        X(average_speed)          \
        X(average_heartrate)      \
        X(calories)               \
        X(active_days)
/* clang-format on */

struct summary_totals {
        int64_t count;
        struct sai_opt_f64 distance; /* m */
        struct sai_opt_f64 moving_time; /* s */
        struct sai_opt_f64 elapsed_time; /* s */
        struct sai_opt_f64 elevation_gain; /* m */
        struct sai_opt_f64 training_load;
        struct sai_opt_f64 average_pace; /* s/km: total moving time by total distance of those that have both */
        struct sai_opt_f64 average_speed; /* m/s */
        struct sai_opt_f64 average_heartrate; /* bpm, weighted by moving time */
        struct sai_opt_f64 calories; /* kcal */
        int64_t active_days;
};

struct summary_sport {
        const char *sport_type;
        int sport; /* enum sport */
        struct summary_totals totals; /* its members stand beside sport_type in the answer */
};

/* The longest by distance; without any distance, by moving time. */
struct summary_longest {
        struct sai_id activity_id;
        const char *sport_type;
        struct sai_day date;
        struct sai_opt_f64 distance; /* m */
        struct sai_opt_f64 moving_time; /* s */
};

struct summary_difference {
        struct sai_opt_f64 absolute; /* this range minus the previous one */
        struct sai_opt_f64 percentage; /* of the previous value; absent when that is 0 */
};
struct summary_change {
#define X(member) struct summary_difference member;
        SUMMARY_CHANGE_LIST(X)
#undef X
};

struct summary {
        struct sai_day from, to;
        struct sai_opt_day last_active_day;
        struct data_quality data_quality; /* inputs: distance, moving time, heart rate and load */
        struct summary_totals totals; /* its members stand at the top of the answer */
        struct summary_longest *longest; /* NULL without activities */
        struct summary_change *change; /* NULL unless asked for */
        struct sai_opt_day previous_from, previous_to;
        struct sai_list by_sport; /* of struct summary_sport, most moving time first */
};

/* The range to compare with (17.1). Of a whole or running week, month or year: the same number of elapsed days from the start of
 * the period before (never past its end); of any other range, and of PERIOD_ALL, the same number of days just before. Days after
 * `today` have not elapsed. `period` is absent for a range that was given by `from`. */
struct analytics_range summary_previous_range(struct analytics_range range, struct sai_opt_enum period, struct sai_day today);

struct summary_query {
        struct analytics_range range;
        struct sport_set sports;
        struct sai_opt_enum period; /* enum analytics_period, absent when `from` was given */
        bool compare_previous;
        struct sai_day today;
};
/* SAI_OK or SAI_NO_MEMORY. Linear in the activities of the ranges. */
sai_status summary_compute(const struct athlete_columns *columns, const struct summary_query *query, struct sai_arena *arena,
                           struct summary *ret_summary) SAI_MUST_USE;

#endif
