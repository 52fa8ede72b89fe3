/* auth_answers.c -- how a sign-in ends, however it began: with tokens in the body, or with a page's cookie and no token at all. */
#include "api/auth_internal.h"

#include "api/profile.h"

struct signed_in {
        struct sai_id user_id;
        const char *access_token, *refresh_token;
        struct sai_opt_instant expires_at;
        const char *token_type;
        bool profile_complete;
};
static const struct sai_field signed_in_fields[] = {
        SAI_FIELD(struct signed_in, user_id, .doc = "Id of the user"),
        SAI_FIELD(struct signed_in, access_token, .flags = SAI_F_NULLABLE,
                  .doc = "JWT for `Authorization: Bearer`; null when a cookie was asked for"),
        SAI_FIELD(struct signed_in, refresh_token, .flags = SAI_F_NULLABLE, .doc = "For one use at /auth/refresh; null likewise"),
        SAI_FIELD(struct signed_in, expires_at, .doc = "End of the access token; null likewise"),
        SAI_FIELD(struct signed_in, token_type, .flags = SAI_F_NULLABLE, .example = "\"Bearer\"", .doc = "Bearer; null likewise"),
        SAI_FIELD(struct signed_in, profile_complete, .doc = "Whether age, weight and name are known"),
};
const struct sai_model signed_in_model =
        SAI_MODEL_OF(struct signed_in, signed_in_fields, "SignedIn", .doc = "Tokens of a new session");

struct success {
        bool success;
};
static const struct sai_field success_fields[] = { SAI_FIELD(struct success, success, .example = "true", .doc = "Always true") };
const struct sai_model success_model = SAI_MODEL_OF(struct success, success_fields, "Success", .doc = "It is done");

const char *auth_state_cookie(const struct api *api) { return api->secure_cookies ? "__Host-stravaai_state" : "stravaai_state"; }

const char *auth_session_cookie(const struct api *api)
{
        return api->secure_cookies ? "__Host-stravaai_session" : "stravaai_session";
}

struct session_device auth_device(const struct sai_request *request)
{
        struct sai_text agent = sai_request_header(request, "User-Agent");
        return (struct session_device) { agent.data ? sai_arena_strndup(request->arena, agent.data, agent.len) : NULL,
                                         request->client_address };
}

sai_status auth_check_same_site(const struct api *api, const struct sai_request *request, struct sai_err *err)
{
        struct sai_text site = sai_request_header(request, "Sec-Fetch-Site");
        if (site.data)
                return sai_text_is(site, "same-origin") ? SAI_OK
                                                        : sai_fail(err, SAI_CROSS_SITE, "the request came from another site");
        struct sai_text origin = sai_request_header(request, "Origin");
        if (origin.data && sai_text_is(origin, api->settings->public_url))
                return SAI_OK;
        return sai_fail(err, SAI_CROSS_SITE, "the request does not say that it came from this site");
}

sai_status auth_answer_tokens(struct sai_request *request, struct sai_reply *reply, const struct user *user, const char *by,
                              struct sai_err *err)
{
        const struct auth *auth = api_of(request)->auth;
        struct token_pair tokens;
        sai_status status = session_open(auth, user->id, SESSION_TOKEN, auth_device(request), request->arena, &tokens, err);
        if (status != SAI_OK)
                return status;
        auth_event_add(auth, user->id, EVENT_SIGNED_IN, auth_device(request), by);
        struct signed_in answer = {
                user->id, tokens.access_token,      tokens.refresh_token, SAI_SOME(sai_opt_instant, tokens.expires_at),
                "Bearer", profile_is_complete(user)
        };
        return sai_reply_model(reply, &signed_in_model, &answer, err);
}

sai_status auth_open_page(struct sai_request *request, struct sai_reply *reply, struct sai_id user_id, const char *by,
                          struct sai_err *err)
{
        const struct api *api = api_of(request);
        const char *cookie;
        sai_status status = session_open_page(api->auth, user_id, auth_device(request), request->arena, &cookie, err);
        if (status == SAI_OK && request->principal.by_cookie && request->principal.signed_in)
                status = session_end(api->auth, request->principal.user_id, request->principal.session_id, err);
        if (status == SAI_OK)
                status = sai_reply_cookie(reply, request->arena, auth_session_cookie(api), cookie,
                                          api->auth->refresh_life_ms / 1000, api->secure_cookies, err);
        if (status == SAI_OK)
                auth_event_add(api->auth, user_id, EVENT_SIGNED_IN, auth_device(request), by);
        return status;
}

sai_status auth_answer_page(struct sai_reply *reply, const struct user *user, struct sai_err *err)
{
        struct signed_in answer = { .user_id = user->id, .profile_complete = profile_is_complete(user) };
        return sai_reply_model(reply, &signed_in_model, &answer, err);
}

sai_status api_answer_success(struct sai_reply *reply, struct sai_err *err)
{
        return sai_reply_model(reply, &success_model, &(struct success) { true }, err);
}
