/* trends.c -- buckets of one metric and the line through them (17.1, 18). */
#include "analytics/trends.h"

#include "analytics/analytics_internal.h"
#include "analytics/trend.h"
#include <math.h>

enum { CHANGE_POINTS_MAX = 16 };

enum trend_kind { KIND_SUM, KIND_MEAN, KIND_PACE, KIND_SPEED };

static const struct {
        const char *unit;
        enum trend_kind kind;
        bool falling_is_better;
} metrics[TREND_METRIC_COUNT] = {
#define X(name, text, unit, kind, falling) { unit, KIND_##kind, falling },
        TREND_METRIC_LIST(X)
#undef X
};

static const char *const metric_values[] = {
#define X(name, text, unit, kind, falling) text,
        TREND_METRIC_LIST(X)
#undef X
                NULL
};
const struct sai_enumeration trend_metric_enumeration = { "TrendMetric", metric_values };
static const char *const direction_values[] = { "insufficient_data", "improving", "declining", "stable", NULL };
const struct sai_enumeration trend_direction_enumeration = { "TrendDirection", direction_values };

static const double *metric_column(const struct athlete_columns *c, enum trend_metric metric)
{
        switch (metric) {
        case TREND_METRIC_MOVING_TIME:
                return c->moving_time;
        case TREND_METRIC_HEARTRATE:
                return c->average_heartrate;
        case TREND_METRIC_EFFICIENCY_SCORE:
                return c->efficiency_score;
        case TREND_METRIC_ELEVATION_GAIN:
                return c->elevation_gain;
        case TREND_METRIC_TRAINING_LOAD:
                return c->training_load;
        case TREND_METRIC_CALORIES:
                return c->calories;
        case TREND_METRIC_CADENCE:
                return c->average_cadence;
        case TREND_METRIC_POWER:
                return c->average_watts;
        case TREND_METRIC_DISTANCE:
        case TREND_METRIC_PACE:
        case TREND_METRIC_SPEED:
        case TREND_METRIC_COUNT:
                break;
        }
        return c->distance;
}

static enum reason missing_reason(const struct athlete_columns *c, size_t i, enum trend_metric metric)
{
        switch (metric) {
        case TREND_METRIC_MOVING_TIME:
                return REASON_NO_TIME;
        case TREND_METRIC_HEARTRATE:
                return REASON_NO_HR;
        case TREND_METRIC_EFFICIENCY_SCORE:
                if (isnan(c->average_heartrate[i]))
                        return REASON_NO_HR;
                return isnan(c->efficiency_factor[i]) ? REASON_NOT_STEADY : REASON_NO_HISTORY;
        case TREND_METRIC_ELEVATION_GAIN:
                return REASON_NO_ALTITUDE;
        case TREND_METRIC_TRAINING_LOAD:
                return c->load_reason[i] != REASON_NONE ? (enum reason)c->load_reason[i] : REASON_NO_LOAD;
        case TREND_METRIC_CALORIES:
                return REASON_NO_WEIGHT;
        case TREND_METRIC_CADENCE:
                return REASON_NO_CADENCE;
        case TREND_METRIC_POWER:
                return REASON_NO_POWER;
        case TREND_METRIC_DISTANCE:
        case TREND_METRIC_PACE:
        case TREND_METRIC_SPEED:
        case TREND_METRIC_COUNT:
                break;
        }
        return REASON_NO_DISTANCE;
}

/* A bucket as a fraction, so that buckets can be joined without averaging averages. */
struct bucket {
        struct sai_day start;
        double over, under;
        int64_t n; /* activities with the value */
        int64_t activities; /* all that counted */
        bool cut; /* the range holds only a part of it */
};

static bool add_row(struct bucket *bucket, const struct athlete_columns *c, size_t i, enum trend_metric metric)
{
        double value = metric_column(c, metric)[i], time = c->moving_time[i];
        enum trend_kind kind = metrics[metric].kind;
        bucket->activities++;
        if (isnan(value) || (kind != KIND_SUM && !(time > 0)) || (kind == KIND_PACE && !(value > 0)))
                return false;
        bucket->n++;
        switch (kind) {
        case KIND_SUM:
                bucket->over += value;
                break;
        case KIND_MEAN:
                bucket->over += value * time;
                bucket->under += time;
                break;
        case KIND_PACE:
                bucket->over += time;
                bucket->under += value / 1000;
                break;
        case KIND_SPEED:
                bucket->over += value;
                bucket->under += time;
                break;
        }
        return true;
}

