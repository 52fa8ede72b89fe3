/* activity_metrics.c -- the order of the computation, and the plain figures: times, distance, speed, climbing (2, 4). */
#include "analytics/activity_metrics.h"

#include "analytics/activity_internal.h"
#include "analytics/elevation.h"
#include <math.h>

#define MOVING_SLACK_S 1.5 /* a platform's moving time may pass the elapsed by rounding, not by more */
#define MAX_SPEED_S    5.0

static const char *const calories_method_values[] = {
#define X(name, text) text,
        CALORIES_METHOD_LIST(X)
#undef X
                NULL
};
static const char *const elevation_source_values[] = {
#define X(name, text) text,
        ELEVATION_SOURCE_LIST(X)
#undef X
                NULL
};
static const char *const quality_flag_names[] = {
#define X(name, text) text,
        QUALITY_FLAG_LIST(X)
#undef X
};
const struct sai_enumeration calories_method_enumeration = { "CaloriesMethod", calories_method_values };
const struct sai_enumeration elevation_source_enumeration = { "ElevationSource", elevation_source_values };

const char *quality_flag_name(enum quality_bit bit) { return quality_flag_names[bit]; }

enum reason activity_metrics_reason(const struct activity_metrics *metrics, enum metric metric)
{
        for (size_t i = 0; i < metrics->absent_count; i++) {
                if (metrics->absent[i].metric == (int)metric)
                        return (enum reason)metrics->absent[i].reason;
        }
        return REASON_NONE;
}

static bool positive(struct sai_opt_f64 o) { return SAI_HAS(o) && o.value > 0 && isfinite(o.value); }

static struct sai_opt_f64 elapsed_of(const struct activity_work *w)
{
        const struct activity_recorded *r = &w->in->recorded;
        if (positive(r->elapsed_time))
                return r->elapsed_time;
        if (w->n >= 2)
                return optional_of(w->t[w->n - 1] - w->t[0]);
        if (positive(r->timer_time))
                return r->timer_time;
        return positive(r->moving_time) ? r->moving_time : (struct sai_opt_f64) { 0 };
}

static double paused_seconds(const struct activity_input *in)
{
        double sum = 0;
        for (size_t i = 0; i < in->pause_count; i++) {
                double length = in->pauses[i].start_s - in->pauses[i].stop_s;
                if (length > 0)
                        sum += length;
        }
        return sum;
}

static struct sai_opt_f64 timer_of(const struct activity_work *w, struct sai_opt_f64 elapsed)
{
        const struct activity_recorded *r = &w->in->recorded;
        if (positive(r->timer_time))
                return r->timer_time;
        if (!SAI_HAS(elapsed))
                return elapsed;
        double timer = elapsed.value - paused_seconds(w->in);
        return timer > 0 ? optional_of(timer) : elapsed;
}

static double active_lengths(const struct activity_input *in)
{
        double sum = 0;
        for (size_t i = 0; i < in->length_count; i++) {
                if (in->lengths[i].active && in->lengths[i].elapsed_s > 0)
                        sum += in->lengths[i].elapsed_s;
        }
        return sum;
}

/* Pool lengths, then the device's own pauses, then the platform's figure, then speed; indoors without distance the timer. */
static struct sai_opt_f64 moving_of(const struct activity_work *w, struct sai_opt_f64 elapsed, struct sai_opt_f64 timer)
{
        double lengths = active_lengths(w->in);
        if (lengths > 0)
                return optional_of(lengths);
        if (w->in->pause_count > 0 && SAI_HAS(timer))
                return timer;
        struct sai_opt_f64 platform = w->in->recorded.moving_time;
        if (positive(platform) && (!SAI_HAS(elapsed) || platform.value <= elapsed.value + MOVING_SLACK_S))
                return platform;
        if (!(w->stream_moving > 0))
                return timer;
        /* Samples are whole seconds, the device's own times are not: moving never takes longer than the whole. */
        return optional_of(SAI_HAS(elapsed) ? fmin(w->stream_moving, elapsed.value) : w->stream_moving);
}

static struct sai_opt_f64 distance_of(const struct activity_work *w)
{
        struct sai_opt_f64 recorded = w->in->recorded.distance;
        if (!positive(recorded))
                recorded = (struct sai_opt_f64) { 0 };
        if (SAI_HAS(recorded) && w->in->distance_by_device)
                return recorded;
        if (w->d && w->n >= 2 && w->d[w->n - 1] > w->d[0])
                return optional_of(w->d[w->n - 1] - w->d[0]);
        return recorded;
}

static struct sai_opt_f64 max_speed_of(const struct activity_work *w)
{
        struct sai_opt_f64 recorded = w->in->recorded.max_speed;
        if (positive(recorded) && recorded.value <= max_plausible_speed(w->family))
                return recorded;
        if (!w->velocity)
                return (struct sai_opt_f64) { 0 };
        double peak = series_peak_mean(w->t, w->velocity, w->n, MAX_SPEED_S, GAP_CAP_HEARTRATE_S);
        if (isnan(peak))
                peak = series_weighted_mean(w->t, w->velocity, w->n, GAP_CAP_NONE).max;
        return optional_of(peak);
}

