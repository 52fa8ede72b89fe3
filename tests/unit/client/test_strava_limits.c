/* How many calls are left, and until when none may be made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "client/http_client.h"
#include "client/strava/limits.h"

enum { MINUTE = 60000, QUARTER = 15 * MINUTE };
/* 2026-11-22T10:07:00Z */
static const int64_t start = INT64_C(1795342020000);
static const int64_t quarter_end = INT64_C(1795342500000); /* 10:15 */
static const int64_t day_end = INT64_C(1795392000000); /* midnight */

struct fixture {
        struct sai_fake_clock clock;
        struct strava_limits *limits;
};

static int setup(void **state)
{
        struct fixture *f = calloc(1, sizeof *f);
        f->clock.wall_ms = start;
        f->limits = strava_limits_new(sai_clock_fake(&f->clock), 10);
        *state = f;
        return 0;
}

static int teardown(void **state)
{
        struct fixture *f = *state;
        strava_limits_free(f->limits);
        free(f);
        return 0;
}

static int64_t observe(struct fixture *f, int status, const char *limit, const char *usage, const char *read_limit,
                       const char *read_usage)
{
        struct http_header headers[] = { { "x-ratelimit-limit", limit },
                                         { "X-Ratelimit-Usage", usage },
                                         { "X-READRATELIMIT-LIMIT", read_limit },
                                         { "X-ReadRateLimit-Usage", read_usage } };
        struct http_response response = { .status = status, .headers = headers, .header_count = SAI_COUNT(headers), .tries = 1 };
        return strava_limits_observe(f->limits, &response, f->clock.wall_ms);
}

static int take_all(struct fixture *f, enum strava_priority priority, int64_t *ret_until)
{
        int taken = 0;
        while (taken < 5000 && strava_limits_take(f->limits, priority, ret_until))
                taken++;
        return taken;
}

static void windows_end_with_the_clock(void **state)
{
        (void)state;
        assert_int_equal(strava_quarter_end(start), quarter_end);
        assert_int_equal(strava_quarter_end(quarter_end), quarter_end + QUARTER);
        assert_int_equal(strava_day_end(start), day_end);
        assert_int_equal(strava_day_end(day_end - 1), day_end);
}

static void a_reserve_is_left_to_those_who_wait(void **state)
{
        struct fixture *f = *state;
        int64_t until = 0;
        assert_int_equal(take_all(f, STRAVA_BACKGROUND, &until), 90); /* of 100 reads a quarter */
        assert_int_equal(until, quarter_end);
        assert_int_equal(take_all(f, STRAVA_INTERACTIVE, &until), 10);
        assert_int_equal(until, quarter_end);
        assert_int_equal(strava_limits_view(f->limits).remaining_short, 0);
        sai_fake_clock_advance(&f->clock, quarter_end - start);
        assert_int_equal(strava_limits_view(f->limits).remaining_short, 100);
        assert_int_equal(strava_limits_view(f->limits).remaining_day, 900);
}

static void the_day_ends_at_midnight(void **state)
{
        struct fixture *f = *state;
        int64_t until = 0;
        for (int i = 0; i < 10; i++) {
                take_all(f, STRAVA_INTERACTIVE, &until);
                sai_fake_clock_advance(&f->clock, QUARTER);
        }
        assert_false(strava_limits_may_call(f->limits, STRAVA_INTERACTIVE, &until));
        assert_int_equal(until, day_end);
        f->clock.wall_ms = day_end;
        assert_true(strava_limits_may_call(f->limits, STRAVA_INTERACTIVE, NULL));
}

static void headers_say_how_it_is_whatever_their_case(void **state)
{
        struct fixture *f = *state;
        assert_true(strava_limits_take(f->limits, STRAVA_BACKGROUND, NULL));
        assert_int_equal(observe(f, 200, "600,30000", "79, 222", "300,10000", "78,221"), 0);
        struct strava_limits_view view = strava_limits_view(f->limits);
        assert_int_equal(view.overall.short_limit, 600);
        assert_int_equal(view.overall.day_used, 222);
        assert_int_equal(view.read.short_used, 78);
        assert_int_equal(view.remaining_short, 222);
        assert_int_equal(view.remaining_day, 9779);
}

static void answers_that_overtake_each_other_do_not_lower_the_count(void **state)
{
        struct fixture *f = *state;
        observe(f, 200, "200,2000", "20,20", "100,1000", "20,20");
        observe(f, 200, "200,2000", "0,0", "100,1000", "0,0"); /* as push-subscription answers are */
        assert_int_equal(strava_limits_view(f->limits).read.short_used, 20);
        assert_true(strava_limits_take(f->limits, STRAVA_BACKGROUND, NULL)); /* an answer without headers: counted here */
        assert_int_equal(strava_limits_view(f->limits).read.short_used, 21);
}

static void broken_headers_change_nothing(void **state)
{
        struct fixture *f = *state;
        static const char *const bad[] = { "",    ",",  "1", "a,b", "1,", ",1", "-1,5", "1,2,3", "99999999999999999999,1",
                                           "1;2", "0,0" };
        for (size_t i = 0; i < SAI_COUNT(bad); i++)
                observe(f, 200, bad[i], bad[i], bad[i], bad[i]);
        struct strava_limits_view view = strava_limits_view(f->limits);
        assert_int_equal(view.overall.short_limit, 200);
        assert_int_equal(view.read.day_limit, 1000);
        assert_int_equal(view.read.short_used, 0);
}

