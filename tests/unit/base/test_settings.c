/* Settings: sources, bounds, secrets, profiles. */
#include "base/settings.h"

#include <fcntl.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/settings_internal.h"

/* Files as a table: path, content, and whether others may read it. */
struct file {
        const char *path, *content;
        bool is_public;
};
static const struct file *files;

static sai_status give(void *context, const char *path, bool secret, struct sai_arena *arena, const char **ret_data,
                       size_t *ret_len)
{
        (void)context;
        for (const struct file *file = files; file && file->path; file++) {
                if (strcmp(file->path, path) != 0)
                        continue;
                if (secret && file->is_public)
                        return SAI_FORBIDDEN;
                *ret_data = sai_arena_strdup(arena, file->content);
                *ret_len = strlen(file->content);
                return *ret_data ? SAI_OK : SAI_NO_MEMORY;
        }
        return SAI_NOT_FOUND;
}

static struct sai_arena *arena;
static struct sai_settings settings;
static struct sai_err err;

static int setup(void **state)
{
        (void)state;
        files = NULL;
        arena = sai_arena_new(SAI_MIB(4));
        return arena == NULL;
}

static int teardown(void **state)
{
        (void)state;
        sai_arena_free(arena);
        return 0;
}

/* `entries` ends with NULL. */
static sai_status load(const char *const *entries)
{
        char *environment[64];
        size_t count = 0;
        for (; entries[count]; count++)
                environment[count] = sai_arena_strdup(arena, entries[count]);
        environment[count] = NULL;
        memset(&err, 0, sizeof err);
        return sai_settings_load(environment, (struct sai_settings_reader) { .read = give }, arena, &settings, &err);
}
#define LOAD(...) load((const char *const[]) { __VA_ARGS__ __VA_OPT__(, ) NULL })

static void refuses(const char *const *entries, const char *key, const char *why)
{
        if (load(entries) != SAI_INVALID)
                fail_msg("%s was taken", entries[0] ? entries[0] : "nothing");
        assert_string_equal(err.field, key);
        if (!strstr(err.detail, why))
                fail_msg("\"%s\" does not say \"%s\"", err.detail, why);
}
#define REFUSES(key, why, ...) refuses((const char *const[]) { __VA_ARGS__ __VA_OPT__(, ) NULL }, key, why)

static void every_key_has_a_row_that_stands(void **state)
{
        (void)state;
        for (int i = 0; i < SAI_SETTING_COUNT; i++) {
                assert_non_null(sai_setting_table[i].name);
                assert_true(strlen(sai_setting_table[i].doc) > 3);
                for (int j = 0; j < i; j++) {
                        assert_string_not_equal(sai_setting_table[i].name, sai_setting_table[j].name);
                        assert_true(sai_setting_table[i].offset != sai_setting_table[j].offset);
                }
        }
}

static void defaults_are_those_of_the_documentation(void **state)
{
        (void)state;
        assert_int_equal(LOAD("PATH=/bin", "HOME=/root"), SAI_OK);
        assert_int_equal(settings.profile, SAI_PROFILE_DEVELOPMENT);
        assert_string_equal(settings.listen, "127.0.0.1:8000");
        assert_string_equal(settings.admin_listen, "");
        assert_string_equal(settings.public_url, "http://127.0.0.1:8000");
        assert_string_equal(settings.data_dir, "./data");
        assert_string_equal(settings.database_url, "sqlite:./data/stravaai.db");
        assert_string_equal(settings.cache_url, "memory:");
        assert_string_equal(settings.strava_api_url, "https://www.strava.com/api/v3");
        assert_string_equal(settings.strava_oauth_url, "https://www.strava.com/oauth");
        assert_string_equal(settings.jwt_keys, "");
        assert_int_equal(settings.cors_origins.count, 0);
        assert_int_equal(settings.data_policy, SAI_POLICY_STRAVA_2026);
        assert_int_equal(settings.log_level, SAI_LOG_INFO);
        assert_int_equal(settings.access_token_life_ms, 15 * 60000);
        assert_int_equal(settings.refresh_token_idle_ms, INT64_C(30) * 86400000);
        assert_int_equal(settings.refresh_token_life_ms, INT64_C(180) * 86400000);
        assert_int_equal(settings.refresh_token_grace_ms, 0);
        for (int i = 0; i < SAI_SETTING_COUNT; i++)
                assert_int_equal(settings.source[i], SAI_FROM_DEFAULT);
        assert_int_equal(sai_settings_check(&settings, &err), SAI_OK);
}

