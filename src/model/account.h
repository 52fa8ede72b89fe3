/* account.h -- what signs an athlete in: sessions, the link to Strava with its encrypted tokens, and things that work once.
 *
 * No secret is kept in the clear. Tokens that we hand out are kept as hashes; Strava's tokens are kept encrypted, because they must be
 * sent. None of these rows is ever shown as it is. */
#ifndef SAI_MODEL_ACCOUNT_H
#define SAI_MODEL_ACCOUNT_H

#include "json/model.h"

enum session_kind { SESSION_TOKEN, SESSION_PAGE, SESSION_CLI };
extern const struct sai_enumeration session_kind_names;

/* One signed-in device: a refresh-token family (kinds token and cli) or a page's cookie. */
struct session {
        struct sai_id id;
        struct sai_id user_id;
        int kind; /* enum session_kind */
        struct sai_instant created_at, last_used_at;
        struct sai_instant expires_at; /* absolute life: never moves */
        struct sai_instant idle_expires_at;
        const char *user_agent, *ip;
        struct sai_secret secret_hash; /* page: hash of the cookie; also the claim `session:<hash>` */
        int64_t counter; /* token: how often the refresh token was rotated; the live token is the one of this count */
        struct sai_opt_instant rotated_at;
        int64_t revision;
};

/* The athlete's authorization at Strava. */
struct strava_link {
        struct sai_id id; /* the user's id */
        int64_t athlete_id;
        struct sai_secret access_token, refresh_token; /* sealed: key id, nonce, ciphertext (auth/seal.h) */
        struct sai_instant expires_at; /* of the access token */
        int status; /* enum link_status */
        struct sai_list scopes; /* const char * */
        const char *lease_owner; /* one refresh at a time, over all processes */
        struct sai_opt_instant lease_until;
        int64_t fencing; /* grows with each lease; the write of new tokens names it */
        struct sai_instant updated_at;
        int64_t revision;
};

enum once_kind { ONCE_OAUTH_STATE, ONCE_CODE, ONCE_PASSWORD_RESET };
extern const struct sai_enumeration once_kind_names;

/* Something that works exactly once before it expires; the key is the hash of what the client holds. */
struct once {
        struct sai_id id;
        const char *key; /* hex of the hash */
        int kind; /* enum once_kind */
        const char *payload; /* JSON for whoever takes it */
        struct sai_instant expires_at;
};

/* Dated parameters: each value holds from its day until the next one. */
struct threshold {
        struct sai_id id;
        struct sai_id user_id;
        struct sai_day from;
        struct sai_opt_f64 max_heartrate, resting_heartrate, threshold_heartrate, ftp, threshold_pace, css_pace_100m, weight;
        struct sai_instant created_at;
        int64_t revision;
};

extern const struct sai_model session_model, strava_link_model, once_model, threshold_model;

#endif
