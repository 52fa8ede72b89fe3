/* auth.c -- signing in with Strava, tokens, signing out.
 *
 * The flow in four handlers: authorize sends the browser to Strava with a state bound to it; callback takes the state, exchanges the code, makes or
 * finds the user of that athlete (one athlete, one user: a claim), keeps the sealed tokens and starts the first sync; token exchanges a
 * redirecting client's one-time code; refresh rotates. For our own pages (`redirect_uri=/`) the callback sets the session cookie instead of
 * giving tokens, so that no token reaches a script or a URL. */
#include "api/auth_internal.h"

#include "api/profile.h"
#include "auth/oauth.h"
#include "auth/session.h"
#include "auth/strava_access.h"
#include "base/limits.h"
#include <inttypes.h>
#include <string.h>

/* -- Models ------------------------------------------------------------------------------------------------------------- */

struct authorize_query {
        const char *redirect_uri;
};
static const struct sai_field authorize_query_fields[] = {
        SAI_FIELD(struct authorize_query, redirect_uri, .max = 2000, .example = "\"/\"",
                  .doc = "Where the browser goes afterwards: an entry of the allow-list, or `/` for the service's own pages; "
                         "none: the callback answers with the tokens"),
};
static const struct sai_model authorize_query_model =
        SAI_MODEL_OF(struct authorize_query, authorize_query_fields, "AuthorizeQuery");

struct authorization {
        const char *authorize_url, *state;
};
static const struct sai_field authorization_fields[] = {
        SAI_FIELD(struct authorization, authorize_url, .example = "\"https://www.strava.com/oauth/authorize?client_id=1\"",
                  .doc = "Strava's consent page"),
        SAI_FIELD(struct authorization, state, .doc = "What the callback must bring back"),
};
static const struct sai_model authorization_model =
        SAI_MODEL_OF(struct authorization, authorization_fields, "Authorization", .doc = "Where to send the athlete");

struct callback_query {
        const char *code, *state, *scope, *error;
};
static const struct sai_field callback_query_fields[] = {
        SAI_FIELD(struct callback_query, code, .max = 512, .doc = "Strava's authorization code"),
        SAI_FIELD(struct callback_query, state, .max = 512, .doc = "What authorize gave"),
        SAI_FIELD(struct callback_query, scope, .max = 512, .doc = "What the athlete granted, with commas"),
        SAI_FIELD(struct callback_query, error, .max = 128, .doc = "`access_denied` when the athlete refused"),
};
static const struct sai_model callback_query_model = SAI_MODEL_OF(struct callback_query, callback_query_fields, "CallbackQuery");

struct refreshed {
        const char *access_token, *refresh_token;
        struct sai_instant expires_at;
        const char *token_type;
};
static const struct sai_field refreshed_fields[] = {
        SAI_FIELD(struct refreshed, access_token, .doc = "JWT for `Authorization: Bearer`"),
        SAI_FIELD(struct refreshed, refresh_token, .doc = "The next one; the one that was used is dead"),
        SAI_FIELD(struct refreshed, expires_at, .doc = "End of the access token"),
        SAI_FIELD(struct refreshed, token_type, .example = "\"Bearer\"", .doc = "Always Bearer"),
};
static const struct sai_model refreshed_model =
        SAI_MODEL_OF(struct refreshed, refreshed_fields, "RefreshedTokens", .doc = "The next tokens of a session");

struct token_request {
        const char *code;
};
static const struct sai_field token_request_fields[] = {
        SAI_FIELD(struct token_request, code, .flags = SAI_F_REQUIRED, .min = 1, .max = 512,
                  .doc = "The one-time code of the redirect"),
};
static const struct sai_model token_request_model = SAI_MODEL_OF(struct token_request, token_request_fields, "TokenRequest");

struct logout_request {
        struct sai_opt_bool everywhere, deauthorize;
};
static const struct sai_field logout_request_fields[] = {
        SAI_FIELD(struct logout_request, everywhere, .doc = "End all sessions"),
        SAI_FIELD(struct logout_request, deauthorize, .doc = "Withdraw the authorization at Strava as well"),
};
static const struct sai_model logout_request_model = SAI_MODEL_OF(struct logout_request, logout_request_fields, "LogoutRequest");