static void environment_beats_file_beats_default(void **state)
{
        (void)state;
        files = (const struct file[]) { { "stravaai.env",
                                          "# comment\n\nSTRAVAAI_LISTEN=0.0.0.0:1\r\n  STRAVAAI_BRAND = \"My "
                                          "Club\"\nSTRAVAAI_NOTICE='it''s'\nSTRAVAAI_DATA_DIR=/var/x",
                                          true },
                                        { 0 } };
        assert_int_equal(LOAD("STRAVAAI_LISTEN=[::1]:2"), SAI_OK);
        assert_string_equal(settings.listen, "[::1]:2");
        assert_string_equal(settings.public_url, "http://[::1]:2");
        assert_string_equal(settings.brand, "My Club");
        assert_string_equal(settings.notice, "it''s");
        assert_string_equal(settings.database_url, "sqlite:/var/x/stravaai.db");
        assert_int_equal(settings.source[1], SAI_FROM_ENVIRONMENT);
        assert_int_equal(LOAD(), SAI_OK);
        assert_string_equal(settings.listen, "0.0.0.0:1");
        assert_int_equal(settings.source[1], SAI_FROM_FILE);
        assert_int_equal(LOAD("STRAVAAI_LISTEN="), SAI_OK);
        assert_string_equal(settings.listen, "0.0.0.0:1"); /* an empty value is none */
}

static void the_file_can_be_named_and_must_then_be_there(void **state)
{
        (void)state;
        files = (const struct file[]) { { "/etc/s.env", "STRAVAAI_BRAND=Other\n", false },
                                        { "stravaai.env", "STRAVAAI_BRAND=Wrong\n", false },
                                        { 0 } };
        assert_int_equal(LOAD("STRAVAAI_ENV_FILE=/etc/s.env"), SAI_OK);
        assert_string_equal(settings.brand, "Other");
        REFUSES("STRAVAAI_ENV_FILE", "cannot be read", "STRAVAAI_ENV_FILE=/nowhere");
}

static void unknown_keys_are_named(void **state)
{
        (void)state;
        REFUSES("STRAVAAI_LISTN", "is not a setting", "STRAVAAI_LISTN=x");
        REFUSES("STRAVAAI_listen", "is not a setting", "STRAVAAI_listen=x");
        REFUSES("STRAVAAI_LISTEN_FILE", "is not a setting", "STRAVAAI_LISTEN_FILE=/x"); /* only secrets come from files */
        files = (const struct file[]) { { "stravaai.env", "LISTEN=127.0.0.1:1\n", false }, { 0 } };
        REFUSES("LISTEN", "is not a setting", "A=b");
        files = (const struct file[]) { { "stravaai.env", "STRAVAAI_NOPE=1\n", false }, { 0 } };
        REFUSES("STRAVAAI_NOPE", "is not a setting", "A=b");
        files = (const struct file[]) { { "stravaai.env", "STRAVAAI_BRAND=a\nSTRAVAAI_BRAND=b\n", false }, { 0 } };
        REFUSES("STRAVAAI_BRAND", "is there twice", "A=b");
        files = (const struct file[]) { { "stravaai.env", "STRAVAAI_BRAND=a\nwhat is this\n", false }, { 0 } };
        REFUSES("", "line 2", "A=b");
}

