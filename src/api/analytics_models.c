/* analytics_models.c -- the tables of analytics_models.h. */
#include "api/analytics_models.h"

#include "base/limits.h"

/* -- Queries -------------------------------------------------------------------------------------------------------------------- */

#define RANGE_ROWS(T)                                                                                                            \
        SAI_FIELD(T, from, .example = "\"2026-01-01\"", .doc = "First day"),                                                     \
                SAI_FIELD(T, to, .example = "\"2026-03-31\"", .doc = "Last day; today when left out"),                           \
                SAI_ARRAY(T, sport_type, SAI_K_STR, .flags = SAI_F_REPEATED, .max_items = SAI_MAX_FILTER_VALUES, .max = 64,      \
                          .example = "[\"Run\"]", .doc = "Only these sports; repeatable")

static const char *range_problem(struct sai_opt_day from, struct sai_opt_day to)
{
        if (!SAI_HAS(from) || !SAI_HAS(to))
                return NULL;
        if (to.value.number < from.value.number)
                return "lies after `to`";
        return to.value.number - from.value.number > SAI_MAX_RANGE_DAYS ? "is more than 20 years before `to`" : NULL;
}

#define RANGE_CHECK(T)                                                                                                           \
        const T *q = object;                                                                                                     \
        const char *problem = range_problem(q->from, q->to);                                                                     \
        if (problem)                                                                                                             \
        sai_errors_add(errors, "?from", "not_consistent", "%s", problem)

static void check_range(const void *object, struct sai_errors *errors) { RANGE_CHECK(struct range_request); }
static const struct sai_field range_request_fields[] = { RANGE_ROWS(struct range_request) };
const struct sai_model range_request_model =
        SAI_MODEL_OF(struct range_request, range_request_fields, "RangeQuery", .check = check_range);

static void check_summary(const void *object, struct sai_errors *errors)
{
        RANGE_CHECK(struct summary_request);
        if (SAI_HAS(q->period) && SAI_HAS(q->from))
                sai_errors_add(errors, "?period", "not_consistent", "cannot be given together with `from`");
}
static const char *const compare_values[] = { "previous", NULL };
static const struct sai_enumeration compare_names = { "SummaryCompare", compare_values };
static const struct sai_field summary_request_fields[] = {
        RANGE_ROWS(struct summary_request),
        SAI_FIELD(struct summary_request, period, .enumeration = &analytics_period_enumeration, .default_text = "week",
                  .doc = "Range around `to`"),
        SAI_FIELD(struct summary_request, compare, .enumeration = &compare_names,
                  .doc = "Compare with the period before, over as many days"),
};
const struct sai_model summary_request_model =
        SAI_MODEL_OF(struct summary_request, summary_request_fields, "SummaryQuery", .check = check_summary);

static void check_trends(const void *object, struct sai_errors *errors) { RANGE_CHECK(struct trends_request); }
static const struct sai_field trends_request_fields[] = {
        RANGE_ROWS(struct trends_request),
        SAI_FIELD(struct trends_request, metric, .enumeration = &trend_metric_enumeration, .default_text = "distance",
                  .doc = "What to follow"),
        SAI_FIELD(struct trends_request, bucket, .enumeration = &analytics_bucket_enumeration, .default_text = "week",
                  .doc = "What a point covers"),
        SAI_FIELD(struct trends_request, smooth, .min = 1, .max = TREND_SMOOTH_MAX, .doc = "Trailing mean over so many buckets"),
};
const struct sai_model trends_request_model =
        SAI_MODEL_OF(struct trends_request, trends_request_fields, "TrendsQuery", .check = check_trends);

static void check_zones(const void *object, struct sai_errors *errors) { RANGE_CHECK(struct zones_request); }
static const struct sai_field zones_request_fields[] = {
        RANGE_ROWS(struct zones_request),
        SAI_FIELD(struct zones_request, kind, .enumeration = &zone_kind_enumeration, .default_text = "heartrate",
                  .doc = "Zones of what"),
};
const struct sai_model zones_request_model =
        SAI_MODEL_OF(struct zones_request, zones_request_fields, "ZonesQuery", .check = check_zones);

/* -- What every answer has --------------------------------------------------------------------------------------------------------- */

static const struct sai_field quality_reason_fields[] = {
        SAI_FIELD(struct quality_reason, reason, .example = "\"no_hr\"", .doc = "Reason code"),
        SAI_FIELD(struct quality_reason, count, .doc = "Activities it holds for"),
};
static const struct sai_model quality_reason_model =
        SAI_MODEL_OF(struct quality_reason, quality_reason_fields, "DataQualityReason");
