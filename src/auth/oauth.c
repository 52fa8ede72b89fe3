/* oauth.c -- see oauth.h. */
#include "auth/oauth.h"

#include "auth/once.h"
#include "base/buf.h"
#include "base/limits.h"
#include "client/strava/strava.h"
#include <sodium.h>

static const char scope_wanted[] = "read,profile:read_all,activity:read_all";

sai_status oauth_begin(const struct auth *auth, const struct oauth_intent *intent, struct sai_arena *arena,
                       struct oauth_start *ret_start, struct sai_err *err)
{
        char cookie[SECRET_TEXT], browser[65];
        auth_new_secret(auth, cookie);
        auth_hash_text(cookie, strlen(cookie), browser);
        struct once_payload payload = { .redirect_uri = intent->redirect_uri, .browser = browser, .user_id = intent->user_id };
        sai_status status = once_put(auth, ONCE_OAUTH_STATE, &payload, SAI_OAUTH_STATE_LIFE_MS, arena, &ret_start->state, err);
        if (status != SAI_OK)
                return status;
        struct sai_buf url;
        sai_buf_init(&url, SAI_KIB(4));
        strava_authorize_url(auth->strava, auth->callback_url, scope_wanted, ret_start->state, false, &url);
        status = sai_buf_status(&url, err);
        ret_start->authorize_url = status == SAI_OK ? sai_arena_strndup(arena, url.data, url.len) : NULL;
        ret_start->cookie = sai_arena_strdup(arena, cookie);
        sai_buf_done(&url);
        if (status == SAI_OK && (!ret_start->authorize_url || !ret_start->cookie))
                status = sai_fail(err, SAI_NO_MEMORY, "authorize URL");
        return status;
}

sai_status oauth_take(const struct auth *auth, const char *state, size_t state_len, const char *cookie, size_t cookie_len,
                      struct sai_arena *arena, struct oauth_intent *ret_intent, struct sai_err *err)
{
        struct once_payload payload;
        sai_status status = once_take(auth, ONCE_OAUTH_STATE, state, state_len, arena, &payload, err);
        if (status != SAI_OK)
                return status;
        char browser[65];
        auth_hash_text(cookie, cookie_len, browser);
        if (!payload.browser || strlen(payload.browser) != 64 || sodium_memcmp(payload.browser, browser, 64) != 0)
                return sai_fail(err, SAI_BAD_STATE, "%s", sai_status_text(SAI_BAD_STATE));
        ret_intent->redirect_uri = payload.redirect_uri && payload.redirect_uri[0] ? payload.redirect_uri : NULL;
        ret_intent->user_id = payload.user_id;
        return SAI_OK;
}

sai_status oauth_code_make(const struct auth *auth, struct sai_id user_id, struct sai_arena *arena, const char **ret_code,
                           struct sai_err *err)
{
        struct once_payload payload = { .user_id = SAI_SOME(sai_opt_id, user_id) };
        return once_put(auth, ONCE_CODE, &payload, SAI_ONE_TIME_CODE_LIFE_MS, arena, ret_code, err);
}

sai_status oauth_code_take(const struct auth *auth, const char *code, size_t len, struct sai_arena *arena,
                           struct sai_id *ret_user_id, struct sai_err *err)
{
        struct once_payload payload;
        sai_status status = once_take(auth, ONCE_CODE, code, len, arena, &payload, err);
        if (status != SAI_OK)
                return status;
        if (!SAI_HAS(payload.user_id))
                return sai_fail(err, SAI_BAD_STATE, "%s", sai_status_text(SAI_BAD_STATE));
        *ret_user_id = payload.user_id.value;
        return SAI_OK;
}