/* -- Helpers ---------------------------------------------------------------------------------------------------------------- */

static bool redirect_is_allowed(const struct api *api, const char *uri)
{
        if (strcmp(uri, "/") == 0)
                return true;
        for (size_t i = 0; i < api->settings->redirect_uris.count; i++) {
                if (strcmp(api->settings->redirect_uris.items[i], uri) == 0)
                        return true;
        }
        return false;
}

/* Whether `Accept` names JSON rather than pages: the form for programs that drive a browser themselves. */
static bool wants_json(const struct sai_request *request)
{
        struct sai_text accept = sai_request_header(request, "Accept");
        return accept.data && memmem(accept.data, accept.len, "application/json", 16) != NULL;
}

/* -- authorize ------------------------------------------------------------------------------------------------------------------ */

static sai_status authorize(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        struct api *api = api_of(request);
        const struct authorize_query *query = request->params_in;
        if (query->redirect_uri && !redirect_is_allowed(api, query->redirect_uri))
                return sai_fail_field(err, SAI_INVALID, "?redirect_uri", "is not in the list of allowed addresses");
        if (!api->settings->strava_client_id[0])
                return sai_fail(err, SAI_UNAVAILABLE, "this service has no Strava application configured");
        struct oauth_start start;
        struct oauth_intent intent = { .redirect_uri = query->redirect_uri };
        if (request->principal.signed_in)
                intent.user_id = SAI_SOME(sai_opt_id, request->principal.user_id);
        sai_status status = oauth_begin(api->auth, &intent, request->arena, &start, err);
        if (status == SAI_OK)
                status = sai_reply_cookie(reply, request->arena, auth_state_cookie(api), start.cookie,
                                          SAI_OAUTH_STATE_LIFE_MS / 1000, api->secure_cookies, err);
        if (status != SAI_OK)
                return status;
        if (!wants_json(request))
                return sai_reply_redirect(reply, request->arena, start.authorize_url, err);
        struct authorization answer = { start.authorize_url, start.state };
        return sai_reply_model(reply, &authorization_model, &answer, err);
}

/* -- callback -------------------------------------------------------------------------------------------------------------------- */

static bool has_scope(const char *scopes, const char *wanted)
{
        size_t len = strlen(wanted);
        for (const char *at = scopes; at && *at;) {
                const char *end = strpbrk(at, ", ");
                size_t word = end ? (size_t)(end - at) : strlen(at);
                if (word == len && memcmp(at, wanted, len) == 0)
                        return true;
                at = end ? end + 1 : NULL;
        }
        return false;
}

static sai_status split_scopes(const char *scopes, struct sai_arena *arena, const char ***ret_items, size_t *ret_count)
{
        char *copy = sai_arena_strdup(arena, scopes);
        const char **items = SAI_NEW_ARRAY(arena, const char *, 32);
        size_t count = 0;
        if (!copy || !items)
                return SAI_NO_MEMORY;
        for (char *save = NULL, *word = strtok_r(copy, ", ", &save); word && count < 32; word = strtok_r(NULL, ", ", &save))
                items[count++] = word;
        *ret_items = items;
        *ret_count = count;
        return SAI_OK;
}

static const char *text_or(struct sai_opt_str text, const char *otherwise)
{
        return SAI_HAS(text) && text.value && text.value[0] ? text.value : otherwise;
}

/* A new user as Strava describes the athlete; everything else is asked for later. */
static void describe_user(struct user *user, const struct strava_athlete *athlete, struct sai_arena *arena)
{
        user->username = text_or(athlete->username, NULL);
        user->firstname = text_or(athlete->firstname, NULL);
        user->lastname = text_or(athlete->lastname, NULL);
        user->city = text_or(athlete->city, NULL);
        user->country = text_or(athlete->country, NULL);
        if (!user->name_given)
                user->name = sai_arena_printf(arena, "%s%s%s", user->firstname ? user->firstname : "",
                                              user->firstname && user->lastname ? " " : "", user->lastname ? user->lastname : "");
        if (SAI_HAS(athlete->weight))
                user->strava.weight = athlete->weight;
        if (SAI_HAS(athlete->measurement_preference) && user->revision == 0)
                user->preferences.units =
                        strcmp(athlete->measurement_preference.value, "feet") == 0 ? UNITS_IMPERIAL : UNITS_METRIC;
        if (!SAI_HAS(user->sex) && SAI_HAS(athlete->sex) && athlete->sex.value && strchr("MF", athlete->sex.value[0]) &&
            athlete->sex.value[0])
                user->sex = SAI_SOME(sai_opt_enum, athlete->sex.value[0] == 'F' ? SEX_FEMALE : SEX_MALE);
}

