/* phrases.h -- sentences for facts: one function for each subject, in one place for activities and one for weeks.
 *
 * A phrase is made of words that are fixed here and of the facts' own texts; no number is ever formatted while wording. */
#ifndef SAI_INSIGHTS_PHRASES_H
#define SAI_INSIGHTS_PHRASES_H

#include "insights/facts_internal.h"

enum { WORDING_FACTS = 8 };

struct wording {
        const char *text;
        const char *headline; /* a title, should this be the first finding; NULL: none worth it */
        int severity; /* enum insight_severity */
        unsigned topics; /* bits of enum fact_topic that it uses up */
        const struct fact *facts[WORDING_FACTS];
        size_t fact_count;
};

/* How the sport is spoken of. */
struct nouns {
        const char *one, *many; /* "run", "runs"; "alpine ski session" */
        const char *past; /* "ran" */
        const char *sport; /* "running" */
        const char *speed; /* "pace", "speed" */
        const char *per_beat; /* "ground", "power": what a heartbeat yields */
};
sai_status nouns_of(enum sport sport, struct sai_arena *arena, struct nouns *ret) SAI_MUST_USE;

struct phrasebook {
        const struct facts *facts;
        const struct nouns *nouns;
        struct sai_arena *arena;
};

/* True when there is something to say; texts live in the arena (NULL where it is full: then false). */
bool phrase_activity(const struct phrasebook *book, const struct fact *fact, struct wording *ret);
bool phrase_week(const struct phrasebook *book, const struct fact *fact, struct wording *ret);
bool phrase_state(const struct phrasebook *book, const struct fact *fact,
                  struct wording *ret); /* both kinds: form, ramp, monotony */
/* Said when too little stands out; `step` from 0 until false. */
bool phrase_plain(const struct phrasebook *book, int step, struct wording *ret, bool *ret_more);
/* Title and summary sentences (up to 3) in the same form. */
bool phrase_title(const struct phrasebook *book, const char *headline, struct wording *ret);
bool phrase_summary(const struct phrasebook *book, int sentence, unsigned topics_used, struct wording *ret);
/* The one recommendation; `text` is advice, `rationale` states the figure. */
struct advice {
        const char *text, *rationale, *when, *intensity;
        struct wording basis; /* the facts it rests on */
};
bool phrase_advice(const struct phrasebook *book, struct advice *ret);

void wording_use(struct wording *wording, const struct fact *fact);

/* Whether value and comparison are there; the usual first line of a phrase. */
static inline bool differs(const struct fact_comparison *c) { return c && c->delta_display && c->center_display; }
static inline const char *pick(bool condition, const char *yes, const char *no) { return condition ? yes : no; }

#endif
