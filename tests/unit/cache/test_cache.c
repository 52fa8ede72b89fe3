/* The in-process cache: what it keeps, what it forgets, and that a value is made once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "cache/cache.h"

struct fixture {
        struct cache *cache;
        struct sai_fake_clock clock;
        struct sai_seeded seeded;
        int made, destroyed;
};

static int setup_sized(void **state, size_t bytes)
{
        struct fixture *f = calloc(1, sizeof *f);
        f->clock.monotonic_ms = 1000;
        struct cache_memory_config config = { .max_bytes = bytes,
                                              .clock = sai_clock_fake(&f->clock),
                                              .random = sai_random_seeded(&f->seeded) };
        f->cache = cache_memory_new(&config);
        *state = f;
        return f->cache ? 0 : -1;
}
static int setup(void **state) { return setup_sized(state, SAI_MIB(8)); }
static int setup_small(void **state) { return setup_sized(state, SAI_KIB(512)); }

static int teardown(void **state)
{
        struct fixture *f = *state;
        cache_free(f->cache);
        free(f);
        return 0;
}

static struct cache_key key(const char *text) { return (struct cache_key) { .data = text, .len = (uint32_t)strlen(text) }; }
static struct cache_key scoped(const char *text, uint32_t scope_len)
{
        return (struct cache_key) { .data = text, .len = (uint32_t)strlen(text), .scope_len = scope_len };
}

static void put(struct fixture *f, struct cache_key k, const char *text)
{
        struct cache_value value = { .data = text, .len = strlen(text) + 1 };
        assert_int_equal(cache_put(f->cache, k, &value, NULL, NULL), SAI_OK);
}

/* The text kept under a key, or NULL; the reference is given back, so only compare what is still in the cache. */
static const char *text_at(struct fixture *f, struct cache_key k)
{
        struct cache_entry *entry = cache_get(f->cache, k);
        const char *text = entry ? entry->data : NULL;
        cache_entry_release(entry);
        return text;
}

static void gives_back_what_was_put(void **state)
{
        struct fixture *f = *state;
        char changing[] = "first";
        put(f, key("a"), changing);
        changing[0] = 'X'; /* bytes were copied */
        put(f, key("b"), "second");
        assert_string_equal(text_at(f, key("a")), "first");
        assert_string_equal(text_at(f, key("b")), "second");
        assert_null(text_at(f, key("c")));
        put(f, key("a"), "third");
        assert_string_equal(text_at(f, key("a")), "third");
        struct cache_stats stats = cache_stats(f->cache);
        assert_int_equal(stats.entries, 2);
        assert_int_equal(stats.hits, 3);
        assert_int_equal(stats.misses, 1);
        assert_int_equal(stats.puts, 3);
        cache_remove(f->cache, key("a"));
        assert_null(text_at(f, key("a")));
        assert_string_equal(text_at(f, key("b")), "second");
}

static void keys_are_bytes(void **state)
{
        struct fixture *f = *state;
        struct cache_key with_nul = { .data = "a\0b", .len = 3 }, other = { .data = "a\0c", .len = 3 };
        put(f, with_nul, "nul");
        assert_null(text_at(f, other));
        assert_null(text_at(f, key("a")));
        assert_string_equal(text_at(f, with_nul), "nul");
}

static void an_entry_outlives_its_place(void **state)
{
        struct fixture *f = *state;
        put(f, key("a"), "still here");
        struct cache_entry *entry = cache_get(f->cache, key("a"));
        cache_entry_ref(entry);
        cache_remove(f->cache, key("a"));
        assert_string_equal(entry->data, "still here");
        cache_entry_release(entry);
        cache_free(f->cache);
        f->cache = NULL;
        assert_string_equal(entry->data, "still here");
        cache_entry_release(entry);
}

struct object {
        struct fixture *fixture;
        int value;
};

static void destroy_object(void *data)
{
        struct object *object = data;
        object->fixture->destroyed++;
        free(object);
}

