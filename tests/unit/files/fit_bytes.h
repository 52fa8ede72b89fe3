/* fit_bytes.h -- FIT files byte by byte, for the forms that no writer of ours makes. */
#ifndef FIT_BYTES_H
#define FIT_BYTES_H

#include "files/fit_crc.h"
#include "files/fit_profile.h"
#include "files_testing.h"

struct fit_bytes {
        struct sai_buf body;
        bool big_endian;
};

static inline void fit_begin(struct fit_bytes *fit)
{
        *fit = (struct fit_bytes) { 0 };
        sai_buf_init(&fit->body, SAI_MIB(64));
}

static inline void fit_raw_number(struct sai_buf *buf, uint64_t value, unsigned size, bool big_endian)
{
        for (unsigned i = 0; i < size; i++)
                sai_buf_char(buf, (char)(value >> (8 * (big_endian ? size - 1 - i : i))));
}

static inline void fit_u8(struct fit_bytes *fit, unsigned value) { fit_raw_number(&fit->body, value, 1, false); }
static inline void fit_number16(struct fit_bytes *fit, unsigned value) { fit_raw_number(&fit->body, value, 2, fit->big_endian); }
static inline void fit_number32(struct fit_bytes *fit, uint32_t value) { fit_raw_number(&fit->body, value, 4, fit->big_endian); }

/* `triples` is number, size, type for each field. */
static inline void fit_define_with(struct fit_bytes *fit, unsigned header, unsigned message, const uint8_t *triples, size_t size)
{
        fit_u8(fit, header);
        fit_u8(fit, 0);
        fit_u8(fit, fit->big_endian);
        fit_number16(fit, message);
        fit_u8(fit, (unsigned)(size / 3));
        sai_buf_append(&fit->body, triples, size);
}

#define FIT_DEFINE(fit, local, message, ...)                                                                                     \
        fit_define_with((fit), 0x40u | (local), (message), (const uint8_t[]) { __VA_ARGS__ },                                    \
                        sizeof((const uint8_t[]) { __VA_ARGS__ }))

/* Header, body and CRC, appended to `out`. The body is freed. */
static inline void fit_close(struct fit_bytes *fit, unsigned header_size, struct sai_buf *out)
{
        size_t begin = out->len;
        fit_raw_number(out, header_size, 1, false);
        fit_raw_number(out, 0x20, 1, false);
        fit_raw_number(out, 2132, 2, false);
        fit_raw_number(out, fit->body.len, 4, false);
        sai_buf_append(out, ".FIT", 4);
        if (header_size == 14)
                fit_raw_number(out, fit_crc(0, out->data + begin, 12), 2, false);
        if (fit->body.len)
                sai_buf_append(out, fit->body.data, fit->body.len);
        fit_raw_number(out, fit_crc(0, out->data + begin, out->len - begin), 2, false);
        sai_buf_done(&fit->body);
        assert_false(out->failed);
}

enum { FIT_T0 = 1000000000 }; /* 2021-09-08T01:46:40Z in FIT seconds */
#define FIT_T0_UNIX_MS ((INT64_C(1000000000) + FIT_EPOCH_UNIX_S) * 1000)

static inline void fit_file_id(struct fit_bytes *fit, unsigned type)
{
        FIT_DEFINE(fit, 0, FIT_FILE_ID, 0, 1, FIT_ENUM);
        fit_u8(fit, 0);
        fit_u8(fit, type);
}

/* A session from FIT_T0 + `start` on. */
static inline void fit_session(struct fit_bytes *fit, uint32_t start, uint32_t seconds, unsigned sport, unsigned sub_sport)
{
        FIT_DEFINE(fit, 1, FIT_SESSION, 253, 4, FIT_UINT32, 2, 4, FIT_UINT32, 5, 1, FIT_ENUM, 6, 1, FIT_ENUM, 7, 4, FIT_UINT32, 8,
                   4, FIT_UINT32, 9, 4, FIT_UINT32);
        fit_u8(fit, 1);
        fit_number32(fit, FIT_T0 + start + seconds);
        fit_number32(fit, FIT_T0 + start);
        fit_u8(fit, sport);
        fit_u8(fit, sub_sport);
        fit_number32(fit, seconds * 1000);
        fit_number32(fit, seconds * 1000);
        fit_number32(fit, 100000);
}

static inline struct reading *fit_read_closed(struct fit_bytes *fit, unsigned header_size)
{
        struct sai_buf out;
        sai_buf_init(&out, SAI_MIB(64));
        fit_close(fit, header_size, &out);
        struct reading *reading = read_bytes(out.data, out.len);
        sai_buf_done(&out);
        return reading;
}

#endif
