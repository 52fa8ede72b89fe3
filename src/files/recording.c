/* recording.c -- which reader a file needs, told by its first bytes. */
#include "files/recording.h"

#include "base/limits.h"
#include "files/fit_frame.h"
#include "files/formats.h"
#include "files/xml.h"

enum { PEEK_BYTES = 4096 };

static enum recording_format sniff_plain(const void *data, size_t len)
{
        if (fit_header_valid(data, len))
                return RECORDING_FIT;
        struct sai_text root = xml_root_name(data, len < PEEK_BYTES ? len : PEEK_BYTES);
        if (sai_text_equal_ignoring_case(root, SAI_TEXT("gpx")))
                return RECORDING_GPX;
        if (sai_text_equal_ignoring_case(root, SAI_TEXT("TrainingCenterDatabase")))
                return RECORDING_TCX;
        return RECORDING_UNKNOWN;
}

enum recording_format recording_sniff(const void *data, size_t len)
{
        uint8_t start[PEEK_BYTES];
        if (gzip_sniff(data, len))
                return sniff_plain(start, gzip_peek(data, len, start, sizeof start));
        return sniff_plain(data, len);
}

static sai_status read_plain(const void *data, size_t len, struct sai_arena *arena, struct notes *notes,
                             struct recording *ret_recording, const char **reterr_reason, struct sai_err *err)
{
        static recording_reader *const readers[] = {
                [RECORDING_FIT] = fit_read,
                [RECORDING_GPX] = gpx_read,
                [RECORDING_TCX] = tcx_read,
        };
        if (xml_skip_blanks(data, len) == len) {
                *reterr_reason = "empty";
                return sai_fail(err, SAI_INVALID, "the file is empty");
        }
        if (len > SAI_MAX_RECORDING_FILE) {
                *reterr_reason = "too_large";
                return sai_fail(err, SAI_INVALID, "the file has %zu bytes, at most %zu are read", len, SAI_MAX_RECORDING_FILE);
        }
        enum recording_format format = sniff_plain(data, len);
        if (format == RECORDING_UNKNOWN) {
                *reterr_reason = "unknown_format";
                return sai_fail(err, SAI_INVALID, "neither FIT nor GPX nor TCX");
        }
        return readers[format](data, len, arena, notes, ret_recording, reterr_reason, err);
}

sai_status recording_read(const void *data, size_t len, struct sai_arena *arena, struct recording *ret_recording,
                          const char **reterr_reason, struct sai_err *err)
{
        struct notes notes = { .arena = arena };
        struct recording recording = { 0 };
        void *opened = NULL;
        sai_status status = SAI_OK;
        const char *reason = "corrupt";
        if (gzip_sniff(data, len) && len <= SAI_MAX_RECORDING_FILE) {
                status = gzip_open(data, len, &notes, &opened, &len, &reason, err);
                data = opened;
        }
        if (!status)
                status = read_plain(data, len, arena, &notes, &recording, &reason, err);
        free(opened);
        if (!status)
                status = notes_finish(&notes, &recording, err);
        if (status)
                *reterr_reason = status == SAI_NO_MEMORY ? "too_large" : reason;
        else
                *ret_recording = recording;
        return status;
}
