/* chunks.c -- see chunks.h. Rows of a database are input like any other: lengths are checked before memory is taken for them. */
#include "store/chunks.h"

#include <stdlib.h>
#include <zstd.h>

enum { KEY_TEXT = SAI_ID_HEX + 24, ZSTD_LEVEL = 3 };

static void part_key(struct sai_id id, int64_t part, char out[KEY_TEXT])
{
        sai_id_format(id, out);
        if (part > 0)
                snprintf(out + SAI_ID_HEX, KEY_TEXT - SAI_ID_HEX, ".%lld", (long long)part);
}

/* Puts one row. Compression that does not win a sixteenth is not worth undoing at every read. */
static sai_status put_part(struct store *store, const struct chunk_family *family, struct chunk *chunk, const void *data,
                           size_t len, char *scratch, size_t scratch_size, struct sai_err *err)
{
        chunk->coding = CHUNK_PLAIN;
        chunk->data = (struct sai_bytes) { data, len };
        if (family->compress && len > 0) {
                size_t packed = ZSTD_compress(scratch, scratch_size, data, len, ZSTD_LEVEL);
                if (!ZSTD_isError(packed) && packed < len - len / 16) {
                        chunk->coding = CHUNK_ZSTD;
                        chunk->data = (struct sai_bytes) { (const uint8_t *)scratch, packed };
                }
        }
        return store->backend->ops->upsert(store->backend, family->collection, chunk, err);
}

sai_status chunks_put(struct store *store, const struct chunk_family *family, struct sai_id user_id, struct sai_id id,
                      const void *data, size_t len, struct sai_err *err)
{
        size_t room = ZSTD_compressBound(len < family->chunk_bytes ? len : family->chunk_bytes);
        char *scratch = family->compress ? malloc(room) : NULL;
        if (family->compress && !scratch)
                return sai_fail(err, SAI_NO_MEMORY, "bytes to be stored");
        char key[KEY_TEXT];
        size_t parts = len <= family->chunk_bytes ? 0 : (len + family->chunk_bytes - 1) / family->chunk_bytes;
        sai_status status = SAI_OK;
        for (size_t i = 0; i < parts && status == SAI_OK; i++) {
                size_t offset = i * family->chunk_bytes;
                size_t part_len = len - offset < family->chunk_bytes ? len - offset : family->chunk_bytes;
                part_key(id, (int64_t)i + 1, key);
                struct chunk part = { .key = key, .user_id = user_id, .length = (int64_t)part_len };
                status = put_part(store, family, &part, (const char *)data + offset, part_len, scratch, room, err);
        }
        if (status == SAI_OK) {
                part_key(id, 0, key);
                struct chunk head = { .key = key,
                                      .user_id = user_id,
                                      .parts = (int64_t)parts,
                                      .length = (int64_t)len,
                                      .check = (int64_t)sai_hash(data, len, 0) };
                status = put_part(store, family, &head, data, parts ? 0 : len, scratch, room, err);
        }
        free(scratch);
        return status;
}

struct reading {
        const struct chunk_family *family;
        struct sai_arena *arena;
        chunks_user use;
        void *context;
        struct chunk head; /* without its data */
        char *whole; /* of head.length, when there are parts or the head is compressed */
        size_t filled;
};

static sai_status damaged(const struct chunk_family *family, struct sai_err *err)
{
        return sai_fail(err, SAI_INTERNAL, "a row of %s cannot be read", collections[family->collection].model->collection);
}

/* Adds a row's bytes to the whole. */
static sai_status append(struct reading *reading, const struct chunk *chunk, size_t length, struct sai_err *err)
{
        if (length > (size_t)reading->head.length - reading->filled)
                return damaged(reading->family, err);
        char *target = reading->whole + reading->filled;
        if (chunk->coding == CHUNK_ZSTD) {
                if (ZSTD_decompress(target, length, chunk->data.data, chunk->data.len) != length)
                        return damaged(reading->family, err);
        } else if (chunk->data.len != length) {
                return damaged(reading->family, err);
        } else if (length) {
                memcpy(target, chunk->data.data, length);
        }
        reading->filled += length;
        return SAI_OK;
}

