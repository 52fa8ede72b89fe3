/* The cache that processes share: a real redis-server that is killed, stopped, filled and lied to, and servers that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <hiredis/hiredis.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "cache/redis_link.h"

/* A loaded machine must not turn an answer into a miss where the answer is what is tested. */
enum { FRONTS = 2, PATIENT_MS = 10000 };

struct fixture {
        pid_t server;
        int port;
        struct cache *caches[FRONTS]; /* two processes, as it were */
        struct sai_fake_clock clock;
        struct sai_seeded seeded;
        struct sai_log *log;
};

/* -- The server ------------------------------------------------------------------------------------------------------ */

static int listen_somewhere(int *ret_port)
{
        struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        socklen_t len = sizeof address;
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_true(fd >= 0);
        assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
        assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
        *ret_port = ntohs(address.sin_port);
        return fd;
}

static bool redis_is_here(void)
{
        static int here = -1;
        if (here < 0)
                here = system("command -v redis-server >/dev/null") == 0;
        if (!here)
                print_message("SKIPPED: redis-server is not installed\n");
        return here;
}

#define NEEDS_REDIS(f)                                                                                                           \
        if (!(f)->server) {                                                                                                      \
                skip();                                                                                                          \
        }

static void start_redis(struct fixture *f)
{
        char port[16];
        snprintf(port, sizeof port, "%d", f->port);
        f->server = fork();
        if (f->server == 0) {
                execlp("redis-server", "redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
                       "--logfile", "/dev/null", (char *)NULL);
                _exit(127);
        }
        assert_true(f->server > 0);
}

static void stop_redis(struct fixture *f)
{
        if (f->server <= 0)
                return;
        kill(f->server, SIGKILL);
        waitpid(f->server, NULL, 0);
        f->server = 0;
}

static void pause_a_moment(void) { poll(NULL, 0, 5); }

static void wait_until(struct cache *cache, bool up)
{
        for (int i = 0; i < 4000 && cache_health(cache).up != up; i++)
                pause_a_moment();
        assert_int_equal(cache_health(cache).up, up);
}

static struct cache *open_cache(struct fixture *f, int port, const char *password, int budget_ms)
{
        struct cache_memory_config memory = { .clock = sai_clock_fake(&f->clock), .random = sai_random_seeded(&f->seeded) };
        char url[64];
        snprintf(url, sizeof url, "redis://127.0.0.1:%d/0", port);
        struct cache_redis_config config = { .front = cache_memory_new(&memory),
                                             .url = url,
                                             .password = password,
                                             .budget_ms = budget_ms,
                                             .prefix = "test:1",
                                             .secret = { 1, 2, 3 },
                                             .log = f->log };
        struct cache *cache = NULL;
        struct sai_err err = { 0 };
        assert_int_equal(cache_redis_new(&config, &cache, &err), SAI_OK);
        return cache;
}

static int setup(void **state)
{
        struct fixture *f = calloc(1, sizeof *f);
        f->clock.monotonic_ms = 1000;
        f->log = sai_log_new(STDERR_FILENO, SAI_LOG_ERROR, sai_clock_fake(&f->clock));
        *state = f;
        if (!redis_is_here())
                return 0;
        close(listen_somewhere(&f->port));
        start_redis(f);
        for (int i = 0; i < FRONTS; i++) {
                f->caches[i] = open_cache(f, f->port, NULL, PATIENT_MS);
                wait_until(f->caches[i], true);
        }
        return 0;
}

static int teardown(void **state)
{
        struct fixture *f = *state;
        for (int i = 0; i < FRONTS; i++)
                cache_free(f->caches[i]);
        stop_redis(f);
        sai_log_free(f->log);
        free(f);
        return 0;
}

/* -- Keys and values ------------------------------------------------------------------------------------------------- */

/* The first two bytes are the athlete. */
static struct cache_key key(const char *text)
{
        return (struct cache_key) { .data = text, .len = (uint32_t)strlen(text), .scope_len = 2, .shared = true };
}

