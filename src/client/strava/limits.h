/* limits.h -- what may still be asked of Strava, as far as we know.
 *
 * Limits belong to the application, not to an athlete: two buckets ("overall" and "read") of two windows each, aligned to the quarter
 * hour and to midnight UTC. Answers carry usage and limits in headers, but not all of them, so calls are counted here too and the
 * higher figure of the two holds within a window. After a 429 nothing is called until its window has ended, whoever asks; the token
 * endpoint is outside all this. A share is kept for people who wait in front of a page.
 *
 * Times are wall-clock ms (Strava's windows are the clock's). Safe from several threads. */
#ifndef SAI_CLIENT_STRAVA_LIMITS_H
#define SAI_CLIENT_STRAVA_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

struct http_response;
struct strava_limits;

enum strava_priority {
        STRAVA_BACKGROUND, /* sync and refresh jobs: leave the reserve alone */
        STRAVA_INTERACTIVE, /* someone waits: sign-in, webhook checks */
};

struct strava_bucket {
        int64_t short_limit, short_used, day_limit, day_used;
};

struct strava_limits_view {
        struct strava_bucket overall, read;
        int64_t blocked_until_ms; /* 0: not blocked */
        int64_t remaining_short, remaining_day; /* the smaller of both buckets, never negative */
};

/* Starts with Strava's defaults (200/2000 overall, 100/1000 read) until headers say otherwise. `reserve_percent` of each limit is for
 * interactive calls. NULL without memory. */
struct strava_limits *strava_limits_new(struct sai_clock clock, int reserve_percent);
void strava_limits_free(struct strava_limits *limits);

/* Asks for one call and counts it. False: not now, and *ret_until_ms (may be NULL) is when to ask again. */
bool strava_limits_take(struct strava_limits *limits, enum strava_priority priority, int64_t *ret_until_ms);
/* The same question without counting. */
bool strava_limits_may_call(struct strava_limits *limits, enum strava_priority priority, int64_t *ret_until_ms);

/* Tells what came back for a call that was taken at `taken_ms`. A 429 blocks everything until its window ends; returns that end (without
 * jitter: the caller adds it), or 0. */
int64_t strava_limits_observe(struct strava_limits *limits, const struct http_response *response, int64_t taken_ms);

/* For limits shared with other processes: a block that another one met. */
void strava_limits_block(struct strava_limits *limits, int64_t until_ms);

struct strava_limits_view strava_limits_view(struct strava_limits *limits);

/* The next quarter hour, and the next midnight UTC, after `now_ms`. */
int64_t strava_quarter_end(int64_t now_ms);
int64_t strava_day_end(int64_t now_ms);

#endif