static struct cache_value new_object(struct fixture *f, int value, size_t cost)
{
        struct object *object = malloc(sizeof *object);
        *object = (struct object) { f, value };
        return (struct cache_value) { .data = object, .cost = cost, .destroy = destroy_object };
}

static void objects_are_destroyed_once(void **state)
{
        struct fixture *f = *state;
        struct cache_entry *entry;
        struct cache_value value = new_object(f, 7, 1000);
        assert_int_equal(cache_put(f->cache, key("o"), &value, &entry, NULL), SAI_OK);
        assert_int_equal(((const struct object *)entry->data)->value, 7);
        assert_true(cache_stats(f->cache).bytes >= 1000);
        value = new_object(f, 8, 1000);
        assert_int_equal(cache_put(f->cache, key("o"), &value, NULL, NULL), SAI_OK);
        assert_int_equal(f->destroyed, 0); /* still held */
        cache_entry_release(entry);
        assert_int_equal(f->destroyed, 1);
        cache_free(f->cache);
        f->cache = NULL;
        assert_int_equal(f->destroyed, 2);
}

static void what_is_too_large_is_given_but_not_kept(void **state)
{
        struct fixture *f = *state;
        struct cache_entry *entry;
        struct cache_value value = new_object(f, 1, SAI_MIB(2)); /* an eighth of the cache is 1 MiB */
        assert_int_equal(cache_put(f->cache, key("big"), &value, &entry, NULL), SAI_OK);
        assert_int_equal(((const struct object *)entry->data)->value, 1);
        assert_null(text_at(f, key("big")));
        assert_int_equal(cache_stats(f->cache).refused, 1);
        cache_entry_release(entry);
        assert_int_equal(f->destroyed, 1);

        char *long_key = calloc(1, SAI_MAX_CACHE_KEY + 2);
        memset(long_key, 'k', SAI_MAX_CACHE_KEY + 1);
        put(f, key(long_key), "x");
        assert_null(text_at(f, key(long_key)));
        long_key[SAI_MAX_CACHE_KEY] = '\0';
        put(f, key(long_key), "x");
        assert_non_null(text_at(f, key(long_key)));
        free(long_key);
}

static void life_ends_by_the_clock(void **state)
{
        struct fixture *f = *state;
        struct cache_value value = { .data = "x", .len = 2, .life_ms = 500 };
        assert_int_equal(cache_put(f->cache, key("a"), &value, NULL, NULL), SAI_OK);
        sai_fake_clock_advance(&f->clock, 499);
        assert_non_null(text_at(f, key("a")));
        sai_fake_clock_advance(&f->clock, 1);
        assert_null(text_at(f, key("a")));
        assert_int_equal(cache_stats(f->cache).entries, 0);
        assert_int_equal(cache_stats(f->cache).expired, 1);
}

static void a_scope_goes_at_once(void **state)
{
        struct fixture *f = *state;
        put(f, scoped("user1:summary", 5), "a");
        put(f, scoped("user1:zones", 5), "b");
        put(f, scoped("user2:zones", 5), "c");
        put(f, key("user1"), "no scope");
        cache_remove_scope(f->cache, SAI_TEXT("user1"));
        assert_null(text_at(f, scoped("user1:summary", 5)));
        assert_null(text_at(f, scoped("user1:zones", 5)));
        assert_string_equal(text_at(f, scoped("user2:zones", 5)), "c");
        assert_string_equal(text_at(f, key("user1")), "no scope");
        put(f, scoped("user1:zones", 5), "new");
        assert_string_equal(text_at(f, scoped("user1:zones", 5)), "new");
}

