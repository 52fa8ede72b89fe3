/* keys.c -- reading and making key rings. */
#include "auth/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Splits `text` at commas into at most KEY_RING_MAX entries and each entry at its first two colons. */
struct key_entry {
        char id[KEY_ID_MAX + 1];
        struct sai_text algorithm, key;
};

static bool next_part(struct sai_text *rest, char separator, struct sai_text *ret_part)
{
        const char *at = memchr(rest->data, separator, rest->len);
        if (!at)
                return false;
        *ret_part = (struct sai_text) { rest->data, (size_t)(at - rest->data) };
        rest->len -= ret_part->len + 1;
        rest->data = at + 1;
        return true;
}

static sai_status split_entry(struct sai_text entry, bool with_algorithm, size_t number, struct key_entry *ret,
                              struct sai_err *err)
{
        struct key_entry parts = { 0 };
        struct sai_text id;
        if (!next_part(&entry, ':', &id) || (with_algorithm && !next_part(&entry, ':', &parts.algorithm)))
                return sai_fail(err, SAI_INVALID, "key %zu is not of the form %s", number,
                                with_algorithm ? "kid:alg:key" : "id:key");
        parts.key = entry;
        if (id.len == 0 || id.len > KEY_ID_MAX)
                return sai_fail(err, SAI_INVALID, "key %zu: the id has 1 to %d characters", number, KEY_ID_MAX);
        for (size_t i = 0; i < id.len; i++) {
                char c = id.data[i];
                if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                      c == '.'))
                        return sai_fail(err, SAI_INVALID, "key %zu: the id takes letters, digits, '-', '_' and '.'", number);
        }
        memcpy(parts.id, id.data, id.len);
        *ret = parts;
        return SAI_OK;
}

static sai_status for_each_entry(const char *text, bool with_algorithm,
                                 sai_status (*take)(void *, const struct key_entry *, size_t, struct sai_err *), void *ring,
                                 struct sai_err *err)
{
        struct sai_text rest = sai_text_of(text);
        size_t number = 0;
        while (rest.len > 0) {
                struct sai_text entry;
                if (!next_part(&rest, ',', &entry)) {
                        entry = rest;
                        rest.len = 0;
                }
                number++;
                if (number > KEY_RING_MAX)
                        return sai_fail(err, SAI_INVALID, "more than %d keys", KEY_RING_MAX);
                struct key_entry parts = { 0 };
                sai_status status = split_entry(entry, with_algorithm, number, &parts, err);
                if (status == SAI_OK)
                        status = take(ring, &parts, number, err);
                if (status != SAI_OK)
                        return status;
        }
        return number ? SAI_OK : sai_fail(err, SAI_INVALID, "no key");
}

static sai_status take_jwt_key(void *context, const struct key_entry *entry, size_t number, struct sai_err *err)
{
        struct jwt_ring *ring = context;
        struct jwt_key *key = &ring->keys[ring->count];
        memcpy(key->id, entry->id, sizeof key->id);
        for (size_t i = 0; i < ring->count; i++) {
                if (strcmp(ring->keys[i].id, key->id) == 0)
                        return sai_fail(err, SAI_INVALID, "key %zu: its id is used twice", number);
        }
        uint8_t bytes[KEY_SECRET_MAX];
        size_t len = 0;
        if (!sai_base64_decode(entry->key.data, entry->key.len, bytes, sizeof bytes, &len))
                return sai_fail(err, SAI_INVALID, "key %zu is not standard base64 of at most %d bytes", number, KEY_SECRET_MAX);
        if (sai_text_is(entry->algorithm, "HS256")) {
                if (len < 32)
                        return sai_fail(err, SAI_INVALID, "key %zu: HS256 needs 32 bytes or more", number);
                key->algorithm = JWT_HS256;
                memcpy(key->secret, bytes, len);
                key->secret_len = len;
        } else if (sai_text_is(entry->algorithm, "EdDSA")) {
                if (len != crypto_sign_SEEDBYTES)
                        return sai_fail(err, SAI_INVALID, "key %zu: EdDSA needs a seed of 32 bytes", number);
                key->algorithm = JWT_EDDSA;
                crypto_sign_seed_keypair(key->public_key, key->secret, bytes);
                key->secret_len = crypto_sign_SECRETKEYBYTES;
        } else {
                return sai_fail(err, SAI_INVALID, "key %zu: the algorithm is HS256 or EdDSA", number);
        }
        sodium_memzero(bytes, sizeof bytes);
        ring->count++;
        return SAI_OK;
}

sai_status jwt_ring_parse(const char *text, struct jwt_ring *ret_ring, struct sai_err *err)
{
        *ret_ring = (struct jwt_ring) { 0 };
        return for_each_entry(text, true, take_jwt_key, ret_ring, err);
}

