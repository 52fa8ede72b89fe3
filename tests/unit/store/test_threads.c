/* Many threads at once: a key has one holder, a revision one successor, a job one worker, a single-use thing one taker; and writes that
 * wait together are committed together. */
#include "suite.h"

#include <pthread.h>
#include <stdatomic.h>

enum { THREADS = 8 };

struct worker {
        void **state;
        struct sai_arena *arena;
        int number;
        void *shared;
        int64_t done;
        sai_status failure; /* the first status that was not expected */
};

static void run_threads(void **state, void *(*run)(void *), void *shared, struct worker workers[THREADS])
{
        pthread_t threads[THREADS];
        for (int i = 0; i < THREADS; i++) {
                workers[i] = (struct worker) {
                        .state = state, .number = i, .shared = shared, .arena = sai_arena_new((size_t)64 << 20)
                };
                assert_int_equal(pthread_create(&threads[i], NULL, run, &workers[i]), 0);
        }
        for (int i = 0; i < THREADS; i++) {
                pthread_join(threads[i], NULL);
                sai_arena_free(workers[i].arena);
        }
        for (int i = 0; i < THREADS; i++)
                assert_int_equal(workers[i].failure, SAI_OK);
}

static int64_t total(const struct worker workers[THREADS])
{
        int64_t sum = 0;
        for (int i = 0; i < THREADS; i++)
                sum += workers[i].done;
        return sum;
}

static void note(struct worker *worker, sai_status status)
{
        if (status != SAI_OK && worker->failure == SAI_OK)
                worker->failure = status;
}

/* -- Claims ------------------------------------------------------------------------------------------------------------- */

enum { KEYS = 50 };

static void *claim_keys(void *argument)
{
        struct worker *worker = argument;
        struct sai_id me = new_id(worker->state);
        for (int k = 0; k < KEYS; k++) {
                char key[32];
                struct sai_id holder;
                snprintf(key, sizeof key, "race:%d", k);
                sai_status status = store_claim(STORE(worker->state), key, me, &holder, ERR);
                worker->done += status == SAI_OK;
                if (status == SAI_CONFLICT && sai_id_equal(holder, me))
                        note(worker, status);
                if (status != SAI_CONFLICT)
                        note(worker, status);
        }
        store_thread_done(STORE(worker->state));
        return NULL;
}

static void each_key_has_exactly_one_holder(void **state)
{
        struct worker workers[THREADS];
        run_threads(state, claim_keys, NULL, workers);
        assert_int_equal(total(workers), KEYS);
}

/* A key that goes from hand to hand is in one hand at a time. */
struct baton {
        atomic_int holders, turns;
};

static void *pass_baton(void *argument)
{
        struct worker *worker = argument;
        struct baton *baton = worker->shared;
        struct sai_id me = new_id(worker->state), holder;
        while (worker->done < 20 && worker->failure == SAI_OK) {
                sai_status status = store_claim(STORE(worker->state), "baton", me, &holder, ERR);
                if (status == SAI_CONFLICT || status == SAI_UNAVAILABLE)
                        continue;
                note(worker, status);
                if (atomic_fetch_add(&baton->holders, 1) != 0)
                        note(worker, SAI_INTERNAL);
                atomic_fetch_add(&baton->turns, 1);
                atomic_fetch_sub(&baton->holders, 1);
                note(worker, store_release(STORE(worker->state), "baton", me, ERR));
                worker->done++;
        }
        return NULL;
}

static void a_key_is_in_one_hand_at_a_time(void **state)
{
        struct worker workers[THREADS];
        struct baton baton = { 0 };
        run_threads(state, pass_baton, &baton, workers);
        assert_int_equal(baton.turns, THREADS * 20);
}

/* -- Revisions ----------------------------------------------------------------------------------------------------------- */

enum { INCREMENTS = 40 };

