/* facts_activity.c -- the document about one activity.
 *
 * Length and load are held against all activities of the kind in the 28 and 90 days before; pace, heart rate, power, efficiency and
 * climbing only against comparable ones, of half to twice the distance, because a short run is faster than a long one for reasons that say
 * nothing. Whatever came after the activity does not count: it was not known then. */
#include "insights/facts_internal.h"

#include "analytics/metric.h"

#define COMPARABLE_SHORTEST 0.5
#define COMPARABLE_LONGEST  2.0
#define COUPLED_PERCENT     5.0 /* decoupling under 5 % is called coupled (10.2) */
#define COUPLED_SCALE       2.5
#define LONG_PAUSE_DAYS     14.0 /* so long is news without knowing what is usual */
#define CONFIDENCE_MEASURED 1.0
#define CONFIDENCE_ASSUMED  0.6 /* rests on a parameter that nobody gave */
#define CONFIDENCE_FLAWED   0.5 /* the recording says of itself that this channel is not whole */

/* The activity itself, as the columns would have it. */
struct focus {
        const struct activity *activity;
        struct sport_class class;
        struct sai_day day;
        double distance, moving, speed;
        unsigned sources;
        size_t first, end; /* rows of the 90 days before it */
};

/* -- Which rows --------------------------------------------------------------------------------------------------------- */

struct sport_class sport_class_of(enum sport sport, bool indoor)
{
        struct sport_class class = { .family = sport_family(sport), .sport = SPORT_WORKOUT, .indoor = indoor };
        if (class.family == FAMILY_OTHER)
                class.sport = sport;
        class.indoor |= sport == SPORT_VIRTUAL_RIDE || sport == SPORT_VIRTUAL_RUN || sport == SPORT_VIRTUAL_ROW;
        class.assisted = sport == SPORT_E_BIKE_RIDE || sport == SPORT_E_MOUNTAIN_BIKE_RIDE;
        return class;
}

bool sport_class_equal(struct sport_class a, struct sport_class b)
{
        return a.family == b.family && a.sport == b.sport && a.indoor == b.indoor && a.assisted == b.assisted;
}

static double column_distance(const struct athlete_columns *c, size_t i) { return c->distance[i]; }
static double column_moving(const struct athlete_columns *c, size_t i) { return c->moving_time[i]; }
static double column_speed(const struct athlete_columns *c, size_t i)
{
        return c->moving_time[i] > 0 && c->distance[i] > 0 ? c->distance[i] / c->moving_time[i] : ABSENT;
}
static double column_heartrate(const struct athlete_columns *c, size_t i) { return c->average_heartrate[i]; }
static double column_watts(const struct athlete_columns *c, size_t i) { return c->average_watts[i]; }
static double column_load(const struct athlete_columns *c, size_t i) { return c->training_load[i]; }
static double column_efficiency(const struct athlete_columns *c, size_t i) { return c->efficiency_factor[i]; }
static double column_elevation(const struct athlete_columns *c, size_t i) { return c->elevation_gain[i]; }
static double share_of(const uint32_t times[3], int zone)
{
        double total = (double)times[0] + times[1] + times[2];
        return total > 0 ? 100 * times[zone] / total : ABSENT;
}
static double column_easy(const struct athlete_columns *c, size_t i) { return share_of(c->intensity_ms[i], 0); }
static double column_hard(const struct athlete_columns *c, size_t i) { return share_of(c->intensity_ms[i], 2); }

static bool is_comparable(const struct athlete_columns *c, size_t i, const struct focus *f)
{
        bool by_distance = f->distance > 0;
        double ratio = by_distance ? c->distance[i] / f->distance : c->moving_time[i] / f->moving;
        return ratio >= COMPARABLE_SHORTEST && ratio <= COMPARABLE_LONGEST; /* false for NaN */
}

