/* format.c -- numbers as text without a locale. Rounding first, splitting afterwards (1.2). */
#include "analytics/format.h"

#include "analytics/analytics_internal.h"
#include <math.h>

#define PACE_SLOWEST_S 5999 /* 99:59 */
#define EXACT_LIMIT    9e15 /* beyond it a double has no halves, and llround would have no room */

static size_t nothing(char *out)
{
        out[0] = '\0';
        return 0;
}

/* At least `width` digits, zeros before. */
static size_t put_digits(char *out, uint64_t value, int width)
{
        char digits[20];
        int n = 0;
        do {
                digits[n++] = (char)('0' + value % 10);
                value /= 10;
        } while (value > 0);
        while (n < width)
                digits[n++] = '0';
        for (int i = 0; i < n; i++)
                out[i] = digits[n - 1 - i];
        return (size_t)n;
}

static size_t put_text(char *out, size_t at, const char *text)
{
        size_t len = strlen(text);
        memcpy(out + at, text, len + 1);
        return at + len;
}

size_t format_decimal(double value, int decimals, char *out)
{
        static const double scales[] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6 };
        if (decimals < 0 || decimals > 6 || !isfinite(value) || fabs(value * scales[decimals]) > EXACT_LIMIT)
                return nothing(out);
        int64_t scaled = llround(value * scales[decimals]);
        uint64_t magnitude = (uint64_t)(scaled < 0 ? -scaled : scaled), scale = (uint64_t)scales[decimals];
        size_t at = 0;
        if (scaled < 0)
                out[at++] = '-';
        at += put_digits(out + at, magnitude / scale, 1);
        if (decimals > 0) {
                out[at++] = '.';
                at += put_digits(out + at, magnitude % scale, decimals);
        }
        out[at] = '\0';
        return at;
}

size_t format_duration(double seconds, char *out)
{
        if (!(seconds >= 0 && seconds < EXACT_LIMIT))
                return nothing(out);
        uint64_t s = (uint64_t)llround(seconds);
        size_t at = 0;
        if (s >= 3600) {
                at += put_digits(out, s / 3600, 1);
                out[at++] = ':';
        }
        at += put_digits(out + at, s / 60 % 60, s >= 3600 ? 2 : 1);
        out[at++] = ':';
        at += put_digits(out + at, s % 60, 2);
        out[at] = '\0';
        return at;
}

size_t format_pace_time(double seconds, char *out)
{
        if (!(seconds > 0 && seconds < PACE_SLOWEST_S + 0.5))
                return nothing(out);
        uint64_t s = (uint64_t)llround(seconds);
        size_t at = put_digits(out, s / 60, 1);
        out[at++] = ':';
        at += put_digits(out + at, s % 60, 2);
        out[at] = '\0';
        return at;
}

static double inverse(double v, double meters) { return isfinite(v) && v > 0 ? meters / v : ABSENT; }

double pace_per_km(double meters_per_second) { return inverse(meters_per_second, 1000); }
double pace_per_mile(double meters_per_second) { return inverse(meters_per_second, METERS_PER_MILE); }
double pace_per_100m(double meters_per_second) { return inverse(meters_per_second, 100); }
double pace_per_100yd(double meters_per_second) { return inverse(meters_per_second, 100 * METERS_PER_YARD); }

static size_t with_unit(size_t len, const char *unit, char *out) { return len ? put_text(out, len, unit) : 0; }

size_t format_distance(double meters, enum unit_system units, char *out)
{
        if (units == UNITS_IMPERIAL)
                return with_unit(format_decimal(meters / METERS_PER_MILE, 2, out), " mi", out);
        return with_unit(format_decimal(meters / 1000, 2, out), " km", out);
}

size_t format_swim_distance(double meters, enum unit_system units, char *out)
{
        if (units == UNITS_IMPERIAL)
                return with_unit(format_decimal(meters / METERS_PER_YARD, 0, out), " yd", out);
        return with_unit(format_decimal(meters, 0, out), " m", out);
}

size_t format_pace(double meters_per_second, enum unit_system units, char *out)
{
        if (units == UNITS_IMPERIAL)
                return with_unit(format_pace_time(pace_per_mile(meters_per_second), out), " /mi", out);
        return with_unit(format_pace_time(pace_per_km(meters_per_second), out), " /km", out);
}

size_t format_swim_pace(double meters_per_second, enum unit_system units, char *out)
{
        if (units == UNITS_IMPERIAL)
                return with_unit(format_pace_time(pace_per_100yd(meters_per_second), out), " /100 yd", out);
        return with_unit(format_pace_time(pace_per_100m(meters_per_second), out), " /100 m", out);
}

size_t format_speed(double meters_per_second, enum unit_system units, char *out)
{
        if (units == UNITS_IMPERIAL)
                return with_unit(format_decimal(meters_per_second * 3600 / METERS_PER_MILE, 1, out), " mph", out);
        return with_unit(format_decimal(meters_per_second * 3.6, 1, out), " km/h", out);
}

size_t format_elevation(double meters, enum unit_system units, char *out)
{
        if (units == UNITS_IMPERIAL)
                return with_unit(format_decimal(meters / METERS_PER_FOOT, 0, out), " ft", out);
        return with_unit(format_decimal(meters, 0, out), " m", out);
}

size_t format_weight(double kilograms, enum unit_system units, char *out)
{
        if (units == UNITS_IMPERIAL)
                return with_unit(format_decimal(kilograms / KILOGRAMS_PER_POUND, 1, out), " lb", out);
        return with_unit(format_decimal(kilograms, 1, out), " kg", out);
}

size_t format_sport_pace(enum sport_family family, double meters_per_second, enum unit_system units, char *out)
{
        if (family == FAMILY_RIDE)
                return format_speed(meters_per_second, units, out);
        if (family == FAMILY_SWIM)
                return format_swim_pace(meters_per_second, units, out);
        return format_pace(meters_per_second, units, out);
}

size_t format_sport_distance(enum sport_family family, double meters, enum unit_system units, char *out)
{
        return family == FAMILY_SWIM ? format_swim_distance(meters, units, out) : format_distance(meters, units, out);
}
