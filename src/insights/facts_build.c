/* facts_build.c -- adding facts to a document: values, texts, comparisons and how far to trust them. */
#include "insights/facts_internal.h"

#include "analytics/format.h"
#include "analytics/trend.h"

/* With so many values the centre is as good as known; half of the trust comes with the first few. */
#define CONFIDENCE_HALF 3.0
#define PERCENT_MOST    200.0

sai_status builder_begin(struct builder *b, const struct facts_input *input, enum insight_kind kind, struct sai_arena *arena,
                         struct sai_err *err)
{
        *b = (struct builder) { .in = input, .arena = arena };
        b->facts = SAI_NEW(arena, struct facts);
        b->items = SAI_NEW_ARRAY(arena, struct fact, FACTS_MAX);
        b->scratch = SAI_NEW_ARRAY(arena, double, 2 * (input->columns->count + LONG_DAYS + 1));
        if (!b->facts || !b->items || !b->scratch)
                return sai_fail(err, SAI_NO_MEMORY, "facts");
        *b->facts = (struct facts) {
                .version = FACTS_VERSION, .kind = (int)kind, .units = (int)input->units, .sport = SPORT_WORKOUT
        };
        return SAI_OK;
}

sai_status builder_end(struct builder *b, struct facts **ret_facts, struct sai_err *err)
{
        if (b->no_memory)
                return sai_fail(err, SAI_NO_MEMORY, "facts");
        b->facts->items = (struct sai_list) { b->items, b->count };
        *ret_facts = b->facts;
        return SAI_OK;
}

/* -- Texts ------------------------------------------------------------------------------------------------------------- */

static const char *keep(struct builder *b, const char *text)
{
        if (!text[0])
                return NULL;
        const char *copy = sai_arena_strdup(b->arena, text);
        b->no_memory |= !copy;
        return copy;
}

static const char *with_unit(struct builder *b, double value, int decimals, const char *unit)
{
        char number[FORMAT_TEXT];
        if (!format_decimal(value, decimals, number))
                return NULL;
        const char *text = sai_arena_printf(b->arena, "%s%s", strcmp(number, "-0") == 0 ? "0" : number, unit);
        b->no_memory |= !text;
        return text;
}

static const char *days_text(struct builder *b, double days)
{
        return with_unit(b, days, 0, llround(days) == 1 ? " day" : " days");
}

/* "5 h 12 min", "45 min", "40 s": as people speak of sums, where seconds are noise. */
static const char *span_text(struct builder *b, double seconds)
{
        if (!(seconds >= 0 && seconds < 1e9))
                return NULL;
        long long minutes = llround(seconds / 60), hours = minutes / 60;
        const char *text = seconds < 59.5      ? sai_arena_printf(b->arena, "%lld s", (long long)llround(seconds))
                           : hours == 0        ? sai_arena_printf(b->arena, "%lld min", minutes)
                           : minutes % 60 == 0 ? sai_arena_printf(b->arena, "%lld h", hours)
                                               : sai_arena_printf(b->arena, "%lld h %lld min", hours, minutes % 60);
        b->no_memory |= !text;
        return text;
}

const char *builder_date(struct builder *b, struct sai_day day)
{
        static const char *const months[] = { "January", "February", "March",     "April",   "May",      "June",
                                              "July",    "August",   "September", "October", "November", "December" };
        int year, month, day_of_month;
        sai_day_to_civil(day, &year, &month, &day_of_month);
        const char *text = sai_arena_printf(b->arena, "%d %s %d", day_of_month, months[month - 1], year);
        b->no_memory |= !text;
        return text;
}

