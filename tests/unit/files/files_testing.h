/* files_testing.h -- what the tests of the file readers share: loading real recordings, reading bytes, bytes of odd FIT files. */
#ifndef FILES_TESTING_H
#define FILES_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "files/recording.h"
#include "support/shared_data.h"

/* Arena and outcome of one read. */
struct reading {
        struct sai_arena *arena;
        struct recording recording;
        sai_status status;
        const char *reason;
        struct sai_err err;
};

static inline struct reading *read_bytes(const void *data, size_t len)
{
        struct reading *reading = calloc(1, sizeof *reading);
        assert_non_null(reading);
        reading->arena = sai_arena_new(SAI_MIB(256));
        assert_non_null(reading->arena);
        /* A copy of exactly this size, so that the sanitizer sees a read past the end. */
        void *copy = malloc(len ? len : 1);
        assert_non_null(copy);
        if (len)
                memcpy(copy, data, len);
        reading->status = recording_read(copy, len, reading->arena, &reading->recording, &reading->reason, &reading->err);
        free(copy);
        return reading;
}

static inline struct reading *read_text(const char *text) { return read_bytes(text, strlen(text)); }

static inline void reading_free(struct reading *reading)
{
        sai_arena_free(reading->arena);
        free(reading);
}
SAI_DEFINE_CLEANUP(struct reading, reading_free)

#define READING SAI_CLEANUP(reading_free_p) struct reading

static inline void assert_reads(const struct reading *reading)
{
        if (reading->status)
                fail_msg("%s: %s", reading->reason ? reading->reason : "-", reading->err.detail);
}

static inline void assert_refused(const struct reading *reading, const char *reason)
{
        assert_int_equal(reading->status, SAI_INVALID);
        assert_string_equal(reading->reason, reason);
        assert_true(reading->err.detail[0] != '\0');
}

static inline void assert_close(double value, double expected, double tolerance, const char *what)
{
        if (!(fabs(value - expected) <= tolerance))
                fail_msg("%s: %.9g, expected %.9g within %g", what, value, expected, tolerance);
}

static inline bool has_warning(const struct recording *recording, const char *words)
{
        for (size_t i = 0; i < recording->warning_count; i++) {
                if (strstr(recording->warnings[i], words))
                        return true;
        }
        return false;
}

static inline size_t count_values(const struct streams *streams, enum stream_channel channel)
{
        size_t count = 0;
        for (size_t i = 0; streams->channel[channel] && i < streams->count; i++)
                count += isnan(streams->channel[channel][i]) ? 0 : 1;
        return count;
}

static inline void load_file(const char *folder, const char *name, struct sai_buf *ret)
{
        char path[4096];
        size_t len;
        snprintf(path, sizeof path, "%s/%s", folder, name);
        char *data = read_whole_file(path, &len);
        assert_non_null(data);
        sai_buf_init(ret, SAI_MIB(64));
        sai_buf_append(ret, data, len);
        free(data);
        assert_false(ret->failed);
}

static inline struct reading *read_shared(const char *folder, const char *name)
{
        struct sai_buf bytes;
        load_file(folder, name, &bytes);
        struct reading *reading = read_bytes(bytes.data, bytes.len);
        sai_buf_done(&bytes);
        return reading;
}

#endif