static void compare_window(struct builder *b, struct fact *fact, const struct focus *f,
                           double (*column)(const struct athlete_columns *, size_t), bool comparable_only, int32_t days)
{
        const struct athlete_columns *c = b->in->columns;
        bool is_short = days == SHORT_DAYS;
        struct sample sample = { .against = is_short ? "28_days" : "90_days",
                                 .measure = "median",
                                 .window_display = is_short ? "28 days" : "90 days",
                                 .from = { f->day.number - days },
                                 .to = { f->day.number - 1 },
                                 .values = b->scratch };
        for (size_t i = f->first; i < f->end; i++) {
                double value = column(c, i);
                if (c->day[i].number < sample.from.number || isnan(value) ||
                    !sport_class_equal(sport_class_of_row(c, i), f->class) || (comparable_only && !is_comparable(c, i, f)))
                        continue;
                sample.values[sample.n++] = value;
                sample.sources |= row_sources(c, i);
        }
        /* Where the history is no longer than the nearer window, the longer would claim what it does not hold. */
        const struct fact_comparison *nearer = fact->comparisons.items;
        if (fact->comparisons.count == 0 || nearer->n < (int64_t)sample.n)
                builder_compare(b, fact, &sample);
}

static struct fact *add_compared(struct builder *b, const struct focus *f, enum fact_metric metric, double value,
                                 double confidence, double (*column)(const struct athlete_columns *, size_t),
                                 bool comparable_only)
{
        struct fact *fact = builder_add(b, metric, value, f->sources, confidence);
        if (fact) {
                compare_window(b, fact, f, column, comparable_only, SHORT_DAYS);
                compare_window(b, fact, f, column, comparable_only, LONG_DAYS);
        }
        return fact;
}

/* -- The recording ------------------------------------------------------------------------------------------------------ */

static bool flagged(const struct activity *a, const char *flag)
{
        const char *const *flags = a->quality.flags.items;
        for (size_t i = 0; i < a->quality.flags.count; i++) {
                if (strcmp(flags[i], flag) == 0)
                        return true;
        }
        return false;
}

static bool heartrate_is_flawed(const struct activity *a)
{
        return flagged(a, quality_flag_name(QUALITY_BIT_PARTIAL_HR)) || flagged(a, quality_flag_name(QUALITY_BIT_CADENCE_LOCK)) ||
               flagged(a, quality_flag_name(QUALITY_BIT_HR_IMPLAUSIBLE));
}

static double confidence_of_heartrate(const struct activity *a)
{
        return heartrate_is_flawed(a) ? CONFIDENCE_FLAWED : CONFIDENCE_MEASURED;
}

/* What zones and load rest on besides the sensor. */
static double confidence_of_zones(const struct activity *a)
{
        return confidence_of_heartrate(a) *
               (flagged(a, quality_flag_name(QUALITY_BIT_ASSUMED_PARAMETERS)) ? CONFIDENCE_ASSUMED : CONFIDENCE_MEASURED);
}

static void add_basics(struct builder *b, const struct focus *f)
{
        bool gps_flawed = flagged(f->activity, quality_flag_name(QUALITY_BIT_TELEPORT));
        double confidence = gps_flawed ? CONFIDENCE_FLAWED : CONFIDENCE_MEASURED;
        builder_add(b, FACT_DATE, f->day.number, f->sources, CONFIDENCE_MEASURED);
        add_compared(b, f, FACT_DISTANCE, f->distance > 0 ? f->distance : ABSENT, confidence, column_distance, false);
        add_compared(b, f, FACT_MOVING_TIME, f->moving, CONFIDENCE_MEASURED, column_moving, false);
        add_compared(b, f, FACT_AVERAGE_SPEED, f->speed, confidence, column_speed, true);
        struct sai_opt_f64 gain = f->activity->total_elevation_gain;
        if (!f->class.indoor && f->class.family != FAMILY_SWIM)
                add_compared(b, f, FACT_ELEVATION_GAIN, sai_opt_or_nan(gain), CONFIDENCE_MEASURED, column_elevation, true);
}