const char *builder_display(struct builder *b, enum fact_metric metric, double value)
{
        char text[FORMAT_TEXT] = "";
        enum unit_system units = b->in->units;
        if (!isfinite(value))
                return NULL;
        switch (fact_metric_infos[metric].shape) {
        case SHAPE_DATE:
                return builder_date(b, (struct sai_day) { (int32_t)value });
        case SHAPE_DISTANCE:
                format_sport_distance(b->family, value, units, text);
                return keep(b, text);
        case SHAPE_DURATION:
                format_duration(value, text);
                return keep(b, text);
        case SHAPE_SPAN:
                return span_text(b, fabs(value));
        case SHAPE_SPEED:
                format_sport_pace(b->family, value, units, text);
                return keep(b, text);
        case SHAPE_PACE:
                format_pace(1000 / value, units, text);
                return keep(b, text);
        case SHAPE_ELEVATION:
                format_elevation(value, units, text);
                return keep(b, text);
        case SHAPE_BPM:
                return with_unit(b, value, 0, " bpm");
        case SHAPE_WATTS:
                return with_unit(b, value, 0, " W");
        case SHAPE_WHOLE:
                return with_unit(b, value, 0, "");
        case SHAPE_DECIMAL:
                return with_unit(b, value, metric == FACT_EFFICIENCY ? 2 : 1, metric == FACT_DECOUPLING ? " %" : "");
        case SHAPE_PERCENT:
                return with_unit(b, value, 0, " %");
        case SHAPE_DAYS:
                return days_text(b, value);
        }
        return NULL;
}

/* Differences are taken between what is shown, or "130, 99 less than 230" makes the reader doubt the rest. */
static double shown_difference(double value, double center, double step)
{
        return fabs(round(value / step) - round(center / step)) * step;
}

/* Pace differences in seconds per unit, because that is how runners and swimmers speak of them. */
static const char *pace_difference(struct builder *b, double a, double c, double meters, const char *per)
{
        double seconds = shown_difference(meters / a, meters / c, 1);
        char time[FORMAT_TEXT];
        if (!(seconds >= 0.5) || !format_pace_time(seconds, time))
                return NULL;
        const char *text = seconds < 60 ? sai_arena_printf(b->arena, "%lld s%s", llround(seconds), per)
                                        : sai_arena_printf(b->arena, "%s %s", time, per);
        b->no_memory |= !text;
        return text;
}

static const char *speed_difference(struct builder *b, double a, double c)
{
        bool imperial = b->in->units == UNITS_IMPERIAL;
        if (b->family == FAMILY_RIDE) {
                double scale = imperial ? 3600 / METERS_PER_MILE : 3.6, difference = shown_difference(a * scale, c * scale, 0.1);
                return difference < 0.05 ? NULL : with_unit(b, difference, 1, imperial ? " mph" : " km/h");
        }
        if (b->family == FAMILY_SWIM)
                return pace_difference(b, a, c, imperial ? 100 * METERS_PER_YARD : 100, imperial ? "/100 yd" : "/100 m");
        return pace_difference(b, a, c, imperial ? METERS_PER_MILE : 1000, imperial ? "/mi" : "/km");
}

/* The smallest difference that a text of this shape shows, in its unit. */
static double step_of(const struct builder *b, enum fact_shape shape)
{
        bool imperial = b->in->units == UNITS_IMPERIAL;
        switch (shape) {
        case SHAPE_DISTANCE:
                if (b->family == FAMILY_SWIM)
                        return imperial ? METERS_PER_YARD : 1;
                return imperial ? METERS_PER_MILE / 100 : 10;
        case SHAPE_ELEVATION:
                return imperial ? METERS_PER_FOOT : 1;
        case SHAPE_SPAN:
                return 60;
        case SHAPE_DECIMAL:
                return 0.1;
        default:
                return 1;
        }
}

