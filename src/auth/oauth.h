/* oauth.h -- the state that binds a sign-in at Strava to the browser that began it, and the one-time code that ends one.
 *
 * `state` is the only protection against forged callbacks (Strava has no PKCE): 256 random bits, kept as a hash, for one use within 10 minutes, and
 * only together with the cookie that was set when it was made (checklist A6). The code that a redirecting client exchanges for its tokens
 * lives 60 s and works once. */
#ifndef SAI_AUTH_OAUTH_H
#define SAI_AUTH_OAUTH_H

#include "auth/auth.h"
#include "base/arena.h"
#include "base/optional.h"

struct oauth_start {
        const char *authorize_url, *state, *cookie;
}; /* in the arena */

/* What a sign-in began with. */
struct oauth_intent {
        const char *redirect_uri; /* from the allow-list; NULL: the JSON answer */
        struct sai_opt_id user_id; /* who was signed in, and links Strava; absent: nobody */
};

sai_status oauth_begin(const struct auth *auth, const struct oauth_intent *intent, struct sai_arena *arena,
                       struct oauth_start *ret_start, struct sai_err *err) SAI_MUST_USE;
/* Takes the state, whatever comes of it. SAI_BAD_STATE when it is missing, wrong, used, expired or of another browser. */
sai_status oauth_take(const struct auth *auth, const char *state, size_t state_len, const char *cookie, size_t cookie_len,
                      struct sai_arena *arena, struct oauth_intent *ret_intent, struct sai_err *err) SAI_MUST_USE;

sai_status oauth_code_make(const struct auth *auth, struct sai_id user_id, struct sai_arena *arena, const char **ret_code,
                           struct sai_err *err) SAI_MUST_USE;
/* SAI_BAD_STATE when it is not a live code. */
sai_status oauth_code_take(const struct auth *auth, const char *code, size_t len, struct sai_arena *arena,
                           struct sai_id *ret_user_id, struct sai_err *err) SAI_MUST_USE;

#endif
