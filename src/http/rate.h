/* rate.h -- token buckets, one for each class and asker, in a table of fixed size.
 *
 * A bucket is one number: the moment at which it will be full again. So a bucket that is full holds nothing worth keeping and its place
 * is free for the next asker; one that has run dry is never forgotten before it has filled up. Where a set of the table holds only dry
 * ones, who is new there shares one bucket of the table's part: limits stay on in a flood from more addresses than the table has places.
 * Keys are hashed with a random key, so that nobody can choose whose place to crowd.
 *
 * Safe from any thread; a take is exact however many ask at once. */
#ifndef SAI_HTTP_RATE_H
#define SAI_HTTP_RATE_H

#include "base/clock.h"
#include "base/rate_limits.h"
#include "base/status.h"
#include <stddef.h>

struct sai_rate_limiter;

struct http_rate_verdict {
        bool known; /* a bucket was asked */
        bool allowed;
        enum sai_rate_class rate;
        int64_t remaining; /* calls that could be made now */
        int64_t full_ms; /* until the bucket is full */
        int64_t retry_ms; /* until the refused call would pass; 0 when it passed */
};

/* Takes `cost` calls out of the bucket of `rate` and `key`, or, with a cost of 0, only looks. A cost above the burst counts as the burst: it
 * waits for a full bucket rather than for ever. */
struct http_rate_verdict http_rate_take(struct sai_rate_limiter *limiter, enum sai_rate_class rate, const void *key,
                                        size_t key_len, unsigned cost, int64_t now_ms);
/* What one sender can change at will is not part of the key: an IPv6 address counts by its /64, one that maps IPv4 as that. Gives the length. */
size_t http_rate_address_key(const char *address, unsigned char ret_key[17]);
const struct sai_rate_limits *http_rate_limits(const struct sai_rate_limiter *limiter);

#endif
