/* chunks.h -- bytes of any length under one id, in rows that every database takes.
 *
 * A head row says how many parts follow and what they amount to; short bytes are in the head itself. Parts are written first, the head
 * last, so that what can be read is whole; a put that was cut short reads as SAI_NOT_FOUND and may be repeated. */
#ifndef SAI_STORE_CHUNKS_H
#define SAI_STORE_CHUNKS_H

#include "store/rows.h"
#include "store/store_internal.h"

struct chunk_family {
        enum collection collection;
        enum query_id one, all;
        size_t chunk_bytes; /* per part, before compression */
        bool compress; /* false: the bytes are compressed already */
};

sai_status chunks_put(struct store *store, const struct chunk_family *family, struct sai_id user_id, struct sai_id id,
                      const void *data, size_t len, struct sai_err *err) SAI_MUST_USE;
/* `use` gets all the bytes: in `arena`, or, when one row holds them as they are, in the back end's memory, valid for the call. */
typedef sai_status (*chunks_user)(void *context, struct sai_bytes bytes, bool in_arena, struct sai_err *err);
sai_status chunks_get(struct store *store, const struct chunk_family *family, struct sai_id user_id, struct sai_id id,
                      struct sai_arena *arena, chunks_user use, void *context, struct sai_err *err) SAI_MUST_USE;
/* SAI_NOT_FOUND when nothing was there. */
sai_status chunks_delete(struct store *store, const struct chunk_family *family, struct sai_id user_id, struct sai_id id,
                         struct sai_err *err) SAI_MUST_USE;

#endif