static void add_effort(struct builder *b, const struct focus *f)
{
        const struct activity *a = f->activity;
        add_compared(b, f, FACT_AVERAGE_HEARTRATE, sai_opt_or_nan(a->average_heartrate), confidence_of_heartrate(a),
                     column_heartrate, true);
        int method = SAI_HAS(a->metrics.training_load_method) ? a->metrics.training_load_method.value : LOAD_NONE;
        double trust = method == LOAD_HEART_RATE || method == LOAD_HEART_RATE_MEAN ? confidence_of_zones(a) : CONFIDENCE_MEASURED;
        add_compared(b, f, FACT_TRAINING_LOAD, sai_opt_or_nan(a->metrics.training_load), trust, column_load, false);
        if (SAI_HAS(a->average_watts) && SAI_HAS(a->device_watts) && a->device_watts.value) {
                add_compared(b, f, FACT_AVERAGE_WATTS, a->average_watts.value, CONFIDENCE_MEASURED, column_watts, true);
                builder_add(b, FACT_NORMALIZED_POWER, sai_opt_or_nan(a->metrics.np), f->sources, CONFIDENCE_MEASURED);
        }
        add_compared(b, f, FACT_EFFICIENCY, sai_opt_or_nan(a->metrics.efficiency_factor), confidence_of_heartrate(a),
                     column_efficiency, true);
        struct fact *decoupling =
                builder_add(b, FACT_DECOUPLING, sai_opt_or_nan(a->metrics.decoupling), f->sources, confidence_of_heartrate(a));
        builder_threshold(b, decoupling, COUPLED_PERCENT, COUPLED_SCALE, NULL);
}

/* Grade-adjusted pace is held against the activity's own pace: the difference is what the hills cost. */
static void add_grade(struct builder *b, const struct focus *f)
{
        double graded = sai_opt_or_nan(f->activity->metrics.grade_adjusted_pace);
        struct fact *fact =
                f->speed > 0 ? builder_add(b, FACT_GRADE_ADJUSTED_PACE, graded, f->sources, CONFIDENCE_MEASURED) : NULL;
        builder_threshold(b, fact, 1000 / f->speed, 0.03 * 1000 / f->speed, NULL);
}

static void add_intensity(struct builder *b, const struct focus *f)
{
        const struct zone_times *times = &f->activity->metrics.intensity_time;
        const struct sai_opt_f64 zones[3] = { times->z1, times->z2, times->z3 };
        static const enum fact_metric metrics[3] = { FACT_EASY_SHARE, FACT_MIDDLE_SHARE, FACT_HARD_SHARE };
        double total = 0, confidence = confidence_of_zones(f->activity);
        for (int i = 0; i < 3; i++)
                total += SAI_HAS(zones[i]) ? zones[i].value : 0;
        if (!(total > 0))
                return;
        for (int i = 0; i < 3; i++) {
                double share = 100 * (SAI_HAS(zones[i]) ? zones[i].value : 0) / total;
                if (i == 1)
                        builder_add(b, metrics[i], share, f->sources, confidence);
                else
                        add_compared(b, f, metrics[i], share, confidence, i == 0 ? column_easy : column_hard, true);
        }
}

/* -- Best efforts, against those of the 90 days before ---------------------------------------------------------------------- */

static double evidence_power(const struct athlete_evidence *e) { return e->power_20min; }
static double evidence_swim(const struct athlete_evidence *e) { return e->swim_400; }

