/* The log: always JSON, never a secret, never waiting. */
#include "base/log.h"

#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"

struct fixture {
        int in, out;
        struct sai_fake_clock clock;
        struct sai_log *log;
};

static void start(struct fixture *f, enum sai_log_level level)
{
        f->log = sai_log_new(f->out, level, sai_clock_fake(&f->clock));
        assert_non_null(f->log);
}

/* A pipe whose reading end does not wait. */
static struct fixture setup(void)
{
        struct fixture f = { .clock = { .wall_ms = 1763799330125, .monotonic_ms = 50000 } };
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        f.in = ends[0];
        f.out = ends[1];
        assert_int_equal(fcntl(f.in, F_SETFL, O_NONBLOCK), 0);
        return f;
}

static void stop(struct fixture *f)
{
        sai_log_free(f->log);
        close(f->in);
        close(f->out);
}

/* All that was written so far. */
static size_t drain(struct fixture *f, char *out, size_t size)
{
        size_t len = 0;
        for (;;) {
                ssize_t got = read(f->in, out + len, size - 1 - len);
                if (got <= 0)
                        break;
                len += (size_t)got;
        }
        out[len] = '\0';
        return len;
}

/* The one line that was written, as JSON. */
static json_t *line(struct fixture *f)
{
        static char text[65536];
        size_t len = drain(f, text, sizeof text);
        assert_true(len > 2);
        assert_int_equal(text[len - 1], '\n');
        assert_ptr_equal(strchr(text, '\n'), text + len - 1);
        json_error_t error;
        json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &error);
        if (!json)
                fail_msg("%s: %s", error.text, text);
        return json;
}

static const char *member(const json_t *json, const char *name)
{
        const char *text = json_string_value(json_object_get(json, name));
        return text ? text : "(none)";
}

static size_t count_lines(const char *text)
{
        size_t count = 0;
        for (; *text; text++)
                count += *text == '\n';
        return count;
}

static void a_line_has_time_level_event_and_fields(void **state)
{
        (void)state;
        struct fixture f = setup();
        start(&f, SAI_LOG_INFO);
        struct sai_id id = { { 0x01, 0x23 } };
        sai_log_set_request_id("req-1");
        sai_log(f.log, SAI_LOG_WARN, "thing.happened", SAI_LOG_TEXT("name", "Zo\xc3\xab"), SAI_LOG_INT("count", -7),
                SAI_LOG_REAL("ratio", 0.25), SAI_LOG_ID("id", id), SAI_LOG_TEXT("nothing", NULL),
                SAI_LOG_REAL("nan", (double)NAN));
        sai_log_set_request_id(NULL);
        json_t *json = line(&f);
        assert_string_equal(member(json, "time"), "2025-11-22T08:15:30.125Z");
        assert_string_equal(member(json, "level"), "warn");
        assert_string_equal(member(json, "event"), "thing.happened");
        assert_string_equal(member(json, "request_id"), "req-1");
        assert_string_equal(member(json, "name"), "Zo\xc3\xab");
        assert_int_equal(json_integer_value(json_object_get(json, "count")), -7);
        assert_true(json_real_value(json_object_get(json, "ratio")) == 0.25);
        assert_string_equal(member(json, "id"), "012300000000000000000000");
        assert_true(json_is_null(json_object_get(json, "nothing")));
        assert_true(json_is_null(json_object_get(json, "nan")));
        json_decref(json);

        sai_log(f.log, SAI_LOG_INFO, "bare");
        json = line(&f);
        assert_int_equal(json_object_size(json), 3);
        json_decref(json);
        stop(&f);
}

static void secrets_print_as_stars(void **state)
{
        (void)state;
        struct fixture f = setup();
        start(&f, SAI_LOG_INFO);
        struct sai_log_field fields[] = { { .kind = SAI_LOG_KIND_SECRET, .name = "token", .text = "canary-1234" },
                                          { .kind = SAI_LOG_END } };
        sai_log_write(f.log, SAI_LOG_INFO, "x", fields);
        char text[4096];
        drain(&f, text, sizeof text);
        assert_non_null(strstr(text, "\"token\":\"***\""));
        assert_null(strstr(text, "canary"));
        stop(&f);
}

static void control_bytes_and_bad_utf8_are_escaped(void **state)
{
        (void)state;
        struct fixture f = setup();
        start(&f, SAI_LOG_INFO);
        sai_log(f.log, SAI_LOG_INFO, "x", SAI_LOG_TEXT("v", "a\n{\"level\":\"error\"}\x1b[2J\x7f\xff\xc2\x9b\xe2\x82\x01\""));
        char text[4096];
        size_t len = drain(&f, text, sizeof text);
        for (size_t i = 0; i < len - 1; i++)
                assert_true((unsigned char)text[i] >= 0x20 && (unsigned char)text[i] != 0x7f);
        json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(json);
        assert_string_equal(member(json, "level"), "info");
        assert_string_equal(member(json, "v"), "a\n{\"level\":\"error\"}\x1b[2J\x7f\\xff\xc2\x9b\\xe2\\x82\x01\"");
        assert_non_null(strstr(text, "\\u009b"));
        json_decref(json);
        stop(&f);
}

