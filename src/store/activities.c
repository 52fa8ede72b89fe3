/* activities.c -- the list with its filters and sorts, and the reads around it.
 *
 * Values that are absent sort last in both directions, which no database does by itself. So a page is at most two ranges of one index:
 * the rows with a value, then those without, each in the order of the index. The position says in which of the two it lies. */
#include <math.h>

#include "store/store_internal.h"

static const char *const sort_values[] = {
        [SORT_START_DATE] = "start_date",
        [SORT_DISTANCE] = "distance",
        [SORT_MOVING_TIME] = "moving_time",
        [SORT_AVERAGE_SPEED] = "average_speed",
        [SORT_ELEVATION_GAIN] = "total_elevation_gain",
        [SORT_TRAINING_LOAD] = "training_load",
        NULL,
};
const struct sai_enumeration activity_sort_names = { "ActivitySort", sort_values };

sai_status store_activity_get(struct store *store, struct sai_id user_id, struct sai_id id, struct sai_arena *arena,
                              struct activity *ret_activity, struct sai_err *err)
{
        return store_get(store, QUERY_ACTIVITY_GET, VALUES(V_ID(id), V_ID(user_id)), arena, ret_activity, err);
}

sai_status store_activity_put(struct store *store, struct activity *activity, struct sai_err *err)
{
        return store_put(store, QUERY_ACTIVITY_REPLACE,
                         VALUES(V_ID(activity->id), V_ID(activity->user_id), V_INTEGER(activity->revision)), activity,
                         &activity->revision, err);
}

sai_status store_activity_delete(struct store *store, struct sai_id user_id, struct sai_id id, struct sai_err *err)
{
        int64_t deleted = 0;
        sai_status status = store_remove(store, QUERY_ACTIVITY_GET, VALUES(V_ID(id), V_ID(user_id)), &deleted, err);
        if (status == SAI_OK && deleted == 0)
                return sai_fail(err, SAI_NOT_FOUND, "no such activity");
        return status;
}

struct activity_position activity_position_of(const struct activity *activity, enum activity_sort sort)
{
        struct activity_position position = { .id = activity->id };
        switch (sort) {
        case SORT_START_DATE:
                position.value = SAI_SOME(sai_opt_f64, (double)activity->start_date.ms);
                break;
        case SORT_DISTANCE:
                position.value = activity->distance;
                break;
        case SORT_MOVING_TIME:
                position.value = activity->moving_time;
                break;
        case SORT_AVERAGE_SPEED:
                position.value = activity->average_speed;
                break;
        case SORT_ELEVATION_GAIN:
                position.value = activity->total_elevation_gain;
                break;
        case SORT_TRAINING_LOAD:
                position.value = activity->metrics.training_load;
                break;
        case ACTIVITY_SORTS:
                break;
        }
        return position;
}

enum { FILTER_VALUES = 15 };

static struct value instant_value(bool has, int64_t ms) { return has ? V_INTEGER(ms) : V_NONE; }

static struct value number_value(struct sai_opt_f64 number) { return SAI_HAS(number) ? V_REAL(number.value) : V_NONE; }

/* In the order of ACTIVITY_FILTERS in queries.c; the last is for the condition of the rows without a value. */
static void filter_values(struct sai_id user_id, const struct activity_filter *f, struct value values[FILTER_VALUES])
{
        size_t n = 0;
        values[n++] = V_ID(user_id);
        values[n++] = f->sport_type_count
                              ? (struct value) { .kind = VALUE_TEXTS, .count = f->sport_type_count, .texts = f->sport_types }
                              : V_NONE;
        values[n++] = f->type ? V_TEXT(f->type) : V_NONE;
        values[n++] = instant_value(SAI_HAS(f->after), f->after.value.ms);
        values[n++] = instant_value(SAI_HAS(f->before), f->before.value.ms);
        values[n++] = instant_value(SAI_HAS(f->after_local), f->after_local.value.ms);
        values[n++] = instant_value(SAI_HAS(f->before_local), f->before_local.value.ms);
        values[n++] = f->text && *f->text ? V_TEXT(f->text) : V_NONE;
        values[n++] = number_value(f->min_distance);
        values[n++] = number_value(f->max_distance);
        values[n++] = number_value(f->min_moving_time);
        values[n++] = f->has_heartrate ? V_INTEGER(1) : V_NONE;
        values[n++] = f->has_power ? V_INTEGER(1) : V_NONE;
        values[n++] = f->has_gps ? V_INTEGER(1) : V_NONE;
        values[n++] = V_NONE;
}

/* What a filter says of the member that is sorted by: a page begins at its near end instead of at the end of all rows. */
struct bounds {
        struct sai_opt_f64 low, high; /* low inclusive */
        bool high_inclusive;
};

/* Further than this no wall clock is from UTC (zones reach 14 h): bounds that are days say where in the index of instants to begin, the
 * condition on the local time itself decides. */
enum { WALL_CLOCK_MS = 48 * 3600 * 1000 };

static struct bounds bounds_of(const struct activity_filter *f, enum activity_sort sort)
{
        struct bounds bounds = { .high_inclusive = sort != SORT_START_DATE };
        if (sort == SORT_DISTANCE) {
                bounds.low = f->min_distance;
                bounds.high = f->max_distance;
        } else if (sort == SORT_MOVING_TIME) {
                bounds.low = f->min_moving_time;
        } else if (sort == SORT_START_DATE) {
                if (SAI_HAS(f->after))
                        bounds.low = SAI_SOME(sai_opt_f64, (double)f->after.value.ms);
                else if (SAI_HAS(f->after_local))
                        bounds.low = SAI_SOME(sai_opt_f64, (double)(f->after_local.value.ms - WALL_CLOCK_MS));
                if (SAI_HAS(f->before))
                        bounds.high = SAI_SOME(sai_opt_f64, (double)f->before.value.ms);
                else if (SAI_HAS(f->before_local))
                        bounds.high = SAI_SOME(sai_opt_f64, (double)(f->before_local.value.ms + WALL_CLOCK_MS));
        }
        return bounds;
}

