/* housekeeper.c -- the thread that accepts connections and looks after all of them.
 *
 * Accepting here rather than in libmicrohttpd gives the caps, the pause when descriptors run out, an even spread over the event
 * threads, and a stop that takes what the kernel had already accepted and refuses the rest. Between two accepts it looks at the
 * deadlines and reads away what refused clients still send. */
#include "http/server_internal.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TICK_MS = 500, EMFILE_PAUSE_MS = 100, ACCEPT_BURST = 64 };

void housekeeper_wake(struct sai_server *server)
{
        uint64_t one = 1;
        (void)!write(server->wake_fd, &one, sizeof one);
}

/* How many connections a peer has; asked only when there are so many that the answer could be no. */
static bool peer_is_over(struct sai_server *server, const struct sockaddr *address, socklen_t len)
{
        struct connections *all = &server->connections;
        struct sockaddr_storage other = { 0 };
        size_t same = 0;
        if (atomic_load(&all->count) < SAI_MAX_CONNECTIONS_PER_PEER)
                return false;
        pthread_mutex_lock(&all->lock);
        for (struct connection *connection = all->first; connection; connection = connection->next) {
                socklen_t other_len = sizeof other;
                if (getpeername(connection->fd, (struct sockaddr *)&other, &other_len) != 0 ||
                    other.ss_family != address->sa_family || other_len != len)
                        continue;
                if (address->sa_family == AF_INET)
                        same += memcmp((const char *)&other + offsetof(struct sockaddr_in, sin_addr),
                                       (const char *)address + offsetof(struct sockaddr_in, sin_addr), 4) == 0;
                else
                        same += memcmp((const char *)&other + offsetof(struct sockaddr_in6, sin6_addr),
                                       (const char *)address + offsetof(struct sockaddr_in6, sin6_addr), 16) == 0;
        }
        pthread_mutex_unlock(&all->lock);
        return same >= SAI_MAX_CONNECTIONS_PER_PEER;
}

static void take(struct sai_server *server, int fd, const struct sockaddr *address, socklen_t len)
{
        if (peer_is_over(server, address, len)) {
                atomic_fetch_add(&server->refused, 1);
                (void)close(fd);
                return;
        }
        struct MHD_Daemon *daemon = server->daemons[server->next_daemon++ % server->daemon_count];
        if (MHD_add_connection(daemon, fd, address, len) != MHD_YES)
                atomic_fetch_add(&server->refused, 1); /* it closed the socket */
}

/* Takes what waits. False when the process or the system has no descriptor left. */
static bool accept_some(struct sai_server *server, int limit)
{
        for (int i = 0; i < limit && atomic_load(&server->connections.count) < SAI_MAX_CONNECTIONS; i++) {
                struct sockaddr_storage address = { 0 };
                socklen_t len = sizeof address;
                int fd = accept4(server->listen_fd, (struct sockaddr *)&address, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
                if (fd >= 0)
                        take(server, fd, (struct sockaddr *)&address, len);
                else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
                        return false;
                else if (errno != ECONNABORTED && errno != EINTR)
                        return true;
        }
        return true;
}

static void read_away(struct connections *all, size_t i, int64_t now_ms, bool readable)
{
        struct lingering *one = &all->lingering[i];
        char sink[16384];
        bool over = now_ms > one->until_ms;
        while (readable && !over) {
                ssize_t n = recv(one->fd, sink, sizeof sink, MSG_DONTWAIT);
                if (n < 0 && (errno == EAGAIN || errno == EINTR))
                        break;
                one->bytes += n > 0 ? (size_t)n : 0;
                over = n <= 0 || one->bytes > SAI_LINGER_BYTES;
        }
        if (over) {
                (void)close(one->fd);
                *one = all->lingering[--all->lingering_count];
        }
}

static void look_after_lingering(struct sai_server *server, const struct pollfd *polled, size_t count, int64_t now_ms)
{
        struct connections *all = &server->connections;
        pthread_mutex_lock(&all->lock);
        /* Backwards: removing one moves the last, already looked at, into its place; later ones were added after the poll. */
        for (size_t i = all->lingering_count; i > 0; i--)
                read_away(all, i - 1, now_ms, i <= count && polled[i - 1].revents != 0);
        pthread_mutex_unlock(&all->lock);
}

static size_t prepare_poll(struct sai_server *server, struct pollfd *polled, bool paused)
{
        struct connections *all = &server->connections;
        bool room = atomic_load(&all->count) < SAI_MAX_CONNECTIONS;
        polled[0] = (struct pollfd) { .fd = server->wake_fd, .events = POLLIN };
        polled[1] = (struct pollfd) { .fd = room && !paused ? server->listen_fd : -1, .events = POLLIN };
        pthread_mutex_lock(&all->lock);
        size_t count = all->lingering_count;
        for (size_t i = 0; i < count; i++)
                polled[2 + i] = (struct pollfd) { .fd = all->lingering[i].fd, .events = POLLIN };
        pthread_mutex_unlock(&all->lock);
        return count;
}

/* What the kernel accepted before the stop is served; whoever comes after it is refused by the kernel. */
static void stop_accepting(struct sai_server *server)
{
        if (server->listen_fd < 0)
                return;
        (void)accept_some(server, SAI_MAX_CONNECTIONS);
        (void)close(server->listen_fd);
        server->listen_fd = -1;
        atomic_store(&server->listening, false);
}

void *housekeeper_main(void *cls)
{
        struct sai_server *server = cls;
        struct pollfd polled[2 + MAX_LINGERING];
        int64_t looked_ms = 0, complained_ms = INT64_MIN;
        bool paused = false;
        while (!atomic_load(&server->ended)) {
                size_t lingering = prepare_poll(server, polled, paused);
                (void)poll(polled, 2 + lingering, paused ? EMFILE_PAUSE_MS : TICK_MS);
                int64_t now_ms = sai_monotonic_ms(&server->config.clock);
                uint64_t ignored;
                if (polled[0].revents)
                        (void)!read(server->wake_fd, &ignored, sizeof ignored);
                paused = false;
                if (polled[1].revents && !accept_some(server, ACCEPT_BURST)) {
                        paused = true;
                        if (complained_ms == INT64_MIN || now_ms - complained_ms >= 1000)
                                sai_log(server->config.log, SAI_LOG_ERROR, "http.no_descriptors",
                                        SAI_LOG_INT("connections", atomic_load(&server->connections.count)));
                        complained_ms = now_ms;
                }
                if (!atomic_load(&server->accepting))
                        stop_accepting(server);
                look_after_lingering(server, polled + 2, lingering, now_ms);
                if (now_ms - looked_ms >= TICK_MS) {
                        connections_enforce(&server->connections, now_ms);
                        looked_ms = now_ms;
                }
        }
        stop_accepting(server);
        return NULL;
}