static void bad_values_are_named_with_what_is_taken(void **state)
{
        (void)state;
        REFUSES("STRAVAAI_PROFILE", "development, production", "STRAVAAI_PROFILE=prod");
        REFUSES("STRAVAAI_EVENT_THREADS", "from 0 to 64 threads", "STRAVAAI_EVENT_THREADS=65");
        REFUSES("STRAVAAI_EVENT_THREADS", "from 0 to 64 threads", "STRAVAAI_EVENT_THREADS=-1");
        REFUSES("STRAVAAI_EVENT_THREADS", "from 0 to 64 threads", "STRAVAAI_EVENT_THREADS=four");
        REFUSES("STRAVAAI_ACCESS_TOKEN_LIFE", "from 1m to 1d", "STRAVAAI_ACCESS_TOKEN_LIFE=59s");
        REFUSES("STRAVAAI_ACCESS_TOKEN_LIFE", "from 1m to 1d", "STRAVAAI_ACCESS_TOKEN_LIFE=25h");
        REFUSES("STRAVAAI_ACCESS_TOKEN_LIFE", "from 1m to 1d", "STRAVAAI_ACCESS_TOKEN_LIFE=15 m");
        REFUSES("STRAVAAI_ACCESS_TOKEN_LIFE", "from 1m to 1d", "STRAVAAI_ACCESS_TOKEN_LIFE=9223372036854775807d");
        REFUSES("STRAVAAI_LISTEN", "ADDRESS:PORT", "STRAVAAI_LISTEN=localhost");
        REFUSES("STRAVAAI_LISTEN", "ADDRESS:PORT", "STRAVAAI_LISTEN=127.0.0.1:70000");
        REFUSES("STRAVAAI_LISTEN", "ADDRESS:PORT", "STRAVAAI_LISTEN=::1:80");
        REFUSES("STRAVAAI_PUBLIC_URL", "http", "STRAVAAI_PUBLIC_URL=ftp://x");
        REFUSES("STRAVAAI_PUBLIC_URL", "http", "STRAVAAI_PUBLIC_URL=https://x/");
        REFUSES("STRAVAAI_PUBLIC_URL", "http", "STRAVAAI_PUBLIC_URL=https://u@x");
        REFUSES("STRAVAAI_CORS_ORIGINS", "origins", "STRAVAAI_CORS_ORIGINS=https://a.example/path");
        REFUSES("STRAVAAI_CORS_ORIGINS", "empty entry", "STRAVAAI_CORS_ORIGINS=https://a.example,,https://b.example");
        REFUSES("STRAVAAI_REDIRECT_URIS", "fragment", "STRAVAAI_REDIRECT_URIS=https://a.example/x#y");
        REFUSES("STRAVAAI_TRUSTED_PROXIES", "networks", "STRAVAAI_TRUSTED_PROXIES=proxy.example");
        REFUSES("STRAVAAI_DATABASE_URL", "sqlite:PATH", "STRAVAAI_DATABASE_URL=mysql://x");
        REFUSES("STRAVAAI_CACHE_URL", "memory:", "STRAVAAI_CACHE_URL=memcached://x");
        REFUSES("STRAVAAI_CACHE_URL", "memory:", "STRAVAAI_CACHE_URL=redis://");
        REFUSES("STRAVAAI_CACHE_URL", "password", "STRAVAAI_CACHE_URL=redis://:word@x");
        REFUSES("STRAVAAI_CACHE_URL", "proxy", "STRAVAAI_CACHE_URL=rediss://x");
        REFUSES("STRAVAAI_BRAND", "control character", "STRAVAAI_BRAND=a\nb");
        REFUSES("STRAVAAI_BRAND", "UTF-8", "STRAVAAI_BRAND=\xff");
}

static void good_values_are_taken(void **state)
{
        (void)state;
        assert_int_equal(LOAD("STRAVAAI_ACCESS_TOKEN_LIFE=900", "STRAVAAI_DRAIN_DELAY=1500ms", "STRAVAAI_REFRESH_TOKEN_IDLE=12h",
                              "STRAVAAI_EVENT_THREADS=4", "STRAVAAI_CORS_ORIGINS=https://a.example, http://b.example:8080",
                              "STRAVAAI_TRUSTED_PROXIES=10.0.0.0/8,::1", "STRAVAAI_DATA_POLICY=own-agreement",
                              "STRAVAAI_LOG_LEVEL=error", "STRAVAAI_REDIRECT_URIS=https://a.example/cb,myapp://signed-in"),
                         SAI_OK);
        assert_int_equal(settings.access_token_life_ms, 900000);
        assert_int_equal(settings.drain_delay_ms, 1500);
        assert_int_equal(settings.refresh_token_idle_ms, 12 * 3600000);
        assert_int_equal(settings.event_threads, 4);
        assert_int_equal(settings.cors_origins.count, 2);
        assert_string_equal(settings.cors_origins.items[1], "http://b.example:8080");
        assert_int_equal(settings.trusted_proxies.count, 2);
        assert_int_equal(settings.redirect_uris.count, 2);
        assert_int_equal(settings.data_policy, SAI_POLICY_OWN_AGREEMENT);
        assert_int_equal(settings.log_level, SAI_LOG_ERROR);
}