static struct activity_position begin_of(const struct bounds *bounds, bool descending)
{
        struct sai_opt_f64 near = descending ? bounds->high : bounds->low;
        bool after_equals = descending && bounds->high_inclusive; /* equal values lie before the position, or behind it */
        if (SAI_HAS(near))
                return (struct activity_position) { near, store_edge_id(after_equals) };
        double end = descending ? (double)INFINITY : -(double)INFINITY;
        return (struct activity_position) { SAI_SOME(sai_opt_f64, end), store_edge_id(descending) };
}

static void position_values(enum activity_sort sort, const struct activity_position *position, struct value start[2])
{
        double value = position->value.value;
        if (sort != SORT_START_DATE)
                start[0] = V_REAL(value);
        else if (value > -9e18 && value < 9e18)
                start[0] = V_INTEGER((int64_t)value);
        else
                start[0] = V_INTEGER(value > 0 ? INT64_MAX : INT64_MIN);
        start[1] = V_ID(position->id);
}

static sai_status find_range(struct store *store, enum query_id query, const struct value *values, const struct value *start,
                             bool descending, size_t limit, struct sai_arena *arena, struct activity **ret_items,
                             size_t *ret_count, struct sai_err *err)
{
        const struct request request = {
                .query = query, .values = values, .after = start, .descending = descending, .limit = limit
        };
        return store_find(store, &request, arena, (void **)ret_items, ret_count, err);
}

sai_status store_activity_list(struct store *store, struct sai_id user_id, const struct activity_filter *filter,
                               enum activity_sort sort, bool descending, const struct activity_position *after, size_t limit,
                               struct sai_arena *arena, struct activity **ret_items, size_t *ret_count, struct sai_err *err)
{
        static const struct activity_filter everything;
        const struct bounds bounds = bounds_of(filter ? filter : &everything, sort);
        struct value values[FILTER_VALUES], start[2];
        filter_values(user_id, filter ? filter : &everything, values);
        struct activity *valued = NULL, *bare = NULL;
        size_t valued_count = 0, bare_count = 0;

        if (!after || SAI_HAS(after->value)) {
                const struct activity_position begin = after ? *after : begin_of(&bounds, descending);
                position_values(sort, &begin, start);
                sai_status status = find_range(store, QUERY_ACTIVITY_BY_START + (enum query_id)sort, values, start, descending,
                                               limit, arena, &valued, &valued_count, err);
                if (status != SAI_OK)
                        return status;
                after = NULL;
        }
        /* A filter on the member leaves no row without it. */
        bool bare_rows = sort != SORT_START_DATE && !SAI_HAS(bounds.low) && !SAI_HAS(bounds.high);
        if (bare_rows && valued_count < limit) {
                start[0] = V_ID(after ? after->id : store_edge_id(descending));
                sai_status status = find_range(store, QUERY_ACTIVITY_WITHOUT_DISTANCE + (enum query_id)(sort - SORT_DISTANCE),
                                               values, start, descending, limit - valued_count, arena, &bare, &bare_count, err);
                if (status != SAI_OK)
                        return status;
        }
        if (valued_count == 0 || bare_count == 0) {
                *ret_items = valued_count ? valued : bare;
                *ret_count = valued_count + bare_count;
                return SAI_OK;
        }
        struct activity *both = SAI_NEW_ARRAY(arena, struct activity, valued_count + bare_count);
        if (!both)
                return sai_fail(err, SAI_NO_MEMORY, "activities");
        memcpy(both, valued, valued_count * sizeof *both);
        memcpy(both + valued_count, bare, bare_count * sizeof *both);
        *ret_items = both;
        *ret_count = valued_count + bare_count;
        return SAI_OK;
}

struct scan {
        activity_visitor visit;
        void *context;
};

static sai_status scan_row(void *context, const void *row, struct sai_err *err)
{
        const struct scan *scan = context;
        return scan->visit(scan->context, row, err);
}

sai_status store_activity_scan(struct store *store, struct sai_id user_id, activity_visitor visit, void *context,
                               struct sai_err *err)
{
        struct scan scan = { visit, context };
        const struct request request = { .query = QUERY_ACTIVITY_SCAN, .values = VALUES(V_ID(user_id)) };
        return store->backend->ops->visit(store->backend, &request, NULL, scan_row, &scan, err);
}

sai_status store_activity_count(struct store *store, struct sai_id user_id, int64_t *ret_count, struct sai_err *err)
{
        const struct request request = { .query = QUERY_ACTIVITY_COUNT, .values = VALUES(V_ID(user_id)) };
        return store->backend->ops->count(store->backend, &request, ret_count, err);
}

enum { NEAR_LIST = 50 };

sai_status store_activity_near(struct store *store, struct sai_id user_id, struct sai_instant from, struct sai_instant to,
                               struct sai_arena *arena, struct activity **ret_items, size_t *ret_count, struct sai_err *err)
{
        const struct request request = {
                .query = QUERY_ACTIVITY_NEAR,
                .values = VALUES(V_ID(user_id), V_INTEGER(from.ms), V_INTEGER(to.ms)),
                .limit = NEAR_LIST,
        };
        return store_find(store, &request, arena, (void **)ret_items, ret_count, err);
}
