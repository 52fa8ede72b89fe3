/* users.c -- the profile: who the athlete is, what they prefer, what is known of their body and from where.
 *
 * What is shown is today's value of each parameter with its source; what the athlete sets here holds from today on, as a dated threshold, and is
 * never overwritten by a sync. A change of a parameter makes metrics stale: a job computes them again. */
#include "api/api_internal.h"

#include "api/profile.h"
#include "base/limits.h"
#include <string.h>

/* -- Models ------------------------------------------------------------------------------------------------------------------ */

struct parameter_view {
        struct sai_opt_f64 value;
        struct sai_opt_enum source;
        struct sai_opt_day since;
};
static const struct sai_field parameter_view_fields[] = {
        SAI_FIELD(struct parameter_view, value, .doc = "Value that holds today"),
        SAI_FIELD(struct parameter_view, source, .enumeration = &parameter_source_names, .doc = "Where it comes from"),
        SAI_FIELD(struct parameter_view, since, .doc = "Day it holds from"),
};
static const struct sai_model parameter_view_model = SAI_MODEL_OF(struct parameter_view, parameter_view_fields, "Parameter");

struct parameters_view {
        struct parameter_view max_heartrate, resting_heartrate, threshold_heartrate, ftp, threshold_pace, css_pace_100m, weight;
};
#define PARAMETER(m, unit_) SAI_MODEL(struct parameters_view, m, &parameter_view_model, .unit = unit_, .doc = "As of today")
static const struct sai_field parameters_view_fields[] = {
        PARAMETER(max_heartrate, "bpm"),
        PARAMETER(resting_heartrate, "bpm"),
        PARAMETER(threshold_heartrate, "bpm"),
        PARAMETER(ftp, "W"),
        PARAMETER(threshold_pace, "s/km"),
        PARAMETER(css_pace_100m, "s/100m"),
        PARAMETER(weight, "kg"),
};
static const struct sai_model parameters_view_model = SAI_MODEL_OF(struct parameters_view, parameters_view_fields, "Parameters");

struct profile {
        struct sai_id id;
        struct sai_opt_i64 strava_id;
        const char *username, *name, *firstname, *lastname, *email;
        struct sai_opt_i64 age, birth_year;
        struct sai_opt_f64 weight;
        const char *city, *country;
        struct sai_list milestones;
        struct preferences preferences;
        struct sai_opt_f64 max_heartrate, resting_heartrate, threshold_heartrate, ftp, threshold_pace, css_pace_100m;
        struct sai_opt_enum sex;
        bool profile_complete;
        int strava_status;
        bool strava_connected;
        struct sai_list scopes;
        struct sai_opt_instant last_activity_sync;
        struct parameters_view parameters;
        struct sai_instant created_at, updated_at;
};
#define VIEW(m, ...) SAI_FIELD(struct profile, m, __VA_ARGS__)
static const struct sai_field profile_fields[] = {
        VIEW(id, .doc = "Id of the user"),
        VIEW(strava_id, .doc = "Athlete id at Strava"),
        VIEW(username, .flags = SAI_F_NULLABLE, .doc = "Name at Strava"),
        VIEW(name, .flags = SAI_F_NULLABLE, .doc = "Full name"),
        VIEW(firstname, .flags = SAI_F_NULLABLE, .doc = "First name, from Strava"),
        VIEW(lastname, .flags = SAI_F_NULLABLE, .doc = "Last name, from Strava"),
        VIEW(email, .flags = SAI_F_NULLABLE, .doc = "E-mail address"),
        VIEW(age, .unit = "years", .doc = "Age this year"),
        VIEW(birth_year, .doc = "Year of birth"),
        VIEW(weight, .unit = "kg", .doc = "Body weight of today"),
        VIEW(city, .flags = SAI_F_NULLABLE, .doc = "City, from Strava"),
        VIEW(country, .flags = SAI_F_NULLABLE, .doc = "Country, from Strava"),
        SAI_LIST(struct profile, milestones, &milestone_model, .doc = "Goals"),
        SAI_MODEL(struct profile, preferences, &preferences_model, .doc = "What the athlete prefers"),
        VIEW(max_heartrate, .unit = "bpm", .doc = "Highest heart rate"),
        VIEW(resting_heartrate, .unit = "bpm", .doc = "Heart rate at rest"),
        VIEW(threshold_heartrate, .unit = "bpm", .doc = "Heart rate at threshold"),
        VIEW(ftp, .unit = "W", .doc = "Functional threshold power"),
        VIEW(threshold_pace, .unit = "s/km", .decimals = 3, .doc = "Threshold pace"),
        VIEW(css_pace_100m, .unit = "s/100m", .decimals = 3, .doc = "Critical swim speed as pace"),
        VIEW(sex, .enumeration = &sex_names, .doc = "Sex, for formulas that differ by it"),
        VIEW(profile_complete, .doc = "Whether name, age and weight are known"),
        VIEW(strava_status, .enumeration = &strava_status_names, .doc = "State of the link to Strava"),
        VIEW(strava_connected, .doc = "Whether the link works"),
        SAI_ARRAY(struct profile, scopes, SAI_K_STR, .max_items = 32, .doc = "Permissions granted at Strava"),
        VIEW(last_activity_sync, .doc = "End of the last sync"),
        SAI_MODEL(struct profile, parameters, &parameters_view_model, .doc = "Where each parameter comes from"),
        VIEW(created_at, .doc = "When the account was made"),
        VIEW(updated_at, .doc = "When it last changed"),
};
const struct sai_model profile_model =
        SAI_MODEL_OF(struct profile, profile_fields, "Profile", .doc = "The athlete; no token, ever");

