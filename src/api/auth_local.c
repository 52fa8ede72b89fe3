/* auth_local.c -- accounts with an address and a password, where the operator switched them on.
 *
 * Everything that decides is in auth/account.h; here the bodies are taken and the answers given. A sign-in that asks for the page's cookie
 * must come from our own page: else another site could sign a browser in to an account of its choice (login CSRF). */
#include "api/auth_internal.h"

#include "auth/account.h"
#include "base/limits.h"
#include <string.h>

static const char *email_is_one(const struct sai_field *field, const void *value)
{
        (void)field;
        const char *email = *(const char *const *)value;
        return email ? account_email_problem(email) : NULL;
}

#define EMAIL(T, m, text)                                                                                                        \
        SAI_FIELD(T, m, .flags = SAI_F_REQUIRED, .min = 3, .max = SAI_MAX_EMAIL, .check = email_is_one,                          \
                  .example = "\"kim@example.org\"", .doc = text)
#define NEW_PASSWORD(T, m)                                                                                                       \
        SAI_FIELD(T, m, .flags = SAI_F_REQUIRED, .min = SAI_MIN_PASSWORD, .max = SAI_MAX_PASSWORD,                               \
                  .example = "\"correct horse battery\"", .doc = "The new password; any characters but control characters")
#define OLD_PASSWORD(T, m)                                                                                                       \
        SAI_FIELD(T, m, .flags = SAI_F_REQUIRED, .min = 1, .max = SAI_MAX_PASSWORD, .example = "\"correct horse battery\"",      \
                  .doc = "The password of now")
#define COOKIE(T, m) SAI_FIELD(T, m, .doc = "Set the pages' session cookie instead of giving tokens; from our own pages only")

struct registration {
        const char *email, *password, *name;
        struct sai_opt_bool cookie;
};
static const struct sai_field registration_fields[] = {
        EMAIL(struct registration, email, "Address to sign in with"),
        NEW_PASSWORD(struct registration, password),
        SAI_FIELD(struct registration, name, .flags = SAI_F_REQUIRED, .min = 1, .max = 255, .example = "\"Kim\"",
                  .doc = "Name to be shown"),
        COOKIE(struct registration, cookie),
};
static const struct sai_model registration_model = SAI_MODEL_OF(struct registration, registration_fields, "Registration");

struct login {
        const char *email, *password;
        struct sai_opt_bool cookie;
};
static const struct sai_field login_fields[] = {
        EMAIL(struct login, email, "Address of the account"),
        OLD_PASSWORD(struct login, password),
        COOKIE(struct login, cookie),
};
static const struct sai_model login_model = SAI_MODEL_OF(struct login, login_fields, "Login");

struct password_change {
        const char *current_password, *new_password;
};
static const struct sai_field password_change_fields[] = {
        OLD_PASSWORD(struct password_change, current_password),
        NEW_PASSWORD(struct password_change, new_password),
};
static const struct sai_model password_change_model =
        SAI_MODEL_OF(struct password_change, password_change_fields, "PasswordChange");

struct reset_request {
        const char *email;
};
static const struct sai_field reset_request_fields[] = { EMAIL(struct reset_request, email, "Address of the account") };
static const struct sai_model reset_request_model =
        SAI_MODEL_OF(struct reset_request, reset_request_fields, "PasswordResetRequest");

struct reset {
        const char *token, *new_password;
};
static const struct sai_field reset_fields[] = {
        SAI_FIELD(struct reset, token, .flags = SAI_F_REQUIRED, .min = 1, .max = 128, .doc = "The mailed token"),
        NEW_PASSWORD(struct reset, new_password),
};
static const struct sai_model reset_model = SAI_MODEL_OF(struct reset, reset_fields, "PasswordReset");

/* -- Handlers -------------------------------------------------------------------------------------------------------------- */

static sai_status check_is_on(const struct api *api, struct sai_err *err)
{
        return api->settings->local_accounts
                       ? SAI_OK
                       : sai_fail(err, SAI_FEATURE_OFF, "this service has no local accounts: sign in with Strava");
}

/* When to come back, where a counter said so. */
static sai_status throttled(struct sai_request *request, struct sai_reply *reply, sai_status status, int64_t retry_s)
{
        const char *text = status == SAI_RATE_LIMITED ? sai_arena_printf(request->arena, "%lld", (long long)retry_s) : NULL;
        if (text)
                sai_reply_header(reply, "Retry-After", text);
        return status;
}

static sai_status answer(struct sai_request *request, struct sai_reply *reply, const struct user *user, bool cookie,
                         struct sai_err *err)
{
        if (!cookie)
                return auth_answer_tokens(request, reply, user, "password", err);
        sai_status status = auth_open_page(request, reply, user->id, "password", err);
        return status == SAI_OK ? auth_answer_page(reply, user, err) : status;
}

static sai_status check_cookie_wish(const struct sai_request *request, struct sai_opt_bool wish, bool *ret_cookie,
                                    struct sai_err *err)
{
        *ret_cookie = SAI_HAS(wish) && wish.value;
        return *ret_cookie ? auth_check_same_site(api_of(request), request, err) : SAI_OK;
}