/* Makes the user of this id, or brings what Strava says of them up to date. Two callbacks at once meet in the revision. */
static sai_status save_user(struct api *api, struct sai_id id, const struct strava_athlete *athlete, const char *const *scopes,
                            size_t scope_count, struct sai_arena *arena, struct user *ret_user, struct sai_err *err)
{
        sai_status status = SAI_CONFLICT;
        for (int i = 0; i < 8 && status == SAI_CONFLICT; i++) {
                status = store_user_get(api->store, id, arena, ret_user, err);
                int64_t now = sai_now_ms(&api->clock);
                if (status == SAI_NOT_FOUND)
                        *ret_user = (struct user) { .id = id,
                                                    .preferences = { .timezone = "UTC", .language = "en", .notifications = true },
                                                    .created_at = { now } };
                else if (status != SAI_OK)
                        return status;
                const char **copy = SAI_NEW_ARRAY(arena, const char *, scope_count ? scope_count : 1);
                if (!copy)
                        return sai_fail(err, SAI_NO_MEMORY, "scopes");
                memcpy(copy, scopes, scope_count * sizeof *copy);
                ret_user->strava_id = SAI_SOME(sai_opt_i64, athlete->id);
                ret_user->strava_status = LINK_CONNECTED;
                ret_user->scopes = (struct sai_list) { copy, scope_count };
                ret_user->updated_at.ms = now;
                describe_user(ret_user, athlete, arena);
                status = store_user_put(api->store, ret_user, err);
        }
        return status;
}

/* Whom this sign-in links Strava to: who was signed in when it began, or is now. Two different ones are two people at one browser. */
static sai_status link_target(const struct sai_request *request, const struct oauth_intent *intent, struct sai_opt_id *ret_id,
                              struct sai_err *err)
{
        *ret_id = intent->user_id;
        if (!request->principal.signed_in)
                return SAI_OK;
        if (SAI_HAS(*ret_id) && !sai_id_equal(ret_id->value, request->principal.user_id))
                return sai_fail(err, SAI_BAD_STATE, "somebody else has signed in since: begin again");
        *ret_id = SAI_SOME(sai_opt_id, request->principal.user_id);
        return SAI_OK;
}

/* The user of this athlete: the one that holds the claim, or a new one. While signed in, the athlete joins the user at hand; one that
 * belongs to another is a conflict. */
static sai_status claim_user(struct api *api, struct sai_arena *arena, struct sai_opt_id linking, int64_t athlete_id,
                             struct sai_id *ret_id, bool *ret_linked, struct sai_err *err)
{
        const char *key = sai_arena_printf(arena, "strava:%" PRId64, athlete_id);
        if (!key)
                return sai_fail(err, SAI_NO_MEMORY, "claim");
        *ret_linked = false;
        struct sai_id wanted = SAI_HAS(linking) ? linking.value : store_new_id(api->store);
        if (SAI_HAS(linking)) {
                struct user user;
                sai_status found = store_user_get(api->store, wanted, arena, &user, err);
                if (found != SAI_OK)
                        return found == SAI_NOT_FOUND ? sai_fail(err, SAI_BAD_STATE, "the account does not exist any more")
                                                      : found;
                /* A browser that still holds the page of one athlete, in which another signs in: their workouts must not become one history. */
                if (SAI_HAS(user.strava_id) && user.strava_id.value != athlete_id)
                        return sai_fail(err, SAI_STRAVA_ALREADY_LINKED,
                                        "you are signed in with another Strava athlete: sign out first");
                *ret_linked = !SAI_HAS(user.strava_id);
        }
        sai_status status = store_claim(api->store, key, wanted, ret_id, err);
        if (status == SAI_OK)
                *ret_id = wanted;
        if (status != SAI_CONFLICT)
                return status;
        return SAI_HAS(linking) ? sai_fail(err, SAI_STRAVA_ALREADY_LINKED, "this Strava athlete belongs to another user")
                                : SAI_OK;
}

