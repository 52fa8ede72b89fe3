/* redis_link.c -- see redis_link.h.
 *
 * hiredis formats commands and reads replies; sending, waiting and giving up are done here, because its own time limit is one for each read and a
 * peer that drips bytes would never meet it. One lock guards the list of ready connections; connecting, calling and closing happen outside. */
#include "cache/redis_link.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/limits.h"
#include "base/text.h"

struct redis_link {
        struct redis_address address;
        char *password;
        int budget_ms;
        struct sai_log *log;
        redisReplyObjectFunctions functions; /* hiredis' own, without arrays */
        pthread_t keeper;
        pthread_mutex_t lock; /* guards everything below */
        pthread_cond_t changed;
        redisContext *ready[SAI_MAX_REDIS_LINKS];
        size_t ready_count, open, wanted; /* open: ready or in use */
        uint64_t era; /* grows when Redis failed: connections of an older era are closed, not given back */
        bool up, stop;
};

enum { FIRST_LINKS = 2 };

/* A connection in use remembers when it was made. */
struct hold {
        redisContext *context;
        uint64_t era;
};

/* -- The address ---------------------------------------------------------------------------------------------------- */

static bool parse_number(const char *text, size_t len, int64_t max, int *ret)
{
        int64_t value;
        if (!sai_parse_i64(text, len, &value) || value < 0 || value > max)
                return false;
        *ret = (int)value;
        return true;
}

const char *redis_address_parse(const char *url, struct redis_address *ret_address)
{
        struct redis_address address = { .port = 6379 };
        if (strncmp(url, "rediss://", 9) == 0)
                return "TLS needs a local proxy: the Redis client of this system has none";
        if (strncmp(url, "redis://", 8) != 0)
                return "must be memory: or redis://HOST:PORT/DB";
        const char *at = url + 8;
        if (strchr(at, '@'))
                return "takes no password: that is a setting of its own";
        size_t host = strcspn(at, "/");
        const char *slash = at[host] == '/' ? at + host : NULL;
        if (at[0] == '[') {
                const char *end = memchr(at, ']', host);
                if (!end)
                        return "has an IPv6 address without its bracket";
                size_t len = (size_t)(end - at) - 1;
                const char *rest = end + 1;
                if (rest != at + host &&
                    (*rest != ':' || !parse_number(rest + 1, (size_t)(at + host - rest - 1), 65535, &address.port)))
                        return "has a port that is none";
                at++;
                host = len;
        } else {
                const char *colon = memchr(at, ':', host);
                if (colon) {
                        if (!parse_number(colon + 1, (size_t)(at + host - colon - 1), 65535, &address.port))
                                return "has a port that is none";
                        host = (size_t)(colon - at);
                }
        }
        if (host == 0 || host >= sizeof address.host || address.port == 0)
                return "must name a host and a port above 0";
        if (slash && slash[1] && !parse_number(slash + 1, strlen(slash + 1), 65535, &address.database))
                return "has a database that is no number";
        memcpy(address.host, at, host);
        *ret_address = address;
        return NULL;
}

/* -- One exchange --------------------------------------------------------------------------------------------------- */

