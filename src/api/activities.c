/* activities.c -- the list and one activity. */
#include "api/api_internal.h"

#include "base/limits.h"
#include <string.h>

/* -- Query models ------------------------------------------------------------------------------------------------------------ */

static const char *const has_values[] = { "heartrate", "power", "gps", NULL };
static const struct sai_enumeration has_names = { "ActivityHas", has_values };
enum { HAS_HEARTRATE, HAS_POWER, HAS_GPS };

static const char *const sort_values[] = { "start_date",
                                           "-start_date",
                                           "distance",
                                           "-distance",
                                           "moving_time",
                                           "-moving_time",
                                           "average_speed",
                                           "-average_speed",
                                           "total_elevation_gain",
                                           "-total_elevation_gain",
                                           "training_load",
                                           "-training_load",
                                           NULL };
static const struct sai_enumeration sort_names = { "ActivitySort", sort_values };

/* A bound is a day (by the activity's own wall clock) or an instant. */
struct activity_query {
        struct sai_list sport_type; /* const char * */
        const char *type, *after, *before, *q;
        struct sai_opt_f64 min_distance, max_distance, min_duration;
        struct sai_list has; /* int */
        struct sai_opt_enum sort;
        struct sai_opt_i64 limit;
        const char *cursor;
};

const char *api_check_day_or_instant(const struct sai_field *field, const void *value)
{
        (void)field;
        const char *text = *(const char *const *)value;
        struct sai_day day;
        struct sai_instant instant;
        if (!text || sai_day_parse(text, strlen(text), &day) || sai_instant_parse(text, strlen(text), &instant))
                return NULL;
        return "is neither a day (2026-11-22) nor an instant (2026-11-22T08:15:30Z)";
}

#define QUERY(m, ...) SAI_FIELD(struct activity_query, m, __VA_ARGS__)
static const struct sai_field activity_query_fields[] = {
        SAI_ARRAY(struct activity_query, sport_type, SAI_K_STR, .flags = SAI_F_REPEATED, .max_items = SAI_MAX_FILTER_VALUES,
                  .max = 64, .example = "[\"Run\"]", .doc = "Only these sports; repeatable"),
        QUERY(type, .max = 64, .example = "\"Run\"", .doc = "Only this coarser sport"),
        QUERY(after, .check = api_check_day_or_instant, .max = 40, .example = "\"2026-01-01\"",
              .doc = "From this day or instant on, inclusive"),
        QUERY(before, .check = api_check_day_or_instant, .max = 40, .example = "\"2026-12-31\"",
              .doc = "Until this day or instant, exclusive"),
        QUERY(q, .max = SAI_MAX_SEARCH_TEXT, .example = "\"tempo\"", .doc = "Part of the name, taken literally"),
        QUERY(min_distance, .unit = "m", .min = 0, .max = 1e8, .doc = "At least this far"),
        QUERY(max_distance, .unit = "m", .min = 0, .max = 1e8, .doc = "At most this far"),
        QUERY(min_duration, .unit = "s", .min = 0, .max = 1e8, .doc = "Moving time of at least so long"),
        SAI_ARRAY(struct activity_query, has, SAI_K_ENUM, .enumeration = &has_names, .flags = SAI_F_REPEATED, .max_items = 3,
                  .example = "[\"heartrate\"]", .doc = "Must have all of these"),
        QUERY(sort, .enumeration = &sort_names, .default_text = "-start_date",
              .doc = "Order; `-` is descending; what has no value sorts last"),
        QUERY(limit, .min = 1, .max = SAI_PAGE_MAX, .default_text = "30", .doc = "Items of a page"),
        QUERY(cursor, .max = SAI_MAX_CURSOR, .doc = "`next_cursor` of the page before"),
};

static void check_ranges(const void *object, struct sai_errors *errors);
static const struct sai_model activity_query_model =
        SAI_MODEL_OF(struct activity_query, activity_query_fields, "ActivityQuery", .check = check_ranges);

/* -- The filter ------------------------------------------------------------------------------------------------------------------ */

static void read_bound(const char *text, struct sai_opt_instant *instant, struct sai_opt_local *local)
{
        struct sai_day day;
        struct sai_instant at;
        if (!text)
                return;
        if (sai_day_parse(text, strlen(text), &day))
                *local = SAI_SOME(sai_opt_local, ((struct sai_local) { (int64_t)day.number * 86400000 }));
        else if (sai_instant_parse(text, strlen(text), &at))
                *instant = SAI_SOME(sai_opt_instant, at);
}

