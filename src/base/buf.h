/* buf.h -- a growable byte buffer with a limit.
 *
 * Errors are sticky: once an append fails (limit or memory) the buffer is `failed`, later appends do nothing, and the
 * caller checks once at the end with sai_buf_status. That keeps writers straight-line code. Not thread-safe. */
#ifndef SAI_BASE_BUF_H
#define SAI_BASE_BUF_H

#include "base/status.h"
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct sai_buf {
        char *data; /* owned; always NUL-terminated once anything was appended */
        size_t len;
        size_t cap;
        size_t max; /* limit in bytes of content */
        bool failed;
        bool no_memory; /* failed for want of memory, not at the limit */
};

void sai_buf_init(struct sai_buf *buf, size_t max_bytes); /* the only constructor; allocates nothing */
void sai_buf_done(struct sai_buf *buf); /* frees the contents */
void sai_buf_clear(struct sai_buf *buf); /* empties, keeps the memory */
char *sai_buf_take(struct sai_buf *buf, size_t *ret_len); /* gives the bytes (free()); NULL when failed or empty */

/* Makes room for `extra` more bytes; false when that fails. After it, writing up to that many at data+len is safe. */
bool sai_buf_reserve(struct sai_buf *buf, size_t extra);

void sai_buf_append_slow(struct sai_buf *buf, const void *data, size_t len);
static inline void sai_buf_append(struct sai_buf *buf, const void *data, size_t len)
{
        if (len == 0)
                return;
        if (len < buf->cap - buf->len) {
                memcpy(buf->data + buf->len, data, len);
                buf->len += len;
                buf->data[buf->len] = '\0';
        } else {
                sai_buf_append_slow(buf, data, len);
        }
}
static inline void sai_buf_char(struct sai_buf *buf, char c) { sai_buf_append(buf, &c, 1); }
void sai_buf_text(struct sai_buf *buf, const char *text);
void sai_buf_printf(struct sai_buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void sai_buf_vprintf(struct sai_buf *buf, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
void sai_buf_i64(struct sai_buf *buf, int64_t value); /* decimal, without printf */
/* The shortest decimal that reads back as the same double; NaN and infinity are written as null. */
void sai_buf_f64(struct sai_buf *buf, double value);

/* SAI_OK, or SAI_NO_MEMORY / SAI_TOO_LARGE when an append failed. */
sai_status sai_buf_status(const struct sai_buf *buf, struct sai_err *err) SAI_MUST_USE;

#endif
