/* optional.h -- values that may be absent, null, or there; told apart.
 *
 * A missing sensor is not a zero, and a member that a PATCH leaves out is not one it clears. In a row or an answer absent and null
 * mean the same (unknown, written as null); in a PUT or PATCH body absent leaves a member as it is and null clears it. */
#ifndef SAI_BASE_OPTIONAL_H
#define SAI_BASE_OPTIONAL_H

#include "base/calendar.h"
#include "base/id.h"
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

enum { SAI_ABSENT = 0, SAI_NULL = 1, SAI_VALUE = 2 };

#define SAI_OPTIONAL(name, type)                                                                                                 \
        struct name {                                                                                                            \
                type value;                                                                                                      \
                uint8_t has;                                                                                                     \
        }

SAI_OPTIONAL(sai_opt_bool, bool);
SAI_OPTIONAL(sai_opt_i64, int64_t);
SAI_OPTIONAL(sai_opt_f64, double);
SAI_OPTIONAL(sai_opt_str, const char *);
SAI_OPTIONAL(sai_opt_instant, struct sai_instant);
SAI_OPTIONAL(sai_opt_local, struct sai_local);
SAI_OPTIONAL(sai_opt_day, struct sai_day);
SAI_OPTIONAL(sai_opt_id, struct sai_id);
SAI_OPTIONAL(sai_opt_enum, int);

#define SAI_SOME(type, v) ((struct type) { .value = (v), .has = SAI_VALUE })
#define SAI_HAS(o)        ((o).has == SAI_VALUE)

/* From the columns' convention (NaN is absent) to the rows', and back. */
static inline struct sai_opt_f64 sai_opt_from_nan(double v)
{
        return isnan(v) ? (struct sai_opt_f64) { 0 } : SAI_SOME(sai_opt_f64, v);
}
static inline double sai_opt_or_nan(struct sai_opt_f64 o) { return SAI_HAS(o) ? o.value : (double)NAN; }

#endif
