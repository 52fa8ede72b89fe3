/* activity_load.c -- one load, one energy, one efficiency an activity, each by the most trusted method there is (6.4, 7.6, 10). */
#include "analytics/activity_internal.h"
#include "analytics/efficiency.h"
#include "analytics/energy.h"
#include "analytics/geography.h"
#include "analytics/heartrate.h"
#include "analytics/power.h"
#include <math.h>

#define HR_SCALED_BELOW    0.8 /* share of moving time with heart rate; less is scaled up … */
#define HR_ABSENT_BELOW    0.5 /* … and less than this is too little */
#define STSS_MIN_M         200.0
#define KEYTEL_MIN_BPM     90.0
#define CYCLING_EFFICIENCY 0.24
#define STEADY_MAX_VI      1.10
#define STEADY_MIN_HR      0.70 /* of threshold heart rate */
#define STEADY_MAX_HR      0.95
#define STEADY_MIN_S       1200.0
#define DECOUPLING_MIN_S   2400.0
#define FTP_TEST_S         1200

static double moving_seconds(const struct activity_work *w) { return sai_opt_or_nan(w->m->moving_time); }

static void load_from_power(struct activity_work *w)
{
        double ftp = parameter(w, PARAMETER_FTP);
        if (w->family != FAMILY_RIDE || !SAI_HAS(w->m->np) || isnan(ftp))
                return;
        w->m->intensity = optional_of(intensity_factor(w->m->np.value, ftp));
        w->m->load_power = optional_of(training_stress(sai_opt_or_nan(w->m->timer_time), w->m->np.value, ftp));
}

static void load_from_pace(struct activity_work *w)
{
        double threshold = 1000 / parameter(w, PARAMETER_THRESHOLD_PACE);
        if (!(w->graded.ngp_speed > 0) || isnan(threshold))
                return;
        w->m->intensity = optional_of(w->graded.ngp_speed / threshold);
        w->m->load_pace = optional_of(rtss(moving_seconds(w), w->graded.ngp_speed, threshold));
}

static void load_from_swim(struct activity_work *w)
{
        double css = 100 / parameter(w, PARAMETER_CSS_PACE_100M), speed = sai_opt_or_nan(w->m->average_speed);
        if (w->family != FAMILY_SWIM || isnan(css) || isnan(speed) || !(sai_opt_or_nan(w->m->distance) >= STSS_MIN_M))
                return;
        w->m->intensity = optional_of(speed / css);
        w->m->load_swim = optional_of(stss(moving_seconds(w), speed, css));
}

/* Gives the TRIMP, or says why not. `ret_mean` is set when it had to come from the mean heart rate. */
static double trimp_of(struct activity_work *w, bool *ret_mean, enum reason *ret_reason)
{
        double rest = parameter(w, PARAMETER_RESTING_HEARTRATE), max = parameter(w, PARAMETER_MAX_HEARTRATE), value = ABSENT;
        int sex = w->in->athlete.sex;
        *ret_mean = false;
        if (w->m->quality & QUALITY_CADENCE_LOCK) {
                *ret_reason = REASON_UNTRUSTED_HR;
                return value;
        }
        if (!SAI_HAS(w->m->average_heartrate)) {
                *ret_reason = REASON_NO_HR;
                return value;
        }
        if (isnan(rest) || isnan(max)) {
                *ret_reason = REASON_NO_THRESHOLD;
                return value;
        }
        *ret_reason = REASON_BAD_HR_PARAMS;
        double moving = moving_seconds(w);
        if (!w->hr_trusted) { /* a mean, but no stream: understates, because the function is convex */
                *ret_mean = true;
                return trimp(moving / 60, w->m->average_heartrate.value, rest, max, sex);
        }
        value = trimp_stream(w->t, w->hr, w->n, GAP_CAP_HEARTRATE_S, rest, max, sex);
        double share = w->hr_covered / moving;
        if (share < HR_SCALED_BELOW)
                mark(w, QUALITY_PARTIAL_HR);
        if (share < HR_ABSENT_BELOW) {
                *ret_reason = REASON_PARTIAL_HR;
                return ABSENT;
        }
        return share < HR_SCALED_BELOW ? value / share : value;
}

