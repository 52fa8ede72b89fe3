/* account.c -- see account.h. */
#include "auth/account.h"

#include "auth/event.h"
#include "auth/once.h"
#include "auth/password.h"
#include "auth/throttle.h"
#include "base/limits.h"
#include "store/store.h"
#include <string.h>

enum { CAS_TRIES = 8 };
static const char by_account[] = "sign-in", by_client[] = "sign-in-client", reset_account[] = "reset",
                  reset_client[] = "reset-client";

/* -- Addresses ------------------------------------------------------------------------------------------------------------ */

const char *account_email_problem(const char *email)
{
        size_t len = strlen(email);
        const char *at = strchr(email, '@');
        bool good = at && at > email && at[1] && !strchr(at + 1, '@') && len <= SAI_MAX_EMAIL && sai_utf8_valid(email, len);
        for (const char *c = email; good && *c; c++)
                good = (unsigned char)*c > ' ' && *c != 0x7f && !strchr(",;<>\"()[]\\", *c);
        return good ? NULL : "is not an e-mail address";
}

/* Addresses are one whatever their case; only ASCII is folded, because nobody knows how a mail system folds the rest. */
static const char *folded(const char *email, struct sai_arena *arena)
{
        char *copy = sai_arena_strdup(arena, email);
        for (char *c = copy; c && *c; c++)
                *c = *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c;
        return copy;
}

static sai_status claim_key(const char *email, struct sai_arena *arena, const char **ret_address, const char **ret_key,
                            struct sai_err *err)
{
        *ret_address = folded(email, arena);
        *ret_key = *ret_address ? sai_arena_printf(arena, "email:%s", *ret_address) : NULL;
        return *ret_key ? SAI_OK : sai_fail(err, SAI_NO_MEMORY, "address");
}

/* Who holds the address; a zero id when nobody does. */
static sai_status find_holder(const struct auth *auth, const char *key, struct sai_id *ret_id, struct sai_err *err)
{
        *ret_id = (struct sai_id) { 0 };
        sai_status status = store_claim_holder(auth->store, key, ret_id, err);
        return status == SAI_NOT_FOUND ? SAI_OK : status;
}

/* -- Making ----------------------------------------------------------------------------------------------------------------- */

sai_status account_add(const struct auth *auth, const char *email, const char *name, struct sai_arena *arena,
                       struct user *ret_user, struct sai_err *err)
{
        const char *address, *key;
        struct sai_id id = store_new_id(auth->store), holder = id;
        int64_t now = sai_now_ms(&auth->clock);
        sai_status status = claim_key(email, arena, &address, &key, err);
        if (status == SAI_OK)
                status = store_claim(auth->store, key, id, &holder, err);
        if (status != SAI_OK && status != SAI_CONFLICT)
                return status;
        /* A claim whose holder is no user was left by a process that was killed right here: its id is used, and of two who do so at once
         * the user's own key lets one through. */
        *ret_user = (struct user) { .id = status == SAI_OK ? id : holder,
                                    .email = address,
                                    .name = name,
                                    .name_given = name != NULL,
                                    .preferences = { .timezone = "UTC", .language = "en", .notifications = true },
                                    .created_at = { now },
                                    .updated_at = { now } };
        status = store_user_put(auth->store, ret_user, err);
        return status == SAI_CONFLICT ? sai_fail(err, SAI_CONFLICT, "the address belongs to a user already") : status;
}

/* Inserts or replaces the password; a change in between is overwritten, the later one wins. */
static sai_status keep_password(const struct auth *auth, struct sai_id user_id, const char *hash, struct sai_arena *arena,
                                struct sai_err *err)
{
        sai_status status = SAI_CONFLICT;
        for (int i = 0; i < CAS_TRIES && status == SAI_CONFLICT; i++) {
                struct credential credential = { .id = user_id };
                status = store_credential_get(auth->store, user_id, arena, &credential, err);
                if (status != SAI_OK && status != SAI_NOT_FOUND)
                        return status;
                credential.id = user_id;
                credential.password_hash = hash;
                credential.updated_at.ms = sai_now_ms(&auth->clock);
                status = store_credential_put(auth->store, &credential, err);
        }
        return status;
}

static void leave_pool(struct password_pool **pool)
{
        if (*pool)
                password_leave(*pool);
}
/* A place in the pool for as long as `place` is in scope. It is taken before anything is written: turning a flood away must cost next to
 * nothing, and counting is a commit. */
static sai_status enter(const struct auth *auth, struct password_pool **place, struct sai_err *err)
{
        sai_status status = password_enter(auth->passwords, err);
        if (status == SAI_OK)
                *place = auth->passwords;
        return status;
}

