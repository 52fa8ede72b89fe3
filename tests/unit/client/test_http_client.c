/* The HTTP client against a server that does what it is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "client/http_client.h"
#include "support/script_server.h"

struct fixture {
        struct script_server *server;
        struct http_client *client;
        struct sai_arena *arena;
        struct sai_seeded seeded;
        int64_t waited_ms;
        int waits;
        char url[256];
        struct http_response response;
        struct sai_err err;
};

static void note_wait(void *context, int64_t ms)
{
        struct fixture *f = context;
        f->waited_ms += ms;
        f->waits++;
}

static struct http_client *new_client(struct fixture *f, bool trusted, bool https_only, struct sai_log *log)
{
        const char *url = script_server_url(f->server);
        struct http_client_config config = {
                .clock = sai_clock_system(),
                .random = sai_random_seeded(&f->seeded),
                .log = log,
                .user_agent = "stravaai-test/1",
                .trusted_urls = &url,
                .trusted_count = trusted ? 1 : 0,
                .https_only = https_only,
                .wait = note_wait,
                .wait_context = f,
        };
        return http_client_new(&config);
}

static int setup(void **state)
{
        struct fixture *f = calloc(1, sizeof *f);
        f->server = script_server_new();
        f->seeded.state = 7;
        f->client = new_client(f, true, false, NULL);
        f->arena = sai_arena_new(SAI_MIB(32));
        *state = f;
        return 0;
}

static int teardown(void **state)
{
        struct fixture *f = *state;
        http_client_free(f->client);
        sai_arena_free(f->arena);
        script_server_free(f->server);
        free(f);
        return 0;
}

static struct http_request request(struct fixture *f, const char *method, const char *path)
{
        snprintf(f->url, sizeof f->url, "%s%s", script_server_url(f->server), path);
        return (struct http_request) { .method = method, .url = f->url, .label = "TEST" };
}

static sai_status call(struct fixture *f, struct http_request r)
{
        return http_client_call(f->client, &r, f->arena, &f->response, &f->err);
}

static void push(struct fixture *f, struct script_answer answer) { script_server_push(f->server, answer); }

/* -- Answers ------------------------------------------------------------------------------------------------------ */
static void gives_status_headers_and_body(void **state)
{
        struct fixture *f = *state;
        push(f, (struct script_answer) {
                        .status = 404, .headers = "X-RateLimit-Usage:  7,9 \r\nETag: W/\"a\"\r\n", .body = "gone" });
        struct http_request r = request(f, "GET", "/a?b=c");
        r.headers = &(struct http_header) { "Authorization", "Bearer tok" };
        r.header_count = 1;
        assert_int_equal(call(f, r), SAI_OK);
        assert_int_equal(f->response.status, 404);
        assert_string_equal(f->response.body.data, "gone");
        assert_true(sai_text_is(http_response_header(&f->response, "x-ratelimit-usage"), "7,9"));
        assert_true(sai_text_is(http_response_header(&f->response, "ETAG"), "W/\"a\""));
        assert_null(http_response_header(&f->response, "nothing").data);
        const char *sent = script_server_request(f->server, 0);
        assert_non_null(strstr(sent, "GET /a?b=c HTTP/1.1\r\n"));
        assert_non_null(strstr(sent, "Authorization: Bearer tok\r\n"));
        assert_non_null(strstr(sent, "User-Agent: stravaai-test/1\r\n"));
        assert_non_null(strstr(sent, "Accept-Encoding: gzip\r\n"));
}

static void posts_a_body_without_waiting_for_100(void **state)
{
        struct fixture *f = *state;
        push(f, (struct script_answer) { .body = "ok" });
        struct http_request r = request(f, "POST", "/token");
        r.body = SAI_TEXT("a=1&b=2");
        assert_int_equal(call(f, r), SAI_OK);
        const char *sent = script_server_request(f->server, 0);
        assert_non_null(strstr(sent, "Content-Type: application/x-www-form-urlencoded\r\n"));
        assert_null(strstr(sent, "Expect"));
        assert_non_null(strstr(sent, "\r\n\r\na=1&b=2"));
}

