/* What only a file can have happen to it: a process that is killed, a schema of another age, pages that are not what they were. */
#include "suite.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "store/sqlite/lite.h"
#include "store/store_internal.h"

/* Runs SQL on the closed store's file. */
static void alter(const struct suite *suite, const char *sql)
{
        sqlite3 *db;
        assert_int_equal(sqlite3_open(suite->url + strlen("sqlite:"), &db), SQLITE_OK);
        char *message = NULL;
        if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
                fail_msg("%s: %s", sql, message);
        sqlite3_close(db);
}

static void reopen(void **state)
{
        struct suite *suite = *state;
        assert_ok(suite_open(suite, true, &suite->store));
}

/* -- Killed ---------------------------------------------------------------------------------------------------------------- */

/* The child's life: a store of its own on the file, activities one after the other from two threads, each acknowledged by its id. */
static int acknowledge_to;
static struct suite *child_suite;
static struct sai_id child_user;

static void *write_until_killed(void *argument)
{
        (void)argument;
        for (int64_t i = 0;; i++) {
                struct suite *suite = child_suite;
                void *pointer = suite;
                struct activity activity = new_activity(&pointer, child_user, i);
                activity.notes = "whole";
                if (store_activity_put(suite->store, &activity, NULL) != SAI_OK ||
                    write(acknowledge_to, activity.id.bytes, sizeof activity.id.bytes) != sizeof activity.id.bytes)
                        _exit(1);
        }
        return NULL;
}

static void child(struct suite *suite, int fd)
{
        acknowledge_to = fd;
        child_suite = suite;
        if (suite_open(suite, false, &suite->store) != SAI_OK)
                _exit(2);
        pthread_t second;
        if (pthread_create(&second, NULL, write_until_killed, NULL) != 0)
                _exit(3);
        write_until_killed(NULL);
}

static void what_was_acknowledged_survives_a_kill(void **state)
{
        struct suite *suite = *state;
        child_user = new_id(state);
        int64_t acknowledged = 0;
        for (int round = 0; round < 20; round++) {
                store_close(suite->store);
                int fds[2];
                assert_int_equal(pipe(fds), 0);
                pid_t pid = fork();
                assert_true(pid >= 0);
                if (pid == 0) {
                        close(fds[0]);
                        child(suite, fds[1]);
                }
                close(fds[1]);
                struct sai_id ids[512];
                size_t count = 0, most = 3 + (size_t)round * 2;
                while (count < most && read(fds[0], ids[count].bytes, sizeof ids[count].bytes) == sizeof ids[count].bytes)
                        count++;
                kill(pid, SIGKILL);
                while (count < SAI_COUNT(ids) &&
                       read(fds[0], ids[count].bytes, sizeof ids[count].bytes) == sizeof ids[count].bytes)
                        count++;
                int status;
                waitpid(pid, &status, 0);
                close(fds[0]);
                assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

                reopen(state);
                for (size_t i = 0; i < count; i++) {
                        struct activity back;
                        assert_ok(store_activity_get(STORE(state), child_user, ids[i], ARENA(state), &back, ERR));
                        assert_string_equal(back.notes, "whole");
                }
                acknowledged += (int64_t)count;
                sai_arena_reset(ARENA(state));
        }
        int64_t rows;
        assert_ok(store_activity_count(STORE(state), child_user, &rows, ERR));
        assert_true(rows >= acknowledged && rows <= acknowledged + 20 * 2); /* at most what was under way in two threads */
        print_message("%lld acknowledged, %lld there\n", (long long)acknowledged, (long long)rows);
}

/* -- Schema ----------------------------------------------------------------------------------------------------------------- */

static void a_newer_schema_is_refused_clearly(void **state)
{
        struct suite *suite = *state;
        store_close(suite->store);
        alter(suite, "INSERT INTO _schema(version, applied_at) VALUES(99, 0)");
        assert_status(SAI_CONFLICT, suite_open(suite, true, &suite->store));
        assert_non_null(strstr(suite_err.detail, "99"));
        assert_non_null(strstr(suite_err.detail, "newer"));
        alter(suite, "DELETE FROM _schema WHERE version = 99");
        reopen(state);
}

