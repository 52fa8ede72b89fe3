/* test_jwt.c -- what an access token must be to be believed (checklist A1 to A5), and the signatures against Wycheproof's vectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/jwt.h"
#include "base/limits.h"
#include "support/shared_data.h"

#define ISSUER   "https://coach.example"
#define SUBJECT  "665f1b2c3d4e5f6071829304"
#define SESSION  "665f1b2c3d4e5f6071829305"
#define UNIQUE   "665f1b2c3d4e5f6071829306"
#define KEY_TEXT "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
#define OLD_TEXT "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="

enum { NOW_S = 1795000000, LIFE_S = 900 };

static struct jwt_ring ring;
static struct jwt_rules rules;

static int setup(void **state)
{
        (void)state;
        struct sai_err err;
        rules = (struct jwt_rules) { .ring = &ring, .issuer = ISSUER, .audience = ISSUER, .life_s = LIFE_S };
        return sodium_init() < 0 || jwt_ring_parse("new:HS256:" KEY_TEXT ",old:EdDSA:" OLD_TEXT, &ring, &err) != SAI_OK;
}

/* -- Making tokens by hand ----------------------------------------------------------------------------------------------------- */

/* header.payload.signature, signed with the first key whatever the header says. */
static void sign_by_hand(const char *header, const char *payload, char *out)
{
        uint8_t mac[32];
        crypto_auth_hmacsha256_state hmac;
        size_t at = sai_base64url_encode(header, strlen(header), out);
        out[at++] = '.';
        at += sai_base64url_encode(payload, strlen(payload), out + at);
        crypto_auth_hmacsha256_init(&hmac, ring.keys[0].secret, ring.keys[0].secret_len);
        crypto_auth_hmacsha256_update(&hmac, (const unsigned char *)out, at);
        crypto_auth_hmacsha256_final(&hmac, mac);
        out[at++] = '.';
        sai_base64url_encode(mac, sizeof mac, out + at);
}

#define HEADER           "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"new\"}"
#define CLAIMS(iat, exp) "\"iat\":" #iat ",\"exp\":" #exp
#define PAYLOAD(times)                                                                                                           \
        "{\"iss\":\"" ISSUER "\",\"aud\":\"" ISSUER "\",\"sub\":\"" SUBJECT "\",\"sid\":\"" SESSION "\"," times                  \
        ",\"jti\":\"" UNIQUE "\"}"
#define GOOD_PAYLOAD PAYLOAD(CLAIMS(1795000000, 1795000900))

static sai_status verify(const char *token)
{
        struct jwt_claims claims;
        struct sai_err err = { 0 };
        return jwt_verify(&rules, token, strlen(token), NOW_S, &claims, &err);
}

static sai_status verify_parts(const char *header, const char *payload)
{
        char token[16384];
        sign_by_hand(header, payload, token);
        return verify(token);
}

static void issue(char out[JWT_TOKEN_MAX])
{
        struct sai_id subject = { 0 }, session = { 0 }, unique = { 0 };
        struct sai_err err;
        assert_true(sai_id_parse(SUBJECT, 24, &subject) && sai_id_parse(SESSION, 24, &session) &&
                    sai_id_parse(UNIQUE, 24, &unique));
        struct jwt_claims claims = { subject, session, NOW_S, NOW_S + LIFE_S };
        assert_int_equal(jwt_sign(&rules, &claims, unique, out, &err), SAI_OK);
}

/* -- Promises -------------------------------------------------------------------------------------------------------------------- */

static void issued_token_says_what_went_in(void **state)
{
        (void)state;
        char token[JWT_TOKEN_MAX], hex[25];
        struct jwt_claims claims;
        struct sai_err err;
        issue(token);
        assert_int_equal(jwt_verify(&rules, token, strlen(token), NOW_S, &claims, &err), SAI_OK);
        sai_id_format(claims.subject, hex);
        assert_string_equal(hex, SUBJECT);
        sai_id_format(claims.session, hex);
        assert_string_equal(hex, SESSION);
        assert_int_equal(claims.expires_at, NOW_S + LIFE_S);
        assert_int_equal(verify_parts(HEADER, GOOD_PAYLOAD), SAI_OK);
}

