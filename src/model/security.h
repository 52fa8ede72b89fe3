/* security.h -- what an account is guarded with: API tokens, passwords, counters of tries, and the trail of what happened.
 *
 * Tokens and passwords are kept as hashes alone. A counter's key is the hash of what it counts, so the store holds no list of addresses that
 * somebody tried. The trail is the athlete's own: it is shown to nobody else. */
#ifndef SAI_MODEL_SECURITY_H
#define SAI_MODEL_SECURITY_H

#include "json/model.h"

enum token_scope { TOKEN_READ, TOKEN_WRITE };
extern const struct sai_enumeration token_scope_names;

/* A token for scripts. Shown as it is, without the hash; the token itself is known to whoever made it. */
struct api_token {
        struct sai_id id;
        struct sai_id user_id;
        const char *name;
        struct sai_list scopes; /* int: enum token_scope */
        struct sai_instant created_at;
        struct sai_opt_instant last_used_at, expires_at;
        struct sai_secret secret_hash;
        int64_t revision;
};

/* The password of a local account. Who has an address is the claim `email:<address>`. */
struct credential {
        struct sai_id id; /* the user's id */
        const char *password_hash; /* Argon2id, with its parameters and salt */
        struct sai_instant updated_at;
        int64_t revision;
};

/* How often something was tried within a window. */
struct throttle {
        const char *key;
        int64_t count;
        struct sai_instant expires_at; /* end of the window */
};

enum security_event_kind {
        EVENT_ACCOUNT_CREATED,
        EVENT_SIGNED_IN,
        EVENT_SIGN_IN_REFUSED,
        EVENT_SIGNED_OUT,
        EVENT_SESSION_ENDED,
        EVENT_REFRESH_TOKEN_REUSED,
        EVENT_PASSWORD_CHANGED,
        EVENT_PASSWORD_RESET_ASKED,
        EVENT_PASSWORD_RESET,
        EVENT_STRAVA_LINKED,
        EVENT_STRAVA_UNLINKED,
        EVENT_API_TOKEN_CREATED,
        EVENT_API_TOKEN_REVOKED,
        EVENT_DATA_EXPORTED,
};
extern const struct sai_enumeration security_event_names;

struct security_event {
        struct sai_id id;
        struct sai_id user_id;
        struct sai_instant at;
        int event; /* enum security_event_kind */
        const char *ip, *user_agent, *detail;
        struct sai_instant expires_at;
};

extern const struct sai_model api_token_model, credential_model, throttle_model, security_event_model;

#endif
