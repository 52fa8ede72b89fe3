/* session.h -- signed-in devices: access tokens, rotating refresh tokens, page cookies.
 *
 * A session is a row. An access token names it and dies with it. A refresh token is 256 bits that are used once: each use gives the
 * next, and a used one that comes again means that two parties hold the family, so the whole session ends (checklist A10). The token of
 * a session and a counter is derived by keyed hash, so that nothing that opens the account is ever stored and the successor can be given
 * again within the grace time. A page's cookie is random and kept as a hash.
 *
 * A look-up asks the store at most every 5 s for one session; what ends here is ended at once here and within those 5 s in other
 * processes (A12). Safe from several threads; all but the check with a warm cache read or write the store. */
#ifndef SAI_AUTH_SESSION_H
#define SAI_AUTH_SESSION_H

#include "auth/auth.h"
#include "base/arena.h"
#include "base/calendar.h"
#include "model/account.h"

struct session_device {
        const char *user_agent, *ip;
}; /* shown to the athlete; cut to 255 bytes; may be NULL */

/* A text of a client as it is kept and shown: cut to 255 bytes, "" when it is none. In the arena; NULL without memory. */
const char *session_device_text(const char *text, struct sai_arena *arena);

struct token_pair {
        struct sai_id user_id;
        const char *access_token, *refresh_token; /* in the arena */
        struct sai_instant expires_at; /* of the access token */
};

struct session_identity {
        struct sai_id user_id, session_id;
        int kind;
};

/* Opens a session of kind token or cli. More than SAI_MAX_SESSIONS_PER_USER: the least recently used goes. A cli session replaces the one before. */
sai_status session_open(const struct auth *auth, struct sai_id user_id, enum session_kind kind, struct session_device device,
                        struct sai_arena *arena, struct token_pair *ret_tokens, struct sai_err *err) SAI_MUST_USE;
/* Opens a page session and gives the cookie's value. */
sai_status session_open_page(const struct auth *auth, struct sai_id user_id, struct session_device device,
                             struct sai_arena *arena, const char **ret_cookie, struct sai_err *err) SAI_MUST_USE;
/* Uses a refresh token: SAI_OK with its successor; SAI_TOKEN_INVALID, SAI_TOKEN_EXPIRED; SAI_REFRESH_REUSED: the session has ended. */
sai_status session_refresh(const struct auth *auth, const char *token, size_t len, struct sai_arena *arena,
                           struct token_pair *ret_tokens, struct sai_err *err) SAI_MUST_USE;
/* Whose access token or cookie this is: SAI_OK, SAI_TOKEN_INVALID, SAI_TOKEN_EXPIRED. */
sai_status session_of_access_token(const struct auth *auth, const char *token, size_t len, struct session_identity *ret,
                                   struct sai_err *err) SAI_MUST_USE;
sai_status session_of_cookie(const struct auth *auth, const char *cookie, size_t len, struct session_identity *ret,
                             struct sai_err *err) SAI_MUST_USE;

sai_status session_end(const struct auth *auth, struct sai_id user_id, struct sai_id session_id,
                       struct sai_err *err) SAI_MUST_USE;
sai_status session_end_others(const struct auth *auth, struct sai_id user_id, struct sai_id kept,
                              struct sai_err *err) SAI_MUST_USE;
sai_status session_end_all(const struct auth *auth, struct sai_id user_id, struct sai_err *err) SAI_MUST_USE;

#endif
