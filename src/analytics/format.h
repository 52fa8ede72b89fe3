/* format.h -- times, paces and distances as people read them (1.2).
 *
 * Total seconds are rounded before they are split, so "3:60" cannot appear. No locale: the decimal mark is "." and digits are written
 * by hand. Every function writes at most FORMAT_TEXT bytes with the NUL into `out` and returns the length; what cannot be shown (not
 * finite, zero pace, slower than 99:59) gives 0 and an empty text, which the caller shows as null. */
#ifndef SAI_ANALYTICS_FORMAT_H
#define SAI_ANALYTICS_FORMAT_H

#include "model/sport.h"
#include "model/user.h"
#include <stddef.h>

enum { FORMAT_TEXT = 40 };

#define METERS_PER_MILE     1609.344
#define METERS_PER_YARD     0.9144
#define METERS_PER_FOOT     0.3048
#define KILOGRAMS_PER_POUND 0.45359237
#define KILOJOULES_PER_KCAL 4.184

size_t format_duration(double seconds, char *out); /* "49:46", "1:02:03" */
size_t format_pace_time(double seconds, char *out); /* "4:58": minutes and seconds, no unit */
size_t format_decimal(double value, int decimals, char *out); /* "-12.35"; decimals 0-6; half away from zero */

size_t format_distance(double meters, enum unit_system units, char *out); /* "10.02 km", "6.23 mi" */
size_t format_swim_distance(double meters, enum unit_system units, char *out); /* "1500 m", "1640 yd" */
size_t format_pace(double meters_per_second, enum unit_system units, char *out); /* "4:58 /km", "8:00 /mi" */
size_t format_swim_pace(double meters_per_second, enum unit_system units, char *out); /* "1:54 /100 m", "1:44 /100 yd" */
size_t format_speed(double meters_per_second, enum unit_system units, char *out); /* "27.9 km/h", "17.3 mph" */
size_t format_elevation(double meters, enum unit_system units, char *out); /* "356 m", "1168 ft" */
size_t format_weight(double kilograms, enum unit_system units, char *out); /* "70.5 kg", "155.4 lb" */

/* As the sport is usually told: rides as speed, swims per 100, all else as pace. */
size_t format_sport_pace(enum sport_family family, double meters_per_second, enum unit_system units, char *out);
size_t format_sport_distance(enum sport_family family, double meters, enum unit_system units, char *out);

/* Conversions (1.1); NaN for v <= 0 or not finite. */
double pace_per_km(double meters_per_second);
double pace_per_mile(double meters_per_second);
double pace_per_100m(double meters_per_second);
double pace_per_100yd(double meters_per_second);

#endif
