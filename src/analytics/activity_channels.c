/* activity_channels.c -- from raw streams to channels that may be computed with: what the sensors cannot have meant is taken out, what
 * is missing and can be derived (distance from fixes, movement from distance, grade from altitude) is derived. */
#include "analytics/activity_internal.h"
#include "analytics/elevation.h"
#include "analytics/geography.h"
#include <math.h>

#define VELOCITY_WINDOW_S 10.0 /* of derived speed: single GPS steps are mostly noise */
#define VELOCITY_GAP_S    30.0
#define GRADE_RUN_M       30.0
#define GRADE_RIDE_M      50.0
#define DEVICE_NO_CONTACT 255
#define DEVICE_NO_POWER   65535

static bool any_value(const double *x, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                if (!isnan(x[i]))
                        return true;
        }
        return false;
}

/* Restricts a channel; a value that only says "no contact" is absent, any other outside the window is a fault worth a flag. */
static double *plausible_channel(struct activity_work *w, const struct streams *s, enum stream_channel channel,
                                 struct plausible_window window, double device_code, enum quality_flag flag)
{
        double *x = s->channel[channel];
        if (!x)
                return NULL;
        bool fault = false;
        for (size_t i = 0; i < s->count; i++) {
                bool outside = x[i] < window.min || x[i] > window.max;
                if (outside && fabs(x[i]) > 0 && fabs(x[i] - device_code) > 0)
                        fault = true;
        }
        series_restrict(x, s->count, window);
        if (fault)
                mark(w, flag);
        return any_value(x, s->count) ? x : NULL;
}

/* Linear between the samples that are known; `known` is 0 where a value is only carried on. */
static void bridge(const double *t, double *d, const uint8_t *known, size_t n)
{
        size_t last = n;
        for (size_t i = 0; i < n; i++) {
                if (!known[i])
                        continue;
                if (last < n && i - last > 1) {
                        for (size_t k = last + 1; k < i; k++)
                                d[k] = d[last] + (d[i] - d[last]) * (t[k] - t[last]) / (t[i] - t[last]);
                }
                last = i;
        }
}

static sai_status distance_from_device(struct activity_work *w, double *d)
{
        uint8_t *known = SAI_NEW_ARRAY(w->arena, uint8_t, w->n);
        if (!known)
                return SAI_NO_MEMORY;
        for (size_t i = 0; i < w->n; i++)
                known[i] = (uint8_t)(isnan(d[i]) ? 0 : 1);
        if (distance_make_monotone(d, w->n) > 0)
                mark(w, QUALITY_DEVICE_RESTART);
        bridge(w->t, d, known, w->n);
        w->d = d;
        return SAI_OK;
}

static sai_status distance_from_gps(struct activity_work *w, const struct streams *s)
{
        const double *lat = s->channel[STREAM_LATITUDE], *lng = s->channel[STREAM_LONGITUDE];
        uint8_t *keep = SAI_NEW_ARRAY(w->arena, uint8_t, w->n);
        double *d = SAI_NEW_ARRAY(w->arena, double, w->n), *moving = SAI_NEW_ARRAY(w->arena, double, w->n);
        if (!keep || !d || !moving)
                return SAI_NO_MEMORY;
        struct spike_report report = spikes_find(w->t, lat, lng, w->n, max_plausible_speed(w->family), keep);
        if (distance_from_fixes(lat, lng, NULL, keep, w->n, d) <= 0)
                return SAI_OK;
        /* The rough distance says where the athlete stood still; there, scatter does not count. */
        series_moving_time(w->t, d, s->channel[STREAM_MOVING], w->n, moving_threshold(w->family), moving);
        w->gps_distance = distance_from_fixes(lat, lng, moving, keep, w->n, d);
        w->m->removed_fixes = (int64_t)report.removed;
        if (report.removed > 0)
                mark(w, QUALITY_GPS_SPIKES_REMOVED);
        if (report.teleports > 0) {
                mark(w, QUALITY_TELEPORT);
                w->teleport = SAI_NEW_ARRAY(w->arena, uint8_t, w->n);
                if (!w->teleport)
                        return SAI_NO_MEMORY;
                for (size_t i = 0; i < w->n; i++)
                        w->teleport[i] = (uint8_t)(keep[i] == FIX_TELEPORT);
        }
        bridge(w->t, d, keep, w->n);
        mark(w, QUALITY_DISTANCE_FROM_GPS);
        w->d = d;
        return SAI_OK;
}