static void add_best(struct builder *b, const struct focus *f, enum fact_metric metric, struct sai_opt_f64 value,
                     double (*of)(const struct athlete_evidence *))
{
        const struct athlete_history *history = b->in->history;
        struct fact *fact = builder_add(b, metric, sai_opt_or_nan(value), f->sources, CONFIDENCE_MEASURED);
        if (!fact || !history)
                return;
        /* Evidence carries a day, not a source: all that the window holds may be in it. */
        struct sample sample = { .against = "90_days",
                                 .measure = "median",
                                 .window_display = "90 days",
                                 .from = { f->day.number - LONG_DAYS },
                                 .to = { f->day.number - 1 },
                                 .values = b->scratch };
        for (size_t i = f->first; i < f->end; i++)
                sample.sources |= row_sources(b->in->columns, i);
        for (size_t i = 0; i < history->evidence_count && sample.n < b->in->columns->count; i++) {
                const struct athlete_evidence *e = &history->evidence[i];
                if (e->day.number >= sample.from.number && e->day.number <= sample.to.number && of(e) > 0)
                        sample.values[sample.n++] = of(e);
        }
        builder_compare(b, fact, &sample);
}

/* -- The days around it -------------------------------------------------------------------------------------------------------- */

/* Days since the last activity of any kind, against the usual pause between active days. */
static void add_rhythm(struct builder *b, const struct focus *f)
{
        const struct athlete_columns *c = b->in->columns;
        struct sample sample = { .against = "90_days",
                                 .measure = "median",
                                 .window_display = "90 days",
                                 .from = { f->day.number - LONG_DAYS },
                                 .to = { f->day.number - 1 },
                                 .values = b->scratch };
        int32_t last = INT32_MIN;
        for (size_t i = 0; i < f->end && c->day[i].number < f->day.number; i++) {
                if (i >= f->first && last != INT32_MIN && c->day[i].number > last) {
                        sample.values[sample.n++] = c->day[i].number - last;
                        sample.sources |= row_sources(c, i);
                }
                last = c->day[i].number;
        }
        if (last == INT32_MIN)
                return;
        struct fact *fact = builder_add(b, FACT_DAYS_SINCE_LAST, f->day.number - last, f->sources, CONFIDENCE_MEASURED);
        builder_compare(b, fact, &sample);
        if (fact && fact->comparisons.count == 0)
                builder_threshold(b, fact, LONG_PAUSE_DAYS, LONG_PAUSE_DAYS / 2, NULL);
}

static void add_week_so_far(struct builder *b, const struct focus *f)
{
        const struct athlete_columns *c = b->in->columns;
        struct sai_day monday = sai_day_week_start(f->day);
        double time = isnan(f->moving) ? 0 : f->moving, count = 1;
        unsigned sources = f->sources;
        for (size_t i = columns_lower_bound(c, monday); i < f->end; i++) {
                time += isnan(c->moving_time[i]) ? 0 : c->moving_time[i];
                count++;
                sources |= row_sources(c, i);
        }
        const char *scope = b->scope;
        b->scope = "week";
        b->from = monday;
        builder_add(b, FACT_WEEK_COUNT, count, sources, CONFIDENCE_MEASURED);
        builder_add(b, FACT_WEEK_TIME, time > 0 ? time : ABSENT, sources, CONFIDENCE_MEASURED);
        b->from = f->day;
        b->scope = scope;
}

/* -- What is missing ------------------------------------------------------------------------------------------------------------ */

/* How usual it is that activities of this kind have the value: what never was there is not missed. */
static double usual_share(struct builder *b, const struct focus *f, double (*column)(const struct athlete_columns *, size_t))
{
        const struct athlete_columns *c = b->in->columns;
        size_t n = 0, with = 0;
        for (size_t i = f->first; i < f->end; i++) {
                if (!sport_class_equal(sport_class_of_row(c, i), f->class))
                        continue;
                n++;
                with += isnan(column(c, i)) ? 0 : 1;
        }
        return n ? (double)with / (double)n : 0.5;
}

static enum reason known_reason(const char *code)
{
        for (unsigned i = 0; code && i < REASON_COUNT; i++) {
                if (strcmp(reason_code((enum reason)i), code) == 0)
                        return (enum reason)i;
        }
        return REASON_NO_LOAD;
}

