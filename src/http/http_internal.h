/* http_internal.h -- what the files of this folder share.
 *
 * A request passes through the same steps with and without a socket: gate (server only), http_start (target, route, method),
 * http_admit (all that can be said from the headers), http_run (body, parameters, conditional request, handler) and
 * http_finish (validators, coding, headers). Each of the first three answers with true when it filled the reply, which
 * ends the walk; http_finish then runs in any case. Splitting there lets the server refuse a body before it was sent. */
#ifndef SAI_HTTP_INTERNAL_H
#define SAI_HTTP_INTERNAL_H

#include "base/limits.h"
#include "http/http.h"
#include "http/rate.h"

/* -- Gate (gate.c): is the framing of this request beyond doubt? ---------------------------------------------------- */
struct http_head {
        const char *version; /* "HTTP/1.1" */
        struct sai_text target; /* as sent */
        const struct sai_header *headers;
        size_t header_count; /* may exceed SAI_MAX_HEADER_FIELDS: then it is refused without looking at the rest */
        size_t section_bytes; /* of the header section, request line excluded; 0: not known */
};

struct http_framing {
        bool has_body; /* a length over 0 was promised, or chunked */
        bool chunked;
        uint64_t length;
        bool expects_continue;
};

/* SAI_OK, SAI_BAD_FRAMING, SAI_BAD_REQUEST, SAI_BAD_VERSION, SAI_URI_TOO_LONG, SAI_HEADER_TOO_LARGE or SAI_NOT_IMPLEMENTED. */
sai_status http_gate_check(const struct http_head *head, struct http_framing *ret_framing, struct sai_err *err) SAI_MUST_USE;
enum sai_method http_method_of(const char *name, size_t len);
/* Whether a byte may stand in a token (RFC 9110, 5.6.2). */
bool http_is_token_byte(unsigned char c);

/* -- Target (target.c) ---------------------------------------------------------------------------------------------- */
/* Fills request->path, decoded once. SAI_BAD_REQUEST for a bad %, %00, invalid UTF-8, or another form than the origin form. */
sai_status http_parse_path(struct sai_request *request, struct sai_err *err) SAI_MUST_USE;
/* Fills request->query, each piece decoded once. As above; SAI_INVALID for too many parameters. */
sai_status http_parse_query(struct sai_request *request, struct sai_err *err) SAI_MUST_USE;
/* Percent-decodes into `out`, which has room for `len` bytes; false on a bad escape or a NUL. `plus` makes + a blank. */
bool http_percent_decode(const char *text, size_t len, bool plus, char *out, size_t *ret_len);
/* Appends `text` with all but unreserved bytes escaped. */
void http_percent_encode(struct sai_buf *buf, struct sai_text text);

/* -- Negotiation (negotiate.c) --------------------------------------------------------------------------------------- */
/* Splits "a;q=0.5, b" at commas outside quoted strings. `*cursor` starts at 0; false at the end. */
bool http_next_element(struct sai_text list, size_t *cursor, struct sai_text *ret_element);
/* Whether an Accept header admits the media type ("application/json", without parameters). An absent header admits all. */
bool http_accepts(struct sai_text accept, const char *type);
/* Whether an Accept-Encoding header prefers gzip over identity. */
bool http_accepts_gzip(struct sai_text accept_encoding);
/* The type/subtype part, and whether a charset other than UTF-8 was named. */
struct sai_text http_media_type(struct sai_text content_type, bool *ret_foreign_charset);
/* A parameter of a media type, unquoted in place of `out` (room for value.len + 1); false when absent or malformed. */
bool http_media_parameter(struct sai_text content_type, const char *name, char *out, size_t out_size, size_t *ret_len);

/* -- Router (router.c) ----------------------------------------------------------------------------------------------- */
#define HTTP_METHODS SAI_OPTIONS /* methods a route may have: GET … DELETE */

struct http_match {
        const struct sai_route *route; /* NULL: see allow */
        const char *allow; /* of the path; NULL when the path is unknown */
};
/* Looks the decoded path up and fills request->ids and params. */
void http_router_match(const struct sai_router *router, struct sai_request *request, struct http_match *ret_match);

/* -- ETags (etag.c) -------------------------------------------------------------------------------------------------- */
void http_etag_make(const struct sai_server_config *config, const struct sai_request *request, bool gzip, char out[48]);
/* Whether an If-None-Match list names the tag; `*` counts only when `star` is set. */
bool http_etag_listed(struct sai_text if_none_match, const char *etag, bool star);

