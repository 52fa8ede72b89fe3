/* facts_week.c -- the document about one week.
 *
 * A week is held against the mean of the 4 and the 12 weeks before it; how unusual it is, by the spread of those 12. Weeks before the
 * first activity never happened and are left out; weeks of rest count as zero. A week that still runs is compared with as many days of
 * the others (17.1), or every Tuesday would look like a collapse. */
#include "insights/facts_internal.h"

#include "analytics/trend.h"
#include "analytics/zones.h"

enum { WEEK_DAYS = 7, TREND_MIN = 8, PAUSE_DAYS = 14 };
#define TREND_P 0.05

struct week {
        double time, distance, load, elevation, count, active_days, longest, easy, middle, hard, without_load;
        unsigned sources;
};

struct weeks {
        struct sport_class main; /* kind with most moving time in the week: distances of other kinds do not add up */
        int32_t days; /* that count of each week */
        struct week now, before[LONG_WEEKS];
        size_t n; /* weeks before that exist, nearest first */
};

static double or_zero(double value) { return isnan(value) ? 0 : value; }

static struct week sum_week(const struct athlete_columns *c, struct sai_day monday, int32_t days, struct sport_class main)
{
        struct week w = { 0 };
        int32_t last = INT32_MIN;
        for (size_t i = columns_lower_bound(c, monday); i < c->count && c->day[i].number < monday.number + days; i++) {
                w.time += or_zero(c->moving_time[i]);
                w.load += or_zero(c->training_load[i]);
                w.without_load += isnan(c->training_load[i]);
                w.count++;
                w.active_days += c->day[i].number != last;
                w.easy += c->intensity_ms[i][0];
                w.middle += c->intensity_ms[i][1];
                w.hard += c->intensity_ms[i][2];
                w.longest = fmax(w.longest, or_zero(c->moving_time[i]));
                if (sport_class_of_row(c, i).family == main.family && sport_class_of_row(c, i).sport == main.sport) {
                        w.distance += or_zero(c->distance[i]);
                        w.elevation += or_zero(c->elevation_gain[i]);
                }
                w.sources |= row_sources(c, i);
                last = c->day[i].number;
        }
        return w;
}

static enum sport main_sport(const struct athlete_columns *c, struct sai_day monday)
{
        double time[SPORT_COUNT] = { 0 };
        enum sport best = SPORT_WORKOUT;
        for (size_t i = columns_lower_bound(c, monday); i < c->count && c->day[i].number < monday.number + WEEK_DAYS; i++) {
                time[c->sport[i]] += 1 + or_zero(c->moving_time[i]);
                if (time[c->sport[i]] > time[best])
                        best = (enum sport)c->sport[i];
        }
        return best;
}

static void collect(const struct athlete_columns *c, struct sai_day monday, struct weeks *w)
{
        w->now = sum_week(c, monday, w->days, w->main);
        for (int32_t k = 1; k <= LONG_WEEKS; k++) {
                struct sai_day start = { monday.number - k * WEEK_DAYS };
                /* The first week of the history may have begun in its middle: it counts once it is whole. */
                if (c->day[0].number > start.number)
                        break;
                w->before[w->n++] = sum_week(c, start, w->days, w->main);
        }
}

/* -- Facts -------------------------------------------------------------------------------------------------------------- */

static double member(const struct week *week, size_t offset)
{
        double value;
        memcpy(&value, (const char *)week + offset, sizeof value);
        return value;
}

static void compare_weeks(struct builder *b, struct fact *fact, const struct weeks *w, size_t offset, size_t weeks)
{
        double *values = b->scratch, *spread = b->scratch + LONG_WEEKS;
        size_t n = w->n < weeks ? w->n : weeks;
        struct sample sample = { .against = weeks == SHORT_WEEKS ? "4_weeks" : "12_weeks",
                                 .measure = "mean",
                                 .values = values,
                                 .n = n,
                                 .spread = spread,
                                 .spread_n = w->n,
                                 .from = { b->from.number - (int32_t)n * WEEK_DAYS },
                                 .to = { b->from.number - 1 } };
        size_t trained = 0;
        for (size_t i = 0; i < w->n; i++) {
                trained += i < n && w->before[i].count > 0;
                spread[i] = member(&w->before[i], offset);
                if (i < n) {
                        values[i] = spread[i];
                        sample.sources |= w->before[i].sources;
                }
        }
        /* After a long pause nothing is usual: the pause itself is the news. */
        if (2 * trained < n)
                return;
        sample.window_display = sai_arena_printf(b->arena, "%zu weeks", n);
        b->no_memory |= !sample.window_display;
        builder_compare(b, fact, &sample);
}

