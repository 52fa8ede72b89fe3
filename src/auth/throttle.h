/* throttle.h -- how often somebody may try: counted in the store, under the hash of what is counted.
 *
 * A try is counted before it is made, so any number at once stay within the bound. */
#ifndef SAI_AUTH_THROTTLE_H
#define SAI_AUTH_THROTTLE_H

#include "auth/auth.h"

/* `kind` tells counters of one text apart. SAI_RATE_LIMITED beyond `most` within the window, with the seconds until it ends. */
sai_status throttle_take(const struct auth *auth, const char *kind, const char *text, int64_t most, int64_t *ret_retry_s,
                         struct sai_err *err) SAI_MUST_USE;
/* By address of a client: an IPv6 one counts by its /64, which one customer has whole. */
sai_status throttle_take_client(const struct auth *auth, const char *kind, const char *address, int64_t most,
                                int64_t *ret_retry_s, struct sai_err *err) SAI_MUST_USE;
/* A try that was right takes back what was counted before it. */
void throttle_forget(const struct auth *auth, const char *kind, const char *text);

#endif
