/* phrases.c -- what activities and weeks share: nouns, the state of the day, titles and summaries. */
#include "insights/phrases.h"

static const struct nouns family_nouns[FAMILY_OTHER + 1] = {
        [FAMILY_RUN] = { "run", "runs", "ran", "running", "pace", "ground" },
        [FAMILY_RIDE] = { "ride", "rides", "rode", "riding", "speed", "power" },
        [FAMILY_SWIM] = { "swim", "swims", "swam", "swimming", "pace", "ground" },
        [FAMILY_WALK] = { "walk", "walks", "walked", "walking", "pace", "ground" },
};
static const struct nouns hike_nouns = { "hike", "hikes", "hiked", "hiking", "pace", "ground" };
static const struct nouns workout_nouns = { "workout", "workouts", "covered", "working out", "speed", "ground" };

/* "AlpineSki" becomes "alpine ski". */
static const char *plain_name(const char *camel, struct sai_arena *arena)
{
        char *out = sai_arena_alloc(arena, 2 * strlen(camel) + 1);
        size_t n = 0;
        for (size_t i = 0; out && camel[i]; i++) {
                bool upper = camel[i] >= 'A' && camel[i] <= 'Z';
                if (upper && i > 0)
                        out[n++] = ' ';
                out[n++] = upper ? (char)(camel[i] - 'A' + 'a') : camel[i];
        }
        return out;
}

sai_status nouns_of(enum sport sport, struct sai_arena *arena, struct nouns *ret)
{
        enum sport_family family = sport_family(sport);
        *ret = sport == SPORT_HIKE ? hike_nouns : sport == SPORT_WORKOUT ? workout_nouns : family_nouns[family];
        if (family != FAMILY_OTHER || sport == SPORT_WORKOUT)
                return SAI_OK;
        const char *name = plain_name(sport_name(sport), arena);
        if (!name)
                return SAI_NO_MEMORY;
        *ret = workout_nouns;
        ret->one = sai_arena_printf(arena, "%s session", name);
        ret->many = ret->sport = sai_arena_printf(arena, "%s sessions", name);
        return ret->one && ret->many ? SAI_OK : SAI_NO_MEMORY;
}

void wording_use(struct wording *wording, const struct fact *fact)
{
        for (size_t i = 0; i < wording->fact_count; i++) {
                if (wording->facts[i] == fact)
                        return;
        }
        if (fact && wording->fact_count < WORDING_FACTS)
                wording->facts[wording->fact_count++] = fact;
}

static bool is_week(const struct phrasebook *book) { return book->facts->kind == INSIGHT_WEEKLY; }

/* -- The state of the day --------------------------------------------------------------------------------------------------- */

#define FORM_LOW (-25.0) /* clearly more fatigue than fitness carries */

static bool phrase_form(const struct phrasebook *book, const struct fact *form, struct wording *w)
{
        const struct fact *fitness = facts_find(book->facts, FACT_CTL), *fatigue = facts_find(book->facts, FACT_ATL);
        const struct fact_comparison *c = fact_compared(form);
        if (!differs(c) || !fitness || !fatigue)
                return false;
        w->text = sai_arena_printf(book->arena,
                                   "Form stood at %s %s, %s %s than its median of the %s before; fitness ended that day at %s "
                                   "and fatigue at %s.",
                                   form->display, pick(is_week(book), "on the morning of the last day", "that morning"),
                                   c->delta_display, pick(c->delta > 0, "higher", "lower"), c->window_display, fitness->display,
                                   fatigue->display);
        w->headline = sai_arena_printf(book->arena, "%s than usual", pick(c->delta > 0, "form higher", "form lower"));
        w->severity = form->value.value < FORM_LOW ? SEVERITY_WARNING : SEVERITY_INFO;
        wording_use(w, form);
        wording_use(w, fitness);
        wording_use(w, fatigue);
        return true;
}