static void reads_chunked_and_gzip(void **state)
{
        struct fixture *f = *state;
        char *body = malloc(100001);
        memset(body, 'x', 100000);
        body[100000] = '\0';
        push(f, (struct script_answer) { .body = body, .chunked = true });
        push(f, (struct script_answer) { .body = body, .gzip = true });
        push(f, (struct script_answer) { .body = body, .gzip = true, .chunked = true });
        for (int i = 0; i < 3; i++) {
                assert_int_equal(call(f, request(f, "GET", "/")), SAI_OK);
                assert_int_equal(f->response.body.len, 100000);
                assert_string_equal(f->response.body.data, body);
        }
        free(body);
}

static void connections_are_used_again(void **state)
{
        struct fixture *f = *state;
        push(f, (struct script_answer) { .body = "ok", .times = -1 });
        for (int i = 0; i < 20; i++)
                assert_int_equal(call(f, request(f, "GET", "/")), SAI_OK);
        assert_int_equal(script_server_requests(f->server), 20);
        assert_int_equal(script_server_connections(f->server), 1);
}

static void redirects_are_not_followed(void **state)
{
        struct fixture *f = *state;
        push(f, (struct script_answer) { .status = 302, .headers = "Location: /elsewhere\r\n" });
        assert_int_equal(call(f, request(f, "GET", "/")), SAI_OK);
        assert_int_equal(f->response.status, 302);
        assert_int_equal(script_server_requests(f->server), 1);
}

/* -- Limits ------------------------------------------------------------------------------------------------------- */
static void too_large_an_answer_is_refused_also_packed(void **state)
{
        struct fixture *f = *state;
        size_t size = SAI_MIB(2);
        char *body = calloc(1, size + 1);
        memset(body, '0', size);
        push(f, (struct script_answer) { .body = body });
        push(f, (struct script_answer) { .body = body, .chunked = true });
        push(f, (struct script_answer) { .body = body, .gzip = true }); /* 2 KiB on the wire */
        for (int i = 0; i < 3; i++) {
                struct http_request r = request(f, "GET", "/");
                r.max_body = SAI_MIB(1);
                assert_int_equal(call(f, r), SAI_TOO_LARGE);
        }
        assert_int_equal(script_server_requests(f->server), 3); /* never retried */
        free(body);
}

static void too_many_headers_are_refused(void **state)
{
        struct fixture *f = *state;
        struct sai_buf headers;
        sai_buf_init(&headers, SAI_MIB(1));
        for (int i = 0; i < 1000; i++)
                sai_buf_printf(&headers, "X-%d: %0100d\r\n", i, i);
        push(f, (struct script_answer) { .headers = headers.data });
        assert_int_equal(call(f, request(f, "POST", "/")), SAI_UPSTREAM);
        sai_buf_done(&headers);
}

static void an_arena_that_is_full_is_an_error(void **state)
{
        struct fixture *f = *state;
        script_server_push(f->server,
                           (struct script_answer) { .headers = "X-Long: 0123456789\r\n", .body = "body", .times = -1 });
        int refused = 0, answered = 0;
        for (size_t limit = 0; limit < 1024; limit += 32) {
                struct sai_arena *arena = sai_arena_new(limit);
                struct http_request r = request(f, "GET", "/");
                sai_status status = http_client_call(f->client, &r, arena, &f->response, &f->err);
                assert_true(status == SAI_OK || status == SAI_NO_MEMORY);
                refused += status == SAI_NO_MEMORY;
                answered += status == SAI_OK;
                sai_arena_free(arena);
        }
        assert_true(refused > 0 && answered > 0);
}

static void a_deadline_ends_the_call(void **state)
{
        struct fixture *f = *state;
        struct sai_clock clock = sai_clock_system();
        push(f, (struct script_answer) { .body = "late", .delay_ms = 5000, .times = -1 });
        struct http_request r = request(f, "GET", "/");
        int64_t began = sai_monotonic_ms(&clock);
        r.deadline_ms = began + 150;
        assert_int_equal(call(f, r), SAI_TIMEOUT);
        assert_in_range(sai_monotonic_ms(&clock) - began, 100, 2000);
        r.deadline_ms = began; /* past: nothing is sent */
        size_t before = script_server_requests(f->server);
        assert_int_equal(call(f, r), SAI_TIMEOUT);
        assert_int_equal(script_server_requests(f->server), before);
}

