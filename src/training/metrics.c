/* metrics.c -- between an activity's rows and the pure functions of analytics: what goes in, and where what comes out is kept. */
#include "training/training_internal.h"

#include "analytics/activity_metrics.h"
#include "analytics/curves.h"
#include "analytics/format.h"
#include "analytics/geography.h"
#include "base/limits.h"
#include <sodium.h>

enum sport training_sport(const struct activity *activity)
{
        enum sport sport = SPORT_WORKOUT;
        if (activity->sport_type)
                (void)sport_find(activity->sport_type, strlen(activity->sport_type), &sport);
        return sport;
}

const char *training_default_name(const struct activity *activity, struct sai_arena *arena)
{
        int64_t hour = activity->start_date_local.ms / 3600000 % 24;
        const char *part = hour < 4    ? "Night"
                           : hour < 11 ? "Morning"
                           : hour < 14 ? "Lunch"
                           : hour < 17 ? "Afternoon"
                           : hour < 22 ? "Evening"
                                       : "Night";
        return sai_arena_printf(arena, "%s %s", part, activity->sport_type ? activity->sport_type : "Workout");
}

/* -- In ----------------------------------------------------------------------------------------------------------------- */

sai_status training_metrics_input(const struct activity *document, const struct source_recording *recording, int kind,
                                  const struct streams *streams, const struct athlete_parameters *parameters,
                                  struct sai_arena *arena, struct activity_input *ret_input, struct sai_err *err)
{
        const struct source_pause *from_pauses = recording->pauses.items;
        const struct source_length *from_lengths = recording->lengths.items;
        struct activity_pause *pauses = SAI_NEW_ARRAY(arena, struct activity_pause, recording->pauses.count + 1);
        struct activity_length *lengths = SAI_NEW_ARRAY(arena, struct activity_length, recording->lengths.count + 1);
        if (!pauses || !lengths)
                return sai_fail(err, SAI_NO_MEMORY, "metrics");
        for (size_t i = 0; i < recording->pauses.count; i++)
                pauses[i] = (struct activity_pause) { from_pauses[i].stop, from_pauses[i].start };
        for (size_t i = 0; i < recording->lengths.count; i++)
                lengths[i] = (struct activity_length) { from_lengths[i].time, from_lengths[i].active, from_lengths[i].strokes };
        *ret_input = (struct activity_input) {
                .sport = training_sport(document),
                .day = sai_local_day(document->start_date_local),
                .indoor = document->trainer || recording->indoor,
                .streams = streams,
                .pauses = pauses,
                .pause_count = recording->pauses.count,
                .lengths = lengths,
                .length_count = recording->lengths.count,
                .pool_length = recording->pool_length,
                .recorded = { .elapsed_time = document->elapsed_time,
                              .timer_time = recording->timer_time,
                              .moving_time = document->moving_time,
                              .distance = document->distance,
                              .elevation_gain = document->total_elevation_gain,
                              .calories = document->metrics.calories,
                              .average_speed = document->average_speed,
                              .max_speed = document->max_speed,
                              .average_heartrate = document->average_heartrate,
                              .max_heartrate = document->max_heartrate,
                              .average_cadence = document->average_cadence,
                              .average_watts = document->average_watts,
                              .weighted_average_watts = document->weighted_average_watts,
                              .kilojoules = document->kilojoules },
                /* Strava's distance is the platform's figure that the athlete knows: as good as a device's. */
                .distance_by_device = recording->distance_by_device || (kind == SOURCE_STRAVA_API && SAI_HAS(document->distance)),
                .device_watts = document->device_watts,
                .athlete = *parameters,
        };
        return SAI_OK;
}

/* Field by field, because structs have padding; text forms would make equal numbers differ. */
int64_t training_parameters_hash(const struct athlete_parameters *parameters)
{
        uint64_t hash = metrics_version();
        for (int i = 0; i < PARAMETER_COUNT; i++) {
                const struct athlete_parameter *p = &parameters->values[i];
                double value = p->known ? p->value : -1;
                uint8_t source = p->known ? (uint8_t)p->source : 255;
                hash = sai_hash(&value, sizeof value, hash);
                hash = sai_hash(&source, sizeof source, hash);
        }
        double age = SAI_HAS(parameters->age) ? parameters->age.value : -1;
        hash = sai_hash(&parameters->sex, sizeof parameters->sex, hash);
        hash = sai_hash(&age, sizeof age, hash);
        hash = sai_hash(parameters->heartrate_zones.min, sizeof(double) * (size_t)parameters->heartrate_zones.count, hash);
        return (int64_t)(hash & INT64_MAX);
}

