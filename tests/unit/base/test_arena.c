/* The arena: what a request may rely on. */
#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"

static int order[8];
static size_t order_count;

static void note(void *arg) { order[order_count++] = *(int *)arg; }

static void memory_is_zeroed_and_aligned(void **state)
{
        (void)state;
        struct sai_arena *arena = sai_arena_new(SAI_MIB(8));
        for (size_t size = 1; size < 5000; size += 37) {
                unsigned char *memory = sai_arena_alloc(arena, size);
                assert_non_null(memory);
                assert_int_equal((uintptr_t)memory % _Alignof(max_align_t), 0);
                for (size_t i = 0; i < size; i++)
                        assert_int_equal(memory[i], 0);
                memset(memory, 0xa5, size);
        }
        sai_arena_free(arena);
}

static void memory_is_zeroed_after_reset_too(void **state)
{
        (void)state;
        struct sai_arena *arena = sai_arena_new(SAI_MIB(8));
        for (int round = 0; round < 3; round++) {
                for (int i = 0; i < 100; i++) {
                        unsigned char *memory = sai_arena_alloc(arena, 300);
                        assert_non_null(memory);
                        for (size_t j = 0; j < 300; j++)
                                assert_int_equal(memory[j], 0);
                        memset(memory, 0xff, 300);
                }
                sai_arena_reset(arena);
                assert_int_equal(sai_arena_used(arena), 0);
        }
        sai_arena_free(arena);
}

static void allocations_do_not_overlap(void **state)
{
        (void)state;
        struct sai_arena *arena = sai_arena_new(SAI_MIB(16));
        unsigned char *parts[400];
        for (size_t i = 0; i < SAI_COUNT(parts); i++) {
                parts[i] = sai_arena_alloc(arena, 1 + i * 7);
                assert_non_null(parts[i]);
                memset(parts[i], (int)(i & 0xff), 1 + i * 7);
        }
        for (size_t i = 0; i < SAI_COUNT(parts); i++)
                for (size_t j = 0; j < 1 + i * 7; j++)
                        assert_int_equal(parts[i][j], i & 0xff);
        sai_arena_free(arena);
}

static void limit_is_the_sum_of_what_was_handed_out(void **state)
{
        (void)state;
        struct sai_arena *arena = sai_arena_new(1000);
        assert_non_null(sai_arena_alloc(arena, 600));
        assert_null(sai_arena_alloc(arena, 401));
        assert_non_null(sai_arena_alloc(arena, 400));
        assert_int_equal(sai_arena_used(arena), 1000);
        assert_null(sai_arena_alloc(arena, 1));
        assert_null(sai_arena_strdup(arena, ""));
        assert_null(sai_arena_printf(arena, "%d", 5));
        sai_arena_reset(arena);
        assert_non_null(sai_arena_alloc(arena, 1000));
        sai_arena_free(arena);
}

static void sizes_that_overflow_are_refused(void **state)
{
        (void)state;
        struct sai_arena *arena = sai_arena_new(SIZE_MAX);
        volatile size_t huge = SIZE_MAX;
        assert_null(sai_arena_calloc(arena, huge / 2, 3));
        assert_null(sai_arena_strndup(arena, "x", huge));
        assert_int_equal(sai_arena_used(arena), 0);
        sai_arena_free(arena);
}

static void zero_bytes_are_a_pointer_of_their_own(void **state)
{
        (void)state;
        struct sai_arena *arena = sai_arena_new(1000);
        void *a = sai_arena_alloc(arena, 0), *b = sai_arena_calloc(arena, 0, 8);
        assert_non_null(a);
        assert_non_null(b);
        assert_ptr_not_equal(a, b);
        sai_arena_free(arena);
}

static void texts_are_copied_whole(void **state)
{
        (void)state;
        struct sai_arena *arena = sai_arena_new(SAI_MIB(1));
        assert_string_equal(sai_arena_strdup(arena, "abc"), "abc");
        char *part = sai_arena_strndup(arena, "abcdef", 3);
        assert_string_equal(part, "abc");
        assert_string_equal(sai_arena_strndup(arena, NULL, 0), "");
        assert_memory_equal(sai_arena_memdup(arena, "a\0b", 3), "a\0b", 3);
        char *printed = sai_arena_printf(arena, "%s-%0600d", "x", 7);
        assert_int_equal(strlen(printed), 602);
        assert_int_equal(printed[601], '7');
        sai_arena_free(arena);
}

static void cleanups_run_last_registered_first(void **state)
{
        (void)state;
        static int numbers[] = { 1, 2, 3 };
        struct sai_arena *arena = sai_arena_new(SAI_MIB(1));
        order_count = 0;
        for (int i = 0; i < 3; i++)
                assert_int_equal(sai_arena_defer(arena, note, &numbers[i]), SAI_OK);
        sai_arena_reset(arena);
        assert_int_equal(order_count, 3);
        assert_int_equal(order[0], 3);
        assert_int_equal(order[1], 2);
        assert_int_equal(order[2], 1);
        sai_arena_reset(arena);
        assert_int_equal(order_count, 3);
        assert_int_equal(sai_arena_defer(arena, note, &numbers[0]), SAI_OK);
        sai_arena_free(arena);
        assert_int_equal(order_count, 4);
}

static struct sai_arena *reentrant;

static void register_another(void *arg)
{
        note(arg);
        static int nine = 9;
        if (order_count == 1)
                assert_int_equal(sai_arena_defer(reentrant, note, &nine), SAI_OK);
}

static void a_cleanup_may_register_another(void **state)
{
        (void)state;
        static int one = 1;
        reentrant = sai_arena_new(SAI_MIB(1));
        order_count = 0;
        assert_int_equal(sai_arena_defer(reentrant, register_another, &one), SAI_OK);
        sai_arena_free(reentrant);
        assert_int_equal(order_count, 2);
        assert_int_equal(order[1], 9);
}

static void a_cleanup_that_cannot_be_registered_stays_with_the_caller(void **state)
{
        (void)state;
        static int one = 1;
        struct sai_arena *arena = sai_arena_new(8);
        order_count = 0;
        assert_int_equal(sai_arena_defer(arena, note, &one), SAI_NO_MEMORY);
        sai_arena_free(arena);
        assert_int_equal(order_count, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(memory_is_zeroed_and_aligned),
                cmocka_unit_test(memory_is_zeroed_after_reset_too),
                cmocka_unit_test(allocations_do_not_overlap),
                cmocka_unit_test(limit_is_the_sum_of_what_was_handed_out),
                cmocka_unit_test(sizes_that_overflow_are_refused),
                cmocka_unit_test(zero_bytes_are_a_pointer_of_their_own),
                cmocka_unit_test(texts_are_copied_whole),
                cmocka_unit_test(cleanups_run_last_registered_first),
                cmocka_unit_test(a_cleanup_may_register_another),
                cmocka_unit_test(a_cleanup_that_cannot_be_registered_stays_with_the_caller),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
