/* number.h -- numbers to text without a format string; what the buffer, the log and the JSON writer share. */
#ifndef SAI_BASE_NUMBER_H
#define SAI_BASE_NUMBER_H

#include <stddef.h>
#include <stdint.h>

enum { SAI_NUMBER_TEXT = 32 };

/* Both write at most SAI_NUMBER_TEXT bytes without a NUL and return how many. The double's text is the shortest decimal that
 * reads back as the same double, and a JSON number; NaN and infinity become null. */
size_t sai_i64_text(int64_t value, char *out);
size_t sai_f64_text(double value, char *out);

/* value / 10^decimals as a decimal without trailing zeros; decimals at most 18. */
size_t sai_fixed_text(int64_t value, int decimals, char *out);

#endif
