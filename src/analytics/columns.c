/* columns.c -- building the columns: one list of what they are, walked to allocate, to set and to sort. */
#include "analytics/columns.h"

#include "analytics/analytics_internal.h"
#include "analytics/trend.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include <math.h>
#include <stdlib.h>

#define COMPARABLE_DAYS     90
#define COMPARABLE_MIN      5
#define COMPARABLE_LOOKED   2000 /* rows looked at, newest first: 22 a day; what is more is not one person's training */
#define COMPARABLE_SHORTEST 0.5
#define COMPARABLE_LONGEST  2.0

static const struct {
        size_t offset; /* of the array's pointer in struct athlete_columns */
        size_t size; /* of one element */
} arrays[] = {
#define ARRAY(member) { offsetof(struct athlete_columns, member), sizeof *((struct athlete_columns *)0)->member },
#define X(name)       ARRAY(name)
        ARRAY(id) ARRAY(start_local) ARRAY(day) ARRAY(sport) ARRAY(load_method) ARRAY(load_reason) ARRAY(flags) COLUMN_LIST(X)
                ARRAY(heartrate_zone_ms) ARRAY(intensity_ms) ARRAY(output_zone_ms)
#undef X
#undef ARRAY
};

/* The members differ in type but all are pointers to objects, which share one representation. */
static void *array_at(const struct athlete_columns *columns, size_t which)
{
        void *array;
        memcpy(&array, (const char *)columns + arrays[which].offset, sizeof array);
        return array;
}

static void array_put(struct athlete_columns *columns, size_t which, void *array)
{
        memcpy((char *)columns + arrays[which].offset, &array, sizeof array);
}

void column_row_clear(struct column_row *row)
{
        *row = (struct column_row) { .sport = SPORT_WORKOUT };
#define X(name) row->name = ABSENT;
        COLUMN_LIST(X)
#undef X
}

static void set_zone_times(double *to, const struct sai_list *zones, size_t room)
{
        const struct zone_share *share = zones->items;
        for (size_t i = 0; i < zones->count && i < room; i++)
                to[i] = share[i].time;
}

void column_row_set_metrics(struct column_row *row, const struct activity_metrics *metrics)
{
        bool measured = SAI_HAS(metrics->device_watts) && metrics->device_watts.value;
        row->distance = sai_opt_or_nan(metrics->distance);
        row->moving_time = sai_opt_or_nan(metrics->moving_time);
        row->elapsed_time = sai_opt_or_nan(metrics->elapsed_time);
        row->elevation_gain = sai_opt_or_nan(metrics->total_elevation_gain);
        row->average_heartrate = sai_opt_or_nan(metrics->average_heartrate);
        row->max_heartrate = sai_opt_or_nan(metrics->max_heartrate);
        row->average_cadence = sai_opt_or_nan(metrics->average_cadence);
        row->average_watts = measured ? sai_opt_or_nan(metrics->average_watts) : ABSENT;
        row->calories = sai_opt_or_nan(metrics->calories);
        row->training_load = sai_opt_or_nan(metrics->training_load);
        row->efficiency_factor = sai_opt_or_nan(metrics->efficiency_factor);
        row->load_method = (enum load_method)metrics->training_load_method;
        row->load_reason = activity_metrics_reason(metrics, METRIC_TRAINING_LOAD);
        set_zone_times(row->heartrate_zone_s, &metrics->heart_rate_zones, HEART_RATE_ZONES);
        set_zone_times(row->output_zone_s, metrics->power_zones.count ? &metrics->power_zones : &metrics->pace_zones,
                       OUTPUT_ZONES);
        memcpy(row->intensity_s, metrics->intensity_times, sizeof row->intensity_s);
}

