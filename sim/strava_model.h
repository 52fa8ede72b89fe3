/* strava_model.h -- Strava's JSON objects as structs and field tables: the one source of each name.
 *
 * Presence follows the recorded answers: a member whose row has SAI_F_NULLABLE is written as null when it has no value, any other
 * optional one is left out. Doubles are written in Strava's form, with a fraction even when it is zero. A detailed object is its
 * summary's members followed by those of the detail's own table, so no row is written twice. All texts are borrowed. */
#ifndef SIM_STRAVA_MODEL_H
#define SIM_STRAVA_MODEL_H

#include "json/model.h"

struct strava_meta {
        int64_t id, resource_state;
};

struct strava_map {
        const char *id, *summary_polyline;
        int64_t resource_state;
};

struct strava_detail_map {
        const char *id, *polyline;
        int64_t resource_state;
        const char *summary_polyline;
};

/* SummaryActivity. `start_date_local` is the wall clock counted as if it were UTC (Strava's false Z). */
struct strava_activity {
        int64_t resource_state;
        struct strava_meta athlete;
        const char *name;
        double distance;
        int64_t moving_time, elapsed_time;
        double total_elevation_gain;
        const char *type, *sport_type;
        struct sai_opt_i64 workout_type;
        int64_t id;
        struct sai_instant start_date, start_date_local;
        const char *timezone;
        double utc_offset;
        const char *location_city, *location_state, *location_country;
        int64_t achievement_count, kudos_count, comment_count, athlete_count, photo_count;
        struct strava_map map;
        bool trainer, commute, manual, private;
        const char *visibility;
        bool flagged;
        const char *gear_id;
        double start_position[2], end_position[2];
        struct sai_list start_latlng, end_latlng;
        double average_speed, max_speed;
        struct sai_opt_f64 average_cadence;
        struct sai_opt_i64 average_temp;
        struct sai_opt_f64 average_watts;
        struct sai_opt_i64 max_watts, weighted_average_watts;
        struct sai_opt_f64 kilojoules;
        struct sai_opt_bool device_watts;
        bool has_heartrate;
        struct sai_opt_f64 average_heartrate, max_heartrate;
        bool heartrate_opt_out, display_hide_heartrate_option;
        struct sai_opt_f64 elev_high, elev_low;
        struct sai_opt_i64 upload_id;
        struct sai_opt_str upload_id_str;
        const char *external_id;
        bool from_accepted_tag;
        int64_t pr_count, total_photo_count;
        bool has_kudoed;
        struct sai_opt_f64 suffer_score;
        struct sai_opt_str device_name;
};

struct strava_lap {
        int64_t id, resource_state;
        const char *name;
        struct strava_meta activity, athlete;
        int64_t elapsed_time, moving_time;
        struct sai_instant start_date, start_date_local;
        double distance, average_speed, max_speed;
        int64_t lap_index, split, start_index, end_index;
        double total_elevation_gain;
        struct sai_opt_f64 average_cadence, average_watts;
        struct sai_opt_bool device_watts;
        struct sai_opt_f64 average_heartrate, max_heartrate;
};

struct strava_split {
        double distance;
        int64_t elapsed_time;
        double elevation_difference;
        int64_t moving_time, split;
        double average_speed;
        struct sai_opt_f64 average_grade_adjusted_speed, average_heartrate;
        int64_t pace_zone;
};

struct strava_photos {
        const char *primary;
        int64_t count;
};

struct strava_visibility {
        const char *type, *visibility;
};

/* What DetailedActivity has beyond the summary. */
struct strava_detail {
        const char *description;
        double calories;
        struct sai_opt_f64 perceived_exertion;
        struct sai_opt_bool prefer_perceived_exertion;
        struct sai_list segment_efforts, splits_metric, laps;
        struct strava_photos photos;
        struct sai_list stats_visibility;
        bool hide_from_home;
        const char *embed_token;
        struct sai_list available_zones;
};

/* SummaryAthlete, and what DetailedAthlete has beyond it. */
struct strava_athlete {
        int64_t id;
        const char *username;
        int64_t resource_state;
        const char *firstname, *lastname, *bio, *city, *state, *country, *sex;
        bool premium, summit;
        struct sai_instant created_at, updated_at;
        int64_t badge_type_id;
        struct sai_opt_f64 weight;
        const char *profile_medium, *profile, *friend, *follower;
};
struct strava_athlete_detail {
        bool blocked, can_follow;
        int64_t follower_count, friend_count, mutual_friend_count, athlete_type;
        const char *date_preference, *measurement_preference;
        struct sai_list clubs;
        int64_t postable_clubs_count;
        struct sai_opt_i64 ftp;
        struct sai_list bikes, shoes;
};

struct strava_zone {
        int64_t min, max;
};
struct strava_zone_set {
        struct sai_opt_bool custom_zones;
        struct sai_list zones;
};
struct strava_zones {
        struct strava_zone_set heart_rate;
        struct strava_zone_set *power; /* NULL: left out */
};

struct strava_total {
        int64_t count;
        double distance;
        int64_t moving_time, elapsed_time;
        double elevation_gain;
        struct sai_opt_i64 achievement_count;
};
struct strava_stats {
        struct strava_total recent_ride_totals, all_ride_totals, recent_run_totals, all_run_totals, recent_swim_totals,
                all_swim_totals, ytd_ride_totals, ytd_run_totals, ytd_swim_totals;
};

struct strava_token {
        const char *token_type, *access_token;
        int64_t expires_at, expires_in;
        const char *refresh_token;
        struct strava_athlete *athlete; /* NULL: left out */
};

struct strava_fault_error {
        const char *resource, *field, *code;
};
struct strava_fault {
        const char *message;
        struct sai_list errors;
};

struct strava_subscription {
        int64_t id, resource_state, application_id;
        const char *callback_url;
        struct sai_instant created_at, updated_at;
};

struct strava_event_updates {
        struct sai_opt_str title, type, private, authorized;
};
struct strava_event {
        const char *aspect_type;
        int64_t event_time, object_id;
        const char *object_type;
        int64_t owner_id, subscription_id;
        struct strava_event_updates updates;
};

extern const struct sai_model sim_activity_model, strava_detail_model, strava_detail_map_model, sim_lap_model, strava_split_model,
        sim_athlete_model, strava_athlete_detail_model, sim_zones_model, strava_stats_model, strava_token_model,
        strava_fault_model, strava_subscription_model, strava_event_model;

#endif
