/* settings_table.c -- the keys. A new setting is one row here and one member in settings.h. */
#include "base/settings_internal.h"

#include <string.h>

#include "base/limits.h"
#include "base/rate_limits.h"
#include "base/text.h"

static const char *const profiles[] = { "development", "production", NULL };
static const char *const policies[] = { "strava-2026", "own-agreement", NULL };
static const char *const levels[] = { "debug", "info", "warn", "error", NULL };

static bool starts_with(const char *text, const char *prefix) { return strncmp(text, prefix, strlen(prefix)) == 0; }

/* ADDRESS:PORT, where an IPv6 address is in brackets. */
static const char *check_address(const char *text)
{
        const char *colon = strrchr(text, ':');
        int64_t port;
        bool good = text[0] == '\0' ||
                    (colon && colon > text && sai_parse_i64(colon + 1, strlen(colon + 1), &port) && port >= 0 && port <= 65535 &&
                     colon[1] != '-' && (!memchr(text, ':', (size_t)(colon - text)) || (text[0] == '[' && colon[-1] == ']')));
        return good ? NULL : "must be ADDRESS:PORT, like 127.0.0.1:8000";
}

/* Scheme, host and maybe a path; no slash at the end, because paths are appended. */
static const char *check_url(const char *text)
{
        const char *rest = starts_with(text, "http://") ? text + 7 : starts_with(text, "https://") ? text + 8 : NULL;
        bool good = text[0] == '\0' ||
                    (rest && rest[0] && rest[0] != '/' && rest[strlen(rest) - 1] != '/' && !strpbrk(rest, " \"<>\\^`{|}?#@"));
        return good ? NULL : "must be http:// or https:// and a host, without user, query or slash at the end";
}

/* An origin is what browsers send: no path. `*` is told apart by sai_settings_check. */
static const char *check_origin(const char *text)
{
        const char *rest = strstr(text, "://");
        bool good = strcmp(text, "*") == 0 || (!check_url(text) && rest && !strchr(rest + 3, '/'));
        return good ? NULL : "must be origins like https://app.example.org";
}

/* Compared byte by byte with what a client sends, so any absolute address does; a fragment cannot be sent. */
static const char *check_redirect(const char *text)
{
        const char *scheme = strstr(text, "://");
        bool good = scheme && scheme > text && scheme[3] && !strpbrk(text, "# \"<>\\^`{|}");
        return good ? NULL : "must be absolute addresses without a fragment";
}

/* An IPv4 or IPv6 address, or a network with its prefix length; what it means exactly is checked by who uses it. */
static const char *check_network(const char *text)
{
        size_t len = strspn(text, "0123456789abcdefABCDEF.:");
        int64_t bits;
        bool good = len >= 2 &&
                    (text[len] == '\0' || (text[len] == '/' && sai_parse_i64(text + len + 1, strlen(text + len + 1), &bits) &&
                                           bits >= 0 && bits <= 128));
        return good ? NULL : "must be addresses or networks like 10.0.0.0/8";
}

static const char *check_database(const char *text)
{
        bool good = text[0] == '\0' || (starts_with(text, "sqlite:") && text[7]) || starts_with(text, "mongodb://") ||
                    starts_with(text, "mongodb+srv://");
        return good ? NULL : "must be sqlite:PATH, mongodb://HOST/DATABASE or mongodb+srv://HOST/DATABASE";
}

/* The form; what is behind the scheme is read, and refused by its part, where it is used (cache/redis_link.c). */
static const char *check_cache(const char *text)
{
        if (starts_with(text, "rediss://"))
                return "must be redis://, with a local proxy for TLS: the Redis client of this system has none";
        bool good = strcmp(text, "memory:") == 0 || (starts_with(text, "redis://") && text[8] && !strchr(text, '@'));
        return good ? NULL : "must be memory: or redis://HOST:PORT/DB, without a password";
}

static const char *check_command(const char *text)
{
        return strlen(text) <= SAI_MAX_MAIL_COMMAND ? NULL : "must be a program and its arguments, at most 1024 bytes";
}

