/* sport.h -- the sports, from one table.
 *
 * Strava's `sport_type` names are the vocabulary of the API (reference list of May 2026, 56 values). Each row says which
 * deprecated `type` it maps to and which family it belongs to: the family decides thresholds, plausibility windows and which
 * metrics make sense. A name that is not in the list is kept as text in the activity and treated as SPORT_WORKOUT here. */
#ifndef SAI_MODEL_SPORT_H
#define SAI_MODEL_SPORT_H

#include <stdbool.h>
#include <stddef.h>

enum sport_family { FAMILY_RUN, FAMILY_RIDE, FAMILY_SWIM, FAMILY_WALK, FAMILY_OTHER };

/* clang-format off */
/*        enum                  sport_type            type (deprecated)   family */
#define SPORT_LIST(X)                                                              \
        X(ALPINE_SKI,           "AlpineSki",          "AlpineSki",        OTHER)   \
        X(BACKCOUNTRY_SKI,      "BackcountrySki",     "BackcountrySki",   OTHER)   \
        X(BADMINTON,            "Badminton",          "Workout",          OTHER)   \
        X(BASKETBALL,           "Basketball",         "Workout",          OTHER)   \
        X(CANOEING,             "Canoeing",           "Canoeing",         OTHER)   \
        X(CRICKET,              "Cricket",            "Workout",          OTHER)   \
        X(CROSSFIT,             "Crossfit",           "Crossfit",         OTHER)   \
        X(DANCE,                "Dance",              "Workout",          OTHER)   \
        X(E_BIKE_RIDE,          "EBikeRide",          "EBikeRide",        RIDE)    \
        X(ELLIPTICAL,           "Elliptical",         "Elliptical",       OTHER)   \
        X(E_MOUNTAIN_BIKE_RIDE, "EMountainBikeRide",  "EBikeRide",        RIDE)    \
        X(GOLF,                 "Golf",               "Golf",             OTHER)   \
        X(GRAVEL_RIDE,          "GravelRide",         "Ride",             RIDE)    \
        X(HANDCYCLE,            "Handcycle",          "Handcycle",        RIDE)    \
        X(HIIT,                 "HighIntensityIntervalTraining", "Workout", OTHER)  \
        X(HIKE,                 "Hike",               "Hike",             WALK)    \
        X(ICE_SKATE,            "IceSkate",           "IceSkate",         OTHER)   \
        X(INLINE_SKATE,         "InlineSkate",        "InlineSkate",      OTHER)   \
        X(KAYAKING,             "Kayaking",           "Kayaking",         OTHER)   \
        X(KITESURF,             "Kitesurf",           "Kitesurf",         OTHER)   \
        X(MOUNTAIN_BIKE_RIDE,   "MountainBikeRide",   "Ride",             RIDE)    \
        X(NORDIC_SKI,           "NordicSki",          "NordicSki",        OTHER)   \
        X(PADEL,                "Padel",              "Workout",          OTHER)   \
        X(PHYSICAL_THERAPY,     "PhysicalTherapy",    "Workout",          OTHER)   \
        X(PICKLEBALL,           "Pickleball",         "Workout",          OTHER)   \
        X(PILATES,              "Pilates",            "Workout",          OTHER)   \
        X(RACQUETBALL,          "Racquetball",        "Workout",          OTHER)   \
        X(RIDE,                 "Ride",               "Ride",             RIDE)    \
        X(ROCK_CLIMBING,        "RockClimbing",       "RockClimbing",     OTHER)   \
        X(ROLLER_SKI,           "RollerSki",          "RollerSki",        OTHER)   \
        X(ROWING,               "Rowing",             "Rowing",           OTHER)   \
        X(RUN,                  "Run",                "Run",              RUN)     \
        X(SAIL,                 "Sail",               "Sail",             OTHER)   \
        X(SKATEBOARD,           "Skateboard",         "Skateboard",       OTHER)   \
        X(SNOWBOARD,            "Snowboard",          "Snowboard",        OTHER)   \
        X(SNOWSHOE,             "Snowshoe",           "Snowshoe",         WALK)    \
        X(SOCCER,               "Soccer",             "Soccer",           OTHER)   \
        X(SQUASH,               "Squash",             "Workout",          OTHER)   \
        X(STAIR_STEPPER,        "StairStepper",       "StairStepper",     OTHER)   \
        X(STAND_UP_PADDLING,    "StandUpPaddling",    "StandUpPaddling",  OTHER)   \
        X(SURFING,              "Surfing",            "Surfing",          OTHER)   \
        X(SWIM,                 "Swim",               "Swim",             SWIM)    \
        X(TABLE_TENNIS,         "TableTennis",        "Workout",          OTHER)   \
        X(TENNIS,               "Tennis",             "Workout",          OTHER)   \
        X(TRAIL_RUN,            "TrailRun",           "Run",              RUN)     \
        X(VELOMOBILE,           "Velomobile",         "Velomobile",       RIDE)    \
        X(VIRTUAL_RIDE,         "VirtualRide",        "VirtualRide",      RIDE)    \
        X(VIRTUAL_ROW,          "VirtualRow",         "Rowing",           OTHER)   \
        X(VIRTUAL_RUN,          "VirtualRun",         "VirtualRun",       RUN)     \
        X(VOLLEYBALL,           "Volleyball",         "Workout",          OTHER)   \
        X(WALK,                 "Walk",               "Walk",             WALK)    \
        X(WEIGHT_TRAINING,      "WeightTraining",     "WeightTraining",   OTHER)   \
        X(WHEELCHAIR,           "Wheelchair",         "Wheelchair",       OTHER)   \
        X(WINDSURF,             "Windsurf",           "Windsurf",         OTHER)   \
        X(WORKOUT,              "Workout",            "Workout",          OTHER)   \
        X(YOGA,                 "Yoga",               "Yoga",             OTHER)
/* clang-format on */

enum sport {
#define X(name, sport_type, type, family) SPORT_##name,
        SPORT_LIST(X)
#undef X
                SPORT_COUNT
};

const char *sport_name(enum sport sport); /* "TrailRun" */
const char *sport_legacy_type(enum sport sport); /* "Run" */
enum sport_family sport_family(enum sport sport);
/* SPORT_WORKOUT and false when the name is unknown. */
bool sport_find(const char *name, size_t len, enum sport *ret_sport);

#endif
