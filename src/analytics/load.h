/* load.h -- load over weeks (13). One value a calendar day, rest days 0. */
#ifndef SAI_ANALYTICS_LOAD_H
#define SAI_ANALYTICS_LOAD_H

#include "base/optional.h"
#include <stddef.h>

#define CTL_DAYS 42.0
#define ATL_DAYS 7.0

struct load_state {
        double ctl, atl;
};
/* One day: the state after `load`; ret_tsb gets the form of that morning. */
struct load_state load_step(struct load_state state, double load, double *ret_tsb);

struct sai_opt_f64 load_monotony(const double loads[7]); /* capped at 10 */
/* The week's load times its monotony. */
struct sai_opt_f64 load_strain(const double loads[7], struct sai_opt_f64 monotony);
struct sai_opt_f64 acwr_coupled(const double *last_28_days); /* absent when chronic < 10 a day */
struct sai_opt_f64 acwr_uncoupled(const double *last_28_days);
/* Exponential form: lambda = 2/(N+1), both averages start at `seed`. */
struct sai_opt_f64 acwr_ewma(const double *loads, size_t n, double seed);

#endif
