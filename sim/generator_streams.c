/* generator_streams.c -- one workout, second by second.
 *
 * Effort follows the workout's plan; speed follows effort, slope and the athlete (a run by pace, a ride by the physics of power, air and
 * hills); heart rate follows effort with a lag, drifts with time and heat; the position goes round a smooth closed loop whose circumference
 * is the distance to cover, and the altitude is a periodic function of the place on it, so that loops end where they began. */
#include "sim/generator.h"

#include <math.h>

#include "sim/measure.h"

enum { HARMONICS = 4, HILLS = 5, MAX_SECONDS = 12 * 3600 };

/* A closed curve r(θ) around a centre; dθ follows from the distance covered, so speed along it is right everywhere. */
struct loop {
        double latitude, longitude; /* of the centre */
        double cosine[HARMONICS], sine[HARMONICS]; /* of the second harmonic and up */
        double radius; /* metres */
        double theta, length;
        double r, slope; /* at theta, as shares of the radius */
        double hill_cosine[HILLS], hill_sine[HILLS], base;
};

struct sampler {
        const struct persona *p;
        const struct workout *w;
        struct streams *s;
        struct rng rng;
        struct loop loop;
        enum sport_family family;
        size_t room, count;
        double time, distance, speed, heartrate, noise, gps[2], altitude_noise, next_stop;
        bool outdoors;
};

/* The harmonics' angles are multiples of one, so a rotation gives each from the one before: no sine but the first. */
static void loop_turn(struct loop *loop, double theta)
{
        double c1 = cos(theta), s1 = sin(theta), c = c1, s = s1;
        loop->theta = theta;
        loop->r = 1.0;
        loop->slope = 0.0;
        for (int k = 0; k < HARMONICS; k++) {
                double next = c * c1 - s * s1;
                s = s * c1 + c * s1;
                c = next;
                loop->r += loop->cosine[k] * c - loop->sine[k] * s;
                loop->slope -= (k + 2) * (loop->cosine[k] * s + loop->sine[k] * c);
        }
}

static const double METRES_PER_DEGREE = 111320.0;

/* The start of the loop is at home (or at the beach); `length` is one round. */
static void loop_init(struct loop *loop, const struct persona *p, const struct workout *w, double length,
                      enum sport_family family)
{
        struct rng rng = rng_of(p->seed, w->route == 200 ? w->seed : w->route, (uint64_t)family);
        bool sea = family == FAMILY_SWIM;
        for (int k = 0; k < HARMONICS; k++) {
                double amplitude = rng_range(&rng, 0.04, 0.22) / (k + 1), phase = rng_range(&rng, 0.0, 2.0 * M_PI);
                loop->cosine[k] = amplitude * cos(phase);
                loop->sine[k] = amplitude * sin(phase);
        }
        double circumference = 0.0;
        for (int i = 0; i < 720; i++) {
                loop_turn(loop, i * M_PI / 360.0);
                circumference += hypot(loop->r, loop->slope) * M_PI / 360.0;
        }
        loop->length = length;
        loop->radius = length / circumference;
        loop_turn(loop, rng_range(&rng, 0.0, 2.0 * M_PI));
        double r = loop->r * loop->radius;
        double lat = sea ? p->home->sea_latitude : p->home->latitude, lng = sea ? p->home->sea_longitude : p->home->longitude;
        loop->latitude = lat - r * sin(loop->theta) / METRES_PER_DEGREE;
        loop->longitude = lng - r * cos(loop->theta) / (METRES_PER_DEGREE * cos(lat * M_PI / 180.0));
        double height = p->home->hills * fmin(0.010 * length, family == FAMILY_RIDE         ? 160.0
                                                              : w->sport == SPORT_TRAIL_RUN ? 110.0
                                                                                            : 22.0);
        for (int k = 0; k < HILLS; k++) {
                double hill = height * rng_range(&rng, 0.3, 1.0) / (1.5 * k + 1.0), phase = rng_range(&rng, 0.0, 2.0 * M_PI);
                loop->hill_cosine[k] = hill * cos(phase);
                loop->hill_sine[k] = hill * sin(phase);
        }
        loop->base = sea ? 0.0 : fmax(p->home->altitude, 3.0 + 2.0 * height);
}

