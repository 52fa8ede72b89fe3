/* key_use.h -- which data keys seal something that is kept, and getting everything under the newest.
 *
 * A key that seals may not be dropped from DATA_KEYS: what it sealed could never be opened again. So each key that seals is noted in the store
 * (a claim `data-key:<id>`), a start whose ring lacks a noted key is refused, and only a rotation that has left nothing under a key takes its note
 * away. Rotation may be stopped anywhere and run again: what is under the newest key already is passed over. */
#ifndef SAI_AUTH_KEY_USE_H
#define SAI_AUTH_KEY_USE_H

#include "auth/auth.h"

/* SAI_INVALID when a key that seals is not in the ring; else notes the newest as one that seals. */
sai_status key_use_check(const struct auth *auth, struct sai_err *err) SAI_MUST_USE;

struct key_rotation {
        int64_t links, sealed; /* looked at; sealed anew */
        int64_t dropped; /* keys that need not be kept any more */
};
/* Every process that runs must have the newest key in front already: one that has not would go on sealing under the old one. */
sai_status key_use_rotate(const struct auth *auth, struct key_rotation *ret, struct sai_err *err) SAI_MUST_USE;

#endif
