/* wire.h -- a client that sends exactly the bytes it is given. */
#ifndef TEST_HTTP_WIRE_H
#define TEST_HTTP_WIRE_H

#include "fixture.h"

struct client {
        int fd;
        char *data; /* unread bytes */
        size_t len;
};

struct answer {
        int status; /* 0: the connection ended without one */
        char head[8192];
        char *body;
        size_t body_len;
};

static MAYBE struct client client_open(unsigned port)
{
        struct client client = { .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
        struct sockaddr_in address = { .sin_family = AF_INET,
                                       .sin_port = htons((uint16_t)port),
                                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        assert_true(client.fd >= 0);
        assert_int_equal(connect(client.fd, (struct sockaddr *)&address, sizeof address), 0);
        return client;
}

static MAYBE void client_close(struct client *client)
{
        (void)close(client->fd);
        free(client->data);
        *client = (struct client) { .fd = -1 };
}

/* False when the other side no longer listens. */
static MAYBE bool client_send(struct client *client, const void *data, size_t len)
{
        const char *at = data;
        while (len) {
                ssize_t n = send(client->fd, at, len, MSG_NOSIGNAL);
                if (n <= 0)
                        return false;
                at += n;
                len -= (size_t)n;
        }
        return true;
}
static MAYBE bool client_text(struct client *client, const char *text) { return client_send(client, text, strlen(text)); }

/* More bytes; false at the end of the stream, or after 10 s of nothing. */
static MAYBE bool client_more(struct client *client)
{
        char piece[16384];
        struct pollfd polled = { .fd = client->fd, .events = POLLIN };
        if (poll(&polled, 1, 10000) != 1)
                return false;
        ssize_t n = recv(client->fd, piece, sizeof piece, 0);
        if (n <= 0)
                return false;
        client->data = realloc(client->data, client->len + (size_t)n);
        assert_non_null(client->data);
        memcpy(client->data + client->len, piece, (size_t)n);
        client->len += (size_t)n;
        return true;
}

static MAYBE const char *answer_header(const struct answer *answer, const char *name)
{
        static _Thread_local char value[1024];
        size_t len = strlen(name);
        for (const char *line = strstr(answer->head, "\r\n"); line; line = strstr(line + 2, "\r\n")) {
                if (strncasecmp(line + 2, name, len) != 0 || line[2 + len] != ':')
                        continue;
                const char *start = line + 2 + len + 2, *end = strstr(start, "\r\n");
                size_t value_len = end ? (size_t)(end - start) : strlen(start);
                (void)snprintf(value, sizeof value, "%.*s", (int)value_len, start);
                return value;
        }
        return NULL;
}

/* The next answer; `bodyless` for HEAD. 100 Continue counts as one. */
static MAYBE struct answer client_read(struct client *client, bool bodyless)
{
        struct answer answer = { 0 };
        char *end = NULL;
        while (!(end = client->len ? memmem(client->data, client->len, "\r\n\r\n", 4) : NULL))
                if (!client_more(client))
                        return answer;
        size_t head = (size_t)(end - client->data) + 4;
        assert_true(head < sizeof answer.head);
        memcpy(answer.head, client->data, head - 2);
        assert_int_equal(sscanf(answer.head, "HTTP/1.1 %d ", &answer.status), 1);
        const char *length = answer_header(&answer, "Content-Length");
        size_t body = length && !bodyless && answer.status != 304 ? strtoul(length, NULL, 10) : 0;
        while (client->len < head + body)
                if (!client_more(client))
                        break;
        size_t have = client->len - head < body ? client->len - head : body;
        answer.body = calloc(1, have + 1);
        assert_non_null(answer.body);
        memcpy(answer.body, client->data + head, have);
        answer.body_len = have;
        client->len -= head + have;
        memmove(client->data, client->data + head + have, client->len);
        assert_int_equal(have, body);
        return answer;
}

/* Whether the server has ended the connection, with nothing more to say. */
static MAYBE bool client_at_end(struct client *client)
{
        while (client->len == 0 && client_more(client))
                ;
        return client->len == 0;
}

static MAYBE int ask(unsigned port, const char *request, struct answer *ret_answer)
{
        struct client client = client_open(port);
        (void)client_text(&client, request);
        struct answer answer = client_read(&client, strncmp(request, "HEAD", 4) == 0);
        client_close(&client);
        if (ret_answer)
                *ret_answer = answer;
        else
                free(answer.body);
        return answer.status;
}

#endif
