/* api_activity.h -- what the routes of one activity share. */
#ifndef SIM_API_ACTIVITY_H
#define SIM_API_ACTIVITY_H

#include "files/recording.h"
#include "sim/sim_internal.h"

/* The activity of the path if the caller may see it; answers 404 and gives NULL otherwise. */
struct sim_activity *api_activity_find(struct api_call *call);

/* Laps as Strava tells them: the device's, or one a kilometre (5 km on a bike). `ret_laps` lives in the arena. */
sai_status laps_make(struct sai_arena *arena, const struct strava_activity *summary, const struct streams *streams,
                     const struct recording_session *session, struct sai_list *ret_laps, struct sai_err *err) SAI_MUST_USE;
sai_status splits_make(struct sai_arena *arena, const struct streams *streams, struct sai_list *ret_splits,
                       struct sai_err *err) SAI_MUST_USE;

#endif
