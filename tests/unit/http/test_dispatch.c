/* test_dispatch.c -- the walk of a request without a socket: the order of checks, validators, coding, CORS, problem documents. */
#include "fixture.h"

#include <jansson.h>
#include <zlib.h>

static struct sai_router *router;
static struct sai_server_config config;

struct call {
        struct sai_arena *arena;
        struct sai_request request;
        struct sai_reply reply;
        struct sai_header headers[16];
};

static int set_up(void **state)
{
        struct sai_err err;
        (void)state;
        memset(&app, 0, sizeof app);
        memset(shared_text, 's', sizeof shared_text);
        config = demo_config("/tmp");
        return sai_router_new(demo_tables, &router, &err) == SAI_OK ? 0 : -1;
}

static int tear_down(void **state)
{
        (void)state;
        sai_router_free(router);
        return 0;
}

static const char *header_of(const struct call *call, const char *name)
{
        for (size_t i = 0; i < call->reply.header_count; i++)
                if (sai_text_equal_ignoring_case(call->reply.headers[i].name, sai_text_of(name)))
                        return call->reply.headers[i].value.data;
        return NULL;
}

/* Every problem is checked against RFC 9457 and the contract as it goes by. */
static void check_problem(const struct call *call)
{
        const struct sai_buf *body = &call->reply.body;
        json_error_t error;
        json_t *problem = json_loadb(body->data, body->len, JSON_REJECT_DUPLICATES, &error);
        assert_non_null(problem);
        assert_string_equal(header_of(call, "Content-Type"), "application/problem+json");
        assert_string_equal(header_of(call, "Cache-Control"), "no-store");
        assert_string_equal(header_of(call, "X-Content-Type-Options"), "nosniff");
        assert_null(header_of(call, "ETag"));
        assert_int_equal(json_integer_value(json_object_get(problem, "status")), call->reply.status);
        const char *type = json_string_value(json_object_get(problem, "type"));
        assert_non_null(type);
        assert_memory_equal(type, "/problems/", 10);
        assert_true(json_is_string(json_object_get(problem, "title")));
        assert_true(json_is_string(json_object_get(problem, "detail")));
        assert_true(json_is_string(json_object_get(problem, "instance")));
        assert_string_equal(json_string_value(json_object_get(problem, "request_id")), call->request.request_id);
        json_t *errors = json_object_get(problem, "errors"), *entry;
        size_t i;
        assert_true((errors != NULL) == (call->reply.status == 422));
        json_array_foreach(errors, i, entry)
        {
                assert_true(json_is_string(json_object_get(entry, "pointer")));
                assert_true(json_is_string(json_object_get(entry, "code")));
                assert_true(json_is_string(json_object_get(entry, "message")));
        }
        assert_true((call->reply.status == 401) == (header_of(call, "WWW-Authenticate") != NULL));
        assert_true(call->reply.status != 405 || header_of(call, "Allow"));
        assert_true((call->reply.status != 503 && call->reply.status != 429) || header_of(call, "Retry-After"));
        json_decref(problem);
}

/* "Name: value" lines, ending with NULL. */
static int ask_with(struct call *call, enum sai_method method, const char *target, const char *body, const char *const *lines)
{
        *call = (struct call) { .arena = sai_arena_new(SAI_MIB(16)) };
        assert_non_null(call->arena);
        call->request = (struct sai_request) {
                .method = method, .target = sai_text_of(target), .arena = call->arena, .headers = call->headers
        };
        if (body)
                call->request.body = sai_text_of(body);
        for (size_t i = 0; lines && lines[i]; i++) {
                const char *colon = strchr(lines[i], ':');
                call->headers[call->request.header_count++] =
                        (struct sai_header) { { lines[i], (size_t)(colon - lines[i]) }, sai_text_of(colon + 2) };
        }
        sai_dispatch(&config, router, &call->request, &call->reply);
        if (call->reply.status >= 400)
                check_problem(call);
        return call->reply.status;
}
#define ASK(call, method, target, body, ...)                                                                                     \
        ask_with((call), (method), (target), (body), (const char *const[]) { __VA_ARGS__ __VA_OPT__(, ) NULL })

static void done(struct call *call)
{
        sai_reply_done(&call->reply);
        sai_arena_free(call->arena);
}

