/* test_keys.c -- key lists, key files, and secrets sealed with them (checklist A3, A4, S12). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/seal.h"
#include "support/shared_data.h"

#define K32     "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
#define OTHER32 "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="
#define K31     "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZQ=="

static struct sai_arena *arena;
static struct sai_random chance;

static int setup(void **state)
{
        (void)state;
        arena = sai_arena_new(1 << 20);
        chance = sai_random_system();
        return sodium_init() < 0 || !arena;
}
static int teardown(void **state)
{
        (void)state;
        sai_arena_free(arena);
        return 0;
}

/* -- Lists --------------------------------------------------------------------------------------------------------------------- */

static void bad_lists_name_the_entry_and_never_its_value(void **state)
{
        (void)state;
        static const struct {
                const char *text;
                int entry;
        } bad[] = {
                { "a:HS256:" K32 ",b:HS256:" K31, 2 },
                { "a:HS256:" K31, 1 },
                { "a:EdDSA:" K31, 1 },
                { "a:HS512:" K32, 1 },
                { "a:none:" K32, 1 },
                { "a:hs256:" K32, 1 },
                { "a:HS256", 1 },
                { "a", 1 },
                { ":HS256:" K32, 1 },
                { "a b:HS256:" K32, 1 },
                { "a\":HS256:" K32, 1 },
                { "a:HS256:" K32 ",a:HS256:" OTHER32, 2 },
                { "a:HS256:not base64!", 1 },
                { "a:HS256:", 1 },
                { "a:HS256:" K32 ",,b:HS256:" K32, 2 },
                { "abcdefghijabcdefghijabcdefghijabc:HS256:" K32, 1 },
        };
        for (size_t i = 0; i < SAI_COUNT(bad); i++) {
                struct jwt_ring ring;
                struct sai_err err = { 0 };
                char expected[16];
                snprintf(expected, sizeof expected, "key %d", bad[i].entry);
                if (jwt_ring_parse(bad[i].text, &ring, &err) != SAI_INVALID)
                        fail_msg("accepted: %s", bad[i].text);
                if (!strstr(err.detail, expected) || strstr(err.detail, "MDEy") || strstr(err.detail, "not base64!"))
                        fail_msg("%s: %s", bad[i].text, err.detail);
        }
        struct jwt_ring ring;
        struct sai_err err;
        assert_int_equal(jwt_ring_parse("", &ring, &err), SAI_INVALID);
        assert_int_equal(jwt_ring_parse("a:HS256:" K32 ",b:HS256:" K32 ",c:HS256:" K32 ",d:HS256:" K32 ",e:HS256:" K32
                                        ",f:HS256:" K32 ",g:HS256:" K32 ",h:HS256:" K32 ",i:HS256:" K32,
                                        &ring, &err),
                         SAI_INVALID);
        struct data_ring data;
        assert_int_equal(data_ring_parse("a:" K31, &data, &err), SAI_INVALID);
        assert_int_equal(data_ring_parse("a:" K32 ",a:" K32, &data, &err), SAI_INVALID);
        assert_int_equal(data_ring_parse("a:" K32 ",b:" OTHER32, &data, &err), SAI_OK);
        assert_int_equal(data.count, 2);
}

/* -- Files ---------------------------------------------------------------------------------------------------------------------- */

static void fill_directory(char directory[32])
{
        snprintf(directory, 32, "/tmp/stravaai-keys-XXXXXX");
        assert_non_null(mkdtemp(directory));
}

static void empty(const char *directory, const char *const *names)
{
        char path[128];
        for (; *names; names++) {
                snprintf(path, sizeof path, "%s/%s", directory, *names);
                unlink(path);
        }
        assert_int_equal(rmdir(directory), 0); /* nothing else was left there */
}

static void key_file_is_made_once_with_mode_0600(void **state)
{
        (void)state;
        char directory[32], path[128];
        const char *first, *second;
        struct sai_err err = { 0 };
        struct stat info;
        struct jwt_ring ring;
        fill_directory(directory);
        assert_int_equal(key_file_read_or_make(directory, "jwt.key", "dev:HS256:", &chance, arena, &first, &err), SAI_OK);
        assert_int_equal(key_file_read_or_make(directory, "jwt.key", "dev:HS256:", &chance, arena, &second, &err), SAI_OK);
        assert_string_equal(first, second);
        assert_int_equal(jwt_ring_parse(first, &ring, &err), SAI_OK);
        snprintf(path, sizeof path, "%s/jwt.key", directory);
        assert_int_equal(stat(path, &info), 0);
        assert_int_equal(info.st_mode & 0777, 0600);
        empty(directory, (const char *const[]) { "jwt.key", NULL });
}

