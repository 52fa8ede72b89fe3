/* support_service.h -- the whole service in a test: fresh data directory, a clock moved by hand, Strava simulated in this process.
 *
 * Requests go through sai_dispatch, which is everything but the socket. Every answer is compared with the OpenAPI document that the service
 * generates: status promised for that route, content type, JSON of that schema. Which operations were called is kept, and report_coverage
 * prints those that no test called. Jobs have no threads of their own here: run_job runs them, moving the clock over waits, so that a test is
 * the same every time. */
#ifndef TESTS_API_SUPPORT_SERVICE_H
#define TESTS_API_SUPPORT_SERVICE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "cli/service.h"
#include "files/writer.h"
#include "sim/sim.h"
#include "store/store.h"
#include "support/mongo_server.h"

/* Runs a program's tests, on MongoDB where that is asked for (support/mongo_server.h). */
#define SERVICE_RUN(name, tests, setup, teardown) mongo_server_run(name, tests, SAI_COUNT(tests), setup, teardown)

#define TEST_NOW_MS        1795000000000 /* 2026-11-18T10:26:40Z, a Wednesday */
#define TEST_REDIRECT      "http://localhost:3000/back"
#define TEST_ORIGIN        "http://localhost:3000"
#define TEST_PUBLIC_URL    "http://127.0.0.1:8000"
#define TEST_CLIENT_SECRET "canary-client-secret-7f3a"

struct test_clock {
        _Atomic int64_t wall_ms, monotonic_ms;
};

struct test_service {
        struct service service;
        struct sai_server_config config; /* what sai_dispatch is given */
        struct sim *sim;
        struct test_clock clock;
        char directory[64]; /* data, log and recordings */
        const char *public_url;
        int log_fd;
        json_t *openapi;
};

struct test_options {
        const char *extra[8]; /* more settings, "STRAVAAI_X=…"; ends with NULL */
        bool no_strava; /* no simulator at all */
        int recordings; /* workouts that the first athlete has at Strava; 0: 3 */
        const char *public_url; /* NULL: TEST_PUBLIC_URL */
        unsigned job_threads; /* 0: run_job runs them */
        struct sim_limits limits; /* all zero: none */
};

struct test_service *service_start(const struct test_options *options);
void service_stop(struct test_service *s);
void clock_advance(struct test_service *s, int64_t ms);

/* -- Requests ----------------------------------------------------------------------------------------------------------- */
struct reply {
        int status;
        char *body; /* NUL-terminated */
        size_t len;
        json_t *json; /* NULL when the body is no JSON */
        char *header_text; /* all headers, "Name: value\n" */
};
void reply_done(struct reply *reply);
#define REPLY __attribute__((cleanup(reply_done))) struct reply
/* The value of a header in a buffer that the next call with the same reply overwrites; NULL when it is absent. */
const char *header_of(const struct reply *reply, const char *name, char out[1024]);

/* `headers` are pairs of name and value that end with NULL; may be NULL. The body is JSON unless the headers say otherwise. */
struct reply call(struct test_service *s, const char *method, const char *target, const char *const *headers, const char *body);
/* The same with `Authorization: Bearer <token>`. */
struct reply call_as(struct test_service *s, const char *token, const char *method, const char *target, const char *body);
/* An upload as the server stages it. */
struct reply import_bytes(struct test_service *s, const char *token, const char *name, const void *data, size_t len);

/* -- Athletes ------------------------------------------------------------------------------------------------------------- */
struct athlete {
        struct sai_id id;
        char access[1200], refresh[200];
};
/* The whole flow at Strava, athlete counted from 1. */
void sign_in(struct test_service *s, int number, struct athlete *ret);
/* A user without Strava, signed in. */
void add_athlete(struct test_service *s, const char *name, struct athlete *ret);
/* Begins a sign-in and lets Strava consent: gives the callback's target and the state cookie ("name=value"). */
void begin_sign_in(struct test_service *s, int number, const char *redirect_uri, char target[2048], char cookie[256]);

/* -- Jobs ------------------------------------------------------------------------------------------------------------------ */
struct job_watch {
        int waits, retries;
        int64_t limited_until_ms;
};
/* Runs jobs until this one has ended, moving the clock to whatever they wait for; gives the job as the API shows it. `watch` may be NULL. */
struct reply run_job(struct test_service *s, const struct athlete *athlete, const char *job_id, struct job_watch *watch);
/* POST /activities/sync with this body (may be NULL) and the job run to its end. */
struct reply sync_now(struct test_service *s, const struct athlete *athlete, const char *body, struct job_watch *watch);
struct reply import_now(struct test_service *s, const struct athlete *athlete, const char *name, const void *data, size_t len);

/* -- Recordings ---------------------------------------------------------------------------------------------------------------- */
enum file_format { FILE_FIT, FILE_GPX, FILE_TCX };
struct workout_file {
        enum sport sport;
        int64_t start_s;
        size_t points;
        double speed;
        bool heartrate, power, gps;
};
/* A file with one session for each entry; free() the data. */
void *make_file(enum file_format format, const struct workout_file *workouts, size_t count, size_t *ret_len);

/* -- Answers --------------------------------------------------------------------------------------------------------------------- */
const char *text_at(const json_t *json, const char *path); /* "a.b.0.c"; fails the test when it is no string */
double number_at(const json_t *json, const char *path);
const json_t *value_at(const json_t *json, const char *path); /* NULL when there is none */
#define assert_status(reply_, status_)                                                                                           \
        do {                                                                                                                     \
                if ((reply_).status != (status_))                                                                                \
                        fail_msg("status %d, expected %d: %.600s", (reply_).status, (status_), (reply_).body);                   \
        } while (0)
void assert_problem(const struct reply *reply, int status, const char *slug);
/* 422 whose errors hold this pointer. */
void assert_pointer(const struct reply *reply, const char *pointer);
/* How many requests the simulator has seen whose path contains this. */
size_t requests_to(struct test_service *s, const char *part);
/* All that was logged so far; free() it. */
char *log_text(struct test_service *s);

/* Last in each program's main: prints the operations that no test of this program, nor of those that ran before it, has called. */
void report_coverage(const char *program);

#endif
