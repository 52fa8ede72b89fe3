/* once.h -- things that work once: a random secret that a client holds, and what it stands for, kept under the secret's hash until it is
 * taken or its time is over. States of a sign-in, one-time codes and password resets are of this kind. */
#ifndef SAI_AUTH_ONCE_H
#define SAI_AUTH_ONCE_H

#include "auth/auth.h"
#include "base/arena.h"
#include "model/account.h"

/* What a secret stands for; each kind uses the members it needs. Texts live in the arena. */
struct once_payload {
        const char *redirect_uri;
        const char *browser; /* hash of the cookie */
        struct sai_opt_id user_id;
        int64_t revision; /* of the credential that a reset is for */
};

/* Keeps the payload under the hash of a new secret and gives the secret. */
sai_status once_put(const struct auth *auth, enum once_kind kind, const struct once_payload *payload, int64_t life_ms,
                    struct sai_arena *arena, const char **ret_secret, struct sai_err *err) SAI_MUST_USE;
/* Exactly one caller gets it. SAI_BAD_STATE for the others, and when there is none of this kind or its time is over. */
sai_status once_take(const struct auth *auth, enum once_kind kind, const char *secret, size_t len, struct sai_arena *arena,
                     struct once_payload *ret_payload, struct sai_err *err) SAI_MUST_USE;

#endif
