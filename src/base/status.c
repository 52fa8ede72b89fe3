/* status.c -- the code tables that follow from the one list, and recording a failure. */
#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
        int http;
        const char *slug;
        const char *text;
} statuses[SAI_STATUS_COUNT] = {
#define X(name, http, slug, text) { http, slug, text },
        SAI_STATUS_LIST(X)
#undef X
};

/* A code from outside the list is a bug of ours; it is shown as one instead of read past the table. */
static unsigned known(sai_status code) { return (unsigned)code < SAI_STATUS_COUNT ? (unsigned)code : SAI_INTERNAL; }

int sai_status_http(sai_status code) { return statuses[known(code)].http; }
const char *sai_status_slug(sai_status code) { return statuses[known(code)].slug; }
const char *sai_status_text(sai_status code) { return statuses[known(code)].text; }

static void record(struct sai_err *err, sai_status code, const char *field, const char *format, va_list args)
        __attribute__((format(printf, 4, 0)));
static void record(struct sai_err *err, sai_status code, const char *field, const char *format, va_list args)
{
        err->code = code;
        snprintf(err->field, sizeof err->field, "%s", field);
        vsnprintf(err->detail, sizeof err->detail, format, args);
}

sai_status sai_fail(struct sai_err *err, sai_status code, const char *format, ...)
{
        if (err) {
                va_list args;
                va_start(args, format);
                record(err, code, "", format, args);
                va_end(args);
        }
        return code;
}

sai_status sai_fail_field(struct sai_err *err, sai_status code, const char *field, const char *format, ...)
{
        if (err) {
                va_list args;
                va_start(args, format);
                record(err, code, field ? field : "", format, args);
                va_end(args);
        }
        return code;
}