static const char *check_mail_url(const char *text)
{
        const char *rest = starts_with(text, "smtp://") ? text + 7 : starts_with(text, "smtps://") ? text + 8 : NULL;
        return text[0] == '\0' || (rest && rest[0] && !strpbrk(rest, " \"<>\\^`{|}?#"))
                       ? NULL
                       : "must be smtp:// or smtps:// and a host";
}

static const char *check_sender(const char *text)
{
        const char *at = strchr(text, '@');
        bool good = text[0] == '\0' || (at && at > text && at[1] && !strchr(at + 1, '@') && !strpbrk(text, " \t,;<>\"()[]\\"));
        return good ? NULL : "must be an address like no-reply@example.org";
}

static const char *check_rate_limits(const char *text) { return sai_rate_limits_parse(text, NULL); }

static const char *check_not_empty(const char *text) { return text[0] ? NULL : "must not be empty"; }

#define ROW(NAME, TYPE, member, ...)                                                                                             \
        {                                                                                                                        \
                .name = NAME, .type = SAI_SETTING_##TYPE, .offset = offsetof(struct sai_settings, member), __VA_ARGS__           \
        }
#define SECOND INT64_C(1000)
#define DAY    (INT64_C(86400) * SECOND)

const struct sai_setting sai_setting_table[] = {
        ROW("PROFILE", CHOICE, profile, .default_text = "development", .choices = profiles,
            .doc = "production refuses to start with missing keys, a public address without TLS or a wildcard origin"),
        ROW("LISTEN", TEXT, listen, .default_text = "127.0.0.1:8000", .check = check_address,
            .doc = "address and port of the service; port 0 takes a free one"),
        ROW("ADMIN_LISTEN", TEXT, admin_listen, .default_text = "", .check = check_address,
            .doc = "address and port of metrics and health details; none when empty"),
        ROW("PUBLIC_URL", TEXT, public_url, .default_text = "", .check = check_url,
            .doc = "address that clients use; http:// and LISTEN when empty"),
        ROW("DATA_DIR", TEXT, data_dir, .default_text = "./data", .check = check_not_empty,
            .doc = "folder of the SQLite file, of keys made in development, and of uploads while they come in"),
        ROW("DATABASE_URL", TEXT, database_url, .default_text = "", .check = check_database,
            .doc = "sqlite:PATH, mongodb://HOST/DATABASE or mongodb+srv://HOST/DATABASE; stravaai.db in DATA_DIR when empty"),
        ROW("CACHE_URL", TEXT, cache_url, .default_text = "memory:", .check = check_cache,
            .doc = "memory: keeps the cache in the process; redis://HOST:PORT/DB shares finished answers between processes"),
        ROW("CACHE_PASSWORD", SECRET, cache_password, .default_text = "",
            .doc = "password of the Redis of CACHE_URL, where it wants one"),
        ROW("STRAVA_CLIENT_ID", TEXT, strava_client_id, .default_text = "", .needed_in_production = true,
            .doc = "client id of the application at Strava"),
        ROW("STRAVA_CLIENT_SECRET", SECRET, strava_client_secret, .default_text = "", .needed_in_production = true,
            .doc = "its secret"),
        ROW("STRAVA_API_URL", TEXT, strava_api_url, .default_text = "https://www.strava.com/api/v3", .check = check_url,
            .doc = "base of Strava's API; the simulator's in the demo"),
        ROW("STRAVA_OAUTH_URL", TEXT, strava_oauth_url, .default_text = "https://www.strava.com/oauth", .check = check_url,
            .doc = "base of Strava's OAuth pages"),
        ROW("JWT_KEYS", SECRET, jwt_keys, .default_text = "", .needed_in_production = true,
            .doc = "kid:alg:key,… newest first; key in standard base64: 32 bytes or more for HS256, a 32-byte seed for EdDSA"),
        ROW("DATA_KEYS", SECRET, data_keys, .default_text = "", .needed_in_production = true,
            .doc = "id:key,… newest first; 32 bytes each in standard base64; what Strava's tokens are encrypted with"),
        ROW("REDIRECT_URIS", LIST, redirect_uris, .default_text = "", .check = check_redirect,
            .doc = "addresses that a sign-in may return to, byte by byte"),
        ROW("CORS_ORIGINS", LIST, cors_origins, .default_text = "", .check = check_origin,
            .doc = "origins whose pages may call the API"),
        ROW("TRUSTED_PROXIES", LIST, trusted_proxies, .default_text = "", .check = check_network,
            .doc = "networks of proxies whose X-Forwarded-For is believed"),
        ROW("RATE_LIMITS", TEXT, rate_limits, .default_text = "default", .check = check_rate_limits,
            .doc = "default, none, or class=count/seconds,… of read, write, heavy, auth and unsigned; a class left out keeps its "
                   "default"),
        ROW("DATA_POLICY", CHOICE, data_policy, .default_text = "strava-2026", .choices = policies,
            .doc = "how long API data is kept and where it may go; own-agreement lifts Strava's limits"),
        ROW("LOCAL_ACCOUNTS", BOOL, local_accounts, .default_text = "off",
            .doc = "whether accounts with an address and a password can be made and signed in to"),
        ROW("ARGON2_MEMORY", INTEGER, argon2_memory_mib, .default_text = "64", .min = 8, .max = 1024, .unit = "MiB",
            .doc = "memory that hashing one password takes; up to four are hashed at once"),
        ROW("ARGON2_PASSES", INTEGER, argon2_passes, .default_text = "2", .min = 1, .max = 20, .unit = "passes",
            .doc = "passes over that memory; a password is hashed anew at the next sign-in after a change"),
        ROW("MAIL_COMMAND", TEXT, mail_command, .default_text = "", .check = check_command,
            .doc = "program and arguments that take a message on standard input, like /usr/sbin/sendmail -t; no shell is used"),
        ROW("MAIL_URL", SECRET, mail_url, .default_text = "", .check = check_mail_url,
            .doc = "mail server as smtp://USER:PASSWORD@HOST:PORT or smtps://…, when there is no MAIL_COMMAND"),
        ROW("MAIL_FROM", TEXT, mail_from, .default_text = "", .check = check_sender,
            .doc = "address that mails come from; no-reply at the host of PUBLIC_URL when empty"),
        ROW("EVENT_THREADS", INTEGER, event_threads, .default_text = "0", .max = 64, .unit = "threads",
            .doc = "threads that read requests and write answers; 0 is one per processor"),
        ROW("WORKER_THREADS", INTEGER, worker_threads, .default_text = "0", .max = 256, .unit = "threads",
            .doc = "threads for what blocks and for jobs; 0 is two per processor"),
        ROW("DRAIN_DELAY", DURATION, drain_delay_ms, .default_text = "0s", .max = 300 * SECOND,
            .doc = "time between the first refused readiness check and the end of accepting, for load balancers to notice"),
        ROW("LOG_LEVEL", CHOICE, log_level, .default_text = "info", .choices = levels, .doc = "least level that is written"),
        ROW("BRAND", TEXT, brand, .default_text = "StravaAI", .check = check_not_empty, .doc = "name that the pages show"),
        ROW("NOTICE", TEXT, notice, .default_text = "", .doc = "a line that the page and /version show"),
        ROW("ACCESS_TOKEN_LIFE", DURATION, access_token_life_ms, .default_text = "15m", .min = 60 * SECOND, .max = DAY,
            .doc = "life of an access token"),
        ROW("REFRESH_TOKEN_IDLE", DURATION, refresh_token_idle_ms, .default_text = "30d", .min = 3600 * SECOND, .max = 3650 * DAY,
            .doc = "a session unused for so long ends"),
        ROW("REFRESH_TOKEN_LIFE", DURATION, refresh_token_life_ms, .default_text = "180d", .min = 3600 * SECOND,
            .max = 3650 * DAY, .doc = "a session ends after so long, used or not"),
        ROW("REFRESH_TOKEN_GRACE", DURATION, refresh_token_grace_ms, .default_text = "0s", .max = 60 * SECOND,
            .doc = "time in which the token before the newest still gives that newest one"),
};
_Static_assert(sizeof sai_setting_table / sizeof sai_setting_table[0] == SAI_SETTING_COUNT, "one source for each row");