sai_status account_register(const struct auth *auth, const char *email, const char *password, const char *name,
                            struct session_device device, struct sai_arena *arena, struct user *ret_user, int64_t *ret_retry_s,
                            struct sai_err *err)
{
        SAI_CLEANUP(leave_pool) struct password_pool *place = NULL;
        const char *hash;
        sai_status status = enter(auth, &place, err);
        if (status == SAI_OK)
                status = throttle_take_client(auth, by_client, device.ip, SAI_MAX_TRIES_BY_CLIENT, ret_retry_s, err);
        if (status == SAI_OK)
                status = password_hash(auth->passwords, password, arena, &hash, err);
        if (status == SAI_OK)
                status = account_add(auth, email, name, arena, ret_user, err);
        if (status == SAI_OK)
                status = keep_password(auth, ret_user->id, hash, arena, err);
        if (status == SAI_OK)
                auth_event_add(auth, ret_user->id, EVENT_ACCOUNT_CREATED, device, NULL);
        return status;
}

/* -- Signing in ----------------------------------------------------------------------------------------------------------------- */

/* One text for all of it. */
static sai_status refuse(const struct auth *auth, struct sai_id user_id, struct session_device device, struct sai_err *err)
{
        /* Noted for nobody as well: the write takes time, and only those with an account would cost it. */
        auth_event_add(auth, user_id, EVENT_SIGN_IN_REFUSED, device, "wrong password");
        return sai_fail(err, SAI_BAD_CREDENTIALS, "%s", sai_status_text(SAI_BAD_CREDENTIALS));
}

static void rehash(const struct auth *auth, struct credential *credential, const char *password, struct sai_arena *arena)
{
        struct sai_err err = { 0 };
        sai_status status = password_hash(auth->passwords, password, arena, &credential->password_hash, &err);
        if (status == SAI_OK)
                status = store_credential_put(auth->store, credential, &err);
        if (status != SAI_OK && status != SAI_CONFLICT)
                sai_log(auth->log, SAI_LOG_WARN, "auth.rehash_failed", SAI_LOG_ID("user_id", credential->id),
                        SAI_LOG_TEXT("reason", err.detail));
}

/* Compares under a place of the pool. An account without a password, and none at all, cost the same as a wrong one. */
static sai_status check_password(const struct auth *auth, struct sai_id user_id, const char *password, struct sai_arena *arena,
                                 struct credential *ret_credential, bool *ret_right, struct sai_err *err)
{
        *ret_credential = (struct credential) { 0 };
        sai_status status = store_credential_get(auth->store, user_id, arena, ret_credential, err);
        if (status != SAI_OK && status != SAI_NOT_FOUND)
                return status;
        *ret_right = password_is_right(auth->passwords, ret_credential->password_hash, password);
        return SAI_OK;
}

sai_status account_sign_in(const struct auth *auth, const char *email, const char *password, struct session_device device,
                           struct sai_arena *arena, struct user *ret_user, int64_t *ret_retry_s, struct sai_err *err)
{
        SAI_CLEANUP(leave_pool) struct password_pool *place = NULL;
        const char *address, *key;
        struct sai_id user_id;
        struct credential credential;
        bool right = false;
        sai_status status = claim_key(email, arena, &address, &key, err);
        if (status == SAI_OK)
                status = enter(auth, &place, err);
        if (status == SAI_OK)
                status = throttle_take_client(auth, by_client, device.ip, SAI_MAX_TRIES_BY_CLIENT, ret_retry_s, err);
        if (status == SAI_OK)
                status = throttle_take(auth, by_account, address, SAI_MAX_TRIES_BY_ACCOUNT, ret_retry_s, err);
        if (status == SAI_OK)
                status = find_holder(auth, key, &user_id, err);
        if (status == SAI_OK)
                status = check_password(auth, user_id, password, arena, &credential, &right, err);
        if (status != SAI_OK)
                return status;
        if (!right)
                return refuse(auth, user_id, device, err);
        status = store_user_get(auth->store, user_id, arena, ret_user, err);
        if (status != SAI_OK)
                return status == SAI_NOT_FOUND ? refuse(auth, user_id, device, err) : status;
        throttle_forget(auth, by_account, address);
        if (password_is_outdated(auth->passwords, credential.password_hash))
                rehash(auth, &credential, password, arena);
        return SAI_OK;
}

/* -- Changing ---------------------------------------------------------------------------------------------------------------------- */

sai_status account_change_password(const struct auth *auth, const struct user *user, struct sai_id session_id,
                                   const char *current, const char *password, struct session_device device,
                                   struct sai_arena *arena, int64_t *ret_retry_s, struct sai_err *err)
{
        SAI_CLEANUP(leave_pool) struct password_pool *place = NULL;
        struct credential credential;
        bool right = false, has = false;
        const char *hash, *address = user->email ? user->email : "";
        sai_status status = account_has_password(auth, user->id, arena, &has, err);
        if (status == SAI_OK && !has)
                return sai_fail(err, SAI_CONFLICT, "this account has no password: it signs in with Strava");
        if (status == SAI_OK)
                status = enter(auth, &place, err);
        if (status == SAI_OK)
                status = throttle_take(auth, by_account, address, SAI_MAX_TRIES_BY_ACCOUNT, ret_retry_s, err);
        if (status == SAI_OK)
                status = check_password(auth, user->id, current, arena, &credential, &right, err);
        if (status == SAI_OK && !right)
                return refuse(auth, user->id, device, err);
        if (status == SAI_OK)
                status = password_hash(auth->passwords, password, arena, &hash, err);
        if (status == SAI_OK)
                status = keep_password(auth, user->id, hash, arena, err);
        if (status == SAI_OK)
                status = session_end_others(auth, user->id, session_id, err);
        if (status != SAI_OK)
                return status;
        throttle_forget(auth, by_account, address);
        auth_event_add(auth, user->id, EVENT_PASSWORD_CHANGED, device, "all other sessions have ended");
        return SAI_OK;
}

