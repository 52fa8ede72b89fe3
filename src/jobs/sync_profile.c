/* sync_profile.c -- the profile phase of a sync: what Strava says of the athlete goes beside what the athlete set here, never over it. */
#include "jobs/sync_internal.h"

static sai_status step_athlete(struct sync *sync, const struct strava_call *call, void *context, struct strava_error *reterr)
{
        return strava_get_athlete(sync->run->jobs->config.strava, call, sync->arena, context, reterr);
}

static sai_status step_zones(struct sync *sync, const struct strava_call *call, void *context, struct strava_error *reterr)
{
        return strava_get_zones(sync->run->jobs->config.strava, call, sync->arena, context, reterr);
}

static void take_text(const char **to, struct sai_opt_str from)
{
        if (SAI_HAS(from) && from.value && from.value[0])
                *to = from.value;
}

/* What Strava says goes beside what the athlete set here, never over it. */
static void take_profile(struct user *user, const struct strava_athlete *athlete)
{
        take_text(&user->username, athlete->username);
        take_text(&user->firstname, athlete->firstname);
        take_text(&user->lastname, athlete->lastname);
        take_text(&user->city, athlete->city);
        take_text(&user->country, athlete->country);
        user->strava.weight = athlete->weight;
        user->strava.ftp = SAI_HAS(athlete->ftp) ? SAI_SOME(sai_opt_f64, (double)athlete->ftp.value) : (struct sai_opt_f64) { 0 };
        if (!SAI_HAS(user->sex) && SAI_HAS(athlete->sex) && athlete->sex.value)
                user->sex = athlete->sex.value[0] == 'M'   ? SAI_SOME(sai_opt_enum, SEX_MALE)
                            : athlete->sex.value[0] == 'F' ? SAI_SOME(sai_opt_enum, SEX_FEMALE)
                                                           : user->sex;
}

/* The zones' upper ends are the last beat of a zone where Strava prints them per activity, and shared with the next zone's lower end here; custom
 * ones are taken as they are. Strava's default table follows from the highest heart rate, whose source we do not know: left to the estimate. */
static sai_status take_zones(struct user *user, const struct strava_zones *zones, struct sai_arena *arena)
{
        user->strava_zones = (struct sai_list) { 0 };
        const struct strava_zone *from = zones->heart_rate.zones.items;
        size_t count = zones->heart_rate.zones.count;
        if (!(SAI_HAS(zones->heart_rate.custom_zones) && zones->heart_rate.custom_zones.value) || count < 2 || count > 8)
                return SAI_OK;
        double *bounds = SAI_NEW_ARRAY(arena, double, count);
        if (!bounds)
                return SAI_NO_MEMORY;
        for (size_t i = 1; i < count; i++) {
                if (!SAI_HAS(from[i].min))
                        return SAI_OK;
                bounds[i - 1] = from[i].min.value;
        }
        user->strava_zones = (struct sai_list) { bounds, count - 1 };
        return SAI_OK;
}

sai_status sync_change_user(struct sync *sync, sai_status (*change)(struct sync *, struct user *, void *), void *context,
                            struct sai_err *err)
{
        sai_status status = SAI_CONFLICT;
        for (int i = 0; i < 8 && status == SAI_CONFLICT; i++) {
                struct user user;
                status = store_user_get(sync->store, sync->user_id, sync->arena, &user, err);
                if (status == SAI_OK)
                        status = change(sync, &user, context);
                user.updated_at.ms = sai_now_ms(&sync->run->jobs->config.clock);
                if (status == SAI_OK)
                        status = store_user_put(sync->store, &user, err);
        }
        return status == SAI_CONFLICT ? sai_fail(err, SAI_UNAVAILABLE, "the profile changes too fast") : status;
}

struct profile {
        struct strava_athlete athlete;
        struct strava_zones zones;
        bool has_zones;
};

static sai_status change_profile(struct sync *sync, struct user *user, void *context)
{
        struct profile *profile = context;
        take_profile(user, &profile->athlete);
        return profile->has_zones ? take_zones(user, &profile->zones, sync->arena) : SAI_OK;
}

sai_status sync_profile(struct sync *sync, struct sai_err *err)
{
        struct profile *profile = SAI_NEW(sync->arena, struct profile);
        if (!profile)
                return sai_fail(err, SAI_NO_MEMORY, "profile");
        sai_status status = sync_call(sync, step_athlete, &profile->athlete, err);
        if (status == SAI_OK) {
                status = sync_call(sync, step_zones, &profile->zones, err);
                profile->has_zones = status == SAI_OK;
                /* Zones need a permission of their own; without it they are estimated. */
                if (status == SAI_NOT_FOUND || status == SAI_MISSING_SCOPE) {
                        sync->run->final = false;
                        status = SAI_OK;
                }
        }
        if (status == SAI_OK)
                status = sync_change_user(sync, change_profile, profile, err);
        return status;
}

/* What is left of the limits is known to a process from answers alone, and a stretch of activities without streams brings none that say it (a 404
 * carries no usage): a process that was started in the middle of it would neither see that they are used up nor that they are wide. */
sai_status sync_learn_limits(struct sync *sync, struct sai_err *err)
{
        struct strava_athlete *athlete = SAI_NEW(sync->arena, struct strava_athlete);
        return athlete ? sync_call(sync, step_athlete, athlete, err) : sai_fail(err, SAI_NO_MEMORY, "athlete");
}
