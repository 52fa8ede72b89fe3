/* buf.c -- see buf.h. A failed buffer has no room left (cap == len), so that the inline fast path needs no test of its own. */
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"

void sai_buf_init(struct sai_buf *buf, size_t max_bytes)
{
        *buf = (struct sai_buf) { .max = max_bytes < SIZE_MAX ? max_bytes : SIZE_MAX - 1 };
}

void sai_buf_done(struct sai_buf *buf)
{
        free(buf->data);
        *buf = (struct sai_buf) { .max = buf->max };
}

void sai_buf_clear(struct sai_buf *buf)
{
        if (buf->failed) {
                sai_buf_done(buf);
                return;
        }
        buf->len = 0;
        if (buf->data)
                buf->data[0] = '\0';
}

char *sai_buf_take(struct sai_buf *buf, size_t *ret_len)
{
        char *data = buf->failed ? NULL : buf->data;
        if (ret_len)
                *ret_len = data ? buf->len : 0;
        if (data)
                buf->data = NULL;
        sai_buf_done(buf);
        return data;
}

static bool fail(struct sai_buf *buf, bool no_memory)
{
        buf->failed = true;
        buf->no_memory = no_memory;
        buf->cap = buf->len;
        return false;
}

bool sai_buf_reserve(struct sai_buf *buf, size_t extra)
{
        if (buf->failed)
                return false;
        if (extra < buf->cap - buf->len)
                return true;
        if (extra > buf->max - buf->len)
                return fail(buf, false);

        size_t need = buf->len + extra + 1;
        size_t cap = buf->cap < 128 ? 256 : buf->cap > buf->max / 2 ? buf->max + 1 : buf->cap * 2;
        if (cap > buf->max + 1)
                cap = buf->max + 1;
        if (cap < need)
                cap = need;
        char *data = realloc(buf->data, cap);
        if (!data)
                return fail(buf, true);
        buf->data = data;
        buf->cap = cap;
        buf->data[buf->len] = '\0';
        return true;
}

void sai_buf_append_slow(struct sai_buf *buf, const void *data, size_t len)
{
        if (!sai_buf_reserve(buf, len))
                return;
        memcpy(buf->data + buf->len, data, len);
        buf->len += len;
        buf->data[buf->len] = '\0';
}

void sai_buf_text(struct sai_buf *buf, const char *text) { sai_buf_append(buf, text, strlen(text)); }

void sai_buf_vprintf(struct sai_buf *buf, const char *format, va_list args)
{
        va_list again;
        va_copy(again, args);
        char small[256];
        int len = vsnprintf(small, sizeof small, format, args);
        if (len < 0) {
                fail(buf, true);
        } else if ((size_t)len < sizeof small) {
                sai_buf_append(buf, small, (size_t)len);
        } else if (sai_buf_reserve(buf, (size_t)len)) {
                vsnprintf(buf->data + buf->len, (size_t)len + 1, format, again);
                buf->len += (size_t)len;
        }
        va_end(again);
}

void sai_buf_printf(struct sai_buf *buf, const char *format, ...)
{
        va_list args;
        va_start(args, format);
        sai_buf_vprintf(buf, format, args);
        va_end(args);
}

void sai_buf_i64(struct sai_buf *buf, int64_t value)
{
        char text[SAI_NUMBER_TEXT];
        sai_buf_append(buf, text, sai_i64_text(value, text));
}

void sai_buf_f64(struct sai_buf *buf, double value)
{
        char text[SAI_NUMBER_TEXT];
        sai_buf_append(buf, text, sai_f64_text(value, text));
}

sai_status sai_buf_status(const struct sai_buf *buf, struct sai_err *err)
{
        if (!buf->failed)
                return SAI_OK;
        if (buf->no_memory)
                return sai_fail(err, SAI_NO_MEMORY, "no memory for %zu bytes of output", buf->len);
        return sai_fail(err, SAI_TOO_LARGE, "the output would be larger than %zu bytes", buf->max);
}