static void after_a_429_nobody_calls_until_the_quarter_ends(void **state)
{
        struct fixture *f = *state;
        int64_t until = 0;
        assert_true(strava_limits_take(f->limits, STRAVA_BACKGROUND, NULL));
        assert_int_equal(observe(f, 429, "200,2000", "201,700", "100,1000", "101,600"), quarter_end);
        assert_false(strava_limits_take(f->limits, STRAVA_INTERACTIVE, &until));
        assert_int_equal(until, quarter_end);
        assert_int_equal(strava_limits_view(f->limits).blocked_until_ms, quarter_end);
        f->clock.wall_ms = quarter_end - 1;
        assert_false(strava_limits_take(f->limits, STRAVA_INTERACTIVE, NULL));
        f->clock.wall_ms = quarter_end;
        assert_true(strava_limits_take(f->limits, STRAVA_BACKGROUND, NULL));
}

static void a_429_without_headers_blocks_too(void **state)
{
        struct fixture *f = *state;
        struct http_response response = { .status = 429, .tries = 1 };
        assert_int_equal(strava_limits_observe(f->limits, &response, start), quarter_end);
        assert_false(strava_limits_may_call(f->limits, STRAVA_INTERACTIVE, NULL));
}

static void a_day_used_up_blocks_until_midnight(void **state)
{
        struct fixture *f = *state;
        assert_int_equal(observe(f, 429, "200,2000", "12,1400", "100,1000", "11,1000"), day_end);
        f->clock.wall_ms = quarter_end;
        assert_false(strava_limits_may_call(f->limits, STRAVA_INTERACTIVE, NULL));
        f->clock.wall_ms = day_end;
        assert_true(strava_limits_may_call(f->limits, STRAVA_INTERACTIVE, NULL));
}

static void an_answer_from_the_last_window_does_not_count_in_this_one(void **state)
{
        struct fixture *f = *state;
        f->clock.wall_ms = quarter_end - 10;
        assert_true(strava_limits_take(f->limits, STRAVA_BACKGROUND, NULL));
        f->clock.wall_ms = quarter_end + 10;
        struct http_header usage = { "X-ReadRateLimit-Usage", "100,300" };
        struct http_response response = { .status = 429, .headers = &usage, .header_count = 1, .tries = 1 };
        assert_int_equal(strava_limits_observe(f->limits, &response, quarter_end - 10), quarter_end + 10);
        assert_true(strava_limits_may_call(f->limits, STRAVA_BACKGROUND, NULL));
        assert_int_equal(strava_limits_view(f->limits).read.short_used, 0);
        assert_int_equal(strava_limits_view(f->limits).read.day_used, 300);
}

static void retries_are_counted(void **state)
{
        struct fixture *f = *state;
        assert_true(strava_limits_take(f->limits, STRAVA_BACKGROUND, NULL));
        struct http_response response = { .status = 200, .tries = 3 };
        strava_limits_observe(f->limits, &response, start);
        assert_int_equal(strava_limits_view(f->limits).read.short_used, 3);
}

static void a_block_of_another_process_holds_here(void **state)
{
        struct fixture *f = *state;
        strava_limits_block(f->limits, day_end + 1); /* longer than any window: not ours */
        assert_true(strava_limits_may_call(f->limits, STRAVA_BACKGROUND, NULL));
        strava_limits_block(f->limits, quarter_end);
        assert_false(strava_limits_may_call(f->limits, STRAVA_INTERACTIVE, NULL));
}

static void *take_some(void *context)
{
        struct fixture *f = context;
        intptr_t taken = 0;
        for (int i = 0; i < 100; i++)
                taken += strava_limits_take(f->limits, STRAVA_INTERACTIVE, NULL);
        return (void *)taken;
}

static void threads_never_take_more_than_there_is(void **state)
{
        struct fixture *f = *state;
        pthread_t threads[4];
        intptr_t sum = 0;
        for (size_t i = 0; i < SAI_COUNT(threads); i++)
                pthread_create(&threads[i], NULL, take_some, f);
        for (size_t i = 0; i < SAI_COUNT(threads); i++) {
                void *taken;
                pthread_join(threads[i], &taken);
                sum += (intptr_t)taken;
        }
        assert_int_equal(sum, 100);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(windows_end_with_the_clock),
                TEST(a_reserve_is_left_to_those_who_wait),
                TEST(the_day_ends_at_midnight),
                TEST(headers_say_how_it_is_whatever_their_case),
                TEST(answers_that_overtake_each_other_do_not_lower_the_count),
                TEST(broken_headers_change_nothing),
                TEST(after_a_429_nobody_calls_until_the_quarter_ends),
                TEST(a_429_without_headers_blocks_too),
                TEST(a_day_used_up_blocks_until_midnight),
                TEST(an_answer_from_the_last_window_does_not_count_in_this_one),
                TEST(retries_are_counted),
                TEST(a_block_of_another_process_holds_here),
                TEST(threads_never_take_more_than_there_is),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