sai_status account_has_password(const struct auth *auth, struct sai_id user_id, struct sai_arena *arena, bool *ret_has,
                                struct sai_err *err)
{
        struct credential credential;
        sai_status status = store_credential_get(auth->store, user_id, arena, &credential, err);
        *ret_has = status == SAI_OK;
        return status == SAI_NOT_FOUND ? SAI_OK : status;
}

/* -- Resetting ---------------------------------------------------------------------------------------------------------------------- */

sai_status account_ask_reset(const struct auth *auth, const char *email, struct session_device device, struct sai_arena *arena,
                             struct sai_id *ret_user_id, int64_t *ret_retry_s, struct sai_err *err)
{
        const char *address, *key;
        sai_status status = claim_key(email, arena, &address, &key, err);
        if (status == SAI_OK)
                status = throttle_take_client(auth, reset_client, device.ip, SAI_MAX_TRIES_BY_CLIENT, ret_retry_s, err);
        if (status == SAI_OK)
                status = throttle_take(auth, reset_account, address, SAI_MAX_RESETS_BY_ACCOUNT, ret_retry_s, err);
        if (status == SAI_OK)
                status = find_holder(auth, key, ret_user_id, err);
        if (status == SAI_OK) /* for nobody as well: see refuse */
                auth_event_add(auth, *ret_user_id, EVENT_PASSWORD_RESET_ASKED, device, NULL);
        return status;
}

sai_status account_make_reset(const struct auth *auth, struct sai_id user_id, struct sai_arena *arena, const char **ret_secret,
                              struct sai_err *err)
{
        struct credential credential = { 0 };
        sai_status status = store_credential_get(auth->store, user_id, arena, &credential, err);
        if (status != SAI_OK && status != SAI_NOT_FOUND)
                return status;
        struct once_payload payload = { .user_id = SAI_SOME(sai_opt_id, user_id),
                                        .revision = status == SAI_OK ? credential.revision : 0 };
        return once_put(auth, ONCE_PASSWORD_RESET, &payload, SAI_PASSWORD_RESET_LIFE_MS, arena, ret_secret, err);
}

static sai_status not_live(struct sai_err *err)
{
        return sai_fail(err, SAI_BAD_STATE, "the token is not one of ours, was used, or is older than an hour");
}

sai_status account_reset_password(const struct auth *auth, const char *secret, const char *password, struct session_device device,
                                  struct sai_arena *arena, int64_t *ret_retry_s, struct sai_err *err)
{
        SAI_CLEANUP(leave_pool)
        struct password_pool *place = NULL; /* before the token is spent: a full pool must not cost the athlete the mail */
        struct once_payload payload;
        const char *hash;
        sai_status status = enter(auth, &place, err);
        if (status == SAI_OK)
                status = throttle_take_client(auth, reset_client, device.ip, SAI_MAX_TRIES_BY_CLIENT, ret_retry_s, err);
        if (status == SAI_OK)
                status = once_take(auth, ONCE_PASSWORD_RESET, secret, strlen(secret), arena, &payload, err);
        if (status == SAI_BAD_STATE || (status == SAI_OK && !SAI_HAS(payload.user_id)))
                return not_live(err);
        if (status == SAI_OK)
                status = password_hash(auth->passwords, password, arena, &hash, err);
        if (status != SAI_OK)
                return status;
        struct credential credential = { .id = payload.user_id.value };
        status = store_credential_get(auth->store, payload.user_id.value, arena, &credential, err);
        if (status != SAI_OK && status != SAI_NOT_FOUND)
                return status;
        if (status == SAI_NOT_FOUND)
                credential = (struct credential) { .id = payload.user_id.value };
        credential.password_hash = hash;
        credential.updated_at.ms = sai_now_ms(&auth->clock);
        /* A password set since the mail was sent, by another mail or in the settings, makes the rest of the mails worthless. */
        status = credential.revision == payload.revision ? store_credential_put(auth->store, &credential, err) : SAI_CONFLICT;
        if (status == SAI_CONFLICT)
                return not_live(err);
        if (status == SAI_OK)
                status = session_end_all(auth, payload.user_id.value, err);
        if (status == SAI_OK)
                auth_event_add(auth, payload.user_id.value, EVENT_PASSWORD_RESET, device, "all sessions have ended");
        return status;
}
