/* convert_strava.c -- an activity as Strava's API answers it, in our own terms. */
#include "training/convert.h"

#include <inttypes.h>

static const char *text_of(struct sai_opt_str text) { return SAI_HAS(text) && text.value && text.value[0] ? text.value : NULL; }

static struct sai_opt_f64 seconds_of(struct sai_opt_i64 seconds)
{
        return SAI_HAS(seconds) ? SAI_SOME(sai_opt_f64, (double)seconds.value) : (struct sai_opt_f64) { 0 };
}

/* Strava writes 0 for a distance or climb that was not measured as well as for one that was nothing; without a track there is none. */
static struct sai_opt_f64 positive(struct sai_opt_f64 value)
{
        return SAI_HAS(value) && value.value > 0 ? value : (struct sai_opt_f64) { 0 };
}

static struct sai_local local_start(const struct strava_activity *from)
{
        if (SAI_HAS(from->start_date_local))
                return from->start_date_local.value;
        double offset_s = SAI_HAS(from->utc_offset) ? from->utc_offset.value : 0;
        return (struct sai_local) { from->start_date.ms + (int64_t)offset_s * 1000 };
}

sai_status incoming_from_strava(const struct strava_activity *from, struct sai_arena *arena, struct incoming *ret_incoming,
                                struct sai_err *err)
{
        struct incoming in = { .kind = SOURCE_STRAVA_API, .original = from->raw.data, .original_len = from->raw.len };
        in.key = sai_arena_printf(arena, "strava:%" PRId64, from->id);
        char *url = sai_arena_printf(arena, "https://www.strava.com/activities/%" PRId64, from->id);
        if (!in.key || !url)
                return sai_fail(err, SAI_NO_MEMORY, "activity");
        if (from->start_date.ms <= 0)
                return sai_fail(err, SAI_INVALID, "activity %" PRId64 " has no start", from->id);
        const char *device = text_of(from->device_name);
        struct activity *a = &in.document;
        *a = (struct activity) {
                .strava_activity_id = SAI_SOME(sai_opt_i64, from->id),
                .name = from->name && from->name[0] ? from->name : NULL,
                .type = sport_legacy_type(from->sport),
                .sport_type = text_of(from->sport_type) ? text_of(from->sport_type) : sport_name(from->sport),
                .distance = positive(from->distance),
                .moving_time = seconds_of(from->moving_time),
                .elapsed_time = seconds_of(from->elapsed_time),
                .total_elevation_gain = positive(from->total_elevation_gain),
                .average_speed = positive(from->average_speed),
                .max_speed = positive(from->max_speed),
                .average_heartrate = positive(from->average_heartrate),
                .max_heartrate = positive(from->max_heartrate),
                .average_cadence = from->average_cadence,
                .average_watts = from->average_watts,
                .device_watts = from->device_watts,
                .weighted_average_watts = from->weighted_average_watts,
                .kilojoules = from->kilojoules,
                .start_date = from->start_date,
                .start_date_local = local_start(from),
                .timezone = from->zone,
                .location_city = text_of(from->location_city),
                .location_state = text_of(from->location_state),
                .location_country = text_of(from->location_country),
                .start_latlng = from->start_latlng,
                .trainer = SAI_HAS(from->trainer) && from->trainer.value,
                .commute = SAI_HAS(from->commute) && from->commute.value,
                .gear_id = text_of(from->gear_id),
                .map = { .summary_polyline = text_of(from->map.summary_polyline), .resource_state = 2 },
                .attribution = device ? sai_arena_printf(arena, "Powered by Strava · %s", device) : "Powered by Strava",
                .strava_url = url,
        };
        a->metrics.calories = positive(from->calories);
        in.recording.device = device;
        in.recording.indoor = a->trainer;
        /* Entered by hand: there is no recording, and asking for its streams would cost a call to be told 404. */
        in.streams_pending = !(SAI_HAS(from->manual) && from->manual.value);
        *ret_incoming = in;
        return SAI_OK;
}