sai_status columns_begin(size_t count, struct sai_arena *arena, struct athlete_columns **ret_columns, struct sai_err *err)
{
        if (count > SAI_MAX_ATHLETE_ACTIVITIES)
                return sai_fail(err, SAI_TOO_LARGE, "%zu activities, the most is %d", count, SAI_MAX_ATHLETE_ACTIVITIES);
        struct athlete_columns *columns = SAI_NEW(arena, struct athlete_columns);
        if (!columns)
                return sai_fail(err, SAI_NO_MEMORY, "columns");
        for (size_t i = 0; i < SAI_COUNT(arrays); i++) {
                void *array = sai_arena_calloc(arena, count ? count : 1, arrays[i].size);
                if (!array)
                        return sai_fail(err, SAI_NO_MEMORY, "columns of %zu activities", count);
                array_put(columns, i, array);
        }
        columns->count = count;
        *ret_columns = columns;
        return SAI_OK;
}

/* Times are positive, so that adding a half rounds as round() would, at a tenth of its cost. */
static uint32_t to_ms(double seconds)
{
        double ms = seconds * 1000 + 0.5;
        if (!(ms > 0))
                return 0;
        return ms < (double)UINT32_MAX ? (uint32_t)ms : UINT32_MAX;
}

void columns_set(struct athlete_columns *columns, size_t index, const struct column_row *row)
{
        columns->id[index] = row->id;
        columns->start_local[index] = row->start_local.ms;
        columns->day[index] = sai_local_day(row->start_local);
        columns->sport[index] = (uint8_t)row->sport;
        columns->load_method[index] = (uint8_t)row->load_method;
        columns->load_reason[index] = (uint8_t)row->load_reason;
        columns->flags[index] = (uint8_t)row->flags;
#define X(name) columns->name[index] = isfinite(row->name) ? row->name : ABSENT;
        COLUMN_LIST(X)
#undef X
        for (int i = 0; i < HEART_RATE_ZONES; i++)
                columns->heartrate_zone_ms[index][i] = to_ms(row->heartrate_zone_s[i]);
        for (int i = 0; i < 3; i++)
                columns->intensity_ms[index][i] = to_ms(row->intensity_s[i]);
        for (int i = 0; i < OUTPUT_ZONES; i++)
                columns->output_zone_ms[index][i] = to_ms(row->output_zone_s[i]);
}

struct order_key {
        int64_t start_local;
        struct sai_id id;
        uint32_t index;
};

static int compare_order(const void *a, const void *b)
{
        const struct order_key *x = a, *y = b;
        if (x->start_local != y->start_local)
                return x->start_local < y->start_local ? -1 : 1;
        return sai_id_compare(x->id, y->id);
}

/* Rows come from the store in order of their instant, so that only travel across time zones leaves a few of them out of place: moving
 * those is cheaper than sorting all. Gives up after `moves`, leaving some order; false then. */
static bool sort_nearly_sorted(struct order_key *order, size_t n, size_t moves)
{
        for (size_t i = 1; i < n; i++) {
                struct order_key key = order[i];
                size_t k = i;
                for (; k > 0 && compare_order(&order[k - 1], &key) > 0; k--) {
                        order[k] = order[k - 1];
                        if (moves-- == 0) {
                                order[k - 1] = key;
                                return false;
                        }
                }
                order[k] = key;
        }
        return true;
}

/* Moves the elements of one array to their places; the usual sizes get a copy the compiler knows. */
static void reorder(char *array, char *scratch, size_t size, const struct order_key *order, size_t n)
{
        memcpy(scratch, array, n * size);
        if (size == sizeof(double)) {
                for (size_t i = 0; i < n; i++)
                        memcpy(array + i * sizeof(double), scratch + order[i].index * sizeof(double), sizeof(double));
        } else if (size == 1) {
                for (size_t i = 0; i < n; i++)
                        array[i] = scratch[order[i].index];
        } else {
                for (size_t i = 0; i < n; i++)
                        memcpy(array + i * size, scratch + order[i].index * size, size);
        }
}

