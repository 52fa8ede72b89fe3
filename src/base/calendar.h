/* calendar.h -- instants, days and weeks of the proleptic Gregorian calendar, and IANA time zones.
 *
 * libc's own functions depend on the process's TZ variable and locale; these depend on their arguments alone. A day is a
 * count since 1970-01-01 so that arithmetic on days is arithmetic. Zone files are read from the system's zoneinfo (RFC 8536)
 * because a database of zones is not something to carry along. Everything here is safe from several threads. */
#ifndef SAI_BASE_CALENDAR_H
#define SAI_BASE_CALENDAR_H

#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sai_instant {
        int64_t ms;
}; /* Unix time in ms, UTC */
struct sai_local {
        int64_t ms;
}; /* a wall clock without a zone, counted as if it were UTC */
struct sai_day {
        int32_t number;
}; /* days since 1970-01-01 */

enum { SAI_INSTANT_TEXT = 32, SAI_DAY_TEXT = 16 };

/* Civil date <-> day number (H. Hinnant's algorithms, public domain description). Month and day are 1-based. */
struct sai_day sai_day_from_civil(int year, int month, int day);
void sai_day_to_civil(struct sai_day day, int *year, int *month, int *day_of_month);
/* Monday is 0. */
int sai_day_weekday(struct sai_day day);
struct sai_day sai_day_week_start(struct sai_day day); /* the Monday of its ISO week */
struct sai_day sai_day_month_start(struct sai_day day);
struct sai_day sai_day_year_start(struct sai_day day);
struct sai_day sai_day_add_months(struct sai_day month_start, int months);
void sai_day_iso_week(struct sai_day day, int *ret_year, int *ret_week);

struct sai_day sai_local_day(struct sai_local local);

/* Texts. Parsing is strict: the whole text, a real date, years 1900 to 2199. Instants need a zone ("Z" or an offset) and may have
 * a fraction; more than ms is cut. Formats: 2026-11-22T08:15:30Z (with .mmm when ms are not 0), the same without Z, and
 * 2026-11-22. Output buffers have the sizes above; each returns the length. */
bool sai_instant_parse(const char *text, size_t len, struct sai_instant *ret);
bool sai_local_parse(const char *text, size_t len, struct sai_local *ret);
bool sai_day_parse(const char *text, size_t len, struct sai_day *ret);
size_t sai_instant_format(struct sai_instant instant, char *out);
size_t sai_local_format(struct sai_local local, char *out);
size_t sai_day_format(struct sai_day day, char *out);

/* A zone by IANA name. The pointer is cached for the process's life: never free it. NULL when the system knows no such zone
 * (names are checked: letters, digits, `_+-/`, no dots). "UTC" is always there. */
struct sai_zone;
const struct sai_zone *sai_zone_find(const char *name);
const char *sai_zone_name(const struct sai_zone *zone);
/* Seconds east of UTC at that instant. */
int32_t sai_zone_offset(const struct sai_zone *zone, struct sai_instant at);
struct sai_local sai_zone_local(const struct sai_zone *zone, struct sai_instant at);
/* The instant of a wall clock; in a gap the later, in an overlap the earlier reading. */
struct sai_instant sai_zone_instant(const struct sai_zone *zone, struct sai_local local);

#endif
