/* server.c -- starting and stopping.
 *
 * Each event thread is a libmicrohttpd daemon of its own without a listening socket; the housekeeper accepts and deals out. That avoids
 * the library's shared listening socket (uneven, and with a race in its quiesce) and makes the stop exact: what the kernel had
 * accepted is answered, each answer closes its connection, and only then do the threads go.
 *
 * Stop, in order: no new connections; wait until nothing is in flight, `drain_ms` at most; answer what still waits for a worker with
 * 503; join the workers, whose last act on each request is to resume it; let the event threads write; stop them. */
#include "http/server_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <sodium.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

SAI_DEFINE_CLEANUP(struct addrinfo, freeaddrinfo)

/* -- Thread state --------------------------------------------------------------------------------------------------- */
static void thread_state_free(void *cls)
{
        struct thread_state *state = cls;
        while (state->spare)
                state->spare = exchange_free(state->spare);
        http_gzip_free(state->gzip);
        if (state->server->config.thread_done)
                state->server->config.thread_done(state->server->config.app);
        free(state);
}

struct thread_state *server_thread_state(struct sai_server *server)
{
        struct thread_state *state = pthread_getspecific(server->thread_key);
        if (state)
                return state;
        state = calloc(1, sizeof *state);
        if (!state)
                return NULL;
        state->server = server;
        if (pthread_setspecific(server->thread_key, state) != 0) {
                free(state);
                return NULL;
        }
        return state;
}

/* -- Listening ------------------------------------------------------------------------------------------------------ */
static sai_status parse_listen(const char *listen, char host[64], char port[8], struct sai_err *err)
{
        const char *colon = strrchr(listen, ':');
        if (!colon || colon[1] == '\0' || strlen(colon + 1) > 5)
                return sai_fail(err, SAI_INVALID, "listen address %.60s has no port", listen);
        const char *start = listen, *end = colon;
        if (*start == '[' && end > start && end[-1] == ']') {
                start++;
                end--;
        }
        if ((size_t)(end - start) >= 64 || end == start)
                return sai_fail(err, SAI_INVALID, "listen address %.60s has no host", listen);
        memcpy(host, start, (size_t)(end - start));
        host[end - start] = '\0';
        memcpy(port, colon + 1, strlen(colon + 1) + 1);
        return SAI_OK;
}

