/* load.c -- fitness, fatigue, monotony and the contested ratio (13.1-13.3). */
#include "analytics/load.h"

#include "analytics/analytics_internal.h"
#include <math.h>

#define MONOTONY_CAP  10.0 /* seven equal days have no deviation */
#define CHRONIC_FLOOR 10.0 /* load a day; below it the ratio says nothing */
#define DAYS_ACUTE    7
#define DAYS_CHRONIC  28

struct load_state load_step(struct load_state state, double load, double *ret_tsb)
{
        /* The morning's form: yesterday's fitness and fatigue, before today's load. */
        *ret_tsb = state.ctl - state.atl;
        state.ctl += (load - state.ctl) * -expm1(-1 / CTL_DAYS);
        state.atl += (load - state.atl) * -expm1(-1 / ATL_DAYS);
        return state;
}

static double sum_of(const double *values, size_t n)
{
        double sum = 0;
        for (size_t i = 0; i < n; i++)
                sum += values[i];
        return sum;
}

struct sai_opt_f64 load_monotony(const double loads[7])
{
        double mean = sum_of(loads, 7) / 7, squares = 0;
        if (!(mean > 0))
                return (struct sai_opt_f64) { 0 };
        for (int i = 0; i < 7; i++)
                squares += (loads[i] - mean) * (loads[i] - mean);
        double deviation = sqrt(squares / 7);
        return SAI_SOME(sai_opt_f64, deviation * MONOTONY_CAP > mean ? mean / deviation : MONOTONY_CAP);
}

struct sai_opt_f64 load_strain(const double loads[7], struct sai_opt_f64 monotony)
{
        return SAI_HAS(monotony) ? SAI_SOME(sai_opt_f64, sum_of(loads, 7) * monotony.value) : monotony;
}

static struct sai_opt_f64 ratio(double acute_daily, double chronic_daily)
{
        if (!(chronic_daily >= CHRONIC_FLOOR))
                return (struct sai_opt_f64) { 0 };
        return SAI_SOME(sai_opt_f64, acute_daily / chronic_daily);
}

struct sai_opt_f64 acwr_coupled(const double *last_28_days)
{
        double acute = sum_of(last_28_days + DAYS_CHRONIC - DAYS_ACUTE, DAYS_ACUTE) / DAYS_ACUTE;
        return ratio(acute, sum_of(last_28_days, DAYS_CHRONIC) / DAYS_CHRONIC);
}

struct sai_opt_f64 acwr_uncoupled(const double *last_28_days)
{
        size_t before = DAYS_CHRONIC - DAYS_ACUTE;
        double acute = sum_of(last_28_days + before, DAYS_ACUTE) / DAYS_ACUTE;
        return ratio(acute, sum_of(last_28_days, before) / (double)before);
}

struct sai_opt_f64 acwr_ewma(const double *loads, size_t n, double seed)
{
        double acute = seed, chronic = seed;
        for (size_t i = 0; i < n; i++) {
                acute += 2.0 / (DAYS_ACUTE + 1) * (loads[i] - acute);
                chronic += 2.0 / (DAYS_CHRONIC + 1) * (loads[i] - chronic);
        }
        return ratio(acute, chronic);
}