struct preferences_change {
        struct sai_opt_enum units;
        struct sai_opt_str timezone;
        struct sai_opt_bool notifications;
        struct sai_opt_str language;
};

static const char *zone_is_known(const struct sai_field *field, const void *value)
{
        (void)field;
        const struct sai_opt_str *name = value;
        return SAI_HAS(*name) && !sai_zone_find(name->value) ? "is not an IANA time zone" : NULL;
}

static const struct sai_field preferences_change_fields[] = {
        SAI_FIELD(struct preferences_change, units, .enumeration = &unit_system_names, .flags = SAI_F_NO_CLEAR,
                  .doc = "Units of the display strings"),
        SAI_FIELD(struct preferences_change, timezone, .max = 64, .check = zone_is_known, .flags = SAI_F_NO_CLEAR,
                  .example = "\"Europe/Berlin\"", .doc = "IANA name"),
        SAI_FIELD(struct preferences_change, notifications, .flags = SAI_F_NO_CLEAR, .doc = "Whether to tell of new insights"),
        SAI_FIELD(struct preferences_change, language, .min = 2, .max = 35, .flags = SAI_F_NO_CLEAR, .example = "\"en\"",
                  .doc = "BCP 47 tag"),
};
static const struct sai_model preferences_change_model =
        SAI_MODEL_OF(struct preferences_change, preferences_change_fields, "PreferencesChange");

struct profile_change {
        struct sai_opt_str name;
        struct sai_opt_i64 age;
        struct sai_opt_f64 weight;
        struct preferences_change *preferences;
        struct sai_opt_f64 max_heartrate, resting_heartrate, threshold_heartrate, ftp, threshold_pace, css_pace_100m;
        struct sai_opt_enum sex;
};
#define CHANGE(m, ...) SAI_FIELD(struct profile_change, m, __VA_ARGS__)
/* The bounds of what onboarding asks for too. */
#define NAME(type, flags_) SAI_FIELD(type, name, .min = 1, .max = 255, .flags = (flags_), .doc = "Full name")
#define AGE(type, flags_)                                                                                                        \
        SAI_FIELD(type, age, .unit = "years", .min = 13, .max = 120, .flags = (flags_), .doc = "Age; kept as the year of birth")