static sai_status answer_code(struct api *api, struct sai_request *request, struct sai_reply *reply, const char *redirect_uri,
                              struct sai_id user_id, struct sai_err *err)
{
        const char *code;
        sai_status status = oauth_code_make(api->auth, user_id, request->arena, &code, err);
        if (status != SAI_OK)
                return status;
        const char *location =
                sai_arena_printf(request->arena, "%s%ccode=%s", redirect_uri, strchr(redirect_uri, '?') ? '&' : '?', code);
        return location ? sai_reply_redirect(reply, request->arena, location, err) : sai_fail(err, SAI_NO_MEMORY, "redirect");
}

/* The state is taken first, whatever Strava says: it works once. Then the scopes, before the code is spent. */
static sai_status check_callback(struct api *api, struct sai_request *request, struct oauth_intent *ret_intent,
                                 struct sai_err *err)
{
        const struct callback_query *query = request->params_in;
        struct sai_text cookie = sai_request_cookie(request, auth_state_cookie(api));
        if (!query->state || !query->state[0])
                return sai_fail(err, SAI_BAD_STATE, "%s", sai_status_text(SAI_BAD_STATE));
        sai_status status = oauth_take(api->auth, query->state, strlen(query->state), cookie.data ? cookie.data : "", cookie.len,
                                       request->arena, ret_intent, err);
        if (status != SAI_OK)
                return status;
        if (query->error && query->error[0])
                return sai_fail(err, SAI_ACCESS_DENIED, "%s", sai_status_text(SAI_ACCESS_DENIED));
        if (!query->code || !query->code[0])
                return sai_fail(err, SAI_BAD_REQUEST, "the callback has no code");
        if (!has_scope(query->scope, "activity:read_all") && !has_scope(query->scope, "activity:read"))
                return sai_fail(err, SAI_MISSING_SCOPE,
                                "without permission to read activities there is nothing to show: connect again and leave it "
                                "ticked");
        return SAI_OK;
}

/* A 401 or 404 of Strava's token endpoint is about our application, not about whoever asks us. A code that it does not take is. */
static sai_status exchange_failed(sai_status status, const struct strava_error *error, struct sai_err *err)
{
        int http = sai_status_http(status);
        bool ours = http == 401 || http == 403 || http == 404;
        return sai_fail(err, ours ? SAI_UPSTREAM : status, "%s", error->err.detail);
}

static sai_status callback(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        struct api *api = api_of(request);
        const struct callback_query *query = request->params_in;
        struct oauth_intent intent = { 0 };
        struct sai_opt_id linking;
        sai_status status = check_callback(api, request, &intent, err);
        if (status == SAI_OK)
                status = link_target(request, &intent, &linking, err);
        if (status != SAI_OK)
                return status;
        struct strava_token token;
        struct strava_error error;
        status = strava_exchange_code(api->strava, query->code, request->deadline_ms, request->arena, &token, &error);
        if (status != SAI_OK)
                return exchange_failed(status, &error, err);
        if (!token.athlete || token.athlete->id <= 0)
                return sai_fail(err, SAI_UPSTREAM, "Strava did not say which athlete signed in");
        const char **scopes;
        size_t scope_count;
        if (split_scopes(query->scope, request->arena, &scopes, &scope_count) != SAI_OK)
                return sai_fail(err, SAI_NO_MEMORY, "scopes");
        struct sai_id user_id;
        struct user user;
        bool linked = false;
        status = claim_user(api, request->arena, linking, token.athlete->id, &user_id, &linked, err);
        if (status == SAI_OK)
                status = save_user(api, user_id, token.athlete, scopes, scope_count, request->arena, &user, err);
        if (status == SAI_OK)
                status = strava_access_keep(api->auth, user_id, token.athlete->id, &token, scopes, scope_count, request->arena,
                                            err);
        struct job job;
        bool existing;
        if (status == SAI_OK)
                status = jobs_add_sync(api->jobs, user_id, false, (struct sai_opt_instant) { 0 }, request->arena, &job, &existing,
                                       err);
        if (status != SAI_OK)
                return status;
        if (linked)
                auth_event_add(api->auth, user_id, EVENT_STRAVA_LINKED, auth_device(request), NULL);
        const char *redirect = intent.redirect_uri;
        if (!redirect)
                return auth_answer_tokens(request, reply, &user, "strava", err);
        if (strcmp(redirect, "/") != 0)
                return answer_code(api, request, reply, redirect, user_id, err);
        status = auth_open_page(request, reply, user_id, "strava", err);
        return status == SAI_OK ? sai_reply_redirect(reply, request->arena, "/", err) : status;
}

