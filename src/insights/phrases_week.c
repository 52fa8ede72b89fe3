/* phrases_week.c -- what is said of a week, against the mean of the weeks before it. */
#include "insights/phrases.h"

/* "Training time", "Running distance" …: what the sum is of. NULL without memory. */
static const char *subject(const struct phrasebook *book, enum fact_metric metric)
{
        switch (metric) {
        case FACT_WEEK_TIME:
                return "Training time";
        case FACT_WEEK_DISTANCE:
                return sai_arena_printf(book->arena, "The distance of %s", book->nouns->sport);
        case FACT_WEEK_LOAD:
                return "Training load";
        case FACT_WEEK_ELEVATION:
                return "Climbing";
        default:
                return "";
        }
}

static bool phrase_sum(const struct phrasebook *book, const struct fact *fact, struct wording *w)
{
        const struct fact_comparison *c = fact_compared(fact), *x = fact_extreme(fact);
        const char *what = subject(book, (enum fact_metric)fact->metric);
        if (!differs(c) || !what)
                return false;
        wording_use(w, fact);
        const char *so_far = facts_find(book->facts, FACT_LAST_DAYS_OF_WEEK) ? " by the same day" : "";
        const char *percent = c->percent_display ? sai_arena_printf(book->arena, " (%s)", c->percent_display) : "";
        const char *record = "";
        if (x && c != x)
                record = sai_arena_printf(book->arena, ", and %s than in any of the %s before",
                                          pick(x->extreme == EXTREME_HIGHEST, "more", "less"), x->window_display);
        if (!percent || !record)
                return false;
        w->text = sai_arena_printf(book->arena, "%s came to %s, %s%s %s than the mean of the %s before%s, %s%s.", what,
                                   fact->display, c->delta_display, percent, pick(c->delta > 0, "more", "less"),
                                   c->window_display, so_far, c->center_display, record);
        w->headline = fact->metric == FACT_WEEK_LOAD ? pick(c->delta > 0, "more load than usual", "less load than usual")
                      : fact->metric == FACT_WEEK_ELEVATION
                              ? pick(c->delta > 0, "more climbing than usual", "less climbing than usual")
                              : pick(c->delta > 0, "more training than usual", "less training than usual");
        return true;
}

static bool phrase_longest(const struct phrasebook *book, const struct fact *fact, struct wording *w)
{
        const struct fact_comparison *x = fact_extreme(fact);
        if (!x || x->extreme != EXTREME_HIGHEST || !x->center_display)
                return false;
        w->text = sai_arena_printf(book->arena,
                                   "At %s its longest activity is longer than any of the %s before it, whose longest are %s on "
                                   "average.",
                                   fact->display, x->window_display, x->center_display);
        w->headline = sai_arena_printf(book->arena, "the longest activity in %s", x->window_display);
        wording_use(w, fact);
        return true;
}

static bool phrase_days(const struct phrasebook *book, const struct fact *fact, struct wording *w)
{
        const struct fact_comparison *c = fact_compared(fact);
        const struct fact *count = facts_find(book->facts, FACT_WEEK_COUNT);
        if (!differs(c))
                return false;
        bool days = fact->metric == FACT_WEEK_ACTIVE_DAYS;
        w->text = sai_arena_printf(book->arena,
                                   days ? "You were active on %s, %s %s than the mean of the %s before."
                                        : "There were %s activities, %s %s than the mean of the %s before.",
                                   fact->display, c->delta_display, pick(c->delta > 0, "more", days ? "less" : "fewer"),
                                   c->window_display);
        w->headline = pick(c->delta > 0, "more often than usual", "less often than usual");
        wording_use(w, fact);
        wording_use(w, count);
        return true;
}

