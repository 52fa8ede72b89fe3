/* jwt.c -- see jwt.h. jansson reads header and payload; libsodium signs and verifies. */
#include "auth/jwt.h"

#include "base/limits.h"
#include <jansson.h>
#include <sodium.h>

enum { SKEW_S = 30, SIGNATURE_MAX = 64 };

static const char *algorithm_name(enum jwt_algorithm algorithm) { return algorithm == JWT_HS256 ? "HS256" : "EdDSA"; }

static size_t sign(const struct jwt_key *key, const void *data, size_t len, uint8_t out[SIGNATURE_MAX])
{
        if (key->algorithm == JWT_EDDSA) {
                crypto_sign_detached(out, NULL, data, len, key->secret);
                return crypto_sign_BYTES;
        }
        crypto_auth_hmacsha256_state state;
        crypto_auth_hmacsha256_init(&state, key->secret, key->secret_len);
        crypto_auth_hmacsha256_update(&state, data, len);
        crypto_auth_hmacsha256_final(&state, out);
        sodium_memzero(&state, sizeof state);
        return crypto_auth_hmacsha256_BYTES;
}

bool jwt_signature_valid(const struct jwt_key *key, const void *data, size_t len, const uint8_t *signature, size_t signature_len)
{
        if (key->algorithm == JWT_EDDSA)
                return signature_len == crypto_sign_BYTES &&
                       crypto_sign_verify_detached(signature, data, len, key->public_key) == 0;
        uint8_t expected[SIGNATURE_MAX];
        size_t expected_len = sign(key, data, len, expected);
        return signature_len == expected_len && sodium_memcmp(expected, signature, expected_len) == 0;
}

sai_status jwt_sign(const struct jwt_rules *rules, const struct jwt_claims *claims, struct sai_id unique, char *out,
                    struct sai_err *err)
{
        const struct jwt_key *key = &rules->ring->keys[0];
        char header[128], payload[1200], subject[SAI_ID_HEX + 1], session[SAI_ID_HEX + 1], jti[SAI_ID_HEX + 1];
        sai_id_format(claims->subject, subject);
        sai_id_format(claims->session, session);
        sai_id_format(unique, jti);
        int header_len = snprintf(header, sizeof header, "{\"alg\":\"%s\",\"typ\":\"JWT\",\"kid\":\"%s\"}",
                                  algorithm_name(key->algorithm), key->id);
        int payload_len =
                snprintf(payload, sizeof payload,
                         "{\"iss\":\"%s\",\"aud\":\"%s\",\"sub\":\"%s\",\"sid\":\"%s\",\"iat\":%lld,\"exp\":%lld,\"jti\":\"%s\"}",
                         rules->issuer, rules->audience, subject, session, (long long)claims->issued_at,
                         (long long)claims->expires_at, jti);
        if (header_len < 0 || (size_t)header_len >= sizeof header || payload_len < 0 || (size_t)payload_len >= sizeof payload)
                return sai_fail(err, SAI_INTERNAL, "the token's claims are too long");
        size_t at = sai_base64url_encode(header, (size_t)header_len, out);
        out[at++] = '.';
        at += sai_base64url_encode(payload, (size_t)payload_len, out + at);
        uint8_t signature[SIGNATURE_MAX];
        size_t signature_len = sign(key, out, at, signature);
        out[at++] = '.';
        sai_base64url_encode(signature, signature_len, out + at);
        return SAI_OK;
}

/* -- Verification: each step refuses with one reason ------------------------------------------------------------------ */

static sai_status refuse(struct sai_err *err, const char *why) { return sai_fail(err, SAI_TOKEN_INVALID, "%s", why); }

static void free_json(json_t **value) { json_decref(*value); }

/* A part decoded and parsed as an object without duplicate members. */
static json_t *parse_part(struct sai_text part)
{
        uint8_t bytes[SAI_MAX_TOKEN];
        size_t len = 0;
        if (!sai_base64url_decode(part.data, part.len, bytes, sizeof bytes, &len))
                return NULL;
        json_t *value = json_loadb((const char *)bytes, len, JSON_REJECT_DUPLICATES, NULL);
        if (value && !json_is_object(value)) {
                json_decref(value);
                return NULL;
        }
        return value;
}

