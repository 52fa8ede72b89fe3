/* fit_profile.c -- tables of base types, sports and products.
 *
 * Sports are matched on the pair first and on the sport alone after, because the sub-sport is what tells a trail run from a run
 * and a trainer from a road. Products are the ones that were met in recordings; others show their number. */
#include "files/fit_profile.h"

#include "base/cleanup.h"

enum { ANY = -1 };

const struct fit_base *fit_base_find(uint8_t type)
{
        static const struct fit_base bases[] = {
                [FIT_ENUM] = { 1, false, false, 0, 0xFE },
                [FIT_SINT8] = { 1, true, false, INT8_MIN, 0xFE },
                [FIT_UINT8] = { 1, false, false, 0, 0xFE },
                [FIT_SINT16 & 0x1F] = { 2, true, false, INT16_MIN, 0xFFFE },
                [FIT_UINT16 & 0x1F] = { 2, false, false, 0, 0xFFFE },
                [FIT_SINT32 & 0x1F] = { 4, true, false, INT32_MIN, 0xFFFFFFFE },
                [FIT_UINT32 & 0x1F] = { 4, false, false, 0, 0xFFFFFFFE },
                [FIT_FLOAT32 & 0x1F] = { 4, false, true, 0, UINT64_MAX },
                [FIT_FLOAT64 & 0x1F] = { 8, false, true, 0, UINT64_MAX },
                [FIT_UINT8Z] = { 1, false, false, 1, 0xFE },
                [FIT_UINT16Z & 0x1F] = { 2, false, false, 1, 0xFFFE },
                [FIT_UINT32Z & 0x1F] = { 4, false, false, 1, 0xFFFFFFFE },
                [FIT_BYTE] = { 1, false, false, 0, 0xFE },
                [FIT_SINT64 & 0x1F] = { 8, true, false, INT64_MIN, UINT64_MAX - 1 },
                [FIT_UINT64 & 0x1F] = { 8, false, false, 0, UINT64_MAX - 1 },
                [FIT_UINT64Z & 0x1F] = { 8, false, false, 1, UINT64_MAX - 1 },
        };
        size_t index = type & 0x7F;
        return index < SAI_COUNT(bases) && bases[index].size ? &bases[index] : NULL;
}

struct sport_row {
        int16_t sport, sub_sport; /* ANY matches whatever is left */
        enum sport meaning;
        bool indoor;
};

/* In order of precedence. */
static const struct sport_row sport_rows[] = {
        { 1, 1, SPORT_RUN, true }, /* treadmill */
        { 1, 45, SPORT_RUN, true }, /* indoor running */
        { 1, 3, SPORT_TRAIL_RUN, false },
        { 1, 67, SPORT_TRAIL_RUN, false }, /* ultra */
        { 1, 58, SPORT_VIRTUAL_RUN, true },
        { 1, ANY, SPORT_RUN, false },
        { 2, 5, SPORT_RIDE, true }, /* spin */
        { 2, 6, SPORT_RIDE, true }, /* indoor cycling */
        { 2, 58, SPORT_VIRTUAL_RIDE, true },
        { 2, 8, SPORT_MOUNTAIN_BIKE_RIDE, false },
        { 2, 9, SPORT_MOUNTAIN_BIKE_RIDE, false }, /* downhill */
        { 2, 12, SPORT_HANDCYCLE, false },
        { 2, 88, SPORT_HANDCYCLE, true },
        { 2, 28, SPORT_E_BIKE_RIDE, false },
        { 2, 47, SPORT_E_MOUNTAIN_BIKE_RIDE, false },
        { 2, 46, SPORT_GRAVEL_RIDE, false },
        { 2, ANY, SPORT_RIDE, false },
        { 4, 1, SPORT_RUN, true },
        { 4, 5, SPORT_RIDE, true },
        { 4, 6, SPORT_RIDE, true },
        { 4, 14, SPORT_ROWING, true },
        { 4, 15, SPORT_ELLIPTICAL, true },
        { 4, 16, SPORT_STAIR_STEPPER, true },
        { 4, 20, SPORT_WEIGHT_TRAINING, true },
        { 4, ANY, SPORT_WORKOUT, true },
        { 5, 17, SPORT_SWIM, true }, /* lap swimming */
        { 5, ANY, SPORT_SWIM, false },
        { 6, ANY, SPORT_BASKETBALL, false },
        { 7, ANY, SPORT_SOCCER, false },
        { 8, ANY, SPORT_TENNIS, false },
        { 10, 20, SPORT_WEIGHT_TRAINING, true },
        { 10, 43, SPORT_YOGA, true },
        { 10, 44, SPORT_PILATES, true },
        { 10, 70, SPORT_HIIT, true },
        { 10, ANY, SPORT_WORKOUT, true },
        { 11, 27, SPORT_WALK, true },
        { 11, ANY, SPORT_WALK, false },
        { 12, 42, SPORT_NORDIC_SKI, false },
        { 12, ANY, SPORT_NORDIC_SKI, false },
        { 13, 37, SPORT_BACKCOUNTRY_SKI, false },
        { 13, ANY, SPORT_ALPINE_SKI, false },
        { 14, ANY, SPORT_SNOWBOARD, false },
        { 15, 14, SPORT_ROWING, true },
        { 15, 58, SPORT_VIRTUAL_ROW, true },
        { 15, ANY, SPORT_ROWING, false },
        { 16, ANY, SPORT_HIKE, false }, /* mountaineering */
        { 17, ANY, SPORT_HIKE, false },
        { 19, ANY, SPORT_CANOEING, false },
        { 21, 47, SPORT_E_MOUNTAIN_BIKE_RIDE, false },
        { 21, ANY, SPORT_E_BIKE_RIDE, false },
        { 25, ANY, SPORT_GOLF, false },
        { 30, ANY, SPORT_INLINE_SKATE, false },
        { 31, 68, SPORT_ROCK_CLIMBING, true },
        { 31, 69, SPORT_ROCK_CLIMBING, true },
        { 31, ANY, SPORT_ROCK_CLIMBING, false },
        { 32, ANY, SPORT_SAIL, false },
        { 33, ANY, SPORT_ICE_SKATE, false },
        { 35, ANY, SPORT_SNOWSHOE, false },
        { 37, ANY, SPORT_STAND_UP_PADDLING, false },
        { 38, ANY, SPORT_SURFING, false },
        { 41, ANY, SPORT_KAYAKING, false },
        { 43, ANY, SPORT_WINDSURF, false },
        { 44, ANY, SPORT_KITESURF, false },
        { 48, ANY, SPORT_STAIR_STEPPER, true }, /* floor climbing */
        { 62, ANY, SPORT_HIIT, true },
        { 64, 84, SPORT_PICKLEBALL, false },
        { 64, 85, SPORT_PADEL, false },
        { 64, 94, SPORT_SQUASH, true },
        { 64, 95, SPORT_BADMINTON, true },
        { 64, 96, SPORT_RACQUETBALL, true },
        { 64, 97, SPORT_TABLE_TENNIS, true },
        { 65, ANY, SPORT_WHEELCHAIR, false },
        { 66, ANY, SPORT_WHEELCHAIR, false },
        { 71, ANY, SPORT_CRICKET, false },
        { 75, ANY, SPORT_VOLLEYBALL, false },
        { 83, ANY, SPORT_DANCE, false },
};

