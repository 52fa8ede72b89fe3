/* http_try.c -- one exchange with curl: every option set in one place, every callback bounded.
 *
 * Handles are reset around each use and keep their connections, DNS and TLS sessions, which is what pooling is for. */
#include <netinet/in.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "client/http_internal.h"
#include "client/peer.h"

/* What the callbacks of one transfer fill. */
struct transfer {
        const struct http_try *try;
        CURL *easy;
        struct sai_buf body;
        struct sai_buf headers; /* name NUL value NUL, of the last answer on this exchange */
        size_t header_count;
        size_t received, max_body;
        bool too_large, sink_refused, address_refused, sink_used;
};

static size_t on_body(char *data, size_t size, size_t count, void *context)
{
        struct transfer *t = context;
        const struct http_request *request = t->try->request;
        size_t len = size * count;

        if (len > t->max_body - t->received) {
                t->too_large = true;
                return 0;
        }
        t->received += len;
        long status = 0;
        if (request->on_data && curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK && status / 100 == 2) {
                t->sink_used = true;
                t->sink_refused = !request->on_data(request->on_data_context, data, len);
                return t->sink_refused ? 0 : len;
        }
        sai_buf_append(&t->body, data, len);
        return t->body.failed ? 0 : len;
}

static size_t trimmed(const char **data, size_t len)
{
        while (len > 0 && (**data == ' ' || **data == '\t')) {
                (*data)++;
                len--;
        }
        while (len > 0 &&
               ((*data)[len - 1] == ' ' || (*data)[len - 1] == '\t' || (*data)[len - 1] == '\r' || (*data)[len - 1] == '\n'))
                len--;
        return len;
}

static size_t on_header(char *data, size_t size, size_t count, void *context)
{
        struct transfer *t = context;
        size_t len = size * count;

        if (len >= 5 && memcmp(data, "HTTP/", 5) == 0) { /* a status line: what came before it was 1xx */
                sai_buf_clear(&t->headers);
                t->header_count = 0;
                return len;
        }
        const char *colon = memchr(data, ':', len);
        if (!colon || memchr(data, '\0', len))
                return len;
        const char *value = colon + 1;
        size_t value_len = trimmed(&value, len - (size_t)(value - data));
        sai_buf_append(&t->headers, data, (size_t)(colon - data));
        sai_buf_char(&t->headers, '\0');
        sai_buf_append(&t->headers, value, value_len);
        sai_buf_char(&t->headers, '\0');
        t->header_count++;
        return t->headers.failed ? 0 : len;
}

static curl_socket_t on_open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
        struct transfer *t = context;
        (void)purpose;
        if (!t->try->may_be_private && !peer_is_public(&address->addr, address->addrlen)) {
                t->address_refused = true;
                return CURL_SOCKET_BAD;
        }
        return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static int on_progress(void *context, curl_off_t total, curl_off_t now, curl_off_t upload_total, curl_off_t upload_now)
{
        const struct transfer *t = context;
        (void)total, (void)now, (void)upload_total, (void)upload_now;
        return atomic_load_explicit(t->try->stopped, memory_order_relaxed) ? 1 : 0;
}

/* -- Request ------------------------------------------------------------------------------------------------------ */
static bool is_clean(const char *text)
{
        for (; *text != '\0'; text++) {
                if ((unsigned char)*text < 0x20 && *text != '\t')
                        return false;
        }
        return true;
}

/* Headers hold tokens: their copy is wiped before it is freed. */
static void free_headers(struct curl_slist *list)
{
        for (struct curl_slist *item = list; item; item = item->next)
                explicit_bzero(item->data, strlen(item->data));
        curl_slist_free_all(list);
}

static bool append_header(struct curl_slist **list, const char *line)
{
        struct curl_slist *longer = curl_slist_append(*list, line);
        if (longer)
                *list = longer;
        return longer != NULL;
}

static bool build_headers(const struct http_request *request, struct curl_slist **ret_list)
{
        struct curl_slist *list = NULL;
        struct sai_buf line;
        sai_buf_init(&line, SAI_MAX_UPSTREAM_HEADERS);
        bool ok = append_header(&list, "Expect:"); /* no waiting for 100 Continue: our bodies are small */
        for (size_t i = 0; ok && i < request->header_count; i++) {
                const struct http_header *header = &request->headers[i];
                sai_buf_clear(&line);
                sai_buf_printf(&line, "%s: %s", header->name, header->value);
                ok = !line.failed && is_clean(line.data) && append_header(&list, line.data);
        }
        if (line.data)
                explicit_bzero(line.data, line.cap);
        sai_buf_done(&line);
        if (!ok) {
                free_headers(list);
                return false;
        }
        *ret_list = list;
        return true;
}

