/* Jobs that go wrong for good: the one that takes its process down each time, and what becomes of what it was for. */
#include "support_service.h"

static struct test_service *s;
static struct athlete athlete;

static int start(void **state)
{
        (void)state;
        s = service_start(&(struct test_options) { 0 });
        if (!s)
                return -1;
        sign_in(s, 1, &athlete);
        REPLY synced = sync_now(s, &athlete, NULL, NULL);
        return synced.status == 200 ? 0 : -1;
}
static int stop(void **state)
{
        (void)state;
        service_stop(s);
        return 0;
}

/* A job that somebody may claim now. */
static void add_insight(char job_id[SAI_ID_HEX + 1], char location[1024], const char *date)
{
        char body[128];
        snprintf(body, sizeof body, "{\"kind\":\"weekly\",\"wait\":0,\"date\":\"%s\"}", date);
        REPLY queued = call_as(s, athlete.access, "POST", "/api/v1/insights", body);
        assert_status(queued, 202);
        assert_non_null(header_of(&queued, "Location", location));
        REPLY jobs = call_as(s, athlete.access, "GET", "/api/v1/jobs?kind=insight&status=queued", NULL);
        snprintf(job_id, SAI_ID_HEX + 1, "%s", text_at(jobs.json, "items.0.id"));
}

/* A process claims it, perhaps saves, and is gone: its lease runs out. */
static void claim_and_die(bool saves)
{
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(1));
        struct job job;
        struct sai_err err;
        assert_int_equal(store_job_claim(s->service.store, 1u << JOB_INSIGHT, "gone", 1, arena, &job, &err), SAI_OK);
        if (saves) {
                job.settled = SAI_SOME(sai_opt_i64, job.fencing);
                assert_int_equal(store_job_save(s->service.store, &job, 1, &err), SAI_OK);
        }
        clock_advance(s, 2);
}

static void a_job_that_takes_its_process_down_each_time_is_parked_with_the_reason(void **state)
{
        (void)state;
        char id[SAI_ID_HEX + 1], insight[1024];
        add_insight(id, insight, "2026-11-18");
        for (int i = 0; i < SAI_MAX_JOB_DEATHS; i++)
                claim_and_die(false);
        REPLY job = run_job(s, &athlete, id, NULL);
        assert_string_equal(text_at(job.json, "status"), "failed");
        assert_non_null(strstr(text_at(job.json, "error.detail"), "8 processes in a row died"));
        /* Nobody waits for what will not come. */
        REPLY failed = call_as(s, athlete.access, "GET", insight, NULL);
        assert_string_equal(text_at(failed.json, "status"), "failed");
        REPLY ready = call(s, "GET", "/health/ready", NULL, NULL);
        assert_status(ready, 200);
        assert_non_null(strstr(ready.body, "1 parked"));
}

static void a_job_that_gets_on_may_be_killed_as_often_as_it_happens(void **state)
{
        (void)state;
        char id[SAI_ID_HEX + 1], insight[1024];
        add_insight(id, insight, "2026-11-11");
        for (int i = 0; i < 3 * SAI_MAX_JOB_DEATHS; i++)
                claim_and_die(i % (SAI_MAX_JOB_DEATHS - 1) == 0);
        REPLY job = run_job(s, &athlete, id, NULL);
        assert_string_equal(text_at(job.json, "status"), "done");
        REPLY done = call_as(s, athlete.access, "GET", insight, NULL);
        assert_string_equal(text_at(done.json, "status"), "done");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_job_that_takes_its_process_down_each_time_is_parked_with_the_reason),
                cmocka_unit_test(a_job_that_gets_on_may_be_killed_as_often_as_it_happens),
        };
        int failed = SERVICE_RUN("jobs", tests, start, stop);
        report_coverage("test_jobs");
        return failed;
}
