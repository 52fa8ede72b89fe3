/* rank.c -- see rank.h. */
#include "insights/rank.h"
#include "insights/facts_internal.h"

#define Z_MOST          5.0 /* beyond it more is not more surprising, only more broken */
#define PERCENT_PER_Z   15.0 /* where nothing deviates there is no z: a difference of so much counts as one */
#define EXTREME_PER_LN  0.75 /* "highest of n" is worth about this times ln n in z: 1.3 of 5, 2.3 of 20, 3.0 of 50 */
#define MISSING_SCORE   2.2 /* of what always was there until now */
#define FORM_POINTS     10.0 /* form swings by some points every day */
#define CLIMB_M         60.0 /* differences of less are the lie of the land, or of the altimeter */
#define CLIMB_WEEK_M    250.0
#define SUM_PERCENT_MIN 10.0 /* of a weekly sum: less is noise, whatever the spread says */

static double surprise_of(const struct fact_comparison *c)
{
        double surprise = 0;
        if (SAI_HAS(c->z))
                surprise = fmin(fabs(c->z.value), Z_MOST);
        else if (SAI_HAS(c->percent))
                surprise = fmin(fabs(c->percent.value) / PERCENT_PER_Z, Z_MOST);
        if (c->extreme != EXTREME_NONE)
                surprise = fmax(surprise, EXTREME_PER_LN * log((double)c->n + 1));
        return surprise;
}

/* Facts of which only one side matters: nobody needs to hear that fitness does not rise too steeply. */
static bool is_one_sided(enum fact_metric metric) { return metric == FACT_RAMP_RATE || metric == FACT_MONOTONY; }

static double missing_score(const struct fact *fact)
{
        enum fact_metric metric = (enum fact_metric)fact->metric;
        /* Without heart rate there is no load either; the cause is told, not each effect. */
        if (metric == FACT_CTL)
                return 0.3 * fact->confidence;
        return MISSING_SCORE * fact->confidence * (metric == FACT_TRAINING_LOAD ? 0.8 : 1);
}

double fact_score(const struct fact *fact)
{
        const struct fact_metric_info *info = &fact_metric_infos[fact->metric];
        if (info->topic == TOPIC_CONTEXT)
                return 0;
        if (!SAI_HAS(fact->value))
                return missing_score(fact);
        if (fact->metric == FACT_COMPARABLES || fact->metric == FACT_WITHOUT_LOAD)
                return MISSING_SCORE * info->importance * fact->confidence * (fact->metric == FACT_COMPARABLES ? 0.6 : 1);
        const struct fact_comparison *shown = fact_compared(fact), *extreme = fact_extreme(fact);
        if (!shown || !shown->delta_display)
                return 0;
        if (is_one_sided((enum fact_metric)fact->metric) && shown->delta <= 0)
                return 0;
        double surprise = surprise_of(shown);
        if (extreme)
                surprise = fmax(surprise, surprise_of(extreme));
        else if (fact->scope[0] == 'w' && shown->measure[0] == 'm' && SAI_HAS(shown->percent) &&
                 fabs(shown->percent.value) < SUM_PERCENT_MIN)
                surprise *= 0.3;
        if (info->topic == TOPIC_CLIMB && info->shape == SHAPE_ELEVATION)
                surprise *= fmin(1, fabs(shown->delta) / (fact->scope[0] == 'w' ? CLIMB_WEEK_M : CLIMB_M));
        if (fact->metric == FACT_TSB)
                surprise *= fmin(1, fabs(shown->delta) / FORM_POINTS);
        return surprise * info->importance * fact->confidence;
}

size_t facts_rank(const struct facts *facts, struct ranked *out)
{
        const struct fact *items = facts->items.items;
        size_t n = 0;
        for (size_t i = 0; i < facts->items.count; i++) {
                struct ranked entry = { &items[i], fact_score(&items[i]) };
                if (!(entry.score > 0))
                        continue;
                size_t at = n++;
                for (; at > 0 && out[at - 1].score < entry.score; at--)
                        out[at] = out[at - 1];
                out[at] = entry;
        }
        return n;
}
