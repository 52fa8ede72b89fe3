/* rate_limits.h -- how often each kind of call may be made, as an operator writes it.
 *
 * Here and not beside the limiter because the setting is checked where all settings are. Pure; safe from several threads. */
#ifndef SAI_BASE_RATE_LIMITS_H
#define SAI_BASE_RATE_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

/* The classes that a route can name. What asks unsigned counts as SAI_RATE_UNSIGNED whatever its route says, sign-ins apart. */
enum sai_rate_class { SAI_RATE_READ, SAI_RATE_WRITE, SAI_RATE_HEAVY, SAI_RATE_AUTH, SAI_RATE_UNSIGNED, SAI_RATE_NONE };
enum { SAI_RATE_CLASSES = SAI_RATE_NONE };

struct sai_rate_limits {
        bool off;
        struct {
                int64_t count, seconds; /* so many calls in so many seconds */
        } of[SAI_RATE_CLASSES];
};

const char *sai_rate_class_name(enum sai_rate_class rate);

/* `default`, `none`, or `class=count/seconds,…`, where a class that is left out keeps its default. NULL when the text was understood, else
 * what it must be. `ret_limits` may be NULL. */
const char *sai_rate_limits_parse(const char *text, struct sai_rate_limits *ret_limits);

#endif
