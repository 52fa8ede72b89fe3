/* fit_raw.c -- from messages to columns and numbers, in two walks: one counts, one fills.
 *
 * Counting first means that every limit is checked before anything is allocated and that columns have their final size: they
 * become the recording's streams without a copy. The loop over records is the hot path of every import; it runs a plan that was made
 * when the definition was read (fit_plan.c) and stores only valid values into columns that start out as NaN. */
#include "files/fit_raw.h"

#include "base/limits.h"
#include "files/fit_crc.h"
#include "files/fit_frame.h"
#include "files/track.h"
#include <math.h>

struct summary_field {
        uint8_t field;
        uint16_t member; /* offset in struct fit_summary */
        double divisor;
};

#define ROW(number, name, scale)                                                                                                 \
        {                                                                                                                        \
                (number), offsetof(struct fit_summary, name), (scale)                                                            \
        }
#define END_ROW                                                                                                                  \
        {                                                                                                                        \
                0, UINT16_MAX, 0                                                                                                 \
        }

static const struct summary_field session_fields[] = {
        ROW(253, time, 1),
        ROW(2, start, 1),
        ROW(5, sport, 1),
        ROW(6, sub_sport, 1),
        ROW(7, elapsed, 1000),
        ROW(8, timer, 1000),
        ROW(9, distance, 100),
        ROW(11, calories, 1),
        ROW(15, max_speed, 1000),
        ROW(16, average_heartrate, 1),
        ROW(17, max_heartrate, 1),
        ROW(18, average_cadence, 1),
        ROW(20, average_watts, 1),
        ROW(21, max_watts, 1),
        ROW(22, ascent, 1),
        ROW(23, descent, 1),
        ROW(44, pool_length, 100),
        ROW(92, average_cadence_fraction, 128),
        ROW(125, enhanced_max_speed, 1000),
        END_ROW,
};
static const struct summary_field lap_fields[] = {
        ROW(253, time, 1),
        ROW(2, start, 1),
        ROW(7, elapsed, 1000),
        ROW(8, timer, 1000),
        ROW(9, distance, 100),
        ROW(14, max_speed, 1000),
        ROW(15, average_heartrate, 1),
        ROW(16, max_heartrate, 1),
        ROW(17, average_cadence, 1),
        ROW(19, average_watts, 1),
        ROW(21, ascent, 1),
        ROW(25, sport, 1),
        ROW(39, sub_sport, 1),
        ROW(80, average_cadence_fraction, 128),
        ROW(111, enhanced_max_speed, 1000),
        END_ROW,
};
static const struct summary_field length_fields[] = {
        ROW(253, time, 1), ROW(2, start, 1), ROW(3, elapsed, 1000), ROW(5, strokes, 1), ROW(12, length_type, 1), END_ROW,
};
static const struct summary_field event_fields[] = {
        ROW(253, time, 1),
        ROW(0, event, 1),
        ROW(1, event_type, 1),
        END_ROW,
};
static const struct summary_field activity_fields[] = {
        ROW(253, time, 1),
        ROW(0, timer, 1000),
        ROW(5, local_time, 1),
        END_ROW,
};
static const struct summary_field sport_fields[] = {
        ROW(0, sport, 1),
        ROW(1, sub_sport, 1),
        END_ROW,
};

struct counts {
        size_t records, sessions, laps, lengths, events, beats, parts;
        uint32_t columns; /* bit per stream channel */
};

struct reader {
        struct fit_walk *walk;
        struct fit_raw *raw;
        struct sai_arena *arena;
        struct notes *notes;
        size_t record;
        /* Packed distance counts 1/16 m in 12 bits and wraps. */
        uint32_t packed_last;
        double packed_total;
        bool packed_started;
};

/* ---- counting ------------------------------------------------------------------------------------------------- */

static void count_message(const struct fit_message *message, struct counts *counts)
{
        const struct fit_definition *definition = message->definition;
        size_t size;
        switch (definition->message) {
        case FIT_RECORD:
                counts->records++;
                counts->columns |= definition->columns;
                break;
        case FIT_SESSION:
                counts->sessions++;
                break;
        case FIT_LAP:
                counts->laps++;
                break;
        case FIT_LENGTH:
                counts->lengths++;
                break;
        case FIT_EVENT:
                if (fit_number(definition, message->payload, 0) == 0)
                        counts->events++;
                break;
        case FIT_HR:
                if (fit_bytes(definition, message->payload, 6, &size))
                        counts->beats += size;
                break;
        default:
                break;
        }
}

