/* calendar.c -- days, weeks and the texts of instants; zones are in zone.c. */
#include "base/calendar.h"

#include <string.h>

#include "base/text.h"

static const int64_t ms_per_day = 86400000;

static int64_t floor_div(int64_t a, int64_t b)
{
        int64_t q = a / b;
        return a % b < 0 ? q - 1 : q;
}

struct sai_day sai_day_from_civil(int year, int month, int day)
{
        /* Years begin in March, so that the leap day is the last of its year. */
        int64_t y = (int64_t)year - (month <= 2);
        int64_t era = floor_div(y, 400);
        int64_t year_of_era = y - era * 400;
        int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
        int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        return (struct sai_day) { (int32_t)(uint32_t)(era * 146097 + day_of_era - 719468) };
}

void sai_day_to_civil(struct sai_day day, int *year, int *month, int *day_of_month)
{
        int64_t z = (int64_t)day.number + 719468;
        int64_t era = floor_div(z, 146097);
        int64_t day_of_era = z - era * 146097;
        int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
        int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        int64_t shifted = (5 * day_of_year + 2) / 153;
        *day_of_month = (int)(day_of_year - (153 * shifted + 2) / 5 + 1);
        *month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
        *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

int sai_day_weekday(struct sai_day day)
{
        /* 1970-01-01 was a Thursday. */
        int64_t n = (int64_t)day.number + 3;
        return (int)(n - floor_div(n, 7) * 7);
}

/* Rows may hold any number of days: steps are counted in 64 bits and fall off the end without harm. */
static struct sai_day moved(struct sai_day day, int by)
{
        return (struct sai_day) { (int32_t)(uint32_t)((int64_t)day.number + by) };
}

struct sai_day sai_day_week_start(struct sai_day day) { return moved(day, -sai_day_weekday(day)); }

struct sai_day sai_day_month_start(struct sai_day day)
{
        int year, month, day_of_month;
        sai_day_to_civil(day, &year, &month, &day_of_month);
        return moved(day, 1 - day_of_month);
}

struct sai_day sai_day_year_start(struct sai_day day)
{
        int year, month, day_of_month;
        sai_day_to_civil(day, &year, &month, &day_of_month);
        return sai_day_from_civil(year, 1, 1);
}

struct sai_day sai_day_add_months(struct sai_day month_start, int months)
{
        int year, month, day_of_month;
        sai_day_to_civil(month_start, &year, &month, &day_of_month);
        int64_t count = (int64_t)year * 12 + (month - 1) + months;
        int64_t new_year = floor_div(count, 12);
        return sai_day_from_civil((int)new_year, (int)(count - new_year * 12) + 1, day_of_month);
}

void sai_day_iso_week(struct sai_day day, int *ret_year, int *ret_week)
{
        /* A week belongs to the year its Thursday is in. */
        struct sai_day thursday = moved(sai_day_week_start(day), 3);
        int month, day_of_month;
        sai_day_to_civil(thursday, ret_year, &month, &day_of_month);
        *ret_week = (int)(((int64_t)thursday.number - sai_day_year_start(thursday).number) / 7) + 1;
}

struct sai_day sai_local_day(struct sai_local local)
{
        return (struct sai_day) { (int32_t)(uint32_t)floor_div(local.ms, ms_per_day) };
}

/* -- Texts ---------------------------------------------------------------------------------------------------------- */

struct cursor {
        const char *at, *end;
};

static bool digits(struct cursor *c, int count, int low, int high, int *ret)
{
        int value = 0;
        if (c->end - c->at < count)
                return false;
        for (int i = 0; i < count; i++) {
                char d = *c->at++;
                if (d < '0' || d > '9')
                        return false;
                value = value * 10 + (d - '0');
        }
        *ret = value;
        return value >= low && value <= high;
}

static bool literal(struct cursor *c, char wanted)
{
        if (c->at == c->end || *c->at != wanted)
                return false;
        c->at++;
        return true;
}

static int days_in_month(int year, int month)
{
        static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
        bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        return month == 2 && leap ? 29 : days[month - 1];
}

static bool parse_date(struct cursor *c, struct sai_day *ret)
{
        int year, month, day;
        if (!digits(c, 4, 1900, 2199, &year) || !literal(c, '-') || !digits(c, 2, 1, 12, &month) || !literal(c, '-') ||
            !digits(c, 2, 1, days_in_month(year, month), &day))
                return false;
        *ret = sai_day_from_civil(year, month, day);
        return true;
}

/* Date, time and an optional fraction. A leap second (…:60) is refused: nothing after this could hold it. */
static bool parse_date_time(struct cursor *c, int64_t *ret_ms)
{
        struct sai_day day;
        int hour, minute, second, ms = 0;
        if (!parse_date(c, &day) || !literal(c, 'T') || !digits(c, 2, 0, 23, &hour) || !literal(c, ':') ||
            !digits(c, 2, 0, 59, &minute) || !literal(c, ':') || !digits(c, 2, 0, 59, &second))
                return false;
        if (literal(c, '.')) {
                const char *begin = c->at;
                for (int scale = 100; c->at < c->end && *c->at >= '0' && *c->at <= '9'; scale /= 10)
                        ms += (*c->at++ - '0') * scale;
                if (c->at == begin)
                        return false;
        }
        *ret_ms = day.number * ms_per_day + ((hour * 60 + minute) * 60 + second) * INT64_C(1000) + ms;
        return true;
}

bool sai_day_parse(const char *text, size_t len, struct sai_day *ret)
{
        struct cursor c = { text, text + len };
        struct sai_day day;
        if (len != 10 || !parse_date(&c, &day))
                return false;
        *ret = day;
        return true;
}

bool sai_local_parse(const char *text, size_t len, struct sai_local *ret)
{
        struct cursor c = { text, text + len };
        int64_t ms;
        if (len < 19 || !parse_date_time(&c, &ms) || c.at != c.end)
                return false;
        ret->ms = ms;
        return true;
}

bool sai_instant_parse(const char *text, size_t len, struct sai_instant *ret)
{
        struct cursor c = { text, text + len };
        int64_t ms;
        if (len < 20 || !parse_date_time(&c, &ms))
                return false;
        if (!literal(&c, 'Z')) {
                int sign = literal(&c, '+') ? 1 : literal(&c, '-') ? -1 : 0, hours, minutes;
                if (sign == 0 || !digits(&c, 2, 0, 23, &hours) || !literal(&c, ':') || !digits(&c, 2, 0, 59, &minutes))
                        return false;
                ms -= sign * (hours * 60 + minutes) * INT64_C(60000);
        }
        if (c.at != c.end)
                return false;
        ret->ms = ms;
        return true;
}

static char *put(char *at, int value, int width)
{
        for (int i = width - 1; i >= 0; i--, value /= 10)
                at[i] = (char)('0' + value % 10);
        return at + width;
}

/* Stored instants come from outside too; past the years that have four digits they are shown as the nearest that has. */
static struct sai_day four_digit_year(struct sai_day day)
{
        const int32_t first = -719528, last = 2932896; /* 0000-01-01 and 9999-12-31 */
        return (struct sai_day) { day.number < first ? first : day.number > last ? last : day.number };
}

static char *put_date(char *at, struct sai_day day)
{
        int year, month, day_of_month;
        sai_day_to_civil(four_digit_year(day), &year, &month, &day_of_month);
        at = put(at, year, 4);
        *at++ = '-';
        at = put(at, month, 2);
        *at++ = '-';
        return put(at, day_of_month, 2);
}

static char *put_date_time(char *at, int64_t ms)
{
        int64_t days = floor_div(ms, ms_per_day);
        int rest = (int)((ms % ms_per_day + ms_per_day) % ms_per_day);
        if (days < -719528 || days > 2932896) {
                days = days < 0 ? -719528 : 2932896;
                rest = 0;
        }
        at = put_date(at, (struct sai_day) { (int32_t)days });
        *at++ = 'T';
        at = put(at, rest / 3600000, 2);
        *at++ = ':';
        at = put(at, rest / 60000 % 60, 2);
        *at++ = ':';
        at = put(at, rest / 1000 % 60, 2);
        if (rest % 1000) {
                *at++ = '.';
                at = put(at, rest % 1000, 3);
        }
        return at;
}

size_t sai_instant_format(struct sai_instant instant, char *out)
{
        char *at = put_date_time(out, instant.ms);
        *at++ = 'Z';
        *at = '\0';
        return (size_t)(at - out);
}

size_t sai_local_format(struct sai_local local, char *out)
{
        char *at = put_date_time(out, local.ms);
        *at = '\0';
        return (size_t)(at - out);
}

size_t sai_day_format(struct sai_day day, char *out)
{
        char *at = put_date(out, day);
        *at = '\0';
        return (size_t)(at - out);
}