static sai_status take_data_key(void *context, const struct key_entry *entry, size_t number, struct sai_err *err)
{
        struct data_ring *ring = context;
        struct data_key *key = &ring->keys[ring->count];
        memcpy(key->id, entry->id, sizeof key->id);
        for (size_t i = 0; i < ring->count; i++) {
                if (strcmp(ring->keys[i].id, key->id) == 0)
                        return sai_fail(err, SAI_INVALID, "key %zu: its id is used twice", number);
        }
        size_t len = 0;
        if (!sai_base64_decode(entry->key.data, entry->key.len, key->secret, sizeof key->secret, &len) || len != DATA_KEY_BYTES)
                return sai_fail(err, SAI_INVALID, "key %zu is not standard base64 of 32 bytes", number);
        ring->count++;
        return SAI_OK;
}

sai_status data_ring_parse(const char *text, struct data_ring *ret_ring, struct sai_err *err)
{
        *ret_ring = (struct data_ring) { 0 };
        return for_each_entry(text, false, take_data_key, ret_ring, err);
}

/* Makes the file under another name first, so that a crash never leaves half a key behind, and links it into place, so that of two
 * processes that start at once one key wins and both use it. */
static sai_status make_key_file(const char *path, const char *text, const struct sai_random *random, struct sai_arena *arena,
                                struct sai_err *err)
{
        /* Not the process id: in a container it is the same at each start, and what a kill left behind would be in the way for ever. */
        uint64_t unique;
        sai_random_fill(random, &unique, sizeof unique);
        const char *aside = sai_arena_printf(arena, "%s.%016llx", path, (unsigned long long)unique);
        if (!aside)
                return sai_fail(err, SAI_NO_MEMORY, "key file");
        int fd = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0)
                return sai_fail(err, SAI_UNAVAILABLE, "the key file cannot be made in DATA_DIR: %s", strerror(errno));
        size_t len = strlen(text);
        bool written = write(fd, text, len) == (ssize_t)len && fsync(fd) == 0;
        close(fd);
        if (!written || (link(aside, path) != 0 && errno != EEXIST)) {
                int why = errno;
                unlink(aside);
                return sai_fail(err, SAI_UNAVAILABLE, "the key file cannot be written in DATA_DIR: %s", strerror(why));
        }
        unlink(aside);
        return SAI_OK;
}

static sai_status read_key_file(int fd, const char *file_name, struct sai_arena *arena, const char **ret_text,
                                struct sai_err *err)
{
        struct stat info;
        if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size > 4096)
                return sai_fail(err, SAI_INVALID, "%s in DATA_DIR is not a key file", file_name);
        if (info.st_mode & 077)
                return sai_fail(err, SAI_INVALID, "%s in DATA_DIR may be read by others: set its mode to 0600", file_name);
        char *text = sai_arena_alloc(arena, (size_t)info.st_size + 1);
        if (!text)
                return sai_fail(err, SAI_NO_MEMORY, "key file");
        ssize_t got = read(fd, text, (size_t)info.st_size);
        if (got != info.st_size)
                return sai_fail(err, SAI_UNAVAILABLE, "%s in DATA_DIR cannot be read", file_name);
        while (got > 0 && (text[got - 1] == '\n' || text[got - 1] == ' '))
                text[--got] = '\0';
        *ret_text = text;
        return SAI_OK;
}

sai_status key_file_read_or_make(const char *data_dir, const char *file_name, const char *prefix, const struct sai_random *random,
                                 struct sai_arena *arena, const char **ret_text, struct sai_err *err)
{
        const char *path = sai_arena_printf(arena, "%s/%s", data_dir, file_name);
        if (!path)
                return sai_fail(err, SAI_NO_MEMORY, "key file");
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0 && errno == ENOENT) {
                uint8_t key[DATA_KEY_BYTES];
                char coded[SAI_BASE64_SIZE(DATA_KEY_BYTES)];
                sai_random_fill(random, key, sizeof key);
                sai_base64_encode(key, sizeof key, coded);
                const char *text = sai_arena_printf(arena, "%s%s\n", prefix, coded);
                sodium_memzero(key, sizeof key);
                sai_status status =
                        text ? make_key_file(path, text, random, arena, err) : sai_fail(err, SAI_NO_MEMORY, "key file");
                if (status != SAI_OK)
                        return status;
                fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        }
        if (fd < 0)
                return sai_fail(err, SAI_UNAVAILABLE, "%s in DATA_DIR cannot be opened: %s", file_name, strerror(errno));
        sai_status status = read_key_file(fd, file_name, arena, ret_text, err);
        close(fd);
        return status;
}
