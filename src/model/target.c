/* target.c -- see target.h for the grammar. A cursor over the text; each function takes its part or leaves the cursor where it was. */
#include "model/target.h"

#include <string.h>

enum { HOUR = 3600, MINUTE = 60, LONGEST_DAYS = 30 };

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }

static void skip_blanks(const char **at)
{
        while (**at == ' ' || **at == '\t')
                ++*at;
}

static bool take_char(const char **at, char c)
{
        const char *next = *at;
        skip_blanks(&next);
        if (*next != c)
                return false;
        *at = next + 1;
        return true;
}

/* A whole word: "min" does not begin "minus". */
static bool take_word(const char **at, const char *word)
{
        const char *next = *at;
        size_t len = strlen(word);
        skip_blanks(&next);
        for (size_t i = 0; i < len; i++)
                if (lower(next[i]) != word[i])
                        return false;
        if (is_letter(next[len]))
                return false;
        *at = next + len;
        return true;
}

static bool take_any(const char **at, const char *const *words)
{
        for (size_t i = 0; words[i]; i++)
                if (take_word(at, words[i]))
                        return true;
        return false;
}

static bool at_end(const char *at)
{
        skip_blanks(&at);
        return *at == '\0';
}

static void take_bound(const char **at)
{
        static const char *const words[] = { "sub", "under", "below", "in", NULL };
        if (take_char(at, '<'))
                return;
        if (take_any(at, words))
                (void)take_char(at, '-');
}

/* Digits, at most `most`, with a fraction where `fraction` allows one. */
static bool take_number(const char **at, int most, bool fraction, double *ret)
{
        const char *next = *at;
        double value = 0, place = 0.1;
        int digits = 0;
        skip_blanks(&next);
        for (; is_digit(*next) && digits < most; digits++)
                value = value * 10 + (*next++ - '0');
        if (digits == 0 || is_digit(*next))
                return false;
        if (fraction && *next == '.' && is_digit(next[1])) {
                for (next++; is_digit(*next) && place > 1e-7; place /= 10)
                        value += place * (*next++ - '0');
                if (is_digit(*next))
                        return false;
        }
        *at = next;
        *ret = value;
        return true;
}

/* Exactly two digits below sixty, right behind a colon. */
static bool take_sixtieth(const char **at, double *ret)
{
        const char *next = *at;
        if (next[0] != ':' || !is_digit(next[1]) || !is_digit(next[2]) || is_digit(next[3]) || next[1] > '5')
                return false;
        *ret = (next[1] - '0') * 10 + (next[2] - '0');
        *at = next + 3;
        return true;
}

struct clock {
        double parts[3];
        int count; /* 2 or 3 */
};

static bool take_clock(const char **at, struct clock *ret)
{
        const char *next = *at;
        struct clock clock = { .count = 2 };
        if (!take_number(&next, 3, false, &clock.parts[0]) || !take_sixtieth(&next, &clock.parts[1]))
                return false;
        clock.count += take_sixtieth(&next, &clock.parts[2]);
        *at = next;
        *ret = clock;
        return true;
}

static bool take_spans(const char **at, double *ret_seconds)
{
        static const struct {
                const char *const words[7];
                double seconds;
        } units[] = { { { "hours", "hour", "hrs", "hr", "h", NULL }, HOUR },
                      { { "minutes", "minute", "mins", "min", "m", NULL }, MINUTE },
                      { { "seconds", "second", "secs", "sec", "s", NULL }, 1 } };
        const char *next = *at;
        double seconds = 0, number;
        bool any = false;
        for (size_t unit = 0; unit < SAI_COUNT(units); unit++) {
                const char *before = next;
                if (!take_number(&next, 4, true, &number))
                        break;
                bool bare_minutes = unit == 1 && any && at_end(next);
                if (take_any(&next, units[unit].words) || bare_minutes) {
                        seconds += number * units[unit].seconds;
                        any = true;
                } else {
                        next = before; /* a smaller unit, perhaps */
                }
        }
        if (!any)
                return false;
        *at = next;
        *ret_seconds = seconds;
        return true;
}

