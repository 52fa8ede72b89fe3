/* trend.c -- straight lines through points, robust and not, and changes of level (18). */
#include "analytics/trend.h"

#include "analytics/analytics_internal.h"
#include "analytics/series.h"
#include <math.h>
#include <stdlib.h>

#define CONFIDENCE_UPPER       0.975 /* of a two-sided 95 % interval */
#define ALL_PAIRS_MAX          2000 /* points; beyond it the pairs are thinned: 2 million slopes are 16 MB */
#define CHANGE_POINT_MIN       4
#define CHANGE_POINT_SPLIT_MIN 10 /* a part must have this many values to be asked again: fewer find noise */

bool line_fit(const double *x, const double *y, size_t n, struct fitted_line *ret)
{
        if (n < 3)
                return false;
        double x_mean = 0, y_mean = 0;
        for (size_t i = 0; i < n; i++) {
                x_mean += x[i];
                y_mean += y[i];
        }
        x_mean /= (double)n;
        y_mean /= (double)n;
        /* Centred before squaring: days since 1970 squared lose digits. */
        double sxx = 0, sxy = 0;
        for (size_t i = 0; i < n; i++) {
                sxx += (x[i] - x_mean) * (x[i] - x_mean);
                sxy += (x[i] - x_mean) * (y[i] - y_mean);
        }
        if (!(sxx > 0))
                return false;
        struct fitted_line line = { .n = n, .slope = sxy / sxx, .x_mean = x_mean, .sxx = sxx };
        line.intercept = y_mean - line.slope * x_mean;
        double sse = 0;
        for (size_t i = 0; i < n; i++) {
                double error = y[i] - y_mean - line.slope * (x[i] - x_mean);
                sse += error * error;
        }
        double df = (double)n - 2;
        line.s = sqrt(sse / df);
        line.slope_se = line.s / sqrt(sxx);
        double reach = student_t_quantile(CONFIDENCE_UPPER, df) * line.slope_se;
        line.lo = line.slope - reach;
        line.hi = line.slope + reach;
        if (line.slope_se > 0)
                line.p = 2 * student_t_cdf(-fabs(line.slope) / line.slope_se, df);
        else
                line.p = line.slope == 0 ? 1 : 0;
        *ret = line;
        return true;
}

struct line_prediction line_predict(const struct fitted_line *line, double x)
{
        double n = (double)line->n, from_mean = x - line->x_mean;
        double y = line->intercept + line->slope * x;
        double se = line->s * sqrt(1 + 1 / n + from_mean * from_mean / line->sxx);
        double reach = student_t_quantile(CONFIDENCE_UPPER, n - 2) * se;
        return (struct line_prediction) { y, se, y - reach, y + reach };
}

double line_probability_at_most(const struct fitted_line *line, double x, double y)
{
        struct line_prediction at = line_predict(line, x);
        if (!(at.se > 0))
                return y >= at.y ? 1 : 0;
        return student_t_cdf((y - at.y) / at.se, (double)line->n - 2);
}

sai_status theil_sen(const double *x, const double *y, size_t n, struct sai_arena *arena, struct robust_line *ret)
{
        *ret = (struct robust_line) { ABSENT, ABSENT };
        if (n < 2)
                return SAI_OK;
        size_t stride = n / ALL_PAIRS_MAX + 1, offsets = (n - 1 + stride - 1) / stride;
        double *slopes = SAI_NEW_ARRAY(arena, double, offsets *n);
        double *rests = SAI_NEW_ARRAY(arena, double, n);
        if (!slopes || !rests)
                return SAI_NO_MEMORY;
        size_t count = 0;
        for (size_t offset = 1; offset < n; offset += stride) {
                for (size_t i = 0; i + offset < n; i++) {
                        double dx = x[i + offset] - x[i];
                        if (dx > 0 || dx < 0)
                                slopes[count++] = (y[i + offset] - y[i]) / dx;
                }
        }
        if (count == 0)
                return SAI_OK;
        ret->slope = median_of(slopes, count);
        for (size_t i = 0; i < n; i++)
                rests[i] = y[i] - ret->slope * x[i];
        ret->intercept = median_of(rests, n);
        return SAI_OK;
}

