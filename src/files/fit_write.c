/* fit_write.c -- recordings as FIT files.
 *
 * Messages are tables of fields, like the reader's: a row says number, type, scale and where the value comes from, so that a definition
 * and its data cannot disagree. One part, little-endian, records before their laps and session, as devices do it. */
#include "files/writer.h"

#include "files/fit_crc.h"
#include "files/fit_profile.h"
#include <math.h>

enum { HEADER_SIZE = 14, PROTOCOL_VERSION = 0x10, PROFILE_VERSION = 2132 };
enum { LOCAL_FILE_ID, LOCAL_EVENT, LOCAL_RECORD, LOCAL_LENGTH, LOCAL_LAP, LOCAL_SESSION, LOCAL_ACTIVITY, LOCAL_WORKOUT };
enum { EVENT_TIMER = 0, EVENT_START = 0, EVENT_STOP_ALL = 4, EVENT_ACTIVITY = 26, EVENT_STOP = 1 };
/* A device that was on for a while before it began to record. */
enum { RELATIVE_START_S = 1000, TEXT_MAX = 64 };

struct field {
        uint8_t number, type;
        double value, scale, offset; /* written as value * scale + offset; NaN as invalid */
};

struct writer {
        struct sai_buf *out;
        int64_t shift_s; /* Unix seconds (or local ones) minus this are the file's */
};

static void put(struct sai_buf *out, uint64_t value, unsigned size)
{
        uint8_t bytes[8];
        for (unsigned i = 0; i < size; i++)
                bytes[i] = (uint8_t)(value >> (8 * i));
        sai_buf_append(out, bytes, size);
}

static void put_definition(struct sai_buf *out, uint8_t local, uint16_t message, const struct field *fields, size_t count)
{
        put(out, 0x40u | local, 1);
        put(out, 0, 2); /* reserved, little-endian */
        put(out, message, 2);
        put(out, count, 1);
        for (size_t i = 0; i < count; i++) {
                put(out, fields[i].number, 1);
                put(out, fit_base_find(fields[i].type)->size, 1);
                put(out, fields[i].type, 1);
        }
}

static void put_data(struct sai_buf *out, uint8_t local, const struct field *fields, size_t count)
{
        put(out, local, 1);
        for (size_t i = 0; i < count; i++) {
                const struct fit_base *base = fit_base_find(fields[i].type);
                uint64_t highest = (uint64_t)base->lowest + base->span;
                uint64_t invalid = base->lowest == 1 ? 0 : highest + 1;
                double value = round(fields[i].value * fields[i].scale + fields[i].offset);
                double most = base->is_signed ? (double)(int64_t)highest : (double)highest;
                bool fits = value >= (double)base->lowest && value <= most;
                put(out, fits ? (uint64_t)(int64_t)value : invalid, base->size);
        }
}

static void put_message(struct sai_buf *out, uint8_t local, uint16_t message, const struct field *fields, size_t count)
{
        put_definition(out, local, message, fields, count);
        put_data(out, local, fields, count);
}

/* A message with a text after its numbers. */
static void put_named(struct sai_buf *out, uint8_t local, uint16_t message, const struct field *fields, size_t count,
                      uint8_t text_field, const char *text)
{
        char bytes[TEXT_MAX] = { 0 };
        size_t len = strnlen(text, TEXT_MAX - 1);
        /* Not in the middle of a character. */
        while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80)
                len--;
        memcpy(bytes, text, len);
        size_t begin = out->len;
        put_definition(out, local, message, fields, count);
        const uint8_t triple[] = { text_field, TEXT_MAX, FIT_STRING };
        sai_buf_append(out, triple, sizeof triple);
        if (!out->failed)
                out->data[begin + 5] = (char)(count + 1);
        put_data(out, local, fields, count);
        sai_buf_append(out, bytes, sizeof bytes);
}

static double file_seconds(const struct writer *writer, double unix_ms) { return unix_ms / 1000 - (double)writer->shift_s; }

