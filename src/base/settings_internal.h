/* settings_internal.h -- the row of a setting, for the table, the loader and the tests of both. */
#ifndef SAI_BASE_SETTINGS_INTERNAL_H
#define SAI_BASE_SETTINGS_INTERNAL_H

#include "base/settings.h"

enum sai_setting_type {
        SAI_SETTING_TEXT, /* const char * */
        SAI_SETTING_SECRET, /* const char *, shown as *** */
        SAI_SETTING_INTEGER, /* int64_t */
        SAI_SETTING_DURATION, /* int64_t of ms; written 500ms, 30s, 15m, 12h, 30d, or seconds without a unit */
        SAI_SETTING_BOOL, /* bool; written on, off, true, false */
        SAI_SETTING_CHOICE, /* int, index into `choices` */
        SAI_SETTING_LIST, /* struct sai_settings_list, by commas */
};

struct sai_setting {
        const char *name; /* without STRAVAAI_ */
        enum sai_setting_type type;
        size_t offset; /* of the member in struct sai_settings */
        const char *default_text; /* "" is not set */
        int64_t min, max; /* INTEGER; DURATION in ms */
        const char *unit; /* INTEGER, for messages */
        const char *const *choices; /* CHOICE, ends with NULL */
        bool needed_in_production;
        /* What else must hold of a text or of each entry of a list; gives NULL or what is wanted instead. */
        const char *(*check)(const char *text);
        const char *doc;
};

extern const struct sai_setting sai_setting_table[]; /* SAI_SETTING_COUNT rows */

/* One text into its member at `target`, a struct sai_settings (or, in tests, whatever the row's offset is in). SAI_INVALID names the
 * key and what it takes. */
sai_status sai_setting_parse(const struct sai_setting *row, const char *text, struct sai_arena *arena, void *target,
                             struct sai_err *err) SAI_MUST_USE;
/* The value as text, secrets masked. */
void sai_setting_format(struct sai_buf *buf, const struct sai_setting *row, const void *target);

#endif
