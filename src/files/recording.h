/* recording.h -- what a FIT, GPX or TCX file holds, whatever the format.
 *
 * One recording has one or more sessions (a triathlon file has five); each session is one sport with its streams, laps, pool
 * lengths and pauses. Readers fill it, writers write it, and nobody behind this header knows a file format. Text and columns live in
 * the arena that was given. Readers take time linear in the input, allocate only after checking a limit, and refuse with an error that
 * names what and where (the byte offset or line stands in `detail`).
 *
 * Reading is pure: no clock, no files, no globals; safe from several threads with an arena each. */
#ifndef SAI_FILES_RECORDING_H
#define SAI_FILES_RECORDING_H

#include "base/arena.h"
#include "base/optional.h"
#include "base/status.h"
#include "model/sport.h"
#include "model/streams.h"

enum recording_format { RECORDING_UNKNOWN, RECORDING_FIT, RECORDING_GPX, RECORDING_TCX };

struct recording_lap {
        struct sai_instant start;
        struct sai_opt_f64 elapsed_s, timer_s, distance_m;
        struct sai_opt_f64 average_heartrate, max_heartrate, average_cadence, average_watts, ascent_m, max_speed;
};

/* One length of a pool swim (or a pause at the wall, when not active). */
struct recording_length {
        struct sai_instant start;
        double elapsed_s;
        bool active;
        struct sai_opt_f64 strokes;
};

/* The timer was stopped from `stop_s` to `start_s` (seconds since the session's start): FIT timer events. */
struct recording_pause {
        double stop_s, start_s;
};

struct recording_session {
        enum sport sport;
        bool sport_known; /* false: the file names none, or one that means nothing here; sport is SPORT_WORKOUT */
        bool transition; /* a leg of a multi-sport file that is not a workout */
        bool indoor; /* treadmill, trainer, pool */
        struct sai_opt_instant start; /* UTC; absent when the file's clock is tied to a wall clock only: see start_local */
        struct sai_opt_local start_local; /* set when `start` is absent; whoever knows the athlete's zone makes it an instant, and
                                            * adds the same difference to the starts of laps and lengths, which then are local too */
        struct sai_opt_i64 utc_offset_s; /* where the file says it (FIT activity message, TCX/GPX offsets); else absent */
        struct sai_opt_f64 elapsed_s; /* as written by the device, else from the points */
        struct sai_opt_f64 timer_s; /* without pauses */
        struct sai_opt_f64 distance_m; /* as written by the device, else from the points (haversine after spike removal) */
        struct sai_opt_f64 ascent_m, descent_m, calories_kcal, max_speed;
        struct sai_opt_f64 average_heartrate, max_heartrate, average_cadence, average_watts, max_watts, pool_length_m;
        size_t point_count; /* samples in the file; `streams.count` is less where several had one time */
        size_t rejected_fixes; /* positions left out of a distance made from positions: spikes, jumps */
        struct streams streams; /* TIME counts from `start` (or `start_local`) */
        struct recording_lap *laps;
        size_t lap_count;
        struct recording_length *lengths;
        size_t length_count;
        struct recording_pause *pauses;
        size_t pause_count;
};

struct recording {
        enum recording_format format;
        const char *name; /* title in the file, or NULL */
        const char *device; /* creator or product, or NULL */
        struct recording_session *sessions; /* in order of time, transitions included */
        size_t session_count;
        /* What was wrong but did not prevent reading: "file CRC is wrong", "file ends in record 812". NULL-free list. */
        const char **warnings;
        size_t warning_count;
};

/* Reads any of the formats, by content and not by name; gzip is opened (one level, bounded ratio and size).
 *   reterr_reason   set on failure to a stable reason code for the athlete's import report: "not_an_activity", "no_start_time",
 *                   "no_points", "empty", "unknown_format", "too_large", "corrupt", "truncated", "too_deep", "bad_xml"
 * Returns SAI_OK, SAI_INVALID (the file is at fault; err says what and where), SAI_NO_MEMORY. A damaged file whose sessions can
 * still be read gives SAI_OK with a warning. */
sai_status recording_read(const void *data, size_t len, struct sai_arena *arena, struct recording *ret_recording,
                          const char **reterr_reason, struct sai_err *err) SAI_MUST_USE;

/* The format by content alone; RECORDING_UNKNOWN when it is none of them. */
enum recording_format recording_sniff(const void *data, size_t len);

#endif