static void secrets_come_from_files_that_others_cannot_read(void **state)
{
        (void)state;
        files = (const struct file[]) { { "/run/good", "canary-secret\n", false },
                                        { "/run/open", "canary-secret\n", true },
                                        { "/run/empty", "\n", false },
                                        { 0 } };
        assert_int_equal(LOAD("STRAVAAI_STRAVA_CLIENT_SECRET_FILE=/run/good"), SAI_OK);
        assert_string_equal(settings.strava_client_secret, "canary-secret");
        REFUSES("STRAVAAI_STRAVA_CLIENT_SECRET", "group or others", "STRAVAAI_STRAVA_CLIENT_SECRET_FILE=/run/open");
        assert_null(strstr(err.detail, "canary"));
        REFUSES("STRAVAAI_STRAVA_CLIENT_SECRET", "cannot be read", "STRAVAAI_STRAVA_CLIENT_SECRET_FILE=/run/none");
        REFUSES("STRAVAAI_STRAVA_CLIENT_SECRET", "empty", "STRAVAAI_STRAVA_CLIENT_SECRET_FILE=/run/empty");
        REFUSES("STRAVAAI_STRAVA_CLIENT_SECRET", "both", "STRAVAAI_STRAVA_CLIENT_SECRET_FILE=/run/good",
                "STRAVAAI_STRAVA_CLIENT_SECRET=x");
        files = (const struct file[]) { { "stravaai.env", "STRAVAAI_JWT_KEYS=k:HS256:canary\n", true }, { 0 } };
        REFUSES("STRAVAAI_JWT_KEYS", "group or others", "A=b");
        assert_null(strstr(err.detail, "canary"));
        files = (const struct file[]) { { "stravaai.env", "STRAVAAI_JWT_KEYS=k:HS256:canary\n", false }, { 0 } };
        assert_int_equal(LOAD(), SAI_OK);
}

static void printing_masks_secrets_and_says_where_from(void **state)
{
        (void)state;
        files = (const struct file[]) { { "/run/good", "canary-secret", false },
                                        { "stravaai.env", "STRAVAAI_BRAND=Say \"hi\" \\o/\nSTRAVAAI_DATA_KEYS=canary-key\n",
                                          false },
                                        { 0 } };
        assert_int_equal(LOAD("STRAVAAI_STRAVA_CLIENT_SECRET_FILE=/run/good", "STRAVAAI_JWT_KEYS=canary-jwt",
                              "STRAVAAI_DATABASE_URL=mongodb://service:canary-password@db.example/stravaai",
                              "STRAVAAI_CORS_ORIGINS=https://a.example,https://b.example"),
                         SAI_OK);
        struct sai_buf text;
        sai_buf_init(&text, SAI_MIB(1));
        sai_settings_print(&text, &settings, false);
        assert_non_null(strstr(text.data, "STRAVAAI_STRAVA_CLIENT_SECRET=***  # secret file\n"));
        assert_non_null(strstr(text.data, "STRAVAAI_JWT_KEYS=***  # environment\n"));
        assert_non_null(strstr(text.data, "STRAVAAI_DATABASE_URL=mongodb://service:***@db.example/stravaai"));
        assert_non_null(strstr(text.data, "STRAVAAI_LISTEN=127.0.0.1:8000  # default\n"));
        assert_non_null(strstr(text.data, "STRAVAAI_ACCESS_TOKEN_LIFE=15m  # default\n"));
        assert_non_null(strstr(text.data, "STRAVAAI_REFRESH_TOKEN_GRACE=0s  # default\n"));
        assert_non_null(strstr(text.data, "STRAVAAI_CORS_ORIGINS=https://a.example,https://b.example  # environment\n"));
        assert_null(strstr(text.data, "canary"));

        sai_buf_clear(&text);
        sai_settings_print(&text, &settings, true);
        assert_null(strstr(text.data, "canary"));
        json_t *json = json_loads(text.data, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(json);
        assert_int_equal(json_object_size(json), SAI_SETTING_COUNT);
        json_t *brand = json_object_get(json, "STRAVAAI_BRAND");
        assert_string_equal(json_string_value(json_object_get(brand, "value")), "Say \"hi\" \\o/");
        assert_string_equal(json_string_value(json_object_get(brand, "source")), "file");
        json_decref(json);

        sai_buf_clear(&text);
        sai_settings_help(&text);
        for (int i = 0; i < SAI_SETTING_COUNT; i++)
                assert_non_null(strstr(text.data, sai_setting_table[i].name));
        sai_buf_done(&text);
}

#define PRODUCTION                                                                                                               \
        "STRAVAAI_PROFILE=production", "STRAVAAI_JWT_KEYS=k:HS256:x", "STRAVAAI_DATA_KEYS=k:x", "STRAVAAI_STRAVA_CLIENT_ID=1",   \
                "STRAVAAI_STRAVA_CLIENT_SECRET=x"

static void production_refuses_to_start_unsafe(void **state)
{
        (void)state;
        assert_int_equal(LOAD(PRODUCTION, "STRAVAAI_PUBLIC_URL=https://a.example"), SAI_OK);
        assert_int_equal(sai_settings_check(&settings, &err), SAI_OK);

        assert_int_equal(LOAD(PRODUCTION), SAI_OK);
        assert_int_equal(sai_settings_check(&settings, &err), SAI_INVALID);
        assert_string_equal(err.field, "STRAVAAI_PUBLIC_URL");

        assert_int_equal(LOAD(PRODUCTION, "STRAVAAI_PUBLIC_URL=https://a.example", "STRAVAAI_CORS_ORIGINS=*"), SAI_OK);
        assert_int_equal(sai_settings_check(&settings, &err), SAI_INVALID);
        assert_string_equal(err.field, "STRAVAAI_CORS_ORIGINS");

        assert_int_equal(LOAD(PRODUCTION, "STRAVAAI_PUBLIC_URL=https://a.example", "STRAVAAI_STRAVA_API_URL=http://x"), SAI_OK);
        assert_int_equal(sai_settings_check(&settings, &err), SAI_INVALID);
        assert_string_equal(err.field, "STRAVAAI_STRAVA_API_URL");

        static const char *const all[] = { PRODUCTION, "STRAVAAI_PUBLIC_URL=https://a.example" };
        for (size_t missing = 1; missing <= 4; missing++) {
                const char *some[8];
                size_t count = 0;
                for (size_t i = 0; i < SAI_COUNT(all); i++)
                        if (i != missing)
                                some[count++] = all[i];
                some[count] = NULL;
                assert_int_equal(load(some), SAI_OK);
                assert_int_equal(sai_settings_check(&settings, &err), SAI_INVALID);
                assert_memory_equal(all[missing], err.field, strlen(err.field));
        }
}

static void real_files_are_read_and_their_mode_is_checked(void **state)
{
        (void)state;
        char path[] = "/tmp/sai-settings-XXXXXX";
        int fd = mkstemp(path);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, "hello\n", 6), 6);
        close(fd);
        struct sai_settings_reader reader = sai_settings_files();
        const char *data = NULL;
        size_t len = 0;
        assert_int_equal(reader.read(reader.context, path, true, arena, &data, &len), SAI_OK);
        assert_string_equal(data, "hello\n");
        assert_int_equal(len, 6);
        assert_int_equal(chmod(path, 0640), 0);
        assert_int_equal(reader.read(reader.context, path, true, arena, &data, &len), SAI_FORBIDDEN);
        assert_int_equal(reader.read(reader.context, path, false, arena, &data, &len), SAI_OK);
        unlink(path);
        assert_int_equal(reader.read(reader.context, path, false, arena, &data, &len), SAI_NOT_FOUND);
        assert_int_equal(reader.read(reader.context, "/", false, arena, &data, &len), SAI_INTERNAL);
        assert_int_equal(reader.read(reader.context, "/dev/zero", false, arena, &data, &len), SAI_INTERNAL);
}

