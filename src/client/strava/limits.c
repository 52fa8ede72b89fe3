/* limits.c -- see the header. Two windows of two buckets under one lock; nothing here waits. */
#include "client/strava/limits.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "client/http_client.h"

enum { QUARTER_MS = 15 * 60 * 1000, DAY_MS = 24 * 60 * 60 * 1000 };

struct strava_limits {
        struct sai_clock clock;
        int reserve_percent;
        pthread_mutex_t lock; /* guards all below */
        struct strava_bucket overall, read;
        int64_t short_end_ms, day_end_ms; /* of the windows that the figures belong to */
        int64_t blocked_until_ms;
};

static int64_t window_end(int64_t now_ms, int64_t length_ms)
{
        int64_t into = now_ms % length_ms;
        return now_ms - (into < 0 ? into + length_ms : into) + length_ms;
}

int64_t strava_quarter_end(int64_t now_ms) { return window_end(now_ms, QUARTER_MS); }
int64_t strava_day_end(int64_t now_ms) { return window_end(now_ms, DAY_MS); }

struct strava_limits *strava_limits_new(struct sai_clock clock, int reserve_percent)
{
        struct strava_limits *limits = calloc(1, sizeof *limits);
        if (!limits)
                return NULL;
        if (pthread_mutex_init(&limits->lock, NULL) != 0) {
                free(limits);
                return NULL;
        }
        limits->clock = clock;
        limits->reserve_percent = reserve_percent < 0 ? 0 : reserve_percent > 90 ? 90 : reserve_percent;
        limits->overall = (struct strava_bucket) { .short_limit = 200, .day_limit = 2000 };
        limits->read = (struct strava_bucket) { .short_limit = 100, .day_limit = 1000 };
        return limits;
}

void strava_limits_free(struct strava_limits *limits)
{
        if (!limits)
                return;
        pthread_mutex_destroy(&limits->lock);
        free(limits);
}

/* Begins new windows when the clock has left the old ones. A clock that was set back begins them too. */
static int64_t turn_windows(struct strava_limits *limits)
{
        int64_t now = sai_now_ms(&limits->clock);
        if (strava_quarter_end(now) != limits->short_end_ms) {
                limits->short_end_ms = strava_quarter_end(now);
                limits->overall.short_used = limits->read.short_used = 0;
        }
        if (strava_day_end(now) != limits->day_end_ms) {
                limits->day_end_ms = strava_day_end(now);
                limits->overall.day_used = limits->read.day_used = 0;
        }
        if (limits->blocked_until_ms <= now)
                limits->blocked_until_ms = 0;
        return now;
}

static int64_t left(int64_t limit, int64_t used, int64_t reserve_percent)
{
        int64_t left = limit - limit * reserve_percent / 100 - used;
        return left > 0 ? left : 0;
}

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

static int64_t short_left(const struct strava_limits *l, int reserve)
{
        return smaller(left(l->overall.short_limit, l->overall.short_used, reserve),
                       left(l->read.short_limit, l->read.short_used, reserve));
}

static int64_t day_left(const struct strava_limits *l, int reserve)
{
        return smaller(left(l->overall.day_limit, l->overall.day_used, reserve),
                       left(l->read.day_limit, l->read.day_used, reserve));
}

/* When a call may be made: 0 is now. Lock held, windows turned. */
static int64_t when(const struct strava_limits *limits, enum strava_priority priority)
{
        int reserve = priority == STRAVA_INTERACTIVE ? 0 : limits->reserve_percent;
        int64_t until = limits->blocked_until_ms;
        if (day_left(limits, reserve) == 0)
                until = until > limits->day_end_ms ? until : limits->day_end_ms;
        else if (short_left(limits, reserve) == 0)
                until = until > limits->short_end_ms ? until : limits->short_end_ms;
        return until;
}

static void count(struct strava_limits *limits, int64_t calls)
{
        limits->overall.short_used += calls;
        limits->overall.day_used += calls;
        limits->read.short_used += calls;
        limits->read.day_used += calls;
}

static bool ask(struct strava_limits *limits, enum strava_priority priority, bool take, int64_t *ret_until_ms)
{
        pthread_mutex_lock(&limits->lock);
        turn_windows(limits);
        int64_t until = when(limits, priority);
        if (until == 0 && take)
                count(limits, 1);
        pthread_mutex_unlock(&limits->lock);
        if (until != 0 && ret_until_ms)
                *ret_until_ms = until;
        return until == 0;
}

