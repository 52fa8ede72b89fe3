/* energy.c -- energy from heart rate, METs, work and running cost (6). */
#include "analytics/energy.h"

#include "analytics/analytics_internal.h"
#include "analytics/format.h"
#include "analytics/pace.h"
#include "base/cleanup.h"
#include <math.h>

double keytel(int sex, double heartrate, double weight, double age, double vo2max, double minutes)
{
        double rate; /* kJ a minute */
        if (sex == SEX_MALE)
                /* The weight term is positive for men; several calculators print a minus. */
                rate = isnan(vo2max) ? -55.0969 + 0.6309 * heartrate + 0.1988 * weight + 0.2017 * age
                                     : -95.7735 + 0.634 * heartrate + 0.404 * vo2max + 0.394 * weight + 0.271 * age;
        else if (sex == SEX_FEMALE)
                rate = isnan(vo2max) ? -20.4022 + 0.4472 * heartrate - 0.1263 * weight + 0.0740 * age
                                     : -59.3954 + 0.450 * heartrate + 0.380 * vo2max + 0.103 * weight + 0.274 * age;
        else
                return ABSENT;
        double kcal = rate / KILOJOULES_PER_KCAL * minutes;
        return kcal < 0 ? 0 : kcal;
}

double keytel_both(double heartrate, double weight, double age, double minutes)
{
        return (keytel(SEX_MALE, heartrate, weight, age, ABSENT, minutes) +
                keytel(SEX_FEMALE, heartrate, weight, age, ABSENT, minutes)) /
               2;
}

double met_energy(double met, double weight, double minutes) { return met * 3.5 * weight / 200 * minutes; }

/* From the slowest; each holds from its speed on. */
struct met_step {
        double kmh, met;
};
static const struct met_step met_running[] = { { 0, 8.3 }, { 9.7, 9.8 }, { 11.3, 11.0 }, { 12.9, 11.8 } };
static const struct met_step met_cycling[] = { { 0, 6.8 }, { 19, 8.0 }, { 22.5, 10.0 }, { 26, 12.0 } };

static double met_at(const struct met_step *steps, size_t count, double speed)
{
        double met = steps[0].met;
        for (size_t i = 1; i < count; i++) {
                if (speed * 3.6 >= steps[i].kmh)
                        met = steps[i].met;
        }
        return met;
}

double met_of(enum sport sport, double speed)
{
        switch (sport) {
        case SPORT_WALK:
                return 3.5;
        case SPORT_HIKE:
                return 6.0;
        case SPORT_RUN:
        case SPORT_TRAIL_RUN:
        case SPORT_VIRTUAL_RUN:
                return met_at(met_running, SAI_COUNT(met_running), speed);
        case SPORT_RIDE:
        case SPORT_GRAVEL_RIDE:
        case SPORT_MOUNTAIN_BIKE_RIDE:
        case SPORT_VIRTUAL_RIDE: /* motors and arms cost something else: no value for e-bikes, handcycles, velomobiles */
                return met_at(met_cycling, SAI_COUNT(met_cycling), speed);
        case SPORT_SWIM:
                return 5.8;
        case SPORT_YOGA:
                return 2.5;
        case SPORT_WEIGHT_TRAINING:
                return 6.0;
        default:
                return ABSENT;
        }
}

double work_energy(double kilojoules, double efficiency) { return kilojoules / (KILOJOULES_PER_KCAL * efficiency); }

double running_energy(const double *d, const double *grade, size_t n, double weight)
{
        double joules_per_kg = 0;
        for (size_t i = 1; i < n; i++) {
                double step = d[i] - d[i - 1];
                if (step > 0)
                        joules_per_kg += minetti_run(grade && !isnan(grade[i]) ? grade[i] : 0) * step;
        }
        return weight * joules_per_kg / (1000 * KILOJOULES_PER_KCAL);
}
