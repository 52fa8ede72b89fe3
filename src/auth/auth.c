/* auth.c -- random secrets and the hash they are kept under. */
#include "auth/auth.h"

#include <sodium.h>

void auth_new_secret(const struct auth *auth, char out[SECRET_TEXT])
{
        uint8_t bytes[SECRET_BYTES];
        sai_random_fill(&auth->random, bytes, sizeof bytes);
        sai_base64url_encode(bytes, sizeof bytes, out);
        sodium_memzero(bytes, sizeof bytes);
}

/* No salt and no stretching: what is hashed here has 256 random bits, nobody can guess it. */
void auth_hash_text(const char *text, size_t len, char out[65])
{
        uint8_t hash[32];
        crypto_generichash(hash, sizeof hash, (const unsigned char *)text, len, NULL, 0);
        sai_hex_encode(hash, sizeof hash, out);
}
