/* exchange_life.c -- exchanges from the spare list and back, and the two ways an answer leaves.
 *
 * They are used again by their event thread, so a request costs no allocation of ours beyond what the library makes for its headers; memory
 * that one request made large is given back. */
#include "http/exchange_internal.h"

#include <string.h>
#include <sys/socket.h>

/* -- Life ----------------------------------------------------------------------------------------------------------- */
static struct exchange *exchange_get(struct sai_server *server)
{
        struct thread_state *thread = server_thread_state(server);
        if (!thread)
                return NULL;
        struct exchange *x = thread->spare;
        if (x) {
                thread->spare = x->next;
                thread->spare_count--;
                return x;
        }
        x = calloc(1, sizeof *x);
        if (!x)
                return NULL;
        x->server = server;
        x->request.arena = sai_arena_new(SAI_MAX_REQUEST_ARENA);
        sai_buf_init(&x->body, SAI_MAX_JSON_BODY);
        http_reply_init(&x->reply);
        if (!x->request.arena) {
                free(x);
                return NULL;
        }
        return x;
}

struct exchange *exchange_free(struct exchange *x)
{
        struct exchange *next = x->next;
        http_upload_free(x->upload);
        sai_reply_done(&x->reply);
        sai_buf_done(&x->body);
        sai_arena_free(x->request.arena);
        free(x);
        return next;
}

void exchange_put(struct exchange *x)
{
        struct thread_state *thread = server_thread_state(x->server);
        if (x->buffered)
                atomic_fetch_sub_explicit(&x->server->buffered, x->buffered, memory_order_relaxed);
        http_upload_free(x->upload);
        x->upload = NULL;
        http_reply_reset(&x->reply);
        if (x->reply.body.cap > SAI_MAX_SPARE_BODY)
                sai_buf_done(&x->reply.body);
        if (x->body.cap > SAI_MAX_SPARE_BODY)
                sai_buf_done(&x->body);
        sai_buf_clear(&x->body);
        sai_arena_reset(x->request.arena);
        if (!thread || thread->spare_count >= SAI_MAX_SPARE_EXCHANGES) {
                (void)exchange_free(x);
                return;
        }
        x->next = thread->spare;
        thread->spare = x;
        thread->spare_count++;
}

static struct connection *connection_of(struct MHD_Connection *mhd)
{
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
        return info ? info->socket_context : NULL;
}

/* The request line is there: everything starts anew. Gives the exchange, which the library hands to all later callbacks. */
void *exchange_on_target(void *cls, const char *target, struct MHD_Connection *mhd)
{
        struct sai_server *server = cls;
        struct connection *connection = connection_of(mhd);
        struct exchange *x = connection ? exchange_get(server) : NULL;
        if (!x)
                return NULL;
        struct sai_arena *arena = x->request.arena;
        x->connection = connection;
        x->mhd = mhd;
        x->state = FRESH;
        x->admitted = x->counted = x->mid_body = false;
        x->received = x->sent_bytes = x->buffered = x->header_count = 0;
        x->request = (struct sai_request) { .arena = arena, .config = &server->config, .app = server->config.app };
        x->call = (struct http_call) {
                .config = &server->config, .router = server->router, .request = &x->request, .reply = &x->reply
        };
        x->request.headers = x->headers;
        x->request.started_ms = sai_monotonic_ms(&server->config.clock);
        x->request.request_id = x->request_id;
        x->request_id[0] = '\0';
        (void)clock_gettime(CLOCK_MONOTONIC, &x->began); /* durations in µs for the metrics; decides nothing */
        x->target_at = target;
        x->target_len = target ? strlen(target) : 0;
        size_t kept = x->target_len < SAI_MAX_TARGET ? x->target_len : SAI_MAX_TARGET;
        if (kept)
                memcpy(x->target, target, kept);
        x->target[kept] = '\0';
        x->request.target = (struct sai_text) { x->target, kept };
        connection_enter(connection, PHASE_HEADER, x->request.started_ms + SAI_HEADER_TIMEOUT_MS);
        return x;
}

/* -- Sending -------------------------------------------------------------------------------------------------------- */
static struct sai_text reply_body(const struct sai_reply *reply)
{
        if (reply->shared_body.data)
                return reply->shared_body;
        return (struct sai_text) { reply->body.data ? reply->body.data : "", reply->body.len };
}

static bool must_close(const struct exchange *x)
{
        return x->reply.close || atomic_load_explicit(&x->server->stopping, memory_order_relaxed);
}

/* Queues the finished reply. The body is not copied: it stays with the exchange until the library says that it was sent. */
enum MHD_Result exchange_queue(struct exchange *x)
{
        struct sai_reply *reply = &x->reply;
        struct sai_text body = reply_body(reply);
        struct MHD_Response *response =
                MHD_create_response_from_buffer(body.len, (void *)(uintptr_t)body.data, MHD_RESPMEM_PERSISTENT);
        if (!response)
                return MHD_NO;
        for (size_t i = 0; i < reply->header_count; i++)
                (void)MHD_add_response_header(response, reply->headers[i].name.data, reply->headers[i].value.data);
        if (must_close(x))
                (void)MHD_add_response_header(response, "Connection", "close");
        enum MHD_Result queued = MHD_queue_response(x->mhd, (unsigned)reply->status, response);
        MHD_destroy_response(response);
        x->state = SENT;
        x->sent_bytes = body.len;
        connection_enter(x->connection, PHASE_WRITE, 0);
        return queued;
}

/* Answers in the middle of a body, where the library takes no reply. Nothing else was written for this request, and the few hundred bytes fit
 * into any socket buffer; the connection ends with it. */
enum MHD_Result exchange_write(struct exchange *x)
{
        struct sai_buf out;
        struct sai_reply *reply = &x->reply;
        struct sai_text body = reply_body(reply);
        sai_buf_init(&out, SAI_KIB(16));
        char date[40];
        struct tm utc;
        time_t now = (time_t)(sai_now_ms(&x->server->config.clock) / 1000);
        (void)strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now, &utc));
        sai_buf_printf(&out, "HTTP/1.1 %d %s\r\nDate: %s\r\n", reply->status, MHD_get_reason_phrase_for((unsigned)reply->status),
                       date);
        for (size_t i = 0; i < reply->header_count; i++)
                sai_buf_printf(&out, "%s: %s\r\n", reply->headers[i].name.data, reply->headers[i].value.data);
        sai_buf_printf(&out, "Connection: close\r\nContent-Length: %zu\r\n\r\n", body.len);
        sai_buf_append(&out, body.data, body.len);
        if (!out.failed)
                (void)!send(x->connection->fd, out.data, out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
        x->sent_bytes = body.len;
        x->state = SENT;
        sai_buf_done(&out);
        atomic_store_explicit(&x->connection->linger, true, memory_order_relaxed);
        return MHD_NO;
}