static sai_status check(size_t count, size_t limit, const char *what, const char **reterr_reason, struct sai_err *err)
{
        if (count <= limit)
                return SAI_OK;
        *reterr_reason = "too_large";
        return sai_fail(err, SAI_INVALID, "the file has more than %zu %s", limit, what);
}

static sai_status count_all(struct fit_walk *walk, struct counts *counts, const char **reason, struct sai_err *err)
{
        for (enum fit_step step; (step = fit_walk_next(walk)) != FIT_END;) {
                if (step == FIT_DATA)
                        count_message(&walk->message, counts);
                else if (++counts->parts > SAI_MAX_FIT_PARTS)
                        break;
        }
        const struct {
                size_t count, limit;
                const char *what;
        } checks[] = {
                { counts->parts, SAI_MAX_FIT_PARTS, "chained parts" },
                { counts->records, SAI_MAX_RECORDING_POINTS, "records" },
                { counts->sessions, SAI_MAX_RECORDING_SESSIONS, "sessions" },
                { counts->laps, SAI_MAX_RECORDING_LAPS, "laps" },
                { counts->lengths, SAI_MAX_RECORDING_LENGTHS, "pool lengths" },
                { counts->events, SAI_MAX_RECORDING_PAUSES, "timer events" },
                { counts->beats, SAI_MAX_RECORDING_POINTS, "heart beats" },
        };
        for (size_t i = 0; i < SAI_COUNT(checks); i++) {
                sai_status status = check(checks[i].count, checks[i].limit, checks[i].what, reason, err);
                if (status)
                        return status;
        }
        return SAI_OK;
}

static bool allocate_list(struct fit_list *list, size_t capacity, struct sai_arena *arena)
{
        list->capacity = capacity;
        if (capacity)
                list->items = SAI_NEW_ARRAY(arena, struct fit_summary, capacity);
        return !capacity || list->items;
}

static bool allocate(struct fit_raw *raw, const struct counts *counts, struct sai_arena *arena)
{
        raw->records.count = counts->records;
        if (counts->records) {
                if (!streams_channel(&raw->records, STREAM_TIME, arena))
                        return false;
                for (enum stream_channel c = 0; c < STREAM_CHANNELS; c++) {
                        if ((counts->columns >> c & 1) && !streams_channel(&raw->records, c, arena))
                                return false;
                }
        }
        raw->beats.capacity = counts->beats;
        if (counts->beats) {
                raw->beats.items = SAI_NEW_ARRAY(arena, struct fit_beat, counts->beats);
                if (!raw->beats.items)
                        return false;
        }
        return allocate_list(&raw->sessions, counts->sessions, arena) && allocate_list(&raw->laps, counts->laps, arena) &&
               allocate_list(&raw->lengths, counts->lengths, arena) && allocate_list(&raw->events, counts->events, arena);
}

/* ---- records -------------------------------------------------------------------------------------------------- */

/* Eight bytes from `p`, fewer at the very end of the file. The field is in the first of them. */
static inline uint64_t load(const uint8_t *p, const uint8_t *end)
{
        uint64_t raw = 0;
        size_t left = (size_t)(end - p);
        memcpy(&raw, p, left < sizeof raw ? left : sizeof raw);
        return raw;
}

/* Divides rather than multiplies by the reciprocal: 1234 / 100 is 12.34, 1234 * 0.01 is not. Most fields need neither. */
static inline double convert(const struct fit_op *op, double value)
{
        value *= op->factor;
        if (op->divisor != 1)
                value /= op->divisor;
        return value - op->offset;
}

static inline void take_float(const struct fit_op *op, uint64_t raw, double *cell)
{
        double value;
        if (op->shift == 32) {
                float narrow;
                uint32_t bits = (uint32_t)raw;
                memcpy(&narrow, &bits, sizeof narrow);
                value = (double)narrow;
        } else {
                memcpy(&value, &raw, sizeof value);
        }
        if (fabs(value) <= STREAMS_LARGEST)
                *cell = convert(op, value);
}