static void issued_token_fits_whatever_the_public_address(void **state)
{
        (void)state;
        char issuer[301], token[JWT_TOKEN_MAX];
        struct jwt_rules long_rules = rules;
        struct jwt_claims claims = { .issued_at = NOW_S, .expires_at = NOW_S + LIFE_S };
        struct sai_err err;
        memset(issuer, 'a', 300);
        issuer[300] = '\0';
        long_rules.issuer = long_rules.audience = issuer;
        assert_int_equal(jwt_sign(&long_rules, &claims, (struct sai_id) { 0 }, token, &err), SAI_OK);
        assert_int_equal(jwt_verify(&long_rules, token, strlen(token), NOW_S, &claims, &err), SAI_OK);
}

static void older_key_verifies_and_the_newest_signs(void **state)
{
        (void)state;
        static const char turned[] = "old:EdDSA:" OLD_TEXT ",new:HS256:" KEY_TEXT;
        char token[JWT_TOKEN_MAX];
        struct jwt_ring other;
        struct jwt_rules other_rules = rules;
        struct jwt_claims claims = { .issued_at = NOW_S, .expires_at = NOW_S + LIFE_S };
        struct sai_err err;
        assert_int_equal(jwt_ring_parse(turned, &other, &err), SAI_OK);
        other_rules.ring = &other;
        assert_int_equal(jwt_sign(&other_rules, &claims, (struct sai_id) { 0 }, token, &err), SAI_OK);
        assert_memory_equal(token, "eyJhbGciOiJFZERTQSI", 19); /* {"alg":"EdDSA" */
        assert_int_equal(jwt_verify(&rules, token, strlen(token), NOW_S, &claims, &err), SAI_OK);
        struct jwt_ring dropped;
        assert_int_equal(jwt_ring_parse("new:HS256:" KEY_TEXT, &dropped, &err), SAI_OK);
        other_rules.ring = &dropped;
        assert_int_equal(jwt_verify(&other_rules, token, strlen(token), NOW_S, &claims, &err), SAI_TOKEN_INVALID);
}

static void header_is_exactly_ours(void **state)
{
        (void)state;
        static const char *const bad[] = {
                "{\"alg\":\"hs256\",\"typ\":\"JWT\",\"kid\":\"new\"}",
                "{\"alg\":\"none\",\"typ\":\"JWT\",\"kid\":\"new\"}",
                "{\"alg\":\"None\",\"typ\":\"JWT\",\"kid\":\"new\"}",
                "{\"alg\":\"HS512\",\"typ\":\"JWT\",\"kid\":\"new\"}",
                "{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"new\"}",
                "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"old\"}",
                "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"other\"}",
                "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"../../dev/null\"}",
                "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"new' OR 1=1\"}",
                "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"new\\u0000\"}",
                "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":0}",
                "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":[\"new\"]}",
                "{\"alg\":\"HS256\",\"typ\":\"JWT\"}",
                "{\"alg\":\"HS256\",\"kid\":\"new\"}",
                "{\"alg\":\"HS256\",\"typ\":\"at+jwt\",\"kid\":\"new\"}",
                "{\"alg\":\"HS256\",\"typ\":\"jwt\",\"kid\":\"new\"}",
                "{\"alg\":\"HS256\",\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"new\"}",
                "{\"alg\":\"none\",\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"new\"}",
                "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"new\",\"crit\":[\"exp\"]}",
                "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"new\",\"b64\":false}",
                "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"new\",\"jku\":\"https://evil.example/\"}",
                "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"new\",\"jwk\":{}}",
                "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"new\",\"x5u\":\"\"}",
                "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"new\",\"x5c\":[]}",
                "[\"HS256\"]",
                "\"HS256\"",
                "{}",
                "",
                "null",
                "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"new\"}x",
                ("\xEF\xBB\xBF" HEADER),
        };
        for (size_t i = 0; i < SAI_COUNT(bad); i++)
                if (verify_parts(bad[i], GOOD_PAYLOAD) != SAI_TOKEN_INVALID)
                        fail_msg("accepted: %s", bad[i]);
}