/* One call whose status is all that matters. */
static void expect(int status, enum sai_method method, const char *target, const char *body, const char *const *lines)
{
        struct call call;
        int got = ask_with(&call, method, target, body, lines);
        if (got != status)
                print_error("%s: %d, wanted %d: %s\n", target, got, status, call.reply.body.data ? call.reply.body.data : "");
        assert_int_equal(got, status);
        done(&call);
}
#define EXPECT(status, method, target, body, ...)                                                                                \
        expect((status), (method), (target), (body), (const char *const[]) { __VA_ARGS__ __VA_OPT__(, ) NULL })

static bool says(const struct call *call, const char *text)
{
        return call->reply.body.data && strstr(call->reply.body.data, text);
}

#define GOOD "Authorization: Bearer good"
#define JSON "Content-Type: application/json"
#define ID   "0102030405060708090a0b0c"

/* "What is checked first wins": each case fails in all the later ways too. */
static void what_is_checked_first_wins(void **state)
{
        (void)state;
        const char *bad = "{";
        EXPECT(400, SAI_POST, "/api/v1/%zz", bad, "Content-Encoding: gzip");
        EXPECT(404, SAI_METHOD_OTHER, "/nowhere", bad, "Content-Encoding: gzip");
        EXPECT(404, SAI_DELETE, "/api/v1/notes/XYZ", bad, "Content-Encoding: gzip");
        EXPECT(501, SAI_METHOD_OTHER, "/api/v1/notes", bad, "Content-Encoding: gzip");
        EXPECT(405, SAI_PUT, "/api/v1/notes", bad, "Content-Encoding: gzip");
        EXPECT(401, SAI_POST, "/api/v1/notes?x=%zz", bad, "Content-Encoding: gzip", "Accept: text/html");
        EXPECT(415, SAI_POST, "/api/v1/notes?x=%zz", bad, GOOD, "Content-Encoding: gzip", "Accept: text/html", JSON);
        EXPECT(415, SAI_POST, "/api/v1/notes?x=%zz", bad, GOOD, "Accept: text/html");
        EXPECT(406, SAI_POST, "/api/v1/notes?x=%zz", bad, GOOD, "Accept: text/html", JSON);
        EXPECT(400, SAI_POST, "/api/v1/notes?x=%zz", bad, GOOD, JSON);
        EXPECT(400, SAI_POST, "/api/v1/notes?x=1", bad, GOOD, JSON);
        EXPECT(422, SAI_POST, "/api/v1/notes?x=1", "{}", GOOD, JSON);
        EXPECT(201, SAI_POST, "/api/v1/notes", "{\"text\":\"run\"}", GOOD, JSON);
        EXPECT(404, SAI_GET, "/api/v1/notes/ff02030405060708090a0b0c", NULL, GOOD);
}

static void all_errors_of_a_request_come_in_one_answer(void **state)
{
        struct call call;
        (void)state;
        assert_int_equal(ASK(&call, SAI_POST, "/api/v1/notes?x=1", "{\"weight\":1,\"foo\":2}", GOOD, JSON), 422);
        assert_true(says(&call, "\"/text\"") && says(&call, "\"/weight\"") && says(&call, "\"/foo\"") && says(&call, "\"?x\""));
        done(&call);
        assert_int_equal(ASK(&call, SAI_POST, "/api/v1/notes", NULL, GOOD), 422); /* an absent body is {} */
        assert_true(says(&call, "\"/text\""));
        done(&call);
        assert_int_equal(atomic_load(&app.handled), 0);
}

static void a_route_without_a_body_takes_none(void **state)
{
        (void)state;
        EXPECT(200, SAI_DELETE, "/api/v1/notes/" ID, NULL, GOOD);
        EXPECT(200, SAI_DELETE, "/api/v1/notes/" ID, "{}", GOOD, JSON);
        EXPECT(422, SAI_DELETE, "/api/v1/notes/" ID, "{\"a\":1}", GOOD, JSON);
        EXPECT(415, SAI_DELETE, "/api/v1/notes/" ID, "a=1", GOOD, "Content-Type: application/x-www-form-urlencoded");
}

