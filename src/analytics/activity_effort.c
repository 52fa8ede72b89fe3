/* activity_effort.c -- heart rate, cadence, power, graded pace and the time in their zones (5, 8.2, 9). */
#include "analytics/activity_internal.h"
#include "analytics/heartrate.h"
#include "analytics/power.h"
#include "analytics/zones.h"
#include <math.h>

#define HR_MIN_COVERED_S 60.0
#define HR_PEAK_S        5.0
#define NP_MIN_S         30
#define NP_SHORT_S       1200
#define STEPS_PER_RPM    2.0 /* Strava and FIT count one leg */

static bool plausible(struct sai_opt_f64 o, struct plausible_window window)
{
        return SAI_HAS(o) && o.value >= window.min && o.value <= window.max;
}

static bool locked_to_cadence(const struct activity_work *w)
{
        if (w->family != FAMILY_RUN || !w->hr || !w->cadence)
                return false;
        double *steps = SAI_NEW_ARRAY(w->arena, double, w->n);
        if (!steps) /* without memory for the check the heart rate is taken as it is; the next allocation reports */
                return false;
        for (size_t i = 0; i < w->n; i++)
                steps[i] = STEPS_PER_RPM * w->cadence[i];
        return cadence_lock(w->t, w->hr, steps, w->n, GAP_CAP_HEARTRATE_S);
}

static void set_heartrate(struct activity_work *w)
{
        struct activity_metrics *m = w->m;
        enum reason reason = REASON_NO_HR;
        if (w->hr) {
                struct weighted_mean mean = series_weighted_mean(w->t, w->hr, w->n, GAP_CAP_HEARTRATE_S);
                m->heartrate_gap_time = optional_of(mean.gap);
                w->hr_covered = mean.covered;
                if (mean.covered >= HR_MIN_COVERED_S) {
                        double peak = series_peak_mean(w->t, w->hr, w->n, HR_PEAK_S, GAP_CAP_HEARTRATE_S);
                        m->average_heartrate = optional_of(mean.mean);
                        m->max_heartrate = optional_of(isnan(peak) ? mean.max : peak);
                        w->hr_trusted = true;
                } else {
                        reason = REASON_TOO_SHORT;
                }
        }
        if (!SAI_HAS(m->average_heartrate) && plausible(w->in->recorded.average_heartrate, plausible_heartrate))
                m->average_heartrate = w->in->recorded.average_heartrate;
        if (!SAI_HAS(m->max_heartrate) && plausible(w->in->recorded.max_heartrate, plausible_heartrate))
                m->max_heartrate = w->in->recorded.max_heartrate;
        if (!SAI_HAS(m->average_heartrate))
                missing(w, METRIC_AVERAGE_HEARTRATE, reason);
        if (!SAI_HAS(m->max_heartrate))
                missing(w, METRIC_MAX_HEARTRATE, reason);
}

/* Of the time in which the legs turn: Strava and the devices leave out coasting, and so does everyone who reads the figure. */
static void set_cadence(struct activity_work *w)
{
        double sum = 0, seconds = 0;
        for (size_t i = 1; w->cadence && i < w->n; i++) {
                double dt = w->t[i] - w->t[i - 1];
                if (dt > GAP_CAP_HEARTRATE_S || !(w->cadence[i] > 0))
                        continue;
                sum += dt * w->cadence[i];
                seconds += dt;
        }
        /* A sensor that says 0 from start to end is not on the crank. */
        if (sum > 0)
                w->m->average_cadence = optional_of(sum / seconds);
        else if (plausible(w->in->recorded.average_cadence, plausible_cadence) && w->in->recorded.average_cadence.value > 0)
                w->m->average_cadence = w->in->recorded.average_cadence;
        else
                missing(w, METRIC_AVERAGE_CADENCE, REASON_NO_CADENCE);
}

void activity_heartrate(struct activity_work *w)
{
        set_heartrate(w);
        set_cadence(w);
        if (w->hr_trusted && locked_to_cadence(w)) {
                mark(w, QUALITY_CADENCE_LOCK);
                w->hr_trusted = false;
        }
}

/* Power samples on the timer's clock. A missing sample while the athlete rolls is coasting, any other a hole (0.2). */
struct power_series {
        double *t, *x;
        size_t n;
};

static sai_status power_series_make(const struct activity_work *w, struct power_series *ret)
{
        *ret = (struct power_series) { .t = SAI_NEW_ARRAY(w->arena, double, w->n), .x = SAI_NEW_ARRAY(w->arena, double, w->n) };
        if (!ret->t || !ret->x)
                return SAI_NO_MEMORY;
        size_t pause = 0;
        double stopped = 0;
        for (size_t i = 0; i < w->n; i++) {
                while (pause < w->in->pause_count && w->in->pauses[pause].start_s <= w->t[i]) {
                        stopped += fmax(0, w->in->pauses[pause].start_s - w->in->pauses[pause].stop_s);
                        pause++;
                }
                double at = w->t[i] - stopped, x = w->watts[i];
                if (isnan(x) && w->d && i > 0 && w->d[i] > w->d[i - 1])
                        x = 0;
                if (isnan(x) || (ret->n > 0 && at <= ret->t[ret->n - 1]))
                        continue;
                ret->t[ret->n] = at;
                ret->x[ret->n++] = x;
        }
        return SAI_OK;
}

