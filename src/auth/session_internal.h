/* session_internal.h -- what session.c and refresh.c share. */
#ifndef SAI_AUTH_SESSION_INTERNAL_H
#define SAI_AUTH_SESSION_INTERNAL_H

#include "auth/session.h"

/* The access token of now and the refresh token of the session's counter. */
sai_status session_issue(const struct auth *auth, const struct session *session, struct sai_arena *arena,
                         struct token_pair *ret_tokens, struct sai_err *err) SAI_MUST_USE;

#endif
