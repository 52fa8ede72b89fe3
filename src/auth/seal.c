/* seal.c -- see seal.h. */
#include "auth/seal.h"

#include <sodium.h>

enum { NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES };

/* collection NUL row column: the NUL keeps ("ab","c") and ("a","bc") apart. */
static unsigned char *place_bytes(struct seal_place place, struct sai_arena *arena, size_t *ret_len)
{
        size_t collection = strlen(place.collection) + 1, column = strlen(place.column);
        unsigned char *bytes = sai_arena_alloc(arena, collection + sizeof place.row.bytes + column);
        if (!bytes)
                return NULL;
        memcpy(bytes, place.collection, collection);
        memcpy(bytes + collection, place.row.bytes, sizeof place.row.bytes);
        memcpy(bytes + collection + sizeof place.row.bytes, place.column, column);
        *ret_len = collection + sizeof place.row.bytes + column;
        return bytes;
}

sai_status seal_close(const struct data_ring *ring, const struct sai_random *random, struct seal_place place, const void *plain,
                      size_t len, struct sai_arena *arena, struct sai_secret *ret_sealed, struct sai_err *err)
{
        const struct data_key *key = &ring->keys[0];
        size_t id_len = strlen(key->id), place_len = 0;
        size_t total = 1 + id_len + NONCE + len + TAG;
        uint8_t *out = sai_arena_alloc(arena, total);
        const unsigned char *where = place_bytes(place, arena, &place_len);
        if (!out || !where)
                return sai_fail(err, SAI_NO_MEMORY, "sealing a secret");
        out[0] = (uint8_t)id_len;
        memcpy(out + 1, key->id, id_len);
        uint8_t *nonce = out + 1 + id_len;
        sai_random_fill(random, nonce, NONCE);
        crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + NONCE, NULL, plain, len, where, place_len, NULL, nonce, key->secret);
        *ret_sealed = (struct sai_secret) { out, total };
        return SAI_OK;
}

static const struct data_key *key_of(const struct data_ring *ring, const uint8_t *id, size_t len)
{
        for (size_t i = 0; i < ring->count; i++) {
                if (strlen(ring->keys[i].id) == len && memcmp(ring->keys[i].id, id, len) == 0)
                        return &ring->keys[i];
        }
        return NULL;
}

bool seal_is_newest(const struct data_ring *ring, struct sai_secret sealed)
{
        return sealed.len > 0 && sealed.len > sealed.data[0] && key_of(ring, sealed.data + 1, sealed.data[0]) == &ring->keys[0];
}

sai_status seal_open(const struct data_ring *ring, struct seal_place place, struct sai_secret sealed, struct sai_arena *arena,
                     char **ret_plain, size_t *ret_len, struct sai_err *err)
{
        size_t id_len = sealed.len ? sealed.data[0] : 0;
        if (sealed.len < 1 + id_len + NONCE + TAG)
                return sai_fail(err, SAI_INTERNAL, "a sealed secret is too short");
        const struct data_key *key = key_of(ring, sealed.data + 1, id_len);
        if (!key)
                return sai_fail(err, SAI_INTERNAL, "the key that sealed a secret is not configured any more");
        const uint8_t *nonce = sealed.data + 1 + id_len;
        size_t cipher_len = sealed.len - 1 - id_len - NONCE, place_len = 0;
        char *plain = sai_arena_alloc(arena, cipher_len - TAG + 1);
        const unsigned char *where = place_bytes(place, arena, &place_len);
        if (!plain || !where)
                return sai_fail(err, SAI_NO_MEMORY, "opening a secret");
        if (crypto_aead_xchacha20poly1305_ietf_decrypt((unsigned char *)plain, NULL, NULL, nonce + NONCE, cipher_len, where,
                                                       place_len, nonce, key->secret) != 0)
                return sai_fail(err, SAI_INTERNAL, "a sealed secret does not open where it stands");
        plain[cipher_len - TAG] = '\0';
        *ret_plain = plain;
        *ret_len = cipher_len - TAG;
        return SAI_OK;
}
