/* user.c -- the tables of user.h. */
#include "model/user.h"

#include "model/target.h"
#include <string.h>

static const char *const unit_system_values[] = { "metric", "imperial", NULL };
const struct sai_enumeration unit_system_names = { "UnitSystem", unit_system_values };
static const char *const sex_values[] = { "M", "F", NULL };
const struct sai_enumeration sex_names = { "Sex", sex_values };
static const char *const strava_status_values[] = { "none", "connected", "reconnect_needed", "inactive", NULL };
const struct sai_enumeration strava_status_names = { "StravaStatus", strava_status_values };
static const char *const parameter_source_values[] = { "given", "strava", "estimated", "assumed", NULL };
const struct sai_enumeration parameter_source_names = { "ParameterSource", parameter_source_values };

static const char *zone_is_known(const struct sai_field *field, const void *value)
{
        (void)field;
        const char *name = *(const char *const *)value;
        return name && !sai_zone_find(name) ? "is not an IANA time zone" : NULL;
}

static const struct sai_field preferences_fields[] = {
        SAI_FIELD(struct preferences, units, .enumeration = &unit_system_names, .doc = "Units of the `display` strings"),
        SAI_FIELD(struct preferences, timezone, .max = 64, .check = zone_is_known, .example = "\"Europe/Berlin\"",
                  .doc = "IANA name; decides what \"today\" is"),
        SAI_FIELD(struct preferences, notifications, .doc = "Whether the athlete wants to be told of new insights"),
        SAI_FIELD(struct preferences, language, .max = 35, .example = "\"en\"", .doc = "BCP 47 tag"),
};
const struct sai_model preferences_model =
        SAI_MODEL_OF(struct preferences, preferences_fields, "Preferences", .doc = "What the athlete prefers");

const char *sport_type_problem(const char *name)
{
        enum sport sport;
        return name && !sport_find(name, strlen(name), &sport) ? "is not a sport type of Strava" : NULL;
}

static const char *check_sport(const struct sai_field *field, const void *value)
{
        (void)field;
        return sport_type_problem(*(const char *const *)value);
}

void milestone_understand(struct milestone *milestone)
{
        enum sport sport = SPORT_WORKOUT;
        struct target target = { 0 };
        if (milestone->sport_type)
                (void)sport_find(milestone->sport_type, strlen(milestone->sport_type), &sport);
        if (milestone->target)
                (void)target_read(milestone->target, sport_family(sport), milestone->distance, &target);
        milestone->target_time = target.time;
        milestone->target_pace = target.pace;
}

static const struct sai_field milestone_fields[] = {
        SAI_FIELD(struct milestone, id, .flags = SAI_F_READONLY, .doc = "Id of the milestone"),
        SAI_FIELD(struct milestone, name, .flags = SAI_F_REQUIRED, .min = 1, .max = 255, .example = "\"Oceanman 5K\"",
                  .doc = "Title"),
        SAI_FIELD(struct milestone, date, .flags = SAI_F_REQUIRED, .doc = "Day of the event"),
        SAI_FIELD(struct milestone, target, .flags = SAI_F_REQUIRED, .min = 1, .max = 255, .example = "\"sub-2:30\"",
                  .doc = "Target as the athlete wrote it"),
        SAI_FIELD(struct milestone, target_time, .unit = "s", .flags = SAI_F_READONLY, .doc = "Time understood of the target"),
        SAI_FIELD(struct milestone, target_pace, .unit = "s/km", .flags = SAI_F_READONLY, .doc = "Pace understood of the target"),
        SAI_FIELD(struct milestone, sport_type, .flags = SAI_F_REQUIRED, .max = 64, .check = check_sport, .example = "\"Swim\"",
                  .doc = "Sport"),
        SAI_FIELD(struct milestone, distance, .unit = "m", .min = 1, .max = 1e7, .doc = "Distance of the event"),
        SAI_FIELD(struct milestone, created_at, .flags = SAI_F_READONLY, .doc = "When it was made"),
        SAI_FIELD(struct milestone, updated_at, .flags = SAI_F_READONLY, .doc = "When it last changed"),
};
const struct sai_model milestone_model =
        SAI_MODEL_OF(struct milestone, milestone_fields, "Milestone", .doc = "A goal of the athlete");

static const struct sai_field body_fields[] = {
        SAI_FIELD(struct body, max_heartrate, .unit = "bpm", .min = 30, .max = 250, .doc = "Highest heart rate"),
        SAI_FIELD(struct body, resting_heartrate, .unit = "bpm", .min = 30, .max = 250, .doc = "Heart rate at rest"),
        SAI_FIELD(struct body, threshold_heartrate, .unit = "bpm", .min = 30, .max = 250,
                  .doc = "Heart rate at the lactate threshold"),
        SAI_FIELD(struct body, ftp, .unit = "W", .min = 30, .max = 700, .doc = "Functional threshold power"),
        SAI_FIELD(struct body, threshold_pace, .unit = "s/km", .min = 120, .max = 900, .doc = "Pace held for about an hour"),
        SAI_FIELD(struct body, css_pace_100m, .unit = "s/100m", .min = 50, .max = 300, .doc = "Critical swim speed as pace"),
        SAI_FIELD(struct body, weight, .unit = "kg", .min = 20, .max = 400, .doc = "Body weight"),
};
const struct sai_model body_model = SAI_MODEL_OF(struct body, body_fields, "Body");

static const struct sai_field user_fields[] = {
        SAI_FIELD(struct user, id, .flags = SAI_F_KEY | SAI_F_COLUMN),
        SAI_FIELD(struct user, strava_id),
        SAI_FIELD(struct user, username),
        SAI_FIELD(struct user, name),
        SAI_FIELD(struct user, firstname),
        SAI_FIELD(struct user, lastname),
        SAI_FIELD(struct user, email),
        SAI_FIELD(struct user, birth_year),
        SAI_FIELD(struct user, city),
        SAI_FIELD(struct user, country),
        SAI_LIST(struct user, milestones, &milestone_model),
        SAI_MODEL(struct user, preferences, &preferences_model),
        SAI_FIELD(struct user, sex, .enumeration = &sex_names),
        SAI_MODEL(struct user, given, &body_model),
        SAI_MODEL(struct user, strava, &body_model),
        SAI_ARRAY(struct user, strava_zones, SAI_K_F64, .max_items = 16),
        SAI_FIELD(struct user, name_given),
        SAI_FIELD(struct user, timezone_given),
        SAI_FIELD(struct user, strava_status, .enumeration = &strava_status_names),
        SAI_ARRAY(struct user, scopes, SAI_K_STR, .max_items = 32),
        SAI_FIELD(struct user, last_activity_sync),
        SAI_FIELD(struct user, last_full_listing),
        SAI_FIELD(struct user, created_at),
        SAI_FIELD(struct user, updated_at),
        SAI_FIELD(struct user, revision, .flags = SAI_F_COLUMN),
        SAI_FIELD(struct user, data_version, .flags = SAI_F_COLUMN),
        SAI_FIELD(struct user, data_committed_at, .flags = SAI_F_COLUMN),
};
const struct sai_model user_model = SAI_MODEL_OF(struct user, user_fields, "User", .collection = "users");
