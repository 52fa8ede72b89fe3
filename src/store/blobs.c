/* blobs.c -- originals: the files that athletes uploaded and the raw answers of Strava. */
#include "store/chunks.h"

static const struct chunk_family blobs = { COLLECTION_BLOBS, QUERY_BLOB_CHUNK, QUERY_BLOB_CHUNKS, SAI_MAX_BLOB_CHUNK, true };

sai_status store_blob_put(struct store *store, struct sai_id user_id, struct sai_id id, const void *data, size_t len,
                          struct sai_err *err)
{
        if (len > SAI_MAX_BLOB)
                return sai_fail(err, SAI_TOO_LARGE, "too long to be stored");
        return chunks_put(store, &blobs, user_id, id, data, len, err);
}

struct keeping {
        struct sai_arena *arena;
        struct sai_bytes bytes;
};

static sai_status keep(void *context, struct sai_bytes bytes, bool in_arena, struct sai_err *err)
{
        struct keeping *keeping = context;
        keeping->bytes = bytes;
        if (!in_arena)
                keeping->bytes.data = sai_arena_memdup(keeping->arena, bytes.data, bytes.len);
        return keeping->bytes.data ? SAI_OK : sai_fail(err, SAI_NO_MEMORY, "bytes of an original");
}

sai_status store_blob_get(struct store *store, struct sai_id user_id, struct sai_id id, struct sai_arena *arena,
                          struct sai_bytes *ret_data, struct sai_err *err)
{
        struct keeping keeping = { .arena = arena };
        sai_status status = chunks_get(store, &blobs, user_id, id, arena, keep, &keeping, err);
        if (status == SAI_OK)
                *ret_data = keeping.bytes;
        return status;
}

sai_status store_blob_delete(struct store *store, struct sai_id user_id, struct sai_id id, struct sai_err *err)
{
        return chunks_delete(store, &blobs, user_id, id, err);
}
