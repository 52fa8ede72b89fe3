/* script_server.c -- see the header. Blocking sockets, a thread a connection: a test has a handful. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "support/script_server.h"

enum { CONNECTIONS = 256, REQUESTS = 4096, ANSWERS = 1024 };

struct connection {
        struct script_server *server;
        int fd;
        pthread_t thread;
};

struct script_server {
        int listener, port;
        char url[64];
        pthread_t acceptor;
        pthread_mutex_t lock; /* guards all below */
        struct script_answer answers[ANSWERS];
        size_t answer_count, answer_at;
        char *requests[REQUESTS];
        size_t request_count;
        struct connection connections[CONNECTIONS];
        size_t connection_count;
        bool stopping;
};

static void die(const char *what)
{
        perror(what);
        abort();
}

/* -- Script ------------------------------------------------------------------------------------------------------- */
static char *copy_bytes(const char *data, size_t len)
{
        char *copy = malloc(len + 1);
        if (!copy)
                die("malloc");
        if (len > 0)
                memcpy(copy, data, len);
        copy[len] = '\0';
        return copy;
}

void script_server_push(struct script_server *server, struct script_answer answer)
{
        if (answer.body_len == 0 && answer.body)
                answer.body_len = strlen(answer.body);
        answer.body = copy_bytes(answer.body, answer.body_len);
        answer.headers = copy_bytes(answer.headers, answer.headers ? strlen(answer.headers) : 0);
        if (answer.times == 0)
                answer.times = 1;
        pthread_mutex_lock(&server->lock);
        if (server->answer_count == ANSWERS)
                die("too many answers");
        server->answers[server->answer_count++] = answer;
        pthread_mutex_unlock(&server->lock);
}

/* Texts of answers live as long as the server. */
static struct script_answer next_answer(struct script_server *server, const struct sai_buf *request)
{
        struct script_answer answer = { .status = 599, .body = "script used up", .body_len = 14, .headers = "" };
        pthread_mutex_lock(&server->lock);
        if (server->request_count < REQUESTS)
                server->requests[server->request_count++] = copy_bytes(request->data, request->len);
        if (server->answer_at < server->answer_count) {
                struct script_answer *next = &server->answers[server->answer_at];
                answer = *next;
                if (next->times > 0 && --next->times == 0)
                        server->answer_at++;
        }
        pthread_mutex_unlock(&server->lock);
        return answer;
}