static void put(struct cache *cache, struct cache_key k, const char *text)
{
        struct cache_value value = { .data = text, .len = strlen(text) + 1 };
        struct sai_err err;
        assert_int_equal(cache_put(cache, k, &value, NULL, &err), SAI_OK);
}

static bool has(struct cache *cache, struct cache_key k, const char *text)
{
        struct cache_entry *entry = cache_get(cache, k);
        bool same = entry && entry->len == strlen(text) + 1 && memcmp(entry->data, text, entry->len) == 0;
        cache_entry_release(entry);
        return same;
}

static bool has_none(struct cache *cache, struct cache_key k)
{
        struct cache_entry *entry = cache_get(cache, k);
        bool none = !entry;
        cache_entry_release(entry);
        return none;
}

/* Somebody else at the same Redis. */
static redisReply *say(const struct fixture *f, const char *format, ...)
{
        redisContext *context = redisConnect("127.0.0.1", f->port);
        assert_non_null(context);
        assert_int_equal(context->err, 0);
        va_list args;
        va_start(args, format);
        redisReply *reply = redisvCommand(context, format, args);
        va_end(args);
        redisFree(context);
        assert_non_null(reply);
        return reply;
}

static void do_say(redisReply *reply) { freeReplyObject(reply); }

/* -- Sharing ---------------------------------------------------------------------------------------------------------- */

static void what_one_process_made_another_serves(void **state)
{
        struct fixture *f = *state;
        NEEDS_REDIS(f);
        put(f->caches[0], key("u1 list"), "thirty activities");
        assert_true(has(f->caches[1], key("u1 list"), "thirty activities"));
        assert_true(has_none(f->caches[1], key("u2 list")));
        assert_int_equal(cache_stats(f->caches[1]).remote_hits, 1);
        assert_int_equal(cache_stats(f->caches[1]).remote_misses, 1);
        assert_true(has(f->caches[1], key("u1 list"), "thirty activities")); /* from the front now */
        assert_int_equal(cache_stats(f->caches[1]).remote_hits, 1);
}

static sai_status make_text(void *context, struct cache_value *ret_value, struct sai_err *err)
{
        (void)err;
        ++*(int *)context;
        *ret_value = (struct cache_value) { .data = "made", .len = 5 };
        return SAI_OK;
}

static void what_is_made_is_made_once_for_all_processes(void **state)
{
        struct fixture *f = *state;
        NEEDS_REDIS(f);
        int made = 0;
        for (int i = 0; i < FRONTS; i++) {
                struct cache_entry *entry = NULL;
                assert_int_equal(cache_get_or_make(f->caches[i], key("u1 trends"), 0, make_text, &made, &entry, NULL), SAI_OK);
                assert_string_equal(entry->data, "made");
                cache_entry_release(entry);
        }
        assert_int_equal(made, 1);
}

static void only_finished_bytes_that_never_change_are_shared(void **state)
{
        struct fixture *f = *state;
        NEEDS_REDIS(f);
        struct cache_key own = key("u1 session");
        own.shared = false;
        put(f->caches[0], own, "of this process");
        int object = 1;
        struct cache_value values[] = { { .data = "short", .len = 6, .life_ms = 5000 }, { .data = &object } };
        for (size_t i = 0; i < SAI_COUNT(values); i++)
                assert_int_equal(cache_put(f->caches[0], key(i ? "u1 object" : "u1 short"), &values[i], NULL, NULL), SAI_OK);
        assert_true(has_none(f->caches[1], key("u1 session")));
        assert_true(has_none(f->caches[1], key("u1 short")));
        assert_true(has_none(f->caches[1], key("u1 object")));
        redisReply *size = say(f, "DBSIZE");
        assert_int_equal(size->integer, 0);
        freeReplyObject(size);
}

