/* data.c -- an athlete's whole history as columns, and what it says of their limits, held in the cache by (user, data version).
 *
 * The version is read from the store with every request, never from a timer, so a hit cannot be stale: it shows at least the commit that the
 * request saw. Many requests that miss at once build it once. */
#include "training/training_internal.h"

#include "analytics/zones.h"
#include "base/limits.h"

void training_init(struct training *training, struct store *store, struct cache *cache, struct sai_clock clock,
                   struct sai_log *log, enum sai_data_policy policy)
{
        *training = (struct training) { .store = store, .cache = cache, .clock = clock, .log = log, .policy = policy };
        for (size_t i = 0; i < TRAINING_LOCKS; i++)
                pthread_mutex_init(&training->locks[i], NULL);
}

void training_done(struct training *training)
{
        for (size_t i = 0; i < TRAINING_LOCKS; i++)
                pthread_mutex_destroy(&training->locks[i]);
}

/* -- One row ---------------------------------------------------------------------------------------------------------- */

static double value_of(struct sai_opt_f64 value) { return sai_opt_or_nan(value); }

static void copy_zones(const struct zone_times *times, double *out, size_t count)
{
        const struct sai_opt_f64 *members[] = {
                &times->z1, &times->z2, &times->z3, &times->z4, &times->z5, &times->z6, &times->z7
        };
        for (size_t i = 0; i < count; i++)
                out[i] = SAI_HAS(*members[i]) ? members[i]->value : 0;
}

static enum reason reason_of(const char *code)
{
        for (int i = 0; code && i < REASON_COUNT; i++) {
                if (strcmp(reason_code((enum reason)i), code) == 0)
                        return (enum reason)i;
        }
        return REASON_NONE;
}

static void fill_row(const struct activity *a, struct column_row *row)
{
        column_row_clear(row);
        row->id = a->id;
        row->start_local = a->start_date_local;
        row->sport = training_sport(a);
        row->load_method =
                SAI_HAS(a->metrics.training_load_method) ? (enum load_method)a->metrics.training_load_method.value : LOAD_NONE;
        row->load_reason = reason_of(a->metrics.load_reason);
        row->flags = (a->source == SOURCE_FILE ? COLUMN_FROM_FILE : COLUMN_FROM_STRAVA) | (a->trainer ? COLUMN_INDOOR : 0);
        row->distance = value_of(a->distance);
        row->moving_time = value_of(a->moving_time);
        row->elapsed_time = value_of(a->elapsed_time);
        row->elevation_gain = value_of(a->total_elevation_gain);
        row->average_heartrate = value_of(a->average_heartrate);
        row->max_heartrate = value_of(a->max_heartrate);
        row->average_cadence = value_of(a->average_cadence);
        row->average_watts = a->has_power ? value_of(a->average_watts) : (double)NAN;
        row->calories = value_of(a->metrics.calories);
        row->training_load = value_of(a->metrics.training_load);
        row->efficiency_factor = value_of(a->metrics.efficiency_factor);
        row->efficiency_score = value_of(a->metrics.efficiency_score);
        copy_zones(&a->metrics.hr_time, row->heartrate_zone_s, HEART_RATE_ZONES);
        copy_zones(&a->metrics.intensity_time, row->intensity_s, INTENSITY_ZONES);
        copy_zones(&a->metrics.output_time, row->output_zone_s, OUTPUT_ZONES);
}

/* -- The scan ------------------------------------------------------------------------------------------------------------ */

struct build {
        struct athlete_data *data;
        struct athlete_evidence *evidence;
        size_t count, capacity;
};

static sai_status visit(void *context, const struct activity *activity, struct sai_err *err)
{
        struct build *build = context;
        /* Rows that came after the count was taken belong to the next data version. */
        if (build->count == build->capacity)
                return SAI_OK;
        (void)err;
        struct column_row row;
        fill_row(activity, &row);
        columns_set(build->data->columns, build->count, &row);
        const struct limit_evidence *e = &activity->metrics.evidence;
        build->evidence[build->count++] = (struct athlete_evidence) { .day = sai_local_day(activity->start_date_local),
                                                                      .peak_heartrate = value_of(e->peak_heartrate),
                                                                      .power_20min = value_of(e->power_20min),
                                                                      .hour_speed = value_of(e->hour_speed),
                                                                      .swim_200 = value_of(e->swim_200),
                                                                      .swim_400 = value_of(e->swim_400) };
        return SAI_OK;
}

static size_t add_dated(struct athlete_dated *out, enum parameter_source source, struct sai_day from,
                        const struct sai_opt_f64 values[PARAMETER_COUNT])
{
        size_t count = 0;
        for (int i = 0; i < PARAMETER_COUNT; i++) {
                if (SAI_HAS(values[i]))
                        out[count++] = (struct athlete_dated) { (enum athlete_parameter_id)i, source, from, values[i].value };
        }
        return count;
}

