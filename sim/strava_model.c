/* strava_model.c -- the rows. Their order is the order of the recorded answers. */
#include "sim/strava_model.h"

#define OPT .flags = SAI_F_NULLABLE

#define T struct strava_meta
static const struct sai_field meta_fields[] = { SAI_FIELD(T, id), SAI_FIELD(T, resource_state) };
static const struct sai_model meta_model = SAI_MODEL_OF(T, meta_fields, "MetaAthlete");
#undef T

#define T struct strava_map
static const struct sai_field map_fields[] = { SAI_FIELD(T, id), SAI_FIELD(T, summary_polyline, OPT),
                                               SAI_FIELD(T, resource_state) };
static const struct sai_model map_model = SAI_MODEL_OF(T, map_fields, "PolylineMap");
#undef T

#define T struct strava_detail_map
static const struct sai_field detail_map_fields[] = {
        SAI_FIELD(T, id),
        SAI_FIELD(T, polyline, OPT),
        SAI_FIELD(T, resource_state),
        SAI_FIELD(T, summary_polyline, OPT),
};
const struct sai_model strava_detail_map_model = SAI_MODEL_OF(T, detail_map_fields, "PolylineMap");
#undef T

#define T struct strava_activity
static const struct sai_field activity_fields[] = {
        SAI_FIELD(T, resource_state),
        SAI_MODEL(T, athlete, &meta_model),
        SAI_FIELD(T, name),
        SAI_FIELD(T, distance, .decimals = 1),
        SAI_FIELD(T, moving_time),
        SAI_FIELD(T, elapsed_time),
        SAI_FIELD(T, total_elevation_gain, .decimals = 1),
        SAI_FIELD(T, type),
        SAI_FIELD(T, sport_type),
        SAI_FIELD(T, workout_type, OPT),
        SAI_FIELD(T, id),
        SAI_FIELD(T, start_date),
        SAI_FIELD(T, start_date_local),
        SAI_FIELD(T, timezone),
        SAI_FIELD(T, utc_offset),
        SAI_FIELD(T, location_city, OPT),
        SAI_FIELD(T, location_state, OPT),
        SAI_FIELD(T, location_country, OPT),
        SAI_FIELD(T, achievement_count),
        SAI_FIELD(T, kudos_count),
        SAI_FIELD(T, comment_count),
        SAI_FIELD(T, athlete_count),
        SAI_FIELD(T, photo_count),
        SAI_MODEL(T, map, &map_model),
        SAI_FIELD(T, trainer),
        SAI_FIELD(T, commute),
        SAI_FIELD(T, manual),
        SAI_FIELD(T, private),
        SAI_FIELD(T, visibility),
        SAI_FIELD(T, flagged),
        SAI_FIELD(T, gear_id, OPT),
        SAI_ARRAY(T, start_latlng, SAI_K_F64, .max_items = 2, .decimals = 6),
        SAI_ARRAY(T, end_latlng, SAI_K_F64, .max_items = 2, .decimals = 6),
        SAI_FIELD(T, average_speed, .decimals = 3),
        SAI_FIELD(T, max_speed, .decimals = 3),
        SAI_FIELD(T, average_cadence, .decimals = 1),
        SAI_FIELD(T, average_temp),
        SAI_FIELD(T, average_watts, .decimals = 1),
        SAI_FIELD(T, max_watts),
        SAI_FIELD(T, weighted_average_watts),
        SAI_FIELD(T, kilojoules, .decimals = 1),
        SAI_FIELD(T, device_watts),
        SAI_FIELD(T, has_heartrate),
        SAI_FIELD(T, average_heartrate, .decimals = 1),
        SAI_FIELD(T, max_heartrate, .decimals = 1),
        SAI_FIELD(T, heartrate_opt_out),
        SAI_FIELD(T, display_hide_heartrate_option),
        SAI_FIELD(T, elev_high, .decimals = 1),
        SAI_FIELD(T, elev_low, .decimals = 1),
        SAI_FIELD(T, upload_id, OPT),
        SAI_FIELD(T, upload_id_str),
        SAI_FIELD(T, external_id, OPT),
        SAI_FIELD(T, from_accepted_tag),
        SAI_FIELD(T, pr_count),
        SAI_FIELD(T, total_photo_count),
        SAI_FIELD(T, has_kudoed),
        SAI_FIELD(T, suffer_score, .decimals = 1),
        SAI_FIELD(T, device_name),
};
const struct sai_model sim_activity_model = SAI_MODEL_OF(T, activity_fields, "SummaryActivity");
#undef T