static void a_deleted_scope_is_gone_from_redis(void **state)
{
        struct fixture *f = *state;
        NEEDS_REDIS(f);
        put(f->caches[0], key("u1 a"), "first");
        put(f->caches[0], key("u1 b"), "second");
        put(f->caches[0], key("u2 a"), "another's");
        cache_remove(f->caches[0], key("u1 b"));
        assert_true(has_none(f->caches[1], key("u1 b")));
        cache_remove_scope(f->caches[0], (struct sai_text) { "u1", 2 });
        assert_true(has_none(f->caches[0], key("u1 a")));
        assert_true(has_none(f->caches[1], key("u1 a")));
        assert_true(has(f->caches[1], key("u2 a"), "another's"));
}

static void an_athletes_answers_are_bounded_and_expire(void **state)
{
        struct fixture *f = *state;
        NEEDS_REDIS(f);
        char text[32];
        long long most = 0;
        for (int i = 0; i < 2 * SAI_MAX_REDIS_FIELDS; i++) {
                snprintf(text, sizeof text, "u1 answer %d", i);
                put(f->caches[0], key(text), "x");
                redisReply *fields = say(f, "HLEN test:1:7531");
                most = fields->integer > most ? fields->integer : most;
                freeReplyObject(fields);
        }
        assert_true(most > SAI_MAX_REDIS_FIELDS / 2 && most <= SAI_MAX_REDIS_FIELDS);
        put(f->caches[0], key("u1 last"), "x");
        redisReply *life = say(f, "PTTL test:1:7531");
        assert_true(life->integer > 0 && life->integer <= SAI_REDIS_LIFE_MS);
        freeReplyObject(life);
}

static void what_is_too_large_to_send_in_time_stays_here(void **state)
{
        struct fixture *f = *state;
        NEEDS_REDIS(f);
        char *text = malloc(SAI_MAX_REDIS_VALUE);
        memset(text, 'x', SAI_MAX_REDIS_VALUE);
        struct cache_value value = { .data = text, .len = SAI_MAX_REDIS_VALUE };
        assert_int_equal(cache_put(f->caches[0], key("u1 large"), &value, NULL, NULL), SAI_OK);
        assert_true(has_none(f->caches[1], key("u1 large")));
        value.len = SAI_MAX_REDIS_VALUE / 2;
        assert_int_equal(cache_put(f->caches[0], key("u1 half"), &value, NULL, NULL), SAI_OK);
        struct cache_entry *entry = cache_get(f->caches[1], key("u1 half"));
        assert_non_null(entry);
        assert_int_equal(entry->len, value.len);
        cache_entry_release(entry);
        free(text);
}

/* -- A Redis that is not to be believed -------------------------------------------------------------------------------- */

static void a_value_of_another_athlete_or_key_is_a_miss(void **state)
{
        struct fixture *f = *state;
        NEEDS_REDIS(f);
        put(f->caches[0], key("u1 list"), "of the first");
        redisReply *value = say(f, "HGET test:1:7531 %b", " list", (size_t)5);
        assert_int_equal(value->type, REDIS_REPLY_STRING);
        do_say(say(f, "HSET test:1:7532 %b %b", " list", (size_t)5, value->str, (size_t)value->len));
        do_say(say(f, "HSET test:1:7531 %b %b", " other", (size_t)6, value->str, (size_t)value->len));
        assert_true(has_none(f->caches[1], key("u2 list")));
        assert_true(has_none(f->caches[1], key("u1 other")));
        assert_true(has(f->caches[1], key("u1 list"), "of the first"));
        freeReplyObject(value);
}

