/* clock.h -- time and chance as dependencies.
 *
 * Nothing in the service asks the operating system for the time or for random bytes except through these two, so that a
 * test can move the clock and repeat the randomness. Both are read-only after start and safe from several threads. */
#ifndef SAI_BASE_CLOCK_H
#define SAI_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

struct sai_clock {
        int64_t (*wall_ms)(void *context); /* Unix time in ms: for what is stored and shown */
        int64_t (*monotonic_ms)(void *context); /* never goes back: for leases, deadlines, durations */
        void *context;
};

struct sai_random {
        void (*fill)(void *context, void *bytes, size_t len); /* never fails */
        void *context;
};

struct sai_clock sai_clock_system(void);
struct sai_random sai_random_system(void); /* getrandom(2) */

static inline int64_t sai_now_ms(const struct sai_clock *clock) { return clock->wall_ms(clock->context); }
static inline int64_t sai_monotonic_ms(const struct sai_clock *clock) { return clock->monotonic_ms(clock->context); }
static inline void sai_random_fill(const struct sai_random *random, void *bytes, size_t len)
{
        random->fill(random->context, bytes, len);
}
/* Uniform in [0, bound); 0 when bound is 0. For jitter, not for keys. */
uint64_t sai_random_below(const struct sai_random *random, uint64_t bound);

/* A clock that tests move by hand, and a repeatable generator (splitmix64). Both must outlive their users. */
struct sai_fake_clock {
        int64_t wall_ms, monotonic_ms;
};
struct sai_clock sai_clock_fake(struct sai_fake_clock *fake);
void sai_fake_clock_advance(struct sai_fake_clock *fake, int64_t ms);
struct sai_seeded {
        uint64_t state;
};
struct sai_random sai_random_seeded(struct sai_seeded *seeded);

#endif
