/* rate_limits.c -- see rate_limits.h. The defaults are the contract's. */
#include "base/rate_limits.h"

#include "base/limits.h"
#include "base/text.h"
#include <stddef.h>
#include <string.h>

static const struct {
        const char *name;
        int64_t count, seconds;
} defaults[SAI_RATE_CLASSES] = {
        [SAI_RATE_READ] = { "read", 1200, 60 },       [SAI_RATE_WRITE] = { "write", 120, 60 },
        [SAI_RATE_HEAVY] = { "heavy", 30, 60 },       [SAI_RATE_AUTH] = { "auth", 30, 60 },
        [SAI_RATE_UNSIGNED] = { "unsigned", 60, 60 },
};

const char *sai_rate_class_name(enum sai_rate_class rate)
{
        return (unsigned)rate < SAI_RATE_CLASSES ? defaults[rate].name : "none";
}

static bool parse_bounded(const char *text, size_t len, int64_t max, int64_t *ret)
{
        return len > 0 && sai_parse_i64(text, len, ret) && *ret >= 1 && *ret <= max;
}

static bool parse_entry(const char *text, size_t len, struct sai_rate_limits *limits)
{
        const char *equals = memchr(text, '=', len);
        const char *slash = equals ? memchr(equals, '/', len - (size_t)(equals - text)) : NULL;
        if (!slash)
                return false;
        for (size_t i = 0; i < SAI_RATE_CLASSES; i++) {
                size_t name_len = strlen(defaults[i].name);
                if (name_len != (size_t)(equals - text) || memcmp(text, defaults[i].name, name_len) != 0)
                        continue;
                return parse_bounded(equals + 1, (size_t)(slash - equals - 1), SAI_MAX_RATE_COUNT, &limits->of[i].count) &&
                       parse_bounded(slash + 1, (size_t)(text + len - slash - 1), SAI_MAX_RATE_SECONDS, &limits->of[i].seconds);
        }
        return false;
}

const char *sai_rate_limits_parse(const char *text, struct sai_rate_limits *ret_limits)
{
        struct sai_rate_limits limits = { .off = strcmp(text, "none") == 0 };
        for (size_t i = 0; i < SAI_RATE_CLASSES; i++) {
                limits.of[i].count = defaults[i].count;
                limits.of[i].seconds = defaults[i].seconds;
        }
        if (!limits.off && strcmp(text, "default") != 0) {
                for (;; text++) {
                        size_t len = strcspn(text, ",");
                        if (!parse_entry(text, len, &limits))
                                return "must be default, none, or class=count/seconds,… of read, write, heavy, auth, unsigned";
                        text += len;
                        if (!*text)
                                break;
                }
        }
        if (ret_limits)
                *ret_limits = limits;
        return NULL;
}
