/* sport_text.h -- sports as GPX and TCX write them. Internal to src/files. */
#ifndef SAI_FILES_SPORT_TEXT_H
#define SAI_FILES_SPORT_TEXT_H

#include "base/text.h"
#include "model/sport.h"

/* Understands Strava's names and its numbers in GPX exports, Garmin's type keys and everyday words, whatever their case and
 * separators ("road_biking", "Trail Run", "9"). False and SPORT_WORKOUT for anything else, TCX's "Other" among it.
 * `ret_indoor` is set when the word says so. */
bool sport_from_text(struct sai_text text, enum sport *ret_sport, bool *ret_indoor);

#endif
