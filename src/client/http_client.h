/* http_client.h -- the one way out of this process by HTTP.
 *
 * Strava and the language models are reached through this wrapper alone, so that what must hold for every outgoing call is written
 * once: the whole call has a deadline, the peer is https unless the operator wrote http://, redirects are never followed, an address
 * inside our own network is not dialled by mistake, answers have a size limit after decoding, a host that fails is left alone for a
 * while, retries have a budget, and nothing secret reaches the log (no query string, no body, no header). It does not know what an
 * answer means: any complete HTTP answer, also 404 or 503, is SAI_OK here.
 *
 * Blocking: call it from workers, never from an event thread. Everything here is safe from several threads at once. */
#ifndef SAI_CLIENT_HTTP_CLIENT_H
#define SAI_CLIENT_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/status.h"
#include "base/text.h"

struct http_client;

struct http_client_config {
        struct sai_clock clock;
        struct sai_random random; /* jitter only */
        struct sai_log *log; /* borrows, for the client's life; may be NULL */
        const char *user_agent; /* "stravaai/0.1 (+https://…)"; copied */
        /* Base URLs that the operator wrote into the configuration (not our built-in defaults); copied. Their hosts may have private or
         * loopback addresses, and one that begins with http:// may be called without TLS unless `https_only`. */
        const char *const *trusted_urls;
        size_t trusted_count;
        bool https_only; /* the production profile */
        const char *ca_file; /* a bundle instead of the system's; NULL: the system's. Verification itself is always on */
        /* Waits between two tries; for tests. NULL: waits for real, and http_client_stop ends the wait. */
        void (*wait)(void *context, int64_t ms);
        void *wait_context;
};

/* Gives a client, or NULL without memory. Free it when no call is running any more. */
struct http_client *http_client_new(const struct http_client_config *config);
void http_client_free(struct http_client *client);
SAI_DEFINE_CLEANUP(struct http_client, http_client_free)

/* From now on calls in flight end within a second and new ones fail at once, both with SAI_UNAVAILABLE. */
void http_client_stop(struct http_client *client);

struct http_header {
        const char *name, *value;
};

enum http_retry {
        HTTP_RETRY_IDEMPOTENT, /* GET, HEAD, PUT and DELETE are retried, others not */
        HTTP_RETRY_NEVER,
        HTTP_RETRY_ALWAYS, /* the caller knows that doing it twice is doing it once */
};

/* All zero but method, url and label is a plain call with the limits of base/limits.h. */
struct http_request {
        const char *method;
        const char *url; /* built by us, never taken from a user */
        const char *label; /* what the log calls it: a constant such as "GET /activities/{id}" */
        const struct http_header *headers;
        size_t header_count;
        struct sai_text body; /* borrowed */
        int64_t deadline_ms; /* monotonic, for the call with all its tries; 0: none */
        int64_t timeout_ms; /* of one try; 0: SAI_TOTAL_TIMEOUT_MS */
        int64_t silence_s; /* below SAI_MIN_RATE_BYTES a second for so long ends a try; 0: SAI_MIN_RATE_SECONDS */
        size_t max_body; /* decoded; 0: SAI_MAX_UPSTREAM_BODY */
        enum http_retry retry;
        /* Gets the body of a 2xx answer as it comes, instead of response.body; false ends the call with SAI_UPSTREAM. Once it was
         * called there is no further try. */
        bool (*on_data)(void *context, const char *data, size_t len);
        void *on_data_context;
};

struct http_response {
        int status;
        struct sai_text body; /* decoded, NUL behind it; belongs to the arena */
        const struct http_header *headers; /* in the order received, in the arena */
        size_t header_count;
        int tries; /* 1: the first one answered */
        int64_t elapsed_ms; /* with all tries and waits */
};

/* Makes the call. 5xx and transport failures are retried as `retry` says: at most SAI_MAX_TRIES, full jitter, and only while retries stay
 * within a tenth of calls (a bucket shared by all calls of the client) and the deadline allows it; 4xx never. After the last try a 5xx
 * is given as it is.
 *   ret_response  set on SAI_OK only; lives in `arena`
 * Returns SAI_OK; SAI_TIMEOUT; SAI_UNAVAILABLE (no connection, address refused, circuit open, client stopped); SAI_UPSTREAM (broken TLS or
 * HTTP, cut body, sink refused); SAI_TOO_LARGE; SAI_INTERNAL (a URL that policy does not allow); SAI_NO_MEMORY. */
sai_status http_client_call(struct http_client *client, const struct http_request *request, struct sai_arena *arena,
                            struct http_response *ret_response, struct sai_err *err) SAI_MUST_USE;

/* The first header of that name, whatever its case; {NULL, 0} when there is none. */
struct sai_text http_response_header(const struct http_response *response, const char *name);

enum { HTTP_ORIGIN_SIZE = 300 }; /* scheme://host:port; a DNS name has at most 253 bytes */

/* How a host is doing, for /health and /metrics. `origin` is scheme://host:port. */
struct http_host_state {
        char origin[HTTP_ORIGIN_SIZE];
        bool open; /* calls are refused right now */
        int64_t retry_in_ms; /* until the next probe, when open */
        uint64_t calls, failures, refused;
};
/* Fills up to `capacity` states and returns how many hosts there are. */
size_t http_client_hosts(struct http_client *client, struct http_host_state *states, size_t capacity);

/* -- Building URLs and forms -------------------------------------------------------------------------------------- */
struct sai_buf;
/* Appends `text` percent-encoded: everything but letters, digits and "-._~". */
void http_encode(struct sai_buf *buf, const char *text, size_t len);
/* Appends name=value, both encoded, with '&' before it unless the buffer is empty or ends in '?'. */
void http_form_add(struct sai_buf *buf, const char *name, const char *value);

#endif
