/* strava_access.h -- the athlete's authorization at Strava: kept sealed, refreshed by one at a time.
 *
 * Strava may answer each refresh with a new refresh token, and from then on the old one is dead: losing the answer locks the athlete out, and
 * two refreshes at once can kill each other. So one process at a time holds a lease on the link (with a fencing number), writes both tokens
 * in one compare-and-set before anybody uses them, and the others wait for its result. What is final (the refresh token is dead) marks the
 * link `reconnect_needed` and is never tried again; the athlete sees it and connects anew.
 *
 * Blocking; from workers only. */
#ifndef SAI_AUTH_STRAVA_ACCESS_H
#define SAI_AUTH_STRAVA_ACCESS_H

#include "auth/auth.h"
#include "base/arena.h"
#include "client/strava/strava.h"
#include "model/account.h"
#include "model/user.h"

/* Keeps what a code exchange gave: claims the athlete for `user_id` beforehand is the caller's. `scopes` as the athlete granted them. */
sai_status strava_access_keep(const struct auth *auth, struct sai_id user_id, int64_t athlete_id,
                              const struct strava_token *token, const char *const *scopes, size_t scope_count,
                              struct sai_arena *arena, struct sai_err *err) SAI_MUST_USE;

/* An access token that lives for some minutes at least. `rejected` (may be NULL) is a token that Strava just refused with 401: then a refresh is
 * made unless the link has another one already.
 * SAI_OK; SAI_STRAVA_NOT_CONNECTED (no link, or it needs the athlete); SAI_TIMEOUT; SAI_UNAVAILABLE; SAI_RATE_LIMITED. */
sai_status strava_access_token(const struct auth *auth, struct sai_id user_id, const char *rejected, int64_t deadline_ms,
                               struct sai_arena *arena, const char **ret_token, struct sai_err *err) SAI_MUST_USE;

/* Sets the status that the athlete sees, on the link and on the user. */
sai_status strava_access_mark(const struct auth *auth, struct sai_id user_id, enum link_status status,
                              struct sai_err *err) SAI_MUST_USE;

/* Seals the tokens anew when they are not under the newest key. Takes the lease for it, so that no refresh under way loses what Strava gave it;
 * waits while another has it. `*ret_sealed` says whether anything was to do; a link that is gone is nothing to do. */
sai_status strava_access_reseal(const struct auth *auth, struct sai_id user_id, struct sai_arena *arena, bool *ret_sealed,
                                struct sai_err *err) SAI_MUST_USE;

/* Ends the authorization at Strava, then forgets the tokens. A token that Strava refuses already is as good as ended. */
sai_status strava_access_end(const struct auth *auth, struct sai_id user_id, int64_t deadline_ms, struct sai_arena *arena,
                             struct sai_err *err) SAI_MUST_USE;

#endif