/* NaN: absent. A sum over no activities is 0, over activities that lack the value it is not known. */
static double bucket_value(const struct bucket *bucket, enum trend_kind kind)
{
        if (kind == KIND_SUM)
                return bucket->n == 0 && bucket->activities > 0 ? ABSENT : bucket->over;
        return bucket->under > 0 ? bucket->over / bucket->under : ABSENT;
}

struct buckets {
        struct bucket *items;
        size_t count;
};

static sai_status buckets_make(enum analytics_bucket unit, struct analytics_range range, struct sai_arena *arena,
                               struct buckets *ret)
{
        /* Day by day the most: the range was checked, so this is a few thousand. */
        size_t room = (size_t)(range.to.number - range.from.number) + 1, count = 0;
        if (unit != BUCKET_DAY)
                room = room / (unit == BUCKET_WEEK ? 7 : 28) + 2;
        struct bucket *items = SAI_NEW_ARRAY(arena, struct bucket, room);
        if (!items)
                return SAI_NO_MEMORY;
        for (struct sai_day start = bucket_start(unit, range.from); start.number <= range.to.number && count < room;) {
                struct sai_day next = bucket_next(unit, start);
                items[count++] = (struct bucket) { .start = start,
                                                   .cut = start.number < range.from.number || next.number - 1 > range.to.number };
                start = next;
        }
        *ret = (struct buckets) { items, count };
        return SAI_OK;
}

static void buckets_fill(struct buckets *buckets, const struct athlete_columns *c, const struct trends_query *query,
                         struct quality_counter *quality)
{
        size_t end = columns_lower_bound(c, (struct sai_day) { query->range.to.number + 1 }), at = 0;
        for (size_t i = columns_lower_bound(c, query->range.from); i < end; i++) {
                if (!sport_set_has(query->sports, (enum sport)c->sport[i]))
                        continue;
                while (at + 1 < buckets->count && buckets->items[at + 1].start.number <= c->day[i].number)
                        at++;
                bool has = add_row(&buckets->items[at], c, i, query->metric);
                if (quality)
                        quality_count(quality, has ? REASON_NONE : missing_reason(c, i, query->metric));
        }
}

/* Trailing, so that a value never depends on what came later. Sums become the mean of the buckets, fractions are joined. */
static double smoothed(const struct buckets *buckets, size_t i, int64_t window, enum trend_kind kind)
{
        struct bucket joined = { .start = { 0 } };
        double sum = 0;
        int64_t values = 0;
        for (int64_t back = 0; back < window && (size_t)back <= i; back++) {
                const struct bucket *bucket = &buckets->items[i - (size_t)back];
                joined.over += bucket->over;
                joined.under += bucket->under;
                double value = bucket_value(bucket, kind);
                if (!isnan(value)) {
                        sum += value;
                        values++;
                }
        }
        if (kind == KIND_SUM)
                return values > 0 ? sum / (double)values : ABSENT;
        return bucket_value(&joined, kind);
}

static sai_status list_points(const struct buckets *buckets, const struct trends_query *query, struct sai_arena *arena,
                              struct sai_list *ret)
{
        struct trend_point *points = SAI_NEW_ARRAY(arena, struct trend_point, buckets->count);
        if (!points)
                return SAI_NO_MEMORY;
        enum trend_kind kind = metrics[query->metric].kind;
        int64_t window = query->smooth > TREND_SMOOTH_MAX ? TREND_SMOOTH_MAX : query->smooth;
        for (size_t i = 0; i < buckets->count; i++) {
                const struct bucket *bucket = &buckets->items[i];
                struct sai_opt_f64 raw = sai_opt_from_nan(bucket_value(bucket, kind));
                bool before = bucket->start.number < query->range.from.number;
                points[i] = (struct trend_point) {
                        .date = before ? query->range.from : bucket->start,
                        .value = window > 1 ? sai_opt_from_nan(smoothed(buckets, i, window, kind)) : raw,
                        .raw = raw,
                        .n = bucket->n,
                };
        }
        *ret = (struct sai_list) { points, buckets->count };
        return SAI_OK;
}

/* The values a line may be fitted to. */
struct fit_series {
        double *x, *y; /* day numbers, values */
        size_t n;
};

