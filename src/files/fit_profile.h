/* fit_profile.h -- the numbers of the FIT profile that readers and writers share.
 *
 * FIT names nothing: messages, fields, sports and products are numbers of a public profile. Only those that the service uses
 * stand here; everything else in a file is skipped by its size. */
#ifndef SAI_FILES_FIT_PROFILE_H
#define SAI_FILES_FIT_PROFILE_H

#include "model/sport.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* FIT counts seconds from 1989-12-31T00:00:00Z. Below 0x10000000 the device had no clock yet and counts from its own start. */
#define FIT_EPOCH_UNIX_S    631065600
#define FIT_FIRST_REAL_TIME 0x10000000u

enum fit_message_number {
        FIT_FILE_ID = 0,
        FIT_SPORT = 12,
        FIT_SESSION = 18,
        FIT_LAP = 19,
        FIT_RECORD = 20,
        FIT_EVENT = 21,
        FIT_DEVICE_INFO = 23,
        FIT_WORKOUT = 26,
        FIT_ACTIVITY = 34,
        FIT_LENGTH = 101,
        FIT_HR = 132,
        FIT_FIELD_DESCRIPTION = 206,
};

enum { FIT_FIELD_TIMESTAMP = 253, FIT_FILE_TYPE_ACTIVITY = 4, FIT_MANUFACTURER_DEVELOPMENT = 255 };

enum fit_base_type {
        FIT_ENUM = 0x00,
        FIT_SINT8 = 0x01,
        FIT_UINT8 = 0x02,
        FIT_STRING = 0x07,
        FIT_UINT8Z = 0x0A,
        FIT_BYTE = 0x0D,
        FIT_SINT16 = 0x83,
        FIT_UINT16 = 0x84,
        FIT_SINT32 = 0x85,
        FIT_UINT32 = 0x86,
        FIT_FLOAT32 = 0x88,
        FIT_FLOAT64 = 0x89,
        FIT_UINT16Z = 0x8B,
        FIT_UINT32Z = 0x8C,
        FIT_SINT64 = 0x8E,
        FIT_UINT64 = 0x8F,
        FIT_UINT64Z = 0x90,
};

/* How a base type is read. Every invalid value is the end of the type's range (the lowest for the `z` types, the highest for the
 * others), so "valid" is a range: lowest <= x and x - lowest <= span, in wrapping 64-bit arithmetic. */
struct fit_base {
        uint8_t size;
        bool is_signed, is_float;
        int64_t lowest;
        uint64_t span;
};
/* NULL for strings and for numbers that the profile does not know. The top bit of the type, a hint on byte order, is ignored. */
const struct fit_base *fit_base_find(uint8_t type);

struct fit_sport_meaning {
        enum sport sport;
        bool known, transition, indoor;
};
/* `sport` and `sub_sport` as the file has them; 255 when absent. */
struct fit_sport_meaning fit_sport_meaning(unsigned sport, unsigned sub_sport);
/* The pair to write for a sport; generic (0) when the profile has none. */
void fit_sport_numbers(enum sport sport, bool transition, bool indoor, uint8_t *ret_sport, uint8_t *ret_sub_sport);

/* NULL when unknown. */
const char *fit_manufacturer_name(unsigned manufacturer);
const char *fit_product_name(unsigned manufacturer, unsigned product);

#endif
