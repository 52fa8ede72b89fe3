/* facts_internal.h -- how the documents are built: one builder, used for activities and for weeks. */
#ifndef SAI_INSIGHTS_FACTS_INTERNAL_H
#define SAI_INSIGHTS_FACTS_INTERNAL_H

#include "insights/facts.h"
#include <math.h>

#define ABSENT ((double)NAN)

enum {
        SHORT_DAYS = 28,
        LONG_DAYS = 90,
        SHORT_WEEKS = 4,
        LONG_WEEKS = 12,
        COMPARISON_MIN = 3, /* fewer have no middle worth the name */
        EXTREME_MIN = 5, /* "the longest of four" says nothing */
};

struct builder {
        const struct facts_input *in;
        struct sai_arena *arena;
        struct facts *facts;
        struct fact *items;
        size_t count;
        double *scratch; /* room for every row of the columns, and for 90 days */
        bool no_memory;
        enum sport_family family; /* decides pace, speed or pace per 100 m */
        const char *scope;
        struct sai_day from, to; /* of what the facts are about */
};

sai_status builder_begin(struct builder *b, const struct facts_input *input, enum insight_kind kind, struct sai_arena *arena,
                         struct sai_err *err) SAI_MUST_USE;
sai_status builder_end(struct builder *b, struct facts **ret_facts, struct sai_err *err) SAI_MUST_USE;

/* A fact with a value that is there (NaN adds nothing and gives NULL). `sources`: bits of enum column_flag. */
struct fact *builder_add(struct builder *b, enum fact_metric metric, double value, unsigned sources, double confidence);
/* A fact that says why there is no value. */
struct fact *builder_add_absent(struct builder *b, enum fact_metric metric, const char *reason, double confidence);

/* Holds a fact against `n` values of a window; the values may be reordered. Under COMPARISON_MIN values nothing happens. */
struct sample {
        const char *against, *measure; /* "median" or "mean" */
        const char *window_display;
        struct sai_day from, to;
        double *values;
        size_t n;
        const double *spread; /* values for the robust z, when they are others than `values`; NULL: the same */
        size_t spread_n;
        unsigned sources;
};
void builder_compare(struct builder *b, struct fact *fact, const struct sample *sample);
/* Holds it against a fixed value; `scale` makes the distance comparable with a robust z. */
void builder_threshold(struct builder *b, struct fact *fact, double threshold, double scale, const char *window_display);

/* Texts. NULL when the value cannot be shown, for a difference also when it rounds to nothing. */
const char *builder_display(struct builder *b, enum fact_metric metric, double value);
const char *builder_difference(struct builder *b, enum fact_metric metric, double value, double center);
const char *builder_date(struct builder *b, struct sai_day day); /* "15 June 2019" */

/* Fitness, fatigue and form on `day`, before and after its load, with the 90 days before (facts_state.c). */
void builder_add_state(struct builder *b, struct sai_day day);

/* Which activities are of a kind with each other: same family (of the other sports: same sport), same place (in or outdoors), same
 * drive (motor or none). */
struct sport_class {
        enum sport_family family;
        enum sport sport;
        bool indoor, assisted;
};
struct sport_class sport_class_of(enum sport sport, bool indoor);
bool sport_class_equal(struct sport_class a, struct sport_class b);
static inline struct sport_class sport_class_of_row(const struct athlete_columns *c, size_t i)
{
        return sport_class_of((enum sport)c->sport[i], (c->flags[i] & COLUMN_INDOOR) != 0);
}
static inline unsigned row_sources(const struct athlete_columns *c, size_t i)
{
        return c->flags[i] & (COLUMN_FROM_FILE | COLUMN_FROM_STRAVA);
}

#endif
