/* A document is what a server says it is. The first byte picks a collection; whatever follows, reading it as a row stays within its bytes
 * and the arena, and a row that was read is a row: written and read again, it is written the same a second time. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "store/mongo/mongo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct layout layouts[COLLECTIONS];
static _Alignas(max_align_t) char row[8192], back[8192];

static void check_again(const struct layout *layout, struct sai_arena *arena)
{
        MONGO_DOCUMENT(first);
        MONGO_DOCUMENT(second);
        if (mongo_write_row(layout, row, &first, NULL) != SAI_OK)
                return; /* a column may hold a number that is none */
        if (mongo_read_row(layout, &first, arena, false, back, NULL) != SAI_OK ||
            mongo_write_row(layout, back, &second, NULL) != SAI_OK || !bson_equal(&first, &second))
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        if (size == 0)
                return 0;
        struct layout *layout = &layouts[data[0] % COLLECTIONS];
        if (!layout->model && layout_make((enum collection)(data[0] % COLLECTIONS), layout, NULL) != SAI_OK)
                abort();
        struct sai_arena *arena = sai_arena_new(SAI_MIB(16));
        bson_t document;
        if (arena && bson_init_static(&document, data + 1, size - 1)) {
                if (mongo_read_row(layout, &document, NULL, true, row, NULL) == SAI_OK &&
                    mongo_read_row(layout, &document, arena, false, row, NULL) == SAI_OK)
                        check_again(layout, arena);
        }
        sai_arena_free(arena);
        return 0;
}
