/* suite.h -- what the store's tests share: an opened store of their own, a clock they move, and rows to put in.
 *
 * The tests are written over store.h alone, so that they run on both back ends: on a SQLite file in a directory of the program's own, and
 * (SAI_TEST_STORE=mongodb) in a database of its own on the MongoDB server at hand; both are gone afterwards. Programs named test_sqlite_*
 * and test_mongo_* are about one of them. */
#ifndef SAI_TESTS_STORE_SUITE_H
#define SAI_TESTS_STORE_SUITE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "store/store.h"
#include "support/mongo_server.h"

struct suite {
        struct store *store;
        struct sai_arena *arena; /* emptied before each test */
        struct sai_fake_clock clock;
        char directory[64], url[512];
};

#define STORE(state)       (((struct suite *)*(state))->store)
#define ARENA(state)       (((struct suite *)*(state))->arena)
#define NOW(state)         (((struct suite *)*(state))->clock.wall_ms)
#define ADVANCE(state, ms) sai_fake_clock_advance(&((struct suite *)*(state))->clock, (ms))

/* The status, with the store's own words when it is not the one expected. */
#define assert_status(expected, call)                                                                                            \
        do {                                                                                                                     \
                sai_status status_ = (call);                                                                                     \
                if (status_ != (expected))                                                                                       \
                        print_message("%s:%d: %s: status %d, %s\n", __FILE__, __LINE__, #call, (int)status_, suite_err.detail);  \
                assert_int_equal(status_, (expected));                                                                           \
        } while (0)
#define assert_ok(call) assert_status(SAI_OK, call)

static _Thread_local struct sai_err suite_err __attribute__((unused));
#define ERR (&suite_err)

static inline sai_status suite_open(struct suite *suite, bool migrate, struct store **ret_store)
{
        const struct store_config config = {
                .url = suite->url, .clock = sai_clock_fake(&suite->clock), .random = sai_random_system(), .migrate = migrate
        };
        return store_open(&config, ret_store, ERR);
}

static inline int suite_setup(void **state)
{
        struct suite *suite = calloc(1, sizeof *suite);
        if (!suite)
                return -1;
        suite->clock.wall_ms = 1790000000000;
        suite->arena = sai_arena_new((size_t)256 << 20);
        snprintf(suite->directory, sizeof suite->directory, P_tmpdir "/sai-store-XXXXXX");
        if (!mkdtemp(suite->directory))
                return -1;
        if (!mongo_server_asked())
                snprintf(suite->url, sizeof suite->url, "sqlite:%s/store.db", suite->directory);
        else if (!mongo_server_url(strrchr(suite->directory, '-') + 1, suite->url, sizeof suite->url))
                return -1;
        *state = suite;
        if (suite_open(suite, true, &suite->store) != SAI_OK) {
                print_message("store_open: %s\n", suite_err.detail);
                return -1;
        }
        return 0;
}

static inline int suite_teardown(void **state)
{
        struct suite *suite = *state;
        if (mongo_server_asked())
                mongo_server_drop(suite->url);
        store_close(suite->store);
        sai_arena_free(suite->arena);
        static const char *const names[] = { "store.db", "store.db-wal", "store.db-shm" };
        for (size_t i = 0; i < SAI_COUNT(names); i++) {
                char path[128];
                snprintf(path, sizeof path, "%s/%s", suite->directory, names[i]);
                unlink(path);
        }
        rmdir(suite->directory);
        free(suite);
        return 0;
}

static inline int suite_reset(void **state)
{
        sai_arena_reset(ARENA(state));
        suite_err = (struct sai_err) { 0 };
        return 0;
}

/* A new athlete's id: each test has rows of its own in the one store. */
static inline struct sai_id new_id(void **state) { return store_new_id(STORE(state)); }

#define assert_same_id(a, b) assert_memory_equal((a).bytes, (b).bytes, sizeof(struct sai_id))
#define SOME(v)              SAI_SOME(sai_opt_f64, (v))

/* An activity that begins `minutes` after 2026-01-01. */
static inline struct activity new_activity(void **state, struct sai_id user, int64_t minutes)
{
        return (struct activity) { .id = new_id(state),
                                   .user_id = user,
                                   .name = "Morning Run",
                                   .type = "Run",
                                   .sport_type = "TrailRun",
                                   .start_date.ms = 1767225600000 + minutes * 60000,
                                   .start_date_local.ms = 1767225600000 + 3600000 + minutes * 60000 };
}

#define SUITE_TEST(name) cmocka_unit_test_setup(name, suite_reset)
#define SUITE_RUN(tests) mongo_server_run("store", tests, SAI_COUNT(tests), suite_setup, suite_teardown)

#endif
