/* log.c -- see log.h.
 *
 * A line is built on the stack and written in one piece. Writing must never wait: pipes and terminals are opened a second time
 * without blocking (the flag on the given descriptor would be shared with the parent), sockets are sent to with MSG_DONTWAIT, and
 * regular files do not block for long. The lock guards the repeat counters and keeps the rest of a line that a full pipe took
 * only in part before the next line; the write under it does not block. */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/calendar.h"
#include "base/limits.h"
#include "base/number.h"
#include "base/text.h"

struct repeats {
        char event[64];
        int64_t window_start_ms; /* monotonic */
        unsigned printed;
        uint64_t held_back;
};

struct sai_log {
        int fd;
        bool owned; /* fd is our own second opening */
        bool is_socket;
        _Atomic int level;
        struct sai_clock clock;

        pthread_mutex_t lock; /* guards all below */
        struct repeats *repeats;
        size_t sweep; /* next slot to look at for held-back lines of an event that fell silent */
        uint64_t lost; /* lines since the last that could be written */
        char *rest; /* end of a line that was written in part */
        size_t rest_len;
};

/* Points at the caller's text, which sai_log_set_request_id() lets it take back. */
static _Thread_local const char *thread_request_id;

void sai_log_set_request_id(const char *request_id) { thread_request_id = request_id; }

struct sai_log *sai_log_new(int fd, enum sai_log_level level, struct sai_clock clock)
{
        struct sai_log *log = calloc(1, sizeof *log);
        if (!log)
                return NULL;
        log->repeats = calloc(SAI_LOG_EVENTS, sizeof *log->repeats);
        log->rest = malloc(SAI_MAX_LOG_LINE);
        if (!log->repeats || !log->rest || pthread_mutex_init(&log->lock, NULL) != 0) {
                free(log->rest);
                free(log->repeats);
                free(log);
                return NULL;
        }
        log->fd = fd;
        log->clock = clock;
        atomic_init(&log->level, (int)level);