/* -- Out ------------------------------------------------------------------------------------------------------------------ */

static void keep_zone_times(struct zone_times *times, const struct sai_list *zones)
{
        struct sai_opt_f64 *members[] = { &times->z1, &times->z2, &times->z3, &times->z4, &times->z5, &times->z6, &times->z7 };
        const struct zone_share *shares = zones->items;
        *times = (struct zone_times) { 0 };
        for (size_t i = 0; i < zones->count && i < SAI_COUNT(members); i++)
                *members[i] = SAI_SOME(sai_opt_f64, shares[i].time);
}

static sai_status keep_flags(struct activity *activity, uint32_t quality, struct sai_arena *arena)
{
        const char **flags = SAI_NEW_ARRAY(arena, const char *, QUALITY_BIT_COUNT);
        if (!flags)
                return SAI_NO_MEMORY;
        size_t count = 0;
        for (int bit = 0; bit < QUALITY_BIT_COUNT; bit++) {
                if (quality >> bit & 1)
                        flags[count++] = quality_flag_name((enum quality_bit)bit);
        }
        activity->quality.flags = (struct sai_list) { flags, count };
        return SAI_OK;
}

static sai_status keep_absences(struct activity *activity, const struct activity_metrics *metrics, struct sai_arena *arena)
{
        struct sai_buf buf;
        sai_buf_init(&buf, SAI_KIB(8));
        sai_buf_char(&buf, '{');
        for (size_t i = 0; i < metrics->absent_count; i++) {
                const char *id = metric_infos[metrics->absent[i].metric].id,
                           *code = reason_code((enum reason)metrics->absent[i].reason);
                if (i)
                        sai_buf_char(&buf, ',');
                sai_json_string(&buf, id, strlen(id));
                sai_buf_char(&buf, ':');
                sai_json_string(&buf, code, strlen(code));
        }
        sai_buf_char(&buf, '}');
        const char *text = sai_buf_status(&buf, NULL) == SAI_OK ? sai_arena_strndup(arena, buf.data, buf.len) : NULL;
        activity->absent = (struct sai_json) { text, text ? buf.len : 0 };
        sai_buf_done(&buf);
        return text ? SAI_OK : SAI_NO_MEMORY;
}

static void keep_evidence(struct limit_evidence *to, const struct athlete_evidence *from)
{
        *to = (struct limit_evidence) { sai_opt_from_nan(from->peak_heartrate), sai_opt_from_nan(from->power_20min),
                                        sai_opt_from_nan(from->hour_speed), sai_opt_from_nan(from->swim_200),
                                        sai_opt_from_nan(from->swim_400) };
}

