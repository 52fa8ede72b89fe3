/* settings.h -- what an operator can set, from one table.
 *
 * Each key is one row of settings_table.c: name, type, default, bounds, unit, whether it is a secret, whether production insists on
 * it, and what it is for. A value comes from the environment (STRAVAAI_<NAME>), else from the file stravaai.env (or the one that
 * $STRAVAAI_ENV_FILE names), else from the default; for a secret STRAVAAI_<NAME>_FILE names a file that holds it, which others may
 * not be able to read. An unknown key or an impossible value stops the start with the key's name (checklist L5).
 *
 * An empty value is as if the key was not there. Read once at start and constant afterwards, so safe from several threads. */
#ifndef SAI_BASE_SETTINGS_H
#define SAI_BASE_SETTINGS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sai_profile { SAI_PROFILE_DEVELOPMENT, SAI_PROFILE_PRODUCTION };
enum sai_data_policy { SAI_POLICY_STRAVA_2026, SAI_POLICY_OWN_AGREEMENT };

struct sai_settings_list {
        const char *const *items;
        size_t count;
};

/* Where a value came from. */
enum sai_setting_source { SAI_FROM_DEFAULT, SAI_FROM_FILE, SAI_FROM_ENVIRONMENT, SAI_FROM_SECRET_FILE };

enum { SAI_SETTING_COUNT = 35 }; /* rows of the table */

/* Texts live in the arena they were loaded into and are "" when not set. Durations are in ms. */
struct sai_settings {
        int profile; /* enum sai_profile */
        const char *listen; /* ADDRESS:PORT */
        const char *admin_listen; /* the same, or "": no admin address */
        const char *public_url; /* origin as clients see it, without a slash at the end */
        const char *data_dir;
        const char *database_url; /* sqlite:PATH */
        const char *cache_url; /* memory: or redis://HOST:PORT/DB */
        const char *cache_password; /* "": none */
        const char *strava_client_id;
        const char *strava_client_secret;
        const char *strava_api_url;
        const char *strava_oauth_url;
        const char *jwt_keys; /* kid:alg:key,… newest first; "" in development: made and kept in data_dir */
        const char *data_keys; /* id:key,… newest first; the same */
        struct sai_settings_list redirect_uris;
        struct sai_settings_list cors_origins;
        struct sai_settings_list trusted_proxies;
        const char *rate_limits; /* as sai_rate_limits_parse reads it */
        int data_policy; /* enum sai_data_policy */
        bool local_accounts;
        int64_t argon2_memory_mib, argon2_passes;
        const char *mail_command; /* words without a shell; "" none */
        const char *mail_url; /* smtp: or smtps:, or "" */
        const char *mail_from; /* or "": no-reply at the host of public_url */
        int64_t event_threads; /* 0: one per processor */
        int64_t worker_threads; /* 0: two per processor */
        int64_t drain_delay_ms;
        int log_level; /* enum sai_log_level */
        const char *brand;
        const char *notice; /* a line that the page and /version show, or "" */
        int64_t access_token_life_ms;
        int64_t refresh_token_idle_ms;
        int64_t refresh_token_life_ms;
        int64_t refresh_token_grace_ms;
        uint8_t source[SAI_SETTING_COUNT]; /* enum sai_setting_source, by row of the table */
};

/* Reads a whole small file for the loader. SAI_OK with `*ret_data` in `arena` (NUL-terminated), SAI_NOT_FOUND when there is none;
 * SAI_FORBIDDEN when `secret` and group or others may read it; any other status when it cannot be read. */
struct sai_settings_reader {
        sai_status (*read)(void *context, const char *path, bool secret, struct sai_arena *arena, const char **ret_data,
                           size_t *ret_len);
        void *context;
};
struct sai_settings_reader sai_settings_files(void); /* the file system */

/* Reads all settings; `environment` is an array like environ(7) that ends with NULL. Texts are copied into `arena`.
 * SAI_INVALID with the key in err->field (STRAVAAI_…) and why in err->detail; never with a secret's value. SAI_NO_MEMORY. */
sai_status sai_settings_load(char *const *environment, struct sai_settings_reader reader, struct sai_arena *arena,
                             struct sai_settings *ret_settings, struct sai_err *err) SAI_MUST_USE;

/* What `profile` demands beyond the single values: production refuses missing keys, a public address without TLS and a wildcard
 * origin. SAI_INVALID names the key. */
sai_status sai_settings_check(const struct sai_settings *settings, struct sai_err *err) SAI_MUST_USE;

/* The effective values, one `STRAVAAI_NAME=value` a line with where it came from, or as a JSON object of {value, source}. Secrets
 * that are set are ***. */
void sai_settings_print(struct sai_buf *buf, const struct sai_settings *settings, bool json);

/* What each key means, for `stravaai help config`. */
void sai_settings_help(struct sai_buf *buf);

#endif