/* Zero above the base at the start, and after every round. */
static double loop_altitude(const struct loop *loop, double distance, double *ret_grade)
{
        double around = 2.0 * M_PI / loop->length, altitude = loop->base, grade = 0.0;
        double c1 = cos(around * distance), s1 = sin(around * distance), c = 1.0, s = 0.0;
        for (int k = 0; k < HILLS; k++) {
                double next = c * c1 - s * s1;
                s = s * c1 + c * s1;
                c = next;
                altitude += loop->hill_cosine[k] * s + loop->hill_sine[k] * (c - 1.0);
                grade += (k + 1) * around * (loop->hill_cosine[k] * c - loop->hill_sine[k] * s);
        }
        *ret_grade = fmax(-0.16, fmin(0.16, grade));
        return altitude;
}

static void loop_advance(struct loop *loop, double metres)
{
        loop_turn(loop, loop->theta + metres / (loop->radius * hypot(loop->r, loop->slope)));
}

/* The share of threshold that the plan asks for `t` seconds into the workout. */
static double planned_effort(const struct sampler *x, double t)
{
        const struct workout *w = x->w;
        if (w->kind == WORKOUT_INTERVALS) {
                double rest = fmax(60.0, w->repeat_s * 0.5), main_s = w->repeats * (w->repeat_s + rest);
                if (t < 900.0 || t > 900.0 + main_s)
                        return 0.70;
                return fmod(t - 900.0, w->repeat_s + rest) < w->repeat_s ? w->intensity : 0.55;
        }
        if (w->kind == WORKOUT_TEMPO)
                return t < 720.0 || t > w->duration_s - 480.0 ? 0.70 : w->intensity;
        if (w->kind == WORKOUT_RACE) { /* out a little fast, and the last fifth hurts in long ones */
                double done = x->distance / w->distance_m,
                       fade = w->distance_m > 30000.0 && x->family == FAMILY_RUN ? 0.05 : 0.01;
                return w->intensity * (done < 0.1 ? 1.015 : done > 0.8 ? 1.0 - fade * (done - 0.8) / 0.2 : 1.0);
        }
        if (w->kind == WORKOUT_STRENGTH)
                return fmod(t, 150.0) < 50.0 ? 0.75 : 0.35;
        return t < 300.0 ? w->intensity * 0.94 : w->intensity;
}

static double run_speed(const struct sampler *x, double effort, double grade)
{
        double v = x->p->run_threshold * x->w->fitness * effort * (1.0 + 0.02 * x->noise);
        return v * (grade > 0.0 ? 1.0 / (1.0 + 3.3 * grade) : 1.0 - fmax(-0.10, grade) * 1.2 * (grade > -0.10 ? 1.0 : 0.6));
}

/* One second of riding: power against air, rolling and slope. Gives the watts at the pedals. */
static double ride_second(struct sampler *x, double effort, double grade)
{
        double mass = x->p->weight_kg + 9.0, v = fmax(x->speed, 1.5);
        double watts =
                x->p->ride_power * x->w->fitness * effort * (1.0 + 0.11 * x->noise) * (1.0 + 2.2 * fmax(-0.2, fmin(0.12, grade)));
        if (v > 15.5 || (grade < -0.035 && v > 11.0))
                watts = 0.0;
        watts = fmax(0.0, watts);
        double force = fmin(250.0, watts * 0.97 / v) - mass * 9.81 * (0.0045 + grade) - 0.5 * 1.2 * 0.33 * v * v;
        x->speed = fmax(1.6, v + force / mass);
        return watts;
}

static void heart_second(struct sampler *x, double effort, double seconds)
{
        const struct persona *p = x->p;
        double hours = x->time / 3600.0, heat = fmax(0.0, x->w->temp - 18.0) * 0.0022;
        double share = 0.88 + (effort - 1.0) * 0.86 + hours * (0.018 + heat) + (x->family == FAMILY_SWIM ? -0.06 : 0.0);
        double target = p->rest_heartrate + (p->max_heartrate - p->rest_heartrate) * fmax(0.22, fmin(0.985, share));
        double lag = target > x->heartrate ? 28.0 : 42.0;
        x->heartrate += (target - x->heartrate) * (1.0 - exp(-seconds / lag)) + 0.35 * rng_normal(&x->rng) * sqrt(seconds);
        x->heartrate = fmax(p->rest_heartrate + 8.0, fmin(p->max_heartrate, x->heartrate));
}

static void put(struct sampler *x, enum stream_channel channel, double value)
{
        if (x->s->channel[channel])
                x->s->channel[channel][x->count] = value;
}