static enum reason load_from_heartrate(struct activity_work *w, bool *ret_mean)
{
        enum reason reason = REASON_NO_HR;
        double value = trimp_of(w, ret_mean, &reason);
        if (isnan(value))
                return reason;
        w->m->trimp = optional_of(value);
        if (w->in->athlete.sex != SEX_MALE && w->in->athlete.sex != SEX_FEMALE)
                mark(w, QUALITY_SEX_UNKNOWN);
        double threshold = parameter(w, PARAMETER_THRESHOLD_HEARTRATE);
        if (isnan(threshold))
                return REASON_NO_THRESHOLD;
        w->m->load_hr = optional_of(hrtss(value, parameter(w, PARAMETER_RESTING_HEARTRATE), parameter(w, PARAMETER_MAX_HEARTRATE),
                                          threshold, w->in->athlete.sex));
        return SAI_HAS(w->m->load_hr) ? REASON_NONE : REASON_BAD_HR_PARAMS;
}

static void missing_intensity(struct activity_work *w)
{
        enum reason reason = REASON_NOT_APPLICABLE;
        if (w->family == FAMILY_RIDE)
                reason = SAI_HAS(w->m->np) ? REASON_NO_THRESHOLD : activity_metrics_reason(w->m, METRIC_NP);
        else if (w->family == FAMILY_RUN)
                reason = w->graded.ngp_speed > 0 ? REASON_NO_THRESHOLD
                         : w->graded.speed > 0   ? REASON_TOO_SHORT
                                                 : activity_metrics_reason(w->m, METRIC_GRADE_ADJUSTED_PACE);
        else if (w->family == FAMILY_SWIM)
                reason = SAI_HAS(w->m->distance) ? REASON_NO_THRESHOLD : REASON_NO_DISTANCE;
        missing(w, METRIC_INTENSITY, reason);
}

void activity_load(struct activity_work *w)
{
        struct activity_metrics *m = w->m;
        load_from_power(w);
        load_from_pace(w);
        load_from_swim(w);
        bool from_mean;
        enum reason reason = load_from_heartrate(w, &from_mean);
        const struct {
                struct sai_opt_f64 load;
                enum load_method method;
        } by_trust[] = {
                { m->load_power, LOAD_POWER },
                { m->load_pace, LOAD_PACE },
                { m->load_swim, LOAD_SWIM },
                { m->load_hr, from_mean ? LOAD_HEART_RATE_MEAN : LOAD_HEART_RATE },
        };
        m->training_load_method = LOAD_NONE;
        for (size_t i = 0; i < SAI_COUNT(by_trust) && !SAI_HAS(m->training_load); i++) {
                if (SAI_HAS(by_trust[i].load)) {
                        m->training_load = by_trust[i].load;
                        m->training_load_method = (int)by_trust[i].method;
                }
        }
        if (!SAI_HAS(m->training_load))
                missing(w, METRIC_TRAINING_LOAD, reason);
        if (!SAI_HAS(m->intensity))
                missing_intensity(w);
}

/* Mean heart rate of the moving time; without a stream the mean there is. */
static double moving_heartrate(const struct activity_work *w)
{
        if (!w->hr_trusted)
                return w->m->quality & QUALITY_CADENCE_LOCK ? ABSENT : sai_opt_or_nan(w->m->average_heartrate);
        double sum = 0, seconds = 0;
        for (size_t i = 1; i < w->n; i++) {
                double dt = w->t[i] - w->t[i - 1];
                if (dt > GAP_CAP_HEARTRATE_S || isnan(w->hr[i]) || (w->moving && !(w->moving[i] > 0)))
                        continue;
                sum += dt * w->hr[i];
                seconds += dt;
        }
        return seconds > 0 ? sum / seconds : sai_opt_or_nan(w->m->average_heartrate);
}

/* NaN when heart rate cannot tell; the reason then says what else was wanted. */
static double calories_from_heartrate(struct activity_work *w, enum reason *ret_reason)
{
        double hr = moving_heartrate(w), weight = parameter(w, PARAMETER_WEIGHT), minutes = moving_seconds(w) / 60;
        if (!(hr >= KEYTEL_MIN_BPM) || w->family == FAMILY_SWIM)
                return ABSENT;
        if (isnan(weight) || !SAI_HAS(w->in->athlete.age)) {
                *ret_reason = isnan(weight) ? REASON_NO_WEIGHT : REASON_NO_AGE;
                return ABSENT;
        }
        double age = w->in->athlete.age.value;
        if (w->in->athlete.sex == SEX_MALE || w->in->athlete.sex == SEX_FEMALE)
                return keytel(w->in->athlete.sex, hr, weight, age, ABSENT, minutes);
        mark(w, QUALITY_SEX_UNKNOWN);
        return keytel_both(hr, weight, age, minutes);
}