static void payload_is_an_object_with_all_claims(void **state)
{
        (void)state;
        static const char *const bad[] = {
                "[1]",
                "1",
                "\"x\"",
                "null",
                "{}",
                "",
                PAYLOAD("\"iat\":\"1795000000\",\"exp\":1795000900"),
                PAYLOAD("\"iat\":1795000000,\"exp\":\"1795000900\""),
                PAYLOAD("\"iat\":1795000000.5,\"exp\":1795000900"),
                PAYLOAD("\"iat\":1795000000,\"exp\":1.7950009e9"),
                PAYLOAD("\"iat\":1795000000"),
                PAYLOAD("\"exp\":1795000900"),
                PAYLOAD("\"iat\":null,\"exp\":1795000900"),
                PAYLOAD("\"iat\":true,\"exp\":1795000900"),
                PAYLOAD("\"iat\":-1,\"exp\":1795000900"),
                PAYLOAD("\"iat\":1795000000,\"exp\":99999999999999999999"),
                PAYLOAD("\"iat\":1795000000,\"exp\":9223372036854775807"),
                PAYLOAD("\"iat\":1795000000,\"exp\":1795000900,\"exp\":1795000901"),
                "{\"iss\":\"https://other.example\",\"aud\":\"" ISSUER "\",\"sub\":\"" SUBJECT "\",\"sid\":\"" SESSION
                "\",\"iat\":1795000000,\"exp\":1795000900,\"jti\":\"" UNIQUE "\"}",
                "{\"iss\":\"" ISSUER "\",\"aud\":[\"" ISSUER "\"],\"sub\":\"" SUBJECT "\",\"sid\":\"" SESSION
                "\",\"iat\":1795000000,\"exp\":1795000900,\"jti\":\"" UNIQUE "\"}",
                "{\"iss\":\"" ISSUER "\",\"aud\":\"" ISSUER "\",\"sub\":\"" SUBJECT "0\",\"sid\":\"" SESSION
                "\",\"iat\":1795000000,\"exp\":1795000900,\"jti\":\"" UNIQUE "\"}",
                "{\"iss\":\"" ISSUER "\",\"aud\":\"" ISSUER "\",\"sub\":\"" SUBJECT
                "\",\"iat\":1795000000,\"exp\":1795000900,\"jti\":\"" UNIQUE "\"}",
                "{\"iss\":\"" ISSUER "\",\"aud\":\"" ISSUER "\",\"sub\":\"" SUBJECT "\",\"sid\":\"" SESSION
                "\",\"iat\":1795000000,\"exp\":1795000900}",
        };
        for (size_t i = 0; i < SAI_COUNT(bad); i++)
                if (verify_parts(HEADER, bad[i]) != SAI_TOKEN_INVALID)
                        fail_msg("accepted: %s", bad[i]);
}

static void times_are_held_to_thirty_seconds_and_the_life(void **state)
{
        (void)state;
        assert_int_equal(verify_parts(HEADER, PAYLOAD(CLAIMS(1794999100, 1794999971))), SAI_OK); /* expired 29 s ago */
        assert_int_equal(verify_parts(HEADER, PAYLOAD(CLAIMS(1794999100, 1794999970))), SAI_TOKEN_EXPIRED); /* 30 s */
        assert_int_equal(verify_parts(HEADER, PAYLOAD(CLAIMS(1794999100, 1794999969))), SAI_TOKEN_EXPIRED); /* 31 s */
        assert_int_equal(verify_parts(HEADER, PAYLOAD(CLAIMS(1795000030, 1795000900))), SAI_OK);
        assert_int_equal(verify_parts(HEADER, PAYLOAD(CLAIMS(1795000031, 1795000900))), SAI_TOKEN_INVALID);
        assert_int_equal(verify_parts(HEADER, PAYLOAD(CLAIMS(1795000000, 1795000901))), SAI_TOKEN_INVALID); /* lives too long */
}

static void expiry_is_said_only_of_what_is_otherwise_right(void **state)
{
        (void)state;
        char token[4096];
        sign_by_hand(HEADER, PAYLOAD(CLAIMS(1700000000, 1700000900)), token);
        assert_int_equal(verify(token), SAI_TOKEN_EXPIRED);
        token[strlen(token) - 5] ^= 1;
        assert_int_equal(verify(token), SAI_TOKEN_INVALID);
        assert_int_equal(verify_parts(HEADER, "{\"exp\":1700000900}"), SAI_TOKEN_INVALID);
}

static void every_changed_byte_is_noticed(void **state)
{
        (void)state;
        char token[JWT_TOKEN_MAX];
        issue(token);
        size_t len = strlen(token);
        for (size_t i = 0; i < len; i++) {
                static const char others[] = "AZaz09-_.=+/ \n";
                char was = token[i];
                for (const char *other = others; *other; other++) {
                        if (*other == was)
                                continue;
                        token[i] = *other;
                        if (verify(token) != SAI_TOKEN_INVALID)
                                fail_msg("byte %zu as %c was accepted", i, *other);
                }
                token[i] = was;
        }
        for (size_t cut = 0; cut < len; cut++) {
                struct jwt_claims claims;
                struct sai_err err;
                char *copy = malloc(cut + 1); /* exactly as long, so that a look beyond the end is noticed */
                assert_non_null(copy);
                memcpy(copy, token, cut);
                assert_int_equal(jwt_verify(&rules, copy, cut, NOW_S, &claims, &err), SAI_TOKEN_INVALID);
                free(copy);
        }
        assert_int_equal(verify(token), SAI_OK);
}