static void set_recorded_power(struct activity_work *w, enum reason reason)
{
        struct activity_metrics *m = w->m;
        const struct activity_recorded *r = &w->in->recorded;
        if (plausible(r->average_watts, plausible_power) && r->average_watts.value > 0)
                m->average_watts = r->average_watts;
        else
                missing(w, METRIC_AVERAGE_WATTS, reason);
        if (plausible(r->max_watts, plausible_power))
                m->max_watts = r->max_watts;
        if (plausible(r->weighted_average_watts, plausible_power) && r->weighted_average_watts.value > 0)
                m->weighted_average_watts = r->weighted_average_watts;
        if (SAI_HAS(r->kilojoules) && r->kilojoules.value > 0)
                m->kilojoules = r->kilojoules;
        else
                missing(w, METRIC_KILOJOULES, reason);
}

static void set_normalized(struct activity_work *w)
{
        struct activity_metrics *m = w->m;
        double np = normalized_power(w->power_1hz, w->power_seconds);
        if (isnan(np)) {
                missing(w, METRIC_NP, REASON_TOO_SHORT);
                missing(w, METRIC_VARIABILITY_INDEX, REASON_TOO_SHORT);
                return;
        }
        if (w->power_seconds < NP_SHORT_S)
                mark(w, QUALITY_SHORT_NP);
        m->np = m->weighted_average_watts = optional_of(np);
        m->variability_index = optional_of(np / w->mean_power);
}

sai_status activity_power(struct activity_work *w)
{
        struct activity_metrics *m = w->m;
        bool estimated = SAI_HAS(w->in->device_watts) && !w->in->device_watts.value;
        struct weighted_mean mean = { .mean = ABSENT };
        struct power_series series = { NULL, NULL, 0 };
        if (w->watts) {
                sai_status status = power_series_make(w, &series);
                if (status != SAI_OK)
                        return status;
                mean = series_weighted_mean(series.t, series.x, series.n, GAP_CAP_POWER_S);
        }
        bool any = mean.mean > 0; /* a meter that says 0 all the time is not one */
        if (any) {
                m->average_watts = optional_of(mean.mean);
                m->max_watts = optional_of(mean.max);
                m->kilojoules = optional_of(mean.mean * mean.covered / 1000);
        } else {
                set_recorded_power(w, REASON_NO_POWER);
        }
        if (SAI_HAS(m->average_watts))
                m->device_watts = SAI_SOME(sai_opt_bool, !estimated);
        if (!any || estimated) {
                if (estimated && SAI_HAS(m->average_watts))
                        mark(w, QUALITY_ESTIMATED_POWER);
                enum reason reason = estimated && SAI_HAS(m->average_watts) ? REASON_ESTIMATED_POWER : REASON_NO_POWER;
                missing(w, METRIC_NP, reason);
                missing(w, METRIC_VARIABILITY_INDEX, reason);
                return SAI_OK;
        }
        w->power_measured = true;
        w->mean_power = mean.mean;
        sai_status status =
                series_resample_1hz(series.t, series.x, series.n, GAP_CAP_POWER_S, 0, w->arena, &w->power_1hz, &w->power_seconds);
        if (status == SAI_OK)
                set_normalized(w);
        return status;
}

sai_status activity_graded(struct activity_work *w)
{
        struct activity_metrics *m = w->m;
        if (w->family == FAMILY_RUN && w->d && w->grade && w->moving) {
                sai_status status = graded_speed(w->t, w->d, w->grade, w->moving, w->n, w->arena, &w->graded);
                if (status != SAI_OK)
                        return status;
        }
        if (w->graded.speed > 0)
                m->grade_adjusted_pace = optional_of(1000 / w->graded.speed);
        else if (w->family != FAMILY_RUN)
                missing(w, METRIC_GRADE_ADJUSTED_PACE, REASON_NOT_APPLICABLE);
        else
                missing(w, METRIC_GRADE_ADJUSTED_PACE, SAI_HAS(m->distance) ? REASON_NO_ALTITUDE : REASON_NO_DISTANCE);
        if (w->graded.ngp_speed > 0)
                m->normalized_graded_pace = optional_of(1000 / w->graded.ngp_speed);
        return SAI_OK;
}

