/* log.h -- one JSON object a line, and never a secret.
 *
 *   sai_log(log, SAI_LOG_INFO, "strava.token_refreshed", SAI_LOG_ID("user_id", id), SAI_LOG_INT("expires_in", 21600));
 *
 * The event's name is constant, variable data goes in fields. `error` needs a person, `warn` was survived and says so, `info`
 * is a business event, `debug` is off in production. A field made with SAI_LOG_SECRET prints as "***" whatever it holds; control
 * bytes and bad UTF-8 are escaped; a field is cut at 1 KiB. More than 20 lines of one event in 10 s are counted, not printed.
 * Lines are written with one non-blocking write(2) each: a reader that does not keep up loses lines, never the service (the
 * count of lost lines is printed when it drains). Safe from several threads. */
#ifndef SAI_BASE_LOG_H
#define SAI_BASE_LOG_H

#include "base/clock.h"
#include "base/id.h"
#include "base/status.h"
#include <stddef.h>
#include <stdint.h>

enum sai_log_level { SAI_LOG_DEBUG, SAI_LOG_INFO, SAI_LOG_WARN, SAI_LOG_ERROR, SAI_LOG_NONE };

enum sai_log_kind { SAI_LOG_END, SAI_LOG_KIND_TEXT, SAI_LOG_KIND_INT, SAI_LOG_KIND_REAL, SAI_LOG_KIND_ID, SAI_LOG_KIND_SECRET };

struct sai_log_field {
        enum sai_log_kind kind;
        const char *name;
        const char *text;
        int64_t integer;
        double real;
        struct sai_id id;
};

#define SAI_LOG_TEXT(n, v)                                                                                                       \
        {                                                                                                                        \
                .kind = SAI_LOG_KIND_TEXT, .name = (n), .text = (v)                                                              \
        }
#define SAI_LOG_INT(n, v)                                                                                                        \
        {                                                                                                                        \
                .kind = SAI_LOG_KIND_INT, .name = (n), .integer = (int64_t)(v)                                                   \
        }
#define SAI_LOG_REAL(n, v)                                                                                                       \
        {                                                                                                                        \
                .kind = SAI_LOG_KIND_REAL, .name = (n), .real = (v)                                                              \
        }
#define SAI_LOG_ID(n, v)                                                                                                         \
        {                                                                                                                        \
                .kind = SAI_LOG_KIND_ID, .name = (n), .id = (v)                                                                  \
        }
#define SAI_LOG_SECRET(n)                                                                                                        \
        {                                                                                                                        \
                .kind = SAI_LOG_KIND_SECRET, .name = (n)                                                                         \
        }

struct sai_log;
/* Writes to `fd`, which it does not close. */
struct sai_log *sai_log_new(int fd, enum sai_log_level level, struct sai_clock clock);
void sai_log_free(struct sai_log *log);
void sai_log_set_level(struct sai_log *log, enum sai_log_level level);

/* `log` may be NULL: then nothing is written. Fields end with a zero kind. */
void sai_log_write(struct sai_log *log, enum sai_log_level level, const char *event, const struct sai_log_field *fields);
#define sai_log(log, level, event, ...)                                                                                          \
        sai_log_write((log), (level), (event),                                                                                   \
                      (const struct sai_log_field[]) { __VA_ARGS__ __VA_OPT__(, ) { .kind = SAI_LOG_END } })

/* The request id that lines of this thread carry until it is set to NULL; borrows the text. */
void sai_log_set_request_id(const char *request_id);

#endif