static void unknown_paths_and_methods_are_told_apart(void **state)
{
        struct call call;
        (void)state;
        static const char *const unknown[] = { "/",
                                               "/api",
                                               "/api/v1/notes/",
                                               "//api/v1/notes",
                                               "/api/v1/notes/" ID "/x",
                                               "/API/v1/notes",
                                               "/api/v1/charts",
                                               "/api/v1/charts/",
                                               "/api/v1/../v1/notes",
                                               "/api/v1/notes%2f" ID "0" };
        for (size_t i = 0; i < SAI_COUNT(unknown); i++)
                EXPECT(404, SAI_GET, unknown[i], NULL, GOOD);
        assert_int_equal(ASK(&call, SAI_TRACE, "/api/v1/notes", NULL), 405);
        assert_string_equal(header_of(&call, "Allow"), "GET, HEAD, POST, OPTIONS");
        done(&call);
        assert_int_equal(ASK(&call, SAI_PATCH, "/api/v1/notes/" ID, NULL), 405);
        assert_string_equal(header_of(&call, "Allow"), "GET, HEAD, DELETE, OPTIONS");
        done(&call);
        /* a literal wins over a parameter: there is no note called `import` */
        assert_int_equal(ASK(&call, SAI_GET, "/api/v1/notes/import", NULL, GOOD), 405);
        done(&call);
        EXPECT(200, SAI_HEAD, "/api/v1/notes/" ID, NULL, GOOD);
}

/* H8 */
static void paths_and_parameters_are_decoded_once_and_strictly(void **state)
{
        struct call call;
        (void)state;
        EXPECT(400, SAI_GET, "/health/live%00", NULL);
        EXPECT(400, SAI_GET, "/health/%2", NULL);
        EXPECT(400, SAI_GET, "/health/%ff", NULL);
        EXPECT(400, SAI_GET, "health/live", NULL);
        EXPECT(400, SAI_GET, "*", NULL);
        EXPECT(200, SAI_GET, "/health/l%69ve", NULL);
        EXPECT(404, SAI_GET, "/health/l%2569ve", NULL);
        EXPECT(400, SAI_GET, "/api/v1/notes?q=%", NULL, GOOD);
        EXPECT(400, SAI_GET, "/api/v1/notes?q=%00", NULL, GOOD);
        EXPECT(400, SAI_GET, "/api/v1/notes?q=%c3%28", NULL, GOOD);
        EXPECT(422, SAI_GET, "/api/v1/notes?limit=201", NULL, GOOD);
        EXPECT(422, SAI_GET, "/api/v1/notes?limit=x", NULL, GOOD);
        EXPECT(422, SAI_GET, "/health/live?a=b", NULL);
        assert_int_equal(ASK(&call, SAI_GET, "/api/v1/notes?&limit=2&&q=a%26b+c%2b&", NULL, GOOD), 200);
        const struct note_query *query = call.request.params_in;
        assert_string_equal(query->q.value, "a&b c+");
        done(&call);
        struct sai_buf many;
        sai_buf_init(&many, SAI_KIB(8));
        sai_buf_text(&many, "/api/v1/notes?q=1");
        for (int i = 0; i < SAI_MAX_QUERY_PARAMETERS; i++)
                sai_buf_text(&many, "&q=1");
        EXPECT(422, SAI_GET, many.data, NULL, GOOD);
        sai_buf_done(&many);
}

static void strava_s_own_parameters_are_read_leniently(void **state)
{
        (void)state;
        EXPECT(303, SAI_GET, "/api/v1/auth/sign-in?what=ever&limit=3", NULL);
        EXPECT(400, SAI_GET, "/api/v1/auth/sign-in?limit=x", NULL);
}

static void authentication_problems_say_what_is_wrong(void **state)
{
        struct call call;
        (void)state;
        assert_int_equal(ASK(&call, SAI_GET, "/api/v1/notes", NULL), 401);
        assert_string_equal(header_of(&call, "WWW-Authenticate"), "Bearer realm=\"stravaai\"");
        assert_true(says(&call, "/problems/unauthenticated"));
        done(&call);
        assert_int_equal(ASK(&call, SAI_GET, "/api/v1/notes", NULL, "Authorization: Bearer old"), 401);
        assert_string_equal(header_of(&call, "WWW-Authenticate"), "Bearer realm=\"stravaai\", error=\"invalid_token\"");
        assert_true(says(&call, "/problems/token-expired"));
        done(&call);
        EXPECT(200, SAI_GET, "/api/v1/charts/weekly", NULL, "Authorization: Bearer bad"); /* optional */
}