static int64_t start_ms(const struct recording_session *session)
{
        return SAI_HAS(session->start) ? session->start.value.ms : session->start_local.value.ms;
}

static double end_ms(const struct recording_session *session)
{
        const struct streams *streams = &session->streams;
        double last = streams->count ? streams->channel[STREAM_TIME][streams->count - 1] : 0;
        double elapsed = SAI_HAS(session->elapsed_s) ? session->elapsed_s.value : 0;
        return (double)start_ms(session) + 1000 * fmax(elapsed, last);
}

/* ---- messages ------------------------------------------------------------------------------------------------- */

static void write_event(const struct writer *writer, double time, unsigned type)
{
        const struct field fields[] = { { 253, FIT_UINT32, time, 1, 0 },
                                        { 0, FIT_ENUM, EVENT_TIMER, 1, 0 },
                                        { 1, FIT_ENUM, type, 1, 0 } };
        put_message(writer->out, LOCAL_EVENT, FIT_EVENT, fields, SAI_COUNT(fields));
}

static double sample(const struct streams *streams, enum stream_channel channel, size_t i)
{
        return streams->channel[channel] ? streams->channel[channel][i] : (double)NAN;
}

/* What is left after whole turns, in a field of 1/128; NaN stays NaN. */
static double fraction(double cadence)
{
        double rest = cadence - floor(cadence);
        return rest > 127.0 / 128 ? 127.0 / 128 : rest;
}

static size_t record_fields(const struct streams *streams, size_t i, double time, struct field *fields)
{
        const double semicircles = 2147483648.0 / 180;
        double cadence = sample(streams, STREAM_CADENCE, i);
        const struct {
                enum stream_channel channel;
                struct field field;
        } rows[] = {
                { STREAM_LATITUDE, { 0, FIT_SINT32, sample(streams, STREAM_LATITUDE, i), semicircles, 0 } },
                { STREAM_LONGITUDE, { 1, FIT_SINT32, sample(streams, STREAM_LONGITUDE, i), semicircles, 0 } },
                { STREAM_DISTANCE, { 5, FIT_UINT32, sample(streams, STREAM_DISTANCE, i), 100, 0 } },
                { STREAM_VELOCITY, { 73, FIT_UINT32, sample(streams, STREAM_VELOCITY, i), 1000, 0 } },
                { STREAM_ALTITUDE, { 78, FIT_UINT32, sample(streams, STREAM_ALTITUDE, i), 5, 2500 } },
                { STREAM_WATTS, { 7, FIT_UINT16, sample(streams, STREAM_WATTS, i), 1, 0 } },
                { STREAM_HEARTRATE, { 3, FIT_UINT8, sample(streams, STREAM_HEARTRATE, i), 1, 0 } },
                { STREAM_CADENCE, { 4, FIT_UINT8, floor(cadence), 1, 0 } },
                { STREAM_CADENCE, { 53, FIT_UINT8, fraction(cadence), 128, 0 } },
                { STREAM_TEMP, { 13, FIT_SINT8, sample(streams, STREAM_TEMP, i), 1, 0 } },
        };
        size_t count = 0;
        fields[count++] = (struct field) { 253, FIT_UINT32, time, 1, 0 };
        for (size_t r = 0; r < SAI_COUNT(rows); r++) {
                if (streams->channel[rows[r].channel])
                        fields[count++] = rows[r].field;
        }
        return count;
}