/* -- token, refresh, logout -------------------------------------------------------------------------------------------------------- */

static sai_status exchange(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        struct api *api = api_of(request);
        const struct token_request *body = request->in;
        struct sai_id user_id;
        struct user user;
        sai_status status = oauth_code_take(api->auth, body->code, strlen(body->code), request->arena, &user_id, err);
        if (status == SAI_OK)
                status = store_user_get(api->store, user_id, request->arena, &user, err);
        return status == SAI_OK ? auth_answer_tokens(request, reply, &user, "strava", err) : status;
}

static sai_status refresh(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        struct api *api = api_of(request);
        struct sai_text header = sai_request_header(request, "Authorization");
        if (!header.data)
                return sai_fail(err, SAI_UNAUTHENTICATED, "send the refresh token as `Authorization: Bearer <token>`");
        if (header.len <= 7 || !sai_text_equal_ignoring_case((struct sai_text) { header.data, 7 }, SAI_TEXT("Bearer ")))
                return sai_fail(err, SAI_TOKEN_INVALID, "the Authorization header is not of the form `Bearer <token>`");
        struct token_pair tokens;
        sai_status status = session_refresh(api->auth, header.data + 7, header.len - 7, request->arena, &tokens, err);
        if (status != SAI_OK)
                return status;
        struct refreshed answer = { tokens.access_token, tokens.refresh_token, tokens.expires_at, "Bearer" };
        return sai_reply_model(reply, &refreshed_model, &answer, err);
}

static sai_status logout(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        struct api *api = api_of(request);
        const struct logout_request *body = request->in;
        sai_status status = SAI_OK;
        if (SAI_HAS(body->deauthorize) && body->deauthorize.value)
                status = strava_access_end(api->auth, request->principal.user_id, request->deadline_ms, request->arena, err);
        if (status == SAI_OK && SAI_HAS(body->deauthorize) && body->deauthorize.value)
                status = jobs_add_unlink(api->jobs, request->principal.user_id, request->arena, err);
        if (status != SAI_OK)
                return status;
        if (SAI_HAS(body->everywhere) && body->everywhere.value)
                status = session_end_all(api->auth, request->principal.user_id, err);
        else
                status = session_end(api->auth, request->principal.user_id, request->principal.session_id, err);
        /* A sign-in that this browser began and did not end must not be ended by the next one who sits here. */
        if (status == SAI_OK && request->principal.by_cookie)
                status = sai_reply_cookie(reply, request->arena, auth_session_cookie(api), "", 0, api->secure_cookies, err);
        if (status == SAI_OK && request->principal.by_cookie)
                status = sai_reply_cookie(reply, request->arena, auth_state_cookie(api), "", 0, api->secure_cookies, err);
        if (status != SAI_OK)
                return status;
        bool everywhere = SAI_HAS(body->everywhere) && body->everywhere.value;
        auth_event_add(api->auth, request->principal.user_id, EVENT_SIGNED_OUT, auth_device(request),
                       everywhere ? "everywhere" : NULL);
        return api_answer_success(reply, err);
}

static sai_status auth_user(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        return profile_reply(request, reply, err);
}

/* -- Routes ------------------------------------------------------------------------------------------------------------------------------- */