static void get_tag(const char *target, const char *token, const char *coding, char out[64])
{
        struct call call;
        assert_int_equal(ASK(&call, SAI_GET, target, NULL, token, coding), 200);
        (void)snprintf(out, 64, "%s", header_of(&call, "ETag"));
        done(&call);
}

/* The tag follows user, build, data version, day, target and coding, and nothing else. */
static void etags_change_with_what_the_answer_depends_on(void **state)
{
        char first[64], other[64];
        (void)state;
        const char *plain = "Accept-Encoding: identity", *target = "/api/v1/notes?limit=2";
        get_tag(target, GOOD, plain, first);
        get_tag(target, GOOD, plain, other);
        assert_string_equal(first, other);
        get_tag(target, "Authorization: Bearer other", plain, other);
        assert_string_not_equal(first, other);
        get_tag(target, GOOD, "Accept-Encoding: gzip", other);
        assert_string_not_equal(first, other);
        get_tag("/api/v1/notes?limit=3", GOOD, plain, other);
        assert_string_not_equal(first, other);
        atomic_store(&app.data_version, 2);
        get_tag(target, GOOD, plain, other);
        assert_string_not_equal(first, other);
        atomic_store(&app.data_version, 0);
        atomic_store(&app.today, 1);
        get_tag(target, GOOD, plain, other);
        assert_string_not_equal(first, other);
        atomic_store(&app.today, 0);
        config.build_id = "build-2";
        get_tag(target, GOOD, plain, other);
        assert_string_not_equal(first, other);
}

static void unchanged_answers_cost_no_handler(void **state)
{
        char tag[64], line[256];
        struct call call;
        (void)state;
        get_tag("/api/v1/notes", GOOD, "Accept: */*", tag);
        static const char *const forms[] = { "If-None-Match: %s", "If-None-Match: \"x\", W/%s", "If-None-Match: \"a,b\" , %s" };
        for (size_t i = 0; i < SAI_COUNT(forms); i++) {
                int before = atomic_load(&app.handled);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
                (void)snprintf(line, sizeof line, forms[i], tag);
#pragma GCC diagnostic pop
                assert_int_equal(ASK(&call, SAI_GET, "/api/v1/notes", NULL, GOOD, line), 304);
                assert_int_equal(atomic_load(&app.handled), before);
                assert_int_equal(call.reply.body.len, 0);
                assert_string_equal(header_of(&call, "ETag"), tag);
                assert_null(header_of(&call, "Content-Type"));
                done(&call);
        }
        EXPECT(200, SAI_GET, "/api/v1/notes", NULL, GOOD, "If-None-Match: \"other\"");
        EXPECT(200, SAI_GET, "/api/v1/notes", NULL, GOOD, "If-None-Match: nonsense");
        EXPECT(304, SAI_GET, "/api/v1/notes", NULL, GOOD, "If-None-Match: *");
        EXPECT(404, SAI_GET, "/api/v1/notes/ff02030405060708090a0b0c", NULL, GOOD, "If-None-Match: *");
        EXPECT(304, SAI_GET, "/api/v1/row", NULL, GOOD, "If-None-Match: \"row-7\"");
        EXPECT(200, SAI_GET, "/api/v1/row", NULL, GOOD, "If-None-Match: \"row-6\"");
        (void)snprintf(line, sizeof line, "If-None-Match: %s", tag);
        EXPECT(401, SAI_GET, "/api/v1/notes", NULL, line);
        EXPECT(201, SAI_POST, "/api/v1/notes", "{\"text\":\"a\"}", GOOD, JSON, "If-None-Match: *");
}

