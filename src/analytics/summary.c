/* summary.c -- one pass over the rows of a range, for the whole and for each sport at once. */
#include "analytics/summary.h"

#include "analytics/analytics_internal.h"
#include <math.h>
#include <stdlib.h>

/* A sum, and how many values went into it: none of some is not zero (0.2). */
struct tally_sum {
        double sum;
        int64_t n;
};

struct tally {
        int64_t count, active_days;
        int32_t last_day;
        struct tally_sum distance, moving_time, elapsed_time, elevation_gain, training_load, calories;
        double pace_seconds, pace_meters; /* of activities that have both */
        double beats, beat_seconds; /* heart rate times moving time */
};

static void tally_value(struct tally_sum *sum, double value)
{
        if (isnan(value))
                return;
        sum->sum += value;
        sum->n++;
}

static void tally_row(struct tally *tally, const struct athlete_columns *c, size_t i)
{
        if (tally->count == 0 || c->day[i].number != tally->last_day)
                tally->active_days++;
        tally->last_day = c->day[i].number;
        tally->count++;
        tally_value(&tally->distance, c->distance[i]);
        tally_value(&tally->moving_time, c->moving_time[i]);
        tally_value(&tally->elapsed_time, c->elapsed_time[i]);
        tally_value(&tally->elevation_gain, c->elevation_gain[i]);
        tally_value(&tally->training_load, c->training_load[i]);
        tally_value(&tally->calories, c->calories[i]);
        if (c->distance[i] > 0 && c->moving_time[i] > 0) {
                tally->pace_meters += c->distance[i];
                tally->pace_seconds += c->moving_time[i];
        }
        if (!isnan(c->average_heartrate[i]) && c->moving_time[i] > 0) {
                tally->beats += c->average_heartrate[i] * c->moving_time[i];
                tally->beat_seconds += c->moving_time[i];
        }
}

static struct sai_opt_f64 sum_or_absent(const struct tally *tally, struct tally_sum sum)
{
        if (sum.n == 0 && tally->count > 0)
                return (struct sai_opt_f64) { 0 };
        return SAI_SOME(sai_opt_f64, sum.sum);
}

static struct sai_opt_f64 quotient(double a, double b)
{
        return b > 0 ? SAI_SOME(sai_opt_f64, a / b) : (struct sai_opt_f64) { 0 };
}

static struct summary_totals totals_of(const struct tally *tally)
{
        return (struct summary_totals) {
                .count = tally->count,
                .distance = sum_or_absent(tally, tally->distance),
                .moving_time = sum_or_absent(tally, tally->moving_time),
                .elapsed_time = sum_or_absent(tally, tally->elapsed_time),
                .elevation_gain = sum_or_absent(tally, tally->elevation_gain),
                .training_load = sum_or_absent(tally, tally->training_load),
                .average_pace = quotient(1000 * tally->pace_seconds, tally->pace_meters),
                .average_speed = quotient(tally->pace_meters, tally->pace_seconds),
                .average_heartrate = quotient(tally->beats, tally->beat_seconds),
                .calories = sum_or_absent(tally, tally->calories),
                .active_days = tally->active_days,
        };
}

struct analytics_range summary_previous_range(struct analytics_range range, struct sai_opt_enum period, struct sai_day today)
{
        int32_t days = range.to.number - range.from.number + 1;
        struct sai_day before = { range.from.number - 1 }, start = { range.from.number - days }, next = { range.to.number + 1 };
        bool whole = false;
        if (SAI_HAS(period) && period.value != PERIOD_ALL) {
                switch (period.value) {
                case PERIOD_WEEK:
                        start = sai_day_week_start(before);
                        whole = sai_day_week_start(next).number == next.number;
                        break;
                case PERIOD_MONTH:
                        start = sai_day_month_start(before);
                        whole = sai_day_month_start(next).number == next.number;
                        break;
                default:
                        start = sai_day_year_start(before);
                        whole = sai_day_year_start(next).number == next.number;
                        break;
                }
        }
        /* A whole period that is over stands against the whole one before; a running one against as many days as have elapsed. */
        if (whole && range.to.number <= today.number)
                return (struct analytics_range) { start, before };
        int32_t elapsed =
                range.to.number > today.number && range.from.number <= today.number ? today.number - range.from.number + 1 : days;
        struct sai_day end = { start.number + elapsed - 1 };
        return (struct analytics_range) { start, end.number > before.number ? before : end };
}

static struct summary_difference difference(struct sai_opt_f64 now, struct sai_opt_f64 then)
{
        struct summary_difference d = { .absolute = { 0 } };
        if (!SAI_HAS(now) || !SAI_HAS(then))
                return d;
        d.absolute = SAI_SOME(sai_opt_f64, now.value - then.value);
        if (then.value > 0)
                d.percentage = SAI_SOME(sai_opt_f64, 100 * (now.value - then.value) / then.value);
        return d;
}

static struct sai_opt_f64 opt_of_count(int64_t n) { return SAI_SOME(sai_opt_f64, (double)n); }
static struct sai_opt_f64 opt_of_value(struct sai_opt_f64 value) { return value; }
#define AS_OPT(v) _Generic((v), int64_t : opt_of_count, struct sai_opt_f64 : opt_of_value)(v)

static struct summary_change change_between(const struct summary_totals *now, const struct summary_totals *then)
{
        struct summary_change change;
#define X(member) change.member = difference(AS_OPT(now->member), AS_OPT(then->member));
        SUMMARY_CHANGE_LIST(X)
#undef X
        return change;
}