/* The pause that ended in this week, when it was one. */
static void add_pause(struct builder *b, const struct weeks *w)
{
        const struct athlete_columns *c = b->in->columns;
        size_t first = columns_lower_bound(c, b->from);
        if (first == 0 || first == c->count || w->now.count == 0)
                return;
        int32_t days = c->day[first].number - c->day[first - 1].number;
        if (days >= PAUSE_DAYS)
                builder_threshold(b, builder_add(b, FACT_DAYS_SINCE_LAST, days, w->now.sources | row_sources(c, first - 1), 1),
                                  PAUSE_DAYS, PAUSE_DAYS / 2.0, NULL);
}

static struct fact *add_sum(struct builder *b, const struct weeks *w, enum fact_metric metric, size_t offset, double confidence)
{
        double value = member(&w->now, offset);
        double most = value;
        for (size_t i = 0; i < w->n; i++)
                most = fmax(most, member(&w->before[i], offset));
        if (!(most > 0)) /* what never is there is not a zero worth telling */
                return NULL;
        struct fact *fact = builder_add(b, metric, value, w->now.sources, confidence);
        if (fact) {
                compare_weeks(b, fact, w, offset, SHORT_WEEKS);
                if (w->n > SHORT_WEEKS)
                        compare_weeks(b, fact, w, offset, LONG_WEEKS);
        }
        return fact;
}

static void add_sums(struct builder *b, const struct weeks *w)
{
        double loaded = w->now.count > 0 ? 1 - w->now.without_load / w->now.count : 1;
        add_sum(b, w, FACT_WEEK_TIME, offsetof(struct week, time), 1);
        add_sum(b, w, FACT_WEEK_COUNT, offsetof(struct week, count), 1);
        add_sum(b, w, FACT_WEEK_ACTIVE_DAYS, offsetof(struct week, active_days), 1);
        add_sum(b, w, FACT_WEEK_DISTANCE, offsetof(struct week, distance), 1);
        if (loaded > 0)
                add_sum(b, w, FACT_WEEK_LOAD, offsetof(struct week, load), loaded);
        add_sum(b, w, FACT_WEEK_ELEVATION, offsetof(struct week, elevation), 0.9);
        add_sum(b, w, FACT_WEEK_LONGEST, offsetof(struct week, longest), 1);
        if (w->now.without_load > 0)
                builder_add(b, FACT_WITHOUT_LOAD, w->now.without_load, w->now.sources, w->now.without_load / w->now.count);
}

static double share(const struct week *w, double part)
{
        double total = w->easy + w->middle + w->hard;
        return total > 0 ? 100 * part / total : ABSENT;
}

static void compare_share(struct builder *b, struct fact *fact, const struct weeks *w, bool hard)
{
        struct sample sample = { .against = "12_weeks",
                                 .measure = "mean",
                                 .values = b->scratch,
                                 .from = { b->from.number - (int32_t)w->n * WEEK_DAYS },
                                 .to = { b->from.number - 1 } };
        for (size_t i = 0; i < w->n; i++) {
                double value = share(&w->before[i], hard ? w->before[i].hard : w->before[i].easy);
                if (isnan(value))
                        continue;
                sample.values[sample.n++] = value;
                sample.sources |= w->before[i].sources;
        }
        sample.window_display = sai_arena_printf(b->arena, "%zu weeks", w->n);
        b->no_memory |= !sample.window_display;
        builder_compare(b, fact, &sample);
}