static void set_speed(struct activity_work *w)
{
        struct activity_metrics *m = w->m;
        enum reason reason = SAI_HAS(m->distance) ? REASON_NO_TIME : REASON_NO_DISTANCE;
        double speed = positive(m->distance) && positive(m->moving_time) ? m->distance.value / m->moving_time.value : ABSENT;
        if (isnan(speed) && positive(w->in->recorded.average_speed))
                speed = w->in->recorded.average_speed.value;
        if (speed > max_plausible_speed(w->family)) {
                mark(w, QUALITY_SPEED_IMPLAUSIBLE);
                speed = ABSENT;
        }
        bool swim = w->family == FAMILY_SWIM;
        if (speed > 0 && isfinite(1000 / speed)) {
                m->average_speed = optional_of(speed);
                m->pace = optional_of(1000 / speed);
                if (swim)
                        m->pace_100m = optional_of(100 / speed);
        } else {
                missing(w, METRIC_AVERAGE_SPEED, reason);
                missing(w, METRIC_PACE, reason);
        }
        if (!SAI_HAS(m->pace_100m))
                missing(w, METRIC_PACE_100M, swim ? reason : REASON_NOT_APPLICABLE);
        m->max_speed = max_speed_of(w);
        /* No one is slower at most than on average; a peak lost to gaps is. */
        if (SAI_HAS(m->max_speed) && m->max_speed.value < speed)
                m->max_speed.value = speed;
        if (!SAI_HAS(m->max_speed))
                missing(w, METRIC_MAX_SPEED, REASON_NO_DISTANCE);
}

void activity_basics(struct activity_work *w)
{
        struct activity_metrics *m = w->m;
        m->elapsed_time = elapsed_of(w);
        m->timer_time = timer_of(w, m->elapsed_time);
        m->moving_time = moving_of(w, m->elapsed_time, m->timer_time);
        m->distance = distance_of(w);
        if (!SAI_HAS(m->elapsed_time))
                missing(w, METRIC_ELAPSED_TIME, REASON_NO_TIME);
        if (!SAI_HAS(m->moving_time))
                missing(w, METRIC_MOVING_TIME, REASON_NO_TIME);
        if (!SAI_HAS(m->distance))
                missing(w, METRIC_DISTANCE, REASON_NO_DISTANCE);
        set_speed(w);
}

void activity_elevation(struct activity_work *w)
{
        static const struct {
                enum elevation_source source;
                double hysteresis;
        } sensors[] = {
                [ALTITUDE_UNKNOWN] = { ELEVATION_ALTITUDE, HYSTERESIS_UNKNOWN_M },
                [ALTITUDE_BAROMETER] = { ELEVATION_BAROMETER, HYSTERESIS_BAROMETER_M },
                [ALTITUDE_GPS] = { ELEVATION_GPS, HYSTERESIS_GPS_M },
        };
        struct activity_metrics *m = w->m;
        struct elevation e = { ABSENT, ABSENT };
        bool water = w->family == FAMILY_SWIM;
        if (w->smooth && !water)
                e = elevation_gain(w->smooth, w->n, sensors[w->in->altitude_sensor].hysteresis);
        if (!isnan(e.gain)) {
                m->total_elevation_gain = optional_of(e.gain);
                m->elevation_loss = optional_of(e.loss);
                m->elevation_source = (int)sensors[w->in->altitude_sensor].source;
        } else if (SAI_HAS(w->in->recorded.elevation_gain) && w->in->recorded.elevation_gain.value >= 0 && !water) {
                m->total_elevation_gain = w->in->recorded.elevation_gain;
                m->elevation_source = ELEVATION_RECORDED;
        } else {
                missing(w, METRIC_ELEVATION_GAIN, REASON_NO_ALTITUDE);
        }
}

static void note_assumptions(struct activity_work *w)
{
        for (int id = 0; id < PARAMETER_COUNT; id++) {
                const struct athlete_parameter *p = &w->in->athlete.values[id];
                if (p->known && p->source == PARAMETER_ASSUMED && (w->hr || SAI_HAS(w->m->average_heartrate)))
                        mark(w, QUALITY_ASSUMED_PARAMETERS);
        }
}

sai_status activity_metrics_compute(const struct activity_input *input, struct sai_arena *arena,
                                    struct activity_metrics *ret_metrics)
{
        *ret_metrics = (struct activity_metrics) { .version = metrics_version() };
        struct activity_work w = { .in = input, .arena = arena, .m = ret_metrics };
        sai_status status = activity_prepare(&w);
        if (status != SAI_OK)
                return status;
        activity_basics(&w);
        activity_heartrate(&w);
        activity_elevation(&w);
        status = activity_power(&w);
        if (status == SAI_OK)
                status = activity_graded(&w);
        if (status == SAI_OK)
                status = activity_zones(&w);
        if (status != SAI_OK)
                return status;
        activity_load(&w);
        activity_calories(&w);
        note_assumptions(&w);
        status = activity_efficiency(&w);
        if (status == SAI_OK)
                status = activity_evidence(&w);
        return status;
}