#define WEIGHT(type, flags_)                                                                                                     \
        SAI_FIELD(type, weight, .unit = "kg", .min = 20, .max = 400, .flags = (flags_), .doc = "Body weight, from today on")
static const struct sai_field profile_change_fields[] = {
        NAME(struct profile_change, SAI_F_NO_CLEAR),
        AGE(struct profile_change, 0),
        WEIGHT(struct profile_change, 0),
        SAI_MODEL_POINTER(struct profile_change, preferences, &preferences_change_model, .doc = "Only what is to change"),
        CHANGE(max_heartrate, .unit = "bpm", .min = 30, .max = 250, .doc = "Highest heart rate, from today on"),
        CHANGE(resting_heartrate, .unit = "bpm", .min = 30, .max = 250, .doc = "Heart rate at rest, from today on"),
        CHANGE(threshold_heartrate, .unit = "bpm", .min = 30, .max = 250, .doc = "Heart rate at threshold, from today on"),
        CHANGE(ftp, .unit = "W", .min = 30, .max = 700, .doc = "Functional threshold power, from today on"),
        CHANGE(threshold_pace, .unit = "s/km", .min = 120, .max = 900, .doc = "Threshold pace, from today on"),
        CHANGE(css_pace_100m, .unit = "s/100m", .min = 50, .max = 300, .doc = "Critical swim speed as pace, from today on"),
        CHANGE(sex, .enumeration = &sex_names, .doc = "Sex, for formulas that differ by it"),
};

static void check_heart_rates(const void *object, struct sai_errors *errors)
{
        const struct profile_change *c = object;
        if (SAI_HAS(c->max_heartrate) && SAI_HAS(c->resting_heartrate) && c->max_heartrate.value <= c->resting_heartrate.value)
                sai_errors_add(errors, "/max_heartrate", "not_consistent", "must be above resting_heartrate");
        if (SAI_HAS(c->max_heartrate) && SAI_HAS(c->threshold_heartrate) &&
            c->threshold_heartrate.value >= c->max_heartrate.value)
                sai_errors_add(errors, "/threshold_heartrate", "not_consistent", "must be below max_heartrate");
}
static const struct sai_model profile_change_model =
        SAI_MODEL_OF(struct profile_change, profile_change_fields, "ProfileChange", .check = check_heart_rates,
                     .doc = "What is to change; what is left out stays");

/* -- The view -------------------------------------------------------------------------------------------------------------------------- */

bool profile_is_complete(const struct user *user)
{
        bool weight = SAI_HAS(user->given.weight) || SAI_HAS(user->strava.weight);
        return user->name && user->name[0] && SAI_HAS(user->birth_year) && weight;
}

static struct sai_opt_f64 view_parameter(const struct athlete_parameters *parameters, enum athlete_parameter_id id,
                                         struct parameter_view *view)
{
        const struct athlete_parameter *p = &parameters->values[id];
        if (!p->known)
                return (struct sai_opt_f64) { 0 };
        *view = (struct parameter_view) { .value = SAI_SOME(sai_opt_f64, p->value),
                                          .source = SAI_SOME(sai_opt_enum, (int)p->source) };
        /* Strava's values and our estimates have no first day that means anything. */
        if (p->source == PARAMETER_GIVEN)
                view->since = SAI_SOME(sai_opt_day, p->since);
        return view->value;
}