static void set_method(CURL *easy, const struct http_request *request)
{
        bool has_body = request->body.len > 0;
        if (strcmp(request->method, "HEAD") == 0) {
                curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
        } else if (has_body || strcmp(request->method, "POST") == 0) {
                curl_easy_setopt(easy, CURLOPT_POST, 1L);
                curl_easy_setopt(easy, CURLOPT_POSTFIELDS, has_body ? request->body.data : "");
                curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
        }
        if (strcmp(request->method, "GET") != 0 && strcmp(request->method, "POST") != 0 && strcmp(request->method, "HEAD") != 0)
                curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
}

static void set_safety(CURL *easy, const struct http_try *try)
{
        const char *protocols = try->plain ? "http" : "https";
        curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, protocols);
        curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, protocols);
        curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
        curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
        if (try->ca_file)
                curl_easy_setopt(easy, CURLOPT_CAINFO, try->ca_file);
        curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* a proxy from the environment would make the check of addresses void */
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
}

static void set_limits(CURL *easy, const struct http_try *try, size_t max_body)
{
        const struct http_request *request = try->request;
        int64_t connect_ms = try->timeout_ms < SAI_CONNECT_TIMEOUT_MS ? try->timeout_ms : SAI_CONNECT_TIMEOUT_MS;
        curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)try->timeout_ms);
        curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, (long)SAI_MIN_RATE_BYTES);
        curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME,
                         request->silence_s > 0 ? (long)request->silence_s : (long)SAI_MIN_RATE_SECONDS);
        curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)max_body);
        curl_easy_setopt(easy, CURLOPT_MAXCONNECTS, 4L);
}

static void set_options(struct transfer *t, struct curl_slist *headers)
{
        CURL *easy = t->easy;
        const struct http_try *try = t->try;
        curl_easy_setopt(easy, CURLOPT_CURLU, try->url);
        curl_easy_setopt(easy, CURLOPT_USERAGENT, try->user_agent);
        curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
        curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
        curl_easy_setopt(easy, CURLOPT_HEADERDATA, t);
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, t);
        curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
        curl_easy_setopt(easy, CURLOPT_XFERINFODATA, t);
        curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
        set_safety(easy, try);
        set_limits(easy, try, t->max_body);
        set_method(easy, try->request);
}

/* -- Answer ------------------------------------------------------------------------------------------------------- */
static void fail(struct http_outcome *out, sai_status status, const char *reason)
{
        *out = (struct http_outcome) { .status = status, .reason = reason, .says_nothing = true };
}

struct verdict {
        CURLcode code;
        sai_status status;
        bool retry;
};

/* What is not in here is broken HTTP or TLS of a kind that another try does not mend. */
static const struct verdict verdicts[] = {
        { CURLE_COULDNT_RESOLVE_HOST, SAI_UNAVAILABLE, true },
        { CURLE_COULDNT_CONNECT, SAI_UNAVAILABLE, true },
        { CURLE_OPERATION_TIMEDOUT, SAI_TIMEOUT, true },
        { CURLE_SSL_CONNECT_ERROR, SAI_UPSTREAM, true },
        { CURLE_GOT_NOTHING, SAI_UPSTREAM, true },
        { CURLE_SEND_ERROR, SAI_UPSTREAM, true },
        { CURLE_RECV_ERROR, SAI_UPSTREAM, true },
        { CURLE_PARTIAL_FILE, SAI_UPSTREAM, true },
        { CURLE_BAD_CONTENT_ENCODING, SAI_UPSTREAM, true },
        { CURLE_HTTP2, SAI_UPSTREAM, true },
        { CURLE_HTTP2_STREAM, SAI_UPSTREAM, true },
};