const char *builder_difference(struct builder *b, enum fact_metric metric, double value, double center)
{
        enum fact_shape shape = fact_metric_infos[metric].shape;
        double step = step_of(b, shape), difference = shown_difference(value, center, step);
        if (shape == SHAPE_SPEED)
                return speed_difference(b, value, center);
        if (shape == SHAPE_PACE)
                return speed_difference(b, 1000 / value, 1000 / center);
        if (metric == FACT_EFFICIENCY) /* told in percent */
                return value == center ? NULL : builder_display(b, metric, fabs(value - center));
        if (!(difference >= step / 2) || shape == SHAPE_DATE)
                return NULL;
        if (shape == SHAPE_DURATION)
                return span_text(b, difference);
        if (shape == SHAPE_PERCENT) /* of a share the difference is in points, or it would read as a share of a share */
                return with_unit(b, difference, 0, llround(difference) == 1 ? " point" : " points");
        return builder_display(b, metric, difference);
}

/* -- Facts -------------------------------------------------------------------------------------------------------------- */

static void set_sources(struct builder *b, struct fact *fact, unsigned sources)
{
        const char **names = SAI_NEW_ARRAY(b->arena, const char *, 2);
        const char *const *had = fact->sources.items;
        size_t n = 0;
        if (!names) {
                b->no_memory = true;
                return;
        }
        for (size_t i = 0; i < fact->sources.count; i++)
                sources |= strcmp(had[i], source_kind_names.values[SOURCE_FILE]) == 0 ? COLUMN_FROM_FILE : COLUMN_FROM_STRAVA;
        if (sources & COLUMN_FROM_STRAVA)
                names[n++] = source_kind_names.values[SOURCE_STRAVA_API];
        if (sources & COLUMN_FROM_FILE)
                names[n++] = source_kind_names.values[SOURCE_FILE];
        fact->sources = (struct sai_list) { names, n };
}

static struct fact *append(struct builder *b, enum fact_metric metric, double confidence)
{
        if (b->count == FACTS_MAX)
                return NULL;
        struct fact *fact = &b->items[b->count++];
        *fact = (struct fact) { .id = sai_arena_printf(b->arena, "f%zu", b->count),
                                .metric = (int)metric,
                                .unit = fact_metric_infos[metric].unit[0] ? fact_metric_infos[metric].unit : NULL,
                                .scope = b->scope,
                                .from = SAI_SOME(sai_opt_day, b->from),
                                .to = SAI_SOME(sai_opt_day, b->to),
                                .sample_size = 1,
                                .confidence = confidence };
        b->no_memory |= !fact->id;
        return fact;
}

struct fact *builder_add(struct builder *b, enum fact_metric metric, double value, unsigned sources, double confidence)
{
        const char *display = builder_display(b, metric, value);
        struct fact *fact = display ? append(b, metric, confidence) : NULL;
        if (!fact)
                return NULL;
        fact->value = SAI_SOME(sai_opt_f64, value);
        fact->display = display;
        set_sources(b, fact, sources);
        return fact;
}

struct fact *builder_add_absent(struct builder *b, enum fact_metric metric, const char *reason, double confidence)
{
        struct fact *fact = append(b, metric, confidence);
        if (fact)
                fact->absent = reason;
        return fact;
}

/* -- Comparisons ---------------------------------------------------------------------------------------------------------- */

static struct fact_comparison *next_comparison(struct builder *b, struct fact *fact)
{
        if (!fact->comparisons.items)
                fact->comparisons.items = SAI_NEW_ARRAY(b->arena, struct fact_comparison, COMPARISONS_MAX);
        if (!fact->comparisons.items) {
                b->no_memory = true;
                return NULL;
        }
        if (fact->comparisons.count == COMPARISONS_MAX)
                return NULL;
        return (struct fact_comparison *)fact->comparisons.items + fact->comparisons.count++;
}

