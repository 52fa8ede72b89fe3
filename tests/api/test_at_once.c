/* test_at_once.c -- several things at the same moment: uploads of one file, changes of one profile, work and reading (checklist F5, J1; for TSan). */
#include <pthread.h>
#include <unistd.h>

#include "jobs/jobs.h"
#include "support_service.h"

enum { THREADS = 4 };

static struct test_service *s;
static struct athlete athlete;

static int start(void **state)
{
        (void)state;
        s = service_start(&(struct test_options) { .job_threads = 3, .recordings = 4 });
        sign_in(s, 1, &athlete);
        return 0;
}
static int stop(void **state)
{
        (void)state;
        service_stop(s);
        return 0;
}

/* Answers are looked at afterwards: cmocka's assertions belong to the test's own thread. */
struct worker {
        int number, status;
        char job_id[32];
        const void *data;
        size_t len;
        pthread_barrier_t *barrier;
};

static struct sai_text dispatch_raw(struct sai_request *request, struct sai_reply *reply, char authorization[1400])
{
        snprintf(authorization, 1400, "Bearer %s", athlete.access);
        request->arena = sai_arena_new(SAI_MAX_REQUEST_ARENA);
        sai_dispatch(&s->config, s->service.router, request, reply);
        return (struct sai_text) { reply->body.data, reply->body.len };
}

static void *change(void *argument)
{
        struct worker *worker = argument;
        char authorization[1400], body[64];
        snprintf(body, sizeof body, worker->number % 2 ? "{\"ftp\":%d}" : "{\"weight\":%d}", 60 + worker->number);
        snprintf(authorization, sizeof authorization, "Bearer %s", athlete.access);
        struct sai_header headers[] = { { SAI_TEXT("Authorization"), sai_text_of(authorization) },
                                        { SAI_TEXT("Content-Type"), SAI_TEXT("application/json") } };
        struct sai_request request = { .method = SAI_PUT,
                                       .target = SAI_TEXT("/api/v1/users/profile"),
                                       .headers = headers,
                                       .header_count = 2,
                                       .body = sai_text_of(body) };
        struct sai_reply reply = { 0 };
        pthread_barrier_wait(worker->barrier);
        (void)dispatch_raw(&request, &reply, authorization);
        worker->status = reply.status;
        sai_reply_done(&reply);
        sai_arena_free(request.arena);
        store_thread_done(s->service.store);
        return NULL;
}

static void *upload(void *argument)
{
        struct worker *worker = argument;
        char authorization[1400], path[256];
        snprintf(authorization, sizeof authorization, "Bearer %s", athlete.access);
        snprintf(path, sizeof path, "%s/upload-%d", s->service.staging.path, worker->number);
        FILE *file = fopen(path, "wb");
        if (!file || fwrite(worker->data, 1, worker->len, file) != worker->len || fclose(file) != 0)
                return NULL;
        struct sai_upload up = { .file_name = SAI_TEXT("one.fit"), .path = path, .size = worker->len };
        struct sai_header headers[] = { { SAI_TEXT("Authorization"), sai_text_of(authorization) } };
        struct sai_request request = { .method = SAI_POST,
                                       .target = SAI_TEXT("/api/v1/activities/import"),
                                       .headers = headers,
                                       .header_count = 1,
                                       .upload = &up };
        struct sai_reply reply = { 0 };
        pthread_barrier_wait(worker->barrier);
        struct sai_text body = dispatch_raw(&request, &reply, authorization);
        worker->status = reply.status;
        json_t *json = json_loadb(body.data, body.len, 0, NULL);
        const char *id = json_string_value(json_object_get(json, "id"));
        snprintf(worker->job_id, sizeof worker->job_id, "%s", id ? id : "");
        json_decref(json);
        sai_reply_done(&reply);
        sai_arena_free(request.arena);
        unlink(path);
        store_thread_done(s->service.store);
        return NULL;
}

static void run_workers(void *(*function)(void *), struct worker workers[THREADS], const void *data, size_t len)
{
        pthread_barrier_t barrier;
        pthread_t threads[THREADS];
        pthread_barrier_init(&barrier, NULL, THREADS);
        for (int i = 0; i < THREADS; i++) {
                workers[i] = (struct worker) { .number = i, .data = data, .len = len, .barrier = &barrier };
                assert_int_equal(pthread_create(&threads[i], NULL, function, &workers[i]), 0);
        }
        for (int i = 0; i < THREADS; i++)
                pthread_join(threads[i], NULL);
        pthread_barrier_destroy(&barrier);
}