static void put_position(struct sampler *x)
{
        double r = x->loop.r * x->loop.radius;
        for (int i = 0; i < 2; i++)
                x->gps[i] = 0.92 * x->gps[i] + 0.35 * rng_normal(&x->rng);
        double north = r * sin(x->loop.theta) + x->gps[0], east = r * cos(x->loop.theta) + x->gps[1];
        double lat = x->loop.latitude + north / METRES_PER_DEGREE;
        put(x, STREAM_LATITUDE, round(lat * 1e6) / 1e6);
        double lng = x->loop.longitude + east / (METRES_PER_DEGREE * cos(x->loop.latitude * M_PI / 180.0));
        put(x, STREAM_LONGITUDE, round(lng * 1e6) / 1e6);
}

static double cadence_of(struct sampler *x, double watts)
{
        if (x->family == FAMILY_RIDE)
                return watts < 20.0 ? 0.0 : round(84.0 + 5.0 * x->noise);
        if (x->family == FAMILY_SWIM)
                return round(29.0 + 1.5 * x->noise);
        return round(76.0 + 3.2 * x->speed + 0.8 * x->noise); /* one leg */
}

static void record(struct sampler *x, double altitude, double watts)
{
        const struct workout *w = x->w;
        put(x, STREAM_TIME, x->time);
        put(x, STREAM_DISTANCE, round(x->distance * 10.0) / 10.0);
        put(x, STREAM_VELOCITY, round(x->speed * 1000.0) / 1000.0);
        if (x->outdoors)
                put_position(x);
        x->altitude_noise = 0.985 * x->altitude_noise + 0.04 * rng_normal(&x->rng);
        put(x, STREAM_ALTITUDE, round((altitude + x->altitude_noise) * 5.0) / 5.0);
        put(x, STREAM_HEARTRATE, round(x->heartrate));
        put(x, STREAM_CADENCE, cadence_of(x, watts));
        put(x, STREAM_WATTS, round(watts));
        put(x, STREAM_TEMP, round(w->indoor ? 20.0 : w->temp + 1.5 * exp(-x->time / 600.0)));
        x->count++;
}

static bool finished(const struct sampler *x)
{
        if (x->count >= x->room || x->time >= MAX_SECONDS)
                return true;
        return x->w->distance_m > 0.0 ? x->distance >= x->w->distance_m : x->time >= x->w->duration_s;
}

/* A traffic light: the recording pauses and goes on where it stopped. */
static void maybe_stop(struct sampler *x)
{
        if (!x->outdoors || x->family == FAMILY_SWIM || x->w->kind == WORKOUT_RACE || x->distance < x->next_stop)
                return;
        x->next_stop = x->distance + rng_range(&x->rng, 2200.0, 9000.0) * (x->family == FAMILY_RIDE ? 2.5 : 1.0);
        double wait = round(rng_range(&x->rng, 8.0, 55.0));
        x->time += wait;
        x->heartrate -= (x->heartrate - x->p->rest_heartrate - 25.0) * (1.0 - exp(-wait / 60.0));
        x->speed *= 0.3;
}

static void step_second(struct sampler *x, double *ret_altitude, double *ret_watts)
{
        double grade = 0.0, altitude = 0.0;
        if (x->outdoors)
                altitude = loop_altitude(&x->loop, x->distance, &grade);
        if (x->family == FAMILY_SWIM)
                grade = 0.0;
        double effort = planned_effort(x, x->time), watts = 0.0, felt = effort;
        x->noise = 0.95 * x->noise + 0.31 * rng_normal(&x->rng);
        if (x->family == FAMILY_RIDE) {
                watts = ride_second(x, effort, grade);
                felt = 0.55 * effort + 0.45 * watts / (x->p->ride_power * x->w->fitness);
        } else if (x->family == FAMILY_SWIM) {
                x->speed = x->p->swim_threshold * x->w->fitness * effort * (1.0 + 0.03 * x->noise);
        } else if (x->w->kind == WORKOUT_STRENGTH) {
                x->speed = 0.0;
        } else {
                x->speed += (run_speed(x, effort, grade) - x->speed) * 0.25;
        }
        x->distance += x->speed;
        if (x->outdoors)
                loop_advance(&x->loop, x->speed);
        if (x->w->heartrate)
                heart_second(x, felt, 1.0);
        x->time += 1.0;
        *ret_altitude = altitude;
        *ret_watts = watts;
}

static void run_seconds(struct sampler *x)
{
        double watts = 0.0, grade, altitude = x->outdoors ? loop_altitude(&x->loop, 0.0, &grade) : 0.0;
        record(x, altitude, watts);
        for (int64_t second = 1; !finished(x); second++) {
                maybe_stop(x);
                step_second(x, &altitude, &watts);
                if (second % x->w->step_s == 0 || finished(x))
                        record(x, altitude, watts);
        }
}

