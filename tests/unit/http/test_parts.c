/* test_parts.c -- the pure pieces of the HTTP layer by themselves: gate, proxies, multipart, percent coding. */
#include "fixture.h"
#include "http/http_internal.h"

#include <signal.h>
#include <sys/resource.h>

static sai_status gate(const char *version, const char *const *lines, struct http_framing *framing)
{
        struct sai_header headers[8];
        struct sai_err err;
        struct http_head head = { .version = version, .target = SAI_TEXT("/"), .headers = headers };
        for (; lines[head.header_count]; head.header_count++) {
                const char *line = lines[head.header_count], *colon = strchr(line, ':');
                headers[head.header_count] = (struct sai_header) { { line, (size_t)(colon - line) }, sai_text_of(colon + 1) };
        }
        return http_gate_check(&head, framing, &err);
}
#define GATE(version, framing, ...) gate((version), (const char *const[]) { __VA_ARGS__, NULL }, (framing))

/* H1, H2 */
static void the_gate_knows_how_long_a_body_is(void **state)
{
        struct http_framing framing;
        (void)state;
        assert_int_equal(GATE("HTTP/1.1", &framing, "Host:a"), SAI_OK);
        assert_false(framing.has_body);
        assert_int_equal(GATE("HTTP/1.1", &framing, "Host:a", "Content-Length:0"), SAI_OK);
        assert_false(framing.has_body);
        assert_int_equal(GATE("HTTP/1.1", &framing, "Host:a", "content-LENGTH:9999999999999999999", "Expect:100-Continue"),
                         SAI_OK);
        assert_true(framing.has_body && framing.length == 9999999999999999999u && framing.expects_continue);
        assert_int_equal(GATE("HTTP/1.1", &framing, "Host:a", "Transfer-Encoding:Chunked"), SAI_OK);
        assert_true(framing.has_body && framing.chunked);
        assert_int_equal(GATE("HTTP/1.0", &framing, "X:a"), SAI_OK);
        assert_int_equal(GATE("HTTP/1.0", &framing, "Transfer-Encoding:chunked"), SAI_BAD_FRAMING);
        assert_int_equal(GATE("HTTP/1.1", &framing, "Host:a", "Transfer-Encoding:xchunked"), SAI_NOT_IMPLEMENTED);
        assert_int_equal(GATE("HTTP/1.1", &framing, "Host:a", "Content-Length:10000000000000000000"), SAI_BAD_FRAMING);
        assert_int_equal(GATE("HTTP/2.0", &framing, "Host:a"), SAI_BAD_VERSION);
        assert_int_equal(GATE("HTTP/1.11", &framing, "Host:a"), SAI_BAD_VERSION);
        assert_int_equal(GATE("HTTP/1.1", &framing, "Host:a", "X:\x7f"), SAI_BAD_REQUEST);
        assert_int_equal(GATE("HTTP/1.1", &framing, "Host:a", "X:caf\xc3\xa9\tb"), SAI_OK);
        assert_int_equal(GATE("HTTP/1.1", &framing, "Host:a", ":v"), SAI_BAD_REQUEST);
        static const char *const good[] = { "Host:a.b-c_d", "Host:a:1", "Host:[::1]", "Host:[::1]:80", "Host:127.0.0.1:" };
        static const char *const bad[] = { "Host:",    "Host:a,b", "Host:[::1",   "Host:[]",
                                           "Host::80", "Host:a:b", "Host:[::1]x", "Host:a:123456" };
        for (size_t i = 0; i < SAI_COUNT(good); i++)
                assert_int_equal(GATE("HTTP/1.1", &framing, good[i]), SAI_OK);
        for (size_t i = 0; i < SAI_COUNT(bad); i++)
                assert_int_equal(GATE("HTTP/1.1", &framing, bad[i]), SAI_BAD_REQUEST);
}

