/* sport_text.c -- a table of words and numbers. */
#include "files/sport_text.h"

#include "base/cleanup.h"

struct sport_word {
        const char *word; /* lower case, letters and digits only */
        enum sport sport;
        bool indoor;
};

static const struct sport_word words[] = {
        /* Strava's numbers in <type>. */
        { "1", SPORT_RIDE, false },
        { "2", SPORT_ALPINE_SKI, false },
        { "3", SPORT_BACKCOUNTRY_SKI, false },
        { "4", SPORT_HIKE, false },
        { "5", SPORT_ICE_SKATE, false },
        { "6", SPORT_INLINE_SKATE, false },
        { "7", SPORT_NORDIC_SKI, false },
        { "8", SPORT_ROLLER_SKI, false },
        { "9", SPORT_RUN, false },
        { "10", SPORT_WALK, false },
        { "12", SPORT_SNOWBOARD, false },
        { "13", SPORT_SNOWSHOE, false },
        { "14", SPORT_KITESURF, false },
        { "15", SPORT_WINDSURF, false },
        { "16", SPORT_SWIM, false },
        { "17", SPORT_VIRTUAL_RIDE, true },
        { "18", SPORT_E_BIKE_RIDE, false },
        { "19", SPORT_VELOMOBILE, false },
        { "21", SPORT_CANOEING, false },
        { "22", SPORT_KAYAKING, false },
        { "23", SPORT_ROWING, false },
        { "24", SPORT_STAND_UP_PADDLING, false },
        { "25", SPORT_SURFING, false },
        { "51", SPORT_HANDCYCLE, false },
        { "52", SPORT_WHEELCHAIR, false },
        { "53", SPORT_VIRTUAL_RUN, true },
        /* Garmin's keys, TCX's three, and what other writers use. */
        { "running", SPORT_RUN, false },
        { "jogging", SPORT_RUN, false },
        { "streetrunning", SPORT_RUN, false },
        { "trackrunning", SPORT_RUN, false },
        { "trailrunning", SPORT_TRAIL_RUN, false },
        { "ultrarun", SPORT_TRAIL_RUN, false },
        { "treadmillrunning", SPORT_RUN, true },
        { "treadmill", SPORT_RUN, true },
        { "indoorrunning", SPORT_RUN, true },
        { "virtualrunning", SPORT_VIRTUAL_RUN, true },
        { "cycling", SPORT_RIDE, false },
        { "biking", SPORT_RIDE, false },
        { "bike", SPORT_RIDE, false },
        { "roadbiking", SPORT_RIDE, false },
        { "roadcycling", SPORT_RIDE, false },
        { "cyclocross", SPORT_RIDE, false },
        { "trackcycling", SPORT_RIDE, false },
        { "commuting", SPORT_RIDE, false },
        { "indoorcycling", SPORT_RIDE, true },
        { "mountainbiking", SPORT_MOUNTAIN_BIKE_RIDE, false },
        { "downhillbiking", SPORT_MOUNTAIN_BIKE_RIDE, false },
        { "gravelcycling", SPORT_GRAVEL_RIDE, false },
        { "ebiking", SPORT_E_BIKE_RIDE, false },
        { "ebikefitness", SPORT_E_BIKE_RIDE, false },
        { "ebikemountain", SPORT_E_MOUNTAIN_BIKE_RIDE, false },
        { "handcycling", SPORT_HANDCYCLE, false },
        { "swimming", SPORT_SWIM, false },
        { "openwaterswimming", SPORT_SWIM, false },
        { "lapswimming", SPORT_SWIM, true },
        { "poolswimming", SPORT_SWIM, true },
        { "walking", SPORT_WALK, false },
        { "casualwalking", SPORT_WALK, false },
        { "speedwalking", SPORT_WALK, false },
        { "hiking", SPORT_HIKE, false },
        { "mountaineering", SPORT_HIKE, false },
        { "snowshoeing", SPORT_SNOWSHOE, false },
        { "crosscountryskiing", SPORT_NORDIC_SKI, false },
        { "nordicskiing", SPORT_NORDIC_SKI, false },
        { "skateskiing", SPORT_NORDIC_SKI, false },
        { "skating", SPORT_ICE_SKATE, false },
        { "iceskating", SPORT_ICE_SKATE, false },
        { "inlineskating", SPORT_INLINE_SKATE, false },
        { "resortskiing", SPORT_ALPINE_SKI, false },
        { "alpineskiing", SPORT_ALPINE_SKI, false },
        { "backcountryskiing", SPORT_BACKCOUNTRY_SKI, false },
        { "snowboarding", SPORT_SNOWBOARD, false },
        { "rowing", SPORT_ROWING, false },
        { "indoorrowing", SPORT_ROWING, true },
        { "paddling", SPORT_CANOEING, false },
        { "standuppaddleboarding", SPORT_STAND_UP_PADDLING, false },
        { "kiteboarding", SPORT_KITESURF, false },
        { "windsurfing", SPORT_WINDSURF, false },
        { "sailing", SPORT_SAIL, false },
        { "rockclimbing", SPORT_ROCK_CLIMBING, false },
        { "indoorclimbing", SPORT_ROCK_CLIMBING, true },
        { "bouldering", SPORT_ROCK_CLIMBING, false },
        { "strengthtraining", SPORT_WEIGHT_TRAINING, true },
        { "stairclimbing", SPORT_STAIR_STEPPER, true },
        { "hiit", SPORT_HIIT, true },
};

/* Lower-case letters and digits alone; 0 when it does not fit, and then it is no sport's name. */
static size_t squeeze(struct sai_text text, char *out, size_t size)
{
        size_t len = 0;
        for (size_t i = 0; i < text.len; i++) {
                char c = text.data[i];
                if (c >= 'A' && c <= 'Z')
                        c = (char)(c - 'A' + 'a');
                if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')))
                        continue;
                if (len + 1 >= size)
                        return 0;
                out[len++] = c;
        }
        out[len] = '\0';
        return len;
}

bool sport_from_text(struct sai_text text, enum sport *ret_sport, bool *ret_indoor)
{
        char wanted[40], name[40];
        *ret_sport = SPORT_WORKOUT;
        *ret_indoor = false;
        if (squeeze(text, wanted, sizeof wanted) == 0)
                return false;
        for (int i = 0; i < SPORT_COUNT; i++) {
                squeeze(sai_text_of(sport_name((enum sport)i)), name, sizeof name);
                if (strcmp(name, wanted) == 0) {
                        *ret_sport = (enum sport)i;
                        *ret_indoor = i == SPORT_VIRTUAL_RIDE || i == SPORT_VIRTUAL_RUN || i == SPORT_VIRTUAL_ROW;
                        return true;
                }
        }
        for (size_t i = 0; i < SAI_COUNT(words); i++) {
                if (strcmp(words[i].word, wanted) == 0) {
                        *ret_sport = words[i].sport;
                        *ret_indoor = words[i].indoor;
                        return true;
                }
        }
        return false;
}