static bool phrase_ramp(const struct phrasebook *book, const struct fact *ramp, struct wording *w)
{
        const struct fact_comparison *c = fact_compared(ramp);
        if (!differs(c) || c->delta <= 0)
                return false;
        w->text = sai_arena_printf(book->arena, "Fitness rose by %s in %s; more than %s in that time is commonly called steep.",
                                   ramp->display, c->window_display, c->center_display);
        w->headline = "fitness rising steeply";
        w->severity = SEVERITY_WARNING;
        wording_use(w, ramp);
        return true;
}

static bool phrase_monotony(const struct phrasebook *book, const struct fact *monotony, struct wording *w)
{
        const struct fact_comparison *c = fact_compared(monotony);
        if (!differs(c) || c->delta <= 0)
                return false;
        w->text = sai_arena_printf(book->arena,
                                   "Day by day the load hardly varied: monotony over %s was %s, above the %s from which hard and "
                                   "easy days count as too alike.",
                                   c->window_display, monotony->display, c->center_display);
        w->headline = "much the same load every day";
        w->severity = SEVERITY_INFO;
        wording_use(w, monotony);
        return true;
}

bool phrase_state(const struct phrasebook *book, const struct fact *fact, struct wording *ret)
{
        switch (fact->metric) {
        case FACT_TSB:
                return phrase_form(book, fact, ret);
        case FACT_RAMP_RATE:
                return phrase_ramp(book, fact, ret);
        case FACT_MONOTONY:
                return phrase_monotony(book, fact, ret);
        case FACT_CTL:
                if (SAI_HAS(fact->value))
                        return false;
                ret->text = pick(fact->absent && strcmp(fact->absent, reason_code(REASON_NO_LOAD)) == 0,
                                 "Fitness and form are not known: no activity so far has a training load.",
                                 "Fitness and form are not told yet: they mean little before there are some weeks of load.");
                wording_use(ret, fact);
                return true;
        default:
                return false;
        }
}

/* -- When too little stands out ----------------------------------------------------------------------------------------------- */

static bool plain_intensity(const struct phrasebook *book, struct wording *w)
{
        const struct fact *easy = facts_find(book->facts, FACT_EASY_SHARE), *middle = facts_find(book->facts, FACT_MIDDLE_SHARE),
                          *hard = facts_find(book->facts, FACT_HARD_SHARE);
        if (!easy || !middle || !hard)
                return false;
        w->text = sai_arena_printf(book->arena, "By heart rate %s of the time was easy, %s moderate and %s hard.", easy->display,
                                   middle->display, hard->display);
        w->topics = 1u << TOPIC_INTENSITY;
        wording_use(w, easy);
        wording_use(w, middle);
        wording_use(w, hard);
        return true;
}

#define FITNESS_WORTH_TELLING 5.0

static bool plain_form(const struct phrasebook *book, struct wording *w)
{
        const struct fact *fitness = facts_find(book->facts, FACT_CTL), *form = facts_find(book->facts, FACT_TSB);
        if (!fitness || !form || fitness->value.value < FITNESS_WORTH_TELLING)
                return false;
        w->text = sai_arena_printf(book->arena, "Fitness stood at %s and form at %s%s.", fitness->display, form->display,
                                   pick(is_week(book), " at the end of it", " that day"));
        w->topics = 1u << TOPIC_FORM;
        wording_use(w, fitness);
        wording_use(w, form);
        return true;
}

static const char *activities(const struct fact *count)
{
        return count->value.value > 1.5 || count->value.value < 0.5 ? "activities" : "activity";
}

static bool plain_week(const struct phrasebook *book, struct wording *w)
{
        const struct fact *count = facts_find(book->facts, FACT_WEEK_COUNT), *time = facts_find(book->facts, FACT_WEEK_TIME);
        if (!count || !time || is_week(book))
                return false;
        w->text = sai_arena_printf(book->arena, "With it the week stands at %s %s and %s of moving time.", count->display,
                                   activities(count), time->display);
        w->topics = 1u << TOPIC_RHYTHM;
        wording_use(w, count);
        wording_use(w, time);
        return true;
}

