/* advice.c -- the one recommendation: the first rule that applies, from the most to the least pressing.
 *
 * Advice is modest and names its figure. It speaks of the time right after the activity or the week, as it was then; it never speaks of
 * health, and never asks for more than the figure says. */
#include "insights/phrases.h"
#include "insights/rank.h"

#define FORM_DEEP       (-25.0)
#define FORM_DEEP_SHARE (-0.6) /* of fitness: who is less fit is tired sooner */
#define FORM_FRESH      8.0
#define FITNESS_MIN     15.0 /* below it form swings with every activity and says little */
#define FITNESS_SOME    10.0
#define PAUSE_DAYS      10.0
#define LIGHT_SHARE     0.7 /* of the usual load: clearly a light one */
#define HARD_SHARE_MUCH 40.0
#define FADED           5.0

static bool is_week(const struct phrasebook *book) { return book->facts->kind == INSIGHT_WEEKLY; }

static double value_of(const struct phrasebook *book, enum fact_metric metric)
{
        const struct fact *fact = facts_find(book->facts, metric);
        return fact ? fact->value.value : ABSENT;
}

static void set(struct advice *a, const char *text, const char *when, const char *intensity)
{
        a->text = text;
        a->when = when;
        a->intensity = intensity;
}

static bool after_pause(const struct phrasebook *book, struct advice *a)
{
        const struct fact *days = facts_find(book->facts, FACT_DAYS_SINCE_LAST);
        if (!days || days->value.value < PAUSE_DAYS)
                return false;
        set(a, "Build back gently: keep the next sessions short and easy before adding anything hard.", "the next sessions",
            "easy");
        a->rationale = sai_arena_printf(book->arena, "It came %s after the activity before it.", days->display);
        wording_use(&a->basis, days);
        return true;
}

static bool deep_fatigue(const struct phrasebook *book, struct advice *a)
{
        const struct fact *form = facts_find(book->facts, FACT_TSB), *fitness = facts_find(book->facts, FACT_CTL),
                          *fatigue = facts_find(book->facts, FACT_ATL);
        if (!form || !fitness || !fatigue || fitness->value.value < FITNESS_SOME ||
            (form->value.value > FORM_DEEP && form->value.value > FORM_DEEP_SHARE * fitness->value.value))
                return false;
        set(a, "Take a rest day or keep it very easy until form has come back some way.",
            pick(is_week(book), "the first days of next week", "the next day"), "rest");
        a->rationale = sai_arena_printf(book->arena, "Form was %s, with fatigue at %s against a fitness of %s.", form->display,
                                        fatigue->display, fitness->display);
        wording_use(&a->basis, form);
        wording_use(&a->basis, fitness);
        wording_use(&a->basis, fatigue);
        return true;
}

static bool steep_ramp(const struct phrasebook *book, struct advice *a)
{
        const struct fact *ramp = facts_find(book->facts, FACT_RAMP_RATE);
        const struct fact_comparison *c = fact_compared(ramp);
        if (!differs(c) || c->delta <= 0)
                return false;
        set(a, "Hold the weekly load where it is rather than adding to it, and let fitness catch up.",
            pick(is_week(book), "next week", "the next 7 days"), "moderate");
        a->when = pick(is_week(book), "next week", "the coming week");
        a->rationale = sai_arena_printf(book->arena, "Fitness rose by %s in %s.", ramp->display, c->window_display);
        wording_use(&a->basis, ramp);
        return true;
}

static bool hard_session(const struct phrasebook *book, struct advice *a)
{
        const struct fact *load = facts_find(book->facts, FACT_TRAINING_LOAD);
        const struct fact_comparison *c = fact_compared(load), *x = fact_extreme(load);
        if (!load || !differs(c) || c->delta <= 0 || (fact_score(load) < RANK_NOTABLE && !x))
                return false;
        if (x && x->extreme == EXTREME_HIGHEST)
                c = x;
        set(a, "Follow it with an easy or a free day, then go on as planned.", "the next day", "easy");
        a->rationale = sai_arena_printf(book->arena, "Its load of %s stands against a median of %s in the %s before.",
                                        load->display, c->center_display, c->window_display);
        wording_use(&a->basis, load);
        return true;
}

