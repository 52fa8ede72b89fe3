/* keys.h -- the keys that sign access tokens and seal secrets at rest.
 *
 * Two rings, newest first: the newest key signs or seals, all of them verify or open, so that a key is changed by putting a new one in
 * front and leaving the old one until nothing needs it. Development makes its keys once and keeps them in DATA_DIR with mode 0600;
 * production must be given them. A key id is only ever compared with the ids of the ring: it is no file name and no query. */
#ifndef SAI_AUTH_KEYS_H
#define SAI_AUTH_KEYS_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/status.h"
#include "base/text.h"
#include <stdint.h>

enum { KEY_RING_MAX = 8, KEY_ID_MAX = 32, KEY_SECRET_MAX = 64, DATA_KEY_BYTES = 32 };

enum jwt_algorithm { JWT_HS256, JWT_EDDSA };

struct jwt_key {
        char id[KEY_ID_MAX + 1];
        enum jwt_algorithm algorithm;
        uint8_t secret[KEY_SECRET_MAX]; /* HS256: the key; EdDSA: the 64-byte expanded secret key */
        size_t secret_len;
        uint8_t public_key[32]; /* EdDSA */
};
struct jwt_ring {
        struct jwt_key keys[KEY_RING_MAX];
        size_t count;
};

struct data_key {
        char id[KEY_ID_MAX + 1];
        uint8_t secret[DATA_KEY_BYTES];
};
struct data_ring {
        struct data_key keys[KEY_RING_MAX];
        size_t count;
};

/* `kid:alg:key,…` with alg HS256 (32 to 64 bytes) or EdDSA (a 32-byte seed), key in standard base64. SAI_INVALID names the entry by its
 * number and what is wrong, never its value. */
sai_status jwt_ring_parse(const char *text, struct jwt_ring *ret_ring, struct sai_err *err) SAI_MUST_USE;
/* `id:key,…`, 32 bytes each. */
sai_status data_ring_parse(const char *text, struct data_ring *ret_ring, struct sai_err *err) SAI_MUST_USE;

/* Reads DATA_DIR/<file_name>, or makes it with `prefix` + a new random 32-byte key in base64 and mode 0600. Refuses a file that group or others
 * may read. Gives the text (`kid:alg:key` or `id:key`). */
sai_status key_file_read_or_make(const char *data_dir, const char *file_name, const char *prefix, const struct sai_random *random,
                                 struct sai_arena *arena, const char **ret_text, struct sai_err *err) SAI_MUST_USE;

#endif