bool strava_limits_take(struct strava_limits *limits, enum strava_priority priority, int64_t *ret_until_ms)
{
        return ask(limits, priority, true, ret_until_ms);
}

bool strava_limits_may_call(struct strava_limits *limits, enum strava_priority priority, int64_t *ret_until_ms)
{
        return ask(limits, priority, false, ret_until_ms);
}

/* "200,2000"; false leaves what is known. Figures that no limit can be are refused. */
static bool parse_pair(struct sai_text text, int64_t *ret_short, int64_t *ret_day)
{
        const int64_t most = 1000000000;
        int64_t a, b;
        const char *comma = text.data ? memchr(text.data, ',', text.len) : NULL;
        if (!comma)
                return false;
        size_t first = (size_t)(comma - text.data);
        const char *second = comma + 1;
        size_t second_len = text.len - first - 1;
        while (second_len > 0 && *second == ' ') {
                second++;
                second_len--;
        }
        if (!sai_parse_i64(text.data, first, &a) || !sai_parse_i64(second, second_len, &b) || a < 0 || b < 0 || a > most ||
            b > most)
                return false;
        *ret_short = a;
        *ret_day = b;
        return true;
}

static void raise_to(int64_t *figure, int64_t value)
{
        if (value > *figure)
                *figure = value;
}

/* Usage only ever rises within a window: answers overtake each other, and push-subscription answers say 0,0. */
static void observe_bucket(struct strava_bucket *bucket, const struct http_response *response, const char *limit,
                           const char *usage, bool same_quarter, bool same_day)
{
        int64_t quarter, day;
        if (parse_pair(http_response_header(response, limit), &quarter, &day) && quarter > 0 && day > 0) {
                bucket->short_limit = quarter;
                bucket->day_limit = day;
        }
        if (!parse_pair(http_response_header(response, usage), &quarter, &day))
                return;
        if (same_quarter)
                raise_to(&bucket->short_used, quarter);
        if (same_day)
                raise_to(&bucket->day_used, day);
}

int64_t strava_limits_observe(struct strava_limits *limits, const struct http_response *response, int64_t taken_ms)
{
        int64_t until = 0;
        pthread_mutex_lock(&limits->lock);
        int64_t now = turn_windows(limits);
        bool same_quarter = strava_quarter_end(taken_ms) == limits->short_end_ms;
        bool same_day = strava_day_end(taken_ms) == limits->day_end_ms;
        if (response->tries > 1)
                count(limits, response->tries - 1);
        observe_bucket(&limits->overall, response, "X-RateLimit-Limit", "X-RateLimit-Usage", same_quarter, same_day);
        observe_bucket(&limits->read, response, "X-ReadRateLimit-Limit", "X-ReadRateLimit-Usage", same_quarter, same_day);
        if (response->status == 429) {
                /* A refusal from a window that has ended meanwhile says nothing about this one. */
                if (same_quarter)
                        raise_to(&limits->blocked_until_ms, limits->short_end_ms);
                if (day_left(limits, 0) == 0)
                        raise_to(&limits->blocked_until_ms, limits->day_end_ms);
                until = limits->blocked_until_ms ? limits->blocked_until_ms : now;
        }
        pthread_mutex_unlock(&limits->lock);
        return until;
}

void strava_limits_block(struct strava_limits *limits, int64_t until_ms)
{
        pthread_mutex_lock(&limits->lock);
        int64_t now = turn_windows(limits);
        /* No window is longer than a day: a figure beyond is not ours. */
        if (until_ms > now && until_ms <= limits->day_end_ms)
                raise_to(&limits->blocked_until_ms, until_ms);
        pthread_mutex_unlock(&limits->lock);
}

struct strava_limits_view strava_limits_view(struct strava_limits *limits)
{
        pthread_mutex_lock(&limits->lock);
        turn_windows(limits);
        struct strava_limits_view view = { .overall = limits->overall,
                                           .read = limits->read,
                                           .blocked_until_ms = limits->blocked_until_ms,
                                           .remaining_short = short_left(limits, 0),
                                           .remaining_day = day_left(limits, 0) };
        pthread_mutex_unlock(&limits->lock);
        return view;
}