static bool heavy_week(const struct phrasebook *book, struct advice *a)
{
        const struct fact *load = facts_find(book->facts, FACT_WEEK_LOAD);
        const struct fact_comparison *c = fact_compared(load);
        if (!is_week(book) || !differs(c) || c->delta <= 0 || fact_score(load) < RANK_NOTABLE)
                return false;
        set(a, "Plan a lighter week next, so that the work can settle.", "next week", "easy");
        a->rationale = sai_arena_printf(book->arena, "A load of %s compares with a mean of %s in the %s before.", load->display,
                                        c->center_display, c->window_display);
        wording_use(&a->basis, load);
        return true;
}

static bool alike_days(const struct phrasebook *book, struct advice *a)
{
        const struct fact *monotony = facts_find(book->facts, FACT_MONOTONY);
        const struct fact_comparison *c = fact_compared(monotony);
        if (!differs(c) || c->delta <= 0)
                return false;
        set(a, "Let the days differ more: make the easy ones easier, or leave one out.",
            pick(is_week(book), "next week", "the coming week"), "mixed");
        a->rationale = sai_arena_printf(book->arena, "Monotony of %s was %s.", c->window_display, monotony->display);
        wording_use(&a->basis, monotony);
        return true;
}

static bool faded(const struct phrasebook *book, struct advice *a)
{
        const struct fact *decoupling = facts_find(book->facts, FACT_DECOUPLING);
        if (!decoupling || decoupling->value.value < FADED)
                return false;
        set(a, "Start the next one of this length a little easier and see whether the second half holds.",
            "the next one of this length", "easy");
        a->rationale = sai_arena_printf(book->arena, "Heart rate drifted %s in the second half.", decoupling->display);
        wording_use(&a->basis, decoupling);
        return true;
}

static bool much_hard(const struct phrasebook *book, struct advice *a)
{
        const struct fact *hard = facts_find(book->facts, FACT_HARD_SHARE);
        if (!hard || hard->value.value < HARD_SHARE_MUCH)
                return false;
        set(a, "Make the next one truly easy, so that the hard work has something to stand on.",
            pick(is_week(book), "the start of next week", "the next session"), "easy");
        a->rationale = sai_arena_printf(book->arena, "By heart rate %s of the time was hard.", hard->display);
        wording_use(&a->basis, hard);
        return true;
}

static bool notable(const struct fact *fact, const struct fact_comparison *c, bool more)
{
        return differs(c) && (c->delta > 0) == more && fact_score(fact) >= RANK_NOTABLE;
}

static bool raised_heart(const struct phrasebook *book, struct advice *a)
{
        const struct fact *heart = facts_find(book->facts, FACT_AVERAGE_HEARTRATE);
        const struct fact_comparison *c = fact_compared(heart);
        if (!notable(heart, c, true))
                return false;
        set(a, "Make the next one easy again, at a heart rate you could talk at.", "the next session", "easy");
        a->rationale = sai_arena_printf(book->arena, "Heart rate averaged %s, where %s is the median of the %s before.",
                                        heart->display, c->center_display, c->window_display);
        wording_use(&a->basis, heart);
        return true;
}

static bool light_session(const struct phrasebook *book, struct advice *a)
{
        const struct fact *load = facts_find(book->facts, FACT_TRAINING_LOAD);
        const struct fact_comparison *c = fact_compared(load);
        if (!differs(c) || c->delta >= 0 || load->value.value > LIGHT_SHARE * c->center)
                return false;
        set(a, "If this was meant as an easy one, it was: the next may be longer or harder again.", "the next session",
            "moderate");
        a->rationale = sai_arena_printf(book->arena, "Its load of %s stands against a median of %s in the %s before.",
                                        load->display, c->center_display, c->window_display);
        wording_use(&a->basis, load);
        return true;
}

static bool light_week(const struct phrasebook *book, struct advice *a)
{
        enum fact_metric metric = facts_find(book->facts, FACT_WEEK_LOAD) ? FACT_WEEK_LOAD : FACT_WEEK_TIME;
        const struct fact *sum = facts_find(book->facts, metric);
        const struct fact_comparison *c = fact_compared(sum);
        if (!is_week(book) || facts_find(book->facts, FACT_LAST_DAYS_OF_WEEK) || !differs(c) || c->delta >= 0 ||
            sum->value.value > LIGHT_SHARE * c->center)
                return false;
        set(a,
            "If that was a planned rest week, take up the usual amount again; if not, come back to it over a few sessions rather "
            "than at once.",
            "next week", "moderate");
        a->rationale = sai_arena_printf(book->arena,
                                        metric == FACT_WEEK_LOAD ? "A load of %s compares with a mean of %s in the %s before."
                                                                 : "%s of training compares with a mean of %s in the %s before.",
                                        sum->display, c->center_display, c->window_display);
        wording_use(&a->basis, sum);
        return true;
}

