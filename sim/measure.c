/* measure.c -- linear passes over columns.
 *
 * Rules: moving is where the speed between two samples reaches a walk's (a swim's) lower bound; gain is summed over swings of the
 * altitude that exceed a threshold, because sensor noise climbs too; weighted power is the fourth-power mean of 30 s averages. */
#include "sim/measure.h"

#include <math.h>

static const double EARTH_RADIUS_M = 6371000.0;
/* A barometer wanders by about a metre: swings below this are noise. */
static const double GAIN_THRESHOLD_M = 2.0;

static double moving_threshold(enum sport_family family)
{
        switch (family) {
        case FAMILY_RIDE:
                return 0.8;
        case FAMILY_RUN:
                return 0.45;
        case FAMILY_SWIM:
                return 0.12;
        case FAMILY_WALK:
        case FAMILY_OTHER:
                break;
        }
        return 0.25;
}

static double haversine(double lat1, double lng1, double lat2, double lng2)
{
        const double radians = M_PI / 180.0;
        double a = sin((lat2 - lat1) * radians / 2), b = sin((lng2 - lng1) * radians / 2);
        double h = a * a + cos(lat1 * radians) * cos(lat2 * radians) * b * b;
        return 2.0 * EARTH_RADIUS_M * asin(fmin(1.0, sqrt(h)));
}

static bool any_value(const double *column, size_t count)
{
        for (size_t i = 0; i < count; i++)
                if (!isnan(column[i]))
                        return true;
        return false;
}

static void drop_empty(struct streams *s)
{
        double *heartrate = s->channel[STREAM_HEARTRATE];
        for (size_t i = 0; heartrate && i < s->count; i++)
                if (heartrate[i] <= 0.0)
                        heartrate[i] = (double)NAN;
        for (int c = 0; c < STREAM_CHANNELS; c++)
                if (s->channel[c] && !any_value(s->channel[c], s->count))
                        s->channel[c] = NULL;
        if (!s->channel[STREAM_LATITUDE] || !s->channel[STREAM_LONGITUDE])
                s->channel[STREAM_LATITUDE] = s->channel[STREAM_LONGITUDE] = NULL;
}

static void distance_from_positions(struct streams *s, double *distance)
{
        const double *lat = s->channel[STREAM_LATITUDE], *lng = s->channel[STREAM_LONGITUDE];
        double total = 0.0, last_lat = (double)NAN, last_lng = (double)NAN;
        for (size_t i = 0; i < s->count; i++) {
                if (!isnan(lat[i]) && !isnan(lng[i])) {
                        if (!isnan(last_lat))
                                total += haversine(last_lat, last_lng, lat[i], lng[i]);
                        last_lat = lat[i];
                        last_lng = lng[i];
                }
                distance[i] = total;
        }
}

/* Distances are cumulative: a hole keeps the value before it, and what falls back is held. */
static void fill_distance(double *distance, size_t count)
{
        double last = 0.0;
        for (size_t i = 0; i < count; i++) {
                if (isnan(distance[i]) || distance[i] < last)
                        distance[i] = last;
                last = distance[i];
        }
}

static void derive_velocity(const struct streams *s, double *velocity)
{
        const double *time = s->channel[STREAM_TIME], *distance = s->channel[STREAM_DISTANCE];
        for (size_t i = 0; i < s->count; i++) {
                size_t from = i >= 2 ? i - 2 : 0, to = i + 2 < s->count ? i + 2 : s->count - 1;
                double span = time[to] - time[from];
                velocity[i] = span > 0.0 ? (distance[to] - distance[from]) / span : 0.0;
        }
}

static void derive_moving(const struct streams *s, double *moving, double threshold)
{
        const double *time = s->channel[STREAM_TIME], *distance = s->channel[STREAM_DISTANCE];
        for (size_t i = 0; i < s->count; i++) {
                double span = i > 0 ? time[i] - time[i - 1] : 0.0;
                moving[i] = i == 0 || (span > 0.0 && (distance[i] - distance[i - 1]) / span >= threshold) ? 1.0 : 0.0;
        }
}

/* Slope over the last 20 m or more, in percent. */
static void derive_grade(const struct streams *s, const double *altitude, double *grade)
{
        const double *distance = s->channel[STREAM_DISTANCE];
        size_t from = 0;
        for (size_t i = 0; i < s->count; i++) {
                while (from + 1 < i && distance[i] - distance[from + 1] >= 20.0)
                        from++;
                double run = distance[i] - distance[from], rise = altitude[i] - altitude[from];
                grade[i] = run >= 5.0 && !isnan(rise) ? fmax(-45.0, fmin(45.0, 100.0 * rise / run)) : 0.0;
        }
}