static bool plain_steady(const struct phrasebook *book, struct wording *w)
{
        const struct fact *time = facts_find(book->facts, is_week(book) ? FACT_WEEK_TIME : FACT_MOVING_TIME);
        const struct fact_comparison *c = fact_compared(time);
        if (!c || !c->center_display)
                return false;
        w->text = sai_arena_printf(book->arena, "Little stands out: the %s of the %s before is %s, and this one had %s.",
                                   c->measure, c->window_display, c->center_display, time->display);
        w->topics = 1u << TOPIC_LENGTH;
        wording_use(w, time);
        return true;
}

static bool plain_nothing(const struct phrasebook *book, struct wording *w)
{
        (void)book;
        w->text = "There is nothing yet to compare it with: the picture begins here.";
        w->topics = 1u << TOPIC_MISSING;
        return true;
}

bool phrase_plain(const struct phrasebook *book, int step, struct wording *ret, bool *ret_more)
{
        static bool (*const steps[])(const struct phrasebook *, struct wording *) = { plain_intensity, plain_form, plain_steady,
                                                                                      plain_week, plain_nothing };
        *ret_more = step < (int)SAI_COUNT(steps);
        *ret = (struct wording) { .severity = SEVERITY_INFO };
        return *ret_more && steps[step](book, ret) && ret->text;
}

/* -- Title and summary ---------------------------------------------------------------------------------------------------------- */

bool phrase_title(const struct phrasebook *book, const char *headline, struct wording *ret)
{
        const struct fact *date = facts_find(book->facts, FACT_DATE);
        const struct fact *distance = facts_find(book->facts, FACT_DISTANCE), *time = facts_find(book->facts, FACT_MOVING_TIME);
        *ret = (struct wording) { 0 };
        if (!date)
                return false;
        if (is_week(book)) {
                ret->text = sai_arena_printf(book->arena, "Week of %s%s%s", date->display, headline ? ": " : "",
                                             headline ? headline : "");
        } else {
                const struct fact *size = distance ? distance : time;
                ret->text = sai_arena_printf(book->arena, "%s%s%s%s%s", size ? size->display : "", size ? " " : "",
                                             book->nouns->one, headline ? ": " : " of ", headline ? headline : date->display);
                wording_use(ret, size);
        }
        wording_use(ret, date);
        return ret->text != NULL;
}

static bool summary_activity(const struct phrasebook *book, struct wording *w)
{
        const struct fact *date = facts_find(book->facts, FACT_DATE), *distance = facts_find(book->facts, FACT_DISTANCE),
                          *time = facts_find(book->facts, FACT_MOVING_TIME), *speed = facts_find(book->facts, FACT_AVERAGE_SPEED),
                          *climb = facts_find(book->facts, FACT_ELEVATION_GAIN);
        const char *climbing =
                climb && climb->value.value >= 10 ? sai_arena_printf(book->arena, ", with %s of climbing", climb->display) : "";
        if (!date || !climbing)
                return false;
        if (distance && time && speed)
                w->text = sai_arena_printf(book->arena, "On %s you %s %s in %s, at %s%s.", date->display, book->nouns->past,
                                           distance->display, time->display, speed->display, climbing);
        else if (distance)
                w->text = sai_arena_printf(book->arena, "On %s you %s %s%s.", date->display, book->nouns->past, distance->display,
                                           climbing);
        else if (time)
                w->text = sai_arena_printf(book->arena, "A %s of %s on %s.", book->nouns->one, time->display, date->display);
        else
                w->text = sai_arena_printf(book->arena, "A %s on %s, of which neither distance nor time is known.",
                                           book->nouns->one, date->display);
        const struct fact *used[] = { date, distance, time, speed, climb };
        for (size_t i = 0; i < SAI_COUNT(used); i++)
                wording_use(w, used[i]);
        return true;
}

