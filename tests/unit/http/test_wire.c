/* test_wire.c -- the real server, attacked and used over real sockets. Letters in comments are lines of the security checklist. */
#include "wire.h"

#include <dirent.h>
#include <sys/resource.h>
#include <sys/stat.h>

static struct sai_server *server;
static struct sai_router *router;
static unsigned port;
static char staging[64];

static void start(unsigned workers)
{
        struct sai_err err = { 0 };
        struct sai_server_config config = demo_config(staging);
        config.worker_threads = workers;
        assert_int_equal(sai_server_start(&config, router, &server, &err), SAI_OK);
        port = sai_server_port(server);
}

static int set_up(void **state)
{
        struct sai_err err;
        (void)state;
        memset(&app, 0, sizeof app);
        memset(shared_text, 's', sizeof shared_text);
        (void)snprintf(staging, sizeof staging, "/tmp/sai-http-XXXXXX");
        assert_non_null(mkdtemp(staging));
        assert_int_equal(sai_router_new(demo_tables, &router, &err), SAI_OK);
        start(2);
        return 0;
}

static unsigned staged_files(void)
{
        unsigned count = 0;
        DIR *folder = opendir(staging);
        assert_non_null(folder);
        for (struct dirent *entry; (entry = readdir(folder));)
                count += entry->d_name[0] != '.';
        (void)closedir(folder);
        return count;
}

static int tear_down(void **state)
{
        (void)state;
        atomic_store(&app.gate_closed, false);
        if (server)
                sai_server_stop(server, 2000);
        server = NULL;
        sai_router_free(router);
        assert_int_equal(staged_files(), 0);
        return rmdir(staging);
}

#define HOST "Host: localhost\r\n"
#define LIVE "GET /health/live HTTP/1.1\r\n" HOST "\r\n"

/* Sends bytes, wants this status and then the end of the connection, with nothing behind it read as a request. */
static void refused(const char *request, int status)
{
        struct client client = client_open(port);
        int handled = atomic_load(&app.handled);
        (void)client_text(&client, request);
        (void)client_text(&client, LIVE);
        struct answer answer = client_read(&client, false);
        if (answer.status != status)
                print_error("wanted %d for: %.200s\n", status, request);
        assert_int_equal(answer.status, status);
        assert_true(client_at_end(&client));
        assert_int_equal(atomic_load(&app.handled), handled);
        free(answer.body);
        client_close(&client);
}

static void answers_and_keeps_the_connection(void **state)
{
        (void)state;
        struct client client = client_open(port);
        for (int i = 0; i < 3; i++) {
                assert_true(client_text(&client, LIVE));
                struct answer answer = client_read(&client, false);
                assert_int_equal(answer.status, 200);
                assert_string_equal(answer.body, "{\"status\":\"ok\"}");
                assert_string_equal(answer_header(&answer, "Content-Type"), "application/json");
                assert_string_equal(answer_header(&answer, "X-Content-Type-Options"), "nosniff");
                assert_null(answer_header(&answer, "Server"));
                assert_int_equal(strlen(answer_header(&answer, "X-Request-Id")), 16);
                free(answer.body);
        }
        client_close(&client);
}

