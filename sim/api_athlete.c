/* api_athlete.c -- /athlete, its zones and its totals. */
#include "sim/sim_internal.h"

#include <math.h>

#include "sim/strava_json.h"

void athlete_describe(const struct sim *sim, const struct sim_athlete *athlete, int64_t resource_state,
                      struct strava_athlete *ret)
{
        const struct persona *p = &athlete->persona;
        int64_t day = 24 * 3600 * 1000LL, today = sim_now_ms(sim) / day * day;
        *ret = (struct strava_athlete) {
                .id = athlete->id,
                .resource_state = resource_state,
                .firstname = athlete->recorded ? "Recorded" : p->first_name,
                .lastname = athlete->recorded ? "Athlete" : p->last_name,
                .city = athlete->recorded ? "" : p->home->city,
                .state = "",
                .country = athlete->recorded ? "" : p->home->country,
                .sex = athlete->recorded ? NULL : p->sex,
                .premium = true,
                .summit = true,
                .created_at = { today - 3700 * day },
                .updated_at = { today },
                .badge_type_id = 1,
                .profile_medium = "avatar/athlete/medium.png",
                .profile = "avatar/athlete/large.png",
        };
        /* Of whoever made the recordings no weight is known. */
        if (!athlete->recorded)
                ret->weight = SAI_SOME(sai_opt_f64, round(p->weight_kg * 10.0) / 10.0);
}

sai_status api_athlete(struct api_call *call, struct sai_err *err)
{
        (void)err;
        const struct persona *p = &call->athlete->persona;
        bool detailed = (call->token.scopes & SCOPE_PROFILE_READ_ALL) != 0, first = true;
        struct strava_athlete athlete;
        athlete_describe(call->sim, call->athlete, detailed ? 3 : 2, &athlete);
        struct strava_athlete_detail detail = {
                .can_follow = true,
                .follower_count = (int64_t)(p->seed % 200),
                .friend_count = (int64_t)(p->seed / 200 % 200),
                .athlete_type = p->kind == PERSONA_CYCLIST ? 0 : 1,
                .date_preference = "%m/%d/%Y",
                .measurement_preference = "meters",
        };
        if (p->kind == PERSONA_CYCLIST && !call->athlete->recorded)
                detail.ftp = SAI_SOME(sai_opt_i64, (int64_t)llround(p->ride_power));
        struct sai_buf *buf = &call->reply->body;
        sai_buf_char(buf, '{');
        strava_write_members(buf, &sim_athlete_model, &athlete, NULL, &first);
        if (detailed)
                strava_write_members(buf, &strava_athlete_detail_model, &detail, NULL, &first);
        sai_buf_char(buf, '}');
        api_reply_json(call->reply, 200);
        return SAI_OK;
}

/* Strava's default zones: shares of the highest heart rate; the top one has no upper bound. */
sai_status api_athlete_zones(struct api_call *call, struct sai_err *err)
{
        (void)err;
        static const double heart[] = { 0.59, 0.78, 0.87, 0.97 }, power[] = { 0.55, 0.75, 0.90, 1.05, 1.20, 1.50 };
        const struct persona *p = &call->athlete->persona;
        struct strava_zone beats[5] = { 0 }, watts[7] = { 0 };
        for (size_t i = 0; i < SAI_COUNT(beats); i++)
                beats[i] = (struct strava_zone) { .min = i ? beats[i - 1].max : 0,
                                                  .max = i < SAI_COUNT(heart) ? (int64_t)(heart[i] * p->max_heartrate) : -1 };
        for (size_t i = 0; i < SAI_COUNT(watts); i++)
                watts[i] = (struct strava_zone) { .min = i ? watts[i - 1].max + 1 : 0,
                                                  .max = i < SAI_COUNT(power) ? (int64_t)(power[i] * p->ride_power) : -1 };
        struct strava_zone_set power_set = { .zones = { watts, SAI_COUNT(watts) } };
        struct strava_zones zones = {
                .heart_rate = { .custom_zones = SAI_SOME(sai_opt_bool, false), .zones = { beats, SAI_COUNT(beats) } },
                .power = p->kind == PERSONA_CYCLIST && !call->athlete->recorded ? &power_set : NULL,
        };
        strava_write(&call->reply->body, &sim_zones_model, &zones);
        api_reply_json(call->reply, 200);
        return SAI_OK;
}

