/* exchange.c -- one request and its answer, between libmicrohttpd's callbacks and the walk of dispatch.c.
 *
 * The library calls us with the request line, then with the headers, then with pieces of the body, then once more when all is there; an
 * answer can be queued at the second and the last of these. Whatever can be refused from the headers is refused before a body
 * was sent; what turns out wrong in the middle of one is answered on the socket itself, because the library cannot (H4). */
#include "http/exchange_internal.h"

#include <string.h>

/* -- Answering ------------------------------------------------------------------------------------------------------ */
/* Finishes the reply on the thread that made it. */
static void finish(struct exchange *x)
{
        struct thread_state *thread = server_thread_state(x->server);
        x->call.gzip = thread ? &thread->gzip : NULL;
        http_finish(&x->call);
        x->state = ANSWERED;
}

/* On the event thread, with the reply filled and not yet finished: now, or after the rest of a small body was read away. */
static enum MHD_Result answer(struct exchange *x)
{
        const struct http_framing *framing = &x->call.framing;
        if (x->state != ANSWERED)
                finish(x);
        if (x->mid_body)
                return exchange_write(x);
        bool body_follows = framing->has_body && x->received == 0;
        bool small = !framing->chunked && framing->length <= SAI_MAX_DISCARD && !framing->expects_continue && !x->reply.close;
        if (body_follows && !small) {
                atomic_store_explicit(&x->connection->linger, true, memory_order_relaxed);
                return exchange_queue(x);
        }
        return MHD_YES; /* the last call queues it, which keeps the connection */
}

static enum MHD_Result refuse(struct exchange *x, sai_status code, const struct sai_err *err)
{
        (void)http_refuse(&x->call, code, err);
        return answer(x);
}

/* -- Headers -------------------------------------------------------------------------------------------------------- */
static struct sai_text without_trailing_blanks(struct sai_text value)
{
        while (value.len && (value.data[value.len - 1] == ' ' || value.data[value.len - 1] == '\t'))
                value.len--;
        return value;
}

static enum MHD_Result collect(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_len, const char *value,
                               size_t value_len)
{
        struct exchange *x = cls;
        (void)kind;
        if (x->header_count < SAI_MAX_HEADER_FIELDS)
                x->headers[x->header_count] = (struct sai_header) { { name, name_len }, { value, value_len } };
        x->header_count++;
        return MHD_YES;
}

/* Folded lines, NUL bytes and bare line feeds do not show in what libmicrohttpd gives, but in where it lies: it cuts the lines in its read
 * buffer in place, so between two neighbours there is exactly the zeroed CR LF, and a folded line was moved away. */