static void what_is_missing_is_added_and_rows_stay(void **state)
{
        struct suite *suite = *state;
        struct sai_id user = new_id(state);
        struct activity activity = new_activity(state, user, 0), back;
        activity.distance = SOME(5);
        assert_ok(store_activity_put(STORE(state), &activity, ERR));
        store_close(suite->store);
        /* As a program made it that did not know these yet. */
        alter(suite, "DROP INDEX activities_by_distance; ALTER TABLE activities DROP COLUMN distance; UPDATE activities SET "
                     "_packed = x'00'; DROP TABLE once");
        assert_status(SAI_CONFLICT, suite_open(suite, false, &suite->store));
        assert_non_null(strstr(suite_err.detail, "migrate"));
        reopen(state);
        assert_ok(store_activity_get(STORE(state), user, activity.id, ARENA(state), &back, ERR));
        assert_false(SAI_HAS(back.distance));
        back.distance = SOME(7);
        assert_ok(store_activity_put(STORE(state), &back, ERR));
        struct activity *items;
        size_t count;
        assert_ok(store_activity_list(STORE(state), user, NULL, SORT_DISTANCE, true, NULL, 9, ARENA(state), &items, &count, ERR));
        assert_true(count == 1 && items[0].distance.value == 7);
        store_close(suite->store);
        assert_ok(suite_open(suite, false, &suite->store)); /* nothing is missing any more */
}

static void a_column_that_this_program_does_not_know_is_left_alone(void **state)
{
        struct suite *suite = *state;
        struct sai_id user = new_id(state);
        struct activity activity = new_activity(state, user, 0), back;
        assert_ok(store_activity_put(STORE(state), &activity, ERR));
        store_close(suite->store);
        alter(suite, "ALTER TABLE activities ADD COLUMN of_tomorrow TEXT; UPDATE activities SET of_tomorrow = 'x'");
        reopen(state);
        assert_ok(store_activity_get(STORE(state), user, activity.id, ARENA(state), &back, ERR));
        assert_ok(store_activity_put(STORE(state), &back, ERR));
        store_close(suite->store);
        alter(suite, "UPDATE activities SET of_tomorrow = of_tomorrow || 'y' WHERE of_tomorrow = 'x'");
        reopen(state);
}

static void an_empty_file_is_not_migrated_unasked(void **state)
{
        struct suite *suite = *state, fresh = *suite;
        snprintf(fresh.url, sizeof fresh.url, "sqlite:%s/other.db", suite->directory);
        struct store *store;
        assert_status(SAI_CONFLICT, suite_open(&fresh, false, &store));
        assert_ok(suite_open(&fresh, true, &store));
        store_close(store);
        struct stat info;
        assert_int_equal(stat(fresh.url + strlen("sqlite:"), &info), 0);
        assert_int_equal(info.st_mode & 0777, 0600);
        unlink(fresh.url + strlen("sqlite:"));
}

/* Several processes that start at once on a file that is not there yet: one makes the tables, all go on. */
static void processes_that_start_together_migrate_once(void **state)
{
        struct suite *suite = *state, fresh = *suite;
        snprintf(fresh.url, sizeof fresh.url, "sqlite:%s/other.db", suite->directory);
        store_close(suite->store);
        pid_t pids[4];
        for (size_t i = 0; i < SAI_COUNT(pids); i++) {
                pids[i] = fork();
                assert_true(pids[i] >= 0);
                if (pids[i] == 0) {
                        struct store *store;
                        int64_t latency;
                        if (suite_open(&fresh, true, &store) != SAI_OK)
                                _exit(1);
                        for (int n = 0; n < 20; n++)
                                if (store_check(store, &latency, NULL) != SAI_OK)
                                        _exit(2);
                        store_close(store);
                        _exit(0);
                }
        }
        for (size_t i = 0; i < SAI_COUNT(pids); i++) {
                int status;
                waitpid(pids[i], &status, 0);
                assert_true(WIFEXITED(status));
                assert_int_equal(WEXITSTATUS(status), 0);
        }
        struct store *store;
        assert_ok(suite_open(&fresh, false, &store));
        store_close(store);
        unlink(fresh.url + strlen("sqlite:"));
        reopen(state);
}

