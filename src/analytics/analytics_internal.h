/* analytics_internal.h -- what the files of this folder share and nobody else sees. */
#ifndef SAI_ANALYTICS_INTERNAL_H
#define SAI_ANALYTICS_INTERNAL_H

#include <math.h>

/* The columns' word for "not there"; NAN itself is a float, which -Wdouble-promotion rightly dislikes. */
#define ABSENT ((double)NAN)

static inline double clamp(double x, double lo, double hi) { return x < lo ? lo : x > hi ? hi : x; }

#endif