/* A5: exactly alg, typ and kid, so that crit, jku, x5u, jwk, x5c and b64 cannot even be there. */
static const struct jwt_key *key_of_header(const struct jwt_ring *ring, struct sai_text part)
{
        SAI_CLEANUP(free_json) json_t *header = parse_part(part);
        if (!header || json_object_size(header) != 3)
                return NULL;
        const char *algorithm = json_string_value(json_object_get(header, "alg"));
        const char *type = json_string_value(json_object_get(header, "typ"));
        const char *id = json_string_value(json_object_get(header, "kid"));
        if (!algorithm || !type || !id || strcmp(type, "JWT") != 0)
                return NULL;
        for (size_t i = 0; i < ring->count; i++) {
                if (strcmp(ring->keys[i].id, id) == 0)
                        return strcmp(algorithm_name(ring->keys[i].algorithm), algorithm) == 0 ? &ring->keys[i] : NULL;
        }
        return NULL;
}

static bool id_claim(const json_t *payload, const char *name, struct sai_id *ret)
{
        const json_t *value = json_object_get(payload, name);
        return json_is_string(value) && sai_id_parse(json_string_value(value), json_string_length(value), ret);
}

static bool text_claim(const json_t *payload, const char *name, const char *expected)
{
        const char *value = json_string_value(json_object_get(payload, name));
        return value && strcmp(value, expected) == 0;
}

static bool time_claim(const json_t *payload, const char *name, int64_t *ret)
{
        const json_t *value = json_object_get(payload, name);
        *ret = json_integer_value(value);
        /* Beyond year 9999 the differences below could overflow, and nobody issued that. */
        return json_is_integer(value) && *ret >= 0 && *ret < 253402300800;
}

sai_status jwt_check_times(const struct jwt_rules *rules, const struct jwt_claims *claims, int64_t now_s, struct sai_err *err)
{
        if (claims->issued_at > now_s + SKEW_S || claims->expires_at - claims->issued_at > rules->life_s)
                return refuse(err, "the token's times are not ours");
        if (claims->expires_at <= now_s - SKEW_S)
                return sai_fail(err, SAI_TOKEN_EXPIRED, "the token has expired");
        return SAI_OK;
}

static sai_status check_claims(const struct jwt_rules *rules, struct sai_text part, int64_t now_s, struct jwt_claims *ret,
                               struct sai_err *err)
{
        SAI_CLEANUP(free_json) json_t *payload = parse_part(part);
        struct jwt_claims claims;
        struct sai_id unique;
        if (!payload)
                return refuse(err, "the token's payload is not an object");
        if (!text_claim(payload, "iss", rules->issuer) || !text_claim(payload, "aud", rules->audience))
                return refuse(err, "the token is for another service");
        if (!id_claim(payload, "sub", &claims.subject) || !id_claim(payload, "sid", &claims.session) ||
            !id_claim(payload, "jti", &unique) || !time_claim(payload, "iat", &claims.issued_at) ||
            !time_claim(payload, "exp", &claims.expires_at))
                return refuse(err, "a claim is missing or of the wrong type");
        *ret = claims;
        return jwt_check_times(rules, &claims, now_s, err);
}

sai_status jwt_verify(const struct jwt_rules *rules, const char *token, size_t len, int64_t now_s, struct jwt_claims *ret_claims,
                      struct sai_err *err)
{
        if (len > SAI_MAX_TOKEN)
                return refuse(err, "the token is too long");
        const char *first = memchr(token, '.', len);
        const char *second = first ? memchr(first + 1, '.', len - (size_t)(first + 1 - token)) : NULL;
        const char *end = token + len;
        if (!second || memchr(second + 1, '.', (size_t)(end - second - 1)))
                return refuse(err, "the token does not have three parts");
        const struct jwt_key *key = key_of_header(rules->ring, (struct sai_text) { token, (size_t)(first - token) });
        if (!key)
                return refuse(err, "the token's header names no key of ours");
        uint8_t signature[SIGNATURE_MAX];
        size_t signature_len = 0;
        if (!sai_base64url_decode(second + 1, (size_t)(end - second - 1), signature, sizeof signature, &signature_len) ||
            !jwt_signature_valid(key, token, (size_t)(second - token), signature, signature_len))
                return refuse(err, "the token's signature is wrong");
        return check_claims(rules, (struct sai_text) { first + 1, (size_t)(second - first - 1) }, now_s, ret_claims, err);
}
