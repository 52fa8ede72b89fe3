/* Jobs: claimed once, by priority and age; a lease that ends is taken over; a lost lease cannot write; one live job a key. */
#include "suite.h"

#define ALL_KINDS ((1u << JOB_KIND_COUNT) - 1)

/* Each test begins with an empty queue: what is left over is claimed and ended. */
static void drain(void **state)
{
        struct job job;
        ADVANCE(state, 100000000);
        while (store_job_claim(STORE(state), ALL_KINDS, "drain", 1000, ARENA(state), &job, ERR) == SAI_OK) {
                job.status = JOB_CANCELLED;
                assert_ok(store_job_finish(STORE(state), &job, ERR));
        }
        int64_t swept;
        ADVANCE(state, 1000);
        assert_ok(store_job_sweep(STORE(state), (struct sai_instant) { NOW(state) }, &swept, ERR));
}

static int setup(void **state)
{
        suite_reset(state);
        drain(state);
        return 0;
}

static struct job add(void **state, enum job_kind kind, const char *dedupe_key, bool *ret_existing)
{
        struct job job = {
                .kind = (int)kind, .user_id = new_id(state), .dedupe_key = dedupe_key, .argument = { "{\"x\":1}", 7 }
        };
        bool existing = false;
        assert_ok(store_job_add(STORE(state), &job, ARENA(state), &existing, ERR));
        if (ret_existing)
                *ret_existing = existing;
        return job;
}

static sai_status claim(void **state, const char *owner, struct job *ret_job)
{
        return store_job_claim(STORE(state), ALL_KINDS, owner, 1000, ARENA(state), ret_job, ERR);
}

static void a_new_job_is_filled_in_and_claimed_once(void **state)
{
        struct job job = add(state, JOB_SYNC, NULL, NULL), claimed, other;
        assert_false(sai_id_is_zero(job.id));
        assert_true(job.priority == job_kind_priority(JOB_SYNC) && job.created_at.ms == NOW(state) && job.live &&
                    job.revision == 1);
        assert_ok(claim(state, "w1", &claimed));
        assert_same_id(claimed.id, job.id);
        assert_int_equal(claimed.fencing, 1);
        assert_int_equal(claimed.status, JOB_RUNNING);
        assert_string_equal(claimed.lease_owner, "w1");
        assert_int_equal(claimed.lease_until.ms, NOW(state) + 1000);
        assert_true(claimed.argument.len == 7 && memcmp(claimed.argument.data, "{\"x\":1}", 7) == 0);
        assert_status(SAI_NOT_FOUND, claim(state, "w2", &other));
}

static void jobs_run_by_priority_then_age(void **state)
{
        struct job late = add(state, JOB_EXPIRY, NULL, NULL), first_sync, second_sync, soon, claimed;
        first_sync = add(state, JOB_SYNC, NULL, NULL);
        ADVANCE(state, 5);
        second_sync = add(state, JOB_SYNC, NULL, NULL);
        soon = add(state, JOB_IMPORT, NULL, NULL);
        const struct job *order[] = { &soon, &first_sync, &second_sync, &late };
        for (size_t i = 0; i < SAI_COUNT(order); i++) {
                assert_ok(claim(state, "w", &claimed));
                assert_same_id(claimed.id, order[i]->id);
        }
}

static void held_jobs_are_listed_until_they_are_given_back(void **state)
{
        struct job *held, claimed, again;
        size_t count;
        add(state, JOB_SYNC, NULL, NULL);
        add(state, JOB_EXPIRY, NULL, NULL);
        assert_ok(store_job_leased(STORE(state), 10, ARENA(state), &held, &count, ERR));
        assert_int_equal(count, 0);
        assert_ok(claim(state, "w1", &claimed));
        ADVANCE(state, 5000); /* the lease is over; its owner is named all the same */
        assert_ok(store_job_leased(STORE(state), 10, ARENA(state), &held, &count, ERR));
        assert_int_equal(count, 1);
        assert_same_id(held[0].id, claimed.id);
        assert_string_equal(held[0].lease_owner, "w1");
        held[0].status = JOB_QUEUED;
        assert_ok(store_job_release(STORE(state), &held[0], ERR));
        assert_status(SAI_CONFLICT,
                      store_job_save(STORE(state), &(struct job) { .id = claimed.id, .fencing = claimed.fencing + 1 }, 1000,
                                     ERR));
        assert_ok(store_job_leased(STORE(state), 10, ARENA(state), &held, &count, ERR));
        assert_int_equal(count, 0);
        assert_ok(claim(state, "w2", &again));
        assert_same_id(again.id, claimed.id);
        assert_true(again.fencing > claimed.fencing);
}

