/* test_key_rotation.c -- everything sealed comes under the newest data key, in steps that may be stopped; a key in use stays (checklist S12, S13). */
#include "support_service.h"

#include "auth/key_use.h"
#include "auth/strava_access.h"
#include <pthread.h>

static struct test_service *s;
static struct athlete athletes[2];

#define OLD   "old:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define NEW   "new:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
#define OTHER "other:QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8="

static int start(void **state)
{
        (void)state;
        s = service_start(&(struct test_options) { .extra = { "STRAVAAI_DATA_KEYS=" OLD } });
        sign_in(s, 1, &athletes[0]);
        sign_in(s, 2, &athletes[1]);
        return 0;
}
static int stop(void **state)
{
        (void)state;
        service_stop(s);
        return 0;
}

/* What a restart with other settings does. */
static sai_status restart_with(const char *keys, struct sai_err *err)
{
        *err = (struct sai_err) { 0 };
        assert_int_equal(data_ring_parse(keys, &s->service.auth.data_keys, err), SAI_OK);
        return key_use_check(&s->service.auth, err);
}

static sai_status token_of(const struct athlete *athlete, char token[256])
{
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(1));
        struct sai_err err;
        const char *text = NULL;
        sai_status status = strava_access_token(&s->service.auth, athlete->id, NULL, 0, arena, &text, &err);
        snprintf(token, 256, "%s", status == SAI_OK ? text : "");
        return status;
}

static void key_that_seals_cannot_be_dropped(void **state)
{
        (void)state;
        struct sai_err err;
        char token[256];
        assert_int_equal(restart_with(NEW, &err), SAI_INVALID);
        assert_non_null(strstr(err.detail, "old"));
        assert_non_null(strstr(err.detail, "keys rotate"));
        /* And whoever gets past that has no token rather than an empty one. */
        size_t before = requests_to(s, "/");
        assert_int_equal(token_of(&athletes[0], token), SAI_INTERNAL);
        assert_int_equal(requests_to(s, "/"), before);
        assert_int_equal(restart_with(NEW "," OLD, &err), SAI_OK);
        /* Both are in use now: the one for what is sealed from now on, the other for what was. */
        assert_int_equal(restart_with(OLD, &err), SAI_INVALID);
        assert_int_equal(restart_with(NEW, &err), SAI_INVALID);
}

static void rotation_that_was_stopped_goes_on_where_it_was(void **state)
{
        (void)state;
        struct sai_err err;
        struct key_rotation rotation;
        char before[2][256], after[256];
        bool sealed;
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(1));
        assert_int_equal(restart_with(NEW "," OLD, &err), SAI_OK);
        for (int i = 0; i < 2; i++)
                assert_int_equal(token_of(&athletes[i], before[i]), SAI_OK);
        assert_int_equal(strava_access_reseal(&s->service.auth, athletes[0].id, arena, &sealed, &err), SAI_OK);
        assert_true(sealed);
        /* Stopped here: the old key is still needed. */
        assert_int_equal(restart_with(NEW, &err), SAI_INVALID);
        assert_int_equal(restart_with(NEW "," OLD, &err), SAI_OK);
        assert_int_equal(key_use_rotate(&s->service.auth, &rotation, &err), SAI_OK);
        assert_int_equal(rotation.links, 2);
        assert_int_equal(rotation.sealed, 1);
        assert_int_equal(rotation.dropped, 1);
        assert_int_equal(restart_with(NEW, &err), SAI_OK);
        for (int i = 0; i < 2; i++) {
                assert_int_equal(token_of(&athletes[i], after), SAI_OK);
                assert_string_equal(after, before[i]);
        }
        assert_int_equal(key_use_rotate(&s->service.auth, &rotation, &err), SAI_OK);
        assert_int_equal(rotation.sealed, 0);
        assert_int_equal(rotation.dropped, 0);
}

struct rotating {
        struct sai_id user_id;
        sai_status status;
        bool sealed;
};
static void *rotate(void *argument)
{
        struct rotating *rotating = argument;
        struct sai_err err;
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(1));
        rotating->status = strava_access_reseal(&s->service.auth, rotating->user_id, arena, &rotating->sealed, &err);
        store_thread_done(s->service.store);
        return NULL;
}

/* A refresh has the lease: what Strava gives it must not be lost to a rotation at the same moment. */
static void rotation_waits_for_a_refresh_under_way(void **state)
{
        (void)state;
        struct sai_err err;
        struct strava_link link;
        struct rotating rotating = { .user_id = athletes[0].id };
        pthread_t thread;
        char token[256];
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(1));
        assert_int_equal(restart_with(OTHER "," NEW, &err), SAI_OK);
        assert_int_equal(store_link_lease(s->service.store, athletes[0].id, "a refresh", 60000, arena, &link, &err), SAI_OK);
        assert_int_equal(pthread_create(&thread, NULL, rotate, &rotating), 0);
        link.lease_owner = NULL;
        link.lease_until = (struct sai_opt_instant) { 0 };
        assert_int_equal(store_link_put(s->service.store, &link, &err), SAI_OK); /* nobody wrote in between */
        pthread_join(thread, NULL);
        assert_int_equal(rotating.status, SAI_OK);
        assert_true(rotating.sealed);
        assert_int_equal(token_of(&athletes[0], token), SAI_OK);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(key_that_seals_cannot_be_dropped),
                cmocka_unit_test(rotation_that_was_stopped_goes_on_where_it_was),
                cmocka_unit_test(rotation_waits_for_a_refresh_under_way),
        };
        int failed = SERVICE_RUN("key rotation", tests, start, stop);
        report_coverage("test_key_rotation");
        return failed;
}
