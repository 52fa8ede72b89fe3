/* phrases_activity.c -- what is said of one activity. Comparisons are with the athlete's own activities before it and say so. */
#include "insights/phrases.h"

#define FADED_PERCENT   8.0 /* decoupling from which it is worth a warning */
#define NOTABLE_CLIMB_Z 1.0
#define LONG_PAUSE_DAYS 4.0

static bool highest(const struct fact_comparison *c) { return c && c->extreme == EXTREME_HIGHEST; }

static bool phrase_length(const struct phrasebook *book, const struct fact *fact, struct wording *w)
{
        const struct fact_comparison *c = fact_compared(fact), *x = fact_extreme(fact);
        const struct nouns *n = book->nouns;
        if (x && x->center_display) {
                w->text = sai_arena_printf(book->arena, "At %s this is your %s %s in %s; the median of the %s before it is %s.",
                                           fact->display, pick(highest(x), "longest", "shortest"), n->one, x->window_display,
                                           x->n_display, x->center_display);
                w->headline =
                        sai_arena_printf(book->arena, "%s in %s", pick(highest(x), "longest", "shortest"), x->window_display);
        } else if (differs(c)) {
                w->text = sai_arena_printf(book->arena, "It was %s %s than your median %s of the %s before (%s, %s %s).",
                                           c->delta_display, pick(c->delta > 0, "longer", "shorter"), n->one, c->window_display,
                                           c->center_display, c->n_display, n->many);
                w->headline = pick(c->delta > 0, "longer than usual", "shorter than usual");
        }
        wording_use(w, fact);
        return w->text != NULL;
}

/* What the heart did meanwhile, for a sentence about pace; "" when it is not known, NULL without memory. */
static const char *heartrate_clause(const struct phrasebook *book, struct wording *w)
{
        const struct fact *heart = facts_find(book->facts, FACT_AVERAGE_HEARTRATE);
        const struct fact_comparison *c = fact_compared(heart);
        if (!c)
                return "";
        wording_use(w, heart);
        w->topics |= 1u << TOPIC_HEARTRATE;
        if (!c->delta_display)
                return sai_arena_printf(book->arena, ", at the usual heart rate of %s", heart->display);
        return sai_arena_printf(book->arena, ", with a heart rate %s %s (%s)", c->delta_display,
                                pick(c->delta > 0, "higher", "lower"), heart->display);
}

static const char *climb_clause(const struct phrasebook *book, struct wording *w)
{
        const struct fact *climb = facts_find(book->facts, FACT_ELEVATION_GAIN);
        const struct fact_comparison *c = fact_compared(climb);
        if (!differs(c) || !SAI_HAS(c->z) || fabs(c->z.value) < NOTABLE_CLIMB_Z)
                return "";
        wording_use(w, climb);
        w->topics |= 1u << TOPIC_CLIMB;
        return sai_arena_printf(book->arena, " and %s %s climbing", c->delta_display, pick(c->delta > 0, "more", "less"));
}

static bool heart_not_higher(const struct phrasebook *book)
{
        const struct fact_comparison *c = fact_compared(facts_find(book->facts, FACT_AVERAGE_HEARTRATE));
        return c && (!c->delta_display || c->delta < 0);
}

static bool phrase_speed(const struct phrasebook *book, const struct fact *fact, struct wording *w)
{
        const struct fact_comparison *c = fact_compared(fact), *x = fact_extreme(fact);
        const struct nouns *n = book->nouns;
        if (!differs(c))
                return false;
        wording_use(w, fact);
        const char *heart = heartrate_clause(book, w), *climb = climb_clause(book, w);
        if (!heart || !climb)
                return false;
        w->text = sai_arena_printf(book->arena,
                                   "At %s you were %s %s than the median of %s comparable %s in the %s before (%s)%s%s.",
                                   fact->display, c->delta_display, pick(c->delta > 0, "faster", "slower"), c->n_display, n->many,
                                   c->window_display, c->center_display, heart,
                                   climb[0] && !heart[0] ? sai_arena_printf(book->arena, ", with%s", climb + 4) : climb);
        if (x && highest(x) == (x->delta > 0))
                w->headline = sai_arena_printf(book->arena, "%s comparable %s in %s", pick(highest(x), "fastest", "slowest"),
                                               n->one, x->window_display);
        else
                w->headline = pick(c->delta > 0, "faster than usual", "slower than usual");
        w->severity = c->delta > 0 && heart_not_higher(book) ? SEVERITY_POSITIVE : SEVERITY_INFO;
        return true;
}

