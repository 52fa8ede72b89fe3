/* test_webhook.c -- subscriptions and events, against a subscriber on a real socket; and what only a socket shows of the simulator. */
#include "sim_client.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* A subscriber: echoes the challenge, counts the events and refuses the first `refuse` of them. */
struct subscriber {
        pthread_t thread;
        pthread_mutex_t lock;
        int fd, port, refuse, events;
        bool mute, stop;
        char last[2048];
};

static void answer_one(struct subscriber *s, int fd)
{
        char request[8192] = "", reply[512], challenge[128];
        size_t len = 0;
        struct pollfd poller = { .fd = fd, .events = POLLIN };
        while (len < sizeof request - 1 && poll(&poller, 1, 1000) == 1) {
                ssize_t got = recv(fd, request + len, sizeof request - 1 - len, 0);
                if (got <= 0)
                        break;
                len += (size_t)got;
                request[len] = '\0';
                const char *end = strstr(request, "\r\n\r\n");
                if (end && (request[0] == 'G' || strchr(end, '}')))
                        break;
        }
        pthread_mutex_lock(&s->lock);
        if (request[0] == 'G') {
                parameter(request, "hub.challenge", challenge, sizeof challenge);
                char body[192];
                snprintf(body, sizeof body, "{\"hub.challenge\":\"%s\"}", s->mute ? "nonsense" : challenge);
                snprintf(reply, sizeof reply,
                         "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\nConnection: "
                         "close\r\n\r\n%s",
                         strlen(body), body);
        } else {
                bool refused = s->events++ < s->refuse;
                const char *body = strstr(request, "\r\n\r\n");
                snprintf(s->last, sizeof s->last, "%s", body ? body + 4 : "");
                snprintf(reply, sizeof reply, "HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                         refused ? "500 No" : "200 OK");
        }
        pthread_mutex_unlock(&s->lock);
        (void)!send(fd, reply, strlen(reply), MSG_NOSIGNAL);
        close(fd);
}

static void *subscriber_run(void *context)
{
        struct subscriber *s = context;
        for (;;) {
                struct pollfd poller = { .fd = s->fd, .events = POLLIN };
                int ready = poll(&poller, 1, 20);
                pthread_mutex_lock(&s->lock);
                bool stop = s->stop;
                pthread_mutex_unlock(&s->lock);
                if (stop)
                        return NULL;
                if (ready == 1) {
                        int fd = accept(s->fd, NULL, NULL);
                        if (fd >= 0)
                                answer_one(s, fd);
                }
        }
}

static void subscriber_start(struct subscriber *s)
{
        struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        socklen_t len = sizeof address;
        *s = (struct subscriber) { .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
        pthread_mutex_init(&s->lock, NULL);
        assert_int_equal(bind(s->fd, (struct sockaddr *)&address, sizeof address), 0);
        assert_int_equal(listen(s->fd, 16), 0);
        assert_int_equal(getsockname(s->fd, (struct sockaddr *)&address, &len), 0);
        s->port = ntohs(address.sin_port);
        assert_int_equal(pthread_create(&s->thread, NULL, subscriber_run, s), 0);
}

static void subscriber_stop(struct subscriber *s)
{
        pthread_mutex_lock(&s->lock);
        s->stop = true;
        pthread_mutex_unlock(&s->lock);
        pthread_join(s->thread, NULL);
        close(s->fd);
        pthread_mutex_destroy(&s->lock);
}

/* Waits for so many events; gives how many came in 5 s. */
static int events_of(struct subscriber *s, int wanted)
{
        int events = 0;
        for (int i = 0; i < 500; i++) {
                pthread_mutex_lock(&s->lock);
                events = s->events;
                pthread_mutex_unlock(&s->lock);
                if (events >= wanted)
                        break;
                nanosleep(&(struct timespec) { .tv_nsec = 10000000 }, NULL);
        }
        return events;
}

static struct answer subscribe(struct world *w, const struct subscriber *s)
{
        char body[256];
        snprintf(body, sizeof body,
                 "client_id=7&client_secret=s&verify_token=v&callback_url=http%%3A%%2F%%2F127.0.0.1%%3A%d%%2Fhook", s->port);
        return post(w, "/api/v3/push_subscriptions", body);
}

struct fixture {
        struct world world;
        struct subscriber subscriber;
};

static int setup(void **state)
{
        struct fixture *f = calloc(1, sizeof *f);
        world_start(&f->world, (struct sim_config) { .auto_consent = true,
                                                     .athletes = 2,
                                                     .seed = 5,
                                                     .webhook_retry_ms = 10,
                                                     .listen = "127.0.0.1:0",
                                                     .limits = { .none = true } });
        subscriber_start(&f->subscriber);
        *state = f;
        return 0;
}

static int teardown(void **state)
{
        struct fixture *f = *state;
        sim_stop(f->world.sim);
        subscriber_stop(&f->subscriber);
        free(f);
        return 0;
}

static void a_subscription_is_made_listed_and_deleted(void **state)
{
        struct fixture *f = *state;
        char target[128];
        struct answer made = subscribe(&f->world, &f->subscriber), twice = subscribe(&f->world, &f->subscriber);
        assert_int_equal(made.status, 201);
        assert_string_equal(made.usage, "0,0");
        assert_fault(&twice, 400, "PushSubscription", "", "already exists");
        struct answer list = get(&f->world, "/api/v3/push_subscriptions?client_id=7&client_secret=s", NULL);
        assert_int_equal(json_array_size(list.json), 1);
        assert_true(id_at(list.json, 0) == json_integer_value(json_object_get(made.json, "id")));
        struct answer other = get(&f->world, "/api/v3/push_subscriptions?client_id=8&client_secret=s", NULL);
        assert_int_equal(json_array_size(other.json), 0);
        snprintf(target, sizeof target, "/api/v3/push_subscriptions/%lld?client_id=7&client_secret=s",
                 (long long)id_at(list.json, 0));
        struct answer gone = ask(&f->world, SAI_DELETE, target, NULL, NULL),
                      again = ask(&f->world, SAI_DELETE, target, NULL, NULL);
        assert_int_equal(gone.status, 204);
        assert_int_equal(again.status, 404);
        answer_done(&made);
        answer_done(&twice);
        answer_done(&list);
        answer_done(&other);
        answer_done(&gone);
        answer_done(&again);
}

static void a_wrong_challenge_is_not_verifiable(void **state)
{
        struct fixture *f = *state;
        pthread_mutex_lock(&f->subscriber.lock);
        f->subscriber.mute = true;
        pthread_mutex_unlock(&f->subscriber.lock);
        struct answer a = subscribe(&f->world, &f->subscriber);
        assert_fault(&a, 400, "PushSubscription", "callback url", "not verifiable");
        answer_done(&a);
}

static void events_are_tried_three_times(void **state)
{
        struct fixture *f = *state;
        struct sai_err err;
        int64_t id = 0;
        struct answer made = subscribe(&f->world, &f->subscriber);
        pthread_mutex_lock(&f->subscriber.lock);
        f->subscriber.refuse = 2;
        pthread_mutex_unlock(&f->subscriber.lock);
        assert_int_equal(sim_activity_add(f->world.sim, 2, NULL, &id, &err), SAI_OK);
        assert_int_equal(events_of(&f->subscriber, 3), 3);
        json_t *event = json_loads(f->subscriber.last, 0, NULL);
        assert_string_equal(json_string_value(json_object_get(event, "aspect_type")), "create");
        assert_string_equal(json_string_value(json_object_get(event, "object_type")), "activity");
        assert_true(json_integer_value(json_object_get(event, "object_id")) == id);
        assert_true(json_integer_value(json_object_get(event, "owner_id")) == 9100002);
        assert_true(json_integer_value(json_object_get(event, "subscription_id")) ==
                    json_integer_value(json_object_get(made.json, "id")));
        json_decref(event);
        answer_done(&made);
}

static void revoked_access_is_told(void **state)
{
        struct fixture *f = *state;
        struct sai_err err;
        struct answer made = subscribe(&f->world, &f->subscriber);
        assert_int_equal(sim_deauthorize(f->world.sim, 1, &err), SAI_OK);
        assert_int_equal(events_of(&f->subscriber, 1), 1);
        json_t *event = json_loads(f->subscriber.last, 0, NULL);
        assert_string_equal(json_string_value(json_object_get(json_object_get(event, "updates"), "authorized")), "false");
        assert_true(json_integer_value(json_object_get(event, "object_id")) == 9100001);
        json_decref(event);
        answer_done(&made);
}

static void any_event_can_be_sent_twice_and_for_anyone(void **state)
{
        struct fixture *f = *state;
        struct answer made = subscribe(&f->world, &f->subscriber);
        struct answer sent = ask(&f->world, SAI_POST, "/sim/events", NULL,
                                 "{\"object_type\":\"activity\",\"aspect_type\":\"update\",\"object_id\":5,\"owner_id\":6,"
                                 "\"title\":\"New\",\"event_time\":77,\"times\":2}");
        assert_int_equal(sent.status, 204);
        assert_int_equal(events_of(&f->subscriber, 2), 2);
        json_t *event = json_loads(f->subscriber.last, 0, NULL);
        assert_string_equal(json_string_value(json_object_get(json_object_get(event, "updates"), "title")), "New");
        assert_int_equal(json_integer_value(json_object_get(event, "event_time")), 77);
        json_decref(event);
        answer_done(&made);
        answer_done(&sent);
}

static void a_deleted_activity_is_told_and_gone(void **state)
{
        struct fixture *f = *state;
        struct sai_err err;
        int64_t id = 0;
        char access[64], target[64];
        struct answer made = subscribe(&f->world, &f->subscriber);
        sign_in(&f->world, 1, "read,activity:read_all", access);
        assert_int_equal(sim_activity_add(f->world.sim, 1, NULL, &id, &err), SAI_OK);
        snprintf(target, sizeof target, "/sim/activities/%lld", (long long)id);
        struct answer deleted = ask(&f->world, SAI_DELETE, target, NULL, NULL);
        assert_int_equal(deleted.status, 204);
        assert_int_equal(events_of(&f->subscriber, 2), 2);
        assert_non_null(strstr(f->subscriber.last, "\"aspect_type\":\"delete\""));
        snprintf(target, sizeof target, "/api/v3/activities/%lld", (long long)id);
        struct answer gone = get(&f->world, target, access);
        assert_fault(&gone, 404, "Activity", "", "not found");
        answer_done(&made);
        answer_done(&deleted);
        answer_done(&gone);
}

static void a_subscription_survives_a_restart(void **state)
{
        struct fixture *f = *state;
        struct world w;
        char directory[] = P_tmpdir "/sim-state-XXXXXX", path[64];
        assert_non_null(mkdtemp(directory));
        struct sim_config config = { .seed = 5, .state_dir = directory };
        world_start(&w, config);
        struct answer made = subscribe(&w, &f->subscriber);
        assert_int_equal(made.status, 201);
        sim_stop(w.sim);
        world_start(&w, config);
        struct answer list = get(&w, "/api/v3/push_subscriptions?client_id=7&client_secret=s", NULL);
        assert_true(id_at(list.json, 0) == json_integer_value(json_object_get(made.json, "id")));
        sim_stop(w.sim);
        answer_done(&made);
        answer_done(&list);
        snprintf(path, sizeof path, "%s/tokens.log", directory);
        unlink(path);
        rmdir(directory);
}

/* One request on a socket of its own; gives the bytes of the answer. */
static size_t raw(struct world *w, const char *request, char *out, size_t size)
{
        struct sockaddr_in address = { .sin_family = AF_INET,
                                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                       .sin_port = htons((uint16_t)sim_port(w->sim)) };
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        size_t len = 0;
        assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
        assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
        struct pollfd poller = { .fd = fd, .events = POLLIN };
        while (len < size - 1 && poll(&poller, 1, 5000) == 1) {
                ssize_t got = recv(fd, out + len, size - 1 - len, 0);
                if (got <= 0)
                        break;
                len += (size_t)got;
        }
        out[len] = '\0';
        close(fd);
        return len;
}

static void a_cut_closes_the_connection_without_a_byte(void **state)
{
        struct fixture *f = *state;
        struct sai_err err;
        char answer[4096];
        static const char request[] = "GET /api/v3/athlete HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        assert_int_equal(sim_fault_add(f->world.sim,
                                       &(struct sim_fault) { .path = "/athlete", .cut = SIM_CUT_BEFORE, .times = 1 }, &err),
                         SAI_OK);
        assert_int_equal(raw(&f->world, request, answer, sizeof answer), 0);
        assert_true(raw(&f->world, request, answer, sizeof answer) > 0);
        assert_int_equal(strncmp(answer, "HTTP/1.1 401", 12), 0);
        struct sim_request_entry entries[2];
        assert_int_equal(sim_requests(f->world.sim, 0, entries, 2), 2);
        assert_int_equal(entries[0].status, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(a_subscription_is_made_listed_and_deleted, setup, teardown),
                cmocka_unit_test_setup_teardown(a_wrong_challenge_is_not_verifiable, setup, teardown),
                cmocka_unit_test_setup_teardown(events_are_tried_three_times, setup, teardown),
                cmocka_unit_test_setup_teardown(revoked_access_is_told, setup, teardown),
                cmocka_unit_test_setup_teardown(any_event_can_be_sent_twice_and_for_anyone, setup, teardown),
                cmocka_unit_test_setup_teardown(a_deleted_activity_is_told_and_gone, setup, teardown),
                cmocka_unit_test_setup_teardown(a_subscription_survives_a_restart, setup, teardown),
                cmocka_unit_test_setup_teardown(a_cut_closes_the_connection_without_a_byte, setup, teardown),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