sai_status measure_derive(struct streams *s, enum sport_family family, struct sai_arena *arena, struct sai_err *err)
{
        drop_empty(s);
        if (s->count == 0 || !s->channel[STREAM_TIME])
                return SAI_OK;
        bool had_distance = s->channel[STREAM_DISTANCE] != NULL;
        if (!had_distance && s->channel[STREAM_LATITUDE]) {
                double *distance = streams_channel(s, STREAM_DISTANCE, arena);
                if (!distance)
                        return sai_fail(err, SAI_NO_MEMORY, "distance stream");
                distance_from_positions(s, distance);
        }
        if (!s->channel[STREAM_DISTANCE])
                return SAI_OK;
        fill_distance(s->channel[STREAM_DISTANCE], s->count);
        bool had_velocity = s->channel[STREAM_VELOCITY] != NULL;
        double *velocity = streams_channel(s, STREAM_VELOCITY, arena), *moving = streams_channel(s, STREAM_MOVING, arena);
        const double *altitude = s->channel[STREAM_ALTITUDE];
        double *grade = altitude ? streams_channel(s, STREAM_GRADE, arena) : NULL;
        if (!velocity || !moving || (altitude && !grade))
                return sai_fail(err, SAI_NO_MEMORY, "derived streams");
        if (!had_velocity)
                derive_velocity(s, velocity);
        derive_moving(s, moving, moving_threshold(family));
        if (grade)
                derive_grade(s, altitude, grade);
        return SAI_OK;
}

struct mean {
        double sum, weight, max;
};

static void mean_add(struct mean *mean, const double *column, size_t i, double weight, bool skip_zero)
{
        if (!column || isnan(column[i]) || (skip_zero && column[i] <= 0.0))
                return;
        mean->sum += column[i] * weight;
        mean->weight += weight;
        mean->max = mean->weight == weight ? column[i] : fmax(mean->max, column[i]);
}

static double mean_value(const struct mean *mean) { return mean->weight > 0.0 ? mean->sum / mean->weight : (double)NAN; }
static double mean_max(const struct mean *mean) { return mean->weight > 0.0 ? mean->max : (double)NAN; }

/* The mean of a sample and its neighbours that are there: one sample's jitter is no hill. */
static double smoothed(const double *column, size_t i, size_t count)
{
        double sum = 0.0;
        int n = 0;
        for (size_t k = i > 0 ? i - 1 : 0; k <= i + 1 && k < count; k++) {
                if (!isnan(column[k])) {
                        sum += column[k];
                        n++;
                }
        }
        return n ? sum / n : (double)NAN;
}

/* Climbing by swings: a rise counts once it exceeds the threshold above the lowest point since the last top. */
static double gain_of(const double *altitude, size_t first, size_t end)
{
        double gain = 0.0, low = (double)NAN, high = (double)NAN;
        for (size_t i = first; altitude && i < end; i++) {
                double a = smoothed(altitude + first, i - first, end - first);
                if (isnan(a))
                        continue;
                if (a > high) {
                        high = a;
                } else if (isnan(low) || a < low || high - a > GAIN_THRESHOLD_M) {
                        if (high - low > GAIN_THRESHOLD_M)
                                gain += high - low;
                        low = high = a;
                }
        }
        return high - low > GAIN_THRESHOLD_M ? gain + high - low : gain;
}

/* Coggan's weighting over samples held until the next one (at most 10 s: beyond it the recording paused). */
static double weighted_watts(const struct streams *s, size_t first, size_t end)
{
        const double *watts = s->channel[STREAM_WATTS], *time = s->channel[STREAM_TIME];
        double window[30] = { 0 }, sum = 0.0, fourth = 0.0;
        size_t seconds = 0;
        for (size_t i = first; watts && i < end; i++) {
                double hold = i + 1 < s->count ? fmin(10.0, time[i + 1] - time[i]) : 1.0;
                double power = isnan(watts[i]) ? 0.0 : watts[i];
                for (int k = 0; k < (int)hold; k++) {
                        sum += power - window[seconds % 30];
                        window[seconds % 30] = power;
                        if (++seconds >= 30) {
                                double average = fmax(0.0, sum / 30.0);
                                fourth += average * average * average * average;
                        }
                }
        }
        return seconds >= 30 ? pow(fourth / (double)(seconds - 29), 0.25) : (double)NAN;
}

