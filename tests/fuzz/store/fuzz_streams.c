/* A row of streams is what a database says it is. Whatever it says, reading it stays within its bytes and its memory, and what was read
 * is a recording like any other: written and read again it is the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "store/stream_coding.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_again(const struct streams *streams)
{
        struct sai_buf buf;
        sai_buf_init(&buf, SAI_MAX_BLOB);
        struct sai_arena *arena = sai_arena_new(SAI_MIB(64));
        struct streams back;
        /* Decimals of the row may be other than those that are kept now: then values may not fit. */
        if (arena && streams_encode(streams, &buf, NULL) == SAI_OK &&
            streams_decode((struct sai_bytes) { (const uint8_t *)buf.data, buf.len }, 0, arena, &back, NULL) == SAI_OK) {
                if (back.count != streams->count)
                        abort();
                for (int c = 0; c < STREAM_CHANNELS; c++) {
                        if (!back.channel[c] != !streams->channel[c])
                                abort();
                        for (size_t i = 0; back.channel[c] && i < back.count; i++)
                                if (isnan(back.channel[c][i]) != isnan(streams->channel[c][i]))
                                        abort();
                }
        }
        sai_buf_done(&buf);
        sai_arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct sai_arena *arena = sai_arena_new(SAI_MIB(16));
        if (!arena)
                return 0;
        const struct sai_bytes bytes = { data, size };
        struct streams all, some;
        sai_status status = streams_decode(bytes, 0, arena, &all, NULL);
        if (status == SAI_OK)
                check_again(&all);
        /* Fewer channels never fail where all of them could be read. */
        if (streams_decode(bytes, 1u << STREAM_TIME | 1u << STREAM_HEARTRATE, arena, &some, NULL) != SAI_OK && status == SAI_OK &&
            sai_arena_used(arena) < SAI_MIB(4))
                abort();
        sai_arena_free(arena);
        return 0;
}