static const struct sai_field data_quality_fields[] = {
        SAI_FIELD(struct data_quality, activities, .doc = "Activities in the range"),
        SAI_FIELD(struct data_quality, with_inputs, .doc = "Those that had what the metric needs"),
        SAI_FIELD(struct data_quality, share, .min = 0, .max = 1, .decimals = 4, .doc = "Their share"),
        SAI_LIST(struct data_quality, missing, &quality_reason_model, .max_items = 64, .doc = "Why the others had not"),
};
static const struct sai_model data_quality_model = SAI_MODEL_OF(struct data_quality, data_quality_fields, "DataQuality");

#define COMMON_ROWS(T, of)                                                                                                       \
        SAI_FIELD_AS(T, of.from, "from", .doc = "First day of the answer"),                                                      \
                SAI_FIELD_AS(T, of.to, "to", .doc = "Last day of the answer"),                                                   \
                SAI_FIELD_AS(T, of.last_active_day, "last_active_day", .doc = "Where the data ends"),                            \
                { .name = "data_quality",                                                                                        \
                  .name_len = 12,                                                                                                \
                  .kind = SAI_K_MODEL,                                                                                           \
                  .offset = offsetof(T, of.data_quality),                                                                        \
                  .model = &data_quality_model,                                                                                  \
                  .doc = "Which activities had the inputs" },                                                                    \
                SAI_FIELD(T, computed_at, .doc = "Commit time of the data that is shown")
#define LIST_AS(T, m, wire, nested, text)                                                                                        \
        {                                                                                                                        \
                .name = wire, .name_len = sizeof(wire) - 1, .kind = SAI_K_LIST, .offset = offsetof(T, m), .model = (nested),     \
                .max_items = 10000, .doc = text                                                                                  \
        }
#define POINTER_AS(T, m, wire, nested, text)                                                                                     \
        {                                                                                                                        \
                .name = wire, .name_len = sizeof(wire) - 1, .kind = SAI_K_MODEL, .offset = offsetof(T, m), .model = (nested),    \
                .flags = SAI_F_POINTER | SAI_F_NULLABLE, .doc = text                                                             \
        }

/* -- Summary ------------------------------------------------------------------------------------------------------------------------- */

#define TOTAL_ROWS(T, of)                                                                                                        \
        SAI_FIELD_AS(T, of.count, "count", .doc = "Activities"),                                                                 \
                SAI_FIELD_AS(T, of.distance, "distance", .unit = "m", .decimals = 2, .doc = "Distance"),                         \
                SAI_FIELD_AS(T, of.moving_time, "moving_time", .unit = "s", .decimals = 2, .doc = "Moving time"),                \
                SAI_FIELD_AS(T, of.elapsed_time, "elapsed_time", .unit = "s", .decimals = 2, .doc = "Elapsed time"),             \
                SAI_FIELD_AS(T, of.elevation_gain, "elevation_gain", .unit = "m", .decimals = 2, .doc = "Climbing"),             \
                SAI_FIELD_AS(T, of.training_load, "training_load", .decimals = 2, .doc = "Load"),                                \
                SAI_FIELD_AS(T, of.average_pace, "average_pace", .unit = "s/km", .decimals = 3,                                  \
                             .doc = "Total moving time by total distance"),                                                      \
                SAI_FIELD_AS(T, of.average_speed, "average_speed", .unit = "m/s", .decimals = 4,                                 \
                             .doc = "Total distance by total moving time"),                                                      \
                SAI_FIELD_AS(T, of.average_heartrate, "average_heartrate", .unit = "bpm", .decimals = 2,                         \
                             .doc = "Weighted by moving time"),                                                                  \
                SAI_FIELD_AS(T, of.calories, "calories", .unit = "kcal", .decimals = 1, .doc = "Energy"),                        \
                SAI_FIELD_AS(T, of.active_days, "active_days", .doc = "Days with an activity")

static const struct sai_field summary_sport_fields[] = {
        SAI_FIELD(struct summary_sport, sport_type, .example = "\"Run\"", .doc = "Sport"),
        TOTAL_ROWS(struct summary_sport, totals),
};
static const struct sai_model summary_sport_model = SAI_MODEL_OF(struct summary_sport, summary_sport_fields, "SummaryBySport");

static const struct sai_field longest_fields[] = {
        SAI_FIELD(struct summary_longest, activity_id, .doc = "The activity"),
        SAI_FIELD(struct summary_longest, sport_type, .example = "\"Run\"", .doc = "Its sport"),
        SAI_FIELD(struct summary_longest, date, .doc = "Its day"),
        SAI_FIELD(struct summary_longest, distance, .unit = "m", .decimals = 2, .doc = "Its distance"),
        SAI_FIELD(struct summary_longest, moving_time, .unit = "s", .decimals = 2, .doc = "Its moving time"),
};
static const struct sai_model longest_model = SAI_MODEL_OF(struct summary_longest, longest_fields, "SummaryLongest");