static bool phrase_heartrate(const struct phrasebook *book, const struct fact *fact, struct wording *w)
{
        const struct fact_comparison *c = fact_compared(fact);
        const struct fact *speed = facts_find(book->facts, FACT_AVERAGE_SPEED);
        const struct fact_comparison *s = fact_compared(speed);
        const char *pace = "";
        if (!differs(c))
                return false;
        wording_use(w, fact);
        if (s) {
                pace = s->delta_display
                               ? sai_arena_printf(book->arena, ", going %s %s", s->delta_display,
                                                  pick(s->delta > 0, "faster", "slower"))
                               : sai_arena_printf(book->arena, ", at the usual %s of %s", book->nouns->speed, speed->display);
                wording_use(w, speed);
                w->topics |= 1u << TOPIC_SPEED;
        }
        w->text = !pace ? NULL
                        : sai_arena_printf(book->arena,
                                           "Heart rate averaged %s, %s %s than the median of %s comparable %s in the %s before "
                                           "(%s)%s.",
                                           fact->display, c->delta_display, pick(c->delta > 0, "higher", "lower"), c->n_display,
                                           book->nouns->many, c->window_display, c->center_display, pace);
        w->headline = pick(c->delta > 0, "heart rate higher than usual", "heart rate lower than usual");
        if (c->delta < 0 && s && (!s->delta_display || s->delta > 0))
                w->severity = SEVERITY_POSITIVE;
        return w->text != NULL;
}

static bool phrase_load(const struct phrasebook *book, const struct fact *fact, struct wording *w)
{
        const struct fact_comparison *c = fact_compared(fact), *x = fact_extreme(fact);
        const struct nouns *n = book->nouns;
        wording_use(w, fact);
        if (highest(x) && x->center_display) {
                w->text = sai_arena_printf(book->arena,
                                           "Its training load of %s is the highest of your %s in %s; the median of the %s before "
                                           "it is %s.",
                                           fact->display, n->many, x->window_display, x->n_display, x->center_display);
                w->headline = sai_arena_printf(book->arena, "highest load in %s", x->window_display);
        } else if (differs(c)) {
                w->text = sai_arena_printf(book->arena,
                                           "Its training load of %s is %s %s than that of your median %s of the %s before (%s, "
                                           "%s %s).",
                                           fact->display, c->delta_display, pick(c->delta > 0, "more", "less"), n->one,
                                           c->window_display, c->center_display, c->n_display, n->many);
                w->headline = pick(c->delta > 0, "more load than usual", "less load than usual");
        }
        return w->text != NULL;
}

static bool phrase_power(const struct phrasebook *book, const struct fact *fact, struct wording *w)
{
        const struct fact_comparison *c = fact_compared(fact);
        const struct fact *normalized = facts_find(book->facts, FACT_NORMALIZED_POWER);
        if (!differs(c))
                return false;
        const char *tail = normalized ? sai_arena_printf(book->arena, "; normalized power was %s", normalized->display) : "";
        wording_use(w, fact);
        wording_use(w, normalized);
        w->text =
                !tail ? NULL
                      : sai_arena_printf(book->arena,
                                         "Power averaged %s, %s %s than the median of %s comparable %s in the %s before (%s)%s.",
                                         fact->display, c->delta_display, pick(c->delta > 0, "more", "less"), c->n_display,
                                         book->nouns->many, c->window_display, c->center_display, tail);
        w->headline = pick(c->delta > 0, "more power than usual", "less power than usual");
        w->severity = c->delta > 0 ? SEVERITY_POSITIVE : SEVERITY_INFO;
        return w->text != NULL;
}

/* Only the ones that beat all before: a stretch of one activity that is not its athlete's best means nothing. */
static bool phrase_best(const struct phrasebook *book, const struct fact *fact, struct wording *w)
{
        const struct fact_comparison *x = fact_extreme(fact);
        bool power = fact->metric == FACT_POWER_20MIN;
        if (!x || x->direction != DIRECTION_BETTER || !x->center_display || highest(x) != power)
                return false;
        w->text = sai_arena_printf(book->arena,
                                   power ? "%s in %s is higher than in any of the %s %s with power in the %s before (median %s)."
                                         : "%s in %s is faster than in any of the %s %s with that distance in the %s before "
                                           "(median %s).",
                                   power ? fact->display : fact_label(fact), power ? fact_label(fact) : fact->display,
                                   x->n_display, book->nouns->many, x->window_display, x->center_display);
        w->headline = sai_arena_printf(book->arena, "best %s in %s", fact_label(fact), x->window_display);
        w->severity = SEVERITY_POSITIVE;
        wording_use(w, fact);
        return true;
}