static sai_status sign_up(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        const struct registration *body = request->in;
        struct api *api = api_of(request);
        struct user user;
        bool cookie;
        int64_t retry_s = 0;
        sai_status status = check_is_on(api, err);
        if (status == SAI_OK)
                status = check_cookie_wish(request, body->cookie, &cookie, err);
        if (status == SAI_OK)
                status = account_register(api->auth, body->email, body->password, body->name, auth_device(request),
                                          request->arena, &user, &retry_s, err);
        return status == SAI_OK ? answer(request, reply, &user, cookie, err) : throttled(request, reply, status, retry_s);
}

static sai_status login(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        const struct login *body = request->in;
        struct api *api = api_of(request);
        struct user user;
        bool cookie;
        int64_t retry_s = 0;
        sai_status status = check_is_on(api, err);
        if (status == SAI_OK)
                status = check_cookie_wish(request, body->cookie, &cookie, err);
        if (status == SAI_OK)
                status = account_sign_in(api->auth, body->email, body->password, auth_device(request), request->arena, &user,
                                         &retry_s, err);
        return status == SAI_OK ? answer(request, reply, &user, cookie, err) : throttled(request, reply, status, retry_s);
}

static sai_status change_password(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        const struct password_change *body = request->in;
        struct api *api = api_of(request);
        int64_t retry_s = 0;
        sai_status status = check_is_on(api, err);
        if (status == SAI_OK)
                status = account_change_password(api->auth, api_user(request), request->principal.session_id,
                                                 body->current_password, body->new_password, auth_device(request), request->arena,
                                                 &retry_s, err);
        return status == SAI_OK ? api_answer_success(reply, err) : throttled(request, reply, status, retry_s);
}

static sai_status ask_reset(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        const struct reset_request *body = request->in;
        struct api *api = api_of(request);
        struct sai_id user_id;
        int64_t retry_s = 0;
        sai_status status = check_is_on(api, err);
        if (status == SAI_OK && !api->auth->mail)
                status = sai_fail(err, SAI_FEATURE_OFF, "this service sends no mail: its operator can set a way to");
        if (status == SAI_OK)
                status = account_ask_reset(api->auth, body->email, auth_device(request), request->arena, &user_id, &retry_s, err);
        if (status == SAI_OK)
                status = jobs_add_reset_mail(api->jobs, user_id, request->arena, err);
        if (status != SAI_OK)
                return throttled(request, reply, status, retry_s);
        reply->status = 202;
        return api_answer_success(reply, err);
}

static sai_status reset_password(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        const struct reset *body = request->in;
        struct api *api = api_of(request);
        int64_t retry_s = 0;
        sai_status status = check_is_on(api, err);
        if (status == SAI_OK)
                status = account_reset_password(api->auth, body->token, body->new_password, auth_device(request), request->arena,
                                                &retry_s, err);
        return status == SAI_OK ? api_answer_success(reply, err) : throttled(request, reply, status, retry_s);
}

/* -- Routes ------------------------------------------------------------------------------------------------------------------ */

static const sai_status sign_up_problems[] = { SAI_FEATURE_OFF, SAI_CONFLICT, SAI_CROSS_SITE, SAI_OK };
static const sai_status login_problems[] = { SAI_FEATURE_OFF, SAI_BAD_CREDENTIALS, SAI_CROSS_SITE, SAI_OK };
static const sai_status change_problems[] = { SAI_FEATURE_OFF, SAI_BAD_CREDENTIALS, SAI_CONFLICT, SAI_OK };
static const sai_status ask_problems[] = { SAI_FEATURE_OFF, SAI_OK };
static const sai_status reset_problems[] = { SAI_FEATURE_OFF, SAI_BAD_STATE, SAI_OK };

#define LOCAL .cache = SAI_CACHE_NO_STORE, .rate = SAI_RATE_AUTH, .sessions_only = true, .tag = "auth"

const struct sai_route auth_local_routes[] = {
        { "POST", "/api/v1/auth/register", sign_up, .auth = SAI_AUTH_OPTIONAL, LOCAL, .in = &registration_model,
          .out = &signed_in_model, .operation = "register", .summary = "Make a local account", .problems = sign_up_problems,
          .doc = "Off unless the operator switched local accounts on. With `cookie` the pages' session is set instead of "
                 "tokens." },
        { "POST", "/api/v1/auth/login", login, .auth = SAI_AUTH_OPTIONAL, LOCAL, .in = &login_model, .out = &signed_in_model,
          .operation = "login", .summary = "Sign in with address and password", .problems = login_problems,
          .doc = "One answer for all that may be wrong. Tries are counted by account and by address of the client." },
        { "PUT", "/api/v1/auth/password", change_password, .auth = SAI_AUTH_USER, LOCAL, .in = &password_change_model,
          .out = &success_model, .operation = "changePassword", .summary = "Change the password; all other sessions end",
          .problems = change_problems },
        { "POST", "/api/v1/auth/password/reset", ask_reset, LOCAL, .in = &reset_request_model, .out = &success_model,
          .status = 202, .operation = "askPasswordReset", .summary = "Ask for a mail with a token that sets a new password",
          .problems = ask_problems, .doc = "Accepted whether the address is known or not." },
        { "PUT", "/api/v1/auth/password/reset", reset_password, LOCAL, .in = &reset_model, .out = &success_model,
          .operation = "resetPassword", .summary = "Set a password by the mailed token; all sessions end",
          .problems = reset_problems },
        { 0 },
};
