/* series_sums.c -- means, sums and windows over irregular samples; a sample covers the interval that ends at it (0.3, 0.5). */
#include "analytics/analytics_internal.h"
#include "analytics/series.h"
#include "analytics/zones.h"
#include "base/limits.h"
#include <math.h>

struct weighted_mean series_weighted_mean(const double *t, const double *x, size_t n, double cap)
{
        struct weighted_mean r = { .mean = ABSENT, .max = ABSENT };
        double sum = 0;
        for (size_t i = 0; i < n; i++) {
                if (!isnan(x[i]) && !(x[i] <= r.max))
                        r.max = x[i];
                if (i == 0)
                        continue;
                double dt = t[i] - t[i - 1];
                if (dt > cap) {
                        r.gap += dt;
                } else if (!isnan(x[i])) {
                        sum += dt * x[i];
                        r.covered += dt;
                }
        }
        if (r.covered > 0)
                r.mean = sum / r.covered;
        return r;
}

double series_plain_mean(const double *x, size_t n)
{
        double sum = 0;
        size_t count = 0;
        for (size_t i = 0; i < n; i++) {
                if (!isnan(x[i])) {
                        sum += x[i];
                        count++;
                }
        }
        return count ? sum / (double)count : ABSENT;
}

/* Highest mean over windows inside samples a…b, all of whose intervals count. The integral is linear between samples, so the maximum
 * lies where the window ends or starts at a sample; two pointers walk each alignment. */
static double peak_of_segment(const double *t, const double *x, size_t a, size_t b, double seconds)
{
        double best = ABSENT;
        double at_end = 0, at_start = 0; /* integrals from t[a] to t[j] and to t[i] */
        for (size_t j = a + 1, i = a; j <= b; j++) {
                at_end += (t[j] - t[j - 1]) * x[j];
                double start = t[j] - seconds;
                if (start < t[a])
                        continue;
                while (t[i] < start) {
                        i++;
                        at_start += (t[i] - t[i - 1]) * x[i];
                }
                double mean = (at_end - (at_start - (i > a ? (t[i] - start) * x[i] : 0))) / seconds;
                if (!(mean <= best))
                        best = mean;
        }
        at_end = at_start = 0;
        for (size_t i = a, j = a; i < b; i++) {
                if (i > a)
                        at_start += (t[i] - t[i - 1]) * x[i];
                double end = t[i] + seconds;
                if (end > t[b])
                        break;
                while (t[j] < end) {
                        j++;
                        at_end += (t[j] - t[j - 1]) * x[j];
                }
                double mean = (at_end - (t[j] - end) * x[j] - at_start) / seconds;
                if (!(mean <= best))
                        best = mean;
        }
        return best;
}

double series_peak_mean(const double *t, const double *x, size_t n, double seconds, double cap)
{
        double best = ABSENT;
        if (!(seconds > 0))
                return best;
        size_t a = 0;
        for (size_t i = 1; i <= n; i++) {
                bool counts = i < n && t[i] - t[i - 1] <= cap && !isnan(x[i]);
                if (counts)
                        continue;
                if (i - 1 > a) {
                        double peak = peak_of_segment(t, x, a, i - 1, seconds);
                        if (peak > best || isnan(best))
                                best = peak;
                }
                a = i;
        }
        return best;
}

sai_status series_resample_1hz(const double *t, const double *x, size_t n, double cap, double gap_value, struct sai_arena *arena,
                               double **ret_values, size_t *ret_n)
{
        *ret_values = NULL;
        *ret_n = 0;
        if (n < 2)
                return SAI_OK;
        double span = floor(t[n - 1] - t[0]);
        if (!(span >= 1))
                return SAI_OK;
        size_t seconds = span > (double)SAI_MAX_RECORDING_POINTS ? SAI_MAX_RECORDING_POINTS : (size_t)span;
        double *out = SAI_NEW_ARRAY(arena, double, seconds);
        if (!out)
                return SAI_NO_MEMORY;
        for (size_t s = 0, i = 1; s < seconds; s++) {
                double at = t[0] + (double)(s + 1);
                while (i < n - 1 && t[i] < at)
                        i++;
                out[s] = t[i] - t[i - 1] > cap ? gap_value : x[i];
        }
        *ret_values = out;
        *ret_n = seconds;
        return SAI_OK;
}

double series_interpolate(const double *x, const double *y, size_t n, double at)
{
        if (n == 0)
                return ABSENT;
        if (at <= x[0])
                return y[0];
        if (at >= x[n - 1])
                return y[n - 1];
        size_t lo = 0, hi = n - 1; /* x[lo] < at <= x[hi] */
        while (hi - lo > 1) {
                size_t mid = lo + (hi - lo) / 2;
                if (x[mid] < at)
                        lo = mid;
                else
                        hi = mid;
        }
        return y[lo] + (y[hi] - y[lo]) * (at - x[lo]) / (x[hi] - x[lo]);
}

double series_time_in_zones(const double *t, const double *x, size_t n, double cap, const struct zone_table *table, double *times)
{
        double gap = 0;
        for (size_t i = 1; i < n; i++) {
                double dt = t[i] - t[i - 1];
                if (dt > cap)
                        gap += dt;
                else if (!isnan(x[i]))
                        times[zone_of(table, x[i]) - 1] += dt;
        }
        return gap;
}

double series_moving_time(const double *t, const double *d, const double *flag, size_t n, double threshold, double *ret_moving)
{
        if (ret_moving && n > 0)
                ret_moving[0] = 0;
        if (!d && !flag)
                return ABSENT;
        double sum = 0;
        for (size_t i = 1; i < n; i++) {
                double dt = t[i] - t[i - 1];
                bool moves;
                if (flag && !isnan(flag[i]))
                        moves = flag[i] > 0;
                else
                        moves = d && (d[i] - d[i - 1]) / dt > threshold;
                if (moves)
                        sum += dt;
                if (ret_moving)
                        ret_moving[i] = moves ? 1 : 0;
        }
        return sum;
}

size_t series_splits(const double *t, const double *d, size_t n, double length, struct split *out, size_t room)
{
        if (n < 2 || !(length > 0))
                return 0;
        double total = d[n - 1] - d[0], from = t[0];
        size_t count = 0;
        for (size_t k = 1; count < room; k++) {
                double end = (double)k * length;
                if (end > total) {
                        double rest = total - (double)(k - 1) * length;
                        if (rest > 1e-9)
                                out[count++] = (struct split) { rest, t[n - 1] - from, true };
                        break;
                }
                double at = series_interpolate(d, t, n, d[0] + end);
                out[count++] = (struct split) { length, at - from, false };
                from = at;
        }
        return count;
}

double series_negative_split(const double *t, const double *d, size_t n)
{
        if (n < 2 || !(d[n - 1] > d[0]))
                return ABSENT;
        double middle = series_interpolate(d, t, n, (d[0] + d[n - 1]) / 2);
        double first = middle - t[0], second = t[n - 1] - middle;
        return first > 0 ? 100 * (second - first) / first : ABSENT;
}

double series_variation(const double *x, size_t n)
{
        if (n == 0)
                return ABSENT;
        double mean = series_plain_mean(x, n), squares = 0;
        for (size_t i = 0; i < n; i++)
                squares += (x[i] - mean) * (x[i] - mean);
        return mean > 0 ? 100 * sqrt(squares / (double)n) / mean : ABSENT;
}