static const sai_status authorize_problems[] = { SAI_INVALID, SAI_UNAVAILABLE, SAI_OK };
static const sai_status callback_problems[] = { SAI_BAD_STATE,
                                                SAI_BAD_REQUEST,
                                                SAI_ACCESS_DENIED,
                                                SAI_MISSING_SCOPE,
                                                SAI_STRAVA_ALREADY_LINKED,
                                                SAI_UPSTREAM,
                                                SAI_UNAVAILABLE,
                                                SAI_TIMEOUT,
                                                SAI_OK };
static const sai_status token_problems[] = { SAI_BAD_STATE, SAI_OK };
static const sai_status refresh_problems[] = { SAI_UNAUTHENTICATED, SAI_TOKEN_INVALID, SAI_TOKEN_EXPIRED, SAI_REFRESH_REUSED,
                                               SAI_OK };
static const sai_status logout_problems[] = { SAI_UNAVAILABLE, SAI_RATE_LIMITED, SAI_OK };

#define AUTHORIZE(verb, id)                                                                                                      \
        {                                                                                                                        \
                verb, "/api/v1/auth/strava/authorize", authorize,                                                                \
                        .auth = SAI_AUTH_OPTIONAL, .sessions_only = true, .cache = SAI_CACHE_NO_STORE, .rate = SAI_RATE_AUTH,    \
                        .body = SAI_BODY_NONE, .query = &authorize_query_model, .out = &authorization_model, .redirect = true,   \
                        .tag = "auth", .operation = id, .summary = "Begin to sign in with Strava",                               \
                        .problems = authorize_problems,                                                                          \
                        .doc = "303 to Strava's consent page with a single-use, 10-minute state bound to this browser by a "     \
                               "cookie; with `Accept: application/json` the address instead."                                    \
        }

const struct sai_route auth_routes[] = {
        AUTHORIZE("GET", "authorizeStravaByLink"),
        AUTHORIZE("POST", "authorizeStrava"),
        { "GET", "/api/v1/auth/strava/callback", callback, .auth = SAI_AUTH_OPTIONAL, .sessions_only = true,
          .cache = SAI_CACHE_NO_STORE, .rate = SAI_RATE_AUTH, .query = &callback_query_model, .lenient_query = true,
          .out = &signed_in_model, .redirect = true, .deadline_ms = 30000, .tag = "auth", .operation = "stravaCallback",
          .summary = "End of the sign-in at Strava", .problems = callback_problems,
          .doc = "Strava sends the browser here. Exchanges the code, keeps the athlete and the sealed tokens, starts the first "
                 "sync." },
        { "POST", "/api/v1/auth/token", exchange, .cache = SAI_CACHE_NO_STORE, .rate = SAI_RATE_AUTH, .in = &token_request_model,
          .out = &signed_in_model, .tag = "auth", .operation = "exchangeCode",
          .summary = "Exchange the one-time code of a redirect for tokens", .problems = token_problems },
        { "POST", "/api/v1/auth/refresh", refresh, .cache = SAI_CACHE_NO_STORE, .rate = SAI_RATE_AUTH, .body = SAI_BODY_NONE,
          .out = &refreshed_model, .tag = "auth", .operation = "refreshTokens",
          .summary = "Use a refresh token for the next pair", .problems = refresh_problems,
          .doc = "The refresh token goes into the Authorization header. Each works once; one that comes again ends the whole "
                 "session." },
        { "POST", "/api/v1/auth/logout", logout, .auth = SAI_AUTH_USER, .sessions_only = true, .cache = SAI_CACHE_NO_STORE,
          .rate = SAI_RATE_AUTH, .in = &logout_request_model, .out = &success_model, .tag = "auth", .operation = "logout",
          .summary = "End this session, or all", .problems = logout_problems, .deadline_ms = 30000 },
        { "GET", "/api/v1/auth/user", auth_user, .auth = SAI_AUTH_USER, .sessions_only = true, .cache = SAI_CACHE_NO_STORE,
          .rate = SAI_RATE_READ, .out = &profile_model, .tag = "auth", .operation = "getSignedInUser",
          .summary = "Who is signed in" },
        { 0 },
};
