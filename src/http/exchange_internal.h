/* exchange_internal.h -- what the two halves of an exchange share: exchange.c steps it, exchange_life.c makes, sends and recycles it. */
#ifndef SAI_HTTP_EXCHANGE_INTERNAL_H
#define SAI_HTTP_EXCHANGE_INTERNAL_H

#include "http/server_internal.h"

enum exchange_state {
        FRESH, /* the request line is known */
        ADMITTING, /* with a worker, for what the headers decide; the body has not been asked for */
        READING, /* the body comes */
        RUNNING, /* with a worker */
        ANSWERED, /* the reply is finished */
        SENT,
};

struct exchange {
        struct exchange *next; /* spare list of the event thread */
        struct sai_server *server;
        struct connection *connection;
        struct MHD_Connection *mhd;
        enum exchange_state state;
        bool admitted, counted, mid_body;
        struct http_call call;
        struct sai_request request;
        struct sai_reply reply;
        struct sai_buf body;
        struct http_upload *upload;
        uint64_t received;
        struct timespec began;
        size_t sent_bytes;
        size_t buffered; /* of its body, counted in the server's sum */
        const char *target_at; /* where the library had it: only compared, never read */
        size_t target_len; /* as sent, also beyond what `target` holds */
        size_t header_count; /* as sent, also beyond what `headers` holds */
        char request_id[65];
        char client[46];
        char target[SAI_MAX_TARGET + 1];
        struct sai_header headers[SAI_MAX_HEADER_FIELDS];
};

/* Queues the finished reply with the library. */
enum MHD_Result exchange_queue(struct exchange *exchange);
/* Writes it to the socket itself, in the middle of a body; the connection ends. */
enum MHD_Result exchange_write(struct exchange *exchange);
/* Back to the event thread's spare ones. */
void exchange_put(struct exchange *exchange);

#endif