static void only_the_kinds_asked_for_are_given(void **state)
{
        add(state, JOB_SYNC, NULL, NULL);
        struct job insight = add(state, JOB_INSIGHT, NULL, NULL), claimed;
        assert_status(SAI_NOT_FOUND, store_job_claim(STORE(state), 0, "w", 10, ARENA(state), &claimed, ERR));
        assert_status(SAI_NOT_FOUND, store_job_claim(STORE(state), 1u << JOB_METRICS, "w", 10, ARENA(state), &claimed, ERR));
        assert_ok(store_job_claim(STORE(state), 1u << JOB_INSIGHT | 1u << JOB_METRICS, "w", 10, ARENA(state), &claimed, ERR));
        assert_same_id(claimed.id, insight.id);
}

static void a_job_waits_for_its_time(void **state)
{
        struct job job = { .kind = JOB_SYNC, .run_after = { NOW(state) + 500 } }, claimed;
        bool existing;
        assert_ok(store_job_add(STORE(state), &job, ARENA(state), &existing, ERR));
        assert_status(SAI_NOT_FOUND, claim(state, "w", &claimed));
        ADVANCE(state, 500);
        assert_ok(claim(state, "w", &claimed));
        claimed.run_after.ms = NOW(state) + 300;
        claimed.status = JOB_WAITING;
        claimed.tries = 1;
        assert_ok(store_job_release(STORE(state), &claimed, ERR));
        assert_status(SAI_NOT_FOUND, claim(state, "w", &claimed));
        ADVANCE(state, 300);
        assert_ok(claim(state, "w", &claimed));
        assert_true(claimed.tries == 1 && claimed.fencing == 2);
}

static void a_lease_that_ended_is_taken_over_and_fences_the_old_worker(void **state)
{
        struct job added = add(state, JOB_SYNC, "takeover", NULL), first, second, back;
        assert_ok(claim(state, "dies", &first));
        first.progress.done = 3;
        first.checkpoint = (struct sai_json) { "{\"page\":3}", 10 };
        assert_ok(store_job_save(STORE(state), &first, 1000, ERR));
        ADVANCE(state, 1000);
        assert_ok(claim(state, "takes over", &second));
        assert_int_equal(second.fencing, 2);
        assert_true(second.checkpoint.len == 10 && second.progress.done == 3);

        first.progress.done = 99;
        assert_status(SAI_CONFLICT, store_job_save(STORE(state), &first, 1000, ERR));
        assert_status(SAI_CONFLICT, store_job_release(STORE(state), &first, ERR));
        first.status = JOB_DONE;
        assert_status(SAI_CONFLICT, store_job_finish(STORE(state), &first, ERR));
        bool existing;
        add(state, JOB_SYNC, "takeover", &existing); /* the failed finish has not freed the key */
        assert_true(existing);

        second.status = JOB_DONE;
        second.result = (struct sai_json) { "{\"n\":1}", 7 };
        assert_ok(store_job_finish(STORE(state), &second, ERR));
        assert_status(SAI_CONFLICT, store_job_finish(STORE(state), &second, ERR));
        assert_ok(store_job_get(STORE(state), added.user_id, added.id, ARENA(state), &back, ERR));
        assert_true(back.status == JOB_DONE && !back.live && back.progress.done == 3 && SAI_HAS(back.finished_at));
        assert_true(back.lease_until.ms == 0 && back.lease_owner == NULL && back.result.len == 7);
        assert_status(SAI_NOT_FOUND, claim(state, "w", &back));
}

static void saving_renews_the_lease(void **state)
{
        add(state, JOB_SYNC, NULL, NULL);
        struct job job, other;
        assert_ok(claim(state, "w", &job));
        for (int i = 0; i < 5; i++) {
                ADVANCE(state, 900);
                assert_ok(store_job_save(STORE(state), &job, 1000, ERR));
        }
        assert_status(SAI_NOT_FOUND, claim(state, "other", &other));
        assert_int_equal(job.lease_until.ms, NOW(state) + 1000);
}