static void check_client(const char *peer, const char *forwarded, const char *proto, const char *wanted, bool https)
{
        static const char *const trusted[] = { "10.0.0.0/8", "192.168.1.7", "fd00::/8", NULL };
        struct sai_header headers[2];
        struct sai_request request = { .headers = headers };
        struct http_proxies *proxies;
        struct sai_err err;
        char buffer[46];
        assert_int_equal(http_proxies_new(trusted, &proxies, &err), SAI_OK);
        if (forwarded)
                headers[request.header_count++] = (struct sai_header) { SAI_TEXT("X-Forwarded-For"), sai_text_of(forwarded) };
        if (proto)
                headers[request.header_count++] = (struct sai_header) { SAI_TEXT("X-Forwarded-Proto"), sai_text_of(proto) };
        http_proxies_resolve(proxies, peer, &request, buffer);
        assert_string_equal(request.client_address, wanted);
        assert_true(request.https == https);
        http_proxies_free(proxies);
}

/* H17 */
static void only_trusted_proxies_name_the_client(void **state)
{
        (void)state;
        check_client("1.2.3.4", "9.9.9.9", "https", "1.2.3.4", false);
        check_client("10.1.1.1", "9.9.9.9", "https", "9.9.9.9", true);
        check_client("10.1.1.1", "6.6.6.6, 9.9.9.9, 10.2.2.2", "http", "9.9.9.9", false);
        check_client("10.1.1.1", "nonsense, 10.2.2.2", NULL, "10.2.2.2", false);
        check_client("10.1.1.1", "1.1.1.1, nonsense", NULL, "10.1.1.1", false);
        check_client("10.1.1.1", "", NULL, "10.1.1.1", false);
        check_client("10.1.1.1", NULL, NULL, "10.1.1.1", false);
        check_client("192.168.1.7", "2001:db8::1", NULL, "2001:db8::1", false);
        check_client("192.168.1.8", "2001:db8::1", NULL, "192.168.1.8", false);
        check_client("fd00::5", "2001:db8::1, fdff::1", NULL, "2001:db8::1", false);
        check_client("11.0.0.1", "2.2.2.2", NULL, "11.0.0.1", false);
        static const char *const wrong[] = { "10.0.0.0/33", "10.0.0", "::/129", "10.0.0.0/", "10.0.0.0/x", "name", "" };
        for (size_t i = 0; i < SAI_COUNT(wrong); i++) {
                const char *const list[] = { wrong[i], NULL };
                struct http_proxies *proxies = NULL;
                struct sai_err err;
                assert_int_equal(http_proxies_new(list, &proxies, &err), SAI_INVALID);
        }
}

struct sink {
        struct sai_buf data;
        char name[256];
};
static sai_status sink_begin(void *context, struct sai_text name, struct sai_err *err)
{
        struct sink *sink = context;
        (void)err;
        (void)snprintf(sink->name, sizeof sink->name, "%.*s", (int)name.len, name.data);
        return SAI_OK;
}
static sai_status sink_data(void *context, const char *bytes, size_t len, struct sai_err *err)
{
        struct sink *sink = context;
        sai_buf_append(&sink->data, bytes, len);
        return sai_buf_status(&sink->data, err);
}

/* Feeds `step` bytes at a time. */
static sai_status feed(const char *type, const char *body, size_t len, size_t step, struct sink *sink)
{
        struct http_multipart *multipart = NULL;
        struct sai_err err;
        sai_status rc = http_multipart_new(sai_text_of(type), (struct http_multipart_sink) { sink_begin, sink_data, sink },
                                           &multipart, &err);
        for (size_t at = 0; at < len && rc == SAI_OK; at += step)
                rc = http_multipart_feed(multipart, body + at, len - at < step ? len - at : step, &err);
        if (rc == SAI_OK)
                rc = http_multipart_end(multipart, &err);
        http_multipart_free(multipart);
        return rc;
}

static void multipart_is_the_same_however_it_is_cut(void **state)
{
        (void)state;
        static const char body[] =
                "--a-b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\\\"y.gpx\"\r\nContent-Type: a/b\r\n\r\n"
                "\r\n--a\r\n--a-\r\r\n--a-B\0\r\n-\r\n--a-b--";
        static const char content[] = "\r\n--a\r\n--a-\r\r\n--a-B\0\r\n-";
        for (size_t step = 1; step <= sizeof body; step++) {
                struct sink sink = { .name = "" };
                sai_buf_init(&sink.data, 1000);
                assert_int_equal(feed("multipart/form-data; boundary=\"a-b\"", body, sizeof body - 1, step, &sink), SAI_OK);
                assert_int_equal(sink.data.len, sizeof content - 1);
                assert_memory_equal(sink.data.data, content, sizeof content - 1);
                assert_string_equal(sink.name, "x\"y.gpx");
                sai_buf_done(&sink.data);
        }
}

