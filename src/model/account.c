/* account.c -- the tables of account.h. Everything here is internal: these rows are stored and never shown as they are. */
#include "model/account.h"
#include "model/user.h"

static const char *const session_kind_values[] = { "token", "page", "cli", NULL };
const struct sai_enumeration session_kind_names = { "SessionKind", session_kind_values };
static const char *const once_kind_values[] = { "oauth_state", "code", "password_reset", NULL };
const struct sai_enumeration once_kind_names = { "OnceKind", once_kind_values };

#define SESSION(m, ...) SAI_FIELD(struct session, m, __VA_ARGS__)
static const struct sai_field session_fields[] = {
        SESSION(id, .flags = SAI_F_KEY | SAI_F_COLUMN),
        SESSION(user_id, .flags = SAI_F_COLUMN),
        SESSION(kind, .enumeration = &session_kind_names, .flags = SAI_F_COLUMN),
        SESSION(created_at, .flags = SAI_F_COLUMN),
        SESSION(last_used_at, .flags = SAI_F_COLUMN),
        SESSION(expires_at, .flags = SAI_F_COLUMN),
        SESSION(idle_expires_at, .flags = SAI_F_COLUMN),
        SESSION(user_agent),
        SESSION(ip),
        SESSION(secret_hash),
        SESSION(counter, .flags = SAI_F_COLUMN),
        SESSION(rotated_at),
        SESSION(revision, .flags = SAI_F_COLUMN),
};
const struct sai_model session_model = SAI_MODEL_OF(struct session, session_fields, "StoredSession", .collection = "sessions");

#define LINK(m, ...) SAI_FIELD(struct strava_link, m, __VA_ARGS__)
static const struct sai_field strava_link_fields[] = {
        LINK(id, .flags = SAI_F_KEY | SAI_F_COLUMN),
        LINK(athlete_id, .flags = SAI_F_COLUMN),
        LINK(access_token),
        LINK(refresh_token),
        LINK(expires_at, .flags = SAI_F_COLUMN),
        LINK(status, .enumeration = &strava_status_names, .flags = SAI_F_COLUMN),
        SAI_ARRAY(struct strava_link, scopes, SAI_K_STR, .max_items = 32),
        LINK(lease_owner),
        LINK(lease_until, .flags = SAI_F_COLUMN),
        LINK(fencing, .flags = SAI_F_COLUMN),
        LINK(updated_at),
        LINK(revision, .flags = SAI_F_COLUMN),
};
const struct sai_model strava_link_model =
        SAI_MODEL_OF(struct strava_link, strava_link_fields, "StravaLink", .collection = "strava_links");

#define ONCE(m, ...) SAI_FIELD(struct once, m, __VA_ARGS__)
static const struct sai_field once_fields[] = {
        ONCE(id, .flags = SAI_F_KEY | SAI_F_COLUMN),
        ONCE(key, .flags = SAI_F_COLUMN),
        ONCE(kind, .enumeration = &once_kind_names, .flags = SAI_F_COLUMN),
        ONCE(payload),
        ONCE(expires_at, .flags = SAI_F_COLUMN),
};
const struct sai_model once_model = SAI_MODEL_OF(struct once, once_fields, "Once", .collection = "once");

#define THRESHOLD(m, ...) SAI_FIELD(struct threshold, m, __VA_ARGS__)
static const struct sai_field threshold_fields[] = {
        THRESHOLD(id, .flags = SAI_F_KEY | SAI_F_COLUMN | SAI_F_READONLY),
        THRESHOLD(user_id, .flags = SAI_F_COLUMN | SAI_F_INTERNAL),
        THRESHOLD(from, .flags = SAI_F_COLUMN | SAI_F_REQUIRED, .doc = "First day it holds"),
        THRESHOLD(max_heartrate, .unit = "bpm", .min = 30, .max = 250),
        THRESHOLD(resting_heartrate, .unit = "bpm", .min = 30, .max = 250),
        THRESHOLD(threshold_heartrate, .unit = "bpm", .min = 30, .max = 250),
        THRESHOLD(ftp, .unit = "W", .min = 30, .max = 700),
        THRESHOLD(threshold_pace, .unit = "s/km", .min = 120, .max = 900),
        THRESHOLD(css_pace_100m, .unit = "s/100m", .min = 50, .max = 300),
        THRESHOLD(weight, .unit = "kg", .min = 20, .max = 400),
        THRESHOLD(created_at, .flags = SAI_F_READONLY),
        THRESHOLD(revision, .flags = SAI_F_COLUMN | SAI_F_INTERNAL),
};
const struct sai_model threshold_model =
        SAI_MODEL_OF(struct threshold, threshold_fields, "Threshold", .collection = "thresholds");
