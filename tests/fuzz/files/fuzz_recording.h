/* fuzz_recording.h -- what must hold of any bytes that are read as a recording: a refusal has a reason; what was read keeps the
 * promises of recording.h, can be written in every format, and what was written can be read again. */
#ifndef FUZZ_RECORDING_H
#define FUZZ_RECORDING_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "files/recording.h"
#include "files/writer.h"

static inline void require(int holds)
{
        if (!holds)
                abort();
}

static inline void check_session(const struct recording_session *session)
{
        const struct streams *streams = &session->streams;
        require(session->sport >= 0 && session->sport < SPORT_COUNT);
        require(session->point_count >= streams->count);
        require(streams->count == 0 || streams->channel[STREAM_TIME]);
        require(!(SAI_HAS(session->start) && SAI_HAS(session->start_local)));
        require(SAI_HAS(session->start) || SAI_HAS(session->start_local));
        double distance = 0;
        for (size_t i = 0; i < streams->count; i++) {
                require(isfinite(streams->channel[STREAM_TIME][i]));
                require(i == 0 || streams->channel[STREAM_TIME][i] > streams->channel[STREAM_TIME][i - 1]);
                for (int c = 0; c < STREAM_CHANNELS; c++)
                        require(!streams->channel[c] || !isinf(streams->channel[c][i]));
                double here = streams->channel[STREAM_DISTANCE] ? streams->channel[STREAM_DISTANCE][i] : (double)NAN;
                require(isnan(here) || here >= distance);
                distance = isnan(here) ? distance : here;
        }
        for (size_t i = 0; i < session->pause_count; i++)
                require(session->pauses[i].start_s >= session->pauses[i].stop_s);
        for (size_t i = 0; i < session->length_count; i++)
                require(isfinite(session->lengths[i].elapsed_s));
        require(session->lap_count == 0 || session->laps);
}

static inline void check_writer(sai_status (*write)(const struct recording *, struct sai_buf *, struct sai_err *),
                                const struct recording *recording)
{
        struct sai_buf out;
        struct sai_arena *arena = sai_arena_new(SAI_MIB(64));
        struct recording again;
        const char *reason = NULL;
        struct sai_err err;
        sai_buf_init(&out, SAI_MIB(8));
        if (write(recording, &out, &err) == SAI_OK) {
                sai_status status = recording_read(out.data, out.len, arena, &again, &reason, &err);
                /* A track without a position has no point in GPX; all else comes back. */
                require(status == SAI_OK || (status == SAI_INVALID && strcmp(reason, "no_points") == 0));
        }
        sai_buf_done(&out);
        sai_arena_free(arena);
}

static inline void fuzz_recording(const uint8_t *data, size_t size)
{
        struct sai_arena *arena = sai_arena_new(SAI_MIB(64));
        struct recording recording;
        const char *reason = NULL;
        struct sai_err err = { 0 };
        sai_status status = recording_read(data, size, arena, &recording, &reason, &err);
        if (status) {
                require(reason && err.detail[0]);
        } else {
                require(recording.session_count > 0 && recording.session_count <= SAI_MAX_RECORDING_SESSIONS);
                for (size_t i = 0; i < recording.session_count; i++)
                        check_session(&recording.sessions[i]);
                check_writer(recording_write_fit, &recording);
                check_writer(recording_write_gpx, &recording);
                check_writer(recording_write_tcx, &recording);
        }
        sai_arena_free(arena);
}

#endif