/* Twelve bits of speed in cm/s, then twelve of a distance that wraps every 256 m. */
static void take_speed_distance(struct reader *reader, const uint8_t *p, const struct fit_op *op)
{
        if (p[0] == 0xFF && p[1] == 0xFF && p[2] == 0xFF)
                return;
        struct streams *records = &reader->raw->records;
        uint32_t speed = p[0] | (p[1] & 0x0Fu) << 8, distance = p[1] >> 4 | (uint32_t)p[2] << 4;
        if (speed != 0xFFF && records->channel[STREAM_VELOCITY])
                records->channel[STREAM_VELOCITY][reader->record] = speed / 100.0;
        reader->packed_total += reader->packed_started ? (distance - reader->packed_last) & 0xFFF : distance;
        reader->packed_last = distance;
        reader->packed_started = true;
        records->channel[op->column][reader->record] = reader->packed_total / op->divisor;
}

static void take_record(struct reader *reader, const struct fit_message *message)
{
        const struct fit_definition *definition = message->definition;
        const uint8_t *end = reader->walk->data + reader->walk->len;
        double *const *columns = reader->raw->records.channel;
        size_t row = reader->record;
        bool big_endian = definition->big_endian;
        if (message->has_time)
                columns[STREAM_TIME][row] = message->time;
        for (const struct fit_op *op = definition->ops, *stop = op + definition->op_count; op < stop; op++) {
                const uint8_t *p = message->payload + op->at;
                if (op->kind == FIT_TAKE_SPEED_DISTANCE) {
                        take_speed_distance(reader, p, op);
                        continue;
                }
                uint64_t raw = load(p, end);
                raw = big_endian ? __builtin_bswap64(raw) : raw << op->shift;
                raw = op->is_signed ? (uint64_t)((int64_t)raw >> op->shift) : raw >> op->shift;
                double *cell = &columns[op->column][row];
                if (op->kind == FIT_TAKE_FLOAT) {
                        take_float(op, raw, cell);
                } else if (raw - (uint64_t)op->lowest <= op->span) {
                        double value = convert(op, (double)(int64_t)raw);
                        *cell = op->kind == FIT_ADD_INTEGER ? *cell + value : value;
                }
        }
        reader->record++;
}

/* ---- everything else ------------------------------------------------------------------------------------------ */

static void read_summary(const struct fit_message *message, const struct summary_field *fields, struct fit_summary *ret)
{
        double *members = (double *)(void *)ret;
        for (size_t i = 0; i < sizeof *ret / sizeof *members; i++)
                members[i] = (double)NAN;
        for (; fields->member != UINT16_MAX; fields++) {
                double value = fit_number(message->definition, message->payload, fields->field);
                /* All of these are unsigned in the profile; a file that says otherwise has nothing to say here. */
                if (value >= 0 && value <= UINT32_MAX)
                        members[fields->member / sizeof *members] = value / fields->divisor;
        }
        if (message->has_time)
                ret->time = message->time;
}

static void add_summary(struct fit_list *list, const struct fit_message *message, const struct summary_field *fields)
{
        if (list->count < list->capacity)
                read_summary(message, fields, &list->items[list->count++]);
}

static const char *copy_text(struct reader *reader, const struct fit_message *message, uint8_t field)
{
        struct sai_text text = fit_text(message->definition, message->payload, field);
        return text.len ? sai_arena_strndup(reader->arena, text.data, text.len) : NULL;
}

static void take_product(struct reader *reader, const struct fit_message *message, uint8_t manufacturer_field,
                         uint8_t product_field, uint8_t name_field)
{
        struct fit_raw *raw = reader->raw;
        const struct fit_definition *definition = message->definition;
        if (raw->manufacturer == UINT16_MAX)
                raw->manufacturer = fit_unsigned(definition, message->payload, manufacturer_field, UINT16_MAX, UINT16_MAX);
        if (raw->product == UINT16_MAX)
                raw->product = fit_unsigned(definition, message->payload, product_field, UINT16_MAX, UINT16_MAX);
        if (!raw->product_name)
                raw->product_name = copy_text(reader, message, name_field);
}

static void take_file_id(struct reader *reader, const struct fit_message *message)
{
        struct fit_raw *raw = reader->raw;
        if (raw->has_file_id && raw->file_type == FIT_FILE_TYPE_ACTIVITY)
                return;
        raw->has_file_id = true;
        raw->file_type = fit_unsigned(message->definition, message->payload, 0, UINT8_MAX, UINT8_MAX);
        take_product(reader, message, 1, 2, 8);
}

