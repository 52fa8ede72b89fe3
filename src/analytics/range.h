/* range.h -- the days an analytics answer is about, and what every answer says of its data.
 *
 * Days are local days of the athlete; both ends are inclusive. The clock is an argument. Weeks begin on Monday (ISO 8601). */
#ifndef SAI_ANALYTICS_RANGE_H
#define SAI_ANALYTICS_RANGE_H

#include "analytics/columns.h"
#include "base/optional.h"
#include "base/status.h"
#include "json/model.h"

enum analytics_period { PERIOD_WEEK, PERIOD_MONTH, PERIOD_YEAR, PERIOD_ALL };
enum analytics_bucket { BUCKET_DAY, BUCKET_WEEK, BUCKET_MONTH };
extern const struct sai_enumeration analytics_period_enumeration; /* week month year all */
extern const struct sai_enumeration analytics_bucket_enumeration; /* day week month */

struct analytics_range {
        struct sai_day from, to;
};

/* Refuses a reversed range and one over SAI_MAX_RANGE_DAYS: SAI_INVALID with the field `?from`. */
sai_status analytics_range_check(struct analytics_range range, struct sai_err *err) SAI_MUST_USE;

/* The contract's defaults: `to` is today when left out, `from` is
 *   summary   the first day of `period` around `to` (PERIOD_ALL: the first activity's day)
 *   trends    the first day of the 26th bucket counting the one with `to` as the first
 *   zones     to - 89
 *   fitness   to - 179
 * Each checks the range. */
sai_status analytics_range_summary(struct sai_opt_day from, struct sai_opt_day to, enum analytics_period period,
                                   struct sai_day today, const struct athlete_columns *columns, struct analytics_range *ret,
                                   struct sai_err *err) SAI_MUST_USE;
sai_status analytics_range_trends(struct sai_opt_day from, struct sai_opt_day to, enum analytics_bucket bucket,
                                  struct sai_day today, struct analytics_range *ret, struct sai_err *err) SAI_MUST_USE;
sai_status analytics_range_zones(struct sai_opt_day from, struct sai_opt_day to, struct sai_day today,
                                 struct analytics_range *ret, struct sai_err *err) SAI_MUST_USE;
sai_status analytics_range_fitness(struct sai_opt_day from, struct sai_opt_day to, struct sai_day today,
                                   struct analytics_range *ret, struct sai_err *err) SAI_MUST_USE;

/* First day of the bucket that holds `day`, and of the one after it. */
struct sai_day bucket_start(enum analytics_bucket bucket, struct sai_day day);
struct sai_day bucket_next(enum analytics_bucket bucket, struct sai_day start);

/* data_quality of each answer: which activities of the range had what the metric needs. */
struct quality_reason {
        const char *reason;
        int64_t count;
};
struct data_quality {
        int64_t activities;
        int64_t with_inputs;
        struct sai_opt_f64 share; /* 0-1; absent without activities */
        struct sai_list missing; /* of struct quality_reason, most frequent first */
};

/* Counts one activity after the other; finish puts the list into the arena. */
struct quality_counter {
        int64_t activities, with_inputs, reasons[REASON_COUNT];
};
static inline void quality_count(struct quality_counter *counter, enum reason reason)
{
        counter->activities++;
        if (reason == REASON_NONE)
                counter->with_inputs++;
        else
                counter->reasons[reason]++;
}
sai_status quality_finish(const struct quality_counter *counter, struct sai_arena *arena, struct data_quality *ret) SAI_MUST_USE;

/* The day of the last activity of these sports in the whole history. */
struct sai_opt_day columns_last_active_day(const struct athlete_columns *columns, struct sport_set sports);

#endif
