/* streams.h -- the sampled channels of one activity, as columns.
 *
 * A structure of arrays: every channel has `count` elements lined up by index, a channel that was not recorded is NULL, and a
 * single sample that is missing is NaN (never 0: "missing is not zero"). The table below is the one place that knows a channel's
 * name in the API, its unit and how many decimals are kept; the Strava client, the file readers, the store's column coder,
 * the API and the simulator all read it. `latlng` of the API is two columns here. */
#ifndef SAI_MODEL_STREAMS_H
#define SAI_MODEL_STREAMS_H

#include "base/arena.h"
#include <math.h>
#include <stdbool.h>
#include <stddef.h>

/* clang-format off */
/*        enum        API key             unit   decimals kept */
#define STREAM_LIST(X)                                          \
        X(TIME,       "time",             "s",    3)            \
        X(DISTANCE,   "distance",         "m",    2)            \
        X(LATITUDE,   "latlng",           "deg",  7)            \
        X(LONGITUDE,  "latlng",           "deg",  7)            \
        X(ALTITUDE,   "altitude",         "m",    2)            \
        X(VELOCITY,   "velocity_smooth",  "m/s",  3)            \
        X(HEARTRATE,  "heartrate",        "bpm",  0)            \
        X(CADENCE,    "cadence",          "rpm",  1)            \
        X(WATTS,      "watts",            "W",    0)            \
        X(TEMP,       "temp",             "degC", 1)            \
        X(MOVING,     "moving",           "",     0)            \
        X(GRADE,      "grade_smooth",     "%",    1)
/* clang-format on */

enum stream_channel {
#define X(name, key, unit, decimals) STREAM_##name,
        STREAM_LIST(X)
#undef X
                STREAM_CHANNELS
};

struct streams {
        size_t count;
        double *channel
                [STREAM_CHANNELS]; /* NULL: not recorded. MOVING holds 0 or 1. Time: seconds since the activity's start, strictly increasing. */
};

struct stream_info {
        const char *key;
        const char *unit;
        int decimals;
};
extern const struct stream_info stream_infos[STREAM_CHANNELS];

/* Allocates one channel of `count` NaN in the arena, or gives the one that is there; NULL without memory. */
double *streams_channel(struct streams *streams, enum stream_channel channel, struct sai_arena *arena);

#endif
