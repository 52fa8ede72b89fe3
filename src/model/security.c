/* security.c -- the tables of security.h. */
#include "model/security.h"

static const char *const token_scope_values[] = { "read", "write", NULL };
const struct sai_enumeration token_scope_names = { "TokenScope", token_scope_values };
static const char *const security_event_values[] = {
        "account_created",      "signed_in",         "sign_in_refused",      "signed_out",     "session_ended",
        "refresh_token_reused", "password_changed",  "password_reset_asked", "password_reset", "strava_linked",
        "strava_unlinked",      "api_token_created", "api_token_revoked",    "data_exported",  NULL
};
const struct sai_enumeration security_event_names = { "SecurityEventKind", security_event_values };

#define TOKEN(m, ...) SAI_FIELD(struct api_token, m, __VA_ARGS__)
static const struct sai_field api_token_fields[] = {
        TOKEN(id, .flags = SAI_F_KEY | SAI_F_COLUMN, .doc = "Id of the token, to revoke it by"),
        TOKEN(user_id, .flags = SAI_F_COLUMN | SAI_F_INTERNAL),
        TOKEN(name, .min = 1, .max = 100, .example = "\"backup script\"", .doc = "What it is for"),
        SAI_ARRAY(struct api_token, scopes, SAI_K_ENUM, .enumeration = &token_scope_names, .max_items = 2,
                  .doc = "`read` opens what only reads, `write` what changes something"),
        TOKEN(created_at, .doc = "When it was made"),
        TOKEN(last_used_at, .doc = "When it was last used, give or take ten minutes"),
        TOKEN(expires_at, .flags = SAI_F_COLUMN, .doc = "When it ends; null: never"),
        TOKEN(secret_hash),
        TOKEN(revision, .flags = SAI_F_COLUMN | SAI_F_INTERNAL),
};
const struct sai_model api_token_model = SAI_MODEL_OF(struct api_token, api_token_fields, "ApiToken", .collection = "api_tokens",
                                                      .doc = "A token for scripts; the token itself is shown once");

#define CREDENTIAL(m, ...) SAI_FIELD(struct credential, m, __VA_ARGS__)
static const struct sai_field credential_fields[] = {
        CREDENTIAL(id, .flags = SAI_F_KEY | SAI_F_COLUMN),
        CREDENTIAL(password_hash),
        CREDENTIAL(updated_at),
        CREDENTIAL(revision, .flags = SAI_F_COLUMN),
};
const struct sai_model credential_model =
        SAI_MODEL_OF(struct credential, credential_fields, "Credential", .collection = "credentials");

#define THROTTLE(m, ...) SAI_FIELD(struct throttle, m, __VA_ARGS__)
static const struct sai_field throttle_fields[] = {
        THROTTLE(key, .flags = SAI_F_KEY | SAI_F_COLUMN),
        THROTTLE(count, .flags = SAI_F_COLUMN),
        THROTTLE(expires_at, .flags = SAI_F_COLUMN),
};
const struct sai_model throttle_model = SAI_MODEL_OF(struct throttle, throttle_fields, "Throttle", .collection = "throttles");

#define EVENT(m, ...) SAI_FIELD(struct security_event, m, __VA_ARGS__)
static const struct sai_field security_event_fields[] = {
        EVENT(id, .flags = SAI_F_KEY | SAI_F_COLUMN, .doc = "Id of the event"),
        EVENT(user_id, .flags = SAI_F_COLUMN | SAI_F_INTERNAL),
        EVENT(at, .doc = "When it happened"),
        EVENT(event, .enumeration = &security_event_names, .doc = "What happened"),
        EVENT(ip, .flags = SAI_F_NULLABLE, .doc = "Address it came from"),
        EVENT(user_agent, .flags = SAI_F_NULLABLE, .doc = "Program it came from, as that says of itself"),
        EVENT(detail, .flags = SAI_F_NULLABLE, .doc = "More about it"),
        EVENT(expires_at, .flags = SAI_F_COLUMN | SAI_F_INTERNAL),
};
const struct sai_model security_event_model =
        SAI_MODEL_OF(struct security_event, security_event_fields, "SecurityEvent", .collection = "security_events",
                     .doc = "Something that happened to the account");