static void view_parameters(const struct athlete_parameters *from, struct profile *to)
{
        struct parameters_view *v = &to->parameters;
        to->max_heartrate = view_parameter(from, PARAMETER_MAX_HEARTRATE, &v->max_heartrate);
        to->resting_heartrate = view_parameter(from, PARAMETER_RESTING_HEARTRATE, &v->resting_heartrate);
        to->threshold_heartrate = view_parameter(from, PARAMETER_THRESHOLD_HEARTRATE, &v->threshold_heartrate);
        to->ftp = view_parameter(from, PARAMETER_FTP, &v->ftp);
        to->threshold_pace = view_parameter(from, PARAMETER_THRESHOLD_PACE, &v->threshold_pace);
        to->css_pace_100m = view_parameter(from, PARAMETER_CSS_PACE_100M, &v->css_pace_100m);
        to->weight = view_parameter(from, PARAMETER_WEIGHT, &v->weight);
}

/* What the athlete set is shown even where the formulas will not use it (a highest heart rate of 40): it must not seem lost. */
static void keep_given(struct sai_opt_f64 *shown, struct parameter_view *view, struct sai_opt_f64 given)
{
        if (!SAI_HAS(given) || (SAI_HAS(view->source) && view->source.value == PARAMETER_GIVEN))
                return;
        *view = (struct parameter_view) { .value = given, .source = SAI_SOME(sai_opt_enum, PARAMETER_GIVEN) };
        *shown = given;
}

static void view_given(const struct user *user, struct profile *to)
{
        struct parameters_view *v = &to->parameters;
        keep_given(&to->max_heartrate, &v->max_heartrate, user->given.max_heartrate);
        keep_given(&to->resting_heartrate, &v->resting_heartrate, user->given.resting_heartrate);
        keep_given(&to->threshold_heartrate, &v->threshold_heartrate, user->given.threshold_heartrate);
}

static int this_year(struct sai_day today)
{
        int year, month, day;
        sai_day_to_civil(today, &year, &month, &day);
        return year;
}

static sai_status reply_user(struct sai_request *request, struct sai_reply *reply, const struct user *user, struct sai_err *err)
{
        struct api *api = api_of(request);
        struct sai_day today = api_today(api, user);
        SAI_CLEANUP(cache_entry_release_p) struct cache_entry *entry = NULL;
        const struct athlete_data *data;
        struct athlete_parameters parameters;
        sai_status status = training_data(api->training, user, request->deadline_ms, &entry, &data, err);
        if (status != SAI_OK)
                return status;
        if (athlete_parameters_on(&data->history, today, request->arena, &parameters) != SAI_OK)
                return sai_fail(err, SAI_NO_MEMORY, "parameters");
        struct profile view = {
                .id = user->id,
                .strava_id = user->strava_id,
                .username = user->username,
                .name = user->name,
                .firstname = user->firstname,
                .lastname = user->lastname,
                .email = user->email,
                .birth_year = user->birth_year,
                .city = user->city,
                .country = user->country,
                .milestones = user->milestones,
                .preferences = user->preferences,
                .sex = user->sex,
                .profile_complete = profile_is_complete(user),
                .strava_status = user->strava_status,
                .strava_connected = user->strava_status == LINK_CONNECTED,
                .scopes = user->scopes,
                .last_activity_sync = user->last_activity_sync,
                .created_at = user->created_at,
                .updated_at = user->updated_at,
        };
        if (SAI_HAS(user->birth_year))
                view.age = SAI_SOME(sai_opt_i64, this_year(today) - user->birth_year.value);
        view_parameters(&parameters, &view);
        view_given(user, &view);
        return sai_reply_model(reply, &profile_model, &view, err);
}

sai_status profile_reply(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        return reply_user(request, reply, api_user(request), err);
}

/* -- Changes ----------------------------------------------------------------------------------------------------------------------------- */

static bool touches_parameters(const struct profile_change *c)
{
        return c->weight.has || c->max_heartrate.has || c->resting_heartrate.has || c->threshold_heartrate.has || c->ftp.has ||
               c->threshold_pace.has || c->css_pace_100m.has;
}

