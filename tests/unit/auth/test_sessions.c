/* test_sessions.c -- devices that are signed in: rotation, reuse, lives, limits (checklist A3, A10 to A12, A16). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/session.h"
#include "base/limits.h"
#include "cache/cache.h"
#include "store/store.h"

#define DAY_MS (24LL * 3600 * 1000)

struct clock_by_hand {
        _Atomic int64_t wall_ms, monotonic_ms;
};

struct world {
        struct auth auth;
        struct clock_by_hand clock;
        struct sai_arena *arena;
        char directory[48];
};

static int64_t wall(void *context) { return atomic_load(&((struct clock_by_hand *)context)->wall_ms); }
static int64_t monotonic(void *context) { return atomic_load(&((struct clock_by_hand *)context)->monotonic_ms); }

static struct world *w;

static void advance(int64_t ms)
{
        atomic_fetch_add(&w->clock.wall_ms, ms);
        atomic_fetch_add(&w->clock.monotonic_ms, ms);
}

static int setup(void **state)
{
        char url[128];
        struct sai_err err;
        (void)state;
        w = calloc(1, sizeof *w);
        if (!w || sodium_init() < 0)
                return -1;
        w->clock.wall_ms = 1795000000000;
        w->clock.monotonic_ms = 5000;
        snprintf(w->directory, sizeof w->directory, "/tmp/stravaai-sessions-XXXXXX");
        if (!mkdtemp(w->directory))
                return -1;
        snprintf(url, sizeof url, "sqlite:%s/store.db", w->directory);
        struct sai_clock clock = { wall, monotonic, &w->clock };
        struct store_config store = { .url = url, .clock = clock, .random = sai_random_system(), .migrate = true };
        struct cache_memory_config cache = { .clock = clock, .random = sai_random_system() };
        w->arena = sai_arena_new(SAI_MIB(64));
        w->auth = (struct auth) { .clock = clock,
                                  .random = sai_random_system(),
                                  .issuer = "https://coach.example",
                                  .access_life_ms = 15 * 60 * 1000,
                                  .refresh_idle_ms = 30 * DAY_MS,
                                  .refresh_life_ms = 180 * DAY_MS,
                                  .cache = cache_memory_new(&cache) };
        return store_open(&store, &w->auth.store, &err) != SAI_OK ||
               jwt_ring_parse("k:HS256:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", &w->auth.jwt_keys, &err) != SAI_OK ||
               data_ring_parse("d:ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=", &w->auth.data_keys, &err) != SAI_OK;
}

static int teardown(void **state)
{
        static const char *const names[] = { "store.db", "store.db-wal", "store.db-shm" };
        (void)state;
        cache_free(w->auth.cache);
        store_close(w->auth.store);
        sai_arena_free(w->arena);
        for (size_t i = 0; i < SAI_COUNT(names); i++) {
                char path[128];
                snprintf(path, sizeof path, "%s/%s", w->directory, names[i]);
                unlink(path);
        }
        rmdir(w->directory);
        free(w);
        return 0;
}

static const struct session_device device = { "curl/7", "192.0.2.1" };

static struct token_pair open_session(struct sai_id user)
{
        struct token_pair tokens;
        struct sai_err err = { 0 };
        if (session_open(&w->auth, user, SESSION_TOKEN, device, w->arena, &tokens, &err) != SAI_OK)
                fail_msg("%s", err.detail);
        return tokens;
}

static sai_status refresh(const char *token, struct token_pair *ret)
{
        struct sai_err err = { 0 };
        return session_refresh(&w->auth, token, strlen(token), w->arena, ret, &err);
}

static sai_status access_is(const char *token)
{
        struct session_identity identity;
        struct sai_err err = { 0 };
        return session_of_access_token(&w->auth, token, strlen(token), &identity, &err);
}

static struct sai_id new_user(void) { return store_new_id(w->auth.store); }

static size_t session_count(struct sai_id user, struct session **ret)
{
        size_t count;
        struct sai_err err;
        assert_int_equal(store_session_list(w->auth.store, user, w->arena, ret, &count, &err), SAI_OK);
        return count;
}

/* -- Refresh tokens --------------------------------------------------------------------------------------------------------------- */

