/* stream_coding.c -- see stream_coding.h. */
#include "store/stream_coding.h"

#include <math.h>
#include <stdlib.h>
#include <zstd.h>

#include "base/limits.h"

enum { VERSION = 1, ZSTD_LEVEL = 3, VARINT_MAX = 10 };
enum { FLAG_ORDER = 3, FLAG_MASK = 4, FLAG_ZSTD = 8 };
static const char magic[4] = { 'S', 'A', 'I', 'S' };
static const double exact_limit = 9007199254740992.0; /* 2^53 */
static const double powers[SAI_MAX_STREAM_DECIMALS + 1] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9 };

static uint64_t zigzag(int64_t value) { return ((uint64_t)value << 1) ^ (uint64_t)(value >> 63); }

static int64_t unzigzag(uint64_t value) { return (int64_t)((value >> 1) ^ (0 - (value & 1))); }

static size_t varint_len(uint64_t value)
{
        size_t len = 1;
        for (; value >= 0x80; value >>= 7)
                len++;
        return len;
}

static uint8_t *varint_write(uint8_t *out, uint64_t value)
{
        for (; value >= 0x80; value >>= 7)
                *out++ = (uint8_t)(value | 0x80);
        *out++ = (uint8_t)value;
        return out;
}

/* -- Writing ------------------------------------------------------------------------------------------------------- */

/* What one column needs on its way, reused for the next. */
struct packer {
        size_t count;
        int64_t *values; /* those that are present, scaled */
        uint8_t *bytes;
        size_t bytes_size;
        uint8_t *packed;
        size_t packed_size;
        ZSTD_CCtx *zstd;
};

static void packer_done(struct packer *packer)
{
        free(packer->values);
        free(packer->bytes);
        free(packer->packed);
        ZSTD_freeCCtx(packer->zstd);
}

static sai_status packer_init(struct packer *packer, size_t count, struct sai_err *err)
{
        /* Every sample is a difference, and at worst every one also ends a run. */
        *packer = (struct packer) { .count = count, .bytes_size = (2 * count + 2) * VARINT_MAX };
        packer->packed_size = ZSTD_compressBound(packer->bytes_size);
        packer->values = malloc((count + 1) * sizeof *packer->values);
        packer->bytes = malloc(packer->bytes_size);
        packer->packed = malloc(packer->packed_size);
        packer->zstd = ZSTD_createCCtx();
        if (packer->values && packer->bytes && packer->packed && packer->zstd)
                return SAI_OK;
        packer_done(packer);
        return sai_fail(err, SAI_NO_MEMORY, "streams");
}

static sai_status scale(struct packer *packer, const double *column, enum stream_channel channel, size_t *ret_present,
                        struct sai_err *err)
{
        double factor = powers[stream_infos[channel].decimals];
        size_t present = 0;
        for (size_t i = 0; i < packer->count; i++) {
                if (isnan(column[i]))
                        continue;
                double scaled = round(column[i] * factor);
                if (!(fabs(scaled) <= exact_limit))
                        return sai_fail(err, SAI_INVALID, "a value of channel %s is too large to be kept",
                                        stream_infos[channel].key);
                packer->values[present++] = (int64_t)scaled;
        }
        *ret_present = present;
        return SAI_OK;
}

/* Values stay within 2^53, so second differences stay within 2^55. */
static int64_t difference(const int64_t *values, size_t i, int order)
{
        if (order == 0 || i == 0)
                return values[i];
        int64_t first = values[i] - values[i - 1];
        if (order == 1 || i == 1)
                return first;
        return first - (values[i - 1] - values[i - 2]);
}

static int best_order(const int64_t *values, size_t present)
{
        size_t len[3] = { 0 };
        for (size_t i = 0; i < present; i++)
                for (int order = 0; order < 3; order++)
                        len[order] += varint_len(zigzag(difference(values, i, order)));
        int best = 0;
        for (int order = 1; order < 3; order++)
                if (len[order] < len[best])
                        best = order;
        return best;
}

/* Lengths of runs, present and missing in turn, present first. */
static uint8_t *write_mask(uint8_t *out, const double *column, size_t count)
{
        bool missing = false;
        size_t run = 0;
        for (size_t i = 0; i < count; i++) {
                if (isnan(column[i]) != missing) {
                        out = varint_write(out, run);
                        run = 0;
                        missing = !missing;
                }
                run++;
        }
        return varint_write(out, run);
}

struct packed_channel {
        uint8_t flags;
        size_t len, stored;
        const uint8_t *data;
};