static sai_status open_listener(struct sai_server *server, struct sai_err *err)
{
        char host[64], port[8];
        sai_status rc = parse_listen(server->config.listen, host, port, err);
        if (rc != SAI_OK)
                return rc;
        struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
        SAI_CLEANUP(freeaddrinfo_p) struct addrinfo *found = NULL;
        int failed = getaddrinfo(host, port, &hints, &found);
        if (failed)
                return sai_fail(err, SAI_INVALID, "listen address %s: %s", server->config.listen, gai_strerror(failed));
        int on = 1;
        server->listen_fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (server->listen_fd < 0 || setsockopt(server->listen_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
            bind(server->listen_fd, found->ai_addr, found->ai_addrlen) != 0 || listen(server->listen_fd, SOMAXCONN) != 0)
                return sai_fail(err, SAI_UNAVAILABLE, "cannot listen on %s: %s", server->config.listen, strerror(errno));
        union {
                struct sockaddr any;
                struct sockaddr_in four;
                struct sockaddr_in6 six;
        } bound = { .six = { 0 } };
        socklen_t len = sizeof bound;
        if (getsockname(server->listen_fd, &bound.any, &len) != 0)
                return sai_fail(err, SAI_UNAVAILABLE, "cannot listen on %s: %s", server->config.listen, strerror(errno));
        in_port_t network = bound.any.sa_family == AF_INET6 ? bound.six.sin6_port : bound.four.sin_port;
        server->port = ntohs(network);
        return SAI_OK;
}

/* -- Event threads -------------------------------------------------------------------------------------------------- */
/* Paths and parameters are decoded by us, once and strictly. */
static size_t leave_escaped(void *cls, struct MHD_Connection *mhd, char *text)
{
        (void)cls;
        (void)mhd;
        return strlen(text);
}

/* The library's own complaints are about clients; they would let anybody fill the log. */
static void ignore_message(void *cls, const char *format, va_list args)
{
        (void)cls;
        (void)format;
        (void)args;
}

static sai_status start_daemon(struct sai_server *server, struct sai_err *err)
{
        unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC |
                         MHD_USE_ERROR_LOG;
        struct MHD_Daemon *daemon =
                MHD_start_daemon(flags, 0, NULL, NULL, exchange_on_request, server, MHD_OPTION_EXTERNAL_LOGGER, ignore_message,
                                 NULL, MHD_OPTION_NOTIFY_COMPLETED, exchange_on_completed, server, MHD_OPTION_NOTIFY_CONNECTION,
                                 connection_notify, server, MHD_OPTION_URI_LOG_CALLBACK, exchange_on_target, server,
                                 MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                                 SAI_CONNECTION_MEMORY, MHD_OPTION_CONNECTION_LIMIT, (unsigned)SAI_MAX_CONNECTIONS + 64,
                                 MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SAI_IDLE_TIMEOUT_S, MHD_OPTION_END);
        if (!daemon)
                return sai_fail(err, SAI_UNAVAILABLE, "cannot start an event thread");
        server->daemons[server->daemon_count++] = daemon;
        return SAI_OK;
}

static unsigned event_thread_count(const struct sai_server_config *config)
{
        long cores = sysconf(_SC_NPROCESSORS_ONLN);
        unsigned count = config->event_threads ? config->event_threads : (cores > 0 ? (unsigned)cores : 1);
        return count > SAI_MAX_EVENT_THREADS ? SAI_MAX_EVENT_THREADS : count;
}

static sai_status start_threads(struct sai_server *server, struct sai_err *err)
{
        unsigned workers = server->config.worker_threads ? server->config.worker_threads : 4;
        sai_status rc = workers_start(server, workers > SAI_MAX_WORKER_THREADS ? SAI_MAX_WORKER_THREADS : workers, err);
        for (unsigned i = event_thread_count(&server->config); i > 0 && rc == SAI_OK; i--)
                rc = start_daemon(server, err);
        if (rc != SAI_OK)
                return rc;
        atomic_store(&server->accepting, true);
        atomic_store(&server->listening, true);
        if (pthread_create(&server->housekeeper, NULL, housekeeper_main, server) != 0)
                return sai_fail(err, SAI_NO_MEMORY, "housekeeper thread");
        (void)pthread_setname_np(server->housekeeper, "http-housekeeper");
        server->housekeeper_runs = true;
        return SAI_OK;
}

/* -- Start and stop ------------------------------------------------------------------------------------------------- */
static sai_status prepare(struct sai_server *server, struct sai_err *err)
{
        if (sodium_init() < 0)
                return sai_fail(err, SAI_INTERNAL, "libsodium cannot start");
        sai_status rc = http_proxies_new(server->config.trusted_proxies, &server->proxies, err);
        if (rc != SAI_OK)
                return rc;
        if (pthread_key_create(&server->thread_key, thread_state_free) != 0)
                return sai_fail(err, SAI_NO_MEMORY, "thread key");
        server->has_thread_key = true;
        server->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        if (server->wake_fd < 0)
                return sai_fail(err, SAI_UNAVAILABLE, "eventfd: %s", strerror(errno));
        sai_random_fill(&server->config.random, &server->id_seed, sizeof server->id_seed);
        server->plain_layout = strcmp(MHD_get_version(), "0.9.75") == 0;
        http_upload_sweep(&server->config);
        return open_listener(server, err);
}

/* Everything that was started, in the reverse order; copes with a server half made. */
static void take_down(struct sai_server *server)
{
        atomic_store(&server->accepting, false);
        workers_flush(server);
        workers_stop(server);
        for (unsigned i = 0; i < server->daemon_count; i++)
                MHD_stop_daemon(server->daemons[i]);
        if (server->housekeeper_runs) {
                atomic_store(&server->ended, true);
                housekeeper_wake(server);
                (void)pthread_join(server->housekeeper, NULL);
        }
        if (server->listen_fd >= 0)
                (void)close(server->listen_fd);
        if (server->wake_fd >= 0)
                (void)close(server->wake_fd);
        if (server->has_thread_key)
                (void)pthread_key_delete(server->thread_key);
        connections_done(&server->connections);
        (void)pthread_cond_destroy(&server->workers.ready);
        (void)pthread_mutex_destroy(&server->workers.lock);
        http_proxies_free(server->proxies);
        free(server);
}

SAI_DEFINE_CLEANUP(struct sai_server, take_down)

sai_status sai_server_start(const struct sai_server_config *config, const struct sai_router *router,
                            struct sai_server **ret_server, struct sai_err *err)
{
        SAI_CLEANUP(take_down_p) struct sai_server *server = NULL;
        struct sai_server *made = calloc(1, sizeof *made);
        if (!made)
                return sai_fail(err, SAI_NO_MEMORY, "server");
        made->config = *config;
        made->router = router;
        made->listen_fd = made->wake_fd = -1;
        if (pthread_mutex_init(&made->workers.lock, NULL) != 0 || pthread_cond_init(&made->workers.ready, NULL) != 0 ||
            connections_init(&made->connections, err) != SAI_OK) {
                free(made);
                return sai_fail(err, SAI_NO_MEMORY, "server");
        }
        server = made;
        sai_status rc = prepare(server, err);
        if (rc == SAI_OK)
                rc = start_threads(server, err);
        if (rc == SAI_OK)
                *ret_server = SAI_TAKE(server);
        return rc;
}

unsigned sai_server_port(const struct sai_server *server) { return server->port; }

static void sleep_ms(long ms)
{
        (void)nanosleep(&(struct timespec) { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 }, NULL);
}

/* Waits until nothing is in flight and stays so for a moment: bytes of one more request may just be coming out of a socket. Counts its own
 * naps, not the clock, so that a clock that stands still cannot hold up the stop. */
static void drain(struct sai_server *server, int limit_ms)
{
        enum { STEP_MS = 5, QUIET_STEPS = 10 };
        for (int waited_ms = 0, quiet = 0; quiet < QUIET_STEPS && waited_ms < limit_ms; waited_ms += STEP_MS) {
                quiet = atomic_load(&server->in_flight) == 0 ? quiet + 1 : 0;
                sleep_ms(STEP_MS);
        }
}

void sai_server_stop(struct sai_server *server, int drain_ms)
{
        enum { LAST_WRITES_MS = 1000 };
        if (!server)
                return;
        atomic_store(&server->stopping, true);
        atomic_store(&server->accepting, false);
        housekeeper_wake(server);
        while (atomic_load(&server->listening))
                sleep_ms(1); /* the housekeeper deals out what the kernel had accepted; after that nobody adds connections */
        drain(server, drain_ms);
        workers_flush(server);
        workers_stop(server);
        drain(server, LAST_WRITES_MS);
        take_down(server);
}

void sai_server_stats(const struct sai_server *server, struct sai_server_stats *ret_stats)
{
        struct sai_server *counted = (struct sai_server *)(uintptr_t)server; /* a mutex is not const, what it guards is */
        pthread_mutex_lock(&counted->workers.lock);
        int64_t queued = (int64_t)counted->workers.length;
        pthread_mutex_unlock(&counted->workers.lock);
        *ret_stats = (struct sai_server_stats) {
                .connections = atomic_load(&counted->connections.count),
                .in_flight = atomic_load(&counted->in_flight),
                .queued = queued,
                .refused = atomic_load(&counted->refused),
                .requests = atomic_load(&counted->requests),
        };
}