static void refresh_token_is_single_use(void **state)
{
        (void)state;
        struct token_pair first = open_session(new_user()), second, third;
        assert_int_equal(refresh(first.refresh_token, &second), SAI_OK);
        assert_string_not_equal(first.refresh_token, second.refresh_token);
        assert_int_equal(access_is(second.access_token), SAI_OK);
        assert_int_equal(refresh(first.refresh_token, &third), SAI_REFRESH_REUSED);
        /* The family is dead, with its access tokens. */
        assert_int_equal(refresh(second.refresh_token, &third), SAI_TOKEN_INVALID);
        assert_int_equal(access_is(second.access_token), SAI_TOKEN_INVALID);
        assert_int_equal(access_is(first.access_token), SAI_TOKEN_INVALID);
}

static void reuse_ends_its_own_family_only(void **state)
{
        (void)state;
        struct sai_id user = new_user();
        struct token_pair one = open_session(user), other = open_session(user), next;
        assert_int_equal(refresh(one.refresh_token, &next), SAI_OK);
        assert_int_equal(refresh(one.refresh_token, &next), SAI_REFRESH_REUSED);
        assert_int_equal(access_is(other.access_token), SAI_OK);
        assert_int_equal(refresh(other.refresh_token, &next), SAI_OK);
}

struct racer {
        const char *token;
        sai_status status;
        pthread_barrier_t *barrier;
};

static void *race(void *argument)
{
        struct racer *racer = argument;
        SAI_CLEANUP(sai_arena_free_p) struct sai_arena *arena = sai_arena_new(SAI_MIB(4));
        struct token_pair tokens;
        struct sai_err err;
        pthread_barrier_wait(racer->barrier);
        racer->status = session_refresh(&w->auth, racer->token, strlen(racer->token), arena, &tokens, &err);
        store_thread_done(w->auth.store);
        return NULL;
}

