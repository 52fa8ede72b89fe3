/* objects.h -- Strava's objects, as far as we use them.
 *
 * Structs with a field table each (see json/model.h), filled by the lenient reader: Strava adds members without notice, writes
 * integers as floats, leaves out what it does not know, and sends null for the rest. A member that is absent or null has no value here.
 * Units are Strava's: metres, seconds, m/s, watts, bpm, degrees Celsius. Cadence of foot sports is one leg. All text and lists live in
 * the arena that was given. */
#ifndef SAI_CLIENT_STRAVA_OBJECTS_H
#define SAI_CLIENT_STRAVA_OBJECTS_H

#include "base/arena.h"
#include "base/optional.h"
#include "base/status.h"
#include "base/text.h"
#include "model/sport.h"
#include "model/streams.h"
#include "json/model.h"

struct strava_athlete {
        int64_t id;
        struct sai_opt_i64 resource_state; /* 2 summary, 3 detailed */
        struct sai_opt_str username, firstname, lastname, city, state, country;
        struct sai_opt_str sex; /* "M", "F" */
        struct sai_opt_f64 weight; /* kg */
        struct sai_opt_i64 ftp; /* W */
        struct sai_opt_str measurement_preference; /* "feet", "meters" */
        struct sai_opt_str profile; /* URL of a picture; may be relative */
        struct sai_opt_instant created_at, updated_at;
        struct sai_text raw; /* the JSON it was read from */
};

struct strava_zone {
        struct sai_opt_f64 min, max;
}; /* the top zone has max -1: no upper bound */
struct strava_zone_set {
        struct sai_opt_bool custom_zones;
        struct sai_list zones; /* struct strava_zone */
};
struct strava_zones {
        struct strava_zone_set heart_rate, power; /* no zones: not known */
        struct sai_text raw;
};

struct strava_lap {
        struct sai_opt_i64 id, lap_index, elapsed_time, moving_time, start_index, end_index;
        struct sai_opt_str name;
        struct sai_opt_instant start_date;
        struct sai_opt_local start_date_local;
        struct sai_opt_f64 distance, average_speed, max_speed, total_elevation_gain, average_cadence, average_watts,
                average_heartrate, max_heartrate;
};

struct strava_effort { /* best_efforts */
        struct sai_opt_i64 id, elapsed_time, moving_time, start_index, end_index, pr_rank;
        const char *name; /* "1 mile", "Half-Marathon" */
        struct sai_opt_instant start_date;
        struct sai_opt_f64 distance;
};

struct strava_map {
        struct sai_opt_str id, summary_polyline, polyline;
};
struct strava_meta {
        int64_t id;
};
struct strava_gear {
        struct sai_opt_str id, name;
};

struct strava_activity {
        int64_t id;
        struct sai_opt_i64 resource_state; /* 2 from a list, 3 from the detail */
        struct strava_meta *athlete; /* NULL when absent */
        const char *name;
        struct sai_opt_f64 distance, total_elevation_gain;
        struct sai_opt_i64 moving_time, elapsed_time;
        struct sai_opt_str type, sport_type; /* as sent, kept as text: the lists grow */
        struct sai_opt_i64 workout_type;
        struct sai_instant start_date;
        struct sai_opt_local start_date_local;
        struct sai_opt_str timezone; /* "(GMT-05:00) America/New_York"; see `zone` */
        struct sai_opt_f64 utc_offset; /* s, with summer time */
        struct sai_opt_str location_city, location_state, location_country;
        struct strava_map map;
        struct sai_opt_bool trainer, commute, manual, private, flagged, device_watts, has_heartrate;
        struct sai_opt_str visibility, gear_id;
        struct sai_list start_latlng, end_latlng; /* double: 2 items, or none */
        struct sai_opt_f64 average_speed, max_speed, average_cadence, average_temp, average_watts, max_watts,
                weighted_average_watts, kilojoules, average_heartrate, max_heartrate, elev_high, elev_low, suffer_score;
        struct sai_opt_i64 upload_id;
        struct sai_opt_str external_id, device_name;
        /* detail only */
        struct sai_opt_str description;
        struct sai_opt_f64 calories, perceived_exertion;
        struct strava_gear *gear;
        struct sai_list laps; /* struct strava_lap */
        struct sai_list best_efforts; /* struct strava_effort */
        /* derived, not in the table */
        enum sport sport; /* of sport_type, else of type, else SPORT_WORKOUT */
        const char *zone; /* IANA name out of `timezone`, or NULL; not looked up */
        size_t refused_parts; /* laps and best efforts that could not be read */
        struct sai_text raw; /* the item's JSON, byte for byte as it came: provenance */
};

struct strava_token {
        const char *access_token, *refresh_token; /* secrets */
        struct sai_instant expires_at;
        struct sai_opt_str scope; /* when Strava lists it; else keep the callback's */
        struct strava_athlete *athlete; /* on the code exchange only, else NULL */
};

struct strava_refused {
        size_t index;
        const char *reason;
        struct sai_text raw;
};

struct strava_page {
        struct strava_activity *items;
        size_t count;
        struct strava_refused *refused; /* items that could not be read; the rest of the page stands */
        size_t refused_count;
        size_t received; /* count + refused_count. Go on to the next page until this is 0: pages may be short */
};

extern const struct sai_model strava_athlete_model, strava_zones_model, strava_activity_model, strava_lap_model,
        strava_effort_model;

/* The readers, without the network: what the client does with a 200. `body` is borrowed for the life of `arena` (raw members point
 * into it). SAI_OK; SAI_UPSTREAM when it is not what it should be, err says what; SAI_NO_MEMORY. */
sai_status strava_read_athlete(struct sai_text body, struct sai_arena *arena, struct strava_athlete *ret,
                               struct sai_err *err) SAI_MUST_USE;
sai_status strava_read_zones(struct sai_text body, struct sai_arena *arena, struct strava_zones *ret,
                             struct sai_err *err) SAI_MUST_USE;
sai_status strava_read_activity(struct sai_text body, struct sai_arena *arena, struct strava_activity *ret,
                                struct sai_err *err) SAI_MUST_USE;
sai_status strava_read_page(struct sai_text body, struct sai_arena *arena, struct strava_page *ret,
                            struct sai_err *err) SAI_MUST_USE;
/* `now_ms` stands in when only expires_in is there. */
sai_status strava_read_token(struct sai_text body, int64_t now_ms, struct sai_arena *arena, struct strava_token *ret,
                             struct sai_err *err) SAI_MUST_USE;
/* Both forms (keyed by type, and the array). Channels that the activity lacks or that we do not know are left out; a null sample is NaN;
 * streams of different lengths are refused; points whose time does not go forward are dropped from all channels. */
sai_status strava_read_streams(struct sai_text body, struct sai_arena *arena, struct streams *ret,
                               struct sai_err *err) SAI_MUST_USE;

#endif