/* Pauses are written as they are passed, so that the file stays in order of time. */
static void write_records(const struct writer *writer, const struct recording_session *session)
{
        const struct streams *streams = &session->streams;
        struct field fields[16];
        double start = file_seconds(writer, (double)start_ms(session));
        size_t pause = 0;
        for (size_t i = 0; i < streams->count; i++) {
                double time = streams->channel[STREAM_TIME][i];
                for (; pause < session->pause_count && session->pauses[pause].start_s <= time; pause++) {
                        write_event(writer, start + session->pauses[pause].stop_s, EVENT_STOP_ALL);
                        write_event(writer, start + session->pauses[pause].start_s, EVENT_START);
                }
                size_t count = record_fields(streams, i, start + time, fields);
                if (i == 0)
                        put_definition(writer->out, LOCAL_RECORD, FIT_RECORD, fields, count);
                put_data(writer->out, LOCAL_RECORD, fields, count);
        }
        for (; pause < session->pause_count; pause++) {
                write_event(writer, start + session->pauses[pause].stop_s, EVENT_STOP_ALL);
                write_event(writer, start + session->pauses[pause].start_s, EVENT_START);
        }
}

static void write_lengths(const struct writer *writer, const struct recording_session *session)
{
        for (size_t i = 0; i < session->length_count; i++) {
                const struct recording_length *length = &session->lengths[i];
                double start = file_seconds(writer, (double)length->start.ms);
                const struct field fields[] = {
                        { 253, FIT_UINT32, start + length->elapsed_s, 1, 0 },
                        { 2, FIT_UINT32, start, 1, 0 },
                        { 3, FIT_UINT32, length->elapsed_s, 1000, 0 },
                        { 5, FIT_UINT16, sai_opt_or_nan(length->strokes), 1, 0 },
                        { 12, FIT_ENUM, length->active, 1, 0 },
                };
                put_message(writer->out, LOCAL_LENGTH, FIT_LENGTH, fields, SAI_COUNT(fields));
        }
}

static void write_laps(const struct writer *writer, const struct recording_session *session)
{
        for (size_t i = 0; i < session->lap_count; i++) {
                const struct recording_lap *lap = &session->laps[i];
                double start = file_seconds(writer, (double)lap->start.ms), elapsed = sai_opt_or_nan(lap->elapsed_s);
                double cadence = sai_opt_or_nan(lap->average_cadence);
                const struct field fields[] = {
                        { 253, FIT_UINT32, start + (isnan(elapsed) ? 0 : elapsed), 1, 0 },
                        { 2, FIT_UINT32, start, 1, 0 },
                        { 7, FIT_UINT32, elapsed, 1000, 0 },
                        { 8, FIT_UINT32, sai_opt_or_nan(lap->timer_s), 1000, 0 },
                        { 9, FIT_UINT32, sai_opt_or_nan(lap->distance_m), 100, 0 },
                        { 111, FIT_UINT32, sai_opt_or_nan(lap->max_speed), 1000, 0 },
                        { 15, FIT_UINT8, sai_opt_or_nan(lap->average_heartrate), 1, 0 },
                        { 16, FIT_UINT8, sai_opt_or_nan(lap->max_heartrate), 1, 0 },
                        { 17, FIT_UINT8, floor(cadence), 1, 0 },
                        { 80, FIT_UINT8, fraction(cadence), 128, 0 },
                        { 19, FIT_UINT16, sai_opt_or_nan(lap->average_watts), 1, 0 },
                        { 21, FIT_UINT16, sai_opt_or_nan(lap->ascent_m), 1, 0 },
                };
                put_message(writer->out, LOCAL_LAP, FIT_LAP, fields, SAI_COUNT(fields));
        }
}

