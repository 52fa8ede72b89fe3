/* outliers.c -- order statistics, ranks and what stands out of a series (17.2, 19). */
#include "analytics/analytics_internal.h"
#include "analytics/trend.h"
#include <math.h>
#include <stdlib.h>

#define MAD_TO_Z        0.6745
#define MEAN_DEV_TO_SD  1.253314
#define MAD_TO_SD       1.4826
#define HAMPEL_LIMIT    3.0
#define HAMPEL_HALF_MAX 16
#define IQR_REACH       1.5
#define IQR_MIN_VALUES  8

static int compare_doubles(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;
        return x < y ? -1 : x > y;
}

void sort_doubles(double *values, size_t n) { qsort(values, n, sizeof *values, compare_doubles); }

static void swap_doubles(double *a, double *b)
{
        double keep = *a;
        *a = *b;
        *b = keep;
}

/* Puts the k-th smallest at values[k], nothing larger before it (Hoare). The pivot wanders by a fixed generator, so that no order
 * of the input is a bad one by construction. */
static double select_kth(double *values, size_t n, size_t k)
{
        size_t lo = 0, hi = n - 1;
        uint64_t state = 0x9e3779b97f4a7c15u;
        while (lo < hi) {
                state = state * 6364136223846793005u + 1442695040888963407u;
                double pivot = values[lo + (size_t)(state >> 33) % (hi - lo + 1)];
                size_t i = lo, j = hi;
                while (true) {
                        while (values[i] < pivot)
                                i++;
                        while (values[j] > pivot)
                                j--;
                        if (i >= j)
                                break;
                        swap_doubles(&values[i], &values[j]);
                        i++;
                        j--;
                }
                /* values[lo…i-1] <= pivot <= values[i…hi] */
                if (i == lo)
                        i = lo + 1;
                if (k < i)
                        hi = i - 1;
                else
                        lo = i;
        }
        return values[k];
}

double median_of(double *values, size_t n)
{
        if (n == 0)
                return ABSENT;
        double upper = select_kth(values, n, n / 2);
        if (n % 2 == 1)
                return upper;
        double lower = values[0];
        for (size_t i = 1; i < n / 2; i++)
                lower = values[i] > lower ? values[i] : lower;
        return (lower + upper) / 2;
}

double percentile_sorted(const double *sorted, size_t n, double p)
{
        if (n == 0)
                return ABSENT;
        double h = (double)(n - 1) * clamp(p, 0, 1);
        size_t i = (size_t)h;
        if (i + 1 >= n)
                return sorted[n - 1];
        return sorted[i] + (h - (double)i) * (sorted[i + 1] - sorted[i]);
}

double percent_rank(const double *values, size_t n, double x)
{
        if (n == 0)
                return ABSENT;
        double below = 0;
        for (size_t i = 0; i < n; i++)
                below += values[i] < x ? 1 : values[i] > x ? 0 : 0.5;
        return 100 * below / (double)n;
}

sai_status robust_center(const double *values, size_t n, struct sai_arena *arena, struct robust_center *ret)
{
        *ret = (struct robust_center) { ABSENT, ABSENT, ABSENT };
        if (n == 0)
                return SAI_OK;
        double *copy = sai_arena_memdup(arena, values, n * sizeof *values);
        if (!copy)
                return SAI_NO_MEMORY;
        ret->median = median_of(copy, n);
        double sum = 0;
        for (size_t i = 0; i < n; i++) {
                copy[i] = fabs(values[i] - ret->median);
                sum += copy[i];
        }
        ret->mad = median_of(copy, n);
        ret->mean_deviation = sum / (double)n;
        return SAI_OK;
}

double robust_z(const struct robust_center *center, double x)
{
        if (center->mad > 0)
                return MAD_TO_Z * (x - center->median) / center->mad;
        if (center->mean_deviation > 0)
                return (x - center->median) / (MEAN_DEV_TO_SD * center->mean_deviation);
        return ABSENT;
}

struct fences iqr_fences(const double *sorted, size_t n)
{
        if (n < IQR_MIN_VALUES)
                return (struct fences) { ABSENT, ABSENT };
        double q1 = percentile_sorted(sorted, n, 0.25), q3 = percentile_sorted(sorted, n, 0.75);
        return (struct fences) { q1 - IQR_REACH * (q3 - q1), q3 + IQR_REACH * (q3 - q1) };
}

static void insertion_sort(double *values, size_t n)
{
        for (size_t i = 1; i < n; i++) {
                double value = values[i];
                size_t j = i;
                for (; j > 0 && values[j - 1] > value; j--)
                        values[j] = values[j - 1];
                values[j] = value;
        }
}

static double sorted_median(const double *sorted, size_t n)
{
        if (n == 0)
                return ABSENT;
        return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

size_t hampel(const double *x, size_t n, size_t w, double floor, double *out)
{
        double window[2 * HAMPEL_HALF_MAX + 1];
        size_t changed = 0;
        for (size_t i = 0; i < n; i++) {
                out[i] = x[i];
                if (w > HAMPEL_HALF_MAX || i < w || i + w >= n || isnan(x[i]))
                        continue;
                /* Medians come from the original values, never from ones replaced before. */
                size_t count = 0;
                double lowest = x[i], highest = x[i];
                for (size_t j = i - w; j <= i + w; j++) {
                        if (isnan(x[j]))
                                continue;
                        window[count++] = x[j];
                        lowest = x[j] < lowest ? x[j] : lowest;
                        highest = x[j] > highest ? x[j] : highest;
                }
                /* Nothing can be further from the median than the window is high: most windows need no sorting. */
                if (highest - lowest <= floor)
                        continue;
                insertion_sort(window, count);
                double middle = sorted_median(window, count), deviation = fabs(x[i] - middle);
                if (deviation <= floor)
                        continue;
                for (size_t j = 0; j < count; j++)
                        window[j] = fabs(window[j] - middle);
                insertion_sort(window, count);
                if (deviation > HAMPEL_LIMIT * MAD_TO_SD * sorted_median(window, count)) {
                        out[i] = middle;
                        changed++;
                }
        }
        return changed;
}