static void caching_follows_the_route_s_class(void **state)
{
        struct call call;
        (void)state;
        ASK(&call, SAI_GET, "/api/v1/notes", NULL, GOOD);
        assert_string_equal(header_of(&call, "Cache-Control"), "private, no-cache");
        assert_string_equal(header_of(&call, "Vary"), "Authorization, Cookie, Accept-Encoding");
        done(&call);
        ASK(&call, SAI_GET, "/health/live", NULL);
        assert_string_equal(header_of(&call, "Cache-Control"), "no-store");
        assert_null(header_of(&call, "ETag"));
        done(&call);
        ASK(&call, SAI_GET, "/api/v1/auth/sign-in", NULL);
        assert_int_equal(call.reply.status, 303);
        assert_string_equal(header_of(&call, "Cache-Control"), "no-store");
        assert_string_equal(header_of(&call, "Pragma"), "no-cache");
        assert_string_equal(header_of(&call, "Location"), "https://www.strava.com/oauth");
        assert_string_equal(header_of(&call, "Set-Cookie"), "stravaai_state=abc; Path=/; HttpOnly; SameSite=Lax; Max-Age=600");
        assert_null(header_of(&call, "ETag"));
        done(&call);
        ASK(&call, SAI_GET, "/assets/page", NULL);
        assert_string_equal(header_of(&call, "Cache-Control"), "public, no-cache");
        assert_non_null(header_of(&call, "ETag"));
        done(&call);
}

/* H13 */
static void every_answer_carries_the_security_headers(void **state)
{
        static const char *const targets[] = { "/health/live", "/nowhere", "/api/v1/notes", "/fails", "/assets/page", "/%zz" };
        (void)state;
        for (size_t i = 0; i < SAI_COUNT(targets); i++) {
                struct call call;
                ASK(&call, SAI_GET, targets[i], NULL);
                assert_string_equal(header_of(&call, "X-Content-Type-Options"), "nosniff");
                assert_string_equal(header_of(&call, "X-Frame-Options"), "DENY");
                assert_string_equal(header_of(&call, "Referrer-Policy"), "no-referrer");
                assert_string_equal(header_of(&call, "Content-Security-Policy"), "default-src 'none'; frame-ancestors 'none'");
                assert_string_equal(header_of(&call, "Cross-Origin-Resource-Policy"), "same-origin");
                assert_null(header_of(&call, "Strict-Transport-Security"));
                assert_non_null(header_of(&call, "X-Request-Id"));
                done(&call);
        }
}

/* H9 */
static void a_control_byte_in_a_header_is_never_sent(void **state)
{
        struct call call;
        (void)state;
        assert_int_equal(ASK(&call, SAI_GET, "/bad-header", NULL), 500);
        assert_null(header_of(&call, "X-Bad"));
        done(&call);
}

static void internal_failures_tell_nothing(void **state)
{
        struct call call;
        (void)state;
        assert_int_equal(ASK(&call, SAI_GET, "/fails", NULL), 500);
        assert_false(says(&call, "SELECT") || says(&call, "/var"));
        done(&call);
}

/* H12 */
static void cors_knows_its_origins_byte_for_byte(void **state)
{
        struct call call;
        (void)state;
        config.cors_origins = origins;
        assert_int_equal(ASK(&call, SAI_GET, "/api/v1/notes", NULL, GOOD, "Origin: https://app.example"), 200);
        assert_string_equal(header_of(&call, "Access-Control-Allow-Origin"), "https://app.example");
        assert_string_equal(header_of(&call, "Access-Control-Expose-Headers"),
                            "ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id, X-Cache");
        assert_string_equal(header_of(&call, "Vary"), "Authorization, Cookie, Accept-Encoding, Origin");
        done(&call);
        static const char *const others[] = {
                "Origin: null", "Origin: https://app.example.evil", "Origin: http://app.example",
                "Origin: *",    "Origin: https://APP.example",      "Origin: https://app.example/"
        };
        for (size_t i = 0; i < SAI_COUNT(others); i++) {
                for (int preflight = 0; preflight < 2; preflight++) {
                        ASK(&call, preflight ? SAI_OPTIONS : SAI_GET, "/api/v1/notes", NULL, GOOD, others[i],
                            "Access-Control-Request-Method: GET");
                        for (size_t h = 0; h < call.reply.header_count; h++)
                                assert_null(strstr(call.reply.headers[h].name.data, "Access-Control"));
                        done(&call);
                }
        }
        assert_int_equal(ASK(&call, SAI_OPTIONS, "/api/v1/notes", NULL, "Origin: https://app.example",
                             "Access-Control-Request-Method: POST"),
                         204);
        assert_string_equal(header_of(&call, "Access-Control-Allow-Methods"), "GET, HEAD, POST, OPTIONS");
        assert_string_equal(header_of(&call, "Access-Control-Allow-Headers"),
                            "Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, X-Request-Id");
        assert_string_equal(header_of(&call, "Access-Control-Max-Age"), "600");
        done(&call);
        EXPECT(404, SAI_OPTIONS, "/nowhere", NULL, "Origin: https://app.example");
        /* problems too, or a page could not read why it was refused */
        assert_int_equal(ASK(&call, SAI_GET, "/api/v1/notes", NULL, "Origin: https://app.example"), 401);
        assert_string_equal(header_of(&call, "Access-Control-Allow-Origin"), "https://app.example");
        done(&call);
}

