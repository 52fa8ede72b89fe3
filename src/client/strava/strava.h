/* strava.h -- the Strava API, as far as we use it.
 *
 * One call a function. What Strava said is sorted into the few classes that callers decide by (refresh the token, ask the athlete to
 * connect again, wait until a time, try again later, give up), by status and by the fault's resource, field and code, never by its text. Base
 * URLs are configuration: Strava moves its hosts, and the simulator is only another base URL. Rate limits are kept here, so that no
 * caller can forget them: a call that may not be made now fails with STRAVA_RATE_LIMITED without touching the network.
 *
 * Blocking; safe from several threads, one arena a thread. Tokens are borrowed for the call and never logged. Refreshing one athlete's
 * token from two places at once can kill it: the caller holds that athlete's lock. */
#ifndef SAI_CLIENT_STRAVA_STRAVA_H
#define SAI_CLIENT_STRAVA_STRAVA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/optional.h"
#include "base/status.h"
#include "client/http_client.h"
#include "client/strava/limits.h"
#include "client/strava/objects.h"

struct strava;

struct strava_config {
        const char *api_url; /* "https://www.strava.com/api/v3"; a slash at the end is cut */
        const char *oauth_url; /* "https://www.strava.com/oauth" */
        const char *client_id, *client_secret;
        struct sai_clock clock;
        int reserve_percent; /* of each rate limit, for interactive calls; 10 is usual */
};

/* Copies the config; borrows `http`, which must outlive it. NULL without memory. */
struct strava *strava_new(const struct strava_config *config, struct http_client *http);
void strava_free(struct strava *strava);
SAI_DEFINE_CLEANUP(struct strava, strava_free)

/*        class               name                  status returned           what it is, or what to do */
#define STRAVA_CLASS_LIST(X)                                                                                                     \
        X(OK, "ok", SAI_OK, "ok")                                                                                                \
        X(UNAUTHORIZED, "unauthorized", SAI_TOKEN_INVALID, "the access token is not accepted: refresh once, then reconnect")     \
        X(MISSING_SCOPE, "missing_scope", SAI_MISSING_SCOPE, "a permission was not granted: ask the athlete")                    \
        X(INACTIVE, "inactive", SAI_UNAVAILABLE, "the application is deactivated: an operator's matter")                         \
        X(FORBIDDEN, "forbidden", SAI_FORBIDDEN, "this resource is not for this token")                                          \
        X(NOT_FOUND, "not_found", SAI_NOT_FOUND, "gone, or not visible to this token")                                           \
        X(RATE_LIMITED, "rate_limited", SAI_RATE_LIMITED, "no call until the window ends")                                       \
        X(REFRESH_TOKEN_DEAD, "refresh_token_dead", SAI_STRAVA_NOT_CONNECTED, "final: the athlete must connect again")           \
        X(CODE_INVALID, "code_invalid", SAI_BAD_STATE, "the authorization code was wrong, used or too old")                      \
        X(BAD_REQUEST, "bad_request", SAI_INTERNAL, "our request is at fault: do not repeat it")                                 \
        X(TRANSIENT, "transient", SAI_UNAVAILABLE, "try again later")                                                            \
        X(PROTOCOL, "protocol", SAI_UPSTREAM, "an answer that cannot be understood")                                             \
        X(LOCAL, "local", SAI_NO_MEMORY, "not Strava's doing: memory or a limit of ours")

enum strava_class {
#define X(class, name, status, text) STRAVA_##class,
        STRAVA_CLASS_LIST(X)
#undef X
                STRAVA_CLASS_COUNT
};
const char *strava_class_name(enum strava_class class); /* "rate_limited": for logs, metrics and job errors */

struct strava_error {
        enum strava_class class;
        int http_status; /* 0: no answer */
        int64_t until_ms; /* RATE_LIMITED: wall clock, without jitter; else 0 */
        char resource[32], field[48], code[32]; /* of Strava's first fault, "" when it named none */
        struct sai_err err; /* for people */
};

/* What every data call needs. */
struct strava_call {
        const char *access_token;
        int64_t deadline_ms; /* monotonic; 0: none */
        enum strava_priority priority;
};

/* -- OAuth ---------------------------------------------------------------------------------------------------------- */
/* Appends the consent page's URL. `scope` is comma-separated. `force` shows the page also when access was granted before. */
void strava_authorize_url(const struct strava *strava, const char *redirect_uri, const char *scope, const char *state, bool force,
                          struct sai_buf *out);

/* All calls: `reterr` must not be NULL and is filled whatever the outcome (class OK on success). The status returned is the one of
 * the class, or the lower layer's when that says more (SAI_TIMEOUT, SAI_NO_MEMORY). */

/* Never retried: a code works once. */
sai_status strava_exchange_code(struct strava *strava, const char *code, int64_t deadline_ms, struct sai_arena *arena,
                                struct strava_token *ret_token, struct strava_error *reterr) SAI_MUST_USE;
/* Store the answer in one transaction before using it: the old refresh token may be dead from now on. */
sai_status strava_refresh(struct strava *strava, const char *refresh_token, int64_t deadline_ms, struct sai_arena *arena,
                          struct strava_token *ret_token, struct strava_error *reterr) SAI_MUST_USE;
/* Ends every token of the athlete and this application: /oauth/revoke, and where that is not known yet /oauth/deauthorize. A token that
 * is gone already is SAI_OK. */
sai_status strava_revoke(struct strava *strava, const struct strava_call *call, struct sai_arena *arena,
                         struct strava_error *reterr) SAI_MUST_USE;

/* -- Data ----------------------------------------------------------------------------------------------------------- */
sai_status strava_get_athlete(struct strava *strava, const struct strava_call *call, struct sai_arena *arena,
                              struct strava_athlete *ret_athlete, struct strava_error *reterr) SAI_MUST_USE;
sai_status strava_get_zones(struct strava *strava, const struct strava_call *call, struct sai_arena *arena,
                            struct strava_zones *ret_zones, struct strava_error *reterr) SAI_MUST_USE;

struct strava_list {
        struct sai_opt_i64 before,
                after; /* Unix seconds, both exclusive; only `after` (also 0): oldest first, else newest first */
        int page; /* from 1; 0: 1 */
        int per_page; /* 1 to 200; 0: 200 */
};
sai_status strava_list_activities(struct strava *strava, const struct strava_call *call, const struct strava_list *list,
                                  struct sai_arena *arena, struct strava_page *ret_page,
                                  struct strava_error *reterr) SAI_MUST_USE;
sai_status strava_get_activity(struct strava *strava, const struct strava_call *call, int64_t activity_id,
                               struct sai_arena *arena, struct strava_activity *ret_activity,
                               struct strava_error *reterr) SAI_MUST_USE;
/* All channels at full resolution. NOT_FOUND: the activity has none (entered by hand), or is gone.
 *   ret_raw  the answer's text, in the arena; may be NULL */
sai_status strava_get_streams(struct strava *strava, const struct strava_call *call, int64_t activity_id, struct sai_arena *arena,
                              struct streams *ret_streams, struct sai_text *ret_raw, struct strava_error *reterr) SAI_MUST_USE;

/* The state of the limits, for /metrics, for planning, and for blocks that other processes met. */
struct strava_limits *strava_rate_limits(struct strava *strava);

/* Sorts a complete answer that is not 200 into a class; fills everything of `reterr` but until_ms. */
void strava_classify(int http_status, struct sai_text body, struct strava_error *reterr);

#endif
