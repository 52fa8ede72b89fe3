/* athlete.c -- the order in which a parameter is believed: given, Strava's, estimated, assumed, absent (5.1, 5.2). */
#include "analytics/athlete.h"

#include "analytics/analytics_internal.h"
#include "analytics/power.h"
#include "analytics/series.h"
#include "analytics/trend.h"
#include <math.h>

#define MAX_HEARTRATE_DAYS  730 /* 24 months */
#define MAX_HEARTRATE_NEAR  5.0 /* bpm: a peak counts when as many activities came so close to it … */
#define MAX_HEARTRATE_TIMES 3 /* … as these, itself included */
#define EFFORT_DAYS         90
#define RESTING_ASSUMED     60.0
#define RIEGEL_RUN          1.06
#define HOUR_S              3600.0
#define HOUR_EFFORT_MIN_M   3000.0
#define HOUR_EFFORT_MAX_M   21097.5

static const struct {
        const char *name;
        double min, max;
} parameters[PARAMETER_COUNT] = {
#define X(id, member, unit, lo, hi) { #member, lo, hi },
        PARAMETER_LIST(X)
#undef X
};

const char *athlete_parameter_name(enum athlete_parameter_id id) { return parameters[id].name; }

double max_heartrate_by_age(enum max_heartrate_formula formula, double age)
{
        switch (formula) {
        case HRMAX_FOX:
                return 220 - age;
        case HRMAX_TANAKA:
                return 208 - 0.7 * age;
        case HRMAX_GELLISH:
                return 207 - 0.7 * age;
        case HRMAX_NES:
                return 211 - 0.64 * age;
        case HRMAX_ARENA:
                return 209.3 - 0.72 * age;
        case HRMAX_ASTRAND:
                return 216.6 - 0.84 * age;
        }
        return ABSENT;
}

double threshold_heartrate_from_reserve(double resting, double max) { return resting + 0.85 * (max - resting); }

double critical_swim_speed(double t400_s, double t200_s)
{
        /* A 400 at more than the 200's pace leaves no distance above the threshold: the trials do not belong together. */
        return t400_s > 2 * t200_s && t200_s > 0 ? 200 / (t400_s - t200_s) : ABSENT;
}

static bool plausible(enum athlete_parameter_id id, double value)
{
        return value >= parameters[id].min && value <= parameters[id].max;
}

static void set(struct athlete_parameters *p, enum athlete_parameter_id id, double value, enum parameter_source source,
                struct sai_day since)
{
        if (!p->values[id].known && plausible(id, value))
                p->values[id] = (struct athlete_parameter) { true, value, source, since };
}

/* The newest value from or before the day; the first also reaches back to the days before it. */
static void take_dated(struct athlete_parameters *p, const struct athlete_history *history, enum parameter_source source,
                       struct sai_day day)
{
        for (int id = 0; id < PARAMETER_COUNT; id++) {
                const struct athlete_dated *newest = NULL, *first = NULL;
                for (size_t i = 0; i < history->dated_count; i++) {
                        const struct athlete_dated *d = &history->dated[i];
                        if ((int)d->parameter != id || d->source != source)
                                continue;
                        /* Of two for the same day the later in the list was said last. */
                        if (d->from.number <= day.number && (!newest || d->from.number >= newest->from.number))
                                newest = d;
                        if (!first || d->from.number < first->from.number)
                                first = d;
                }
                const struct athlete_dated *chosen = newest ? newest : first;
                if (chosen)
                        set(p, (enum athlete_parameter_id)id, chosen->value, source, chosen->from);
        }
}

static bool in_days_before(const struct athlete_evidence *e, struct sai_day day, int32_t days)
{
        return e->day.number < day.number && e->day.number >= day.number - days;
}

/* Highest peak that three activities came within 5 bpm of: one slipped strap does not make a maximum. */
static sai_status estimate_max_heartrate(const struct athlete_history *history, struct sai_day day, struct sai_arena *arena,
                                         double *ret)
{
        *ret = ABSENT;
        double *peaks = SAI_NEW_ARRAY(arena, double, history->evidence_count ? history->evidence_count : 1);
        if (!peaks)
                return SAI_NO_MEMORY;
        size_t n = 0;
        for (size_t i = 0; i < history->evidence_count; i++) {
                const struct athlete_evidence *e = &history->evidence[i];
                if (in_days_before(e, day, MAX_HEARTRATE_DAYS) && plausible(PARAMETER_MAX_HEARTRATE, e->peak_heartrate))
                        peaks[n++] = e->peak_heartrate;
        }
        sort_doubles(peaks, n);
        for (size_t i = n; i >= MAX_HEARTRATE_TIMES; i--) {
                if (peaks[i - MAX_HEARTRATE_TIMES] >= peaks[i - 1] - MAX_HEARTRATE_NEAR) {
                        *ret = peaks[i - 1];
                        break;
                }
        }
        return SAI_OK;
}