static void add_mix(struct builder *b, const struct weeks *w)
{
        const struct week *now = &w->now;
        double easy = share(now, now->easy), hard = share(now, now->hard);
        /* Zones cover what had heart rate; of the rest they say nothing. */
        double confidence = now->time > 0 ? fmin(1, (now->easy + now->middle + now->hard) / 1000 / now->time) : 0;
        compare_share(b, builder_add(b, FACT_EASY_SHARE, easy, now->sources, confidence), w, false);
        builder_add(b, FACT_MIDDLE_SHARE, share(now, now->middle), now->sources, confidence);
        compare_share(b, builder_add(b, FACT_HARD_SHARE, hard, now->sources, confidence), w, true);
        if (!isnan(easy))
                builder_add(b, FACT_POLARIZATION,
                            sai_opt_or_nan(polarization_index(easy / 100, 1 - (easy + hard) / 100, hard / 100)), now->sources,
                            confidence);
}

/* A trend over whole weeks only, and only one that Mann and Kendall's test supports. */
static void add_trend(struct builder *b, const struct weeks *w)
{
        double x[LONG_WEEKS + 1], y[LONG_WEEKS + 1];
        size_t n = 0;
        for (size_t i = w->n; i > 0; i--, n++) {
                x[n] = (double)n;
                y[n] = w->before[i - 1].time;
        }
        if (w->days == WEEK_DAYS) {
                x[n] = (double)n;
                y[n++] = w->now.time;
        }
        struct mann_kendall test;
        struct robust_line line;
        if (n < TREND_MIN || w->days != WEEK_DAYS)
                return;
        if (mann_kendall(y, n, b->arena, &test) != SAI_OK || theil_sen(x, y, n, b->arena, &line) != SAI_OK) {
                b->no_memory = true;
                return;
        }
        if (test.p >= TREND_P || fabs(line.slope) < 60)
                return;
        struct fact *fact = builder_add(b, FACT_WEEK_TREND, line.slope, w->now.sources, 1 - test.p);
        const char *window = sai_arena_printf(b->arena, "%zu weeks", n);
        b->no_memory |= !window;
        /* Held against standing still; how clear it is, by the test. */
        builder_threshold(b, fact, 0, fabs(line.slope) / fabs(test.z), window);
        if (fact)
                fact->sample_size = (int64_t)n;
}

static sai_status begin_week(const struct facts_input *input, struct sai_day monday, struct weeks *w, struct sai_err *err)
{
        const struct athlete_columns *c = input->columns;
        if (c->count == 0)
                return sai_fail(err, SAI_NOT_FOUND, "there are no activities yet");
        if (c->day[0].number >= monday.number + WEEK_DAYS)
                return sai_fail(err, SAI_NOT_FOUND, "the week lies before the first activity");
        int32_t elapsed = input->today.number - monday.number + 1;
        if (elapsed < 1)
                return sai_fail(err, SAI_NOT_FOUND, "the week has not begun yet");
        w->days = elapsed < WEEK_DAYS ? elapsed : WEEK_DAYS;
        return SAI_OK;
}

sai_status facts_of_week(const struct facts_input *input, struct sai_arena *arena, struct facts **ret_facts, struct sai_err *err)
{
        struct sai_day monday = sai_day_week_start(input->week);
        struct weeks w = { 0 };
        struct builder b;
        sai_status status = begin_week(input, monday, &w, err);
        if (status == SAI_OK)
                status = builder_begin(&b, input, INSIGHT_WEEKLY, arena, err);
        if (status != SAI_OK)
                return status;
        b.facts->sport = main_sport(input->columns, monday);
        b.family = sport_family(b.facts->sport);
        w.main = sport_class_of(b.facts->sport, false);
        collect(input->columns, monday, &w);
        b.facts->week = SAI_SOME(sai_opt_day, monday);
        b.facts->sport_type = w.now.count > 0 ? sport_name(b.facts->sport) : NULL;
        b.scope = "week";
        b.from = monday;
        b.to.number = monday.number + w.days - 1;
        builder_add(&b, FACT_DATE, monday.number, w.now.sources, 1);
        if (w.days < WEEK_DAYS)
                builder_add(&b, FACT_LAST_DAYS_OF_WEEK, w.days, w.now.sources, 1);
        add_sums(&b, &w);
        add_mix(&b, &w);
        add_pause(&b, &w);
        add_trend(&b, &w);
        builder_add_state(&b, b.to);
        if (w.n < COMPARISON_MIN)
                builder_add(&b, FACT_COMPARABLES, (double)w.n, w.now.sources, 1);
        return builder_end(&b, ret_facts, err);
}