static sai_status prepare_distance(struct activity_work *w, const struct streams *s)
{
        double *d = s->channel[STREAM_DISTANCE];
        if (d) {
                for (size_t i = 0; i < w->n; i++) {
                        if (d[i] < 0)
                                d[i] = ABSENT;
                }
                if (any_value(d, w->n))
                        return distance_from_device(w, d);
        }
        if (s->channel[STREAM_LATITUDE] && s->channel[STREAM_LONGITUDE])
                return distance_from_gps(w, s);
        return SAI_OK;
}

/* Whether the interval lies in a pause. Intervals are asked in order of time, so that `cursor` (from 0) only moves forward. */
static bool inside_pause(const struct activity_input *in, double from, double to, size_t *cursor)
{
        double middle = (from + to) / 2; /* devices stop a second before or after the samples do */
        while (*cursor < in->pause_count && in->pauses[*cursor].start_s <= middle)
                ++*cursor;
        return *cursor < in->pause_count && in->pauses[*cursor].stop_s <= middle;
}

/* Holes longer than any sensor's cap that no pause explains. */
static void note_gaps(struct activity_work *w)
{
        for (size_t i = 1, pause = 0; i < w->n; i++) {
                if (w->t[i] - w->t[i - 1] > GAP_CAP_POWER_S && !inside_pause(w->in, w->t[i - 1], w->t[i], &pause)) {
                        mark(w, QUALITY_GAPS);
                        return;
                }
        }
}

static sai_status prepare_moving(struct activity_work *w, const struct streams *s)
{
        const double *flag = s->channel[STREAM_MOVING];
        w->stream_moving = ABSENT;
        if (!w->d && !flag)
                return SAI_OK;
        w->moving = SAI_NEW_ARRAY(w->arena, double, w->n);
        if (!w->moving)
                return SAI_NO_MEMORY;
        series_moving_time(w->t, w->d, flag, w->n, moving_threshold(w->family), w->moving);
        w->stream_moving = 0;
        for (size_t i = 1, pause = 0; i < w->n; i++) {
                bool paused = inside_pause(w->in, w->t[i - 1], w->t[i], &pause);
                if (paused || (w->teleport && w->teleport[i]))
                        w->moving[i] = 0;
                w->stream_moving += w->moving[i] > 0 ? w->t[i] - w->t[i - 1] : 0;
        }
        return SAI_OK;
}

/* Speed over a centred window of at least VELOCITY_WINDOW_S that crosses no gap. */
static void derive_velocity(const double *t, const double *d, size_t n, double *v)
{
        size_t lo = 0, hi = 0;
        for (size_t i = 0; i < n; i++) {
                if (i > 0 && t[i] - t[i - 1] > VELOCITY_GAP_S)
                        lo = i;
                while (lo < i && t[i] - t[lo + 1] >= VELOCITY_WINDOW_S / 2)
                        lo++;
                if (hi < i)
                        hi = i;
                while (hi + 1 < n && t[hi] - t[i] < VELOCITY_WINDOW_S / 2 && t[hi + 1] - t[hi] <= VELOCITY_GAP_S)
                        hi++;
                v[i] = t[hi] > t[lo] ? (d[hi] - d[lo]) / (t[hi] - t[lo]) : ABSENT;
        }
}

static sai_status prepare_velocity(struct activity_work *w, const struct streams *s)
{
        struct plausible_window window = { 0, max_plausible_speed(w->family) };
        w->velocity = plausible_channel(w, s, STREAM_VELOCITY, window, -1, QUALITY_SPEED_IMPLAUSIBLE);
        if (w->velocity || !w->d)
                return SAI_OK;
        w->velocity = SAI_NEW_ARRAY(w->arena, double, w->n);
        if (!w->velocity)
                return SAI_NO_MEMORY;
        derive_velocity(w->t, w->d, w->n, w->velocity);
        if (series_restrict(w->velocity, w->n, window) > 0)
                mark(w, QUALITY_SPEED_IMPLAUSIBLE);
        return SAI_OK;
}