/* -- Answers ------------------------------------------------------------------------------------------------------ */
static void compress_body(struct sai_buf *out, const char *data, size_t len)
{
        z_stream z = { 0 };
        if (deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
                die("deflateInit2");
        size_t bound = deflateBound(&z, len);
        if (!sai_buf_reserve(out, bound))
                die("compress");
        char *in = copy_bytes(data, len);
        z.next_in = (Bytef *)in;
        z.avail_in = (uInt)len;
        z.next_out = (Bytef *)out->data + out->len;
        z.avail_out = (uInt)bound;
        if (deflate(&z, Z_FINISH) != Z_STREAM_END)
                die("deflate");
        out->len += z.total_out;
        deflateEnd(&z);
        free(in);
}

static void append_chunked(struct sai_buf *out, const char *data, size_t len)
{
        const size_t most = 1000;
        for (size_t at = 0; at < len; at += most) {
                size_t part = len - at < most ? len - at : most;
                sai_buf_printf(out, "%zx\r\n", part);
                sai_buf_append(out, data + at, part);
                sai_buf_text(out, "\r\n");
        }
        sai_buf_text(out, "0\r\n\r\n");
}

static void build_answer(const struct script_answer *answer, bool head, struct sai_buf *out)
{
        struct sai_buf packed;
        const char *body = answer->body;
        size_t len = answer->body_len;
        if (answer->raw) {
                sai_buf_append(out, body, len);
                return;
        }
        sai_buf_init(&packed, SAI_MIB(64));
        if (answer->gzip) {
                compress_body(&packed, body, len);
                body = packed.data;
                len = packed.len;
        }
        sai_buf_printf(out, "HTTP/1.1 %d Scripted\r\n%s", answer->status ? answer->status : 200, answer->headers);
        if (answer->gzip)
                sai_buf_text(out, "Content-Encoding: gzip\r\n");
        if (answer->close)
                sai_buf_text(out, "Connection: close\r\n");
        if (answer->chunked)
                sai_buf_text(out, "Transfer-Encoding: chunked\r\n\r\n");
        else
                sai_buf_printf(out, "Content-Length: %zu\r\n\r\n", len);
        if (!head && answer->chunked)
                append_chunked(out, body, len);
        else if (!head)
                sai_buf_append(out, body, len);
        sai_buf_done(&packed);
}

static bool send_all(int fd, const char *data, size_t len)
{
        while (len > 0) {
                ssize_t sent = send(fd, data, len, MSG_NOSIGNAL);
                if (sent <= 0)
                        return false;
                data += sent;
                len -= (size_t)sent;
        }
        return true;
}

/* False when the connection is to be closed. */
static bool send_answer(int fd, const struct script_answer *answer, bool head)
{
        struct sai_buf out;
        sai_buf_init(&out, SAI_MIB(64));
        build_answer(answer, head, &out);
        size_t len = answer->cut_at > 0 && answer->cut_at < out.len ? answer->cut_at : out.len;
        if (answer->delay_ms > 0) {
                struct pollfd gone = { .fd = fd, .events = POLLRDHUP }; /* ends early when the client gives up */
                poll(&gone, 1, answer->delay_ms);
        }
        bool sent = send_all(fd, out.data, len);
        sai_buf_done(&out);
        return sent && !answer->close && !answer->raw && answer->cut_at == 0;
}

/* -- Requests ----------------------------------------------------------------------------------------------------- */
static size_t body_length(const char *head)
{
        const char *line = strcasestr(head, "\r\nContent-Length:");
        return line ? (size_t)strtoul(line + strlen("\r\nContent-Length:"), NULL, 10) : 0;
}

/* True with a whole request in `buf`. */
static bool read_request(int fd, struct sai_buf *buf)
{
        char part[4096];
        sai_buf_clear(buf);
        for (;;) {
                const char *end = buf->len > 0 ? strstr(buf->data, "\r\n\r\n") : NULL;
                if (end && buf->len >= (size_t)(end + 4 - buf->data) + body_length(buf->data))
                        return true;
                ssize_t got = recv(fd, part, sizeof part, 0);
                if (got <= 0)
                        return false;
                sai_buf_append(buf, part, (size_t)got);
        }
}

static void *serve(void *context)
{
        struct connection *connection = context;
        struct sai_buf request;
        bool open = true;
        sai_buf_init(&request, SAI_MIB(64));
        while (open && read_request(connection->fd, &request)) {
                struct script_answer answer = next_answer(connection->server, &request);
                open = send_answer(connection->fd, &answer, strncmp(request.data, "HEAD ", 5) == 0);
        }
        shutdown(connection->fd, SHUT_RDWR); /* closed by script_server_free, so that its number is not given away meanwhile */
        sai_buf_done(&request);
        return NULL;
}

static void *accept_all(void *context)
{
        struct script_server *server = context;
        for (;;) {
                int one = 1, fd = accept(server->listener, NULL, NULL);
                if (fd < 0)
                        return NULL;
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                pthread_mutex_lock(&server->lock);
                bool refused = server->stopping || server->connection_count == CONNECTIONS;
                if (!refused) {
                        struct connection *connection = &server->connections[server->connection_count];
                        *connection = (struct connection) { .server = server, .fd = fd };
                        if (pthread_create(&connection->thread, NULL, serve, connection) != 0)
                                die("pthread_create");
                        server->connection_count++;
                }
                pthread_mutex_unlock(&server->lock);
                if (refused)
                        close(fd);
        }
}

/* -- Life --------------------------------------------------------------------------------------------------------- */
struct script_server *script_server_new(void)
{
        struct script_server *server = calloc(1, sizeof *server);
        struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        socklen_t len = sizeof address;
        if (!server)
                die("calloc");
        pthread_mutex_init(&server->lock, NULL);
        server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (server->listener < 0 || bind(server->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
            listen(server->listener, 64) != 0 || getsockname(server->listener, (struct sockaddr *)&address, &len) != 0)
                die("listen");
        server->port = ntohs(address.sin_port);
        snprintf(server->url, sizeof server->url, "http://127.0.0.1:%d", server->port);
        if (pthread_create(&server->acceptor, NULL, accept_all, server) != 0)
                die("pthread_create");
        return server;
}

void script_server_free(struct script_server *server)
{
        if (!server)
                return;
        pthread_mutex_lock(&server->lock);
        server->stopping = true;
        pthread_mutex_unlock(&server->lock);
        shutdown(server->listener, SHUT_RDWR);
        pthread_join(server->acceptor, NULL);
        close(server->listener);
        for (size_t i = 0; i < server->connection_count; i++) {
                shutdown(server->connections[i].fd, SHUT_RDWR);
                pthread_join(server->connections[i].thread, NULL);
                close(server->connections[i].fd);
        }
        for (size_t i = 0; i < server->request_count; i++)
                free(server->requests[i]);
        for (size_t i = 0; i < server->answer_count; i++) {
                void *texts[2]; /* ours since script_server_push */
                memcpy(&texts[0], &server->answers[i].body, sizeof texts[0]);
                memcpy(&texts[1], &server->answers[i].headers, sizeof texts[1]);
                free(texts[0]);
                free(texts[1]);
        }
        pthread_mutex_destroy(&server->lock);
        free(server);
}

const char *script_server_url(const struct script_server *server) { return server->url; }
int script_server_port(const struct script_server *server) { return server->port; }

size_t script_server_requests(struct script_server *server)
{
        pthread_mutex_lock(&server->lock);
        size_t count = server->request_count;
        pthread_mutex_unlock(&server->lock);
        return count;
}

size_t script_server_connections(struct script_server *server)
{
        pthread_mutex_lock(&server->lock);
        size_t count = server->connection_count;
        pthread_mutex_unlock(&server->lock);
        return count;
}

const char *script_server_request(struct script_server *server, size_t n)
{
        pthread_mutex_lock(&server->lock);
        const char *text = n < server->request_count ? server->requests[n] : NULL;
        pthread_mutex_unlock(&server->lock);
        return text;
}