static void media_types_are_negotiated(void **state)
{
        (void)state;
        static const struct {
                int status;
                const char *accept;
        } cases[] = {
                { 200, "Accept: application/json" },
                { 200, "Accept: */*" },
                { 200, "Accept: application/*" },
                { 200, "Accept: text/html, application/json;q=0.1" },
                { 406, "Accept: text/html" },
                { 406, "Accept: application/json;q=0" },
                { 406, "Accept: */*, application/json;q=0.0" },
                { 200, "Accept: APPLICATION/JSON" },
                { 200, "Accept: text/html;x=\",\", */*;q=0.001" },
                { 200, "Accept: " },
                { 406, "Accept: application/geo+json" },
        };
        for (size_t i = 0; i < SAI_COUNT(cases); i++)
                EXPECT(cases[i].status, SAI_GET, "/api/v1/notes", NULL, GOOD, cases[i].accept);
        EXPECT(200, SAI_GET, "/api/v1/charts/a", NULL, "Accept: application/geo+json");
        EXPECT(200, SAI_GET, "/api/v1/charts/a", NULL, "Accept: application/json");
        EXPECT(406, SAI_GET, "/api/v1/charts/a", NULL, "Accept: text/html");
}

/* H11 */
static void bodies_must_be_what_the_route_takes(void **state)
{
        (void)state;
        static const struct {
                int status;
                const char *type;
        } cases[] = {
                { 201, JSON },
                { 201, "Content-Type: application/json; charset=utf-8" },
                { 201, "Content-Type: Application/JSON;charset=\"UTF-8\"" },
                { 415, "Content-Type: application/json; charset=latin1" },
                { 415, "Content-Type: text/plain" },
                { 415, "Content-Type: " },
                { 415, "Content-Type: application/jsonx" },
                { 415, "Content-Encoding: gzip" },
        };
        for (size_t i = 0; i < SAI_COUNT(cases); i++)
                EXPECT(cases[i].status, SAI_POST, "/api/v1/notes", "{\"text\":\"a\"}", GOOD, cases[i].type);
}

static void bodies_over_a_kilobyte_are_compressed_when_asked(void **state)
{
        struct call call;
        (void)state;
        static const struct {
                bool coded;
                const char *accept;
        } cases[] = {
                { true, "Accept-Encoding: gzip" },
                { true, "Accept-Encoding: br, gzip;q=0.5" },
                { true, "Accept-Encoding: *" },
                { false, "Accept-Encoding: gzip;q=0" },
                { false, "Accept-Encoding: identity" },
                { false, "Accept-Encoding: br" },
                { false, "Accept-Encoding: identity, gzip;q=0.5" },
                { false, "Accept-Encoding: *;q=0" },
        };
        for (size_t i = 0; i < SAI_COUNT(cases); i++) {
                ASK(&call, SAI_GET, "/api/v1/notes", NULL, GOOD, cases[i].accept);
                assert_true((header_of(&call, "Content-Encoding") != NULL) == cases[i].coded);
                done(&call);
        }
        ASK(&call, SAI_GET, "/api/v1/notes", NULL, GOOD);
        size_t plain_len = call.reply.body.len;
        static char plain[100000], inflated[100000];
        memcpy(plain, call.reply.body.data, plain_len);
        done(&call);
        ASK(&call, SAI_GET, "/api/v1/notes", NULL, GOOD, "Accept-Encoding: gzip");
        z_stream stream = { .next_in = (Bytef *)call.reply.body.data,
                            .avail_in = (uInt)call.reply.body.len,
                            .next_out = (Bytef *)inflated,
                            .avail_out = sizeof inflated };
        assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
        assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
        assert_int_equal(stream.total_out, plain_len);
        assert_memory_equal(inflated, plain, plain_len);
        (void)inflateEnd(&stream);
        done(&call);
        ASK(&call, SAI_GET, "/health/live", NULL, "Accept-Encoding: gzip");
        assert_null(header_of(&call, "Content-Encoding"));
        done(&call);
}

