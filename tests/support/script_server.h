/* script_server.h -- an HTTP server that does what a test tells it, also the wrong things.
 *
 * It listens on a free port of 127.0.0.1, gives the scripted answers in the order they were pushed, whoever asks, and keeps what it was
 * asked. Answers can be late, cut off, chunked, compressed or no HTTP at all. When the script is used up it answers 599. A thread a
 * connection; all functions are safe from several threads. */
#ifndef SAI_TESTS_SCRIPT_SERVER_H
#define SAI_TESTS_SCRIPT_SERVER_H

#include <stdbool.h>
#include <stddef.h>

struct script_server;

/* All zero is "200, empty body". */
struct script_answer {
        int status; /* 0: 200 */
        const char *headers; /* more header lines, each with its CRLF */
        const char *body; /* copied */
        size_t body_len; /* 0: up to the NUL */
        int times; /* 0 and 1: once; -1: for ever */
        int delay_ms; /* before the first byte */
        bool gzip, chunked;
        bool close; /* Connection: close, and closed */
        bool raw; /* the body is all that is sent, then the connection is closed */
        size_t cut_at; /* not 0: only so many bytes of the whole answer are sent, then the connection is closed */
};

struct script_server *script_server_new(void);
/* Closes all connections and joins all threads. */
void script_server_free(struct script_server *server);

void script_server_push(struct script_server *server, struct script_answer answer);

/* "http://127.0.0.1:PORT", for the server's life. */
const char *script_server_url(const struct script_server *server);
int script_server_port(const struct script_server *server);

/* How many requests came, and over how many connections. */
size_t script_server_requests(struct script_server *server);
size_t script_server_connections(struct script_server *server);
/* The n-th request (from 0) with head and body, as it came; NULL when there is none. Lives as long as the server. */
const char *script_server_request(struct script_server *server, size_t n);

#endif