static void write_session(const struct writer *writer, const struct recording_session *session, size_t first_lap)
{
        uint8_t sport, sub_sport;
        double cadence = sai_opt_or_nan(session->average_cadence);
        fit_sport_numbers(session->sport, session->transition, session->indoor, &sport, &sub_sport);
        const struct field fields[] = {
                { 253, FIT_UINT32, file_seconds(writer, end_ms(session)), 1, 0 },
                { 2, FIT_UINT32, file_seconds(writer, (double)start_ms(session)), 1, 0 },
                { 5, FIT_ENUM, sport, 1, 0 },
                { 6, FIT_ENUM, sub_sport, 1, 0 },
                { 7, FIT_UINT32, sai_opt_or_nan(session->elapsed_s), 1000, 0 },
                { 8, FIT_UINT32, sai_opt_or_nan(session->timer_s), 1000, 0 },
                { 9, FIT_UINT32, sai_opt_or_nan(session->distance_m), 100, 0 },
                { 11, FIT_UINT16, sai_opt_or_nan(session->calories_kcal), 1, 0 },
                { 125, FIT_UINT32, sai_opt_or_nan(session->max_speed), 1000, 0 },
                { 16, FIT_UINT8, sai_opt_or_nan(session->average_heartrate), 1, 0 },
                { 17, FIT_UINT8, sai_opt_or_nan(session->max_heartrate), 1, 0 },
                { 18, FIT_UINT8, floor(cadence), 1, 0 },
                { 92, FIT_UINT8, fraction(cadence), 128, 0 },
                { 20, FIT_UINT16, sai_opt_or_nan(session->average_watts), 1, 0 },
                { 21, FIT_UINT16, sai_opt_or_nan(session->max_watts), 1, 0 },
                { 22, FIT_UINT16, sai_opt_or_nan(session->ascent_m), 1, 0 },
                { 23, FIT_UINT16, sai_opt_or_nan(session->descent_m), 1, 0 },
                { 25, FIT_UINT16, (double)first_lap, 1, 0 },
                { 26, FIT_UINT16, (double)session->lap_count, 1, 0 },
                { 44, FIT_UINT16, sai_opt_or_nan(session->pool_length_m), 100, 0 },
        };
        put_message(writer->out, LOCAL_SESSION, FIT_SESSION, fields, SAI_COUNT(fields));
}

static void write_file_id(const struct writer *writer, const struct recording *recording)
{
        const struct field fields[] = {
                { 0, FIT_ENUM, FIT_FILE_TYPE_ACTIVITY, 1, 0 },
                { 1, FIT_UINT16, FIT_MANUFACTURER_DEVELOPMENT, 1, 0 },
                { 4, FIT_UINT32, file_seconds(writer, (double)start_ms(&recording->sessions[0])), 1, 0 },
        };
        if (recording->device)
                put_named(writer->out, LOCAL_FILE_ID, FIT_FILE_ID, fields, SAI_COUNT(fields), 8, recording->device);
        else
                put_message(writer->out, LOCAL_FILE_ID, FIT_FILE_ID, fields, SAI_COUNT(fields));
        if (recording->name)
                put_named(writer->out, LOCAL_WORKOUT, FIT_WORKOUT, NULL, 0, 8, recording->name);
}

static void write_activity(const struct writer *writer, const struct recording *recording)
{
        const struct recording_session *last = &recording->sessions[recording->session_count - 1];
        double end = end_ms(last), local = (double)NAN, timer = 0;
        if (!SAI_HAS(last->start))
                local = end / 1000 - FIT_EPOCH_UNIX_S;
        else if (SAI_HAS(last->utc_offset_s))
                local = end / 1000 - FIT_EPOCH_UNIX_S + (double)last->utc_offset_s.value;
        for (size_t i = 0; i < recording->session_count; i++)
                timer += SAI_HAS(recording->sessions[i].timer_s) ? recording->sessions[i].timer_s.value : 0;
        const struct field fields[] = {
                { 253, FIT_UINT32, file_seconds(writer, end), 1, 0 },
                { 0, FIT_UINT32, timer, 1000, 0 },
                { 1, FIT_UINT16, (double)recording->session_count, 1, 0 },
                { 2, FIT_ENUM, recording->session_count > 1, 1, 0 },
                { 3, FIT_ENUM, EVENT_ACTIVITY, 1, 0 },
                { 4, FIT_ENUM, EVENT_STOP, 1, 0 },
                { 5, FIT_UINT32, local, 1, 0 },
        };
        put_message(writer->out, LOCAL_ACTIVITY, FIT_ACTIVITY, fields, SAI_COUNT(fields));
}

/* ---- the file ------------------------------------------------------------------------------------------------- */

