/* connection.c -- which connections there are, and how long each may take for what it is doing.
 *
 * libmicrohttpd knows one timer, for silence, and a client that sends a byte now and then resets it for ever. So every connection says which
 * phase it is in, and the housekeeper looks at all of them twice a second: whole header section 10 s, whole JSON body 30 s,
 * uploads at a minimum rate, an answer nobody reads 30 s (checklist H5). What is over its time is shut down; libmicrohttpd
 * sees the end of the stream and cleans up. Between requests the library does not tell that a header has begun, the kernel's
 * count of received bytes does. */
#include "http/server_internal.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

sai_status connections_init(struct connections *connections, struct sai_err *err)
{
        if (pthread_mutex_init(&connections->lock, NULL) != 0)
                return sai_fail(err, SAI_NO_MEMORY, "mutex");
        return SAI_OK;
}

void connections_done(struct connections *connections)
{
        for (size_t i = 0; i < connections->lingering_count; i++)
                (void)close(connections->lingering[i].fd);
        (void)pthread_mutex_destroy(&connections->lock);
}

static void format_peer(struct MHD_Connection *mhd, char out[46])
{
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
        out[0] = '\0';
        if (!info || !info->client_addr)
                return;
        if (info->client_addr->sa_family == AF_INET) {
                struct sockaddr_in v4;
                memcpy(&v4, info->client_addr, sizeof v4);
                (void)inet_ntop(AF_INET, &v4.sin_addr, out, 46);
        } else if (info->client_addr->sa_family == AF_INET6) {
                struct sockaddr_in6 v6;
                memcpy(&v6, info->client_addr, sizeof v6);
                if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr))
                        (void)inet_ntop(AF_INET, v6.sin6_addr.s6_addr + 12, out, 46);
                else
                        (void)inet_ntop(AF_INET6, &v6.sin6_addr, out, 46);
        }
}

static void add(struct sai_server *server, struct MHD_Connection *mhd, void **context)
{
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
        struct connection *connection = info ? calloc(1, sizeof *connection) : NULL;
        struct connections *all = &server->connections;
        *context = connection;
        if (!connection)
                return; /* the first request on it is turned away */
        connection->fd = info->connect_fd;
        connection->fresh = true;
        format_peer(mhd, connection->peer);
        pthread_mutex_lock(&all->lock);
        connection->next = all->first;
        if (all->first)
                all->first->previous = connection;
        all->first = connection;
        pthread_mutex_unlock(&all->lock);
}

/* Closing a socket with unread bytes sends a reset, and a reset can overtake the answer. So a second descriptor keeps the socket
 * open while the housekeeper reads away what the client still sends. */
static void keep_lingering(struct connections *all, const struct connection *connection, int64_t now_ms)
{
        int unread = 0;
        bool wanted = atomic_load_explicit(&connection->linger, memory_order_relaxed);
        if (!wanted && (ioctl(connection->fd, FIONREAD, &unread) != 0 || unread == 0))
                return;
        if (all->lingering_count == MAX_LINGERING)
                return;
        int fd = fcntl(connection->fd, F_DUPFD_CLOEXEC, 0);
        if (fd < 0)
                return;
        (void)shutdown(fd, SHUT_WR);
        all->lingering[all->lingering_count++] = (struct lingering) { .fd = fd, .until_ms = now_ms + SAI_LINGER_MS };
}

static void drop(struct sai_server *server, struct connection *connection)
{
        struct connections *all = &server->connections;
        int64_t now_ms = sai_monotonic_ms(&server->config.clock);
        pthread_mutex_lock(&all->lock);
        if (connection->previous)
                connection->previous->next = connection->next;
        else
                all->first = connection->next;
        if (connection->next)
                connection->next->previous = connection->previous;
        size_t before = all->lingering_count;
        if (!atomic_load(&server->stopping))
                keep_lingering(all, connection, now_ms);
        bool wake = all->lingering_count != before;
        pthread_mutex_unlock(&all->lock);
        free(connection);
        if (wake)
                housekeeper_wake(server);
}

