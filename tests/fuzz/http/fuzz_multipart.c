/* fuzz_multipart.c -- a multipart body cut at arbitrary points gives the same file, or the same refusal, as in one piece. The first byte
 * chooses the cuts. */
#include <stdint.h>
#include <stdlib.h>

#include "http/http_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
        sai_status status;
        size_t len, begun;
        uint64_t sum;
};

static sai_status begin(void *context, struct sai_text name, struct sai_err *err)
{
        struct outcome *outcome = context;
        (void)err;
        if (name.len > 255 || !sai_utf8_valid(name.data, name.len) || memchr(name.data, '/', name.len))
                abort();
        outcome->begun++;
        return SAI_OK;
}

static sai_status take(void *context, const char *bytes, size_t len, struct sai_err *err)
{
        struct outcome *outcome = context;
        (void)err;
        outcome->len += len;
        for (size_t i = 0; i < len; i++)
                outcome->sum = outcome->sum * 31 + (unsigned char)bytes[i];
        return SAI_OK;
}

static struct outcome parse(const uint8_t *data, size_t size, size_t step)
{
        struct outcome outcome = { 0 };
        struct http_multipart *multipart = NULL;
        struct http_multipart_sink sink = { .begin = begin, .data = take, .context = &outcome };
        struct sai_err err;
        if (http_multipart_new(SAI_TEXT("multipart/form-data; boundary=b"), sink, &multipart, &err) != SAI_OK)
                abort();
        for (size_t at = 0; at < size && outcome.status == SAI_OK; at += step) {
                size_t len = size - at < step ? size - at : step;
                char *piece = malloc(len); /* its own allocation, so that an overrun is seen */
                if (!piece)
                        break;
                memcpy(piece, data + at, len);
                outcome.status = http_multipart_feed(multipart, piece, len, &err);
                free(piece);
        }
        if (outcome.status == SAI_OK)
                outcome.status = http_multipart_end(multipart, &err);
        http_multipart_free(multipart);
        return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        if (size < 2 || size > SAI_KIB(64))
                return 0;
        struct outcome whole = parse(data + 1, size - 1, size - 1), cut = parse(data + 1, size - 1, (size_t)data[0] % 17 + 1);
        if (whole.status != cut.status ||
            (whole.status == SAI_OK && (whole.len != cut.len || whole.sum != cut.sum || whole.begun != 1)))
                abort();
        return 0;
}