/* -- Bounds ------------------------------------------------------------------------------------------------------- */
static void bytes_stay_within_the_bound(void **state)
{
        struct fixture *f = *state;
        char name[32];
        for (int i = 0; i < 20000; i++) {
                snprintf(name, sizeof name, "key-%d", i);
                struct cache_value value = { .data = name, .len = strlen(name) + 1, .cost = 500 };
                assert_int_equal(cache_put(f->cache, key(name), &value, NULL, NULL), SAI_OK);
        }
        struct cache_stats stats = cache_stats(f->cache);
        assert_in_range(stats.bytes, stats.max_bytes / 2, stats.max_bytes);
        assert_int_equal(stats.puts, 20000);
        assert_int_equal(stats.evictions, 20000 - stats.entries);
        for (int i = 0; i < 20000; i++) { /* what is there is whole */
                snprintf(name, sizeof name, "key-%d", i);
                struct cache_entry *entry = cache_get(f->cache, key(name));
                if (entry)
                        assert_string_equal(entry->data, name);
                cache_entry_release(entry);
        }
}

/* SIEVE's point: a scan over many keys does not drive out what is used. */
static void what_is_used_survives_a_scan(void **state)
{
        struct fixture *f = *state;
        char name[32];
        int survived = 0;
        for (int i = 0; i < 100; i++) {
                snprintf(name, sizeof name, "hot-%d", i);
                put(f, key(name), name);
        }
        for (int i = 0; i < 20000; i++) {
                snprintf(name, sizeof name, "scan-%d", i);
                put(f, key(name), name);
                snprintf(name, sizeof name, "hot-%d", i % 100);
                text_at(f, key(name));
        }
        for (int i = 0; i < 100; i++) {
                snprintf(name, sizeof name, "hot-%d", i);
                survived += text_at(f, key(name)) != NULL;
        }
        assert_true(cache_stats(f->cache).evictions > 10000);
        assert_int_equal(survived, 100);
}

/* -- Making ------------------------------------------------------------------------------------------------------- */
static sai_status make_text(void *context, struct cache_value *ret_value, struct sai_err *err)
{
        struct fixture *f = context;
        (void)err;
        f->made++;
        *ret_value = (struct cache_value) { .data = "made", .len = 5 };
        return SAI_OK;
}

static sai_status fail_to_make(void *context, struct cache_value *ret_value, struct sai_err *err)
{
        struct fixture *f = context;
        (void)ret_value;
        f->made++;
        return sai_fail(err, SAI_UNAVAILABLE, "the store is away");
}

static sai_status make_transient(void *context, struct cache_value *ret_value, struct sai_err *err)
{
        sai_status status = make_text(context, ret_value, err);
        ret_value->transient = true;
        return status;
}

static sai_status make_while_deleted(void *context, struct cache_value *ret_value, struct sai_err *err)
{
        struct fixture *f = context;
        if (f->made == 0)
                cache_remove_scope(f->cache, SAI_TEXT("u"));
        else
                cache_remove(f->cache, scoped("u:x", 1));
        return make_text(context, ret_value, err);
}

static void ask(struct fixture *f, struct cache_key k, cache_make_fn make)
{
        struct cache_entry *entry = NULL;
        assert_int_equal(cache_get_or_make(f->cache, k, 0, make, f, &entry, NULL), SAI_OK);
        assert_string_equal(entry->data, "made");
        cache_entry_release(entry);
}

static void a_value_is_made_once(void **state)
{
        struct fixture *f = *state;
        for (int i = 0; i < 5; i++)
                ask(f, key("k"), make_text);
        assert_int_equal(f->made, 1);
}

static void a_failed_making_is_not_kept(void **state)
{
        struct fixture *f = *state;
        struct cache_entry *entry = NULL;
        struct sai_err err = { 0 };
        assert_int_equal(cache_get_or_make(f->cache, key("k"), 0, fail_to_make, f, &entry, &err), SAI_UNAVAILABLE);
        assert_null(entry);
        assert_string_equal(err.detail, "the store is away");
        ask(f, key("k"), make_text);
        assert_int_equal(f->made, 2);
}

