/* Leases of the dead: who is certainly gone, and who may still be there. */
#include "auth/lease_owner.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct sai_random dice;

/* A child that gives its name and waits to be killed. */
static pid_t start_child(char name[LEASE_OWNER_TEXT])
{
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
                char own[LEASE_OWNER_TEXT] = { 0 };
                lease_owner_make(&dice, own);
                if (write(ends[1], own, sizeof own) != (ssize_t)sizeof own)
                        _exit(1);
                for (;;)
                        pause();
        }
        assert_int_equal(read(ends[0], name, LEASE_OWNER_TEXT), LEASE_OWNER_TEXT);
        close(ends[0]);
        close(ends[1]);
        return child;
}

static void a_process_that_runs_is_not_gone(void **state)
{
        (void)state;
        char own[LEASE_OWNER_TEXT], again[LEASE_OWNER_TEXT];
        lease_owner_make(&dice, own);
        lease_owner_make(&dice, again);
        assert_string_not_equal(own, again);
        assert_false(lease_owner_is_gone(own));
        assert_false(lease_owner_is_gone(again));
}

static void a_process_that_was_killed_is_gone_before_and_after_it_is_waited_for(void **state)
{
        (void)state;
        char name[LEASE_OWNER_TEXT];
        pid_t child = start_child(name);
        assert_false(lease_owner_is_gone(name));
        assert_int_equal(kill(child, SIGKILL), 0);
        siginfo_t info;
        assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
        assert_true(lease_owner_is_gone(name));
        assert_int_equal(waitpid(child, NULL, 0), child);
        assert_true(lease_owner_is_gone(name));
}

/* The own name with one of its parts (0 machine, 1 boot, 2 namespace, 3 pid, 4 start) replaced. */
static const char *with_part(int part, const char *value)
{
        static char out[2 * LEASE_OWNER_TEXT];
        char own[LEASE_OWNER_TEXT];
        lease_owner_make(&dice, own);
        const char *at = own;
        for (int i = 0; i < part; i++)
                at = strchr(at, '.') + 1;
        snprintf(out, sizeof out, "%.*s%s%s", (int)(at - own), own, value, strchr(at, '.'));
        return out;
}

static void another_start_time_is_another_process(void **state)
{
        (void)state;
        assert_true(lease_owner_is_gone(with_part(4, "1")));
}

static void what_cannot_be_known_is_not_gone(void **state)
{
        (void)state;
        assert_false(lease_owner_is_gone(with_part(2, "1234"))); /* another container */
        assert_false(lease_owner_is_gone(with_part(2, "0")));
        assert_false(lease_owner_is_gone(with_part(3, "0")));
        assert_false(lease_owner_is_gone(with_part(4, "0")));
        assert_false(lease_owner_is_gone(with_part(1, "0")));
        char stranger[LEASE_OWNER_TEXT];
        snprintf(stranger, sizeof stranger, "1.2.3.4.5.%016x", 6); /* another machine, another boot */
        assert_false(lease_owner_is_gone(stranger));
}

static void names_of_another_form_are_not_gone(void **state)
{
        (void)state;
        static const char *const names[] = { "",
                                             ".",
                                             "worker-1",
                                             "123-0123456789abcdef",
                                             "1.2.3.4.5",
                                             "1.2.3.4.5.6",
                                             "-1.2.3.4.5.0123456789abcdef",
                                             "1.2.3.99999999999999999999.5.0123456789abcdef",
                                             " 1.2.3.4.5.0123456789abcdef",
                                             "....." };
        assert_false(lease_owner_is_gone(NULL));
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
                assert_false(lease_owner_is_gone(names[i]));
}

int main(void)
{
        dice = sai_random_system();
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_process_that_runs_is_not_gone),
                cmocka_unit_test(a_process_that_was_killed_is_gone_before_and_after_it_is_waited_for),
                cmocka_unit_test(another_start_time_is_another_process),
                cmocka_unit_test(what_cannot_be_known_is_not_gone),
                cmocka_unit_test(names_of_another_form_are_not_gone),
        };
        return cmocka_run_group_tests_name("lease owner", tests, NULL, NULL);
}