static void a_heart_beat_moves_the_lease_and_nothing_else(void **state)
{
        add(state, JOB_SYNC, NULL, NULL);
        struct job job, other, back;
        assert_ok(claim(state, "w", &job));
        ADVANCE(state, 900);
        assert_ok(store_job_renew(STORE(state), job.user_id, job.id, "w", 1000, ERR));
        assert_status(SAI_CONFLICT, store_job_renew(STORE(state), job.user_id, job.id, "x", 1000, ERR));
        assert_status(SAI_CONFLICT, store_job_renew(STORE(state), new_id(state), job.id, "w", 1000, ERR));
        ADVANCE(state, 900);
        assert_status(SAI_NOT_FOUND, claim(state, "x", &other));
        assert_ok(store_job_get(STORE(state), job.user_id, job.id, ARENA(state), &back, ERR));
        assert_true(back.revision == job.revision && back.fencing == job.fencing);
        assert_int_equal(back.lease_until.ms, NOW(state) + 100);
        assert_ok(store_job_save(STORE(state), &job, 1000, ERR));
        ADVANCE(state, 1000);
        assert_ok(claim(state, "x", &other));
        assert_status(SAI_CONFLICT, store_job_renew(STORE(state), job.user_id, job.id, "w", 1000, ERR));
        assert_ok(store_job_release(STORE(state), &other, ERR));
        assert_status(SAI_CONFLICT, store_job_renew(STORE(state), job.user_id, job.id, "x", 1000, ERR));
}

static void one_live_job_has_a_key(void **state)
{
        bool existing;
        struct job first = add(state, JOB_SYNC, "sync:1", &existing), again, claimed;
        assert_false(existing);
        again = add(state, JOB_SYNC, "sync:1", &existing);
        assert_true(existing);
        assert_same_id(again.id, first.id);
        add(state, JOB_SYNC, "sync:2", &existing);
        assert_false(existing);
        assert_ok(claim(state, "w", &claimed));
        assert_same_id(claimed.id, first.id);
        again = add(state, JOB_SYNC, "sync:1", &existing);
        assert_true(existing && again.status == JOB_RUNNING);
        claimed.status = JOB_FAILED;
        claimed.error = (struct sai_json) { "{}", 2 };
        assert_ok(store_job_finish(STORE(state), &claimed, ERR));
        again = add(state, JOB_SYNC, "sync:1", &existing);
        assert_false(existing);
        assert_false(sai_id_equal(again.id, first.id));
}

/* What a crash leaves between two steps: a claim without a row, a claim of a job that ended, a row that never came to life. */
static void a_crash_between_the_steps_is_mended(void **state)
{
        struct sai_id holder, gone = new_id(state);
        bool existing;
        assert_ok(store_claim(STORE(state), "job:lost", gone, &holder, ERR));
        struct job job = add(state, JOB_SYNC, "lost", &existing), claimed;
        assert_false(existing);
        assert_ok(claim(state, "w", &claimed));
        claimed.status = JOB_DONE;
        assert_ok(store_job_finish(STORE(state), &claimed, ERR));
        assert_ok(store_claim(STORE(state), "job:lost", job.id, &holder, ERR)); /* as if the release had not come */
        struct job next = add(state, JOB_SYNC, "lost", &existing);
        assert_false(existing);
        assert_false(sai_id_equal(next.id, job.id));
        assert_ok(store_claim_holder(STORE(state), "job:lost", &holder, ERR));
        assert_same_id(holder, next.id);
}

static void a_job_ends_done_failed_or_cancelled(void **state)
{
        add(state, JOB_SYNC, NULL, NULL);
        struct job job;
        assert_ok(claim(state, "w", &job));
        job.status = JOB_RUNNING;
        assert_status(SAI_INVALID, store_job_finish(STORE(state), &job, ERR));
        struct job wrong = { .kind = JOB_KIND_COUNT };
        bool existing;
        assert_status(SAI_INVALID, store_job_add(STORE(state), &wrong, ARENA(state), &existing, ERR));
}

static void jobs_are_listed_newest_first_to_their_athlete(void **state)
{
        struct sai_id user = new_id(state), ids[5];
        bool existing;
        for (int i = 0; i < 5; i++) {
                struct job job = { .kind = i % 2 ? JOB_IMPORT : JOB_SYNC, .user_id = user };
                assert_ok(store_job_add(STORE(state), &job, ARENA(state), &existing, ERR));
                ids[i] = job.id;
        }
        struct job *items, one;
        size_t count;
        assert_ok(store_job_list(STORE(state), user, -1, -1, (struct sai_id) { 0 }, 3, ARENA(state), &items, &count, ERR));
        assert_int_equal(count, 3);
        assert_same_id(items[0].id, ids[4]);
        assert_ok(store_job_list(STORE(state), user, -1, -1, items[2].id, 3, ARENA(state), &items, &count, ERR));
        assert_int_equal(count, 2);
        assert_same_id(items[1].id, ids[0]);
        assert_ok(store_job_list(STORE(state), user, JOB_IMPORT, JOB_QUEUED, (struct sai_id) { 0 }, 9, ARENA(state), &items,
                                 &count, ERR));
        assert_int_equal(count, 2);
        assert_ok(store_job_list(STORE(state), user, -1, JOB_DONE, (struct sai_id) { 0 }, 9, ARENA(state), &items, &count, ERR));
        assert_int_equal(count, 0);
        assert_ok(store_job_get(STORE(state), user, ids[1], ARENA(state), &one, ERR));
        assert_status(SAI_NOT_FOUND, store_job_get(STORE(state), new_id(state), ids[1], ARENA(state), &one, ERR));
}