static void urls_that_name_no_store_are_refused(void **state)
{
        static const char *const urls[] = { "sqlite:",     "sqlite::memory:", "",
                                            "mysql://x/y", "store.db",        "sqlite:/nowhere/at/all.db" };
        for (size_t i = 0; i < SAI_COUNT(urls); i++) {
                struct suite bad = *(struct suite *)*state;
                snprintf(bad.url, sizeof bad.url, "%s", urls[i]);
                struct store *store;
                sai_status status = suite_open(&bad, true, &store);
                assert_int_equal(status, i == 5 ? SAI_UNAVAILABLE : SAI_INVALID);
                assert_null(strstr(suite_err.detail, "nowhere"));
        }
}

/* -- Damage ----------------------------------------------------------------------------------------------------------------- */

static void a_row_that_cannot_be_read_names_its_collection_only(void **state)
{
        struct suite *suite = *state;
        struct sai_id user = new_id(state);
        static const char *const damages[] = {
                "UPDATE activities SET _packed = NULL, source = 77",
                "UPDATE activities SET _packed = NULL, distance = 'far'",
                "UPDATE activities SET _packed = x'01', name = x'00'",
                "UPDATE activities SET _packed = NULL, start_date = 1.5",
                "UPDATE activities SET _packed = substr(_packed, 1, length(_packed) - 1)",
                "UPDATE activities SET _packed = CAST(_packed || x'00' AS BLOB)",
                "UPDATE activities SET _packed = CAST(substr(_packed, 1, 28) || x'ffffffffffffffff' AS BLOB)",
                "UPDATE activities_document SET _document = '{\"laps\":7}'",
                "UPDATE activities_document SET _document = '{'",
                "UPDATE activities_document SET _document = '[1]'",
        };
        for (size_t i = 0; i < SAI_COUNT(damages); i++) {
                struct activity activity = new_activity(state, user, 0), back;
                assert_ok(store_activity_put(STORE(state), &activity, ERR));
                store_close(suite->store);
                alter(suite, damages[i]);
                reopen(state);
                assert_status(SAI_INTERNAL, store_activity_get(STORE(state), user, activity.id, ARENA(state), &back, ERR));
                assert_non_null(strstr(suite_err.detail, "activities"));
                assert_null(strstr(suite_err.detail, "SELECT"));
                assert_ok(store_activity_delete(STORE(state), user, activity.id, ERR));
        }
}

/* A row that a program of another age wrote has a copy of other columns: it is read by its columns. */
static sai_status look(void *context, const struct activity *row, struct sai_err *err)
{
        (void)err;
        assert_string_equal(row->name, "Morning Run");
        assert_true(row->distance.value == 5 && !SAI_HAS(row->moving_time));
        ++*(int *)context;
        return SAI_OK;
}

static void a_wide_row_of_another_age_is_read_by_its_columns(void **state)
{
        struct suite *suite = *state;
        struct sai_id user = new_id(state);
        for (int i = 0; i < 3; i++) {
                struct activity activity = new_activity(state, user, i);
                activity.distance = SOME(5);
                activity.notes = "n";
                assert_ok(store_activity_put(STORE(state), &activity, ERR));
        }
        store_close(suite->store);
        alter(suite, "UPDATE activities SET _packed = x'0102030405060708090a0b0c0d0e0f101112131415161718' WHERE _row % 2 = 1");
        reopen(state);
        struct activity *items;
        size_t count;
        int seen = 0;
        assert_ok(store_activity_scan(STORE(state), user, look, &seen, ERR));
        assert_int_equal(seen, 3);
        assert_ok(store_activity_list(STORE(state), user, NULL, SORT_START_DATE, false, NULL, 9, ARENA(state), &items, &count,
                                      ERR));
        assert_int_equal(count, 3);
        for (size_t i = 0; i < count; i++) {
                assert_true(items[i].distance.value == 5 && strcmp(items[i].notes, "n") == 0);
                assert_same_id(items[i].user_id, user);
        }
}

