/* zone.c -- IANA time zones from the system's TZif files (RFC 8536).
 *
 * A file lists the past changes of the offset and ends with a rule (a POSIX TZ text) for all time after the last one. Both are
 * kept as read. Zones are never freed: there are some six hundred names, a few kilobytes each, and a pointer that stays valid
 * needs no owner. That cache is the one piece of state here that is not in a context struct; its mutex guards all of it. */
#include "base/calendar.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/text.h"

/* When a rule's change happens: the wall clock's seconds after the start of that day. */
struct rule_date {
        enum { JULIAN_NO_LEAP, JULIAN, MONTH_WEEK_DAY } form;
        int month, week, day; /* day alone for the Julian forms */
        int32_t seconds;
};

struct rule {
        bool present, has_dst;
        int32_t standard, dst; /* seconds east of UTC */
        struct rule_date start, end;
};

struct sai_zone {
        char name[SAI_MAX_ZONE_NAME + 1];
        size_t count;
        int64_t *at; /* seconds since 1970, ascending */
        int32_t *offset; /* from at[i] on */
        int32_t before; /* until at[0] */
        struct rule rule; /* from at[count - 1] on */
};

static const struct sai_zone utc = { .name = "UTC" };

/* -- The rule at the end ------------------------------------------------------------------------------------------------- */

struct scan {
        const char *at, *end;
};

static bool take(struct scan *s, char c)
{
        if (s->at == s->end || *s->at != c)
                return false;
        s->at++;
        return true;
}

static bool take_number(struct scan *s, int max, int *ret)
{
        int value = 0;
        const char *begin = s->at;
        for (; s->at < s->end && *s->at >= '0' && *s->at <= '9'; s->at++) {
                value = value * 10 + (*s->at - '0');
                if (value > max)
                        return false;
        }
        *ret = value;
        return s->at > begin;
}

static bool take_abbreviation(struct scan *s)
{
        const char *begin = s->at;
        if (take(s, '<')) {
                while (s->at < s->end && *s->at != '>')
                        s->at++;
                return take(s, '>');
        }
        while (s->at < s->end && ((*s->at >= 'A' && *s->at <= 'Z') || (*s->at >= 'a' && *s->at <= 'z')))
                s->at++;
        return s->at - begin >= 3;
}

/* [+-]hh[:mm[:ss]]; times of day in rules go up to a week either way. */
static bool take_seconds(struct scan *s, int32_t *ret)
{
        int hours, minutes = 0, seconds = 0;
        bool minus = take(s, '-');
        if (!minus)
                take(s, '+');
        if (!take_number(s, 167, &hours))
                return false;
        if (take(s, ':')) {
                if (!take_number(s, 59, &minutes))
                        return false;
                if (take(s, ':') && !take_number(s, 59, &seconds))
                        return false;
        }
        int32_t value = hours * 3600 + minutes * 60 + seconds;
        *ret = minus ? -value : value;
        return true;
}

static bool take_rule_date(struct scan *s, struct rule_date *ret)
{
        bool good;
        if (!take(s, ','))
                return false;
        if (take(s, 'M')) {
                ret->form = MONTH_WEEK_DAY;
                good = take_number(s, 12, &ret->month) && ret->month >= 1 && take(s, '.') && take_number(s, 5, &ret->week) &&
                       ret->week >= 1 && take(s, '.') && take_number(s, 6, &ret->day);
        } else if (take(s, 'J')) {
                ret->form = JULIAN_NO_LEAP;
                good = take_number(s, 365, &ret->day) && ret->day >= 1;
        } else {
                ret->form = JULIAN;
                good = take_number(s, 365, &ret->day);
        }
        ret->seconds = 2 * 3600;
        return good && (!take(s, '/') || take_seconds(s, &ret->seconds));
}