static void take_message(struct reader *reader, const struct fit_message *message)
{
        struct fit_raw *raw = reader->raw;
        switch (message->definition->message) {
        case FIT_FILE_ID:
                take_file_id(reader, message);
                break;
        case FIT_SESSION:
                add_summary(&raw->sessions, message, session_fields);
                break;
        case FIT_LAP:
                add_summary(&raw->laps, message, lap_fields);
                break;
        case FIT_LENGTH:
                add_summary(&raw->lengths, message, length_fields);
                break;
        case FIT_EVENT:
                if (fit_number(message->definition, message->payload, 0) == 0)
                        add_summary(&raw->events, message, event_fields);
                break;
        case FIT_HR:
                fit_beats_take(&raw->beats, message);
                break;
        case FIT_DEVICE_INFO:
                /* Index 0 is the device that wrote the file; the others are its sensors. */
                if (fit_number(message->definition, message->payload, 0) == 0)
                        take_product(reader, message, 2, 4, 27);
                break;
        case FIT_SPORT:
                if (!raw->has_sport)
                        read_summary(message, sport_fields, &raw->sport);
                raw->has_sport = true;
                break;
        case FIT_ACTIVITY:
                if (!raw->has_activity)
                        read_summary(message, activity_fields, &raw->activity);
                raw->has_activity = true;
                break;
        case FIT_WORKOUT:
                if (!raw->workout_name)
                        raw->workout_name = copy_text(reader, message, 8);
                break;
        default:
                break;
        }
}

/* ---- parts ---------------------------------------------------------------------------------------------------- */

static void check_crc(const struct fit_walk *walk, struct notes *notes)
{
        if (walk->size_missing) {
                notes_add(notes, "the header of the part at byte %zu has no size: the file was not closed", walk->part_start);
                return;
        }
        size_t left = walk->len - walk->part_end;
        if (left < 2) {
                notes_add(notes, "file ends inside its CRC at byte %zu", walk->len);
                return;
        }
        if (fit_crc(0, walk->data + walk->part_start, walk->part_end + 2 - walk->part_start) != 0)
                notes_add(notes, "file CRC is wrong in the part at byte %zu", walk->part_start);
}

static void end_part(struct reader *reader)
{
        const struct fit_walk *walk = reader->walk;
        struct fit_raw *raw = reader->raw;
        fit_beats_end_part(&raw->beats);
        switch (walk->fault) {
        case FIT_SOUND:
                check_crc(walk, reader->notes);
                return;
        case FIT_CUT:
                raw->cut = true;
                if (walk->fault_at == walk->part_end && walk->len - walk->part_end < 2 && walk->len != walk->part_end)
                        check_crc(walk, reader->notes);
                else
                        notes_add(reader->notes, "file ends at byte %zu, inside a message or before its end, after record %zu",
                                  walk->len, reader->record);
                return;
        case FIT_UNDEFINED:
                notes_add(reader->notes, "undefined message at byte %zu, after record %zu", walk->fault_at, reader->record);
                break;
        case FIT_BAD_DEFINITION:
                notes_add(reader->notes, "bad definition at byte %zu, after record %zu", walk->fault_at, reader->record);
                break;
        case FIT_BAD_HEADER:
                notes_add(reader->notes, "bytes from %zu on are not a FIT header", walk->fault_at);
                break;
        }
        raw->corrupt = true;
}

sai_status fit_raw_read(const void *data, size_t len, struct sai_arena *arena, struct notes *notes, struct fit_raw *ret_raw,
                        const char **reterr_reason, struct sai_err *err)
{
        *ret_raw = (struct fit_raw) { .manufacturer = UINT16_MAX, .product = UINT16_MAX };
        struct fit_walk *walk = SAI_NEW(arena, struct fit_walk);
        if (!walk)
                return sai_fail(err, SAI_NO_MEMORY, "FIT reader");
        struct counts counts = { 0 };
        fit_walk_init(walk, data, len);
        sai_status status = count_all(walk, &counts, reterr_reason, err);
        if (status)
                return status;
        if (!allocate(ret_raw, &counts, arena))
                return sai_fail(err, SAI_NO_MEMORY, "%zu records", counts.records);

        struct reader reader = { .walk = walk, .raw = ret_raw, .arena = arena, .notes = notes };
        fit_walk_init(walk, data, len);
        for (enum fit_step step; (step = fit_walk_next(walk)) != FIT_END;) {
                if (step == FIT_PART_END)
                        end_part(&reader);
                else if (walk->message.definition->message == FIT_RECORD)
                        take_record(&reader, &walk->message);
                else
                        take_message(&reader, &walk->message);
        }
        return SAI_OK;
}