static void lists_link_to_their_next_page(void **state)
{
        struct call call;
        (void)state;
        ASK(&call, SAI_GET, "/api/v1/notes?limit=2&q=a%20%26%3E&cursor=old", NULL, GOOD);
        assert_string_equal(header_of(&call, "Link"), "</api/v1/notes?limit=2&q=a%20%26%3E&cursor=next%2F1>; rel=\"next\"");
        assert_true(says(&call, "\"next_cursor\":\"next/1\""));
        done(&call);
}

static void production_refuses_plain_http(void **state)
{
        struct call call;
        (void)state;
        config.require_https = true;
        assert_int_equal(ASK(&call, SAI_GET, "/api/v1/notes", NULL, GOOD), 403);
        assert_true(says(&call, "/problems/https-required"));
        done(&call);
        EXPECT(200, SAI_GET, "/health/live", NULL);
        EXPECT(404, SAI_GET, "/health", NULL);
}

static int64_t jumping_clock(void *context)
{
        int64_t *now_ms = context;
        return *now_ms += 6000; /* each look is 6 s later: the second is past a deadline of 10 s only after a third */
}

static void a_request_past_its_deadline_is_not_started(void **state)
{
        struct call call;
        int64_t now_ms = 0;
        (void)state;
        config.clock.monotonic_ms = jumping_clock;
        config.clock.context = &now_ms;
        EXPECT(200, SAI_GET, "/health/live", NULL);
        assert_int_equal(atomic_load(&app.handled), 1);
        static const struct sai_route hasty[] = { { "GET", "/hasty", answer_ok, .deadline_ms = 5000 }, { 0 } };
        static const struct sai_route *const tables[] = { hasty, NULL };
        struct sai_router *all = router;
        struct sai_err err;
        assert_int_equal(sai_router_new(tables, &router, &err), SAI_OK);
        assert_int_equal(ASK(&call, SAI_GET, "/hasty", NULL), 503);
        assert_true(says(&call, "/problems/deadline-exceeded"));
        assert_int_equal(atomic_load(&app.handled), 1);
        done(&call);
        sai_router_free(router);
        router = all;
}

/* R1: whichever allocation of a request fails, an answer comes out and nothing is lost */
static void a_request_that_runs_out_of_memory_is_answered(void **state)
{
        (void)state;
        int served = 0;
        for (size_t limit = 1; limit < 6000; limit += 37) {
                struct sai_arena *arena = sai_arena_new(limit);
                assert_non_null(arena);
                struct sai_header headers[] = { { SAI_TEXT("Authorization"), SAI_TEXT("Bearer good") },
                                                { SAI_TEXT("Content-Type"), SAI_TEXT("application/json") } };
                struct sai_request request = { .method = SAI_POST,
                                               .target = SAI_TEXT("/api/v1/no%74es"),
                                               .arena = arena,
                                               .headers = headers,
                                               .header_count = 2,
                                               .body = SAI_TEXT("{\"text\":\"run\",\"weight\":70}") };
                struct sai_reply reply;
                sai_dispatch(&config, router, &request, &reply);
                assert_true(reply.status == 201 || reply.status == 500);
                served += reply.status == 201;
                sai_reply_done(&reply);
                sai_arena_free(arena);
        }
        assert_true(served > 0);
}