static sai_status fit_series_make(const struct buckets *buckets, const struct athlete_columns *c,
                                  const struct trends_query *query, struct sai_arena *arena, struct fit_series *ret)
{
        *ret = (struct fit_series) { .x = SAI_NEW_ARRAY(arena, double, buckets->count),
                                     .y = SAI_NEW_ARRAY(arena, double, buckets->count) };
        if (!ret->x || !ret->y)
                return SAI_NO_MEMORY;
        size_t row = 0;
        while (row < c->count && !sport_set_has(query->sports, (enum sport)c->sport[row]))
                row++;
        enum trend_kind kind = metrics[query->metric].kind;
        for (size_t i = 0; i < buckets->count && row < c->count; i++) {
                const struct bucket *bucket = &buckets->items[i];
                double value = bucket_value(bucket, kind);
                /* Part of a sum is no sum, and zeros from before there was anything are no training. */
                bool started = c->day[row].number <= bucket->start.number || bucket->activities > 0;
                if (isnan(value) || !started || (kind == KIND_SUM && bucket->cut))
                        continue;
                ret->x[ret->n] = bucket->start.number;
                ret->y[ret->n++] = value;
        }
        return SAI_OK;
}

static sai_status set_line(const struct fit_series *series, enum trend_metric metric, struct sai_arena *arena,
                           struct trend_line *line)
{
        struct fitted_line fit;
        line->n = (int64_t)series->n;
        line->direction = TREND_INSUFFICIENT_DATA;
        if (series->n < TREND_MIN_POINTS || !line_fit(series->x, series->y, series->n, &fit))
                return SAI_OK;
        double *ci = SAI_NEW_ARRAY(arena, double, 2);
        if (!ci)
                return SAI_NO_MEMORY;
        ci[0] = 7 * fit.lo;
        ci[1] = 7 * fit.hi;
        line->slope_per_week = SAI_SOME(sai_opt_f64, 7 * fit.slope);
        line->ci95 = (struct sai_list) { ci, 2 };
        line->p_value = SAI_SOME(sai_opt_f64, fit.p);
        if (ci[0] <= 0 && ci[1] >= 0)
                line->direction = TREND_STABLE;
        else
                line->direction = (fit.slope > 0) != metrics[metric].falling_is_better ? TREND_IMPROVING : TREND_DECLINING;
        return SAI_OK;
}

static sai_status set_change_points(const struct fit_series *series, struct sai_arena *arena, struct sai_list *ret)
{
        struct change_point found[CHANGE_POINTS_MAX];
        size_t count = series->n < TREND_MIN_POINTS ? 0 : change_points(series->y, series->n, found, CHANGE_POINTS_MAX);
        struct trend_change_point *points = SAI_NEW_ARRAY(arena, struct trend_change_point, count ? count : 1);
        if (!points)
                return SAI_NO_MEMORY;
        for (size_t i = 0; i < count; i++)
                points[i] =
                        (struct trend_change_point) { { (int32_t)series->x[found[i].index] }, found[i].before, found[i].after };
        *ret = (struct sai_list) { points, count };
        return SAI_OK;
}

static sai_status fit(const struct buckets *shown, const struct athlete_columns *columns, const struct trends_query *query,
                      struct sai_arena *arena, struct trends *trends)
{
        struct buckets fitted = *shown;
        sai_status status = SAI_OK;
        trends->trend.method = "ols";
        if (query->bucket == BUCKET_DAY) { /* days depend on each other; weeks hardly do (18.2) */
                trends->trend.method = "ols_weekly";
                status = buckets_make(BUCKET_WEEK, query->range, arena, &fitted);
                if (status != SAI_OK)
                        return status;
                buckets_fill(&fitted, columns, query, NULL);
        }
        struct fit_series series;
        status = fit_series_make(&fitted, columns, query, arena, &series);
        if (status == SAI_OK)
                status = set_line(&series, query->metric, arena, &trends->trend);
        if (status == SAI_OK)
                status = set_change_points(&series, arena, &trends->change_points);
        return status;
}

sai_status trends_compute(const struct athlete_columns *columns, const struct trends_query *query, struct sai_arena *arena,
                          struct trends *ret_trends)
{
        struct trends t = { .from = query->range.from,
                            .to = query->range.to,
                            .metric = (int)query->metric,
                            .unit = metrics[query->metric].unit };
        t.last_active_day = columns_last_active_day(columns, query->sports);
        struct quality_counter quality = { 0 };
        struct buckets buckets;
        sai_status status = buckets_make(query->bucket, query->range, arena, &buckets);
        if (status != SAI_OK)
                return status;
        buckets_fill(&buckets, columns, query, &quality);
        status = list_points(&buckets, query, arena, &t.points);
        if (status == SAI_OK)
                status = fit(&buckets, columns, query, arena, &t);
        if (status == SAI_OK)
                status = quality_finish(&quality, arena, &t.data_quality);
        *ret_trends = t;
        return status;
}
