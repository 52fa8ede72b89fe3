/* Mail: a command gets the whole message and no shell; a mail server gets it by SMTP, and never in the clear beyond this machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "client/mail.h"

static char directory[64];

static int start(void **state)
{
        (void)state;
        snprintf(directory, sizeof directory, "/tmp/stravaai-mail-XXXXXX");
        return mkdtemp(directory) ? 0 : -1;
}
static int stop(void **state)
{
        (void)state;
        char path[128];
        snprintf(path, sizeof path, "%s/out", directory);
        unlink(path);
        return rmdir(directory);
}

static sai_status send_with(const char *command, const char *url, struct sai_err *err)
{
        struct mail mail = { command, url, "no-reply@coach.example", sai_clock_system() };
        *err = (struct sai_err) { 0 };
        return mail_send(&mail, "kim@example.org", "Set a new password", "one\ntwo\n", err);
}

static void check_message(const char *text)
{
        assert_memory_equal(text,
                            "From: no-reply@coach.example\r\nTo: kim@example.org\r\nSubject: Set a new password\r\nDate: ", 86);
        assert_non_null(strstr(text, "\r\n\r\none\r\ntwo\r\n"));
        for (const char *c = strchr(text, '\n'); c; c = strchr(c + 1, '\n'))
                assert_true(c[-1] == '\r');
}

static void command_gets_the_message_on_its_input(void **state)
{
        (void)state;
        char command[256], path[128], text[4096];
        struct sai_err err;
        snprintf(path, sizeof path, "%s/out", directory);
        snprintf(command, sizeof command, "tee  %s", path);
        assert_int_equal(send_with(command, "", &err), SAI_OK);
        FILE *file = fopen(path, "r");
        assert_non_null(file);
        text[fread(text, 1, sizeof text - 1, file)] = '\0';
        fclose(file);
        check_message(text);
}

static void no_shell_reads_the_command(void **state)
{
        (void)state;
        char command[700], path[128];
        struct sai_err err;
        snprintf(path, sizeof path, "%s/touched", directory);
        snprintf(command, sizeof command, "true ;touch %s $(touch %s) `touch %s` |touch %s", path, path, path, path);
        assert_int_equal(send_with(command, "", &err), SAI_OK);
        assert_int_not_equal(access(path, F_OK), 0);
}

static void command_that_fails_or_is_none_is_a_failure(void **state)
{
        (void)state;
        static const char *const bad[] = { "false", "/nowhere/sendmail -t", "   ", "sh -c exit_1" };
        struct sai_err err;
        for (size_t i = 0; i < SAI_COUNT(bad); i++) {
                assert_int_equal(send_with(bad[i], "", &err), SAI_UNAVAILABLE);
                assert_null(strstr(err.detail, "kim@"));
        }
        char many[200] = "true";
        for (int i = 0; i < 40; i++)
                memcpy(many + 4 + 2 * i, " x", 3);
        assert_int_equal(send_with(many, "", &err), SAI_UNAVAILABLE);
}

/* -- SMTP ---------------------------------------------------------------------------------------------------------------- */

struct server {
        int listener;
        unsigned port;
        char heard[8192];
        bool refuse;
};

static void say(int fd, const char *text) { assert_int_equal(write(fd, text, strlen(text)), strlen(text)); }

/* One conversation without TLS; every line is kept. */
static void *serve(void *argument)
{
        struct server *server = argument;
        int fd = accept(server->listener, NULL, NULL);
        FILE *in = fd >= 0 ? fdopen(fd, "r") : NULL;
        char line[1024];
        bool data = false;
        if (!in)
                return NULL;
        say(fd, "220 test\r\n");
        while (fgets(line, sizeof line, in)) {
                strncat(server->heard, line, sizeof server->heard - strlen(server->heard) - 1);
                if (data && strcmp(line, ".\r\n") != 0)
                        continue;
                if (strncmp(line, "QUIT", 4) == 0)
                        break;
                if (strncmp(line, "DATA", 4) == 0)
                        say(fd, "354 go on\r\n");
                else if (server->refuse && strncmp(line, "RCPT", 4) == 0)
                        say(fd, "550 nobody here\r\n");
                else
                        say(fd, "250 fine\r\n");
                data = strncmp(line, "DATA", 4) == 0;
        }
        fclose(in);
        return NULL;
}

static sai_status converse(struct server *server, const char *host, struct sai_err *err)
{
        struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = inet_addr(host) };
        socklen_t len = sizeof address;
        pthread_t thread;
        char url[64];
        server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_true(server->listener >= 0);
        assert_int_equal(bind(server->listener, (struct sockaddr *)&address, sizeof address), 0);
        assert_int_equal(listen(server->listener, 1), 0);
        assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &len), 0);
        assert_int_equal(pthread_create(&thread, NULL, serve, server), 0);
        snprintf(url, sizeof url, "smtp://%s:%u", host, ntohs(address.sin_port));
        sai_status status = send_with("", url, err);
        pthread_join(thread, NULL);
        close(server->listener);
        return status;
}

static void mail_server_gets_the_message(void **state)
{
        (void)state;
        static struct server server;
        struct sai_err err;
        assert_int_equal(converse(&server, "127.0.0.1", &err), SAI_OK);
        assert_non_null(strstr(server.heard, "MAIL FROM:<no-reply@coach.example>"));
        assert_non_null(strstr(server.heard, "RCPT TO:<kim@example.org>"));
        check_message(strstr(server.heard, "From: "));
}

static void refusal_of_the_mail_server_is_a_failure(void **state)
{
        (void)state;
        static struct server server = { .refuse = true };
        struct sai_err err;
        assert_int_equal(converse(&server, "127.0.0.1", &err), SAI_UNAVAILABLE);
        assert_null(strstr(server.heard, "From: "));
}

/* 127.0.0.2 is the same server under a name that is not this machine's: without TLS it is told nothing. */
static void beyond_this_machine_nothing_goes_in_the_clear(void **state)
{
        (void)state;
        static struct server server;
        struct sai_err err;
        assert_int_equal(converse(&server, "127.0.0.2", &err), SAI_UNAVAILABLE);
        assert_non_null(strstr(server.heard, "EHLO"));
        assert_null(strstr(server.heard, "MAIL FROM"));
        assert_null(strstr(server.heard, "kim@"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(command_gets_the_message_on_its_input),
                cmocka_unit_test(no_shell_reads_the_command),
                cmocka_unit_test(command_that_fails_or_is_none_is_a_failure),
                cmocka_unit_test(mail_server_gets_the_message),
                cmocka_unit_test(refusal_of_the_mail_server_is_a_failure),
                cmocka_unit_test(beyond_this_machine_nothing_goes_in_the_clear),
        };
        signal(SIGPIPE, SIG_IGN); /* as the program does: a command may end before it has read everything */
        return cmocka_run_group_tests_name("mail", tests, start, stop);
}