static sai_status list_zones(const struct activity_work *w, const double *times, int count, struct sai_list *ret)
{
        struct zone_share *shares = SAI_NEW_ARRAY(w->arena, struct zone_share, (size_t)count);
        if (!shares)
                return SAI_NO_MEMORY;
        double total = 0;
        for (int i = 0; i < count; i++)
                total += times[i];
        for (int i = 0; i < count; i++)
                shares[i] = (struct zone_share) { i + 1, times[i], total > 0 ? 100 * times[i] / total : 0 };
        *ret = (struct sai_list) { shares, (size_t)count };
        return SAI_OK;
}

static sai_status heartrate_zones(struct activity_work *w)
{
        struct zone_table table = zones_heartrate(&w->in->athlete);
        enum reason reason = !w->hr                             ? REASON_NO_HR
                             : w->hr_covered < HR_MIN_COVERED_S ? REASON_TOO_SHORT
                             : !w->hr_trusted                   ? REASON_UNTRUSTED_HR
                             : table.count == 0                 ? REASON_NO_ZONES
                                                                : REASON_NONE;
        double threshold = parameter(w, PARAMETER_THRESHOLD_HEARTRATE);
        if (w->hr_trusted && threshold > 0) {
                struct zone_table three = zones_three(threshold);
                series_time_in_zones(w->t, w->hr, w->n, GAP_CAP_HEARTRATE_S, &three, w->m->intensity_times);
        }
        if (reason != REASON_NONE) {
                missing(w, METRIC_HEART_RATE_ZONES, reason);
                return SAI_OK;
        }
        double times[ZONES_MAX] = { 0 };
        series_time_in_zones(w->t, w->hr, w->n, GAP_CAP_HEARTRATE_S, &table, times);
        /* A custom table may have fewer zones; the answer always has five. */
        for (int i = HEART_RATE_ZONES; i < ZONES_MAX; i++)
                times[HEART_RATE_ZONES - 1] += times[i];
        return list_zones(w, times, HEART_RATE_ZONES, &w->m->heart_rate_zones);
}

static sai_status power_zones(struct activity_work *w)
{
        double ftp = parameter(w, PARAMETER_FTP);
        enum reason reason = w->family != FAMILY_RIDE ? REASON_NOT_APPLICABLE
                             : !w->power_measured     ? activity_metrics_reason(w->m, METRIC_NP)
                             : isnan(ftp)             ? REASON_NO_THRESHOLD
                                                      : REASON_NONE;
        if (reason != REASON_NONE) {
                missing(w, METRIC_POWER_ZONES, reason);
                return SAI_OK;
        }
        struct zone_table table = zones_coggan(ftp);
        double times[ZONES_MAX] = { 0 };
        series_time_in_zones(w->t, w->watts, w->n, GAP_CAP_POWER_S, &table, times);
        return list_zones(w, times, POWER_ZONES, &w->m->power_zones);
}

/* Pool swims by length, whose speed is exact; all else by the speed of moving samples. */
static void pace_zone_times(const struct activity_work *w, const struct zone_table *table, double *times)
{
        const struct activity_input *in = w->in;
        bool pool = in->length_count > 0 && SAI_HAS(in->pool_length);
        for (size_t i = 0; pool && i < in->length_count; i++) {
                if (in->lengths[i].active && in->lengths[i].elapsed_s > 0)
                        times[zone_of(table, in->pool_length.value / in->lengths[i].elapsed_s) - 1] += in->lengths[i].elapsed_s;
        }
        for (size_t i = 1; !pool && w->velocity && i < w->n; i++) {
                double dt = w->t[i] - w->t[i - 1];
                if (dt <= GAP_CAP_POWER_S && !isnan(w->velocity[i]) && w->moving && w->moving[i] > 0)
                        times[zone_of(table, w->velocity[i]) - 1] += dt;
        }
}

static sai_status pace_zones(struct activity_work *w)
{
        bool run = w->family == FAMILY_RUN, swim = w->family == FAMILY_SWIM;
        double speed = swim ? 100 / parameter(w, PARAMETER_CSS_PACE_100M) : 1000 / parameter(w, PARAMETER_THRESHOLD_PACE);
        enum reason reason = !run && !swim                              ? REASON_NOT_APPLICABLE
                             : !w->velocity && w->in->length_count == 0 ? REASON_NO_DISTANCE
                             : isnan(speed)                             ? REASON_NO_THRESHOLD
                                                                        : REASON_NONE;
        if (reason != REASON_NONE) {
                missing(w, METRIC_PACE_ZONES, reason);
                return SAI_OK;
        }
        struct zone_table table = zones_pace(speed);
        double times[ZONES_MAX] = { 0 };
        pace_zone_times(w, &table, times);
        return list_zones(w, times, PACE_ZONES, &w->m->pace_zones);
}

sai_status activity_zones(struct activity_work *w)
{
        sai_status status = heartrate_zones(w);
        if (status == SAI_OK)
                status = power_zones(w);
        if (status == SAI_OK)
                status = pace_zones(w);
        return status;
}