/* -- Policy ------------------------------------------------------------------------------------------------------- */
static void plain_http_needs_a_configured_host(void **state)
{
        struct fixture *f = *state;
        http_client_free(f->client);
        f->client = new_client(f, false, false, NULL);
        assert_int_equal(call(f, request(f, "GET", "/")), SAI_INTERNAL);
        http_client_free(f->client);
        f->client = new_client(f, true, true, NULL); /* production */
        assert_int_equal(call(f, request(f, "GET", "/")), SAI_INTERNAL);
        assert_int_equal(script_server_requests(f->server), 0);
}

static void a_private_address_needs_a_configured_host(void **state)
{
        struct fixture *f = *state;
        http_client_free(f->client);
        f->client = new_client(f, false, false, NULL);
        struct http_request r = request(f, "GET", "/");
        snprintf(f->url, sizeof f->url, "https://localhost:%d/", script_server_port(f->server));
        assert_int_equal(call(f, r), SAI_UNAVAILABLE);
        assert_non_null(strstr(f->err.detail, "address is not public"));
        assert_int_equal(script_server_connections(f->server), 0);
}

static void other_urls_are_refused(void **state)
{
        struct fixture *f = *state;
        static const char *const bad[] = {
                "",         "file:///etc/passwd", "ftp://h/",        "gopher://h/", "//h/", "https://user:pw@h/",
                "https://", "not a url",          "https://h:99999/"
        };
        for (size_t i = 0; i < SAI_COUNT(bad); i++) {
                struct http_request r = { .method = "GET", .url = bad[i], .label = "TEST" };
                assert_int_equal(call(f, r), SAI_INTERNAL);
        }
}

static void line_breaks_in_headers_are_refused(void **state)
{
        struct fixture *f = *state;
        struct http_request r = request(f, "GET", "/");
        r.headers = &(struct http_header) { "Authorization", "Bearer a\r\nX-Evil: 1" };
        r.header_count = 1;
        assert_int_equal(call(f, r), SAI_INTERNAL);
        assert_int_equal(script_server_requests(f->server), 0);
}

/* -- Retries ------------------------------------------------------------------------------------------------------ */
static void a_passing_failure_is_retried(void **state)
{
        struct fixture *f = *state;
        push(f, (struct script_answer) { .status = 503, .body = "<html>" });
        push(f, (struct script_answer) { .cut_at = 60, .body = "{\"cut\": \"in the middle of the body, which goes on\"}" });
        push(f, (struct script_answer) { .raw = true, .body = "" });
        push(f, (struct script_answer) { .body = "{}" });
        assert_int_equal(call(f, request(f, "GET", "/")), SAI_OK);
        assert_int_equal(f->response.status, 200);
        assert_string_equal(f->response.body.data, "{}");
        assert_int_equal(f->response.tries, 4);
        assert_int_equal(f->waits, 3);
        assert_in_range(f->waited_ms, 0, 500 + 1000 + 2000);
}

static void no_more_than_five_tries(void **state)
{
        struct fixture *f = *state;
        push(f, (struct script_answer) { .status = 502, .times = -1 });
        assert_int_equal(call(f, request(f, "GET", "/")), SAI_OK);
        assert_int_equal(f->response.status, 502);
        assert_int_equal(script_server_requests(f->server), 5);
}

static void a_4xx_is_never_retried(void **state)
{
        struct fixture *f = *state;
        push(f, (struct script_answer) { .status = 429, .times = -1 });
        assert_int_equal(call(f, request(f, "GET", "/")), SAI_OK);
        assert_int_equal(script_server_requests(f->server), 1);
}

static void a_post_is_retried_only_when_asked(void **state)
{
        struct fixture *f = *state;
        push(f, (struct script_answer) { .status = 500 });
        push(f, (struct script_answer) { .status = 500 });
        push(f, (struct script_answer) { .status = 200 });
        struct http_request r = request(f, "POST", "/");
        assert_int_equal(call(f, r), SAI_OK);
        assert_int_equal(f->response.status, 500);
        r.retry = HTTP_RETRY_ALWAYS;
        assert_int_equal(call(f, r), SAI_OK);
        assert_int_equal(f->response.status, 200);
        assert_int_equal(f->response.tries, 2);
        push(f, (struct script_answer) { .status = 500, .times = -1 });
        r = request(f, "GET", "/");
        r.retry = HTTP_RETRY_NEVER;
        assert_int_equal(call(f, r), SAI_OK);
        assert_int_equal(f->response.tries, 1);
}

