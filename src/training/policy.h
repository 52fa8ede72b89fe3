/* policy.h -- what may be done with data, by where it came from: one module, one decision.
 *
 * Strava's API policy of 2026-06-01 caps how long data from the API may be kept (7 days) and bars it from a language model's context; what
 * the athlete uploads is free of both. `strava-2026` obeys it, `own-agreement` lifts both for an operator whose agreement allows it. No other
 * code asks where data came from to decide what may be done with it. */
#ifndef SAI_TRAINING_POLICY_H
#define SAI_TRAINING_POLICY_H

#include "base/optional.h"
#include "base/settings.h"
#include "model/activity.h"

enum policy_use {
        POLICY_KEEP, /* longer than the API's cache time */
        POLICY_LANGUAGE_MODEL, /* in a model's context */
};

bool policy_allows(enum sai_data_policy policy, enum activity_source_kind kind, enum policy_use use);

/* When data fetched at `fetched_at` must be fetched again or erased; absent: never. */
struct sai_opt_instant policy_expiry(enum sai_data_policy policy, enum activity_source_kind kind, struct sai_instant fetched_at);

#endif