struct measure measure_range(const struct streams *s, size_t first, size_t end)
{
        const double *time = s->channel[STREAM_TIME], *distance = s->channel[STREAM_DISTANCE],
                     *moving = s->channel[STREAM_MOVING];
        struct measure m = { 0 };
        struct mean heartrate = { 0 }, cadence = { 0 }, watts = { 0 }, temp = { 0 }, speed = { 0 }, altitude = { 0 },
                    depth = { 0 };
        size_t last = end < s->count ? end : end - 1;
        m.elapsed_s = time[last] - time[first];
        m.distance = distance ? distance[last] - (first > 0 ? distance[first] : 0.0) : 0.0;
        for (size_t i = first; i < end; i++) {
                double weight = i > 0 ? fmin(10.0, time[i] - time[i - 1]) : 1.0;
                mean_add(&heartrate, s->channel[STREAM_HEARTRATE], i, weight, true);
                mean_add(&cadence, s->channel[STREAM_CADENCE], i, weight, true);
                mean_add(&watts, s->channel[STREAM_WATTS], i, weight, false);
                mean_add(&temp, s->channel[STREAM_TEMP], i, weight, false);
                mean_add(&speed, s->channel[STREAM_VELOCITY], i, 1.0, false);
                mean_add(&altitude, s->channel[STREAM_ALTITUDE], i, 1.0, false);
                double minus = s->channel[STREAM_ALTITUDE] ? -s->channel[STREAM_ALTITUDE][i] : 0.0;
                mean_add(&depth, s->channel[STREAM_ALTITUDE] ? &minus : NULL, 0, 1.0, false);
        }
        for (size_t i = first + 1; i <= last; i++)
                m.moving_s += !moving || moving[i] > 0.0 ? time[i] - time[i - 1] : 0.0;
        m.gain_m = gain_of(s->channel[STREAM_ALTITUDE], first, end);
        m.max_speed = speed.weight > 0.0 ? speed.max : 0.0;
        m.average_heartrate = mean_value(&heartrate);
        m.max_heartrate = mean_max(&heartrate);
        m.average_cadence = mean_value(&cadence);
        m.average_watts = mean_value(&watts);
        m.max_watts = mean_max(&watts);
        m.weighted_watts = weighted_watts(s, first, end);
        m.temp = mean_value(&temp);
        m.elev_high = mean_max(&altitude);
        m.elev_low = depth.weight > 0.0 ? -depth.max : (double)NAN;
        return m;
}

void measure_bind_positions(struct strava_activity *a)
{
        a->start_latlng.items = a->start_position;
        a->end_latlng.items = a->end_position;
}

void measure_positions(struct strava_activity *a, const struct streams *s)
{
        const double *lat = s->channel[STREAM_LATITUDE], *lng = s->channel[STREAM_LONGITUDE];
        a->start_latlng.count = a->end_latlng.count = 0;
        measure_bind_positions(a);
        for (size_t i = 0; lat && i < s->count; i++) {
                if (isnan(lat[i]) || isnan(lng[i]))
                        continue;
                if (a->start_latlng.count == 0) {
                        a->start_position[0] = lat[i];
                        a->start_position[1] = lng[i];
                        a->start_latlng.count = a->end_latlng.count = 2;
                }
                a->end_position[0] = lat[i];
                a->end_position[1] = lng[i];
        }
}

static struct sai_opt_i64 whole(double value)
{
        return isnan(value) ? (struct sai_opt_i64) { 0 } : SAI_SOME(sai_opt_i64, (int64_t)llround(value));
}

void measure_fill(struct strava_activity *a, const struct streams *s, enum sport_family family)
{
        if (s->count == 0 || !s->channel[STREAM_TIME])
                return;
        struct measure m = measure_range(s, 0, s->count);
        a->distance = m.distance;
        a->elapsed_time = (int64_t)llround(m.elapsed_s);
        a->moving_time = (int64_t)llround(m.moving_s);
        a->total_elevation_gain = m.gain_m;
        a->average_speed = a->moving_time > 0 ? m.distance / (double)a->moving_time : 0.0;
        a->max_speed = m.max_speed;
        a->average_cadence = sai_opt_from_nan(m.average_cadence);
        a->average_temp = whole(m.temp);
        a->has_heartrate = !isnan(m.average_heartrate);
        a->average_heartrate = sai_opt_from_nan(m.average_heartrate);
        a->max_heartrate = sai_opt_from_nan(m.max_heartrate);
        a->elev_high = sai_opt_from_nan(m.elev_high);
        a->elev_low = sai_opt_from_nan(m.elev_low);
        a->average_watts = sai_opt_from_nan(m.average_watts);
        if (SAI_HAS(a->average_watts)) {
                a->max_watts = whole(m.max_watts);
                a->weighted_average_watts = whole(m.weighted_watts);
                a->device_watts = SAI_SOME(sai_opt_bool, true);
                if (family == FAMILY_RIDE)
                        a->kilojoules = SAI_SOME(sai_opt_f64, m.average_watts * m.moving_s / 1000.0);
        }
        measure_positions(a, s);
}
