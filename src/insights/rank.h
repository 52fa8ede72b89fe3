/* rank.h -- which facts are worth a sentence.
 *
 * A fact is worth telling when it surprises: when it lies far from what this athlete usually does (robust z), or beyond everything in the
 * window, weighed by how far it can be trusted and how much it matters. What is missing surprises when it is usually there. */
#ifndef SAI_INSIGHTS_RANK_H
#define SAI_INSIGHTS_RANK_H

#include "insights/facts.h"

struct ranked {
        const struct fact *fact;
        double score;
};

#define RANK_NOTABLE 0.8 /* below it a fact is as usual: told only when there is nothing better */

/* 0 and up; 0 for context. */
double fact_score(const struct fact *fact);

/* The facts with a score, best first, of equal ones the earlier; `out` has room for FACTS_MAX. Returns how many. */
size_t facts_rank(const struct facts *facts, struct ranked *out);

#endif