static bool parse_rule(const char *text, size_t len, struct rule *ret)
{
        struct scan s = { text, text + len };
        struct rule rule = { .present = true };
        int32_t west;
        if (!take_abbreviation(&s) || !take_seconds(&s, &west))
                return false;
        rule.standard = -west;
        if (s.at < s.end) {
                rule.has_dst = true;
                rule.dst = rule.standard + 3600;
                if (!take_abbreviation(&s))
                        return false;
                if (s.at < s.end && *s.at != ',') {
                        if (!take_seconds(&s, &west))
                                return false;
                        rule.dst = -west;
                }
                if (!take_rule_date(&s, &rule.start) || !take_rule_date(&s, &rule.end))
                        return false;
        }
        *ret = rule;
        return s.at == s.end;
}

/* The wall clock of a change in one year, as seconds since 1970 as if it were UTC. */
static int64_t rule_moment(const struct rule_date *date, int year)
{
        int32_t day = sai_day_from_civil(year, 1, 1).number;
        bool leap = sai_day_from_civil(year, 3, 1).number - sai_day_from_civil(year, 2, 1).number == 29;
        if (date->form == JULIAN) {
                day += date->day;
        } else if (date->form == JULIAN_NO_LEAP) {
                day += date->day - 1 + (leap && date->day >= 60);
        } else {
                struct sai_day first = sai_day_from_civil(year, date->month, 1);
                int32_t next_month = sai_day_add_months(first, 1).number;
                int weekday = (sai_day_weekday(first) + 1) % 7; /* the rule's Sunday is 0 */
                day = first.number + (date->day - weekday + 7) % 7 + (date->week - 1) * 7;
                if (day >= next_month)
                        day -= 7;
        }
        return (int64_t)day * 86400 + date->seconds;
}

static int32_t rule_offset(const struct rule *rule, int64_t seconds)
{
        if (!rule->has_dst)
                return rule->standard;
        int year, month, day;
        int64_t local = seconds + rule->standard, days = local / 86400 - (local % 86400 < 0);
        sai_day_to_civil((struct sai_day) { (int32_t)(uint32_t)days }, &year, &month, &day);
        int64_t start = rule_moment(&rule->start, year) - rule->standard;
        int64_t end = rule_moment(&rule->end, year) - rule->dst;
        bool dst = start < end ? seconds >= start && seconds < end : seconds >= start || seconds < end;
        return dst ? rule->dst : rule->standard;
}

/* -- The file -------------------------------------------------------------------------------------------------------------- */

enum { HEADER = 44 };

struct counts {
        size_t isut, isstd, leap, time, type, chars;
};

static int64_t big_endian(const uint8_t *at, size_t bytes)
{
        uint64_t value = at[0] & 0x80 ? UINT64_MAX : 0;
        for (size_t i = 0; i < bytes; i++)
                value = value << 8 | at[i];
        return (int64_t)value;
}

static bool read_header(const uint8_t *data, size_t len, struct counts *ret)
{
        if (len < HEADER || memcmp(data, "TZif", 4) != 0 || data[4] < '2')
                return false;
        size_t *fields[] = { &ret->isut, &ret->isstd, &ret->leap, &ret->time, &ret->type, &ret->chars };
        for (size_t i = 0; i < SAI_COUNT(fields); i++) {
                int64_t value = big_endian(data + 20 + 4 * i, 4);
                if (value < 0 || value > SAI_MAX_ZONE_FILE)
                        return false;
                *fields[i] = (size_t)value;
        }
        return ret->type > 0;
}

static size_t body_size(const struct counts *n, size_t time_size)
{
        return n->time * (time_size + 1) + n->type * 6 + n->chars + n->leap * (time_size + 4) + n->isstd + n->isut;
}

