/* test_strava_access.c -- Strava's tokens: one refresh at a time, nothing lost, nothing tried for ever (checklist A17, A18, C6, S12). */
#include <pthread.h>

#include "auth/strava_access.h"
#include "support_service.h"

static struct test_service *s;
static struct athlete athlete;

static int start(void **state)
{
        (void)state;
        s = service_start(NULL);
        sign_in(s, 1, &athlete);
        return 0;
}
static int stop(void **state)
{
        (void)state;
        service_stop(s);
        return 0;
}

static sai_status token(const char *rejected, char out[128])
{
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(4));
        const char *text = NULL;
        struct sai_err err = { 0 };
        sai_status status = strava_access_token(&s->service.auth, athlete.id, rejected, 0, arena, &text, &err);
        snprintf(out, 128, "%s", status == SAI_OK ? text : "");
        return status;
}

static void load_link(struct sai_arena *arena, struct strava_link *link)
{
        struct sai_err err;
        assert_int_equal(store_link_get(s->service.store, athlete.id, arena, link, &err), SAI_OK);
}

static void fresh_token_is_given_without_a_call(void **state)
{
        (void)state;
        char first[128], second[128];
        size_t before = requests_to(s, "/oauth/token");
        assert_int_equal(token(NULL, first), SAI_OK);
        assert_int_equal(token(NULL, second), SAI_OK);
        assert_string_equal(first, second);
        assert_int_equal(requests_to(s, "/oauth/token"), before);
}

static void token_near_its_end_is_refreshed(void **state)
{
        (void)state;
        char first[128], second[128];
        assert_int_equal(token(NULL, first), SAI_OK);
        clock_advance(s, (6 * 3600 - 20 * 60) * 1000);
        size_t before = requests_to(s, "/oauth/token");
        assert_int_equal(token(NULL, second), SAI_OK);
        assert_int_equal(requests_to(s, "/oauth/token"), before + 1);
        assert_string_not_equal(first, second);
}

struct racer {
        char out[128];
        sai_status status;
        pthread_barrier_t *barrier;
};

static void *race(void *argument)
{
        struct racer *racer = argument;
        pthread_barrier_wait(racer->barrier);
        racer->status = token(NULL, racer->out);
        store_thread_done(s->service.store);
        return NULL;
}

static void of_many_at_once_one_refreshes_and_the_others_get_its_token(void **state)
{
        (void)state;
        pthread_barrier_t barrier;
        pthread_t threads[6];
        struct racer racers[6];
        sim_set_rotate_always(s->sim, true);
        clock_advance(s, (6 * 3600 + 1) * 1000);
        size_t before = requests_to(s, "/oauth/token");
        pthread_barrier_init(&barrier, NULL, SAI_COUNT(threads));
        for (size_t i = 0; i < SAI_COUNT(threads); i++) {
                racers[i] = (struct racer) { .barrier = &barrier };
                assert_int_equal(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
        }
        for (size_t i = 0; i < SAI_COUNT(threads); i++)
                pthread_join(threads[i], NULL);
        pthread_barrier_destroy(&barrier);
        for (size_t i = 0; i < SAI_COUNT(threads); i++) {
                assert_int_equal(racers[i].status, SAI_OK);
                assert_string_equal(racers[i].out, racers[0].out);
        }
        assert_int_equal(requests_to(s, "/oauth/token"), before + 1);
}

static void dead_refresh_token_is_tried_once_and_never_again(void **state)
{
        (void)state;
        char out[128];
        struct sai_err err;
        assert_int_equal(sim_deauthorize(s->sim, 1, &err), SAI_OK);
        clock_advance(s, (6 * 3600 + 1) * 1000);
        size_t before = requests_to(s, "/oauth/token");
        for (int i = 0; i < 5; i++)
                assert_int_equal(token(NULL, out), SAI_STRAVA_NOT_CONNECTED);
        assert_int_equal(requests_to(s, "/oauth/token"), before + 1);
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(4));
        struct user user;
        assert_int_equal(store_user_get(s->service.store, athlete.id, arena, &user, &err), SAI_OK);
        assert_int_equal(user.strava_status, LINK_RECONNECT_NEEDED);
}

static void failing_refresh_keeps_the_old_pair_and_gives_the_lease_back(void **state)
{
        (void)state;
        char out[128];
        struct sai_err err;
        struct strava_link before, after;
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(4));
        load_link(arena, &before);
        clock_advance(s, (6 * 3600 + 1) * 1000);
        struct sim_fault fault = {
                .path = "/oauth/token", .status = 400, .body = "{\"message\":\"Bad Request\",\"errors\":[]}", .times = 1
        };
        assert_int_equal(sim_fault_add(s->sim, &fault, &err), SAI_OK);
        assert_int_not_equal(token(NULL, out), SAI_OK);
        load_link(arena, &after);
        assert_int_equal(after.refresh_token.len, before.refresh_token.len);
        assert_memory_equal(after.refresh_token.data, before.refresh_token.data, before.refresh_token.len);
        assert_true(!after.lease_owner || !after.lease_owner[0]);
        assert_int_equal(token(NULL, out), SAI_OK);
}

