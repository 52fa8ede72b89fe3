/* catalogue_load.c -- who is there at the start: the first athlete from the recordings, the others from the generator. */
#include "sim/sim_internal.h"

#include <math.h>
#include <stdio.h>

#include "sim/measure.h"

enum { SIM_MAX_ATHLETES = 1000 };

/* Ids grow with time, as Strava's do: about 10^10 after ten years. 2010-01-01 is where they start. */
static int64_t generated_id(const struct sim_athlete *athlete, int64_t start_s)
{
        int64_t since = start_s - 1262304000;
        return (since > 0 ? since : 0) * 31 + athlete->persona.number % 31 + 1000;
}

static sai_status add_workout(struct sim *sim, int index, const struct workout *w, int64_t *ret_id, struct sai_err *err)
{
        struct sim_athlete *athlete = &sim->athletes[index];
        struct sim_activity *a = catalogue_activity_new(sim, index, SIM_GENERATED);
        if (!a)
                return sai_fail(err, SAI_NO_MEMORY, "activity");
        a->workout = *w;
        a->start_ms = w->start_s * 1000;
        a->id = generated_id(athlete, w->start_s);
        a->only_me = w->private;
        a->name = strdup(w->name);
        a->device = strdup(w->step_s > 1                           ? "Garmin Forerunner 310XT"
                           : sport_family(w->sport) == FAMILY_RIDE ? "Garmin Edge 830"
                                                                   : "Garmin Forerunner 945");
        a->summary.manual = w->kind == WORKOUT_MANUAL;
        if (a->summary.manual) {
                free(a->device);
                a->device = NULL;
        }
        if (!a->name || (!a->device && !a->summary.manual)) {
                catalogue_activity_free(a);
                return sai_fail(err, SAI_NO_MEMORY, "activity");
        }
        const struct sai_zone *zone = sai_zone_find(athlete->persona.home->zone);
        snprintf(a->external, sizeof a->external, "garmin_ping_%lld", (long long)(w->seed % 900000000000u + 1));
        /* The text of a zone names its standard time: the smaller of the offsets of January and July. */
        int64_t standard = w->offset_s;
        if (zone) {
                int32_t january = sai_zone_offset(zone, (struct sai_instant) { 1704067200000 });
                int32_t july = sai_zone_offset(zone, (struct sai_instant) { 1719792000000 });
                standard = january < july ? january : july;
        }
        catalogue_timezone(a, w->offset_s, zone ? sai_zone_name(zone) : NULL, standard);
        sai_status status = catalogue_add(sim, a, err);
        if (status == SAI_OK && ret_id)
                *ret_id = a->id;
        return status;
}

static sai_status generate_athlete(struct sim *sim, int index, struct sai_err *err)
{
        struct workout *workouts = NULL;
        size_t count = 0;
        int64_t now_s = sim_now_locked(sim) / 1000;
        struct sai_day today = { (int32_t)(now_s / 86400) };
        sai_status status = generator_calendar(&sim->athletes[index].persona, today, now_s, &workouts, &count, err);
        for (size_t i = 0; i < count && status == SAI_OK; i++)
                status = add_workout(sim, index, &workouts[i], NULL, err);
        if (status == SAI_OK)
                sim->report.generated += count;
        free(workouts);
        return status;
}

/* Zones follow from the highest heart rate that was recorded, within what hearts do; sensors overshoot. */
static void learn_heartrate(struct sim_athlete *athlete)
{
        double highest = 0.0;
        for (size_t i = 0; i < athlete->count; i++) {
                const struct strava_activity *s = &athlete->activities[i]->summary;
                if (s->has_heartrate && SAI_HAS(s->max_heartrate) && s->max_heartrate.value <= 205.0)
                        highest = fmax(highest, s->max_heartrate.value);
        }
        if (highest >= 150.0)
                athlete->persona.max_heartrate = highest;
}

sai_status catalogue_load(struct sim *sim, struct sai_err *err)
{
        int athletes = sim->config.athletes > 0 ? sim->config.athletes : 1;
        if (athletes > SIM_MAX_ATHLETES)
                return sai_fail(err, SAI_INVALID, "at most %d athletes", SIM_MAX_ATHLETES);
        sim->athletes = calloc((size_t)athletes, sizeof *sim->athletes);
        if (!sim->athletes)
                return sai_fail(err, SAI_NO_MEMORY, "athletes");
        sim->athlete_count = (size_t)athletes;
        for (int i = 0; i < athletes; i++) {
                sim->athletes[i].persona = persona_make(sim->config.seed, i + 1);
                sim->athletes[i].id = 9100000 + i + 1;
        }
        sai_status status = SAI_OK;
        if (sim->recordings) {
                sim->athletes[0].recorded = true;
                status = recordings_load(sim, err);
                learn_heartrate(&sim->athletes[0]);
        }
        for (int i = sim->recordings ? 1 : 0; i < athletes && status == SAI_OK; i++)
                status = generate_athlete(sim, i, err);
        sim->report.athletes = sim->athlete_count;
        sim->report.activities = sim->activity_count;
        sim->report.left_out = sim->left_out;
        return status;
}

sai_status sim_activity_add(struct sim *sim, int athlete, const char *file, int64_t *ret_id, struct sai_err *err)
{
        if (athlete < 1 || (size_t)athlete > sim->athlete_count)
                return sai_fail(err, SAI_NOT_FOUND, "there is no athlete %d", athlete);
        sai_status status;
        if (file) {
                status = recordings_load_file(sim, athlete - 1, file, true, ret_id, err);
        } else {
                pthread_mutex_lock(&sim->lock);
                struct sim_athlete *owner = &sim->athletes[athlete - 1];
                struct workout w = generator_extra(&owner->persona, sim_now_locked(sim) / 1000, owner->extra++);
                status = add_workout(sim, athlete - 1, &w, ret_id, err);
                pthread_mutex_unlock(&sim->lock);
        }
        if (status != SAI_OK)
                return status;
        struct sim_activity *added = catalogue_find(sim, *ret_id);
        if (added)
                webhook_activity(sim, added, "create");
        return SAI_OK;
}

sai_status sim_activity_delete(struct sim *sim, int64_t id, struct sai_err *err)
{
        struct sim_activity *activity = catalogue_find(sim, id);
        if (!activity)
                return sai_fail(err, SAI_NOT_FOUND, "there is no such activity");
        pthread_mutex_lock(&sim->lock);
        activity->deleted = true;
        pthread_mutex_unlock(&sim->lock);
        webhook_activity(sim, activity, "delete");
        return SAI_OK;
}