static void add_missing(struct builder *b, const struct focus *f)
{
        const struct activity *a = f->activity;
        const struct athlete_columns *c = b->in->columns;
        double comparables = 0;
        for (size_t i = f->first; i < f->end; i++)
                comparables += sport_class_equal(sport_class_of_row(c, i), f->class) && is_comparable(c, i, f);
        if (comparables < COMPARISON_MIN)
                builder_threshold(b, builder_add(b, FACT_COMPARABLES, comparables, f->sources, CONFIDENCE_MEASURED),
                                  COMPARISON_MIN, 1, "90 days");
        if (!(f->distance > 0))
                builder_add_absent(b, FACT_DISTANCE, reason_code(REASON_NO_DISTANCE), usual_share(b, f, column_distance));
        if (!SAI_HAS(a->average_heartrate))
                builder_add_absent(b, FACT_AVERAGE_HEARTRATE, reason_code(REASON_NO_HR), usual_share(b, f, column_heartrate));
        else if (heartrate_is_flawed(a))
                builder_add_absent(b, FACT_EFFICIENCY,
                                   reason_code(flagged(a, quality_flag_name(QUALITY_BIT_PARTIAL_HR)) ? REASON_PARTIAL_HR
                                                                                                     : REASON_UNTRUSTED_HR),
                                   1);
        if (!SAI_HAS(a->metrics.training_load))
                builder_add_absent(b, FACT_TRAINING_LOAD, reason_code(known_reason(a->metrics.load_reason)),
                                   usual_share(b, f, column_load));
}

sai_status facts_of_activity(const struct facts_input *input, struct sai_arena *arena, struct facts **ret_facts,
                             struct sai_err *err)
{
        const struct activity *a = input->activity;
        const struct athlete_columns *c = input->columns;
        struct builder b;
        sai_status status = builder_begin(&b, input, INSIGHT_ACTIVITY, arena, err);
        if (status != SAI_OK)
                return status;
        if (a->sport_type)
                (void)sport_find(a->sport_type, strlen(a->sport_type), &b.facts->sport);
        struct focus f = { .activity = a,
                           .class = sport_class_of(b.facts->sport, a->trainer),
                           .day = sai_local_day(a->start_date_local),
                           .distance = sai_opt_or_nan(a->distance),
                           .moving = sai_opt_or_nan(a->moving_time),
                           .sources = a->source == SOURCE_FILE ? COLUMN_FROM_FILE : COLUMN_FROM_STRAVA };
        f.speed = f.distance > 0 && f.moving > 0 ? f.distance / f.moving : ABSENT;
        f.first = columns_lower_bound(c, (struct sai_day) { f.day.number - LONG_DAYS });
        f.end = columns_lower_bound(c, f.day);
        while (f.end < c->count && c->start_local[f.end] < a->start_date_local.ms)
                f.end++;
        b.family =
                f.class.family == FAMILY_OTHER ? FAMILY_RIDE : f.class.family; /* on skis or in a boat speed is told, not pace */
        b.scope = "activity";
        b.from = b.to = f.day;
        b.facts->activity_id = SAI_SOME(sai_opt_id, a->id);
        b.facts->sport_type = a->sport_type;
        add_basics(&b, &f);
        add_effort(&b, &f);
        add_grade(&b, &f);
        add_intensity(&b, &f);
        if (f.class.family == FAMILY_RIDE)
                add_best(&b, &f, FACT_POWER_20MIN, a->metrics.evidence.power_20min, evidence_power);
        if (b.family == FAMILY_SWIM)
                add_best(&b, &f, FACT_SWIM_400, a->metrics.evidence.swim_400, evidence_swim);
        builder_add_state(&b, f.day);
        add_rhythm(&b, &f);
        add_week_so_far(&b, &f);
        add_missing(&b, &f);
        return builder_end(&b, ret_facts, err);
}