static bool phrase_efficiency(const struct phrasebook *book, const struct fact *fact, struct wording *w)
{
        const struct fact_comparison *c = fact_compared(fact);
        if (!SAI_HAS(fact->value) || !differs(c) || !c->percent_display)
                return false;
        const char *more = pick(c->delta > 0, "more", "less");
        w->text = sai_arena_printf(book->arena,
                                   "Each heartbeat yielded %s %s %s than the median of %s comparable %s in the %s before.",
                                   c->percent_display, more, book->nouns->per_beat, c->n_display, book->nouns->many,
                                   c->window_display);
        w->headline = sai_arena_printf(book->arena, "%s %s per heartbeat than usual", more, book->nouns->per_beat);
        w->severity = c->delta > 0 ? SEVERITY_POSITIVE : SEVERITY_INFO;
        wording_use(w, fact);
        return true;
}

static bool phrase_decoupling(const struct phrasebook *book, const struct fact *fact, struct wording *w)
{
        const struct fact_comparison *c = fact_compared(fact);
        if (!differs(c))
                return false;
        const char *output = sport_family(book->facts->sport) == FAMILY_RIDE && facts_find(book->facts, FACT_AVERAGE_WATTS)
                                     ? "power"
                                     : book->nouns->speed;
        wording_use(w, fact);
        if (c->delta > 0) {
                w->text = sai_arena_printf(book->arena,
                                           "In the second half heart rate drifted %s away from %s, more than the %s within which "
                                           "an effort counts as steady.",
                                           fact->display, output, c->center_display);
                w->headline = "faded in the second half";
                w->severity = fact->value.value >= FADED_PERCENT ? SEVERITY_WARNING : SEVERITY_INFO;
                return true;
        }
        if (fact->value.value < 0)
                w->text = sai_arena_printf(book->arena,
                                           "It ended well in hand: decoupling of heart rate and %s was %s, below the %s that "
                                           "still counts as steady.",
                                           output, fact->display, c->center_display);
        else
                w->text = sai_arena_printf(book->arena,
                                           "It held together: in the second half heart rate drifted only %s away from %s, where "
                                           "%s still counts as steady.",
                                           fact->display, output, c->center_display);
        w->headline = "steady to the end";
        w->severity = SEVERITY_POSITIVE;
        return true;
}

static bool phrase_climb(const struct phrasebook *book, const struct fact *fact, struct wording *w)
{
        const struct fact_comparison *c = fact_compared(fact);
        if (!differs(c))
                return false;
        wording_use(w, fact);
        if (fact->metric == FACT_GRADE_ADJUSTED_PACE) {
                w->text = sai_arena_printf(book->arena, "%s %s: the same effort is worth %s on the flat.",
                                           pick(c->delta < 0, "The hills cost you", "The course gave you"), c->delta_display,
                                           fact->display);
                return true;
        }
        w->text = sai_arena_printf(book->arena, "It climbed %s, %s %s than the median of %s comparable %s in the %s before.",
                                   fact->display, c->delta_display, pick(c->delta > 0, "more", "less"), c->n_display,
                                   book->nouns->many, c->window_display);
        w->headline = pick(c->delta > 0, "hillier than usual", "flatter than usual");
        return true;
}

static bool phrase_intensity(const struct phrasebook *book, const struct fact *fact, struct wording *w)
{
        const struct fact_comparison *c = fact_compared(fact);
        bool hard = fact->metric == FACT_HARD_SHARE;
        const struct fact *other = facts_find(book->facts, hard ? FACT_EASY_SHARE : FACT_HARD_SHARE);
        if (!differs(c) || !other)
                return false;
        w->text = sai_arena_printf(book->arena,
                                   "By heart rate %s of the time was %s, %s %s than in the median of %s comparable %s in the %s "
                                   "before (%s); %s was %s.",
                                   fact->display, pick(hard, "hard", "easy"), c->delta_display,
                                   pick(c->delta > 0, "more", "less"), c->n_display, book->nouns->many, c->window_display,
                                   c->center_display, other->display, pick(hard, "easy", "hard"));
        w->headline = pick(hard, pick(c->delta > 0, "more hard work than usual", "less hard work than usual"),
                           pick(c->delta > 0, "more easy going than usual", "less easy going than usual"));
        wording_use(w, fact);
        wording_use(w, other);
        return true;
}

static bool phrase_pause(const struct phrasebook *book, const struct fact *fact, struct wording *w)
{
        const struct fact_comparison *c = fact_compared(fact);
        if (!differs(c) || c->delta <= 0 || fact->value.value < LONG_PAUSE_DAYS)
                return false;
        wording_use(w, fact);
        w->text = c->n > 0 ? sai_arena_printf(book->arena,
                                              "It came %s after your last activity; the usual distance between active days in "
                                              "the %s before is %s.",
                                              fact->display, c->window_display, c->center_display)
                           : sai_arena_printf(book->arena, "It came %s after your last activity.", fact->display);
        w->headline = sai_arena_printf(book->arena, "back after %s", fact->display);
        return true;
}