static void changes_of_one_profile_at_once_all_hold(void **state)
{
        (void)state;
        REPLY before = call_as(s, athlete.access, "PUT", "/api/v1/users/profile", "{\"ftp\":50,\"weight\":50}");
        assert_status(before, 200);
        for (int round = 0; round < 5; round++) {
                struct worker workers[THREADS];
                run_workers(change, workers, NULL, 0);
                for (int i = 0; i < THREADS; i++)
                        assert_int_equal(workers[i].status, 200);
        }
        REPLY profile = call_as(s, athlete.access, "GET", "/api/v1/users/profile", NULL);
        double ftp = number_at(profile.json, "ftp"), weight = number_at(profile.json, "weight");
        assert_true(ftp == 61 || ftp == 63);
        assert_true(weight == 60 || weight == 62);
}

static void one_file_uploaded_at_once_is_one_activity(void **state)
{
        (void)state;
        struct workout_file workout = { .sport = SPORT_RIDE,
                                        .start_s = TEST_NOW_MS / 1000 - 30 * 86400,
                                        .points = 600,
                                        .speed = 8,
                                        .heartrate = true,
                                        .gps = true };
        struct worker workers[THREADS];
        size_t len;
        int created = 0, duplicates = 0;
        void *data = make_file(FILE_FIT, &workout, 1, &len);
        run_workers(upload, workers, data, len);
        char activity[32] = "";
        for (int i = 0; i < THREADS; i++) {
                assert_int_equal(workers[i].status, 202);
                REPLY job = run_job(s, &athlete, workers[i].job_id, NULL);
                assert_string_equal(text_at(job.json, "status"), "done");
                created += (int)number_at(job.json, "result.created");
                duplicates += (int)number_at(job.json, "result.duplicates");
                snprintf(activity, sizeof activity, "%s", text_at(job.json, "result.activity_ids.0"));
        }
        assert_int_equal(created, 1);
        assert_int_equal(duplicates, THREADS - 1);
        char target[128];
        snprintf(target, sizeof target, "/api/v1/activities/%s/original", activity);
        REPLY original = call_as(s, athlete.access, "GET", target, NULL);
        assert_status(original, 200);
        assert_int_equal(original.len, len);
        assert_memory_equal(original.body, data, len);
        free(data);
}

static void sync_import_and_changes_at_once_all_end_well(void **state)
{
        (void)state;
        struct workout_file same = { .sport = SPORT_RUN,
                                     .start_s = TEST_NOW_MS / 1000 - 86400,
                                     .points = 600,
                                     .speed = 3,
                                     .heartrate = true,
                                     .gps = true };
        struct worker workers[THREADS];
        size_t len;
        void *data = make_file(FILE_TCX, &same, 1, &len);
        REPLY sync = call_as(s, athlete.access, "POST", "/api/v1/activities/sync", "{\"full\":true}");
        assert_status(sync, 202);
        run_workers(upload, workers, data, len);
        free(data);
        for (int i = 0; i < 10; i++) {
                char body[64];
                snprintf(body, sizeof body, "{\"max_heartrate\":%d}", 170 + i);
                REPLY put = call_as(s, athlete.access, "PUT", "/api/v1/users/profile", body);
                assert_status(put, 200);
                REPLY list = call_as(s, athlete.access, "GET", "/api/v1/activities", NULL);
                assert_status(list, 200);
                REPLY summary = call_as(s, athlete.access, "GET", "/api/v1/analytics/fitness", NULL);
                assert_status(summary, 200);
        }
        REPLY done = run_job(s, &athlete, text_at(sync.json, "id"), NULL);
        assert_string_equal(text_at(done.json, "status"), "done");
        for (int i = 0; i < THREADS; i++) {
                REPLY job = run_job(s, &athlete, workers[i].job_id, NULL);
                assert_string_equal(text_at(job.json, "status"), "done");
        }
        /* Strava's four, the file joined to one of them. */
        REPLY list = call_as(s, athlete.access, "GET", "/api/v1/activities?after=2026-11-10", NULL);
        assert_int_equal(json_array_size(value_at(list.json, "items")), 4);
}

static void stopping_in_the_middle_loses_nothing(void **state)
{
        (void)state;
        struct athlete own;
        struct workout_file workout = {
                .sport = SPORT_RUN, .start_s = TEST_NOW_MS / 1000 - 5 * 86400, .points = 3000, .speed = 3, .gps = true
        };
        struct test_service *shared = s;
        s = service_start(&(struct test_options) { .job_threads = 2, .no_strava = true });
        size_t len;
        add_athlete(s, "Stopped", &own);
        void *data = make_file(FILE_GPX, &workout, 1, &len);
        REPLY job = import_bytes(s, own.access, "a.gpx", data, len);
        assert_status(job, 202);
        free(data);
        service_stop(s); /* joins everything, whatever the job was doing */
        s = shared;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(changes_of_one_profile_at_once_all_hold),
                cmocka_unit_test(one_file_uploaded_at_once_is_one_activity),
                cmocka_unit_test(sync_import_and_changes_at_once_all_end_well),
                cmocka_unit_test(stopping_in_the_middle_loses_nothing),
        };
        return SERVICE_RUN("at once", tests, start, stop);
}
