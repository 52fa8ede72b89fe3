/* assets.h -- the pages and their libraries, inside the program.
 *
 * The service is one file: no document root to install, to mount or to keep in step with the binary. Everything is made at build time
 * (tools/embed.c), including the gzip form and the checksum, so that serving a page costs a search in a small table. Constant data,
 * safe from any thread. */
#ifndef SAI_WEB_ASSETS_H
#define SAI_WEB_ASSETS_H

#include <stddef.h>

struct web_asset {
        const char *path; /* of the URL: "/", "/docs" or "/assets/NAME" */
        const char *content_type;
        const unsigned char *data; /* as it is, `len` bytes, not terminated */
        size_t len;
        const unsigned char *gzip; /* the same gzip-coded, `gzip_len` bytes; NULL where that saves nothing */
        size_t gzip_len;
        const char *etag; /* 32 hex digits of the content's BLAKE2b, no quotes; a coded answer needs a suffix of its own */
};

/* All assets, sorted by path. */
extern const struct web_asset web_assets[];
extern const size_t web_asset_count;

/* The asset at exactly this URL path (decoded, without query), or NULL. */
const struct web_asset *web_asset_find(const char *path, size_t len);

#endif