sai_status mann_kendall(const double *y, size_t n, struct sai_arena *arena, struct mann_kendall *ret)
{
        *ret = (struct mann_kendall) { .p = 1 };
        if (n < 2)
                return SAI_OK;
        double s = 0;
        for (size_t i = 0; i < n; i++) {
                for (size_t j = i + 1; j < n; j++)
                        s += (y[j] > y[i]) - (y[j] < y[i]);
        }
        double *sorted = sai_arena_memdup(arena, y, n * sizeof *y);
        if (!sorted)
                return SAI_NO_MEMORY;
        sort_doubles(sorted, n);
        double m = (double)n, variance = m * (m - 1) * (2 * m + 5);
        for (size_t i = 0; i < n;) {
                size_t next = i + 1;
                while (next < n && sorted[next] <= sorted[i])
                        next++;
                double g = (double)(next - i);
                variance -= g * (g - 1) * (2 * g + 5);
                i = next;
        }
        ret->s = s;
        ret->variance = variance / 18;
        if (ret->variance > 0 && s != 0)
                ret->z = (s > 0 ? s - 1 : s + 1) / sqrt(ret->variance);
        ret->p = erfc(fabs(ret->z) / M_SQRT2);
        return SAI_OK;
}

bool change_point_find(const double *y, size_t n, struct change_point *ret)
{
        *ret = (struct change_point) { 0 };
        if (n < CHANGE_POINT_MIN)
                return false;
        double mean = series_plain_mean(y, n), total = 0, squares = 0;
        for (size_t i = 0; i < n; i++) {
                total += y[i] - mean;
                squares += (y[i] - mean) * (y[i] - mean);
        }
        double left = 0, best = (double)INFINITY, m = (double)n;
        for (size_t k = 1; k <= n - 2; k++) {
                left += y[k - 1] - mean;
                if (k < 2)
                        continue;
                double right = total - left;
                double sse = squares - left * left / (double)k - right * right / (double)(n - k);
                if (sse < best) {
                        best = sse;
                        ret->index = k;
                }
        }
        /* What cancellation leaves of a perfect split is not a residual. */
        ret->sse = best > 1e-12 * squares ? best : 0;
        ret->sse_total = squares;
        ret->before = series_plain_mean(y, ret->index);
        ret->after = series_plain_mean(y + ret->index, n - ret->index);
        if (ret->sse > 0) {
                ret->gain = m * log(ret->sse_total / m) - m * log(ret->sse / m) - 2 * log(m);
                ret->accepted = ret->gain > 0;
        } else {
                ret->gain = ret->sse_total > 0 ? (double)INFINITY : 0;
                ret->accepted = ret->sse_total > 0;
        }
        return true;
}

static int compare_change_points(const void *a, const void *b)
{
        const struct change_point *x = a, *y = b;
        return x->index < y->index ? -1 : x->index > y->index;
}

size_t change_points(const double *y, size_t n, struct change_point *out, size_t room)
{
        /* Parts still to be asked. Each accepted point replaces one part by two, so `room` bounds the stack; what does not fit is not asked. */
        enum { PARTS = 64 };
        struct part {
                size_t from, to;
        } parts[PARTS] = { { 0, n } };
        size_t count = 0, waiting = 1;
        while (waiting > 0 && count < room) {
                struct part part = parts[--waiting];
                struct change_point found;
                if (!change_point_find(y + part.from, part.to - part.from, &found) || !found.accepted)
                        continue;
                found.index += part.from;
                out[count++] = found;
                struct part halves[2] = { { part.from, found.index }, { found.index, part.to } };
                for (int h = 0; h < 2; h++) {
                        if (halves[h].to - halves[h].from >= CHANGE_POINT_SPLIT_MIN && waiting < PARTS)
                                parts[waiting++] = halves[h];
                }
        }
        qsort(out, count, sizeof *out, compare_change_points);
        /* The levels are those of the final parts, not of the halves they were found in. */
        for (size_t i = 0; i < count; i++) {
                size_t from = i ? out[i - 1].index : 0, to = i + 1 < count ? out[i + 1].index : n;
                out[i].before = series_plain_mean(y + from, out[i].index - from);
                out[i].after = series_plain_mean(y + out[i].index, to - out[i].index);
        }
        return count;
}
