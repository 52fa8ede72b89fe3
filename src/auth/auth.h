/* auth.h -- what the parts of authentication share: keys, lives, and whom to ask.
 *
 * One constant context, made in main and passed down. The parts are files of their own: keys, jwt, seal, session, oauth, strava_access. */
#ifndef SAI_AUTH_AUTH_H
#define SAI_AUTH_AUTH_H

#include "auth/jwt.h"
#include "auth/keys.h"
#include "auth/lease_owner.h"
#include "base/clock.h"
#include "base/log.h"

struct cache;
struct mail;
struct password_pool;
struct store;
struct strava;

struct auth {
        struct store *store;
        struct cache *cache;
        struct strava *strava;
        struct sai_clock clock;
        struct sai_random random;
        struct sai_log *log;
        struct jwt_ring jwt_keys;
        struct data_ring data_keys;
        const char *issuer; /* PUBLIC_URL: `iss` and `aud` of access tokens */
        int64_t access_life_ms, refresh_idle_ms, refresh_life_ms, refresh_grace_ms;
        const char *callback_url; /* PUBLIC_URL/api/v1/auth/strava/callback */
        struct password_pool *passwords;
        const struct mail *mail; /* NULL: this service sends none */
        char worker_name[LEASE_OWNER_TEXT]; /* owner of leases of this process */
};

enum { SECRET_BYTES = 32, SECRET_TEXT = 48 };

static inline struct jwt_rules auth_jwt_rules(const struct auth *auth)
{
        return (struct jwt_rules) {
                .ring = &auth->jwt_keys, .issuer = auth->issuer, .audience = auth->issuer, .life_s = auth->access_life_ms / 1000
        };
}

/* 32 random bytes as 43 characters of base64url. */
void auth_new_secret(const struct auth *auth, char out[SECRET_TEXT]);
/* The hash under which something that a client holds is kept: 64 hex digits. */
void auth_hash_text(const char *text, size_t len, char out[65]);

#endif