void connection_notify(void *cls, struct MHD_Connection *mhd, void **context, enum MHD_ConnectionNotificationCode code)
{
        struct sai_server *server = cls;
        if (code == MHD_CONNECTION_NOTIFY_STARTED) {
                atomic_fetch_add(&server->connections.count, 1);
                add(server, mhd, context);
                return;
        }
        if (*context)
                drop(server, *context);
        *context = NULL;
        /* The acceptor may be waiting for room. */
        if (atomic_fetch_sub(&server->connections.count, 1) >= SAI_MAX_CONNECTIONS)
                housekeeper_wake(server);
}

void connection_enter(struct connection *connection, enum phase phase, int64_t deadline_ms)
{
        atomic_store_explicit(&connection->deadline_ms, deadline_ms, memory_order_relaxed);
        atomic_store_explicit(&connection->phase, (int)phase, memory_order_relaxed);
        atomic_fetch_add_explicit(&connection->turn, 1, memory_order_release);
}

static bool tcp_counts(int fd, uint64_t *ret_received, uint64_t *ret_acked)
{
        struct tcp_info info = { 0 };
        socklen_t len = sizeof info;
        if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0)
                return false;
        *ret_received = info.tcpi_bytes_received;
        *ret_acked = info.tcpi_bytes_acked;
        return true;
}

/* A header that has begun has 10 s. The first look in a phase notes how much had come; more than that is a header. */
static bool idle_expired(struct connection *connection, bool first_look, int64_t now_ms)
{
        uint64_t received, acked;
        if (!tcp_counts(connection->fd, &received, &acked))
                return false;
        if (first_look) {
                connection->mark_bytes = connection->fresh ? 0 : received;
                connection->mark_ms = 0;
        }
        if (received == connection->mark_bytes)
                return false;
        if (connection->mark_ms == 0)
                connection->mark_ms = now_ms;
        return now_ms - connection->mark_ms > SAI_HEADER_TIMEOUT_MS;
}

static bool upload_expired(struct connection *connection, bool first_look, int64_t now_ms)
{
        const int64_t window_s = 60;
        uint64_t received = atomic_load_explicit(&connection->received, memory_order_relaxed);
        if (first_look) {
                connection->mark_bytes = received;
                connection->mark_ms = now_ms;
        }
        if (now_ms - connection->mark_ms < window_s * 1000)
                return false;
        bool too_slow = received - connection->mark_bytes < (uint64_t)window_s * SAI_IMPORT_MIN_RATE;
        connection->mark_bytes = received;
        connection->mark_ms = now_ms;
        return too_slow;
}

static bool write_expired(struct connection *connection, bool first_look, int64_t now_ms)
{
        uint64_t received, acked;
        if (!tcp_counts(connection->fd, &received, &acked))
                return false;
        if (first_look || acked != connection->mark_bytes) {
                connection->mark_bytes = acked;
                connection->mark_ms = now_ms;
        }
        return now_ms - connection->mark_ms > SAI_WRITE_TIMEOUT_MS;
}

static bool is_expired(struct connection *connection, int64_t now_ms)
{
        uint32_t turn = atomic_load_explicit(&connection->turn, memory_order_acquire);
        int phase = atomic_load_explicit(&connection->phase, memory_order_relaxed);
        bool first_look = turn != connection->seen_turn || (turn == 0 && connection->fresh && connection->mark_ms == 0);
        connection->seen_turn = turn;
        if (turn != 0)
                connection->fresh = false;
        switch ((enum phase)phase) {
        case PHASE_IDLE:
                return idle_expired(connection, first_look, now_ms);
        case PHASE_HEADER:
        case PHASE_BODY:
                return now_ms > atomic_load_explicit(&connection->deadline_ms, memory_order_relaxed);
        case PHASE_UPLOAD:
                return upload_expired(connection, first_look, now_ms);
        case PHASE_WRITE:
                return write_expired(connection, first_look, now_ms);
        case PHASE_RUN:
        default:
                return false;
        }
}

void connections_enforce(struct connections *connections, int64_t now_ms)
{
        pthread_mutex_lock(&connections->lock);
        /* The descriptor cannot be another connection's: the library closes it only after connection_notify took it off this list. */
        for (struct connection *connection = connections->first; connection; connection = connection->next)
                if (is_expired(connection, now_ms))
                        (void)shutdown(connection->fd, SHUT_RDWR);
        pthread_mutex_unlock(&connections->lock);
}
