/* strava_internal.h -- what the table of classes in strava.h says, for the client's own files. */
#ifndef SAI_CLIENT_STRAVA_STRAVA_INTERNAL_H
#define SAI_CLIENT_STRAVA_STRAVA_INTERNAL_H

#include "client/strava/strava.h"

sai_status strava_class_status(enum strava_class class);
const char *strava_class_text(enum strava_class class);

#endif
