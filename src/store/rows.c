/* rows.c -- the tables of rows.h. */
#include "store/rows.h"

#define CLAIM(m, ...) SAI_FIELD(struct claim, m, __VA_ARGS__)
static const struct sai_field claim_fields[] = {
        CLAIM(key, .flags = SAI_F_KEY | SAI_F_COLUMN),
        CLAIM(holder, .flags = SAI_F_COLUMN),
};
const struct sai_model claim_model = SAI_MODEL_OF(struct claim, claim_fields, "Claim", .collection = "claims");

static const char *const chunk_coding_values[] = { "plain", "zstd", NULL };
const struct sai_enumeration chunk_coding_names = { "ChunkCoding", chunk_coding_values };

#define CHUNK(m, ...) SAI_FIELD(struct chunk, m, __VA_ARGS__)
static const struct sai_field chunk_fields[] = {
        CHUNK(key, .flags = SAI_F_KEY | SAI_F_COLUMN),
        CHUNK(user_id, .flags = SAI_F_COLUMN),
        CHUNK(parts, .flags = SAI_F_COLUMN),
        CHUNK(length, .flags = SAI_F_COLUMN),
        CHUNK(check, .flags = SAI_F_COLUMN),
        CHUNK(coding, .enumeration = &chunk_coding_names, .flags = SAI_F_COLUMN),
        CHUNK(data, .flags = SAI_F_COLUMN),
};
const struct sai_model stream_chunk_model = SAI_MODEL_OF(struct chunk, chunk_fields, "StreamChunk", .collection = "streams");
const struct sai_model blob_chunk_model = SAI_MODEL_OF(struct chunk, chunk_fields, "BlobChunk", .collection = "blobs");