enum { FIT_SPORT_TRANSITION = 3 };

struct fit_sport_meaning fit_sport_meaning(unsigned sport, unsigned sub_sport)
{
        if (sport == FIT_SPORT_TRANSITION)
                return (struct fit_sport_meaning) { .sport = SPORT_WORKOUT, .known = true, .transition = true };
        for (size_t i = 0; i < SAI_COUNT(sport_rows); i++) {
                const struct sport_row *row = &sport_rows[i];
                if ((unsigned)row->sport == sport && (row->sub_sport == ANY || (unsigned)row->sub_sport == sub_sport))
                        return (struct fit_sport_meaning) { .sport = row->meaning, .known = true, .indoor = row->indoor };
        }
        return (struct fit_sport_meaning) { .sport = SPORT_WORKOUT };
}

void fit_sport_numbers(enum sport sport, bool transition, bool indoor, uint8_t *ret_sport, uint8_t *ret_sub_sport)
{
        *ret_sport = transition ? FIT_SPORT_TRANSITION : 0;
        *ret_sub_sport = 0;
        const struct sport_row *fallback = NULL;
        for (size_t i = 0; i < SAI_COUNT(sport_rows) && !transition; i++) {
                const struct sport_row *row = &sport_rows[i];
                if (row->meaning != sport)
                        continue;
                if (row->indoor == indoor) {
                        fallback = row;
                        break;
                }
                if (!fallback)
                        fallback = row;
        }
        if (!fallback)
                return;
        *ret_sport = (uint8_t)fallback->sport;
        *ret_sub_sport = fallback->sub_sport == ANY ? 0 : (uint8_t)fallback->sub_sport;
}

const char *fit_manufacturer_name(unsigned manufacturer)
{
        static const struct {
                uint16_t number;
                const char *name;
        } rows[] = {
                { 1, "Garmin" },  { 6, "SRM" },     { 7, "Quarq" },    { 15, "Dynastream" }, { 23, "Suunto" },
                { 32, "Wahoo" },  { 69, "Stages" }, { 70, "Sigma" },   { 89, "Tacx" },       { 95, "Stryd" },
                { 123, "Polar" }, { 260, "Zwift" }, { 265, "Strava" }, { 267, "Bryton" },    { 294, "COROS" },
        };
        for (size_t i = 0; i < SAI_COUNT(rows); i++) {
                if (rows[i].number == manufacturer)
                        return rows[i].name;
        }
        return NULL;
}

const char *fit_product_name(unsigned manufacturer, unsigned product)
{
        static const struct {
                uint16_t manufacturer, product;
                const char *name;
        } rows[] = {
                { 1, 1169, "Edge 800" },       { 1, 1436, "Forerunner 70" },    { 1, 1561, "Edge 510" },
                { 1, 1567, "Edge 810" },       { 1, 1765, "Forerunner 920XT" }, { 1, 1836, "Edge 1000" },
                { 1, 1967, "fenix 2" },        { 1, 2050, "fenix 3" },          { 1, 2158, "Forerunner 735XT" },
                { 1, 2337, "vivoactive HR" },  { 1, 2691, "Forerunner 935" },   { 1, 2697, "fenix 5" },
                { 1, 3113, "Forerunner 945" }, { 1, 3122, "Edge 830" },         { 1, 3992, "Forerunner 255" },
        };
        for (size_t i = 0; i < SAI_COUNT(rows); i++) {
                if (rows[i].manufacturer == manufacturer && rows[i].product == product)
                        return rows[i].name;
        }
        return NULL;
}
