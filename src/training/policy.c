/* policy.c -- see policy.h. */
#include "training/policy.h"

enum { API_CACHE_DAYS = 7 }; /* API Policy section 6.2 */

bool policy_allows(enum sai_data_policy policy, enum activity_source_kind kind, enum policy_use use)
{
        (void)use; /* today both uses fall together; a policy that parts them is decided here */
        return kind == SOURCE_FILE || policy == SAI_POLICY_OWN_AGREEMENT;
}

struct sai_opt_instant policy_expiry(enum sai_data_policy policy, enum activity_source_kind kind, struct sai_instant fetched_at)
{
        if (policy_allows(policy, kind, POLICY_KEEP))
                return (struct sai_opt_instant) { 0 };
        return SAI_SOME(sai_opt_instant, ((struct sai_instant) { fetched_at.ms + (int64_t)API_CACHE_DAYS * 24 * 3600 * 1000 }));
}
