/* When a host is left alone, and when it is asked again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "client/circuit.h"

static void call(struct circuit *circuit, bool failed, int64_t now)
{
        enum circuit_ticket ticket = circuit_admit(circuit, now);
        assert_int_not_equal(ticket, CIRCUIT_REFUSED);
        circuit_report(circuit, ticket, failed, now);
}

static void fail_times(struct circuit *circuit, int times)
{
        for (int i = 0; i < times; i++)
                call(circuit, true, 0);
}

static void five_failures_in_a_row_open_it(void **state)
{
        (void)state;
        struct circuit circuit = { 0 };
        fail_times(&circuit, 4);
        call(&circuit, false, 0);
        fail_times(&circuit, 4);
        assert_false(circuit.open);
        fail_times(&circuit, 1);
        assert_true(circuit.open);
        assert_int_equal(circuit_admit(&circuit, 29999), CIRCUIT_REFUSED);
}

static void half_of_the_last_twenty_opens_it_and_less_does_not(void **state)
{
        (void)state;
        struct circuit circuit = { 0 };
        for (int i = 0; i < 19; i++)
                call(&circuit, i % 2 == 0, 0);
        assert_false(circuit.open); /* 10 of 19: the window is not full */
        call(&circuit, false, 0);
        assert_true(circuit.open); /* 10 of 20 */

        circuit = (struct circuit) { 0 };
        for (int i = 0; i < 200; i++)
                call(&circuit, i % 3 == 0, 0); /* a third */
        assert_false(circuit.open);
}

static void one_probe_goes_through_after_the_pause(void **state)
{
        (void)state;
        struct circuit circuit = { 0 };
        fail_times(&circuit, 5);
        assert_int_equal(circuit_admit(&circuit, 30000), CIRCUIT_PROBE);
        assert_int_equal(circuit_admit(&circuit, 30000), CIRCUIT_REFUSED);
        circuit_report(&circuit, CIRCUIT_PROBE, false, 30001);
        assert_int_equal(circuit_admit(&circuit, 30001), CIRCUIT_CALL);
        fail_times(&circuit, 4);
        assert_false(circuit.open); /* what was before the pause is forgotten */
}

static void the_pause_doubles_up_to_ten_minutes(void **state)
{
        (void)state;
        struct circuit circuit = { 0 };
        int64_t now = 0, expected = 30000;
        fail_times(&circuit, 5);
        for (int i = 0; i < 8; i++) {
                assert_int_equal(circuit_admit(&circuit, now + expected - 1), CIRCUIT_REFUSED);
                now += expected;
                assert_int_equal(circuit_admit(&circuit, now), CIRCUIT_PROBE);
                circuit_report(&circuit, CIRCUIT_PROBE, true, now);
                expected = expected * 2 < SAI_CIRCUIT_OPEN_MAX_MS ? expected * 2 : SAI_CIRCUIT_OPEN_MAX_MS;
        }
        assert_int_equal(expected, 600000);
}

static void a_cancelled_probe_lets_the_next_one_through(void **state)
{
        (void)state;
        struct circuit circuit = { 0 };
        fail_times(&circuit, 5);
        assert_int_equal(circuit_admit(&circuit, 30000), CIRCUIT_PROBE);
        circuit_abandon(&circuit, CIRCUIT_PROBE);
        assert_true(circuit.open);
        assert_int_equal(circuit_admit(&circuit, 30000), CIRCUIT_PROBE);
}

static void late_results_do_not_close_it(void **state)
{
        (void)state;
        struct circuit circuit = { 0 };
        enum circuit_ticket early = circuit_admit(&circuit, 0);
        fail_times(&circuit, 5);
        circuit_report(&circuit, early, false, 10);
        assert_true(circuit.open);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(five_failures_in_a_row_open_it),
                cmocka_unit_test(half_of_the_last_twenty_opens_it_and_less_does_not),
                cmocka_unit_test(one_probe_goes_through_after_the_pause),
                cmocka_unit_test(the_pause_doubles_up_to_ten_minutes),
                cmocka_unit_test(a_cancelled_probe_lets_the_next_one_through),
                cmocka_unit_test(late_results_do_not_close_it),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