static sai_status pack(struct packer *packer, const double *column, enum stream_channel channel,
                       struct packed_channel *ret_packed, struct sai_err *err)
{
        size_t present = 0;
        sai_status status = scale(packer, column, channel, &present, err);
        if (status != SAI_OK)
                return status;
        int order = best_order(packer->values, present);
        struct packed_channel packed = { .flags = (uint8_t)order, .data = packer->bytes };
        uint8_t *out = packer->bytes;
        if (present < packer->count) {
                packed.flags |= FLAG_MASK;
                out = write_mask(out, column, packer->count);
        }
        for (size_t i = 0; i < present; i++)
                out = varint_write(out, zigzag(difference(packer->values, i, order)));
        packed.len = packed.stored = (size_t)(out - packer->bytes);
        size_t compressed =
                ZSTD_compressCCtx(packer->zstd, packer->packed, packer->packed_size, packer->bytes, packed.len, ZSTD_LEVEL);
        if (!ZSTD_isError(compressed) && compressed < packed.len) {
                packed.flags |= FLAG_ZSTD;
                packed.stored = compressed;
                packed.data = packer->packed;
        }
        *ret_packed = packed;
        return SAI_OK;
}

static void append_varint(struct sai_buf *buf, uint64_t value)
{
        uint8_t bytes[VARINT_MAX];
        sai_buf_append(buf, bytes, (size_t)(varint_write(bytes, value) - bytes));
}

static sai_status encode_channels(const struct streams *streams, struct packer *packer, struct sai_buf *directory,
                                  struct sai_buf *body, struct sai_err *err)
{
        for (int c = 0; c < STREAM_CHANNELS; c++) {
                if (!streams->channel[c])
                        continue;
                struct packed_channel packed;
                sai_status status = pack(packer, streams->channel[c], (enum stream_channel)c, &packed, err);
                if (status != SAI_OK)
                        return status;
                sai_buf_char(directory, (char)c);
                sai_buf_char(directory, (char)stream_infos[c].decimals);
                sai_buf_char(directory, (char)packed.flags);
                append_varint(directory, packed.len);
                append_varint(directory, packed.stored);
                sai_buf_append(body, packed.data, packed.stored);
        }
        return SAI_OK;
}

sai_status streams_encode(const struct streams *streams, struct sai_buf *buf, struct sai_err *err)
{
        if (streams->count > SAI_MAX_RECORDING_POINTS)
                return sai_fail(err, SAI_INVALID, "too many samples");
        struct packer packer;
        sai_status status = packer_init(&packer, streams->count, err);
        if (status != SAI_OK)
                return status;
        int channels = 0;
        for (int c = 0; c < STREAM_CHANNELS; c++)
                channels += streams->channel[c] != NULL;
        sai_buf_append(buf, magic, sizeof magic);
        sai_buf_char(buf, VERSION);
        sai_buf_char(buf, (char)channels);
        append_varint(buf, streams->count);
        struct sai_buf body;
        sai_buf_init(&body, buf->max);
        status = encode_channels(streams, &packer, buf, &body, err);
        sai_buf_append(buf, body.data, body.len);
        if (status == SAI_OK)
                status = sai_buf_status(&body, err);
        if (status == SAI_OK)
                status = sai_buf_status(buf, err);
        sai_buf_done(&body);
        packer_done(&packer);
        return status;
}

/* -- Reading ------------------------------------------------------------------------------------------------------- */

struct cursor {
        const uint8_t *at, *end;
};

static bool read_byte(struct cursor *cursor, uint8_t *ret)
{
        if (cursor->at == cursor->end)
                return false;
        *ret = *cursor->at++;
        return true;
}

static bool read_varint(struct cursor *cursor, uint64_t *ret)
{
        uint64_t value = 0;
        for (unsigned shift = 0; shift < 64 && cursor->at < cursor->end; shift += 7) {
                uint8_t byte = *cursor->at++;
                value |= (uint64_t)(byte & 0x7F) << shift;
                if (byte < 0x80) {
                        *ret = value;
                        return true;
                }
        }
        return false;
}

struct entry {
        uint8_t channel, decimals, flags;
        size_t len;
        struct cursor stored;
};

/* `values_len` bytes hold `count` samples at most: lengths that cannot be are refused before any memory is taken. */
static bool read_entry(struct cursor *cursor, size_t count, struct entry *entry, uint64_t *ret_stored)
{
        uint64_t len;
        if (!read_byte(cursor, &entry->channel) || !read_byte(cursor, &entry->decimals) || !read_byte(cursor, &entry->flags) ||
            !read_varint(cursor, &len) || !read_varint(cursor, ret_stored))
                return false;
        entry->len = (size_t)len;
        return entry->channel < STREAM_CHANNELS && entry->decimals <= SAI_MAX_STREAM_DECIMALS &&
               (entry->flags & FLAG_ORDER) < 3 && entry->flags <= (FLAG_ORDER | FLAG_MASK | FLAG_ZSTD) &&
               len <= (2 * (uint64_t)count + 2) * VARINT_MAX;
}