static bool summary_effort(const struct phrasebook *book, struct wording *w)
{
        const struct fact *heart = facts_find(book->facts, FACT_AVERAGE_HEARTRATE),
                          *load = facts_find(book->facts, FACT_TRAINING_LOAD),
                          *watts = facts_find(book->facts, FACT_AVERAGE_WATTS);
        if (heart && watts && load)
                w->text = sai_arena_printf(book->arena, "It took %s at an average heart rate of %s, for a training load of %s.",
                                           watts->display, heart->display, load->display);
        else if (heart && load)
                w->text = sai_arena_printf(book->arena, "Heart rate averaged %s and the training load was %s.", heart->display,
                                           load->display);
        else if (watts && load)
                w->text = sai_arena_printf(book->arena, "Power averaged %s and the training load was %s.", watts->display,
                                           load->display);
        else if (heart)
                w->text = sai_arena_printf(book->arena, "Heart rate averaged %s; there is no training load.", heart->display);
        else if (load)
                w->text = sai_arena_printf(book->arena, "The training load was %s, without heart rate.", load->display);
        else
                w->text = "Without heart rate or power there is no training load, so how hard it was cannot be told.";
        wording_use(w, heart);
        wording_use(w, watts);
        wording_use(w, load);
        return true;
}

static bool summary_week(const struct phrasebook *book, struct wording *w)
{
        const struct fact *date = facts_find(book->facts, FACT_DATE), *time = facts_find(book->facts, FACT_WEEK_TIME),
                          *count = facts_find(book->facts, FACT_WEEK_COUNT),
                          *days = facts_find(book->facts, FACT_WEEK_ACTIVE_DAYS),
                          *elapsed = facts_find(book->facts, FACT_LAST_DAYS_OF_WEEK);
        if (!date)
                return false;
        const char *running = elapsed ? sai_arena_printf(book->arena, " (%s of it so far)", elapsed->display) : "";
        if (!running)
                return false;
        if (!count || count->value.value < 0.5)
                w->text = sai_arena_printf(book->arena, "No activity in the week of %s%s.", date->display, running);
        else if (time && days)
                w->text = sai_arena_printf(book->arena, "In the week of %s%s you trained %s, in %s %s on %s.", date->display,
                                           running, time->display, count->display, activities(count), days->display);
        else
                w->text = sai_arena_printf(book->arena, "In the week of %s%s there %s %s %s, without a moving time.",
                                           date->display, running, pick(count->value.value > 1.5, "were", "was"), count->display,
                                           activities(count));
        wording_use(w, date);
        wording_use(w, time);
        wording_use(w, count);
        wording_use(w, days);
        wording_use(w, elapsed);
        return true;
}

static bool summary_week_sums(const struct phrasebook *book, struct wording *w)
{
        const struct fact *distance = facts_find(book->facts, FACT_WEEK_DISTANCE),
                          *load = facts_find(book->facts, FACT_WEEK_LOAD), *count = facts_find(book->facts, FACT_WEEK_COUNT);
        if (!count || count->value.value < 0.5)
                return false;
        bool far = distance && distance->value.value > 0;
        if (far && load)
                w->text = sai_arena_printf(book->arena, "That is %s of %s and a training load of %s.", distance->display,
                                           book->nouns->sport, load->display);
        else if (far)
                w->text = sai_arena_printf(book->arena,
                                           "That is %s of %s; there is no training load, for want of heart rate, power or "
                                           "thresholds.",
                                           distance->display, book->nouns->sport);
        else if (load)
                w->text = sai_arena_printf(book->arena, "The training load was %s.", load->display);
        wording_use(w, distance);
        wording_use(w, load);
        return w->text != NULL;
}

bool phrase_summary(const struct phrasebook *book, int sentence, unsigned topics_used, struct wording *ret)
{
        *ret = (struct wording) { .severity = SEVERITY_INFO };
        bool week = is_week(book), said = false;
        if (sentence == 0)
                said = week ? summary_week(book, ret) : summary_activity(book, ret);
        else if (sentence == 1)
                said = week ? summary_week_sums(book, ret) : summary_effort(book, ret);
        else if (!(topics_used >> TOPIC_FORM & 1))
                said = plain_form(book, ret) || (!(topics_used >> TOPIC_RHYTHM & 1) && plain_week(book, ret));
        else if (!(topics_used >> TOPIC_RHYTHM & 1))
                said = plain_week(book, ret);
        return said && ret->text;
}
