/* fit_raw.h -- a FIT file decoded but not yet understood: every record in columns, every other message as numbers.
 *
 * Between the framing and the recording, because what belongs together (records, laps and lengths of a session, heart rate sent
 * apart) can be said only when the whole file was seen: some devices write the summary first. Times are FIT seconds. Internal to
 * src/files. */
#ifndef SAI_FILES_FIT_RAW_H
#define SAI_FILES_FIT_RAW_H

#include "base/arena.h"
#include "base/status.h"
#include "files/fit_beats.h"
#include "files/notes.h"
#include "model/streams.h"

/* The numbers of a session, lap, length, event or activity message; NaN where absent. */
struct fit_summary {
        double time, start; /* FIT seconds */
        double elapsed, timer; /* s */
        double distance; /* m */
        double calories, ascent, descent;
        double max_speed, enhanced_max_speed;
        double average_heartrate, max_heartrate, average_cadence, average_cadence_fraction, average_watts, max_watts;
        double sport, sub_sport, pool_length;
        double strokes, length_type;
        double event, event_type;
        double local_time; /* activity: the same instant as `time` on the device's wall clock */
};

struct fit_list {
        struct fit_summary *items;
        size_t count, capacity;
};

struct fit_raw {
        struct streams records; /* TIME in FIT seconds; NaN for a record without any */
        struct fit_list sessions, laps, lengths, events;
        struct fit_beats beats;
        struct fit_summary activity, sport;
        bool has_activity, has_sport;
        bool has_file_id;
        unsigned file_type; /* the activity type if any part is one */
        unsigned manufacturer, product; /* UINT16_MAX when absent */
        const char *product_name, *workout_name; /* in the arena, or NULL */
        bool cut, corrupt; /* what the parts ended with, if not well */
};

/* Decodes all parts. Faults become notes; only limits and memory fail. */
sai_status fit_raw_read(const void *data, size_t len, struct sai_arena *arena, struct notes *notes, struct fit_raw *ret_raw,
                        const char **reterr_reason, struct sai_err *err) SAI_MUST_USE;

#endif
