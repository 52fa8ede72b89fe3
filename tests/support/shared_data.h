/* shared_data.h -- the real recordings and vectors, which are beside the repository and not in it.
 *
 * Tests that use them are skipped, and say so, where they are not. */
#ifndef TESTS_SUPPORT_SHARED_DATA_H
#define TESTS_SUPPORT_SHARED_DATA_H

#include <stddef.h>

/* The folder ($SAI_SHARED_DATA, else ../shared/data), or NULL when it is not there. */
const char *shared_data(void);

/* The folder, or prints "SKIPPED: …" and ends the test with cmocka's skip(). */
const char *shared_data_or_skip(void);

/* All of a file, NUL-terminated, for free(); NULL when it cannot be read. */
char *read_whole_file(const char *path, size_t *ret_len);

#endif