static void a_blob_that_was_cut_short_is_not_there(void **state)
{
        struct suite *suite = *state;
        struct sai_id user = new_id(state), id = new_id(state);
        size_t len = 2 * SAI_MAX_BLOB_CHUNK;
        char *bytes = sai_arena_alloc(ARENA(state), len);
        struct sai_bytes back;
        assert_ok(store_blob_put(STORE(state), user, id, bytes, len, ERR));
        store_close(suite->store);
        alter(suite, "UPDATE blobs SET data = x'28b52ffd' WHERE key LIKE '%.1'");
        reopen(state);
        assert_status(SAI_INTERNAL, store_blob_get(STORE(state), user, id, ARENA(state), &back, ERR));
        store_close(suite->store);
        alter(suite, "DELETE FROM blobs WHERE key LIKE '%.2'");
        reopen(state);
        assert_ok(store_blob_put(STORE(state), user, id, bytes, len, ERR));
        store_close(suite->store);
        alter(suite, "DELETE FROM blobs WHERE key LIKE '%.2'");
        reopen(state);
        assert_status(SAI_NOT_FOUND, store_blob_get(STORE(state), user, id, ARENA(state), &back, ERR));
        store_close(suite->store);
        alter(suite, "DELETE FROM blobs WHERE key NOT LIKE '%.%'"); /* the head never came */
        reopen(state);
        assert_status(SAI_NOT_FOUND, store_blob_get(STORE(state), user, id, ARENA(state), &back, ERR));
        assert_ok(store_blob_put(STORE(state), user, id, bytes, len, ERR));
        assert_ok(store_blob_get(STORE(state), user, id, ARENA(state), &back, ERR));
}

static void a_file_that_is_no_database_ends_the_store(void **state)
{
        struct suite *suite = *state, other = *suite;
        snprintf(other.url, sizeof other.url, "sqlite:%s/other.db", suite->directory);
        const char *path = other.url + strlen("sqlite:");
        FILE *file = fopen(path, "w");
        fprintf(file, "%05000d", 7);
        fclose(file);
        struct store *store;
        assert_status(SAI_UNAVAILABLE, suite_open(&other, true, &store));
        unlink(path);
}

/* After a failure that leaves the disk's contents unknown nothing is done any more, read or written. */
static void a_failed_store_stays_failed(void **state)
{
        struct suite *suite = *state;
        struct lite *lite = (struct lite *)suite->store->backend;
        struct sai_err err = { 0 };
        assert_int_equal(lite_fail(lite, NULL, SQLITE_IOERR_FSYNC, &err), SAI_UNAVAILABLE);
        int64_t latency;
        struct user_stamp stamp;
        assert_status(SAI_UNAVAILABLE, store_check(STORE(state), &latency, ERR));
        assert_status(SAI_UNAVAILABLE, store_user_stamp(STORE(state), new_id(state), &stamp, ERR));
        assert_status(SAI_UNAVAILABLE, store_user_touch(STORE(state), new_id(state), ERR));
        store_close(suite->store);
        reopen(state);
        assert_ok(store_check(STORE(state), &latency, ERR));
        /* A full disk is no such failure. */
        lite = (struct lite *)suite->store->backend;
        assert_int_equal(lite_fail(lite, NULL, SQLITE_FULL, &err), SAI_DISK_FULL);
        assert_int_equal(lite_fail(lite, NULL, SQLITE_BUSY, &err), SAI_UNAVAILABLE);
        assert_ok(store_check(STORE(state), &latency, ERR));
}