static void judge_transport(const struct transfer *t, CURLcode code, struct http_outcome *out)
{
        if (code == CURLE_FILESIZE_EXCEEDED || t->too_large) {
                fail(out, SAI_TOO_LARGE, "the answer is too large");
        } else if (t->sink_refused) {
                fail(out, SAI_UPSTREAM, "the answer was refused while it came");
        } else if (code == CURLE_OUT_OF_MEMORY || t->body.failed) {
                fail(out, SAI_NO_MEMORY, "no memory for the answer");
        } else if (t->headers.failed) {
                fail(out, SAI_UPSTREAM, "the answer's headers are too large");
        } else if (code == CURLE_ABORTED_BY_CALLBACK) {
                fail(out, SAI_UNAVAILABLE, "the service is stopping");
        } else if (t->address_refused && code == CURLE_COULDNT_CONNECT) {
                fail(out, SAI_UNAVAILABLE, "its address is not public and the host is not configured by name");
        } else {
                *out = (struct http_outcome) { .status = SAI_UPSTREAM, .reason = curl_easy_strerror(code), .host_failed = true };
                for (size_t i = 0; i < SAI_COUNT(verdicts); i++) {
                        if (verdicts[i].code == code) {
                                out->status = verdicts[i].status;
                                out->retry = !t->sink_used && verdicts[i].retry;
                        }
                }
                /* A deadline of the caller that left less time than a connection may take is no failure of the host. */
                if (code == CURLE_OPERATION_TIMEDOUT && t->try->timeout_ms < SAI_CONNECT_TIMEOUT_MS && t->received == 0)
                        out->host_failed = false, out->says_nothing = true;
        }
}

static bool give_headers(struct transfer *t, struct sai_arena *arena, struct http_response *response)
{
        if (t->header_count == 0)
                return true;
        struct http_header *headers = SAI_NEW_ARRAY(arena, struct http_header, t->header_count);
        char *text = sai_arena_memdup(arena, t->headers.data, t->headers.len);
        if (!headers || !text)
                return false;
        for (size_t i = 0; i < t->header_count; i++) {
                headers[i].name = text;
                text += strlen(text) + 1;
                headers[i].value = text;
                text += strlen(text) + 1;
        }
        response->headers = headers;
        response->header_count = t->header_count;
        return true;
}

/* The buffer itself goes to the arena's care: an answer of 16 MiB is not copied once more. */
static bool give_body(struct transfer *t, struct sai_arena *arena, struct http_response *response)
{
        if (t->body.len == 0) {
                response->body = SAI_TEXT("");
                return true;
        }
        size_t len = 0;
        char *data = sai_buf_take(&t->body, &len);
        if (!data)
                return false;
        if (sai_arena_defer(arena, free, data) != SAI_OK) {
                free(data);
                return false;
        }
        response->body = (struct sai_text) { data, len };
        return true;
}

static void judge_answer(struct transfer *t, struct sai_arena *arena, struct http_outcome *out)
{
        long status = 0;
        curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
        *out = (struct http_outcome) { .status = SAI_OK, .response.status = (int)status };
        if (!give_headers(t, arena, &out->response) || !give_body(t, arena, &out->response)) {
                fail(out, SAI_NO_MEMORY, "no memory for the answer");
                return;
        }
        out->host_failed = out->retry = status >= 500;
}

void http_try_run(CURL *easy, const struct http_try *try, struct sai_arena *arena, struct http_outcome *ret_outcome)
{
        struct transfer t = { .try = try, .easy = easy, .max_body = try->request->max_body };
        struct curl_slist *headers = NULL;
        if (t.max_body == 0)
                t.max_body = SAI_MAX_UPSTREAM_BODY;
        if (!build_headers(try->request, &headers)) {
                fail(ret_outcome, SAI_INTERNAL, "a request header cannot be sent");
                return;
        }
        sai_buf_init(&t.body, t.max_body);
        sai_buf_init(&t.headers, SAI_MAX_UPSTREAM_HEADERS);
        curl_easy_reset(easy);
        set_options(&t, headers);

        CURLcode code = curl_easy_perform(easy);
        if (code == CURLE_OK)
                judge_answer(&t, arena, ret_outcome);
        else
                judge_transport(&t, code, ret_outcome);

        curl_easy_reset(easy); /* nothing of this call stays in the handle but its connections */
        free_headers(headers);
        sai_buf_done(&t.body);
        sai_buf_done(&t.headers);
}