#define T struct strava_lap
static const struct sai_field lap_fields[] = {
        SAI_FIELD(T, id),
        SAI_FIELD(T, resource_state),
        SAI_FIELD(T, name),
        SAI_MODEL(T, activity, &meta_model),
        SAI_MODEL(T, athlete, &meta_model),
        SAI_FIELD(T, elapsed_time),
        SAI_FIELD(T, moving_time),
        SAI_FIELD(T, start_date),
        SAI_FIELD(T, start_date_local),
        SAI_FIELD(T, distance, .decimals = 2),
        SAI_FIELD(T, average_speed, .decimals = 2),
        SAI_FIELD(T, max_speed, .decimals = 3),
        SAI_FIELD(T, lap_index),
        SAI_FIELD(T, split),
        SAI_FIELD(T, start_index),
        SAI_FIELD(T, end_index),
        SAI_FIELD(T, total_elevation_gain, .decimals = 1),
        SAI_FIELD(T, average_cadence, .decimals = 1),
        SAI_FIELD(T, device_watts),
        SAI_FIELD(T, average_watts, .decimals = 1),
        SAI_FIELD(T, average_heartrate, .decimals = 1),
        SAI_FIELD(T, max_heartrate, .decimals = 1),
};
const struct sai_model sim_lap_model = SAI_MODEL_OF(T, lap_fields, "Lap");
#undef T

#define T struct strava_split
static const struct sai_field split_fields[] = {
        SAI_FIELD(T, distance, .decimals = 1),
        SAI_FIELD(T, elapsed_time),
        SAI_FIELD(T, elevation_difference, .decimals = 1),
        SAI_FIELD(T, moving_time),
        SAI_FIELD(T, split),
        SAI_FIELD(T, average_speed, .decimals = 2),
        SAI_FIELD(T, average_grade_adjusted_speed, OPT),
        SAI_FIELD(T, average_heartrate),
        SAI_FIELD(T, pace_zone),
};
const struct sai_model strava_split_model = SAI_MODEL_OF(T, split_fields, "Split");
#undef T

#define T struct strava_photos
static const struct sai_field photos_fields[] = { SAI_FIELD(T, primary, OPT), SAI_FIELD(T, count) };
static const struct sai_model photos_model = SAI_MODEL_OF(T, photos_fields, "PhotosSummary");
#undef T

#define T struct strava_visibility
static const struct sai_field visibility_fields[] = { SAI_FIELD(T, type), SAI_FIELD(T, visibility) };
static const struct sai_model visibility_model = SAI_MODEL_OF(T, visibility_fields, "StatsVisibility");
#undef T

/* Segment efforts need Strava's segments, which a simulator has none of: the list is there and empty. */
static const struct sai_field detail_fields[] = {
        SAI_FIELD(struct strava_detail, description, OPT),
        SAI_FIELD(struct strava_detail, calories, .decimals = 1),
        SAI_FIELD(struct strava_detail, perceived_exertion, OPT),
        SAI_FIELD(struct strava_detail, prefer_perceived_exertion, OPT),
        SAI_LIST(struct strava_detail, segment_efforts, &meta_model),
        SAI_LIST(struct strava_detail, splits_metric, &strava_split_model),
        SAI_LIST(struct strava_detail, laps, &sim_lap_model),
        SAI_MODEL(struct strava_detail, photos, &photos_model),
        SAI_LIST(struct strava_detail, stats_visibility, &visibility_model),
        SAI_FIELD(struct strava_detail, hide_from_home),
        SAI_FIELD(struct strava_detail, embed_token),
        SAI_ARRAY(struct strava_detail, available_zones, SAI_K_STR),
};
const struct sai_model strava_detail_model = SAI_MODEL_OF(struct strava_detail, detail_fields, "DetailedActivity");

#define T struct strava_athlete
static const struct sai_field athlete_fields[] = {
        SAI_FIELD(T, id),          SAI_FIELD(T, username, OPT),  SAI_FIELD(T, resource_state),
        SAI_FIELD(T, firstname),   SAI_FIELD(T, lastname),       SAI_FIELD(T, bio, OPT),
        SAI_FIELD(T, city, OPT),   SAI_FIELD(T, state, OPT),     SAI_FIELD(T, country, OPT),
        SAI_FIELD(T, sex, OPT),    SAI_FIELD(T, premium),        SAI_FIELD(T, summit),
        SAI_FIELD(T, created_at),  SAI_FIELD(T, updated_at),     SAI_FIELD(T, badge_type_id),
        SAI_FIELD(T, weight),      SAI_FIELD(T, profile_medium), SAI_FIELD(T, profile),
        SAI_FIELD(T, friend, OPT), SAI_FIELD(T, follower, OPT),
};
const struct sai_model sim_athlete_model = SAI_MODEL_OF(T, athlete_fields, "SummaryAthlete");
#undef T

#define T struct strava_athlete_detail
static const struct sai_field athlete_detail_fields[] = {
        SAI_FIELD(T, blocked),
        SAI_FIELD(T, can_follow),
        SAI_FIELD(T, follower_count),
        SAI_FIELD(T, friend_count),
        SAI_FIELD(T, mutual_friend_count),
        SAI_FIELD(T, athlete_type),
        SAI_FIELD(T, date_preference),
        SAI_FIELD(T, measurement_preference),
        SAI_LIST(T, clubs, &meta_model),
        SAI_FIELD(T, postable_clubs_count),
        SAI_FIELD(T, ftp, OPT),
        SAI_LIST(T, bikes, &meta_model),
        SAI_LIST(T, shoes, &meta_model),
};
const struct sai_model strava_athlete_detail_model = SAI_MODEL_OF(T, athlete_detail_fields, "DetailedAthlete");
#undef T

