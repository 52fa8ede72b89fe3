/* auth_tokens.c -- API tokens for scripts. */
#include "api/auth_internal.h"

#include "auth/api_token.h"
#include "base/limits.h"
#include "store/store.h"
#include <string.h>

enum { MAX_DAYS = 3650, DAY_MS = 86400000 };

struct token_request {
        const char *name;
        struct sai_list scopes;
        struct sai_opt_i64 expires_in_days;
};

static void check_request(const void *object, struct sai_errors *errors)
{
        const struct token_request *in = object;
        const int *scopes = in->scopes.items;
        if (in->scopes.count == 0)
                sai_errors_add(errors, "/scopes", "required", "name at least one scope");
        if (in->scopes.count == 2 && scopes[0] == scopes[1])
                sai_errors_add(errors, "/scopes/1", "not_consistent", "the scope is named twice");
}

#define REQUEST(m, ...) SAI_FIELD(struct token_request, m, __VA_ARGS__)
static const struct sai_field request_fields[] = {
        REQUEST(name, .flags = SAI_F_REQUIRED, .min = 1, .max = 100, .example = "\"backup script\"", .doc = "What it is for"),
        SAI_ARRAY(struct token_request, scopes, SAI_K_ENUM, .enumeration = &token_scope_names, .flags = SAI_F_REQUIRED,
                  .max_items = 2, .example = "[\"read\"]",
                  .doc = "`read` opens what only reads, `write` what changes something; at least one"),
        REQUEST(expires_in_days, .min = 1, .max = MAX_DAYS, .unit = "days", .doc = "Life; none: until it is revoked"),
};
static const struct sai_model request_model =
        SAI_MODEL_OF(struct token_request, request_fields, "ApiTokenRequest", .check = check_request);

struct created_token {
        struct sai_id id;
        const char *token, *name;
        struct sai_list scopes;
        struct sai_instant created_at;
        struct sai_opt_instant last_used_at, expires_at;
};
#define CREATED(m, ...) SAI_FIELD(struct created_token, m, __VA_ARGS__)
static const struct sai_field created_fields[] = {
        CREATED(id, .doc = "Id of the token, to revoke it by"),
        CREATED(token, .doc = "The token, for `Authorization: Bearer`: it is not shown again"),
        CREATED(name, .doc = "What it is for"),
        SAI_ARRAY(struct created_token, scopes, SAI_K_ENUM, .enumeration = &token_scope_names, .max_items = 2,
                  .doc = "What it opens"),
        CREATED(created_at, .doc = "When it was made"),
        CREATED(last_used_at, .doc = "Null: it is new"),
        CREATED(expires_at, .doc = "When it ends; null: never"),
};
static const struct sai_model created_model =
        SAI_MODEL_OF(struct created_token, created_fields, "CreatedApiToken", .doc = "A new token, with its secret this once");

struct tokens_view {
        struct sai_list items;
};
static const struct sai_field tokens_view_fields[] = {
        SAI_LIST(struct tokens_view, items, &api_token_model, .max_items = SAI_MAX_API_TOKENS_PER_USER + 1,
                 .doc = "Oldest first"),
};
static const struct sai_model tokens_view_model =
        SAI_MODEL_OF(struct tokens_view, tokens_view_fields, "ApiTokens", .doc = "The athlete's API tokens");

static sai_status list_tokens(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        struct api_token *tokens;
        size_t count;
        sai_status status =
                store_api_token_list(api_of(request)->store, request->principal.user_id, request->arena, &tokens, &count, err);
        if (status != SAI_OK)
                return status;
        return sai_reply_model(reply, &tokens_view_model, &(struct tokens_view) { { tokens, count } }, err);
}

static sai_status create_token(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        const struct api *api = api_of(request);
        const struct token_request *body = request->in;
        struct api_token token = { .name = body->name, .scopes = body->scopes };
        if (SAI_HAS(body->expires_in_days)) {
                int64_t end = sai_now_ms(&api->clock) + body->expires_in_days.value * DAY_MS;
                token.expires_at = SAI_SOME(sai_opt_instant, ((struct sai_instant) { end }));
        }
        const char *text;
        sai_status status = api_token_make(api->auth, request->principal.user_id, &token, request->arena, &text, err);
        if (status != SAI_OK)
                return status;
        auth_event_add(api->auth, request->principal.user_id, EVENT_API_TOKEN_CREATED, auth_device(request), NULL);
        struct created_token created = { token.id,        text, token.name, token.scopes, token.created_at, token.last_used_at,
                                         token.expires_at };
        reply->status = 201;
        return sai_reply_model(reply, &created_model, &created, err);
}

static sai_status revoke_token(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        const struct api *api = api_of(request);
        sai_status status = api_token_revoke(api->auth, request->principal.user_id, request->ids[0], err);
        if (status != SAI_OK)
                return status;
        auth_event_add(api->auth, request->principal.user_id, EVENT_API_TOKEN_REVOKED, auth_device(request), NULL);
        return api_answer_success(reply, err);
}

static const sai_status create_problems[] = { SAI_CONFLICT, SAI_OK };

const struct sai_route auth_token_routes[] = {
        { "GET", "/api/v1/auth/tokens", list_tokens, .auth = SAI_AUTH_USER, .sessions_only = true, .cache = SAI_CACHE_NO_STORE,
          .rate = SAI_RATE_READ, .out = &tokens_view_model, .tag = "auth", .operation = "listApiTokens",
          .summary = "API tokens, without their secrets" },
        { "POST", "/api/v1/auth/tokens", create_token, .auth = SAI_AUTH_USER, .sessions_only = true, .cache = SAI_CACHE_NO_STORE,
          .rate = SAI_RATE_AUTH, .in = &request_model, .out = &created_model, .status = 201, .tag = "auth",
          .operation = "createApiToken", .summary = "Make an API token for a script",
          .doc = "The token is shown in this answer only. It opens everything but /auth and the security trail, as far as its "
                 "scopes go.",
          .problems = create_problems },
        { "DELETE", "/api/v1/auth/tokens/:id", revoke_token, .auth = SAI_AUTH_USER, .sessions_only = true,
          .cache = SAI_CACHE_NO_STORE, .rate = SAI_RATE_AUTH, .out = &success_model, .tag = "auth", .operation = "revokeApiToken",
          .summary = "Revoke an API token" },
        { 0 },
};