/* -- CORS (cors.c) --------------------------------------------------------------------------------------------------- */
void http_cors_add(const struct sai_server_config *config, const struct sai_request *request, struct sai_reply *reply);
void http_cors_preflight(const struct sai_server_config *config, const struct sai_request *request, const char *allow,
                         struct sai_reply *reply);

/* -- gzip (gzip.c) ---------------------------------------------------------------------------------------------------- */
struct http_gzip; /* deflate state of one thread, used again and again */
struct http_gzip *http_gzip_new(void);
void http_gzip_free(struct http_gzip *gzip);
SAI_DEFINE_CLEANUP(struct http_gzip, http_gzip_free)
/* Codes `data` and swaps the result into `buf`; what was in there (possibly `data` itself) is forgotten. `buf` is untouched on failure. */
sai_status http_gzip_code(struct http_gzip *gzip, struct sai_text data, struct sai_buf *buf) SAI_MUST_USE;

/* -- Proxies (proxy.c) ------------------------------------------------------------------------------------------------ */
struct http_proxies; /* compiled TRUSTED_PROXIES */
sai_status http_proxies_new(const char *const *list, struct http_proxies **ret_proxies, struct sai_err *err) SAI_MUST_USE;
void http_proxies_free(struct http_proxies *proxies);
bool http_proxies_trust(const struct http_proxies *proxies, struct sai_text address);
/* Fills client_address (peer, or what a trusted proxy says; at least 46 bytes at `buffer`) and https. */
void http_proxies_resolve(const struct http_proxies *proxies, const char *peer, struct sai_request *request, char buffer[46]);

/* -- The walk (dispatch.c, finish.c) ---------------------------------------------------------------------------------- */
struct http_call {
        const struct sai_server_config *config;
        const struct sai_router *router;
        struct sai_request *request;
        struct sai_reply *reply;
        struct http_gzip **gzip; /* the thread's state, made at first use */
        struct http_framing framing; /* what the headers promise of a body */
        bool prefers_gzip;
        struct http_rate_verdict rate; /* of the bucket that this request was counted in */
};

bool http_start(struct http_call *call);
bool http_admit(struct http_call *call);
void http_rate_look(struct http_call *call);
void http_run(struct http_call *call);
void http_finish(struct http_call *call);
/* Answers with a problem; returns true so that a step can end with it. */
bool http_refuse(struct http_call *call, sai_status code, const struct sai_err *err);
uint64_t http_body_max(const struct sai_route *route);

void http_reply_init(struct sai_reply *reply);
/* Forgets what a handler put into the reply, keeps the buffer. */
void http_reply_reset(struct sai_reply *reply);
/* Gives a shared body back to whoever lent it. */
void http_reply_release(struct sai_reply *reply);
const char *http_reply_find(const struct sai_reply *reply, const char *name);

/* -- Multipart (multipart.c) ------------------------------------------------------------------------------------------ */
/* multipart/form-data with exactly one part called `file`, read as it comes. The sink gets the part's bytes in order. */
struct http_multipart;
struct http_multipart_sink {
        sai_status (*begin)(void *context, struct sai_text file_name, struct sai_err *err);
        sai_status (*data)(void *context, const char *bytes, size_t len, struct sai_err *err);
        void *context;
};
/* From the Content-Type header; SAI_UNSUPPORTED_MEDIA when it is another type or has no usable boundary. */
sai_status http_multipart_new(struct sai_text content_type, struct http_multipart_sink sink,
                              struct http_multipart **ret_multipart, struct sai_err *err) SAI_MUST_USE;
void http_multipart_free(struct http_multipart *multipart);
SAI_DEFINE_CLEANUP(struct http_multipart, http_multipart_free)
sai_status http_multipart_feed(struct http_multipart *multipart, const char *bytes, size_t len, struct sai_err *err) SAI_MUST_USE;
/* SAI_OK when the closing boundary was seen and there was one file. */
sai_status http_multipart_end(struct http_multipart *multipart, struct sai_err *err) SAI_MUST_USE;

/* -- Uploads (upload.c): the staged file of one request --------------------------------------------------------------- */
struct http_upload;
sai_status http_upload_new(const struct sai_server_config *config, struct sai_text content_type, struct http_upload **ret_upload,
                           struct sai_err *err) SAI_MUST_USE;
void http_upload_free(struct http_upload *upload); /* removes the file unless it was taken */
sai_status http_upload_feed(struct http_upload *upload, const char *bytes, size_t len, struct sai_err *err) SAI_MUST_USE;
sai_status http_upload_end(struct http_upload *upload, struct sai_err *err) SAI_MUST_USE;
struct sai_upload *http_upload_view(struct http_upload *upload);
/* Removes what a killed process left in the staging folder. */
void http_upload_sweep(const struct sai_server_config *config);

#endif
