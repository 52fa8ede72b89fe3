/* embed.c -- turns the folder of web assets into one blob and the C table that points into it (web/assets.h).
 *
 *   embed DIR TABLE.c BLOB
 *
 * A build tool. The blob holds each file as it is and, where that saves something, gzip-coded at the highest level: paid once here
 * instead of at every answer. Files are taken in the order of their URL paths and nothing depends on the clock or on the order of the
 * directory, so the same files give the same bytes. The table pulls the blob in with .incbin, which gcc and clang understand alike. */
#include <dirent.h>
#include <errno.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
        MAX_ASSETS = 256,
        MAX_FILE = 16 * 1024 * 1024, /* a file larger than this does not belong on a page */
        MIN_GZIP = 256, /* below it the header of gzip costs more than the coding saves */
        ALIGNMENT = 16,
        HASH_BYTES = 16,
};

struct asset {
        char file[512];
        char path[288];
        const char *content_type;
        size_t offset, len;
        size_t gzip_offset, gzip_len; /* 0: not kept */
        char etag[2 * HASH_BYTES + 1];
};

struct bytes {
        unsigned char *data;
        size_t len;
};

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        fputs("embed: ", stderr);
        vfprintf(stderr, format, arguments);
        fputc('\n', stderr);
        va_end(arguments);
        exit(1);
}

static const char *content_type_of(const char *name)
{
        static const struct {
                const char *suffix, *type;
        } types[] = {
                { ".html", "text/html; charset=utf-8" }, { ".js", "text/javascript; charset=utf-8" },
                { ".css", "text/css; charset=utf-8" },   { ".svg", "image/svg+xml" },
                { ".txt", "text/plain; charset=utf-8" },
        };
        const char *suffix = strrchr(name, '.');

        for (size_t i = 0; suffix && i < sizeof types / sizeof types[0]; i++)
                if (strcmp(suffix, types[i].suffix) == 0)
                        return types[i].type;
        die("%s: no content type for this name", name);
}

/* The names end up in C string literals and in URLs: what would need quoting in either is refused. */
static void check_name(const char *name)
{
        if (name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")] != '\0')
                die("%s: only letters, digits, '.', '_' and '-' are allowed in a name", name);
}

static void set_paths(struct asset *asset, const char *folder, const char *name)
{
        int written = snprintf(asset->file, sizeof asset->file, "%s/%s", folder, name);

        if (written < 0 || (size_t)written >= sizeof asset->file)
                die("%s: path too long", name);
        if (strcmp(name, "index.html") == 0)
                snprintf(asset->path, sizeof asset->path, "/");
        else if (strcmp(name, "docs.html") == 0)
                snprintf(asset->path, sizeof asset->path, "/docs");
        else
                snprintf(asset->path, sizeof asset->path, "/assets/%s", name);
        asset->content_type = content_type_of(name);
}

static size_t list_folder(const char *folder, struct asset assets[static MAX_ASSETS])
{
        DIR *directory = opendir(folder);
        const struct dirent *entry;
        size_t count = 0;

        if (!directory)
                die("%s: %s", folder, strerror(errno));
        while ((entry = readdir(directory))) {
                if (entry->d_name[0] == '.')
                        continue;
                if (count == MAX_ASSETS)
                        die("%s: more than %d files", folder, MAX_ASSETS);
                check_name(entry->d_name);
                set_paths(&assets[count++], folder, entry->d_name);
        }
        closedir(directory);
        return count;
}

static int by_path(const void *a, const void *b)
{
        return strcmp(((const struct asset *)a)->path, ((const struct asset *)b)->path);
}

static struct bytes read_whole(const char *file)
{
        struct bytes bytes = { malloc(MAX_FILE + 1), 0 };
        FILE *in = fopen(file, "rb");

        if (!in || !bytes.data)
                die("%s: %s", file, strerror(errno));
        bytes.len = fread(bytes.data, 1, MAX_FILE + 1, in);
        if (ferror(in))
                die("%s: %s", file, strerror(errno));
        if (bytes.len > MAX_FILE)
                die("%s: larger than %d bytes", file, MAX_FILE);
        fclose(in);
        return bytes;
}

static struct bytes gzip_of(struct bytes plain)
{
        z_stream stream = { 0 };
        struct bytes coded;

        /* 15 + 16: the largest window, in a gzip wrapper; zlib leaves its time field zero. */
        if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK)
                die("zlib does not start");
        coded.len = deflateBound(&stream, (uLong)plain.len);
        coded.data = malloc(coded.len);
        if (!coded.data)
                die("out of memory");
        stream.next_in = plain.data;
        stream.avail_in = (uInt)plain.len;
        stream.next_out = coded.data;
        stream.avail_out = (uInt)coded.len;
        if (deflate(&stream, Z_FINISH) != Z_STREAM_END)
                die("zlib does not finish");
        coded.len = stream.total_out;
        deflateEnd(&stream);
        return coded;
}

