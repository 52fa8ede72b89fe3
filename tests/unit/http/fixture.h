/* fixture.h -- a small service to attack: one route of each kind, an authenticator that knows one athlete, and the two ways in
 * (sai_dispatch, and a real server on a free loopback port spoken to with raw bytes). */
#ifndef TEST_HTTP_FIXTURE_H
#define TEST_HTTP_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "http/http.h"

#define MAYBE __attribute__((unused))

/* -- Models --------------------------------------------------------------------------------------------------------- */
struct note {
        struct sai_id id;
        const char *text;
        struct sai_opt_f64 weight;
};
static const struct sai_field note_fields[] = {
        SAI_FIELD(struct note, id, .flags = SAI_F_KEY | SAI_F_READONLY, .doc = "Id of the note"),
        SAI_FIELD(struct note, text, .flags = SAI_F_REQUIRED, .min = 1, .max = 100, .doc = "What it says"),
        SAI_FIELD(struct note, weight, .unit = "kg", .min = 20, .max = 400, .doc = "Weight that day"),
};
static const struct sai_model note_model = SAI_MODEL_OF(struct note, note_fields, "Note", .doc = "A note of the athlete");

struct note_query {
        struct sai_opt_i64 limit;
        struct sai_opt_str cursor;
        struct sai_opt_str q;
};
static const struct sai_field note_query_fields[] = {
        SAI_FIELD(struct note_query, limit, .min = 1, .max = 200, .default_text = "30", .doc = "Items of a page"),
        SAI_FIELD(struct note_query, cursor, .max = 512, .doc = "Where the page begins"),
        SAI_FIELD(struct note_query, q, .max = 200, .doc = "Words to look for"),
};
static const struct sai_model note_query_model = SAI_MODEL_OF(struct note_query, note_query_fields, "NoteQuery");

/* -- State ---------------------------------------------------------------------------------------------------------- */
struct app {
        _Atomic int64_t data_version;
        atomic_int handled, released, threads_done, observed, last_status;
        _Atomic bool gate_closed; /* the `wait` handler holds until it opens */
        atomic_int waiting;
        _Atomic int64_t fake_ms; /* the clock; real time when 0 */
        atomic_ullong upload_size, upload_sum;
        char upload_name[256];
        _Atomic int32_t today;
};
static struct app app;

static const struct sai_id athlete = { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 } };
#define GOOD_TOKEN "Authorization: Bearer good\r\n"

static sai_status authenticate(void *context, struct sai_request *request, struct sai_err *err)
{
        (void)context;
        struct sai_text header = sai_request_header(request, "Authorization");
        if (!header.data)
                return SAI_OK;
        if (sai_text_is(header, "Bearer old"))
                return sai_fail(err, SAI_TOKEN_EXPIRED, "the token has expired");
        if (!sai_text_is(header, "Bearer good") && !sai_text_is(header, "Bearer other"))
                return sai_fail(err, SAI_TOKEN_INVALID, "the token is not valid");
        request->principal.signed_in = true;
        request->principal.user_id = athlete;
        request->principal.scopes = UINT32_MAX;
        if (sai_text_is(header, "Bearer other"))
                request->principal.user_id.bytes[0] = 99;
        request->principal.data_version = atomic_load(&app.data_version);
        return SAI_OK;
}

static int32_t today(void *context, const struct sai_request *request)
{
        (void)context;
        (void)request;
        return atomic_load(&app.today);
}