static bool phrase_mix(const struct phrasebook *book, const struct fact *fact, struct wording *w)
{
        const struct fact_comparison *c = fact_compared(fact);
        bool hard = fact->metric == FACT_HARD_SHARE;
        const struct fact *other = facts_find(book->facts, hard ? FACT_EASY_SHARE : FACT_HARD_SHARE);
        if (!differs(c) || !other)
                return false;
        w->text = sai_arena_printf(book->arena,
                                   "By heart rate %s of the time was %s and %s %s; the %s share is %s %s than the mean of the %s "
                                   "before (%s).",
                                   fact->display, pick(hard, "hard", "easy"), other->display, pick(hard, "easy", "hard"),
                                   pick(hard, "hard", "easy"), c->delta_display, pick(c->delta > 0, "higher", "lower"),
                                   c->window_display, c->center_display);
        w->headline = pick(hard, pick(c->delta > 0, "more hard work than usual", "less hard work than usual"),
                           pick(c->delta > 0, "more easy going than usual", "less easy going than usual"));
        wording_use(w, fact);
        wording_use(w, other);
        return true;
}

static bool phrase_trend(const struct phrasebook *book, const struct fact *fact, struct wording *w)
{
        const struct fact_comparison *c = fact_compared(fact);
        if (!differs(c))
                return false;
        w->text = sai_arena_printf(book->arena, "Training time has been %s for %s, by about %s a week.",
                                   pick(c->delta > 0, "rising", "falling"), c->window_display, fact->display);
        w->headline = pick(c->delta > 0, "training time keeps rising", "training time keeps falling");
        wording_use(w, fact);
        return true;
}

static bool phrase_unloaded(const struct phrasebook *book, const struct fact *fact, struct wording *w)
{
        const struct fact *count = facts_find(book->facts, FACT_WEEK_COUNT);
        if (!count)
                return false;
        if (count->value.value < 1.5)
                w->text = "Its only activity has no training load, for want of heart rate, power or thresholds: load and fitness "
                          "are understated.";
        else
                w->text = sai_arena_printf(book->arena,
                                           "%s of %s activities %s no training load, for want of heart rate, power or "
                                           "thresholds: load and fitness are understated.",
                                           fact->display, count->display, pick(fact->value.value < 1.5, "has", "have"));
        wording_use(w, fact);
        wording_use(w, count);
        return true;
}

static bool phrase_first_weeks(const struct phrasebook *book, const struct fact *fact, struct wording *w)
{
        if (fact->value.value < 0.5)
                w->text = "It is the first whole week on record, so there is nothing to hold it against yet.";
        else
                w->text = sai_arena_printf(book->arena,
                                           "Only %s whole %s before it on record: too little to say what is usual for you.",
                                           fact->display, pick(fact->value.value < 1.5, "week", "weeks"));
        wording_use(w, fact);
        return true;
}

bool phrase_week(const struct phrasebook *book, const struct fact *fact, struct wording *ret)
{
        *ret = (struct wording) { .severity = SEVERITY_INFO, .topics = 1u << fact_metric_infos[fact->metric].topic };
        bool said = false;
        switch (fact->metric) {
        case FACT_WEEK_TIME:
        case FACT_WEEK_DISTANCE:
        case FACT_WEEK_LOAD:
        case FACT_WEEK_ELEVATION:
                said = phrase_sum(book, fact, ret);
                break;
        case FACT_WEEK_LONGEST:
                said = phrase_longest(book, fact, ret);
                break;
        case FACT_WEEK_ACTIVE_DAYS:
                said = phrase_days(book, fact, ret);
                break;
        case FACT_EASY_SHARE:
        case FACT_HARD_SHARE:
                said = phrase_mix(book, fact, ret);
                break;
        case FACT_WEEK_TREND:
                said = phrase_trend(book, fact, ret);
                break;
        case FACT_WITHOUT_LOAD:
                said = phrase_unloaded(book, fact, ret);
                break;
        case FACT_COMPARABLES:
                said = phrase_first_weeks(book, fact, ret);
                break;
        case FACT_DAYS_SINCE_LAST:
                ret->text = sai_arena_printf(book->arena,
                                             "It began %s after the activity before it, so there is no recent training to hold "
                                             "it against.",
                                             fact->display);
                ret->headline = sai_arena_printf(book->arena, "back after %s", fact->display);
                wording_use(ret, fact);
                said = true;
                break;
        case FACT_TSB:
        case FACT_RAMP_RATE:
        case FACT_MONOTONY:
        case FACT_CTL:
                said = phrase_state(book, fact, ret);
                break;
        default:
                break;
        }
        return said && ret->text;
}
