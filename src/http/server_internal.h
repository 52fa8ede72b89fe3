/* server_internal.h -- the parts of the running server.
 *
 *   housekeeper (one thread)   accepts, enforces deadlines, lets refused clients read their answer
 *   event threads              one libmicrohttpd daemon each: read requests, run inline handlers, write answers
 *   workers                    run every other handler
 *
 * A request's exchange belongs to one thread at a time: its event thread, then, between suspend and resume, one worker.
 * Locks: connections.lock (list of connections, lingering sockets) and workers.lock (queue); neither is held while the other is
 * taken, nor across a call into libmicrohttpd. */
#ifndef SAI_HTTP_SERVER_INTERNAL_H
#define SAI_HTTP_SERVER_INTERNAL_H

#include "http/http_internal.h"
#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

/* -- Connections (connection.c, housekeeper.c) ---------------------------------------------------------------------- */
enum phase {
        PHASE_IDLE, /* waits for a request line, or has part of one */
        PHASE_HEADER, /* has the request line */
        PHASE_BODY, /* JSON body: until `deadline_ms` */
        PHASE_UPLOAD, /* file: at least SAI_IMPORT_MIN_RATE */
        PHASE_RUN, /* with a handler: its own deadline holds */
        PHASE_WRITE, /* the answer goes out */
};

struct connection {
        struct connection *next, *previous; /* connections.lock */
        int fd;
        char peer[46];
        /* Written by the event thread, read by the housekeeper. */
        _Atomic int phase;
        _Atomic uint32_t turn; /* changes with each phase, so that the housekeeper sees a new one */
        _Atomic int64_t deadline_ms;
        _Atomic uint64_t received; /* bytes of the body so far */
        _Atomic bool linger; /* the client may still send: let it read the answer before the close */
        /* The housekeeper's own notes about the current phase. */
        uint32_t seen_turn;
        bool fresh; /* no request yet */
        uint64_t mark_bytes;
        int64_t mark_ms; /* 0: none */
};

struct lingering {
        int fd;
        int64_t until_ms;
        size_t bytes;
};
enum { MAX_LINGERING = 64 };

struct connections {
        pthread_mutex_t lock;
        struct connection *first; /* lock */
        struct lingering lingering[MAX_LINGERING]; /* lock */
        size_t lingering_count; /* lock */
        atomic_llong count;
};

/* -- Threads -------------------------------------------------------------------------------------------------------- */
struct exchange;

struct worker_pool {
        pthread_mutex_t lock;
        pthread_cond_t ready;
        struct exchange *queue[SAI_MAX_WORK_QUEUE]; /* lock */
        size_t head, length; /* lock */
        bool closing, flushing; /* lock; flushing: answer what waits with 503 */
        pthread_t threads[SAI_MAX_WORKER_THREADS];
        unsigned thread_count;
};

/* What each event and worker thread owns; freed when the thread ends. */
struct thread_state {
        struct sai_server *server;
        struct http_gzip *gzip;
        struct exchange *spare; /* exchanges to use again */
        unsigned spare_count;
};

struct sai_server {
        struct sai_server_config config;
        const struct sai_router *router;
        struct http_proxies *proxies;
        struct MHD_Daemon *daemons[SAI_MAX_EVENT_THREADS];
        unsigned daemon_count, next_daemon;
        int listen_fd; /* -1 once closed; the housekeeper's after start */
        unsigned port;
        int wake_fd; /* eventfd: the housekeeper looks up */
        pthread_t housekeeper;
        bool housekeeper_runs;
        pthread_key_t thread_key;
        bool has_thread_key;
        bool plain_layout; /* this libmicrohttpd keeps headers where they were read: gate them byte by byte */
        uint64_t id_seed;
        _Atomic uint64_t id_counter;
        _Atomic bool stopping; /* every answer closes its connection */
        _Atomic bool accepting; /* cleared by the stop; then the housekeeper closes the listener and clears … */
        _Atomic bool listening;
        _Atomic bool ended; /* the housekeeper returns */
        atomic_llong in_flight, refused, requests;
        atomic_size_t buffered; /* bytes of bodies held in memory */
        struct connections connections;
        struct worker_pool workers;
};

struct thread_state *server_thread_state(struct sai_server *server); /* NULL without memory */

sai_status connections_init(struct connections *connections, struct sai_err *err) SAI_MUST_USE;
void connections_done(struct connections *connections);
void connection_notify(void *server, struct MHD_Connection *mhd, void **context, enum MHD_ConnectionNotificationCode code);
void connection_enter(struct connection *connection, enum phase phase, int64_t deadline_ms);
/* Shuts what is over its time; called by the housekeeper. */
void connections_enforce(struct connections *connections, int64_t now_ms);
void *housekeeper_main(void *server);
void housekeeper_wake(struct sai_server *server);

sai_status workers_start(struct sai_server *server, unsigned count, struct sai_err *err) SAI_MUST_USE;
/* False when the queue is full or closing: the caller still owns the exchange. */
bool workers_push(struct sai_server *server, struct exchange *exchange);
/* Answers what still waits with 503 from now on. */
void workers_flush(struct sai_server *server);
void workers_stop(struct sai_server *server);

/* -- Exchanges (exchange.c): one request and its answer ------------------------------------------------------------- */
void *exchange_on_target(void *server, const char *target, struct MHD_Connection *mhd);
enum MHD_Result exchange_on_request(void *server, struct MHD_Connection *mhd, const char *url, const char *method,
                                    const char *version, const char *data, size_t *size, void **context);
void exchange_on_completed(void *server, struct MHD_Connection *mhd, void **context, enum MHD_RequestTerminationCode code);
/* On a worker: what the request was handed over for, then resume. `refuse`: only answer 503. */
void exchange_work(struct exchange *exchange, bool refuse);
/* Frees a spare one and gives the next of its list. */
struct exchange *exchange_free(struct exchange *exchange);

#endif