static void a_damaged_value_is_a_miss(void **state)
{
        struct fixture *f = *state;
        NEEDS_REDIS(f);
        put(f->caches[0], key("u1 list"), "whole");
        redisReply *value = say(f, "HGET test:1:7531 %b", " list", (size_t)5);
        for (size_t i = 0; i <= (size_t)value->len; i++) {
                char *copy = malloc((size_t)value->len);
                memcpy(copy, value->str, (size_t)value->len);
                size_t len = (size_t)value->len;
                if (i < len)
                        copy[i] = (char)(copy[i] ^ 1);
                else
                        len = 3;
                do_say(say(f, "HSET test:1:7531 %b %b", " list", (size_t)5, copy, len));
                free(copy);
                assert_true(has_none(f->caches[1], key("u1 list")));
        }
        do_say(say(f, "DEL test:1:7531"));
        do_say(say(f, "SET test:1:7531 text")); /* of another type: an error for every command */
        assert_true(has_none(f->caches[1], key("u1 list")));
        put(f->caches[0], key("u1 more"), "kept here all the same");
        assert_true(has(f->caches[0], key("u1 more"), "kept here all the same"));
        assert_true(cache_stats(f->caches[0]).remote_failures > 0);
        assert_true(cache_health(f->caches[0]).up);
        freeReplyObject(value);
}

static void a_full_redis_fails_nobody(void **state)
{
        struct fixture *f = *state;
        NEEDS_REDIS(f);
        do_say(say(f, "CONFIG SET maxmemory 1"));
        put(f->caches[0], key("u1 list"), "kept here");
        assert_true(has(f->caches[0], key("u1 list"), "kept here"));
        assert_true(has_none(f->caches[1], key("u1 list")));
        assert_true(cache_stats(f->caches[0]).remote_failures > 0);
        do_say(say(f, "CONFIG SET maxmemory 0"));
        put(f->caches[0], key("u1 list"), "kept here");
        assert_true(has(f->caches[1], key("u1 list"), "kept here"));
}

static void a_hung_redis_is_asked_once_and_comes_back(void **state)
{
        struct fixture *f = *state;
        NEEDS_REDIS(f);
        put(f->caches[0], key("u1 before"), "before");
        struct cache *cache = open_cache(f, f->port, NULL, 0);
        wait_until(cache, true);
        kill(f->server, SIGSTOP);
        for (int i = 0; i < 1000; i++)
                assert_true(has_none(cache, key("u1 before")));
        assert_int_equal(cache_stats(cache).remote_failures, 1);
        assert_false(cache_health(cache).up);
        put(cache, key("u1 while"), "while");
        assert_true(has(cache, key("u1 while"), "while"));
        kill(f->server, SIGCONT);
        wait_until(cache, true);
        cache_free(cache);
        assert_true(has(f->caches[1], key("u1 before"), "before"));
}

static void a_killed_redis_is_missed_by_nobody_and_used_again(void **state)
{
        struct fixture *f = *state;
        NEEDS_REDIS(f);
        stop_redis(f);
        for (int i = 0; i < 100; i++)
                assert_true(has_none(f->caches[0], key("u1 list")));
        put(f->caches[0], key("u1 list"), "here");
        assert_true(has(f->caches[0], key("u1 list"), "here"));
        start_redis(f);
        for (int i = 0; i < FRONTS; i++) {
                assert_true(has_none(f->caches[i], key("u2 wakes it")));
                wait_until(f->caches[i], true);
        }
        put(f->caches[0], key("u1 again"), "shared");
        assert_true(has(f->caches[1], key("u1 again"), "shared"));
}

static void a_password_is_needed_where_redis_wants_one(void **state)
{
        struct fixture *f = *state;
        NEEDS_REDIS(f);
        do_say(say(f, "CONFIG SET requirepass word"));
        struct cache *right = open_cache(f, f->port, "word", PATIENT_MS), *wrong = open_cache(f, f->port, "other", PATIENT_MS);
        wait_until(right, true);
        put(right, key("u1 list"), "within");
        assert_false(cache_health(wrong).up);
        assert_true(has_none(wrong, key("u1 list")));
        cache_free(right);
        cache_free(wrong);
}

/* -- Servers that are none --------------------------------------------------------------------------------------------- */

struct liar {
        int listener, port;
        const char *text; /* the answer to everything but the greeting */
        bool for_ever; /* again and again */
        bool one_by_one; /* a byte at a time, never ending in time */
        atomic_bool stop;
        pthread_t thread;
};