static void check_ranges(const void *object, struct sai_errors *errors)
{
        const struct activity_query *q = object;
        struct activity_filter f = { 0 };
        read_bound(q->after, &f.after, &f.after_local);
        read_bound(q->before, &f.before, &f.before_local);
        if ((SAI_HAS(f.after) && SAI_HAS(f.before) && f.before.value.ms < f.after.value.ms) ||
            (SAI_HAS(f.after_local) && SAI_HAS(f.before_local) && f.before_local.value.ms < f.after_local.value.ms))
                sai_errors_add(errors, "?before", "not_consistent", "ends before `after` begins");
        if (SAI_HAS(q->min_distance) && SAI_HAS(q->max_distance) && q->max_distance.value < q->min_distance.value)
                sai_errors_add(errors, "?max_distance", "not_consistent", "is below `min_distance`");
}

static struct activity_filter filter_of(const struct activity_query *q)
{
        struct activity_filter f = {
                .sport_types = q->sport_type.items,
                .sport_type_count = q->sport_type.count,
                .type = q->type,
                .text = q->q && q->q[0] ? q->q : NULL,
                .min_distance = q->min_distance,
                .max_distance = q->max_distance,
                .min_moving_time = q->min_duration,
        };
        read_bound(q->after, &f.after, &f.after_local);
        read_bound(q->before, &f.before, &f.before_local);
        const int *has = q->has.items;
        for (size_t i = 0; i < q->has.count; i++) {
                f.has_heartrate |= has[i] == HAS_HEARTRATE;
                f.has_power |= has[i] == HAS_POWER;
                f.has_gps |= has[i] == HAS_GPS;
        }
        return f;
}

/* -- Handlers --------------------------------------------------------------------------------------------------------------------- */

static sai_status list_activities(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        struct api *api = api_of(request);
        const struct activity_query *query = request->params_in;
        struct sai_id user_id = request->principal.user_id;
        if (api_cached_reply(request, reply))
                return SAI_OK;
        struct activity_filter filter = filter_of(query);
        int sorted = SAI_HAS(query->sort) ? query->sort.value : 1;
        enum activity_sort sort = (enum activity_sort)(sorted / 2);
        size_t limit = SAI_HAS(query->limit) ? (size_t)query->limit.value : SAI_PAGE_DEFAULT;
        struct activity_position after, *from = NULL;
        struct sai_text canonical = cursor_filter(request);
        sai_status status = SAI_OK;
        if (query->cursor) {
                struct cursor cursor;
                status = cursor_read(api, user_id, canonical, query->cursor, &cursor, err);
                after = (struct activity_position) { cursor.value, cursor.id };
                from = &after;
        }
        struct activity *items;
        size_t count;
        if (status == SAI_OK)
                status = store_activity_list(api->store, user_id, &filter, sort, sorted % 2 == 1, from, limit + 1, request->arena,
                                             &items, &count, err);
        if (status != SAI_OK)
                return status;
        const char *next = NULL;
        if (count > limit) {
                count = limit;
                struct activity_position last = activity_position_of(&items[limit - 1], sort);
                next = cursor_make(api, user_id, canonical, (struct cursor) { last.value, last.id }, request->arena);
                if (!next)
                        return sai_fail(err, SAI_NO_MEMORY, "cursor");
        }
        for (size_t i = 0; i < count && status == SAI_OK; i++)
                status = api_present_activity(&items[i], api_user(request), request->arena, err);
        if (status == SAI_OK)
                status = sai_reply_list(request, reply, &activity_model, items, count, next, err);
        if (status == SAI_OK)
                api_keep_reply(request, reply);
        return status;
}

static sai_status get_activity(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        struct activity activity;
        sai_status status = store_activity_get(api_of(request)->store, request->principal.user_id, request->ids[0],
                                               request->arena, &activity, err);
        if (status == SAI_OK)
                status = api_present_activity(&activity, api_user(request), request->arena, err);
        return status == SAI_OK ? sai_reply_model(reply, &activity_detail_model, &activity, err) : status;
}

static const sai_status list_problems[] = { SAI_BAD_CURSOR, SAI_OK };

const struct sai_route activity_routes[] = {
        { "GET", "/api/v1/activities", list_activities, .auth = SAI_AUTH_USER, .run = SAI_RUN_INLINE, .rate = SAI_RATE_READ,
          .query = &activity_query_model, .out = &activity_model, .out_list = true, .tag = "activities",
          .operation = "listActivities", .summary = "Activities, newest first", .problems = list_problems },
        { "GET", "/api/v1/activities/:id", get_activity, .auth = SAI_AUTH_USER, .run = SAI_RUN_INLINE, .rate = SAI_RATE_READ,
          .out = &activity_detail_model, .tag = "activities", .operation = "getActivity",
          .summary = "One activity, with laps and best efforts" },
        { 0 },
};