static void total_add(struct strava_total *total, const struct strava_activity *a)
{
        total->count++;
        total->distance += a->distance;
        total->moving_time += a->moving_time;
        total->elapsed_time += a->elapsed_time;
        total->elevation_gain += a->total_elevation_gain;
}

static void stats_add(struct strava_stats *stats, const struct strava_activity *a, int64_t recent_ms, int64_t year_ms)
{
        enum sport sport;
        sport_find(a->sport_type, strlen(a->sport_type), &sport);
        struct strava_total *all, *recent, *year;
        switch (sport_family(sport)) {
        case FAMILY_RUN:
                all = &stats->all_run_totals, recent = &stats->recent_run_totals, year = &stats->ytd_run_totals;
                break;
        case FAMILY_RIDE:
                all = &stats->all_ride_totals, recent = &stats->recent_ride_totals, year = &stats->ytd_ride_totals;
                break;
        case FAMILY_SWIM:
                all = &stats->all_swim_totals, recent = &stats->recent_swim_totals, year = &stats->ytd_swim_totals;
                break;
        case FAMILY_WALK:
        case FAMILY_OTHER:
        default:
                return;
        }
        total_add(all, a);
        if (a->start_date.ms >= recent_ms)
                total_add(recent, a);
        if (a->start_date_local.ms >= year_ms)
                total_add(year, a);
}

/* What everyone may see of the athlete's list as it is now, in the arena. */
static struct sim_activity **activities_now(struct api_call *call, size_t *ret_count)
{
        size_t count = 0;
        pthread_mutex_lock(&call->sim->lock);
        struct sim_activity **copy = SAI_NEW_ARRAY(call->request->arena, struct sim_activity *, call->athlete->count + 1);
        for (size_t i = 0; copy && i < call->athlete->count; i++) {
                struct sim_activity *a = call->athlete->activities[i];
                if (!a->only_me && !a->deleted)
                        copy[count++] = a;
        }
        pthread_mutex_unlock(&call->sim->lock);
        *ret_count = count;
        return copy;
}

sai_status api_athlete_stats(struct api_call *call, struct sai_err *err)
{
        int64_t id = 0;
        struct sai_text text = call->request->params[0];
        if (!sai_parse_i64(text.data, text.len, &id) || id != call->athlete->id) {
                api_fault(call->reply, 403, "Forbidden", NULL, NULL, NULL);
                return SAI_OK;
        }
        struct strava_stats stats = { 0 };
        stats.recent_ride_totals.achievement_count = stats.recent_run_totals.achievement_count =
                stats.recent_swim_totals.achievement_count = SAI_SOME(sai_opt_i64, 0);
        int64_t now_ms = sim_now_ms(call->sim);
        struct sai_day today = { (int32_t)(now_ms / 86400000) };
        size_t count = 0;
        struct sim_activity **activities = activities_now(call, &count);
        if (!activities)
                return sai_fail(err, SAI_NO_MEMORY, "statistics");
        for (size_t i = 0; i < count; i++) {
                struct strava_activity summary;
                sai_status status = catalogue_summary(call->sim, activities[i], &summary, err);
                if (status != SAI_OK)
                        return status;
                stats_add(&stats, &summary, now_ms - 28 * 86400000LL, (int64_t)sai_day_year_start(today).number * 86400000);
        }
        strava_write(&call->reply->body, &strava_stats_model, &stats);
        api_reply_json(call->reply, 200);
        return SAI_OK;
}