/* m/s that people reach over a distance that is an event; wide, because only readings sixty times apart have to be told from each other. */
static bool is_possible(enum sport_family family, double metres, double seconds)
{
        static const struct {
                double slowest, fastest;
        } speeds[] = { [FAMILY_RUN] = { 0.8, 8.5 },
                       [FAMILY_RIDE] = { 1.5, 22 },
                       [FAMILY_SWIM] = { 0.25, 2.4 },
                       [FAMILY_WALK] = { 0.3, 4.5 },
                       [FAMILY_OTHER] = { 0.3, 22 } };
        double speed = metres / seconds;
        return speed >= speeds[family].slowest && speed <= speeds[family].fastest;
}

static bool resolve_clock(const struct clock *clock, enum sport_family family, struct sai_opt_f64 distance, double *ret_seconds)
{
        if (clock->count == 3) {
                *ret_seconds = clock->parts[0] * HOUR + clock->parts[1] * MINUTE + clock->parts[2];
                return true;
        }
        double minutes = clock->parts[0] * MINUTE + clock->parts[1], hours = minutes * MINUTE;
        if (!SAI_HAS(distance) || minutes <= 0)
                return false;
        bool short_one = is_possible(family, distance.value, minutes), long_one = is_possible(family, distance.value, hours);
        *ret_seconds = short_one ? minutes : hours;
        return short_one != long_one;
}

static bool take_per(const char **at, double *ret_kilometres)
{
        static const struct {
                const char *word;
                double kilometres;
        } units[] = { { "km", 1 }, { "mile", 1.609344 }, { "mi", 1.609344 } };
        const char *next = *at;
        double number;
        if (!take_char(&next, '/'))
                return false;
        for (size_t i = 0; i < SAI_COUNT(units); i++) {
                *ret_kilometres = units[i].kilometres;
                if (take_word(&next, units[i].word)) {
                        *at = next;
                        return true;
                }
        }
        *ret_kilometres = 0.1;
        if (!take_number(&next, 3, false, &number) || number != 100 || !take_word(&next, "m"))
                return false;
        *at = next;
        return true;
}

static bool keep_time(double seconds, struct target *target)
{
        if (seconds < 1 || seconds > LONGEST_DAYS * 24.0 * HOUR)
                return false;
        target->time = SAI_SOME(sai_opt_f64, seconds);
        return true;
}

/* Of a pace the clock is always minutes and seconds. */
static bool keep_pace(double seconds, double kilometres, struct target *target)
{
        double pace = seconds / kilometres;
        if (pace < 20 || pace > 2 * HOUR)
                return false;
        target->pace = SAI_SOME(sai_opt_f64, pace);
        return true;
}

static bool end_with_bound(const char *at)
{
        take_bound(&at);
        return at_end(at);
}

bool target_read(const char *text, enum sport_family family, struct sai_opt_f64 distance, struct target *ret_target)
{
        const char *at = text;
        struct clock clock = { .count = 0 };
        double seconds = 0, kilometres = 0;
        *ret_target = (struct target) { 0 };
        if (take_word(&at, "finish")) {
                ret_target->finish = at_end(at);
                return ret_target->finish;
        }
        take_bound(&at);
        bool by_clock = take_clock(&at, &clock);
        if (!by_clock && !take_spans(&at, &seconds))
                return false;
        if (take_per(&at, &kilometres)) {
                if (clock.count == 3 || !end_with_bound(at))
                        return false;
                return keep_pace(by_clock ? clock.parts[0] * MINUTE + clock.parts[1] : seconds, kilometres, ret_target);
        }
        if (!end_with_bound(at) || (by_clock && !resolve_clock(&clock, family, distance, &seconds)))
                return false;
        return keep_time(seconds, ret_target);
}
