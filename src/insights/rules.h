/* rules.h -- wording an insight from its facts, without any model.
 *
 * Rules choose two to four findings by rank, one about each subject, one recommendation that names the figure it rests on, a title and a
 * summary; every text goes through the gate and what fails it is left out, so that a rule that is wrong says nothing rather than something
 * wrong. Pure: the same facts give the same words. */
#ifndef SAI_INSIGHTS_RULES_H
#define SAI_INSIGHTS_RULES_H

#include "insights/facts.h"

/* Goes into the insight and into the hash of its facts: raise it when the same facts give other words. */
#define RULES_VERSION "rules-1"

/* The language that texts will be in when `asked` is wanted: English is what there is. */
const char *rules_language(const char *asked);

/* Fills title, summary, findings, recommendations, quality, score, sport_type, provider, model, prompt_version, fallback_reason, usage and
 * language of `insight`; the rest is the caller's. SAI_OK or SAI_NO_MEMORY. */
sai_status rules_word(const struct facts *facts, struct sai_arena *arena, struct insight *insight,
                      struct sai_err *err) SAI_MUST_USE;

#endif