static void key_file_that_others_may_read_is_refused(void **state)
{
        (void)state;
        char directory[32], path[128];
        const char *text;
        struct sai_err err = { 0 };
        fill_directory(directory);
        assert_int_equal(key_file_read_or_make(directory, "data.key", "dev:", &chance, arena, &text, &err), SAI_OK);
        snprintf(path, sizeof path, "%s/data.key", directory);
        static const mode_t modes[] = { 0640, 0604, 0620, 0601 };
        for (size_t i = 0; i < SAI_COUNT(modes); i++) {
                assert_int_equal(chmod(path, modes[i]), 0);
                assert_int_equal(key_file_read_or_make(directory, "data.key", "dev:", &chance, arena, &text, &err), SAI_INVALID);
                assert_non_null(strstr(err.detail, "data.key"));
        }
        empty(directory, (const char *const[]) { "data.key", NULL });
}

static void key_file_behind_a_link_is_refused(void **state)
{
        (void)state;
        char directory[32], path[128], target[128];
        const char *text;
        struct sai_err err = { 0 };
        fill_directory(directory);
        assert_int_equal(key_file_read_or_make(directory, "real", "dev:", &chance, arena, &text, &err), SAI_OK);
        snprintf(target, sizeof target, "%s/real", directory);
        snprintf(path, sizeof path, "%s/data.key", directory);
        assert_int_equal(symlink(target, path), 0);
        assert_int_not_equal(key_file_read_or_make(directory, "data.key", "dev:", &chance, arena, &text, &err), SAI_OK);
        empty(directory, (const char *const[]) { "real", "data.key", NULL });
}

/* In a container each start has the same process id: what a kill left half-way must not keep the next one from starting. */
static void half_made_key_file_does_not_stop_the_next_start(void **state)
{
        (void)state;
        char directory[32], path[128], name[32];
        const char *text;
        struct sai_err err = { 0 };
        fill_directory(directory);
        snprintf(name, sizeof name, "jwt.key.%ld", (long)getpid());
        snprintf(path, sizeof path, "%s/%s", directory, name);
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
        assert_true(fd >= 0);
        close(fd);
        assert_int_equal(key_file_read_or_make(directory, "jwt.key", "dev:HS256:", &chance, arena, &text, &err), SAI_OK);
        empty(directory, (const char *const[]) { "jwt.key", name, NULL });
}

/* -- Sealing -------------------------------------------------------------------------------------------------------------------- */

static struct seal_place place_of(const char *collection, uint8_t row, const char *column)
{
        return (struct seal_place) { collection, { .bytes = { row, 2, 3 } }, column };
}

static void ring_of(const char *text, struct data_ring *ring)
{
        struct sai_err err = { 0 };
        assert_int_equal(data_ring_parse(text, ring, &err), SAI_OK);
}

static struct sai_secret seal(const struct data_ring *ring, struct seal_place place, const char *plain)
{
        struct sai_secret sealed;
        struct sai_err err;
        assert_int_equal(seal_close(ring, &chance, place, plain, strlen(plain), arena, &sealed, &err), SAI_OK);
        return sealed;
}

static sai_status open_at(const struct data_ring *ring, struct seal_place place, struct sai_secret sealed)
{
        char *plain = NULL;
        size_t len = 0;
        struct sai_err err = { 0 };
        sai_status status = seal_open(ring, place, sealed, arena, &plain, &len, &err);
        if (status != SAI_OK)
                assert_null(plain); /* a failure never becomes an empty secret */
        return status;
}

static void sealed_secret_opens_only_where_it_stands(void **state)
{
        (void)state;
        struct data_ring ring;
        ring_of("k1:" K32, &ring);
        struct sai_secret sealed = seal(&ring, place_of("strava_links", 1, "access_token"), "the token");
        assert_int_equal(open_at(&ring, place_of("strava_links", 1, "access_token"), sealed), SAI_OK);
        assert_int_equal(open_at(&ring, place_of("strava_links", 2, "access_token"), sealed), SAI_INTERNAL);
        assert_int_equal(open_at(&ring, place_of("strava_links", 1, "refresh_token"), sealed), SAI_INTERNAL);
        assert_int_equal(open_at(&ring, place_of("sessions", 1, "access_token"), sealed), SAI_INTERNAL);
}

static void two_seals_of_one_secret_differ(void **state)
{
        (void)state;
        struct data_ring ring;
        ring_of("k1:" K32, &ring);
        struct seal_place place = place_of("strava_links", 1, "access_token");
        struct sai_secret one = seal(&ring, place, "the token"), two = seal(&ring, place, "the token");
        assert_int_equal(one.len, two.len);
        assert_memory_not_equal(one.data, two.data, one.len);
        assert_null(memmem(one.data, one.len, "the token", 9));
}

