/* test_start.c -- a service that cannot start says which setting is wrong, and leaves nothing behind (checklist L5, S10). */
#include "support_service.h"

#include <sys/stat.h>
#include <unistd.h>

#define GOOD_KEY "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

static char directory[64];

static int start(void **state)
{
        (void)state;
        snprintf(directory, sizeof directory, "/tmp/stravaai-start-XXXXXX");
        return mkdtemp(directory) ? 0 : -1;
}
static int stop(void **state)
{
        static const char *const names[] = { "stravaai.db", "stravaai.db-wal", "stravaai.db-shm", "jwt.key", "data.key" };
        char path[128];
        (void)state;
        for (size_t i = 0; i < SAI_COUNT(names); i++) {
                snprintf(path, sizeof path, "%s/%s", directory, names[i]);
                unlink(path);
        }
        snprintf(path, sizeof path, "%s/staging", directory);
        rmdir(path);
        return rmdir(directory);
}

static sai_status try_start(const char *setting, bool migrate, struct sai_err *err)
{
        char data[128], line[512];
        snprintf(data, sizeof data, "STRAVAAI_DATA_DIR=%s", directory);
        snprintf(line, sizeof line, "%s", setting);
        char *environment[] = { data, line, NULL };
        struct service_options options = { .environment = environment, .migrate = migrate, .log_fd = STDERR_FILENO };
        struct service service;
        *err = (struct sai_err) { 0 };
        sai_status status = service_open(&options, &service, err);
        if (status == SAI_OK)
                service_close(&service, false);
        return status;
}

static void wrong_setting_is_named(void **state)
{
        (void)state;
        static const struct {
                const char *line, *field;
        } bad[] = {
                { "STRAVAAI_NOBODY_KNOWS=1", "STRAVAAI_NOBODY_KNOWS" },
                { "STRAVAAI_LOG_LEVEL=loud", "STRAVAAI_LOG_LEVEL" },
                { "STRAVAAI_JWT_KEYS=a:HS256:c2hvcnQ=", "STRAVAAI_JWT_KEYS" },
                { "STRAVAAI_JWT_KEYS=a:none:" GOOD_KEY, "STRAVAAI_JWT_KEYS" },
                { "STRAVAAI_DATA_KEYS=a:c2hvcnQ=", "STRAVAAI_DATA_KEYS" },
                { "STRAVAAI_ACCESS_TOKEN_LIFE=1s", "STRAVAAI_ACCESS_TOKEN_LIFE" },
                { "STRAVAAI_STRAVA_API_URL=ftp://x", "STRAVAAI_STRAVA_API_URL" },
        };
        for (size_t i = 0; i < SAI_COUNT(bad); i++) {
                struct sai_err err;
                assert_int_not_equal(try_start(bad[i].line, true, &err), SAI_OK);
                assert_string_equal(err.field, bad[i].field);
                assert_null(strstr(err.detail, "c2hvcnQ"));
                assert_null(strstr(err.detail, GOOD_KEY));
        }
}

static void key_file_that_others_may_read_names_its_setting(void **state)
{
        (void)state;
        static const struct {
                const char *file, *field;
        } keys[] = { { "jwt.key", "STRAVAAI_JWT_KEYS" }, { "data.key", "STRAVAAI_DATA_KEYS" } };
        struct sai_err err;
        if (try_start("STRAVAAI_LOG_LEVEL=error", true, &err) != SAI_OK)
                fail_msg("%s %s", err.field, err.detail);
        for (size_t i = 0; i < SAI_COUNT(keys); i++) {
                char path[128];
                snprintf(path, sizeof path, "%s/%s", directory, keys[i].file);
                assert_int_equal(chmod(path, 0644), 0);
                assert_int_equal(try_start("STRAVAAI_LOG_LEVEL=error", true, &err), SAI_INVALID);
                assert_string_equal(err.field, keys[i].field);
                assert_int_equal(chmod(path, 0600), 0);
        }
        assert_int_equal(try_start("STRAVAAI_LOG_LEVEL=error", true, &err), SAI_OK);
}

static void store_without_its_schema_is_refused_without_migration(void **state)
{
        (void)state;
        struct sai_err err;
        assert_int_not_equal(try_start("STRAVAAI_LOG_LEVEL=error", false, &err), SAI_OK);
        assert_true(err.detail[0] != '\0');
}

static void production_insists_on_its_secrets(void **state)
{
        (void)state;
        struct sai_err err;
        assert_int_equal(try_start("STRAVAAI_PROFILE=production", true, &err), SAI_INVALID);
        assert_memory_equal(err.field, "STRAVAAI_", 9);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
        const struct CMUnitTest tests[] = {
                EACH(wrong_setting_is_named),
                EACH(key_file_that_others_may_read_names_its_setting),
                EACH(store_without_its_schema_is_refused_without_migration),
                EACH(production_insists_on_its_secrets),
        };
        return cmocka_run_group_tests_name("start", tests, NULL, NULL);
}
