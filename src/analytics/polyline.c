/* polyline.c -- Google's encoded polylines, and fewer points that draw the same line (3.1, 3.4).
 *
 * Polylines come from Strava and from clients, so the decoder trusts nothing: every way a text can be wrong is an error with its
 * offset. */
#include "analytics/analytics_internal.h"
#include "analytics/geography.h"
#include <math.h>

#define PRECISION     1e5
#define GROUP_BITS    5
#define GROUPS_MAX    6 /* 30 bits: a difference of 360 degrees at precision 6 needs no more */
#define GROUP_MORE    0x20
#define GROUP_BASE    63
#define SIMPLIFY_WORK 64 /* distances a point; real tracks need under 30, and one made to be slow comes out coarser */
#define LAT_LIMIT     9000000
#define LNG_LIMIT     18000000

static void encode_number(int64_t difference, struct sai_buf *buf)
{
        uint64_t bits = (uint64_t)difference << 1;
        if (difference < 0)
                bits = ~bits;
        while (bits >= GROUP_MORE) {
                sai_buf_char(buf, (char)((GROUP_MORE | (bits & 0x1f)) + GROUP_BASE));
                bits >>= GROUP_BITS;
        }
        sai_buf_char(buf, (char)(bits + GROUP_BASE));
}

void polyline_encode(const double *lat, const double *lng, size_t n, struct sai_buf *buf)
{
        int64_t last_lat = 0, last_lng = 0;
        for (size_t i = 0; i < n; i++) {
                if (!(fabs(lat[i]) <= 90) || !(fabs(lng[i]) <= 180))
                        continue;
                /* Differences of the rounded values: rounding errors must not add up along the line. */
                int64_t at_lat = llround(lat[i] * PRECISION), at_lng = llround(lng[i] * PRECISION);
                encode_number(at_lat - last_lat, buf);
                encode_number(at_lng - last_lng, buf);
                last_lat = at_lat;
                last_lng = at_lng;
        }
}

static sai_status decode_number(const char *text, size_t len, size_t *at, int64_t *ret, struct sai_err *err)
{
        uint64_t bits = 0;
        for (int group = 0;; group++) {
                if (*at == len)
                        return sai_fail(err, SAI_INVALID, "polyline ends inside a number at offset %zu", *at);
                if (group == GROUPS_MAX)
                        return sai_fail(err, SAI_INVALID, "number too long at offset %zu", *at);
                unsigned c = (unsigned char)text[*at];
                if (c < GROUP_BASE || c > GROUP_BASE + 63)
                        return sai_fail(err, SAI_INVALID, "no polyline character at offset %zu", *at);
                ++*at;
                uint64_t value = c - GROUP_BASE;
                bits |= (value & 0x1f) << (group * GROUP_BITS);
                if (!(value & GROUP_MORE))
                        break;
        }
        *ret = bits & 1 ? (int64_t) ~(bits >> 1) : (int64_t)(bits >> 1);
        return SAI_OK;
}

sai_status polyline_decode(const char *text, size_t len, struct sai_arena *arena, double **ret_lat, double **ret_lng,
                           size_t *ret_n, struct sai_err *err)
{
        /* Each number ends with one character below the "more" bit, which bounds the points before anything is allocated. */
        size_t numbers = 0;
        for (size_t i = 0; i < len; i++)
                numbers += (unsigned char)text[i] < GROUP_BASE + GROUP_MORE;
        size_t room = numbers / 2 ? numbers / 2 : 1, n = 0;
        double *lat = SAI_NEW_ARRAY(arena, double, room), *lng = SAI_NEW_ARRAY(arena, double, room);
        if (!lat || !lng)
                return sai_fail(err, SAI_NO_MEMORY, "polyline of %zu points", room);
        int64_t at_lat = 0, at_lng = 0;
        for (size_t at = 0; at < len; n++) {
                int64_t step_lat = 0, step_lng = 0;
                sai_status status = decode_number(text, len, &at, &step_lat, err);
                if (status == SAI_OK)
                        status = decode_number(text, len, &at, &step_lng, err);
                if (status != SAI_OK)
                        return status;
                at_lat += step_lat;
                at_lng += step_lng;
                if (at_lat < -LAT_LIMIT || at_lat > LAT_LIMIT || at_lng < -LNG_LIMIT || at_lng > LNG_LIMIT)
                        return sai_fail(err, SAI_INVALID, "position outside the earth at offset %zu", at);
                lat[n] = (double)at_lat / PRECISION;
                lng[n] = (double)at_lng / PRECISION;
        }
        *ret_lat = lat;
        *ret_lng = lng;
        *ret_n = n;
        return SAI_OK;
}

static double segment_distance(const double *x, const double *y, size_t a, size_t b, size_t i)
{
        double dx = x[b] - x[a], dy = y[b] - y[a], px = x[i] - x[a], py = y[i] - y[a];
        double length2 = dx * dx + dy * dy;
        double along = length2 > 0 ? clamp((px * dx + py * dy) / length2, 0, 1) : 0;
        return hypot(px - along * dx, py - along * dy);
}

struct stretch {
        size_t from, to;
};

size_t simplify_plane(const double *x, const double *y, size_t n, double epsilon, struct sai_arena *arena, size_t *ret_indices)
{
        if (n == 0)
                return 0;
        uint8_t *keep = SAI_NEW_ARRAY(arena, uint8_t, n);
        struct stretch *stack = SAI_NEW_ARRAY(arena, struct stretch, n);
        if (!keep || !stack)
                return 0;
        keep[0] = keep[n - 1] = 1;
        size_t depth = 0, work = SIMPLIFY_WORK * n;
        stack[depth++] = (struct stretch) { 0, n - 1 };
        while (depth > 0) {
                struct stretch part = stack[--depth];
                if (part.to - part.from > work)
                        continue;
                work -= part.to - part.from;
                size_t furthest = 0;
                double most = epsilon;
                for (size_t i = part.from + 1; i < part.to; i++) {
                        double distance = segment_distance(x, y, part.from, part.to, i);
                        if (distance > most) {
                                most = distance;
                                furthest = i;
                        }
                }
                if (furthest == 0)
                        continue;
                /* Waiting stretches are disjoint and each holds a point of its own, so n of them always suffice. */
                keep[furthest] = 1;
                stack[depth++] = (struct stretch) { part.from, furthest };
                stack[depth++] = (struct stretch) { furthest, part.to };
        }
        size_t count = 0;
        for (size_t i = 0; i < n; i++) {
                if (keep[i])
                        ret_indices[count++] = i;
        }
        return count;
}

size_t simplify_fixes(const double *lat, const double *lng, size_t n, double epsilon_m, struct sai_arena *arena,
                      size_t *ret_indices)
{
        if (n == 0)
                return 0;
        double *x = SAI_NEW_ARRAY(arena, double, n), *y = SAI_NEW_ARRAY(arena, double, n);
        if (!x || !y)
                return 0;
        double radians = M_PI / 180, shrink = cos(lat[0] * radians);
        for (size_t i = 0; i < n; i++) {
                /* Across the date line the short way round. */
                double east = remainder(lng[i] - lng[0], 360);
                x[i] = EARTH_RADIUS_M * east * radians * shrink;
                y[i] = EARTH_RADIUS_M * lat[i] * radians;
        }
        return simplify_plane(x, y, n, epsilon_m, arena, ret_indices);
}