static void the_queue_is_counted_and_swept(void **state)
{
        struct job_counts before, counts;
        assert_ok(store_job_counts(STORE(state), &before, ERR));
        assert_true(before.queued == 0 && before.running == 0 && before.waiting == 0 && before.oldest_age_ms == 0);
        for (int i = 0; i < 4; i++)
                add(state, JOB_SYNC, NULL, NULL);
        struct job job, waiting, failed;
        assert_ok(claim(state, "w", &job));
        assert_ok(claim(state, "w", &waiting));
        waiting.status = JOB_WAITING;
        assert_ok(store_job_release(STORE(state), &waiting, ERR));
        assert_ok(claim(state, "w", &failed)); /* the waiting one is free again, and the oldest */
        failed.status = JOB_FAILED;
        assert_ok(store_job_finish(STORE(state), &failed, ERR));
        ADVANCE(state, 70);
        assert_ok(store_job_counts(STORE(state), &counts, ERR));
        assert_int_equal(counts.queued, 2);
        assert_int_equal(counts.running, 1);
        assert_int_equal(counts.waiting, 0);
        assert_int_equal(counts.failed, 1);
        assert_int_equal(counts.oldest_age_ms, 70);
        int64_t swept;
        assert_ok(store_job_sweep(STORE(state), failed.finished_at.value, &swept, ERR));
        assert_int_equal(swept, 0);
        assert_ok(store_job_sweep(STORE(state), (struct sai_instant) { NOW(state) }, &swept, ERR));
        assert_int_equal(swept, 1);
        assert_ok(store_job_counts(STORE(state), &counts, ERR));
        assert_true(counts.failed == 0 && counts.queued == 2 && counts.running == 1);
}

static struct job given_up(void **state, const char *dedupe_key)
{
        struct job job;
        (void)add(state, JOB_SYNC, dedupe_key, NULL);
        assert_ok(claim(state, "w", &job));
        job.status = JOB_FAILED;
        job.tries = 5;
        job.error = (struct sai_json) { "{\"status\":500}", 14 };
        assert_ok(store_job_finish(STORE(state), &job, ERR));
        return job;
}

static void a_job_that_was_given_up_is_tried_again_when_asked(void **state)
{
        struct job job = given_up(state, "sync:1"), claimed;
        assert_ok(store_job_retry(STORE(state), &job, ERR));
        assert_ok(claim(state, "w2", &claimed));
        assert_same_id(claimed.id, job.id);
        assert_true(claimed.tries == 0 && !SAI_HAS(claimed.finished_at) && claimed.error.len == 0);
        assert_int_equal(claimed.fencing, 3); /* one for the retry, one for the claim */
        bool existing;
        struct job second = add(state, JOB_SYNC, "sync:1", &existing);
        assert_true(existing); /* its key is held again */
        assert_same_id(second.id, job.id);
        assert_status(SAI_CONFLICT, store_job_retry(STORE(state), &claimed, ERR));
        claimed.status = JOB_DONE;
        assert_ok(store_job_finish(STORE(state), &claimed, ERR));
        assert_status(SAI_INVALID, store_job_retry(STORE(state), &claimed, ERR));
}

static void a_job_is_not_tried_again_beside_one_that_does_the_same(void **state)
{
        struct job job = given_up(state, "sync:2"), other = add(state, JOB_SYNC, "sync:2", NULL), read;
        assert_status(SAI_CONFLICT, store_job_retry(STORE(state), &job, ERR));
        assert_ok(store_job_by_id(STORE(state), job.id, ARENA(state), &read, ERR));
        assert_true(read.status == JOB_FAILED && !read.live);
        assert_ok(store_job_drop(STORE(state), &other, ERR)); /* cancelled: the key is free */
        assert_ok(store_job_retry(STORE(state), &read, ERR));
}