static void hash_of(struct bytes plain, char etag[static 2 * HASH_BYTES + 1])
{
        unsigned char hash[HASH_BYTES];

        crypto_generichash(hash, sizeof hash, plain.data, plain.len, NULL, 0);
        sodium_bin2hex(etag, 2 * HASH_BYTES + 1, hash, sizeof hash);
}

/* Appends to the blob and returns where the bytes begin. */
static size_t append(FILE *blob, size_t *position, struct bytes bytes)
{
        static const unsigned char padding[ALIGNMENT] = { 0 };
        size_t pad = (ALIGNMENT - *position % ALIGNMENT) % ALIGNMENT;
        size_t start = *position + pad;

        if (fwrite(padding, 1, pad, blob) != pad || fwrite(bytes.data, 1, bytes.len, blob) != bytes.len)
                die("blob: %s", strerror(errno));
        *position = start + bytes.len;
        return start;
}

static void write_blob(const char *file, struct asset *assets, size_t count)
{
        FILE *blob = fopen(file, "wb");
        size_t position = 0;

        if (!blob)
                die("%s: %s", file, strerror(errno));
        for (size_t i = 0; i < count; i++) {
                struct bytes plain = read_whole(assets[i].file);
                struct bytes coded = gzip_of(plain);

                hash_of(plain, assets[i].etag);
                assets[i].len = plain.len;
                assets[i].offset = append(blob, &position, plain);
                if (plain.len >= MIN_GZIP && coded.len < plain.len) {
                        assets[i].gzip_len = coded.len;
                        assets[i].gzip_offset = append(blob, &position, coded);
                }
                free(plain.data);
                free(coded.data);
        }
        if (fclose(blob) != 0)
                die("%s: %s", file, strerror(errno));
}

static void write_row(FILE *out, const struct asset *asset)
{
        fprintf(out, "        { \"%s\", \"%s\", blob + %zu, %zu, ", asset->path, asset->content_type, asset->offset, asset->len);
        if (asset->gzip_len > 0)
                fprintf(out, "blob + %zu, %zu, ", asset->gzip_offset, asset->gzip_len);
        else
                fputs("NULL, 0, ", out);
        fprintf(out, "\"%s\" },\n", asset->etag);
}

static void write_table(const char *file, const char *blob_file, const struct asset *assets, size_t count)
{
        char *blob_path = realpath(blob_file, NULL);
        FILE *out = fopen(file, "w");

        if (!out || !blob_path)
                die("%s: %s", file, strerror(errno));
        if (strpbrk(blob_path, "\"\\\n"))
                die("%s: the assembler cannot be given this path", blob_path);
        fputs("/* Made by tools/embed from the pages; do not edit. */\n#include \"web/assets.h\"\n\n", out);
        fprintf(out,
                "__asm__(\".pushsection .rodata.web_blob,\\\"a\\\"\\n\"\n"
                "        \".balign %d\\n\"\n"
                "        \".hidden web_blob\\n\"\n"
                "        \".globl web_blob\\n\"\n"
                "        \"web_blob:\\n\"\n"
                "        \".incbin \\\"%s\\\"\\n\"\n"
                "        \".popsection\\n\");\n\n"
                "extern const unsigned char blob[] __asm__(\"web_blob\") __attribute__((visibility(\"hidden\")));\n\n"
                "const struct web_asset web_assets[] = {\n",
                ALIGNMENT, blob_path);
        for (size_t i = 0; i < count; i++)
                write_row(out, &assets[i]);
        fprintf(out, "};\n\nconst size_t web_asset_count = %zu;\n", count);
        if (fclose(out) != 0)
                die("%s: %s", file, strerror(errno));
        free(blob_path);
}

int main(int argc, char **argv)
{
        static struct asset assets[MAX_ASSETS];
        size_t count;

        if (argc != 4) {
                fputs("usage: embed DIR TABLE.c BLOB\n", stderr);
                return 2;
        }
        if (sodium_init() < 0)
                die("libsodium does not start");
        count = list_folder(argv[1], assets);
        if (count == 0)
                die("%s: no files", argv[1]);
        qsort(assets, count, sizeof assets[0], by_path);
        write_blob(argv[3], assets, count);
        write_table(argv[2], argv[3], assets, count);
        return 0;
}