static void set_difference(struct builder *b, const struct fact *fact, struct fact_comparison *c)
{
        enum fact_metric metric = (enum fact_metric)fact->metric;
        double value = fact->value.value;
        c->delta = value - c->center;
        c->center_display = builder_display(b, metric, c->center);
        c->delta_display = builder_difference(b, metric, value, c->center);
        if (fabs(c->center) > 1e-9) {
                double percent = 100 * c->delta / fabs(c->center);
                c->percent = SAI_SOME(sai_opt_f64, percent);
                /* Beyond it the centre was next to nothing, and the percentage says no more than that. */
                if (fabs(percent) >= 0.5 && fabs(percent) < PERCENT_MOST)
                        c->percent_display = with_unit(b, fabs(percent), 0, " %");
        }
        int better = fact_metric_infos[metric].better;
        if (c->delta_display && better != 0)
                c->direction = (c->delta > 0) == (better > 0) ? DIRECTION_BETTER : DIRECTION_WORSE;
}

static enum fact_extreme extreme_of(double value, const double *values, size_t n)
{
        bool highest = true, lowest = true;
        for (size_t i = 0; i < n; i++) {
                highest &= value > values[i];
                lowest &= value < values[i];
        }
        return n < EXTREME_MIN ? EXTREME_NONE : highest ? EXTREME_HIGHEST : lowest ? EXTREME_LOWEST : EXTREME_NONE;
}

static double mean_of(const double *values, size_t n)
{
        double sum = 0;
        for (size_t i = 0; i < n; i++)
                sum += values[i];
        return sum / (double)n;
}

static void set_z(struct builder *b, struct fact_comparison *c, double value, const struct sample *sample)
{
        struct robust_center center;
        const double *values = sample->spread ? sample->spread : sample->values;
        size_t n = sample->spread ? sample->spread_n : sample->n;
        if (robust_center(values, n, b->arena, &center) != SAI_OK) {
                b->no_memory = true;
                return;
        }
        double z = robust_z(&center, value);
        if (isfinite(z))
                c->z = SAI_SOME(sai_opt_f64, z);
}

void builder_compare(struct builder *b, struct fact *fact, const struct sample *sample)
{
        struct fact_comparison *c = fact && sample->n >= COMPARISON_MIN ? next_comparison(b, fact) : NULL;
        if (!c)
                return;
        bool mean = strcmp(sample->measure, "mean") == 0;
        *c = (struct fact_comparison) { .against = sample->against,
                                        .measure = sample->measure,
                                        .from = SAI_SOME(sai_opt_day, sample->from),
                                        .to = SAI_SOME(sai_opt_day, sample->to),
                                        .n = (int64_t)sample->n,
                                        .window_display = sample->window_display };
        c->extreme = (int)extreme_of(fact->value.value, sample->values, sample->n);
        set_z(b, c, fact->value.value, sample);
        c->n_display = with_unit(b, (double)sample->n, 0, "");
        c->center = mean ? mean_of(sample->values, sample->n) : median_of(sample->values, sample->n);
        set_difference(b, fact, c);
        set_sources(b, fact, sample->sources);
        /* The second comparison is made on the same recording: what the first took off stays off. */
        double before = fact->comparisons.count == 1 ? fact->confidence
                                                     : fact->confidence * (1 + CONFIDENCE_HALF / (double)fact->sample_size);
        fact->sample_size = fact->sample_size > c->n ? fact->sample_size : c->n;
        fact->confidence = fmin(1, before) * (double)fact->sample_size / ((double)fact->sample_size + CONFIDENCE_HALF);
}

void builder_threshold(struct builder *b, struct fact *fact, double threshold, double scale, const char *window_display)
{
        struct fact_comparison *c = fact ? next_comparison(b, fact) : NULL;
        if (!c)
                return;
        *c = (struct fact_comparison) {
                .against = "threshold", .measure = "threshold", .center = threshold, .window_display = window_display
        };
        c->z = SAI_SOME(sai_opt_f64, (fact->value.value - threshold) / scale);
        set_difference(b, fact, c);
        if (fact_metric_infos[fact->metric].shape == SHAPE_DECIMAL && nearbyint(threshold) == threshold)
                c->center_display = with_unit(b, threshold, 0, fact->metric == FACT_DECOUPLING ? " %" : "");
}
