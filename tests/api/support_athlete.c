/* support_athlete.c -- signing athletes in, and running their jobs. */
#include "support_internal.h"

#include "auth/session.h"
#include "jobs/jobs.h"

void begin_sign_in(struct test_service *s, int number, const char *redirect_uri, char target[2048], char cookie[256])
{
        char path[512], value[1024], url[2048];
        const char *const headers[] = { "Accept", "application/json", NULL };
        snprintf(path, sizeof path, "/api/v1/auth/strava/authorize%s%s", redirect_uri ? "?redirect_uri=" : "",
                 redirect_uri ? redirect_uri : "");
        REPLY begun = call(s, "POST", path, headers, NULL);
        assert_status(begun, 200);
        assert_non_null(header_of(&begun, "Set-Cookie", value));
        snprintf(cookie, 256, "%.*s", (int)strcspn(value, ";"), value);

        /* What a browser would do at Strava. */
        const char *at = strstr(text_at(begun.json, "authorize_url"), "/oauth/");
        assert_non_null(at);
        snprintf(url, sizeof url, "%s&athlete=%d", at, number);
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(4));
        struct sai_request request = { .method = SAI_GET, .target = sai_text_of(url), .arena = arena };
        struct sai_reply consent = { 0 };
        sim_dispatch(s->sim, &request, &consent);
        assert_int_equal(consent.status, 302);
        target[0] = '\0';
        for (size_t i = 0; i < consent.header_count; i++)
                if (sai_text_is(consent.headers[i].name, "Location"))
                        snprintf(target, 2048, "%.*s", (int)consent.headers[i].value.len, consent.headers[i].value.data);
        sai_reply_done(&consent);
        size_t origin = strlen(s->public_url);
        assert_memory_equal(target, s->public_url, origin);
        assert_memory_equal(target + origin, "/api/v1/auth/strava/callback?", 29);
        memmove(target, target + origin, strlen(target + origin) + 1);
}

static void take_tokens(const json_t *json, struct athlete *ret)
{
        const char *id = text_at(json, "user_id");
        assert_true(sai_id_parse(id, strlen(id), &ret->id));
        snprintf(ret->access, sizeof ret->access, "%s", text_at(json, "access_token"));
        snprintf(ret->refresh, sizeof ret->refresh, "%s", text_at(json, "refresh_token"));
}

void sign_in(struct test_service *s, int number, struct athlete *ret)
{
        char target[2048], cookie[256];
        begin_sign_in(s, number, NULL, target, cookie);
        const char *const headers[] = { "Cookie", cookie, NULL };
        REPLY answer = call(s, "GET", target, headers, NULL);
        assert_status(answer, 200);
        take_tokens(answer.json, ret);
}

void add_athlete(struct test_service *s, const char *name, struct athlete *ret)
{
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(4));
        struct user user = { .id = store_new_id(s->service.store),
                             .name = name,
                             .name_given = true,
                             .preferences = { .timezone = "UTC", .language = "en", .notifications = true },
                             .created_at = { s->clock.wall_ms },
                             .updated_at = { s->clock.wall_ms } };
        struct sai_err err = { 0 };
        struct token_pair tokens;
        assert_int_equal(store_user_put(s->service.store, &user, &err), SAI_OK);
        assert_int_equal(session_open(&s->service.auth, user.id, SESSION_TOKEN, (struct session_device) { "test", "127.0.0.1" },
                                      arena, &tokens, &err),
                         SAI_OK);
        ret->id = user.id;
        snprintf(ret->access, sizeof ret->access, "%s", tokens.access_token);
        snprintf(ret->refresh, sizeof ret->refresh, "%s", tokens.refresh_token);
}

/* -- Jobs --------------------------------------------------------------------------------------------------------------------------- */

struct follow {
        struct test_service *s;
        struct job_watch *watch;
};

/* Called before each look for work: what waits for a time gets it. */
static void follow_job(void *context, const struct job *job)
{
        struct follow *follow = context;
        int64_t now = atomic_load(&follow->s->clock.wall_ms);
        if (job->status == JOB_WAITING && follow->watch) {
                follow->watch->waits++;
                follow->watch->limited_until_ms = SAI_HAS(job->rate_limited_until) ? job->rate_limited_until.value.ms : 0;
        }
        if (follow->watch && job->tries > follow->watch->retries)
                follow->watch->retries = (int)job->tries;
        if ((job->status == JOB_WAITING || job->status == JOB_QUEUED) && job->run_after.ms > now)
                clock_advance(follow->s, job->run_after.ms - now + 1);
}

/* The clock may have moved past the life of the access token; the job is asked for as whoever holds the account. */
static void renew_access(struct test_service *s, const struct athlete *athlete, char *access, size_t size)
{
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(4));
        struct sai_err err = { 0 };
        struct token_pair tokens;
        assert_int_equal(session_open(&s->service.auth, athlete->id, SESSION_CLI, (struct session_device) { 0 }, arena, &tokens,
                                      &err),
                         SAI_OK);
        snprintf(access, size, "%s", tokens.access_token);
}

struct reply run_job(struct test_service *s, const struct athlete *athlete, const char *job_id, struct job_watch *watch)
{
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(64));
        struct follow follow = { s, watch };
        struct sai_err err = { 0 };
        struct sai_id id;
        struct job job;
        char path[128], access[1200];
        assert_true(sai_id_parse(job_id, strlen(job_id), &id));
        if (jobs_run_until_done(s->service.jobs, athlete->id, id, follow_job, &follow, arena, &job, &err) != SAI_OK)
                fail_msg("job: %s", err.detail);
        snprintf(path, sizeof path, "/api/v1/jobs/%s", job_id);
        renew_access(s, athlete, access, sizeof access);
        struct reply reply = call_as(s, access, "GET", path, NULL);
        assert_status(reply, 200);
        return reply;
}

static struct reply run_accepted(struct test_service *s, const struct athlete *athlete, const struct reply *accepted,
                                 struct job_watch *watch)
{
        char location[1024], expected[128];
        assert_status(*accepted, 202);
        snprintf(expected, sizeof expected, "/api/v1/jobs/%s", text_at(accepted->json, "id"));
        assert_string_equal(header_of(accepted, "Location", location), expected);
        return run_job(s, athlete, text_at(accepted->json, "id"), watch);
}

struct reply sync_now(struct test_service *s, const struct athlete *athlete, const char *body, struct job_watch *watch)
{
        char access[1200];
        renew_access(s, athlete, access, sizeof access);
        REPLY accepted = call_as(s, access, "POST", "/api/v1/activities/sync", body);
        return run_accepted(s, athlete, &accepted, watch);
}

struct reply import_now(struct test_service *s, const struct athlete *athlete, const char *name, const void *data, size_t len)
{
        char access[1200];
        renew_access(s, athlete, access, sizeof access);
        REPLY accepted = import_bytes(s, access, name, data, len);
        return run_accepted(s, athlete, &accepted, NULL);
}