static void lease_of_a_dead_process_is_taken_over_after_its_end(void **state)
{
        (void)state;
        char out[128];
        struct sai_err err = { 0 };
        struct strava_link link;
        const char *text;
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(4));
        clock_advance(s, (6 * 3600 + 1) * 1000);
        assert_int_equal(store_link_lease(s->service.store, athlete.id, "elsewhere:1:1", 45000, arena, &link, &err), SAI_OK);
        int64_t now = sai_monotonic_ms(&s->service.clock);
        assert_int_equal(strava_access_token(&s->service.auth, athlete.id, NULL, now + 50, arena, &text, &err), SAI_TIMEOUT);
        clock_advance(s, 45001);
        assert_int_equal(token(NULL, out), SAI_OK);
        /* The one that was away writes nothing any more. */
        link.status = LINK_RECONNECT_NEEDED;
        assert_int_equal(store_link_put(s->service.store, &link, &err), SAI_CONFLICT);
        assert_int_equal(token(NULL, out), SAI_OK);
}

static void rejected_token_is_refreshed_unless_another_is_there_already(void **state)
{
        (void)state;
        char first[128], second[128], third[128];
        sim_set_rotate_always(s->sim, true);
        assert_int_equal(token(NULL, first), SAI_OK);
        size_t before = requests_to(s, "/oauth/token");
        assert_int_equal(token(first, second), SAI_OK);
        assert_string_not_equal(first, second);
        assert_int_equal(token(first, third), SAI_OK);
        assert_string_equal(second, third);
        assert_int_equal(requests_to(s, "/oauth/token"), before + 1);
}

static void *sign_in_again(void *argument)
{
        (void)argument;
        struct timespec wait = { 0, 150000000 };
        struct athlete again;
        nanosleep(&wait, NULL);
        sign_in(s, 1, &again);
        store_thread_done(s->service.store);
        return NULL;
}

/* The answer "this refresh token is dead" comes back when a new sign-in has brought another pair. */
static void refresh_that_fails_late_does_not_spoil_a_new_sign_in(void **state)
{
        (void)state;
        char out[128];
        struct sai_err err;
        struct strava_link link;
        pthread_t thread;
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(4));
        clock_advance(s, (6 * 3600 + 1) * 1000);
        struct sim_fault fault = {
                .path = "/oauth/token",
                .status = 400,
                .delay_ms = 1500,
                .times = 1,
                .body = "{\"message\":\"Bad "
                        "Request\",\"errors\":[{\"resource\":\"RefreshToken\",\"field\":\"refresh_token\",\"code\":\"invalid\"}]}"
        };
        assert_int_equal(sim_fault_add(s->sim, &fault, &err), SAI_OK);
        assert_int_equal(pthread_create(&thread, NULL, sign_in_again, NULL), 0);
        assert_int_equal(token(NULL, out), SAI_OK);
        pthread_join(thread, NULL);
        load_link(arena, &link);
        assert_int_equal(link.status, LINK_CONNECTED);
}

static void tokens_at_rest_are_ciphertext_bound_to_their_row(void **state)
{
        (void)state;
        char out[128];
        struct sai_err err;
        struct strava_link link;
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(4));
        assert_int_equal(token(NULL, out), SAI_OK);
        load_link(arena, &link);
        assert_null(memmem(link.access_token.data, link.access_token.len, out, strlen(out)));
        /* One column's ciphertext in the place of the other: a failure, and no empty token is ever sent. */
        struct sai_secret was = link.access_token;
        size_t before = requests_to(s, "/");
        link.access_token = link.refresh_token;
        assert_int_equal(store_link_put(s->service.store, &link, &err), SAI_OK);
        assert_int_equal(token(NULL, out), SAI_INTERNAL);
        assert_int_equal(requests_to(s, "/"), before);
        link.access_token = was;
        assert_int_equal(store_link_put(s->service.store, &link, &err), SAI_OK);
        assert_int_equal(token(NULL, out), SAI_OK);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
        const struct CMUnitTest tests[] = {
                EACH(fresh_token_is_given_without_a_call),
                EACH(token_near_its_end_is_refreshed),
                EACH(of_many_at_once_one_refreshes_and_the_others_get_its_token),
                EACH(dead_refresh_token_is_tried_once_and_never_again),
                EACH(failing_refresh_keeps_the_old_pair_and_gives_the_lease_back),
                EACH(lease_of_a_dead_process_is_taken_over_after_its_end),
                EACH(rejected_token_is_refreshed_unless_another_is_there_already),
                EACH(refresh_that_fails_late_does_not_spoil_a_new_sign_in),
                EACH(tokens_at_rest_are_ciphertext_bound_to_their_row),
        };
        return SERVICE_RUN("access to Strava", tests, NULL, NULL);
}