static void a_field_is_cut_at_a_kibibyte_between_characters(void **state)
{
        (void)state;
        struct fixture f = setup();
        start(&f, SAI_LOG_INFO);
        char value[3000];
        memset(value, 'x', sizeof value);
        memcpy(value + SAI_MAX_LOG_FIELD - 1, "\xf0\x9f\x98\x80", 4);
        value[sizeof value - 1] = '\0';
        sai_log(f.log, SAI_LOG_INFO, "x", SAI_LOG_TEXT("v", value), SAI_LOG_INT("after", 1));
        json_t *json = line(&f);
        assert_int_equal(strlen(member(json, "v")), SAI_MAX_LOG_FIELD - 1 + 3);
        assert_string_equal(member(json, "v") + SAI_MAX_LOG_FIELD - 1, "\xe2\x80\xa6");
        assert_int_equal(json_integer_value(json_object_get(json, "after")), 1);
        json_decref(json);
        stop(&f);
}

static void a_line_that_is_too_long_loses_whole_fields(void **state)
{
        (void)state;
        struct fixture f = setup();
        start(&f, SAI_LOG_INFO);
        char value[SAI_MAX_LOG_FIELD];
        memset(value, 1, sizeof value); /* six bytes each when escaped */
        value[sizeof value - 1] = '\0';
        sai_log(f.log, SAI_LOG_INFO, "x", SAI_LOG_TEXT("a", value), SAI_LOG_TEXT("b", value), SAI_LOG_TEXT("c", value),
                SAI_LOG_TEXT("d", "short"));
        json_t *json = line(&f);
        assert_non_null(json_object_get(json, "a"));
        assert_non_null(json_object_get(json, "b"));
        assert_null(json_object_get(json, "c"));
        assert_true(json_is_true(json_object_get(json, "cut")));
        json_decref(json);
        stop(&f);
}

static void levels_below_the_set_one_are_not_written(void **state)
{
        (void)state;
        struct fixture f = setup();
        start(&f, SAI_LOG_WARN);
        char text[4096];
        sai_log(f.log, SAI_LOG_INFO, "quiet");
        assert_int_equal(drain(&f, text, sizeof text), 0);
        sai_log_set_level(f.log, SAI_LOG_DEBUG);
        sai_log(f.log, SAI_LOG_DEBUG, "loud");
        assert_true(drain(&f, text, sizeof text) > 0);
        sai_log_set_level(f.log, SAI_LOG_NONE);
        sai_log(f.log, SAI_LOG_ERROR, "quiet");
        assert_int_equal(drain(&f, text, sizeof text), 0);
        sai_log(NULL, SAI_LOG_ERROR, "nowhere");
        stop(&f);
}

static void repeats_are_counted_not_printed(void **state)
{
        (void)state;
        static char text[65536];
        struct fixture f = setup();
        start(&f, SAI_LOG_INFO);
        for (int i = 0; i < SAI_LOG_REPEATS + 15; i++)
                sai_log(f.log, SAI_LOG_WARN, "peer.broken", SAI_LOG_INT("n", i));
        sai_log(f.log, SAI_LOG_INFO, "another");
        drain(&f, text, sizeof text);
        assert_int_equal(count_lines(text), SAI_LOG_REPEATS + 1);

        sai_fake_clock_advance(&f.clock, SAI_LOG_WINDOW_MS);
        sai_log(f.log, SAI_LOG_WARN, "peer.broken", SAI_LOG_INT("n", 99));
        drain(&f, text, sizeof text);
        assert_int_equal(count_lines(text), 2);
        assert_non_null(strstr(text, "\"event\":\"log.repeated\",\"of\":\"peer.broken\",\"lines\":15}"));
        assert_non_null(strstr(text, "\"n\":99"));
        stop(&f);
}

static void held_back_lines_of_a_silent_event_are_told_by_others_or_at_the_end(void **state)
{
        (void)state;
        static char text[65536];
        struct fixture f = setup();
        start(&f, SAI_LOG_INFO);
        for (int i = 0; i < SAI_LOG_REPEATS + 3; i++)
                sai_log(f.log, SAI_LOG_WARN, "once");
        sai_fake_clock_advance(&f.clock, SAI_LOG_WINDOW_MS);
        for (int i = 0; i < SAI_LOG_EVENTS / 16 + 1; i++) {
                char event[32];
                snprintf(event, sizeof event, "other.%d", i);
                sai_log(f.log, SAI_LOG_INFO, event);
        }
        drain(&f, text, sizeof text);
        assert_non_null(strstr(text, "\"of\":\"once\",\"lines\":3}"));
        for (int i = 0; i < SAI_LOG_REPEATS + 4; i++)
                sai_log(f.log, SAI_LOG_WARN, "last");
        sai_log_free(f.log);
        f.log = NULL;
        drain(&f, text, sizeof text);
        assert_non_null(strstr(text, "\"of\":\"last\",\"lines\":4}"));
        stop(&f);
}

