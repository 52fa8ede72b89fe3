/* rate.c -- see rate.h. All arithmetic is in whole units of 1/count ms, so that 1 200 a minute loses nothing to rounding. */
#include "http/rate.h"

#include "base/limits.h"
#include "http/http.h"
#include <arpa/inet.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { PARTS = 64, SETS = 64, WAYS = 16 }; /* 65 536 askers in 1.5 MiB; a set is looked through in two dozen ns */
_Static_assert(PARTS *SETS *WAYS == SAI_MAX_RATE_KEYS, "the table has the size that limits.h says");

struct bucket {
        uint64_t tag; /* 0: free */
        int64_t full_at; /* in units of its class */
        enum sai_rate_class rate;
};

struct part {
        pthread_mutex_t lock; /* guards what follows */
        struct bucket sets[SETS][WAYS];
        struct bucket crowd[SAI_RATE_CLASSES]; /* shared by those who found no place */
} __attribute__((aligned(64)));

struct sai_rate_limiter {
        struct sai_rate_limits limits;
        int64_t base_ms; /* time is counted from here: keeps the products small */
        unsigned char key[crypto_shorthash_siphashx24_KEYBYTES];
        struct part parts[PARTS];
};

sai_status sai_rate_limiter_new(const struct sai_rate_limits *limits, const struct sai_clock *clock,
                                const struct sai_random *random, struct sai_rate_limiter **ret_limiter, struct sai_err *err)
{
        struct sai_rate_limiter *limiter = aligned_alloc(64, sizeof *limiter);
        if (!limiter)
                return sai_fail(err, SAI_NO_MEMORY, "rate limits");
        memset(limiter, 0, sizeof *limiter);
        limiter->limits = *limits;
        limiter->base_ms = sai_monotonic_ms(clock);
        sai_random_fill(random, limiter->key, sizeof limiter->key);
        for (size_t i = 0; i < PARTS; i++)
                (void)pthread_mutex_init(&limiter->parts[i].lock, NULL); /* cannot fail with default attributes */
        *ret_limiter = limiter;
        return SAI_OK;
}

void sai_rate_limiter_free(struct sai_rate_limiter *limiter)
{
        if (!limiter)
                return;
        for (size_t i = 0; i < PARTS; i++)
                (void)pthread_mutex_destroy(&limiter->parts[i].lock);
        free(limiter);
}

const struct sai_rate_limits *http_rate_limits(const struct sai_rate_limiter *limiter) { return &limiter->limits; }

size_t http_rate_address_key(const char *address, unsigned char ret_key[17])
{
        static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
        unsigned char bytes[16];
        ret_key[0] = '4';
        if (inet_pton(AF_INET, address, ret_key + 1) == 1)
                return 5;
        if (inet_pton(AF_INET6, address, bytes) != 1) {
                ret_key[0] = '?'; /* no address at all: all such share one bucket */
                return 1;
        }
        if (memcmp(bytes, mapped, sizeof mapped) == 0) {
                memcpy(ret_key + 1, bytes + 12, 4);
                return 5;
        }
        ret_key[0] = '6';
        memcpy(ret_key + 1, bytes, 8);
        return 9;
}

/* -- Buckets -------------------------------------------------------------------------------------------------------- */
static int64_t burst_of(const struct sai_rate_limits *limits, enum sai_rate_class rate)
{
        return limits->of[rate].count >= 10 ? limits->of[rate].count / 10 : 1;
}

/* One call, in units: count calls fill seconds * 1000 ms, of count units each. */
static int64_t unit_of_call(const struct sai_rate_limits *limits, enum sai_rate_class rate)
{
        return limits->of[rate].seconds * 1000;
}

static int64_t debt_of(const struct sai_rate_limits *limits, const struct bucket *bucket, int64_t now_ms)
{
        int64_t now = now_ms * limits->of[bucket->rate].count;
        return bucket->full_at > now ? bucket->full_at - now : 0;
}

/* Its own bucket, else a free or full one, else the one that lacks least, unless that could not pay for a call: such a one is limited and
 * stays. */
static struct bucket *find(const struct sai_rate_limits *limits, struct part *part, struct bucket set[WAYS], uint64_t tag,
                           enum sai_rate_class rate, int64_t now_ms)
{
        struct bucket *best = NULL;
        int64_t best_ms = INT64_MAX;
        for (size_t i = 0; i < WAYS; i++) {
                struct bucket *b = &set[i];
                if (b->tag == tag && b->rate == rate)
                        return b;
                int64_t debt = b->tag ? debt_of(limits, b, now_ms) : 0;
                bool limited = debt > (burst_of(limits, b->rate) - 1) * unit_of_call(limits, b->rate);
                int64_t lacks_ms = debt / limits->of[b->rate].count;
                if (!limited && (debt == 0 ? best_ms > 0 : lacks_ms + 1 < best_ms)) {
                        best = b;
                        best_ms = debt == 0 ? 0 : lacks_ms + 1;
                }
        }
        if (!best)
                best = &part->crowd[rate];
        else
                *best = (struct bucket) { .tag = tag };
        best->rate = rate;
        return best;
}

static int64_t up(int64_t value, int64_t divisor) { return (value + divisor - 1) / divisor; }

struct http_rate_verdict http_rate_take(struct sai_rate_limiter *limiter, enum sai_rate_class rate, const void *key,
                                        size_t key_len, unsigned cost, int64_t now_ms)
{
        const struct sai_rate_limits *limits = &limiter->limits;
        uint64_t hash[2];
        (void)crypto_shorthash_siphashx24((unsigned char *)hash, key, key_len, limiter->key);
        struct part *part = &limiter->parts[hash[1] % PARTS];
        struct bucket *set = part->sets[hash[1] / PARTS % SETS];
        int64_t call = unit_of_call(limits, rate), count = limits->of[rate].count, burst = burst_of(limits, rate);
        int64_t price = ((int64_t)cost < burst ? (int64_t)cost : burst) * call;
        int64_t since = now_ms > limiter->base_ms ? now_ms - limiter->base_ms : 0;

        (void)pthread_mutex_lock(&part->lock);
        struct bucket *bucket = find(limits, part, set, hash[0] | 1, rate, since);
        int64_t debt = debt_of(limits, bucket, since), over = debt + price - burst * call;
        if (over <= 0) {
                debt += price;
                bucket->full_at = since * count + debt;
        }
        (void)pthread_mutex_unlock(&part->lock);
        return (struct http_rate_verdict) { .known = true,
                                            .allowed = over <= 0,
                                            .rate = rate,
                                            .remaining = (burst * call - debt) / call,
                                            .full_ms = up(debt, count),
                                            .retry_ms = over > 0 ? up(over, count) : 0 };
}