/* H1 */
static void ambiguous_framing_is_refused_and_closed(void **state)
{
        (void)state;
#define POST "POST /api/v1/echo HTTP/1.1\r\n" HOST
        refused(POST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400);
        refused(POST "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400);
        refused(POST "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400);
        refused(POST "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc", 400);
        refused(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400);
        refused(POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501);
        refused(POST "Transfer-Encoding: chunked \r\n\r\n0\r\n\r\n", 501);
        refused(POST "Transfer-Encoding: identity\r\n\r\n", 501);
        refused("POST /api/v1/echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400);
        static const char *const lengths[] = { "+5", "0x5", "5,5", "", "-1", "5 5", "1e3", "99999999999999999999", "5;", "\t" };
        for (size_t i = 0; i < SAI_COUNT(lengths); i++) {
                char request[256];
                (void)snprintf(request, sizeof request, POST "Content-Length: %s\r\n\r\nabcde", lengths[i]);
                struct client client = client_open(port);
                (void)client_text(&client, request);
                struct answer answer = client_read(&client, false);
                /* 413 is the library's own answer to a number beyond 64 bits */
                assert_true(answer.status == 400 || (answer.status == 413 && lengths[i][0] == '9'));
                free(answer.body);
                client_close(&client);
        }
}

/* H2 */
static void malformed_headers_are_refused(void **state)
{
        (void)state;
        refused("GET /health/live HTTP/1.1\r\n\r\n", 400);
        refused("GET /health/live HTTP/1.1\r\n" HOST HOST "\r\n", 400);
        refused("GET /health/live HTTP/1.1\r\nHost: a b\r\n\r\n", 400);
        refused("GET /health/live HTTP/1.1\r\nHost: a/b\r\n\r\n", 400);
        refused("GET /health/live HTTP/1.1\r\nHost: u@a\r\n\r\n", 400);
        refused("GET /health/live HTTP/1.1\r\nHost: a:99999999\r\n\r\n", 400);
        refused("GET /health/live HTTP/1.1\r\nHost : localhost\r\n\r\n", 400);
        refused("GET /health/live HTTP/1.1\r\n" HOST "X-A : b\r\n\r\n", 400);
        refused("GET /health/live HTTP/1.1\r\n" HOST "X-A: b\r\n folded\r\n\r\n", 400);
        refused("GET /health/live HTTP/1.1\r\n" HOST "X-A: b\rc\r\n\r\n", 400);
        refused("GET /health/live HTTP/1.1\r\n" HOST "X-A: b\x01\r\n\r\n", 400);
        refused("GET /health/live HTTP/1.1\r\n" HOST "X(A: b\r\n\r\n", 400);
        refused("GET /health/live HTTP/1.1\r\n" HOST "X-A: b\nX-B: c\r\n\r\n", 400);
        refused("GET /health/live HTTP/1.1\n" HOST "\r\n", 400);
        refused("GET  /health/live HTTP/1.1\r\n" HOST "\r\n", 400);
        refused("GET /health/live x HTTP/1.1\r\n" HOST "\r\n", 400);
        refused("GET http://localhost/health/live HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", 400);
        refused("GET /health/live HTTP/2.0\r\n" HOST "\r\n", 505);
}

/* H2: NUL bytes, which the library hides */
static void nul_bytes_are_refused(void **state)
{
        (void)state;
        static const char in_value[] = "GET /health/live HTTP/1.1\r\n" HOST "X-A: b\0c\r\n\r\n";
        static const char in_last[] = "GET /health/live HTTP/1.1\r\nX-A: b\0\0c\r\n" HOST "\r\n";
        static const char in_target[] = "GET /health/live\0x HTTP/1.1\r\n" HOST "\r\n";
        const struct sai_text requests[] = { { in_value, sizeof in_value - 1 },
                                             { in_last, sizeof in_last - 1 },
                                             { in_target, sizeof in_target - 1 } };
        for (size_t i = 0; i < SAI_COUNT(requests); i++) {
                struct client client = client_open(port);
                (void)client_send(&client, requests[i].data, requests[i].len);
                struct answer answer = client_read(&client, false);
                assert_int_equal(answer.status, 400);
                assert_true(client_at_end(&client));
                free(answer.body);
                client_close(&client);
        }
}

static char *repeat(const char *start, char filler, size_t count, const char *end)
{
        size_t before = strlen(start), after = strlen(end);
        char *text = malloc(before + count + after + 1);
        assert_non_null(text);
        memcpy(text, start, before);
        memset(text + before, filler, count);
        memcpy(text + before + count, end, after + 1);
        return text;
}

/* H3: and the client can read the answer although it was still sending */
static void oversize_heads_are_refused_with_a_readable_answer(void **state)
{
        (void)state;
        static const size_t targets[] = { 8300, 12000, 64000, 300000 };
        static const size_t headers[] = { 17000, 20000, 64000, 300000 };
        for (size_t i = 0; i < SAI_COUNT(targets); i++) {
                char *request = repeat("GET /", 'a', targets[i], " HTTP/1.1\r\n" HOST "\r\n");
                refused(request, 414);
                free(request);
                request = repeat("GET /health/live HTTP/1.1\r\n" HOST "X-A: ", 'a', headers[i], "\r\n\r\n");
                refused(request, 431);
                free(request);
        }
        struct sai_buf many;
        sai_buf_init(&many, SAI_KIB(64));
        sai_buf_text(&many, "GET /health/live HTTP/1.1\r\n" HOST);
        for (int i = 0; i < 100; i++)
                sai_buf_printf(&many, "X-%d: b\r\n", i);
        sai_buf_text(&many, "\r\n");
        refused(many.data, 431);
        sai_buf_done(&many);
}

static void heads_within_the_limits_are_served(void **state)
{
        (void)state;
        char *request = repeat("GET /health/live HTTP/1.1\r\n" HOST "X-A: ", 'a', 15900, "\r\n\r\n");
        assert_int_equal(ask(port, request, NULL), 200);
        free(request);
        request = repeat("GET /", 'a', 8100, " HTTP/1.1\r\n" HOST "\r\n");
        assert_int_equal(ask(port, request, NULL), 404);
        free(request);
        struct sai_buf many;
        sai_buf_init(&many, SAI_KIB(64));
        sai_buf_text(&many, "GET /health/live HTTP/1.1\r\n" HOST);
        for (int i = 0; i < 99; i++)
                sai_buf_printf(&many, "X-%d: %0100d\r\n", i, i);
        sai_buf_text(&many, "\r\n");
        assert_int_equal(ask(port, many.data, NULL), 200);
        sai_buf_done(&many);
}

/* H14 */
static void pipelined_requests_are_answered_in_order(void **state)
{
        (void)state;
        struct client client = client_open(port);
        struct sai_buf all;
        sai_buf_init(&all, SAI_MIB(1));
        for (int i = 0; i < 20; i++) {
                sai_buf_printf(&all, "POST /api/v1/echo HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\n%02d", i);
                if (i % 3 == 0) /* one that visits a worker in between */
                        sai_buf_text(&all, "GET /wait HTTP/1.1\r\n" HOST "\r\n");
        }
        assert_true(client_send(&client, all.data, all.len));
        for (int i = 0; i < 20; i++) {
                struct answer answer = client_read(&client, false);
                assert_int_equal(answer.status, 200);
                assert_int_equal(strtol(answer.body, NULL, 10), i);
                free(answer.body);
                if (i % 3 == 0) {
                        answer = client_read(&client, false);
                        assert_string_equal(answer.body, "{\"status\":\"ok\"}");
                        free(answer.body);
                }
        }
        sai_buf_done(&all);
        client_close(&client);
}

/* H14 */
static void head_and_304_have_no_body(void **state)
{
        (void)state;
        struct client client = client_open(port);
        (void)client_text(&client, "HEAD /api/v1/notes HTTP/1.1\r\n" HOST GOOD_TOKEN "\r\n" LIVE);
        struct answer head = client_read(&client, true);
        assert_int_equal(head.status, 200);
        assert_true(strtoul(answer_header(&head, "Content-Length"), NULL, 10) > 1000);
        char tag[64];
        (void)snprintf(tag, sizeof tag, "%s", answer_header(&head, "ETag"));
        struct answer live = client_read(&client, false);
        assert_int_equal(live.status, 200); /* so no body bytes came before it */
        char request[512];
        (void)snprintf(request, sizeof request, "GET /api/v1/notes HTTP/1.1\r\n" HOST GOOD_TOKEN "If-None-Match: %s\r\n\r\n" LIVE,
                       tag);
        (void)client_text(&client, request);
        struct answer same = client_read(&client, false);
        assert_int_equal(same.status, 304);
        assert_string_equal(answer_header(&same, "ETag"), tag);
        assert_string_equal(answer_header(&same, "Vary"), "Authorization, Cookie, Accept-Encoding");
        assert_string_equal(answer_header(&same, "Cache-Control"), "private, no-cache");
        struct answer next = client_read(&client, false);
        assert_int_equal(next.status, 200);
        free(head.body);
        free(live.body);
        free(same.body);
        free(next.body);
        client_close(&client);
}

static void chunked_bodies_are_read(void **state)
{
        (void)state;
        struct answer answer;
        assert_int_equal(ask(port, POST "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", &answer), 200);
        assert_string_equal(answer.body, "abcde");
        free(answer.body);
        assert_int_equal(ask(port, POST "Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n", NULL), 400);
        assert_int_equal(ask(port, POST "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n", NULL), 413);
}

/* H4 */
static void declared_oversize_is_refused_before_the_body(void **state)
{
        (void)state;
        struct answer answer;
        assert_int_equal(ask(port, POST "Content-Length: 100001\r\n\r\n", &answer), 413);
        assert_non_null(strstr(answer.body, "/problems/payload-too-large"));
        free(answer.body);
        assert_int_equal(ask(port, POST "Content-Length: 100001\r\nExpect: 100-continue\r\n\r\n", NULL), 413);
        /* a worker's route: authentication comes first, then the size */
#define NOTE "POST /api/v1/notes HTTP/1.1\r\n" HOST "Content-Type: application/json\r\n"
        assert_int_equal(ask(port, NOTE "Content-Length: 9999999\r\n\r\n", NULL), 401);
        assert_int_equal(ask(port, NOTE GOOD_TOKEN "Content-Length: 9999999\r\n\r\n", NULL), 413);
        assert_int_equal(ask(port, NOTE GOOD_TOKEN "Content-Length: 9999999999999999999\r\n\r\n", NULL), 413);
}

/* H4 */
static void streamed_oversize_is_refused_at_the_first_byte_over(void **state)
{
        (void)state;
        struct client client = client_open(port);
        char *chunk = repeat("186A1\r\n", 'x', 100001, "\r\n"); /* 100 001 bytes; more would follow */
        (void)client_text(&client, POST "Transfer-Encoding: chunked\r\n\r\n");
        (void)client_text(&client, chunk);
        struct answer answer = client_read(&client, false);
        assert_int_equal(answer.status, 413);
        assert_string_equal(answer_header(&answer, "Connection"), "close");
        assert_string_equal(answer_header(&answer, "Content-Type"), "application/problem+json");
        assert_true(client_at_end(&client));
        free(answer.body);
        free(chunk);
        client_close(&client);
}

static void continue_is_sent_only_when_the_body_is_wanted(void **state)
{
        (void)state;
        struct client client = client_open(port);
        (void)client_text(&client, NOTE GOOD_TOKEN "Content-Length: 14\r\nExpect: 100-continue\r\n\r\n");
        struct answer go = client_read(&client, false);
        assert_int_equal(go.status, 100);
        (void)client_text(&client, "{\"text\":\"run\"}");
        struct answer made = client_read(&client, false);
        assert_int_equal(made.status, 201);
        free(go.body);
        free(made.body);
        client_close(&client);
        assert_int_equal(ask(port, NOTE "Content-Length: 14\r\nExpect: 100-continue\r\n\r\n", NULL), 401);
        assert_int_equal(ask(port, "POST /nowhere HTTP/1.1\r\n" HOST "Content-Length: 14\r\nExpect: 100-continue\r\n\r\n", NULL),
                         404);
}

/* A small body that is not wanted does not cost the connection. */
static void small_refused_bodies_keep_the_connection(void **state)
{
        (void)state;
        struct client client = client_open(port);
        (void)client_text(&client, "POST /nowhere HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nabcde" LIVE);
        struct answer first = client_read(&client, false), second = client_read(&client, false);
        assert_int_equal(first.status, 404);
        assert_int_equal(second.status, 200);
        free(first.body);
        free(second.body);
        client_close(&client);
}

static void http10_gets_an_answer_and_the_end(void **state)
{
        (void)state;
        struct client client = client_open(port);
        (void)client_text(&client, "GET /health/live HTTP/1.0\r\n\r\n");
        struct answer answer = client_read(&client, false);
        assert_int_equal(answer.status, 200);
        assert_true(client_at_end(&client));
        free(answer.body);
        client_close(&client);
}

/* H9 */
static void request_ids_are_taken_only_when_sane(void **state)
{
        (void)state;
        struct answer answer;
        ask(port, "GET /health/live HTTP/1.1\r\n" HOST "X-Request-Id: abc-1._Z\r\n\r\n", &answer);
        assert_string_equal(answer_header(&answer, "X-Request-Id"), "abc-1._Z");
        free(answer.body);
        ask(port, "GET /health/live HTTP/1.1\r\n" HOST "X-Request-Id: a b\r\n\r\n", &answer);
        assert_int_equal(strlen(answer_header(&answer, "X-Request-Id")), 16);
        free(answer.body);
}

/* H5; the clock is moved, nobody waits */
static void slow_headers_and_bodies_are_cut_off(void **state)
{
        (void)state;
        atomic_store(&app.fake_ms, 1000000);
        struct client header = client_open(port), body = client_open(port), idle = client_open(port), fine = client_open(port);
        (void)client_text(&fine, LIVE);
        struct answer answer = client_read(&fine, false);
        assert_int_equal(answer.status, 200);
        free(answer.body);
        (void)client_text(&header, "GET /health/live HTTP/1.1\r\nHos");
        (void)client_text(&body, NOTE GOOD_TOKEN "Content-Length: 14\r\n\r\n{\"te");
        for (int i = 0; i < 40; i++) { /* the housekeeper looks every 500 ms of that clock */
                atomic_fetch_add(&app.fake_ms, 1000);
                (void)client_text(&header, "t"); /* never silent */
                (void)usleep(60000);
        }
        assert_true(client_at_end(&header));
        assert_true(client_at_end(&body));
        (void)client_text(&idle, LIVE);
        answer = client_read(&idle, false);
        assert_int_equal(answer.status, 200); /* silence before a request is no offence within the idle time */
        free(answer.body);
        client_close(&header);
        client_close(&body);
        client_close(&idle);
        client_close(&fine);
        assert_int_equal(atomic_load(&app.handled), 2);
}

/* Moves the server's clock until the housekeeper has cut the connection. */
static bool cut_off_within(int64_t step_ms, int steps)
{
        struct sai_server_stats stats = { .connections = 1 };
        for (int i = 0; i < steps && stats.connections; i++) {
                atomic_fetch_add(&app.fake_ms, step_ms);
                (void)usleep(600000); /* it looks twice a second */
                sai_server_stats(server, &stats);
        }
        return stats.connections == 0;
}

/* H5 */
static void an_answer_nobody_reads_is_cut_off(void **state)
{
        (void)state;
        atomic_store(&app.fake_ms, 1000000);
        struct client client = { .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
        struct sockaddr_in address = { .sin_family = AF_INET,
                                       .sin_port = htons((uint16_t)port),
                                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        int small = 4096;
        assert_int_equal(setsockopt(client.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
        assert_int_equal(connect(client.fd, (struct sockaddr *)&address, sizeof address), 0);
        static const char request[] = "GET /assets/page HTTP/1.1\r\nHost: a\r\n\r\n";
        for (int i = 0; i < 3000; i++) /* 15 MB of answers, more than any socket buffer takes */
                if (send(client.fd, request, sizeof request - 1, MSG_NOSIGNAL | MSG_DONTWAIT) <= 0)
                        break;
        struct sai_server_stats before = { 0 }, now = { .requests = -1 };
        while (now.requests != before.requests) { /* until it is stuck */
                before = now;
                (void)usleep(100000);
                sai_server_stats(server, &now);
        }
        assert_int_equal(now.connections, 1);
        assert_true(cut_off_within(16000, 6));
        client_close(&client);
}

/* H6, H7: descriptors run out, and come back */
static void running_out_of_descriptors_only_delays(void **state)
{
        (void)state;
        enum { COUNT = 12 };
        struct client clients[COUNT];
        struct sockaddr_in address = { .sin_family = AF_INET,
                                       .sin_port = htons((uint16_t)port),
                                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        struct rlimit before, tight;
        int highest = 0;
        for (int i = 0; i < COUNT; i++) {
                clients[i] = (struct client) { .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
                highest = clients[i].fd > highest ? clients[i].fd : highest;
        }
        assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
        tight = before;
        tight.rlim_cur = (rlim_t)highest + 3; /* two more connections */
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
        for (int i = 0; i < COUNT; i++) {
                assert_int_equal(connect(clients[i].fd, (struct sockaddr *)&address, sizeof address), 0);
                assert_true(client_text(&clients[i], LIVE));
        }
        (void)usleep(300000);
        struct sai_server_stats stats;
        sai_server_stats(server, &stats);
        assert_true(stats.connections >= 1 && stats.connections < COUNT);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
        for (int i = 0; i < COUNT; i++) {
                struct answer answer = client_read(&clients[i], false);
                assert_int_equal(answer.status, 200);
                free(answer.body);
                client_close(&clients[i]);
        }
}

/* -- Uploads -------------------------------------------------------------------------------------------------------- */
#define BOUNDARY "----sai7"
static void upload_head(struct sai_buf *out, size_t length)
{
        sai_buf_printf(out,
                       "POST /api/v1/notes/import HTTP/1.1\r\n" HOST GOOD_TOKEN
                       "Content-Type: multipart/form-data; boundary=" BOUNDARY "\r\nContent-Length: %zu\r\n\r\n",
                       length);
}
static void upload_body(struct sai_buf *out, const char *name, const char *content, size_t len)
{
        sai_buf_printf(out,
                       "--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"%s\"\r\n"
                       "Content-Type: application/octet-stream\r\n\r\n",
                       name);
        sai_buf_append(out, content, len);
        sai_buf_text(out, "\r\n--" BOUNDARY "--\r\n");
}
static unsigned long long sum_of(const char *data, size_t len)
{
        unsigned long long sum = 0;
        for (size_t i = 0; i < len; i++)
                sum = sum * 31 + (unsigned char)data[i];
        return sum;
}

static void uploads_arrive_byte_for_byte(void **state)
{
        (void)state;
        static char content[3000000];
        uint64_t seed = 5;
        for (size_t i = 0; i < sizeof content; i++) {
                seed = seed * 6364136223846793005u + 1;
                content[i] = "\r\n-sai7xyz\0"[seed >> 33 & 7]; /* full of beginnings of the boundary */
        }
        static const size_t sizes[] = { 0, 1, 100, 30000, sizeof content };
        for (size_t s = 0; s < SAI_COUNT(sizes); s++) {
                struct sai_buf body, request;
                sai_buf_init(&body, SAI_MIB(8));
                sai_buf_init(&request, SAI_MIB(8));
                upload_body(&body, "C:\\\\x\\\\../ride.fit", content, sizes[s]);
                upload_head(&request, body.len);
                sai_buf_append(&request, body.data, body.len);
                struct client client = client_open(port);
                size_t step = s % 2 ? request.len : 7 + s;
                if (sizes[s] > 1000)
                        step = 4093;
                for (size_t at = 0; at < request.len; at += step)
                        assert_true(client_send(&client, request.data + at, request.len - at < step ? request.len - at : step));
                struct answer answer = client_read(&client, false);
                assert_int_equal(answer.status, 200);
                assert_int_equal(atomic_load(&app.upload_size), sizes[s]);
                assert_true(atomic_load(&app.upload_sum) == sum_of(content, sizes[s]));
                assert_string_equal(app.upload_name, "ride.fit");
                free(answer.body);
                client_close(&client);
                sai_buf_done(&body);
                sai_buf_done(&request);
        }
        assert_int_equal(staged_files(), 0);
}

static void wait_until_no_file_is_staged(void)
{
        for (int i = 0; i < 2000 && staged_files(); i++)
                (void)usleep(1000);
        assert_int_equal(staged_files(), 0);
}

/* F6 */
static void a_client_that_leaves_leaves_no_file(void **state)
{
        (void)state;
        struct client client = client_open(port);
        struct sai_buf request;
        sai_buf_init(&request, SAI_MIB(1));
        upload_head(&request, 1000000);
        sai_buf_text(&request, "--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nabc");
        (void)client_send(&client, request.data, request.len);
        for (int i = 0; i < 2000 && staged_files() == 0; i++)
                (void)usleep(1000);
        assert_int_equal(staged_files(), 1);
        client_close(&client);
        wait_until_no_file_is_staged();
        sai_buf_done(&request);
}

/* H5: 64 KiB a second over a minute */
static void an_upload_that_trickles_is_cut_off(void **state)
{
        (void)state;
        atomic_store(&app.fake_ms, 1000000);
        struct client client = client_open(port);
        struct sai_buf request;
        sai_buf_init(&request, SAI_MIB(1));
        upload_head(&request, 1000000);
        sai_buf_text(&request, "--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nabc");
        (void)client_send(&client, request.data, request.len);
        for (int i = 0; i < 2000 && staged_files() == 0; i++)
                (void)usleep(1000);
        assert_int_equal(staged_files(), 1);
        assert_true(cut_off_within(31000, 6));
        wait_until_no_file_is_staged();
        client_close(&client);
        sai_buf_done(&request);
}

static void bad_uploads_are_refused_and_leave_no_file(void **state)
{
        (void)state;
        static const struct {
                int status;
                const char *body;
        } cases[] = {
                { 400, "nothing like multipart" },
                { 400, "--" BOUNDARY "x\r\n\r\n" },
                { 400, "--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nabc" },
                { 422, "--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nabc\r\n--" BOUNDARY "--\r\n" },
                { 422, "--" BOUNDARY "--\r\n" },
                { 400, "--" BOUNDARY "\r\n\r\nabc\r\n--" BOUNDARY "--\r\n" },
                { 415, "--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"file\"\r\nContent-Transfer-Encoding: "
                       "base64\r\n\r\nabc\r\n--" BOUNDARY "--" },
                { 422, "--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\na\r\n--" BOUNDARY
                       "\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nb\r\n--" BOUNDARY "--" },
                { 400, "--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\na\r\n--" BOUNDARY "--\r\nmore" },
        };
        for (size_t i = 0; i < SAI_COUNT(cases); i++) {
                struct sai_buf request;
                sai_buf_init(&request, SAI_MIB(1));
                upload_head(&request, strlen(cases[i].body));
                sai_buf_text(&request, cases[i].body);
                int status = ask(port, request.data, NULL);
                if (status != cases[i].status)
                        print_error("case %zu\n", i);
                assert_int_equal(status, cases[i].status);
                sai_buf_done(&request);
                wait_until_no_file_is_staged();
        }
#define IMPORT "POST /api/v1/notes/import HTTP/1.1\r\n" HOST GOOD_TOKEN
        assert_int_equal(ask(port, IMPORT "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}", NULL), 415);
        assert_int_equal(ask(port, IMPORT "Content-Type: multipart/form-data\r\nContent-Length: 2\r\n\r\n{}", NULL), 415);
        assert_int_equal(ask(port, IMPORT "Content-Length: 0\r\n\r\n", NULL), 422);
        assert_int_equal(ask(port, IMPORT "Content-Type: multipart/form-data; boundary=a\r\nContent-Length: 9000000\r\n\r\n",
                             NULL),
                         413);
        assert_int_equal(ask(port, "POST /api/v1/notes/import HTTP/1.1\r\n" HOST "Content-Length: 9000000\r\n\r\n", NULL), 401);
        assert_int_equal(staged_files(), 0);
}

/* F6: what a killed process left */
static void leftovers_are_swept_at_start(void **state)
{
        (void)state;
        char path[128];
        (void)snprintf(path, sizeof path, "%s/upload-00.part", staging);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        (void)fclose(file);
        sai_server_stop(server, 1000);
        server = NULL;
        start(1);
        assert_int_equal(staged_files(), 0);
}

/* -- Load and stop -------------------------------------------------------------------------------------------------- */
/* H16 */
static void a_full_queue_answers_503_at_once(void **state)
{
        (void)state;
        enum { BUSY = SAI_MAX_WORK_QUEUE + 2 }; /* two with the workers, the rest in the queue */
        static struct client clients[BUSY];
        atomic_store(&app.gate_closed, true);
        for (int i = 0; i < BUSY; i++) {
                clients[i] = client_open(port);
                assert_true(client_text(&clients[i], "GET /wait HTTP/1.1\r\n" HOST "\r\n"));
        }
        struct sai_server_stats stats = { 0 };
        for (int i = 0; i < 10000 && stats.queued < SAI_MAX_WORK_QUEUE; i++) {
                (void)usleep(1000);
                sai_server_stats(server, &stats);
        }
        assert_int_equal(stats.queued, SAI_MAX_WORK_QUEUE);
        struct answer answer;
        assert_int_equal(ask(port, "GET /wait HTTP/1.1\r\n" HOST "\r\n", &answer), 503);
        assert_string_equal(answer_header(&answer, "Retry-After"), "1");
        assert_non_null(strstr(answer.body, "/problems/overloaded"));
        free(answer.body);
        assert_int_equal(ask(port, LIVE, NULL), 200); /* inline routes go on */
        atomic_store(&app.gate_closed, false);
        for (int i = 0; i < BUSY; i++) {
                answer = client_read(&clients[i], false);
                assert_int_equal(answer.status, 200);
                free(answer.body);
                client_close(&clients[i]);
        }
}

static void *open_gate_soon(void *arg)
{
        (void)arg;
        while (atomic_load(&app.waiting) < 2)
                (void)usleep(1000);
        (void)usleep(100000);
        atomic_store(&app.gate_closed, false);
        return NULL;
}

/* J6 */
static void a_stop_answers_every_request_it_had(void **state)
{
        (void)state;
        enum { COUNT = 40 };
        struct client clients[COUNT];
        pthread_t opener;
        atomic_store(&app.gate_closed, true);
        for (int i = 0; i < COUNT; i++) {
                clients[i] = client_open(port);
                (void)client_text(&clients[i], "GET /wait HTTP/1.1\r\n" HOST "\r\n");
        }
        assert_int_equal(pthread_create(&opener, NULL, open_gate_soon, NULL), 0);
        struct sai_server_stats stats = { 0 };
        for (int i = 0; i < 10000 && stats.in_flight < COUNT; i++) {
                (void)usleep(1000);
                sai_server_stats(server, &stats);
        }
        sai_server_stop(server, 5000);
        server = NULL;
        (void)pthread_join(opener, NULL);
        for (int i = 0; i < COUNT; i++) {
                struct answer answer = client_read(&clients[i], false);
                assert_int_equal(answer.status, 200);
                assert_string_equal(answer_header(&answer, "Connection"), "close");
                free(answer.body);
                client_close(&clients[i]);
        }
        assert_true(atomic_load(&app.threads_done) >= 2);
}

static void a_stop_that_cannot_wait_answers_503(void **state)
{
        (void)state;
        enum { COUNT = 20 };
        struct client clients[COUNT];
        pthread_t opener;
        atomic_store(&app.gate_closed, true);
        for (int i = 0; i < COUNT; i++) {
                clients[i] = client_open(port);
                (void)client_text(&clients[i], "GET /wait HTTP/1.1\r\n" HOST "\r\n");
        }
        struct sai_server_stats stats = { 0 };
        for (int i = 0; i < 10000 && (stats.in_flight < COUNT || atomic_load(&app.waiting) < 2); i++) {
                (void)usleep(1000);
                sai_server_stats(server, &stats);
        }
        assert_int_equal(pthread_create(&opener, NULL, open_gate_soon, NULL), 0);
        sai_server_stop(server, 0); /* while all are suspended */
        server = NULL;
        (void)pthread_join(opener, NULL);
        int ok = 0, busy = 0;
        for (int i = 0; i < COUNT; i++) {
                struct answer answer = client_read(&clients[i], false);
                ok += answer.status == 200;
                busy += answer.status == 503;
                free(answer.body);
                client_close(&clients[i]);
        }
        assert_int_equal(ok + busy, COUNT);
        assert_int_equal(ok, 2);
}

static void *hammer(void *arg)
{
        int *bad = arg;
        for (int i = 0; i < 20; i++) {
                struct client client = client_open(port);
                for (int n = 0; n < 10; n++) {
                        (void)client_text(&client, n % 2 ? LIVE : "GET /wait HTTP/1.1\r\n" HOST "\r\n");
                        struct answer answer = client_read(&client, false);
                        *bad += answer.status != 200;
                        free(answer.body);
                }
                client_close(&client);
        }
        return NULL;
}

struct load {
        pthread_t thread;
        int answered, lost, refused, dropped;
};

/* Asks until nobody listens any more. A request is lost when it went out on a connection that had not been announced to close and got no whole
 * answer. */
static void *load_until_refused(void *arg)
{
        struct load *load = arg;
        struct sockaddr_in address = { .sin_family = AF_INET,
                                       .sin_port = htons((uint16_t)port),
                                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        for (int n = 0; load->refused == 0; n++) {
                struct client client = { .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
                if (connect(client.fd, (struct sockaddr *)&address, sizeof address) != 0)
                        load->refused++;
                bool first = true;
                for (bool closing = load->refused != 0; !closing; n++) {
                        bool sent = client_text(&client, n % 2 ? LIVE : "GET /wait HTTP/1.1\r\n" HOST "\r\n");
                        struct answer answer = sent ? client_read(&client, false) : (struct answer) { 0 };
                        load->answered += answer.status == 200;
                        /* The kernel may complete a handshake between our last accept and the close of the listener; nobody can help that. */
                        load->dropped += first && answer.status == 0;
                        load->lost += answer.status != 200 && !(first && answer.status == 0);
                        first = false;
                        const char *connection = answer.status ? answer_header(&answer, "Connection") : "close";
                        closing = connection && strcmp(connection, "close") == 0;
                        free(answer.body);
                }
                client_close(&client);
        }
        return NULL;
}

/* J6: under load, no request that was accepted is lost */
static void a_stop_under_load_loses_no_request(void **state)
{
        (void)state;
        enum { THREADS = 6 };
        struct load loads[THREADS] = { 0 };
        for (int i = 0; i < THREADS; i++)
                assert_int_equal(pthread_create(&loads[i].thread, NULL, load_until_refused, &loads[i]), 0);
        (void)usleep(300000);
        sai_server_stop(server, 5000);
        server = NULL;
        for (int i = 0; i < THREADS; i++) {
                (void)pthread_join(loads[i].thread, NULL);
                assert_int_equal(loads[i].lost, 0);
                assert_true(loads[i].dropped <= 1);
                assert_true(loads[i].answered > 0);
        }
}

static void many_connections_from_many_threads(void **state)
{
        (void)state;
        enum { THREADS = 8 };
        pthread_t threads[THREADS];
        int bad[THREADS] = { 0 };
        for (int i = 0; i < THREADS; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, hammer, &bad[i]), 0);
        for (int i = 0; i < THREADS; i++) {
                (void)pthread_join(threads[i], NULL);
                assert_int_equal(bad[i], 0);
        }
        for (int i = 0; i < 2000 && atomic_load(&app.observed) < THREADS * 200; i++)
                (void)usleep(1000);
        assert_int_equal(atomic_load(&app.observed), THREADS * 200);
}

static void shared_bodies_are_sent_and_released_once(void **state)
{
        (void)state;
        struct answer answer;
        assert_int_equal(ask(port, "GET /assets/page HTTP/1.1\r\n" HOST "\r\n", &answer), 200);
        assert_int_equal(answer.body_len, sizeof shared_text);
        free(answer.body);
        assert_int_equal(ask(port, "GET /assets/page HTTP/1.1\r\n" HOST "Accept-Encoding: gzip\r\n\r\n", &answer), 200);
        assert_true(answer.body_len < 200);
        assert_string_equal(answer_header(&answer, "Content-Encoding"), "gzip");
        free(answer.body);
        for (int i = 0; i < 2000 && atomic_load(&app.released) < 2; i++)
                (void)usleep(1000);
        assert_int_equal(atomic_load(&app.released), 2);
}

static void a_server_that_cannot_start_says_why_and_leaves_nothing(void **state)
{
        (void)state;
        char taken[32];
        (void)snprintf(taken, sizeof taken, "127.0.0.1:%u", port);
        const struct {
                const char *listen;
                sai_status status;
        } cases[] = {
                { taken, SAI_UNAVAILABLE },    { "127.0.0.1", SAI_INVALID },        { ":80", SAI_INVALID },
                { "127.0.0.1:", SAI_INVALID }, { "127.0.0.1:123456", SAI_INVALID }, { "[::1:80", SAI_INVALID },
        };
        for (size_t i = 0; i < SAI_COUNT(cases); i++) {
                struct sai_server_config config = demo_config(staging);
                struct sai_server *other = NULL;
                struct sai_err err = { 0 };
                config.listen = cases[i].listen;
                assert_int_equal(sai_server_start(&config, router, &other, &err), cases[i].status);
                assert_true(err.detail[0] != '\0');
                assert_null(other);
        }
        static const char *const nonsense[] = { "10.0.0.0/99", NULL };
        struct sai_server_config config = demo_config(staging);
        struct sai_server *other = NULL;
        struct sai_err err = { 0 };
        config.trusted_proxies = nonsense;
        assert_int_equal(sai_server_start(&config, router, &other, &err), SAI_INVALID);
        assert_int_equal(ask(port, LIVE, NULL), 200);
}

static void ipv6_is_served(void **state)
{
        (void)state;
        struct sai_server_config config = demo_config(staging);
        struct sai_server *six = NULL;
        struct sai_err err = { 0 };
        config.listen = "[::1]:0";
        if (sai_server_start(&config, router, &six, &err) != SAI_OK) {
                print_message("SKIPPED: no IPv6 here: %s\n", err.detail);
                skip();
        }
        struct client client = { .fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0) };
        struct sockaddr_in6 address = { .sin6_family = AF_INET6,
                                        .sin6_port = htons((uint16_t)sai_server_port(six)),
                                        .sin6_addr = in6addr_loopback };
        assert_int_equal(connect(client.fd, (struct sockaddr *)&address, sizeof address), 0);
        assert_true(client_text(&client, LIVE));
        struct answer answer = client_read(&client, false);
        assert_int_equal(answer.status, 200);
        free(answer.body);
        client_close(&client);
        sai_server_stop(six, 100);
}

#define WIRE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
int main(int argc, char **argv)
{
        if (argc > 1)
                cmocka_set_test_filter(argv[1]);
        static const struct CMUnitTest tests[] = {
                WIRE(answers_and_keeps_the_connection),
                WIRE(ambiguous_framing_is_refused_and_closed),
                WIRE(malformed_headers_are_refused),
                WIRE(nul_bytes_are_refused),
                WIRE(oversize_heads_are_refused_with_a_readable_answer),
                WIRE(heads_within_the_limits_are_served),
                WIRE(pipelined_requests_are_answered_in_order),
                WIRE(head_and_304_have_no_body),
                WIRE(chunked_bodies_are_read),
                WIRE(declared_oversize_is_refused_before_the_body),
                WIRE(streamed_oversize_is_refused_at_the_first_byte_over),
                WIRE(continue_is_sent_only_when_the_body_is_wanted),
                WIRE(small_refused_bodies_keep_the_connection),
                WIRE(http10_gets_an_answer_and_the_end),
                WIRE(request_ids_are_taken_only_when_sane),
                WIRE(slow_headers_and_bodies_are_cut_off),
                WIRE(an_answer_nobody_reads_is_cut_off),
                WIRE(running_out_of_descriptors_only_delays),
                WIRE(an_upload_that_trickles_is_cut_off),
                WIRE(uploads_arrive_byte_for_byte),
                WIRE(a_client_that_leaves_leaves_no_file),
                WIRE(bad_uploads_are_refused_and_leave_no_file),
                WIRE(leftovers_are_swept_at_start),
                WIRE(a_full_queue_answers_503_at_once),
                WIRE(a_stop_answers_every_request_it_had),
                WIRE(a_stop_that_cannot_wait_answers_503),
                WIRE(a_stop_under_load_loses_no_request),
                WIRE(many_connections_from_many_threads),
                WIRE(a_server_that_cannot_start_says_why_and_leaves_nothing),
                WIRE(ipv6_is_served),
                WIRE(shared_bodies_are_sent_and_released_once),
        };
        return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