static void a_transient_value_is_given_and_not_kept(void **state)
{
        struct fixture *f = *state;
        ask(f, key("k"), make_transient);
        ask(f, key("k"), make_transient);
        assert_int_equal(f->made, 2);
        assert_int_equal(cache_stats(f->cache).entries, 0);
}

static void what_was_deleted_while_it_was_made_is_not_kept(void **state)
{
        struct fixture *f = *state;
        ask(f, scoped("u:x", 1), make_while_deleted); /* by scope */
        assert_null(text_at(f, scoped("u:x", 1)));
        ask(f, scoped("u:x", 1), make_while_deleted); /* by key */
        assert_null(text_at(f, scoped("u:x", 1)));
        ask(f, scoped("u:x", 1), make_text);
        assert_non_null(text_at(f, scoped("u:x", 1)));
}

/* -- Threads ------------------------------------------------------------------------------------------------------ */
struct gate {
        struct cache *cache;
        pthread_mutex_t lock;
        pthread_cond_t opened;
        bool open, fails;
        int makers;
        int arrived;
};

static sai_status make_behind_gate(void *context, struct cache_value *ret_value, struct sai_err *err)
{
        struct gate *gate = context;
        pthread_mutex_lock(&gate->lock);
        gate->makers++;
        while (!gate->open)
                pthread_cond_wait(&gate->opened, &gate->lock);
        pthread_mutex_unlock(&gate->lock);
        if (gate->fails)
                return sai_fail(err, SAI_UPSTREAM, "no good");
        *ret_value = (struct cache_value) { .data = "one", .len = 4 };
        return SAI_OK;
}

static void *ask_at_gate(void *context)
{
        struct gate *gate = context;
        struct cache_entry *entry = NULL;
        struct sai_err err = { 0 };
        pthread_mutex_lock(&gate->lock);
        gate->arrived++;
        pthread_mutex_unlock(&gate->lock);
        sai_status status = cache_get_or_make(gate->cache, key("shared"), 0, make_behind_gate, gate, &entry, &err);
        bool right = gate->fails ? status == SAI_UPSTREAM && strcmp(err.detail, "no good") == 0
                                 : status == SAI_OK && strcmp(entry->data, "one") == 0;
        cache_entry_release(entry);
        return right ? NULL : context;
}

static void open_gate(struct gate *gate)
{
        pthread_mutex_lock(&gate->lock);
        gate->open = true;
        pthread_cond_broadcast(&gate->opened);
        pthread_mutex_unlock(&gate->lock);
}

static int count_in(struct gate *gate, const int *counter)
{
        pthread_mutex_lock(&gate->lock);
        int count = *counter;
        pthread_mutex_unlock(&gate->lock);
        return count;
}

static void ask_from_eight_threads(struct fixture *f, bool fails)
{
        struct gate gate = {
                .cache = f->cache, .lock = PTHREAD_MUTEX_INITIALIZER, .opened = PTHREAD_COND_INITIALIZER, .fails = fails
        };
        pthread_t threads[8];
        for (size_t i = 0; i < SAI_COUNT(threads); i++)
                pthread_create(&threads[i], NULL, ask_at_gate, &gate);
        while (count_in(&gate, &gate.arrived) < 8 || count_in(&gate, &gate.makers) < 1)
                usleep(1000);
        usleep(20000); /* the others get to their wait; one that came later would find the entry and be as right */
        open_gate(&gate);
        for (size_t i = 0; i < SAI_COUNT(threads); i++) {
                void *failed = &gate;
                pthread_join(threads[i], &failed);
                assert_null(failed);
        }
        if (!fails)
                assert_int_equal(gate.makers, 1);
}

static void many_who_miss_cause_one_making(void **state) { ask_from_eight_threads(*state, false); }
static void a_failed_making_wakes_all_with_its_error(void **state) { ask_from_eight_threads(*state, true); }

