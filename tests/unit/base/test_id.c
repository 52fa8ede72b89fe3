/* Ids, clocks and chance. */
#include "base/id.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static struct sai_id_source *source_at(struct sai_fake_clock *clock, struct sai_seeded *seed)
{
        struct sai_id_source *source = sai_id_source_new(sai_clock_fake(clock), sai_random_seeded(seed));
        assert_non_null(source);
        return source;
}

static void ids_sort_in_the_order_they_were_made(void **state)
{
        (void)state;
        struct sai_fake_clock clock = { .wall_ms = 1700000000000 };
        struct sai_seeded seed = { 1 };
        struct sai_id_source *source = source_at(&clock, &seed);
        struct sai_id last = sai_id_make(source);
        assert_int_equal(last.bytes[0], 0x65); /* 1700000000 is 0x6553f100 */
        assert_int_equal(last.bytes[3], 0x00);
        for (int i = 0; i < 100000; i++) {
                if (i % 1000 == 0)
                        sai_fake_clock_advance(&clock, i % 3000 ? 700 : -5000); /* it is set back now and then */
                struct sai_id next = sai_id_make(source);
                assert_true(sai_id_compare(last, next) < 0);
                last = next;
        }
        sai_id_source_free(source);
}

static void a_second_with_too_many_ids_borrows_from_the_next(void **state)
{
        (void)state;
        struct sai_fake_clock clock = { .wall_ms = 1700000000000 };
        struct sai_seeded seed = { 1 };
        struct sai_id_source *source = source_at(&clock, &seed);
        struct sai_id first = sai_id_make(source), last = first;
        for (int i = 0; i < (1 << 24); i++) {
                struct sai_id next = sai_id_make(source);
                if (sai_id_compare(last, next) >= 0)
                        fail_msg("id %d does not sort after the one before", i);
                last = next;
        }
        assert_int_equal(last.bytes[3], first.bytes[3] + 1);
        sai_id_source_free(source);
}

static void sources_differ_in_their_random_part(void **state)
{
        (void)state;
        struct sai_fake_clock clock = { .wall_ms = 1700000000000 };
        struct sai_seeded one = { 1 }, two = { 2 };
        struct sai_id_source *a = source_at(&clock, &one), *b = source_at(&clock, &two);
        assert_false(sai_id_equal(sai_id_make(a), sai_id_make(b)));
        sai_id_source_free(a);
        sai_id_source_free(b);
}

enum { EACH = 20000 };
static struct sai_id made[4][EACH];
static struct sai_id_source *shared;

static void *make_many(void *arg)
{
        struct sai_id *out = arg;
        for (int i = 0; i < EACH; i++)
                out[i] = sai_id_make(shared);
        return NULL;
}

static int compare(const void *a, const void *b) { return sai_id_compare(*(const struct sai_id *)a, *(const struct sai_id *)b); }

static void threads_never_make_the_same_id(void **state)
{
        (void)state;
        struct sai_fake_clock clock = { .wall_ms = 1700000000000 };
        struct sai_seeded seed = { 1 };
        pthread_t threads[4];
        shared = source_at(&clock, &seed);
        for (int i = 0; i < 4; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, make_many, made[i]), 0);
        for (int i = 0; i < 4; i++)
                pthread_join(threads[i], NULL);
        struct sai_id *all = &made[0][0];
        qsort(all, (size_t)4 * EACH, sizeof *all, compare);
        for (size_t i = 1; i < (size_t)4 * EACH; i++)
                assert_false(sai_id_equal(all[i - 1], all[i]));
        sai_id_source_free(shared);
}

static void text_is_24_lower_case_digits(void **state)
{
        (void)state;
        struct sai_id id, before = { { 1 } };
        char text[SAI_ID_HEX + 1];
        assert_true(sai_id_parse("0123456789abcdef01234567", 24, &id));
        sai_id_format(id, text);
        assert_string_equal(text, "0123456789abcdef01234567");
        id = before;
        assert_false(sai_id_parse("0123456789ABCDEF01234567", 24, &id));
        assert_false(sai_id_parse("0123456789abcdef0123456", 23, &id));
        assert_false(sai_id_parse("0123456789abcdef012345678", 25, &id));
        assert_false(sai_id_parse("0123456789abcdef0123456\0", 24, &id));
        assert_true(sai_id_equal(id, before));
        assert_true(sai_id_is_zero((struct sai_id) { 0 }));
        assert_false(sai_id_is_zero(before));
}

static void a_fake_clock_moves_by_hand(void **state)
{
        (void)state;
        struct sai_fake_clock fake = { 1000, 5 };
        struct sai_clock clock = sai_clock_fake(&fake);
        assert_int_equal(sai_now_ms(&clock), 1000);
        sai_fake_clock_advance(&fake, 250);
        assert_int_equal(sai_now_ms(&clock), 1250);
        assert_int_equal(sai_monotonic_ms(&clock), 255);
        struct sai_clock real = sai_clock_system();
        int64_t before = sai_monotonic_ms(&real);
        assert_true(sai_monotonic_ms(&real) >= before);
        assert_true(sai_now_ms(&real) > 1700000000000);
}

static void seeded_randomness_repeats(void **state)
{
        (void)state;
        struct sai_seeded a = { 42 }, b = { 42 };
        struct sai_random one = sai_random_seeded(&a), two = sai_random_seeded(&b);
        unsigned char x[37], y[37];
        sai_random_fill(&one, x, sizeof x);
        sai_random_fill(&two, y, sizeof y);
        assert_memory_equal(x, y, sizeof x);
        sai_random_fill(&two, y, sizeof y);
        assert_memory_not_equal(x, y, sizeof x);
}

static void random_numbers_stay_below_the_bound_and_reach_all(void **state)
{
        (void)state;
        struct sai_seeded seed = { 3 };
        struct sai_random random = sai_random_seeded(&seed);
        int seen[7] = { 0 };
        for (int i = 0; i < 7000; i++)
                seen[sai_random_below(&random, 7)]++;
        for (int i = 0; i < 7; i++)
                assert_in_range(seen[i], 850, 1150);
        assert_int_equal(sai_random_below(&random, 0), 0);
        assert_int_equal(sai_random_below(&random, 1), 0);
        struct sai_random real = sai_random_system();
        unsigned char x[16] = { 0 }, y[16] = { 0 };
        sai_random_fill(&real, x, sizeof x);
        sai_random_fill(&real, y, sizeof y);
        assert_memory_not_equal(x, y, sizeof x);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(ids_sort_in_the_order_they_were_made),
                cmocka_unit_test(a_second_with_too_many_ids_borrows_from_the_next),
                cmocka_unit_test(sources_differ_in_their_random_part),
                cmocka_unit_test(threads_never_make_the_same_id),
                cmocka_unit_test(text_is_24_lower_case_digits),
                cmocka_unit_test(a_fake_clock_moves_by_hand),
                cmocka_unit_test(seeded_randomness_repeats),
                cmocka_unit_test(random_numbers_stay_below_the_bound_and_reach_all),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