sai_status training_apply_metrics(struct activity *a, const struct activity_metrics *m, int64_t parameters_hash,
                                  struct sai_arena *arena, struct sai_err *err)
{
        a->elapsed_time = m->elapsed_time;
        a->moving_time = m->moving_time;
        a->distance = m->distance;
        a->average_speed = m->average_speed;
        a->max_speed = m->max_speed;
        a->total_elevation_gain = m->total_elevation_gain;
        a->average_heartrate = m->average_heartrate;
        a->max_heartrate = m->max_heartrate;
        a->average_cadence = m->average_cadence;
        a->average_watts = m->average_watts;
        a->weighted_average_watts = m->weighted_average_watts;
        a->kilojoules = m->kilojoules;
        a->device_watts = m->device_watts;
        struct sai_opt_f64 score = a->metrics.efficiency_score; /* comes from the history, not from one activity */
        a->metrics = (struct activity_metrics_row) {
                .pace = m->pace,
                .pace_100m = m->pace_100m,
                .calories = m->calories,
                .efficiency_score = score,
                .training_load = m->training_load,
                .training_load_method = SAI_SOME(sai_opt_enum, m->training_load_method),
                .intensity = m->intensity,
                .variability_index = m->variability_index,
                .decoupling = m->decoupling,
                .grade_adjusted_pace = m->grade_adjusted_pace,
                .np = m->np,
                .efficiency_factor = m->efficiency_factor,
                .parameters_hash = parameters_hash,
                .version = (int64_t)metrics_version(),
        };
        enum reason reason = activity_metrics_reason(m, METRIC_TRAINING_LOAD);
        a->metrics.load_reason = reason == REASON_NONE ? NULL : reason_code(reason);
        keep_zone_times(&a->metrics.hr_time, &m->heart_rate_zones);
        keep_zone_times(&a->metrics.output_time, m->power_zones.count ? &m->power_zones : &m->pace_zones);
        if (m->intensity_times[0] + m->intensity_times[1] + m->intensity_times[2] > 0)
                a->metrics.intensity_time = (struct zone_times) { .z1 = SAI_SOME(sai_opt_f64, m->intensity_times[0]),
                                                                  .z2 = SAI_SOME(sai_opt_f64, m->intensity_times[1]),
                                                                  .z3 = SAI_SOME(sai_opt_f64, m->intensity_times[2]) };
        keep_evidence(&a->metrics.evidence, &m->evidence);
        sai_status status = keep_flags(a, m->quality, arena);
        if (status == SAI_OK)
                status = keep_absences(a, m, arena);
        return status == SAI_OK ? SAI_OK : sai_fail(err, status, "metrics");
}

/* -- Best efforts ------------------------------------------------------------------------------------------------------- */

/* As runners and swimmers name them; Strava's names where it has one. */
static const char *effort_name(enum sport_family family, double meters, struct sai_arena *arena)
{
        static const struct {
                double meters;
                const char *name;
        } named[] = {
                { 804.672, "1/2 mile" }, { 1609.344, "1 mile" },       { 3218.688, "2 mile" },
                { 16093.44, "10 mile" }, { 21097.5, "Half-Marathon" }, { 42195, "Marathon" },
        };
        for (size_t i = 0; i < SAI_COUNT(named); i++) {
                if (fabs(named[i].meters - meters) < 0.01)
                        return named[i].name;
        }
        if (family == FAMILY_SWIM || meters < 1000)
                return sai_arena_printf(arena, "%.0fm", meters);
        return sai_arena_printf(arena, "%.0fk", meters / 1000);
}

sai_status training_best_efforts(struct activity *activity, enum sport sport, const struct streams *streams,
                                 struct sai_arena *arena, struct sai_err *err)
{
        static const double fastest[] = {
                [FAMILY_RUN] = 12.5, [FAMILY_RIDE] = 35, [FAMILY_SWIM] = 2.7, [FAMILY_WALK] = 5, [FAMILY_OTHER] = 35
        };
        enum sport_family family = sport_family(sport);
        size_t count = 0, found = 0;
        const double *lengths = best_effort_distances(family, &count);
        const double *time = streams ? streams->channel[STREAM_TIME] : NULL,
                     *distance = streams ? streams->channel[STREAM_DISTANCE] : NULL;
        if (!count || !time || !distance || streams->count < 2)
                return SAI_OK;
        for (size_t i = 0; i < streams->count; i++) {
                if (isnan(distance[i]))
                        return SAI_OK; /* a hole in the distance: no stretch over it can be trusted */
        }
        struct activity_best_effort *efforts = SAI_NEW_ARRAY(arena, struct activity_best_effort, count);
        if (!efforts)
                return sai_fail(err, SAI_NO_MEMORY, "best efforts");
        double total = distance[streams->count - 1] - distance[0];
        for (size_t i = 0; i < count && lengths[i] <= total; i++) {
                struct best_effort effort = best_effort(time, distance, NULL, streams->count, lengths[i], fastest[family]);
                if (isnan(effort.time))
                        continue;
                efforts[found] =
                        (struct activity_best_effort) { effort_name(family, lengths[i], arena), lengths[i],   effort.time,
                                                        effort.time / lengths[i] * 1000,        effort.start, "computed" };
                if (!efforts[found].name)
                        return sai_fail(err, SAI_NO_MEMORY, "best efforts");
                found++;
        }
        activity->best_efforts = (struct sai_list) { efforts, found };
        return SAI_OK;
}