static sai_status prepare_grade(struct activity_work *w)
{
        if (!w->altitude)
                return SAI_OK;
        w->smooth = SAI_NEW_ARRAY(w->arena, double, w->n);
        if (!w->smooth)
                return SAI_NO_MEMORY;
        double width = w->in->altitude_sensor == ALTITUDE_GPS ? SMOOTH_GPS_M : SMOOTH_BAROMETER_M;
        sai_status status = elevation_smooth(w->altitude, w->d, w->n, width, w->arena, w->smooth);
        if (status != SAI_OK || !w->d)
                return status;
        w->grade = SAI_NEW_ARRAY(w->arena, double, w->n);
        if (!w->grade)
                return SAI_NO_MEMORY;
        grades(w->smooth, w->d, w->n, w->family == FAMILY_RIDE ? GRADE_RIDE_M : GRADE_RUN_M, w->grade);
        if (!any_value(w->grade, w->n))
                w->grade = NULL;
        return SAI_OK;
}

sai_status activity_prepare(struct activity_work *w)
{
        w->family = sport_family(w->in->sport);
        w->gps_distance = w->stream_moving = w->mean_power = ABSENT;
        w->graded = (struct graded) { ABSENT, ABSENT, 0 };
        struct streams s;
        sai_status status = series_clean(w->in->streams, w->arena, &s);
        if (status != SAI_OK)
                return status;
        w->n = s.count;
        if (w->n == 0) {
                mark(w, QUALITY_NO_STREAMS);
                return SAI_OK;
        }
        w->t = s.channel[STREAM_TIME];
        note_gaps(w);
        w->hr = plausible_channel(w, &s, STREAM_HEARTRATE, plausible_heartrate, DEVICE_NO_CONTACT, QUALITY_HR_IMPLAUSIBLE);
        w->cadence = plausible_channel(w, &s, STREAM_CADENCE, plausible_cadence, DEVICE_NO_CONTACT, 0);
        w->watts = plausible_channel(w, &s, STREAM_WATTS, plausible_power, DEVICE_NO_POWER, QUALITY_POWER_IMPLAUSIBLE);
        w->altitude = plausible_channel(w, &s, STREAM_ALTITUDE, plausible_altitude, 0, QUALITY_ALTITUDE_IMPLAUSIBLE);
        status = prepare_distance(w, &s);
        if (status == SAI_OK)
                status = prepare_moving(w, &s);
        if (status == SAI_OK)
                status = prepare_velocity(w, &s);
        if (status == SAI_OK)
                status = prepare_grade(w);
        return status;
}

/* The clean sample of a time; every finite time has one. */
static size_t sample_at(const struct activity_work *w, double at)
{
        size_t lo = 0, hi = w->n - 1;
        while (lo < hi) {
                size_t mid = lo + (hi - lo) / 2;
                if (w->t[mid] < at)
                        lo = mid + 1;
                else
                        hi = mid;
        }
        return lo;
}

/* Copies a derived channel back to the samples as they were recorded: by time, because cleaning drops and reorders. */
static sai_status put_channel(const struct activity_work *w, struct streams *streams, enum stream_channel channel,
                              const double *from, double scale, struct sai_arena *arena)
{
        if (streams->channel[channel] || !from)
                return SAI_OK;
        double *to = streams_channel(streams, channel, arena);
        if (!to)
                return SAI_NO_MEMORY;
        const double *time = streams->channel[STREAM_TIME];
        for (size_t i = 0; i < streams->count; i++) {
                double at = time ? time[i] : (double)i;
                if (isfinite(at))
                        to[i] = from[sample_at(w, at)] * scale;
        }
        return SAI_OK;
}

sai_status activity_fill_channels(const struct activity_input *input, struct streams *streams, struct sai_arena *arena)
{
        struct activity_metrics scratch = { 0 };
        struct activity_work w = { .in = input, .arena = arena, .m = &scratch };
        sai_status status = activity_prepare(&w);
        if (status == SAI_OK && w.n > 0)
                status = put_channel(&w, streams, STREAM_DISTANCE, w.d, 1, arena);
        if (status == SAI_OK && w.n > 0)
                status = put_channel(&w, streams, STREAM_VELOCITY, w.velocity, 1, arena);
        if (status == SAI_OK && w.n > 0)
                status = put_channel(&w, streams, STREAM_MOVING, w.moving, 1, arena);
        if (status == SAI_OK && w.n > 0)
                status = put_channel(&w, streams, STREAM_GRADE, w.grade, 100, arena);
        return status;
}
