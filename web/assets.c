/* assets.c -- finds an asset by its URL path. The table is generated (tools/embed.c) and sorted as memcmp sorts, which the search here
 * relies on; tests/unit/web holds both to it. */
#include "web/assets.h"
#include <string.h>

static int compare_paths(const char *a, size_t a_len, const char *b, size_t b_len)
{
        int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

        if (order != 0)
                return order;
        return a_len < b_len ? -1 : a_len > b_len;
}

const struct web_asset *web_asset_find(const char *path, size_t len)
{
        size_t low = 0, high = web_asset_count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                const struct web_asset *asset = &web_assets[middle];
                int order = compare_paths(path, len, asset->path, strlen(asset->path));

                if (order == 0)
                        return asset;
                if (order < 0)
                        high = middle;
                else
                        low = middle + 1;
        }
        return NULL;
}
