/* password.c -- see password.h. The salt comes from libsodium's own source, which is the system's. */
#include "auth/password.h"

#include "base/limits.h"
#include <sodium.h>
#include <string.h>

void password_pool_init(struct password_pool *pool, size_t memory, uint64_t passes, int workers)
{
        int half = workers / 2;
        pool->memory = memory;
        pool->passes = passes;
        pool->places = half < 1 ? 1 : half > SAI_MAX_PASSWORDS_AT_ONCE ? SAI_MAX_PASSWORDS_AT_ONCE : half;
        atomic_init(&pool->taken, 0);
}

sai_status password_enter(struct password_pool *pool, struct sai_err *err)
{
        if (atomic_fetch_add(&pool->taken, 1) < pool->places)
                return SAI_OK;
        atomic_fetch_sub(&pool->taken, 1);
        return sai_fail(err, SAI_BUSY, "too many passwords are being checked");
}

void password_leave(struct password_pool *pool) { atomic_fetch_sub(&pool->taken, 1); }

sai_status password_hash(const struct password_pool *pool, const char *password, struct sai_arena *arena, const char **ret_hash,
                         struct sai_err *err)
{
        char *hash = sai_arena_alloc(arena, crypto_pwhash_STRBYTES);
        if (!hash || crypto_pwhash_str_alg(hash, password, strlen(password), pool->passes, pool->memory,
                                           crypto_pwhash_ALG_ARGON2ID13) != 0)
                return sai_fail(err, SAI_NO_MEMORY, "hashing a password");
        *ret_hash = hash;
        return SAI_OK;
}

bool password_is_right(const struct password_pool *pool, const char *hash, const char *password)
{
        if (hash)
                return crypto_pwhash_str_verify(hash, password, strlen(password)) == 0;
        char unused[crypto_pwhash_STRBYTES];
        (void)!crypto_pwhash_str_alg(unused, password, strlen(password), pool->passes, pool->memory,
                                     crypto_pwhash_ALG_ARGON2ID13);
        sodium_memzero(unused, sizeof unused);
        return false; /* made only to cost what a check costs */
}

bool password_is_outdated(const struct password_pool *pool, const char *hash)
{
        return crypto_pwhash_str_needs_rehash(hash, pool->passes, pool->memory) != 0;
}
