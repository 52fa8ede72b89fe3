/* facts_state.c -- where the athlete stood that day: fitness, fatigue, form, and how fast they moved.
 *
 * Form is taken before the day's load and fitness after it (13.1). In the first 42 days fitness has not arrived yet and its figures say more
 * about when the recording began than about the athlete: then there are no such facts, only the reason. */
#include "insights/facts_internal.h"

#include "analytics/fitness.h"

/* Above 5 to 8 points a week a rise is commonly called aggressive (13.1); monotony of 2 and more is Foster's mark for days too alike. */
#define RAMP_STEEP     5.0
#define RAMP_SCALE     1.5
#define MONOTONY_HIGH  2.0
#define MONOTONY_SCALE 0.4
/* With less fitness than this every activity turns form over, and every return is a steep rise: nothing to tell. */
#define FITNESS_SOME     10.0
#define CONFIDENCE_STATE 0.9

/* Of the 42 days that fitness remembers: the share of activities that have a load at all. Without it fitness is understated. */
static double loaded_share(const struct athlete_columns *c, struct sai_day day, unsigned *sources)
{
        size_t n = 0, loaded = 0;
        for (size_t i = columns_lower_bound(c, (struct sai_day) { day.number - FITNESS_WARM_UP_DAYS });
             i < c->count && c->day[i].number <= day.number; i++) {
                n++;
                loaded += isnan(c->training_load[i]) ? 0 : 1;
                *sources |= row_sources(c, i);
        }
        return n ? (double)loaded / (double)n : 1;
}

static void compare_form(struct builder *b, struct fact *fact, const struct fitness *f, unsigned sources)
{
        const struct fitness_point *points = f->points.items;
        struct sample sample = {
                .against = "90_days", .measure = "median", .window_display = "90 days", .values = b->scratch, .sources = sources
        };
        for (size_t i = 0; i + 1 < f->points.count; i++) {
                if (!points[i].warming_up)
                        sample.values[sample.n++] = points[i].tsb;
        }
        sample.from.number = f->to.number - (int32_t)sample.n;
        sample.to.number = f->to.number - 1;
        if (sample.n >= SHORT_DAYS)
                builder_compare(b, fact, &sample);
}

void builder_add_state(struct builder *b, struct sai_day day)
{
        struct fitness fitness;
        struct fitness_query query = { .range = { { day.number - LONG_DAYS }, day }, .today = day };
        if (fitness_compute(b->in->columns, &query, b->arena, &fitness) != SAI_OK) {
                b->no_memory = true;
                return;
        }
        const struct fitness_point *now = fitness.today;
        if (!now) {
                builder_add_absent(b, FACT_CTL, reason_code(REASON_NO_LOAD), 1);
                return;
        }
        unsigned sources = 0;
        double confidence = CONFIDENCE_STATE * loaded_share(b->in->columns, day, &sources);
        const char *scope = b->scope;
        b->scope = "day";
        if (now->warming_up) {
                builder_add_absent(b, FACT_CTL, reason_code(REASON_NO_HISTORY), 1);
        } else {
                builder_add(b, FACT_CTL, now->ctl, sources, confidence);
                builder_add(b, FACT_ATL, now->atl, sources, confidence);
                struct fact *form = builder_add(b, FACT_TSB, now->tsb, sources, confidence);
                if (now->ctl >= FITNESS_SOME)
                        compare_form(b, form, &fitness, sources);
                if (SAI_HAS(now->ramp_rate)) {
                        struct fact *ramp = builder_add(b, FACT_RAMP_RATE, now->ramp_rate.value, sources, confidence);
                        if (now->ctl - now->ramp_rate.value >= FITNESS_SOME)
                                builder_threshold(b, ramp, RAMP_STEEP, RAMP_SCALE, "7 days");
                }
        }
        if (SAI_HAS(now->monotony)) {
                struct fact *alike = builder_add(b, FACT_MONOTONY, now->monotony.value, sources, confidence);
                builder_threshold(b, alike, MONOTONY_HIGH, MONOTONY_SCALE, "7 days");
                if (SAI_HAS(now->strain))
                        builder_add(b, FACT_STRAIN, now->strain.value, sources, confidence);
        }
        b->scope = scope;
}
