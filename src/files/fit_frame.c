/* fit_frame.c -- walking a FIT file message by message.
 *
 * Nothing here trusts a length: a part ends at the smaller of what its header claims and what is there, a message must fit into its
 * part, and a definition whose fields have no size is refused, so that the work stays proportional to the bytes read. A fault ends
 * its part; the parts after it, found by the header's size, are still read. */
#include "files/fit_frame.h"

#include "files/fit_crc.h"
#include <math.h>

enum { HEADER_MIN = 12, HEADER_SIZE_WITH_CRC = 14, CRC_SIZE = 2, TRIPLE = 3 };

bool fit_header_valid(const uint8_t *data, size_t len)
{
        return len >= HEADER_MIN && data[0] >= HEADER_MIN && memcmp(data + 8, ".FIT", 4) == 0;
}

void fit_walk_init(struct fit_walk *walk, const void *data, size_t len)
{
        /* The tables are cleared when a part begins, and only if they were used. */
        bool has_natives = walk->has_natives;
        memset(walk, 0, offsetof(struct fit_walk, definitions));
        walk->has_natives = has_natives;
        walk->data = data;
        walk->len = len;
}

static enum fit_step end_part(struct fit_walk *walk, enum fit_fault fault)
{
        walk->in_part = false;
        walk->fault = fault;
        walk->fault_at = walk->at;
        /* A wrong message says nothing about the part's size; only a part that ends with the file has no next one. */
        size_t next = walk->part_end + CRC_SIZE;
        walk->at = next < walk->len ? next : walk->len;
        return FIT_PART_END;
}

static void forget_definitions(struct fit_walk *walk)
{
        for (int i = 0; i < FIT_LOCAL_TYPES; i++)
                walk->definitions[i].known = false;
        if (walk->has_natives)
                memset(walk->natives, 0, sizeof walk->natives);
        walk->has_natives = false;
        walk->has_last_time = false;
}

static enum fit_step begin_part(struct fit_walk *walk)
{
        size_t left = walk->len - walk->at;
        const uint8_t *header = walk->data + walk->at;
        walk->part_start = walk->at;
        walk->part_end = walk->len;
        if (!fit_header_valid(header, left))
                return end_part(walk, FIT_BAD_HEADER);
        if (header[0] > left)
                return end_part(walk, FIT_CUT);
        size_t size = fit_u32(header + 4, false);
        walk->size_missing = size == 0;
        if (!walk->size_missing && size <= left - header[0])
                walk->part_end = walk->at + header[0] + size;
        forget_definitions(walk);
        walk->at += header[0];
        walk->in_part = true;
        return FIT_DATA;
}

/* Where field 253 is, and the size of all fields; false when a field has no size. */
static bool measure(struct fit_definition *definition)
{
        uint32_t at = 0;
        definition->timestamp_at = -1;
        for (unsigned i = 0; i < definition->field_count; i++) {
                const uint8_t *field = definition->fields + (size_t)i * TRIPLE;
                if (field[1] == 0)
                        return false;
                if (field[0] == FIT_FIELD_TIMESTAMP && field[1] == 4)
                        definition->timestamp_at = (int32_t)at;
                at += field[1];
        }
        for (unsigned i = 0; i < definition->developer_count; i++) {
                const uint8_t *field = definition->developer + (size_t)i * TRIPLE;
                if (field[1] == 0)
                        return false;
                at += field[1];
        }
        definition->size = at;
        return true;
}

static enum fit_fault read_definition(struct fit_walk *walk, uint8_t header)
{
        struct fit_definition *definition = &walk->definitions[header & 0x0F];
        const uint8_t *p = walk->data + walk->at;
        size_t left = walk->part_end - walk->at;
        if (left < 5)
                return FIT_CUT;
        if (p[1] > 1)
                return FIT_BAD_DEFINITION;
        size_t need = 5 + (size_t)p[4] * TRIPLE;
        if (left < need)
                return FIT_CUT;
        definition->known = false;
        definition->big_endian = p[1] == 1;
        definition->message = fit_u16(p + 2, definition->big_endian);
        definition->field_count = p[4];
        definition->fields = p + 5;
        definition->developer_count = 0;
        definition->op_count = 0;
        definition->columns = 0;
        if (header & 0x20) {
                if (left < need + 1)
                        return FIT_CUT;
                definition->developer_count = p[need];
                definition->developer = p + need + 1;
                need += 1 + (size_t)p[need] * TRIPLE;
                if (left < need)
                        return FIT_CUT;
        }
        if (!measure(definition))
                return FIT_BAD_DEFINITION;
        if (definition->message == FIT_RECORD)
                fit_plan_record(walk, definition);
        definition->known = true;
        walk->at += need;
        return FIT_SOUND;
}

/* A developer's field that overrides one of a record's: remembered until a definition uses it. */
static void note_native_field(struct fit_walk *walk)
{
        enum {
                DEVELOPER = 0,
                NUMBER = 1,
                BASE_TYPE = 2,
                SCALE = 6,
                OFFSET = 7,
                NATIVE_MESSAGE = 14,
                NATIVE_FIELD = 15,
                NONE = 0x10000
        };
        const struct fit_definition *definition = walk->message.definition;
        const uint8_t *payload = walk->message.payload;
        unsigned developer = fit_unsigned(definition, payload, DEVELOPER, FIT_DEVELOPERS - 1, NONE);
        unsigned number = fit_unsigned(definition, payload, NUMBER, UINT8_MAX, NONE);
        unsigned base_type = fit_unsigned(definition, payload, BASE_TYPE, UINT8_MAX, NONE);
        unsigned native = fit_unsigned(definition, payload, NATIVE_FIELD, UINT8_MAX, NONE);
        /* Some write the field without the message; then it is a record's, which is where such fields are used. */
        unsigned message = fit_unsigned(definition, payload, NATIVE_MESSAGE, UINT16_MAX, FIT_RECORD);
        if (developer == NONE || number == NONE || base_type == NONE || native == NONE || message != FIT_RECORD)
                return;
        double offset = fit_number(definition, payload, OFFSET);
        walk->natives[developer][number] = (struct fit_native_field) {
                .known = true,
                .base_type = (uint8_t)base_type,
                .field = (uint8_t)native,
                .scale = (uint8_t)fit_unsigned(definition, payload, SCALE, UINT8_MAX, 0),
                .offset = offset >= INT8_MIN && offset <= INT8_MAX ? (int8_t)offset : 0,
        };
        walk->has_natives = true;
}