/* A reader that does not read: no call waits, and when it drains the loss is told; every line is whole. */
static void a_blocked_reader_loses_lines_not_the_service(void **state)
{
        (void)state;
        static char text[1 << 20];
        struct fixture f = setup();
        start(&f, SAI_LOG_INFO);
        char value[900];
        memset(value, 'y', sizeof value - 1);
        value[sizeof value - 1] = '\0';
        for (int i = 0; i < 600; i++) {
                char event[32];
                snprintf(event, sizeof event, "event.%d", i);
                sai_log(f.log, SAI_LOG_INFO, event, SAI_LOG_TEXT("v", value), SAI_LOG_TEXT("w", value), SAI_LOG_TEXT("x", value),
                        SAI_LOG_TEXT("y", value), SAI_LOG_TEXT("z", value));
        }
        size_t len = drain(&f, text, sizeof text);
        assert_true(len > 0);
        size_t before = len;
        sai_log(f.log, SAI_LOG_INFO, "well.again");
        len += drain(&f, text + len, sizeof text - len);
        assert_true(len > before);
        assert_non_null(strstr(text, "\"event\":\"log.lost\""));
        assert_non_null(strstr(text, "\"event\":\"well.again\""));
        size_t lines = 0;
        for (char *at = text, *end; (end = strchr(at, '\n')) != NULL; at = end + 1, lines++) {
                *end = '\0';
                json_t *json = json_loads(at, 0, NULL);
                if (!json)
                        fail_msg("line %zu is torn: %.60s", lines, at);
                json_decref(json);
        }
        assert_true(lines > 5 && lines < 600);
        stop(&f);
}

static void a_socket_is_never_waited_for(void **state)
{
        (void)state;
        struct fixture f = { .clock = { .wall_ms = 1763799330125 } };
        int ends[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
        f.in = ends[0];
        f.out = ends[1];
        assert_int_equal(fcntl(f.in, F_SETFL, O_NONBLOCK), 0);
        start(&f, SAI_LOG_INFO);
        char value[1000];
        memset(value, 'y', sizeof value - 1);
        value[sizeof value - 1] = '\0';
        for (int i = 0; i < 2000; i++) {
                char event[32];
                snprintf(event, sizeof event, "event.%d", i);
                sai_log(f.log, SAI_LOG_INFO, event, SAI_LOG_TEXT("v", value));
        }
        static char text[1 << 22];
        assert_true(drain(&f, text, sizeof text) > 0);
        close(f.in);
        f.in = dup(f.out);
        sai_log(f.log, SAI_LOG_INFO, "peer.gone"); /* no SIGPIPE either */
        stop(&f);
}

static struct sai_log *shared;

static void *write_many(void *arg)
{
        for (int i = 0; i < 200; i++) {
                char event[32];
                snprintf(event, sizeof event, "t%d.%d", *(int *)arg, i / 10);
                sai_log(shared, SAI_LOG_INFO, event, SAI_LOG_INT("i", i));
        }
        return NULL;
}

static void threads_do_not_mix_their_lines(void **state)
{
        (void)state;
        static char text[1 << 20];
        struct fixture f = setup();
        start(&f, SAI_LOG_INFO);
        (void)fcntl(f.out, F_SETPIPE_SZ, 1 << 20);
        shared = f.log;
        pthread_t threads[4];
        int numbers[4] = { 0, 1, 2, 3 };
        for (int i = 0; i < 4; i++)
                assert_int_equal(pthread_create(&threads[i], NULL, write_many, &numbers[i]), 0);
        for (int i = 0; i < 4; i++)
                pthread_join(threads[i], NULL);
        drain(&f, text, sizeof text);
        assert_int_equal(count_lines(text), 800);
        for (char *at = text, *end; (end = strchr(at, '\n')) != NULL; at = end + 1) {
                *end = '\0';
                json_t *json = json_loads(at, 0, NULL);
                assert_non_null(json);
                json_decref(json);
        }
        stop(&f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_line_has_time_level_event_and_fields),
                cmocka_unit_test(secrets_print_as_stars),
                cmocka_unit_test(control_bytes_and_bad_utf8_are_escaped),
                cmocka_unit_test(a_field_is_cut_at_a_kibibyte_between_characters),
                cmocka_unit_test(a_line_that_is_too_long_loses_whole_fields),
                cmocka_unit_test(levels_below_the_set_one_are_not_written),
                cmocka_unit_test(repeats_are_counted_not_printed),
                cmocka_unit_test(held_back_lines_of_a_silent_event_are_told_by_others_or_at_the_end),
                cmocka_unit_test(a_blocked_reader_loses_lines_not_the_service),
                cmocka_unit_test(a_socket_is_never_waited_for),
                cmocka_unit_test(threads_do_not_mix_their_lines),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
