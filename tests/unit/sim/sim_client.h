/* sim_client.h -- asks the simulator without a socket, for its tests. */
#ifndef TESTS_UNIT_SIM_CLIENT_H
#define TESTS_UNIT_SIM_CLIENT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "sim/sim.h"

#define NOW_MS 1795000000000 /* 2026-11-18 */

struct world {
        struct sai_fake_clock clock;
        struct sai_seeded seeded;
        struct sim *sim;
};

struct answer {
        int status;
        json_t *json; /* NULL when the body is none */
        char *text; /* of the body, NUL-terminated */
        char location[512];
        char usage[64], read_usage[64], limit[64];
};

static inline void answer_done(struct answer *a)
{
        json_decref(a->json);
        free(a->text);
}

static inline void world_start(struct world *w, struct sim_config config)
{
        struct sai_err err = { 0 };
        *w = (struct world) { .clock = { .wall_ms = NOW_MS, .monotonic_ms = 1000 }, .seeded = { 7 } };
        config.clock = sai_clock_fake(&w->clock);
        config.random = sai_random_seeded(&w->seeded);
        if (sim_start(&config, &w->sim, &err) != SAI_OK)
                fail_msg("sim_start: %s", err.detail);
}

static inline void copy_header(const struct sai_reply *reply, const char *name, char *out, size_t size)
{
        for (size_t i = 0; i < reply->header_count; i++)
                if (sai_text_equal_ignoring_case(reply->headers[i].name, sai_text_of(name)))
                        snprintf(out, size, "%.*s", (int)reply->headers[i].value.len, reply->headers[i].value.data);
}

/* `authorization` and `body` may be NULL. */
static inline struct answer ask(struct world *w, enum sai_method method, const char *target, const char *authorization,
                                const char *body)
{
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MAX_REQUEST_ARENA);
        struct sai_header headers[2] = { { SAI_TEXT("Content-Type"), SAI_TEXT("application/x-www-form-urlencoded") } };
        size_t header_count = 1;
        if (body && body[0] == '{')
                headers[0].value = SAI_TEXT("application/json");
        if (authorization)
                headers[header_count++] = (struct sai_header) { SAI_TEXT("Authorization"), sai_text_of(authorization) };
        struct sai_request request = {
                .method = method,
                .target = sai_text_of(target),
                .headers = headers,
                .header_count = header_count,
                .body = sai_text_of(body),
                .arena = arena,
        };
        struct sai_reply reply = { 0 };
        struct answer answer = { 0 };
        sim_dispatch(w->sim, &request, &reply);
        answer.status = reply.status;
        answer.text = calloc(1, reply.body.len + 1);
        if (reply.body.len)
                memcpy(answer.text, reply.body.data, reply.body.len);
        answer.json = reply.body.len ? json_loadb(reply.body.data, reply.body.len, JSON_REJECT_DUPLICATES, NULL) : NULL;
        copy_header(&reply, "Location", answer.location, sizeof answer.location);
        copy_header(&reply, "X-RateLimit-Usage", answer.usage, sizeof answer.usage);
        copy_header(&reply, "X-ReadRateLimit-Usage", answer.read_usage, sizeof answer.read_usage);
        copy_header(&reply, "X-RateLimit-Limit", answer.limit, sizeof answer.limit);
        sai_reply_done(&reply);
        return answer;
}

static inline struct answer get(struct world *w, const char *target, const char *token)
{
        char authorization[128] = "";
        if (token)
                snprintf(authorization, sizeof authorization, "Bearer %s", token);
        return ask(w, SAI_GET, target, token ? authorization : NULL, NULL);
}

static inline struct answer post(struct world *w, const char *target, const char *body)
{
        return ask(w, SAI_POST, target, NULL, body);
}

/* The value of a parameter in a redirect's address. */
static inline void parameter(const char *url, const char *name, char *out, size_t size)
{
        char key[64];
        snprintf(key, sizeof key, "%s=", name);
        const char *at = strchr(url, '?');
        out[0] = '\0';
        while (at) {
                at++;
                if (strncmp(at, key, strlen(key)) == 0) {
                        at += strlen(key);
                        snprintf(out, size, "%.*s", (int)strcspn(at, "&"), at);
                        return;
                }
                at = strchr(at, '&');
        }
}

static inline void consent_code(struct world *w, int athlete, const char *scope, char code[64])
{
        char target[512];
        snprintf(target, sizeof target,
                 "/oauth/"
                 "authorize?client_id=1&redirect_uri=http%%3A%%2F%%2Flocalhost%%2Fback&response_type=code&scope=%s&state=s1&"
                 "athlete=%d",
                 scope, athlete);
        struct answer a = get(w, target, NULL);
        assert_int_equal(a.status, 302);
        parameter(a.location, "code", code, 64);
        assert_int_equal(strlen(code), 40);
        answer_done(&a);
}

static inline struct answer exchange(struct world *w, const char *code)
{
        char body[256];
        snprintf(body, sizeof body, "client_id=1&client_secret=s&grant_type=authorization_code&code=%s", code);
        return post(w, "/oauth/token", body);
}

static inline struct answer refresh(struct world *w, const char *token)
{
        char body[256];
        snprintf(body, sizeof body, "client_id=1&client_secret=s&grant_type=refresh_token&refresh_token=%s", token);
        return post(w, "/oauth/token", body);
}

static inline const char *text_at(const struct answer *a, const char *name)
{
        const char *text = json_string_value(json_object_get(a->json, name));
        return text ? text : "";
}

/* An access token of the athlete with that scope. */
static inline void sign_in(struct world *w, int athlete, const char *scope, char access[64])
{
        char code[64];
        consent_code(w, athlete, scope, code);
        struct answer a = exchange(w, code);
        assert_int_equal(a.status, 200);
        snprintf(access, 64, "%s", text_at(&a, "access_token"));
        answer_done(&a);
}

/* cmocka's comparison is of floats. */
#define assert_near(a, b, tolerance) assert_true(fabs((a) - (b)) <= (tolerance))

/* Whether the body is Strava's fault of that resource, field and code. */
static inline void assert_fault(const struct answer *a, int status, const char *resource, const char *field, const char *code)
{
        const json_t *error = json_array_get(json_object_get(a->json, "errors"), 0);
        assert_int_equal(a->status, status);
        assert_non_null(json_object_get(a->json, "message"));
        assert_string_equal(json_string_value(json_object_get(error, "resource")), resource);
        assert_string_equal(json_string_value(json_object_get(error, "field")), field);
        assert_string_equal(json_string_value(json_object_get(error, "code")), code);
}

static inline int64_t id_at(const json_t *list, size_t index)
{
        return json_integer_value(json_object_get(json_array_get(list, index), "id"));
}

#endif