static int64_t now_ms(void)
{
        struct timespec at;
        clock_gettime(CLOCK_MONOTONIC, &at);
        return (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

static bool wait_for(int fd, short events, int64_t deadline_ms)
{
        for (;;) {
                int64_t left = deadline_ms - now_ms();
                if (left <= 0)
                        return false;
                struct pollfd poll_fd = { fd, events, 0 };
                int n = poll(&poll_fd, 1, (int)left);
                if (n > 0)
                        return true;
                if (n == 0 || errno != EINTR)
                        return false;
        }
}

static bool send_all(int fd, const char *data, size_t len, int64_t deadline_ms)
{
        while (len > 0) {
                ssize_t n = send(fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
                bool later = n == 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
                if (n > 0) {
                        data += n;
                        len -= (size_t)n;
                } else if (!later || !wait_for(fd, POLLOUT, deadline_ms)) {
                        return false;
                }
        }
        return true;
}

static bool send_command(redisContext *context, const struct redis_command *command, int64_t deadline_ms)
{
        char *text = NULL;
        const char *words[REDIS_WORDS];
        memcpy(words, command->words, sizeof words);
        int len = redisFormatCommandArgv(&text, command->count, words, command->lens);
        if (len < 0)
                return false;
        bool good = send_all(context->fd, text, (size_t)len, deadline_ms);
        sodium_memzero(text, (size_t)len); /* one of them is AUTH */
        redisFreeCommand(text);
        return good;
}

static bool read_reply(redisContext *context, int64_t deadline_ms, redisReply **ret_reply)
{
        for (;;) {
                void *reply = NULL;
                if (redisGetReplyFromReader(context, &reply) != REDIS_OK)
                        return false;
                if (reply) {
                        *ret_reply = reply;
                        return true;
                }
                if (context->reader->len - context->reader->pos > SAI_MAX_REDIS_VALUE + SAI_KIB(1) ||
                    !wait_for(context->fd, POLLIN, deadline_ms) || redisBufferRead(context) != REDIS_OK)
                        return false;
        }
}

static bool exchange(redisContext *context, const struct redis_command *commands, size_t count, int64_t deadline_ms,
                     redisReply **replies)
{
        size_t read = 0;
        bool good = true;
        for (size_t i = 0; i < count && good; i++)
                good = send_command(context, &commands[i], deadline_ms);
        while (good && read < count) {
                good = read_reply(context, deadline_ms, &replies[read]);
                read += good;
        }
        if (good)
                return true;
        while (read > 0)
                freeReplyObject(replies[--read]);
        return false;
}

/* -- Connecting ----------------------------------------------------------------------------------------------------- */

static void *refuse_array(const redisReadTask *task, int elements)
{
        (void)task;
        (void)elements;
        return NULL;
}

/* AUTH and SELECT where asked for, then PING: what answers that is a Redis that is well. */
static bool greet(struct redis_link *link, redisContext *context)
{
        char number[16];
        struct redis_command commands[3];
        size_t count = 0;
        if (link->password)
                commands[count++] = (struct redis_command) { 2, { "AUTH", link->password }, { 4, strlen(link->password) } };
        int len = snprintf(number, sizeof number, "%d", link->address.database);
        commands[count++] = (struct redis_command) { 2, { "SELECT", number }, { 6, (size_t)len } };
        commands[count++] = (struct redis_command) { 1, { "PING" }, { 4 } };
        redisReply *replies[SAI_COUNT(commands)] = { 0 };
        if (!exchange(context, commands, count, now_ms() + SAI_REDIS_CONNECT_MS, replies))
                return false;
        bool good = true;
        for (size_t i = 0; i < count; i++) {
                good = good && replies[i]->type == REDIS_REPLY_STATUS;
                freeReplyObject(replies[i]);
        }
        return good;
}

static redisContext *connect_once(struct redis_link *link)
{
        redisContext *context = redisConnectNonBlock(link->address.host, link->address.port);
        if (!context)
                return NULL;
        if (!context->err) {
                fcntl(context->fd, F_SETFD, FD_CLOEXEC);
                link->functions = *context->reader->fn;
                link->functions.createArray = refuse_array;
                context->reader->fn = &link->functions;
                if (wait_for(context->fd, POLLOUT, now_ms() + SAI_REDIS_CONNECT_MS) && greet(link, context))
                        return context;
        }
        redisFree(context);
        return NULL;
}

static void drop_ready_locked(struct redis_link *link, redisContext **dropped, size_t *ret_count)
{
        *ret_count = link->ready_count;
        memcpy(dropped, link->ready, link->ready_count * sizeof *dropped);
        link->open -= link->ready_count;
        link->ready_count = 0;
}

static void wait_changed_locked(struct redis_link *link, int64_t ms)
{
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        int64_t ns = until.tv_nsec + ms % 1000 * 1000000;
        until.tv_sec += (time_t)(ms / 1000 + ns / 1000000000);
        until.tv_nsec = (long)(ns % 1000000000);
        pthread_cond_timedwait(&link->changed, &link->lock, &until);
}

/* Pauses between tries, longer after each; a stop ends the pause. */
static void pause_locked(struct redis_link *link, int64_t *pause_ms)
{
        int64_t until = now_ms() + *pause_ms;
        *pause_ms = *pause_ms * 2 < SAI_REDIS_PAUSE_MAX_MS ? *pause_ms * 2 : SAI_REDIS_PAUSE_MAX_MS;
        for (int64_t left; !link->stop && (left = until - now_ms()) > 0;)
                wait_changed_locked(link, left);
}

/* Lock held, given up while connecting. */
static void add_connection(struct redis_link *link, int64_t *pause_ms, bool *reported)
{
        uint64_t era = link->era;
        pthread_mutex_unlock(&link->lock);
        redisContext *context = connect_once(link);
        pthread_mutex_lock(&link->lock);
        bool was_up = link->up, kept = context && era == link->era;
        if (kept) {
                link->ready[link->ready_count++] = context;
                link->open++;
                link->up = true;
                *pause_ms = SAI_REDIS_PAUSE_MS;
        } else {
                link->up = link->up && link->open > 0; /* one more that cannot be had is no loss of those there are */
        }
        bool up = link->up;
        pthread_mutex_unlock(&link->lock);
        if (context && !kept)
                redisFree(context);
        if (up && (!was_up || *reported))
                sai_log(link->log, SAI_LOG_INFO, "cache.redis_up", SAI_LOG_TEXT("host", link->address.host));
        if (!up && !*reported)
                sai_log(link->log, SAI_LOG_WARN, "cache.redis_down", SAI_LOG_TEXT("host", link->address.host));
        *reported = !up;
        pthread_mutex_lock(&link->lock);
        if (!kept)
                pause_locked(link, pause_ms);
}

static void *keep(void *argument)
{
        struct redis_link *link = argument;
        int64_t pause_ms = SAI_REDIS_PAUSE_MS;
        bool reported = false; /* that it is down */
        uint64_t era = 0;
        pthread_mutex_lock(&link->lock);
        while (!link->stop) {
                if (era != link->era) {
                        era = link->era;
                        if (!reported) {
                                reported = true;
                                pthread_mutex_unlock(&link->lock);
                                sai_log(link->log, SAI_LOG_WARN, "cache.redis_down", SAI_LOG_TEXT("host", link->address.host));
                                pthread_mutex_lock(&link->lock);
                        }
                        pause_locked(link, &pause_ms);
                } else if (link->open < link->wanted) {
                        add_connection(link, &pause_ms, &reported);
                } else {
                        pthread_cond_wait(&link->changed, &link->lock);
                }
        }
        pthread_mutex_unlock(&link->lock);
        return NULL;
}

/* -- Calls ---------------------------------------------------------------------------------------------------------- */

static bool take(struct redis_link *link, struct hold *ret_hold)
{
        pthread_mutex_lock(&link->lock);
        bool found = link->ready_count > 0;
        if (found)
                *ret_hold = (struct hold) { link->ready[--link->ready_count], link->era };
        else if (link->up && link->wanted < SAI_MAX_REDIS_LINKS && link->open == link->wanted) {
                link->wanted++;
                pthread_cond_signal(&link->changed);
        }
        pthread_mutex_unlock(&link->lock);
        return found;
}

static void give_back(struct redis_link *link, const struct hold *hold, bool good)
{
        redisContext *dropped[SAI_MAX_REDIS_LINKS + 1];
        size_t count = 0;
        pthread_mutex_lock(&link->lock);
        bool current = hold->era == link->era;
        if (!good && current) {
                link->era++;
                link->up = false;
                drop_ready_locked(link, dropped, &count);
                pthread_cond_signal(&link->changed);
        }
        if (good && current) {
                link->ready[link->ready_count++] = hold->context;
        } else {
                dropped[count++] = hold->context;
                link->open--;
        }
        pthread_mutex_unlock(&link->lock);
        for (size_t i = 0; i < count; i++)
                redisFree(dropped[i]);
}

enum redis_outcome redis_link_call(struct redis_link *link, const struct redis_command *commands, size_t count,
                                   redisReply **replies)
{
        struct hold hold;
        if (!take(link, &hold))
                return REDIS_AWAY;
        bool good = exchange(hold.context, commands, count, now_ms() + link->budget_ms, replies);
        give_back(link, &hold, good);
        return good ? REDIS_ANSWERED : REDIS_FAILED;
}

bool redis_link_up(struct redis_link *link)
{
        pthread_mutex_lock(&link->lock);
        bool up = link->up;
        pthread_mutex_unlock(&link->lock);
        return up;
}

/* -- Life ----------------------------------------------------------------------------------------------------------- */

static bool init_locks(struct redis_link *link)
{
        pthread_condattr_t attributes;
        if (pthread_mutex_init(&link->lock, NULL) != 0)
                return false;
        pthread_condattr_init(&attributes);
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        bool good = pthread_cond_init(&link->changed, &attributes) == 0;
        pthread_condattr_destroy(&attributes);
        if (!good)
                pthread_mutex_destroy(&link->lock);
        return good;
}

static void free_password(struct redis_link *link)
{
        if (link->password)
                sodium_memzero(link->password, strlen(link->password));
        free(link->password);
}

sai_status redis_link_new(const struct redis_address *address, const char *password, int budget_ms, struct sai_log *log,
                          struct redis_link **ret_link, struct sai_err *err)
{
        struct redis_link *link = calloc(1, sizeof *link);
        if (!link)
                return sai_fail(err, SAI_NO_MEMORY, "Redis");
        link->address = *address;
        link->budget_ms = budget_ms;
        link->log = log;
        link->wanted = FIRST_LINKS;
        bool secret = password && password[0];
        link->password = secret ? strdup(password) : NULL;
        bool good = (!secret || link->password) && init_locks(link);
        if (good && pthread_create(&link->keeper, NULL, keep, link) != 0) {
                pthread_cond_destroy(&link->changed);
                pthread_mutex_destroy(&link->lock);
                good = false;
        }
        if (!good) {
                free_password(link);
                free(link);
                return sai_fail(err, SAI_NO_MEMORY, "the thread for Redis");
        }
        *ret_link = link;
        return SAI_OK;
}

void redis_link_free(struct redis_link *link)
{
        if (!link)
                return;
        pthread_mutex_lock(&link->lock);
        link->stop = true;
        pthread_cond_broadcast(&link->changed);
        pthread_mutex_unlock(&link->lock);
        pthread_join(link->keeper, NULL);
        for (size_t i = 0; i < link->ready_count; i++)
                redisFree(link->ready[i]);
        pthread_cond_destroy(&link->changed);
        pthread_mutex_destroy(&link->lock);
        free_password(link);
        free(link);
}