/* -- Handlers ------------------------------------------------------------------------------------------------------- */
static sai_status answer_ok(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        (void)request;
        (void)err;
        atomic_fetch_add(&app.handled, 1);
        sai_buf_text(&reply->body, "{\"status\":\"ok\"}");
        return SAI_OK;
}
static sai_status get_note(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        atomic_fetch_add(&app.handled, 1);
        struct note note = { .id = request->ids[0], .text = "easy run" };
        if (note.id.bytes[0] == 0xff)
                return sai_fail(err, SAI_NOT_FOUND, "no such note");
        return sai_reply_model(reply, &note_model, &note, err);
}
static sai_status list_notes(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        atomic_fetch_add(&app.handled, 1);
        static struct note notes[40];
        for (size_t i = 0; i < SAI_COUNT(notes); i++)
                notes[i].text = "a long run with enough words that the whole page is worth compressing";
        const struct note_query *query = request->params_in;
        return sai_reply_list(request, reply, &note_model, notes, SAI_HAS(query->limit) ? (size_t)query->limit.value % 41 : 30,
                              "next/1", err);
}
static sai_status add_note(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        atomic_fetch_add(&app.handled, 1);
        return sai_reply_model(reply, &note_model, request->in, err);
}
static sai_status echo(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        (void)err;
        reply->content_type = "application/octet-stream";
        sai_buf_append(&reply->body, request->body.data ? request->body.data : "", request->body.len);
        return SAI_OK;
}
static void released(void *arg)
{
        (void)arg;
        atomic_fetch_add(&app.released, 1);
}
static char shared_text[5000];
static sai_status shared(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        (void)request;
        (void)err;
        reply->content_type = "text/plain; charset=utf-8";
        reply->shared_body = (struct sai_text) { shared_text, sizeof shared_text };
        reply->release = released;
        return SAI_OK;
}
static sai_status row(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        atomic_fetch_add(&app.handled, 1);
        (void)snprintf(reply->etag, sizeof reply->etag, "row-7");
        return answer_ok(request, reply, err);
}
static sai_status wait_gate(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        atomic_fetch_add(&app.waiting, 1);
        while (atomic_load(&app.gate_closed))
                (void)usleep(1000);
        atomic_fetch_sub(&app.waiting, 1);
        return answer_ok(request, reply, err);
}
static sai_status import(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        FILE *file = fopen(request->upload->path, "rb");
        if (!file)
                return sai_fail(err, SAI_INTERNAL, "no staged file");
        unsigned long long sum = 0, size = 0;
        for (int c; (c = fgetc(file)) != EOF; size++)
                sum = sum * 31 + (unsigned)c;
        (void)fclose(file);
        atomic_store(&app.upload_size, size);
        atomic_store(&app.upload_sum, sum);
        (void)snprintf(app.upload_name, sizeof app.upload_name, "%.*s", (int)request->upload->file_name.len,
                       request->upload->file_name.data);
        assert_int_equal(size, request->upload->size);
        return answer_ok(request, reply, err);
}
static sai_status bad_header(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        sai_reply_header(reply, "X-Bad", "a\r\nSet-Cookie: b=c");
        return answer_ok(request, reply, err);
}
static sai_status fails(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        (void)request;
        (void)reply;
        return sai_fail(err, SAI_INTERNAL, "SELECT secret FROM /var/db");
}
static sai_status sign_in(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        sai_status rc = sai_reply_cookie(reply, request->arena, "stravaai_state", "abc", 600, false, err);
        return rc == SAI_OK ? sai_reply_redirect(reply, request->arena, "https://www.strava.com/oauth", err) : rc;
}