/* A success between the failures keeps the circuit closed, so that only the budget can stop retries. */
static void retries_stay_within_a_tenth_of_calls(void **state)
{
        struct fixture *f = *state;
        size_t calls = 0, failed_first = 0;
        for (int i = 0; i < 300; i++) {
                bool fails = i % 3 == 0;
                push(f, (struct script_answer) { .status = fails ? 500 : 200 });
        }
        push(f, (struct script_answer) { .status = 200, .times = -1 });
        while (script_server_requests(f->server) < 300) {
                assert_int_equal(call(f, request(f, "GET", "/")), SAI_OK);
                calls++;
                failed_first += f->response.status == 500;
        }
        size_t retries = script_server_requests(f->server) - calls;
        assert_in_range(retries, 10, 10 + calls / 10); /* what was saved up, and a tenth */
        assert_true(failed_first > 0); /* without a budget every failure would have been retried */
}

static void a_failing_host_is_left_alone(void **state)
{
        struct fixture *f = *state;
        push(f, (struct script_answer) { .status = 500, .times = -1 });
        assert_int_equal(call(f, request(f, "GET", "/")), SAI_OK); /* five tries, five failures */
        assert_int_equal(call(f, request(f, "GET", "/")), SAI_UNAVAILABLE);
        assert_int_equal(script_server_requests(f->server), 5);
        struct http_host_state host;
        assert_int_equal(http_client_hosts(f->client, &host, 1), 1);
        assert_true(host.open);
        assert_string_equal(host.origin, script_server_url(f->server));
        assert_in_range(host.retry_in_ms, 25000, 30000);
        assert_int_equal(host.calls, 5);
        assert_int_equal(host.failures, 5);
        assert_int_equal(host.refused, 1);
}

/* -- Streams, stopping, log --------------------------------------------------------------------------------------- */
static bool collect(void *context, const char *data, size_t len)
{
        sai_buf_append(context, data, len);
        return true;
}

static bool refuse(void *context, const char *data, size_t len)
{
        (void)context, (void)data, (void)len;
        return false;
}

static void a_sink_gets_the_body_of_a_success_only(void **state)
{
        struct fixture *f = *state;
        struct sai_buf got;
        sai_buf_init(&got, SAI_KIB(64));
        push(f, (struct script_answer) { .status = 400, .body = "fault" });
        push(f, (struct script_answer) { .body = "data: 1\n\n", .chunked = true, .times = -1 });
        struct http_request r = request(f, "POST", "/");
        r.on_data = collect;
        r.on_data_context = &got;
        assert_int_equal(call(f, r), SAI_OK);
        assert_string_equal(f->response.body.data, "fault");
        assert_int_equal(got.len, 0);
        assert_int_equal(call(f, r), SAI_OK);
        assert_string_equal(got.data, "data: 1\n\n");
        assert_int_equal(f->response.body.len, 0);
        r.on_data = refuse;
        assert_int_equal(call(f, r), SAI_UPSTREAM);
        sai_buf_done(&got);
}

static void *stop_soon(void *context)
{
        struct fixture *f = context;
        while (script_server_requests(f->server) == 0)
                usleep(1000);
        http_client_stop(f->client);
        return NULL;
}

static void stopping_ends_calls_in_flight(void **state)
{
        struct fixture *f = *state;
        pthread_t thread;
        struct sai_clock clock = sai_clock_system();
        int64_t began = sai_monotonic_ms(&clock);
        push(f, (struct script_answer) { .delay_ms = 20000 });
        pthread_create(&thread, NULL, stop_soon, f);
        assert_int_equal(call(f, request(f, "GET", "/")), SAI_UNAVAILABLE);
        pthread_join(thread, NULL);
        assert_in_range(sai_monotonic_ms(&clock) - began, 0, 3000);
        assert_int_equal(call(f, request(f, "GET", "/")), SAI_UNAVAILABLE);
}