/* -- Full --------------------------------------------------------------------------------------------------------------------- */

static sai_status set_page_limit(struct lite_connection *connection, void *context, struct sai_err *err)
{
        (void)err;
        char text[64];
        snprintf(text, sizeof text, "PRAGMA max_page_count=%d", *(int *)context);
        return sqlite3_exec(connection->db, text, NULL, NULL, NULL) == SQLITE_OK ? SAI_OK : SAI_INTERNAL;
}

static void a_full_disk_says_so_and_passes(void **state)
{
        struct lite *lite = (struct lite *)STORE(state)->backend;
        struct sai_id user = new_id(state), blob = new_id(state);
        struct activity activity = new_activity(state, user, 0), back;
        assert_ok(store_activity_put(STORE(state), &activity, ERR));
        int smallest = 1, largest = 1 << 30; /* the smallest that is possible is the size as it is */
        assert_ok(lite_write(lite, set_page_limit, &smallest, ERR));
        size_t len = SAI_MAX_BLOB_CHUNK;
        uint8_t *bytes = sai_arena_alloc(ARENA(state), len);
        struct sai_seeded seeded = { 1 };
        struct sai_random random = sai_random_seeded(&seeded);
        sai_random_fill(&random, bytes, len);
        struct sai_bytes whole;
        assert_status(SAI_DISK_FULL, store_blob_put(STORE(state), user, blob, bytes, len, ERR));
        assert_status(SAI_NOT_FOUND, store_blob_get(STORE(state), user, blob, ARENA(state), &whole, ERR));
        assert_ok(store_activity_get(STORE(state), user, activity.id, ARENA(state), &back, ERR));
        assert_ok(lite_write(lite, set_page_limit, &largest, ERR));
        assert_ok(store_blob_put(STORE(state), user, blob, bytes, len, ERR));
        assert_ok(store_blob_get(STORE(state), user, blob, ARENA(state), &whole, ERR));
}

/* -- Another process -------------------------------------------------------------------------------------------------------- */

static void a_lock_held_too_long_is_unavailable_and_passes(void **state)
{
        struct suite *suite = *state;
        sqlite3 *db;
        int64_t latency;
        struct store_stats stats;
        assert_int_equal(sqlite3_open(suite->url + strlen("sqlite:"), &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
        assert_status(SAI_UNAVAILABLE, store_check(STORE(state), &latency, ERR));
        store_stats(STORE(state), &stats);
        assert_true(stats.busy > 0);
        struct user_stamp stamp;
        assert_status(SAI_NOT_FOUND, store_user_stamp(STORE(state), new_id(state), &stamp, ERR)); /* reads go on */
        assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
        sqlite3_close(db);
        assert_ok(store_check(STORE(state), &latency, ERR));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                SUITE_TEST(what_was_acknowledged_survives_a_kill),
                SUITE_TEST(a_newer_schema_is_refused_clearly),
                SUITE_TEST(what_is_missing_is_added_and_rows_stay),
                SUITE_TEST(a_column_that_this_program_does_not_know_is_left_alone),
                SUITE_TEST(an_empty_file_is_not_migrated_unasked),
                SUITE_TEST(processes_that_start_together_migrate_once),
                SUITE_TEST(urls_that_name_no_store_are_refused),
                SUITE_TEST(a_row_that_cannot_be_read_names_its_collection_only),
                SUITE_TEST(a_wide_row_of_another_age_is_read_by_its_columns),
                SUITE_TEST(a_blob_that_was_cut_short_is_not_there),
                SUITE_TEST(a_file_that_is_no_database_ends_the_store),
                SUITE_TEST(a_failed_store_stays_failed),
                SUITE_TEST(a_full_disk_says_so_and_passes),
                SUITE_TEST(a_lock_held_too_long_is_unavailable_and_passes),
        };
        return SUITE_RUN(tests);
}