/* Marks the samples of the column that are missing with NaN, the others with 0, and tells how many are there. */
static bool read_mask(struct cursor *cursor, double *column, size_t count)
{
        size_t i = 0;
        for (bool missing = false; i < count; missing = !missing) {
                uint64_t run;
                if (!read_varint(cursor, &run) || run > count - i || (run == 0 && i > 0))
                        return false;
                for (size_t end = i + (size_t)run; i < end; i++)
                        column[i] = missing ? (double)NAN : 0.0;
        }
        return true;
}

static bool read_values(struct cursor *cursor, const struct entry *entry, double *column, size_t count)
{
        double divisor = powers[entry->decimals];
        int order = entry->flags & FLAG_ORDER;
        uint64_t value = 0, step = 0; /* unsigned: sums of hostile differences wrap instead of being undefined */
        size_t seen = 0;
        for (size_t i = 0; i < count; i++) {
                uint64_t raw;
                if (isnan(column[i]))
                        continue;
                if (!read_varint(cursor, &raw))
                        return false;
                uint64_t change = (uint64_t)unzigzag(raw);
                if (order == 0 || seen == 0) {
                        value = change;
                } else {
                        step = order == 1 || seen == 1 ? change : step + change;
                        value += step;
                }
                seen++;
                double whole = (double)(int64_t)value;
                if (fabs(whole) > exact_limit)
                        return false;
                column[i] = whole / divisor;
        }
        return cursor->at == cursor->end;
}

static bool unpack(const struct entry *entry, double *column, size_t count)
{
        struct cursor cursor = entry->stored;
        uint8_t *plain = NULL;
        if (entry->flags & FLAG_ZSTD) {
                /* What zstd itself says of the content's length is checked before memory of that length is taken. */
                size_t stored = (size_t)(cursor.end - cursor.at);
                if (ZSTD_getFrameContentSize(cursor.at, stored) != entry->len)
                        return false;
                plain = malloc(entry->len + 1);
                if (!plain || ZSTD_decompress(plain, entry->len, cursor.at, stored) != entry->len) {
                        free(plain);
                        return false;
                }
                cursor = (struct cursor) { plain, plain + entry->len };
        } else if ((size_t)(cursor.end - cursor.at) != entry->len) {
                return false;
        }
        bool good =
                (!(entry->flags & FLAG_MASK) || read_mask(&cursor, column, count)) && read_values(&cursor, entry, column, count);
        free(plain);
        return good;
}

static sai_status damaged(struct sai_err *err) { return sai_fail(err, SAI_INTERNAL, "a row of streams cannot be read"); }

static sai_status read_channels(struct cursor *cursor, size_t entry_count, uint32_t channels, struct sai_arena *arena,
                                struct streams *streams, struct sai_err *err)
{
        struct entry entries[STREAM_CHANNELS];
        uint64_t stored[STREAM_CHANNELS];
        for (size_t i = 0; i < entry_count; i++)
                if (!read_entry(cursor, streams->count, &entries[i], &stored[i]))
                        return damaged(err);
        for (size_t i = 0; i < entry_count; i++) {
                if (stored[i] > (uint64_t)(cursor->end - cursor->at))
                        return damaged(err);
                entries[i].stored = (struct cursor) { cursor->at, cursor->at + stored[i] };
                cursor->at += stored[i];
                uint8_t channel = entries[i].channel;
                if (channels && !(channels & (1u << channel)))
                        continue;
                if (streams->channel[channel])
                        return damaged(err);
                double *column = SAI_NEW_ARRAY(arena, double, streams->count);
                if (!column)
                        return sai_fail(err, SAI_NO_MEMORY, "streams");
                if (!unpack(&entries[i], column, streams->count))
                        return damaged(err);
                streams->channel[channel] = column;
        }
        return cursor->at == cursor->end ? SAI_OK : damaged(err);
}

sai_status streams_decode(struct sai_bytes bytes, uint32_t channels, struct sai_arena *arena, struct streams *ret_streams,
                          struct sai_err *err)
{
        struct cursor cursor = { bytes.data, bytes.data + bytes.len };
        uint8_t version, entry_count;
        uint64_t count;
        if (bytes.len < sizeof magic || memcmp(bytes.data, magic, sizeof magic) != 0)
                return damaged(err);
        cursor.at += sizeof magic;
        if (!read_byte(&cursor, &version) || version != VERSION || !read_byte(&cursor, &entry_count) ||
            entry_count > STREAM_CHANNELS || !read_varint(&cursor, &count) || count > SAI_MAX_RECORDING_POINTS)
                return damaged(err);
        struct streams streams = { .count = (size_t)count };
        sai_status status = read_channels(&cursor, entry_count, channels, arena, &streams, err);
        if (status == SAI_OK)
                *ret_streams = streams;
        return status;
}