static void apply_preferences(const struct preferences_change *change, struct user *user)
{
        if (SAI_HAS(change->units))
                user->preferences.units = change->units.value;
        if (SAI_HAS(change->timezone)) {
                user->preferences.timezone = change->timezone.value;
                user->timezone_given = true;
        }
        if (SAI_HAS(change->notifications))
                user->preferences.notifications = change->notifications.value;
        if (SAI_HAS(change->language))
                user->preferences.language = change->language.value;
}

static void apply_change(const struct profile_change *change, struct sai_day today, struct user *user)
{
        sai_model_apply(&profile_change_model, change, &body_model, &user->given);
        if (SAI_HAS(change->name)) {
                user->name = change->name.value;
                user->name_given = true;
        }
        if (change->age.has)
                user->birth_year = SAI_HAS(change->age) ? SAI_SOME(sai_opt_i64, this_year(today) - change->age.value)
                                                        : (struct sai_opt_i64) { 0 };
        if (change->sex.has)
                user->sex = change->sex;
        if (change->preferences)
                apply_preferences(change->preferences, user);
}

/* Today's threshold row, made or changed: clearing a value ends it from today on only when an earlier one holds, which a row cannot say; so a
 * cleared value leaves every row, as if it had never been given. */
static sai_status date_parameters(struct api *api, struct sai_id user_id, const struct profile_change *change,
                                  struct sai_day today, struct sai_arena *arena, struct sai_err *err)
{
        struct threshold *rows;
        size_t count;
        sai_status status = store_threshold_list(api->store, user_id, arena, &rows, &count, err);
        struct threshold row = {
                .id = store_new_id(api->store), .user_id = user_id, .from = today, .created_at = { sai_now_ms(&api->clock) }
        };
        for (size_t i = 0; i < count && status == SAI_OK; i++) {
                struct profile_change cleared = *change;
                struct sai_opt_f64 *values[] = {
                        &cleared.weight, &cleared.max_heartrate,  &cleared.resting_heartrate, &cleared.threshold_heartrate,
                        &cleared.ftp,    &cleared.threshold_pace, &cleared.css_pace_100m
                };
                bool clears = false;
                for (size_t k = 0; k < SAI_COUNT(values); k++) {
                        clears |= values[k]->has == SAI_NULL;
                        if (values[k]->has == SAI_VALUE)
                                values[k]->has = SAI_ABSENT;
                }
                if (rows[i].from.number == today.number) {
                        row = rows[i];
                } else if (clears) {
                        sai_model_apply(&profile_change_model, &cleared, &threshold_model, &rows[i]);
                        status = store_threshold_put(api->store, &rows[i], err);
                }
        }
        if (status != SAI_OK)
                return status;
        sai_model_apply(&profile_change_model, change, &threshold_model, &row);
        return store_threshold_put(api->store, &row, err);
}

enum { CHANGE_TRIES = 8 };
/* Makes a change, adds milestones (NULL: none) in the same write of the user's row, and starts the computing that follows from it. */
static sai_status make_change(struct sai_request *request, const struct profile_change *change, const struct sai_list *milestones,
                              struct user *ret_user, struct sai_err *err)
{
        struct api *api = api_of(request);
        struct sai_id id = request->principal.user_id;
        struct sai_day today = api_today(api, api_user(request));
        bool parameters = touches_parameters(change);
        sai_status status = parameters ? SAI_CONFLICT : SAI_OK;
        /* Two changes at once meet in the revisions of the rows; each is done again until it was alone. */
        for (int i = 0; i < CHANGE_TRIES && status == SAI_CONFLICT; i++)
                status = date_parameters(api, id, change, today, request->arena, err);
        if (status == SAI_OK)
                status = SAI_CONFLICT;
        for (int i = 0; i < CHANGE_TRIES && status == SAI_CONFLICT; i++) {
                status = store_user_get(api->store, id, request->arena, ret_user, err);
                if (status == SAI_OK && milestones && milestones_add(api, milestones, request->arena, ret_user, err) != SAI_OK)
                        return err->code; /* too many: final */
                if (status != SAI_OK)
                        break;
                apply_change(change, today, ret_user);
                ret_user->updated_at.ms = sai_now_ms(&api->clock);
                status = store_user_put(api->store, ret_user, err);
        }
        if (status == SAI_OK)
                status = store_user_touch(api->store, id, err);
        struct job job;
        if (status == SAI_OK && (parameters || change->age.has || change->sex.has))
                status = jobs_add_metrics(api->jobs, id, request->arena, &job, err);
        if (status == SAI_OK)
                status = store_user_get(api->store, id, request->arena, ret_user, err);
        return status == SAI_CONFLICT ? sai_fail(err, SAI_BUSY, "the profile changes too fast") : status;
}