static void lie(struct liar *liar, int fd)
{
        char in[4096];
        size_t len = strlen(liar->text);
        do {
                if (!liar->one_by_one && send(fd, liar->text, len, MSG_NOSIGNAL) < 0)
                        return;
                for (size_t i = 0; liar->one_by_one && i < len; i++) {
                        if (send(fd, liar->text + i, 1, MSG_NOSIGNAL) < 0)
                                return;
                        pause_a_moment();
                }
        } while (liar->for_ever && !atomic_load(&liar->stop));
        while (!atomic_load(&liar->stop) && recv(fd, in, sizeof in, MSG_DONTWAIT) != 0)
                pause_a_moment();
}

static void *serve_lies(void *argument)
{
        struct liar *liar = argument;
        static const char greeting[] = "+OK\r\n+PONG\r\n";
        char in[4096];
        while (!atomic_load(&liar->stop)) {
                struct pollfd waiting = { liar->listener, POLLIN, 0 };
                if (poll(&waiting, 1, 10) <= 0)
                        continue;
                int fd = accept(liar->listener, NULL, NULL);
                if (fd < 0)
                        continue;
                /* A thread for each connection is not needed: the second waits its turn, and the first is dropped after its lie. */
                if (recv(fd, in, sizeof in, 0) > 0 && send(fd, greeting, sizeof greeting - 1, MSG_NOSIGNAL) > 0) {
                        struct pollfd asked = { fd, POLLIN, 0 };
                        while (!atomic_load(&liar->stop) && poll(&asked, 1, 10) == 0)
                                ;
                        if (!atomic_load(&liar->stop) && recv(fd, in, sizeof in, 0) > 0)
                                lie(liar, fd);
                }
                close(fd);
        }
        return NULL;
}

