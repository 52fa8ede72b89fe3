/* user.h -- an athlete's account: who they are, what they prefer, what they told us about their body.
 *
 * What the athlete set here and what Strava says are kept apart (`given_…` against `strava_…` would be two names for one fact, so
 * Strava's values live in `strava_profile`), because a sync must never overwrite what the athlete set. Tokens are not here: rows are
 * cached, and secrets are never cached; see strava_link.h. */
#ifndef SAI_MODEL_USER_H
#define SAI_MODEL_USER_H

#include "json/model.h"

enum unit_system { UNITS_METRIC, UNITS_IMPERIAL };
enum sex { SEX_MALE, SEX_FEMALE };
enum link_status { LINK_NONE, LINK_CONNECTED, LINK_RECONNECT_NEEDED, LINK_INACTIVE };
/* Where a parameter's value comes from, best first (metrics reference 5.2). */
enum parameter_source { PARAMETER_GIVEN, PARAMETER_STRAVA, PARAMETER_ESTIMATED, PARAMETER_ASSUMED };

extern const struct sai_enumeration unit_system_names, sex_names, strava_status_names, parameter_source_names;

struct preferences {
        int units; /* enum unit_system */
        const char *timezone; /* IANA name */
        bool notifications;
        const char *language; /* BCP 47 */
};

struct milestone {
        struct sai_id id;
        const char *name;
        struct sai_day date;
        const char *target;
        struct sai_opt_f64 target_time, target_pace;
        const char *sport_type;
        struct sai_opt_f64 distance;
        struct sai_instant created_at, updated_at;
};

/* Reads the target by sport and distance: sets target_time or target_pace, or clears both when it is not understood (target.h). */
void milestone_understand(struct milestone *milestone);
/* What is wrong with the name of a sport, or NULL. */
const char *sport_type_problem(const char *name);

/* The parameters that metrics need, as given by one side; absent where that side says nothing. */
struct body {
        struct sai_opt_f64 max_heartrate, resting_heartrate, threshold_heartrate, ftp, threshold_pace, css_pace_100m, weight;
};

struct user {
        struct sai_id id;
        struct sai_opt_i64 strava_id;
        const char *username, *name, *firstname, *lastname, *email;
        struct sai_opt_i64 birth_year;
        const char *city, *country;
        struct sai_list milestones; /* struct milestone */
        struct preferences preferences;
        struct sai_opt_enum sex; /* given, else Strava's */
        struct body given; /* what the athlete set last; dated history is in thresholds */
        struct body strava; /* what Strava's profile and zones say */
        struct sai_list strava_zones; /* double: lower bounds of Strava's heart-rate zones 2…, empty when default or unknown */
        bool name_given; /* the athlete set the name here: a sync leaves it */
        bool timezone_given;
        int strava_status; /* enum link_status */
        struct sai_list scopes; /* const char * */
        struct sai_opt_instant last_activity_sync;
        struct sai_opt_instant last_full_listing; /* when every activity was last seen at Strava: renews what may be kept */
        struct sai_instant created_at, updated_at;
        int64_t revision; /* optimistic lock: replaced only when it is unchanged */
        int64_t data_version; /* grows with every commit that changes what the athlete sees; read-only here: store_user_touch */
        struct sai_opt_instant data_committed_at;
};

extern const struct sai_model user_model; /* as stored */
extern const struct sai_model preferences_model, milestone_model, body_model;

#endif
