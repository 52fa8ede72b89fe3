/* fit_frame.h -- the framing of FIT: headers, definitions, and one data message after the other.
 *
 * A file is one or more parts, each with a header, definitions and data messages that refer to them by one of sixteen local
 * numbers, and a CRC. This layer walks them and knows sizes; what a message means is for its callers. Walking twice is cheap, so the
 * reader first counts and then fills memory of the right size.
 *
 * Everything borrows the file's bytes. Internal to src/files. */
#ifndef SAI_FILES_FIT_FRAME_H
#define SAI_FILES_FIT_FRAME_H

#include "base/text.h"
#include "files/fit_profile.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FIT_LOCAL_TYPES = 16, FIT_MAX_RECORD_OPS = 24, FIT_DEVELOPERS = 16 };

/* The columns that record messages are decoded to: the stream channels, and what only serves to complete them. */
enum fit_column_kind { FIT_TAKE_INTEGER, FIT_TAKE_FLOAT, FIT_ADD_INTEGER, FIT_TAKE_SPEED_DISTANCE };

/* One step of a record's plan: read the field at `at`, and if its value is valid put (or add) value * factor / divisor - offset
 * into a column. Made once per definition, so that the loop over records asks no questions. */
struct fit_op {
        uint16_t at;
        uint8_t kind; /* enum fit_column_kind */
        uint8_t shift; /* 64 - bits of the field */
        uint8_t column; /* enum stream_channel */
        bool is_signed;
        int64_t lowest;
        uint64_t span;
        double factor, divisor, offset;
};

struct fit_definition {
        bool known, big_endian;
        uint16_t message;
        uint32_t size; /* of a data message without its header byte */
        int32_t timestamp_at; /* where field 253 is, or -1 */
        const uint8_t *fields; /* `field_count` triples: number, size, base type */
        const uint8_t *developer; /* `developer_count` triples: number, size, developer index */
        uint8_t field_count, developer_count, op_count;
        uint32_t columns; /* bit per stream channel that the plan fills */
        struct fit_op ops[FIT_MAX_RECORD_OPS]; /* of record messages */
};

/* What a field_description message says of a developer's field that stands in for one of the profile. */
struct fit_native_field {
        bool known;
        uint8_t base_type, field; /* of the record message */
        uint8_t scale; /* 0: none */
        int8_t offset;
};

enum fit_step {
        FIT_DATA, /* a data message: see `message` */
        FIT_PART_END, /* a part ended; `fault` says whether well. Call again for the next. */
        FIT_END, /* nothing more */
};

enum fit_fault { FIT_SOUND, FIT_CUT, FIT_UNDEFINED, FIT_BAD_DEFINITION, FIT_BAD_HEADER };

struct fit_message {
        const struct fit_definition *definition;
        const uint8_t *payload;
        bool has_time;
        uint32_t time; /* FIT seconds: field 253, or the compressed header's */
};

struct fit_walk {
        const uint8_t *data;
        size_t len;
        size_t at; /* next byte */
        size_t part_start, part_end; /* of the current part: its header, the end of its messages */
        bool in_part;
        bool size_missing; /* the header's size is 0: the device never came to write it */
        uint32_t last_time; /* what compressed timestamps count from */
        bool has_last_time;
        struct fit_message message;
        enum fit_fault fault;
        size_t fault_at;
        bool has_natives;
        struct fit_definition definitions[FIT_LOCAL_TYPES];
        struct fit_native_field natives[FIT_DEVELOPERS][256];
};

/* `walk` is large (40 KiB) and must be zeroed the first time: callers take it from their arena. It may be used again. */
void fit_walk_init(struct fit_walk *walk, const void *data, size_t len);
enum fit_step fit_walk_next(struct fit_walk *walk);
bool fit_header_valid(const uint8_t *data, size_t len);

/* The field of a message as a number, first element of an array; NaN when absent or invalid. Unscaled. */
double fit_number(const struct fit_definition *definition, const uint8_t *payload, uint8_t field);
/* A number that must be 0 … `most`; `fallback` when it is anything else. A file may give any type to any field. */
unsigned fit_unsigned(const struct fit_definition *definition, const uint8_t *payload, uint8_t field, unsigned most,
                      unsigned fallback);
static inline unsigned fit_as_unsigned(double value, unsigned most, unsigned fallback)
{
        return value >= 0 && value <= most ? (unsigned)value : fallback;
}
/* The number of a field whose place and type are known. */
double fit_value(const uint8_t *at, const struct fit_base *base, bool big_endian);
/* The bytes of a field and its size, or NULL. */
const uint8_t *fit_bytes(const struct fit_definition *definition, const uint8_t *payload, uint8_t field, size_t *ret_size);
/* A string field up to its NUL; empty when absent or not UTF-8. */
struct sai_text fit_text(const struct fit_definition *definition, const uint8_t *payload, uint8_t field);

/* Makes the plan of a record definition (fit_plan.c). */
void fit_plan_record(const struct fit_walk *walk, struct fit_definition *definition);

/* In unsigned arithmetic throughout: a byte promotes to int, and a shift into the sign is undefined. */
static inline uint16_t fit_u16(const uint8_t *p, bool big_endian)
{
        unsigned high = p[big_endian ? 0 : 1], low = p[big_endian ? 1 : 0];
        return (uint16_t)((high << 8) | low);
}

static inline uint32_t fit_u32(const uint8_t *p, bool big_endian)
{
        uint32_t first = fit_u16(p, big_endian), second = fit_u16(p + 2, big_endian);
        return big_endian ? first << 16 | second : second << 16 | first;
}

#endif