static sai_status finish(struct reading *reading, struct sai_bytes bytes, struct sai_err *err)
{
        if (bytes.len != (size_t)reading->head.length || (int64_t)sai_hash(bytes.data, bytes.len, 0) != reading->head.check)
                return damaged(reading->family, err);
        return reading->use(reading->context, bytes, reading->whole != NULL, err);
}

static sai_status read_head(void *context, const void *row, struct sai_err *err)
{
        struct reading *reading = context;
        const struct chunk *head = row;
        reading->head = *head;
        reading->head.data = (struct sai_bytes) { 0 };
        size_t most = reading->family->chunk_bytes;
        if (head->parts < 0 || head->length < 0 || head->length > (int64_t)SAI_MAX_BLOB ||
            (uint64_t)head->length > (head->parts ? (uint64_t)head->parts * most : most))
                return damaged(reading->family, err);
        if (head->parts == 0 && head->coding == CHUNK_PLAIN)
                return finish(reading, head->data, err);
        reading->whole = sai_arena_alloc(reading->arena, (size_t)head->length);
        if (!reading->whole)
                return sai_fail(err, SAI_NO_MEMORY, "bytes of %s", collections[reading->family->collection].model->collection);
        if (head->parts > 0)
                return SAI_OK;
        sai_status status = append(reading, head, (size_t)head->length, err);
        return status == SAI_OK ? finish(reading, (struct sai_bytes) { (const uint8_t *)reading->whole, reading->filled }, err)
                                : status;
}

static sai_status read_part(void *context, const void *row, struct sai_err *err)
{
        struct reading *reading = context;
        const struct chunk *part = row;
        if (part->length < 0 || part->length > (int64_t)reading->family->chunk_bytes)
                return damaged(reading->family, err);
        return append(reading, part, (size_t)part->length, err);
}

/* Visits the one row of a key and tells whether it was there. */
static sai_status visit_one(struct store *store, struct reading *reading, struct sai_id user_id, struct sai_id id, int64_t part,
                            row_visitor visit, struct sai_err *err)
{
        char key[KEY_TEXT];
        part_key(id, part, key);
        reading->head.parts = part == 0 ? -1 : reading->head.parts;
        size_t filled = reading->filled;
        const struct request request = { .query = reading->family->one,
                                         .values = VALUES(V_TEXT(key), V_ID(user_id)),
                                         .limit = 1 };
        sai_status status = store->backend->ops->visit(store->backend, &request, NULL, visit, reading, err);
        if (status != SAI_OK)
                return status;
        if (part == 0 ? reading->head.parts < 0 : reading->filled == filled)
                return sai_fail(err, SAI_NOT_FOUND, "no such bytes");
        return SAI_OK;
}

sai_status chunks_get(struct store *store, const struct chunk_family *family, struct sai_id user_id, struct sai_id id,
                      struct sai_arena *arena, chunks_user use, void *context, struct sai_err *err)
{
        struct reading reading = { .family = family, .arena = arena, .use = use, .context = context };
        sai_status status = visit_one(store, &reading, user_id, id, 0, read_head, err);
        if (status != SAI_OK || reading.head.parts == 0)
                return status;
        for (int64_t part = 1; part <= reading.head.parts && status == SAI_OK; part++)
                status = visit_one(store, &reading, user_id, id, part, read_part, err);
        if (status != SAI_OK)
                return status;
        return finish(&reading, (struct sai_bytes) { (const uint8_t *)reading.whole, reading.filled }, err);
}

sai_status chunks_delete(struct store *store, const struct chunk_family *family, struct sai_id user_id, struct sai_id id,
                         struct sai_err *err)
{
        /* Keys of the id and its parts lie between <id> and <id>/ because '/' follows '.'. */
        char first[KEY_TEXT], end[KEY_TEXT] = { 0 };
        part_key(id, 0, first);
        part_key(id, 0, end);
        end[SAI_ID_HEX] = '/';
        int64_t deleted = 0;
        sai_status status = store_remove(store, family->all, VALUES(V_TEXT(first), V_TEXT(end), V_ID(user_id)), &deleted, err);
        if (status == SAI_OK && deleted == 0)
                return sai_fail(err, SAI_NOT_FOUND, "no such bytes");
        return status;
}
