/* What the pages rely on: every asset is found by its own path and no other, the coded form is the same content, and the pages name only
 * what is there. The table and the blob are generated, so this holds the generator to its header. */
#include "web/assets.h"

/* zlib's input pointer is const only when asked for. */
#define ZLIB_CONST
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>
#include <zlib.h>

static const struct web_asset *find(const char *path) { return web_asset_find(path, strlen(path)); }

static void every_asset_is_found_by_its_path(void **state)
{
        (void)state;
        assert_true(web_asset_count > 20);
        for (size_t i = 0; i < web_asset_count; i++)
                assert_ptr_equal(find(web_assets[i].path), &web_assets[i]);
}

static void paths_are_sorted_and_unique(void **state)
{
        (void)state;
        for (size_t i = 1; i < web_asset_count; i++)
                assert_true(strcmp(web_assets[i - 1].path, web_assets[i].path) < 0);
}

static void other_paths_find_nothing(void **state)
{
        static const char *const paths[] = {
                "",   "/docs/",  "/assets", "/assets/", "/assets/../", "/assets/main.j", "/assets/main.jsx", "/index.html",
                "//", "\xff\xff"
        };

        (void)state;
        for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
                assert_null(find(paths[i]));
        assert_null(web_asset_find("/docs", 4));
        assert_null(web_asset_find("/docs\0", 6));
}

static void gzip_holds_the_same_bytes(void **state)
{
        (void)state;
        for (size_t i = 0; i < web_asset_count; i++) {
                const struct web_asset *asset = &web_assets[i];
                unsigned char *plain = test_malloc(asset->len + 1);
                z_stream stream = { 0 };

                if (asset->gzip) {
                        assert_true(asset->gzip_len < asset->len);
                        assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
                        stream.next_in = asset->gzip;
                        stream.avail_in = (uInt)asset->gzip_len;
                        stream.next_out = plain;
                        stream.avail_out = (uInt)asset->len + 1;
                        assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
                        assert_int_equal(stream.total_out, asset->len);
                        assert_memory_equal(plain, asset->data, asset->len);
                        inflateEnd(&stream);
                }
                test_free(plain);
        }
}

static void etag_is_the_hash_of_the_content(void **state)
{
        (void)state;
        for (size_t i = 0; i < web_asset_count; i++) {
                unsigned char hash[16];
                char hex[33];

                crypto_generichash(hash, sizeof hash, web_assets[i].data, web_assets[i].len, NULL, 0);
                assert_string_equal(web_assets[i].etag, sodium_bin2hex(hex, sizeof hex, hash, sizeof hash));
        }
}

static void content_types_let_browsers_run_them(void **state)
{
        (void)state;
        assert_string_equal(find("/")->content_type, "text/html; charset=utf-8");
        assert_string_equal(find("/docs")->content_type, "text/html; charset=utf-8");
        assert_string_equal(find("/assets/main.js")->content_type, "text/javascript; charset=utf-8");
        assert_string_equal(find("/assets/style.css")->content_type, "text/css; charset=utf-8");
        assert_string_equal(find("/assets/favicon.svg")->content_type, "image/svg+xml");
}

/* Every href="/assets/…" and src="/assets/…" of a page. */
static void check_references(const struct web_asset *page)
{
        static const char prefix[] = "\"/assets/";
        const char *at = (const char *)page->data, *end = at + page->len;
        size_t count = 0;

        while ((at = memmem(at, (size_t)(end - at), prefix, sizeof prefix - 1))) {
                const char *path = at + 1, *stop = memchr(path, '"', (size_t)(end - path));

                assert_non_null(stop);
                if (!web_asset_find(path, (size_t)(stop - path)))
                        fail_msg("%s names %.*s, which is not there", page->path, (int)(stop - path), path);
                at = stop;
                count++;
        }
        assert_true(count >= 3);
}

static void pages_name_only_what_is_there(void **state)
{
        (void)state;
        check_references(find("/"));
        check_references(find("/docs"));
}

/* The content security policy would refuse them, silently for the reader. */
static void pages_have_no_inline_script_or_style(void **state)
{
        static const char *const pages[] = { "/", "/docs" };
        static const char *const inlined[] = { "<style", " style=", " onclick=", " onload=", "<script>", "javascript:" };

        (void)state;
        for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
                for (size_t k = 0; k < sizeof inlined / sizeof inlined[0]; k++)
                        assert_null(memmem(find(pages[i])->data, find(pages[i])->len, inlined[k], strlen(inlined[k])));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_asset_is_found_by_its_path), cmocka_unit_test(paths_are_sorted_and_unique),
                cmocka_unit_test(other_paths_find_nothing),         cmocka_unit_test(gzip_holds_the_same_bytes),
                cmocka_unit_test(etag_is_the_hash_of_the_content),  cmocka_unit_test(content_types_let_browsers_run_them),
                cmocka_unit_test(pages_name_only_what_is_there),    cmocka_unit_test(pages_have_no_inline_script_or_style),
        };

        if (sodium_init() < 0)
                return 1;
        return cmocka_run_group_tests(tests, NULL, NULL);
}
