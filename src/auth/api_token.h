/* api_token.h -- tokens that an athlete makes for scripts: named, with scopes, revocable, shown once.
 *
 * A token is `sai_` and base64url of its row's id and 256 random bits; the row keeps a hash of those bits alone. The prefix tells it from an
 * access token, and lets scanners of source code find one that was published. A look-up asks the store at most every 5 s for one token, as
 * for a session. Safe from several threads; all but the check with a warm cache read or write the store. */
#ifndef SAI_AUTH_API_TOKEN_H
#define SAI_AUTH_API_TOKEN_H

#include "auth/auth.h"
#include "base/arena.h"
#include "model/security.h"

struct api_token_identity {
        struct sai_id user_id, token_id;
        uint32_t scopes; /* bit enum token_scope */
};

/* Makes a token of `token`'s name, scopes and end (its other members are filled here) and gives its text. SAI_CONFLICT: the user has as many as there may be. */
sai_status api_token_make(const struct auth *auth, struct sai_id user_id, struct api_token *token, struct sai_arena *arena,
                          const char **ret_text, struct sai_err *err) SAI_MUST_USE;
bool api_token_looks_like_one(const char *text, size_t len);
/* Whose token this is: SAI_OK, SAI_TOKEN_INVALID, SAI_TOKEN_EXPIRED. */
sai_status api_token_check(const struct auth *auth, const char *text, size_t len, struct api_token_identity *ret,
                           struct sai_err *err) SAI_MUST_USE;
/* At once here, within 5 s in other processes. SAI_NOT_FOUND. */
sai_status api_token_revoke(const struct auth *auth, struct sai_id user_id, struct sai_id id, struct sai_err *err) SAI_MUST_USE;

#endif