static bool read_transitions(struct sai_zone *zone, const uint8_t *body, const struct counts *n)
{
        const uint8_t *types = body + n->time * 8, *infos = types + n->time;
        zone->count = n->time;
        zone->before = (int32_t)big_endian(infos, 4);
        for (size_t i = 0; i < n->time; i++) {
                zone->at[i] = big_endian(body + 8 * i, 8);
                if (types[i] >= n->type || (i > 0 && zone->at[i] <= zone->at[i - 1]))
                        return false;
                zone->offset[i] = (int32_t)big_endian(infos + (size_t)types[i] * 6, 4);
                if (zone->offset[i] < -93600 || zone->offset[i] > 93600)
                        return false;
        }
        return true;
}

static void zone_free(struct sai_zone *zone)
{
        free(zone->at);
        free(zone->offset);
        free(zone);
}
SAI_DEFINE_CLEANUP(struct sai_zone, zone_free)

static struct sai_zone *parse_zone(const uint8_t *data, size_t len)
{
        struct counts n;
        if (!read_header(data, len, &n))
                return NULL;
        /* The first body has 32-bit times and is there for old readers. */
        size_t skip = HEADER + body_size(&n, 4);
        if (skip > len || !read_header(data + skip, len - skip, &n))
                return NULL;
        data += skip + HEADER;
        len -= skip + HEADER;
        size_t size = body_size(&n, 8);
        if (size > len)
                return NULL;

        SAI_CLEANUP(zone_free_p) struct sai_zone *zone = calloc(1, sizeof *zone);
        if (!zone)
                return NULL;
        zone->at = calloc(n.time + 1, sizeof *zone->at);
        zone->offset = calloc(n.time + 1, sizeof *zone->offset);
        if (!zone->at || !zone->offset || !read_transitions(zone, data, &n))
                return NULL;

        const char *footer = (const char *)data + size;
        len -= size;
        if (len < 2 || footer[0] != '\n')
                return NULL;
        const char *end = memchr(footer + 1, '\n', len - 1);
        if (!end || (end > footer + 1 && !parse_rule(footer + 1, (size_t)(end - footer - 1), &zone->rule)))
                return NULL;
        return SAI_TAKE(zone);
}

static struct sai_zone *load_zone(const char *name)
{
        char path[sizeof "/usr/share/zoneinfo/" + SAI_MAX_ZONE_NAME];
        snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name);
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0)
                return NULL;
        struct sai_zone *zone = NULL;
        uint8_t *data = malloc(SAI_MAX_ZONE_FILE);
        size_t len = 0;
        ssize_t got = 0;
        while (data && len < SAI_MAX_ZONE_FILE) {
                got = read(fd, data + len, SAI_MAX_ZONE_FILE - len);
                if (got < 0 && errno == EINTR)
                        continue;
                if (got <= 0)
                        break;
                len += (size_t)got;
        }
        close(fd);
        if (data && got == 0)
                zone = parse_zone(data, len);
        free(data);
        if (zone)
                snprintf(zone->name, sizeof zone->name, "%s", name);
        return zone;
}

/* -- The cache ------------------------------------------------------------------------------------------------------------- */

enum { SLOTS = 1024 };
_Static_assert(SLOTS > SAI_MAX_ZONES, "a free slot ends every search");

static struct {
        pthread_mutex_t lock;
        size_t count;
        const struct sai_zone *slots[SLOTS]; /* open addressing by name */
} cache = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* No dots: no way out of the folder. `posix` and `right` are the same zones again, the latter counting leap seconds. */
static bool name_is_good(const char *name)
{
        size_t len = strnlen(name, SAI_MAX_ZONE_NAME + 1);
        if (len == 0 || len > SAI_MAX_ZONE_NAME || name[0] == '/' || name[len - 1] == '/' || strncmp(name, "posix", 5) == 0 ||
            strncmp(name, "right/", 6) == 0)
                return false;
        for (size_t i = 0; i < len; i++) {
                char c = name[i];
                bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
                if (!letter && !strchr("_+-/", c))
                        return false;
        }
        return true;
}