static void every_changed_or_missing_byte_of_a_seal_is_noticed(void **state)
{
        (void)state;
        struct data_ring ring;
        ring_of("k1:" K32, &ring);
        struct seal_place place = place_of("strava_links", 1, "access_token");
        struct sai_secret sealed = seal(&ring, place, "the token");
        for (size_t i = 0; i < sealed.len; i++) {
                uint8_t *copy = malloc(sealed.len);
                assert_non_null(copy);
                memcpy(copy, sealed.data, sealed.len);
                copy[i] ^= 0x40;
                assert_int_equal(open_at(&ring, place, (struct sai_secret) { copy, sealed.len }), SAI_INTERNAL);
                free(copy);
        }
        for (size_t len = 0; len < sealed.len; len++) {
                uint8_t *copy = malloc(len + 1);
                assert_non_null(copy);
                memcpy(copy, sealed.data, len);
                assert_int_equal(open_at(&ring, place, (struct sai_secret) { copy, len }), SAI_INTERNAL);
                free(copy);
        }
}

static void old_key_opens_and_an_unknown_one_does_not(void **state)
{
        (void)state;
        struct data_ring before, after, other;
        ring_of("k1:" K32, &before);
        ring_of("k2:" OTHER32 ",k1:" K32, &after);
        ring_of("k2:" OTHER32, &other);
        struct seal_place place = place_of("strava_links", 1, "access_token");
        struct sai_secret sealed = seal(&before, place, "the token");
        assert_int_equal(open_at(&after, place, sealed), SAI_OK);
        assert_int_equal(open_at(&other, place, sealed), SAI_INTERNAL);
        struct sai_secret anew = seal(&after, place, "the token");
        assert_int_equal(open_at(&other, place, anew), SAI_OK);
        assert_int_equal(open_at(&before, place, anew), SAI_INTERNAL);
}

static void empty_secret_opens_as_empty(void **state)
{
        (void)state;
        struct data_ring ring;
        ring_of("k1:" K32, &ring);
        struct seal_place place = place_of("strava_links", 1, "access_token");
        char *plain = NULL;
        size_t len = 1;
        struct sai_err err;
        assert_int_equal(seal_open(&ring, place, seal(&ring, place, ""), arena, &plain, &len, &err), SAI_OK);
        assert_int_equal(len, 0);
        assert_string_equal(plain, "");
}

/* The seal's primitive, as this libsodium has it. */
static void xchacha_vectors_agree(void **state)
{
        (void)state;
        char path[512];
        snprintf(path, sizeof path, "%s/wycheproof/xchacha20_poly1305_test.json", shared_data_or_skip());
        json_t *root = json_load_file(path, 0, NULL), *group, *test;
        size_t i, k, tried = 0;
        assert_non_null(root);
        json_array_foreach(json_object_get(root, "testGroups"), i, group)
        {
                if (json_integer_value(json_object_get(group, "ivSize")) != 192)
                        continue;
                json_array_foreach(json_object_get(group, "tests"), k, test)
                {
                        static uint8_t key[32], nonce[24], aad[4096], cipher[8192], plain[8192], expected[8192];
                        const char *const names[] = { "key", "iv", "aad", "ct", "tag", "msg" };
                        size_t len[6];
                        uint8_t *const to[] = { key, nonce, aad, cipher, NULL, expected };
                        const size_t room[] = { sizeof key, sizeof nonce, sizeof aad, sizeof cipher - 16, 16, sizeof expected };
                        for (size_t n = 0; n < 6; n++) {
                                const char *hex = json_string_value(json_object_get(test, names[n]));
                                uint8_t *out = to[n] ? to[n] : cipher + len[3];
                                assert_int_equal(sodium_hex2bin(out, room[n], hex, strlen(hex), NULL, &len[n], NULL), 0);
                        }
                        unsigned long long plain_len = 0;
                        bool opened = crypto_aead_xchacha20poly1305_ietf_decrypt(plain, &plain_len, NULL, cipher, len[3] + len[4],
                                                                                 aad, len[2], nonce, key) == 0;
                        assert_int_equal(opened, strcmp(json_string_value(json_object_get(test, "result")), "valid") == 0);
                        if (opened)
                                assert_true(plain_len == len[5] && memcmp(plain, expected, len[5]) == 0);
                        tried++;
                }
        }
        assert_true(tried > 200);
        json_decref(root);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(bad_lists_name_the_entry_and_never_its_value),
                cmocka_unit_test(key_file_is_made_once_with_mode_0600),
                cmocka_unit_test(key_file_that_others_may_read_is_refused),
                cmocka_unit_test(key_file_behind_a_link_is_refused),
                cmocka_unit_test(half_made_key_file_does_not_stop_the_next_start),
                cmocka_unit_test(sealed_secret_opens_only_where_it_stands),
                cmocka_unit_test(two_seals_of_one_secret_differ),
                cmocka_unit_test(every_changed_or_missing_byte_of_a_seal_is_noticed),
                cmocka_unit_test(old_key_opens_and_an_unknown_one_does_not),
                cmocka_unit_test(empty_secret_opens_as_empty),
                cmocka_unit_test(xchacha_vectors_agree),
        };
        return cmocka_run_group_tests_name("keys and seals", tests, setup, teardown);
}