static void base64url_is_strict(void **state)
{
        (void)state;
        char token[JWT_TOKEN_MAX + 8];
        issue(token);
        size_t len = strlen(token);
        snprintf(token + len, 8, "=");
        assert_int_equal(verify(token), SAI_TOKEN_INVALID);
        token[len] = '\0';
        /* 32 bytes are 43 characters, whose last carries two bits that must be zero. */
        static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        const char *last = strchr(alphabet, token[len - 1]);
        assert_non_null(last);
        token[len - 1] = last[1];
        assert_int_equal(verify(token), SAI_TOKEN_INVALID);
        assert_int_equal(verify("..."), SAI_TOKEN_INVALID);
        assert_int_equal(verify(".."), SAI_TOKEN_INVALID);
        assert_int_equal(verify(""), SAI_TOKEN_INVALID);
}

static void token_over_four_kib_is_not_looked_at(void **state)
{
        (void)state;
        char payload[4096], token[16384];
        snprintf(payload, sizeof payload,
                 "{\"iss\":\"" ISSUER "\",\"aud\":\"" ISSUER "\",\"sub\":\"" SUBJECT "\",\"sid\":\"" SESSION
                 "\",\"iat\":1795000000,\"exp\":1795000900,\"jti\":\"" UNIQUE "\",\"pad\":\"%0*d\"}",
                 2600, 0);
        sign_by_hand(HEADER, payload, token);
        assert_true(strlen(token) < SAI_MAX_TOKEN);
        assert_int_equal(verify(token), SAI_OK);
        snprintf(payload, sizeof payload,
                 "{\"iss\":\"" ISSUER "\",\"aud\":\"" ISSUER "\",\"sub\":\"" SUBJECT "\",\"sid\":\"" SESSION
                 "\",\"iat\":1795000000,\"exp\":1795000900,\"jti\":\"" UNIQUE "\",\"pad\":\"%0*d\"}",
                 2900, 0);
        sign_by_hand(HEADER, payload, token);
        assert_true(strlen(token) > SAI_MAX_TOKEN);
        assert_int_equal(verify(token), SAI_TOKEN_INVALID);
}

static void deep_nesting_does_not_break_the_stack(void **state)
{
        (void)state;
        char payload[3000], token[16384];
        memset(payload, '[', sizeof payload - 1);
        payload[sizeof payload - 1] = '\0';
        sign_by_hand(HEADER, payload, token);
        assert_int_equal(verify(token), SAI_TOKEN_INVALID);
}

/* -- Wycheproof --------------------------------------------------------------------------------------------------------------------- */

static json_t *vectors(const char *name)
{
        char path[512];
        snprintf(path, sizeof path, "%s/wycheproof/%s", shared_data_or_skip(), name);
        json_t *json = json_load_file(path, 0, NULL);
        if (!json)
                fail_msg("%s cannot be read", path);
        return json;
}

static const char *text(const json_t *object, const char *name) { return json_string_value(json_object_get(object, name)); }

static size_t unhex(const char *hex, uint8_t *out, size_t size)
{
        size_t len = 0;
        assert_int_equal(sodium_hex2bin(out, size, hex, strlen(hex), NULL, &len, NULL), 0);
        return len;
}

static void hmac_vectors_agree(void **state)
{
        (void)state;
        json_t *root = vectors("hmac_sha256_test.json"), *group, *test;
        size_t i, k, tried = 0;
        json_array_foreach(json_object_get(root, "testGroups"), i, group)
        {
                json_array_foreach(json_object_get(group, "tests"), k, test)
                {
                        struct jwt_key key = { .algorithm = JWT_HS256 };
                        static uint8_t message[65536], tag[64];
                        if (strlen(text(test, "key")) / 2 > KEY_SECRET_MAX)
                                continue; /* longer keys than the ring takes */
                        key.secret_len = unhex(text(test, "key"), key.secret, sizeof key.secret);
                        size_t len = unhex(text(test, "msg"), message, sizeof message),
                               tag_len = unhex(text(test, "tag"), tag, sizeof tag);
                        /* A tag cut short is right by HMAC's rules and wrong by ours. */
                        bool expected = strcmp(text(test, "result"), "valid") == 0 && tag_len == 32;
                        assert_int_equal(jwt_signature_valid(&key, message, len, tag, tag_len), expected);
                        tried++;
                }
        }
        assert_true(tried > 100);
        json_decref(root);
}

