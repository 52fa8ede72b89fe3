/* seal.h -- secrets at rest: XChaCha20-Poly1305 (RFC 8439 with the extended nonce) with a key id in front.
 *
 * Layout: length of the key id (1 byte), key id, nonce (24), ciphertext and tag. The associated data is where the secret lives (collection, row id,
 * column), so that a ciphertext moved to another row or column does not open. Opening tries the one key that the id names. */
#ifndef SAI_AUTH_SEAL_H
#define SAI_AUTH_SEAL_H

#include "auth/keys.h"
#include "base/id.h"
#include "json/model.h"

struct seal_place {
        const char *collection;
        struct sai_id row;
        const char *column;
};

sai_status seal_close(const struct data_ring *ring, const struct sai_random *random, struct seal_place place, const void *plain,
                      size_t len, struct sai_arena *arena, struct sai_secret *ret_sealed, struct sai_err *err) SAI_MUST_USE;
/* Whether it is sealed under the newest key of the ring. */
bool seal_is_newest(const struct data_ring *ring, struct sai_secret sealed);
/* Gives a NUL-terminated copy. SAI_INTERNAL when no key opens it: a failure never becomes an empty secret. */
sai_status seal_open(const struct data_ring *ring, struct seal_place place, struct sai_secret sealed, struct sai_arena *arena,
                     char **ret_plain, size_t *ret_len, struct sai_err *err) SAI_MUST_USE;

#endif