#define PARAMETERS_OF(row)                                                                                                       \
        (const struct sai_opt_f64[PARAMETER_COUNT])                                                                              \
        {                                                                                                                        \
                [PARAMETER_MAX_HEARTRATE] = (row).max_heartrate, [PARAMETER_RESTING_HEARTRATE] = (row).resting_heartrate,        \
                [PARAMETER_THRESHOLD_HEARTRATE] = (row).threshold_heartrate, [PARAMETER_FTP] = (row).ftp,                        \
                [PARAMETER_THRESHOLD_PACE] = (row).threshold_pace, [PARAMETER_CSS_PACE_100M] = (row).css_pace_100m,              \
                [PARAMETER_WEIGHT] = (row).weight                                                                                \
        }

static struct zone_table custom_zones(const struct user *user)
{
        struct zone_table table = { 0 };
        const double *bounds = user->strava_zones.items;
        for (size_t i = 0; i < user->strava_zones.count && table.count < ZONES_MAX - 1; i++) {
                if (i == 0)
                        table.min[table.count++] = 0;
                table.min[table.count++] = bounds[i];
        }
        return table;
}

/* Dated values: the athlete's own from their days on; Strava's have no date and hold always. */
static sai_status load_history(struct training *training, const struct user *user, struct athlete_data *data, struct sai_err *err)
{
        struct threshold *thresholds;
        size_t count;
        sai_status status = store_threshold_list(training->store, user->id, data->arena, &thresholds, &count, err);
        if (status != SAI_OK)
                return status;
        struct athlete_dated *dated = SAI_NEW_ARRAY(data->arena, struct athlete_dated, (count + 1) * PARAMETER_COUNT);
        if (!dated)
                return sai_fail(err, SAI_NO_MEMORY, "athlete data");
        size_t n = 0;
        for (size_t i = 0; i < count; i++)
                n += add_dated(dated + n, PARAMETER_GIVEN, thresholds[i].from, PARAMETERS_OF(thresholds[i]));
        n += add_dated(dated + n, PARAMETER_STRAVA, (struct sai_day) { 0 }, PARAMETERS_OF(user->strava));
        data->history.dated = dated;
        data->history.dated_count = n;
        data->history.birth_year = user->birth_year;
        data->history.sex = SAI_HAS(user->sex) ? user->sex.value : SEX_UNKNOWN;
        data->history.heartrate_zones = custom_zones(user);
        return SAI_OK;
}

static void destroy_data(void *object)
{
        struct athlete_data *data = object;
        sai_arena_free(data->arena); /* the struct itself lives in it */
}

struct make {
        struct training *training;
        const struct user *user;
};

static sai_status load_rows(struct training *training, const struct user *user, struct athlete_data *data, struct sai_err *err)
{
        int64_t rows = 0;
        sai_status status = store_activity_count(training->store, user->id, &rows, err);
        if (status != SAI_OK)
                return status;
        struct build build = { .data = data, .capacity = (size_t)rows };
        status = columns_begin((size_t)rows, data->arena, &data->columns, err);
        if (status != SAI_OK)
                return status;
        build.evidence = SAI_NEW_ARRAY(data->arena, struct athlete_evidence, build.capacity + 1);
        if (!build.evidence)
                return sai_fail(err, SAI_NO_MEMORY, "athlete data");
        status = store_activity_scan(training->store, user->id, visit, &build, err);
        if (status != SAI_OK)
                return status;
        data->history.evidence = build.evidence;
        data->history.evidence_count = build.count;
        return columns_finish(data->columns, build.count, data->arena, err);
}

static sai_status make_data(void *context, struct cache_value *ret_value, struct sai_err *err)
{
        struct make *make = context;
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MAX_REQUEST_ARENA);
        struct athlete_data *data = arena ? SAI_NEW(arena, struct athlete_data) : NULL;
        if (!data)
                return sai_fail(err, SAI_NO_MEMORY, "athlete data");
        data->arena = arena;
        data->data_version = make->user->data_version;
        sai_status status = load_rows(make->training, make->user, data, err);
        if (status == SAI_OK)
                status = load_history(make->training, make->user, data, err);
        if (status != SAI_OK)
                return status;
        *ret_value = (struct cache_value) { .data = data, .cost = sai_arena_used(arena), .destroy = destroy_data };
        (void)SAI_TAKE(arena);
        return SAI_OK;
}

enum { DATA_KEY = 12 + 1 + 8 };

sai_status training_data(struct training *training, const struct user *user, int64_t deadline_ms, struct cache_entry **ret_entry,
                         const struct athlete_data **ret_data, struct sai_err *err)
{
        uint8_t bytes[DATA_KEY];
        memcpy(bytes, user->id.bytes, 12);
        bytes[12] = 'd';
        memcpy(bytes + 13, &user->data_version, 8);
        struct make make = { training, user };
        struct cache_key key = { .data = bytes, .len = sizeof bytes, .scope_len = 12 };
        sai_status status = cache_get_or_make(training->cache, key, deadline_ms, make_data, &make, ret_entry, err);
        if (status == SAI_OK)
                *ret_data = (*ret_entry)->data;
        return status;
}
