/* activity_internal.h -- one activity while its metrics are computed: cleaned channels and what was derived from them.
 *
 * Prepared once by activity_channels.c, then read by the parts that compute. A channel without a single plausible value is NULL. */
#ifndef SAI_ANALYTICS_ACTIVITY_INTERNAL_H
#define SAI_ANALYTICS_ACTIVITY_INTERNAL_H

#include "analytics/activity_metrics.h"
#include "analytics/analytics_internal.h"
#include "analytics/curves.h"
#include "analytics/pace.h"
#include "analytics/series.h"

struct activity_work {
        const struct activity_input *in;
        struct sai_arena *arena;
        struct activity_metrics *m;
        enum sport_family family;

        size_t n; /* samples; 0 without streams */
        const double *t; /* s */
        double *d; /* m, cumulative, no NaN */
        double *hr, *cadence, *watts, *altitude, *velocity;
        double *moving; /* 1 or 0; NULL without speed and flag */
        double *smooth; /* m, smoothed altitude */
        double *grade; /* fraction */
        uint8_t *teleport; /* 1: the interval that ends here must not count; NULL: none */
        double gps_distance; /* m, NaN unless the distance came from fixes */
        double stream_moving; /* s, by the speed rule or the platform's flag; NaN when unknown */

        /* Filled on the way. */
        bool hr_trusted; /* a stream, plausible and not locked to the cadence */
        double hr_covered; /* s */
        bool power_measured; /* a power channel that counts */
        double *power_1hz; /* W on the timer's clock; NULL without measured power */
        size_t power_seconds;
        double mean_power; /* W, of the measured channel */
        struct graded graded; /* NaN when there is no altitude or it is not a run */
};

sai_status activity_prepare(struct activity_work *w) SAI_MUST_USE;

/* Each computes its part and says what is absent and why. */
void activity_basics(struct activity_work *w); /* times, distance, speed */
void activity_elevation(struct activity_work *w);
void activity_heartrate(struct activity_work *w);
sai_status activity_power(struct activity_work *w) SAI_MUST_USE;
sai_status activity_graded(struct activity_work *w) SAI_MUST_USE;
sai_status activity_zones(struct activity_work *w) SAI_MUST_USE;
void activity_load(struct activity_work *w);
void activity_calories(struct activity_work *w);
sai_status activity_efficiency(struct activity_work *w) SAI_MUST_USE;
sai_status activity_evidence(struct activity_work *w) SAI_MUST_USE;

/* What overflowed or never was stays out of the answer: NaN and infinity may never reach JSON. */
static inline struct sai_opt_f64 optional_of(double value)
{
        return isfinite(value) ? SAI_SOME(sai_opt_f64, value) : (struct sai_opt_f64) { 0 };
}

static inline void mark(struct activity_work *w, enum quality_flag flag) { w->m->quality |= flag; }

/* A summary can say that there was heart rate, distance or climbing without their samples: then the samples are what is missing. */
static inline enum reason reason_without_streams(const struct activity_work *w, enum reason reason)
{
        bool summary_has = (reason == REASON_NO_HR && SAI_HAS(w->m->average_heartrate)) ||
                           (reason == REASON_NO_DISTANCE && SAI_HAS(w->m->distance)) ||
                           (reason == REASON_NO_ALTITUDE && SAI_HAS(w->m->distance));
        bool streams = w->in->streams && w->in->streams->count > 0;
        return summary_has && !streams ? REASON_NO_STREAMS : reason;
}

static inline void missing(struct activity_work *w, enum metric metric, enum reason reason)
{
        if (metric != METRIC_ELEVATION_GAIN)
                reason = reason_without_streams(w, reason);
        w->m->absent[w->m->absent_count++] = (struct metric_absence) { (int)metric, (int)reason };
}

static inline double parameter(const struct activity_work *w, enum athlete_parameter_id id)
{
        return parameter_value(&w->in->athlete, id);
}

#endif
