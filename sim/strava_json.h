/* strava_json.h -- Strava's way of writing JSON, over the same field tables that everything else is written from.
 *
 * Ours writes every member and null for what is unknown; Strava leaves most unknown members out, writes floats with a fraction
 * ("187.0") and lists of recorded answers must go out as they came in. */
#ifndef SIM_STRAVA_JSON_H
#define SIM_STRAVA_JSON_H

#include "json/model.h"
#include <jansson.h>

/* Appends an object: absent members are left out unless their row has SAI_F_NULLABLE. */
void strava_write(struct sai_buf *buf, const struct sai_model *model, const void *object);
/* The members alone, for objects made of several tables. `*first` says whether a comma is due; `skip` (may be NULL) is left out. */
void strava_write_members(struct sai_buf *buf, const struct sai_model *model, const void *object, const char *skip, bool *first);
/* A double as Strava writes it: rounded to `decimals` (0: as it is), always with a fraction. */
void strava_write_float(struct sai_buf *buf, double value, int decimals);

/* A parsed recording as JSON again: order kept, integers and floats told apart. Deeper than `depth` levels becomes null. */
void strava_rewrite(struct sai_buf *buf, const json_t *value, int depth);

#endif