static void multipart_needs_a_boundary_that_can_be_one(void **state)
{
        (void)state;
        static const char *const types[] = {
                "multipart/form-data",
                "multipart/form-data; boundary=",
                "multipart/form-data; boundary=\"a\r\"",
                "multipart/mixed; boundary=a",
                "multipart/form-data; boundary=\"a \"",
                "text/plain; boundary=a",
                "multipart/form-data; boundary=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        };
        for (size_t i = 0; i < SAI_COUNT(types); i++) {
                struct sink sink;
                assert_int_equal(feed(types[i], "", 0, 1, &sink), SAI_UNSUPPORTED_MEDIA);
        }
}

static void file_names_lose_their_path(void **state)
{
        (void)state;
        static const struct {
                const char *sent, *kept;
        } names[] = {
                { "ride.fit", "ride.fit" },
                { "../../etc/passwd", "passwd" },
                { "C:\\\\dir\\\\a.gpx", "a.gpx" },
                { "a/", "" },
                { "a\tb", "a_b" },
                { "caf\xc3\xa9.tcx", "caf\xc3\xa9.tcx" },
                { "bad\xff", "" },
        };
        for (size_t i = 0; i < SAI_COUNT(names); i++) {
                char body[300];
                struct sink sink = { .name = "unset" };
                int len = snprintf(body, sizeof body,
                                   "--a\r\nContent-Disposition: form-data; name=file; filename=\"%s\"\r\n\r\n\r\n--a--",
                                   names[i].sent);
                sai_buf_init(&sink.data, 10);
                assert_int_equal(feed("multipart/form-data; boundary=a", body, (size_t)len, 5, &sink), SAI_OK);
                assert_string_equal(sink.name, names[i].kept);
                sai_buf_done(&sink.data);
        }
}

/* F6: a limit on file sizes stands in for a full disk; both are "no room". */
static void no_room_is_507_and_leaves_no_file(void **state)
{
        (void)state;
        char folder[] = "/tmp/sai-upload-XXXXXX", body[9000];
        assert_non_null(mkdtemp(folder));
        struct sai_server_config config = demo_config(folder);
        struct http_upload *upload = NULL;
        struct sai_err err = { 0 };
        struct rlimit before, small;
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
        small = before;
        small.rlim_cur = 4096;
        (void)signal(SIGXFSZ, SIG_IGN);
        int len = snprintf(body, sizeof body, "--a\r\nContent-Disposition: form-data; name=file\r\n\r\n%08000d", 7);
        assert_int_equal(http_upload_new(&config, SAI_TEXT("multipart/form-data; boundary=a"), &upload, &err), SAI_OK);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        sai_status rc = http_upload_feed(upload, body, (size_t)len, &err);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_int_equal(rc, SAI_DISK_FULL);
        http_upload_free(upload);
        assert_int_equal(rmdir(folder), 0); /* so it is empty */
}

static void a_missing_staging_folder_tells_no_path(void **state)
{
        (void)state;
        struct sai_server_config config = demo_config("/nonexistent-folder");
        struct http_upload *upload = NULL;
        struct sai_err err = { 0 };
        assert_int_equal(http_upload_new(&config, SAI_TEXT("multipart/form-data; boundary=a"), &upload, &err), SAI_INTERNAL);
        assert_null(upload);
        assert_null(strstr(err.detail, "nonexistent"));
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_gate_knows_how_long_a_body_is),
                cmocka_unit_test(only_trusted_proxies_name_the_client),
                cmocka_unit_test(multipart_is_the_same_however_it_is_cut),
                cmocka_unit_test(multipart_needs_a_boundary_that_can_be_one),
                cmocka_unit_test(file_names_lose_their_path),
                cmocka_unit_test(no_room_is_507_and_leaves_no_file),
                cmocka_unit_test(a_missing_staging_folder_tells_no_path),
        };
        return cmocka_run_group_tests_name("parts", tests, NULL, NULL);
}