static void *increment(void *argument)
{
        struct worker *worker = argument;
        struct sai_id id = *(struct sai_id *)worker->shared;
        while (worker->done < INCREMENTS && worker->failure == SAI_OK) {
                struct user user;
                sai_arena_reset(worker->arena);
                note(worker, store_user_get(STORE(worker->state), id, worker->arena, &user, ERR));
                user.birth_year.value++;
                sai_status status = store_user_put(STORE(worker->state), &user, ERR);
                worker->done += status == SAI_OK;
                if (status == SAI_OK)
                        note(worker, store_user_touch(STORE(worker->state), id, ERR));
                if (status != SAI_CONFLICT)
                        note(worker, status);
        }
        return NULL;
}

static void no_update_is_lost(void **state)
{
        struct worker workers[THREADS];
        struct user user = { .id = new_id(state),
                             .birth_year = SAI_SOME(sai_opt_i64, 0),
                             .preferences = { .timezone = "UTC", .language = "en" } };
        assert_ok(store_user_put(STORE(state), &user, ERR));
        run_threads(state, increment, &user.id, workers);
        assert_ok(store_user_get(STORE(state), user.id, ARENA(state), &user, ERR));
        assert_int_equal(user.revision, THREADS * INCREMENTS + 1);
        /* The stand-in shows readers a document of which a change has reached one member and not yet another (the new revision beside the
         * old year), which no MongoDB does: what is then written over is the stand-in's. */
        if (!mongo_server_tears_reads())
                assert_int_equal(user.birth_year.value, THREADS * INCREMENTS);
        assert_int_equal(user.data_version, THREADS * INCREMENTS);
}

/* -- Jobs ----------------------------------------------------------------------------------------------------------------- */

enum { JOBS = 120 };

static void *work(void *argument)
{
        struct worker *worker = argument;
        char owner[16];
        snprintf(owner, sizeof owner, "w%d", worker->number);
        for (;;) {
                struct job job;
                sai_arena_reset(worker->arena);
                sai_status status =
                        store_job_claim(STORE(worker->state), 1u << JOB_METRICS, owner, 60000, worker->arena, &job, ERR);
                if (status == SAI_NOT_FOUND)
                        return NULL;
                note(worker, status);
                if (status != SAI_OK)
                        return NULL;
                if (job.fencing != 1)
                        note(worker, SAI_INTERNAL);
                job.status = JOB_DONE;
                note(worker, store_job_finish(STORE(worker->state), &job, ERR));
                worker->done++;
        }
}

static void each_job_is_done_once(void **state)
{
        struct sai_id user = new_id(state);
        for (int i = 0; i < JOBS; i++) {
                struct job job = { .kind = JOB_METRICS, .user_id = user };
                bool existing;
                assert_ok(store_job_add(STORE(state), &job, ARENA(state), &existing, ERR));
        }
        struct worker workers[THREADS];
        run_threads(state, work, NULL, workers);
        assert_int_equal(total(workers), JOBS);
}

static void *add_jobs(void *argument)
{
        struct worker *worker = argument;
        for (int k = 0; k < 12; k++) {
                char key[32];
                snprintf(key, sizeof key, "one:%d", k);
                struct job job = { .kind = JOB_EXPIRY, .dedupe_key = key };
                bool existing;
                sai_status status = store_job_add(STORE(worker->state), &job, worker->arena, &existing, ERR);
                note(worker, status);
                worker->done += status == SAI_OK && !existing;
                if (status == SAI_OK && !job.live)
                        note(worker, SAI_INTERNAL);
        }
        return NULL;
}

static void one_job_lives_for_each_key(void **state)
{
        struct worker workers[THREADS];
        run_threads(state, add_jobs, NULL, workers);
        assert_int_equal(total(workers), 12);
        struct job job;
        int claimed = 0;
        while (store_job_claim(STORE(state), 1u << JOB_EXPIRY, "w", 60000, ARENA(state), &job, ERR) == SAI_OK)
                claimed++;
        assert_int_equal(claimed, 12);
}

/* -- Once, and the link's lease ------------------------------------------------------------------------------------------- */

