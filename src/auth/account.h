/* account.h -- local accounts: an address and a password.
 *
 * Who has an address is the claim `email:<address>`, so two registrations at once are one account. Nothing here tells whether an address has
 * an account, but registering, which must: a sign-in with an unknown one costs the same and fails with the same words, and a reset is
 * always accepted. Tries are counted by account and by address of the client, in the store, so over all processes. Blocking; workers only. */
#ifndef SAI_AUTH_ACCOUNT_H
#define SAI_AUTH_ACCOUNT_H

#include "auth/auth.h"
#include "auth/session.h"
#include "base/arena.h"
#include "model/user.h"

/* NULL, or why it can be no address (a static text). */
const char *account_email_problem(const char *email);

/* Makes a user who has this address, without a password: SAI_CONFLICT when somebody has it. `name` may be NULL. */
sai_status account_add(const struct auth *auth, const char *email, const char *name, struct sai_arena *arena,
                       struct user *ret_user, struct sai_err *err) SAI_MUST_USE;
/* The same with a password. SAI_BUSY: come back; SAI_RATE_LIMITED: *ret_retry_s says when. */
sai_status account_register(const struct auth *auth, const char *email, const char *password, const char *name,
                            struct session_device device, struct sai_arena *arena, struct user *ret_user, int64_t *ret_retry_s,
                            struct sai_err *err) SAI_MUST_USE;
/* SAI_BAD_CREDENTIALS, whatever is wrong; SAI_BUSY; SAI_RATE_LIMITED. */
sai_status account_sign_in(const struct auth *auth, const char *email, const char *password, struct session_device device,
                           struct sai_arena *arena, struct user *ret_user, int64_t *ret_retry_s,
                           struct sai_err *err) SAI_MUST_USE;
/* Ends all sessions but `session_id`. SAI_CONFLICT: there is no password; SAI_BAD_CREDENTIALS, SAI_BUSY, SAI_RATE_LIMITED. */
sai_status account_change_password(const struct auth *auth, const struct user *user, struct sai_id session_id,
                                   const char *current, const char *password, struct session_device device,
                                   struct sai_arena *arena, int64_t *ret_retry_s, struct sai_err *err) SAI_MUST_USE;
/* Whose address this is, for mailing a reset to: a zero id for nobody's. SAI_RATE_LIMITED. */
sai_status account_ask_reset(const struct auth *auth, const char *email, struct session_device device, struct sai_arena *arena,
                             struct sai_id *ret_user_id, int64_t *ret_retry_s, struct sai_err *err) SAI_MUST_USE;
/* The secret that sets a new password within the hour, once, and only while no other was set. */
sai_status account_make_reset(const struct auth *auth, struct sai_id user_id, struct sai_arena *arena, const char **ret_secret,
                              struct sai_err *err) SAI_MUST_USE;
/* Sets the password and ends every session. SAI_BAD_STATE: the secret is not a live one; SAI_BUSY; SAI_RATE_LIMITED. */
sai_status account_reset_password(const struct auth *auth, const char *secret, const char *password, struct session_device device,
                                  struct sai_arena *arena, int64_t *ret_retry_s, struct sai_err *err) SAI_MUST_USE;
/* Whether the user can sign in with a password. */
sai_status account_has_password(const struct auth *auth, struct sai_id user_id, struct sai_arena *arena, bool *ret_has,
                                struct sai_err *err) SAI_MUST_USE;

#endif