static const struct sai_field difference_fields[] = {
        SAI_FIELD(struct summary_difference, absolute, .decimals = 4, .doc = "This period minus the one before"),
        SAI_FIELD(struct summary_difference, percentage, .unit = "%", .decimals = 2,
                  .doc = "Of the period before; null when that was 0"),
};
static const struct sai_model difference_model = SAI_MODEL_OF(struct summary_difference, difference_fields, "SummaryDifference");

#define X(member) SAI_MODEL(struct summary_change, member, &difference_model, .doc = "Change of this total"),
static const struct sai_field change_fields[] = { SUMMARY_CHANGE_LIST(X) };
#undef X
static const struct sai_model change_model = SAI_MODEL_OF(struct summary_change, change_fields, "SummaryChange");

#define SUMMARY struct summary_answer
static const struct sai_field summary_answer_fields[] = {
        COMMON_ROWS(SUMMARY, summary),
        TOTAL_ROWS(SUMMARY, summary.totals),
        POINTER_AS(SUMMARY, summary.longest, "longest", &longest_model, "The longest activity"),
        POINTER_AS(SUMMARY, summary.change, "change", &change_model, "Against the period before; null unless asked for"),
        SAI_FIELD_AS(SUMMARY, summary.previous_from, "previous_from", .doc = "First day that was compared with"),
        SAI_FIELD_AS(SUMMARY, summary.previous_to, "previous_to", .doc = "Last day that was compared with"),
        LIST_AS(SUMMARY, summary.by_sport, "by_sport", &summary_sport_model, "The same by sport"),
};
const struct sai_model summary_answer_model =
        SAI_MODEL_OF(SUMMARY, summary_answer_fields, "Summary", .doc = "Totals and averages of a range");

/* -- Trends ---------------------------------------------------------------------------------------------------------------------------- */

static const struct sai_field trend_point_fields[] = {
        SAI_FIELD(struct trend_point, date, .doc = "First day of the bucket"),
        SAI_FIELD(struct trend_point, value, .decimals = 4, .doc = "Sum or mean of the bucket, smoothed when asked for"),
        SAI_FIELD(struct trend_point, n, .doc = "Activities with the value"),
};
static const struct sai_model trend_point_model = SAI_MODEL_OF(struct trend_point, trend_point_fields, "TrendPoint");

static const struct sai_field trend_line_fields[] = {
        SAI_FIELD(struct trend_line, direction, .enumeration = &trend_direction_enumeration,
                  .doc = "What the line says; stable when it may be nothing"),
        SAI_FIELD(struct trend_line, slope_per_week, .decimals = 6, .doc = "Change a week"),
        SAI_ARRAY(struct trend_line, ci95, SAI_K_F64, .max_items = 2, .decimals = 6, .example = "[-120.5,310.25]",
                  .doc = "95 % interval of the slope"),
        SAI_FIELD(struct trend_line, p_value, .min = 0, .max = 1, .decimals = 6,
                  .doc = "How likely a slope like this is by chance"),
        SAI_FIELD(struct trend_line, method, .example = "\"ols\"", .doc = "How the line was fitted"),
        SAI_FIELD(struct trend_line, n, .doc = "Buckets fitted"),
};
static const struct sai_model trend_line_model = SAI_MODEL_OF(struct trend_line, trend_line_fields, "TrendLine");

static const struct sai_field change_point_fields[] = {
        SAI_FIELD(struct trend_change_point, date, .doc = "First bucket of the new level"),
        SAI_FIELD(struct trend_change_point, before, .decimals = 4, .doc = "Mean before"),
        SAI_FIELD(struct trend_change_point, after, .decimals = 4, .doc = "Mean after"),
};
static const struct sai_model change_point_model =
        SAI_MODEL_OF(struct trend_change_point, change_point_fields, "TrendChangePoint");

#define TRENDS struct trends_answer
static const struct sai_field trends_answer_fields[] = {
        COMMON_ROWS(TRENDS, trends),
        SAI_FIELD_AS(TRENDS, trends.metric, "metric", .enumeration = &trend_metric_enumeration, .doc = "What is followed"),
        SAI_FIELD_AS(TRENDS, trends.unit, "unit", .example = "\"m\"", .doc = "Its unit"),
        LIST_AS(TRENDS, trends.points, "points", &trend_point_model, "Every bucket of the range"),
        { .name = "trend",
          .name_len = 5,
          .kind = SAI_K_MODEL,
          .offset = offsetof(TRENDS, trends.trend),
          .model = &trend_line_model,
          .doc = "The line through them" },
        LIST_AS(TRENDS, trends.change_points, "change_points", &change_point_model, "Where the level changed"),
};
const struct sai_model trends_answer_model = SAI_MODEL_OF(TRENDS, trends_answer_fields, "Trends", .doc = "One metric over time");