static const struct sai_field zone_fields[] = { SAI_FIELD(struct strava_zone, min), SAI_FIELD(struct strava_zone, max) };
static const struct sai_model zone_model = SAI_MODEL_OF(struct strava_zone, zone_fields, "ZoneRange");
static const struct sai_field zone_set_fields[] = {
        SAI_FIELD(struct strava_zone_set, custom_zones),
        SAI_LIST(struct strava_zone_set, zones, &zone_model),
};
static const struct sai_model zone_set_model = SAI_MODEL_OF(struct strava_zone_set, zone_set_fields, "ZoneRanges");
static const struct sai_field zones_fields[] = {
        SAI_MODEL(struct strava_zones, heart_rate, &zone_set_model),
        SAI_MODEL(struct strava_zones, power, &zone_set_model, .flags = SAI_F_POINTER),
};
const struct sai_model sim_zones_model = SAI_MODEL_OF(struct strava_zones, zones_fields, "Zones");

#define T struct strava_total
static const struct sai_field total_fields[] = {
        SAI_FIELD(T, count),        SAI_FIELD(T, distance),       SAI_FIELD(T, moving_time),
        SAI_FIELD(T, elapsed_time), SAI_FIELD(T, elevation_gain), SAI_FIELD(T, achievement_count),
};
static const struct sai_model total_model = SAI_MODEL_OF(T, total_fields, "ActivityTotal");
#undef T

#define T struct strava_stats
static const struct sai_field stats_fields[] = {
        SAI_MODEL(T, recent_ride_totals, &total_model), SAI_MODEL(T, all_ride_totals, &total_model),
        SAI_MODEL(T, recent_run_totals, &total_model),  SAI_MODEL(T, all_run_totals, &total_model),
        SAI_MODEL(T, recent_swim_totals, &total_model), SAI_MODEL(T, all_swim_totals, &total_model),
        SAI_MODEL(T, ytd_ride_totals, &total_model),    SAI_MODEL(T, ytd_run_totals, &total_model),
        SAI_MODEL(T, ytd_swim_totals, &total_model),
};
const struct sai_model strava_stats_model = SAI_MODEL_OF(T, stats_fields, "ActivityStats");
#undef T

#define T struct strava_token
static const struct sai_field token_fields[] = {
        SAI_FIELD(T, token_type), SAI_FIELD(T, access_token),  SAI_FIELD(T, expires_at),
        SAI_FIELD(T, expires_in), SAI_FIELD(T, refresh_token), SAI_MODEL(T, athlete, &sim_athlete_model, .flags = SAI_F_POINTER),
};
const struct sai_model strava_token_model = SAI_MODEL_OF(T, token_fields, "Token");
#undef T

#define T struct strava_fault_error
static const struct sai_field fault_error_fields[] = { SAI_FIELD(T, resource), SAI_FIELD(T, field), SAI_FIELD(T, code) };
static const struct sai_model fault_error_model = SAI_MODEL_OF(T, fault_error_fields, "Error");
#undef T
static const struct sai_field fault_fields[] = {
        SAI_FIELD(struct strava_fault, message),
        SAI_LIST(struct strava_fault, errors, &fault_error_model),
};
const struct sai_model strava_fault_model = SAI_MODEL_OF(struct strava_fault, fault_fields, "Fault");

#define T struct strava_subscription
static const struct sai_field subscription_fields[] = {
        SAI_FIELD(T, id),           SAI_FIELD(T, resource_state), SAI_FIELD(T, application_id),
        SAI_FIELD(T, callback_url), SAI_FIELD(T, created_at),     SAI_FIELD(T, updated_at),
};
const struct sai_model strava_subscription_model = SAI_MODEL_OF(T, subscription_fields, "PushSubscription");
#undef T

#define T struct strava_event_updates
static const struct sai_field event_updates_fields[] = {
        SAI_FIELD(T, title),
        SAI_FIELD(T, type),
        SAI_FIELD(T, private),
        SAI_FIELD(T, authorized),
};
static const struct sai_model event_updates_model = SAI_MODEL_OF(T, event_updates_fields, "EventUpdates");
#undef T
#define T struct strava_event
static const struct sai_field event_fields[] = {
        SAI_FIELD(T, aspect_type),
        SAI_FIELD(T, event_time),
        SAI_FIELD(T, object_id),
        SAI_FIELD(T, object_type),
        SAI_FIELD(T, owner_id),
        SAI_FIELD(T, subscription_id),
        SAI_MODEL(T, updates, &event_updates_model),
};
const struct sai_model strava_event_model = SAI_MODEL_OF(T, event_fields, "Event");
#undef T