static double calories_from_running(const struct activity_work *w)
{
        double weight = parameter(w, PARAMETER_WEIGHT);
        if (w->family != FAMILY_RUN || isnan(weight))
                return ABSENT;
        if (w->d)
                return running_energy(w->d, w->grade, w->n, weight);
        double flat[2] = { 0, sai_opt_or_nan(w->m->distance) };
        return flat[1] > 0 ? running_energy(flat, NULL, 2, weight) : ABSENT;
}

void activity_calories(struct activity_work *w)
{
        struct activity_metrics *m = w->m;
        enum reason reason = isnan(parameter(w, PARAMETER_WEIGHT)) ? REASON_NO_WEIGHT : REASON_NO_TIME;
        struct sai_opt_f64 recorded = w->in->recorded.calories;
        double value = ABSENT;
        m->calories_method = CALORIES_NONE;
        if (w->power_measured && w->family == FAMILY_RIDE) {
                value = work_energy(sai_opt_or_nan(m->kilojoules), CYCLING_EFFICIENCY);
                m->calories_method = CALORIES_POWER;
        }
        if (!(value > 0) && SAI_HAS(recorded) && recorded.value > 0) {
                value = recorded.value;
                m->calories_method = CALORIES_RECORDED;
        }
        if (!(value > 0)) {
                value = calories_from_heartrate(w, &reason);
                m->calories_method = CALORIES_HEARTRATE;
        }
        if (!(value > 0)) {
                value = calories_from_running(w);
                m->calories_method = CALORIES_RUNNING_COST;
        }
        if (!(value > 0)) {
                value = met_energy(met_of(w->in->sport, sai_opt_or_nan(m->average_speed)), parameter(w, PARAMETER_WEIGHT),
                                   moving_seconds(w) / 60);
                m->calories_method = CALORIES_MET;
                mark(w, value > 0 ? QUALITY_LOW_TRUST_CALORIES : 0);
        }
        if (value > 0 && isfinite(value)) {
                m->calories = optional_of(value);
        } else {
                m->calories_method = CALORIES_NONE;
                missing(w, METRIC_CALORIES, reason);
        }
}

/* What the athlete put out, sample by sample: watts on a ride, graded speed on a run. NULL and a reason when neither is there. */
static sai_status output_of(const struct activity_work *w, double **ret_output, enum reason *ret_reason)
{
        *ret_output = NULL;
        *ret_reason = REASON_NOT_APPLICABLE;
        if (w->family == FAMILY_RIDE) {
                *ret_reason = w->power_measured ? REASON_NONE : activity_metrics_reason(w->m, METRIC_NP);
                *ret_output = w->power_measured ? w->watts : NULL;
        } else if (w->family == FAMILY_RUN) {
                *ret_reason = activity_metrics_reason(w->m, METRIC_GRADE_ADJUSTED_PACE);
                if (*ret_reason != REASON_NONE)
                        return SAI_OK;
                *ret_output = SAI_NEW_ARRAY(w->arena, double, w->n);
                if (!*ret_output)
                        return SAI_NO_MEMORY;
                (*ret_output)[0] = ABSENT;
                for (size_t i = 1; i < w->n; i++)
                        (*ret_output)[i] = (w->d[i] - w->d[i - 1]) / (w->t[i] - w->t[i - 1]) * graded_factor(100 * w->grade[i]);
        }
        return SAI_OK;
}

/* 10.1, as far as it does not depend on how long. */
static enum reason steadiness(const struct activity_work *w)
{
        double vi = w->family == FAMILY_RIDE ? sai_opt_or_nan(w->m->variability_index) : w->graded.ngp_speed / w->graded.speed;
        if (!w->hr)
                return REASON_NO_HR;
        if (!w->hr_trusted)
                return w->m->quality & QUALITY_CADENCE_LOCK ? REASON_UNTRUSTED_HR : REASON_TOO_SHORT;
        if (isnan(vi))
                return REASON_TOO_SHORT;
        return vi <= STEADY_MAX_VI ? REASON_NONE : REASON_NOT_STEADY;
}

static void set_efficiency_factor(struct activity_work *w, enum reason reason)
{
        double threshold = parameter(w, PARAMETER_THRESHOLD_HEARTRATE), hr = sai_opt_or_nan(w->m->average_heartrate);
        if (reason == REASON_NONE && !(moving_seconds(w) >= STEADY_MIN_S))
                reason = REASON_TOO_SHORT;
        if (reason == REASON_NONE && isnan(threshold))
                reason = REASON_NO_THRESHOLD;
        if (reason == REASON_NONE && !(hr >= STEADY_MIN_HR * threshold && hr <= STEADY_MAX_HR * threshold))
                reason = REASON_NOT_STEADY;
        if (reason != REASON_NONE) {
                missing(w, METRIC_EFFICIENCY_FACTOR, reason);
                return;
        }
        double output = w->family == FAMILY_RIDE ? w->m->np.value : 60 * w->graded.speed;
        w->m->efficiency_factor = optional_of(efficiency_factor(output, hr));
}

