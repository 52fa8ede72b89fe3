/* sport.c -- the look-ups of the sport table. Linear: 56 short names, and a caller asks once an activity. */
#include "model/sport.h"

#include <string.h>

static const struct {
        const char *name;
        const char *type;
        enum sport_family family;
} sports[SPORT_COUNT] = {
#define X(sport, sport_type, legacy, fam) { sport_type, legacy, FAMILY_##fam },
        SPORT_LIST(X)
#undef X
};

const char *sport_name(enum sport sport) { return sports[sport].name; }

const char *sport_legacy_type(enum sport sport) { return sports[sport].type; }

enum sport_family sport_family(enum sport sport) { return sports[sport].family; }

bool sport_find(const char *name, size_t len, enum sport *ret_sport)
{
        /* Asked for every row of a history: the first letter settles most of the table without a call. */
        for (int i = 0; i < SPORT_COUNT && len; i++) {
                if (sports[i].name[0] == name[0] && strlen(sports[i].name) == len && memcmp(sports[i].name, name, len) == 0) {
                        *ret_sport = (enum sport)i;
                        return true;
                }
        }
        *ret_sport = SPORT_WORKOUT;
        return false;
}