static void put_header(struct sai_buf *out)
{
        put(out, HEADER_SIZE, 1);
        put(out, PROTOCOL_VERSION, 1);
        put(out, PROFILE_VERSION, 2);
        put(out, 0, 4);
        sai_buf_append(out, ".FIT", 4);
        put(out, 0, 2);
}

/* Size and CRC are known at the end. */
static void close_file(struct sai_buf *out, size_t begin)
{
        if (out->failed)
                return;
        uint8_t *header = (uint8_t *)out->data + begin;
        size_t size = out->len - begin - HEADER_SIZE;
        for (unsigned i = 0; i < 4; i++)
                header[4 + i] = (uint8_t)(size >> (8 * i));
        uint16_t header_crc = fit_crc(0, header, HEADER_SIZE - 2);
        header[12] = (uint8_t)header_crc;
        header[13] = (uint8_t)(header_crc >> 8);
        put(out, fit_crc(0, header, out->len - begin), 2);
}

/* Whether start and end are times that FIT can hold, and of the one kind: from 1998 to 2126, or within eight years of a device's
 * start. */
static bool fits(const struct recording *recording, const struct recording_session *session)
{
        const double first_s = (double)FIT_EPOCH_UNIX_S + FIT_FIRST_REAL_TIME, last_s = (double)FIT_EPOCH_UNIX_S + UINT32_MAX;
        double start_s = (double)start_ms(session) / 1000, end_s = end_ms(session) / 1000;
        double base_s = (double)start_ms(&recording->sessions[0]) / 1000;
        if (start_s < first_s || end_s + 1 >= last_s)
                return false;
        if (SAI_HAS(session->utc_offset_s) && end_s + (double)session->utc_offset_s.value + 1 >= last_s)
                return false;
        return SAI_HAS(session->start) || (start_s >= base_s && end_s - base_s + RELATIVE_START_S + 1 < FIT_FIRST_REAL_TIME);
}

static sai_status check_sessions(const struct recording *recording, struct sai_err *err)
{
        if (recording->session_count == 0)
                return sai_fail(err, SAI_INVALID, "a recording without sessions");
        for (size_t i = 0; i < recording->session_count; i++) {
                const struct recording_session *session = &recording->sessions[i];
                if (!SAI_HAS(session->start) && !SAI_HAS(session->start_local))
                        return sai_fail(err, SAI_INVALID, "session %zu has no start", i + 1);
                if (SAI_HAS(session->start) != SAI_HAS(recording->sessions[0].start))
                        return sai_fail(err, SAI_INVALID, "some sessions start in UTC and some on a wall clock");
                if (!fits(recording, session))
                        return sai_fail(err, SAI_INVALID, "session %zu lies outside the times that FIT can hold", i + 1);
        }
        return SAI_OK;
}

sai_status recording_write_fit(const struct recording *recording, struct sai_buf *out, struct sai_err *err)
{
        sai_status status = check_sessions(recording, err);
        if (status)
                return status;
        struct writer writer = { .out = out, .shift_s = FIT_EPOCH_UNIX_S };
        const struct recording_session *first = &recording->sessions[0];
        if (!SAI_HAS(first->start))
                writer.shift_s = start_ms(first) / 1000 - RELATIVE_START_S;
        size_t begin = out->len, laps = 0;
        put_header(out);
        write_file_id(&writer, recording);
        for (size_t i = 0; i < recording->session_count && !out->failed; i++) {
                const struct recording_session *session = &recording->sessions[i];
                write_event(&writer, file_seconds(&writer, (double)start_ms(session)), EVENT_START);
                write_records(&writer, session);
                write_event(&writer, file_seconds(&writer, end_ms(session)), EVENT_STOP_ALL);
                write_lengths(&writer, session);
                write_laps(&writer, session);
                write_session(&writer, session, laps);
                laps += session->lap_count;
        }
        write_activity(&writer, recording);
        close_file(out, begin);
        return sai_buf_status(out, err);
}
