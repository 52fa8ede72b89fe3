/* pages.c -- the dashboard and its files, out of the program itself: no file is ever opened by a request's path. */
#include "api/api_internal.h"

#include "web/assets.h"

/* Charts and maps set styles by script on elements (which CSP allows); nothing inline, nothing from elsewhere. */
const char api_page_csp[] =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

static bool takes_gzip(const struct sai_request *request)
{
        struct sai_text accept = sai_request_header(request, "Accept-Encoding");
        const char *at = accept.data ? memmem(accept.data, accept.len, "gzip", 4) : NULL;
        /* `gzip;q=0` refuses it; any other mention takes it. */
        return at && !memmem(at, accept.len - (size_t)(at - accept.data), "gzip;q=0", 8);
}

static sai_status serve(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        const struct web_asset *asset = web_asset_find(request->path.data, request->path.len);
        if (!asset)
                return sai_fail(err, SAI_NOT_FOUND, "no such page");
        reply->content_type = asset->content_type;
        if (asset->gzip && takes_gzip(request)) {
                reply->shared_body = (struct sai_text) { (const char *)asset->gzip, asset->gzip_len };
                reply->shared_is_gzip = true;
        } else {
                reply->shared_body = (struct sai_text) { (const char *)asset->data, asset->len };
        }
        return SAI_OK;
}

#define PAGE(path_, id, type_, text)                                                                                             \
        {                                                                                                                        \
                "GET", path_, serve, .run = SAI_RUN_INLINE, .cache = SAI_CACHE_PUBLIC, .rate = SAI_RATE_NONE, .out_type = type_, \
                                     .tag = "pages", .operation = id, .summary = text                                            \
        }
const struct sai_route page_routes[] = {
        PAGE("/", "getDashboard", "text/html", "The dashboard"),
        PAGE("/docs", "getDocs", "text/html", "This document, to read and try"),
        PAGE("/assets/:name", "getAsset", "*/*", "A file of the pages"),
        { 0 },
};
