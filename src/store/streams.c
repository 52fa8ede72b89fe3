/* streams.c -- sampled columns, kept as stream_coding.h writes them. */
#include "store/chunks.h"
#include "store/stream_coding.h"

static const struct chunk_family family = { COLLECTION_STREAMS, QUERY_STREAM_CHUNK, QUERY_STREAM_CHUNKS, SAI_MAX_STREAM_CHUNK,
                                            false };

sai_status store_streams_put(struct store *store, struct sai_id user_id, struct sai_id id, const struct streams *streams,
                             struct sai_err *err)
{
        struct sai_buf buf;
        sai_buf_init(&buf, SAI_MAX_BLOB);
        sai_status status = streams_encode(streams, &buf, err);
        if (status == SAI_OK)
                status = chunks_put(store, &family, user_id, id, buf.data, buf.len, err);
        sai_buf_done(&buf);
        return status;
}

struct decoding {
        uint32_t channels;
        struct sai_arena *arena;
        struct streams *streams;
};

static sai_status decode(void *context, struct sai_bytes bytes, bool in_arena, struct sai_err *err)
{
        (void)in_arena;
        const struct decoding *decoding = context;
        return streams_decode(bytes, decoding->channels, decoding->arena, decoding->streams, err);
}

sai_status store_streams_get(struct store *store, struct sai_id user_id, struct sai_id id, uint32_t channels,
                             struct sai_arena *arena, struct streams *ret_streams, struct sai_err *err)
{
        struct decoding decoding = { channels, arena, ret_streams };
        return chunks_get(store, &family, user_id, id, arena, decode, &decoding, err);
}

sai_status store_streams_delete(struct store *store, struct sai_id user_id, struct sai_id id, struct sai_err *err)
{
        return chunks_delete(store, &family, user_id, id, err);
}