static bool fresh(const struct phrasebook *book, struct advice *a)
{
        const struct fact *form = facts_find(book->facts, FACT_TSB), *fitness = facts_find(book->facts, FACT_CTL);
        if (!form || !fitness || form->value.value < FORM_FRESH || fitness->value.value < FITNESS_MIN)
                return false;
        set(a, "There is room for a harder session, if you feel like one.",
            pick(is_week(book), "early next week", "the next few days"), "hard");
        a->rationale = sai_arena_printf(book->arena, "Form was %s with fitness at %s: rested.", form->display, fitness->display);
        wording_use(&a->basis, form);
        wording_use(&a->basis, fitness);
        return true;
}

static bool record_more(const struct phrasebook *book, struct advice *a)
{
        const struct fact *heart = facts_absent(book->facts, FACT_AVERAGE_HEARTRATE),
                          *without = facts_find(book->facts, FACT_WITHOUT_LOAD);
        const struct fact *time = facts_find(book->facts, is_week(book) ? FACT_WEEK_TIME : FACT_MOVING_TIME);
        if (!heart && !without)
                return false;
        set(a, "Record heart rate next time if you can: load, fitness and efficiency all rest on it.", "the next session", NULL);
        if (without)
                a->rationale = sai_arena_printf(book->arena, "%s of the week's activities %s without a load.", without->display,
                                                pick(without->value.value < 1.5, "is", "are"));
        else if (time)
                a->rationale = sai_arena_printf(book->arena, "Of these %s only distance and time are known.", time->display);
        else
                a->rationale = "How hard this one was is not known.";
        if (!without && time && !facts_find(book->facts, FACT_DISTANCE))
                a->rationale = sai_arena_printf(book->arena, "How hard these %s were is not known.", time->display);
        wording_use(&a->basis, heart);
        wording_use(&a->basis, without);
        wording_use(&a->basis, time);
        return true;
}

static bool go_on(const struct phrasebook *book, struct advice *a)
{
        const struct fact *fitness = facts_find(book->facts, FACT_CTL), *form = facts_find(book->facts, FACT_TSB);
        const struct fact *count = facts_find(book->facts, FACT_WEEK_COUNT), *time = facts_find(book->facts, FACT_WEEK_TIME);
        set(a, "Go on as you do: nothing in the figures asks for a change.", pick(is_week(book), "next week", "the next session"),
            "as planned");
        if (fitness && form) {
                a->rationale = sai_arena_printf(book->arena, "Fitness was %s and form %s: neither calls for rest or for change.",
                                                fitness->display, form->display);
                wording_use(&a->basis, fitness);
                wording_use(&a->basis, form);
        } else if (count && time && count->value.value > 0.5) {
                a->rationale =
                        sai_arena_printf(book->arena, "The week %s at %s in %s %s.", pick(is_week(book), "ended", "stands"),
                                         time->display, count->display, pick(count->value.value < 1.5, "activity", "activities"));
                wording_use(&a->basis, count);
                wording_use(&a->basis, time);
        } else {
                set(a, "Start again with something short and easy.", "the next days", "easy");
                a->rationale = "Nothing was recorded.";
        }
        return true;
}

bool phrase_advice(const struct phrasebook *book, struct advice *ret)
{
        static bool (*const rules[])(const struct phrasebook *, struct advice *) = {
                after_pause, deep_fatigue, steep_ramp, hard_session, heavy_week,    faded,       much_hard,
                alike_days,  raised_heart, fresh,      light_week,   light_session, record_more, go_on,
        };
        for (size_t i = 0; i < SAI_COUNT(rules); i++) {
                *ret = (struct advice) { 0 };
                if (rules[i](book, ret))
                        break;
        }
        return ret->text && ret->rationale && !isnan(value_of(book, FACT_DATE));
}
