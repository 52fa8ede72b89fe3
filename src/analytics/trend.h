/* trend.h -- straight lines, ranks, change points, outliers (17.2, 18, 19). Pure arithmetic on arrays without NaN unless it says so. */
#ifndef SAI_ANALYTICS_TREND_H
#define SAI_ANALYTICS_TREND_H

#include "base/arena.h"
#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

double student_t_cdf(double t, double df);
double student_t_quantile(double p, double df); /* 0 < p < 1 */

struct fitted_line {
        size_t n;
        double slope, intercept; /* y = intercept + slope x */
        double s; /* residual standard deviation */
        double slope_se, lo, hi; /* 95 % interval of the slope */
        double p; /* two-sided, slope 0 */
        double x_mean, sxx;
};
/* Ordinary least squares; false under 3 points or when all x are equal. */
bool line_fit(const double *x, const double *y, size_t n, struct fitted_line *ret);
struct line_prediction {
        double y, se, lo, hi;
}; /* 95 % */
struct line_prediction line_predict(const struct fitted_line *line, double x);
/* Chance that a value at x is at most y. */
double line_probability_at_most(const struct fitted_line *line, double x, double y);

/* Median of pairwise slopes; for n > 2000 every k-th pair offset. */
struct robust_line {
        double slope, intercept;
};
sai_status theil_sen(const double *x, const double *y, size_t n, struct sai_arena *arena, struct robust_line *ret) SAI_MUST_USE;
/* Compares all pairs: for series of up to a few thousand values. */
struct mann_kendall {
        double s, variance, z, p;
};
sai_status mann_kendall(const double *y, size_t n, struct sai_arena *arena, struct mann_kendall *ret) SAI_MUST_USE;

/* One change of level (18.3). */
struct change_point {
        size_t index;
        double sse, sse_total, gain;
        bool accepted;
        double before, after;
};
bool change_point_find(const double *y, size_t n, struct change_point *ret); /* false under 4 values */
/* All of them by halving: each part of at least 10 values is asked again. Rising indices, returns how many (<= room). */
size_t change_points(const double *y, size_t n, struct change_point *out, size_t room);

/* Sorts `values` in place. */
void sort_doubles(double *values, size_t n);
double percentile_sorted(const double *sorted, size_t n, double p); /* type 7, p 0-1; NaN when empty */
double percent_rank(const double *values, size_t n, double x); /* 0-100 */
/* Of values that may be reordered. */
double median_of(double *values, size_t n);

struct robust_center {
        double median, mad, mean_deviation;
};
sai_status robust_center(const double *values, size_t n, struct sai_arena *arena, struct robust_center *ret) SAI_MUST_USE;
double robust_z(const struct robust_center *center, double x); /* NaN when nothing deviates */
struct fences {
        double lo, hi;
}; /* IQR rule; NaN under 8 values */
struct fences iqr_fences(const double *sorted, size_t n);
/* Hampel filter, window ±w (w <= 16), deviations under `floor` never count. NaN neighbours are left out. Returns how many changed. */
size_t hampel(const double *x, size_t n, size_t w, double floor, double *out);

#endif