static void nonsense_is_a_miss_and_ends_the_connection(void **state)
{
        struct fixture *f = *state;
        static const struct {
                const char *text;
                bool for_ever, one_by_one, answered; /* answered: well-formed, only not what was asked for */
        } lies[] = {
                { .text = "HTTP/1.1 400 Bad Request\r\n\r\n" },
                { .text = "*1000000000\r\n" },
                { .text = "*2\r\n$1\r\na\r\n$1\r\nb\r\n" },
                { .text = "$99999999999999999999\r\n" },
                { .text = "$2000000000\r\nabc" },
                { .text = "$-2\r\n" },
                { .text = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", .for_ever = true },
                { .text = "$100000000\r\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", .for_ever = true },
                { .text = "$40\r\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n", .one_by_one = true },
                { .text = ":12\r\n", .answered = true },
                { .text = "+OK\r\n", .answered = true },
                { .text = "-ERR no\r\n", .answered = true },
                { .text = "$3\r\nabc\r\n", .answered = true },
                { .text = "$-1\r\n", .answered = true },
        };
        for (size_t i = 0; i < SAI_COUNT(lies); i++) {
                struct liar liar = { .text = lies[i].text, .for_ever = lies[i].for_ever, .one_by_one = lies[i].one_by_one };
                liar.listener = listen_somewhere(&liar.port);
                assert_int_equal(listen(liar.listener, 16), 0);
                assert_int_equal(pthread_create(&liar.thread, NULL, serve_lies, &liar), 0);
                struct cache *cache = open_cache(f, liar.port, NULL, lies[i].answered ? PATIENT_MS : 0);
                wait_until(cache, true);
                assert_true(has_none(cache, key("u1 list")));
                assert_int_equal(cache_stats(cache).remote_failures, lies[i].answered ? 0 : 1);
                atomic_store(&liar.stop, true);
                cache_free(cache);
                pthread_join(liar.thread, NULL);
                close(liar.listener);
        }
}

static void an_address_that_is_none_is_refused_by_its_part(void **state)
{
        (void)state;
        static const struct {
                const char *url, *says;
        } bad[] = {
                { "http://x", "redis://HOST" },     { "rediss://x", "proxy" },       { "redis://", "host" },
                { "redis://:6379", "host" },        { "redis://x:0", "port" },       { "redis://x:70000", "port" },
                { "redis://x:6379/a", "database" }, { "redis://u:p@x", "password" }, { "redis://[::1", "bracket" },
                { "redis://[::1]6379", "port" },    { "redis://x:12a", "port" },
        };
        struct redis_address address;
        for (size_t i = 0; i < SAI_COUNT(bad); i++) {
                const char *says = redis_address_parse(bad[i].url, &address);
                assert_non_null(says);
                assert_non_null(strstr(says, bad[i].says));
        }
        assert_null(redis_address_parse("redis://[::1]:7000/3", &address));
        assert_string_equal(address.host, "::1");
        assert_int_equal(address.port, 7000);
        assert_int_equal(address.database, 3);
        assert_null(redis_address_parse("redis://cache.example", &address));
        assert_string_equal(address.host, "cache.example");
        assert_int_equal(address.port, 6379);
}

/* -- Threads ------------------------------------------------------------------------------------------------------------ */

enum { THREADS = 8, ROUNDS = 300 };

struct worker {
        struct fixture *f;
        int number;
        int wrong;
};

static void *work(void *argument)
{
        struct worker *worker = argument;
        char name[32], text[32];
        for (int i = 0; i < ROUNDS; i++) {
                struct cache *cache = worker->f->caches[(worker->number + i) % FRONTS];
                snprintf(name, sizeof name, "u%d %d", i % 4, i % 50);
                snprintf(text, sizeof text, "value %d %d", i % 4, i % 50);
                struct cache_entry *entry = cache_get(cache, key(name));
                worker->wrong += entry && strcmp(entry->data, text) != 0;
                if (!entry)
                        put(cache, key(name), text);
                cache_entry_release(entry);
                if (i % 97 == 0)
                        cache_remove_scope(cache, (struct sai_text) { name, 2 });
        }
        return NULL;
}

static void threads_get_what_belongs_to_their_key_while_redis_comes_and_goes(void **state)
{
        struct fixture *f = *state;
        NEEDS_REDIS(f);
        pthread_t threads[THREADS];
        struct worker workers[THREADS];
        for (int i = 0; i < THREADS; i++) {
                workers[i] = (struct worker) { f, i, 0 };
                assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
        }
        stop_redis(f);
        start_redis(f);
        for (int i = 0; i < THREADS; i++) {
                pthread_join(threads[i], NULL);
                assert_int_equal(workers[i].wrong, 0);
        }
}

#define WITH_REDIS(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                WITH_REDIS(what_one_process_made_another_serves),
                WITH_REDIS(what_is_made_is_made_once_for_all_processes),
                WITH_REDIS(only_finished_bytes_that_never_change_are_shared),
                WITH_REDIS(a_deleted_scope_is_gone_from_redis),
                WITH_REDIS(an_athletes_answers_are_bounded_and_expire),
                WITH_REDIS(what_is_too_large_to_send_in_time_stays_here),
                WITH_REDIS(a_value_of_another_athlete_or_key_is_a_miss),
                WITH_REDIS(a_damaged_value_is_a_miss),
                WITH_REDIS(a_full_redis_fails_nobody),
                WITH_REDIS(a_hung_redis_is_asked_once_and_comes_back),
                WITH_REDIS(a_killed_redis_is_missed_by_nobody_and_used_again),
                WITH_REDIS(a_password_is_needed_where_redis_wants_one),
                WITH_REDIS(nonsense_is_a_miss_and_ends_the_connection),
                cmocka_unit_test(an_address_that_is_none_is_refused_by_its_part),
                WITH_REDIS(threads_get_what_belongs_to_their_key_while_redis_comes_and_goes),
        };
        return cmocka_run_group_tests_name("cache/redis", tests, NULL, NULL);
}