static void ed25519_vectors_agree(void **state)
{
        (void)state;
        json_t *root = vectors("ed25519_test.json"), *group, *test;
        size_t i, k, tried = 0;
        json_array_foreach(json_object_get(root, "testGroups"), i, group)
        {
                struct jwt_key key = { .algorithm = JWT_EDDSA };
                unhex(text(json_object_get(group, "publicKey"), "pk"), key.public_key, sizeof key.public_key);
                json_array_foreach(json_object_get(group, "tests"), k, test)
                {
                        static uint8_t message[65536], signature[256];
                        size_t len = unhex(text(test, "msg"), message, sizeof message),
                               sig_len = unhex(text(test, "sig"), signature, sizeof signature);
                        bool expected = strcmp(text(test, "result"), "valid") == 0;
                        if (jwt_signature_valid(&key, message, len, signature, sig_len) != expected)
                                fail_msg("vector %lld", (long long)json_integer_value(json_object_get(test, "tcId")));
                        tried++;
                }
        }
        assert_int_equal(tried, 151);
        json_decref(root);
}

/* Ours are stricter than JWS: no vector has our header, so each must be refused; and those of HMAC keys must agree below that. */
static void jws_vectors_are_refused_and_their_macs_agree(void **state)
{
        (void)state;
        json_t *root = vectors("json_web_signature_test.json"), *group, *test;
        size_t i, k, macs = 0;
        json_array_foreach(json_object_get(root, "testGroups"), i, group)
        {
                const char *secret = text(json_object_get(group, "private"), "k"),
                           *algorithm = text(json_object_get(group, "private"), "alg");
                struct jwt_ring one = { .count = 1, .keys[0].algorithm = JWT_HS256 };
                struct jwt_key *key = &one.keys[0];
                struct jwt_rules their_rules = { &one, "joe", "joe", 1LL << 32 };
                const char *id = text(json_object_get(group, "private"), "kid");
                snprintf(key->id, sizeof key->id, "%s", id ? id : "none");
                bool usable =
                        secret && sai_base64url_decode(secret, strlen(secret), key->secret, sizeof key->secret, &key->secret_len);
                json_array_foreach(json_object_get(group, "tests"), k, test)
                {
                        struct jwt_claims claims;
                        struct sai_err err;
                        const char *jws = text(test, "jws");
                        if (!jws)
                                continue;
                        assert_int_equal(jwt_verify(&their_rules, jws, strlen(jws), 1300819380, &claims, &err),
                                         SAI_TOKEN_INVALID);
                        const char *dot = strrchr(jws, '.');
                        uint8_t mac[64];
                        size_t mac_len = 0;
                        bool valid = strcmp(text(test, "result"), "valid") == 0;
                        if (!usable || !algorithm || strcmp(algorithm, "HS256") != 0 || !valid || strchr(jws, '?'))
                                continue;
                        assert_true(dot && sai_base64url_decode(dot + 1, strlen(dot + 1), mac, sizeof mac, &mac_len));
                        assert_true(jwt_signature_valid(key, jws, (size_t)(dot - jws), mac, mac_len));
                        macs++;
                }
        }
        assert_true(macs > 0);
        json_decref(root);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(issued_token_says_what_went_in),
                cmocka_unit_test(issued_token_fits_whatever_the_public_address),
                cmocka_unit_test(older_key_verifies_and_the_newest_signs),
                cmocka_unit_test(header_is_exactly_ours),
                cmocka_unit_test(payload_is_an_object_with_all_claims),
                cmocka_unit_test(times_are_held_to_thirty_seconds_and_the_life),
                cmocka_unit_test(expiry_is_said_only_of_what_is_otherwise_right),
                cmocka_unit_test(every_changed_byte_is_noticed),
                cmocka_unit_test(base64url_is_strict),
                cmocka_unit_test(token_over_four_kib_is_not_looked_at),
                cmocka_unit_test(deep_nesting_does_not_break_the_stack),
                cmocka_unit_test(hmac_vectors_agree),
                cmocka_unit_test(ed25519_vectors_agree),
                cmocka_unit_test(jws_vectors_are_refused_and_their_macs_agree),
        };
        return cmocka_run_group_tests_name("jwt", tests, setup, NULL);
}