static void nothing_secret_reaches_the_log(void **state)
{
        struct fixture *f = *state;
        int pipes[2];
        char text[8192] = { 0 };
        assert_int_equal(pipe2(pipes, O_NONBLOCK), 0);
        struct sai_log *log = sai_log_new(pipes[1], SAI_LOG_DEBUG, sai_clock_system());
        http_client_free(f->client);
        f->client = new_client(f, true, false, log);
        push(f, (struct script_answer) { .status = 500, .body = "canary-answer", .headers = "Set-Cookie: canary-cookie\r\n" });
        push(f, (struct script_answer) { .body = "canary-answer" });
        struct http_request r = request(f, "POST", "/x?client_secret=canary-query");
        r.headers = &(struct http_header) { "Authorization", "Bearer canary-token" };
        r.header_count = 1;
        r.body = SAI_TEXT("code=canary-body");
        assert_int_equal(call(f, r), SAI_OK);
        assert_int_equal(call(f, r), SAI_OK);
        snprintf(f->url, sizeof f->url, "https://user:canary-password@h/");
        assert_int_equal(call(f, r), SAI_INTERNAL);
        assert_true(read(pipes[0], text, sizeof text - 1) > 0);
        assert_non_null(strstr(text, "http_client.failed"));
        assert_non_null(strstr(text, "http_client.call"));
        assert_null(strstr(text, "canary"));
        assert_null(strstr(f->err.detail, "canary"));
        http_client_free(f->client);
        f->client = NULL;
        sai_log_free(log);
        close(pipes[0]);
        close(pipes[1]);
}

/* -- Threads ------------------------------------------------------------------------------------------------------ */
static void *call_often(void *context)
{
        struct fixture *f = context;
        char url[256];
        snprintf(url, sizeof url, "%s/", script_server_url(f->server));
        for (int i = 0; i < 30; i++) {
                struct sai_arena *arena = sai_arena_new(SAI_MIB(1));
                struct http_response response;
                struct http_request r = { .method = "GET", .url = url, .label = "TEST" };
                bool ok = http_client_call(f->client, &r, arena, &response, NULL) == SAI_OK && response.status == 200;
                sai_arena_free(arena);
                if (!ok)
                        return f;
        }
        return NULL;
}

static void many_threads_share_a_client(void **state)
{
        struct fixture *f = *state;
        pthread_t threads[8];
        push(f, (struct script_answer) { .body = "ok", .times = -1 });
        for (size_t i = 0; i < SAI_COUNT(threads); i++)
                pthread_create(&threads[i], NULL, call_often, f);
        for (size_t i = 0; i < SAI_COUNT(threads); i++) {
                void *failed = f;
                pthread_join(threads[i], &failed);
                assert_null(failed);
        }
        assert_int_equal(script_server_requests(f->server), 240);
        assert_in_range(script_server_connections(f->server), 1, 8);
}

static void forms_are_encoded(void **state)
{
        (void)state;
        struct sai_buf buf;
        sai_buf_init(&buf, 1024);
        http_form_add(&buf, "a b", "1&2=3");
        http_form_add(&buf, "u", "\xc3\xa9-._~");
        assert_string_equal(buf.data, "a%20b=1%262%3D3&u=%C3%A9-._~");
        sai_buf_clear(&buf);
        sai_buf_text(&buf, "/p?");
        http_form_add(&buf, "x", "");
        assert_string_equal(buf.data, "/p?x=");
        sai_buf_done(&buf);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(gives_status_headers_and_body),
                TEST(posts_a_body_without_waiting_for_100),
                TEST(reads_chunked_and_gzip),
                TEST(connections_are_used_again),
                TEST(redirects_are_not_followed),
                TEST(too_large_an_answer_is_refused_also_packed),
                TEST(too_many_headers_are_refused),
                TEST(an_arena_that_is_full_is_an_error),
                TEST(a_deadline_ends_the_call),
                TEST(plain_http_needs_a_configured_host),
                TEST(a_private_address_needs_a_configured_host),
                TEST(other_urls_are_refused),

                TEST(line_breaks_in_headers_are_refused),
                TEST(a_passing_failure_is_retried),
                TEST(no_more_than_five_tries),
                TEST(a_4xx_is_never_retried),
                TEST(a_post_is_retried_only_when_asked),
                TEST(retries_stay_within_a_tenth_of_calls),
                TEST(a_failing_host_is_left_alone),
                TEST(a_sink_gets_the_body_of_a_success_only),
                TEST(stopping_ends_calls_in_flight),
                TEST(nothing_secret_reaches_the_log),
                TEST(many_threads_share_a_client),
                cmocka_unit_test(forms_are_encoded),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
