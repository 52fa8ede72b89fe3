/* bench_client.c -- the three questions that wrk cannot ask.
 *
 *   bench_client cold PORT TOKEN PATH ROUNDS BETWEEN…   runs the command BETWEEN, then times one request for PATH; prints the median and the
 *                                                       longest in µs. The connection stays open, so that only the answer is measured
 *   bench_client start PORT ROUNDS COMMAND…             starts the command, asks /health/live until it answers 200, ends it with SIGTERM; the same two
 *                                                       figures, from fork to the answer
 *   bench_client hold PORT COUNT                        opens COUNT connections, each with one answered request, prints "held" and keeps
 *                                                       them until its standard input ends */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

static const char health[] = "GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

enum { ROUNDS_MAX = 1000, ANSWER_MAX = 1024 * 1024 };

static void die(const char *what)
{
        fprintf(stderr, "bench_client: %s: %s\n", what, strerror(errno));
        exit(1);
}

static long number(const char *text)
{
        int64_t value;
        if (!sai_parse_i64(text, strlen(text), &value) || value < 1 || value > 65535) {
                fprintf(stderr, "bench_client: %s is no number from 1 to 65535\n", text);
                exit(2);
        }
        return (long)value;
}

/* -1 when nobody listens there. */
static int try_connect(long port)
{
        struct sockaddr_in address = { .sin_family = AF_INET,
                                       .sin_port = htons((uint16_t)port),
                                       .sin_addr = { htonl(INADDR_LOOPBACK) } };
        int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                die("socket");
        if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
                close(fd);
                return -1;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        return fd;
}

static int connect_to(long port)
{
        int fd = try_connect(port);
        if (fd < 0)
                die("connect");
        return fd;
}

/* One request and the whole of its answer, which must be a 200 with a Content-Length. */
static void exchange(int fd, const char *request)
{
        static char answer[ANSWER_MAX + 1];
        size_t len = strlen(request), got = 0, want = SIZE_MAX;
        if (send(fd, request, len, 0) != (ssize_t)len)
                die("send");
        while (got < want && got < ANSWER_MAX) {
                ssize_t n = recv(fd, answer + got, ANSWER_MAX - got, 0);
                if (n <= 0)
                        die("recv");
                got += (size_t)n;
                answer[got] = '\0';
                const char *body = strstr(answer, "\r\n\r\n"), *length = strcasestr(answer, "\r\ncontent-length: ");
                if (want == SIZE_MAX && body && length)
                        want = (size_t)(body + 4 - answer) + strtoul(length + 18, NULL, 10);
        }
        if (strncmp(answer, "HTTP/1.1 200", 12) != 0) {
                fprintf(stderr, "bench_client: %.200s\n", answer);
                exit(1);
        }
}

static void run(char **command)
{
        int status = 0;
        pid_t child = fork();
        if (child == 0) {
                execvp(command[0], command);
                _exit(127);
        }
        if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
                die(command[0]);
}

static int64_t now_us(void)
{
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int by_size(const void *a, const void *b)
{
        int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
        return (x > y) - (x < y);
}

static void print_times(int64_t *took, size_t count)
{
        qsort(took, count, sizeof *took, by_size);
        printf("%lld %lld\n", (long long)took[count / 2], (long long)took[count - 1]);
}

static int cold(long port, const char *token, const char *path, long rounds, char **between)
{
        static int64_t took[ROUNDS_MAX];
        char request[4096];
        int fd = connect_to(port);
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n\r\n", path, token);
        for (long i = 0; i < rounds; i++) {
                run(between);
                int64_t began = now_us();
                exchange(fd, request);
                took[i] = now_us() - began;
        }
        print_times(took, (size_t)rounds);
        return 0;
}

static int64_t start_once(long port, char **command)
{
        int64_t began = now_us();
        pid_t child = fork();
        if (child == 0) {
                execvp(command[0], command);
                _exit(127);
        }
        int fd = -1;
        while ((fd = try_connect(port)) < 0) {
                if (child < 0 || waitpid(child, NULL, WNOHANG) != 0)
                        die(command[0]);
                nanosleep(&(struct timespec) { .tv_nsec = 200000 }, NULL);
        }
        exchange(fd, health);
        int64_t took = now_us() - began;
        close(fd);
        kill(child, SIGTERM);
        waitpid(child, NULL, 0);
        return took;
}

static int start(long port, long rounds, char **command)
{
        static int64_t took[ROUNDS_MAX];
        for (long i = 0; i < rounds; i++)
                took[i] = start_once(port, command);
        print_times(took, (size_t)rounds);
        return 0;
}

static int hold(long port, long count)
{
        struct rlimit files = { .rlim_cur = (rlim_t)count + 64, .rlim_max = (rlim_t)count + 64 };
        struct rlimit now;
        if (getrlimit(RLIMIT_NOFILE, &now) != 0 || (now.rlim_cur < files.rlim_cur && setrlimit(RLIMIT_NOFILE, &files) != 0))
                die("limit of open files");
        for (long i = 0; i < count; i++)
                exchange(connect_to(port), health);
        printf("held\n");
        fflush(stdout);
        char byte;
        while (read(STDIN_FILENO, &byte, 1) > 0)
                continue;
        return 0;
}

static long rounds_of(const char *text)
{
        long rounds = number(text);
        return rounds > ROUNDS_MAX ? ROUNDS_MAX : rounds;
}

int main(int argc, char **argv)
{
        if (argc >= 7 && strcmp(argv[1], "cold") == 0)
                return cold(number(argv[2]), argv[3], argv[4], rounds_of(argv[5]), argv + 6);
        if (argc >= 5 && strcmp(argv[1], "start") == 0)
                return start(number(argv[2]), rounds_of(argv[3]), argv + 4);
        if (argc == 4 && strcmp(argv[1], "hold") == 0)
                return hold(number(argv[2]), number(argv[3]));
        fprintf(stderr, "bench_client cold PORT TOKEN PATH ROUNDS COMMAND… | start PORT ROUNDS COMMAND… | hold PORT COUNT\n");
        return 2;
}
