/* rows.h -- the two kinds of row that only the store itself knows: claims and chunks of bytes.
 *
 * They are models like every other, so that both back ends treat them with the same engines. */
#ifndef SAI_STORE_ROWS_H
#define SAI_STORE_ROWS_H

#include "json/model.h"

/* A key that one holder has. The key is the row's identity, so the back end's own primary key makes it unique, sharded or not. */
struct claim {
        const char *key;
        struct sai_id holder;
};

enum chunk_coding { CHUNK_PLAIN, CHUNK_ZSTD };
extern const struct sai_enumeration chunk_coding_names;

/* A piece of something long. The head has the key <id> and is written last; further parts have the keys <id>.1, <id>.2, … */
struct chunk {
        const char *key;
        struct sai_id user_id;
        int64_t parts; /* head: how many parts follow it */
        int64_t length; /* head: bytes of the whole before compression; part: of this part */
        int64_t check; /* head: sai_hash of the whole before compression */
        int coding; /* of `data` */
        struct sai_bytes data;
};

extern const struct sai_model claim_model, stream_chunk_model, blob_chunk_model;

#endif