static double better(double best, double candidate, bool lower)
{
        if (isnan(candidate))
                return best;
        if (isnan(best))
                return candidate;
        return lower ? fmin(best, candidate) : fmax(best, candidate);
}

static void estimate_from_efforts(struct athlete_parameters *p, const struct athlete_history *history, struct sai_day day)
{
        double power = ABSENT, hour = ABSENT, t200 = ABSENT, t400 = ABSENT;
        for (size_t i = 0; i < history->evidence_count; i++) {
                const struct athlete_evidence *e = &history->evidence[i];
                if (!in_days_before(e, day, EFFORT_DAYS))
                        continue;
                power = better(power, e->power_20min, false);
                hour = better(hour, e->hour_speed, false);
                t200 = better(t200, e->swim_200, true);
                t400 = better(t400, e->swim_400, true);
        }
        set(p, PARAMETER_FTP, ftp_from_20min(power), PARAMETER_ESTIMATED, day);
        set(p, PARAMETER_THRESHOLD_PACE, 1000 / hour, PARAMETER_ESTIMATED, day);
        set(p, PARAMETER_CSS_PACE_100M, 100 / critical_swim_speed(t400, t200), PARAMETER_ESTIMATED, day);
}

static void estimate_threshold_heartrate(struct athlete_parameters *p, struct sai_day day)
{
        const struct athlete_parameter *rest = &p->values[PARAMETER_RESTING_HEARTRATE],
                                       *max = &p->values[PARAMETER_MAX_HEARTRATE];
        if (!rest->known || !max->known)
                return;
        /* An estimate from assumed heart rates is an assumption; the resting rate weighs little, the maximum decides. */
        enum parameter_source source = max->source == PARAMETER_ASSUMED ? PARAMETER_ASSUMED : PARAMETER_ESTIMATED;
        set(p, PARAMETER_THRESHOLD_HEARTRATE, threshold_heartrate_from_reserve(rest->value, max->value), source, day);
}

sai_status athlete_parameters_on(const struct athlete_history *history, struct sai_day day, struct sai_arena *arena,
                                 struct athlete_parameters *ret_parameters)
{
        struct athlete_parameters p = { .sex = history->sex, .heartrate_zones = history->heartrate_zones };
        if (SAI_HAS(history->birth_year)) {
                int year, month, day_of_month;
                sai_day_to_civil(day, &year, &month, &day_of_month);
                double age = (double)(year - history->birth_year.value);
                if (age >= 0 && age <= 130)
                        p.age = SAI_SOME(sai_opt_f64, age);
        }
        take_dated(&p, history, PARAMETER_GIVEN, day);
        take_dated(&p, history, PARAMETER_STRAVA, day);

        double max_heartrate;
        sai_status status = estimate_max_heartrate(history, day, arena, &max_heartrate);
        if (status != SAI_OK)
                return status;
        set(&p, PARAMETER_MAX_HEARTRATE, max_heartrate, PARAMETER_ESTIMATED, day);
        estimate_from_efforts(&p, history, day);

        set(&p, PARAMETER_RESTING_HEARTRATE, RESTING_ASSUMED, PARAMETER_ASSUMED, day);
        if (SAI_HAS(p.age))
                set(&p, PARAMETER_MAX_HEARTRATE, round(max_heartrate_by_age(HRMAX_TANAKA, p.age.value)), PARAMETER_ASSUMED, day);
        estimate_threshold_heartrate(&p, day);
        *ret_parameters = p;
        return SAI_OK;
}

struct athlete_evidence athlete_evidence_from_summary(enum sport sport, struct sai_day day, double max_heartrate, double distance,
                                                      double moving_time)
{
        struct athlete_evidence e = { day, ABSENT, ABSENT, ABSENT, ABSENT, ABSENT };
        if (max_heartrate >= plausible_heartrate.min && max_heartrate <= plausible_heartrate.max)
                e.peak_heartrate = max_heartrate;
        if (sport_family(sport) == FAMILY_RUN)
                e.hour_speed = hour_speed(distance, moving_time);
        return e;
}

double hour_speed(double distance, double time)
{
        if (!(distance >= HOUR_EFFORT_MIN_M && distance <= HOUR_EFFORT_MAX_M) || !(time > 0) ||
            !(distance / time <= max_plausible_speed(FAMILY_RUN)))
                return ABSENT;
        return distance * pow(HOUR_S / time, 1 / RIEGEL_RUN) / HOUR_S;
}