/* -- What is missing --------------------------------------------------------------------------------------------------------- */

static bool phrase_few(const struct phrasebook *book, const struct fact *fact, struct wording *w)
{
        const struct fact_comparison *c = fact_compared(fact);
        double count = fact->value.value;
        if (!c)
                return false;
        wording_use(w, fact);
        if (count < 0.5)
                w->text = sai_arena_printf(book->arena,
                                           "There is no comparable %s in the %s before, so whether it was fast or slow for you "
                                           "cannot be said.",
                                           book->nouns->one, c->window_display);
        else
                w->text = sai_arena_printf(book->arena,
                                           "Only %s comparable %s in the %s before: too few to say what is usual for you.",
                                           fact->display, pick(count < 1.5, book->nouns->one, book->nouns->many),
                                           c->window_display);
        return true;
}

static const char *missing_load_text(const char *reason)
{
        if (reason &&
            (strcmp(reason, reason_code(REASON_NO_THRESHOLD)) == 0 || strcmp(reason, reason_code(REASON_BAD_HR_PARAMS)) == 0))
                return "There is no training load: it needs a threshold or a maximum heart rate, and neither is known.";
        if (reason &&
            (strcmp(reason, reason_code(REASON_PARTIAL_HR)) == 0 || strcmp(reason, reason_code(REASON_UNTRUSTED_HR)) == 0))
                return "There is no training load: the heart rate has too many holes or cannot be trusted.";
        return "There is no training load, so this one is missing from fitness and form.";
}

static bool phrase_missing(const struct phrasebook *book, const struct fact *fact, struct wording *w)
{
        wording_use(w, fact);
        switch (fact->metric) {
        case FACT_DISTANCE:
                w->text = "No distance was recorded, so pace and what rests on it are unknown.";
                w->headline = "without distance";
                break;
        case FACT_AVERAGE_HEARTRATE:
                w->text = facts_absent(book->facts, FACT_TRAINING_LOAD)
                                  ? "No heart rate was recorded: effort and efficiency are unknown, and this one is missing from "
                                    "load and fitness."
                                  : "No heart rate was recorded, so effort and efficiency are unknown.";
                w->headline = "without heart rate";
                break;
        case FACT_TRAINING_LOAD:
                w->text = missing_load_text(fact->absent);
                break;
        case FACT_EFFICIENCY:
                w->text = pick(fact->absent && strcmp(fact->absent, reason_code(REASON_PARTIAL_HR)) == 0,
                               "Heart rate covers only part of the recording, so take what rests on it with care.",
                               "The heart rate looks as if the sensor had caught something else, so take what rests on it with "
                               "care.");
                break;
        default:
                return false;
        }
        w->topics |= 1u << TOPIC_MISSING;
        return true;
}

bool phrase_activity(const struct phrasebook *book, const struct fact *fact, struct wording *ret)
{
        static bool (*const by_topic[TOPIC_COUNT])(const struct phrasebook *, const struct fact *, struct wording *) = {
                [TOPIC_LENGTH] = phrase_length,
                [TOPIC_SPEED] = phrase_speed,
                [TOPIC_HEARTRATE] = phrase_heartrate,
                [TOPIC_LOAD] = phrase_load,
                [TOPIC_POWER] = phrase_power,
                [TOPIC_EFFICIENCY] = phrase_efficiency,
                [TOPIC_DURABILITY] = phrase_decoupling,
                [TOPIC_CLIMB] = phrase_climb,
                [TOPIC_INTENSITY] = phrase_intensity,
                [TOPIC_FORM] = phrase_state,
                [TOPIC_BEST] = phrase_best,
                [TOPIC_MISSING] = phrase_few,
        };
        enum fact_topic topic = fact_metric_infos[fact->metric].topic;
        *ret = (struct wording) { .severity = SEVERITY_INFO, .topics = 1u << topic };
        bool said = false;
        if (fact->metric == FACT_DAYS_SINCE_LAST)
                said = phrase_pause(book, fact, ret);
        else if (fact->metric == FACT_MONOTONY || fact->metric == FACT_CTL)
                said = phrase_state(book, fact, ret);
        else if (!SAI_HAS(fact->value))
                said = phrase_missing(book, fact, ret);
        else if (by_topic[topic])
                said = by_topic[topic](book, fact, ret);
        return said && ret->text;
}