        struct stat info;
        if (fstat(fd, &info) == 0) {
                log->is_socket = S_ISSOCK(info.st_mode);
                if (S_ISFIFO(info.st_mode) || S_ISCHR(info.st_mode)) {
                        char path[64];
                        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
                        int again = open(path, O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
                        log->owned = again >= 0;
                        log->fd = log->owned ? again : fd;
                }
        }
        return log;
}

void sai_log_set_level(struct sai_log *log, enum sai_log_level level)
{
        if (log)
                atomic_store_explicit(&log->level, (int)level, memory_order_relaxed);
}

/* -- One line --------------------------------------------------------------------------------------------------------------- */

/* Room kept for the end: `,"cut":true}` and the line feed. */
enum { LINE_TAIL = 16 };

struct line {
        size_t len;
        bool full;
        char data[SAI_MAX_LOG_LINE];
};

static void put(struct line *line, const void *data, size_t len)
{
        if (line->full || len > sizeof line->data - LINE_TAIL - line->len) {
                line->full = true;
                return;
        }
        memcpy(line->data + line->len, data, len);
        line->len += len;
}

static void put_text(struct line *line, const char *text) { put(line, text, strlen(text)); }

/* Writes the code point (or bad byte) at `at` and returns how many bytes it had. */
static size_t put_escaped(struct line *line, const char *at, size_t left)
{
        unsigned char c = (unsigned char)at[0];
        char text[16];
        if (c == '"' || c == '\\') {
                put(line, "\\", 1);
                put(line, at, 1);
                return 1;
        }
        if (c < 0x20 || c == 0x7f) {
                put(line, text, (size_t)snprintf(text, sizeof text, "\\u%04x", c));
                return 1;
        }
        size_t size = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
        if (size > left || sai_utf8_prefix(at, size) != size) {
                put(line, text, (size_t)snprintf(text, sizeof text, "\\\\x%02x", c));
                return 1;
        }
        /* The second set of control characters, U+0080 to U+009F, moves some terminals as the first does. */
        if (c == 0xc2 && (unsigned char)at[1] < 0xa0)
                put(line, text, (size_t)snprintf(text, sizeof text, "\\u%04x", (unsigned char)at[1]));
        else
                put(line, at, size);
        return size;
}

static void put_string(struct line *line, const char *text)
{
        if (!text) {
                put_text(line, "null");
                return;
        }
        size_t len = strnlen(text, SAI_MAX_LOG_FIELD + 1), end = len;
        bool cut = len > SAI_MAX_LOG_FIELD;
        if (cut) {
                end = SAI_MAX_LOG_FIELD;
                while (end > SAI_MAX_LOG_FIELD - 3 && ((unsigned char)text[end] & 0xc0) == 0x80)
                        end--;
        }
        put(line, "\"", 1);
        for (size_t i = 0; i < end;)
                i += put_escaped(line, text + i, end - i);
        put_text(line, cut ? "\xe2\x80\xa6\"" : "\"");
}

static void put_name(struct line *line, const char *name)
{
        put(line, ",", 1);
        put_string(line, name);
        put(line, ":", 1);
}

static void put_value(struct line *line, const struct sai_log_field *field)
{
        char number[SAI_NUMBER_TEXT], hex[SAI_ID_HEX + 1];
        switch (field->kind) {
        case SAI_LOG_KIND_TEXT:
                put_string(line, field->text);
                break;
        case SAI_LOG_KIND_INT:
                put(line, number, sai_i64_text(field->integer, number));
                break;
        case SAI_LOG_KIND_REAL:
                put(line, number, sai_f64_text(field->real, number));
                break;
        case SAI_LOG_KIND_ID:
                sai_id_format(field->id, hex);
                put_string(line, hex);
                break;
        case SAI_LOG_KIND_SECRET:
        case SAI_LOG_END:
                put_text(line, "\"***\"");
                break;
        }
}

static void build(struct line *line, const struct sai_clock *clock, enum sai_log_level level, const char *event,
                  const struct sai_log_field *fields)
{
        static const char *const levels[] = { "debug", "info", "warn", "error" };
        char time[SAI_INSTANT_TEXT];
        line->len = 0;
        line->full = false;
        put_text(line, "{\"time\":\"");
        put(line, time, sai_instant_format((struct sai_instant) { sai_now_ms(clock) }, time));
        put_text(line, "\",\"level\":\"");
        put_text(line, levels[level]);
        put_text(line, "\",\"event\":");
        put_string(line, event);
        if (thread_request_id) {
                put_name(line, "request_id");
                put_string(line, thread_request_id);
        }
        for (; fields && fields->kind != SAI_LOG_END; fields++) {
                size_t whole = line->len;
                put_name(line, fields->name);
                put_value(line, fields);
                if (line->full) {
                        /* A field is there whole or not at all, so that the line stays JSON. */
                        memcpy(line->data + whole, ",\"cut\":true", 11);
                        line->len = whole + 11;
                        break;
                }
        }
        memcpy(line->data + line->len, "}\n", 2);
        line->len += 2;
}

/* -- Writing it ------------------------------------------------------------------------------------------------------------- */

static ssize_t write_once(const struct sai_log *log, const char *data, size_t len)
{
        ssize_t done;
        do {
                done = log->is_socket ? send(log->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL) : write(log->fd, data, len);
        } while (done < 0 && errno == EINTR);
        return done < 0 ? 0 : done;
}

/* False when there is still something of an earlier line to write. */
static bool write_rest(struct sai_log *log)
{
        if (log->rest_len > 0) {
                size_t done = (size_t)write_once(log, log->rest, log->rest_len);
                log->rest_len -= done;
                memmove(log->rest, log->rest + done, log->rest_len);
        }
        return log->rest_len == 0;
}

/* False when nothing of it could be written. */
static bool write_whole(struct sai_log *log, const struct line *line)
{
        if (!write_rest(log))
                return false;
        size_t done = (size_t)write_once(log, line->data, line->len);
        if (done == 0)
                return false;
        log->rest_len = line->len - done;
        memcpy(log->rest, line->data + done, log->rest_len);
        return true;
}

static void write_line(struct sai_log *log, struct line *line)
{
        if (log->lost > 0) {
                struct line about;
                build(&about, &log->clock, SAI_LOG_WARN, "log.lost",
                      (const struct sai_log_field[]) { SAI_LOG_INT("lines", log->lost), { .kind = SAI_LOG_END } });
                if (write_whole(log, &about))
                        log->lost = 0;
        }
        if (log->lost > 0 || !write_whole(log, line))
                log->lost++;
}

/* -- Repeats ---------------------------------------------------------------------------------------------------------------- */

static void report_repeats(struct sai_log *log, struct repeats *repeats)
{
        struct line line;
        build(&line, &log->clock, SAI_LOG_WARN, "log.repeated",
              (const struct sai_log_field[]) {
                      SAI_LOG_TEXT("of", repeats->event), SAI_LOG_INT("lines", repeats->held_back), { .kind = SAI_LOG_END } });
        repeats->held_back = 0;
        write_line(log, &line);
}

/* NULL when the table is full: such an event is printed uncounted. */
static struct repeats *repeats_of(struct sai_log *log, const char *event)
{
        size_t first = sai_hash(event, strlen(event), 0) % SAI_LOG_EVENTS;
        for (size_t i = 0; i < SAI_LOG_EVENTS; i++) {
                struct repeats *slot = &log->repeats[(first + i) % SAI_LOG_EVENTS];
                if (slot->event[0] == '\0') {
                        snprintf(slot->event, sizeof slot->event, "%s", event);
                        slot->window_start_ms = INT64_MIN;
                        return slot;
                }
                if (strncmp(slot->event, event, sizeof slot->event - 1) == 0)
                        return slot;
        }
        return NULL;
}

static bool window_over(const struct repeats *slot, int64_t now_ms)
{
        return slot->window_start_ms == INT64_MIN || now_ms - slot->window_start_ms >= SAI_LOG_WINDOW_MS;
}

/* True when this line is one too many. */
static bool hold_back(struct sai_log *log, const char *event, int64_t now_ms)
{
        struct repeats *slot = repeats_of(log, event);
        if (!slot)
                return false;
        if (window_over(slot, now_ms)) {
                if (slot->held_back > 0)
                        report_repeats(log, slot);
                slot->window_start_ms = now_ms;
                slot->printed = 0;
        }
        if (slot->printed >= SAI_LOG_REPEATS) {
                slot->held_back++;
                return true;
        }
        slot->printed++;
        return false;
}

/* Each line looks at a few slots, so that what was held back of an event that fell silent is told without a timer. */
static void sweep_some(struct sai_log *log, int64_t now_ms)
{
        for (int i = 0; i < 16; i++) {
                struct repeats *slot = &log->repeats[log->sweep];
                log->sweep = (log->sweep + 1) % SAI_LOG_EVENTS;
                if (slot->held_back > 0 && window_over(slot, now_ms))
                        report_repeats(log, slot);
        }
}

void sai_log_write(struct sai_log *log, enum sai_log_level level, const char *event, const struct sai_log_field *fields)
{
        if (!log || level < SAI_LOG_DEBUG || level >= SAI_LOG_NONE ||
            (int)level < atomic_load_explicit(&log->level, memory_order_relaxed))
                return;
        int64_t now_ms = sai_monotonic_ms(&log->clock);
        struct line line;
        build(&line, &log->clock, level, event, fields);

        int saved_errno = errno;
        pthread_mutex_lock(&log->lock);
        if (!hold_back(log, event, now_ms))
                write_line(log, &line);
        sweep_some(log, now_ms);
        pthread_mutex_unlock(&log->lock);
        errno = saved_errno;
}

void sai_log_free(struct sai_log *log)
{
        if (!log)
                return;
        for (size_t i = 0; i < SAI_LOG_EVENTS; i++)
                if (log->repeats[i].held_back > 0)
                        report_repeats(log, &log->repeats[i]);
        write_rest(log);
        if (log->owned)
                close(log->fd);
        pthread_mutex_destroy(&log->lock);
        free(log->rest);
        free(log->repeats);
        free(log);
}