static void waiting_ends_at_the_deadline(void **state)
{
        struct fixture *f = *state;
        struct gate gate = { .cache = f->cache, .lock = PTHREAD_MUTEX_INITIALIZER, .opened = PTHREAD_COND_INITIALIZER };
        struct cache_entry *entry = NULL;
        pthread_t maker;
        void *failed = &gate;
        pthread_create(&maker, NULL, ask_at_gate, &gate);
        while (count_in(&gate, &gate.makers) < 1)
                usleep(1000);
        int64_t soon = f->clock.monotonic_ms + 30;
        assert_int_equal(cache_get_or_make(f->cache, key("shared"), soon, make_behind_gate, &gate, &entry, NULL), SAI_TIMEOUT);
        assert_null(entry);
        open_gate(&gate);
        pthread_join(maker, &failed);
        assert_null(failed);
        assert_int_equal(gate.makers, 1);
}

static sai_status make_number(void *context, struct cache_value *ret_value, struct sai_err *err)
{
        (void)err;
        int *copy = malloc(sizeof *copy);
        if (!copy)
                return SAI_NO_MEMORY;
        *copy = *(const int *)context;
        *ret_value = (struct cache_value) { .data = copy, .len = sizeof *copy, .cost = 3000, .destroy = free };
        return SAI_OK;
}

/* A mix of everything on few keys, for the sanitizers; values always belong to their keys. */
static void *hammer(void *context)
{
        struct fixture *f = context;
        uint32_t seed = (uint32_t)(uintptr_t)&seed | 1;
        for (int i = 0; i < 20000; i++) {
                seed = seed * 1664525 + 1013904223;
                int number = (int)(seed >> 16) % 300;
                char name[16];
                snprintf(name, sizeof name, "%c%d", 'a' + number % 7, number);
                struct cache_key k = scoped(name, 1);
                struct cache_entry *entry = NULL;
                if (seed % 97 == 0)
                        cache_remove_scope(f->cache, (struct sai_text) { name, 1 });
                else if (seed % 31 == 0)
                        cache_remove(f->cache, k);
                else if (seed % 3 == 0)
                        entry = cache_get(f->cache, k);
                else if (cache_get_or_make(f->cache, k, 0, make_number, &number, &entry, NULL) != SAI_OK)
                        return f;
                bool right = !entry || *(const int *)entry->data == number;
                cache_entry_release(entry);
                if (!right)
                        return f;
        }
        return NULL;
}

static void threads_do_not_disturb_each_other(void **state)
{
        struct fixture *f = *state;
        pthread_t threads[8];
        for (size_t i = 0; i < SAI_COUNT(threads); i++)
                pthread_create(&threads[i], NULL, hammer, f);
        for (size_t i = 0; i < SAI_COUNT(threads); i++) {
                void *failed = f;
                pthread_join(threads[i], &failed);
                assert_null(failed);
        }
        struct cache_stats stats = cache_stats(f->cache);
        assert_true(stats.evictions > 0);
        assert_in_range(stats.bytes, 1, stats.max_bytes);
}

#define TEST(name)       cmocka_unit_test_setup_teardown(name, setup, teardown)
#define SMALL_TEST(name) cmocka_unit_test_setup_teardown(name, setup_small, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(gives_back_what_was_put),
                TEST(keys_are_bytes),
                TEST(an_entry_outlives_its_place),
                TEST(objects_are_destroyed_once),
                TEST(what_is_too_large_is_given_but_not_kept),
                TEST(life_ends_by_the_clock),
                TEST(a_scope_goes_at_once),
                SMALL_TEST(bytes_stay_within_the_bound),
                SMALL_TEST(what_is_used_survives_a_scan),
                TEST(a_value_is_made_once),
                TEST(a_failed_making_is_not_kept),
                TEST(a_transient_value_is_given_and_not_kept),
                TEST(what_was_deleted_while_it_was_made_is_not_kept),
                TEST(many_who_miss_cause_one_making),
                TEST(a_failed_making_wakes_all_with_its_error),
                TEST(waiting_ends_at_the_deadline),
                SMALL_TEST(threads_do_not_disturb_each_other),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