static void take_time(struct fit_walk *walk, uint8_t header)
{
        struct fit_message *message = &walk->message;
        message->has_time = false;
        if (message->definition->timestamp_at >= 0) {
                uint32_t time = fit_u32(message->payload + message->definition->timestamp_at, message->definition->big_endian);
                if (time == UINT32_MAX)
                        return;
                message->time = walk->last_time = time;
        } else if ((header & 0x80) && walk->has_last_time) {
                uint32_t step = ((header & 0x1Fu) - walk->last_time) & 0x1F;
                message->time = walk->last_time += step;
        } else {
                return;
        }
        message->has_time = true;
        walk->has_last_time = true;
}

enum fit_step fit_walk_next(struct fit_walk *walk)
{
        if (!walk->in_part) {
                if (walk->at >= walk->len)
                        return FIT_END;
                if (begin_part(walk) != FIT_DATA)
                        return FIT_PART_END;
        }
        while (walk->at < walk->part_end) {
                uint8_t header = walk->data[walk->at];
                if ((header & 0xC0) == 0x40) {
                        size_t start = walk->at++;
                        enum fit_fault fault = read_definition(walk, header);
                        if (fault != FIT_SOUND) {
                                walk->at = start;
                                return end_part(walk, fault);
                        }
                        continue;
                }
                const struct fit_definition *definition = &walk->definitions[header & 0x80 ? (header >> 5) & 3 : header & 0x0F];
                if (!definition->known)
                        /* What follows the last message of a part whose size is missing is its CRC. */
                        return end_part(walk, walk->size_missing && walk->len - walk->at <= CRC_SIZE ? FIT_SOUND : FIT_UNDEFINED);
                if (definition->size > walk->part_end - walk->at - 1)
                        return end_part(walk, FIT_CUT);
                walk->message.definition = definition;
                walk->message.payload = walk->data + walk->at + 1;
                walk->at += 1 + (size_t)definition->size;
                take_time(walk, header);
                if (definition->message == FIT_FIELD_DESCRIPTION)
                        note_native_field(walk);
                return FIT_DATA;
        }
        /* The header promises a CRC after the messages; a part that reaches the end of the file without one was cut. */
        return end_part(walk, walk->len - walk->part_end < CRC_SIZE && !walk->size_missing ? FIT_CUT : FIT_SOUND);
}

const uint8_t *fit_bytes(const struct fit_definition *definition, const uint8_t *payload, uint8_t field, size_t *ret_size)
{
        for (unsigned i = 0; i < definition->field_count; i++) {
                const uint8_t *triple = definition->fields + (size_t)i * TRIPLE;
                if (triple[0] == field) {
                        *ret_size = triple[1];
                        return payload;
                }
                payload += triple[1];
        }
        return NULL;
}

double fit_value(const uint8_t *at, const struct fit_base *base, bool big_endian)
{
        uint64_t raw = 0;
        for (unsigned i = 0; i < base->size; i++)
                raw = raw << 8 | at[big_endian ? i : base->size - 1u - i];
        if (base->is_float) {
                double value;
                if (base->size == sizeof(float)) {
                        float narrow;
                        uint32_t bits = (uint32_t)raw;
                        memcpy(&narrow, &bits, sizeof narrow);
                        value = (double)narrow;
                } else {
                        memcpy(&value, &raw, sizeof value);
                }
                return isfinite(value) ? value : (double)NAN;
        }
        unsigned shift = 64 - 8u * base->size;
        if (base->is_signed)
                raw = (uint64_t)((int64_t)(raw << shift) >> shift);
        if (raw - (uint64_t)base->lowest > base->span)
                return (double)NAN;
        return base->is_signed ? (double)(int64_t)raw : (double)raw;
}

double fit_number(const struct fit_definition *definition, const uint8_t *payload, uint8_t field)
{
        for (unsigned i = 0; i < definition->field_count; i++) {
                const uint8_t *triple = definition->fields + (size_t)i * TRIPLE;
                if (triple[0] == field) {
                        const struct fit_base *base = fit_base_find(triple[2]);
                        if (!base || triple[1] % base->size != 0)
                                return (double)NAN;
                        return fit_value(payload, base, definition->big_endian);
                }
                payload += triple[1];
        }
        return (double)NAN;
}

unsigned fit_unsigned(const struct fit_definition *definition, const uint8_t *payload, uint8_t field, unsigned most,
                      unsigned fallback)
{
        return fit_as_unsigned(fit_number(definition, payload, field), most, fallback);
}

struct sai_text fit_text(const struct fit_definition *definition, const uint8_t *payload, uint8_t field)
{
        size_t size;
        const uint8_t *bytes = fit_bytes(definition, payload, field, &size);
        if (!bytes)
                return SAI_TEXT("");
        const char *text = (const char *)bytes;
        size_t len = strnlen(text, size);
        return sai_utf8_valid(text, len) ? (struct sai_text) { text, len } : SAI_TEXT("");
}