static void a_dropped_job_is_written_by_no_worker(void **state)
{
        struct job job = add(state, JOB_IMPORT, NULL, NULL), claimed, read;
        assert_ok(claim(state, "w", &claimed));
        assert_ok(store_job_by_id(STORE(state), job.id, ARENA(state), &read, ERR));
        assert_ok(store_job_drop(STORE(state), &read, ERR));
        assert_int_equal(read.status, JOB_CANCELLED);
        assert_status(SAI_CONFLICT, store_job_save(STORE(state), &claimed, 1000, ERR));
        claimed.status = JOB_DONE;
        assert_status(SAI_CONFLICT, store_job_finish(STORE(state), &claimed, ERR));
        assert_status(SAI_NOT_FOUND, claim(state, "w", &claimed));
        assert_ok(store_job_drop(STORE(state), &read, ERR)); /* it has ended: deleted */
        assert_status(SAI_NOT_FOUND, store_job_by_id(STORE(state), job.id, ARENA(state), &read, ERR));
        assert_status(SAI_CONFLICT, store_job_drop(STORE(state), &(struct job) { .id = job.id }, ERR));
}

static void a_dropped_job_that_is_tried_again_is_not_written_by_its_old_worker(void **state)
{
        struct job job = add(state, JOB_IMPORT, NULL, NULL), old, read, claimed;
        assert_ok(claim(state, "w1", &old));
        assert_ok(store_job_by_id(STORE(state), job.id, ARENA(state), &read, ERR));
        assert_ok(store_job_drop(STORE(state), &read, ERR));
        assert_ok(store_job_retry(STORE(state), &read, ERR));
        assert_status(SAI_CONFLICT, store_job_save(STORE(state), &old, 1000, ERR));
        old.status = JOB_DONE;
        assert_status(SAI_CONFLICT, store_job_finish(STORE(state), &old, ERR));
        assert_ok(claim(state, "w2", &claimed));
        assert_same_id(claimed.id, job.id);
        assert_int_equal(claimed.fencing - claimed.settled.value, 1); /* no death is counted */
}

static void jobs_of_a_state_are_listed_oldest_first_page_by_page(void **state)
{
        enum { JOBS = 7, PAGE = 3 };
        struct sai_id ids[JOBS];
        for (int i = 0; i < JOBS; i++) {
                ids[i] = add(state, i % 2 ? JOB_SYNC : JOB_METRICS, NULL, NULL).id;
                ADVANCE(state, i % 3 ? 0 : 5);
        }
        struct job *items, last;
        size_t count, seen = 0;
        do {
                assert_ok(store_job_of_status(STORE(state), JOB_QUEUED, seen ? &last : NULL, PAGE, ARENA(state), &items, &count,
                                              ERR));
                for (size_t i = 0; i < count; i++)
                        assert_same_id(items[i].id, ids[seen++]);
                if (count)
                        last = items[count - 1];
        } while (count == PAGE);
        assert_int_equal(seen, JOBS);
        assert_ok(store_job_of_status(STORE(state), JOB_FAILED, NULL, PAGE, ARENA(state), &items, &count, ERR));
        assert_int_equal(count, 0);
}

#define JOB_TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
        const struct CMUnitTest tests[] = {
                JOB_TEST(a_new_job_is_filled_in_and_claimed_once),
                JOB_TEST(jobs_run_by_priority_then_age),
                JOB_TEST(held_jobs_are_listed_until_they_are_given_back),
                JOB_TEST(only_the_kinds_asked_for_are_given),
                JOB_TEST(a_job_waits_for_its_time),
                JOB_TEST(a_lease_that_ended_is_taken_over_and_fences_the_old_worker),
                JOB_TEST(saving_renews_the_lease),
                JOB_TEST(a_heart_beat_moves_the_lease_and_nothing_else),
                JOB_TEST(one_live_job_has_a_key),
                JOB_TEST(a_crash_between_the_steps_is_mended),
                JOB_TEST(a_job_ends_done_failed_or_cancelled),
                JOB_TEST(jobs_are_listed_newest_first_to_their_athlete),
                JOB_TEST(the_queue_is_counted_and_swept),
                JOB_TEST(a_job_that_was_given_up_is_tried_again_when_asked),
                JOB_TEST(a_job_is_not_tried_again_beside_one_that_does_the_same),
                JOB_TEST(a_dropped_job_is_written_by_no_worker),
                JOB_TEST(a_dropped_job_that_is_tried_again_is_not_written_by_its_old_worker),
                JOB_TEST(jobs_of_a_state_are_listed_oldest_first_page_by_page),
        };
        return SUITE_RUN(tests);
}