static void of_two_uses_at_once_exactly_one_succeeds(void **state)
{
        (void)state;
        for (int round = 0; round < 20; round++) {
                struct token_pair tokens = open_session(new_user());
                pthread_barrier_t barrier;
                pthread_t threads[4];
                struct racer racers[4];
                int good = 0, reused = 0;
                pthread_barrier_init(&barrier, NULL, 4);
                for (int i = 0; i < 4; i++) {
                        racers[i] = (struct racer) { .token = tokens.refresh_token, .barrier = &barrier };
                        assert_int_equal(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
                }
                for (int i = 0; i < 4; i++) {
                        pthread_join(threads[i], NULL);
                        good += racers[i].status == SAI_OK;
                        reused += racers[i].status == SAI_REFRESH_REUSED;
                        assert_true(sai_status_http(racers[i].status) == 401 || racers[i].status == SAI_OK);
                }
                pthread_barrier_destroy(&barrier);
                assert_int_equal(good, 1);
                assert_true(reused >= 1);
        }
}

static void within_grace_the_predecessor_gets_the_same_successor(void **state)
{
        (void)state;
        struct token_pair first = open_session(new_user()), second, again, third;
        w->auth.refresh_grace_ms = 10000;
        assert_int_equal(refresh(first.refresh_token, &second), SAI_OK);
        advance(9999);
        assert_int_equal(refresh(first.refresh_token, &again), SAI_OK);
        assert_string_equal(again.refresh_token, second.refresh_token);
        /* Once the successor was used the predecessor is an old one. */
        assert_int_equal(refresh(second.refresh_token, &third), SAI_OK);
        assert_int_equal(refresh(first.refresh_token, &again), SAI_REFRESH_REUSED);
        first = open_session(new_user());
        assert_int_equal(refresh(first.refresh_token, &second), SAI_OK);
        advance(10000);
        assert_int_equal(refresh(first.refresh_token, &again), SAI_REFRESH_REUSED);
        w->auth.refresh_grace_ms = 0;
}

static void forged_refresh_tokens_are_refused(void **state)
{
        (void)state;
        struct token_pair mine = open_session(new_user()), other = open_session(new_user()), next;
        char forged[128];
        /* The session of one with the tag of another. */
        snprintf(forged, sizeof forged, "%.16s%s", mine.refresh_token, other.refresh_token + 16);
        assert_int_equal(refresh(forged, &next), SAI_TOKEN_INVALID);
        for (size_t i = 0; i < strlen(mine.refresh_token); i++) {
                snprintf(forged, sizeof forged, "%s", mine.refresh_token);
                forged[i] = forged[i] == 'A' ? 'B' : 'A';
                if (strcmp(forged, mine.refresh_token) != 0)
                        assert_int_equal(refresh(forged, &next), SAI_TOKEN_INVALID);
        }
        assert_int_equal(refresh("", &next), SAI_TOKEN_INVALID);
        assert_int_equal(refresh(mine.access_token, &next), SAI_TOKEN_INVALID); /* A3 */
        assert_int_equal(access_is(mine.refresh_token), SAI_TOKEN_INVALID);
        assert_int_equal(refresh(mine.refresh_token, &next), SAI_OK);
}

static void changed_data_key_signs_nobody_out(void **state)
{
        (void)state;
        struct token_pair first = open_session(new_user()), second, third;
        struct data_ring before = w->auth.data_keys;
        struct sai_err err;
        assert_int_equal(data_ring_parse("e:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=,d:"
                                         "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=",
                                         &w->auth.data_keys, &err),
                         SAI_OK);
        assert_int_equal(refresh(first.refresh_token, &second), SAI_OK);
        w->auth.data_keys.count = 1;
        assert_int_equal(refresh(second.refresh_token, &third), SAI_OK);
        w->auth.data_keys = before;
}

/* -- Lives --------------------------------------------------------------------------------------------------------------------------- */

static void unused_session_ends_after_its_idle_life(void **state)
{
        (void)state;
        struct token_pair tokens = open_session(new_user()), next;
        advance(30 * DAY_MS - 1);
        assert_int_equal(refresh(tokens.refresh_token, &next), SAI_OK);
        advance(30 * DAY_MS);
        assert_int_equal(refresh(next.refresh_token, &tokens), SAI_TOKEN_EXPIRED);
}

static void no_rotation_outlives_the_absolute_life(void **state)
{
        (void)state;
        struct token_pair tokens = open_session(new_user());
        for (int i = 0; i < 8; i++) {
                advance(20 * DAY_MS);
                assert_int_equal(refresh(tokens.refresh_token, &tokens), SAI_OK);
        }
        advance(20 * DAY_MS); /* 180 days */
        assert_int_equal(refresh(tokens.refresh_token, &tokens), SAI_TOKEN_EXPIRED);
}

static void access_token_ends_with_its_time(void **state)
{
        (void)state;
        struct token_pair tokens = open_session(new_user());
        assert_int_equal(tokens.expires_at.ms, atomic_load(&w->clock.wall_ms) / 1000 * 1000 + 15 * 60 * 1000);
        advance(15 * 60 * 1000 + 29000);
        assert_int_equal(access_is(tokens.access_token), SAI_OK);
        advance(2000);
        assert_int_equal(access_is(tokens.access_token), SAI_TOKEN_EXPIRED);
}

static void used_page_cookie_lives_on_and_an_unused_one_ends(void **state)
{
        (void)state;
        const char *cookie;
        struct sai_err err;
        struct session_identity identity;
        assert_int_equal(session_open_page(&w->auth, new_user(), device, w->arena, &cookie, &err), SAI_OK);
        for (int i = 0; i < 8; i++) {
                advance(20 * DAY_MS);
                assert_int_equal(session_of_cookie(&w->auth, cookie, strlen(cookie), &identity, &err), SAI_OK);
        }
        advance(20 * DAY_MS);
        assert_int_equal(session_of_cookie(&w->auth, cookie, strlen(cookie), &identity, &err), SAI_TOKEN_INVALID);
        assert_int_equal(session_open_page(&w->auth, new_user(), device, w->arena, &cookie, &err), SAI_OK);
        advance(30 * DAY_MS);
        assert_int_equal(session_of_cookie(&w->auth, cookie, strlen(cookie), &identity, &err), SAI_TOKEN_INVALID);
}

/* -- Cookies and ends ------------------------------------------------------------------------------------------------------------------- */

static void cookie_is_checked_to_its_last_bit(void **state)
{
        (void)state;
        const char *cookie;
        char forged[128];
        struct sai_err err;
        struct session_identity identity;
        struct sai_id user = new_user();
        assert_int_equal(session_open_page(&w->auth, user, device, w->arena, &cookie, &err), SAI_OK);
        assert_int_equal(session_of_cookie(&w->auth, cookie, strlen(cookie), &identity, &err), SAI_OK);
        assert_true(sai_id_equal(identity.user_id, user));
        for (size_t i = 0; i < strlen(cookie); i++) {
                snprintf(forged, sizeof forged, "%s", cookie);
                forged[i] = forged[i] == 'Q' ? 'R' : 'Q';
                if (session_of_cookie(&w->auth, forged, strlen(forged), &identity, &err) != SAI_TOKEN_INVALID)
                        fail_msg("character %zu", i);
                assert_int_equal(session_of_cookie(&w->auth, cookie, i, &identity, &err), SAI_TOKEN_INVALID);
        }
        /* A token session's id is no cookie: the row has no secret. */
        struct token_pair tokens = open_session(user);
        char zero[64];
        snprintf(zero, sizeof zero, "%.16sAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", tokens.refresh_token);
        assert_int_equal(session_of_cookie(&w->auth, zero, 59, &identity, &err), SAI_TOKEN_INVALID);
}

static void ended_session_is_ended_at_once(void **state)
{
        (void)state;
        struct sai_id user = new_user();
        struct token_pair one = open_session(user), other = open_session(user), next;
        struct session_identity identity;
        struct sai_err err;
        assert_int_equal(session_of_access_token(&w->auth, one.access_token, strlen(one.access_token), &identity, &err), SAI_OK);
        assert_int_equal(session_end(&w->auth, user, identity.session_id, &err), SAI_OK);
        assert_int_equal(access_is(one.access_token), SAI_TOKEN_INVALID);
        assert_int_equal(refresh(one.refresh_token, &next), SAI_TOKEN_INVALID);
        assert_int_equal(access_is(other.access_token), SAI_OK);
        assert_int_equal(session_end_all(&w->auth, user, &err), SAI_OK);
        assert_int_equal(access_is(other.access_token), SAI_TOKEN_INVALID);
}

/* Another process ends it: this one only has its cache. */
static void session_ended_elsewhere_is_ended_here_within_five_seconds(void **state)
{
        (void)state;
        struct sai_id user = new_user();
        struct token_pair tokens = open_session(user);
        struct session_identity identity;
        struct sai_err err;
        assert_int_equal(session_of_access_token(&w->auth, tokens.access_token, strlen(tokens.access_token), &identity, &err),
                         SAI_OK);
        assert_int_equal(store_session_delete(w->auth.store, user, identity.session_id, &err), SAI_OK);
        advance(5001);
        assert_int_equal(access_is(tokens.access_token), SAI_TOKEN_INVALID);
}

static void twenty_sessions_are_kept_and_the_least_used_goes(void **state)
{
        (void)state;
        struct sai_id user = new_user();
        struct token_pair pairs[SAI_MAX_SESSIONS_PER_USER], extra;
        struct session *sessions;
        for (size_t i = 0; i < SAI_COUNT(pairs); i++) {
                pairs[i] = open_session(user);
                advance(1000);
        }
        assert_int_equal(refresh(pairs[0].refresh_token, &pairs[0]), SAI_OK); /* the second is the least recently used now */
        extra = open_session(user);
        assert_int_equal(session_count(user, &sessions), SAI_MAX_SESSIONS_PER_USER);
        assert_int_equal(access_is(pairs[1].access_token), SAI_TOKEN_INVALID);
        assert_int_equal(access_is(pairs[0].access_token), SAI_OK);
        assert_int_equal(access_is(pairs[2].access_token), SAI_OK);
        assert_int_equal(access_is(extra.access_token), SAI_OK);
}

static void each_sign_in_has_a_new_id_and_no_secret_is_kept(void **state)
{
        (void)state;
        struct sai_id user = new_user();
        struct token_pair one = open_session(user);
        const char *cookie;
        struct sai_err err;
        struct session *sessions;
        assert_int_equal(session_open_page(&w->auth, user, device, w->arena, &cookie, &err), SAI_OK);
        assert_int_equal(session_count(user, &sessions), 2);
        assert_false(sai_id_equal(sessions[0].id, sessions[1].id));
        for (size_t i = 0; i < 2; i++)
                assert_null(sessions[i].secret_hash.len
                                    ? memmem(sessions[i].secret_hash.data, sessions[i].secret_hash.len, cookie, 8)
                                    : NULL);
        /* Not in the file either: neither the token nor its bytes. */
        char path[128], *line = NULL;
        snprintf(path, sizeof path, "%s/store.db-wal", w->directory);
        FILE *file = fopen(path, "rb");
        assert_non_null(file);
        fseek(file, 0, SEEK_END);
        long len = ftell(file);
        rewind(file);
        line = malloc((size_t)len);
        assert_non_null(line);
        assert_int_equal(fread(line, 1, (size_t)len, file), len);
        fclose(file);
        assert_null(memmem(line, (size_t)len, one.refresh_token + 30, 30));
        assert_null(memmem(line, (size_t)len, cookie + 20, 30));
        uint8_t bytes[64];
        size_t bytes_len;
        assert_true(sai_base64url_decode(cookie, strlen(cookie), bytes, sizeof bytes, &bytes_len));
        assert_null(memmem(line, (size_t)len, bytes + 12, 32));
        assert_true(sai_base64url_decode(one.refresh_token, strlen(one.refresh_token), bytes, sizeof bytes, &bytes_len));
        assert_null(memmem(line, (size_t)len, bytes + 20, 32));
        free(line);
}

static void page_session_gives_no_tokens(void **state)
{
        (void)state;
        struct sai_id user = new_user();
        const char *cookie;
        struct sai_err err;
        struct session *sessions;
        struct token_pair tokens;
        assert_int_equal(session_open_page(&w->auth, user, device, w->arena, &cookie, &err), SAI_OK);
        assert_int_equal(session_count(user, &sessions), 1);
        assert_int_equal(refresh(cookie, &tokens), SAI_TOKEN_INVALID);
        /* An access token that names a page's session, signed as it may be, opens nothing. */
        struct jwt_rules rules = auth_jwt_rules(&w->auth);
        int64_t now_s = atomic_load(&w->clock.wall_ms) / 1000;
        struct jwt_claims claims = { user, sessions[0].id, now_s, now_s + 60 };
        char token[JWT_TOKEN_MAX];
        assert_int_equal(jwt_sign(&rules, &claims, new_user(), token, &err), SAI_OK);
        assert_int_equal(access_is(token), SAI_TOKEN_INVALID);
}

static void token_of_another_user_for_a_session_opens_nothing(void **state)
{
        (void)state;
        struct sai_id user = new_user();
        struct session *sessions;
        struct sai_err err;
        open_session(user);
        assert_int_equal(session_count(user, &sessions), 1);
        struct jwt_rules rules = auth_jwt_rules(&w->auth);
        int64_t now_s = atomic_load(&w->clock.wall_ms) / 1000;
        struct jwt_claims claims = { new_user(), sessions[0].id, now_s, now_s + 60 };
        char token[JWT_TOKEN_MAX];
        assert_int_equal(jwt_sign(&rules, &claims, new_user(), token, &err), SAI_OK);
        assert_int_equal(access_is(token), SAI_TOKEN_INVALID);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(refresh_token_is_single_use),
                cmocka_unit_test(reuse_ends_its_own_family_only),
                cmocka_unit_test(of_two_uses_at_once_exactly_one_succeeds),
                cmocka_unit_test(within_grace_the_predecessor_gets_the_same_successor),
                cmocka_unit_test(forged_refresh_tokens_are_refused),
                cmocka_unit_test(changed_data_key_signs_nobody_out),
                cmocka_unit_test(unused_session_ends_after_its_idle_life),
                cmocka_unit_test(no_rotation_outlives_the_absolute_life),
                cmocka_unit_test(access_token_ends_with_its_time),
                cmocka_unit_test(used_page_cookie_lives_on_and_an_unused_one_ends),
                cmocka_unit_test(cookie_is_checked_to_its_last_bit),
                cmocka_unit_test(ended_session_is_ended_at_once),
                cmocka_unit_test(session_ended_elsewhere_is_ended_here_within_five_seconds),
                cmocka_unit_test(twenty_sessions_are_kept_and_the_least_used_goes),
                cmocka_unit_test(each_sign_in_has_a_new_id_and_no_secret_is_kept),
                cmocka_unit_test(page_session_gives_no_tokens),
                cmocka_unit_test(token_of_another_user_for_a_session_opens_nothing),
        };
        return cmocka_run_group_tests_name("sessions", tests, setup, teardown);
}