sai_status columns_finish(struct athlete_columns *columns, size_t count, struct sai_arena *arena, struct sai_err *err)
{
        if (count < columns->count)
                columns->count = count;
        size_t n = columns->count;
        struct order_key *order = SAI_NEW_ARRAY(arena, struct order_key, n ? n : 1);
        if (!order)
                return sai_fail(err, SAI_NO_MEMORY, "order of %zu activities", n);
        bool sorted = true;
        for (size_t i = 0; i < n; i++) {
                order[i] = (struct order_key) { columns->start_local[i], columns->id[i], (uint32_t)i };
                if (i > 0 && compare_order(&order[i - 1], &order[i]) > 0)
                        sorted = false;
        }
        if (sorted)
                return SAI_OK;
        if (!sort_nearly_sorted(order, n, n))
                qsort(order, n, sizeof *order, compare_order);
        size_t widest = 0;
        for (size_t c = 0; c < SAI_COUNT(arrays); c++)
                widest = arrays[c].size > widest ? arrays[c].size : widest;
        char *scratch = sai_arena_calloc(arena, n, widest);
        if (!scratch)
                return sai_fail(err, SAI_NO_MEMORY, "order of %zu activities", n);
        for (size_t c = 0; c < SAI_COUNT(arrays); c++)
                reorder(array_at(columns, c), scratch, arrays[c].size, order, n);
        return SAI_OK;
}

size_t columns_lower_bound(const struct athlete_columns *columns, struct sai_day day)
{
        size_t lo = 0, hi = columns->count;
        while (lo < hi) {
                size_t mid = lo + (hi - lo) / 2;
                if (columns->day[mid].number < day.number)
                        lo = mid + 1;
                else
                        hi = mid;
        }
        return lo;
}

size_t columns_bytes(const struct athlete_columns *columns)
{
        size_t row = 0;
        for (size_t i = 0; i < SAI_COUNT(arrays); i++)
                row += arrays[i].size;
        return row * columns->count;
}

struct efficiency_score efficiency_score(const struct athlete_columns *columns, size_t index, double *scratch)
{
        struct efficiency_score r = { .reason = REASON_NONE };
        double ef = columns->efficiency_factor[index], distance = columns->distance[index];
        if (isnan(ef)) {
                r.reason = isnan(columns->average_heartrate[index]) ? REASON_NO_HR : REASON_NOT_STEADY;
                return r;
        }
        size_t n = 0;
        int32_t from = columns->day[index].number - COMPARABLE_DAYS;
        for (size_t i = index; i-- > 0 && index - i <= COMPARABLE_LOOKED && columns->day[i].number >= from;) {
                if (columns->sport[i] != columns->sport[index] || isnan(columns->efficiency_factor[i]))
                        continue;
                /* Without a distance (an indoor ride) length cannot tell two workouts apart. */
                double ratio = columns->distance[i] / distance;
                if (ratio < COMPARABLE_SHORTEST || ratio > COMPARABLE_LONGEST)
                        continue;
                scratch[n++] = columns->efficiency_factor[i];
        }
        r.n = (int64_t)n;
        if (n < COMPARABLE_MIN) {
                r.reason = REASON_NO_HISTORY;
                return r;
        }
        double median = median_of(scratch, n);
        r.median = SAI_SOME(sai_opt_f64, median);
        if (median > 0)
                r.score = SAI_SOME(sai_opt_f64, 100 * ef / median);
        else
                r.reason = REASON_NO_HISTORY;
        return r;
}

sai_status columns_score_efficiency(struct athlete_columns *columns, struct sai_arena *arena)
{
        double *scratch = SAI_NEW_ARRAY(arena, double, columns->count ? columns->count : 1);
        if (!scratch)
                return SAI_NO_MEMORY;
        for (size_t i = 0; i < columns->count; i++)
                columns->efficiency_score[i] = sai_opt_or_nan(efficiency_score(columns, i, scratch).score);
        return SAI_OK;
}
