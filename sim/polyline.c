/* polyline.c -- encoding and thinning. Thinning is one pass per tolerance (Reumann-Witkam: drop points within a corridor along the
 * current direction), so it stays linear on any track, where Douglas-Peucker has a quadratic worst case. */
#include "sim/polyline.h"

#include <math.h>

static void append_value(struct sai_buf *buf, int64_t value)
{
        uint64_t bits = (uint64_t)value << 1;
        if (value < 0)
                bits = ~bits;
        for (; bits >= 0x20; bits >>= 5)
                sai_buf_char(buf, (char)((0x20 | (bits & 0x1f)) + 63));
        sai_buf_char(buf, (char)(bits + 63));
}

void polyline_append(struct sai_buf *buf, const double *latitude, const double *longitude, size_t count)
{
        int64_t last_lat = 0, last_lng = 0;
        for (size_t i = 0; i < count; i++) {
                if (isnan(latitude[i]) || isnan(longitude[i]))
                        continue;
                int64_t lat = (int64_t)llround(latitude[i] * 1e5), lng = (int64_t)llround(longitude[i] * 1e5);
                append_value(buf, lat - last_lat);
                append_value(buf, lng - last_lng);
                last_lat = lat;
                last_lng = lng;
        }
}

/* Distance of point p from the ray a→b, in degrees of latitude; `shrink` is the cosine that narrows longitudes. */
static double off_line(const double a[2], const double b[2], const double p[2], double shrink)
{
        double dx = (b[1] - a[1]) * shrink, dy = b[0] - a[0];
        double px = (p[1] - a[1]) * shrink, py = p[0] - a[0];
        double length = hypot(dx, dy);
        if (length <= 0.0)
                return hypot(px, py);
        double along = (px * dx + py * dy) / length;
        return along < 0.0 ? hypot(px, py) : fabs(px * dy - py * dx) / length;
}

static size_t thin_once(const double *lat, const double *lng, size_t count, double tolerance, double *out_lat, double *out_lng)
{
        size_t kept = 0;
        double anchor[2] = { 0, 0 }, ahead[2] = { 0, 0 }, last[2] = { 0, 0 };
        bool have_direction = false;
        double shrink = 1.0;
        for (size_t i = 0; i < count; i++) {
                double p[2] = { lat[i], lng[i] };
                if (isnan(p[0]) || isnan(p[1]))
                        continue;
                if (kept == 0) {
                        shrink = cos(p[0] * M_PI / 180.0);
                        memcpy(anchor, p, sizeof p);
                        out_lat[kept] = p[0];
                        out_lng[kept++] = p[1];
                } else if (!have_direction) {
                        if (hypot(p[0] - anchor[0], (p[1] - anchor[1]) * shrink) > tolerance) {
                                memcpy(ahead, p, sizeof p);
                                have_direction = true;
                        }
                } else if (off_line(anchor, ahead, p, shrink) > tolerance) {
                        memcpy(anchor, last, sizeof last);
                        memcpy(ahead, p, sizeof p);
                        out_lat[kept] = last[0];
                        out_lng[kept++] = last[1];
                }
                memcpy(last, p, sizeof p);
        }
        if (kept > 0 && (out_lat[kept - 1] != last[0] || out_lng[kept - 1] != last[1])) {
                out_lat[kept] = last[0];
                out_lng[kept++] = last[1];
        }
        return kept;
}

size_t polyline_thin(const double *latitude, const double *longitude, size_t count, size_t wanted, double *out_latitude,
                     double *out_longitude)
{
        size_t kept = 0;
        /* 5 m to 2.5 km in ten steps. */
        double tolerance = 5.0 / 111000.0;
        for (int step = 0; step < 10; step++, tolerance *= 2.0) {
                kept = thin_once(latitude, longitude, count, tolerance, out_latitude, out_longitude);
                if (kept <= wanted)
                        break;
        }
        return kept;
}
