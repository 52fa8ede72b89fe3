/* range.c -- default ranges, buckets of the calendar, and the count of what was missing. */
#include "analytics/range.h"

#include "base/cleanup.h"
#include "base/limits.h"
#include <stdlib.h>

#define TREND_BUCKETS 26
#define ZONES_DAYS    90
#define FITNESS_DAYS  180

static const char *const period_values[] = { "week", "month", "year", "all", NULL };
const struct sai_enumeration analytics_period_enumeration = { "Period", period_values };
static const char *const bucket_values[] = { "day", "week", "month", NULL };
const struct sai_enumeration analytics_bucket_enumeration = { "Bucket", bucket_values };

sai_status analytics_range_check(struct analytics_range range, struct sai_err *err)
{
        if (range.to.number < range.from.number)
                return sai_fail_field(err, SAI_INVALID, "?from", "from lies after to");
        if (range.to.number - range.from.number >= SAI_MAX_RANGE_DAYS)
                return sai_fail_field(err, SAI_INVALID, "?from", "the range is longer than 20 years (%d days)",
                                      SAI_MAX_RANGE_DAYS);
        return SAI_OK;
}

static struct sai_day given_or(struct sai_opt_day day, struct sai_day otherwise) { return SAI_HAS(day) ? day.value : otherwise; }

static sai_status finish_range(struct sai_day from, struct sai_day to, struct analytics_range *ret, struct sai_err *err)
{
        *ret = (struct analytics_range) { from, to };
        return analytics_range_check(*ret, err);
}

/* The first activity, but never so early that a default range would be refused, nor after `to`. */
static struct sai_day first_day(const struct athlete_columns *columns, struct sai_day to)
{
        if (columns->count == 0 || columns->day[0].number > to.number)
                return to;
        int32_t earliest = to.number - SAI_MAX_RANGE_DAYS + 1, first = columns->day[0].number;
        return (struct sai_day) { first < earliest ? earliest : first };
}

static struct sai_day period_start(enum analytics_period period, struct sai_day end, const struct athlete_columns *columns)
{
        switch (period) {
        case PERIOD_WEEK:
                return sai_day_week_start(end);
        case PERIOD_MONTH:
                return sai_day_month_start(end);
        case PERIOD_YEAR:
                return sai_day_year_start(end);
        case PERIOD_ALL:
                break;
        }
        return first_day(columns, end);
}

sai_status analytics_range_summary(struct sai_opt_day from, struct sai_opt_day to, enum analytics_period period,
                                   struct sai_day today, const struct athlete_columns *columns, struct analytics_range *ret,
                                   struct sai_err *err)
{
        struct sai_day end = given_or(to, today);
        return finish_range(given_or(from, period_start(period, end, columns)), end, ret, err);
}

struct sai_day bucket_start(enum analytics_bucket bucket, struct sai_day day)
{
        switch (bucket) {
        case BUCKET_WEEK:
                return sai_day_week_start(day);
        case BUCKET_MONTH:
                return sai_day_month_start(day);
        case BUCKET_DAY:
                break;
        }
        return day;
}

struct sai_day bucket_next(enum analytics_bucket bucket, struct sai_day start)
{
        if (bucket == BUCKET_MONTH)
                return sai_day_add_months(start, 1);
        return (struct sai_day) { start.number + (bucket == BUCKET_WEEK ? 7 : 1) };
}

sai_status analytics_range_trends(struct sai_opt_day from, struct sai_opt_day to, enum analytics_bucket bucket,
                                  struct sai_day today, struct analytics_range *ret, struct sai_err *err)
{
        struct sai_day end = given_or(to, today), start = bucket_start(bucket, end);
        if (bucket == BUCKET_MONTH)
                start = sai_day_add_months(start, -(TREND_BUCKETS - 1));
        else
                start.number -= (TREND_BUCKETS - 1) * (bucket == BUCKET_WEEK ? 7 : 1);
        return finish_range(given_or(from, start), end, ret, err);
}

static sai_status range_of_days(struct sai_opt_day from, struct sai_opt_day to, int32_t days, struct sai_day today,
                                struct analytics_range *ret, struct sai_err *err)
{
        struct sai_day end = given_or(to, today);
        return finish_range(given_or(from, (struct sai_day) { end.number - days + 1 }), end, ret, err);
}

sai_status analytics_range_zones(struct sai_opt_day from, struct sai_opt_day to, struct sai_day today,
                                 struct analytics_range *ret, struct sai_err *err)
{
        return range_of_days(from, to, ZONES_DAYS, today, ret, err);
}

sai_status analytics_range_fitness(struct sai_opt_day from, struct sai_opt_day to, struct sai_day today,
                                   struct analytics_range *ret, struct sai_err *err)
{
        return range_of_days(from, to, FITNESS_DAYS, today, ret, err);
}

static int compare_reasons(const void *a, const void *b)
{
        const struct quality_reason *x = a, *y = b;
        if (x->count != y->count)
                return x->count > y->count ? -1 : 1;
        return strcmp(x->reason, y->reason);
}

sai_status quality_finish(const struct quality_counter *counter, struct sai_arena *arena, struct data_quality *ret)
{
        struct quality_reason *missing = SAI_NEW_ARRAY(arena, struct quality_reason, REASON_COUNT);
        if (!missing)
                return SAI_NO_MEMORY;
        size_t count = 0;
        for (int reason = 0; reason < REASON_COUNT; reason++) {
                if (counter->reasons[reason] > 0)
                        missing[count++] = (struct quality_reason) { reason_code((enum reason)reason), counter->reasons[reason] };
        }
        qsort(missing, count, sizeof *missing, compare_reasons);
        *ret = (struct data_quality) { .activities = counter->activities,
                                       .with_inputs = counter->with_inputs,
                                       .missing = { missing, count } };
        if (counter->activities > 0)
                ret->share = SAI_SOME(sai_opt_f64, (double)counter->with_inputs / (double)counter->activities);
        return SAI_OK;
}

struct sai_opt_day columns_last_active_day(const struct athlete_columns *columns, struct sport_set sports)
{
        for (size_t i = columns->count; i-- > 0;) {
                if (sport_set_has(sports, (enum sport)columns->sport[i]))
                        return SAI_SOME(sai_opt_day, columns->day[i]);
        }
        return (struct sai_opt_day) { 0 };
}