static int compare_sports(const void *a, const void *b)
{
        const struct summary_sport *x = a, *y = b;
        double s = SAI_HAS(x->totals.moving_time) ? x->totals.moving_time.value : 0;
        double t = SAI_HAS(y->totals.moving_time) ? y->totals.moving_time.value : 0;
        if (s < t || s > t)
                return s > t ? -1 : 1;
        return strcmp(x->sport_type, y->sport_type);
}

static sai_status list_sports(const struct tally *tallies, struct sai_arena *arena, struct sai_list *ret)
{
        struct summary_sport *sports = SAI_NEW_ARRAY(arena, struct summary_sport, SPORT_COUNT);
        if (!sports)
                return SAI_NO_MEMORY;
        size_t count = 0;
        for (int sport = 0; sport < SPORT_COUNT; sport++) {
                if (tallies[sport].count > 0)
                        sports[count++] =
                                (struct summary_sport) { sport_name((enum sport)sport), sport, totals_of(&tallies[sport]) };
        }
        qsort(sports, count, sizeof *sports, compare_sports);
        *ret = (struct sai_list) { sports, count };
        return SAI_OK;
}

/* Absent is shorter than anything; the earlier of equals stays. */
static bool longer(const struct athlete_columns *c, size_t candidate, size_t best)
{
        double d = c->distance[candidate], e = c->distance[best];
        if (!isnan(d) && (isnan(e) || d > e))
                return true;
        if (!isnan(d) || !isnan(e))
                return false;
        double t = c->moving_time[candidate], u = c->moving_time[best];
        return !isnan(t) && (isnan(u) || t > u);
}

static sai_status set_longest(const struct athlete_columns *c, size_t row, struct sai_arena *arena, struct summary *summary)
{
        struct summary_longest *longest = SAI_NEW(arena, struct summary_longest);
        if (!longest)
                return SAI_NO_MEMORY;
        *longest = (struct summary_longest) {
                .activity_id = c->id[row],
                .sport_type = sport_name((enum sport)c->sport[row]),
                .date = c->day[row],
                .distance = sai_opt_from_nan(c->distance[row]),
                .moving_time = sai_opt_from_nan(c->moving_time[row]),
        };
        summary->longest = longest;
        return SAI_OK;
}

static enum reason row_reason(const struct athlete_columns *c, size_t i)
{
        if (isnan(c->moving_time[i]))
                return REASON_NO_TIME;
        if (isnan(c->distance[i]))
                return REASON_NO_DISTANCE;
        if (isnan(c->average_heartrate[i]))
                return REASON_NO_HR;
        if (isnan(c->training_load[i]))
                return c->load_reason[i] != REASON_NONE ? (enum reason)c->load_reason[i] : REASON_NO_LOAD;
        return REASON_NONE;
}

static sai_status set_change(const struct athlete_columns *c, const struct summary_query *query, struct sai_arena *arena,
                             struct summary *summary)
{
        struct analytics_range previous = summary_previous_range(query->range, query->period, query->today);
        struct summary_change *change = SAI_NEW(arena, struct summary_change);
        if (!change)
                return SAI_NO_MEMORY;
        struct tally then = { 0 };
        size_t end = columns_lower_bound(c, (struct sai_day) { previous.to.number + 1 });
        for (size_t i = columns_lower_bound(c, previous.from); i < end; i++) {
                if (sport_set_has(query->sports, (enum sport)c->sport[i]))
                        tally_row(&then, c, i);
        }
        struct summary_totals totals = totals_of(&then);
        *change = change_between(&summary->totals, &totals);
        summary->change = change;
        summary->previous_from = SAI_SOME(sai_opt_day, previous.from);
        summary->previous_to = SAI_SOME(sai_opt_day, previous.to);
        return SAI_OK;
}

sai_status summary_compute(const struct athlete_columns *columns, const struct summary_query *query, struct sai_arena *arena,
                           struct summary *ret_summary)
{
        struct summary s = { .from = query->range.from, .to = query->range.to };
        struct tally all = { 0 }, *by_sport = SAI_NEW_ARRAY(arena, struct tally, SPORT_COUNT);
        if (!by_sport)
                return SAI_NO_MEMORY;
        struct quality_counter quality = { 0 };
        size_t end = columns_lower_bound(columns, (struct sai_day) { s.to.number + 1 }), longest = end;
        for (size_t i = columns_lower_bound(columns, s.from); i < end; i++) {
                if (!sport_set_has(query->sports, (enum sport)columns->sport[i]))
                        continue;
                tally_row(&all, columns, i);
                tally_row(&by_sport[columns->sport[i]], columns, i);
                quality_count(&quality, row_reason(columns, i));
                if (longest == end || longer(columns, i, longest))
                        longest = i;
        }
        s.totals = totals_of(&all);
        s.last_active_day = columns_last_active_day(columns, query->sports);
        sai_status status = quality_finish(&quality, arena, &s.data_quality);
        if (status == SAI_OK)
                status = list_sports(by_sport, arena, &s.by_sport);
        if (status == SAI_OK && longest != end)
                status = set_longest(columns, longest, arena, &s);
        if (status == SAI_OK && query->compare_previous)
                status = set_change(columns, query, arena, &s);
        *ret_summary = s;
        return status;
}