static bool layout_is_plain(const struct exchange *x, const char *method, const char *version, size_t *ret_section)
{
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(x->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
        if (!info || x->header_count > SAI_MAX_HEADER_FIELDS)
                return true; /* the gate counts fields itself */
        uintptr_t end = (uintptr_t)method + info->header_size;
        uintptr_t at = (uintptr_t)version + strlen(version);
        *ret_section = end - at;
        if ((uintptr_t)x->target_at != (uintptr_t)method + strlen(method) + 1 ||
            (uintptr_t)version != (uintptr_t)x->target_at + x->target_len + 1)
                return false;
        for (size_t i = 0; i < x->header_count; i++) {
                const struct sai_header *header = &x->headers[i];
                if ((uintptr_t)header->name.data != at + 2 ||
                    (uintptr_t)header->value.data <= (uintptr_t)header->name.data + header->name.len)
                        return false;
                at = (uintptr_t)header->value.data + header->value.len;
        }
        return end == at + 4;
}

static sai_status check_head(struct exchange *x, const char *method, const char *version, struct sai_err *err)
{
        struct http_head head = { .version = version, .target = x->request.target, .headers = x->headers };
        (void)MHD_get_connection_values_n(x->mhd, MHD_HEADER_KIND, collect, x);
        head.target.len = x->target_len;
        head.header_count = x->header_count;
        x->request.header_count = x->header_count < SAI_MAX_HEADER_FIELDS ? x->header_count : SAI_MAX_HEADER_FIELDS;
        bool plain = !x->server->plain_layout || layout_is_plain(x, method, version, &head.section_bytes);
        sai_status rc = http_gate_check(&head, &x->call.framing, err);
        if (rc == SAI_OK && !plain)
                rc = sai_fail(err, SAI_BAD_REQUEST, "a header line is folded, or ends otherwise than in CR LF");
        for (size_t i = 0; i < x->request.header_count; i++)
                x->headers[i].value = without_trailing_blanks(x->headers[i].value);
        return rc;
}

/* The caller's id when it is sane, else one of ours: unique here, and unlikely to be anybody else's. */
static void name_request(struct exchange *x)
{
        struct sai_text sent = sai_request_header(&x->request, "x-request-id");
        bool sane = sent.len >= 1 && sent.len < sizeof x->request_id;
        for (size_t i = 0; sane && i < sent.len; i++) {
                char c = sent.data[i];
                sane = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' ||
                       c == '-';
        }
        if (sane) {
                memcpy(x->request_id, sent.data, sent.len);
                x->request_id[sent.len] = '\0';
                return;
        }
        /* splitmix64: a bijection, so different counts give different ids */
        uint64_t id = x->server->id_seed +
                      atomic_fetch_add_explicit(&x->server->id_counter, 1, memory_order_relaxed) * 0x9e3779b97f4a7c15u;
        id = (id ^ (id >> 30)) * 0xbf58476d1ce4e5b9u;
        id = (id ^ (id >> 27)) * 0x94d049bb133111ebu;
        id ^= id >> 31;
        sai_hex_encode(&id, sizeof id, x->request_id);
}

/* -- Steps ---------------------------------------------------------------------------------------------------------- */
static enum MHD_Result hand_over(struct exchange *x, enum exchange_state state)
{
        x->state = state;
        connection_enter(x->connection, PHASE_RUN, 0);
        MHD_suspend_connection(x->mhd); /* before anybody else can see it */
        if (workers_push(x->server, x))
                return MHD_YES;
        MHD_resume_connection(x->mhd);
        atomic_fetch_add(&x->server->refused, 1);
        (void)http_refuse(&x->call, SAI_BUSY, NULL);
        finish(x);
        return MHD_YES; /* the library calls again, and finds the answer */
}

/* The headers are accepted and a body may come. */
static enum MHD_Result await_body(struct exchange *x)
{
        const struct sai_route *route = x->request.route;
        bool file = route->body == SAI_BODY_UPLOAD && x->call.framing.has_body;
        if (file) {
                struct sai_err err = { 0 };
                sai_status rc =
                        http_upload_new(&x->server->config, sai_request_header(&x->request, "content-type"), &x->upload, &err);
                if (rc != SAI_OK)
                        return refuse(x, rc, &err);
        }
        x->body.max = (size_t)http_body_max(route);
        x->state = READING;
        if (x->call.framing.has_body)
                connection_enter(x->connection, file ? PHASE_UPLOAD : PHASE_BODY,
                                 sai_monotonic_ms(&x->server->config.clock) + SAI_BODY_TIMEOUT_MS);
        return MHD_YES;
}

/* A body that is small and of declared length is read first: its checks come in the same order afterwards, on one visit to a worker. */
static bool decides_before_body(const struct exchange *x)
{
        const struct http_framing *framing = &x->call.framing;
        if (!framing->has_body)
                return false;
        return x->request.route->body == SAI_BODY_UPLOAD || framing->chunked || framing->expects_continue ||
               framing->length > http_body_max(x->request.route);
}

/* Without a network behind it an inline handler waits for nothing. Routes that nobody signs in for ask neither store nor cache inline. */
static bool runs_on_worker(const struct exchange *x)
{
        const struct sai_route *route = x->request.route;
        return route->run == SAI_RUN_WORKER || (x->request.config->remote && route->auth != SAI_AUTH_NONE);
}

static enum MHD_Result begin(struct exchange *x, const char *method, const char *version)
{
        struct sai_err err = { 0 };
        x->counted = true;
        atomic_fetch_add_explicit(&x->server->in_flight, 1, memory_order_relaxed);
        atomic_fetch_add_explicit(&x->server->requests, 1, memory_order_relaxed);
        x->request.method = http_method_of(method, strlen(method));
        sai_status rc = check_head(x, method, version, &err);
        name_request(x);
        http_proxies_resolve(x->server->proxies, x->connection->peer, &x->request, x->client);
        if (rc != SAI_OK) {
                x->reply.close = true;
                x->request.path = SAI_TEXT(""); /* what cannot be trusted is not shown */
                (void)http_refuse(&x->call, rc, &err);
                finish(x);
                atomic_store_explicit(&x->connection->linger, true, memory_order_relaxed);
                return exchange_queue(x); /* at once: nothing behind it is read as a request */
        }
        if (http_start(&x->call)) {
                x->reply.close = x->reply.status == 400; /* a target that nobody should have sent: what follows is doubtful too */
                return answer(x);
        }
        if (!decides_before_body(x))
                return await_body(x);
        if (runs_on_worker(x))
                return hand_over(x, ADMITTING);
        x->admitted = true;
        return http_admit(&x->call) ? answer(x) : await_body(x);
}

static sai_status keep_body(struct exchange *x, const char *data, size_t len, struct sai_err *err)
{
        x->buffered += len;
        if (atomic_fetch_add_explicit(&x->server->buffered, len, memory_order_relaxed) + len > SAI_MAX_BUFFERED_BODIES)
                return sai_fail(err, SAI_BUSY, "too many bodies at once");
        sai_buf_append(&x->body, data, len);
        return sai_buf_status(&x->body, err);
}

static enum MHD_Result take_body(struct exchange *x, const char *data, size_t *size)
{
        size_t len = *size;
        struct sai_err err = { 0 };
        sai_status rc = SAI_OK;
        *size = 0;
        x->received += len;
        atomic_store_explicit(&x->connection->received, x->received, memory_order_relaxed);
        if (x->received > http_body_max(x->request.route)) {
                rc = sai_fail(&err, SAI_TOO_LARGE, "at most %llu bytes", (unsigned long long)http_body_max(x->request.route));
        } else if (x->upload) {
                rc = http_upload_feed(x->upload, data, len, &err);
        } else {
                rc = keep_body(x, data, len, &err);
        }
        if (rc == SAI_OK)
                return MHD_YES;
        x->mid_body = true;
        return refuse(x, rc, &err);
}

static void run(struct exchange *x)
{
        sai_log_set_request_id(x->request_id);
        if (x->admitted || !http_admit(&x->call))
                http_run(&x->call);
        sai_log_set_request_id(NULL);
}

static enum MHD_Result body_complete(struct exchange *x)
{
        struct sai_err err = { 0 };
        x->request.body = (struct sai_text) { x->body.data, x->body.len };
        if (x->upload) {
                sai_status rc = http_upload_end(x->upload, &err);
                if (rc != SAI_OK) {
                        (void)http_refuse(&x->call, rc, &err);
                        finish(x);
                        return exchange_queue(x);
                }
                x->request.upload = http_upload_view(x->upload);
        }
        if (runs_on_worker(x))
                return hand_over(x, RUNNING);
        connection_enter(x->connection, PHASE_RUN, 0);
        run(x);
        finish(x);
        return exchange_queue(x);
}

void exchange_work(struct exchange *x, bool refuse_only)
{
        sai_log_set_request_id(x->request_id);
        if (refuse_only) {
                (void)http_refuse(&x->call, SAI_BUSY, NULL);
                finish(x);
        } else if (x->state == ADMITTING) {
                x->admitted = true;
                if (http_admit(&x->call))
                        finish(x);
        } else {
                run(x);
                finish(x);
        }
        sai_log_set_request_id(NULL);
        MHD_resume_connection(x->mhd); /* from here on it is the event thread's again */
}

enum MHD_Result exchange_on_request(void *server, struct MHD_Connection *mhd, const char *url, const char *method,
                                    const char *version, const char *data, size_t *size, void **context)
{
        struct exchange *x = *context;
        (void)server;
        (void)mhd;
        (void)url;
        if (!x)
                return MHD_NO; /* no memory to answer with */
        switch (x->state) {
        case FRESH:
                return begin(x, method, version);
        case ADMITTING:
                return await_body(x);
        case READING:
                return *size ? take_body(x, data, size) : body_complete(x);
        case ANSWERED:
                if (*size) { /* the rest of a small refused body */
                        x->received += *size;
                        *size = 0;
                        return MHD_YES;
                }
                /* Resumed with the body still to come, or everything is here. */
                return x->call.framing.has_body && x->received == 0 ? answer(x) : exchange_queue(x);
        case RUNNING:
        case SENT:
        default:
                return MHD_YES;
        }
}

/* -- End ------------------------------------------------------------------------------------------------------------ */
static void report(struct exchange *x)
{
        const struct sai_server_config *config = &x->server->config;
        const struct sai_route *route = x->request.route;
        struct timespec now;
        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        int64_t us = (now.tv_sec - x->began.tv_sec) * 1000000 + (now.tv_nsec - x->began.tv_nsec) / 1000;
        int status = x->state == SENT ? x->reply.status : 0; /* 0: the client left first */
        if (config->observe)
                config->observe(config->app, route, status, us, x->sent_bytes);
        if (!config->log)
                return;
        static const char *const methods[] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "other" };
        enum sai_log_level level = status >= 500 || us >= (int64_t)SAI_SLOW_REQUEST_MS * 1000 ? SAI_LOG_INFO : SAI_LOG_DEBUG;
        sai_log_set_request_id(x->request_id);
        sai_log(config->log, level, "http.request", SAI_LOG_TEXT("method", methods[x->request.method]),
                SAI_LOG_TEXT("route", route ? route->path : ""), SAI_LOG_INT("status", status),
                SAI_LOG_REAL("ms", (double)us / 1000.0), SAI_LOG_INT("bytes", x->sent_bytes),
                SAI_LOG_TEXT("client", x->request.client_address));
        sai_log_set_request_id(NULL);
}

void exchange_on_completed(void *cls, struct MHD_Connection *mhd, void **context, enum MHD_RequestTerminationCode code)
{
        struct exchange *x = *context;
        struct sai_server *server = cls;
        (void)mhd;
        *context = NULL;
        if (!x)
                return;
        if (code == MHD_REQUEST_TERMINATED_WITH_ERROR)
                atomic_store_explicit(&x->connection->linger, true, memory_order_relaxed);
        connection_enter(x->connection, PHASE_IDLE, 0);
        if (x->counted) {
                report(x);
                atomic_fetch_sub_explicit(&server->in_flight, 1, memory_order_relaxed);
        }
        exchange_put(x);
}