/* -- Zones ------------------------------------------------------------------------------------------------------------------------------ */

static const struct sai_field zone_band_fields[] = {
        SAI_FIELD(struct zone_band, zone, .doc = "Number, from 1"),
        SAI_FIELD(struct zone_band, name, .example = "\"Endurance\"", .doc = "Name"),
        SAI_FIELD(struct zone_band, min, .decimals = 3, .doc = "Lower bound; null where it is open"),
        SAI_FIELD(struct zone_band, max, .decimals = 3, .doc = "Upper bound; null where it is open"),
        SAI_FIELD(struct zone_band, time, .unit = "s", .decimals = 1, .doc = "Time in it"),
        SAI_FIELD(struct zone_band, percentage, .min = 0, .max = 100, .decimals = 2, .doc = "Share of the time in all zones"),
};
static const struct sai_model zone_band_model = SAI_MODEL_OF(struct zone_band, zone_band_fields, "ZoneBand");

#define ZONES struct zones_answer
static const struct sai_field zones_answer_fields[] = {
        COMMON_ROWS(ZONES, zones),
        SAI_FIELD_AS(ZONES, zones.kind, "kind", .enumeration = &zone_kind_enumeration, .doc = "Zones of what"),
        SAI_FIELD_AS(ZONES, zones.unit, "unit", .example = "\"bpm\"", .doc = "Unit of the bounds"),
        LIST_AS(ZONES, zones.zones, "zones", &zone_band_model, "The zones, lowest first"),
        SAI_FIELD_AS(ZONES, zones.polarization_index, "polarization_index", .decimals = 4, .doc = "Above 2 is called polarised"),
        SAI_FIELD_AS(ZONES, zones.source, "source", .enumeration = &parameter_source_names,
                     .doc = "Where the parameter behind the bounds comes from"),
};
const struct sai_model zones_answer_model = SAI_MODEL_OF(ZONES, zones_answer_fields, "Zones", .doc = "Time in zones");

/* -- Fitness ---------------------------------------------------------------------------------------------------------------------------- */

#define POINT(m, ...) SAI_FIELD(struct fitness_point, m, __VA_ARGS__)
static const struct sai_field fitness_point_fields[] = {
        POINT(date, .doc = "The day"),
        POINT(load, .decimals = 4, .doc = "Load of the day"),
        POINT(ctl, .decimals = 4, .doc = "Fitness: 42-day average of the load"),
        POINT(atl, .decimals = 4, .doc = "Fatigue: 7-day average of the load"),
        POINT(tsb, .decimals = 4, .doc = "Form of the morning: yesterday's fitness minus fatigue"),
        POINT(ramp_rate, .decimals = 4, .doc = "Fitness against 7 days before"),
        POINT(monotony, .decimals = 4, .doc = "Mean by deviation of the last 7 days"),
        POINT(strain, .decimals = 4, .doc = "Load of the week times monotony"),
        POINT(acwr, .decimals = 4, .doc = "Last 7 days against the last 28; no measure of injury risk"),
        POINT(warming_up, .doc = "Within the first 42 days, when fitness has not arrived yet"),
        POINT(projected, .doc = "After today"),
};
static const struct sai_model fitness_point_model = SAI_MODEL_OF(struct fitness_point, fitness_point_fields, "FitnessPoint");

static const struct sai_field forecast_fields[] = {
        SAI_FIELD(struct fitness_forecast, date, .doc = "The day"),
        SAI_FIELD(struct fitness_forecast, ctl, .decimals = 4, .doc = "Fitness without training from today on"),
        SAI_FIELD(struct fitness_forecast, atl, .decimals = 4, .doc = "Fatigue without training"),
        SAI_FIELD(struct fitness_forecast, tsb, .decimals = 4, .doc = "Form without training"),
};
static const struct sai_model forecast_model = SAI_MODEL_OF(struct fitness_forecast, forecast_fields, "FitnessForecast");

#define FITNESS struct fitness_answer
static const struct sai_field fitness_answer_fields[] = {
        COMMON_ROWS(FITNESS, fitness),
        LIST_AS(FITNESS, fitness.points, "points", &fitness_point_model, "Every day of the range since the first load"),
        POINTER_AS(FITNESS, fitness.today, "today", &fitness_point_model, "Today; null before any load"),
        LIST_AS(FITNESS, fitness.forecast, "forecast", &forecast_model, "The next four weeks without training"),
};
const struct sai_model fitness_answer_model =
        SAI_MODEL_OF(FITNESS, fitness_answer_fields, "Fitness", .doc = "Fitness, fatigue and form");
