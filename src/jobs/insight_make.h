/* insight_make.h -- from an athlete's data to an insight: one way, for the job and for the request that waits.
 *
 * Two steps. Composing loads the data, builds the facts and hashes them: it costs no words, and tells whether the same insight is there
 * already. Wording fills the insight and keeps it. The insight goes when the first of the API data among its inputs must go. */
#ifndef SAI_JOBS_INSIGHT_MAKE_H
#define SAI_JOBS_INSIGHT_MAKE_H

#include "insights/facts.h"
#include "training/training.h"

struct insight_wanted {
        int kind; /* enum insight_kind */
        struct sai_id activity_id; /* kind activity */
        struct sai_opt_day date; /* kind weekly; absent: the week of the last activity */
        const char *language;
};

struct insight_composed {
        const struct facts *facts;
        const char *facts_hash; /* hex; of the facts document, the rules' version and the language */
        struct sai_json document;
        struct sai_opt_instant expires_at;
        const char *language; /* that the texts will have */
};

/* SAI_NOT_FOUND: no such activity of this athlete, or no such week in their history. Blocks on the store. */
sai_status insight_compose(struct training *training, const struct user *user, const struct insight_wanted *wanted,
                           int64_t deadline_ms, struct sai_arena *arena, struct insight_composed *ret_composed,
                           struct sai_err *err) SAI_MUST_USE;

/* What an insight has before it is worded: the members that its facts decide. The caller sets id and created_at. */
void insight_begin(const struct user *user, const struct insight_composed *composed, struct insight *ret_insight);

/* Words it from the facts that it was begun with and keeps it as done; then the athlete's data version moves. SAI_CONFLICT when somebody
 * else did so first. */
sai_status insight_finish(struct training *training, struct sai_arena *arena, struct insight *insight,
                          struct sai_err *err) SAI_MUST_USE;

#endif
