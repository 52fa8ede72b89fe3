/* convert_file.c -- one session of a FIT, GPX or TCX file, in our own terms. */
#include "training/convert.h"

#include "base/limits.h"
#include <inttypes.h>

/* Where a file says no offset, the athlete's own zone stands in (contract: "a file without a zone: preferences.timezone"). */
static void resolve_start(const struct recording_session *session, const struct sai_zone *zone, struct activity *a,
                          int64_t *ret_shift_ms)
{
        *ret_shift_ms = 0;
        if (!SAI_HAS(session->start)) {
                a->start_date_local = session->start_local.value;
                a->start_date = sai_zone_instant(zone, a->start_date_local);
                *ret_shift_ms = a->start_date.ms - a->start_date_local.ms;
                a->timezone = sai_zone_name(zone);
        } else if (SAI_HAS(session->utc_offset_s)) {
                a->start_date = session->start.value;
                a->start_date_local.ms = a->start_date.ms + session->utc_offset_s.value * 1000;
        } else {
                a->start_date = session->start.value;
                a->start_date_local = sai_zone_local(zone, a->start_date);
                a->timezone = sai_zone_name(zone);
        }
}

static sai_status copy_laps(const struct recording_session *session, int64_t shift_ms, struct sai_arena *arena,
                            struct sai_list *ret)
{
        struct activity_lap *laps = SAI_NEW_ARRAY(arena, struct activity_lap, session->lap_count ? session->lap_count : 1);
        if (!laps)
                return SAI_NO_MEMORY;
        for (size_t i = 0; i < session->lap_count; i++) {
                const struct recording_lap *lap = &session->laps[i];
                struct sai_opt_f64 moving = SAI_HAS(lap->timer_s) ? lap->timer_s : lap->elapsed_s;
                laps[i] = (struct activity_lap) {
                        .lap_index = (int64_t)i + 1,
                        .start_date = { lap->start.ms + shift_ms },
                        .elapsed_time = lap->elapsed_s,
                        .moving_time = moving,
                        .distance = lap->distance_m,
                        .max_speed = lap->max_speed,
                        .average_heartrate = lap->average_heartrate,
                        .max_heartrate = lap->max_heartrate,
                        .average_cadence = lap->average_cadence,
                        .average_watts = lap->average_watts,
                        .total_elevation_gain = lap->ascent_m,
                };
                if (SAI_HAS(lap->distance_m) && SAI_HAS(moving) && moving.value > 0)
                        laps[i].average_speed = SAI_SOME(sai_opt_f64, lap->distance_m.value / moving.value);
        }
        *ret = (struct sai_list) { laps, session->lap_count };
        return SAI_OK;
}

static sai_status copy_recording(const struct recording *recording, const struct recording_session *session,
                                 struct sai_arena *arena, struct source_recording *ret)
{
        struct source_pause *pauses = SAI_NEW_ARRAY(arena, struct source_pause, session->pause_count ? session->pause_count : 1);
        struct source_length *lengths =
                SAI_NEW_ARRAY(arena, struct source_length, session->length_count ? session->length_count : 1);
        if (!pauses || !lengths)
                return SAI_NO_MEMORY;
        for (size_t i = 0; i < session->pause_count; i++)
                pauses[i] = (struct source_pause) { session->pauses[i].stop_s, session->pauses[i].start_s };
        for (size_t i = 0; i < session->length_count; i++)
                lengths[i] = (struct source_length) { session->lengths[i].elapsed_s, session->lengths[i].active,
                                                      session->lengths[i].strokes };
        *ret = (struct source_recording) {
                .indoor = session->indoor,
                /* GPX has no distance of its own: what the reader gives there was made from positions. */
                .distance_by_device = recording->format != RECORDING_GPX && SAI_HAS(session->distance_m),
                .timer_time = session->timer_s,
                .pool_length = session->pool_length_m,
                .device = recording->device,
                .pauses = { pauses, session->pause_count },
                .lengths = { lengths, session->length_count },
        };
        return SAI_OK;
}

static sai_status start_position(const struct streams *streams, struct sai_arena *arena, struct sai_list *ret)
{
        const double *lat = streams->channel[STREAM_LATITUDE], *lng = streams->channel[STREAM_LONGITUDE];
        for (size_t i = 0; lat && lng && i < streams->count; i++) {
                if (isnan(lat[i]) || isnan(lng[i]))
                        continue;
                double *pair = SAI_NEW_ARRAY(arena, double, 2);
                if (!pair)
                        return SAI_NO_MEMORY;
                pair[0] = lat[i];
                pair[1] = lng[i];
                *ret = (struct sai_list) { pair, 2 };
                break;
        }
        return SAI_OK;
}

sai_status incoming_from_session(const struct recording *recording, size_t index, const char *digest, const char *file_name,
                                 const struct sai_zone *zone, struct sai_arena *arena, struct incoming *ret_incoming,
                                 struct sai_err *err)
{
        const struct recording_session *session = &recording->sessions[index];
        if (!SAI_HAS(session->start) && !SAI_HAS(session->start_local))
                return sai_fail(err, SAI_INVALID, "session %zu has no start time", index);
        struct incoming in = { .kind = SOURCE_FILE, .original_name = file_name };
        struct activity *a = &in.document;
        struct activity_file *file = SAI_NEW(arena, struct activity_file);
        in.key = sai_arena_printf(arena, "file:%s#%zu", digest, index);
        if (!in.key || !file)
                return sai_fail(err, SAI_NO_MEMORY, "activity");
        *file = (struct activity_file) { file_name, (int64_t)index };
        int64_t shift_ms;
        resolve_start(session, zone, a, &shift_ms);
        a->name = recording->name;
        a->type = sport_legacy_type(session->sport);
        a->sport_type = sport_name(session->sport);
        a->distance = session->distance_m;
        a->elapsed_time = session->elapsed_s;
        a->total_elevation_gain = session->ascent_m;
        a->max_speed = session->max_speed;
        a->average_heartrate = session->average_heartrate;
        a->max_heartrate = session->max_heartrate;
        a->average_cadence = session->average_cadence;
        a->average_watts = session->average_watts;
        a->metrics.calories = session->calories_kcal;
        a->trainer = session->indoor;
        a->map.resource_state = 2;
        a->file = file;
        sai_status status = copy_laps(session, shift_ms, arena, &a->laps);
        if (status == SAI_OK)
                status = copy_recording(recording, session, arena, &in.recording);
        if (status == SAI_OK)
                status = start_position(&session->streams, arena, &a->start_latlng);
        if (status != SAI_OK)
                return sai_fail(err, status, "activity");
        in.streams = session->streams.count ? &session->streams : NULL;
        *ret_incoming = in;
        return SAI_OK;
}