static void want_of_memory_is_told_as_such(void **state)
{
        (void)state;
        char *const environment[] = { NULL };
        for (size_t limit = 0; limit < 600; limit += 7) {
                struct sai_arena *small = sai_arena_new(limit);
                sai_status status =
                        sai_settings_load(environment, (struct sai_settings_reader) { .read = give }, small, &settings, &err);
                assert_true(status == SAI_NO_MEMORY || status == SAI_OK);
                sai_arena_free(small);
        }
}

static void a_bool_is_on_or_off(void **state)
{
        (void)state;
        const struct sai_setting row = { .name = "X", .type = SAI_SETTING_BOOL, .default_text = "off" };
        bool value = false;
        struct sai_buf text;
        sai_buf_init(&text, 100);
        assert_int_equal(sai_setting_parse(&row, "on", arena, &value, &err), SAI_OK);
        assert_true(value);
        sai_setting_format(&text, &row, &value);
        assert_string_equal(text.data, "on");
        assert_int_equal(sai_setting_parse(&row, "false", arena, &value, &err), SAI_OK);
        assert_false(value);
        assert_int_equal(sai_setting_parse(&row, "yes", arena, &value, &err), SAI_INVALID);
        assert_string_equal(err.field, "STRAVAAI_X");
        sai_buf_done(&text);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        const struct CMUnitTest tests[] = {
                TEST(every_key_has_a_row_that_stands),
                TEST(defaults_are_those_of_the_documentation),
                TEST(environment_beats_file_beats_default),
                TEST(the_file_can_be_named_and_must_then_be_there),
                TEST(unknown_keys_are_named),
                TEST(bad_values_are_named_with_what_is_taken),
                TEST(good_values_are_taken),
                TEST(secrets_come_from_files_that_others_cannot_read),
                TEST(printing_masks_secrets_and_says_where_from),
                TEST(production_refuses_to_start_unsafe),
                TEST(real_files_are_read_and_their_mode_is_checked),
                TEST(want_of_memory_is_told_as_such),
                TEST(a_bool_is_on_or_off),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
