/* password.h -- passwords as Argon2id hashes, at most a few at a time.
 *
 * One run takes ARGON2_MEMORY and a good part of a second of a processor, so that guessing is dear; and so that a flood of sign-ins cannot
 * take the machine, there are few places, and who finds none is told to come back (SAI_BUSY) instead of waiting: nothing queues, and most
 * workers stay free for other requests. Enter, then hash or check, then leave; from workers only, never from an event thread. */
#ifndef SAI_AUTH_PASSWORD_H
#define SAI_AUTH_PASSWORD_H

#include "base/arena.h"
#include "base/status.h"
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct password_pool {
        size_t memory; /* bytes of one run */
        uint64_t passes;
        int places;
        atomic_int taken;
};

/* `workers` is how many threads serve requests: at least half of them are kept from hashing. */
void password_pool_init(struct password_pool *pool, size_t memory, uint64_t passes, int workers);
/* SAI_BUSY when every place is taken. */
sai_status password_enter(struct password_pool *pool, struct sai_err *err) SAI_MUST_USE;
void password_leave(struct password_pool *pool);

/* These are called between enter and leave. */
sai_status password_hash(const struct password_pool *pool, const char *password, struct sai_arena *arena, const char **ret_hash,
                         struct sai_err *err) SAI_MUST_USE;
/* Whether it is the password of this hash. NULL for the hash of an account that does not exist: never right, at the same cost. */
bool password_is_right(const struct password_pool *pool, const char *hash, const char *password);
/* Whether the hash was made with other parameters than today's. */
bool password_is_outdated(const struct password_pool *pool, const char *hash);

#endif