static void *take_once(void *argument)
{
        struct worker *worker = argument;
        for (int k = 0; k < 30; k++) {
                char key[32];
                struct once once;
                snprintf(key, sizeof key, "once:%d", k);
                sai_status status = store_once_take(STORE(worker->state), key, ONCE_CODE, worker->arena, &once, ERR);
                worker->done += status == SAI_OK;
                if (status != SAI_NOT_FOUND)
                        note(worker, status);
        }
        return NULL;
}

static void what_works_once_has_one_taker(void **state)
{
        for (int k = 0; k < 30; k++) {
                char key[32];
                snprintf(key, sizeof key, "once:%d", k);
                assert_ok(store_once_put(STORE(state), key, ONCE_CODE, "{}", (struct sai_instant) { NOW(state) + 1000 }, ERR));
        }
        struct worker workers[THREADS];
        run_threads(state, take_once, NULL, workers);
        assert_int_equal(total(workers), 30);
}

static void *lease_link(void *argument)
{
        struct worker *worker = argument;
        struct strava_link link;
        sai_status status =
                store_link_lease(STORE(worker->state), *(struct sai_id *)worker->shared, "me", 1000, worker->arena, &link, ERR);
        worker->done = status == SAI_OK;
        if (status != SAI_CONFLICT)
                note(worker, status);
        return NULL;
}

static void one_thread_has_the_lease(void **state)
{
        struct strava_link link = { .id = new_id(state), .athlete_id = 7 };
        assert_ok(store_link_put(STORE(state), &link, ERR));
        struct worker workers[THREADS];
        run_threads(state, lease_link, &link.id, workers);
        assert_int_equal(total(workers), 1);
}

/* -- Group commit ---------------------------------------------------------------------------------------------------------- */

enum { WRITES = 200 };

static void *write_activities(void *argument)
{
        struct worker *worker = argument;
        for (int i = 0; i < WRITES; i++) {
                struct activity activity = new_activity(worker->state, *(struct sai_id *)worker->shared, i);
                /* Every tenth is refused in the middle of its batch and takes no other with it. */
                if (i % 10 == 9)
                        activity.distance = SOME((double)NAN);
                sai_status status = store_activity_put(STORE(worker->state), &activity, ERR);
                worker->done += status == SAI_OK;
                if (status != (i % 10 == 9 ? SAI_INVALID : SAI_OK))
                        note(worker, SAI_INTERNAL);
        }
        return NULL;
}

static void writers_share_commits_and_failures_are_their_own(void **state)
{
        struct suite *suite = *state;
        struct sai_id user = new_id(state);
        struct store_stats before, after;
        struct worker workers[THREADS];
        store_stats(STORE(state), &before);
        run_threads(state, write_activities, &user, workers);
        store_stats(STORE(state), &after);
        assert_int_equal(total(workers), THREADS * WRITES * 9 / 10);
        if (mongo_server_asked())
                assert_int_equal(after.writes - before.writes, total(workers)); /* what is refused is not sent */
        else
                assert_int_equal(after.writes - before.writes, THREADS * WRITES);
        print_message("%lld writes in %lld commits\n", (long long)(after.writes - before.writes),
                      (long long)(after.commits - before.commits));
        if (!mongo_server_asked())
                assert_true(after.commits - before.commits < total(workers));

        store_close(suite->store);
        assert_ok(suite_open(suite, false, &suite->store));
        int64_t count;
        assert_ok(store_activity_count(STORE(state), user, &count, ERR));
        assert_int_equal(count, total(workers));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                SUITE_TEST(each_key_has_exactly_one_holder),
                SUITE_TEST(a_key_is_in_one_hand_at_a_time),
                SUITE_TEST(no_update_is_lost),
                SUITE_TEST(each_job_is_done_once),
                SUITE_TEST(one_job_lives_for_each_key),
                SUITE_TEST(what_works_once_has_one_taker),
                SUITE_TEST(one_thread_has_the_lease),
                SUITE_TEST(writers_share_commits_and_failures_are_their_own),
        };
        return SUITE_RUN(tests);
}
