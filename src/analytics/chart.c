/* chart.c -- Steinarsson's largest triangle three buckets, and histograms (20). */
#include "analytics/chart.h"

#include "analytics/analytics_internal.h"
#include "base/cleanup.h"
#include <math.h>

static double x_at(const double *x, size_t i) { return x ? x[i] : (double)i; }

/* Mean point of samples a…b; where no y is known, its x at the height given. */
static void mean_point(const double *x, const double *y, size_t a, size_t b, double height, double *ret_x, double *ret_y)
{
        double sum_x = 0, sum_y = 0;
        size_t known = 0;
        for (size_t i = a; i <= b; i++) {
                sum_x += x_at(x, i);
                if (!isnan(y[i])) {
                        sum_y += y[i];
                        known++;
                }
        }
        *ret_x = sum_x / (double)(b - a + 1);
        *ret_y = known ? sum_y / (double)known : height;
}

size_t chart_lttb(const double *x, const double *y, size_t n, size_t m, size_t *ret_indices)
{
        if (m >= n || n < 3) {
                for (size_t i = 0; i < n; i++)
                        ret_indices[i] = i;
                return n;
        }
        size_t count = 0, buckets = m < 3 ? 0 : m - 2;
        ret_indices[count++] = 0;
        double from_x = x_at(x, 0), from_y = isnan(y[0]) ? 0 : y[0];
        for (size_t b = 0; b < buckets; b++) {
                /* floor(b*w)+1 … floor((b+1)*w) in integers, so that the last bucket always ends at n-2. */
                size_t first = b * (n - 2) / buckets + 1, last = (b + 1) * (n - 2) / buckets, chosen = first;
                double next_x, next_y, best = -1;
                if (b + 1 < buckets)
                        mean_point(x, y, last + 1, (b + 2) * (n - 2) / buckets, from_y, &next_x, &next_y);
                else
                        mean_point(x, y, n - 1, n - 1, from_y, &next_x, &next_y);
                for (size_t i = first; i <= last; i++) {
                        double area = 0;
                        if (!isnan(y[i]))
                                area = fabs((from_x - next_x) * (y[i] - from_y) - (from_x - x_at(x, i)) * (next_y - from_y));
                        if (area > best) {
                                best = area;
                                chosen = i;
                        }
                }
                ret_indices[count++] = chosen;
                from_x = x_at(x, chosen);
                if (!isnan(y[chosen]))
                        from_y = y[chosen];
        }
        ret_indices[count++] = n - 1;
        return count;
}

sai_status chart_indices(const struct streams *streams, size_t points, struct sai_arena *arena, size_t **ret_indices,
                         size_t *ret_count)
{
        static const enum stream_channel by_shape[] = { STREAM_ALTITUDE, STREAM_HEARTRATE, STREAM_WATTS, STREAM_VELOCITY,
                                                        STREAM_DISTANCE };
        size_t n = streams->count, room = points < n ? points : n;
        size_t *indices = SAI_NEW_ARRAY(arena, size_t, room < 2 ? 2 : room);
        if (!indices)
                return SAI_NO_MEMORY;
        *ret_indices = indices;
        for (size_t k = 0; k < SAI_COUNT(by_shape); k++) {
                const double *y = streams->channel[by_shape[k]];
                if (y) {
                        *ret_count = chart_lttb(streams->channel[STREAM_TIME], y, n, points, indices);
                        return SAI_OK;
                }
        }
        for (size_t i = 0; i < room; i++)
                indices[i] = room > 1 ? i * (n - 1) / (room - 1) : 0;
        *ret_count = room;
        return SAI_OK;
}

double chart_histogram(const double *t, const double *y, size_t n, double width, double cap, int64_t first, double *bins,
                       size_t bin_count)
{
        double counted = 0;
        for (size_t i = 1; i < n; i++) {
                double dt = t[i] - t[i - 1], bin = floor(y[i] / width) - (double)first;
                if (dt > cap || !(bin >= 0 && bin < (double)bin_count))
                        continue;
                bins[(size_t)bin] += dt;
                counted += dt;
        }
        return counted;
}
