/* That a peer must prove who it is: against a real TLS server with a certificate made for the test. Needs the openssl program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "client/http_client.h"

extern char **environ;

struct fixture {
        char folder[64], key[96], certificate[96], address[32];
        int port;
        pid_t server;
        struct sai_seeded seeded;
};

/* `arguments` end with NULL. */
static pid_t start(const char *const *arguments)
{
        char *copy[32] = { 0 }; /* posix_spawn's type is older than const */
        for (size_t i = 0; arguments[i] && i < SAI_COUNT(copy) - 1; i++)
                memcpy(&copy[i], &arguments[i], sizeof copy[i]);
        pid_t pid = -1;
        posix_spawn_file_actions_t quiet;
        posix_spawn_file_actions_init(&quiet);
        posix_spawn_file_actions_addopen(&quiet, STDIN_FILENO, "/dev/null", 0, 0);
        posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", 1, 0);
        posix_spawn_file_actions_addopen(&quiet, STDERR_FILENO, "/dev/null", 1, 0);
        int failed = posix_spawnp(&pid, arguments[0], &quiet, NULL, copy, environ);
        posix_spawn_file_actions_destroy(&quiet);
        return failed ? -1 : pid;
}

static bool run(const char *const *arguments)
{
        int status = -1;
        pid_t pid = start(arguments);
        return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static int dial(int port, bool bind_only)
{
        struct sockaddr_in address = { .sin_family = AF_INET,
                                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                       .sin_port = htons((uint16_t)port) };
        socklen_t len = sizeof address;
        int fd = socket(AF_INET, SOCK_STREAM, 0), result = -1;
        if (bind_only && bind(fd, (struct sockaddr *)&address, len) == 0 &&
            getsockname(fd, (struct sockaddr *)&address, &len) == 0)
                result = ntohs(address.sin_port);
        else if (!bind_only && connect(fd, (struct sockaddr *)&address, len) == 0)
                result = 0;
        close(fd);
        return result;
}

static bool make_certificate(struct fixture *f)
{
        const char *arguments[] = { "openssl",
                                    "req",
                                    "-x509",
                                    "-newkey",
                                    "ec",
                                    "-pkeyopt",
                                    "ec_paramgen_curve:prime256v1",
                                    "-nodes",
                                    "-days",
                                    "2",
                                    "-subj",
                                    "/CN=localhost",
                                    "-addext",
                                    "subjectAltName=DNS:localhost",
                                    "-keyout",
                                    f->key,
                                    "-out",
                                    f->certificate,
                                    NULL };
        return run(arguments);
}

static int setup(void **state)
{
        struct fixture *f = calloc(1, sizeof *f);
        *state = f;
        snprintf(f->folder, sizeof f->folder, "%s/sai-tls-XXXXXX", P_tmpdir);
        if (!mkdtemp(f->folder))
                return -1;
        snprintf(f->key, sizeof f->key, "%s/key.pem", f->folder);
        snprintf(f->certificate, sizeof f->certificate, "%s/certificate.pem", f->folder);
        if (!make_certificate(f))
                return 0; /* no openssl: the test says so */
        f->port = dial(0, true);
        snprintf(f->address, sizeof f->address, "127.0.0.1:%d", f->port);
        const char *arguments[] = { "openssl", "s_server", "-accept",      f->address, "-key",
                                    f->key,    "-cert",    f->certificate, "-www",     NULL };
        f->server = start(arguments);
        for (int i = 0; i < 500 && dial(f->port, false) != 0; i++)
                usleep(10000);
        return 0;
}

static int teardown(void **state)
{
        struct fixture *f = *state;
        if (f->server > 0) {
                kill(f->server, SIGTERM);
                waitpid(f->server, NULL, 0);
        }
        unlink(f->key);
        unlink(f->certificate);
        rmdir(f->folder);
        free(f);
        return 0;
}

static void no_wait(void *context, int64_t ms) { (void)context, (void)ms; }

static sai_status call(struct fixture *f, const char *host, const char *ca_file, int *ret_status, struct sai_err *err)
{
        char url[64];
        snprintf(url, sizeof url, "https://%s:%d", host, f->port);
        const char *trusted = url;
        struct http_client_config config = { .clock = sai_clock_system(),
                                             .random = sai_random_seeded(&f->seeded),
                                             .user_agent = "t",
                                             .trusted_urls = &trusted,
                                             .trusted_count = 1,
                                             .https_only = true,
                                             .ca_file = ca_file,
                                             .wait = no_wait };
        struct http_client *client = http_client_new(&config);
        struct sai_arena *arena = sai_arena_new(SAI_MIB(1));
        struct http_request request = { .method = "GET", .url = url, .label = "TEST" };
        struct http_response response = { 0 };
        sai_status status = http_client_call(client, &request, arena, &response, err);
        *ret_status = response.status;
        sai_arena_free(arena);
        http_client_free(client);
        return status;
}

static void only_a_peer_that_proves_its_name_is_called(void **state)
{
        struct fixture *f = *state;
        struct sai_err err = { 0 };
        int status = 0;
        if (f->server <= 0) {
                print_message("SKIPPED: no openssl program to be the TLS server\n");
                skip();
        }
        assert_int_equal(call(f, "localhost", f->certificate, &status, &err), SAI_OK);
        assert_int_equal(status, 200);
        /* An authority that nobody trusts. */
        assert_int_equal(call(f, "localhost", NULL, &status, &err), SAI_UPSTREAM);
        assert_non_null(strstr(err.detail, "certificate"));
        /* The right authority, for another name. */
        assert_int_equal(call(f, "127.0.0.1", f->certificate, &status, &err), SAI_UPSTREAM);
        assert_non_null(strstr(err.detail, "certificate"));
}

int main(void)
{
        const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(only_a_peer_that_proves_its_name_is_called, setup,
                                                                            teardown) };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
