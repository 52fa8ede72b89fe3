/* banned.h -- calls that have no safe use here.
 *
 * Forced into every file of ours by the build. The system headers come first, so that their own declarations still
 * compile; after that the name itself is an error wherever it stands. */
#ifndef SAI_BANNED_H
#define SAI_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat strncpy sprintf vsprintf strtok gmtime localtime asctime ctime atoi atol atof gets

#endif