/* The slot that holds the name or is free for it. Call with the lock held. */
static const struct sai_zone **slot_of(const char *name)
{
        size_t i = sai_hash(name, strlen(name), 0) % SLOTS;
        while (cache.slots[i] && strcmp(cache.slots[i]->name, name) != 0)
                i = (i + 1) % SLOTS;
        return &cache.slots[i];
}

const struct sai_zone *sai_zone_find(const char *name)
{
        if (!name || !name_is_good(name))
                return NULL;
        if (strcmp(name, "UTC") == 0)
                return &utc;

        pthread_mutex_lock(&cache.lock);
        const struct sai_zone *zone = *slot_of(name);
        bool full = cache.count >= SAI_MAX_ZONES;
        pthread_mutex_unlock(&cache.lock);
        if (zone || full)
                return zone;

        /* Read without the lock; of two threads that read the same file, the second throws its copy away. */
        struct sai_zone *loaded = load_zone(name);
        if (!loaded)
                return NULL;
        pthread_mutex_lock(&cache.lock);
        const struct sai_zone **slot = slot_of(name);
        zone = *slot;
        if (!zone && cache.count < SAI_MAX_ZONES) {
                *slot = zone = loaded;
                loaded = NULL;
                cache.count++;
        }
        pthread_mutex_unlock(&cache.lock);
        if (loaded)
                zone_free(loaded);
        return zone;
}

const char *sai_zone_name(const struct sai_zone *zone) { return zone->name; }

/* -- Questions ------------------------------------------------------------------------------------------------------------- */

static int64_t floor_seconds(int64_t ms) { return ms / 1000 - (ms % 1000 < 0); }

static int32_t offset_at(const struct sai_zone *zone, int64_t seconds)
{
        /* Thirty thousand years either way: past that the offset is a matter of form, and sums of it must not overflow. */
        const int64_t end_of_time = INT64_C(1) << 40;
        seconds = seconds > end_of_time ? end_of_time : seconds < -end_of_time ? -end_of_time : seconds;
        if (zone->count == 0 || seconds >= zone->at[zone->count - 1]) {
                if (zone->rule.present)
                        return rule_offset(&zone->rule, seconds);
                return zone->count ? zone->offset[zone->count - 1] : zone->before;
        }
        if (seconds < zone->at[0])
                return zone->before;
        size_t low = 0, high = zone->count - 1; /* at[low] <= seconds < at[high] */
        while (high - low > 1) {
                size_t middle = low + (high - low) / 2;
                if (zone->at[middle] <= seconds)
                        low = middle;
                else
                        high = middle;
        }
        return zone->offset[low];
}

int32_t sai_zone_offset(const struct sai_zone *zone, struct sai_instant at) { return offset_at(zone, floor_seconds(at.ms)); }

/* Stored instants can be anything: at the ends of time the sum stays there. */
static int64_t shifted(int64_t ms, int64_t seconds)
{
        int64_t sum;
        if (__builtin_add_overflow(ms, seconds * 1000, &sum))
                return ms < 0 ? INT64_MIN : INT64_MAX;
        return sum;
}

struct sai_local sai_zone_local(const struct sai_zone *zone, struct sai_instant at)
{
        return (struct sai_local) { shifted(at.ms, sai_zone_offset(zone, at)) };
}

struct sai_instant sai_zone_instant(const struct sai_zone *zone, struct sai_local local)
{
        /* No offset is a day or more, so the readings a day before and after are those on both sides of any change near it. */
        int64_t seconds = floor_seconds(local.ms);
        int32_t before = offset_at(zone, seconds - 86400), after = offset_at(zone, seconds + 86400);
        int32_t first = before > after ? before : after, second = before > after ? after : before;
        /* The larger offset gives the earlier instant. In an overlap both are real and the earlier is meant; in a gap neither is,
         * and the smaller offset gives the later. */
        int32_t offset = offset_at(zone, seconds - first) == first ? first : second;
        return (struct sai_instant) { shifted(local.ms, -(int64_t)offset) };
}
