/* gzip.c -- opening a gzip file with bounds on what comes out.
 *
 * Exports hold their recordings compressed. The output grows by doubling, never beyond the size of a recording, and past the first MiB
 * not beyond what real recordings compress to. A file may have several members; what follows the last is ignored. */
#include "files/formats.h"

/* zlib then takes its input as const. */
#define ZLIB_CONST
#include "base/limits.h"
#include <zlib.h>

enum { GZIP_ONLY = 16 + MAX_WBITS, FREE_RATIO_BYTES = 1 << 20, FIRST_OUTPUT = 1 << 16 };

struct output {
        uint8_t *data;
        size_t len, capacity;
};

bool gzip_sniff(const void *data, size_t len)
{
        const uint8_t *bytes = data;
        return len >= 18 && bytes[0] == 0x1F && bytes[1] == 0x8B && bytes[2] == 8;
}

static bool begin(z_stream *stream, const void *data, size_t len)
{
        *stream = (z_stream) { .next_in = data, .avail_in = (uInt)len };
        return inflateInit2(stream, GZIP_ONLY) == Z_OK;
}

size_t gzip_peek(const void *data, size_t len, void *ret_bytes, size_t size)
{
        z_stream stream;
        if (!gzip_sniff(data, len) || len > UINT32_MAX || !begin(&stream, data, len))
                return 0;
        stream.next_out = ret_bytes;
        stream.avail_out = (uInt)size;
        (void)inflate(&stream, Z_SYNC_FLUSH);
        inflateEnd(&stream);
        return size - stream.avail_out;
}

static bool make_room(struct output *output)
{
        if (output->len < output->capacity)
                return true;
        size_t capacity = output->capacity ? output->capacity * 2 : FIRST_OUTPUT;
        uint8_t *larger = realloc(output->data, capacity);
        if (!larger)
                return false;
        output->data = larger;
        output->capacity = capacity;
        return true;
}

static bool too_much(const struct output *output, size_t len)
{
        return output->len > SAI_MAX_RECORDING_FILE ||
               (output->len > FREE_RATIO_BYTES && output->len / SAI_MAX_DECOMPRESSION_RATIO > len);
}

/* Z_STREAM_END when all members were read; any other code of zlib when not; Z_BUF_ERROR for input that ends early. */
static int inflate_all(z_stream *stream, size_t len, struct output *output)
{
        for (;;) {
                if (!make_room(output))
                        return Z_MEM_ERROR;
                stream->next_out = output->data + output->len;
                stream->avail_out = (uInt)(output->capacity - output->len);
                int code = inflate(stream, Z_NO_FLUSH);
                output->len = output->capacity - stream->avail_out;
                if (too_much(output, len))
                        return Z_VERSION_ERROR;
                if (code == Z_STREAM_END) {
                        if (!gzip_sniff(stream->next_in, stream->avail_in))
                                return Z_STREAM_END;
                        code = inflateReset(stream);
                }
                if (code == Z_OK && stream->avail_in == 0 && stream->avail_out > 0)
                        return Z_BUF_ERROR;
                if (code != Z_OK)
                        return code;
        }
}

sai_status gzip_open(const void *data, size_t len, struct notes *notes, void **ret_data, size_t *ret_len,
                     const char **reterr_reason, struct sai_err *err)
{
        z_stream stream;
        struct output output = { 0 };
        if (!begin(&stream, data, len))
                return sai_fail(err, SAI_NO_MEMORY, "opening gzip");
        int code = inflate_all(&stream, len, &output);
        size_t read = len - stream.avail_in;
        inflateEnd(&stream);
        if (code == Z_MEM_ERROR) {
                free(output.data);
                return sai_fail(err, SAI_NO_MEMORY, "%zu bytes from gzip", output.len);
        }
        if (code == Z_VERSION_ERROR) {
                free(output.data);
                *reterr_reason = "too_large";
                return sai_fail(err, SAI_INVALID, "%zu bytes of gzip open to more than a recording can have", len);
        }
        if (code != Z_STREAM_END && output.len == 0) {
                free(output.data);
                *reterr_reason = code == Z_BUF_ERROR ? "truncated" : "corrupt";
                return sai_fail(err, SAI_INVALID, "gzip is damaged at byte %zu", read);
        }
        if (code != Z_STREAM_END)
                notes_add(notes, "gzip %s at byte %zu", code == Z_BUF_ERROR ? "ends early" : "is damaged", read);
        *ret_data = output.data;
        *ret_len = output.len;
        return SAI_OK;
}
