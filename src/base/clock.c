/* clock.c -- see clock.h. */
#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static int64_t read_clock(clockid_t id)
{
        struct timespec now;
        clock_gettime(id, &now);
        return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t system_wall(void *context)
{
        (void)context;
        return read_clock(CLOCK_REALTIME);
}

static int64_t system_monotonic(void *context)
{
        (void)context;
        return read_clock(CLOCK_MONOTONIC);
}

struct sai_clock sai_clock_system(void)
{
        return (struct sai_clock) { .wall_ms = system_wall, .monotonic_ms = system_monotonic };
}

/* Without randomness no key and no token is safe, so there is nothing to go on with. */
static void system_fill(void *context, void *bytes, size_t len)
{
        (void)context;
        unsigned char *at = bytes;
        while (len > 0) {
                ssize_t got = getrandom(at, len, 0);
                if (got < 0) {
                        if (errno == EINTR)
                                continue;
                        abort();
                }
                at += got;
                len -= (size_t)got;
        }
}

struct sai_random sai_random_system(void) { return (struct sai_random) { .fill = system_fill }; }

uint64_t sai_random_below(const struct sai_random *random, uint64_t bound)
{
        if (bound == 0)
                return 0;
        /* Values under 2^64 mod bound are drawn again: without that small results would be likelier. */
        uint64_t unfair = (0 - bound) % bound, value;
        do {
                sai_random_fill(random, &value, sizeof value);
        } while (value < unfair);
        return value % bound;
}

/* Tests read a fake clock from several threads while one moves it. */
static int64_t fake_wall(void *context)
{
        struct sai_fake_clock *fake = context;
        return __atomic_load_n(&fake->wall_ms, __ATOMIC_RELAXED);
}

static int64_t fake_monotonic(void *context)
{
        struct sai_fake_clock *fake = context;
        return __atomic_load_n(&fake->monotonic_ms, __ATOMIC_RELAXED);
}

struct sai_clock sai_clock_fake(struct sai_fake_clock *fake)
{
        return (struct sai_clock) { .wall_ms = fake_wall, .monotonic_ms = fake_monotonic, .context = fake };
}

void sai_fake_clock_advance(struct sai_fake_clock *fake, int64_t ms)
{
        __atomic_add_fetch(&fake->wall_ms, ms, __ATOMIC_RELAXED);
        __atomic_add_fetch(&fake->monotonic_ms, ms, __ATOMIC_RELAXED);
}

static void seeded_fill(void *context, void *bytes, size_t len)
{
        struct sai_seeded *seeded = context;
        unsigned char *at = bytes;
        while (len > 0) {
                uint64_t z = __atomic_add_fetch(&seeded->state, UINT64_C(0x9e3779b97f4a7c15), __ATOMIC_RELAXED);
                z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
                z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
                z ^= z >> 31;
                size_t part = len < sizeof z ? len : sizeof z;
                memcpy(at, &z, part);
                at += part;
                len -= part;
        }
}

struct sai_random sai_random_seeded(struct sai_seeded *seeded)
{
        return (struct sai_random) { .fill = seeded_fill, .context = seeded };
}