static sai_status change_profile(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        struct user user;
        sai_status status = make_change(request, request->in, NULL, &user, err);
        return status == SAI_OK ? reply_user(request, reply, &user, err) : status;
}

/* -- Onboarding -------------------------------------------------------------------------------------------------------------------------- */

struct onboarding {
        const char *name;
        int64_t age;
        double weight;
        struct sai_list milestones;
};
static const struct sai_field onboarding_fields[] = {
        NAME(struct onboarding, SAI_F_REQUIRED),
        AGE(struct onboarding, SAI_F_REQUIRED),
        WEIGHT(struct onboarding, SAI_F_REQUIRED),
        SAI_LIST(struct onboarding, milestones, &milestone_model, .max_items = SAI_MAX_MILESTONES, .doc = "Goals to begin with"),
};
static const struct sai_model onboarding_model =
        SAI_MODEL_OF(struct onboarding, onboarding_fields, "Onboarding", .doc = "What the figures need to know first");

struct onboarded {
        struct sai_id user_id;
        bool profile_complete;
};
static const struct sai_field onboarded_fields[] = {
        SAI_FIELD(struct onboarded, user_id, .doc = "Id of the user"),
        SAI_FIELD(struct onboarded, profile_complete, .doc = "Whether age, weight and name are known"),
};
static const struct sai_model onboarded_model = SAI_MODEL_OF(struct onboarded, onboarded_fields, "Onboarded");

static sai_status onboard(struct sai_request *request, struct sai_reply *reply, struct sai_err *err)
{
        const struct onboarding *in = request->in;
        struct profile_change change = { .name = SAI_SOME(sai_opt_str, in->name),
                                         .age = SAI_SOME(sai_opt_i64, in->age),
                                         .weight = SAI_SOME(sai_opt_f64, in->weight) };
        struct user user;
        sai_status status = make_change(request, &change, &in->milestones, &user, err);
        struct onboarded answer = { request->principal.user_id, status == SAI_OK && profile_is_complete(&user) };
        return status == SAI_OK ? sai_reply_model(reply, &onboarded_model, &answer, err) : status;
}

static const sai_status onboarding_problems[] = { SAI_CONFLICT, SAI_OK };

const struct sai_route user_routes[] = {
        { "GET", "/api/v1/users/profile", profile_reply, .auth = SAI_AUTH_USER, .rate = SAI_RATE_READ, .out = &profile_model,
          .tag = "users", .operation = "getProfile", .summary = "The athlete's profile" },
        { "PUT", "/api/v1/users/profile", change_profile, .auth = SAI_AUTH_USER, .rate = SAI_RATE_WRITE,
          .in = &profile_change_model, .out = &profile_model, .tag = "users", .operation = "changeProfile",
          .summary = "Change the profile",
          .doc = "A member left out stays, null clears it. What is set here a sync never overwrites; thresholds and weight hold "
                 "from today on." },
        { "POST", "/api/v1/users/onboarding", onboard, .auth = SAI_AUTH_USER, .rate = SAI_RATE_WRITE, .in = &onboarding_model,
          .out = &onboarded_model, .tag = "users", .operation = "onboard", .summary = "Name, age, weight and first goals at once",
          .problems = onboarding_problems },
        { 0 },
};