/* A watch in a pool knows the lengths swum: one point each, with rests at the wall between the sets. */
static void run_lengths(struct sampler *x)
{
        const double length = x->p->seed % 3 == 0 ? 50.0 : 25.0;
        int per_set = (int)rng_range(&x->rng, 4.0, 17.0), done = 0;
        record(x, 0.0, 0.0);
        while (!finished(x)) {
                x->noise = 0.8 * x->noise + 0.6 * rng_normal(&x->rng);
                double effort = x->time < 400.0 ? 0.86 : x->w->intensity;
                x->speed = fmax(0.4, x->p->swim_threshold * x->w->fitness * effort * (1.0 + 0.02 * x->noise));
                double seconds = fmax(1.0, round(length / x->speed));
                x->speed = length / seconds;
                x->time += seconds;
                x->distance += length;
                if (x->w->heartrate)
                        heart_second(x, effort, seconds);
                record(x, 0.0, 0.0);
                if (++done >= per_set && !finished(x)) {
                        double rest = round(rng_range(&x->rng, 12.0, 40.0));
                        done = 0;
                        x->time += rest;
                        x->speed = 0.0;
                        record(x, 0.0, 0.0);
                }
        }
}

static sai_status make_channels(struct sampler *x, struct sai_arena *arena, struct sai_err *err)
{
        const struct workout *w = x->w;
        bool swim = x->family == FAMILY_SWIM, strength = w->kind == WORKOUT_STRENGTH;
        const struct {
                enum stream_channel channel;
                bool wanted;
        } channels[] = {
                { STREAM_TIME, true },
                { STREAM_DISTANCE, !strength },
                { STREAM_VELOCITY, !strength },
                { STREAM_LATITUDE, x->outdoors },
                { STREAM_LONGITUDE, x->outdoors },
                { STREAM_ALTITUDE, x->outdoors && !swim },
                { STREAM_HEARTRATE, w->heartrate },
                { STREAM_CADENCE, !strength },
                { STREAM_WATTS, w->power },
                { STREAM_TEMP, w->step_s == 1 && !swim },
        };
        for (size_t i = 0; i < SAI_COUNT(channels); i++)
                if (channels[i].wanted && !streams_channel(x->s, channels[i].channel, arena))
                        return sai_fail(err, SAI_NO_MEMORY, "generated streams");
        return SAI_OK;
}

static double expected_distance(const struct sampler *x)
{
        const struct workout *w = x->w;
        if (w->distance_m > 0.0)
                return w->distance_m;
        double speed = x->family == FAMILY_RIDE   ? 7.9
                       : x->family == FAMILY_SWIM ? x->p->swim_threshold * w->intensity
                                                  : x->p->run_threshold * fmin(w->intensity, 0.85);
        return fmax(1000.0, speed * w->fitness * w->duration_s);
}

sai_status generator_streams(const struct persona *persona, const struct workout *workout, struct sai_arena *arena,
                             struct streams *ret_streams, struct sai_err *err)
{
        *ret_streams = (struct streams) { 0 };
        if (workout->kind == WORKOUT_MANUAL)
                return SAI_OK;
        struct sampler x = { .p = persona, .w = workout, .s = ret_streams, .rng = rng_of(workout->seed, 2, 3) };
        x.family = sport_family(workout->sport);
        x.outdoors = !workout->indoor && workout->kind != WORKOUT_STRENGTH;
        double seconds = fmin((double)MAX_SECONDS, workout->duration_s * (workout->distance_m > 0.0 ? 2.0 : 1.0) + 120.0);
        x.room = (size_t)(seconds / workout->step_s) + 16;
        ret_streams->count = x.room;
        sai_status status = make_channels(&x, arena, err);
        if (status != SAI_OK)
                return status;

        /* Routes have a usual length; a longer outing goes round several times. */
        double wanted = expected_distance(&x), usual = (5200.0 + 700.0 * workout->route) * (x.family == FAMILY_RIDE ? 5.0 : 1.0);
        if (workout->route == 200)
                usual = wanted;
        if (x.outdoors)
                loop_init(&x.loop, persona, workout, wanted / fmax(1.0, round(wanted / usual)), x.family);
        x.heartrate = persona->rest_heartrate + 28.0 + rng_range(&x.rng, 0.0, 15.0);
        x.next_stop = rng_range(&x.rng, 600.0, 5000.0);
        if (workout->kind == WORKOUT_POOL)
                run_lengths(&x);
        else
                run_seconds(&x);
        ret_streams->count = x.count;
        return measure_derive(ret_streams, x.family, arena, err);
}