static void mistakes_in_route_tables_are_found_at_start(void **state)
{
        struct sai_err err;
        struct sai_router *made = NULL;
        (void)state;
        static const struct sai_route rows[][3] = {
                { { .method = "GET", .path = "/a", .handler = answer_ok },
                  { .method = "GET", .path = "/a", .handler = answer_ok } },
                { { .method = "GET", .path = "/a/:id", .handler = answer_ok },
                  { .method = "POST", .path = "/a/:note_id", .handler = answer_ok } },
                { { .method = "GET", .path = "a", .handler = answer_ok } },
                { { .method = "GET", .path = "/a//b", .handler = answer_ok } },
                { { .method = "GET", .path = "/a/", .handler = answer_ok } },
                { { .method = "GET", .path = "/:", .handler = answer_ok } },
                { { .method = "HEAD", .path = "/a", .handler = answer_ok } },
                { { .method = "get", .path = "/a", .handler = answer_ok } },
                { { .method = "GET", .path = "/a" } },
                { { .method = "GET", .path = "/:a/:b/:c/:d/:e", .handler = answer_ok } },
                { { .method = "GET", .path = "/a", .handler = answer_ok, .in = &note_model } },
                { { .method = "POST", .path = "/a", .handler = answer_ok, .in = &note_model, .body = SAI_BODY_NONE } },
                { { .method = "POST", .path = "/a", .handler = answer_ok, .body = SAI_BODY_UPLOAD, .run = SAI_RUN_INLINE } },
        };
        for (size_t i = 0; i < SAI_COUNT(rows); i++) {
                const struct sai_route *const tables[] = { rows[i], NULL };
                assert_int_equal(sai_router_new(tables, &made, &err), SAI_INTERNAL);
                assert_true(err.detail[0] != '\0');
                assert_null(made);
        }
}

static void parameters_reach_the_handler(void **state)
{
        struct call call;
        (void)state;
        ASK(&call, SAI_GET, "/api/v1/charts/my%20chart", NULL);
        assert_int_equal(call.reply.status, 200);
        assert_true(sai_text_is(call.request.params[0], "my chart"));
        done(&call);
        ASK(&call, SAI_GET, "/api/v1/notes/" ID, NULL, GOOD);
        assert_true(sai_id_equal(call.request.ids[0], athlete));
        assert_true(says(&call, "\"" ID "\""));
        done(&call);
}

static void cookies_and_headers_are_found(void **state)
{
        (void)state;
        static const struct sai_header headers[] = { { { "COOKIE", 6 }, { "a=1; session=abc; b=", 20 } },
                                                     { { "cookie", 6 }, { "session=second;c=x=y", 20 } },
                                                     { { "X-A", 3 }, { "v", 1 } } };
        struct sai_request request = { .headers = headers, .header_count = SAI_COUNT(headers) };
        assert_true(sai_text_is(sai_request_cookie(&request, "session"), "abc"));
        assert_true(sai_text_is(sai_request_cookie(&request, "c"), "x=y"));
        struct sai_text empty = sai_request_cookie(&request, "b");
        assert_true(empty.data && empty.len == 0);
        assert_null(sai_request_cookie(&request, "sess").data);
        assert_true(sai_text_is(sai_request_header(&request, "x-a"), "v"));
        assert_null(sai_request_header(&request, "x").data);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
int main(void)
{
        static const struct CMUnitTest tests[] = {
                CASE(what_is_checked_first_wins),
                CASE(all_errors_of_a_request_come_in_one_answer),
                CASE(a_route_without_a_body_takes_none),
                CASE(unknown_paths_and_methods_are_told_apart),
                CASE(paths_and_parameters_are_decoded_once_and_strictly),
                CASE(strava_s_own_parameters_are_read_leniently),
                CASE(authentication_problems_say_what_is_wrong),
                CASE(etags_change_with_what_the_answer_depends_on),
                CASE(unchanged_answers_cost_no_handler),
                CASE(caching_follows_the_route_s_class),
                CASE(every_answer_carries_the_security_headers),
                CASE(a_control_byte_in_a_header_is_never_sent),
                CASE(internal_failures_tell_nothing),
                CASE(cors_knows_its_origins_byte_for_byte),
                CASE(media_types_are_negotiated),
                CASE(bodies_must_be_what_the_route_takes),
                CASE(bodies_over_a_kilobyte_are_compressed_when_asked),
                CASE(lists_link_to_their_next_page),
                CASE(production_refuses_plain_http),
                CASE(a_request_past_its_deadline_is_not_started),
                CASE(a_request_that_runs_out_of_memory_is_answered),
                CASE(mistakes_in_route_tables_are_found_at_start),
                CASE(parameters_reach_the_handler),
                CASE(cookies_and_headers_are_found),
        };
        return cmocka_run_group_tests_name("dispatch", tests, NULL, NULL);
}
