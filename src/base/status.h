/* status.h -- what can go wrong, once.
 *
 * One list of codes, from which the enum, the HTTP status, the problem type and the text follow, so that a failure deep in
 * the store and the answer a client sees can never disagree. A function that can fail returns `sai_status`; what a person
 * needs to know goes into the optional `struct sai_err` it was given. */
#ifndef SAI_BASE_STATUS_H
#define SAI_BASE_STATUS_H

#include <stdbool.h>

/* clang-format off */
/*        name                    http  slug (type is /problems/<slug>)   text */
#define SAI_STATUS_LIST(X)                                                                          \
        X(OK,                     200,  "ok",                             "ok")                     \
        X(INVALID,                422,  "validation-failed",              "request failed validation") \
        X(BAD_REQUEST,            400,  "bad-request",                    "the request cannot be read") \
        X(BAD_FRAMING,            400,  "bad-framing",                    "the request's framing is ambiguous") \
        X(MALFORMED_JSON,         400,  "malformed-json",                 "the body is not valid JSON") \
        X(BAD_CURSOR,             400,  "bad-cursor",                     "the cursor is not one of ours") \
        X(BAD_STATE,              400,  "bad-state",                      "the sign-in did not start in this browser, or was used before") \
        X(BAD_IDEMPOTENCY_KEY,    400,  "bad-idempotency-key",            "the Idempotency-Key is not usable") \
        X(UNAUTHENTICATED,        401,  "unauthenticated",                "sign in first") \
        X(TOKEN_INVALID,          401,  "token-invalid",                  "the token is not valid") \
        X(TOKEN_EXPIRED,          401,  "token-expired",                  "the token has expired") \
        X(REFRESH_REUSED,         401,  "refresh-token-reused",           "the refresh token was used before; its session has ended") \
        X(BAD_CREDENTIALS,        401,  "bad-credentials",                "address or password is wrong") \
        X(FORBIDDEN,              403,  "forbidden",                      "not allowed")            \
        X(ACCESS_DENIED,          403,  "access-denied",                  "the athlete refused access") \
        X(MISSING_SCOPE,          403,  "missing-scope",                  "a needed permission was not granted") \
        X(FEATURE_OFF,            403,  "feature-off",                    "this is switched off here") \
        X(INSUFFICIENT_SCOPE,     403,  "insufficient-scope",             "the token does not allow this") \
        X(CROSS_SITE,             403,  "cross-site",                     "refused: the request came from another site") \
        X(HTTPS_REQUIRED,         403,  "https-required",                 "use https")              \
        X(NOT_FOUND,              404,  "not-found",                      "no such resource")       \
        X(METHOD_NOT_ALLOWED,     405,  "method-not-allowed",             "the resource has no such method") \
        X(NOT_ACCEPTABLE,         406,  "not-acceptable",                 "no representation that the client accepts") \
        X(CONFLICT,               409,  "conflict",                       "the resource is in another state") \
        X(STRAVA_NOT_CONNECTED,   409,  "strava-not-connected",           "connect Strava first")   \
        X(STRAVA_ALREADY_LINKED,  409,  "strava-already-linked",          "this Strava athlete belongs to another user") \
        X(IDEMPOTENCY_RUNNING,    409,  "idempotency-in-progress",        "the first request with this key still runs") \
        X(TOO_LARGE,              413,  "payload-too-large",              "the body is too large")  \
        X(URI_TOO_LONG,           414,  "uri-too-long",                   "the request target is too long") \
        X(UNSUPPORTED_MEDIA,      415,  "unsupported-media-type",         "the body's media type is not accepted here") \
        X(IDEMPOTENCY_REUSED,     422,  "idempotency-key-reused",         "the key was used with another body") \
        X(RATE_LIMITED,           429,  "rate-limited",                   "too many requests")      \
        X(HEADER_TOO_LARGE,       431,  "header-too-large",               "the header section is too large") \
        X(INTERNAL,               500,  "internal",                       "unexpected failure")     \
        X(NO_MEMORY,              500,  "out-of-memory",                  "out of memory")          \
        X(NOT_IMPLEMENTED,        501,  "not-implemented",                "a method or coding that this server does not know") \
        X(UPSTREAM,               502,  "bad-gateway",                    "another service answered nonsense") \
        X(BUSY,                   503,  "overloaded",                     "try again later")        \
        X(UNAVAILABLE,            503,  "dependency-unavailable",         "something this needs is unavailable") \
        X(TIMEOUT,                503,  "deadline-exceeded",              "the deadline passed")    \
        X(BAD_VERSION,            505,  "http-version-not-supported",     "HTTP version not supported") \
        X(DISK_FULL,              507,  "insufficient-storage",           "no space left")
/* clang-format on */

typedef enum sai_status {
#define X(name, http, slug, text) SAI_##name,
        SAI_STATUS_LIST(X)
#undef X
                SAI_STATUS_COUNT
} sai_status;

/* Details of a failure, for people. No secrets, no SQL, no paths. */
struct sai_err {
        sai_status code;
        char field[64]; /* JSON pointer, `?name`, or "" */
        char detail[192];
};

int sai_status_http(sai_status code); /* HTTP status */
const char *sai_status_slug(sai_status code); /* last segment of the problem's type */
const char *sai_status_text(sai_status code); /* the problem's title */

/* Record a failure and return its code; `err` may be NULL. An error recorded by a lower layer is kept by passing it on
 * untouched, so call these where the failure is found. */
sai_status sai_fail(struct sai_err *err, sai_status code, const char *format, ...) __attribute__((format(printf, 3, 4), cold));
sai_status sai_fail_field(struct sai_err *err, sai_status code, const char *field, const char *format, ...)
        __attribute__((format(printf, 4, 5), cold));

#define SAI_MUST_USE __attribute__((warn_unused_result))

#endif