sai_status activity_efficiency(struct activity_work *w)
{
        double *output, *moving = w->moving;
        enum reason reason;
        sai_status status = output_of(w, &output, &reason);
        if (status != SAI_OK)
                return status;
        if (reason == REASON_NONE)
                reason = steadiness(w);
        set_efficiency_factor(w, reason);
        if (reason == REASON_NONE && !(moving_seconds(w) >= DECOUPLING_MIN_S))
                reason = REASON_TOO_SHORT;
        if (reason == REASON_NONE && !moving) { /* a trainer without speed: all of it is moving */
                moving = SAI_NEW_ARRAY(w->arena, double, w->n);
                if (!moving)
                        return SAI_NO_MEMORY;
                for (size_t i = 0; i < w->n; i++)
                        moving[i] = 1;
        }
        double value = ABSENT;
        if (reason == REASON_NONE) {
                value = decoupling_stream(w->t, output, w->hr, moving, w->n, GAP_CAP_HEARTRATE_S);
                reason = isnan(value) ? REASON_TOO_SHORT : REASON_NONE;
        }
        if (reason == REASON_NONE)
                w->m->decoupling = optional_of(value);
        else
                missing(w, METRIC_DECOUPLING, reason);
        return SAI_OK;
}

/* The course of a pool swim by its lengths: exact, where the stream jumps once a length. */
static sai_status swim_course(const struct activity_work *w, const double **ret_t, const double **ret_d, size_t *ret_n)
{
        const struct activity_input *in = w->in;
        *ret_t = w->t;
        *ret_d = w->d;
        *ret_n = w->d ? w->n : 0;
        if (in->length_count == 0 || !SAI_HAS(in->pool_length))
                return SAI_OK;
        double *t = SAI_NEW_ARRAY(w->arena, double, in->length_count + 1),
               *d = SAI_NEW_ARRAY(w->arena, double, in->length_count + 1);
        if (!t || !d)
                return SAI_NO_MEMORY;
        size_t n = 1;
        for (size_t i = 0; i < in->length_count; i++) {
                if (!(in->lengths[i].elapsed_s > 0))
                        continue;
                t[n] = t[n - 1] + in->lengths[i].elapsed_s;
                d[n] = d[n - 1] + (in->lengths[i].active ? in->pool_length.value : 0);
                n++;
        }
        *ret_t = t;
        *ret_d = d;
        *ret_n = n;
        return SAI_OK;
}

static double best_hour_speed(const struct activity_work *w)
{
        size_t count;
        const double *distances = best_effort_distances(FAMILY_RUN, &count);
        double best = ABSENT;
        for (size_t i = 0; i < count; i++) {
                struct best_effort effort =
                        best_effort(w->t, w->d, w->teleport, w->n, distances[i], max_plausible_speed(FAMILY_RUN));
                double speed = hour_speed(distances[i], effort.time);
                if (!isnan(speed) && !(speed <= best))
                        best = speed;
        }
        return best;
}

sai_status activity_evidence(struct activity_work *w)
{
        struct athlete_evidence *e = &w->m->evidence;
        bool locked = (w->m->quality & QUALITY_CADENCE_LOCK) != 0;
        double distance = sai_opt_or_nan(w->m->distance), max = locked ? ABSENT : sai_opt_or_nan(w->m->max_heartrate);
        *e = athlete_evidence_from_summary(w->in->sport, w->in->day, max, distance, moving_seconds(w));
        if (w->power_measured && w->family == FAMILY_RIDE)
                e->power_20min = mean_max(w->power_1hz, w->power_seconds, FTP_TEST_S);
        if (w->d && w->family == FAMILY_RUN) {
                double hour = best_hour_speed(w);
                if (!isnan(hour))
                        e->hour_speed = hour;
        }
        if (w->family != FAMILY_SWIM)
                return SAI_OK;
        const double *t, *d;
        size_t n;
        sai_status status = swim_course(w, &t, &d, &n);
        if (status != SAI_OK)
                return status;
        double limit = max_plausible_speed(FAMILY_SWIM);
        const uint8_t *teleport = t == w->t ? w->teleport : NULL;
        e->swim_200 = best_effort(t, d, teleport, n, 200, limit).time;
        e->swim_400 = best_effort(t, d, teleport, n, 400, limit).time;
        return SAI_OK;
}
