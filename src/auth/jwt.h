/* jwt.h -- access tokens: JSON Web Tokens (RFC 7519, 7515) with HS256 or EdDSA (RFC 8037).
 *
 * One path of a few hundred lines instead of a library that checks form and MAC alone: a token is accepted only when every point of the
 * checklist (A1 to A5) holds, and each refusal is one line here. Form first, then the key, then the signature, then the claims; that a token has
 * expired is said only when everything else is right. Pure: no store is asked; that the session still lives is the caller's check. */
#ifndef SAI_AUTH_JWT_H
#define SAI_AUTH_JWT_H

#include "auth/keys.h"
#include "base/id.h"

struct jwt_claims {
        struct sai_id subject; /* `sub`: the user */
        struct sai_id session; /* `sid` */
        int64_t issued_at, expires_at; /* Unix seconds */
};

/* What tokens are held to. */
struct jwt_rules {
        const struct jwt_ring *ring;
        const char *issuer, *audience;
        int64_t life_s; /* no token lives longer */
};

enum { JWT_TOKEN_MAX = 2048 }; /* `iss` and `aud` are the public address: tokens are 400 bytes with a short one */

/* Writes a token signed with the newest key; `out` has JWT_TOKEN_MAX bytes. `unique` becomes `jti`. */
sai_status jwt_sign(const struct jwt_rules *rules, const struct jwt_claims *claims, struct sai_id unique, char *out,
                    struct sai_err *err) SAI_MUST_USE;

/* SAI_OK, SAI_TOKEN_INVALID or SAI_TOKEN_EXPIRED. `now_s` is Unix seconds; 30 s of clock skew are forgiven. */
sai_status jwt_verify(const struct jwt_rules *rules, const char *token, size_t len, int64_t now_s, struct jwt_claims *ret_claims,
                      struct sai_err *err) SAI_MUST_USE;

/* The part of it that the clock changes, for claims that jwt_verify gave before: a caller that keeps them asks this at each use. */
sai_status jwt_check_times(const struct jwt_rules *rules, const struct jwt_claims *claims, int64_t now_s,
                           struct sai_err *err) SAI_MUST_USE;

/* The signature layer alone, for test vectors: whether `signature` is the key's over `data`. */
bool jwt_signature_valid(const struct jwt_key *key, const void *data, size_t len, const uint8_t *signature, size_t signature_len);

#endif
