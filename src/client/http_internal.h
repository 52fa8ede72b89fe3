/* http_internal.h -- what the files of the HTTP client share: where a call goes, and one try of it. */
#ifndef SAI_CLIENT_HTTP_INTERNAL_H
#define SAI_CLIENT_HTTP_INTERNAL_H

#include <curl/curl.h>
#include <stdatomic.h>

#include "client/http_client.h"

/* Parses an absolute http or https URL without user name. Gives the handle (curl_url_cleanup) and its origin in lower case, or NULL. */
CURLU *http_url_parse(const char *url, char ret_origin[HTTP_ORIGIN_SIZE]);

/* One exchange. The caller has checked the URL against the policy. */
struct http_try {
        const struct http_request *request;
        CURLU *url;
        const char *user_agent;
        const char *ca_file; /* or NULL */
        const atomic_bool *stopped;
        int64_t timeout_ms;
        bool may_be_private; /* the operator named this host: any address is fine */
        bool plain; /* http:// */
};

struct http_outcome {
        sai_status status;
        const char *reason; /* constant text when status is not SAI_OK */
        bool retry; /* worth another try, if the call may be repeated */
        bool host_failed; /* counts against the host */
        bool says_nothing; /* neither for nor against it: cancelled, or a failure of our own */
        struct http_response response; /* status, body and headers, when SAI_OK */
};

/* Runs one try on `easy`, which is reset before and after and keeps its connections. Never writes the error record or the log. */
void http_try_run(CURL *easy, const struct http_try *try, struct sai_arena *arena, struct http_outcome *ret_outcome);

#endif