static const sai_status not_found[] = { SAI_NOT_FOUND, SAI_OK };
static const struct sai_route demo_routes[] = {
        { "GET", "/health/live", answer_ok, .run = SAI_RUN_INLINE, .body = SAI_BODY_NONE, .cache = SAI_CACHE_NONE,
          .rate = SAI_RATE_NONE, .out_type = "application/json", .tag = "operations", .operation = "getLive",
          .summary = "Alive" },
        { "GET", "/api/v1/notes", list_notes, .auth = SAI_AUTH_USER, .run = SAI_RUN_INLINE, .body = SAI_BODY_NONE,
          .query = &note_query_model, .out = &note_model, .out_list = true, .tag = "notes", .operation = "listNotes",
          .summary = "Notes, newest first" },
        { "POST", "/api/v1/notes", add_note, .auth = SAI_AUTH_USER, .in = &note_model, .out = &note_model, .status = 201,
          .also = { 202 }, .rate = SAI_RATE_WRITE, .tag = "notes", .operation = "addNote", .summary = "Write a note" },
        { "GET", "/api/v1/notes/:id", get_note, .auth = SAI_AUTH_USER, .run = SAI_RUN_INLINE, .body = SAI_BODY_NONE,
          .out = &note_model, .problems = not_found, .tag = "notes", .operation = "getNote", .summary = "One note" },
        { "DELETE", "/api/v1/notes/:id", answer_ok, .auth = SAI_AUTH_USER, .body = SAI_BODY_NONE, .rate = SAI_RATE_WRITE,
          .out_type = "application/json", .tag = "notes", .operation = "deleteNote", .summary = "Remove a note" },
        { "POST", "/api/v1/notes/import", import, .auth = SAI_AUTH_USER, .body = SAI_BODY_UPLOAD, .body_max = SAI_MIB(8),
          .rate = SAI_RATE_HEAVY, .out_type = "application/json", .tag = "notes", .operation = "importNotes",
          .summary = "Import a file" },
        { "GET", "/api/v1/row", row, .auth = SAI_AUTH_USER, .run = SAI_RUN_INLINE, .cache = SAI_CACHE_ROW, .body = SAI_BODY_NONE,
          .out_type = "application/json", .tag = "notes", .operation = "getRow", .summary = "A row with a revision" },
        { "GET", "/api/v1/charts/:name", answer_ok, .auth = SAI_AUTH_OPTIONAL, .run = SAI_RUN_INLINE, .body = SAI_BODY_NONE,
          .out_type = "application/geo+json", .tag = "notes", .operation = "getChart", .summary = "A chart" },
        { "POST", "/api/v1/echo", echo, .run = SAI_RUN_INLINE, .body = SAI_BODY_RAW, .cache = SAI_CACHE_NONE,
          .rate = SAI_RATE_NONE, .body_max = 100000, .out_type = "application/octet-stream", .tag = "operations",
          .operation = "echo", .summary = "The body back" },
        { "POST", "/api/v1/plain", answer_ok, .run = SAI_RUN_INLINE, .cache = SAI_CACHE_NONE, .in = &note_query_model,
          .out_type = "application/json", .tag = "operations", .operation = "plain", .summary = "A JSON body, inline" },
        { "GET", "/assets/page", shared, .run = SAI_RUN_INLINE, .body = SAI_BODY_NONE, .cache = SAI_CACHE_PUBLIC,
          .rate = SAI_RATE_NONE, .out_type = "text/plain; charset=utf-8", .tag = "operations", .operation = "getAsset",
          .summary = "An asset" },
        { "GET", "/wait", wait_gate, .body = SAI_BODY_NONE, .cache = SAI_CACHE_NONE, .rate = SAI_RATE_NONE, .deadline_ms = 600000,
          .out_type = "application/json", .tag = "operations", .operation = "wait", .summary = "Waits" },
        { "GET", "/bad-header", bad_header, .run = SAI_RUN_INLINE, .body = SAI_BODY_NONE, .cache = SAI_CACHE_NONE,
          .out_type = "application/json", .tag = "operations", .operation = "badHeader",
          .summary = "A header that must not go out" },
        { "GET", "/fails", fails, .run = SAI_RUN_INLINE, .body = SAI_BODY_NONE, .cache = SAI_CACHE_NONE,
          .out_type = "application/json", .tag = "operations", .operation = "fails", .summary = "An internal failure" },
        { "GET", "/api/v1/auth/sign-in", sign_in, .run = SAI_RUN_INLINE, .body = SAI_BODY_NONE, .cache = SAI_CACHE_NO_STORE,
          .rate = SAI_RATE_AUTH, .redirect = true, .out_type = "application/json", .query = &note_query_model,
          .lenient_query = true, .tag = "operations", .operation = "signIn", .summary = "To the consent page" },
        { 0 },
};
static const struct sai_route *const demo_tables[] = { demo_routes, NULL };

/* -- Configuration -------------------------------------------------------------------------------------------------- */
static int64_t test_wall(void *context)
{
        (void)context;
        return 1764000000000;
}
static int64_t test_monotonic(void *context)
{
        struct sai_clock real = sai_clock_system();
        (void)context;
        int64_t fake = atomic_load(&app.fake_ms);
        return fake ? fake : sai_monotonic_ms(&real);
}
static void observe(void *context, const struct sai_route *route, int status, int64_t duration_us, size_t bytes)
{
        (void)context;
        (void)route;
        (void)bytes;
        assert_true(duration_us >= 0);
        atomic_store(&app.last_status, status);
        atomic_fetch_add(&app.observed, 1);
}
static void thread_done(void *context)
{
        (void)context;
        atomic_fetch_add(&app.threads_done, 1);
}
static const char *const origins[] = { "https://app.example", NULL };

static MAYBE struct sai_server_config demo_config(const char *staging)
{
        return (struct sai_server_config) {
                .listen = "127.0.0.1:0",
                .event_threads = 2,
                .worker_threads = 2,
                .build_id = "build-1",
                .public_url = "http://127.0.0.1",
                .staging_dir = staging,
                .page_csp = "default-src 'self'",
                .authenticator = { .authenticate = authenticate, .today = today },
                .app = &app,
                .clock = { .wall_ms = test_wall, .monotonic_ms = test_monotonic },
                .random = sai_random_system(),
                .observe = observe,
                .thread_done = thread_done,
        };
}

#endif
